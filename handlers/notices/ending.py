"""How a case ends, and how it begins again: outcome, answer to it, committee, closing, joining, reopening, survey.

Not here: what must be recorded before (`procedure/steps.py`). The surprising truth: the preview the mediator sees is
made by the same function as what the client reads, so it cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta

from handlers.acts import Act, Office, Press, Rows, Tell
from handlers.client import intake
from handlers.facts import Facts
from handlers.mediator import card
from handlers.notices.taking import assign, barred
from handlers.phrases import (
    answer_buttons,
    both,
    case_file,
    committee_text,
    decide_by,
    disagree_button,
    handler,
    mediator,
    open_button,
)
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened, Verdict, fold
from handlers.procedure.steps import ROUNDS
from handlers.texts import Label, Number, Quote, T, Text


def outcome_text(facts: Facts, case: Case, told: Mapping[str, str]) -> Text:
    """What the client reads; the preview shows the same text before it is sent."""
    story = " ".join(case.complaint.story)
    wished = case.complaint.wishes
    ready = max((measure.due for measure in case.corrective if measure.due and not measure.done), default=None)
    answer_by = facts.today + timedelta(days=facts.firm.terms.answer_days)
    return T(
        "outcome",
        "<b>The outcome of your complaint {ref}</b>\n\nYou wrote: {issue}{wish}\n\n"
        "<b>What we looked at</b>\n{looked_at}\n<b>What went wrong</b>\n{went_wrong}\n"
        "{judgement}<b>What we do for you</b>\n{for_you}{term}\n"
        "<b>What we change</b>\n{change}\n\n{personal}{mediator}\n\n"
        "Tell us by {answer_by} if this is fine. Do you disagree? Then you can also go to {committee}.",
        ref=Number(case.number),
        issue=Quote(story) if story else T("not_given", "not given"),
        wish=T("outcome_wish", "\nYou wanted: {wish}", wish=intake.wished(case.complaint)) if wished else "",
        looked_at=told["looked_at"],
        went_wrong=told["went_wrong"] or (case.cause.text if case.cause else ""),
        judgement=T("outcome_judgement", "<b>Our judgement</b>\n{words}\n", words=told["judgement"])
        if told.get("judgement")
        else "",
        for_you=told["for_you"],
        term=T("outcome_term", "\nReady by {day}.", day=ready) if told.get("judgement") and ready else "",
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
        told = [Tell("client", text, (disagree_button(case),), case.number)]
    return [
        *told,
        Tell(
            handler(case),
            T("agreed_mediator", "The client agrees with the outcome of {ref}.", ref=Number(case.number)),
            ((Press(T("b_close", "Close"), "close", case.number, "primary"),), (open_button(case),)),
            case.number,
        ),
    ]


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
        *(Tell(to, staff, ((open_button(case),),), case.number) for to in both(case)),
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
    elif case.online:
        text = T("retried_by_us", "{mediator} looks at complaint {ref} again with you.",
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
    told: list[Act] = [Tell(to, text, ((open_button(case),),), case.number) for to in both(case)]
    if case.online:
        said = T("referred_client", "Noted: complaint {ref} is with {committee}. Send /data for a copy of your file.",
                 ref=Number(case.number), committee=Label(office.facts.firm.committee.name))  # fmt: skip
        told.append(Tell("client", said, case=case.number))
    return told


def verdict_text(facts: Facts, case: Case, told: Verdict, again: bool) -> Text:
    """What the client reads of the committee's decision; *again*: it puts right what was told before."""
    return T(
        "verdict_client",
        "<b>The decision about complaint {ref}</b>{again}\nOn {day} {committee} decided: {result}.{follow}",
        ref=Number(case.number),
        again=T("verdict_again", "\nThis replaces what we wrote about it before.") if again else "",
        committee=Label(facts.firm.committee.name),
        day=told.on,
        result=card.VERDICTS[told.result],
        follow=T("verdict_then", "\nWhat we do with it: {words}", words=told.follow_up) if told.follow_up else "",
    )


def verdict(office: Office, case: Case, event: Happened) -> list[Act]:
    assert case.verdict is not None
    before = fold(case.number, case.history[:-1]).verdict
    text = verdict_text(office.facts, case, case.verdict, again=before is not None)
    staff = T("verdict_staff", "<b>{ref}</b>: the decision is recorded: {result}.", ref=Number(case.number),
              result=card.VERDICTS[case.verdict.result])  # fmt: skip
    to_close = ((Press(T("b_close", "Close"), "close", case.number, "primary"),), (open_button(case),))
    rows = to_close if case.open else ()
    told: list[Act] = [Tell("client", text, case=case.number)]
    return [*told, *(Tell(to, staff, rows, case.number) for to in both(case))]


