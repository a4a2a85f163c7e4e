"""Plants known bugs one by one and looks whether a test sees each: `make planted`.

The twelve that most often stood in the bots we learned from, and for each promise of tests/life/ one that breaks it.
A bug is a change of one line in a copy of the project; the test beside it must fail, and it must be a test that fails
and not a program that cannot start. The surprising truth: this tests the tests. A bug that survives is a promise that
nobody keeps an eye on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "handlers", "storage", "locales", "tests")
FAILED = 1  # pytest's exit code for tests that failed; 2 and up: it could not run them
LIFE = "tests/test_lifecycle.py"


@dataclass(frozen=True, slots=True)
class Bug:
    """*was* stands once in *file*; *becomes* is the bug; *seen_by* must fail with it."""

    name: str
    file: str
    was: str
    becomes: str
    seen_by: tuple[str, ...]


BUGS = (
    # The twelve -------------------------------------------------------------------------------------------
    Bug("told before it is on the disk", "storage/durable.py",
        'self._pragma("synchronous", 2)', 'self._pragma("synchronous", 1)',
        ("tests/storage/test_commits.py::test_each_commit_is_synced",)),
    Bug("Telegram is asked on before the commit", "bot/gate.py",
        "        await self.settled()\n        if self._closed:", "        if self._closed:",
        ("tests/door/test_gate.py::test_the_next_poll_waits_for_the_last_turn",)),
    Bug("an update with a lower number is taken for an old one", "bot/desk.py",
        "if tx.get(UPDATES.name, event.update) is not None:",
        'if any(row["update"] >= event.update for row in tx.every(UPDATES.name)):', (LIFE,)),
    Bug("one event is not asked of `can`", "handlers/procedure/steps.py",
        "    related = relations(actor, case)\n    return any(",
        '    related = relations(actor, case)\n    return kind == "no_complaint" or any(', (LIFE,)),
    Bug("a yes to an older outcome counts", "handlers/client/follow_up.py",
        'def agree(office: Office, case: Case | None, arg: str) -> Acts:\n'
        '    if case is None or case.status != "proposed" or not _is_current(case, arg):',
        'def agree(office: Office, case: Case | None, arg: str) -> Acts:\n'
        '    if case is None or case.status != "proposed":',
        (LIFE,)),
    Bug("a button of an earlier question answers this one", "bot/hearing.py",
        'if str(row["version"]) != version:', 'if not version:', ("tests/bot/test_old_buttons.py",)),
    Bug("a message that may have arrived comes again without a word", "bot/post.py",
        'if parcel.before == "uncertain":', 'if parcel.before == "never":',
        ("tests/door/test_post.py::test_what_may_have_arrived_is_sent_again_with_a_mark",)),
    Bug("days begin in Greenwich", "handlers/procedure/deadlines.py",
        "    return moment.astimezone(zone).date()", "    return moment.date()",
        ("tests/bot/test_purge.py::test_the_term_runs_from_closing",)),
    Bug("somebody's words are read as markup", "bot/words.py",
        "        return html.escape(words, False) if rich else words", "        return words",
        ("tests/bot/test_words.py::test_words_stay_words",)),
    Bug("what was said stands in the log", "bot/gate.py",
        'raw["update_id"], type(why).__name__)  # never', "raw, type(why).__name__)  # never",
        ("tests/door/test_gate.py",)),
    Bug("erased by a clock that leapt", "bot/waking.py",
        ' and at - float(seen["steady"]) >= A_DAY', "",
        ("tests/bot/test_purge.py", LIFE)),
    Bug("nobody is told that a chat is blocked", "bot/post.py",
        "            except Blocked:\n                break", "            except Blocked:\n"
        '                return _End(row, "sent")',
        ("tests/door/test_post.py::test_who_blocked_the_bot_is_reported_and_the_row_stays_as_dead",)),
    Bug("the tag of a row is not looked at", "storage/durable.py",
        "                if seal != tag(self._tag_key, place):", "                if seal is None:",
        ("tests/storage/test_damage.py",)),
    # The promises of tests/life/ ----------------------------------------------------------------------------
    Bug("I3: an update that comes again is done again", "bot/desk.py",
        "        if tx.get(UPDATES.name, event.update) is not None:\n            return NOTHING\n        tx.add(",
        "        tx.put(", (LIFE,)),
    Bug("I4: anybody records a verdict", "handlers/procedure/steps.py",
        '    if kind in ONLY_IF and not ONLY_IF[kind](case):', '    if kind == "verdict":\n        return True\n'
        '    if kind in ONLY_IF and not ONLY_IF[kind](case):', (LIFE,)),
    Bug("I6: who was offered a case reads it", "handlers/procedure/steps.py",
        'return bool(relations(actor, case) & {"client", "mediator", "manager"})',
        'return bool(relations(actor, case))', (LIFE,)),
    Bug("I7: a group is answered", "bot/desk.py",
        "        if not event.private:", "        if not event.private and isinstance(event.what, Joined):", (LIFE,)),
    Bug("I8: whoever is named may still be given the case", "handlers/procedure/independence.py",
        "for key, load in free.items() if key not in barred)", "for key, load in free.items())", (LIFE,)),
    Bug("I10: the client is not told of the verdict", "handlers/notices/ending.py",
        '    told: list[Act] = [Tell("client", text, case=case.number)]\n    return [*told, *(Tell(to, staff, rows',
        "    told: list[Act] = []\n    return [*told, *(Tell(to, staff, rows", (LIFE,)),
    Bug("I10: one manager of two hears", "bot/office.py",
        'return tuple(str(row["key"]) for row in record.staff(self.tx) if "manager" in row["roles"])',
        'return tuple(str(row["key"]) for row in record.staff(self.tx) if "manager" in row["roles"])[:1]', (LIFE,)),
    Bug("I11: a note that only staff see is told of", "handlers/notices/__init__.py",
        '"edited": talking.edited,', '"edited": talking.edited, "note": talking.edited,', (LIFE,)),
    Bug("I12: reminded a day early", "bot/waking.py",
        "if due.at <= now)", "if due.at <= now + timedelta(days=1))", (LIFE,)),
    Bug("I19: a press is not answered", "bot/desk.py",
        "                if office.query:", "                if office.query and not office.actor.key:", (LIFE,)),
    Bug("I22: a start puts aside what was going on", "bot/desk.py",
        "        self.store, self.rules, self.clock, self.chance",
        "        store.run_now(lambda tx: [tx.remove(\"talks\", row[\"talk\"]) for row in tx.every(\"talks\")])\n"
        "        self.store, self.rules, self.clock, self.chance", (LIFE,)),
    Bug("I23: erased on the last day of the term", "bot/waking.py",
        "        past = (today - timedelta(days=1)).isoformat()\n        for row in tx.find(CASES.name, kept_until",
        "        past = today.isoformat()\n        for row in tx.find(CASES.name, kept_until", (LIFE,)),
    Bug("I23: one more goes along", "bot/waking.py",
        '            erase_case(tx, str(row["number"]), today)',
        '            erase_case(tx, str(row["number"]), today)\n'
        '            for other in tx.find(CASES.name, open="no", limit=1):\n'
        '                erase_case(tx, str(other["number"]), today)', (LIFE,)),
    Bug("I23: one that a reopened case left is forgotten", "bot/record.py",
        '"kept_until": kept.isoformat() if kept else None',
        '"kept_until": kept.isoformat() if kept and not case.reopened else None', (LIFE,)),
)  # fmt: skip


def planted(bug: Bug, folder: Path) -> None:
    """A copy of the project in *folder*, with *bug*."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "organisation.toml"):
        shutil.copy(ROOT / file, folder)
    path = folder / bug.file
    path.write_text(path.read_text(encoding="utf-8").replace(bug.was, bug.becomes), encoding="utf-8")


def seen(bug: Bug) -> dict[str, tuple[bool, str]]:
    """By test: whether it failed, and the last it said."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        planted(bug, Path(folder))
        for test in bug.seen_by:
            # A fixed walk: what is seen today is seen tomorrow. It stops at the first fault.
            told = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                 "--hypothesis-profile=planted", test],
                cwd=folder, env=os.environ | {"CI": "1", "PYTHONPATH": folder}, capture_output=True, text=True,
            )  # fmt: skip
            why = [line for line in told.stdout.splitlines() if line.startswith(("E  ", "ERROR", "    | "))]
            found[test] = told.returncode == FAILED, next((line[1:].strip() for line in why if "Error" in line), "")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("words", nargs="*", help="only the bugs whose names hold one of these")
    words = parser.parse_args().words
    survived = 0
    for bug in BUGS:
        if words and not any(word in bug.name for word in words):
            continue
        began = time.monotonic()
        for test, (failed, why) in seen(bug).items():
            survived += not failed
            took = f"{time.monotonic() - began:.0f} s"
            print("seen    " if failed else "SURVIVED", f"{bug.name}: {test} ({took}) {why[:150]}", flush=True)
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
