"""Photos and papers: each a file of its own, sealed with the key of its subject.

Here: keeping, reading, sweeping and checking them. Not here: keys, and what a file is about (the document that refers
to it says so; any document that holds the name as a value refers to it).
The surprising truth: a file is on the disk before the commit that refers to it, so a crash leaves files nobody knows,
never names without a file. `sweep` takes those away, but only old ones: a young one may be waiting for its commit.
"""

import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from storage.errors import Damaged, Erased, of_the_disk

__all__ = ["NAMED", "Files", "Sealer", "replaced", "synced"]

NAMED = re.compile(rb'"(f-[0-9a-f]{32})"')  # a name as it stands in JSON
MAGIC = b"WDHF\x01"
SETTLED = 3600.0  # seconds after which a file without a document is taken for left behind


class Sealer(Protocol):
    """Seals for a subject and binds to a place; without a master key it adds a checksum only."""

    def seal(self, subject: str, data: bytes, place: bytes) -> bytes: ...
    def unseal(self, subject: str, sealed: bytes, place: bytes) -> bytes: ...


class Files:
    """The files beside the record. Its methods wait for the disk: call them from a thread."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self.folder = folder
        self._sealer = sealer

    def keep(self, data: bytes, subject: str) -> str:
        """Seal and write; answers the name once the file is on the disk. `Full`, `Stopped` when it is not."""
        name = f"f-{secrets.token_hex(16)}"
        owner = subject.encode()
        head = MAGIC + len(owner).to_bytes(2, "big") + owner
        sealed = self._sealer.seal(subject, data, head + name.encode())
        try:
            replaced(self.folder / name, [head, sealed])
        except OSError as error:
            raise of_the_disk(error, name) from error
        return name

    def read(self, name: str, subject: str) -> bytes:
        """What was kept; `Damaged` when it is missing, changed, another's, or its subject was erased."""
        owner, data = self._opened(name)
        if owner != subject:
            raise Damaged(f"file {name} is not of {subject!r}")
        return data

    def names(self) -> set[str]:
        held = self.folder.iterdir() if self.folder.is_dir() else ()
        return {path.name for path in held if NAMED.fullmatch(f'"{path.name}"'.encode())}

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def sweep(self, referred: set[str]) -> int:
        """Remove what no document refers to and is older than an hour; answers how many."""
        before = time.time() - SETTLED
        stray = [path for path in self.folder.iterdir() if path.name not in referred]
        old = [path for path in stray if path.is_file() and path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def problems(self, referred: set[str]) -> Iterator[str]:
        """Files that documents refer to and that are missing or changed, and strays that were changed."""
        for name in sorted(referred | self.names()):
            try:
                self._opened(name)
            except Damaged as error:
                if name in referred or not isinstance(error.__cause__, Erased):
                    yield error.what

    def _opened(self, name: str) -> tuple[str, bytes]:
        if not NAMED.fullmatch(f'"{name}"'.encode()):
            raise Damaged(f"file {name!r} has no name of ours")
        try:
            whole = (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise Damaged(f"file {name} is missing") from None
        size = len(MAGIC) + 2
        owner = whole[size : size + int.from_bytes(whole[len(MAGIC) : size], "big")]
        head, sealed = whole[: size + len(owner)], whole[size + len(owner) :]
        if not whole.startswith(MAGIC):
            raise Damaged(f"file {name} is not one of ours")
        try:
            subject = owner.decode()
            return subject, self._sealer.unseal(subject, sealed, head + name.encode())
        except (Damaged, UnicodeDecodeError) as error:
            raise Damaged(f"file {name}: {error.what if isinstance(error, Damaged) else error}") from error


def replaced(path: Path, chunks: Iterable[bytes]) -> None:
    """Write the whole file or leave the one that was there: a temporary one, synced, renamed, the folder synced."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    synced(path.parent)


def synced(folder: Path) -> None:
    """The names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
