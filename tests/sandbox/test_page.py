"""The page: what can be known of it without a browser. How it looks is judged by looking."""

import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.server import PAGE

SCRIPT = (PAGE / "app.js").read_text("utf-8")
MARKUP = (PAGE / "index.html").read_text("utf-8")
WORDS: dict[str, dict[str, str]] = json.loads((PAGE / "words.json").read_text("utf-8"))


@pytest.fixture
async def session() -> AsyncIterator[tuple[Sandbox, aiohttp.ClientSession]]:
    async with Sandbox(still=True) as sandbox, aiohttp.ClientSession(sandbox.url) as session:
        yield sandbox, session


def test_both_languages_have_the_same_words_and_fields() -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()
    for name, dutch in WORDS["nl"].items():
        assert set(re.findall(r"\{\w+\}", dutch)) == set(re.findall(r"\{\w+\}", WORDS["en"][name])), name


def test_every_word_asked_for_exists_and_none_is_left_over() -> None:
    asked = set(re.findall(r'data-(?:word|label)="(\w+)"', MARKUP)) | set(re.findall(r'"(\w+)"', SCRIPT))
    assert set(re.findall(r'word\("(\w+)"', SCRIPT)) <= WORDS["nl"].keys()
    assert set(re.findall(r'data-(?:word|label)="(\w+)"', MARKUP)) <= WORDS["nl"].keys()
    kinds_of_file = {"photo", "document", "voice", "audio", "video"}
    assert WORDS["nl"].keys() - asked - kinds_of_file == set()


def test_nothing_from_a_chat_is_ever_parsed_as_html() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", SCRIPT)


async def test_the_page_may_load_only_from_here(session: tuple[Sandbox, aiohttp.ClientSession]) -> None:
    for path, kind in (("/", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css"),
                       ("/words.json", "application/json"), ("/icon.svg", "image/svg+xml")):  # fmt: skip
        async with session[1].get(path) as response:
            assert (response.status, response.content_type) == (200, kind)
            assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
    async with session[1].get("/server.py") as response:
        assert response.status == 404
    assert not re.search(r"https?://(?!www\.w3\.org/)", MARKUP + (PAGE / "style.css").read_text("utf-8"))


async def test_files_from_strangers_are_not_shown_as_pages(session: tuple[Sandbox, aiohttp.ClientSession]) -> None:
    sandbox, http = session
    await sandbox.person("Truus", id=7)
    for mime, shown in (("text/html", "application/octet-stream"), ("image/png", "image/png")):
        file = (await sandbox.file(7, "document", "x", mime, content_b64="PGI+"))["file"]
        async with http.get(f"/sim/content/{file}") as response:
            assert (response.content_type, response.headers["X-Content-Type-Options"]) == (shown, "nosniff")
            assert await response.read() == b"<b>"


async def test_the_page_hears_what_changed(session: tuple[Sandbox, aiohttp.ClientSession]) -> None:
    sandbox, http = session
    async with http.get("/sim/events") as response:
        assert await response.content.readuntil(b"\n\n") == b": hello\n\n"
        await sandbox.person("Truus", id=7)
        await sandbox.say(7, "dag")
        await sandbox.clock(advance=60)
        heard = [json.loads((await response.content.readuntil(b"\n\n"))[6:]) for _ in range(3)]
    assert heard[0] == {"topic": "persons"}
    assert {"topic": "chat", "chat": 7} in heard
