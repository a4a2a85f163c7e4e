"""A bot on either engine beside a sandbox, in one process, whose desk is a list of what was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bot.clock import Time, WallTime
from bot.engines import Connected, Name, make
from bot.events import Event, NotSaved, Take
from bot.gate import Gate
from bot.sandbox import Sandbox
from bot.webhook import Webhook

TOKEN = "1000001:a-key-that-must-never-be-seen-in-a-log"


@dataclass
class Desk:
    """Takes events and keeps them; `full` makes it refuse to save, `slow` holds each turn until set."""

    heard: list[Event] = field(default_factory=list)
    full: bool = False
    slow: asyncio.Event | None = None
    begun: int = 0

    async def take(self, event: Event) -> None:
        self.begun += 1
        if self.slow:
            await self.slow.wait()
        if self.full:
            raise NotSaved
        self.heard.append(event)

    @property
    def texts(self) -> list[str]:
        return [getattr(event.what, "text", type(event.what).__name__) for event in self.heard]


@dataclass
class Running:
    box: Sandbox
    gate: Gate
    engine: Connected
    run: asyncio.Task[None]

    async def end(self) -> None:
        await self.engine.stop()
        await self.run


Start: TypeAlias = Callable[..., Any]


@pytest.fixture(params=["ptb", "aiogram"])
def name(request: pytest.FixtureRequest) -> Name:
    engine: Name = request.param
    return engine


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(0, flood=False) as sandbox:
        yield sandbox


@pytest.fixture
def start(box: Sandbox, name: Name) -> Start:
    @asynccontextmanager
    async def started(
        take: Take, *, aside: Path | None = None, webhook: Webhook | None = None, clock: Time | None = None
    ) -> AsyncIterator[Running]:
        gate = Gate(clock or WallTime(), aside)
        engine = make(name, token=TOKEN, api_base=box.url, gate=gate, take=take, webhook=webhook)
        running = Running(box, gate, engine, asyncio.create_task(engine.run()))
        try:
            yield running
        finally:
            await engine.stop()
            await asyncio.wait([running.run], timeout=5)
            await engine.close()
            assert running.run.done(), "the engine did not stop"

    return started


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 5.0) -> None:
    """Wait until *true*, or fail."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)
