"""Renders what handlers say: language, dates, numbers, escaping, buttons, and what somebody typed for a button.

Everything a person reads passes through here once, so escaping is done in one place and nowhere else. The
surprising truth: a person's words are only ever a *value* put into a sentence of ours; they are never a template
and never markup, whatever they hold.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot.events import Button, Keyboard
from handlers.acts import Rows
from handlers.conversation import Ask, Option, question_of
from handlers.texts import Field, In, Label, Lines, Number, Quote, T, Text
from locales import Catalog

LIMIT = 4000  # below Telegram's 4096, counted in UTF-16 units, which is never fewer than it counts itself
DATE = {"nl": "EEEE d MMMM y", "en": "EEEE d MMMM y"}
MOMENT = {"nl": "EEEE d MMMM y, HH.mm 'uur'", "en": "EEEE d MMMM y, HH:mm"}
PAIRED = 12  # characters: two buttons share a row only when both are this short
_TOKEN = re.compile(r"(<[^<>]+>)|(&(?:#\d+|\w+);)|(.)", re.DOTALL)
Style = Literal["", "primary", "success", "danger"]

BACK, STOP = T("b_back", "Back"), T("b_stop", "Stop and save")
HUMAN = T("b_human", "Talk to a person")


def grouped(digits: str) -> str:
    """A complaint's number as people read it: 7QXM-4RTB."""
    return f"{digits[:4]}-{digits[4:]}"


