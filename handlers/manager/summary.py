"""/summary: the counts as words, with what they mean underneath. What is counted lives in procedure/summary.py."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.acts import Acts, Office, Press, Tell
from handlers.facts import Facts
from handlers.manager import evaluate
from handlers.manager.periods import NotUnderstood, read
from handlers.procedure.case import Case
from handlers.procedure.summary import Counts, Period, count, days_taken, satisfaction, total
from handlers.texts import Field, Lines, T, Text

LONGEST = 60  # letters of somebody's words that are said back


def summary(office: Office, case: Case | None, arg: str) -> Acts:
    """`/summary [topic] [period]`; alone it means this quarter. What may be typed stands in periods.py."""
    facts = office.facts
    try:
        asked = read(arg, facts.today, facts.names, facts.firm.rubrics)
    except NotUnderstood as wrong:
        topics = Lines(tuple(facts.firm.rubric(rubric.code) for rubric in facts.firm.rubrics), by=", ")
        text = T(
            "err_period",
            'I do not understand "{words}".\n'
            "Type for example: last month, 1st quarter 2026, March 1 to March 31, or 2025.\n"
            "A topic may stand beside it: {topics}.",
            words=wrong.words[:LONGEST],
            topics=topics,
        )
        return (Tell(facts.actor.id, text, _buttons("")),)
    rows, rubric = count(office, asked.when, facts.today), asked.rubric
    if rubric:
        rows = {code: row for code, row in rows.items() if code == rubric.code}
    below = Lines((_satisfied(office, asked.when), evaluate.standing(office, rows)), by="")
    shown = _text(facts, asked.when, rows, days_taken(office, asked.when), below)
    return (Tell(facts.actor.id, shown, _buttons(rubric.code if rubric else ""), in_place=True),)


def _satisfied(office: Office, when: Period) -> Field:
    """How the handling was liked, over all topics: too few answer for more."""
    found = satisfaction(office, when)
    if found is None:
        return ""
    return T("summary_satisfied", "\n\nSatisfied: {mean} of 5, answers: {n}", mean=f"{found[0]:.1f}", n=found[1])


def _buttons(rubric: str) -> tuple[tuple[Press, ...], ...]:
    named = ((T("b_month", "Month"), "month"), (T("b_quarter", "Quarter"), "quarter"), (T("b_year", "Year"), "year"))
    return (tuple(Press(label, "summary", f"{rubric} {name}".strip()) for label, name in named),)


def _row(name: Field, row: Counts, days: int | None) -> Text:
    return T(
        "summary_row",
        "<b>{topic}</b>\nReceived {received} (before: {before}), open {open}, closed {closed}, "
        "late {late}, structural {structural}{days}",
        topic=name,
        received=row.received,
        before=row.before,
        open=row.open,
        closed=row.closed,
        late=row.late,
        structural=row.structural,
        days=T("summary_days", "\nDays until closed: {n}", n=days) if days is not None else "",
    )


def _text(facts: Facts, when: Period, rows: dict[str, Counts], took: Mapping[str, int], standing: Field) -> Text:
    sums = total(rows)
    unknown = T("topic_open", "topic not known yet")
    share = f"{(200 * sums.structural + sums.closed) // (2 * sums.closed)} %" if sums.closed else "–"  # to the nearest
    return T(
        "summary",
        "<b>Complaints from {first} to {last}</b>\nLate: {late}\nReceived: {received}. "
        "Period before: {before}\nOpen now: {open}\n"
        "Closed: {closed}, structural {structural} ({share})\n\n{rows}{standing}\n\n{meaning}",
        first=when.first,
        last=when.last,
        late=sums.late,
        received=sums.received,
        before=sums.before,
        open=sums.open,
        closed=sums.closed,
        structural=sums.structural,
        share=share,
        standing=standing,
        rows=Lines(
            tuple(
                _row(unknown if code == "unknown" else facts.firm.rubric(code), row, took.get(code))
                for code, row in rows.items()
            )
        )
        if rows
        else T("summary_none", "No complaints in this period."),
        meaning=T(
            "summary_meaning",
            "<i>Received: counted by the day we got it. Closed: by the day it was closed. Open and late: today. "
            "Late: no outcome sent, and the date is past. Structural: of the closed ones. "
            "Days until closed: half took at most so many.</i>",
        ),
    )
