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
from handlers.procedure.case import Case, Happened
from handlers.procedure.deadlines import (
    add_working_days,
    answer_by,
    due,
    easter,
    holidays,
    late,
    letter_by,
    outcome_by,
    reopen_by,
    reply_by,
    works,
)
from tests.handlers.a_case import STAGES, case, entered, happened, received

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
        "answer_1_again": "2026-12-07 09:00",  # two days before would be a Saturday
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
    found = at(got, "assigned accepted")
    assert found == {name: f"{day} 09:00" for name, day in zip(names, moments.split(), strict=True)}
    assert found.items() <= at(got).items()  # whether somebody has taken it or not


@pytest.mark.parametrize(
    ("offered", "passed"),
    [
        ("2026-11-23 10:00", "2026-11-24 10:01"),
        ("2027-03-25 12:00", "2027-03-26 12:01"),
        ("2027-03-26 12:00", "2027-03-30 09:00"),  # over a night of 23 hours, and Easter
        ("2027-10-29 12:00", "2027-11-01 09:00"),
        ("2026-11-26 23:58", "2026-11-27 23:59"),
        ("2026-11-26 23:59", "2026-11-30 09:00"),  # offered at midnight, and the day after is a Saturday
        ("2026-12-24 10:00", "2026-12-28 09:00"),
    ],
)
def test_a_mediator_has_24_hours_to_accept_which_end_on_no_day_off(offered: str, passed: str) -> None:
    assert at(offered, "assigned")["accept"] == passed


@pytest.mark.parametrize(
    ("got", "morning"),
    [
        ("2026-11-23 10:00", "2026-11-30 09:00"),
        ("2026-11-28 10:00", "2026-12-04 09:00"),  # on a Saturday
        ("2026-12-24 10:00", "2027-01-04 09:00"),  # over Christmas and New Year
        ("2027-03-25 10:00", "2027-04-02 09:00"),  # over summer time and Easter
    ],
)
def test_while_nobody_took_it_the_first_word_to_the_client_is_asked_for(got: str, morning: str) -> None:
    assert at(got)["reply"] == at(got, "assigned")["reply"] == morning
    assert "reply" not in at(got, "assigned accepted")


# Letters and e-mails (S4) --------------------------------------------------------------------------------


def letter(came: str, typed_in: str = "", channel: str = "letter", *more: Happened) -> dict[str, str]:
    """What is due of the letter that acknowledges one that *came* then and was typed in later."""
    first = entered(here(typed_in or came), here(came), channel)
    found = due(case("", *more, first=first), TERMS, ZONE)
    return {item.what: f"{item.at.astimezone(ZONE):%Y-%m-%d %H:%M}" for item in found if item.series == "letter"}


@pytest.mark.parametrize(
    ("came", "soon", "last", "late_on"),
    [
        # came               reminded (5th day) the last day  late
        ("2026-11-23 12:00", "2026-11-27", "2026-11-30", "2026-12-01"),  # the 28th is a Saturday: a day earlier
        ("2026-11-25 23:59", "2026-11-30", "2026-12-02", "2026-12-03"),
        ("2026-11-26 00:01", "2026-12-01", "2026-12-03", "2026-12-04"),  # the 25th in UTC
        ("2026-12-17 12:00", "2026-12-22", "2026-12-24", "2026-12-28"),  # late over Christmas and a weekend
        ("2027-03-22 12:00", "2027-03-26", "2027-03-29", "2027-03-30"),  # a night of 23 hours, and Easter
        ("2027-10-27 12:00", "2027-11-01", "2027-11-03", "2027-11-04"),  # one of 25
        ("2028-02-23 12:00", "2028-02-28", "2028-03-01", "2028-03-02"),  # over the leap day
    ],
)
@pytest.mark.parametrize("channel", ["letter", "email"])
def test_a_letter_is_acknowledged_within_seven_days(
    came: str, soon: str, last: str, late_on: str, channel: str
) -> None:
    told = case(first=entered(here(came), here(came), channel))
    assert letter_by(told, ZONE) == date.fromisoformat(last)
    assert letter(came, channel=channel) == {"letter_soon": f"{soon} 09:00", "letter_late": f"{late_on} 09:00"}


