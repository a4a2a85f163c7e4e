"""Every byte is watched: a flipped one is found by `verify`, and lost commits refuse to open.

The record is damaged in two states: closed in peace, and as a kill leaves it, with its log unfolded. FLIPS=1000 in the
environment looks at more places.
"""

import os
import random
import shutil
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from storage import Damaged, Store, StoreError, WrongKey, durable, verify
from storage.durable import open_db
from tests.storage.a_record import KEY, KINDS, case, filled, receive

FLIPS = int(os.environ.get("FLIPS", "25"))


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sound")
    store = filled(folder / "closed")
    for number in (50, 51):  # the erasure emptied the log
        store.run_now(partial(receive, number=number))
    shutil.copytree(folder / "closed", folder / "killed")
    held = store.export()
    store.close()
    return {"closed": folder / "closed", "killed": folder / "killed", "held": held}


def damage(sound: Path, target: Path, name: str, at: int, bit: int) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(sound, target)
    data = bytearray((target / name).read_bytes())
    data[at] ^= bit
    (target / name).write_bytes(data)


def reported(folder: Path) -> bool:
    try:
        return verify(folder, KINDS, KEY) != []
    except WrongKey:
        return True


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "lock")


@pytest.mark.parametrize("state", ["closed", "killed"])
def test_a_flipped_bit_is_found(records: dict[str, Any], state: str, tmp_path: Path) -> None:
    sound = records[state]
    assert not reported(sound)
    draw = random.Random(state)
    for name in files(sound):
        size = (sound / name).stat().st_size
        for _ in range(min(FLIPS, size)):
            at, bit = draw.randrange(size), 1 << draw.randrange(8)
            damage(sound, tmp_path / "flipped", name, at, bit)
            assert reported(tmp_path / "flipped"), f"{name}, byte {at}, bit {bit} went unseen"


