"""Papers as PDF, for screen readers (PDF/UA-1) and archives (PDF/A-2a): one function, and the templates beside it.

What stands in a paper lives in handlers/procedure/papers/. A template is `common.typ` followed by the one of its
look, and either may be replaced by the firm. The surprising truth: a template is a program, but everything people wrote
reaches it as data, so no complaint can be one; and it may read no file, because it is given none.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import typst

from bot.documents import signs
from bot.words import Words
from handlers.firm import Firm
from handlers.procedure.papers.paper import Line, Look, Paper, Part, Table
from handlers.texts import Field, Label, Lines, T

HERE = Path(__file__).parent
COMMON = "common"
LOOKS: tuple[Look, ...] = ("form", "letter", "report")
STANDARDS = ["ua-1", "a-2a"]
LOGOS = {".svg": "svg", ".png": "png", ".jpg": "jpg", ".jpeg": "jpg"}
LARGEST_LOGO = 300 * 1024  # bytes; it stands in every paper
PAGE = T("p_page", "Page {n} of {total}")


def render(paper: Paper, language: str, firm: Firm, words: Words) -> bytes:
    """*paper* as PDF: the same bytes for the same paper."""
    found = _typeset(paper, language, firm, words, "pdf")
    assert isinstance(found, bytes)
    return found


def pictures(paper: Paper, language: str, firm: Firm, words: Words, ppi: float = 80) -> list[bytes]:
    """The pages of *paper* as PNG, for who wants to look at a template."""
    found = _typeset(paper, language, firm, words, "png", ppi)
    return found if isinstance(found, list) else [found]


def _typeset(
    paper: Paper, language: str, firm: Firm, words: Words, kind: Literal["pdf", "png"], ppi: float | None = None
) -> bytes | list[bytes]:
    source = _source(paper.look, firm)
    try:
        return _compile(source, _data(paper, language, firm, words), kind, paper.day, firm, ppi)
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
    return _compile(source, _data(paper, language, firm, words, strict=True), kind, paper.day, firm, ppi)


def _compile(
    source: bytes, data: Mapping[str, Any], kind: Literal["pdf", "png"], day: date, firm: Firm, ppi: float | None
) -> bytes | list[bytes]:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as nothing:  # all a template could read
        work: Any = typst.compile  # its stub knows no pages as a list
        found: bytes | list[bytes] = work(
            source,
            root=nothing,
            font_paths=signs.fonts(firm.papers.templates),
            ignore_system_fonts=True,
            package_path=nothing,
            package_cache_path=nothing,
            sys_inputs={"paper": json.dumps(data)},
            format=kind,
            ppi=ppi,
            timestamp=moment,
            pdf_standards=STANDARDS if kind == "pdf" else [],
        )
    return found


def _template(name: str, firm: Firm) -> Path:
    own = Path(firm.papers.templates) / f"{name}.typ" if firm.papers.templates else None
    return own if own is not None and own.exists() else HERE / f"{name}.typ"


def _source(look: str, firm: Firm) -> bytes:
    return b"\n".join(_template(name, firm).read_bytes() for name in (COMMON, look))


# What a template gets ------------------------------------------------------------------------------------


def _data(paper: Paper, language: str, firm: Firm, words: Words, strict: bool = False) -> dict[str, Any]:
    """*paper* in one language: plain texts, and paragraphs as lines with their direction."""

    def line(field: Field) -> str:
        return " ".join(signs.shown(words.plain(field, language), strict).split())

    def value(field: Field) -> list[dict[str, Any]]:
        text = signs.shown(words.plain(field, language), strict)
        if text and not text.strip():
            return [{"lines": [], "rtl": False, "near": False, "blank": len(text)}]  # room to write by hand
        # A sentence of ours goes in our direction, whatever stands in it; words of people go in their own.
        theirs = isinstance(field, str) or (isinstance(field, Lines) and all(isinstance(p, str) for p in field.parts))
        blocks = re.split(r"\n\s*\n", text.strip("\n"))
        return [
            {"lines": lines, "rtl": rtl, "near": n > 0, "blank": 0}
            for block in blocks for n, (rtl, lines) in enumerate(signs.runs(block.split("\n"), theirs))
        ]  # fmt: skip

    def table(found: Table | None) -> dict[str, Any] | None:
        if found is None:
            return None
        numeric = [bool(found.rows) and all(isinstance(row[n], int) for row in found.rows)
                   for n in range(len(found.columns))]  # fmt: skip
        rows = [[value(cell) for cell in row] for row in found.rows]
        return {"columns": [line(column) for column in found.columns], "rows": rows, "numeric": numeric}

    def part(one: Part) -> dict[str, Any]:
        return {
            "heading": line(one.heading),
            "under": one.under,
            "lines": [{"label": line(told.label), "value": value(told.value)} for told in one.lines],
            "points": [value(point) for point in one.points],
            "table": table(one.table),
        }

    contact = firm.contact
    return {
        "title": line(paper.title),
        "language": language,
        "day": [paper.day.year, paper.day.month, paper.day.day],
        "date": line(paper.day),
        "number": f"{paper.number[:4]}-{paper.number[4:]}" if paper.number else "",
        "to": [line(part) for part in paper.to],
        "parts": [part(one) for one in paper.parts],
        "firm": {"name": line(contact.name), "address": line(contact.address), "phone": line(contact.phone),
                 "email": line(contact.email), "hours": line(Label(contact.hours))},
        "logo": _logo(firm),
        "page": re.split("\ue000", words.plain(replace(PAGE, fields={"n": "\ue000", "total": "\ue000"}), language)),
    }  # fmt: skip


def _logo(firm: Firm) -> dict[str, Any] | None:
    if not firm.papers.logo:
        return None
    path = Path(firm.papers.logo)
    try:
        return {"kind": LOGOS[path.suffix.lower()], "bytes": list(path.read_bytes())}
    except (OSError, KeyError):  # `check` tells; a letter goes without rather than not at all
        return None


# For `python -m bot check` -------------------------------------------------------------------------------


def sample(look: Look) -> Paper:
    """A paper with everything a template may meet."""
    story = "Regel een\nRegel twee\n\nمريم حسن"
    lines = (Line("Veld", story), Line("", "Alinea"), Line("Ruimte", "\n\n"))
    table = Table(("Wat", "Aantal"), (("Een", 1), ("Twee", 2)))
    parts = (Part("Deel", lines, ("Punt", "Nog een"), table), Part("Onder", lines, under=True), Part("", lines))
    return Paper(
        T("p_form_file", "complaint form"), look, "Proef", date(2026, 1, 2), parts, "7QXM4RTB", ("Naam", "Straat 1")
    )


def mistakes(firm: Firm, words: Words) -> list[str]:
    """What is wrong with the firm's own templates and logo, each with its file, its line and what to do."""
    found = _logo_mistakes(firm)
    folder = firm.papers.templates
    if folder and not Path(folder).is_dir():
        return [*found, f"papers.templates: there is no folder {folder}."]
    if folder:
        strange = sorted(path.name for path in Path(folder).glob("*.typ") if path.stem not in (COMMON, *LOOKS))
        known = ", ".join(f"{name}.typ" for name in (COMMON, *LOOKS))
        found += [f"{name}: no paper uses this template. They are called {known}." for name in strange]
    for look in LOOKS:
        if not folder or not any((Path(folder) / f"{name}.typ").exists() for name in (COMMON, look)):
            continue
        try:
            render(sample(look), next(iter(words.languages)), replace_logo(firm), words)
        except typst.TypstError as error:
            found.append(_placed(error, look, firm))
        except (OSError, UnicodeDecodeError) as error:
            found.append(f"{look}.typ cannot be read: {error}.")
    return list(dict.fromkeys(found))


