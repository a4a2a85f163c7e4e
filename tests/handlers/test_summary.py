"""The summary: which days a period has, what is counted in it, and what a manager may type to ask for it.

The counts come from the record's own indexes, so they are held against a count by hand over rows that chance made. The
surprising truth: open and late are counted as of today whatever period is asked for, and only the rest moves with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.assembly import rules
from bot.record import KINDS, REGISTER
from handlers.acts import Office, Tell
from handlers.facts import Facts
from handlers.manager import periods
from handlers.manager import summary as asked
from handlers.procedure.case import Case
from handlers.procedure.steps import Actor
from handlers.procedure.summary import Counts, Period, count, period, total
from handlers.texts import Lines, Text
from locales import names
from storage.store import Store
from tests.conftest import example
from tests.handlers.a_case import case as a_case
from tests.in_memory import KEY

TODAY = date(2026, 11, 23)
NAMES = names()


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(when: Period) -> str:
    return f"{when.first} {when.last}"


# Periods -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "today", "days", "before"),
    [
        ("month", "2026-11-23", "2026-11-01 2026-11-30", "2026-10-01 2026-10-31"),
        ("month", "2026-12-31", "2026-12-01 2026-12-31", "2026-11-01 2026-11-30"),
        ("month", "2027-01-01", "2027-01-01 2027-01-31", "2026-12-01 2026-12-31"),
        ("month", "2028-02-29", "2028-02-01 2028-02-29", "2028-01-01 2028-01-31"),
        ("month", "2028-03-01", "2028-03-01 2028-03-31", "2028-02-01 2028-02-29"),
        ("quarter", "2026-10-01", "2026-10-01 2026-12-31", "2026-07-01 2026-09-30"),
        ("quarter", "2026-12-31", "2026-10-01 2026-12-31", "2026-07-01 2026-09-30"),
        ("quarter", "2027-01-01", "2027-01-01 2027-03-31", "2026-10-01 2026-12-31"),
        ("quarter", "2027-06-30", "2027-04-01 2027-06-30", "2027-01-01 2027-03-31"),
        ("year", "2026-12-31", "2026-01-01 2026-12-31", "2025-01-01 2025-12-31"),
        ("year", "2029-01-01", "2029-01-01 2029-12-31", "2028-01-01 2028-12-31"),  # 366 days before 365
    ],
)
def test_a_period_and_the_one_before(name: str, today: str, days: str, before: str) -> None:
    when = period(name, day(today))
    assert (span(when), span(when.before)) == (days, before)
    assert when.before.name == name


@pytest.mark.parametrize(
    ("days", "before"),
    [
        ("2027-01-01 2027-01-10", "2026-12-22 2026-12-31"),
        ("2026-12-30 2027-01-02", "2026-12-26 2026-12-29"),
        ("2027-01-01 2027-01-01", "2026-12-31 2026-12-31"),
        ("2028-03-01 2028-03-31", "2028-01-30 2028-02-29"),
    ],
)
def test_before_typed_dates_come_as_many_days(days: str, before: str) -> None:
    assert span(Period("dates", *map(day, days.split())).before) == before


@given(st.sampled_from(["month", "quarter", "year"]), st.dates(date(2020, 1, 1), date(2060, 12, 31)))
def test_periods_leave_no_day_out_and_none_in_twice(name: str, today: date) -> None:
    when = period(name, today)
    assert when.first <= today <= when.last
    assert when.before.last + timedelta(days=1) == when.first
    assert period(name, when.first) == period(name, when.last) == when
    assert period(name, when.last + timedelta(days=1)).before == when


# Counts --------------------------------------------------------------------------------------------------

RUBRICS = ("delivery", "conduct", "unknown")
NEAR = st.dates(date(2026, 6, 1), date(2027, 3, 31)).map(str)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "received": NEAR,
            "rubric": st.sampled_from(RUBRICS),
            "outcome_by": NEAR | st.just(""),
            "outcome": NEAR | st.just(""),
            "closed": NEAR | st.just(""),
            "kind": st.sampled_from(["", "structural", "incidental"]),
        }
    ),
    max_size=25,
)
WHEN = st.one_of(
    st.builds(period, st.sampled_from(["month", "quarter", "year"]), NEAR.map(day)),
    st.builds(lambda a, b: Period("dates", min(a, b), max(a, b)), NEAR.map(day), NEAR.map(day)),
)
Row = dict[str, Any]


class Kept:
    """A register in a real record, emptied and filled for each example."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def holding(self, rows: list[Row]) -> Kept:
        def fill(tx: Any) -> None:
            for old in list(tx.every(REGISTER.name)):
                tx.remove(REGISTER.name, old["number"])
            for n, row in enumerate(rows):
                tx.add(REGISTER.name, {"number": f"N{n}"} | row | {"open": "no" if row["closed"] else "yes"})

        self.store.run_now(fill)
        return self

    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]:
        return self.store.read_now(lambda tx: tx.tally(REGISTER.name, by, **where))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    store = Store.open(tmp_path, KINDS, key=KEY)
    yield Kept(store)
    store.close()


