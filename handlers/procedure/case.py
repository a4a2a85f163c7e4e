"""A case: what happened to one complaint, and what follows from that.

A case **is** the fold of its events, and nothing else: no field below is ever set by hand. Events only grow; a
correction is a new event. What may happen next, and who may do it, stands in steps.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from handlers.conversation import Attachment

VERSION = 1  # of the shape of an event's facts; older shapes would be lifted in history.py


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened. `by` is "client", "bot" or a colleague's key; `at` is UTC."""

    kind: str
    at: datetime
    by: str
    facts: Mapping[str, Any]
    v: int = VERSION


@dataclass(frozen=True, slots=True)
class Words:
    """What the client added after sending, word for word."""

    at: datetime
    text: str
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the client filed: their own words, or `#name` where they chose the option called *name*; "" if not given."""

    story: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    rubric: str = ""
    topic: str = ""  # the client's own words where no rubric fitted
    device: str = ""
    when: str = ""
    when_from: date | None = None
    when_to: date | None = None
    danger: str = ""
    clarified: tuple[tuple[str, str], ...] = ()
    wishes: tuple[str, ...] = ()
    for_other: str = ""
    name: str = ""
    contact: str = ""
    reach: str = ""
    sent_early: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    code: str
    what: str
    owner: str
    due: date | None
    kind: str = "corrective"
    done: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Structural or incidental, and why."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client is told. `version` counts proposals: an agreement holds for one of them only."""

    version: int
    result: str
    looked_at: str
    for_you: str
    change: str
    personal: str


@dataclass(frozen=True, slots=True)
class Case:
    number: str
    client: int
    language: str
    channel: str
    received: datetime
    complaint: Complaint
    status: str = "received"
    rubric: str = ""
    urgent: bool = False
    acknowledged: datetime | None = None
    added: tuple[Words, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    mediator: str = ""  # assigned; content opens only after acceptance
    assigned_at: datetime | None = None
    accepted: bool = False
    barred: frozenset[str] = frozenset()  # named, declined, involved: never again on this case
    heard: str = ""
    not_heard: str = ""
    cause: Cause | None = None
    measures: tuple[Measure, ...] = ()
    no_measure: str = ""
    judged: Judged | None = None
    no_prevention: str = ""
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    disagreement: str = ""
    closed: datetime | None = None
    closed_as: str = ""
    unreachable: bool = False  # the client blocked the bot: call instead
    reminded: frozenset[str] = frozenset()
    history: tuple[Happened, ...] = ()

    @property
    def open(self) -> bool:
        return self.status != "closed"

    @property
    def preventive(self) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if measure.kind == "preventive")

    @property
    def corrective(self) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if measure.kind == "corrective")


# Where an event leaves the case. "": where it was. Who may do it, and from where, stands in steps.py.
LEADS_TO = {
    "assigned": "assigned", "accepted": "analysis", "declined": "received", "passed": "received",
    "barred": "", "proposed": "proposed", "agreed": "agreed", "disagreed": "disagreed", "retried": "analysis",
    "closed": "closed",
}  # fmt: skip


def after(case: Case | None, number: str, new: Happened) -> Case:
    """*case* after *new*: the one place where an event is given its meaning."""
    facts = new.facts
    if new.kind == "received":
        complaint = _complaint(facts["complaint"])
        return Case(
            number, facts["client"], facts["language"], facts["channel"], new.at, complaint,
            rubric=complaint.rubric, urgent=is_danger(complaint.danger), history=(new,),
            barred=frozenset(facts["named"]),
        )  # fmt: skip
    if case is None:
        raise ValueError(f"case {number} begins with {new.kind}")
    case = replace(case, history=(*case.history, new), status=LEADS_TO.get(new.kind) or case.status)
    match new.kind:
        case "acknowledged":
            return replace(case, acknowledged=new.at)
        case "added":
            words = Words(new.at, facts["text"], tuple(Attachment(**file) for file in facts["files"]))
            return replace(case, added=(*case.added, words), unreachable=False)
        case "unreachable":
            return replace(case, unreachable=True)
        case "completed":
            complaint = _complaint(facts["complaint"])
            return replace(case, complaint=complaint, rubric=case.rubric or complaint.rubric)
        case "rubric":
            return replace(case, rubric=facts["rubric"])
        case "assigned":
            anew = case.reminded - {"accept"}  # each mediator has the whole term to accept
            return replace(case, mediator=facts["mediator"], assigned_at=new.at, accepted=False, reminded=anew)
        case "accepted":
            return replace(case, accepted=True, mediator=facts["mediator"], assigned_at=new.at)
        case "declined" | "passed":
            return replace(case, mediator="", accepted=False, barred=case.barred | {facts["mediator"]})
        case "barred":
            barred = case.barred | set(facts["named"])
            if case.mediator not in barred:
                return replace(case, barred=barred)
            return replace(case, barred=barred, mediator="", accepted=False, status="received")
        case "note":
            return replace(case, notes=(*case.notes, (new.by, facts["text"])))
        case "heard":
            return replace(case, heard=facts["text"], not_heard="")
        case "not_heard":
            return replace(case, not_heard=facts["reason"])
        case "cause":
            return replace(case, cause=Cause(facts["code"], facts["text"]))
        case "measure":
            return replace(case, measures=(*case.measures, _measure(facts)), no_measure="")
        case "no_measure":
            return replace(case, no_measure=facts["reason"])
        case "judged":
            return replace(case, judged=Judged(facts["kind"], facts["reason"]))
        case "no_prevention":
            return replace(case, no_prevention=facts["reason"])
        case "proposed":
            version = case.outcome.version + 1 if case.outcome else 1
            return replace(case, outcome=Outcome(version=version, **facts), outcome_at=new.at)
        case "disagreed":
            return replace(case, disagreement=facts["text"])
        case "closed":
            return replace(case, closed=new.at, closed_as=facts["how"])
        case "reminded":
            return replace(case, reminded=case.reminded | {facts["what"]})
        case "agreed" | "retried" | "asked":
            return case
    raise ValueError(f"unknown event {new.kind}")


def fold(number: str, events: Iterable[Happened]) -> Case:
    """The case that *events* tell, oldest first; at least one."""
    case: Case | None = None
    for event in events:
        case = after(case, number, event)
    if case is None:
        raise ValueError(f"case {number} has no events")
    return case


def is_danger(answer: str) -> bool:
    """Does the answer to the safety question ask for haste? Words of one's own do: somebody must read them."""
    return answer not in {"", "#none", "#unknown"}


def filed(complaint: Complaint) -> dict[str, Any]:
    """*complaint* as the facts of an event: plain JSON data."""
    facts = asdict(complaint)
    for name in ("when_from", "when_to"):
        facts[name] = facts[name].isoformat() if facts[name] else None
    return facts


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _complaint(facts: Mapping[str, Any]) -> Complaint:
    rest: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    rest["files"] = tuple(Attachment(**file) for file in facts["files"])
    rest["clarified"] = tuple((question, words) for question, words in facts["clarified"])
    rest["when_from"], rest["when_to"] = _day(facts["when_from"]), _day(facts["when_to"])
    return Complaint(**rest)


def _measure(facts: Mapping[str, Any]) -> Measure:
    return Measure(facts["code"], facts["what"], facts["owner"], _day(facts["due"]), facts["kind"])
