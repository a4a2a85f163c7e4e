"""`reload`: organisation.toml is read again while the bot runs, between two turns; a mistake in it changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from bot import control
from bot.app import App
from bot.assembly import open_store, rules
from bot.clock import StillTime
from bot.engines import Connected
from bot.events import Action, Command, Event, Person, Receipt
from bot.record import CASES, OUTBOX, append, refit
from bot.settings import ROOT
from storage.store import Full, Tx
from tests.conftest import example
from tests.handlers.a_case import happened, received

SHIPPED = (ROOT / "organisation.toml").read_text(encoding="utf-8")
NEW = '\n[[people]]\nkey = "noor"\nname = "Noor Smit"\n'


class Silent:
    """An engine to which nobody says anything, and that is stopped at once."""

    async def run(self) -> None: ...
    async def close(self) -> None: ...
    async def do(self, action: Action) -> Receipt:
        return Receipt()


@dataclass
class Running:
    app: App
    file: Path
    updates: int = 0

    def write(self, *changes: tuple[str, str], more: str = "") -> None:
        text = SHIPPED
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        self.file.write_text(text + more, encoding="utf-8")

    async def asked(self, do: str, *given: str) -> control.Said:
        return await asyncio.to_thread(control.ask_running, self.app.settings.data, do, *given)

    async def help(self) -> str:
        """What the bot answers somebody now."""
        self.updates += 1
        person = Person(7, "Truus", "nl")
        await self.app.desk.take(Event(self.updates, datetime.now(UTC), 7, True, person, Command("help", "", 1, None)))
        rows = await self.app.store.read(lambda tx: list(tx.every(OUTBOX.name)))
        return str(rows[-1]["action"]["text"])


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Running]:
    file = tmp_path / "organisation.toml"
    file.write_text(SHIPPED, encoding="utf-8")
    settings = example(tmp_path, ORGANISATION=str(file))
    app = App(settings, open_store(settings), StillTime())
    async with control.listening(app.store, app.rules, settings.data, app.clock, app.waking.due, app.reload):
        yield Running(app, file)
    await app.engine.close()
    app.store.close()


async def test_what_changed_is_used_from_the_next_turn_on(bot: Running) -> None:
    assert "055 123 45 67" in await bot.help()
    bot.write(('phone = "055 123 45 67"', 'phone = "055 765 43 21"'), more=NEW)
    assert await bot.asked("invite", "mediator", "noor") == (
        2, "Nobody in organisation.toml has the key 'noor'. There are: els, karim, joke, bram.")  # fmt: skip
    assert await bot.asked("reload") == (0, "organisation.toml is read again. Changed: contact, people.")
    assert "055 765 43 21" in await bot.help()
    assert (await bot.asked("invite", "mediator", "noor"))[0] == 0
    for room in (bot.app.desk, bot.app.waking, bot.app.post):  # nobody keeps the old ones
        assert getattr(room, "rules", bot.app.rules).firm.contact.phone == "055 765 43 21"
    (entry,) = [row for row in bot.app.store.export()["audit"] if "reloaded" in str(row)]
    assert "contact, people" in str(entry) and "765" not in str(entry)


async def test_nothing_changed(bot: Running) -> None:
    assert await bot.asked("reload") == (0, "Nothing changed in organisation.toml.")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('reports_to = "joke"', 'reports_to = "piet"', "reports to 'piet', who is not among the people"),
        ('zone = "Europe/Amsterdam"', 'zone = "Europe/Almelo"', "line 3: zone is 'Europe/Almelo'"),
        ('phone = "055 123 45 67"', "", "contact.phone is missing"),
        ("[terms]", "[terms", "at line"),
    ],
)
async def test_a_mistake_keeps_what_was_and_says_where_it_is(bot: Running, old: str, new: str, sentence: str) -> None:
    bot.write((old, new), ("Voetspoor Orthopedie", "Heel Ander Bedrijf"))
    before = bot.app.rules.firm
    code, said = await bot.asked("reload")
    assert code == 2 and sentence in said and "line" in said
    assert bot.app.rules.firm is before
    bot.write()
    assert await bot.asked("reload") == (0, "Nothing changed in organisation.toml.")


async def test_other_terms_have_other_deadlines(bot: Running) -> None:
    app, number = bot.app, "7QXM4RTB"

    def file(tx: Tx) -> None:
        case = None
        for event in (received(app.clock.now()), happened("assigned", app.clock.now())):
            case = append(tx, app.rules.firm, app.rules.zone, case, number, event)

    await app.store.run(file)

    async def row() -> dict[str, object]:
        found = await app.store.read(lambda tx: tx.get(CASES.name, number))
        assert found is not None
        return found

    before = await row()
    bot.write(("accept_hours = 24 ", "accept_hours = 48 "), ("outcome_weeks = 6", "outcome_weeks = 8"))
    assert await bot.asked("reload") == (0, "organisation.toml is read again. Changed: terms.")
    after = await row()
    assert (before["outcome_by"], after["outcome_by"]) == ("2027-01-04", "2027-01-18")
    assert await bot.asked("verify") == (0, "The record is sound.")


async def test_a_reload_that_cannot_be_noted_changes_nothing(bot: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bot.app.store.run

    async def full(work: Callable[[Tx], object]) -> object:
        """All of the work is done, and then the disk does not take it."""

        def and_then(tx: Tx) -> None:
            work(tx)
            raise Full

        return await run(and_then)

    bot.write(('phone = "055 123 45 67"', 'phone = "055 765 43 21"'))
    with monkeypatch.context() as broken:
        broken.setattr(bot.app.store, "run", full)
        code, said = await bot.asked("reload")
    assert (code, "no space left" in said) == (2, True)
    assert "055 123 45 67" in await bot.help()
    assert (await bot.asked("reload"))[0] == 0


async def test_terms_that_changed_while_the_bot_was_off_count_from_its_start(bot: Running) -> None:
    """Until then `verify` says why the rows differ, and not that the record is damaged."""
    app, zone = bot.app, bot.app.rules.zone

    def file(tx: Tx) -> None:
        refit(tx, app.rules.firm, zone)
        append(tx, app.rules.firm, zone, None, "7QXM4RTB", received(app.clock.now()))

    await app.store.run(file)
    bot.write(("outcome_weeks = 6", "outcome_weeks = 8"))
    later = rules(app.settings.again())
    code, said = await asyncio.to_thread(control.check_record, app.store, later)
    assert code == 2 and "other terms" in said
    starting = App(replace(app.settings, firm=later.firm), app.store, app.clock)
    starting.engine = cast(Connected, Silent())
    await starting.run()
    assert await asyncio.to_thread(control.check_record, app.store, later) == (0, "The record is sound.")
