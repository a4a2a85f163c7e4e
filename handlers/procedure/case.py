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
    """What the client added after sending, word for word. `question`: what was asked, if it is an answer."""

    at: datetime
    text: str
    files: tuple[Attachment, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of ours that the client has not answered yet. `number` counts the questions of the case from 1."""

    number: int
    text: str
    at: datetime


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
    """Something we do. `facts` are what the procedure asks for this kind (a claim's result, the referrer's advice)."""

    code: str
    what: str
    owner: str
    due: date | None
    kind: str = "corrective"
    since: datetime | None = None
    facts: tuple[tuple[str, str], ...] = ()
    done_at: datetime | None = None
    result: str = ""
    worked: tuple[tuple[str, str], ...] = ()  # who was asked weeks later, and what they said: yes, partly or no
    before: tuple[tuple[datetime | None, str, date | None], ...] = ()  # since when another owner or day stood there
    dropped: str = ""  # why it was taken back: then nobody does it, and it counts nowhere

    @property
    def done(self) -> bool:
        return self.done_at is not None

    @property
    def waits(self) -> bool:
        return self.done_at is None and not self.dropped


@dataclass(frozen=True, slots=True)
class Promise:
    """Something we told the client we would do by a day. `kept`: yes, no, or "" while it is open."""

    what: str
    due: date
    owner: str
    kept: str = ""


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
    """What the client is told. `version` counts proposals: an agreement holds for one of them only. `judgement` is
    given where the client asked for one: what we find, with reasons (Wkkgz art. 17)."""

    version: int
    result: str
    looked_at: str
    for_you: str
    change: str
    personal: str
    went_wrong: str = ""
    judgement: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the committee decided; founded or unfounded is its word only."""

    result: str
    on: date
    advice: str
    follow_up: str


@dataclass(frozen=True, slots=True)
class Case:
    number: str
    client: int  # a Telegram id; 0: somebody without Telegram, for whom staff speak
    language: str
    channel: str  # chat, phone, visit, letter or email
    received: datetime  # when it reached the firm, which may be before it was typed in
    complaint: Complaint
    status: str = "received"
    rubric: str = ""
    urgent: bool = False
    danger_at: datetime | None = None  # when the message that told of a danger reached us: the safety terms run from it
    term_from: datetime | None = None  # from when the outcome's term counts: receipt, or the last reopening
    acknowledged: datetime | None = None
    acknowledged_how: str = ""  # receipt, implicit, letter or email
    added: tuple[Words, ...] = ()
    edited: tuple[tuple[str, str], ...] = ()  # what a sent message said, and what it says now
    asked: tuple[Asked, ...] = ()  # what we asked the client and they have not answered yet, oldest first
    questions: int = 0  # how many we asked in all
    messages: tuple[tuple[datetime, str], ...] = ()  # what we wrote to the client
    road: str = ""  # talk (look for a solution together) or judge, as the client chose
    notes: tuple[tuple[str, str, tuple[Attachment, ...]], ...] = ()
    mediator: str = ""  # assigned; content opens only after acceptance
    assigned_at: datetime | None = None
    accepted: bool = False
    barred: frozenset[str] = frozenset()  # named, involved, objected to: never again on this case
    about: frozenset[str] = frozenset()  # of them, the colleagues it is about; not whom those report to
    passed_over: frozenset[str] = frozenset()  # had no time or did not answer: not offered it again by the bot
    resume: str = ""  # where it goes on once somebody else has accepted it
    about_asked: str = ""  # of which mediator the client was asked whether it is about them
    objected: bool = False
    authority: str = ""  # how we know that who complains for somebody else may do so
    heard: str = ""
    heard_who: str = ""
    accounts: tuple[tuple[str, str], ...] = ()  # all of them: who, and in their words
    asked_account: frozenset[str] = frozenset()  # the colleagues whose account was asked for
    not_heard: str = ""
    cause: Cause | None = None
    measures: tuple[Measure, ...] = ()
    no_measure: str = ""
    judged: Judged | None = None
    no_prevention: str = ""
    promises: tuple[Promise, ...] = ()
    reportable: tuple[str, str] | None = None  # whether an incident is reported (yes or no), and why
    proposals: int = 0
    rounds: int = 0  # of them since it was opened, or opened again
    retried_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    disagreement: str = ""
    extended_to: date | None = None
    extended_why: str = ""
    longer: tuple[date, str] | None = None  # a further extension that waits for the client's tap
    referred: date | None = None
    verdict: Verdict | None = None
    closed: datetime | None = None
    closed_as: str = ""  # agreed, not_agreed, no_answer, verdict, withdrawn, duplicate or no_complaint
    closed_why: str = ""
    reopened: int = 0
    related: tuple[str, ...] = ()  # the numbers of complaints about the same, joined to this one
    forget_by: date | None = None  # the client asked to delete the data: until when they hear what we decided
    rating: tuple[str, str, str] | None = None  # how satisfied (1-5), solved, and what could be better
    unreachable: bool = False  # the client blocked the bot: call instead
    reminded: frozenset[str] = frozenset()
    history: tuple[Happened, ...] = ()

    @property
    def open(self) -> bool:
        return self.status != "closed"

    @property
    def online(self) -> bool:
        return self.client != 0

    @property
    def signal(self) -> bool:
        """Told to improve us, without an answer: it has no outcome for anybody."""
        return self.complaint.contact == "#no_reply"

    @property
    def undecided(self) -> bool:
        """Was a danger told of which nobody has said yet whether it is reported? Joined to another, it waits there."""
        return self.urgent and self.reportable is None and self.closed_as != "duplicate"

    @property
    def concerned(self) -> frozenset[str]:
        """The colleagues who can be asked for their side: whom it is about, and who said to be involved."""
        said_so = (e.facts["mediator"] for e in self.history if e.facts.get("reason") == "#involved")
        passed_on = (e.by for e in self.history if e.kind == "barred" and e.facts["named"] == [e.by])
        return self.about.union(said_so, passed_on)

    @property
    def owed_accounts(self) -> tuple[Happened, ...]:
        """The questions for an account that were not answered, where it was not given up either."""
        told = {who for who, _ in self.accounts}
        asked = (event for event in self.history if event.kind == "account_asked")
        return () if self.not_heard else tuple(event for event in asked if event.facts["who"] not in told)

    @property
    def for_somebody_else(self) -> bool:
        return bool(self.complaint.for_other)

    @property
    def preventive(self) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if measure.kind == "preventive" and not measure.dropped)

    @property
    def corrective(self) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if measure.kind == "corrective" and not measure.dropped)


