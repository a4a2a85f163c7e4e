"""Monday morning: one message per role with what is open, what comes due, and what stands out.

The surprising truth: a mediator sees no number below five, because in a small firm that is a person.
"""

from __future__ import annotations

from datetime import timedelta

from handlers.acts import Acts, Office, Press, Tell
from handlers.manager import evaluate
from handlers.phrases import rubric, stands
from handlers.procedure.case import Case
from handlers.procedure.summary import count, period, total
from handlers.texts import Field, Lines, Number, T

SMALLEST = 5
SHOWN = 8


def hidden(n: int) -> Field:
    """A count for people outside the management: below five it could point at somebody."""
    return T("under_five", "fewer than 5") if 0 < n < SMALLEST else n


def for_manager(office: Office, to: str, head: str) -> Acts:
    """*head* is the end of the audit chain: kept elsewhere, it shows that the record was not rewritten."""
    facts = office.facts
    week = period("week", facts.today - timedelta(days=7))
    counts = total(count(office, week, facts.today))
    found = evaluate.seen(office)
    lines = tuple(evaluate.signal_line(facts, code, told) for code, told in found.items())
    text = T(
        "digest_manager",
        "<b>This week</b>\nOutcomes late: {late}. Open: {open}.\n"
        "Last week received: {received}, closed: {closed}.\n{signals}\n"
        "Seal of the record: {head}",
        late=counts.late,
        open=counts.open,
        received=counts.received,
        closed=counts.closed,
        signals=Lines(lines) if lines else T("no_signal", "No topic stands out."),
        head=head,
    )
    rows = ((Press(T("b_late", "What is late"), "late"), Press(T("b_summary", "Summary"), "summary")),)
    return (Tell(to, text, rows),)


def for_mediator(office: Office, to: str, mine: tuple[Case, ...]) -> Acts:
    """One's own cases, the soonest first; nothing when there is nothing."""
    facts = office.facts
    if not mine:
        return ()
    lines = tuple(
        T("digest_row", "{ref} · {rubric} · {stands}", ref=Number(case.number), rubric=rubric(office, case),
          stands=stands(office, case))
        for case in mine[:SHOWN]
    )  # fmt: skip
    everybody = total(count(office, period("month", facts.today), facts.today))
    text = T(
        "digest_mediator",
        "<b>Your cases this week: {n}</b>\n{lines}\nReceived by the firm this month: {received}.",
        n=len(mine),
        lines=Lines(lines),
        received=hidden(everybody.received),
    )
    return (Tell(to, text, ((Press(T("b_cases", "My cases"), "cases"),),)),)
