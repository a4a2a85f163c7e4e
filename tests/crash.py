"""Kills the bot at every request it makes, and looks whether anything was lost: `make crash`.

The demonstration's complaint is played against the real process, which gets SIGKILL at one chosen request to
Telegram: before Telegram did it, after Telegram did it but before it said so, or right after the answer. Then it is
started again and the people go on. In the end the record must tell the same story as that of an uninterrupted run.

The surprising truth: nobody repeats anything for the bot. Whoever wrote just before the kill is served because an
update that is not durable was not acknowledged, so Telegram delivers it again by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeAlias

from aiohttp import web

from bot.__main__ import main as run_bot
from bot.control import ask_running
from bot.sandbox import Sandbox
from bot.sandbox.demo import SCRIPT, START
from bot.sandbox.faults import UPDATE, Fault, Faults
from bot.sandbox.script import Differs, Play, Script, read
from bot.sandbox.world import PACE, PATIENCE, ROOT, OverHttp, OwnProcess

Where: TypeAlias = Literal["before", "unanswered", "answered"]
WHERE: tuple[Where, ...] = ("before", "unanswered", "answered")
ENGINES = ("ptb", "aiogram")
AIOGRAM_SHARE = 5  # of a drawn set every fifth: it takes ten times as long to start as ptb
SOON = 0.0005, 0.03  # seconds after an answer between which the kill comes, more often early than late
AFTER_A_START = 0.4  # seconds of silence after which a bot that has just started is taken to have done what it can
TRIES = 30  # times quiet with something still in the outbox
AT_ONCE = 12  # points tried at the same time: a run mostly waits
TOKEN = "1000001:" + "c" * 35


FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["bot.__main__", "bot.app", "bot.engines.on_aiogram", "bot.engines.on_ptb"])


@dataclass(frozen=True, slots=True)
class Point:
    engine: str
    request: int  # the how manieth the bot makes, from 1
    where: Where


class Lost(AssertionError):
    """What is in the record or in the chats is not what must be there."""


class Cut(Faults):
    """Counts every request the bot makes, getUpdates and downloads too, and cuts one."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self.point, self.cut = point, ""
        self.methods: list[str] = []
        self.reached, self.over, self.polled = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def strike(self, method: str, chat: int | None) -> Fault | None:
        if method == UPDATE:
            return None
        self.methods.append(method)
        if method == "getupdates":
            self.polled.set()
        if len(self.methods) != self.point.request:
            return None
        self.cut = method
        if method == "getupdates" and self.point.where == "unanswered" and self.point.request % 2:
            # As soon as it has confirmed the last updates, while it waits for more: the moment a hasty bot loses them.
            asyncio.get_running_loop().call_soon(self.reached.set)
        return Fault("hold_before" if self.point.where == "before" else "hold_after")

    async def hold(self, method: str) -> None:
        self.reached.set()
        if self.point.where != "answered":
            await self.over.wait()
        if self.point.where == "before":
            raise web.HTTPServiceUnavailable  # to nobody: who asked is dead, and nothing was done


class Mortal(OwnProcess):
    """The bot's process, its log in a file; commands reach it by its socket, without a process of their own.

    It is forked from one that has the libraries loaded: a thousand points twice would import them two thousand times.
    """

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        super().__init__(env)
        self.folder, self.log = folder, folder / "log.txt"
        self.forked: BaseProcess | None = None

    async def start(self) -> None:
        self.forked = FORKING.Process(target=_live, args=(self.env, str(self.log)))
        await asyncio.to_thread(self.forked.start)

    async def died(self) -> None:
        """Until it lives no more."""
        if self.forked is None or self.forked.exitcode is not None:
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.forked.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self.forked.sentinel)
        self.forked.join()

    async def stop(self) -> None:
        if self.forked is not None:
            self.forked.terminate()
            await self.died()

    async def kill(self) -> None:
        if self.forked is not None:
            self.forked.kill()
            await self.died()

    async def command(self, *words: str) -> tuple[int, str]:
        """The same as beside a running bot, without a new Python for it."""
        self.forked = FORKING.Process(target=_say, args=(self.env, str(self.folder / "said.txt"), words))
        await asyncio.to_thread(self.forked.start)
        await self.died()
        return self.forked.exitcode or 0, (self.folder / "said.txt").read_text(encoding="utf-8")

    async def asked(self, *words: str) -> str:
        code, said = await asyncio.to_thread(ask_running, self.folder / "data", *words)
        if code:
            raise Lost(said)
        return said

    async def invite(self, role: str, key: str) -> str:
        return await self.asked("invite", role, key)


