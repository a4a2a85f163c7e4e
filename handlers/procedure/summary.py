"""The summary per rubric and period: what is counted, from when to when, and against what.

It reads only the complaints register. Received counts by the day of receipt, closed by the day of closing, open
and late as they stand today; so a period never looks better because hard cases are still open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included. `name`: month, quarter, year or dates."""

    name: str
    first: date
    last: date

    @property
    def before(self) -> Period:
        """The period just before this one, of the same kind; for typed dates, of the same length."""
        end = self.first - timedelta(days=1)
        if self.name == "dates":
            return Period("dates", end - (self.last - self.first), end)
        return period(self.name, end)


def period(name: str, day: date) -> Period:
    """The week (Monday to Sunday), calendar month, quarter or year that *day* lies in."""
    if name == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(name, monday, monday + timedelta(days=6))
    if name == "year":
        return Period(name, date(day.year, 1, 1), date(day.year, 12, 31))
    months = 3 if name == "quarter" else 1
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    after = date(first.year + (first.month + months > 12), (first.month + months - 1) % 12 + 1, 1)
    return Period(name, first, after - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Counts:
    received: int = 0
    before: int = 0
    open: int = 0
    closed: int = 0
    late: int = 0
    structural: int = 0


class Register(Protocol):
    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]: ...


def count(register: Register, when: Period, today: date) -> dict[str, Counts]:
    """The counts of each rubric that has any, most received first."""
    span = (when.first.isoformat(), when.last.isoformat())
    earlier = (when.before.first.isoformat(), when.before.last.isoformat())
    received = register.tally(("rubric",), received=span)
    before = register.tally(("rubric",), received=earlier)
    opened = register.tally(("rubric",), open="yes")
    closed, structural = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for (kind, rubric), n in register.tally(("kind", "rubric"), closed=span).items():
        closed[(rubric,)] += n
        structural[(rubric,)] += n if kind == "structural" else 0
    due = (date.min.isoformat(), (today - timedelta(days=1)).isoformat())  # and not "", where no outcome is owed
    late = register.tally(("rubric",), open="yes", outcome="", outcome_by=due)
    rubrics = {key[0] for counted in (received, before, opened, closed, late) for key in counted}
    rows = {
        rubric: Counts(*(counted.get((rubric,), 0) for counted in (received, before, opened, closed, late, structural)))
        for rubric in rubrics
    }
    return dict(sorted(rows.items(), key=lambda row: (-row[1].received, -row[1].open, row[0])))


def days_taken(register: Register, when: Period) -> dict[str, int]:
    """How many days half of the complaints closed in *when* took at most, per rubric (R04)."""
    span = (when.first.isoformat(), when.last.isoformat())
    took: dict[str, list[int]] = {}
    for (rubric, days), n in register.tally(("rubric", "days"), closed=span).items():
        if days is not None:  # an imported row may not tell
            took.setdefault(rubric, []).extend([int(days)] * n)
    return {rubric: sorted(days)[(len(days) - 1) // 2] for rubric, days in took.items()}


def satisfaction(register: Register, when: Period) -> tuple[float, int] | None:
    """How satisfied the clients of complaints closed in *when* were, 1 to 5 on average, and how many said so (R05)."""
    counted = register.tally(("satisfaction",), closed=(when.first.isoformat(), when.last.isoformat()))
    scores = {int(score): n for (score,), n in counted.items() if score}
    answers = sum(scores.values())
    return (sum(score * n for score, n in scores.items()) / answers, answers) if answers else None


def total(rows: Mapping[str, Counts]) -> Counts:
    return Counts(*(sum(getattr(row, name) for row in rows.values()) for name in Counts.__slots__))
