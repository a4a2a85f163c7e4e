"""What the bot still asks: only what nobody wrote, the most needed first, and never more than three.

The surprising truth: a question is worth less than the trust it costs to ask what somebody wrote already, so words that
only sound like an answer count as one.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.settings import read
from handlers.procedure.unclear import BY_TOPIC, FOR_ALL, MOST, unclear
from tests.handlers.a_case import NOW, case, happened, received

RUBRICS = [rubric.code for rubric in read({}).firm.rubrics]
KNOWN: dict[str, Any] = {"device": "shoes", "when": "#today", "wishes": ("#sorry",)}  # what the talk itself asks


def asked(*kinds: str, **complaint: Any) -> list[str]:
    """The names of the questions for that complaint, after *kinds* happened."""
    told = received(NOW, (), **{"rubric": "other", "story": ("Late.",), **complaint})
    return [text.name for text in unclear(case(" ".join(kinds), first=told))]


def test_every_topic_has_its_questions() -> None:
    assert set(BY_TOPIC) == set(RUBRICS)
    assert all(questions for questions in BY_TOPIC.values())


ANSWERS = {
    "unclear_broken": "De zool is los", "unclear_worn": "Dat is sinds maandag zo",
    "unclear_pain": "Hij drukt op mijn hiel", "unclear_hours": "Ik draag hem 4 uur",
    "unclear_adjusted": "Hij is al bijgesteld",
    "unclear_ordered": "Ik heb ze in mei besteld", "unclear_promised": "Vrijdag was beloofd",
    "unclear_loan": "Ik loop op mijn oude schoenen", "unclear_agreed": "Ik had afgesproken met Jan",
    "unclear_instead": "Er kwam niemand", "unclear_tried": "Ik heb driemaal gebeld",
    "unclear_missed": "Ik kreeg geen uitleg", "unclear_said": "Hij zei iets lelijks",
    "unclear_present": "Mijn dochter hoorde het", "unclear_invoice": "De nota van 120 euro",
    "unclear_told_before": "Dat was vooraf niet bekend", "unclear_delivered": "In maart geleverd",
    "unclear_warranty": "Er was een jaar garantie", "unclear_data": "Mijn dossier lag open",
    "unclear_still": "Dat is nog steeds zo", "unclear_site": "In de winkel in Zwolle",
    "unclear_visit": "Liever bij mij thuis", "unclear_measured": "Er is verkeerd gemeten",
    "unclear_opinion": "De arts vond het vreemd", "unclear_more": "Het kwam omdat niemand luisterde",
}  # fmt: skip


@pytest.mark.parametrize("rubric", RUBRICS)
def test_of_a_topic_only_its_own_questions_are_asked_and_one_that_was_answered_is_not(rubric: str) -> None:
    names = [question.text.name for question in BY_TOPIC[rubric]]
    assert asked(rubric=rubric, story=("Q.",), **KNOWN) == names
    for name in names:
        assert name not in asked(rubric=rubric, story=(ANSWERS[name].upper(),), **KNOWN)


def test_every_question_has_an_answer_here() -> None:
    assert {question.text.name for questions in BY_TOPIC.values() for question in questions} == set(ANSWERS)


@pytest.mark.parametrize(
    ("missing", "named"),
    [("device", "unclear_device"), ("when", "unclear_when"), ("wishes", "unclear_wish")],
)
@pytest.mark.parametrize("empty", ["", "#unknown"])
def test_what_the_form_asks_of_everybody_comes_first(missing: str, named: str, empty: str) -> None:
    nothing = empty if missing != "wishes" else (empty,) if empty else ()
    told = asked(**{**KNOWN, missing: nothing})
    assert (told[0] == named) == (nothing != ("#unknown",))  # a wish that was said to be unknown was said


def test_never_more_than_three_and_the_general_ones_first() -> None:
    assert asked(rubric="fit_pain") == [text.name for _, text in FOR_ALL]
    assert len(FOR_ALL) == MOST == 3
    assert asked(rubric="fit_pain", **{**KNOWN, "when": ""}) == ["unclear_when", "unclear_pain", "unclear_hours"]


@pytest.mark.parametrize(
    ("story", "left"),
    [
        ("De schoen drukt op mijn hiel.", ["unclear_hours", "unclear_adjusted"]),
        ("Mijn TEEN doet zeer, ik draag hem de hele dag.", ["unclear_adjusted"]),
        ("Hij is twee keer bijgesteld en drukt op de enkel. Ik draag hem 4 uur.", []),
    ],
)
def test_what_the_story_tells_is_not_asked(story: str, left: list[str]) -> None:
    assert asked(rubric="fit_pain", story=("Goedemiddag.", story), **KNOWN) == left


def test_what_was_added_or_answered_later_is_not_asked_either() -> None:
    told = received(NOW, (), rubric="conduct", story=("Hij was onbeleefd.",), **KNOWN)
    names = [text.name for text in unclear(case("", first=told))]
    assert names == ["unclear_said", "unclear_present"]
    more = happened("added", text="Hij zei dat ik niet moest zeuren.")
    assert [text.name for text in unclear(case("", more, first=told))] == ["unclear_present"]
    answer = happened("answered", text="Mijn dochter was erbij.")
    assert unclear(case("", more, answer, first=told)) == ()


@pytest.mark.parametrize(
    ("rubric", "story", "still"),
    [
        ("fit_pain", "Ik wil dat jullie hem terugnemen.", "unclear_pain"),  # "rug"
        ("fit_pain", "Hij is heel slecht gemaakt, toen al.", "unclear_pain"),  # "heel", "toe"
        ("fit_pain", "De buren zagen het.", "unclear_hours"),  # "uren"
        ("product_quality", "Graag oplossen.", "unclear_broken"),  # "los"
        ("product_quality", "Het is verkeerd.", "unclear_worn"),  # "keer"
        ("delivery", "Ik woon alleen.", "unclear_loan"),  # "leen"
        ("communication", "Het apparaat.", "unclear_tried"),  # "app"
        ("expertise", "Neem een maatregel.", "unclear_measured"),  # "maat"
    ],
)
def test_a_part_of_another_word_answers_nothing(rubric: str, story: str, still: str) -> None:
    assert still in asked(rubric=rubric, story=(story,), **KNOWN)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Een kniebrace links.", ["unclear_when", "unclear_wish"]),
        ("Op 3 november.", ["unclear_device", "unclear_wish"]),
        ("Vorige week dinsdag.", ["unclear_device", "unclear_wish"]),
        ("Ik wil graag een nieuwe.", ["unclear_device", "unclear_when"]),
        ("Dat weet ik niet.", ["unclear_device", "unclear_when", "unclear_wish"]),
    ],
)
def test_what_everybody_is_asked_may_be_told_later(words: str, left: list[str]) -> None:
    told = received(NOW, (), rubric="invoice", story=("De nota van 120 euro, vooraf.",))
    assert [text.name for text in unclear(case("", happened("added", text=words), first=told))] == left


def test_what_we_asked_the_client_in_the_words_of_a_question_is_not_asked_again() -> None:
    told = received(NOW, (), rubric="fit_pain", story=("Hij doet pijn.",), **KNOWN)
    ours = happened("clarify", text="Waar doet het pijn?", asks="unclear_pain")
    assert [text.name for text in unclear(case("", ours, first=told))] == ["unclear_hours", "unclear_adjusted"]


def test_without_a_topic_only_what_everybody_is_asked() -> None:
    assert asked(rubric="", **KNOWN) == []
    assert asked("rubric", rubric="", **KNOWN) == ["unclear_said", "unclear_present"]  # once it has one