def _live(env: Mapping[str, str], log: str) -> None:
    """In the forked process: all that `python -m bot run` does."""
    _become(env, log)
    sys.exit(run_bot(["run"]))


def _say(env: Mapping[str, str], said: str, words: Sequence[str]) -> None:
    _become(env, said)
    sys.exit(run_bot(words))


def _become(env: Mapping[str, str], out: str) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    to = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(to, 1)
    os.dup2(to, 2)


class Crashing(OverHttp):
    """A world in which the bot may die while everybody waits for it."""

    def __init__(self, sandbox: Sandbox, bot: Mortal, cut: Cut, chance: Random) -> None:
        super().__init__(sandbox, bot)
        self.process, self.cut, self.chance = bot, cut, chance
        self.restarted = False

    async def tap(self, who: str, label: str) -> None:
        """The newest message with such a button: the copy of one that was sent twice may have kept its own."""
        for message in reversed(await self.heard(who)):
            if any(label in button["text"] for row in message["keyboard"] for button in row):
                await self.sandbox.tap(self.ids[who], label=label, message=message["id"])
                return
        raise Differs(f"{who} sees no button {label!r}")

    async def settle(self) -> None:
        """Until all is quiet and nothing waits to be sent; through the bot's death, if this is its hour."""
        for _ in range(TRIES):
            await self._quiet()
            if self.restarted or not self.cut.reached.is_set():
                if not json.loads(await self.process.asked("export-all"))["outbox"]:
                    return
            else:
                self.restarted = True
                await self._killed()
                await self.sandbox.settle(PATIENCE, jump=PACE, quiet=AFTER_A_START)
        raise Lost("what waits in the outbox does not leave")

    async def _quiet(self) -> None:
        settling = asyncio.create_task(self.sandbox.settle(PATIENCE, jump=PACE))
        reached = asyncio.create_task(self.cut.reached.wait())
        try:
            await asyncio.wait({settling, reached}, return_when=asyncio.FIRST_COMPLETED)
            if self.restarted or not self.cut.reached.is_set():
                await settling
        finally:
            settling.cancel()
            reached.cancel()

    async def _killed(self) -> None:
        if self.cut.point.where == "answered":
            await asyncio.sleep(SOON[0] * (SOON[1] / SOON[0]) ** self.chance.random())
        await self.process.kill()
        self.cut.over.set()
        await self.start()

    async def start(self) -> None:
        """Until the bot asks for updates, or until the request at which it is to die."""
        self.cut.polled.clear()
        await self.process.start()
        waits = {self.cut.polled.wait(), self.process.died()}
        if not self.restarted:
            waits.add(self.cut.reached.wait())
        tasks = [asyncio.create_task(wait) for wait in waits]
        await asyncio.wait(tasks, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if not self.cut.polled.is_set() and (self.restarted or not self.cut.reached.is_set()):
            raise Lost(f"the bot did not start: {self.process.log.read_text(encoding='utf-8')[-300:]}")


@dataclass(frozen=True, slots=True)
class Told:
    """What a run left: the story of its one case, and the requests made."""

    story: tuple[Any, ...]
    methods: Sequence[str]


# One run -------------------------------------------------------------------------------------------------


async def play(script: Script, point: Point, folder: Path, chance: Random) -> tuple[Told, str]:
    """Play *script*, cut at *point* (request 0: not at all); what was left, and the method that was cut."""
    async with Sandbox(still=True, start=START, flood=False) as sandbox:
        cut = Cut(point)
        sandbox.faults = sandbox.queue._faults = cut
        bot = Mortal(environment(sandbox.url, point.engine, folder), folder)
        world = Crashing(sandbox, bot, cut, chance)
        try:
            await world.start()
            await world.settle()
            playing = Play(world)
            await playing.perform(script)
            if point.request and not cut.reached.is_set():  # it waits for an update that nobody sends any more
                await world.say("Truus", "/help", False)
                await world.settle()
            if point.request and not cut.reached.is_set():
                raise Lost(f"request {point.request} was not seen, only {len(cut.methods)}")
            methods = [*cut.methods]
            kept = json.loads(await bot.asked("export-all"))
            heard = await world.heard("Truus")
        finally:
            await bot.stop()
        code, said = await bot.command("verify")
        if code:
            raise Lost(f"verify: {said}")
        _whole(kept, heard, range(1, sandbox.queue.tail), playing.known["ref"], bot.log.read_text(encoding="utf-8"))
        _word_for_word(kept, script)
        return Told(_story(kept), methods), cut.cut


def environment(url: str, engine: str, folder: Path) -> dict[str, str]:
    return {
        "BOT_TOKEN": TOKEN, "BOT_TOKEN_FILE": "", "API_BASE": url, "CLOCK": url, "DATA_DIR": str(folder / "data"),
        "ENGINE": engine, "LOG_LEVEL": "WARNING", "WEBHOOK_URL": "", "WEBHOOK_SECRET": "", "HEALTH_PORT": "0",
    }  # fmt: skip


def _whole(
    kept: Mapping[str, Any], heard: Sequence[Mapping[str, Any]], updates: Iterable[int], ref: str, log: str
) -> None:
    """One case, one receipt or more, no update and no message lost, no bug met."""
    number = ref.replace("-", "")
    for table in ("cases", "register"):
        if [row["number"] for row in kept[table]] != [number]:
            raise Lost(f"{table}: {[row['number'] for row in kept[table]]} where only {number} may be")
    if strangers := {row["case"] for row in kept["events"]} - {number}:
        raise Lost(f"events of {strangers}")
    if not any("Uw klacht is ontvangen" in message["text"] and ref in message["text"] for message in heard):
        raise Lost("no receipt was delivered")
    if lost := set(updates) - {row["update"] for row in kept["updates"]}:
        raise Lost(f"updates {sorted(lost)} were lost")
    if kept["outbox"]:
        raise Lost(f"{len(kept['outbox'])} messages never left: {[row['state'] for row in kept['outbox']]}")
    if bugs := re.findall(r"^.*(?:our own bug|met a bug|Traceback|put aside).*$", log, re.MULTILINE):
        raise Lost(f"its log says: {bugs[0]}")


def _word_for_word(kept: Mapping[str, Any], script: Script) -> None:
    """Whatever people wrote into the complaint and its handling stands in the case as they wrote it."""
    facts = json.dumps([row["facts"] for row in kept["events"]], ensure_ascii=False)
    for line in script.lines:
        typed = re.sub(r"^\([^)]*\) ", "", line.what)
        if line.sign == ":" and len(typed) > 9 and not typed.startswith(("/", "[")) and typed not in facts:
            raise Lost(f"not in the case: {typed}")


def _story(kept: Mapping[str, Any]) -> tuple[Any, ...]:
    """The case as its events tell it, without what chance and the clock decide."""
    told = [[row["kind"], row["by"], _plain(row["facts"])] for row in sorted(kept["events"], key=lambda row: row["id"])]
    return tuple(json.dumps(event, sort_keys=True) for event in told)


def _plain(value: Any) -> Any:
    match value:
        case dict() if "sha256" in value:
            return {"sha256": value["sha256"], "size": value["size"]}
        case dict():
            return {name: _plain(part) for name, part in value.items() if name not in {"message", "at"}}
        case list():
            return [_plain(part) for part in value]
    return value


# All runs ------------------------------------------------------------------------------------------------


class Campaign:
    def __init__(self, script: Script, seed: int) -> None:
        self.script, self.seed = script, seed
        self.expected: dict[str, Told] = {}  # by engine
        self.passed = self.failed = 0
        self.free = asyncio.Semaphore(AT_ONCE)

    async def uninterrupted(self, engine: str) -> None:
        """What happens when nothing happens."""
        told, _ = await self._run(Point(engine, 0, "answered"))
        if told:
            self.expected[engine] = told
            print(f"{engine}: {len(told.methods)} requests in an uninterrupted run", flush=True)

    def points(self, engine: str) -> list[Point]:
        numbers = range(1, len(self.expected[engine].methods) + 1)
        return [Point(engine, number, where) for number in numbers for where in WHERE]

    def drawn(self, count: int) -> list[Point]:
        chance, known = Random(self.seed), [*self.expected]
        slow = count // AIOGRAM_SHARE if len(known) > 1 else count * known.count("aiogram")
        shares = {"ptb": count - slow, "aiogram": slow}
        return [point for engine in known for point in chance.sample(self.points(engine), k=shares[engine])]

    async def attempt(self, point: Point) -> None:
        _, passed = await self._run(point)
        self.passed += passed

    async def _run(self, point: Point) -> tuple[Told | None, bool]:
        """One run and its line; what it left, if all is well."""
        async with self.free:
            folder, began = Path(tempfile.mkdtemp(prefix="wederhoor-crash-")), time.monotonic()
            told, wrong = None, ""
            method = self.expected[point.engine].methods[point.request - 1] if point.request else "nothing"
            try:
                told, method = await play(self.script, point, folder, Random(self.seed + point.request))
                if point.request and told.story != self.expected[point.engine].story:
                    wrong = _difference(told.story, self.expected[point.engine].story)
            except (Differs, Lost, TimeoutError, OSError, KeyError, ValueError) as problem:
                wrong = f"{type(problem).__name__}: {problem}"
            if not wrong:
                shutil.rmtree(folder)
        self.failed += bool(wrong)
        if point.request or wrong:
            print(
                f"{'FAIL' if wrong else 'ok  '} {point.engine:8}{point.where:11}request {point.request:4}  "
                f"{method:22}{time.monotonic() - began:5.1f} s{f'  {wrong}  (left in {folder})' if wrong else ''}",
                flush=True,
            )
        return (None if wrong else told), not wrong


def _difference(told: Sequence[Any], expected: Sequence[Any]) -> str:
    extra, missing = [e for e in told if e not in expected], [e for e in expected if e not in told]
    return f"the case differs: extra {extra}, missing {missing}, {len(told)} events for {len(expected)}"


async def run(count: int | None, seed: int, engines: Sequence[str]) -> int:
    campaign = Campaign(read(SCRIPT.read_text(encoding="utf-8")), seed)
    print(f"seed {seed}", flush=True)
    for engine in engines:
        await campaign.uninterrupted(engine)
    known = [*campaign.expected]
    points = campaign.drawn(count) if count else [point for engine in known for point in campaign.points(engine)]
    await asyncio.gather(*(campaign.attempt(point) for point in points))
    print(f"{campaign.passed} passed, {campaign.failed} failed")
    return 1 if campaign.failed or campaign.passed != len(points) else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash", description="Kill the bot at its requests to Telegram.")
    parser.add_argument("--points", type=int, help="so many, drawn; all of them by default")
    parser.add_argument("--seed", type=int, help="the seed they are drawn by")
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    given = parser.parse_args()
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    return asyncio.run(run(given.points, seed, [given.engine] if given.engine else ENGINES))


if __name__ == "__main__":
    sys.exit(main())
