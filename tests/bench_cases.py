"""A record with many cases in it, and what a summary of them costs.

The surprising truth: nobody lives through 100,000 complaints here. A few hundred are lived through, and then their
rows are copied under new numbers, each sealed under a key of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bot import record
from bot.assembly import open_store
from bot.office import ALPHABET
from bot.record import CASES, EVENTS, REGISTER
from bot.sandbox import earlier
from bot.settings import Settings
from handlers.procedure import register, summary
from handlers.procedure.case import Happened, fold
from storage.store import Store, Tx
from tests.conftest import example

PATTERNS = 200  # complaints lived through
ONE_COMMIT = 5000  # cases
Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A case as its rows."""

    events: tuple[Doc, ...]
    case: Doc
    register: Doc


def written(ours: Settings, events: Sequence[Happened]) -> Written:
    case = fold("", events)
    rows = tuple(record.stored("", place, event) for place, event in enumerate(events))
    row = register.row(case, ours.firm, ours.zone)
    return Written(rows, record.case_row(case, ours.firm, ours.zone), row)


def lived(ours: Settings, now: datetime) -> list[Written]:
    """Complaints of the past eight months, most of them closed."""
    chance = Random(7)
    days = (chance.uniform(1, 240) for _ in range(PATTERNS))
    lives = (earlier.life(ours.firm, chance, 1, now - timedelta(days=day), now, "joke") for day in days)
    return [written(ours, list(life)) for life in lives]


def received(ours: Settings, now: datetime) -> list[Written]:
    """Complaints of this moment, all open, with no deadline that is past."""
    chance = Random(8)
    lives = [list(earlier.life(ours.firm, chance, 1, now, now + timedelta(days=1), "joke")) for _ in range(PATTERNS)]
    return [written(ours, life[:2]) for life in lives]


def fill(store: Store, patterns: Sequence[Written], cases: int, events: int = 2) -> None:
    """So many cases, with so many events each at most."""
    chance, numbers = Random(9), iter(range(cases))

    def work(tx: Tx) -> None:
        for _, n in zip(range(ONE_COMMIT), numbers, strict=False):
            number, pattern = "".join(chance.choices(ALPHABET, k=8)), patterns[n % len(patterns)]
            for place, row in enumerate(pattern.events[:events]):
                named = {"id": f"{number}:{place:05}", "case": number, "subject": record.case_subject(number)}
                tx.add(EVENTS.name, row | named)
            tx.add(CASES.name, pattern.case | {"number": number, "client": 4_000_000 + n})
            tx.add(REGISTER.name, pattern.register | {"number": number})

    for _ in range(0, cases, ONE_COMMIT):
        store.run_now(work)


def filled(folder: Path, cases: int) -> None:
    """A record of the shipped firm in *folder*, closed again, with so many new complaints."""
    ours = example(folder)
    store = open_store(ours)
    fill(store, received(ours, datetime.now(UTC)), cases)
    store.close()


@dataclass(frozen=True, slots=True)
class _Register:
    tx: Tx

    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]:
        return self.tx.tally(REGISTER.name, by, **where)


def summaries(folder: Path, cases: int, times: int) -> Iterator[tuple[str, float]]:
    """The kind of period, and the median of the milliseconds that its summary took."""
    ours, now = example(folder), datetime.now(UTC)
    store = open_store(ours)
    fill(store, lived(ours, now), cases, events=1)
    for name in ("month", "quarter", "year"):
        yield name, median(_summary(store, summary.period(name, now.date()), now.date()) for _ in range(times))
    store.close()


def _summary(store: Store, when: summary.Period, today: date) -> float:
    begun = time.perf_counter()
    counted = store.read_now(lambda tx: summary.count(_Register(tx), when, today))
    took = time.perf_counter() - begun
    assert summary.total(counted).received
    return took * 1000
