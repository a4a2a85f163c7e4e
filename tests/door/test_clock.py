"""Time: what stands still stands still, what jumps is noticed, and no other machine tells us the hour."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot import clock
from bot.clock import SandboxTime, StillTime, WallTime
from bot.sandbox import Sandbox
from tests.door.conftest import until

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def test_still_time_wakes_only_whom_it_has_reached() -> None:
    time = StillTime(NINE)
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await time.sleep(seconds)
        woken.append(name)

    tasks = [asyncio.create_task(sleeper(name, s)) for name, s in (("late", 20), ("early", 10), ("never", 99))]
    await asyncio.sleep(0)
    assert time.sleepers == [NINE + timedelta(seconds=s) for s in (10, 20, 99)]
    time.advance(9.999)
    await asyncio.sleep(0)
    assert woken == []
    time.advance(20)
    await asyncio.sleep(0.01)
    assert woken == ["early", "late"]
    assert time.sleepers == [NINE + timedelta(seconds=99)]
    tasks[2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert time.sleepers == []
    assert time.now() == NINE + timedelta(seconds=29.999)


async def test_still_time_does_not_wait_for_the_past() -> None:
    time = StillTime(NINE)
    await time.sleep_until(NINE)
    await time.sleep(-5)
    assert time.sleepers == []


async def test_a_wait_notices_that_the_wall_clock_was_set_forward() -> None:
    class Jumping(WallTime):
        def __init__(self) -> None:
            self.at = NINE
            self.slept: list[float] = []

        def now(self) -> datetime:
            return self.at

        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            self.at += timedelta(seconds=seconds)
            if len(self.slept) == 2:
                self.at += timedelta(hours=5)  # somebody sets the clock

    time = Jumping()
    await time.sleep_until(NINE + timedelta(hours=5))
    assert time.slept == [60, 60]  # it looked again each minute and found itself there


async def test_a_wait_notices_that_the_wall_clock_was_set_back() -> None:
    class Jumping(WallTime):
        def __init__(self) -> None:
            self.at = NINE
            self.waits = 0

        def now(self) -> datetime:
            return self.at

        async def sleep(self, seconds: float) -> None:
            self.waits += 1
            self.at += timedelta(seconds=seconds if self.waits > 1 else seconds - 3600)

    time = Jumping()
    await time.sleep_until(NINE + timedelta(seconds=30))
    assert time.now() >= NINE + timedelta(seconds=30)
    assert time.waits > 60


async def test_real_time_passes() -> None:
    time = WallTime()
    began = time.now()
    await time.sleep_until(began + timedelta(seconds=0.02))
    assert began + timedelta(seconds=0.02) <= time.now() < began + timedelta(seconds=5)
    assert began.tzinfo is UTC


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1:80", "http://example.org", "https://127.0.0.1:1", "http://127.0.0.1.example.org", "nonsense"],
)
def test_the_clock_of_another_machine_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="another machine"):
        SandboxTime(url)


@contextmanager
def sandbox_elsewhere() -> Iterator[tuple[Sandbox, asyncio.AbstractEventLoop]]:
    """A sandbox in a thread of its own, as it is for a bot in another process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    sandbox = Sandbox(0, still=True, start=NINE)
    asyncio.run_coroutine_threadsafe(sandbox.__aenter__(), loop).result(5)
    try:
        yield sandbox, loop
    finally:
        asyncio.run_coroutine_threadsafe(sandbox.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def test_sandbox_time_follows_the_sandbox() -> None:
    with sandbox_elsewhere() as (sandbox, loop):
        time = SandboxTime(sandbox.url)
        assert time.now() == NINE
        week = asyncio.create_task(time.sleep(7 * 86_400))
        soon = asyncio.create_task(time.sleep_until(NINE + timedelta(minutes=1)))

        async def both_sleep() -> bool:
            state = asyncio.run_coroutine_threadsafe(sandbox.state(), loop)
            return len((await asyncio.wrap_future(state))["sleepers"]) == 2

        await until(both_sleep)
        async with asyncio.timeout(5):
            loop.call_soon_threadsafe(sandbox.time.advance, 60.0)
            await soon
            assert not week.done()
            assert time.now() == NINE + timedelta(minutes=1)
            loop.call_soon_threadsafe(sandbox.time.advance, 7 * 86_400.0)
            await week


async def test_a_sandbox_that_has_gone_leaves_its_last_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "ANSWER_WITHIN", 0.2)
    with sandbox_elsewhere() as (sandbox, _):
        time = SandboxTime(sandbox.url)
        assert time.now() == NINE
    assert time.now() == NINE
