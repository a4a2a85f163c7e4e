"""TinyDB's own tests, run against `open_db`.

Here: fetching the released source, and the fixtures that put our record where its tests make a database. Not here: a
copy of the tests; they are fetched when run and thrown away.
The surprising truth: the tests are used word for word. Only the name `TinyDB` in their modules, and their `db` fixture,
are ours. In the "reopened" variant each database a test leaves is closed, opened again, and must be what it was.
"""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tinydb
from tinydb.storages import MemoryStorage

from storage.durable import Record, open_db

RELEASE = "tinydb==4.9.0"
MODULES = ("test_tinydb.py", "test_tables.py", "test_operations.py")
# These look at the names of upstream's classes, or at other storages only.
NOT_OURS = ("test_repr", "test_table_repr", "test_access_storage", "test_storage_access", "test_storage_closed_once")
CONFTEST = "from tests.storage.upstream import databases, db, variant\n\n__all__ = ['databases', 'db', 'variant']\n"


class Unreachable(Exception):
    """The package index did not answer."""


def fetch(folder: Path) -> Path:
    """The upstream test modules in a folder of their own, with our fixtures beside them."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", RELEASE]
    fetched = subprocess.run([*command, "-d", str(folder)], capture_output=True, text=True, timeout=120)
    if fetched.returncode:
        raise Unreachable(fetched.stderr.strip().splitlines()[-1] if fetched.stderr.strip() else "pip failed")
    suite = folder / "suite"
    suite.mkdir()
    with tarfile.open(next(folder.glob("tinydb-*.tar.gz"))) as source:
        for member in source.getmembers():
            path = Path(member.name)
            if path.parent.name == "tests" and path.name in MODULES and (content := source.extractfile(member)):
                (suite / path.name).write_bytes(content.read())
    (suite / "conftest.py").write_text(CONFTEST)
    return suite


def run(suite: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Run them in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(suite)]
    options = ["-o", "addopts=", "-o", f"pythonpath={root}", "-k", " and ".join(f"not {name}" for name in NOT_OURS)]
    return subprocess.run([*command, *options, str(suite)], capture_output=True, text=True, timeout=300, cwd=suite)


class Databases:
    """What a test opened, by path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[Path, Record] = {}
        self._made = 0

    def open(self, path: str | Path | None = None, **options: Any) -> Any:
        """As calling `TinyDB`. Memory becomes a new file; other storages are upstream's affair."""
        if options.get("storage", MemoryStorage) is not MemoryStorage:
            return tinydb.TinyDB(*(() if path is None else (path,)), **options)
        self._made += 1
        place = Path(path) if path is not None else self._folder / f"memory-{self._made}.db"
        record = open_db(place)
        self._opened[place] = record
        return record

    def close(self) -> None:
        for record in self._opened.values():
            record.close()

    def compare_reopened(self) -> None:
        for place, record in self._opened.items():
            held = None if record.rows.stopped else record.storage.read()  # some tests close it themselves
            record.close()
            with open_db(place) as again:
                assert held in (None, again.storage.read())
                assert list(again.rows.problems()) == []


@pytest.fixture(params=["fresh", "reopened"], autouse=True)
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def databases(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str
) -> Iterator[Databases]:
    held = Databases(tmp_path)
    monkeypatch.setattr(request.module, "TinyDB", held.open, raising=False)
    yield held
    if variant == "reopened":
        held.compare_reopened()
    else:
        held.close()


@pytest.fixture
def db(databases: Databases) -> Any:
    """As upstream's fixture of that name."""
    record = databases.open()
    record.drop_tables()
    record.insert_multiple({"int": 1, "char": c} for c in "abc")
    return record
