"""The complaints register (klachtenoverzicht) as an Excel file and as CSV: rows of the register in, bytes out.

What the columns are called and mean stands in columns.py. Pure: the same rows give the same bytes, whatever the day.
The surprising truth: nothing here trusts a row. In Excel a text is written as a text, so that no word can become a
formula or a link. CSV cannot say "this is text", so there an apostrophe stands before what a spreadsheet would run.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.documents.columns import ACTION_KINDS, COLUMNS, WORKED, Column
from bot.office import ALPHABET
from bot.words import Words, grouped
from handlers.firm import Firm
from handlers.procedure.measures import MEASURES
from handlers.texts import Field, T

Row = Mapping[str, Any]
Cell = str | int | date  # "" is an empty cell

MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - what the file says of its making: the same for the same rows
DAY = {"nl": "dd-mm-yyyy", "en": "d mmm yyyy"}
LONGEST = 32_767  # characters in a cell of Excel
NARROWEST, WIDEST = 8, 44  # of a column, in characters
NUMBER = re.compile(f"[{ALPHABET}]{{8}}")  # one of ours, which people read in two groups
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")  # no XML may hold these, also escaped
# What makes a spreadsheet calculate, or cut a cell: OWASP's list for CSV injection, with the wide forms Excel reads
# alike. Blanks and invisible signs before it do not make it safe. An apostrophe of one's own gets another, so that
# taking one away gives back exactly what was there.
RUNS = re.compile("[\\s\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\x00-\\x1f]*[=+\\-@'＝＋－＠]|[\\t\\r\\n]")


# What stands in the tables -------------------------------------------------------------------------------


def _day(value: object) -> Cell:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return str(value)


def cell(column: Column, value: object, firm: Firm, words: Words, language: str) -> Cell:
    """What a reader finds in *column*; a code nobody knows (any more) is shown as it is."""
    if value is None or value == "" or value == []:
        return ""
    match column.kind:
        case "day":
            return _day(value)
        case "count":
            return int(str(value)) if str(value).isascii() and str(value).isdecimal() else str(value)
        case "number":
            return shown_number(str(value))
    known = column.choices(firm)
    codes = value if isinstance(value, list | tuple) else (value,)
    return "; ".join(words.plain(known.get(str(code), str(code)), language) for code in codes)


def shown_number(number: str) -> str:
    """As people read it; a number of an older register stays as it was."""
    return grouped(number) if NUMBER.fullmatch(number) else number


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (str(row.get("received", "")), str(row.get("number", ""))))


Table = tuple[str, Sequence[str], list[list[Cell]]]


def _complaints(rows: Sequence[Row], firm: Firm, words: Words, language: str) -> Table:
    heads = [words.plain(column.label, language) for column in COLUMNS]
    cells = [[cell(column, row.get(column.name), firm, words, language) for column in COLUMNS] for row in rows]
    return words.plain(T("sheet_complaints", "Complaints"), language), heads, cells


def _measures(rows: Sequence[Row], firm: Firm, words: Words, language: str) -> Table:
    """A line for each measure; of an imported complaint only which it was."""
    by_name = {column.name: column for column in COLUMNS}
    codes = {option.name: option.label for option in MEASURES}

    def said(known: Mapping[str, Field], code: str) -> str:
        return words.plain(known.get(code, code), language)

    heads: tuple[Field, ...] = (
        by_name["number"].label, by_name["received"].label, by_name["rubric"].label,
        T("col_measure", "Measure"), T("col_measure_kind", "Repairs or prevents"), T("col_measure_due", "Due on"),
        T("col_measure_done", "Done on"), T("col_measure_worked", "It worked"),
    )  # fmt: skip
    cells = list[list[Cell]]()
    for row in rows:
        actions = [[str(part) for part in action] for action in row.get("actions") or ()]
        told = {action[0] for action in actions}
        actions += [[str(code), "corrective", "", "", ""] for code in row.get("measures") or () if code not in told]
        about = [cell(by_name[name], row.get(name), firm, words, language) for name in ("number", "received", "rubric")]
        cells += [
            [*about, said(codes, code), said(ACTION_KINDS, kind), _day(due), _day(done), said(WORKED, worked)]
            for code, kind, due, done, worked in actions
        ]
    return words.plain(T("sheet_measures", "Measures"), language), [words.plain(h, language) for h in heads], cells


def _definitions(rows: Sequence[Row], firm: Firm, words: Words, language: str) -> Table:
    own = (
        (T("def_firm", "Register of"), firm.contact.name),
        (T("def_rows", "Complaints in this file"), len(rows)),
        (T("def_names", "Names"), T("def_names_about", "No names of clients stand here. Those are in the complaints.")),
        (
            T("def_code", "Code of the client"),
            T("def_code_about", "The number of the complaint is the code. The bot shows who it is, to who may see it."),
        ),
    )
    heads = (T("col_term", "Column"), T("col_meaning", "What it means"))
    lines: list[tuple[Field, Field]] = [*own, *((column.label, column.about) for column in COLUMNS)]
    cells: list[list[Cell]] = [
        [words.plain(name, language), about if isinstance(about, int) else words.plain(about, language)]
        for name, about in lines
    ]
    title = words.plain(T("sheet_definitions", "Explanation"), language)
    return title, [words.plain(head, language) for head in heads], cells


# Excel ---------------------------------------------------------------------------------------------------


def register_xlsx(rows: Iterable[Row], firm: Firm, words: Words, language: str) -> bytes:
    """The register as a workbook: complaints, measures, definitions; each a table with filters under a head that stays.

    Days are days, so Excel can sort and filter them; every word is a text, whatever it begins with.
    """
    told = _sorted(rows)
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": MADE, "title": words.plain(T("register_title", "Complaints register"), language)})
    day = book.add_format({"num_format": DAY.get(language, DAY["en"]), "align": "left", "valign": "top"})
    text = book.add_format({"valign": "top"})
    wrapped = book.add_format({"valign": "top", "text_wrap": True})
    for name, make in (("complaints", _complaints), ("measures", _measures), ("definitions", _definitions)):
        title, heads, cells = make(told, firm, words, language)
        sheet = book.add_worksheet(title)
        _write(sheet, name, heads, cells, day, wrapped if name == "definitions" else text)
    book.close()
    return out.getvalue()


def _write(
    sheet: Worksheet, name: str, heads: Sequence[str], cells: list[list[Cell]], day: Format, text: Format
) -> None:
    last = max(1, len(cells))  # Excel's tables have at least one row
    columns = [{"header": head} for head in heads]
    sheet.add_table(0, 0, last, len(heads) - 1, {"name": name, "columns": columns, "style": "Table Style Light 9"})
    widths = [len(head) + 4 for head in heads]  # with room for the button of the filter
    for n, line in enumerate(cells, 1):
        for at, value in enumerate(line):
            if isinstance(value, date):
                sheet.write_datetime(n, at, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
                widths[at] = max(widths[at], 12)
            elif isinstance(value, int):
                sheet.write_number(n, at, value, text)
            elif value:
                _text(sheet, n, at, _written(value), text)
                widths[at] = max(widths[at], len(value) + 1)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(WIDEST if name != "definitions" or not at else 90, max(NARROWEST, width)))
    sheet.freeze_panes(1, 0 if name == "definitions" else 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C&P / &N")


def _text(sheet: Worksheet, row: int, column: int, text: str, how: Format) -> None:
    """A text, whatever it holds. XlsxWriter (3.3.1, sharedstrings._write_si) takes one between <r> and </r> for its own
    rich text and would write it as bare XML; in two pieces it is ours again, and reads the same."""
    if text.startswith("<r>"):
        sheet.write_rich_string(row, column, how, text[:1], how, text[1:], how)
    else:
        sheet.write_string(row, column, text, how)


def _written(text: str) -> str:
    """*text* as a workbook can hold it: only what XML forbids is replaced, and what Excel would not open is cut."""
    text = NO_XML.sub("\ufffd", text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


# CSV -----------------------------------------------------------------------------------------------------


def register_csv(rows: Iterable[Row], firm: Firm, words: Words, language: str) -> bytes:
    """The complaints as CSV for a Dutch Excel: UTF-8 with its mark, semicolons, days as 2026-11-25.

    Every cell is quoted, so that no word can begin a new one; what a spreadsheet would run gets an apostrophe before
    it (`RUNS`), which `unguarded` takes away again.
    """
    _, heads, cells = _complaints(_sorted(rows), firm, words, language)
    out = StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heads)
    for line in cells:
        writer.writerow(
            [guarded(value) if isinstance(value, str) else value.isoformat() if isinstance(value, date) else value
             for value in line]
        )  # fmt: skip
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def guarded(text: str) -> str:
    """*text* with an apostrophe before it, if a spreadsheet might take it for more than text."""
    return f"'{text}" if RUNS.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and RUNS.match(text[1:]) else text
