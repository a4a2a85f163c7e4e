"""Settings: the environment and organisation.toml, read once, with every mistake told at once in plain words.

The surprising truth: a name in the environment that is almost one of ours stops the start, because a setting that is
silently not read is worse than one that is missing.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from bot.webhook import Webhook
from handlers.firm import Firm

TELEGRAM = "https://api.telegram.org"
ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    "BOT_TOKEN", "BOT_TOKEN_FILE", "API_BASE", "ENGINE", "DATA_DIR", "ORGANISATION", "MASTER_KEY_FILE", "CLOCK",
    "WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_PORT", "HEALTH_PORT", "LOG_LEVEL",
)  # fmt: skip
KEY_BYTES = 32
TOKEN = re.compile(r"\d+:[\w-]{10,}", re.ASCII)
BOUNDS = {  # what can be meant: fewer is a slip, and more would never come due
    "terms.accept_hours": (1, 720), "terms.reply_working_days": (1, 90), "terms.outcome_weeks": (1, 104),
    "terms.answer_days": (1, 365), "retention.draft_days": (1, 365), "retention.closed_years": (1, 30),
}  # fmt: skip
CALLED = re.compile(r"[\w-]{1,32}")  # keys and codes travel in buttons, which hold 64 bytes
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Mistakes(Exception):
    """Everything that is wrong with the settings, a sentence each."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("\n".join(found))
        self.found = found


@dataclass(frozen=True, slots=True)
class Settings:
    firm: Firm
    zone: ZoneInfo
    data: Path
    key_file: Path
    engine: str
    api_base: str
    clock: str
    webhook: Webhook | None
    health_port: int
    log_level: str
    token: str = field(repr=False, default="")

    def master_key(self) -> bytes:
        """The 32 bytes that wrap every other key; made at the first start, outside the data folder."""
        try:
            if not self.key_file.exists():
                if self.has_record:  # a new key could open nothing of it
                    raise Mistakes([f"MASTER_KEY_FILE: {self.key_file} is missing, and {self.data} holds a record. "
                                    "Put back your copy of the key."])  # fmt: skip
                self.key_file.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
                with os.fdopen(handle, "w") as file:
                    file.write(secrets.token_hex(32) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
            key = bytes.fromhex(self.key_file.read_text().strip())
        except OSError as error:
            raise Mistakes([f"MASTER_KEY_FILE: {self.key_file} cannot be read or made ({error.strerror})."]) from None
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise Mistakes([f"MASTER_KEY_FILE: {self.key_file} is damaged: a key is {2 * KEY_BYTES} letters and digits "
                            "(0-9, a-f) on one line. Put back your copy of the key."])  # fmt: skip
        return key

    @property
    def has_record(self) -> bool:
        return (self.data / "record.db").exists()


def read(env: Mapping[str, str] = os.environ, *, token_needed: bool = False) -> Settings:
    """The settings, or `Mistakes` with all that is wrong."""
    found = _misspelt(env)
    firm, zone = _firm(Path(env.get("ORGANISATION", ROOT / "organisation.toml")), found)
    token = _token(env, found, token_needed)
    engine = env.get("ENGINE", "aiogram")
    if engine not in {"aiogram", "ptb"}:
        found.append(f"ENGINE is {engine!r}. Choose aiogram or ptb.")
    level = env.get("LOG_LEVEL", "INFO").upper()
    if level not in LEVELS:
        found.append(f"LOG_LEVEL is {level!r}. Choose one of {', '.join(LEVELS)}.")
    base, clock = env.get("API_BASE", TELEGRAM), env.get("CLOCK", "")
    if urlsplit(base).scheme not in {"http", "https"}:
        found.append(f"API_BASE is {base!r}. It must be an address that begins with https://")
    if clock and urlsplit(base).hostname not in LOOPBACK:
        found.append("CLOCK may only be set when API_BASE is on this machine: real deadlines need real time.")
    data = Path(env.get("DATA_DIR", "data")).resolve()
    key_file = Path(env.get("MASTER_KEY_FILE", f"{data}.key")).resolve()
    if key_file.is_relative_to(data):
        found.append(
            "MASTER_KEY_FILE lies inside DATA_DIR. Put it elsewhere: who copies the data must not have the key."
        )
    webhook = _webhook(env, found)
    health = _port(env, "HEALTH_PORT", 0, found)
    if found or firm is None or zone is None:
        raise Mistakes(found)
    return Settings(firm, zone, data, key_file, engine, base, clock, webhook, health, level, token)


def _misspelt(env: Mapping[str, str]) -> list[str]:
    """Names within two letters of ours (one, for the short ones): nobody sets those for anything else."""
    near = {name: next((ours for ours in NAMES if _apart(name, ours) <= 1 + (len(ours) > 7)), "") for name in env}
    return [
        f"{name} is set, but the bot does not know it. Did you mean {ours}?"
        for name, ours in near.items()
        if ours and name not in NAMES
    ]


def _apart(one: str, other: str) -> int:
    """How many letters must be added, removed or changed (Levenshtein)."""
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        before, row = row, [n]
        for m, wanted in enumerate(other, 1):
            row.append(min(before[m] + 1, row[-1] + 1, before[m - 1] + (letter != wanted)))
    return row[-1]


def _token(env: Mapping[str, str], found: list[str], needed: bool) -> str:
    if path := env.get("BOT_TOKEN_FILE"):
        try:
            token = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            found.append(f"BOT_TOKEN_FILE: {path} cannot be read ({getattr(error, 'strerror', 'it is no text')}).")
            return ""
    else:
        token = env.get("BOT_TOKEN", "").strip()
    if needed and not TOKEN.fullmatch(token):
        wrong = "is no token" if token else "is missing"
        found.append(f"BOT_TOKEN {wrong}. Ask @BotFather in Telegram for one; it looks like 123456:AbC...")
    return token


def _webhook(env: Mapping[str, str], found: list[str]) -> Webhook | None:
    url, secret = env.get("WEBHOOK_URL", ""), env.get("WEBHOOK_SECRET", "")
    if not url:
        if secret:
            found.append("WEBHOOK_SECRET is set, but WEBHOOK_URL is not.")
        return None
    if len(secret) < 32:
        found.append(
            "WEBHOOK_SECRET must be at least 32 letters and digits: without it anybody could send us messages."
        )
    return Webhook(url, secret, _port(env, "WEBHOOK_PORT", 8443, found))


def _port(env: Mapping[str, str], name: str, default: int, found: list[str]) -> int:
    text = env.get(name, str(default))
    if text.isdecimal() and int(text) < 65536:
        return int(text)
    found.append(f"{name} is {text!r}. It must be a number below 65536.")
    return default


def _firm(path: Path, found: list[str]) -> tuple[Firm | None, ZoneInfo | None]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        found.append(f"{path.name} cannot be read: {error.strerror}.")
        return None, None
    except tomllib.TOMLDecodeError as error:
        place = (re.search(r"\(at [^)]*\)", str(error)) or [""])[0]
        if "overwrite" in str(error) or "twice" in str(error):
            found.append(f"{path.name}: the same name stands there twice {place}. Remove one of the two.")
        else:
            found.append(f"{path.name}: {error}. Often a quote or a bracket is missing just before.")
        return None, None
    except UnicodeDecodeError:
        found.append(f"{path.name} is not saved as UTF-8. Save it again with that encoding.")
        return None, None
    try:
        firm = TypeAdapter(Firm).validate_python(told)
    except ValidationError as error:
        found.extend(_sentence(path.name, dict(mistake)) for mistake in error.errors(include_url=False))
        return None, None
    found.extend(_odd(path.name, firm))
    beside = {name: str(path.parent.resolve() / told) for name, told in asdict(firm.papers).items() if told}
    firm = replace(firm, papers=replace(firm.papers, **beside))
    try:
        return firm, ZoneInfo(firm.zone)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(f"{path.name}: zone is {firm.zone!r}. Write for example Europe/Amsterdam.")
        return firm, None


def _sentence(file: str, mistake: dict[str, Any]) -> str:
    """One mistake of the file in words for somebody who does not program."""
    place = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in mistake["loc"])
    match mistake["type"]:
        case "missing":
            return f"{file}: {place} is missing."
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"{file}: {place} is not known. Remove it, or correct its spelling."
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"{file}: {place} is {mistake['input']!r}. It must be a whole number, without quotes."
        case "bool_parsing" | "bool_type":
            return f"{file}: {place} is {mistake['input']!r}. It must be true or false, without quotes."
        case "string_type":
            return f"{file}: {place} is {mistake['input']!r}. It must be a text between quotes."
        case "literal_error":
            return f"{file}: {place} is {mistake['input']!r}. Choose {mistake['ctx']['expected']}."
    return f"{file}: {place} is {mistake['input']!r}. {mistake['msg']}."


