"""The tables we keep, and how people, conversations and cases go in and out of them. The only reader of their shapes.

A case is kept as its events, sealed under a key of its own; the `cases` row beside them holds only what must be
found quickly (whose, status, when the clock is next needed) and the `register` row what is counted. All three are
written together by `append`, so none can be without the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from handlers.conversation import Answer, Attachment
from handlers.firm import Firm
from handlers.procedure import deadlines, register
from handlers.procedure.case import Case, Happened, after, fold
from handlers.procedure.likeness import traits
from storage.store import Kind, Tx

AT_ANY_HOUR = {"safety", "accept"}  # the law's term runs at night; a case that nobody takes goes on to the next
UPDATES = Kind("updates", "update", index=("at",))
PEOPLE = Kind("people", "person", sealed_by="subject")
STAFF = Kind("staff", "key", index=("person",))
TALKS = Kind("talks", "talk", index=("person", "next", "about"), sealed_by="subject")
CASES = Kind(
    "cases",
    "number",
    index=(
        "client", "mediator,open", "open", "open,rubric", "next_due", "any_hour", "outcome_by", "kept_until", "owes",
        "received",
    ),
)  # fmt: skip
# What of a case can be the same in another (handlers/procedure/likeness.py). Sealed: a lot or a name tells whose it is.
TRAITS = Kind("traits", "number", index=("received",), sealed_by="subject")
EVENTS = Kind("events", "id", index=("case",), sealed_by="subject")
REGISTER = Kind(
    "register",
    "number",
    # Several together, so that a summary (handlers/procedure/summary.py) is counted from an index alone.
    index=(
        "received,rubric", "closed,kind,rubric", "closed,rubric,days", "closed,satisfaction",
        "open,outcome,outcome_by,rubric", "mediator",
        "open,received,rubric", "imported,received",
    ),
)  # fmt: skip
OUTBOX = Kind(
    "outbox",
    "id",
    index=("chat,state,due", "state,due,chat", "case"),
    plain=("slot", "order", "role", "at", "attempts"),
    sealed_by="subject",
)
SLOTS = Kind("slots", "name", index=("chat", "message", "case"))
INVITES = Kind("invites", "hash")
SAID = Kind("said", "name", index=("case",), sealed_by="subject")  # a client's message of a case, to know its edit
DECISIONS = Kind("decisions", "id", index=("rubric",))  # what a manager decided about a topic, and when
DIARY = Kind("diary", "name")  # what the clock did for the firm as a whole: digests sent, signals told, last seen

ROWS = 2  # the shape of the rows made of events (cases, register, traits): with a new column it is one more
CLOCK = "clock"  # the diary's note of it: when it was last seen, since when it runs evenly, until when to wait
TERMS = "terms"  # and of the terms the rows were made with

KINDS = (UPDATES, PEOPLE, STAFF, TALKS, CASES, TRAITS, EVENTS, REGISTER, OUTBOX, SLOTS, INVITES, SAID, DECISIONS, DIARY)


def person_subject(person: int) -> str:
    """Whose key seals a person's profile, conversations and messages."""
    return f"p:{person}"


def case_subject(number: str) -> str:
    return f"c:{number}"


# Cases ---------------------------------------------------------------------------------------------------


def stored(number: str, place: int, event: Happened) -> dict[str, Any]:
    """An event as a row; rows of a case sort by their id."""
    return {
        "id": f"{number}:{place:05}", "case": number, "subject": case_subject(number), "kind": event.kind,
        "at": event.at.isoformat(), "by": event.by, "facts": dict(event.facts), "v": event.v,
    }  # fmt: skip


def lifted(row: Mapping[str, Any]) -> Happened:
    return Happened(row["kind"], datetime.fromisoformat(row["at"]), row["by"], row["facts"], row["v"])


HIDDEN = "█"
_ANSWER = tuple(field.name for field in fields(Answer))


def load_case(tx: Tx, number: str, upto: int | None = None) -> Case | None:
    """The case as it is, or as it was after *upto* events."""
    rows = tx.find(EVENTS.name, case=number)
    return folded(number, rows, upto) if rows else None


