"""The post: carries what the desk has put in the outbox to Telegram, at Telegram's pace, and notes what became of it.

A row goes pending → sending → gone from the outbox (its message is then in `slots`); or it stays as dead. What is said,
to whom and in which words is not decided here. The surprising truth: Telegram has no way to ask "did you get this?"
(tdlib/telegram-bot-api #482), so after a cut connection a message is sent again with a mark, and that is the best
there is; the row says "sending" durably before the call, so that a crash in the middle is such a cut as well. Not the
row of an edit: made twice it is the same.

One round is one unit of work in the store: it writes how the last calls ended and picks the next ones.
"""

from __future__ import annotations

import asyncio
import html
import logging
import math
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, TypeAlias

from bot.clock import Time
from bot.events import (
    Action,
    Blocked,
    Busy,
    Edit,
    Gone,
    Later,
    Malformed,
    Paper,
    Receipt,
    Same,
    Send,
    Show,
    Stale,
    Unreachable,
    is_new,
    unpacked,
)
from bot.record import OUTBOX, SLOTS
from storage.store import Store, Tx

PER_CHAT = 1.0  # seconds between two messages in a chat (core.telegram.org/bots/faq: about one a second)
PER_SECOND = 25  # calls in all; Telegram speaks of about 30
AT_ONCE = 32  # calls under way
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds after a failure, doubling
PATIENCE_WITH_BUGS = 8  # attempts for what is neither Telegram's nor the network's fault
RUN = 8  # rows of a chat that leave together
LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
BUSY = 4.0  # seconds after which a chat is shown once more that a document is being made (Telegram shows it for five)

OVER = {"sent", "dead"}  # how a row may end for ever
Row: TypeAlias = dict[str, Any]
Arrived: TypeAlias = Callable[[Tx, Row, datetime], None]
Say: TypeAlias = Callable[[Action], Awaitable[Receipt | None]]
Make: TypeAlias = Callable[[Row, Say], Awaitable[Action | None]]
log = logging.getLogger(__name__)


class Carrier(Protocol):
    """The part of an engine the post needs."""

    async def do(self, action: Action) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A row under way; `before` is its state until it was taken, to which a call that did nothing returns it."""

    row: Row
    action: Action
    before: str


@dataclass(frozen=True, slots=True)
class _End:
    """How a row's call ended; `state` "sent" takes it out of the outbox."""

    row: Row
    state: str
    message: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class _Round:
    """What a round may do: a snapshot, because it runs in the store's thread."""

    now: float
    ends: Sequence[_End]
    room: int
    reopens: float  # when there is room again, should it not be enough
    after: int  # the chat served last: the next one after it comes first
    busy: frozenset[int]
    resting: Mapping[int, float]  # until when nothing goes to a chat
    paced: Mapping[int, float]  # until when no new message does


