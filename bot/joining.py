"""Joining the staff: a one-time link ties a Telegram account to a person of organisation.toml and a role.

The link holds 128 random bits and the record only their hash; it works once, within 48 hours. The surprising truth:
roles are given to a key, never to a name or a number that the person says of themselves.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from bot import record
from bot.events import Commands
from bot.office import Office
from bot.record import INVITES, STAFF
from bot.words import Words
from handlers import menu
from handlers.acts import Acts, File, Tell
from handlers.notices.taking import assign
from handlers.procedure.case import Happened
from handlers.texts import T
from storage.store import Tx

ROLES = ("mediator", "manager", "admin")
LASTS = timedelta(hours=48)
ROLE_NAMES = {
    "mediator": T("role_mediator", "mediator"),
    "manager": T("role_manager", "manager"),
    "admin": T("role_admin", "administrator"),
}


def invite(tx: Tx, role: str, key: str, token: str, now: datetime) -> str:
    """Make an invitation; returns the payload of its link. *token* is secret and random."""
    until = int((now + LASTS).timestamp())
    tx.add(INVITES.name, {"hash": _hash(token), "role": role, "key": key, "until": until})
    tx.audit({"what": "invited", "role": role, "key": key, "at": now.isoformat()})
    return f"m_{token}"


def redeem(office: Office, token: str) -> Acts:
    """Somebody pressed an invitation's link; an old, used or invented one is answered alike."""
    tx, actor = office.tx, office.actor
    found = tx.get(INVITES.name, _hash(token))
    if found is None or found["until"] < office.now.timestamp():
        return (Tell(actor.id, T("no_invitation", "This link does not work any more. Ask for a new one.")),)
    tx.remove(INVITES.name, found["hash"])
    held = tx.get(STAFF.name, found["key"])
    roles = sorted({*(held["roles"] if held else ()), found["role"]})
    tx.put(STAFF.name, {**(held or {}), "key": found["key"], "person": actor.id, "roles": roles})
    tx.audit({"what": "joined", "role": found["role"], "key": found["key"], "at": office.now.isoformat()})
    for language in ("", *office.rules.words.languages):
        spoken, held_now = language or actor.language, actor.roles.union(roles)
        office.post(actor.id, commands(office.rules.words, held_now, spoken, language, actor.id), role="staff")
    welcome = Tell(
        actor.id,
        T("joined", "Welcome, {name}. You are now {role}. Send /help to see what you can do.",
          name=office.rules.firm.name_of(found["key"]), role=ROLE_NAMES[found["role"]]),
    )  # fmt: skip
    return (welcome, *_own(office, found["key"]), *(_waiting(office) if found["role"] == "mediator" else ()))


def _own(office: Office, key: str) -> Acts:
    """Complaints this person made as a client: a colleague has no part in them, also who became one only now."""
    rows = office.tx.find(record.CASES.name, client=office.actor.id)  # closed ones too: they may be opened again
    cases = [case for row in rows if (case := office.case(str(row["number"]))) and key not in case.barred]
    return tuple(File(case.number, Happened("barred", office.now, "bot", {"named": [key]})) for case in cases)


def _waiting(office: Office) -> Acts:
    """Complaints of others that came before there was a mediator are offered now."""
    rows = office.tx.find(record.CASES.name, mediator="", open="yes")
    cases = [case for row in rows if (case := office.case(str(row["number"]))) and case.status == "received"]
    others = [case for case in cases if case.client != office.actor.id]
    return tuple(act for case in others for act in assign(office, case))


def commands(words: Words, roles: frozenset[str], spoken: str, language: str, chat: int | None) -> Commands:
    """The command menu of somebody with *roles*: Dutch names for who speaks Dutch."""
    lines = tuple(
        (item.dutch if spoken == "nl" else item.name, words.plain(item.about, spoken))
        for item in menu.MENU
        if item.about and item.who & (roles | {"client"})
    )
    return Commands(lines, language, chat)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
