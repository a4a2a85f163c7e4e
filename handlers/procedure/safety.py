"""Safety: when to ask whether somebody got hurt.

It is asked, not guessed: always for the rubrics marked `safety` in organisation.toml. Danger words only bring the
question forward; a fixed list found 2 of 24 real safety cases in independent texts, so it never decides alone.
"""

from __future__ import annotations

import re

DANGER = re.compile(
    r"\b(gevallen|val|gewond|bloed|bloedt|wond|wondje|blaar|blaren|ontstoken|ontsteking|ziekenhuis|spoed|gebroken been|"
    r"brak af|fell|fallen|hurt|injured|blood|bleeding|wound|blister|blisters|infected|infection|hospital)\b",
    re.IGNORECASE,
)


def sounds_dangerous(text: str, before: str = "") -> bool:
    """Does *text* hold a danger word that *before*, what it said first, did not?"""
    told, known = ({word.casefold() for word in DANGER.findall(words)} for words in (text, before))
    return bool(told - known)
