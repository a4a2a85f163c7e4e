"""The desk: one update, one turn, one transaction. Load, play, decide, write; nothing is sent from here.

A turn is one function of the transaction, the event, the time and chance, so it can be run again and gives the
same. Files come in before the transaction and messages leave after it. The surprising truth: an update seen before
is not an error and not worth a word; Telegram repeats itself whenever it is not sure we heard.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from random import Random

from bot import record
from bot.clock import Time
from bot.counter import Counter
from bot.events import (
    Action,
    Answer,
    Attached,
    Command,
    Edited,
    Event,
    Joined,
    Leave,
    Left,
    NotSaved,
    Said,
    Tapped,
    Unknown,
)
from bot.joining import redeem
from bot.office import Office, Rules
from bot.record import STAFF, TALKS, UPDATES
from handlers import conversation
from handlers.acts import Acts, Begin, File, Tell
from handlers.clean import clean
from handlers.client import follow_up
from handlers.conversation import Attachment
from handlers.procedure.case import Happened
from handlers.procedure.steps import Actor
from handlers.questions import CANNOT_READ, LONGEST
from handlers.texts import Number, T
from storage.store import Store, StoreError, Tx

log = logging.getLogger(__name__)
SEEN = timedelta(hours=72)  # Telegram repeats an update for at most 24 hours; ids restart after 7 idle days
ASKS_NUMBER = {"phone", "reach"}  # questions whose answer may look like a BSN
STALE = T("stale", "This button belongs to an earlier question.")
MASKED = T("err_bsn", "I see a private number. We do not need it. We blanked it out. Delete your message too.")
Keep = Callable[[Event], Awaitable[Attachment | None]]  # brings an attachment into safe keeping, before the turn


class Desk:
    def __init__(
        self,
        store: Store,
        rules: Rules,
        clock: Time,
        chance: Random,
        keep: Keep,
        out: Callable[[Sequence[Action]], None],
    ) -> None:
        self.store, self.rules, self.clock, self.chance, self.keep, self.out = store, rules, clock, chance, keep, out

    async def take(self, event: Event) -> None:
        """Handle one update; returns when its turn is durable. Raises `NotSaved` when it cannot be made so."""
        seed = self.chance.getrandbits(64)
        try:
            file = await self.keep(event) if isinstance(event.what, Attached) else None
            now = self.clock.now()
            instant = await self.store.run(lambda tx: self.turn(tx, event, now, Random(seed), file))
        except StoreError as broken:
            raise NotSaved(str(broken)) from broken
        except Exception:
            log.exception("update %s could not be handled: our own bug", event.update)
            instant = await self._apologise(event, seed)
        self.out(instant)

    async def _apologise(self, event: Event, seed: int) -> list[Action]:
        """Our bug: the record is as it was; the person hears so and the update counts as handled."""
        now = self.clock.now()

        def work(tx: Tx) -> list[Action]:
            office = self._office(tx, event, now, Random(seed))
            tx.put(UPDATES.name, {"update": event.update, "at": int(now.timestamp())})
            sentence = T(
                "err_ours",
                "Something went wrong on our side. Your answers are saved. Try again in a minute, or call {phone}.",
                phone=self.rules.firm.contact.phone,
            )
            office.say(event.chat, sentence)
            return []

        try:
            return await self.store.run(work)
        except StoreError as broken:
            raise NotSaved(str(broken)) from broken

    # One turn --------------------------------------------------------------------------------------------

    def turn(self, tx: Tx, event: Event, now: datetime, chance: Random, file: Attachment | None) -> list[Action]:
        """All of one update; returns what to answer at once, best effort, after the commit."""
        if tx.get(UPDATES.name, event.update) is not None:
            return []
        tx.add(UPDATES.name, {"update": event.update, "at": int(now.timestamp())})
        if not event.private:
            return [Leave(event.chat)] if isinstance(event.what, Joined) else []
        office = self._office(tx, event, now, chance)
        counter = Counter(office)
        match event.what:
            case Command(name, payload, _, reply_to):
                counter.carry_out(self._command(counter, name, payload, reply_to))
            case Tapped(query, data, message):
                office.query, office.pressed = query, message
                counter.carry_out(self._tapped(counter, data))
                if office.query:
                    office.instant.append(Answer(office.query))
            case Said(text, message, reply_to):
                counter.carry_out(self._words(counter, conversation.Answer(text, message=message), reply_to))
            case Attached(_, caption, message, _, reply_to):
                given = conversation.Answer(caption, file=file, message=message)
                counter.carry_out(self._words(counter, given, reply_to))
            case Edited(message, text):
                counter.carry_out(self._edited(office, message, text))
            case Unknown():
                office.say(event.chat, CANNOT_READ)
            case Left() | Joined():
                pass
        return office.instant

    def _office(self, tx: Tx, event: Event, now: datetime, chance: Random) -> Office:
        office = Office(tx, self.rules, now, chance, Actor(event.person.id, event.person.name, "en"))
        person = office.person(event.person.id)
        spoken = person["language"] or self.rules.words.language(event.person.language)
        if not person["language"]:
            office.keep(person | {"language": spoken})
        joined = tx.find(STAFF.name, person=event.person.id)
        office.actor = replace(
            office.actor, language=spoken, key=str(joined[0]["key"]) if joined else "",
            roles=frozenset(joined[0]["roles"]) if joined else frozenset(),
        )  # fmt: skip
        return office

    def _command(self, counter: Counter, name: str, payload: str, reply_to: int | None) -> Acts:
        office, front = counter.office, counter.office.front()
        if name == "start" and payload.startswith("m_"):
            return redeem(office, payload.removeprefix("m_"))
        if name in {"back", "terug", "stop", "stoppen"}:
            if front is None:
                return (
                    Tell(
                        office.actor.id,
                        T("nothing_open", "There is no open question. Send /help to see what you can do."),
                    ),
                )
            return counter.talking.back(front) if name in {"back", "terug"} else counter.talking.stop(front)
        return counter.command(name, payload or office.case_of_message(office.actor.id, reply_to))

    def _tapped(self, counter: Counter, data: str) -> Acts:
        """A press. Its data may be forged by any client program, so it is only ever a wish."""
        office = counter.office
        kind, _, rest = data.partition(":")
        if kind == "do":
            name, _, arg = rest.partition(":")
            return counter.command(name, arg)
        about, version, option = (*rest.split(":"), "", "", "")[:3]
        row = office.talk_row(about) if kind in {"a", "b", "s"} else None
        if row is None:
            office.toast(STALE)
            return ()
        office.bring_to_front(about)
        if str(row["version"]) != version:
            office.toast(STALE)
            return counter.talking.ask_again(row)
        if kind == "b":
            return counter.talking.back(row)
        return (
            counter.talking.stop(row)
            if kind == "s"
            else counter.talking.answer(row, conversation.Answer(option=option))
        )

    def _words(self, counter: Counter, given: conversation.Answer, reply_to: int | None) -> Acts:
        """Words or a file: an answer to the open question, an addition, a note, or loose words to ask about."""
        office, about = counter.office, counter.office.case_of_message(counter.office.actor.id, reply_to)
        row = (office.talk_row(about) if about else None) or office.front()
        open_question = str(row["asked"]["name"]) if row and row["asked"] else ""
        cleaned = clean(given.text, numbers=conversation.question_of(open_question) in ASKS_NUMBER)
        given = replace(given, text=cleaned.text)
        if cleaned.masked:
            office.say(office.actor.id, MASKED)
        if row and (not about or row["about"] == about):
            office.bring_to_front(row["about"])
            return counter.talking.answer(row, given)
        if office.actor.key and (case := office.case(about) if about else None) and given.text:
            return (
                File(case.number, Happened("note", office.now, office.actor.key, {"text": given.text})),
                Tell(
                    office.actor.id,
                    T("noted", "Noted with {ref}. The client does not see this.", ref=Number(case.number)),
                    case=case.number,
                ),
            )
        person = office.person(office.actor.id)
        part = asdict(replace(given, on=office.facts.today.isoformat()))
        office.keep(person | {"loose": [*person["loose"], part][-LONGEST:]})
        mine = office.case(about) if about else None
        if mine is not None and mine.client == office.actor.id:
            return (Begin("add", about),)
        if office.actor.key and not office.cases_of_client(office.actor.id):
            office.keep(person)
            return (
                Tell(
                    office.actor.id,
                    T("staff_loose", "Which case is this about? Reply to one of its messages, or send /cases."),
                ),
            )
        return follow_up.loose(office, None, "")

    def _edited(self, office: Office, message: int, text: str) -> Acts:
        """A changed message: in an open complaint the answer changes too; what was sent already stays as it was."""
        row = office.front()
        if row is None:
            return ()
        answers = record.answers_of(row)
        changed = {
            name: replace(old, text=clean(text).text) if old.message == message and message and old.text else old
            for name, old in answers.items()
        }
        if changed == answers:
            return ()
        office.tx.put(TALKS.name, row | {"answers": record.answers_row(changed), "version": row["version"] + 1})
        return (Tell(office.actor.id, T("edited", "Your change is saved.")),)
