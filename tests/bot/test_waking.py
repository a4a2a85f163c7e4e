"""Time and what it brings, also when it was not looked at for weeks: every reminder once, every draft kept its term.

120 cases at all stages and 60 unfinished complaints, of which some tell of a danger, in a record that nobody opens for
40 days. The surprising truth: answers are given at parts of a second and the clock is asked for in whole ones, so a
moment that was rounded down comes twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.events import Send, unpacked
from bot.record import CASES, EVENTS, OUTBOX, TALKS, UPDATES, append, load_case
from bot.sandbox.script import Person
from bot.waking import AT_ONCE
from handlers.procedure import deadlines
from handlers.procedure.case import Case
from storage.store import Tx
from tests.handlers.a_case import STAGES, happened, received
from tests.test_many import COMPLAINT, STAFF, Listening

DAY, HOUR = 86400.0, 3600.0
WORDS = ("/klacht", "[Ja, dat is goed]", "Mijn zolen kraken.")
DANGER = COMPLAINT[:-1]  # all but sending it
OPEN = tuple(kinds for stage, kinds in STAGES.items() if stage != "closed")


class Waiting(Listening):
    """A world that counts all that was ever said in it, delivered or not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.delivered = Counter[tuple[int, str]]()

    async def _deliver(self, row: dict[str, Any]) -> None:
        self.delivered += messages([row])
        await super()._deliver(row)

    async def cases(self, many: int) -> None:
        """So many open cases, at every stage, received in the six weeks before now."""
        now, chance = self.time.now(), Random(7)

        def file(tx: Tx) -> None:
            for n in range(many):
                number, case = f"{22222222 + n}", None
                kinds = OPEN[n % len(OPEN)].split()
                at = now - timedelta(days=chance.uniform(1, 42))
                plans = n % 2 == 0 or {"agreed", "disagreed"} & {*kinds}
                measure = happened("measure", at, due=str((now + timedelta(days=n % 30 + 1)).date()))
                for event in (received(at), *(happened(kind, now) for kind in kinds), *([measure] if plans else [])):
                    case = append(tx, self.rules.firm, self.rules.zone, case, number, event)

        await self.store.run(file)

    async def drafts(self, many: int, dangerous: int) -> None:
        """So many people who stopped half-way, each a moment after the other."""
        for n in range(many):
            who = f"P{n}"
            await self.person(Person(who, "nl"))
            self.time.advance(61.37)
            await self.all(who, *(DANGER if n < dangerous else WORDS))

    async def until_quiet(self) -> int:
        """Look again as long as the clock is needed at once; how often that was."""
        for looked in range(1, 10):
            coming = await self.waking.due()
            if coming is None or coming > self.time.now().timestamp():
                return looked
        raise AssertionError("it is never done")

    async def reminded(self) -> Counter[tuple[str, str]]:
        def look(tx: Tx) -> Counter[tuple[str, str]]:
            rows = (row for row in tx.every(EVENTS.name) if row["kind"] == "reminded")
            return Counter((str(row["case"]), str(row["facts"]["what"])) for row in rows)

        return await self.store.read(look)

    async def all_cases(self) -> list[Case]:
        def look(tx: Tx) -> list[Case]:
            return [case for row in tx.every(CASES.name) if (case := load_case(tx, str(row["number"])))]

        return await self.store.read(look)

    async def still_due(self) -> list[tuple[datetime, str, str]]:
        """What the clock still has to do for the cases, worked out from the cases themselves."""
        terms, zone = self.rules.firm.terms, self.rules.zone
        cases = await self.all_cases()
        return sorted((due.at, case.number, due.what) for case in cases for due in deadlines.due(case, terms, zone))

    async def talks(self) -> list[dict[str, Any]]:
        return await self.store.read(lambda tx: list(tx.every(TALKS.name)))

    async def said(self) -> Counter[tuple[int, str]]:
        """Every message that was ever written, by chat."""
        return self.delivered + await self.store.read(lambda tx: messages(tx.every(OUTBOX.name)))

    def content(self) -> dict[str, Any]:
        return self.store.export()

    def move_to(self, moment: float) -> None:
        self.time.advance((datetime.fromtimestamp(moment, UTC) - self.time.now()).total_seconds())


