"""The persons' side of the sandbox: what people do in their chats, faults, the clock, and waiting until all is quiet.

Each coroutine of `Sandbox` named in `SIM` is also `POST /sim/<name>` with the same arguments and the same JSON answer
(`server` does that). The surprising truth: nobody tells the sandbox that the bot is ready. `settle` concludes it: no
update is waiting, the bot asks for more, nothing is under way, and it has been silent for a moment.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from types import TracebackType
from typing import Any, Self

from . import faults as trouble
from .chats import BOT_NAME, Chat, Chats, Message, Person, bot_user
from .clock import Clock, Mode, iso
from .delivery import Poll, Webhook
from .faults import Fault, Faults
from .markup import finished, units
from .methods import SENT_FILES, BotApi, Flood
from .queue import MESSAGE_LIFE, PRESS_LIFE, Queue
from .rules import TEXT, Parameters, Refusal

SIM = ("person", "persons", "say", "tap", "file", "edit", "block", "unblock", "join", "raw", "fault", "flood", "held",
       "release", "chat", "log", "state", "settle", "clock")  # fmt: skip

LONGEST_QUIET = 1.0  # real seconds
SLEEPING_AT_WORK = 0.5  # real seconds of silence after which a bot with an unconfirmed update is taken to sleep


class NoSuch(LookupError):
    """The person, message, button or request asked for does not exist."""


class NotQuiet(TimeoutError):
    """`settle` ran out of time; the message says what was still going on."""


class Sandbox:
    """A small Telegram on this machine.

    ``async with Sandbox() as sandbox:`` listens on `sandbox.url`, loopback only. *port* 0 takes a free one; *token*
    None accepts any well-formed token; *still* lets the clock stand at *start*; *flood* False switches off the limits
    that slow a bot down (429, and the brakes on hasty getUpdates).
    """

    def __init__(
        self, port: int = 0, *, token: str | None = None, still: bool = False, flood: bool = True,
        start: datetime | None = None,
    ) -> None:  # fmt: skip
        self.port, self.token = port, token
        self.calls: list[dict[str, Any]] = []
        self.in_flight = 0
        self.listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self._touched = time.monotonic()
        self.time = Clock("still" if still else "real", start.timestamp() if start else None, self._clock_moved)
        self.chats = Chats()
        self.faults = Faults()
        self.queue = Queue(self.time, self.faults, Random(411), self._update_arrived)
        self.poll = Poll(self.queue, flood)
        self.webhook = Webhook(self.queue, self.time, self.stir)
        self.poll.hooked = lambda: bool(self.webhook.url)
        self.api = BotApi(self.chats, self.queue, self.time, self.webhook, flood, self.tell)
        self.webhook.reply = self._answered_in_webhook
        self._stop: Callable[[], Any] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        from .server import listen  # the server imports this room

        self.port, self._stop = await listen(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.webhook.close()
        if self._stop is not None:
            await self._stop()

    # What happens inside -------------------------------------------------------------------------------

    def stir(self) -> None:
        """Something happened: quiet begins anew."""
        self._touched = time.monotonic()

    def tell(self, topic: str, **data: Any) -> None:
        """Let the pages that are open know."""
        for listener in self.listeners:
            listener.put_nowait({"topic": topic, **data})

    def record(self, call: dict[str, Any]) -> None:
        """Add a Bot API call to the log."""
        self.calls.append({"n": len(self.calls) + 1, "at": self.time.moment(), **call})
        self.tell("call")

    def _clock_moved(self) -> None:
        self.stir()
        self.tell("clock")

    def _update_arrived(self) -> None:
        self.stir()
        self.poll.arrived()
        self.webhook.arrived()

    def _answered_in_webhook(self, call: dict[str, Any]) -> None:
        method = str(call.pop("method"))
        given = Parameters(call)
        entry: dict[str, Any] = {"method": method, "params": given.readable(), "ok": True, "status": 200}
        try:
            entry["result"] = self.api.call(method, given).result
        except Refusal as refusal:
            entry |= {"ok": False, "status": refusal.code, "result": refusal.description}
        self.record(entry)

    def _person(self, number: int) -> Person:
        try:
            return self.chats.persons[number]
        except KeyError:
            raise NoSuch(f"no person {number}") from None

    def _own_chat(self, number: int) -> Chat:
        person = self._person(number)
        if person.blocked:
            raise ValueError(f"{person.name} has blocked the bot")
        return self.chats.private(person)

    def _message(self, chat: Chat, number: int | None) -> Message | None:
        if number is None:
            return None
        if number not in chat.messages:
            raise NoSuch(f"no message {number} in chat {chat.id}")
        return chat.messages[number]

    def _arrive(self, kind: str, message: Message) -> int | None:
        self.tell("chat", chat=message.chat.id)
        return self.queue.push(kind, message.described(), lane=("chat", message.chat.id))

    def _membership(self, person: Person, chat: Chat, before: str, after: str) -> int | None:
        old, new = ({"user": bot_user(), "status": status} | ({"until_date": 0} if status == "kicked" else {})
                    for status in (before, after))  # fmt: skip
        change = {"chat": chat.described(), "from": person.user(), "date": int(self.time.now()),
                  "old_chat_member": old, "new_chat_member": new}  # fmt: skip
        self.tell("persons")
        return self.queue.push("my_chat_member", change, lane=("chat", chat.id))

    # What people do ------------------------------------------------------------------------------------

    async def person(self, name: str, language: str | None = None, id: int | None = None) -> dict[str, Any]:
        """A new person, or an existing *id* with another name or language."""
        number = id if id is not None else max([5_000_000, *self.chats.persons]) + 1
        person = self.chats.persons.setdefault(number, Person(number, name))
        person.name, person.language = name, language
        self.tell("persons")
        return {"id": number}

    async def persons(self) -> dict[str, Any]:
        """Everybody in order of creation, with the command menu each sees."""
        menus = self.api.menus
        return {"persons": [
            {"id": who.id, "name": who.name, "language": who.language, "blocked": who.blocked,
             "started": who.id in self.chats.chats, "commands": self.chats.commands_for(who, menus)}
            for who in self.chats.persons.values()]}  # fmt: skip

    async def say(self, person: int, text: str, reply_to: int | None = None, chat: int | None = None) -> dict[str, Any]:
        """Type *text*; what is longer than 4096 goes out in parts, as apps do, and the last part is answered.

        In a group (*chat*) the bot, being in privacy mode, sees only commands, replies to it and mentions of it.
        """
        place = self._own_chat(person) if chat is None else self._group(chat)
        replied = self._message(place, reply_to)
        if not text.strip():
            raise ValueError("there is nothing in this text")
        update: int | None = None
        message: Message | None = None
        while text:
            part = text[:TEXT]
            while units(part) > TEXT:
                part = part[:-1]
            text = text[len(part) :]
            message = self.chats.new_message(place, self._person(person), self.time.now())
            message.text, message.entities = finished(part, [])
            message.reply_to = replied
            heard = place.person is not None or part.startswith("/") or f"@{BOT_NAME}" in part
            if heard or (replied is not None and replied.sender is None):
                update = self._arrive("message", message)
            self.tell("chat", chat=place.id)
        return {"update": update, "message": message.id if message else None}

    def _group(self, number: int) -> Chat:
        chat = self.chats.chats.get(number)
        if chat is None or chat.person is not None or not chat.member:
            raise NoSuch(f"the bot is in no group {number}")
        return chat

    async def tap(
        self, person: int, label: str | None = None, data: str | None = None, message: int | None = None
    ) -> dict[str, Any]:
        """Press a button by its label (exact, else contained) or data, on the newest message that has it.

        A button that copies or opens an address tells the bot nothing: `update` is None and the button is returned.
        """
        chat = self._own_chat(person)
        candidates = [self._message(chat, message)] if message is not None else list(reversed(chat.messages.values()))
        tests: list[Callable[[dict[str, Any]], bool]] = [lambda button: button.get("callback_data") == data]
        if data is None:
            wanted = label or ""
            tests = [lambda button: button["text"] == wanted, lambda button: wanted in button["text"]]
        for fits in tests:
            for candidate in candidates:
                for button in candidate.buttons() if candidate else ():
                    if fits(button):
                        return self._press(self._person(person), candidate, button) if candidate else {}
        raise NoSuch(f"no button {label if data is None else data!r} in chat {chat.id}")

    def _press(self, person: Person, message: Message, button: dict[str, Any]) -> dict[str, Any]:
        if "callback_data" not in button:
            return {"update": None, "button": button}
        press = self.chats.new_press(message.chat, self.time.now())
        query = {"id": press.id, "from": person.user(), "message": message.described(),
                 "chat_instance": str(-7_000_000_000 - message.chat.id), "data": button["callback_data"]}  # fmt: skip
        return {"update": self.queue.push("callback_query", query, lane=("user", person.id), life=PRESS_LIFE)}

    async def file(
        self, person: int, kind: str, name: str = "", mime: str = "", caption: str = "", album: str = "",
        content_b64: str | None = None, size: int | None = None, reply_to: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Send a file: its bytes, or only a claimed *size*."""
        if kind not in SENT_FILES:
            raise ValueError(f"kind must be one of {', '.join(SENT_FILES)}")
        chat = self._own_chat(person)
        data = base64.b64decode(content_b64, validate=True) if content_b64 is not None else None
        length = len(data) if data is not None and size is None else size or 0
        replied = self._message(chat, reply_to)
        message = self.chats.new_message(chat, self._person(person), self.time.now())
        message.file = self.chats.keep(kind, name, mime or "application/octet-stream", length, data)
        message.text, message.entities = finished(caption, [])
        message.album, message.reply_to = album, replied
        return {"update": self._arrive("message", message), "message": message.id, "file": message.file.id}

    async def edit(self, person: int, message: int, text: str) -> dict[str, Any]:
        """Change an earlier message of the person; for a file its caption."""
        found = self._message(self._own_chat(person), message)
        if found is None or found.sender is None:
            raise ValueError("people can edit only what they wrote")
        found.text, found.entities = finished(text, [])
        found.edited = self.time.now()
        return {"update": self._arrive("edited_message", found)}

    async def block(self, person: int, gone: bool = False) -> dict[str, Any]:
        """Block the bot; *gone*: the account itself disappears, of which the bot is told nothing."""
        who = self._person(person)
        who.blocked, who.gone = True, gone
        return {"update": None if gone else self._membership(who, self.chats.private(who), "member", "kicked")}

    async def unblock(self, person: int) -> dict[str, Any]:
        who = self._person(person)
        who.blocked = who.gone = False
        return {"update": self._membership(who, self.chats.private(who), "kicked", "member")}

    async def join(self, person: int, chat: int, title: str) -> dict[str, Any]:
        """Add the bot to a group; ids from -100... on are supergroups."""
        who = self._person(person)
        if chat >= 0:
            raise ValueError("a group's id is negative")
        kind = "supergroup" if chat < -1_000_000_000_000 else "group"
        group = self.chats.chats.setdefault(chat, Chat(chat, kind, title))
        group.member = True
        update = self._membership(who, group, "left", "member")
        message = self.chats.new_message(group, who, self.time.now())
        message.extra = {"new_chat_members": [bot_user()]}
        self._arrive("message", message)
        return {"update": update}

    async def raw(self, update: dict[str, Any]) -> dict[str, Any]:
        """Queue any update as it is, also one that no library can read; past allowed_updates."""
        kind = next((name for name in update if name != "update_id"), "")
        lane = self._adopt(kind, update.get(kind))
        life = PRESS_LIFE if kind == "callback_query" else MESSAGE_LIFE
        return {"update": self.queue.raw(update, lane=lane, life=life)}

    def _adopt(self, kind: str, content: Any) -> tuple[str, int]:
        """Take into our chats what a raw update shows readably, so that the bot can answer it; its webhook lane."""
        try:
            press = kind == "callback_query"
            message = content["message"] if press else content
            number, sender = int(message["chat"]["id"]), content["from"]
            who = self.chats.persons.get(int(sender["id"]))
            if who is None:
                who = Person(int(sender["id"]), str(sender.get("first_name", "")), sender.get("language_code"))
                self.chats.persons[who.id] = who
            shown = message["chat"]
            group = Chat(number, str(shown.get("type", "group")), str(shown.get("title", "")))
            chat = self.chats.private(who) if number == who.id else self.chats.chats.setdefault(number, group)
            if press:
                self.chats.new_press(chat, self.time.now(), str(content["id"]))
                return "user", who.id
            if kind == "message" and int(message["message_id"]) not in chat.messages:
                date = float(message.get("date") or self.time.now())
                kept = self.chats.new_message(chat, who, date, int(message["message_id"]))
                kept.text = str(message.get("text") or message.get("caption") or "")
            self.tell("chat", chat=chat.id)
            return "chat", chat.id
        except (KeyError, TypeError, ValueError, AttributeError):
            return "chat", 0

    # Trouble -------------------------------------------------------------------------------------------

    async def fault(
        self, what: str, method: str | None = None, chat: int | None = None, nth: int = 1, times: int = 1,
        retry_after: int | None = 1, seconds: float = 0.0,
    ) -> dict[str, Any]:  # fmt: skip
        """Let the n-th matching call go wrong, `times` times.

        *method* None means any but getUpdates, "file" a download. *retry_after* None leaves the number out of a 429,
        *seconds* are a delay's real seconds. A "duplicate" strikes new updates instead of calls.
        """
        if what not in trouble.WHATS:
            raise ValueError(f"what must be one of {', '.join(trouble.WHATS)}")
        name = trouble.UPDATE if what == "duplicate" else method.lower() if method else None
        self.faults.waiting.append(Fault(what, name, chat, nth, times, retry_after, seconds))
        return {}

    async def flood(self, on: bool) -> dict[str, Any]:
        """Switch the limits that slow a bot down on, with all their counting begun anew, or off."""
        self.api.flood, self.poll.strict = Flood() if on else None, on
        return {}

    async def held(self, timeout: float = 10.0) -> dict[str, Any]:  # noqa: ASYNC109
        """The next request that is being held and was not told yet; None after *timeout* real seconds."""
        return {"held": await self.faults.next_held(float(timeout))}

    async def release(self, n: int) -> dict[str, Any]:
        if not self.faults.release(n):
            raise NoSuch(f"no held request {n}")
        return {}

    # Looking and waiting -------------------------------------------------------------------------------

    async def chat(self, id: int) -> dict[str, Any]:
        """The messages of a chat, oldest first."""
        chat = self.chats.chats.get(int(id))
        return {"messages": [message.seen() for message in chat.messages.values()] if chat else []}

    async def log(self, after: int = 0) -> dict[str, Any]:
        """The Bot API calls numbered above *after*; a negative one counts from the end.

        `ok` says whether the call was applied, `status` what the bot saw of it: 0 for a connection cut off.
        """
        return {"calls": self.calls[int(after) :]}

    async def state(self) -> dict[str, Any]:
        waiting = self.queue.waiting()
        return {
            "pending": sum(not update.delivered for update in waiting),
            "unconfirmed": sum(update.delivered for update in waiting),
            "polling": self.poll.polling,
            "in_flight": self.in_flight + self.webhook.flying,
            "sleepers": [iso(until) for until in self.time.sleepers()],
            "now": self.time.moment(),
        }

    async def settle(self, timeout: float = 10.0, jump: float = 0.0, quiet: float = 0.06) -> dict[str, Any]:  # noqa: ASYNC109
        """Wait until the bot has done all it can; *timeout* and *quiet* are real seconds. Raises `NotQuiet`.

        *quiet* is the least silence that counts; a bot that lately was slow to confirm is given twice that time.

        With *jump* and a clock that stands still, time then moves on to each sleeper's moment within that many seconds.
        A bot that sleeps before it confirms its update is given longer, for it might be at work instead.
        """
        deadline = time.monotonic() + timeout
        until = self.time.now() + jump
        while time.monotonic() < deadline:
            waiting = self.queue.waiting()
            # A webhook's retry that is not due yet waits for the clock, not for the bot.
            confirmed = all(update.due > self.time.now() for update in waiting)
            connected = self.poll.polling or bool(self.webhook.url)
            if self.in_flight or self.webhook.flying:
                self.stir()
            slow = min(2 * max(self.queue.turns, default=0.0), LONGEST_QUIET)  # a loaded machine, a bot at real work
            patience = max(quiet, slow, 0.0 if confirmed and connected else SLEEPING_AT_WORK)
            left = self._touched + patience - time.monotonic()
            if left <= 0:
                due = self.time.sleepers()
                if self.time.mode == "still" and due and due[0] <= until:
                    self.time.set(due[0])
                    continue
                if connected and not waiting:
                    return {"now": self.time.moment()}
            nap, before = min(max(left, 0.002), 0.01), time.monotonic()
            await asyncio.sleep(nap)
            self._touched += max(0.0, time.monotonic() - before - nap - 0.002)  # nobody ran then, so it was not quiet
        raise NotQuiet(f"not quiet after {timeout} s: {await self.state()}")

    async def clock(
        self, advance: float | None = None, set: str | None = None, mode: Mode | None = None,
        shift: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What time it is here, after moving it: by seconds, to a moment (ISO, with zone), or into another mode.

        *shift* sets the bot's wall clock so many seconds ahead without time passing, as a wrong time server would.
        """
        if mode not in (None, "real", "still"):
            raise ValueError("mode must be real or still")
        if mode is not None:
            self.time.turn(mode)
        if set is not None:
            moment = datetime.fromisoformat(set)
            if moment.tzinfo is None:
                raise ValueError("a moment needs its zone")
            self.time.set(moment.timestamp())
        if advance is not None:
            self.time.advance(float(advance))
        if shift is not None:
            self.time.shift(float(shift))
        return {"now": self.time.moment(), "mode": self.time.mode}
