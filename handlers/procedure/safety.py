"""Safety: when to ask whether somebody got hurt, and what an answer in plain words says.

It is asked, not guessed: always for the rubrics marked `safety` in organisation.toml. Danger words only bring the
question forward; a fixed list found 2 of 24 real safety cases in independent texts, so it never decides alone. The
surprising truth: a no is read by a list of all that may stand in it, so that one word too many makes it no longer a no.
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


# What somebody typed at "Did any of these things happen?" ------------------------------------------------

PLAIN_NO = frozenset("nee neen nope no niet niets niks geen none nothing not".split())
NOTHING_HAPPENED = PLAIN_NO | frozenset(
    "gelukkig luckily hoor dank dankjewel u thanks thank you er is ben heb ik i it did didn t happen happened gebeurd "
    "van deze die dit dat zoiets zo n iets dergelijks soort allebei voorgevallen these those this that things thing "
    "dingen ding above bovenstaande any anything of them like sort kind allemaal alles alle helemaal echt at all the "
    "de het mij ons to me us was en and".split()
)
HARM = (
    r"(?:een |a |an |any |echt |get |got |been )?(?:gevallen|gewond|wond|wonden|wondje|wondjes|blaar|blaren|val|letsel|"
    r"ongeluk|fall|fell|fallen|hurt|injured|injury|injuries|wound|wounds|blister|blisters|accident)"
)
DENIED = re.compile(
    rf"\b(?:niet|geen|nooit|not|no|never|didn t|wasn t) {HARM}(?: (?:of|or) {HARM})*\b"
)  # only that harm
ALL_WELL = re.compile(
    r"(?<!niet )(?<!not )\b(?:alles|everything|all)(?: is| ging| gaat| was)? (?:goed|prima|fine|good)\b"
)
TURNED = re.compile(r"\b(?:it did|is wel|wel gebeurd|all of (?:them|these|those)|allemaal wel)\b")
TOLD = re.compile(  # told at this question, words like these are not a slip: they count at once
    r"\b(?:ja|jawel|yes|yep|yeah|vallen|viel\w*|val|gevallen|gestruikeld|uitgegleden|gleed|grond|vloer|opstaan|overeind|"
    r"pijn\w*|\w*bloed\w*|\w*wond\w*|\w*bla(?:ar|ren)\w*|kneu\w+|gekneusd|blauwe|gebroken|breuk|brak|snee|sneed|"
    r"ontsto\w+|ontstek\w+|zwel\w*|gezwollen|opgezwollen|dik|rood|rode|ziekenhuis|huisarts|dokter|arts|ambulance|spoed\w*|"
    r"112|onveilig|veilig|gevaar\w*|ongeluk|bijna|verbrand|schaaf\w*|drukplek\w*|fall|falls|fell|fallen|slipped|tripped|"
    r"floor|ground|get up|pain\w*|hurt\w*|bleed\w*|blood\w*|wound\w*|blister\w*|bruis\w+|broken?|fractur\w+|cut|"
    r"swell\w*|swollen|infect\w+|sore\w*|red|hospital|doctor|gp|ambulance|emergency|unsafe|safe|danger\w*|injur\w+|"
    r"accident\w*|almost|nearly|burn\w*)\b"
)


def said_of_danger(text: str) -> str:
    """ "none" for a plain no, "danger" for what speaks of harm, "" for what is neither: that is asked about again."""
    said = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    rest = ALL_WELL.sub(" ", DENIED.sub(" ", re.sub(r"\bje wel\b", " ", said)))
    words = set(rest.split())
    if words & PLAIN_NO and words <= NOTHING_HAPPENED and not TURNED.search(said):
        return "none"
    return "danger" if TOLD.search(rest) else ""
