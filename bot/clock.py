"""What time it is and how to wait for a moment: the one object through which the door knows time.

No calendar and no deadline lives here, only UTC instants, and beside them a clock nobody can set, so that whoever
compares the two (bot/waking.py) sees the wall clock jump. The surprising truth: a wait is measured on a third clock
that stands still while the computer is suspended, so a waiting task is wrong until it looks again; `WallTime` looks
at least every minute.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

LOOK_AGAIN = 60.0  # seconds; the longest that a jump of the wall clock goes unseen
STEP = 5.0  # seconds the wall clock may go apart from a wait before the wait is not to be relied on
# Seconds the wall clock may go apart from the steady one between two looks (reliability.md P12). Whoever keeps a clock
# right does it by making both run a little faster or slower together, or by a step of seconds. More than this means
# that the clock was wrong, or is now. A virtual machine that was frozen longer looks alike: from inside nobody can tell
# the two apart, and an hour without reminders costs less than believing a wrong year.
JUMP = 300.0
# Counts on while the computer is suspended (Linux), so that a laptop waking up is late and not suspect.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
ANSWER_WITHIN = 2.0  # seconds; a sandbox on the same machine that takes longer is not there


class Time(Protocol):
    """Where the door gets its instants and its patience from."""

    def now(self) -> datetime:
        """This moment, aware and in UTC."""

    def both(self) -> tuple[datetime, float]:
        """This moment, and with it seconds by a clock that nobody sets; of those only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long; zero or less only lets others run."""

    async def sleep_until(self, at: datetime) -> None:
        """Return as soon as `now()` has reached *at*."""

    async def jumped(self) -> None:
        """Return when the wall clock went another way than the waits: it was set, or the computer was suspended."""


class WallTime:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def both(self) -> tuple[datetime, float]:
        return self.now(), time.clock_gettime(STEADY)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, at: datetime) -> None:
        while (left := (at - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, LOOK_AGAIN))

    async def jumped(self) -> None:
        apart = self._apart()
        while abs(self._apart() - apart) <= STEP:
            apart = self._apart()
            await self.sleep(LOOK_AGAIN)

    def _apart(self) -> float:
        """How far the wall clock is ahead of what waits are measured by."""
        return self.now().timestamp() - time.monotonic()


class StillTime:
    """Time that stands still until a test moves it; nothing is ever waited for in earnest."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._now, self._steady = start, 0.0
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    @property
    def sleepers(self) -> list[datetime]:
        """The moments somebody waits for, the earliest first."""
        return sorted(at for at, waiting in self._sleepers if not waiting.done())

    def now(self) -> datetime:
        return self._now

    def both(self) -> tuple[datetime, float]:
        return self._now, self._steady

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self.sleep_until(self._now + timedelta(seconds=seconds))

    async def sleep_until(self, at: datetime) -> None:
        if at <= self._now:
            return
        sleeper = at, asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    async def jumped(self) -> None:
        await asyncio.Event().wait()  # whoever waits here for a moment is woken by the moment itself

    def advance(self, seconds: float) -> None:
        """Move on, and wake whom it concerns, the earliest first; they run when the caller next awaits."""
        self._steady += seconds
        self.set_wall(seconds)

    def set_wall(self, seconds: float) -> None:
        """Somebody sets the wall clock so much ahead (or back); no time passes."""
        self._now += timedelta(seconds=seconds)
        for at, waiting in sorted(self._sleepers, key=lambda sleeper: sleeper[0]):
            if at <= self._now and not waiting.done():
                waiting.set_result(None)


class SandboxTime:
    """The time of a sandbox on this machine, asked for at *url*; raises ValueError for any other machine.

    `now()` asks over a socket and waits for the answer, so the sandbox must run in another process or thread. When the
    sandbox is gone its clock goes on from what it last said.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or not _on_this_machine(parts.hostname):
            raise ValueError(f"the clock of another machine is not to be trusted: {url}")
        self._url = url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port or 80
        self._path = parts.path.rstrip("/")
        self._connection: http.client.HTTPConnection | None = None
        now = datetime.now(UTC)
        self._last = now, now.timestamp()

    def now(self) -> datetime:
        return self.both()[0]

    def both(self) -> tuple[datetime, float]:
        for fresh in (False, True):  # a kept connection may have been closed behind our back: once more on a new one
            try:
                answer = self._asked(fresh)
                self._last = datetime.fromisoformat(answer["now"]).astimezone(UTC), float(answer["steady"])
                break
            except (OSError, http.client.HTTPException):
                self._connection = None
        return self._last

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self.sleep_until(self.now() + timedelta(seconds=seconds))

    async def sleep_until(self, at: datetime) -> None:
        import aiohttp  # only beside a sandbox, which needs it anyway: a real bot on ptb never loads it

        forever = aiohttp.ClientTimeout(total=None, connect=ANSWER_WITHIN)
        until = {"until": repr(at.timestamp())}
        while True:
            try:
                async with (
                    aiohttp.ClientSession(timeout=forever) as session,
                    session.get(f"{self._url}/clock/wait", params=until) as answer,
                ):
                    answer.raise_for_status()
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.5)  # the sandbox is starting or stopping

    async def jumped(self) -> None:
        await asyncio.Event().wait()  # waits follow the sandbox's wall clock, so they cannot be wrong

    def _asked(self, fresh: bool) -> Mapping[str, Any]:
        if fresh or self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_WITHIN)
        self._connection.request("GET", f"{self._path}/clock/now")
        answer: Mapping[str, Any] = json.loads(self._connection.getresponse().read())
        return answer


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
