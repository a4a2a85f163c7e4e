"""The note for the client file: number, date, aid, and what we agreed to do; no story and no names (R29)."""

from __future__ import annotations

from handlers.client import intake
from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure import deadlines
from handlers.procedure.case import Case
from handlers.procedure.papers.paper import Line, Paper, Part
from handlers.procedure.papers.words import AID
from handlers.texts import Field, Lines, Number, T


def agreed_actions(case: Case) -> tuple[Field, ...]:
    """What we agreed to do with the aid; who fits it and what the law asks is nobody's business in that file (R29)."""
    return tuple(
        T("dossier_done", "{what} ✓", what=m.what or card.measure_kind(m)) if m.done else m.what or card.measure_kind(m)
        for m in case.corrective
        if m.code not in {"fitter", "law"}
    )


def paper(facts: Facts, case: Case) -> Paper:
    """Number, date, aid, and what we agreed to do: no story and no names."""
    known, nothing = agreed_actions(case), T("nothing_agreed", "nothing about the aid")
    return Paper(
        T("p_note_file", "note for the client file"),
        "form",
        T("p_note_title", "Note for the client file"),
        facts.today,
        (
            Part(
                "",
                (
                    Line(T("p_complaint", "Complaint"), Number(case.number)),
                    Line(T("p_date", "Date"), deadlines.local_day(case.received, facts.zone)),
                    Line(AID, intake.shown(case.complaint.device)),
                    Line(T("p_agreed", "Agreed"), Lines(known) if known else nothing),
                ),
            ),
        ),
        case.number,
    )
