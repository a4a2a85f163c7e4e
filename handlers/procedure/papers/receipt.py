"""What the client gets at once, to keep: the reference, what they wrote, and what happens next."""

from __future__ import annotations

from handlers.client import intake
from handlers.facts import Facts
from handlers.procedure import deadlines
from handlers.procedure.case import Case
from handlers.procedure.papers.paper import Line, Paper, Part
from handlers.procedure.papers.words import (
    AID,
    FILES,
    RECEIVED,
    REFERENCE,
    TOPIC,
    added,
    clarified,
    clients_files,
    files_of,
    received_on,
    story_of,
)  # fmt: skip
from handlers.texts import Label, Number, T


def paper(facts: Facts, case: Case) -> Paper:
    """What the client gets at once, to keep: the reference, what they wrote, and what happens next."""
    known, firm = intake.overview(facts, case.complaint), facts.firm
    return Paper(
        T("p_receipt_file", "receipt"),
        "form",
        T("p_receipt", "Receipt of your complaint {ref}", ref=Number(case.number)),
        deadlines.local_day(case.received, facts.zone),
        (
            Part(
                T("p_your_complaint", "Your complaint"),
                (
                    Line(REFERENCE, Number(case.number)),
                    Line(RECEIVED, received_on(facts, case)),
                    Line(T("p_what_happened", "What happened"), story_of(case)),
                    Line(TOPIC, known["rubric"]),
                    Line(AID, known["product"]),
                    Line(T("p_when", "When it happened"), known["when"]),
                    *clarified(case),
                    Line(T("p_you_want", "What you want"), known["wish"]),
                    Line(T("p_name", "Name"), known["name"]),
                    Line(T("p_contact", "Contact"), known["contact"]),
                    *(line for words in case.added for line in added(words, facts, words.question)),
                    Line(FILES, files_of(facts, clients_files(case))),
                ),
            ),
            Part(
                T("p_next", "What happens next"),
                points=(
                    T("p_next_reply", "A member of staff contacts you by {day}.",
                      day=deadlines.reply_by(case, firm.terms, facts.zone)),
                    T("p_next_outcome", "You get the outcome by {day}.",
                      day=deadlines.outcome_by(case, firm.terms, facts.zone)),
                    T("p_next_ask", "Questions? Call {phone}, {hours}. Name your reference.", phone=firm.contact.phone,
                      hours=Label(firm.contact.hours)),
                ),
            ),
        ),
        case.number,
    )  # fmt: skip
