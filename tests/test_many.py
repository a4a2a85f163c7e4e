"""Many people at once: nothing is registered twice, nothing is lost, and presses that meet do not undo each other.

The desk, the gate's order and the record are real; Telegram is a shuffled list of updates, in the order and with the
repeats it may use. The surprising truth: the record itself tells in which order presses at the same instant were
served, so what must have come of them can be worked out and compared exactly.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from bot.control import check_record
from bot.desk import Desk
from bot.events import Event, Happening, Person, Said, Tapped
from bot.gate import Gate
from bot.record import CASES, EVENTS, REGISTER, UPDATES
from bot.sandbox import Sandbox, script
from bot.sandbox.demo import START
from storage.store import Tx
from tests.conftest import example
from tests.crash import Crashing, Cut, Mortal, Point, environment
from tests.in_memory import InMemory

STAFF = (
    script.Person("Els", "nl", "manager", "els"),
    script.Person("Karim", "nl", "mediator", "karim"),
    script.Person("Joke", "nl", "mediator", "joke"),
)
COMPLAINT = (
    "/klacht", "[Ja, dat is goed]", "Mijn nieuwe brace zakte af en ik heb een wond.", "[Verder]",
    "[Wond of blaar]", "[Nu versturen]",
)  # fmt: skip
BATCH = 100  # updates Telegram hands out at once
PEOPLE = 1000


class Listening(InMemory):
    """A world that remembers what was done in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(example(folder), folder)
        self.done: list[Happening] = []

    async def take(self, who: str, what: Happening) -> None:
        self.done.append(what)
        await super().take(who, what)

    async def all(self, who: str, *acts: str) -> None:
        """*who* says each of *acts*, or presses it where it stands in brackets."""
        for act in acts:
            if act.startswith("["):
                await self.tap(who, act[1:-1])
            else:
                await self.say(who, act, False)

    def press(self, who: str, data: str, message: int = 0) -> Event:
        self.updates += 1
        chat = self.chats[who]
        what = Tapped(f"q{self.updates}", data, message)
        return Event(self.updates, self.time.now(), chat.id, True, chat.person, what)

    def again(self, event: Event) -> Event:
        """The same press once more, by the person and not by Telegram."""
        assert isinstance(event.what, Tapped)
        who = next(name for name, chat in self.chats.items() if chat.id == event.chat)
        return self.press(who, event.what.data, event.what.message)

    def saying(self, who: str, text: str) -> Event:
        self.updates += 1
        chat = self.chats[who]
        return Event(self.updates, self.time.now(), chat.id, True, chat.person, Said(text, 0))

    def pressed(self, who: str, label: str) -> Event:
        """The press of a button that is there, not handed in yet."""
        message, button = self.button(who, label)
        return self.press(who, button.data, message["id"])


async def raised(*_: object) -> NoReturn:
    raise  # what the desk would have apologised for


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listening]:
    monkeypatch.setattr(Desk, "_apologise", raised)
    world = Listening(tmp_path)
    for person in STAFF:
        await world.person(person)
    yield world
    world.close()


# A thousand complaints -----------------------------------------------------------------------------------


async def test_a_thousand_complaints_are_a_thousand_cases(world: Listening) -> None:
    await world.person(script.Person("Truus", "nl"))
    world.done.clear()
    await world.all("Truus", *COMPLAINT)
    assert await world.store.read(lambda tx: tx.count(CASES.name)) == 1, "the one complaint all others are like"

    chance, gate = Random(1000), Gate(world.time)
    deliveries = shuffled(chance, world.done, PEOPLE - 1)
    for first in range(0, len(deliveries), BATCH):

        async def taken(event: Event) -> None:
            async with gate.order(event.chat):
                await world.desk.take(event)

        await asyncio.gather(*map(taken, deliveries[first : first + BATCH]))

    def numbers(tx: Tx) -> tuple[list[str], list[str], list[str]]:
        received = [str(row["case"]) for row in tx.every(EVENTS.name) if row["kind"] == "received"]
        return [str(row["number"]) for row in tx.every(CASES.name)], received, [
            str(row["number"]) for row in tx.every(REGISTER.name)
        ]  # fmt: skip

    cases, received, register = await world.store.read(numbers)
    assert len(cases) == len(set(cases)) == PEOPLE
    assert sorted(received) == sorted(cases) == sorted(register)
    clients = await world.store.read(lambda tx: {row["client"] for row in tx.every(CASES.name)})
    assert len(clients) == PEOPLE
    assert await asyncio.to_thread(check_record, world.store, world.rules) == (0, "The record is sound.")


