"""Filing a complaint: seven questions, at most two to clear things up, a safety question, and a last look.

`intake` reads from top to bottom like the talk it is. What the answers become (a case, a receipt) lives in
handlers/client/follow_up.py and handlers/notices. The surprising truth: a danger may end the talk half-way, on purpose;
then the complaint is registered at once and `rest` asks what was left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from handlers.conversation import Again, Answer, Answers, Ask, Flow, Invalid, Option, Say, question_of
from handlers.facts import Facts
from handlers.procedure.case import Complaint, is_danger
from handlers.procedure.rubrics import suggest
from handlers.procedure.safety import said_of_danger, sounds_dangerous
from handlers.questions import (
    CANNOT_READ,
    SKIP,
    UNKNOWN,
    YES,
    choice,
    collected,
    day,
    email,
    none_of,
    phone,
    ticked,
    words,
)
from handlers.texts import Field, Lines, Quote, T, Text

DONE = Option("continue", T("b_continue", "Continue"), "primary")
SUGGESTED = 4
SHORT_STORY = 6  # words: below this a story is too short to act on
SEVERAL_TIMES = re.compile(r"\b(weer|steeds|opnieuw|keer|nogmaals|again|still|times|twice)\b", re.IGNORECASE)

RECOGNITION = {
    "product_quality": T("rec_product_quality", "Thank you. You must be able to rely on your aid."),
    "fit_pain": T("rec_fit_pain", "Thank you. We take pain and pressure seriously."),
    "delivery": T("rec_delivery", "Thank you. Waiting for something you need is hard."),
    "agreements": T("rec_agreements", "Thank you. You should be able to count on what was agreed."),
    "communication": T("rec_communication", "Thank you. You should know where you stand."),
    "conduct": T("rec_conduct", "Thank you for telling us. You deserve to be treated with respect."),
    "invoice": T("rec_invoice", "Thank you. A bill must be right and clear."),
    "warranty": T("rec_warranty", "Thank you. A repair should solve the problem."),
    "privacy": T("rec_privacy", "Thank you. Your data should be safe."),
    "location": T("rec_location", "Thank you. Our locations should work for you."),
    "expertise": T("rec_expertise", "Thank you. You should be able to trust our advice."),
}
RECOGNISED = T("rec_other", "Thank you for telling us.")

DANGERS = (
    Option("none", T("b_safe", "No, none")),
    Option("hurt", T("b_hurt", "Fell or got hurt")),
    Option("wound", T("b_wound", "Wound or blister")),
    Option("unsafe", T("b_unsafe", "Aid is not safe")),
    UNKNOWN,
)
# "I don't know" after a story with danger words: a value of its own, because then it asks for haste.
UNSURE = replace(UNKNOWN, name="unsure")
VAGUE = (
    Option("late", T("b_vague_late", "Something came late")),
    Option("broken", T("b_vague_broken", "Broken or does not fit")),
    Option("contact", T("b_vague_contact", "Contact went badly")),
    Option("money", T("b_vague_money", "It is about money")),
)
NO_DEVICE = Option("no_device", T("b_no_device", "Not about an aid"))
OFTEN = Option("often", T("b_often", "It keeps happening"))
TODAY, YESTERDAY = Option("today", T("b_today", "Today")), Option("yesterday", T("b_yesterday", "Yesterday"))
IMPACT = (
    Option("urgent", T("b_impact_urgent", "No, it is urgent")),
    Option("for_now", T("b_impact_for_now", "For now")),
    Option("can_wait", T("b_impact_can_wait", "Yes")),
)
BEFORE = (
    Option("first", T("b_before_first", "No")),
    Option("once", T("b_before_once", "Yes, once")),
    Option("more", T("b_before_more", "Yes, more often")),
)
WISHES = (
    Option("solve", T("b_wish_solve", "Solve it")),
    Option("explain", T("b_wish_explain", "Explain")),
    Option("apologise", T("b_wish_apologise", "Apologise")),
    Option("pay_back", T("b_wish_pay_back", "Pay back costs")),
    Option("prevent", T("b_wish_prevent", "Prevent it for others")),
)
MYSELF = ("ik", "ik zelf", "ikzelf", "mij", "mezelf", "voor mij", "voor mezelf", "me", "i", "for me", "it is for me")
WHOM = (
    Option("self", T("b_self", "For myself"), also=MYSELF),
    Option("someone", T("b_someone", "For someone else")),
)
OWN = re.compile(r"\b(?:mezelf|mijzelf|mijn ?eigen|ikzelf|ik zelf|myself|voor mij|for me)\b(?! \w+ (?:is|needs|heeft))")
NOT_OWN = re.compile(r"\b(?:niet|not) (?:(?:voor|for) )?(?:mezelf|mijzelf|mij|myself|me)\b")
NOT_OTHER = re.compile(r"\b(?:niet|not) (?:voor|for) (?:iemand anders|someone else)\b")
FOR = re.compile(
    r"^(?:nee|no|ja|yes|het is|it is|it's|dit is|this is|deze klacht is|\W)*(?:voor|namens|for|on behalf of)\s+",
    re.IGNORECASE,
)
RELATIVE = re.compile(
    r"\b(?:man|vrouw|partner|moeder|vader|ma|pa|mama|papa|zoon|dochter|kind|kinderen|broer|zus|oma|opa|oom|tante|"
    r"vriend|vriendin|buurman|buurvrouw|cli[eë]nt|iemand anders|mevrouw|meneer|mw|dhr|husband|wife|mother|father|mum|"
    r"mom|dad|son|daughter|child|children|brother|sister|grandmother|grandfather|uncle|aunt|friend|neighbou?r|client|"
    r"mrs|mr|ms)\b"
)
NO_NAME = Option("no_name", T("b_no_name", "Rather not"))
REACH = (
    Option("telegram", T("b_here", "Here in Telegram")),
    Option("phone", T("b_call_me", "Call me")),
    Option("email", T("b_mail_me", "Email me")),
    Option("no_reply", T("b_no_reply", "No answer needed")),
)
# Every option a client can choose, so that a stored `#name` can be shown in any language.
CHOSEN = {
    option.name: option.label
    for option in (
        *DANGERS,
        UNSURE,
        *VAGUE,
        NO_DEVICE,
        OFTEN,
        *IMPACT,
        *BEFORE,
        *WISHES,
        *WHOM,
        NO_NAME,
        *REACH,
        SKIP,
        UNKNOWN,
    )
}


def kept(given: Answer) -> str:
    """An answer as it is stored: `#name` for a chosen option, else the person's own words."""
    return f"#{given.option}" if given.option else given.text


