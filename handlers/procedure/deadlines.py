"""Deadlines are derived: from what happened to a case and the firm's terms, never stored, so no edit resets them.

`due` says what the clock has to do for a case and when; a sent reminder is an event ("reminded"), so each fires
once. Days are local calendar days of the firm's zone, due at their last minute; working days skip weekends and
the Dutch holidays. The surprising truth: nothing here knows what time it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from handlers.firm import Retention, Terms
from handlers.procedure.case import LEADS_TO, Case
from handlers.procedure.steps import INSIDE, WORK

OFFICE_OPENS = time(9)  # reminders are for people at work
WARNINGS = (14, 7, 2)  # days before the outcome is due
LETTER_DAYS = 7  # a letter is acknowledged within a week (the procedure, S4), counted from the day it came
LETTER_WARNING = 5
QUESTION_DAYS = (7, 14, 21)  # a question to the client: reminded twice, then the handler decides with what is known
ACCOUNT_DAYS = (7, 14)  # a colleague's account: both sides are heard, and the outcome waits for it
EXTENSION_WEEKS = 4  # at most, and once (Wkkgz art. 17; a rule of the house under semh)
REOPEN_DAYS = 56
EFFECT_DAYS = 42  # after a preventive measure was carried out, it is asked whether it worked
SURVEY_DAYS = 2
WAITING_DAYS = 7
NOBODY_DAYS = (1, 3, 7, 14, 21)  # a complaint without a mediator: who can give it to somebody is asked again
LEAVES = {
    "received",
    "declined",
    "passed",
    "objected",
    "barred",
    "related",
    "reopened",
}  # it waits for a mediator since
EARLY_ON = ("received", "assigned", "analysis")
WAITS = ("agreed", "disagreed", "verdict")
SAFETY_DAYS = (2, 10, 15)  # MDR art. 87: public threat, death or serious deterioration, serious incident
EARLY, LATE = 2, 3  # days before and after a measure's own date
WRITTEN = ("letter", "email")  # channels whose acknowledgement is a letter
SPOKEN = ("phone", "visit")  # the telling is its own acknowledgement (S3)
SURVEYED = ("agreed", "not_agreed", "no_answer", "verdict")  # who withdrew is left in peace


@dataclass(frozen=True, slots=True)
class Due:
    """At *at* (UTC) the clock wakes the desk for *what*. Of one `series` only the last that is past matters, so that
    weeks of downtime bring one message and not five."""

    what: str
    at: datetime
    series: str


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
    return add_working_days(local_day(case.term_from or case.received, zone), terms.reply_working_days)


def outcome_by(case: Case, terms: Terms, zone: ZoneInfo) -> date:
    """When the client has the outcome at the latest: counted from receipt (or reopening), whatever happened since."""
    by = case.extended_to or first_outcome_by(case, terms, zone)
    if case.retried_at is not None:  # looked at again: as long as the client has for an answer
        by = max(by, local_day(case.retried_at, zone) + timedelta(days=terms.answer_days))
    return by


def owes_outcome(case: Case) -> bool:
    """Is the client waiting for one, the first or after another look?"""
    if case.referred is not None or case.signal:
        return False
    return case.status in INSIDE and (case.outcome is None or (case.status in EARLY_ON and not case.resume))


def first_outcome_by(case: Case, terms: Terms, zone: ZoneInfo) -> date:
    """The same, before any extension."""
    return local_day(case.term_from or case.received, zone) + timedelta(weeks=terms.outcome_weeks)


def owes_promises(case: Case) -> bool:
    """After closing they are silent, but joined to another the case goes on."""
    return case.open or case.closed_as == "duplicate"


def owes_letter(case: Case) -> bool:
    return case.channel in WRITTEN and case.acknowledged is None


def letter_by(case: Case, zone: ZoneInfo) -> date | None:
    """Until when the acknowledgement letter may be sent; None where none is owed (any more)."""
    return local_day(case.received, zone) + timedelta(days=LETTER_DAYS) if owes_letter(case) else None


def reopen_by(case: Case, zone: ZoneInfo) -> date | None:
    """Until when the client may open a closed case again."""
    return local_day(case.closed, zone) + timedelta(days=REOPEN_DAYS) if case.closed else None


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
    return owes_outcome(case) and today > outcome_by(case, terms, zone)


def owed(case: Case, terms: Terms, zone: ZoneInfo) -> Iterator[tuple[str, date]]:
    """What is still to be done in a case and by which day, as a manager sees it: name and last day."""
    if owes_outcome(case):
        yield "outcome", outcome_by(case, terms, zone)
    if (letter := letter_by(case, zone)) is not None:
        yield "letter", letter
    for measure in case.measures:
        if measure.due and measure.waits and (case.open or measure.kind == "preventive"):
            yield "measure", measure.due
    for promise in case.promises if owes_promises(case) else ():
        if not promise.kept:
            yield "promise", promise.due
    if case.danger_at is not None and case.undecided:  # until when an incident may be reported at the latest
        yield "report", local_day(case.danger_at, zone) + timedelta(days=SAFETY_DAYS[-1])
    if case.forget_by is not None:
        yield "request", case.forget_by


def _morning(day: date, zone: ZoneInfo, or_next: int = 1) -> datetime:
    """When the office opens on *day*, or on the next working day; with *or_next* -1 on the last one before."""
    while not works(day):
        day += timedelta(days=or_next)
    return datetime.combine(day, OFFICE_OPENS, zone)


def due(case: Case, terms: Terms, zone: ZoneInfo) -> tuple[Due, ...]:
    """What the clock still has to do for *case*, soonest first. After closing only what outlives it: a danger that
    nobody decided about, measures that prevent, a request to delete, and once the question how it went."""
    found = [*_open(case, terms, zone), *_waits(case, zone)] if case.open else [*_after(case, zone)]
    found += [*_safety(case, zone), *_measures(case, zone), *_promises(case, zone), *_request(case, zone)]
    found.sort(key=lambda item: item.at)
    passed = {item.series: place for place, item in enumerate(found) if item.what in case.reminded}
    return tuple(
        item
        for place, item in enumerate(found)
        if item.what not in case.reminded and place > passed.get(item.series, -1)
    )


def _open(case: Case, terms: Terms, zone: ZoneInfo) -> Iterator[Due]:
    if case.status == "assigned" and case.assigned_at:
        over = case.assigned_at + timedelta(hours=terms.accept_hours)
        if not works(local_day(over, zone)):  # nobody is passed over on a Sunday
            over = _morning(local_day(over, zone), zone)
        yield Due("accept", over, "accept")
    if case.status == "received" and not case.mediator:
        place, since = [(n, event.at) for n, event in enumerate(case.history) if event.kind in LEAVES][-1]
        for days in NOBODY_DAYS:
            day = local_day(since, zone) + timedelta(days=days)
            yield Due(f"nobody_{place}_{days}", _morning(day, zone), f"nobody_{place}")
    if case.referred is None and not any(event.kind == "accepted" for event in case.history):
        yield Due("reply", _morning(reply_by(case, terms, zone), zone, -1), "reply")
    if (letter := letter_by(case, zone)) is not None:
        soon = letter - timedelta(days=LETTER_DAYS - LETTER_WARNING)
        yield Due("letter_soon", _morning(soon, zone, -1), "letter")
        yield Due("letter_late", _morning(letter + timedelta(days=1), zone), "letter")
    if owes_outcome(case):
        last = outcome_by(case, terms, zone)
        # Another date (an extension, a reopening) is another series: what was told of the old one says nothing of it.
        mark = "" if last == local_day(case.received, zone) + timedelta(weeks=terms.outcome_weeks) else f"_{last}"
        for days in WARNINGS:  # early rather than on the day itself, or with "late" after Easter
            yield Due(f"outcome_{days}{mark}", _morning(last - timedelta(days=days), zone, -1), f"outcome{mark}")
        yield Due(f"late{mark}", _morning(last + timedelta(days=1), zone), f"outcome{mark}")
    if case.status == "proposed" and case.outcome_at and case.outcome:
        asked, version = local_day(case.outcome_at, zone), case.outcome.version
        half, whole = timedelta(days=terms.answer_days // 2), timedelta(days=terms.answer_days + 1)
        yield Due(f"answer_{version}", _morning(asked + half, zone), f"answer_{version}")
        second = asked + timedelta(days=terms.answer_days - 2)
        yield Due(f"answer_{version}_again", _morning(second, zone), f"answer_{version}")
        yield Due(f"silent_{version}", _morning(asked + whole, zone), f"silent_{version}")
    for event in case.owed_accounts if case.status in WORK else ():
        who = event.facts["who"]
        for days in ACCOUNT_DAYS:
            day = local_day(event.at, zone) + timedelta(days=days)
            yield Due(f"account_{days}_{who}", _morning(day, zone), f"account_{who}")
    for question in case.asked:
        asked, series = local_day(question.at, zone), f"question_{question.number}"
        for days in QUESTION_DAYS:
            yield Due(f"{series}_{days}", _morning(asked + timedelta(days=days), zone), series)


def _waits(case: Case, zone: ZoneInfo) -> Iterator[Due]:
    """The client has answered, or the committee: then it is the handler's turn, and nothing may lie for weeks."""
    if case.status in WAITS:
        since = [event.at for event in case.history if LEADS_TO.get(event.kind) == case.status]
        if since:
            what = f"waits_{case.status}_{case.proposals}"
            yield Due(what, _morning(local_day(since[-1], zone) + timedelta(days=WAITING_DAYS), zone), what)


