"""What several tests share: the settings of the shipped example, and a bot running in this process on the sandbox."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import hypothesis

from bot.app import App
from bot.assembly import open_store
from bot.joining import invite
from bot.sandbox import Sandbox
from bot.sandbox.demo import START
from bot.sandbox.world import OverHttp
from bot.settings import Settings, read

# CI draws the same examples every time, so that a change is judged by what it changes; here everybody draws anew.
hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True)
# Where a bug was planted on purpose: that it is found counts, not how small its story can be told.
found_is_enough = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile(
    "planted", derandomize=True, phases=found_is_enough, report_multiple_bugs=False, database=None
)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

TOKEN = "1000001:" + "a" * 35
SECRET = "s" * 40


def example(folder: Path, **more: str) -> Settings:
    """The shipped organisation.toml, with its data in *folder*."""
    return read({"DATA_DIR": str(folder / "data"), "BOT_TOKEN": TOKEN, **more})


class SameClock:
    """The sandbox's clock without HTTP: a bot in the same process would wait for itself to answer."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.clock = sandbox.time

    def now(self) -> datetime:
        return self.both()[0]

    def both(self) -> tuple[datetime, float]:
        return datetime.fromtimestamp(self.clock.now(), UTC), self.clock.steady()

    async def sleep(self, seconds: float) -> None:
        await self.clock.wait(self.clock.now() + seconds)

    async def sleep_until(self, at: datetime) -> None:
        await self.clock.wait(at.timestamp())

    async def jumped(self) -> None:
        await asyncio.Event().wait()


class HereInProcess:
    """A bot in this process, for `OverHttp`; starting again opens the record afresh, as a new process would."""

    def __init__(self, settings: Settings, clock: SameClock, practise: bool = False) -> None:
        self.settings, self.clock, self.practise = settings, clock, practise
        self.app: App
        self.running: asyncio.Task[None]

    @property
    def idle(self) -> bool:
        return self.app.idle and self.app.post.idle

    async def start(self) -> None:
        self.app = App(self.settings, open_store(self.settings), self.clock, practise=self.practise)
        self.running = asyncio.create_task(self.app.run())

    async def stop(self) -> None:
        await self.app.stop()
        with suppress(asyncio.CancelledError):
            await self.running
        self.app.store.close()

    async def invite(self, role: str, key: str) -> str:
        now = self.clock.now()
        token = secrets.token_urlsafe(16)
        return await self.app.store.run(lambda tx: invite(tx, role, key, token, now))


@asynccontextmanager
async def over_http(
    folder: Path, engine: str, webhook_port: int = 0, practise: bool = False
) -> AsyncIterator[OverHttp]:
    """A sandbox and a bot on *engine*, by polling or by webhook, both in this process."""
    async with Sandbox(still=True, start=START) as sandbox:
        hook = {
            "WEBHOOK_URL": f"http://127.0.0.1:{webhook_port}/hook",
            "WEBHOOK_SECRET": SECRET,
            "WEBHOOK_PORT": str(webhook_port),
        }
        more = hook if webhook_port else {}
        bot = HereInProcess(example(folder, ENGINE=engine, API_BASE=sandbox.url, **more), SameClock(sandbox), practise)
        await bot.start()
        try:
            world = OverHttp(sandbox, bot)
            await world.settle()
            yield world
        finally:
            await bot.stop()
