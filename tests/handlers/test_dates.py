"""What people write when asked when it happened, and what we make of it. Today is Wednesday 25 November 2026."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation import Answer, Flow, give
from handlers.dates import NoSuchDate, Span, coming, read
from handlers.questions import past_day
from handlers.texts import T
from locales import names

TODAY = date(2026, 11, 25)
NAMES = names()

SPOKEN = """
vandaag                                                  | 2026-11-25 | 2026-11-25 | day
vanochtend                                               | 2026-11-25 | 2026-11-25 | day
vannacht                                                 | 2026-11-25 | 2026-11-25 | day
drie uur geleden                                         | 2026-11-25 | 2026-11-25 | day
gisteren                                                 | 2026-11-24 | 2026-11-24 | day
gisteren morgen                                          | 2026-11-24 | 2026-11-24 | day
gisteravond                                              | 2026-11-24 | 2026-11-24 | day
eergisteren                                              | 2026-11-23 | 2026-11-23 | day
drie dagen geleden                                       | 2026-11-22 | 2026-11-22 | day
een paar dagen geleden                                   | 2026-11-19 | 2026-11-23 | week
dinsdag                                                  | 2026-11-24 | 2026-11-24 | day
woensdag                                                 | 2026-11-18 | 2026-11-18 | day
afgelopen dinsdag                                        | 2026-11-24 | 2026-11-24 | day
dinsdagochtend                                           | 2026-11-24 | 2026-11-24 | day
vrijdag jl.                                              | 2026-11-20 | 2026-11-20 | day
vorige week                                              | 2026-11-16 | 2026-11-22 | week
vorige week dinsdag                                      | 2026-11-17 | 2026-11-17 | day
dinsdag vorige week                                      | 2026-11-17 | 2026-11-17 | day
begin vorige week                                        | 2026-11-16 | 2026-11-17 | day
twee weken geleden                                       | 2026-11-09 | 2026-11-15 | week
twee weken geleden op vrijdag                            | 2026-11-13 | 2026-11-13 | day
een week of twee geleden                                 | 2026-11-09 | 2026-11-15 | week
3 weken terug                                            | 2026-11-02 | 2026-11-08 | week
in week 45                                               | 2026-11-02 | 2026-11-08 | week
week 50                                                  | 2025-12-08 | 2025-12-14 | week
afgelopen weekend                                        | 2026-11-21 | 2026-11-22 | day
vorige maand                                             | 2026-10-01 | 2026-10-31 | month
de 15e van vorige maand                                  | 2026-10-15 | 2026-10-15 | day
een maand of drie geleden                                | 2026-08-01 | 2026-08-31 | month
een half jaar geleden                                    | 2026-05-01 | 2026-05-31 | month
anderhalf jaar geleden                                   | 2025-05-01 | 2025-05-31 | month
ruim een jaar geleden                                    | 2025-01-01 | 2025-12-31 | year
vorig jaar                                               | 2025-01-01 | 2025-12-31 | year
sinds 2023                                               | 2023-01-01 | 2023-12-31 | year
eind 2025                                                | 2025-10-01 | 2025-12-31 | season
mei                                                      | 2026-05-01 | 2026-05-31 | month
in december                                              | 2025-12-01 | 2025-12-31 | month
sinds maart                                              | 2026-03-01 | 2026-03-31 | month
van maart tot mei                                        | 2026-03-01 | 2026-03-31 | month
begin maart                                              | 2026-03-01 | 2026-03-10 | week
half maart                                               | 2026-03-11 | 2026-03-20 | week
eind van maart                                           | 2026-03-21 | 2026-03-31 | week
eind december                                            | 2025-12-21 | 2025-12-31 | week
medio maart 2025                                         | 2025-03-11 | 2025-03-20 | week
3 november                                               | 2026-11-03 | 2026-11-03 | day
3 nov. 2026                                              | 2026-11-03 | 2026-11-03 | day
3 december                                               | 2025-12-03 | 2025-12-03 | day
29 februari                                              | 2024-02-29 | 2024-02-29 | day
dinsdag 3 nov om 10 uur                                  | 2026-11-03 | 2026-11-03 | day
3 tot 5 november                                         | 2026-11-03 | 2026-11-05 | day
3 of 4 november                                          | 2026-11-03 | 2026-11-04 | day
3-11-2026                                                | 2026-11-03 | 2026-11-03 | day
3-11-'26                                                 | 2026-11-03 | 2026-11-03 | day
03.11.2026                                               | 2026-11-03 | 2026-11-03 | day
2026-11-03                                               | 2026-11-03 | 2026-11-03 | day
3/11                                                     | 2026-11-03 | 2026-11-03 | day
op 3-11 om 14:30                                         | 2026-11-03 | 2026-11-03 | day
afgelopen zomer                                          | 2026-06-01 | 2026-08-31 | season
in de winter                                             | 2025-12-01 | 2026-02-28 | season
najaar 2025                                              | 2025-09-01 | 2025-11-30 | season
met kerst                                                | 2025-12-25 | 2025-12-26 | day
tweede paasdag                                           | 2026-04-05 | 2026-04-06 | day
yesterday morning                                        | 2026-11-24 | 2026-11-24 | day
the day before yesterday                                 | 2026-11-23 | 2026-11-23 | day
last night                                               | 2026-11-24 | 2026-11-24 | day
this morning                                             | 2026-11-25 | 2026-11-25 | day
last Tuesday                                             | 2026-11-24 | 2026-11-24 | day
last week on Tuesday                                     | 2026-11-17 | 2026-11-17 | day
two weeks ago                                            | 2026-11-09 | 2026-11-15 | week
the week before last                                     | 2026-11-09 | 2026-11-15 | week
a couple of weeks ago                                    | 2026-10-12 | 2026-11-15 | month
the beginning of March                                   | 2026-03-01 | 2026-03-10 | week
mid-March                                                | 2026-03-11 | 2026-03-20 | week
in May                                                   | 2026-05-01 | 2026-05-31 | month
November 3rd                                             | 2026-11-03 | 2026-11-03 | day
November 3, 2026                                         | 2026-11-03 | 2026-11-03 | day
3rd of November                                          | 2026-11-03 | 2026-11-03 | day
last summer                                              | 2026-06-01 | 2026-08-31 | season
since 2023                                               | 2023-01-01 | 2023-12-31 | year
half a year ago                                          | 2026-05-01 | 2026-05-31 | month
over Christmas                                           | 2025-12-25 | 2025-12-26 | day
sinds gisteren                                           | 2026-11-24 | 2026-11-24 | day
eergisteravond                                           | 2026-11-23 | 2026-11-23 | day
jaren geleden                                            | 2020-01-01 | 2024-12-31 | year
3 weken                                                  | 2026-11-02 | 2026-11-08 | week
donderdag de 12e                                         | 2026-11-12 | 2026-11-12 | day
op de 30e                                                | 2026-10-30 | 2026-10-30 | day
vorige maand de 15e                                      | 2026-10-15 | 2026-10-15 | day
in de eerste week van november                           | 2026-11-01 | 2026-11-07 | week
de week van 3 november                                   | 2026-11-02 | 2026-11-08 | week
december vorig jaar                                      | 2025-12-01 | 2025-12-31 | month
in de zomer van vorig jaar                               | 2025-06-01 | 2025-08-31 | season
5 mei '25                                                | 2025-05-05 | 2025-05-05 | day
20okt                                                    | 2026-10-20 | 2026-10-20 | day
de 3e en 4e november                                     | 2026-11-03 | 2026-11-04 | day
last week of October                                     | 2026-10-25 | 2026-10-31 | week
in the summer of 2025                                    | 2025-06-01 | 2025-08-31 | season
12 Kasım 2026                                            | 2026-11-12 | 2026-11-12 | day
Mayıs                                                    | 2026-05-01 | 2026-05-31 | month
12 listopada                                             | 2026-11-12 | 2026-11-12 | day
wtorek, 3 marca                                          | 2026-03-03 | 2026-03-03 | day
5 травня 2026                                            | 2026-05-05 | 2026-05-05 | day
3 مايو                                                   | 2026-05-03 | 2026-05-03 | day
"""

SENTENCES = """
Ik kreeg vorige week dinsdag de kousen en ze zijn te klein | 2026-11-17 | 2026-11-17 | day
Ik heb dit jaar schoenen gekregen en gisteren brak de zool | 2026-11-24 | 2026-11-24 | day
Sinds drie weken doet mijn voet pijn                     | 2026-11-02 | 2026-11-08 | week
Ik wacht al twee maanden op een nieuwe koker             | 2026-09-01 | 2026-09-30 | month
Op 15 september besteld, op 3 november was er nog niets  | 2026-09-15 | 2026-09-15 | day
In november 10 keer gebeld                               | 2026-11-01 | 2026-11-30 | month
On November 10 I was told to wait                        | 2026-11-10 | 2026-11-10 | day
Ik heb er last van sinds half augustus                   | 2026-08-11 | 2026-08-20 | week
They promised a call last Friday and nobody phoned       | 2026-11-20 | 2026-11-20 | day
Met Jan gesproken op 3 november                          | 2026-11-03 | 2026-11-03 | day
"""

NO_DATE = """
de mei was mooi
I may not use it
only 2 may come
we march on
I had a fall
weet ik niet meer
Mijn brace is kapot
Jan heeft mij gebeld
zo is het
elke dinsdag
every Monday
in de morgen
goede morgen
vorige keer ging het beter
the last day
3-5 dagen wachten
maat 42/44
op 45/46 valt de schoen
half drie
om 12.30 uur
12.30
€ 12,50
van 2000 euro
bel 06-12345678
om de 2 weken
binnen 2 weken
Ik heb 3 keer in de week gebeld
week 60
een jaar garantie
op de 3e verdieping
de tweede keer
"""

COMING = """
morgen                                                   | 2026-11-26 | 2026-11-26 | day
overmorgen                                               | 2026-11-27 | 2026-11-27 | day
tomorrow                                                 | 2026-11-26 | 2026-11-26 | day
volgende week                                            | 2026-11-30 | 2026-12-06 | week
volgende week dinsdag                                    | 2026-12-01 | 2026-12-01 | day
komende vrijdag                                          | 2026-11-27 | 2026-11-27 | day
next Tuesday                                             | 2026-12-01 | 2026-12-01 | day
volgende maand                                           | 2026-12-01 | 2026-12-31 | month
3 december 2026                                          | 2026-12-03 | 2026-12-03 | day
1-1-2027                                                 | 2027-01-01 | 2027-01-01 | day
komende zomer                                            | 2027-06-01 | 2027-08-31 | season
"""

NONE_SUCH = [
    "31 februari",
    "30-02-2026",
    "29-2-2025",
    "31-11",
    "op 31/2",
    "2026-02-30",
    "13/13/2026",
    "32 november",
    "0 maart",
]


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("phrase", "first", "last", "precision"), rows(SPOKEN + SENTENCES.strip() + COMING))
def test_understood(phrase: str, first: str, last: str, precision: str) -> None:
    span = read(phrase, TODAY, NAMES)
    assert span and (span.first.isoformat(), span.last.isoformat(), span.precision) == (first, last, precision)


@pytest.mark.parametrize("phrase", NO_DATE.strip().splitlines())
def test_left_alone(phrase: str) -> None:
    assert read(phrase, TODAY, NAMES) is None


@pytest.mark.parametrize("phrase", NONE_SUCH)
def test_a_day_the_calendar_lacks_is_named_as_such(phrase: str) -> None:
    with pytest.raises(NoSuchDate):
        read(phrase, TODAY, NAMES)


def test_without_a_year_it_is_the_latest_that_has_been() -> None:
    early = date(2026, 11, 3)
    assert read("3 november", early, NAMES) == Span(early, early, "day")
    assert read("4 november", early, NAMES) == Span(date(2025, 11, 4), date(2025, 11, 4), "day")
    assert read("eind november", early, NAMES) == Span(date(2025, 11, 21), date(2025, 11, 30), "week")


def test_month_names_are_facts() -> None:
    """A language nobody thought of needs no line of code."""
    assert read("3 mbl", TODAY, {"months": {"Mbl.": 5}, "days": {}}) == Span(date(2026, 5, 3), date(2026, 5, 3), "day")
    assert read("3 november", TODAY, {"months": {}, "days": {}}) is None


WORDS = """3 31 45 2026 november mei may jan dinsdag di vorige deze volgende week weken jaar half begin eind geleden
een of op in sinds morgen kerst zomer last ago 3/11 3-11""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=6), st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_any_words_give_a_span_the_right_way_round_or_nothing(words: list[str], today: date) -> None:
    try:
        span = read(" ".join(words), today, NAMES)
    except NoSuchDate:
        return
    assert span is None or span.first <= span.last
    assert span == read(" ".join(words), today, NAMES)


