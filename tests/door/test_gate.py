"""Nothing is acknowledged to Telegram before it is durable: the gate alone, then both libraries behind it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import gate as gates
from bot.clock import StillTime
from bot.events import Event, NotSaved, Person, Said
from bot.gate import Gate, Raw
from bot.sandbox import Sandbox
from tests.door.conftest import Desk, Start, until

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def raw(update: int) -> Raw:
    return {"update_id": update}


def said(update: int, chat: int = 1) -> Event:
    return Event(update, NOW, chat, True, Person(chat, "Ann"), Said("a complaint", 1))


async def nothing() -> None: ...


# The gate alone ------------------------------------------------------------------------------------------


async def test_the_next_poll_waits_for_the_last_turn() -> None:
    gate = Gate(StillTime())
    gate.decoded([raw(1), raw(2)], dict)
    poll = asyncio.create_task(gate.before_poll())
    await gate.turn(1, 10, nothing)
    await asyncio.sleep(0.01)
    assert not poll.done()
    await gate.turn(2, 20, nothing)
    assert await poll is None
    assert (gate.counts.delivered, gate.counts.committed, gate.shut) == (2, 2, False)


async def test_what_could_not_be_saved_is_offered_again_before_telegram_is_asked() -> None:
    time, desk = StillTime(), Desk(full=True)
    gate = Gate(time)
    take = gate.guard(desk.take)
    gate.decoded([raw(1), raw(2), raw(3)], dict)
    await gate.turn(1, 10, nothing)
    await gate.turn(2, 20, lambda: take(said(2)))
    await gate.turn(3, 20, lambda: take(said(3)))
    assert gate.shut
    assert desk.begun == 1  # the third did not overtake the second

    for pause in (1, 2, 4, 8, 16, 30, 30):
        poll = asyncio.create_task(gate.before_poll())
        await asyncio.sleep(0)
        time.advance(pause - 0.001)
        await asyncio.sleep(0.001)
        assert not poll.done()
        time.advance(0.001)
        assert await poll == [raw(2), raw(3)]
        await gate.turn(2, 20, lambda: take(said(2)))
        await gate.turn(3, 20, lambda: take(said(3)))

    desk.full = False
    poll = asyncio.create_task(gate.before_poll())
    await asyncio.sleep(0)
    time.advance(30)
    for again in await poll or ():
        await gate.turn(again["update_id"], 20, lambda: take(said(again["update_id"])))  # noqa: B023
    assert [event.update for event in desk.heard] == [2, 3]
    assert not gate.shut
    assert await gate.before_poll() is None
    assert gate.counts.committed == 3


async def test_a_turn_is_answered_with_whether_it_is_saved() -> None:
    desk = Desk(full=True)
    gate = Gate(StillTime())
    take = gate.guard(desk.take)
    assert not await gate.turn(7, 10, lambda: take(said(7)))  # by webhook: it was not polled
    desk.full = False
    assert await gate.turn(8, 20, lambda: take(said(8)))  # others are not held up
    assert await gate.turn(7, 10, lambda: take(said(7)))


async def test_turns_of_a_chat_keep_their_order_and_chats_do_not_wait_for_each_other() -> None:
    gate = Gate(StillTime())
    log: list[str] = []
    hold = asyncio.Event()

    async def turn(chat: int, n: int) -> None:
        if (chat, n) == (1, 0):
            await hold.wait()
        await asyncio.sleep(0.001 * (3 - n))
        log.append(f"{chat}.{n}")

    tasks = [
        asyncio.create_task(gate.turn(chat * 10 + n, chat, lambda chat=chat, n=n: turn(chat, n)))  # type: ignore[misc]
        for n in range(3)
        for chat in (1, 2)
    ]
    await until(lambda: len(log) == 3)
    assert log == ["2.0", "2.1", "2.2"]
    hold.set()
    await asyncio.gather(*tasks)
    assert log[3:] == ["1.0", "1.1", "1.2"]
    assert gate._lines == {}  # a lock nobody waits for is freed


async def test_a_bug_is_put_aside_and_does_not_shut_the_gate(tmp_path: Path) -> None:
    async def broken() -> None:
        raise KeyError("what somebody wrote")

    aside = tmp_path / "aside.jsonl"
    gate = Gate(StillTime(), aside)
    gate.decoded([{"update_id": 1, "message": {"text": "hello"}}], dict)
    assert await gate.turn(1, 10, broken)
    assert await gate.before_poll() is None
    kept = json.loads(aside.read_text())
    assert kept["update"]["message"]["text"] == "hello"
    assert kept["why"] == "KeyError"


async def test_a_turn_cut_off_is_not_done() -> None:
    gate = Gate(StillTime())
    gate.decoded([raw(1)], dict)
    turn = asyncio.create_task(gate.turn(1, 10, asyncio.Event().wait))
    await asyncio.sleep(0)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    gate.close()
    assert await gate.before_poll() == []  # hence Telegram is not told


def undecodable(update: Raw) -> Raw:
    if "bad" in update:
        raise ValueError("private")
    return update


def test_the_undecodable_is_cleaned_kept_for_its_owner_only_and_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    aside = tmp_path / "aside.jsonl"
    gate = Gate(StillTime(), aside, clean=lambda update: {**update, "bad": "***"})
    bad = {"update_id": 2, "bad": "BSN 123456782"}
    assert gate.decoded([raw(1), bad, raw(3)], undecodable) == [raw(1), raw(2), raw(3)]
    assert gate.counts.put_aside == 1
    note = json.loads(aside.read_text())
    assert note["update"] == {"update_id": 2, "bad": "***"}
    assert "private" not in aside.read_text()
    assert aside.stat().st_mode & 0o777 == 0o600
    assert "update 2" in caplog.text
    assert "BSN" not in caplog.text and "private" not in caplog.text


def test_what_cannot_even_be_cleaned_stops_nobody_and_is_not_written(tmp_path: Path) -> None:
    def broken(update: Raw) -> Raw:
        raise RecursionError

    gate = Gate(StillTime(), tmp_path / "aside.jsonl", clean=broken)
    assert gate.decoded([{"update_id": 2, "bad": "secret"}, raw(3)], undecodable) == [raw(2), raw(3)]
    assert json.loads((tmp_path / "aside.jsonl").read_text())["update"] == {"update_id": 2}


def test_the_put_aside_file_is_capped_and_the_rest_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "ASIDE_UPDATES", 3)
    aside = tmp_path / "aside.jsonl"
    gate = Gate(StillTime(), aside)
    gate.decoded([{"update_id": n, "bad": "x"} for n in range(2)], undecodable)
    again = Gate(StillTime(), aside)  # after a restart what is there counts
    again.decoded([{"update_id": n, "bad": "x"} for n in range(5)], undecodable)
    assert len(aside.read_text().splitlines()) == 3
    assert again.counts.put_aside == 5
    monkeypatch.setattr(gates, "ASIDE_BYTES", aside.stat().st_size + 10)
    monkeypatch.setattr(gates, "ASIDE_UPDATES", 1000)
    Gate(StillTime(), aside).decoded([{"update_id": 9, "bad": "x"}], undecodable)
    assert len(aside.read_text().splitlines()) == 3


def test_what_can_be_neither_read_nor_put_aside_is_not_acknowledged(tmp_path: Path) -> None:
    gate = Gate(StillTime(), tmp_path / "nowhere" / "aside.jsonl")
    with pytest.raises(NotSaved):
        gate.decoded([{"update_id": 1, "bad": "x"}], undecodable)
    assert gate.next_update is None


# Both libraries behind it --------------------------------------------------------------------------------


async def people(box: Sandbox, *names: str) -> list[int]:
    return [(await box.person(name))["id"] for name in names]


async def unconfirmed(box: Sandbox) -> int:
    state = await box.state()
    waiting: int = state["pending"] + state["unconfirmed"]
    return waiting


async def test_no_update_is_acknowledged_before_take_has_returned(box: Sandbox, start: Start) -> None:
    desk = Desk(slow=asyncio.Event())
    ann, bob = await people(box, "Ann", "Bob")
    async with start(desk.take) as bot:
        await box.say(ann, "one")
        await box.say(bob, "two")
        await until(lambda: desk.begun >= 1)
        await asyncio.sleep(0.15)
        assert await unconfirmed(box) == 2
        assert bot.gate.counts.committed == 0
        assert desk.slow
        desk.slow.set()
        await until(lambda: len(desk.heard) == 2)

        async def confirmed() -> bool:
            return await unconfirmed(box) == 0

        await until(confirmed)


async def test_a_failing_store_shuts_the_gate_and_nothing_is_lost(box: Sandbox, start: Start) -> None:
    desk, time = Desk(full=True), StillTime()
    ann, bob = await people(box, "Ann", "Bob")
    async with start(desk.take, clock=time) as bot:
        await box.say(ann, "one")
        await until(lambda: bot.gate.shut and bool(time.sleepers))
        await box.say(ann, "two")
        await box.say(bob, "three")
        for _ in range(3):
            time.advance(60)
            tries = desk.begun
            await until(lambda: desk.begun > tries and bool(time.sleepers))  # noqa: B023
        assert await unconfirmed(box) == 3
        desk.full = False
        time.advance(60)
        await box.settle()
        assert not bot.gate.shut
    assert [text for text in desk.texts if text != "three"] == ["one", "two"]
    assert sorted(set(desk.texts)) == ["one", "three", "two"]


async def test_a_failure_in_the_middle_of_a_batch_keeps_the_order_of_the_chat(box: Sandbox, start: Start) -> None:
    desk, time = Desk(), StillTime()
    ann, bob = await people(box, "Ann", "Bob")
    refused: list[int] = []

    async def take(event: Event) -> None:
        if getattr(event.what, "text", "") == "2" and len(refused) < 2:
            refused.append(event.update)
            raise NotSaved
        await desk.take(event)

    for n in range(5):
        await box.say(ann, str(n))
    await box.say(bob, "b")
    async with start(take, clock=time):
        for n in (1, 2):
            await until(lambda: len(refused) == n and bool(time.sleepers))  # noqa: B023
            assert await unconfirmed(box) == 6
            time.advance(60)
        await box.settle()
    anns = [event for event in desk.heard if event.chat == ann]
    first_time = list(dict.fromkeys(event.update for event in anns))
    assert first_time == sorted(first_time)
    assert {event.update for event in desk.heard} == set(range(1, 7))


async def test_order_in_a_chat_and_concurrency_across_chats(box: Sandbox, start: Start) -> None:
    chats = await people(box, *"ABCDEFGH")
    now: set[int] = set()
    most = 0
    order: list[tuple[int, int]] = []

    async def take(event: Event) -> None:
        nonlocal most
        assert event.chat not in now
        now.add(event.chat)
        most = max(most, len(now))
        await asyncio.sleep(0.002 + 0.003 * (event.update % 3 == 0))
        now.discard(event.chat)
        order.append((event.chat, event.update))

    for n in range(10):
        for chat in chats:
            await box.say(chat, f"{n}")
    async with start(take):
        await box.settle()
    assert len(order) == 80
    for chat in chats:
        mine = [update for whose, update in order if whose == chat]
        assert mine == sorted(mine)
    assert most > 3


def hidden_user(person: int) -> dict[str, Any]:
    """Really sent by Telegram, and undecodable for both libraries (aiogram #1840)."""
    return {
        "message": {
            "message_id": 900,
            "date": 1422450181,
            "chat": {"id": person, "type": "private", "first_name": "Ann"},
            "from": {"id": person, "is_bot": False, "first_name": "Ann"},
            "text": "look what they wrote",
            "forward_origin": {"type": "hidden_user", "date": 1422450181},
        }
    }


async def test_an_undecodable_update_does_not_stop_the_next_person(box: Sandbox, start: Start, tmp_path: Path) -> None:
    desk = Desk()
    ann, bob = await people(box, "Ann", "Bob")
    await box.say(ann, "before")
    await box.raw(hidden_user(ann))
    await box.say(bob, "after")
    async with start(desk.take, aside=tmp_path / "aside.jsonl") as bot:
        await box.settle()
        assert sorted(desk.texts) == ["after", "before"]
        assert bot.gate.counts.put_aside == 1
        assert bot.gate.counts.committed == 3
    assert json.loads((tmp_path / "aside.jsonl").read_text())["update"]["message"]["chat"]["id"] == ann


async def test_stopping_finishes_the_turns_under_way_and_confirms_them(box: Sandbox, start: Start) -> None:
    desk = Desk(slow=asyncio.Event())
    chats = await people(box, *"ABCDEFGHIJ")
    for chat in chats:
        await box.say(chat, "hello")
    async with start(desk.take) as bot:
        await until(lambda: desk.begun == 10)
        stopping = asyncio.create_task(bot.engine.stop())
        await box.say(chats[0], "too late")
        await asyncio.sleep(0.05)
        assert not bot.run.done()
        assert desk.slow
        desk.slow.set()
        await stopping
        await asyncio.wait_for(bot.run, 5)
    assert desk.texts == ["hello"] * 10
    assert await unconfirmed(box) == 1  # and the one that came too late stays with Telegram
    assert await unconfirmed(box) == (await box.state())["pending"] + (await box.state())["unconfirmed"]


async def test_stopping_while_the_store_fails_confirms_nothing(box: Sandbox, start: Start) -> None:
    desk, time = Desk(full=True), StillTime()
    (ann,) = await people(box, "Ann")
    await box.say(ann, "hello")
    async with start(desk.take, clock=time) as bot:
        await until(lambda: bool(time.sleepers))
        await asyncio.wait_for(bot.end(), 5)
    assert await unconfirmed(box) == 1


async def test_a_library_that_polls_on_can_be_stopped(box: Sandbox, start: Start) -> None:
    (ann,) = await people(box, "Ann")
    async with start(Desk().take) as bot:
        await until(lambda: box.poll.polling)
        await box.say(ann, "hello")  # the poll is answered in the moment of stopping
        await asyncio.wait_for(bot.end(), 5)


async def test_the_same_update_twice_is_offered_twice_and_never_hangs(box: Sandbox, start: Start) -> None:
    desk = Desk()
    (ann,) = await people(box, "Ann")
    await box.fault("duplicate")
    await box.say(ann, "hello")
    async with start(desk.take):
        await box.settle()
        await box.say(ann, "again")
        await box.settle()
    assert set(desk.texts) == {"hello", "again"}  # the desk knows what it has seen


async def test_stopping_does_not_wait_for_a_network_that_is_down(box: Sandbox, start: Start) -> None:
    desk = Desk(slow=asyncio.Event())
    (ann,) = await people(box, "Ann")
    await box.say(ann, "hello")
    async with start(desk.take) as bot:
        await until(lambda: desk.begun == 1)
        await box.fault("500", method="getUpdates", times=99)
        ending = asyncio.create_task(bot.end())
        assert desk.slow
        desk.slow.set()
        await asyncio.wait_for(ending, 0.8)


async def test_a_trouble_of_the_network_passes(box: Sandbox, start: Start) -> None:
    desk = Desk()
    (ann,) = await people(box, "Ann")
    for what in ("reset_after", "502html"):
        await box.fault(what, method="getUpdates")
    async with start(desk.take):
        await box.say(ann, "hello")
        await until(lambda: bool(desk.heard), 15)
        await box.settle()
    assert "hello" in desk.texts
