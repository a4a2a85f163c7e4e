"""Part C of the complaint form: every change of a case with its moment, its maker and what stood there before (L27)."""

from __future__ import annotations

from datetime import date

from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure.case import Case, Happened
from handlers.procedure.measures import CAUSES, label
from handlers.procedure.papers.paper import Table
from handlers.procedure.papers.words import ACKNOWLEDGED, CLOSED_AS, named
from handlers.texts import Field, Lines, Number, T

EVENTS = {
    "received": T("e_received", "complaint received"), "acknowledged": T("e_acknowledged", "receipt acknowledged"),
    "added": T("e_added", "client added something"), "edited": T("e_edited", "client changed a message"),
    "completed": T("e_completed", "client answered the other questions"),
    "asked": T("e_asked", "client asked something"),
    "clarify": T("e_clarify", "question to the client"),
    "answered": T("e_answered", "answer of the client"),
    "message": T("e_message", "message to the client"), "road": T("e_road", "client chose how"),
    "rubric": T("e_rubric", "topic"), "assigned": T("e_assigned", "offered to"),
    "accepted": T("e_accepted", "taken by"),
    "declined": T("e_declined", "passed on by"), "passed": T("e_passed", "not taken in time by"),
    "objected": T("e_objected", "client asked for somebody else"),
    "barred": T("e_barred", "involved, may not handle it"),
    "authority": T("e_authority", "whether the client agrees"), "note": T("e_note", "note"),
    "redacted": T("e_redacted", "a name was hidden"), "account_asked": T("e_account", "account asked"),
    "heard": T("e_heard", "account given"), "not_heard": T("e_not_heard", "other side not heard"),
    "cause": T("e_cause", "cause"), "measure": T("e_measure", "measure"), "no_measure": T("e_no_measure", "no measure"),
    "done": T("e_done", "measure carried out"), "checked": T("e_checked", "did the measure help"),
    "promised": T("e_promised", "promise"), "promise_kept": T("e_promise_kept", "promise kept or not"),
    "reportable": T("e_reportable", "incident reported or not"), "judged": T("e_judged", "incident or structural"),
    "no_prevention": T("e_no_prevention", "nothing that prevents"), "proposed": T("e_proposed", "outcome sent"),
    "agreed": T("e_agreed", "client agrees"),
    "disagreed": T("e_disagreed", "client disagrees"),
    "retried": T("e_retried", "looked at again"), "extended": T("e_extended", "more time"),
    "longer_asked": T("e_longer_asked", "still more time asked"),
    "longer_agreed": T("e_longer_yes", "client allows it"),
    "longer_refused": T("e_longer_no", "client does not allow it"),
    "referred": T("e_referred", "went to the committee"),
    "verdict": T("e_verdict", "decision of the committee"), "withdrawn": T("e_withdrawn", "stopped by the client"),
    "duplicate": T("e_duplicate", "joined to another"), "no_complaint": T("e_no_complaint", "not a complaint"),
    "related": T("e_related", "another was joined to it"), "closed": T("e_closed", "closed"),
    "reopened": T("e_reopened", "opened again"), "rated": T("e_rated", "how satisfied"),
    "forget_asked": T("e_forget_asked", "client asks to delete the data"),
    "forget_decided": T("e_forget_decided", "decided about that"),
    "unreachable": T("e_unreachable", "not reachable in Telegram"),
}  # fmt: skip
LONGEST = 200  # letters of somebody's words in part C
UNSAID = {"reminded", "received", "proposed"}  # told elsewhere in the form, or no change


def trail(facts: Facts, case: Case) -> Table:
    """Every change with its moment, its maker, what it says, and what stood there before (L27)."""
    rows: list[tuple[Field, ...]] = []
    before: dict[str, Field] = {}
    for event in case.history:
        if event.kind == "reminded":
            continue
        now = _said(facts, event)
        if event.kind in card.CORRECTED:
            was, before[event.kind] = before.get(event.kind), now
            now = T("p_was", "{now} (before: {before})", now=now, before=was) if was and was != now else now
        rows.append(
            (T("p_moment", "{at}", at=event.at), named(facts, event.by), EVENTS.get(event.kind, event.kind), now)
        )
    columns = T("p_when_col", "When"), T("p_who_col", "Who"), T("p_what_col", "What"), T("p_words_col", "Which")
    return Table(columns, tuple(rows))


def _said(facts: Facts, event: Happened) -> Field:
    told, firm = event.facts, facts.firm
    match event.kind:
        case kind if kind in UNSAID:
            return ""
        case "assigned" | "accepted" | "declined" | "passed":
            return firm.name_of(str(told.get("mediator", "")))
        case "account_asked":
            return firm.name_of(str(told["who"]))
        case "barred" if told.get("nobody"):
            return T("b_nobody_particular", "Nobody in particular")
        case "barred":
            return Lines(tuple(firm.name_of(str(key)) for key in told["named"]), by=", ")
        case "rubric":
            return firm.rubric(str(told["rubric"]))
        case "acknowledged":
            return ACKNOWLEDGED.get(str(told.get("how", "receipt")), "")
        case "cause":
            return T("p_cause_words", "{cause}: {words}", cause=label(str(told["code"]), CAUSES).label,
                     words=str(told["text"]))  # fmt: skip
        case "judged":
            return label(str(told["kind"]), card.KINDS).label
        case "measure" if "reason" in told:
            return T("p_measure_dropped", "{what}: taken back, because {words}", what=str(told["what"]),
                     words=str(told["reason"]))  # fmt: skip
        case "measure" if told["due"]:
            return T("p_measure_plan", "{what} ({who}, {day})", what=str(told["what"]),
                     who=firm.name_of(str(told["owner"])), day=date.fromisoformat(str(told["due"])))  # fmt: skip
        case "measure" | "promised":
            return str(told["what"])
        case "edited":
            return T("p_from_to", "First: {before}\nNow: {now}", before=str(told["before"]), now=str(told["text"]))
        case "extended" | "longer_asked" if "until" in told:
            return date.fromisoformat(str(told["until"]))
        case "referred" | "verdict":
            return date.fromisoformat(str(told["on"]))
        case "road":
            return card.ROADS[str(told["choice"])]
        case "duplicate":
            return Number(str(told["of"]))
        case "related":
            return Number(str(told["number"]))
        case "closed":
            return CLOSED_AS.get(str(told["how"]), str(told["how"]))
        case "rated":
            return T("p_of_five", "{score} of 5", score=str(told["score"]))
        case "redacted":
            return ""
        case "authority":
            return card.AUTHORITIES.get(str(told["text"]), str(told["text"]))
    words = str(told.get("result") or told.get("text") or told.get("reason") or "")
    if words == "#extension":
        return T("no_to_extension", "The client does not agree with more time.")
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"  # whole it stands in part A or B
