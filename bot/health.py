"""How the running bot is doing, without a word of content: for /healthz, for `health`, and for whoever watches.

Here it is measured; what of it needs somebody stands in handlers/admin.py, in one table for the chat, for /healthz and
for the firm's own alarm (bot/alarm.py). The surprising truth: a complaint nobody may read is looked for and not noted,
so it is seen by whatever road it came to be so.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.record import CASES, CLOCK, DIARY, OUTBOX, load_case, staff
from bot.words import Words
from handlers.admin import red
from handlers.facts import Health

if TYPE_CHECKING:
    from aiohttp import web

    from storage.store import Tx

WAITING = ("pending", "sending", "uncertain")  # not left yet, or nobody knows whether it did
LOOKED_AT = 100  # complaints without a mediator, the oldest first: a firm with more of them has other trouble


@dataclass(frozen=True, slots=True)
class Machine:
    """What the record does not know of the bot that runs."""

    gate_shut: bool = False
    put_aside: int = 0
    alarm_failed: bool = False
    disk_free: float = 1.0


def measured(tx: Tx, now: datetime, machine: Machine) -> Health:
    at = now.timestamp()
    oldest = [row for state in WAITING for row in tx.find(OUTBOX.name, state=state, order="due", limit=1)]
    people = staff(tx)
    return Health(
        open_cases=tx.count(CASES.name, open="yes"),
        outbox_waiting=sum(tx.count(OUTBOX.name, state=state) for state in WAITING),
        outbox_oldest_seconds=max((0, *(round(at - row["at"]) for row in oldest))),
        outbox_dead=tx.count(OUTBOX.name, state="dead"),
        mediators=sum("mediator" in row["roles"] for row in people),
        managers=sum("manager" in row["roles"] for row in people),
        nobodys=_nobodys(tx, people),
        clock_held=bool(held_until(tx.get(DIARY.name, CLOCK), at)),
        **asdict(machine),
    )


def held_until(seen: dict[str, Any] | None, at: float) -> float:
    """Until when (UTC seconds) reminders wait, by what was noted of the clock; 0 when they do not."""
    hold = float(seen.get("hold", 0)) if seen else 0.0
    return hold if hold > at else 0.0


def _nobodys(tx: Tx, people: Any) -> int:
    """Open complaints that have no mediator, and no manager or administrator whom they are not about."""
    giving = {str(row["key"]) for row in people if {"manager", "admin"} & set(row["roles"])}
    rows = tx.find(CASES.name, mediator="", open="yes", limit=LOOKED_AT)
    cases = (load_case(tx, str(row["number"])) for row in rows)
    return sum(case is not None and not giving - case.barred for case in cases)


def sentences(words: Words, found: Health) -> list[str]:
    """What needs somebody, for whoever reads no chat."""
    return [words.plain(sentence, "en") for sentence in red(found)]


@asynccontextmanager
async def serving(look: Callable[[], Awaitable[tuple[Health, list[str]]]], port: int) -> AsyncIterator[None]:
    """GET /healthz on this machine only: 200 when all is well, 503 when `red` says something. Port 0: not at all."""
    if not port:
        yield
        return
    from aiohttp import web  # a bot on ptb that nobody asks does without its megabytes

    async def answer(request: web.Request) -> web.Response:
        found, wrong = await look()
        told = asdict(found) | {"red": wrong}
        return web.Response(text=json.dumps(told), content_type="application/json", status=503 if told["red"] else 200)

    server = web.Application()
    server.add_routes([web.get("/healthz", answer)])
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()
