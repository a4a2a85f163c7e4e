"""What it means that a message arrived, or never will.

A receipt that Telegram took is the acknowledgement of a complaint; a person who cannot be reached is called instead,
and a mediator who cannot is replaced. The surprising truth: Telegram tells us of a blocked bot only when we write, so
both are turns like any other.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from bot.counter import Counter
from bot.office import Office, Rules
from bot.record import STAFF, load_case
from handlers.acts import File
from handlers.notices.taking import receipt_slot
from handlers.procedure.case import Happened
from handlers.procedure.steps import Actor
from storage.store import Tx


def arrived(tx: Tx, rules: Rules, now: datetime, row: dict[str, Any]) -> None:
    """Telegram took a message. The receipt counts as acknowledgement from here, not from when we wrote it (R12)."""
    case = load_case(tx, row["case"]) if row["slot"] == receipt_slot(row["case"]) else None
    if case is not None and case.acknowledged is None:
        counter = Counter(Office(tx, rules, now, Random(0), Actor(0, "", "nl")))
        counter.carry_out((File(case.number, Happened("acknowledged", now, "bot", {})),))


def unreachable(tx: Tx, rules: Rules, now: datetime, chance: Random, row: dict[str, Any]) -> None:
    """What follows from a message that will never arrive."""
    tx.audit({"what": "undelivered", "case": row["case"], "role": row["role"], "at": now.isoformat()})
    case = load_case(tx, row["case"]) if row["case"] else None
    if case is None or not case.open:
        return
    counter = Counter(Office(tx, rules, now, chance, Actor(0, "", "nl")))
    if row["chat"] == case.client and not case.unreachable:
        counter.carry_out((File(case.number, Happened("unreachable", now, "bot", {})),))
    staff = tx.find(STAFF.name, person=row["chat"])
    if case.status == "assigned" and any(colleague["key"] == case.mediator for colleague in staff):
        counter.carry_out((File(case.number, Happened("passed", now, "bot", {"mediator": case.mediator})),))
