"""Every step of the intake resumes at the same question after a restart, with the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.record import TALKS
from bot.sandbox import script
from bot.sandbox.demo import SCRIPT
from tests.conftest import example
from tests.in_memory import InMemory


async def open_talk(world: InMemory, who: str) -> dict[str, Any] | None:
    return await world.store.read(lambda tx: tx.get(TALKS.name, f"{world.chats[who].id}:new"))


async def test_each_step_of_the_intake_survives_a_restart(tmp_path: Path) -> None:
    world = InMemory(example(tmp_path), tmp_path)
    play, steps = script.Play(world), 0
    whole = script.read(SCRIPT.read_text(encoding="utf-8"))
    try:
        await play.perform(script.Script(whole.title, whole.people, ()))
        for line in whole.lines:
            if line.sign != ":" or line.who != "Truus":
                if line.sign == ":":
                    break  # Karim's turn: the complaint is sent
                continue
            await play.perform(script.Script("", (), (line,)))
            before = await open_talk(world, "Truus")
            if before is None:
                continue
            asked = (await world.heard("Truus"))[-1]
            await world.restart()
            await world.say("Truus", "/taal nl", reply=False)  # says the open question again, changes nothing
            after = await open_talk(world, "Truus")
            again = (await world.heard("Truus"))[-1]
            assert after is not None and after["answers"] == before["answers"]
            assert again["keyboard"] == asked["keyboard"]
            assert again["text"].endswith(asked["text"].split("\n\n")[-1])
            steps += 1
        assert steps >= 15
        assert await open_talk(world, "Truus") is None
    finally:
        world.close()
