"""A colleague who complains is a client like any other: never assigned to it, and no more than a client in it.

That holds whatever road the case takes to a mediator, also for who joined the staff only after complaining. The
surprising truth: staff commands on one's own complaint are answered as if it did not exist, client commands work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.record import EVENTS
from bot.sandbox.script import Person
from handlers.menu import EVERYONE, MENU
from tests.bot.test_joining import Joining, shown
from tests.test_many import COMPLAINT

ELS = Person("Els", "nl", "manager", "els")
KARIM = Person("Karim", "nl", "mediator", "karim")
JOKE = Person("Joke", "nl", "mediator", "joke")
ADA = Person("Ada", "nl", "admin", "admin")
STORY = COMPLAINT[2]
DAY = 24 * 3600.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Joining]:
    world = Joining(tmp_path)
    yield world
    world.close()


async def assigned(world: Joining, number: str) -> list[str]:
    """Everybody it was ever given to."""
    rows = await world.store.read(lambda tx: tx.find(EVENTS.name, case=number))
    return [row["facts"]["mediator"] for row in rows if row["kind"] in {"assigned", "accepted"}]


async def no_more_than_a_client(world: Joining, who: str, number: str) -> None:
    """Every staff command and button on it says what it says of a number that nobody has; the rest is theirs."""
    before = world.store.export()["events"]
    for item in MENU:
        if item.of_case and item.who != EVERYONE:
            for name in (item.name, item.dutch):
                told = await world.answer(who, f"/{name} {shown(number)}")
                assert told == await world.answer(who, f"/{name} 2345-6789"), name
            heard = len(await world.heard(who))
            await world.desk.take(world.press(who, f"do:{item.name}:{number}"))
            await world.settle()
            assert (await world.texts(who))[heard:] == [told]
    assert shown(number) not in await world.answer(who, "/zaken")
    assert world.store.export()["events"] == before
    assert shown(number) in await world.answer(who, "/status")


async def test_the_only_mediator_is_not_given_their_own_complaint(world: Joining) -> None:
    await world.here(ELS, KARIM)
    number = await world.complaint("Karim")
    assert await assigned(world, number) == []
    assert f"Geen bemiddelaar voor klacht {shown(number)}" in "\n".join(await world.texts("Els"))
    await no_more_than_a_client(world, "Karim", number)


async def test_it_goes_to_a_colleague_and_waits_rather_than_comes_back(world: Joining) -> None:
    await world.here(ELS, KARIM, JOKE)
    number = await world.complaint("Karim")
    assert await assigned(world, number) == ["joke"]
    await world.all("Joke", f"/doorgeven {number}", "[Geen tijd]")
    assert await assigned(world, number) == ["joke"]
    assert await world.mediator(number) == ""
    await no_more_than_a_client(world, "Karim", number)


async def test_it_does_not_come_back_when_the_colleague_lets_the_term_pass(world: Joining) -> None:
    await world.here(ELS, KARIM, JOKE)
    number = await world.complaint("Karim")
    await world.advance(DAY + 1)
    assert await assigned(world, number) == ["joke"]
    assert await world.mediator(number) == ""


async def test_the_colleague_who_took_it_can_work_on_it(world: Joining) -> None:
    await world.here(ELS, KARIM, JOKE)
    number = await world.complaint("Karim")
    await world.all("Joke", f"/oppakken {number}", "[Nee, ik ben onafhankelijk]")
    assert STORY in await world.answer("Joke", f"/zaak {number}")
    await no_more_than_a_client(world, "Karim", number)


async def test_who_complained_before_joining_is_not_given_it_on_joining(world: Joining) -> None:
    await world.here(ELS, Person("Karim", "nl"), Person("Rita", "nl"))
    own, other = await world.complaint("Karim"), await world.complaint("Rita")
    await world.answer("Karim", f"/start {await world.link('mediator', 'karim')}")
    assert (await world.mediator(own), await world.mediator(other)) == ("", "karim")
    await no_more_than_a_client(world, "Karim", own)
    await world.here(JOKE)
    assert await assigned(world, own) == ["joke"]
    await world.all("Joke", f"/doorgeven {own}", "[Geen tijd]")
    assert await assigned(world, own) == ["joke"]


async def test_who_complained_before_joining_is_not_given_it_later(world: Joining) -> None:
    await world.here(ELS, JOKE, Person("Karim", "nl"))
    own = await world.complaint("Karim")
    await world.answer("Karim", f"/start {await world.link('mediator', 'karim')}")
    assert await world.mediator(own) == "joke"
    await world.all("Joke", f"/doorgeven {own}", "[Geen tijd]")
    assert await assigned(world, own) == ["joke"]
    assert f"Geen bemiddelaar voor klacht {shown(own)}" in "\n".join(await world.texts("Els"))


async def test_a_mediators_other_account_that_joins_loses_the_case_it_complains_in(world: Joining) -> None:
    """Karim complains from a private account; that it is Karim's shows only when the account joins under his key."""
    await world.here(ELS, KARIM, Person("Privé", "nl"))
    own = await world.complaint("Privé")
    assert await world.mediator(own) == "karim"
    await world.here(JOKE)
    await world.answer("Privé", f"/start {await world.link('mediator', 'karim')}")
    assert await assigned(world, own) == ["karim", "joke"]
    await no_more_than_a_client(world, "Privé", own)


@pytest.mark.parametrize("joins", ["before", "after"])
async def test_a_manager_is_no_manager_of_their_own_complaint(world: Joining, joins: str) -> None:
    await world.here(ADA, JOKE, *((ELS,) if joins == "before" else (Person("Els", "nl"),)))
    number = await world.complaint("Els")
    if joins == "after":
        await world.answer("Els", f"/start {await world.link('manager', 'els')}")
    await no_more_than_a_client(world, "Els", number)
    heard = len(await world.heard("Els"))
    await world.all("Joke", f"/doorgeven {number}", "[Geen tijd]")
    assert (await world.texts("Els"))[heard:] == []  # nobody to take it: that is for the administrator now
    assert f"Geen bemiddelaar voor klacht {shown(number)}" in (await world.texts("Ada"))[-1]
