"""The firm's own alarm: a command of theirs, called with one sentence about the bot when somebody should look.

What is wrong is what /healthz calls red; here is only when it is told, and how. The surprising truth: the command gets
neither a complaint's number nor our settings. It is somebody else's program and may talk to anybody.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence

from bot.clock import Time
from bot.settings import NAMES
from storage.store import StoreError

log = logging.getLogger(__name__)
EVERY = 60.0  # real seconds between two looks
AGAIN, STILL = 3600.0, 86400.0  # seconds before a trouble that came back, and one that stays, is told once more
PATIENCE = 30.0  # real seconds for the command
NO_RECORD = "The record cannot be read."


class Alarm:
    """`run` it beside the engine. *look* says what is wrong now; *command*, which may change, what to call."""

    def __init__(
        self, command: Callable[[], Sequence[str]], look: Callable[[], Awaitable[Sequence[str]]], clock: Time
    ) -> None:
        self._command, self._look, self._clock = command, look, clock
        self._told: dict[str, float] = {}  # when, by the clock nobody sets
        self._wrong: set[str] = set()
        self.failed = False

    async def run(self) -> None:
        while True:
            try:
                if self._command():
                    await self.tell()
            except Exception:
                log.exception("the alarm could not look: our own bug")
            await asyncio.sleep(EVERY)  # real seconds: a sandbox's clock that stands still is no reason to be silent

    async def tell(self) -> None:
        """Look once, and call the command for what is new, or still so after a day."""
        try:
            wrong = list(await self._look())
        except StoreError:
            wrong = [NO_RECORD]
        at, self.failed = self._clock.both()[1], False
        for sentence in wrong:
            pause = STILL if sentence in self._wrong else AGAIN
            if sentence not in self._told or at - self._told[sentence] >= pause:
                if await called(self._command(), sentence):
                    self._told[sentence] = at
                else:
                    self.failed = True  # and tried again at the next look
        self._wrong = set(wrong)


async def called(command: Sequence[str], sentence: str) -> bool:
    """Run *command* with *sentence* behind it; whether it ended well. Never through a shell."""
    ours = {name: value for name, value in os.environ.items() if name not in NAMES}
    nothing = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command, sentence, stdin=nothing, stdout=nothing, stderr=nothing, env=ours
        )
    except OSError as error:
        log.error("the alarm command cannot be run: %s", error.strerror)
        return False
    try:
        code = await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        log.error("the alarm command took longer than %.0f seconds", PATIENCE)
        return False
    if code:
        log.error("the alarm command ended with %s", code)
    return not code
