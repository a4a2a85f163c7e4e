"""What time brings: deadlines of cases, reminders of unfinished complaints, and the deletion of old ones.

Which deadlines there are stands in handlers/procedure/deadlines.py. The surprising truth: nothing is scheduled. The
store is asked what is due, so a bot that was off for weeks does what it missed, once, when it starts again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from random import Random

from bot.clock import Time
from bot.counter import Counter
from bot.desk import SEEN
from bot.events import NotSaved
from bot.office import Office, Rules
from bot.record import CASES, TALKS, UPDATES, answers_of, erase_case, load_case
from bot.talking import REMIND_DRAFT
from handlers.acts import File, Press, Tell
from handlers.client.intake import tells_of_danger
from handlers.procedure import deadlines
from handlers.procedure.case import Happened
from handlers.procedure.steps import Actor
from handlers.texts import T
from storage.store import Store, StoreError, Tx

LAST_CALL = timedelta(days=3)  # before an unfinished complaint is deleted
DRAFT_DANGER = T(
    "draft_danger",
    "<b>Possible danger in a complaint that is not finished.</b>\nIt was not sent, so nobody can read it. "
    "We remind the client tomorrow.",
)
AT_ONCE = 50  # cases in one transaction: after weeks of silence the rest follows at once


class Waking:
    def __init__(self, store: Store, rules: Rules, clock: Time, chance: Random) -> None:
        self.store, self.rules, self.clock, self.chance = store, rules, clock, chance

    async def due(self) -> float | None:
        """Do what is due by now; returns when the clock is next needed (UTC seconds), None for never."""
        seed, now = self.chance.getrandbits(64), self.clock.now()
        try:
            return await self.store.run(lambda tx: self.turn(tx, now, Random(seed)))
        except StoreError as broken:
            raise NotSaved(str(broken)) from broken

    def turn(self, tx: Tx, now: datetime, chance: Random) -> float | None:
        seconds = int(now.timestamp())
        for row in tx.find(CASES.name, next_due=(None, seconds), order="next_due", limit=AT_ONCE):
            self._case(tx, str(row["number"]), now, chance)
        for row in tx.find(TALKS.name, next=(None, seconds), order="next", limit=AT_ONCE):
            self._draft(tx, row, now, chance)
        for row in tx.find(UPDATES.name, at=(None, int((now - SEEN).timestamp())), limit=AT_ONCE):
            tx.remove(UPDATES.name, row["update"])
        today = deadlines.local_day(now, self.rules.zone)
        past = (today - timedelta(days=1)).isoformat()
        for row in tx.find(CASES.name, kept_until=(None, past), limit=AT_ONCE):
            erase_case(tx, str(row["number"]), today)
        coming = [
            *(row["next_due"] for row in tx.find(CASES.name, next_due=(0, None), order="next_due", limit=1)),
            *(row["next"] for row in tx.find(TALKS.name, next=(0, None), order="next", limit=1)),
        ]
        return float(min(coming)) if coming else None

    def _office(self, tx: Tx, now: datetime, chance: Random, actor: Actor) -> Office:
        return Office(tx, self.rules, now, chance, actor)

    def _case(self, tx: Tx, number: str, now: datetime, chance: Random) -> None:
        """Each deadline that is past becomes an event, so that it fires once; who hears of it stands in notices.py."""
        case = load_case(tx, number)
        if case is None:
            return
        counter = Counter(self._office(tx, now, chance, Actor(0, "", "nl")))
        for due in deadlines.due(case, self.rules.firm.terms, self.rules.zone):
            if due.at <= now:
                counter.carry_out((File(number, Happened("reminded", now, "bot", {"what": due.what})),))

    def _draft(self, tx: Tx, row: dict[str, object], now: datetime, chance: Random) -> None:
        """An unfinished complaint: a danger is told of, a reminder after a day, one before the end, then it is gone."""
        person = int(str(row["person"]))
        office = self._office(tx, now, chance, Actor(person, "", ""))
        office.actor = Actor(person, "", str(office.person(person)["language"]) or "nl")
        touched = datetime.fromisoformat(str(row["touched"]))
        ends = touched + timedelta(days=self.rules.firm.retention.draft_days)
        if now >= ends:
            tx.discard(TALKS.name, row["talk"])
            tx.audit({"what": "draft deleted", "at": now.isoformat()})
            return
        if tells_of_danger(answers_of(row)) and not row["alerted"]:
            tx.put(TALKS.name, row | {"next": ceil((touched + REMIND_DRAFT).timestamp()), "alerted": True})
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
