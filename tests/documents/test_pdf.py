"""Every paper as PDF: literally what people wrote, tagged for screen readers, and the same bytes for the same data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given, settings, strategies

from bot.documents import pdf, signs
from handlers.procedure.papers.paper import Line, Paper, Part
from tests.documents import sample
from tests.documents.reading import bare, body_of, reader, text_of

FIRM = sample.settings().firm
PAPERS = ("form", "receipt", "letter", "outcome_letter", "dossier", "note", "minutes", "review")
NAMES = {
    "Arabic": "مريم الخطيب", "Turkish": "Şükrü Çağlayan-Işık", "Polish": "Łukasz Święcicki-Żółć",
    "Ukrainian": "Оксана Їжакевич-Ґалаґан",
}  # fmt: skip


def rendered(paper: Paper, language: str = "nl") -> bytes:
    return pdf.render(paper, language, FIRM, sample.words())


def tree(data: bytes) -> Iterator[tuple[str, Any]]:
    """The kinds of the structure elements in reading order, each with its depth."""

    def walk(node: Any, depth: int) -> Iterator[tuple[str, Any]]:
        node = node.get_object() if hasattr(node, "get_object") else node
        for one in node if isinstance(node, list) else [node]:
            found = one.get_object() if hasattr(one, "get_object") else one
            if isinstance(found, dict):
                if "/S" in found:
                    yield str(found["/S"]), depth
                if "/K" in found:
                    yield from walk(found["/K"], depth + 1)

    root: Any = reader(data).trailer["/Root"]
    yield from walk(root["/StructTreeRoot"], 0)


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_tagged_titled_and_says_its_language(name: str, language: str) -> None:
    paper = sample.every()[name]
    found = reader(rendered(paper, language))
    root: Any = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True  # "Tagged: yes" of pdfinfo (poppler, Catalog::getMarkInfo)
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert found.metadata is not None
    assert found.metadata.title == " ".join(sample.words().plain(paper.title, language).split())
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_paper_is_the_same_bytes(name: str) -> None:
    assert rendered(sample.every()[name]) == rendered(sample.every()[name])


def test_tabs_and_turned_writing_come_out_as_they_were_typed() -> None:
    shown = text_of(rendered(sample.every(story=("een\ttwee \u202egnissenkaN\u202c \u2066drie\u2069",))["receipt"]))
    assert re.search(r"een\s+twee\s+gnissenkaN\s+drie", shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\t]", shown)


def test_a_table_has_a_head_and_a_report_too() -> None:
    kinds = [kind for kind, _ in tree(rendered(sample.every()["review"]))]
    assert kinds.index("/Table") < kinds.index("/THead") < kinds.index("/TH") < kinds.index("/TBody")


@pytest.mark.parametrize("script", NAMES)
def test_names_in_other_scripts(script: str) -> None:
    data = rendered(sample.every(name=NAMES[script])["receipt"])
    shown = bare(text_of(data))
    if script == "Arabic":  # its extraction is in the order of the page
        assert all(letter in shown for letter in set("مريم"))
    else:
        assert bare(NAMES[script]) in shown


def test_a_long_story_goes_on_over_pages_and_is_whole() -> None:
    story = " ".join(f"zin{n}." for n in range(1600))[:10_000]
    data = rendered(sample.every(story=(story,))["dossier"])
    shown = text_of(data)
    assert not [word for word in story.split() if word not in shown]
    assert len(reader(data).pages) > 3


def test_a_word_without_end_stays_on_the_paper() -> None:
    data = rendered(sample.every(story=("x" * 5000,), name="N" * 200)["receipt"])
    shown = body_of(data, "Voetspoor Orthopedie · 7QXM-4RTBPagina 0 van 0")
    assert shown.count("x") >= 5000
    assert "N" * 200 in shown


def test_thirty_attachments_are_listed() -> None:
    shown = text_of(rendered(sample.every(many=30)["dossier"]))
    assert all(f"{n}. " in shown for n in range(1, 33))


def test_signs_no_font_knows_do_not_stop_a_paper() -> None:
    shown = text_of(rendered(sample.every(story=("Smile 😀 你好 \ue000 ████ ✔\ufe0f e\u0301 x\u0489",))["receipt"]))
    assert "[grinning face]" in shown
    assert "▯▯" in shown
    assert "████" in shown


@settings(max_examples=60, deadline=None)
@given(strategies.text(max_size=300))
def test_whatever_can_be_typed_can_be_printed(text: str) -> None:
    part = Part("Deel", (Line("Veld", text), Line("", text)), (text,))
    paper = replace(sample.every()["note"], title="Proef", parts=(part,))
    assert rendered(paper).startswith(b"%PDF")


def test_what_our_fonts_are_said_to_know_they_know() -> None:
    known = [chr(code) for font in signs.FONTS for code in sorted(signs.known(font)) if code > 0x20]
    some = [char for n, char in enumerate([*known, *map(chr, signs.BUILT_IN)]) if n % 5 == 0]
    text = " ".join(signs.shown(char) for char in some)
    assert rendered(Paper(sample.every()["note"].name, "form", "Proef", sample.TODAY, (Part("", (Line("", text),)),)))


# A firm's own looks --------------------------------------------------------------------------------------

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#17475a"/></svg>'


def test_a_logo_has_words_for_who_cannot_see_it(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text(LOGO)
    firm = sample.firm_with(logo=tmp_path / "logo.svg")
    assert pdf.mistakes(firm, sample.words()) == []
    for paper in sample.every().values():
        assert "/Figure" in [kind for kind, _ in tree(pdf.render(paper, "nl", firm, sample.words()))]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("logo.gif", b"GIF8", "no picture we can use"), ("logo.png", b"no png", "cannot be shown"),
     ("logo.png", b"x" * 400_000, "larger than"), ("", b"", "cannot be read")],
)  # fmt: skip
def test_a_wrong_logo_is_named_and_letters_go_out(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / (name or "none.svg")
    if name:
        path.write_bytes(content)
    firm = sample.firm_with(logo=path)
    assert said in pdf.mistakes(firm, sample.words())[0]


def test_a_template_of_the_firm_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "letter.typ").write_text("= Onze eigen brief\n#d.title\n#for part in d.parts { told(part.lines) }")
    firm = sample.firm_with(templates=tmp_path)
    assert pdf.mistakes(firm, sample.words()) == []
    shown = text_of(pdf.render(sample.every()["letter"], "nl", firm, sample.words()))
    assert "Onze eigen brief" in shown
    assert "Onze eigen brief" not in text_of(pdf.render(sample.every()["form"], "nl", firm, sample.words()))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("form.typ", "= Kop\n\n#unknown(3)\n", r"form\.typ, line 3: unknown variable: unknown"),
        ("letter.typ", "#d.title\n#titel\n", r"letter\.typ, line 2: unknown variable: titel"),
        ("report.typ", "= A\n#read(\"/etc/passwd\")\n", r"report\.typ, line 2: file not found"),
        ("common.typ", "#let d = json(bytes(sys.inputs.paper))\n#set text(size: groot)\n", r"common\.typ, line 2"),
        ("form.typ", "= A\n#(\n", r"form\.typ, line 2: unclosed delimiter"),
        ("brief.typ", "= A\n", r"brief\.typ: no paper uses this template"),
        ("form.typ", "= A\n#image(bytes(()))\n", r"form\.typ, line 2"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_template_is_named_with_its_line(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    found = pdf.mistakes(sample.firm_with(templates=tmp_path), sample.words())
    assert any(re.search(said, one) for one in found), found


def test_a_template_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "form.typ").write_text('#read("/../../etc/passwd")')
    with pytest.raises(typst.TypstError):
        pdf.render(sample.every()["form"], "nl", sample.firm_with(templates=tmp_path), sample.words())
