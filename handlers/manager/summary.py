"""/numbers: the counts as words, with what they mean underneath. What is counted lives in procedure/summary.py."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.acts import Acts, Office, Press, Rows, Tell
from handlers.facts import Facts
from handlers.manager import evaluate, periods, running
from handlers.manager.periods import NotUnderstood, read
from handlers.phrases import STATUSES, decimal
from handlers.procedure.case import Case
from handlers.procedure.deadlines import outcome_by
from handlers.procedure.steps import may_read
from handlers.procedure.summary import Counts, Period, count, days_taken, satisfaction, total
from handlers.texts import Field, Lines, Number, T, Text

LONGEST = 60  # letters of somebody's words that are said back
LARGEST = 4  # topics that have a button
FITS = 64 - len("do:numbers:")  # bytes of a button's argument that Telegram carries
SHOWN, IN_A_ROW = 10, 5  # open cases of a topic, and their buttons beside each other


def summary(office: Office, case: Case | None, arg: str) -> Acts:
    """`/numbers [topic] [period]`; alone it means this quarter. What may be typed stands in periods.py."""
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
        return (Tell(facts.actor.id, text, periods_of("")),)
    rows, rubric = count(office, asked.when, facts.today), asked.rubric
    when = periods.typed(asked.when, facts.today)
    if rubric:
        rows = {code: row for code, row in rows.items() if code == rubric.code}
        cases, buttons = _open_cases(office, rubric.code, rows[rubric.code].open if rows else 0)
        buttons = (*periods_of(rubric.code), *_files(rubric.code, when), *buttons, all_topics(when))
    else:
        cases, buttons = "", (*periods_of(""), *_files("", when), *topics_of(facts, rows, when))
    code = rubric.code if rubric else ""
    below = Lines((cases, _satisfied(office, asked.when), standing(office, code)), by="")
    shown = _text(facts, asked.when, rows, days_taken(office, asked.when), below)
    return (Tell(facts.actor.id, shown, buttons, in_place=True),)


def standing(office: Office, rubric: str) -> Lines:
    """What stays below the numbers, of one topic or ("") all: what was decided, what stands out, and what is late."""
    late = 0 if rubric else len(running.overdue(office)) + len(evaluate.undone(office))
    besides = T("summary_late", "\n\nLate in all: {n} (also letters, measures, promises and decisions). See /late.",
                n=late)  # fmt: skip
    every = [rubric] if rubric else [one.code for one in office.facts.firm.rubrics]
    return Lines((besides if late else "", evaluate.standing(office, every)), by="")


def _satisfied(office: Office, when: Period) -> Field:
    """How the handling was liked, over all topics: too few answer for more."""
    found = satisfaction(office, when)
    if found is None:
        return ""
    return T(
        "summary_satisfied",
        "\n\nSatisfied: {mean} of 5, answers: {n}",
        mean=decimal(office.facts, found[0]),
        n=found[1],
    )


# Buttons, below the words (`do` is numbers) and below the picture (summary) -----------------------------------------


def periods_of(rubric: str, do: str = "numbers") -> Rows:
    named = ((T("b_month", "Month"), "month"), (T("b_quarter", "Quarter"), "quarter"), (T("b_year", "Year"), "year"))
    return (tuple(Press(label, do, f"{rubric} {name}".strip()) for label, name in named),)


def all_topics(when: str, do: str = "numbers") -> tuple[Press, ...]:
    return (Press(T("b_all_topics", "All topics"), do, when),)


def _files(rubric: str, when: str) -> Rows:
    """The same numbers to look at, and the rows behind them."""
    shown = f"{rubric} {when}".strip()
    picture = (Press(T("b_picture", "Picture"), "summary", shown),) if len(shown.encode()) <= FITS else ()
    return ((*picture, Press(T("b_excel", "Excel"), "export", when)),)


def topics_of(facts: Facts, rows: Mapping[str, Counts], when: str, do: str = "numbers") -> Rows:
    """The largest topics, each a way into it for the same period."""
    known = {rubric.code for rubric in facts.firm.rubrics}
    largest = [code for code in rows if code in known][:LARGEST]  # most received first, as they were counted
    return tuple(
        (Press(facts.firm.rubric(code), do, f"{code} {when}"),)
        for code in largest
        if len(f"{code} {when}".encode()) <= FITS
    )


def _open_cases(office: Office, rubric: str, counted: int) -> tuple[Field, Rows]:
    """The open cases of a topic that this manager may read, the soonest date first, each a press away."""
    facts = office.facts
    mine = [case for case in office.open_cases(rubric) if may_read(facts.actor, case)]
    if not mine and not counted:
        return "", ()
    lines: list[Field] = [
        T(
            "summary_case",
            "{n}. {ref} · {status}, by {deadline}",
            n=n,
            ref=Number(case.number),
            status=STATUSES[case.status],
            deadline=outcome_by(case, facts.firm.terms, facts.zone),
        )
        for n, case in enumerate(mine[:SHOWN], 1)
    ]
    if len(mine) > SHOWN:
        lines.append(T("summary_more", "And {n} more: see /cases.", n=len(mine) - SHOWN))
    if counted > len(mine):  # of an older register, or about this manager: the register counts them all
        lines.append(T("summary_elsewhere", "Open too, but not to be opened here: {n}.", n=counted - len(mine)))
    presses = [Press(str(n), "case", case.number) for n, case in enumerate(mine[:SHOWN], 1)]
    rows = tuple(tuple(presses[at : at + IN_A_ROW]) for at in range(0, len(presses), IN_A_ROW))
    return T("summary_open_cases", "\n\n<b>Open cases</b>\n{lines}", lines=Lines(tuple(lines))), rows


def _row(name: Field, row: Counts, days: int | None) -> Text:
    return T(
        "summary_row",
        "<b>{topic}</b>\nReceived {received} (before: {before}), closed {closed}, structural {structural}, "
        "now open {open}, late {late}{days}",
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
        "<b>Complaints from {first} to {last}</b>\nLate now: {late}\nReceived: {received}. "
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
