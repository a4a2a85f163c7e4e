"""The office: what handlers may look up, and the outbox their messages go into, inside one transaction.

It answers `handlers.acts.Office` from the store and knows who "client", "mediator" and "managers" are. It decides
nothing about complaints. The surprising truth: nothing is sent here; a message is a row, written with its cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot import record
from bot.buttons import remember
from bot.events import Action, Answer, Edit, Keyboard, Send, Show, packed
from bot.record import CASES, OUTBOX, PEOPLE, REGISTER, SLOTS, TALKS
from bot.words import Words, split
from handlers.acts import Tell
from handlers.facts import Facts
from handlers.firm import Firm
from handlers.procedure import steps
from handlers.procedure.case import Case
from handlers.procedure.deadlines import local_day
from handlers.procedure.steps import Actor
from handlers.texts import Text
from storage.store import Tx

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0, 1, I or O: read aloud and typed over without mistakes


@dataclass(frozen=True, slots=True)
class Rules:
    """What stays the same from turn to turn."""

    firm: Firm
    zone: ZoneInfo
    words: Words
    names: Mapping[str, Mapping[str, int]]


class Office:
    """One turn's view of the record."""

    def __init__(self, tx: Tx, rules: Rules, now: datetime, chance: Random, actor: Actor) -> None:
        self.tx, self.rules, self.now, self.chance, self.actor = tx, rules, now, chance, actor
        self.pressed = 0  # the message whose button was pressed, for acts that replace it
        self.instant: list[Action] = []  # best effort, after the commit: answers to presses
        self.query = ""
        self._order = 0
        self._told: set[tuple[int, str]] = set()

    # Looking up (the protocol of handlers.acts.Office) ---------------------------------------------------

    @property
    def facts(self) -> Facts:
        return self._facts(None)

    def _facts(self, case: Case | None) -> Facts:
        similar = 0
        if case is not None and case.cause is not None:
            alike = self.tx.find(CASES.name, alike=f"{case.rubric}/{case.cause.code}")
            similar = sum(row["number"] != case.number for row in alike)
        firm, zone = self.rules.firm, self.rules.zone
        colleagues = tuple((str(row["key"]), firm.name_of(str(row["key"]))) for row in record.staff(self.tx))
        today = local_day(self.now, zone)
        return Facts(firm, zone, self.now, today, self.rules.names, self.actor, case, similar, colleagues)

    def new_number(self) -> str:
        while True:
            number = "".join(self.chance.choice(ALPHABET) for _ in range(8))
            if self.tx.get(CASES.name, number) is None:
                return number

    def case(self, number: str) -> Case | None:
        return record.load_case(self.tx, number)

    def _cases(self, **where: Any) -> list[Case]:
        rows = self.tx.find(CASES.name, order="outcome_by", **where)
        found = (self.case(str(row["number"])) for row in rows)
        return [case for case in found if case is not None and steps.relations(self.actor, case) - {"client"}]

    def cases_of_client(self, client: int) -> Sequence[Case]:
        mine = (self.case(str(row["number"])) for row in self.tx.find(CASES.name, client=client, newest=True))
        return [case for case in mine if case]

    def cases_of_mediator(self, key: str) -> Sequence[Case]:
        return self._cases(mediator=key, open="yes")

    def open_cases(self) -> Sequence[Case]:
        return self._cases(open="yes")

    def load(self) -> Mapping[str, int]:
        mediators = [str(row["key"]) for row in record.staff(self.tx) if "mediator" in row["roles"]]
        return {key: self.tx.count(CASES.name, mediator=key, open="yes") for key in mediators}

    def managers(self) -> tuple[str, ...]:
        return tuple(str(row["key"]) for row in record.staff(self.tx) if "manager" in row["roles"])

    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]:
        return self.tx.tally(REGISTER.name, by, **where)

    def draft(self) -> tuple[int, str] | None:
        row = self.talk_row("new")
        if row is None or not row["answers"]:
            return None
        until = local_day(datetime.fromisoformat(row["touched"]), self.rules.zone)
        return len(row["answers"]), (until + timedelta(days=self.rules.firm.retention.draft_days)).isoformat()

    # People ----------------------------------------------------------------------------------------------

    def person(self, chat: int) -> dict[str, Any]:
        return self.tx.get(PEOPLE.name, chat) or {
            "person": chat, "subject": record.person_subject(chat), "language": "", "front": "", "loose": [],
            "begun": 0,
        }  # fmt: skip

    def keep(self, person: dict[str, Any]) -> None:
        self.tx.put(PEOPLE.name, person)

    def _chats(self, to: int | str, case: Case | None) -> list[tuple[int, str]]:
        """The chats and roles that *to* stands for; people the case is about are left out."""
        if isinstance(to, int):
            return [(to, "staff" if to == self.actor.id and self.actor.roles else "client")]
        if to == "client":
            return [(case.client, "client")] if case else []
        match to:
            case "mediator":
                keys: tuple[str, ...] = (case.mediator,) if case else ()
            case "managers":
                keys = self.managers()
            case "safety":
                keys = tuple(person.key for person in self.rules.firm.people if person.responsible_for_safety)
            case _:
                keys = (to.removeprefix("@"),)
        barred = case.barred if case and to in {"managers", "safety"} else frozenset[str]()
        staff = record.staff(self.tx)
        rows = [row for row in staff if row["key"] in keys and row["key"] not in barred]
        if to == "managers" and not rows:  # the case is about the only manager: somebody must hear that it waits
            rows = [row for row in staff if "admin" in row["roles"] and row["key"] not in barred]
        return [(int(row["person"]), "staff") for row in rows]

    def speaks(self, chat: int) -> str:
        if chat == self.actor.id:
            return self.actor.language
        return str(self.person(chat)["language"]) or self.rules.words.language(None)

    # Conversations ---------------------------------------------------------------------------------------

    def talk_row(self, subject: str) -> dict[str, Any] | None:
        """The conversation about *subject*; none about a case that is not this person's (any more)."""
        case = None if subject == "new" else self.case(subject)
        if subject != "new" and (case is None or not steps.may_see(self.actor, case)):
            return None
        return self.tx.get(TALKS.name, f"{self.actor.id}:{subject}")

    def front(self) -> dict[str, Any] | None:
        """The conversation plain text belongs to."""
        subject = str(self.person(self.actor.id)["front"])
        return self.talk_row(subject) if subject else None

    def bring_to_front(self, subject: str) -> None:
        self.keep(self.person(self.actor.id) | {"front": subject})

    def case_facts(self, subject: str) -> Facts:
        return self._facts(None if subject == "new" else self.case(subject))

    # Messages --------------------------------------------------------------------------------------------

    def toast(self, text: Text) -> None:
        """Above the button that was pressed; as a message where there was none."""
        if self.query:
            self.instant.append(Answer(self.query, self.rules.words.plain(text, self.actor.language)))
            self.query = ""
        else:
            self.say(self.actor.id, text)

    def say(self, chat: int, text: Text) -> None:
        self.tell(Tell(chat, text))

    def tell(self, tell: Tell) -> None:
        case = self.case(tell.case) if tell.case else None
        for chat, role in self._chats(tell.to, case):
            language = self.speaks(chat)
            pieces = split(self.rules.words.html(tell.text, language))
            if (chat, pieces[0]) in self._told:
                continue
            self._told.add((chat, pieces[0]))
            keyboard = self.rules.words.rows(tell.buttons, language)
            in_place = tell.in_place and self.pressed and chat == self.actor.id and len(pieces) == 1
            if in_place:
                self.post(chat, Edit(chat, self.pressed, pieces[0], keyboard), role=role, case=tell.case)
                continue
            self.send(chat, pieces, keyboard, role, tell.case, tell.slot)
            for file, kind in tell.files:
                self.post(chat, Show(chat, file, kind, protect=role == "staff"), role=role, case=tell.case)  # type: ignore[arg-type]

    def send(self, chat: int, pieces: Sequence[str], keyboard: Keyboard, role: str, case: str, slot: str) -> None:
        remember(self.tx, chat, keyboard)
        for n, piece in enumerate(pieces, 1):
            last = n == len(pieces)
            action = Send(chat, piece, keyboard if last else (), protect=role == "staff")
            self.post(chat, action, role=role, case=case, slot=slot if last else "")

    def post(self, chat: int, action: Action, *, role: str, case: str = "", slot: str = "") -> None:
        """Put *action* into the outbox; it leaves after the commit."""
        self._order += 1
        row_id = f"{self.chance.getrandbits(64):016x}"
        self.tx.add(
            OUTBOX.name,
            {
                "id": row_id, "chat": chat, "slot": slot or row_id, "state": "pending", "due": self.now.timestamp(),
                "at": self.now.timestamp(), "order": self._order, "case": case,
                "subject": record.case_subject(case) if case else record.person_subject(chat), "role": role,
                "language": self.speaks(chat), "action": packed(action), "attempts": 0, "message": 0,
            },
        )  # fmt: skip

    def case_of_message(self, chat: int, message: int | None) -> str:
        """The case a message of ours belongs to, so that a reply lands there."""
        found = self.tx.find(SLOTS.name, chat=chat, message=message) if message else []
        return str(found[0]["case"]) if found else ""
