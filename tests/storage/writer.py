"""The child of test_commits: writes from several threads and says a word only after the store did.

    python -m tests.storage.writer FOLDER FIRST THREADS COUNT [unfolded]

Each line it prints is a promise: "A update revision" once that revision of that case is on the disk; "F" when the store
was full and stays up; "S" when it stopped. It goes on until killed, or until COUNT commits in each thread.
"""

import os
import sys
import threading
from functools import partial
from pathlib import Path

from storage import Full, Stopped, Store, StoreError, Tx, durable
from tests.storage.a_record import CASES, KEY, KINDS, SEEN, case


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def revise(tx: Tx, number: int, revision: int) -> None:
    """The case, the updates seen and the chain change together or not at all."""
    tx.add(SEEN, {"update": f"{number}/{revision}"})
    text = f"{number}/{revision} " * 300
    tx.put(CASES, case(number, subject=f"c:{number}", revision=revision, text=text))
    tx.audit({"case": f"C{number}", "what": revision})


def write(store: Store, number: int, count: int) -> None:
    revision = 0
    while revision < count:
        at, which = number + revision // 5, revision % 5
        try:
            store.run_now(partial(revise, number=at, revision=which))
        except Full:
            say("F")
            if (count := count - 1) <= revision:
                return
            continue
        except Stopped:
            say("S")
            return
        say(f"A {at} {which}")
        revision += 1


def main() -> None:
    folder, first, threads, count = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    try:
        store = Store.open(folder, KINDS, key=KEY)
    except (Full, Stopped, StoreError) as error:
        say(f"R {error}")
        return
    at_work = [
        threading.Thread(target=write, args=(store, first + 100_000 * thread, count)) for thread in range(threads)
    ]
    for thread in at_work:
        thread.start()
    for thread in at_work:
        thread.join()
    store.close()


if __name__ == "__main__":
    if "unfolded" not in sys.argv:
        durable.LONG = 20_000  # so that folding the log is among the moments at which the process may die
    main()