def _texts(firm: Firm) -> Iterator[tuple[str, str]]:
    """What clients or colleagues read, with its place; of the committee only the name is always known."""
    contact = firm.contact
    for name in ("name", "phone", "email", "address", "privacy"):
        yield f"contact.{name}", getattr(contact, name)
    labelled = [("contact.hours", contact.hours), ("committee.name", firm.committee.name)]
    labelled += [(f"rubrics.{n}.labels", rubric.labels) for n, rubric in enumerate(firm.rubrics, 1)]
    for place, texts in labelled:
        yield from ((f"{place}.{language}", text) for language, text in texts.items())
        if not texts:
            yield place, ""
    for n, rubric in enumerate(firm.rubrics, 1):
        yield f"rubrics.{n}.code", rubric.code
    for n, person in enumerate(firm.people, 1):
        yield f"people.{n}.key", person.key
        yield f"people.{n}.name", person.name


def _odd(file: str, firm: Firm) -> list[str]:
    """What is well formed but cannot be meant."""
    keys = [person.key for person in firm.people]
    codes = [rubric.code for rubric in firm.rubrics]
    found = [
        f"{file}: {name} stands there twice. Give each {what} of its own."
        for names, what in ((keys, "of the people a key"), (codes, "of the rubrics a code"))
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    for place, (least, most) in BOUNDS.items():
        table, name = place.split(".")
        if not least <= (value := getattr(getattr(firm, table), name)) <= most:
            found.append(f"{file}: {place} is {value}. Choose a number from {least} to {most}.")
    found += [f"{file}: {place} is empty. Fill it in." for place, text in _texts(firm) if not text.strip()]
    found += [
        f"{file}: {name!r} cannot be a key or code. Use at most 32 letters and digits, without spaces."
        for name in (*keys, *codes)
        if name.strip() and not (CALLED.fullmatch(name) and len(name.encode()) <= 32)
    ]
    found += [
        f"{file}: {person.key} reports to {person.reports_to!r}, who is not among the people."
        for person in firm.people
        if person.reports_to and person.reports_to not in keys
    ]
    if not firm.rubrics:
        found.append(f"{file}: there are no [[rubrics]].")
    return found
