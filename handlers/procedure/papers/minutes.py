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
from handlers.procedure.papers.words import COUNT, NONE, OPEN, TOPIC, span, topic
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


def _counted(heading: Text, first: Text, groups: Mapping[str, int], named: Mapping[str, Field], under: bool) -> Part:
    """A table of *groups* that may be shown to everybody."""
    shares = _shares(groups)
    if not shares:
        return Part(heading, (Line("", TOO_FEW if groups else NONE),), under=under)
    if not any(shares):
        return Part(heading, (Line("", T("p_all_small", "Every group is smaller than five.")),), under=under)
    rows = tuple((named.get(code, code) if code else OTHERS, n) for code, n in shares.items())
    return Part(heading, table=Table((first, COUNT), rows), under=under)


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
        Line(T("p_period", "Period"), span(when.first, when.last)),
        Line(T("p_closed_cases", "Closed complaints"), many if many >= FEWEST else T("p_fewer", "fewer than five")),
    ]
    if FEWEST <= prevented <= many - FEWEST:  # either group alone could be a handful of people
        lines.append(Line(T("p_with_prevention", "With a measure that prevents"), prevented))
    parts: tuple[Part, ...] = (Part(T("p_minutes_about", "What it is about"), tuple(lines)),)
    if many < FEWEST:
        parts = (*parts, Part("", (Line("", TOO_FEW),)))
    else:
        taken = Counter(code for row in closed for code in row["measures"])
        parts = (
            *parts,
            _counted(T("p_per_topic", "By topic"), TOPIC, Counter(str(row["rubric"]) for row in closed), topics, True),
            _counted(T("p_per_cause", "By cause"), T("p_cause", "Cause"),
                     Counter(str(row["cause"] or "not_recorded") for row in closed), causes, True),
            _counted(T("p_per_kind", "Incident or structural"), T("p_kind", "Kind"),
                     Counter(str(row["kind"] or "not_recorded") for row in closed), kinds, True),
            _counted(T("p_per_measure", "Measures taken"), T("p_measure", "Measure"), taken, measures, True),
        )  # fmt: skip
    room = (
        (T("p_meeting_day", "Day of the meeting"), 1),
        (T("p_present", "Present"), 2),
        (T("p_discussed", "What we learned"), 5),
        (T("p_decided", "What we do, who, and by when"), 6),
    )
    written = tuple(Part(heading, (Line("", "\n" * lines),), under=True) for heading, lines in room)
    return Paper(
        T("p_minutes_file", "sheet for the work meeting"),
        "report",
        T("p_minutes", "Complaints for the work meeting"),
        facts.today,
        (*parts, Part(T("p_meeting", "The meeting")), *written),
    )
