"""What stands in each paper of a case, as data: headings, fields and values, in no language yet.

The row of the complaints register is here too; it is written in the same commit as the events it is derived from, and
`verify` derives it again. Who complains, which site and which product are words of people and not in it. How a paper
looks lives in bot/documents/, who may have one in handlers/paperwork.py, papers about many cases in review.py. The
surprising truth: the client's copy leaves out what colleagues said of each other, so a name the client never wrote is
struck out of our own words as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from handlers.client import intake
from handlers.conversation import Attachment
from handlers.facts import Facts
from handlers.firm import Firm, Terms
from handlers.mediator import card
from handlers.procedure import deadlines, independence
from handlers.procedure.case import Case, Happened, Measure, Words
from handlers.procedure.measures import CAUSES, FACTS, MEASURES, label, said
from handlers.procedure.unclear import unclear
from handlers.texts import Field, Label, Lines, Number, T, Text

Look = Literal["form", "letter", "report"]


@dataclass(frozen=True, slots=True)
class Line:
    """A field with its value; a value without a label is a paragraph."""

    label: Field
    value: Field


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Field, ...]
    rows: tuple[tuple[Field, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands below a heading: fields, numbered points, a table. `under`: it belongs to the part above it."""

    heading: Field
    lines: tuple[Line, ...] = ()
    points: tuple[Field, ...] = ()
    table: Table | None = None
    under: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """`name` is that of the file. `day` is the day it speaks of, and no clock's; `to` stands behind the window."""

    name: Text
    look: Look
    title: Field
    day: date
    parts: tuple[Part, ...]
    number: str = ""
    to: tuple[Field, ...] = ()


# Words that stand in several papers ----------------------------------------------------------------------

NONE = T("p_none", "none")
OPEN = T("p_not_recorded", "not recorded yet")
CHANNELS = {
    "chat": T("p_by_chat", "In the chat"), "phone": T("b_by_phone", "By phone"), "visit": T("b_in_person", "In person"),
    "letter": T("b_by_letter", "By letter"), "email": T("b_by_email", "By email"),
}  # fmt: skip
RESULTS = {
    "solved": T("b_solved", "Yes, solved"), "partly": T("b_partly", "Partly"), "not_solved": T("b_not_solved", "No"),
}  # fmt: skip
CLOSED_AS = {
    "agreed": T("p_closed_agreed", "The client agrees"), "not_agreed": T("p_closed_not_agreed", "We did not agree"),
    "no_answer": T("p_closed_no_answer", "The client did not answer"),
    "verdict": T("p_closed_verdict", "The committee decided"),
    "withdrawn": T("p_closed_withdrawn", "The client stopped"),
    "duplicate": T("p_closed_duplicate", "Joined to another"),
    "no_complaint": T("p_closed_no_complaint", "It was not a complaint"),
    "signal": T("p_closed_signal", "No answer wanted"),
}  # fmt: skip
KINDS = {"photo": T("p_photo", "photo"), "document": T("p_document", "document"),
         "voice": T("p_voice", "voice message"),
         "audio": T("p_audio", "sound"), "video": T("p_video", "video")}  # fmt: skip
REFERENCE = T("p_reference", "Reference")
RECEIVED = T("p_received", "Received")
TOPIC = T("p_topic", "Topic")
AID = T("p_aid", "Aid")
STORY = T("p_story", "What happened, in the client's own words")
FILES = T("p_files", "Attachments")
OUTCOME = T("p_outcome", "Outcome")
MEASURED = T("p_measures", "Measures")


def _received(facts: Facts, case: Case) -> Field:
    """The moment where we know it; what came on paper came on a day."""
    return case.received if case.channel == "chat" else deadlines.local_day(case.received, facts.zone)


def _day(facts: Facts, moment: datetime | None) -> Field:
    return deadlines.local_day(moment, facts.zone) if moment else ""


def _rubric(firm: Firm, case: Case) -> Field:
    return firm.rubric(case.rubric) if case.rubric else OPEN


def _story(case: Case) -> Field:
    return Lines(case.complaint.story, by="\n\n") if case.complaint.story else intake.shown("")


