"""The fidelity table: what one raw request must be answered with, one line a rule, its source in the last column.

"Client" is telegram-bot-api's Client.cpp, "td" the library under it, "api#" the documentation, "server" a word known
only from Telegram's answers, "ours" a rule that is stricter or narrower than Telegram on purpose. Change a rule here
first. The chat every line finds is built in `sandbox` below.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.markup import Unparsable, as_html, finished, parse_html

TOKEN = "1000001:AAH-only-for-this-machine"
TRUUS, KARIM, ELS, GROUP, LEFT = 7, 8, 9, -50, -1_000_000_000_051  # Karim blocked the bot, Els' account is gone


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(still=True, start=datetime(2026, 11, 23, 9, tzinfo=UTC)) as sandbox:
        for number, name in ((TRUUS, "Truus"), (KARIM, "Karim"), (ELS, "Els")):
            await sandbox.person(name, "nl", id=number)
            await sandbox.say(number, "/start")  # messages 1, 2, 3
        await call(sandbox, "sendMessage", chat_id=TRUUS, text="Vraag", reply_markup=keyboard(A))  # message 4
        await sandbox.file(TRUUS, "photo", "kapot.jpg", "image/jpeg", size=900)  # message 5
        await sandbox.file(TRUUS, "document", "groot.pdf", "application/pdf", size=(20 << 20) + 1)  # message 6
        await call(sandbox, "sendPhoto", chat_id=TRUUS, photo=file_id(sandbox, "photo"))  # message 7
        await sandbox.join(TRUUS, GROUP, "Wijk")  # message 8
        await sandbox.join(TRUUS, LEFT, "Oud")
        await call(sandbox, "leaveChat", chat_id=LEFT)
        await sandbox.tap(TRUUS, "Ja")
        await sandbox.block(KARIM)
        await sandbox.block(ELS, gone=True)
        await sandbox.clock(advance=60)
        yield sandbox


def file_id(sandbox: Sandbox, kind: str) -> str:
    return next(file.id for file in sandbox.chats.files.values() if file.kind == kind)


async def call(sandbox: Sandbox, method: str, *, token: str = TOKEN, **given: Any) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/bot{token}/{method}", json=given) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return response.status, answer


A = {"text": "Ja", "callback_data": "yes"}


def keyboard(*buttons: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"chat_id": TRUUS, "text": text, **more}


def html(text: str) -> dict[str, Any]:
    return say(text, parse_mode="HTML")


def edit(text: str, **more: Any) -> dict[str, Any]:
    return {"chat_id": TRUUS, "message_id": 4, "text": text, **more}


def commands(name: str = "help", text: str = "Hulp", times: int = 1, **more: Any) -> dict[str, Any]:
    return {"commands": [{"command": name, "description": text}] * times, **more}


SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)
OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
PARSE = "Bad Request: can't parse entities: "
BUTTON = "Bad Request: can't parse inline keyboard button: "
HTTPS = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
PRESS = "{press}"  # stands for the id of the press Truus made, likewise {photo} and {document} for her files

REFUSED: list[tuple[str, dict[str, Any], int, str, str]] = [
    # method, request, status, description, source
    ("sendCarrierPigeon", {}, 404, "Not Found: method not found", "Client 12664"),
    ("sendMessage", {"chat_id": TRUUS}, 400, "Bad Request: message text is empty", "Client 11401"),
    ("sendMessage", say(""), 400, "Bad Request: message text is empty", "Client 11401"),
    ("sendMessage", say(" \n "), 400, "Bad Request: message text is empty", "td MessageContent.cpp 4757"),
    ("sendMessage", html("<b></b>"), 400, "Bad Request: message text is empty", "td MessageContent.cpp 4757"),
    ("sendMessage", say("a" * 4097), 400, "Bad Request: message is too long", "api#sendmessage"),
    ("sendMessage", say("🙂" * 2049), 400, "Bad Request: message is too long", "ours: UTF-16 units too"),
    ("sendMessage", say("a" * 32_769), 400, "Bad Request: text is too long", "Client 11310"),
    ("sendMessage", {"text": "a"}, 400, "Bad Request: chat_id is empty", "Client 8136"),
    ("sendMessage", {"chat_id": 404, "text": "a"}, 400, "Bad Request: chat not found", "Client 8150"),
    ("sendMessage", {"chat_id": "@wij", "text": "a"}, 400, "Bad Request: chat not found", "Client 8150"),
    ("sendMessage", {"chat_id": KARIM, "text": "a"}, 403, "Forbidden: bot was blocked by the user", "Client 128"),
    ("sendMessage", {"chat_id": ELS, "text": "a"}, 403, "Forbidden: user is deactivated", "Client 124"),
    ("sendMessage", {"chat_id": LEFT, "text": "a"}, 403, "Forbidden: bot was kicked from the supergroup chat",
     "Client 8201"),
    ("sendMessage", say("a", parse_mode="RTF"), 400, "Bad Request: unsupported parse_mode", "Client"),
    ("sendMessage", say("a", reply_parameters={"message_id": 99}), 400, "Bad Request: message to be replied not found",
     "Client 8516"),
    ("sendMessage", say("a", reply_to_message_id=99), 400, "Bad Request: message to be replied not found",
     "Client 8516"),
    ("sendMessage", html("<x>a</x>"), 400, PARSE + 'Unsupported start tag "x" at byte offset 0', "td parse_html"),
    ("sendMessage", html("3 < 5"), 400, PARSE + 'Unsupported start tag "" at byte offset 2', "td parse_html"),
    ("sendMessage", html("é<br>"), 400, PARSE + 'Unsupported start tag "br" at byte offset 2', "td: bytes"),
    ("sendMessage", html("a<b"), 400, PARSE + "Unclosed start tag at byte offset 1", "td parse_html"),
    ("sendMessage", html("<a href"), 400, PARSE + 'Unclosed start tag "a" at byte offset 0', "td parse_html"),
    ("sendMessage", html('<a href="x'), 400, PARSE + "Unclosed start tag at byte offset 0", "td parse_html"),
    ("sendMessage", html("<a =x>a</a>"), 400, PARSE + 'Empty attribute name in the tag "a" at byte offset 0',
     "td parse_html"),
    ("sendMessage", html("<a href=x/>a</a>"), 400, PARSE + "Unexpected end of name token at byte offset 8",
     "td parse_html"),
    ("sendMessage", html("<span>a</span>"), 400, PARSE + 'Tag "span" must have class "tg-spoiler" at byte offset 0',
     "td parse_html"),
    ("sendMessage", html("a</b>"), 400, PARSE + "Unexpected end tag at byte offset 1", "td parse_html"),
    ("sendMessage", html("<b>a</b x>"), 400, PARSE + "Unclosed end tag at byte offset 4", "td parse_html"),
    ("sendMessage", html("<b>a</i>"), 400,
     PARSE + 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"', "td parse_html"),
    ("sendMessage", html("<i><b>a</b>"), 400, PARSE + 'Can\'t find end tag corresponding to start tag "i"',
     "td parse_html"),
    ("sendMessage", html("a\0"), 400, PARSE + "Text must not contain null bytes", "td parse_html"),
    ("sendMessage", say("a", reply_markup="{"), 400,
     "Bad Request: can't parse reply keyboard markup JSON object", "Client get_reply_markup"),
    ("sendMessage", say("a", reply_markup=[]), 400, "Bad Request: object expected as reply markup",
     "Client get_reply_markup"),
    ("sendMessage", say("a", reply_markup={"inline_keyboard": {}}), 400,
     'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array', "Client get_reply_markup"),
    ("sendMessage", say("a", reply_markup={"inline_keyboard": [A]}), 400,
     'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays', "Client"),
    ("sendMessage", say("a", reply_markup=keyboard("Ja")), 400,
     BUTTON + "InlineKeyboardButton must be an Object", "Client 9747"),
    ("sendMessage", say("a", reply_markup=keyboard({"callback_data": "x"})), 400,
     BUTTON + 'Can\'t find field "text"', "Client 9747"),
    ("sendMessage", say("a", reply_markup=keyboard({"text": "Ja"})), 400,
     BUTTON + "Text buttons are unallowed in the inline keyboard", "Client 9694"),
    ("sendMessage", say("a", reply_markup=keyboard(A | {"text": " "})), 400,
     "Bad Request: inline keyboard button text must be non-empty", "td ReplyMarkup.cpp 600"),
    ("sendMessage", say("a", reply_markup=keyboard(A | {"callback_data": "a" * 65})), 400,
     "Bad Request: BUTTON_DATA_INVALID", "server; api#inlinekeyboardbutton"),
    ("sendMessage", say("a", reply_markup=keyboard(A | {"callback_data": "é" * 33})), 400,
     "Bad Request: BUTTON_DATA_INVALID", "server: 64 bytes, not letters"),
    ("sendMessage", say("a", reply_markup=keyboard({"text": "Kopie", "copy_text": {"text": "a" * 257}})), 400,
     "Bad Request: BUTTON_COPY_TEXT_INVALID", "server; api#copytextbutton"),
    ("sendMessage", say("a", reply_markup=keyboard(A | {"style": "purple"})), 400,
     BUTTON + "Invalid button style specified", "ours: the words; api#inlinekeyboardbutton"),
    ("sendMessage", say("a", reply_markup=keyboard(*[A] * 101)), 400, "Bad Request: reply markup is too long",
     "server; Client 92"),
    ("editMessageText", edit("Vraag", reply_markup=keyboard(A)), 400, SAME, "Client 107"),
    ("editMessageText", edit("<b>Vraag", parse_mode="HTML"), 400,
     PARSE + 'Can\'t find end tag corresponding to start tag "b"', "td parse_html"),
    ("editMessageText", edit("a", message_id=99), 400, "Bad Request: message to edit not found", "Client 8190"),
    ("editMessageText", edit("a", message_id=1), 400, "Bad Request: message can't be edited", "server"),
    ("editMessageText", edit("a", message_id=7), 400, "Bad Request: there is no text in the message to edit", "server"),
    ("editMessageText", {"text": "a"}, 400, "Bad Request: message identifier is not specified", "Client"),
    ("editMessageReplyMarkup", {"chat_id": TRUUS, "message_id": 4, "reply_markup": keyboard(A)}, 400, SAME,
     "Client 107"),
    ("deleteMessage", {"chat_id": TRUUS, "message_id": 99}, 400, "Bad Request: message to delete not found", "Client"),
    ("answerCallbackQuery", {"callback_query_id": "1"}, 400, OLD, "Client 148"),
    ("answerCallbackQuery", {"callback_query_id": PRESS, "text": "a" * 201}, 400, "Bad Request: MESSAGE_TOO_LONG",
     "server; api#answercallbackquery"),
    ("sendChatAction", {"chat_id": TRUUS, "action": "dance"}, 400, "Bad Request: wrong parameter action in request",
     "Client"),
    ("sendPhoto", {"chat_id": TRUUS}, 400, "Bad Request: there is no photo in the request", "Client"),
    ("sendPhoto", {"chat_id": TRUUS, "photo": "nope"}, 400,
     "Bad Request: wrong remote file identifier specified: Wrong string length", "td FileManager"),
    ("sendPhoto", {"chat_id": TRUUS, "photo": "{document}"}, 400,
     "Bad Request: can't use file of type Document as Photo", "td FileManager"),
    ("sendPhoto", {"chat_id": TRUUS, "photo": "https://example.org/a.jpg"}, 400,
     "Bad Request: failed to get HTTP URL content", "ours: nothing leaves this machine"),
    ("sendDocument", {"chat_id": TRUUS, "document": "{document}", "caption": "a" * 1025}, 400,
     "Bad Request: message caption is too long", "td MessageContent.cpp 5239"),
    ("getFile", {}, 400, "Bad Request: file_id not specified", "Client"),
    ("getFile", {"file_id": "nope"}, 400, "Bad Request: wrong file_id or the file is temporarily unavailable",
     "Client 8719"),
    ("getFile", {"file_id": "{document}"}, 400, "Bad Request: file is too big", "Client 8707: above 20 MB"),
    ("setMyCommands", {"commands": "["}, 400, "Bad Request: can't parse commands JSON object", "Client"),
    ("setMyCommands", commands("Help"), 400, "Bad Request: BOT_COMMAND_INVALID", "server; api#botcommand"),
    ("setMyCommands", commands("a" * 33), 400, "Bad Request: BOT_COMMAND_INVALID", "server; api#botcommand"),
    ("setMyCommands", commands(text=""), 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID", "server; api#botcommand"),
    ("setMyCommands", commands(times=101), 400, "Bad Request: BOT_COMMANDS_TOO_MUCH", "server; api#setmycommands"),
    ("setMyCommands", commands(language_code="nld"), 400, "Bad Request: invalid language code specified",
     "td BotCommand.cpp"),
    ("setMyCommands", commands(scope={"type": "moon"}), 400,
     "Bad Request: can't parse BotCommandScope: Unsupported type specified", "Client"),
    ("setMyCommands", commands(scope={"type": "chat", "chat_id": 404}), 400, "Bad Request: chat not found", "Client"),
    ("leaveChat", {"chat_id": LEFT}, 403, "Forbidden: bot is not a member of the supergroup chat", "Client 8201"),
    ("setWebhook", {"url": "http://example.org/"}, 400, HTTPS, "WebhookActor.cpp start_up"),
    ("setWebhook", {"url": "https://example.org:8080/"}, 400,
     "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443", "WebhookActor.cpp start_up"),
    ("setWebhook", {"url": "http://127.0.0.1:1/", "secret_token": "a b"}, 400,
     "Bad Request: secret token contains unallowed characters", "Client 16018"),
    ("setWebhook", {"url": "http://127.0.0.1:1/", "secret_token": "a" * 257}, 400,
     "Bad Request: secret token is too long", "Client 16018"),
]  # fmt: skip


def filled(sandbox: Sandbox, given: dict[str, Any]) -> dict[str, Any]:
    """*given* with its {photo}, {document} and {press} made real."""
    text = json.dumps(given)
    for kind in ("photo", "document"):
        text = text.replace(f"{{{kind}}}", file_id(sandbox, kind))
    real: dict[str, Any] = json.loads(text.replace(PRESS, next(iter(sandbox.chats.presses))))
    return real


@pytest.mark.parametrize(("method", "given", "status", "words", "source"), REFUSED)
async def test_refuses(
    sandbox: Sandbox, method: str, given: dict[str, Any], status: int, words: str, source: str
) -> None:
    before = (await sandbox.chat(TRUUS), len(sandbox.queue.waiting()))
    answer = await call(sandbox, method, **filled(sandbox, given))
    assert answer == (status, {"ok": False, "error_code": status, "description": words}), source
    assert (await sandbox.chat(TRUUS), len(sandbox.queue.waiting())) == before, "a refusal changes nothing"


ACCEPTED: list[tuple[str, dict[str, Any], Any, str]] = [
    # method, request, part of the result, source
    ("getMe", {}, {"id": 1_000_001, "is_bot": True, "username": "wederhoor_bot"}, "api#getme"),
    ("GETME", {}, {"id": 1_000_001}, "Client: method names in any case"),
    ("sendMessage", say("a" * 4096), {"text": "a" * 4096}, "api#sendmessage"),
    ("sendMessage", html("Jan & Piet"), {"text": "Jan & Piet"}, "td: a lone & passes"),
    ("sendMessage", html("&eacute;&lt;&#233;&#xe9;&amp"), {"text": "&eacute;<éé&"}, "td decode_html_entity"),
    ("sendMessage", html("&#0000065;&#00000065;&#x110000;"), {"text": "A&#00000065;&#x110000;"},
     "td decode_html_entity: at most 9 letters, and only what is a character"),
    ("sendMessage", html(" \n<b> a</b>"), {"text": " a"}, "td fix_formatted_text: trimmed up to the first entity"),
    ("sendMessage", html("🙂<b>é</b>"), {"entities": [{"offset": 2, "length": 1, "type": "bold"}]}, "td: UTF-16 units"),
    ("sendMessage", html("<B>a</B>"), {"entities": [{"offset": 0, "length": 1, "type": "bold"}]}, "td: any case"),
    ("sendMessage", html("<b>a</>"), {"text": "a"}, "td: an empty end tag closes the last"),
    ("sendMessage", html(' <b>a</b>\n '), {"text": "a"}, "td fix_formatted_text"),
    ("sendMessage", html('<a href="example.org">a</a>'),
     {"entities": [{"offset": 0, "length": 1, "type": "text_link", "url": "http://example.org/"}]}, "td check_link"),
    ("sendMessage", html('<a href="??">a</a>'), {"text": "a"}, "td: a wrong address is only text"),
    ("sendMessage", html('<pre><code class="language-py">a</code></pre>'),
     {"entities": [{"offset": 0, "length": 1, "type": "pre", "language": "py"}]}, "td parse_html"),
    ("sendMessage", html("<blockquote expandable>a</blockquote>"),
     {"entities": [{"offset": 0, "length": 1, "type": "expandable_blockquote"}]}, "td parse_html"),
    ("sendMessage", say("zie /help"), {"entities": [{"offset": 4, "length": 5, "type": "bot_command"}]},
     "td find_entities"),
    ("sendMessage", say("a", reply_markup=keyboard(A | {"callback_data": "a" * 64, "style": "danger"})),
     {"reply_markup": keyboard(A | {"callback_data": "a" * 64, "style": "danger"})}, "api#inlinekeyboardbutton"),
    ("sendMessage", say("a", reply_markup=json.dumps(keyboard(A))), {"reply_markup": keyboard(A)},
     "Client: JSON inside a string"),
    ("sendMessage", {"chat_id": str(TRUUS), "text": "a"}, {"text": "a"}, "Client: numbers inside a string"),
    ("sendMessage", say("a", reply_parameters={"message_id": 99, "allow_sending_without_reply": True}), {"text": "a"},
     "Client 8516"),
    ("sendMessage", say("a", protect_content=True), {"has_protected_content": True}, "api#message"),
    ("editMessageText", edit("Vraag"), {"message_id": 4, "text": "Vraag"}, "no reply_markup removes the keyboard"),
    ("editMessageText", edit("Anders"), {"text": "Anders", "edit_date": 1795424460}, "api#message"),
    ("editMessageReplyMarkup", {"chat_id": TRUUS, "message_id": 4}, {"message_id": 4}, "api#editmessagereplymarkup"),
    ("deleteMessage", {"chat_id": TRUUS, "message_id": 1}, True, "api#deletemessage: incoming ones too"),
    ("answerCallbackQuery", {"callback_query_id": PRESS, "text": "a" * 200}, True, "api#answercallbackquery"),
    ("sendChatAction", {"chat_id": TRUUS, "action": "typing"}, True, "api#sendchataction"),
    ("sendPhoto", {"chat_id": TRUUS, "photo": "{photo}", "caption": "a" * 1024}, {"caption": "a" * 1024},
     "td MessageContent.cpp 5239"),
    ("sendDocument", {"chat_id": TRUUS, "document": "{document}"}, {"message_id": 10}, "api#sending-files"),
    ("setMyCommands", commands(times=100, scope={"type": "all_private_chats"}, language_code="nl"), True,
     "api#setmycommands"),
    ("getMyCommands", {}, [], "api#getmycommands"),
    ("getChat", {"chat_id": TRUUS}, {"id": TRUUS, "type": "private", "first_name": "Truus"}, "api#getchat"),
    ("getWebhookInfo", {}, {"url": "", "has_custom_certificate": False}, "api#getwebhookinfo"),
    ("deleteWebhook", {}, True, "api#deletewebhook"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given", "part", "source"), ACCEPTED)
async def test_accepts(sandbox: Sandbox, method: str, given: dict[str, Any], part: Any, source: str) -> None:
    status, answer = await call(sandbox, method, **filled(sandbox, given))
    assert (status, answer["ok"]) == (200, True), answer
    found = answer["result"]
    if isinstance(part, dict):
        found = {name: found.get(name) for name in part}
    assert found == part, source
    if method == "editMessageText" and source.startswith("no reply_markup"):
        assert "reply_markup" not in answer["result"]


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [  # ClientManager.cpp 76-85
        ("nonsense", 401, "Unauthorized: invalid token specified"),
        ("0123:AAA", 401, "Unauthorized: invalid token specified"),
        ("1:" + "A" * 79, 401, "Unauthorized: invalid token specified"),
        ("x:AAA", 421, "Misdirected Request: unallowed token specified"),
        ("1000002:AAA", 401, "Unauthorized"),
    ],
)
async def test_tokens(token: str, status: int, words: str) -> None:
    async with Sandbox(token=TOKEN) as sandbox:
        assert (await call(sandbox, "getMe", token=token))[1] == {
            "ok": False, "error_code": status, "description": words}  # fmt: skip
        assert (await call(sandbox, "getMe"))[0] == 200


async def test_reads_every_kind_of_body(sandbox: Sandbox) -> None:
    """Client libraries differ: PTB sends forms, aiogram multipart, others JSON or a bare address."""
    markup = json.dumps(keyboard(A))
    multipart = aiohttp.FormData({"chat_id": str(TRUUS), "text": "a", "reply_markup": markup})
    multipart.add_field("spare", b"x", filename="x.txt")
    want = {"text": "a", "reply_markup": keyboard(A)}
    await sandbox.clock(advance=60)
    async with aiohttp.ClientSession(f"{sandbox.url}/bot{TOKEN}/") as session:
        for body in (
            {"json": {"chat_id": TRUUS, "text": "a", "reply_markup": keyboard(A)}},
            {"data": {"chat_id": TRUUS, "text": "a", "reply_markup": markup}},
            {"data": multipart},
            {"params": {"chat_id": TRUUS, "text": "a", "reply_markup": markup}},
        ):
            async with session.post("sendMessage", **body) as response:
                result = (await response.json())["result"]
            assert {name: result[name] for name in want} == want
            await sandbox.clock(advance=60)
        async with session.post("sendMessage", data=b"{", headers={"Content-Type": "application/json"}) as response:
            assert response.status == 400
    calls = [entry["params"] for entry in (await sandbox.log())["calls"][-5:-1]]
    assert all(params["chat_id"] == TRUUS and params["reply_markup"] == keyboard(A) for params in calls)


async def test_uploads_come_back_as_they_were_sent(sandbox: Sandbox) -> None:
    await sandbox.clock(advance=60)
    for field in ("document", "attach://a"):
        form = aiohttp.FormData({"chat_id": str(TRUUS), "caption": "<b>x</b>", "parse_mode": "HTML"})
        if field != "document":
            form.add_field("document", field)
        form.add_field(field.removeprefix("attach://"), b"%PDF-1.7", filename="brief.pdf")
        async with aiohttp.ClientSession(sandbox.url) as session:
            async with session.post(f"/bot{TOKEN}/sendDocument", data=form) as response:
                document = (await response.json())["result"]["document"]
            assert (document["file_name"], document["mime_type"], document["file_size"]) == (
                "brief.pdf", "application/pdf", 8)  # fmt: skip
            _, answer = await call(sandbox, "getFile", file_id=document["file_id"])
            path = f"/file/bot{TOKEN}/{answer['result']['file_path']}"
            async with session.get(path) as response:
                assert await response.read() == b"%PDF-1.7"
            await sandbox.clock(advance=3601)  # api#getfile: the link lives for an hour
            async with session.get(path) as response:
                assert response.status == 404


async def test_a_photo_must_be_one(sandbox: Sandbox) -> None:
    form = aiohttp.FormData({"chat_id": str(TRUUS)})
    form.add_field("photo", b"%PDF-1.7", filename="x.jpg")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/bot{TOKEN}/sendPhoto", data=form) as response,
    ):
        assert (await response.json())["description"] == "Bad Request: IMAGE_PROCESS_FAILED"


async def test_a_press_is_answered_once_and_in_time(sandbox: Sandbox) -> None:
    press = next(iter(sandbox.chats.presses))
    assert (await call(sandbox, "answerCallbackQuery", callback_query_id=press))[0] == 200
    assert (await call(sandbox, "answerCallbackQuery", callback_query_id=press))[1]["description"] == OLD
    await sandbox.tap(TRUUS, "Ja")
    await sandbox.clock(advance=151)
    press = list(sandbox.chats.presses)[-1]
    assert (await call(sandbox, "answerCallbackQuery", callback_query_id=press))[1]["description"] == OLD


async def test_messages_older_than_48_hours_stay(sandbox: Sandbox) -> None:
    await sandbox.clock(advance=2 * 86_400)
    answer = (await call(sandbox, "deleteMessage", chat_id=TRUUS, message_id=4))[1]
    assert answer["description"] == "Bad Request: message can't be deleted"  # api#deletemessage


async def test_flood_is_judged_by_the_clock(sandbox: Sandbox) -> None:
    """faq#my-bot-is-hitting-limits; the header is HttpConnection.cpp 71. Three at once, then one a second."""
    for _ in range(3):
        assert (await call(sandbox, "sendMessage", **say("a")))[0] == 200
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/bot{TOKEN}/sendMessage", json=say("a")) as response,
    ):
        assert response.headers["Retry-After"] == "1"
        words = "Too Many Requests: retry after 1"
        assert await response.json() == {
            "ok": False, "error_code": 429, "description": words, "parameters": {"retry_after": 1}}  # fmt: skip
    assert (await call(sandbox, "sendMessage", chat_id=GROUP, text="a"))[0] == 200, "one chat's limit is not another's"
    await sandbox.clock(advance=1)
    assert (await call(sandbox, "sendMessage", **say("a")))[0] == 200
    assert (await call(sandbox, "sendMessage", **say("a")))[0] == 429


