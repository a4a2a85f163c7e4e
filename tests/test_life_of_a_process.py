"""The same promises, smaller, against the real process: people press and type what comes to mind, and it is killed.

What they do is drawn by a seed that is printed. The machine over every rule is tests/test_lifecycle.py, in memory; this
one has what memory has not: HTTP, an engine, a process that dies, and a clock that leaps.
"""

import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.demo import START
from bot.sandbox.persons import NoSuch
from bot.sandbox.script import Person, Play, read
from bot.sandbox.world import PATIENCE, OverHttp, OwnProcess
from handlers.menu import MENU
from handlers.procedure.case import LEADS_TO
from handlers.procedure.steps import ANY
from tests.crash import environment

ACTS = int(os.environ.get("ACTS", "90"))
CLIENTS = {"Truus": "KANARIEEEN", "Nel": "KANARIETWEE"}
PEOPLE = """
people: Els (nl) manager=els; Karim (nl) mediator=karim; Joke (nl) mediator=joke; Truus (nl); Nel (nl); Kees (nl)
"""
FILED = """
{who}: /klacht
{who}: [Ja, dat is goed]
{who}: Mijn zolen zijn drie weken te laat, zegt {canary}, en niemand belt terug.
{who}: [Verder]
{who}: [Te laat of niet geleverd]
{who}: steunzolen
{who}: [Gisteren]
{who}: [Ja]
{who}: [Uitleg geven]
{who}: [Verder]
{who}: [Voor mijzelf]
{who}: [{who}]
{who}: [Hier in Telegram]
{who}: [Klacht versturen]
"""
WORDS = (
    "Dat is zo.",
    "1",
    "2",
    "ja",
    "nee",
    "gisteren",
    "vrijdag",
    "Een gewone zin.",
    "/stop",
    "/terug",
    "karim",
    "🙂",
)


@pytest.mark.parametrize("engine", ["ptb", "aiogram"])
async def test_whatever_they_do_the_process_keeps_its_promises(engine: str, tmp_path: Path) -> None:
    seed = 7 if os.environ.get("CI") else secrets.randbelow(10**6)
    print(f"seed {seed}")
    chance = Random(seed)
    async with Sandbox(still=True, start=START, flood=False) as sandbox:
        bot = OwnProcess(environment(sandbox.url, engine, tmp_path))
        world = OverHttp(sandbox, bot)
        await bot.start()
        try:
            await sandbox.settle(PATIENCE, jump=PATIENCE)
            stories = "".join(FILED.format(who=who, canary=canary) for who, canary in CLIENTS.items())
            await Play(world).perform(read(PEOPLE + stories))
            for n in range(ACTS):
                await _something(world, bot, chance, killed=n % 30 == 29)
                await world.settle()
            _, kept = await bot.command("export-all")
            code, said = await bot.command("verify")
            chats = {who: await world.heard(who) for who in world.ids}
        finally:
            await bot.stop()
    assert code == 0, said
    record = json.loads(kept)
    assert not record["outbox"]
    numbers = {row["number"] for row in record["cases"]}
    assert numbers == {row["number"] for row in record["register"]}
    assert len({row["update"] for row in record["updates"]}) == len(record["updates"])
    for number in numbers:
        mine = sorted((row for row in record["events"] if row["case"] == number), key=lambda row: row["id"])
        assert mine[0]["kind"] == "received"
        status = next((LEADS_TO[row["kind"]] for row in reversed(mine) if LEADS_TO.get(row["kind"])), "received")
        assert status in ANY
        reminders = [
            row["facts"]["what"] for row in mine if row["kind"] == "reminded" and row["facts"]["what"] != "accept"
        ]
        assert len(reminders) == len(set(reminders))
        assert all(row["by"] == "client" for row in mine if row["kind"] in {"agreed", "disagreed", "withdrawn"})
    for who, messages in chats.items():
        told = "\n".join(message["text"] for message in messages)
        assert not re.search(r"ging bij ons iets mis|went wrong on our side", told), who
        others = {canary for client, canary in CLIENTS.items() if who in {*CLIENTS, "Kees"} and client != who}
        assert not [canary for canary in others if canary in told], who


async def _something(world: OverHttp, bot: OwnProcess, chance: Random, killed: bool) -> None:
    """One act of somebody, or of time, or of fate."""
    who = chance.choice([*world.ids])
    shown = [b["text"] for m in (await world.heard(who))[-3:] for row in m["keyboard"] for b in row]
    refs = [found for m in await world.heard("Els") for found in re.findall(r"\w{4}-\w{4}", m["text"])]
    what = chance.random()
    if killed:
        await bot.kill()
        await bot.start()
    elif what < 0.6 and shown:
        with suppress(NoSuch, AssertionError):  # it may have been taken off meanwhile
            await world.tap(who, chance.choice(shown))
    elif what < 0.75:
        item = chance.choice(MENU)
        await world.say(who, f"/{item.dutch} {chance.choice(refs) if refs and item.of_case else ''}".strip(), False)
    elif what < 0.92:
        await world.say(who, chance.choice(WORDS), False)
    else:
        await world.advance(chance.choice((60, 3600, 26 * 3600, 3 * 86400, 9 * 86400)))


def test_the_people_are_those_of_the_firm() -> None:
    assert {person.key for person in read(PEOPLE).people if person.role} == {"els", "karim", "joke"}
    assert Person("Kees", "nl") in read(PEOPLE).people
