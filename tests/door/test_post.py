"""The post: at Telegram's pace, in order, and honest about what may be there twice. Time stands still throughout."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bot.clock import StillTime
from bot.events import (
    Action,
    Answer,
    Blocked,
    Button,
    Commands,
    Edit,
    Gone,
    Later,
    Malformed,
    Receipt,
    Same,
    Send,
    Show,
    Stale,
    Unreachable,
    packed,
)
from bot.post import RUN, Post
from bot.record import OUTBOX, SLOTS
from storage.store import Full, Store, Tx
from tests.door.conftest import until

Row: TypeAlias = dict[str, Any]
Answered: TypeAlias = "Exception | Callable[[], Awaitable[None]]"
ANN, BOB = 1, 2


class Telegram:
    """Carries out actions and keeps them with their moment; `next` are what the coming calls end in, by chat."""

    def __init__(self, time: StillTime) -> None:
        self.time = time
        self.done: list[tuple[float, Action]] = []
        self.next: dict[int, deque[Answered | None]] = {}
        self.began = time.now()
        self._messages = 100

    async def do(self, action: Action) -> Receipt:
        self.done.append(((self.time.now() - self.began).total_seconds(), action))
        chat = getattr(action, "chat", None) or 0
        answer = self.next[chat].popleft() if self.next.get(chat) else None
        if isinstance(answer, Exception):
            raise answer
        if answer:
            await answer()
        if isinstance(action, Send | Show):
            self._messages += 1
            return Receipt(self._messages)
        return Receipt(getattr(action, "message", 0))

    def will(self, chat: int, *answers: Answered | None) -> None:
        self.next[chat] = deque(answers)

    def said(self, chat: int | None = None) -> list[str]:
        return [getattr(did, "text", "") for _, did in self.done if chat in (None, getattr(did, "chat", None))]

    def moments(self, chat: int | None = None) -> list[float]:
        return [at for at, did in self.done if chat in (None, getattr(did, "chat", None))]


class Office:
    """A store with an outbox, its post, and a clock that moves only when all is quiet."""

    def __init__(self, folder: Path, **pace: Any) -> None:
        self.folder, self.pace = folder, pace
        self.time = StillTime()
        self.telegram = Telegram(self.time)
        self.unreachable: list[Row] = []
        self.store = Store.open(folder, (OUTBOX, SLOTS), key=bytes(32))
        self.open()
        self.rows = 0

    def open(self) -> None:
        self.post = Post(self.store, self.telegram, self.time, self.again, self.gone, **self.pace)
        self.task = asyncio.create_task(self.post.run())

    def again(self, row: Row) -> str:
        return f"({row['role']}: repeated)"

    async def gone(self, row: Row) -> None:
        self.unreachable.append(row)

    async def put(self, *actions: Action, chat: int = ANN, slot: str = "", wait: float = 0.0, **more: Any) -> None:
        """In one commit, as a turn does."""
        now = self.time.now().timestamp()

        def work(tx: Tx) -> None:
            for action in actions:
                self.rows += 1
                row = {
                    "id": f"r{self.rows}", "chat": getattr(action, "chat", None) or chat, "slot": slot,
                    "state": "pending", "due": now + wait, "at": now, "order": self.rows, "case": "C", "subject": "c:C",
                    "role": "client", "action": packed(action), "attempts": 0, "message": 0,
                }  # fmt: skip
                tx.add(OUTBOX, row | more)

        await self.store.run(work)
        self.post.wake()

    async def quiet(self) -> None:
        await until(lambda: self.post.idle)
        await asyncio.sleep(0)  # so that the clock knows of the sleeper
        await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Let so much time go by, stopping at each moment somebody waits for."""
        end = self.time.now() + timedelta(seconds=seconds)
        await self.quiet()
        while self.time.sleepers and self.time.sleepers[0] <= end:
            self.time.advance((self.time.sleepers[0] - self.time.now()).total_seconds())
            await asyncio.sleep(0)
            await self.quiet()
        self.time.advance((end - self.time.now()).total_seconds())
        await self.quiet()

    async def outbox(self) -> list[Row]:
        return await self.store.read(lambda tx: list(tx.every(OUTBOX)))

    async def slots(self) -> list[Row]:
        return await self.store.read(lambda tx: list(tx.every(SLOTS)))

    async def crash(self) -> None:
        """The process is gone; only what is on the disk remains."""
        self.task.cancel()
        await asyncio.wait([self.task])
        self.store.close()
        self.store = Store.open(self.folder, (OUTBOX, SLOTS), key=bytes(32))
        self.open()

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])
        self.store.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = Office(tmp_path)
    yield opened
    await opened.close()


def send(text: str, chat: int = ANN, **more: Any) -> Send:
    return Send(chat, text, **more)