def by_hand(rows: list[Row], when: Period, today: date) -> dict[str, Counts]:
    """One row after another, by days and not by texts."""

    def each(holds: Callable[[Row], bool]) -> Counter[str]:
        return Counter(row["rubric"] for row in rows if holds(row))

    def within(text: str, of: Period) -> bool:
        return bool(text) and of.first <= day(text) <= of.last

    columns = (
        each(lambda row: within(row["received"], when)),
        each(lambda row: within(row["received"], when.before)),
        each(lambda row: not row["closed"]),
        each(lambda row: within(row["closed"], when)),
        each(lambda row: not row["closed"] and not row["outcome"] and "" < row["outcome_by"] < str(today)),
        each(lambda row: within(row["closed"], when) and row["kind"] == "structural"),
    )
    found = {rubric: Counts(*(column[rubric] for column in columns)) for rubric in RUBRICS}
    return {rubric: counts for rubric, counts in found.items() if counts != Counts()}


@given(rows=ROWS, when=WHEN, today=NEAR.map(day))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_are_those_of_a_count_by_hand(kept: Kept, rows: list[Row], when: Period, today: date) -> None:
    found = count(kept.holding(rows), when, today)
    expected = by_hand(rows, when, today)
    assert found == expected
    order = [(-row.received, -row.open, rubric) for rubric, row in found.items()]
    assert order == sorted(order)
    sums = total(found)
    assert sums.received == sum(when.first <= day(row["received"]) <= when.last for row in rows)
    assert sums.open == sum(not row["closed"] for row in rows)
    assert sums == Counts(*(sum(getattr(row, name) for row in expected.values()) for name in Counts.__slots__))


def a_row(**more: str) -> Row:
    row = {"received": "2026-10-01", "rubric": "delivery", "outcome_by": "2026-11-12", "outcome": "", "closed": ""}
    return row | {"kind": ""} | more


def test_late_from_the_day_after_and_no_more_once_there_is_an_outcome(kept: Kept) -> None:
    def late(today: str, **more: str) -> int:
        return total(count(kept.holding([a_row(**more)]), period("month", day("2026-12-01")), day(today))).late

    assert late("2026-11-12") == 0
    assert late("2026-11-13") == 1
    assert late("2027-11-13", outcome="2027-11-13") == 0
    assert late("2027-11-13", closed="2027-11-13") == 0
    assert late("2027-01-01", outcome_by="2026-12-31") == 1
    assert late("2026-12-31", outcome_by="2026-12-31") == 0


def test_received_at_the_turn_of_the_year_counts_in_one_year(kept: Kept) -> None:
    rows = [a_row(received=at) for at in ("2026-12-31", "2027-01-01", "2027-01-01")]
    for name in ("month", "quarter", "year"):
        counts = total(count(kept.holding(rows), period(name, day("2027-01-01")), day("2027-01-02")))
        assert (counts.received, counts.before) == (2, 1), name


def test_no_rows_is_no_counts(kept: Kept) -> None:
    assert count(kept.holding([]), period("year", TODAY), TODAY) == {}
    assert total({}) == Counts()


# What is typed -------------------------------------------------------------------------------------------


