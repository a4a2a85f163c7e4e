"""What complaints are about: the firm's rubrics, and which of them a story sounds like.

Here live the shape of a rubric and the suggestion; the words and example sentences are the firm's own and stand in
organisation.toml. The surprising truth: a list of words tuned on known complaints looks excellent and collapses on
new ones (0.84 against 0.21 right, measured), so words only add to a likeness with whole example sentences, and the
suggestion only orders four buttons: the client chooses.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from math import log, sqrt
from typing import ClassVar

from handlers.clean import MASK

WORD_WEIGHT = 0.15  # what one word of the list adds to a likeness between 0 and 1, ...
MOST_WORDS = 3  # ... at most so many times: a third synonym tells little more
REMEMBERED = 256  # texts whose order is remembered
GRAMS = (3, 4, 5)  # letters in a row: they see inside Dutch compounds and forgive spelling
# Who tells us their BSN (blanked out by handlers/clean.py) says who they are, and complains of no privacy by it.
OWN_NUMBER = re.compile(rf"\b(?:bsn|burgerservice\w*|sofi\w*)\W*(?:nummer|nr|number|is|\W)*{MASK}", re.IGNORECASE)

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Rubric:
    """One topic. `words` are beginnings of words ("fact" for factuur), `examples` whole sentences, by language.

    `safety` says that a complaint under it always gets the question whether somebody was hurt.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}
    code: str
    labels: Mapping[str, str]
    safety: bool = False
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Likeness:
    """What the examples of all rubrics taught: how rare each run of letters is, and one direction for each rubric."""

    rarity: Vector
    unseen: float
    centres: dict[str, Vector]

    def of(self, text: str) -> dict[str, float]:
        seen = _weighed(text, self.rarity, self.unseen)
        return {
            code: sum(weight * centre.get(gram, 0.0) for gram, weight in seen.items())
            for code, centre in self.centres.items()
        }


def suggest(text: str, rubrics: Sequence[Rubric]) -> list[tuple[str, float]]:
    """All rubrics as (code, score), the likeliest first; a score of 0 means nothing speaks for it.

    The same text and rubrics always give the same order.
    """
    # A conversation plays again for every message, so this is asked some twenty times. Nobody's words are kept for it.
    key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    known, scored = _remembered.get(key, (None, ()))
    if known is not rubrics:
        scored = tuple(_scored(text, rubrics))
        _remembered[key] = rubrics, scored
        if len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return list(scored)


_remembered: OrderedDict[bytes, tuple[Sequence[Rubric], tuple[tuple[str, float], ...]]] = OrderedDict()


def _scored(text: str, rubrics: Sequence[Rubric]) -> list[tuple[str, float]]:
    plain = _plain(text)
    examples = tuple((rubric.code, tuple(chain.from_iterable(rubric.examples.values()))) for rubric in rubrics)
    likeness = _learn(examples).of(plain)
    scores = {
        rubric.code: likeness[rubric.code] + WORD_WEIGHT * min(_hits(plain, rubric.words), MOST_WORDS)
        for rubric in rubrics
    }
    return sorted(scores.items(), key=lambda scored: -scored[1])  # stable: equals stay in the firm's own order


def _plain(text: str) -> str:
    """Lower case, words only, one space around each, so that a run of letters knows where a word begins."""
    words = re.findall(r"\w+", OWN_NUMBER.sub(" ", text).lower())
    return f" {' '.join(words)} "


def _hits(plain: str, words: Mapping[str, tuple[str, ...]]) -> int:
    """A word of the list is the beginning of a word; one that ends in a space is the whole of it."""
    return sum(_wanted(word) in plain for told in words.values() for word in told)


@lru_cache(maxsize=8192)
def _wanted(word: str) -> str:
    return _plain(word) if word.endswith(" ") else _plain(word)[:-1]


def _grams(plain: str) -> Iterable[str]:
    words = (f" {word} " for word in plain.split())
    return (word[at : at + size] for word in words for size in GRAMS for at in range(len(word) - size + 1))


def _weighed(plain: str, rarity: Vector, unseen: float) -> Vector:
    """The text as a direction of length 1: often here and rare elsewhere weighs most (TF-IDF)."""
    counts = Counter(_grams(plain))
    weights = {gram: (1 + log(count)) * rarity.get(gram, unseen) for gram, count in counts.items()}
    length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {gram: weight / length for gram, weight in weights.items()}


@lru_cache(maxsize=4)
def _learn(examples: tuple[tuple[str, tuple[str, ...]], ...]) -> _Likeness:
    """Some 60 ms for 500 sentences, so it is kept: a conversation plays again for every message."""
    told = {code: [_plain(sentence) for sentence in sentences] for code, sentences in examples}
    every = list(chain.from_iterable(told.values()))
    spread = Counter(gram for sentence in every for gram in set(_grams(sentence)))
    unseen = log(1 + len(every)) + 1
    rarity = {gram: log((1 + len(every)) / (1 + count)) + 1 for gram, count in spread.items()}
    centres: dict[str, Vector] = {}
    for code, sentences in told.items():
        total: defaultdict[str, float] = defaultdict(float)
        for sentence in sentences:
            for gram, weight in _weighed(sentence, rarity, unseen).items():
                total[gram] += weight
        length = sqrt(sum(weight * weight for weight in total.values())) or 1.0
        centres[code] = {gram: weight / length for gram, weight in total.items()}
    return _Likeness(rarity, unseen, centres)
