"""Kinds of question. Each is a small conversation itself, used with `yield from`, and returns a typed value.

Here live the kinds and the words for a wrong answer; what is asked lives in the flows. The surprising truth:
`choice` never refuses twice: the second time a person's own words are kept, because a question that cannot be
passed loses the complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from handlers.conversation import Answer, Ask, Flow, Invalid, Option
from handlers.dates import NoSuchDate, Span, coming, read
from handlers.texts import T, Text

SKIP = Option("skip", T("b_skip", "Skip"))
UNKNOWN = Option("unknown", T("b_unknown", "I don't know"))
YES, NO = Option("yes", T("b_yes", "Yes")), Option("no", T("b_no", "No"))
CANNOT_READ = T("err_cannot_read", "I cannot read that. Type your answer or choose a button.")
LONGEST = 60  # parts of one story: far above what people send, low enough that nobody fills the disk


def choice(name: str, text: Text, *options: Option, free: bool = True, numbered: bool = True) -> Flow[Answer]:
    """One of *options*; with *free* the second miss is taken as the person's own words."""
    given = yield Ask(name, text, options, numbered=numbered)
    if given.option in {option.name for option in options}:
        return given
    if free and given.text and given.misses:
        return given
    raise Invalid(T("err_choose", "Choose a number from 1 to {max}, or use a button.", max=len(options)))


def words(name: str, text: Text, *options: Option) -> Flow[Answer]:
    """Free words, or one of *options*."""
    given = yield Ask(name, text, options)
    if given.option in {option.name for option in options} or given.text.strip():
        return given
    raise Invalid(CANNOT_READ)


def ticked(name: str, text: Text, done: Option, *options: Option) -> Flow[tuple[Answer, ...]]:
    """Any number of *options* (ticking again unticks), and words of one's own; ends with *done*."""
    own: tuple[Answer, ...] = ()
    ticks: tuple[str, ...] = ()
    while True:
        marked = tuple(
            Option(o.name, T("b_ticked", "✓ {label}", label=o.label)) if o.name in ticks else o for o in options
        )
        given = yield Ask(name, text, (*marked, done) if ticks or own else marked, bool(ticks or own), True)
        if given.option == done.name and (ticks or own):
            return (*(Answer(option=tick, on=given.on) for tick in ticks), *own)
        if given.option in ticks:
            ticks = tuple(tick for tick in ticks if tick != given.option)
        elif given.option in {option.name for option in options}:
            ticks = (*ticks, given.option)
        elif given.text.strip():
            own = (*own, given)
        else:
            raise Invalid(T("err_choose", "Choose a number from 1 to {max}, or use a button.", max=len(options)))


def collected(
    name: str, text: Text, more: Callable[[tuple[Answer, ...]], Text], done: Option
) -> Flow[tuple[Answer, ...]]:
    """As many texts, photos and voice messages as the person sends, until *done*."""
    parts: tuple[Answer, ...] = ()
    while len(parts) < LONGEST:
        given = yield Ask(name, more(parts) if parts else text, (done,) if parts else (), len(parts) > 1)
        if given.option == done.name and parts:
            return parts
        if not given.file and not given.text.strip():
            raise Invalid(CANNOT_READ)
        parts = (*parts, given)
    return parts


def day(
    name: str, text: Text, names: Mapping[str, Mapping[str, int]], *options: Option
) -> Flow[tuple[Answer, Span | None]]:
    """When something happened: the person's own words, and what we understood of them (None: only the words)."""
    given = yield Ask(name, text, options)
    if given.option:
        return given, None
    if not given.text.strip():
        raise Invalid(CANNOT_READ)
    today = date.fromisoformat(given.on)
    try:
        span = read(given.text, today, names)
    except NoSuchDate as none:
        raise Invalid(T("err_no_such_date", "This date does not exist. Write for example: 28 February.")) from none
    if span and span.first > today:
        raise Invalid(T("err_future", "{date} is still to come. Write when it happened.", date=span.first))
    return given, span


def coming_day(
    name: str, text: Text, names: Mapping[str, Mapping[str, int]], today: date, *options: Option
) -> Flow[tuple[Answer, date | None]]:
    """A day from today on, typed in any way or chosen; None with an option, whose meaning the caller knows."""
    given = yield Ask(name, text, options)
    if given.option in {option.name for option in options}:
        return given, None
    try:
        day = coming(given.text, date.fromisoformat(given.on) if given.on else today, names)
    except NoSuchDate as none:
        raise Invalid(T("err_no_such_date", "This date does not exist. Write for example: 28 February.")) from none
    if day is None:
        raise Invalid(T("err_coming_day", "Write a day from today on. For example: Friday or 12 January."))
    return given, day


def past_day(
    name: str, text: Text, names: Mapping[str, Mapping[str, int]], today: date, *options: Option
) -> Flow[tuple[Answer, date | None]]:
    """A day up to today: one single day, because a term is counted from it."""
    given = yield Ask(name, text, options)
    if given.option in {option.name for option in options}:
        return given, None
    try:
        span = read(given.text, date.fromisoformat(given.on) if given.on else today, names)
    except NoSuchDate as none:
        raise Invalid(T("err_no_such_date", "This date does not exist. Write for example: 28 February.")) from none
    if span is None or span.first != span.last or span.first > today:
        raise Invalid(T("err_past_day", "Write one day, up to today. For example: yesterday or 3 November."))
    return given, span.first


def phone(name: str, text: Text, *options: Option) -> Flow[Answer]:
    """A telephone number: Dutch with ten digits, or international with a +."""
    given = yield Ask(name, text, options)
    digits = re.sub(r"[\s\-().]", "", given.text)
    if given.option or re.fullmatch(r"0\d{9}|(\+|00)[1-9]\d{6,14}", digits):
        return given
    raise Invalid(T("err_phone", "A phone number has 10 digits, or begins with +. Write the number again."))


def email(name: str, text: Text, *options: Option) -> Flow[Answer]:
    given = yield Ask(name, text, options)
    if given.option or re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]{2,}", given.text.strip()):
        return given
    raise Invalid(T("err_email", "An email address looks like this: name@example.com. Write your address again."))