@dataclass
class Asking:
    """An office with a manager in it, over a register with a late complaint of each of two topics."""

    facts: Facts
    register: Kept
    cases: list[Case] = field(default_factory=list)

    def tally(self, by: tuple[str, ...], **where: object) -> Mapping[tuple[str, ...], int]:
        return self.register.tally(by, **where)

    def months(self, since: date) -> Mapping[str, Sequence[int]]:
        return {}  # nothing stands out: that is tested with the signals

    def begun(self) -> date | None:
        return None

    def open_cases(self, rubric: str | None = None) -> Sequence[Case]:
        return [case for case in self.cases if case.rubric == rubric]

    def still_owed(self) -> Sequence[Case]:
        return ()

    def decisions(self, rubric: str) -> Sequence[Mapping[str, object]]:
        return ()

    def told(self, arg: str) -> Tell:
        (tell,) = asked.summary(cast(Office, self), None, arg)
        assert isinstance(tell, Tell)
        return tell

    def fields(self, arg: str) -> SimpleNamespace:
        text = self.told(arg).text
        assert text.name == "summary", arg
        return SimpleNamespace(**text.fields)


@pytest.fixture
def office(kept: Kept, tmp_path: Path) -> Asking:
    ours = rules(example(tmp_path))
    boss = Actor(1, "Els", "nl", "els", frozenset({"manager"}))
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    rows = [a_row(), a_row(rubric="conduct"), a_row(rubric="conduct", received="2026-08-01")]
    return Asking(Facts(ours.firm, ours.zone, now, TODAY, ours.names, boss), kept.holding(rows))


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("", "2026-10-01 2026-12-31"),
        ("kwartaal", "2026-10-01 2026-12-31"),
        ("Quarter", "2026-10-01 2026-12-31"),
        ("maand", "2026-11-01 2026-11-30"),
        ("MONTH", "2026-11-01 2026-11-30"),
        ("deze maand", "2026-11-01 2026-11-30"),
        ("jaar", "2026-01-01 2026-12-31"),
        ("year", "2026-01-01 2026-12-31"),
        ("vorige maand", "2026-10-01 2026-10-31"),
        ("vorig kwartaal", "2026-07-01 2026-09-30"),
        ("last year", "2025-01-01 2025-12-31"),
        ("november", "2026-11-01 2026-11-30"),
        ("december", "2025-12-01 2025-12-31"),  # the latest that has begun
        ("maart 2025", "2025-03-01 2025-03-31"),
        ("2025", "2025-01-01 2025-12-31"),
        ("vorige week", "2026-11-16 2026-11-22"),
        ("1-1-2026 31-10-2026", "2026-01-01 2026-10-31"),
        ("31-10-2026 1-1-2026", "2026-01-01 2026-10-31"),
        ("2026-01-01 2026-10-31", "2026-01-01 2026-10-31"),
        ("2026-1-1 t/m 31.10.2026", "2026-01-01 2026-10-31"),
        ("1/1/2026 tot 31/10/2026", "2026-01-01 2026-10-31"),
        ("01-01-26 31-10-26", "2026-01-01 2026-10-31"),
        ("31-12-2026 1-1-2027", "2026-12-31 2027-01-01"),
        ("5-11-2026", "2026-11-05 2026-11-05"),
        ("2026-11-05 2026-11-05", "2026-11-05 2026-11-05"),
        ("vorig jaar", "2025-01-01 2025-12-31"),
        ("previous quarter", "2026-07-01 2026-09-30"),
        ("laatste kwartaal", "2026-07-01 2026-09-30"),
        ("1e kwartaal 2026", "2026-01-01 2026-03-31"),
        ("2e kwartaal van 2025", "2025-04-01 2025-06-30"),
        ("derde kwartaal", "2026-07-01 2026-09-30"),
        ("4e kwartaal 2025", "2025-10-01 2025-12-31"),
        ("Q1", "2026-01-01 2026-03-31"),
        ("Q4 2025", "2025-10-01 2025-12-31"),
        ("2025 Q2", "2025-04-01 2025-06-30"),
        ("van 1 maart tot en met 31 maart", "2026-03-01 2026-03-31"),
        ("1 maart t/m 31 maart", "2026-03-01 2026-03-31"),
        ("from March 1 to March 31, 2025", "2025-03-01 2025-03-31"),
        ("1 tot en met 15 maart", "2026-03-01 2026-03-15"),
        ("5 november 2025 7 mei 2026", "2025-11-05 2026-05-07"),
        ("1 december 2025 t/m 31 januari", "2025-12-01 2026-01-31"),
        ("maart t/m mei 2025", "2025-03-01 2025-05-31"),
        ("vanaf 1 november", "2026-11-01 2026-11-23"),
        ("laatste 3 maanden", "2026-08-24 2026-11-23"),
        ("last 3 months", "2026-08-24 2026-11-23"),
        ("afgelopen twee jaar", "2024-11-24 2026-11-23"),
        ("last 30 days", "2026-10-25 2026-11-23"),
        ("week 45", "2026-11-02 2026-11-08"),
        ("5 november", "2026-11-05 2026-11-05"),
    ],
)
def test_the_period_that_was_typed(office: Asking, typed: str, days: str) -> None:
    for topic in ("", "conduct ", "Hoe ik ben behandeld "):
        shown = office.fields(topic + typed)
        assert f"{shown.first} {shown.last}" == days, topic


