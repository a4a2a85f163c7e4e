"""The two messaging libraries under the port, and what both must agree on.

`make` imports the chosen one only: importing aiogram costs six seconds and 166 MB. An engine holds no word of our own
trade; whatever one can do, the other does too, in the same calls. The surprising truth: both libraries answer a second
poller or a withdrawn token by trying for ever, so `Verdict` decides here when a human being has to know.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, Protocol, TypeAlias

from bot.events import Engine, Later, Take, Unreachable
from bot.gate import Gate
from bot.webhook import Webhook

Name: TypeAlias = Literal["aiogram", "ptb"]

ALLOWED_UPDATES: Final = ["message", "edited_message", "callback_query", "my_chat_member"]
POLL_SECONDS: Final = 30
ANSWER_SECONDS: Final = 20  # beyond the poll itself; a call that takes longer counts as lost
FETCH_SECONDS: Final = 60  # a whole file
CONNECTIONS: Final = 40  # at Telegram's end for a webhook and at ours for calls
CONFLICT_SECONDS: Final = 30.0  # a restart overlaps its predecessor's last poll; longer is a second instance
CALM_SECONDS: Final = 60.0  # without a conflict: the next one is another story

log = logging.getLogger(__name__)


class Displaced(Exception):
    """Telegram no longer talks to us: another program uses this token, or the token is not valid any more."""


class Connected(Engine, Protocol):
    """An engine that still carries out actions after `run` has returned, until it is closed."""

    async def close(self) -> None:
        """Let go of the connections. Call it when `run` has returned and the outbox is drained."""


class Verdict:
    """Tells a passing trouble of the poll from one that will never end by itself."""

    def __init__(self) -> None:
        self._first = self._last = -math.inf
        self.final: Displaced | None = None

    def conflict(self) -> None:
        """Another getUpdates ended ours (409). Polls answered in between prove nothing: two programs take turns."""
        now = time.monotonic()
        if now - self._last > CALM_SECONDS:
            self._first = now
        self._last = now
        if now - self._first > CONFLICT_SECONDS:
            self.final = Displaced("another program receives the updates of this bot: one token, one running bot")

    def refused(self) -> Displaced:
        """Telegram does not know the token (401, 404)."""
        self.final = Displaced("Telegram does not accept the token: copy it again from @BotFather")
        return self.final


async def patiently(call: Callable[[], Awaitable[object]], stopping: asyncio.Event) -> None:
    """*call* until Telegram can be reached, or until *stopping* is set; the first start may be before the network's."""
    ending = asyncio.ensure_future(stopping.wait())
    pause = 1.0
    try:
        while not stopping.is_set():
            attempt = asyncio.ensure_future(call())
            await asyncio.wait({attempt, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not attempt.done():
                attempt.cancel()
                return
            try:
                attempt.result()
                return
            except (Unreachable, Later):
                log.warning("Telegram cannot be reached; next try in %d s", pause)
            await asyncio.wait({ending}, timeout=pause)
            pause = min(60.0, pause * 2)
    finally:
        ending.cancel()


def hook(webhook: Webhook) -> dict[str, Any]:
    """The arguments of setWebhook."""
    return {
        "url": webhook.url,
        "secret_token": webhook.secret,
        "max_connections": CONNECTIONS,
        "allowed_updates": ALLOWED_UPDATES,
    }


def make(name: Name, *, token: str, api_base: str, gate: Gate, take: Take, webhook: Webhook | None = None) -> Connected:
    """The engine called *name*, receiving by *webhook* or else by polling; *api_base* without slash at the end."""
    api_base = api_base.rstrip("/")
    if name == "aiogram":
        from bot.engines.on_aiogram import OnAiogram

        return OnAiogram(token=token, api_base=api_base, gate=gate, take=take, webhook=webhook)
    from bot.engines.on_ptb import OnPtb

    return OnPtb(token=token, api_base=api_base, gate=gate, take=take, webhook=webhook)