@pytest.mark.parametrize("state", ["closed", "killed"])
def test_a_cut_file_is_found(records: dict[str, Any], state: str, tmp_path: Path) -> None:
    for name in files(records[state]):
        size = (records[state] / name).stat().st_size
        for kept in {0, size // 2, size - 1}:
            shutil.rmtree(tmp_path / "cut", ignore_errors=True)
            shutil.copytree(records[state], tmp_path / "cut")
            os.truncate(tmp_path / "cut" / name, kept)
            assert reported(tmp_path / "cut"), f"{name} cut to {kept} bytes"


def test_acknowledged_commits_that_are_missing_refuse_to_open(records: dict[str, Any], tmp_path: Path) -> None:
    (log,) = records["killed"].glob("*-wal")
    damage(records["killed"], tmp_path / "d", log.name, log.stat().st_size // 2, 1)
    before = (tmp_path / "d" / log.name).read_bytes()
    with pytest.raises(Damaged, match=r"record\.db holds \d+ commits, \d+ were acknowledged"):
        Store.open(tmp_path / "d", KINDS, key=KEY)
    assert (tmp_path / "d" / log.name).read_bytes() == before  # the evidence was not touched
    store = Store.open(tmp_path / "d", KINDS, key=KEY, accept_loss=True)
    assert "acknowledged" in store.losses[0]
    assert all(problem.endswith("missing") for problem in store.verify())
    store.close()
    Store.open(tmp_path / "d", KINDS, key=KEY).close()  # and then it is its new self


def test_a_torn_end_that_nobody_was_promised_opens_quietly(records: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(records["killed"], tmp_path / "d")
    (log,) = (tmp_path / "d").glob("*-wal")
    with log.open("ab") as file:
        file.write(os.urandom(3000))
    store = Store.open(tmp_path / "d", KINDS, key=KEY)
    assert store.export() == records["held"] and store.losses == []
    store.close()


def test_a_changed_row_is_named_and_given_up_only_on_request(records: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "d"
    shutil.copytree(records["closed"], folder)
    (folder / "record.sum").unlink()
    whole = (folder / "record.db").read_bytes()
    assert whole.count(b'"number":"C7"') == 2
    (folder / "record.db").write_bytes(whole.replace(b'"number":"C7"', b'"number":"C8"'))
    problems = verify(folder, KINDS, KEY)
    assert any("table 'cases', document 8" in problem for problem in problems)
    assert any("table 'register', document 8" in problem for problem in problems)
    store = Store.open(folder, KINDS, key=KEY)  # damage in one case does not keep the others waiting
    with pytest.raises(Damaged, match="'cases', document 8"):
        store.read_now(lambda tx: tx.get("cases", "C7"))
    assert store.read_now(lambda tx: tx.get("cases", "C6")) == case(6)
    store.close()
    store = Store.open(folder, KINDS, key=KEY, accept_loss=True)
    assert len(store.losses) == 2
    assert store.read_now(lambda tx: tx.get("cases", "C7")) is None and store.verify() == []
    store.close()


def test_a_changed_byte_that_no_index_knows_is_named(tmp_path: Path) -> None:
    """In a table that is not sealed only the tag of the row can tell."""
    store = Store.open(tmp_path, KINDS, key=KEY)
    store.run_now(lambda tx: tx.put("register", {"number": "C1", "rubric": "repair", "days": 17}))
    store.close()
    (tmp_path / "record.sum").unlink()
    whole = (tmp_path / "record.db").read_bytes()
    assert whole.count(b'"days":17') == 1
    (tmp_path / "record.db").write_bytes(whole.replace(b'"days":17', b'"days":71'))
    assert any("table 'register', document 1" in problem for problem in verify(tmp_path, KINDS, KEY))


def test_rows_cannot_change_places(tmp_path: Path) -> None:
    store = filled(tmp_path)
    store.close()
    with open_db(tmp_path, key=KEY) as db:
        rows, shelf = db.rows, db.rows.shelf("cases")
        assert shelf is not None
        with rows.atomic():
            for a, b in ((4, 104), (5, 4), (104, 5)):
                rows.execute(f"UPDATE {shelf.table} SET id = ? WHERE id = ?", (b, a))  # noqa: S608
    found = verify(tmp_path, KINDS, KEY)
    assert [problem.split(":")[1] for problem in found] == [f" table 'cases', document {n}" for n in (4, 5)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE {cases} SET [1:status] = 'closed' WHERE id = 2", "its index does not agree"),
        ("DELETE FROM {keys} WHERE id = 2", "has no key"),
        ("UPDATE counters SET value = 1 WHERE n = 2", "counters"),
        ("DELETE FROM counters WHERE n = 2", "counters"),
        ("UPDATE tables SET kind = 'null' WHERE n = 2", "tables"),
        ("DROP INDEX [1:subject 4]", "schema"),
        ("DELETE FROM {audit} WHERE id = 3", "entry 4 does not follow entry 2"),
    ],
)
def test_who_knows_sql_but_not_the_key_is_found(tmp_path: Path, change: str, problem: str) -> None:
    filled(tmp_path).close()
    with open_db(tmp_path, key=KEY) as db:
        shelves = {name: db.rows.shelf(name) for name in ("cases", "keys", "audit")}
        db.rows.execute(change.format(**{name: shelf.table for name, shelf in shelves.items() if shelf}))
    found = verify(tmp_path, KINDS, KEY)
    assert any(problem in line for line in found), found


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "record.db").write_text('{"_default": {}}' * 500)
    with pytest.raises(Damaged, match="not a database"):
        Store.open(tmp_path, KINDS, key=KEY)
    with pytest.raises(StoreError):
        open_db(tmp_path)


def test_a_long_log_is_folded_and_the_sum_still_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "LONG", 200_000)
    store = filled(tmp_path / "d")
    log = tmp_path / "d" / "record.db-wal"
    lengths = []
    for number in range(100, 160):
        store.run_now(partial(receive, number=number))
        lengths.append(log.stat().st_size)
    assert any(after < before for before, after in pairwise(lengths))
    shutil.copytree(tmp_path / "d", tmp_path / "killed")
    assert store.verify() == [] and verify(tmp_path / "killed", KINDS, KEY) == []
    store.close()


def test_a_fold_that_was_cut_short_is_no_damage(records: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(records["killed"], tmp_path / "d")
    (tmp_path / "d" / "record.sum").unlink()  # what goes before the folding
    assert verify(tmp_path / "d", KINDS, KEY) == []
    store = Store.open(tmp_path / "d", KINDS, key=KEY)
    assert (tmp_path / "d" / "record.sum").exists() and store.export() == records["held"]
    store.close()


def test_damage_under_a_running_bot_is_found(tmp_path: Path) -> None:
    store = filled(tmp_path / "d")
    with (tmp_path / "d" / "record.db").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    assert any("record.sum" in problem for problem in store.verify())
    store.close()
