"""A world without Telegram: the desk, the store and the outbox are real, the chats are lists.

The third engine, so to say: the same transcripts run here in milliseconds. What Telegram itself would refuse is
tested where there is a Telegram to refuse it, in the sandbox.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bot import events, record
from bot.arrival import arrived, unreachable
from bot.assembly import rules
from bot.clock import StillTime
from bot.desk import Desk
from bot.events import Attached, Command, Edit, Edited, Event, Paper, Person, Said, Send, Show, Tapped, unpacked
from bot.joining import invite
from bot.office import Rules
from bot.printing import PrintRoom
from bot.record import KINDS, OUTBOX, SLOTS
from bot.sandbox import script
from bot.settings import Settings
from bot.waking import Waking
from handlers.conversation import Attachment
from storage.store import Store, Tx

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))


@dataclass
class Chat:
    id: int
    person: Person
    messages: list[dict[str, Any]] = field(default_factory=list)
    blocked: bool = False


class InMemory:
    """The desk's world; `kill` makes the next commit the last before a restart."""

    def __init__(self, settings: Settings, folder: Path, seed: int = 1, read: Rules | None = None) -> None:
        """*read*: the rules, where many worlds have the same; reading them takes longer than a day of a case."""
        self.settings, self.folder, self.chance = settings, folder, Random(seed)
        self.rules = read or rules(settings)
        self.time, self.chats, self.updates = StillTime(START), dict[str, Chat](), 1000
        self.files: dict[str, bytes] = {}
        self.instant: list[events.Action] = []  # what was answered at once, beside the outbox
        self.last: Event | None = None  # the update that came last
        self.left: list[dict[str, Any]] = []  # every row of the outbox that went out
        self.store = self._open()

    def _open(self) -> Store:
        store = Store.open(self.folder, KINDS, key=KEY)
        self.desk = Desk(store, self.rules, self.time, self.chance, self._keep, self._out_at_once)  # type: ignore[arg-type]
        self.waking = Waking(store, self.rules, self.time, self.chance)
        return store

    def _out_at_once(self, instant: Sequence[events.Action], soonest: float) -> None:
        self.instant.extend(instant)

    async def _keep(self, event: Event) -> Attachment | None:
        assert isinstance(event.what, Attached)
        file = event.what.file
        name = self.store.files.keep(b"bytes of " + file.name.encode(), record.person_subject(event.person.id))
        return Attachment(name, file.kind, file.name, 10, "0" * 64, file.id)

    def close(self) -> None:
        self.store.close()

    # The world of a transcript ---------------------------------------------------------------------------

    async def person(self, person: script.Person) -> None:
        number = 5_000_001 + len(self.chats)
        self.chats[person.name] = Chat(number, Person(number, person.name, person.language))
        if person.role:
            token = f"{person.key}{person.role}{number}"
            payload = await self.store.run(lambda tx: invite(tx, person.role, person.key, token, self.time.now()))
            await self.say(person.name, f"/start {payload}", False)

    async def take(self, who: str, what: events.Happening) -> None:
        self.updates += 1
        chat = self.chats[who]
        self.last = Event(self.updates, self.time.now(), chat.id, True, chat.person, what)
        await self.overhear(self.last)

    async def overhear(self, event: Event) -> None:
        """Whatever Telegram delivers: also again, or from where nobody of this world is alone with the bot."""
        await self.desk.take(event)
        await self.settle()

    def _new(self, who: str, text: str) -> int:
        messages = self.chats[who].messages
        messages.append({"id": len(messages) + 1, "from": "person", "text": text, "keyboard": [], "edited": False})
        return len(messages)

    async def say(self, who: str, text: str, reply: bool) -> None:
        last = next((m["id"] for m in reversed(self.chats[who].messages) if m["from"] == "bot"), None)
        number, reply_to = self._new(who, text), last if reply else None
        if text.startswith("/"):
            name, _, payload = text[1:].partition(" ")
            await self.take(who, Command(name.lower(), payload.strip(), number, reply_to))
        else:
            await self.take(who, Said(text, number, reply_to))

    def button(self, who: str, label: str) -> tuple[dict[str, Any], events.Button]:
        """The newest button with that label, else the newest that contains it."""
        mine = [message for message in reversed(self.chats[who].messages) if message["from"] == "bot"]
        shown = [(message, button) for message in mine for row in message["buttons"] for button in row]
        exact = [pair for pair in shown if pair[1].text == label] or [pair for pair in shown if label in pair[1].text]
        if not exact:
            raise script.Differs(f"{who} sees no button {label!r}; there are {[b.text for _, b in shown]}")
        return exact[0]

    async def tap(self, who: str, label: str) -> None:
        message, button = self.button(who, label)
        await self.take(who, Tapped(f"q{self.updates}", button.data, message["id"]))

    async def file(self, who: str, kind: str, name: str, caption: str) -> None:
        number = self._new(who, caption)
        file = events.File(f"file{number}", f"u{number}", kind, name, "image/jpeg", 10)  # type: ignore[arg-type]
        await self.take(who, Attached(file, caption, number))

    async def edit(self, who: str, text: str) -> None:
        number = next(m["id"] for m in reversed(self.chats[who].messages) if m["from"] == "person")
        await self.take(who, Edited(number, text))

    async def block(self, who: str) -> None:
        self.chats[who].blocked = True

    async def advance(self, seconds: float) -> None:
        self.time.advance(seconds)
        await self.settle()

    async def restart(self) -> None:
        self.store.close()
        self.store = self._open()

    async def settle(self) -> None:
        """Deliver everything, and do what is due."""
        await self.waking.due()
        while rows := await self.store.run(self._out):
            self.left += rows
            for row in rows:
                await self._deliver(row)

    def _out(self, tx: Tx) -> list[dict[str, Any]]:
        rows = sorted(tx.find(OUTBOX.name, state="pending"), key=lambda row: (row["at"], row["order"]))
        for row in rows:
            tx.remove(OUTBOX.name, row["id"])
        return rows

    async def _deliver(self, row: dict[str, Any]) -> None:
        chat = next((c for c in self.chats.values() if c.id == row["chat"]), None)
        if chat is None:
            return
        if chat.blocked:
            seed = self.chance.getrandbits(64)
            await self.store.run(lambda tx: unreachable(tx, self.rules, self.time.now(), Random(seed), row))
            return
        action: events.Action | None = unpacked(row["action"])
        if isinstance(action, Paper):
            action = await PrintRoom(self.store, self.rules).make(row)
        match action:
            case Paper(caption=caption, name=name, data=data, keyboard=keyboard, message=number):
                self.files[name] = data
                shown = _message(number or len(chat.messages) + 1, f"{caption}\n({name})", keyboard)
                if number:
                    chat.messages[number - 1] = shown | {"edited": True}
                else:
                    await self._sent(chat, shown, row)
            case Send(_, text, keyboard):
                await self._sent(chat, _message(len(chat.messages) + 1, text, keyboard), row)
            case Show(_, file, kind, _):
                await self._sent(chat, _message(len(chat.messages) + 1, f"({kind} {file})", ()), row)
            case Edit(_, number, text, keyboard):
                if not number:
                    found = await self.store.run(lambda tx: tx.get(SLOTS.name, f"{chat.id}:{row['slot']}"))
                    number = found["message"] if found else 0
                if number:
                    chat.messages[number - 1] = _message(number, text, keyboard) | {"edited": True}

    async def _sent(self, chat: Chat, message: dict[str, Any], row: dict[str, Any]) -> None:
        chat.messages.append(message)
        slot = {"name": f"{chat.id}:{row['slot']}", "chat": chat.id, "message": message["id"], "case": row["case"]}
        await self.store.run(lambda tx: self._arrived(tx, slot, row))

    def _arrived(self, tx: Tx, slot: dict[str, Any], row: dict[str, Any]) -> None:
        tx.put(SLOTS.name, slot)
        arrived(tx, self.rules, self.time.now(), row)

    async def heard(self, who: str) -> Sequence[Mapping[str, Any]]:
        return [message for message in self.chats[who].messages if message["from"] == "bot"]


def _message(number: int, text: str, keyboard: events.Keyboard) -> dict[str, Any]:
    plain = html.unescape(re.sub(r"</?(b|i|code|blockquote)( [a-z]+)?>", "", text))
    shown = [[{"text": button.text} for button in row] for row in keyboard]
    return {
        "id": number,
        "from": "bot",
        "text": plain,
        "html": text,
        "keyboard": shown,
        "buttons": keyboard,
        "edited": False,
    }
