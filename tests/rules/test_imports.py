"""Who may know whom, and who may touch the world: read from the source itself, so no import can hide.

The rooms point one way: bot → handlers, storage, locales; those three know nothing of each other. Handlers are
pure: the list below names what they may import, so a new module there is a decision and not an accident.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "handlers", "storage", "locales")
KNOWS = {"bot": set(ROOMS), "handlers": {"handlers"}, "storage": {"storage"}, "locales": {"locales"}}
PURE = {
    *("__future__", "abc", "base64", "bisect", "calendar", "collections", "copy", "dataclasses", "datetime"),
    *("decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "html", "itertools", "json"),
    *("math", "operator", "re", "statistics", "string", "textwrap", "types", "typing", "unicodedata", "zoneinfo"),
}
IMPURE_CALLS = {
    *("open", "input", "print", "exec", "eval", "__import__"),
    *("hash", "id"),  # another number in each process
    "ZoneInfo",  # reads a file; a zone arrives as a fact
}
CLOCKS = {"now", "today", "utcnow"}
ENGINES = {"aiogram", "magic_filter", "telegram"}
ONLY_IN = {
    "sqlite3": {"storage/durable.py"},
    "tinydb": {"storage/"},
    "babel": {"bot/", "locales/"},
    "typst": {"bot/documents/"},
    "xlsxwriter": {"bot/documents/sheets.py"},
    "openpyxl": {"bot/documents/files.py"},
    **{library: {f"bot/engines/on_{engine}.py" for engine in ("aiogram", "ptb")} for library in ENGINES},
}
LONGEST = {"bot/engines/on_aiogram.py": 350, "bot/engines/on_ptb.py": 350, "bot/desk.py": 200}


@cache
def source() -> dict[str, ast.Module]:
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def imports(tree: ast.AST) -> Iterator[str]:
    """The dotted names a module imports, wherever in it the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def at_start(tree: ast.Module) -> Iterator[str]:
    """The imports that run when the module is loaded: those outside functions and `if TYPE_CHECKING`."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If):
            yield from imports(node)


def effects(tree: ast.AST) -> Iterator[str]:
    """Calls that reach outside: the clock, files, the terminal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                yield f"{node.func.id}() on line {node.lineno}"
            elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                yield f".{node.func.attr}() on line {node.lineno}"


def test_rooms_import_in_one_direction() -> None:
    wrong = {
        f"{file} imports {name}"
        for file, tree in source().items()
        for name in imports(tree)
        if name.split(".")[0] in ROOMS and name.split(".")[0] not in KNOWS[file.split("/")[0]]
    }
    assert not wrong


def test_handlers_touch_no_clock_chance_file_or_network() -> None:
    handlers = {file: tree for file, tree in source().items() if file.startswith("handlers/")}
    wrong = {
        *(
            f"{f} imports {n}"
            for f, t in handlers.items()
            for n in imports(t)
            if n.split(".")[0] not in PURE | {"handlers"}
        ),
        *(f"{f}: {effect}" for f, t in handlers.items() for effect in effects(t)),
    }
    assert not wrong


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_room(library: str) -> None:
    strays = {
        file
        for file, tree in source().items()
        if any(name.split(".")[0] == library for name in imports(tree)) and not file.startswith(tuple(ONLY_IN[library]))
    }
    assert not strays


def test_nothing_loads_an_engine_before_it_is_chosen() -> None:
    """Importing aiogram costs seconds and memory that `check`, `verify` and `backup` must not pay."""
    engines = tuple(f"bot.engines.on_{name}" for name in ("aiogram", "ptb"))
    assert not {file for file, tree in source().items() if any(name.startswith(engines) for name in at_start(tree))}


@pytest.mark.parametrize("file", LONGEST)
def test_the_narrow_files_stay_narrow(file: str) -> None:
    lines = len((ROOT / file).read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST[file]


def test_no_installed_package_answers_to_our_names() -> None:
    """`bot` and its neighbours are names anybody may use: another one installed would be imported for ours."""
    assert not set(ROOMS) & set(packages_distributions())


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("from storage.store import Store", {"storage.store.Store"}),
        ("def f():\n    import random", {"random"}),
        ("from bot import events", {"bot.events"}),
        ("from . import case", set()),
    ],
)
def test_imports_are_seen_wherever_they_stand(line: str, seen: set[str]) -> None:
    assert set(imports(ast.parse(line))) == seen


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "date.today()", "open('f')", "print(1)", "hash('x')"])
def test_effects_are_seen(line: str) -> None:
    assert list(effects(ast.parse(line)))