@pytest.mark.parametrize(("days", "is_late"), [(0, False), (7, False), (8, True), (35, True)])
def test_a_letter_that_was_typed_in_later_counts_from_the_day_it_came(days: int, is_late: bool) -> None:
    """On the seventh day it is in time, on the eighth it is late at once; nobody gains a day by waiting."""
    typed = here("2026-11-03 10:00") + timedelta(days=days)
    moments = letter("2026-11-03 12:00", f"{typed.astimezone(ZONE):%Y-%m-%d %H:%M}")
    assert moments == letter("2026-11-03 12:00")
    assert (datetime.fromisoformat(moments["letter_late"]).replace(tzinfo=ZONE) <= typed) == is_late
    told = case(first=entered(typed, here("2026-11-03 12:00")))
    assert outcome_by(told, TERMS, ZONE) == date(2026, 12, 15)


@pytest.mark.parametrize("channel", ["phone", "visit", "chat"])
def test_what_was_told_owes_no_letter(channel: str) -> None:
    assert letter("2026-11-23 12:00", channel=channel) == {}
    assert letter_by(case(first=entered(channel=channel)), ZONE) is None


def test_a_letter_that_was_sent_is_asked_for_no_more() -> None:
    assert letter("2026-11-23 12:00", "", "letter", happened("acknowledged", how="letter")) == {}


# Questions to the client (L5, L7) ------------------------------------------------------------------------


def test_a_question_is_repeated_twice_and_then_given_up() -> None:
    asked = happened("clarify", here("2026-12-18 15:00"))
    found = at("2026-11-23 10:00", STAGES["analysis"], asked)
    assert {what: day for what, day in found.items() if what.startswith("question")} == {
        "question_1_7": "2026-12-28 09:00",  # the 25th is Christmas
        "question_1_14": "2027-01-04 09:00",  # and the 1st New Year
        "question_1_21": "2027-01-08 09:00",
    }


@pytest.mark.parametrize("end", ["answered", "withdrawn"])
def test_an_answer_ends_the_asking_and_the_next_question_has_its_own_days(end: str) -> None:
    asked = happened("clarify", here("2026-11-24 10:00"))
    answered = (asked, reminder("question_1_7"), happened(end, here("2026-12-02 10:00")))
    assert not [what for what in at("2026-11-23 10:00", STAGES["analysis"], *answered) if "question" in what]
    again = at("2026-11-23 10:00", STAGES["analysis"], *answered, happened("clarify", here("2026-12-03 10:00")))
    assert end == "withdrawn" or again["question_2_7"] == "2026-12-10 09:00"


# Measures, promises and whether it worked ----------------------------------------------------------------


def only(series: str, found: dict[str, str]) -> dict[str, str]:
    return {what: day for what, day in found.items() if what.startswith(series)}


@pytest.mark.parametrize(
    ("recorded", "day", "soon", "on", "late_on"),
    [
        ("2026-11-23", "2026-12-03", "2026-12-01", "2026-12-03", "2026-12-07"),  # three days later is a Sunday
        ("2026-11-23", "2026-12-25", "2026-12-23", "2026-12-28", "2026-12-28"),  # Christmas, and then at once late
        ("2026-11-23", "2027-03-28", "2027-03-26", "2027-03-30", "2027-03-31"),  # Easter Sunday, on summer time
        ("2026-11-23", "2026-11-26", "2026-11-24", "2026-11-26", "2026-11-30"),
        ("2026-11-23", "2026-11-25", "", "2026-11-25", "2026-11-30"),  # two days ahead: it was only just agreed
        ("2026-11-23", "2026-11-23", "", "", "2026-11-26"),  # planned for the same day: nobody has forgotten it yet
    ],
)
@pytest.mark.parametrize("kind", ["corrective", "preventive"])
def test_a_measure_reminds_before_on_and_after_its_day(
    recorded: str, day: str, soon: str, on: str, late_on: str, kind: str
) -> None:
    dated = happened("measure", here(f"{recorded} 10:30"), due=day, kind=kind)
    found = only("measure", at("2026-11-23 10:00", STAGES["analysis"], dated))
    wanted = {"measure_0_soon": soon, "measure_0": on, "measure_0_late": late_on}
    assert found == {what: f"{morning} 09:00" for what, morning in wanted.items() if morning}


