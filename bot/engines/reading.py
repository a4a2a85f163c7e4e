"""From a Telegram object to an `Event`, for both libraries: they name their fields as the Bot API does.

Reading only; sending is different in each library and lives with it. The surprising truth: the types say `Any` because
the objects are aiogram's or python-telegram-bot's, and that the result is the same for both is tested, not typed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from bot.events import (
    Attached,
    Command,
    Edited,
    Event,
    File,
    FileKind,
    Gone,
    Happening,
    Joined,
    Left,
    Malformed,
    Person,
    Refused,
    Said,
    Same,
    Stale,
    Tapped,
    Unknown,
)

# Telegram's own senders: service notices, anonymous group administrators, channels (Bot API, User).
NOT_PERSONS: Final = frozenset({777000, 1087968824, 136817688})

MEDIA: Final[tuple[FileKind, ...]] = ("voice", "audio", "video", "document")  # an animation is a document too

# What nobody says: a chat's own bookkeeping. The list is for private chats; nothing is read in a group.
BOOKKEEPING: Final = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "chat_background_set",
)

UNREADABLE: Final = (
    "sticker",
    "video_note",
    "location",
    "contact",
    "poll",
    "dice",
    "story",
    "game",
    "paid_media",
    "checklist",
    "users_shared",
    "chat_shared",
    "web_app_data",
)


def event(update: int, at: datetime, chat: Any, sender: Any, what: Happening | None) -> Event | None:
    """The event, or None when nothing was said or nobody we listen to said it."""
    if what is None or chat is None or sender is None:
        return None
    private = chat.type == "private"
    nobody = sender.is_bot or sender.id in NOT_PERSONS
    if nobody and (private or not isinstance(what, Joined | Left)):  # whoever adds us to a group: we must leave it
        return None
    person = Person(id=sender.id, name=sender.full_name, language=sender.language_code or None)
    return Event(update=update, at=at, chat=chat.id, private=private, person=person, what=what)


def message(message: Any, username: str) -> Happening | None:
    """What a new message says; *username* is the bot's, for commands that name one."""
    number = message.message_id
    answered = message.reply_to_message.message_id if message.reply_to_message else None
    if message.text is not None:
        return _command(message, username, answered) or Said(message.text, number, answered)
    if file := _file(message):
        return Attached(file, message.caption or "", number, message.media_group_id or "", answered)
    if any(getattr(message, kind, None) for kind in BOOKKEEPING):
        return None
    kind = next((kind for kind in UNREADABLE if getattr(message, kind, None)), "other")
    return Unknown(kind, number)


def edited(message: Any) -> Happening | None:
    """A changed text or caption; a live location that moved is no change of anything said."""
    if message.text is None and not _file(message):
        return None
    return Edited(message.message_id, message.text if message.text is not None else message.caption or "")


def pressed(query: Any) -> Happening | None:
    """A button under a message of ours, which may be too old for Telegram to show it to us."""
    if query.message is None or query.data is None:
        return None
    return Tapped(query.id, query.data, query.message.message_id)


def membership(change: Any) -> Happening:
    """What became of the bot in a chat."""
    now = change.new_chat_member
    gone = now.status in ("left", "kicked") or (now.status == "restricted" and not now.is_member)
    return Left() if gone else Joined()


def refusal(description: str) -> Refused:
    """What a "400 Bad Request" means for us, by its text: Telegram has no finer codes.

    The texts are those of tdlib/telegram-bot-api, Client.cpp (fail_query_with_error).
    """
    text = description.lower()
    if "message is not modified" in text:
        return Same(description)
    if "query is too old" in text or "query id is invalid" in text:
        return Stale(description)
    if any(gone in text for gone in _GONE):
        return Gone(description)
    return Malformed(description)


_GONE: Final = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "wrong file",
    "wrong remote file",
    "file is temporarily unavailable",
    "file is too big",
    "group chat was upgraded",
)


def _command(message: Any, username: str, answered: int | None) -> Command | None:
    """A command stands at the very start; one that names another bot is plain text to us."""
    mark = next(iter(message.entities or ()), None)
    if mark is None or mark.type != "bot_command" or mark.offset != 0:
        return None
    # Entities count UTF-16 units; a command is ASCII only, so here these are characters.
    name, _, bot = message.text[1 : mark.length].partition("@")
    if bot and bot.lower() != username.lower():
        return None
    return Command(name.lower(), message.text[mark.length :].strip(), message.message_id, answered)


def _file(message: Any) -> File | None:
    if message.photo:
        biggest = max(message.photo, key=lambda size: size.width * size.height)
        return File(biggest.file_id, biggest.file_unique_id, "photo", "", "image/jpeg", biggest.file_size or 0)
    for kind in MEDIA:
        if found := getattr(message, kind):
            name, mime = getattr(found, "file_name", None) or "", found.mime_type or ""
            return File(found.file_id, found.file_unique_id, kind, name, mime, found.file_size or 0)
    return None
