"""One complaint for the tests of this room, at every stage of its life, told by its events as a real one is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.procedure.case import Case, Complaint, Happened, filed, fold

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER = "7QXM4RTB"
CLIENT = 7
OUTCOME = {"result": "solved", "looked_at": "a", "for_you": "b", "change": "c", "personal": ""}
TOLD: Mapping[str, Mapping[str, Any]] = {
    "assigned": {"mediator": "karim"},
    "accepted": {"mediator": "karim"},
    "declined": {"mediator": "karim"},
    "passed": {"mediator": "karim"},
    "barred": {"named": ["bram"]},
    "added": {"text": "more", "files": []},
    "completed": {"complaint": filed(Complaint(story=("Late.",), rubric="delivery"))},
    "rubric": {"rubric": "conduct"},
    "note": {"text": "called"},
    "heard": {"text": "I was ill"},
    "not_heard": {"reason": "left the firm"},
    "cause": {"code": "planning", "text": "forgotten"},
    "measure": {"code": "agreement", "what": "now", "owner": "karim", "due": "2026-12-01", "kind": "corrective"},
    "no_measure": {"reason": "done already"},
    "judged": {"kind": "incidental", "reason": ""},
    "no_prevention": {"reason": "once in ten years"},
    "proposed": OUTCOME,
    "agreed": {"version": 1},
    "disagreed": {"version": 1, "text": ""},
    "closed": {"how": "agreed"},
    "reminded": {"what": "late"},
}
STAGES = {
    "received": "",
    "assigned": "assigned",
    "analysis": "assigned accepted",
    "proposed": "assigned accepted proposed",
    "agreed": "assigned accepted proposed agreed",
    "disagreed": "assigned accepted proposed disagreed",
    "closed": "assigned accepted proposed agreed closed",
}


def happened(kind: str, at: datetime = NOW, /, **facts: Any) -> Happened:
    return Happened(kind, at, "bot", {**TOLD.get(kind, {}), **facts})


def received(at: datetime = NOW, named: tuple[str, ...] = (), **complaint: Any) -> Happened:
    told = Complaint(**{"story": ("Late.",), "rubric": "delivery", **complaint})
    facts = {"client": CLIENT, "language": "nl", "channel": "chat", "complaint": filed(told), "named": list(named)}
    return Happened("received", at, "client", facts)


def case(kinds: str = "", *more: Happened, first: Happened | None = None) -> Case:
    """The case after receipt, after *kinds* a minute apart each, and after *more*."""
    start = first or received()
    told = [happened(kind, start.at + timedelta(minutes=n)) for n, kind in enumerate(kinds.split(), 1)]
    return fold(NUMBER, [start, *told, *more])
