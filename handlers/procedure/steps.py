"""What may follow what, and who may do it: the procedure as one table, and the gate before closing.

`can` is asked for every event, at the moment it is filed, whatever road it came by; what is not in the table is
not allowed. Meaning (what an event changes) lives in case.py. The surprising truth: a person who is barred from
a case gets the same answer as a stranger, because "not yours" must not differ from "does not exist".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.procedure.case import Case
from handlers.texts import T, Text


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: their Telegram id, and for staff the key and roles they were invited with."""

    id: int
    name: str
    language: str
    key: str = ""
    roles: frozenset[str] = frozenset()


OPEN = ("received", "assigned", "analysis", "proposed", "agreed", "disagreed")
WORK = ("analysis", "proposed", "agreed", "disagreed")
ANY = (*OPEN, "closed")


@dataclass(frozen=True, slots=True)
class Step:
    source: tuple[str, ...]  # the statuses it may come from
    who: frozenset[str]  # client, mediator (who accepted), assigned (not accepted yet), manager, bot


def _step(source: tuple[str, ...], who: str) -> Step:
    return Step(source, frozenset(who.split()))


STEPS = {
    # event            from                                          who
    "acknowledged":  _step(ANY,                                      "bot"),
    "added":         _step(ANY,                                      "client"),
    "completed":     _step(ANY,                                      "client"),
    "asked":         _step(("proposed",),                            "client"),
    "rubric":        _step(OPEN,                                     "mediator manager"),
    "assigned":      _step(("received",),                            "bot manager"),
    "accepted":      _step(("received", "assigned"),                 "assigned manager"),
    "declined":      _step(("assigned", "analysis"),                 "assigned mediator"),
    "passed":        _step(("assigned",),                            "bot"),
    "barred":        _step(OPEN,                                     "bot"),
    "note":          _step(ANY,                                      "mediator manager"),
    "heard":         _step(WORK,                                     "mediator manager"),
    "not_heard":     _step(WORK,                                     "mediator manager"),
    "cause":         _step(WORK,                                     "mediator manager"),
    "measure":       _step(WORK,                                     "mediator manager"),
    "no_measure":    _step(WORK,                                     "mediator manager"),
    "judged":        _step(WORK,                                     "mediator manager"),
    "no_prevention": _step(WORK,                                     "mediator manager"),
    "proposed":      _step(("analysis",),                            "mediator manager"),
    "agreed":        _step(("proposed",),                            "client"),
    "disagreed":     _step(("proposed",),                            "client"),
    "retried":       _step(("disagreed",),                           "client mediator manager"),
    "closed":        _step(("agreed", "disagreed", "proposed"),      "mediator manager"),
    "reminded":      _step(OPEN,                                     "bot"),
    "unreachable":   _step(OPEN,                                     "bot"),
}  # fmt: skip


def relations(actor: Actor, case: Case) -> frozenset[str]:
    """What *actor* is to *case*. Of their own complaint a colleague is the client, and no more than that; someone the
    case is about is nothing to it, whatever their role."""
    if actor.id == 0:
        return frozenset({"bot"})
    if actor.id == case.client:
        return frozenset({"client"})
    if actor.key and actor.key in case.barred:
        return frozenset()
    found = set[str]()
    if actor.key and actor.key == case.mediator:
        found.add("mediator" if case.accepted else "assigned")
    if "manager" in actor.roles:
        found.add("manager")
    return frozenset(found)


def can(actor: Actor, kind: str, case: Case) -> bool:
    """May *actor* file an event of *kind* on *case* now?"""
    step = STEPS.get(kind)
    if step is None or case.status not in step.source:
        return False
    if kind == "accepted" and case.mediator and actor.key != case.mediator:
        return False  # a manager takes a case himself only while nobody has it ("het is mogelijk dat ...")
    return bool(step.who & relations(actor, case))


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


HEARD_FIRST = ("conduct", "expertise")  # rubrics about a person: both sides are heard (hoor en wederhoor)

BEFORE_OUTCOME = (
    Need("cause", "cause", lambda case: case.cause is not None, T("need_cause", "the cause")),
    Need("measure", "measure", lambda case: bool(case.corrective or case.no_measure), T("need_measure", "a measure, or why none is needed")),
    Need("judged", "kind", lambda case: case.judged is not None, T("need_judged", "structural or incidental")),
)  # fmt: skip


def _answered(case: Case) -> bool:
    """Silence counts once the clock has said so, and for the outcome that stands now only."""
    silent = case.outcome is not None and f"silent_{case.outcome.version}" in case.reminded
    return case.status in {"agreed", "disagreed"} or silent


BEFORE_CLOSING = (
    *BEFORE_OUTCOME,
    # A structural problem needs a preventive measure or a reason why there is none.
    Need(
        "prevention",
        "prevent",
        lambda case: case.judged is None or case.judged.kind != "structural" or bool(case.preventive or case.no_prevention),
        T("need_prevention", "how we prevent it, or why we do not"),
    ),
    Need("heard", "heard", lambda case: case.rubric not in HEARD_FIRST or bool(case.heard or case.not_heard), T("need_heard", "the other side's account, or why not")),
    Need("outcome", "outcome", lambda case: case.outcome is not None, T("need_outcome", "the outcome for the client")),
    Need("answer", "case", _answered, T("need_answer", "the client's answer to the outcome")),
)  # fmt: skip


def missing(case: Case, needs: tuple[Need, ...] = BEFORE_CLOSING) -> tuple[Need, ...]:
    """What *case* still lacks, in the order a mediator would do it."""
    return tuple(need for need in needs if not need.met(case))
