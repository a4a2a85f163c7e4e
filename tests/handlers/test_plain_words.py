"""Plain words that mean something wherever they are typed: a person, one's data, a no that is only a no."""

from __future__ import annotations

import pytest

from handlers.client.follow_up import only_thanks
from handlers.client.intake import FOR, UNSURE, tells_of_danger, way, whose_is
from handlers.client.wishes import wish
from handlers.conversation import Answer
from handlers.procedure.safety import said_of_danger
from handlers.questions import UNKNOWN, belongs


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


NO = (
    "nee", "Nee hoor", "no, luckily nothing happened", "gelukkig niet", "niets", "no nothing like that",
    "Nee, dank je wel",
    "nee ik ben niet gevallen", "No I didn't fall or get hurt", "nee niet gevallen en geen wond",
    "none of the above",
    "nee, alles is goed", "not any of these things", "nee van die dingen is niets gebeurd",
)  # fmt: skip
TOLD = (
    "nee maar mijn zus viel", "niet veilig", "ik lag op de grond", "ja", "nee, ik viel", "no but she fell",
    "nee ik ben niet gevallen maar heb wel een wond", "I could not get up for an hour", "not one but two blisters",
    "niet alleen gevallen", "nee niet gewond en gevallen", "no not only a fall",
)  # fmt: skip
NEITHER = (
    "ergens vorige week dinsdag geloof ik", "er is", "", "nee is wel gebeurd", "no it did happen", "niet goed",
    "niet alles is goed", "niet gevallen", "het wiel kwam los", "nee het was vorige week",
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "read"),
    [*((typed, "none") for typed in NO), *((typed, "danger") for typed in TOLD), *((typed, "") for typed in NEITHER)],
)
def test_a_no_is_a_no_only_when_nothing_more_is_told(typed: str, read: str) -> None:
    assert said_of_danger(typed) == read
    assert tells_of_danger({"safety": Answer(typed)}) == (read != "none" and bool(typed))


def test_the_second_answer_about_danger_counts() -> None:
    first = {"safety": Answer("vorige week")}
    assert tells_of_danger(first)
    assert not tells_of_danger({**first, "safety_again": Answer("nee hoor")})
    assert tells_of_danger({**first, "safety_again": Answer("zoals ik zei")})
    assert tells_of_danger({**first, "safety_again": Answer(option="hurt")})


def test_not_knowing_after_a_story_of_danger_asks_for_haste() -> None:
    assert tells_of_danger({"safety": Answer(option=UNSURE.name)})
    assert not tells_of_danger({"safety": Answer(option=UNKNOWN.name)})
    assert tells_of_danger({"safety": Answer("ik lag op de grond")})


@pytest.mark.parametrize(
    ("typed", "whose", "who"),
    [
        ("voor mijn man Piet", "someone", "mijn man Piet"),
        ("Nee, voor mijn moeder mevrouw de Wit", "someone", "mijn moeder mevrouw de Wit"),
        ("it is for my son, not for me", "someone", "my son, not for me"),
        ("voor Piet Jansen", "someone", "Piet Jansen"),
        ("niet voor mezelf", "someone", ""),
        ("nee voor mezelf", "self", ""),
        ("it's for myself", "self", ""),
        ("Dit is voor mij", "self", ""),
        ("niet voor iemand anders, voor mezelf", "self", ""),
        ("voor een beugel", "", ""),
        ("vorige week", "", ""),
        ("weet ik niet", "", ""),
    ],
)
def test_whose_complaint_it_is(typed: str, whose: str, who: str) -> None:
    assert whose_is(typed) == whose
    if who:
        assert FOR.sub("", typed) == who


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("bellen maar niet tussen 12 en 2 dan rust ik", "phone"),
        ("Please call after five", "phone"),
        ("niet bellen, liever een mailtje", "email"),
        ("jan@voorbeeld.example graag", "email"),
        ("gewoon hier, don't call me", "telegram"),
        ("bellen of mailen", ""),
        ("niet bellen", ""),
        ("mijn zoon weet het", ""),
    ],
)
def test_the_way_to_be_reached(typed: str, named: str) -> None:
    assert way(typed) == named


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ja dat hoort erbij", "yes"),
        ("dat hoort er ook bij", "yes"),
        ("Yes, it all belongs to my complaint", "yes"),
        ("nee dat hoort er niet bij", "no"),
        ("it does not belong to this complaint", "no"),
        ("ja en de monteur was boos", ""),
        ("nee maar wel de rest", ""),
        ("het", ""),
    ],
)
def test_whether_words_belong_to_it(typed: str, meant: str) -> None:
    assert belongs(typed) == meant


@pytest.mark.parametrize(
    ("typed", "thanks"),
    [("dank u", True), ("Hartelijk bedankt voor uw hulp!", True), ("thank you very much", True), ("prima", False),
     ("dank u maar het is nog kapot", False), ("", False)],
)  # fmt: skip
def test_thanks_and_nothing_else(typed: str, thanks: bool) -> None:
    assert only_thanks(typed) == thanks
