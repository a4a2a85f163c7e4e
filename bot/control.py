"""Commands that need the record: done by this process when the record is free, else handed to the running bot.

One connection on DATA_DIR/control.sock (for this user only) is one command: a line of JSON in, a line of JSON out.
The surprising truth: both roads run the same function, so a command cannot mean two things.
"""

from __future__ import annotations

import asyncio
import errno
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from bot import importing
from bot.assembly import clock_of, open_store
from bot.assembly import rules as rules_of
from bot.clock import Time, WallTime
from bot.documents.files import Unreadable
from bot.events import NotSaved
from bot.joining import ROLES, invite
from bot.office import Rules
from bot.record import CASES, CLOCK, DIARY, EVENTS, REGISTER, STAFF, erase_case, fits, folded
from bot.settings import Mistakes, Settings
from bot.waking import even
from handlers.procedure import register
from handlers.procedure.deadlines import local_day
from storage.files import replaced
from storage.store import AlreadyOpen, Damaged, Store, StoreError, Tx, WrongKey

SOCKET = "control.sock"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LONGEST = 1 << 30  # bytes of one answer: an export of everything

Said: TypeAlias = tuple[int, str]  # exit code, what to print
UNSURE = (
    "Nothing was erased: this computer's clock says {now}, and it has not run evenly for a day as far as the bot saw. "
    "What is erased does not come back. Check the date and time, and let the bot run for a day: it erases by itself. "
    "If you are sure of the date: purge --now --anyway."
)


def trouble(error: Exception) -> Said | None:
    """What somebody at a terminal is told of *error*; None when it is a bug of ours."""
    match error:
        case Mistakes():
            return 2, "\n".join(["The settings are not right yet:", *(f"- {sentence}" for sentence in error.found)])
        case AlreadyOpen():
            return 3, "The bot is running, or another command is at work on its record. Stop it first."
        case Damaged() | WrongKey():
            return 4, str(error)
        case StoreError() | NotSaved():
            return 2, str(error)
        case OSError() if error.filename:
            return 2, f"{error.filename}: {error.strerror}."
        case OSError() if error.errno in FULL:
            return 2, f"The disk does not take it: {error.strerror}."
    return None


def issue(store: Store, rules: Rules, role: str, key: str, *, now: datetime) -> Said:
    """A one-time invitation; prints the payload of its link."""
    if role not in ROLES:
        return 2, f"{role} is no role. Choose one of: {', '.join(ROLES)}."
    if key not in {person.key for person in rules.firm.people} and (role, key) != ("admin", "admin"):
        known = ", ".join(person.key for person in rules.firm.people)
        return 2, f"Nobody in organisation.toml has the key {key!r}. There are: {known}."
    token = secrets.token_urlsafe(16)
    payload = store.run_now(lambda tx: invite(tx, role, key, token, now))
    return 0, payload


def export_all(store: Store, rules: Rules) -> Said:
    """Everything that is kept, in an order that depends on nothing but the content."""
    return 0, json.dumps(store.export(), ensure_ascii=False, indent=1, sort_keys=True)


def export_tinydb(store: Store, rules: Rules, path: str) -> Said:
    store.export_tinydb(Path(path))
    return 0, f"Written: {path}. Stock TinyDB opens it. It holds everything in plain text; keep it safe."


def check_record(store: Store, rules: Rules) -> Said:
    """Is everything as it was written, and does the register say what the cases say?"""
    found = store.verify()
    if not found and not store.read_now(lambda tx: fits(tx, rules.firm, rules.zone)):
        return 2, ("The record is sound, but organisation.toml has other terms than its rows were made with. Start the "
                   "bot, or let it reload, and verify again.")  # fmt: skip
    found += store.read_now(lambda tx: _unlike(tx, rules))
    return (4, "\n".join(found)) if found else (0, "The record is sound.")


def _unlike(tx: Tx, rules: Rules) -> list[str]:
    """Where the register's rows are not what follows from the events."""
    events: dict[str, list[dict[str, Any]]] = {}
    for row in tx.every(EVENTS.name):
        events.setdefault(str(row["case"]), []).append(row)
    wanted = {}
    for number, rows in events.items():
        case = folded(number, rows)
        wanted[number] = register.row(case, rules.firm, rules.zone)
    kept = {str(row["number"]): row for row in tx.every(REGISTER.name)}
    imported = {number for number, row in kept.items() if row.get("imported")}
    cases = {str(row["number"]) for row in tx.every(CASES.name)}
    return [
        *(
            f"register: the row of {number} is missing or differs"
            for number in wanted
            if kept.get(number) != wanted[number]
        ),
        *(
            f"register: {number} has no case"
            for number in sorted(kept.keys() - wanted.keys() - imported)
            if not kept[number]["erased"]
        ),
        *importing.unlike(tx, kept),
        *(f"cases: the row of {number} is missing" for number in wanted.keys() - cases),
    ]


