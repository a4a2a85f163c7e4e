"""How updates wait, travel, come again and get lost; faults, held requests, `settle` and the clock."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import NoSuch, NotQuiet, Sandbox

TOKEN = "1000001:AAH-only-for-this-machine"
TRUUS, KARIM = 7, 8
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(still=True, flood=False, start=START) as sandbox:
        await sandbox.person("Truus", "nl", id=TRUUS)
        await sandbox.person("Karim", "nl", id=KARIM)
        yield sandbox


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator["Api"]:
    async with aiohttp.ClientSession(f"{sandbox.url}/bot{TOKEN}/") as session:
        yield Api(session)


class Api:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def __call__(self, method: str, **given: Any) -> Any:
        async with self.session.post(method, json=given) as response:
            answer = await response.json()
            return answer["result"] if answer["ok"] else answer["description"]

    async def ids(self, **given: Any) -> list[int]:
        return [update["update_id"] for update in await self("getUpdates", **given)]


async def until(true: Callable[[], Any]) -> None:
    """Wait until the other side of a connection has got that far."""
    async with asyncio.timeout(2):
        while not true():  # noqa: ASYNC110  what we wait for happens in the server and tells nobody
            await asyncio.sleep(0.002)


async def polling(sandbox: Sandbox) -> None:
    await until(lambda: sandbox.poll.polling)


YES = {"text": "Ja", "callback_data": "y"}


async def ask(api: Api, *buttons: dict[str, Any]) -> None:
    await api("sendMessage", chat_id=TRUUS, text="?", reply_markup={"inline_keyboard": [buttons]})


# Offsets ---------------------------------------------------------------------------------------------------


async def test_an_update_comes_again_until_it_is_confirmed(sandbox: Sandbox, api: Api) -> None:
    for text in "abc":
        await sandbox.say(TRUUS, text)
    assert await api.ids() == [1, 2, 3]
    assert await api.ids(offset=0) == [1, 2, 3], "not confirmed, so once more"
    assert (await sandbox.state())["unconfirmed"] == 3
    assert await api.ids(offset=2, limit=1) == [2]
    assert await api.ids(offset=1) == [2, 3], "what is confirmed never comes back"
    assert await api.ids(offset=-1) == [3], "from the end, forgetting the rest"
    assert await api.ids() == [3]
    assert await api.ids(offset=4) == []
    assert (await sandbox.state())["pending"] == (await sandbox.state())["unconfirmed"] == 0


async def test_an_offset_from_another_life_is_ignored(sandbox: Sandbox, api: Api) -> None:
    """More than 10 above the end: TQueue refuses it and the head is served."""
    await sandbox.say(TRUUS, "a")
    assert await api.ids(offset=13) == [1]
    assert await api.ids(offset=12) == []


async def test_numbers_start_anywhere_after_a_quiet_week(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "a")
    await sandbox.clock(advance=8 * 86_400)
    second = (await sandbox.say(TRUUS, "b"))["update"]
    third = (await sandbox.say(TRUUS, "c"))["update"]
    assert second != 2 and third == second + 1


async def test_messages_live_a_day_and_presses_150_seconds(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "a")
    await ask(api, YES)
    await sandbox.tap(TRUUS, "Ja")
    assert await api.ids() == [1, 2]
    await sandbox.clock(advance=151)
    assert await api.ids() == [1]
    await sandbox.clock(advance=86_400 - 151)
    assert await api.ids() == []


async def test_waiting_updates_can_be_dropped(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "a")
    await api("deleteWebhook", drop_pending_updates=False)
    assert (await sandbox.state())["pending"] == 1
    await api("deleteWebhook", drop_pending_updates=True)
    assert await api.ids() == []


async def test_an_empty_poll_is_not_worth_a_line_in_the_log(sandbox: Sandbox, api: Api) -> None:
    await api.ids()
    await sandbox.say(TRUUS, "a")
    await api.ids()
    (call,) = (await sandbox.log())["calls"]
    assert (call["n"], call["method"], [update["update_id"] for update in call["result"]]) == (1, "getUpdates", [1])


async def test_a_long_poll_wakes_up_for_an_update(sandbox: Sandbox, api: Api) -> None:
    poll = asyncio.create_task(api.ids(timeout=20))
    await polling(sandbox)
    await sandbox.say(TRUUS, "a")
    assert await asyncio.wait_for(poll, 1) == [1]


async def test_the_older_of_two_polls_loses(sandbox: Sandbox, api: Api) -> None:
    old = asyncio.create_task(api("getUpdates", timeout=20))
    await polling(sandbox)
    new = asyncio.create_task(api("getUpdates", timeout=20))
    assert (await asyncio.wait_for(old, 1)).startswith("Conflict: terminated by other getUpdates request;")
    await polling(sandbox)
    await sandbox.say(TRUUS, "a")
    assert len(await asyncio.wait_for(new, 1)) == 1


async def test_a_poll_whose_bot_died_takes_nothing_along(sandbox: Sandbox, api: Api) -> None:
    poll = asyncio.create_task(api.ids(timeout=20))
    await polling(sandbox)
    poll.cancel()
    await until(lambda: not sandbox.poll.polling)
    await sandbox.say(TRUUS, "a")
    assert (await sandbox.state())["pending"] == 1
    assert await api.ids() == [1]


async def test_allowed_updates_are_remembered_and_decided_at_creation(sandbox: Sandbox, api: Api) -> None:
    await api.ids(allowed_updates=["callback_query"])
    assert (await sandbox.say(TRUUS, "a"))["update"] is None
    await api.ids()
    assert (await sandbox.say(TRUUS, "b"))["update"] is None, "remembered when left out"
    await api.ids(allowed_updates=json.dumps(["message"]))
    await sandbox.say(TRUUS, "c")
    assert [update["message"]["text"] for update in await api("getUpdates")] == ["c"]


async def test_hasty_polling_is_slowed_down() -> None:
    """Client 16312-16405: the same offset within half a second gives one update."""
    async with Sandbox() as sandbox, aiohttp.ClientSession(f"{sandbox.url}/bot{TOKEN}/") as session:
        api = Api(session)
        await sandbox.person("Truus", id=TRUUS)
        await sandbox.say(TRUUS, "a")
        await sandbox.say(TRUUS, "b")
        assert (await api.ids(offset=1), await api.ids(offset=1)) == ([1, 2], [1])


async def test_an_answer_is_cut_off_near_4_mib(sandbox: Sandbox, api: Api) -> None:
    for _ in range(5):
        await sandbox.raw({"message": {"text": "a" * (1 << 20)}})
    assert await api.ids() == [1, 2, 3]


# What people do --------------------------------------------------------------------------------------------


async def test_what_people_do_becomes_updates(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "/start m_abc")
    await ask(api, {"text": "Ja, graag", "callback_data": "y"}, {"text": "Nee", "callback_data": "n"})
    first = await sandbox.say(TRUUS, "eerst", reply_to=2)
    await sandbox.edit(TRUUS, first["message"], "dan")
    await sandbox.tap(TRUUS, "graag")
    await sandbox.file(TRUUS, "photo", "a.jpg", "image/jpeg", caption="kapot", album="9", content_b64="/9g=")
    await sandbox.block(TRUUS)
    await sandbox.unblock(TRUUS)
    await sandbox.join(TRUUS, -5, "Wijk")
    start, said, edited, tapped, photo, left, back, joined, service = await api("getUpdates")
    assert start["message"]["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert start["message"]["from"] == {"id": TRUUS, "is_bot": False, "first_name": "Truus", "language_code": "nl"}
    assert said["message"]["reply_to_message"]["message_id"] == 2
    assert (edited["edited_message"]["text"], edited["edited_message"]["message_id"]) == ("dan", first["message"])
    assert (tapped["callback_query"]["data"], tapped["callback_query"]["message"]["message_id"]) == ("y", 2)
    assert (photo["message"]["caption"], photo["message"]["media_group_id"]) == ("kapot", "9")
    assert photo["message"]["photo"][-1]["file_size"] == 2
    assert left["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert back["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert joined["my_chat_member"]["chat"] == {"id": -5, "title": "Wijk", "type": "group"}
    assert service["message"]["new_chat_members"][0]["is_bot"]


async def test_taps_find_the_newest_button(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "a")
    for number in (1, 2):
        copy = {"text": "Nr", "copy_text": {"text": "7QXM"}}
        await ask(api, YES | {"callback_data": f"y{number}"}, {"text": "Ja hoor", "callback_data": "h"}, copy)
    await sandbox.tap(TRUUS, "Ja")
    await sandbox.tap(TRUUS, "hoor")
    await sandbox.tap(TRUUS, "Ja", message=2)
    await sandbox.tap(TRUUS, data="y1")
    taps = [update["callback_query"] for update in (await api("getUpdates"))[1:]]
    assert [(tap["data"], tap["message"]["message_id"]) for tap in taps] == [("y2", 3), ("h", 3), ("y1", 2), ("y1", 2)]
    assert (await sandbox.tap(TRUUS, "Nr"))["update"] is None
    for wrong in ({"label": "Nee"}, {"data": "zzz"}, {"label": "Ja", "message": 1}):
        with pytest.raises(NoSuch):
            await sandbox.tap(TRUUS, **wrong)


async def test_long_texts_arrive_in_parts(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "🙂" * 3000)
    assert [len(update["message"]["text"]) for update in await api("getUpdates")] == [2048, 952]


async def test_in_a_group_the_bot_hears_only_what_is_for_it(sandbox: Sandbox, api: Api) -> None:
    await sandbox.join(TRUUS, -5, "Wijk")
    await api.ids(offset=3)
    for text in ("zomaar", "/help", "dag @wederhoor_bot"):
        await sandbox.say(TRUUS, text, chat=-5)
    assert [update["message"]["text"] for update in await api("getUpdates")] == ["/help", "dag @wederhoor_bot"]


async def test_raw_updates_arrive_as_they_are(sandbox: Sandbox, api: Api) -> None:
    strange = {"message": {"forward_origin": {"type": "hidden_user"}, "message_id": 9, "date": 1, "text": "a",
                           "chat": {"id": 70, "type": "private"}, "from": {"id": 70, "first_name": "N"}}}  # fmt: skip
    await sandbox.raw({"update_id": 500, "nonsense": {"a": 1}})
    await sandbox.raw(strange)
    assert await api("getUpdates") == [{"update_id": 500, "nonsense": {"a": 1}}, {"update_id": 501} | strange]
    assert (await api("sendMessage", chat_id=70, text="b"))["message_id"] == 10, "the bot can answer it"


async def test_people_over_http(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(f"{sandbox.url}/sim/") as session:

        async def sim(act: str, **given: Any) -> tuple[int, Any]:
            async with session.post(act, json=given) as response:
                return response.status, await response.json()

        assert await sim("person", name="Els", language="nl") == (200, {"id": 5_000_001})
        assert await sim("say", person=5_000_001, text="dag") == (200, {"update": 1, "message": 1})
        assert (await sim("tap", person=5_000_001, label="Ja"))[0] == 404
        assert (await sim("say", person=404, text="a"))[0] == 404
        assert (await sim("say", person=5_000_001))[0] == 400
        assert (await sim("say", person=5_000_001, text="a", loud=True))[0] == 400
        assert (await sim("dance"))[0] == 404
        assert (await sim("settle", timeout=0.01))[0] == 504
        async with session.get("chat/5000001") as response:
            (message,) = (await response.json())["messages"]
        assert (message["from"], message["text"], message["html"], message["date"]) == (
            "person", "dag", "dag", "2026-11-23T09:00:00+00:00")  # fmt: skip
        async with session.get("log", params={"after": 0}) as response:
            assert await response.json() == {"calls": []}


# Faults ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"what": "429", "retry_after": 7}, 429, '"parameters":{"retry_after":7}'),
        ({"what": "429", "retry_after": None}, 429, '"description":"Too Many Requests"}'),
        ({"what": "500"}, 500, "Internal Server Error"),
        ({"what": "502html"}, 502, "<title>502 Bad Gateway</title>"),
        ({"what": "blocked"}, 403, "Forbidden: bot was blocked by the user"),
    ],
)
async def test_error_answers_change_nothing(
    sandbox: Sandbox, api: Api, fault: dict[str, Any], status: int, body: str
) -> None:
    await sandbox.say(TRUUS, "a")
    await sandbox.fault(**fault)
    async with api.session.post("sendMessage", json={"chat_id": TRUUS, "text": "b"}) as response:
        assert response.status == status
        assert body in await response.text()
    assert len((await sandbox.chat(TRUUS))["messages"]) == 1
    await api("sendMessage", chat_id=TRUUS, text="b")
    assert len((await sandbox.chat(TRUUS))["messages"]) == 2, "the fault is over"


@pytest.mark.parametrize(("what", "messages"), [("reset_before", 1), ("reset_after", 2)])
async def test_a_cut_connection_looks_the_same_before_and_after(
    sandbox: Sandbox, api: Api, what: str, messages: int
) -> None:
    await sandbox.say(TRUUS, "a")
    await sandbox.fault(what, method="sendMessage")
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("sendMessage", chat_id=TRUUS, text="b")
    assert len((await sandbox.chat(TRUUS))["messages"]) == messages
    assert (await sandbox.log())["calls"][-1]["status"] == 0


async def test_faults_pick_their_call(sandbox: Sandbox, api: Api) -> None:
    for person in (TRUUS, KARIM):
        await sandbox.say(person, "a")
    await sandbox.fault("500", method="sendMessage", chat=KARIM, nth=2, times=2)
    said = [await api("sendMessage", chat_id=chat, text="b") for chat in (TRUUS, KARIM, TRUUS, KARIM, KARIM, KARIM)]
    assert [isinstance(result, str) for result in said] == [False, False, False, True, True, False]
    with pytest.raises(ValueError, match="what must be one of"):
        await sandbox.fault("earthquake")


async def test_a_faulty_poll_and_a_delay(sandbox: Sandbox, api: Api) -> None:
    await sandbox.say(TRUUS, "a")
    await sandbox.fault("500", method="getUpdates")
    assert await api("getUpdates") == "Internal Server Error"
    await sandbox.fault("delay", seconds=0.05)
    asking = asyncio.create_task(api("getMe"))
    await asyncio.sleep(0.02)
    assert (await sandbox.state())["in_flight"] == 1
    assert (await asking)["is_bot"]
    log = (await sandbox.log())["calls"]
    assert [(call["method"], call["ok"]) for call in log] == [("getUpdates", False), ("getMe", True)]


async def test_a_duplicate_update_is_delivered_after_its_confirmation(sandbox: Sandbox, api: Api) -> None:
    await sandbox.fault("duplicate", nth=2)
    await sandbox.say(TRUUS, "a")
    await sandbox.say(TRUUS, "b")
    assert await api.ids() == [1, 2]
    assert await api.ids(offset=2) == [2]
    first = asyncio.create_task(api.ids(offset=3, timeout=20))
    assert await asyncio.wait_for(first, 1) == [2]
    assert await api.ids(offset=3) == []


@pytest.mark.parametrize(("what", "applied"), [("hold_before", 1), ("hold_after", 2)])
async def test_held_requests_wait_for_their_release(sandbox: Sandbox, api: Api, what: str, applied: int) -> None:
    await sandbox.say(TRUUS, "a")
    assert (await sandbox.held(timeout=0)) == {"held": None}
    await sandbox.fault(what, method="sendMessage")
    asking = asyncio.create_task(api("sendMessage", chat_id=TRUUS, text="b"))
    held = (await sandbox.held(timeout=1))["held"]
    assert held == {"n": 1, "method": "sendMessage"}
    assert (await sandbox.held(timeout=0)) == {"held": None}, "told once"
    assert len((await sandbox.chat(TRUUS))["messages"]) == applied
    assert not asking.done()
    await sandbox.release(held["n"])
    assert (await asking)["text"] == "b"
    assert len((await sandbox.chat(TRUUS))["messages"]) == 2
    with pytest.raises(NoSuch):
        await sandbox.release(held["n"])


@pytest.mark.parametrize(("what", "applied"), [("hold_before", 1), ("hold_after", 2)])
async def test_a_held_request_dies_with_its_bot(sandbox: Sandbox, api: Api, what: str, applied: int) -> None:
    await sandbox.say(TRUUS, "a")
    await sandbox.fault(what)
    asking = asyncio.create_task(api("sendMessage", chat_id=TRUUS, text="b"))
    await sandbox.held(timeout=1)
    asking.cancel()
    await until(lambda: not sandbox.in_flight)
    assert len((await sandbox.chat(TRUUS))["messages"]) == applied
    assert sandbox.faults.held == {}


# Webhook ---------------------------------------------------------------------------------------------------


class Hook:
    """A bot behind a webhook that answers as `answer` says."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        self.answer: Callable[[dict[str, Any]], Awaitable[web.Response]] = self.fine

    async def fine(self, update: dict[str, Any]) -> web.Response:
        return web.Response()

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.got.append(update)
        self.headers.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return await self.answer(update)

    def texts(self) -> list[str]:
        return [update["message"]["text"] if "message" in update else "tap" for update in self.got]