def test_what_is_done_reminds_no_more_and_each_measure_has_its_own_reminders() -> None:
    two = [happened("measure", due="2026-12-01"), happened("measure", due="2026-12-02")]
    assert {what[:9] for what in only("measure", at("2026-11-23 10:00", "", *two))} == {"measure_0", "measure_1"}
    left = only("measure", at("2026-11-23 10:00", "", *two, happened("done", measure=0)))
    assert {what[:9] for what in left} == {"measure_1"}


def test_another_day_reminds_anew_and_what_was_taken_back_reminds_nobody() -> None:
    told = (
        happened("measure", here("2026-11-23 10:30"), due="2026-12-01"),
        reminder("measure_0_soon"),
        reminder("measure_0"),
    )
    moved = happened("measure", here("2026-12-01 11:00"), measure=0, due="2026-12-09", owner="els")
    assert only("measure", at("2026-11-23 10:00", "", *told, moved)) == {
        "measure_0_soon": "2026-12-07 09:00", "measure_0": "2026-12-09 09:00", "measure_0_late": "2026-12-14 09:00",
    }  # fmt: skip
    dropped = happened("measure", measure=0, reason="of another complaint")
    assert not only("measure", at("2026-11-23 10:00", "", *told, dropped))


@pytest.mark.parametrize(
    ("done", "asked"),
    [
        ("2026-12-01 10:00", "2027-01-12 09:00"),
        ("2027-02-16 10:00", "2027-03-30 09:00"),  # six weeks later is Easter Monday
        ("2027-02-14 23:30", "2027-03-30 09:00"),  # Easter Sunday, counted in days of the firm
    ],
)
def test_six_weeks_after_it_was_done_it_is_asked_whether_it_worked(done: str, asked: str) -> None:
    prevents = happened("measure", kind="preventive"), happened("done", here(done))
    corrects = happened("measure"), happened("done", here(done), measure=1)
    found = at("2026-11-23 10:00", STAGES["closed"], *prevents, *corrects)
    assert only("effect", found) == {"effect_0": asked}  # only of what should keep it from happening again
    assert not only("effect", at("2026-11-23 10:00", STAGES["closed"], *prevents, happened("checked")))


def test_while_a_case_is_open_nobody_is_asked_whether_it_worked_and_after_closing_everybody() -> None:
    """A client who waits for the outcome would be asked too early, and never again."""
    prevents = happened("measure", kind="preventive"), happened("done", here("2026-12-01 10:00"))
    assert not only("effect", at("2026-11-23 10:00", STAGES["agreed"], *prevents))
    closed = happened("closed", here("2027-02-01 10:00"))
    found = at("2026-11-23 10:00", STAGES["agreed"], *prevents, closed)
    assert only("effect", found) == {"effect_0": "2027-02-08 09:00"}


def test_a_promise_reminds_in_time_and_when_it_was_missed() -> None:
    promised = [happened("promised", due="2026-12-05"), happened("promised", due="2026-12-24")]
    assert only("promise", at("2026-11-23 10:00", "", *promised)) == {
        "promise_0": "2026-12-04 09:00",  # a Saturday: on Friday, or it could not be kept any more
        "promise_0_late": "2026-12-07 09:00",
        "promise_1": "2026-12-24 09:00",
        "promise_1_late": "2026-12-28 09:00",
    }
    for kept in ("yes", "no"):
        told = (*promised, happened("promise_kept", kept=kept))
        assert {what[:9] for what in only("promise", at("2026-11-23 10:00", "", *told))} == {"promise_1"}
    assert not only("promise", at("2026-11-23 10:00", "", *promised, happened("withdrawn")))  # silent after closing


