"""When something happened, in people's own words: "afgelopen dinsdag", "half maart", "two weeks ago", "3/11".

Here live the words of time in Dutch and English and the patterns they form; month and day names of any language
arrive as facts. It reads in two steps: every word becomes a letter for its kind (`l` last, `u` unit, `m` month,
`.` anything else), and a pattern over the letters says what they mean together: "vorige week" is `lu`. The
surprising truth: finding too much is worse than finding nothing, because the person's own words are kept anyway.
So a bare month is no date in "de mei was mooi", and "may" is none in "I may not use it".
"""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeAlias

from handlers.procedure.deadlines import easter

Precision: TypeAlias = Literal["day", "week", "month", "season", "year"]
COARSER: Mapping[Precision, Precision] = {"day": "week", "week": "month", "month": "season", "season": "year"}
FINER: Mapping[Precision, Precision] = {"month": "week", "week": "day"}


@dataclass(frozen=True, slots=True)
class Span:
    """From *first* to *last*, both included. `precision` is how exactly the words named it, not how long it is."""

    first: date
    last: date
    precision: Precision


class NoSuchDate(ValueError):
    """The words name a day the calendar does not have, such as 31 February."""


# The words ---------------------------------------------------------------------------------------------------

FEW = 0  # "a few", "enkele": somewhere from two to six
HOUR, DAY, WEEK, MONTH, YEAR = range(5)
UNITS: tuple[Precision, ...] = ("day", "day", "week", "month", "year")


def _kind(kind: str, words: str, value: float = 0) -> dict[str, tuple[str, float]]:
    return dict.fromkeys(words.split(), (kind, value))


def _counted(kind: str, lines: str, start: int = 0) -> dict[str, tuple[str, float]]:
    """One line for each value, counting up."""
    return {
        word: (kind, value)
        for value, line in enumerate(lines.splitlines(), start)
        for word in line.split()
    }  # fmt: skip


