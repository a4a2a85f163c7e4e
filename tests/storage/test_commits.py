"""What was acknowledged is there after the process was killed, the disk filled up, or the disk failed.

A kill proves that a commit left the process whole, not that it reached the disk: the page cache survives. So one test
counts the syncs as well. CYCLES=100 in the environment kills more often.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from storage import Full, Store, Tx, verify
from tests.storage.a_record import CASES, KEY, KINDS, SEEN
from tests.storage.writer import revise

CYCLES = int(os.environ.get("CYCLES", "5"))
ROOT = Path(__file__).parents[2]
WRITER = [sys.executable, "-m", "tests.storage.writer"]


def check(folder: Path, acknowledged: set[tuple[int, int]]) -> int:
    """Every promise kept, nothing twice, nothing half; answers how many revisions there are."""
    assert verify(folder, KINDS, KEY) == []
    store = Store.open(folder, KINDS, key=KEY)
    held = store.export()
    seen = Counter(doc["update"] for doc in held["seen"])
    assert [update for update, times in seen.items() if times > 1] == []
    missing = {f"{number}/{revision}" for number, revision in acknowledged} - set(seen)
    assert missing == set()
    newest: dict[int, int] = {}
    for number, revision in (map(int, update.split("/")) for update in seen):
        newest[number] = max(newest.get(number, 0), revision)
    assert {int(doc["number"][1:]): doc["revision"] for doc in held["cases"]} == newest
    assert Counter(f"{doc['case'][1:]}/{doc['what']}" for doc in held["audit"]) == seen
    assert all(doc["text"].startswith(f"{doc['number'][1:]}/{doc['revision']} ") for doc in held["cases"])
    # And it takes new ones.
    store.run_now(lambda tx: revise(tx, 90_000_000 + len(seen), 0))
    store.close()
    return len(seen)


def promises(lines: Iterator[str] | list[str]) -> set[tuple[int, int]]:
    return {(int(line.split()[1]), int(line.split()[2])) for line in lines if line.startswith("A ")}


def test_killed_writers_keep_their_promises(tmp_path: Path) -> None:
    draw = random.Random(4)
    acknowledged: set[tuple[int, int]] = set()
    folder = tmp_path / "data"
    for cycle in range(CYCLES):
        command = [*WRITER, str(folder), str(cycle * 1000), "4", "1000000"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert child.stdout is not None
        first = child.stdout.readline()  # it is open and at work: now at any moment
        time.sleep(draw.uniform(0, 0.15))
        child.kill()
        acknowledged |= promises([first, *child.stdout.read().splitlines()])
        child.wait()
        assert check(folder, acknowledged) >= len(acknowledged)
    assert len(acknowledged) > CYCLES


def test_each_commit_is_synced(tmp_path: Path) -> None:
    """One sync of the log for each commit, before the call returns; and not because the log was folded."""
    trace = traced(tmp_path, "-e", "trace=fdatasync,fsync,write", commits=20, unfolded=True)
    calls = re.findall(r' (fdatasync|fsync|write)\((\d+)(?:, "([AFS]) )?', trace)
    syncs, words = 0, 0
    for name, descriptor, word in calls:
        if name != "write":
            syncs += 1
        elif descriptor == "1" and word == "A":
            assert syncs > 0, "acknowledged without a sync"
            syncs, words = 0, words + 1
    assert words == 20


@pytest.mark.parametrize("nth", [1, 2, 3, 9, 20])
def test_a_failed_sync_stops_the_store(tmp_path: Path, nth: int) -> None:
    trace = traced(tmp_path, "-e", f"inject=fdatasync,fsync:error=EIO:when={nth}+", commits=30)
    lines = trace.splitlines()
    assert "S" in lines[-1:] or any(line.startswith("R ") for line in lines), lines[-3:]
    check(tmp_path / "data", promises(lines))


@pytest.mark.parametrize("nth", [30, 41, 60])
def test_no_space_refuses_and_stays_up(tmp_path: Path, nth: int) -> None:
    """Three writes fail for want of space; the same process goes on afterwards."""
    trace = traced(tmp_path, "-e", f"inject=pwrite64:error=ENOSPC:when={nth}..{nth + 2}", commits=30)
    lines = trace.splitlines()
    refused = [i for i, line in enumerate(lines) if line == "F"]
    assert refused, lines[-5:]
    assert any(line.startswith("A ") for line in lines[refused[-1] :])
    check(tmp_path / "data", promises(lines))


def traced(tmp_path: Path, *options: str, commits: int, unfolded: bool = False) -> str:
    """The writer under strace, one thread of it writing: its words and, with `trace=`, its calls."""
    if shutil.which("strace") is None or subprocess.run(["strace", "-o", os.devnull, "true"]).returncode:
        pytest.skip("not run: there is no strace here, or it may not trace")
    log = tmp_path / "trace"
    Store.open(tmp_path / "data", KINDS, key=KEY).close()
    command = ["strace", "-f", "-qq", "-o", str(log), *options, *WRITER, str(tmp_path / "data"), "0", "1", str(commits)]
    command += ["unfolded"] * unfolded
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    return log.read_text() if "trace=" in options[-1] else done.stdout


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("not run: a small disk cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_refuses_and_serves_again(small_disk: Path) -> None:
    store = Store.open(small_disk / "data", KINDS, key=KEY)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(800_000))
    done: set[tuple[int, int]] = set()
    with pytest.raises(Full):
        for number in range(10_000):
            store.run_now(partial(revise, number=number, revision=0))
            done.add((number, 0))

    def much(tx: Tx) -> None:
        for number in range(100):
            revise(tx, 20_000 + number, 0)

    with pytest.raises(Full):
        store.run_now(much)
    assert store.read_now(lambda tx: tx.count(SEEN)) == len(done) > 0
    ballast.unlink()
    store.run_now(lambda tx: revise(tx, 30_000, 0))
    assert store.read_now(lambda tx: tx.count(CASES)) == len(done) + 1
    store.close()
    check(small_disk / "data", {*done, (30_000, 0)})
