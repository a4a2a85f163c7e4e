"""The print room: makes the document an outbox row asks for, when the row leaves and not before.

The row says which paper, of which case after how many events, and in which language; here that is looked up, the rights
of who asked are asked again, and the page is set in a thread of its own. How it looks lives in bot/documents/. The
surprising truth: nothing made here is kept, so a paper that must be sent twice is made twice, and is the same.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from bot.events import PICTURE, Action, Paper, Send, unpacked
from bot.office import Office, Rules
from bot.record import load_case
from handlers import paperwork
from handlers.procedure.papers import paper as papers
from handlers.procedure.steps import Actor
from handlers.texts import T
from storage.store import Store, StoreError, Tx

log = logging.getLogger(__name__)
NOT_MADE = T("err_paper", "This paper could not be made. That is our fault. Call {phone}, or ask for it again later.")


class PrintRoom:
    """One page is set at a time: a handful of people ask for papers, and memory is for everybody."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.store, self.rules = store, rules
        self._one = asyncio.Lock()

    async def make(self, row: dict[str, Any]) -> Action | None:
        """What is sent for *row*: the paper, an apology where we cannot make it, nothing to who may not have it."""
        try:
            async with self._one:
                found = await self.store.read(lambda tx: composed(tx, self.rules, row))
                return await asyncio.to_thread(printed, found, self.rules, row) if found else None
        except StoreError:
            raise  # the disk: the row waits
        except Exception:
            log.exception("the paper of outbox row %s could not be made", row["id"])
            phone = self.rules.firm.contact.phone
            sorry = self.rules.words.html(replace(NOT_MADE, fields={"phone": phone}), row["language"])
            return Send(row["chat"], sorry, protect=row["role"] == "staff")


def composed(tx: Tx, rules: Rules, row: dict[str, Any]) -> papers.Paper | paperwork.Sheet | paperwork.Picture | None:
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


def printed(paper: papers.Paper | paperwork.Sheet | paperwork.Picture, rules: Rules, row: dict[str, Any]) -> Paper:
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
            data, ending = register_xlsx(paper.rows, firm, words, language), ".xlsx"
        case paperwork.Picture():
            from bot.documents.charts import summary_png

            about = order.arg
            data, ending = summary_png(paper.counts, paper.when, paper.trend, firm, words, language), PICTURE
    file = re.sub(r"[^\w-]+", "-", f"{words.plain(paper.name, language)} {about}").strip("-")
    return replace(order, name=f"{file}{ending}", data=data)


def _order(row: dict[str, Any]) -> Paper:
    order = unpacked(row["action"])
    assert isinstance(order, Paper)
    return order
