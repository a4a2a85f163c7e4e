"""What we keep. Knows documents, not complaints; imports nothing of ours.

store.py is the seam everybody uses; durable.py the only place with SQL; crypto.py, audit.py and files.py keep keys, the
chain of who did what, and photos and papers.
"""

from storage.errors import AlreadyOpen, Damaged, Erased, Full, Stopped, StoreError, Taken, WrongKey
from storage.store import Kind, Store, Tx, restore, rotate, verify

__all__ = [
    "AlreadyOpen",
    "Damaged",
    "Erased",
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
