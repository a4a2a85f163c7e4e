"""What a manager typed after /summary: a period, a topic, and whatever was understood as neither.

Both are looked for as whole phrases ("1e kwartaal 2026", "van 1 maart t/m 31 maart", "te laat of niet geleverd"), and
what is left is said back. The surprising truth: nothing is ever left out in silence. A word that was not understood
could have changed the numbers, and a manager reads numbers, not the words above them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.dates import WORDS
from handlers.procedure.rubrics import Rubric
from handlers.procedure.summary import Period, period

UNITS = {
    # typed                    unit
    "maand": "month", "month": "month", "kwartaal": "quarter", "quarter": "quarter", "jaar": "year", "year": "year",
    "week": "week", "dag": "day", "maanden": "month", "months": "month", "kwartalen": "quarter",
    "quarters": "quarter", "jaren": "year", "years": "year", "weken": "week", "weeks": "week", "dagen": "day",
    "days": "day",
}  # fmt: skip
PREVIOUS = "vorige|vorig|afgelopen|laatste|last|previous|past"
BEFORE_THAT = "eervorige|eervorig"
THIS = "deze|dit|this|huidige|huidig|current|hele|whole"
ORDINALS = ("1e 1ste eerste first 1st 1", "2e 2de tweede second 2nd 2", "3e 3de derde third 3rd 3",
            "4e 4de vierde fourth 4th 4")  # fmt: skip
QUARTERS = {word: n for n, words in enumerate(ORDINALS, 1) for word in words.split()}
COUNTED = "een one twee two drie three vier four vijf five zes six zeven seven acht eight negen nine tien ten".split()
NUMBERS = {word: n // 2 + 1 for n, word in enumerate(COUNTED)} | {"één": 1, "elf": 11, "twaalf": 12, "twelve": 12}
FILLING = frozenset(
    "de het van over in uit the of for from per voor en and met klachten complaints onderwerp topic periode period "
    "overzicht summary alle all op on".split()
)
MARKS = ".:!?'\"()-–—"
ENGLISH_MONTHS = "january february march april may june july august september october november december".split()
YEARS = range(1950, 2101)
MOST = 1200  # of a unit counted back: a hundred years of months
SHORTEST = 4  # letters of a beginning of a word that may stand for a topic

YEAR = r"(?:(?:van|of|in)\s+)?(?P<{0}y>\d{{4}})"
NUMERIC = r"\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})"
TO = r"\s*(?:\s(?:t/m|tot en met|tot|until|till|to|through|en met|en|and)\s|[-–—,]|\s)\s*"
FROM = r"(?:(?:van|from|tussen|between|vanaf)\s)?"
ANY = "|".join


class NotUnderstood(Exception):
    """These words of what was typed mean nothing here."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Asked:
    when: Period
    rubric: Rubric | None


def read(typed: str, today: date, names: Mapping[str, Mapping[str, int]], rubrics: Iterable[Rubric]) -> Asked:
    """The period and topic of *typed*; alone it means this quarter. Raises `NotUnderstood`."""
    text, rubrics = " ".join(typed.casefold().split()), tuple(rubrics)
    named = None
    for label, rubric in _labels(rubrics):
        if found := re.search(rf"(?<!\S){re.escape(label)}(?!\S)", text):
            text, named = _without(text, found), rubric
            break
    when, text = _period(text, today, names)
    left = [bare for word in re.findall(r"[^\s,;]+", text) if (bare := word.strip(MARKS)) and bare not in FILLING]
    return Asked(when, _topic(left, named, rubrics))


def typed(when: Period, today: date) -> str:
    """The shortest words that `read` takes for *when* again: what a button carries."""
    if when.name in UNITS and when == period(when.name, today):
        return when.name
    match when.name:
        case "month":
            return f"{ENGLISH_MONTHS[when.first.month - 1]} {when.first.year}"
        case "quarter":
            return f"q{(when.first.month + 2) // 3} {when.first.year}"
        case "year":
            return str(when.first.year)
    return f"{when.first} {when.last}"


# Topics --------------------------------------------------------------------------------------------------


def _labels(rubrics: Iterable[Rubric]) -> list[tuple[str, Rubric]]:
    """Everything a topic is called in full, the longest first."""
    called = [(" ".join(name.casefold().split()), r) for r in rubrics for name in (*r.labels.values(), r.code)]
    return sorted(called, key=lambda pair: -len(pair[0]))


