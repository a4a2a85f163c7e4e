"""Practising: one account plays the whole procedure, each message says for whom it is, and no record is touched."""

from pathlib import Path

import pytest

from bot.rehearsal import cast_of
from bot.sandbox.script import Play, read
from tests.conftest import example, over_http

STORY = """
people: Nel (nl)

Nel: /klacht
< OEFENING · u bent de cliënt
Nel: [Ja, dat is goed]
Nel: Mijn zolen zijn drie weken te laat en niemand belt mij terug.
Nel: [Verder]
Nel: [Te laat of niet geleverd]
Nel: steunzolen
Nel: [Gisteren]
Nel: [Ja]
Nel: [Uitleg geven]
Nel: [Verder]
Nel: [Voor mijzelf]
Nel: [Nel]
Nel: [Hier in Telegram]
Nel: [Klacht versturen]
< Uw kenmerk is {ref}
< OEFENING · u bent de bemiddelaar Nieuwe klacht {ref}
Nel: [Oppakken]
Nel: [Nee, ik ben onafhankelijk]
< OEFENING · u bent de bemiddelaar {ref} · in onderzoek
Nel: /rol leidinggevende
< OEFENING · u bent de leidinggevende
Nel: /cijfers maand
< Ontvangen: 1
Nel: /rol cliënt
Nel: /status
< {ref} · Te laat of niet geleverd Stap 2 van 4
"""


@pytest.mark.parametrize("engine", ["aiogram", "ptb"])
async def test_one_person_plays_everybody(engine: str, tmp_path: Path) -> None:
    async with over_http(tmp_path, engine, practise=True) as world:
        await Play(world).perform(read(STORY))


def test_the_cast_are_two_people(tmp_path: Path) -> None:
    mediator, manager = cast_of(example(tmp_path).firm)
    assert (mediator, manager) == ("karim", "els")
