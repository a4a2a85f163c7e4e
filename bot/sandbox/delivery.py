"""How updates reach the bot: it asks (long polling) or it is told (webhook).

Sources: telegram-bot-api Client.cpp 15702-15719 and 16225-16405 (polling, conflicts), WebhookActor.cpp 490-720. The
surprising truth: of two programs polling with one token the *older* request loses, so both see errors in turn. A
webhook keeps order only inside a lane (a chat for messages, a person for presses), so a press may overtake a text.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from .clock import Clock
from .queue import Queue, Update
from .rules import Parameters, Refusal, refuse

HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
ANSWER_TIME = 60.0  # real seconds a webhook may take


class Poll:
    """The one place where a getUpdates may wait. Its waiting is real time: it is a network's, not a person's."""

    def __init__(self, queue: Queue, strict: bool) -> None:
        self._queue = queue
        self.strict = strict  # slow down a bot that asks the same again and again
        self._waiting: asyncio.Future[bool] | None = None  # True: an update came, False: a newer request did
        self._last: tuple[int, float] = (0, -1e9)  # offset and time of the request before
        self._next_conflict = 0.0
        self.hooked: Callable[[], bool] = lambda: False

    @property
    def polling(self) -> bool:
        return self._waiting is not None and not self._waiting.done()

    def arrived(self) -> None:
        """An update came: whoever waits may look."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(True)

    async def _conflict(self, words: str) -> Refusal:
        """409, at most one in three seconds (Client 16225-16250)."""
        now = time.monotonic()
        if self.strict and now < self._next_conflict:
            await asyncio.sleep(self._next_conflict - now)
        self._next_conflict = time.monotonic() + 3
        return Refusal(409, words)

    async def get(self, given: Parameters, waiting: Callable[[bool], None] = lambda _: None) -> list[Update]:
        """The updates for one getUpdates; `waiting` is told when the request begins and stops to wait."""
        if self.hooked():
            raise await self._conflict(HOOKED)
        try:
            self._queue.allow(given.data("allowed_updates"))
        except ValueError:
            raise refuse("Can't parse allowed_updates JSON object") from None
        offset = given.number("offset")
        limit = given.number("limit", 100)
        limit = limit if 1 <= limit <= 100 else 100
        timeout = float(min(max(given.number("timeout"), 0), 50))
        now = time.monotonic()
        before, at = self._last
        if self.strict and offset == before:  # Client 16312-16405
            if timeout < 3 and now < at + 3:
                timeout = 3.0
            if now < at + 0.5:
                limit = 1
        self._last = offset, now
        if self.polling and self._waiting is not None:
            self._waiting.set_result(False)
        found = self._queue.ask(offset, limit)
        deadline = time.monotonic() + timeout
        while not found and (left := deadline - time.monotonic()) > 0:
            mine = self._waiting = asyncio.get_running_loop().create_future()
            waiting(True)
            try:
                still_ours = await asyncio.wait_for(mine, left)
            except TimeoutError:
                break
            finally:
                if self._waiting is mine:
                    self._waiting = None
                waiting(False)
            if not still_ours:
                raise await self._conflict(OTHER)
            found = self._queue.ask(offset, limit)
        return found


class Webhook:
    """Tells the bot its updates over HTTP, lane by lane. Only loopback: the one way we differ from `--local`."""

    def __init__(self, queue: Queue, clock: Clock, tell: Callable[[], None]) -> None:
        self._queue, self._clock, self._tell = queue, clock, tell
        self.url, self._secret, self.connections = "", "", 40
        self.error, self.error_at = "", 0.0
        self.flying = 0
        self._free = asyncio.Semaphore(self.connections)
        self._lanes: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self.reply: Callable[[dict[str, Any]], None] = lambda call: None

    def set(self, url: str, secret: str, connections: int) -> str:
        """Start, change or stop; returns the description Telegram adds. Raises `Refusal` for a bad address."""
        if url:
            parts = urlsplit(url)
            loopback = parts.hostname == "localhost" or _loopback(parts.hostname or "")
            if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
                raise refuse("Bad webhook: An HTTPS URL must be provided for webhook")
            if not loopback:
                if (parts.port or 443) not in (443, 80, 88, 8443):
                    raise refuse("Bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
                raise refuse("Bad webhook: Failed to resolve host: the sandbox reaches only this machine")
        same = (url, secret) == (self.url, self._secret)
        words = ("Webhook is already set" if same else "Webhook was set") if url else (
            "Webhook is already deleted" if same else "Webhook was deleted")  # fmt: skip
        if not same:
            self._stop()
            self.url, self._secret, self.connections, self.error = url, secret, connections, ""
            self._free = asyncio.Semaphore(connections)
            self.arrived()
        return words

    def arrived(self) -> None:
        """Give every lane with something in it a courier."""
        if not self.url:
            return
        for update in self._queue.waiting():
            if update.lane not in self._lanes:
                self._lanes[update.lane] = asyncio.create_task(self._courier(update.lane))

    async def _courier(self, lane: tuple[str, int]) -> None:
        try:
            while update := next((u for u in self._queue.waiting() if u.lane == lane), None):
                if update.due > self._clock.now():
                    await self._clock.wait(min(update.due, update.expires))
                    continue
                async with self._free:
                    self._queue.hand_over(update)
                    self.flying += 1
                    try:
                        trouble, pause = await self._post(update)
                    finally:
                        self.flying -= 1
                if trouble:
                    self._failed(update, trouble, pause)
                else:
                    self._queue.forget([update])
                self._tell()
        finally:
            if self._lanes.get(lane) is asyncio.current_task():
                del self._lanes[lane]

    def _failed(self, update: Update, trouble: str, pause: float) -> None:
        """Again at once, then after 2, 4, 8 ... seconds, or when the bot said (WebhookActor.cpp, on_update_error)."""
        update.failures += 1
        if not pause and update.failures > 1:
            pause = min(FIRST_DELAY * 2 ** (update.failures - 1), LONGEST_DELAY)
        update.due = self._clock.now() + pause
        self.error, self.error_at = trouble, self._clock.now()

    async def _post(self, update: Update) -> tuple[str, float]:
        """What went wrong ("" for nothing) and how long the bot asked us to wait."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIME))
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._secret
        try:
            async with self._session.post(self.url, data=update.body.encode(), headers=headers) as response:
                if not 200 <= response.status <= 299:
                    asked = response.headers.get("Retry-After", "")
                    pause = float(min(int(asked), 3600)) if asked.isdigit() else 0.0
                    return f"Wrong response from the webhook: {response.status} {response.reason}", pause
                await self._answered(response)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return "Connection refused" if update.failures == 0 else "Webhook connection closed", 0.0
        return "", 0.0

    async def _answered(self, response: aiohttp.ClientResponse) -> None:
        """The 200 may carry one method to call (WebhookActor.cpp 720), here only as JSON; nobody learns its result."""
        call: Any = None
        if response.content_type == "application/json":
            with contextlib.suppress(ValueError):
                call = await response.json()
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            self.reply(call)

    def _stop(self) -> None:
        for task in self._lanes.values():
            task.cancel()
        self._lanes.clear()

    async def close(self) -> None:
        tasks = list(self._lanes.values())
        self._stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