def test_a_month_by_its_name_is_compared_with_the_month_before(office: Asking) -> None:
    """October has a day more than November: the same question by two roads has one answer."""
    by_name, by_button = office.fields("november"), office.fields("maand")
    assert (by_name.before, by_button.before) == (2, 2)  # received on the 1st of October, which lies 31 days back


@pytest.mark.parametrize(
    ("typed", "topics"),
    [
        ("jaar", ["conduct", "delivery"]),
        ("delivery jaar", ["delivery"]),
        ("jaar delivery", ["delivery"]),
        ("DELIVERY jaar", ["delivery"]),
        ("te laat of niet geleverd jaar", ["delivery"]),
        ("Hoe ik ben behandeld jaar", ["conduct"]),
        ("How I was treated year", ["conduct"]),
        ("privacy jaar", []),
        ("jaar levering", ["delivery"]),
        ("geleverd jaar", ["delivery"]),
        ("jaar behandeld", ["conduct"]),
        ("klachten over de levering van dit jaar", ["delivery"]),
        ("Iets anders", []),
    ],
)
def test_the_topic_that_was_typed(office: Asking, typed: str, topics: list[str]) -> None:
    rows = office.fields(typed).rows
    firm = office.facts.firm
    parts = rows.parts if isinstance(rows, Lines) else ()
    shown = [part.fields["topic"] for part in parts if isinstance(part, Text)]
    assert shown == [firm.rubric(code) for code in topics]
    received = office.fields(typed).received
    assert received == sum({"conduct": 2, "delivery": 1}[code] for code in topics)


def test_the_buttons_keep_the_topic(office: Asking) -> None:
    row, *_ = office.told("te laat of niet geleverd").buttons
    assert [press.arg for press in row] == ["delivery month", "delivery quarter", "delivery year"]
    row, *_ = office.told("maand").buttons
    assert [press.arg for press in row] == ["month", "quarter", "year"]


# Into a topic --------------------------------------------------------------------------------------------


def test_the_four_largest_topics_have_a_button_for_the_same_period(office: Asking) -> None:
    codes = [rubric.code for rubric in office.facts.firm.rubrics[:6]]
    office.register.holding([a_row(rubric=code) for n, code in enumerate(codes, 1) for _ in range(n)])
    _, _, *topics = office.told("vorig jaar").buttons
    assert not any("month" in press.arg for row in topics for press in row)
    _, _, *topics = office.told("oktober 2026").buttons
    assert [press.arg for (press,) in topics] == [f"{code} october 2026" for code in reversed(codes[2:])]
    for (press,) in topics:
        shown = office.fields(press.arg)
        assert f"{shown.first} {shown.last}" == "2026-10-01 2026-10-31"
        (back,) = office.told(press.arg).buttons[-1]
        assert back.arg == "october 2026"


def test_a_topic_that_is_not_known_has_no_button(office: Asking) -> None:
    office.register.holding([a_row(rubric="unknown"), a_row(rubric="removed_long_ago")])
    assert len(office.told("jaar").buttons) == 2  # the periods, and the numbers as files


@given(when=WHEN, today=NEAR.map(day))
def test_a_button_means_the_period_it_stands_under(when: Period, today: date) -> None:
    found = periods.read(periods.typed(when, today), today, NAMES, ())
    assert found.when == when


