"""After and around the questions: the first screen, status, adding to a complaint, answering the outcome."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, replace

from handlers.acts import Acts, Begin, File, Forget, Office, Press, Rows, Settle, Tell, Toast
from handlers.client import intake
from handlers.conversation import Answer, Flow, Option
from handlers.facts import Facts
from handlers.mediator.card import VERDICTS
from handlers.phrases import answer_buttons, decide_by, disagree_button, goes_on_in
from handlers.procedure import independence
from handlers.procedure.case import Case, Complaint, Happened, filed
from handlers.procedure.deadlines import add_working_days, local_day, owes_outcome
from handlers.procedure.safety import sounds_dangerous
from handlers.procedure.steps import APART
from handlers.questions import collected, words
from handlers.texts import Field, Label, Lines, Number, Quote, T, Text

STALE = T("stale", "This button belongs to an earlier question.")
STEPS = {
    "received": 1, "assigned": 1, "analysis": 2, "proposed": 3, "agreed": 3, "disagreed": 3, "referred": 3,
    "verdict": 3, "closed": 4,
}  # fmt: skip
STEP_NAMES = {
    1: T("step_received", "received"),
    2: T("step_analysis", "being looked into"),
    3: T("step_outcome", "outcome"),
    4: T("step_closed", "closed"),
}
MINE = 5  # complaints on one screen


def resume(office: Office) -> Acts:
    """The offer to go on with an unfinished complaint, where there is one."""
    if draft := office.draft():
        answered, until = draft
        return (
            Tell(
                office.facts.actor.id,
                T(
                    "resume",
                    "You started a complaint. Answers saved: {n}. We keep them until {date}.",
                    n=answered,
                    date=office.facts.today.fromisoformat(until),
                ),
                (
                    (Press(T("b_resume", "Continue"), "complaint", style="primary"),),
                    (Press(T("b_start_again", "Start again"), "again"),),
                    (Press(T("b_delete", "Delete"), "delete", style="danger"),),
                ),
            ),
        )
    return ()


def start(office: Office, case: Case | None, arg: str) -> Acts:
    """The first screen; with an unfinished complaint, the offer to go on with it."""
    if offer := resume(office):
        return offer
    contact = office.facts.firm.contact
    return (
        Tell(
            office.facts.actor.id,
            T(
                "start",
                "<b>Hello. You can make a complaint to {org} here.</b>\n\n"
                "I am a computer program. I ask about 7 short questions. It takes about 5 minutes.\n"
                "Then a member of staff reads your complaint.\n\nPrefer to call? {phone}, {hours}.",
                org=contact.name,
                phone=contact.phone,
                hours=Label(contact.hours),
            ),
            (
                (Press(T("b_complaint", "Make a complaint"), "complaint", style="primary"),),
                (Press(T("b_mine", "My complaints"), "status"),),
                (Press(T("b_language", "Nederlands"), "language", "other"),),
                (Press(T("b_data", "Your data"), "privacy"),),
            ),
        ),
    )


def privacy(office: Office, case: Case | None, arg: str) -> Acts:
    return (Tell(office.facts.actor.id, intake.privacy(office.facts)),)


def human(office: Office, case: Case | None, arg: str) -> Acts:
    contact = office.facts.firm.contact
    return (
        Tell(
            office.facts.actor.id,
            T(
                "human_way",
                "You can talk to a person.\nCall {phone}, {hours}.\nOr email {email}. Your answers here stay saved.",
                phone=contact.phone,
                hours=Label(contact.hours),
                email=contact.email,
            ),
        ),
    )


def complaint(office: Office, case: Case | None, arg: str) -> Acts:
    return (Begin("intake", "new"),)


def again(office: Office, case: Case | None, arg: str) -> Acts:
    """From the top; what was answered already is thrown away only after a second tap."""
    if office.draft() and arg != "yes":
        text = T("again_sure", "Start again? Then the answers you gave are deleted.")
        rows: Rows = (
            (Press(T("b_keep", "No, keep them"), "complaint"),),
            (Press(T("b_again_sure", "Yes, start again"), "again", "yes", "danger"),),
        )
        return (Tell(office.facts.actor.id, text, rows),)
    return (Begin("intake", "new", fresh=True),)


def delete(office: Office, case: Case | None, arg: str) -> Acts:
    """Throwing away is a separate, confirmed act; the safe choice comes first."""
    person = office.facts.actor.id
    if arg == "yes":
        return (Forget("new"), Tell(person, T("deleted", "Your answers are deleted. Nothing was sent.")))
    if not office.draft():
        if office.cases_of_client(person):
            contact = office.facts.firm.contact.privacy
            text = T(
                "delete_sent",
                "You have no unfinished complaint. What you sent, we keep until the end of the term.\n"
                "To see or delete your data: {privacy_contact}",
                privacy_contact=contact,
            )
            return (Tell(person, text),)
        return (Tell(person, T("nothing_to_delete", "There is no unfinished complaint to delete.")),)
    return (
        Tell(
            person,
            T("delete_sure", "All your answers will be deleted. You cannot undo this."),
            (
                (Press(T("b_keep", "No, keep them"), "complaint"),),
                (Press(T("b_delete_sure", "Yes, delete"), "delete", "yes", "danger"),),
            ),
        ),
    )


def language(office: Office, case: Case | None, arg: str) -> Acts:
    """Switch; with two languages the other one is meant when none is named."""
    wanted = arg.strip().lower()[:2]
    if wanted not in {"nl", "en"}:
        wanted = "en" if office.facts.actor.language == "nl" else "nl"
    return (Settle(language=wanted),)


# Filing --------------------------------------------------------------------------------------------------


def elsewhere(facts: Facts, it: intake.Elsewhere) -> Acts:
    """A question or a compliment is welcome, and no case: it is led to where it belongs."""
    contact = facts.firm.contact
    if it.kind == "compliment":
        thanks = T("is_compliment", "Thank you, that is good to hear. We pass it on.")
        passed_on = T("compliment_staff", "A compliment from a client:\n{words}", words=Quote(it.words))
        return (Tell(facts.actor.id, thanks), Tell("managers", passed_on))
    text = T("is_question", "Our staff can answer that. Call {phone}, {hours}. Or email {email}.\n"
             "Is it a complaint after all? Send /complaint.",
             phone=contact.phone, hours=Label(contact.hours), email=contact.email)  # fmt: skip
    return (Tell(facts.actor.id, text),)


def file(office: Office, case: Case | None, complaint: Complaint | intake.Elsewhere | None) -> Acts:
    """What becomes of the answers: a case with a number, or nothing."""
    facts = office.facts
    if isinstance(complaint, intake.Elsewhere):
        return (Forget("new"), *elsewhere(facts, complaint))
    if complaint is None:
        return (Forget("new"), Tell(facts.actor.id, T("deleted", "Your answers are deleted. Nothing was sent.")))
    own = frozenset({facts.actor.key} - {""})  # a colleague who complains is no mediator of that complaint
    named = independence.named_in(words_of(complaint), facts.firm.people) - own
    event = Happened(
        "received",
        facts.now,
        "client",
        {
            "client": facts.actor.id,
            "language": facts.actor.language,
            "channel": "chat",
            "complaint": filed(complaint),
            "named": sorted(independence.with_their_managers(named, facts.firm.people) | own),
            "about": sorted(named),
        },
    )
    return (File(office.new_number(), event),)


def words_of(complaint: Complaint) -> str:
    """Everything the client wrote that may name somebody."""
    clarified = (answer for _, answer in complaint.clarified)
    return "\n".join((*complaint.story, complaint.topic, complaint.device, *clarified, *complaint.wishes))


def complete(office: Office, case: Case | None, complaint: Complaint) -> Acts:
    """The rest of a complaint that was sent early."""
    assert case is not None
    facts = office.facts
    acts: Acts = (
        File(case.number, Happened("completed", facts.now, by(office, case), {"complaint": filed(complaint)})),
    )
    return (*acts, *named_later(office, case, words_of(complaint)))


def danger_later(office: Office, case: Case, text: str, before: str = "") -> Acts:
    """A danger told only now, whatever the road: to who handles the one it was joined to as well."""
    if not sounds_dangerous(text, before):
        return ()
    numbers = dict.fromkeys((case.number, goes_on_in(office, case).number))
    return tuple(File(number, Happened("danger", office.facts.now, "bot", {})) for number in numbers)


def named_later(office: Office, case: Case, text: str, before: str = "", ask: bool = True) -> Acts:
    """Bar whoever is named only now (R20), and tell of danger. But thanking the mediator by name is no complaint about
    them: the client is asked, and says so with a tap. *before* is what the same words said first."""
    people = office.facts.firm.people
    found = independence.named_in(text, people) - independence.named_in(before, people)
    # Who asks for somebody else (*ask* is false) is rid of the mediator by that alone, and is not asked about them.
    handling = {case.mediator} if case.accepted or not ask else set()
    about = found - handling
    named = independence.with_their_managers(about, people) - case.barred - handling
    acts = danger_later(office, case, text, before)
    if named:
        acts = (*acts, *_bar(office, case, named, about))
    if not ask or not handling & independence.with_their_managers(found, people):
        return acts
    asked = T("about_mediator", "{mediator} handles complaint {ref}. Is your message a complaint about {mediator}?",
              mediator=office.facts.firm.name_of(case.mediator), ref=Number(case.number))  # fmt: skip
    rows: Rows = (
        (Press(T("b_about_no", "No"), "about_no", case.number),),
        (Press(T("b_about_yes", "Yes, somebody else please"), "about_yes", case.number),),
    )
    pending = Happened("about_asked", office.facts.now, "bot", {"mediator": case.mediator})
    return (*acts, File(case.number, pending), Tell("client", asked, rows, case.number))


def _bar(office: Office, case: Case, named: frozenset[str], about: frozenset[str]) -> Acts:
    """Here, and in the case it was joined to: whoever handles that one reads these words too."""
    told = {"named": sorted(named), "about": sorted(about)}
    numbers = dict.fromkeys((case.number, goes_on_in(office, case).number))
    return tuple(File(number, Happened("barred", office.facts.now, "bot", told)) for number in numbers)


def about_yes(office: Office, case: Case | None, arg: str) -> Acts:
    """The client says that it is about whoever handles it: that one and the one they report to lose it at once.
    Only of whom they were asked about: a press on an old question is no second objection."""
    assert case is not None
    if not case.accepted or case.about_asked != case.mediator:
        return (Toast(STALE),)
    named = independence.with_their_managers({case.mediator}, office.facts.firm.people)
    return _bar(office, case, named, frozenset({case.mediator}))


def about_no(office: Office, case: Case | None, arg: str) -> Acts:
    assert case is not None
    text = T("about_not", "That is clear. Complaint {ref} goes on as it was.", ref=Number(case.number))
    over = File(case.number, Happened("about_asked", office.facts.now, "bot", {"mediator": ""}))
    return (over, Tell(office.facts.actor.id, text, case=case.number, in_place=True))


def add_to(facts: Facts) -> Flow[tuple[Answer, ...]]:
    """Anything more about a complaint that was sent: texts, photos, voice."""
    assert facts.case is not None
    ref = Number(facts.case.number)
    return (
        yield from collected(
            "addition",
            T("add", "What do you want to add to complaint {ref}? You can also send a photo.", ref=ref),
            lambda so_far: T(
                "add_more", "Saved: {parts}. You can send more.\nReady? Press Continue.", parts=intake.parts(so_far)
            ),
            intake.DONE,
            facts.kept,
        )
    )


def added(office: Office, case: Case | None, given: tuple[Answer, ...]) -> Acts:
    assert case is not None
    text = "\n".join(part.text for part in given if part.text)
    files = [asdict(part.file) for part in given if part.file]
    event = Happened("added", office.facts.now, by(office, case), {"text": text, "files": files})
    return (File(case.number, event), *named_later(office, case, text))


def add(office: Office, case: Case | None, arg: str) -> Acts:
    """Which complaint? With one there is nothing to ask."""
    if case is not None:
        return (Begin("add", case.number, keeps=arg == "kept"),)
    mine = office.cases_of_client(office.facts.actor.id)
    if len(mine) == 1:
        return (Begin("add", mine[0].number),)
    return which(office, "add") if mine else start(office, None, "")


def which(office: Office, do: str) -> Acts:
    """Ask which complaint is meant: unclear words are asked about, never guessed."""
    mine = office.cases_of_client(office.facts.actor.id)[:MINE]
    rows: Rows = tuple(
        (
            Press(
                T("b_case", "{ref} {rubric}", ref=Number(c.number), rubric=office.facts.firm.rubric(c.rubric)),
                do,
                c.number,
            ),
        )
        for c in mine
    )
    return (Tell(office.facts.actor.id, T("which", "Which complaint is this about?"), rows),)


def loose(office: Office, case: Case | None, arg: str) -> Acts:
    """Words outside a conversation: they are kept, and the person says what they belong to."""
    mine = office.cases_of_client(office.facts.actor.id)[:MINE]
    haste: Acts = ()
    if sounds_dangerous(arg):
        phone = office.facts.firm.contact.phone
        text = T(
            "danger_first",
            "<b>In immediate danger, call 112.</b> With a wound, call your doctor.\nCall us too: {phone}.",
            phone=phone,
        )
        haste = (Tell(office.facts.actor.id, text),)
    if office.draft():
        return (
            *haste,
            Tell(
                office.facts.actor.id,
                T(
                    "loose_draft",
                    "You started a complaint that is not finished. Do you want to go on with it?\n"
                    "We keep what you wrote.",
                ),
                (
                    (Press(T("b_resume", "Continue"), "complaint", style="primary"),),
                    *_belongs_to(mine),
                    (Press(T("b_not_now", "No, not now"), "never_mind"),),
                ),
            ),
        )
    if not mine:
        return (
            *haste,
            Tell(
                office.facts.actor.id,
                T("loose_new", "Do you want to make a complaint? We keep what you wrote."),
                (
                    (Press(T("b_complaint", "Make a complaint"), "complaint", style="primary"),),
                    (Press(T("b_not_now", "No, not now"), "never_mind"),),
                ),
            ),
        )
    text, first = _expected(mine)
    new = Press(T("b_new_complaint", "New complaint"), "complaint")
    return (*haste, Tell(office.facts.actor.id, text, (*first, *_belongs_to(mine, not first), (new,))))


def _belongs_to(mine: Sequence[Case], answers: bool = True) -> Rows:
    """A button for each complaint that words may be about; with *answers* also one for each that waits for words."""
    asked = [case for case in mine if case.asked] if answers else []
    return (
        *((Press(T("b_my_answer_to", "My answer for {ref}", ref=Number(c.number)), "reply", f"{c.number}:kept"),)
          for c in asked),
        *((Press(T("b_about", "About {ref}", ref=Number(c.number)), "add", f"{c.number}:kept"),) for c in mine),
    )  # fmt: skip


def _expected(mine: Sequence[Case]) -> tuple[Text, Rows]:
    """What the person is asked about loose words: first whether they are what we wait for, an answer or a view of the
    outcome, with the buttons for that."""
    asked = [case for case in mine if case.asked]
    waits = [case for case in mine if case.status == "proposed"]
    if len(asked) == 1:
        ref = Number(asked[0].number)
        text = T("loose_answer", "Is this your answer to our question about {ref}? We keep what you wrote.", ref=ref)
        yes = Press(T("b_my_answer", "Yes, my answer"), "reply", f"{asked[0].number}:kept", "primary")
        return text, ((yes,),)
    if not asked and len(waits) == 1:
        text = T(
            "loose_outcome",
            "Is this about the outcome of {ref}? Tell with a button what you think of it. We keep what you wrote.",
            ref=Number(waits[0].number),
        )
        return text, tuple(tuple(_with_kept(press) for press in row) for row in answer_buttons(waits[0]))
    every = Lines(tuple(Number(case.number) for case in mine), by=", ")
    text = T("loose", "Do you want to make a new complaint, or is this about {ref}? We keep what you wrote.", ref=every)
    return text, ()


def _with_kept(press: Press) -> Press:
    return replace(press, arg=f"{press.arg}:kept") if press.do == "question" else press


THANKING = frozenset("dank dankje dankjewel dankuwel bedankt thanks thank thx".split())
POLITE = THANKING | frozenset(
    "u je jou jullie wel hartelijk heel erg veel hartstikke alvast hoor voor alles de het uw je moeite hulp bericht "
    "goed fijn ok oke okay prima mooi super nogmaals you very much so a lot again for your the help message good "
    "great fine that is everything all".split()
)


def only_thanks(text: str) -> bool:
    """Does *text* thank and say nothing else? That belongs to no complaint."""
    said = set(re.findall(r"[^\W_]+", text.casefold()))
    return bool(said & THANKING) and said <= POLITE


def welcome(office: Office) -> Acts:
    """The answer to thanks. They are no yes to an outcome: who still has to answer that is reminded of it."""
    person = office.facts.actor.id
    waits = [case for case in office.cases_of_client(person)[:MINE] if case.status == "proposed"]
    if len(waits) != 1:
        return (Tell(person, T("welcome", "You are welcome.")),)
    ref = Number(waits[0].number)
    text = T("welcome_outcome", "You are welcome. Please tell what you think of the outcome of {ref}.", ref=ref)
    return (Tell(person, text, answer_buttons(waits[0]), waits[0].number),)


def never_mind(office: Office, case: Case | None, arg: str) -> Acts:
    return (Settle(), Tell(office.facts.actor.id, T("never_mind", "That is fine. What you wrote is deleted.")))


# Following -----------------------------------------------------------------------------------------------


def status(office: Office, case: Case | None, arg: str) -> Acts:
    mine = [case] if case is not None else list(office.cases_of_client(office.facts.actor.id)[:MINE])
    offer = resume(office) if case is None else ()
    if not mine:
        return offer or (
            Tell(
                office.facts.actor.id, T("no_complaints", "You have no complaints here. Send /complaint to make one.")
            ),
        )
    return (*(_status(office, one) for one in mine), *offer)


def by(office: Office, case: Case) -> str:
    """Who speaks: the client, or the colleague who writes down what a client without Telegram said."""
    actor = office.facts.actor
    return "client" if actor.id == case.client else actor.key


def _next(case: Case) -> Rows:
    """What the client can do now; what ends things stands last."""
    n = case.number
    if not case.open:
        rows: Rows = ((Press(T("b_reopen", "Open it again"), "reopen", n),),)
        if case.closed_as in APART:
            rows = (*rows, (Press(T("b_went", "I have gone there"), "referred", n),))
        return (*rows, (Press(T("b_add", "Add something"), "add", n),))
    rows = ((Press(T("b_add", "Add something"), "add", n),),)
    if case.asked:
        rows = ((Press(T("b_answer_question", "Answer our question"), "reply", n, "primary"),), *rows)
    if case.status == "proposed":
        rows = (*answer_buttons(case), *rows)
    if case.status == "agreed":
        rows = (*rows, disagree_button(case))
    if case.status == "disagreed":
        rows = (*rows, (Press(T("b_went", "I have gone there"), "referred", n),))
    if case.status in {"received", "assigned", "analysis"}:
        rows = (*rows, (Press(T("b_road", "Talk, or a judgement?"), "road", n),))
    if case.mediator and not case.objected:
        rows = (*rows, (Press(T("b_object", "Rather somebody else"), "object", n),))
    return (*rows, (Press(T("b_withdraw_client", "Stop this complaint"), "withdraw", n),))


def _when(office: Office, case: Case) -> Field:
    """The date that matters to the client now; a date that is past is not promised again, nor one we do not owe."""
    facts, committee = office.facts, Label(office.facts.firm.committee.name)
    if case.verdict:
        return T("status_decided", "\nOn {day} {committee} decided: {result}.", day=case.verdict.on,
                 committee=committee, result=VERDICTS[case.verdict.result])  # fmt: skip
    if case.referred:
        return T("status_referred_on",
                 "\nIt is with {committee} since {day}. Our dates stop. What we promised you goes on.",
                 day=case.referred, committee=committee)  # fmt: skip
    if owes_outcome(case):
        by = decide_by(office, case)
        if facts.today > by:
            return T("status_late",
                     "\nThe outcome was due by {day}. We are late. Call {phone} if you want to know more.",
                     day=by, phone=facts.firm.contact.phone)  # fmt: skip
        return T("status_when", "\nYou get the outcome by {decide_by}.", decide_by=by)
    if case.outcome_at:
        return T("status_told", "\nYou got the outcome on {date}.", date=local_day(case.outcome_at, facts.zone))
    if case.signal and case.open:
        return T("status_signal", "\nYou wanted no answer, so you do not hear from us.")
    return ""


def _status(office: Office, case: Case) -> Tell:
    facts = office.facts
    step = STEPS[case.status]
    rubric = facts.firm.rubric(case.rubric) if case.rubric else T("topic_open", "topic not known yet")
    who = facts.firm.name_of(case.mediator) if case.accepted and case.open else ""
    return Tell(
        facts.actor.id,
        T(
            "status",
            "<b>{ref} · {rubric}</b>\nStep {n} of 4: {step}.{who}{when}",
            ref=Number(case.number),
            rubric=rubric,
            n=step,
            step=STEP_NAMES[step],
            who=T("status_who", "\n{mediator} handles your complaint.", mediator=who) if who else "",
            when=_when(office, case),
        ),
        _next(case),
        case.number,
    )


# Answering the outcome -----------------------------------------------------------------------------------


def _is_current(case: Case, arg: str) -> bool:
    """Was this press made under the outcome that stands now? An agreement holds for one version only."""
    return case.outcome is not None and arg == str(case.outcome.version)


def agree(office: Office, case: Case | None, arg: str) -> Acts:
    if case is None or case.status != "proposed" or not _is_current(case, arg):
        return (Toast(STALE),)
    assert case.outcome is not None
    facts = {"version": case.outcome.version}
    return (File(case.number, Happened("agreed", office.facts.now, by(office, case), facts)),)


def disagree(office: Office, case: Case | None, arg: str) -> Acts:
    """Also after a yes, as long as the case is open: a thumb slips."""
    if case is None or case.status not in {"proposed", "agreed"} or not _is_current(case, arg):
        return (Toast(STALE),)
    return (Begin("disagree", case.number, fresh=True),)


def disagreeing(facts: Facts) -> Flow[str | None]:
    """Why, in the client's own words; and a way back for a thumb that slipped. None: not after all."""
    assert facts.case is not None
    ref = Number(facts.case.number)
    written = "\n".join(part.text for batch in facts.kept for part in batch if part.text)
    if written:
        kept = yield from words(
            "disagree_kept",
            T("disagree_kept", "You wrote this:\n{said}\nIs this what you do not agree with in complaint {ref}?",
              said=Quote(written), ref=ref),
            Option("yes", T("b_send_this", "Yes, send this"), "primary"),
            Option("other", T("b_write_anew", "No, I write it anew")),
            Option("back", T("b_not_disagree", "No, go back")),
        )  # fmt: skip
        if kept.option != "other":
            return None if kept.option == "back" else written if kept.option == "yes" else kept.text
    given = yield from words(
        "disagree_why",
        T("disagree_why", "What do you not agree with in complaint {ref}?", ref=Number(facts.case.number)),
        Option("rather_not", T("b_no_reason", "I would rather not say")),
        Option("back", T("b_not_disagree", "No, go back")),
    )
    return None if given.option == "back" else given.text