def withdrawn(office: Office, case: Case, event: Happened) -> list[Act]:
    staff = T("withdrawn_staff", "The client stopped complaint {ref}.\nYou can still record what we learn.",
              ref=Number(case.number))  # fmt: skip
    told: list[Act] = []
    if case.online:
        until = deadlines.reopen_by(case, office.facts.zone) or office.facts.today
        text = T("withdrawn_client", "Complaint {ref} is stopped. Changed your mind? You can open it until {day}.",
                 ref=Number(case.number), day=until)  # fmt: skip
        told = [Tell("client", text, ((Press(T("b_reopen", "Open it again"), "reopen", case.number),),), case.number)]
    return [*told, *(Tell(to, staff, ((open_button(case),),), case.number)
                     for to in both(case)), *_offer_over(case)]  # fmt: skip


def _offer_over(case: Case) -> list[Act]:
    """To whom a case was offered and who has not answered yet: there is nothing to take any more."""
    if not case.mediator or case.accepted:
        return []
    text = T("offer_over", "{ref} was offered to you. It was stopped: you do not have to do anything.",
             ref=Number(case.number))  # fmt: skip
    return [Tell(f"@{case.mediator}", text, case=case.number)]


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


def no_complaint_text(case: Case, reason: str) -> Text:
    """What the client reads when it is no complaint; the preview shows the same."""
    return T(
        "no_complaint_client",
        "We do not handle {ref} as a complaint.\nThe reason: {reason}\nDo you see it differently? Then we do.",
        ref=Number(case.number),
        reason=reason,
    )


def no_complaint(office: Office, case: Case, event: Happened) -> list[Act]:
    text = no_complaint_text(case, str(event.facts["reason"]))
    return [
        Tell("client", text, ((Press(T("b_it_is", "It is a complaint"), "reopen", case.number),),), case.number),
        *(
            Tell(to, T("closed_staff", "{ref} is closed.", ref=Number(case.number)), case=case.number)
            for to in both(case)
        ),
        *_offer_over(case),
    ]


def forget_asked(office: Office, case: Case, event: Happened) -> list[Act]:
    assert case.forget_by is not None
    text = T("forget_manager", "<b>{ref}</b>: the client asks to delete the data. Decide by {day}.",
             ref=Number(case.number), day=case.forget_by)  # fmt: skip
    to = "managers" if office.reaches("managers", case) or not case.mediator else "mediator"
    rows: Rows = ((Press(T("b_decide_request", "Decide"), "request", case.number, "primary"),),)
    return [Tell(to, text, rows if to == "managers" else (), case.number)]


def reopened(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = []
    owed, ref, day = deadlines.owes_outcome(case), Number(case.number), decide_by(office, case)  # owed to who wants one
    if case.online:
        by = T("reopened_by", " You get a new outcome by {day}.", day=day) if owed else ""
        text = T("reopened_client", "Complaint {ref} is open again.{by}", ref=ref, by=by)
        told = [Tell("client", text, case=case.number)]
    until = T("reopened_until", "\nOutcome by {day}.", day=day) if owed else ""
    staff = T("reopened_staff", "<b>{ref} is open again.</b> Open the case to read why.{until}", ref=ref, until=until)
    told += [Tell(to, staff, ((open_button(case),),), case.number) for to in both(case)]
    return told if case.accepted else [*told, *assign(office, case)]


def rated(office: Office, case: Case, event: Happened) -> list[Act]:
    if not case.online:  # whoever wrote it down said thank you themselves
        return [Tell(f"@{event.by}", T("recorded", "Recorded with {ref}.", ref=Number(case.number)), case=case.number)]
    thanks = T("survey_thanks", "Thank you. We use your answer to improve.")
    if case.rating and (case.rating[0] in {"1", "2"} or case.rating[1] == "no"):
        thanks = T("survey_contact", "Thank you. Shall somebody contact you about it?")
        rows: Rows = ((Press(T("b_contact_me", "Yes, please"), "contact", case.number),),)
        return [Tell("client", thanks, rows, case.number)]
    return [Tell("client", thanks, case=case.number)]
