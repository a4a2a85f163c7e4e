"""The two bots that are compared: Wederhoor, and a bare echo on the same library that makes the same API calls.

`python -m tests.bench_bots WHICH ENGINE API_BASE FOLDER` runs one by polling, without Telegram's pace. The surprising
truth: the echo is told its lines. A complaint is lived through once in memory, and the echo repeats what Wederhoor
did at each update, looking nothing up and keeping nothing but two numbers a chat.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

from bot.app import App
from bot.assembly import open_store
from bot.events import Action, Answer, Edit, Keyboard, Receipt, Said, Send, Tapped, packed, unpacked
from bot.post import Post
from bot.sandbox import script
from bot.settings import Settings
from tests.conftest import TOKEN, example
from tests.in_memory import InMemory

LINES = "lines.json"
Raw = dict[str, Any]
COMPLAINT = (
    "/start", "[Klacht indienen]", "[Ja, dat is goed]",
    "Mijn nieuwe orthopedische schoenen zijn drie weken te laat en niemand belt terug.", "[Verder]",
    "[Te laat of niet geleverd]", "orthopedische schoenen", "[Gisteren]", "2", "[Het oplossen]", "[Verder]",
    "[Voor mijzelf]", "[Truus]", "[Hier in Telegram]", "[Klacht versturen]",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One update of the complaint, and what the bot does about it."""

    text: str
    label: str = ""  # of the button pressed, if it is a press
    under: str = ""  # the text above the button, and its buttons
    buttons: Keyboard = ()
    actions: tuple[Action, ...] = ()

    def raw(self, update: int, chat: int, data: str) -> Raw:
        """As Telegram would say it; *data* is what the button that is pressed holds in this chat."""
        person = {"id": chat, "is_bot": False, "first_name": "Truus", "language_code": "nl"}
        place = {"id": chat, "type": "private", "first_name": "Truus"}
        if not self.label:
            said: Raw = {"message_id": update, "date": 1764000000, "chat": place, "from": person, "text": self.text}
            if self.text.startswith("/"):
                said["entities"] = [{"type": "bot_command", "offset": 0, "length": len(self.text)}]
            return {"update_id": update, "message": said}
        shown = [[{"text": button.text, "callback_data": button.data} for button in row] for row in self.buttons]
        ours = {"id": 1000001, "is_bot": True, "first_name": "Wederhoor", "username": "wederhoor_bot"}
        under = {
            "message_id": update, "date": 1764000000, "chat": place, "from": ours, "text": self.under,
            "reply_markup": {"inline_keyboard": shown},
        }  # fmt: skip
        query = {"id": str(update), "from": person, "chat_instance": "1", "data": data, "message": under}
        return {"update_id": update, "callback_query": query}


