"""The picture of a summary: the same numbers are the same bytes, wide as a phone, and every bar has its number.

Whether it looks well is for eyes; here is what can be asked of numbers. The expected range is held against the exact
test it is made from.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assembly import rules
from bot.documents.charts import _data, summary_png
from bot.office import Rules
from handlers.firm import Firm
from handlers.procedure.signals import by_chance
from handlers.procedure.summary import Counts, count, period
from handlers.procedure.trend import AGES, MONTHS, _at_least, expected, trend
from tests.conftest import example
from tests.documents.sample import Register as Rows

TODAY = date(2026, 11, 23)
QUARTER = period("quarter", TODAY)
Row = dict[str, Any]


@cache
def ours() -> Rules:
    return rules(example(Path("/nowhere")))


def a_row(received: date, rubric: str = "delivery", closed: str = "") -> Row:
    by = received + timedelta(days=42)
    return {"received": received.isoformat(), "rubric": rubric, "open": "no" if closed else "yes", "closed": closed,
            "kind": "", "outcome": "", "outcome_by": by.isoformat()}  # fmt: skip


def rows(many: int, topics: int, days: int = 1200) -> list[Row]:
    chance, codes = Random(7), [rubric.code for rubric in ours().firm.rubrics[:topics]]
    came = [TODAY - timedelta(days=chance.randrange(1, days)) for _ in range(many)]
    return [a_row(day, chance.choice(codes), str(TODAY) if chance.random() < 0.8 else "") for day in came]


def long_names() -> Firm:
    firm = ours().firm
    words = "arbeidsongeschiktheidsverzekeringsmaatschappij"
    return replace(firm, rubrics=tuple(replace(r, labels={"nl": f"{words} {words}"}) for r in firm.rubrics))


def drawn(told: list[Row], firm: Firm | None = None, language: str = "nl") -> bytes:
    register = Rows(told)
    counts = count(register, QUARTER, TODAY)
    return summary_png(counts, QUARTER, trend(register, TODAY), firm or ours().firm, ours().words, language)


# The picture ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(("many", "topics"), [(0, 1), (1, 1), (40, 6), (700, 12), (10_000, 12)])
def test_it_is_a_png_as_wide_as_a_phone(many: int, topics: int, language: str) -> None:
    data = drawn(rows(many, topics), language=language)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert width == 1080
    assert width + height < 10_000 and height < 20 * width  # what Telegram takes as a photo
    assert len(data) < 10 * 1024 * 1024


def test_the_same_numbers_are_the_same_bytes() -> None:
    told = rows(300, 12)
    assert drawn(told) == drawn(told[::-1])
    assert drawn(told) != drawn(told, language="en") != drawn(told[1:], language="en")


def test_long_names_make_it_higher_and_never_wider() -> None:
    told = rows(300, 12)
    plain, long = (struct.unpack(">II", drawn(told, firm)[16:24]) for firm in (ours().firm, long_names()))
    assert plain[0] == long[0] and plain[1] < long[1]


@pytest.mark.parametrize("payload", ['#read("/etc/passwd")', "$x$", "*b* _i_ `c`", "#panic()", "\\ [ ] <a>", "\u202e"])
def test_a_name_is_never_a_program(payload: str) -> None:
    firm = ours().firm
    named = replace(firm, contact=replace(firm.contact, name=payload),
                    rubrics=tuple(replace(rubric, labels={"nl": payload}) for rubric in firm.rubrics))  # fmt: skip
    register = Rows(rows(30, 3))
    counts = count(register, QUARTER, TODAY)
    data = _data(counts, QUARTER, trend(register, TODAY), named, ours().words, "nl")
    assert data["firm"] == payload and all(row["label"] == payload for row in data["topics"]["rows"])
    assert drawn(rows(30, 3), named).startswith(b"\x89PNG")


def test_every_bar_has_its_number_in_words() -> None:
    told = rows(700, 12)
    register = Rows(told)
    counts = count(register, QUARTER, TODAY)
    shown = _data(counts, QUARTER, trend(register, TODAY), ours().firm, ours().words, "nl")
    assert [row["value"] for row in shown["topics"]["rows"]] == [str(row.received) for row in counts.values()]
    assert sum(int(row["value"]) for row in shown["ages"]["rows"]) == sum(row.open for row in counts.values())
    assert len(shown["months"]["rows"]) == MONTHS
    bars = (*shown["topics"]["rows"], *shown["months"]["rows"], *shown["ages"]["rows"])
    assert all(0 <= bar["share"] <= 1 for bar in bars)
    assert shown["months"]["signs"][0]["kind"] == "band"


def test_a_topic_not_known_and_one_that_was_removed_are_drawn() -> None:
    counts = {"unknown": Counts(received=2), "gone": Counts(received=1)}
    shown = _data(counts, QUARTER, trend(Rows([]), TODAY), ours().firm, ours().words, "nl")
    assert [row["label"] for row in shown["topics"]["rows"]] == ["onderwerp nog niet bekend", "gone"]


def test_of_one_topic_it_says_which() -> None:
    code = ours().firm.rubrics[0].code
    shown = _data({}, QUARTER, trend(Rows([]), TODAY, rubric=code), ours().firm, ours().words, "nl", code)
    assert shown["title"].startswith(f"{ours().firm.rubrics[0].labels['nl']}: klachten van 1")


def test_the_month_that_runs_and_months_before_the_register_are_no_bars_of_nothing() -> None:
    register = Rows([a_row(date(2026, 3, 2), "conduct"), a_row(date(2026, 5, 2)), *[a_row(TODAY)] * 2])
    found = trend(register, TODAY, rubric="delivery")
    shown = _data({}, QUARTER, found, ours().firm, ours().words, "nl", "delivery")
    assert [row["value"] for row in shown["months"]["rows"]] == [*"––––", "0", "0", "1", *"00000"]
    assert [sign["text"] for sign in shown["months"]["signs"]][-2:] == [
        "– Er was nog geen register.", "Nog niet voorbij en daarom zonder balk: november. Tot nu toe ontvangen: 2.",
    ]  # fmt: skip
    assert summary_png({}, QUARTER, found, ours().firm, ours().words, "nl", "delivery").startswith(b"\x89PNG")


# What was to be expected ---------------------------------------------------------------------------------


@given(st.integers(0, 200), st.integers(6, 24))
def test_the_range_is_that_of_the_exact_test(before: int, months: int) -> None:
    low, high = expected(before, months)
    assert 0 <= low <= before / months <= high + 1
    assert by_chance(high + 1, before, 1, months) <= 0.025 < by_chance(high, before, 1, months) or high == 0
    assert by_chance(before, low, months, 1) > 0.025
    assert not low or by_chance(before, low - 1, months, 1) <= 0.025


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 24), st.integers(1, 24))
def test_floating_point_says_the_same_as_whole_numbers(seen: int, before: int, recent: int, past: int) -> None:
    assert _at_least(seen, before, recent, past) == pytest.approx(by_chance(seen, before, recent, past), rel=1e-9)


def test_months_are_whole_and_the_running_one_is_left_out() -> None:
    found = trend(Rows([a_row(TODAY), a_row(date(2026, 10, 31)), a_row(date(2025, 11, 1))]), TODAY)
    assert [month.first for month in found.months][:: MONTHS - 1] == [date(2025, 11, 1), date(2026, 10, 1)]
    assert [month.received for month in found.months] == [1, *[0] * 10, 1]


def test_with_less_than_half_a_year_behind_it_a_month_has_no_range() -> None:
    found = trend(Rows([a_row(date(2026, 2, 1))]), TODAY)
    assert [month.first.month for month in found.months if month.high is not None] == [8, 9, 10]


def test_a_rise_stands_above_and_the_start_of_the_bot_does_not() -> None:
    quiet = [a_row(date(2024 + n // 12, n % 12 + 1, 5)) for n in range(28) for _ in range(2)]
    busy = [a_row(date(2026, month, 5)) for month in range(5, 11) for _ in range(12)]
    register = Rows(quiet + busy)
    assert [month.above for month in trend(register, TODAY).months] == [False] * 6 + [True] * 6
    begun = trend(register, TODAY, begun=date(2026, 5, 2)).months
    assert not any(month.above for month in begun)
    assert [month.high is None for month in begun] == [False] * 6 + [True] * 6


def test_ages_are_counted_to_their_last_day() -> None:
    days = [0, *(day for limit in AGES for day in (limit, limit + 1))]
    found = trend(Rows([a_row(TODAY - timedelta(days=day)) for day in days]), TODAY)
    assert found.ages == (2, 2, 2, 2, 1) and found.oldest == AGES[-1] + 1
    closed = trend(Rows([a_row(TODAY, closed=str(TODAY))]), TODAY)
    assert not any(closed.ages) and closed.oldest is None


def test_one_topic_alone() -> None:
    told = rows(300, 3)
    code = ours().firm.rubrics[0].code
    alone = trend(Rows([row for row in told if row["rubric"] == code]), TODAY)
    assert trend(Rows(told), TODAY, rubric=code) == alone
