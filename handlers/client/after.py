"""What a client can do about a complaint that is under way or closed, besides adding words and answering the outcome.

Answering a question, choosing the road, objecting to the mediator, agreeing to more time, going to the committee,
withdrawing, opening it again, and saying how it went. The surprising truth: each of these also works for staff who
speak for a client without Telegram, because `relations` says who a client is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from handlers.acts import Acts, Begin, File, Office, Press, Rows, Tell, Toast
from handlers.client import intake
from handlers.client.follow_up import STALE, by, danger_later, named_later
from handlers.conversation import Answer, Flow, Option
from handlers.facts import Facts
from handlers.mediator.outside import a_day
from handlers.mediator.talks import Entry
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from handlers.procedure.steps import can
from handlers.questions import SKIP, choice, collected, words
from handlers.texts import Label, Lines, Number, Quote, T, Text

SHORT = 60  # letters of a question of ours on a button


def record(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    assert case is not None
    if entry is None:
        text = T("unchanged", "Nothing changed. Complaint {ref} goes on.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, text, case=case.number),)
    told = File(case.number, Happened(entry.kind, office.facts.now, by(office, case), entry.facts))
    words = str(entry.facts.get("reason") or entry.facts.get("text") or "")
    if entry.kind == "objected":  # first who may not have it, or it would be offered to them
        return (*named_later(office, case, words, ask=False), told)
    if entry.kind == "reopened":
        named = named_later(office, case, words)
        return (told, *named) if case.accepted else (*named, told)
    return (told, *danger_later(office, case, words))


def _ref(facts: Facts) -> Number:
    assert facts.case is not None
    return Number(facts.case.number)


# A question of ours (L6) ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """The client's words, and the numbers of our questions they answer."""

    parts: tuple[Answer, ...]
    to: tuple[int, ...]


ALL_OF_THEM = Option("yes", T("b_all_of_them", "All of them"))  # also what counts when the last taps do not come


def answering(office: Office, case: Case | None, arg: str) -> Acts:
    """The button under a question of ours: it is that question which is answered, while it is open."""
    assert case is not None
    if arg == "kept":  # what was written without the button
        return (Begin("reply", case.number, keeps=True),)
    known = arg in {str(question.number) for question in case.asked}
    return (Begin("reply", case.number, given=(("reply_which", f"q{arg}"),) if known else ()),)


def reply(facts: Facts) -> Flow[Reply]:
    case = facts.case
    assert case is not None
    asked, first = case.asked, tuple[Answer, ...]()
    if len(asked) > 1:
        which = yield from choice(
            "reply_which",
            T("reply_which", "We asked you {n} things about complaint {ref}. Which one do you answer?",
              n=len(asked), ref=_ref(facts)),
            *(Option(f"q{question.number}", question.text[:SHORT]) for question in asked),
            ALL_OF_THEM,
        )  # fmt: skip
        first = (which,) if which.text else ()  # typed instead of chosen twice: then these are words of the answer
        asked = tuple(question for question in asked if which.option == f"q{question.number}") or asked
    parts = yield from collected(
        "reply",
        T("reply", "<b>Complaint {ref}</b>\n{question}\nType your answer. A photo is fine too.",
          ref=_ref(facts), question=Lines(tuple(Quote(question.text) for question in asked))),
        lambda so_far: T(
            "add_more", "Saved: {parts}. You can send more.\nReady? Press Continue.", parts=intake.parts(so_far)
        ),
        intake.DONE,
        facts.kept,
    )  # fmt: skip
    return Reply((*first, *parts), tuple(question.number for question in asked))


def replied(office: Office, case: Case | None, given: Reply) -> Acts:
    assert case is not None
    text = "\n".join(part.text for part in given.parts if part.text)
    facts = {"text": text, "files": [asdict(part.file) for part in given.parts if part.file]}
    # They may have been answered meanwhile by another message.
    still = [question.number for question in case.asked if question.number in given.to]
    kind, which = ("answered", {"questions": still}) if still else ("added", {})
    return (
        File(case.number, Happened(kind, office.facts.now, by(office, case), facts | which)),
        *named_later(office, case, text),
    )


# The road: together first, or a judgement ----------------------------------------------------------------


def road(facts: Facts) -> Flow[Entry]:
    """Talk first or a judgement: what each does to the dates is said, and it can be changed later."""
    case = facts.case
    assert case is not None
    decide_by = deadlines.outcome_by(case, facts.firm.terms, facts.zone)
    given = yield from choice(
        "road",
        T(
            "road",
            "How shall we handle complaint {ref}?\n1. Talk first: we look for a solution together.\n"
            "2. A judgement: we write what we find, with the reasons.\n"
            "Both ways you get an answer by {decide_by}.{longer} You may change this later.",
            ref=_ref(facts),
            decide_by=decide_by,
            # Wkkgz art. 17: beyond six weeks and four, only with the client, for example while they talk.
            longer=T("road_longer", " Talking may take longer, but only if you agree.")
            if facts.firm.terms.regime == "wkkgz"
            else "",
        ),
        Option("talk", T("b_road_talk", "Talk first")),
        Option("judge", T("b_road_judge", "A judgement in writing")),
        free=False,
    )
    return Entry("road", {"choice": given.option})


