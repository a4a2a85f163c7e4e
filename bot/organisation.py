"""organisation.toml, as a firm or every mistake in it at once: with its line, its place and what to do.

What a firm is stands in handlers/firm.py, which pydantic checks the file against; what is well formed but cannot be
meant is found here. The surprising truth: both look at the file as it was written, so a missing phone number hides no
misspelt time zone. Only where the file is no TOML at all is there nothing more to see.
"""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from handlers.firm import FIELDS, Alarm, Colleague, Committee, Contact, Firm, Papers, Retention, Template, Terms
from handlers.procedure.rubrics import Rubric

BOUNDS = {  # what can be meant: fewer is a slip, and more would never come due
    "terms.accept_hours": (1, 720), "terms.reply_working_days": (1, 90), "terms.outcome_weeks": (1, 104),
    "terms.answer_days": (1, 365), "retention.draft_days": (1, 365), "retention.closed_years": (1, 30),
}  # fmt: skip
CALLED = re.compile(r"[\w-]{1,32}")  # keys and codes travel in buttons, which hold 64 bytes
SHAPES = (Firm, Contact, Terms, Committee, Template, Retention, Papers, Alarm, Colleague, Rubric)
WORDS = sorted({field.name for shape in SHAPES for field in fields(shape)})
SEVERAL = {"people", "rubrics", "templates"}
HEADER, ENTRY = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]"), re.compile(r"\s*([\w-]+)\s*=")
Told = Mapping[str, Any]


