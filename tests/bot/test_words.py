"""A person's words are only ever a value: never markup, never a template; and long texts are cut well."""

from __future__ import annotations

import html
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import Words, split
from handlers.conversation import Ask
from handlers.questions import NO, UNKNOWN, YES
from handlers.texts import Lines, Number, Quote, T
from locales import catalogs

WORDS = Words(catalogs(), ZoneInfo("Europe/Amsterdam"))


@pytest.mark.parametrize("words", ["{0.__class__}", "{ref}", "{text}", "<b>x</b>", "&amp;", "%s", "$(id)", "_*[`"])
def test_words_stay_words(words: str) -> None:
    shown = WORDS.html(T("kept_words", 'We keep what you wrote: "{text}".', text=words), "nl")
    assert html.unescape(shown) == f'We nemen over wat u schreef: "{words}".'
    assert "<" not in shown


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_words_come_back_as_they_were(words: str) -> None:
    assert html.unescape(WORDS.html(Lines((words,)), "en")) == words.strip("\n")
    assert WORDS.plain(Lines((words,)), "en") == words


def test_a_number_is_shown_in_groups() -> None:
    assert WORDS.html(Number("7QXM4RTB"), "nl") == "<code>7QXM-4RTB</code>"


@pytest.mark.parametrize(
    ("typed", "option"),
    [("1", "yes"), ("ja", "yes"), ("Ja.", "yes"), ("YES", "yes"), ("2", "no"), ("weet ik niet", "unknown"),
     ("I don't know", "unknown"), ("4", ""), ("0", ""), ("misschien", "")],
)  # fmt: skip
def test_a_button_can_be_typed(typed: str, option: str) -> None:
    found = WORDS.meant(
        Ask("q", T("clar_before", "Did you report this before?"), (YES, NO, UNKNOWN), numbered=True), typed
    )
    assert (found.name if found else "") == option


MARKED = ("<b>vet</b> ", "gewoon ", "<i>schuin</i>\n", "&amp; ", "😀", "langwoord" * 9, "\n\n", "<code>7QXM</code> ")
PIECES = st.lists(st.sampled_from(MARKED), max_size=400)


@given(PIECES, st.integers(60, 400))
def test_a_long_message_is_cut_without_losing_a_letter(parts: list[str], limit: int) -> None:
    whole = "".join(parts)
    pieces = split(whole, limit)
    for piece in pieces:
        plain = html.unescape(re.sub(r"<[^>]+>", "", piece))
        assert len(plain.encode("utf-16-le")) // 2 <= limit
        opened = re.findall(r"<(/?)(\w+)", piece)
        assert [name for slash, name in opened if not slash] == [name for slash, name in opened if slash] or not opened
    assert _letters("".join(pieces)) == _letters(whole)


def _letters(message: str) -> str:
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]+>", "", message)))


def test_a_long_story_stays_a_quote_in_every_piece() -> None:
    pieces = split(WORDS.html(Quote("woord " * 2000), "nl"))
    assert len(pieces) > 2
    assert all(piece.startswith("<blockquote expandable>") and piece.endswith("</blockquote>") for piece in pieces)
