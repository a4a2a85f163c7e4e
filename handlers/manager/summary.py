"""/summary: the counts as words, with what they mean underneath. What is counted lives in procedure/summary.py."""

from __future__ import annotations

import re
from datetime import date

from handlers.acts import Acts, Office, Press, Tell
from handlers.dates import NoSuchDate, Span, read
from handlers.facts import Facts
from handlers.procedure.case import Case
from handlers.procedure.summary import Counts, Period, count, period, total
from handlers.texts import Field, Lines, T, Text

PERIODS = {
    # typed                    period
    "month": "month", "maand": "month", "quarter": "quarter", "kwartaal": "quarter", "year": "year", "jaar": "year",
}  # fmt: skip
YEARS = range(1950, 2101)
BEFORE = frozenset("vorige vorig afgelopen last previous".split())
DATES = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?!\d)")


def summary(office: Office, case: Case | None, arg: str) -> Acts:
    """`/summary [topic] [month | quarter | year | two dates | a month]`; alone it means this quarter."""
    facts = office.facts
    words = arg.casefold().split()
    rubric = next(
        (r for r in facts.firm.rubrics if r.code in words or any(_is(label, arg) for label in r.labels.values())), None
    )
    when = _when(arg, facts)
    if when is None:
        return (
            Tell(
                facts.actor.id,
                T("err_period", "I do not know that period. Type for example: month, quarter, year, or two dates."),
                _buttons(""),
            ),
        )
    rows = count(office, when, facts.today)
    if rubric:
        rows = {code: row for code, row in rows.items() if code == rubric.code}
    return (Tell(facts.actor.id, _text(facts, when, rows), _buttons(rubric.code if rubric else ""), in_place=True),)


def _is(label: str, arg: str) -> bool:
    return label.casefold() in arg.casefold()


def _buttons(rubric: str) -> tuple[tuple[Press, ...], ...]:
    named = ((T("b_month", "Month"), "month"), (T("b_quarter", "Quarter"), "quarter"), (T("b_year", "Year"), "year"))
    return (tuple(Press(label, "summary", f"{rubric} {name}".strip()) for label, name in named),)


def _when(arg: str, facts: Facts) -> Period | None:
    """The period asked for; None when something was typed that is none."""
    words = [word for word in arg.casefold().split() if word not in {r.code for r in facts.firm.rubrics}]
    named = next((PERIODS[word] for word in words if word in PERIODS), None)
    if named:
        this = period(named, facts.today)
        return this.before if BEFORE.intersection(words) else this
    try:
        days = [_day(found) for found in DATES.findall(arg)]
        if len(days) == 2:
            return Period("dates", min(days), max(days))
        labels = {word for r in facts.firm.rubrics for label in r.labels.values() for word in label.casefold().split()}
        left = " ".join(word for word in words if word not in labels)
        if not left:
            return period("quarter", facts.today)
        span = read(left, facts.today, facts.names)
        return _period_of(span) if span else None
    except (NoSuchDate, ValueError):
        return None


def _period_of(span: Span) -> Period:
    """A month or year that was named is compared with the month or year before it, as when a button chose it."""
    wholes = (period(name, span.first) for name in ("month", "year"))
    days = Period("dates", span.first, span.last)
    return next((whole for whole in wholes if (whole.first, whole.last) == (span.first, span.last)), days)


def _day(text: str) -> date:
    parts = [int(part) for part in re.split(r"[-/.]", text)]
    year, month, day = parts if parts[0] > 31 else reversed(parts)
    year += 2000 if year < 100 else 0
    if year not in YEARS:
        raise NoSuchDate(text)  # 0226 is a slip of the finger, and the period before it would begin before year 1
    return date(year, month, day)


def _row(name: Field, row: Counts) -> Text:
    return T(
        "summary_row",
        "<b>{topic}</b>\nReceived {received} (before: {before}), open {open}, closed {closed}, "
        "late {late}, structural {structural}",
        topic=name,
        received=row.received,
        before=row.before,
        open=row.open,
        closed=row.closed,
        late=row.late,
        structural=row.structural,
    )


def _text(facts: Facts, when: Period, rows: dict[str, Counts]) -> Text:
    sums = total(rows)
    unknown = T("topic_open", "topic not known yet")
    share = f"{100 * sums.structural // sums.closed} %" if sums.closed else "–"
    return T(
        "summary",
        "<b>Complaints from {first} to {last}</b>\nLate: {late}\nReceived: {received}. "
        "Period before: {before}\nOpen now: {open}\n"
        "Closed: {closed}, structural {structural} ({share})\n\n{rows}\n\n{meaning}",
        first=when.first,
        last=when.last,
        late=sums.late,
        received=sums.received,
        before=sums.before,
        open=sums.open,
        closed=sums.closed,
        structural=sums.structural,
        share=share,
        rows=Lines(
            tuple(_row(unknown if code == "unknown" else facts.firm.rubric(code), row) for code, row in rows.items())
        )
        if rows
        else T("summary_none", "No complaints in this period."),
        meaning=T(
            "summary_meaning",
            "<i>Received: counted by the day we got it. Closed: by the day it was closed. Open and late: today. "
            "Late: no outcome sent, and the date is past. Structural: of the closed ones.</i>",
        ),
    )