def shown(value: str) -> Field:
    """A stored answer as it is shown."""
    if value.startswith("#") and value[1:] in CHOSEN:
        return CHOSEN[value[1:]]
    return value or T("not_given", "not given")


def tells_of_danger(answers: Answers) -> bool:
    """Did somebody report a danger in a complaint that is not sent yet? Words we did not understand count as one until
    the second answer."""
    given = {question_of(name): answer for name, answer in answers.items()}
    last = given.get("safety_again") or given.get("safety")
    return last is not None and is_danger(kept(last)) and (bool(last.option) or said_of_danger(last.text) != "none")


# The talk ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """It was no complaint: a question or a compliment, in these words."""

    kind: str
    words: str


def intake(facts: Facts) -> Flow[Complaint | Elsewhere | None]:
    """Everything from the channel to "send"; None: the client threw it away."""
    yield from channel(facts)
    complaint = yield from story(facts)
    complaint = yield from vague(complaint)
    complaint = attached(facts, complaint)
    kind = yield from purpose(complaint)
    if kind != "complaint":
        return Elsewhere(kind, " ".join(complaint.story))
    if sounds_dangerous("\n".join((*complaint.story, *(words for _, words in complaint.clarified)))):
        complaint = yield from safety(facts, complaint, UNSURE)
        if complaint.sent_early:
            return complaint
    complaint = yield from topic(facts, complaint)
    complaint = yield from device(complaint)
    if facts.firm.needs_safety(complaint.rubric) and not complaint.danger:
        complaint = yield from safety(facts, complaint, UNKNOWN)
        if complaint.sent_early:
            return complaint
    complaint = yield from moment(facts, complaint)
    complaint = yield from clarify(facts, complaint)
    complaint = yield from wishes(complaint)
    complaint = yield from whom(facts, complaint)
    complaint = yield from reach(complaint)
    return (yield from review(facts, complaint))