def read(path: Path, found: list[str]) -> tuple[Firm, ZoneInfo] | None:
    """The firm and its time zone; None when *found* now holds what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        told = tomllib.loads(text)
    except OSError as error:
        found.append(f"{path.name} cannot be read: {error.strerror}.")
        return None
    except tomllib.TOMLDecodeError as error:
        place = (re.search(r"\(at [^)]*\)", str(error)) or [""])[0]
        if "overwrite" in str(error) or "twice" in str(error):
            found.append(f"{path.name}: the same name stands there twice {place}. Remove one of the two.")
        else:
            found.append(f"{path.name}: {error}. Often a quote or a bracket is missing just before.")
        return None
    except UnicodeDecodeError:
        found.append(f"{path.name} is not saved as UTF-8. Save it again with that encoding.")
        return None
    wrong: list[tuple[str, str]] = [*_odd(told, path.parent.resolve())]
    firm: Firm | None = None
    try:
        # As JSON, where "strict" means that 14 is a number and "14" is not, and a list may still become a tuple.
        firm = TypeAdapter(Firm).validate_json(json.dumps(told, default=str), strict=True)
    except ValidationError as error:
        wrong += [_sentence(dict(mistake)) for mistake in error.errors(include_url=False)]
    if wrong or firm is None:
        line = _lines(text)
        placed = sorted((_line_of(line, place), sentence) for place, sentence in wrong)
        found += [f"{path.name}{f', line {n}' if n else ''}: {sentence}" for n, sentence in placed]
        return None
    here = path.parent.resolve()
    beside = {name: str(here / told) for name, told in asdict(firm.papers).items() if told}
    alarm = replace(firm.alarm, command=_program(firm.alarm.command, here))
    return replace(firm, papers=replace(firm.papers, **beside), alarm=alarm), ZoneInfo(firm.zone)


def apart(one: str, other: str) -> int:
    """How many letters must be added, removed or changed (Levenshtein)."""
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for n, letter in enumerate(one, 1):
        before, row = row, [n]
        for m, wanted in enumerate(other, 1):
            row.append(min(before[m] + 1, row[-1] + 1, before[m - 1] + (letter != wanted)))
    return row[-1]


# Where it stands -----------------------------------------------------------------------------------------


def _lines(text: str) -> dict[str, int]:
    """The line on which each table and each name stands, by its place: `contact.phone`, `people.4.key`."""
    found: dict[str, int] = {}
    several: dict[str, int] = {}
    under = ""
    for n, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            first, dot, rest = header[2].partition(".")
            if header[1] == "[[" and not dot:
                several[first] = several.get(first, 0) + 1
            under = f"{first}.{several[first]}{dot}{rest}" if first in several else header[2]
            found.setdefault(under, n)
        elif entry := ENTRY.match(line):
            found.setdefault(f"{under}.{entry[1]}".lstrip("."), n)
    return found


def _line_of(lines: Mapping[str, int], place: str) -> int:
    """The line of *place*, or of what it stands in; 0 for the file as a whole."""
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return lines.get(place, 0)


# What pydantic says, in words ----------------------------------------------------------------------------


def _sentence(mistake: dict[str, Any]) -> tuple[str, str]:
    """The place and one mistake in words for somebody who does not program."""
    place = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in mistake["loc"])
    within, _, name = place.rpartition(".")
    given = repr(mistake["input"])
    is_given = f"{place} is {given if len(given) < 60 else given[:57] + '...'}."
    match mistake["type"]:
        case "missing":
            return place, f"{place} is missing. {_to_add(within, name)}"
        case "unexpected_keyword_argument" | "extra_forbidden":
            near = min(WORDS, key=lambda ours: apart(name, ours))
            meant = f" Did you mean {near}?" if apart(name, near) <= 2 else ""
            return place, f"{place} is not known. Remove it, or correct its spelling.{meant}"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return place, f"{is_given} It must be a whole number, without quotes."
        case "bool_parsing" | "bool_type":
            return place, f"{is_given} It must be true or false, without quotes."
        case "string_type":
            return place, f"{is_given} It must be a text between quotes."
        case "literal_error":
            return place, f"{is_given} Choose {mistake['ctx']['expected']}."
        case "tuple_type" if place in SEVERAL:
            return place, f"{place} must be written as [[{place}]], with two brackets, once for each of them."
        case "tuple_type":
            return place, f'{is_given} It must be a list of texts: ["...", "..."].'
        case "dataclass_type" | "dataclass_exact_type":
            return place, f"{is_given} It must be a table: a line [{place}], and its names below."
        case "mapping_type" | "dict_type":
            return place, f'{is_given} It must be a text in each language: {{ nl = "...", en = "..." }}.'
    return place, f"{is_given} {mistake['msg']}."


def _to_add(within: str, name: str) -> str:
    table, _, n = within.partition(".")
    if not within and name != "zone":
        table = f"[[{name}]]" if name in SEVERAL else f"[{name}]"
        return f"Add the table {table}, as in the organisation.toml that came with the bot."
    under = f" under [[{table}]] number {n}" if table in SEVERAL else f" under [{within}]" if within else ""
    return f"Add a line {name} = ...{under}."


# What is well formed and cannot be meant -----------------------------------------------------------------


def _table(told: Told, name: str) -> Told:
    value = told.get(name)
    return value if isinstance(value, Mapping) else {}


def _rows(told: Told, name: str) -> list[tuple[str, Told]]:
    value = told.get(name)
    rows = value if isinstance(value, list) else []
    return [(f"{name}.{n}", row) for n, row in enumerate(rows, 1) if isinstance(row, Mapping)]


def _texts(told: Told) -> Iterator[tuple[str, str]]:
    """What clients or colleagues read, with its place; of the committee only the name is always known."""
    contact, named = _table(told, "contact"), [("committee.name", _table(told, "committee").get("name"))]
    single = [(f"contact.{name}", contact.get(name)) for name in ("name", "phone", "email", "address", "privacy")]
    single += [(f"{place}.code", rubric.get("code")) for place, rubric in _rows(told, "rubrics")]
    single += [(f"{place}.{name}", row.get(name)) for place, row in _rows(told, "people") for name in ("key", "name")]
    named += [("contact.hours", contact.get("hours"))]
    named += [(f"{place}.labels", rubric.get("labels")) for place, rubric in _rows(told, "rubrics")]
    for place, texts in named:
        if isinstance(texts, Mapping):
            single += [(f"{place}.{language}", text) for language, text in texts.items()] or [(place, "")]
    yield from ((place, text) for place, text in single if isinstance(text, str))


def _odd(told: Told, here: Path) -> Iterator[tuple[str, str]]:
    """The place and the sentence of each."""
    yield from _zone(told.get("zone"))
    keys = [(f"{place}.key", row["key"]) for place, row in _rows(told, "people") if isinstance(row.get("key"), str)]
    codes = [(f"{place}.code", row["code"]) for place, row in _rows(told, "rubrics")
             if isinstance(row.get("code"), str)]  # fmt: skip
    for named, what in ((keys, "of the people a key"), (codes, "of the rubrics a code")):
        names = [name for _, name in named]
        for n, (place, name) in enumerate(named):
            if name in names[:n]:
                yield place, f"{name} stands there twice. Give each {what} of its own."
            if name.strip() and not (CALLED.fullmatch(name) and len(name.encode()) <= 32):
                yield place, f"{name!r} cannot be a key or code. Use at most 32 letters and digits, without spaces."
    for place, (least, most) in BOUNDS.items():
        table, name = place.split(".")
        value = _table(told, table).get(name)
        if type(value) is int and not least <= value <= most:
            yield place, f"{place} is {value}. Choose a number from {least} to {most}."
    yield from ((place, f"{place} is empty. Fill it in.") for place, text in _texts(told) if not text.strip())
    known = [name for _, name in keys]
    for place, row in _rows(told, "people"):
        chief = row.get("reports_to")
        if isinstance(chief, str) and chief and chief not in known:
            yield f"{place}.reports_to", (f"{row.get('key')} reports to {chief!r}, who is not among the people. "
                                          f"There are: {', '.join(known)}.")  # fmt: skip
    if told.get("rubrics") == []:
        yield "rubrics", "there are no [[rubrics]]. Copy one from the organisation.toml that came with the bot."
    yield from _templates(told)
    command = _table(told, "alarm").get("command")
    if isinstance(command, list) and command and isinstance(command[0], str) and not _found(command[0], here):
        yield "alarm.command", f"alarm.command: there is no program {command[0]!r} that may be run."


def _templates(told: Told) -> Iterator[tuple[str, str]]:
    """Braces around what means nothing would reach the client as they stand there."""
    holds = ", ".join(f"{{{field}}}" for field in FIELDS)
    for place, row in _rows(told, "templates"):
        texts = row.get("text")
        for language, text in texts.items() if isinstance(texts, dict) else ():
            for name in re.findall(r"\{([^}]*)\}", text) if isinstance(text, str) else ():
                if name not in FIELDS:
                    yield f"{place}.text.{language}", f"{{{name}}} means nothing in a template. It may hold: {holds}."


def _zone(zone: object) -> Iterator[tuple[str, str]]:
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as "Europe"
            yield "zone", f"zone is {zone!r}. Write for example Europe/Amsterdam."


def _found(program: str, here: Path, which: Callable[[str], str | None] = shutil.which) -> str | None:
    """Where *program* is; a path is seen from the file."""
    return which(str(here / program)) if "/" in program else which(program)


def _program(command: tuple[str, ...], here: Path) -> tuple[str, ...]:
    return (_found(command[0], here) or command[0], *command[1:]) if command else ()