def disagreed(office: Office, case: Case | None, text: str | None) -> Acts:
    assert case is not None
    if text is None and case.status == "agreed":
        said = T("unchanged", "Nothing changed. Complaint {ref} goes on.", ref=Number(case.number))
        return (Tell(office.facts.actor.id, said, case=case.number),)
    if text is None:
        said = T("think_again", "Take your time. You can answer later.")
        return (Tell(office.facts.actor.id, said, answer_buttons(case), case.number),)
    facts = {"version": case.proposals, "text": text}
    told = File(case.number, Happened("disagreed", office.facts.now, by(office, case), facts))
    return (told, *named_later(office, case, text))  # or who it is about would look at it again


def contact(office: Office, case: Case | None, arg: str) -> Acts:
    """After a bad mark: the client wants somebody to get in touch."""
    assert case is not None
    facts = office.facts
    day = add_working_days(facts.today, facts.firm.terms.reply_working_days)
    staff = T("contact_staff", "<b>{ref}</b>: the client was not satisfied and asks for contact, by {day}.",
              ref=Number(case.number), day=day)  # fmt: skip
    rows: Rows = ((Press(T("b_open", "Open case"), "case", case.number),),)
    said = T("contact_client", "Thank you. Somebody contacts you by {day}.", day=day)
    to = "mediator" if case.accepted else "managers"
    return (Tell(to, staff, rows, case.number), Tell(facts.actor.id, said, case=case.number))


def retry(office: Office, case: Case | None, arg: str) -> Acts:
    if case is None or case.status != "disagreed":
        return (Toast(STALE),)
    return (File(case.number, Happened("retried", office.facts.now, by(office, case), {})),)


def question_about(facts: Facts) -> Flow[tuple[Answer, ...]]:
    assert facts.case is not None
    return (
        yield from collected(
            "question",
            T("ask_question", "What is your question about complaint {ref}?", ref=Number(facts.case.number)),
            lambda so_far: T(
                "add_more", "Saved: {parts}. You can send more.\nReady? Press Continue.", parts=intake.parts(so_far)
            ),
            intake.DONE,
            facts.kept,
        )
    )


def questioned(office: Office, case: Case | None, given: tuple[Answer, ...]) -> Acts:
    assert case is not None
    text = "\n".join(part.text for part in given if part.text)
    files = [asdict(part.file) for part in given if part.file]
    return (
        File(case.number, Happened("added", office.facts.now, by(office, case), {"text": text, "files": files})),
        *named_later(office, case, text),
        *((File(case.number, Happened("asked", office.facts.now, "client", {})),) if case.status == "proposed" else ()),
    )
