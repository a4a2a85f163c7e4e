"""A person's words are only ever a value: never markup, never a template; and long texts are cut well."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import read
from bot.words import Words, split
from handlers.client import intake
from handlers.conversation import Ask, Option
from handlers.facts import Facts
from handlers.procedure.steps import Actor
from handlers.questions import NO, UNKNOWN, YES
from handlers.texts import Lines, Number, Quote, T
from locales import catalogs, names

FIRM = read({}).firm
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
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
     ("I don't know", "unknown"), ("4", ""), ("0", ""), ("misschien", ""), ("2️⃣", "no"), ("twee", "no"),
     ("nummer 3", "unknown"), ("ja hoor", "yes"), ("Jawel!", "yes"), ("ok", "yes"), ("nee dank u", "no")],
)  # fmt: skip
def test_a_button_can_be_typed(typed: str, option: str) -> None:
    found = WORDS.meant(
        Ask("q", T("clar_before", "Did you report this before?"), (YES, NO, UNKNOWN), numbered=True), typed
    )
    assert (found.name if found else "") == option


@pytest.mark.parametrize(
    ("typed", "option"),
    [("ja", "agree"), ("Ja graag!", "agree"), ("oké", "agree"), ("OK", "agree"), ("sure", "agree"),
     ("is goed", "agree"), ("nee", "other"), ("nee dank u", "other"), ("liever anders", "other"), ("gegevens", "data"),
     ("uw", "data"), ("1", ""), ("de", ""), ("ja nee", ""), ("ik wil dat goed", "")],
)  # fmt: skip
def test_words_of_one_label_are_that_button(typed: str, option: str) -> None:
    found = WORDS.meant(asked("channel"), typed)
    assert (found.name if found else "") == option


@pytest.mark.parametrize(
    ("options", "typed", "option"),
    [
        (intake.DANGERS, "wond", "wound"),
        (intake.DANGERS, "veilig", ""),  # what the label denies is not what it says
        (intake.DANGERS, "niet veilig", "unsafe"),
        (intake.DANGERS, "geen idee", "unknown"),
        (intake.BEFORE, "ja", ""),  # fits two
        (intake.BEFORE, "een", ""),  # the first, or "once"
        (intake.BEFORE, "één keer", "once"),
        (intake.VAGUE, "kapot", "broken"),
        (intake.WHOM, "ik", "self"),
        (intake.WHOM, "voor mezelf", "self"),
        (intake.WHOM, "mijzelf", "self"),
        (intake.WHOM, "mijn zoon", ""),
        (intake.IMPACT, "dringend", "urgent"),
    ],
)
def test_words_that_fit_one_option_alone(options: tuple[Option, ...], typed: str, option: str) -> None:
    found = WORDS.meant(Ask("q", T("safety", "Did any of these things happen?"), options, numbered=True), typed)
    assert (found.name if found else "") == option


def test_where_own_words_are_asked_only_a_whole_label_is_a_button() -> None:
    ask = Ask("device", T("safety", "Did any of these things happen?"), (intake.NO_DEVICE, UNKNOWN), own=True)
    assert WORDS.meant(ask, "hulpmiddel") is None and WORDS.meant(ask, "ok") is None
    assert WORDS.meant(ask, "geen hulpmiddel") == intake.NO_DEVICE


ODD = ("1", "2", "een", "Ja", "Nee", "Truus", "Weet ik niet", "niet", "✓ Uitleg", "É")
LABEL = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(ODD)


@given(st.lists(LABEL, min_size=1, max_size=6), st.booleans(), st.booleans(), st.data())
def test_a_label_typed_as_it_is_shown_is_that_button(
    labels: list[str], numbered: bool, own: bool, data: st.DataObject
) -> None:
    options = tuple(Option(f"o{n}", label) for n, label in enumerate(labels))
    ask = Ask("q", T("safety", "Did any of these things happen?"), options, numbered=numbered, own=own)
    shown = [WORDS.option(ask, n, "nl") for n in range(len(labels))]
    typed = data.draw(st.sampled_from(shown))
    found = WORDS.meant(ask, typed, "nl")
    assert found is not None and shown[options.index(found)].strip() == typed.strip()


def asked(name: str) -> Ask:
    """The open question of a complaint that just began."""
    flow = intake.intake(Facts(FIRM, WORDS.zone, NOW, NOW.date(), names(), Actor(7, "Truus", "nl")))
    ask = next(flow)
    assert isinstance(ask, Ask) and ask.name == name
    return ask


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
