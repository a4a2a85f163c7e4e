"""The port: what may come in from a chat and what may go out to it, as plain frozen data.

Here live the nouns both engines translate to and from; no behaviour and no word for people lives here.
The surprising truth: nothing in this file knows Telegram's library objects, so a whole conversation can be
played, stored and compared in a test without either engine. The shapes follow Bot API 10.0, only what we use.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

FileKind: TypeAlias = Literal["photo", "document", "voice", "audio", "video"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts. Keyed on `id` only: names and languages are chosen by the person and may change."""

    id: int
    name: str
    language: str | None = None  # IETF tag of the person's app; may be absent or unknown to us


@dataclass(frozen=True, slots=True)
class File:
    """A file as Telegram names it. `size` is a claim of the sender and never trusted."""

    id: str
    unique: str
    kind: FileKind
    name: str
    mime: str
    size: int


# What can happen in a chat -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    message: int
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """`/name payload`; `name` without slash and bot name, in lower case."""

    name: str
    payload: str
    message: int
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Tapped:
    """A press of an inline button. `data` is forgeable by any client program: check at execution."""

    query: str
    data: str
    message: int


@dataclass(frozen=True, slots=True)
class Attached:
    """`album` is Telegram's media_group_id: an album arrives as several updates that share it."""

    file: File
    caption: str
    message: int
    album: str = ""
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed an earlier message of theirs; `text` is the new text or caption."""

    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """The person blocked the bot (private), or the bot was removed (group)."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The person unblocked the bot (private), or the bot was added (group)."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something we cannot read in a conversation: a sticker, a location, a poll."""

    kind: str
    message: int | None = None


Happening: TypeAlias = Said | Command | Tapped | Attached | Edited | Left | Joined | Unknown


@dataclass(frozen=True, slots=True)
class Event:
    """One update. `at` is when it reached us, in UTC; `update` is Telegram's id, unique for >= 48 h."""

    update: int
    at: datetime
    chat: int
    private: bool
    person: Person
    what: Happening


# What we can do in a chat --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """Exactly one of `data` (<= 64 bytes), `copy` (<= 256 characters) or `url`."""

    text: str
    data: str = ""
    copy: str = ""
    url: str = ""
    style: Literal["", "primary", "success", "danger"] = ""


Keyboard: TypeAlias = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Send:
    """A new message, in Telegram's HTML. Link previews are always off."""

    chat: int
    text: str
    keyboard: Keyboard = ()
    reply_to: int | None = None
    protect: bool = False  # no forwarding or saving: staff chats
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text and buttons of an earlier message of ours; an empty keyboard removes the buttons."""

    chat: int
    message: int
    text: str
    keyboard: Keyboard = ()


@dataclass(frozen=True, slots=True)
class Show:
    """Send a file the bot has already received, by its file id."""

    chat: int
    file: str
    kind: FileKind
    caption: str = ""
    protect: bool = False


PICTURE = ".png"  # a paper with such a name is sent as a photo, to be looked at in the chat


@dataclass(frozen=True, slots=True)
class Paper:
    """Send a document that is made when it leaves: `paper` of `case` (or of `arg`, a period) in `language`, as the case
    was after `version` events. It waits as these words; `name` and `data` are filled in for the engine, never kept.
    `message`: a picture of ours that this one takes the place of, with its caption and buttons.
    """

    chat: int
    paper: str
    language: str
    case: str = ""
    version: int = 0
    arg: str = ""
    caption: str = ""
    protect: bool = False
    keyboard: Keyboard = ()
    message: int = 0
    name: str = ""
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Busy:
    """Show for five seconds that something is under way in a chat."""

    chat: int
    what: Literal["upload_document", "upload_photo"] = "upload_document"


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a press: the client program stops its spinner and shows `text` (<= 200) as a toast."""

    query: str
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Commands:
    """The command menu. `chat` None: everybody's default; `language` "" : any language."""

    commands: tuple[tuple[str, str], ...]
    language: str = ""
    chat: int | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    chat: int


Action: TypeAlias = Send | Edit | Show | Paper | Busy | Answer | Commands | Leave


def is_new(action: Action) -> bool:
    """Whether it puts a new message into a chat; what it takes the place of, it may take twice."""
    return isinstance(action, Send | Show) or (isinstance(action, Paper) and not action.message)


_ACTIONS: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (Send, Edit, Show, Paper, Busy, Answer, Commands, Leave)
}
_KINDS: tuple[type[Any], ...] = (Button, *_ACTIONS.values())  # what is written down, and of it all but bytes
_FIELDS = {kind: tuple(one.name for one in fields(kind) if one.type != "bytes") for kind in _KINDS}


def packed(action: Action) -> dict[str, Any]:
    """*action* as JSON data, so that it can wait in the outbox; bytes never do."""
    data = {name: getattr(action, name) for name in _FIELDS[type(action)]}
    if "keyboard" in data:
        data["keyboard"] = [[{n: getattr(b, n) for n in _FIELDS[Button]} for b in row] for row in data["keyboard"]]
    return {"do": type(action).__name__, **data}


def unpacked(data: Mapping[str, Any]) -> Action:
    """The action that `packed` wrote down; a keyboard's lists become tuples again."""
    fields = {name: value for name, value in data.items() if name != "do"}
    if "keyboard" in fields:
        fields["keyboard"] = tuple(tuple(Button(**button) for button in row) for row in fields["keyboard"])
    if "commands" in fields:
        fields["commands"] = tuple((name, text) for name, text in fields["commands"])
    action: Action = _ACTIONS[data["do"]](**fields)
    return action


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Telegram answered: the id of the message sent or edited, 0 where there is none."""

    message: int = 0


class Refused(Exception):
    """Telegram did not do what we asked. The subclasses say whose move is next."""


class Blocked(Refused):
    """403: the person blocked the bot or the account is gone. A dead channel: try another road."""


class Gone(Refused):
    """400 "chat not found" or "message to edit not found": this can never succeed."""


class Same(Refused):
    """400 "message is not modified": already as we want it."""


class Stale(Refused):
    """400 "query is too old": the press was answered already or too late."""


class Malformed(Refused):
    """400 of any other kind: our own mistake. Send again as plain text, so that a `<` never blocks a notice."""


@dataclass
class Later(Refused):
    """429: wait `seconds` for this chat. Not an attempt."""

    seconds: float


@dataclass
class Unreachable(Refused):
    """Network or 5xx. `maybe_sent`: it may have been done all the same, so a repeat must say it is one."""

    maybe_sent: bool


Take: TypeAlias = Callable[[Event], Awaitable[None]]  # returns when the update's turn is durable


class NotSaved(Exception):
    """The store could not make the turn durable. Nothing may be acknowledged to Telegram until it can."""


class Engine(Protocol):
    """A messaging library under our port. Two exist: `on_aiogram` and `on_ptb`."""

    async def run(self) -> None:
        """Receive updates and hand each to `take` until `stop`; returns when the last turn is durable."""

    async def stop(self) -> None: ...

    async def do(self, action: Action) -> Receipt:
        """Carry out one action, or raise a `Refused`."""

    async def fetch(self, file: File, limit: int) -> bytes:
        """The file's bytes; raises `Gone` above *limit* bytes or when Telegram no longer has it."""
