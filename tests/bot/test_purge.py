"""What is promised about keeping: a closed complaint goes after the firm's term, and only its count stays.

The sentences that promise it are `consent` and `privacy`; the rule is `deadlines.kept_until`.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.control import check_record
from bot.sandbox import script
from bot.sandbox.demo import SCRIPT
from handlers.firm import Retention
from handlers.procedure.case import Case, Complaint
from handlers.procedure.deadlines import kept_until
from tests.conftest import example
from tests.in_memory import InMemory

HOUR, DAY = 3600.0, 86400.0
ZONE = ZoneInfo("Europe/Amsterdam")
RECEIVED = datetime(2026, 1, 5, 12, tzinfo=UTC)
OPEN = Case("7QXM4RTB", 5_000_001, "nl", "chat", RECEIVED, Complaint())


@pytest.mark.parametrize(
    ("closed", "until"),
    [
        ("2026-03-10T12:00:00+00:00", date(2028, 3, 10)),
        ("2026-03-10T23:30:00+00:00", date(2028, 3, 11)),  # in the Netherlands it was the 11th
        ("2028-02-29T12:00:00+00:00", date(2030, 2, 28)),  # no such day two years later: never a day longer
    ],
)
def test_the_term_runs_from_closing(closed: str, until: date) -> None:
    case = replace(OPEN, status="closed", closed=datetime.fromisoformat(closed))
    assert kept_until(case, Retention(closed_years=2), ZONE) == until
    assert kept_until(OPEN, Retention(closed_years=2), ZONE) is None


async def until(world: InMemory, moment: datetime) -> None:
    """Time goes by as it does, a month and then a day at a time; at one leap the clock would be doubted."""
    for step in (30 * DAY, DAY):
        while (moment - world.time.now()).total_seconds() >= step + (3 * DAY if step > DAY else 0):
            await world.advance(step)
    await world.advance((moment - world.time.now()).total_seconds())


async def test_after_its_term_only_the_count_of_a_complaint_is_left(tmp_path: Path) -> None:
    world = InMemory(example(tmp_path), tmp_path)
    try:
        await script.Play(world).perform(script.read(SCRIPT.read_text(encoding="utf-8")))
        closing = next(row for row in world.store.export()["events"] if row["kind"] == "closed")
        last = datetime.fromisoformat(closing["at"]).replace(year=2028)
        photos = list((tmp_path / "files").iterdir())
        assert photos

        await until(world, last)
        assert world.store.export()["events"] and list((tmp_path / "files").iterdir()) == photos

        await world.advance(DAY)
        left = world.store.export()
        assert not left["events"] and not left["cases"] and not left["outbox"]
        assert not [slot for slot in left["slots"] if slot["case"]]
        assert not list((tmp_path / "files").iterdir())
        (counted,) = left["register"]
        assert counted["rubric"] == "delivery" and counted["mediator"] == "" and counted["erased"] == "2028-11-24"
        words = json.dumps({name: rows for name, rows in left.items() if name != "people"}, ensure_ascii=False)
        assert "niemand belt" not in words and "leest was zoek" not in words
        assert check_record(world.store, world.rules) == (0, "The record is sound.")

        await world.say("Truus", "/status", False)
        assert "geen klachten" in (await world.heard("Truus"))[-1]["text"]
        await world.say("Els", "/cijfers 2026-01-01 2026-12-31", False)
        assert "Ontvangen: 1" in (await world.heard("Els"))[-1]["text"]
    finally:
        world.close()


@pytest.mark.parametrize("back", [True, False])
async def test_nothing_is_erased_until_the_clock_was_steady_for_a_day(tmp_path: Path, back: bool) -> None:
    """A clock that says 2040 may be wrong, and what is erased does not come back."""
    world = InMemory(example(tmp_path), tmp_path)
    try:
        await script.Play(world).perform(script.read(SCRIPT.read_text(encoding="utf-8")))
        for leap in (5000 * DAY, HOUR, HOUR, 20 * HOUR):
            await world.advance(leap)
            assert world.store.export()["cases"], "held"
        await world.advance(-5000 * DAY if back else 3 * HOUR)
        await world.advance(DAY)
        await world.advance(DAY)
        assert bool(world.store.export()["cases"]) == back
    finally:
        world.close()


async def test_weeks_of_silence_are_no_steady_time(tmp_path: Path) -> None:
    world = InMemory(example(tmp_path), tmp_path)
    try:
        await script.Play(world).perform(script.read(SCRIPT.read_text(encoding="utf-8")))
        for _ in range(30):  # months beyond the term; the computer is on for a moment each time
            await world.advance(30 * DAY)
        assert world.store.export()["cases"]
        await world.advance(DAY)
        assert not world.store.export()["cases"]
    finally:
        world.close()


async def test_a_deleted_draft_takes_its_photo_along(tmp_path: Path) -> None:
    world = InMemory(example(tmp_path), tmp_path)
    try:
        await world.person(script.Person("Truus", "nl"))
        for what in ("/klacht", "[Ja, dat is goed]"):
            await (world.tap("Truus", what[1:-1]) if what[0] == "[" else world.say("Truus", what, False))
        await world.file("Truus", "photo", "schoen.jpg", "")
        assert list((tmp_path / "files").iterdir())
        await world.say("Truus", "/wissen", False)
        await world.tap("Truus", "Ja, wissen")
        assert not list((tmp_path / "files").iterdir())
    finally:
        world.close()
