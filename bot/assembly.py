"""Putting the record and the rules together from the settings: what every command starts with."""

from __future__ import annotations

import secrets

from bot.clock import SandboxTime, Time, WallTime
from bot.examples import examples
from bot.joining import invite
from bot.office import Rules
from bot.record import KINDS, STAFF
from bot.settings import Mistakes, Settings
from bot.words import Words
from locales import catalogs, names
from storage.store import RESTORING, Store, Tx, WrongKey


def rules(settings: Settings) -> Rules:
    return Rules(settings.firm, settings.zone, Words(catalogs(), settings.zone), names(), examples())


def clock_of(settings: Settings) -> Time:
    """The time everything here goes by: real, or a sandbox's."""
    return SandboxTime(settings.clock) if settings.clock else WallTime()


def open_store(settings: Settings, accept_loss: bool = False) -> Store:
    """The record in DATA_DIR; raises AlreadyOpen, Damaged or WrongKey."""
    if (settings.data / RESTORING).exists() and not settings.has_record:
        raise Mistakes([f"DATA_DIR: a restore into {settings.data} was broken off. Do it again first."])
    key = settings.master_key()
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Mistakes([f"DATA_DIR: {settings.data} cannot be made ({error.strerror})."]) from None
    try:
        return Store.open(settings.data, KINDS, key=key, accept_loss=accept_loss)
    except WrongKey:
        if not (new := settings.new_key_file).exists():
            raise
        raise Mistakes([f"MASTER_KEY_FILE: {settings.key_file} is not the key of this record. A rotate-key was broken "
                        f"off: {new} is. Put it in the place of the other."]) from None  # fmt: skip


def first_link(store: Store, clock: Time) -> str:
    """While there is no staff, a link that makes its holder administrator, once; "" when there is staff already."""

    now = clock.now()

    def work(tx: Tx) -> str:
        if next(iter(tx.every(STAFF.name)), None):
            return ""
        return invite(tx, "admin", "admin", secrets.token_urlsafe(16), now)

    return store.run_now(work)
