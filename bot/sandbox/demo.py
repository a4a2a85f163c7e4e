"""`python -m bot demo`: the whole bot against the sandbox, without a token and without leaving this machine.

`live` opens the page and waits; `scripted` plays one complaint of three people and shows it. Both start the real bot as
a process of its own. The surprising truth: the transcript that `scripted` prints is not what was meant to happen. It is
read back from the sandbox's log of HTTP calls afterwards.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .persons import NotQuiet, Sandbox
from .script import Differs, Person, Play, Script, read
from .world import PATIENCE, OverHttp, OwnProcess

SCRIPT = Path(__file__).with_name("demo.txt")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # when the transcript begins: a Monday morning
TOKEN = "1000001:demo-" + "d" * 30  # opens nothing: the sandbox takes any
DEMO_PEOPLE = (
    Person("Truus", "nl"),
    Person("Karim", "nl", "mediator", "karim"),
    Person("Els", "nl", "manager", "els"),
    Person("Joke", "nl", "mediator", "joke"),  # for a complaint about Karim: somebody must stand apart
)


def _say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _environment(sandbox: Sandbox, data: str) -> dict[str, str]:
    engine = os.environ.get("ENGINE", "aiogram")
    return {
        "BOT_TOKEN": TOKEN, "BOT_TOKEN_FILE": "", "API_BASE": sandbox.url, "CLOCK": sandbox.url, "DATA_DIR": data,
        "ENGINE": engine, "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"), "WEBHOOK_URL": "", "WEBHOOK_SECRET": "",
    }  # fmt: skip


# A whole complaint by itself -----------------------------------------------------------------------------


def scripted(path: str = "") -> int:
    """Play the script at *path* (the shipped one by default); 0 when all went as it says."""
    script = read((Path(path) if path else SCRIPT).read_text(encoding="utf-8"))
    return asyncio.run(_play(script))


async def _play(script: Script) -> int:
    data = os.environ.get("DATA_DIR") or tempfile.mkdtemp(prefix="wederhoor-demo-")
    async with Sandbox(still=True, start=START) as sandbox:
        env = _environment(sandbox, data)
        bot = OwnProcess(env)
        _say(f"Starting the bot ({env['ENGINE']}) against the local Telegram. The first start takes some seconds.")
        await bot.start()
        code = 0
        try:
            await sandbox.settle(PATIENCE, jump=PATIENCE)
            await Play(OverHttp(sandbox, bot)).perform(script)
            sound, said = await bot.command("verify")
            code = sound
        except (Differs, NotQuiet) as wrong:
            code, said = 1, f"It did not go as the script says.\n{wrong}"
        finally:
            await bot.stop()
        for line in transcript(sandbox.calls, {chat.id: chat.title or "" for chat in sandbox.chats.chats.values()}):
            _say(line)
        _say()
        _say(said.strip())
        _say(f"Everything that was kept lies in {data} (read it with: DATA_DIR={data} python -m bot export-all).")
        return code


def transcript(calls: Sequence[Mapping[str, Any]], names: Mapping[int, str]) -> list[str]:
    """The conversation as the log of HTTP calls tells it: what came in by getUpdates and what went out."""
    lines: list[str] = []
    people: dict[int, str] = {}
    for call in calls:
        if call["method"].lower() == "getupdates" and call["ok"]:
            for update in call["result"] if isinstance(call["result"], list) else ():
                lines += _came_in(update, people)
        elif call["ok"] and call["method"].lower() in {"sendmessage", "editmessagetext"}:
            message = call["result"]
            if "edit_date" in message and not message.get("reply_markup"):
                continue  # only took the buttons off an answered question
            name = people.get(message["chat"]["id"], message["chat"].get("first_name", "?"))
            shown = message["text"].replace("\n", "\n" + " " * 12)
            lines.append(f"{'':8}{'↻' if 'edit_date' in message else '→'} {name}: {shown}")
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                lines.append(" " * 12 + " ".join(f"[{button['text']}]" for button in row))
    return lines


def _came_in(update: Mapping[str, Any], people: dict[int, str]) -> list[str]:
    what = update.get("message") or update.get("edited_message") or update.get("callback_query")
    if not what:
        return []
    people[what["from"]["id"]] = name = what["from"]["first_name"]
    if "data" in what:
        rows = what["message"].get("reply_markup", {}).get("inline_keyboard", ())
        label = next((b["text"] for row in rows for b in row if b.get("callback_data") == what["data"]), what["data"])
        return ["", f"{name}: [{label}]"]
    said = what.get("text") or what.get("caption") or ""
    kind = next((f"({k}) " for k in ("photo", "document", "voice", "audio", "video") if k in what), "")
    return ["", f"{name}: {kind}{'/start …' if said.startswith('/start m_') else said}"]


# With a page, for people ---------------------------------------------------------------------------------


def live(port: int = 0, open_browser: bool = True) -> int:
    """Sandbox, bot and page until Ctrl-C; port 0 takes a free one."""
    return asyncio.run(_live(port, open_browser))


async def _live(port: int, open_browser: bool) -> int:
    data = os.environ.get("DATA_DIR") or tempfile.mkdtemp(prefix="wederhoor-demo-")
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with Sandbox(port, flood=False) as sandbox:
        env = _environment(sandbox, data)
        _say("Filling the record with 40 invented complaints of the past eight months.")
        from .earlier import fill

        await asyncio.to_thread(fill, env)
        bot = OwnProcess(env)
        _say(f"Starting the bot ({env['ENGINE']}). This takes some seconds.")
        await bot.start()
        world = OverHttp(sandbox, bot)
        await sandbox.settle(PATIENCE)
        for person in DEMO_PEOPLE:
            await world.person(person)
        await sandbox.say(world.ids["Truus"], "/start")
        await sandbox.settle(PATIENCE)
        _say()
        _say(f"Open {sandbox.url}/ and write as Truus, the client. Karim mediates, Els asks for /overzicht.")
        _say("A complaint about Karim goes to Joke.")
        _say("Stop with Ctrl-C.")
        if open_browser:
            webbrowser.open(f"{sandbox.url}/")
        watching = asyncio.ensure_future(bot.process.wait()) if bot.process else asyncio.ensure_future(stop.wait())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = watching.done() and not stop.is_set()
        await bot.stop()
        return 1 if failed else 0
