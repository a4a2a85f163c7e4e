"""How the running bot is doing, without a word of content: for /healthz, for `health`, and for whoever watches."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.record import CASES, OUTBOX, STAFF

if TYPE_CHECKING:  # the app serves its own health
    from aiohttp import web

    from bot.app import App
    from storage.store import Tx

WAITING = ("pending", "sending", "uncertain")  # not left yet, or nobody knows whether it did
LONG_WAITING = 15 * 60  # seconds an undelivered message may wait before somebody should look
FULL = 0.03  # free part of the disk below which a complaint may soon not be saved


async def health(app: App) -> dict[str, Any]:
    """Figures, and under `red` what needs a human being, in plain words."""
    now = app.clock.now().timestamp()

    def look(tx: Tx) -> dict[str, Any]:
        oldest = [row for state in WAITING for row in tx.find(OUTBOX.name, state=state, order="due", limit=1)]
        staff = list(tx.every(STAFF.name))
        return {
            "open_cases": tx.count(CASES.name, open="yes"),
            "outbox_waiting": sum(tx.count(OUTBOX.name, state=state) for state in WAITING),
            "outbox_oldest_seconds": max((0, *(round(now - row["at"]) for row in oldest))),
            "outbox_dead": tx.count(OUTBOX.name, state="dead"),
            "mediators": sum("mediator" in row["roles"] for row in staff),
            "managers": sum("manager" in row["roles"] for row in staff),
        }

    found = await app.store.read(look)
    disk = shutil.disk_usage(app.settings.data)
    found |= {
        "put_aside": app.gate.counts.put_aside,
        "gate_shut": app.gate.shut,
        "disk_free": round(disk.free / disk.total, 3),
    }
    found["red"] = [sentence for wrong, sentence in (
        (found["gate_shut"], "the record cannot be written: nothing is acknowledged to Telegram"),
        (found["outbox_oldest_seconds"] > LONG_WAITING, "messages have been waiting for more than 15 minutes"),
        (found["put_aside"] > 0, "there are updates nobody could read, in aside.jsonl"),
        (not found["mediators"], "nobody is a mediator yet: invite one"),
        (not found["managers"], "nobody is a manager yet: invite one"),
        (found["disk_free"] < FULL, "the disk is nearly full"),
    ) if wrong]  # fmt: skip
    return found


@asynccontextmanager
async def serving(app: App, port: int) -> AsyncIterator[None]:
    """GET /healthz on this machine only: 200 when all is well, 503 when `red` says something. Port 0: not at all."""
    if not port:
        yield
        return
    from aiohttp import web  # a bot on ptb that nobody asks does without its megabytes

    async def answer(request: web.Request) -> web.Response:
        found = await health(app)
        return web.Response(
            text=json.dumps(found), content_type="application/json", status=503 if found["red"] else 200
        )

    server = web.Application()
    server.add_routes([web.get("/healthz", answer)])
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()
