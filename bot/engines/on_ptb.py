"""Wederhoor on python-telegram-bot: its Application, handlers, Updater and requests under our port.

Here an update becomes an `Event` and an `Action` a method call; no word of our trade lives here. The surprising truth:
its Updater acknowledges a batch while it still waits in memory, so the request for getUpdates asks the gate first; and
after a failed poll it sleeps where `stop` cannot reach it, so that request does its own, shorter sleeping.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar, cast

import httpx
import telegram
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyParameters, Update, error, ext
from telegram.constants import ParseMode
from telegram.request import HTTPXRequest

from bot import engines, events
from bot.engines import reading
from bot.events import Action, File, Receipt, Take
from bot.gate import Gate, Raw
from bot.webhook import Webhook, listening

BATCH = 100  # updates in one answer to getUpdates: all may be under way at once, the gate lets no more in
_NEVER_SENT = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout

T = TypeVar("T")
log = logging.getLogger(__name__)


class OnPtb:
    """An `Engine`; see the port for what its methods promise."""

    def __init__(self, *, token: str, api_base: str, gate: Gate, take: Take, webhook: Webhook | None) -> None:
        self._gate, self._take, self._webhook = gate, gate.guard(take), webhook
        self._stopping = asyncio.Event()
        self.verdict = engines.Verdict()
        self._files = httpx.AsyncClient(timeout=engines.FETCH_SECONDS)
        no_preview = telegram.LinkPreviewOptions(is_disabled=True)
        self._app = (
            ext.ApplicationBuilder()
            .token(token)
            .base_url(f"{api_base}/bot")
            .base_file_url(f"{api_base}/file/bot")
            .request(_Calls())
            .get_updates_request(_Polls(self, gate))
            .defaults(ext.Defaults(parse_mode=ParseMode.HTML, link_preview_options=no_preview))
            .concurrent_updates(_InTurn(gate))
            .job_queue(None)
            .build()
        )
        self._bot = self._app.bot
        self._app.add_handler(ext.MessageHandler(ext.filters.UpdateType.MESSAGE, self._message))
        self._app.add_handler(ext.MessageHandler(ext.filters.UpdateType.EDITED_MESSAGE, self._edited))
        self._app.add_handler(ext.CallbackQueryHandler(self._pressed))
        self._app.add_handler(ext.ChatMemberHandler(self._membership, ext.ChatMemberHandler.MY_CHAT_MEMBER))
        self._app.add_error_handler(self._stumbled)

    async def run(self) -> None:
        await engines.patiently(self._introduced, self._stopping)
        if not self._stopping.is_set():
            await self._app.start()
            try:
                if self._webhook:
                    ours = engines.hook(self._webhook)
                    async with listening(self._webhook, self._delivered):
                        await engines.patiently(lambda: _called(self._bot.set_webhook(**ours)), self._stopping)
                        await self._stopping.wait()
                else:
                    await self._polled()
            finally:
                await self._app.stop()  # after the queue is empty
        await self._gate.settled()
        if self.verdict.final:
            raise self.verdict.final

    async def stop(self) -> None:
        self._gate.close()
        self._stopping.set()

    async def close(self) -> None:
        await self._app.shutdown()
        await self._files.aclose()

    async def do(self, action: Action) -> Receipt:
        done = await _called(self._call(action))
        return Receipt(done.message_id if isinstance(done, Message) else 0)

    async def fetch(self, file: File, limit: int) -> bytes:
        found = await _called(self._bot.get_file(file.id))
        if not found.file_path:
            raise events.Gone("Telegram names no path for this file")
        held = bytearray()
        try:
            async with asyncio.timeout(engines.FETCH_SECONDS), self._files.stream("GET", found.file_path) as answer:
                if answer.status_code == 404:
                    raise events.Gone("Telegram no longer has this file")
                if answer.status_code != 200:
                    raise events.Unreachable(maybe_sent=False)
                async for piece in answer.aiter_bytes():
                    held += piece
                    if len(held) > limit:
                        raise events.Gone(f"more than {limit} bytes")
        except (httpx.HTTPError, TimeoutError):  # their text is not passed on: it holds the URL, thus the token
            raise events.Unreachable(maybe_sent=False) from None
        return bytes(held)

    # Coming in -------------------------------------------------------------------------------------------

    async def _introduced(self) -> None:
        """Learn our own name."""
        try:
            await _called(self._app.initialize())
        except events.Unreachable as failure:
            if isinstance(failure.__cause__, error.InvalidToken):
                raise self.verdict.refused() from None
            raise

    async def _polled(self) -> None:
        updater = self._app.updater
        assert updater is not None
        kinds = engines.ALLOWED_UPDATES
        await updater.start_polling(timeout=engines.POLL_SECONDS, bootstrap_retries=-1, allowed_updates=kinds)
        await self._stopping.wait()
        with suppress(error.TelegramError):  # a withdrawn token ended the poll already
            await updater.stop()

    async def _message(self, update: Update, _: ext.ContextTypes.DEFAULT_TYPE) -> None:
        await self._heard(update, reading.message(update.message, self._bot.username))

    async def _edited(self, update: Update, _: ext.ContextTypes.DEFAULT_TYPE) -> None:
        await self._heard(update, reading.edited(update.edited_message))

    async def _pressed(self, update: Update, _: ext.ContextTypes.DEFAULT_TYPE) -> None:
        await self._heard(update, reading.pressed(update.callback_query))

    async def _membership(self, update: Update, _: ext.ContextTypes.DEFAULT_TYPE) -> None:
        await self._heard(update, reading.membership(update.my_chat_member))

    async def _heard(self, update: Update, what: events.Happening | None) -> None:
        chat, sender = update.effective_chat, update.effective_user
        event = reading.event(update.update_id, self._gate.clock.now(), chat, sender, what)
        if event:
            await self._take(event)

    async def _stumbled(self, update: Any, context: ext.ContextTypes.DEFAULT_TYPE) -> None:
        if isinstance(context.error, Exception):
            self._gate.stumbled(update.update_id, context.error)

    async def _delivered(self, raw: Raw) -> bool:
        """One update by webhook."""
        _, update = self._gate.read(raw, self._decoded)
        return await _in_turn(self._gate, update, self._app.process_update(update))

    def _decoded(self, raw: Raw) -> Update:
        return Update.de_json(raw, self._bot)

    def readable(self, raw: Raw) -> Raw:
        """*raw* itself, if the library can decode it."""
        self._decoded(raw)
        return raw

    async def failed(self, code: int, pause: float) -> None:
        """A poll was answered with *code* (0: not at all): wait, or end what cannot get better."""
        if code == 409:
            self.verdict.conflict()
        elif code in (401, 404):
            self.verdict.refused()
        if self.verdict.final:
            await self.stop()
        if not self._stopping.is_set():
            await asyncio.sleep(pause)

    # Going out -------------------------------------------------------------------------------------------

    def _call(self, action: Action) -> Awaitable[Any]:
        """Carry out *action*; what is not asked for is absent, so that both engines call alike."""
        match action:
            case events.Send():
                return self._bot.send_message(
                    chat_id=action.chat,
                    text=action.text,
                    reply_markup=_buttons(action.keyboard),
                    reply_parameters=_quoting(action.reply_to),
                    protect_content=action.protect or None,
                    disable_notification=action.quiet or None,
                )
            case events.Edit():
                buttons = _buttons(action.keyboard)
                return self._bot.edit_message_text(action.text, action.chat, action.message, reply_markup=buttons)
            case events.Show():
                how: dict[str, Any] = {"caption": action.caption or None, "protect_content": action.protect or None}
                return cast(Awaitable[Any], getattr(self._bot, f"send_{action.kind}")(action.chat, action.file, **how))
            case events.Paper():
                caption, buttons = action.caption or None, _buttons(action.keyboard)
                if action.message:
                    photo = telegram.InputMediaPhoto(action.data, caption, filename=action.name)
                    return self._bot.edit_message_media(photo, action.chat, action.message, reply_markup=buttons)
                send = self._bot.send_photo if action.name.endswith(events.PICTURE) else self._bot.send_document
                how = {"filename": action.name, "protect_content": action.protect or None}
                return cast(Awaitable[Any], send(action.chat, action.data, caption, reply_markup=buttons, **how))
            case events.Busy():
                return self._bot.send_chat_action(action.chat, action.what)
            case events.Answer():
                return self._bot.answer_callback_query(action.query, action.text or None, action.alert or None)
            case events.Commands():
                here = telegram.BotCommandScopeChat(action.chat) if action.chat else telegram.BotCommandScopeDefault()
                language = action.language or None
                if not action.commands:
                    return self._bot.delete_my_commands(scope=here, language_code=language)
                menu = [telegram.BotCommand(name, text) for name, text in action.commands]
                return self._bot.set_my_commands(menu, scope=here, language_code=language)
            case events.Leave():
                return self._bot.leave_chat(action.chat)


_PATIENCE: Any = {f"{what}_timeout": engines.ANSWER_SECONDS for what in ("connect", "write", "read", "pool")}


class _Flood(error.TelegramError):
    """429, whether or not Telegram says for how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class _Calls(HTTPXRequest):
    """The library's own requests, for every call but getUpdates."""

    def __init__(self) -> None:
        super().__init__(connection_pool_size=engines.CONNECTIONS, **_PATIENCE)

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        if code == 429:
            raise _Flood(_asked_pause(payload))
        if code == 200 and b'"message_id"' in payload:
            # Of what we sent we need the number only, and a quoted forward in it may not decode (aiogram #1840).
            sent = json.loads(payload)["result"]
            kept = {name: sent[name] for name in ("message_id", "date", "chat")}
            return code, json.dumps({"ok": True, "result": kept}).encode()
        return code, payload


