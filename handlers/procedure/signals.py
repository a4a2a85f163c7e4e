"""Whether a rubric deserves a look: what counts too small for the eye can say, and how sure they are.

Here live the exact test, the CUSUM and the yearly comparison: counts in, findings out. Not here: cases, dates,
decisions, and what one case has in common with others (`likeness.py`). A signal opens an evaluation that a person
concludes; what was decided only comes back as the month from which a rubric counts anew. The caller counts by day of
receipt, as known today (a late rubric changes the past), and one household that writes three times about one thing as
one.

The surprising truth: a rise that its own baseline may see hides itself. With the latest months left in, a tripling
went unseen in more than one of twenty firms; so what is expected is learned from months that are half a year old.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb, inf, log, nan

# The exact test, domain.md §5 rule 1. Each month asks twelve rubrics; 0.01 holds because small counts come in steps
# and a signal restarts its rubric: 0.4 false alarms a year at 60 complaints over 12 rubrics (tests, simulation).
RECENT = 3  # months that are compared ...
BASELINE = 24  # ... with so many before them
SELDOM = 0.01  # as likely as this or less, had nothing changed
FEWEST = 3  # two complaints are never a rise

# The CUSUM, domain.md §5 rule 2 (Lucas 1985): slow and lasting rises, also of the smaller rubrics.
FACTOR = 2  # the rise it is tuned to
HEIGHT = 3.5  # with FACTOR 2 one false alarm in some 120 expected complaints, if the expectation were known
ENOUGH = 5  # complaints from which a rate can be learned; fewer leave it to the exact test
PRIOR = 1  # complaints' worth of the firm's average rubric mixed into it
# domain.md has no gap, and so finds 93.8 % of triplings of 6 a year (1,500 firms); with it 97.9 %, at 0.66 false alarms
# a year by both rules instead of 0.50. Half a year as in public health: 26 weeks in R surveillance::farringtonFlexible
# (version 1.7), 27 in the CDC's Rnssp.
GAP = 6

# The yearly table, domain.md §5: twelve rubrics asked at once, and the range that stands beside each ratio.
FALSE_SHARE = 0.10  # of the rubrics it names, so many by chance (Benjamini and Hochberg 1995)
OUTSIDE = 0.05  # a 95 % interval
FINENESS = 2**30  # steps between 0 and 1 in which the ends of an interval are looked for


@dataclass(frozen=True, slots=True)
class Signal:
    """In *rubric*, from month *since* of the history on, *seen* came where *expected* would have been usual.

    `rule` is "exact" (a jump) or "cusum" (a lasting rise, `since` then being where it most likely began). It says
    that somebody should look, and nothing of the cause.
    """

    rubric: str
    rule: str
    seen: int
    expected: float
    since: int


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the yearly table: `ratio` of the rates with its exact 95 % range, `rising` after the correction.

    `chance` is one-sided (a rise) and the range two-sided, so they may disagree at the very edge.
    """

    seen: int
    before: int
    ratio: float
    low: float
    high: float
    chance: float
    rising: bool


# Every month ----------------------------------------------------------------------------------------------


def signals(history: Mapping[str, Sequence[int]], restarted: Mapping[str, int] | None = None) -> tuple[Signal, ...]:
    """What stands out at the end of *history*: per rubric the complaints of each whole month, oldest first.

    All rubrics of the firm, also those with nothing but zeros, over the same months. *restarted* says from which
    month (counted from 0) a rubric counts: the first whole one after the launch of the bot, a campaign or the last
    decision. Else the first two look like a deterioration, and an accepted level is told again and again. Months
    stand for exposure; many more deliveries therefore look like a rise, and the manager says so in the decision.

    The same history always gives the same signals, in its own order. One that nobody decided is told again while the
    counts bear it out; a rise as old as the baseline becomes the usual, so whoever asks monthly keeps what was told.
    """
    months = {len(counts) for counts in history.values()}
    if len(months) > 1:
        raise ValueError(f"all rubrics need the same months, not {sorted(months)}")
    starts = {rubric: (restarted or {}).get(rubric, 0) for rubric in history}
    counted = {rubric: counts[starts[rubric] :] for rubric, counts in history.items()}
    average = sum(map(sum, counted.values())) / max(1, sum(map(len, counted.values())))
    return tuple(
        Signal(rubric, rule, seen, expected, starts[rubric] + since)
        for rubric, counts in counted.items()
        for rule, rises in (("exact", _jump(counts)), ("cusum", _lasting(counts, average)))
        for seen, expected, since in rises
    )


