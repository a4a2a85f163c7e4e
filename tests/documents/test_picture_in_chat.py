"""The summary's picture in the chat: its caption holds the numbers, its buttons replace it, and a text never does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.post import LONGEST_CAPTION
from bot.sandbox import script
from handlers.procedure import register
from storage.store import Tx
from tests.conftest import example
from tests.documents import sample
from tests.in_memory import InMemory


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[InMemory]:
    world = InMemory(example(tmp_path), tmp_path)
    await world.person(script.Person("Els", "nl", "manager", "els"))

    def fill(tx: Tx) -> None:
        plain = register.row(sample.case(), world.rules.firm, world.rules.zone)
        codes = [rubric.code for rubric in world.rules.firm.rubrics]
        for n in range(60):
            tx.put(
                "register", plain | {"number": f"N{n:03}", "rubric": codes[n % len(codes)], "received": "2026-11-03"}
            )

    await world.store.run(fill)
    yield world
    world.close()


async def last(world: InMemory) -> Any:
    return (await world.heard("Els"))[-1]


async def test_period_topic_and_back_are_one_message(world: InMemory) -> None:
    await world.say("Els", "/overzicht kwartaal", False)
    begun = await last(world)
    pictures: list[str] = []
    for label, words in (("Maand", "1 november"), ("Jaar", "1 januari"), ("Contact of informatie", "1 januari"),
                         ("Maand", "1 november"), ("Alle onderwerpen", "1 november")):  # fmt: skip
        await world.tap("Els", label)
        shown = await last(world)
        assert shown["id"] == begun["id"] and shown["edited"]
        assert words in shown["text"]
        assert shown["text"].count("ontvangen") == (1 if label == "Contact of informatie" or len(pictures) == 3 else 12)
        pictures.append(shown["text"].rpartition("(")[2])
    assert len(set(pictures)) == 4  # each its own file, but the month of all topics came twice


async def test_words_never_take_the_place_of_a_picture(world: InMemory) -> None:
    """Telegram cannot edit a picture into a text; the words come below it."""
    await world.say("Els", "/overzicht maand", False)
    picture = await last(world)
    await world.tap("Els", "In woorden")
    words = await last(world)
    assert words["id"] == picture["id"] + 1 and not words["edited"]
    await world.tap("Els", "Plaatje")
    again = await last(world)
    assert again["id"] == words["id"] + 1 and not again["edited"]  # nor a picture that of words


async def test_the_numbers_of_every_topic_stand_in_the_caption(world: InMemory) -> None:
    await world.say("Els", "/overzicht maand", False)
    caption = (await last(world))["text"]
    assert "Ontvangen 60" in caption
    for rubric in world.rules.firm.rubrics:
        assert f"{rubric.labels['nl']}: ontvangen 5" in caption


async def test_a_caption_that_is_too_long_keeps_the_totals(world: InMemory) -> None:
    firm = world.rules.firm
    long = tuple(
        replace(one, labels={"nl": f"{one.labels['nl']}, en alles wat daar verder nog bij hoort"})
        for one in firm.rubrics
    )
    world.desk.rules = world.rules = replace(world.rules, firm=replace(firm, rubrics=long))
    await world.say("Els", "/overzicht maand", False)
    shown = await last(world)
    caption = shown["html"].rpartition("\n(")[0]
    assert len(caption) <= LONGEST_CAPTION
    assert "Ontvangen 60" in caption and "alles wat daar" not in caption
    assert any("In woorden" in button["text"] for row in shown["keyboard"] for button in row)  # there it is whole
