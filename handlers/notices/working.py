"""Things somebody must do: measures and their effect, promises, and what a danger asks of the firm.

Not here: when they are reminded of it (`handlers/reminders.py`). The surprising truth: who does a measure may not be
someone who may read the case, so the task tells what is to be done and nothing else.
"""

from __future__ import annotations

from handlers.acts import Act, Office, Press, Rows, Tell
from handlers.mediator import card
from handlers.phrases import (
    doer,
    handler,
    open_button,
    rubric,
)
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened
from handlers.texts import Field, Number, T


def measure(office: Office, case: Case, event: Happened) -> list[Act]:
    """A colleague who is to do something hears of it; so does nobody who does it themselves. For who is not here,
    whoever handles the case hears that it is theirs to pass on."""
    new = case.measures[event.facts.get("measure", -1)]
    told = _moved(office, case, event)
    if new.owner == event.by or new.due is None or new.dropped:
        return told
    done = ((Press(T("b_done", "Done"), "done", case.number),),)
    if (to := doer(office, case, new.owner)) != f"@{new.owner}":
        text = T("measure_tell", "<b>{ref}</b>: {name} gets no messages here. Tell them yourself: by {due}.\n{what}",
                 ref=Number(case.number), name=office.facts.firm.name_of(new.owner), due=new.due,
                 what=new.what or card.measure_kind(new))  # fmt: skip
        return [*told, Tell(to, text, done, case.number)]
    text = T(
        "measure_task",
        "<b>{ref}</b>: please do this by {due}.\n{what}",
        ref=Number(case.number),
        due=new.due,
        what=new.what or card.measure_kind(new),
    )
    return [*told, Tell(to, text, done, case.number)]


def _moved(office: Office, case: Case, event: Happened) -> list[Act]:
    """Who had a measure that is taken back, or is now somebody else's, need not do it any more."""
    if "measure" not in event.facts:
        return []
    measure = case.measures[event.facts["measure"]]
    had = measure.owner if measure.dropped else measure.before[-1][1]
    still = had == measure.owner and not measure.dropped
    if had == event.by or still or doer(office, case, had) != f"@{had}":
        return []
    text = T("measure_gone", "<b>{ref}</b>: you do not have to do this any more.\n{what}", ref=Number(case.number),
             what=measure.what or card.measure_kind(measure))  # fmt: skip
    return [Tell(f"@{had}", text, case=case.number)]


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
    if event.by == "client":  # who is here; of who is not, a colleague wrote it down
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
    return [
        *told,
        *(Tell(to, text, ((open_button(case),),), case.number) for to in (doer(office, case, what.owner), "managers")),
    ]


def promised(office: Office, case: Case, event: Happened) -> list[Act]:
    new = case.promises[-1]
    text = T("promise_client", "We promise you for complaint {ref}, by {day}:\n{what}",
             ref=Number(case.number), day=new.due, what=new.what)  # fmt: skip
    return [Tell("client", text, case=case.number)]


def safety_notice(office: Office, case: Case) -> Tell:
    text = T(
        "safety_notice",
        "<b>Possible danger: complaint {ref}</b>\n{rubric}\n"
        "An incident may have to be reported within 2, 10 or 15 days. The term runs from {date}.",
        ref=Number(case.number),
        rubric=rubric(office, case),
        date=deadlines.local_day(case.danger_at or case.received, office.facts.zone),
    )
    if not office.reaches("safety", case):
        return _unseen_danger(office, case) or Tell("safety", text, case=case.number)
    return Tell("safety", text, case=case.number)


def _unseen_danger(office: Office, case: Case) -> Tell | None:
    """Who is responsible may not read this complaint (it is about somebody of theirs), and there is nobody else: they
    hear that there is a danger and whom to ask, and no number, topic or name of a client."""
    asks: Field = office.facts.firm.name_of(case.mediator) or T("the_mediator", "whoever mediates in it")
    text = T(
        "safety_unseen",
        "<b>Possible danger</b> in a complaint that you may not read.\nAsk {name} what the aid is and what happened. "
        "An incident may have to be reported within 2, 10 or 15 days from {date}.",
        name=asks,
        date=deadlines.local_day(case.danger_at or case.received, office.facts.zone),
    )
    for person in office.facts.firm.people:
        if person.responsible_for_safety and person.key not in case.about and office.reaches(f"@{person.key}"):
            return Tell(f"@{person.key}", text)
    return None


def advice(office: Office, case: Case) -> Tell:
    """What to do now; for a client without Telegram it is whoever handles the case who passes it on, at once."""
    text = T("danger_advice", "<b>In immediate danger, call 112.</b> With a wound, call your doctor.\n"
             "Do not use the aid now. Call us too: {phone}.", phone=office.facts.firm.contact.phone)  # fmt: skip
    return Tell("client", text, case=case.number)


def danger(office: Office, case: Case, event: Happened) -> list[Act]:
    """A danger told later: who is responsible hears of it, and the client what to do now."""
    told: list[Act] = [] if case.closed_as == "duplicate" else [safety_notice(office, case)]
    return [*told, advice(office, case)]


def rubric_set(office: Office, case: Case, event: Happened) -> list[Act]:
    """A topic in which people get hurt, and nobody was asked: then somebody asks."""
    if case.complaint.danger or case.urgent or not office.facts.firm.needs_safety(case.rubric):
        return []
    text = T("ask_danger", "<b>{ref}</b>: ask the client if somebody fell or got hurt.", ref=Number(case.number))
    rows: Rows = ((Press(T("b_ask", "Ask"), "ask", case.number, "primary"),),)
    return [Tell(handler(case), text, rows, case.number)]


def reportable(office: Office, case: Case, event: Happened) -> list[Act]:
    decided = T("report_yes", "reported") if event.facts["report"] == "yes" else T("report_no", "not reported")
    text = T("report_decided", "<b>{ref}</b>: the incident is {decided}. {reason}",
             ref=Number(case.number), decided=decided, reason=str(event.facts["reason"]))  # fmt: skip
    return [Tell(to, text, case=case.number) for to in ("safety", "managers")]