# Pace and order ------------------------------------------------------------------------------------------


async def test_a_message_is_sent_and_leaves_the_outbox(office: Office) -> None:
    await office.put(send("hello"), slot="ask")
    await office.quiet()
    assert office.telegram.done == [(0, send("hello"))]
    assert await office.outbox() == []
    assert await office.slots() == [{"name": "1:ask", "chat": 1, "message": 101, "case": "C"}]


async def test_one_message_a_second_in_a_chat_in_the_order_written(office: Office) -> None:
    await office.put(*(send(str(n)) for n in range(4)))
    await office.put(send("4"))
    await office.put(send("b", BOB))
    await office.quiet()
    assert office.telegram.said() == ["0", "b"]
    await office.pass_time(10)
    assert office.telegram.said(ANN) == ["0", "1", "2", "3", "4"]
    assert office.telegram.moments(ANN) == [0, 1, 2, 3, 4]
    assert office.telegram.moments(BOB) == [0]


async def test_edits_do_not_wait_for_the_second_and_keep_their_place(office: Office) -> None:
    await office.put(send("one"), Edit(ANN, 7, "two"), send("three"), Edit(ANN, 7, "four"))
    await office.pass_time(5)
    assert office.telegram.said() == ["one", "two", "three", "four"]
    assert office.telegram.moments() == [0, 0, 1, 1]


async def test_no_more_than_25_calls_a_second_in_all(office: Office) -> None:
    for chat in range(1, 61):
        await office.put(send("hello", chat))
    await office.pass_time(10)
    moments = office.telegram.moments()
    assert len(moments) == 60
    for moment in moments:
        assert sum(moment <= other < moment + 1 for other in moments) <= 25
    assert max(moments) <= 3


async def test_a_chat_with_much_to_hear_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    office = Office(tmp_path, per_second=1)
    for chat in (1, 2, 3, 4):
        await office.put(*(send(f"{n}", chat) for n in range(3)))
    await office.pass_time(11)
    assert [did.chat for _, did in office.telegram.done if isinstance(did, Send)] == [1, 2, 3, 4] * 3
    await office.close()


async def test_a_row_waits_for_its_own_moment_and_holds_up_nobody(office: Office) -> None:
    await office.put(send("later"), wait=3600)
    await office.put(send("now"))
    await office.pass_time(3599)
    assert office.telegram.said() == ["now"]
    await office.pass_time(1)
    assert office.telegram.said() == ["now", "later"]


async def test_a_clock_set_back_does_not_stop_the_post(office: Office) -> None:
    await office.put(send("one"))
    await office.quiet()
    office.time.advance(-7200)
    await office.put(send("two"))
    await office.quiet()
    assert office.telegram.said() == ["one", "two"]


# Slots ---------------------------------------------------------------------------------------------------


async def test_an_edit_finds_its_message_by_the_slot(office: Office) -> None:
    await office.put(send("card"), slot="card")
    await office.put(Edit(ANN, 0, "card, changed"), slot="card")
    await office.quiet()
    assert office.telegram.done[-1] == (0, Edit(ANN, 101, "card, changed"))
    await office.put(send("card again"), slot="card")
    await office.put(Edit(ANN, 0, "changed again"), slot="card")
    await office.pass_time(2)
    assert office.telegram.done[-1][1] == Edit(ANN, 102, "changed again")
    assert [slot["message"] for slot in await office.slots()] == [102]


async def test_an_edit_without_its_message_is_nothing_and_holds_up_nobody(office: Office) -> None:
    await office.put(Edit(ANN, 0, "what?"), slot="never sent")
    await office.put(send("hello"))
    await office.quiet()
    assert office.telegram.said() == ["hello"]
    assert await office.outbox() == []


async def test_many_edits_without_a_message_hold_up_nobody_either(office: Office) -> None:
    await office.put(*[Edit(ANN, 0, "what?")] * 3 * RUN, slot="never sent")
    await office.put(send("hello"))
    await office.quiet()
    assert office.telegram.said() == ["hello"]
    assert await office.outbox() == []


# What Telegram says --------------------------------------------------------------------------------------


async def test_too_many_requests_is_no_attempt_and_rests_that_chat_only(office: Office) -> None:
    office.telegram.will(ANN, *[Later(30.0)] * 40)
    await office.put(send("one"), send("two"))
    await office.put(send("b", BOB))
    await office.pass_time(600)
    assert office.telegram.moments(ANN)[:4] == [0, 30, 60, 90]
    assert office.telegram.said(BOB) == ["b"]
    assert [(row["state"], row["attempts"]) for row in await office.outbox()] == [("pending", 0)] * 2
    office.telegram.will(ANN)
    await office.pass_time(60)
    assert office.telegram.said(ANN)[-2:] == ["one", "two"]


