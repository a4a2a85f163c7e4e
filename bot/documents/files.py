"""The lines of somebody's spreadsheet: a workbook of Excel, or a CSV file in whatever way it was saved.

What the cells mean is for bot/importing.py. The surprising truth: a file is somebody else's, so it may be damaged,
larger than it says or not what its name says; all of that is told in a sentence, and nothing here stumbles.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.documents.sheets import unguarded

LARGEST = 50 << 20  # bytes of a file
MOST_ROWS = 100_000
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # how a workbook writes what XML cannot hold


class Unreadable(Exception):
    """The file as a whole cannot be taken; the sentence says why."""


def lines_of(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    """Each sheet of a workbook by name, or the one table of a CSV file."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    if size > LARGEST:
        raise Unreadable(f"{path} is larger than {LARGEST >> 20} MB. Is this the register?")
    if path.suffix.lower() == ".csv":
        yield "", _csv(path)
    elif path.suffix.lower() == ".xlsx":
        yield from _xlsx(path)
    else:
        raise Unreadable(f"{path.name} is no .xlsx and no .csv. Save the register as one of these.")


def _xlsx(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    from openpyxl import load_workbook  # takes a quarter of a second, which no other command should pay

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and headers we do not read
            book = load_workbook(path, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # some programs write them wrong
                found, filled = list[list[Any]](), 0
                for line in sheet.iter_rows(values_only=True):
                    told = [_unescaped(value) if isinstance(value, str) else value for value in line]
                    filled += any(value is not None for value in told)
                    if filled > MOST_ROWS:
                        raise Unreadable(f"Sheet {sheet.title} has more than {MOST_ROWS} rows. Is this the register?")
                    found.append(told)
                yield str(sheet.title), found
        finally:
            book.close()
    except Unreadable:
        raise
    except Exception as broken:  # whatever the library stumbles over in a damaged file
        raise Unreadable(f"{path.name} is no Excel workbook, or it is damaged ({type(broken).__name__}).") from None


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _csv(path: Path) -> list[list[Any]]:
    whole = path.read_bytes()
    try:
        text = whole.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = whole.decode("cp1252", "replace")  # what an older Excel saves
    head = text.split("\n", 1)[0]
    mark = max(";,\t", key=head.count)
    csv.field_size_limit(LARGEST)
    lines = list[list[Any]]()
    try:
        for line in csv.reader(text.splitlines(keepends=True), delimiter=mark):
            if len(lines) > MOST_ROWS:
                raise Unreadable(f"{path.name} has more than {MOST_ROWS} rows. Is this the register?")
            lines.append([unguarded(value) for value in line])
    except csv.Error as broken:
        raise Unreadable(f"{path.name} is no CSV that can be read ({broken}).") from None
    return lines