def rest(facts: Facts) -> Flow[Complaint]:
    """What was left when a complaint was sent early because of a danger."""
    assert facts.case is not None
    complaint = attached(facts, facts.case.complaint)
    if not complaint.rubric:
        complaint = yield from topic(facts, complaint)
    if not complaint.device:
        complaint = yield from device(complaint)
    complaint = yield from moment(facts, complaint)
    complaint = yield from wishes(complaint)
    complaint = yield from whom(facts, complaint)
    return (yield from reach(complaint))


# Its parts -----------------------------------------------------------------------------------------------


def channel(facts: Facts) -> Flow[None]:
    """The notice and the choice of channel, before the first question (AVG art. 13; Telegram reads along)."""
    agree = Option("agree", T("b_agree", "Yes, I agree"), "primary")
    other = Option("other", T("b_other_way", "No, another way"))
    data = Option("data", T("b_data", "Your data"))
    contact = facts.firm.contact
    while True:
        given = yield from choice(
            "channel",
            T(
                "consent",
                "Your complaint may be about your health.\nOnly the mediator and the management read it.\n"
                "We delete it {years} years after we close it. Telegram also stores messages.\n"
                "Do you want to make your complaint through Telegram?",
                years=facts.firm.retention.closed_years,
            ),
            agree,
            other,
            data,
            free=False,
            numbered=False,
            again=T(
                "consent_again",
                "Telegram is the app in which you write this. That company stores your messages too. So we first ask "
                "if that is fine.\nWhat you write now is not kept yet. Rather by phone? Call {phone}.",
                phone=contact.phone,
            ),
        )
        if given.option == "agree":
            return
        if given.option == "data":
            yield Say(privacy(facts))
            continue
        yield from choice(
            "elsewhere",
            T(
                "consent_no",
                "That is fine. Call {phone}, email {email} or visit us: {address}.",
                phone=contact.phone,
                email=contact.email,
                address=contact.address,
            ),
            Option("here", T("b_here_after_all", "Continue here after all")),
            free=False,
            numbered=False,
        )


def privacy(facts: Facts) -> Text:
    return T(
        "privacy",
        "We use your answers to handle your complaint. We delete them {years} years after we close it.\n"
        "Telegram also stores messages. So do not send your BSN or medical results.\n"
        "To see or delete your data: {privacy_contact}",
        years=facts.firm.retention.closed_years,
        privacy_contact=facts.firm.contact.privacy,
    )


def parts(given: tuple[Answer, ...]) -> Lines:
    """How much has been sent, by kind."""
    texts = sum(1 for part in given if part.text)
    photos = sum(1 for part in given if part.file and part.file.kind == "photo")
    voices = sum(1 for part in given if part.file and part.file.kind == "voice")
    files = sum(1 for part in given if part.file) - photos - voices
    counted = (
        (texts, T("part_text", "1 message"), T("part_texts", "{n} messages", n=texts)),
        (photos, T("part_photo", "1 photo"), T("part_photos", "{n} photos", n=photos)),
        (voices, T("part_voice", "1 voice message"), T("part_voices", "{n} voice messages", n=voices)),
        (files, T("part_file", "1 file"), T("part_files", "{n} files", n=files)),
    )
    return Lines(tuple(one if n == 1 else several for n, one, several in counted if n), by=", ")


def attached(facts: Facts, complaint: Complaint) -> Complaint:
    """With what was sent at a question that asked for something else."""
    words = tuple(part.text for part in facts.attached if part.text)
    files = tuple(part.file for part in facts.attached if part.file)
    return replace(complaint, story=(*complaint.story, *words), files=(*complaint.files, *files))


