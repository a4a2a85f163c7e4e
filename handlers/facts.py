"""What a flow or a rule may know besides the answers: the firm, the day, who acts, and the case.

The door gathers these afresh for every turn and passes them in; nothing in handlers/ looks anything up by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.conversation import Answer
from handlers.firm import Colleague, Firm
from handlers.procedure.case import Case
from handlers.procedure.likeness import Alike
from handlers.procedure.steps import Actor


@dataclass(frozen=True, slots=True)
class Facts:
    """`now` is UTC; `today` is the firm's local day; `names` are month and day names by language."""

    firm: Firm
    zone: ZoneInfo
    now: datetime
    today: date
    names: Mapping[str, Mapping[str, int]]
    actor: Actor
    case: Case | None = None
    colleagues: tuple[tuple[str, str], ...] = field(default_factory=tuple)  # (key, name) of the staff who joined
    # Three that cost a search through other cases, so that they are asked for, and only where they are shown:
    alike: Callable[[], Mapping[str, Alike]] = dict  # others of 12 months by trait
    eligible: Callable[[], tuple[tuple[str, int], ...]] = tuple  # mediators free for the case, and their load
    others: Callable[[], tuple[str, ...]] = tuple  # numbers of open cases this one may be joined to
    kept: tuple[tuple[Answer, ...], ...] = ()  # sent before the conversation began: does it belong to it?
    attached: tuple[Answer, ...] = ()  # files sent at a question that asked for something else

    @property
    def able(self) -> tuple[Colleague, ...]:
        """Who may own a measure of the case: everybody of the firm whom it is not about."""
        barred = self.case.barred if self.case else frozenset()
        return tuple(person for person in self.firm.people if person.key not in barred)

    def day_of(self, given: Answer, days_ago: int = 0) -> date:
        """The local day *given* speaks of, counted from the day it was given."""
        return date.fromisoformat(given.on) - timedelta(days=days_ago)


@dataclass(frozen=True, slots=True)
class Health:
    """Figures of the running bot."""

    open_cases: int
    outbox_waiting: int
    outbox_oldest_seconds: int
    outbox_dead: int
    mediators: int
    managers: int
    nobodys: int  # complaints that nobody may read or give to somebody
    clock_held: bool  # the clock jumped: nothing is reminded or deleted
    put_aside: int
    gate_shut: bool
    alarm_failed: bool
    disk_free: float