# Where an event leaves the case. "": where it was. Who may do it, and from where, stands in steps.py.
LEADS_TO = {
    "assigned": "assigned", "accepted": "analysis", "declined": "received", "passed": "received",
    "barred": "", "objected": "received", "proposed": "proposed", "agreed": "agreed", "disagreed": "disagreed",
    "retried": "analysis", "referred": "referred", "verdict": "verdict", "closed": "closed", "withdrawn": "closed",
    "duplicate": "closed", "no_complaint": "closed", "reopened": "analysis",
}  # fmt: skip


CHANGES_HANDS = {"assigned", "objected", "barred", "declined", "passed"}
GOES_ON = {"proposed", "agreed", "disagreed", "referred", "verdict"}


def after(case: Case | None, number: str, new: Happened) -> Case:
    """*case* after *new*: the one place where an event is given its meaning."""
    facts = new.facts
    if new.kind == "received":
        complaint = _complaint(facts["complaint"])
        received = datetime.fromisoformat(facts["received"]) if "received" in facts else new.at
        return Case(
            number, facts["client"], facts["language"], facts["channel"], received, complaint,
            rubric=complaint.rubric, urgent=is_danger(complaint.danger),
            danger_at=received if is_danger(complaint.danger) else None, history=(new,),
            barred=frozenset(facts["named"]), about=frozenset(facts.get("about", ())), term_from=received,
        )  # fmt: skip
    if case is None:
        raise ValueError(f"case {number} begins with {new.kind}")
    # In other hands a case goes on where it was: what the client was told or answered stands.
    before, goes_on = case, case.status if case.status in GOES_ON else case.resume
    case = replace(
        case, history=(*case.history, new), status=LEADS_TO.get(new.kind) or case.status,
        resume=goes_on if new.kind in CHANGES_HANDS else case.resume,
    )  # fmt: skip
    match new.kind:
        case "acknowledged":
            on = datetime.fromisoformat(facts["on"]) if "on" in facts else new.at
            return replace(case, acknowledged=on, acknowledged_how=facts.get("how", "receipt"))
        case "edited":
            return replace(case, edited=(*case.edited, (facts["before"], facts["text"])))
        case "clarify":
            question = Asked(case.questions + 1, facts["text"], new.at)
            return replace(case, asked=(*case.asked, question), questions=question.number)
        case "answered":
            numbers = facts.get("questions", [case.questions])  # which; before they were told apart, the last one
            asked = "\n".join(question.text for question in case.asked if question.number in numbers)
            left = tuple(question for question in case.asked if question.number not in numbers)
            words = Words(new.at, facts["text"], tuple(Attachment(**file) for file in facts["files"]), asked)
            return replace(case, added=(*case.added, words), asked=left, unreachable=False)
        case "road":
            return replace(case, road=facts["choice"])
        case "added":
            words = Words(new.at, facts["text"], tuple(Attachment(**file) for file in facts["files"]))
            return replace(case, added=(*case.added, words), unreachable=False)
        case "unreachable":
            return replace(case, unreachable=True)
        case "completed":
            complaint = replace(_complaint(facts["complaint"]), sent_early=False)
            return replace(case, complaint=complaint, rubric=case.rubric or complaint.rubric)
        case "rubric":
            return replace(case, rubric=facts["rubric"])
        case "assigned":
            anew = case.reminded - {"accept"}  # each mediator has the whole term to accept
            return replace(case, mediator=facts["mediator"], assigned_at=new.at, accepted=False, reminded=anew)
        case "accepted":
            status = case.resume or case.status  # but with the committee, or joined to another, it stays there
            status = status if before.status in {"received", "assigned"} else before.status
            return replace(
                case, accepted=True, mediator=facts["mediator"], assigned_at=new.at, status=status, resume=""
            )  # fmt: skip
        case "declined" | "passed":
            gone = frozenset({facts["mediator"]})
            if facts.get("reason") == "#involved":
                return replace(case, mediator="", accepted=False, barred=case.barred | gone)
            return replace(case, mediator="", accepted=False, passed_over=case.passed_over | gone)
        case "about_asked":
            return replace(case, about_asked=facts["mediator"])
        case "danger":
            return _endangered(case, new.at)
        case "barred":
            barred, about = case.barred | set(facts["named"]), case.about | set(facts.get("about", ()))
            if case.mediator not in barred:
                return replace(case, barred=barred, about=about, resume=before.resume)
            status = "received" if before.open else before.status
            return replace(case, barred=barred, about=about, mediator="", accepted=False, status=status, about_asked="")
        case "objected":
            return replace(case, objected=True, barred=case.barred | {case.mediator}, mediator="", accepted=False)
        case "authority":
            return replace(case, authority=facts["text"])
        case "account_asked":
            return replace(case, asked_account=case.asked_account | {facts["who"]})
        case "note":
            files = tuple(Attachment(**file) for file in facts.get("files", ()))
            return replace(case, notes=(*case.notes, (new.by, facts["text"], files)))
        case "heard":
            who, said = facts.get("who", ""), facts["text"]
            heard = (*case.accounts, (who, said))
            return replace(case, heard=said, heard_who=who, accounts=heard, not_heard="")
        case "not_heard":
            return replace(case, not_heard=facts["reason"])
        case "cause":
            return replace(case, cause=Cause(facts["code"], facts["text"]))
        case "measure" if "measure" in facts:  # one that was planned before: taken back, or another owner or day
            index, due = facts["measure"], _day(facts["due"])
            if "reason" in facts:
                return _with_measure(case, index, dropped=facts["reason"])
            told = {f"measure_{index}{when}" for when in ("_soon", "", "_late")}  # of the day that is no longer so
            case = replace(case, reminded=case.reminded - told)
            was = case.measures[index]
            stood = (*was.before, (was.since, was.owner, was.due))
            return _with_measure(case, index, owner=facts["owner"], due=due, since=new.at, before=stood)
        case "measure":
            # What prevents it for others says nothing of this client: that they need none stands (R22).
            none = case.no_measure if facts["kind"] == "preventive" else ""
            return replace(case, measures=(*case.measures, _measure(facts, new.at)), no_measure=none)
        case "done":
            known = (*case.measures[facts["measure"]].facts, *_known(facts))
            return _with_measure(case, facts["measure"], done_at=new.at, result=facts["result"], facts=known)
        case "checked":
            before = case.measures[facts["measure"]].worked
            return _with_measure(case, facts["measure"], worked=(*before, (new.by, facts["worked"])))
        case "promised":
            promise = Promise(facts["what"], date.fromisoformat(facts["due"]), facts["owner"])
            return replace(case, promises=(*case.promises, promise))
        case "promise_kept":
            promises = list(case.promises)
            promises[facts["promise"]] = replace(promises[facts["promise"]], kept=facts["kept"])
            return replace(case, promises=tuple(promises))
        case "reportable":
            return replace(case, reportable=(facts["report"], facts["reason"]))
        case "no_measure":
            return replace(case, no_measure=facts["reason"])
        case "judged":
            return replace(case, judged=Judged(facts["kind"], facts["reason"]))
        case "no_prevention":
            return replace(case, no_prevention=facts["reason"])
        case "proposed":
            version = case.proposals + 1
            outcome = Outcome(version=version, **facts)
            return replace(
                case, outcome=outcome, outcome_at=new.at, proposals=version, rounds=case.rounds + 1, longer=None
            )
        case "disagreed":
            return replace(case, disagreement=facts["text"] or case.disagreement)
        case "extended" | "longer_agreed":
            until, why = (date.fromisoformat(facts["until"]), facts["reason"]) if facts else (case.longer or (None, ""))
            return replace(case, extended_to=until, extended_why=why, longer=None)
        case "longer_asked":
            return replace(case, longer=(date.fromisoformat(facts["until"]), facts["reason"]))
        case "longer_refused":
            return replace(case, longer=None)
        case "referred":
            went = date.fromisoformat(facts["on"])  # a closed case is open again: measures and the decision go on
            return replace(case, referred=went, closed=None, closed_as="", closed_why="")
        case "verdict":
            decided = date.fromisoformat(facts["on"])
            verdict = Verdict(facts["result"], decided, facts["advice"], facts["follow_up"])
            return replace(case, verdict=verdict, status=case.status if before.open else before.status)
        case "closed":
            return replace(case, closed=new.at, closed_as=facts["how"], asked=())
        case "withdrawn" | "duplicate" | "no_complaint":
            other = (facts["of"],) if "of" in facts else ()
            read_by = {"mediator": facts["mediator"], "accepted": True} if facts.get("mediator") else {}
            return replace(
                case, closed=new.at, closed_as=new.kind, closed_why=facts["reason"], asked=(),
                related=(*case.related, *other), **read_by,
            )  # fmt: skip
        case "related":
            named = frozenset(facts.get("named", ()))
            related = replace(
                case, related=(*case.related, facts["number"]), barred=case.barred | named,
                about=case.about | set(facts.get("about", ())),
            )  # fmt: skip
            if "danger_at" in facts:  # what nobody decided there is decided here, counted from the first of the two
                related = _endangered(related, datetime.fromisoformat(facts["danger_at"]))
            if case.mediator not in named:
                return related
            return replace(related, mediator="", accepted=False, status="received", resume=goes_on)
        case "reopened":
            return replace(
                case, status="analysis" if case.accepted else "received", closed=None, closed_as="", closed_why="",
                mediator=case.mediator if case.accepted else "",  # what was only offered is offered anew
                reopened=case.reopened + 1, term_from=new.at, extended_to=None, longer=None,
                outcome=None, outcome_at=None, referred=None, verdict=None, rounds=0, retried_at=None, resume="",
            )  # fmt: skip
        case "rated":
            return replace(case, rating=(facts["score"], facts["solved"], facts["text"]))
        case "forget_asked":
            return replace(case, forget_by=date.fromisoformat(facts["by"]))
        case "forget_decided":
            return replace(case, forget_by=None)
        case "reminded":
            return replace(case, reminded=case.reminded | {facts["what"]})
        case "message":
            return replace(case, messages=(*case.messages, (new.at, facts["text"])))
        case "retried":
            return replace(case, retried_at=new.at)
        case "agreed" | "asked" | "redacted":  # what is hidden is hidden where events are read (record.py)
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


