"""The sample conversations /help shows: parts of the transcripts that the tests play, so they cannot go out of date."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.sandbox.script import Script, read

FILES = {"nl": "demo.txt", "en": "demo_en.txt"}
LINES = 16  # what a phone shows without much scrolling
Spoken = tuple[tuple[bool, str], ...]  # (the person speaks, and not the bot; the words)


def examples() -> Mapping[tuple[str, str], Spoken]:
    """By role ("" for a client) and language: how a talk of theirs begins."""
    folder = Path(__file__).with_name("sandbox")
    found: dict[tuple[str, str], Spoken] = {}
    for language, name in FILES.items():
        script = read((folder / name).read_text(encoding="utf-8"))
        for person in script.people:
            found[person.role, language] = _part(script, person.name)
    return found


def _part(script: Script, who: str) -> Spoken:
    lines = [(line.sign == ":", line.what) for line in script.lines if line.who == who and line.sign in {":", "<"}]
    return tuple((mine, words.replace("{ref}", "7QXM-4RTB").replace(" … ", " ")) for mine, words in lines)[:LINES]