async def test_flood_over_all_chats_and_without() -> None:
    for flood, refused in ((True, 10), (False, 0)):
        async with Sandbox(still=True, flood=flood) as sandbox:
            for number in range(1, 41):
                await sandbox.person("P", id=number)
                await sandbox.say(number, "a")
            answers = [(await call(sandbox, "sendMessage", chat_id=number, text="a"))[0] for number in range(1, 41)]
            assert answers.count(429) == refused
            await sandbox.flood(not flood)
            answers = [(await call(sandbox, "sendMessage", chat_id=number, text="a"))[0] for number in range(1, 41)]
            assert answers.count(429) == 10 - refused


async def test_command_menus_by_scope_and_language(sandbox: Sandbox) -> None:
    await call(sandbox, "setMyCommands", **commands("help"))
    await call(sandbox, "setMyCommands", **commands("hulp", scope={"type": "all_private_chats"}, language_code="nl"))
    await call(sandbox, "setMyCommands", **commands("zaken", scope={"type": "chat", "chat_id": KARIM}))
    seen = {who["name"]: [command["command"] for command in who["commands"]]
            for who in (await sandbox.persons())["persons"]}  # fmt: skip
    assert seen == {"Truus": ["hulp"], "Karim": ["zaken"], "Els": ["hulp"]}
    await call(sandbox, "deleteMyCommands", scope={"type": "all_private_chats"}, language_code="nl")
    assert (await sandbox.persons())["persons"][0]["commands"][0]["command"] == "help"


