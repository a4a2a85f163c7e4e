"""What follows from what happened: for every event, who is told what, and what the bot does next.

One table, whatever road an event came by (command, button, reply or clock), so that no road forgets a notice; its
rooms hold the sentences. Not here: reminders (`handlers/reminders.py`) and Monday's digest. Staff notices carry
number, topic and dates, never a name or a story: they show on lock screens. The surprising truth: some of what
follows is not a message but the next event, as the offer to a mediator follows from receipt.
"""

from collections.abc import Callable

from handlers.acts import Act, Acts, Office
from handlers.notices import delay, ending, taking, talking, working
from handlers.procedure.case import Case, Happened
from handlers.reminders import reminded


def after(office: Office, case: Case, event: Happened) -> Acts:
    """What follows from *event*, which has just become part of *case*."""
    follows = FOLLOWS.get(event.kind)
    return tuple(follows(office, case, event)) if follows else ()


def _reminded(office: Office, case: Case, event: Happened) -> list[Act]:
    """A case without a mediator is offered anew, for somebody may be free by now; else who can give it away hears."""
    if str(event.facts["what"]).startswith("nobody_"):
        return taking.assign(office, case)
    return reminded(office, case, event)


FOLLOWS: dict[str, Callable[[Office, Case, Happened], list[Act]]] = {
    "received": taking.received, "assigned": taking.assigned, "accepted": taking.accepted,
    "declined": taking.passed_on, "passed": taking.passed_on, "objected": taking.objected, "barred": taking.barred,
    "unreachable": taking.unreachable,
    "added": talking.added, "completed": talking.added, "edited": talking.edited, "asked": talking.asked,
    "clarify": talking.clarify, "answered": talking.answered, "message": talking.message, "road": talking.road,
    "account_asked": talking.account_asked, "heard": talking.heard,
    "measure": working.measure, "done": working.done, "checked": working.checked, "promised": working.promised,
    "danger": working.danger, "rubric": working.rubric_set, "reportable": working.reportable,
    "extended": delay.extended, "longer_asked": delay.longer_asked, "longer_agreed": delay.longer_answered,
    "longer_refused": delay.longer_answered,
    "proposed": ending.proposed, "agreed": ending.agreed, "disagreed": ending.disagreed, "retried": ending.retried,
    "referred": ending.referred, "verdict": ending.verdict, "closed": ending.closed, "withdrawn": ending.withdrawn,
    "duplicate": ending.joined, "related": ending.related, "no_complaint": ending.no_complaint,
    "reopened": ending.reopened, "rated": ending.rated,
    "forget_asked": ending.forget_asked,
    "reminded": _reminded,
}  # fmt: skip
