"""What every text must be before a person reads it: complete in each language, whole, short and plain.

The rules are those of plain Dutch (B1): short sentences, everyday words, no shouting, and an error says what to do
instead of apologising. Each test names all texts that break its rule at once, so a translator mends them in one go.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from locales import FOLDER, catalogs
from locales.collect import Spoken, spoken, template, unreadable, written

TAGS = {"b", "i", "u", "s", "code", "pre", "blockquote", "a"}  # what Telegram shows, and we use
BUTTON = 28  # characters; phones cut what is longer
SENTENCE, MESSAGE, LONG_MESSAGE = 20, 70, 120  # words
MAY_BE_LONG = ("outcome", "help", "privacy")
BANNED = {
    "nl": ("indien", "middels", "derhalve", "betreffende", "teneinde", "dient te", "inzake", "conform", "alsmede"),
    "en": ("whilst", "herewith", "pursuant", "aforementioned", "kindly"),
}
APOLOGIES = ("please", "sorry", "oops", "alstublieft", "helaas", "oeps")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def tags(text: str) -> Counter[str]:
    return Counter(re.findall(r"</?[a-z]+[^<>]*>", text))


def words(text: str) -> list[str]:
    return re.findall(r"[\w{][\w'’{}.@-]*", unescape(re.sub(r"<[^<>]*>", " ", text)))


def sentences(text: str) -> list[str]:
    return re.split(r"[.?:;](?:\s|$)|\n", re.sub(r"<[^<>]*>", " ", text))


def unbalanced(text: str) -> bool:
    """Whether a tag is unknown, left open, closed in the wrong order, or a loose < or > stands in the text."""
    opened: list[str] = []
    for closing, name in re.findall(r"<(/?)([a-z]+)[^<>]*>", text):
        if name not in TAGS or (closing and (not opened or opened.pop() != name)):
            return True
        if not closing:
            opened.append(name)
    return bool(opened) or bool(re.search(r"[<>]", re.sub(r"</?[a-z]+[^<>]*>", "", text)))


def faults(name: str, text: str, language: str) -> Iterator[str]:
    """What is wrong with the wording of one text."""
    plain = text.lower()
    if name.startswith("b_") and len(re.sub(r"\{\w+\}", "", text)) > BUTTON:
        yield f"a button of {len(text)} characters"
    yield from (f"a long sentence: {one.strip()}" for one in sentences(text) if len(words(one)) > SENTENCE)
    if len(words(text)) > (LONG_MESSAGE if name.startswith(MAY_BE_LONG) else MESSAGE):
        yield f"{len(words(text))} words"
    yield from (f'"{word}"' for word in BANNED.get(language, ()) if re.search(rf"\b{word}\b", plain))
    if name.startswith("err_"):
        yield from (f'"{word}" in an error' for word in APOLOGIES if re.search(rf"\b{word}\b", plain))
    if "!" in text:
        yield "an exclamation mark"
    if unbalanced(text):
        yield "tags that do not match"


@cache
def source() -> tuple[Spoken, ...]:
    return tuple(spoken())


@cache
def translated() -> dict[str, Catalog]:
    files = sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))
    return {path.parts[-3]: read_po(BytesIO(path.read_bytes()), locale=path.parts[-3]) for path in files}


def shown() -> Iterable[tuple[str, str, str]]:
    """Every (language, name, text) a person can be shown, the English of the code first."""
    yield from (("en", text.name, text.english) for text in source())
    for language, catalog in catalogs().items():
        yield from ((language, name, text) for (name, _), text in catalog.sentences.items())


def test_every_text_is_written_out() -> None:
    """An f-string or a name in T is silently lost by every collector of texts, so no translator ever sees it."""
    assert not unreadable()


def test_a_name_means_one_text() -> None:
    english: dict[str, set[str]] = defaultdict(set)
    for text in source():
        english[text.name].add(text.english)
    assert not {name: meanings for name, meanings in english.items() if len(meanings) > 1}


def test_names_are_plain() -> None:
    assert not [text.place for text in source() if not re.fullmatch(r"[a-z][a-z0-9_]*", text.name)]


def test_every_field_is_filled() -> None:
    """A text that is given any field is given exactly those it has; a constant may be filled later."""
    assert not [text.place for text in source() if text.fields and text.fields != fields(text.english)]


def test_the_template_is_up_to_date() -> None:
    """If this fails: `make texts`."""
    assert (FOLDER / "messages.pot").read_bytes() == written(template(list(source())))


def test_dutch_is_spoken() -> None:
    assert "nl" in translated()


@pytest.mark.parametrize("language", translated())
def test_a_language_is_complete(language: str) -> None:
    """Nothing missing, guessed (fuzzy) or left over (#~)."""
    catalog = translated()[language]
    wanted = {(text.name, text.english) for text in source()}
    known = set(catalogs()[language].sentences)
    assert not wanted - known, "missing or fuzzy: " + ", ".join(sorted(name for name, _ in wanted - known))
    assert not known - wanted, "no longer said: " + ", ".join(sorted(name for name, _ in known - wanted))
    assert not catalog.obsolete, "put aside: " + ", ".join(str(old.context) for old in catalog.obsolete.values())


@pytest.mark.parametrize("language", translated())
def test_fields_and_tags_are_the_same_in_translation(language: str) -> None:
    texts = catalogs()[language].sentences.items()
    assert not [name for (name, english), text in texts if fields(english) != fields(text)], "fields"
    assert not [name for (name, english), text in texts if tags(english) != tags(text)], "tags"


def test_the_wording_is_short_and_plain() -> None:
    wrong = [f"{lang} {name}: {fault}" for lang, name, text in shown() for fault in faults(name, text, lang)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("b_long", "Een knop die echt veel te lang is", "nl"),
        ("story", "word " * 21, "en"),
        ("story", "Short. " * 71, "en"),
        ("outcome", "Kort. " * 121, "nl"),
        ("story", "Indien u dat wilt.", "nl"),
        ("story", "U dient te bellen.", "nl"),
        ("story", "Kindly wait.", "en"),
        ("err_date", "Sorry, write the date again.", "en"),
        ("story", "Thank you!", "en"),
        ("story", "<b>Bold", "en"),
        ("story", "<b><i>Bold</b></i>", "en"),
        ("story", "<h1>Bold</h1>", "en"),
        ("story", "1 < 2", "en"),
    ],
)
def test_the_rules_can_be_broken(name: str, text: str, language: str) -> None:
    assert list(faults(name, text, language))


def test_a_translation_that_is_only_a_guess_is_not_spoken(tmp_path: Path) -> None:
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    entry = 'msgctxt "{name}"\nmsgid "Back"\nmsgstr "Terug"\n\n'
    guess, sure = "#, fuzzy\n" + entry.format(name="guess"), entry.format(name="sure")
    (folder / "messages.po").write_text(f'msgid ""\nmsgstr ""\n\n{guess}{sure}', encoding="utf-8")
    dutch = catalogs(tmp_path)["nl"]
    assert dutch.text("sure", "Back") == "Terug"
    assert dutch.text("guess", "Back") == dutch.text("unknown", "Back") == "Back"