# Days that are still to come -----------------------------------------------------------------------------

COMING = """
vandaag               | 2026-11-25
morgen                | 2026-11-26
overmorgen            | 2026-11-27
vrijdag               | 2026-11-27
woensdag              | 2026-12-02
dinsdag               | 2026-12-01
zondag                | 2026-11-29
volgende week         | 2026-12-06
volgende week vrijdag | 2026-12-04
volgende maand        | 2026-12-31
12 januari            | 2027-01-12
25 november           | 2026-11-25
24 november           | 2027-11-24
1-12                  | 2026-12-01
1-12-2026             | 2026-12-01
29 februari           | 2028-02-29
over drie dagen       | 2026-11-28
over twee weken       | 2026-12-09
binnen 2 weken        | 2026-12-09
over een maand        | 2026-12-25
Friday                | 2026-11-27
tomorrow              | 2026-11-26
next week             | 2026-12-06
12 January            | 2027-01-12
in two weeks          | 2026-12-09
within 10 days        | 2026-12-05
gisteren              | -
vorige week           | -
afgelopen vrijdag     | -
last Friday           | -
12 januari 2026       | -
drie weken geleden    | -
geen idee             | -
                      | -
"""


@pytest.mark.parametrize("row", COMING.strip("\n").splitlines())
def test_a_day_that_is_still_to_come(row: str) -> None:
    said, _, wanted = (part.strip() for part in row.rpartition("|"))
    day = coming(said, TODAY, NAMES)
    assert (day.isoformat() if day else "-") == wanted, said


