"""Both libraries say the same: each line of the tables below holds for aiogram and for python-telegram-bot."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot import engines, logs
from bot.engines import Displaced
from bot.events import (
    Action,
    Answer,
    Attached,
    Blocked,
    Busy,
    Button,
    Command,
    Commands,
    Edit,
    Edited,
    File,
    Gone,
    Happening,
    Joined,
    Later,
    Leave,
    Left,
    Malformed,
    NotSaved,
    Paper,
    Receipt,
    Said,
    Same,
    Send,
    Show,
    Stale,
    Tapped,
    Unknown,
    Unreachable,
)
from bot.sandbox import Sandbox
from bot.webhook import Webhook
from tests.door.conftest import TOKEN, Desk, Running, Start, until

# What comes in -------------------------------------------------------------------------------------------

ANN = {"id": 501, "is_bot": False, "first_name": "Ann", "last_name": "de Wit", "language_code": "nl"}
HERE = {"id": 501, "type": "private", "first_name": "Ann"}
GROUP = {"id": -77, "type": "group", "title": "Team"}
OURSELVES = {"id": 1000001, "is_bot": True, "first_name": "Wederhoor"}
MARK = {"type": "bot_command", "offset": 0}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1422450181, "chat": HERE, "from": ANN} | content


def file(**more: Any) -> dict[str, Any]:
    return {"file_id": "F", "file_unique_id": "U"} | more


def member(status: str, **more: Any) -> dict[str, Any]:
    return {"user": OURSELVES, "status": status} | more


def became(old: dict[str, Any], new: dict[str, Any], **more: Any) -> dict[str, Any]:
    change = {"chat": HERE, "from": ANN, "date": 1422450181, "old_chat_member": old, "new_chat_member": new}
    return {"my_chat_member": change | more}


def pressed(**more: Any) -> dict[str, Any]:
    return {"callback_query": {"id": "q1", "from": ANN, "chat_instance": "1"} | more}


EARLIER = message(message_id=3, text="earlier")
SIZES = [file(width=90, height=60, file_size=5), file(file_id="B", width=900, height=600, file_size=50)]
KICKED = member("kicked", until_date=0)
INCOMING: list[tuple[dict[str, Any], Happening | None]] = [
    ({"message": message(text="hello")}, Said("hello", 7)),
    ({"message": message(text="/no command", reply_to_message=EARLIER)}, Said("/no command", 7, 3)),
    (
        {"message": message(text="/Status", entities=[MARK | {"length": 7}], reply_to_message=EARLIER)},
        Command("status", "", 7, 3),
    ),
    (
        {"message": message(text="/start@Wederhoor_Bot  k_x 1\n2 ", entities=[MARK | {"length": 20}])},
        Command("start", "k_x 1\n2", 7),
    ),
    (
        {"message": message(text="/start@other_bot", entities=[MARK | {"length": 16}])},
        Said("/start@other_bot", 7),
    ),
    (
        {"message": message(text="see /help", entities=[MARK | {"offset": 4, "length": 5}])},
        Said("see /help", 7),
    ),
    (
        {"message": message(photo=SIZES, caption="the wheel", media_group_id="g")},
        Attached(File("B", "U", "photo", "", "image/jpeg", 50), "the wheel", 7, "g"),
    ),
    (
        {"message": message(photo=SIZES[::-1])},
        Attached(File("B", "U", "photo", "", "image/jpeg", 50), "", 7),
    ),
    (
        {"message": message(document=file(file_name="a.pdf", mime_type="application/pdf", file_size=9))},
        Attached(File("F", "U", "document", "a.pdf", "application/pdf", 9), "", 7),
    ),
    (
        {"message": message(document=file())},
        Attached(File("F", "U", "document", "", "", 0), "", 7),
    ),
    (
        {"message": message(voice=file(duration=3, mime_type="audio/ogg"), reply_to_message=EARLIER)},
        Attached(File("F", "U", "voice", "", "audio/ogg", 0), "", 7, "", 3),
    ),
    (
        {"message": message(audio=file(duration=3, file_name="a.mp3", mime_type="audio/mpeg"))},
        Attached(File("F", "U", "audio", "a.mp3", "audio/mpeg", 0), "", 7),
    ),
    (
        {"message": message(video=file(duration=3, width=1, height=1, mime_type="video/mp4"))},
        Attached(File("F", "U", "video", "", "video/mp4", 0), "", 7),
    ),
    (
        {"message": message(animation=file(duration=3, width=1, height=1), document=file(mime_type="video/mp4"))},
        Attached(File("F", "U", "document", "", "video/mp4", 0), "", 7),
    ),
    (
        {
            "message": message(
                sticker=file(type="regular", width=1, height=1, is_animated=False, is_video=False),
                reply_to_message=EARLIER,
            )
        },
        Unknown("sticker", 7),
    ),
    ({"message": message(location={"latitude": 52.1, "longitude": 5.1})}, Unknown("location", 7)),
    ({"message": message(contact={"phone_number": "1", "first_name": "B"})}, Unknown("contact", 7)),
    ({"message": message(dice={"emoji": "x", "value": 1})}, Unknown("dice", 7)),
    ({"message": message(something_of_next_year={"a": 1})}, Unknown("other", 7)),
    ({"message": message(pinned_message=EARLIER)}, None),
    ({"message": message(text="hi", **{"from": OURSELVES})}, None),
    ({"message": message(text="hi", **{"from": ANN | {"id": 777000}})}, None),
    ({"message": message(text="hi", chat=GROUP, **{"from": ANN | {"id": 1087968824}})}, None),
    ({"message": message(text="hi", chat=GROUP)}, Said("hi", 7)),
    ({"edited_message": message(text="better", edit_date=1422450182)}, Edited(7, "better")),
    ({"edited_message": message(photo=SIZES, caption="c", edit_date=1422450182)}, Edited(7, "c")),
    ({"edited_message": message(photo=SIZES, edit_date=1422450182)}, Edited(7, "")),
    ({"edited_message": message(location={"latitude": 1.0, "longitude": 5.1}, edit_date=1422450182)}, None),
    (pressed(message=message(text="ask", **{"from": OURSELVES}), data="k:1"), Tapped("q1", "k:1", 7)),
    (pressed(message={"chat": HERE, "message_id": 2, "date": 0}, data="k:1"), Tapped("q1", "k:1", 2)),
    (pressed(message=message(text="ask", **{"from": OURSELVES}), game_short_name="g"), None),
    (pressed(inline_message_id="i", data="k:1"), None),
    (became(member("member"), KICKED), Left()),
    (became(KICKED, member("member")), Joined()),
    (became(member("left"), member("member"), chat=GROUP), Joined()),
    (became(member("left"), member("member"), chat=GROUP, **{"from": ANN | {"id": 1087968824}}), Joined()),
    (became(member("member"), member("left"), chat=GROUP), Left()),
]


async def test_every_update_becomes_what_was_said(box: Sandbox, start: Start) -> None:
    desk = Desk()
    async with start(desk.take) as bot:
        for update, _ in INCOMING:
            await box.raw(update)
        await box.settle()
        assert bot.gate.counts.put_aside == 0
        assert bot.gate.counts.committed == len(INCOMING)
    heard = {event.update: event for event in desk.heard}
    for number, (update, expected) in enumerate(INCOMING, 1):
        found = heard.get(number)
        assert (found and found.what) == expected, update
        if found:
            content = next(iter(update.values()))
            chat = content.get("chat") or content["message"]["chat"]
            assert (found.chat, found.private) == (chat["id"], chat["type"] == "private")
            assert found.person.name == "Ann de Wit"
            assert found.person.language == "nl"


# What goes out -------------------------------------------------------------------------------------------

KEYS = ((Button("Yes", "y", style="success"), Button("No", "n")), (Button("7QXM", copy="7QXM-4RTB"),))
MARKUP = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": "y", "style": "success"}, {"text": "No", "callback_data": "n"}],
        [{"text": "7QXM", "copy_text": {"text": "7QXM-4RTB"}}],
    ]
}
TEXT = {"parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
REPLY = {"message_id": 1, "allow_sending_without_reply": True, "quote_parse_mode": "HTML"}


def outgoing(chat: int, asked: int, files: dict[str, str]) -> list[tuple[Action, str, dict[str, Any]]]:
    return [
        (Send(chat, "<b>a</b>"), "sendMessage", {"chat_id": chat, "text": "<b>a</b>"} | TEXT),
        (
            Send(chat, "b", KEYS, reply_to=1, protect=True, quiet=True),
            "sendMessage",
            {"chat_id": chat, "text": "b", "reply_markup": MARKUP, "reply_parameters": REPLY}
            | {"protect_content": True, "disable_notification": True}
            | TEXT,
        ),
        (
            Edit(chat, asked, "c", KEYS),
            "editMessageText",
            {"chat_id": chat, "message_id": asked, "text": "c", "reply_markup": MARKUP} | TEXT,
        ),
        (Edit(chat, asked, "d"), "editMessageText", {"chat_id": chat, "message_id": asked, "text": "d"} | TEXT),
        *(
            (
                Show(chat, files[kind], kind, "<i>e</i>", protect=True),  # type: ignore[arg-type]
                f"send{kind.capitalize()}",
                {
                    "chat_id": chat,
                    kind: files[kind],
                    "caption": "<i>e</i>",
                    "parse_mode": "HTML",
                    "protect_content": True,
                },
            )
            for kind in files
        ),
        (Busy(chat), "sendChatAction", {"chat_id": chat, "action": "upload_document"}),
        (
            Paper(chat, "form", "nl", caption="<i>e</i>", protect=True, name="a b.pdf", data=b"%PDF-"),
            "sendDocument",
            {
                "chat_id": chat,
                "document": {"name": "a b.pdf", "mime": "application/pdf", "size": 5},
                "caption": "<i>e</i>",
                "parse_mode": "HTML",
                "protect_content": True,
            },
        ),
        (
            Commands((("status", "How it stands"), ("help", "Help"))),
            "setMyCommands",
            {
                "commands": [
                    {"command": "status", "description": "How it stands"},
                    {"command": "help", "description": "Help"},
                ],
                "scope": {"type": "default"},
            },
        ),
        (
            Commands((("status", "Stand"),), "nl", chat),
            "setMyCommands",
            {
                "commands": [{"command": "status", "description": "Stand"}],
                "language_code": "nl",
                "scope": {"type": "chat", "chat_id": chat},
            },
        ),
        (Commands((), "nl"), "deleteMyCommands", {"language_code": "nl", "scope": {"type": "default"}}),
        (Leave(-77), "leaveChat", {"chat_id": -77}),
    ]


async def test_every_action_is_the_same_call(box: Sandbox, start: Start) -> None:
    desk = Desk()
    async with start(desk.take) as bot:
        ann = (await box.person("Ann"))["id"]
        await box.join(ann, -77, "Team")
        files = {}
        for kind in ("photo", "document", "voice", "audio", "video"):
            files[kind] = (await box.file(ann, kind, name="x", content_b64="AAAA"))["file"]
        asked = await bot.engine.do(Send(ann, "ask"))
        await box.settle()
        before = len((await box.log())["calls"])
        table = outgoing(ann, asked.message, files)
        receipts = [await bot.engine.do(action) for action, _, _ in table]
        calls = [call for call in (await box.log(before))["calls"] if call["method"] != "getUpdates"]
    assert [(call["method"], call["params"], call["ok"]) for call in calls] == [
        (method, params, True) for _, method, params in table
    ]
    numbers = [
        call["result"]["message_id"] if isinstance(call["result"], dict) and "message_id" in call["result"] else 0
        for call in calls
    ]
    assert receipts == [Receipt(number) for number in numbers]
    assert numbers[2:4] == [asked.message] * 2


async def test_a_press_is_answered(box: Sandbox, start: Start) -> None:
    desk = Desk()
    async with start(desk.take) as bot:
        ann = (await box.person("Ann"))["id"]
        await box.say(ann, "hi")
        await bot.engine.do(Send(ann, "ask", KEYS))
        await box.tap(ann, "Yes")
        await until(lambda: len(desk.heard) == 2)
        press = desk.heard[1].what
        assert isinstance(press, Tapped)
        await bot.engine.do(Answer(press.query, "Noted", alert=True))
        call = (await box.log())["calls"][-1]
        with pytest.raises(Stale):
            await bot.engine.do(Answer(press.query))
    assert call["params"] == {"callback_query_id": press.query, "text": "Noted", "show_alert": True}


async def test_a_message_quoting_what_cannot_be_decoded_is_sent_once(box: Sandbox, start: Start) -> None:
    async with start(Desk().take) as bot:
        ann = (await box.person("Ann"))["id"]
        await box.say(ann, "hi")
        original = box.api.call

        def quoting(method: str, given: Any) -> Any:
            done = original(method, given)
            if method == "sendMessage":
                poison = {"message_id": 1, "forward_origin": {"type": "hidden_user", "date": 1}}
                done.result["reply_to_message"] = poison
            return done

        box.api.call = quoting  # type: ignore[method-assign]
        assert (await bot.engine.do(Send(ann, "b", reply_to=1))).message > 0


# What may go wrong ---------------------------------------------------------------------------------------


async def test_refusals_are_sorted_by_whose_move_is_next(box: Sandbox, start: Start) -> None:
    async with start(Desk().take) as bot:
        ann = (await box.person("Ann"))["id"]
        await box.say(ann, "hi")
        sent = (await bot.engine.do(Send(ann, "one"))).message
        table: list[tuple[Action, type[Exception]]] = [
            (Send(404, "to nobody"), Gone),
            (Edit(ann, sent, "one"), Same),
            (Edit(ann, 999, "two"), Gone),
            (Send(ann, "<b>open"), Malformed),
            (Send(ann, "x" * 4097), Malformed),
            (Send(ann, "k", ((Button("long", "x" * 65),),)), Malformed),
            (Show(ann, "no-such-file", "photo"), Gone),
            (Answer("12345", "?"), Stale),
        ]
        for action, expected in table:
            with pytest.raises(expected):
                await bot.engine.do(action)
        await box.block(ann)
        with pytest.raises(Blocked):
            await bot.engine.do(Send(ann, "three"))


@pytest.mark.parametrize(
    ("what", "more", "expected"),
    [
        ("429", {"retry_after": 7}, Later(7.0)),
        ("429", {"retry_after": None}, Later(1.0)),
        ("500", {}, Unreachable(maybe_sent=True)),
        ("502html", {}, Unreachable(maybe_sent=True)),
        ("reset_before", {}, Unreachable(maybe_sent=True)),  # the two cannot be told apart
        ("reset_after", {}, Unreachable(maybe_sent=True)),
    ],
)
async def test_troubles_of_the_world(box: Sandbox, start: Start, what: str, more: Any, expected: Any) -> None:
    async with start(Desk().take) as bot:
        ann = (await box.person("Ann"))["id"]
        await box.say(ann, "hi")
        await box.settle()
        await box.fault(what, method="sendMessage", **more)
        with pytest.raises(type(expected)) as raised:
            await bot.engine.do(Send(ann, "one"))
        assert raised.value == expected
        assert (await bot.engine.do(Send(ann, "two"))).message


async def test_a_machine_that_is_not_there_got_nothing(box: Sandbox, start: Start) -> None:
    async with start(Desk().take) as bot:
        await until(lambda: box.poll.polling)
        await bot.end()
        assert box._stop
        await box._stop()
        with pytest.raises(Unreachable) as raised:
            await bot.engine.do(Send(1, "one"))
        assert not raised.value.maybe_sent


async def test_files_are_fetched_up_to_the_limit(box: Sandbox, start: Start) -> None:
    desk = Desk()
    content = bytes(range(256)) * 1000
    async with start(desk.take) as bot:
        ann = (await box.person("Ann"))["id"]
        await box.file(ann, "document", "a.bin", content_b64=base64.b64encode(content).decode(), size=10)
        await until(lambda: bool(desk.heard))
        found = desk.heard[0].what
        assert isinstance(found, Attached)
        assert found.file.size == 10  # a claim
        assert await bot.engine.fetch(found.file, len(content)) == content
        with pytest.raises(Gone):
            await bot.engine.fetch(found.file, len(content) - 1)
        with pytest.raises(Gone):
            await bot.engine.fetch(File("none", "u", "document", "", "", 1), 10)
        await box.fault("500", method="file")
        with pytest.raises(Unreachable):
            await bot.engine.fetch(found.file, len(content))


async def test_another_poller_ends_the_run_with_a_clear_word(
    box: Sandbox, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "CONFLICT_SECONDS", 0.3)
    async with start(Desk().take) as bot:
        await until(lambda: box.poll.polling)
        box.webhook.url = "http://127.0.0.1:9/"  # what another program did to this token
        box.poll.arrived()
        await box.say((await box.person("Ann"))["id"], "wake the poll")
        with pytest.raises(Displaced, match="one token"):
            await asyncio.wait_for(bot.run, 15)


def test_a_conflict_is_final_when_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((1000, 1003, 1030, 1100, 1103, 1129, 1130, 1131))  # a restart, then a second instance
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    verdict = engines.Verdict()
    for _ in range(7):
        verdict.conflict()
        assert verdict.final is None
    verdict.conflict()
    assert isinstance(verdict.final, Displaced)


async def test_a_token_telegram_does_not_know_ends_the_run(box: Sandbox, start: Start) -> None:
    box.token = "1000001:another"
    async with start(Desk().take) as bot:
        with pytest.raises(Displaced, match="BotFather"):
            await asyncio.wait_for(bot.run, 5)


async def test_a_token_withdrawn_while_running_ends_the_run(box: Sandbox, start: Start) -> None:
    async with start(Desk().take) as bot:
        await until(lambda: box.poll.polling)
        box.token = "1000001:another"
        await box.say((await box.person("Ann"))["id"], "wake the poll")
        with pytest.raises(Displaced, match="BotFather"):
            await asyncio.wait_for(bot.run, 10)


async def test_the_first_start_may_be_before_the_networks(box: Sandbox, start: Start) -> None:
    await box.fault("502html", method="getMe")
    desk = Desk()
    ann = (await box.person("Ann"))["id"]
    await box.say(ann, "hello")
    async with start(desk.take):
        await until(lambda: bool(desk.heard))


async def test_neither_token_nor_words_reach_the_log(box: Sandbox, start: Start) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        logs.guard(TOKEN)
        for name in logs.CHATTER:
            logging.getLogger(name).setLevel(logging.NOTSET)  # the filter must do even when they chatter
        log = logging.getLogger("test")
        await box.fault("502html", method="getUpdates")
        async with start(Desk().take) as bot:
            await until(lambda: box.poll.polling, 10)
            for what in ("500", "reset_after"):
                await box.fault(what, method="sendMessage")
                try:
                    await bot.engine.do(Send(1, "x"))
                except Unreachable as failure:
                    log.exception("refused: %r", failure)
            await box.fault("500", method="file")
            try:
                raise RuntimeError(f"a library shows {box.url}/bot{TOKEN}/sendMessage and %3A too")
            except RuntimeError:
                log.exception("here %s", {"url": f"/file/bot{TOKEN}/a"}, stack_info=True)
        logging.getLogger("httpx").info("HTTP Request: %s", f"/bot{TOKEN.replace(':', '%3A')}/getMe")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        for name in logs.CHATTER:
            logging.getLogger(name).setLevel(logging.NOTSET)
    assert "a library shows" in written.getvalue()
    assert TOKEN.partition(":")[2] not in written.getvalue()


# By webhook ----------------------------------------------------------------------------------------------

SECRET = "a-secret-of-more-than-32-characters-1"


@pytest.fixture
async def hooked(box: Sandbox, start: Start, unused_tcp_port: int) -> AsyncIterator[tuple[Running, Desk, str]]:
    url = f"http://127.0.0.1:{unused_tcp_port}/hook"
    desk = Desk()
    async with start(desk.take, webhook=Webhook(url, SECRET, unused_tcp_port)) as running:
        await until(lambda: box.webhook.url == url)
        yield running, desk, url


async def post(url: str, body: bytes, secret: str | bytes | None = SECRET) -> int:
    async with aiohttp.ClientSession() as session:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with session.post(url, data=body, headers=headers) as answer:  # type: ignore[arg-type]
            return answer.status


HELLO = json.dumps({"update_id": 5, "message": message(text="hello")}).encode()


async def test_by_webhook_updates_arrive(box: Sandbox, hooked: tuple[Running, Desk, str]) -> None:
    _, desk, url = hooked
    ann = (await box.person("Ann"))["id"]
    await box.say(ann, "hello")
    await box.say(ann, "there")
    await box.settle()
    assert desk.texts == ["hello", "there"]
    call = next(call for call in (await box.log())["calls"] if call["method"] == "setWebhook")
    assert call["params"] == {
        "url": url,
        "secret_token": SECRET,
        "max_connections": engines.CONNECTIONS,
        "allowed_updates": engines.ALLOWED_UPDATES,
    }


async def test_the_webhook_opens_to_its_secret_only(hooked: tuple[Running, Desk, str]) -> None:
    _, desk, url = hooked
    for wrong in (None, "", SECRET[:-1], SECRET + "x", "geheim-é"):
        assert await post(url, HELLO, wrong) == 401
    assert await raw_post(url, HELLO, b"\xff\xfe secret") == 401
    assert not desk.heard
    assert await post(url, HELLO) == 200
    assert desk.texts == ["hello"]


async def raw_post(url: str, body: bytes, secret: bytes) -> int:
    """With bytes in a header that no client library would send."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = b"POST /hook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
    writer.write(head + b"X-Telegram-Bot-Api-Secret-Token: " + secret + b"\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


async def test_by_webhook_the_200_comes_after_the_commit(hooked: tuple[Running, Desk, str]) -> None:
    running, desk, url = hooked
    desk.slow = asyncio.Event()
    answer = asyncio.create_task(post(url, HELLO))
    await until(lambda: desk.begun == 1)
    await asyncio.sleep(0.1)
    assert not answer.done()
    desk.slow.set()
    assert await answer == 200
    desk.full = True
    assert await post(url, HELLO.replace(b"5", b"6", 1)) == 500
    assert running.gate.shut
    desk.full = False
    assert await post(url, HELLO.replace(b"5", b"6", 1)) == 200
    assert not running.gate.shut


async def test_by_webhook_nonsense_is_answered(hooked: tuple[Running, Desk, str]) -> None:
    running, desk, url = hooked
    for nonsense in (b"", b"hello", b"[]", b"{}", b'{"update_id": "x"}', b"\xff\xfe"):
        assert await post(url, nonsense) == 400
    assert await post(url, HELLO[:-1] + b', "x": "' + b"y" * (1 << 20) + b'"}') == 413
    poison = HELLO.replace(b'"text"', b'"forward_origin": {"type": "hidden_user", "date": 1}, "text"')
    assert await post(url, poison) == 200
    assert running.gate.counts.put_aside == 1
    assert not desk.heard


async def test_by_webhook_a_store_that_fails_for_a_while_loses_nothing(
    box: Sandbox, hooked: tuple[Running, Desk, str]
) -> None:
    _, desk, _ = hooked
    desk.full = True
    ann = (await box.person("Ann"))["id"]
    await box.say(ann, "hello")
    await until(lambda: desk.begun >= 1)
    desk.full = False
    await until(lambda: bool(desk.heard), 10)
    assert desk.texts == ["hello"]


async def test_by_webhook_stopping_finishes_the_turns_under_way(hooked: tuple[Running, Desk, str]) -> None:
    running, desk, url = hooked
    desk.slow = asyncio.Event()
    answer = asyncio.create_task(post(url, HELLO))
    await until(lambda: desk.begun == 1)
    stopping = asyncio.create_task(running.end())
    await asyncio.sleep(0.05)
    assert not running.run.done()
    desk.slow.set()
    assert await answer == 200
    await asyncio.wait_for(stopping, 5)
    assert desk.texts == ["hello"]
    with pytest.raises(aiohttp.ClientError):
        await post(url, HELLO)


def test_the_webhooks_secret_is_not_shown() -> None:
    assert SECRET not in repr(Webhook("https://example.org", SECRET, 8080))
    assert issubclass(NotSaved, Exception)