def folded(number: str, rows: Iterable[Mapping[str, Any]], upto: int | None = None) -> Case:
    """The case that *rows* tell, with what was hidden in it hidden, also if that was only later."""
    events = [lifted(row) for row in sorted(rows, key=lambda row: str(row["id"]))]
    words = [str(event.facts["word"]) for event in events if event.kind == "redacted" and event.facts["word"]]
    if words:
        events = [replace(event, facts=without(event.facts, words)) for event in events]
    return fold(number, events[:upto])


WORDED = frozenset(
    "text story topic device when clarified wishes for_other name reach what reason looked_at for_you change personal "
    "went_wrong judgement advice follow_up before word facts caption".split()
)  # the facts that hold somebody's words; codes and keys are not struck out, or the register would not fit any more


def without(facts: Any, words: Sequence[str], worded: bool = False) -> Any:
    """*facts* with each of *words* struck out wherever somebody's words hold it."""
    match facts:
        case str() if worded:
            for word in words:
                facts = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN * 4, facts, flags=re.IGNORECASE)
            return facts
        case dict():
            result = isinstance(facts.get("measure"), int)  # of a measure that was done: words; of an outcome: a code
            return {
                name: without(fact, words, name in WORDED or (name == "result" and result))
                for name, fact in facts.items()
            }
        case list() | tuple():
            return [without(fact, words, worded) for fact in facts]
    return facts


def destroy(tx: Tx, number: str, word: str) -> None:
    """Strike *word* out of what is kept of a case, for good: the one change ever made to an event."""
    for row in tx.find(EVENTS.name, case=number):
        tx.put(EVENTS.name, {**row, "facts": without(row["facts"], [word])})
    for row in tx.find(SAID.name, case=number):
        tx.put(SAID.name, {**row, "text": without(row["text"], [word], worded=True)})
    for row in tx.find(TALKS.name, about=number):
        words = {name: without(row.get(name, []), [word]) for name in ("answers", "kept", "attached")}
        asked = {**row["asked"], "html": without(row["asked"]["html"], [word], worded=True)} if row["asked"] else None
        tx.put(TALKS.name, {**row, **words, "asked": asked})
    for row in tx.find(OUTBOX.name, case=number):
        tx.put(OUTBOX.name, {**row, "action": without(row["action"], [word])})


def append(tx: Tx, firm: Firm, zone: ZoneInfo, case: Case | None, number: str, event: Happened) -> Case:
    """Write *event*, and with it the rows that follow from the case as it is now."""
    row = stored(number, len(case.history) if case else 0, event)
    tx.add(EVENTS.name, row)
    before, case = case, after(case, number, replace(event, facts=row["facts"]))
    tx.put(CASES.name, case_row(case, firm, zone))
    tx.put(REGISTER.name, register.row(case, firm, zone))
    if before is None or traits(before) != traits(case):
        tx.put(TRAITS.name, traits_row(case, zone))
    tx.audit({"what": event.kind, "case": number, "by": event.by, "at": row["at"]})
    return case


def traits_row(case: Case, zone: ZoneInfo) -> dict[str, Any]:
    received = deadlines.local_day(case.received, zone).isoformat()
    return {"number": case.number, "subject": case_subject(case.number), "received": received, **traits(case)}


def case_row(case: Case, firm: Firm, zone: ZoneInfo) -> dict[str, Any]:
    due, kept = deadlines.due(case, firm.terms, zone), deadlines.kept_until(case, firm.retention, zone)
    return {
        "number": case.number, "client": case.client, "mediator": case.mediator, "open": "yes" if case.open else "no",
        "next_due": ceil(due[0].at.timestamp()) if due else None,
        "any_hour": next((ceil(one.at.timestamp()) for one in due if one.series in AT_ANY_HOUR), None),
        "outcome_by": deadlines.outcome_by(case, firm.terms, zone).isoformat(),
        "received": deadlines.local_day(case.received, zone).isoformat(), "rubric": case.rubric,
        "kept_until": kept.isoformat() if kept else None, "owes": _owes(case, firm, zone),
    }  # fmt: skip


def fits(tx: Tx, firm: Firm, zone: ZoneInfo) -> bool:
    """Were the rows made with the terms the firm has now? A record that notes nothing is taken at its word."""
    noted = tx.get(DIARY.name, TERMS)
    return noted is None or noted == _terms(firm, zone)


