"""Every command in every situation an operator may meet: a sentence, an exit code, no traceback, and nothing half.

Exit codes as in docs/settings.md: 0 fine, 2 settings or what was asked, 3 in use, 4 damaged data or another key.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot import control
from bot.__main__ import main
from bot.assembly import open_store, rules
from bot.clock import WallTime
from bot.control import SOCKET
from bot.record import CLOCK, DIARY, KINDS, append
from bot.settings import Settings
from storage import store as storing
from storage.files import replaced
from storage.store import RESTORING, Store, Tx
from tests.conftest import TOKEN, example
from tests.handlers.a_case import STAGES, happened, received

KEY, OTHER = bytes(range(32)), bytes(32)


def fill(store: Store, settings: Settings) -> None:
    def work(tx: Tx) -> None:
        case = None
        for event in (received(), *map(happened, STAGES["analysis"].split())):
            case = append(tx, settings.firm, settings.zone, case, "7QXM4RTB", event)

    store.run_now(work)
    store.files.keep(b"a photo", "c:7QXM4RTB")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a case, its key, a backup and an export."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "data.key").write_text(KEY.hex())
    settings = example(folder)
    store = open_store(settings)
    fill(store, settings)
    store.backup(folder / "copy", folder / "copy.keys")
    store.export_tinydb(folder / "export.json")
    store.close()
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which everything is well."""
    folder = tmp_path / "here"
    shutil.copytree(made, folder)
    for name, value in {"DATA_DIR": str(folder / "data"), "BOT_TOKEN": TOKEN, "API_BASE": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


@contextmanager
def running(folder: Path, listens: bool = True) -> Iterator[None]:
    """Somebody who holds the record: a bot that answers, or a command at work."""
    settings = example(folder)
    store, loop = open_store(settings), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def reload() -> str:
        return "read again"

    listening = control.listening(store, rules(settings), settings.data, reload=reload)
    if listens:
        asyncio.run_coroutine_threadsafe(listening.__aenter__(), loop).result(10)
    try:
        yield
    finally:
        if listens:
            asyncio.run_coroutine_threadsafe(listening.__aexit__(None, None, None), loop).result(10)
        store.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def situation(name: str, folder: Path) -> Iterator[None]:
    key, data = folder / "data.key", folder / "data"
    match name:
        case "nothing":
            shutil.rmtree(data)
            key.unlink()
        case "another key":
            key.write_text(OTHER.hex())
        case "no key":
            key.unlink()
        case "damaged":
            kept = (data / "record.db").read_bytes()
            place = len(kept) // 2
            (data / "record.db").write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
        case "running" | "busy":
            with running(folder, name == "running"):
                yield
            return
    yield


NO, WRONG, GONE, HURT = (2, "There is no record in"), (4, "wrong master key"), (2, "Put back your copy"), (4, "damaged")
BUSY, USED = (3, "nobody answers"), (3, "is running")
NO_FILE, THERE, UNREACHED = (2, "no file"), (2, "holds a record"), (2, "cannot be reached")
TABLE: dict[str, tuple[tuple[int, str] | None, ...]] = {
    # command                         nothing        another key    no key  damaged   running           busy
    "verify":                         (NO,             WRONG,         GONE,   HURT,  (0, "sound"),       BUSY),
    "export-all":                     (NO,             WRONG,         GONE,   HURT,  (0, "7QXM4RTB"),    BUSY),
    "export-tinydb new.json":         (NO,             WRONG,         GONE,   HURT,  (0, "Written"),     BUSY),
    "export-register new.xlsx":       (NO,             WRONG,         GONE,   HURT,  (0, "Written"),     BUSY),
    "import-register gone.xlsx":      (NO,             WRONG,         GONE,   HURT,  (2, "gone.xlsx"),   BUSY),
    "backup new":                     (NO,             WRONG,         GONE,   HURT,  (0, "Copied"),      BUSY),
    "purge":                          (NO,             WRONG,         GONE,   HURT,  (0, "No complaint"), BUSY),
    "purge --now":                    (NO,             WRONG,         GONE,   HURT,  (2, "clock"),       BUSY),
    "invite mediator --person karim": ((0, "/start"),  WRONG,         GONE,   HURT,  (0, "/start"),      BUSY),
    "admin-grant 5000001":            ((0, "admin"),   WRONG,         GONE,   HURT,  (0, "admin"),       BUSY),
    "reload":                         (NO,             WRONG,         GONE,   HURT,  (0, "read again"),  BUSY),
    "rotate-key":                     (NO,             WRONG,    (2, "missing"), HURT,  USED,            USED),
    "import-tinydb export.json":      ((0, "over"),    WRONG,         GONE,   HURT,  USED,               USED),
    "import-tinydb gone.json":        (NO_FILE,        NO_FILE,   NO_FILE, NO_FILE, NO_FILE,           NO_FILE),
    "restore copy":                   ((2, "missing"), THERE,       GONE,   THERE, USED,               USED),
    "health":                         ((2, "HEALTH_PORT"),) * 6,
    "check":                          (UNREACHED, (2, WRONG[1]), GONE, (2, HURT[1]), UNREACHED,          UNREACHED),
    "run":                            (None,           WRONG,         GONE,   HURT,  USED,               USED),
}  # fmt: skip
SITUATIONS = ("nothing", "another key", "no key", "damaged", "running", "busy")
MAKES = ("invite", "admin-grant", "import-tinydb export.json")  # what is no wrong place to begin


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("command", TABLE)
def test_a_sentence_and_an_exit_code(command: str, name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = TABLE[command][SITUATIONS.index(name)]
    if expected is None:
        return  # a bot begins: nothing is wrong
    with situation(name, here):
        before = contents(here)
        code = main(command.split())
        after = contents(here)
    told = capsys.readouterr()
    assert (code, expected[1] in told.out + told.err) == (expected[0], True), told
    assert "Traceback" not in told.err and (told.out if code == 0 else told.err).strip()
    if code and command not in {"check", "run"} and name != "running":
        assert after == before, "a refusal changes nothing"
    if name == "nothing" and not command.startswith(MAKES):
        assert not (here / "data").exists() and not (here / "data.key").exists()


def contents(folder: Path) -> Mapping[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {"lock", SOCKET}
    }


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("export-tinydb no/where.json", "No such file or directory"),
        ("export-register no/where.xlsx", "No such file or directory"),
        ("export-register r.pdf", "ends with .xlsx or .csv"),
        ("backup copy", "is there already"),
        ("invite king --person karim", "is no role"),
        ("invite mediator --person nobody", "Nobody in organisation.toml has the key"),
        ("invite mediator", "Nobody in organisation.toml has the key"),
        ("admin-grant @ada", "number of the Telegram account"),
        ("import-tinydb data.key", "is no export of TinyDB"),
        ("import-tinydb export.json", "the record is not empty"),
        ("import-register copy.keys", "copy.keys"),
        ("labels --lang xx", "no language xx"),
        ("demo --script gone.txt", "There is no script"),
        ("when --today tomorrow", "is no date"),
    ],
)
def test_what_was_asked_cannot_be_done(
    command: str, sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(here)
    assert main(command.split()) == 2
    assert sentence in capsys.readouterr().err
    assert contents(here) == before


@pytest.mark.parametrize("text", ['["a"]', '{"cases": 3}', '{"cases": {"x": {}}}', "{"])
def test_a_file_that_is_no_export_is_not_taken_over(text: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(here / "data")
    (here / "odd.json").write_text(text)
    assert main(["import-tinydb", "odd.json"]) == 2
    assert "is no export of TinyDB" in capsys.readouterr().err


# A port that somebody else has ---------------------------------------------------------------------------


@contextmanager
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("command", ["demo --no-browser", "sandbox --port {port}", "run"])
def test_a_port_in_use_is_a_sentence(
    command: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with taken() as port:
        monkeypatch.setenv("PORT", str(port))
        monkeypatch.setenv("HEALTH_PORT", str(port))
        assert main(command.format(port=port).split()) == 2
    assert f"Port {port} is in use by another program" in capsys.readouterr().err


def test_a_port_that_is_none_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", "eighty")
    assert main(["demo"]) == 2
    assert "PORT is 'eighty'" in capsys.readouterr().err


# Erasing -------------------------------------------------------------------------------------------------


def looked(folder: Path, *, hours: float, **more: float) -> None:
    """The bot noted of the clock that it runs evenly since so many hours."""
    store, at = open_store(example(folder)), WallTime().now().timestamp()
    row = {"name": CLOCK, "seen": at, "steady": at - hours * 3600} | {name: at + value for name, value in more.items()}
    store.run_now(lambda tx: tx.put(DIARY.name, row))
    store.close()


def close_long_ago(folder: Path) -> None:
    settings = example(folder)
    store, old = open_store(settings), WallTime().now() - timedelta(days=3 * 365)

    def work(tx: Tx) -> None:
        case = None
        for event in (received(old), *(happened(kind, old) for kind in STAGES["closed"].split())):
            case = append(tx, settings.firm, settings.zone, case, "23456789", event)

    store.run_now(work)
    store.close()


@pytest.mark.parametrize(
    ("clock", "code"),
    [
        (None, 2),  # the bot never ran here
        ({"hours": 25}, 0),
        ({"hours": 23}, 2),
        ({"hours": 400, "hold": 60}, 2),  # it jumped just now
        ({"hours": 400, "seen": 2 * 3600}, 2),  # it runs two hours behind what the bot saw
        ({"hours": 400, "seen": -72 * 3600}, 2),  # the bot was off for three days
    ],
)
def test_purge_does_not_believe_a_clock_that_was_set_lately(
    clock: dict[str, float] | None, code: int, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close_long_ago(here)
    if clock:
        looked(here, **clock)
    assert main(["purge"]) == 0 and "2345" in capsys.readouterr().out
    assert main(["purge", "--now"]) == code
    told = capsys.readouterr()
    assert ("Erased: 23456789" in told.out) == (code == 0)
    assert ("Nothing was erased" in told.err and "--anyway" in told.err) == (code == 2)
    assert main(["purge", "--now", "--dry-run"]) == 0
    assert "Erased" not in capsys.readouterr().out
    assert main(["purge", "--now", "--anyway"]) == 0
    assert ("Erased: 23456789" in capsys.readouterr().out) == (code == 2)


# Keys ----------------------------------------------------------------------------------------------------


def test_a_rotation_that_was_broken_off_says_which_key_fits(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed between the record's new key and the file's: the record is under the key that lies beside the old one."""

    def killed(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            main(["rotate-key"])
    assert main(["verify"]) == 2
    assert "data.new is. Put it in the place of the other" in capsys.readouterr().err
    (here / "data.new").replace(here / "data.key")
    assert main(["verify"]) == 0


# A backup that comes back whole or not at all ------------------------------------------------------------


@pytest.fixture
def lost(here: Path) -> Path:
    """The record is gone; the key and the backup are there."""
    shutil.rmtree(here / "data")
    return here


def test_a_backup_comes_back(lost: Path) -> None:
    assert main(["restore", "copy"]) == 0
    assert main(["verify"]) == 0
    assert not (lost / "data" / RESTORING).exists()


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("step", range(1, 9))
def test_a_restore_that_fails_midway_leaves_nothing(
    step: int, there: bool, lost: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The disk is full at the n-th piece, whether it is copied or moved to its place; then there is room again."""
    if there:
        (lost / "data").mkdir()
    steps = 0

    def full() -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            raise OSError(28, "No space left on device")

    rename = Path.rename

    def copy(path: Path, chunks: Iterable[bytes]) -> None:
        full()
        replaced(path, chunks)

    def move(self: Path, target: Path) -> Path:
        if self.parent.name == RESTORING and target.parent.name == "data":
            full()
        return rename(self, target)

    before = contents(lost)
    with monkeypatch.context() as broken:
        broken.setattr(storing, "replaced", copy)
        broken.setattr(Path, "rename", move)
        code = main(["restore", "copy"])
    if steps < step:
        assert code == 0 and step > 5, "there were fewer pieces"
        return
    assert code == 2 and "No space left" in capsys.readouterr().err
    assert contents(lost) == before
    assert (lost / "data").exists() == there and not list((lost / "data").glob("*"))
    assert main(["restore", "copy"]) == 0
    assert main(["verify"]) == 0


@pytest.mark.parametrize("moved", range(6))
def test_a_restore_that_was_killed_is_not_taken_for_a_new_beginning(
    moved: int, lost: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing could tidy up, whatever was moved to its place; a bot that starts there would begin an empty record."""
    left, rename = moved, Path.rename

    def move(self: Path, target: Path) -> Path:
        nonlocal left
        if self.parent.name == RESTORING and target.parent.name == "data":
            if not left:
                raise KeyboardInterrupt
            left -= 1
        return rename(self, target)

    with monkeypatch.context() as dying:
        dying.setattr(Path, "rename", move)
        dying.setattr(storing, "_remove", lambda *paths: None)
        with suppress(KeyboardInterrupt):
            main(["restore", "copy"])
    whole = (lost / "data" / "record.db").exists()
    assert whole == bool(moved > 4), "the record itself comes last"
    for command in ("run", "invite mediator --person karim") if not whole else ():
        assert main(command.split()) == 2
        assert "was broken off" in capsys.readouterr().err
    assert main(["restore", "copy"]) == (2 if whole else 0)
    assert main(["verify"]) == 0


def test_a_backup_with_the_wrong_key_leaves_nothing(lost: Path) -> None:
    (lost / "data.key").write_text(OTHER.hex())
    assert main(["restore", "copy"]) == 4
    assert not (lost / "data").exists()


@pytest.mark.parametrize("part", ["copy/record.db", "copy/record.hwm", "copy.keys"])
def test_a_backup_without_one_of_its_parts_says_which(
    part: str, lost: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lost / part).unlink()
    assert main(["restore", "copy"]) == 2
    assert part in capsys.readouterr().err
    assert not (lost / "data").exists()


def test_what_lies_in_the_folder_is_not_written_over(lost: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lost / "data" / "files").mkdir(parents=True)
    (lost / "data" / "files" / "f-1").write_bytes(b"a photo of another record")
    before = contents(lost)
    assert main(["restore", "copy"]) == 2
    assert "holds files of another record" in capsys.readouterr().err
    assert contents(lost) == before


def test_the_sentences_of_an_export_are_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export-all"]) == 0
    assert set(json.loads(capsys.readouterr().out)) >= {kind.name for kind in KINDS}
