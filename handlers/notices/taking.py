"""A complaint comes in and finds its mediator: receipt, offer, acceptance, passing on, objection.

Not here: who may be chosen (`procedure/independence.py`). The surprising truth: nobody assigns a mediator as a rule;
it follows from receipt, and again from every event after which nobody has the case.
"""

from __future__ import annotations

from handlers.acts import Act, File, Office, Press, Rows, Tell
from handlers.mediator import card
from handlers.notices.working import advice, safety_notice
from handlers.phrases import (
    by_bot,
    decide_by,
    joined_to,
    mediator,
    open_button,
    reply_by,
    rubric,
    urgent,
)
from handlers.procedure import deadlines, independence
from handlers.procedure.case import Case, Happened, fold
from handlers.texts import In, Number, T, Text


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
    if case.signal:
        receipt = [_signal_receipt(office, case, rows)]
    if not case.online:
        receipt = _written(office, case, event)
    follows = assign(office, case)
    told: list[Act] = [*receipt]
    for act in follows:  # with an offer the managers hear of both at once; without one they are asked who handles it
        if isinstance(act, File):
            new = T("new_manager",
                    "<b>New complaint {ref}</b>{urgent}\n{rubric}\nOutcome by {decide_by}\nOffered to {mediator}.",
                    ref=Number(case.number), urgent=urgent(case), rubric=rubric(office, case),
                    decide_by=decide_by(office, case),
                    mediator=office.facts.firm.name_of(str(act.happened.facts["mediator"])))  # fmt: skip
            told.append(Tell("managers", new, case=case.number))
    if case.urgent:
        told.append(safety_notice(office, case))
        if not case.online:  # who has the client at the phone or the desk passes it on, at once
            now = T("tell_now", "<b>{ref}: tell the client now</b>\n{text}", ref=Number(case.number),
                    text=In(case.language, advice(office, case).text))  # fmt: skip
            told.append(Tell("managers" if event.by in case.barred else f"@{event.by}", now, case=case.number))
    return [*told, *follows]


def _signal_receipt(office: Office, case: Case, rows: Rows) -> Tell:
    """Nobody contacts who wants no answer, and no outcome comes: so nothing of that is promised."""
    text = T(
        "sent_signal",
        "<b>We received your report on {date}.</b>\nYour reference is {ref}.\n\n"
        "You wanted no answer, so you do not hear from us. We use your report to improve.\n"
        "Do you want an answer after all? Call {phone}.",
        date=deadlines.local_day(case.received, office.facts.zone),
        ref=Number(case.number),
        phone=office.facts.firm.contact.phone,
    )
    return Tell("client", text, rows, case.number, slot=receipt_slot(case.number))


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
    return fold(case.number, case.history[:-1]).mediator  # not who had it once, and passed it on


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
        *_offered_again(office, case, event),
    ]


def _yours(case: Case) -> Text:
    ref = Number(case.number)
    if case.signal:
        return T("taken_signal", "{ref} is yours. The client wants no answer, and hears nothing.", ref=ref)
    if not case.online:
        return T("taken_offline", "{ref} is yours. Tell the client yourself.", ref=ref)
    return T("taken", "{ref} is yours. The client gets your name and a message.", ref=ref)


def _offered_again(office: Office, case: Case, event: Happened) -> list[Act]:
    """To the managers; of the first offer they hear with the receipt, in one message."""
    before = case.history[-2]
    if event.by == "bot" and before.kind == "received" and event.at == before.at:
        return []
    text = T("assigned_manager", "{ref} was offered to {mediator}.", ref=Number(case.number),
             mediator=mediator(office, case))  # fmt: skip
    return [Tell("managers", text, case=case.number)]


def accepted(office: Office, case: Case, event: Happened) -> list[Act]:
    if not case.open:
        return []
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
    if not case.road:
        rows = (*rows, (Press(T("b_road", "Talk, or a judgement?"), "road", case.number),))
    return [
        *(() if case.signal else (Tell("client", text, rows, case.number),)),
        Tell("mediator", _yours(case), case=case.number),
        card.tell(office, case, "mediator"),
        *(by_bot(office, one.number, "accepted", mediator=case.mediator)  # and reads what was joined to it
          for one in joined_to(office, case) if one.mediator != case.mediator and case.mediator not in one.barred),
    ]  # fmt: skip


REASONS = {
    "#no_time": T("b_no_time", "No time"),
    "#involved": T("b_am_involved", "I am involved"),
}


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
    """Whoever it is about loses it, and what was joined to it; the client hears that somebody else comes."""
    told: list[Act] = [
        by_bot(office, one.number, "barred", named=event.facts["named"], about=event.facts.get("about", []))
        for one in joined_to(office, case) if not one.barred.issuperset(event.facts["named"])
    ]  # fmt: skip
    if case.mediator or not case.open or not event.facts["named"]:
        return told
    gone = former(case)
    if gone and gone in event.facts["named"]:
        told += [
            Tell(f"@{gone}", T("barred_mediator", "{ref} goes to somebody else, because you may be involved.",
                               ref=Number(case.number))),
            Tell("client", T("new_handler", "Somebody else will handle complaint {ref}. You hear who.",
                             ref=Number(case.number)), case=case.number),
        ]  # fmt: skip
    return [*told, *assign(office, case)]


def unreachable(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T(
        "unreachable",
        "<b>{ref}</b>: the client cannot be reached in Telegram. Call or write instead.",
        ref=Number(case.number),
    )
    return [Tell("mediator" if case.mediator else "managers", text, ((open_button(case),),), case.number)]
