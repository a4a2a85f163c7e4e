"""Texts as data: what a handler says, before anyone knows in which language it will be read.

Here live `T`, its fields and the firm's own `Label`s; the rendering (language, dates, escaping) lives in
bot/words.py. The surprising truth: the English sentence in the code is the key of the catalogs, together with
its name, so a Text can always be shown, also when a translation is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Label:
    """A text the firm wrote itself in organisation.toml, by language."""

    by_language: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Number:
    """A complaint's number: shown in two groups of four, in a typeface that can be copied with one tap."""

    digits: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words, shown in a block that folds when it is long."""

    words: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Parts shown one under the other (`by` a new line) or in a row (`by` ", ")."""

    parts: tuple[Field, ...]
    by: str = "\n"


@dataclass(frozen=True, slots=True)
class Text:
    """One message or label. `name` is its address in the catalogs and in the tests."""

    name: str
    english: str
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class In:
    """A text in another language than the reader's: a letter to a client, shown to the colleague who copies it."""

    language: str
    text: Text


Field: TypeAlias = str | int | date | datetime | Label | Number | Quote | Lines | Text | In


def T(name: str, english: str, /, **fields: Field) -> Text:
    """The text called *name*; *english* holds a `{field}` for each keyword."""
    return Text(name, english, fields)
