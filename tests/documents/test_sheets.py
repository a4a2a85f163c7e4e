"""The register as a spreadsheet: every word comes out as it went in, nothing runs, and same rows are same bytes.

The payloads are those that made spreadsheets calculate, link or break elsewhere; each is tried in each place where a
word of anybody could ever stand.
"""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.assembly import rules
from bot.documents.columns import COLUMNS
from bot.documents.sheets import RUNS, guarded, register_csv, register_xlsx, shown_number, unguarded
from bot.office import Rules
from handlers.procedure.register import row as register_row
from tests.conftest import example
from tests.documents.payloads import PAYLOADS
from tests.handlers.a_case import STAGES
from tests.handlers.a_case import case as a_case

FREE = tuple("number channel rubric mediator status cause kind verdict closed days satisfaction".split())
XSTRING = re.compile("_x([0-9A-Fa-f]{4})_")


@cache
def ours() -> Rules:
    return rules(example(Path("/nowhere")))


def row(**more: Any) -> dict[str, Any]:
    firm, zone = ours().firm, ours().zone
    return register_row(a_case(STAGES["closed"] + " measure"), firm, zone) | more


def xlsx(*rows: dict[str, Any], language: str = "nl") -> bytes:
    return register_xlsx(rows, ours().firm, ours().words, language)


def table(rows: list[dict[str, Any]], language: str = "nl") -> list[dict[str, Any]]:
    """What openpyxl reads back of the complaints, by the register's names."""
    sheet = load_workbook(io.BytesIO(xlsx(*rows, language=language))).worksheets[0]
    names = [column.name for column in COLUMNS]
    return [dict(zip(names, line, strict=True)) for line in list(sheet.values)[1:]]


def plain(value: Any) -> Any:
    """A workbook writes what XML cannot hold as _x0008_; Excel shows the sign, openpyxl leaves it to us."""
    return XSTRING.sub(lambda found: chr(int(found[1], 16)), value) if isinstance(value, str) else value


def literal(text: str) -> str:
    """What can be asked back: no XML holds two signs, and no cell of Excel more than 32,767."""
    text = re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", text)
    return text if len(text) <= 32_767 else text[:32_766] + "…"


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


# Nothing runs --------------------------------------------------------------------------------------------


def test_there_are_some_hundreds_of_payloads() -> None:
    assert len(set(PAYLOADS)) > 300


def test_every_payload_in_every_field_is_a_text_in_excel() -> None:
    tried = {f"{n:05}": pair for n, pair in enumerate(product(FREE[1:], PAYLOADS))}
    data = xlsx(*(row(**{"number": number, name: payload}) for number, (name, payload) in tried.items()))
    found = {str(line["number"]): line for line in _complaints(data)}
    for number, (name, payload) in tried.items():
        seen = plain(found[number][name])
        assert (seen or "") == plain(literal(payload)), (name, payload[:80])
    _nothing_runs(data)


def test_every_payload_as_number_measure_and_name_of_the_firm() -> None:
    rows = [row(number=payload, measures=[payload], actions=[[payload] * 5]) for payload in PAYLOADS if payload]
    data = xlsx(*rows)
    seen = sorted(str(plain(line["number"])) for line in _complaints(data))
    assert seen == sorted(plain(literal(payload)) for payload in PAYLOADS if payload)
    _nothing_runs(data)
    for payload in PAYLOADS[::7]:
        firm = ours().firm
        named = replace(
            firm,
            contact=replace(firm.contact, name=payload),
            rubrics=tuple(replace(rubric, labels={"nl": payload}) for rubric in firm.rubrics),
            people=tuple(replace(person, name=payload) for person in firm.people),
        )
        _nothing_runs(register_xlsx([row()], named, ours().words, "nl"))


def _complaints(data: bytes) -> list[dict[str, Any]]:
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return [dict(zip([c.name for c in COLUMNS], line, strict=True)) for line in list(sheet.values)[1:]]


def _nothing_runs(data: bytes) -> None:
    for name, xml in parts(data).items():
        assert not re.search(r"<f[ >/]|TargetMode|<hyperlink|externalLink|<oleObject|ddeLink", xml), name
    assert not any("external" in name.lower() or "vba" in name.lower() for name in parts(data))


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    data = xlsx(row(cause=text))
    _nothing_runs(data)
    (line,) = _complaints(data)
    assert (plain(line["cause"]) or "") == plain(literal(text))


# CSV -----------------------------------------------------------------------------------------------------


