"""The assembly: every room of the bot put together once, on one screen, and run until it is told to stop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from random import Random, SystemRandom
from typing import Any

from bot.assembly import rules
from bot.clock import SandboxTime, Time, WallTime
from bot.desk import Desk
from bot.engines import Connected, make
from bot.events import Action, Attached, Event, Refused
from bot.gate import Gate
from bot.joining import commands
from bot.post import Post
from bot.record import person_subject
from bot.settings import Settings
from bot.undelivered import unreachable
from bot.waking import Waking
from handlers.clean import clean
from handlers.conversation import Attachment
from handlers.texts import T
from storage.store import Store, Tx

log = logging.getLogger(__name__)
LARGEST = 20 * 1024 * 1024  # bytes: what a bot may download (Bot API, getFile)
DRAIN = 5.0  # seconds to deliver what is waiting when we are told to stop
LONGEST_REST = 3600.0
REPEATED = T("repeated", "(repeated message)")
RETRY = 5.0


class App:
    """A running bot."""

    def __init__(
        self, settings: Settings, store: Store, clock: Time | None = None, chance: Random | None = None
    ) -> None:
        self.settings, self.store = settings, store
        self.clock: Time = clock or (SandboxTime(settings.clock) if settings.clock else WallTime())
        self.rules, chance = rules(settings), chance or SystemRandom()
        self.gate = Gate(self.clock, settings.data / "aside.jsonl", clean=scrubbed)
        self.desk = Desk(store, self.rules, self.clock, chance, self.keep, self.deliver)
        self.waking = Waking(store, self.rules, self.clock, chance)
        self.engine: Connected = make(
            "ptb" if settings.engine == "ptb" else "aiogram",
            token=settings.token,
            api_base=settings.api_base,
            gate=self.gate,
            take=self.desk.take,
            webhook=settings.webhook,
        )
        self.post = Post(store, self.engine, self.clock, self.again, self.dead)
        self._changed = asyncio.Event()
        self.idle = False  # nothing is due before the next wake-up

    async def run(self) -> None:
        """Until `stop`: receive, deliver, and wake for deadlines."""
        for language in ("", *self.rules.words.languages):
            spoken = language or "en"
            self.instant((commands(self.rules.words, frozenset(), spoken, language, None),))
        tasks = [asyncio.create_task(self.post.run()), asyncio.create_task(self._watch())]
        try:
            await self.engine.run()
            await self.post.drain(DRAIN)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.engine.close()

    async def stop(self) -> None:
        await self.engine.stop()

    # Before and after a turn -----------------------------------------------------------------------------

    async def keep(self, event: Event) -> Attachment | None:
        """Bring an attachment into safe keeping; None when it is too big or Telegram no longer has it."""
        assert isinstance(event.what, Attached)
        file, subject = event.what.file, person_subject(event.person.id)
        try:
            data = await self.engine.fetch(file, LARGEST)
        except Refused as refused:
            log.warning("a file of update %s could not be fetched: %s", event.update, type(refused).__name__)
            return None
        name = await asyncio.to_thread(self.store.files.keep, data, subject)
        sha = hashlib.sha256(data).hexdigest()
        return Attachment(name, file.kind, file.name, len(data), sha, file.id)

    def deliver(self, instant: Sequence[Action]) -> None:
        """After a commit: what answers a press goes at once, the outbox wakes, deadlines may have changed."""
        self.instant(instant)
        self.post.wake()
        self._changed.set()

    def instant(self, actions: Sequence[Action]) -> None:
        if actions:
            self.post.instant(actions)

    def again(self, row: dict[str, Any]) -> str:
        """What stands before a message that may have arrived already."""
        language = self.rules.words.language(None)
        return self.rules.words.html(REPEATED, language)

    async def dead(self, row: dict[str, Any]) -> None:
        """A message could not be delivered for good: the case and the staff get to know."""
        now, seed = self.clock.now(), SystemRandom().getrandbits(64)

        def work(tx: Tx) -> None:
            unreachable(tx, self.rules, now, Random(seed), row)

        await self.store.run(work)
        self.deliver(())

    # Time ------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            self._changed.clear()
            try:
                coming = await self.waking.due()
            except Exception:
                log.exception("deadlines could not be looked after")
                coming = self.clock.now().timestamp() + RETRY
            self.post.wake()
            now = self.clock.now().timestamp()
            rest = min(max(coming - now, 0.05), LONGEST_REST) if coming is not None else LONGEST_REST
            self.idle = rest > 1
            waits = [asyncio.ensure_future(self.clock.sleep(rest)), asyncio.ensure_future(self._changed.wait())]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()


def scrubbed(raw: dict[str, Any]) -> dict[str, Any]:
    """An update that could not be read, without identity numbers: what the put-aside file may hold."""

    def scrub(value: Any) -> Any:
        match value:
            case str():
                return clean(value).text
            case dict():
                return {key: scrub(part) for key, part in value.items()}
            case list():
                return [scrub(part) for part in value]
        return value

    return {key: scrub(value) for key, value in raw.items()}
