"""A small record for the tests of this room: a complaint office in miniature."""

from functools import partial
from pathlib import Path
from typing import Any

from storage import Kind, Store, Tx

KEY = bytes(range(32))
CASES = Kind("cases", key="number", index=("status", "due", "status,rubric"), plain=("at",), sealed_by="subject")
REGISTER = Kind("register", key="number", index=("rubric",))
SEEN = Kind("seen", key="update")
KINDS = (CASES, REGISTER, SEEN)


def case(number: int, **more: Any) -> dict[str, Any]:
    return {
        "number": f"C{number}",
        "status": "open" if number % 2 else "closed",
        "due": number,
        "rubric": "repair",
        "at": number + 0.5,
        "subject": f"c:{number}",
        "text": f"the chair of {number} squeaks",
        **more,
    }


def receive(tx: Tx, number: int, **more: Any) -> None:
    """One complaint: everything a real one writes."""
    tx.add(SEEN, {"update": number})
    tx.put(CASES, case(number, **more))
    tx.put(REGISTER, {"number": f"C{number}", "rubric": "repair"})
    tx.audit({"case": f"C{number}", "what": "received"})


def filled(folder: Path, cases: int = 12, key: bytes | None = KEY) -> Store:
    """An open store with some cases, one erased, and a photo."""
    store = Store.open(folder, KINDS, key=key)
    for number in range(cases):
        store.run_now(partial(receive, number=number))
    photo = store.files.keep(b"a photo" * 20, "c:1")
    store.run_now(lambda tx: tx.put(CASES, case(1, photo=photo)))
    store.run_now(lambda tx: tx.erase("c:2"))
    return store
