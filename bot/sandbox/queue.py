"""Updates that wait for the bot: numbering, confirming, forgetting, expiring.

Here lives what Telegram's TQueue does; how updates travel (long polling, webhook) is in `delivery`. Sources:
telegram-bot-api Client.cpp 15707-15719, 16312-16405 (getUpdates), 16932-17158 (which updates, how long they live), and
api#update. The surprising truth: a delivered update is not a confirmed one. It comes again and again until the bot
asks with a higher offset, and it silently disappears when its time is over.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from .clock import Clock
from .faults import UPDATE, Faults

MESSAGE_LIFE, PRESS_LIFE, DAY = 86_400.0, 150.0, 86_400.0
ANSWER = 4 << 20  # an answer is cut off near 4 MiB
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KNOWN = NOT_BY_DEFAULT | frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "purchased_paid_media",
    ]
)


@dataclass(slots=True)
class Update:
    """One waiting update as JSON text. `lane` is the webhook's queue it belongs to."""

    id: int
    body: str
    lane: tuple[str, int]
    expires: float
    delivered: bool = False
    at: float = 0.0  # when it was delivered, in real time
    again: bool = False  # a fault: deliver once more although it was confirmed
    failures: int = 0
    due: float = 0.0


class Queue:
    """All waiting updates of the one bot, in order of arrival."""

    def __init__(self, clock: Clock, faults: Faults, random: Random, arrived: Callable[[], None]) -> None:
        self._clock = clock
        self._faults = faults
        self._random = random
        self.arrived = arrived
        self._waiting: list[Update] = []
        self._next = 1
        self._last = clock.now()
        self.turns: deque[float] = deque(maxlen=5)  # real seconds the bot lately took to confirm an update
        self.allowed: list[str] | None = None  # None: Telegram's default

    @property
    def tail(self) -> int:
        """The id the next update would get."""
        return self._next

    def allow(self, kinds: Any) -> None:
        """Remember allowed_updates; an empty list is the default again, unknown names are skipped."""
        if isinstance(kinds, list):
            self.allowed = [kind for kind in kinds if kind in KNOWN] or None

    def push(self, kind: str, content: Any, *, lane: tuple[str, int], life: float = MESSAGE_LIFE) -> int | None:
        """Queue an update; None when the bot does not want this kind, which is decided now and not on delivery."""
        wanted = kind not in NOT_BY_DEFAULT if self.allowed is None else kind in self.allowed
        if not wanted:
            return None
        return self.raw({kind: content}, lane=lane, life=life)

    def raw(self, update: dict[str, Any], *, lane: tuple[str, int], life: float = MESSAGE_LIFE) -> int:
        """Queue *update* whatever it is; it keeps its own update_id and numbering goes on from there."""
        now = self._clock.now()
        if now - self._last > 7 * DAY:
            self._next = self._random.randrange(1, 1 << 30)  # api#update: random after a week without updates
        self._last = now
        given = update.get("update_id")
        number = given if isinstance(given, int) else self._next
        self._next = number + 1
        body = json.dumps({"update_id": number} | update, ensure_ascii=False, separators=(",", ":"))
        twice = self._faults.strike(UPDATE, lane[1]) is not None
        self._waiting.append(Update(number, body, lane, now + life, again=twice))
        self.arrived()
        return number

    def waiting(self) -> list[Update]:
        """The updates still alive, oldest first."""
        now = self._clock.now()
        if any(update.expires <= now for update in self._waiting):
            self._waiting = [update for update in self._waiting if update.expires > now]
        return self._waiting

    def ask(self, offset: int, limit: int) -> list[Update]:
        """The answer to getUpdates: forgets all below *offset* first.

        A negative offset counts from the end. One more than 10 above the end is not of this queue (TQueue::get), so
        nothing is forgotten and the head is served.
        """
        waiting = self.waiting()
        if offset < 0:
            offset = max(offset + self._next, 1)
        if 0 < offset <= self._next + 10:
            self.forget(update for update in waiting if update.id < offset)
        chosen: list[Update] = []
        size = 0
        for update in self._waiting[:limit]:
            size += len(update.body)
            if chosen and size > ANSWER:
                break
            self.hand_over(update)
            chosen.append(update)
        return chosen

    def hand_over(self, update: Update) -> None:
        """The update is on its way to the bot."""
        update.delivered, update.at = True, time.monotonic()

    def forget(self, updates: Iterable[Update]) -> None:
        """Confirmed: gone, except one that a fault wants to deliver again."""
        gone = set()
        for update in updates:
            if update.delivered:
                self.turns.append(time.monotonic() - update.at)
            if update.again:
                update.again = update.delivered = False
            else:
                gone.add(id(update))
        self._waiting = [update for update in self._waiting if id(update) not in gone]

    def clear(self) -> None:
        self._waiting = []
