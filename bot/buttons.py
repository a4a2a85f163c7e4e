"""The buttons of the last message to somebody, so that a label may be typed where no question is open.

Kept with the person, as label and wish; a question's own buttons are not, since `Words.meant` knows those. The
surprising truth: only the very last message counts. An older button can still be pressed, but not be meant by words.
"""

from __future__ import annotations

from bot.events import Keyboard
from bot.record import PEOPLE, person_subject
from bot.words import bare
from storage.store import Tx


def remember(tx: Tx, chat: int, keyboard: Keyboard) -> None:
    shown = [[button.text, button.data] for row in keyboard for button in row if button.data.startswith("do:")]
    person = tx.get(PEOPLE.name, chat)
    if person is None:
        person = {"person": chat, "subject": person_subject(chat), "language": "", "front": "", "loose": [], "begun": 0}
    if shown != person.get("buttons", []):
        tx.put(PEOPLE.name, person | {"buttons": shown})


def typed(tx: Tx, chat: int, text: str) -> tuple[str, bool]:
    """The wish whose label *text* is ("" for none), and whether it is a number that could only mean a button."""
    person = tx.get(PEOPLE.name, chat)
    shown = person.get("buttons", []) if person else []
    said = bare(text)
    meant = next((data for label, data in shown if said and said == bare(label)), "")
    return meant, bool(shown) and said.isdecimal() and len(said) < 3
