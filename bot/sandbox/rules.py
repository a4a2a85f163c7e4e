"""What Telegram accepts in a request, and the exact words with which it refuses the rest.

Pure functions over one request: tokens, parameters, texts, keyboards, commands. What depends on what was said before
(chats, edits, queues) is in `methods`. Sources are named beside each rule: "Client" is telegram-bot-api's Client.cpp,
"td" the library under it, "server" Telegram's own word that we only know from its answers. The surprising truth: a
description is not free text. Both client libraries choose their exception by it, so every letter counts.
"""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .markup import Entity, Unparsable, finished, parse_html, units

TEXT, CAPTION, RAW_TEXT = 4096, 1024, 32_768
CALLBACK_DATA, TOAST, COPY, BUTTONS = 64, 200, 256, 100
DOWNLOAD, UPLOAD, PHOTO = 20 << 20, 50 << 20, 10 << 20
STYLES = ("", "primary", "success", "danger")
_PREFIX = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}
# Parameters that are a person's words or an opaque name: everything else may be JSON inside a string.
_PLAIN = frozenset(
    [
        "text",
        "caption",
        "parse_mode",
        "callback_query_id",
        "file_id",
        "url",
        "secret_token",
        "language_code",
        "description",
        "short_description",
        "photo",
        "document",
        "voice",
        "audio",
        "video",
        "action",
        "name",
    ]
)


@dataclass
class Refusal(Exception):
    """An error answer: HTTP status, description and the `parameters` beside it."""

    code: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)


def refuse(message: str, code: int = 400) -> Refusal:
    """The refusal with Telegram's prefix and its lowered first letter (Client 79-205)."""
    prefix = _PREFIX[code]
    if message.startswith(prefix):
        return Refusal(code, message)
    if not (len(message) > 1 and (message[1] == "_" or "A" <= message[1] <= "Z")):
        message = message[:1].lower() + message[1:]
    return Refusal(code, f"{prefix}: {message}")