NUMBERS = """paar enkele enige few couple several
een één 'n a an one\ntwee two\ndrie three\nvier four\nvijf five\nzes six\nzeven seven\nacht eight\nnegen nine\ntien ten
elf eleven\ntwaalf twelve\ndertien thirteen\nveertien fourteen\nvijftien fifteen\nzestien sixteen\nzeventien seventeen
achttien eighteen\nnegentien nineteen\ntwintig twenty"""
FEASTS = """kerst kerstmis kerstdag kerstdagen christmas xmas\npasen paasdag paasdagen easter\nhemelvaart hemelvaartsdag
pinksteren pinksterdag pentecost\nnieuwjaar nieuwjaarsdag\noudjaar oudjaarsdag\nsinterklaas pakjesavond\nkoningsdag"""
WORDS: Mapping[str, tuple[str, float]] = {
    **_counted("N", NUMBERS),
    **_kind("N", "anderhalf anderhalve", 1.5),
    **_counted("u", "uur hour minuut minute\ndag day\nweek\nmaand month\njaar year"),
    **_counted("U", "uren hours minuten minutes\ndagen days\nweken weeks\nmaanden months\njaren years"),
    **_kind("l", "vorige vorig afgelopen verleden last past previous", 1),
    **_kind("l", "eervorige eervorig voorvorige", 2),
    **_kind("t", "deze dit this"),
    **_kind("x", "volgende volgend komende aanstaande next coming"),
    **_kind("a", "geleden ago terug back"),
    **_counted("p", "begin beginning start early\nmedio midden mid middle halverwege\neind einde end late"),
    **_kind("q", "half halve", 1),
    **_kind("s", "lente voorjaar spring", 3),
    **_kind("s", "zomer summer", 6),
    **_kind("s", "herfst najaar autumn", 9),
    **_kind("F", "fall", 9),  # a season only as "last fall": here people fall
    **_kind("s", "winter", 12),
    **_kind("r", "vandaag vanochtend vanmorgen vanmiddag vanavond vannacht zojuist daarnet zonet today tonight"),
    **_kind("r", "gisteren gister yesterday", 1),
    **_kind("r", "eergisteren", 2),
    **_kind("r", "tomorrow", -1),
    **_kind("r", "overmorgen", -2),
    **_kind("R", "morgen", -1),  # tomorrow, but the morning in "in de morgen"
    **_kind("g", "ochtend middag avond nacht morning afternoon evening night"),
    **_counted("f", "eerste first\ntweede second\nderde third\nvierde fourth\nlaatste"),
    **_kind("e", "elke elk iedere ieder every each goede goeden good per"),
    **_kind("o", "op on sinds since sedert vanaf"),
    **_kind("j", "in rond around during tijdens from over"),
    **_kind("@", "om at"),
    **_kind("k", "al for already"),
    **_kind("b", "before voor"),
    **_kind("c", "tot t/m en to until and or"),
    **_kind("w", "weekend weekeinde"),
    **_counted("h", FEASTS),
    **_kind("i", "i we he she it they you my the when"),  # what may follow "On November 10" in English
}
SKIPPED = frozenset("de het the van of den ongeveer circa ca ergens zowat about roughly somewhere zo'n".split())
DAY_PARTS = ("ochtend", "morgen", "middag", "avond", "nacht")
VERBS = frozenset("not be have need also use never get only still come go i we you".split())  # after the verb "may"
TOKEN = re.compile(
    r"""(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)
    |(?P<full>\d{1,2}([-/.])\d{1,2}\3'?(?:\d{4}|\d{2}))(?!\d)
    |(?P<clock>\d{1,2}:\d{2})
    |(?P<pair>\d{1,2}[-/.]\d{1,2})(?!\d)
    |(?P<number>'?\d+)(?:(?P<nth>e|de|ste|st|nd|rd|th)\b)?
    |(?P<word>t/m|'?[^\W\d_]+(?:['’][^\W\d_]+)*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    value: float = 0


def _words(text: str, names: Mapping[str, Mapping[str, int]]) -> list[_Word]:
    """Every word with its kind; filling words such as "de" are left out."""
    months = {name.lower().rstrip("."): number for name, number in names["months"].items()} | {"sept": 9}
    days = {name.lower().rstrip("."): number for name, number in names["days"].items()}
    found: list[_Word] = []
    matches = list(TOKEN.finditer(text.lower()))
    said = [match.group() for match in matches]
    for match, before, word, after in zip(matches, ["", *said], said, [*said[1:], ""], strict=False):
        if match["word"]:
            found.extend(_word(before, word, after, months, days))
        elif match["number"]:
            found.append(_number(match, after, found[-1].kind if found else ""))
        elif not match["clock"]:
            found.append(_date(word))
    return found


def _date(numbers: str) -> _Word:
    parts = [int(part) for part in re.findall(r"\d+", numbers)]
    if len(parts) == 2:
        day, month = parts
        if "." in numbers and month > 12:
            return _Word(".")  # half past twelve, or money
        return _Word("S" if "/" in numbers else "z", day * 100 + month)
    year, month, day = parts if parts[0] > 99 else reversed(parts)
    return _Word("Z", _real(year if year > 99 else year + (2000 if year < 70 else 1900), month, day).toordinal())


def _number(match: re.Match[str], follows: str, before: str) -> _Word:
    value = int(match["number"].lstrip("'"))
    if match["number"].startswith("'") and value < 100:
        return _Word("y", 2000 + value)  # "mei '25"
    if 1950 <= value <= 2100 and not match["nth"]:
        return _Word("." if follows.startswith("eur") else "y", value)
    if value > 999:
        return _Word(".")
    ends = before == "m" and re.match(r"\s*(?:[,.;:!?)]|$)", match.string[match.end() :])
    return _Word("v" if match["nth"] or ends else "n", value)  # v: surely a day: "12e", or the 10 of "November 10,"


def _word(before: str, word: str, after: str, months: Mapping[str, int], days: Mapping[str, int]) -> tuple[_Word, ...]:
    if word == "of" and (after in NUMBERS.split() or (after.isdigit() and len(after) < 3)):
        return (_Word("c"),)  # the Dutch "or"
    if word == "van" and after in months and after != "jan":
        return (_Word("j"),)  # "van maart tot mei"
    if word in SKIPPED:
        return ()
    if word in WORDS:
        return (_Word(*WORDS[word]),)
    if word in months:
        verb = word == "may" and after in VERBS
        person = word == "jan" and before in {"from", "sinds", "since"}
        return (_Word(".") if verb or person else _Word("m", months[word]),)
    for name in (word, *(word.removesuffix(part) for part in DAY_PARTS if word.endswith(part))):
        if name in days:
            return (_Word("d" if len(name) > 3 else "D", days[name]),)  # "zo" and "sat" are days only as "last sat"
        if name.removesuffix("en") in {"gister", "eergister"}:
            return (_Word("r", 2 if name.startswith("eer") else 1),)
    return (_Word("."),)


# What they mean together -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The words a pattern matched, to be asked by kind."""

    words: tuple[_Word, ...]
    today: date

    def has(self, kinds: str) -> bool:
        return any(word.kind in kinds for word in self.words)

    def all(self, kinds: str) -> list[int]:
        return [int(word.value) for word in self.words if word.kind in kinds]

    def one(self, kinds: str) -> int:
        return self.all(kinds)[0]

    @property
    def steps(self) -> int:
        """Back for "vorige", forward for "volgende"."""
        return -self.one("l") if self.has("l") else 1 if self.has("x") else 0


def _real(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchDate(f"{day}-{month}-{year}") from None


def _one_day(day: date) -> Span:
    return Span(day, day, "day")


def _dated(phrase: _Phrase, month: int, day: int) -> date:
    """The day in the year that was said, or else the latest one that has been."""
    if phrase.has("y"):
        return _real(phrase.one("y"), month, day)
    year = phrase.today.year
    while (month, day) == (2, 29) and not isleap(year):
        year -= 1
    found = _real(year, month, day)
    return found if found <= phrase.today else _dated(replace(phrase, today=date(year - 1, 12, 31)), month, day)


def _month(year: int, month: int) -> Span:
    """Month 0 is the December before, 13 the January after."""
    years, of_year = divmod(month - 1, 12)
    first = date(year + years, of_year + 1, 1)
    return Span(first, (first + timedelta(31)).replace(day=1) - timedelta(1), "month")


def _around(unit: int, steps: int, today: date) -> Span:
    """The calendar day, week (from Monday), month or year that lies *steps* from today's."""
    if unit == WEEK:
        monday = today + timedelta(7 * steps - today.weekday())
        return Span(monday, monday + timedelta(6), "week")
    if unit == MONTH:
        return _month(today.year, today.month + steps)
    if unit == YEAR:
        return Span(date(today.year + steps, 1, 1), date(today.year + steps, 12, 31), "year")
    return _one_day(today + timedelta(steps if unit == DAY else 0))


def _ago(number: float, unit: int, today: date) -> Span:
    if number == FEW:
        return Span(_ago(6, unit, today).first, _ago(2, unit, today).last, COARSER.get(UNITS[unit], "year"))
    if number != int(number):  # a half: count in the next smaller unit
        smaller, days = {YEAR: (MONTH, 12), MONTH: (WEEK, 4.3), WEEK: (DAY, 7)}.get(unit, (HOUR, 0))
        return _ago(round(number * days), smaller, today)
    return _around(unit, -int(number), today)


def _part(whole: Span, third: int) -> Span:
    """The beginning, middle or end as people mean them: of a month days 1-10, 11-20 and the rest."""
    year, month = whole.first.year, whole.first.month
    if whole.precision == "year":
        first, last = ((1, 3), (5, 8), (10, 12))[third]
        return Span(_month(year, first).first, _month(year, last).last, "season")
    if whole.precision == "season":
        return _month(year, month + third)
    size = timedelta(10 if whole.precision == "month" else 2)
    first_day = whole.first + third * size
    return Span(first_day, whole.last if third == 2 else first_day + size - timedelta(1), FINER[whole.precision])


def _exact(p: _Phrase) -> Span:
    return _one_day(date.fromordinal(p.one("Z")))


def _day_of_month(p: _Phrase) -> Span:
    return _one_day(_dated(p, p.one("m"), p.one("nv")))


def _days_of_month(p: _Phrase) -> Span | None:
    first, last = divmod(p.one("zS"), 100) if p.has("zS") else p.all("nv")
    until = _dated(p, p.one("m"), last)
    return Span(_real(until.year, until.month, first), until, "day") if first < last else _one_day(until)


def _pair(p: _Phrase) -> Span | None:
    day, month = divmod(p.one("Sz"), 100)
    if not (1 <= day <= 31 and 1 <= month <= 12) and len(p.words) > 1:
        return None  # "op 45/46": a size
    return _one_day(_dated(p, month, day))


def _day_in_month(p: _Phrase) -> Span | None:
    if p.one("u") != MONTH:
        return None
    month = _around(MONTH, p.steps, p.today).first
    return _one_day(_real(month.year, month.month, p.one("nv")))


def _week_in_month(p: _Phrase) -> Span | None:
    """The first week of November is the 1st to the 7th; the last one the last seven days."""
    if p.one("u") != WEEK:
        return None
    month, which = _named_month(p), p.one("f") if p.has("f") else 4
    first = month.last - timedelta(6) if which == 4 else month.first + timedelta(7 * which)
    return Span(first, first + timedelta(6), "week")


def _week_of_day(p: _Phrase) -> Span | None:
    return _around(WEEK, 0, _day_of_month(p).first) if p.one("u") == WEEK else None


def _of_year(p: _Phrase) -> Span | None:
    """As in "december vorig jaar" and "vorig jaar zomer": a month or season of that year."""
    if p.one("u") != YEAR:
        return None
    dated = _Phrase(
        (*(word for word in p.words if word.kind not in "ltx"), _Word("y", p.today.year + p.steps)), p.today
    )
    return _named_month(dated) if p.has("m") else _season(dated)


def _day_alone(p: _Phrase) -> Span:
    """The 12th: in this month or, when that is still to come, in the one before that has such a day."""
    months = (_around(MONTH, -back, p.today) for back in range(3))
    days = (month.first + timedelta(p.one("nv") - 1) for month in months if 1 <= p.one("nv") <= month.last.day)
    found = next((day for day in days if day <= p.today), None)
    if found is None:
        raise NoSuchDate
    return _one_day(found)


def _relative(p: _Phrase) -> Span:
    return _one_day(p.today - timedelta(p.one("rR") + p.has("b")))


def _part_of_day(p: _Phrase) -> Span:
    return _one_day(p.today - timedelta(p.has("l")))


def _weekday(p: _Phrase) -> Span:
    back = (p.today.weekday() - p.one("dD") - 1) % 7 + 1  # 1 to 7: "dinsdag" said on a Tuesday is a week ago
    if p.has("t"):
        return _one_day(p.today + timedelta(p.one("d") - p.today.weekday()))
    return _one_day(p.today + timedelta(7 - back % 7 if p.has("x") else -back))


def _calendar(p: _Phrase) -> Span | None:
    unit = p.one("u")
    if unit in (HOUR, DAY):
        return None  # "the last day" is not a day we know
    span = _around(unit, p.steps - p.has("b"), p.today)
    if p.has("d"):
        return _one_day(span.first + timedelta(p.one("d"))) if unit == WEEK else None
    return _part(span, p.one("pq")) if p.has("pq") else span


def _number_of_week(p: _Phrase) -> Span | None:
    week, year = p.one("n"), p.one("y") if p.has("y") else p.today.year
    if p.one("u") != WEEK or not 1 <= week <= 53:
        return None
    if not p.has("y") and week > p.today.isocalendar().week:
        year -= 1
    try:
        return _around(WEEK, 0, date.fromisocalendar(year, week, 1))
    except ValueError:
        raise NoSuchDate(f"week {week} {year}") from None


def _counted_back(p: _Phrase) -> Span | None:
    number = next((word.value for word in p.words if word.kind in "nN"), FEW)
    if p.has("c"):  # "een week of twee geleden": the second number counts
        number = p.all("nN")[-1]
    span = _ago(number, p.one("uU"), p.today)
    if p.has("d"):
        return _one_day(span.first + timedelta(p.one("d"))) if span.precision == "week" else None
    return span


def _half_back(p: _Phrase) -> Span:
    return _ago(0.5, p.one("u"), p.today)


def _until_today(p: _Phrase) -> Span:
    number = p.one("nN") if p.has("nN") else FEW
    span = _ago(number, p.one("uU"), p.today)
    return Span(span.first, p.today, COARSER.get(span.precision, "year"))


def _weekend(p: _Phrase) -> Span:
    week = _around(WEEK, p.steps if p.has("ltx") else -(p.today.weekday() < 5), p.today)
    return Span(week.first + timedelta(5), week.last, "day")


def _named_month(p: _Phrase) -> Span:
    def of(year: int) -> Span:
        month = _month(year, p.one("m"))
        return _part(month, p.one("pq")) if p.has("pq") else month

    if p.has("y"):
        return of(p.one("y"))
    years = [of(p.today.year + step) for step in (1, 0, -1)]
    if p.has("x"):
        return next(span for span in reversed(years) if span.first > p.today)
    return next(span for span in years if (span.last if p.has("l") else span.first) <= p.today)


def _season(p: _Phrase) -> Span:
    def of(year: int) -> Span:
        month = p.one("sF")
        season = Span(date(year, month, 1), _month(year, month + 2).last, "season")
        return _part(season, p.one("p")) if p.has("p") else season

    if p.has("y"):
        return of(p.one("y"))
    years = [of(p.today.year + step) for step in (1, 0, -1, -2)]
    if p.has("x"):
        return next(span for span in reversed(years) if span.first > p.today)
    return next(span for span in years if (span.last if p.has("l") else span.first) <= p.today)


def _feast_days(which: int, year: int) -> Span:
    """In the order of FEASTS."""
    first, more = (
        (date(year, 12, 25), 1),
        (easter(year), 1),
        (easter(year) + timedelta(39), 0),
        (easter(year) + timedelta(49), 1),
        (date(year, 1, 1), 0),
        (date(year, 12, 31), 0),
        (date(year, 12, 5), 0),
        (date(year, 4, 27), 0),
    )[which]
    return Span(first, first + timedelta(more), "day")


def _feast(p: _Phrase) -> Span:
    if p.has("y"):
        return _feast_days(p.one("h"), p.one("y"))
    years = [_feast_days(p.one("h"), p.today.year + step) for step in (-1, 0, 1)]
    if p.has("x"):
        return next(days for days in years if days.first > p.today)
    return next(days for days in reversed(years) if days.first <= p.today)


def _year(p: _Phrase) -> Span:
    span = _around(YEAR, 0, date(p.one("y"), 1, 1))
    return _part(span, p.one("pq")) if p.has("pq") else span


ON_A = r"[lojt]*d?"  # "op dinsdag" before a date says nothing more
PATTERNS: tuple[tuple[str, Callable[[_Phrase], Span | None]], ...] = (
    (rf"{ON_A}Z", _exact),
    (rf"{ON_A}(?:[nv]c[nv]|[zS])my?", _days_of_month),  # 3 tot 5 november
    (rf"{ON_A}[nv]my?", _day_of_month),
    (rf"{ON_A}m(?:v|n(?=y|i|$))y?", _day_of_month),  # November 10th; but not "in november 10 keer"
    (r"(?:(?:[lojt]*d|o)[Sz]|^S|^z(?=$|@))(?![uUm])", _pair),
    (r"[nv][lt]u|[lt]u[oj]?v", _day_in_month),  # de 15e van vorige maand
    (r"o?dv|^o?v$|dn$", _day_alone),  # donderdag de 12e
    (r"[fl]uj?my?", _week_in_month),
    (r"u[nv]my?", _week_of_day),
    (r"[oj]?[pq]?[ms][ltx]u|[ltx]u[oj]?[pq]?[ms]", _of_year),
    (r"ubr|(?<![eb])r|(?<![eojdrRtl])R", _relative),
    (r"[tl][gR]", _part_of_day),
    (r"(?<!e)[ltx]?d|lD", _weekday),
    (r"[ltx]uo?d|d[oj]?[ltx]u|[pq]?[ltx]u|ubl", _calendar),
    (r"(?:[ojp]|^)uny?(?![auUm])", _number_of_week),
    (r"[nN][uU](?:c[nN])?a(?:o?d)?|(?<![nNv])Ua|d[oj]?[nN][uU]a", _counted_back),
    (r"[nN]?q[nN]?ua", _half_back),
    (r"[ltxoj@]w", _weekend),
    (r"(?:[pqojltx]|u)+my?|my|^m$", _named_month),
    (r"p?[ltx][sF]y?|[poj]+sy?|[sF]y|^s$", _season),
    (r"[ltx]?hy?", _feast),
    (r"[pqoj]y|^y$", _year),
)
WEAK: tuple[tuple[str, Callable[[_Phrase], Span | None]], ...] = (  # how long, not when: only if nothing else is said
    (r"[ok][nN][uU]|^[nN][uU]$", _counted_back),
    (r"l[nN][uU]|lU", _until_today),
)


def read(text: str, today: date, names: Mapping[str, Mapping[str, int]]) -> Span | None:
    """When *text*, a phrase or a whole story, says something happened; None where it names no time.

    *names* is `{"months": {"maart": 3}, "days": {"maandag": 0}}`. A date without a year is the latest that has been;
    one that is still to come is returned as it is. Raises `NoSuchDate` for a day the calendar does not have.
    """
    words = _words(text, names)
    kinds = "".join(word.kind for word in words)
    for patterns in (PATTERNS, WEAK):
        found: list[tuple[int, int, Span]] = []
        for pattern, meaning in patterns:
            for match in re.finditer(pattern, kinds):
                span = meaning(_Phrase(tuple(words[match.start() : match.end()]), today))
                if span:
                    found.append((match.start(), -match.end(), span))
        if found:
            return _first(sorted(found, key=lambda place: place[:2]))
    return None


AHEAD = re.compile(r"\b(?:over|binnen|in|within)\s+(\w+)\s+(\w+)", re.IGNORECASE)


def coming(text: str, today: date, names: Mapping[str, Mapping[str, int]]) -> date | None:
    """The day still to come that *text* means ("vrijdag", "12 januari", "over twee weken"); None if it is none.

    Raises `NoSuchDate`. Of a week or a month the last day: whoever says "next week" has all of it.
    """
    if (ahead := AHEAD.search(text)) and (day := _ahead(ahead[1], ahead[2], today)):
        return day
    span = read(text, today, names)
    if span is None:
        return None
    if span.last >= today:
        return span.last
    if re.search(r"\b\d{4}\b", text):
        return None  # a day of a year that was named is past
    if re.search(r"\d", text):
        return _dated_next(span.last, today)
    said = re.findall(r"\w+", text.casefold())
    if not set(said) & set(names["days"]) or any(WORDS.get(word, ("", 0))[0] == "l" for word in said):
        return None  # "last Friday" is past, whatever comes on Friday
    back = (today - span.last).days  # "Wednesday" said on a Wednesday is in a week
    return span.last + timedelta(weeks=1 if back < 7 else 2) if back <= 7 else None


def _ahead(number: str, unit: str, today: date) -> date | None:
    kind, value = WORDS.get(number.casefold(), ("", 0.0))
    count = int(number) if number.isdecimal() else int(value) if kind == "N" and value else 0
    what, size = WORDS.get(unit.casefold(), ("", 0.0))
    if not count or what not in {"u", "U"} or size not in {DAY, WEEK, MONTH}:
        return None
    return today + timedelta(days=count * {DAY: 1, WEEK: 7, MONTH: 30}[int(size)])


def _dated_next(day: date, today: date) -> date:
    for year in range(today.year, today.year + 5):  # 29 February comes within four years
        if (day.month, day.day) == (2, 29) and not isleap(year):
            continue
        if (found := day.replace(year=year)) >= today:
            return found
    return day


def _first(found: list[tuple[int, int, Span]]) -> Span:
    """The first time named, made finer by a later one that lies within it: "vorige week ... op 17 november"."""
    _, end, span = found[0]
    for start, _, later in found[1:]:
        inside = span.first <= later.first and later.last <= span.last
        if start >= -end and inside and later.last - later.first < span.last - span.first:
            return later
    return span
