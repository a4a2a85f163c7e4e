"""When something is wrong: the disk, our own code, what people send, a second bot on the same data.

The surprising truth: the failures are made at the seams where they happen in life (the store's commit, a handler, the
data of a button), and each test then goes on, because a bot that only survives has not yet helped anybody.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NoReturn, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.desk import Desk
from bot.events import NotSaved
from bot.record import CASES, EVENTS, OUTBOX
from bot.sandbox import Sandbox, script
from bot.sandbox.persons import NotQuiet
from bot.sandbox.world import OverHttp, OwnProcess
from handlers import menu
from handlers.clean import clean
from storage.errors import Full, Stopped, StoreError
from storage.store import Store, Tx
from tests.conftest import HereInProcess, over_http
from tests.crash import Crashing, Cut, Mortal, Point, environment
from tests.in_memory import InMemory
from tests.test_many import COMPLAINT, STAFF, Listening, raised

R = TypeVar("R")
OURS = "Er ging bij ons iets mis"
STORY = COMPLAINT[2]
TRUUS = script.Person("Truus", "nl")
ENGINES = ("ptb", "aiogram")


@pytest.fixture
async def truus(tmp_path: Path) -> AsyncIterator[Listening]:
    """A world with staff, in which Truus is one press away from a complaint with a number."""
    world = Listening(tmp_path)
    for person in (*STAFF, TRUUS):
        await world.person(person)
    await world.all("Truus", *COMPLAINT[:-1])
    yield world
    world.close()


# The disk ------------------------------------------------------------------------------------------------


@contextmanager
def broken(store: Store, error: StoreError, times: int = 10**6) -> Iterator[None]:
    """The disk fails, so often, when the work is to be written, after all of it was done in memory."""
    sound, left = store.run, [None] * times

    async def run(work: Callable[[Tx], R]) -> R:
        def failing(tx: Tx) -> R:
            work(tx)
            raise error

        return await sound(failing if left and not left.pop() else work)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "run", run)
        yield


@pytest.mark.parametrize("error", [Full(), Stopped("the disk failed")])
async def test_what_cannot_be_saved_did_not_happen_and_works_later(truus: Listening, error: StoreError) -> None:
    send, before, heard = truus.pressed("Truus", "Nu versturen"), truus.store.export(), await truus.heard("Truus")
    for _ in range(3):
        with broken(truus.store, error, 1), pytest.raises(NotSaved):
            await truus.desk.take(send)
    await truus.settle()
    assert truus.store.export() == before
    assert await truus.heard("Truus") == heard
    assert not truus.instant[len(COMPLAINT) :]

    await truus.desk.take(send)
    await truus.settle()
    (case,) = truus.store.export()["cases"]
    assert sum("Uw kenmerk is" in message["text"] for message in await truus.heard("Truus")) == 1
    assert case["mediator"]


@pytest.mark.parametrize("engine", ENGINES)
async def test_while_the_disk_is_full_telegram_keeps_what_was_said(engine: str, tmp_path: Path) -> None:
    async with over_http(tmp_path, engine) as world:
        assert isinstance(world.bot, HereInProcess)
        app = world.bot.app
        await world.person(TRUUS)
        with broken(app.store, Full()):
            await world.say("Truus", "/klacht", False)
            with pytest.raises(NotQuiet):  # it tries again and again
                await world.sandbox.settle(1.5, jump=20)
            assert app.gate.shut
            assert (await world.sandbox.state())["unconfirmed"] == 1
            assert not await world.heard("Truus")
        await world.settle()
        assert [m["text"] for m in await world.heard("Truus") if "via Telegram" in m["text"]]
        assert not app.gate.shut


# Our own mistakes ----------------------------------------------------------------------------------------


def mistaken(*_: Any) -> NoReturn:
    raise ZeroDivisionError


async def test_a_bug_in_a_handler_changes_nothing_and_is_said(truus: Listening) -> None:
    def content() -> dict[str, Any]:
        kept = {n: rows for n, rows in truus.store.export().items() if n not in {"updates", "slots", "outbox"}}
        kept["people"] = [{**row, "buttons": []} for row in kept["people"]]  # what the last message offers to press
        return kept

    before = content()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(menu.TALKS, "intake", replace(menu.TALKS["intake"], finish=mistaken))
        await truus.all("Truus", "[Nu versturen]")
        assert OURS in (await truus.heard("Truus"))[-1]["text"]
        assert content() == before
        await truus.all("Truus", "/help")
        assert OURS not in (await truus.heard("Truus"))[-1]["text"]
    await truus.all("Truus", "[Nu versturen]")
    assert [m for m in await truus.heard("Truus") if "Uw kenmerk is" in m["text"]]


# Forged presses ------------------------------------------------------------------------------------------

NUMBERS = st.sampled_from(["CASE", "2222-3333", "22223333", "CASE:1", "CASE:yes", "new", "", "-1", "9" * 20])
FORGED = st.one_of(
    st.text(max_size=64),
    st.binary(max_size=64).map(lambda raw: raw.decode(errors="replace")),
    st.builds("do:{}:{}".format, st.sampled_from(sorted(menu.BY_NAME)), NUMBERS),
    st.builds(
        "{}:{}:{}:{}".format, st.sampled_from("abs"), NUMBERS, st.sampled_from(["0", "1", "2", "x"]),
        st.sampled_from("free send now yes agree unknown continue other".split()) | st.text(max_size=9),
    ),
)  # fmt: skip


def test_forged_presses_never_stumble_and_touch_nobody_elses_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "_apologise", raised)
    with asyncio.Runner() as runner:
        world, number, strangers = runner.run(_taken(tmp_path))

        async def press(who: str, data: str) -> None:
            before, told = await _events(world, number), len(await world.heard(who))
            for wish in (world.press(who, data), world.saying(who, "7"), world.saying(who, "Zomaar iets")):
                await world.desk.take(wish)
            await world.settle()
            after = await _events(world, number)
            theirs = (
                before[-1]["mediator"] == who.lower()
            )  # a forged "decline" of the mediator's may pass it on to them
            if who in strangers and not theirs:
                assert after == before, (who, data)
                assert not [m for m in (await world.heard(who))[told:] if STORY in m["text"]], (who, data)
            assert after[: len(before) - 1] == before[:-1], (who, data)

        for name in sorted(menu.BY_NAME):
            for who in strangers:
                runner.run(press(who, f"do:{name}:{number}"))
                for version in range(3):
                    runner.run(press(who, f"a:{number}:{version}:continue"))

        @settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
        @given(FORGED)
        def forge(wish: str) -> None:
            for who in ("Truus", "Els", "Karim", "Joke", "Mallory"):
                runner.run(press(who, wish.replace("CASE", number).encode()[:64].decode(errors="ignore")))

        try:
            forge()
        finally:
            world.close()


async def _taken(folder: Path) -> tuple[Listening, str, tuple[str, ...]]:
    """A case that somebody has taken; whose business it is not: the other mediator, and Mallory, a client."""
    world = Listening(folder)
    for person in (*STAFF, TRUUS, script.Person("Mallory", "en")):
        await world.person(person)
    await world.all("Truus", *COMPLAINT)
    (case,) = world.store.export()["cases"]
    taker, other = ("Karim", "Joke") if case["mediator"] == "karim" else ("Joke", "Karim")
    await world.all(taker, f"/oppakken {case['number']}", "[Nee, ik ben onafhankelijk]")
    await world.all("Mallory", "/complaint", "[Yes, I agree]", "My insoles creak", "[Continue]")
    return world, case["number"], ("Mallory", other)


async def _events(world: Listening, number: str) -> list[dict[str, Any]]:
    """All that stands in the case, and the row it is found by."""
    return await world.store.read(lambda tx: [*tx.find(EVENTS.name, case=number), *tx.find(CASES.name, number=number)])


# Two bots on one record ----------------------------------------------------------------------------------


async def test_a_second_bot_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with Sandbox(still=True) as sandbox:
        env = environment(sandbox.url, "ptb", tmp_path)
        first, second = Mortal(env, tmp_path), OwnProcess(env)
        world = Crashing(sandbox, first, cut := Cut(Point("ptb", 0, "answered")), Random(1))
        sandbox.faults = cut
        await world.start()
        try:
            await second.start()
            assert second.process is not None
            assert await asyncio.wait_for(second.process.wait(), 10) == 3
            await world.person(TRUUS)
            await world.say("Truus", "/start", False)
            await world.settle()
            assert "een klacht indienen" in (await world.heard("Truus"))[-1]["text"]
        finally:
            await second.stop()
            await first.stop()
        assert (await first.command("verify"))[0] == 0


# What people write ---------------------------------------------------------------------------------------

LONG = " ".join(f"woord-{n}-einde" for n in range(900))[:10_000]
WRITTEN = (
    "Mijn <b>dure</b> zool & de <script>alert('x')</script> &amp; &lt;i&gt;",
    "_*[klik](tg://user?id=1) `code` ~weg~ ||stil|| {phone} {0} %s",
    "Heel boos 😡👩‍🦽🏳️‍🌈 en 𝒹𝒾𝓀",
    "שלום, הנעל לא מתאימה \u202eabc\u202c مرحبا",
    "voor\x00na\x07 en\u200b door",
    LONG,
)
DEVICE, WISH, STAFF_NOTE = "zool <i>L&R", "Excuses & </blockquote> geld_terug*", "<code>NB & let op: {ref}"


def bare(text: str) -> str:
    """Without what Telegram and the splitting of long messages do to white space; control characters are cleaned."""
    return re.sub(r"[\s\x00-\x1f]+", "", text)


async def complained(world: OverHttp | InMemory) -> None:
    """A complaint with all of WRITTEN goes all the way to the mediator's card."""
    for person in (*STAFF[:2], TRUUS):
        await world.person(person)
        await world.settle()

    async def act(who: str, *acts: str) -> str:
        seen = len(await world.heard(who))
        for said in acts:
            if said.startswith("["):
                await world.tap(who, said[1:-1])
            else:
                await world.say(who, said, False)
            await world.settle()
        return bare("".join(message["text"] for message in (await world.heard(who))[seen:]))

    parts = [*WRITTEN[:-1], *(LONG[at : at + 4096] for at in range(0, len(LONG), 4096))]
    await act("Truus", "/klacht", "[Ja, dat is goed]", *(parts if isinstance(world, InMemory) else WRITTEN))
    await act("Truus", "[Verder]", "[Alle onderwerpen]", "[Te laat of niet geleverd]", DEVICE, "[Weet ik niet]", "2")
    await act("Truus", WISH, "[Verder]", "[Voor mijzelf]", "[Truus]")
    review = await act("Truus", "[Hier in Telegram]")
    receipt = await act("Truus", "[Klacht versturen]")
    (ref,) = re.findall(script.NUMBER, receipt)[:1]
    card = await act("Karim", f"/oppakken {ref}", "[Nee, ik ben onafhankelijk]")
    noted = await act("Karim", f"/notitie {ref}", STAFF_NOTE)
    for words in (*map(bare, (clean(part).text for part in (*WRITTEN[:-1], DEVICE, WISH))), *map(bare, parts[5:])):
        assert words in review, words
        assert words in card, words
    assert bare(STAFF_NOTE) in noted
    assert ref in await act("Truus", "/status")