class _Polls(HTTPXRequest):
    """Those for getUpdates: nothing is acknowledged that is not durable, so a poll may have to wait for that."""

    def __init__(self, engine: OnPtb, gate: Gate) -> None:
        super().__init__(connection_pool_size=1, **_PATIENCE)
        self._engine, self._gate = engine, gate
        self._pause = 1.0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if (again := await self._gate.before_poll()) is not None:
            return 200, self._read(again)
        pause = self._pause
        try:
            code, payload = await super().do_request(*args, **kwargs)
            if code == 200:
                read = self._read(json.loads(payload)["result"])
                self._pause = 1.0
                return code, read
            why = f"HTTP {code}"
            pause = max(pause, _asked_pause(payload)) if code == 429 else pause
        except Exception as failure:  # the network, or an update that could be neither read nor put aside
            code, why = 0, type(failure).__name__
        log.warning("the poll failed: %s", why)
        await self._engine.failed(code, pause)
        self._pause = min(30.0, 1.5 * self._pause)
        raise error.TimedOut  # the one error after which the Updater polls again without sleeping

    def _read(self, raws: list[Raw]) -> bytes:
        """The answer the library is to decode: only updates of which we know that it can."""
        return json.dumps({"ok": True, "result": self._gate.decoded(raws, self._engine.readable)}).encode()


