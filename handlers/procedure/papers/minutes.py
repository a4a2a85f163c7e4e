"""The sheet for the work meeting (werkoverleg): closed cases by topic, cause and measure, from the register alone.

Nobody's words and no numbers of cases stand in it. The surprising truth: hiding one small group is not enough. With
the total beside it, it can be worked out again, so a small group goes together with others until they are five.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure.measures import CAUSES, MEASURES
from handlers.procedure.papers.paper import Line, Paper, Part, Row, Table
from handlers.procedure.papers.words import BLANK, COUNT, NONE, OPEN, TOPIC, span, topic
from handlers.procedure.summary import Period
from handlers.texts import Field, T, Text

FEWEST = 5  # cases in a group that is shown outside the management circle


def _shares(groups: Mapping[str, int]) -> dict[str, int]:
    """*groups* with the small ones together under "" so that none below `FEWEST` can be told, not even by subtraction;
    nothing at all when there are too few."""
    ranked = sorted(groups.items(), key=lambda pair: (-pair[1], pair[0]))
    small = [pair for pair in ranked if pair[1] < FEWEST]
    large = [pair for pair in ranked if pair[1] >= FEWEST]
    while small and sum(n for _, n in small) < FEWEST and large:
        small.append(large.pop())
    rest = sum(n for _, n in small)
    return {**dict(large), **({"": rest} if rest >= FEWEST else {})}


OTHERS = T("p_others", "other, together")
TOO_FEW = T("p_too_few", "Fewer than five: not shown, so that nobody can be recognised.")
LONGER = T("p_longer", "A longer period shows more, for example a whole year.")


def _counted(heading: Text, first: Text, groups: Mapping[str, int], named: Mapping[str, Field]) -> Part | None:
    """A table of *groups* that may be shown to everybody; None when every group is too small for it."""
    shares = _shares(groups)
    if not groups:
        return Part(heading, (Line("", NONE),), under=True)
    if not any(shares):
        return None
    rows = tuple((named.get(code, code) if code else OTHERS, n) for code, n in shares.items())
    return Part(heading, table=Table((first, COUNT), rows), under=True)


def paper(facts: Facts, when: Period, closed: Sequence[Row]) -> Paper:
    """Closed cases for the work meeting (werkoverleg): what they were about and what was done, by groups of five and
    more, with room to write what the meeting makes of it."""
    many = len(closed)
    topics = {str(row["rubric"]): topic(facts, str(row["rubric"])) for row in closed}
    unsaid: dict[str, Field] = {"not_recorded": OPEN}
    causes: dict[str, Field] = unsaid | {option.name: option.label for option in CAUSES}
    measures: dict[str, Field] = {option.name: option.label for option in MEASURES}
    kinds: dict[str, Field] = unsaid | {option.name: option.label for option in card.KINDS}
    prevented = sum(row["preventive"] == "yes" for row in closed)
    lines = [
        Line(T("p_period", "Period"), span(when.first, min(when.last, facts.today))),
        Line(T("p_closed_cases", "Closed complaints"), many if many >= FEWEST else T("p_fewer", "fewer than five")),
    ]
    if FEWEST <= prevented <= many - FEWEST:  # either group alone could be a handful of people
        lines.append(Line(T("p_with_prevention", "With a measure that prevents"), prevented))
    parts: tuple[Part, ...] = (Part(T("p_minutes_about", "What it is about"), tuple(lines)),)
    if many < FEWEST:
        parts = (*parts, Part("", (Line("", TOO_FEW), Line("", LONGER))))
    else:
        taken = Counter(code for row in closed for code in row["measures"])
        # fmt: off
        tables: tuple[tuple[Text, Text, Mapping[str, int], Mapping[str, Field]], ...] = (
            (T("p_per_topic", "By topic"), TOPIC, Counter(str(row["rubric"]) for row in closed), topics),
            (T("p_per_cause", "By cause"), T("p_cause", "Cause"),
             Counter(str(row["cause"] or "not_recorded") for row in closed), causes),
            (T("p_per_kind", "Incident or structural"), T("p_kind", "Kind"),
             Counter(str(row["kind"] or "not_recorded") for row in closed), kinds),
            (T("p_per_measure", "By measure, also planned"), T("p_measure", "Measure"), taken, measures),
        )
        # fmt: on
        made = [(heading, _counted(heading, first, groups, named)) for heading, first, groups, named in tables]
        hidden = tuple(heading for heading, part in made if part is None)
        parts = (*parts, *(part for _, part in made if part))
        if hidden:
            small = T("p_all_small", "Not shown: every group is smaller than five")
            parts = (*parts, Part(small, (Line("", LONGER),), points=hidden, under=True))
    room = (
        (T("p_discussed", "What we learned"), 5),
        (T("p_decided", "What we do, who, and by when"), 6),
    )
    who_when = (Line(T("p_meeting_day", "Day of the meeting"), BLANK), Line(T("p_present", "Present"), BLANK))
    written = tuple(Part(heading, (Line("", "\n" * lines),), under=True) for heading, lines in room)
    return Paper(
        T("p_minutes_file", "sheet for the work meeting"),
        "report",
        T("p_minutes", "Complaints for the work meeting"),
        facts.today,
        (*parts, Part(T("p_meeting", "The meeting"), who_when), *written),
    )
