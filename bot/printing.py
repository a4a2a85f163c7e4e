"""The print room: makes the document an outbox row asks for, when the row leaves and not before.

The row says which paper, of which case after how many events, and in which language; here that is looked up, the rights
of who asked are asked again, and the page is set in a thread of its own. How it looks lives in bot/documents/. The
surprising truth: nothing made here is kept, so a paper that must be sent twice is made twice, and is the same.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, TypeAlias

from bot.events import PICTURE, Action, Edit, Paper, Receipt, Send, unpacked
from bot.office import Office, Rules
from bot.record import OUTBOX, REGISTER, load_case
from handlers import paperwork
from handlers.procedure.papers import paper as papers
from handlers.procedure.steps import Actor
from handlers.texts import T, Text
from storage.store import Store, StoreError, Tx

log = logging.getLogger(__name__)
PATIENCE = 3.0  # seconds until it is told how far a paper is, and between two such tidings
READ = 0.5  # of the time of a long paper goes into reading its rows
PARAGRAPH = "\n\n"
MAKING = T("paper_making", "This is being made: {percent} %. You get it here in this chat.")
READY = T("paper_ready", "This is ready.")
NOT_MADE = T("err_paper", "This paper could not be made. That is our fault. Call {phone}, or ask for it again later.")


@dataclass
class Far:
    """How far a paper is, of 1; written in the thread that makes it and read beside it."""

    share: float = 0.0


Say: TypeAlias = Callable[[Action], Awaitable[Receipt | None]]


async def _nothing(action: Action) -> Receipt | None:
    return None


class PrintRoom:
    """One page is set at a time: a handful of people ask for papers, and memory is for everybody."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.store, self.rules = store, rules
        self._one = asyncio.Lock()

    async def make(self, row: dict[str, Any], say: Say = _nothing) -> Action | None:
        """What is sent for *row*: the paper, an apology where we cannot make it, nothing to who may not have it.

        What takes long tells meanwhile in the chat how far it is; *say* carries that out at once, or gives None.
        """
        far = Far()
        making = asyncio.create_task(self._made(row, far))
        telling = Telling(self.store, self.rules, row, say)
        try:
            while not (await asyncio.wait({making}, timeout=PATIENCE))[0]:
                await telling.say(far)
            found = making.result()
            await telling.over()
            return found
        finally:
            making.cancel()

    async def _made(self, row: dict[str, Any], far: Far) -> Action | None:
        try:
            async with self._one:
                found = await self.store.read(lambda tx: composed(tx, self.rules, row))
                if isinstance(found, paperwork.Gather):
                    found = await self._gathered(found, far)
                return await asyncio.to_thread(printed, found, self.rules, row, far) if found else None
        except StoreError:
            raise  # the disk: the row waits
        except Exception:
            log.exception("the paper of outbox row %s could not be made", row["id"])
            phone = self.rules.firm.contact.phone
            sorry = self.rules.words.html(replace(NOT_MADE, fields={"phone": phone}), row["language"])
            return Send(row["chat"], sorry, protect=row["role"] == "staff")

    async def _gathered(self, wanted: paperwork.Gather, far: Far) -> papers.Paper | paperwork.Sheet:
        """The paper of many rows: read in pieces, for everybody's writing waits for what is read."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for n, (name, where) in enumerate(wanted.pieces, 1):
            piece = await self.store.read(partial(_piece, where))
            rows.setdefault(name, []).extend(piece)
            far.share = READ * n / len(wanted.pieces)
        return await asyncio.to_thread(wanted.made, rows)


class Telling:
    """One message that says how far a paper is, edited in place; its id stands in the row, so also after a crash."""

    def __init__(self, store: Store, rules: Rules, row: dict[str, Any], say: Say) -> None:
        self.store, self.rules, self.row, self._say = store, rules, row, say
        self.message, self.said = int(row["message"]), ""

    async def say(self, far: Far) -> None:
        """Now, if it is something else than was said last."""
        await self._put(replace(MAKING, fields={"percent": int(100 * far.share)}))

    async def over(self) -> None:
        if self.message:
            await self._put(READY)

    async def _put(self, how: Text) -> None:
        order, chat = _order(self.row), self.row["chat"]
        text = f"{order.caption.partition(PARAGRAPH)[0]}\n{self.rules.words.html(how, self.row['language'])}"
        if text == self.said:
            return
        if self.message:
            await self._say(Edit(chat, self.message, text))
        elif sent := await self._say(Send(chat, text, protect=self.row["role"] == "staff", quiet=True)):
            self.message = sent.message
            await self.store.run(partial(_noted, self.row["id"], sent.message))
        self.said = text


def _piece(where: Mapping[str, Any], tx: Tx) -> list[dict[str, Any]]:
    return tx.find(REGISTER.name, **where)


def _noted(row_id: str, message: int, tx: Tx) -> None:
    row = tx.get(OUTBOX.name, row_id)
    if row is not None:
        tx.put(OUTBOX.name, row | {"message": message})


def composed(
    tx: Tx, rules: Rules, row: dict[str, Any]
) -> papers.Paper | paperwork.Sheet | paperwork.Picture | paperwork.Gather | None:
    """What stands in the paper; None when whoever asked may not have it (any more), or the case is gone."""
    order = _order(row)
    wanted = paperwork.PAPERS[order.paper]
    asked_at = datetime.fromtimestamp(row["at"], UTC)
    office = Office(tx, rules, asked_at, Random(0), Actor(row["chat"], "", order.language))
    office.recognise(order.language)
    now = office.case(order.case) if order.case else None
    if (order.case and now is None) or not wanted.may(office.actor, now):
        log.warning("outbox row %s asks for a paper that is not this person's", row["id"])
        return None
    case = load_case(tx, order.case, order.version) if order.case else None
    return wanted.make(office, case, order.arg)


def printed(
    paper: papers.Paper | paperwork.Sheet | paperwork.Picture, rules: Rules, row: dict[str, Any], far: Far
) -> Paper:
    """The bytes, and a name that says what they are. What makes them is loaded only now: it is 80 MB that a bot which
    prints nothing does without."""
    order = _order(row)
    firm, words, language = rules.firm, rules.words, order.language
    match paper:
        case papers.Paper():
            from bot.documents.pdf import render

            about = f"{paper.number[:4]}-{paper.number[4:]}" if paper.number else order.arg.partition(" ")[0]
            data, ending = render(paper, language, firm, words), ".pdf"
        case paperwork.Sheet():
            from bot.documents.sheets import register_xlsx

            about = order.arg

            def told(share: float) -> None:
                far.share = READ + (1 - READ) * share

            data, ending = register_xlsx(paper.rows, firm, words, language, told), ".xlsx"
        case paperwork.Picture():
            from bot.documents.charts import summary_png

            about = order.arg
            drawn = summary_png(paper.counts, paper.when, paper.trend, firm, words, language, paper.rubric)
            data, ending = drawn, PICTURE
    file = re.sub(r"[^\w-]+", "-", f"{words.plain(paper.name, language)} {about}").strip("-")
    return replace(order, name=f"{file}{ending}", data=data)


def _order(row: dict[str, Any]) -> Paper:
    order = unpacked(row["action"])
    assert isinstance(order, Paper)
    return order