def _endangered(case: Case, at: datetime) -> Case:
    """*case* after a danger that reached us at *at*. One that comes after a decision asks for a decision of its own."""
    first = min(case.danger_at, at) if case.danger_at and case.undecided else at
    anew = case.reminded if case.undecided else frozenset(w for w in case.reminded if not w.startswith("safety_"))
    return replace(case, urgent=True, danger_at=first, reportable=None, reminded=anew)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _complaint(facts: Mapping[str, Any]) -> Complaint:
    rest: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    rest["files"] = tuple(Attachment(**file) for file in facts["files"])
    rest["clarified"] = tuple((question, words) for question, words in facts["clarified"])
    rest["when_from"], rest["when_to"] = _day(facts["when_from"]), _day(facts["when_to"])
    return Complaint(**rest)


def _measure(facts: Mapping[str, Any], since: datetime) -> Measure:
    due = _day(facts["due"])
    return Measure(facts["code"], facts["what"], facts["owner"], due, facts["kind"], since, _known(facts))


def _known(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a measure tells; a question that was passed over, once stored as #skip, tells nothing."""
    return tuple((name, "" if said == "#skip" else str(said)) for name, said in facts.get("facts", ()))


def _with_measure(case: Case, index: int, **changed: Any) -> Case:
    measures = list(case.measures)
    measures[index] = replace(measures[index], **changed)
    return replace(case, measures=tuple(measures))