@pytest.mark.parametrize("said", ["31 november", "30 februari", "0 januari", "29 februari 2027"])
def test_a_day_to_come_that_does_not_exist_is_named_as_such(said: str) -> None:
    with pytest.raises(NoSuchDate):
        coming(said, TODAY, NAMES)


@given(
    st.lists(st.sampled_from([*WORDS, "over", "binnen", "in"]), max_size=6),
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
)
def test_a_day_to_come_is_never_past(words: list[str], today: date) -> None:
    try:
        day = coming(" ".join(words), today, NAMES)
    except NoSuchDate:
        return
    assert day is None or day >= today


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("gisteren", date(2026, 11, 24)),
        ("3 november 2026", date(2026, 11, 3)),
        ("25 november 2025", date(2025, 11, 25)),
        ("23 november 2025", None),  # over a year ago: more likely a slip
        ("3 november 1926", None),
        ("3 november 2062", None),  # a year that was typed and is not the one understood
        ("morgen", None),
        ("vorige week", None),
    ],
)
def test_a_day_that_was_is_within_the_last_year_and_of_the_year_that_was_typed(typed: str, day: date | None) -> None:
    def asked() -> Flow[date | None]:
        return (yield from past_day("day", T("day", "When?"), NAMES, TODAY))[1]

    turn = give(asked, {}, Answer(typed, on=TODAY.isoformat()))
    assert (turn.result if turn.ask is None else None) == day
    assert bool(turn.refused) == (day is None)