def story(facts: Facts) -> Flow[Complaint]:
    given = yield from collected(
        "story",
        T(
            "q1",
            "<b>Question 1 of 7</b>\nWhat happened?\n\n"
            "Tell us in your own words. You can also send a voice message or a photo.",
        ),
        lambda so_far: T("q1_more", "Saved: {parts}. You can send more.\nReady? Press Continue.", parts=parts(so_far)),
        DONE,
        facts.kept,
    )
    told = tuple(part.text for part in given if part.text)
    if not told:
        line = yield from words(
            "story_line",
            T(
                "q1_voice",
                "That is saved. A member of staff will look at it.\nCan you type in one sentence what it is about?",
            ),
            SKIP,
        )
        told = (line.text,) if line.text else ()
    return Complaint(story=told, files=tuple(part.file for part in given if part.file))


def vague(complaint: Complaint) -> Flow[Complaint]:
    """A story of a few words gets one question that costs one tap."""
    if complaint.files or len(" ".join(complaint.story).split()) >= SHORT_STORY:
        return complaint
    given = yield Ask(
        "vague",
        T("vague1", "Thank you. I want to understand what went wrong.\nWhat fits best? Or give one example."),
        (*VAGUE, UNKNOWN),
        numbered=True,
    )
    if not given.option and not given.text.strip():
        raise Invalid(CANNOT_READ)
    return replace(complaint, clarified=(*complaint.clarified, ("vague", kept(given))))


QUESTION = re.compile(r"\?\s*$")
COMPLIMENT = re.compile(
    r"\b(compliment\w*|heel tevreden|erg tevreden|zo blij|heel blij|goed geholpen|great service|"
    r"very happy|well done)\b",
    re.IGNORECASE,
)
DISSATISFIED = re.compile(
    r"\b(niet|geen|nooit|te laat|kapot|klacht|boos|pijn|fout|slecht|not|never|late|broken|complaint|wrong|pain|bad)\b",
    re.IGNORECASE,
)
BRIEF = 30  # words: a longer story is seldom a question only


def purpose(complaint: Complaint) -> Flow[str]:
    """What sounds like a question or a compliment is asked about, never turned away unasked."""
    told = " ".join(complaint.story)
    glad = COMPLIMENT.search(told)
    asking = QUESTION.search(told) and len(told.split()) <= BRIEF
    if DISSATISFIED.search(told) or sounds_dangerous(told) or not (glad or asking):
        return "complaint"
    given = yield from choice(
        "purpose",
        T("purpose", "Thank you. Is this a complaint?"),
        Option("complaint", T("b_is_complaint", "Yes, a complaint")),
        Option("question", T("b_is_question", "It is a question")),
        Option("compliment", T("b_is_compliment", "It is a compliment")),
        free=False,
    )
    return given.option


def safety(facts: Facts, complaint: Complaint, unknown: Option) -> Flow[Complaint]:
    """Whoever tells of a harm or a danger hears at once what to do, and may send at once."""
    complaint = yield from harm(complaint, unknown)
    if not is_danger(complaint.danger):
        return complaint
    now = yield from choice(
        "safety_yes",
        T(
            "safety_yes",
            "<b>In immediate danger, call 112.</b> With a wound, call your doctor.\nDo not use the aid now.\n"
            "Call us too: {phone}.\n\nYour complaint gets priority. You can send it now and add the rest later.",
            phone=facts.firm.contact.phone,
        ),
        Option("now", T("b_send_now", "Send now"), "success"),
        Option("continue", T("b_continue_questions", "Continue with the questions")),
        free=False,
        numbered=False,
    )
    return replace(complaint, sent_early=now.option == "now")


