"""Plays a transcript: a plain text anybody can read, in which people speak and the bot must answer.

One form for the demonstration and for the scenarios of the tests; who carries it out (this sandbox over HTTP, or
the desk in memory) is a `World`. The surprising truth: a transcript names no message ids and no numbers of
complaints; `{ref}` stands for the first number the bot shows, and for that number from then on.

    people: Truus (nl); Karim (nl) mediator=karim
    Truus: /start                       she types
    Truus: [Klacht indienen]            she presses the button with that label, or one that contains it
    Truus: (photo schoen.jpg) Kijk      she sends a file, with a caption
    Truus: > Dat klopt                  she replies to the bot's newest message
    < Wat is er gebeurd?                the bot has answered her since: these words, in one message
    Karim < Nieuwe klacht {ref}         and told Karim
    Els <! Nieuwe klacht                and has not told Els
    clock: 25 hours                     time passes
    restart                             the bot is stopped and started again
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

NUMBER = r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_LINE = re.compile(r"^(?:(?P<who>[^\W\d_]\w*) ?)?(?P<sign><!|<|:) (?P<what>.*)$")
_FILE = re.compile(r"^\((?P<kind>photo|document|voice|audio|video) (?P<name>[^)]+)\) ?(?P<caption>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    language: str
    role: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    who: str
    sign: str  # ":" acts, "<" must have been told, "<!" must not
    what: str


@dataclass(frozen=True, slots=True)
class Script:
    title: str
    people: tuple[Person, ...]
    lines: tuple[Line, ...]


class Differs(AssertionError):
    """The bot did not do what the transcript says."""


class World(Protocol):
    """Somewhere a transcript can be played. People are named; ids and messages are the world's own affair."""

    async def person(self, person: Person) -> None: ...
    async def say(self, who: str, text: str, reply: bool) -> None: ...
    async def tap(self, who: str, label: str) -> None: ...
    async def file(self, who: str, kind: str, name: str, caption: str) -> None: ...
    async def edit(self, who: str, text: str) -> None: ...
    async def block(self, who: str) -> None: ...
    async def advance(self, seconds: float) -> None: ...
    async def restart(self) -> None: ...

    async def settle(self) -> None:
        """Wait until the bot has done all it can."""

    async def heard(self, who: str) -> Sequence[Mapping[str, Any]]:
        """The bot's messages in a person's chat, oldest first: `id`, `text`, `edited`, `keyboard`."""


def read(text: str) -> Script:
    """The transcript that *text* holds; a line that cannot be read raises ValueError with its number."""
    title, people, lines = "", tuple[Person, ...](), list[Line]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        if not line.strip() or line.startswith("#"):
            title = title or line.lstrip("# ")
        elif line.startswith("people:"):
            people = tuple(_person(part) for part in line.removeprefix("people:").split(";"))
        elif line.startswith("  ") and lines:  # goes on on the next line
            before = lines[-1]
            lines[-1] = Line(before.number, before.who, before.sign, f"{before.what}\n{line.strip()}")
        elif line == "restart":
            lines.append(Line(number, "restart", ":", ""))
        elif found := _LINE.match(line):
            who = found["who"] or next((past.who for past in reversed(lines) if past.sign == ":"), "")
            lines.append(Line(number, who, found["sign"], found["what"]))
        else:
            raise ValueError(f"line {number} cannot be read: {line}")
    return Script(title, people, tuple(lines))


def _person(text: str) -> Person:
    found = re.fullmatch(r"\s*(\w+) \((\w\w)\)(?: (\w+)=(\w+))?\s*", text)
    if not found:
        raise ValueError(f"a person is written as: Karim (nl) mediator=karim, not {text!r}")
    return Person(found[1], found[2], found[3] or "", found[4] or "")


@dataclass(slots=True)
class Play:
    """A script being played in a world."""

    world: World
    known: dict[str, str] = field(default_factory=dict)  # {ref} and the like, as they were first seen
    seen: dict[str, dict[Any, str]] = field(default_factory=dict)  # what each person had heard before the last act

    async def perform(self, script: Script) -> None:
        """All of *script*; raises `Differs` with the line and what was heard instead."""
        for person in script.people:
            await self.world.person(person)
            await self.world.settle()
            await self._listen(person.name)
        names = [person.name for person in script.people]
        for line in script.lines:
            if line.sign == ":":
                for name in names:
                    await self._listen(name)
                await self._act(line)
                await self.world.settle()
            else:
                await self._expect(line)

    async def _listen(self, who: str) -> None:
        self.seen[who] = {message["id"]: _shown(message) for message in await self.world.heard(who)}

    async def _act(self, line: Line) -> None:
        what = self._filled(line.what)
        if line.who == "restart":
            await self.world.restart()
        elif line.who == "clock":
            amount, unit = what.split()
            await self.world.advance(float(amount) * UNITS[unit.rstrip("s")])
        elif what == "(block)":
            await self.world.block(line.who)
        elif what.startswith("[") and what.endswith("]"):
            await self.world.tap(line.who, what[1:-1])
        elif found := _FILE.match(what):
            await self.world.file(line.who, found["kind"], found["name"], found["caption"])
        elif what.startswith("(edit) "):
            await self.world.edit(line.who, what.removeprefix("(edit) "))
        else:
            reply = what.startswith("> ")
            await self.world.say(line.who, what.removeprefix("> "), reply)

    async def _expect(self, line: Line) -> None:
        before = self.seen.get(line.who, {})
        heard = [_shown(m) for m in await self.world.heard(line.who) if before.get(m["id"]) != _shown(m)]
        pattern = self._pattern(line.what)
        found = next((match for text in heard if (match := pattern.search(text))), None)
        if (found is None) == (line.sign == "<"):
            told = "\n".join(f"    {text}" for text in heard) or "    nothing"
            expected = "did not hear" if line.sign == "<" else "must not hear"
            raise Differs(f"line {line.number}: {line.who} {expected}: {self._filled(line.what)}\n  heard:\n{told}")
        if found:
            self.known |= found.groupdict()

    def _filled(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.known.get(found[1], found[0]), text)

    def _pattern(self, text: str) -> re.Pattern[str]:
        """*text* as a pattern: white space is folded, … is anything, an unknown {name} learns a number."""
        parts = re.split(r"(\{\w+\}|\s*…\s*)", _folded(self._filled(text)))
        spelled = "".join(
            ".*?"
            if part.strip() == "…"
            else f"(?P<{part[1:-1]}>{NUMBER})"
            if re.fullmatch(r"\{\w+\}", part)
            else re.escape(part)
            for part in parts
        )
        return re.compile(spelled, re.DOTALL)


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _shown(message: Mapping[str, Any]) -> str:
    """A message as a person sees it: its words, its document by name, then its buttons."""
    buttons = " ".join(f"[{button['text']}]" for row in message["keyboard"] for button in row)
    file = f" ({message['file']['name']})" if message.get("file", {}).get("kind") == "document" else ""
    return _folded(f"{message['text']}{file} {buttons}")
