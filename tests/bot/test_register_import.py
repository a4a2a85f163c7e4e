"""A register that a firm already has: what enters counts as if it had always been there, the rest is explained.

An imported row is no case and has no events; that `verify` still notices a changed one is tested here too.
"""

from __future__ import annotations

import asyncio
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot import control, importing, record
from bot.__main__ import main
from bot.assembly import open_store, rules
from bot.clock import WallTime
from bot.documents.files import Unreadable
from bot.documents.sheets import register_csv, register_xlsx
from bot.office import Office, Rules
from bot.record import KINDS, REGISTER
from bot.sandbox import earlier
from handlers.manager import evaluate
from handlers.procedure import summary, trend
from handlers.procedure.steps import Actor
from storage.store import Store, Tx
from tests.conftest import TOKEN, example
from tests.in_memory import KEY

TODAY = date(2026, 11, 25)
NL = ["Nummer", "Datum ontvangst", "Rubriek", "Kanaal", "Afgesloten", "Status", "Oorzaak", "Maatregel(en)",
      "Structureel/incidenteel", "Tevredenheid", "Behandelaar", "Akkoord j/n"]  # fmt: skip
GOOD: dict[str, Any] = {
    "Nummer": "2025-001", "Datum ontvangst": "3-2-2025", "Rubriek": "Te laat of niet geleverd",
    "Kanaal": "Per telefoon", "Afgesloten": "14 maart 2025", "Status": "Afgesloten",
    "Oorzaak": "Planning of capaciteit", "Maatregel(en)": "Leverancier en garantie; Dossier doornemen",
    "Structureel/incidenteel": "structureel", "Tevredenheid": 4, "Behandelaar": "Karim Haddad", "Akkoord j/n": "j",
}  # fmt: skip


@cache
def ours() -> Rules:
    return rules(example(Path("/nowhere")))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "record", KINDS, key=KEY)
    yield opened
    opened.close()


def workbook(path: Path, *lines: dict[str, Any], above: int = 0, heads: list[str] | None = None) -> Path:
    book = Workbook()
    sheet = book.active
    for _ in range(above):
        sheet.append(["Klachtenoverzicht van de firma"])
    sheet.append(heads or NL)
    for line in lines:
        sheet.append([line.get(head) for head in heads or NL])
    book.save(path)
    return path


def read(path: Path, **known: dict[str, Any]) -> importing.Read:
    return importing.read(path, ours(), TODAY, known)


def registered(store: Store) -> dict[str, dict[str, Any]]:
    return {str(row["number"]): row for row in store.read_now(lambda tx: list(tx.every(REGISTER.name)))}


def taken(store: Store, path: Path, how: str = "go") -> control.Said:
    return control.import_register(store, ours(), str(path), how, now=WallTime().now())


# What is understood --------------------------------------------------------------------------------------


def test_a_row_as_a_dutch_firm_writes_it(tmp_path: Path) -> None:
    found = read(workbook(tmp_path / "r.xlsx", GOOD, above=3))
    assert not found.rejected and not found.remarks
    (row,) = found.rows
    assert row | {"number": "2025-001", "received": "2025-02-03", "closed": "2025-03-14", "days": 39} == row
    assert (row["rubric"], row["channel"], row["cause"], row["kind"]) == ("delivery", "phone", "planning", "structural")
    assert row["measures"] == ["dossier", "supplier"] and row["corrective"] == "yes" and row["agreed"] == "yes"
    assert (row["status"], row["open"], row["mediator"], row["satisfaction"]) == ("closed", "no", "karim", "4")
    assert row["acknowledged_in_time"] == "implicit" and row["imported"] == "2026-11-25"


@pytest.mark.parametrize(
    "day",
    [datetime(2025, 2, 3, 14, 30), date(2025, 2, 3), "2025-02-03", "3-2-2025", "03/02/2025", "3.2.25",  # noqa: DTZ001
     "3 februari 2025", "3 feb. 2025", "3 February 2025", "2025-02-03 14:30:00", "2025-02-03T14:30:00", " 3-2-2025 "],
)  # fmt: skip
def test_days_as_people_write_them(tmp_path: Path, day: Any) -> None:
    (row,) = read(workbook(tmp_path / "r.xlsx", GOOD | {"Datum ontvangst": day})).rows
    assert row["received"] == "2025-02-03"


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8-sig", ";"), ("utf-8", ","), ("cp1252", ";"), ("utf-8", "\t")])
def test_csv_as_programs_save_it(tmp_path: Path, encoding: str, mark: str) -> None:
    lines: tuple[list[str], ...] = (NL[:3], ["7", "2025-02-03", "Anders"], [])
    path = tmp_path / "r.CSV"
    firm = ours().firm
    named = replace(ours(), firm=replace(firm, rubrics=(replace(firm.rubrics[0], labels={"nl": "Café"}),)))
    lines[1][2] = "Café"
    path.write_bytes("\r\n".join(mark.join(line) for line in lines).encode(encoding))
    (row,) = importing.read(path, named, TODAY, {}).rows
    assert (row["number"], row["rubric"]) == ("7", firm.rubrics[0].code)


