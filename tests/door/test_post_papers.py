"""A document in the outbox: made when it leaves, at each attempt anew, while the chat shows that it is coming."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

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
    Send,
    Unreachable,
    packed,
    unpacked,
)
from bot.post import BUSY, Say
from storage.store import Full
from tests.door.conftest import until
from tests.door.test_post import ANN, Office, Row, Telegram

ORDER = Paper(ANN, "form", "nl", case="C", version=3, caption="<b>Het formulier</b>")
MADE = replace(ORDER, name="formulier.pdf", data=b"%PDF-1.7 echt")


class Carrier(Telegram):
    async def do(self, action: Action) -> Receipt:
        receipt = await super().do(action)
        if isinstance(action, Paper):
            self._messages += 1
            return Receipt(self._messages)
        return receipt

    def documents(self) -> list[Paper]:
        return [did for _, did in self.done if isinstance(did, Paper)]


class Printing(Office):
    """An office whose print room gives what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[Row] = []
        self.gives: list[Action | Exception | None] = []
        self.slow: asyncio.Event | None = None
        super().__init__(folder, make=self.make)
        self.telegram = Carrier(self.time)
        self.task.cancel()
        self.open()

    async def make(self, row: Row, say: Say) -> Action | None:
        self.asked.append(row)
        if self.slow:
            await self.slow.wait()
        given = self.gives.pop(0) if self.gives else MADE
        if isinstance(given, Exception):
            raise given
        return given

    @property
    def carrier(self) -> Carrier:
        assert isinstance(self.telegram, Carrier)
        return self.telegram


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Printing]:
    office = Printing(tmp_path)
    yield office
    await office.close()


async def test_it_waits_as_words_and_leaves_as_a_file(office: Printing) -> None:
    await office.put(ORDER, slot="paper")
    [row] = await office.outbox()
    assert "data" not in row["action"]
    assert unpacked(row["action"]) == ORDER
    await office.quiet()
    assert [did for _, did in office.carrier.done] == [Busy(ANN), MADE]
    assert await office.outbox() == []
    [slot] = await office.slots()
    assert slot["name"] == f"{ANN}:paper"


def test_bytes_never_wait_in_the_outbox() -> None:
    assert "data" not in packed(MADE)
    assert unpacked(packed(MADE)) == replace(MADE, data=b"")


async def test_while_it_takes_long_the_chat_is_told_so_again(office: Printing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.post.BUSY", BUSY / 400)
    office.slow = asyncio.Event()
    await office.put(ORDER)
    await until(lambda: [did for _, did in office.carrier.done].count(Busy(ANN)) >= 3)
    assert office.carrier.documents() == []
    office.slow.set()
    await office.quiet()
    assert office.carrier.documents() == [MADE]


async def test_what_is_not_theirs_any_more_goes_without_a_word(office: Printing) -> None:
    office.gives = [None]
    await office.put(ORDER)
    await office.quiet()
    assert office.carrier.documents() == []
    assert await office.outbox() == []
    assert office.unreachable == []


async def test_what_cannot_be_made_is_told_instead(office: Printing) -> None:
    office.gives = [Send(ANN, "onze fout")]
    await office.put(ORDER)
    await office.quiet()
    assert office.carrier.said(ANN)[-1] == "onze fout"
    assert await office.outbox() == []


async def test_a_disk_that_says_no_is_waited_for(office: Printing) -> None:
    office.gives = [Full()]
    await office.put(ORDER)
    await office.pass_time(3)
    assert office.carrier.documents() == [MADE]
    assert len(office.asked) == 2


async def test_after_a_cut_it_is_made_again_and_says_so(office: Printing) -> None:
    office.carrier.will(ANN, None, Unreachable(maybe_sent=True))
    await office.put(ORDER)
    await office.pass_time(3)
    first, again = office.carrier.documents()
    assert first == MADE
    assert again == replace(MADE, caption="(client: repeated)\n<b>Het formulier</b>")
    assert len(office.asked) == 2


async def test_after_a_crash_too(office: Printing) -> None:
    hanging = asyncio.Event()

    async def hang() -> None:
        await hanging.wait()

    office.carrier.will(ANN, None, hang)
    await office.put(ORDER)
    await until(lambda: len(office.carrier.documents()) == 1)
    await office.crash()
    await office.quiet()
    assert office.carrier.documents()[-1].caption.startswith("(client: repeated)")
    assert await office.outbox() == []


async def test_a_crash_while_it_is_made_sends_it_once(office: Printing) -> None:
    office.slow = asyncio.Event()
    await office.put(ORDER)
    await until(lambda: len(office.asked) == 1)
    await office.crash()
    office.slow.set()
    await office.quiet()
    assert len(office.carrier.documents()) == 1
    assert await office.outbox() == []


async def test_what_is_said_meanwhile_goes_out_at_once(office: Printing) -> None:
    async def make(row: Row, say: Say) -> Action | None:
        first = await say(Send(ANN, "20 %"))
        assert first is not None and first.message
        await say(Edit(ANN, first.message, "60 %"))
        return MADE

    office.post._make = make
    await office.put(ORDER)
    await office.quiet()
    did = [did for _, did in office.carrier.done if not isinstance(did, Busy)]
    assert [type(one) for one in did] == [Send, Edit, Paper]


async def test_a_picture_that_takes_the_place_of_one_may_be_put_twice(office: Printing) -> None:
    """It is no new message: after a cut it is done again without a word, and it gets no place of its own."""
    office.gives = [replace(MADE, name="plaatje.png", message=7)] * 2
    office.carrier.will(ANN, None, Unreachable(maybe_sent=True))
    await office.put(replace(ORDER, message=7))
    await office.pass_time(3)
    assert [done.caption for done in office.carrier.documents()] == ["<b>Het formulier</b>"] * 2
    assert await office.outbox() == [] and await office.slots() == []


async def test_a_pause_telegram_asks_for_is_no_attempt(office: Printing) -> None:
    office.carrier.will(ANN, None, Later(7))
    await office.put(ORDER)
    await office.pass_time(6)
    assert len(office.carrier.documents()) == 1
    await office.pass_time(2)
    assert office.carrier.documents() == [MADE, MADE]


async def test_a_caption_that_is_refused_goes_plain(office: Printing) -> None:
    office.carrier.will(ANN, None, Malformed("can't parse entities"))
    await office.put(ORDER)
    await office.quiet()
    assert [document.caption for document in office.carrier.documents()] == ["<b>Het formulier</b>", "Het formulier"]


@pytest.mark.parametrize("refusal", [Blocked("blocked"), Gone("gone")])
async def test_who_cannot_be_reached_is_told_of(office: Printing, refusal: Exception) -> None:
    office.carrier.will(ANN, None, refusal)
    await office.put(ORDER)
    await office.quiet()
    assert [row["action"]["do"] for row in office.unreachable] == ["Paper"]


async def test_a_chat_that_shows_nothing_gets_it_all_the_same(office: Printing) -> None:
    office.carrier.will(ANN, Unreachable(maybe_sent=False))
    await office.put(ORDER)
    await office.quiet()
    assert office.carrier.documents() == [MADE]


async def test_others_do_not_wait_for_it(office: Printing) -> None:
    office.slow = asyncio.Event()
    await office.put(ORDER)
    await office.put(Send(2, "hallo"), chat=2)
    await until(lambda: "hallo" in office.carrier.said(2))
    assert office.carrier.documents() == []
    office.slow.set()
    await office.quiet()
