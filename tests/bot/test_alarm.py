"""The firm's own alarm: their program hears one sentence when somebody should look, and nothing about any complaint.

The program is a real one here, a few lines of shell that note what they were given. The surprising truth: a program
that fails is called again a minute later, because the trouble has not been told to anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import alarm
from bot.alarm import NO_RECORD, Alarm
from bot.app import App
from bot.assembly import open_store
from bot.clock import StillTime
from bot.record import STAFF
from bot.settings import ROOT
from storage.store import StoreError, Tx
from tests.conftest import TOKEN, example
from tests.handlers.a_case import received

FULL, JUMPED = "The disk is nearly full.", "The clock of this computer jumped."
HOUR, DAY = 3600.0, 86400.0


def program(folder: Path, then: str = "") -> tuple[str, ...]:
    """A program that notes its arguments and the names in its environment, a line each."""
    path = folder / "warn"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {folder}/told\nenv > {folder}/env\n{then}\n')
    path.chmod(0o700)
    return str(path), "--urgent"


def told(folder: Path) -> list[str]:
    path = folder / "told"
    return path.read_text().splitlines() if path.exists() else []


class Watched:
    """What is wrong, as a test says it is."""

    def __init__(self, command: Sequence[str]) -> None:
        self.time, self.wrong = StillTime(), list[str]()
        self.alarm = Alarm(lambda: command, self._look, self.time)

    async def _look(self) -> Sequence[str]:
        if "!" in self.wrong:
            raise StoreError("the store has stopped")
        return self.wrong

    async def look(self, *wrong: str, after: float = 60.0) -> None:
        self.wrong = list(wrong)
        self.time.advance(after)
        await self.alarm.tell()


async def test_each_trouble_is_told_once_and_again_when_it_stays_or_comes_back(tmp_path: Path) -> None:
    watched = Watched(program(tmp_path))
    await watched.look()
    assert told(tmp_path) == []
    await watched.look(FULL)
    await watched.look(FULL, JUMPED)
    assert told(tmp_path) == [f"--urgent {FULL}", f"--urgent {JUMPED}"]
    await watched.look(FULL, after=DAY - 120)
    assert len(told(tmp_path)) == 2
    await watched.look(FULL, after=60)
    assert told(tmp_path)[2:] == [f"--urgent {FULL}"]  # a day later it is still so
    for _ in range(5):  # to and fro around the bound: not every minute
        await watched.look()
        await watched.look(FULL)
    assert len(told(tmp_path)) == 3
    await watched.look(after=HOUR)
    await watched.look(FULL)
    assert len(told(tmp_path)) == 4


async def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    await Watched(program(tmp_path)).look("!")
    assert told(tmp_path) == [f"--urgent {NO_RECORD}"]


@pytest.mark.parametrize("then", ["exit 3", "sleep 60", "missing"])
async def test_a_program_that_fails_is_called_again(
    tmp_path: Path, then: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarm, "PATIENCE", 0.3)
    command = program(tmp_path, then)
    if then == "missing":
        (tmp_path / "warn").unlink()
    watched = Watched(command)
    await watched.look(FULL)
    assert watched.alarm.failed and "alarm command" in caplog.text
    program(tmp_path)  # mended
    before = len(told(tmp_path))
    await watched.look(FULL)
    assert not watched.alarm.failed and len(told(tmp_path)) == before + 1


async def test_the_program_gets_none_of_our_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("WEBHOOK_SECRET", "s" * 40)
    monkeypatch.setenv("HOME", "/somewhere")
    await Watched(program(tmp_path)).look(FULL)
    names = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert names["HOME"] == "/somewhere" and not {"BOT_TOKEN", "WEBHOOK_SECRET"} & names.keys()


async def test_a_sentence_is_never_run_by_a_shell(tmp_path: Path) -> None:
    await Watched(program(tmp_path)).look(f"$(touch {tmp_path}/made); `true`")
    assert told(tmp_path) == [f"--urgent $(touch {tmp_path}/made); `true`"]
    assert not (tmp_path / "made").exists()


async def test_a_running_bot_calls_it_about_a_complaint_nobody_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = program(tmp_path)
    shipped = (ROOT / "organisation.toml").read_text(encoding="utf-8")
    assert "\ncommand = []" in shipped
    # A path is seen from the file, as those of the papers are.
    (tmp_path / "organisation.toml").write_text(shipped.replace("\ncommand = []", '\ncommand = ["./warn", "--urgent"]'))
    settings = example(tmp_path, ORGANISATION=str(tmp_path / "organisation.toml"))
    assert settings.firm.alarm.command == command
    app = App(settings, open_store(settings), StillTime())

    def file(tx: Tx) -> None:
        from bot.record import append

        tx.put(STAFF.name, {"key": "els", "person": 3, "roles": ["manager", "mediator"]})
        event = received(story=("Els schreeuwde",), named=("els",))
        append(tx, app.rules.firm, app.rules.zone, None, "7QXM4RTB", event)

    await app.store.run(file)
    ringing = asyncio.create_task(app.alarm.run())
    try:
        async with asyncio.timeout(10):
            while not told(tmp_path):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
    finally:
        ringing.cancel()
        await asyncio.wait({ringing})
        await app.engine.close()
        app.store.close()
    (line,) = told(tmp_path)
    assert "complaint that nobody may read" in line
    assert "7QXM" not in line and "schreeuwde" not in line and "Els" not in line
