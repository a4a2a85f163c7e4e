"""`make bench`: what the bot costs, in one table; the numbers to reach stand beside it and are never asserted.

What is compared is measured in turns within one run, and every figure is a median, so that what else the machine does
strikes both alike. The surprising truth: an absolute figure from here says little about another machine, or about
this one tomorrow; a ratio does.

    python -m tests.bench [--quick] [--markdown] [ROW ...]     rows: fed grown polled storage start memory
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from bot.sandbox import Sandbox
from bot.sandbox.world import ROOT, OwnProcess
from storage.durable import Rows
from tests import bench_cases, bench_storage
from tests.bench_bots import Bare, Part, Step, Whole, echo, keep, lived_once, without_network
from tests.conftest import SECRET, TOKEN, example

ENGINES = ("aiogram", "ptb")
PATIENCE = 60.0  # seconds for a bot to start
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    rounds: int = 12
    together: int = 40  # chats at once
    polled: int = 4
    cases: int = 100_000
    commits: int = 300
    at_start: int = 10_000
    starts: int = 3
    open: int = 1000


QUICK = Size(rounds=3, together=10, polled=2, cases=5000, commits=60, at_start=10_000, starts=1, open=200)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table; `ours` and `theirs` are the raw medians behind a ratio."""

    what: str
    target: str
    today: str
    ours: str = ""
    theirs: str = ""


def ratio(what: str, target: str, ours: float, theirs: float, unit: str, digits: int = 2) -> Line:
    return Line(what, target, f"{ours / theirs:.2f} ×", f"{ours:.{digits}f} {unit}", f"{theirs:.{digits}f} {unit}")


@dataclass(frozen=True, slots=True)
class Spent:
    """Per update, in milliseconds."""

    cpu: float
    wall: float


def medians(spent: Sequence[Spent]) -> Spent:
    return Spent(median(one.cpu for one in spent), median(one.wall for one in spent))


# Fed without network -------------------------------------------------------------------------------------


class Said:
    """The statements that change the record, as they were made; to be said again to SQLite alone."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Sequence[Any]]] = []
        self.beginning = 0

    def listen(self) -> Any:
        execute = Rows.execute

        def heard(rows: Rows, sql: str, values: Sequence[object] = ()) -> list[Any]:
            if sql.startswith(("BEGIN", "COMMIT", "CREATE", "INSERT", "UPDATE", "DELETE")):
                self.statements.append((sql, values))
            return execute(rows, sql, values)

        return patch.object(Rows, "execute", heard)

    def again(self, path: Path, updates: int) -> Spent:
        con = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        for pragma in ("locking_mode=exclusive", "journal_mode=wal", "synchronous=2", "secure_delete=1"):
            con.execute(f"PRAGMA {pragma}")
        writes = _without_empty_commits(self.statements)
        for sql, values in writes[: self.beginning]:
            con.execute(sql, values)
        with_cpu, begun = time.process_time(), time.perf_counter()
        for sql, values in writes[self.beginning :]:
            con.execute(sql, values)
        cpu, wall = time.process_time() - with_cpu, time.perf_counter() - begun
        con.close()
        return Spent(cpu * 1000 / updates, wall * 1000 / updates)

    def begin(self) -> None:
        """What was said so far was the making of the tables."""
        self.beginning = len(_without_empty_commits(self.statements))


def _without_empty_commits(statements: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    kept: list[tuple[str, Any]] = []
    for statement in statements:
        if statement[0] == "COMMIT" and kept[-1][0].startswith("BEGIN"):
            kept.pop()
        else:
            kept.append(statement)
    return kept


async def fed(engine: str, steps: Sequence[Step], folder: Path, size: Size) -> list[Line]:
    """Raw updates handed to the library's own dispatch, the calls answered by nobody."""
    hook = {"WEBHOOK_URL": "http://127.0.0.1/hook", "WEBHOOK_SECRET": SECRET, "WEBHOOK_PORT": str(_free_port())}
    said = Said()
    with without_network():
        with said.listen():
            ours = Whole(example(folder, ENGINE=engine, API_BASE="http://127.0.0.1:1", **hook))
            bare = echo(engine, Part([step.actions for step in steps]), "http://127.0.0.1:1")
            await ours.begin()
            await bare.begin()
            said.begin()
            await _conversation(ours, steps, range(1, 2))
        await _conversation(bare, steps, range(1, 2))
        alone: dict[str, list[Spent]] = {"ours": [], "echo": [], "commit": []}
        together: dict[str, list[Spent]] = {"ours": [], "echo": []}
        chats = 1000
        for n in range(size.rounds):
            for name, bot in (("ours", ours), ("echo", bare)):
                alone[name].append(await _conversation(bot, steps, range(chats, chats + 1)))
                together[name].append(await _conversation(bot, steps, range(chats + 1, chats + 1 + size.together)))
            alone["commit"].append(said.again(folder / f"again{n}.db", len(steps)))
            chats += 1000
        await ours.stop()
        await bare.stop()
    one, many = ({name: medians(all_) for name, all_ in spent.items()} for spent in (alone, together))
    what = f"{engine}: whole pipeline fed without network, against echo"
    aim = one["echo"].cpu + one["commit"].cpu + 0.5
    return [
        ratio(f"{what}, CPU, {size.together} chats at once", "≤ 3.0 ×", many["ours"].cpu, many["echo"].cpu, "ms"),
        ratio(f"{what}, CPU, one chat", "≤ 3.0 ×", one["ours"].cpu, one["echo"].cpu, "ms"),
        ratio(
            f"the same, against the aim: echo + bare commit ({one['commit'].cpu:.2f}) + 0.5 ms", "≤ 1 ×",
            one["ours"].cpu, aim, "ms",
        ),
        ratio(f"the same, on the clock (echo: {one['echo'].wall:.2f} ms)", "", one["ours"].wall,
              one["echo"].wall + one["commit"].wall, "ms"),
    ]  # fmt: skip