def shuffled(chance: Random, acts: Sequence[Happening], people: int) -> list[Event]:
    """*acts* by so many people, mixed; each update comes 1 to 5 times, first in the order of its chat."""
    turns = [person for person in range(people) for _ in acts]
    chance.shuffle(turns)
    firsts, done = list[Event](), [0] * people
    for update, person in enumerate(turns, 100_000):
        who = Person(6_000_000 + person, f"P{person}", "nl")
        firsts.append(Event(update, START, who.id, True, who, acts[done[person]]))
        done[person] += 1
    placed = [(float(place), event) for place, event in enumerate(firsts)]
    for place, event in enumerate(firsts):
        for _ in range(chance.randrange(5)):
            later = place + (chance.random() * 20 if chance.random() < 0.7 else chance.uniform(0, len(firsts)))
            placed.append((later, event))
    return [event for _, event in sorted(placed, key=lambda pair: pair[0])]


# At the same instant -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
async def test_presses_at_the_same_instant_are_served_one_by_one(world: Listening, seed: int) -> None:
    """One mediator passed the case on, the next has it, Els is the manager and Truus the client."""
    chance = Random(seed)
    await world.person(script.Person("Truus", "nl"))
    await world.all("Truus", *COMPLAINT)
    number, former, current = await passed_on(world)

    await world.all(current, f"/oppakken {number}")
    await world.all("Truus", f"/aanvullen {number}", "De brace is maat 38")
    take = world.pressed(current, "Nee, ik ben onafhankelijk")
    wishes = {
        take: ("accepted", current.lower()),
        world.again(take): ("accepted", current.lower()),
        world.pressed("Truus", "Verder"): ("added", "client"),
        world.press(former, f"do:take:{number}"): None,
        world.press("Els", f"do:take:{number}"): None,
    }
    assert await served(world, number, chance, wishes)

    await world.all(current, f"/oorzaak {number}", "[Planning of capaciteit]")
    await world.all("Els", f"/notitie {number}")
    await world.all("Truus", f"/aanvullen {number}", "En het riempje is los")
    wishes = {
        world.saying(current, "De leest was zoek"): ("cause", current.lower()),
        world.saying("Els", "Zelf gebeld"): ("note", "els"),
        world.pressed("Truus", "Verder"): ("added", "client"),
        world.press(former, f"do:note:{number}"): None,
        world.press(former, f"do:case:{number}"): None,
    }
    assert await served(world, number, chance, wishes)

    await world.all(current, f"/maatregel {number}", "[Niet nodig, want…]", "De brace is al vervangen")
    await world.all(current, f"/incidenteel {number}", "Nooit eerder gezien")
    await world.all(current, f"/rubriek {number}", "[Te laat of niet geleverd]")
    await world.all(current, f"/melding {number}", "[Nee, want…]", "Een kleine wond, al genezen")
    await world.all(current, f"/uitkomst {number}", "De brace", "[Zoals vastgelegd]", "U houdt de nieuwe brace")
    await world.all(current, "[Nu niets]", "[Overslaan]", "[Ja, opgelost]", "[Versturen]")
    agree = world.pressed("Truus", "Zo is het goed")
    await world.all("Truus", "[Ik ben het niet eens]")
    wishes = {
        agree: ("agreed", "client"),
        world.again(agree): ("agreed", "client"),
        world.pressed("Truus", "Dat zeg ik liever niet"): ("disagreed", "client"),
        world.press(current, f"do:close:{number}"): ("closed", current.lower()),
        world.press("Els", f"do:close:{number}"): ("closed", "els"),
        world.press(former, f"do:close:{number}"): None,
    }
    assert await served(world, number, chance, wishes)
    assert await asyncio.to_thread(check_record, world.store, world.rules) == (0, "The record is sound.")