class Post:
    """One per bot; `run` it beside the engine, `wake` it after each commit that filled the outbox.

    *again(row)* is the text before a message that may have arrived already. *unreachable(row)* is told, at least once,
    of each row that will never arrive; *arrived(tx, row, now)* of each message Telegram took, in the commit noting it.
    *make(row, say)* makes the document a row asks for, at each attempt anew; None: it may not be sent any more. While
    it does, *say* carries out an action at once and at most once, as far as that succeeds.
    """

    def __init__(
        self,
        store: Store,
        engine: Carrier,
        clock: Time,
        again: Callable[[Row], str],
        unreachable: Callable[[Row], Awaitable[None]],
        *,
        arrived: Arrived = lambda tx, row, now: None,
        make: Make | None = None,
        per_chat: float = PER_CHAT,
        per_second: int = PER_SECOND,
    ) -> None:
        self._store, self._engine, self._clock = store, engine, clock
        self._again, self._unreachable, self._arrived, self._make = again, unreachable, arrived, make
        self._per_chat, self._per_second = per_chat, per_second
        self._ends: list[_End] = []
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._instant: set[asyncio.Task[Receipt | None]] = set()
        self._resting: dict[int, tuple[float, float]] = {}  # since, until
        self._paced: dict[int, tuple[float, float]] = {}
        self._calls: deque[float] = deque(maxlen=max(1, per_second))
        self._last_chat = 0
        self._changed, self._empty, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._closing = False
        self._waiting_until = 0.0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do at this moment of the clock."""
        under_way = self._changed.is_set() or self._busy or self._ends or self._instant
        return self._waiting_until > self._now() and not under_way

    def wake(self) -> None:
        """The outbox has new rows."""
        self._empty.clear()
        self._changed.set()

    def instant(self, actions: Sequence[Action]) -> None:
        """Carry these out at once, each at most once: answers to presses, which nobody misses a minute later."""
        for action in actions:
            task = asyncio.create_task(self._try(action))
            self._instant.add(task)
            task.add_done_callback(self._instant.discard)

    async def run(self) -> None:
        """Deliver until `drain`."""
        try:
            await self._rounds()
        finally:
            for task in self._busy.values():
                task.cancel()
            self._over.set()

    async def _rounds(self) -> None:
        begun = False
        pause = FIRST_PAUSE
        while not (self._closing and not self._busy and not self._ends):
            self._changed.clear()
            ends, self._ends = self._ends, []
            try:
                if not begun:
                    await self._store.run(_recovered)
                    begun = True
                runs, moment, left = await self._store.run(partial(_round, self._outlook(ends), self._arrived))
            except Exception as failure:  # the store says no: what we know must not get lost meanwhile
                log.error("the outbox could not be written: %s", type(failure).__name__)
                self._ends[:0] = ends
                await self._clock.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                continue
            pause = FIRST_PAUSE
            for end in ends:
                self._busy.pop(end.row["chat"], None)
            for run in runs:
                self._calls += [self._now()] * len(run)
                self._last_chat = run[0].row["chat"]
                self._busy[self._last_chat] = asyncio.create_task(self._deliver(run))
            if not left and not self._busy and not self._changed.is_set():
                self._empty.set()
            if not (self._closing and not self._busy):
                await self._until(moment)

    async def drain(self, seconds: float) -> bool:
        """Deliver what is due, for so long at most, then end `run`; returns whether everything was delivered.

        Calls under way are given the same time once more, for a call that is cut off is a message sent twice.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), seconds)
        done = self._empty.is_set()
        self._closing = True
        self._changed.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        if self._instant:
            await asyncio.wait(self._instant, timeout=seconds)
        return done

    # A round ---------------------------------------------------------------------------------------------

    def _outlook(self, ends: Sequence[_End]) -> _Round:
        now = self._now()
        for rests in (self._resting, self._paced):
            for chat in [chat for chat, (since, until) in rests.items() if not since <= now < until]:
                del rests[chat]  # over, or the clock was set back and it means nothing any more
        while self._calls and not now - 1.0 < self._calls[0] <= now:
            self._calls.popleft()
        room = min(self._per_second - len(self._calls), AT_ONCE - len(self._busy) + len(ends))
        ended = {end.row["chat"] for end in ends}
        return _Round(
            now=now,
            ends=ends,
            room=0 if self._closing else max(0, room),
            reopens=(self._calls[0] if self._calls else now) + 1.0,
            after=self._last_chat,
            busy=frozenset(self._busy.keys() - ended),
            resting={chat: until for chat, (_, until) in self._resting.items()},
            paced={chat: until for chat, (_, until) in self._paced.items()},
        )

    async def _until(self, moment: float | None) -> None:
        """Wait for news or for *moment*."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._changed.wait())]
        if moment is not None:
            at = datetime.fromtimestamp(math.ceil(moment * 1e6) / 1e6, UTC)
            waits.append(asyncio.ensure_future(self._clock.sleep_until(at)))
        self._waiting_until = math.inf if moment is None else moment
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting_until = 0.0
            for wait in waits:
                wait.cancel()

    # A call ----------------------------------------------------------------------------------------------

    async def _deliver(self, run: Sequence[_Parcel]) -> None:
        """One after the other; what stands behind one that has to be tried again goes back untried."""
        ends: list[_End] = []
        for parcel in run:
            if ends and ends[-1].state not in OVER:
                ends.append(_End(parcel.row, parcel.before))
                continue
            try:
                ends.append(await self._attempt(parcel))
            except Exception as failure:  # telling of the unreachable failed
                log.error("outbox row %s: %s", parcel.row["id"], type(failure).__name__)
                ends.append(self._failed(parcel, parcel.before))
        self._ends += ends
        self._changed.set()

    async def _attempt(self, parcel: _Parcel) -> _End:
        row, chat = parcel.row, parcel.row["chat"]
        if isinstance(parcel.action, Paper):
            made = await self._made(parcel.row)
            if made is None:
                return _End(row, "sent")
            parcel = replace(parcel, action=made)
        message = is_new(parcel.action)
        for variant in self._variants(parcel):
            try:
                receipt = await self._engine.do(variant)
            except Malformed as why:
                reason = str(why).partition('"')[0]  # what it quotes is what somebody wrote
                log.error("outbox row %s was refused as malformed: %s", row["id"], reason)
                self._calls.append(self._now())
            except (Same, Stale):
                return _End(row, "sent")
            except Later as wait:
                self._rest(chat, wait.seconds)
                return _End(row, parcel.before)
            except Unreachable as failure:
                return self._failed(parcel, "uncertain" if failure.maybe_sent and message else parcel.before)
            except Blocked:
                break
            except Gone:
                if not message:
                    return _End(row, "sent")
                break
            except Exception as bug:  # of ours or the library's; it may have been sent all the same
                log.error("outbox row %s met a bug: %s", row["id"], type(bug).__name__)
                if row["attempts"] + 1 < PATIENCE_WITH_BUGS:
                    return self._failed(parcel, "uncertain" if message else parcel.before)
                break
            else:
                if message:
                    now = self._now()
                    self._paced[chat] = now, now + self._per_chat
                return _End(row, "sent", receipt.message)
        await self._unreachable(row)  # before the row is dead: better told twice than never
        return _End(row, "dead")

    async def _made(self, row: Row) -> Action | None:
        """The document that *row* asks for; the chat shows meanwhile that one is coming."""
        assert self._make is not None, "nobody makes documents here"
        making = asyncio.ensure_future(self._make(row, self._try))
        try:
            while True:
                await self._try(Busy(row["chat"]))
                await asyncio.wait({making}, timeout=BUSY)
                if making.done():
                    return making.result()
        finally:
            making.cancel()

    def _variants(self, parcel: _Parcel) -> list[Action]:
        """*parcel*'s action, then what to try when Telegram calls it malformed: plain text, then without buttons."""
        action = parcel.action
        if parcel.before == "uncertain":
            action = _marked(action, self._again(parcel.row))
        if isinstance(action, Paper):
            return [action, replace(action, caption=_plain(action.caption))]
        if not isinstance(action, Send | Edit):
            return [action]
        plain = replace(action, text=_plain(action.text))
        return [action, plain, replace(plain, keyboard=())] if action.keyboard else [action, plain]

    def _failed(self, parcel: _Parcel, state: str) -> _End:
        self._rest(parcel.row["chat"], min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(parcel.row["attempts"], 20)))
        return _End(parcel.row, state, failed=True)

    def _rest(self, chat: int, seconds: float) -> None:
        now = self._now()
        self._resting[chat] = now, now + seconds

    async def _try(self, action: Action) -> Receipt | None:
        self._calls.append(self._now())
        try:
            return await self._engine.do(action)
        except Exception as failure:
            log.info("%s came to nothing: %s", type(action).__name__, type(failure).__name__)
            return None

    def _now(self) -> float:
        return self._clock.now().timestamp()


