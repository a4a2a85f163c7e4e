"""The suggested topics: good enough to put four buttons in order, on stories nobody tuned on, and always the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from handlers.procedure.rubrics import Rubric, suggest
from tests.handlers.rubric_report import ROOT, blind, places, shipped

STORY = "De gesp van mijn brace is kapot en ik krijg niemand aan de telefoon."


def test_the_right_topic_is_among_the_first_four() -> None:
    assert sum(place <= 4 for _, _, place in places()) / len(places()) >= 0.75


def test_the_blind_set_is_blind_and_covers_every_topic() -> None:
    examples = {sentence for rubric in shipped() for told in rubric.examples.values() for sentence in told}
    stories = Counter(code for code, _ in blind())
    assert not examples & {story for _, story in blind()}
    assert set(stories) == {rubric.code for rubric in shipped()}
    assert min(stories.values()) >= 4


def test_the_shipped_topics_are_complete() -> None:
    rubrics = shipped()
    assert len({rubric.code for rubric in rubrics}) == len(rubrics) == 12
    assert {rubric.code for rubric in rubrics if rubric.safety} == {
        "product_quality",
        "fit_pain",
        "warranty",
        "expertise",
    }
    for rubric in rubrics:
        assert all(len(rubric.labels[language]) <= 28 for language in ("nl", "en"))
        assert len(set(rubric.examples["nl"])) >= 10
        assert len(set(rubric.examples["en"])) >= 8


def test_every_topic_is_ranked_once() -> None:
    ranked = [code for code, _ in suggest(STORY, shipped())]
    assert sorted(ranked) == sorted(rubric.code for rubric in shipped())
    assert ranked[0] == "product_quality"
    assert "communication" in ranked[:4]


def test_nothing_said_leaves_the_order_of_the_firm() -> None:
    assert suggest("", shipped()) == [(rubric.code, 0.0) for rubric in shipped()]
    assert suggest("… ?!", shipped()) == [(rubric.code, 0.0) for rubric in shipped()]


def test_a_number_somebody_gives_of_themselves_is_no_complaint_about_privacy() -> None:
    story = "Ik ben van 1952, mijn bsn nummer is █████, de schoene zijn nog niet klaar"
    assert suggest(story, shipped())[0][0] == "delivery"
    assert "privacy" not in [code for code, _ in suggest(story, shipped())[:4]]
    assert suggest("Iedereen kon mijn bsn zien.", shipped())[0][0] == "privacy"


def test_a_firm_can_add_a_topic_with_words_alone() -> None:
    hearing = Rubric("hearing", {"nl": "Hoortoestel", "en": "Hearing aid"}, words={"nl": ("hoortoestel",)})
    assert suggest("Mijn hoortoestel fluit.", (*shipped(), hearing))[0][0] == "hearing"


def test_the_same_story_gives_the_same_scores_in_every_process() -> None:
    """Python shuffles sets anew in each process; no score may hang on that."""
    code = f"from tests.handlers.test_rubrics import *; print(suggest({STORY!r}, shipped()))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == f"{suggest(STORY, shipped())}\n"
