"""A transcript's world over HTTP: the sandbox is its Telegram, and a real bot answers, in this process or its own.

The surprising truth: `settle` never waits for a pace or a deadline to pass in real time. The clock stands still and
jumps to the bot's next due moment whenever everybody is idle, so eight weeks take seconds.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from .persons import NoSuch, Sandbox
from .script import Differs, Person

PACE = 90.0  # seconds the clock may jump while settling: the pace of messages and short retries, not deadlines
PATIENCE = 60.0  # real seconds for a bot to become quiet; importing a library alone can take ten
SILENCE, SILENCE_HERE = 0.25, 0.06  # real seconds without a call; a process of its own may not get its turn at once
ROOT = Path(__file__).resolve().parents[2]


class Bot(Protocol):
    @property
    def idle(self) -> bool:
        """Has it nothing to deliver? True where nobody can tell."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def invite(self, role: str, key: str) -> str:
        """The payload of a one-time link."""


class OwnProcess:
    """`python -m bot run` as a process of its own, as a firm would run it."""

    idle = True

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = {**os.environ, **env}
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=self.env, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
        )

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def command(self, *words: str) -> tuple[int, str]:
        """`python -m bot WORDS` beside the running bot: exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, env=self.env, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def invite(self, role: str, key: str) -> str:
        code, said = await self.command("invite", role, "--person", key, "--json")
        if code:
            raise Differs(f"no invitation for {key} as {role}")
        return str(json.loads(said)["start"])


class OverHttp:
    """A `World` for `script.Play`."""

    def __init__(self, sandbox: Sandbox, bot: Bot) -> None:
        self.sandbox, self.bot = sandbox, bot
        self.ids: dict[str, int] = {}

    async def person(self, person: Person) -> None:
        found = await self.sandbox.person(person.name, person.language)
        self.ids[person.name] = found["id"]
        if person.role:
            payload = await self.bot.invite(person.role, person.key)
            await self.sandbox.say(found["id"], f"/start {payload}")

    async def say(self, who: str, text: str, reply: bool) -> None:
        last = (await self.heard(who))[-1]["id"] if reply else None
        await self.sandbox.say(self.ids[who], text, reply_to=last)

    async def tap(self, who: str, label: str) -> None:
        try:
            await self.sandbox.tap(self.ids[who], label=label)
        except NoSuch as none:
            shown = [b["text"] for m in await self.heard(who) for row in m["keyboard"] for b in row]
            raise Differs(f"{who} sees no button {label!r}; there are {shown}") from none

    async def file(self, who: str, kind: str, name: str, caption: str) -> None:
        content = f"bytes of {name}".encode()
        await self.sandbox.file(
            self.ids[who], kind, name, "image/jpeg", caption, content_b64=base64.b64encode(content).decode()
        )

    async def edit(self, who: str, text: str) -> None:
        chat = await self.sandbox.chat(self.ids[who])
        mine = [message["id"] for message in chat["messages"] if message["from"] == "person"]
        await self.sandbox.edit(self.ids[who], mine[-1], text)

    async def block(self, who: str) -> None:
        await self.sandbox.block(self.ids[who])

    async def advance(self, seconds: float) -> None:
        await self.sandbox.clock(advance=seconds)

    async def restart(self) -> None:
        await self.bot.stop()
        await self.bot.start()

    async def settle(self) -> None:
        quiet = SILENCE if isinstance(self.bot, OwnProcess) else SILENCE_HERE
        await self.sandbox.settle(PATIENCE, jump=PACE, quiet=quiet)
        while not self.bot.idle:
            await asyncio.sleep(0.01)
            await self.sandbox.settle(PATIENCE, jump=PACE, quiet=quiet)

    async def heard(self, who: str) -> Sequence[Mapping[str, Any]]:
        chat = await self.sandbox.chat(self.ids[who])
        return [message for message in chat["messages"] if message["from"] == "bot"]