# In the store's thread -----------------------------------------------------------------------------------


def _recovered(tx: Tx) -> None:
    """Rows that were under way when we stopped: nobody knows whether they arrived."""
    for row in tx.find(OUTBOX, state="sending"):
        message = is_new(unpacked(row["action"]))
        tx.put(OUTBOX, row | {"state": "uncertain" if message else "pending"})


def _round(outlook: _Round, arrived: Arrived, tx: Tx) -> tuple[list[list[_Parcel]], float | None, bool]:
    """Write how calls ended, take the next rows; also the moment of the round after it and whether rows are left."""
    for end in outlook.ends:
        if _ended(tx, end):
            arrived(tx, end.row, datetime.fromtimestamp(outlook.now, UTC))
    waiting = {
        chat
        for state in ("pending", "uncertain")
        for (chat,) in tx.tally(OUTBOX, ("chat",), state=state, due=(None, outlook.now))
    }
    runs, room = list[list[_Parcel]](), outlook.room
    moments = [outlook.resting[chat] for chat in waiting & outlook.resting.keys()]
    for chat in sorted(waiting - outlook.busy - outlook.resting.keys(), key=lambda chat: (chat <= outlook.after, chat)):
        if room <= 0:
            moments.append(outlook.reopens)
            break
        run = _run(tx, chat, outlook.now, min(RUN, room))
        if run and is_new(run[-1].action):
            if chat in outlook.paced:
                moments.append(outlook.paced[chat])
                run.pop()
            else:
                tx.put(OUTBOX, run[-1].row | {"state": "sending"})
        if run:
            runs.append(run)
            room -= len(run)
    later = math.nextafter(outlook.now, math.inf), None
    for state in ("pending", "uncertain"):
        moments += [row["due"] for row in tx.find(OUTBOX, state=state, due=later, order="due", limit=1)]
    return runs, min(moments, default=None), bool(waiting)


