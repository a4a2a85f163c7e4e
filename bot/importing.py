"""An existing complaints register, read from a spreadsheet: what can enter ours, and why the rest cannot.

Here: finding the columns, reading the cells, judging each row, and putting the good ones into the register. What the
columns are called stands in documents/columns.py, how a file is opened in documents/files.py. The surprising truth:
an imported complaint is a row and no case. It counts in every summary, but nobody can open it; an open one is closed
by importing it again with its closing day.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.documents.columns import COLUMNS, Column
from bot.documents.files import Unreadable, lines_of
from bot.documents.sheets import NUMBER, shown_number
from bot.office import Rules
from bot.record import REGISTER
from bot.words import bare
from handlers.procedure import products
from handlers.procedure.deadlines import LETTER_DAYS, SPOKEN
from storage.audit import AUDIT
from storage.store import Tx

HEAD_WITHIN = 20  # rows in which the headings are looked for: a title or a logo may stand above them
NEEDED = ("number", "received", "rubric")
FIRST_YEAR = 1950
LONGEST_NUMBER = 32  # characters
SHOWN = 40  # rejected rows that are printed; the count is always whole
DERIVED = frozenset({"open", "days", "imported", "acknowledged_in_time"})  # follow from the other columns
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")
CLOSED = {"closed", "afgesloten", "gesloten", "dicht", "afgehandeld", "done"}
OPEN = {"open", "lopend", "lopende", "in behandeling", "nieuw", "new", "pending"}


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: rows that can enter, rows that cannot with the reason, and what was passed over."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)  # (row of the sheet, why)
    remarks: list[str] = field(default_factory=list)
    sheet: str = ""


# From the file -------------------------------------------------------------------------------------------


def _headings(rules: Rules) -> dict[str, str]:
    """Every way a column may be called, without marks and capitals, and which column that is."""
    found: dict[str, str] = {}
    for column in COLUMNS:
        labels = (rules.words.plain(column.label, language) for language in rules.words.languages)
        for called in (*labels, column.name.replace("_", " "), *column.also):
            found.setdefault(bare(called), column.name)
    return found


def _table(path: Path, rules: Rules) -> tuple[str, int, dict[str, int], list[str], list[list[Any]]]:
    """The sheet that is a register: its name, the row of its headings, where each column stands, and its lines."""
    known, best = _headings(rules), dict[str, int]()
    for name, lines in lines_of(path):
        for at, line in enumerate(lines[:HEAD_WITHIN]):
            places: dict[str, int] = {}
            for n, value in enumerate(line):
                if isinstance(value, str) and (column := known.get(bare(value))):
                    places.setdefault(column, n)
            if all(column in places for column in NEEDED):
                others = [
                    str(value).strip() for n, value in enumerate(line)
                    if value not in (None, "") and n not in places.values()
                ]  # fmt: skip
                return name, at, places, others, lines[at + 1 :]
            best = max(best, places, key=len)
    lacking = ", ".join(
        rules.words.plain(column.label, language)
        for language in rules.words.languages
        for column in COLUMNS
        if column.name in NEEDED and column.name not in best
    )
    raise Unreadable(f"No row of headings was found in {path.name}. Missing: {lacking} (in one of our languages).")


# Row by row ----------------------------------------------------------------------------------------------


class _Wrong(Exception):
    """Why a row cannot be taken, as part of a sentence."""


def read(path: Path, rules: Rules, today: date, known: Mapping[str, Mapping[str, Any]]) -> Read:
    """What of the register at *path* can enter ours; *known* are the rows we have, by number. Changes nothing.

    An imported complaint that was still open may come again; then the newer row takes its place.
    """
    name, above, places, others, lines = _table(path, rules)
    reader = _Reader(rules, today, places)
    found = Read(sheet=name)
    if others:
        found.remarks.append(f"Columns that were not read: {', '.join(others)}.")
    seen: dict[str, int] = {}
    for place, line in enumerate(lines, above + 2):
        if all(value is None or not str(value).strip() for value in line):
            continue
        try:
            row = reader.row(line)
            number = str(row["number"])
            if number in seen:
                raise _Wrong(f"number {shown_number(number)} stands in row {seen[number]} already")
            seen[number] = place
            before = known.get(number)
            if before is not None and not (before.get("imported") and before["open"] == "yes"):
                raise _Wrong(f"number {shown_number(number)} is in the register already")
            found.rows.append(row)
        except _Wrong as wrong:
            found.rejected.append((place, str(wrong)))
    found.remarks.extend(f"{text}: {n} {'row' if n == 1 else 'rows'}." for text, n in reader.remarks.items())
    return found


class _Reader:
    def __init__(self, rules: Rules, today: date, places: Mapping[str, int]) -> None:
        self.rules, self.today, self.places = rules, today, places
        self.remarks: Counter[str] = Counter()
        self.months = {name: number for name, number in rules.names["months"].items() if name}
        self.codes = {column.name: self._codes(column) for column in COLUMNS}

    def _codes(self, column: Column) -> dict[str, str]:
        words = self.rules.words
        found: dict[str, str] = {}
        for code, label in column.choices(self.rules.firm).items():
            for called in (*(words.plain(label, language) for language in words.languages), code):
                found.setdefault(bare(called), code)
        if {"yes", "no"} <= set(found.values()):
            found |= {"j": "yes", "y": "yes", "n": "no", "x": "yes", "true": "yes", "false": "no", "waar": "yes"}
            found |= {"onwaar": "no"}
        return found

    def row(self, line: Sequence[Any]) -> dict[str, Any]:
        given = {name: line[n] if n < len(line) else None for name, n in self.places.items()}
        told = {column.name: self._value(column, given.get(column.name)) for column in COLUMNS}
        self._derived(told, given)
        return told | {"actions": [], "imported": self.today.isoformat()}

    def _value(self, column: Column, value: Any) -> Any:
        text = CONTROL.sub(" ", str(value)).strip() if value is not None else ""
        label = self.rules.words.plain(column.label, "en")
        match column.kind:
            case "number":
                return self._number(text)
            case "day":
                return self._day(value, text, label)
            case "count":
                return self._count(column.name, text, label)
            case "codes":
                parts = [part.strip() for part in re.split(r"[;\n|+]", text) if part.strip()]
                if column.name == "measures" and len(parts) == 1 and bare(parts[0]) not in self.codes[column.name]:
                    parts = [part.strip() for part in text.split(",")]
                return sorted({self._code(column, part, label) for part in parts})
        if column.name in DERIVED:
            return ""
        if not text:
            if column.name == "rubric":
                self.remarks["Without a topic, so it is not known yet"] += 1
                return "unknown"
            return "no" if column.name == "safety" else ""
        if column.name == "status":
            return self._status(text, label)
        if column.name == "mediator":
            code = self.codes["mediator"].get(bare(text))
            if code is None:
                self.remarks[f"{text!r} is nobody in organisation.toml, so who handled it stays empty"] += 1
            return code or ""
        if column.name == "product":
            return self.codes["product"].get(bare(text)) or products.group(text)
        if column.name == "site" and bare(text) not in self.codes["site"]:
            self.remarks[f"{text!r} is no place in organisation.toml, so the place stays empty"] += 1
            return ""
        return self._code(column, text, label)

    def _number(self, text: str) -> str:
        if not text:
            raise _Wrong("the number is missing")
        if text.endswith(".0") and text[:-2].isdecimal():
            text = text[:-2]
        if NUMBER.fullmatch(text.replace("-", "")) and (len(text) == 8 or text[4] == "-"):
            text = text.replace("-", "")
        if len(text) > LONGEST_NUMBER:
            raise _Wrong(f"the number is longer than {LONGEST_NUMBER} characters")
        return text

    def _day(self, value: Any, text: str, label: str) -> str:
        if isinstance(value, datetime):
            day: date | None = value.date()
        elif isinstance(value, date):
            day = value
        elif not text:
            return ""
        else:
            day = self._read_day(text)
        if day is None:
            raise _Wrong(f"{label}: {text!r} is no day. Write for example 2026-11-25 or 25-11-2026")
        if day.year < FIRST_YEAR:
            raise _Wrong(f"{label}: the year {day.year} cannot be meant")
        return day.isoformat()

    def _read_day(self, text: str) -> date | None:
        text = re.sub(r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$", "", text)
        try:
            if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
                return date(int(found[1]), int(found[2]), int(found[3]))
            if found := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)", text):
                year = int(found[3])
                return date(year if year > 99 else 2000 + year, int(found[2]), int(found[1]))
            if (found := re.fullmatch(r"(\d{1,2})[-. ]+([^\W\d]+)\.?[-. ]+(\d{4})", text)) and (
                month := self.months.get(found[2].casefold())
            ):
                return date(int(found[3]), month, int(found[1]))
        except ValueError:
            return None
        return None

    def _count(self, name: str, text: str, label: str) -> Any:
        empty: Any = {"days": None, "reopened": 0, "satisfaction": "", "report_days": None}[name]
        if not text or name in DERIVED:
            return empty
        number = text[:-2] if text.endswith(".0") else text
        if not (number.isascii() and number.isdecimal() and len(number) < 5):
            raise _Wrong(f"{label}: {text!r} is no whole number")
        if name == "satisfaction":
            if number not in {"1", "2", "3", "4", "5"}:
                raise _Wrong(f"{label}: {text!r} is not 1 to 5")
            return number
        return int(number)

    def _code(self, column: Column, text: str, label: str) -> str:
        code = self.codes[column.name].get(bare(text))
        if code is None:
            plain = self.rules.words.plain
            language = "nl" if "nl" in self.rules.words.languages else "en"
            allowed = ", ".join(plain(choice, language) for choice in column.choices(self.rules.firm).values())
            what = "is no topic of organisation.toml" if column.name == "rubric" else "is not known"
            raise _Wrong(f"{label}: {text!r} {what}. Choose from: {allowed}")
        return code

    def _status(self, text: str, label: str) -> str:
        said = bare(text)
        if said in CLOSED:
            return "closed"
        if said in OPEN:
            return "analysis"
        return self._code(next(column for column in COLUMNS if column.name == "status"), text, label)

    def _derived(self, told: dict[str, Any], given: Mapping[str, Any]) -> None:
        """What must fit together, and what follows from it."""
        if not told["received"]:
            raise _Wrong("the day it was received is missing")
        received, closed = date.fromisoformat(told["received"]), told["closed"]
        for name, before in (("received", "received"), ("acknowledged", "acknowledged"), ("outcome", "outcome sent"),
                             ("referred", "sent to the committee"), ("closed", "closed")):  # fmt: skip
            if told[name] > self.today.isoformat():
                raise _Wrong(f"{before} on {told[name]}: that day has yet to come")
            if told[name] and told[name] < told["received"]:
                raise _Wrong(f"{before} on {told[name]}, before it was received on {received}")
        if told["status"] == "closed" and not closed:
            raise _Wrong("it is closed, but the day on which it was closed is missing")
        if closed and told["status"] not in {"", "closed"}:
            raise _Wrong(f"it was closed on {closed}, but its status says that it is still open")
        if closed and str(given.get("open") or "") and self.codes["open"].get(bare(str(given["open"]))) == "yes":
            raise _Wrong(f"it was closed on {closed}, but it is said to be open")
        told["status"] = "closed" if closed else told["status"] or "received"
        told["open"] = "no" if closed else "yes"
        told["days"] = (date.fromisoformat(closed) - received).days if closed else None
        said = str(given.get("days") or "").removesuffix(".0")
        if closed and said and said != str(told["days"]):
            self.remarks["The days until closed differ from the two dates, which are used"] += 1
        weeks = timedelta(weeks=self.rules.firm.terms.outcome_weeks)
        if not told["referred"] or told["outcome"]:  # with the committee no outcome of ours is due any more
            told["outcome_by"] = told["outcome_by"] or told["extended_to"] or (received + weeks).isoformat()
        told["acknowledged_in_time"] = self._in_time(told, received)
        if told["measures"] and not told["corrective"]:
            told["corrective"] = "yes"

    @staticmethod
    def _in_time(told: Mapping[str, Any], received: date) -> str:
        if told["channel"] in SPOKEN:
            return "implicit"
        if not told["acknowledged"]:
            return ""
        return "yes" if (date.fromisoformat(told["acknowledged"]) - received).days <= LETTER_DAYS else "no"


# Into the register ---------------------------------------------------------------------------------------


def digest(row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def enter(tx: Tx, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Put imported rows into the register. The audit chain keeps of each what it said, so that `verify` can tell."""
    for row in rows:
        tx.put(REGISTER.name, row)
        tx.audit(
            {"what": "imported", "case": str(row["number"]), "by": "admin", "at": now.isoformat(),
             "digest": digest(row)}
        )  # fmt: skip


