"""The seam: units of work, look-ups, erasure, the whole record out and in again."""

import asyncio
import json
import math
import os
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import tinydb

from storage import (
    AlreadyOpen,
    Damaged,
    Erased,
    Kind,
    Stopped,
    Store,
    StoreError,
    Taken,
    Tx,
    WrongKey,
    restore,
    rotate,
    verify,
)
from storage.durable import open_db
from tests.storage.a_record import CASES, KEY, KINDS, REGISTER, SEEN, case, filled, receive


@pytest.fixture(params=[KEY, None], ids=["sealed", "open"])
def key(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def store(tmp_path: Path, key: bytes | None) -> Any:
    opened = Store.open(tmp_path / "data", KINDS, key=key)
    yield opened
    opened.close()


def test_a_work_is_all_or_nothing(store: Store) -> None:
    def half(tx: Tx) -> None:
        receive(tx, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.run_now(half)
    assert store.export() == {"audit": [], "cases": [], "register": [], "seen": []}
    store.run_now(lambda tx: receive(tx, 1))  # and what it half made is no hindrance
    assert store.read_now(lambda tx: tx.get(CASES, "C1")) == case(1)
    assert store.verify() == []


async def test_works_waiting_together_fail_alone(store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()

    def blocks(tx: Tx) -> None:
        started.set()
        assert go_on.wait(5)

    first = asyncio.ensure_future(store.run(blocks))
    await asyncio.to_thread(started.wait, 5)
    # These wait while the first is at work, so they share one commit.

    def half(tx: Tx) -> None:
        receive(tx, 3)
        raise ZeroDivisionError

    works = [store.run(work) for work in (partial(receive, number=1), half, partial(receive, number=1))]
    works.append(store.run(partial(receive, number=2)))
    waiting = [asyncio.ensure_future(work) for work in works]
    await asyncio.sleep(0)
    go_on.set()
    await first
    one, broken, again, two = await asyncio.gather(*waiting, return_exceptions=True)
    assert one is None and two is None and isinstance(broken, ZeroDivisionError)
    assert isinstance(again, Taken) and again.key == 1
    assert await store.read(lambda tx: tx.count(SEEN)) == 2
    assert await store.read(lambda tx: tx.audit_head()[0]) == 2
    assert await asyncio.to_thread(store.verify) == []


async def test_a_key_made_in_a_failed_work_is_not_used_again(store: Store) -> None:
    def fails(tx: Tx) -> None:
        tx.put(CASES, case(7))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.run(fails)
    await store.run(lambda tx: tx.put(CASES, case(7)))
    assert await asyncio.to_thread(store.verify) == []


def test_look_ups(store: Store) -> None:
    for number in range(10):
        store.run_now(partial(Tx.put, kind=CASES, doc=case(number, due=None if number == 9 else number)))

    def numbers(**how: Any) -> list[str]:
        return [doc["number"] for doc in store.read_now(lambda tx: tx.find(CASES, **how))]

    assert numbers(status="closed") == ["C0", "C2", "C4", "C6", "C8"]
    assert numbers(due=(3, 5)) == ["C3", "C4", "C5"]
    assert numbers(due=(7, None), order="due", newest=True) == ["C8", "C7"]
    assert numbers(due=(None, 1)) == ["C0", "C1"]
    assert numbers(due=None) == ["C9"]
    assert numbers(newest=True, limit=2, offset=1) == ["C8", "C7"]
    assert numbers(status="open", due=(None, None)) == ["C1", "C3", "C5", "C7"]
    assert store.read_now(lambda tx: tx.count(CASES, status="open")) == 5
    assert store.read_now(lambda tx: tx.tally(CASES, ("status", "rubric"), due=(0, 6))) == {
        ("closed", "repair"): 4,
        ("open", "repair"): 3,
    }
    assert [doc["number"] for doc in store.read_now(lambda tx: list(tx.every(CASES)))] == [f"C{n}" for n in range(10)]
    for ask in (lambda tx: tx.find(CASES, text="x"), lambda tx: tx.tally(CASES, ("at",)), lambda tx: tx.find("none")):
        with pytest.raises(ValueError, match=r"index|declared"):
            store.read_now(ask)


def test_put_replaces_whole_and_keeps_its_place(store: Store) -> None:
    store.run_now(lambda tx: receive(tx, 1))
    store.run_now(lambda tx: receive(tx, 2))
    store.run_now(lambda tx: tx.put(CASES, {"number": "C1", "subject": "c:1"}))
    assert store.read_now(lambda tx: list(tx.every(CASES))) == [{"number": "C1", "subject": "c:1"}, case(2)]
    assert store.read_now(lambda tx: tx.find(CASES, status="open")) == []
    assert store.run_now(lambda tx: tx.remove(CASES, "C1")) is True
    assert store.run_now(lambda tx: tx.remove(CASES, "C1")) is False
    assert store.verify() == []


def test_answers_are_private_copies(store: Store) -> None:
    store.run_now(lambda tx: tx.put(CASES, case(1, notes=["a"])))
    for ask in (lambda tx: tx.get(CASES, "C1"), lambda tx: tx.find(CASES, status="open")[0]):
        store.read_now(ask)["notes"].append("b")
    assert store.read_now(lambda tx: tx.get(CASES, "C1")) == case(1, notes=["a"])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"number": "C1", "x": math.nan}, ValueError),
        ({"number": "C1", "x": {1, 2}}, TypeError),
        ({"number": "C1", "x": threading}, TypeError),
        ({"status": "open"}, ValueError),
        ({"number": "C1", "due": [1]}, ValueError),
        ({"number": "C1", "due": 2**64}, ValueError),
        ({"number": "\ud800"}, ValueError),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    store: Store, wrong: dict[str, Any], error: type[Exception]
) -> None:
    for write in (Tx.add, Tx.put):
        with pytest.raises(error):
            store.run_now(partial(write, kind=CASES, doc={"subject": "c:1", **wrong}))
    assert store.export()["cases"] == []


