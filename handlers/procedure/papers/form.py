"""The complaint form (klachtenformulier): A what was told, B what was done with it, C who changed what.

Its fields are those of domain.md 4.1, all of them. Part B is made in handling.py, part C in trail.py. The surprising
truth: some fields nobody is asked in the chat, because they cost a client more than they tell us. Those stand together
at the end of part A with room to write, unless the procedure came to know them.
"""

from __future__ import annotations

from handlers.client import intake
from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure.case import Case
from handlers.procedure.measures import said
from handlers.procedure.papers.handling import ended, handled, measures
from handlers.procedure.papers.paper import Line, Paper, Part
from handlers.procedure.papers.trail import trail
from handlers.procedure.papers.words import (
    AID,
    BLANK,
    CHANNELS,
    FILES,
    OPEN,
    RECEIVED,
    REFERENCE,
    STORY,
    added,
    clarified,
    clients_files,
    day_of,
    edited,
    files_of,
    named,
    received_on,
    story_of,
)  # fmt: skip
from handlers.procedure.register import involved
from handlers.texts import Field, Lines, Number, T

YES_NO = T("p_boxes_yes_no", "□ yes   □ no")
SIDES = T("p_boxes_side", "□ left   □ right   □ both")
LANGUAGES = {"nl": T("p_dutch", "Dutch"), "en": T("p_english", "English")}


def paper(facts: Facts, case: Case) -> Paper:
    """Everything about one complaint, for who handles it."""
    known, unasked = _by_hand(facts, case)
    return Paper(
        T("p_form_file", "complaint form"),
        "form",
        T("p_form", "Complaint form {ref}", ref=Number(case.number)),
        facts.today,
        (
            Part(T("p_form_a", "A. The complaint"), (*_told(facts, case), *known)),
            Part(T("p_form_hand", "To be filled in by a member of staff"), unasked, under=True),
            Part(T("p_form_b", "B. What we did"), handled(facts, case)),
            *measures(facts, case),
            ended(facts, case),
            Part(T("p_form_c", "C. Who recorded what"), table=trail(facts, case)),
        ),
        case.number,
    )


def _told(facts: Facts, case: Case) -> tuple[Line, ...]:
    told, by = case.complaint, case.history[0].by
    known = intake.overview(facts, told)
    whom: tuple[Line, ...] = (Line(T("p_complains_for", "Complains for"), T("p_for_self", "themselves")),)
    if told.for_other:
        agreed = card.AUTHORITIES.get(case.authority, case.authority) or OPEN
        whom = (
            Line(T("p_complains_for", "Complains for"), told.for_other),
            Line(T("p_authority", "The client agrees"), agreed),
        )
    return (
        Line(REFERENCE, Number(case.number)),
        Line(RECEIVED, received_on(facts, case)),
        Line(T("p_channel", "How it reached us"), CHANNELS.get(case.channel, case.channel)),
        Line(T("p_taken_by", "Written down by"), named(facts, by)),
        Line(T("p_language", "Language"), LANGUAGES.get(case.language, case.language)),
        Line(T("p_name", "Name"), intake.shown(told.name)),
        *whom,
        Line(T("p_contact", "Contact"), known["contact"]),
        Line(AID, known["product"]),
        Line(T("p_when", "When it happened"), known["when"]),
        Line(STORY, story_of(case)),
        *((Line(T("p_topic_own", "Topic, as the client called it"), told.topic),) if told.topic else ()),
        *clarified(case),
        Line(T("p_wish", "What the client wants"), known["wish"]),
        *(line for words in case.added for line in added(words, facts, words.question)),
        *edited(case),
        Line(FILES, files_of(facts, clients_files(case))),
    )


def _by_hand(facts: Facts, case: Case) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The fields nobody is asked in the chat: those the procedure came to know, and those that stay to be written."""
    asked = {question for question, _ in case.complaint.clarified}
    about = involved(case, facts.firm)
    sites = dict.fromkeys(person.works_at for person in facts.firm.people if person.key in about and person.works_at)
    referred = {name: said(value) for one in case.corrective if one.code == "referrer" for name, value in one.facts}
    agreed: Field = T("p_yes_on", "yes, on {day}", day=day_of(facts, case.received)) if case.channel == "chat" else ""
    aid = case.complaint.device != "#no_device"
    sites_known: Field = Lines(tuple(sites), by=", ") if sites else ""
    about_known: Field = Lines(tuple(facts.firm.name_of(key) for key in about), by=", ") if about else ""
    # fmt: off
    fields: tuple[tuple[bool, Field, Field, Field], ...] = (
        # on the form                known                         room     its name
        (True,                       "",                           BLANK,   T("p_born", "Date of birth")),
        (True,                       "",                           BLANK,   T("p_customer", "Customer number")),
        (True,                       sites_known,                  BLANK,   T("p_site", "Place")),
        (aid,                        "",                           SIDES,   T("p_side", "Side")),
        (aid,                        "",                           BLANK,   T("p_delivered", "Delivered on")),
        (True,                       about_known,                  BLANK,   T("p_involved", "Fitter or colleague it is about")),
        (True,                       referred.get("advice", ""),   BLANK,   T("p_referrer", "Referrer")),
        ("clar_impact" not in asked, "",                           BLANK,   T("p_consequences", "What it means for the client")),
        (not case.complaint.danger,  "",                           YES_NO,  T("p_danger_asked", "Did anybody fall or get hurt?")),
        ("clar_before" not in asked, "",                           BLANK,   T("p_undertaken", "What was tried before")),
        (True,                       agreed,                       YES_NO,  T("p_agrees_channel", "Agrees to this way")),
        (True,                       "",                           YES_NO,  T("p_agrees_file", "We may read the file")),
        (True,                       referred.get("consent", ""),  YES_NO,  T("p_agrees_referrer", "We may ask the referrer")),
        (True,                       "",                           YES_NO,  T("p_agrees_supplier", "We may ask the supplier")),
    )
    # fmt: on
    shown = [field for field in fields if field[0]]
    return (
        tuple(Line(name, known) for _, known, _, name in shown if known),
        tuple(Line(name, room) for _, known, room, name in shown if not known),
    )