def harm(complaint: Complaint, unknown: Option) -> Flow[Complaint]:
    """The safety question. Words that speak of no harm and are no plain no are asked about once; then they are taken:
    a danger is rather told once too often. What was no answer at all belongs to the story."""
    options = (*DANGERS[:-1], unknown)
    given = yield Ask("safety", T("safety", "Did any of these things happen?"), options, numbered=True)
    danger = _answered(given, options, unknown)
    if danger is not None:
        return replace(complaint, danger=danger)
    text = T("safety_again", "I am not sure what you mean.\nDid any of these things happen? Choose, or write it again.")
    again = yield Ask("safety_again", text, options, numbered=True)
    danger = _answered(again, options, unknown)
    if danger is None:
        return replace(complaint, danger=f"{given.text}; {again.text}")
    return replace(complaint, danger=danger, story=(*complaint.story, given.text))


def _answered(given: Answer, options: tuple[Option, ...], unknown: Option) -> str | None:
    """The safety answer as it is kept; None: words to ask about."""
    if given.option in {UNKNOWN.name, UNSURE.name}:  # the story may have been changed since
        return f"#{unknown.name}"
    if given.option in {option.name for option in options}:
        return f"#{given.option}"
    if not re.search(r"[^\W\d_]", given.text) and not (given.text.strip() and given.misses):  # nothing is refused twice
        raise none_of(options)
    return {"none": "#none", "danger": given.text, "": None}[said_of_danger(given.text)]


def topic(facts: Facts, complaint: Complaint, text: Text | None = None) -> Flow[Complaint]:
    """What it is about. With *text* a colleague is asked, who needs no word of sympathy."""
    options = {rubric.code: Option(rubric.code, facts.firm.rubric(rubric.code)) for rubric in facts.firm.rubrics}
    told = "\n".join((*complaint.story, *(words for _, words in complaint.clarified)))
    likely = [options[code] for code, _ in suggest(told, facts.firm.rubrics)[:SUGGESTED]]
    staff = text is not None
    text = text or T(
        "q2",
        "<b>Question 2 of 7</b>\nWhat is your complaint mainly about?\nYou can also type the number.",
    )
    offered = (*likely, Option("all", T("b_all_topics", "All topics")), UNKNOWN)
    given = yield Ask("topic", text, offered, numbered=True)
    if given.option == "all":
        offered = (*options.values(), UNKNOWN)
        given = yield Ask("topic_all", text, offered, numbered=True)
    if given.option in options:
        if not staff:
            yield Say(RECOGNITION.get(given.option, RECOGNISED))
        return replace(complaint, rubric=given.option)
    if given.option == "unknown":
        if not staff:
            yield Say(RECOGNISED)
        return replace(complaint, rubric="other")
    if given.text.strip() and given.misses:
        if not staff:
            yield Say(T("kept_as_is", "We keep your answer as it is. A member of staff reads it."))
        return replace(complaint, rubric="other", topic=given.text)
    raise none_of(offered)


def device(complaint: Complaint, text: Text | None = None) -> Flow[Complaint]:
    given = yield from words(
        "device",
        text or T("q3", "<b>Question 3 of 7</b>\nWhich aid is it about?\nFor example: insoles, wheelchair or brace."),
        NO_DEVICE,
        UNKNOWN,
    )
    return replace(complaint, device=kept(given))


def moment(
    facts: Facts, complaint: Complaint, text: Text | None = None, reached: date | None = None
) -> Flow[Complaint]:
    """When it was. A colleague is asked with a *text* of their own and, where it reached us before, of that day."""
    text = text or T(
        "q4",
        "<b>Question 4 of 7</b>\nWhen was this?\nFor example: yesterday, 3 November or early March.",
    )
    options = (OFTEN, UNKNOWN) if reached else (TODAY, YESTERDAY, OFTEN, UNKNOWN)
    while True:
        given, span = yield from day("moment", text, facts.names, *options, reached=reached)
        if given.option in {"today", "yesterday"}:
            happened = facts.day_of(given, days_ago=int(given.option == "yesterday"))
            return replace(complaint, when=happened.isoformat(), when_from=happened, when_to=happened)
        if span is None:
            if given.text:
                yield Say(T("kept_words", 'We keep what you wrote: "{text}".', text=given.text))
            return replace(complaint, when=kept(given))
        if span.first != span.last:
            return replace(complaint, when=given.text, when_from=span.first, when_to=span.last)
        meant = yield from choice(
            "moment_ok",
            T("q4_ok", "Do you mean {full_date}?", full_date=span.first),
            YES,
            Option("other_day", T("b_other_day", "No, another day")),
            free=False,
            numbered=False,
        )
        if meant.option == "yes":
            return replace(complaint, when=given.text, when_from=span.first, when_to=span.last)