@pytest.fixture
async def hook(api: Api) -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await api("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s3cret")
    yield hook
    await runner.cleanup()


async def test_a_webhook_is_told_in_order_and_with_its_secret(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    assert (await api("getUpdates")).startswith("Conflict: can't use getUpdates method while webhook is active;")
    for text in "abc":
        await sandbox.say(TRUUS, text)
    await sandbox.settle()
    assert hook.texts() == ["a", "b", "c"]
    assert set(hook.headers) == {"s3cret"}
    info = await api("getWebhookInfo")
    assert (info["pending_update_count"], info["max_connections"]) == (0, 40)
    await api("deleteWebhook")
    await sandbox.say(TRUUS, "d")
    assert len(await api("getUpdates")) == 1


async def test_one_lane_waits_and_the_others_go_on(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    """A chat's next message waits for its 2xx; a press and another chat's message do not."""
    slow = asyncio.Event()

    async def answer(update: dict[str, Any]) -> web.Response:
        if update.get("message", {}).get("text") == "slow":
            await slow.wait()
        return web.Response()

    hook.answer = answer
    await sandbox.say(TRUUS, "slow")
    await sandbox.say(TRUUS, "next")
    await ask(api, YES)
    await sandbox.tap(TRUUS, "Ja")
    await sandbox.say(KARIM, "other")
    await until(lambda: len(hook.got) == 3)
    assert hook.texts() == ["slow", "tap", "other"]
    slow.set()
    await sandbox.settle()
    assert hook.texts() == ["slow", "tap", "other", "next"]


async def test_a_failing_webhook_is_tried_again_by_the_clock(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    """At once, then after 2, 4, 8 seconds (WebhookActor.cpp); the clock stands still, so nothing really waits."""
    tries: list[float] = []

    async def answer(update: dict[str, Any]) -> web.Response:
        tries.append(sandbox.time.now() - START.timestamp())
        return web.Response(status=200 if len(tries) == 5 else 500)

    hook.answer = answer
    await sandbox.say(TRUUS, "a")
    with pytest.raises(NotQuiet):
        await sandbox.settle(timeout=0.2)
    assert "500" in (await api("getWebhookInfo"))["last_error_message"]
    await sandbox.settle(jump=60)
    assert tries == [0, 0, 2, 6, 14]


async def test_a_webhook_may_name_its_pause_and_gives_up_with_the_update(
    sandbox: Sandbox, api: Api, hook: Hook
) -> None:
    async def answer(update: dict[str, Any]) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "600"})

    hook.answer = answer
    await sandbox.say(TRUUS, "a")
    await sandbox.settle(jump=2 * 86_400, timeout=30, quiet=0.005)
    assert len(hook.got) == 144, "every ten minutes of a day"


async def test_the_answer_may_carry_one_method(sandbox: Sandbox, api: Api, hook: Hook) -> None:
    async def answer(update: dict[str, Any]) -> web.Response:
        return web.json_response({"method": "sendMessage", "chat_id": TRUUS, "text": "hier"})

    hook.answer = answer
    await sandbox.say(TRUUS, "a")
    await sandbox.settle()
    assert [message["text"] for message in (await sandbox.chat(TRUUS))["messages"]] == ["a", "hier"]


# Clock and settle ------------------------------------------------------------------------------------------


async def wait(sandbox: Sandbox, seconds: float) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.url}/clock/wait", params={"until": START.timestamp() + seconds}) as response,
    ):
        return str((await response.json())["now"])


