"""A complaint by phone, at the desk, by letter or by e-mail: staff fill in the same form, and letters are acknowledged.

Here live the form, what becomes of it, and the acknowledgement letter. The questions are those of the client's own
talk (handlers/client/intake.py), put to the colleague who writes it down. The surprising truth: who has no Telegram
is a client like any other; every notice to them becomes a task for whoever handles the case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from handlers.acts import Acts, Begin, File, Forget, Office, Press, Tell
from handlers.client import intake
from handlers.client.follow_up import words_of
from handlers.conversation import Flow, Option
from handlers.facts import Facts
from handlers.mediator.outside import a_day
from handlers.mediator.talks import Entry, ref_of
from handlers.procedure import independence
from handlers.procedure.case import Case, Complaint, Happened, filed
from handlers.procedure.deadlines import SPOKEN, WRITTEN, local_day, outcome_by
from handlers.procedure.safety import sounds_dangerous
from handlers.procedure.unclear import unclear
from handlers.questions import SKIP, UNKNOWN, choice, words
from handlers.texts import In, Label, Lines, Number, T, Text

CHANNELS = (
    Option("phone", T("b_by_phone", "By phone")),
    Option("visit", T("b_in_person", "In person")),
    Option("letter", T("b_by_letter", "By letter")),
    Option("email", T("b_by_email", "By email")),
)
LANGUAGES = (Option("nl", "Nederlands"), Option("en", "English"))
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Taken:
    """A complaint somebody told or wrote us: how, on which day, in which language."""

    channel: str
    on: str
    language: str
    complaint: Complaint
    about: tuple[str, ...]


def begin(office: Office, case: Case | None, arg: str) -> Acts:
    return (Begin("entry", "entry"),)


def entry(facts: Facts) -> Flow[Taken | None]:
    """The same form as a client's, for somebody else."""
    channel = yield from choice(
        "channel",
        T("entry", "<b>New complaint</b>\nHow did it reach us?"),
        *CHANNELS,
        free=False,
    )
    on = yield from a_day(facts, "received_on", T("entry_on", "On which day did it reach us?"))
    language = yield from choice(
        "language", T("entry_language", "In which language do we write?"), *LANGUAGES, free=False
    )
    told = yield from words("entry_story", T("entry_story", "What happened? Write it in the client's own words."))
    complaint = Complaint(story=(told.text,))
    complaint = yield from intake.topic(facts, complaint)
    complaint = yield from intake.device(complaint)
    if facts.firm.needs_safety(complaint.rubric) or sounds_dangerous(told.text):
        complaint = yield from intake.harm(complaint, UNKNOWN)
    complaint = yield from intake.moment(facts, complaint)
    complaint = yield from intake.wishes(complaint)
    name = yield from words("entry_name", T("entry_name", "What is the name of the client?"), intake.NO_NAME)
    other = yield from words(
        "entry_other",
        T("entry_other", "Does somebody else complain for the client? Write who."),
        Option("self", T("b_client_self", "No, the client")),
    )
    contact = yield from words(
        "entry_contact",
        T("entry_contact", "How do we reach them? Write a phone number, email or address."),
        SKIP,
    )
    about = yield from _about(facts)
    complaint = replace(complaint, name=intake.kept(name), for_other=other.text, contact="#staff", reach=contact.text)
    sure = yield from choice(
        "entry_sure",
        T(
            "entry_review",
            "<b>Check the complaint</b>\n{how}, {on}\n<b>What happened</b>\n{story}\n<b>Topic</b> {rubric}\n"
            "<b>Aid</b> {product}\n<b>When</b> {when}\n<b>Wants</b> {wish}\n<b>Name</b> {name}\n"
            "<b>Contact</b> {contact}{besides}\n\nNot registered yet.",
            how=next(option.label for option in CHANNELS if option.name == channel.option),
            on=date.fromisoformat(on),
            **intake.overview(facts, complaint),
        ),
        Option("save", T("b_register", "Register"), "success"),
        Option("drop", T("b_delete", "Delete"), "danger"),
        free=False,
        numbered=False,
    )
    if sure.option == "drop":
        return None
    return Taken(channel.option, on, language.option, complaint, about)


def _about(facts: Facts) -> Flow[tuple[str, ...]]:
    given = yield from choice(
        "entry_about",
        T("entry_about", "Is it about one of us? That colleague cannot see it."),
        Option("nobody", T("b_about_nobody", "No")),
        *(Option(f"p_{person.key}", person.name) for person in facts.firm.people),
        free=False,
    )
    return () if given.option == "nobody" else (given.option.removeprefix("p_"),)


