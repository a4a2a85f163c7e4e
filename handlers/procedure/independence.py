"""Who may mediate: somebody who stands apart from the matter ("onafhankelijk van de zaak").

A colleague whose name occurs in the client's words is barred, and so is that colleague's manager. The surprising
truth: this errs on the side of barring, because a mediator too few costs a day and a partial one costs the trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from handlers.firm import Colleague

SHORTEST = 3  # letters: initials stand in too many sentences to name anybody
IN_BETWEEN = frozenset("van von den der des ten ter het the".split())  # and so do the small words of Dutch surnames
# Names that are words as well, in either language: in small letters and alone they name nobody ("this is a joke").
ALSO_WORDS = frozenset(
    "joke mark rose will iris bas rob bill sue may june april hope faith grace frank jack guy roos fee wit berg bos "
    "bakker smit smid visser kok post groot klein lange jong meester".split()
)
ADDRESSED = re.compile(
    r"\b(?:meneer|mevrouw|heer|dhr|mevr|mw|mr|mrs|ms)\.? +(?:(?:van|de|der|den|ten|ter) +)*([^\W\d_]+)", re.I
)


def named_in(text: str, people: Iterable[Colleague]) -> frozenset[str]:
    """The keys of the people whose first or last name stands in *text* as a word of its own."""
    written = re.findall(r"[^\W\d_]+", text)
    spoken = {word.casefold() for word in written}
    as_names = spoken - ALSO_WORDS | {word.casefold() for word in written if word[0].isupper()}
    as_names.update(found.casefold() for found in ADDRESSED.findall(text))

    def named(person: Colleague) -> bool:
        parts = [part for part in re.findall(r"[^\W\d_]+", person.name.casefold()) if len(part) >= SHORTEST]
        telling = [part for part in parts if part not in IN_BETWEEN]
        return any(part in as_names for part in telling) or sum(part in spoken for part in telling) > 1

    return frozenset(person.key for person in people if named(person))


def with_their_managers(keys: Iterable[str], people: Iterable[Colleague]) -> frozenset[str]:
    """*keys* and whom those people report to: a manager does not judge a complaint about the own team."""
    named = frozenset(keys)
    return named | {person.reports_to for person in people if person.key in named and person.reports_to}


def beside(named: Iterable[str], people: Iterable[Colleague]) -> frozenset[str]:
    """Who works at the same place as the people the case is about."""
    places = {person.key: person.works_at for person in people if person.works_at}
    theirs = {places[key] for key in named if key in places}
    return frozenset(key for key, place in places.items() if place in theirs)


def next_mediator(free: Mapping[str, int], barred: frozenset[str], near: frozenset[str] = frozenset()) -> str:
    """The eligible mediator with the fewest open cases (*free* counts them by key); "" when there is nobody.

    Who works beside the people it is about (*near*) comes last: independent, but not at the same table.
    """
    eligible = sorted((key in near, load, key) for key, load in free.items() if key not in barred)
    return eligible[0][2] if eligible else ""
