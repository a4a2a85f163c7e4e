"""Role × command × relation, from the menu itself: what is forbidden is answered like what does not exist.

Nothing of a case changes, and no word of it is shown. Those who may do nothing with it: another client, an
administrator, a mediator of other cases, the mediator who is named in it, the manager of the one who is named, and the
mediator who passed it on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.record import CASES, EVENTS, REGISTER
from bot.sandbox.script import Person, Play, read
from handlers.menu import EVERYONE, MENU
from storage.store import Tx
from tests.conftest import example
from tests.in_memory import InMemory

STAGE = """
people: Els (nl) manager=els; Karim (nl) mediator=karim; Joke (nl) mediator=joke; Bram (nl) mediator=bram; Rita (nl)
Rita: /klacht
Rita: [Ja, dat is goed]
Rita: Karim luisterde niet en was heel kortaf tegen mij bij het passen.
Rita: [Verder]
Rita: [Hoe ik ben behandeld]
Rita: [Geen hulpmiddel]
Rita: [Gisteren]
Rita: [Weet ik niet]
Rita: [Excuses maken]
Rita: [Verder]
Rita: [Voor mijzelf]
Rita: [Rita]
Rita: [Hier in Telegram]
Rita: [Klacht versturen]
< Uw kenmerk is {ref}
Bram: /doorgeven {ref}
Bram: [Geen tijd]
Joke: [Oppakken]
Joke: [Nee, ik ben onafhankelijk]
"""
OUTSIDERS = ("Els", "Karim", "Bram", "Anna", "Ada")
SECRET = "luisterde niet"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[tuple[InMemory, str]]:
    world = InMemory(example(tmp_path), tmp_path)
    play = Play(world)
    await play.perform(read(STAGE))
    await world.person(Person("Anna", "nl"))
    await world.person(Person("Ada", "nl", "admin", "admin"))
    yield world, play.known["ref"]
    world.close()


def rows_of_cases(tx: Tx) -> list[list[dict[str, object]]]:
    return [list(tx.every(kind.name)) for kind in (CASES, EVENTS, REGISTER)]


async def answer(world: InMemory, who: str, said: str) -> str:
    """What somebody hears to a command or a press."""
    before = len(await world.heard(who))
    if said.startswith("do:"):
        from bot.events import Tapped

        await world.take(who, Tapped(f"q{world.updates}", said, 1))
    else:
        await world.say(who, said, False)
    return "\n".join(str(message["text"]) for message in (await world.heard(who))[before:])


async def test_nobody_outside_a_case_learns_of_it_or_changes_it(stage: tuple[InMemory, str]) -> None:
    world, ref = stage
    kept = await world.store.read(rows_of_cases)
    digits = ref.replace("-", "")
    for who in OUTSIDERS:
        for item in MENU:
            for about, nobody in ((f"/{item.name} {ref}", f"/{item.name} 2345-6789"),
                                  (f"do:{item.name}:{digits}", f"do:{item.name}:23456789")):  # fmt: skip
                heard = await answer(world, who, about)
                assert SECRET not in heard
                if item.of_case:
                    assert heard == await answer(world, who, nobody), f"{who} {about}"
        for data in (f"a:{digits}:0:free", f"b:{digits}:0", f"s:{digits}:0", f"do:agree:{digits}:1"):
            assert SECRET not in await answer(world, who, data)
    assert await world.store.read(rows_of_cases) == kept


async def test_staff_commands_do_not_exist_for_clients(stage: tuple[InMemory, str]) -> None:
    world, ref = stage
    unheard_of = await answer(world, "Anna", "/hoera")
    for item in MENU:
        if item.who != EVERYONE:
            assert await answer(world, "Anna", f"/{item.name} {ref}") == unheard_of
            assert await answer(world, "Rita", f"/{item.dutch} {ref}") == unheard_of


async def test_those_of_the_case_can_open_it(stage: tuple[InMemory, str]) -> None:
    world, ref = stage
    assert SECRET in await answer(world, "Joke", f"/zaak {ref}")
    assert ref in await answer(world, "Rita", f"/status {ref}")
