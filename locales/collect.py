"""Collects the texts from the code: `python -m locales.collect` (`make texts`) renews messages.pot and every .po.

Here lives what a translator's files are made from; reading them for use lives beside it. The surprising truth: a
text that changes in English is a new text. Its old translation is not guessed at but put aside in the .po (`#~`),
for the translator to move over; until then the English is shown, and the check of the texts says so.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from locales import FOLDER

ROOT = FOLDER.parent
SPEAKING = ("handlers", "bot")  # the rooms with words for people


@dataclass(frozen=True, slots=True)
class Spoken:
    """One `T("name", "English", field=...)` in the code, with the names of the fields it gives (none if with `**`)."""

    name: str
    english: str
    fields: frozenset[str]
    place: str

    @property
    def file(self) -> str:
        return self.place.split(":")[0]


def spoken(root: Path = ROOT) -> list[Spoken]:
    """Every text in the code, file by file in the order it stands there."""
    return [found for mark, place in _marks(root) if (found := _read(mark, place))]


def unreadable(root: Path = ROOT) -> list[str]:
    """Where a `T` has a name or an English sentence that is not written out: no catalog could ever hold it."""
    return [place for mark, place in _marks(root) if not _read(mark, place)]


def _marks(root: Path) -> Iterator[tuple[ast.Call, str]]:
    for path in sorted(path for room in SPEAKING for path in (root / room).rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            if isinstance(call.func, ast.Name) and call.func.id == "T":
                yield call, f"{path.relative_to(root).as_posix()}:{call.lineno}"


def _read(call: ast.Call, place: str) -> Spoken | None:
    match call.args:
        case [ast.Constant(value=str(name)), ast.Constant(value=str(english))]:
            given = {field.arg for field in call.keywords}
            return Spoken(name, english, frozenset(filter(None, () if None in given else given)), place)
    return None


def template(texts: list[Spoken]) -> Catalog:
    catalog = Catalog()
    for text in texts:
        if catalog.get(text.english, text.name) is None:
            catalog.add(text.english, context=text.name, auto_comments=[text.file])
    return catalog


def written(catalog: Catalog, language: str = "") -> bytes:
    """As a file. The heading is ours: Babel's holds the hour and its own version, and would differ every time."""
    heading = ["Content-Type: text/plain; charset=UTF-8", *([f"Language: {language}"] if language else [])]
    body = io.BytesIO()
    write_po(body, catalog, omit_header=True, width=0, no_location=True)
    lines = "".join(f'"{line}\\n"\n' for line in heading)
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + body.getvalue()


def main() -> None:
    texts = template(spoken())
    (FOLDER / "messages.pot").write_bytes(written(texts))
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po")):
        language = path.parts[-3]
        with path.open("rb") as file:
            known = read_po(file, locale=language)
        known.update(texts, no_fuzzy_matching=True)
        path.write_bytes(written(known, language))
        missing = sum(not entry.string for entry in known if entry.id)
        sys.stdout.write(f"{language}: {len(texts)} texts, {missing} to translate, {len(known.obsolete)} put aside\n")


if __name__ == "__main__":
    main()
