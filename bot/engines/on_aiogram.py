"""Wederhoor on aiogram 3: its Bot, Dispatcher, Router and polling under our port.

Here an update becomes an `Event` and an `Action` a method call; no word of our trade lives here. The surprising truth:
aiogram acknowledges an update before its handler runs and abandons running handlers at stop, so a request middleware
asks the gate before each poll, and `run` ends only when the gate has settled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
from aiogram import Bot, Dispatcher, exceptions, methods, types
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.methods.base import TelegramType

from bot import engines, events
from bot.engines import reading
from bot.events import Action, File, Receipt, Take
from bot.gate import Gate, Raw
from bot.webhook import Webhook, listening

_REFUSED = exceptions.TelegramUnauthorizedError, exceptions.TelegramNotFound  # Telegram does not know the token


class OnAiogram:
    """An `Engine`; see the port for what its methods promise."""

    def __init__(self, *, token: str, api_base: str, gate: Gate, take: Take, webhook: Webhook | None) -> None:
        self._gate, self._take, self._webhook = gate, gate.guard(take), webhook
        self._verdict = engines.Verdict()
        self._stopping = asyncio.Event()
        self._username = ""
        self._stop: asyncio.Task[None] | None = None
        session = _Session(gate, TelegramAPIServer.from_base(api_base))
        session.middleware(self._polls)
        no_preview = types.LinkPreviewOptions(is_disabled=True)
        properties = DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview=no_preview)
        self._bot = Bot(token, session=session, default=properties)
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.update.outer_middleware(self._in_turn)
        self._dispatcher.message.register(self._message)
        self._dispatcher.edited_message.register(self._edited)
        self._dispatcher.callback_query.register(self._pressed)
        self._dispatcher.my_chat_member.register(self._membership)

    async def run(self) -> None:
        await engines.patiently(self._introduced, self._stopping)
        if self._webhook and not self._stopping.is_set():
            ours = engines.hook(self._webhook)
            async with listening(self._webhook, self._delivered):
                await engines.patiently(lambda: self._called(self._bot.set_webhook(**ours)), self._stopping)
                await self._stopping.wait()
        elif not self._stopping.is_set():
            await self._dispatcher.start_polling(
                self._bot,
                polling_timeout=engines.POLL_SECONDS,
                allowed_updates=engines.ALLOWED_UPDATES,
                handle_signals=False,
                close_bot_session=False,
            )
            await self._confirmed()
        await self._gate.settled()
        if self._verdict.final:
            raise self._verdict.final

    async def stop(self) -> None:
        self._gate.close()
        self._stopping.set()
        with suppress(RuntimeError):  # it never got as far as polling
            await self._dispatcher.stop_polling()

    async def close(self) -> None:
        await self._bot.session.close()

    async def do(self, action: Action) -> Receipt:
        done = await self._called(self._bot(_call(action)))
        return Receipt(done.message_id if isinstance(done, types.Message) else 0)

    async def fetch(self, file: File, limit: int) -> bytes:
        found = await self._called(self._bot.get_file(file.id))
        if not found.file_path:
            raise events.Gone("Telegram names no path for this file")
        url = self._bot.session.api.file_url(self._bot.token, found.file_path)
        held = bytearray()
        try:
            async with asyncio.timeout(engines.FETCH_SECONDS):
                async for piece in self._bot.session.stream_content(url, timeout=engines.FETCH_SECONDS):
                    held += piece
                    if len(held) > limit:
                        raise events.Gone(f"more than {limit} bytes")
        except aiohttp.ClientResponseError as refused:  # its text is not passed on: it holds the URL, thus the token
            if refused.status == 404:
                raise events.Gone("Telegram no longer has this file") from None
            raise events.Unreachable(maybe_sent=False) from None
        except (aiohttp.ClientError, TimeoutError):
            raise events.Unreachable(maybe_sent=False) from None
        return bytes(held)

    # Coming in -------------------------------------------------------------------------------------------

    async def _introduced(self) -> None:
        """Learn our own name; python-telegram-bot takes a webhook away by itself before it polls."""
        try:
            self._username = (await self._called(self._bot.me())).username or ""
            if not self._webhook:
                await self._called(self._bot.delete_webhook())
        except events.Unreachable as failure:
            if isinstance(failure.__cause__, _REFUSED):
                raise self._verdict.refused() from None
            raise

    async def _in_turn(
        self,
        handler: Callable[[types.TelegramObject, dict[str, Any]], Awaitable[Any]],
        update: types.TelegramObject,
        data: dict[str, Any],
    ) -> bool:
        """The outer middleware: order within the chat, and the commit. Returns whether the update is done with."""
        assert isinstance(update, types.Update)
        chat = _chat(update)
        work = (lambda: handler(update, data)) if chat is not None else _nothing
        return await self._gate.turn(update.update_id, chat or 0, work)

    async def _message(self, message: types.Message, event_update: types.Update) -> None:
        await self._heard(event_update, message.chat, message.from_user, reading.message(message, self._username))

    async def _edited(self, message: types.Message, event_update: types.Update) -> None:
        await self._heard(event_update, message.chat, message.from_user, reading.edited(message))

    async def _pressed(self, query: types.CallbackQuery, event_update: types.Update) -> None:
        chat = query.message.chat if query.message else None
        await self._heard(event_update, chat, query.from_user, reading.pressed(query))

    async def _membership(self, change: types.ChatMemberUpdated, event_update: types.Update) -> None:
        await self._heard(event_update, change.chat, change.from_user, reading.membership(change))

    async def _heard(self, update: types.Update, chat: Any, sender: Any, what: events.Happening | None) -> None:
        event = reading.event(update.update_id, self._gate.clock.now(), chat, sender, what)
        if event:
            await self._take(event)

    async def _delivered(self, raw: Raw) -> bool:
        """One update by webhook."""
        _, update = self._gate.read(raw, self._decoded)
        return bool(await self._dispatcher.feed_update(self._bot, update))

    def _decoded(self, raw: Raw) -> types.Update:
        return types.Update.model_validate(raw, context={"bot": self._bot})

    async def _confirmed(self) -> None:
        """Tell Telegram what the last batch came to, as python-telegram-bot does; else it comes once more."""
        if self._gate.next_update is not None and not self._verdict.final:
            with suppress(Exception):  # only a courtesy: the desk knows what it has seen
                ask = methods.GetUpdates(offset=self._gate.next_update, limit=1, timeout=0)
                await self._bot(ask, request_timeout=3)

    async def _polls(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: methods.TelegramMethod[TelegramType],
    ) -> Any:
        """The request middleware: nothing is acknowledged that is not durable, so a poll may have to wait for that."""
        if method.__api_method__ != "getUpdates":
            return await make_request(bot, method)
        if (again := await self._gate.before_poll()) is not None:
            return self._gate.decoded(again, self._decoded)
        try:
            return await make_request(bot, method)
        except exceptions.TelegramConflictError:
            self._verdict.conflict()
            raise
        except _REFUSED:
            self._verdict.refused()
            raise
        finally:
            if self._verdict.final:
                self._stop = asyncio.create_task(self.stop())

    # Going out -------------------------------------------------------------------------------------------

    async def _called(self, call: Awaitable[TelegramType]) -> TelegramType:
        """The answer to *call*, or the `Refused` that it means."""
        try:
            return await call
        except exceptions.TelegramRetryAfter as wait:
            raise events.Later(float(wait.retry_after)) from None
        except exceptions.TelegramForbiddenError as blocked:
            raise events.Blocked(blocked.message) from None
        except exceptions.TelegramMigrateToChat as moved:
            raise events.Gone(moved.message) from None
        except exceptions.TelegramBadRequest as bad:
            raise reading.refusal(bad.message) from None
        except exceptions.TelegramNetworkError as failure:
            raise events.Unreachable(
                maybe_sent=not isinstance(failure.__cause__, aiohttp.ClientConnectorError)
            ) from None
        except _REFUSED as failure:
            raise events.Unreachable(maybe_sent=False) from failure
        except (exceptions.TelegramAPIError, exceptions.ClientDecodeError):
            raise events.Unreachable(maybe_sent=True) from None


class _Session(AiohttpSession):
    """aiogram's own session, with answers read in our way."""

    def __init__(self, gate: Gate, api: TelegramAPIServer) -> None:
        super().__init__(api=api, timeout=engines.ANSWER_SECONDS, limit=engines.CONNECTIONS)
        self._gate = gate

    def check_response(
        self, bot: Bot, method: methods.TelegramMethod[TelegramType], status_code: int, content: str
    ) -> methods.Response[TelegramType]:
        try:
            answer = self.json_loads(content)
            result = answer.get("result")
        except (ValueError, AttributeError):
            raise exceptions.TelegramServerError(method, f"{status_code} without JSON") from None
        if status_code >= 500:  # aiogram itself fails on one without a description
            raise exceptions.TelegramServerError(method, str(answer.get("description")))
        if status_code == 429:  # and takes one without a time for an unknown error
            raise exceptions.TelegramRetryAfter(method, "", (answer.get("parameters") or {}).get("retry_after") or 1)
        if answer.get("ok") and isinstance(method, methods.GetUpdates):
            updates = self._gate.decoded(result, lambda raw: types.Update.model_validate(raw, context={"bot": bot}))
            return methods.Response[TelegramType].model_construct(ok=True, result=updates)
        if answer.get("ok") and isinstance(result, dict) and "message_id" in result:
            # Of what we sent we need the number only, and a quoted forward in it may not decode (aiogram #1840).
            sent = types.Message.model_construct(message_id=result["message_id"])
            return methods.Response[TelegramType].model_construct(ok=True, result=sent)
        return super().check_response(bot, method, status_code, content)


