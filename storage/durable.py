"""TinyDB that cannot lose an acknowledged document: its own API over SQLite rows.

Here: `open_db`, TinyDB's three extension points (a `Storage`, a `Table`, a `TinyDB`), and all the SQL there is. Not
here: units of work (store.py), keys (crypto.py).
The surprising truth: SQLite itself loses acknowledged commits without a word. When one frame of its log is damaged it
drops that frame and every later one, as if they had never been. So each commit carries a number, and the last number
acknowledged stands in a side file of 12 bytes; a record that holds less than the mark refuses to open.

Theory of operation
    Each TinyDB table is one SQL table: the document's id, a real column per declared field, the document as JSON, and
    its seal. In a sealed table the JSON holds the plain fields only and the seal holds the rest, encrypted, with the
    plain part, the table's name and the id bound to it; elsewhere the seal is a tag over the same three. So a row that
    was changed, or moved to another id or table, does not open.
    An updater gets private copies and what it changed is written after it returned, so an exception leaves nothing.
    Two small tables stand beside them: "tables" (name and declaration of each) and "counters" (0: commits made; n: the
    next id of table n, so that an id is not given twice).
"""

# ruff: noqa: S608 -- statements are composed from numbers and sanitised names (Shelf); values are always bound

import fcntl
import hashlib
import json
import os
import re
import sqlite3
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from storage.crypto import Keys, derived, tag
from storage.errors import NO_SPACE, AlreadyOpen, Damaged, Full, Stopped, StoreError, Taken, WrongKey, of_the_disk
from storage.files import replaced

__all__ = ["KEYS", "Kind", "Record", "RowTable", "Rows", "decode", "encode", "open_db"]

APPLICATION = 0x57_44_48_52  # "WDHR", in the file's header: what kind of SQLite file this is
FORMAT = 1  # 1: first release
MARK = struct.Struct(">QI")
PAGE = 256  # rows read at a time in a scan: no statement stays open while the caller looks at them
LONG = 4 * 1024 * 1024  # bytes of log after which it is folded
COMMITS = 0  # the counter that is no table's

Value = str | int | float | None
Doc = dict[str, Any]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A declared table: `key` is unique and names the document, `index` may be looked up and ranged over.

    An entry of `index` may name several fields, "rubric,status": one index over them together, from which a tally is
    counted without reading a row. `plain` fields stay readable when the rest is sealed (key, index and sealed_by always
    do); `sealed_by` is the field that holds the subject whose key seals everything else.
    """

    name: str
    key: str
    index: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    sealed_by: str | None = None

    def fields(self) -> tuple[str, ...]:
        """What gets a column of its own, the key first."""
        several = (field.strip() for entry in self.index for field in entry.split(","))
        return tuple(dict.fromkeys((self.key, *several, *((self.sealed_by,) if self.sealed_by else ()))))


KEYS = Kind("keys", key="subject")

_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encode(value: object) -> bytes:
    """Compact JSON; TypeError for what JSON cannot hold, ValueError for NaN. A lone surrogate survives."""
    return _text(value).encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Any:
    return json.loads(data.decode("utf-8", "surrogatepass"))


def open_db(
    path: str | os.PathLike[str], *, kinds: Sequence[Kind] = (), key: bytes | None = None, accept_loss: bool = False
) -> "Record":
    """A `tinydb.TinyDB` whose every write is on the disk when the call returns.

    `path` is a file, or a folder (then its record.db). Without `kinds` the declarations kept in the record are used;
    declarations that differ from those are carried out on opening. `key`: the 32-byte master key; without one nothing
    is sealed. Raises the errors of storage.errors.
    """
    return Record(path, kinds=kinds, key=key, accept_loss=accept_loss)


class Shelf:
    """One SQL table: its names and statements, composed once. No value from a document ever enters their text."""

    def __init__(self, number: int, name: str, kind: Kind | None, sealed: bool) -> None:
        self.number, self.name, self.kind = number, name, kind
        self.sealed_by = kind.sealed_by if kind and sealed else None
        self.table = _quoted(number, name)
        self.fields = kind.fields() if kind else ()
        self.columns = {field: _quoted(i, field) for i, field in enumerate(self.fields)}
        self.readable = frozenset((*self.fields, *kind.plain)) if kind else frozenset()
        self.place = len(name).to_bytes(4, "big") + name.encode("utf-8", "surrogatepass")
        columns = ["id", *self.columns.values(), "body", "seal"]
        self.insert = f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self.select = f"SELECT {', '.join(['id', 'body', 'seal', *self.columns.values()])} FROM {self.table}"
        if self.fields:
            by_key = f"FROM {self.table} WHERE {self.columns[self.fields[0]]} = ?"
            self.keyed = f"SELECT {', '.join(['id', 'body', 'seal', *self.columns.values()])} {by_key}"
            self.held = f"SELECT {', '.join(['id', *self.columns.values()])} {by_key}"
        self._updates: dict[tuple[int, ...], str] = {}

    def schema(self) -> list[str]:
        """The statements that make it, exactly as SQLite keeps them."""
        columns = ["id INTEGER PRIMARY KEY", *self.columns.values(), "body BLOB NOT NULL", "seal BLOB NOT NULL"]
        made = [f"CREATE TABLE {self.table} ({', '.join(columns)})"]
        if self.kind:
            key, *more = dict.fromkeys((self.kind.key, *self.kind.index, *filter(None, (self.kind.sealed_by,))))
            made.append(f"CREATE UNIQUE INDEX {_quoted(self.number, key, '0')} ON {self.table} ({self.columns[key]})")
            for i, entry in enumerate(more, 1):
                several = ", ".join(self.columns[field.strip()] for field in entry.split(","))
                made.append(f"CREATE INDEX {_quoted(self.number, entry, str(i))} ON {self.table} ({several})")
        return made

    def update(self, changed: tuple[int, ...]) -> str:
        """Only columns that changed: SQLite rewrites the index of every column named, changed or not."""
        if (made := self._updates.get(changed)) is None:
            columns = list(self.columns.values())
            named = "".join(f", {columns[i]} = ?" for i in changed)
            made = self._updates[changed] = f"UPDATE {self.table} SET body = ?, seal = ?{named} WHERE id = ?"
        return made

    def lookup(self, doc: Mapping[str, Any]) -> tuple[Value, ...]:
        """The document's values for the columns."""
        if self.kind and doc.get(self.kind.key) is None:
            raise ValueError(f"a document of {self.name} needs its key {self.kind.key!r}")
        return tuple(_value(field, doc.get(field)) for field in self.fields)

    def key(self, value: object) -> Value:
        """*value* as it stands in the key's column, where None never does."""
        return _value(self.fields[0], value)

    def condition(self, where: Mapping[str, object]) -> tuple[str, list[Value]]:
        """SQL for field=value and field=(low, high); ValueError for a field without a column."""
        terms: list[str] = []
        values: list[Value] = []
        for field, wanted in where.items():
            if (column := self.columns.get(field)) is None:
                raise ValueError(f"{self.name} has no index on {field!r}")
            if isinstance(wanted, tuple):
                low, high = wanted
                terms.append(f"{column} IS NOT NULL")
                for sign, end in ((">=", low), ("<=", high)):
                    if end is not None:
                        terms.append(f"{column} {sign} ?")
                        values.append(_value(field, end))
            elif wanted is None:
                terms.append(f"{column} IS NULL")
            else:
                terms.append(f"{column} = ?")
                values.append(_value(field, wanted))
        return " AND ".join(terms) or "1", values

    def column(self, field: str) -> str:
        if field not in self.columns:
            raise ValueError(f"{self.name} has no index on {field!r}")
        return self.columns[field]


