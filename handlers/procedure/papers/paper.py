"""A paper as data: headings, fields and values, in no language yet. How it looks lives in bot/documents/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from handlers.texts import Field, Text

Look = Literal["form", "letter", "report"]
Row = Mapping[str, Any]  # of the complaints register


@dataclass(frozen=True, slots=True)
class Line:
    """A field with its value; a value without a label is a paragraph."""

    label: Field
    value: Field


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Field, ...]
    rows: tuple[tuple[Field, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands below a heading: fields, numbered points, a table. `under`: it belongs to the part above it."""

    heading: Field
    lines: tuple[Line, ...] = ()
    points: tuple[Field, ...] = ()
    table: Table | None = None
    under: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """`name` is that of the file. `day` is the day it speaks of, and no clock's; `to` stands behind the window."""

    name: Text
    look: Look
    title: Field
    day: date
    parts: tuple[Part, ...]
    number: str = ""
    to: tuple[Field, ...] = ()
