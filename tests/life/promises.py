"""What was promised of every case, looked at after each act, from outside: the chats, the outbox and the record.

I1-I23 of the threat model; who must hear of what is in told.py, what a row of the procedure is in rows.py. The
surprising truth: words are canaries. Every complaint carries one that occurs nowhere else, and so every leak is a
message that holds it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any, ClassVar

from bot.record import EVENTS, REGISTER, STAFF, lifted
from bot.sandbox.script import NUMBER
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened, after
from handlers.procedure.steps import APART, BEFORE_CLOSING, STEPS, Actor, may_read, missing, relations
from storage.store import Tx
from tests.in_memory import InMemory
from tests.life import told
from tests.life.roads import BSN, CLIENTS, EVERYBODY, STAFF_NAMES
from tests.life.rows import rows_of

OURS = ("Something went wrong on our side", "Er ging bij ons iets mis", "Traceback")
EXEMPT = {"withdrawn", "duplicate", "no_complaint"}
CLOSING = {"closed", *EXEMPT}
YEARS = 2  # [retention] of the shipped organisation.toml
RESPONSIBLE_FOR_SAFETY = frozenset({"els"})  # the same
ALL_AGAIN = 10  # so often the whole history is read, though nothing seems to have happened
STEADY = timedelta(days=1)  # so long after a leap of the clock nothing is erased (P12)
CANARY, SECRET = re.compile(r"kanarie\d+"), re.compile(r"geheim\d+")


def all_rows(
    tx: Tx, known: int
) -> tuple[int, dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The events by case, oldest first; the register by number; the staff. And before them the number of the audit
    chain's last entry: while that is *known*, nothing happened, and the events are not read."""
    happened: dict[str, list[dict[str, Any]]] = {}
    number = tx.audit_head()[0]
    for row in tx.every(EVENTS.name) if number != known else ():
        happened.setdefault(str(row["case"]), []).append(row)
    for rows in happened.values():
        rows.sort(key=lambda row: str(row["id"]))
    return number, happened, {str(row["number"]): row for row in tx.every(REGISTER.name)}, list(tx.every(STAFF.name))