def _file(n: int, file: Attachment, facts: Facts) -> Field:
    size = f"{max(1, round(file.size / 1024))} kB"
    kind = KINDS.get(file.kind, file.kind)
    return T("p_file", "{n}. {name} ({kind}, {size})", n=n, name=file.name or kind, kind=kind, size=size)


def _files(facts: Facts, files: tuple[Attachment, ...]) -> Field:
    return Lines(tuple(_file(n, file, facts) for n, file in enumerate(files, 1))) if files else NONE


def _clients_files(case: Case) -> tuple[Attachment, ...]:
    return (*case.complaint.files, *(file for words in case.added for file in words.files))


def _clarified(case: Case) -> tuple[Line, ...]:
    told = case.complaint
    danger = (Line(T("p_danger", "Danger"), intake.shown(told.danger)),) if told.danger else ()
    return (*danger, *(Line(intake.QUESTIONS[asked], intake.shown(words)) for asked, words in told.clarified))


def _added(words: Words, facts: Facts, question: str) -> tuple[Line, ...]:
    text: Field = words.text
    if words.text == "#extension":
        text = T("no_to_extension", "The client does not agree with more time.")
    if words.files and not words.text:
        text = T("attached", "Attached: {n}", n=len(words.files))
    day = deadlines.local_day(words.at, facts.zone)
    if not words.question:
        return (Line(T("p_added", "Added on {day}", day=day), text),)
    return Line(T("p_asked", "Our question"), question), Line(T("p_answered", "Answer of {day}", day=day), text)


def _edited(case: Case) -> tuple[Line, ...]:
    return tuple(
        Line(T("p_edited", "Changed by the client"), T("p_from_to", "First: {before}\nNow: {now}", before=was, now=now))
        for was, now in case.edited
    )


# Klachtenformulier ---------------------------------------------------------------------------------------


def form(facts: Facts, case: Case) -> Paper:
    """The complaint form: A what was told, B what was done with it, C who changed what (domain.md §4.1)."""
    return Paper(
        T("p_form_file", "complaint form"),
        "form",
        T("p_form", "Complaint form {ref}", ref=Number(case.number)),
        facts.today,
        (
            Part(T("p_form_a", "A. The complaint"), _told(facts, case)),
            Part(T("p_form_b", "B. What we did"), _handled(facts, case)),
            *_measures(facts, case),
            *_ended(facts, case),
            Part(T("p_form_c", "C. Who recorded what"), table=_trail(facts, case)),
        ),
        case.number,
    )


def _told(facts: Facts, case: Case) -> tuple[Line, ...]:
    told, by = case.complaint, case.history[0].by
    known = intake.overview(facts, told)
    for_other: tuple[Line, ...] = ()
    if told.for_other:
        agreed = card.AUTHORITIES.get(case.authority, case.authority) or OPEN
        for_other = (
            Line(T("p_complains_for", "Complains for"), told.for_other),
            Line(T("p_authority", "The client agrees"), agreed),
        )
    files = _clients_files(case)
    return (
        Line(REFERENCE, Number(case.number)),
        Line(RECEIVED, _received(facts, case)),
        Line(T("p_channel", "How it reached us"), CHANNELS.get(case.channel, case.channel)),
        Line(T("p_taken_by", "Written down by"), _who(facts, by)),
        Line(
            T("p_language", "Language"), T("p_dutch", "Dutch") if case.language == "nl" else T("p_english", "English")
        ),
        Line(T("p_name", "Name"), intake.shown(told.name)),
        *for_other,
        Line(T("p_contact", "Contact"), known["contact"]),
        Line(AID, known["product"]),
        Line(T("p_when", "When it happened"), known["when"]),
        Line(STORY, _story(case)),
        *((Line(T("p_topic_own", "Topic, as the client called it"), told.topic),) if told.topic else ()),
        *_clarified(case),
        Line(T("p_wish", "What the client wants"), known["wish"]),
        *(line for words in case.added for line in _added(words, facts, words.question)),
        *_edited(case),
        Line(FILES, _files(facts, files)),
    )


