"""What leaves the firm: the committee and its verdict, and whether a device incident is reported.

The surprising truth: the bot sends nothing to the committee, ever. The client files (R25); staff record that it was
done, and what came of it.
"""

from __future__ import annotations

from datetime import date

from handlers.acts import Acts, Office, Tell
from handlers.client import intake
from handlers.conversation import Flow, Invalid, Option
from handlers.facts import Facts
from handlers.mediator.talks import Entry, in_their_language, record, ref_of, seen_first
from handlers.notices.ending import verdict_text
from handlers.phrases import case_file, committee_text
from handlers.procedure.case import Case, Verdict
from handlers.procedure.deadlines import local_day
from handlers.procedure.steps import can
from handlers.questions import SKIP, choice, past_day, words
from handlers.texts import Label, Number, T, Text

VERDICTS = (
    Option("founded", T("b_founded", "Founded")),
    Option("partly", T("b_partly_founded", "Partly founded")),
    Option("unfounded", T("b_unfounded", "Unfounded")),
    Option("inadmissible", T("b_inadmissible", "Not admissible")),
    Option("withdrawn", T("b_verdict_withdrawn", "Withdrawn")),
)
TODAY, YESTERDAY = intake.TODAY, intake.YESTERDAY


def a_day(facts: Facts, name: str, text: Text, since: date | None = None) -> Flow[str]:
    """One day up to today, and not before *since*, as an ISO date."""
    given, typed = yield from past_day(name, text, facts.names, facts.today, TODAY, YESTERDAY)
    day = typed or facts.day_of(given, days_ago=int(given.option == "yesterday"))
    if since is not None and day < since:
        raise Invalid(T("err_too_early", "Choose {day} or a later day.", day=since))
    return day.isoformat()


def escalate(facts: Facts) -> Flow[Entry | None]:
    """Send the client the way to the committee, or record that the client has gone there."""
    case = facts.case
    assert case is not None
    may_record = can(facts.actor, "referred", case)
    given = yield from choice(
        "escalate",
        T(
            "escalate",
            "The client takes {ref} to {committee}. We send the client the address and what to enclose.",
            ref=ref_of(facts),
            committee=Label(facts.firm.committee.name),
        ),
        Option("send", T("b_send_way", "Send the information"), "primary"),
        *((Option("filed", T("b_filed", "The client has gone there")),) if may_record else ()),
        Option("later", T("b_not_yet", "Not yet")),
        free=False,
    )
    if given.option == "later":
        return None
    if given.option == "send":
        return Entry("way_sent", {})
    on = yield from a_day(facts, "referred_on", T("referred_on", "On which day did the client go there?"),
                          local_day(case.received, facts.zone))  # fmt: skip
    return Entry("referred", {"on": on})


def escalated(office: Office, case: Case | None, entry: Entry | None) -> Acts:
    assert case is not None
    if entry is None or entry.kind != "way_sent":
        return record(office, case, entry)
    told: Acts = (Tell("client", committee_text(office, case), case_file(case), case.number),)
    if not case.online:
        return told  # which is a task for whoever handles it
    said = T("way_sent", "The client has the address of the committee for {ref}.", ref=Number(case.number))
    return (*told, Tell(office.facts.actor.id, said, case=case.number))


def verdict(facts: Facts) -> Flow[Entry | None]:
    """What the committee decided, looked at before the client reads it; once more puts right what was mistyped."""
    case = facts.case
    assert case is not None
    result = yield from choice(
        "verdict",
        T("verdict", "<b>{ref}</b>\nWhat did {committee} decide?", ref=ref_of(facts),
          committee=Label(facts.firm.committee.name)),
        *VERDICTS,
        free=False,
    )  # fmt: skip
    on = yield from a_day(facts, "verdict_on", T("verdict_on", "On which day?"), case.referred)
    advice = yield from words("verdict_advice", T("verdict_advice", "What does it advise?"), SKIP)
    follow = yield from words(
        "verdict_follow",
        T("to_reader", "{question}{language}", language=in_their_language(facts),
          question=T("verdict_follow", "What do we do with it? The client reads this.")),
        SKIP,
    )  # fmt: skip
    told = Verdict(result.option, date.fromisoformat(on), advice.text, follow.text)
    seen = verdict_text(facts, case, told, again=case.verdict is not None)
    asked = ("verdict", "verdict_on", "verdict_advice", "verdict_follow")
    if not (yield from seen_first(facts, "verdict_sure", seen, *asked)):
        return None
    facts_ = {"result": result.option, "on": on, "advice": advice.text, "follow_up": follow.text}
    return Entry("verdict", facts_)


def incident(facts: Facts) -> Flow[Entry]:
    """Is it reported to the manufacturer and the inspectorate? Decided by a person, with a reason (MDR art. 87)."""
    case = facts.case
    assert case is not None
    given = yield from choice(
        "incident",
        T("incident", "<b>{ref}</b>\nCan this be an incident with a device?\nThe term to report runs from {received}.",
          ref=ref_of(facts), received=local_day(case.danger_at or case.received, facts.zone)),
        Option("yes", T("b_report", "Yes, we report it")),
        Option("no", T("b_no_report", "No, because…")),
        free=False,
    )  # fmt: skip
    if given.option == "yes":
        told = yield from words("incident_to", T("incident_to", "To whom and when? For example: maker and IGJ, today."))
    else:
        told = yield from words("incident_why", T("incident_why", "Why is it not reported?"))
    return Entry("reportable", {"report": given.option, "reason": told.text})


def way(office: Office, case: Case | None, arg: str) -> Acts:
    """The client asks where to go: at any time, not only after a disagreement (R26)."""
    number = case.number if case else ""
    mine = office.cases_of_client(office.facts.actor.id)
    rows = case_file(case or mine[0]) if case or len(mine) == 1 else ()
    return (Tell(office.facts.actor.id, committee_text(office, case), rows, number),)