def clarify(facts: Facts, complaint: Complaint) -> Flow[Complaint]:
    """At most one more question, chosen by what this rubric needs and the story lacks."""
    told = "\n".join(complaint.story)
    if complaint.rubric in {"conduct", "expertise"}:
        people = tuple(Option(f"p_{p.key}", p.name) for p in facts.firm.people if p.shown)
        given = yield from words(
            "clar_who",
            T(
                "clar_who",
                'Do you know who you spoke to?\nA name is not needed. "Fitter" or "someone on the phone" is enough.',
            ),
            *people,
            UNKNOWN,
        )
        who = facts.firm.name_of(given.option.removeprefix("p_")) if given.option.startswith("p_") else kept(given)
        answered = ("clar_who", who)
    elif complaint.rubric in {"product_quality", "warranty", "delivery"}:
        given = yield from choice("clar_impact", T("clar_impact", "Can you manage without this aid?"), *IMPACT)
        answered = ("clar_impact", kept(given))
    elif not SEVERAL_TIMES.search(told):
        given = yield from choice("clar_before", T("clar_before", "Did you report this before?"), *BEFORE)
        answered = ("clar_before", kept(given))
    else:
        return complaint
    return replace(complaint, clarified=(*complaint.clarified, answered))


def wishes(complaint: Complaint, text: Text | None = None) -> Flow[Complaint]:
    given = yield from ticked(
        "wishes",
        text
        or T(
            "q5",
            "<b>Question 5 of 7</b>\nWhat would you like us to do?\nYou can choose more than one, or type your own.",
        ),
        DONE,
        *WISHES,
    )
    return replace(complaint, wishes=tuple(kept(wish) for wish in given))


def whom(facts: Facts, complaint: Complaint) -> Flow[Complaint]:
    asked = Ask("whom", T("q6", "<b>Question 6 of 7</b>\nWho is this complaint for?"), WHOM, numbered=True)
    given = yield asked
    whose = given.option or whose_is(given.text)
    if not whose and not (given.text.strip() and given.misses):
        raise none_of(WHOM)
    if whose == "self":
        known_by = T("q6_name", "Which name do we know you by?\nA customer number is fine too.")
        return replace(complaint, name=(yield from named(facts, known_by)))
    who = FOR.sub("", given.text) or given.text
    if given.option or NOT_OWN.fullmatch(given.text.strip(" .!").casefold().removeprefix("nee ").removeprefix("no ")):
        other = yield from words(
            "other",
            T(
                "q6_other",
                "Who is the client, and who are you to them?\nFor example: Mrs De Boer, I am her son.",
            ),
        )
        who = other.text
    own = yield from named(facts, T("q6_own_name", "And what is your own name?"))
    return replace(complaint, for_other=who, name=own)


def whose_is(text: str) -> str:
    """Whose complaint somebody says it is, in a sentence: "self", "someone", or "" when it says neither."""
    said = text.casefold()
    if NOT_OWN.search(said) or RELATIVE.search(NOT_OTHER.sub("", said)):
        return "someone"
    if OWN.search(said):
        return "self"
    return "someone" if (known := FOR.match(text)) and text[known.end() :][:1].isupper() else ""


def named(facts: Facts, question: Text) -> Flow[str]:
    """A name as they want us to know it: never the one their account has without their saying so."""
    mine = Option("mine", facts.actor.name)
    given = yield from words("name", question, *((mine,) if facts.actor.name else ()), NO_NAME)
    return facts.actor.name if given.option == "mine" else kept(given)