def _handled(facts: Facts, case: Case) -> tuple[Line, ...]:
    firm = facts.firm
    lines = [*_acknowledged(facts, case), Line(TOPIC, _rubric(firm, case))]
    urgent = T("p_urgent", "Possible danger") if case.urgent else T("p_not_urgent", "No danger told")
    lines.append(Line(T("p_safety", "Safety"), urgent))
    if case.mediator:
        taken = next((e for e in reversed(case.history) if e.kind == "accepted"), None)
        declared = T("p_mediator_on", "{name}, declared independent on {day}", name=firm.name_of(case.mediator),
                     day=_day(facts, taken.at)) if taken else firm.name_of(case.mediator)  # fmt: skip
        lines.append(Line(T("p_mediator", "Mediator"), declared))
    else:
        lines.append(Line(T("p_mediator", "Mediator"), T("nobody_yet", "nobody yet")))
    if case.road:
        lines.append(Line(T("p_road", "The client chose"), card.ROADS[case.road]))
    if case.question:
        lines.append(Line(T("p_unanswered", "Asked, no answer yet"), case.question))
    lines += [Line(T("p_message", "Message of {day}", day=_day(facts, at)), words) for at, words in case.messages]
    if case.heard:
        who: Field = firm.name_of(case.heard_who) if case.heard_who else T("other_side", "The other side")
        lines.append(Line(T("p_heard", "Account of {who}", who=who), case.heard))
    if case.not_heard:
        lines.append(Line(T("p_not_heard", "Other side not heard, because"), case.not_heard))
    if case.extended_to:
        lines.append(Line(T("p_extended", "More time until {day}", day=case.extended_to), case.extended_why))
    lines += [
        Line(T("p_note", "Note by {who}", who=firm.name_of(by)), words or T("attached", "Attached: {n}", n=len(files)))
        for by, words, files in case.notes
    ]
    return tuple(lines)


def _acknowledged(facts: Facts, case: Case) -> tuple[Line, ...]:
    """How and when we said that we have it, and what was asked with it (S3, S4, S5)."""
    if case.acknowledged is None:
        by = deadlines.letter_by(case, facts.zone)
        return (
            Line(T("p_acknowledged", "Acknowledged"), T("p_letter_due", "letter due by {day}", day=by) if by else OPEN),
        )
    how = ACKNOWLEDGED.get(case.acknowledged_how, case.acknowledged_how)
    said_so = T("p_acknowledged_on", "{how}, {day}", how=how, day=_day(facts, case.acknowledged))
    letters = [e for e in case.history if e.kind == "acknowledged" and e.facts.get("questions")]
    asked = (Line(T("p_asked_in_letter", "Asked in the letter"), Lines(tuple(_asked(letters[-1])))),) if letters else ()
    return (Line(T("p_acknowledged", "Acknowledged"), said_so), *asked)


def _asked(letter: Happened) -> Iterator[Field]:
    """The questions of a letter that was sent, as they stand in the text that was kept of it."""
    yield from re.findall(r"^- (.+)$", str(letter.facts.get("text", "")), re.MULTILINE) or letter.facts["questions"]


ACKNOWLEDGED = {
    "receipt": T("p_ack_receipt", "Receipt in the chat"), "implicit": T("p_ack_implicit", "Told in person"),
    "letter": T("p_ack_letter", "Letter"), "email": T("p_ack_email", "Email"),
}  # fmt: skip


