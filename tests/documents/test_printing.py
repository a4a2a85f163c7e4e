"""From the button to the file: who gets which paper, of the case as it was when it was asked for."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import record
from bot.control import check_record
from bot.documents import pdf
from bot.events import Action, Command, Edit, Event, Paper, Receipt, Send, unpacked
from bot.printing import PrintRoom
from bot.record import CASES, OUTBOX, REGISTER
from bot.sandbox import script
from handlers.paperwork import PAPERS
from handlers.procedure import register
from handlers.procedure.case import Happened
from storage.store import Tx
from tests.conftest import example, over_http
from tests.documents import sample
from tests.documents.reading import text_of
from tests.in_memory import InMemory
from tests.test_many import STAFF

STORY = "Mijn nieuwe brace zakte af en ik heb een wond. <b>Bram de Wit</b> deed niets."


class World(InMemory):
    """A complaint has been sent; what is asked for after that stays in the outbox until `print`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(example(folder), folder)
        self.number = ""

    async def begin(self) -> None:
        for person in (*STAFF[:2], script.Person("Truus", "nl")):
            await self.person(person)
        await self.play("Truus", "/klacht", "[Ja, dat is goed]", STORY, "[Verder]", "[Wond of blaar]", "[Nu versturen]")
        [row] = await self.store.read(lambda tx: list(tx.every(CASES.name)))
        self.number = row["number"]
        await self.play("Karim", f"/oppakken {self.number}", "[Nee, ik ben onafhankelijk]")

    async def play(self, who: str, *acts: str) -> None:
        for act in acts:
            if act.startswith("["):
                await self.tap(who, act[1:-1])
            else:
                await self.say(who, act, False)

    async def asks(self, who: str, name: str, arg: str = "") -> dict[str, Any] | None:
        """The outbox row of a paper that was asked for; it is not delivered."""
        chat, self.updates = self.chats[who], self.updates + 1
        what = Command(name, arg or self.number, 1)
        await self.desk.take(Event(self.updates, self.time.now(), chat.id, True, chat.person, what))
        rows = await self.store.read(lambda tx: list(tx.every(OUTBOX.name)))
        for row in rows:
            await self.store.run(lambda tx, row=row: tx.remove(OUTBOX.name, row["id"]))  # type: ignore[misc]
        return next((row for row in rows if row["action"]["do"] == "Paper"), None)

    async def prints(self, who: str, name: str, arg: str = "") -> str | None:
        """The text of the paper, None when there was none."""
        row = await self.asks(who, name, arg)
        made = await PrintRoom(self.store, self.rules).make(row) if row else None
        return " ".join(text_of(made.data).split()) if isinstance(made, Paper) else None

    async def file(self, kind: str, by: str, **facts: Any) -> None:  # type: ignore[override]
        def work(tx: Tx) -> None:
            case = record.load_case(tx, self.number)
            happened = Happened(kind, self.time.now(), by, facts)
            record.append(tx, self.rules.firm, self.rules.zone, case, self.number, happened)

        await self.store.run(work)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.begin()
    yield world
    world.close()


STAFFS = ("formulier", "dossier", "notitie_pdf", "brief_pdf")
OF_MANAGER = ("notulen", "jaarverslag")


async def test_each_gets_their_own(world: World) -> None:
    for name in STAFFS:
        assert await world.prints("Karim", name), name
        assert await world.prints("Els", name), name
        assert await world.prints("Truus", name) is None, name
    for name in OF_MANAGER:
        assert await world.prints("Els", name, "2026"), name
        assert await world.prints("Karim", name, "2026") is None, name
    for name in ("ontvangstbewijs", "mijndossier"):
        assert "zakte af" in str(await world.prints("Truus", name))
        assert await world.prints("Karim", name) is None  # a client's button is of the client


async def test_a_paper_shows_what_it_is_for_and_no_more(world: World) -> None:
    await world.file("note", "karim", text="Bram was kortaf.", files=[])
    await world.file("message", "karim", text="Joke Postma belt u.")
    form, file = await world.prints("Karim", "formulier"), await world.prints("Truus", "mijndossier")
    note = await world.prints("Karim", "notitie_pdf")
    assert form and file and note
    assert "Bram was kortaf." in form
    assert "kortaf" not in file
    assert "Bram de Wit" in file  # the client wrote that name
    assert "Joke" not in file  # and not this one
    assert "████ belt u." in file
    assert "zakte af" not in note
    assert "<b>Bram de Wit</b>" in form


async def test_it_is_of_the_case_as_it_was(world: World) -> None:
    row = await world.asks("Karim", "formulier")
    assert row is not None
    await world.file("note", "karim", text="Later geschreven.", files=[])
    made = await PrintRoom(world.store, world.rules).make(row)
    assert isinstance(made, Paper)
    assert "Later geschreven." not in text_of(made.data)
    world.time.advance(timedelta(days=3).total_seconds())
    again = await PrintRoom(world.store, world.rules).make(row)
    assert again == made  # also days later, after an outage


