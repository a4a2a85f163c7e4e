"""What is sealed is nowhere on the disk in words; what was erased is nowhere at all."""

from functools import partial
from pathlib import Path

import pytest

from storage import Store, Tx
from tests.storage.a_record import CASES, KEY, KINDS, REGISTER, case

CANARY = "Kanarievogel"


def count(folder: Path, word: str) -> int:
    held = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return sum(data.count(word.encode()) + data.count(word.encode("utf-16-le")) for data in held)


def write(store: Store, number: int, word: str) -> None:
    photo = store.files.keep(f"{word} ".encode() * 50, f"c:{number}")
    store.run_now(lambda tx: tx.put(CASES, case(number, text=f"{word} sings", photo=photo, deep={word: [word]})))


def test_sealed_words_are_nowhere(tmp_path: Path) -> None:
    store = Store.open(tmp_path, KINDS, key=KEY)
    for number in range(30):
        write(store, number, CANARY)
    store.run_now(lambda tx: tx.put(CASES, {**(tx.get(CASES, "C1") or {}), "text": CANARY * 2}))
    assert count(tmp_path, CANARY) == 0
    assert count(tmp_path, "C1") > 0  # the test can see what is not sealed
    store.run_now(lambda tx: tx.erase("c:1"))
    assert count(tmp_path, CANARY) == 0
    store.close()
    assert count(tmp_path, CANARY) == 0
    store = Store.open(tmp_path, KINDS, key=KEY)
    assert CANARY in str(store.export()["cases"])
    store.close()


@pytest.mark.parametrize("key", [KEY, None], ids=["sealed", "open"])
def test_erased_leaves_nothing_even_of_what_was_readable(tmp_path: Path, key: bytes | None) -> None:
    store = Store.open(tmp_path, KINDS, key=key)
    for number in range(30):
        write(store, number, f"word{number:03}" if key is None else CANARY)
    # A readable field and the subject itself; the row grew and moved several times before it went.
    for length in (10, 3000, 200, 9000):
        doc = case(7, subject="c:seven", status="Roodborst", text="x" * length)
        store.run_now(partial(Tx.put, kind=CASES, doc=doc))
    assert count(tmp_path, "Roodborst") > 0 and count(tmp_path, "c:seven") > 0
    store.run_now(lambda tx: tx.erase("c:seven"))
    assert (count(tmp_path, "Roodborst"), count(tmp_path, "c:seven")) == (0, 0)  # while it is open
    store.close()
    assert (count(tmp_path, "Roodborst"), count(tmp_path, "c:seven")) == (0, 0)


def test_no_subject_is_sealed_too(tmp_path: Path) -> None:
    store = Store.open(tmp_path, KINDS, key=KEY)
    store.run_now(lambda tx: tx.put(CASES, {"number": "C1", "text": CANARY}))
    store.run_now(lambda tx: tx.put(REGISTER, {"number": "C1", "rubric": "open"}))
    store.close()
    assert count(tmp_path, CANARY) == 0 and count(tmp_path, '"rubric":"open"') == 1
