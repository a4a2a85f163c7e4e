"""Our own Telegram on this machine: a strict local Bot API with persons, faults, a clock and a page to try it.

Made for `make demo`, the scenarios and `make bench`; no existing emulator is strict enough. The rooms: `persons` (what
people do, and `Sandbox`), `server` (HTTP), `methods` (what each Bot API method does), `rules` and `markup` (what a
request may look like), `queue` and `delivery` (updates), `chats`, `clock`, `faults`, `page/`. They know nothing of the
bot and may be used by any. The surprising truth: the fidelity test beside it, one line a rule with its source, is what
keeps such a room honest; change a rule there first.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .persons import NoSuch, NotQuiet, Sandbox
    from .server import serve

__all__ = ["NoSuch", "NotQuiet", "Sandbox", "serve"]


def __getattr__(name: str) -> Any:
    """Only when asked for: a real bot reads the transcripts for its examples, and need not load a web server."""
    if name in __all__:
        return getattr(import_module(".server" if name == "serve" else ".persons", __name__), name)
    raise AttributeError(name)
