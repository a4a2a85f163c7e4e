"""Small things said in many places: a case's topic, its dates, who handles it. No message is composed here."""

from __future__ import annotations

from datetime import date

from handlers.acts import Act, File, Office, Press, Rows, Tell
from handlers.facts import Facts
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from handlers.texts import Field, Label, Number, T, Text

STATUSES = {
    "received": T("status_received", "received"),
    "assigned": T("status_assigned", "offered to a mediator"),
    "analysis": T("status_analysis", "being looked into"),
    "proposed": T("status_proposed", "outcome sent"),
    "agreed": T("status_agreed", "client agrees"),
    "disagreed": T("status_disagreed", "client disagrees"),
    "referred": T("status_referred", "with the committee"),
    "verdict": T("status_verdict", "committee has decided"),
    "closed": T("status_closed", "closed"),
}


def reply_by(office: Office, case: Case) -> date:
    return deadlines.reply_by(case, office.facts.firm.terms, office.facts.zone)


def decide_by(office: Office, case: Case) -> date:
    return deadlines.outcome_by(case, office.facts.firm.terms, office.facts.zone)


def rubric(office: Office, case: Case) -> Field:
    return office.facts.firm.rubric(case.rubric) if case.rubric else T("topic_open", "topic not known yet")


def urgent(case: Case) -> Field:
    return T("urgent", "\n<b>Safety: possible danger.</b>") if case.urgent else ""


def mediator(office: Office, case: Case) -> str:
    return office.facts.firm.name_of(case.mediator)


def decimal(office_facts: Facts, value: float) -> str:
    """One decimal, as the reader writes it."""
    return f"{value:.1f}".replace(".", "," if office_facts.actor.language == "nl" else ".")


def handler_of(office: Office, case: Case) -> Field:
    """Who handles the case, for a list."""
    return mediator(office, case) if case.mediator else T("nobody_yet", "nobody yet")


def handler(case: Case) -> str:
    """To whom a notice about the work goes: who accepted the case, else the managers."""
    return "mediator" if case.accepted else "managers"


def doer(office: Office, case: Case, key: str) -> str:
    """To whom a notice goes about what *key* is to do. Who is not here, or is the one it is about, is not told by us:
    then whoever handles the case sees to it."""
    return f"@{key}" if key not in case.barred and office.reaches(f"@{key}") else handler(case)


def both(case: Case) -> tuple[str, ...]:
    """Whoever handles the case and the managers, each once."""
    return tuple(dict.fromkeys((handler(case), "managers")))


def joined_to(office: Office, case: Case) -> tuple[Case, ...]:
    """The cases that go on in this one."""
    others = (office.case(number) for number in case.related)
    return tuple(one for one in others if one and one.closed_as == "duplicate" and one.related[-1] == case.number)


def stands(office: Office, case: Case) -> Field:
    """Where a case stands in one phrase, for a list: until when its outcome is due, or what it waits for."""
    by, today = decide_by(office, case), office.facts.today
    if not deadlines.owes_outcome(case):
        return STATUSES[case.status]
    if today > by:
        return T("stands_late", "{status}, late since {day}", status=STATUSES[case.status], day=by)
    return T("stands_by", "{status}, by {day}", status=STATUSES[case.status], day=by)


def goes_on_in(office: Office, case: Case) -> Case:
    """The case that *case* was joined to, and that one to, and so on; else itself."""
    seen = {case.number}
    while case.closed_as == "duplicate" and (other := office.case(case.related[-1])) and other.number not in seen:
        case = other
        seen.add(case.number)
    return case


def open_button(case: Case) -> Press:
    return Press(T("b_open", "Open case"), "case", case.number)


def by_bot(office: Office, number: str, kind: str, **facts: object) -> File:
    return File(number, Happened(kind, office.facts.now, "bot", facts))


def answer_buttons(case: Case) -> Rows:
    """What a client can say to the outcome that stands now."""
    arg = f"{case.number}:{case.proposals}"
    return (
        (Press(T("b_agree_outcome", "This is fine"), "agree", arg, "success"),),
        (Press(T("b_question", "I have a question"), "question", case.number),),
        disagree_button(case),
    )


def disagree_button(case: Case) -> tuple[Press]:
    return (Press(T("b_disagree", "I disagree"), "disagree", f"{case.number}:{case.proposals}"),)


def sent(office: Office, case: Case, event: Happened) -> list[Act]:
    """Word to a colleague that the client got it; of a client without Telegram it is still to be told."""
    if not case.online:
        return []
    text = T("sent_client", "Sent to the client of {ref}.", ref=Number(case.number))
    return [Tell(f"@{event.by}", text, case=case.number)]


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