def test_empty_rows_are_passed_and_unknown_columns_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", {}, GOOD, {}, heads=[*NL, "Opmerkingen van Ans"])
    found = read(path)
    assert len(found.rows) == 1 and "Opmerkingen van Ans" in found.remarks[0]


def test_an_open_one_gets_its_last_day_and_nobody_who_is_unknown(tmp_path: Path) -> None:
    line = GOOD | {"Afgesloten": None, "Status": "in behandeling", "Behandelaar": "Piet van vroeger", "Rubriek": None}
    found = read(workbook(tmp_path / "r.xlsx", line))
    (row,) = found.rows
    assert (row["open"], row["status"], row["outcome_by"]) == ("yes", "analysis", "2025-03-17")
    assert (row["mediator"], row["rubric"]) == ("", "unknown")
    assert any("Piet van vroeger" in remark for remark in found.remarks)


# What is rejected ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"Datum ontvangst": "31-2-2025"}, "is no day. Write for example 2026-11-25"),
        ({"Datum ontvangst": "vorige week"}, "is no day"),
        ({"Datum ontvangst": 45_000}, "is no day"),
        ({"Datum ontvangst": None}, "the day it was received is missing"),
        ({"Datum ontvangst": "26-11-2026", "Afgesloten": None, "Status": None}, "that day has yet to come"),
        ({"Datum ontvangst": "3-2-1025"}, "the year 1025 cannot be meant"),
        ({"Rubriek": "Koffie"}, "'Koffie' is no topic of organisation.toml. Choose from: Kapot"),
        ({"Kanaal": "duif"}, "'duif' is not known. Choose from: Telegram, Per telefoon"),
        ({"Oorzaak": "pech"}, "'pech' is not known"),
        ({"Maatregel(en)": "Leverancier en garantie; taart"}, "'taart' is not known"),
        ({"Structureel/incidenteel": "soms"}, "'soms' is not known"),
        ({"Akkoord j/n": "misschien"}, "'misschien' is not known"),
        ({"Status": "zoek"}, "'zoek' is not known"),
        ({"Afgesloten": "1-1-2025"}, "closed on 2025-01-01, before it was received on 2025-02-03"),
        ({"Afgesloten": None}, "it is closed, but the day on which it was closed is missing"),
        ({"Status": "open"}, "its status says that it is still open"),
        ({"Tevredenheid": 7}, "'7' is not 1 to 5"),
        ({"Tevredenheid": "goed"}, "'goed' is no whole number"),
        ({"Nummer": None}, "the number is missing"),
        ({"Nummer": "x" * 40}, "longer than 32"),
        ({"Nummer": "in ons"}, "number in ons is in the register already"),
    ],
)
def test_a_row_that_cannot_enter_is_explained(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    path = workbook(tmp_path / "r.xlsx", GOOD | {"Nummer": "goed"}, GOOD | wrong)
    found = importing.read(path, ours(), TODAY, {"in ons": {"number": "in ons", "imported": "", "open": "yes"}})
    assert [row["number"] for row in found.rows] == ["goed"]
    ((place, why),) = found.rejected
    assert place == 3 and told in why
    printed = "\n".join(importing.preview(found, ours()))
    assert "1 can enter the register, 1 cannot" in printed and f"Row 3: {why}." in printed


def test_a_doubled_number_names_the_first_row(tmp_path: Path) -> None:
    found = read(workbook(tmp_path / "r.xlsx", GOOD, GOOD | {"Nummer": "b"}, GOOD))
    assert found.rejected == [(4, "number 2025-001 stands in row 2 already")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("r.xlsx", b"no zip", "is no Excel workbook"),
        ("r.xlsx", b"PK\x05\x06" + b"\0" * 18, "is no Excel workbook"),
        ("r.ods", b"", "is no .xlsx and no .csv"),
        ("r.csv", b"", "No row of headings"),
        ("r.csv", b"a;b;c\r\n1;2;3\r\n", "Missing: "),
        ("r.csv", b"Nummer;Ontvangen op\r\n1;2\r\n", "Missing: Topic, Onderwerp"),
    ],
)
def test_a_file_that_is_no_register(tmp_path: Path, store: Store, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    code, said = taken(store, tmp_path / name)
    assert code == 2 and told in said
    assert taken(store, tmp_path / "none.csv")[0] == 2


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_damaged_file_is_told_or_read_and_never_stumbled_over(tmp_path: Path, kind: str) -> None:
    path, chance = tmp_path / f"r.{kind}", Random(4)
    rows = [read(workbook(tmp_path / "good.xlsx", GOOD)).rows[0]]
    whole = {"xlsx": register_xlsx, "csv": register_csv}[kind](rows, ours().firm, ours().words, "nl")
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            assert len(read(path).rows) <= 1
        except Unreadable:
            continue


def test_a_sheet_that_says_it_is_smaller_than_it_is(tmp_path: Path) -> None:
    path = workbook(tmp_path / "r.xlsx", GOOD)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', data))
    assert len(read(path).rows) == 1


# Into the record -----------------------------------------------------------------------------------------


def test_nothing_enters_without_go_or_while_a_row_is_rejected(tmp_path: Path, store: Store) -> None:
    path = workbook(tmp_path / "r.xlsx", GOOD, GOOD | {"Nummer": "b", "Rubriek": "Koffie"})
    assert taken(store, path, "look")[0] == 0 and not registered(store)
    code, said = taken(store, path, "go")
    assert code == 2 and "--skip-rejected" in said and not registered(store)
    code, said = taken(store, path, "skip")
    assert code == 0 and "Taken over: 1" in said and set(registered(store)) == {"2025-001"}
    assert control.check_record(store, ours()) == (0, "The record is sound.")


def test_the_same_file_twice_changes_nothing_but_an_open_one_may_be_closed(tmp_path: Path, store: Store) -> None:
    still = GOOD | {"Nummer": "open", "Afgesloten": None, "Status": None}
    assert taken(store, workbook(tmp_path / "r.xlsx", GOOD, still))[0] == 0
    before = registered(store)
    assert taken(store, tmp_path / "r.xlsx")[0] == 2 and registered(store) == before
    assert taken(store, workbook(tmp_path / "r.xlsx", still | {"Afgesloten": "1-11-2025"}))[0] == 0
    assert registered(store)["open"]["closed"] == "2025-11-01"
    assert taken(store, tmp_path / "r.xlsx")[0] == 2  # closed now, and closed it stays
    assert control.check_record(store, ours()) == (0, "The record is sound.")


def test_verify_notices_an_imported_row_that_was_changed_removed_or_made_up(tmp_path: Path, store: Store) -> None:
    taken(store, workbook(tmp_path / "r.xlsx", GOOD, GOOD | {"Nummer": "b"}))
    row = registered(store)["2025-001"]
    made_up = row | {"number": "c"}
    own_now = row | {"imported": ""}

    def back(tx: Tx) -> None:
        tx.put(REGISTER.name, row)
        tx.remove(REGISTER.name, "c")

    cases: tuple[tuple[Callable[[Tx], object], str], ...] = (
        (lambda tx: tx.put(REGISTER.name, row | {"kind": "incidental"}), "2025-001 differs from what was imported"),
        (lambda tx: tx.put(REGISTER.name, own_now), "2025-001 has no case"),
        (lambda tx: tx.remove(REGISTER.name, "2025-001"), "2025-001 is missing"),
        (lambda tx: tx.put(REGISTER.name, made_up), "c differs from what was imported"),
    )
    for work, told in cases:
        store.run_now(work)
        code, said = control.check_record(store, ours())
        assert code == 4 and told in said
        store.run_now(back)
        assert control.check_record(store, ours())[0] == 0


def test_no_new_complaint_gets_an_imported_number(tmp_path: Path, store: Store) -> None:
    def drawn(tx: Tx) -> str:
        return Office(tx, ours(), datetime.now(UTC), Random(3), Actor(1, "", "nl")).new_number()

    first = store.read_now(drawn)
    taken(store, workbook(tmp_path / "r.xlsx", GOOD | {"Nummer": f"{first[:4]}-{first[4:]}"}))
    assert set(registered(store)) == {first}
    assert store.read_now(drawn) != first


class Counted:
    def __init__(self, tx: Tx) -> None:
        self.tx = tx

    def tally(self, by: tuple[str, ...], **where: object) -> Any:
        return self.tx.tally(REGISTER.name, by, **where)


def numbers(store: Store) -> list[Any]:
    """Everything a summary or a picture could say of the record."""

    def work(tx: Tx) -> list[Any]:
        register, today = Counted(tx), datetime.now(UTC).date()
        found: list[Any] = [trend.trend(register, today)]
        for name in ("month", "quarter", "year"):
            when = summary.period(name, today)
            for span in (when, when.before):
                found += [summary.count(register, span, today), summary.days_taken(register, span)]
        return found

    return store.read_now(work)


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("forty")
    earlier.fill({"DATA_DIR": str(folder / "data"), "BOT_TOKEN": TOKEN})
    opened = open_store(example(folder))
    yield opened
    opened.close()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_register_that_was_exported_gives_the_same_counts(
    tmp_path: Path, store: Store, forty: Store, kind: str, language: str
) -> None:
    path = tmp_path / f"r.{kind}"
    assert control.export_register(forty, ours(), str(path), "", language)[0] == 0
    assert len(registered(forty)) == 40
    code, said = taken(store, path)
    assert code == 0, said
    assert numbers(store) == numbers(forty)
    for number, row in registered(forty).items():
        left_out = {"actions": [], "imported": registered(store)[number]["imported"]}
        assert registered(store)[number] == row | left_out
    again = [write(list(registered(one).values()), ours().firm, ours().words, language)
             for one in (store,) for write in (register_xlsx, register_csv)]  # fmt: skip
    assert all(again)


def test_an_older_register_counts_but_the_bot_is_compared_with_itself(tmp_path: Path, store: Store) -> None:
    """Two a month on paper, then the bot, to which people write more: no signal for its launch."""
    code = ours().firm.rubrics[0].code
    lines = [GOOD | {"Nummer": f"{y}-{m}-{n}", "Datum ontvangst": f"5-{m}-{y}", "Afgesloten": f"20-{m}-{y}",
                     "Rubriek": code}
             for y in (2024, 2025) for m in range(1, 13) for n in range(2)]  # fmt: skip
    assert taken(store, workbook(tmp_path / "r.xlsx", *lines))[0] == 0

    def own(tx: Tx) -> None:
        for month in range(1, 11):
            for n in range(8):
                tx.put(REGISTER.name, {"number": f"own{month}{n}", "received": f"2026-{month:02}-07", "rubric": code,
                                       "imported": ""})  # fmt: skip

    def seen(tx: Tx) -> Any:
        office = Office(tx, ours(), datetime(2026, 11, 3, tzinfo=UTC), Random(3), Actor(1, "", "nl"))
        return office.begun(), evaluate.seen(office)

    store.run_now(own)
    assert store.read_now(seen) == (date(2026, 1, 7), {})
    year = summary.period("year", date(2025, 6, 1))
    found = store.read_now(lambda tx: summary.count(Counted(tx), year, TODAY))
    assert found[code].received == 24 and found[code].before == 24


# From the command line -----------------------------------------------------------------------------------


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    earlier.fill({"DATA_DIR": str(tmp_path / "data"), "BOT_TOKEN": TOKEN})
    return tmp_path


def test_the_commands(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-register", str(env / "all.xlsx")]) == 0
    assert main(["export-register", str(env / "none.csv"), "--year", "2001", "--lang", "en"]) == 0
    assert main(["export-register", str(env / "x.pdf")]) == 2
    assert main(["export-register", str(env / "x.csv"), "--lang", "xx"]) == 2
    assert main(["export-register", str(env / "x.csv"), "--year", "last"]) == 2
    assert main(["export-register", str(env / "no" / "x.csv")]) == 2
    assert len(list(load_workbook(env / "all.xlsx").worksheets[0].values)) == 41
    assert (env / "none.csv").read_bytes().count(b"\r\n") == 1
    workbook(env / "older.xlsx", GOOD, GOOD | {"Nummer": "b", "Rubriek": "Koffie"})
    capsys.readouterr()
    assert main(["import-register", str(env / "older.xlsx")]) == 0
    assert "Row 3: Topic: 'Koffie' is no topic" in capsys.readouterr().out
    assert main(["import-register", str(env / "older.xlsx"), "--go"]) == 2
    assert main(["import-register", str(env / "older.xlsx"), "--go", "--skip-rejected"]) == 0
    assert main(["verify"]) == 0


def test_no_record_is_made_by_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "mistyped"))
    assert main(["import-register", str(workbook(tmp_path / "r.xlsx", GOOD))]) == 2
    assert not (tmp_path / "mistyped").exists()


async def test_a_running_bot_does_the_same(env: Path) -> None:
    settings = example(env)
    opened = open_store(settings)
    async with control.listening(opened, rules(settings), settings.data):
        ask = control.ask_running
        code, said = await asyncio.to_thread(ask, settings.data, "export-register", str(env / "r.csv"), "", "nl")
        assert (code, "40 complaints" in said) == (0, True)
        path = str(workbook(env / "older.xlsx", GOOD))
        assert (await asyncio.to_thread(ask, settings.data, "import-register", path, "look"))[0] == 0
        assert (await asyncio.to_thread(ask, settings.data, "import-register", path, "go"))[0] == 0
        assert (await asyncio.to_thread(ask, settings.data, "verify")) == (0, "The record is sound.")
    assert len(registered(opened)) == 41
    opened.close()


def test_begun_knows_nothing_of_an_older_register(store: Store, tmp_path: Path) -> None:
    assert store.read_now(record.begun) is None
    taken(store, workbook(tmp_path / "r.xlsx", GOOD))
    assert store.read_now(record.begun) is None