WAYS = {
    "phone": re.compile(r"\b(?:bel|belt|bellen|gebeld|opbellen|terugbellen|telefo\w+|call|phone|ring)\b", re.I),
    "email": re.compile(r"\b(?:e-?mail\w*|mailen|mailtje|gemaild)\b|[^@\s]@[^@\s]", re.I),
    "telegram": re.compile(r"\b(?:telegram|hier|here|app|appen|chat)\b", re.I),
}  # fmt: skip
NOT_SO = re.compile(r"\b(?:niet|geen|not|no|never|nooit|don'?t) (?:(?:op|terug|te|me|mij|via|door|by|per) )*$", re.I)
DIALLED = re.compile(r"(?<![\d+])(?:\+|0)[\d\s().-]{8,}\d(?!\d)")


def way(text: str) -> str:
    """The one way to be reached that a sentence names, such as "bellen, maar niet tussen 12 en 2"; "" if not one."""
    found = {name: match for name, known in WAYS.items() if (match := known.search(text))}
    meant = [name for name, match in found.items() if not NOT_SO.search(text[: match.start()])]
    return meant[0] if len(meant) == 1 else ""


def reach(complaint: Complaint) -> Flow[Complaint]:
    """How to answer them. What a sentence adds (when not to call) is kept with it, and read by who calls."""
    given = yield Ask("reach", T("q7", "<b>Question 7 of 7</b>\nHow can we best reach you?"), REACH, numbered=True)
    detail = ""
    if not given.option and (named_way := way(given.text)):
        given, detail = replace(given, option=named_way), given.text
    elif not given.option and not (given.text.strip() and given.misses):
        raise none_of(REACH)
    if given.option == "phone" and not DIALLED.search(detail):
        called = yield from phone("phone", T("q7_phone", "On which number can we call you?"))
        detail = f"{called.text} ({detail})" if detail else called.text
    elif given.option == "no_reply":
        yield Say(
            T(
                "no_reply",
                "Then you get no outcome. We use what you wrote to improve.\n"
                "Telegram knows your account. Staff see only the name that you gave here.",
            )
        )
    elif given.option == "email" and "@" not in detail:
        mailed = yield from email("email", T("q7_email", "What is your email address?"))
        detail = f"{mailed.text.strip()} ({detail})" if detail else mailed.text.strip()
    return replace(complaint, contact=kept(given), reach=detail)


# A last look ---------------------------------------------------------------------------------------------

CHANGES = {
    # what          answers given anew
    "story":   ("story", "story_kept", "story_line", "vague", "vague_own"),
    "topic":   ("topic", "topic_all"),
    "device":  ("device",),
    "moment":  ("moment", "moment_ok"),
    "wishes":  ("wishes",),
    "name":    ("whom", "name", "other"),
    "reach":   ("reach", "phone", "email"),
    "besides": ("safety", "safety_again", "clar_who", "clar_impact", "clar_before"),
}  # fmt: skip


def said(complaint: Complaint) -> Field:
    """The story and the files, as the client gave them."""
    told: tuple[Field, ...] = tuple(Quote(text) for text in complaint.story)
    if complaint.files:
        told = (*told, T("attached", "Attached: {n}", n=len(complaint.files)))
    return Lines(told) if told else T("not_given", "not given")


def wished(complaint: Complaint) -> Field:
    return Lines(tuple(shown(wish) for wish in complaint.wishes), by=", ") if complaint.wishes else shown("")


def _only_the_day(words: str, day: int) -> bool:
    """Whether *words* are that date and nothing more ("dinsdag 17 november"), so that it need not be said twice."""
    weekday, month = r"(?:\w*da[gy],?\s+)?", r"[^\W\d]{3,9}\.?"
    date_ = rf"0?{day}(?:e|st|nd|rd|th)?\s+{month}|{month}\s+{day}(?:st|nd|rd|th)?"
    return re.fullmatch(rf"\s*{weekday}(?:{date_}),?(?:\s+\d{{4}})?\s*", words, re.IGNORECASE) is not None


def happened(complaint: Complaint) -> Field:
    """When it was: the client's own words, with the day we understood beside them."""
    if complaint.when_from and complaint.when_from == complaint.when_to:
        if complaint.when == complaint.when_from.isoformat() or _only_the_day(complaint.when, complaint.when_from.day):
            return complaint.when_from
        return T("when_both", "{words} ({date})", words=complaint.when, date=complaint.when_from)
    return shown(complaint.when)


