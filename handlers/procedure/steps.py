"""What may follow what, and who may do it: the procedure as one table, and the gate before closing.

`can` is asked for every event, at the moment it is filed, whatever road it came by; what is not in the table is
not allowed. Meaning (what an event changes) lives in case.py. The surprising truth: a person who is barred from
a case gets the same answer as a stranger, because "not yours" must not differ from "does not exist".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.procedure.case import Case
from handlers.procedure.measures import falls_short
from handlers.texts import T, Text


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: their Telegram id, and for staff the key and roles they were invited with."""

    id: int
    name: str
    language: str
    key: str = ""
    roles: frozenset[str] = frozenset()


OPEN = ("received", "assigned", "analysis", "proposed", "agreed", "disagreed", "referred", "verdict")
WORK = ("analysis", "proposed", "agreed", "disagreed", "referred", "verdict")
EARLY = ("received", "assigned", "analysis")
INSIDE = ("received", "assigned", "analysis", "proposed", "agreed", "disagreed")  # not with the committee yet
ANY = (*OPEN, "closed")
ROUNDS = 2  # outcomes before the committee is the only way on (L19)
APART = ("not_agreed", "no_answer")  # how it was closed without the client's yes: the committee is open for a year


@dataclass(frozen=True, slots=True)
class Step:
    source: tuple[str, ...]  # the statuses it may come from
    who: frozenset[str]  # see `relations`


def _steps(*rows: tuple[tuple[str, ...], str]) -> tuple[Step, ...]:
    return tuple(Step(source, frozenset(who.split())) for source, who in rows)


HANDLER = "mediator manager"
STEPS: Mapping[str, tuple[Step, ...]] = {
    # event              from, and who
    "acknowledged":   _steps((ANY, "bot"), (OPEN, "mediator manager clerk")),
    "added":          _steps((ANY, "client")),
    "edited":         _steps((ANY, "client")),
    "completed":      _steps((OPEN, "client")),
    "asked":          _steps((("proposed",), "client")),
    "clarify":        _steps((OPEN, HANDLER)),
    "message":        _steps((ANY, HANDLER)),
    "answered":       _steps((OPEN, "client")),
    "road":           _steps((INSIDE, "client")),
    "rubric":         _steps((OPEN, HANDLER), (("closed",), "manager")),
    "assigned":       _steps((("received",), "bot manager admin"), (("assigned", *WORK), "manager")),
    "accepted":       _steps((("received", "assigned", "referred", "verdict"), "assigned manager"),
                             (("closed",), "bot")),  # joined to another: read by whoever handles that one
    "declined":       _steps((("assigned", "analysis"), "assigned mediator")),
    "passed":         _steps((("assigned",), "bot")),
    "objected":       _steps((("assigned", "analysis", "proposed", "agreed", "disagreed"), "client")),
    "barred":         _steps((OPEN, "bot mediator manager"), (("closed",), "bot")),
    "about_asked":    _steps((ANY, "bot")),
    "danger":         _steps((ANY, "bot")),
    "authority":      _steps((OPEN, HANDLER)),
    "note":           _steps((ANY, HANDLER)),
    "redacted":       _steps((ANY, HANDLER)),
    "account_asked":  _steps((WORK, HANDLER)),
    "heard":          _steps((WORK, "mediator manager accused")),
    "not_heard":      _steps((WORK, HANDLER)),
    "cause":          _steps((WORK, HANDLER), (("closed",), "manager")),
    "measure":        _steps((WORK, HANDLER), (("received", "assigned"), "manager"), (("closed",), HANDLER)),
    "no_measure":     _steps((WORK, HANDLER)),
    "done":           _steps((ANY, "mediator manager owner")),
    "checked":        _steps((ANY, "client mediator manager owner")),
    "promised":       _steps((OPEN, HANDLER)),
    "forget_asked":   _steps((ANY, "client")),
    "forget_decided": _steps((ANY, "manager")),
    "promise_kept":   _steps((ANY, HANDLER)),
    "reportable":     _steps((ANY, HANDLER)),
    "judged":         _steps((WORK, HANDLER), (("closed",), HANDLER)),
    "no_prevention":  _steps((WORK, HANDLER), (("closed",), HANDLER)),
    "proposed":       _steps((("analysis",), HANDLER)),
    "agreed":         _steps((("proposed",), "client")),
    "disagreed":      _steps((("proposed", "agreed"), "client")),  # a yes is taken back until it is closed
    "retried":        _steps((("disagreed",), "client mediator manager")),
    "extended":       _steps((INSIDE, HANDLER)),
    "longer_asked":   _steps((INSIDE, HANDLER)),
    "longer_agreed":  _steps((INSIDE, "client")),
    "longer_refused": _steps((INSIDE, "client")),
    "referred":       _steps((("disagreed",), "client mediator manager"), (INSIDE, "client"),
                             (("closed",), "client mediator manager")),
    "verdict":        _steps((("referred", "verdict"), HANDLER), (("closed",), "manager")),  # again: put right (L27)
    "withdrawn":      _steps((OPEN, "client")),
    "duplicate":      _steps((EARLY, "manager")),
    "no_complaint":   _steps((EARLY, "manager")),
    "related":        _steps((OPEN, "bot manager")),
    "closed":         _steps((("analysis", "agreed", "disagreed", "proposed", "verdict"), HANDLER)),
    "reopened":       _steps((("closed",), "client manager")),
    "rated":          _steps((("closed",), "client")),
    "reminded":       _steps((ANY, "bot")),
    "unreachable":    _steps((ANY, "bot")),
}  # fmt: skip

