"""Commands that need the record say the same whether the bot runs or not, and `verify` notices a changed byte."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

from tinydb import TinyDB

from bot import control
from bot.assembly import open_store, rules
from bot.record import KINDS, REGISTER
from bot.sandbox import script
from bot.sandbox.demo import SCRIPT
from bot.settings import Settings
from storage.durable import open_db
from storage.store import Store
from tests.conftest import example
from tests.in_memory import KEY, InMemory


async def filled(folder: Path) -> Settings:
    """A record that holds one whole complaint, under the key of *folder*'s settings."""
    settings = example(folder)
    settings.key_file.parent.mkdir(parents=True, exist_ok=True)
    settings.key_file.write_text(KEY.hex())
    world = InMemory(settings, settings.data)
    await script.Play(world).perform(script.read(SCRIPT.read_text(encoding="utf-8")))
    world.close()
    return settings


async def test_a_running_bot_answers_like_a_command_alone(tmp_path: Path) -> None:
    settings = await filled(tmp_path)
    store = open_store(settings)
    alone = control.export_all(store, rules(settings))
    async with control.listening(store, rules(settings), settings.data):
        socket = settings.data / control.SOCKET
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        handed_over = await asyncio.to_thread(control.ask_running, settings.data, "export-all")
        assert await asyncio.to_thread(control.ask_running, settings.data, "verify") == (0, "The record is sound.")
        code, payload = await asyncio.to_thread(control.ask_running, settings.data, "invite", "mediator", "joke")
        assert code == 0 and payload.startswith("m_")
        assert (await asyncio.to_thread(control.ask_running, settings.data, "invite", "king", "joke"))[0] == 2
    store.close()
    assert handed_over == alone


async def test_tinydb_finds_every_row_of_an_export(tmp_path: Path) -> None:
    settings = await filled(tmp_path)
    store = open_store(settings)
    exported = json.loads(control.export_all(store, rules(settings))[1])
    store.export_tinydb(tmp_path / "stock.json")
    store.close()
    db = open_db(settings.data, kinds=KINDS, key=KEY)
    stock = TinyDB(tmp_path / "stock.json")
    for name, rows in exported.items():
        for opened in (db, stock):
            found = [json.dumps(dict(doc), sort_keys=True) for doc in opened.table(name).all()]
            assert sorted(found) == sorted(json.dumps(row, sort_keys=True) for row in rows), name
    db.close()
    words = json.dumps(exported, ensure_ascii=False)
    assert "drie weken te laat en niemand belt terug" in words and "Elke maandag alle open bestellingen" in words


async def test_verify_notices_a_register_row_that_says_something_else(tmp_path: Path) -> None:
    settings = await filled(tmp_path)
    store = open_store(settings)
    assert control.check_record(store, rules(settings)) == (0, "The record is sound.")

    def falsify(store: Store) -> None:
        row = store.read_now(lambda tx: next(tx.every(REGISTER.name)))
        store.run_now(lambda tx: tx.put(REGISTER.name, row | {"kind": "incidental"}))

    falsify(store)
    code, said = control.check_record(store, rules(settings))
    store.close()
    assert code == 4 and "register" in said


async def test_verify_exits_4_on_a_flipped_byte_in_any_table_or_file(tmp_path: Path) -> None:
    settings = await filled(tmp_path)
    record = settings.data / "record.db"
    kept = record.read_bytes()
    photo = next((settings.data / "files").iterdir())
    photo_kept = photo.read_bytes()
    missed = []
    for place in (kept.find(b"Voetspoor"), *range(5000, len(kept), max(1, len(kept) // 40))):
        if place < 0 or not any(kept[place : place + 1]):
            continue  # an empty part of a page means nothing
        record.write_bytes(kept[:place] + bytes([kept[place] ^ 0x10]) + kept[place + 1 :])
        if await _verdict(settings) != 4:
            missed.append(place)
        record.write_bytes(kept)
    assert not missed, f"of {len(kept)} bytes"
    photo.write_bytes(photo_kept[:-1] + bytes([photo_kept[-1] ^ 1]))
    assert await _verdict(settings) == 4
    photo.write_bytes(photo_kept)
    assert await _verdict(settings) == 0


async def _verdict(settings: Settings) -> int:
    from storage.errors import StoreError

    try:
        store = open_store(settings)
    except StoreError:
        return 4
    try:
        return control.check_record(store, rules(settings))[0]
    except StoreError:
        return 4
    finally:
        store.close()