def flooded(seconds: int) -> Refusal:
    """429 with the wait both in words and as a number (HttpConnection.cpp 71 adds the header)."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def check_token(token: str, only: str | None) -> None:
    """ClientManager.cpp 76-85; *only* is the one token known here, None for any."""
    if token.startswith("0") or len(token) > 80 or ":" not in token:
        raise Refusal(401, "Unauthorized: invalid token specified")
    number = token.partition(":")[0]
    if not number.isdigit() or int(number) >= 1 << 52:
        raise Refusal(421, "Misdirected Request: unallowed token specified")
    if only is not None and token != only:
        raise Refusal(401, "Unauthorized")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    mime: str
    data: bytes


class Parameters:
    """A request's parameters, read with Telegram's leniency: JSON values and their text are the same thing."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values = dict(values)
        self.uploads = dict(uploads or {})

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, otherwise: int = 0) -> int:
        found = re.match(r"\s*-?\d+", self.text(name))
        return int(found[0]) if found else otherwise

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def data(self, name: str) -> Any:
        """The value of a JSON parameter, None when it is absent; raises ValueError for broken JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.strip() else None

    def readable(self) -> dict[str, Any]:
        """The parameters as data, the same whichever way a client library packs them."""
        shown: dict[str, Any] = {}
        for name, value in self.values.items():
            if isinstance(value, str) and name not in _PLAIN:
                try:
                    decoded = json.loads(value)
                except ValueError:
                    decoded = value
                value = value if isinstance(decoded, str) else decoded
            shown[name] = value
        attached = {f"attach://{name}": upload for name, upload in self.uploads.items()}
        pointing = {name: attached[value] for name, value in shown.items() if str(value) in attached}
        media = shown.get("media")
        if isinstance(media, dict) and str(media.get("media")) in attached:  # of editMessageMedia: one level deeper
            pointing["file"] = attached[str(media.pop("media"))]
        pointed = {id(upload) for upload in pointing.values()}
        direct = {name: one for name, one in self.uploads.items() if id(one) not in pointed}
        for name, upload in (direct | pointing).items():
            mime = mimetypes.guess_type(upload.name)[0] or upload.mime  # the server, too, goes by the name
            shown[name] = {"name": upload.name, "mime": mime, "size": len(upload.data)}
        return shown


def _formatted(given: Parameters, name: str, entities: str) -> tuple[str, list[Entity]]:
    text, mode = given.text(name), given.text("parse_mode").lower()
    if len(text.encode("utf-8", "surrogatepass")) > RAW_TEXT:
        raise refuse("Text is too long")  # Client 11310
    found: list[Entity] = []
    if mode == "html":
        try:
            text, found = parse_html(text)
        except Unparsable as error:
            raise refuse(f"Can't parse entities: {error}") from None
    elif mode not in ("", "none"):
        raise refuse("Unsupported parse_mode")  # Client; the two Markdowns are not modelled, nobody here sends them
    else:
        try:
            found = given.data(entities) or []
        except ValueError:
            raise refuse("Can't parse entities JSON object") from None
    return finished(text, found)


def message_text(given: Parameters) -> tuple[str, list[Entity]]:
    """The text of a message with its entities: 1-4096 (api#sendmessage; td MessageContent.cpp 4757).

    Telegram counts code points. We also refuse more than 4096 UTF-16 units: our own stricter rule, because phones
    and the documentation count those.
    """
    if not given.text("text"):
        raise refuse("Message text is empty")
    text, entities = _formatted(given, "text", "entities")
    if not text:
        raise refuse("Message text is empty")
    if units(text) > TEXT:
        raise refuse("Message is too long")
    return text, entities


def caption(given: Parameters) -> tuple[str, list[Entity]]:
    """The caption of a file: 0-1024 (api#senddocument; td MessageContent.cpp 5239)."""
    text, entities = _formatted(given, "caption", "caption_entities")
    if units(text) > CAPTION:
        raise refuse("Message caption is too long")
    return text, entities


def _named(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        return str(found)
    raise refuse(f'Field "{name}" must be of type String')


def _button(button: Any) -> dict[str, Any]:
    """One inline button (Client 9694, 9747; td ReplyMarkup.cpp 469-699)."""
    wrong = "Can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise refuse(wrong + "InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise refuse(wrong + 'Can\'t find field "text"')
    text, style = _named(button, "text").strip(), _named(button, "style")
    kept: dict[str, Any] = {"text": text}
    if style not in STYLES:
        raise refuse(wrong + "Invalid button style specified")  # api#inlinekeyboardbutton; the words are ours
    copied = button.get("copy_text")
    if url := _named(button, "url"):
        kept["url"] = url
    elif data := _named(button, "callback_data"):
        if len(data.encode()) > CALLBACK_DATA:
            raise refuse("BUTTON_DATA_INVALID")  # server
        kept["callback_data"] = data
    elif isinstance(copied, dict):
        if not 1 <= units(_named(copied, "text")) <= COPY:
            raise refuse("BUTTON_COPY_TEXT_INVALID")  # server; api#copytextbutton
        kept["copy_text"] = {"text": _named(copied, "text")}
    else:
        raise refuse(wrong + "Text buttons are unallowed in the inline keyboard")
    if not text:
        raise refuse("Inline keyboard button text must be non-empty")
    if "url" in kept and not re.match(r"(https?|tg|ton)://\S+$|[\w-]+(\.[\w-]+)+(/\S*)?$", kept["url"]):
        raise refuse(f"Inline keyboard button URL '{kept['url']}' is invalid: Wrong HTTP URL")
    return kept | ({"style": style} if style else {})


def reply_markup(given: Parameters) -> dict[str, Any] | None:
    """The keyboard of a request as the message will carry it, None for none (Client, get_reply_markup)."""
    try:
        markup = given.data("reply_markup")
    except ValueError:
        raise refuse("Can't parse reply keyboard markup JSON object") from None
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise refuse("Object expected as reply markup")
    for kind, owner in (("keyboard", "ReplyKeyboardMarkup"), ("inline_keyboard", "InlineKeyboardMarkup")):
        rows = markup.get(kind, [])
        if not isinstance(rows, list):
            raise refuse(f'Field "{kind}" of the {owner} must be an Array')
        if not all(isinstance(row, list) for row in rows):
            raise refuse(f'Field "{kind}" of the {owner} must be an Array of Arrays')
    if "inline_keyboard" not in markup:
        return markup
    rows = [row for row in ([_button(button) for button in row] for row in markup["inline_keyboard"]) if row]
    if sum(map(len, rows)) > BUTTONS:
        raise refuse("Reply markup is too long")  # server's REPLY_MARKUP_TOO_LONG
    return {"inline_keyboard": rows} if rows else None


def bot_commands(given: Parameters) -> list[dict[str, str]]:
    """The list of setMyCommands (api#setmycommands; the capital words are the server's)."""
    try:
        commands = given.data("commands")
    except ValueError:
        raise refuse("Can't parse commands JSON object") from None
    if not isinstance(commands, list):
        raise refuse("Expected an Array of BotCommand" if commands is not None else "Commands must be non-empty")
    kept = []
    for command in commands:
        if not isinstance(command, dict) or not {"command", "description"} <= set(command):
            raise refuse("Can't parse BotCommand: expected an Object with command and description")
        name, description = _named(command, "command").removeprefix("/"), _named(command, "description")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise refuse("BOT_COMMAND_INVALID")
        if not 1 <= units(description) <= 256:
            raise refuse("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": description})
    if len(kept) > 100:
        raise refuse("BOT_COMMANDS_TOO_MUCH")
    return kept


def language_code(given: Parameters) -> str:
    """Two letters or none (td BotCommand.cpp, validate_bot_language_code)."""
    code = given.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise refuse("Invalid language code specified")
    return code


def secret_token(given: Parameters) -> str:
    """1-256 of A-Za-z0-9_- (api#setwebhook)."""
    secret = given.text("secret_token")
    if len(secret) > 256:
        raise refuse("Secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise refuse("Secret token contains unallowed characters")
    return secret