async def test_the_clock_stands_still_until_it_is_moved(sandbox: Sandbox) -> None:
    sleeper = asyncio.create_task(wait(sandbox, 60))
    await until(lambda: sandbox.time.sleepers())
    assert (await sandbox.state())["sleepers"] == ["2026-11-23T09:01:00+00:00"]
    assert await sandbox.clock(advance=59) == {"now": "2026-11-23T09:00:59+00:00", "mode": "still"}
    await asyncio.sleep(0.02)
    assert not sleeper.done()
    await sandbox.clock(set="2026-11-23T10:01:00+01:00")
    assert await asyncio.wait_for(sleeper, 1) == "2026-11-23T09:01:00+00:00"
    assert (await sandbox.state())["sleepers"] == []
    with pytest.raises(ValueError, match="zone"):
        await sandbox.clock(set="2026-11-23T10:01:00")


async def test_a_sleeper_that_goes_away_is_forgotten(sandbox: Sandbox) -> None:
    sleeper = asyncio.create_task(wait(sandbox, 60))
    await until(lambda: sandbox.time.sleepers())
    sleeper.cancel()
    await until(lambda: not sandbox.time.sleepers())


async def test_a_real_clock_goes_on_from_where_it_was_set(sandbox: Sandbox) -> None:
    await sandbox.clock(mode="real")
    assert await wait(sandbox, 0.05) > "2026-11-23T09:00:00.05"
    await sandbox.clock(advance=86_400)
    assert "2026-11-24T09:00:00" < (await sandbox.clock())["now"] < "2026-11-24T09:00:05"
    await sandbox.clock(mode="still")
    assert await sandbox.clock() == await sandbox.clock()


