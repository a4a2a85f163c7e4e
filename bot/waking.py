"""What time brings: deadlines of cases, reminders of unfinished complaints, and the deletion of old ones.

Which deadlines there are stands in handlers/procedure/deadlines.py. The surprising truth: nothing is scheduled. The
store is asked what is due, so a bot that was off for weeks does what it missed, once, when it starts again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import Any

from bot.clock import JUMP, Time
from bot.counter import Counter
from bot.desk import SEEN
from bot.events import NotSaved
from bot.health import held_until
from bot.office import Office, Rules
from bot.record import (
    AT_ANY_HOUR,
    CASES,
    CLOCK,
    DIARY,
    OUTBOX,
    TALKS,
    UPDATES,
    about_case,
    answers_of,
    erase_case,
    load_case,
    staff,
)
from bot.talking import REMIND_DRAFT
from handlers import digest
from handlers.acts import File, Press, Tell
from handlers.client.intake import tells_of_danger
from handlers.procedure import deadlines
from handlers.procedure.case import Happened
from handlers.procedure.steps import Actor
from handlers.texts import T
from storage.store import Store, StoreError, Tx

log = logging.getLogger(__name__)
LAST_CALL = timedelta(days=3)  # before an unfinished complaint is deleted
DRAFT_DANGER = T(
    "draft_danger",
    "<b>Possible danger in a complaint that is not finished.</b>\nIt was not sent, so nobody can read it. "
    "We remind the client tomorrow.",
)
BACK, LEAP, HOLD = 3600.0, 60 * 86400.0, 3600.0  # seconds: what the clock may run back, leap ahead, and then waits
PAUSE, A_DAY, NOTED = 2 * 86400.0, 86400.0, 600.0  # longer silence starts the steady time anew; noted every ten minutes
OPEN_FROM, OPEN_UNTIL = 9, 18
FORGOTTEN = 1000  # updates in one transaction; the clock looks at least every hour
AT_ONCE = 50  # cases in one transaction: after weeks of silence the rest follows at once


def _ahead(now: datetime, steady: float) -> float:
    return now.timestamp() - steady


def even(seen: dict[str, Any] | None, now: datetime) -> bool:
    """Has the clock run evenly for a day, as far as was noted of it? What erases for good asks this first."""
    if seen is None or held_until(seen, at := now.timestamp()):
        return False
    return -BACK <= at - float(seen["seen"]) <= PAUSE and at - float(seen["steady"]) >= A_DAY


class Waking:
    def __init__(self, store: Store, rules: Rules, clock: Time, chance: Random) -> None:
        self.store, self.rules, self.clock, self.chance = store, rules, clock, chance
        self._ahead = _ahead(*clock.both())
        self._one = asyncio.Lock()  # a jump is told once, also when two ask what is due

    async def due(self) -> float | None:
        """Do what is due by now; returns when the clock is next needed (UTC seconds), None for never."""
        async with self._one:
            seed, (now, steady) = self.chance.getrandbits(64), self.clock.both()
            ahead = _ahead(now, steady)
            try:
                coming = await self.store.run(lambda tx: self.turn(tx, now, Random(seed), ahead - self._ahead))
            except StoreError as broken:
                raise NotSaved(str(broken)) from broken
            self._ahead = ahead  # from here on; before, the next look must find the same jump
            return coming

    def turn(self, tx: Tx, now: datetime, chance: Random, jump: float = 0.0) -> float | None:
        """*jump*: the seconds the wall clock ran ahead of the passing of time (or back) since the last turn."""
        seconds = int(now.timestamp())
        if (hold := self._held(tx, now, chance, jump)) is not None:
            return hold
        opening = self._opening(now)
        due = "next_due" if opening is None else "any_hour"  # by night most of them wait, and hide none that does not
        past: dict[str, Any] = {due: (None, seconds)}
        for row in tx.find(CASES.name, order=due, limit=AT_ONCE, **past):
            self._case(tx, str(row["number"]), now, chance, opening is None)
        for row in tx.find(TALKS.name, next=(None, seconds), order="next", limit=AT_ONCE):
            self._draft(tx, row, now, chance)
        for row in tx.find(UPDATES.name, at=(None, int((now - SEEN).timestamp())), limit=FORGOTTEN):
            tx.remove(UPDATES.name, row["update"])
        self._erase(tx, now)
        coming = [
            self._monday(tx, now, chance),
            *self._needed(tx, opening),
            *(row["next"] for row in tx.find(TALKS.name, next=(0, None), order="next", limit=1)),
        ]
        return float(min(coming))

    def _needed(self, tx: Tx, opening: float | None) -> Iterator[float]:
        """When the first case needs the clock again: what may wait for the office does, the rest has its own hour."""
        for row in tx.find(CASES.name, next_due=(0, None), order="next_due", limit=1):
            yield max(row["next_due"], opening or 0)
        for row in tx.find(CASES.name, any_hour=(0, None), order="any_hour", limit=1):
            yield row["any_hour"]

    # The firm's clock ------------------------------------------------------------------------------------

    def _held(self, tx: Tx, now: datetime, chance: Random, jump: float) -> float | None:
        """A clock that was set, leaps two months ahead while we were off, or runs back, is more likely wrong than
        right: for an hour nothing is reminded or deleted, and somebody hears of it. What was due is due afterwards,
        because nothing is scheduled. Returns until when, None when all is well."""
        at = now.timestamp()
        seen = tx.get(DIARY.name, CLOCK) or {"name": CLOCK, "seen": at, "steady": at}
        gap = at - seen["seen"]
        steady = seen["steady"] if -BACK <= gap <= PAUSE else at
        if gap > LEAP or gap < -BACK or abs(jump) > JUMP:
            log.error("the clock jumped: %+.0f s while running, %+.0f s since it was last seen", jump, gap)
            office = self._office(tx, now, chance, Actor(0, "", "nl"))
            said = T("clock_jumped", "The clock of this computer jumped to {now}. Reminders wait an hour. "
                     "Check its date and time.", now=now)  # fmt: skip
            for to in ("managers", "admins"):
                office.tell(Tell(to, said))
            tx.put(DIARY.name, {"name": CLOCK, "seen": at, "steady": at, "hold": at + HOLD})
            self._let_go(tx, at)
            return at + HOLD
        if held_until(seen, at):
            return float(seen["hold"])
        if gap >= NOTED:  # not at every turn: a commit each
            tx.put(DIARY.name, {"name": CLOCK, "seen": at, "steady": steady})
        elif not tx.get(DIARY.name, CLOCK):
            tx.put(DIARY.name, seen)
        return None

    def _let_go(self, tx: Tx, at: float) -> None:
        """Messages written while the clock was ahead would wait until it is as late as it said."""
        for state in ("pending", "uncertain"):
            for row in tx.find(OUTBOX.name, state=state, due=(at, None)):
                tx.put(OUTBOX.name, row | {"due": at})

    def _erase(self, tx: Tx, now: datetime) -> None:
        """Closed cases past their term; only after a day of steady time, because what is erased does not come back."""
        if not even(tx.get(DIARY.name, CLOCK), now):
            return
        today = deadlines.local_day(now, self.rules.zone)
        past = (today - timedelta(days=1)).isoformat()
        for row in tx.find(CASES.name, kept_until=(None, past), limit=AT_ONCE):
            erase_case(tx, str(row["number"]), today)

    def _monday(self, tx: Tx, now: datetime, chance: Random) -> float:
        """The weekly message, once a week on Monday morning or the first moment after; when the next is due."""
        here = now.astimezone(self.rules.zone)
        monday = here.date() - timedelta(days=here.weekday())
        this = datetime.combine(monday, deadlines.OFFICE_OPENS, self.rules.zone)
        last = tx.get(DIARY.name, "digest")
        ahead = (monday + timedelta(seconds=LEAP)).isoformat()  # told by a clock that was wrong: it counts for nothing
        if last is None or last["week"] > ahead:  # the first week there is nothing to tell
            tx.put(DIARY.name, {"name": "digest", "week": monday.isoformat()})
        elif here >= this and last["week"] < monday.isoformat():
            if (opening := self._opening(now)) is not None:
                return opening  # after a weekend of downtime it waits for people to be at work
            tx.put(DIARY.name, {"name": "digest", "week": monday.isoformat()})
            self._digest(tx, now, chance)
        following = this if here < this else this + timedelta(weeks=1)
        return datetime.combine(following.date(), deadlines.OFFICE_OPENS, self.rules.zone).timestamp()

    def _digest(self, tx: Tx, now: datetime, chance: Random) -> None:
        for row in staff(tx):
            office = self._office(tx, now, chance, Actor(int(row["person"]), "", ""))
            office.recognise(str(office.person(int(row["person"]))["language"]) or "nl")
            to, key = f"@{row['key']}", str(row["key"])
            counter = Counter(office)
            if "manager" in row["roles"]:
                counter.carry_out(digest.for_manager(office, to, tx.audit_head()[1][:16]))
            if "mediator" in row["roles"]:
                counter.carry_out(digest.for_mediator(office, to, tuple(office.cases_of_mediator(key))))

    def _office(self, tx: Tx, now: datetime, chance: Random, actor: Actor) -> Office:
        return Office(tx, self.rules, now, chance, actor)

    def _opening(self, now: datetime) -> float | None:
        """When the office opens next; None while it is open. After a night of downtime nobody is woken by the bot."""
        here = now.astimezone(self.rules.zone)
        if deadlines.works(here.date()) and OPEN_FROM <= here.hour < OPEN_UNTIL:
            return None
        day = here.date() if here.hour < OPEN_FROM else here.date() + timedelta(days=1)
        while not deadlines.works(day):
            day += timedelta(days=1)
        return datetime.combine(day, deadlines.OFFICE_OPENS, self.rules.zone).timestamp()

    def _case(self, tx: Tx, number: str, now: datetime, chance: Random, at_work: bool) -> None:
        """Each deadline that is past becomes an event, so that it fires once; `handlers/notices` says who hears."""
        case = load_case(tx, number)
        if case is None:
            return
        counter = Counter(self._office(tx, now, chance, Actor(0, "", "nl")))
        past = (due for due in deadlines.due(case, self.rules.firm.terms, self.rules.zone) if due.at <= now)
        past = (due for due in past if at_work or due.series in AT_ANY_HOUR)
        for what in {due.series: due.what for due in past}.values():  # of each series the last
            counter.carry_out((File(number, Happened("reminded", now, "bot", {"what": what})),))

    def _finish(self, office: Office, row: dict[str, object]) -> None:
        """Words for a case that only lacked a tap on Continue: they reach it, and the client hears so."""
        counter = Counter(office)
        acts = counter.talking.finish(dict(row))
        if acts is None:  # somebody else's case by now, or a question only they can answer: kept, and tried no more
            office.tx.put(TALKS.name, row | {"next": None})
            return
        counter.carry_out(acts)

    def _draft(self, tx: Tx, row: dict[str, object], now: datetime, chance: Random) -> None:
        """An unfinished complaint: a danger is told of, a reminder after a day, one before the end, then it is gone."""
        person = int(str(row["person"]))
        office = self._office(tx, now, chance, Actor(person, "", ""))
        office.recognise(str(office.person(person)["language"]) or "nl")
        touched = datetime.fromisoformat(str(row["touched"]))
        ends = touched + timedelta(days=self.rules.firm.retention.draft_days)
        if about_case(str(row["about"])):
            self._finish(office, row)
            return
        if row["about"] == "entry" and now < ends:  # a colleague's: kept as long, and nobody is reminded of it
            tx.put(TALKS.name, row | {"next": ceil(ends.timestamp())})
            return
        if now >= ends:
            tx.discard(TALKS.name, row["talk"])
            tx.audit({"what": "draft deleted", "at": now.isoformat()})
            return
        if tells_of_danger(answers_of(row)) and not row["alerted"]:
            told = office.reaches("safety")  # tried again tomorrow when there is nobody yet
            tx.put(TALKS.name, row | {"next": ceil((touched + REMIND_DRAFT).timestamp()), "alerted": told})
            office.tell(Tell("safety", DRAFT_DANGER))
            return
        until = deadlines.local_day(ends, self.rules.zone)
        # Rounded up: at a moment rounded down, this one would find itself before its time and be told of again.
        tx.put(TALKS.name, row | {"next": ceil((ends - LAST_CALL if now < ends - LAST_CALL else ends).timestamp())})
        office.tell(
            Tell(
                person,
                T("draft_waits", "Your complaint is not finished. We keep your answers until {date}.", date=until),
                ((Press(T("b_resume", "Continue"), "complaint", style="primary"),),),
            )
        )