# What must also be so of the case itself. The clock's part (is it too late to reopen?) is asked where time is known.
ONLY_IF: Mapping[str, Callable[[Case], bool]] = {
    # Once; but the day on which a letter left may be put right.
    "acknowledged": lambda case: case.acknowledged is None or case.channel in {"letter", "email"},
    "completed": lambda case: case.complaint.sent_early,  # the rest of what was sent early, once
    "answered": lambda case: bool(case.asked),
    "objected": lambda case: bool(case.mediator) and not case.objected,
    "retried": lambda case: case.rounds < ROUNDS,
    "proposed": lambda case: case.rounds < ROUNDS,
    "danger": lambda case: not case.urgent or case.reportable is not None,  # after the decision it is one of its own
    "no_complaint": lambda case: not case.undecided,
    "accepted": lambda case: not case.accepted or case.closed_as == "duplicate",
    "extended": lambda case: case.extended_to is None,
    "referred": lambda case: case.open or case.closed_as in APART,
    "verdict": lambda case: case.open or case.closed_as == "verdict",
    "longer_asked": lambda case: case.extended_to is not None and case.longer is None,
    "longer_agreed": lambda case: case.longer is not None,
    "longer_refused": lambda case: case.longer is not None,
    "closed": lambda case: case.signal or case.status != "analysis",
    "rated": lambda case: case.rating is None,
    "forget_asked": lambda case: case.forget_by is None,
    "forget_decided": lambda case: case.forget_by is not None,
}


# Who wanted no answer gets none: nothing is asked of them, promised to them or sent.
ANSWERS = frozenset({"clarify", "message", "promised", "proposed", "extended", "longer_asked"})


def relations(actor: Actor, case: Case) -> frozenset[str]:
    """What *actor* is to *case*. Of their own complaint a colleague is the client, and no more than that; someone the
    case is about is nothing to it, whatever their role."""
    if actor.id == 0:
        return frozenset({"bot"})
    if actor.id == case.client:
        return frozenset({"client"})
    if not actor.key:
        return frozenset()
    if actor.key in case.barred:
        # All that somebody the case is about may do is give the account that was asked for.
        return frozenset({"accused"}) if actor.key in case.asked_account else frozenset()
    found = set[str]()
    if actor.key == case.mediator:
        found.add("mediator" if case.accepted else "assigned")
    if "manager" in actor.roles:
        found.add("manager")
    if "admin" in actor.roles and case.status == "received":
        found.add("admin")  # who may give it to somebody when nobody else is free to; without reading it
    if any(measure.owner == actor.key and not measure.dropped for measure in case.measures):
        found.add("owner")
    if case.acknowledged is None and case.history and actor.key == case.history[0].by:
        found.add("clerk")  # who registered it has its letter to send, whoever handles it; and reads no more of it
    if not case.online and found & {"mediator", "manager"}:
        found.add("client")  # who has no Telegram is spoken for by whoever handles the case
    return frozenset(found)


def can(actor: Actor, kind: str, case: Case) -> bool:
    """May *actor* file an event of *kind* on *case* now?"""
    if kind == "accepted" and case.open and case.mediator and actor.key != case.mediator:
        return False  # a manager takes a case himself only while nobody has it ("het is mogelijk dat ...")
    if case.signal and kind in ANSWERS:
        return False
    if kind in ONLY_IF and not ONLY_IF[kind](case):
        return False
    related = relations(actor, case)
    return any(case.status in step.source and step.who & related for step in STEPS.get(kind, ()))


def may_read(actor: Actor, case: Case) -> bool:
    """Content is for the client, the mediator who accepted, and managers the case is not about."""
    return bool(relations(actor, case) & {"client", "mediator", "manager"})