async def test_words_are_shown_as_they_were_typed(tmp_path: Path) -> None:
    world = Listening(tmp_path)
    try:
        await complained(world)
        (received,) = (row for row in world.store.export()["events"] if row["kind"] == "received")
        story = received["facts"]["complaint"]["story"]
        assert story[:5] == [clean(text).text for text in WRITTEN[:5]]
        assert "".join(story[5:]) == LONG
    finally:
        world.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_words_are_shown_as_they_were_typed_over_http(engine: str, tmp_path: Path) -> None:
    async with over_http(tmp_path, engine) as world:
        await complained(world)
        assert isinstance(world.bot, HereInProcess)
        app = world.bot.app
        assert await app.store.read(lambda tx: tx.count(OUTBOX.name)) == 0, "nothing is stuck or dead"
        refused = [call for call in world.sandbox.calls if not call["ok"] and call["method"] != "getUpdates"]
        assert not refused


async def test_a_button_of_a_conversation_that_was_left_answers_no_other(truus: Listening) -> None:
    """Both questions are the first of their conversation and have an option of the same name."""
    await truus.all("Truus", "[Nu versturen]")
    (case,) = truus.store.export()["cases"]
    mediator = str(case["mediator"]).title()
    await truus.all(mediator, f"/oppakken {case['number']}", "[Nee, ik ben onafhankelijk]", "/maatregel")
    message, left = truus.button(mediator, "Niet nodig")[0]["id"], truus.pressed(mediator, "Niet nodig")
    await truus.all(mediator, "/voorkomen")
    await truus.desk.take(left)
    await truus.settle()
    assert "Wat veranderen we?" in (await truus.heard(mediator))[-1]["text"]
    assert not truus.chats[mediator].messages[message - 1]["buttons"], "they are gone"
