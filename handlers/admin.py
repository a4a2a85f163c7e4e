"""What an administrator can do in the chat: see how the bot is doing. No content of any complaint comes here.

What is measured is the door's affair (bot/health.py); which figures need a human being stands in `RED`, for the chat,
for /healthz and for the firm's alarm alike. The surprising truth: an administrator is told of a complaint that nobody
may read, and never of which one.
"""

from __future__ import annotations

from collections.abc import Callable

from handlers.acts import Acts, Office, Tell
from handlers.facts import Health
from handlers.procedure.case import Case
from handlers.texts import Lines, T, Text

LONG_WAITING = 15 * 60  # seconds an undelivered message may wait before somebody should look
FULL = 0.03  # free part of the disk below which a complaint may soon not be saved


RED: tuple[tuple[Callable[[Health], bool], Text], ...] = (
    (lambda found: found.gate_shut,
     T("red_gate", "The record cannot be written. Nothing is acknowledged to Telegram.")),
    (lambda found: found.outbox_oldest_seconds > LONG_WAITING,
     T("red_waiting", "Messages have been waiting for more than 15 minutes.")),
    (lambda found: found.put_aside > 0,
     T("red_aside", "There are updates nobody could read, in aside.jsonl.")),
    (lambda found: not found.mediators,
     T("red_mediator", "Nobody is a mediator yet. Invite one.")),
    (lambda found: not found.managers,
     T("red_manager", "Nobody is a manager yet. Invite one.")),
    (lambda found: found.nobodys > 0,
     T("red_nobody", "There is a complaint that nobody may read or give to somebody. "
       "Invite a manager it is not about, or an administrator.")),
    (lambda found: found.clock_held,
     T("red_clock", "The clock of this computer jumped. Reminders wait an hour. Check its date and time.")),
    (lambda found: found.disk_free < FULL,
     T("red_disk", "The disk is nearly full.")),
    (lambda found: found.alarm_failed,
     T("red_alarm", "The command in alarm.command does not work.")),
)  # fmt: skip


def red(found: Health) -> tuple[Text, ...]:
    """What needs a human being."""
    return tuple(sentence for wrong, sentence in RED if wrong(found))


def health(office: Office, case: Case | None, arg: str) -> Acts:
    """How the bot is doing, in the chat."""
    found = office.health()
    wrong = tuple(T("health_red", "• {what}", what=sentence) for sentence in red(found))
    state = T("health_wrong", "<b>This needs your attention.</b>\n{lines}", lines=Lines(wrong)) if wrong else T(
        "health_well", "<b>All is well.</b>")  # fmt: skip
    text = T(
        "health",
        "{state}\n\nOpen complaints: {open}\nMessages that wait: {waiting}\nMessages that never arrived: {dead}\n"
        "Free space on the disk: {free} %",
        state=state, open=found.open_cases, waiting=found.outbox_waiting, dead=found.outbox_dead,
        free=round(100 * found.disk_free),
    )  # fmt: skip
    return (Tell(office.facts.actor.id, text),)