def _run(tx: Tx, chat: int, now: float, longest: int) -> list[_Parcel]:
    """What leaves next in *chat*: edits, and at most one new message, the last. An edit of a message that was never
    sent is nothing, and goes."""
    run: list[_Parcel] = []
    while not run and (rows := _heads(tx, chat, now, longest)):
        for row in rows:
            action = unpacked(row["action"])
            if isinstance(action, Edit) and not action.message:
                slot = tx.get(SLOTS, f"{chat}:{row['slot']}")
                if slot is None:
                    tx.remove(OUTBOX, row["id"])
                    continue
                action = replace(action, message=slot["message"])
            run.append(_Parcel(row, action, row["state"]))
            if is_new(action):
                break
    return run


def _heads(tx: Tx, chat: int, now: float, longest: int) -> list[Row]:
    """The rows of *chat* that are next, by their moment and then by the order in which they were written."""
    rows = [
        row
        for state in ("pending", "uncertain")
        for row in tx.find(OUTBOX, chat=chat, state=state, due=(None, now), order="due", limit=longest)
    ]
    return sorted(rows, key=lambda row: (row["due"], row["at"], row["order"]))[:longest]


def _ended(tx: Tx, end: _End) -> bool:
    """Write how a call ended; whether it put a message into a chat."""
    row = tx.get(OUTBOX, end.row["id"])
    if row is None:  # erased meanwhile, and not to be written again
        return False
    if end.state != "sent":
        tx.put(OUTBOX, row | {"state": end.state, "attempts": row["attempts"] + end.failed})
        return False
    tx.remove(OUTBOX, row["id"])
    if end.message and row["slot"] and is_new(unpacked(row["action"])):
        name = f"{row['chat']}:{row['slot']}"
        tx.put(SLOTS, {"name": name, "chat": row["chat"], "message": end.message, "case": row["case"]})
        return True
    return False


# Texts ---------------------------------------------------------------------------------------------------


def _marked(action: Action, mark: str) -> Action:
    """*action* saying that it may be a repeat; a text with no room for the words goes without them."""
    match action:
        case Send() if len(mark) + len(action.text) < LONGEST_TEXT:
            return replace(action, text=f"{mark}\n{action.text}")
        case Show() | Paper() if len(mark) + len(action.caption) < LONGEST_CAPTION:
            return replace(action, caption=f"{mark}\n{action.caption}".rstrip())
    return action


def _plain(text: str) -> str:
    """Telegram's HTML without its tags, and escaped so that nothing in it can be taken for one."""
    return html.escape(html.unescape(re.sub(r"</?[a-z][^<>]*>", "", text)), quote=False)
