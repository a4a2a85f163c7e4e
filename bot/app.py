"""The assembly: every room of the bot put together once, on one screen, and run until it is told to stop."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from random import Random, SystemRandom
from typing import Any, cast

from bot.alarm import Alarm
from bot.arrival import arrived, unreachable
from bot.assembly import clock_of, rules
from bot.clock import Time
from bot.desk import Desk
from bot.engines import Connected, make
from bot.events import Action, Attached, Event, Gone, Refused
from bot.gate import Gate
from bot.health import Machine, measured, sentences
from bot.joining import commands
from bot.post import Post
from bot.printing import PrintRoom
from bot.record import person_subject, refit
from bot.rehearsal import Rehearsal, Stage, elsewhere
from bot.settings import Settings
from bot.waking import Waking
from handlers.clean import clean
from handlers.conversation import Attachment
from handlers.facts import Health
from handlers.texts import T, Text
from storage.store import Store, StoreError, Tx

log = logging.getLogger(__name__)
LARGEST = 20 * 1024 * 1024  # bytes: what a bot may download (Bot API, getFile)
DRAIN = 5.0  # seconds to deliver what is waiting when we are told to stop
LONGEST_REST = 3600.0
FETCH = 20.0  # seconds: the next updates wait for a turn, and a turn for its file
TOO_BIG = T("err_too_big", "This file is larger than 20 MB. Send a smaller file or a photo.")
NOT_FETCHED = T("err_not_fetched", "We did not get that file. Your answers are saved. Send it again.")
REPEATED = T("repeated", "(repeated message)")
RETRY = 5.0
MENU_PAUSE = 30.0
A_DAY = 24 * 3600.0


class App:
    """A running bot."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Time | None = None,
        chance: Random | None = None,
        practise: bool = False,
    ) -> None:
        self.settings, self.store = settings, store
        self.clock: Time = clock or clock_of(settings)
        self.rules, chance = rules(settings), chance or SystemRandom()
        self.rules.machine = self.machine
        self.gate = Gate(self.clock, settings.data / "aside.jsonl", clean=scrubbed)
        self.desk = Desk(store, self.rules, self.clock, chance, self.keep, self.deliver, coming=self.coming)
        self.waking = Waking(store, self.rules, self.clock, chance)
        self.rehearsal = Rehearsal(store, settings.firm, self.rules.words) if practise else None
        self.engine: Connected = make(
            "ptb" if settings.engine == "ptb" else "aiogram",
            token=settings.token,
            api_base=settings.api_base,
            gate=self.gate,
            take=self._take_as if practise else self.desk.take,
            webhook=settings.webhook,
        )
        if self.rehearsal:
            self.engine = cast(Connected, Stage(self.engine, self.rehearsal))
        papers = PrintRoom(store, self.rules)
        self.post = Post(store, self.engine, self.clock, self.again, self.dead, arrived=self.arrived, make=papers.make)
        self.alarm = Alarm(lambda: self.rules.firm.alarm.command, self._wrong, self.clock)
        self._changed, self._rests_until = asyncio.Event(), math.inf

    async def run(self) -> None:
        """Until `stop`: receive, deliver, and wake for deadlines."""
        await self.store.run(lambda tx: refit(tx, self.rules.firm, self.rules.zone))
        works = (self.post.run(), self._watch(), self._menus(), self._tidy(), self.alarm.run())
        tasks = [asyncio.create_task(work) for work in works]
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

    async def _take_as(self, event: Event) -> None:
        """While practising: the role the event belongs to takes part, not the person."""
        assert self.rehearsal is not None
        acting = await self.rehearsal.incoming(event)
        if acting is None:
            with suppress(Refused):
                await self.engine.do(elsewhere(self.rules.words, self.settings.firm, event.chat))
            return
        await self.desk.take(acting)

    async def reload(self) -> str:
        """Take over organisation.toml as it is now, between two turns; raises `Mistakes`, and all stays as it is."""
        ours = await asyncio.to_thread(self.settings.again)
        old, new, at = replace(self.rules), rules(ours), self.clock.now().isoformat()
        was, now = asdict(self.rules.firm), asdict(ours.firm)
        changed = ", ".join(name for name in now if now[name] != was[name])
        if not changed:
            return f"Nothing changed in {ours.organisation.name}."

        def work(tx: Tx) -> None:
            refit(tx, new.firm, new.zone)
            tx.audit({"what": "reloaded", "changed": changed, "at": at})
            self.rules.become(new)  # here, where turns are made too: none is half by the old ones

        try:
            await self.store.run(work)
        except BaseException:
            self.rules.become(old)
            raise
        self.settings = ours
        self.deliver((), 0.0)  # other terms have other deadlines
        return f"{ours.organisation.name} is read again. Changed: {changed}."

    async def stop(self) -> None:
        await self.engine.stop()

    def machine(self) -> Machine:
        """How this process is doing."""
        disk = shutil.disk_usage(self.settings.data)
        free = round(disk.free / disk.total, 3)
        return Machine(self.gate.shut, self.gate.counts.put_aside, self.alarm.failed, free)

    async def health(self) -> tuple[Health, list[str]]:
        """The figures, and what of them needs somebody."""
        now, machine = self.clock.now(), self.machine()
        found = await self.store.read(lambda tx: measured(tx, now, machine))
        return found, sentences(self.rules.words, found)

    async def _wrong(self) -> list[str]:
        found, _ = await self.health()  # that the alarm fails would be told by what does not work
        return sentences(self.rules.words, replace(found, alarm_failed=False))

    async def _menus(self) -> None:
        """The command menu everybody sees, in every language; tried until Telegram has it."""
        for language in ("", *self.rules.words.languages):
            menu = commands(self.rules.words, frozenset(), language or "en", language, None)
            while True:
                try:
                    await self.engine.do(menu)
                    break
                except Refused as refused:
                    log.warning("the command menu could not be set: %s", type(refused).__name__)
                    await asyncio.sleep(MENU_PAUSE)

    # Before and after a turn -----------------------------------------------------------------------------

    async def keep(self, event: Event) -> Attachment | Text:
        """Bring an attachment into safe keeping, before its turn; a text for the person says why that failed."""
        assert isinstance(event.what, Attached)
        file, subject = event.what.file, person_subject(event.person.id)
        if file.size > LARGEST:
            return TOO_BIG
        try:
            data = await asyncio.wait_for(self.engine.fetch(file, LARGEST), FETCH)
        except Gone:
            return TOO_BIG
        except (Refused, TimeoutError) as trouble:
            log.warning("a file of update %s could not be fetched: %s", event.update, type(trouble).__name__)
            return NOT_FETCHED
        name = await asyncio.to_thread(self.store.files.keep, data, subject)
        sha = hashlib.sha256(data).hexdigest()
        return Attachment(name, file.kind, file.name, len(data), sha, file.id)

    def coming(self) -> None:
        """Before a turn: the post then stands right behind it in the store's queue, and shares its commit."""
        self.post.wake()

    def deliver(self, instant: Sequence[Action], soonest: float) -> None:
        """After a commit: what answers a press goes at once, and the clock wakes if it would rest too long."""
        self.instant(instant)
        if soonest < self._rests_until:
            self._changed.set()

    def instant(self, actions: Sequence[Action]) -> None:
        if actions:
            self.post.instant(actions)

    def again(self, row: dict[str, Any]) -> str:
        """What stands before a message that may have arrived already."""
        return self.rules.words.html(REPEATED, row["language"])

    def arrived(self, tx: Tx, row: dict[str, Any], now: datetime) -> None:
        """Telegram took a message; within the commit that notes it."""
        arrived(tx, self.rules, now, row)

    async def dead(self, row: dict[str, Any]) -> None:
        """A message could not be delivered for good: the case and the staff get to know."""
        now, seed = self.clock.now(), SystemRandom().getrandbits(64)

        def work(tx: Tx) -> None:
            unreachable(tx, self.rules, now, Random(seed), row)

        self.coming()
        await self.store.run(work)
        self.deliver((), 0.0)

    # Time ------------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether the clock has nothing to look at, at this moment."""
        return self.clock.now().timestamp() < self._rests_until < math.inf and not self._changed.is_set()

    async def _watch(self) -> None:
        while True:
            self._changed.clear()
            self._rests_until = math.inf  # what is written from here on, this look may not have seen
            try:
                coming = await self.waking.due()
            except Exception:
                log.exception("deadlines could not be looked after")
                coming = self.clock.now().timestamp() + RETRY
            self.post.wake()
            now = self.clock.now().timestamp()
            rest = min(max(coming - now, 0.05), LONGEST_REST) if coming is not None else LONGEST_REST
            self._rests_until = now + rest
            woken = (self.clock.sleep(rest), self._changed.wait(), self.clock.jumped())
            waits = [asyncio.ensure_future(cause) for cause in woken]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def _tidy(self) -> None:
        """Once a day the files nothing refers to go: photos of an answer that was undone, or of a turn that failed."""
        while True:
            await self.clock.sleep(A_DAY)
            try:
                await asyncio.to_thread(self.store.sweep)
            except (StoreError, OSError) as trouble:
                log.warning("loose files could not be removed: %s", trouble)


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