async def bot(sandbox: Sandbox, api: Api) -> None:
    """Answers every text with five messages, one a second by the sandbox's clock, after it confirmed the update."""

    async def answer(chat: int) -> None:
        for number in range(5):
            await api("sendMessage", chat_id=chat, text=str(number))
            await wait(sandbox, sandbox.time.now() - START.timestamp() + 1)

    offset, work = 0, set()
    while True:
        for update in await api("getUpdates", offset=offset, timeout=50):
            offset = update["update_id"] + 1
            work.add(asyncio.create_task(answer(update["message"]["chat"]["id"])))


async def test_settle_sees_a_pacing_bot_through(sandbox: Sandbox, api: Api) -> None:
    running = asyncio.create_task(bot(sandbox, api))
    await sandbox.say(TRUUS, "a")
    await sandbox.settle()
    assert len((await sandbox.chat(TRUUS))["messages"]) == 2, "without a jump the clock stands"
    assert await sandbox.settle(jump=2.5) == {"now": "2026-11-23T09:00:02+00:00"}
    assert len((await sandbox.chat(TRUUS))["messages"]) == 4
    assert await sandbox.settle(jump=60) == {"now": "2026-11-23T09:00:05+00:00"}
    assert [message["text"] for message in (await sandbox.chat(TRUUS))["messages"]] == ["a", *"01234"]
    running.cancel()


