"""Plain words that mean something wherever they are typed: a person, one's data, a no that is only a no."""

from __future__ import annotations

import pytest

from handlers.client.intake import UNSURE, is_plain_no, tells_of_danger
from handlers.client.wishes import wish
from handlers.conversation import Answer
from handlers.questions import UNKNOWN


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("ik wil een mens spreken", "human"),
        ("Mag ik met een medewerker praten?", "human"),
        ("Bel mij!", "human"),
        ("kunt u mij terugbellen", "human"),
        ("I want to talk to a human", "human"),
        ("call me back please", "human"),
        ("verwijder mijn gegevens", "privacy"),
        ("Ik wil graag mijn gegevens laten wissen.", "privacy"),
        ("please delete all my data", "privacy"),
        ("niemand belt mij terug", ""),
        ("ik wil mijn schoenen", ""),
        ("bel mij over mijn kapotte schoenen", ""),
        ("iemand", ""),
        ("", ""),
    ],
)
def test_a_wish(typed: str, command: str) -> None:
    assert wish(typed) == command


@pytest.mark.parametrize("typed", ["nee", "Nee hoor", "no, luckily nothing happened", "gelukkig niet", "niets"])
def test_a_plain_no(typed: str) -> None:
    assert is_plain_no(typed)
    assert not tells_of_danger({"safety": Answer(typed)})


@pytest.mark.parametrize("typed", ["nee maar mijn zus viel", "niet veilig", "ik lag op de grond", "ja", "er is", ""])
def test_anything_more_is_no_plain_no(typed: str) -> None:
    assert not is_plain_no(typed)


def test_not_knowing_after_a_story_of_danger_asks_for_haste() -> None:
    assert tells_of_danger({"safety": Answer(option=UNSURE.name)})
    assert not tells_of_danger({"safety": Answer(option=UNKNOWN.name)})
    assert tells_of_danger({"safety": Answer("ik lag op de grond")})
