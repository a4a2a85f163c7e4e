"""Settings: the environment and organisation.toml, with every mistake told at once in plain words.

The surprising truth: a name in the environment that is almost one of ours stops the start, because a setting that is
silently not read is worse than one that is missing.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot import organisation
from bot.organisation import apart
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
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LONGEST_PATH = 90  # bytes: a socket lies in there (bot/control.py), and its whole path may have 107 (unix(7))
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
    organisation: Path = ROOT / "organisation.toml"
    token: str = field(repr=False, default="")

    def again(self) -> Settings:
        """The same with organisation.toml as it is now, or `Mistakes`; the environment of a process does not change."""
        found: list[str] = []
        told = organisation.read(self.organisation, found)
        if told is None:
            raise Mistakes(found)
        return replace(self, firm=told[0], zone=told[1])

    def master_key(self, make: bool = True) -> bytes:
        """The 32 bytes that wrap every other key; made at the first start, outside the data folder."""
        try:
            if not self.key_file.exists():
                if not make:
                    raise Mistakes([f"MASTER_KEY_FILE: {self.key_file} is missing. Put your copy of the key there."])
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
    def new_key_file(self) -> Path:
        """Where the next key lies until the record has it."""
        return self.key_file.with_suffix(".new")

    @property
    def has_record(self) -> bool:
        return (self.data / "record.db").exists()


def read(env: Mapping[str, str] = os.environ, *, token_needed: bool = False) -> Settings:
    """The settings, or `Mistakes` with all that is wrong."""
    found = _misspelt(env)
    path = Path(env.get("ORGANISATION", ROOT / "organisation.toml")).resolve()
    told = organisation.read(path, found)
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
    if len(os.fsencode(data)) > LONGEST_PATH:
        found.append(f"DATA_DIR: {data} is too long a path. Choose one of at most {LONGEST_PATH} letters.")
    key_file = Path(env.get("MASTER_KEY_FILE", f"{data}.key")).resolve()
    if key_file.is_relative_to(data):
        found.append(
            "MASTER_KEY_FILE lies inside DATA_DIR. Put it elsewhere: who copies the data must not have the key."
        )
    webhook = _webhook(env, found)
    health = _port(env, "HEALTH_PORT", 0, found)
    if found or told is None:
        raise Mistakes(found)
    return Settings(*told, data, key_file, engine, base, clock, webhook, health, level, path, token)


def _misspelt(env: Mapping[str, str]) -> list[str]:
    """Names within two letters of ours (one, for the short ones): nobody sets those for anything else."""
    near = {name: next((ours for ours in NAMES if apart(name, ours) <= 1 + (len(ours) > 7)), "") for name in env}
    return [
        f"{name} is set, but the bot does not know it. Did you mean {ours}?"
        for name, ours in near.items()
        if ours and name not in NAMES
    ]


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
