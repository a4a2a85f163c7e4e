"""Somebody sets the clock while the bot runs: it says so, reminds of nothing for an hour, and loses nothing.

Time that passes moves the wall clock and the steady one alike; who sets the clock moves the first alone. The surprising
truth: forty days of downtime are no jump, and forty minutes are one, when no time passed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot import clock, control
from bot.app import App
from bot.assembly import open_store
from bot.clock import JUMP, SandboxTime, StillTime, WallTime
from bot.events import NotSaved, Send, packed
from bot.record import CLOCK, DIARY, OUTBOX
from bot.sandbox.script import Person
from bot.waking import even
from storage.store import StoreError, Tx
from tests.bot.test_waking import DAY, HOUR, Waiting, alarms, digests
from tests.conftest import example
from tests.door.conftest import until
from tests.door.test_clock import sandbox_elsewhere
from tests.handlers.a_case import NUMBER, STAGES, happened, received
from tests.test_many import STAFF

T = TypeVar("T")
ADA = Person("Ada", "nl", "admin", "admin")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Waiting]:
    world = Waiting(tmp_path)
    for person in (*STAFF, ADA):
        await world.person(person)
    await world.until_quiet()
    yield world
    world.close()


# The alarm -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("seconds", "wrong"), [(1, False), (JUMP - 1, False), (JUMP + 1, True), (40 * DAY, True)])
async def test_somebody_hears_of_a_clock_that_was_set(
    world: Waiting, seconds: float, wrong: bool, way: int, caplog: pytest.LogCaptureFixture
) -> None:
    world.time.set_wall(way * seconds)
    await world.until_quiet()
    assert await alarms(world) == (["Ada", "Els"] if wrong else [])
    told = [record for record in caplog.records if record.name == "bot.waking"]
    assert [record.levelno for record in told] == [logging.ERROR] * wrong
    world.time.advance(2 * HOUR)
    await world.until_quiet()
    assert len(await alarms(world)) == 2 * wrong  # and not again while it goes on evenly


async def test_steps_of_seconds_are_how_a_clock_is_kept_right(world: Waiting) -> None:
    for _ in range(20):
        world.time.set_wall(JUMP / 2)
        world.time.advance(HOUR)
        await world.until_quiet()
    assert await alarms(world) == []


async def test_weeks_of_silence_are_no_jump(world: Waiting) -> None:
    world.time.advance(40 * DAY)
    await world.until_quiet()
    assert await alarms(world) == []


async def test_a_jump_is_told_once_also_when_two_look_at_the_same_moment(world: Waiting) -> None:
    world.time.set_wall(DAY)
    await asyncio.gather(*(world.waking.due() for _ in range(5)))
    assert await alarms(world) == ["Ada", "Els"]


async def test_a_jump_that_could_not_be_noted_is_found_at_the_next_look(
    world: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.time.set_wall(DAY)

    async def full(work: Callable[[Tx], T]) -> T:
        raise StoreError("no space left on the disk")

    with monkeypatch.context() as broken:
        broken.setattr(world.store, "run", full)
        with pytest.raises(NotSaved):
            await world.waking.due()
    await world.waking.due()
    assert await alarms(world) == ["Ada", "Els"]


# Nothing early, nothing lost -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ahead", [JUMP + 1, 7 * DAY, 28 * DAY]
)  # whole weeks: on a weekend reminders wait for the office
async def test_reminders_wait_an_hour_and_then_each_comes_once(world: Waiting, ahead: float) -> None:
    await world.cases(28)
    await world.drafts(4, dangerous=1)
    await world.until_quiet()
    before = await world.reminded()
    world.time.set_wall(ahead)
    for _ in range(4):
        await world.waking.due()
        assert await world.reminded() == before
        world.time.advance(HOUR / 4 - 1)
    world.time.advance(60 + DAY)
    past = [(number, series, what) for at, number, what, series in await world.still_due() if at <= world.time.now()]
    await world.until_quiet()
    fired = await world.reminded() - before
    assert fired and set(fired.values()) == {1}
    assert set(fired) == {(number, what) for (number, _), what in {(n, s): what for n, s, what in past}.items()}
    assert all(at > world.time.now() for at, *_ in await world.still_due())


async def test_a_clock_that_was_put_right_within_the_hour_has_reminded_of_nothing(world: Waiting) -> None:
    await world.cases(28)
    await world.until_quiet()
    before = await world.reminded()
    for jump in (30 * DAY, -30 * DAY):
        world.time.set_wall(jump)
        await world.waking.due()
        world.time.advance(HOUR / 2)
    await world.until_quiet()
    assert await world.reminded() == before


async def test_messages_written_by_a_clock_that_was_ahead_leave_when_it_is_right_again(world: Waiting) -> None:
    els = world.chats["Els"].id
    world.time.set_wall(365 * DAY)
    await world.waking.due()
    at = world.time.now().timestamp()
    row = {
        "id": "m1", "chat": els, "slot": "m1", "state": "pending", "due": at, "at": at, "order": 1, "case": "",
        "subject": f"p:{els}", "role": "staff", "language": "nl", "attempts": 0, "message": 0,
        "action": packed(Send(els, "Goedemorgen")),
    }  # fmt: skip
    await world.store.run(lambda tx: tx.put(OUTBOX.name, row))
    world.time.set_wall(-365 * DAY)
    await world.waking.due()
    kept = await world.store.read(lambda tx: tx.get(OUTBOX.name, "m1"))
    assert kept is not None and kept["due"] <= world.time.now().timestamp()


async def test_the_weekly_message_comes_again_after_a_year_that_was_not(world: Waiting) -> None:
    world.time.set_wall(365 * DAY)
    for _ in range(8):  # a week by the wrong clock, so that it tells what it has to tell on Monday
        await world.until_quiet()
        world.time.advance(DAY)
    told = len(await digests(world))
    world.time.set_wall(-365 * DAY)
    for _ in range(9):
        await world.until_quiet()
        world.time.advance(DAY)
    assert len(await digests(world)) > told


@pytest.mark.parametrize("hours", [2, -2])
async def test_nothing_is_erased_within_a_day_of_a_jump(world: Waiting, hours: float) -> None:
    for _ in range(30):
        world.time.advance(HOUR)
        await world.until_quiet()
    old = world.time.now() - timedelta(days=3 * 365)
    await world.put(NUMBER, received(old), *(happened(kind, old) for kind in STAGES["closed"].split()))
    world.time.set_wall(hours * HOUR)
    for _ in range(24):
        await world.until_quiet()
        assert world.store.export()["cases"]
        world.time.advance(HOUR)
    world.time.advance(2 * HOUR)
    await world.until_quiet()
    assert not world.store.export()["cases"]


async def test_a_purge_asked_of_a_running_bot_sees_a_clock_that_was_set_a_second_ago(tmp_path: Path) -> None:
    settings, time = example(tmp_path), StillTime()
    app = App(settings, open_store(settings), time)

    async def purge() -> control.Said:
        return await asyncio.to_thread(control.ask_running, settings.data, "purge", "now")

    try:
        async with control.listening(app.store, app.rules, settings.data, time, app.waking.due, app.reload):
            for _ in range(30):
                await app.waking.due()
                time.advance(HOUR)
            assert await purge() == (0, "No complaint is past its term.")
            time.set_wall(2 * HOUR)
            code, said = await purge()
            assert (code, "Nothing was erased" in said) == (2, True)
    finally:
        await app.engine.close()
        app.store.close()


def at(hours: float) -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("seen", "steady", "hold", "now", "right"),
    [
        (None, 0, None, 99, False),  # nobody ever looked
        (99, 0, None, 99, True),
        (99, 76, None, 99, False),
        (99, 75, None, 99, True),
        (99, 0, None, 99 + 47, True),  # a weekend
        (99, 0, None, 99 + 49, False),
        (99, 0, None, 98.5, True),
        (99, 0, None, 97, False),
        (99, 0, 100, 99, False),
    ],
)
def test_a_clock_is_right_when_it_ran_evenly_for_a_day(
    seen: float | None, steady: float, hold: float | None, now: float, right: bool
) -> None:
    row: dict[str, Any] | None = None
    if seen is not None:
        row = {"seen": at(seen).timestamp(), "steady": at(steady).timestamp()}
        row |= {"hold": at(hold).timestamp()} if hold else {}
    assert even(row, at(now)) == right


# The clocks themselves -----------------------------------------------------------------------------------


async def test_a_wait_is_given_up_when_the_wall_clock_goes_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "LOOK_AGAIN", 0.01)

    class Set(WallTime):
        off = timedelta()

        def now(self) -> datetime:
            return super().now() + self.off

    time = Set()
    waiting = asyncio.create_task(time.jumped())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    time.off = timedelta(seconds=-10)  # also one that is no alarm: the next moment may be another
    await asyncio.wait_for(waiting, 5)


def test_the_two_real_clocks_go_alike() -> None:
    time = WallTime()
    (now, steady), (later, steadier) = time.both(), time.both()
    assert abs((later - now).total_seconds() - (steadier - steady)) < 1


async def test_the_sandboxs_wall_clock_can_be_set_apart_from_its_time() -> None:
    with sandbox_elsewhere() as (sandbox, loop):
        time = SandboxTime(sandbox.url)

        def ahead() -> float:
            now, steady = time.both()
            return now.timestamp() - steady

        assert ahead() == 0
        loop.call_soon_threadsafe(sandbox.time.advance, 7 * DAY)
        loop.call_soon_threadsafe(sandbox.time.turn, "real")
        loop.call_soon_threadsafe(sandbox.time.turn, "still")
        passed = asyncio.run_coroutine_threadsafe(sandbox.clock(), loop)
        await asyncio.wrap_future(passed)
        assert abs(ahead()) < 1e-3
        shifted = asyncio.run_coroutine_threadsafe(sandbox.clock(shift=-HOUR), loop)
        await asyncio.wrap_future(shifted)
        assert ahead() == pytest.approx(-HOUR, abs=1e-3)


async def test_a_running_bot_looks_at_once_when_its_waits_are_wrong(tmp_path: Path) -> None:
    """The watch would sleep for up to an hour; what is due by the new time may not wait for that."""
    settings = example(tmp_path)

    class Unsettled(StillTime):
        def __init__(self) -> None:
            super().__init__()
            self.unsettled = asyncio.Event()

        async def jumped(self) -> None:
            await self.unsettled.wait()
            self.unsettled.clear()

    time = Unsettled()
    app = App(settings, open_store(settings), time)
    watch = asyncio.create_task(app._watch())
    try:
        await until(lambda: app.idle)
        time.set_wall(-DAY)  # wakes no sleeper
        time.unsettled.set()

        async def held() -> bool:
            return bool(((await app.store.read(lambda tx: tx.get(DIARY.name, CLOCK))) or {}).get("hold"))

        await until(held)
    finally:
        watch.cancel()
        await asyncio.wait({watch})
        await app.engine.close()
        app.store.close()
