"""What a screen reader says of each paper, in its order: heading, field, value; held against the paper as data.

The structure tree is walked as such a program walks it (ISO 32000-1, 14.7): not the order on the page, and not the
order in the file. The words at the head and the foot of a page are an artifact or stand before the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

import pytest

from bot.documents import pdf
from handlers.procedure.papers.paper import Paper
from handlers.texts import Field
from tests.documents import sample
from tests.documents.reading import bare, walked

FIRM = sample.settings().firm
ROLE = {"/H1": "heading", "/H2": "heading", "/H3": "heading", "/Lbl": "field", "/LBody": "value", "/TH": "head",
        "/TD": "cell", "/Document": "text", "/Sect": "text"}  # fmt: skip


def expected(paper: Paper, language: str) -> Iterator[tuple[str, str]]:
    """Role and words, from the data alone."""

    def words(field: Field) -> str:
        return bare(sample.words().plain(field, language))

    yield "heading", words(paper.title)
    if paper.look != "letter":
        yield "text", words(paper.day)
    for part in paper.parts:
        yield "heading", words(part.heading)
        for line in part.lines:
            if words(line.label):
                yield "field", words(line.label)
            yield "value" if words(line.label) else "text", words(line.value)
        for n, point in enumerate(part.points, 1):
            yield "field", f"{n}."
            yield "value", words(point)
        if part.table:
            yield from (("head", words(column)) for column in part.table.columns)
            yield from (("cell", words(cell)) for row in part.table.rows for cell in row)


def joined(said: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """What follows each other in one role is one: where a line ends is the page's business."""
    told = (pair for pair in said if pair[1])
    return [(role, "".join(text for _, text in group)) for role, group in groupby(told, key=lambda pair: pair[0])]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", list(sample.every()))
def test_heading_then_fields_then_values(name: str, language: str) -> None:
    paper = sample.every()[name]
    heard = [(ROLE[kind], bare(words)) for kind, words in walked(pdf.render(paper, language, FIRM, sample.words()))]
    first = next(n for n, (role, _) in enumerate(heard) if role == "heading")
    assert joined(iter(heard[first:])) == joined(expected(paper, language))
    before = "".join(words for _, words in heard[:first])
    assert before.startswith(bare(FIRM.contact.name))
    assert all(bare(line if isinstance(line, str) else "") in before for line in paper.to)


def test_the_receipt_as_it_is_heard() -> None:
    """One of them written out, so that the rule above is not the only one to say it."""
    heard = [words for _, words in walked(pdf.render(sample.every()["receipt"], "en", FIRM, sample.words()))]
    told = "\n".join(heard)
    assert re.search(
        r"Receipt of your complaint 7QXM-4RTB\nMonday 7 September 2026\n"
        r"Your complaint\nReference\n7QXM-4RTB\nReceived\nMonday 7 September 2026, 10:12\n"
        r"What happened\nMijn nieuwe(?s:.)*\nTopic\nDoes not fit or hurts: drukt en niemand belt\n"
        r"Aid\northopedische schoenen\n(?s:.)*\nWhat happens next\n1\.\nA member of staff contacts you by",
        told,
    )