def unlike(tx: Tx, kept: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where imported rows of the register are not what was imported."""
    said = {str(entry["case"]): entry["digest"] for entry in tx.every(AUDIT.name) if entry.get("what") == "imported"}
    return [
        *(f"register: the imported row of {number} is missing" for number in said if number not in kept),
        *(
            f"register: the imported row of {number} differs from what was imported"
            for number, row in kept.items()
            if (row.get("imported") or number in said) and said.get(number) != digest(row)
        ),
    ]


# What is printed -----------------------------------------------------------------------------------------


def preview(found: Read, rules: Rules, language: str = "en") -> list[str]:
    """What would happen, for a terminal: how many rows, of what, and why each of the others not."""
    firm, words = rules.firm, rules.words
    where = f" of sheet {found.sheet}" if found.sheet else ""
    many = len(found.rows) + len(found.rejected)
    told = [f"Read {many} complaints{where}: {len(found.rows)} can enter the register, {len(found.rejected)} cannot."]
    if found.rows:
        days = sorted(str(row["received"]) for row in found.rows)
        opened = sum(row["open"] == "yes" for row in found.rows)
        told.append(f"Received from {days[0]} to {days[-1]}; {opened} still open.")
        topics = Counter(str(row["rubric"]) for row in found.rows)
        choices = next(column for column in COLUMNS if column.name == "rubric").choices(firm)
        told += [f"  {n:>5}  {words.plain(choices[code], language)}" for code, n in topics.most_common()]
    told += found.remarks
    told += [f"Row {place}: {why}." for place, why in found.rejected[:SHOWN]]
    if len(found.rejected) > SHOWN:
        told.append(f"And {len(found.rejected) - SHOWN} more rows that cannot enter.")
    return told
