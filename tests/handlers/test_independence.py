"""Who stands apart from a complaint: names as clients write them, managers of the named, and the fairest next one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.firm import Colleague
from handlers.notices.taking import former
from handlers.procedure.independence import named_in, next_mediator, with_their_managers
from tests.handlers.a_case import case

PEOPLE = (
    Colleague("els", "Els Vermeer"),
    Colleague("bram", "Bram de Wit", reports_to="joke"),
    Colleague("joke", "Joke Postma", reports_to="els"),
    Colleague("zoe", "Zoë van den Berg-Çelik"),
    Colleague("bo", "Bo Li"),
)


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("Bram was onbeschoft", "bram"),
        ("BRAM was onbeschoft", "bram"),
        ("meneer de Wit, of hoe hij heet", "bram"),
        ("Bram's manier van praten", "bram"),
        ("(bram)", "bram"),
        ("Ik sprak met Joke en Bram.", "bram joke"),
        ("mevrouw Berg", "zoe"),
        ("ZOË", "zoe"),
        ("Çelik heeft het gemeten", "zoe"),
        ("els", "els"),
        ("de heer van den Bosch", ""),  # the small words of a surname name nobody
        ("Bramen plukken in Bramberg", ""),  # a name inside a word is no name
        ("een witte schoen", ""),
        ("Bo belde mij", ""),  # two letters stand in too many sentences
        ("elskedebram", ""),
        ("", ""),
        ("<b>&Bram&</b>", "bram"),
        ("Bram\nJoke", "bram joke"),
        ("Bram_de_Wit", "bram"),
        ("This is a joke", ""),  # a name that is a word counts with a capital, or with the other name beside it
        ("een wit verband", ""),
        ("dhr. de wit was kortaf", "bram"),
        ("Joke was kortaf", "joke"),
        ("joke postma was kortaf", "joke"),
        ("ik sprak met bram", "bram"),
    ],
)
def test_who_is_named(said: str, keys: str) -> None:
    assert named_in(said, PEOPLE) == set(keys.split())


@given(st.text(max_size=60))
def test_any_words_name_at_most_the_people_there_are(said: str) -> None:
    assert named_in(said, PEOPLE) <= {person.key for person in PEOPLE}
    assert "bram" in named_in(f"{said} Bram {said}", PEOPLE)


@pytest.mark.parametrize(
    ("named", "barred"),
    [
        ("bram", "bram joke"),
        ("joke", "joke els"),
        ("els", "els"),
        ("bram joke", "bram joke els"),
        ("gone", "gone"),  # somebody who left the firm's list stays barred
        ("", ""),
    ],
)
def test_the_manager_of_who_is_named_is_barred_too(named: str, barred: str) -> None:
    assert with_their_managers(named.split(), PEOPLE) == set(barred.split())


@pytest.mark.parametrize(
    ("load", "barred", "chosen"),
    [
        ({"karim": 2, "joke": 1}, "", "joke"),
        ({"karim": 2, "joke": 1}, "joke", "karim"),
        ({"karim": 1, "joke": 1}, "", "joke"),  # equal: always the same one, so that a turn can be repeated
        ({"karim": 2, "joke": 1}, "joke karim", ""),
        ({}, "", ""),
    ],
)
def test_the_eligible_mediator_with_the_fewest_cases_is_next(load: dict[str, int], barred: str, chosen: str) -> None:
    assert next_mediator(load, frozenset(barred.split())) == chosen


@pytest.mark.parametrize(
    ("before", "had_it"), [("assigned", "karim"), ("assigned accepted", "karim"), ("assigned declined", ""), ("", "")]
)
def test_who_passed_it_on_had_it_no_more(before: str, had_it: str) -> None:
    """Or they would be thanked, and the client told of a new handler, when it is given away weeks later."""
    assert former(case(f"{before} barred")) == had_it
