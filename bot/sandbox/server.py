"""The sandbox over HTTP: the Bot API, the persons' side under /sim, the bot's clock under /clock, and the page.

Nothing is decided here; requests are unpacked, faults strike, answers are packed and logged. Loopback only, and a
request whose Host or Origin is not this machine is refused, so that no website can reach in. The surprising truth: a
request whose client went away is cancelled on the spot, as if Telegram had never read it (or, after it was applied,
as if the answer got lost).
"""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from . import rules
from .faults import Fault
from .persons import SIM, NoSuch, NotQuiet, Sandbox
from .rules import Parameters, Refusal, Upload

PAGE = Path(__file__).with_name("page")
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json",
          ".svg": "image/svg+xml"}  # fmt: skip
_POLICY = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp", "audio/ogg", "audio/mpeg", "video/mp4")
_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def listen(sandbox: Sandbox) -> tuple[int, Callable[[], Awaitable[None]]]:
    """Open the sandbox's port; returns its number and what closes it."""
    app = web.Application(client_max_size=rules.UPLOAD + (1 << 20), middlewares=[_only_here])
    door = _Door(sandbox)
    app.add_routes([
        web.route("*", "/bot{token}/{method}", door.bot_api),
        web.get("/file/bot{token}/{path:.+}", door.download),
        web.get("/sim/events", door.events),
        web.get("/sim/content/{id}", door.content),
        web.get("/sim/chat/{id}", door.sim),
        web.route("*", "/sim/{name}", door.sim),
        web.get("/clock/now", door.now),
        web.get("/clock/wait", door.wait),
        web.get("/{name:|app\\.js|style\\.css|words\\.json|icon\\.svg}", door.page),
    ])  # fmt: skip
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", sandbox.port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    port: int = runner.addresses[0][1]
    return port, runner.cleanup


@web.middleware
async def _only_here(request: web.Request, handler: _Handler) -> web.StreamResponse:
    origin = request.headers.get("Origin")
    hosts = [f"//{request.headers.get('Host', '')}"] + ([origin] if origin is not None else [])
    try:
        known = all(urlsplit(host).hostname in HERE for host in hosts)
        known = known and (origin is None or urlsplit(origin).netloc == request.headers.get("Host"))
    except ValueError:
        known = False
    if not known:
        raise web.HTTPForbidden(text="The sandbox speaks only with this machine.")
    return await handler(request)


