"""The transcripts of tests/scenarios/, played in memory, and on both engines over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox import script
from bot.settings import Settings, read
from tests.in_memory import InMemory

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


def settings(folder: Path, **more: str) -> Settings:
    return read(
        {
            **({"ORGANISATION": "/tmp/org.toml"}),
            "DATA_DIR": str(folder / "data"),
            "BOT_TOKEN": "1000001:" + "a" * 35,
            **more,
        }
    )


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
async def test_in_memory(path: Path, tmp_path: Path) -> None:
    world = InMemory(settings(tmp_path), tmp_path)
    try:
        await script.Play(world).perform(script.read(path.read_text(encoding="utf-8")))
    finally:
        world.close()
