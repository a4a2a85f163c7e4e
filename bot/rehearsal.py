"""Practising: one person plays client, mediator and manager on one phone, and nothing reaches the register.

`python -m bot rehearse` runs the real bot on a record that is thrown away at the end. Each role is a person of its own
to the bot; here they are told apart and put together again. The surprising truth: nothing else knows of it. A press
belongs to the role its message was for, so the roles change by themselves; /rol changes them for what is typed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from bot.events import Action, Command, Edit, Event, Receipt, Send, Tapped
from bot.record import SLOTS, STAFF
from bot.words import Words
from handlers.firm import Firm
from handlers.texts import T
from storage.store import Store, Tx

APART = 10**12  # Telegram's ids are below 2**52 and far below this one; role n of a person is n times this further on
ROLES = ("client", "mediator", "manager")
LABELS = (
    T("practice_client", "PRACTICE · you are the client"),
    T("practice_mediator", "PRACTICE · you are the mediator"),
    T("practice_manager", "PRACTICE · you are the manager"),
)
CALLED = {
    # typed after /rol            role
    "client": 0, "cliënt": 0, "mediator": 1, "bemiddelaar": 1, "manager": 2, "leidinggevende": 2,
}  # fmt: skip


def cast_of(firm: Firm) -> tuple[str, str]:
    """The keys that play the mediator and the manager: a manager is somebody others report to, if there is one."""
    chiefs = [person.reports_to for person in firm.people if person.reports_to]
    manager = chiefs[0] if chiefs else firm.people[0].key
    return next((person.key for person in firm.people if person.key != manager), manager), manager


class Rehearsal:
    """Stands between the engine and the desk."""

    def __init__(self, store: Store, firm: Firm, words: Words) -> None:
        self.store, self.firm, self.words = store, firm, words
        self.playing: dict[int, int] = {}  # role by Telegram id

    async def incoming(self, event: Event) -> Event | None:
        """*event* as something one of the roles did; None from anybody but the one who practises."""
        person, what = event.person.id, event.what
        if self.playing and person not in self.playing:
            return None
        if person not in self.playing:
            await self.store.run(lambda tx: self._join(tx, person))
        role = self.playing.get(person, 0)
        if isinstance(what, Command) and what.name in {"rol", "role"}:
            role = CALLED.get(what.payload.strip().casefold(), (role + 1) % len(ROLES))
            what = replace(what, name="start" if role == 0 else "help", payload="")
        about = what.message if isinstance(what, Tapped) else getattr(what, "reply_to", None)
        if about:
            role = await self.store.read(lambda tx: self._whose(tx, person, about, role))
        self.playing[person] = role
        acting = person + APART * role
        return replace(event, chat=acting, person=replace(event.person, id=acting), what=what)

    def outgoing(self, action: Action) -> Action:
        """*action* for the one chat there is, saying for whom it is meant."""
        chat = getattr(action, "chat", None)
        if not isinstance(chat, int):
            return action
        role, real = divmod(chat, APART)
        changed: dict[str, Any] = {"chat": real}
        if isinstance(action, Send | Edit):
            changed["text"] = f"<i>{self.words.html(LABELS[role], 'nl')}</i>\n{action.text}"
        return cast(Action, replace(cast(Any, action), **changed))

    def _join(self, tx: Tx, person: int) -> None:
        mediator, manager = cast_of(self.firm)
        tx.put(STAFF.name, {"key": mediator, "person": person + APART, "roles": ["mediator"]})
        tx.put(STAFF.name, {"key": manager, "person": person + 2 * APART, "roles": ["manager"]})

    def _whose(self, tx: Tx, person: int, message: int, otherwise: int) -> int:
        for role in range(len(ROLES)):
            if tx.find(SLOTS.name, chat=person + APART * role, message=message):
                return role
        return otherwise


def elsewhere(words: Words, firm: Firm, chat: int) -> Send:
    """What somebody else hears meanwhile: nothing they write here is kept."""
    sentence = T("practice_busy", "We are practising with this bot. What you write here is not kept. Call {phone}.",
                 phone=firm.contact.phone)  # fmt: skip
    return Send(chat, words.html(sentence, "nl"))


class Stage:
    """An engine whose actions are told apart by role on their way out."""

    def __init__(self, engine: Any, rehearsal: Rehearsal) -> None:
        self._engine, self._rehearsal = engine, rehearsal

    async def do(self, action: Action) -> Receipt:
        return cast(Receipt, await self._engine.do(self._rehearsal.outgoing(action)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)
