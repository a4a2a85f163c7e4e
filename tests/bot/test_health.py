"""GET /healthz over real HTTP: fine, or in plain words what needs somebody; figures only, and to this machine only.

The record and the gate are those of a real bot that does not run, so that each trouble can be made alone. The
surprising truth: a message that may have arrived counts as waiting, because with a broken line to Telegram most do.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import aiohttp
import pytest
from aiohttp import web

from bot.app import App
from bot.assembly import open_store
from bot.clock import StillTime
from bot.events import Event, NotSaved, Person, Said
from bot.health import serving
from bot.record import OUTBOX, STAFF, append
from storage.store import Tx
from tests.conftest import example
from tests.handlers.a_case import NUMBER, STAGES, happened, received
from tests.test_scenarios import free_port

SECRET = "Karim luisterde niet"
FREE = 0.5


@dataclass
class Watched:
    """A bot with its two kinds of staff, and whoever watches it."""

    app: App
    clock: StillTime
    port: int
    http: aiohttp.ClientSession

    async def asked(self, path: str = "/healthz", method: str = "GET") -> tuple[int, Any]:
        async with self.http.request(method, f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def red(self) -> list[str]:
        """What is wrong; the status must agree."""
        status, found = await self.asked()
        assert status == (503 if found["red"] else 200)
        sentences: list[str] = found["red"]
        return sentences

    async def message(self, name: str, state: str) -> None:
        at = self.clock.now().timestamp()
        row = {
            "id": name, "chat": 7, "slot": name, "state": state, "due": at, "at": at, "order": 1, "case": "",
            "subject": "p:7", "role": "client", "language": "nl", "attempts": 0, "message": 0,
            "action": {"do": "Send", "chat": 7, "text": SECRET, "keyboard": []},
        }  # fmt: skip
        await self.app.store.run(lambda tx: tx.put(OUTBOX.name, row))

    async def staff(self, **roles: str) -> None:
        def work(tx: Tx) -> None:
            for key, held in roles.items():
                tx.put(STAFF.name, {"key": key, "person": len(key), "roles": held.split()})

        await self.app.store.run(work)


@pytest.fixture
async def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1.0, free=FREE))
    settings, clock, port = example(tmp_path), StillTime(), free_port()
    app = App(settings, open_store(settings), clock)
    async with aiohttp.ClientSession() as http, serving(app.health, port):
        watched = Watched(app, clock, port, http)
        await watched.staff(karim="mediator", els="manager")
        yield watched
    await app.engine.close()
    app.store.close()


async def test_all_is_well(bot: Watched) -> None:
    status, found = await bot.asked()
    assert status == 200
    assert found == {
        "open_cases": 0, "outbox_waiting": 0, "outbox_oldest_seconds": 0, "outbox_dead": 0, "mediators": 1,
        "managers": 1, "nobodys": 0, "clock_held": False, "put_aside": 0, "gate_shut": False, "alarm_failed": False,
        "disk_free": FREE, "red": [],
    }  # fmt: skip


@pytest.mark.parametrize("state", ["pending", "sending", "uncertain"])
async def test_a_message_waits_until_it_has_left(bot: Watched, state: str) -> None:
    await bot.message("m1", state)
    _, found = await bot.asked()
    assert (found["outbox_waiting"], found["outbox_dead"]) == (1, 0)
    bot.clock.advance(15 * 60)
    assert await bot.red() == []
    bot.clock.advance(1)
    assert await bot.red() == ["Messages have been waiting for more than 15 minutes."]
    assert (await bot.asked())[1]["outbox_oldest_seconds"] == 15 * 60 + 1
    await bot.app.store.run(lambda tx: tx.remove(OUTBOX.name, "m1"))
    assert await bot.red() == []


async def test_messages_in_every_state_are_counted_once(bot: Watched) -> None:
    for n, state in enumerate(["uncertain", "pending", "pending", "sending", "dead", "dead"]):
        await bot.message(f"m{n}", state)
        bot.clock.advance(60)
    _, found = await bot.asked()
    assert (found["outbox_waiting"], found["outbox_dead"]) == (4, 2)
    assert found["outbox_oldest_seconds"] == 6 * 60  # the uncertain one, not the first that is pending


async def test_a_message_that_will_never_arrive_is_told_and_waits_no_more(bot: Watched) -> None:
    await bot.message("m1", "dead")
    bot.clock.advance(24 * 3600)
    _, found = await bot.asked()
    assert (found["outbox_waiting"], found["outbox_oldest_seconds"], found["outbox_dead"]) == (0, 0, 1)
    assert found["red"] == []


async def test_a_clock_that_was_set_back_makes_no_negative_wait(bot: Watched) -> None:
    await bot.message("m1", "pending")
    bot.clock.advance(-3600)
    assert (await bot.asked())[1]["outbox_oldest_seconds"] == 0


async def test_somebody_must_be_there_for_complaints(bot: Watched) -> None:
    for key in ("karim", "els"):
        await bot.app.store.run(lambda tx, key=key: tx.remove(STAFF.name, key))  # type: ignore[misc]
    assert await bot.red() == ["Nobody is a mediator yet. Invite one.", "Nobody is a manager yet. Invite one."]
    await bot.staff(ada="admin")  # who runs the bot handles no complaints
    assert len(await bot.red()) == 2
    await bot.staff(els="manager mediator")
    assert await bot.red() == []


async def test_a_record_that_cannot_be_written_is_told_until_it_can(bot: Watched) -> None:
    ways = [NotSaved("full"), None]

    async def take(event: Event) -> None:
        if failure := ways.pop(0):
            raise failure

    event = Event(1, datetime.now(UTC), 7, True, Person(7, "Truus", "nl"), Said(SECRET, 1))
    guarded = bot.app.gate.guard(take)
    await guarded(event)
    assert await bot.red() == ["The record cannot be written. Nothing is acknowledged to Telegram."]
    bot.app.gate._unsaved.clear()  # as the next poll does, which offers the update again
    await guarded(event)
    assert await bot.red() == []


async def test_an_update_nobody_could_read_is_told(bot: Watched) -> None:
    def cannot(raw: dict[str, Any]) -> NoReturn:
        raise ValueError(raw)

    bot.app.gate.read({"update_id": 1, "message": {"text": SECRET}}, lambda raw: raw if len(raw) == 1 else cannot(raw))
    assert await bot.red() == ["There are updates nobody could read, in aside.jsonl."]


@pytest.mark.parametrize(("free", "told"), [(0.031, []), (0.029, ["The disk is nearly full."])])
async def test_a_disk_that_is_nearly_full_is_told(
    bot: Watched, monkeypatch: pytest.MonkeyPatch, free: float, told: list[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1.0, free=free))
    assert await bot.red() == told


async def test_it_counts_open_cases_and_says_no_word_of_them(bot: Watched) -> None:
    firm, zone = bot.app.rules.firm, bot.app.rules.zone

    def file(tx: Tx) -> None:
        for number, stage in ((NUMBER, "analysis"), ("23456789", "closed")):
            case = None
            for event in (received(story=(SECRET,)), *map(happened, STAGES[stage].split())):
                case = append(tx, firm, zone, case, number, event)

    await bot.app.store.run(file)
    await bot.message("m1", "pending")
    status, found = await bot.asked()
    assert (status, found["open_cases"]) == (200, 1)
    assert all(isinstance(value, int | float) for name, value in found.items() if name != "red")


NOBODYS = (
    "There is a complaint that nobody may read or give to somebody. "
    "Invite a manager it is not about, or an administrator."
)


async def test_a_complaint_nobody_may_read_is_told_until_somebody_may(bot: Watched) -> None:
    """It is about the only manager, and no administrator is there to give it away."""
    firm, zone = bot.app.rules.firm, bot.app.rules.zone
    about_els = happened("barred", named=["els"])

    def file(tx: Tx) -> None:
        append(tx, firm, zone, append(tx, firm, zone, None, NUMBER, received(story=(SECRET,))), NUMBER, about_els)

    await bot.app.store.run(file)
    assert await bot.red() == [NOBODYS]
    await bot.staff(ada="admin")
    assert await bot.red() == []
    await bot.app.store.run(lambda tx: tx.remove(STAFF.name, "ada"))
    await bot.staff(joke="manager")
    assert await bot.red() == []


async def test_a_complaint_that_somebody_handles_is_somebodys(bot: Watched) -> None:
    firm, zone = bot.app.rules.firm, bot.app.rules.zone

    def file(tx: Tx) -> None:
        case = None
        for event in (received(), happened("barred", named=["els"]), happened("assigned")):
            case = append(tx, firm, zone, case, NUMBER, event)

    await bot.app.store.run(file)
    assert await bot.red() == []


async def test_a_clock_that_jumped_is_told_for_as_long_as_reminders_wait(bot: Watched) -> None:
    await bot.app.waking.due()
    bot.clock.set_wall(86400)
    await bot.app.waking.due()
    jumped = "The clock of this computer jumped. Reminders wait an hour. Check its date and time."
    assert await bot.red() == [jumped]
    bot.clock.advance(3599)
    assert jumped in await bot.red()
    bot.clock.advance(1)
    assert jumped not in await bot.red()


async def test_it_answers_one_question_to_this_machine(bot: Watched) -> None:
    assert (await bot.asked("/"))[0] == 404
    assert (await bot.asked("/healthz", "POST"))[0] == 405
    with pytest.raises(aiohttp.ClientConnectionError):
        await bot.http.get(f"http://127.0.0.2:{bot.port}/healthz")  # a server on every address would answer here


async def test_it_is_answered_for_as_long_as_the_bot_runs(bot: Watched) -> None:
    port = free_port()
    async with serving(bot.app.health, port):
        await bot.http.get(f"http://127.0.0.1:{port}/healthz")
    with pytest.raises(aiohttp.ClientConnectionError):
        await bot.http.get(f"http://127.0.0.1:{port}/healthz")


async def test_without_a_port_nothing_listens(bot: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(web, "TCPSite")
    async with serving(bot.app.health, 0):
        assert await bot.red() == []
