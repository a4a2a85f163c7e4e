"""Our fonts, which signs they show, and what stands for one they cannot: archival PDF refuses a sign without a picture.

Only text comes in and goes out here. The surprising truth: an invisible sign that turns the direction of writing is
left out, for with it a line reads otherwise on paper than it was typed.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

import typst

FONTS = ("fontpkg_noto_sans", "fontpkg_ibm_plex_sans_arabic")  # the Latin one first: its digits and points are used
BUILT_IN = range(0x2580, 0x2600)  # blocks and shapes, from the DejaVu Sans Mono that typst itself brings
STANDS_FOR = "▯"
JOINERS = "\u200c\u200d"  # letters of Arabic script join, or do not, by these
LONGEST_WORD = 40  # signs without a gap before a line may be broken anywhere: else it runs off the paper


def _folder(package: str) -> Path:
    return Path(str(import_module(package).__file__)).parent / "files"


@cache
def fonts(own: str = "") -> typst.Fonts:
    """The fonts every paper and picture is set in, and those in the firm's *own* folder."""
    folders = [str(_folder(package)) for package in FONTS] + ([own] if own else [])
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


@cache
def known(package: str) -> frozenset[int]:
    """The code points a font shows, from the table in its regular file that says so."""
    files = sorted(_folder(package).glob("*.ttf"))
    regular = next((file for file in files if "Regular" in file.name), None) or next(
        file for file in files if "Italic" not in file.name
    )
    return frozenset(_cmap(regular.read_bytes()))


def _cmap(font: bytes) -> set[int]:
    """The code points of a TrueType font (OpenType 1.9, "cmap", formats 4 and 12)."""
    tables = {font[at : at + 4]: struct.unpack(">II", font[at + 8 : at + 16])
              for at in range(12, 12 + 16 * struct.unpack(">H", font[4:6])[0], 16)}  # fmt: skip
    cmap = tables[b"cmap"][0]
    found: set[int] = set()
    for n in range(struct.unpack(">H", font[cmap + 2 : cmap + 4])[0]):
        start = cmap + struct.unpack(">I", font[cmap + 8 + 8 * n : cmap + 12 + 8 * n])[0]
        kind = struct.unpack(">H", font[start : start + 2])[0]
        if kind == 12:
            for group in range(struct.unpack(">I", font[start + 12 : start + 16])[0]):
                first, last, _ = struct.unpack(">III", font[start + 16 + 12 * group : start + 28 + 12 * group])
                found.update(range(first, last + 1))
        elif kind == 4:
            many = struct.unpack(">H", font[start + 6 : start + 8])[0]
            ends = struct.unpack(f">{many // 2}H", font[start + 14 : start + 14 + many])
            begins = struct.unpack(f">{many // 2}H", font[start + 16 + many : start + 16 + 2 * many])
            for first, last in zip(begins, ends, strict=True):
                found.update(range(first, last + 1))
    return found - {0xFFFF}


def shown(text: str, strict: bool = False) -> str:
    """*text* as our fonts can show it. *strict*: only what the first font shows by itself, for combinations of signs
    that no font knows."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
    return _breakable("".join(_sign(char, strict) for char in text))


def _sign(char: str, strict: bool) -> str:
    if char == "\n" or char.isascii():
        return char if char == "\n" or char.isprintable() else ""
    kind = unicodedata.category(char)
    if char in JOINERS and not strict:
        return char
    if kind in {"Cc", "Cf", "Cs"} or "\ufe00" <= char <= "\ufe0f" or (strict and kind[0] == "M"):
        return ""
    if kind[0] == "Z":
        return "\n" if kind in {"Zl", "Zp"} else char if char == "\u00a0" else " "
    if ord(char) in BUILT_IN:
        return char
    if kind != "Co" and any(ord(char) in known(font) for font in FONTS[: 1 if strict else None]):
        return char
    name = unicodedata.name(char, "").lower()
    return f"[{name}]" if kind == "So" and name else STANDS_FOR  # a smile can be read out, a foreign letter cannot


def _breakable(text: str) -> str:
    """*text* whose longest words may be broken between any two signs in their rest."""
    found: list[str] = []
    run = 0
    for char in text:
        run = 0 if char.isspace() else run + 1
        if run > LONGEST_WORD and run % 10 == 1 and not unicodedata.combining(char):
            found.append("\u200b")
        found.append(char)
    return "".join(found)


def from_right(text: str) -> bool | None:
    """Is it written from right to left? The first letter with a direction tells (Unicode, UAX #9, P2 and P3); None
    where there is none."""
    return next((way != "L" for char in text if (way := unicodedata.bidirectional(char)) in {"L", "R", "AL"}), None)


def runs(lines: Sequence[str], turns: bool) -> list[tuple[bool, list[str]]]:
    """*lines* in groups of one direction (True: from right to left), in their order. *turns*: they may be so at all."""
    found: list[tuple[bool, list[str]]] = []
    for line in lines:
        way = from_right(line) if turns else False
        if found and way in {None, found[-1][0]}:
            found[-1][1].append(line)
        else:
            found.append((bool(way), [line]))
    return found