def staff_list(store: Store, rules: Rules) -> Said:
    """Who joined, by key, with their roles."""
    rows = store.read_now(lambda tx: list(tx.every(STAFF.name)))
    return 0, json.dumps({str(row["key"]): list(row["roles"]) for row in rows})


def back_up(store: Store, rules: Rules, folder: str) -> Said:
    """A copy of the record, and apart from it the keys: of those only the newest copy may be kept."""
    where, keys = Path(folder), Path(f"{folder}.keys")
    if where.exists() or keys.exists():
        return 2, f"{where} is there already. Choose a new name, for example with today's date."
    store.backup(where, keys)
    return 0, (f"Copied to {where}; its keys to {keys}. Keep the two in different places, and only the newest keys: "
               "older ones could open what was erased. Your MASTER_KEY_FILE is needed as well.")  # fmt: skip


def grant(store: Store, rules: Rules, account: str, *, now: datetime) -> Said:
    """Make a Telegram account administrator from here: for a firm that locked itself out."""
    if not account.isdecimal():
        return 2, "Give the number of the Telegram account. @userinfobot tells it."

    def work(tx: Tx) -> None:
        tx.put(STAFF.name, {"key": "admin", "person": int(account), "roles": ["admin"]})
        tx.audit({"what": "joined", "role": "admin", "key": "admin", "at": now.isoformat()})

    store.run_now(work)
    return 0, f"{account} is administrator now."


