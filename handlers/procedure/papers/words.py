"""What stands in several papers: the names of fields, and how a value of a case is shown.

The surprising truth: what came on paper has a day and no hour, so only a complaint from the chat shows its moment.
"""

from __future__ import annotations

from datetime import date, datetime

from handlers.client import intake
from handlers.conversation import Attachment
from handlers.facts import Facts
from handlers.firm import Firm
from handlers.mediator import card
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened, Words
from handlers.procedure.papers.paper import Line
from handlers.texts import Field, Lines, T, Text

NONE = T("p_none", "none")
OPEN = T("p_not_recorded", "not recorded yet")
CHANNELS = {
    "chat": T("p_by_chat", "In the chat"), "phone": T("b_by_phone", "By phone"), "visit": T("b_in_person", "In person"),
    "letter": T("b_by_letter", "By letter"), "email": T("b_by_email", "By email"),
}  # fmt: skip
ACKNOWLEDGED = {
    "receipt": T("p_ack_receipt", "Receipt in the chat"), "implicit": T("p_ack_implicit", "Told in person"),
    "letter": T("p_ack_letter", "Letter"), "email": T("p_ack_email", "Email"),
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
COUNT = T("p_count", "Number")
AID = T("p_aid", "Aid")
STORY = T("p_story", "What happened, in the client's own words")
FILES = T("p_files", "Attachments")
OUTCOME = T("p_outcome", "Outcome")
BLANK = "\n"  # room to write one line by hand


def received_on(facts: Facts, case: Case) -> Field:
    """The moment where we know it; what came on paper came on a day."""
    return case.received if case.channel == "chat" else deadlines.local_day(case.received, facts.zone)


def day_of(facts: Facts, moment: datetime | None) -> Field:
    return deadlines.local_day(moment, facts.zone) if moment else ""


def last(case: Case, *kinds: str) -> Happened | None:
    """The latest event of one of those kinds."""
    return next((event for event in reversed(case.history) if event.kind in kinds), None)


def rubric_of(firm: Firm, case: Case) -> Field:
    return firm.rubric(case.rubric) if case.rubric else OPEN


def story_of(case: Case) -> Field:
    return Lines(case.complaint.story, by="\n\n") if case.complaint.story else intake.shown("")


def _file(n: int, file: Attachment, facts: Facts) -> Field:
    size = f"{max(1, round(file.size / 1024))} kB"
    kind = KINDS.get(file.kind, file.kind)
    return T("p_file", "{n}. {name} ({kind}, {size})", n=n, name=file.name or kind, kind=kind, size=size)


def files_of(facts: Facts, files: tuple[Attachment, ...]) -> Field:
    return Lines(tuple(_file(n, file, facts) for n, file in enumerate(files, 1))) if files else NONE


def clients_files(case: Case) -> tuple[Attachment, ...]:
    return (*case.complaint.files, *(file for words in case.added for file in words.files))


def clarified(case: Case) -> tuple[Line, ...]:
    told = case.complaint
    danger = (Line(T("p_danger", "Danger"), intake.shown(told.danger)),) if told.danger else ()
    return (*danger, *(Line(intake.QUESTIONS[asked], intake.shown(words)) for asked, words in told.clarified))


def added(words: Words, facts: Facts, question: str) -> tuple[Line, ...]:
    text: Field = words.text
    if words.text == "#extension":
        text = T("no_to_extension", "The client does not agree with more time.")
    if words.files and not words.text:
        text = T("attached", "Attached: {n}", n=len(words.files))
    day = deadlines.local_day(words.at, facts.zone)
    if not words.question:
        return (Line(T("p_added", "Added on {day}", day=day), text),)
    return Line(T("p_asked", "Our question"), question), Line(T("p_answered", "Answer of {day}", day=day), text)


def edited(case: Case) -> tuple[Line, ...]:
    return tuple(
        Line(T("p_edited", "Changed by the client"), T("p_from_to", "First: {before}\nNow: {now}", before=was, now=now))
        for was, now in case.edited
    )


def outcome_of(case: Case) -> list[Line]:
    """What the client was told."""
    told = case.outcome
    assert told is not None
    wrong = told.went_wrong or (case.cause.text if case.cause else "")
    lines = [
        Line(T("line_looked_at", "What we looked at"), told.looked_at),
        Line(T("line_went_wrong", "What went wrong"), wrong),
        Line(T("line_judgement", "Our judgement"), told.judgement),
        Line(T("p_for_client", "What we do for the client"), told.for_you),
        Line(T("line_change", "What we change"), told.change or T("no_change", "Nothing for now.")),
        Line(T("line_personal", "The personal line"), told.personal),
    ]
    return [line for line in lines if line.value]


def verdict_of(case: Case) -> list[Line]:
    if case.verdict is None:
        return []
    result = T("p_verdict_on", "{result}, {day}", result=card.VERDICTS[case.verdict.result], day=case.verdict.on)
    lines = [
        Line(T("p_verdict", "Decision of the committee"), result),
        Line(T("p_advice", "Its advice"), case.verdict.advice),
        Line(T("p_follow", "What we do with it"), case.verdict.follow_up),
    ]
    return [line for line in lines if line.value]


def named(facts: Facts, by: str) -> Field:
    """Who did something, as people say it."""
    names = {"client": T("p_client", "the client"), "bot": T("p_bot", "the bot")}
    return names.get(by) or facts.firm.name_of(by)


# Of many cases -------------------------------------------------------------------------------------------


def topic(facts: Facts, code: str) -> Field:
    return T("topic_open", "topic not known yet") if code in {"unknown", ""} else facts.firm.rubric(code)


def span(first: date, last: date) -> Text:
    return T("p_from_until", "{first} to {last}", first=first, last=last)
