"""The server Telegram calls when the bot does not poll; one for both engines.

TLS is the proxy's in front of it: this listens on the loopback only. The surprising truth: a 200 is the
acknowledgement, so it is given after the commit and never sooner, and a 500 holds up that one chat until we can save.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.events import NotSaved

if TYPE_CHECKING:
    from aiohttp import web

LARGEST = 1 << 20  # bytes of one update
FINISH_SECONDS = 15.0  # for turns under way when the server stops

Receive = Callable[[dict[str, Any]], Awaitable[bool]]  # whether the raw update is done with; may raise NotSaved


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram finds us: *url* as it sees it, *port* as the proxy does."""

    url: str
    secret: str = field(repr=False)
    port: int


@asynccontextmanager
async def listening(webhook: Webhook, receive: Receive) -> AsyncIterator[None]:
    """Serve until the block ends; then no new update is accepted and the turns under way finish."""
    from aiohttp import web  # half the memory of a bot that polls with ptb

    app = web.Application(client_max_size=LARGEST)
    app.router.add_post(urlsplit(webhook.url).path or "/", _door(webhook.secret.encode(), receive))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FINISH_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", webhook.port).start()
        yield
    finally:
        await runner.cleanup()


def _door(secret: bytes, receive: Receive) -> Callable[[web.Request], Awaitable[web.Response]]:
    from aiohttp import web

    async def called(request: web.Request) -> web.Response:
        # On bytes: `compare_digest` raises on a text that is not ASCII, and a stranger chooses the text.
        shown = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(shown, secret):
            return web.Response(status=401)
        body = await request.read()  # 413 above LARGEST
        try:
            raw = json.loads(body)
            known = isinstance(raw["update_id"], int)
        except (ValueError, TypeError, KeyError):
            known = False
        if not known:
            return web.Response(status=400)
        try:
            done = await receive(raw)
        except NotSaved:
            done = False
        return web.Response(status=200 if done else 500)

    return called
