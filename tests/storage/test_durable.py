"""`open_db` against stock TinyDB: random calls, reopened at random, must answer the same.

Three differences are meant and stand in the machine: ids are not given twice after a removal, documents come in the
order of their ids, and a mixture of new documents and documents with ids does not overwrite (upstream issue 629).
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tinydb
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tinydb import where
from tinydb.operations import delete, increment
from tinydb.storages import JSONStorage, MemoryStorage
from tinydb.table import Document

from storage import Kind, Stopped, Taken
from storage.durable import Record, open_db

NAMES = st.sampled_from(["_default", "cases", "Cases", 'a "quoted" [name]; --', "klacht é\x00", "\ud800", ""])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.lists(st.integers(0, 1), max_size=2),
)
DOCS = st.builds(
    lambda doc, n: doc if n is None else {**doc, "n": n},
    st.dictionaries(st.sampled_from(["a", "b", "c", "é"]), VALUES, max_size=4),
    st.one_of(st.none(), st.integers(-1, 3), st.booleans(), st.text(max_size=1)),
)
FIELDS = st.sampled_from(["a", "b", "é", "n"])


class AsTinyDB(RuleBasedStateMachine):
    @initialize(
        stock=st.sampled_from([JSONStorage, MemoryStorage]),
        key=st.sampled_from([None, bytes(32)]),
        declared=st.booleans(),
    )
    def begin(self, stock: Any, key: bytes | None, declared: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.key = key
        self.ids: dict[str, int] = {}
        # A declared table answers the same; its key is a field that the documents of this machine always have.
        self.kinds = (Kind("cases", key="key", index=("n",), plain=("c",), sealed_by="whose"),) if declared else ()
        path = Path(self.folder.name)
        self.stock = tinydb.TinyDB(path / "stock.json", storage=stock) if stock is JSONStorage else _memory()
        self.ours: Record = open_db(path / "ours.db", key=key, kinds=self.kinds)
        self.declared = declared
        self.made = 0

    def doc(self, name: str, doc: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        return {"key": self.made, **doc} if self.declared and name == "cases" else doc

    def next_id(self, name: str) -> int:
        return self.ids.get(name, 0) + 1

    def given(self, name: str, *ids: int) -> None:
        self.ids[name] = max(self.ids.get(name, 0), *ids)

    def both(self, name: str) -> tuple[Any, Any]:
        return self.ours.table(name), self.stock.table(name)

    @rule(name=NAMES, doc=DOCS)
    def insert(self, name: str, doc: dict[str, Any]) -> None:
        doc = self.doc(name, doc)
        ours, stock = self.both(name)
        given = ours.insert(doc)
        assert given == self.next_id(name)
        stock.insert(Document(doc, given))
        self.given(name, given)

    @rule(name=NAMES, docs=st.lists(DOCS, min_size=1, max_size=3), ahead=st.integers(0, 3))
    def insert_multiple(self, name: str, docs: list[dict[str, Any]], ahead: int) -> None:
        docs = [self.doc(name, doc) for doc in docs]
        ours, stock = self.both(name)
        first = Document(docs[0], self.next_id(name) + ahead)
        given = ours.insert_multiple([first, *docs[1:]])
        assert given == list(range(first.doc_id, first.doc_id + len(docs)))
        stock.insert_multiple(Document(doc, doc_id) for doc, doc_id in zip(docs, given, strict=True))
        self.given(name, *given)

    @rule(name=NAMES, doc=DOCS, back=st.integers(0, 2))
    def insert_with_id(self, name: str, doc: dict[str, Any], back: int) -> None:
        wanted = max(1, self.next_id(name) - back)
        doc = self.doc(name, doc)
        ours, stock = self.both(name)
        assert same(lambda: ours.insert(Document(doc, wanted)), lambda: stock.insert(Document(doc, wanted)))
        self.given(name, wanted)

    @rule(name=NAMES, field=FIELDS, value=VALUES, doc=DOCS)
    def update(self, name: str, field: str, value: Any, doc: dict[str, Any]) -> None:
        ours, stock = self.both(name)
        assert sorted(ours.update(doc, where(field) == value)) == sorted(stock.update(doc, where(field) == value))

    @rule(name=NAMES, doc_ids=st.lists(st.integers(1, 6), max_size=3, unique=True), doc=DOCS)
    def update_ids(self, name: str, doc_ids: list[int], doc: dict[str, Any]) -> None:
        ours, stock = self.both(name)
        assert ours.update(doc, doc_ids=doc_ids) == stock.update(doc, doc_ids=doc_ids)

    @rule(name=NAMES, doc=DOCS)
    def update_all(self, name: str, doc: dict[str, Any]) -> None:
        ours, stock = self.both(name)
        assert sorted(ours.update(doc)) == sorted(stock.update(doc))

    @rule(name=NAMES, field=FIELDS, operation=st.sampled_from([increment, delete]))
    def operate(self, name: str, field: str, operation: Any) -> None:
        """Half of these fail; then nothing may have changed (stock changes some: it is set back)."""
        ours, stock = self.both(name)
        before = json.dumps(self.stock.storage.read())
        cond = where(field).exists()
        outcome = [_tried(lambda table=table: table.update(operation(field), cond)) for table in (ours, stock)]
        assert type(outcome[0]) is type(outcome[1])
        if isinstance(outcome[1], Exception):
            self.stock.storage.write(json.loads(before))
            stock.clear_cache()

    @rule(name=NAMES, field=FIELDS, value=VALUES, doc=DOCS)
    def update_multiple(self, name: str, field: str, value: Any, doc: dict[str, Any]) -> None:
        ours, stock = self.both(name)
        updates = [(doc, where(field) == value), ({"b": 1}, where("a").exists())]
        assert sorted(ours.update_multiple(updates)) == sorted(stock.update_multiple(updates))

    @rule(name=NAMES, field=FIELDS, value=VALUES, doc=DOCS)
    def upsert(self, name: str, field: str, value: Any, doc: dict[str, Any]) -> None:
        ours, stock = self.both(name)
        if stock.contains(where(field) == value):
            assert sorted(ours.upsert(doc, where(field) == value)) == sorted(stock.upsert(doc, where(field) == value))
        else:
            doc = self.doc(name, doc)
            (given,) = ours.upsert(doc, where(field) == value)
            assert given == self.next_id(name)
            stock.insert(Document(doc, given))
            self.given(name, given)

    @rule(name=NAMES, field=FIELDS, value=VALUES)
    def remove(self, name: str, field: str, value: Any) -> None:
        ours, stock = self.both(name)
        assert sorted(ours.remove(where(field) == value)) == sorted(stock.remove(where(field) == value))

    @rule(name=NAMES, doc_ids=st.lists(st.integers(1, 6), max_size=3, unique=True))
    def remove_ids(self, name: str, doc_ids: list[int]) -> None:
        ours, stock = self.both(name)
        assert ours.remove(doc_ids=doc_ids) == stock.remove(doc_ids=doc_ids)

    @rule(name=NAMES)
    def truncate(self, name: str) -> None:
        for table in self.both(name):
            table.truncate()
        self.ids[name] = 0

    @rule(name=NAMES)
    def drop_table(self, name: str) -> None:
        self.ours.drop_table(name)
        self.stock.drop_table(name)
        self.ids[name] = 0

    @rule()
    def drop_tables(self) -> None:
        self.ours.drop_tables()
        self.stock.drop_tables()
        self.ids.clear()

    @rule(name=NAMES)
    def table_persisted(self, name: str) -> None:
        """Upstream's own wipes an existing table (issue 636); ours only makes it."""
        if name not in self.stock.tables():
            self.ours.table(name, persist_empty=True)
            self.stock.table(name, persist_empty=True)

    @rule(name=NAMES, field=FIELDS, value=VALUES, doc_id=st.integers(0, 7))
    def read(self, name: str, field: str, value: Any, doc_id: int) -> None:
        ours, stock = self.both(name)
        assert ours.get(doc_id=doc_id) == stock.get(doc_id=doc_id)
        for cond in (where(field) == value, (where(field) == value) & (where("a") == 1), ~(where(field) == value)):
            found, expected = ours.search(cond), stock.search(cond)
            assert by_id(found) == by_id(expected)
            assert ours.count(cond) == len(expected) and ours.contains(cond) == bool(expected)
            for doc in found:
                doc["changed by the caller"] = True
            assert by_id(ours.search(cond)) == by_id(expected)
        assert by_id(ours.get(doc_ids=[doc_id, 1])) == by_id(stock.get(doc_ids=[doc_id, 1]))

    @rule(name=NAMES, bad=st.sampled_from([{"a": {1}}, {"a": float("nan")}, {"a": object()}]))
    def refuse(self, name: str, bad: dict[str, Any]) -> None:
        ours, _ = self.ours.table(name), self.stock.table(name)  # both keep the handle, and ignore later arguments
        made = name in self.ours.tables()
        with pytest.raises((TypeError, ValueError)):
            ours.insert(self.doc(name, bad))
        if made:
            self.given(name, self.next_id(name))  # as upstream: the number was drawn

    @rule()
    def reopen(self) -> None:
        path = self.ours.rows.path
        self.ours.close()
        self.ours = open_db(path, key=self.key, kinds=self.kinds)
        for name in self.ids:  # a number drawn for a refused document was not written down
            if (shelf := self.ours.rows.shelf(name)) is not None:
                self.ids[name] = self.ours.rows.next_id(shelf)

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "ours"):
            return
        tables = self.ours.tables() - {"keys"}
        extra = {kind.name for kind in self.kinds if not len(self.stock.table(kind.name))}
        assert tables - extra == self.stock.tables() - extra
        for name in tables:
            ours, stock = self.both(name)
            assert by_id(ours.all()) == by_id(stock.all())
            assert len(ours) == len(stock)

    def teardown(self) -> None:
        if hasattr(self, "ours"):
            assert list(self.ours.rows.problems()) == []
            self.ours.close()
            self.folder.cleanup()


