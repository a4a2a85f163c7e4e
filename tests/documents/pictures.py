"""Draws papers to be looked at. `make pictures`: one invented complaint in both languages, into docs/papers.

`python -m tests.documents.pictures FOLDER` draws the hard ones there instead: a story of three lines and one of 10,000
characters, names in other scripts, thirty attachments, with and without a logo. A test sees that the pictures in docs/
are of today's papers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from bot.documents import pdf
from handlers.firm import Firm
from handlers.procedure.papers.paper import Paper
from tests.documents import sample

FOLDER = Path(__file__).parents[2] / "docs" / "papers"
PPI = 64
CALLED = {
    # paper           nl                       en
    "form":           ("klachtenformulier",    "complaint-form"),
    "receipt":        ("ontvangstbevestiging", "receipt"),
    "letter":         ("brief",                "letter"),
    "outcome_letter": ("uitkomstbrief",        "outcome-letter"),
    "dossier":        ("dossier",              "case-file"),
    "note":           ("notitie",              "note"),
    "minutes":        ("notulen",              "meeting-sheet"),
    "review":         ("jaarverslag",          "yearly-review"),
}  # fmt: skip
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 48">'
    '<path d="M24 4c9 0 14 9 11 19s-9 19-15 19-9-6-7-15S15 4 24 4z" fill="#17475a"/>'
    '<circle cx="40" cy="8" r="4" fill="#1f6f8b"/><rect x="56" y="16" width="60" height="5" fill="#17475a"/>'
    '<rect x="56" y="27" width="40" height="5" fill="#1f6f8b"/></svg>'
)
LONG = " ".join(f"Op dag {n} deed mijn linkerschoen weer pijn; ik belde {n}." for n in range(160))
STORIES = {"kort": ("De zool liet los.\nIk viel bijna.\nWat nu?",), "lang": (LONG[:10_000],)}
NAMES = {
    "arabisch": "مريم عبد الرحمن الخطيب", "turks": "Şükrü Çağlayan-Işıkoğlu", "pools": "Łukasz Święcicki-Żółćiński",
    "oekraiens": "Оксана Їжакевич-Ґалаґан",
}  # fmt: skip


def shown(papers: dict[str, Paper], firm: Firm, language: str, ppi: float = PPI) -> Iterator[tuple[str, list[bytes]]]:
    """What each paper is called in *language*, and its pages as PNG."""
    for name, called in CALLED.items():
        yield called[language == "en"], pdf.pictures(papers[name], language, firm, sample.words(), ppi)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    papers, firm = sample.every(), sample.settings().firm
    lines = ["# The papers of one invented complaint", "", "Made by `make pictures`."]
    for language, heading in (("nl", "In Dutch"), ("en", "In English")):
        lines += ["", f"## {heading}"]
        for called, pages in shown(papers, firm, language):
            lines += ["", f"### {called.replace('-', ' ').capitalize()}", ""]
            for n, page in enumerate(pages, 1):
                (FOLDER / f"{called}-{n}.png").write_bytes(page)
                lines.append(f"![{called}, page {n} of {len(pages)}]({called}-{n}.png)")
    (FOLDER / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def trials(folder: Path) -> None:
    """Every paper, in every hard case and both languages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "logo.svg").write_text(LOGO, encoding="utf-8")
    bare, with_logo = sample.settings().firm, sample.firm_with(logo=folder / "logo.svg")
    hard: dict[str, dict[str, Any]] = {
        **{story: {"story": told} for story, told in STORIES.items()},
        **{script: {"name": name, "story": (f"{name}: Привіт. مرحبا، حذائي يؤلمني.\nĞüle güle. Zażółć gęślą jaźń.",),
                    "reach": f"{name}, Dorpsstraat 1, 7311 AB Apeldoorn"} for script, name in NAMES.items()},
        "bijlagen": {"many": 30},
    }  # fmt: skip
    for (case, given), language in product(hard.items(), ("nl", "en")):
        for called, pages in shown(sample.every(**given), with_logo if case in {"lang", "turks"} else bare, language):
            for n, page in enumerate(pages, 1):
                (folder / f"{case}-{language}-{called}-{n}.png").write_bytes(page)


if __name__ == "__main__":
    if sys.argv[1:]:
        trials(Path(sys.argv[1]))
    else:
        main()
