"""Kinds of question. Each is a small conversation itself, used with `yield from`, and returns a typed value.

Here live the kinds and the words for a wrong answer; what is asked lives in the flows. The surprising truth:
`choice` never refuses twice: the second time a person's own words are kept, because a question that cannot be
passed loses the complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from handlers.conversation import Again, Answer, Ask, Flow, Invalid, Option, Say
from handlers.dates import NoSuchDate, Span, coming, read
from handlers.texts import Lines, Quote, T, Text

SKIP = Option("skip", T("b_skip", "Skip"))
NORKNOWN = (
    "weet niet", "ik weet het niet", "dat weet ik niet", "ik weet niet", "weet het niet", "geen idee",
    "i do not know", "dont know", "no idea", "not sure",
)  # fmt: skip
UNKNOWN = Option("unknown", T("b_unknown", "I don't know"), also=NORKNOWN)
YES, NO = Option("yes", T("b_yes", "Yes")), Option("no", T("b_no", "No"))
A_FILE = T("a_file", "a photo or file")
CANNOT_READ = T("err_cannot_read", "I cannot read that. Type your answer or choose a button.")
CHOOSE_A_BUTTON = T("err_tap", "Tap one of the buttons.")
SEVERAL = re.compile(r"\d+(?:(?:[\s,;+&]|en|and|\.(?!\d))+\d+)*\.?")  # "2 en 4"
LONG_AGO = timedelta(days=366)
R = TypeVar("R")
LONGEST = 60  # parts of one story: far above what people send, low enough that nobody fills the disk


def choice(name: str, text: Text, *options: Option, free: bool = True, numbered: bool = True) -> Flow[Answer]:
    """One of *options*; with *free* the second miss is taken as the person's own words."""
    given = yield Ask(name, text, options, numbered=numbered)
    if given.option in {option.name for option in options}:
        return given
    if free and given.text and given.misses:
        return given
    raise none_of(options, numbered)


def none_of(options: Sequence[Option], numbered: bool = True) -> Invalid:
    """What was typed is none of *options*; a number is asked for only where numbers are shown."""
    if not numbered or len(options) < 2:
        return Invalid(CHOOSE_A_BUTTON)
    return Invalid(T("err_choose", "Choose a number from 1 to {max}, or use a button.", max=len(options)))


def words(name: str, text: Text, *options: Option) -> Flow[Answer]:
    """Free words, or one of *options*."""
    given = yield Ask(name, text, options, own=True)
    if given.option in {option.name for option in options} or given.text.strip():
        return given
    raise Invalid(CANNOT_READ)


def ticked(name: str, text: Text, done: Option, *options: Option) -> Flow[tuple[Answer, ...]]:
    """Any number of *options* (ticking again unticks), and words of one's own; ends with *done* or "I don't know"."""
    own: tuple[Answer, ...] = ()
    ticks: tuple[str, ...] = ()
    while True:
        marked = tuple(replace(o, label=T("b_ticked", "✓ {label}", label=o.label)) if o.name in ticks else o
                       for o in options)  # fmt: skip
        chosen = (*(option.label for option in options if option.name in ticks), *(words.text for words in own))
        offered = (*marked, replace(done, echo=Lines(chosen, ", "))) if chosen else (*marked, UNKNOWN)
        noted = T(
            "ticked_own", "{question}\n\nSaved: {own}", question=text, own=Lines(tuple(w.text for w in own), ", ")
        )
        given = yield Ask(name, noted if own else text, offered, bool(ticks or own), True)
        if given.option == UNKNOWN.name and not ticks and not own:
            return (given,)
        if given.option == done.name and (ticks or own):
            return (*(Answer(option=tick, on=given.on) for tick in ticks), *own)
        if given.option in ticks:
            ticks = tuple(tick for tick in ticks if tick != given.option)
        elif given.option in {option.name for option in options}:
            ticks = (*ticks, given.option)
        elif SEVERAL.fullmatch(given.text.strip().casefold()):
            numbers = [int(number) for number in re.findall(r"\d+", given.text)]
            if not all(1 <= number <= len(options) for number in numbers):
                raise none_of(options)
            ticks = tuple(dict.fromkeys((*ticks, *(options[number - 1].name for number in numbers))))
        elif given.text.strip():
            own = (*own, given)
        else:
            raise none_of(options)


def collected(
    name: str,
    text: Text,
    more: Callable[[tuple[Answer, ...]], Text],
    done: Option,
    kept: tuple[tuple[Answer, ...], ...] = (),
) -> Flow[tuple[Answer, ...]]:
    """As many texts, photos and voice messages as the person sends, until *done*; *kept* is what came before."""
    parts: tuple[Answer, ...] = yield from _kept(name, text, kept)
    while len(parts) < LONGEST:
        shown, options = (more(parts), (done,)) if parts else (text, ())
        given = yield Ask(name, shown, options, len(parts) > 1, own=True, files=True)
        if given.option == done.name and parts:
            return parts
        if not given.file and not given.text.strip():
            raise Invalid(CANNOT_READ)
        parts = (*parts, given)
    return parts


BELONGS = frozenset(
    "dat dit deze het die er erbij bij hoort horen mijn de klacht allemaal alles ook zeker hoor graag dank u en "
    "that this it these they all belongs belong does do to my the complaint is part of yes ja "
    "jawel yep sure please".split()
)
SAYS_YES = re.compile(r"\b(?:ja|jawel|yes|yep|sure|zeker|hoort|horen|belongs?)\b")
SAYS_NO = re.compile(r"\b(?:nee|neen|no|nope|niet|not|doesn|don)\b")
REFUSING = frozenset("nee neen no nope niet not doesn don t".split())