def _safety(case: Case, zone: ZoneInfo) -> Iterator[Due]:
    """The terms run from when the message reached us; weekends count, and no closing ends them. Told the day before."""
    if case.danger_at is not None and case.undecided:
        for days in SAFETY_DAYS:
            day = local_day(case.danger_at, zone) + timedelta(days=days - 1)
            yield Due(f"safety_{days}", datetime.combine(day, OFFICE_OPENS, zone), "safety")


def _measures(case: Case, zone: ZoneInfo) -> Iterator[Due]:
    for index, measure in enumerate(case.measures):
        if measure.due is None or measure.dropped or not (case.open or measure.kind == "preventive"):
            continue
        series = f"measure_{index}"
        if measure.done_at is None:
            early = measure.due - timedelta(days=EARLY)
            if measure.since and early > local_day(measure.since, zone):
                yield Due(f"{series}_soon", _morning(early, zone, -1), series)
            if measure.since is None or local_day(measure.since, zone) < measure.due:
                yield Due(series, _morning(measure.due, zone), series)
            yield Due(f"{series}_late", _morning(measure.due + timedelta(days=LATE), zone), series)
        elif measure.kind == "preventive" and not measure.worked and case.closed:  # not while we still look into it
            day = local_day(measure.done_at, zone) + timedelta(days=EFFECT_DAYS)
            day = max(day, local_day(case.closed, zone) + timedelta(days=WAITING_DAYS))
            yield Due(f"effect_{index}", _morning(day, zone), f"effect_{index}")


def _promises(case: Case, zone: ZoneInfo) -> Iterator[Due]:
    for index, promise in enumerate(case.promises if owes_promises(case) else ()):
        if not promise.kept:
            yield Due(f"promise_{index}", _morning(promise.due, zone, -1), f"promise_{index}")
            yield Due(f"promise_{index}_late", _morning(promise.due + timedelta(days=1), zone), f"promise_{index}")


def _request(case: Case, zone: ZoneInfo) -> Iterator[Due]:
    """To delete data: a week before the month is over (AVG art. 12(3)), and when it is."""
    if case.forget_by is not None:
        series = f"forget_{case.forget_by}"
        yield Due(series, _morning(case.forget_by - timedelta(days=7), zone, -1), series)
        yield Due(f"{series}_late", _morning(case.forget_by + timedelta(days=1), zone), series)


def _after(case: Case, zone: ZoneInfo) -> Iterator[Due]:
    if case.closed and case.rating is None and case.closed_as in SURVEYED and not case.undecided:
        day = local_day(case.closed, zone) + timedelta(days=SURVEY_DAYS)
        yield Due(f"survey_{case.reopened}", _morning(day, zone), "survey")