def _measures(facts: Facts, case: Case) -> tuple[Part, ...]:
    """The cause and everything that is done about it."""
    cause: Field = OPEN
    if case.cause:
        cause = T(
            "p_cause_words", "{cause}: {words}", cause=label(case.cause.code, CAUSES).label, words=case.cause.text
        )
    lines = [Line(T("p_cause", "Cause"), cause)]
    if case.no_measure:
        lines.append(Line(T("p_no_measure", "No measure, because"), case.no_measure))
    kind: Field = OPEN
    if case.judged:
        kind = label(case.judged.kind, card.KINDS).label
        kind = T("p_kind_words", "{kind}. {words}", kind=kind, words=case.judged.reason) if case.judged.reason else kind
    if case.urgent or case.reportable:
        decided: Field = OPEN
        if case.reportable:
            reported = T("report_yes", "reported") if case.reportable[0] == "yes" else T("report_no", "not reported")
            decided = T("p_cause_words", "{cause}: {words}", cause=reported, words=case.reportable[1])
        lines.append(Line(T("p_incident", "Incident with a device"), decided))
    lines.append(Line(T("p_judged", "Incident or structural"), kind))
    if case.no_prevention:
        lines.append(Line(T("p_no_prevention", "Nothing that prevents, because"), case.no_prevention))
    states = {"yes": T("promise_yes", "kept"), "no": T("promise_no", "missed"), "": T("promise_open", "open")}
    lines += [
        Line(T("p_promise", "Promise by {day}", day=one.due),
             T("p_promise_state", "{what} ({state})", what=one.what, state=states[one.kept]))
        for one in case.promises
    ]  # fmt: skip
    found = [Part(T("p_causes", "Cause and measures"), tuple(lines), under=True)]
    for n, measure in enumerate(case.measures, 1):
        found.append(Part(_measure_name(n, measure), _measure(facts, measure), under=True))
    return tuple(found)


def _measure_name(n: int, measure: Measure) -> Text:
    kind = label(measure.code, MEASURES).label
    if measure.kind == "preventive":
        return T("p_preventive_n", "Measure {n}, to prevent: {kind}", n=n, kind=kind)
    return T("p_measure_n", "Measure {n}: {kind}", n=n, kind=kind)


def _measure(facts: Facts, measure: Measure) -> tuple[Line, ...]:
    asked = {fact.name: fact.text for fact in FACTS.get(measure.code, ())}
    worked = {"yes": T("b_yes", "Yes"), "partly": T("b_partly_solved", "Partly"), "no": T("b_no", "No")}
    return (
        Line(T("p_what", "What"), measure.what or card.measure_kind(measure)),
        Line(T("p_owner", "Who does it"), facts.firm.name_of(measure.owner)),
        Line(T("p_due", "By"), measure.due or OPEN),
        Line(T("p_done", "Done"), _day(facts, measure.done_at) or T("p_not_done", "not yet")),
        *((Line(T("p_result", "Result"), measure.result),) if measure.result else ()),
        *(Line(asked.get(name, name), said(value)) for name, value in measure.facts if value),
        *(Line(T("p_worked", "Did it help? Asked of {who}", who=_who(facts, by)), worked[how])
          for by, how in measure.worked),
    )  # fmt: skip


def _ended(facts: Facts, case: Case) -> tuple[Part, ...]:
    """The outcome, what the client said to it, and how it was closed."""
    lines: list[Line] = [Line(T("p_outcome_by", "Outcome due by"),
                              deadlines.outcome_by(case, facts.firm.terms, facts.zone))]  # fmt: skip
    if case.outcome and case.outcome_at:
        lines.append(Line(T("p_outcome_sent", "Outcome sent"), _day(facts, case.outcome_at)))
        lines += _outcome(case)
        lines.append(Line(T("p_together", "Solved together"), RESULTS.get(case.outcome.result, case.outcome.result)))
    answer = {"agreed": T("status_agreed", "client agrees"), "disagreed": T("status_disagreed", "client disagrees")}
    found = next((e.kind for e in reversed(case.history) if e.kind in answer), "")
    if found:
        lines.append(Line(T("p_answer", "The client's answer"), answer[found]))
    if case.disagreement:
        lines.append(Line(T("p_disagrees", "Does not agree, because"), case.disagreement))
    if case.referred:
        lines.append(Line(T("p_referred", "Went to the committee"), case.referred))
    lines += _verdict(case)
    if case.closed:
        by = next((e.by for e in reversed(case.history) if e.at == case.closed), "")
        lines.append(Line(T("p_closed", "Closed"), T("p_closed_by", "{day}, by {who}", day=_day(facts, case.closed),
                                                     who=_who(facts, by))))  # fmt: skip
        lines.append(Line(T("p_closed_how", "How it ended"), CLOSED_AS.get(case.closed_as, case.closed_as)))
    if case.closed_why:
        lines.append(Line(T("p_closed_why", "Reason"), case.closed_why))
    if case.rating:
        lines.append(Line(T("p_satisfied", "Satisfied with us"), T("p_of_five", "{score} of 5", score=case.rating[0])))
        if case.rating[2]:
            lines.append(Line(T("p_better", "What could be better"), case.rating[2]))
    return (Part(OUTCOME, tuple(lines), under=True),)