def _call(action: Action) -> methods.TelegramMethod[Any]:
    """The method that carries out *action*; what is not asked for is absent, so that both engines call alike."""
    match action:
        case events.Send():
            return methods.SendMessage(
                chat_id=action.chat,
                text=action.text,
                reply_markup=_buttons(action.keyboard),
                reply_parameters=_quoting(action.reply_to),
                protect_content=action.protect or None,
                disable_notification=action.quiet or None,
            )
        case events.Edit():
            return methods.EditMessageText(
                chat_id=action.chat,
                message_id=action.message,
                text=action.text,
                reply_markup=_buttons(action.keyboard),
            )
        case events.Show():
            what = {"chat_id": action.chat, action.kind: action.file}
            return _SHOWN[action.kind](**what, caption=action.caption or None, protect_content=action.protect or None)
        case events.Paper():
            file = types.BufferedInputFile(action.data, action.name)
            caption, protect = action.caption or None, action.protect or None
            about: dict[str, Any] = {"chat_id": action.chat, "reply_markup": _buttons(action.keyboard)}
            if action.message:
                media = types.InputMediaPhoto(media=file, caption=caption)
                return methods.EditMessageMedia(message_id=action.message, media=media, **about)
            if action.name.endswith(events.PICTURE):
                return methods.SendPhoto(photo=file, caption=caption, protect_content=protect, **about)
            return methods.SendDocument(document=file, caption=caption, protect_content=protect, **about)
        case events.Busy():
            return methods.SendChatAction(chat_id=action.chat, action=action.what)
        case events.Answer():
            return methods.AnswerCallbackQuery(
                callback_query_id=action.query, text=action.text or None, show_alert=action.alert or None
            )
        case events.Commands():
            here = types.BotCommandScopeChat(chat_id=action.chat) if action.chat else types.BotCommandScopeDefault()
            language = action.language or None
            if not action.commands:
                return methods.DeleteMyCommands(scope=here, language_code=language)
            menu = [types.BotCommand(command=name, description=text) for name, text in action.commands]
            return methods.SetMyCommands(commands=menu, scope=here, language_code=language)
        case events.Leave():
            return methods.LeaveChat(chat_id=action.chat)


_SHOWN: dict[str, Callable[..., methods.TelegramMethod[types.Message]]] = {
    "photo": methods.SendPhoto,
    "document": methods.SendDocument,
    "voice": methods.SendVoice,
    "audio": methods.SendAudio,
    "video": methods.SendVideo,
}


def _quoting(message: int | None) -> types.ReplyParameters | None:
    return types.ReplyParameters(message_id=message, allow_sending_without_reply=True) if message else None


def _buttons(keyboard: events.Keyboard) -> types.InlineKeyboardMarkup | None:
    rows = [[_button(button) for button in row] for row in keyboard]
    return types.InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _button(button: events.Button) -> types.InlineKeyboardButton:
    return types.InlineKeyboardButton(
        text=button.text,
        callback_data=button.data or None,
        copy_text=types.CopyTextButton(text=button.copy) if button.copy else None,
        url=button.url or None,
        style=button.style or None,
    )


def _chat(update: types.Update) -> int | None:
    """Whose line the update stands in; None when there is nothing in it for us."""
    pressed = update.callback_query.message if update.callback_query else None
    found = update.message or update.edited_message or update.my_chat_member or pressed
    return found.chat.id if found else None


async def _nothing() -> None: ...
