"""The seam: `Store.run(work)` makes many edits one atomic, durable commit.

Here: the writer's thread, units of work and what they may ask. Not here: SQL (durable.py), and what the documents
mean.
The surprising truth: one thread does everything, reading too. Works never meet, so `work` needs no locks and sees no
half of another; works that come while one is at it share its sync of the disk, each in a savepoint of its own, so the
failure of one undoes that one only.
"""

import asyncio
import json
import queue
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tinydb.table import Document

from storage import audit
from storage.crypto import tag
from storage.durable import KEYS, Kind, Record, Rows, RowTable, encode
from storage.errors import AlreadyOpen, Damaged, Full, Stopped, StoreError, Taken, WrongKey
from storage.files import NAMED, Files, replaced, synced

__all__ = [
    "RESTORING",
    "AlreadyOpen",
    "Damaged",
    "Full",
    "Kind",
    "Stopped",
    "Store",
    "StoreError",
    "Taken",
    "Tx",
    "WrongKey",
    "restore",
    "rotate",
    "verify",
]

T = TypeVar("T")
Doc = dict[str, Any]
RESTORING = ".restoring"  # a folder within the record's, while a backup comes back; left behind only by a kill
GROUP = 64  # works that may share a commit


class Tx:
    """What a unit of work may do. Documents that come out are private copies; it is of no use after the work."""

    def __init__(self, record: Record, writes: bool) -> None:
        self._record = record
        self._writes = writes
        self.erased: set[str] = set()
        self.unwanted: set[str] = set()

    def get(self, kind: Kind | str, key: object) -> Doc | None:
        return self._table(kind).keyed(key)

    def add(self, kind: Kind | str, doc: Mapping[str, Any]) -> None:
        """Insert; `Taken` if the key exists."""
        self._written(kind).add(doc)

    def put(self, kind: Kind | str, doc: Mapping[str, Any]) -> None:
        """Insert, or replace the document with the same key."""
        self._written(kind).put(doc)

    def remove(self, kind: Kind | str, key: object) -> bool:
        return self._written(kind).drop(key)

    def discard(self, kind: Kind | str, key: object) -> None:
        """Remove a document and, after the commit, the files it refers to."""
        table = self._written(kind)
        mine = table.find({self._kind(kind).key: key})
        self.unwanted |= _referred(mine)
        table.remove(doc_ids=[doc.doc_id for doc in mine])

    def find(
        self,
        kind: Kind | str,
        /,
        *,
        order: str | None = None,
        newest: bool = False,
        limit: int | None = None,
        offset: int = 0,
        **where: object,
    ) -> list[Doc]:
        """Documents with field=value, or field=(low, high): inclusive, None for an open end, absent values never.

        Only declared fields, ValueError for others; nothing is scanned. In the order of insertion unless `order` names
        a field; `newest` turns it around.
        """
        found = self._table(kind).find(where, order=order, newest=newest, limit=limit, offset=offset)
        return [dict(doc) for doc in found]

    def count(self, kind: Kind | str, /, **where: object) -> int:
        return self._table(kind).tally((), where)[()]

    def tally(self, kind: Kind | str, by: tuple[str, ...], /, **where: object) -> dict[tuple[Any, ...], int]:
        """How many documents have each combination of these fields; no document is read."""
        return dict(self._table(kind).tally(by, where))

    def every(self, kind: Kind | str) -> Iterator[Doc]:
        """The whole table in the order of insertion: for exports and checks."""
        return (dict(doc) for doc in self._table(kind).every())

    def erase(self, subject: str) -> None:
        """Destroy the subject's key, documents and files; after the commit neither record nor log holds them."""
        if not subject:
            raise ValueError("the subject '' is shared and cannot be erased")
        for name in self._record.tables():
            table = self._table(name)
            kind = table.kind
            if kind is not None and kind.sealed_by is not None:
                mine = table.find({kind.sealed_by: subject})
                self.unwanted |= _referred(mine)
                self._written(name).remove(doc_ids=[doc.doc_id for doc in mine])
        if self._record.rows.keys is not None:
            self._written(KEYS)
            self._record.rows.keys.erase(subject)
        self.erased.add(subject)

    def audit(self, entry: Mapping[str, Any]) -> None:
        """Append to the chain; no content of a case belongs in an entry."""
        audit.append(self._written(audit.AUDIT), entry)

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the last entry, to be kept elsewhere."""
        return audit.head(self._table(audit.AUDIT))

    def _table(self, kind: Kind | str) -> RowTable:
        return self._record.table(kind if isinstance(kind, str) else kind.name)

    def _written(self, kind: Kind | str) -> RowTable:
        if not self._writes:
            raise RuntimeError("this work may only read")
        return self._table(kind)

    def _kind(self, kind: Kind | str) -> Kind:
        if isinstance(kind, Kind):
            return kind
        if (declared := self._table(kind).kind) is None:
            raise ValueError(f"{kind} is not declared")
        return declared


@dataclass(slots=True)
class _Job:
    work: Callable[[Tx], Any]
    writes: bool
    future: "Future[Any]" = field(default_factory=Future)


class Store:
    """The record of one firm, open. Make it with `Store.open`, close it with `close`."""

    def __init__(self, record: Record, folder: Path) -> None:
        self._record = record
        self._folder = folder
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._following: list[_Job | None] = []  # taken from it too early
        self._closed = False
        self._folding = False
        self.files = Files(folder / "files", self)
        self._thread = threading.Thread(target=self._serve, name="store", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, folder: Path, kinds: Sequence[Kind], *, key: bytes | None, accept_loss: bool = False) -> "Store":
        """Open the record in the folder, making both if need be.

        `key`: the 32-byte master key; None keeps everything readable (for trials). `accept_loss` opens a damaged record
        without what was lost, which `losses` then lists. Raises AlreadyOpen, Damaged, WrongKey, Full, Stopped.
        """
        (folder / "files").mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = () if any(kind.name == audit.AUDIT.name for kind in kinds) else (audit.AUDIT,)
        return cls(Record(folder, kinds=(*kinds, *ours), key=key, accept_loss=accept_loss), folder)

    @property
    def losses(self) -> list[str]:
        """What `accept_loss` gave up."""
        return self._record.rows.losses

    async def run(self, work: Callable[[Tx], T]) -> T:
        """The work's answer, once all it wrote is on the disk. What it raises undoes it and is raised here."""
        return await asyncio.wrap_future(self._submit(work, writes=True))

    async def read(self, work: Callable[[Tx], T]) -> T:
        """The work's answer; it may not write."""
        return await asyncio.wrap_future(self._submit(work, writes=False))

    def run_now(self, work: Callable[[Tx], T]) -> T:
        """As `run`, for callers without an event loop."""
        return self._submit(work, writes=True).result()

    def read_now(self, work: Callable[[Tx], T]) -> T:
        """As `read`, for callers without an event loop."""
        return self._submit(work, writes=False).result()

    def close(self) -> None:
        """Finish what was handed in, fold the log into record.db, let go."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()
            self._record.close()

    # -- the whole record -------------------------------------------------------------------------------------------

    def export(self) -> dict[str, list[Doc]]:
        """Every document of every table but the keys, opened, in canonical order: tables by name, documents by key."""

        def work(tx: Tx) -> dict[str, list[Doc]]:
            return {name: [dict(doc) for doc in self._table(name).canonical()] for name in self._exported()}

        return self.read_now(work)

    def export_tinydb(self, path: Path) -> None:
        """One JSON file that stock TinyDB opens, with everything in it readable."""

        def chunks() -> Iterator[bytes]:
            yield b"{"
            for i, name in enumerate(self._exported()):
                yield (b"," if i else b"") + encode(name) + b":{"
                for j, doc in enumerate(self._table(name).every()):
                    yield (b"," if j else b"") + b'"%d":' % doc.doc_id + encode(doc)
                yield b"}"
            yield b"}"

        self.read_now(lambda tx: replaced(path, chunks()))

    def import_tinydb(self, path: Path) -> int:
        """Take over every document of a TinyDB JSON file, ids too; answers how many. The record must be empty."""
        data: dict[str, dict[str, Doc]] = json.loads(path.read_bytes())

        def work(tx: Tx) -> int:
            if any(len(self._table(name)) for name in self._exported()):
                raise StoreError("the record is not empty: import into a new one")
            for name, docs in data.items():
                if name != KEYS.name:
                    self._table(name).insert_multiple(Document(doc, int(i)) for i, doc in docs.items())
            return sum(len(docs) for docs in data.values())

        return self.run_now(work)

    def backup(self, folder: Path, keys: Path) -> None:
        """Copy the record and the files into a new folder, and apart from them the wrapped keys into one file.

        Keep the newest keys only: an older record restored beside them cannot show who was erased since.
        """
        folder.mkdir(mode=0o700, parents=True)

        def work(tx: Tx) -> None:
            self._record.rows.copy(folder / "record.db")
            wrapped = {row["subject"]: row["wrapped"] for row in self._table(KEYS.name)}
            replaced(keys, [encode(wrapped)])

        self.read_now(work)
        _copy_files(self._folder, folder)

    def verify(self) -> list[str]:
        """As `storage.verify`, for the record that is open."""
        return self.read_now(lambda tx: list(_problems(self._record, self.files)))

    def sweep(self) -> int:
        """Remove files no document refers to (older than an hour); answers how many."""
        return self.files.sweep(self.read_now(lambda tx: _everything_referred(self._record)))

    def _exported(self) -> list[str]:
        return sorted(self._record.tables() - {KEYS.name})

    def _table(self, name: str) -> RowTable:
        return self._record.table(name)

    # -- sealing for files.py ---------------------------------------------------------------------------------------

    def seal(self, subject: str, data: bytes, place: bytes) -> bytes:
        return self.run_now(lambda tx: _seal(self._record.rows, subject, data, place))

    def unseal(self, subject: str, sealed: bytes, place: bytes) -> bytes:
        if threading.current_thread() is self._thread:
            return _unseal(self._record.rows, subject, sealed, place)
        return self.read_now(lambda tx: _unseal(self._record.rows, subject, sealed, place))

    # -- the writer's thread ----------------------------------------------------------------------------------------

    def _submit(self, work: Callable[[Tx], T], *, writes: bool) -> "Future[T]":
        if self._closed:
            raise Stopped("it was closed")
        if threading.current_thread() is self._thread:
            raise RuntimeError("a work cannot wait for another work")
        job = _Job(work, writes)
        self._jobs.put(job)
        return job.future

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            if job.future.set_running_or_notify_cancel():
                if job.writes:
                    self._write(job)
                else:
                    self._read(job)

    def _next(self) -> _Job | None:
        return self._following.pop() if self._following else self._jobs.get()

    def _also(self) -> _Job | None:
        """A work that came meanwhile and may share the commit; a reader is answered after it, in its turn."""
        while not (self._following or self._jobs.empty()):
            job = self._jobs.get()
            if job is None or not job.writes:
                self._following.append(job)
            elif job.future.set_running_or_notify_cancel():
                return job
        return None

    def _read(self, job: _Job) -> None:
        try:
            job.future.set_result(job.work(Tx(self._record, writes=False)))
        except BaseException as error:
            job.future.set_exception(error)

    def _write(self, first: _Job) -> None:
        """One commit for it and for those that come while it works. Futures are answered after it, and never before."""
        rows = self._record.rows
        group = [first]
        done: list[tuple[_Job, Tx, Any]] = []
        failed: dict[int, BaseException] = {}
        job: _Job | None = first
        try:
            with rows.atomic():
                while job is not None:
                    tx = Tx(self._record, writes=True)
                    try:
                        with rows.atomic() if done else nullcontext():
                            done.append((job, tx, job.work(tx)))
                    except (Full, Stopped):
                        raise
                    except Exception as error:
                        if not done:
                            raise
                        failed[id(job)] = error
                    if (job := self._also() if len(group) < GROUP else None) is not None:
                        group.append(job)
        except BaseException as error:
            for job in group:
                job.future.set_exception(failed.get(id(job), error))
            return
        for job in group:
            if (reason := failed.get(id(job))) is not None:
                job.future.set_exception(reason)
        self._after(tx for _, tx, _ in done)
        for job, _, result in done:
            job.future.set_result(result)

    def _after(self, committed: Iterable[Tx]) -> None:
        """What an erasure still asks once it is committed. A log that cannot be folded now is folded after the next."""
        for tx in committed:
            self.files.remove(tx.unwanted)
            self._folding = self._folding or bool(tx.erased)
        if self._folding:
            try:
                self._record.rows.checkpoint()
                self._folding = False
            except StoreError:
                return


def verify(folder: Path, kinds: Sequence[Kind], key: bytes | None) -> list[str]:
    """What is not as it was written, in plain words; [] when all is sound. Changes nothing.

    Raises AlreadyOpen and WrongKey, because then nothing can be said.
    """
    if not (folder / "record.db").exists():
        return ["record.db is missing"] if (folder / "record.hwm").exists() else []
    try:
        record = Record(folder, kinds=kinds, key=key, look=True)
    except (AlreadyOpen, WrongKey):
        raise
    except StoreError as error:
        return [str(error)]
    try:
        return list(_problems(record, Files(folder / "files", _Looking(record.rows))))
    finally:
        record.close()


def restore(backup: Path, keys: Path, folder: Path, kinds: Sequence[Kind], key: bytes | None) -> int:
    """Make a record in `folder` from what `Store.backup` wrote; answers how many documents were left out because their
    subject was erased since. StoreError says which of the two is missing, or that a record is there already.

    All of it is made in a folder of its own first, within `folder` because that may be a disk of its own, and moved at
    the end with record.db last. What fails leaves `folder` as it was.
    """
    if (folder / "record.db").exists():
        raise StoreError(f"{folder} holds a record; restore into an empty folder")
    for path, what in ((backup / "record.db", "the record"), (backup / "record.hwm", "its mark"), (keys, "the keys")):
        if not path.exists():
            raise StoreError(f"{what} is missing: {path}")
    was_there, making = folder.exists(), folder / RESTORING
    parts = [*folder.glob("files"), *folder.glob("record.*")]
    if making.exists():  # one that was killed: what it moved already has no record.db, and is made anew
        _remove(making, *parts)
    elif parts and not (parts == [folder / "files"] and not any(parts[0].iterdir())):
        raise StoreError(f"{folder} holds {parts[-1].name} of another record; restore into an empty folder")
    moved: list[Path] = []
    try:
        (making / "files").mkdir(mode=0o700, parents=True)
        left_out = _restored(backup, keys, making, kinds, key)
        _remove(making / "lock")
        for path in sorted(making.iterdir(), key=lambda path: path.name == "record.db"):
            moved.append(path.rename(folder / path.name))
        synced(folder)
    except BaseException:
        _remove(*reversed(moved), making)
        if not was_there:
            _remove(folder)
        raise
    _remove(making)
    return left_out


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _restored(backup: Path, keys: Path, folder: Path, kinds: Sequence[Kind], key: bytes | None) -> int:
    _copy_files(backup, folder)
    for name in ("record.hwm", "record.db"):
        replaced(folder / name, _read(backup / name))
    record = Record(folder, kinds=kinds, key=key)
    try:
        wrapped: dict[str, str] = json.loads(keys.read_bytes())
        if key is None:
            return 0
        with record.rows.atomic():
            docs = ({"subject": subject, "wrapped": held} for subject, held in wrapped.items())
            record.table(KEYS.name).insert_multiple(docs)
            return record.rows.disown()
    finally:
        record.close()


def rotate(folder: Path, kinds: Sequence[Kind], old: bytes, new: bytes) -> None:
    """Give the record, which must not be open, another master key."""
    record = Record(folder, kinds=kinds, key=old)
    try:
        record.rows.rekey(new)
    finally:
        record.close()


def _copy_files(source: Path, target: Path) -> None:
    (target / "files").mkdir(mode=0o700, exist_ok=True)
    for path in sorted((source / "files").iterdir()):
        replaced(target / "files" / path.name, _read(path))


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


@dataclass(frozen=True, slots=True)
class _Looking:
    """Opens what is sealed, without a store."""

    rows: Rows

    def seal(self, subject: str, data: bytes, place: bytes) -> bytes:
        raise NotImplementedError

    def unseal(self, subject: str, sealed: bytes, place: bytes) -> bytes:
        return _unseal(self.rows, subject, sealed, place)


def _problems(record: Record, files: Files) -> Iterator[str]:
    found = list(record.rows.problems())
    yield from found
    chain = record.table(audit.AUDIT.name)
    try:
        if chain.kind is not None:
            yield from audit.broken(chain.find({}, order="seq"))
        yield from files.problems(_everything_referred(record))
    except StoreError as error:
        if not found:  # otherwise it is a row already named
            yield str(error)


def _everything_referred(record: Record) -> set[str]:
    names: set[str] = set()
    for name in record.tables() - {KEYS.name}:
        table = record.table(name)
        names |= _referred(table)
    return names


def _referred(docs: Iterable[Mapping[str, Any]]) -> set[str]:
    return {name.decode() for doc in docs for name in NAMED.findall(encode(doc))}


def _seal(rows: Rows, subject: str, data: bytes, place: bytes) -> bytes:
    if rows.keys is None:
        return tag(b"", place + data) + data
    return rows.keys.seal(subject, data, place)


def _unseal(rows: Rows, subject: str, sealed: bytes, place: bytes) -> bytes:
    if rows.keys is not None:
        return rows.keys.unseal(subject, sealed, place)
    if tag(b"", place + sealed[16:]) != sealed[:16]:
        raise Damaged("its checksum does not fit")
    return sealed[16:]
