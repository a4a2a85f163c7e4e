"""The sandbox's time: real with an offset, or standing still until somebody moves it.

Everything that lasts (a message's 24 hours, a button's 150 seconds, flood limits, the bot's own sleeping) is judged by
this clock; only the network's own timeouts are real. The surprising truth: in "still" mode nothing ever becomes due by
itself, so a sleeper wakes only when the clock is moved past its moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["real", "still"]


class Clock:
    """Unix seconds, UTC. `moved` is called after every jump or change of mode."""

    def __init__(self, mode: Mode, start: float | None, moved: Callable[[], None]) -> None:
        self.mode: Mode = mode
        self._moved = moved
        self._still = time.time() if start is None else start
        self._offset = 0.0 if start is None else start - time.time()
        self._shifted = 0.0
        self._change = asyncio.Event()
        self._numbers = itertools.count()
        self._sleepers: dict[int, float] = {}

    def now(self) -> float:
        return self._still if self.mode == "still" else time.time() + self._offset

    def steady(self) -> float:
        """What a clock would say that nobody can set: it moves with every advance, but not with a shift."""
        return self.now() - self._shifted

    def moment(self) -> str:
        return iso(self.now())

    def sleepers(self) -> list[float]:
        """The moments somebody waits for, earliest first; those already due are awake and not listed."""
        now = self.now()
        return sorted(until for until in self._sleepers.values() if until > now)

    async def wait(self, until: float) -> None:
        """Returns when the clock has reached *until*; the caller is listed as a sleeper meanwhile."""
        number = next(self._numbers)
        self._sleepers[number] = until
        try:
            while (left := until - self.now()) > 0:
                change = self._change
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(change.wait(), min(left, 3600) if self.mode == "real" else None)
        finally:
            del self._sleepers[number]

    def set(self, moment: float) -> None:
        self._still = moment
        self._offset = moment - time.time()
        self._tell()

    def advance(self, seconds: float) -> None:
        self.set(self.now() + seconds)

    def shift(self, seconds: float) -> None:
        """Somebody sets the wall clock so much ahead (or back); no time passes."""
        self._shifted += seconds
        self.advance(seconds)

    def turn(self, mode: Mode) -> None:
        """Change the mode; time goes on from, or stops at, the present moment."""
        now = self.now()
        self.mode = mode
        self.set(now)

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
        self._moved()


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
