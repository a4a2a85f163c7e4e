"""Draws one sample complaint's papers into docs/papers/, to be looked at: `python -m tests.documents.pictures`."""

from __future__ import annotations

from pathlib import Path

from bot.documents import pdf
from tests.documents import sample

FOLDER = Path(__file__).parents[2] / "docs" / "papers"
DUTCH = {
    "form": "klachtenformulier", "receipt": "ontvangstbevestiging", "letter": "brief",
    "outcome_letter": "uitkomstbrief",
    "dossier": "dossier", "note": "notitie", "minutes": "notulen", "review": "jaarverslag",
}  # fmt: skip


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    lines = ["# The papers of one invented complaint", "", "Made by `python -m tests.documents.pictures`.", ""]
    papers = sample.every()
    for name, dutch in DUTCH.items():
        pages = pdf.pictures(papers[name], "nl", sample.settings().firm, sample.words(), ppi=64)
        lines += [f"## {dutch.capitalize()}", ""]
        for n, page in enumerate(pages, 1):
            (FOLDER / f"{dutch}-{n}.png").write_bytes(page)
            lines.append(f"![{dutch}, page {n} of {len(pages)}]({dutch}-{n}.png)")
        lines.append("")
    (FOLDER / "README.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
