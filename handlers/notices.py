"""What follows from what happened: for every event, who is told what, and what the bot does next.

One table, whatever road an event came by (command, button, reply or clock), so that no road forgets a notice.
Staff notices carry number, topic and dates, never a name or a story: they show on lock screens. The surprising
truth: assigning a mediator is not a step somebody takes, it follows from receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta

from handlers.acts import Act, Acts, Office, Press, Rows, Tell
from handlers.client import intake
from handlers.facts import Facts
from handlers.mediator import card
from handlers.phrases import answer_buttons, by_bot, decide_by, handler, mediator, open_button, reply_by, rubric, urgent
from handlers.procedure import deadlines, independence
from handlers.procedure.case import Case, Happened, fold
from handlers.procedure.steps import ROUNDS
from handlers.reminders import reminded
from handlers.texts import Label, Number, Quote, T, Text


def after(office: Office, case: Case, event: Happened) -> Acts:
    """What follows from *event*, which has just become part of *case*."""
    follows = FOLLOWS.get(event.kind)
    return tuple(follows(office, case, event)) if follows else ()


def assign(office: Office, case: Case) -> list[Act]:
    """Give the case to the eligible mediator with the fewest open cases, or to the managers."""
    named = {str(key) for event in case.history for key in event.facts.get("named", ())}
    near = independence.beside(named, office.facts.firm.people)
    chosen = independence.next_mediator(office.load(), case.barred | case.passed_over, near)
    if chosen:
        return [by_bot(office, case.number, "assigned", mediator=chosen)]
    buttons: Rows = (
        (Press(T("b_take", "Take it"), "take", case.number, "primary"),),
        (Press(T("b_assign_other", "Give it to somebody"), "assign", case.number),),
    )
    if not any(key not in case.barred for key in office.managers()):
        buttons = buttons[1:]  # it goes to an administrator, who gives it away and does not read it
    return [
        Tell(
            "managers",
            T(
                "no_mediator",
                "<b>No mediator for complaint {ref}</b>{urgent}\n{rubric}\nOutcome by {decide_by}\n"
                "Nobody who is not involved is free. Decide who handles it.",
                ref=Number(case.number),
                urgent=urgent(case),
                rubric=rubric(office, case),
                decide_by=decide_by(office, case),
            ),
            buttons,
            case.number,
        )
    ]


def receipt_slot(number: str) -> str:
    """The name of the receipt among the messages of a chat: its arrival is the acknowledgement."""
    return f"receipt_{number}"


def received(office: Office, case: Case, event: Happened) -> list[Act]:
    contact = office.facts.firm.contact
    rows: Rows = (
        (Press(T("b_copy", "Copy reference"), copy=Number(case.number)),),
        (Press(T("b_save_pdf", "Save as PDF"), "receipt", case.number),),
        (Press(T("b_mine", "My complaints"), "status"),),
    )
    if case.complaint.sent_early:
        rows = ((Press(T("b_rest", "Answer the other questions"), "rest", case.number, "primary"),), *rows)
    receipt: list[Act] = [
        Tell(
            "client",
            T(
                "sent",
                "<b>We received your complaint on {date}.</b>\nYour reference is {ref}.\n\n<b>What happens next?</b>\n"
                "1. A member of staff contacts you by {reply_by}.\n2. You get the outcome by {decide_by}.\n\n"
                "Want to add something? Send a message.\nQuestions? Call {phone}.",
                date=deadlines.local_day(case.received, office.facts.zone),
                ref=Number(case.number),
                reply_by=reply_by(office, case),
                decide_by=decide_by(office, case),
                phone=contact.phone,
            ),
            rows,
            case.number,
            slot=receipt_slot(case.number),
        )
    ]
    if not case.online:
        receipt = _written(office, case, event)
    told: list[Act] = [
        *receipt,
        Tell(
            "managers",
            T(
                "new_manager",
                "<b>New complaint {ref}</b>{urgent}\n{rubric}\nOutcome by {decide_by}",
                ref=Number(case.number),
                urgent=urgent(case),
                rubric=rubric(office, case),
                decide_by=decide_by(office, case),
            ),
            case=case.number,
        ),
    ]
    if case.urgent:
        told.append(_safety_notice(office, case))
    return [*told, *assign(office, case)]


def _safety_notice(office: Office, case: Case) -> Tell:
    text = T(
        "safety_notice",
        "<b>Possible danger: complaint {ref}</b>\n{rubric}\n"
        "An incident may have to be reported within 2, 10 or 15 days. The term runs from {date}.",
        ref=Number(case.number),
        rubric=rubric(office, case),
        date=deadlines.local_day(case.received, office.facts.zone),
    )
    return Tell("safety", text, case=case.number)


def _written(office: Office, case: Case, event: Happened) -> list[Act]:
    """A letter or e-mail waits for its acknowledgement; who told it to somebody has that already (S3, S4)."""
    by = deadlines.letter_by(case, office.facts.zone)
    if by is None:
        return []
    text = T(
        "letter_task", "<b>{ref}</b>: send the letter that we received it by {day}.", ref=Number(case.number), day=by
    )
    if by < office.facts.today:
        text = T("letter_task_late", "<b>{ref}</b>: the letter is late. It was due by {day}. Send it today.",
                 ref=Number(case.number), day=by)  # fmt: skip
    rows: Rows = ((Press(T("b_letter", "Make the letter"), "letter", case.number, "primary"),),
                  (Press(T("b_letter_pdf", "Letter (PDF)"), "letter_pdf", case.number),))  # fmt: skip
    return [Tell("managers" if event.by in case.barred else f"@{event.by}", text, rows, case.number)]


def former(case: Case) -> str:
    """Who had the case before the event that happened last."""
    held = [str(e.facts["mediator"]) for e in case.history[:-1] if e.kind in {"assigned", "accepted"}]
    return held[-1] if held else ""


def assigned(office: Office, case: Case, event: Happened) -> list[Act]:
    gone = former(case)
    told: list[Act] = []
    if event.by != "bot" and gone and gone != case.mediator:
        passed = T("handed_over", "{ref} was given to somebody else. Thank you.", ref=Number(case.number))
        told.append(Tell(f"@{gone}", passed))
    return [
        *told,
        Tell(
            "mediator",
            T(
                "new",
                "<b>New complaint {ref}</b>{urgent}\n{rubric}\n\nContact by {reply_by}\nOutcome by {decide_by}",
                ref=Number(case.number),
                urgent=urgent(case),
                rubric=rubric(office, case),
                reply_by=reply_by(office, case),
                decide_by=decide_by(office, case),
            ),
            (
                (Press(T("b_take", "Take it"), "take", case.number, "primary"),),
                (Press(T("b_decline", "Pass on"), "decline", case.number),),
            ),
            case.number,
        ),
        Tell(
            "managers",
            T(
                "assigned_manager",
                "{ref} was offered to {mediator}.",
                ref=Number(case.number),
                mediator=mediator(office, case),
            ),
            case=case.number,
        ),
    ]


def accepted(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T(
        "has_mediator",
        "{mediator} handles your complaint {ref} and stands apart from it.\nYou get the outcome by {decide_by}.",
        mediator=mediator(office, case),
        ref=Number(case.number),
        decide_by=decide_by(office, case),
    )
    rows: Rows = ()
    if not case.objected:
        rows = ((Press(T("b_object", "Rather somebody else"), "object", case.number),),)
    return [
        *(() if case.signal else (Tell("client", text, rows, case.number),)),
        Tell(
            "mediator",
            T("taken", "{ref} is yours. The client gets your name and a message.", ref=Number(case.number))
            if case.online
            else T("taken_offline", "{ref} is yours. Tell the client yourself.", ref=Number(case.number)),
            case=case.number,
        ),
        card.tell(office, case, "mediator"),
    ]


def passed_on(office: Office, case: Case, event: Happened) -> list[Act]:
    former = str(event.facts.get("mediator", ""))
    told: list[Act] = []
    if event.kind == "declined":
        told.append(
            Tell(f"@{former}", T("declined", "{ref} goes to somebody else. Thank you.", ref=Number(case.number)))
        )
    if event.kind == "passed":
        told.append(
            Tell(
                f"@{former}",
                T("passed", "{ref} was not taken in time and goes to somebody else.", ref=Number(case.number)),
            )
        )
    if event.facts.get("reason"):
        told.append(
            Tell(
                "managers",
                T(
                    "declined_manager",
                    "{mediator} passed on {ref}: {reason}",
                    mediator=office.facts.firm.name_of(former),
                    ref=Number(case.number),
                    reason=REASONS.get(str(event.facts["reason"]), str(event.facts["reason"])),
                ),
                case=case.number,
            )
        )
    if any(e.kind == "accepted" for e in case.history):  # the client knew a name, which is not true any more
        told.append(
            Tell(
                "client",
                T("new_handler", "Somebody else will handle complaint {ref}. You hear who.", ref=Number(case.number)),
                case=case.number,
            )
        )
    return told if case.mediator else [*told, *assign(office, case)]


REASONS = {
    "#no_time": T("b_no_time", "No time"),
    "#involved": T("b_am_involved", "I am involved"),
}


def objected(office: Office, case: Case, event: Happened) -> list[Act]:
    gone = former(case)
    return [
        Tell(f"@{gone}", T("objected_mediator", "The client asked for somebody else for {ref}. Thank you.",
                           ref=Number(case.number))),
        Tell("client", T("objected_client", "That is fine. Somebody else handles complaint {ref}. You hear who.",
                         ref=Number(case.number)), case=case.number),
        Tell("managers", T("objected_manager", "The client of {ref} asked for another mediator than {name}.",
                           ref=Number(case.number), name=office.facts.firm.name_of(gone)), case=case.number),
        *assign(office, case),
    ]  # fmt: skip


def barred(office: Office, case: Case, event: Happened) -> list[Act]:
    """Whoever it is about loses it; the client hears that somebody else comes."""
    if case.mediator or not case.open:
        return []
    gone = former(case)
    told: list[Act] = []
    if gone and gone in event.facts["named"]:
        told = [
            Tell(f"@{gone}", T("barred_mediator", "{ref} goes to somebody else, because you may be involved.",
                               ref=Number(case.number))),
            Tell("client", T("new_handler", "Somebody else will handle complaint {ref}. You hear who.",
                             ref=Number(case.number)), case=case.number),
        ]  # fmt: skip
    return [*told, *assign(office, case)]


def _too_long(office: Office, case: Case) -> list[Act]:
    """A first extension needs no agreement; who does not agree hears where else to go, and the managers hear of it."""
    text = T("longer_no", "The client does not agree with more time for {ref}. The outcome stays due by {day}.",
             ref=Number(case.number), day=decide_by(office, case))  # fmt: skip
    told: list[Act] = [Tell(to, text, case=case.number) for to in dict.fromkeys((handler(case), "managers"))]
    return [*told, Tell("client", committee_text(office, case), case=case.number)]


def added(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = []
    if case.online:
        text = T("added_client", "Saved with complaint {ref}. The person who handles it will read it.",
                 ref=Number(case.number))  # fmt: skip
        told = [Tell("client", text, case=case.number)]
    if event.facts.get("text") == "#extension":
        return [*told, *_too_long(office, case)]
    if event.by not in {"client", case.mediator}:
        return told
    if case.closed_as == "duplicate" and (main := office.case(case.related[-1])) is not None:
        text = T("added_joined", "The client added something to {other}, which belongs to {ref}.",
                 other=Number(case.number), ref=Number(main.number))  # fmt: skip
        return [*told, Tell(handler(main), text, ((open_button(case),),), main.number)]
    if event.by == "client":
        text = T("added_mediator", "The client added something to {ref}.", ref=Number(case.number))
        told.append(Tell(handler(case), text, ((open_button(case),),), case.number))
    return told


# Asking and telling the client ---------------------------------------------------------------------------


def clarify(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "question_client",
                "<b>A question about complaint {ref}</b>\n{words}\n{mediator}",
                ref=Number(case.number),
                words=Quote(str(event.facts["text"])),
                mediator=office.facts.firm.name_of(event.by),
            ),
            ((Press(T("b_answer", "Answer"), "reply", case.number, "primary"),),),
            case.number,
        ),
        *_sent(office, case, event),
    ]


def _sent(office: Office, case: Case, event: Happened) -> list[Act]:
    if not case.online:
        return []
    text = T("sent_client", "Sent to the client of {ref}.", ref=Number(case.number))
    return [Tell(f"@{event.by}", text, case=case.number)]


def message(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "message_client",
                "<b>About complaint {ref}</b>\n{words}\n{mediator}, {org}",
                ref=Number(case.number),
                words=Quote(str(event.facts["text"])),
                mediator=office.facts.firm.name_of(event.by),
                org=office.facts.firm.contact.name,
            ),
            ((Press(T("b_reply", "Reply"), "add", case.number),),),
            case.number,
        ),
        *_sent(office, case, event),
    ]


def answered(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = []
    if case.online:
        text = T("answered_client", "Thank you. Your answer is with complaint {ref}.", ref=Number(case.number))
        told = [Tell("client", text, case=case.number)]
    text = T("answered_mediator", "The client answered your question about {ref}.", ref=Number(case.number))
    return [*told, Tell(handler(case), text, ((open_button(case),),), case.number)]


def edited(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T("edited_mediator", "The client changed a message of {ref}. Both texts are kept.", ref=Number(case.number))
    return [Tell(handler(case), text, ((open_button(case),),), case.number)]


def road(office: Office, case: Case, event: Happened) -> list[Act]:
    chosen = card.ROADS[case.road]
    text = T("road_mediator", "The client of {ref} chose: {road}.", ref=Number(case.number), road=chosen)
    done = T("road_client", "Noted with complaint {ref}: {road}.", ref=Number(case.number), road=chosen)
    told: list[Act] = [Tell("client", done, case=case.number)] if case.online else []
    return [*told, Tell(handler(case), text, case=case.number)]


# The other side ------------------------------------------------------------------------------------------


def account_asked(office: Office, case: Case, event: Happened) -> list[Act]:
    """A task for the colleague concerned. It tells the question and nothing of the client or the story."""
    return [
        Tell(
            f"@{event.facts['who']}",
            T(
                "account_task",
                "<b>Your account is asked: {ref}</b>\n{words}\nThe mediator reads your answer beside the client's.",
                ref=Number(case.number),
                words=Quote(str(event.facts["text"])),
            ),
            ((Press(T("b_account", "Give my account"), "account", case.number, "primary"),),),
        )
    ]


def heard(office: Office, case: Case, event: Happened) -> list[Act]:
    if not case.heard_who:
        return []
    name = office.facts.firm.name_of(case.heard_who)
    text = T("heard_mediator", "{name} gave an account for {ref}.", name=name, ref=Number(case.number))
    return [Tell(handler(case), text, ((open_button(case),),), case.number)]


# Measures and promises -----------------------------------------------------------------------------------


def measure(office: Office, case: Case, event: Happened) -> list[Act]:
    """A colleague who is to do something hears of it; so does nobody who does it themselves."""
    new = case.measures[-1]
    if new.owner == event.by or new.due is None:
        return []
    text = T(
        "measure_task",
        "<b>{ref}</b>: please do this by {due}.\n{what}",
        ref=Number(case.number),
        due=new.due,
        what=new.what or card.measure_kind(new),
    )
    done = ((Press(T("b_done", "Done"), "done", case.number),),)
    return [Tell(f"@{new.owner}", text, done, case.number)]


def done(office: Office, case: Case, event: Happened) -> list[Act]:
    if event.by in {case.mediator, "bot"} or not case.mediator:
        return []
    what = case.measures[event.facts["measure"]]
    text = T(
        "done_mediator", "Done for {ref}: {what}", ref=Number(case.number), what=what.what or card.measure_kind(what)
    )
    return [Tell(handler(case), text, ((open_button(case),),), case.number)]


def checked(office: Office, case: Case, event: Happened) -> list[Act]:
    """Thanks; and when it did not work, those who can do something hear so."""
    told: list[Act] = []
    if event.by == "client":
        told = [Tell("client", T("effect_thanks", "Thank you. This helps us."), case=case.number)]
        if event.facts["worked"] != "yes":
            again = T("effect_again", "Thank you for telling us. Shall we look at it again? Or call {phone}.",
                      phone=office.facts.firm.contact.phone)  # fmt: skip
            rows: Rows = ((Press(T("b_complaint", "Make a complaint"), "complaint"),),)
            told = [Tell("client", again, rows, case.number)]
    elif event.by != "bot":
        told = [Tell(f"@{event.by}", T("recorded", "Recorded with {ref}.", ref=Number(case.number)), case=case.number)]
    if event.facts["worked"] == "yes":
        return told
    what = case.measures[event.facts["measure"]]
    text = T("effect_bad", "<b>{ref}</b>: it happened again. This did not work well enough: {what}",
             ref=Number(case.number), what=what.what)  # fmt: skip
    return [*told, *(Tell(to, text, ((open_button(case),),), case.number) for to in (f"@{what.owner}", "managers"))]


def promised(office: Office, case: Case, event: Happened) -> list[Act]:
    new = case.promises[-1]
    text = T("promise_client", "We promise you for complaint {ref}, by {day}:\n{what}",
             ref=Number(case.number), day=new.due, what=new.what)  # fmt: skip
    return [Tell("client", text, case=case.number)]


def reportable(office: Office, case: Case, event: Happened) -> list[Act]:
    decided = T("report_yes", "reported") if event.facts["report"] == "yes" else T("report_no", "not reported")
    text = T("report_decided", "<b>{ref}</b>: the incident is {decided}. {reason}",
             ref=Number(case.number), decided=decided, reason=str(event.facts["reason"]))  # fmt: skip
    return [Tell(to, text, case=case.number) for to in ("safety", "managers")]


# More time -----------------------------------------------------------------------------------------------


def extended(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "delay",
                "We need more time for complaint {ref}.\nThe reason: {reason}\n"
                "You get the outcome by {decide_by}. Do you disagree? Tell us.",
                ref=Number(case.number),
                reason=case.extended_why,
                decide_by=decide_by(office, case),
            ),
            ((Press(T("b_disagree", "I disagree"), "too_long", case.number),),),
            case.number,
        ),
        Tell(
            "managers",
            T("extended_manager", "{ref} has more time, until {day}. {reason}", ref=Number(case.number),
              day=decide_by(office, case), reason=case.extended_why),
            case=case.number,
        ),
        *_sent(office, case, event),
    ]  # fmt: skip


def longer_asked(office: Office, case: Case, event: Happened) -> list[Act]:
    until, reason = case.longer or (decide_by(office, case), "")
    return [
        Tell(
            "client",
            T(
                "longer",
                "We would like more time for complaint {ref}, until {until}.\nThe reason: {reason}\n"
                "This is only possible if you agree.",
                ref=Number(case.number),
                until=until,
                reason=reason,
            ),
            (
                (Press(T("b_longer_yes", "That is fine"), "longer", f"{case.number}:yes"),),
                (Press(T("b_disagree", "I disagree"), "longer", f"{case.number}:no"),),
            ),
            case.number,
        ),
        *_sent(office, case, event),
    ]


def longer_answered(office: Office, case: Case, event: Happened) -> list[Act]:
    yes = event.kind == "longer_agreed"
    text = (
        T("longer_yes", "The client agrees: {ref} has until {day}.", ref=Number(case.number),
          day=decide_by(office, case))
        if yes
        else T("longer_no", "The client does not agree with more time for {ref}. The outcome stays due by {day}.",
               ref=Number(case.number), day=decide_by(office, case))
    )  # fmt: skip
    told: list[Act] = [Tell(to, text, case=case.number) for to in dict.fromkeys((handler(case), "managers"))]
    if case.online:
        thanks = T("longer_thanks", "Noted. You get the outcome of complaint {ref} by {day}.",
                   ref=Number(case.number), day=decide_by(office, case))  # fmt: skip
        told.append(Tell("client", thanks, case=case.number))
    told_way = Tell("client", committee_text(office, case), case_file(case), case.number)
    return told if yes else [*told, told_way]


def unreachable(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T(
        "unreachable",
        "<b>{ref}</b>: the client cannot be reached in Telegram. Call or write instead.",
        ref=Number(case.number),
    )
    return [Tell("mediator" if case.mediator else "managers", text, ((open_button(case),),), case.number)]


def asked(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "human",
                "{mediator} gets your message. You will hear from us by {reply_by}.",
                mediator=mediator(office, case) or office.facts.firm.contact.name,
                reply_by=deadlines.add_working_days(office.facts.today, office.facts.firm.terms.reply_working_days),
            ),
            case=case.number,
        ),
        Tell(
            "mediator" if case.mediator else "managers",
            T("asked_mediator", "The client has a question about the outcome of {ref}.", ref=Number(case.number)),
            ((open_button(case),),),
            case.number,
        ),
    ]


def outcome_text(facts: Facts, case: Case, told: Mapping[str, str]) -> Text:
    """What the client reads; the preview shows the same text before it is sent."""
    story = " ".join(case.complaint.story)
    wished = case.complaint.wishes
    answer_by = facts.today + timedelta(days=facts.firm.terms.answer_days)
    return T(
        "outcome",
        "<b>The outcome of your complaint {ref}</b>\n\nYou wrote: {issue}{wish}\n\n"
        "<b>What we looked at</b>\n{looked_at}\n<b>What went wrong</b>\n{went_wrong}\n"
        "<b>What we do for you</b>\n{for_you}\n<b>What we change</b>\n{change}\n\n{personal}{mediator}\n\n"
        "Tell us by {answer_by} if this is fine. Do you disagree? Then you can also go to {committee}.",
        ref=Number(case.number),
        issue=Quote(story) if story else T("not_given", "not given"),
        wish=T("outcome_wish", "\nYou wanted: {wish}", wish=intake.wished(case.complaint)) if wished else "",
        looked_at=told["looked_at"],
        went_wrong=told["went_wrong"] or (case.cause.text if case.cause else ""),
        for_you=told["for_you"],
        change=told["change"] or T("no_change", "Nothing for now."),
        personal=T("outcome_personal", "{words}\n", words=told["personal"]) if told["personal"] else "",
        mediator=facts.firm.name_of(case.mediator),
        answer_by=answer_by,
        committee=Label(facts.firm.committee.name),
    )


def proposed(office: Office, case: Case, event: Happened) -> list[Act]:
    assert case.outcome is not None
    sent = T("outcome_sent", "The outcome of {ref} was sent to the client.", ref=Number(case.number))
    told: list[Act] = [
        Tell("client", outcome_text(office.facts, case, asdict(case.outcome)), answer_buttons(case), case.number)
    ]
    letter: Rows = ((Press(T("b_outcome_pdf", "Outcome (PDF)"), "outcome_pdf", case.number),),)
    if not case.online:  # who has no Telegram may want it on paper
        told = [replace(one, buttons=(*one.buttons, *letter)) if isinstance(one, Tell) else one for one in told]
    return [*told, Tell(f"@{event.by}", sent, letter, case.number)] if case.online else told


def agreed(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = []
    if case.online:
        text = T("agreed_client", "Thank you. We close complaint {ref} when everything is recorded.",
                 ref=Number(case.number))  # fmt: skip
        told = [Tell("client", text, case=case.number)]
    return [
        *told,
        Tell(
            handler(case),
            T("agreed_mediator", "The client agrees with the outcome of {ref}.", ref=Number(case.number)),
            ((Press(T("b_close", "Close"), "close", case.number, "primary"),), (open_button(case),)),
            case.number,
        ),
    ]


def committee_text(office: Office, case: Case | None) -> Text:
    """Where a client who disagrees can go. The client files; the firm sends nothing there (R25)."""
    body = office.facts.firm.committee
    return T(
        "committee",
        "How to go to {committee}:\n{address}\n{email}\nDo this within {term}. {cost}\n\n"
        "Send with it: your complaint in your own words, our outcome, and why you disagree.{reference}",
        committee=Label(body.name),
        address=body.address,
        email=body.email,
        term=Label(body.term),
        cost=Label(body.cost),
        reference=T("committee_ref", "\nYour reference is {ref}. Send /data for a copy of your file.",
                    ref=Number(case.number)) if case else "",
    )  # fmt: skip


def case_file(case: Case) -> Rows:
    """What a client sends along to the committee."""
    return ((Press(T("b_case_file", "Case file (PDF)"), "case_file", case.number),),)


def disagreed(office: Office, case: Case, event: Happened) -> list[Act]:
    """Once it is looked at together again; after the second outcome only the committee is left (L19)."""
    body = office.facts.firm.committee
    gone = (Press(T("b_went", "I have gone there"), "referred", case.number),)
    if case.rounds < ROUNDS:
        text = T(
            "disagree",
            "That is your right. You have two options.\n1. We look at it together again.\n"
            "2. You go to {committee}. They are independent. {cost}",
            committee=Label(body.name),
            cost=Label(body.cost),
        )
        rows: Rows = ((Press(T("b_retry", "Look again together"), "retry", case.number),), gone)
    else:
        text = T("disagree_again", "That is your right. You can now go to {committee}. They are independent. {cost}",
                 committee=Label(body.name), cost=Label(body.cost))  # fmt: skip
        rows = (gone,)
    staff = T("disagreed_staff", "The client disagrees with the outcome of {ref} and has the committee's address.",
              ref=Number(case.number))  # fmt: skip
    return [
        Tell("client", text, rows, case.number),
        Tell("client", committee_text(office, case), case_file(case), case.number),
        *(Tell(to, staff, ((open_button(case),),), case.number) for to in dict.fromkeys((handler(case), "managers"))),
    ]


def retried(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T("retried_mediator", "{ref} is looked at again. Talk to the client and send a new outcome.",
             ref=Number(case.number))  # fmt: skip
    rows: Rows = ((Press(T("b_message", "Message"), "message", case.number),), (open_button(case),))
    told: list[Act] = [Tell(handler(case), text, rows, case.number)]
    if event.by == "client":
        text = T("retried_client", "Thank you. {mediator} looks at complaint {ref} again with you.",
                 mediator=mediator(office, case), ref=Number(case.number))  # fmt: skip
        told.append(Tell("client", text, case=case.number))
    return told


def closed(office: Office, case: Case, event: Happened) -> list[Act]:
    if case.signal:
        return [Tell(handler(case), T("closed_staff", "{ref} is closed.", ref=Number(case.number)), case=case.number)]
    until = deadlines.reopen_by(case, office.facts.zone)
    text = T(
        "closed_client",
        "Complaint {ref} is closed. Is something not right yet? You can open it again until {until}.\n"
        "Questions? Call {phone}.",
        ref=Number(case.number),
        until=until or office.facts.today,
        phone=office.facts.firm.contact.phone,
    )
    rows: Rows = ((Press(T("b_reopen", "Open it again"), "reopen", case.number),),)
    note: Rows = ((Press(T("b_dossier", "Note for the file"), "dossier_note", case.number),),)
    return [
        Tell("client", text, rows, case.number),
        *(Tell(to, T("closed_staff", "{ref} is closed.", ref=Number(case.number)), note, case.number)
          for to in (handler(case), f"@{event.by}")),
    ]  # fmt: skip


def referred(office: Office, case: Case, event: Happened) -> list[Act]:
    assert case.referred is not None
    text = T("referred_staff", "<b>{ref}</b>: the client went to {committee} on {day}. Our dates stop, measures go on.",
             ref=Number(case.number), committee=Label(office.facts.firm.committee.name), day=case.referred)  # fmt: skip
    told: list[Act] = [
        Tell(to, text, ((open_button(case),),), case.number) for to in dict.fromkeys((handler(case), "managers"))
    ]
    if case.online:
        said = T("referred_client", "Noted: complaint {ref} is with {committee}. Send /data for a copy of your file.",
                 ref=Number(case.number), committee=Label(office.facts.firm.committee.name))  # fmt: skip
        told.append(Tell("client", said, case=case.number))
    return told


def verdict(office: Office, case: Case, event: Happened) -> list[Act]:
    assert case.verdict is not None
    follow = case.verdict.follow_up or T("follow_none", "Nothing more.")
    text = T(
        "verdict_client",
        "<b>The decision about complaint {ref}</b>\n{committee} decided on {day}: {result}.\n"
        "What we do with it: {follow}",
        ref=Number(case.number),
        committee=Label(office.facts.firm.committee.name),
        day=case.verdict.on,
        result=card.VERDICTS[case.verdict.result],
        follow=follow,
    )
    staff = T("verdict_staff", "<b>{ref}</b>: the decision is recorded: {result}.", ref=Number(case.number),
              result=card.VERDICTS[case.verdict.result])  # fmt: skip
    to_close = ((Press(T("b_close", "Close"), "close", case.number, "primary"),), (open_button(case),))
    told: list[Act] = [Tell("client", text, case=case.number)]
    return [*told, *(Tell(to, staff, to_close, case.number) for to in dict.fromkeys((handler(case), "managers")))]


def withdrawn(office: Office, case: Case, event: Happened) -> list[Act]:
    staff = T("withdrawn_staff", "The client stopped complaint {ref}. {reason}\nYou can still record what we learn.",
              ref=Number(case.number), reason=case.closed_why)  # fmt: skip
    told: list[Act] = []
    if case.online:
        until = deadlines.reopen_by(case, office.facts.zone) or office.facts.today
        text = T("withdrawn_client", "Complaint {ref} is stopped. Changed your mind? You can open it until {day}.",
                 ref=Number(case.number), day=until)  # fmt: skip
        told = [Tell("client", text, ((Press(T("b_reopen", "Open it again"), "reopen", case.number),),), case.number)]
    return [*told, *(Tell(to, staff, ((open_button(case),),), case.number)
                     for to in dict.fromkeys((handler(case), "managers")))]  # fmt: skip


def danger(office: Office, case: Case, event: Happened) -> list[Act]:
    """A danger told later: who is responsible hears of it, and the client what to do now."""
    told: list[Act] = [_safety_notice(office, case)]
    if case.online:
        text = T("danger_advice", "<b>In immediate danger, call 112.</b> With a wound, call your doctor.\n"
                 "Do not use the aid now. Call us too: {phone}.", phone=office.facts.firm.contact.phone)  # fmt: skip
        told.append(Tell("client", text, case=case.number))
    return told


def rubric_set(office: Office, case: Case, event: Happened) -> list[Act]:
    """A topic in which people get hurt, and nobody was asked: then somebody asks."""
    if case.complaint.danger or case.urgent or not office.facts.firm.needs_safety(case.rubric):
        return []
    text = T("ask_danger", "<b>{ref}</b>: ask the client if somebody fell or got hurt.", ref=Number(case.number))
    rows: Rows = ((Press(T("b_ask", "Ask"), "ask", case.number, "primary"),),)
    return [Tell(handler(case), text, rows, case.number)]


def joined(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T("duplicate_client", "Complaint {ref} goes on together with {other}. Nothing of it is lost.",
             ref=Number(case.number), other=Number(str(event.facts["of"])))  # fmt: skip
    staff = T("duplicate_staff", "{ref} was joined to another complaint and goes on there.", ref=Number(case.number))
    held = fold(case.number, case.history[:-1]).mediator  # by now it is read by whoever handles the other
    return [
        Tell("client", text, case=case.number),
        Tell(f"@{held}" if held else "managers", staff, case=case.number),
    ]


def related(office: Office, case: Case, event: Happened) -> list[Act]:
    if not case.mediator:  # whoever had it is named in the one that was joined
        return barred(office, case, event)
    text = T("related_mediator", "{other} was joined to {ref}. Open it to read its words.", ref=Number(case.number),
             other=Number(str(event.facts["number"])))  # fmt: skip
    return [Tell(handler(case), text, ((open_button(case),),), case.number)]


def no_complaint(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T(
        "no_complaint_client",
        "We do not handle {ref} as a complaint.\nThe reason: {reason}\nDo you see it differently? Then we do.",
        ref=Number(case.number),
        reason=str(event.facts["reason"]),
    )
    return [
        Tell("client", text, ((Press(T("b_it_is", "It is a complaint"), "reopen", case.number),),), case.number),
        *(
            Tell(to, T("closed_staff", "{ref} is closed.", ref=Number(case.number)), case=case.number)
            for to in dict.fromkeys((handler(case), "managers"))
        ),
    ]


def reopened(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = []
    if case.online:
        text = T("reopened_client", "Complaint {ref} is open again. You get a new outcome by {day}.",
                 ref=Number(case.number), day=decide_by(office, case))  # fmt: skip
        told = [Tell("client", text, case=case.number)]
    staff = T("reopened_staff", "<b>{ref} is open again.</b> {reason}\nOutcome by {day}.", ref=Number(case.number),
              reason=str(event.facts["reason"]), day=decide_by(office, case))  # fmt: skip
    told += [Tell(to, staff, ((open_button(case),),), case.number) for to in dict.fromkeys((handler(case), "managers"))]
    return told if case.accepted else [*told, *assign(office, case)]


def rated(office: Office, case: Case, event: Happened) -> list[Act]:
    thanks = T("survey_thanks", "Thank you. We use your answer to improve.")
    if case.rating and (case.rating[0] in {"1", "2"} or case.rating[1] == "no"):
        thanks = T("survey_contact", "Thank you. Shall somebody contact you about it?")
        rows: Rows = ((Press(T("b_contact_me", "Yes, please"), "contact", case.number),),)
        return [Tell("client", thanks, rows, case.number)]
    return [Tell("client", thanks, case=case.number)]


FOLLOWS: dict[str, Callable[[Office, Case, Happened], list[Act]]] = {
    "received": received, "assigned": assigned, "accepted": accepted, "declined": passed_on, "passed": passed_on,
    "barred": barred, "objected": objected, "added": added, "completed": added, "edited": edited, "asked": asked,
    "clarify": clarify, "answered": answered, "message": message, "road": road, "account_asked": account_asked,
    "heard": heard, "measure": measure, "done": done, "checked": checked, "promised": promised,
    "reportable": reportable, "extended": extended, "longer_asked": longer_asked, "longer_agreed": longer_answered,
    "longer_refused": longer_answered, "proposed": proposed, "agreed": agreed, "disagreed": disagreed,
    "retried": retried, "referred": referred, "verdict": verdict, "closed": closed, "withdrawn": withdrawn,
    "duplicate": joined, "related": related, "no_complaint": no_complaint, "reopened": reopened, "rated": rated,
    "reminded": reminded, "unreachable": unreachable, "danger": danger, "rubric": rubric_set,
}  # fmt: skip
