"""The row of the complaints register (klachtenoverzicht): codes, days and yes/no, nothing personal.

It is written in the same commit as the events it is derived from, and `verify` derives it again. What its columns are
called lives in bot/documents/columns.py. The surprising truth: who complains and which words they used for their aid
are not in it, so the register counts on when a case is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from handlers.firm import Firm
from handlers.procedure import deadlines, products
from handlers.procedure.case import Case, Measure, fold


def row(case: Case, firm: Firm, zone: ZoneInfo) -> dict[str, Any]:
    """The register's row of *case*: codes, dates (ISO, local) and yes/no, nothing personal."""
    received = deadlines.local_day(case.received, zone)
    closed = deadlines.local_day(case.closed, zone) if case.closed else None
    return {
        "number": case.number,
        "received": received.isoformat(),
        "channel": case.channel,
        "rubric": case.rubric or "unknown",
        "topic_kept": _kept(case),
        "product": products.group(case.complaint.device),
        "site": _site(case, firm),
        "safety": "yes" if case.urgent else "no",
        "mediator": case.mediator,
        "acknowledged": deadlines.local_day(case.acknowledged, zone).isoformat() if case.acknowledged else "",
        "acknowledged_in_time": _in_time(case, zone),
        "status": case.status,
        "open": "yes" if case.open else "no",
        "outcome_by": _outcome_by(case, firm, zone),
        "outcome": deadlines.local_day(case.outcome_at, zone).isoformat() if case.outcome_at else "",
        "result": case.outcome.result if case.outcome else "",
        "cause": case.cause.code if case.cause else "",
        "measures": sorted({measure.code for measure in case.corrective}),
        "corrective": "yes" if case.corrective else "no" if case.no_measure else "",
        "actions": [_action(measure, zone) for measure in case.measures if not measure.dropped],
        "kind": case.judged.kind if case.judged else "",
        "preventive": _prevented(case),
        "closed": closed.isoformat() if closed else "",
        "closed_as": case.closed_as,
        "days": (closed - received).days if closed else None,
        "extended_to": case.extended_to.isoformat() if case.extended_to else "",
        "prevention_due": max((m.due.isoformat() for m in case.preventive if m.due and not m.done), default=""),
        "reportable": case.reportable[0] if case.reportable else "",
        "report_days": _report_days(case, zone),
        "agreed": _agreed(case),
        "referred": case.referred.isoformat() if case.referred else "",
        "verdict": case.verdict.result if case.verdict else "",
        "satisfaction": case.rating[0] if case.rating else "",
        "reopened": case.reopened,
        "second_look": "yes" if any(event.kind == "retried" for event in case.history) else "no",  # not opened again
        "erased": "",
        "imported": "",
    }


def involved(case: Case, firm: Firm) -> tuple[str, ...]:
    """The keys of the colleagues it is about, as far as the client or we named them; who they report to is barred with
    them (independence.py), and is not whom it is about."""
    found: list[str] = []
    for event in case.history:
        if event.kind in {"received", "barred"}:
            barred = [str(key) for key in event.facts["named"]]
            bosses = {person.reports_to for person in firm.people if person.key in barred}
            found += [key for key in barred if key not in bosses]
        elif event.kind == "heard":
            found.append(str(event.facts.get("who", "")))
    return tuple(key for key in dict.fromkeys(found) if key)


def _site(case: Case, firm: Firm) -> str:
    """Where those it is about work; "" when that is nowhere or in several places."""
    sites = {person.works_at for key in involved(case, firm) if (person := firm.colleague(key)) and person.works_at}
    return sites.pop() if len(sites) == 1 else ""


def _kept(case: Case) -> str:
    """Whether the topic is still the one the client chose from what was proposed."""
    chosen = case.complaint.rubric
    return "" if not chosen or not case.rubric else "yes" if chosen == case.rubric else "no"


def _prevented(case: Case) -> str:
    """Whether something is done so that it does not happen again; "" while nobody decided that: of an incident, or
    once it is closed, nothing more is."""
    if case.preventive:
        return "yes"
    once = case.judged is not None and case.judged.kind == "incidental"
    return "no" if case.no_prevention or once or not case.open else ""


def _report_days(case: Case, zone: ZoneInfo) -> int | None:
    """Days from when we knew of the danger until it was decided that it is reported."""
    for place, event in enumerate(case.history):
        if event.kind == "reportable" and event.facts["report"] == "yes":
            known = fold(case.number, case.history[:place]).danger_at or case.received
            return (deadlines.local_day(event.at, zone) - deadlines.local_day(known, zone)).days
    return None


def _outcome_by(case: Case, firm: Firm, zone: ZoneInfo) -> str:
    """Until when the outcome was due; "" where none is owed (any more): with the committee, or no answer wanted."""
    if case.outcome_at is None and not deadlines.owes_outcome(case):
        return ""
    return deadlines.outcome_by(case, firm.terms, zone).isoformat()


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


def erased(known: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The row of a case whose content is gone: it still counts, and names nobody."""
    return {**known, "mediator": "", "erased": today.isoformat()}
