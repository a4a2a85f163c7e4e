"""Signals: what small counts may say about a rubric, and how often they cry wolf.

The surprising truth: a threshold cannot be judged by looking at it. So firms are invented in which nothing changes,
and firms in which one rubric triples, and the alarms are counted; a last test shows that wrong thresholds fail this.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from math import comb, exp, inf, isnan
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.procedure import signals as room
from handlers.procedure.signals import (
    Signal,
    by_chance,
    compare,
    notable,
    ratio_range,
    signals,
)

few = st.integers(0, 12)
exposure = st.integers(1, 40)


# The exact test ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "before", "recent", "past", "chance"),
    [
        (0, 0, 3, 24, 1.0),
        (0, 7, 3, 24, 1.0),
        (1, 1, 1, 1, 3 / 4),  # of two coins at least one
        (2, 0, 1, 1, 1 / 4),
        (3, 0, 3, 36, 1 / 2197),  # all three in the same thirteenth
        (3, 1, 1, 1, 5 / 16),
        (2, 1, 1, 2, 7 / 27),  # 3 · (1/3)² · 2/3 + (1/3)³
    ],
)
def test_chance_by_hand(seen: int, before: int, recent: int, past: int, chance: float) -> None:
    assert by_chance(seen, before, recent, past) == chance


@pytest.mark.parametrize(("before", "smallest"), [(0, 2), (2, 3), (5, 4), (8, 5), (12, 5), (18, 6), (24, 7), (36, 9)])
def test_the_smallest_rise_that_is_seldom_as_in_domain_md(before: int, smallest: int) -> None:
    """Three months against the 36 before them, at 1 %."""
    assert next(seen for seen in range(99) if by_chance(seen, before, 3, 36) <= 0.01) == smallest


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3))
def test_chance_is_what_counting_all_ways_gives(seen: int, before: int, recent: int, past: int) -> None:
    """Every way in which the complaints could have fallen into the months, one by one."""
    ways = [sum(month < recent for month in fell) for fell in product(range(recent + past), repeat=seen + before)]
    assert by_chance(seen, before, recent, past) == pytest.approx(sum(n >= seen for n in ways) / len(ways), rel=1e-12)


# Intervals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "before", "low", "high"),
    [
        (0, 0, 0.0, inf),
        (0, 5, 0.0, 1.0915),  # 1 / (0.025^(1/5) / (1 - 0.025^(1/5)))
        (5, 0, 0.9162, inf),
        (8, 2, 0.7983, 38.67),  # eight of ten: 44.39 % to 97.48 %, as in any table of Clopper and Pearson
        (5, 5, 0.2302, 4.3446),  # five of ten: 18.71 % to 81.29 %
    ],
)
def test_range_by_hand(seen: int, before: int, low: float, high: float) -> None:
    assert ratio_range(seen, before) == pytest.approx((low, high), rel=1e-3)


@given(few, few, exposure, exposure)
def test_the_other_way_round_the_range_is_turned_over(seen: int, before: int, recent: int, past: int) -> None:
    low, high = ratio_range(seen, before, recent, past)
    turned = ratio_range(before, seen, past, recent)
    assert turned == pytest.approx((1 / high if high < inf else 0.0, 1 / low if low else inf))


def tail(least: int, both: int, share: Fraction) -> Fraction:
    return sum((comb(both, k) * share**k * (1 - share) ** (both - k) for k in range(least, both + 1)), Fraction())


@given(st.integers(0, 9), st.integers(1, 60), st.integers(1, 60))
def test_the_range_holds_the_true_ratio_at_least_95_times_of_100(both: int, one: int, other: int) -> None:
    """Whatever the ratio and the total: the chances of all outcomes whose range has it in are added up."""
    share, ratio = Fraction(one, one + other), one / other
    held = Fraction()
    for seen in range(both + 1):
        low, high = ratio_range(seen, both - seen)
        if low <= ratio <= high:
            held += tail(seen, both, share) - tail(seen + 1, both, share)
    assert held >= Fraction(95, 100)


@given(st.integers(1, 9), few, exposure, exposure)
def test_the_range_begins_where_the_test_would_just_refuse(seen: int, before: int, recent: int, past: int) -> None:
    """So it is not only right but as narrow as can be."""
    odds = Fraction(ratio_range(seen, before, recent, past)[0]) * recent / past
    around = [
        tail(seen, seen + before, odds * n / (1 + odds * n)) for n in (Fraction(9999, 10000), Fraction(10001, 10000))
    ]
    assert around[0] < Fraction(25, 1000) < around[1]


# The yearly table ----------------------------------------------------------------------------------------

# The example of Benjamini and Hochberg, J R Stat Soc B 57 (1995), p. 295: at 5 % the first four.
PUBLISHED = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
)


@pytest.mark.parametrize(("share", "named"), [(0.05, 4), (0.10, 9), (0.001, 0)])
def test_the_published_example(share: float, named: int) -> None:
    chances = {str(n): chance for n, chance in enumerate(PUBLISHED)}
    assert notable(chances, share) == {str(n) for n in range(named)}


@given(st.dictionaries(st.text(max_size=2), st.sampled_from([0.0, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0]), max_size=8))
def test_the_correction_names_the_greatest_set_it_may(chances: dict[str, float]) -> None:
    """By definition: the greatest set whose worst member is within its share of all that were asked."""
    sets = (set(names) for size in range(len(chances) + 1) for names in combinations(chances, size))
    allowed = [
        names for names in sets if all(chances[name] * len(chances) <= 0.10 * len(names) + 1e-12 for name in names)
    ]
    assert notable(chances) == max(allowed, key=len)


def test_a_year_against_the_year_before() -> None:
    rows = compare({"fit": 18, "delivery": 5, "privacy": 1}, {"fit": 6, "delivery": 6, "invoice": 2})
    assert list(rows) == ["fit", "delivery", "privacy", "invoice"]
    assert [name for name, row in rows.items() if row.rising] == ["fit"]
    assert rows["fit"].ratio == 3.0
    assert (rows["fit"].low, rows["fit"].high) == pytest.approx((1.1408, 9.232), rel=1e-3)  # 53.29 % to 90.23 % of 24
    assert rows["fit"].chance == pytest.approx(0.01133, rel=1e-3)
    assert rows["privacy"].ratio == inf
    assert (rows["invoice"].ratio, rows["invoice"].low) == (0.0, 0.0)


def test_what_never_happened_has_no_ratio() -> None:
    row = compare({"privacy": 0}, {})["privacy"]
    assert isnan(row.ratio)
    assert (row.low, row.high, row.chance, row.rising) == (0.0, inf, 1.0, False)


def test_twice_the_deliveries_explain_twice_the_complaints() -> None:
    row = compare({"fit": 24}, {"fit": 12}, recent=2000, past=1000)["fit"]
    assert row.ratio == 1.0
    assert row.low < 1 < row.high
    assert not row.rising


# What is told about a month ------------------------------------------------------------------------------

STEADY = (1, 0, 0, 1, 0, 0) * 6  # four a year, three years long


def firm(*months: int, before: tuple[int, ...] = STEADY) -> dict[str, tuple[int, ...]]:
    """A firm whose rubric "fit" had these last months, and another one that goes on as ever."""
    return {"fit": (*before, *months), "delivery": (*before, *(0 for _ in months))}


def test_a_jump_is_told_with_what_was_seen_what_expected_and_since_when() -> None:
    assert signals(firm(2, 2, 2))[0] == Signal("fit", "exact", 6, 1.0, 36)


def test_a_lasting_rise_is_told_since_it_began() -> None:
    rise = firm(*(1,) * 12)
    assert [(s.rubric, s.rule, s.seen, s.since) for s in signals(rise)] == [("fit", "cusum", 12, 36)]
    assert signals(rise)[0].expected == pytest.approx(4.35, rel=1e-3)  # 12 a third, and a little: it begins to learn


@pytest.mark.parametrize(
    "history", [{}, {"fit": ()}, {"fit": (9,)}, {"fit": (0,) * 60}, {"fit": (0,) * 40 + (1, 0, 1)}]
)
def test_too_little_says_nothing(history: dict[str, tuple[int, ...]]) -> None:
    assert signals(history) == ()


def test_nothing_is_told_of_a_firm_where_nothing_changes() -> None:
    assert not any(signals({"fit": STEADY[:n], "delivery": STEADY[:n]}) for n in range(len(STEADY) + 1))


def test_an_undecided_signal_is_told_again_and_a_decision_ends_it() -> None:
    risen = (1,) * 12
    assert signals(firm(*risen))
    assert signals(firm(*risen, 1))
    assert signals(firm(*risen, 1), {"fit": len(STEADY) + 12}) == ()


def test_after_a_decision_the_new_level_is_the_usual_one_and_a_further_rise_is_told() -> None:
    decided = {"fit": len(STEADY)}
    level = (1, 1, 1, 0) * 6
    assert signals(firm(*level, *level), decided) == ()
    assert {s.rule for s in signals(firm(*level, *(2, 3, 2, 3)), decided)} == {"exact", "cusum"}


def test_the_launch_of_the_bot_is_no_deterioration() -> None:
    """Nine a year on paper, four times as many when complaining is easy."""
    paper, bot = (1, 1, 1, 0) * 6, (3, 3, 3, 3)
    history = {"fit": (*paper, *bot)}
    assert {s.rule for s in signals(history)} == {"exact", "cusum"}
    assert not any(signals({"fit": (*paper, *bot * n)}, {"fit": len(paper)}) for n in range(1, 9))


def test_rubrics_over_different_months_are_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="same months"):
        signals({"fit": (0, 1), "delivery": (0,)})


histories = st.integers(0, 60).flatmap(
    lambda n: st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(0, 9), min_size=n, max_size=n))
)


@given(histories, st.integers(0, 70))
@example({"a": [0] * 50, "b": [5] + [0] * 49}, 0)
def test_whatever_the_history_a_signal_adds_up(history: dict[str, list[int]], first: int) -> None:
    for signal in signals(history, dict.fromkeys(history, first)):
        counts = history[signal.rubric]
        assert first <= signal.since < len(counts)
        assert signal.seen == sum(counts[signal.since :]) > signal.expected >= 0


@given(histories, st.integers(0, 70), st.integers(0, 9))
def test_what_lies_before_a_restart_is_forgotten(history: dict[str, list[int]], first: int, past: int) -> None:
    restarted = dict.fromkeys(history, first)
    other = {rubric: [past] * len(counts[:first]) + counts[first:] for rubric, counts in history.items()}
    assert signals(history, restarted) == signals(other, restarted)


@given(histories.filter(lambda history: any(history.values())))
def test_one_more_complaint_never_takes_a_jump_away(history: dict[str, list[int]]) -> None:
    more = {rubric: [*counts[:-1], counts[-1] + 1] for rubric, counts in history.items()}
    before, after = ({s.rubric for s in signals(months) if s.rule == "exact"} for months in (history, more))
    assert before <= after


# The simulation ------------------------------------------------------------------------------------------

# Sixty a year over twelve rubrics, as unequal as in life; a firm that is all alike is the other extreme.
UNEQUAL = (13, 10, 8, 6, 6, 4, 3, 3, 2, 2, 2, 1)
EQUAL = (5,) * 12
TRIPLED = 3  # the place of a rubric of 6 a year
LEARNING, WATCHED = 24, 36  # months
NEVER = 999


def came(chance: Random, a_month: float) -> int:
    """So many complaints in a month (Knuth's way to draw from Poisson)."""
    count, left = 0, chance.random()
    while left > exp(-a_month):
        count, left = count + 1, left * chance.random()
    return count


def invented(chance: Random, a_year: tuple[int, ...], times: int = 1) -> dict[str, list[int]]:
    """Five years of a firm; *times* is what the tripled rubric becomes after two."""
    return {
        str(place): [
            came(chance, rate / 12 * (times if place == TRIPLED and month >= LEARNING else 1))
            for month in range(LEARNING + WATCHED)
        ]
        for place, rate in enumerate(a_year)
    }


def evaluations(firm: dict[str, list[int]], first: int = 1) -> Iterator[tuple[int, str]]:
    """The months in which a rubric is put before the manager, who each time decides at once that all is well."""
    restarted: dict[str, int] = {}
    for month in range(first, LEARNING + WATCHED + 1):
        known = {rubric: counts[:month] for rubric, counts in firm.items()}
        for rubric in sorted({signal.rubric for signal in signals(known, restarted)}):
            restarted[rubric] = month
            yield month, rubric


def false_alarms(a_year: tuple[int, ...], firms: int) -> float:
    """A year, over all rubrics, after two years that nobody watched: the baseline is then at its fullest."""
    chance = Random(60)
    told = sum(sum(1 for _ in evaluations(invented(chance, a_year), LEARNING + 1)) for _ in range(firms))
    return told / firms / (WATCHED / 12)


def delays(firms: int) -> list[int]:
    """The months until the tripling is told, sorted: watched from the start, false alarms and all."""
    chance = Random(3)
    found = []
    for _ in range(firms):
        told = evaluations(invented(chance, UNEQUAL, times=3))
        after = (month - LEARNING for month, rubric in told if rubric == str(TRIPLED) and month > LEARNING)
        found.append(next(after, NEVER))
    return sorted(found)


@pytest.mark.parametrize("a_year", [UNEQUAL, EQUAL])
def test_at_most_one_false_alarm_a_year_at_60_complaints_over_12_rubrics(a_year: tuple[int, ...]) -> None:
    assert sum(a_year) == 60
    assert false_alarms(a_year, firms=120) <= 1


def test_a_tripling_of_six_a_year_is_found_in_95_of_100_firms_within_36_months() -> None:
    found = delays(firms := 500)
    assert sum(delay <= WATCHED for delay in found) / firms >= 0.95
    assert found[firms // 2] <= 7  # months, the median (domain.md §5)


@pytest.mark.parametrize(("name", "value"), [("HEIGHT", 2.0), ("SELDOM", 0.05)])
def test_wrong_thresholds_cry_wolf(name: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, name, value)
    assert false_alarms(UNEQUAL, firms=40) > 1


@pytest.mark.parametrize(("name", "value"), [("HEIGHT", 8.0), ("ENOUGH", 1000)])  # the second: no CUSUM at all
def test_wrong_thresholds_sleep(name: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, name, value)
    delayed = delays(firms := 80)
    assert sum(delay <= WATCHED for delay in delayed) / firms < 0.95