# Somebody else, please (L14) -----------------------------------------------------------------------------


def objecting(facts: Facts) -> Flow[Entry]:
    reason = yield from words(
        "object",
        T("object", "You may ask once for somebody else for {ref}.\nWhy do you want that? One sentence is enough.",
          ref=_ref(facts)),
        Option("no_reason", T("b_no_reason", "I would rather not say")),
    )  # fmt: skip
    return Entry("objected", {"reason": reason.text})


# More time -----------------------------------------------------------------------------------------------


def longer(office: Office, case: Case | None, arg: str) -> Acts:
    """The answer to a second extension: only a tap on yes moves the date, and only while it lies ahead: a yes that
    comes later would excuse a lateness that is there already."""
    if case is None or case.longer is None or arg not in {"yes", "no"}:
        return (Toast(STALE),)
    facts = office.facts
    last = deadlines.outcome_by(case, facts.firm.terms, facts.zone)
    if arg == "yes" and facts.today > last:
        text = T("longer_past",
                 "It is too late for that. The outcome of complaint {ref} was due by {day}. We are late.\n"
                 "Call {phone} if you want to know more.",
                 ref=Number(case.number), day=last, phone=facts.firm.contact.phone)  # fmt: skip
        return (Tell(facts.actor.id, text, case=case.number),)
    kind = "longer_agreed" if arg == "yes" else "longer_refused"
    return (File(case.number, Happened(kind, office.facts.now, by(office, case), {})),)


def not_agreed(office: Office, case: Case | None, arg: str) -> Acts:
    """The client does not agree with a first extension: recorded, and the way out is told."""
    assert case is not None
    words_ = {"text": "#extension", "files": []}
    return (File(case.number, Happened("added", office.facts.now, by(office, case), words_)),)


# The committee (R25) -------------------------------------------------------------------------------------


def referring(facts: Facts) -> Flow[Entry]:
    assert facts.case is not None
    asked = T("client_referred", "When did you send complaint {ref} to {committee}?", ref=_ref(facts),
              committee=Label(facts.firm.committee.name))  # fmt: skip
    on = yield from a_day(facts, "referred_on", asked, deadlines.local_day(facts.case.received, facts.zone))
    return Entry("referred", {"on": on})


# Withdrawing (L23) and opening again (L25) ----------------------------------------------------------------


def withdrawing(facts: Facts) -> Flow[Entry | None]:
    """Confirmed, with the safe choice first, and the reason only if the client wants to say it."""
    sure = yield from choice(
        "withdraw",
        T("withdraw", "Do you want to stop complaint {ref}? We then do nothing more with it.", ref=_ref(facts)),
        Option("keep", T("b_withdraw_no", "No, go on")),
        Option("stop", T("b_withdraw_yes", "Yes, stop it"), "danger"),
        free=False,
        numbered=False,
    )
    if sure.option == "keep":
        return None
    reason = yield from words("withdraw_why", T("withdraw_why", "May we know why? You do not have to say."), SKIP)
    last = yield from choice(
        "withdraw_sure",
        T("withdraw_sure", "Complaint {ref} is about to be stopped. Is that right?", ref=_ref(facts)),
        Option("keep", T("b_withdraw_no", "No, go on")),
        Option("stop", T("b_withdraw_sure", "Yes, I am sure"), "danger"),
        free=False,
        numbered=False,
    )
    return Entry("withdrawn", {"reason": reason.text}) if last.option == "stop" else None


def reopening(facts: Facts) -> Flow[Entry]:
    reason = yield from words("reopen", T("reopen", "What is not right yet about complaint {ref}?", ref=_ref(facts)))
    return Entry("reopened", {"reason": reason.text})


def reopen(office: Office, case: Case | None, arg: str) -> Acts:
    """A client may open it again for eight weeks; a manager always."""
    assert case is not None
    facts = office.facts
    until = deadlines.reopen_by(case, facts.zone)
    if until is None:
        text = T("still_open", "Complaint {ref} is still open.", ref=Number(case.number))
        return (Tell(facts.actor.id, text, case=case.number),)
    if facts.today > until and "manager" not in facts.actor.roles:
        text = T(
            "reopen_late",
            "Complaint {ref} could be opened again until {until}. Call {phone}, or make a new complaint.",
            ref=Number(case.number),
            until=until,
            phone=facts.firm.contact.phone,
        )
        return (Tell(facts.actor.id, text, case=case.number),)
    return (Begin("reopen", case.number, fresh=True),)


# How it went (R05) ---------------------------------------------------------------------------------------

SCORES = (
    Option("s1", T("b_score_1", "Very dissatisfied")),
    Option("s2", T("b_score_2", "Dissatisfied")),
    Option("s3", T("b_score_3", "Neither")),
    Option("s4", T("b_score_4", "Satisfied")),
    Option("s5", T("b_score_5", "Very satisfied")),
)
SOLVED = (
    Option("yes", T("b_yes", "Yes")),
    Option("partly", T("b_partly_solved", "Partly")),
    Option("no", T("b_no", "No")),
)


