"""More time: the firm takes it once, and asks for it after that; who disagrees hears where else to go.

Not here: how long it may be (`procedure/deadlines.py`). The surprising truth: the first extension needs no agreement,
so a no to it changes nothing but what the managers know (domain.md D3).
"""

from __future__ import annotations

from datetime import date

from handlers.acts import Act, Office, Press, Tell
from handlers.phrases import (
    both,
    case_file,
    committee_text,
    decide_by,
    sent,
)
from handlers.procedure.case import Case, Happened
from handlers.texts import Number, T, Text


def extended_text(case: Case, until: date, reason: str) -> Text:
    """What the client reads of a first extension; the preview shows the same."""
    return T(
        "delay",
        "We need more time for complaint {ref}.\nThe reason: {reason}\n"
        "You get the outcome by {decide_by}. Do you disagree? Tell us.",
        ref=Number(case.number),
        reason=reason,
        decide_by=until,
    )


def longer_text(case: Case, until: date, reason: str) -> Text:
    """What the client is asked for a further one; the preview shows the same."""
    return T(
        "longer",
        "We would like more time for complaint {ref}, until {until}.\nThe reason: {reason}\n"
        "This is only possible if you agree.",
        ref=Number(case.number),
        until=until,
        reason=reason,
    )


def extended(office: Office, case: Case, event: Happened) -> list[Act]:
    return [
        Tell(
            "client",
            extended_text(case, decide_by(office, case), case.extended_why),
            ((Press(T("b_disagree", "I disagree"), "too_long", case.number),),),
            case.number,
        ),
        Tell(
            "managers",
            T("extended_manager", "{ref} has more time, until {day}. {reason}", ref=Number(case.number),
              day=decide_by(office, case), reason=case.extended_why),
            case=case.number,
        ),
        *sent(office, case, event),
    ]  # fmt: skip


def longer_asked(office: Office, case: Case, event: Happened) -> list[Act]:
    until, reason = case.longer or (decide_by(office, case), "")
    return [
        Tell(
            "client",
            longer_text(case, until, reason),
            (
                (Press(T("b_longer_yes", "That is fine"), "longer", f"{case.number}:yes"),),
                (Press(T("b_disagree", "I disagree"), "longer", f"{case.number}:no"),),
            ),
            case.number,
        ),
        *sent(office, case, event),
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
    told: list[Act] = [Tell(to, text, case=case.number) for to in both(case)]
    if case.online:
        thanks = T("longer_thanks", "Noted. You get the outcome of complaint {ref} by {day}.",
                   ref=Number(case.number), day=decide_by(office, case))  # fmt: skip
        told.append(Tell("client", thanks, case=case.number))
    told_way = Tell("client", committee_text(office, case), case_file(case), case.number)
    return told if yes else [*told, told_way]


def too_long(office: Office, case: Case) -> list[Act]:
    """A first extension needs no agreement; who does not agree hears where else to go, and the managers hear of it."""
    text = T("longer_no", "The client does not agree with more time for {ref}. The outcome stays due by {day}.",
             ref=Number(case.number), day=decide_by(office, case))  # fmt: skip
    told: list[Act] = [Tell(to, text, case=case.number) for to in both(case)]
    return [*told, Tell("client", committee_text(office, case), case=case.number)]