def test_a_document_comes_back_as_json_has_it(store: Store) -> None:
    store.run_now(lambda tx: tx.put(CASES, case(1, pair=(1, 2), odd="\ud800 é \x00", deep={"a": [None, 1.5]})))
    assert store.read_now(lambda tx: tx.get(CASES, "C1")) == case(
        1, pair=[1, 2], odd="\ud800 é \x00", deep={"a": [None, 1.5]}
    )


def test_a_reader_cannot_write_and_a_work_cannot_wait(store: Store) -> None:
    for write in (lambda tx: tx.put(SEEN, {"update": 1}), lambda tx: tx.erase("c:1"), lambda tx: tx.audit({})):
        with pytest.raises(RuntimeError):
            store.read_now(write)
    with pytest.raises(RuntimeError):
        store.run_now(lambda tx: store.run_now(lambda tx: None))


def test_erased_is_gone_with_its_files_and_others_are_not(tmp_path: Path, key: bytes | None) -> None:
    store = filled(tmp_path, key=key)
    (photo,) = store.files.names()
    assert store.files.read(photo, "c:1") == b"a photo" * 20
    with pytest.raises(Damaged):
        store.files.read(photo, "c:3")
    store.run_now(lambda tx: tx.erase("c:1"))
    assert store.files.names() == set()
    assert store.read_now(lambda tx: tx.get(CASES, "C1")) is None
    assert store.read_now(lambda tx: tx.get(REGISTER, "C1")) is not None
    assert store.verify() == []
    with pytest.raises(ValueError, match="shared"):
        store.run_now(lambda tx: tx.erase(""))
    store.close()


def test_a_stray_file_is_swept_once_it_is_old(tmp_path: Path) -> None:
    store = filled(tmp_path)
    stray = store.files.keep(b"never referred to", "c:3")
    assert store.sweep() == 0
    os.utime(tmp_path / "files" / stray, (1, 1))
    assert store.sweep() == 1 and stray not in store.files.names() and len(store.files.names()) == 1
    kept = store.files.keep(b"of someone who goes", "c:3")
    store.run_now(lambda tx: tx.erase("c:3"))
    with pytest.raises(Damaged) as error:
        store.files.read(kept, "c:3")
    assert isinstance(error.value.__cause__, Erased)
    assert store.verify() == []
    store.close()


