"""Commands that need the record: done by this process when the record is free, else handed to the running bot.

One connection on DATA_DIR/control.sock (for this user only) is one command: a line of JSON in, a line of JSON out.
The surprising truth: both roads run the same function, so a command cannot mean two things.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from bot import importing
from bot.joining import ROLES, invite
from bot.office import Rules
from bot.record import CASES, EVENTS, REGISTER, STAFF, erase_case, folded
from handlers.procedure import register
from handlers.procedure.deadlines import local_day
from storage.files import replaced
from storage.store import Store, Tx

SOCKET = "control.sock"
LONGEST = 1 << 30  # bytes of one answer: an export of everything

Said: TypeAlias = tuple[int, str]  # exit code, what to print


def issue(store: Store, rules: Rules, role: str, key: str) -> Said:
    """A one-time invitation; prints the payload of its link."""
    if role not in ROLES:
        return 2, f"{role} is no role. Choose one of: {', '.join(ROLES)}."
    if key not in {person.key for person in rules.firm.people} and (role, key) != ("admin", "admin"):
        known = ", ".join(person.key for person in rules.firm.people)
        return 2, f"Nobody in organisation.toml has the key {key!r}. There are: {known}."
    token = secrets.token_urlsafe(16)
    payload = store.run_now(lambda tx: invite(tx, role, key, token, datetime.now(UTC)))
    return 0, payload


def export_all(store: Store, rules: Rules) -> Said:
    """Everything that is kept, in an order that depends on nothing but the content."""
    return 0, json.dumps(store.export(), ensure_ascii=False, indent=1, sort_keys=True)


def export_tinydb(store: Store, rules: Rules, path: str) -> Said:
    store.export_tinydb(Path(path))
    return 0, f"Written: {path}. Stock TinyDB opens it. It holds everything in plain text; keep it safe."


def check_record(store: Store, rules: Rules) -> Said:
    """Is everything as it was written, and does the register say what the cases say?"""
    found = [*store.verify(), *store.read_now(lambda tx: _unlike(tx, rules))]
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


def grant(store: Store, rules: Rules, account: str) -> Said:
    """Make a Telegram account administrator from here: for a firm that locked itself out."""
    if not account.isdecimal():
        return 2, "Give the number of the Telegram account. @userinfobot tells it."

    def work(tx: Tx) -> None:
        tx.put(STAFF.name, {"key": "admin", "person": int(account), "roles": ["admin"]})
        tx.audit({"what": "joined", "role": "admin", "key": "admin", "at": datetime.now(UTC).isoformat()})

    store.run_now(work)
    return 0, f"{account} is administrator now."


def purge(store: Store, rules: Rules, how: str) -> Said:
    """Which closed complaints are past their term, and with `now` their end; the bot itself does so every day."""
    today = local_day(datetime.now(UTC), rules.zone)
    past = (today - timedelta(days=1)).isoformat()

    def work(tx: Tx) -> list[str]:
        numbers = [str(row["number"]) for row in tx.find(CASES.name, kept_until=(None, past))]
        for number in numbers if how == "now" else ():
            erase_case(tx, number, today)
        return numbers

    found = store.run_now(work)
    if not found:
        return 0, "No complaint is past its term."
    done = "Erased" if how == "now" else "Past their term, not erased (use --now)"
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


def import_register(store: Store, rules: Rules, path: str, how: str) -> Said:
    """Take over a register from a spreadsheet. *how*: look (change nothing), go, or skip (go without what is wrong)."""
    now = datetime.now(UTC)

    def known(tx: Tx) -> dict[str, dict[str, Any]]:
        return {str(row["number"]): row for row in tx.every(REGISTER.name)}

    try:
        found = importing.read(Path(path), rules, local_day(now, rules.zone), store.read_now(known))
    except importing.Unreadable as wrong:
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
OF_A_RECORD = frozenset(COMMANDS) - {"invite", "admin-grant"}  # these make none where there is none


@asynccontextmanager
async def listening(store: Store, rules: Rules, folder: Path) -> AsyncIterator[None]:
    """Let commands reach this process while the block runs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = json.loads(await reader.readline())
            code, text = await asyncio.to_thread(COMMANDS[asked["do"]], store, rules, *asked["with"])
        except Exception as error:
            code, text = 1, f"The running bot could not do that: {error}"
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


def ask_running(folder: Path, do: str, *given: str) -> Said:
    """Hand a command to the bot that holds the record."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / SOCKET))
        line.sendall(json.dumps({"do": do, "with": given}).encode() + b"\n")
        with line.makefile("rb") as answer:
            code, text = json.loads(answer.readline(LONGEST))
    return code, text
