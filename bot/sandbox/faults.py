"""What may go wrong on request: error answers, cut connections, delays, repeats, and requests held in mid-air.

A fault waits for the n-th matching call, strikes `times` calls and is gone. The surprising truth: "before" and "after"
are the whole point. A connection cut before the call was applied and one cut after it look the same to the bot, and
only the transcript knows the difference.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

WHATS = ("429", "500", "502html", "reset_before", "reset_after", "blocked", "delay", "hold_before", "hold_after",
         "duplicate")  # fmt: skip

UPDATE = "update"  # what a "duplicate" strikes: the n-th new update is delivered twice


@dataclass(slots=True)
class Fault:
    what: str
    method: str | None = None  # lower case; None: any but getUpdates; UPDATE: not a call, a new update
    chat: int | None = None
    nth: int = 1
    times: int = 1
    retry_after: int | None = 1
    seconds: float = 0.0


@dataclass(slots=True)
class Held:
    """A request that waits to be released: applied already (hold_after) or not (hold_before)."""

    n: int
    method: str
    free: asyncio.Event = field(default_factory=asyncio.Event)
    told: bool = False


class Faults:
    """All faults set and all requests held."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.held: dict[int, Held] = {}
        self._arrived = asyncio.Event()
        self._numbers = 0

    def strike(self, method: str, chat: int | None) -> Fault | None:
        """The fault for this call, if any; every fault that matches counts the call, the first due one strikes."""
        found: Fault | None = None
        for fault in list(self.waiting):
            if fault.method is None and method in ("getupdates", UPDATE):
                continue
            if fault.method not in (None, method) or fault.chat not in (None, chat):
                continue
            if fault.nth > 1:
                fault.nth -= 1
            elif found is None:
                found = fault
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
        return found

    async def hold(self, method: str) -> None:
        self._numbers += 1
        held = self.held[self._numbers] = Held(self._numbers, method)
        self._arrived.set()
        try:
            await held.free.wait()
        finally:
            self.held.pop(held.n, None)

    async def next_held(self, timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109
        """The first held request nobody was told of yet, or None after *timeout* seconds."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for held in self.held.values():
                        if not held.told:
                            held.told = True
                            return {"n": held.n, "method": held.method}
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None

    def release(self, n: int) -> bool:
        held = self.held.get(n)
        if held is not None:
            held.free.set()
        return held is not None