def may_see(actor: Actor, case: Case) -> bool:
    """May *actor* know that the case exists? Also the mediator who has not accepted yet."""
    return bool(relations(actor, case))


@dataclass(frozen=True, slots=True)
class Need:
    """Something a case must have. `command` is where it is recorded."""

    name: str
    command: str
    met: Callable[[Case], bool]
    text: Text


ABOUT_WORK = ("fit_pain", "agreements", "invoice")  # somebody's work too, though the client is not asked whose (R20)
HEARD_FIRST = ("conduct", "expertise")  # rubrics about a person: both sides are heard (hoor en wederhoor)

BEFORE_OUTCOME = (
    Need("topic", "rubric", lambda case: bool(case.rubric), T("need_topic", "the topic")),
    Need("authority", "authority", lambda case: not case.for_somebody_else or bool(case.authority), T("need_authority", "whether the client agrees")),
    Need("cause", "cause", lambda case: case.cause is not None, T("need_cause", "the cause")),
    Need("measure", "measure", lambda case: bool(case.corrective or case.no_measure), T("need_measure", "a measure, or why none is needed")),
    Need("judged", "kind", lambda case: case.judged is not None, T("need_judged", "structural or incidental")),
)  # fmt: skip


def _answered(case: Case) -> bool:
    """Silence counts once the clock has said so, and for the outcome that stands now only."""
    silent = case.outcome is not None and f"silent_{case.outcome.version}" in case.reminded
    return case.signal or case.status in {"agreed", "disagreed", "verdict"} or silent


def known_whose(case: Case) -> bool:
    """Is a colleague named, or was it recorded that it is about nobody in particular?"""
    return bool(case.about) or any(e.kind == "barred" and e.facts.get("nobody") for e in case.history)


def _looked_again(case: Case) -> bool:
    """A no is not the end: it is looked at together again (L19), unless the client let a week pass without asking."""
    waited = f"waits_disagreed_{case.proposals}" in case.reminded
    return case.status != "disagreed" or case.rounds >= ROUNDS or waited


def _made_up_for(case: Case) -> bool:
    """What was found not to meet the law or the SEMH is followed by a measure, or by why there is none."""
    made_up_for = True
    for event in case.history:
        if event.kind == "done" and falls_short(event.facts.get("facts", ())):
            made_up_for = False
        elif event.kind == "no_measure" or (event.kind == "measure" and "measure" not in event.facts):
            made_up_for = True
    return made_up_for


BEFORE_CLOSING = (
    *BEFORE_OUTCOME,
    # A structural problem needs a preventive measure or a reason why there is none.
    Need(
        "prevention",
        "prevent",
        lambda case: case.judged is None or case.judged.kind != "structural" or bool(case.preventive or case.no_prevention),
        T("need_prevention", "how we prevent it, or why we do not"),
    ),
    Need("about", "about", lambda case: case.rubric not in ABOUT_WORK or known_whose(case), T("need_about", "whom it is about, or nobody")),
    Need("heard", "heard", lambda case: case.rubric not in HEARD_FIRST or bool(case.heard or case.not_heard), T("need_heard", "the other side's account, or why not")),
    Need("report", "incident", lambda case: not case.undecided, T("need_report", "whether the incident is reported")),
    # An agreement that was not kept is kept after all, or the client does not need it any more (measure M5).
    # What we promised or planned for this client is done, or said to be missed; prevention lives on by itself.
    Need("owed", "keep", lambda case: all(promise.kept for promise in case.promises), T("need_promise", "the promise that is still open")),
    Need("carried", "done", lambda case: all(m.done for m in case.corrective if m.due and m.code != "agreement"), T("need_done", "the measure that is still to be done")),
    Need("law", "measure", _made_up_for, T("need_law", "a measure to meet the law or the SEMH")),
    Need("kept", "done", lambda case: all(m.done for m in case.corrective if m.code == "agreement"), T("need_kept", "the agreement that is still to be kept")),
    Need("outcome", "outcome", lambda case: case.signal or case.outcome is not None or case.verdict is not None, T("need_outcome", "the outcome for the client")),
    Need("answer", "", _answered, T("need_answer", "the client's answer to the outcome")),
    Need("again", "retry", _looked_again, T("need_again", "another look together")),
)  # fmt: skip


def missing(case: Case, needs: tuple[Need, ...] = BEFORE_CLOSING) -> tuple[Need, ...]:
    """What *case* still lacks, in the order a mediator would do it."""
    return tuple(need for need in needs if not need.met(case))