def _outcome(case: Case) -> list[Line]:
    """What the client was told."""
    told = case.outcome
    assert told is not None
    wrong = told.went_wrong or (case.cause.text if case.cause else "")
    lines = [
        Line(T("line_looked_at", "What we looked at"), told.looked_at),
        Line(T("line_went_wrong", "What went wrong"), wrong),
        Line(T("p_for_client", "What we do for the client"), told.for_you),
        Line(T("line_change", "What we change"), told.change or T("no_change", "Nothing for now.")),
        Line(T("line_personal", "The personal line"), told.personal),
    ]
    return [line for line in lines if line.value]


def _verdict(case: Case) -> list[Line]:
    if case.verdict is None:
        return []
    result = T("p_verdict_on", "{result}, {day}", result=card.VERDICTS[case.verdict.result], day=case.verdict.on)
    lines = [
        Line(T("p_verdict", "Decision of the committee"), result),
        Line(T("p_advice", "Its advice"), case.verdict.advice),
        Line(T("p_follow", "What we do with it"), case.verdict.follow_up),
    ]
    return [line for line in lines if line.value]


# Part C --------------------------------------------------------------------------------------------------

EVENTS = {
    "received": T("e_received", "complaint received"), "acknowledged": T("e_acknowledged", "receipt acknowledged"),
    "added": T("e_added", "client added something"), "edited": T("e_edited", "client changed a message"),
    "completed": T("e_completed", "client answered the other questions"),
    "asked": T("e_asked", "client asked something"),
    "clarify": T("e_clarify", "question to the client"),
    "answered": T("e_answered", "answer of the client"),
    "message": T("e_message", "message to the client"), "road": T("e_road", "client chose how"),
    "rubric": T("e_rubric", "topic"), "assigned": T("e_assigned", "offered to"),
    "accepted": T("e_accepted", "taken by"),
    "declined": T("e_declined", "passed on by"), "passed": T("e_passed", "not taken in time by"),
    "objected": T("e_objected", "client asked for somebody else"),
    "barred": T("e_barred", "involved, may not handle it"),
    "authority": T("e_authority", "whether the client agrees"), "note": T("e_note", "note"),
    "redacted": T("e_redacted", "a name was hidden"), "account_asked": T("e_account", "account asked"),
    "heard": T("e_heard", "account given"), "not_heard": T("e_not_heard", "other side not heard"),
    "cause": T("e_cause", "cause"), "measure": T("e_measure", "measure"), "no_measure": T("e_no_measure", "no measure"),
    "done": T("e_done", "measure carried out"), "checked": T("e_checked", "did the measure help"),
    "promised": T("e_promised", "promise"), "promise_kept": T("e_promise_kept", "promise kept or not"),
    "reportable": T("e_reportable", "incident reported or not"), "judged": T("e_judged", "incident or structural"),
    "no_prevention": T("e_no_prevention", "nothing that prevents"), "proposed": T("e_proposed", "outcome sent"),
    "agreed": T("e_agreed", "client agrees"),
    "disagreed": T("e_disagreed", "client disagrees"),
    "retried": T("e_retried", "looked at again"), "extended": T("e_extended", "more time"),
    "longer_asked": T("e_longer_asked", "still more time asked"),
    "longer_agreed": T("e_longer_yes", "client allows it"),
    "longer_refused": T("e_longer_no", "client does not allow it"),
    "referred": T("e_referred", "went to the committee"),
    "verdict": T("e_verdict", "decision of the committee"), "withdrawn": T("e_withdrawn", "stopped by the client"),
    "duplicate": T("e_duplicate", "joined to another"), "no_complaint": T("e_no_complaint", "not a complaint"),
    "related": T("e_related", "another was joined to it"), "closed": T("e_closed", "closed"),
    "reopened": T("e_reopened", "opened again"), "rated": T("e_rated", "how satisfied"),
    "unreachable": T("e_unreachable", "not reachable in Telegram"),
}  # fmt: skip
LONGEST = 200  # letters of somebody's words in part C
UNSAID = {"reminded", "received", "proposed"}  # told elsewhere in the form, or no change


