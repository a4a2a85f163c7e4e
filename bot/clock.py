"""What time it is and how to wait for a moment: the one object through which the door knows time.

No calendar and no deadline lives here, only UTC instants. The surprising truth: a wait is measured on the monotonic
clock, so when somebody sets the wall clock a waiting task is wrong until it looks again; `WallTime` looks at least
every minute.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

LOOK_AGAIN = 60.0  # seconds; the longest that a jump of the wall clock goes unseen
ANSWER_WITHIN = 2.0  # seconds; a sandbox on the same machine that takes longer is not there


class Time(Protocol):
    """Where the door gets its instants and its patience from."""

    def now(self) -> datetime:
        """This moment, aware and in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long; zero or less only lets others run."""

    async def sleep_until(self, at: datetime) -> None:
        """Return as soon as `now()` has reached *at*."""


class WallTime:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, at: datetime) -> None:
        while (left := (at - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, LOOK_AGAIN))


class StillTime:
    """Time that stands still until a test moves it; nothing is ever waited for in earnest."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    @property
    def sleepers(self) -> list[datetime]:
        """The moments somebody waits for, the earliest first."""
        return sorted(at for at, waiting in self._sleepers if not waiting.done())

    def now(self) -> datetime:
        return self._now

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

    def advance(self, seconds: float) -> None:
        """Move on, and wake whom it concerns, the earliest first; they run when the caller next awaits."""
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
        self._last = datetime.now(UTC)

    def now(self) -> datetime:
        for fresh in (False, True):  # a kept connection may have been closed behind our back: once more on a new one
            try:
                self._last = _moment(self._asked(fresh))
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


def _moment(answer: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(answer["now"]).astimezone(UTC)