async def passed_on(world: Listening) -> tuple[str, str, str]:
    """The one case, after the first mediator has declined it; its number, that one's name and the next one's."""

    def now(tx: Tx) -> tuple[str, str]:
        (row,) = tx.every(CASES.name)
        return str(row["number"]), str(row["mediator"]).title()

    number, former = await world.store.read(now)
    await world.all(former, f"/doorgeven {number}", "[Geen tijd]")
    _, current = await world.store.read(now)
    assert current != former
    return number, former, current


Wish = tuple[str, str] | None


async def served(world: Listening, number: str, chance: Random, wishes: Mapping[Event, Wish]) -> list[Wish]:
    """Hand all in at once; what was added to the case, after checking that it is what the order they got in allows."""

    def history(tx: Tx) -> list[tuple[str, str]]:
        rows = sorted(tx.find(EVENTS.name, case=number), key=lambda row: str(row["id"]))
        return [(row["kind"], row["by"]) for row in rows]

    before = await world.store.read(history)
    handed_in = [*wishes]
    chance.shuffle(handed_in)
    await asyncio.gather(*map(world.desk.take, handed_in))
    after = await world.store.read(history)
    seen = await world.store.read(lambda tx: [row["update"] for row in tx.every(UPDATES.name)])
    order = sorted(wishes, key=lambda event: seen.index(event.update))
    expected: list[Wish] = []
    for event in order:
        wish = wishes[event]
        if wish is not None and possible(wish[0], {done[0] for done in expected if done}):
            expected.append(wish)
    assert after[: len(before)] == before
    assert after[len(before) :] == expected
    await world.settle()
    return expected


def possible(kind: str, happened: set[str]) -> bool:
    """May this still happen after what these presses did already?"""
    match kind:
        case "agreed":
            return not {"agreed", "disagreed"} & happened
        case "disagreed":  # also of who agreed, until it is closed
            return not {"disagreed", "closed"} & happened
        case "closed":  # after a no it is first looked at again
            return "agreed" in happened and not {"disagreed", "closed"} & happened
    return kind not in happened


# Told to stop --------------------------------------------------------------------------------------------


async def test_a_stop_in_the_middle_of_a_burst_loses_nothing(tmp_path: Path) -> None:
    words = ["Mijn zolen kraken.", "Al drie weken.", "Niemand belt terug."]
    async with Sandbox(flood=False) as sandbox:
        cut = Cut(Point("ptb", 30, "answered"))  # which here only tells that the bot is at work
        sandbox.faults = cut
        bot = Mortal(environment(sandbox.url, "ptb", tmp_path), tmp_path)
        world = Crashing(sandbox, bot, cut, Random(1))
        await world.start()
        try:
            people = [(await sandbox.person(f"P{n}", "nl"))["id"] for n in range(60)]
            for word in words:
                for person in people:
                    await sandbox.say(person, word)
            await cut.reached.wait()
            began = time.monotonic()
            await asyncio.wait_for(bot.stop(), 20)  # SIGTERM
            assert bot.forked is not None
            assert bot.forked.exitcode == 0
            assert time.monotonic() - began < 10
            await sandbox.clock(mode="still")
            await world.start()
            await world.settle()
            kept = json.loads(await bot.asked("export-all"))
        finally:
            await bot.stop()
    assert {row["update"] for row in kept["updates"]} == set(range(1, len(people) * len(words) + 1))
    assert {row["person"]: [part["text"] for part in row["loose"]] for row in kept["people"]} == dict.fromkeys(
        people, words
    )