def _who(facts: Facts, by: str) -> Field:
    names = {"client": T("p_client", "the client"), "bot": T("p_bot", "the bot")}
    return names.get(by) or facts.firm.name_of(by)


def _trail(facts: Facts, case: Case) -> Table:
    """Every change with its moment, its maker, what it says, and what stood there before (L27)."""
    rows: list[tuple[Field, ...]] = []
    before: dict[str, Field] = {}
    for event in case.history:
        if event.kind == "reminded":
            continue
        now = _said(facts, event)
        if event.kind in card.CORRECTED:
            was, before[event.kind] = before.get(event.kind), now
            now = T("p_was", "{now} (before: {before})", now=now, before=was) if was and was != now else now
        rows.append(
            (T("p_moment", "{at}", at=event.at), _who(facts, event.by), EVENTS.get(event.kind, event.kind), now)
        )
    columns = T("p_when_col", "When"), T("p_who_col", "Who"), T("p_what_col", "What"), T("p_words_col", "Which")
    return Table(columns, tuple(rows))


def _said(facts: Facts, event: Happened) -> Field:
    told, firm = event.facts, facts.firm
    match event.kind:
        case kind if kind in UNSAID:
            return ""
        case "assigned" | "accepted" | "declined" | "passed":
            return firm.name_of(str(told.get("mediator", "")))
        case "account_asked":
            return firm.name_of(str(told["who"]))
        case "barred":
            return Lines(tuple(firm.name_of(str(key)) for key in told["named"]), by=", ")
        case "rubric":
            return firm.rubric(str(told["rubric"]))
        case "acknowledged":
            return ACKNOWLEDGED.get(str(told.get("how", "receipt")), "")
        case "cause":
            return T("p_cause_words", "{cause}: {words}", cause=label(str(told["code"]), CAUSES).label,
                     words=str(told["text"]))  # fmt: skip
        case "judged":
            return label(str(told["kind"]), card.KINDS).label
        case "measure" | "promised":
            return str(told["what"])
        case "edited":
            return T("p_from_to", "First: {before}\nNow: {now}", before=str(told["before"]), now=str(told["text"]))
        case "extended" | "longer_asked" if "until" in told:
            return date.fromisoformat(str(told["until"]))
        case "referred" | "verdict":
            return date.fromisoformat(str(told["on"]))
        case "road":
            return card.ROADS[str(told["choice"])]
        case "duplicate":
            return Number(str(told["of"]))
        case "related":
            return Number(str(told["number"]))
        case "closed":
            return CLOSED_AS.get(str(told["how"]), str(told["how"]))
        case "rated":
            return T("p_of_five", "{score} of 5", score=str(told["score"]))
        case "redacted":
            return ""
        case "authority":
            return card.AUTHORITIES.get(str(told["text"]), str(told["text"]))
    words = str(told.get("result") or told.get("text") or told.get("reason") or "")
    if words == "#extension":
        return T("no_to_extension", "The client does not agree with more time.")
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"  # whole it stands in part A or B


# For the client ------------------------------------------------------------------------------------------


def receipt(facts: Facts, case: Case) -> Paper:
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
                    Line(RECEIVED, _received(facts, case)),
                    Line(T("p_what_happened", "What happened"), _story(case)),
                    Line(TOPIC, known["rubric"]),
                    Line(AID, known["product"]),
                    Line(T("p_when", "When it happened"), known["when"]),
                    *_clarified(case),
                    Line(T("p_you_want", "What you want"), known["wish"]),
                    Line(T("p_name", "Name"), known["name"]),
                    Line(T("p_contact", "Contact"), known["contact"]),
                    *(line for words in case.added for line in _added(words, facts, words.question)),
                    Line(FILES, _files(facts, _clients_files(case))),
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


