"""What a case has in common with others, set beside what chance would give (R23): traits in, counts out.

Not here: whether a topic as a whole goes up (`signals.py`), nor the conclusion, which is the mediator's. The
surprising truth: the site is no trait. With three sites, three alike are found every season, and mean nothing
(domain.md §5 rule 3); for the same reason a colleague or a supplier is named only from the fourth case on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb

from handlers.procedure.case import Case

# trait: how many others must share it before it is shown (the same lot in three cases, the same fitter in four)
TOLD_FROM = {"cause": 0, "device": 2, "lot": 2, "supplier": 3, "about": 3}


@dataclass(frozen=True, slots=True)
class Alike:
    """So many alike were *seen*, so many *expected* by chance; `chance` of at least as many."""

    seen: int
    expected: float
    chance: float


def traits(case: Case) -> dict[str, str]:
    """What can be the same in another case: each trait as one word of its own, "" where it is not known."""
    told = {name: said for measure in case.corrective for name, said in measure.facts if name in {"supplier", "lot"}}
    return {
        "rubric": case.rubric,
        "cause": case.cause.code if case.cause else "",
        "device": _bare(case.complaint.device) if case.complaint.device not in {"#unknown", "#none"} else "",
        "supplier": _bare(told.get("supplier", "")),
        "lot": _bare(told.get("lot", "")),
        "about": min(case.about, default=""),
    }


def _bare(words: str) -> str:
    """*words* without what people write differently: capitals, blanks, dashes."""
    return re.sub(r"[\W_]+", "", words.casefold())


def look_alikes(mine: Mapping[str, str], others: Iterable[Mapping[str, str]]) -> dict[str, Alike]:
    """For each trait that *mine* has: how many of the *others* have it together with the topic, and by chance."""
    rest = list(others)
    found: dict[str, Alike] = {}
    for trait, least in TOLD_FROM.items():
        if not mine[trait]:
            continue
        topic = [mine["rubric"] == other["rubric"] for other in rest]
        same = [mine[trait] == other[trait] for other in rest]
        both = sum(a and b for a, b in zip(topic, same, strict=True))
        if both >= least:
            found[trait] = expected_alike(both, sum(topic), sum(same), len(rest))
    return found


def expected_alike(alike: int, same_rubric: int, same_cause: int, others: int) -> Alike:
    """How many of the *others* of 12 months share rubric and cause with a case, and how many would if by chance.

    By chance: as if every cause fell on any rubric alike (Fisher's exact test). *others* are all complaints but the
    case itself, and the three counts are among them; in place of the cause any trait serves. A hint and no claim:
    causes that belong to a rubric by nature are seen more often than by chance, and are no news.
    """
    if not 0 <= alike <= min(same_rubric, same_cause) or same_rubric + same_cause - alike > others:
        raise ValueError("these counts cannot be of the same cases")
    ways = sum(
        comb(same_rubric, k) * comb(others - same_rubric, same_cause - k)
        for k in range(alike, min(same_rubric, same_cause) + 1)
    )
    expected = same_rubric * same_cause / others if others else 0.0
    return Alike(alike, expected, ways / comb(others, same_cause))
