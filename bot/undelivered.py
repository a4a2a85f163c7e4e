"""When somebody cannot be reached: the mediator's stand-in gets the case, and the card says "call instead".

The surprising truth: Telegram tells us of a blocked bot only when we write; so this is a turn like any other.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from bot.counter import Counter
from bot.office import Office, Rules
from bot.record import STAFF, load_case
from handlers.acts import File
from handlers.procedure.case import Happened
from handlers.procedure.steps import Actor
from storage.store import Tx


def unreachable(tx: Tx, rules: Rules, now: datetime, chance: Random, row: dict[str, Any]) -> None:
    """What follows from an outbox row that will never arrive."""
    tx.audit({"what": "undelivered", "case": row["case"], "role": row["role"], "at": now.isoformat()})
    case = load_case(tx, row["case"]) if row["case"] else None
    if case is None or not case.open:
        return
    counter = Counter(Office(tx, rules, now, chance, Actor(0, "", "nl")))
    if row["chat"] == case.client and not case.unreachable:
        counter.carry_out((File(case.number, Happened("unreachable", now, "bot", {})),))
    staff = tx.find(STAFF.name, person=row["chat"])
    if staff and case.status == "assigned" and staff[0]["key"] == case.mediator:
        counter.carry_out((File(case.number, Happened("passed", now, "bot", {"mediator": case.mediator})),))
