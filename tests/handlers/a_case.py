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
    "objected": {"reason": "neighbours"},
    "barred": {"named": ["bram"]},
    "about_asked": {"mediator": "karim"},
    "added": {"text": "more", "files": []},
    "edited": {"before": "Late.", "text": "Very late."},
    "completed": {"complaint": filed(Complaint(story=("Late.",), rubric="delivery"))},
    "clarify": {"text": "Which shoes?"},
    "answered": {"text": "The brown ones", "files": []},
    "message": {"text": "They come on Friday"},
    "road": {"choice": "talk"},
    "rubric": {"rubric": "conduct"},
    "authority": {"text": "#written"},
    "note": {"text": "called"},
    "redacted": {"word": "Sjaan", "how": "mask"},
    "account_asked": {"who": "bram", "text": "Were you there?"},
    "heard": {"text": "I was ill"},
    "not_heard": {"reason": "left the firm"},
    "cause": {"code": "planning", "text": "forgotten"},
    "measure": {"code": "other", "what": "now", "owner": "karim", "due": "2026-12-01", "kind": "corrective"},
    "no_measure": {"reason": "done already"},
    "done": {"measure": 0, "result": "delivered", "facts": []},
    "checked": {"measure": 0, "worked": "yes"},
    "promised": {"what": "call", "due": "2026-12-01", "owner": "karim"},
    "promise_kept": {"promise": 0, "kept": "yes"},
    "reportable": {"report": "no", "reason": "a blister"},
    "judged": {"kind": "incidental", "reason": ""},
    "no_prevention": {"reason": "once in ten years"},
    "proposed": OUTCOME,
    "agreed": {"version": 1},
    "disagreed": {"version": 1, "text": ""},
    "extended": {"until": "2027-01-18", "reason": "the maker is closed"},
    "longer_asked": {"until": "2027-02-15", "reason": "still closed"},
    "referred": {"on": "2026-11-23"},
    "verdict": {"result": "partly", "on": "2026-11-23", "advice": "", "follow_up": ""},
    "withdrawn": {"reason": ""},
    "duplicate": {"of": "AAAABBBB", "reason": "AAAABBBB"},
    "related": {"number": "AAAABBBB"},
    "no_complaint": {"reason": "a question"},
    "closed": {"how": "agreed"},
    "reopened": {"reason": "broken again"},
    "forget_asked": {"by": "2026-12-23"},
    "forget_decided": {"choice": "keep", "reason": "it still runs"},
    "rated": {"score": "4", "solved": "yes", "text": ""},
    "reminded": {"what": "late"},
}
STAGES = {
    "received": "",
    "assigned": "assigned",
    "analysis": "assigned accepted",
    "proposed": "assigned accepted proposed",
    "agreed": "assigned accepted proposed agreed",
    "disagreed": "assigned accepted proposed disagreed",
    "referred": "assigned accepted proposed disagreed referred",
    "verdict": "assigned accepted proposed disagreed referred verdict",
    "closed": "assigned accepted proposed agreed closed",
}
# What must have happened before an event can say anything: there is nothing to keep where nothing was promised.
FIRST: Mapping[str, str] = {
    "answered": "clarify",
    "done": "measure",
    "checked": "measure",
    "promise_kept": "promised",
    "longer_agreed": "longer_asked",
    "forget_decided": "forget_asked",
}


def happened(kind: str, at: datetime = NOW, /, **facts: Any) -> Happened:
    return Happened(kind, at, "bot", {**TOLD.get(kind, {}), **facts})


def received(at: datetime = NOW, named: tuple[str, ...] = (), **complaint: Any) -> Happened:
    told = Complaint(**{"story": ("Late.",), "rubric": "delivery", **complaint})
    facts = {"client": CLIENT, "language": "nl", "channel": "chat", "complaint": filed(told), "named": list(named)}
    return Happened("received", at, "client", facts)


def entered(at: datetime = NOW, came: datetime = NOW, channel: str = "letter", **complaint: Any) -> Happened:
    """A complaint of somebody without Telegram: written down by Els at *at*, with us since *came*."""
    told = received(at, **complaint)
    offline = {"client": 0, "channel": channel, "received": came.isoformat()}
    return Happened("received", at, "els", {**told.facts, **offline})


def case(kinds: str = "", *more: Happened, first: Happened | None = None) -> Case:
    """The case after receipt, after *kinds* a minute apart each, and after *more*."""
    start = first or received()
    told = [happened(kind, start.at + timedelta(minutes=n)) for n, kind in enumerate(kinds.split(), 1)]
    return fold(NUMBER, [start, *told, *more])