async def test_who_blocked_the_bot_is_reported_and_the_row_stays_as_dead(office: Office) -> None:
    office.telegram.will(ANN, Blocked())
    await office.put(send("one"), send("two"))
    await office.pass_time(5)
    assert [row["id"] for row in office.unreachable] == ["r1"]
    assert [(row["id"], row["state"]) for row in await office.outbox()] == [("r1", "dead")]
    assert office.telegram.said() == ["one", "two"]
    await office.crash()
    await office.pass_time(600)
    assert office.telegram.said() == ["one", "two"]  # dead is dead


async def test_a_report_that_fails_is_made_again(office: Office) -> None:
    refused = [Full(), Full()]

    async def gone(row: Row) -> None:
        if refused:
            raise refused.pop()
        office.unreachable.append(row)

    office.post._unreachable = gone
    office.telegram.will(ANN, Blocked(), Blocked(), Blocked())
    await office.put(send("one"))
    await office.pass_time(30)
    assert [row["id"] for row in office.unreachable] == ["r1"]
    assert [row["state"] for row in await office.outbox()] == ["dead"]


async def test_what_can_never_succeed_is_not_tried_again(office: Office) -> None:
    office.telegram.will(ANN, Gone("message to edit not found"), Same(), Gone("chat not found"))
    await office.put(Edit(ANN, 5, "a"), Edit(ANN, 6, "b"), send("c"))
    await office.pass_time(600)
    assert office.telegram.said() == ["a", "b", "c"]
    assert [(row["id"], row["state"]) for row in await office.outbox()] == [("r3", "dead")]
    assert [row["id"] for row in office.unreachable] == ["r3"]


async def test_what_is_malformed_goes_as_plain_text_at_once(office: Office) -> None:
    office.telegram.will(ANN, Malformed("can't parse entities"))
    await office.put(send("<b>5 < 6</b> &amp; <i>so", keyboard=((Button("a", "b"),),)))
    await office.quiet()
    assert office.telegram.said()[1] == "5 &lt; 6 &amp; so"
    assert office.telegram.done[1][0] == 0
    assert await office.outbox() == []


async def test_a_bad_button_does_not_keep_the_words_back(office: Office) -> None:
    office.telegram.will(ANN, Malformed("BUTTON_DATA_INVALID"), Malformed("BUTTON_DATA_INVALID"))
    await office.put(send("hello", keyboard=((Button("a", "b"),),)))
    await office.quiet()
    assert office.telegram.done[-1][1] == send("hello")
    assert await office.outbox() == []


async def test_what_is_malformed_in_every_form_is_dead(office: Office) -> None:
    office.telegram.will(ANN, Malformed("?"), Malformed("?"))
    await office.put(send("hello"))
    await office.pass_time(600)
    assert len(office.telegram.done) == 2
    assert [row["state"] for row in await office.outbox()] == ["dead"]


async def test_a_failure_of_the_network_is_tried_again_ever_more_slowly(office: Office) -> None:
    office.telegram.will(ANN, *[Unreachable(maybe_sent=False)] * 11)
    await office.put(send("one"), send("two"))
    await office.pass_time(3600)
    moments = office.telegram.moments()
    pauses = [after - before for before, after in pairwise(moments)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 1]
    assert office.telegram.said() == ["one"] * 12 + ["two"]  # nothing got there, so nothing is a repeat
    assert await office.outbox() == []


async def test_what_may_have_arrived_is_sent_again_with_a_mark(office: Office) -> None:
    office.telegram.will(ANN, Unreachable(maybe_sent=True), Unreachable(maybe_sent=False), Later(5), None)
    await office.put(send("<b>number 7QXM</b>"))
    await office.quiet()
    assert [row["state"] for row in await office.outbox()] == ["uncertain"]
    await office.pass_time(60)
    repeat = "(client: repeated)\n<b>number 7QXM</b>"
    assert office.telegram.said() == ["<b>number 7QXM</b>", repeat, repeat, repeat]
    assert await office.outbox() == []


async def test_a_file_that_may_have_arrived_is_marked_too(office: Office) -> None:
    office.telegram.will(ANN, Unreachable(maybe_sent=True))
    await office.put(Show(ANN, "F", "photo", "the wheel"))
    await office.pass_time(5)
    assert office.telegram.done[-1][1] == Show(ANN, "F", "photo", "(client: repeated)\nthe wheel")


async def test_edits_and_menus_may_be_repeated_without_a_word(office: Office) -> None:
    office.telegram.will(ANN, Unreachable(maybe_sent=True))
    office.telegram.will(0, Unreachable(maybe_sent=True))
    await office.put(Edit(ANN, 5, "a"))
    await office.put(Commands((("a", "b"),)), chat=0)
    await office.pass_time(5)
    assert office.telegram.said(ANN) == ["a", "a"]
    assert await office.outbox() == []


