"""Telegram's HTML: parsed to text and entities as the real server does, and written back as HTML.

Here lives only markup; lengths and keyboards are in `rules`. Rules and error texts follow tdlib, MessageEntity.cpp
(`decode_html_entity`, `parse_html`, `fix_formatted_text`). The surprising truth: offsets in errors count bytes of the
request's UTF-8, offsets in entities count UTF-16 units of the text that is left, and a lone `&` is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any, TypeAlias

Entity: TypeAlias = dict[str, Any]  # a MessageEntity of the Bot API

_SPACE = frozenset(b" \t\r\n\0\v")
_SHORT = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
          "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
          "tg-spoiler": "spoiler", "span": "spoiler"}  # fmt: skip
_TAGS = frozenset([*_SHORT, "a", "tg-emoji", "tg-time", "pre", "code", "blockquote"])
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
# tdlib sorts entities of equal range by this priority (MessageEntity.cpp, get_type_priority).
_PRIORITY = {"blockquote": 0, "expandable_blockquote": 0, "pre": 10, "code": 20, "text_link": 49, "text_mention": 49,
             "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94}  # fmt: skip
_OPEN = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler", "code": "code",
         "blockquote": "blockquote"}  # fmt: skip
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)'\]])"
    r"|(?P<email>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b)"
    r"|(?P<mention>(?<![\w@/])@[A-Za-z]\w{3,31}\b)"
    r"|(?P<bot_command>(?<![\w/<>])/\w{1,64}(?:@\w{3,32})?(?![\w/]))"
)
_DECIMAL, _HEXADECIMAL = re.compile(rb"[0-9]*"), re.compile(rb"[0-9A-Fa-f]*")
_LETTERS, _NAME_TOKEN = re.compile(rb"[A-Za-z]*"), re.compile(rb"[A-Za-z0-9.\-]*")
_PLAIN = re.compile(rb"[^&<\0]*")


class Unparsable(Exception):
    """The text's markup is wrong; the message is Telegram's, without its prefix."""


def units(text: str) -> int:
    """Length of *text* in UTF-16 code units, which is how entities are counted."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _run(pattern: re.Pattern[bytes], raw: bytes, at: int) -> tuple[bytes, int]:
    """The longest run of *pattern* (which also matches nothing) from *at*, and where it ends."""
    found = pattern.match(raw, at)
    return (found[0], found.end()) if found else (b"", at)


def _reference(raw: bytes, at: int) -> tuple[int, int]:
    """The character named by the `&` at *at* (0 when it names none) and where reading goes on."""
    if raw[at + 1 : at + 2] == b"#":
        hexadecimal = raw[at + 2 : at + 3] == b"x"
        digits, end = _run(_HEXADECIMAL if hexadecimal else _DECIMAL, raw, at + (3 if hexadecimal else 2))
        code = int(digits or b"0", 16 if hexadecimal else 10)
        if code == 0 or code >= 0x10FFFF or end - at >= 10:
            return 0, at
    else:
        name, end = _run(_LETTERS, raw, at + 1)
        if name not in _NAMED:
            return 0, at
        code = ord(_NAMED[name])
    return code, end + (raw[end : end + 1] == b";")


