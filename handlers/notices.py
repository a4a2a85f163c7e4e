"""What follows from what happened: for every event, who is told what, and what the bot does next.

One table, whatever road an event came by (command, button, reply or clock), so that no road forgets a notice.
Staff notices carry number, topic and dates, never a name or a story: they show on lock screens. The surprising
truth: assigning a mediator is not a step somebody takes, it follows from receipt.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from handlers.acts import Act, Acts, File, Office, Press, Rows, Tell
from handlers.client import intake
from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure import deadlines, independence
from handlers.procedure.case import Case, Happened
from handlers.texts import Field, Label, Lines, Number, Quote, T, Text


def after(office: Office, case: Case, event: Happened) -> Acts:
    """What follows from *event*, which has just become part of *case*."""
    follows = FOLLOWS.get(event.kind)
    return tuple(follows(office, case, event)) if follows else ()


def reply_by(office: Office, case: Case) -> date:
    return deadlines.reply_by(case, office.facts.firm.terms, office.facts.zone)


def decide_by(office: Office, case: Case) -> date:
    return deadlines.outcome_by(case, office.facts.firm.terms, office.facts.zone)


def rubric(office: Office, case: Case) -> Field:
    return office.facts.firm.rubric(case.rubric) if case.rubric else T("topic_open", "topic not known yet")


def urgent(case: Case) -> Field:
    return T("urgent", "\n<b>Safety: possible danger.</b>") if case.urgent else ""


def _bot(office: Office, number: str, kind: str, **facts: object) -> File:
    return File(number, Happened(kind, office.facts.now, "bot", facts))


def assign(office: Office, case: Case) -> list[Act]:
    """Give the case to the eligible mediator with the fewest open cases, or to the managers."""
    chosen = independence.next_mediator(office.load(), case.barred)
    if chosen:
        return [_bot(office, case.number, "assigned", mediator=chosen)]
    return [
        Tell(
            "managers",
            T(
                "no_mediator",
                "<b>No mediator for complaint {ref}</b>{urgent}\n{rubric}\nOutcome by {decide_by}\n"
                "You can take it yourself.",
                ref=Number(case.number),
                urgent=urgent(case),
                rubric=rubric(office, case),
                decide_by=decide_by(office, case),
            ),
            ((Press(T("b_take", "Take it"), "take", case.number, "primary"),),),
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
        (Press(T("b_mine", "My complaints"), "status"),),
    )
    if case.complaint.sent_early:
        rows = ((Press(T("b_rest", "Answer the other questions"), "rest", case.number, "primary"),), *rows)
    told: list[Act] = [
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
        ),
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
        told.append(
            Tell(
                "safety",
                T(
                    "safety_notice",
                    "<b>Possible danger: complaint {ref}</b>\n{rubric}\n"
                    "An incident may have to be reported within 2, 10 or 15 days. "
                    "The term runs from {date}.",
                    ref=Number(case.number),
                    rubric=rubric(office, case),
                    date=case.received,
                ),
                case=case.number,
            )
        )
    return [*told, *assign(office, case)]


def assigned(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
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


def mediator(office: Office, case: Case) -> str:
    return office.facts.firm.name_of(case.mediator)


def accepted(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "has_mediator",
                "{mediator} handles your complaint {ref} and stands apart from it.\n"
                "You get the outcome by {decide_by}.",
                mediator=mediator(office, case),
                ref=Number(case.number),
                decide_by=decide_by(office, case),
            ),
            case=case.number,
        ),
        Tell(
            "mediator",
            T("taken", "{ref} is yours. The client gets your name and a message.", ref=Number(case.number)),
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
    return told if case.mediator else [*told, *assign(office, case)]


def barred(office: Office, case: Case, event: Happened) -> list[Act]:
    return [] if case.mediator else assign(office, case)


def added(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = [
        Tell(
            "client",
            T(
                "added_client",
                "Saved with complaint {ref}. The person who handles it will read it.",
                ref=Number(case.number),
            ),
            case=case.number,
        )
    ]
    if case.accepted:
        told.append(
            Tell(
                "mediator",
                T("added_mediator", "The client added something to {ref}.", ref=Number(case.number)),
                ((card.open_button(case),),),
                case.number,
            )
        )
    return told


def unreachable(office: Office, case: Case, event: Happened) -> list[Act]:
    text = T(
        "unreachable",
        "<b>{ref}</b>: the client cannot be reached in Telegram. Call or write instead.",
        ref=Number(case.number),
    )
    return [Tell("mediator" if case.mediator else "managers", text, ((card.open_button(case),),), case.number)]


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
            ((card.open_button(case),),),
            case.number,
        ),
    ]


def outcome_text(facts: Facts, case: Case, told: dict[str, Field]) -> Text:
    """What the client reads; the preview shows the same text before it is sent."""
    story = " ".join(case.complaint.story)
    return T(
        "outcome",
        "<b>The outcome of your complaint {ref}</b>\n\nYou wrote: {issue}\nYou wanted: {wish}\n\n"
        "<b>What we looked at</b>\n{looked_at}\n<b>What went wrong</b>\n{analysis}\n"
        "<b>What we do for you</b>\n{for_you}\n"
        "<b>What we change</b>\n{change}\n\n{personal}\n{mediator}",
        ref=Number(case.number),
        issue=Quote(story) if story else T("not_given", "not given"),
        wish=intake.wished(case.complaint),
        analysis=case.cause.text if case.cause else "",
        mediator=facts.firm.name_of(case.mediator),
        **told,
    )


def proposed(office: Office, case: Case, event: Happened) -> list[Act]:
    assert case.outcome is not None
    arg = f"{case.number}:{case.outcome.version}"
    told: dict[str, Field] = {
        "looked_at": case.outcome.looked_at, "for_you": case.outcome.for_you,
        "change": case.outcome.change or T("no_change", "Nothing for now."), "personal": case.outcome.personal,
    }  # fmt: skip
    return [
        Tell(
            "client",
            outcome_text(office.facts, case, told),
            (
                (Press(T("b_agree_outcome", "This is fine"), "agree", arg, "success"),),
                (Press(T("b_question", "I have a question"), "question", case.number),),
                (Press(T("b_disagree", "I disagree"), "disagree", arg),),
            ),
            case.number,
        ),
        Tell(
            "mediator",
            T("outcome_sent", "The outcome of {ref} was sent to the client.", ref=Number(case.number)),
            case=case.number,
        ),
    ]


def agreed(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "agreed_client",
                "Thank you. We close complaint {ref} when everything is recorded.",
                ref=Number(case.number),
            ),
            case=case.number,
        ),
        Tell(
            "mediator",
            T("agreed_mediator", "The client agrees with the outcome of {ref}.", ref=Number(case.number)),
            ((Press(T("b_close", "Close"), "close", case.number, "primary"),), (card.open_button(case),)),
            case.number,
        ),
    ]


def committee_text(office: Office, number: str) -> Text:
    """Where a client who disagrees can go. The client files; the firm sends nothing there (R25)."""
    body = office.facts.firm.committee
    return T(
        "committee",
        "How to go to {committee}:\n{address}\n{email}\nDo this within {term}. {cost}\n\n"
        "Send with it: your reference {ref}, your complaint in your own words, our outcome, and why you disagree.",
        committee=Label(body.name),
        address=body.address,
        email=body.email,
        term=Label(body.term),
        cost=Label(body.cost),
        ref=Number(number),
    )


def disagreed(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "disagree",
                "That is your right. You have two options.\n1. We look at it together again.\n"
                "2. You go to {committee}. They are independent. {cost}",
                committee=Label(office.facts.firm.committee.name),
                cost=Label(office.facts.firm.committee.cost),
            ),
            ((Press(T("b_retry", "Look again together"), "retry", case.number),),),
            case.number,
        ),
        Tell("client", committee_text(office, case.number), case=case.number),
        *(
            Tell(
                to,
                T(
                    "disagreed_staff",
                    "The client disagrees with the outcome of {ref} and has the committee's address.",
                    ref=Number(case.number),
                ),
                ((card.open_button(case),),),
                case.number,
            )
            for to in ("mediator", "managers")
        ),
    ]


def retried(office: Office, case: Case, event: Happened) -> list[Act]:
    told: list[Act] = [
        Tell(
            "mediator",
            T(
                "retried_mediator",
                "{ref} is looked at again. Talk to the client and send a new outcome.",
                ref=Number(case.number),
            ),
            ((card.open_button(case),),),
            case.number,
        )
    ]
    if event.by == "client":
        told.append(
            Tell(
                "client",
                T(
                    "retried_client",
                    "Thank you. {mediator} looks at complaint {ref} again with you.",
                    mediator=mediator(office, case),
                    ref=Number(case.number),
                ),
                case=case.number,
            )
        )
    return told


def closed(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            T(
                "closed_client",
                "Complaint {ref} is closed. Questions? Call {phone}.",
                ref=Number(case.number),
                phone=office.facts.firm.contact.phone,
            ),
            case=case.number,
        ),
        Tell("mediator", T("closed_staff", "{ref} is closed.", ref=Number(case.number)), case=case.number),
    ]


def reminded(office: Office, case: Case, event: Happened) -> list[Act]:
    """A reminder goes only to who must act."""
    what = str(event.facts["what"])
    handler = "mediator" if case.mediator else "managers"
    to_case: Rows = ((card.open_button(case),),)
    ref = Number(case.number)
    if what == "accept":
        return [_bot(office, case.number, "passed", mediator=case.mediator)]
    if what.startswith("outcome_"):
        text = T(
            "remind_outcome", "<b>{ref}</b>: send the outcome by {deadline}.", ref=ref, deadline=decide_by(office, case)
        )
        return [Tell(handler, text, to_case, case.number)]
    if what == "late":
        text = T(
            "remind_late",
            "<b>{ref}</b> is late. The outcome was due by {deadline}.",
            ref=ref,
            deadline=decide_by(office, case),
        )
        return [Tell(to, text, to_case, case.number) for to in dict.fromkeys((handler, "managers"))]
    if what.startswith("answer_"):
        version = case.outcome.version if case.outcome else 0
        return [
            Tell(
                "client",
                T(
                    "remind_answer",
                    "You have not answered the outcome of complaint {ref} yet. Is it fine like this?",
                    ref=ref,
                ),
                (
                    (Press(T("b_agree_outcome", "This is fine"), "agree", f"{case.number}:{version}", "success"),),
                    (Press(T("b_disagree", "I disagree"), "disagree", f"{case.number}:{version}"),),
                ),
                case.number,
            )
        ]
    if what.startswith("silent_"):
        return [
            Tell(
                handler,
                T("remind_silent", "<b>{ref}</b>: the client did not answer the outcome. You may close it.", ref=ref),
                to_case,
                case.number,
            )
        ]
    if what.startswith("measure_"):
        measure = case.measures[int(what.removeprefix("measure_"))]
        text = T("remind_measure", "<b>{ref}</b>: a measure is due today: {what}", ref=ref, what=Lines((measure.what,)))
        return [Tell(f"@{measure.owner}", text, to_case, case.number)]
    return []


FOLLOWS: dict[str, Callable[[Office, Case, Happened], list[Act]]] = {
    "received": received, "assigned": assigned, "accepted": accepted, "declined": passed_on, "passed": passed_on,
    "barred": barred, "added": added, "completed": added, "asked": asked, "proposed": proposed, "agreed": agreed,
    "disagreed": disagreed, "retried": retried, "closed": closed, "reminded": reminded, "unreachable": unreachable,
}  # fmt: skip
