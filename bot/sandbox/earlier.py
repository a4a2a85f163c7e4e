"""Forty invented complaints of the past eight months, so that a summary in the demonstration has something to say.

The same ones every time, told as events like any other case. The surprising truth: their stories are the example
sentences of organisation.toml, so a firm that brings its own topics sees its own stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bot import record, settings
from bot.assembly import open_store
from bot.office import ALPHABET
from handlers.firm import Firm
from handlers.mediator.card import KINDS
from handlers.procedure.case import Case, Complaint, Happened, filed
from handlers.procedure.measures import CAUSES, MEASURES
from storage.store import Tx

HOW_MANY, MONTHS, SEED = 40, 8, 1846
SPARED = "karim"  # has no case yet, so that the first complaint of the demonstration comes to the pane beside it
BUSY = "joke"  # and she has one that is open
NAMES = "Ans Bertus Cor Dina Evert Fenna Gerrit Hanneke Ineke Jaap".split()
DAYS = {"accepted": 1, "cause": 4, "measure": 5, "judged": 6, "proposed": 9, "agreed": 12, "closed": 13}


def fill(env: Mapping[str, str]) -> None:
    """Write them into the record that *env* names; nothing happens where there are cases already."""
    ours = settings.read(env)
    store = open_store(ours)
    chance, now = Random(SEED), datetime.now(UTC)

    def work(tx: Tx) -> None:
        if tx.count(record.CASES.name):
            return
        for client in range(HOW_MANY):
            number = "".join(chance.choice(ALPHABET) for _ in range(8))
            received = now - timedelta(days=chance.uniform(1, MONTHS * 30), hours=chance.uniform(0, 9))
            case: Case | None = None
            mediator = chance.choice([person.key for person in ours.firm.people if person.key != SPARED])
            if client == 0:
                received, mediator = now - timedelta(days=2), BUSY
            for event in life(ours.firm, chance, 4_000_000 + client, received, now, mediator):
                case = record.append(tx, ours.firm, ours.zone, case, number, event)

    try:
        store.run_now(work)
    finally:
        store.close()


def life(
    firm: Firm, chance: Random, client: int, received: datetime, now: datetime, mediator: str
) -> Iterator[Happened]:
    """The events of one case up to *now*: most took two weeks, some are late, the newest are still open."""
    rubric = chance.choice(firm.rubrics)
    examples = rubric.examples.get("nl") or (rubric.labels.get("nl", rubric.code),)
    name = chance.choice(NAMES)
    complaint = Complaint(
        story=(chance.choice(examples),), rubric=rubric.code, device="#no_device", when="#unknown",
        wishes=("#solve",), name=name, contact="#telegram",
    )  # fmt: skip
    told: dict[str, dict[str, Any]] = {
        "accepted": {"mediator": mediator},
        "cause": {"code": chance.choice(CAUSES).name, "text": "Zo is het gegaan."},
        "measure": {"code": chance.choice(MEASURES).name, "what": "Het is hersteld.", "owner": mediator, "due": None,
                    "kind": "corrective"},
        "judged": {"kind": KINDS[chance.random() < 0.3].name, "reason": ""},
        "proposed": {"result": "solved", "looked_at": "Het dossier", "for_you": "Het is hersteld.", "change": "",
                     "personal": ""},
        "agreed": {"version": 1},
        "closed": {"how": "agreed"},
    }  # fmt: skip
    first = {"client": client, "language": "nl", "channel": "chat", "complaint": filed(complaint), "named": []}
    yield Happened("received", received, "client", first)
    yield Happened("acknowledged", received, "bot", {})
    slow = chance.choice((0.5, 1.0, 1.0, 1.0, 4.0))
    for kind, days in DAYS.items():
        at = received + timedelta(days=days * slow)
        if at >= now:
            return
        if kind == "accepted":
            yield Happened("assigned", at - timedelta(hours=1), "bot", {"mediator": mediator})
        yield Happened(kind, at, "client" if kind == "agreed" else mediator, told[kind])
