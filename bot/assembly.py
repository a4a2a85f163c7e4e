"""Putting the record and the rules together from the settings: what every command starts with."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from bot.examples import examples
from bot.joining import invite
from bot.office import Rules
from bot.record import KINDS, STAFF
from bot.settings import Mistakes, Settings
from bot.words import Words
from locales import catalogs, names
from storage.store import Store, Tx


def rules(settings: Settings) -> Rules:
    return Rules(settings.firm, settings.zone, Words(catalogs(), settings.zone), names(), examples())


def open_store(settings: Settings, accept_loss: bool = False) -> Store:
    """The record in DATA_DIR; raises AlreadyOpen, Damaged or WrongKey."""
    key = settings.master_key()
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Mistakes([f"DATA_DIR: {settings.data} cannot be made ({error.strerror})."]) from None
    return Store.open(settings.data, KINDS, key=key, accept_loss=accept_loss)


def first_link(store: Store) -> str:
    """While there is no staff, a link that makes its holder administrator, once; "" when there is staff already."""

    def work(tx: Tx) -> str:
        if next(iter(tx.every(STAFF.name)), None):
            return ""
        return invite(tx, "admin", "admin", secrets.token_urlsafe(16), datetime.now(UTC))

    return store.run_now(work)