def _name(case: Case) -> str:
    return _own(case.complaint.name)


def _own(value: str) -> str:
    """What somebody typed; "" where they chose an option instead."""
    return "" if value.startswith("#") and value[1:] in intake.CHOSEN else value


def _dear(case: Case) -> Line:
    name = _name(case)
    return Line("", T("p_dear", "Dear {name},", name=name) if name else T("p_dear_somebody", "Dear sir or madam,"))


def _address(case: Case) -> tuple[Field, ...]:
    """Name and postal address, a line each; an e-mail address or a telephone number is none."""
    reach = _own(case.complaint.reach)
    postal = bool(re.search(r"[^\W\d_]", reach)) and "@" not in reach
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


def letter(facts: Facts, case: Case) -> Paper:
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


def outcome_letter(facts: Facts, case: Case) -> Paper:
    """The outcome on paper, in the words the client got; at most one version stands."""
    assert case.outcome is not None and case.outcome_at is not None
    told, body, terms = case.outcome, facts.firm.committee, facts.firm.terms
    sent = deadlines.local_day(case.outcome_at, facts.zone)
    wrong = told.went_wrong or (case.cause.text if case.cause else "")
    parts = (
        (T("line_looked_at", "What we looked at"), told.looked_at),
        (T("line_went_wrong", "What went wrong"), wrong),
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


def dossier(facts: Facts, case: Case) -> Paper:
    """The client's copy, to go to the committee with: own words, answers, dates and outcome. No notes, and nobody's
    name but those the client wrote and whoever handled it."""
    known, firm = intake.overview(facts, case.complaint), facts.firm

    def ours(text: str) -> str:
        return without_third_names(text, facts, case)

    dates = [Line(RECEIVED, _received(facts, case))]
    if case.acknowledged:
        dates.append(Line(T("p_acknowledged", "Acknowledged"), _day(facts, case.acknowledged)))
    if case.mediator and case.accepted:
        dates.append(Line(T("p_mediator", "Mediator"), firm.name_of(case.mediator)))
    if case.extended_to:
        more = T("p_until_because", "{day}: {words}", day=case.extended_to, words=ours(case.extended_why))
        dates.append(Line(T("p_more_time", "More time until"), more))
    if case.outcome_at:
        dates.append(Line(T("p_outcome_sent", "Outcome sent"), _day(facts, case.outcome_at)))
    if case.referred:
        dates.append(Line(T("p_referred", "Went to the committee"), case.referred))
    if case.closed:
        dates.append(Line(T("p_closed", "Closed"), _day(facts, case.closed)))
    wrote = [line for words in case.added for line in _added(words, facts, ours(words.question))]
    told = [
        Line(T("p_message", "Message of {day}", day=_day(facts, at)), ours(words)) for at, words in case.messages
    ] + [Line(T("p_promise", "Promise by {day}", day=one.due), ours(one.what)) for one in case.promises]
    end: list[Line] = []
    if case.outcome:
        end = [Line(line.label, ours(line.value) if isinstance(line.value, str) else line.value)
               for line in _outcome(case)]  # fmt: skip
    if case.disagreement:
        end.append(Line(T("p_disagrees", "Does not agree, because"), case.disagreement))
    end += [line for line in _verdict(case) if line.value]
    wrote += _edited(case)
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
                    Line(TOPIC, _rubric(firm, case)),
                    Line(AID, known["product"]),
                    Line(T("p_when", "When it happened"), known["when"]),
                    Line(STORY, _story(case)),
                    *_clarified(case),
                    Line(T("p_wish", "What the client wants"), known["wish"]),
                ),
            ),
            Part(T("p_dates", "Dates"), tuple(dates)),
            *later,
            *((Part(T("p_we_told", "What we wrote"), tuple(told)),) if told else ()),
            Part(OUTCOME, tuple(end) if end else (Line("", T("p_no_outcome", "There is no outcome yet.")),)),
            Part(FILES, (Line("", _files(facts, _clients_files(case))),)),
        ),
        case.number,
    )  # fmt: skip


