"""Whatever people write comes out of a PDF as they typed it: hundreds of payloads, each in each place that holds words.

Read back with pypdf and compared without blanks, because where a line ends is the page's business. Four things differ
from what was typed, on purpose (bot/documents/signs.py), so the comparison is with `signs.shown`: a tab becomes blanks,
invisible signs and those that turn the direction of writing are left out, a picture is named, and a letter that no font
of ours knows becomes a box.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from bot.documents import pdf, signs
from handlers.firm import Firm
from handlers.procedure.case import Case, Happened, fold
from handlers.procedure.papers import dossier, form, letters, note, receipt
from handlers.procedure.papers.paper import Line, Paper, Part, Table
from handlers.texts import Field, Label, Number, T, Text
from tests.documents import sample
from tests.documents.payloads import PAYLOADS
from tests.documents.reading import bare, body_of, links

FIRM = sample.settings().firm
TRIED = tuple(dict.fromkeys(payload for payload in PAYLOADS if len(payload) < 1000))  # a page is no place for 33,000
ALL = " ¦ ".join(TRIED)
PAPERS = tuple(sample.every())
FOOT = "Voetspoor Orthopedie · 7QXM-4RTBPagina 0 van 0"


def literal(text: str) -> str:
    return bare(signs.shown(text))


def printed(paper: Paper, firm: Firm = FIRM) -> str:
    """What stands in *paper*, bare. Nothing in it can be pressed, and nothing runs."""
    data = pdf.render(paper, "nl", firm, sample.words())
    assert links(data) == []
    foot = FOOT if paper.number else FOOT.replace(" · 7QXM-4RTB", "")
    return body_of(data, foot)


def test_there_are_some_hundreds_of_payloads() -> None:
    assert len(TRIED) > 300


# Every place a paper has for words -----------------------------------------------------------------------


def everywhere(found: Any, put: Callable[[str], str]) -> Any:
    """*found* with each text in it replaced by what *put* makes of it."""
    if isinstance(found, str):
        return put(found)
    if isinstance(found, tuple):
        return tuple(everywhere(one, put) for one in found)
    if isinstance(found, Label):  # what the firm calls a topic
        return Label({"nl": put(found.by_language["nl"])})
    if isinstance(found, Text):
        return replace(found, fields={name: everywhere(value, put) for name, value in found.fields.items()})
    if is_dataclass(found) and not isinstance(found, type | Number):
        changed = {f.name: everywhere(getattr(found, f.name), put) for f in fields(found) if f.name not in KEPT}
        return replace(found, **changed)
    return found


KEPT = {"look", "number", "day", "by"}  # what is no text of a person


def shorter(paper: Paper) -> Paper:
    """*paper* with three rows of each table: what is tried is the places, not how many there are."""
    rows = [replace(part, table=part.table and replace(part.table, rows=part.table.rows[:3])) for part in paper.parts]
    return replace(paper, parts=tuple(rows))


PLACES = {"form": 55, "receipt": 17, "letter": 9, "outcome_letter": 19, "dossier": 30, "note": 2, "minutes": 2,
          "review": 13}  # fmt: skip


@pytest.mark.parametrize("name", PAPERS)
def test_every_payload_in_every_field_of_every_paper(name: str) -> None:
    put: list[str] = []

    def numbered(old: str) -> str:
        if not old.strip():
            return old  # no label, or room to write by hand
        put.append(f"({len(put)}: {ALL})")
        return put[-1]

    paper = everywhere(shorter(sample.every()[name]), numbered)
    assert len(put) >= PLACES[name]
    shown = printed(paper)
    missing = [n for n, text in enumerate(put) if literal(text) not in shown]
    assert not missing, (name, len(put), [put[n][:20] for n in missing[:5]])


def test_also_as_label_heading_title_address_point_and_cell() -> None:
    table = Table((ALL, "Aantal"), ((ALL, 1), ("twee", 2)))
    part = Part(ALL, (Line(ALL, ALL), Line("", ALL)), (ALL,), table)
    for look in pdf.LOOKS:
        paper = Paper(T("p_note_file", "note"), look, ALL, sample.TODAY, (part,), sample.NUMBER, (ALL,))
        assert printed(paper).count(literal(ALL)) == (9 if look == "letter" else 8), look


# From what was told to the paper -------------------------------------------------------------------------

OF_A_CASE: Mapping[str, Callable[..., Paper]] = {
    "form": form.paper, "receipt": receipt.paper, "dossier": dossier.paper, "note": note.paper,
    "letter": letters.acknowledgement, "outcome_letter": letters.outcome,
}  # fmt: skip
CHOSEN = {"rubric", "mediator", "owner", "due", "kind", "code", "report", "until", "on", "who", "result", "kept", "how",
          "score", "solved", "channel", "language", "wishes", "contact", "danger", "t", "sha256", "reach", "telegram",
          "id", "mime"}  # fmt: skip


def told(value: Any, put: Callable[[str], str], name: str = "") -> Any:
    """The facts of an event with everybody's own words replaced; what was chosen from a list stays."""
    if isinstance(value, Mapping):
        return {key: told(one, put, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [told(one, put, name) for one in value]
    free = isinstance(value, str) and value and not value.startswith("#") and name not in CHOSEN
    return put(value) if free and not re.fullmatch(r"[a-z_]+|\d{4}-\d\d-\d\d", value) else value


def life_with(upto: str, put: Callable[[str], str]) -> Case:
    whole = sample.case(upto)
    own = [Happened(e.kind, e.at, e.by, told(e.facts, put)) for e in whole.history]
    return fold(sample.NUMBER, own)


def said_in(paper: Paper) -> str:
    """The words of *paper* as data, bare, before anything is set."""

    def leaves(found: Any) -> Iterator[Field]:
        if isinstance(found, Paper | Part | Line | Table):
            for f in fields(found):
                yield from leaves(getattr(found, f.name))
        elif isinstance(found, tuple):
            for one in found:
                yield from leaves(one)
        elif found is not None and not isinstance(found, bool):
            yield found

    return "\n".join(literal(sample.words().plain(leaf, "nl")) for leaf in leaves(paper))


@pytest.mark.parametrize("name", OF_A_CASE)
def test_every_payload_in_everything_that_was_told_of_a_case(name: str) -> None:
    """In every answer, note, measure, letter and outcome at once: what a paper is to show, it shows as it was typed."""
    put: list[str] = []

    def numbered(old: str) -> str:
        put.append(f"({len(put)}: {ALL})")
        return put[-1]

    case = life_with("proposed" if name in {"letter", "outcome_letter"} else "rated", numbered)
    paper = OF_A_CASE[name](sample.facts(), case)
    shown, wanted = printed(paper), said_in(paper)
    whole = [text for text in put if literal(text) in wanted]
    assert len(whole) >= {"form": 25, "dossier": 10, "outcome_letter": 5, "receipt": 5}.get(name, 1)
    assert not [text[:8] for text in whole if literal(text) not in shown]


def test_every_payload_as_the_name_address_and_hours_of_the_firm() -> None:
    """One after the other, because they stand at the head and the foot of every page."""
    case = sample.case("received", "letter")
    for n, payload in enumerate(TRIED):
        five = [TRIED[(n + 67 * place) % len(TRIED)] for place in range(5)]
        contact = replace(FIRM.contact, name=five[0], address=five[1], phone=five[2], email=five[3],
                          hours={"nl": five[4]})  # fmt: skip
        firm = replace(FIRM, contact=contact)
        paper = replace(letters.acknowledgement(sample.facts(firm=firm), case), look=pdf.LOOKS[n % 2])
        data = pdf.render(paper, "nl", firm, sample.words())
        assert links(data) == []
        shown = body_of(data, "\0")
        assert all(literal(one) in shown for one in five), payload