async def test_what_was_hidden_meanwhile_is_hidden_in_it(world: World) -> None:
    row = await world.asks("Karim", "formulier")
    await world.file("redacted", "karim", word="Bram", how="hide")
    made = await PrintRoom(world.store, world.rules).make(row or {})
    assert isinstance(made, Paper)
    told = " ".join(text_of(made.data).split())
    assert "████ de Wit" in told
    assert "Bram" not in told.replace("collega Bram de Wit", "")  # only where we say ourselves whom it is about


async def test_who_was_barred_meanwhile_gets_nothing(world: World) -> None:
    row = await world.asks("Karim", "formulier")
    assert row is not None
    await world.file("barred", "bot", named=["karim"])
    assert await PrintRoom(world.store, world.rules).make(row) is None


async def test_a_case_that_was_erased_is_on_no_paper(world: World) -> None:
    row = await world.asks("Karim", "formulier")
    assert row is not None
    await world.store.run(lambda tx: record.erase_case(tx, world.number, world.time.now().date()))
    assert await PrintRoom(world.store, world.rules).make(row) is None


async def test_only_what_exists_to_leave_may_be_saved_by_staff(world: World) -> None:
    protected = {}
    for name in (*STAFFS, *OF_MANAGER):
        row = await world.asks("Els", name, "2026" if name in OF_MANAGER else "")
        assert row is not None
        order = unpacked(row["action"])
        assert isinstance(order, Paper)
        protected[name] = order.protect
    assert protected == {"formulier": True, "dossier": True, "notitie_pdf": False, "brief_pdf": False,
                         "notulen": False, "jaarverslag": False}  # fmt: skip
    row = await world.asks("Truus", "mijndossier")
    assert row is not None
    assert not row["action"]["protect"]


async def test_a_fault_of_ours_is_told_and_no_dead_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = await world.asks("Truus", "mijndossier")
    assert row is not None

    def broken(*args: object) -> bytes:
        raise RuntimeError("no page today")

    monkeypatch.setattr(pdf, "render", broken)
    made = await PrintRoom(world.store, world.rules).make(row)
    assert isinstance(made, Send)
    assert world.rules.firm.contact.phone in made.text


# What takes long ------------------------------------------------------------------------------------------


class Chat:
    """Carries out at once what the print room says meanwhile."""

    def __init__(self) -> None:
        self.did: list[Send | Edit] = []
        self.told = asyncio.Event()

    async def __call__(self, action: Action) -> Receipt | None:
        assert isinstance(action, Send | Edit)
        self.did.append(action)
        self.told.set()
        return Receipt(41) if isinstance(action, Send) else Receipt(action.message)


def slowly(monkeypatch: pytest.MonkeyPatch, *shares: float) -> None:
    """The writer of sheets needs a while for each share of its work."""
    import bot.documents.sheets as sheets

    def write(rows: Any, firm: Any, words: Any, language: str, far: Any) -> bytes:
        for share in shares:
            far(share)
            time.sleep(0.1)
        return b"PK"

    monkeypatch.setattr("bot.printing.PATIENCE", 0.04)
    monkeypatch.setattr(sheets, "register_xlsx", write)


async def test_a_long_export_tells_how_far_it_is_in_one_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(monkeypatch, 0.0, 0.4, 0.8)
    row, chat = await world.asks("Els", "register", "2026"), Chat()
    assert row is not None
    made = await PrintRoom(world.store, world.rules).make(row, chat)
    assert isinstance(made, Paper)
    first, *later = chat.did
    assert isinstance(first, Send) and first.quiet
    assert first.text.startswith("Het klachtenoverzicht: ")
    assert {(type(one), one.message) for one in later if isinstance(one, Edit)} == {(Edit, 41)}
    told = [re.findall(r"\d+ %", one.text) for one in chat.did[:-1]]
    assert told == [["50 %"], ["70 %"], ["90 %"]]  # each once, though it was asked more often
    assert chat.did[-1].text.endswith("Dit is klaar.")


async def test_what_is_quick_says_nothing_beside_itself(world: World) -> None:
    row, chat = await world.asks("Els", "notulen", "2026"), Chat()
    assert row is not None
    assert isinstance(await PrintRoom(world.store, world.rules).make(row, chat), Paper)
    assert chat.did == []


