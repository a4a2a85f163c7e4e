"""The client's copy of the case file (klantendossier), to go to the committee with.

The surprising truth: it leaves out what colleagues said of each other, so a name the client never wrote is struck out
of our own words as well.
"""

from __future__ import annotations

import re

from handlers.client import intake
from handlers.facts import Facts
from handlers.procedure import independence
from handlers.procedure.case import Case
from handlers.procedure.papers.paper import Line, Paper, Part
from handlers.procedure.papers.words import (
    AID,
    FILES,
    OUTCOME,
    RECEIVED,
    REFERENCE,
    STORY,
    TOPIC,
    added,
    clarified,
    clients_files,
    day_of,
    edited,
    files_of,
    outcome_of,
    received_on,
    rubric_of,
    story_of,
    verdict_of,
)  # fmt: skip
from handlers.texts import Number, T

STRUCK = "████"


def without_third_names(text: str, facts: Facts, case: Case) -> str:
    """Our own *text* without colleagues the client never named; who handles the case was named to the client by us."""
    wrote = intake_words(case)
    known = independence.named_in(wrote, facts.firm.people) | {case.mediator}
    for person in facts.firm.people:
        if person.key in known:
            continue
        parts = [person.name, *(part for part in person.name.split() if part[:1].isupper())]
        for part in sorted(parts, key=len, reverse=True):
            if len(part) >= independence.SHORTEST:
                text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", STRUCK, text)
    return text


def intake_words(case: Case) -> str:
    """Everything the client wrote, for looking names up in."""
    told = case.complaint
    parts = (*told.story, told.topic, told.device, told.when, told.for_other, *(words for _, words in told.clarified))
    return "\n".join((*parts, *(w.text for w in case.added), *(now for _, now in case.edited), case.disagreement))


def paper(facts: Facts, case: Case) -> Paper:
    """The client's copy, to go to the committee with: own words, answers, dates and outcome. No notes, and nobody's
    name but those the client wrote and whoever handled it."""
    known, firm = intake.overview(facts, case.complaint), facts.firm

    def ours(text: str) -> str:
        return without_third_names(text, facts, case)

    dates = [Line(RECEIVED, received_on(facts, case))]
    if case.acknowledged:
        dates.append(Line(T("p_acknowledged", "Acknowledged"), day_of(facts, case.acknowledged)))
    if case.mediator and case.accepted:
        dates.append(Line(T("p_mediator", "Mediator"), firm.name_of(case.mediator)))
    if case.extended_to:
        more = T("p_until_because", "{day}: {words}", day=case.extended_to, words=ours(case.extended_why))
        dates.append(Line(T("p_more_time", "More time until"), more))
    if case.outcome_at:
        dates.append(Line(T("p_outcome_sent", "Outcome sent"), day_of(facts, case.outcome_at)))
    if case.referred:
        dates.append(Line(T("p_referred", "Went to the committee"), case.referred))
    if case.closed:
        dates.append(Line(T("p_closed", "Closed"), day_of(facts, case.closed)))
    wrote = [line for words in case.added for line in added(words, facts, ours(words.question))]
    told = [
        Line(T("p_message", "Message of {day}", day=day_of(facts, at)), ours(words)) for at, words in case.messages
    ] + [Line(T("p_promise", "Promise by {day}", day=one.due), ours(one.what)) for one in case.promises]
    end: list[Line] = []
    if case.outcome:
        end = [Line(line.label, ours(line.value) if isinstance(line.value, str) else line.value)
               for line in outcome_of(case)]  # fmt: skip
    if case.disagreement:
        end.append(Line(T("p_disagrees", "Does not agree, because"), case.disagreement))
    end += [line for line in verdict_of(case) if line.value]
    wrote += edited(case)
    later = (Part(T("p_later", "What the client wrote later"), tuple(wrote)),) if wrote else ()
    return Paper(
        T("p_dossier_file", "case file"),
        "form",
        T("p_dossier", "Case file of complaint {ref}", ref=Number(case.number)),
        facts.today,
        (
            Part(
                T("p_form_the", "The complaint"),
                (
                    Line(REFERENCE, Number(case.number)),
                    Line(T("p_name", "Name"), known["name"]),
                    Line(T("p_contact", "Contact"), known["contact"]),
                    Line(TOPIC, rubric_of(firm, case)),
                    Line(AID, known["product"]),
                    Line(T("p_when", "When it happened"), known["when"]),
                    Line(STORY, story_of(case)),
                    *clarified(case),
                    Line(T("p_wish", "What the client wants"), known["wish"]),
                ),
            ),
            Part(T("p_dates", "Dates"), tuple(dates)),
            *later,
            *((Part(T("p_we_told", "What we wrote"), tuple(told)),) if told else ()),
            Part(OUTCOME, tuple(end) if end else (Line("", T("p_no_outcome", "There is no outcome yet.")),)),
            Part(FILES, (Line("", files_of(facts, clients_files(case))),)),
        ),
        case.number,
    )  # fmt: skip