def by_id(docs: list[Document]) -> str:
    """Equal also as JSON has it: 1, 1.0 and true are three things."""
    return json.dumps(sorted(((doc.doc_id, doc) for doc in docs), key=lambda pair: pair[0]), sort_keys=True)


def same(ours: Any, stock: Any) -> bool:
    one, other = _tried(ours), _tried(stock)
    return type(one) is type(other) and (isinstance(one, Exception) or one == other)


def _tried(call: Any) -> Any:
    try:
        return call()
    except Exception as error:
        return error


def _memory() -> tinydb.TinyDB:
    return tinydb.TinyDB(storage=MemoryStorage)


TestAsTinyDB = AsTinyDB.TestCase
TestAsTinyDB.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_an_id_is_not_given_twice(tmp_path: Path) -> None:
    with open_db(tmp_path) as db:
        assert [db.insert({}) for _ in range(3)] == [1, 2, 3]
        db.remove(doc_ids=[3])
    with open_db(tmp_path) as db:
        assert db.insert({}) == 4
        db.truncate()
        assert db.insert({}) == 1


def test_an_updater_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with open_db(tmp_path) as db:
        db.insert_multiple({"n": n} for n in range(3))

        def half(doc: Any) -> None:
            doc["n"] += 10
            if doc["n"] == 12:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            db.update(half)
        assert [doc["n"] for doc in db] == [0, 1, 2]