def test_an_account_that_was_asked_is_asked_again_until_it_is_given_or_given_up() -> None:
    asked = happened("account_asked", here("2026-11-23 10:00"))
    again = {"account_7_bram": "2026-11-30 09:00", "account_14_bram": "2026-12-07 09:00"}
    found = {more: only("account", at("2026-11-23 09:00", f"assigned accepted {more}", asked))
             for more in ("", "heard", "not_heard", "withdrawn")}  # fmt: skip
    assert found == {"": again, "heard": again, "not_heard": {}, "withdrawn": {}}  # heard: of somebody else
    given = happened("heard", here("2026-11-24 10:00"), who="bram")
    assert not only("account", at("2026-11-23 09:00", "assigned accepted", asked, given))


# Safety --------------------------------------------------------------------------------------------------


def test_the_terms_of_an_incident_run_from_the_message_through_weekends() -> None:
    dangerous = received(here("2026-11-26 23:30"), danger="#wound")
    found = due(case(first=dangerous), TERMS, ZONE)
    assert {item.what: f"{item.at.astimezone(ZONE):%a %d %H:%M}" for item in found if item.series == "safety"} == {
        "safety_2": "Fri 27 09:00",
        "safety_10": "Sat 05 09:00",
        "safety_15": "Thu 10 09:00",
    }
    for kinds, runs in {
        "reportable": False,
        "reportable danger": True,  # told again after the decision
        "no_complaint": True,  # no closing ends a term of the law
        "withdrawn reportable": False,
        "duplicate": False,  # it is decided in the one it was joined to
    }.items():
        found = due(case(kinds, first=dangerous), TERMS, ZONE)
        assert any(item.series == "safety" for item in found) == runs, kinds
    assert not [item for item in due(case(first=received()), TERMS, ZONE) if item.series == "safety"]


def test_an_incident_that_was_told_by_letter_counts_from_the_day_it_came() -> None:
    letter_of_danger = entered(here("2026-11-30 10:00"), here("2026-11-23 12:00"), danger="#wound")
    (first, *_) = [item for item in due(case(first=letter_of_danger), TERMS, ZONE) if item.series == "safety"]
    assert first.at == here("2026-11-24 09:00")


# More time, and opening again ----------------------------------------------------------------------------


def test_an_extension_moves_the_date_and_reminds_of_the_new_one() -> None:
    told = at("2026-11-23 10:00", STAGES["analysis"], happened("extended", until="2027-02-01"))
    assert told == {
        "outcome_14_2027-02-01": "2027-01-18 09:00",
        "outcome_7_2027-02-01": "2027-01-25 09:00",
        "outcome_2_2027-02-01": "2027-01-29 09:00",
        "late_2027-02-01": "2027-02-02 09:00",
    }


def test_what_was_reminded_of_the_old_date_is_not_said_again_and_hides_nothing_of_the_new() -> None:
    old = [reminder(what) for what in ("outcome_14", "outcome_7", "outcome_2", "late")]
    extended = happened("extended", until="2027-02-01")
    after_it = at("2026-11-23 10:00", STAGES["analysis"], *old, extended)
    assert after_it == at("2026-11-23 10:00", STAGES["analysis"], extended)
    told = case(STAGES["analysis"], *old, extended)
    assert not late(told, TERMS, ZONE, date(2027, 2, 1)) and late(told, TERMS, ZONE, date(2027, 2, 2))


def test_a_further_extension_counts_only_when_the_client_agrees() -> None:
    asked = happened("extended", until="2027-02-01"), happened("longer_asked", until="2027-03-01")
    for answer, until in (("", "2027-02-01"), ("longer_refused", "2027-02-01"), ("longer_agreed", "2027-03-01")):
        told = case(STAGES["analysis"], *asked, *map(happened, answer.split()))
        assert outcome_by(told, TERMS, ZONE) == date.fromisoformat(until)
        assert {item.what for item in due(told, TERMS, ZONE)} >= {f"late_{until}"}


