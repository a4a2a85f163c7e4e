"""The commands: `python -m bot COMMAND`. What each does lives elsewhere; here is only which there are.

Exit codes: 0 fine, 1 our own mistake, 2 wrong settings, 3 already running, 4 damaged data. The surprising truth: no
command but `run` and `demo` imports a messaging library, because that alone may take six seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot import control, settings
from bot.settings import Mistakes, Settings

LOG_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main(argv: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(argv)
    try:
        return int(given.run(given))
    except BrokenPipeError:  # whoever read it (head, less) has seen enough; what is left is nobody's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if (said := control.trouble(error)) is None:
            raise
        return _printed(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Wederhoor, the complaint bot.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=globals()[f"_{name.replace('-', '_')}"])
        return added

    command("rehearse", "practise with the real bot: one person plays all roles, nothing is kept")
    run = command("run", "start the bot")
    run.add_argument("--accept-loss", action="store_true", help="open a damaged record without what was lost")
    demo = command("demo", "try it here, without Telegram")
    demo.add_argument("--script", nargs="?", const="", metavar="FILE", help="play a whole complaint and show it")
    demo.add_argument("--no-browser", action="store_true", help="only print the page's address")
    sandbox = command("sandbox", "only the local Telegram")
    sandbox.add_argument("--port", type=int, default=0)
    sandbox.add_argument("--still", action="store_true", help="let its clock stand still")
    command("check", "are the settings right?")
    command("verify", "is the record as it was written?")
    invite = command("invite", "a one-time link that makes somebody mediator, manager or admin")
    invite.add_argument("role")
    invite.add_argument("--person", metavar="KEY", help="who, by the key in organisation.toml (an admin needs none)")
    invite.add_argument("--json", action="store_true")
    export = command("export-all", "everything that is kept, as JSON")
    export.add_argument("--json", action="store_true", help="the only form there is; said for clarity")
    command("export-tinydb", "one file that stock TinyDB opens").add_argument("file")
    command("import-tinydb", "fill an empty record from such a file").add_argument("file")
    register = command("export-register", "the complaints register as a spreadsheet")
    register.add_argument("file", help="its name ends with .xlsx or .csv")
    register.add_argument("--year", default="", help="only complaints received in that year")
    register.add_argument("--lang", default="nl")
    taken = command("import-register", "take over a register you already have; without --go only a preview")
    taken.add_argument("file", help="a .xlsx or .csv file")
    taken.add_argument("--go", action="store_true", help="take it over")
    taken.add_argument("--skip-rejected", action="store_true", help="leave out the rows that cannot be taken over")
    command("backup", "a copy of the record, and apart its keys").add_argument("folder")
    command("restore", "make the record from such a copy").add_argument("folder")
    command("rotate-key", "give the record a new master key")
    command("admin-grant", "make a Telegram account administrator").add_argument("account")
    purge = command("purge", "closed complaints that are past their term")
    purge.add_argument("--now", action="store_true", help="erase them")
    purge.add_argument("--anyway", action="store_true", help="also when the clock was set, or the bot was off, lately")
    purge.add_argument("--dry-run", action="store_true", help="only list them; so without --now")
    command("reload", "let the running bot read organisation.toml again")
    command("health", "how the running bot is doing (needs HEALTH_PORT)")
    labels = command("labels", "every text of the bot in one language, by name")
    labels.add_argument("--lang", default="nl")
    labels.add_argument("--json", action="store_true", help="the only form there is; said for clarity")
    suggest = command("suggest", "which topics a text sounds like; a text a line on standard input")
    suggest.add_argument("--lang", default="nl")
    when = command("when", "which days a phrase means; a phrase a line on standard input")
    when.add_argument("--lang", default="nl")
    when.add_argument("--today", required=True, metavar="YYYY-MM-DD")
    return parser


# With the record -----------------------------------------------------------------------------------------


def _recorded(name: str, *given: str) -> tuple[int, str]:
    try:
        ours = settings.read()
    except Mistakes:  # the bot that runs was started before somebody made one, and tonight's copy is not to wait
        if not control.runs(settings.folder(os.environ)):
            raise
        return control.ask_running(settings.folder(os.environ), name, *given)
    return control.recorded(ours, name, *given)


def _printed(said: tuple[int, str]) -> int:
    code, text = said
    print(text, file=sys.stderr if code else sys.stdout, flush=True)
    return code


def _verify(given: argparse.Namespace) -> int:
    return _printed(_recorded("verify"))


def _export_all(given: argparse.Namespace) -> int:
    return _printed(_recorded("export-all"))


def _export_tinydb(given: argparse.Namespace) -> int:
    return _printed(_recorded("export-tinydb", str(Path(given.file).absolute())))


def _export_register(given: argparse.Namespace) -> int:
    return _printed(_recorded("export-register", str(Path(given.file).absolute()), given.year, given.lang))


def _import_register(given: argparse.Namespace) -> int:
    how = "look" if not given.go else "skip" if given.skip_rejected else "go"
    return _printed(_recorded("import-register", str(Path(given.file).absolute()), how))


def _backup(given: argparse.Namespace) -> int:
    return _printed(_recorded("backup", str(Path(given.folder).absolute())))


def _admin_grant(given: argparse.Namespace) -> int:
    return _printed(_recorded("admin-grant", given.account))


def _purge(given: argparse.Namespace) -> int:
    how = "list" if given.dry_run or not given.now else "anyway" if given.anyway else "now"
    return _printed(_recorded("purge", how))


def _reload(given: argparse.Namespace) -> int:
    """organisation.toml is tried here as `check` does, papers and all, and then read by the bot."""
    from bot.checking import paper_trouble
    from storage.store import AlreadyOpen

    ours = settings.read()
    if wrong := paper_trouble(ours):
        raise Mistakes(wrong)
    if not ours.has_record:
        return _printed((2, f"There is no record in {ours.data}, so no bot runs with it. Is DATA_DIR right?"))
    try:
        _opened(ours)
    except AlreadyOpen:
        return _printed(control.ask_running(ours.data, "reload"))
    return _printed((2, "The bot is not running. It reads organisation.toml when it starts."))


def _health(given: argparse.Namespace) -> int:
    """What /healthz says; 1 when it says that somebody should look."""
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    ours = settings.read()
    if not ours.health_port:
        return _printed((2, "Set HEALTH_PORT and start the bot again: then it can tell how it is doing."))
    try:
        with urlopen(f"http://127.0.0.1:{ours.health_port}/healthz", timeout=10) as answer:
            return _printed((0, answer.read().decode()))
    except HTTPError as red:
        return _printed((1, red.read().decode()))
    except (URLError, TimeoutError):
        return _printed((1, "The bot does not answer. Is it running?"))


# With the record, while the bot is stopped: these change all of it ---------------------------------------


def _opened(ours: Settings) -> None:
    """See whether nobody holds the record; raises AlreadyOpen."""
    from bot.assembly import open_store

    open_store(ours).close()


def _import_tinydb(given: argparse.Namespace) -> int:
    from bot.assembly import open_store

    file = Path(given.file)
    if not file.is_file():
        return _printed((2, f"There is no file {file}. Nothing was made."))
    ours = settings.read()
    store = open_store(ours)
    try:
        return _printed((0, f"Taken over: {store.import_tinydb(file)} documents."))
    except (ValueError, TypeError, AttributeError) as wrong:  # no JSON, other JSON, or a key that stands there twice
        return _printed((2, f"{file} is no export of TinyDB: {wrong}. Nothing was taken over."))
    finally:
        store.close()


def _restore(given: argparse.Namespace) -> int:
    from bot.record import KINDS
    from storage import Damaged, WrongKey, restore

    ours, folder = settings.read(), Path(given.folder)
    if ours.has_record:
        with suppress(Damaged, WrongKey):  # what matters is that nobody holds it; that it is there is told below
            _opened(ours)
    left = restore(folder, Path(f"{folder}.keys"), ours.data, KINDS, ours.master_key(make=False))
    return _printed((0, f"The record is back in {ours.data}. Left out, because erased since: {left}."))


def _rotate_key(given: argparse.Namespace) -> int:
    import secrets

    from bot.record import KINDS
    from storage import rotate
    from storage.files import replaced

    ours = settings.read()
    if not ours.has_record:
        return _printed((2, f"There is no record in {ours.data}. Nothing was changed. Is DATA_DIR right?"))
    new, beside = secrets.token_bytes(settings.KEY_BYTES), ours.new_key_file
    old = ours.master_key(make=False)
    _opened(ours)  # with the old key, before a new one lies beside it
    replaced(beside, [f"{new.hex()}\n".encode()])  # on the disk before the record needs it
    rotate(ours.data, KINDS, old, new)
    beside.replace(ours.key_file)
    return _printed((0, f"The record has a new key, in {ours.key_file}. Copy it to a safe place. Make a new backup "
                        "now: older ones still need the old key."))  # fmt: skip


def _invite(given: argparse.Namespace) -> int:
    who = given.person or ("admin" if given.role == "admin" else "")
    code, text = _recorded("invite", given.role, who)
    if code:
        return _printed((code, text))
    if given.json:
        return _printed((0, json.dumps({"start": text})))
    return _printed((0, f"Give this to {who} only. It works once, within 48 hours:\n  /start {text}\n"
                        f"or as a link: https://t.me/<the bot's name>?start={text}"))  # fmt: skip


# Without it ----------------------------------------------------------------------------------------------


def _check(given: argparse.Namespace) -> int:
    from bot.checking import check

    return check(settings.read(token_needed=True))


def _labels(given: argparse.Namespace) -> int:
    from locales import catalogs
    from locales.collect import spoken

    catalog = catalogs().get(given.lang)
    if catalog is None:
        return _printed((2, f"There is no language {given.lang}."))
    texts = {text.name: catalog.text(text.name, text.english) for text in spoken()}
    return _printed((0, json.dumps(texts, ensure_ascii=False, indent=1, sort_keys=True)))


def _suggest(given: argparse.Namespace) -> int:
    from handlers.procedure.rubrics import suggest

    rubrics = settings.read().firm.rubrics
    for line in sys.stdin:
        ranked = [{"rubric": code, "score": round(score, 4)} for code, score in suggest(line.strip(), rubrics)]
        print(json.dumps({"text": line.strip(), "rubrics": ranked}, ensure_ascii=False))
    return 0


def _when(given: argparse.Namespace) -> int:
    from datetime import date

    from handlers.dates import NoSuchDate, read
    from locales import names

    try:
        today, calendar = date.fromisoformat(given.today), names()
    except ValueError:
        return _printed((2, f"{given.today!r} is no date. Write for example 2026-11-22."))
    for line in sys.stdin:
        try:
            span = read(line.strip(), today, calendar)
        except NoSuchDate:
            span = None
        told = (
            {"from": span.first.isoformat(), "to": span.last.isoformat(), "precision": span.precision} if span else None
        )
        print(json.dumps(told or {"from": None, "to": None, "precision": None}))
    return 0


# Running -------------------------------------------------------------------------------------------------


def _sandbox(given: argparse.Namespace) -> int:
    from bot.sandbox import serve

    with _ports():
        serve(given.port, still=given.still)
    return 0


def _demo(given: argparse.Namespace) -> int:
    from bot.sandbox import demo

    if given.script and not Path(given.script).is_file():
        return _printed((2, f"There is no script {given.script}."))
    port = os.environ.get("PORT", "0")
    if not (port.isdecimal() and int(port) < 65536):
        return _printed((2, f"PORT is {port!r}. It must be a number below 65536; without it a free one is taken."))
    with _ports():
        if given.script is None:
            return demo.live(int(port), open_browser=not given.no_browser)
        return demo.scripted(given.script)


def _rehearse(given: argparse.Namespace) -> int:
    """The bot on a record that is gone afterwards."""
    from dataclasses import replace
    from tempfile import TemporaryDirectory

    if settings.read(token_needed=True).has_record:
        return _printed((2, "This bot has a record, so people use it. Practise with the token of another bot, "
                            "and with DATA_DIR set to a folder that is not there."))  # fmt: skip
    with TemporaryDirectory(prefix="wederhoor-rehearsal-") as folder:
        ours = replace(
            settings.read(token_needed=True), data=Path(folder) / "data", key_file=Path(folder) / "key", clock="",
            health_port=0,
        )  # fmt: skip
        print("Practising: write to your bot. Type /rol to become somebody else. Ctrl-C ends it and throws all away.",
              flush=True)  # fmt: skip
        return _started(ours, accept_loss=False, practise=True)


def _run(given: argparse.Namespace) -> int:
    return _started(settings.read(token_needed=True), given.accept_loss)


def _started(ours: Settings, accept_loss: bool, practise: bool = False) -> int:
    from bot.logs import guard

    logging.basicConfig(level=ours.log_level, format=LOG_LINE, stream=sys.stderr)
    guard(ours.token, ours.webhook.secret if ours.webhook else "")
    with _ports():
        return asyncio.run(_until_told(ours, accept_loss, practise))


@contextmanager
def _ports() -> Iterator[None]:
    """A port that cannot be had is a mistake in the settings and not ours."""
    try:
        yield
    except OSError as error:
        # asyncio says which: "error while attempting to bind on address ('127.0.0.1', 80): ..."
        bound = re.search(r"bind on address \(.*, (\d+)", str(error))
        if bound is None:
            raise
        port = bound[1]
        why = "is in use by another program" if error.errno == errno.EADDRINUSE else "may not be used"
        raise Mistakes([f"Port {port} {why}. Choose another one, or leave it out."]) from None


async def _until_told(ours: Settings, accept_loss: bool, practise: bool) -> int:
    from bot.app import App
    from bot.assembly import clock_of, first_link, open_store
    from bot.engines import Displaced
    from bot.health import serving
    from storage.store import AlreadyOpen, Damaged, WrongKey

    try:
        store = open_store(ours, accept_loss)
        for loss in store.losses:
            logging.getLogger(__name__).error("given up: %s", loss)
    except AlreadyOpen:
        print("The bot is running already, or another program holds its data.", file=sys.stderr)
        return 3
    except (Damaged, WrongKey) as broken:
        print(f"The data is damaged, so nothing was started: {broken}", file=sys.stderr)
        return 4
    try:
        app = App(ours, store, practise=practise)
        if not practise and (link := first_link(store, clock_of(ours))):
            print(
                f"Nobody manages this bot yet. Send it this, once, to become its administrator:\n  /start {link}",
                flush=True,
            )
        stopping = set[asyncio.Task[None]]()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, lambda: stopping.add(asyncio.create_task(app.stop())))
        commands = control.listening(store, app.rules, ours.data, app.clock, app.waking.due, app.reload)
        async with commands, serving(app.health, ours.health_port):
            await app.run()
    except Displaced as displaced:
        logging.getLogger(__name__).error("%s", displaced)
        return 3
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
