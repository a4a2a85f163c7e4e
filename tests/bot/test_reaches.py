"""Words reach their case, an edit its answer, and a name that is destroyed stands nowhere any more.

What somebody typed and never ended with a tap is theirs to have said: within an hour it is with the case, once. The
surprising truth: of staff who lost the case meanwhile it is kept and not filed, because it may not be theirs to add.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.events import Edited, Send, packed
from bot.record import EVENTS, OUTBOX, TALKS, destroy, load_case
from bot.sandbox.script import Person
from storage.store import Tx
from tests.bot.test_joining import Joining, shown
from tests.conftest import over_http
from tests.handlers.a_case import entered, happened, received

HOUR = 3600.0
ELS = Person("Els", "nl", "manager", "els")
KARIM, JOKE = Person("Karim", "nl", "mediator", "karim"), Person("Joke", "nl", "mediator", "joke")
TRUUS = Person("Truus", "nl")
NUMBER = "7QXM4RTB"


class Reaching(Joining):
    async def events(self, number: str, kind: str) -> list[dict[str, Any]]:
        rows = await self.store.read(lambda tx: tx.find(EVENTS.name, case=number))
        return [row["facts"] for row in rows if row["kind"] == kind]

    async def talks(self) -> list[dict[str, Any]]:
        return await self.store.read(lambda tx: list(tx.every(TALKS.name)))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Reaching]:
    world = Reaching(tmp_path)
    await world.here(ELS, KARIM, JOKE, TRUUS)
    yield world
    world.close()


# Words without their last tap ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "acts",
    [
        ("/aanvullen {n}", "Het piept ook"),  # never ended with Continue
        ("/aanvullen {n}", "Het piept ook", "/iemand_anders {n}"),  # parked behind another talk of the same case
        ("/aanvullen {n}", "Het piept ook", "/klacht"),  # or behind one of another
        ("Het piept ook", "/aanvullen {n}"),  # the bot asks whether what was typed before belongs to it
    ],
)
async def test_words_of_a_client_reach_the_case_within_an_hour_once(world: Reaching, acts: tuple[str, ...]) -> None:
    number = await world.complaint("Truus")
    await world.all("Truus", *(act.format(n=number) for act in acts))
    await world.advance(HOUR - 60)
    assert not await world.events(number, "added")
    await world.advance(60)
    assert [facts["text"] for facts in await world.events(number, "added")] == ["Het piept ook"]
    for _ in range(3):
        coming = await world.waking.due()
        assert coming is not None and coming > world.time.now().timestamp()
        await world.advance(HOUR)
    assert len(await world.events(number, "added")) == 1
    assert sum("Bewaard bij klacht" in text for text in await world.texts("Truus")) == 1


async def test_words_of_staff_who_lost_the_case_are_kept_and_not_filed(world: Reaching) -> None:
    at = world.time.now()
    told = [happened(kind, at) for kind in ("assigned", "accepted")]

    def file(tx: Tx) -> None:
        from bot.record import append

        case = None
        for event in (entered(at, at, channel="phone"), *told):
            case = append(tx, world.rules.firm, world.rules.zone, case, NUMBER, event)

    await world.store.run(file)
    await world.all("Karim", f"/aanvullen {NUMBER}", "Zij belde nog")
    await world.all("Els", f"/overdragen {NUMBER}", "[Joke Postma")
    assert await world.mediator(NUMBER) == "joke"
    for _ in range(3):
        await world.advance(HOUR + 1)
    assert not await world.events(NUMBER, "added")
    assert [row["answers"][0][1]["text"] for row in await world.talks() if row["about"] == NUMBER] == ["Zij belde nog"]


async def test_an_edit_changes_the_answer_also_in_a_conversation_that_is_not_in_front(world: Reaching) -> None:
    number = await world.complaint("Truus")
    await world.all("Truus", f"/aanvullen {number}", "Het piept")
    typed = next(m["id"] for m in reversed(world.chats["Truus"].messages) if m["text"] == "Het piept")
    await world.all("Truus", "/klacht")
    await world.take("Truus", Edited(typed, "Het piept en kraakt"))
    assert (await world.texts("Truus"))[-1] == "Uw wijziging is bewaard."
    await world.advance(HOUR)
    assert [facts["text"] for facts in await world.events(number, "added")] == ["Het piept en kraakt"]


# Who hears, and who does not -----------------------------------------------------------------------------


async def test_only_complaints_of_the_same_client_are_offered_to_join_one_to(world: Reaching) -> None:
    await world.here(Person("Rita", "nl"))
    first, second = await world.complaint("Truus"), await world.complaint("Truus")
    other = await world.complaint("Rita")
    offered = await world.answer("Els", f"/samenvoegen {second}")
    buttons = [b.text for row in (await world.heard("Els"))[-1]["buttons"] for b in row]
    assert any(shown(first) in text for text in buttons), offered
    assert not any(shown(other) in text for text in buttons)


async def test_who_handles_what_is_no_complaint_hears_that_it_is_closed(world: Reaching) -> None:
    number = await world.complaint("Truus")
    await world.all("Joke", f"/oppakken {number}", "[Nee, ik ben onafhankelijk]")
    await world.all("Joke", f"/melding {number}", "[Nee, want…]", "Er viel niemand")  # a danger is decided about first
    await world.all("Els", f"/geen_klacht {number}", "Het is een vraag", "[Versturen]")
    assert (await world.texts("Joke"))[-1] == f"{shown(number)} is afgesloten."


async def test_a_closed_complaint_of_a_colleague_is_barred_for_them_on_joining(world: Reaching) -> None:
    await world.here(Person("Bram", "nl"))
    number = await world.complaint("Bram")
    await world.all("Bram", f"/intrekken {number}", "[Ja, stop ermee]", "[Overslaan]", "[Ja, dat weet ik zeker]")
    before = len(await world.texts("Els"))
    await world.answer("Bram", f"/start {await world.link('mediator', 'bram')}")
    case = await world.store.read(lambda tx: load_case(tx, number))
    assert case is not None and (case.status, "bram" in case.barred) == ("closed", True)
    assert len(await world.texts("Els")) == before  # nobody is sought for what is closed


async def test_whoever_is_named_in_the_joined_one_loses_the_other_and_hears_so(world: Reaching) -> None:
    at = world.time.now()

    def file(tx: Tx) -> None:
        from bot.record import append

        client = world.chats["Truus"].id
        first = received(at)
        about = received(at, named=("joke",))
        for number, told in ((NUMBER, first), ("23456789", about)):
            told = type(told)(told.kind, told.at, told.by, {**told.facts, "client": client})
            case = append(tx, world.rules.firm, world.rules.zone, None, number, told)
            if number == NUMBER:
                for kind in ("assigned", "accepted"):
                    case = append(
                        tx, world.rules.firm, world.rules.zone, case, number, happened(kind, at, mediator="joke")
                    )

    await world.store.run(file)
    await world.all("Els", "/samenvoegen 23456789", f"[{shown(NUMBER)}")
    assert await world.mediator(NUMBER) == "karim"
    assert "omdat u betrokken kunt zijn" in (await world.texts("Joke"))[-1]
    assert any(f"Iemand anders gaat klacht {shown(NUMBER)}" in text for text in await world.texts("Truus"))


# Destroyed, and practised --------------------------------------------------------------------------------


async def test_a_destroyed_name_stands_in_no_result_open_talk_or_message(world: Reaching) -> None:
    number = await world.complaint("Truus")
    await world.all("Joke", f"/oppakken {number}", "[Nee, ik ben onafhankelijk]")
    await world.all("Joke", f"/maatregel {number}", "[Iets anders]", "Bellen", "[Ik, deze week]")
    await world.all("Joke", f"/klaar {number}", "[Het is gedaan]")
    await world.all("Truus", "Sjaan was erbij", f"/aanvullen {number}")
    held = packed(Send(1, "Sjaan belde"))

    def put(tx: Tx) -> None:
        done = next(row for row in tx.find(EVENTS.name, case=number) if row["kind"] == "done")
        tx.put(EVENTS.name, {**done, "facts": {**done["facts"], "result": "Sjaan deed het"}})
        talk = next(row for row in tx.find(TALKS.name, about=number))
        assert "Sjaan" in str(talk["kept"])
        like = {"id": "held", "chat": 1, "state": "dead", "due": 0, "case": number, "slot": "", "order": 0}
        tx.put(
            OUTBOX.name, {**like, "role": "client", "at": 0, "attempts": 0, "subject": talk["subject"], "action": held}
        )
        destroy(tx, number, "Sjaan")

    await world.store.run(put)
    kept = world.store.export()
    for kind in ("events", "talks", "outbox"):
        assert "Sjaan" not in str(kept[kind]), kind


@pytest.mark.parametrize("engine", ["aiogram", "ptb"])
async def test_while_one_practises_a_second_account_hears_so_and_nothing_is_kept(engine: str, tmp_path: Path) -> None:
    async with over_http(tmp_path, engine, practise=True) as world:
        for person in (Person("Nel", "nl"), Person("Mallory", "nl")):
            await world.person(person)
        await world.say("Nel", "/klacht", False)
        await world.settle()
        await world.say("Mallory", "Mijn geheime verhaal", False)
        await world.settle()
        assert "We oefenen nu met deze bot." in str((await world.heard("Mallory"))[-1]["text"])
        assert "geheime" not in str(world.bot.app.store.export())  # type: ignore[attr-defined]
