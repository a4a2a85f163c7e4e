"""The office: what handlers may look up, and the outbox their messages go into, inside one transaction.

It answers `handlers.acts.Office` from the store and knows who "client", "mediator" and "managers" are. It decides
nothing about complaints. The surprising truth: nothing is sent here; a message is a row, written with its cause.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot import record
from bot.buttons import remember
from bot.events import Action, Answer, Edit, Keyboard, Paper, Send, Show, packed
from bot.health import Machine, measured
from bot.record import CASES, DECISIONS, OUTBOX, PEOPLE, REGISTER, SLOTS, TALKS, TRAITS, about_case
from bot.words import Words, split
from handlers.acts import Print, Tell
from handlers.client.intake import shown
from handlers.conversation import Answers
from handlers.facts import Facts, Health
from handlers.firm import Firm
from handlers.procedure import steps
from handlers.procedure.case import Case
from handlers.procedure.deadlines import local_day
from handlers.procedure.likeness import Alike, look_alikes, traits
from handlers.procedure.steps import Actor
from handlers.texts import In, Number, T, Text
from storage.store import Tx

YEAR = timedelta(days=365)
LONGEST_CAPTION = 1024  # characters below a picture (core.telegram.org/bots/api#sendphoto)
PICTURED = "picture-"  # begins the slot of a picture with buttons
JOINABLE = 8  # complaints offered to join another to
log = logging.getLogger(__name__)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0, 1, I or O: read aloud and typed over without mistakes


@dataclass(slots=True)
class Rules:
    """What stays the same from turn to turn, until `become` puts what was read anew in its place between two turns."""

    firm: Firm
    zone: ZoneInfo
    words: Words
    names: Mapping[str, Mapping[str, int]]
    examples: Mapping[tuple[str, str], tuple[tuple[bool, str], ...]] = field(default_factory=dict)
    machine: Callable[[], Machine] = Machine  # how the bot that runs is doing

    def become(self, other: Rules) -> None:
        self.firm, self.zone, self.words = other.firm, other.zone, other.words


def for_who_handles(case: Case, tell: Tell) -> Tell:
    """A notice to a client without Telegram is a task for whoever handles the case: tell it yourself."""
    text = T(
        "tell_client",
        "<b>{ref}: tell the client yourself</b>\n{name}, {contact}\n\n{text}",
        ref=Number(case.number),
        name=shown(case.complaint.name),
        contact=shown(case.complaint.reach),
        text=In(case.language, tell.text),
    )
    return Tell("mediator" if case.accepted else "managers", text, tell.buttons, case.number, files=tell.files)


class Office:
    """One turn's view of the record."""

    def __init__(self, tx: Tx, rules: Rules, now: datetime, chance: Random, actor: Actor) -> None:
        self.tx, self.rules, self.now, self.chance, self.actor = tx, rules, now, chance, actor
        self.pressed = 0  # the message whose button was pressed, for acts that replace it
        self.instant: list[Action] = []  # best effort, after the commit: answers to presses
        self.query = ""
        self.spoken: Answers = {}  # the answers of the conversation that has just ended
        self.soonest = math.inf  # when the clock first has to look at what this turn wrote (UTC seconds)
        self._order = 0
        self._told: set[tuple[int, str]] = set()

    # Looking up (the protocol of handlers.acts.Office) ---------------------------------------------------

    @property
    def facts(self) -> Facts:
        return self._facts(None)

    @property
    def today(self) -> str:
        """The firm's day, as dates are kept."""
        return local_day(self.now, self.rules.zone).isoformat()

    def _facts(self, case: Case | None) -> Facts:
        firm, zone = self.rules.firm, self.rules.zone
        today = local_day(self.now, zone)
        facts = Facts(firm, zone, self.now, today, self.rules.names, self.actor, case)
        if case is None or not self.actor.roles:
            return facts
        staff = record.staff(self.tx)
        joined = tuple((str(row["key"]), firm.name_of(str(row["key"]))) for row in staff)
        return replace(
            facts, colleagues=joined, alike=cache(partial(self._alike, case, today)),
            eligible=cache(partial(self._eligible, case)), others=cache(partial(self._others, case)),
        )  # fmt: skip

    def _alike(self, case: Case, today: date) -> Mapping[str, Alike]:
        """What other complaints of 12 months have in common with this one."""
        year = self.tx.find(TRAITS.name, received=((today - YEAR).isoformat(), today.isoformat()))
        return look_alikes(traits(case), (row for row in year if row["number"] not in (case.number, *case.related)))

    def _eligible(self, case: Case) -> tuple[tuple[str, int], ...]:
        free = {key: load for key, load in self.load().items() if key not in case.barred and key != case.mediator}
        return tuple(sorted(free.items(), key=lambda pair: (pair[1], pair[0])))

    def _others(self, case: Case) -> tuple[str, ...]:
        """Open complaints this one may be joined to: of the same client, as far as we can tell. A number of somebody
        else's complaint would be told to this client; who has no Telegram may be anybody, which a manager knows."""
        if "manager" not in self.actor.roles:
            return ()
        found = self.tx.find(CASES.name, client=case.client, newest=True) if case.online else []
        found += self.tx.find(CASES.name, client=0, newest=True, limit=40)
        if not case.online:
            found += self.tx.find(CASES.name, open="yes", newest=True, limit=40)
        numbers = dict.fromkeys(str(row["number"]) for row in found if row["open"] == "yes")
        seen = (self.case(number) for number in numbers if number != case.number)
        return tuple(one.number for one in seen if one and steps.can(self.actor, "related", one))[:JOINABLE]

    def new_number(self) -> str:
        while True:
            number = "".join(self.chance.choice(ALPHABET) for _ in range(8))
            if self.tx.get(REGISTER.name, number) is None:  # which also knows what was erased or came from elsewhere
                return number

    def case(self, number: str) -> Case | None:
        return record.load_case(self.tx, number)

    def _cases(self, **where: Any) -> list[Case]:
        rows = self.tx.find(CASES.name, order="outcome_by", **where)
        found = (self.case(str(row["number"])) for row in rows)
        # And not those whom it is about, or who do a measure of it; an admin only what nobody else can give away.
        theirs = {"mediator", "assigned", "manager", "admin"}
        return [case for case in found if case is not None and steps.relations(self.actor, case) & theirs]

    def cases_of_client(self, client: int) -> Sequence[Case]:
        mine = (self.case(str(row["number"])) for row in self.tx.find(CASES.name, client=client, newest=True))
        return [case for case in mine if case]

    def cases_of_mediator(self, key: str) -> Sequence[Case]:
        return self._cases(mediator=key, open="yes")

    def open_cases(self, rubric: str | None = None) -> Sequence[Case]:
        return self._cases(open="yes", **({} if rubric is None else {"rubric": rubric}))

    def still_owed(self) -> Sequence[Case]:
        return self._cases(owes=(None, (self.facts.today - timedelta(days=1)).isoformat()))

    def load(self) -> Mapping[str, int]:
        mediators = [
            str(row["key"])
            for row in record.staff(self.tx)
            if "mediator" in row["roles"] and str(row.get("away", "")) < self.today
        ]
        return {key: self.tx.count(CASES.name, mediator=key, open="yes") for key in mediators}

    def managers(self) -> tuple[str, ...]:
        return tuple(str(row["key"]) for row in record.staff(self.tx) if "manager" in row["roles"])

    def example(self, role: str) -> Sequence[tuple[bool, str]]:
        return self.rules.examples.get((role, self.actor.language), ())

    def away(self, key: str, until: str) -> None:
        row = self.tx.get(record.STAFF.name, key)
        if row is not None:
            self.tx.put(record.STAFF.name, row | {"away": until})

    def decide(self, rubric: str, facts: Mapping[str, object]) -> None:
        made = {"id": f"{self.chance.getrandbits(64):016x}", "rubric": rubric, "at": self.now.isoformat()}
        self.tx.add(DECISIONS.name, {**made, "by": self.actor.key, **facts})
        self.tx.audit({"what": "decided", "rubric": rubric, "by": self.actor.key, "at": made["at"]})

    def decisions(self, rubric: str) -> Sequence[Mapping[str, object]]:
        return self.tx.find(DECISIONS.name, rubric=rubric, newest=True)

    def months(self, since: date) -> Mapping[str, Sequence[int]]:
        rubrics = [rubric.code for rubric in self.rules.firm.rubrics]
        return record.months(self.tx, since, local_day(self.now, self.rules.zone), rubrics)

    def begun(self) -> date | None:
        return record.begun(self.tx)

    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]:
        return self.tx.tally(REGISTER.name, by, **where)

    def register(self, **where: object) -> Sequence[Mapping[str, object]]:
        return self.tx.find(REGISTER.name, **where)  # type: ignore[arg-type]

    def health(self) -> Health:
        return measured(self.tx, self.now, self.rules.machine())

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

    def recognise(self, language: str) -> None:
        """Who acts, as staff too. Who started the bot is "admin" and may be invited under a key of the firm's as well:
        all roles, that key."""
        joined = self.tx.find(record.STAFF.name, person=self.actor.id)
        keys = sorted((str(row["key"]) for row in joined), key=lambda key: self.rules.firm.colleague(key) is None)
        roles = frozenset(str(role) for row in joined for role in row["roles"])
        self.actor = replace(self.actor, language=language, key=keys[0] if keys else "", roles=roles)

    def keep(self, person: dict[str, Any]) -> None:
        self.tx.put(PEOPLE.name, person)

    def _chats(self, to: int | str, case: Case | None) -> list[tuple[int, str]]:
        """The chats and roles that *to* stands for; people the case is about are left out."""
        if isinstance(to, int):
            return [(to, "staff" if to == self.actor.id and self.actor.roles else "client")]
        if to == "client":
            return [(case.client, "client")] if case and case.online else []
        match to:
            case "mediator":
                keys: tuple[str, ...] = (case.mediator,) if case else ()
            case "managers":
                keys = self.managers()
            case "admins":
                keys = tuple(str(row["key"]) for row in record.staff(self.tx) if "admin" in row["roles"])
            case "safety":
                keys = tuple(person.key for person in self.rules.firm.people if person.responsible_for_safety)
            case _:
                keys = (to.removeprefix("@"),)
        named = isinstance(to, str) and to.startswith(
            "@"
        )  # one colleague, told of what is theirs, as the one barred is
        barred = case.barred if case and not named else frozenset[str]()
        staff = record.staff(self.tx)
        rows = [row for row in staff if row["key"] in keys and row["key"] not in barred]
        if (
            to == "mediator"
            and self.actor.key not in keys
            and any(str(row.get("away", "")) >= self.today for row in rows)
        ):
            rows += [row for row in staff if "manager" in row["roles"] and row["key"] not in (*barred, *keys)]
        if to == "safety" and not rows:  # who is responsible has not joined: a danger may not wait for that
            rows = [row for row in staff if "manager" in row["roles"] and row["key"] not in barred]
        if to in {"managers", "safety"} and not rows:  # the case is about the only manager: somebody must hear of it
            rows = [row for row in staff if "admin" in row["roles"] and row["key"] not in barred]
        if to == "managers" and not rows:
            log.error(
                "nobody may read or give away case %s: invite a manager it is not about", case.number if case else ""
            )
        return [(int(row["person"]), "staff") for row in rows]

    def reaches(self, to: int | str, case: Case | None = None) -> bool:
        """Is there anybody to tell?"""
        return bool(self._chats(to, case))

    def speaks(self, chat: int) -> str:
        if chat == self.actor.id:
            return self.actor.language
        return str(self.person(chat)["language"]) or self.rules.words.language(None)

    # Conversations ---------------------------------------------------------------------------------------

    def talk_row(self, subject: str) -> dict[str, Any] | None:
        """The conversation about *subject*; none about a case that is not this person's (any more)."""
        case = self.case(subject) if about_case(subject) else None
        if about_case(subject) and (case is None or not steps.may_see(self.actor, case)):
            return None
        return self.tx.get(TALKS.name, f"{self.actor.id}:{subject}")

    def keep_talk(self, row: dict[str, Any]) -> None:
        self.tx.put(TALKS.name, row)
        self.soonest = min(self.soonest, row["next"] or math.inf)

    def front(self) -> dict[str, Any] | None:
        """The conversation plain text belongs to."""
        subject = str(self.person(self.actor.id)["front"])
        return self.talk_row(subject) if subject else None

    def bring_to_front(self, subject: str) -> None:
        self.keep(self.person(self.actor.id) | {"front": subject})

    def case_facts(self, subject: str) -> Facts:
        return self._facts(self.case(subject) if about_case(subject) else None)

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
        if tell.to == "client" and case is not None and not case.online:
            tell = for_who_handles(case, tell)
        for chat, role in self._chats(tell.to, case):
            language = self.speaks(chat)
            pieces = split(self.rules.words.html(tell.text, language))
            if (chat, pieces[0]) in self._told:
                continue
            self._told.add((chat, pieces[0]))
            keyboard = self.rules.words.rows(tell.buttons, language)
            in_place = tell.in_place and self.pressed and chat == self.actor.id and len(pieces) == 1
            in_place = in_place and not self._is_picture(self.pressed)
            if in_place:
                self.post(chat, Edit(chat, self.pressed, pieces[0], keyboard), role=role, case=tell.case)
                continue
            self.send(chat, pieces, keyboard, role, tell.case, tell.slot)
            for file, kind in tell.files:
                self.post(chat, Show(chat, file, kind, protect=role == "staff"), role=role, case=tell.case)  # type: ignore[arg-type]

    def paper(self, wanted: Print) -> None:
        """A paper is a row like any message; it is made when it leaves, of the case as it is in this turn."""
        case, chat = self.case(wanted.case) if wanted.case else None, self.actor.id
        role = "staff" if self.actor.roles and not (case and case.client == chat) else "client"
        language, words = self.actor.language, self.rules.words
        caption, keyboard = words.html(wanted.caption, language), words.rows(wanted.buttons, language)
        shown = words.plain(wanted.caption, language)  # Telegram counts what is shown, in UTF-16
        if wanted.brief and len(shown.encode("utf-16-le")) // 2 > LONGEST_CAPTION:
            caption = words.html(wanted.brief, language)
        pressed = self.pressed if wanted.in_place and self._is_picture(self.pressed) else 0
        action = Paper(
            chat, wanted.paper, wanted.language or language, wanted.case, len(case.history) if case else 0, wanted.arg,
            caption, protect=role == "staff" and not wanted.leaves, keyboard=keyboard, message=pressed,
        )  # fmt: skip
        if keyboard and not pressed:
            remember(self.tx, chat, keyboard)
        slot = f"{PICTURED}{self.chance.getrandbits(64):016x}" if keyboard and not pressed else ""
        self.post(chat, action, role=role, case=wanted.case, slot=slot)
        self.tx.audit({"what": "paper", "paper": wanted.paper, "case": wanted.case, "by": self.actor.key or "client",
                       "at": self.now.isoformat()})  # fmt: skip

    def _is_picture(self, message: int) -> bool:
        """Whether a message of ours in this chat is a picture: it can be replaced by a picture only, and a text not."""
        found = self.tx.find(SLOTS.name, chat=self.actor.id, message=message) if message else []
        return any(str(slot["name"]).startswith(f"{self.actor.id}:{PICTURED}") for slot in found)

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
