"""How fast the record is: `python -m tests.bench_storage [--cases 100000] [--commits 200]`.

Prints ratios only within one run, of medians, the rivals taking turns so that a slow moment of the disk hits all. The
rival is plain sqlite3 (WAL, synchronous=FULL) writing the same rows, index rows and sealed bytes, with nothing else.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage import Kind, Store, Tx
from storage.durable import encode

KEY = bytes(32)
CASES = Kind("cases", key="number", index=("status", "rubric", "due"), plain=("at",), sealed_by="subject")
REGISTER = Kind("register", key="number", index=("rubric,outcome", "received"))
TEXT = "The wheelchair was promised for Monday and came on Thursday, without its charger. " * 32


def case(number: int, revision: int = 0) -> dict[str, Any]:
    return {
        "number": f"{number * 2654435761 % 2**32:08x}-{number}",
        "status": ("received", "assigned", "analysis", "proposed")[(number + revision) % 4],
        "rubric": f"r{number % 12}",
        "due": 1_800_000_000 + number * 37 + revision,
        "at": number + 0.5,
        "subject": f"c:{number}",
        "text": TEXT,
        "revision": revision,
    }


class Plain:
    """The same rows by hand."""

    def __init__(self, path: Path) -> None:
        self.con = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-16000"):
            self.con.execute(f"PRAGMA {pragma}")
        self.con.execute(
            "CREATE TABLE cases (id INTEGER PRIMARY KEY, number, status, rubric, due, subject, body BLOB, seal BLOB)"
        )
        self.con.execute("CREATE TABLE keys (id INTEGER PRIMARY KEY, subject, wrapped)")
        self.con.execute("CREATE UNIQUE INDEX k1 ON keys (subject)")
        self.con.execute("CREATE UNIQUE INDEX c1 ON cases (number)")
        for column in ("status", "rubric", "due", "subject"):
            self.con.execute(f"CREATE INDEX i_{column} ON cases ({column})")
        self.wrap = AESGCM(KEY)
        self.keys: dict[str, AESGCM] = {}

    def sealed(self, doc: dict[str, Any]) -> tuple[Any, ...]:
        readable = {name: doc[name] for name in ("number", "status", "rubric", "due", "at", "subject")}
        nonce = os.urandom(12)
        body = encode(readable)
        secret = encode({name: value for name, value in doc.items() if name not in readable})
        seal = nonce + self.keys[doc["subject"]].encrypt(nonce, secret, body)
        return doc["number"], doc["status"], doc["rubric"], doc["due"], doc["subject"], body, seal

    def insert(self, doc: dict[str, Any]) -> None:
        raw = os.urandom(32)
        self.keys[doc["subject"]] = AESGCM(raw)
        nonce = os.urandom(12)
        wrapped = nonce + self.wrap.encrypt(nonce, raw, None)
        self.con.execute("INSERT INTO keys (subject, wrapped) VALUES (?, ?)", (doc["subject"], wrapped))
        self.con.execute(
            "INSERT INTO cases (number, status, rubric, due, subject, body, seal) VALUES (?, ?, ?, ?, ?, ?, ?)",
            self.sealed(doc),
        )

    def update(self, doc: dict[str, Any]) -> None:
        _, status, _, due, _, body, seal = self.sealed(doc)
        self.con.execute(
            "UPDATE cases SET status = ?, due = ?, body = ?, seal = ? WHERE number = ?",
            (status, due, body, seal, doc["number"]),
        )

    def commit(self, work: Callable[[], None]) -> None:
        self.con.execute("BEGIN IMMEDIATE")
        work()
        self.con.execute("COMMIT")


class Rivals:
    """Our store and the plain one, filled with the same cases."""

    def __init__(self, folder: Path, cases: int) -> None:
        self.cases = cases
        self.store = Store.open(folder / "ours", (CASES, REGISTER), key=KEY)
        self.plain = Plain(folder / "plain.db")
        for start in range(0, cases, 1000):
            numbers = range(start, min(start + 1000, cases))
            self.store.run_now(partial(_first, numbers=numbers))
            self.plain.commit(partial(self._first_plain, numbers))

    def _first_plain(self, numbers: range) -> None:
        for number in numbers:
            self.plain.insert(case(number))

    def close(self) -> None:
        self.store.close()
        self.plain.con.close()


def _first(tx: Tx, numbers: range) -> None:
    for number in numbers:
        doc = case(number)
        tx.put(CASES, doc)
        outcome = ("agreed", "disagreed", "open")[number % 3]
        tx.put(REGISTER, {"number": doc["number"], "rubric": doc["rubric"], "outcome": outcome, "received": number})


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def compare(few: Rivals, many: Rivals, commits: int) -> dict[str, list[float]]:
    """Milliseconds of each commit, everybody taking turns."""
    taken: dict[str, list[float]] = {}

    def note(name: str, call: Callable[..., object], *values: object) -> None:
        taken.setdefault(name, []).append(timed(partial(call, *values)))

    for turn in range(commits):
        for name, at in (("few", few), ("many", many)):
            new = case(at.cases + turn)
            note(f"insert {name} ours", at.store.run_now, partial(Tx.add, kind=CASES, doc=new))
            note(f"insert {name} plain", at.plain.commit, partial(at.plain.insert, new))
            old = case(turn * 7919 % at.cases, revision=turn + 1)
            note(f"update {name} ours", at.store.run_now, partial(Tx.put, kind=CASES, doc=old))
            note(f"update {name} plain", at.plain.commit, partial(at.plain.update, old))
    return taken


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--commits", type=int, default=300)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-storage-"))
    try:
        (folder / "few").mkdir()
        (folder / "many").mkdir()
        few = Rivals(folder / "few", 100)
        filled = time.perf_counter()
        many = Rivals(folder / "many", given.cases)
        filled = time.perf_counter() - filled
        median = {name: statistics.median(all_) for name, all_ in compare(few, many, given.commits).items()}
        tally = [
            timed(lambda: many.store.read_now(lambda tx: tx.tally(REGISTER, ("rubric", "outcome")))) for _ in range(9)
        ]
        few.close()
        many.close()
        opened = timed(lambda: Store.open(folder / "many" / "ours", (CASES, REGISTER), key=KEY).close())
        size = (folder / "many" / "ours" / "record.db").stat().st_size / 1e6
    finally:
        shutil.rmtree(folder)
    print(f"medians of {given.commits} durable commits, {given.cases} cases of 2.8 KB against 100, ms")
    for kind, target in (("insert", 1.2), ("update", 1.3)):
        ours, fewer = median[f"{kind} many ours"], median[f"{kind} few ours"]
        print(f"  {kind}: {fewer:.3f} at 100, {ours:.3f} at {given.cases}: x {ours / fewer:.2f} (target {target})")
    print("the same against plain sqlite3 writing the same rows and index rows, sealed (target 2.2)")
    for kind in ("insert", "update"):
        for name in ("few", "many"):
            ours, plain = median[f"{kind} {name} ours"], median[f"{kind} {name} plain"]
            print(f"  {kind}, {name}: {ours:.3f} against {plain:.3f}: x {ours / plain:.2f}")
    print(f"summary by rubric and outcome from the register: {statistics.median(tally):.1f} ms (target 50)")
    print(f"opening and closing {size:.0f} MB: {opened:.0f} ms; filling both rivals took {filled:.0f} s")


if __name__ == "__main__":
    main()