def _quoted(number: int, name: str, more: str = "") -> str:
    """`[7:cases]`: the number makes it unique, the rest is for the reader. Brackets, because SQLite takes a misspelt
    name between double quotes for a text (sqlite.org/quirks.html §8)."""
    return f"[{number}:{re.sub('[^A-Za-z0-9_]', '_', name)}{more and ' ' + more}]"


def _value(field: str, value: object) -> Value:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"{field}: {value} is too large to be looked up")
        return int(value)
    if isinstance(value, str):
        return value if value.isascii() else value.encode().decode()  # a lone surrogate: UnicodeError, a ValueError
    raise ValueError(f"{field}: {type(value).__name__} cannot be looked up, only text and numbers")


@dataclass(frozen=True, slots=True)
class Opened:
    """A row as read: the document, and what to compare with to see whether it changed."""

    doc: Doc
    body: bytes
    secret: bytes
    values: tuple[Value, ...]


class Rows(Storage):
    """TinyDB's storage: one connection, its transactions, its rows. Any thread may call; they take turns."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        kinds: Sequence[Kind] = (),
        key: bytes | None = None,
        accept_loss: bool = False,
        look: bool = False,
    ) -> None:
        """`look` opens for reading only, changes nothing, and leaves a damaged log where it is."""
        super().__init__()
        self.path = Path(path) / "record.db" if Path(path).is_dir() else Path(path)
        self.losses: list[str] = []
        self.version = 0  # moves whenever rows changed other than through a table's own write
        self.stopped: StoreError | None = None
        self.keys: Keys | None = None
        self._tag_key = derived(key, "rows") if key is not None else b""
        self._declared = {kind.name: kind for kind in (*kinds, *((KEYS,) if key is not None else ()))}
        self._shelves: dict[str, Shelf] = {}
        self._counters: dict[int, int] = {}
        self._dirty: set[int] = set()
        self._depth = 0
        self._turn = threading.RLock()
        self._lock = _locked(self.path)
        self._mark: int | None = None
        self._con: sqlite3.Connection | None = None
        self._traces: list[Path] = []
        self._changed_at_rest: str | None = None
        self._summing: int | None = None
        writing = False
        try:
            self._changed_at_rest = self._sum_problem()
            if not look and self._log.exists():
                # Opening for writing would fold the sound part of a damaged log in and throw the rest away.
                self._connect(look=True)
                self._load(key)
                self._check(accept_loss)
                self._disconnect()
            self._connect(look)
            self._load(key)
            if not look:
                self._check(accept_loss)
                writing = True
            if key is not None:
                self.keys = Keys(key, RowTable(self, KEYS.name))
            if not look:
                self._declare()
                self._set_mark(create=True)
            if accept_loss:
                self._put_out_the_unreadable()
            if not look:
                self.checkpoint()
        except BaseException as error:
            self._disconnect(summed=not writing)
            os.close(self._lock)
            cause = error.__cause__
            if isinstance(cause, sqlite3.Error) and _code(cause) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise Damaged(f"{self.path.name}: {cause}") from cause
            if isinstance(error, OSError):
                raise of_the_disk(error, self.path.name) from error
            raise

    # -- opening and closing ------------------------------------------------------------------------------------

    @property
    def _log(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

    def _connect(self, look: bool) -> None:
        if look:  # SQLite makes a log and its index even for a reader, and leaves them
            beside = (self._log, self.path.with_name(self.path.name + "-shm"))
            self._traces = [path for path in beside if not path.exists()]
        uri = self.path.absolute().as_uri() + ("?mode=ro" if look else "?mode=rwc")
        try:
            self._con = sqlite3.connect(
                uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512
            )
        except sqlite3.Error as error:
            raise self._fault(error) from error
        if not look:
            # Alone behind the lock: the exclusive mode needs no shared memory file.
            self._pragma("locking_mode", "exclusive")
            self._pragma("journal_mode", "wal")
            self._pragma("synchronous", 2)
            self._pragma("secure_delete", 1)
            self._pragma("wal_autocheckpoint", 0)
        self._pragma("temp_store", 2)
        self._pragma("cell_size_check", 1)
        self._pragma("cache_size", -16000)

    def _pragma(self, name: str, wanted: str | int) -> None:
        """Set it and look whether it took: SQLite answers an impossible pragma with silence."""
        self.execute(f"PRAGMA {name} = {wanted}")
        if (answer := self.execute(f"PRAGMA {name}")) != [(wanted,)]:
            raise StoreError(f"{self.path.name}: {name} is {answer}, not {wanted}")

    def _load(self, key: bytes | None) -> None:
        """Read the two small tables; their tags tell a wrong key from damage."""
        if not self.execute("SELECT 1 FROM sqlite_master LIMIT 1"):
            return
        if self.execute("PRAGMA application_id") != [(APPLICATION,)]:
            raise Damaged(f"{self.path.name}: not a record of ours")
        if self.execute("PRAGMA user_version") != [(FORMAT,)]:
            raise StoreError(f"{self.path.name}: made by another version of this program")
        counters = self.execute("SELECT n, value, seal FROM counters")
        tables = self.execute("SELECT n, name, kind, seal FROM tables")
        sound = [seal == self._counter_tag(n, value) for n, value, seal in counters]
        sound += [seal == self._table_tag(n, name, kind) for n, name, kind, seal in tables]
        if not any(sound):
            raise WrongKey("nothing in the record answers to it" if key else "the record was made with one")
        if not all(sound):
            raise Damaged(f'{self.path.name}: table "tables" or "counters"')
        self._counters = {n: value for n, value, _ in counters}
        if COMMITS not in self._counters or any(n not in self._counters for n, *_ in tables):
            raise Damaged(f'{self.path.name}: table "counters"')
        for n, name, declared, _ in tables:
            kind = _kind(decode(name), decode(declared))
            self._shelves[decode(name)] = Shelf(n, decode(name), kind, bool(self._tag_key))

    def _check(self, accept_loss: bool) -> None:
        for why in filter(None, (self._mark_problem(), self._changed_at_rest)):
            if not accept_loss:
                raise Damaged(why)
            if why not in self.losses:
                self.losses.append(why)
        self._changed_at_rest = None

    def _mark_problem(self) -> str | None:
        """Compare the last acknowledged commit with what the record holds."""
        mark, held = self._mark_path, self._counters.get(COMMITS, 0)
        data = mark.read_bytes() if mark.exists() else b""
        if not data and held <= 1:
            return None  # a first opening that was cut short
        if not data:
            return f"{mark.name} is missing: whether {self.path.name} is complete cannot be told"
        if len(data) != MARK.size or MARK.unpack(data)[1] != zlib.crc32(data[:8]):
            return f"{mark.name}: not a mark"
        if (acknowledged := MARK.unpack(data)[0]) > held:
            return f"{self.path.name} holds {held} commits, {acknowledged} were acknowledged"
        return None

    @property
    def _mark_path(self) -> Path:
        return self.path.with_suffix(".hwm")

    def _set_mark(self, create: bool = False) -> None:
        try:
            if self._mark is None:
                self._mark = os.open(self._mark_path, os.O_RDWR | os.O_CREAT, 0o600)
                os.ftruncate(self._mark, MARK.size)
            os.pwrite(self._mark, _mark(self._counters[COMMITS]), 0)
            if create:
                os.fsync(self._mark)
                _sync_folder(self.path.parent)
        except OSError as error:
            if error.errno in NO_SPACE and not create:
                return  # the commit is on the disk; its mark may lag, as after a power cut
            self.stopped = Stopped(f"{self._mark_path.name}: {error.strerror}")
            raise self.stopped from error

    # While nobody folds the log, record.db stands still, and its sum beside it shows a changed byte even where no row
    # lies. So folding is ours: SQLite's own would change the file when it likes (autocheckpoint is off, `_connect`).

    @property
    def _sum_path(self) -> Path:
        return self.path.with_suffix(".sum")

    def _sum(self) -> bytes:
        sum_ = hashlib.blake2b(key=self._tag_key, digest_size=16)
        if self._summing is None:  # kept open: closing any handle of a file ends the locks SQLite has on it (fcntl(2))
            self._summing = os.open(self.path, os.O_RDONLY)
        at = 0
        while chunk := os.pread(self._summing, 1 << 20, at):
            sum_.update(chunk)
            at += len(chunk)
        return sum_.digest()

    def _sum_problem(self) -> str | None:
        if self._sum_path.exists() and self.path.exists() and self._sum_path.read_bytes() != self._sum():
            return f"{self.path.name}: changed since it was closed, or {self._sum_path.name} was"
        return None

    def _drop_sum(self) -> None:
        """Before record.db changes, and for good."""
        if self._sum_path.exists():
            self._sum_path.unlink()
            _sync_folder(self.path.parent)

    def _declare(self) -> None:
        """Make the two small tables if need be, and carry out the declarations."""
        with self.atomic():
            if COMMITS not in self._counters:
                self.execute(f"PRAGMA application_id = {APPLICATION}")
                self.execute(f"PRAGMA user_version = {FORMAT}")
                for statement in _SMALL:
                    self.execute(statement)
                self._count(COMMITS, 0)
            for kind in self._declared.values():
                shelf = self._shelves.get(kind.name)
                if shelf is None:
                    self.make(kind.name)
                elif shelf.kind != kind:
                    self._remake(shelf, kind)

    def _remake(self, old: Shelf, kind: Kind) -> None:
        """Write a table anew under another declaration, ids and sequence as they were."""
        self._shelves = {name: shelf for name, shelf in self._shelves.items() if name != old.name}
        new = self.make(kind.name)
        for row in self.each(old):
            self.insert(new, row[0], self.opened(old, row).doc)
        self._count(new.number, self._counters[old.number])
        self._discard(old)

    def close(self) -> None:
        """Fold the log into record.db and let go of it. A second call does nothing."""
        with self._turn:
            if self._con is None:
                return
            folded = False
            try:
                if self.stopped is None and self._mark is not None:
                    self.checkpoint()
                    folded = True
            finally:
                self._disconnect(summed=folded or self._mark is None)
                if self._mark is not None:
                    os.close(self._mark)
                os.close(self._lock)
                self.stopped = self.stopped or Stopped("it was closed")

    def _disconnect(self, summed: bool = True) -> None:
        """`summed`: the log is empty or only looked at, so that SQLite has nothing to fold when it closes the file."""
        if self._con is not None:
            if not summed:
                with suppress(OSError):  # the disk that refuses this refused the folding too
                    self._drop_sum()
            self._con.close()
            self._con = None
            for path in self._traces:
                path.unlink(missing_ok=True)
            self._traces = []
        if self._summing is not None:
            os.close(self._summing)
            self._summing = None

    def checkpoint(self) -> None:
        """Fold the log into record.db and empty it: what was deleted is then in neither."""
        with self._turn:
            try:
                self._drop_sum()
                busy, *_ = self.execute("PRAGMA wal_checkpoint(TRUNCATE)")[0]
                if busy:
                    raise StoreError(f"{self.path.name}: the log could not be emptied")
            except OSError as error:
                raise of_the_disk(error, self._sum_path.name) from error
            with suppress(OSError):  # a record without its sum is as good, and checked row by row
                replaced(self._sum_path, [self._sum()])

    def _fold_if_long(self) -> None:
        with suppress(OSError, StoreError):  # what was committed is in the log; it is folded another time
            # A larger record takes longer to sum, so it is folded less often: the cost of a commit stays what it is.
            if self._mark is not None and self._log.stat().st_size > max(LONG, self.path.stat().st_size // 4):
                self.checkpoint()

    def copy(self, path: Path) -> None:
        """A sound copy of the record at `path`, its mark beside it, without the subjects' keys."""
        with self._turn:
            if self._con is None or self.working:
                raise Stopped("it is not open, or at work")
            target = sqlite3.connect(path, isolation_level=None)
            try:
                self._con.backup(target)
                target.execute("PRAGMA journal_mode = delete")
                if (keys := self._shelves.get(KEYS.name)) is not None:
                    target.execute(f"DELETE FROM {keys.table}")
                    target.execute("VACUUM")  # or the deleted keys would stay in free pages
            except sqlite3.Error as error:
                raise Full() if _code(error) == sqlite3.SQLITE_FULL else StoreError(f"{path}: {error}") from error
            finally:
                target.close()
            replaced(path.with_suffix(".hwm"), [_mark(self._counters[COMMITS])])

    def disown(self) -> int:
        """Remove the rows whose subject has no key: erased since this copy was made. Answers how many."""
        gone = 0
        with self.atomic():
            held = {row["subject"] for row in RowTable(self, KEYS.name)}
            for shelf in self._shelves.values():
                if shelf.sealed_by is not None:
                    for row in self.each(shelf):
                        if _subject(shelf, decode(row[1])) not in held:
                            self.delete(shelf, [row[0]])
                            gone += 1
        return gone

    def rekey(self, key: bytes) -> None:
        """From now on another master key: every subject's key wrapped anew, every tag made anew, in one commit."""
        was, now = self._tag_key, derived(key, "rows")
        try:
            self._drop_sum()  # it was made with the old one
            with self.atomic():
                self._keyed().rewrap(key)
                for shelf in self._shelves.values():
                    for row in self.each(shelf) if shelf.sealed_by is None else ():
                        place = _place(shelf, row[0], self.opened(shelf, row).body)
                        self.execute(f"UPDATE {shelf.table} SET seal = ? WHERE id = ?", (tag(now, place), row[0]))
                self._tag_key = now
                for n, name, kind in self.execute("SELECT n, name, kind FROM tables"):
                    self.execute("UPDATE tables SET seal = ? WHERE n = ?", (self._table_tag(n, name, kind), n))
                self._dirty.update(self._counters)
        except BaseException:
            self._tag_key = was
            raise
        self.checkpoint()

    # -- statements and transactions ------------------------------------------------------------------------------

    def execute(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """The one way to SQLite; its errors come out as ours, a broken unique key as sqlite3.IntegrityError."""
        with self._turn:
            if self.stopped is not None:
                raise self.stopped
            if self._con is None:
                raise Stopped("it is not open")
            if self._depth and not self._con.in_transaction:
                raise Full  # SQLite gave the whole transaction up; what came after it would commit alone
            try:
                return self._con.execute(sql, values).fetchall()
            except sqlite3.IntegrityError:
                raise
            except UnicodeDecodeError as error:
                raise Damaged(f"{self.path.name}: its schema is not text") from error
            except sqlite3.Error as error:
                raise self._fault(error) from error

    def _fault(self, error: sqlite3.Error) -> StoreError:
        match _code(error):
            case None | sqlite3.SQLITE_ERROR:
                # Text that is not UTF-8, or a name that is gone: our statements are fixed, so it is the schema.
                return Damaged(f"{self.path.name}: {error}")
            case sqlite3.SQLITE_FULL:
                return Full()
            case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                self.stopped = Stopped(f"{self.path.name}: {error}")
                return self.stopped
        return StoreError(f"{self.path.name}: {error}")

    @property
    def working(self) -> bool:
        """Inside a transaction."""
        return self._depth > 0

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All of it or nothing; the outermost is on the disk when it ends, an inner one is a savepoint."""
        with self._turn:
            depth = self._depth
            before = self._shelves, dict(self._counters), set(self._dirty)
            self.execute(f"SAVEPOINT s{depth}" if depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if depth:
                    self.execute(f"RELEASE s{depth}")
                else:
                    self._commit()
            except BaseException:
                self._shelves, self._counters, self._dirty = before
                self._undo(depth)
                raise
            finally:
                self._depth = depth
            if not depth:
                self._fold_if_long()

    def _commit(self) -> None:
        if self._dirty:
            self._count(COMMITS, self._counters[COMMITS] + 1)
            for n in self._dirty:
                value = self._counters[n]
                self.execute(
                    "INSERT INTO counters (n, value, seal) VALUES (?, ?, ?)"
                    " ON CONFLICT (n) DO UPDATE SET value = excluded.value, seal = excluded.seal",
                    (n, value, self._counter_tag(n, value)),
                )
            self.execute("COMMIT")
            self._dirty.clear()
            if self._mark is not None:
                self._set_mark()
        else:
            self.execute("COMMIT")

    def _undo(self, depth: int) -> None:
        self.version += 1
        if self.keys is not None:
            self.keys.forget()
        if self._con is None or not self._con.in_transaction:
            return
        try:
            if depth:
                self._con.execute(f"ROLLBACK TO s{depth}")
                self._con.execute(f"RELEASE s{depth}")
            else:
                self._con.execute("ROLLBACK")
        except sqlite3.Error as error:
            self.stopped = self.stopped or Stopped(f"{self.path.name}: {error}")

    def _count(self, n: int, value: int) -> None:
        self._counters[n] = value
        self._dirty.add(n)

    # -- tables -----------------------------------------------------------------------------------------------------

    def shelf(self, name: str) -> Shelf | None:
        return self._shelves.get(name)

    def names(self) -> set[str]:
        return set(self._shelves)

    def make(self, name: str) -> Shelf:
        """The table of that name, made inside the running transaction if it is not there."""
        if (shelf := self._shelves.get(name)) is not None:
            return shelf
        kind = self._declared.get(name)
        shelf = Shelf(max(self._counters) + 1, name, kind, bool(self._tag_key))
        for statement in shelf.schema():
            self.execute(statement)
        row = (shelf.number, encode(name), encode(_declaration(kind)))
        self.execute("INSERT INTO tables (n, name, kind, seal) VALUES (?, ?, ?, ?)", (*row, self._table_tag(*row)))
        self._count(shelf.number, 1)
        self._shelves = {**self._shelves, name: shelf}
        return shelf

    def drop(self, name: str) -> None:
        """Drop the table, its documents and its sequence."""
        with self.atomic():
            if (shelf := self._shelves.get(name)) is not None:
                self._shelves = {other: kept for other, kept in self._shelves.items() if other != name}
                self._discard(shelf)
                self.version += 1
                if name == KEYS.name and self.keys is not None:
                    self.keys.forget()

    def _discard(self, shelf: Shelf) -> None:
        self.execute(f"DROP TABLE {shelf.table}")
        self.execute("DELETE FROM tables WHERE n = ?", (shelf.number,))
        self.execute("DELETE FROM counters WHERE n = ?", (shelf.number,))
        self._counters.pop(shelf.number)
        self._dirty.discard(shelf.number)
        self._dirty.add(COMMITS)

    def next_id(self, shelf: Shelf) -> int:
        number = self._counters[shelf.number]
        self._count(shelf.number, number + 1)
        return number

    def taken(self, shelf: Shelf, doc_id: int) -> None:
        """Ids after this one only."""
        if doc_id >= self._counters[shelf.number]:
            self._count(shelf.number, doc_id + 1)

    def restart(self, shelf: Shelf) -> None:
        self._count(shelf.number, 1)

    # -- rows -------------------------------------------------------------------------------------------------------

    def one(self, shelf: Shelf, doc_id: int) -> Opened | None:
        rows = self.execute(f"{shelf.select} WHERE id = ?", (doc_id,))
        return self.opened(shelf, rows[0]) if rows else None

    def each(self, shelf: Shelf, condition: str = "1", values: Sequence[Value] = ()) -> Iterator[Row]:
        """Rows in the order of their ids, a page at a time."""
        after = -(2**63)
        sql = f"{shelf.select} WHERE {condition} AND id > ? ORDER BY id LIMIT {PAGE}"
        while rows := self.execute(sql, (*values, after)):
            for row in rows:
                if row[0] <= after:  # a damaged page can lead in a circle
                    raise Damaged(f"{self.path.name}: table {shelf.name!r} is out of order at document {row[0]}")
                after = row[0]
                yield row

    def opened(self, shelf: Shelf, row: Row) -> Opened:
        """The document of a row; `Damaged` when it is not as it was written."""
        doc_id, body, seal, *values = row
        try:
            place = _place(shelf, doc_id, body)
            if shelf.sealed_by is None:
                if seal != tag(self._tag_key, place):
                    raise ValueError("its tag does not fit")
                return Opened(decode(body), body, b"", tuple(values))
            doc: Doc = decode(body)
            secret = self._keyed().unseal(_subject(shelf, doc), seal, place)
            doc.update(decode(secret))
            return Opened(doc, body, secret, tuple(values))
        except (ValueError, TypeError, AttributeError, Damaged) as error:
            why = error.what if isinstance(error, Damaged) else "its tag does not fit"
            raise Damaged(f"{self.path.name}: table {shelf.name!r}, document {doc_id}: {why}") from error

    def insert(self, shelf: Shelf, doc_id: int, doc: Mapping[str, Any]) -> None:
        body, secret, values = self._packed(shelf, doc)
        self._write(shelf, shelf.insert, (doc_id, *values, body, self._seal(shelf, doc_id, body, secret, doc)), doc)
        self.taken(shelf, doc_id)

    def update(
        self, shelf: Shelf, doc_id: int, doc: Mapping[str, Any], values: Sequence[Value], was: Opened | None = None
    ) -> None:
        """Write over the row, whose columns hold `values`; nothing happens if it would read as it `was`."""
        body, secret, now = self._packed(shelf, doc)
        if was is not None and body == was.body and secret == was.secret:
            return
        changed = tuple(i for i, (old, new) in enumerate(zip(values, now, strict=True)) if old != new)
        seal = self._seal(shelf, doc_id, body, secret, doc)
        self._write(shelf, shelf.update(changed), (body, seal, *(now[i] for i in changed), doc_id), doc)

    def delete(self, shelf: Shelf, doc_ids: Iterable[int]) -> None:
        for doc_id in doc_ids:
            self.execute(f"DELETE FROM {shelf.table} WHERE id = ?", (doc_id,))
        self._dirty.add(COMMITS)

    def clear(self, shelf: Shelf) -> None:
        self.execute(f"DELETE FROM {shelf.table}")
        self._dirty.add(COMMITS)

    def _write(self, shelf: Shelf, sql: str, values: Sequence[object], doc: Mapping[str, Any]) -> None:
        try:
            self.execute(sql, values)
        except sqlite3.IntegrityError as error:
            raise Taken(shelf.name, doc[shelf.kind.key] if shelf.kind else None) from error
        self._dirty.add(COMMITS)

    def _packed(self, shelf: Shelf, doc: Mapping[str, Any]) -> tuple[bytes, bytes, tuple[Value, ...]]:
        if shelf.sealed_by is None:
            return encode(doc), b"", shelf.lookup(doc)
        readable = shelf.readable
        body = encode({field: value for field, value in doc.items() if field in readable})
        secret = encode({field: value for field, value in doc.items() if field not in readable})
        return body, secret, shelf.lookup(doc)

    def _seal(self, shelf: Shelf, doc_id: int, body: bytes, secret: bytes, doc: Mapping[str, Any]) -> bytes:
        place = _place(shelf, doc_id, body)
        if shelf.sealed_by is None:
            return tag(self._tag_key, place)
        return self._keyed().seal(_subject(shelf, doc), secret, place)

    def _keyed(self) -> Keys:
        if self.keys is None:
            raise WrongKey("this table is sealed and no key was given")
        return self.keys

    def _counter_tag(self, n: object, value: object) -> bytes:
        return tag(self._tag_key, repr(("counter", n, value)).encode())  # repr: a damaged one has any type

    def _table_tag(self, n: object, name: object, kind: object) -> bytes:
        return tag(self._tag_key, repr(("table", n, name, kind)).encode())

    # -- TinyDB's storage: the whole record at once, for plain tables and third parties -----------------------------

    def read(self) -> dict[str, dict[str, Any]]:
        return {
            name: {str(row[0]): self.opened(shelf, row).doc for row in self.each(shelf)}
            for name, shelf in self._shelves.items()
        }

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        with self.atomic():
            for name in self.names() - set(data):
                self.drop(name)
            for name, docs in data.items():
                draft = Draft(self, self.make(name))
                wanted = {int(doc_id): dict(doc) for doc_id, doc in docs.items()}
                for doc_id in set(draft) - set(wanted):
                    del draft[doc_id]
                for doc_id, doc in wanted.items():
                    if doc_id not in draft or draft[doc_id] != doc:
                        draft[doc_id] = doc
                draft.write()
            self.version += 1

    # -- soundness --------------------------------------------------------------------------------------------------

    def problems(self) -> Iterator[str]:
        """What is not as it was written, in plain words."""
        name = self.path.name
        if self.keys is not None:
            self.keys.forget()  # a key in memory would hide that its row is gone
        try:
            yield from filter(None, (self._mark_problem(), self._changed_at_rest or self._sum_problem()))
            yield from (f"{name}: {line}" for (line,) in self.execute("PRAGMA integrity_check") if line != "ok")
            expected = {*_SMALL, *(made for shelf in self._shelves.values() for made in shelf.schema())}
            held = {sql for (sql,) in self.execute("SELECT sql FROM sqlite_master")}
            if expected != held and self._shelves:
                yield f"{name}: its schema is not the one of the tables it lists"
            for shelf in self._shelves.values():
                for row in self.each(shelf):
                    if (found := self._row_problem(shelf, row)) is not None:
                        yield found
        except StoreError as error:
            yield str(error)

    def _row_problem(self, shelf: Shelf, row: Row) -> str | None:
        where = f"{self.path.name}: table {shelf.name!r}, document {row[0]}"
        try:
            opened = self.opened(shelf, row)
            if shelf.lookup(opened.doc) != opened.values:
                return f"{where}: its index does not agree with it"
            if row[0] >= self._counters[shelf.number]:
                return f"{where}: its id was not given out"
            if shelf.name == KEYS.name and self.keys is not None:
                self.keys.check(opened.doc["subject"], opened.doc["wrapped"])
        except Damaged as error:
            return error.what
        except ValueError as error:
            return f"{where}: {error}"
        return None

    def _put_out_the_unreadable(self) -> None:
        """The price of accept_loss: rows that do not open leave, so that the rest can be used."""
        with self.atomic():
            for shelf in list(self._shelves.values()):
                for row in self.each(shelf):
                    if (why := self._row_problem(shelf, row)) is not None:
                        self.losses.append(why)
                        self.delete(shelf, [row[0]])


_SMALL = (
    "CREATE TABLE counters (n INTEGER PRIMARY KEY, value INTEGER NOT NULL, seal BLOB NOT NULL)",
    "CREATE TABLE tables (n INTEGER PRIMARY KEY, name BLOB NOT NULL, kind BLOB NOT NULL, seal BLOB NOT NULL)",
)


def _mark(commits: int) -> bytes:
    return MARK.pack(commits, zlib.crc32(commits.to_bytes(8, "big")))


def _place(shelf: Shelf, doc_id: int, body: bytes) -> bytes:
    """What a seal is bound to beside its content: table, id, plain part."""
    return shelf.place + doc_id.to_bytes(8, "big", signed=True) + body


def _subject(shelf: Shelf, doc: Mapping[str, Any]) -> str:
    """Whose key seals the document; one that names nobody is sealed too, by the key of ''."""
    named = doc.get(cast(str, shelf.sealed_by))
    return "" if named is None else str(named)


def _declaration(kind: Kind | None) -> Doc | None:
    return asdict(kind) if kind else None


def _kind(name: str, declared: Doc | None) -> Kind | None:
    if declared is None:
        return None
    return Kind(name, declared["key"], tuple(declared["index"]), tuple(declared["plain"]), declared["sealed_by"])


def _code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _locked(path: Path) -> int:
    lock = path.with_name("lock") if path.name == "record.db" else path.with_suffix(".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyOpen(path) from None
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class View(Mapping[str, Any]):
    """A table as TinyDB reads it: {"1": document}, each read when it is asked for."""

    def __init__(self, rows: Rows, shelf: Shelf) -> None:
        self._rows, self._shelf = rows, shelf

    def __getitem__(self, doc_id: str) -> Doc:
        try:
            found = self._rows.one(self._shelf, int(doc_id))
        except (ValueError, OverflowError):
            found = None
        if found is None:
            raise KeyError(doc_id)
        return found.doc

    def __iter__(self) -> Iterator[str]:
        return (str(row[0]) for row in self._rows.each(self._shelf))

    def __len__(self) -> int:
        return cast(int, self._rows.execute(f"SELECT COUNT(*) FROM {self._shelf.table}")[0][0])

    def matching(self, cond: QueryLike | None) -> Iterator[tuple[int, Doc]]:
        """The documents that satisfy the query; an equality on a declared field narrows the search."""
        condition, values = self._narrowed(getattr(cond, "_hash", None))
        for row in self._rows.each(self._shelf, condition, values):
            doc = self._rows.opened(self._shelf, row).doc
            if cond is None or cond(doc):
                yield row[0], doc

    def _narrowed(self, hashed: object) -> tuple[str, list[Value]]:
        """TinyDB describes a query by its hash value: ("==", path, value), ("and", frozenset of those)."""
        match hashed:
            case ("==", (str() as field,), (str() | int() | float()) as value) if field in self._shelf.columns:
                try:
                    return self._shelf.condition({field: value})
                except ValueError:
                    return "0", []  # such a value is never stored in a column
            case ("and", frozenset() as parts):
                narrowed = (self._narrowed(part) for part in parts)
                return next((found for found in narrowed if found[0] != "1"), ("1", []))
        return "1", []


class Draft(MutableMapping[int, Doc]):
    """A table as an updater sees it: private copies, written by `write` only where they changed."""

    def __init__(self, rows: Rows, shelf: Shelf) -> None:
        self._rows, self._shelf = rows, shelf
        self._read: dict[int, Opened] = {}
        self._now: dict[int, Doc] = {}
        self._gone: set[int] = set()
        self._cleared = False

    def _stored(self, doc_id: int) -> bool:
        if self._cleared or doc_id in self._gone:
            return False
        if doc_id in self._read:
            return True
        return bool(self._rows.execute(f"SELECT 1 FROM {self._shelf.table} WHERE id = ?", (doc_id,)))

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._now or (isinstance(doc_id, int) and self._stored(doc_id))

    def __getitem__(self, doc_id: int) -> Doc:
        if (doc := self._now.get(doc_id)) is not None:
            return doc
        if self._cleared or doc_id in self._gone or (found := self._rows.one(self._shelf, doc_id)) is None:
            raise KeyError(doc_id)
        self._read[doc_id] = found
        self._now[doc_id] = found.doc
        return found.doc

    def __setitem__(self, doc_id: int, doc: Doc) -> None:
        self._now[doc_id] = doc
        self._rows.taken(self._shelf, doc_id)

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        if self._stored(doc_id):
            self._gone.add(doc_id)
        self._now.pop(doc_id, None)
        self._read.pop(doc_id, None)

    def __iter__(self) -> Iterator[int]:
        stored = [] if self._cleared else [row[0] for row in self._rows.each(self._shelf)]
        kept = [doc_id for doc_id in stored if doc_id not in self._gone]
        yield from dict.fromkeys((*kept, *self._now))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        self._cleared = True
        self._now.clear()
        self._read.clear()
        self._gone.clear()

    def write(self) -> None:
        """All of it or nothing; a single row needs no savepoint."""
        if self._cleared or len(self._gone) + len(self._now) > 1:
            with self._rows.atomic():
                self._write()
        else:
            self._write()

    def _write(self) -> None:
        rows, shelf = self._rows, self._shelf
        if self._cleared:
            rows.clear(shelf)
            rows.restart(shelf)
        if self._gone:
            rows.delete(shelf, self._gone)
        for doc_id, doc in self._now.items():
            was = self._read.get(doc_id)
            if was is not None:
                rows.update(shelf, doc_id, doc, was.values, was)
            elif not self._cleared and (old := rows.one(shelf, doc_id)) is not None:
                rows.update(shelf, doc_id, doc, old.values, old)
            else:
                rows.insert(shelf, doc_id, doc)


class RowTable(Table):
    """TinyDB's table, reading and writing single rows; below it, look-ups by declared fields for store.py."""

    def __init__(
        self,
        storage: Storage,
        name: str,
        cache_size: int = Table.default_query_cache_capacity,
        persist_empty: bool = False,
    ) -> None:
        # Not passed up: upstream's persist_empty wipes the table it finds (github.com/msiemens/tinydb/issues/636).
        super().__init__(storage, name, cache_size=cache_size)
        self._rows = cast(Rows, storage)
        self._seen = self._rows.version
        if persist_empty:
            with self._rows.atomic():
                self._rows.make(name)

    def _view(self) -> View | None:
        shelf = self._rows.shelf(self.name)
        return None if shelf is None else View(self._rows, shelf)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", self._view() or {})

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        with self._joined():
            draft = Draft(self._rows, self._rows.make(self.name))
            updater(cast("dict[int, Mapping[str, Any]]", draft))
            draft.write()
        self.clear_cache()

    @contextmanager
    def _joined(self) -> Iterator[None]:
        """Inside the running transaction, or one of its own."""
        if self._rows.working:
            yield
        else:
            with self._rows.atomic():
                yield

    def _get_next_id(self) -> int:
        shelf = self._rows.shelf(self.name)
        return 1 if shelf is None else self._rows.next_id(shelf)

    def _matching(self, cond: QueryLike | None) -> Iterator[tuple[int, Doc]]:
        view = self._view()
        return iter(()) if view is None else view.matching(cond)

    def search(self, cond: QueryLike) -> list[Document]:
        """As upstream's, but the cache keeps which documents matched and never their content, so that a caller may
        change what he gets (github.com/msiemens/tinydb/issues/516)."""
        if self._seen != self._rows.version:
            self.clear_cache()
            self._seen = self._rows.version
        if (cached := self._query_cache.get(cond)) is not None:
            return cast(list[Document], self.get(doc_ids=[stub.doc_id for stub in cached]))
        found = [self.document_class(doc, doc_id) for doc_id, doc in self._matching(cond)]
        if getattr(cond, "is_cacheable", lambda: True)():
            self._query_cache[cond] = [self.document_class({}, doc.doc_id) for doc in found]
        return found

    def get(self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None) -> Any:
        view = self._view()
        if doc_id is not None or doc_ids is None:
            if doc_id is None and cond is not None:
                found = next(self._matching(cond), None)
                return None if found is None else self.document_class(found[1], found[0])
            return super().get(cond, cast(int, doc_id))
        wanted = sorted(set(doc_ids))
        return [self.document_class(view[str(i)], i) for i in wanted if view is not None and str(i) in view]

    def update(
        self,
        fields: Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        with self._joined():
            if doc_ids is None and cond is not None:
                doc_ids = [doc_id for doc_id, _ in self._matching(cond)]
            return super().update(fields, cond, doc_ids)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        with self._joined():
            if doc_ids is None and cond is not None:
                doc_ids = [doc_id for doc_id, _ in self._matching(cond)]
            return super().remove(cond, doc_ids)

    def update_multiple(self, updates: Iterable[Any]) -> list[int]:
        return super().update_multiple(list(updates))  # upstream uses a generator up on the first document

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        with self._joined():
            return super().upsert(document, cond)

    # -- by declared fields -----------------------------------------------------------------------------------------

    @property
    def kind(self) -> Kind | None:
        """Its declaration."""
        shelf = self._rows.shelf(self.name)
        return None if shelf is None else shelf.kind

    def _shelf(self) -> Shelf:
        shelf = self._rows.shelf(self.name)
        if shelf is None or shelf.kind is None:
            raise ValueError(f"{self.name} is not declared")
        return shelf

    def add(self, doc: Mapping[str, Any]) -> int:
        """Insert the document and answer its id; `Taken` when its key exists. Reads nothing, unlike `insert`."""
        with self._joined():
            shelf = self._shelf()
            doc_id = self._rows.next_id(shelf)
            self._rows.insert(shelf, doc_id, doc)
        self.clear_cache()
        return doc_id

    def put(self, doc: Mapping[str, Any]) -> int:
        """Insert the document, or write it over the one with the same key; answers its id."""
        with self._joined():
            shelf = self._shelf()
            held = self._rows.execute(shelf.held, (shelf.key(doc.get(shelf.fields[0])),))
            if held:
                doc_id: int = held[0][0]
                self._rows.update(shelf, doc_id, doc, held[0][1:])
            else:
                doc_id = self._rows.next_id(shelf)
                self._rows.insert(shelf, doc_id, doc)
        self.clear_cache()
        return doc_id

    def keyed(self, key: object) -> Doc | None:
        """The document with that key."""
        shelf = self._shelf()
        rows = self._rows.execute(shelf.keyed, (shelf.key(key),))
        return self._rows.opened(shelf, rows[0]).doc if rows else None

    def drop(self, key: object) -> bool:
        """Remove the document with that key; whether there was one."""
        with self._joined():
            shelf = self._shelf()
            held = self._rows.execute(shelf.held, (shelf.key(key),))
            if held:
                self._rows.delete(shelf, [held[0][0]])
        self.clear_cache()
        return bool(held)

    def find(
        self,
        where: Mapping[str, object],
        *,
        order: str | None = None,
        newest: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Document]:
        """By declared fields only; `order` is one of them, otherwise that of insertion."""
        shelf = self._shelf()
        condition, values = shelf.condition(where)
        turn = " DESC" if newest else ""
        by = f"id{turn}" if order is None else f"{shelf.column(order)}{turn}, id{turn}"
        sql = f"{shelf.select} WHERE {condition} ORDER BY {by} LIMIT ? OFFSET ?"
        rows = self._rows.execute(sql, (*values, -1 if limit is None else limit, offset))
        return [self.document_class(self._rows.opened(shelf, row).doc, row[0]) for row in rows]

    def tally(self, by: Sequence[str], where: Mapping[str, object]) -> dict[tuple[Value, ...], int]:
        """How many documents there are of each combination, from the columns alone; by=() counts them all."""
        shelf = self._shelf()
        condition, values = shelf.condition(where)
        columns = ", ".join(shelf.column(field) for field in by)
        sql = f"SELECT {columns + ', ' if by else ''}COUNT(*) FROM {shelf.table} WHERE {condition}"
        if by and any(isinstance(wanted, tuple) for wanted in where.values()):
            # Day by day first, in the order of an index of these fields: sorting a whole year takes twice as long.
            inner = ", ".join(shelf.column(field) for field in dict.fromkeys((*where, *by)))
            counted = sql.replace("COUNT(*)", "COUNT(*) AS n") + f" GROUP BY {inner}"
            sql = f"SELECT {columns}, SUM(n) FROM ({counted})"
        sql += f" GROUP BY {columns}" if by else ""
        return {tuple(row[:-1]): row[-1] for row in self._rows.execute(sql, values)}

    def every(self) -> Iterator[Document]:
        """The whole table in the order of insertion."""
        return (self.document_class(doc, doc_id) for doc_id, doc in self._matching(None))

    def canonical(self) -> Iterator[Document]:
        """The whole table by key, or by id where there is none: the same for the same documents."""
        kind = self.kind
        return iter(self.find({}, order=kind.key)) if kind else self.every()


class Record(TinyDB):
    """`tinydb.TinyDB` over `Rows`; make it with `open_db`."""

    table_class = RowTable

    def __init__(self, path: str | os.PathLike[str], **options: Any) -> None:
        super().__init__(path, storage=Rows, **options)

    def table(self, name: str, **options: Any) -> RowTable:
        return cast(RowTable, super().table(name, **options))

    @property
    def rows(self) -> Rows:
        return cast(Rows, self.storage)

    def tables(self) -> set[str]:
        return self.rows.names()

    def drop_table(self, name: str) -> None:
        self._tables.pop(name, None)
        self.rows.drop(name)