def test_opening_again_gives_a_new_term_and_its_own_reminders() -> None:
    then = reminder("outcome_14"), happened("reopened", here("2027-01-20 10:00"))
    again = at("2026-11-23 10:00", STAGES["closed"], *then)
    assert again == {
        "outcome_14_2027-03-03": "2027-02-17 09:00",
        "outcome_7_2027-03-03": "2027-02-24 09:00",
        "outcome_2_2027-03-03": "2027-03-01 09:00",
        "late_2027-03-03": "2027-03-04 09:00",
    }
    told = case(STAGES["closed"], happened("extended", until="2027-01-18"), then[1])
    assert outcome_by(told, TERMS, ZONE) == date(2027, 3, 3)  # and the extension was of the old term


@pytest.mark.parametrize(
    ("closed", "until"),
    [
        ("2026-11-23 10:00", "2027-01-18"),
        ("2026-11-23 23:59", "2027-01-18"),
        ("2026-11-24 00:01", "2027-01-19"),  # the 23rd in UTC
        ("2027-02-14 12:00", "2027-04-11"),  # over summer time
        ("2028-01-04 12:00", "2028-02-29"),
    ],
)
def test_a_client_may_open_it_again_for_eight_weeks(closed: str, until: str) -> None:
    assert reopen_by(case(STAGES["agreed"], happened("closed", here(closed))), ZONE) == date.fromisoformat(until)
    assert reopen_by(case(STAGES["agreed"]), ZONE) is None


@pytest.mark.parametrize("status", STAGES)
def test_with_the_committee_our_own_date_stands_still(status: str) -> None:
    early = replace(case(STAGES[status]), outcome=None, outcome_at=None)  # a client may go there before our outcome
    ours = status not in {"referred", "verdict", "closed"}
    assert late(early, TERMS, ZONE, date(2028, 1, 1)) == ours
    assert bool([item for item in due(early, TERMS, ZONE) if item.series == "outcome"]) == ours


@pytest.mark.parametrize(
    ("early", "then"), [("", ""), ("assigned", ""), ("", "assigned accepted"), ("assigned accepted", "assigned")]
)
def test_nothing_of_outcome_or_reply_is_due_while_it_is_with_the_committee(early: str, then: str) -> None:
    """Also when the client went there before anybody had taken it, and in other hands."""
    there = *map(happened, early.split()), happened("referred"), *map(happened, then.split())
    found = at("2026-11-23 10:00", "", *there)
    assert not [what for what in found if what.startswith(("outcome", "late", "reply", "answer", "silent"))]
    assert not late(case("", *there), TERMS, ZONE, date(2028, 1, 1))


# The second look, and whose turn it is -------------------------------------------------------------------

AGAIN = f"{STAGES['disagreed']} retried"


@pytest.mark.parametrize(
    ("retried", "until"),
    [
        ("2026-12-01 10:00", "2027-01-04"),  # the outcome's own date, which is later
        ("2026-12-21 10:00", "2027-01-04"),
        ("2026-12-22 10:00", "2027-01-05"),  # as long as the client has for an answer
        ("2027-03-01 23:59", "2027-03-15"),
    ],
)
def test_a_second_look_has_a_date_and_is_late_after_it(retried: str, until: str) -> None:
    got, again = "2026-11-23 10:00", happened("retried", here(retried))
    told, last = case(STAGES["disagreed"], again, first=received(here(got))), date.fromisoformat(until)
    assert outcome_by(told, TERMS, ZONE) == last
    assert not late(told, TERMS, ZONE, last) and late(told, TERMS, ZONE, last + timedelta(days=1))
    mark = "" if until == "2027-01-04" else f"_{until}"
    assert {f"outcome_2{mark}", f"late{mark}"} <= set(at(got, STAGES["disagreed"], again))
    sent = case(STAGES["disagreed"], again, happened("proposed", here(retried)), first=received(here(got)))
    assert not late(sent, TERMS, ZONE, date(2028, 1, 1))


def test_a_second_look_in_other_hands_keeps_its_date() -> None:
    again = happened("retried", here("2027-03-01 12:00")), happened("assigned", here("2027-03-02 12:00"))
    assert "late_2027-03-15" in at("2026-11-23 10:00", STAGES["disagreed"], *again)
    assert "late_2027-03-15" in at("2026-11-23 10:00", STAGES["disagreed"], *again, happened("accepted"))