async def test_only_this_machine_is_heard(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as session:
        for headers, status in (
            ({}, 200),
            ({"Origin": sandbox.url}, 200),
            ({"Host": "evil.example"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "http://127.0.0.1:1"}, 403),
            ({"Origin": "null"}, 403),
        ):
            for path in ("/", "/sim/state", "/clock/now"):
                async with session.get(path, headers=headers) as response:
                    assert (response.status, path) == (status, path)


@pytest.mark.parametrize(
    "html",
    [
        "a &amp; b",
        "<b>a<i>b</i></b>c",
        "<b><i>x</i></b>",
        "<u>a</u><s>b</s>",
        '<a href="https://a.nl/?b=1&amp;c=2">x</a>',
        "<blockquote expandable>🙂a</blockquote>",
        '<pre><code class="language-py">a</code></pre>',
        "🙂<tg-spoiler>é</tg-spoiler>",
    ],
)
def test_html_survives_the_way_through_entities(html: str) -> None:
    assert as_html(*finished(*parse_html(html))) == html


@pytest.mark.parametrize("html", ["&#57311;", "&#xDFDF;", "&#xDFDF"])
def test_half_a_character_is_refused(html: str) -> None:
    with pytest.raises(Unparsable, match="check for unmatched surrogate code units"):
        parse_html(html)