async def test_a_message_waits_for_the_edit_before_it_and_is_no_repeat_then(office: Office) -> None:
    office.telegram.will(ANN, Later(3.0), Unreachable(maybe_sent=True))
    await office.put(Edit(ANN, 5, "a"), Edit(ANN, 6, "b"), send("c"))
    await office.pass_time(10)
    assert office.telegram.said() == ["a", "a", "a", "b", "c"]
    assert await office.outbox() == []


async def test_a_bug_does_not_hold_up_a_chat_for_ever(office: Office) -> None:
    office.telegram.will(ANN, *[TypeError("ours")] * 8)
    await office.put(send("one"), send("two"))
    await office.pass_time(3600)
    assert office.telegram.said()[-1] == "two"
    assert [(row["id"], row["state"]) for row in await office.outbox()] == [("r1", "dead")]


async def test_answers_to_presses_go_at_once_and_only_once(office: Office) -> None:
    office.telegram.will(0, Stale(), None, TypeError())
    office.post.instant([Answer("q1", "Noted"), Answer("q2"), Answer("q3")])
    await office.quiet()
    await office.pass_time(60)
    assert [did for _, did in office.telegram.done] == [Answer("q1", "Noted"), Answer("q2"), Answer("q3")]


# Crashes and stops ---------------------------------------------------------------------------------------


async def test_a_crash_in_the_middle_of_a_call_makes_a_marked_repeat(office: Office) -> None:
    cut_off: list[bool] = []

    async def held() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut_off.append(True)

    office.telegram.will(ANN, held)
    await office.put(send("one"), send("two"))
    await until(lambda: bool(office.telegram.done))
    assert [row["state"] for row in await office.outbox()] == ["sending", "pending"]  # durable before the call
    await office.crash()
    await until(lambda: bool(cut_off))  # nothing goes on behind the back of a post that has ended
    await office.pass_time(5)
    assert office.telegram.said() == ["one", "(client: repeated)\none", "two"]


async def test_a_crash_before_any_call_makes_none(office: Office) -> None:
    office.task.cancel()
    await office.put(send("one"))
    await office.crash()
    await office.quiet()
    assert office.telegram.said() == ["one"]


async def test_a_store_that_fails_for_a_while_sends_nothing_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()

    async def held() -> None:
        await release.wait()

    office.telegram.will(ANN, held)
    await office.put(send("one"))
    await until(lambda: bool(office.telegram.done))
    working, failures = office.store.run, 0

    async def full(work: Any) -> Any:
        nonlocal failures
        failures += 1
        raise Full

    monkeypatch.setattr(office.store, "run", full)
    release.set()
    await until(lambda: failures == 1 and bool(office.time.sleepers))
    office.time.advance(1)
    await until(lambda: failures == 2 and bool(office.time.sleepers))
    monkeypatch.setattr(office.store, "run", working)
    office.time.advance(2)
    await until(lambda: office.post.idle)
    assert office.telegram.said() == ["one"]
    assert await office.outbox() == []


async def test_an_erased_row_stays_erased(office: Office) -> None:
    release = asyncio.Event()

    async def held() -> None:
        await release.wait()
        raise Unreachable(maybe_sent=True)

    office.telegram.will(ANN, held)
    await office.put(send("one"))
    await until(lambda: bool(office.telegram.done))
    await office.store.run(lambda tx: tx.erase("c:C"))
    release.set()
    await office.pass_time(60)
    assert await office.outbox() == []
    assert office.telegram.said() == ["one"]


async def test_draining_delivers_what_is_due_and_ends(office: Office) -> None:
    await office.put(*(send("hello", chat) for chat in range(1, 11)))
    await office.put(send("next week"), wait=7 * 86_400)
    assert await asyncio.wait_for(office.post.drain(5), 5)
    assert len(office.telegram.done) == 10
    assert office.task.done()
    assert len(await office.outbox()) == 1


async def test_draining_does_not_wait_for_ever_nor_cut_a_call_off(office: Office) -> None:
    release = asyncio.Event()

    async def held() -> None:
        await release.wait()

    office.telegram.will(ANN, held)
    await office.put(send("slow"), send("not begun"))
    await until(lambda: bool(office.telegram.done))
    draining = asyncio.create_task(office.post.drain(0.2))
    await asyncio.sleep(0.25)
    assert not draining.done()
    release.set()
    assert await asyncio.wait_for(draining, 2) is False
    assert office.task.done()
    assert [(row["id"], row["state"]) for row in await office.outbox()] == [("r2", "pending")]