@pytest.mark.parametrize("leaves", ["assigned", "objected"])
def test_an_outcome_the_client_has_is_not_owed_while_somebody_else_is_sought(leaves: str) -> None:
    told = case(STAGES["proposed"], happened(leaves, mediator="joke"))
    assert not late(told, TERMS, ZONE, date(2028, 1, 1))


@pytest.mark.parametrize("stage", STAGES)
def test_what_waits_a_week_for_the_next_step_is_reminded_of(stage: str) -> None:
    found = only("waits", at("2026-11-20 12:00", STAGES[stage]))  # a Friday, and the answer a few minutes later
    turn = {"agreed", "disagreed", "verdict"}
    assert found == ({f"waits_{stage}_1": "2026-11-27 09:00"} if stage in turn else {})
    assert not only("waits", at("2026-11-20 12:00", STAGES[stage], reminder(f"waits_{stage}_1")))


# Of several that were missed ------------------------------------------------------------------------------

SERIES = {
    "outcome_14": "outcome", "outcome_7": "outcome", "outcome_2": "outcome", "late": "outcome", "reply": "reply",
    "letter_soon": "letter", "letter_late": "letter", "safety_2": "safety", "safety_10": "safety",
    "safety_15": "safety", "question_1_7": "question_1", "question_1_14": "question_1", "question_1_21": "question_1",
    "measure_0_soon": "measure_0", "measure_0": "measure_0", "measure_0_late": "measure_0",
    "promise_0": "promise_0", "promise_0_late": "promise_0",
    **{f"nobody_0_{days}": "nobody_0" for days in (1, 3, 7, 14, 21)},
}  # fmt: skip


def everything(*more: Happened) -> Case:
    """A letter about a danger, with a question, a measure and a promise."""
    facts = (happened(kind, here("2026-11-23 10:00")) for kind in ("clarify", "measure", "promised"))
    return case("", *facts, *more, first=entered(here("2026-11-23 10:00"), here("2026-11-23 10:00"), danger="#wound"))


def test_each_belongs_to_a_series() -> None:
    assert {item.what: item.series for item in due(everything(), TERMS, ZONE)} == SERIES


@pytest.mark.parametrize("what", SERIES)
def test_what_was_told_makes_the_earlier_ones_of_its_series_needless_and_no_other(what: str) -> None:
    """Weeks of downtime end with one message of each series, the last, and the others never follow."""
    left = {item.what for item in due(everything(reminder(what)), TERMS, ZONE)}
    later = [name for name in SERIES if SERIES[name] == SERIES[what]]
    assert left == {name for name in SERIES if SERIES[name] != SERIES[what]} | {*later[later.index(what) + 1 :]}


@pytest.mark.parametrize("left", ["assigned declined", "assigned accepted objected", "assigned accepted barred"])
def test_a_case_that_nobody_has_any_more_is_not_forgotten(left: str) -> None:
    """Also when somebody had accepted it, after which no date of the first contact runs."""
    kinds, gone = left.rsplit(" ", 1)
    told = [happened(kind, here("2026-11-23 10:00")) for kind in kinds.split()]
    told.append(happened(gone, here("2026-11-26 10:00"), named=["karim"]))
    days = only("nobody", at("2026-11-23 09:00", "", *told))
    assert list(days.values()) == [f"2026-{day} 09:00" for day in ("11-27", "11-30", "12-03", "12-10", "12-17")]
    assert not only("nobody", at("2026-11-23 09:00", "", *told, happened("assigned", here("2026-11-26 10:00"))))


@pytest.mark.parametrize("stage", STAGES)
def test_each_fires_once_and_only_once(stage: str) -> None:
    """Waiting for the soonest, filing it, and again: the list gets shorter by exactly that one, until it is empty."""
    told = case(STAGES[stage], happened("measure", due="2026-12-01"), happened("clarify"), happened("promised"))
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