async def test_settle_jumps_for_a_bot_that_sleeps_before_it_confirms(sandbox: Sandbox, api: Api) -> None:
    async def sleepy() -> None:
        (update,) = await api("getUpdates", timeout=50)
        await wait(sandbox, 3600)
        await api("getUpdates", offset=update["update_id"] + 1, timeout=50)

    running = asyncio.create_task(sleepy())
    await sandbox.say(TRUUS, "a")
    assert await sandbox.settle(jump=3600) == {"now": "2026-11-23T10:00:00+00:00"}
    running.cancel()


async def test_settle_waits_for_a_call_under_way(sandbox: Sandbox, api: Api) -> None:
    poll = asyncio.create_task(api.ids(timeout=20))
    await polling(sandbox)
    await sandbox.fault("delay", seconds=0.15)
    asking = asyncio.create_task(api("getMe"))
    await until(lambda: sandbox.in_flight)
    await sandbox.settle()
    assert asking.done()
    poll.cancel()


async def test_settle_has_patience_with_a_slow_bot(sandbox: Sandbox, api: Api) -> None:
    """On a loaded machine a bot that took long to confirm also takes long to send what it then has to say."""

    async def slow() -> None:
        (update,) = await api("getUpdates", timeout=50)
        await asyncio.sleep(0.12)
        await asyncio.gather(api("getUpdates", offset=update["update_id"] + 1, timeout=50), later())

    async def later() -> None:
        await asyncio.sleep(0.15)
        await api("sendMessage", chat_id=TRUUS, text="eindelijk")

    running = asyncio.create_task(slow())
    await sandbox.say(TRUUS, "a")
    await sandbox.settle()
    assert [message["text"] for message in (await sandbox.chat(TRUUS))["messages"]] == ["a", "eindelijk"]
    running.cancel()


async def test_settle_says_what_it_waited_for(sandbox: Sandbox) -> None:
    await sandbox.say(TRUUS, "a")
    with pytest.raises(NotQuiet, match="'pending': 1"):
        await sandbox.settle(timeout=0.05)


async def test_a_taken_port_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        async with Sandbox(sandbox.port):
            pass


async def test_as_a_process_of_its_own_until_it_is_told_to_stop() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bot.sandbox import serve; serve(0, still=True)", stdout=asyncio.subprocess.PIPE
    )
    try:
        stream = program.stdout or pytest.fail("no output")
        address = (await asyncio.wait_for(stream.readline(), 20)).decode().strip()
        async with aiohttp.ClientSession(address) as session, session.get("sim/state") as response:
            assert (await response.json())["polling"] is False
    finally:
        program.terminate()
    assert await asyncio.wait_for(program.wait(), 5) == 0