def test_a_topic_shows_its_open_cases_and_each_is_a_press_away(office: Asking) -> None:
    office.cases = [replace(a_case(), number=f"7QXM4R{n:02}") for n in range(13)]
    office.register.holding([a_row(number=case.number) for case in office.cases])
    tell = office.told("delivery jaar")
    presses = [press for row in tell.buttons for press in row if press.do == "case"]
    assert [press.arg for press in presses] == [case.number for case in office.cases[:10]]
    assert max(len(row) for row in tell.buttons) <= 5
    lines = _case_lines(tell)
    assert [line.name for line in lines] == ["summary_case"] * 10 + ["summary_more"]
    assert lines[0].fields["deadline"] == date(2027, 1, 4) and lines[-1].fields["n"] == 3


def test_what_this_manager_may_not_read_is_counted_but_not_shown(office: Asking) -> None:
    about_els = replace(a_case(), barred=frozenset({"els"}))
    office.cases = [about_els, replace(a_case(), number="AAAABBBB")]
    office.register.holding([a_row(), a_row(), a_row(imported="2026-11-01")])
    tell = office.told("delivery jaar")
    assert [press.arg for row in tell.buttons for press in row if press.do == "case"] == ["AAAABBBB"]
    assert _case_lines(tell)[-1].name == "summary_elsewhere" and _case_lines(tell)[-1].fields["n"] == 2


def _case_lines(tell: Tell) -> list[Text]:
    standing = tell.text.fields["standing"]
    assert isinstance(standing, Lines)
    cases = standing.parts[0]
    assert isinstance(cases, Text) and isinstance(cases.fields["lines"], Lines)
    return [line for line in cases.fields["lines"].parts if isinstance(line, Text)]


@pytest.mark.parametrize(
    "typed",
    [
        "maand hocus",
        "maand jaar",
        "maanden",
        "dit jaar 2025",
        "volgende maand",
        "levering rekening",
        "niet maand",
        "5e kwartaal",
        "laatste 0 maanden",
        "week 54",
        "15 tot 1 maart",
        "29 februari 2025",
        "sint-juttemis",
        "31-2-2026",
        "31-2-2026 1-3-2026",
        "2026-13-01 2026-12-01",
        "1-1-0226 1-1-2026",  # the year typed wrong: as many days before it would begin before the year 1
        "1-1-2026 31-12-9999",
        "delivery gisterenmiddernacht-ofzo",
        "conduct hocus pocus",
        "{first}",
        "<b>",
    ],
)
def test_nonsense_gets_an_example_and_the_buttons(office: Asking, typed: str) -> None:
    tell = office.told(typed)
    assert tell.text.name == "err_period"
    assert len(tell.buttons[0]) == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [("maand xyz", "xyz"), ("vorig kwartaal leevering", "leevering"), ("31-2-2026", "31-2-2026"), ("q5", "q5")],
)
def test_what_was_not_understood_is_named_beside_the_topics(office: Asking, typed: str, words: str) -> None:
    text = office.told(typed).text
    assert text.fields["words"] == words
    topics = text.fields["topics"]
    assert isinstance(topics, Lines) and len(topics.parts) == len(office.facts.firm.rubrics)


def test_every_word_that_belongs_to_one_topic_alone_names_it(office: Asking) -> None:
    rubrics = office.facts.firm.rubrics
    words = [(word, r.code) for r in rubrics for label in r.labels.values() for word in label.casefold().split()]
    for word, code in words:
        alone = len({other for said, other in words if said == word}) == 1 and word not in periods.FILLING
        if alone:
            asked_for = periods.read(f"vorig kwartaal {word}", TODAY, office.facts.names, rubrics)
            assert asked_for.rubric is not None and asked_for.rubric.code == code
            assert span(asked_for.when) == "2026-07-01 2026-09-30"


@pytest.mark.parametrize(
    ("structural", "closed", "share"), [(1, 3, "33 %"), (2, 3, "67 %"), (1, 8, "13 %"), (3, 3, "100 %")]
)
def test_the_share_is_rounded_to_the_nearest(office: Asking, structural: int, closed: int, share: str) -> None:
    rows = [a_row(closed="2026-11-02", kind="structural" if n < structural else "incidental") for n in range(closed)]
    office.register.holding(rows)
    assert office.fields("maand").share == share


@given(typed=st.text(max_size=40) | st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4} ?.{0,12}", fullmatch=True))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_answered(office: Asking, typed: str) -> None:
    text: Text = office.told(typed).text
    assert text.name in {"summary", "err_period"}