def _jump(counts: Sequence[int]) -> list[tuple[int, float, int]]:
    """The last months against those before: what was seen, what expected and since when, if they hold too many."""
    recent, past = counts[-RECENT:], counts[-RECENT - BASELINE : -RECENT]
    seen, before = sum(recent), sum(past)
    if not past or seen < FEWEST or by_chance(seen, before, RECENT, len(past)) > SELDOM:
        return []
    return [(seen, before / len(past) * RECENT, len(counts) - RECENT)]


def _lasting(counts: Sequence[int], average: float) -> list[tuple[int, float, int]]:
    """The rise that a CUSUM has gathered evidence for by the last month, and since when.

    Every complaint adds, every month that could have brought one takes away, and below nothing it never falls.
    The register knows months and not hours, so a month is weighed as a whole (domain.md weighs each complaint).
    """
    score, seen, expected, since = 0.0, 0, 0.0, 0
    for month, came in enumerate(counts):
        rate = _rate(counts[max(0, month - GAP - BASELINE) : max(0, month - GAP)], average)
        score = max(0.0, score + came * log(FACTOR) - (FACTOR - 1) * rate) if rate else 0.0
        if score:
            seen, expected = seen + came, expected + rate
        else:
            seen, expected, since = 0, 0.0, month + 1
    return [(seen, expected, since)] if score >= HEIGHT else []


def _rate(past: Sequence[int], average: float) -> float:
    """Complaints expected in a month (the mean of a Gamma posterior), or 0 when *past* is too little to say."""
    came = sum(past)
    return (came + PRIOR) / (len(past) + PRIOR / average) if came >= ENOUGH else 0.0


# Exact tests ----------------------------------------------------------------------------------------------


def by_chance(seen: int, before: int, recent: int = 1, past: int = 1) -> float:
    """How likely *seen* or more of all these complaints fell into *recent* rather than *past*, had nothing changed.

    The conditional binomial test of two Poisson rates (domain.md §5 rule 1). *recent* and *past* are exposures in
    one unit: months, days, deliveries. It needs no baseline to be known, and whole numbers leave nothing to round.
    """
    both = seen + before
    ways: int = sum(comb(both, k) * recent**k * past ** (both - k) for k in range(seen, both + 1))
    total: int = (recent + past) ** both
    return ways / total


def ratio_range(seen: int, before: int, recent: int = 1, past: int = 1) -> tuple[float, float]:
    """The exact 95 % interval of the ratio of two rates: Clopper and Pearson's for the share, as odds."""
    scale = past / recent
    lost = _least_odds(before, seen)
    return _least_odds(seen, before) * scale, scale / lost if lost else inf


def _least_odds(seen: int, before: int) -> float:
    """The greatest odds that still make *seen* or more too unlikely; rounded outwards, so 95 % is never less."""
    if not seen:
        return 0.0
    steps = range(FINENESS + 1)
    share = bisect_right(steps, OUTSIDE / 2, key=lambda step: by_chance(seen, before, step, FINENESS - step)) - 1
    return share / (FINENESS - share)


# Every year -----------------------------------------------------------------------------------------------


def compare(seen: Mapping[str, int], before: Mapping[str, int], recent: int = 1, past: int = 1) -> dict[str, Change]:
    """The yearly table: each rubric of either year against the year before, with what each year was exposed to."""
    pairs = {rubric: (seen.get(rubric, 0), before.get(rubric, 0)) for rubric in dict.fromkeys((*seen, *before))}
    chances = {rubric: by_chance(*pair, recent, past) for rubric, pair in pairs.items()}
    rising = notable(chances)
    found = {}
    for rubric, (now, then) in pairs.items():
        ratio = now * past / (then * recent) if then else inf if now else nan
        low, high = ratio_range(now, then, recent, past)
        found[rubric] = Change(now, then, ratio, low, high, chances[rubric], rubric in rising)
    return found


def notable(chances: Mapping[str, float], share: float = FALSE_SHARE) -> frozenset[str]:
    """Those that stand out among all that were asked, with at most *share* of them by chance."""
    ranked = sorted(chances, key=chances.__getitem__)
    passed = (n for n, name in enumerate(ranked, 1) if chances[name] <= share * n / len(ranked))
    return frozenset(ranked[: max(passed, default=0)])
