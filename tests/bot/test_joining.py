"""Joining by a link: once, within 48 hours, for one role; and what the complaints that waited for it get.

The world is the one in memory, with the links as `invite` makes them. The surprising truth: every bad link is answered
with the same words, so that nobody learns from the answer whether a link was ever good.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.events import Command, Commands, Event, unpacked
from bot.joining import LASTS, commands, invite
from bot.record import CASES, INVITES, STAFF
from bot.sandbox.script import Person
from handlers.menu import MENU
from tests.test_many import COMPLAINT, Listening

HOURS = 3600.0
NO_LINK = "Deze link werkt niet meer. Vraag een nieuwe."
TOKEN = "Tk9_mQx-4bVr7LpZ2wYcHg"
RITA = Person("Rita", "nl")


class Joining(Listening):
    """A world that remembers the command menus people get."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.menus: list[Commands] = []

    async def _deliver(self, row: dict[str, Any]) -> None:
        if isinstance(action := unpacked(row["action"]), Commands):
            self.menus.append(action)
        await super()._deliver(row)

    async def link(self, role: str, key: str, token: str = TOKEN) -> str:
        return await self.store.run(lambda tx: invite(tx, role, key, token, self.time.now()))

    async def here(self, *people: Person) -> None:
        for person in people:
            await self.person(person)

    async def answer(self, who: str, said: str) -> str:
        """What somebody hears to it."""
        before = len(await self.heard(who))
        await self.say(who, said, False)
        return "\n".join(str(message["text"]) for message in (await self.heard(who))[before:])

    async def staff(self) -> dict[str, tuple[int, list[str]]]:
        return await self.store.read(
            lambda tx: {row["key"]: (row["person"], row["roles"]) for row in tx.every(STAFF.name)}
        )

    async def complaint(self, who: str, *acts: str) -> str:
        """The number of a complaint that *who* makes."""
        before = {row["number"] for row in self.store.export()["cases"]}
        await self.all(who, *(acts or COMPLAINT))
        (number,) = {str(row["number"]) for row in self.store.export()["cases"]} - before
        return number

    async def mediator(self, number: str) -> str:
        row = await self.store.read(lambda tx: tx.get(CASES.name, number))
        assert row is not None
        return str(row["mediator"])

    async def texts(self, who: str) -> list[str]:
        return [str(message["text"]) for message in await self.heard(who)]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Joining]:
    world = Joining(tmp_path)
    yield world
    world.close()


# The link ------------------------------------------------------------------------------------------------


async def test_a_link_works_once(world: Joining) -> None:
    await world.here(Person("Karim", "nl"), Person("Mallory", "nl"))
    link = await world.link("mediator", "karim")
    assert "Welkom, Karim Haddad" in await world.answer("Karim", f"/start {link}")
    joined = {"karim": (world.chats["Karim"].id, ["mediator"])}
    assert await world.staff() == joined
    for who in ("Mallory", "Karim"):
        assert await world.answer(who, f"/start {link}") == NO_LINK
    assert await world.staff() == joined


@pytest.mark.parametrize(
    ("later", "works"), [(0, True), (47.99, True), (48, True), (48.01, False), (49, False), (24 * 365, False)]
)
async def test_a_link_works_for_48_hours(world: Joining, later: float, works: bool) -> None:
    assert LASTS.total_seconds() == 48 * HOURS
    await world.here(Person("Karim", "nl"))
    link = await world.link("mediator", "karim")
    world.time.advance(later * HOURS)
    told = await world.answer("Karim", f"/start {link}")
    assert ("Welkom" in told, told == NO_LINK) == (works, not works)
    assert bool(await world.staff()) == works


async def test_of_two_who_press_at_once_one_joins(world: Joining) -> None:
    await world.here(Person("Karim", "nl"), Person("Mallory", "nl"))
    link = await world.link("manager", "els")
    presses = [
        Event(9000 + n, world.time.now(), chat.id, True, chat.person, Command("start", link, 1))
        for n, chat in enumerate(world.chats.values())
    ]
    await asyncio.gather(*map(world.desk.take, presses))
    await world.settle()
    told = [(await world.texts(who))[-1] for who in ("Karim", "Mallory")]
    assert sorted(text == NO_LINK for text in told) == [False, True]
    assert len(await world.staff()) == 1


