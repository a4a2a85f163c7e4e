"""Words between the client and the firm while a case runs: additions, questions, answers, the other side's account.

Not here: the outcome (`ending.py`) and more time (`delay.py`). The surprising truth: what the client adds reaches
whoever handles the case, and when that is nobody yet, the managers.
"""

from __future__ import annotations

from handlers.acts import Act, Office, Press, Tell
from handlers.mediator import card
from handlers.notices.delay import too_long
from handlers.phrases import (
    goes_on_in,
    handler,
    mediator,
    open_button,
    sent,
)
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from handlers.texts import Number, Quote, T


def added(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = []
    if case.online:
        text = T("added_client", "Saved with complaint {ref}. The person who handles it will read it.",
                 ref=Number(case.number))  # fmt: skip
        told = [Tell("client", text, case=case.number)]
    if event.facts.get("text") == "#extension":
        return [*told, *too_long(office, case)]
    if event.by not in {"client", case.mediator}:
        return told
    if (main := goes_on_in(office, case)) is not case:
        text = T("added_joined", "The client added something to {other}, which belongs to {ref}.",
                 other=Number(case.number), ref=Number(main.number))  # fmt: skip
        return [*told, Tell(handler(main), text, ((open_button(case),),), main.number)]
    if event.by == "client":
        text = T("added_mediator", "The client added something to {ref}.", ref=Number(case.number))
        told.append(Tell(handler(case), text, ((open_button(case),),), case.number))
    return told


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
            ((Press(T("b_answer", "Answer"), "reply", f"{case.number}:{case.questions}", "primary"),),),
            case.number,
        ),
        *sent(office, case, event),
    ]


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
        *sent(office, case, event),
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
    if event.by != case.heard_who:  # whoever handles the case wrote it down
        return []
    name = office.facts.firm.name_of(case.heard_who)
    text = T("heard_mediator", "{name} gave an account for {ref}.", name=name, ref=Number(case.number))
    return [Tell(handler(case), text, ((open_button(case),),), case.number)]
