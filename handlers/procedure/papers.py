"""What stands in a paper: for now the row of the complaints register (klachtenoverzicht).

One row per case, without anybody's words, written in the same commit as the events it is derived from; `verify`
derives it again. How a paper looks lives in bot/documents/. Of the columns a register has (domain.md §4.2), three are
left out: who complains, which site and which product are words of people, and stand in the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from handlers.firm import Terms
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Measure


def register_row(case: Case, terms: Terms, zone: ZoneInfo) -> dict[str, Any]:
    """The register's row of *case*: codes, dates (ISO, local) and yes/no, nothing personal."""
    received = deadlines.local_day(case.received, zone)
    closed = deadlines.local_day(case.closed, zone) if case.closed else None
    return {
        "number": case.number,
        "received": received.isoformat(),
        "channel": case.channel,
        "rubric": case.rubric or "unknown",
        "safety": "yes" if case.urgent else "no",
        "mediator": case.mediator,
        "acknowledged": deadlines.local_day(case.acknowledged, zone).isoformat() if case.acknowledged else "",
        "acknowledged_in_time": _in_time(case, zone),
        "status": case.status,
        "open": "yes" if case.open else "no",
        "outcome_by": deadlines.outcome_by(case, terms, zone).isoformat(),
        "outcome": deadlines.local_day(case.outcome_at, zone).isoformat() if case.outcome_at else "",
        "result": case.outcome.result if case.outcome else "",
        "cause": case.cause.code if case.cause else "",
        "measures": sorted({measure.code for measure in case.corrective}),
        "corrective": "yes" if case.corrective else "no" if case.no_measure else "",
        "actions": [_action(measure, zone) for measure in case.measures],
        "kind": case.judged.kind if case.judged else "",
        "preventive": "yes" if case.preventive else "no",
        "closed": closed.isoformat() if closed else "",
        "closed_as": case.closed_as,
        "days": (closed - received).days if closed else None,
        "extended_to": case.extended_to.isoformat() if case.extended_to else "",
        "prevention_due": max((m.due.isoformat() for m in case.preventive if m.due and not m.done), default=""),
        "reportable": case.reportable[0] if case.reportable else "",
        "agreed": _agreed(case),
        "referred": case.referred.isoformat() if case.referred else "",
        "verdict": case.verdict.result if case.verdict else "",
        "satisfaction": case.rating[0] if case.rating else "",
        "reopened": case.reopened,
        "erased": "",
        "imported": "",
    }


def _in_time(case: Case, zone: ZoneInfo) -> str:
    """Whether the acknowledgement left within a week (S4); told in person or by phone it is implicit (S3)."""
    if case.channel in deadlines.SPOKEN:
        return "implicit"
    if case.acknowledged is None:
        return ""
    took = deadlines.local_day(case.acknowledged, zone) - deadlines.local_day(case.received, zone)
    return "yes" if took.days <= deadlines.LETTER_DAYS else "no"


def _agreed(case: Case) -> str:
    """What the client said of the outcome that stands; "" while they have said nothing, or never did."""
    if "agreed" in (case.status, case.closed_as):
        return "yes"
    against = case.status in {"disagreed", "referred", "verdict"} or case.closed_as in {"not_agreed", "verdict"}
    return "no" if against else ""


def _action(measure: Measure, zone: ZoneInfo) -> list[str]:
    """Its code, kind, day due, day done and whether it worked. Not who does it: that may be a name as typed."""
    done = deadlines.local_day(measure.done_at, zone).isoformat() if measure.done_at else ""
    worked = measure.worked[-1][1] if measure.worked else ""
    return [measure.code, measure.kind, measure.due.isoformat() if measure.due else "", done, worked]


def erased(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The row of a case whose content is gone: it still counts, and names nobody."""
    return {**row, "mediator": "", "erased": today.isoformat()}