class _Once(InMemory):
    """Lives through the complaint and remembers what was done."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings, folder)
        self.actions: list[Action] = []

    async def _deliver(self, row: dict[str, Any]) -> None:
        self.actions.append(unpacked(row["action"]))
        await super()._deliver(row)

    async def step(self, who: str, line: str) -> Step:
        done = len(self.actions)
        answered = len(self.instant)
        step = Step(line)
        if line.startswith("["):
            message, button = self.button(who, line[1:-1])
            step = Step("", button.text, message["text"], message["buttons"])
            await self.take(who, Tapped(f"q{self.updates}", button.data, message["id"]))
        elif line.startswith("/"):
            await self.say(who, line, False)
        else:
            await self.take(who, Said(line, self._new(who, line)))
        answers = [action for action in self.instant[answered:] if isinstance(action, Answer)]
        return replace(step, actions=(*answers, *self.actions[done:]))


async def lived_once(folder: Path) -> list[Step]:
    """The complaint as steps, from a bot in memory."""
    world = _Once(example(folder), folder)
    await world.person(script.Person("Truus", "nl"))
    try:
        return [await world.step("Truus", line) for line in COMPLAINT]
    finally:
        world.close()


def keep(steps: Sequence[Step], folder: Path) -> None:
    """For an echo in a process of its own."""
    (folder / LINES).write_text(json.dumps([[packed(action) for action in step.actions] for step in steps]))


# The echoes ----------------------------------------------------------------------------------------------


@dataclass
class Chat:
    steps: int = 0
    newest: int = 0  # our newest message


@dataclass
class Part:
    """What the echo says, at each update of a chat; the chat and messages are those of the update."""

    actions: Sequence[Sequence[Action]]
    chats: defaultdict[int, Chat] = field(default_factory=lambda: defaultdict(Chat))

    def lines(self, chat: int) -> Sequence[Action]:
        known = self.chats[chat]
        known.steps += 1
        return self.actions[known.steps - 1] if known.steps <= len(self.actions) else ()


class Bare(Protocol):
    """A bot that the benchmark can feed by hand, from `begin` to `stop`, or let poll by `run`."""

    async def begin(self) -> None: ...
    async def feed(self, raw: Raw) -> None: ...
    def button(self, chat: int, label: str) -> str:
        """What the newest button with that label holds."""

    async def quiet(self) -> None:
        """Wait until it has done all it can."""

    async def run(self) -> None:
        """Poll until told to stop."""

    async def stop(self) -> None: ...


def aiogram_echo(part: Part, api_base: str) -> Bare:
    from aiogram import Bot, Dispatcher, types
    from aiogram.client.default import DefaultBotProperties
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    bot = Bot(
        TOKEN,
        session=AiohttpSession(api=TelegramAPIServer.from_base(api_base)),
        default=DefaultBotProperties(parse_mode="HTML"),
    )
    dispatcher = Dispatcher(disable_fsm=True)

    def buttons(keyboard: Keyboard) -> types.InlineKeyboardMarkup | None:
        rows = [
            [
                types.InlineKeyboardButton(
                    text=b.text,
                    callback_data=b.data or None,
                    style=b.style or None,
                    copy_text=types.CopyTextButton(text=b.copy) if b.copy else None,
                )
                for b in row
            ]
            for row in keyboard
        ]
        return types.InlineKeyboardMarkup(inline_keyboard=rows) if rows else None

    async def play(chat: int, query: str) -> None:
        for action in part.lines(chat):
            match action:
                case Send(_, text, keyboard):
                    sent = await bot.send_message(chat, text, reply_markup=buttons(keyboard))
                    part.chats[chat].newest = sent.message_id
                case Edit(_, _, text, keyboard):
                    newest = part.chats[chat].newest
                    await bot.edit_message_text(text, chat_id=chat, message_id=newest, reply_markup=buttons(keyboard))
                case Answer(_, text):
                    await bot.answer_callback_query(query, text or None)

    @dispatcher.message()
    async def said(message: types.Message) -> None:
        await play(message.chat.id, "")

    @dispatcher.callback_query()
    async def pressed(query: types.CallbackQuery) -> None:
        await play(query.from_user.id, query.id)

    class Echo:
        async def begin(self) -> None: ...

        async def feed(self, raw: Raw) -> None:
            await dispatcher.feed_update(bot, types.Update.model_validate(raw, context={"bot": bot}))

        def button(self, chat: int, label: str) -> str:
            return label

        async def quiet(self) -> None: ...

        async def run(self) -> None:
            await dispatcher.start_polling(bot, polling_timeout=30, handle_signals=False)

        async def stop(self) -> None:
            with suppress(RuntimeError):  # it was fed by hand
                await dispatcher.stop_polling()

    return Echo()


def ptb_echo(part: Part, api_base: str) -> Bare:
    from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update, ext

    app = (
        ext.ApplicationBuilder()
        .token(TOKEN)
        .base_url(f"{api_base}/bot")
        .defaults(ext.Defaults(parse_mode="HTML"))
        .job_queue(None)
        .build()
    )
    stopping = asyncio.Event()

    def buttons(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
        rows = [
            [
                InlineKeyboardButton(
                    b.text,
                    callback_data=b.data or None,
                    style=b.style or None,
                    copy_text=CopyTextButton(b.copy) if b.copy else None,
                )
                for b in row
            ]
            for row in keyboard
        ]
        return InlineKeyboardMarkup(rows) if rows else None

    async def play(update: Update, _: Any) -> None:
        assert update.effective_chat is not None
        chat = update.effective_chat.id
        for action in part.lines(chat):
            match action:
                case Send(_, text, keyboard):
                    sent: Message = await app.bot.send_message(chat, text, reply_markup=buttons(keyboard))
                    part.chats[chat].newest = sent.message_id
                case Edit(_, _, text, keyboard):
                    newest = part.chats[chat].newest
                    await app.bot.edit_message_text(text, chat, newest, reply_markup=buttons(keyboard))
                case Answer(_, text):
                    assert update.callback_query is not None
                    await app.bot.answer_callback_query(update.callback_query.id, text or None)

    app.add_handler(ext.MessageHandler(ext.filters.ALL, play))
    app.add_handler(ext.CallbackQueryHandler(play))

    class Echo:
        async def begin(self) -> None:
            await app.initialize()

        async def feed(self, raw: Raw) -> None:
            await app.process_update(Update.de_json(raw, app.bot))

        def button(self, chat: int, label: str) -> str:
            return label

        async def quiet(self) -> None: ...

        async def run(self) -> None:
            await self.begin()
            await app.start()
            assert app.updater is not None
            await app.updater.start_polling(timeout=30)
            await stopping.wait()
            await app.updater.stop()
            await app.stop()
            await app.shutdown()

        async def stop(self) -> None:
            stopping.set()

    return Echo()


def echo(engine: str, part: Part, api_base: str) -> Bare:
    return aiogram_echo(part, api_base) if engine == "aiogram" else ptb_echo(part, api_base)


# Wederhoor itself ----------------------------------------------------------------------------------------


class Whole:
    """The whole bot, without Telegram's pace. Fed by hand it must be one that waits for a webhook."""

    def __init__(self, settings: Settings) -> None:
        self.app = App(settings, open_store(settings))
        app = self.app
        app.post = Post(app.store, app.engine, app.clock, app.again, app.dead, per_chat=0.0, per_second=1_000_000)
        self.engine: Any = app.engine
        self.running: asyncio.Task[None]
        self.buttons: dict[tuple[int, str], str] = {}

    async def begin(self) -> None:
        do = self.engine.do

        async def noted(action: Action) -> Receipt:
            if isinstance(action, Send | Edit):
                self.buttons.update(((action.chat, b.text), b.data) for row in action.keyboard for b in row)
            receipt: Receipt = await do(action)
            return receipt

        self.engine.do = noted
        self.running = asyncio.create_task(self.run())
        hook = self.app.settings.webhook
        assert hook is not None
        while not await _listens(hook.port):
            assert not self.running.done()
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)  # the command menus

    async def feed(self, raw: Raw) -> None:
        assert await self.engine._delivered(raw)

    def button(self, chat: int, label: str) -> str:
        return self.buttons[chat, label]

    async def quiet(self) -> None:
        post = self.app.post
        await post._empty.wait()
        while post._instant:
            await asyncio.wait(post._instant)

    async def run(self) -> None:
        try:
            await self.app.run()
        finally:
            self.app.store.close()

    async def stop(self) -> None:
        await self.app.stop()
        if hasattr(self, "running"):
            await self.running


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@contextmanager
def without_network() -> Iterator[None]:
    """Every call is answered at once, after the library has packed it and before it unpacks the answer."""
    from aiogram.client.session.aiohttp import AiohttpSession
    from telegram.request import HTTPXRequest

    async def aiogram(session: Any, bot: Any, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109
        session.build_form_data(bot, method)
        content = _answer(method.__api_method__).decode()
        return session.check_response(bot, method, 200, content).result

    async def ptb(request: Any, url: str, method: str, data: Any = None, **_: Any) -> tuple[int, bytes]:
        assert data is None or data.json_parameters is not None
        return 200, _answer(url.rpartition("/")[2])

    with patch.object(AiohttpSession, "make_request", aiogram), patch.object(HTTPXRequest, "do_request", ptb):
        yield


_numbers = count(1000)


def _answer(method: str) -> bytes:
    match method:
        case "getMe":
            return b'{"ok":true,"result":{"id":1000001,"is_bot":true,"first_name":"W","username":"wederhoor_bot"}}'
        case "sendMessage" | "editMessageText":
            return (
                b'{"ok":true,"result":{"message_id":%d,"date":1764000000,"chat":{"id":1,"type":"private","first_name":'
                b'"Truus"},"from":{"id":1000001,"is_bot":true,"first_name":"Wederhoor"},"text":"Vraag 1 van 7"}}'
                % next(_numbers)
            )
    return b'{"ok":true,"result":true}'


def main(which: str, engine: str, api_base: str, folder: Path) -> None:
    """Poll *api_base* until SIGTERM; the echo finds its lines in *folder*."""
    asyncio.run(_polled(which, engine, api_base, folder))


async def _polled(which: str, engine: str, api_base: str, folder: Path) -> None:
    bot: Bare
    if which == "echo":
        told = json.loads((folder / LINES).read_text())
        bot = echo(engine, Part([[unpacked(action) for action in step] for step in told]), api_base)
    else:
        bot = Whole(example(folder, ENGINE=engine, API_BASE=api_base))
    running = asyncio.ensure_future(bot.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(bot.stop()))
    await running


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
