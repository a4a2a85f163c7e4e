"""An old button acts only when the question that is open has the same one; else the open question is shown again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.events import Answer, Tapped
from bot.sandbox import script
from tests.conftest import example
from tests.in_memory import InMemory


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[InMemory]:
    made = InMemory(example(tmp_path), tmp_path)
    await made.person(script.Person("Truus", "nl"))
    await made.say("Truus", "/klacht", False)
    await made.tap("Truus", "Ja, dat is goed")
    await made.say("Truus", "Mijn schoenen zijn al drie weken te laat.", False)
    yield made
    made.close()


async def last(world: InMemory) -> str:
    return str((await world.heard("Truus"))[-1]["text"])


async def test_the_same_button_of_the_same_question_acts(world: InMemory) -> None:
    _, old = world.button("Truus", "Verder")
    await world.say("Truus", "En niemand belt.", False)
    assert world.button("Truus", "Verder")[1].data != old.data
    await world.take("Truus", Tapped("q", old.data, 1))
    assert "Vraag 2 van 7" in await last(world)


async def test_stop_is_stop_wherever_it_stands(world: InMemory) -> None:
    _, old = world.button("Truus", "Stoppen en bewaren")
    await world.say("Truus", "En niemand belt.", False)
    await world.take("Truus", Tapped("q", old.data, 1))
    assert "Uw antwoorden zijn bewaard tot" in await last(world)


async def test_a_yes_to_another_day_does_not(world: InMemory) -> None:
    await world.tap("Truus", "Verder")
    await world.tap("Truus", "Te laat of niet geleverd")
    for said in ("schoenen", "3 november"):
        await world.say("Truus", said, False)
    _, old = world.button("Truus", "Ja")
    for said in ("/terug", "4 november"):
        await world.say("Truus", said, False)
    await world.take("Truus", Tapped("q", old.data, 1))
    assert "Bedoelt u woensdag 4 november 2026?" in await last(world)
    assert "Deze knop hoort bij een eerdere vraag." in [
        answer.text for answer in world.instant if isinstance(answer, Answer)
    ]


async def test_nor_does_a_button_of_an_earlier_complaint(world: InMemory) -> None:
    _, old = world.button("Truus", "Verder")
    await world.say("Truus", "/opnieuw", False)
    await world.tap("Truus", "Ja, opnieuw beginnen")
    await world.tap("Truus", "Ja, dat is goed")
    await world.say("Truus", "Iets heel anders dan wat ik eerst schreef.", False)
    await world.take("Truus", Tapped("q", old.data, 1))
    assert "Genoteerd: 1 bericht" in await last(world)


async def test_a_yes_to_words_of_before_is_none_to_others(tmp_path: Path) -> None:
    made = InMemory(example(tmp_path), tmp_path)
    await made.person(script.Person("Truus", "nl"))
    await made.say("Truus", "Hallo", False)
    for label in ("Klacht indienen", "Ja, dat is goed", "Stoppen en bewaren"):
        await made.tap("Truus", label)
    await made.say("Truus", "Mijn schoenen zijn stuk", False)
    await made.tap("Truus", "Verdergaan")
    _, old = made.button("Truus", "Ja")
    for _ in range(2):  # a double tap
        await made.take("Truus", Tapped("q", old.data, 1))
    assert "Mijn schoenen zijn stuk\nHoort dit" in await last(made)
    made.close()


async def test_forged_buttons_do_nothing(world: InMemory) -> None:
    for data in ("a:new:x:continue:y", "a:new:9999999999999:continue", "a:new::", "a:new:-1:continue:", "a::::::"):
        await world.take("Truus", Tapped("q", data, 1))
        assert "Genoteerd: 1 bericht" in await last(world)


async def test_an_edit_changes_what_was_kept_before_a_complaint(tmp_path: Path) -> None:
    made = InMemory(example(tmp_path), tmp_path)
    await made.person(script.Person("Truus", "nl"))
    await made.say("Truus", "Mijn schonen zijn stuk", False)
    await made.tap("Truus", "Klacht indienen")
    await made.tap("Truus", "Ja, dat is goed")
    await made.edit("Truus", "Mijn schoenen zijn stuk")
    await made.say("Truus", "/klacht", False)
    assert "Mijn schoenen zijn stuk" in str((await made.heard("Truus"))[-1]["text"])
    made.close()
