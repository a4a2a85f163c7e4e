"""The keys: one per subject (a case, a person), wrapped by the master key; and the tags that show a changed row.

Here: deriving, wrapping, sealing, tagging, erasing. Not here: which fields are sealed (durable.py decides that by the
declaration of the table) and where the master key comes from (the caller gives 32 bytes).
The surprising truth: erasing a person is erasing 32 bytes. What copies of the record still hold stays unreadable, as
long as no copy of the table "keys" survives beside it.
"""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tinydb import where
from tinydb.table import Table

from storage.errors import Damaged, Erased, WrongKey

__all__ = ["MASTER_BYTES", "Keys", "derived", "tag"]

MASTER_BYTES = 32
NONCE = 12
CACHED = 1024  # keys held open; unbounded, the cache took 290 MB at 100,000 subjects


def derived(master: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose (the one-block case of HKDF-Expand, RFC 5869 §2.3)."""
    return hmac.digest(master, f"wederhoor {purpose}".encode() + b"\x01", "sha256")


def tag(key: bytes, data: bytes) -> bytes:
    """16 bytes that change when the data does: keyed BLAKE2b (RFC 7693 §2.9), a checksum when the key is empty."""
    return hashlib.blake2b(data, key=key, digest_size=16).digest()


class Keys:
    """The subjects' keys, kept wrapped in the TinyDB table given; a key is made when a subject is first written.

    `forget` must be called after every rollback: a key that was made in it is in the memory but not in the table, and
    whatever it sealed later could never be read again.
    """

    def __init__(self, master: bytes, table: Table) -> None:
        if len(master) != MASTER_BYTES:
            raise WrongKey(f"it must be {MASTER_BYTES} bytes, not {len(master)}")
        self._wrap = AESGCM(derived(master, "wrap"))
        self._table = table
        self._open: OrderedDict[str, AESGCM] = OrderedDict()

    def seal(self, subject: str, data: bytes, place: bytes) -> bytes:
        """Nonce, ciphertext and AEAD tag; `place` is bound to it but not in it. Makes the subject's key if need be."""
        key = self._held(subject) or self._make(subject)
        nonce = os.urandom(NONCE)
        return nonce + key.encrypt(nonce, data, place)

    def unseal(self, subject: str, sealed: bytes, place: bytes) -> bytes:
        """The data; `Damaged` when the subject has no key (any more), or the seal, the place or the key was changed."""
        key = self._held(subject)
        if key is None:
            raise Erased(subject)
        try:
            return key.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except (InvalidTag, ValueError):
            raise Damaged(f"the seal of {subject!r} does not fit") from None

    def check(self, subject: str, wrapped: str) -> None:
        """`Damaged` when this row of the table does not open."""
        self._unwrapped(subject, wrapped)

    def erase(self, subject: str) -> None:
        """Destroy the subject's key: what it sealed is gone, in every copy."""
        self._open.pop(subject, None)
        self._table.remove(where("subject") == subject)

    def forget(self) -> None:
        """Close the keys held open; they are read again from the table."""
        self._open.clear()

    def rewrap(self, master: bytes) -> None:
        """Wrap every subject's key with another master key, inside the caller's transaction."""
        wrap = AESGCM(derived(master, "wrap"))
        for row in self._table.all():
            raw = self._unwrapped(row["subject"], row["wrapped"])
            self._table.update({"wrapped": _wrapped(wrap, row["subject"], raw)}, doc_ids=[row.doc_id])
        self._wrap = wrap

    def _held(self, subject: str) -> AESGCM | None:
        if (key := self._open.get(subject)) is not None:
            self._open.move_to_end(subject)
            return key
        row = self._table.get(where("subject") == subject)
        if row is None:
            return None
        return self._hold(subject, self._unwrapped(subject, row["wrapped"]))

    def _make(self, subject: str) -> AESGCM:
        raw = os.urandom(32)
        self._table.insert({"subject": subject, "wrapped": _wrapped(self._wrap, subject, raw)})
        return self._hold(subject, raw)

    def _hold(self, subject: str, raw: bytes) -> AESGCM:
        key = self._open[subject] = AESGCM(raw)
        if len(self._open) > CACHED:
            self._open.popitem(last=False)
        return key

    def _unwrapped(self, subject: str, wrapped: str) -> bytes:
        sealed = b64decode(wrapped)
        try:
            return self._wrap.decrypt(sealed[:NONCE], sealed[NONCE:], _owner(subject))
        except (InvalidTag, ValueError):
            raise Damaged(f'table "keys": the key of {subject!r} does not open with this master key') from None


def _wrapped(wrap: AESGCM, subject: str, raw: bytes) -> str:
    nonce = os.urandom(NONCE)
    return b64encode(nonce + wrap.encrypt(nonce, raw, _owner(subject))).decode()


def _owner(subject: str) -> bytes:
    """Bound to a wrapped key, so that two of them cannot change places."""
    return b"key of " + subject.encode()
