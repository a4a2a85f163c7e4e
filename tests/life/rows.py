"""Which rows of the life of a case (L1-L27, docs/proof.md) an event is an instance of, so that a walk can be counted.

A row that consists of several things is counted by each, `L13 cause` beside `L13 measure`: a walk that reaches only
the first has not seen the row. The surprising truth: a row is not an event. The same "accepted" is L10 from a mediator
and L12 from a manager, and a topic set twice is a correction.
"""

from __future__ import annotations

from collections.abc import Iterator

from handlers.procedure.case import Case, Happened

WANTED = (
    "L1", "L2 phone", "L2 visit", "L2 letter", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10",
    "L11 declined", "L11 passed", "L12", "L13 cause", "L13 measure", "L13 no measure", "L13 structural",
    "L13 incidental", "L13 prevention", "L13 no prevention", "L14 handed over", "L14 objected", "L14 barred", "L15",
    "L16 agreed", "L16 closed", "L17", "L18", "L19", "L19 second outcome", "L20 after disagreement",
    "L20 by the client", "L21", "L22", "L23", "L24 duplicate", "L24 no complaint", "L25 by the client",
    "L25 by a manager", "L26", "L26 more, agreed", "L26 more, refused", "L27",
)  # fmt: skip
PARTS = {
    "acknowledged": "L3", "clarify": "L5", "rubric": "L8", "assigned": "L9", "declined": "L11 declined",
    "passed": "L11 passed", "cause": "L13 cause", "no_measure": "L13 no measure", "no_prevention": "L13 no prevention",
    "objected": "L14 objected", "proposed": "L15", "agreed": "L16 agreed", "disagreed": "L17", "retried": "L19",
    "verdict": "L21", "withdrawn": "L23", "duplicate": "L24 duplicate", "no_complaint": "L24 no complaint",
    "extended": "L26", "longer_agreed": "L26 more, agreed", "longer_refused": "L26 more, refused",
}  # fmt: skip


def rows_of(before: Case | None, case: Case, event: Happened) -> Iterator[str]:
    """The rows that *event*, which made *before* into *case*, is an instance of."""
    if before is None:
        yield "L1" if case.channel == "chat" else f"L2 {case.channel}"
        return
    match event.kind:
        case "acknowledged" if event.by != "bot":
            yield "L4"
        case "answered" if before.asked:
            yield "L6"
        case "reminded" if event.facts["what"].endswith("_21") and case.asked and case.status == before.status:
            yield "L7"
        case "accepted":
            yield "L10" if before.mediator else "L12"
        case "measure" if "measure" not in event.facts:
            yield f"L13 {'prevention' if event.facts['kind'] == 'preventive' else 'measure'}"
        case "judged":
            yield f"L13 {event.facts['kind']}"
        case "assigned" if before.accepted:
            yield "L14 handed over"
        case "barred" if before.mediator and not case.mediator:
            yield "L14 barred"
        case "closed":
            how = {"agreed": "L16 closed", "no_answer": "L18", "verdict": "L22"}
            yield from filter(None, [how.get(event.facts["how"])])
        case "referred":
            yield "L20 after disagreement" if before.status == "disagreed" else "L20 by the client"
        case "reopened":
            yield f"L25 by {'the client' if event.by == 'client' else 'a manager'}"
        case kind if kind in PARTS:
            yield PARTS[kind]
    if event.kind == "proposed" and case.rounds > 1:
        yield "L19 second outcome"
    if (event.kind == "cause" and before.cause) or (event.kind == "rubric" and before.rubric):
        yield "L27"
