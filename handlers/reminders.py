"""What the clock says: for every deadline of deadlines.py, who is reminded, and in which words.

A reminder goes only to who must act, in office hours; when it is past also to who must know. The surprising truth: a
reminder is an event of the case, so it is told once, whatever happened to the process in between.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from handlers.acts import Act, Office, Press, Rows, Tell
from handlers.phrases import both, by_bot, decide_by, doer, handler, open_button, reply_by
from handlers.procedure import independence
from handlers.procedure.case import Case, Happened
from handlers.procedure.deadlines import SURVEYED, local_day
from handlers.texts import Field, Number, Quote, T, Text


def reminded(office: Office, case: Case, event: Happened) -> list[Act]:
    what = str(event.facts["what"])
    name, _, rest = what.partition("_")
    return REMINDERS[name](office, case, rest)


def _work(case: Case, to: str, text: Text, *rows: tuple[Press, ...]) -> Tell:
    return Tell(to, text, (*rows, (open_button(case),)), case.number)


def _accept(office: Office, case: Case, rest: str) -> list[Act]:
    """Not taken in time: it goes to somebody else. Where there is nobody else it stays, or it would be nobody's."""
    others = {key: load for key, load in office.load().items() if key != case.mediator}
    free = independence.next_mediator(others, case.barred | case.passed_over)
    if not free and all(key in case.barred for key in office.managers()):
        text = T("remind_accept", "<b>{ref}</b>: there is nobody else. Please take it, or pass it on with a reason.",
                 ref=Number(case.number))  # fmt: skip
        rows = (Press(T("b_take", "Take it"), "take", case.number, "primary"),
                Press(T("b_decline", "Pass on"), "decline", case.number))  # fmt: skip
        return [Tell("mediator", text, (rows,), case.number)]
    return [by_bot(office, case.number, "passed", mediator=case.mediator)]


def _reply(office: Office, case: Case, rest: str) -> list[Act]:
    text = T("remind_reply", "<b>{ref}</b>: somebody must contact the client by {day}. Nobody has taken it yet.",
             ref=Number(case.number), day=reply_by(office, case))  # fmt: skip
    return [_work(case, "managers", text, (Press(T("b_take", "Take it"), "take", case.number),))]


def _letter(office: Office, case: Case, rest: str) -> list[Act]:
    if rest == "late":
        text = T("remind_letter_late", "<b>{ref}</b>: the letter that we received it is late.", ref=Number(case.number))
    else:
        text = T("remind_letter", "<b>{ref}</b>: send the letter that we received it. It is due in two days.",
                 ref=Number(case.number))  # fmt: skip
    row = (Press(T("b_letter", "Make the letter"), "letter", case.number, "primary"),
           Press(T("b_letter_pdf", "Letter (PDF)"), "letter_pdf", case.number))  # fmt: skip
    told: list[Act] = [_work(case, to, text, row) for to in (both(case) if rest == "late" else (handler(case),))]
    clerk = case.history[0].by  # who registered it has the letter to send, and may read no more than that
    return told if clerk in case.barred else [*told, Tell(f"@{clerk}", text, (row,), case.number)]


def _outcome(office: Office, case: Case, rest: str) -> list[Act]:
    text = T("remind_outcome", "<b>{ref}</b>: send the outcome by {deadline}.", ref=Number(case.number),
             deadline=decide_by(office, case))  # fmt: skip
    return [_work(case, handler(case), text)]


def _late(office: Office, case: Case, rest: str) -> list[Act]:
    text = T("remind_late", "<b>{ref}</b> is late. The outcome was due by {deadline}.", ref=Number(case.number),
             deadline=decide_by(office, case))  # fmt: skip
    return [_work(case, to, text) for to in both(case)]


def _answer(office: Office, case: Case, rest: str) -> list[Act]:
    arg = f"{case.number}:{case.proposals}"
    text = T("remind_answer", "You have not answered the outcome of complaint {ref} yet. Is it fine like this?",
             ref=Number(case.number))  # fmt: skip
    rows: Rows = (
        (Press(T("b_agree_outcome", "This is fine"), "agree", arg, "success"),),
        (Press(T("b_disagree", "I disagree"), "disagree", arg),),
    )
    return [Tell("client", text, rows, case.number)]


def _silent(office: Office, case: Case, rest: str) -> list[Act]:
    text = T("remind_silent", "<b>{ref}</b>: the client did not answer the outcome. You may close it.",
             ref=Number(case.number))  # fmt: skip
    return [_work(case, handler(case), text)]


def _question(office: Office, case: Case, rest: str) -> list[Act]:
    number, _, days = rest.partition("_")
    about: dict[str, Field] = {
        "ref": Number(case.number),
        "question": next(question.text for question in case.asked if question.number == int(number)),
    }
    if days == "21":
        text = T("remind_no_answer", "<b>{ref}</b>: the client did not answer your question. Go on with what you know."
                 "\n{question}", **about)  # fmt: skip
        return [_work(case, handler(case), text)]
    text = T("remind_question", "We asked you something about complaint {ref}:\n{question}", **about)
    answer = Press(T("b_answer", "Answer"), "reply", f"{case.number}:{number}", "primary")
    return [Tell("client", text, ((answer,),), case.number)]


