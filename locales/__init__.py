"""How we speak: one catalog for each language, and the names of months and days.

Here live the `.po` files and the few lines that read them; choosing a language and filling in fields lives in the
door. The surprising truth: there are no compiled catalogs. The `.po` a translator saves is read at every start, so
none can be stale, and a guess marked fuzzy is not used: the English sentence is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
SOURCE = "en"  # the language of the sentences in the code; it needs no file
# What clients write dates in, also where the bot does not speak it. Of two languages with one word the first wins.
CALENDARS = ("nl", "en", "tr", "pl", "uk", "ar")


@dataclass(frozen=True, slots=True)
class Catalog:
    """The sentences of one language, by their name and English text."""

    language: str
    sentences: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def text(self, name: str, english: str) -> str:
        """The sentence in this language; *english* itself where there is no translation."""
        return self.sentences.get((name, english), english)


def catalogs(folder: Path = FOLDER) -> dict[str, Catalog]:
    """Every language in *folder*, the source language first. A damaged file raises `PoFileError`."""
    found = {SOURCE: Catalog(SOURCE)}
    for path in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        language = path.parts[-3]
        with path.open("rb") as file:
            entries = read_po(file, locale=language, abort_invalid=True)
        sentences = {
            (str(entry.context), str(entry.id)): str(entry.string)
            for entry in entries
            if entry.id and entry.string and not entry.fuzzy
        }
        found[language] = Catalog(language, sentences)
    return found


def names(languages: Iterable[str] = CALENDARS) -> dict[str, dict[str, int]]:
    """`{"months": {"maart": 3, ...}, "days": {"maandag": 0, ...}}` in all *languages* together, short names too."""
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    forms: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")
    for locale in map(Locale.parse, languages):
        for kind, found in ((locale.months, months), (locale.days, days)):
            for form in forms:
                for width in ("wide", "abbreviated"):
                    for number, name in kind[form][width].items():
                        found.setdefault(name.lower().rstrip("."), number)
    return {"months": months, "days": days}