def test_reopened_it_is_the_same(tmp_path: Path, key: bytes | None) -> None:
    store = filled(tmp_path, key=key)
    held = store.export()
    with pytest.raises(AlreadyOpen):
        Store.open(tmp_path, KINDS, key=key)
    with pytest.raises(AlreadyOpen):
        verify(tmp_path, KINDS, key)
    store.close()
    with pytest.raises(Stopped):
        store.run_now(lambda tx: None)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert verify(tmp_path, KINDS, key) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    for wrong in {KEY, None, b"x" * 32} - {key}:
        with pytest.raises(WrongKey):
            Store.open(tmp_path, KINDS, key=wrong)
    store = Store.open(tmp_path, KINDS, key=key)
    assert store.export() == held
    store.close()
    # The same record through TinyDB's own methods: every row of the export is there.
    with open_db(tmp_path, key=key) as db:
        assert isinstance(db, tinydb.TinyDB)
        for name, docs in held.items():
            assert sorted(map(str, db.table(name).all())) == sorted(map(str, docs))


def test_a_new_declaration_is_carried_out(tmp_path: Path) -> None:
    store = filled(tmp_path)
    held = store.export()
    store.close()
    other = Kind("cases", key="number", index=("at", "subject"), plain=(), sealed_by="rubric")
    store = Store.open(tmp_path, (other, REGISTER, SEEN), key=KEY)
    assert store.export() == held and store.verify() == []
    assert store.read_now(lambda tx: tx.find("cases", at=(1, 2))) == [
        doc for doc in held["cases"] if doc["number"] == "C1"
    ]
    store.run_now(lambda tx: tx.remove("cases", "C11"))
    store.close()
    with open_db(tmp_path, key=KEY) as db:
        assert db.table("cases").insert({"number": "new", "subject": "c:9"}) == 13


def test_out_to_stock_tinydb_and_in_again(tmp_path: Path, key: bytes | None) -> None:
    store = filled(tmp_path / "one", key=key)
    store.export_tinydb(tmp_path / "all.json")
    with tinydb.TinyDB(tmp_path / "all.json") as stock:
        assert stock.tables() == {"audit", "cases", "register", "seen"}
        assert stock.table("cases").get(tinydb.where("number") == "C5") == case(5)
    other = Store.open(tmp_path / "two", KINDS, key=b"another master key of 32 bytes !")
    assert other.import_tinydb(tmp_path / "all.json") == sum(map(len, store.export().values()))
    expected = store.export()
    assert other.export() == expected
    with pytest.raises(StoreError, match="empty"):
        other.import_tinydb(tmp_path / "all.json")
    # The photo did not come along, and verify says so; the chain did.
    assert [problem.split()[-1] for problem in other.verify()] == ["missing"]
    store.close()
    other.close()


def test_backup_needs_both_parts_and_forgets_the_erased(tmp_path: Path) -> None:
    store = filled(tmp_path / "data")
    store.backup(tmp_path / "copy", tmp_path / "keys-old")
    before = store.export()
    store.run_now(lambda tx: tx.erase("c:5"))
    store.backup(tmp_path / "later", tmp_path / "keys")
    store.close()
    wrapped = (tmp_path / "keys-old").read_bytes()
    for held in json.loads(wrapped).values():
        assert held.encode() not in (tmp_path / "copy" / "record.db").read_bytes()
    with pytest.raises(StoreError, match="keys is missing"):
        restore(tmp_path / "copy", tmp_path / "none", tmp_path / "new", KINDS, KEY)
    with pytest.raises(StoreError, match="record is missing"):
        restore(tmp_path / "none", tmp_path / "keys", tmp_path / "new", KINDS, KEY)
    assert restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "new", KINDS, KEY) == 1
    assert verify(tmp_path / "new", KINDS, KEY) == []
    again = Store.open(tmp_path / "new", KINDS, key=KEY)
    before["cases"] = [doc for doc in before["cases"] if doc["number"] != "C5"]
    assert again.export() == before
    again.close()
    with pytest.raises(StoreError, match="holds a record"):
        restore(tmp_path / "copy", tmp_path / "keys", tmp_path / "new", KINDS, KEY)


def test_another_master_key(tmp_path: Path) -> None:
    store = filled(tmp_path)
    held = store.export()
    (photo,) = store.files.names()
    store.close()
    new = b"n" * 32
    rotate(tmp_path, KINDS, KEY, new)
    with pytest.raises(WrongKey):
        Store.open(tmp_path, KINDS, key=KEY)
    assert verify(tmp_path, KINDS, new) == []
    store = Store.open(tmp_path, KINDS, key=new)
    assert store.export() == held and store.files.read(photo, "c:1") == b"a photo" * 20
    store.close()