class Words:
    """All catalogs, and the zone the firm lives in."""

    def __init__(self, catalogs: Mapping[str, Catalog], zone: ZoneInfo) -> None:
        self.catalogs, self.zone = catalogs, zone

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.catalogs)

    def language(self, tag: str | None) -> str:
        """The language to speak with somebody whose app says *tag*: the Dutch firm's own when it says nothing."""
        code = (tag or "nl").lower().replace("_", "-").split("-")[0]
        return code if code in self.catalogs else "en"

    # One text --------------------------------------------------------------------------------------------

    def html(self, text: Field, language: str) -> str:
        """*text* for a message, in Telegram's HTML."""
        return self._show(text, language, True).strip("\n")

    def plain(self, text: Field, language: str) -> str:
        """*text* for a button, a toast or a menu: no markup."""
        return self._show(text, language, False)

    def _show(self, value: Field, language: str, rich: bool) -> str:
        match value:
            case Text():
                sentence = self.catalogs[language].text(value.name, value.english)
                fields = {name: self._show(part, language, rich) for name, part in value.fields.items()}
                return re.sub(r"\{(\w+)\}", lambda found: fields.get(found[1], found[0]), sentence)
            case In(other, inner):
                return self._show(inner, other if other in self.catalogs else language, rich)
            case Lines(parts, by):
                return by.join(self._show(part, language, rich) for part in parts)
            case Label(labels):
                return self._own(labels.get(language) or labels.get("en") or next(iter(labels.values()), ""), rich)
            case Quote(words):
                return f"<blockquote expandable>{html.escape(words, False)}</blockquote>" if rich else words
            case Number(digits):
                return f"<code>{grouped(digits)}</code>" if rich else grouped(digits)
            case datetime():
                return str(format_datetime(value, MOMENT.get(language, MOMENT["en"]), self.zone, language))
            case date():
                return str(format_date(value, DATE.get(language, DATE["en"]), language))
            case _:
                return self._own(str(value), rich)

    @staticmethod
    def _own(words: str, rich: bool) -> str:
        return html.escape(words, False) if rich else words

    # Buttons ---------------------------------------------------------------------------------------------

    def rows(self, rows: Rows, language: str) -> Keyboard:
        """The buttons of a message that is no question."""
        return tuple(
            tuple(
                Button(
                    self.plain(press.label, language),
                    data="" if press.copy else f"do:{press.do}:{press.arg}",
                    copy=self.plain(press.copy, language) if press.copy else "",
                    style=_style(press.style),
                )
                for press in row
            )
            for row in rows
        )

    def answers(self, ask: Ask, language: str, mark: str, undo: bool, human: bool = False) -> Keyboard:
        """The buttons of a question. *mark* says which conversation, at which point, they belong to; *human* adds the
        way to a person."""
        labels, prints = self.labels(ask, language), self.prints(ask, language)
        buttons = [
            Button(label, data=f"a:{mark}:{option.name}:{print_}", style=_style(option.style))
            for label, print_, option in zip(labels, prints, ask.options, strict=True)
        ]
        rows: list[tuple[Button, ...]] = []
        for button in buttons:
            alone = not rows or len(rows[-1]) > 1 or max(len(button.text), len(rows[-1][0].text)) > PAIRED
            rows = [*rows, (button,)] if alone else [*rows[:-1], (*rows[-1], button)]
        back = (Button(self.plain(BACK, language), data=f"b:{mark}"),) if undo else ()
        person = ((Button(self.plain(HUMAN, language), data="do:human"),),) if human else ()
        return (*rows, (*back, Button(self.plain(STOP, language), data=f"s:{mark}")), *person)

    def prints(self, ask: Ask, language: str) -> list[str]:
        """One for each button: the same for two only when question, label and the text above them say the same."""
        collects = ask.files and ask.own  # what was sent so far may differ there: it is all kept
        question, text = question_of(ask.name), "" if collects else self.html(ask.text, language)
        said = ("\n".join((question, label, text)) for label in self.labels(ask, language))
        return [blake2b(one.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest() for one in said]

    def labels(self, ask: Ask, language: str) -> list[str]:
        return [self.option(ask, n, language) for n in range(len(ask.options))]

    def option(self, ask: Ask, index: int, language: str) -> str:
        """The label of one option, with its number where the question has numbers."""
        label = ask.options[index].label
        shown: Field = T("b_numbered", "{n} {label}", n=index + 1, label=label) if ask.numbered else label
        return self.plain(shown, language)

    def meant(self, ask: Ask, typed: str, language: str = "nl") -> Option | None:
        """The option whose label, number or words somebody typed; theirs is *language*, but any will do.

        A label as it is shown comes first, so that typing what a button says is always pressing it. Words choose
        only what fits them alone, and none where the question asks for own words: there they may be the answer.
        """
        said, several = bare(typed), range(len(ask.options))
        shown = self.labels(ask, language)
        labels = [
            {bare(self.plain(ask.options[n].label, lang)) for lang in (language, *self.catalogs)} for n in several
        ]
        for found in (
            [n for n in several if typed.strip() == shown[n].strip()],
            [n for n in several if said and said == bare(shown[n])],
            [n for n in several if said and said == bare(self.plain(ask.options[n].label, language))],
        ):
            if found:
                return ask.options[found[0]]
        if not said:
            return None
        number = _number(said) if ask.numbered else None
        if said[-1].isdecimal() and number:
            return ask.options[number - 1] if number <= len(ask.options) else None
        alike = {n for n in several if said in labels[n] or said in map(bare, ask.options[n].also)}
        if not alike and not ask.own:
            wanted = _short(said)
            alike = {n for n in several if any(_fits(wanted, label) for label in labels[n])}
            if number and number <= len(ask.options):  # "een" is the first, unless another label holds that word
                alike |= {number - 1} | {n for n in several if any(said in label.split() for label in labels[n])}
        return ask.options[alike.pop()] if len(alike) == 1 else None

    def is_label(self, label: Text, typed: str, language: str) -> bool:
        return bare(typed) == bare(self.plain(label, language))


def _style(name: str) -> Style:
    match name:
        case "primary" | "success" | "danger":
            return name
    return ""


def bare(words: str) -> str:
    """Only letters and digits in small letters, without accents: "Eén keer!" and "een keer" are the same."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", words.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['’]", "", plain)).split())


COUNTED = "een one twee two drie three vier four vijf five zes six zeven seven acht eight negen nine tien ten".split()
NUMBER_WORDS = {word: n // 2 + 1 for n, word in enumerate(COUNTED)}
AFFIRMING = frozenset("ja jawel jazeker jaja yes yep yeah sure oke ok okay akkoord prima".split())
DENYING = frozenset("nee neen no nope".split())
POLITE = frozenset("hoor graag zeker dank u je wel dankuwel bedankt thanks thank you please is goed".split())
LITTLE = frozenset("de het een the a an is it of or en and ik i u you we van voor for to te er iets mij".split())
TURNING = frozenset("niet niets geen nooit not dont never nothing".split())


def _number(said: str) -> int | None:
    """The number somebody typed in digits or as a word, also as "nummer 2"."""
    word = re.sub(r"^(?:nummer|nr|number|optie|option|keuze) ", "", said)
    return int(word) if word.isdecimal() and len(word) < 4 else NUMBER_WORDS.get(word)


def _short(said: str) -> str:
    """ "Ja hoor", "oké" and "jawel" are yes; "nee dank u" is no."""
    words = set(said.split())
    for plain, meaning in ((AFFIRMING, "ja"), (DENYING, "nee")):
        if words & plain and words <= plain | POLITE:
            return meaning
    return said


def _fits(said: str, label: str) -> bool:
    """Are these whole words of the label, and enough of them to be meant?"""
    told, words = label.split(), set(said.split())
    if said in {"ja", "nee"}:
        return bool(told) and told[0] in (AFFIRMING if said == "ja" else DENYING)
    touched = [part for clause in re.split(r"\b(?:of|or)\b", label) if (words - LITTLE) & (part := set(clause.split()))]
    left_out = not TURNING & words and any(TURNING & part for part in touched)  # "veilig" is not "niet veilig"
    return bool(words - LITTLE) and words <= set(told) and not left_out


def split(message: str, limit: int = LIMIT) -> list[str]:
    """*message* (our HTML) in pieces Telegram takes, cut at a line or a word, tags closed and opened again."""
    if len(message.encode("utf-16-le", "surrogatepass")) // 2 <= limit:
        return [message] if message.strip() else []
    pieces: list[str] = []
    open_tags: list[str] = []
    piece, size = list[str](), 0
    for tag, entity, char in _TOKEN.findall(message):
        token = tag or entity or char
        if tag:
            open_tags = open_tags[:-1] if tag.startswith("</") else [*open_tags, tag]
        weight = 0 if tag else len(token.encode("utf-16-le")) // 2 if char else 1
        if size + weight > limit:
            kept, rest = _at_a_gap(piece)
            closed = _still_open(kept)
            pieces.append("".join(kept) + "".join(f"</{_name(t)}>" for t in reversed(closed)))
            piece = [*closed, *rest]
            size = sum(len(part.encode("utf-16-le")) // 2 for part in piece if not part.startswith("<"))
        piece.append(token)
        size += weight
    return [part for part in (*pieces, "".join(piece)) if part.strip()]


def _at_a_gap(piece: list[str]) -> tuple[list[str], list[str]]:
    """Cut after the last line end, else the last space, in the second half; else right here."""
    for gap in ("\n", " "):
        for at in range(len(piece) - 1, len(piece) // 2, -1):
            if piece[at] == gap:
                return piece[:at], piece[at + 1 :]
    return piece, []


def _still_open(tokens: Iterable[str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if token.startswith("</"):
            found.pop()
        elif token.startswith("<") and len(token) > 1:
            found.append(token)
    return found


def _name(tag: str) -> str:
    return tag.strip("<>").split()[0]