def survey(facts: Facts) -> Flow[Entry]:
    """One tap, and two more for who wants to."""
    score = yield from choice(
        "score",
        T("survey", "Complaint {ref} is closed.\nHow satisfied are you with the way we handled your complaint?",
          ref=_ref(facts)),
        *SCORES,
        free=False,
    )  # fmt: skip
    solved = yield from choice("solved", T("survey_solved", "Is your problem solved?"), *SOLVED, free=False)
    better = yield from words("better", T("survey_better", "What could we do better? This is optional."), SKIP)
    return Entry("rated", {"score": score.option.removeprefix("s"), "solved": solved.option, "text": better.text})


def effect(office: Office, case: Case | None, arg: str) -> Acts:
    """Weeks after a preventive measure: did it stay away? `effect NUMBER INDEX yes|no`."""
    index, _, worked = arg.replace(":", " ").partition(" ")
    asked = case is not None and index.isdecimal() and int(index) < len(case.measures) and worked in {"yes", "no"}
    if case is None or not asked:
        return (Toast(STALE),)
    measure = case.measures[int(index)]
    if measure.kind != "preventive" or not measure.done:
        return (Toast(STALE),)
    told = {"measure": int(index), "worked": worked}
    return (File(case.number, Happened("checked", office.facts.now, by(office, case), told)),)


# One's own file ------------------------------------------------------------------------------------------


def data(office: Office, case: Case | None, arg: str) -> Acts:
    """Everything the client gave and got, in the chat; how to have it deleted stands below it."""
    facts = office.facts
    mine = [case] if case else list(office.cases_of_client(facts.actor.id))
    if not mine:
        return (Tell(facts.actor.id, T("no_complaints", "You have no complaints here. Send /complaint to make one.")),)
    told = (
        Tell(facts.actor.id, dossier(facts, one),
             ((Press(T("b_case_file", "Case file (PDF)"), "case_file", one.number),),), one.number)
        for one in mine
    )  # fmt: skip
    return (*told, _about_data(office))


def _about_data(office: Office) -> Tell:
    contact = office.facts.firm.contact
    rows: Rows = ((Press(T("b_forget", "Ask to delete my data"), "forget"),),)
    text = T("data_end", "This is what we keep of you. Is something wrong? Email {email}.", email=contact.privacy)
    return Tell(office.facts.actor.id, text, rows)


def dossier(facts: Facts, case: Case) -> Text:
    """The client's own copy: own words, answers, dates and the outcome; no notes and no third person's words."""
    said = tuple(
        T("data_added", "<b>{date}</b> {words}", date=words.at, words=Quote(words.text)) for words in case.added
    )
    return T(
        "data_case",
        "<b>Complaint {ref}</b>\nReceived on {received}. Topic: {rubric}\n<b>What happened</b>\n{story}\n"
        "<b>Aid</b> {product}\n<b>When</b> {when}\n<b>What you want</b> {wish}\n<b>Name</b> {name}\n"
        "<b>Contact</b> {contact}{besides}\n{added}{edited}\n{outcome}",
        ref=Number(case.number),
        received=case.received,
        **intake.overview(facts, case.complaint),
        added=Lines(said),
        edited=Lines(
            tuple(T("data_edited", "\n<b>Changed to</b> {words}", words=Quote(now)) for _, now in case.edited), by=""
        ),
        outcome=T("data_outcome", "<b>Outcome of {date}</b>\n{looked_at}\n{for_you}", date=case.outcome_at,
                  looked_at=case.outcome.looked_at, for_you=case.outcome.for_you)
        if case.outcome and case.outcome_at
        else "",
    )  # fmt: skip


def forget(office: Office, case: Case | None, arg: str) -> Acts:
    """Asking for deletion: staff decide within a month, because a running complaint may have to be kept (AVG 17(3))."""
    facts = office.facts
    if arg == "no":
        return (Tell(facts.actor.id, T("forget_kept", "That is fine. Nothing is deleted."), in_place=True),)
    if arg != "yes":
        text = T(
            "forget",
            "You can ask us to delete your data. An open complaint then stops.\n"
            "Sometimes the law says we must keep something. You hear from us within a month.",
        )
        rows: Rows = (
            (Press(T("b_forget_no", "No, keep it"), "forget", "no"),),
            (Press(T("b_forget_yes", "Yes, ask for it"), "forget", "yes", "danger"),),
        )
        return (Tell(facts.actor.id, text, rows),)
    by_day = date.fromordinal(facts.today.toordinal() + 30)
    acts: Acts = ()
    for one in office.cases_of_client(facts.actor.id):
        if can(facts.actor, "withdrawn", one):  # they were told so: what runs stops
            acts += (File(one.number, Happened("withdrawn", facts.now, "client", {"reason": ""})),)
        if one.forget_by is None:
            acts += (File(one.number, Happened("forget_asked", facts.now, "client", {"by": by_day.isoformat()})),)
    said = T("forget_asked", "We got your request. You hear from us by {day}.", day=by_day)
    return (*acts, Tell(facts.actor.id, said))
