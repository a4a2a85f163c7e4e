"""The yearly management review (directiebeoordeling, domain.md 4.3), from the complaints register and the decisions.

The surprising truth: counts go by the day of receipt and times by the day of closing, with open cases apart, so that
hard cases that are still open flatter nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import inf, isnan

from handlers.facts import Facts
from handlers.mediator import card
from handlers.procedure import deadlines, products
from handlers.procedure.measures import CAUSES, MEASURES
from handlers.procedure.papers.paper import Line, Paper, Part, Row, Table
from handlers.procedure.papers.words import BLANK, CHANNELS, CLOSED_AS, COUNT, NONE, OPEN, TOPIC, span, topic
from handlers.procedure.signals import Change, compare
from handlers.procedure.summary import Period
from handlers.texts import Field, Lines, T, Text

TARGET = 10  # working days in which the firm would like to be done
SOON = 183  # days after a measure in which the same complaint comes again (half a year)
UNRECORDED = T("p_unrecorded", "no register yet")
UNCOMPARED = T("p_uncompared", "not compared")
PRIVACY = "privacy"  # the topic under which an incident with data is counted


def paper(
    facts: Facts,
    when: Period,
    received: Sequence[Row],
    closed: Sequence[Row],
    before: Sequence[Row],
    opened: Sequence[Row],
    decided: Mapping[str, Sequence[Mapping[str, object]]],
    begun: date | None = None,
) -> Paper:
    """The management review of a year, as far as the register holds it. *before*: received in the year before, up to
    the same day; *opened*: open now or closed after *when*, whenever they came; *decided*: of each topic the decisions,
    newest first; *begun*: when the bot took in its first complaint."""
    last = min(when.last, facts.today)
    alike = begun is None or begun > last or begun.replace(day=1) <= year_before(when, last).first
    since = () if alike or begun is None else (Line("", _not_alike(begun)),)
    return Paper(
        T("p_review_file", "yearly review"),
        "report",
        T("p_review", "Yearly review of complaints {year}, for the management review", year=str(when.first.year)),
        facts.today,
        (
            Part(
                T("p_how_counted", "How it is counted"),
                (
                    Line(T("p_period", "Period"), span(when.first, last)),
                    Line("", T("p_counted_by", "Numbers go by the day of receipt, times by the day of closing. "
                               "Open complaints stand apart.")),
                    Line("", T("p_not_held", "How much was delivered is not in the register. "
                               "So there is room to fill that in by hand.")),
                    *since,
                ),
            ),
            _numbers(facts, when, last, received, before, opened, alike),
            _topics(facts, when, last, received, before, alike),
            _spread(T("p_per_channel", "By channel"), T("p_channel", "How it reached us"), CHANNELS,
                    Counter(str(row["channel"]) for row in received), _of_received(received)),
            _spread(T("p_per_site", "By place"), T("p_site", "Place"), {"": T("p_site_unknown", "not known")},
                    Counter(str(row.get("site") or "") for row in received), _of_received(received)),
            _spread(T("p_per_product", "By product group"), T("p_product", "Product group"), products.NAMES,
                    Counter(str(row.get("product") or "") for row in received), _of_received(received)),
            _times(facts, received, closed),
            _solved(closed),
            _improved(received, closed, before),
            _spread(T("p_per_cause", "By cause"), T("p_cause", "Cause"),
                    {"": T("p_no_cause", "no cause recorded"), **{o.name: o.label for o in CAUSES}},
                    Counter(str(row["cause"]) for row in closed),
                    T("p_of_closed", "Counted: closed complaints, {n} in all.", n=len(closed))),
            _spread(T("p_per_measure", "By measure, also planned"), T("p_measure", "Measure"),
                    {o.name: o.label for o in MEASURES}, Counter(code for row in closed for code in row["measures"]),
                    T("p_of_closed_many", "Counted: closed complaints, {n} in all. "
                      "One may have several measures, or none.", n=len(closed))),
            _safety(facts, received),
            _pleased(closed),
            *_decisions(facts, when, decided),
        ),
    )  # fmt: skip


def _not_alike(begun: date) -> Text:
    """People write to the bot what they never put on paper: its start must not look like a deterioration (trend.py)."""
    return T("p_not_alike", "The bot took in its first complaint on {day}. "
             "Years can be compared once it was there for the whole of the year before.", day=begun)  # fmt: skip


def share(part: int, whole: int) -> Field:
    """*part* of *whole* in whole percents, with both numbers: a share alone hides how few they were."""
    if not whole:
        return T("p_of_none", "none to count")
    percent = (200 * part + whole) // (2 * whole)
    return T("p_share", "{percent} % ({part} of {whole})", percent=percent, part=part, whole=whole)


def one_decimal(number: float) -> Field:
    """A number with one decimal, with the sign a language puts there."""
    if number == inf:
        return "∞"
    tenths = int(number * 10 + 0.5)
    return T("p_decimal", "{whole}.{tenth}", whole=tenths // 10, tenth=tenths % 10)


def _numbers(
    facts: Facts, when: Period, last: date, received: Sequence[Row], before: Sequence[Row], opened: Sequence[Row],
    alike: bool,
) -> Part:  # fmt: skip
    then = last.isoformat()
    still = [row for row in opened if row["received"] <= then]
    late = [row for row in still if "" < row["outcome_by"] < then and (not row["outcome"] or row["outcome"] > then)]
    now = T("p_open_now", "Open now") if last == facts.today else T("p_open_then", "Open on {day}", day=last)
    change = compare({"all": len(received)}, {"all": len(before)}, *_exposed(when, last))["all"]
    return Part(
        T("p_counts", "Numbers"),
        (
            Line(T("p_received_n", "Received"), len(received)),
            Line(T("p_year_before", "Year before, up to the same day"), len(before) if before or alike else UNRECORDED),
            Line(T("p_against", "Against the year before"), _ratio(change) if alike else UNCOMPARED),
            Line(now, len(still)),
            Line(T("p_late_now", "Of these too late"), len(late)),
            Line(T("p_deliveries", "Deliveries in this year, to be filled in"), BLANK),
            Line(T("p_per_thousand", "Complaints per 1,000 deliveries, to be filled in"), BLANK),
        ),
    )


def _exposed(when: Period, last: date) -> tuple[int, int]:
    """How many days each of the two years was counted."""
    earlier = year_before(when, last)
    return (last - when.first).days + 1, (earlier.last - earlier.first).days + 1


def year_before(when: Period, last: date) -> Period:
    """The year before *when*, up to the same day as *last*."""
    day = (
        last.replace(year=last.year - 1, day=28)
        if (last.month, last.day) == (2, 29)
        else last.replace(year=last.year - 1)
    )
    return Period("dates", when.first.replace(year=when.first.year - 1), day)


def _ratio(change: Change) -> Field:
    """How many times as often as the year before, with the exact range in which that lies 19 times out of 20."""
    if isnan(change.ratio):
        return NONE
    if change.ratio == inf:
        return T("p_new", "none the year before")
    return T("p_ratio", "{ratio} times (range {low} to {high})", ratio=one_decimal(change.ratio),
             low=one_decimal(change.low), high=one_decimal(change.high))  # fmt: skip


def _topics(
    facts: Facts, when: Period, last: date, received: Sequence[Row], before: Iterable[Row], alike: bool
) -> Part:
    """The table of the year against the one before; what stands out is marked after the correction for asking of
    all topics at once."""
    seen = Counter(str(row["rubric"]) for row in received)
    was = Counter(str(row["rubric"]) for row in before)
    found = compare(seen, was, *_exposed(when, last))
    yes, no = T("p_signal_yes", "yes, look at it"), T("b_no", "No")
    rows = tuple(
        (topic(facts, code), one.seen, one.before, _ratio(one), yes if one.rising else no)
        if alike
        else (topic(facts, code), one.seen, one.before if was else UNRECORDED)
        for code, one in sorted(found.items(), key=lambda pair: (-pair[1].seen, -pair[1].before, pair[0]))
    )
    heading = T("p_per_topic", "By topic")
    if not rows:
        return Part(heading, (Line("", NONE),))
    columns: tuple[Field, ...] = (TOPIC, T("p_this_year", "This year"), T("p_last_year", "Year before"))
    if not alike:
        return Part(heading, (Line("", _of_received(received)),), table=Table(columns, rows))
    ranged = T("p_range_how", "The range is exact: 19 times out of 20 the true change lies in it.")
    chance = T("p_rising_how", "Of the topics marked as rising, one in ten may be by chance.")
    told = (
        (_of_received(received), True),
        (ranged, any(was.values())),
        (chance, any(one.rising for one in found.values())),
    )
    columns = (*columns, T("p_against", "Against the year before"), T("p_rising", "Rising"))
    return Part(heading, tuple(Line("", how) for how, holds in told if holds), table=Table(columns, rows))


def _of_received(received: Sequence[Row]) -> Text:
    return T("p_of_received", "Counted: received complaints, {n} in all.", n=len(received))


def _spread(heading: Text, first: Text, named: Mapping[str, Field], counted: Mapping[str, int], of: Text) -> Part:
    """A table of *counted*, below which complaints (*of*) it counts: the two kinds do not add up to the same."""
    rows = tuple(
        (named.get(code, code) or OPEN, n) for code, n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    return (
        Part(heading, (Line("", of),), table=Table((first, COUNT), rows)) if rows else Part(heading, (Line("", NONE),))
    )


def _times(facts: Facts, received: Sequence[Row], closed: Sequence[Row]) -> Part:
    written = [row for row in received if row["channel"] in deadlines.WRITTEN]
    within = sum(
        bool(row["acknowledged"])
        and date.fromisoformat(row["acknowledged"])
        <= date.fromisoformat(row["received"]) + timedelta(days=deadlines.LETTER_DAYS)
        for row in written
    )
    days = sorted(int(row["days"]) for row in closed)
    target = sum(
        date.fromisoformat(row["closed"]) <= deadlines.add_working_days(date.fromisoformat(row["received"]), TARGET)
        for row in closed
    )
    weeks = facts.firm.terms.outcome_weeks
    owed = [row for row in closed if row["outcome_by"]]
    late = sum((row["outcome"] or row["closed"]) > row["outcome_by"] for row in owed)
    lines = [Line(T("p_letters_on_time", "Letters acknowledged within a week"), share(within, len(written)))]
    if days:
        lines += [
            Line(T("p_median", "Half took at most, in days"), _quantile(days, 50)),
            Line(T("p_p90", "Nine of ten took at most, in days"), _quantile(days, 90)),
            Line(T("p_longest", "The longest, in days"), days[-1]),
        ]
    lines += [
        Line(T("p_in_target", "Closed within {n} working days", n=TARGET), share(target, len(closed))),
        Line(T("p_in_weeks", "Closed within {n} weeks", n=weeks), share(sum(d <= 7 * weeks for d in days), len(days))),
        Line(T("p_late_closed", "Outcome after the last day for it"), share(late, len(owed))),
        Line(T("p_extended_n", "With more time"), share(sum(bool(r["extended_to"]) for r in closed), len(closed))),
    ]
    return Part(T("p_times", "How long it took"), tuple(lines))


def _quantile(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that at least *percent* of them do not exceed."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def _solved(closed: Sequence[Row]) -> Part:
    mediated = [row for row in closed if row["mediator"]]
    agreed = [row for row in closed if row["closed_as"] == "agreed"]
    referred = [row for row in closed if row["referred"]]
    verdicts = Counter(str(row["verdict"]) for row in referred)
    named: dict[str, Field] = {"": T("p_verdict_open", "open"), **card.VERDICTS}
    told = tuple(T("p_verdict_n", "{result}: {n}", result=named[code], n=n) for code, n in sorted(verdicts.items()))
    on_the_spot = sum(row["outcome"] == row["received"] for row in agreed)
    kept = Counter(str(row.get("topic_kept") or "") for row in closed)
    lines = (
        Line(T("p_closed_n", "Closed"), len(closed)),
        *(Line(T("p_ended_as", "{how}", how=CLOSED_AS.get(code, code) or OPEN), share(n, len(closed)))
          for code, n in sorted(Counter(str(row["closed_as"]) for row in closed).items(), key=lambda p: (-p[1], p[0]))),
        Line(T("p_on_the_spot", "Solved on the day it came"), share(on_the_spot, len(closed))),
        Line(T("p_mediated", "With a mediator"), share(len(mediated), len(closed))),
        Line(T("p_by_mediation", "Agreed with the help of a mediator"),
             share(sum(row["mediator"] != "" for row in agreed), len(mediated))),
        Line(T("p_referred_n", "To the committee"), share(len(referred), len(closed))),
        Line(T("p_verdicts", "What the committee decided"), Lines(told, by="; ") if told else NONE),
        Line(T("p_topic_kept", "The topic the client chose was right"), share(kept["yes"], kept["yes"] + kept["no"])),
    )  # fmt: skip
    return Part(T("p_solving", "How they ended"), lines)


def again(received: Sequence[Row], earlier: Sequence[Row]) -> int | None:
    """How many of *received* came within half a year of a measure that was to prevent them: same topic and cause.
    None: no such measure was carried out, so there was nothing to come again after."""
    done = [(row["rubric"], row["cause"], str(action[3])) for row in earlier if row["cause"]
            for action in row.get("actions", ()) if action[1] == "preventive" and action[3]]  # fmt: skip

    if not done:
        return None

    def soon(row: Row, on: str) -> bool:
        return 0 < (date.fromisoformat(row["received"]) - date.fromisoformat(on)).days <= SOON

    return sum(any((row["rubric"], row["cause"]) == (rubric, cause) and soon(row, on) for rubric, cause, on in done)
               for row in received)  # fmt: skip


def _improved(received: Sequence[Row], closed: Sequence[Row], before: Sequence[Row]) -> Part:
    structural = sum(row["kind"] == "structural" for row in closed)
    prevented = sum(row["preventive"] == "yes" for row in closed)
    actions = [action for row in closed for action in row.get("actions", ()) if action[1] == "preventive"]
    done = [(due, on) for _, _, due, on, _ in actions if on]
    asked = [worked for *_, worked in actions if worked]
    same = again(received, (*closed, *before))
    return Part(
        T("p_improving", "What we change"),
        (
            Line(T("p_structural", "Structural"), share(structural, len(closed))),
            Line(T("p_with_prevention", "With a measure that prevents"), share(prevented, len(closed))),
            Line(T("p_prevention_done", "Of those measures carried out"), share(len(done), len(actions))),
            Line(
                T("p_prevention_in_time", "Carried out in time"), share(sum(on <= due for due, on in done), len(done))
            ),
            Line(T("p_prevention_helped", "Helped, as far as it was asked"), share(asked.count("yes"), len(asked))),
            Line(
                T("p_again", "The same again within half a year of such a measure"),
                T("p_no_such", "no such measure was carried out") if same is None else share(same, len(received)),
            ),
            Line(
                T("p_second_look", "Looked at together once more, as the client did not agree"),
                share(sum(row.get("second_look") == "yes" for row in closed), len(closed)),
            ),
            Line(
                T("p_reopened", "Opened again after it was closed"),
                share(sum(row["reopened"] > 0 for row in closed), len(closed)),
            ),
        ),
    )


def _safety(facts: Facts, received: Sequence[Row]) -> Part:
    urgent = [row for row in received if row["safety"] == "yes"]
    decided = [row for row in urgent if row["reportable"]]
    days = sorted(int(row["report_days"]) for row in received if row.get("report_days") not in (None, ""))
    took: Field = (
        T("p_days_half", "half within {half}, the longest {longest}", half=_quantile(days, 50), longest=days[-1])
        if days
        else NONE
    )
    about_data = sum(row["rubric"] == PRIVACY for row in received)
    return Part(
        T("p_safety_data", "Safety and personal data"),
        (
            Line(T("p_urgent_n", "With a possible danger"), share(len(urgent), len(received))),
            Line(T("p_urgent_decided", "Judged: report it or not"), share(len(decided), len(urgent))),
            Line(T("p_reported_n", "Reported"), share(sum(r["reportable"] == "yes" for r in decided), len(decided))),
            Line(T("p_days_to_report", "Days until it was reported"), took),
            Line(T("p_privacy_n", "About personal data"), share(about_data, len(received))),
        ),
    )


def _pleased(closed: Sequence[Row]) -> Part:
    asked = [row for row in closed if row["closed_as"] in deadlines.SURVEYED]
    scores = [int(row["satisfaction"]) for row in asked if row["satisfaction"]]
    lines = [Line(T("p_answered_n", "Answered"), share(len(scores), len(asked)))]
    if scores:
        lines += [
            Line(T("p_mean", "Mean, of 5"), one_decimal(sum(scores) / len(scores))),
            Line(T("p_pleased_n", "4 or 5"), share(sum(score >= 4 for score in scores), len(scores))),
        ]
    return Part(T("p_satisfaction", "How satisfied clients were"), tuple(lines))


def _decisions(facts: Facts, when: Period, decided: Mapping[str, Sequence[Mapping[str, object]]]) -> tuple[Part, ...]:
    """What was decided about each topic in the year, with its ground; where nothing was decided, that shows as well."""
    parts: list[Part] = []
    for rubric in facts.firm.rubrics:
        for made in decided.get(rubric.code, ()):
            day = date.fromisoformat(str(made["at"])[:10])
            if not when.first <= day <= when.last:
                continue
            yes = made["needed"] == "yes"
            lines = [
                Line(T("p_needed", "Is more action needed"), T("b_yes", "Yes") if yes else T("b_no", "No")),
                Line(T("p_ground", "Because"), str(made["ground"])),
                Line(T("p_decided_by", "Decided"), T("p_closed_by", "{day}, by {who}", day=day,
                                                     who=facts.firm.name_of(str(made["by"])))),
            ]  # fmt: skip
            if yes:
                due = T("p_action_due", "{action}, by {due}", action=str(made["action"]),
                        due=date.fromisoformat(str(made["due"])))  # fmt: skip
                lines.insert(2, Line(T("p_action", "What we do"), due))
            parts.append(Part(facts.firm.rubric(rubric.code), tuple(lines), under=True))
    none = () if parts else (Line("", T("p_no_decisions", "Nothing was decided about a topic this year.")),)
    return (
        Part(T("p_evaluation", "Decisions about topics"), none), *parts,
        Part(T("p_last_actions", "What came of last year's actions"), _last_actions(facts, when, decided)),
    )  # fmt: skip


def _last_actions(
    facts: Facts, when: Period, decided: Mapping[str, Sequence[Mapping[str, object]]]
) -> tuple[Line, ...]:
    """Each action decided on in the year before, with room for its result: what it did is seen in the numbers above."""
    year = when.first.year - 1
    found = [
        Line(T("p_last_action", "{topic}: {action}, by {due}. Result", topic=facts.firm.rubric(rubric.code),
               action=str(made["action"]), due=date.fromisoformat(str(made["due"]))), BLANK)
        for rubric in facts.firm.rubrics for made in decided.get(rubric.code, ())
        if made["needed"] == "yes" and str(made["at"])[:4] == str(year)
    ]  # fmt: skip
    return tuple(found) or (Line("", T("p_no_last_actions", "No actions were decided on in the year before.")),)