def messages(rows: Iterable[dict[str, Any]]) -> Counter[tuple[int, str]]:
    actions = [(row["chat"], unpacked(row["action"])) for row in rows]
    return Counter((chat, action.text) for chat, action in actions if isinstance(action, Send))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Waiting]:
    world = Waiting(tmp_path)
    for person in STAFF:
        await world.person(person)
    yield world
    world.close()


# Forty days ----------------------------------------------------------------------------------------------


@pytest.fixture
async def after_40_days(world: Waiting) -> tuple[Waiting, set[tuple[str, str]]]:
    """The moment the bot starts again, and the reminders that were missed."""
    await world.drafts(60, dangerous=10)
    await world.cases(120)
    await world.until_quiet()
    before = await world.reminded()
    world.time.advance(40 * DAY)
    missed = {(number, what) for at, number, what in await world.still_due() if at <= world.time.now()}
    assert len({number for number, _ in missed}) == 120 and len(missed) > 300
    assert not missed & before.keys()
    return world, missed


async def test_every_reminder_that_was_missed_fires_once(after_40_days: tuple[Waiting, set[tuple[str, str]]]) -> None:
    world, missed = after_40_days
    before, told_before = await world.reminded(), await world.said()
    looked = await world.until_quiet()
    assert looked == -(-120 // AT_ONCE)  # a few transactions, none of them long
    assert await world.reminded() - before == Counter(dict.fromkeys(missed, 1))
    told = await world.said() - told_before
    assert max(told.values()) == 1  # also the three warnings of one case are one message by now

    quiet = world.content()
    for _ in range(5):
        await world.waking.due()
    left = {name: rows for name, rows in world.content().items() if name != UPDATES.name}
    assert left == {name: rows for name, rows in quiet.items() if name != UPDATES.name}


async def test_who_must_act_hears_that_a_case_is_late(after_40_days: tuple[Waiting, set[tuple[str, str]]]) -> None:
    world, missed = after_40_days
    await world.until_quiet()
    said = await world.said()
    els = world.chats["Els"].id
    for number in {number for number, what in missed if what == "late"}:
        shown = f"{number[:4]}-{number[4:]}</code></b> is te laat"
        assert Counter({chat: n for (chat, text), n in said.items() if shown in text})[els] == 1, number


async def test_drafts_past_their_term_are_gone_and_nobody_is_written_about_them(
    after_40_days: tuple[Waiting, set[tuple[str, str]]],
) -> None:
    world, _ = after_40_days
    assert len(await world.talks()) == 60
    await world.until_quiet()
    assert await world.talks() == []
    people = {chat.id for name, chat in world.chats.items() if name.startswith("P")}
    assert not [text for chat, text in await world.said() if chat in people and "niet af" in text]


async def test_updates_seen_long_ago_are_forgotten_bit_by_bit(
    after_40_days: tuple[Waiting, set[tuple[str, str]]],
) -> None:
    world, _ = after_40_days
    many = await world.store.read(lambda tx: tx.count(UPDATES.name))
    await world.waking.due()
    assert await world.store.read(lambda tx: tx.count(UPDATES.name)) == many - AT_ONCE


@pytest.mark.parametrize("back", [HOUR, 3 * DAY, 41 * DAY])
async def test_a_clock_that_jumps_back_fires_nothing_twice(
    after_40_days: tuple[Waiting, set[tuple[str, str]]], back: float
) -> None:
    world, missed = after_40_days
    await world.until_quiet()
    before, told = await world.reminded(), await world.said()
    world.time.advance(-back)
    for _ in range(8):  # and through the same days once more
        await world.until_quiet()
        assert await world.reminded() == before
        assert await world.said() == told
        world.time.advance(back / 8)
    await world.until_quiet()
    assert await world.reminded() == before
    assert {one: n for one, n in before.items() if one in missed} == dict.fromkeys(missed, 1)


# From moment to moment -----------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [0.0, 0.01])  # a timer rings a little after its moment, never before
async def test_each_wake_up_is_at_the_next_moment_and_finds_something_to_do(world: Waiting, late: float) -> None:
    await world.cases(14)
    await world.drafts(6, dangerous=2)
    coming, before_it = await world.waking.due(), 0.0
    while coming is not None:
        assert coming > before_it
        first = min([at for at, _, _ in await world.still_due()][:1] + [_next(row) for row in await world.talks()])
        assert 0 <= coming - first.timestamp() < 1, "the first whole second at which it is due"
        before_it = coming
        world.move_to(coming + late)
        before = world.content()
        coming = await world.waking.due()
        after = world.content()
        assert any(before[name] != after[name] for name in (EVENTS.name, TALKS.name)), coming
    assert await world.talks() == [] and await world.still_due() == []


def _next(row: dict[str, Any]) -> datetime:
    """When the clock has to look at an unfinished complaint: the four moments of its life, in their order."""
    touched, next_ = datetime.fromisoformat(row["touched"]), datetime.fromtimestamp(row["next"], UTC)
    life = (timedelta(minutes=15), timedelta(days=1), timedelta(days=27), timedelta(days=30))
    return min((touched + after for after in life), key=lambda at: abs((at - next_).total_seconds()))


async def test_without_anything_to_do_the_clock_is_not_needed(world: Waiting) -> None:
    assert await world.waking.due() is None
    await world.drafts(1, dangerous=0)
    assert await world.waking.due() is not None
    await world.all("P0", "/wissen", "[Ja, wissen]")
    assert await world.waking.due() is None


async def test_more_than_one_turn_can_do_asks_for_the_next_at_once(world: Waiting) -> None:
    await world.cases(120)
    world.time.advance(60 * DAY)
    coming = await world.waking.due()
    assert coming is not None and coming <= world.time.now().timestamp()


# Unfinished complaints -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0.25, HOUR, 7 * HOUR, DAY])
async def test_an_unfinished_complaint_is_reminded_of_twice_and_then_gone(world: Waiting, step: float) -> None:
    await world.drafts(1, dangerous=0)
    person, (row,) = world.chats["P0"].id, await world.talks()
    touched = datetime.fromisoformat(row["touched"])
    assert touched.microsecond  # or this test could not see what it is for

    async def reminders() -> int:
        return sum(n for (chat, text), n in (await world.said()).items() if chat == person and "niet af" in text)

    for after, told, kept in ((1, 1, True), (27, 2, True), (30, 2, False)):
        world.move_to((touched + timedelta(days=after)).timestamp() - max(step, 2))
        await world.until_quiet()
        assert await reminders() == (told - 1 if kept else told)
        for _ in range(12 if step < 1 else 2):
            world.time.advance(step)
            await world.waking.due()
        assert (await reminders(), bool(await world.talks())) == (told, kept)


async def test_an_answer_gives_an_unfinished_complaint_its_whole_term_again(world: Waiting) -> None:
    await world.drafts(1, dangerous=0)
    world.time.advance(29 * DAY)
    await world.all("P0", "Nog iets.")
    world.time.advance(29 * DAY)
    await world.until_quiet()
    assert len(await world.talks()) == 1
    world.time.advance(DAY + 1)
    await world.until_quiet()
    assert await world.talks() == []


async def test_of_a_danger_that_was_not_sent_somebody_hears_once(world: Waiting) -> None:
    await world.drafts(1, dangerous=1)
    els = world.chats["Els"].id

    async def alarms() -> int:
        return sum(n for (chat, text), n in (await world.said()).items() if chat == els and "gevaar" in text)

    for minutes, told in ((14, 0), (2, 1), (60, 1), (26 * 60, 1), (26 * 24 * 60, 1)):
        world.time.advance(minutes * 60)
        await world.until_quiet()
        assert await alarms() == told, minutes


# Accepting -----------------------------------------------------------------------------------------------


async def test_every_mediator_has_the_whole_term_to_accept_and_then_it_is_the_managers(world: Waiting) -> None:
    await world.person(Person("Rita", "nl"))
    await world.all("Rita", *COMPLAINT)
    start = world.time.now().timestamp()
    for hours, mediator in ((23.9, "joke"), (24.1, "karim"), (47.9, "karim"), (48.2, "")):
        world.move_to(start + hours * HOUR)
        await world.until_quiet()
        (case,) = await world.all_cases()
        assert case.mediator == mediator, hours
    els = world.chats["Els"].id
    assert [text for chat, text in await world.said() if chat == els and "Geen bemiddelaar" in text]
    assert await world.reminded() == Counter({(case.number, "accept"): 2})
