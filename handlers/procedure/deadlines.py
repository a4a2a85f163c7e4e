"""Deadlines are derived: from what happened to a case and the firm's terms, never stored, so no edit resets them.

`due` says what the clock has to do for a case and when; a sent reminder is an event ("reminded"), so each fires
once. Days are local calendar days of the firm's zone, due at their last minute; working days skip weekends and
the Dutch holidays. The surprising truth: nothing here knows what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from handlers.firm import Retention, Terms
from handlers.procedure.case import Case

OFFICE_OPENS = time(9)  # reminders are for people at work
WARNINGS = (14, 7, 2)  # days before the outcome is due


@dataclass(frozen=True, slots=True)
class Due:
    """At *at* (UTC) the clock wakes the desk for *what*."""

    what: str
    at: datetime


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the rule of 1876 that needs no tables)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    rest = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * rest) // 451
    month, day = divmod(h + rest - 7 * m + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=16)
def holidays(year: int) -> frozenset[date]:
    """The Dutch public holidays on which an office is closed; Liberation Day counts once in five years."""
    sunday = easter(year)
    king = date(year, 4, 27)
    days = {
        date(year, 1, 1),
        sunday + timedelta(days=1),
        king - timedelta(days=1) if king.weekday() == 6 else king,
        sunday + timedelta(days=39),
        sunday + timedelta(days=50),
        date(year, 12, 25),
        date(year, 12, 26),
    }
    return frozenset(days | ({date(year, 5, 5)} if year % 5 == 0 else set()))


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def add_working_days(start: date, days: int) -> date:
    """The day that lies *days* working days after *start*."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= works(day)
    return day


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def reply_by(case: Case, terms: Terms, zone: ZoneInfo) -> date:
    """When the client hears from a person at the latest."""
    return add_working_days(local_day(case.received, zone), terms.reply_working_days)


def outcome_by(case: Case, terms: Terms, zone: ZoneInfo) -> date:
    """When the client has the outcome at the latest: counted from receipt, whatever happened since."""
    return local_day(case.received, zone) + timedelta(weeks=terms.outcome_weeks)


def answer_by(case: Case, terms: Terms, zone: ZoneInfo) -> date | None:
    """Until when the client may answer the outcome."""
    return local_day(case.outcome_at, zone) + timedelta(days=terms.answer_days) if case.outcome_at else None


def kept_until(case: Case, retention: Retention, zone: ZoneInfo) -> date | None:
    """The last day a closed case is kept; None while it is open: nobody's open matter is thrown away by a clock."""
    if case.closed is None:
        return None
    closed = local_day(case.closed, zone)
    leap = (closed.month, closed.day) == (2, 29)
    return (closed - timedelta(days=1) if leap else closed).replace(year=closed.year + retention.closed_years)


def late(case: Case, terms: Terms, zone: ZoneInfo, today: date) -> bool:
    return case.open and case.outcome is None and today > outcome_by(case, terms, zone)


def _morning(day: date, zone: ZoneInfo, or_next: int = 1) -> datetime:
    """When the office opens on *day*, or on the next working day; with *or_next* -1 on the last one before."""
    while not works(day):
        day += timedelta(days=or_next)
    return datetime.combine(day, OFFICE_OPENS, zone)


def due(case: Case, terms: Terms, zone: ZoneInfo) -> tuple[Due, ...]:
    """What the clock still has to do for *case*, soonest first; nothing once it is closed."""
    if not case.open:
        return ()
    found: list[Due] = []
    if case.status == "assigned" and case.assigned_at:
        found.append(Due("accept", case.assigned_at + timedelta(hours=terms.accept_hours)))
    if case.outcome is None:
        last = outcome_by(case, terms, zone)
        # A warning comes early rather than on the day itself, or with "late" after Easter.
        found += [Due(f"outcome_{n}", _morning(last - timedelta(days=n), zone, -1)) for n in WARNINGS]
        found.append(Due("late", _morning(last + timedelta(days=1), zone)))
    if case.status == "proposed" and case.outcome_at and case.outcome:
        asked, version = local_day(case.outcome_at, zone), case.outcome.version
        found.append(Due(f"answer_{version}", _morning(asked + timedelta(days=terms.answer_days // 2), zone)))
        found.append(Due(f"silent_{version}", _morning(asked + timedelta(days=terms.answer_days + 1), zone)))
    for index, measure in enumerate(case.measures):
        if measure.due and not measure.done:
            found.append(Due(f"measure_{index}", _morning(measure.due, zone)))
    return tuple(sorted((item for item in found if item.what not in case.reminded), key=lambda item: item.at))