class _InTurn(ext.BaseUpdateProcessor):
    """The order within a chat, and the commit."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(BATCH)
        self._gate = gate

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        assert isinstance(update, Update)
        await _in_turn(self._gate, update, coroutine)

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...


async def _in_turn(gate: Gate, update: Update, work: Awaitable[Any]) -> bool:
    chat = update.effective_chat
    try:
        return await gate.turn(update.update_id, chat.id if chat else 0, lambda: work)
    finally:
        if isinstance(work, Coroutine):
            work.close()  # it was not begun if it stands behind an update that could not be saved


async def _called(call: Awaitable[T]) -> T:
    """The answer to *call*, or the `Refused` that it means."""
    try:
        return await call
    except _Flood as flood:
        raise events.Later(flood.seconds) from None
    except error.Forbidden as blocked:
        raise events.Blocked(blocked.message) from None
    except error.ChatMigrated as moved:
        raise events.Gone(moved.message) from None
    except error.BadRequest as bad:
        raise reading.refusal(bad.message) from None
    except error.InvalidToken as failure:
        raise events.Unreachable(maybe_sent=False) from failure
    except error.TelegramError as failure:
        raise events.Unreachable(maybe_sent=not isinstance(failure.__cause__, _NEVER_SENT)) from None


def _asked_pause(payload: bytes) -> float:
    """The retry_after of a 429, if it has one."""
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 1.0


def _quoting(message: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id=message, allow_sending_without_reply=True) if message else None


def _buttons(keyboard: events.Keyboard) -> InlineKeyboardMarkup | None:
    rows = [[_button(button) for button in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: events.Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=button.text,
        callback_data=button.data or None,
        copy_text=telegram.CopyTextButton(button.copy) if button.copy else None,
        url=button.url or None,
        style=button.style or None,
    )
