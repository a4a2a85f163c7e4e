"""Letters on paper: that we received a letter, with what is still unclear, and the outcome.

The surprising truth: an address is known only where somebody typed one, so a letter may begin with no address at all.
"""

from __future__ import annotations

import re
from datetime import timedelta

from handlers.client import intake
from handlers.facts import Facts
from handlers.procedure import deadlines
from handlers.procedure.case import Case
from handlers.procedure.papers.paper import Line, Paper, Part
from handlers.procedure.unclear import unclear
from handlers.texts import Field, Label, Lines, Number, T


def _name(case: Case) -> str:
    return own(case.complaint.name)


def own(value: str) -> str:
    """What somebody typed; "" where they chose an option instead."""
    return "" if value.startswith("#") and value[1:] in intake.CHOSEN else value


def _dear(case: Case) -> Line:
    name = _name(case)
    return Line("", T("p_dear", "Dear {name},", name=name) if name else T("p_dear_somebody", "Dear sir or madam,"))


def _address(case: Case) -> tuple[Field, ...]:
    """Name and postal address, a line each; an e-mail address or a telephone number is none."""
    reach = own(case.complaint.reach)
    elsewhere = case.complaint.contact in {"#phone", "#email", "#telegram"}  # with words such as "not before ten"
    postal = not elsewhere and bool(re.search(r"[^\W\d_]", reach)) and "@" not in reach
    lines = [part.strip() for part in re.split(r"[,\n]", reach) if part.strip()] if postal else []
    return tuple(line for line in (_name(case), *lines[:5]) if line)


def _signed(facts: Facts, key: str) -> tuple[Line, ...]:
    firm = facts.firm
    name = firm.name_of(key) if key else ""
    signed = Lines(tuple(part for part in (name, firm.contact.name) if part))
    return Line("", T("p_regards", "With kind regards,")), Line("", signed)


def _reach_us(facts: Facts, case: Case) -> Line:
    contact = facts.firm.contact
    text = T(
        "p_reach_us",
        "You can call us: {phone}, {hours}. Or email {email}. Name your reference {ref}.",
        phone=contact.phone, hours=Label(contact.hours), email=contact.email, ref=Number(case.number),
    )  # fmt: skip
    return Line("", text)


def acknowledgement(facts: Facts, case: Case) -> Paper:
    """The acknowledgement of a letter, with the questions for what is still unclear (S4, S5)."""
    asked = unclear(case)
    received = T(
        "p_letter_received",
        "We received your complaint on {received}. You get the outcome by {decide_by}.",
        received=deadlines.local_day(case.received, facts.zone),
        decide_by=deadlines.outcome_by(case, facts.firm.terms, facts.zone),
    )
    question = T("p_letter_asks", "Can you tell us more about this?")
    invitation = T("letter_open", "Do you want to add something? You are welcome to.")
    return Paper(
        T("p_letter_file", "letter"),
        "letter",
        T("p_letter", "Your complaint {ref}", ref=Number(case.number)),
        facts.today,
        (
            Part("", (_dear(case), Line("", received))),
            Part("", (Line("", question if asked else invitation),), points=asked),
            Part("", (_reach_us(facts, case), *_signed(facts, facts.actor.key))),
        ),
        case.number,
        _address(case),
    )


def outcome(facts: Facts, case: Case) -> Paper:
    """The outcome on paper, in the words the client got; at most one version stands."""
    assert case.outcome is not None and case.outcome_at is not None
    told, body, terms = case.outcome, facts.firm.committee, facts.firm.terms
    sent = deadlines.local_day(case.outcome_at, facts.zone)
    wrong = told.went_wrong or (case.cause.text if case.cause else "")
    parts = (
        (T("line_looked_at", "What we looked at"), told.looked_at),
        (T("line_went_wrong", "What went wrong"), wrong),
        *(((T("line_judgement", "Our judgement"), told.judgement),) if told.judgement else ()),
        (T("p_for_you", "What we do for you"), told.for_you),
        (T("line_change", "What we change"), told.change or T("no_change", "Nothing for now.")),
    )
    opening = T("p_outcome_opening", "You made a complaint, and we received it on {received}. This is our outcome.",
                received=deadlines.local_day(case.received, facts.zone))  # fmt: skip
    answer = T("p_outcome_answer", "Tell us by {day} if this is fine.", day=sent + timedelta(days=terms.answer_days))
    committee = T(
        "p_outcome_committee",
        "Do you disagree? Then you can also go to {committee}.\n{address}\n{email}\nDo this within {term}. {cost}",
        committee=Label(body.name), address=body.address, email=body.email, term=Label(body.term),
        cost=Label(body.cost),
    )  # fmt: skip
    return Paper(
        T("p_outcome_file", "outcome letter"),
        "letter",
        T("p_outcome_title", "The outcome of your complaint {ref}", ref=Number(case.number)),
        sent,
        (
            Part("", (_dear(case), Line("", opening))),
            *(Part(heading, (Line("", words),), under=True) for heading, words in parts if words),
            *((Part("", (Line("", told.personal),)),) if told.personal else ()),
            Part(T("p_your_answer", "Your answer"), (Line("", answer), Line("", committee)), under=True),
            Part("", (_reach_us(facts, case), *_signed(facts, case.mediator))),
        ),
        case.number,
        _address(case),
    )