QUESTIONS = {
    "vague": T("asked_vague", "What fits best"),
    "clar_who": T("asked_who", "Spoke to"),
    "clar_impact": T("asked_impact", "Can manage without the aid"),
    "clar_before": T("asked_before", "Reported before"),
}


def besides(complaint: Complaint) -> Lines:
    """The safety answer and what the bot asked to make the story clear: who is named there is not to be guessed at."""
    known: list[Field] = []
    if complaint.danger:
        known.append(T("card_danger", "\n<b>Danger</b> {danger}", danger=shown(complaint.danger)))
    for question, answer in complaint.clarified:
        about = {"question": QUESTIONS[question], "answer": shown(answer)}
        known.append(T("card_clarified", "\n<b>{question}</b> {answer}", **about))
    return Lines(tuple(known), by="")


def overview(facts: Facts, complaint: Complaint) -> dict[str, Field]:
    """The fields of a complaint as they are shown, on the review as on the mediator's card."""
    rubric: Field = facts.firm.rubric(complaint.rubric) if complaint.rubric else shown("")
    if complaint.topic:
        rubric = T("topic_own", "{rubric}: {words}", rubric=rubric, words=complaint.topic)
    reached: Field = shown(complaint.contact)
    if complaint.contact == "#staff":  # written down by us: whatever way in was given, in words
        reached = shown(complaint.reach)
    elif complaint.reach:
        reached = T("reached", "{how} {where}", how=reached, where=complaint.reach)
    return {
        "story": said(complaint),
        "rubric": rubric,
        "product": shown(complaint.device),
        "when": happened(complaint),
        "wish": wished(complaint),
        "besides": besides(complaint),
        "name": T("for_other", "{name}, for: {other}", name=shown(complaint.name), other=complaint.for_other)
        if complaint.for_other
        else shown(complaint.name),
        "contact": reached,
    }  # fmt: skip


def review(facts: Facts, complaint: Complaint) -> Flow[Complaint | None]:
    """Show what is stored; send, change one answer, or throw away."""
    labels = dict(zip(CHANGES, LINES, strict=True))
    while True:
        given = yield from choice(
            "review",
            T(
                "review",
                "<b>Check your complaint</b>\n\n<b>What happened</b>\n{story}\n<b>Topic</b> {rubric}\n"
                "<b>Aid</b> {product}\n"
                "<b>When</b> {when}\n<b>What you want</b> {wish}\n<b>Name</b> {name}\n"
                "<b>Contact</b> {contact}{besides}\n\n"
                "Your complaint has not been sent yet.",
                **overview(facts, complaint),
            ),
            Option("send", T("b_send", "Send complaint"), "success"),
            Option("change", T("b_change", "Change something")),
            Option("delete", T("b_delete", "Delete"), "danger"),
            free=False,
            numbered=False,
        )
        if given.option == "send":
            return complaint
        if given.option == "delete":
            sure = yield from choice(
                "delete_sure",
                T("delete_sure", "All your answers will be deleted. You cannot undo this."),
                Option("keep", T("b_keep", "No, keep them")),
                Option("delete", T("b_delete_sure", "Yes, delete"), "danger"),
                free=False,
                numbered=False,
            )
            if sure.option == "delete":
                return None
            continue
        what = yield from choice(
            "change",
            T("change", "What do you want to change? Type the number or choose."),
            *(Option(name, label) for name, label in labels.items()),
            Option("nothing", T("b_nothing", "Nothing")),
            free=False,
        )
        if what.option != "nothing":
            raise Again(CHANGES[what.option], ("review", "change", "delete_sure"))


LINES = (
    T("line_story", "What happened"),
    T("line_topic", "Topic"),
    T("line_device", "Aid"),
    T("line_moment", "When"),
    T("line_wishes", "What you want"),
    T("line_name", "Name"),
    T("line_reach", "Contact"),
    T("line_besides", "The other answers"),
)