def comma(*rows: dict[str, Any], language: str = "nl") -> list[list[str]]:
    data = register_csv(rows, ours().firm, ours().words, language)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data[3:].decode(), newline=""), delimiter=";"))


@pytest.mark.parametrize("name", FREE[1:-2])
def test_no_cell_of_the_csv_begins_like_a_formula(name: str) -> None:
    rows = [row(**{name: payload, "number": f"{n:05}"}) for n, payload in enumerate(PAYLOADS)]
    place = [column.name for column in COLUMNS].index(name)
    lines = comma(*rows)[1:]
    assert len(lines) == len(rows)
    for told, line in zip(sorted(rows, key=lambda one: (one["received"], one["number"])), lines, strict=True):
        assert len(line) == len(COLUMNS)
        assert not re.match(r"[=+\-@＝＋－＠\t\r\n]", line[place]), line[place][:60]
        assert unguarded(line[place]) == told[name].encode("utf-8", "replace").decode()


@given(st.text() | st.sampled_from(PAYLOADS) | st.from_regex("['=+@ -]{0,4}.?", fullmatch=True))
def test_a_guard_is_taken_away_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not RUNS.match(guarded(text)) or guarded(text).startswith("'")


# What stands in it ---------------------------------------------------------------------------------------


def test_the_same_rows_are_the_same_bytes_in_any_order() -> None:
    rows = [row(number=f"N{n}", received=f"2026-0{n % 9 + 1}-01") for n in range(20)]
    for language in ("nl", "en"):
        assert xlsx(*rows, language=language) == xlsx(*reversed(rows), language=language)
        write = [register_csv(some, ours().firm, ours().words, language) for some in (rows, rows[::-1])]
        assert write[0] == write[1]


def test_days_are_days_counts_are_numbers_and_codes_are_words() -> None:
    (line,) = table([row(satisfaction="4", mediator="karim")])
    assert line["received"] == datetime(2026, 11, 23) and line["closed"] == datetime(2026, 11, 23)  # noqa: DTZ001
    assert (line["days"], line["satisfaction"], line["reopened"]) == (0, 4, 0)
    assert line["number"] == "7QXM-4RTB"
    assert (line["channel"], line["open"], line["status"]) == ("Telegram", "Nee", "afgesloten")
    assert line["mediator"] == "Karim Haddad" and line["agreed"] == "Ja"
    (line,) = table([row()], "en")
    assert (line["open"], line["closed_as"]) == ("No", "The client agreed")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_three_tables_with_filters_and_a_head_that_stays(language: str) -> None:
    book = load_workbook(io.BytesIO(xlsx(row(), language=language)))
    assert len(book.worksheets) == 3
    for sheet in book.worksheets:
        (made,) = sheet.tables.values()
        assert made.ref == sheet.dimensions and made.autoFilter is not None
        assert str(sheet.freeze_panes).endswith("2")
    heads = [cell.value for cell in book.worksheets[0][1]]
    assert len(set(heads)) == len(COLUMNS) and not any(str(head).startswith("col_") for head in heads)
    told = {line[0] for line in book.worksheets[2].values}
    assert set(heads) <= told  # every column is explained
    assert [line[0] for line in list(book.worksheets[1].values)[1:]] == ["7QXM-4RTB"]


def test_an_empty_register_is_a_register() -> None:
    book = load_workbook(io.BytesIO(xlsx()))
    assert [sheet.tables[name].ref.split(":")[0] for sheet in book.worksheets for name in sheet.tables] == ["A1"] * 3
    assert len(comma()) == 1


def test_every_column_of_the_register_is_shown_or_stands_on_its_own_sheet() -> None:
    assert set(row()) == {column.name for column in COLUMNS} | {"actions"}


def test_an_older_number_stays_as_it_was() -> None:
    assert shown_number("7QXM4RTB") == "7QXM-4RTB"
    assert shown_number("20250014") == "20250014" and shown_number("2025-014") == "2025-014"


def test_ten_thousand_complaints(record_property: Any) -> None:
    rows = [row(number=f"N{n:05}", received=str(date(2020 + n % 6, n % 12 + 1, n % 28 + 1))) for n in range(10_000)]
    for name, write in (("xlsx", register_xlsx), ("csv", register_csv)):
        begun = time.perf_counter()
        data = write(rows, ours().firm, ours().words, "nl")
        took = time.perf_counter() - begun
        record_property(name, f"{took:.2f} s")
        print(f"10,000 rows as {name}: {took:.2f} s, {len(data) / 1e6:.1f} MB")