class _Reader:
    """Goes once through the markup and gathers `out` and `entities`."""

    def __init__(self, html: str) -> None:
        self.raw = html.encode("utf-8", "surrogatepass") + b"\0"  # the end mark lets every look-ahead stay simple
        self.at = 0
        self.out: list[str] = []
        self.offset = 0  # UTF-16 units written so far
        self.entities: list[Entity] = []
        self.open: list[tuple[str, str, int, int]] = []  # tag, argument, offset, index in `out`

    def read(self) -> None:
        end = len(self.raw) - 1
        while self.at < end:
            char = self.raw[self.at]
            if char == 0x26:  # &
                code, after = _reference(self.raw, self.at)
                if code:
                    self._write(chr(code))
                    self.at = after
                    continue
            if char == 0x3C:  # <
                if self.raw[self.at + 1] == 0x2F:
                    self._end_tag()
                else:
                    self._start_tag()
                continue
            if char == 0x26:
                self._write("&")
                self.at += 1
            plain, self.at = _run(_PLAIN, self.raw, self.at)
            self._write(plain.decode("utf-8", "surrogatepass"))
        if self.open:
            raise Unparsable(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')

    def _write(self, text: str) -> None:
        self.out.append(text)
        self.offset += units(text)

    def _until(self, stops: bytes) -> bytes:
        start = self.at
        while self.raw[self.at] not in stops and self.raw[self.at] not in _SPACE:
            self.at += 1
        return self.raw[start : self.at]

    def _skip_space(self) -> None:
        while self.raw[self.at] and self.raw[self.at] in _SPACE:
            self.at += 1

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._until(b">").decode("utf-8", "replace").lower()
        if not self.raw[self.at]:
            raise Unparsable(f"Unclosed start tag at byte offset {begin}")
        if tag not in _TAGS:
            raise Unparsable(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while True:
            self._skip_space()
            if self.raw[self.at] == 0x3E:
                break
            argument = self._attribute(tag, begin) or argument
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise Unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append((tag, argument, self.offset, len(self.out)))

    def _attribute(self, tag: str, begin: int) -> str:
        name = self._until(b"=>/\"'").decode("utf-8", "replace")
        if not name:
            raise Unparsable(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._skip_space()
        unclosed = Unparsable(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if self.raw[self.at] != 0x3D:
            if not self.raw[self.at]:
                raise unclosed
            return "1" if (tag, name) == ("blockquote", "expandable") else ""
        self.at += 1
        self._skip_space()
        if not self.raw[self.at]:
            raise unclosed
        value = self._value()
        if not self.raw[self.at]:
            raise Unparsable(f"Unclosed start tag at byte offset {begin}")
        match tag, name:
            case ("a", "href") | ("tg-emoji", "emoji-id") | ("tg-time", "unix"):
                return value
            case "code", "class" if value.startswith("language-"):
                return value[9:]
            case "span", "class" if value.startswith("tg-"):
                return value[3:]
            case "blockquote", "expandable":
                return "1"
        return ""

    def _value(self) -> str:
        start, quote = self.at, self.raw[self.at]
        if quote not in b"\"'":
            token, self.at = _run(_NAME_TOKEN, self.raw, start)
            if self.raw[self.at] not in _SPACE and self.raw[self.at] != 0x3E:
                raise Unparsable(f"Unexpected end of name token at byte offset {start}")
            return token.decode().lower()
        self.at += 1
        value = bytearray()
        while self.raw[self.at] and self.raw[self.at] != quote:
            code, after = _reference(self.raw, self.at) if self.raw[self.at] == 0x26 else (0, 0)
            if code:
                value += chr(code).encode("utf-8", "surrogatepass")
                self.at = after
            else:
                value.append(self.raw[self.at])
                self.at += 1
        self.at += self.raw[self.at] == quote
        return value.decode("utf-8", "replace")

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise Unparsable(f"Unexpected end tag at byte offset {begin}")
        self.at += 2
        name = self._until(b">").decode("utf-8", "replace").lower()
        self._skip_space()
        if self.raw[self.at] != 0x3E:
            raise Unparsable(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        tag, argument, offset, index = self.open.pop()
        if name and name != tag:
            raise Unparsable(f'Unmatched end tag at byte offset {begin}, expected "</{tag}>", found "</{name}>"')
        if self.offset > offset:
            self._close(tag, argument, offset, "".join(self.out[index:]))

    def _close(self, tag: str, argument: str, offset: int, inner: str) -> None:
        entity: Entity = {"offset": offset, "length": self.offset - offset}
        last = self.entities[-1] if self.entities else {}
        same = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if tag in _SHORT:
            entity["type"] = _SHORT[tag]
        elif tag == "blockquote":
            entity["type"] = "expandable_blockquote" if argument else "blockquote"
        elif tag == "code":
            if same and last["type"] == "pre" and argument:
                last["language"] = argument
                return
            entity |= {"type": "code", "language": argument}
        elif tag == "pre":
            if same and last["type"] == "code" and last["language"]:
                last["type"] = "pre"
                return
            entity["type"] = "pre"
        elif tag == "tg-emoji":
            if not argument.isdigit():
                raise Unparsable("Invalid custom emoji identifier specified")
            entity |= {"type": "custom_emoji", "custom_emoji_id": argument}
        elif tag == "a":
            url = link(argument or inner)
            if url is None:
                return  # as the real server: a wrong address loses its link, not the message
            entity |= {"type": "text_link", "url": url}
        else:
            return  # tg-time: the text stays, the entity is newer than the Bot API both libraries share
        self.entities.append(entity)


def link(url: str) -> str | None:
    """*url* as Telegram would keep it, or None when it is no web address (tdlib LinkManager.cpp, check_link)."""
    found = re.fullmatch(r"(?:(https?|tg|ton)://)?([^\s/?#]+)([/?#]\S*)?", url.strip(), re.IGNORECASE)
    if not found:
        return None
    scheme, host, rest = found[1] or "http", found[2], found[3] or ""
    if scheme.lower() in ("http", "https"):
        if "." not in host and not host.startswith("localhost"):
            return None
        rest = rest or "/"
    return f"{scheme.lower()}://{host}{rest}"


def parse_html(html: str) -> tuple[str, list[Entity]]:
    """Text and entities of *html*; raises `Unparsable` with Telegram's words."""
    if "\0" in html:
        raise Unparsable("Text must not contain null bytes")
    reader = _Reader(html)
    reader.read()
    text = "".join(reader.out)
    try:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise Unparsable(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        ) from None
    for entity in reader.entities:
        if entity["type"] == "code":
            del entity["language"]
    return text, reader.entities


def finished(text: str, entities: Iterable[Entity]) -> tuple[str, list[Entity]]:
    """What Telegram keeps of a text: control characters gone, ends trimmed, entities found, cut and sorted.

    Text before the first entity is trimmed on the left, as in tdlib's fix_formatted_text.
    """
    text = re.sub(r"[\0-\x09\x0b\x0c\x0e-\x1f]", " ", text)
    kept = [dict(entity) for entity in entities if entity.get("length", 0) > 0]
    if not kept:
        text = text.replace("\r", "")  # with entities a carriage return would move them; nobody sends one
    first = min((entity["offset"] for entity in kept), default=units(text))
    shift = 0
    while shift < len(text) and shift < first and text[shift] in " \n":
        shift += 1
    text = text[shift:].rstrip(" \n")
    length = units(text)
    for entity in kept:
        entity["offset"] -= shift
        entity["length"] = min(entity["length"], length - entity["offset"])
    kept = [entity for entity in kept if entity["length"] > 0]
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in kept
             if entity["type"] in ("code", "pre", "text_link", "text_mention")]  # fmt: skip
    for match in _FOUND.finditer(text):
        start = units(text[: match.start()])
        end = start + units(match[0])
        if not any(start < other_end and other_start < end for other_start, other_end in taken):
            kept.append({"offset": start, "length": end - start, "type": str(match.lastgroup)})
    kept.sort(key=lambda e: (e["offset"], -e["length"], _PRIORITY.get(e["type"], 50)))
    return text, [{"offset": e["offset"], "length": e["length"], **e} for e in kept]


def as_html(text: str, entities: Iterable[Entity]) -> str:
    """*text* with *entities* as Telegram's HTML, for transcripts; found links and commands stay plain."""
    opens: dict[int, str] = {}
    closes: dict[int, str] = {}
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        match entity["type"]:
            case "text_link":
                tag, attributes = "a", f' href="{escape(entity["url"])}"'
            case "expandable_blockquote":
                tag, attributes = "blockquote", " expandable"
            case "pre":
                language = escape(entity.get("language", ""))
                tag, attributes = "pre", ""
                if language:
                    opens[start] = opens.get(start, "") + f'<pre><code class="language-{language}">'
                    closes[end] = "</code></pre>" + closes.get(end, "")
                    continue
            case kind if kind in _OPEN:
                tag, attributes = _OPEN[kind], ""
            case _:
                continue
        opens[start] = opens.get(start, "") + f"<{tag}{attributes}>"
        closes[end] = f"</{tag}>" + closes.get(end, "")
    raw = text.encode("utf-16-le")
    cuts = sorted({0, len(raw) // 2, *opens, *closes})
    parts: list[str] = []
    for begin, end in zip(cuts, [*cuts[1:], len(raw) // 2], strict=True):
        piece = raw[2 * begin : 2 * end].decode("utf-16-le")
        parts += [closes.get(begin, ""), opens.get(begin, ""), escape(piece, quote=False)]
    return "".join(parts)
