"""The firm: what organisation.toml says of it, as plain data that every rule and text may be given.

Here live the names, terms and people; reading the file and naming its mistakes lives in bot/settings.py.
The surprising truth: an unknown key in the file is refused, so every field below is read somewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from handlers.procedure.rubrics import Rubric
from handlers.texts import Label

STRICT = {"extra": "forbid"}  # for pydantic, which checks the file against these classes


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here. `shown` people may be named by clients as the one they dealt with."""

    __pydantic_config__: ClassVar = STRICT
    key: str
    name: str
    works_at: str = ""
    reports_to: str = ""
    shown: bool = True
    responsible_for_safety: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    __pydantic_config__: ClassVar = STRICT
    name: str
    phone: str
    hours: Mapping[str, str]
    email: str
    address: str
    privacy: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Days and weeks are local calendar days, unless the name says working days."""

    __pydantic_config__: ClassVar = STRICT
    regime: Literal["semh", "wkkgz"] = "semh"
    accept_hours: int = 24
    reply_working_days: int = 5
    outcome_weeks: int = 6
    answer_days: int = 14


@dataclass(frozen=True, slots=True)
class Committee:
    """The body outside the firm. What is unknown is left empty and then left out, never guessed."""

    __pydantic_config__: ClassVar = STRICT
    name: Mapping[str, str]
    address: str
    email: str
    cost: Mapping[str, str]
    term: Mapping[str, str]
    verified: bool = False


FIELDS = ("ref", "name", "mediator", "phone", "hours", "org")  # what a template may hold, between braces


@dataclass(frozen=True, slots=True)
class Template:
    """A text staff can choose for a message to a client, with FIELDS in it."""

    __pydantic_config__: ClassVar = STRICT
    key: str
    labels: Mapping[str, str]
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Retention:
    __pydantic_config__: ClassVar = STRICT
    draft_days: int = 30
    closed_years: int = 2


@dataclass(frozen=True, slots=True)
class Papers:
    """How papers look. Both are paths, seen from organisation.toml: a folder with templates that replace ours, and a
    picture (SVG, PNG or JPG)."""

    __pydantic_config__: ClassVar = STRICT
    templates: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The firm's own program, called with one sentence when somebody should look at the bot. The first of the words is
    the program: found as a shell finds it, or a path seen from organisation.toml."""

    __pydantic_config__: ClassVar = STRICT
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firm:
    __pydantic_config__: ClassVar = STRICT
    zone: str
    contact: Contact
    terms: Terms
    committee: Committee
    retention: Retention
    people: tuple[Colleague, ...]
    rubrics: tuple[Rubric, ...]
    templates: tuple[Template, ...] = ()
    papers: Papers = Papers()
    alarm: Alarm = Alarm()

    def colleague(self, key: str) -> Colleague | None:
        return next((person for person in self.people if person.key == key), None)

    def name_of(self, key: str) -> str:
        colleague = self.colleague(key)
        return colleague.name if colleague else key

    def rubric(self, code: str) -> Label:
        """How the firm calls a rubric; an unknown code (a rubric that was removed) is shown as it is."""
        found = next((rubric for rubric in self.rubrics if rubric.code == code), None)
        return Label(found.labels if found else {"en": code})

    def needs_safety(self, code: str) -> bool:
        return any(rubric.safety for rubric in self.rubrics if rubric.code == code)
