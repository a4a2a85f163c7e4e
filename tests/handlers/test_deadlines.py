"""When something is due: days of the firm's own calendar, over summer time, leap days and Dutch holidays.

The surprising truth: a day may have 23 or 25 hours, so every moment below is written as the clock on the wall in
Apeldoorn shows it, and only the code under test may count in hours.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.firm import Terms
from handlers.procedure.case import Happened
from handlers.procedure.deadlines import (
    add_working_days,
    answer_by,
    due,
    easter,
    holidays,
    late,
    outcome_by,
    reply_by,
    works,
)
from tests.handlers.a_case import STAGES, case, happened, received

ZONE = ZoneInfo("Europe/Amsterdam")
TERMS = Terms()


def here(text: str) -> datetime:
    """A moment as the wall clock of the firm shows it, in UTC as the record keeps it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def at(text: str, kinds: str = "", *more: Happened) -> dict[str, str]:
    """What is due for a case received then, as the wall clock shows it."""
    found = due(case(kinds, *more, first=received(here(text))), TERMS, ZONE)
    return {item.what: item.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") for item in found}


# The calendar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1961, "04-02"),
        (2019, "04-21"),
        (2026, "04-05"),
        (2027, "03-28"),
        (2028, "04-16"),
        (2029, "04-01"),
        (2030, "04-21"),
        (2038, "04-25"),
    ],
)
def test_easter(year: int, sunday: str) -> None:
    assert easter(year) == date.fromisoformat(f"{year}-{sunday}")


HOLIDAYS = {
    2026: "01-01 04-06 04-27 05-14 05-25 12-25 12-26",
    2027: "01-01 03-29 04-27 05-06 05-17 12-25 12-26",
    2028: "01-01 04-17 04-27 05-25 06-05 12-25 12-26",
    2029: "01-01 04-02 04-27 05-10 05-21 12-25 12-26",
    2030: "01-01 04-22 04-27 05-05 05-30 06-10 12-25 12-26",  # Liberation Day, once in five years
    2031: "01-01 04-14 04-26 05-22 06-02 12-25 12-26",  # the king celebrates on Saturday when the 27th is a Sunday
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_dutch_holidays(year: int) -> None:
    assert holidays(year) == {date.fromisoformat(f"{year}-{day}") for day in HOLIDAYS[year].split()}


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23", 5, "2026-11-30"),  # Monday to Monday
        ("2026-11-27", 1, "2026-11-30"),  # Friday to Monday
        ("2026-11-28", 1, "2026-11-30"),  # Saturday to Monday
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-12-24", 1, "2026-12-28"),  # over Christmas and a weekend
        ("2026-12-30", 2, "2027-01-04"),  # over the turn of the year
        ("2027-03-26", 1, "2027-03-30"),  # over Easter
        ("2028-02-28", 2, "2028-03-01"),  # over a leap day, which is a Tuesday like any other
        ("2030-05-03", 1, "2030-05-06"),
    ],
)
def test_working_days(start: str, days: int, end: str) -> None:
    assert add_working_days(date.fromisoformat(start), days) == date.fromisoformat(end)


@given(st.dates(date(2024, 1, 1), date(2060, 1, 1)), st.integers(1, 30))
def test_working_days_lie_one_after_another(start: date, days: int) -> None:
    end = add_working_days(start, days)
    assert works(end)
    assert sum(works(start + timedelta(days=n)) for n in range(1, (end - start).days + 1)) == days


# The terms of a case -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "reply", "outcome"),
    [
        ("2026-11-23 10:00", "2026-11-30", "2027-01-04"),
        ("2026-11-23 23:59", "2026-11-30", "2027-01-04"),  # 22:59 in UTC
        ("2026-11-24 00:01", "2026-12-01", "2027-01-05"),  # still the 23rd in UTC
        ("2027-03-28 01:59", "2027-04-05", "2027-05-09"),  # a minute before the clocks go forward, on Easter Sunday
        ("2027-03-28 03:00", "2027-04-05", "2027-05-09"),
        ("2027-10-31 02:30", "2027-11-05", "2027-12-12"),  # in the hour that comes twice
        ("2028-01-18 12:00", "2028-01-25", "2028-02-29"),
        ("2028-02-29 12:00", "2028-03-07", "2028-04-11"),
    ],
)
def test_terms_count_days_of_the_firm(got: str, reply: str, outcome: str) -> None:
    told = case(first=received(here(got)))
    assert reply_by(told, TERMS, ZONE) == date.fromisoformat(reply)
    assert outcome_by(told, TERMS, ZONE) == date.fromisoformat(outcome)


def test_a_case_is_late_the_day_after_and_not_on_the_day() -> None:
    told = case(first=received(here("2027-02-14 12:00")))
    assert not late(told, TERMS, ZONE, date(2027, 3, 28))
    assert late(told, TERMS, ZONE, date(2027, 3, 29))
    assert not late(replace(told, status="closed"), TERMS, ZONE, date(2027, 3, 29))
    assert not late(case("proposed", first=received(told.received)), TERMS, ZONE, date(2028, 1, 1))


