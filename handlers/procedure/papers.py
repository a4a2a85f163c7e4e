"""What stands in a paper: for now the row of the complaints register (klachtenoverzicht).

One row per case, without anybody's words, written in the same commit as the events it is derived from; `verify`
derives it again. How a paper looks lives in bot/documents/.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from handlers.firm import Terms
from handlers.procedure import deadlines
from handlers.procedure.case import Case


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
        "status": case.status,
        "open": "yes" if case.open else "no",
        "outcome_by": deadlines.outcome_by(case, terms, zone).isoformat(),
        "outcome": deadlines.local_day(case.outcome_at, zone).isoformat() if case.outcome_at else "",
        "result": case.outcome.result if case.outcome else "",
        "cause": case.cause.code if case.cause else "",
        "measures": sorted({measure.code for measure in case.corrective}),
        "kind": case.judged.kind if case.judged else "",
        "preventive": "yes" if case.preventive else "no",
        "closed": closed.isoformat() if closed else "",
        "closed_as": case.closed_as,
        "days": (closed - received).days if closed else None,
        "extended_to": case.extended_to.isoformat() if case.extended_to else "",
        "prevention_due": max((m.due.isoformat() for m in case.preventive if m.due and not m.done), default=""),
        "reportable": case.reportable[0] if case.reportable else "",
        "referred": case.referred.isoformat() if case.referred else "",
        "verdict": case.verdict.result if case.verdict else "",
        "satisfaction": case.rating[0] if case.rating else "",
        "reopened": case.reopened,
        "erased": "",
    }


def erased(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The row of a case whose content is gone: it still counts, and names nobody."""
    return {**row, "mediator": "", "erased": today.isoformat()}