@pytest.mark.parametrize(
    "garbled",
    [
        "m_",
        "m_unknown",
        "m_" + "A" * 22,
        "m_" + TOKEN[:-1],
        "m_" + TOKEN + "A",
        "m_" + TOKEN.swapcase(),
        "m_" + TOKEN[::-1],
        "m_m_" + TOKEN,
        "m_" + TOKEN + " manager",
        "m_" + " " + TOKEN,
        "m_<b>&",
        "m_\u202e☃😀",
        "m_" + "9" * 4000,
        "m_*",
        "m_%",
    ],
)
async def test_a_garbled_link_is_answered_as_an_unknown_one_and_grants_nothing(world: Joining, garbled: str) -> None:
    await world.here(Person("Mallory", "nl"), Person("Karim", "nl"))
    link = await world.link("manager", "els")
    unknown = await world.answer("Mallory", "/cijfers")
    assert await world.answer("Mallory", f"/start {garbled}") == NO_LINK
    assert await world.staff() == {}
    assert not world.menus
    assert await world.answer("Mallory", "/cijfers") == unknown  # as for anybody who is no manager
    assert "Welkom" in await world.answer("Karim", f"/start {link}")  # the good one is not spent by it


async def test_the_answer_to_a_bad_link_is_in_the_persons_language(world: Joining) -> None:
    await world.here(Person("Mallory", "en"))
    assert await world.answer("Mallory", "/start m_x") == "This link does not work any more. Ask for a new one."


async def test_the_record_does_not_hold_the_token(world: Joining) -> None:
    await world.link("mediator", "karim")
    assert TOKEN not in repr(world.store.export())
    assert await world.store.read(lambda tx: tx.count(INVITES.name)) == 1


# Roles ---------------------------------------------------------------------------------------------------


async def test_a_second_link_adds_its_role(world: Joining) -> None:
    await world.here(Person("Els", "nl", "mediator", "els"))
    unknown = await world.answer("Els", "/hoera")
    assert await world.answer("Els", "/cijfers") == unknown
    told = await world.answer("Els", f"/start {await world.link('manager', 'els')}")
    assert "Welkom, Els Vermeer" in told
    assert await world.staff() == {"els": (world.chats["Els"].id, ["manager", "mediator"])}
    assert "Klachten van" in await world.answer("Els", "/cijfers")
    assert "geen open zaken" in await world.answer("Els", "/zaken")
    assert [len(menu.commands) for menu in world.menus[-3:]] == [len(SEEN_BY["manager"])] * 3


async def test_who_started_the_bot_may_be_a_manager_as_well(world: Joining) -> None:
    """Their first link made them "admin", which is no colleague of organisation.toml, and so a key of its own."""
    await world.here(Person("Els", "nl", "admin", "admin"))
    await world.answer("Els", f"/start {await world.link('manager', 'els')}")
    assert "Klachten van" in await world.answer("Els", "/cijfers")
    assert [len(menu.commands) for menu in world.menus[-3:]] == [len(SEEN_BY["manager"] | SEEN_BY["admin"])] * 3
    await world.answer("Els", f"/start {await world.link('mediator', 'els')}")
    await world.here(RITA)
    number = await world.complaint("Rita")
    await world.all("Els", f"/oppakken {number}", "[Nee, ik ben onafhankelijk]")
    assert await world.mediator(number) == "els"
    assert "is van u" in "\n".join(await world.texts("Els"))


async def test_a_manager_who_comes_to_run_the_bot_stays_a_manager(world: Joining) -> None:
    await world.here(Person("Els", "nl", "manager", "els"))
    await world.answer("Els", f"/start {await world.link('admin', 'admin')}")
    assert "Klachten van" in await world.answer("Els", "/cijfers")
    assert [len(menu.commands) for menu in world.menus[-3:]] == [len(SEEN_BY["manager"] | SEEN_BY["admin"])] * 3


async def test_a_mediator_who_blocks_the_bot_is_replaced_also_when_they_started_it(world: Joining) -> None:
    await world.here(Person("Karim", "nl", "admin", "admin"), Person("Joke", "nl", "mediator", "joke"))
    await world.answer("Karim", f"/start {await world.link('mediator', 'karim')}")
    await world.here(RITA)
    await world.complaint("Rita")  # Joke's
    await world.block("Karim")
    number = await world.complaint("Rita")
    assert await world.mediator(number) == "joke"


# The menu ------------------------------------------------------------------------------------------------

EVERYBODY = set("complaint status add withdraw reopen committee human language privacy data forget help".split())
WORKERS = set(
    """cases case find new letter take decline ask message note rubric about heard cause measure done promise
kind prevent incident outcome extend escalate verdict close handover absence late dossier redact
form dossier_note replan""".split()
)
SEEN_BY = {
    "admin": EVERYBODY | {"assign", "health"},  # what waits can be given to somebody, and not read
    "mediator": EVERYBODY | WORKERS,
    "manager": EVERYBODY
    | WORKERS
    | {"assign", "export", "merge", "no_complaint", "summary", "numbers", "evaluate", "minutes", "review"},
}
DUTCH = {item.name: item.dutch for item in MENU}


def names(menu: Commands) -> set[str]:
    return {name for name, _ in menu.commands}


