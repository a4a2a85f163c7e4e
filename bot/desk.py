"""The desk: one update, one turn, one transaction. Load, play, decide, write; nothing is sent from here.

A turn is one function of the transaction, the event, the time and chance, so it can be run again and gives the
same. Files come in before the transaction and messages leave after it. The surprising truth: an update seen before
is not an error and not worth a word; Telegram repeats itself whenever it is not sure we heard.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeAlias

from bot import events, hearing
from bot.clock import Time
from bot.counter import Counter
from bot.events import Action, Attached, Command, Edited, Event, Joined, Leave, NotSaved, Said, Tapped, Unknown
from bot.office import Office, Rules
from bot.record import UPDATES
from handlers.conversation import Answer, Attachment
from handlers.procedure.steps import Actor
from handlers.questions import CANNOT_READ
from handlers.texts import T, Text
from storage.store import Store, StoreError, Tx

log = logging.getLogger(__name__)
SEEN = timedelta(hours=72)  # Telegram repeats an update for at most 24 hours; ids restart after 7 idle days
Done: TypeAlias = tuple[Sequence[Action], float]  # to answer at once, best effort, and when the clock is first needed
NOTHING: Done = (), math.inf
Keep = Callable[[Event], Awaitable[Attachment | Text]]  # brings a file into safe keeping, or says why not


class Desk:
    def __init__(
        self,
        store: Store,
        rules: Rules,
        clock: Time,
        chance: Random,
        keep: Keep,
        out: Callable[[Sequence[Action], float], None],
        coming: Callable[[], None] = lambda: None,
    ) -> None:
        """*coming* is called before a turn, *out* after its commit."""
        self.store, self.rules, self.clock, self.chance = store, rules, clock, chance
        self.keep, self.out, self.coming = keep, out, coming

    async def take(self, event: Event) -> None:
        """Handle one update; returns when its turn is durable. Raises `NotSaved` when it cannot be made so."""
        seed = self.chance.getrandbits(64)
        try:
            file = await self.keep(event) if isinstance(event.what, Attached) else None
            now = self.clock.now()
            self.coming()
            done = await self.store.run(lambda tx: self.turn(tx, event, now, Random(seed), file))
        except StoreError as broken:
            raise NotSaved(str(broken)) from broken
        except Exception:
            log.exception("update %s could not be handled: our own bug", event.update)
            done = await self._apologise(event, seed)
        self.out(*done)

    async def _apologise(self, event: Event, seed: int) -> Done:
        """Our bug: the record is as it was; the person hears so and the update counts as handled."""
        now = self.clock.now()

        def work(tx: Tx) -> Done:
            office = self._office(tx, event, now, Random(seed))
            tx.put(UPDATES.name, {"update": event.update, "at": int(now.timestamp())})
            sentence = T(
                "err_ours",
                "Something went wrong on our side. Your answers are saved. Try again in a minute, or call {phone}.",
                phone=self.rules.firm.contact.phone,
            )
            office.say(event.chat, sentence)
            return NOTHING

        self.coming()
        try:
            return await self.store.run(work)
        except StoreError as broken:
            raise NotSaved(str(broken)) from broken

    # One turn --------------------------------------------------------------------------------------------

    def turn(self, tx: Tx, event: Event, now: datetime, chance: Random, file: Attachment | Text | None) -> Done:
        """All of one update."""
        if tx.get(UPDATES.name, event.update) is not None:
            return NOTHING
        tx.add(UPDATES.name, {"update": event.update, "at": int(now.timestamp())})
        if not event.private:
            return ([Leave(event.chat)], math.inf) if isinstance(event.what, Joined) else NOTHING
        office = self._office(tx, event, now, chance)
        counter = Counter(office)
        match event.what:
            case Command(name, payload, _, reply_to):
                counter.carry_out(hearing.command(counter, name, payload, reply_to))
            case Tapped(query, data, message):
                office.query, office.pressed = query, message
                counter.carry_out(hearing.press(counter, data))
                if office.query:
                    office.instant.append(events.Answer(office.query))
            case Said(text, message, reply_to):
                counter.carry_out(hearing.words(counter, Answer(text, message=message), reply_to))
            case Attached(_, caption, message, _, reply_to):
                if isinstance(file, Text):
                    office.say(event.chat, file)
                else:
                    given = Answer(caption, file=file, message=message)
                    counter.carry_out(hearing.words(counter, given, reply_to))
            case Edited(message, text):
                counter.carry_out(hearing.edited(office, message, text))
            case Unknown():
                office.say(event.chat, CANNOT_READ)
        return office.instant, office.soonest

    def _office(self, tx: Tx, event: Event, now: datetime, chance: Random) -> Office:
        office = Office(tx, self.rules, now, chance, Actor(event.person.id, event.person.name, "en"))
        person = office.person(event.person.id)
        spoken = person["language"] or self.rules.words.language(event.person.language)
        if not person["language"]:
            office.keep(person | {"language": spoken})
        office.recognise(spoken)
        return office
