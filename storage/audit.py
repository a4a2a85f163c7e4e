"""Who did what, as a chain: each entry holds the hash of the one before it.

Here: adding an entry, and finding where a chain was broken. Not here: what is worth an entry, and content of a case,
which never enters one, so that the chain may outlive the case.
The surprising truth: a chain cannot show that its end was cut off. Whoever wants to see that keeps `head` elsewhere
(the manager's weekly digest does) and compares.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from storage.durable import Kind, RowTable

__all__ = ["AUDIT", "append", "broken", "head"]

AUDIT = Kind("audit", key="seq", index=("case",))
OURS = {"seq", "prev", "hash"}
START = "0" * 64


def head(table: RowTable) -> tuple[int, str]:
    """Number and hash of the last entry; (0, zeros) when there is none."""
    last = table.find({}, order="seq", newest=True, limit=1)
    return (last[0]["seq"], last[0]["hash"]) if last else (0, START)


def append(table: RowTable, entry: Mapping[str, Any]) -> None:
    """Add an entry; ValueError when it uses a field of the chain itself: seq, prev or hash."""
    if OURS & set(entry):
        raise ValueError(f"an audit entry has no {sorted(OURS & set(entry))} of its own")
    seq, prev = head(table)
    doc = {"seq": seq + 1, "prev": prev, **entry}
    table.add({**doc, "hash": _hash(doc)})


def broken(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Where the chain, given in its order, does not hold."""
    seq, prev = 0, START
    for entry in entries:
        if entry.get("seq") != seq + 1 or entry.get("prev") != prev:
            yield f"audit: entry {entry.get('seq')} does not follow entry {seq}"
        if entry.get("hash") != _hash({field: value for field, value in entry.items() if field != "hash"}):
            yield f"audit: entry {entry.get('seq')} was changed"
        seq, prev = entry.get("seq", seq + 1), entry.get("hash", "")


def _hash(doc: Mapping[str, Any]) -> str:
    text = json.dumps(doc, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
