"""The Bot API's methods: what each does to this small Telegram, and what it refuses because of what went before.

Here live the rules that need memory: chats, edits, presses, files, flood limits. What a single request may look like is
in `rules`; getUpdates and webhooks travel through `delivery`. Sources: "Client" is telegram-bot-api's Client.cpp. The
surprising truth: the order of checks is part of the contract. Telegram looks at the text first, then at the keyboard,
then whether the chat exists, then at the message replied to, and only the network learns that the bot was blocked.
"""

from __future__ import annotations

import math
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from . import rules
from .chats import Chat, Chats, Message, Stored, bot_user
from .clock import Clock
from .delivery import Webhook
from .queue import DAY, PRESS_LIFE, Queue
from .rules import Parameters, refuse

NOT_MODIFIED = (
    "Message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)  # Client 107
TOO_OLD = "Query is too old and response timeout expired or query ID is invalid"  # Client 148
SENT_FILES = {"photo": "Photo", "document": "Document", "voice": "VoiceNote", "audio": "Audio", "video": "Video"}
METHODS = (
    "get_me", "log_out", "close", "send_message", "send_chat_action", "edit_message_text", "edit_message_media",
    "edit_message_reply_markup",
    "delete_message", "answer_callback_query", "get_file", "set_my_commands", "get_my_commands", "delete_my_commands",
    "set_my_description", "set_my_short_description", "get_chat", "leave_chat", "set_webhook", "delete_webhook",
    "get_webhook_info",
)  # fmt: skip
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


@dataclass(slots=True)
class Bucket:
    """So many at once, so many a second: what is left is worked out from the clock."""

    size: float
    rate: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed; 0 when it is allowed now."""
        self.left = min(self.size, self.left + max(now - self.at, 0) * self.rate)
        self.at = now
        return 0.0 if self.left >= 1 - 1e-6 else (1 - self.left) / self.rate


@dataclass(slots=True)
class Flood:
    """A message a second in a chat (three at once), 20 a minute in a group, 30/s in all.

    faq#my-bot-is-hitting-limits; the real numbers are not published and change.
    """

    buckets: dict[int, Bucket] = field(default_factory=dict)

    def check(self, chat: Chat, now: float) -> None:
        """Count one message to *chat*, or refuse it with 429. A refused one does not count."""
        size, rate = (3.0, 1.0) if chat.kind == "private" else (20.0, 20 / 60)
        own = self.buckets.setdefault(chat.id, Bucket(size, rate, size, now))
        all_chats = self.buckets.setdefault(0, Bucket(30.0, 30.0, 30.0, now))
        wait = max(own.wait(now), all_chats.wait(now))
        if wait:
            raise rules.flooded(max(1, math.ceil(wait - 1e-6)))
        own.left -= 1
        all_chats.left -= 1


@dataclass(frozen=True, slots=True)
class Done:
    """A result with the description Telegram adds to it (setWebhook does)."""

    result: Any
    description: str = ""


class BotApi:
    """Every method but getUpdates, as a plain function of the request and of what exists.

    `tell` hears what the persons' side should show: a topic and its data.
    """

    def __init__(
        self, chats: Chats, queue: Queue, clock: Clock, webhook: Webhook, flood: bool, tell: Callable[..., None]
    ) -> None:
        self.chats, self.queue, self.clock, self.webhook, self.tell = chats, queue, clock, webhook, tell
        self.flood = Flood() if flood else None
        self.menus: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self._calls: dict[str, Callable[[Parameters], Any]] = {
            name.replace("_", ""): getattr(self, name) for name in METHODS
        } | {"send" + kind: partial(self._send_file, kind) for kind in SENT_FILES}

    def call(self, method: str, given: Parameters) -> Done:
        """The answer to *method* (any case); raises `Refusal`."""
        call = self._calls.get(method.lower())
        if call is None:
            raise rules.Refusal(404, "Not Found: method not found")  # Client 12664
        result = call(given)
        return result if isinstance(result, Done) else Done(result)

    # The bot itself ------------------------------------------------------------------------------------

    def get_me(self, given: Parameters) -> dict[str, Any]:
        abilities = dict.fromkeys(
            ("can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business", "has_main_web_app",
             "has_topics_enabled", "allows_users_to_create_topics"), False)  # fmt: skip
        return bot_user() | {"can_join_groups": True} | abilities

    def log_out(self, given: Parameters) -> bool:
        return True

    def close(self, given: Parameters) -> bool:
        return True

    def set_my_commands(self, given: Parameters) -> bool:
        commands = rules.bot_commands(given)
        self.menus[self._scope(given), rules.language_code(given)] = commands
        self.tell("persons")
        return True

    def get_my_commands(self, given: Parameters) -> list[dict[str, str]]:
        return self.menus.get((self._scope(given), rules.language_code(given)), [])

    def delete_my_commands(self, given: Parameters) -> bool:
        self.menus.pop((self._scope(given), rules.language_code(given)), None)
        self.tell("persons")
        return True

    def _scope(self, given: Parameters) -> str:
        try:
            scope = given.data("scope") or {"type": "default"}
        except ValueError:
            raise refuse("Can't parse BotCommandScope JSON object") from None
        if not isinstance(scope, dict):
            raise refuse("BotCommandScope must be an Object")
        kind = scope.get("type")
        if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
            return str(kind)
        if kind in ("chat", "chat_administrators", "chat_member"):
            return f"{kind}:{self._chat(scope).id}" + (f":{scope.get('user_id')}" if kind == "chat_member" else "")
        raise refuse("Can't parse BotCommandScope: Unsupported type specified")

    def set_my_description(self, given: Parameters) -> bool:
        return self._describe(given, "description", 512)

    def set_my_short_description(self, given: Parameters) -> bool:
        return self._describe(given, "short_description", 120)

    def _describe(self, given: Parameters, name: str, most: int) -> bool:
        text = given.text(name)
        if len(text) > most:
            raise refuse("BOT_INFO_TOO_LONG" if name == "description" else "BOT_ABOUT_TOO_LONG")  # server's way
        self.descriptions[name, rules.language_code(given)] = text
        return True

    # Chats ---------------------------------------------------------------------------------------------

    def _chat(self, given: Parameters | dict[str, Any]) -> Chat:
        """The chat of a request (Client 8136-8201): known to the bot, or refused."""
        text = given.text("chat_id") if isinstance(given, Parameters) else str(given.get("chat_id") or "")
        if not text:
            raise refuse("Chat_id is empty")
        chat = self.chats.chats.get(int(text)) if text.lstrip("-").isdigit() else None
        if chat is None:
            raise refuse("Chat not found")
        return chat

    def _may_write(self, chat: Chat) -> None:
        """Client 124-128: only the network knows that the person has left."""
        if chat.person is not None:
            if chat.person.gone:
                raise refuse("Forbidden: user is deactivated", 403)
            if chat.person.blocked:
                raise refuse("Forbidden: bot was blocked by the user", 403)
        elif not chat.member:
            raise refuse(f"Forbidden: bot was kicked from the {chat.kind} chat", 403)

    def get_chat(self, given: Parameters) -> dict[str, Any]:
        chat = self._chat(given)
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        return chat.described() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}

    def leave_chat(self, given: Parameters) -> bool:
        chat = self._chat(given)
        if chat.person is not None:
            raise refuse("Chat member status can't be changed in private chats")  # td ContactsManager
        if not chat.member:
            raise refuse(f"Forbidden: bot is not a member of the {chat.kind} chat", 403)
        chat.member = False
        user = bot_user()
        change = {"chat": chat.described(), "from": user, "date": int(self.clock.now()),
                  "old_chat_member": {"user": user, "status": "member"},
                  "new_chat_member": {"user": user, "status": "left"}}  # fmt: skip
        self.queue.push("my_chat_member", change, lane=("chat", chat.id))
        return True

    # Sending -------------------------------------------------------------------------------------------

    def send_message(self, given: Parameters) -> dict[str, Any]:
        text, entities = rules.message_text(given)
        message = self._send(given)
        message.text, message.entities = text, entities
        return message.described()

    def _send(self, given: Parameters) -> Message:
        """A new empty message of the bot, once everything but its content has been checked."""
        keyboard = rules.reply_markup(given)
        chat = self._chat(given)
        reply_to = self._reply(given, chat)
        self._may_write(chat)
        if self.flood is not None:
            self.flood.check(chat, self.clock.now())
        message = self.chats.new_message(chat, None, self.clock.now())
        message.keyboard, message.reply_to = keyboard, reply_to
        message.protected = given.flag("protect_content")
        self.tell("chat", chat=chat.id)
        return message

    def _reply(self, given: Parameters, chat: Chat) -> Message | None:
        """Client 8516; the old parameter reply_to_message_id still works."""
        try:
            wanted = given.data("reply_parameters") or {"message_id": given.number("reply_to_message_id")}
        except ValueError:
            raise refuse("Can't parse reply parameters JSON object") from None
        number = wanted.get("message_id")
        if not number:
            return None
        found = chat.messages.get(int(number))
        lenient = wanted.get("allow_sending_without_reply") or given.flag("allow_sending_without_reply")
        if found is None and not lenient:
            raise refuse("Message to be replied not found")
        return found

    def _send_file(self, kind: str, given: Parameters) -> dict[str, Any]:
        text, entities = rules.caption(given)
        file = self._file(given, kind)
        message = self._send(given)
        message.text, message.entities, message.file = text, entities, file
        return message.described()

    def _file(self, given: Parameters, kind: str) -> Stored:
        name = given.text(kind)
        upload = given.uploads.get(name.removeprefix("attach://") if name.startswith("attach://") else kind)
        if upload is not None:
            size = len(upload.data)
            if size > rules.UPLOAD:
                raise rules.Refusal(413, "Request Entity Too Large")
            if size == 0:
                raise refuse("File must be non-empty")
            if kind == "photo":
                if size > rules.PHOTO:
                    most = f"the maximum size is {rules.PHOTO} bytes"
                    raise refuse(f"File of size {size} bytes is too big for a photo; {most}")
                if not upload.data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM")):
                    raise refuse("IMAGE_PROCESS_FAILED")  # server
            mime = mimetypes.guess_type(upload.name)[0] or upload.mime  # the server, too, goes by the name
            return self.chats.keep(kind, upload.name, mime, size, upload.data)
        if not name or name.startswith("attach://"):
            raise refuse(f"There is no {kind} in the request")
        if name.startswith(("http://", "https://")):
            raise refuse("Failed to get HTTP URL content")  # nothing leaves this machine
        file = self.chats.files.get(name)
        if file is None:
            raise refuse("Wrong remote file identifier specified: Wrong string length")
        if file.kind != kind:
            raise refuse(f"Can't use file of type {SENT_FILES[file.kind]} as {SENT_FILES[kind]}")
        return file

    def send_chat_action(self, given: Parameters) -> bool:
        action = given.text("action")
        if action not in ACTIONS:
            raise refuse("Wrong parameter action in request")
        chat = self._chat(given)
        self._may_write(chat)
        self.tell("action", chat=chat.id, action=action)
        return True

    # Changing ------------------------------------------------------------------------------------------

    def _message(self, given: Parameters, purpose: str) -> Message:
        if not given.text("chat_id") and not given.text("message_id"):
            raise refuse("Message identifier is not specified")
        chat = self._chat(given)
        message = chat.messages.get(given.number("message_id"))
        if message is None:
            raise refuse(f"Message to {purpose} not found")
        return message

    def edit_message_text(self, given: Parameters) -> dict[str, Any]:
        text, entities = rules.message_text(given)
        keyboard = rules.reply_markup(given)
        message = self._message(given, "edit")
        if message.sender is not None:
            raise refuse("Message can't be edited")
        if message.file is not None:
            raise refuse("There is no text in the message to edit")
        return self._changed(message, text, entities, keyboard)

    def edit_message_media(self, given: Parameters) -> dict[str, Any]:
        """Another picture in the place of one (api#editmessagemedia); of all its kinds we know the photo."""
        try:
            media = given.data("media")
        except ValueError:
            raise refuse("Can't parse InputMedia JSON object") from None
        if not isinstance(media, dict) or media.get("type") != "photo":
            raise refuse("Can't parse InputMedia: type must be photo here")
        inner = Parameters({**media, "photo": media.get("media")}, given.uploads)
        text, entities = rules.caption(inner)
        keyboard = rules.reply_markup(given)
        message = self._message(given, "edit")
        if message.sender is not None:
            raise refuse("Message can't be edited")
        file, old = self._file(inner, "photo"), message.file
        if old is not None and old.data == file.data:
            return self._changed(message, text, entities, keyboard)
        message.file, message.edited = file, self.clock.now()
        message.text, message.entities, message.keyboard = text, entities, keyboard
        self.tell("chat", chat=message.chat.id)
        return message.described()

    def edit_message_reply_markup(self, given: Parameters) -> dict[str, Any]:
        keyboard = rules.reply_markup(given)
        message = self._message(given, "edit")
        if message.sender is not None:
            raise refuse("Message can't be edited")
        return self._changed(message, message.text, message.entities, keyboard)

    def _changed(
        self, message: Message, text: str, entities: list[dict[str, Any]], keyboard: dict[str, Any] | None
    ) -> dict[str, Any]:
        if (message.text, message.entities, message.keyboard) == (text, entities, keyboard):
            raise refuse(NOT_MODIFIED)
        if message.text != text or message.entities != entities:
            message.edited = self.clock.now()
        message.text, message.entities, message.keyboard = text, entities, keyboard
        self.tell("chat", chat=message.chat.id)
        return message.described()

    def delete_message(self, given: Parameters) -> bool:
        message = self._message(given, "delete")
        if self.clock.now() - message.date > 2 * DAY:
            raise refuse("Message can't be deleted")  # api#deletemessage: 48 hours
        del message.chat.messages[message.id]
        self.tell("chat", chat=message.chat.id)
        return True

    def answer_callback_query(self, given: Parameters) -> bool:
        text = given.text("text")
        if len(text) > rules.TOAST:
            raise refuse("MESSAGE_TOO_LONG")  # server; api#answercallbackquery
        press = self.chats.presses.get(given.text("callback_query_id"))
        if press is None or press.answered or self.clock.now() - press.at > PRESS_LIFE:
            raise refuse(TOO_OLD)
        press.answered = True
        self.tell("toast", chat=press.chat.id, text=text, alert=given.flag("show_alert"))
        return True

    # Files ---------------------------------------------------------------------------------------------

    def get_file(self, given: Parameters) -> dict[str, Any]:
        name = given.text("file_id")
        if not name:
            raise refuse("File_id not specified")
        file = self.chats.files.get(name)
        if file is None:
            raise refuse("Wrong file_id or the file is temporarily unavailable")
        if file.size > rules.DOWNLOAD:
            raise refuse("File is too big")
        folder = {"photo": "photos", "voice": "voice", "audio": "music", "video": "videos"}.get(file.kind, "documents")
        plain = {"photo": "jpg", "voice": "oga"}.get(file.kind, "bin")
        ending = file.name.rpartition(".")[2] if "." in file.name else plain
        file.path = f"{folder}/file_{list(self.chats.files).index(file.id)}.{ending}"
        file.path_until = self.clock.now() + 3600  # api#getfile: at least one hour
        return {"file_id": file.id, "file_unique_id": file.unique, "file_size": file.size, "file_path": file.path}

    def download(self, path: str) -> bytes:
        """The bytes behind a file_path; raises `Refusal` 404 when the link is unknown or its hour is over."""
        for file in self.chats.files.values():
            if file.path == path and self.clock.now() < file.path_until:
                return file.content()
        raise rules.Refusal(404, "Not Found")

    # Webhook -------------------------------------------------------------------------------------------

    def set_webhook(self, given: Parameters) -> Done:
        return self._hooked(given, given.text("url"))

    def delete_webhook(self, given: Parameters) -> Done:
        return self._hooked(given, "")

    def _hooked(self, given: Parameters, url: str) -> Done:
        secret = rules.secret_token(given)
        try:
            allowed = given.data("allowed_updates")
        except ValueError:
            raise refuse("Can't parse allowed_updates JSON object") from None
        words = self.webhook.set(url, secret, min(max(given.number("max_connections", 40), 1), 100))
        if url:
            self.queue.allow(allowed)
        if given.flag("drop_pending_updates"):
            self.queue.clear()
        return Done(True, words)

    def get_webhook_info(self, given: Parameters) -> dict[str, Any]:
        shown = {"url": self.webhook.url, "has_custom_certificate": False,
                 "pending_update_count": len(self.queue.waiting())}  # fmt: skip
        if self.webhook.url:
            shown |= {"max_connections": self.webhook.connections, "ip_address": "127.0.0.1"}
        if self.webhook.error:
            shown |= {"last_error_date": int(self.webhook.error_at), "last_error_message": self.webhook.error}
        return shown | ({"allowed_updates": self.queue.allowed} if self.queue.allowed else {})