async def test_after_a_crash_the_same_message_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(monkeypatch, 0.2, 0.6)
    row, chat = await world.asks("Els", "register", "2026"), Chat()
    assert row is not None
    await world.store.run(lambda tx: tx.add(OUTBOX.name, row))
    making = asyncio.create_task(PrintRoom(world.store, world.rules).make(row, chat))
    await chat.told.wait()
    await world.store.run(lambda tx: None)  # what it noted is durable
    making.cancel()
    with suppress(asyncio.CancelledError):
        await making
    await world.restart()
    [kept] = await world.store.read(lambda tx: list(tx.every(OUTBOX.name)))
    again = Chat()
    assert isinstance(await PrintRoom(world.store, world.rules).make(kept, again), Paper)
    assert again.did and all(isinstance(one, Edit) and one.message == 41 for one in again.did)


async def test_ten_thousand_rows_keep_nobody_waiting(world: World) -> None:
    """The register is read in pieces and written beside the loop: what others do meanwhile goes on."""
    firm, zone = world.rules.firm, world.rules.zone

    def fill(tx: Tx) -> None:
        plain = register.row(sample.case(), firm, zone)
        for n in range(10_000):
            tx.put(
                REGISTER.name, plain | {"number": f"2025{n:05}", "received": f"2026-{n % 11 + 1:02}-{n % 28 + 1:02}"}
            )

    await world.store.run(fill)
    row = await world.asks("Els", "register", "2026")
    assert row is not None
    waited: list[float] = []

    async def others() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.01)
            await world.store.run(lambda tx: tx.put(OUTBOX.name, row))
            waited.append(time.perf_counter() - begun)

    beside = asyncio.create_task(others())
    made = await PrintRoom(world.store, world.rules).make(row)
    beside.cancel()
    assert isinstance(made, Paper)
    waited.sort()
    print(f"{len(waited)} commits beside it, half within {waited[len(waited) // 2] * 1000:.0f} ms, "
          f"the longest {waited[-1] * 1000:.0f} ms, {len(made.data) / 1e6:.1f} MB")  # fmt: skip
    assert len(waited) > 20
    assert waited[-1] < 2


async def test_that_it_was_asked_for_is_in_the_audit_chain(world: World) -> None:
    await world.asks("Karim", "formulier")
    entries = [e for e in world.store.export()["audit"] if "paper" in str(e)]
    assert len(entries) == 1
    assert "karim" in str(entries[0])
    assert check_record(world.store, world.rules)[0] == 0


async def test_every_paper_has_its_command_and_says_something() -> None:
    assert set(PAPERS) == {
        "form", "receipt", "dossier", "note", "letter", "outcome_letter", "minutes", "review",
        "register", "picture",
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["aiogram", "ptb"])
async def test_the_file_arrives_whole_and_can_be_opened_from_the_page(engine: str, tmp_path: Path) -> None:
    async with over_http(tmp_path, engine) as world:
        await world.person(script.Person("Truus", "nl"))
        await world.settle()
        for act in (
            "/klacht",
            "[Ja, dat is goed]",
            STORY,
            "[Verder]",
            "[Wond of blaar]",
            "[Nu versturen]",
            "[Opslaan als pdf]",
        ):
            await (world.tap("Truus", act[1:-1]) if act[0] == "[" else world.say("Truus", act, False))
            await world.settle()
        shown = (await world.heard("Truus"))[-1]
        assert shown["file"]["name"].startswith("ontvangstbevestiging-")
        assert shown["file"]["mime"] == "application/pdf"
        data = world.sandbox.chats.files[shown["file"]["id"]].content()
        assert STORY.split(".")[0] in text_of(data).replace("\n", " ")
        methods = [call["method"].lower() for call in world.sandbox.calls]
        assert methods[methods.index("senddocument") - 1] == "sendchataction"


@pytest.mark.parametrize("engine", ["aiogram", "ptb"])
async def test_telegram_sees_one_message_that_changes_and_then_the_file(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch, 0.0, 0.2, 0.4, 0.6, 0.8)
    async with over_http(tmp_path, engine) as world:
        await world.person(STAFF[0])
        await world.settle()
        await world.say(STAFF[0].name, "/register 2026", False)
        sent: list[Any] = []
        while not sent:
            await asyncio.sleep(0.05)
            await world.settle()
            sent = [m for m in await world.heard(STAFF[0].name) if m.get("file")]
        *_, told, paper = await world.heard(STAFF[0].name)
        assert told["text"].endswith("Dit is klaar.") and told["edited"]
        assert paper["file"]["name"].startswith("Klachtenoverzicht")
        calls = [
            c for c in world.sandbox.calls if c["method"].lower() in {"editmessagetext", "senddocument"} and c["ok"]
        ]
        assert calls[-1]["method"].lower() == "senddocument"
        percents = [int(n) for c in calls for n in re.findall(r"(\d+) %", str(c["params"].get("text", "")))]
        assert percents == sorted(set(percents)) and len(percents) >= 2