def _topic(words: list[str], named: Rubric | None, rubrics: tuple[Rubric, ...]) -> Rubric | None:
    """The one topic that all *words* point to, each by a word of its label or code or by a beginning it lists."""
    possible = {rubric.code for rubric in rubrics} if named is None else {named.code}
    for word in words:
        pointing = {rubric.code for rubric in rubrics if word in _called(rubric)}
        if not pointing and word not in WORDS:
            pointing = {rubric.code for rubric in rubrics if _begins(word, rubric)}
            pointing = pointing if len(pointing) == 1 else set()
        if not pointing & possible:
            raise NotUnderstood(word if not pointing else " ".join(words))
        possible &= pointing
    if words and len(possible) > 1:
        raise NotUnderstood(" ".join(words))
    return next((rubric for rubric in rubrics if rubric.code in possible), None) if words else named


def _called(rubric: Rubric) -> set[str]:
    labels = " ".join((*rubric.labels.values(), rubric.code.replace("_", " "))).casefold()
    return set(re.findall(r"[^\s,;:.]+", labels)) | {rubric.code}


def _begins(word: str, rubric: Rubric) -> bool:
    listed = (beginning.casefold() for told in rubric.words.values() for beginning in told)
    return any(word.startswith(one) for one in listed if len(one) >= SHORTEST and " " not in one)


# Periods -------------------------------------------------------------------------------------------------


def _period(text: str, today: date, names: Mapping[str, Mapping[str, int]]) -> tuple[Period, str]:
    """The period in *text*, and the text without it."""
    months = {name: number for name, number in names["months"].items() if name}
    for pattern, meaning in _patterns(ANY(re.escape(name) for name in sorted(months, key=len, reverse=True))):
        found = re.search(rf"(?<!\S)(?:{pattern})(?![^\s,;.!?])", text)
        if found:
            try:
                return meaning(found, today, months), _without(text, found)
            except ValueError:  # a day, week or year the calendar does not have
                raise NotUnderstood(found.group()) from None
    return period("quarter", today), text


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


Meaning = Callable[[re.Match[str], date, Mapping[str, int]], Period]


def _patterns(month: str) -> Iterable[tuple[str, Meaning]]:
    """In the order they are tried: what says more comes first."""
    named = rf"(?P<{{0}}m>{month})\.?"
    day = r"(?P<{0}d>\d{{1,2}})(?:e|ste|de|st|nd|rd|th)?"
    first = r"(?P<{0}e>\d{{1,2}})(?:e|ste|de|st|nd|rd|th)?"  # the English order: March 1
    written = rf"{day}\s(?:of\s)?{named}|{named.replace('{0}m', '{0}k')}(?:\s{first})?"
    point = rf"(?:(?P<{{0}}n>{NUMERIC})|(?:{written})(?:,?\s{YEAR})?)"
    ordinal, unit = ANY(sorted(QUARTERS, key=len, reverse=True)), ANY(sorted(UNITS, key=len, reverse=True))
    return (
        (rf"{FROM}{point.format('a')}{TO}{point.format('b')}", _between),
        (rf"{FROM}(?P<from>\d{{1,2}}){TO}" + rf"{day}\s{named}(?:\s{YEAR})?".format("a"), _days),
        (rf"(?:vanaf|sinds|since)\s{point.format('a')}", _since),
        (rf"(?:{PREVIOUS})\s(?P<n>\d{{1,4}}|{ANY(NUMBERS)})\s(?P<u>{unit})", _last),
        (rf"(?:q|k)(?P<q>[1-4])(?:[\s-]{YEAR.format('')})?|(?P<y2>\d{{4}})[\s-](?:q|k)(?P<q2>[1-4])", _quarter),
        (rf"(?P<o>{ordinal})\s(?:kwartaal|quarter)(?:\s{YEAR.format('')})?", _quarter),
        (rf"(?:kwartaal|quarter)\s(?P<q>[1-4])(?:\s{YEAR.format('')})?", _quarter),
        (r"(?:laatste|last)\s(?:kwartaal|quarter)\s(?P<y4>(?:van|of)\s\d{4}|\d{4})", _quarter),
        (rf"week\s(?P<w>\d{{1,2}})(?:\s{YEAR.format('')})?", _week),
        (point.format("a"), _point),
        (rf"(?:(?:jaar|year)\s)?{YEAR.format('')}(?:\s(?:jaar|year))?", _year),
        (rf"(?:(?P<p>{PREVIOUS})|(?P<pp>{BEFORE_THAT})|(?:{THIS}))\s(?P<u>{unit})|(?P<v>{unit})", _unit),
        (r"(?P<t>vandaag|today)|gisteren|yesterday", _near),
    )


def _group(found: re.Match[str], *names: str) -> str:
    told = found.groupdict()
    return next((told[name] for name in names if told.get(name)), "")


def _sane(year: int) -> int:
    if year not in YEARS:
        raise ValueError(year)  # 0226 is a slip of the finger, and the period before it would begin before year 1
    return year


def _whole(month_or_day: date, exact: bool) -> Period:
    return Period("dates", month_or_day, month_or_day) if exact else period("month", month_or_day)