async def _conversation(bot: Bare, steps: Sequence[Step], chats: range) -> Spent:
    cpu = wall = 0.0
    for n, step in enumerate(steps):
        data = {chat: bot.button(chat, step.label) if step.label else "" for chat in chats}
        raws = [step.raw(chat * 100 + n, chat, data[chat]) for chat in chats]
        cpu_then, wall_then = time.process_time(), time.perf_counter()
        await asyncio.gather(*map(bot.feed, raws))
        await bot.quiet()
        cpu, wall = cpu + time.process_time() - cpu_then, wall + time.perf_counter() - wall_then
    per = 1000 / (len(steps) * len(chats))
    return Spent(cpu * per, wall * per)


async def grown(steps: Sequence[Step], folder: Path, size: Size) -> list[Line]:
    """The same complaint in a young record and in an old one, on the library that itself costs least."""
    sizes, spent = {"few": 100, "many": size.at_start}, {"few": list[Spent](), "many": list[Spent]()}
    bots = dict[str, Whole]()
    with without_network():
        for name, cases in sizes.items():
            (folder / name).mkdir()
            bench_cases.filled(folder / name, cases)
            hook = {"WEBHOOK_URL": "http://127.0.0.1/hook", "WEBHOOK_SECRET": SECRET, "WEBHOOK_PORT": str(_free_port())}
            bots[name] = Whole(example(folder / name, ENGINE="ptb", API_BASE="http://127.0.0.1:1", **hook))
            await bots[name].begin()
            await _conversation(bots[name], steps, range(1, 2))
        for n in range(size.rounds):
            for name, bot in bots.items():
                chats = range(1000 * (n + 1), 1000 * (n + 1) + size.together)
                spent[name].append(await _conversation(bot, steps, chats))
        for bot in bots.values():
            await bot.stop()
    what = f"ptb: whole pipeline, {sizes['many']:,} open cases against {sizes['few']}, CPU"
    return [ratio(what, "≤ 1.2 ×", medians(spent["many"]).cpu, medians(spent["few"]).cpu, "ms")]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


# Polled over the loopback --------------------------------------------------------------------------------


class Counting(Sandbox):
    """Wakes who waits for a chat to have been called so many times."""

    def __init__(self) -> None:
        super().__init__(flood=False)
        self.heard = Counter[int]()
        self.called = asyncio.Condition()
        self.moved = asyncio.Event()

    def record(self, call: dict[str, Any]) -> None:
        super().record(call)
        self.heard[int(call["params"].get("chat_id") or 0)] += 1
        self.moved.set()
        self.moved = asyncio.Event()


async def _polls(sandbox: Sandbox) -> None:
    async with asyncio.timeout(PATIENCE):
        while not sandbox.poll.polling:  # noqa: ASYNC110 -- the sandbox tells nobody
            await asyncio.sleep(0.002)


@asynccontextmanager
async def polling(which: str, engine: str, folder: Path) -> AsyncIterator[tuple[Counting, int]]:
    """A bot in a process of its own on a sandbox of its own; also its process number."""
    async with Counting() as sandbox:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench_bots", which, engine, sandbox.url, str(folder), cwd=ROOT
        )
        await _polls(sandbox)
        try:
            yield sandbox, bot.pid
        finally:
            bot.terminate()
            await bot.wait()