class Promises:
    """A world and what was seen of it so far; `check` compares."""

    seen: ClassVar[Counter[str]] = Counter()  # rows of the procedure and kinds of events, in all lives together

    def __init__(self, world: InMemory) -> None:
        self.world = world
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.cases: dict[str, Case] = {}
        self.heard: dict[str, dict[int, str]] = {}
        self.written: dict[str, set[str]] = {name: set() for name in EVERYBODY}  # canaries somebody typed
        self.home: dict[str, str] = {}  # canary → the case it lives in
        self.happened: list[tuple[Case | None, Case, Happened]] = []  # since the last act
        self.gone: set[str] = set()
        self.steady = world.time.now()  # since when the clock has not leapt
        self.looked = self.audited = 0

    def check(self, actor: int, clock: bool) -> None:
        self.looked += 1
        seen = self.audited if self.looked % ALL_AGAIN else -1
        self.audited, happened, register, staff = self.world.store.read_now(lambda tx: all_rows(tx, seen))
        self.happened.clear()
        before = dict(self.cases)
        if self.audited == seen:
            happened = self.rows
        for number, rows in happened.items():
            known = self.rows.get(number, [])
            fresh = self._same_so_far(number, known, rows)
            for row in fresh:
                self._happened(number, lifted(row), staff)
            if not fresh:
                continue
            self.rows[number] = rows
            case = self.cases[number]
            assert register[number]["status"] == case.status, f"the register differs from {number}"
            assert not case.mediator or case.mediator not in case.barred, f"{number}: a barred mediator"  # I8
        self._erased(set(happened), register)
        assert any("admin" in row["roles"] for row in staff)  # I16
        self._notices(actor, clock, staff)
        self._listen(before, staff)

    def _same_so_far(
        self, number: str, known: list[dict[str, Any]], rows: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """I5: what happened stays as it was; what came since."""
        assert rows[: len(known)] == known, f"the history of {number} changed"
        return rows[len(known) :]

    def _erased(self, kept: set[str], register: dict[str, dict[str, Any]]) -> None:
        """I23: gone is what is due, and nothing else; what is due is gone once the clock was steady for a day."""
        now = self.world.time.now()
        today = now.astimezone(self.world.rules.zone).date()
        due = {number for number, case in self.cases.items() if not case.open and self._last_day(case) < today}
        gone = self.cases.keys() - kept
        wished = {number for number in gone if self.cases[number].forget_by and not self.cases[number].open}
        for number in wished:  # a manager said yes to the client's request
            self._is_gone(number, register)
        gone -= wished
        due -= wished
        assert gone <= due, f"I23: {gone - due} erased before the end of their term"
        if now - self.steady < STEADY:
            assert not gone, f"I23: {gone} erased so soon after the clock leapt"
        else:
            assert gone == due, f"I23: {due - gone} not erased after their term"
        for number in gone:
            self._is_gone(number, register)

    def _is_gone(self, number: str, register: dict[str, dict[str, Any]]) -> None:
        assert register[number]["erased"], f"{number} is gone, and the register does not say so"
        del self.rows[number], self.cases[number]
        self.gone.add(number)
        self.seen["erased"] += 1

    def _notices(self, actor: int, clock: bool, staff: list[dict[str, Any]]) -> None:
        """I7: nothing leaves for anywhere but a person's own chat. I10, I11: who must hear does, and nobody else."""
        chats = {chat.id for chat in self.world.chats.values()}
        assert {row["chat"] for row in self.world.left} <= chats, "I7: something left for a chat that is nobody's"
        joined = {str(row["key"]): (int(row["person"]), frozenset(row["roles"])) for row in staff}
        colleagues, seen = told.Staff(joined, RESPONSIBLE_FOR_SAFETY), list[told.Seen]()
        for place, (before, case, event) in enumerate(self.happened, 1):
            later = [next_.kind for _, one, next_ in self.happened[place:] if one.number == case.number]
            main = self.cases.get(case.related[-1]) if case.closed_as == "duplicate" else None
            seen.append(told.Seen(event, before, case, colleagues, later, main))
        told.check(seen, told.notices(self.world.left), actor, clock)

    def _last_day(self, case: Case) -> date:
        """Until when a closed case is kept, by the calendar where the firm is."""
        closing = [event for event in case.history if event.kind in CLOSING][-1]
        day = closing.at.astimezone(self.world.rules.zone).date()
        return day.replace(year=day.year + YEARS, day=min(day.day, 28) if day.month == 2 else day.day)

    def _happened(self, number: str, event: Happened, staff: list[dict[str, Any]]) -> None:
        """One more event of a case: may it follow, from whom, and does it say what it must?"""
        case = self.cases.get(number)
        if case is None:
            assert event.kind == "received", f"{number} begins with {event.kind}"
            assert number not in self.home.values()  # I2
            self._note(number, None, event)
            for canary in CANARY.findall(json.dumps(event.facts, default=str)):
                self.home[canary] = number
            return
        assert event.kind != "received"
        actor = self._actor(event.by, case, staff)
        related = relations(actor, case)
        assert any(case.status in step.source and step.who & related for step in STEPS[event.kind]), (
            f"{number}: {event.kind} by {event.by} from {case.status}"
        )  # I4
        if event.kind == "reminded":
            what = event.facts["what"]
            due = deadlines.due(case, self.world.rules.firm.terms, self.world.rules.zone)
            assert any(one.what == what and one.at <= event.at for one in due), f"{number}: {what} too early"  # I12
            assert what not in case.reminded, f"{number}: {what} twice"
        if event.kind in CLOSING | {"agreed"}:
            assert event.by != "bot", f"{number} was {event.kind} by itself"  # I14, I18
        if event.kind == "agreed":
            assert case.outcome is not None and event.facts["version"] == case.outcome.version
        if event.kind == "referred":
            assert case.status == "disagreed" or "client" in related or case.closed_as in APART  # I15
        if event.kind == "closed":
            lacking = [need.name for need in missing(case, BEFORE_CLOSING)]
            assert not lacking, f"{number} was closed without {lacking}"  # I13
            agreed = [e for e in case.history if e.kind == "agreed"]
            assert event.facts["how"] != "agreed" or (
                case.outcome and agreed[-1].facts["version"] == case.outcome.version
            )
        self._note(number, case, event)
        assert self.cases[number].closed_as in {"", "agreed", "not_agreed", "no_answer", "verdict"} | EXEMPT

    def _note(self, number: str, before: Case | None, event: Happened) -> None:
        case = self.cases[number] = after(before, number, event)
        self.happened.append((before, case, event))
        self.seen[f"event {event.kind}"] += 1
        self.seen.update(rows_of(before, case, event))

    def _actor(self, by: str, case: Case, staff: list[dict[str, Any]]) -> Actor:
        if by == "bot":
            return Actor(0, "", "nl")
        if by == "client":
            return Actor(case.client, "", "nl")
        row = next(row for row in staff if row["key"] == by)
        return Actor(int(row["person"]), "", "nl", by, frozenset(row["roles"]))

    def _listen(self, before: dict[str, Case], staff: list[dict[str, Any]]) -> None:
        """Everything anybody has heard since the last act."""
        numbers = {f"{number[:4]}-{number[4:]}" for number in (*before, *self.cases)}
        secrets = {word for case in self.cases.values() for _, text, _ in case.notes for word in SECRET.findall(text)}
        for name, chat in self.world.chats.items():
            roles = [row for row in staff if row["person"] == chat.id]
            for message in chat.messages:
                if message["from"] != "bot" or self.heard[name].get(message["id"]) == message["text"]:
                    continue
                text = self.heard[name][message["id"]] = message["text"]
                assert not any(words in text for words in OURS), f"{name} heard: {text}"  # I20
                assert BSN not in text
                for canary in set(CANARY.findall(text)) - self.written[name]:  # I6
                    number = self.home[canary]
                    actor = Actor(chat.id, "", "nl", roles[0]["key"] if roles else "",
                                  frozenset(role for row in roles for role in row["roles"]))  # fmt: skip
                    states = [cases[number] for cases in (before, self.cases) if number in cases]
                    reads = any(may_read(actor, state) or self._joined(actor, state) for state in states)
                    assert reads, f"{name} read of {number}: {text}"
                if name not in STAFF_NAMES:
                    assert not secrets & set(SECRET.findall(text)), f"{name} read a note: {text}"
                if name in CLIENTS:
                    assert set(re.findall(rf"\b{NUMBER}\b", text)) <= numbers, f"no such complaint: {text}"  # I1

    def _joined(self, actor: Actor, case: Case) -> bool:
        """Who may read the case another was joined to reads that one too."""
        return any(case.number in one.related and may_read(actor, one) for one in self.cases.values())
