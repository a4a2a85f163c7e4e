"""Who must hear of what (I10), and that nobody hears of what did not happen (I11): the notices as the papers ask them.

A table of its own, from the rows of the life of a case and of its dates (docs/proof.md) and the roles of the glossary;
it does not read handlers/notices/, or it could only agree with it. It knows who, not in which words: those are
in the transcripts. The surprising truth: to whom a word like "handler" points is worked out here a second time, from
the case and the staff, because a notice to the wrong person is both a leak and a silence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.events import Paper, Send, Show, unpacked
from bot.sandbox.script import NUMBER
from handlers.procedure.case import Case, Happened

# client: who complained, or (without Telegram) whoever handles it, as a task   online: only in their own chat
# reader: a client who wants an answer      handler: who accepted it, else the managers      by: who did it
# gone: who had it before                   next: the managers, unless it is given to the next in the same breath
MUST: Mapping[str, str] = {
    "received": "online managers clerk danger next",  # L1 L2
    "acknowledged": "",  # L3 L4: the receipt or the letter said so itself
    "assigned": "mediator managers handed",  # L9 L14
    "accepted": "reader_if_open",  # L10 L12; of a closed one only what we learn goes on
    "declined": "gone managers client_who_knew next",  # L11
    "passed": "gone client_who_knew next",
    "objected": "gone client managers next",  # L14
    "barred": "gone_if_named client_if_named next",  # R20
    "related": "related gone_if_named client_if_named next_if_named",  # L24
    "added": "online handler_from_client too_long",
    "completed": "online handler_from_client",
    "edited": "handler",
    "asked": "client mediator_or_managers",
    "clarify": "client by",  # L5
    "answered": "online handler",  # L6
    "message": "client by",
    "road": "online handler",
    "rubric": "danger_unasked",  # L8
    "danger": "safety client",
    "account_asked": "whose_account",
    "heard": "handler_of_account",
    "measure": "owner_not_self",  # D5
    "done": "",
    "checked": "effect",
    "promised": "client",
    "reportable": "safety managers",
    "proposed": "client by",  # L15
    "agreed": "online handler",  # L16
    "disagreed": "client handler managers",  # L17
    "retried": "handler online",  # L19
    "referred": "online handler managers",  # L20
    "verdict": "client handler managers",  # L21
    "closed": "reader handler by",  # L22
    "withdrawn": "online handler managers mediator",  # L23: also who was only offered it
    "duplicate": "client held",  # L24
    "no_complaint": "client handler managers mediator",
    "reopened": "online handler managers next",  # L25
    "extended": "client managers by",  # L26
    "longer_asked": "client by",
    "longer_agreed": "online handler managers",
    "longer_refused": "client handler managers",
    "rated": "online",
    "forget_asked": "managers",
    "forget_decided": "",
    "unreachable": "mediator_or_managers",
    "about_asked": "client_asked",
    **dict.fromkeys(("authority", "note", "redacted", "not_heard", "cause", "no_measure", "promise_kept"), ""),
    **dict.fromkeys(("judged", "no_prevention"), ""),
}  # fmt: skip
REMINDED: Mapping[str, str] = {  # by the beginning of what is reminded of, the longest that fits
    "accept": "", "reply": "managers", "letter_soon": "handler clerk_too", "letter_late": "handler managers",
    "outcome": "handler", "late": "handler managers", "answer": "client", "silent": "handler", "question": "client",
    "safety": "safety handler", "measure": "owner", "effect": "owner surveyed", "promise": "keeper",
    "survey": "client", "nobody": "next", "waits": "handler", "forget": "managers",
    "account": "handler asked_account",
}  # fmt: skip
MAY: Mapping[str, str] = {  # who also hears of it, though nothing asks for that
    "accepted": "mediator", "done": "handler", "added": "client main", "completed": "client", "checked": "handler",
    "proposed": "handler", "related": "managers", "road": "client", "agreed": "client", "referred": "client",
    "longer_agreed": "client", "withdrawn": "client", "reopened": "client", "retried": "client", "answered": "client",
    "danger": "client", "rated": "client", "reminded": "handler mediator", "received": "client by",
}  # fmt: skip
WISHES = (  # passed on as they are: they change nothing in a case
    "vraagt om contact", "gegevens te wissen", "delete your data", "in een klacht die u niet mag lezen",
    "in a complaint that you may not read", "Een compliment", "Zo gaat u naar", "How to go to",
)  # fmt: skip
BY_CLOCK = ("klok", "clock", "Deze week", "Uw zaken deze week", "niet af", "not finished", "This week", "gevaar")

SAFETY_TOPICS = {"product_quality", "fit_pain", "warranty", "expertise"}  # `safety = true` in organisation.toml


@dataclass(frozen=True)
class Staff:
    """Who has joined: chat and roles, by key; and who of the firm is responsible for safety."""

    rows: Mapping[str, tuple[int, frozenset[str]]]
    safety: frozenset[str]

    def chats(self, keys: Iterable[str], case: Case | None = None) -> set[int]:
        """Of those who joined; without whom *case* is about."""
        barred = case.barred if case else frozenset[str]()
        return {self.rows[key][0] for key in keys if key in self.rows and key not in barred}

    def with_role(self, role: str, case: Case) -> set[int]:
        return self.chats((key for key, (_, roles) in self.rows.items() if role in roles), case)


@dataclass(frozen=True)
class Seen:
    """One event with all that decides who must hear of it."""

    event: Happened
    before: Case | None
    case: Case
    staff: Staff
    later: Sequence[str]  # what else happened to the case in the same breath
    main: Case | None  # the case it was joined to

    def to(self, words: str) -> set[int]:
        return set[int]().union(*(WHO[word](self) for word in words.split()))

    @property
    def name(self) -> str:
        """Under which it counts: that a new complaint was offered to somebody may stand in the word that it is new."""
        first = self.before.history[-1] if self.before else self.event
        new = self.event.kind == "assigned" and first.kind == "received" and first.at == self.event.at
        return f"reminded of {self.what}" if self.event.kind == "reminded" else "received" if new else self.event.kind

    @property
    def what(self) -> str:
        return max((name for name in REMINDED if str(self.event.facts["what"]).startswith(name)), key=len)

    @property
    def must(self) -> set[int]:
        if self.event.kind != "reminded":
            return self.to(MUST[self.event.kind])
        said = str(self.event.facts["what"])
        if self.what == "question" and said.endswith("_21"):  # L7
            return self.to("handler")
        late = " managers" if self.what in {"measure", "promise"} and said.endswith("_late") else ""
        return self.to(REMINDED[self.what] + late)

    @property
    def may(self) -> set[int]:
        return self.must | self.to(MAY.get(self.event.kind, ""))


def _client(seen: Seen) -> set[int]:
    if seen.case.client:
        return {seen.case.client}
    return _mediator(seen) if seen.case.accepted else _managers(seen)


def _online(seen: Seen) -> set[int]:
    return {seen.case.client} - {0}


def _mediator(seen: Seen) -> set[int]:
    return seen.staff.chats({seen.case.mediator}, seen.case)


def _managers(seen: Seen) -> set[int]:
    """Or, where it is about all of them, whoever can give it away."""
    return seen.staff.with_role("manager", seen.case) or seen.staff.with_role("admin", seen.case)


def _handler(seen: Seen) -> set[int]:
    return _mediator(seen) if seen.case.accepted else _managers(seen)


def _safety(seen: Seen) -> set[int]:
    return seen.staff.chats(seen.staff.safety, seen.case) or _managers(seen)


def _gone(seen: Seen) -> set[int]:
    held = seen.before.mediator if seen.before else ""
    return seen.staff.chats({held}) if held and held != seen.case.mediator else set()


def _named(seen: Seen) -> bool:
    """Was it taken from whoever had it, because it is about them?"""
    return bool(_gone(seen)) and seen.case.open


def _knew(seen: Seen) -> bool:
    return any(event.kind == "accepted" for event in seen.case.history)


def _next(seen: Seen) -> set[int]:
    waits = seen.case.open and not seen.case.mediator and not seen.case.accepted
    return _managers(seen) if waits and "assigned" not in seen.later else set()


def _owner(seen: Seen) -> set[int]:
    what = str(seen.event.facts.get("what", ""))
    place = int(what.split("_")[1]) if what else int(seen.event.facts.get("measure", -1))
    owner = seen.case.measures[place].owner
    return seen.staff.chats({owner}, seen.case) or _handler(seen)


def _keeper(seen: Seen) -> set[int]:
    promise = seen.case.promises[int(str(seen.event.facts["what"]).split("_")[1])]
    return _handler(seen) if seen.case.open else seen.staff.chats({promise.owner}, seen.case) or _handler(seen)


def _effect(seen: Seen) -> set[int]:
    told = _online(seen) if seen.event.by == "client" else seen.staff.chats({seen.event.by})
    return told if seen.event.facts["worked"] == "yes" else told | _owner(seen) | _managers(seen)


def _new_owner(seen: Seen) -> set[int]:
    new = seen.case.measures[-1]
    return set() if new.owner == seen.event.by or new.due is None else seen.staff.chats({new.owner})


def _written(seen: Seen) -> set[int]:
    """L4: who has a letter to send hears so."""
    if seen.case.channel not in {"letter", "email"}:
        return set()
    return seen.staff.chats({seen.event.by}, seen.case) or _managers(seen)


WHO: Mapping[str, Callable[[Seen], set[int]]] = {
    "client": _client,
    "online": _online,
    "reader": lambda seen: set() if seen.case.signal else _client(seen),
    "reader_if_open": lambda seen: _client(seen) if seen.case.open and not seen.case.signal else set(),
    "client_who_knew": lambda seen: _client(seen) if _knew(seen) else set(),
    "client_if_named": lambda seen: _client(seen) if _named(seen) else set(),
    "client_asked": lambda seen: _client(seen) if seen.event.facts["mediator"] else set(),
    "surveyed": lambda seen: (
        _client(seen)
        if seen.case.closed_as in {"agreed", "not_agreed", "no_answer", "verdict"} and not seen.case.signal
        else set()
    ),
    "mediator": _mediator,
    "mediator_or_managers": lambda seen: _mediator(seen) if seen.case.mediator else _managers(seen),
    "managers": _managers,
    "handler": _handler,
    "handler_from_client": lambda seen: (
        _handler(seen) if seen.event.by == "client" and seen.case.closed_as != "duplicate" else set()
    ),
    "handler_of_account": lambda seen: _handler(seen) if seen.case.heard_who else set(),
    "main": lambda seen: _handler(Seen(seen.event, None, seen.main, seen.staff, (), None)) if seen.main else set(),
    "too_long": lambda seen: (
        _handler(seen) | _managers(seen) | _client(seen) if seen.event.facts["text"] == "#extension" else set()
    ),
    "by": lambda seen: seen.staff.chats({seen.event.by}) if seen.case.client or seen.event.kind == "closed" else set(),
    "clerk": _written,
    "gone": _gone,
    "gone_if_named": lambda seen: _gone(seen) if _named(seen) else set(),
    "handed": lambda seen: _gone(seen) if seen.event.by != "bot" else set(),
    "held": lambda seen: seen.staff.chats({seen.before.mediator}) or _managers(seen) if seen.before else set(),
    "related": lambda seen: _handler(seen) if seen.case.mediator else set(),
    "next": _next,
    "next_if_named": lambda seen: _next(seen) if seen.event.facts.get("named") else set(),
    "safety": _safety,
    "danger": lambda seen: _safety(seen) if seen.case.urgent else set(),
    "danger_unasked": lambda seen: (
        _handler(seen)
        if seen.case.rubric in SAFETY_TOPICS and not seen.case.urgent and not seen.case.complaint.danger
        else set()
    ),
    "whose_account": lambda seen: seen.staff.chats({str(seen.event.facts["who"])}),
    "asked_account": lambda seen: seen.staff.chats({str(seen.event.facts["what"]).split("_", 2)[2]}),
    "clerk_too": lambda seen: seen.staff.chats({seen.case.history[0].by}, seen.case),
    "owner": _owner,
    "owner_not_self": _new_owner,
    "keeper": _keeper,
    "effect": _effect,
}


@dataclass(frozen=True)
class Notice:
    """One message on its way out."""

    chat: int
    case: str  # the complaint it belongs to; "": none, though it may name one
    text: str

    @property
    def about(self) -> set[str]:
        return (
            {self.case} if self.case else {shown.replace("-", "") for shown in re.findall(rf"\b{NUMBER}\b", self.text)}
        )


def notices(rows: Iterable[Mapping[str, Any]]) -> list[Notice]:
    """The messages among *rows* of the outbox; what only changes an older message is none."""
    found = []
    for row in rows:
        action = unpacked(row["action"])
        if isinstance(action, Send | Paper):
            found.append(Notice(row["chat"], row["case"], action.text if isinstance(action, Send) else action.caption))
        elif isinstance(action, Show):
            found.append(Notice(row["chat"], row["case"], ""))
    return found


def check(happened: Sequence[Seen], left: Sequence[Notice], actor: int, clock: bool) -> None:
    """Raises AssertionError when somebody due was not told, or somebody was told of nothing.

    *actor* is whoever pressed or typed: they get answers, which are no notices.
    """
    due: dict[tuple[str, int], set[str]] = defaultdict(set)
    allowed: dict[str, set[int]] = defaultdict(set)
    for seen in happened:
        for chat in seen.must:
            due[seen.case.number, chat].add(seen.name)
        allowed[seen.case.number] |= seen.may
        if seen.main is not None:
            allowed[seen.main.number] |= seen.may
    for (number, chat), events in due.items():
        heard = [one for one in left if one.chat == chat and number in one.about]
        assert len(heard) >= len(events), f"I10: {chat} must hear of {sorted(events)} of {number}, heard {heard}"
    for one in left:
        known = one.chat == actor or any(one.chat in allowed[number] for number in one.about)
        wished = any(words in one.text for words in WISHES)
        timely = clock and not one.case and any(words in one.text for words in BY_CLOCK)
        assert known or wished or timely, f"I11: {one.chat} was told, where nothing happened: {one.text}"
