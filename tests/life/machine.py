"""The machine that walks: everybody presses and waits as they like; after every act all promises are looked at.

What must hold stands in promises.py, what people do in one go in roads.py. The surprising truth: most of what happens
here is refused. Nobody looks whether a button or a command is theirs before they use it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot import events
from bot.control import check_record
from bot.engines import reading
from bot.office import Rules
from bot.record import OUTBOX, TALKS, lifted
from bot.sandbox.script import Differs
from bot.settings import Settings
from handlers.procedure import deadlines
from handlers.procedure.case import Case, fold
from storage.store import Tx
from tests.conftest import example
from tests.in_memory import InMemory
from tests.life.promises import CANARY, STEADY, Promises
from tests.life.roads import (
    ANSWERS,
    BEGUN,
    BSN,
    CHANNELS,
    CLIENTS,
    COMMANDS,
    ENTRY,
    EVERYBODY,
    FIRST,
    INTAKE,
    MANAGERS,
    NEXT,
    OF_ACCUSED,
    OF_MANAGERS,
    OLDEST,
    PEOPLE,
    ROADS,
    SENT_EARLY,
    SHOWING,
    STAFF_NAMES,
    STAGES,
    TOPICS,
    TYPED,
    WAITS,
    WHOLE,
)  # fmt: skip

MEMORY = Path("/dev") / "shm"  # a disk of memory, where there is one: a commit waits for no real disk
FEW = 3  # complaints at a time: with more, none gets far
DRAFT_DAYS = 30  # [retention] of the shipped organisation.toml
DAY, HOUR = 86400.0, 3600.0
LEAP = 2 * DAY  # what may be a leap: longer than any silence of a bot that is on
who_of = st.sampled_from(EVERYBODY)
GROUP, ANONYMOUS_ADMIN, CHANNEL, SERVICE = -1001234567890, 1087968824, 136817688, 777000


class Shown(Exception):
    """What somebody would see; raised so that nothing of the looking is kept."""


class Life(Promises, RuleBasedStateMachine):
    """One life: some complaints, eight people, and what comes over them."""

    settings: ClassVar[Settings | None] = None  # both once for all lives
    read: ClassVar[Rules | None] = None
    pressed = ""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.runner = asyncio.Runner()
        Life.settings = Life.settings or example(self.folder)
        Promises.__init__(self, InMemory(Life.settings, self.folder, read=Life.read))
        Life.read = self.world.rules
        self.lowest = self.world.updates = 10**7
        self.count = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(stage=st.sampled_from(list(STAGES)), who=st.sampled_from(CLIENTS))
    def everybody_joins(self, stage: str, who: str) -> None:
        for person in PEOPLE:
            self.run(self.world.person(person))
            self.heard[person.name] = {}
        self.world.left.clear()
        self.check(0, False)
        came, roads = (STAGES | WHOLE)[stage]
        if came.startswith(("by", "in")):
            how = {"by letter": "Per brief", "by phone": "Per telefoon", "in person": "Persoonlijk"}[came]
            self.register(who="Els", how=how, on="Gisteren")
        names = {"about Karim": "Karim", "about both": "Karim en Joke"}.get(came, "")
        for _ in range({"": 0, "by letter": 0, "by phone": 0, "in person": 0, "sent twice": 2}.get(came, 1)):
            self.complain(who=who, topic=1, names=names, taken=False, hurt=came == "hurt")
        first = min(self.cases, default="")
        for road in roads:
            self._step(first, road)

    def teardown(self) -> None:
        try:
            for number, rows in self.rows.items():
                assert self.cases[number] == fold(number, map(lifted, rows))
            code, said = check_record(self.world.store, self.world.rules)
            assert code == 0, said  # I17
            kept = json.dumps(self.world.store.export(), ensure_ascii=False)
            assert BSN not in kept  # I21
            left = {number for canary, number in self.home.items() if canary in set(CANARY.findall(kept))}
            assert not left & self.gone, f"I23: of {left & self.gone} words are kept, though they were erased"
        finally:
            self.world.close()
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # What people do --------------------------------------------------------------------------------------

    def act(self, who: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.world.instant.clear()
        self.world.left.clear()
        before = self.world.updates
        self.run(work())
        queries = Counter(answer.query for answer in self.world.instant if isinstance(answer, events.Answer))
        assert all(n == 1 for n in queries.values()), queries  # I19: no press is answered twice
        if self.pressed:
            assert queries[self.pressed] == 1, f"a press by {who} was not answered"
        assert not [done for done in self.world.instant if isinstance(done, events.Leave)], "left a private chat"
        assert self.world.updates - before <= 1
        self.check(self.world.chats[who].id if who in self.world.chats else 0, who == "clock")

    def press(self, who: str, data: str, message: int) -> None:
        self.pressed = f"q{self.world.updates}"
        self.act(who, lambda: self.world.take(who, events.Tapped(self.pressed, data, message)))
        self.pressed = ""
        for _, case, event in self.happened:  # I14: a yes holds for the outcome it was shown with
            assert event.kind != "agreed" or data == f"do:agree:{case.number}:{event.facts['version']}", data

    def say(self, who: str, text: str, reply: bool = False) -> None:
        self.written[who] |= set(CANARY.findall(text))
        self.act(who, lambda: self.world.say(who, text, reply))

    def play(self, who: str, *lines: str) -> None:
        """Several acts in a row; a button that is not there is left out."""
        for line in lines:
            if line.startswith("(edit) "):
                self.edit(who=who, text=line.removeprefix("(edit) "))
                continue
            if line == "(block)":
                self.block(who=who, blocked=True)
                continue
            if not line.startswith("["):
                self.say(who, line)
                continue
            if line == FIRST:
                self._tap(who, who, 0)
                continue
            label, _, words = line[1:-1].removeprefix("<").partition("|")
            try:
                message, button = self.world.button(who, label)
            except Differs:
                if words:
                    self.say(who, words)
                continue
            if line.startswith(OLDEST):
                message, button = self._oldest(who, button.text)
            self.press(who, button.data, message["id"])

    def _oldest(self, who: str, label: str) -> tuple[dict[str, Any], events.Button]:
        mine = [message for message in self.world.chats[who].messages if message["from"] == "bot"]
        return next((m, button) for m in mine for row in m["buttons"] for button in row if button.text == label)

    def canary(self) -> str:
        self.count += 1
        return f"kanarie{self.count}"

    def number(self, place: int) -> str:
        numbers = sorted(self.cases)
        return numbers[place % len(numbers)] if numbers else "2345-6789"

    def _handles(self, case: Case) -> str:
        """Who has it; or the first manager it is not about."""
        return case.mediator.capitalize() or next((n for n in MANAGERS if n.lower() not in case.barred), "Els")

    @precondition(lambda self: len(self.cases) < FEW)
    @rule(
        who=st.sampled_from(CLIENTS),
        topic=st.integers(0, 3),
        names=st.sampled_from(("", "", "Karim", "Els", "Joke", "Karim en Joke")),
        taken=st.booleans(),
        hurt=st.sampled_from((False, False, True)),
    )
    def complain(self, who: str, topic: int, names: str, taken: bool, hurt: bool) -> None:
        language = "nl" if who == "Anna" else "en"
        known = set(self.cases)
        story = f"Er ging weer van alles mis met mijn schoenen {self.canary()} {names}{' en ik ben gevallen' * hurt}"
        self.play(who, *BEGUN, story)
        if hurt:
            self.play(who, *SENT_EARLY)
        else:
            self.play(who, *(line.format(topic=TOPICS[language][topic]) for line in INTAKE[language]))
        assert len(set(self.cases) - known) <= 1  # I3
        for number in set(self.cases) - known:
            shown = f"{number[:4]}-{number[4:]}"
            reached = any(shown in text for text in self.heard[who].values())
            assert reached or self.world.chats[who].blocked, "no receipt"
            if taken:
                self._step(number, "take")

    @precondition(lambda self: len(self.cases) < FEW)
    @rule(who=st.sampled_from(STAFF_NAMES), how=st.sampled_from(CHANNELS), on=st.sampled_from(("Vandaag", "Gisteren")))
    def register(self, who: str, how: str, on: str) -> None:
        story = f"De nota van mijn brace is veel te hoog {self.canary()}"
        self.play(who, "/nieuw", f"[{how}]", f"[{on}]", "[Nederlands]", story, "[Rekening of vergoeding]", "brace",
                  *ENTRY)  # fmt: skip

    @precondition(lambda self: self.cases)
    @rule(who=st.sampled_from(STAFF_NAMES), road=st.sampled_from(sorted(ROADS)), place=st.integers(0, 5))
    def handle(self, who: str, road: str, place: int) -> None:
        self._road(who, self.number(place), road)

    @precondition(lambda self: self.cases)
    @rule(road=st.sampled_from(sorted({*ROADS, *ANSWERS})), place=st.integers(0, 5))
    def whose_it_is_handles(self, road: str, place: int) -> None:
        self._step(self.number(place), road)

    @precondition(lambda self: self.cases)
    @rule(place=st.integers(0, 5), choices=st.lists(st.integers(0, 55), min_size=1, max_size=6))
    def goes_on(self, place: int, choices: list[int]) -> None:
        """The next steps of the life of a case, so that the late statuses are reached too."""
        number = self.number(place)
        for choice in choices:
            if number not in self.cases:
                return
            case = self.cases[number]
            ways = NEXT["offline" if case.status == "proposed" and not case.online else case.status]
            for road in ways[choice % len(ways)].split("+"):
                self._step(number, road)

    def _road(self, who: str, number: str, road: str) -> None:
        self.count += 1
        self.play(who, *(line.format(n=number, secret=f"geheim{self.count}") for line in ROADS[road]))

    def _step(self, number: str, road: str) -> None:
        """*road*, by whose turn it is."""
        case = self.cases.get(number)
        if road in WAITS:
            self._wait(WAITS[road])
        elif road == "its_term_ends":
            self.its_term_ends(place=0, sure=0)
        elif case is None:
            return
        elif road in OF_MANAGERS:
            self._road(next((n for n in MANAGERS if n.lower() not in case.barred), "Els"), number, road)
        elif road in OF_ACCUSED:
            for key in sorted(case.asked_account):
                self._road(key.capitalize(), number, road)
        elif road in ROADS:
            self._road(self._handles(case), number, road)
        elif case.online:
            who = next((name for name in CLIENTS if self.world.chats[name].id == case.client), "Anna")
            handled = case.mediator.capitalize() or "niemand"
            self.play(who, *(line.format(n=number, mediator=handled) for line in ANSWERS[road]))

    def _wait(self, days: int) -> None:
        """So many days at least, and then until people are at work."""
        self._pass(days * DAY)
        for _ in range(5):
            here = self.world.time.now().astimezone(self.world.rules.zone)
            if deadlines.works(here.date()) and 9 <= here.hour < 18:
                return
            self._pass(DAY if 9 <= here.hour < 18 else 6 * HOUR)

    @rule(who=who_of, place=st.integers(0, 30))
    def tap(self, who: str, place: int) -> None:
        self._tap(who, who, place)

    @rule(who=who_of, other=who_of, place=st.integers(0, 30))
    def tap_what_another_sees(self, who: str, other: str, place: int) -> None:
        self._tap(who, other, place)

    def _shown(self, who: str) -> list[tuple[int, str]]:
        """Message and data of every button that somebody has, the newest message first."""
        return [
            (message["id"], button.data)
            for message in reversed(self.world.chats[who].messages)
            if message["from"] == "bot"
            for row in message["buttons"]
            for button in row
            if button.data
        ]

    def _tap(self, who: str, other: str, place: int) -> None:
        if shown := self._shown(other):
            message, data = shown[place % len(shown)]
            self.press(who, data, message if who == other else 1)

    @rule(
        who=who_of, name=st.sampled_from(COMMANDS), place=st.integers(-1, 5), more=st.sampled_from(("", " yes", ":1"))
    )
    def command(self, who: str, name: str, place: int, more: str) -> None:
        number = "" if place < 0 else f" {self.number(place)}{more}"
        self.say(who, f"/{name}{number}")

    @precondition(lambda self: self.cases)
    @rule(who=who_of, place=st.integers(0, 5), looks=st.lists(st.sampled_from(SHOWING), min_size=1, max_size=4))
    def pry(self, who: str, place: int, looks: list[str]) -> None:
        """Whatever could show something of a case, by somebody who may have nothing to do with it."""
        self.play(who, *(f"/{name} {self.number(place)}" for name in looks))

    @rule(who=who_of, text=st.sampled_from(TYPED), reply=st.booleans())
    def type(self, who: str, text: str, reply: bool) -> None:
        self.say(who, text, reply)

    @rule(who=who_of, text=st.sampled_from(TYPED))
    def edit(self, who: str, text: str) -> None:
        if any(message["from"] == "person" for message in self.world.chats[who].messages):
            self.act(who, lambda: self.world.edit(who, text))

    @rule(who=st.sampled_from(("Anna", "Ben", "Karim", "Joke")), blocked=st.booleans())
    def block(self, who: str, blocked: bool) -> None:
        self.world.chats[who].blocked = blocked

    @rule(who=who_of)
    def send_a_photo(self, who: str) -> None:
        self.act(who, lambda: self.world.file(who, "photo", "a.jpg", ""))

    # What comes over them ----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((60, 600, 3600, 36000, 25 * 3600, 3 * 86400, 8 * 86400, 15 * 86400, 40 * 86400)))
    def clock(self, seconds: int) -> None:
        self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        drafts = self._drafts()
        if seconds > LEAP:
            self.steady = self.world.time.now() + timedelta(seconds=seconds)
        self.act("clock", lambda: self.world.advance(seconds))
        ends = self.world.time.now() - timedelta(days=DRAFT_DAYS)
        left = self._drafts() if drafts else {}
        for talk, touched in drafts.items():  # I18
            gone = talk not in left
            assert gone == (touched <= ends) or seconds > 30 * DAY, f"{talk}, last touched {touched}: gone is {gone}"

    def _drafts(self) -> dict[str, datetime]:
        return self.world.store.read_now(
            lambda tx: {
                str(row["talk"]): datetime.fromisoformat(row["touched"])
                for row in tx.every(TALKS.name)
                if row["about"] == "new" and row["next"] is not None
            }
        )

    @precondition(lambda self: any(not case.open for case in self.cases.values()))
    @rule(place=st.integers(0, 5), sure=st.integers(0, 2))
    def its_term_ends(self, place: int, sure: int) -> None:
        """I23: on the last day of its term a closed complaint is there, on the next it is not."""
        if sure:  # seldom, because it ends what others began
            return
        closed = sorted(number for number, case in self.cases.items() if not case.open)
        chosen = closed[place % len(closed)]
        last = self._last_day(self.cases[chosen])
        left = datetime(last.year, last.month, last.day, tzinfo=UTC) - self.world.time.now()
        if len(self.cases) < FEW and left > timedelta(days=120):  # one that was closed later is kept longer
            known = set(self.cases)
            self._pass(90 * DAY)
            self.complain(who="Ben", topic=1, names="", taken=False, hurt=False)
            for number in self.cases.keys() - known:
                self._step(number, "withdraw")
        noon = datetime(last.year, last.month, last.day, 11, tzinfo=UTC)
        for moment in (
            noon - 2 * STEADY,
            noon - 2 * STEADY + timedelta(hours=2),
            noon - STEADY / 2,
            noon,
            noon + STEADY,
        ):
            if (seconds := (moment - self.world.time.now()).total_seconds()) > 0:
                self._pass(seconds)
        while self.world.time.now() - self.steady < STEADY:
            self._pass(DAY / 2)
        assert chosen in self.gone, f"I23: {chosen} is kept after its term"

    @rule()
    def again(self) -> None:
        """I3: Telegram delivers the same update once more; it keeps one for a day at most."""
        kept, last = self.world.store.export(), self.world.last
        if last is not None and self.world.time.now() - last.at < timedelta(days=1):
            self.act("again", lambda: self.world.overhear(last))
        assert self.world.store.export() == kept, "an update that came again did something"

    @rule()
    def numbers_begin_anew(self) -> None:
        """After a quiet week Telegram numbers its updates from somewhere else, which may be lower."""
        self.lowest -= 10_000
        self.world.updates = self.lowest

    @rule()
    def restart(self) -> None:
        """I22: the same record opened again shows everybody the same, and asks them the same."""
        before, kept = self._everybodys_views(), self.world.store.export()
        self.act("restart", self.world.restart)
        assert self.world.store.export() == kept, "a restart changed the record"
        for looked, shown in self._everybodys_views().items():
            assert shown == before[looked], f"I22: {looked} differs after a restart"

    def _everybodys_views(self) -> dict[tuple[str, str], list[Any]]:
        looks = {(who, "Hallo") for who in EVERYBODY} | {(who, "/zaken") for who in STAFF_NAMES}
        looks |= {(who, f"/zaak {number}") for who in ("Els", "Joke") for number in self.cases}
        looks |= {(who, "/status") for who in (*CLIENTS, "Zed")}
        return self._views(sorted(looks))

    def _views(self, looks: list[tuple[str, str]]) -> dict[tuple[str, str], list[Any]]:
        """What they would see now; turns like any other, of which nothing is kept."""
        now = self.world.time.now()

        def work(tx: Tx) -> None:
            shown: dict[tuple[str, str], list[Any]] = {}
            for number, (who, text) in enumerate(looks, 10**9):
                chat = self.world.chats[who]
                name, _, rest = text.removeprefix("/").partition(" ")
                what = events.Command(name, rest, 10**6) if text.startswith("/") else events.Said(text, 10**6)
                event = events.Event(number, now, chat.id, True, chat.person, what)
                self.world.desk.turn(tx, event, now, Random(number), None)
                rows = sorted(tx.find(OUTBOX.name, state="pending"), key=lambda row: row["order"])
                shown[who, text] = [(row["chat"], row["slot"], row["action"]) for row in rows]
                for row in rows:
                    tx.remove(OUTBOX.name, row["id"])
            raise Shown(shown)

        try:
            self.world.store.run_now(work)
        except Shown as shown:
            assert all(shown.args[0].values()), "a look that shows nothing"
            return dict(shown.args[0])
        raise AssertionError("a look was kept")

    @rule(
        group=st.booleans(),
        sender=st.sampled_from((ANONYMOUS_ADMIN, CHANNEL, SERVICE, 0)),
        who=who_of,
        other=who_of,
        place=st.integers(0, 30),
        how=st.sampled_from(("joined", "left", "command", "press", "words", "file", "edit")),
        name=st.sampled_from(COMMANDS),
    )  # fmt: skip
    def outside(self, group: bool, sender: int, who: str, other: str, place: int, how: str, name: str) -> None:
        """I7: in a group or channel, and from whom nobody is (an anonymous administrator, a channel, Telegram itself),
        the bot hears nothing, does nothing and says nothing; it only leaves."""
        if not group and not sender:
            return
        shown = self._shown(other)
        what: dict[str, events.Happening] = {
            "joined": events.Joined(), "left": events.Left(), "words": events.Said(f"Klacht {self.canary()}", 7),
            "command": events.Command(name, self.number(place), 7), "edit": events.Edited(1, "Iets anders"),
            "file": events.Attached(events.File("f", "u", "photo", "a.jpg", "image/jpeg", 10), "", 7),
            "press": events.Tapped("q", shown[place % len(shown)][1] if shown else "do:cases", 1),
        }  # fmt: skip
        self.world.updates += 1
        person = self.world.chats[who].person
        event = reading.event(
            self.world.updates, self.world.time.now(),
            SimpleNamespace(id=GROUP if group else sender, type="supergroup" if group else "private"),
            SimpleNamespace(id=sender or person.id, is_bot=bool(sender) and sender != SERVICE,
                            full_name=person.name, language_code="nl"),
            what[how],
        )  # fmt: skip
        kept = self._without_updates()
        self.world.instant.clear()
        self.world.left.clear()
        if event is not None:
            self.run(self.world.overhear(event))
        assert not self.world.left, f"I7: {how} in a group led to {self.world.left}"
        done = [] if how != "joined" or not group else [events.Leave(GROUP)]
        assert self.world.instant == done, f"I7: {how} led to {self.world.instant}"
        assert self._without_updates() == kept, f"I7: {how} in a group changed the record"
        self.check(0, False)

    def _without_updates(self) -> dict[str, Any]:
        return {name: rows for name, rows in self.world.store.export().items() if name != "updates"}
