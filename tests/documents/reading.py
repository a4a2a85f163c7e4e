"""Reading a PDF back: its words, its structure as a screen reader walks it, and what a press in it would open."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader


def reader(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in reader(data).pages)


def bare(text: str) -> str:
    """Without what only the line ends of a page decide, and without joiners: those and the break chances of a long word
    are the same empty picture in the font, so a PDF cannot tell which of them it was."""
    return re.sub(r"[\s\u200b-\u200d]+", "", text)


def body_of(data: bytes, foot: str) -> str:
    """The words of all pages in one, bare, without the line at the foot of each: *foot*, with any page number."""
    pages = [bare(page.extract_text()) for page in reader(data).pages]
    numbered = re.escape(bare(foot)).replace("0", r"\d+")
    return "".join(re.sub(numbered, "", page) for page in pages)


def links(data: bytes) -> list[Any]:
    """Whatever in *data* somebody could press or that would run."""
    found = reader(data)
    root: Any = found.trailer["/Root"]
    pressed = [note.get_object() for page in found.pages for note in page.get("/Annots", ())]
    return [*pressed, *(root[name] for name in ("/OpenAction", "/AA", "/AcroForm") if name in root)]


# The structure tree --------------------------------------------------------------------------------------


def walked(data: bytes) -> Iterator[tuple[str, str]]:
    """What a screen reader says, in its order: the kind of each element that holds words, and those words."""
    found = reader(data)
    said = [dict(_marked(page)) for page in found.pages]
    places = {page.indirect_reference.idnum: n for n, page in enumerate(found.pages) if page.indirect_reference}
    root: Any = found.trailer["/Root"]

    def walk(node: Any, kind: str, page: int) -> Iterator[tuple[str, str]]:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, int):
            if node in said[page]:
                yield kind, said[page][node]
            return
        for one in node if isinstance(node, list) else [node]:
            one = one.get_object() if hasattr(one, "get_object") else one
            if isinstance(one, int):
                yield from walk(one, kind, page)
                continue
            here = places[one.raw_get("/Pg").idnum] if "/Pg" in one else page
            if one.get("/Type") == "/MCR":
                yield from walk(int(one["/MCID"]), kind, here)
            elif "/K" in one:
                own = str(one["/S"]) if "/S" in one else kind
                yield from walk(one["/K"], kind if own in INLINE else own, here)

    yield from walk(root["/StructTreeRoot"]["/K"], "", 0)


INLINE = {"/Span", "/Strong", "/Em", "/P", "/NonStruct", "/Div"}


def _marked(page: Any) -> Iterator[tuple[int, str]]:
    """The words of each marked content of *page*, by its number."""
    parts: dict[int, list[str]] = {}
    inside: list[int | None] = []

    def before(operator: bytes, operands: Any, cm: Any, tm: Any) -> None:
        if operator == b"BDC":
            told = operands[1]
            inside.append(int(told["/MCID"]) if isinstance(told, dict) and "/MCID" in told else None)
        elif operator == b"BMC":
            inside.append(None)

    def after(operator: bytes, operands: Any, cm: Any, tm: Any) -> None:
        if operator == b"EMC" and inside:
            inside.pop()

    def words(text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        number = next((n for n in reversed(inside) if n is not None), None)
        if number is not None and text.strip():
            parts.setdefault(number, []).append(text)

    page.extract_text(visitor_operand_before=before, visitor_operand_after=after, visitor_text=words)
    return iter((number, " ".join("".join(found).split())) for number, found in parts.items())
