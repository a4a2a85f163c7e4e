"""The gate between Telegram and the desk: nothing is acknowledged to Telegram before it is durable here.

Here live the commit barrier, the decoding one by one with the file of what could not be read, and the order within a
chat. What a turn does is the desk's business, how updates travel the engines'. The surprising truth: asking for the
next updates IS the acknowledgement of the last ones, and both libraries ask long before their handlers are done, so
the gate stands in front of that question (measured: up to 990 of 1,000 updates lost without it).

After a failed save the poll is answered by the gate itself with the updates that are not saved yet, so Telegram is not
asked, hence not told, anything until they are.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from bot.clock import Time
from bot.events import Event, NotSaved, Take

ASIDE_UPDATES = 1000
ASIDE_BYTES = 10_000_000
LONGEST_PAUSE = 30.0  # seconds between two tries to save

Raw: TypeAlias = dict[str, Any]
T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass
class Counts:
    """What passed since the start. `put_aside` also counts what no longer fitted in the file."""

    delivered: int = 0
    committed: int = 0
    put_aside: int = 0


@dataclass
class _Line:
    """The people of one chat waiting for each other; asyncio's lock serves them first come, first served."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


class Gate:
    """One per bot. *aside* is the file for undecodable updates, *clean* what is done to one before it is written."""

    def __init__(self, clock: Time, aside: Path | None = None, clean: Callable[[Raw], Raw] = dict) -> None:
        self.clock = clock
        self.counts = Counts()
        self.polled: datetime | None = None  # when Telegram last answered a poll
        self.next_update: int | None = None  # the offset that confirms all that was delivered
        self._confirmed = True
        self._clean = clean
        self._aside = _Aside(aside) if aside else None
        self._open: dict[int, Raw] = {}  # polled and not committed, as Telegram ordered them
        self._unsaved: set[int] = set()  # of these: tried, or standing behind one that was tried
        self._failures = 0
        self._closed = False
        self._settled = asyncio.Event()
        self._settled.set()
        self._lines: dict[int, _Line] = {}

    @property
    def shut(self) -> bool:
        """Whether something delivered could not be saved yet."""
        return bool(self._failures or self._unsaved)

    def guard(self, take: Take) -> Take:
        """*take*, with its failures noted here: both libraries swallow what a handler raises."""

        async def taken(event: Event) -> None:
            try:
                await take(event)
            except NotSaved:
                self._failures += 1
                self._unsaved.add(event.update)
                log.error("update %d could not be saved (%d times in a row)", event.update, self._failures)
            else:
                self._failures = 0

        return taken

    async def before_poll(self) -> list[Raw] | None:
        """Wait until everything delivered is durable. None: Telegram may be asked, which acknowledges it.

        A list is the answer to give *instead of* asking: what has to be offered again, or nothing once we have closed
        and Telegram knows all that it may.
        """
        await self.settled()
        if self._closed:
            await asyncio.sleep(0.01)  # a library that polls until it is told to stop must let others run to tell it
        elif self._unsaved:
            await self.clock.sleep(min(LONGEST_PAUSE, 2.0 ** min(self._failures - 1, 10)))
            self._unsaved.clear()
            return list(self._open.values())
        if self._closed and (self._unsaved or self._confirmed):
            return []
        self._confirmed = True
        return None

    def decoded(self, raws: Sequence[Raw], decode: Callable[[Raw], T]) -> list[T]:
        """The polled *raws*, each decoded by itself; a bad one is put aside and becomes an update without content.

        After `close` nothing is delivered any more: what arrives then stays at Telegram.
        """
        if self._closed:
            return []
        self.polled = self.clock.now()
        read = [self.read(raw, decode) for raw in raws]
        for raw, _ in read:
            self.counts.delivered += raw["update_id"] not in self._open
            self._open[raw["update_id"]] = raw
            self.next_update, self._confirmed = raw["update_id"] + 1, False
            self._settled.clear()
        return [update for _, update in read]

    def read(self, raw: Raw, decode: Callable[[Raw], T]) -> tuple[Raw, T]:
        """*raw* and its decoded self; what cannot be decoded is put aside and comes back empty but for its number.

        Raises NotSaved when it can be neither decoded nor put aside.
        """
        try:
            return raw, decode(raw)
        except Exception as why:  # whatever the library raises: this is the one place that must survive it
            self._put_aside(raw, why)
            empty = {"update_id": raw["update_id"]}
            return empty, decode(empty)

    async def turn(self, update: int, chat: int, work: Callable[[], Awaitable[Any]]) -> bool:
        """Do *work* in the order of its chat; returns whether the update is done with for ever."""
        polled = update in self._open
        async with self.order(chat):
            try:
                if polled and self._unsaved:
                    self._unsaved.add(update)  # order: nobody overtakes an update that has to come again
                else:
                    await work()
            except Exception as bug:
                self.stumbled(update, bug)
            except BaseException:  # cancelled in the middle: not done
                self._unsaved.add(update)
                raise
            finally:
                done = self._done(update, polled)
        return done

    def stumbled(self, update: int, bug: Exception) -> None:
        """A handler failed by our own mistake: keep the update for a programmer and go on with the next."""
        where = traceback.extract_tb(bug.__traceback__)[-1]
        log.error("update %d met a bug: %s at %s:%d", update, type(bug).__name__, where.filename, where.lineno or 0)
        try:
            self._put_aside(self._open.get(update, {"update_id": update}), bug)
        except NotSaved:
            self._failures += 1
            self._unsaved.add(update)

    @asynccontextmanager
    async def order(self, chat: int) -> AsyncIterator[None]:
        """First come, first served within *chat*; a chat nobody waits for costs nothing."""
        line = self._lines.setdefault(chat, _Line())
        line.people += 1
        try:
            async with line.lock:
                yield
        finally:
            line.people -= 1
            if not line.people:
                del self._lines[chat]

    async def settled(self) -> None:
        """Wait until each update delivered is either committed or known not to be."""
        await self._settled.wait()

    def close(self) -> None:
        """The engine stops: accept nothing more, and do not wait to try again."""
        self._closed = True

    def _done(self, update: int, polled: bool) -> bool:
        done = update not in self._unsaved
        if done:
            self._open.pop(update, None)
            self.counts.committed += 1
        elif not polled:
            self._unsaved.discard(update)  # by webhook: Telegram itself offers it again
        if self._open.keys() <= self._unsaved:
            self._settled.set()
        return done

    def _put_aside(self, raw: Raw, why: Exception) -> None:
        self.counts.put_aside += 1
        log.warning("update %d put aside: %s", raw["update_id"], type(why).__name__)  # never the text: it quotes people
        if self._aside:
            try:
                cleaned = self._clean(raw)
            except Exception as bug:  # what cannot be cleaned is not written; it must not stop the next update
                log.error("update %d could not be cleaned: %s", raw["update_id"], type(bug).__name__)
                cleaned = {"update_id": raw["update_id"]}
            note = {"at": self.clock.now().isoformat(), "why": type(why).__name__, "update": cleaned}
            try:
                self._aside.keep(note)
            except OSError as full:
                raise NotSaved("the file of updates put aside could not be written") from full


class _Aside:
    """JSON lines, synced one by one, readable by the owner only; full at 1,000 lines or 10 MB."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = self._bytes = 0
        if path.exists():
            kept = path.read_bytes()
            self._lines, self._bytes = kept.count(b"\n"), len(kept)

    def keep(self, note: Mapping[str, Any]) -> None:
        line = json.dumps(note, default=str).encode() + b"\n"
        if self._lines >= ASIDE_UPDATES or self._bytes + len(line) > ASIDE_BYTES:
            return
        _append(self._path, line)
        self._lines += 1
        self._bytes += len(line)


def _append(path: Path, line: bytes) -> None:
    """Durably: the file, and on its first line also the folder that names it."""
    new = not path.exists()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.write(file, line) != len(line):
            raise OSError("short write")
        os.fsync(file)
    finally:
        os.close(file)
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
