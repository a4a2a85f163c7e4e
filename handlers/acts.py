"""What a handler may decide: acts, as data. The desk carries them out, all of one turn in one transaction.

Nothing here sends or stores. The surprising truth: a message to another person is an act like any other and goes
into the outbox with the decision itself, so no notice can get lost and none can be sent without its cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeAlias

from handlers.conversation import Answer
from handlers.facts import Facts, Health
from handlers.procedure.case import Case, Happened
from handlers.texts import Field, Text


@dataclass(frozen=True, slots=True)
class Press:
    """A button that does a command: `do` and its argument, or copies a text."""

    label: Field
    do: str = ""
    arg: str = ""
    style: str = ""
    copy: Field = ""


Rows: TypeAlias = tuple[tuple[Press, ...], ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """A message. `to`: a Telegram id, "client", "mediator", "managers", "safety", or "@key" of a colleague.

    `in_place` replaces the message whose button was pressed, when there is one. `case` makes a reply to this
    message land in that case. `files` are shown below it.
    """

    to: int | str
    text: Text
    buttons: Rows = ()
    case: str = ""
    slot: str = ""
    in_place: bool = False
    files: tuple[tuple[str, str], ...] = ()  # (Telegram's file id, kind)


@dataclass(frozen=True, slots=True)
class File:
    """Something happened to a case. Refused at the desk when `steps.can` says no."""

    number: str
    happened: Happened


@dataclass(frozen=True, slots=True)
class Begin:
    """Start (or go on with) a conversation about a subject: "new", or a case's number.

    `fresh` begins from the top; `given` are options chosen already (question, option); `said` is the first answer.
    `keeps`: the person just said that what was kept belongs here, so it is not asked again.
    """

    talk: str
    subject: str
    fresh: bool = False
    given: tuple[tuple[str, str], ...] = ()
    said: Answer | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """Throw away the conversation about a subject."""

    subject: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy all that was said in a closed case. What the client is told of it must not belong to the case."""

    number: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Something about the person: a language, or (without one) that their loose words may go."""

    language: str = ""


@dataclass(frozen=True, slots=True)
class Do:
    """Go on as if the person had pressed this command, with what has happened by now."""

    command: str
    arg: str = ""


@dataclass(frozen=True, slots=True)
class Print:
    """A paper for who asked for it, one of `paperwork.PAPERS`: of a case as it is now, or of the period `arg`. Without
    `language` in theirs. `leaves`: it exists to go elsewhere (a letter), so also staff may save it.

    `brief` is said instead of a caption that is too long for Telegram. `in_place` takes the place of the picture whose
    button was pressed, where it was one.
    """

    paper: str
    caption: Text
    case: str = ""
    arg: str = ""
    language: str = ""
    leaves: bool = False
    brief: Text | None = None
    buttons: Rows = ()
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Toast:
    text: Text


Act: TypeAlias = Tell | File | Begin | Forget | Erase | Settle | Do | Print | Toast
Acts: TypeAlias = tuple[Act, ...]


class Office(Protocol):
    """What a handler may look up; the door answers from the transaction it runs in."""

    @property
    def facts(self) -> Facts: ...

    def new_number(self) -> str:
        """A number no case has or had."""

    def case(self, number: str) -> Case | None: ...

    def cases_of_client(self, client: int) -> Sequence[Case]:
        """Newest first."""

    def cases_of_mediator(self, key: str) -> Sequence[Case]:
        """Open ones, soonest deadline first."""

    def open_cases(self, rubric: str | None = None) -> Sequence[Case]:
        """All open ones, or those of one topic ("": not known yet), soonest deadline first."""

    def still_owed(self) -> Sequence[Case]:
        """Those of which something is past its last day: also closed ones, of what prevents."""

    def load(self) -> Mapping[str, int]:
        """The mediators who can be reached, each with how many open cases they have."""

    def managers(self) -> tuple[str, ...]: ...

    def reaches(self, to: int | str, case: Case | None = None) -> bool:
        """Is there anybody to tell?"""

    def case_facts(self, subject: str) -> Facts:
        """The facts with the case a conversation is about."""

    def example(self, role: str) -> Sequence[tuple[bool, str]]:
        """A sample conversation of that role ("": a client) in the actor's language: (the person speaks, words)."""

    def away(self, key: str, until: str) -> None:
        """Note that a colleague is absent up to that day (ISO), or back ("")."""

    def decide(self, rubric: str, facts: Mapping[str, object]) -> None:
        """Keep the decision of an evaluation of a rubric; older ones stay."""

    def decisions(self, rubric: str) -> Sequence[Mapping[str, object]]:
        """Those of a rubric, newest first."""

    def months(self, since: date) -> Mapping[str, Sequence[int]]:
        """Complaints received per rubric in each whole month since, oldest first."""

    def begun(self) -> date | None:
        """When the bot itself took in the first complaint."""

    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]:
        """Counts from the complaints register, grouped by its columns."""

    def register(self, **where: object) -> Sequence[Mapping[str, object]]:
        """Rows of the complaints register, by its columns."""

    def health(self) -> Health:
        """How the bot is doing: figures, and no word of any complaint."""

    def draft(self) -> tuple[int, str] | None:
        """How many questions of an unfinished complaint are answered, and until when it is kept (ISO day)."""
