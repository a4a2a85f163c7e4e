"""A conversation is a generator function: it yields what to say and what to ask, and returns what it learned.

Nothing stays alive between two messages. The answers are kept under the name of their question, and **the
function runs again from the top for every message**. So a restart is invisible, /back forgets the last answer,
"change" asks any one anew, and a refused answer was never given. The golden rule follows: a flow gets everything
it needs as arguments and answers; it never reads a clock, a file or chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from handlers.texts import Field, Text

R = TypeVar("R")
ASIDE = "~"  # before the name of an answer that is being given anew; no question's name can hold it


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file already in safe keeping. `telegram` lets the bot show it again without uploading it."""

    id: str
    kind: str
    name: str
    size: int
    sha256: str
    telegram: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person gave: typed words, a chosen option or a file.

    `on` is the local day it was given (ISO), so that "yesterday" keeps its meaning; `misses` says how often the
    question had been answered in vain before, so that a second miss can be taken as it is.
    """

    text: str = ""
    option: str = ""
    file: Attachment | None = None
    on: str = ""
    misses: int = 0
    message: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """A button that answers the open question; typing its number, its words or one of *also* does the same."""

    name: str
    label: Field
    style: str = ""
    also: tuple[str, ...] = ()  # in any language, in small letters: never shown
    echo: Field = ""  # what was answered by choosing it, where that is not its label


@dataclass(frozen=True, slots=True)
class Say:
    text: Text


@dataclass(frozen=True, slots=True)
class Ask:
    name: str  # a-z, 0-9 and _; a renamed question is asked anew
    text: Text
    options: tuple[Option, ...] = ()
    in_place: bool = False  # replaces the same question asked just before: ticking boxes, collecting parts
    numbered: bool = False  # options show a number, and the number may be typed
    own: bool = False  # asks for own words: then a button is meant only by all the words of its label
    files: bool = False  # takes photos, voice messages and files as part of the answer
    again: Text | None = None  # said after a refusal instead of the whole text, where that is long


Answers: TypeAlias = Mapping[str, Answer]
Flow: TypeAlias = Generator[Say | Ask, Answer, R]  # yields steps, is sent answers, returns R


class Invalid(Exception):
    """The answer just given cannot be used; the text says what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.name)
        self.text = text


class Again(Exception):
    """The person wants to give the answers to *asked* anew; the answers to *steer* led here and are forgotten."""

    def __init__(self, asked: tuple[str, ...], steer: tuple[str, ...]) -> None:
        super().__init__(*asked)
        self.asked, self.steer = asked, steer


@dataclass(frozen=True, slots=True)
class Turn(Generic[R]):
    """Where a conversation stands after its answers."""

    say: tuple[Text, ...]  # since the last answer
    ask: Ask | None  # None: the conversation is over
    used: tuple[str, ...]  # the answers this path asked for, in order
    answers: Answers  # what to store
    result: R | None = None
    refused: Text | None = None


def question_of(name: str) -> str:
    """The question an answer's name belongs to: in a loop `photo`, `photo#2`, ... all answer `photo`."""
    return name.removeprefix(ASIDE).split("#")[0]


def play(flow: Callable[[], Flow[R]], answers: Answers) -> Turn[R]:
    """Run *flow* from the top, up to its first question without an answer."""
    run, used, say, times = flow(), list[str](), list[Text](), Counter[str]()
    try:
        step = next(run)
        while True:
            while isinstance(step, Say):
                say.append(step.text)
                step = run.send(Answer())
            times[step.name] += 1
            name = step.name if times[step.name] == 1 else f"{step.name}#{times[step.name]}"
            if name not in answers:
                return Turn(tuple(say), replace(step, name=name), tuple(used), answers)
            used.append(name)
            say.clear()
            step = run.send(answers[name])
    except StopIteration as end:
        return Turn(tuple(say), None, tuple(used), answers, end.value)
    except Invalid as refusal:
        if not used:
            raise RuntimeError("a flow refused an answer before one was given") from refusal
        return replace(play(flow, without(answers, used[-1])), say=(), refused=refusal.text)
    except Again as again:
        kept = {name: given for name, given in answers.items() if question_of(name) not in again.steer}
        return play(flow, {ASIDE + name if question_of(name) in again.asked else name: kept[name] for name in kept})


def without(answers: Answers, *names: str) -> Answers:
    return {name: given for name, given in answers.items() if name not in names}


def give(flow: Callable[[], Flow[R]], answers: Answers, given: Answer) -> Turn[R]:
    """Answer the open question. A refused answer leaves everything as it was."""
    return give_at(flow, play(flow, answers), given)


def give_at(flow: Callable[[], Flow[R]], now: Turn[R], given: Answer) -> Turn[R]:
    """As `give`, where the conversation was played already: up to *now*."""
    if now.ask is None:
        return now
    turn = play(flow, {name: old for name, old in now.answers.items() if name[0] != ASIDE} | {now.ask.name: given})
    return turn if turn.refused is None else replace(turn, ask=now.ask, used=now.used, answers=now.answers)


def back(flow: Callable[[], Flow[R]], answers: Answers) -> Turn[R]:
    """Undo exactly one answer; where an answer was about to be given anew, the old one returns."""
    now = play(flow, answers)
    if any(name[0] == ASIDE for name in now.answers):
        return play(flow, {name.removeprefix(ASIDE): given for name, given in now.answers.items()})
    given = [name for name in now.answers if name in now.used]  # in the order they were given, not asked
    return play(flow, without(now.answers, *given[-1:]))