def file(office: Office, case: Case | None, taken: Taken | None) -> Acts:
    """A case, counted from the day it reached us. Told is acknowledged (S3); written waits for its letter (S4)."""
    facts = office.facts
    if taken is None:
        return (Forget("entry"), Tell(facts.actor.id, T("entry_dropped", "Nothing was registered.")))
    number, people = office.new_number(), facts.firm.people
    named = independence.named_in(words_of(taken.complaint), people) | set(taken.about)
    received = datetime.combine(date.fromisoformat(taken.on), NOON, facts.zone)
    told = {
        "client": 0,
        "language": taken.language,
        "channel": taken.channel,
        "complaint": filed(taken.complaint),
        "named": sorted(independence.with_their_managers(named, people)),
        "about": sorted(named),
        "received": min(received, facts.now).astimezone(facts.now.tzinfo).isoformat(),
    }
    acts: Acts = (File(number, Happened("received", facts.now, facts.actor.key, told)),)
    if taken.channel in SPOKEN:
        implicit = {"how": "implicit", "on": told["received"]}
        acts = (*acts, File(number, Happened("acknowledged", facts.now, "bot", implicit)))
    said = T(
        "entered", "Registered as {ref}. Outcome by {decide_by}.", ref=Number(number), decide_by=_by(office, taken)
    )
    return (*acts, Tell(facts.actor.id, said, case=number))


def _by(office: Office, taken: Taken) -> date:
    return date.fromisoformat(taken.on) + timedelta(weeks=office.facts.firm.terms.outcome_weeks)


# The acknowledgement letter (S4, S5) ---------------------------------------------------------------------


def letter_text(facts: Facts, case: Case) -> Text:
    """Receipt, dates, and the questions for what is still unclear; with nothing unclear one open invitation."""
    asked = unclear(case)
    contact = facts.firm.contact
    return T(
        "letter",
        "{org}\n{address}\n\nTo {name}\n{reach}\n\n{today}\n\nYour complaint {ref}\n\n"
        "We received your complaint on {received}. You get the outcome by {decide_by}.\n\n{questions}\n\n"
        "You can call us: {phone}, {hours}. Or email {email}. Name your reference {ref}.\n\n{sender}\n{org}",
        org=contact.name,
        address=contact.address,
        name=intake.shown(case.complaint.name),
        reach=case.complaint.reach,
        today=facts.today,
        ref=Number(case.number),
        received=local_day(case.received, facts.zone),
        decide_by=outcome_by(case, facts.firm.terms, facts.zone),
        questions=T("letter_questions", "Can you tell us more about this?\n{questions}",
                    questions=Lines(tuple(T("letter_question", "- {question}", question=q) for q in asked)))
        if asked
        else T("letter_open", "Do you want to add something? You are welcome to."),
        phone=contact.phone,
        hours=Label(contact.hours),
        email=contact.email,
        sender=facts.firm.name_of(facts.actor.key),
    )  # fmt: skip


def letter(facts: Facts) -> Flow[Entry | None]:
    """The letter, ready to copy, and when it was sent."""
    case = facts.case
    assert case is not None
    text = letter_text(facts, case)
    given = yield from choice(
        "letter_sent",
        T("letter_here", "This is the letter for {ref}. Copy it, send it, and tell when.\n\n{letter}",
          ref=ref_of(facts), letter=In(case.language, text)),
        Option("today", T("b_sent_today", "Sent today"), "success"),
        Option("other", T("b_sent_other", "Sent on another day")),
        Option("later", T("b_not_yet", "Not yet")),
        free=False,
        numbered=False,
    )  # fmt: skip
    if given.option == "later":
        return None
    on = date.fromisoformat(given.on)
    if given.option == "other":
        asked = T("letter_on", "On which day was it sent?")
        on = date.fromisoformat((yield from a_day(facts, "letter_on", asked, local_day(case.received, facts.zone))))
    sent = datetime.combine(on, NOON, facts.zone).astimezone(facts.now.tzinfo)
    how = case.channel if case.channel in WRITTEN else "letter"
    return Entry(
        "acknowledged", {"how": how, "on": sent.isoformat(), "text": text, "questions": [q.name for q in unclear(case)]}
    )


def letter_task(case: Case, to: int | str, text: Text) -> Tell:
    return Tell(to, text, ((Press(T("b_letter", "Make the letter"), "letter", case.number, "primary"),),), case.number)