class _Door:
    """The handlers, with the sandbox they serve."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    # The Bot API ---------------------------------------------------------------------------------------

    async def bot_api(self, request: web.Request) -> web.StreamResponse:
        sandbox, method = self.sandbox, request.match_info["method"]
        sandbox.in_flight += 1
        sandbox.stir()
        call: dict[str, Any] = {"method": method, "params": {}, "ok": False, "status": 0, "result": None}
        try:
            return await self._answer(request, method, call)
        finally:
            sandbox.in_flight -= 1
            sandbox.stir()
            if method.lower() != "getupdates" or call["result"]:
                sandbox.record(call)

    async def _answer(self, request: web.Request, method: str, call: dict[str, Any]) -> web.StreamResponse:
        try:
            rules.check_token(request.match_info["token"], self.sandbox.token)
            given = await _parameters(request)
        except Refusal as refusal:
            return _refused(refusal, call)
        call["params"] = given.readable()
        chat = given.number("chat_id") or None
        fault = self.sandbox.faults.strike(method.lower(), chat)
        if fault is not None and (early := await self._before(fault, request, call)) is not None:
            return early
        try:
            response = await self._apply(method, given, call)
        except Refusal as refusal:
            response = _refused(refusal, call)
        if fault is not None and fault.what == "reset_after":
            return _cut(request, call)
        if fault is not None and fault.what == "hold_after":
            await self.sandbox.faults.hold(method)
        return response

    async def _before(self, fault: Fault, request: web.Request, call: dict[str, Any]) -> web.StreamResponse | None:
        """What a fault does before the call is applied; None when the call goes on."""
        match fault.what:
            case "429" if fault.retry_after is None:
                return _refused(Refusal(429, "Too Many Requests"), call)
            case "429":
                return _refused(rules.flooded(fault.retry_after or 0), call)
            case "500":
                return _refused(Refusal(500, "Internal Server Error"), call)
            case "502html":
                call |= {"status": 502, "result": "<html>"}
                body = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
                return web.Response(status=502, text=body, content_type="text/html")
            case "blocked":
                return _refused(Refusal(403, "Forbidden: bot was blocked by the user"), call)
            case "reset_before":
                return _cut(request, call)
            case "delay":
                await asyncio.sleep(fault.seconds)
            case "hold_before":
                await self.sandbox.faults.hold(call["method"])
        return None

    async def _apply(self, method: str, given: Parameters, call: dict[str, Any]) -> web.StreamResponse:
        if method.lower() == "getupdates":
            updates = await self.sandbox.poll.get(given, self._waits)
            call |= {"ok": True, "status": 200, "result": [json.loads(update.body) for update in updates]}
            return web.Response(
                text='{"ok":true,"result":[' + ",".join(update.body for update in updates) + "]}",
                content_type="application/json",
            )
        done = self.sandbox.api.call(method, given)
        call |= {"ok": True, "status": 200, "result": done.result}
        answer = {"ok": True, "result": done.result} | ({"description": done.description} if done.description else {})
        return web.json_response(answer, dumps=_packed)

    def _waits(self, begins: bool) -> None:
        """A getUpdates that only waits is not under way."""
        self.sandbox.in_flight += -1 if begins else 1
        self.sandbox.stir()

    async def download(self, request: web.Request) -> web.StreamResponse:
        call: dict[str, Any] = {"method": "file", "params": {}, "ok": False, "status": 0, "result": None}
        try:
            rules.check_token(request.match_info["token"], self.sandbox.token)
            fault = self.sandbox.faults.strike("file", None)
            if fault is not None and (early := await self._before(fault, request, call)) is not None:
                return early
            content = self.sandbox.api.download(request.match_info["path"])
            if fault is not None and fault.what == "hold_after":
                await self.sandbox.faults.hold("file")
            return web.Response(body=content)
        except Refusal as refusal:
            return _refused(refusal, call)

    # The persons' side ---------------------------------------------------------------------------------

    async def sim(self, request: web.Request) -> web.StreamResponse:
        """Any coroutine named in `SIM`, its arguments from the JSON body or the query."""
        name = request.match_info.get("name", "chat")
        if name not in SIM:
            return web.json_response({"error": f"no /sim/{name}"}, status=404)
        try:
            given = await request.json() if request.can_read_body else _guessed(request.query)
            if request.match_info.get("id"):
                given["id"] = int(request.match_info["id"])
            act = getattr(self.sandbox, name)
            inspect.signature(act).bind(**given)
            return web.json_response(await act(**given), dumps=_packed)
        except NoSuch as error:
            return web.json_response({"error": str(error)}, status=404)
        except NotQuiet as error:
            return web.json_response({"error": str(error)}, status=504)
        except (TypeError, ValueError, AttributeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: what changed, so that the page can look again."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sandbox.listeners.add(news)
        try:
            await response.write(b": hello\n\n")
            while True:
                await response.write(f"data: {_packed(await news.get())}\n\n".encode())
        except ConnectionError:
            return response
        finally:
            self.sandbox.listeners.discard(news)

    async def content(self, request: web.Request) -> web.StreamResponse:
        """A file's bytes for the page; only harmless kinds are shown, the rest is downloaded."""
        file = self.sandbox.chats.files.get(request.match_info["id"])
        if file is None:
            raise web.HTTPNotFound
        kind = file.mime if file.mime in _SHOWN else "application/octet-stream"
        return web.Response(body=file.content(), headers=_POLICY | {"Content-Type": kind})

    async def page(self, request: web.Request) -> web.StreamResponse:
        path = PAGE / (request.match_info["name"] or "index.html")
        return web.Response(body=path.read_bytes(), headers=_POLICY, content_type=_KINDS[path.suffix], charset="utf-8")

    # The bot's clock -----------------------------------------------------------------------------------

    async def now(self, request: web.Request) -> web.StreamResponse:
        time = self.sandbox.time
        return web.json_response({"now": time.moment(), "steady": time.steady(), "mode": time.mode})

    async def wait(self, request: web.Request) -> web.StreamResponse:
        """Answers when the sandbox's clock has reached `until` (Unix seconds)."""
        try:
            until = float(request.query["until"])
        except (KeyError, ValueError):
            return web.json_response({"error": "until must be Unix seconds"}, status=400)
        self.sandbox.stir()
        try:
            await self.sandbox.time.wait(until)
        finally:
            self.sandbox.stir()
        return await self.now(request)


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _refused(refusal: Refusal, call: dict[str, Any]) -> web.Response:
    call |= {"status": refusal.code, "result": refusal.description}
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    headers = {}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
        if "retry_after" in refusal.parameters:
            headers["Retry-After"] = str(refusal.parameters["retry_after"])
    return web.json_response(body, status=refusal.code, headers=headers, dumps=_packed)


def _cut(request: web.Request, call: dict[str, Any]) -> web.Response:
    """Drop the connection without a word."""
    call["status"] = 0
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _guessed(query: Any) -> dict[str, Any]:
    """Query parameters as JSON values where they are some."""
    given: dict[str, Any] = {}
    for name, text in query.items():
        try:
            given[name] = json.loads(text)
        except ValueError:
            given[name] = text
    return given


async def _parameters(request: web.Request) -> Parameters:
    """From the query and a body of any kind Telegram reads: JSON, urlencoded, multipart."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json":
            body = await request.read()
            decoded = json.loads(body) if body else {}
            if not isinstance(decoded, dict):
                raise ValueError
            values |= decoded
        elif request.content_type == "multipart/form-data":
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader) or part.name is None:
                    continue
                data = bytes(await part.read(decode=False))
                if part.filename is None:
                    values[part.name] = data.decode("utf-8", "replace")
                elif len(data) > rules.UPLOAD:
                    raise Refusal(413, "Request Entity Too Large")
                else:
                    kind = part.headers.get("Content-Type", "application/octet-stream")
                    uploads[part.name] = Upload(part.filename, kind, data)
        elif request.can_read_body:
            values |= dict(await request.post())
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    except ValueError:
        raise rules.refuse("Can't parse request body") from None
    return Parameters(values, uploads)


def serve(port: int, *, still: bool = False, flood: bool = True) -> None:
    """Run a sandbox in this process until it is stopped; prints the page's address on one line."""

    async def run() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        async with Sandbox(port, still=still, flood=flood) as sandbox:
            sys.stdout.write(f"{sandbox.url}/\n")
            sys.stdout.flush()
            await stop.wait()

    asyncio.run(run())
