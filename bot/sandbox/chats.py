"""Who and what exists in this small Telegram: persons, chats, messages, files, presses.

Plain state and its shape in the Bot API's JSON; no rule refuses anything here. The surprising truth: in private chats
a message id is unique for the whole bot, not per chat, because Telegram counts them per account.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from .clock import iso
from .markup import Entity, as_html

BOT_ID, BOT_NAME, BOT_TITLE = 1_000_001, "wederhoor_bot", "Wederhoor"


@dataclass(slots=True)
class Person:
    id: int
    name: str
    language: str | None = None
    blocked: bool = False
    gone: bool = False  # the account was deleted

    def user(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.name}
        return shown | ({"language_code": self.language} if self.language else {})


@dataclass(slots=True)
class Stored:
    """A file. Without `data` it has only a claimed size, and its bytes are made up when somebody downloads it."""

    id: str
    unique: str
    kind: str
    name: str
    mime: str
    size: int
    data: bytes | None = None
    path: str = ""
    path_until: float = 0.0

    def content(self) -> bytes:
        return self.data if self.data is not None else (self.unique.encode() * (self.size // 8 + 1))[: self.size]

    def described(self) -> Any:
        """The attachment as the Bot API shows it inside a message."""
        plain: dict[str, Any] = {"file_id": self.id, "file_unique_id": self.unique, "file_size": self.size}
        match self.kind:
            case "photo":
                small = {"file_id": self.id + "s", "file_unique_id": self.unique + "s", "width": 90, "height": 67}
                return [small, plain | {"width": 1280, "height": 960}]
            case "voice":
                return plain | {"duration": 3, "mime_type": self.mime}
            case "audio":
                plain["duration"] = 3
            case "video":
                plain |= {"duration": 3, "width": 640, "height": 360}
        return plain | {"mime_type": self.mime, "file_name": self.name}


@dataclass(slots=True)
class Message:
    id: int
    chat: Chat
    sender: Person | None  # None: the bot
    date: float
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    keyboard: dict[str, Any] | None = None
    file: Stored | None = None
    album: str = ""
    reply_to: Message | None = None
    edited: float | None = None
    protected: bool = False
    extra: dict[str, Any] = field(default_factory=dict)  # fields of a raw message that we only pass on

    def described(self, nested: bool = False) -> dict[str, Any]:
        """The message as the Bot API shows it; a nested one does not show what it replies to."""
        shown: dict[str, Any] = {
            "message_id": self.id,
            "from": self.sender.user() if self.sender else bot_user(),
            "chat": self.chat.described(),
            "date": int(self.date),
        }
        if self.edited is not None:
            shown["edit_date"] = int(self.edited)
        if self.reply_to is not None and not nested:
            shown["reply_to_message"] = self.reply_to.described(nested=True)
        if self.protected:
            shown["has_protected_content"] = True
        if self.album:
            shown["media_group_id"] = self.album
        words, marks = ("text", "entities") if self.file is None else ("caption", "caption_entities")
        if self.file is not None:
            shown[self.file.kind] = self.file.described()
        if self.text:
            shown[words] = self.text
        if self.entities:
            shown[marks] = self.entities
        if self.keyboard and "inline_keyboard" in self.keyboard:
            shown["reply_markup"] = self.keyboard
        return shown | self.extra

    def buttons(self) -> list[dict[str, Any]]:
        rows: list[list[dict[str, Any]]] = (self.keyboard or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    def seen(self) -> dict[str, Any]:
        """The message as a transcript or the page wants it."""
        rows: list[list[dict[str, Any]]] = (self.keyboard or {}).get("inline_keyboard", [])
        shown: dict[str, Any] = {
            "id": self.id,
            "from": "person" if self.sender else "bot",
            "name": self.sender.name if self.sender else BOT_TITLE,
            "text": self.text,
            "html": as_html(self.text, self.entities),
            "entities": self.entities,
            "keyboard": [[_button(button) for button in row] for row in rows],
            "edited": self.edited is not None,
            "date": iso(self.date),
        }
        if self.reply_to:
            shown["reply_to"] = {"id": self.reply_to.id, "text": self.reply_to.text}
        if self.album:
            shown["album"] = self.album
        if self.protected:
            shown["protected"] = True
        if self.file:
            file = self.file
            shown["file"] = {"id": file.id, "kind": file.kind, "name": file.name, "mime": file.mime, "size": file.size}
        return shown


def _button(button: dict[str, Any]) -> dict[str, Any]:
    shown = {"text": button["text"]}
    for name, ours in (("callback_data", "data"), ("url", "url"), ("style", "style")):
        if name in button:
            shown[ours] = button[name]
    return shown | ({"copy": button["copy_text"]["text"]} if "copy_text" in button else {})


@dataclass(slots=True)
class Chat:
    id: int
    kind: str  # private, group or supergroup
    title: str
    person: Person | None = None  # whose private chat this is
    member: bool = True  # the bot is in it
    messages: dict[int, Message] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        if self.person is not None:
            return {"id": self.id, "first_name": self.person.name, "type": "private"}
        return {"id": self.id, "title": self.title, "type": self.kind}


@dataclass(slots=True)
class Press:
    """A press of an inline button that may still be answered."""

    id: str
    chat: Chat
    at: float
    answered: bool = False


def bot_user() -> dict[str, Any]:
    return {"id": BOT_ID, "is_bot": True, "first_name": BOT_TITLE, "username": BOT_NAME}


class Chats:
    """Everything that exists, found by its number."""

    def __init__(self) -> None:
        self.persons: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}  # only those that know the bot
        self.files: dict[str, Stored] = {}
        self.presses: dict[str, Press] = {}
        self._messages = 0
        self._files = 0
        self._presses = 0

    def private(self, person: Person) -> Chat:
        """The person's chat with the bot; it exists from the first thing they do there."""
        return self.chats.setdefault(person.id, Chat(person.id, "private", "", person))

    def new_message(self, chat: Chat, sender: Person | None, date: float, number: int | None = None) -> Message:
        self._messages = max(self._messages + 1, number or 0)
        message = Message(number or self._messages, chat, sender, date)
        chat.messages[message.id] = message
        return message

    def new_press(self, chat: Chat, at: float, number: str = "") -> Press:
        self._presses += 1
        press = Press(number or str(4_294_967_296_000 + self._presses), chat, at)
        self.presses[press.id] = press
        return press

    def keep(self, kind: str, name: str, mime: str, size: int, data: bytes | None = None) -> Stored:
        """A new file. Its id is opaque on purpose: nothing about it may be read from the letters."""
        self._files += 1
        digest = hashlib.sha256(f"{kind} {self._files}".encode()).hexdigest()
        file = Stored("BQACAgQAAxk" + digest[:40], "AgAD" + digest[40:52], kind, name, mime, size, data)
        self.files[file.id] = file
        if kind == "photo":
            self.files[file.id + "s"] = file
        return file

    def commands_for(self, person: Person, menus: dict[tuple[str, str], list[dict[str, str]]]) -> list[dict[str, str]]:
        """The command menu a person sees: the narrowest scope first, then their language before any language."""
        language = (person.language or "")[:2]
        for scope in (f"chat:{person.id}", "all_private_chats", "default"):
            for code in dict.fromkeys((language, "")):
                if menus.get((scope, code)):
                    return menus[scope, code]
        return []