@dataclass(frozen=True, slots=True)
class _Point:
    """A day or a month, perhaps without a year."""

    year: int | None
    month: int
    day: int | None

    def on(self, year: int) -> Period:
        return _whole(date(_sane(self.year or year), self.month, self.day or 1), self.day is not None)

    def latest(self, today: date) -> Period:
        """In the year that was said, or else the latest one in which it has begun."""
        if (self.month, self.day, self.year) == (2, 29, None):
            leap = (
                year for year in range(today.year, today.year - 9, -1) if year % 4 == 0 and date(year, 2, 29) <= today
            )
            return self.on(next(leap))
        this = self.on(today.year)
        return this if self.year or this.first <= today else self.on(today.year - 1)


def _read_point(found: re.Match[str], which: str, months: Mapping[str, int]) -> _Point:
    if numeric := _group(found, f"{which}n"):
        parts = [int(part) for part in re.split(r"[-/.]", numeric)]
        year, month, day = parts if len(re.split(r"[-/.]", numeric)[0]) == 4 else reversed(parts)
        return _Point(_sane(year + 2000 if year < 100 else year), month, day)
    year_, day_ = _group(found, f"{which}y"), _group(found, f"{which}d", f"{which}e")
    month = months[_group(found, f"{which}m", f"{which}k")]
    return _Point(_sane(int(year_)) if year_ else None, month, int(day_) if day_ else None)


def _between(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    one, other = _read_point(found, "a", months), _read_point(found, "b", months)
    if one.year is None and other.year is None:
        first = one.latest(today)
        last = other.on(first.first.year)
        last = last if last.last >= first.first else other.on(first.first.year + 1)
    elif one.year is None:
        last = other.on(0)
        first = one.on(last.first.year)
        first = first if first.first <= last.last else one.on(last.first.year - 1)
    else:
        first = one.on(0)
        last = other.on(first.first.year)
        last = last if other.year or last.last >= first.first else other.on(first.first.year + 1)
    return Period("dates", min(first.first, last.first), max(first.last, last.last))


def _days(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    """ "1 tot en met 15 maart": the month was said once."""
    until = _read_point(found, "a", months)
    if until.day is None:
        raise ValueError(found.group())
    last = until.latest(today).first
    first = last.replace(day=int(found["from"]))
    if first > last:
        raise ValueError(found.group())
    return Period("dates", first, last)


def _since(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    first = _read_point(found, "a", months).latest(today).first
    if first > today:
        raise ValueError(found.group())
    return Period("dates", first, today)


def _point(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    return _read_point(found, "a", months).latest(today)


def _last(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    """The last so many, up to and including today: of three months, from the day after this day three months ago."""
    number, unit = found["n"], UNITS[found["u"]]
    many = NUMBERS.get(number) or int(number)
    if not 0 < many <= MOST:
        raise ValueError(number)
    if unit in {"day", "week"}:
        return Period("dates", today - timedelta(days=many * (7 if unit == "week" else 1) - 1), today)
    ago = today.year * 12 + today.month - 1 - many * {"month": 1, "quarter": 3, "year": 12}[unit]
    start = period("month", date(_sane(ago // 12), ago % 12 + 1, 1))
    return Period("dates", min(start.first + timedelta(days=today.day), start.last + timedelta(days=1)), today)


def _quarter(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    which = QUARTERS.get(_group(found, "o")) or int(_group(found, "q", "q2") or 4)
    year = re.sub(r"\D", "", _group(found, "y", "y2", "y4"))
    if year:
        return period("quarter", date(_sane(int(year)), which * 3, 1))
    this = period("quarter", date(today.year, which * 3, 1))
    return this if this.first <= today else period("quarter", date(today.year - 1, which * 3, 1))


def _week(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    number, year = int(found["w"]), _group(found, "y")
    monday = date.fromisocalendar(_sane(int(year)) if year else today.isocalendar().year, number, 1)
    if not year and monday > today:
        monday = date.fromisocalendar(today.isocalendar().year - 1, number, 1)
    return Period("dates", monday, monday + timedelta(days=6))


def _year(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    return period("year", date(_sane(int(found["y"])), 1, 1))


def _unit(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    word = _group(found, "u", "v")
    unit, steps = UNITS[word], 2 if found["pp"] else 1 if found["p"] else 0
    if unit == "day" or word in {"maanden", "months", "kwartalen", "quarters", "jaren", "years", "weken", "weeks"}:
        raise ValueError(word)  # how many, and of which?
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * steps)
        return Period("dates", monday, monday + timedelta(days=6))
    this = period(unit, today)
    for _ in range(steps):
        this = this.before
    return this


def _near(found: re.Match[str], today: date, months: Mapping[str, int]) -> Period:
    day = today if found["t"] else today - timedelta(days=1)
    return Period("dates", day, day)
