"""What can go wrong with the record, by whose fault it is.

Here: the errors and their sentences. Not here: deciding what to do about them (the door does).
The surprising truth: `Full` and `Stopped` look alike to a caller (nothing was saved) but not to the process: after
`Full` the same store serves again as soon as there is space, after `Stopped` only a restart helps, because a disk that
once failed to sync may claim success the next time (mydbanotebook.org/posts/the-fsync-issue-and-postgres).
"""

import errno
from pathlib import Path

__all__ = [
    "NO_SPACE",
    "AlreadyOpen",
    "Damaged",
    "Erased",
    "Full",
    "Stopped",
    "StoreError",
    "Taken",
    "WrongKey",
    "of_the_disk",
]


class StoreError(Exception):
    """The record could not be opened or did not save; nothing of the work at hand was kept."""


class AlreadyOpen(StoreError):
    """Another process, or this one, holds the record."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is in use by another process")


class Damaged(StoreError):
    """What was acknowledged is missing or changed; `what` names the file and the table."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"damaged: {what}")


class Erased(Damaged):
    """The subject has no key: what was sealed for it is gone."""

    def __init__(self, subject: str) -> None:
        super().__init__(f'table "keys" has no key for {subject!r}')


class WrongKey(StoreError):
    """The master key is not the one this record was written with."""

    def __init__(self, why: str) -> None:
        super().__init__(f"wrong master key: {why}")


class Full(StoreError):
    """No space left; nothing was saved, and the store serves again once there is space."""

    def __init__(self) -> None:
        super().__init__("no space left on the disk: nothing was saved")


class Stopped(StoreError):
    """The disk failed; nothing more is written or promised until a restart."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the store has stopped: {why}")


NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


def of_the_disk(error: OSError, what: str) -> StoreError:
    """The same two for what the operating system refused."""
    return Full() if error.errno in NO_SPACE else Stopped(f"{what}: {error.strerror}")


class Taken(ValueError):
    """A document with this key is already there (the caller's mistake, not the store's)."""

    def __init__(self, kind: str, key: object) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"{kind} {key!r} exists")