def purge(store: Store, rules: Rules, how: str, *, now: datetime) -> Said:
    """Which closed complaints are past their term, and with `now` their end; the bot itself does so every day.

    Neither believes a clock that was set lately; `anyway` does.
    """
    today = local_day(now, rules.zone)
    past = (today - timedelta(days=1)).isoformat()

    def work(tx: Tx) -> list[str] | None:
        if how == "now" and not even(tx.get(DIARY.name, CLOCK), now):
            return None
        numbers = [str(row["number"]) for row in tx.find(CASES.name, kept_until=(None, past))]
        for number in numbers if how in {"now", "anyway"} else ():
            erase_case(tx, number, today)
        return numbers

    found = store.run_now(work)
    if found is None:
        return 2, UNSURE.format(now=now.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M"))
    if not found:
        return 0, "No complaint is past its term."
    done = "Erased" if how != "list" else "Past their term, not erased (use --now)"
    return 0, f"{done}: {', '.join(found)}"


def export_register(store: Store, rules: Rules, path: str, year: str, language: str) -> Said:
    """The complaints register as a spreadsheet: all of it, or the complaints received in one year."""
    from bot.documents.sheets import register_csv, register_xlsx

    write = {".xlsx": register_xlsx, ".csv": register_csv}.get(Path(path).suffix.lower())
    if write is None:
        return 2, "Give the file a name that ends with .xlsx or .csv."
    if language not in rules.words.languages:
        return 2, f"There is no language {language}. There are: {', '.join(rules.words.languages)}."
    if year and not (year.isascii() and year.isdecimal() and len(year) == 4):
        return 2, f"{year!r} is no year. Write for example 2026."
    span = (f"{year}-01-01", f"{year}-12-31") if year else (None, None)
    rows = store.read_now(lambda tx: tx.find(REGISTER.name, received=span))
    try:
        replaced(Path(path), [write(rows, rules.firm, rules.words, language)])
    except OSError as error:
        return 2, f"{path} cannot be written: {error.strerror}."
    return 0, f"Written: {path}, {len(rows)} complaints. No names of clients stand in it."


def import_register(store: Store, rules: Rules, path: str, how: str, *, now: datetime) -> Said:
    """Take over a register from a spreadsheet. *how*: look (change nothing), go, or skip (go without what is wrong)."""

    def known(tx: Tx) -> dict[str, dict[str, Any]]:
        return {str(row["number"]): row for row in tx.every(REGISTER.name)}

    try:
        found = importing.read(Path(path), rules, local_day(now, rules.zone), store.read_now(known))
    except Unreadable as wrong:
        return 2, str(wrong)
    told = importing.preview(found, rules)
    if how == "look":
        skip = " --skip-rejected" if found.rejected else ""
        again = f" To take them over: the same with --go{skip}." if found.rows else ""
        return 0, "\n".join([*told, f"Nothing was changed.{again}"])
    if not found.rows or (found.rejected and how != "skip"):
        why = "Correct these rows, or add --skip-rejected." if found.rows else "There is nothing to take over."
        return 2, "\n".join([*told, f"Nothing was changed. {why}"])

    def work(tx: Tx) -> bool:
        for row in found.rows:  # the bot may have been at work since the file was read
            before = tx.get(REGISTER.name, row["number"])
            if before is not None and not (before.get("imported") and before["open"] == "yes"):
                return False
        importing.enter(tx, found.rows, now)
        return True

    if not store.run_now(work):
        return 2, "The register changed meanwhile. Nothing was changed. Try again."
    return 0, "\n".join([*told, f"Taken over: {len(found.rows)} complaints. They count in every summary from now on."])


COMMANDS: Mapping[str, Callable[..., Said]] = {
    "invite": issue, "export-all": export_all, "export-tinydb": export_tinydb, "verify": check_record,
    "staff": staff_list, "backup": back_up, "admin-grant": grant, "purge": purge,
    "export-register": export_register, "import-register": import_register,
}  # fmt: skip
TIMED = frozenset({"invite", "admin-grant", "purge", "import-register"})  # what happens at a moment
OF_A_RECORD = frozenset(COMMANDS) - {"invite", "admin-grant"}  # these make none where there is none


def carry_out(store: Store, rules: Rules, name: str, *given: str, now: datetime) -> Said:
    """One of `COMMANDS`, at the moment *now*."""
    return COMMANDS[name](store, rules, *given, **({"now": now} if name in TIMED else {}))


def recorded(ours: Settings, name: str, *given: str) -> Said:
    """One of `COMMANDS`, here or in the bot that is running."""
    if name in OF_A_RECORD and not ours.has_record:
        return 2, f"There is no record in {ours.data}. Nothing was made. Is DATA_DIR right?"
    try:
        store = open_store(ours)
    except AlreadyOpen:
        return ask_running(ours.data, name, *given)
    try:
        return carry_out(store, rules_of(ours), name, *given, now=clock_of(ours).now())
    finally:
        store.close()


async def _nothing() -> None:
    """A record without a bot needs no look at the clock."""


async def _no_bot() -> str:
    """A record that only a command holds has nothing to read again, and says so."""
    raise Mistakes(["No bot runs with this record, so there is nothing to read again."])


@asynccontextmanager
async def listening(
    store: Store,
    rules: Rules,
    folder: Path,
    clock: Time | None = None,
    look: Callable[[], Awaitable[object]] = _nothing,
    reload: Callable[[], Awaitable[str]] = _no_bot,
) -> AsyncIterator[None]:
    """Let commands reach this process while the block runs. *look* is awaited before what happens at a moment, so that
    a clock that was set a second ago is found out first."""
    time: Time = clock or WallTime()

    async def done(do: str, *given: str) -> Said:
        if do == "reload":
            return 0, await reload()
        if do in TIMED:
            await look()
        return await asyncio.to_thread(carry_out, store, rules, do, *given, now=time.now())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = json.loads(await reader.readline())
            code, text = await done(asked["do"], *asked["with"])
        except Exception as error:
            code, text = trouble(error) or (1, f"The running bot could not do that: {error}")
        writer.write(json.dumps([code, text]).encode() + b"\n")
        await writer.drain()
        writer.close()

    path = folder / SOCKET
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, str(path))
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def runs(folder: Path) -> bool:
    """Does a bot hold this record and listen?"""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(folder / SOCKET))
        except OSError:
            return False
    return True


def ask_running(folder: Path, do: str, *given: str) -> Said:
    """Hand a command to the bot that holds the record."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(folder / SOCKET))
        except OSError:  # it is starting or stopping, or no bot but a command holds it
            return 3, "The record is in use and nobody answers. Another command may be at work. Try again in a moment."
        line.sendall(json.dumps({"do": do, "with": given}).encode() + b"\n")
        with line.makefile("rb") as answer:
            said = answer.readline(LONGEST)
    if not said:
        return 3, "The bot stopped before it could answer. Nothing is known of what was done. Try again."
    code, text = json.loads(said)
    return code, text