def belongs(text: str) -> str:
    """ "ja dat hoort erbij" is "yes", "nee dat hoort er niet bij" is "no"; "" for words that say more than that."""
    said = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    words = set(said.split())
    if SAYS_NO.search(said):
        return "no" if words <= BELONGS | REFUSING and not words & {"ja", "yes", "jawel"} else ""
    return "yes" if words <= BELONGS and SAYS_YES.search(said) else ""


def _kept(name: str, text: Text, kept: tuple[tuple[Answer, ...], ...]) -> Flow[tuple[Answer, ...]]:
    """What was sent before belongs to the answer only if the person says so; what is sent meanwhile always does, and
    stands after it, as it was sent."""
    parts: tuple[Answer, ...] = ()
    for batch in kept:
        said = Lines(tuple(Quote(part.text) if part.text else A_FILE for part in batch))
        ask = T("kept_before", "{question}\n\nYou sent this before:\n{said}\nDoes this belong to your complaint?",
                question=text, said=said)  # fmt: skip
        meanwhile = tuple[Answer, ...]()
        while True:
            given = yield Ask(f"{name}_kept", ask, (YES, NO), files=True)
            meant = given.option or ("" if given.file else belongs(given.text))
            if meant == "yes":
                parts = (*parts, *batch)
            if meant == "no":
                yield Say(T("kept_no", "We leave that out."))
            if meant in {"yes", "no"}:
                break
            if (not given.text.strip() and not given.file) or len(parts) + len(meanwhile) >= LONGEST:
                raise Invalid(CHOOSE_A_BUTTON)
            meanwhile = (*meanwhile, given)
            ask = T("kept_meanwhile",
                    "What you just wrote is saved with it.\n\nYou sent this before:\n{said}\n"
                    "Does this belong to your complaint?", said=said)  # fmt: skip
        parts = (*parts, *meanwhile)
    return parts


def to_be_sure(name: str, text: Text, *asked: str) -> Flow[bool]:
    """A look at what leaves, as it leaves: send it, not yet, or answer the questions named in *asked* anew."""
    given = yield from choice(
        name,
        text,
        Option("send", T("b_send_outcome", "Send"), "success"),
        Option("adjust", T("b_adjust", "Adjust")),
        Option("later", T("b_not_yet", "Not yet")),
        free=False,
        numbered=False,
    )
    if given.option == "adjust":
        raise Again(asked, (name,))
    return given.option == "send"


def _understood(said: Callable[[], R]) -> R:
    """What was read of a date; of one that is on no calendar the person hears so."""
    try:
        return said()
    except NoSuchDate as none:
        raise Invalid(T("err_no_such_date", "This date does not exist. Write for example: 28 February.")) from none


def day(
    name: str, text: Text, names: Mapping[str, Mapping[str, int]], *options: Option
) -> Flow[tuple[Answer, Span | None]]:
    """When something happened: the person's own words, and what we understood of them (None: only the words)."""
    given = yield Ask(name, text, options, own=True)
    if given.option:
        return given, None
    if not given.text.strip():
        raise Invalid(CANNOT_READ)
    today = date.fromisoformat(given.on)
    span = _understood(lambda: read(given.text, today, names))
    if span and span.first > today:
        raise Invalid(T("err_future", "{date} is still to come. Write when it happened.", date=span.first))
    return given, span


def _one_day(
    name: str,
    text: Text,
    today: date,
    options: tuple[Option, ...],
    read_day: Callable[[str, date], date | None],
    hint: Text,
) -> Flow[tuple[Answer, date | None]]:
    """One single day, typed in any way, or an option, whose meaning the caller knows."""
    given = yield Ask(name, text, options)
    if given.option in {option.name for option in options}:
        return given, None
    said_on = date.fromisoformat(given.on) if given.on else today
    found = _understood(lambda: read_day(given.text, said_on))
    if found is None:
        raise Invalid(hint)
    return given, found


def coming_day(
    name: str, text: Text, names: Mapping[str, Mapping[str, int]], today: date, *options: Option
) -> Flow[tuple[Answer, date | None]]:
    """A day from today on; None with an option."""
    hint = T("err_coming_day", "Write a day from today on. For example: Friday or 12 January.")
    return (yield from _one_day(name, text, today, options, lambda said, on: coming(said, on, names), hint))


def past_day(
    name: str, text: Text, names: Mapping[str, Mapping[str, int]], today: date, *options: Option
) -> Flow[tuple[Answer, date | None]]:
    """A day up to today, because a term is counted from it; None with an option."""

    def gone(said: str, on: date) -> date | None:
        span, year = read(said, on, names), re.search(r"\b\d{4}\b", said)
        one = span is not None and span.first == span.last and today - LONG_AGO <= span.first <= today
        return span.first if span and one and (year is None or int(year[0]) == span.first.year) else None

    hint = T("err_past_day", "Write one day, up to today. For example: yesterday or 3 November.")
    return (yield from _one_day(name, text, today, options, gone, hint))


def phone(name: str, text: Text, *options: Option) -> Flow[Answer]:
    """A telephone number: Dutch with ten digits, or international with a +."""
    given = yield Ask(name, text, options, own=True)
    digits = re.sub(r"[\s\-().]", "", given.text)
    if given.option or re.fullmatch(r"0\d{9}|(\+|00)[1-9]\d{6,14}", digits):
        return given
    raise Invalid(T("err_phone", "A phone number has 10 digits, or begins with +. Write the number again."))


def email(name: str, text: Text, *options: Option) -> Flow[Answer]:
    given = yield Ask(name, text, options, own=True)
    if given.option or re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]{2,}", given.text.strip()):
        return given
    raise Invalid(T("err_email", "An email address looks like this: name@example.com. Write your address again."))