def _account(office: Office, case: Case, rest: str) -> list[Act]:
    """To the colleague as they were asked, without a word of the client; and whoever waits for it hears so."""
    who = rest.partition("_")[2]
    asked = next(event.facts["text"] for event in case.owed_accounts if event.facts["who"] == who)
    staff = T("remind_account_mediator", "<b>{ref}</b>: {name} has not given an account yet. Speak to them.",
              ref=Number(case.number), name=office.facts.firm.name_of(who))  # fmt: skip
    text = T("remind_account", "<b>Your account of {ref} is still asked</b>\n{words}", ref=Number(case.number),
             words=Quote(str(asked)))  # fmt: skip
    give = ((Press(T("b_account", "Give my account"), "account", case.number, "primary"),),)
    return [Tell(f"@{who}", text, give), _work(case, handler(case), staff)]


def _safety(office: Office, case: Case, rest: str) -> list[Act]:
    last = local_day(case.danger_at or case.received, office.facts.zone) + timedelta(days=int(rest))
    text = T("remind_safety", "<b>{ref}</b>: decide if the incident is reported. The term of {days} days: {day}.",
             ref=Number(case.number), days=int(rest), day=last)  # fmt: skip
    row = (Press(T("b_incident", "Decide"), "incident", case.number, "primary"),)
    return [_work(case, to, text, row) for to in dict.fromkeys(("safety", handler(case)))]


def _measure(office: Office, case: Case, rest: str) -> list[Act]:
    index, _, when = rest.partition("_")
    measure = case.measures[int(index)]
    assert measure.due is not None
    about: dict[str, Field] = {"ref": Number(case.number), "what": measure.what, "due": measure.due}
    text = T("remind_measure", "<b>{ref}</b>: a measure is due by {due}.\n{what}", **about)
    to = [doer(office, case, measure.owner)]
    if when == "late":
        text = T("remind_measure_late", "<b>{ref}</b>: a measure is late. It was due by {due}.\n{what}", **about)
        to.append("managers")
    done = ((Press(T("b_done", "Done"), "done", case.number, "primary"),),)
    return [Tell(who, text, done, case.number) for who in dict.fromkeys(to)]


def _effect(office: Office, case: Case, rest: str) -> list[Act]:
    """Weeks later: the client with one tap, and the owner of the measure."""
    measure = case.measures[int(rest)]
    rows: Rows = (
        (
            Press(T("b_effect_yes", "It stayed away"), "effect", f"{case.number}:{rest} yes"),
            Press(T("b_effect_no", "It came back"), "effect", f"{case.number}:{rest} no"),
        ),
    )
    client = T("effect_client", "We changed something because of complaint {ref}. Did the problem stay away?",
               ref=Number(case.number))  # fmt: skip
    owner = T("effect_owner", "<b>{ref}</b>: did this work?\n{what}", ref=Number(case.number), what=measure.what)
    told = [Tell(doer(office, case, measure.owner), owner, rows, case.number)]
    if case.closed_as in SURVEYED and not case.signal:  # who withdrew, or wants no answer, is left in peace
        told.append(Tell("client", client, rows, case.number))
    return [*told]


def _promise(office: Office, case: Case, rest: str) -> list[Act]:
    index, _, when = rest.partition("_")
    promise = case.promises[int(index)]
    about: dict[str, Field] = {"ref": Number(case.number), "what": promise.what, "due": promise.due}
    text = T("remind_promise", "<b>{ref}</b>: you promised the client this by {due}.\n{what}", **about)
    if when == "late":
        text = T("remind_promise_late", "<b>{ref}</b>: a promise to the client is late.\n{what}", **about)
    rows: Rows = (
        (
            Press(T("b_kept", "Yes, kept"), "keep", f"{case.number}:{index} yes"),
            Press(T("b_missed", "No"), "keep", f"{case.number}:{index} no"),
        ),
    )
    return [Tell(who, text, rows, case.number) for who in (both(case) if when == "late" else (handler(case),))]


def _waits(office: Office, case: Case, rest: str) -> list[Act]:
    text = T("remind_waits", "<b>{ref}</b> has waited a week for your next step.", ref=Number(case.number))
    return [_work(case, handler(case), text)]


def _survey(office: Office, case: Case, rest: str) -> list[Act]:
    text = T("survey_ask", "Complaint {ref} is closed. Do you want to tell how it went? It takes one minute.",
             ref=Number(case.number))  # fmt: skip
    return [Tell("client", text, ((Press(T("b_survey", "Tell how it went"), "survey", case.number),),), case.number)]


def _forget(office: Office, case: Case, rest: str) -> list[Act]:
    assert case.forget_by is not None
    text = T("remind_forget", "<b>{ref}</b>: the client asked to delete the data. Decide by {day}.",
             ref=Number(case.number), day=case.forget_by)  # fmt: skip
    return [_work(case, "managers", text, (Press(T("b_decide_request", "Decide"), "request", case.number, "primary"),))]


REMINDERS: dict[str, Callable[[Office, Case, str], list[Act]]] = {
    "accept": _accept, "reply": _reply, "letter": _letter, "outcome": _outcome, "late": _late, "answer": _answer,
    "silent": _silent, "question": _question, "account": _account,
    "safety": _safety, "measure": _measure, "effect": _effect,
    "promise": _promise, "survey": _survey, "waits": _waits, "forget": _forget,
}  # fmt: skip
