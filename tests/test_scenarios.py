"""The transcripts of tests/scenarios/: what a mediator could read is what is tested.

Each is played in memory, on aiogram and on python-telegram-bot over HTTP by polling; those marked so also by webhook.
The calls both engines make for one transcript must be the same.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import script
from bot.sandbox.demo import SCRIPT
from bot.sandbox.script import NUMBER
from tests.conftest import example, over_http
from tests.in_memory import InMemory

FOLDER = Path(__file__).parent / "scenarios"
SCENARIOS = {
    path.stem: path for path in (SCRIPT, SCRIPT.with_name("demo_en.txt"), *sorted(FOLDER.glob("*.txt")))
}  # the demonstration's too
BY_WEBHOOK = ("demo", "safety", "disagree")
OUR_OWN = {"getme", "getupdates", "deletewebhook", "setwebhook", "getwebhookinfo", "setmycommands"}


def played(name: str) -> script.Script:
    return script.read(SCENARIOS[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCENARIOS)
async def test_in_memory(name: str, tmp_path: Path) -> None:
    world = InMemory(example(tmp_path), tmp_path)
    try:
        await script.Play(world).perform(played(name))
    finally:
        world.close()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_on_both_engines_with_the_same_calls(name: str, tmp_path: Path) -> None:
    async def calls(engine: str) -> dict[object, list[object]]:
        async with over_http(tmp_path / engine, engine) as world:
            await script.Play(world).perform(played(name))
            return normalised(world.sandbox.calls)

    # Side by side: each waits most of the time, for silence that tells that its bot is done.
    aiogram, ptb = await asyncio.gather(calls("aiogram"), calls("ptb"))
    assert aiogram == ptb


@pytest.mark.parametrize("engine", ["aiogram", "ptb"])
@pytest.mark.parametrize("name", BY_WEBHOOK)
async def test_by_webhook(name: str, engine: str, tmp_path: Path) -> None:
    async with over_http(tmp_path, engine, webhook_port=free_port()) as world:
        await script.Play(world).perform(played(name))
        assert world.sandbox.webhook.url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def normalised(calls: list[dict[str, Any]]) -> dict[object, list[object]]:
    """What was asked of Telegram, chat by chat, without what chance decides: numbers and ids."""
    seen: dict[object, list[object]] = {}
    for call in calls:
        if call["method"].lower() in OUR_OWN:
            continue
        params = {name: value for name, value in call["params"].items() if name != "callback_query_id"}
        if call["method"].lower() == "editmessagemedia":  # has none; python-telegram-bot adds its default all the same
            params.pop("parse_mode", None)
        told = json.dumps(params, sort_keys=True)
        told = re.sub(r"(a:\w+:\d+:\w+):[0-9a-f]{8}", r"\1:PRINT", told)  # of a text that may hold such a number
        told = re.sub(r'"size": \d+', "SIZE", told)  # of a document that holds such a number
        told = re.sub(r"\b[0-9a-f]{16}\b", "SEAL", told)  # the end of the audit chain, which holds such numbers
        shown = re.sub(NUMBER.replace("}-[", "}-?["), "NUMBER", told)
        seen.setdefault(params.get("chat_id"), []).append((call["method"].lower(), call["ok"], shown))
    return seen