@pytest.mark.parametrize("own", ["nl", "en", "tr"])
@pytest.mark.parametrize("role", SEEN_BY)
async def test_everybody_gets_the_menu_of_their_role_in_each_language(world: Joining, role: str, own: str) -> None:
    await world.here(Person("Els", own, role, "els"))
    assert [menu.language for menu in world.menus] == ["", *world.rules.words.languages]
    assert {menu.chat for menu in world.menus} == {world.chats["Els"].id}
    for menu in world.menus:
        dutch = menu.language == "nl" or (menu.language == "" and own == "nl")
        assert names(menu) == {DUTCH[name] if dutch else name for name in SEEN_BY[role]}
        lines = dict(menu.commands)
        assert lines["status"] == ("hoe het met uw klacht staat" if dutch else "how your complaint is going")


async def test_a_client_is_shown_no_command_of_the_staff(world: Joining) -> None:
    words = world.rules.words
    assert names(commands(words, frozenset(), "en", "", None)) == EVERYBODY
    assert names(commands(words, frozenset(), "nl", "nl", None)) == {DUTCH[name] for name in EVERYBODY}


@pytest.mark.parametrize("role", SEEN_BY)
async def test_every_line_of_the_menu_is_as_telegram_wants_it(world: Joining, role: str) -> None:
    for language in world.rules.words.languages:
        for name, about in commands(world.rules.words, frozenset({role}), language, language, 1).commands:
            assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
            assert 1 <= len(about) <= 256


# Complaints that waited ----------------------------------------------------------------------------------

ABOUT_KARIM = (
    "/klacht", "[Ja, dat is goed]", "Karim luisterde niet en ik heb een wond.", "[Verder]",
    "[Wond of blaar]", "[Nu versturen]",
)  # fmt: skip


def shown(number: str) -> str:
    return f"{number[:4]}-{number[4:]}"


async def test_a_mediator_who_joins_is_offered_what_waits(world: Joining) -> None:
    await world.here(Person("Els", "nl", "manager", "els"), RITA, Person("Truus", "nl"))
    waiting = [await world.complaint("Rita"), await world.complaint("Truus")]
    told = "\n".join(await world.texts("Els"))
    assert all(f"Geen bemiddelaar voor klacht {shown(number)}" in told for number in waiting)

    await world.here(Person("Joke", "nl", "mediator", "joke"))
    heard = await world.texts("Joke")
    assert "Welkom, Joke Postma" in heard[0]
    for number in waiting:
        assert await world.mediator(number) == "joke"
        (offer,) = [text for text in heard if f"Nieuwe klacht {shown(number)}" in text]
        assert "luisterde" not in offer and "wond" not in offer  # numbers and dates only
        assert sum(f"{shown(number)} is aangeboden aan Joke" in text for text in await world.texts("Els")) == 1
    await world.all("Joke", f"/oppakken {waiting[0]}", "[Nee, ik ben onafhankelijk]")
    assert "Joke Postma behandelt uw klacht" in (await world.texts("Rita"))[-1]


async def test_who_is_named_in_it_is_not_offered_it(world: Joining) -> None:
    await world.here(Person("Els", "nl", "manager", "els"), RITA)
    about, other = await world.complaint("Rita", *ABOUT_KARIM), await world.complaint("Rita")
    await world.here(Person("Karim", "nl", "mediator", "karim"))
    assert (await world.mediator(about), await world.mediator(other)) == ("", "karim")
    assert shown(about) not in "\n".join(await world.texts("Karim"))
    await world.here(Person("Joke", "nl", "mediator", "joke"))
    assert (await world.mediator(about), await world.mediator(other)) == ("joke", "karim")


async def test_what_somebody_has_already_stays_theirs(world: Joining) -> None:
    await world.here(Person("Els", "nl", "manager", "els"), RITA)
    taken, closed = await world.complaint("Rita"), await world.complaint("Rita")
    await world.all("Els", f"/oppakken {taken}", "[Nee, ik ben onafhankelijk]")
    await world.here(Person("Joke", "nl", "mediator", "joke"))
    await world.here(Person("Karim", "nl", "mediator", "karim"))
    assert (await world.mediator(taken), await world.mediator(closed)) == ("els", "joke")
    assert shown(closed) not in "\n".join(await world.texts("Karim"))


@pytest.mark.parametrize("role", ["manager", "admin"])
async def test_who_joins_in_another_role_is_assigned_nothing(world: Joining, role: str) -> None:
    await world.here(RITA)
    number = await world.complaint("Rita")
    await world.here(Person("Joke", "nl", role, "joke"))
    assert await world.mediator(number) == ""
    await world.answer("Joke", f"/start {await world.link('mediator', 'joke')}")
    assert await world.mediator(number) == "joke"
