"""Part B of the complaint form: what was done with a complaint, until how satisfied the client is.

The surprising truth: a step that was not taken stands here too, as "not recorded yet", so that a form never looks
finished because something is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened, Measure
from handlers.procedure.measures import CAUSES, FACTS, MEASURES, label, said
from handlers.procedure.papers.paper import Line, Part
from handlers.procedure.papers.words import (
    ACKNOWLEDGED,
    BLANK,
    CLOSED_AS,
    OPEN,
    OUTCOME,
    RESULTS,
    TOPIC,
    day_of,
    last,
    named,
    outcome_of,
    rubric_of,
    verdict_of,
)  # fmt: skip
from handlers.texts import Field, Lines, T, Text

NOT_SO = T("p_not_applicable", "not applicable")  # the case is closed, so it will not be recorded any more
OTHER_SIDE = T("other_side", "The other side")
PROMISES = {"yes": T("promise_yes", "kept"), "no": T("promise_no", "missed"), "": T("promise_open", "open")}
WORKED = {"yes": T("b_yes", "Yes"), "partly": T("b_partly_solved", "Partly"), "no": T("b_no", "No")}
ANSWERS = {"agreed": T("status_agreed", "client agrees"), "disagreed": T("status_disagreed", "client disagrees")}


def _said(value: Field, case: Case) -> Field:
    return value or (OPEN if case.open else NOT_SO)


# Who handles it, and who was heard -----------------------------------------------------------------------


def handled(facts: Facts, case: Case) -> tuple[Line, ...]:
    """From the acknowledgement to the notes."""
    urgent = T("p_urgent", "Possible danger") if case.urgent else T("p_not_urgent", "No danger told")
    return (
        *_acknowledged(facts, case),
        *_topics(facts, case),
        Line(T("p_safety", "Safety"), urgent),
        Line(T("p_mediator", "Mediator"), _mediator(facts, case)),
        *((Line(T("p_road", "The client chose"), card.ROADS[case.road]),) if case.road else ()),
        *(Line(T("p_unanswered", "Asked, no answer yet"), question.text) for question in case.asked),
        *(Line(T("p_message", "Message of {day}", day=day_of(facts, at)), words) for at, words in case.messages),
        *_both_sides(facts, case),
        *((Line(T("p_extended", "More time until {day}", day=case.extended_to), case.extended_why),)
          if case.extended_to else ()),
        *(Line(T("p_note", "Note by {who}", who=facts.firm.name_of(by)),
               words or T("attached", "Attached: {n}", n=len(files))) for by, words, files in case.notes),
    )  # fmt: skip


def _acknowledged(facts: Facts, case: Case) -> tuple[Line, ...]:
    """How and when we said that we have it, and what was asked with it (S3, S4, S5)."""
    if case.acknowledged is None:
        by = deadlines.letter_by(case, facts.zone)
        due = T("p_letter_due", "letter due by {day}", day=by) if by else OPEN
        return (Line(T("p_acknowledged", "Acknowledged"), due),)
    how = ACKNOWLEDGED.get(case.acknowledged_how, case.acknowledged_how)
    said_so = T("p_acknowledged_on", "{how}, {day}", how=how, day=day_of(facts, case.acknowledged))
    letters = [e for e in case.history if e.kind == "acknowledged" and e.facts.get("questions")]
    asked = (Line(T("p_asked_in_letter", "Asked in the letter"), Lines(tuple(_asked(letters[-1])))),) if letters else ()
    return (Line(T("p_acknowledged", "Acknowledged"), said_so), *asked)


def _asked(letter: Happened) -> Iterator[Field]:
    """The questions of a letter that was sent, as they stand in the text that was kept of it."""
    yield from re.findall(r"^- (.+)$", str(letter.facts.get("text", "")), re.MULTILINE) or letter.facts["questions"]


def _topics(facts: Facts, case: Case) -> tuple[Line, ...]:
    """The topic, who confirmed or changed it, and the one the client chose."""
    topic: Field = rubric_of(facts.firm, case)
    confirmed = last(case, "rubric")
    if confirmed:
        by = named(facts, confirmed.by)
        topic = T("p_topic_by", "{topic}, recorded by {who} on {day}", topic=topic, who=by,
                  day=day_of(facts, confirmed.at))  # fmt: skip
    chosen = case.complaint.rubric
    return (
        Line(TOPIC, topic),
        Line(T("p_topic_chosen", "Topic the client chose"), facts.firm.rubric(chosen) if chosen else NOT_SO),
        Line(T("p_topic_second", "Second topic, if any"), BLANK),
    )


def _mediator(facts: Facts, case: Case) -> Field:
    if not case.mediator:
        return T("nobody_yet", "nobody yet")
    name, taken = facts.firm.name_of(case.mediator), last(case, "accepted")
    if taken is None or not case.accepted:
        return name
    return T("p_mediator_on", "{name}, declared independent on {day}", name=name, day=day_of(facts, taken.at))


def _both_sides(facts: Facts, case: Case) -> tuple[Line, ...]:
    lines: list[Line] = []
    for key, words in case.accounts:
        who = T("p_heard", "Account of {who}", who=facts.firm.name_of(key)) if key else OTHER_SIDE
        lines.append(Line(who, words))
    if case.not_heard:
        lines.append(Line(T("p_not_heard", "Other side not heard, because"), case.not_heard))
    return tuple(lines) or (Line(OTHER_SIDE, _said("", case)),)


# The cause and everything that is done about it ----------------------------------------------------------


def measures(facts: Facts, case: Case) -> tuple[Part, ...]:
    cause: Field = ""
    if case.cause:
        cause = _because(label(case.cause.code, CAUSES).label, case.cause.text)
    kind: Field = ""
    if case.judged:
        kind = label(case.judged.kind, card.KINDS).label
        kind = T("p_kind_words", "{kind}. {words}", kind=kind, words=case.judged.reason) if case.judged.reason else kind
    lines = (
        Line(T("p_cause", "Cause"), _said(cause, case)),
        *((Line(T("p_no_measure", "No measure, because"), case.no_measure),) if case.no_measure else ()),
        *(() if case.no_measure or case.corrective else (Line(T("p_measure", "Measure"), _said("", case)),)),
        Line(T("p_incident", "Incident with a device"), _incident(facts, case)),
        Line(T("p_judged", "Incident or structural"), _said(kind, case)),
        *((Line(T("p_no_prevention", "Nothing that prevents, because"), case.no_prevention),)
          if case.no_prevention else ()),
        *(() if case.no_prevention or case.preventive
          else (Line(T("p_prevents", "Measure that prevents"), _said("", case)),)),
        *(Line(T("p_promise", "Promise by {day}", day=one.due),
               T("p_promise_state", "{what} ({state})", what=one.what, state=PROMISES[one.kept]))
          for one in case.promises),
    )  # fmt: skip
    first = Part(T("p_causes", "Cause and measures"), lines, under=True)
    return (first, *(Part(_name(n, one), _measure(facts, one), under=True) for n, one in enumerate(case.measures, 1)))


def _because(what: Field, words: str) -> Field:
    return T("p_cause_words", "{cause}: {words}", cause=what, words=words) if words else what


def _incident(facts: Facts, case: Case) -> Field:
    """Whether it was reported, why, and when that was decided."""
    decided = last(case, "reportable")
    if case.reportable is None or decided is None:
        return OPEN if case.urgent else T("p_no_incident", "not applicable: no danger told")
    reported = T("report_yes", "reported") if case.reportable[0] == "yes" else T("report_no", "not reported")
    return T("p_incident_on", "{cause}: {words} ({day})", cause=reported, words=case.reportable[1],
             day=day_of(facts, decided.at))  # fmt: skip


def _name(n: int, measure: Measure) -> Text:
    kind = label(measure.code, MEASURES).label
    if measure.kind == "preventive":
        return T("p_preventive_n", "Measure {n}, to prevent: {kind}", n=n, kind=kind)
    return T("p_measure_n", "Measure {n}: {kind}", n=n, kind=kind)


def _measure(facts: Facts, measure: Measure) -> tuple[Line, ...]:
    asked = {fact.name: fact.text for fact in FACTS.get(measure.code, ())}
    checked: list[Line] = [
        Line(T("p_worked", "Did it help? Asked of {who}", who=named(facts, by)), WORKED[how])
        for by, how in measure.worked
    ]
    if measure.kind == "preventive" and not checked and not measure.dropped:
        checked = [Line(T("p_worked_yet", "Did it help?"), OPEN)]
    return (
        Line(T("p_what", "What"), measure.what or card.measure_kind(measure)),
        Line(T("p_owner", "Who does it"), facts.firm.name_of(measure.owner)),
        Line(T("p_due", "By"), measure.due or OPEN),
        Line(T("p_done", "Done"), day_of(facts, measure.done_at) or T("p_not_done", "not yet")),
        *((Line(T("p_dropped", "Taken back, because"), measure.dropped),) if measure.dropped else ()),
        *((Line(T("p_result", "Result"), measure.result),) if measure.result else ()),
        *(Line(asked.get(name, name), said(value)) for name, value in measure.facts if value),
        *checked,
    )


# How it ended --------------------------------------------------------------------------------------------


def ended(facts: Facts, case: Case) -> Part:
    """The outcome, what the client said to it, the committee, and how it was closed."""
    told = case.outcome
    answered = last(case, *ANSWERS)
    closed: Field = ""
    if case.closed:
        by = next((event.by for event in reversed(case.history) if event.at == case.closed), "")
        closed = T("p_closed_by", "{day}, by {who}", day=day_of(facts, case.closed), who=named(facts, by))
    lines = (
        Line(T("p_outcome_by", "Outcome due by"), deadlines.outcome_by(case, facts.firm.terms, facts.zone)),
        Line(T("p_outcome_sent", "Outcome sent"), _said(day_of(facts, case.outcome_at), case)),
        *(outcome_of(case) if told else ()),
        Line(T("p_together", "Solved together"), _said(RESULTS.get(told.result, told.result) if told else "", case)),
        Line(T("p_answer", "The client's answer"), _said(ANSWERS[answered.kind] if answered else "", case)),
        *((Line(T("p_disagrees", "Does not agree, because"), case.disagreement),) if case.disagreement else ()),
        Line(T("p_referred", "Went to the committee"), _said(case.referred or "", case)),
        *(verdict_of(case) or [Line(T("p_verdict", "Decision of the committee"), _said("", case))]),
        Line(T("p_closed", "Closed"), _said(closed, case)),
        *((Line(T("p_closed_how", "How it ended"), CLOSED_AS.get(case.closed_as, case.closed_as)),)
          if case.closed_as else ()),
        *((Line(T("p_closed_why", "Reason"), case.closed_why),) if case.closed_why else ()),
        *_satisfied(case),
    )  # fmt: skip
    return Part(OUTCOME, lines, under=True)


def _satisfied(case: Case) -> tuple[Line, ...]:
    if case.rating is None:
        return (Line(T("p_satisfied", "Satisfied with us"), OPEN),)
    score, _, better = case.rating
    return (
        Line(T("p_satisfied", "Satisfied with us"), T("p_of_five", "{score} of 5", score=score)),
        *((Line(T("p_better", "What could be better"), better),) if better else ()),
    )