def replace_logo(firm: Firm) -> Firm:
    """*firm* without its logo: what is wrong with that is said apart."""
    return replace(firm, papers=replace(firm.papers, logo=""))


def _placed(error: typst.TypstError, look: str, firm: Firm) -> str:
    """The mistake with the file and line it stands in; both templates were one text to typst."""
    place = re.search(r"__\.typ:(\d+):(\d+)", error.diagnostic)
    hint = " ".join(f"Hint: {hint}." for hint in error.hints)
    if not place:
        return f"{look}.typ: {error.message}. {hint}".strip()
    line, name = int(place[1]), COMMON
    before = len(_template(COMMON, firm).read_bytes().split(b"\n"))
    if line > before:
        line, name = line - before, look
    return f"{_template(name, firm)}, line {line}: {error.message}. {hint}".strip()


def _logo_mistakes(firm: Firm) -> list[str]:
    if not firm.papers.logo:
        return []
    path = Path(firm.papers.logo)
    if path.suffix.lower() not in LOGOS:
        return [f"papers.logo: {path.name} is no picture we can use. Take an SVG, PNG or JPG file."]
    try:
        if path.stat().st_size > LARGEST_LOGO:
            return [f"papers.logo: {path.name} is larger than {LARGEST_LOGO // 1024} kB. Make it smaller."]
        bare = replace(firm, papers=replace(firm.papers, templates=""))
        _compile(LOGO_ONLY, {"logo": _logo(firm)}, "pdf", date(2026, 1, 2), bare, None)
    except OSError as error:
        return [f"papers.logo: {path} cannot be read ({error.strerror})."]
    except typst.TypstError as error:
        return [f"papers.logo: {path.name} cannot be shown: {error.message}."]
    return []


LOGO_ONLY = b"""#let d = json(bytes(sys.inputs.paper))
#set document(title: "logo")
#image(bytes(d.logo.bytes), format: d.logo.kind, alt: "logo")"""
