"""What a picture of the summary shows beside the counts: twelve months with what was to be expected, and ages.

It reads only the complaints register. The expected range of a month is learned from the months before it, by the exact
test of signals.py turned around. The surprising truth: the range concludes nothing. Of twenty months about one lies
outside it when nothing has changed; whether a topic needs a decision is asked by the signals alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, lgamma, log, log1p

from handlers.procedure.signals import BASELINE, OUTSIDE
from handlers.procedure.summary import Register

MONTHS = 12
FEWEST_MONTHS = 6  # with fewer behind it, a month has no range: it would be as wide as the picture
AGES = (14, 28, 42, 70)  # days: two weeks, four, six (the usual term) and ten (six and an extension of four)


@dataclass(frozen=True, slots=True)
class Month:
    """A whole month: received in it, and the `low` and `high` of what was to be expected (None: too little before).
    `recorded`: there was a register to receive it in."""

    first: date
    received: int
    low: int | None = None
    high: int | None = None
    recorded: bool = True

    @property
    def above(self) -> bool:
        return self.high is not None and self.received > self.high


@dataclass(frozen=True, slots=True)
class Trend:
    """`ages` counts the open complaints by how long ago they came: up to each of AGES, and older. `oldest` in days.
    `running`: received in the month of today, which is not over and so is none of `months`."""

    today: date
    months: tuple[Month, ...]
    ages: tuple[int, ...]
    oldest: int | None = None
    running: int = 0


def expected(before: int, months: int) -> tuple[int, int]:
    """The exact 95 % range of a month's complaints after *before* in *months*, had nothing changed (both Poisson).

    The least and the most that the exact conditional test would not call unusual; it knows that the rate itself is
    only learned, so the range is wide where there is little to learn from.
    """
    possible = range(3 * before // months + 30)  # the rest is beyond any range
    low = bisect_right(possible, OUTSIDE / 2, key=lambda seen: _at_least(before, seen, months, 1))
    high = bisect_left(possible, -OUTSIDE / 2, key=lambda seen: -_at_least(seen + 1, before, 1, months))
    return low, high


def _at_least(seen: int, before: int, recent: int, past: int) -> float:
    """`signals.by_chance` in floating point: that one's whole numbers take minutes for a firm with 400 a month."""
    both, share = seen + before, recent / (recent + past)
    if not seen:
        return 1.0
    ways = lgamma(both + 1) - lgamma(seen + 1) - lgamma(before + 1)
    term = exp(ways + seen * log(share) + before * log1p(-share))
    total = 0.0
    for k in range(seen, both + 1):
        total += term
        term *= (both - k) / (k + 1) * share / (1 - share)
        if term < total * 1e-17 and k > both * share:
            break
    return min(1.0, total)


def trend(register: Register, today: date, begun: date | None = None, rubric: str = "") -> Trend:
    """The last twelve whole months before *today* and the ages of what is open, of all topics or of *rubric*.

    *begun* is when the bot took in its first complaint. From then on months are compared with months of the bot only:
    people write to it what they never put on paper, and its start must not look like a deterioration.
    """
    where = {"rubric": rubric} if rubric else {}
    starts = [_back(today, n) for n in range(MONTHS + BASELINE, -1, -1)]
    span = (starts[0].isoformat(), today.isoformat())
    counts = dict.fromkeys(starts, 0)
    came = register.tally(("received",), received=span, **where)
    for (day,), n in came.items():
        counts[date.fromisoformat(day).replace(day=1)] += n
    running = counts.pop(starts[-1])
    # Before the first complaint of any topic nothing was kept; a month of it is not a month without complaints.
    ever = register.tally(("received",), received=span) if rubric else came
    record = min((day for (day,) in ever), default=today.isoformat())
    months = _ranged(list(counts.items()), begun, date.fromisoformat(record).replace(day=1))
    ages = [0] * (len(AGES) + 1)
    oldest = None
    for (day,), n in register.tally(("received",), open="yes", **where).items():
        age = (today - date.fromisoformat(day)).days
        ages[sum(age > limit for limit in AGES)] += n
        oldest = max(age, oldest or 0)
    return Trend(today, tuple(months), tuple(ages), oldest, running)


def _back(day: date, months: int) -> date:
    """The first day of the month that lies *months* before that of *day*."""
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


def _ranged(counts: Sequence[tuple[date, int]], begun: date | None, record: date) -> list[Month]:
    first = next((n for n, (_, count) in enumerate(counts) if count), len(counts))
    launch = next((n for n, (start, _) in enumerate(counts) if begun and start >= begun.replace(day=1)), 0)
    found = []
    for n, (start, count) in list(enumerate(counts))[-MONTHS:]:
        since = max(first, launch if n >= launch else 0, n - BASELINE)
        before = [received for _, received in counts[since:n]]
        low, high = expected(sum(before), len(before)) if len(before) >= FEWEST_MONTHS else (None, None)
        found.append(Month(start, count, low, high, start >= record))
    return found
