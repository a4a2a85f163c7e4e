"""How often the suggested topics are right on the blind set: `make rubric-report`.

Prints top-1 and top-4 by language and the confusion table. It reads the shipped organisation.toml, so whoever adds
words or examples there sees at once whether they help.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from handlers.procedure.rubrics import Rubric, suggest

ROOT = Path(__file__).parents[2]
SENTENCES = Path(__file__).with_name("rubric_sentences.txt")


def shipped() -> tuple[Rubric, ...]:
    """The rubrics of the shipped organisation.toml."""
    tables = tomllib.loads((ROOT / "organisation.toml").read_text(encoding="utf-8"))["rubrics"]
    return tuple(
        Rubric(
            table["code"],
            table["labels"],
            table["safety"],
            {language: tuple(words) for language, words in table["words"].items()},
            {language: tuple(sentences) for language, sentences in table["examples"].items()},
        )
        for table in tables
    )


def blind() -> list[tuple[str, str]]:
    """The blind set as (code, story)."""
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" | ", 1) for line in lines if line and not line.startswith("#"))
    return [(code, story) for code, story in pairs]


def places() -> list[tuple[str, str, int]]:
    """For each blind story: its rubric, the one suggested first, and at which place its own came (1 is first)."""
    rubrics = shipped()
    ranked = [(code, [found for found, _ in suggest(story, rubrics)]) for code, story in blind()]
    return [(code, order[0], order.index(code) + 1) for code, order in ranked]


def main() -> None:
    found = places()
    for top in (1, 4):
        print(f"top-{top}: {sum(place <= top for _, _, place in found) / len(found):.2f} of {len(found)} stories")
    codes = [rubric.code for rubric in shipped()]
    table = Counter((code, first) for code, first, _ in found)
    print("\nDown: what the story is about. Across: what was suggested first.")
    print(" " * 16, *(code[:7].rjust(7) for code in codes))
    for code in codes:
        print(code.ljust(16), *(str(table[code, first] or ".").rjust(7) for first in codes))


if __name__ == "__main__":
    main()