def refit(tx: Tx, firm: Firm, zone: ZoneInfo) -> None:
    """Make the rows that follow from the events again when the firm changed its terms, for dates stand in them, or we
    changed the rows. All in one go, or summaries would count half by the old ones; it is rare."""
    terms = _terms(firm, zone)
    if tx.get(DIARY.name, TERMS) == terms:
        return
    for row in list(tx.every(CASES.name)):
        case = load_case(tx, str(row["number"]))
        if case is None:
            continue
        follow = ((CASES, case_row(case, firm, zone)), (REGISTER, register.row(case, firm, zone)),
                  (TRAITS, traits_row(case, zone)))  # fmt: skip
        for kind, made in follow:
            if tx.get(kind.name, case.number) != made:
                tx.put(kind.name, made)
    tx.put(DIARY.name, terms)


def _terms(firm: Firm, zone: ZoneInfo) -> dict[str, Any]:
    return {"name": TERMS, "rows": ROWS, "zone": zone.key, **asdict(firm.terms), **asdict(firm.retention)}


def _owes(case: Case, firm: Firm, zone: ZoneInfo) -> str | None:
    """The first day that is the last one for something: the day after it, the case is among what is late."""
    return min((day.isoformat() for _, day in deadlines.owed(case, firm.terms, zone)), default=None)


def erase_case(tx: Tx, number: str, today: date) -> None:
    """Destroy all that was said in a case: events, messages, files and the key. Its row in the register counts on."""
    for row in tx.find(TALKS.name, about=number):
        tx.discard(TALKS.name, row["talk"])
    for row in tx.find(SLOTS.name, case=number):
        tx.remove(SLOTS.name, row["name"])
    tx.erase(case_subject(number))
    tx.remove(CASES.name, number)
    kept = tx.get(REGISTER.name, number)
    if kept is not None:
        tx.put(REGISTER.name, register.erased(kept, today))
    tx.audit({"what": "erased", "case": number, "by": "bot", "at": today.isoformat()})


def about_case(subject: str) -> bool:
    """Is a conversation about *subject* about a case, by its number? Others are about something new, or the firm."""
    return len(subject) == 8 and subject == subject.upper()  # a number may be digits only


def months(tx: Tx, since: date, today: date, rubrics: Iterable[str]) -> dict[str, list[int]]:
    """Complaints received per topic in each whole month from *since* on, oldest first; without the running month."""
    first = since.replace(day=1)
    count = (today.year - first.year) * 12 + today.month - first.month
    found: dict[str, list[int]] = {rubric: [0] * count for rubric in rubrics}
    for place in range(count):
        month = first.month - 1 + place
        start = date(first.year + month // 12, month % 12 + 1, 1)
        last = date(start.year + start.month // 12, start.month % 12 + 1, 1) - timedelta(days=1)
        for (rubric,), n in tx.tally(
            REGISTER.name, ("rubric",), received=(start.isoformat(), last.isoformat())
        ).items():
            found.setdefault(rubric, [0] * count)[place] = n
    return found


def begun(tx: Tx) -> date | None:
    """When the bot took in its first complaint; what an older register brought does not count."""
    first = tx.find(REGISTER.name, imported="", order="received", limit=1)
    return date.fromisoformat(str(first[0]["received"])) if first else None


# Conversations -------------------------------------------------------------------------------------------


def answers_of(row: Mapping[str, Any]) -> dict[str, Answer]:
    """A conversation's answers, oldest first."""
    return {name: answer_of(given) for name, given in row["answers"]}


def answer_of(given: Mapping[str, Any]) -> Answer:
    file = given.get("file")
    return Answer(**{**given, "file": Attachment(**file) if file else None})


def answers_row(answers: Mapping[str, Answer]) -> list[list[Any]]:
    """Pairs, not an object: the order in which answers were given is part of what is kept."""
    return [[name, answer_row(given)] for name, given in answers.items()]


def answer_row(given: Answer) -> dict[str, Any]:
    """What `answer_of` reads; by hand, for `asdict` copies all it finds and took a tenth of every turn."""
    row = {name: getattr(given, name) for name in _ANSWER}
    return row | {"file": asdict(given.file)} if given.file else row


# Staff ---------------------------------------------------------------------------------------------------


def staff(tx: Tx) -> Sequence[dict[str, Any]]:
    """Everybody who joined with an invitation; a handful, so they are read whole."""
    return list(tx.every(STAFF.name))