def test_a_key_is_unique_and_a_failed_batch_leaves_nothing(tmp_path: Path) -> None:
    with open_db(tmp_path, kinds=[Kind("cases", key="number")]) as db:
        cases = db.table("cases")
        cases.insert({"number": "A"})
        for docs in ([{"number": "B"}, {"number": "A"}], [{"number": "C"}, {}]):
            with pytest.raises(ValueError):
                cases.insert_multiple(docs)
            assert cases.all() == [{"number": "A"}]
        with pytest.raises(Taken) as error:
            cases.insert({"number": "A"})
        assert (error.value.kind, error.value.key) == ("cases", "A")


def test_many_tables_in_one_commit(tmp_path: Path) -> None:
    with open_db(tmp_path) as db:
        with pytest.raises(ZeroDivisionError), db.rows.atomic():
            db.table("a").insert({})
            with db.rows.atomic():
                db.table("b").insert({})
            raise ZeroDivisionError
        assert db.tables() == set()
        with db.rows.atomic():
            db.table("a").insert({})
            with pytest.raises(ZeroDivisionError), db.rows.atomic():
                db.table("a").insert({})
                db.table("b").insert({})
                raise ZeroDivisionError
            assert len(db.table("a")) == 1
        assert db.tables() == {"a"}
    with pytest.raises(Stopped):
        db.insert({})


def test_a_search_uses_the_declared_field(tmp_path: Path) -> None:
    with open_db(tmp_path, kinds=[Kind("cases", key="number", index=("status",))]) as db:
        cases = db.table("cases")
        cases.insert_multiple({"number": n, "status": "odd" if n % 2 else "even"} for n in range(500))
        asked: list[int] = []

        class Counting(tinydb.queries.QueryInstance):
            def __call__(self, value: Any) -> bool:
                asked.append(value["number"])
                return super().__call__(value)

        query = where("number") == 77
        assert cases.get(Counting(query, query._hash)) == {"number": 77, "status": "odd"}
        assert asked == [77]


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    with open_db(tmp_path) as db:
        db.insert_multiple({"n": n, "text": "x" * 3000} for n in range(200))
        db.rows.checkpoint()
        db.update({"n": 1000}, where("n") == 7)
        db.update({"n": 1000}, where("n") == 1000)
        log = tmp_path / "record.db-wal"
        assert log.stat().st_size < 10 * 4096