def test_who_does_not_answer_is_asked_again_and_then_left() -> None:
    told = case(STAGES["proposed"], first=received(here("2026-11-23 10:00")))
    assert answer_by(told, TERMS, ZONE) == date(2026, 12, 7)
    assert at("2026-11-23 10:00", STAGES["proposed"]) == {
        "answer_1": "2026-11-30 09:00",
        "silent_1": "2026-12-08 09:00",
    }


# What the clock has to do --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("got", "moments"),
    [
        # received             14 days before, 7, 2, or earlier where nobody works then; and the day after, or later
        ("2026-11-23 10:00", "2026-12-21 2026-12-28 2026-12-31 2027-01-05"),  # the 2nd of January is a Saturday
        ("2027-02-14 12:00", "2027-03-12 2027-03-19 2027-03-26 2027-03-30"),  # the last day is Easter
        ("2027-02-15 12:00", "2027-03-15 2027-03-22 2027-03-26 2027-03-30"),  # or Easter Monday
        ("2027-03-01 12:00", "2027-03-26 2027-04-05 2027-04-09 2027-04-13"),  # summer time in between: still nine
        ("2027-09-20 12:00", "2027-10-18 2027-10-25 2027-10-29 2027-11-02"),  # and winter time
        ("2028-01-18 12:00", "2028-02-15 2028-02-22 2028-02-25 2028-03-01"),  # the leap day itself is the last one
    ],
)
def test_the_outcome_is_asked_for_in_the_morning_of_a_working_day(got: str, moments: str) -> None:
    names = ("outcome_14", "outcome_7", "outcome_2", "late")
    assert at(got) == {name: f"{day} 09:00" for name, day in zip(names, moments.split(), strict=True)}


@pytest.mark.parametrize(
    ("offered", "passed"),
    [
        ("2026-11-23 10:00", "2026-11-24 10:01"),
        ("2027-03-27 12:00", "2027-03-28 13:01"),  # 24 hours are 24 hours, also in a night of 23
        ("2027-10-30 12:00", "2027-10-31 11:01"),
    ],
)
def test_a_mediator_has_whole_hours_to_accept(offered: str, passed: str) -> None:
    assert at(offered, "assigned")["accept"] == passed


def test_a_measure_reminds_on_its_day_or_the_first_day_people_work() -> None:
    dated = [happened("measure", due=day) for day in ("2026-12-01", "2026-12-25", "2027-03-28")]
    found = at("2026-11-23 10:00", STAGES["agreed"], *dated)
    assert found == {
        "measure_0": "2026-12-01 09:00",
        "measure_1": "2026-12-28 09:00",
        "measure_2": "2027-03-30 09:00",
    }


@pytest.mark.parametrize("stage", STAGES)
def test_each_fires_once_and_only_once(stage: str) -> None:
    """Waiting for the soonest, filing it, and again: the list gets shorter by exactly that one, until it is empty."""
    told = case(STAGES[stage], happened("measure", due="2026-12-01"))
    left = [item.what for item in due(told, TERMS, ZONE)]
    seen = []
    while found := due(told, TERMS, ZONE):
        assert [item.at for item in found] == sorted(item.at for item in found)
        seen.append(found[0].what)
        told = case(STAGES[stage], *told.history[1 + len(STAGES[stage].split()) :], reminder(seen[-1]))
    assert seen == left
    assert len(set(seen)) == len(seen)


def reminder(what: str) -> Happened:
    return happened("reminded", what=what)


def test_nothing_is_due_after_closing() -> None:
    measures = (happened("measure", due="2026-12-01"), happened("closed"))
    assert not due(case(STAGES["agreed"], *measures), TERMS, ZONE)
    assert not due(case(STAGES["closed"]), TERMS, ZONE)


def test_a_second_outcome_asks_anew_whatever_was_asked_before() -> None:
    first = [reminder("answer_1"), reminder("silent_1")]
    second = (*first, *map(happened, ("disagreed", "retried", "proposed")))
    assert set(at("2026-11-23 10:00", STAGES["proposed"], *second)) == {"answer_2", "silent_2"}


@given(
    st.integers(0, 6 * 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from([*STAGES.values(), "assigned accepted measure"]),
)
@settings(max_examples=200)
def test_nothing_is_due_before_it_could_be(got: datetime, kinds: str) -> None:
    told = case(kinds, first=received(got))
    for item in due(told, TERMS, ZONE):
        wall = item.at.astimezone(ZONE)
        if item.what == "accept":
            assert told.assigned_at
            assert item.at == told.assigned_at + timedelta(hours=24)
        else:
            assert (wall.hour, wall.minute) == (9, 0)
            assert works(wall.date())
        if item.what.startswith("outcome"):
            assert wall.date() <= outcome_by(told, TERMS, ZONE) - timedelta(days=2)
        if item.what == "late":
            assert late(told, TERMS, ZONE, wall.date())
        if item.what.startswith("silent"):
            last = answer_by(told, TERMS, ZONE)
            assert last
            assert wall.date() > last