# For the client file -------------------------------------------------------------------------------------


def agreed_actions(case: Case) -> tuple[Field, ...]:
    """What we agreed to do with the aid; who fits it and what the law asks is nobody's business in that file (R29)."""
    return tuple(
        T("dossier_done", "{what} ✓", what=m.what or card.measure_kind(m)) if m.done else m.what or card.measure_kind(m)
        for m in case.corrective
        if m.code not in {"fitter", "law"}
    )


def note(facts: Facts, case: Case) -> Paper:
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


# The register --------------------------------------------------------------------------------------------


def register_row(case: Case, terms: Terms, zone: ZoneInfo) -> dict[str, Any]:
    """The register's row of *case*: codes, dates (ISO, local) and yes/no, nothing personal."""
    received = deadlines.local_day(case.received, zone)
    closed = deadlines.local_day(case.closed, zone) if case.closed else None
    return {
        "number": case.number,
        "received": received.isoformat(),
        "channel": case.channel,
        "rubric": case.rubric or "unknown",
        "safety": "yes" if case.urgent else "no",
        "mediator": case.mediator,
        "acknowledged": deadlines.local_day(case.acknowledged, zone).isoformat() if case.acknowledged else "",
        "acknowledged_in_time": _in_time(case, zone),
        "status": case.status,
        "open": "yes" if case.open else "no",
        "outcome_by": deadlines.outcome_by(case, terms, zone).isoformat(),
        "outcome": deadlines.local_day(case.outcome_at, zone).isoformat() if case.outcome_at else "",
        "result": case.outcome.result if case.outcome else "",
        "cause": case.cause.code if case.cause else "",
        "measures": sorted({measure.code for measure in case.corrective}),
        "corrective": "yes" if case.corrective else "no" if case.no_measure else "",
        "actions": [_action(measure, zone) for measure in case.measures],
        "kind": case.judged.kind if case.judged else "",
        "preventive": "yes" if case.preventive else "no",
        "closed": closed.isoformat() if closed else "",
        "closed_as": case.closed_as,
        "days": (closed - received).days if closed else None,
        "extended_to": case.extended_to.isoformat() if case.extended_to else "",
        "prevention_due": max((m.due.isoformat() for m in case.preventive if m.due and not m.done), default=""),
        "reportable": case.reportable[0] if case.reportable else "",
        "agreed": _agreed(case),
        "referred": case.referred.isoformat() if case.referred else "",
        "verdict": case.verdict.result if case.verdict else "",
        "satisfaction": case.rating[0] if case.rating else "",
        "reopened": case.reopened,
        "erased": "",
        "imported": "",
    }


def _in_time(case: Case, zone: ZoneInfo) -> str:
    """Whether the acknowledgement left within a week (S4); told in person or by phone it is implicit (S3)."""
    if case.channel in deadlines.SPOKEN:
        return "implicit"
    if case.acknowledged is None:
        return ""
    took = deadlines.local_day(case.acknowledged, zone) - deadlines.local_day(case.received, zone)
    return "yes" if took.days <= deadlines.LETTER_DAYS else "no"


def _agreed(case: Case) -> str:
    """What the client said of the outcome that stands; "" while they have said nothing, or never did."""
    if "agreed" in (case.status, case.closed_as):
        return "yes"
    against = case.status in {"disagreed", "referred", "verdict"} or case.closed_as in {"not_agreed", "verdict"}
    return "no" if against else ""


def _action(measure: Measure, zone: ZoneInfo) -> list[str]:
    """Its code, kind, day due, day done and whether it worked. Not who does it: that may be a name as typed."""
    done = deadlines.local_day(measure.done_at, zone).isoformat() if measure.done_at else ""
    worked = measure.worked[-1][1] if measure.worked else ""
    return [measure.code, measure.kind, measure.due.isoformat() if measure.due else "", done, worked]


def erased(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The row of a case whose content is gone: it still counts, and names nobody."""
    return {**row, "mediator": "", "erased": today.isoformat()}
