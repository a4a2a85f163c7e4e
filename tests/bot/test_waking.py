"""Time and what it brings, also when it was not looked at for weeks: every reminder once, every draft kept its term.

Of several reminders of the same thing that were missed, only the last is told.

120 cases at all stages and 60 unfinished complaints, of which some tell of a danger, in a record that nobody opens for
42 days. The surprising truth: answers are given at parts of a second and the clock is asked for in whole ones, so a
moment that was rounded down comes twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot import waking
from bot.events import Send, unpacked
from bot.record import CASES, DIARY, EVENTS, OUTBOX, TALKS, UPDATES, append, load_case
from bot.sandbox.script import Person
from bot.waking import AT_ONCE
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from storage.store import Tx
from tests.handlers.a_case import STAGES, entered, happened, received
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

    async def still_due(self) -> list[tuple[datetime, str, str, str]]:
        """What the clock still has to do for the cases, worked out from the cases themselves: when, of which, what."""
        terms, zone = self.rules.firm.terms, self.rules.zone
        return sorted(
            (due.at, case.number, due.what, due.series)
            for case in await self.all_cases()
            for due in deadlines.due(case, terms, zone)
        )

    async def put(self, number: str, *happened: Happened) -> None:
        """Events of a case, as if they had been filed."""

        def file(tx: Tx) -> None:
            case = load_case(tx, number)
            for event in happened:
                case = append(tx, self.rules.firm, self.rules.zone, case, number, event)

        await self.store.run(file)

    def monday(self) -> datetime:
        """The next Monday morning at nine in Apeldoorn."""
        here = self.time.now().astimezone(self.rules.zone)
        this = here.replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=here.weekday())
        return this if here < this else this + timedelta(weeks=1)

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


# Six weeks ----------------------------------------------------------------------------------------------


@pytest.fixture
async def after_six_weeks(world: Waiting) -> tuple[Waiting, set[tuple[str, str]]]:
    """The moment the bot starts again, and the reminders that were missed."""
    await world.drafts(60, dangerous=10)
    await world.cases(120)
    await world.until_quiet()
    before = await world.reminded()
    world.time.advance(42 * DAY)  # a Monday morning: by night nothing but safety would be told
    past = [(number, what, series) for at, number, what, series in await world.still_due() if at <= world.time.now()]
    missed = {(number, what) for (number, _), what in {(n, series): what for n, what, series in past}.items()}
    assert len({number for number, _ in missed}) >= 100 and len(past) > 2 * len(missed) - 100
    assert not missed & before.keys()
    return world, missed


async def test_every_reminder_that_was_missed_fires_once(after_six_weeks: tuple[Waiting, set[tuple[str, str]]]) -> None:
    world, missed = after_six_weeks
    before, told_before = await world.reminded(), await world.said()
    looked = await world.until_quiet()
    assert looked == -(-len({number for number, _ in missed}) // AT_ONCE)  # a few transactions, none of them long
    assert await world.reminded() - before == Counter(dict.fromkeys(missed, 1))
    told = await world.said() - told_before
    assert max(told.values()) == 1  # also the three warnings of one case are one message by now

    quiet = world.content()
    for _ in range(5):
        await world.waking.due()
    left = {name: rows for name, rows in world.content().items() if name != UPDATES.name}
    assert left == {name: rows for name, rows in quiet.items() if name != UPDATES.name}


async def test_who_must_act_hears_that_a_case_is_late(after_six_weeks: tuple[Waiting, set[tuple[str, str]]]) -> None:
    world, missed = after_six_weeks
    await world.until_quiet()
    said = await world.said()
    els = world.chats["Els"].id
    for number in {number for number, what in missed if what == "late"}:
        shown = f"{number[:4]}-{number[4:]}</code></b> is te laat"
        assert Counter({chat: n for (chat, text), n in said.items() if shown in text})[els] == 1, number


async def test_drafts_past_their_term_are_gone_and_nobody_is_written_about_them(
    after_six_weeks: tuple[Waiting, set[tuple[str, str]]],
) -> None:
    world, _ = after_six_weeks
    assert len(await world.talks()) == 60
    await world.until_quiet()
    assert await world.talks() == []
    people = {chat.id for name, chat in world.chats.items() if name.startswith("P")}
    assert not [text for chat, text in await world.said() if chat in people and "niet af" in text]


async def test_updates_seen_long_ago_are_forgotten_bit_by_bit(
    after_six_weeks: tuple[Waiting, set[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = after_six_weeks
    monkeypatch.setattr(waking, "FORGOTTEN", 50)
    many = await world.store.read(lambda tx: tx.count(UPDATES.name))
    await world.waking.due()
    assert await world.store.read(lambda tx: tx.count(UPDATES.name)) == many - 50


@pytest.mark.parametrize("back", [HOUR, 3 * DAY, 41 * DAY])
async def test_a_clock_that_jumps_back_fires_nothing_twice(
    after_six_weeks: tuple[Waiting, set[tuple[str, str]]], back: float
) -> None:
    world, missed = after_six_weeks
    await world.until_quiet()
    before, told = await world.reminded(), await world.said()
    alarms = 1 if back > HOUR else 0  # an hour is what winter time or a slow clock may take back
    world.time.advance(-back)
    for _ in range(8):  # and through the same days once more
        await world.until_quiet()
        assert await world.reminded() == before
        (*more,) = (await world.said() - told).items()
        assert [(chat, "klok van deze computer" in text, n) for (chat, text), n in more] == [
            (world.chats["Els"].id, True, 1)
        ] * alarms
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
    while (left := await world.still_due()) or await world.talks():
        assert coming is not None and coming > before_it
        moments = [at for at, *_ in left][:1] + [_next(row) for row in await world.talks()] + [world.monday()]
        assert 0 <= coming - min(moments).timestamp() < 1, "the first whole second at which it is due"
        before_it = coming
        world.move_to(coming + late)
        before = world.content()
        coming = await world.waking.due()
        after = world.content()
        weekly = [[row for row in content[DIARY.name] if row["name"] == "digest"] for content in (before, after)]
        assert weekly[0] != weekly[1] or any(before[name] != after[name] for name in (EVENTS.name, TALKS.name)), coming


def _next(row: dict[str, Any]) -> datetime:
    """When the clock has to look at an unfinished complaint: the four moments of its life, in their order."""
    touched, next_ = datetime.fromisoformat(row["touched"]), datetime.fromtimestamp(row["next"], UTC)
    life = (timedelta(minutes=15), timedelta(days=1), timedelta(days=27), timedelta(days=30))
    return min((touched + after for after in life), key=lambda at: abs((at - next_).total_seconds()))


async def test_without_anything_to_do_the_clock_is_needed_on_monday_only(world: Waiting) -> None:
    assert await world.waking.due() == world.monday().timestamp()
    await world.drafts(1, dangerous=0)
    assert await world.waking.due() == (await world.talks())[0]["next"]
    await world.all("P0", "/wissen", "[Ja, wissen]")
    assert await world.waking.due() == world.monday().timestamp()


async def test_more_than_one_turn_can_do_asks_for_the_next_at_once(world: Waiting) -> None:
    await world.cases(120)
    world.time.advance(42 * DAY)
    coming = await world.waking.due()
    assert coming is not None and coming <= world.time.now().timestamp()


# In office hours -----------------------------------------------------------------------------------------

TUESDAY, SATURDAY = datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)


async def test_after_a_night_of_downtime_nobody_is_woken_and_the_clock_waits_for_the_office(world: Waiting) -> None:
    await world.put(NUMBER, received(START), happened("assigned", START), happened("accepted", START))
    for moment, opens in (
        (datetime(2027, 1, 5, 22, 0, tzinfo=UTC), datetime(2027, 1, 6, 8, 0, tzinfo=UTC)),
        (datetime(2027, 1, 6, 7, 59, tzinfo=UTC), datetime(2027, 1, 6, 8, 0, tzinfo=UTC)),
    ):
        world.move_to(moment.timestamp())
        assert await world.waking.due() == opens.timestamp()
        assert not await world.reminded()
    world.move_to(opens.timestamp())
    assert await world.until_quiet() == 1
    assert await world.reminded() == Counter({(NUMBER, "late"): 1})


async def test_safety_is_told_at_the_weekend_and_the_clock_wakes_for_it(world: Waiting) -> None:
    """Also past another case that waits for Monday; and so is a case that nobody takes by night."""
    friday = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)
    world.move_to(friday.timestamp())
    await world.put(
        "23456789", received(START), *(happened(kind, START) for kind in ("assigned", "accepted", "clarify"))
    )
    await world.put(
        NUMBER, received(friday, danger="#wound"), happened("assigned", friday), happened("accepted", friday)
    )
    await world.until_quiet()
    world.move_to(friday.timestamp() + 8 * HOUR)  # Friday evening
    coming = await world.waking.due()
    assert coming == (SATURDAY + timedelta(hours=8)).timestamp()  # nine o'clock here
    world.move_to(coming)
    assert await world.waking.due() == (SATURDAY + timedelta(days=2, hours=8)).timestamp()
    assert await world.reminded() == Counter({(NUMBER, "safety_2"): 1})


async def test_a_case_nobody_takes_goes_on_by_night_past_all_that_waits_for_the_morning(world: Waiting) -> None:
    evening = TUESDAY + timedelta(hours=20)
    world.move_to(evening.timestamp())
    for n in range(AT_ONCE + 5):  # all late, after weeks of silence
        long_ago = evening - timedelta(days=60)
        events = [happened(kind, long_ago) for kind in ("assigned", "accepted")]
        await world.put(f"{23456722 + n}", received(long_ago), *events)
    await world.put(NUMBER, received(evening), happened("assigned", evening))
    coming = await world.waking.due()
    assert coming == (TUESDAY + timedelta(days=1, hours=8)).timestamp()
    world.move_to((evening + timedelta(days=1)).timestamp() - 1)
    coming = await world.waking.due()
    assert coming == (evening + timedelta(days=1)).timestamp()


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
    assert await world.reminded() == Counter({(case.number, "accept"): 2, (case.number, "safety_2"): 1})


# Who is reminded of what ---------------------------------------------------------------------------------

NUMBER = "7QXM4RTB"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TRUUS = 7  # the client's chat
PREVENTS = happened("measure", kind="preventive", owner="joke")
JOKES_PROMISE = happened("promised", owner="joke")
JOKE_BARRED = happened("barred", named=["joke"])
CLOSED = STAGES["closed"]


@pytest.mark.parametrize(
    ("kinds", "more", "what", "told"),
    [
        # the case       and               the reminder    who hears which words
        ("", (), "reply", {"Els": "contact hebben met de cliënt"}),
        ("assigned accepted", (), "outcome_14", {"Karim": "stuur de uitkomst"}),
        ("", (), "outcome_14", {"Els": "stuur de uitkomst"}),
        ("assigned accepted", (), "late", {"Karim": "is te laat", "Els": "is te laat"}),
        ("assigned accepted proposed", (), "answer_1", {"Truus": "nog niet geantwoord"}),
        ("assigned accepted proposed", (), "silent_1", {"Karim": "U mag de zaak afsluiten"}),
        ("assigned accepted clarify", (), "question_1_7", {"Truus": "Which shoes?"}),
        ("assigned accepted clarify", (), "question_1_14", {"Truus": "Which shoes?"}),
        ("assigned accepted clarify", (), "question_1_21", {"Karim": "Ga verder met wat u weet"}),
        ("assigned accepted measure", (), "measure_0", {"Karim": "een maatregel moet klaar zijn"}),
        ("assigned accepted", (PREVENTS,), "measure_0", {"Joke": "een maatregel moet klaar zijn"}),
        (
            "assigned accepted",
            (PREVENTS,),
            "measure_0_late",
            dict.fromkeys(("Joke", "Els"), "een maatregel is te laat"),
        ),
        ("assigned accepted", (happened("measure", owner="de leverancier"),), "measure_0", {"Karim": "klaar zijn"}),
        (CLOSED, (PREVENTS, happened("done")), "effect_0", {"Truus": "weggebleven", "Joke": "gewerkt"}),
        ("withdrawn", (PREVENTS, happened("done")), "effect_0", {"Joke": "gewerkt"}),  # and the client is left alone
        (
            CLOSED,
            (happened("measure", kind="preventive", owner="de leverancier"), happened("done")),
            "effect_0",
            {"Truus": "weggebleven", "Karim": "gewerkt"},
        ),
        (
            CLOSED,
            (happened("danger"),),
            "safety_2",
            {"Karim": "beslis of het incident", "Els": "beslis of het incident"},
        ),
        ("assigned accepted objected", (), "nobody_3_1", {"Joke": "Nieuwe klacht"}),  # who came back takes it
        (
            "assigned accepted",
            (happened("account_asked", who="joke"),),
            "account_7_joke",
            {"Joke": "Were you there?", "Karim": "heeft nog geen verhaal gegeven"},
        ),
        ("assigned accepted", (PREVENTS, JOKE_BARRED), "measure_0", {"Karim": "een maatregel moet klaar zijn"}),
        (CLOSED, (PREVENTS, JOKE_BARRED), "measure_0", {"Karim": "een maatregel moet klaar zijn"}),
        (CLOSED, (PREVENTS, happened("done"), JOKE_BARRED), "effect_0", {"Truus": "weggebleven", "Karim": "gewerkt"}),
        ("assigned accepted", (JOKES_PROMISE, JOKE_BARRED), "promise_0", {"Karim": "u beloofde de cliënt dit"}),
        ("assigned accepted", (JOKES_PROMISE,), "promise_0", {"Karim": "u beloofde de cliënt dit"}),
        ("assigned accepted proposed agreed", (), "waits_agreed_1", {"Karim": "wacht al een week"}),
        ("assigned accepted proposed disagreed", (), "waits_disagreed_1", {"Karim": "wacht al een week"}),
        ("assigned accepted proposed", (), "answer_1_again", {"Truus": "nog niet geantwoord"}),
        ("assigned accepted promised", (), "promise_0", {"Karim": "u beloofde de cliënt dit"}),
        ("assigned accepted promised", (), "promise_0_late", {"Karim": "belofte", "Els": "belofte"}),
        ("assigned accepted proposed agreed closed", (), "survey_0", {"Truus": "hoe het ging"}),
    ],
)
async def test_only_who_must_act_is_reminded_and_when_it_is_past_who_must_know(
    world: Waiting, kinds: str, more: tuple[Happened, ...], what: str, told: dict[str, str]
) -> None:
    facts = [happened(kind, START) for kind in kinds.split()] + [replace(event, at=START) for event in more]
    await world.put(NUMBER, received(START), *facts)
    (at,) = [at for at, _, name, _ in await world.still_due() if name == what]
    world.move_to(at.timestamp() - 1)
    await world.until_quiet()
    assert (NUMBER, what) not in await world.reminded(), "a second too early"
    before = await world.said()
    world.time.advance(1)
    await world.until_quiet()
    chats = {TRUUS: "Truus", **{chat.id: name for name, chat in world.chats.items()}}
    heard = [(chats[chat], text) for chat, text in await world.said() - before]
    for words in set(told.values()):
        assert {name for name, text in heard if words in text} == {n for n, said in told.items() if said == words}


@pytest.mark.parametrize(("days", "words"), [(4, "binnen twee dagen"), (8, "is te laat"), (30, "is te laat")])
async def test_the_letter_is_asked_for_of_who_handles_the_case_and_who_registered_it(
    world: Waiting, days: int, words: str
) -> None:
    await world.put(NUMBER, entered(START, START), happened("assigned", START), happened("accepted", START))
    world.time.advance(days * DAY)
    before = await world.said()
    await world.until_quiet()
    told = [(chat, text) for chat, text in await world.said() - before if "brief dat we de klacht hebben" in text]
    karim, els = world.chats["Karim"].id, world.chats["Els"].id
    assert sorted(chat for chat, _ in told) == sorted([karim, els])  # Els wrote it down
    assert all(words in text for _, text in told)


async def test_what_a_client_without_telegram_is_asked_is_a_task_for_who_handles_the_case(world: Waiting) -> None:
    asked = [happened(kind, START) for kind in ("assigned", "accepted", "clarify")]
    await world.put(NUMBER, entered(START, START, channel="phone", name="Mevrouw De Boer", reach="055 1234567"), *asked)
    world.time.advance(7 * DAY)
    await world.until_quiet()
    (told,) = [(chat, text) for chat, text in await world.said() if "Which shoes?" in text]
    assert told[0] == world.chats["Karim"].id
    assert "vertel dit zelf aan de cliënt" in told[1] and "Mevrouw De Boer, 055 1234567" in told[1]


async def test_who_cannot_answer_in_the_chat_is_asked_how_it_went_by_who_handled_the_case(world: Waiting) -> None:
    life = [happened(kind, START) for kind in STAGES["closed"].split()]
    await world.put(NUMBER, entered(START, START, channel="phone"), *life)
    world.time.advance(2 * DAY)
    before = await world.said()
    await world.until_quiet()
    assert await world.reminded() == Counter({(NUMBER, "survey_0"): 1})
    ((chat, text),) = await world.said() - before
    assert chat == world.chats["Karim"].id and "vertel dit zelf aan de cliënt" in text and "hoe het ging" in text


# Monday --------------------------------------------------------------------------------------------------


async def digests(world: Waiting) -> list[tuple[str, str]]:
    names = {chat.id: name for name, chat in world.chats.items()}
    said = [(names.get(chat, ""), text, n) for (chat, text), n in (await world.said()).items() if "week</b>" in text
            or "zaken deze week" in text]  # fmt: skip
    return sorted((name, text) for name, text, n in said for _ in range(n))


async def test_on_monday_morning_each_role_hears_where_it_stands(world: Waiting) -> None:
    await world.until_quiet()
    await world.put(NUMBER, received(START), happened("assigned", START), happened("accepted", START))
    monday = world.monday()
    world.move_to(monday.timestamp() - 1)
    await world.until_quiet()
    assert await digests(world) == []
    world.move_to(monday.timestamp())
    await world.until_quiet()
    (els, for_els), (karim, for_karim) = await digests(world)  # Joke has no case and hears nothing
    assert (els, karim) == ("Els", "Karim")
    assert "Uitkomsten te laat: 0. Open: 1." in for_els and re.search("Zegel van het archief: [0-9a-f]{16}", for_els)
    assert "7QXM-4RTB" in for_karim
    assert "minder dan 5" in for_karim  # one complaint in a small firm is a person
    world.time.advance(3 * DAY)
    await world.until_quiet()
    assert len(await digests(world)) == 2


async def test_after_weeks_of_silence_there_is_one_digest(world: Waiting) -> None:
    await world.until_quiet()
    world.time.advance(40 * DAY)
    await world.until_quiet()
    assert [name for name, _ in await digests(world)] == []  # a Saturday: it waits for people to be at work
    world.time.advance(2 * DAY)
    await world.until_quiet()
    assert [name for name, _ in await digests(world)] == ["Els"]


async def test_from_five_on_a_mediator_sees_the_number(world: Waiting) -> None:
    await world.until_quiet()
    for n in range(5):
        at = START + timedelta(days=1)
        await world.put(f"7QXM4RT{n + 2}", received(at), happened("assigned", at), happened("accepted", at))
    world.move_to(world.monday().timestamp())
    await world.until_quiet()
    (_, (_, for_karim)) = await digests(world)
    assert "deze maand: 5." in for_karim


# A clock that cannot be right ----------------------------------------------------------------------------


async def alarms(world: Waiting) -> list[str]:
    names = {chat.id: name for name, chat in world.chats.items()}
    said = (await world.said()).items()
    return sorted(names[chat] for (chat, text), n in said if "klok van deze computer" in text for _ in range(n))


@pytest.mark.parametrize(("days", "wrong"), [(40.0, False), (59.9, False), (60.1, True), (4000.0, True), (-3.0, True)])
async def test_a_leap_of_the_clock_holds_reminders_for_an_hour_and_tells_somebody(
    world: Waiting, days: float, wrong: bool
) -> None:
    await world.person(Person("Ada", "nl", "admin", "admin"))
    await world.cases(14)
    await world.until_quiet()
    before = await world.reminded()
    world.time.advance(days * DAY)
    coming = await world.waking.due()
    assert await alarms(world) == (["Ada", "Els"] if wrong else [])
    if wrong:
        assert coming == world.time.now().timestamp() + HOUR
        for _ in range(4):  # looked at again and again meanwhile
            assert await world.reminded() == before
            world.time.advance(HOUR / 4 - 1)
            await world.waking.due()
        assert await world.reminded() == before
        world.time.advance(10)
    await world.until_quiet()
    assert (await world.reminded() != before) == (days > 0)  # if it was right after all
    assert len(await alarms(world)) == (2 if wrong else 0)


async def test_a_leap_that_is_taken_back_within_the_hour_has_done_nothing(world: Waiting) -> None:
    await world.drafts(2, dangerous=0)
    await world.cases(14)
    await world.until_quiet()
    before, talks = await world.reminded(), await world.talks()
    for leap in (4000 * DAY, -4000 * DAY):
        world.time.advance(leap)
        await world.waking.due()
    world.time.advance(HOUR)
    await world.until_quiet()
    assert (await world.reminded(), await world.talks()) == (before, talks)