@pytest.mark.parametrize("how", ["agreed", "not_agreed", "no_answer", "verdict"])
@pytest.mark.parametrize(
    ("closed", "asked"),
    [
        ("2026-11-23 10:00", "2026-11-25 09:00"),
        ("2026-11-24 00:01", "2026-11-26 09:00"),  # the 23rd in UTC
        ("2026-11-27 17:00", "2026-11-30 09:00"),  # two days later is a Sunday
        ("2026-12-24 12:00", "2026-12-28 09:00"),  # or Boxing Day
        ("2027-03-26 12:00", "2027-03-30 09:00"),  # or Easter, on which summer time begins
    ],
)
def test_two_days_after_closing_or_the_next_day_of_work_it_is_asked_how_it_went(
    how: str, closed: str, asked: str
) -> None:
    told = happened("closed", here(closed), how=how)
    assert at("2026-11-23 09:00", STAGES["agreed"], told) == {"survey_0": asked}
    assert at("2026-11-23 09:00", STAGES["agreed"], told, happened("rated")) == {}


@pytest.mark.parametrize("kind", ["withdrawn", "duplicate", "no_complaint"])
def test_who_withdrew_or_was_no_case_is_left_in_peace(kind: str) -> None:
    assert at("2026-11-23 10:00", STAGES["analysis"], happened(kind)) == {}


def test_a_case_that_was_opened_and_closed_again_is_asked_about_again() -> None:
    asked = reminder("survey_0"), happened("reopened"), happened("closed", here("2027-02-01 10:00"))
    assert at("2026-11-23 10:00", STAGES["closed"], *asked) == {"survey_1": "2027-02-03 09:00"}
    assert at("2026-11-23 10:00", STAGES["closed"], happened("rated"), *asked) == {}  # one answer is enough


def test_after_closing_only_what_outlives_it_is_due() -> None:
    """What prevents; nobody is asked for what was to be done for this case, but where it goes on with another."""
    open_ = happened("clarify"), happened("measure"), happened("measure", kind="preventive"), happened("promised")
    found = at("2026-11-23 10:00", STAGES["agreed"], *open_, happened("closed", here("2026-11-23 12:00")))
    assert set(found) == {
        "survey_0", "measure_1_soon", "measure_1", "measure_1_late",
    }  # fmt: skip
    joined = happened("duplicate", here("2026-11-23 12:00"))
    assert set(only("promise", at("2026-11-23 10:00", "", *open_, joined))) == {"promise_0", "promise_0_late"}


def test_a_second_outcome_asks_anew_whatever_was_asked_before() -> None:
    first = [reminder("answer_1"), reminder("silent_1")]
    second = (*first, *map(happened, ("disagreed", "retried", "proposed")))
    assert set(at("2026-11-23 10:00", STAGES["proposed"], *second)) == {"answer_2", "answer_2_again", "silent_2"}


@given(
    st.integers(0, 6 * 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from([*STAGES.values(), "assigned accepted clarify measure promised"]),
    st.sampled_from(["", "#wound"]),
)
@settings(max_examples=200)
def test_nothing_is_due_before_it_could_be(got: datetime, kinds: str, danger: str) -> None:
    told = case(kinds, first=received(got, danger=danger))
    for item in due(told, TERMS, ZONE):
        wall = item.at.astimezone(ZONE)
        if item.what == "accept":
            assert told.assigned_at
            term = told.assigned_at + timedelta(hours=24)
            assert item.at == term or (item.at > term and not works(term.astimezone(ZONE).date()))
            assert works(wall.date())
        else:
            assert (wall.hour, wall.minute) == (9, 0)
            assert works(wall.date()) or item.series == "safety"  # its terms do not wait for Monday
        if item.what.startswith("outcome"):
            assert wall.date() <= outcome_by(told, TERMS, ZONE) - timedelta(days=2)
        if item.what == "late":
            assert late(told, TERMS, ZONE, wall.date())
        if item.what.startswith("silent"):
            last = answer_by(told, TERMS, ZONE)
            assert last
            assert wall.date() > last