async def polled(engine: str, steps: Sequence[Step], folder: Path, size: Size) -> list[Line]:
    keep(steps, folder)
    spent: dict[str, list[Spent]] = {"wederhoor": [], "echo": []}
    async with AsyncExitStack() as stack:
        bots = {which: await stack.enter_async_context(polling(which, engine, folder)) for which in spent}
        for sandbox, process in bots.values():
            await _spoken(sandbox, process, steps, 1)
        for _ in range(size.polled):
            for which, (sandbox, process) in bots.items():
                spent[which].append(await _spoken(sandbox, process, steps, size.together // 2))
    ours, bare = medians(spent["wederhoor"]), medians(spent["echo"])
    what = f"{engine}: polled over loopback, against echo"
    return [
        ratio(f"{what}, CPU per update", "≤ 1.5 ×", ours.cpu, bare.cpu, "ms"),
        ratio(f"{what}, updates a second", "", 1000 / ours.wall, 1000 / bare.wall, "/s", digits=0),
    ]


async def _spoken(sandbox: Counting, process: int, steps: Sequence[Step], people: int) -> Spent:
    """So many people at once, each saying the next thing when the bot has answered the last."""

    async def speaks(person: int) -> None:
        for step in steps:
            calls = sum(hasattr(action, "chat") for action in step.actions)
            wanted = sandbox.heard[person] + calls
            await (sandbox.tap(person, step.label) if step.label else sandbox.say(person, step.text))
            while sandbox.heard[person] < wanted:
                await sandbox.moved.wait()

    persons = [(await sandbox.person("Truus", "nl"))["id"] for _ in range(people)]
    cpu, wall = _cpu(process), time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(speaks(person) for person in persons))
    took = time.perf_counter() - wall
    await sandbox.settle(PATIENCE)
    per = 1000 / (people * len(steps))
    return Spent((_cpu(process) - cpu) * per, took * per)


def _cpu(process: int) -> float:
    """Seconds of CPU it used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


# A real process ------------------------------------------------------------------------------------------


def _environment(engine: str, url: str, folder: Path) -> dict[str, str]:
    return {"BOT_TOKEN": TOKEN, "API_BASE": url, "DATA_DIR": str(folder / "data"), "ENGINE": engine,
            "LOG_LEVEL": "ERROR"}  # fmt: skip


async def start(engine: str, folder: Path, size: Size) -> list[Line]:
    """From the start of the process to its first question to Telegram, and the import without its end, in turns."""
    bench_cases.filled(folder, size.at_start)
    whole, imports = list[float](), list[float]()
    importing = [sys.executable, "-c", f"import bot.__main__, bot.engines.on_{engine}, os; os._exit(0)"]
    await asyncio.to_thread(subprocess.run, importing, cwd=ROOT, check=True)  # what lies on the disk is then in memory
    for _ in range(size.starts):
        begun = time.perf_counter()
        await asyncio.to_thread(subprocess.run, importing, cwd=ROOT, check=True)
        imports.append(time.perf_counter() - begun)
        async with Sandbox(flood=False) as sandbox:
            bot = OwnProcess(_environment(engine, sandbox.url, folder))
            begun = time.perf_counter()
            await bot.start()
            await _polls(sandbox)
            whole.append(time.perf_counter() - begun)
            await bot.stop()
    beyond = median(whole) - median(imports)
    what = f"{engine}: start with {size.at_start:,} cases, beyond the import of the library"
    return [Line(what, "≤ 3 s", f"{beyond:.1f} s", f"{median(whole):.2f} s", f"{median(imports):.2f} s")]


async def memory(engine: str, steps: Sequence[Step], folder: Path, size: Size) -> list[Line]:
    """After a complaint and a minute's worth of looking at the open cases by a manager."""
    bench_cases.filled(folder, size.open)
    async with Counting() as sandbox:
        bot = OwnProcess(_environment(engine, sandbox.url, folder))
        await bot.start()
        assert bot.process is not None
        await _polls(sandbox)
        _, payload = await bot.command("invite", "manager", "--person", "els")
        manager = (await sandbox.person("Els", "nl"))["id"]
        await sandbox.say(manager, f"/start {payload.split('/start ')[1].split()[0]}")
        await sandbox.settle(PATIENCE)
        for command in ("/zaken", "/cijfers", "/zaken"):
            await sandbox.say(manager, command)
            await sandbox.settle(PATIENCE)
        assert len((await sandbox.chat(manager))["messages"]) > 4
        resident = _resident(bot.process.pid)
        await bot.stop()
    target = "≤ 100 MB" if engine == "ptb" else "≤ 230 MB"
    return [Line(f"{engine}: memory, {size.open:,} open cases", target, f"{resident / 1024:.0f} MB")]


def _resident(process: int) -> int:
    """Kilobytes of memory it occupies."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


# The record ----------------------------------------------------------------------------------------------


REGISTERED = 10_000  # cases in the register that papers are made of
PAPER_TARGETS = {bench_cases.PAPERS["picture"]: "≤ 1 s"}


def storage(folder: Path, size: Size) -> Iterator[Line]:
    """Commits of one case, everybody taking turns, and the summary."""
    for name in ("few", "many", "summary", "papers"):
        (folder / name).mkdir()
    few, many = bench_storage.Rivals(folder / "few", 100), bench_storage.Rivals(folder / "many", size.cases)
    spent = {name: median(took) for name, took in bench_storage.compare(few, many, size.commits).items()}
    few.close()
    many.close()
    for what, target in (("insert", "≤ 1.2 ×"), ("update", "≤ 1.3 ×")):
        ours, fewer = spent[f"{what} many ours"], spent[f"{what} few ours"]
        yield ratio(f"durable commit, {what}: {size.cases:,} cases against 100", target, ours, fewer, "ms")
    for what in ("insert", "update"):
        ours, plain = spent[f"{what} many ours"], spent[f"{what} many plain"]
        yield ratio(
            f"durable commit, {what}, {size.cases:,} cases: against plain sqlite3", "≤ 2.2 ×", ours, plain, "ms"
        )
    for period, took in bench_cases.summaries(folder / "summary", size.cases, times=9):
        yield Line(f"summary per topic of a {period}, {size.cases:,} cases", "≤ 50 ms", f"{took:.0f} ms")
    for called, seconds in bench_cases.papers(folder / "papers", REGISTERED):
        yield Line(f"{called}, a year of {REGISTERED:,} cases", PAPER_TARGETS.get(called, ""), f"{seconds:.1f} s")


# The table -----------------------------------------------------------------------------------------------

HEADER = Line("what", "target", "today", "ours", "against")


def _measured(rows: Sequence[str], size: Size) -> Iterator[Line]:
    with tempfile.TemporaryDirectory(prefix="wederhoor-bench-") as name:

        def folder(row: str, engine: str) -> Path:
            made = Path(name) / f"{row}-{engine}"
            made.mkdir()
            return made

        steps = asyncio.run(lived_once(folder("once", "")))
        by_engine: dict[str, Callable[[str, Path], Any]] = {
            "fed": lambda engine, where: fed(engine, steps, where, size),
            "polled": lambda engine, where: polled(engine, steps, where, size),
            "start": lambda engine, where: start(engine, where, size),
            "memory": lambda engine, where: memory(engine, steps, where, size),
        }
        for row in rows:
            if row == "storage":
                yield from storage(folder(row, ""), size)
            elif row == "grown":
                yield from asyncio.run(grown(steps, folder(row, ""), size))
            else:
                for engine in ENGINES:
                    yield from asyncio.run(by_engine[row](engine, folder(row, engine)))


def machine() -> str:
    """What stands behind the figures."""
    model = next((line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({model}), load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _cells(line: Line) -> tuple[str, ...]:
    return line.what, line.target, line.today, line.ours, line.theirs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", default=["fed", "grown", "polled", "storage", "start", "memory"])
    parser.add_argument("--quick", action="store_true", help="smaller, in a minute, to see that it runs")
    parser.add_argument("--markdown", action="store_true", help="as the text of docs/bench.md")
    given = parser.parse_args()
    lines = list[Line]()
    behind, begun = machine(), time.perf_counter()
    for line in _measured(given.rows, QUICK if given.quick else Size()):
        lines.append(line)
        print("  ".join(_cells(line)), file=sys.stderr, flush=True)
    behind += f"; took {time.perf_counter() - begun:.0f} s"
    if given.markdown:
        print(EXPLAINED.format(behind=behind))
        for cells in (_cells(HEADER), ("---",) * 5, *map(_cells, lines)):
            print(f"| {' | '.join(cells)} |")
        return
    widths = [max(map(len, column)) for column in zip(*map(_cells, (HEADER, *lines)), strict=True)]
    print(behind)
    for line in (HEADER, *lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(_cells(line), widths, strict=True)).rstrip())


EXPLAINED = """# What it costs

Made by `make bench`, which measures and never judges: no test fails on a figure. What is compared runs in turns
within one run; every figure is a median, and the two medians behind a ratio stand beside it. Times are per update of
a whole complaint, from /start to its receipt; the echo makes the same API calls on the same library and keeps nothing.

Where the time of ours goes (py-spy, python-telegram-bot, 40 chats at once, November 2026): the library and the event
loop 44 %, as with the echo; the turn 28 %, of which playing the conversation twice 10 % (once to know what was asked,
once with the answer); choosing and noting what leaves 6 %; the commit 5 % (with one chat, which shares it with nobody,
the two commits are the largest part); the rest is waiting for the other thread and handing over to it.

{behind}.
"""

if __name__ == "__main__":
    main()
