"""What clients ask in plain words wherever they are: a person to talk to, or their data.

Only a whole message that says nothing else counts: "nobody called me back" is a complaint and no wish. The surprising
truth: at the question what we should do, "call me" is the answer, so nothing here is asked there.
"""

from __future__ import annotations

import re

BEFORE = (
    r"(?:(?:ik (?:wil|zou|wou)(?: graag)?|wilt u|wil je|kunt u|kun je|kan ik|mag ik|kan iemand|kunnen jullie|graag|"
    r"hallo|i want to|i would like to|i d like to|id like to|can i|could i|may i|can you|could you|can someone|hello|"
    r"please) )*"
)
AFTER = r"(?: (?:graag|alsjeblieft|alstublieft|aub|svp|nu|a u b|even|terug|back|please|now|op|met|krijgen|willen))*"
PERSON = (
    r"(?:(?:met |to )?(?:een |an? )?(?:echte? |real |levend |levende )?"
    r"(?:mens|persoon|medewerker|human|person|human being|iemand|someone|somebody|member of staff))"
)
HUMAN = (
    rf"(?:praten |spreken |bellen |talk |speak ){PERSON}",
    rf"{PERSON} (?:spreken|praten|aan de lijn)",
    r"(?:(?:een|a) )?(?:mens|human|person|real person)",
    r"(?:(?:mij|me|ons) )?(?:op|terug)?bellen",
    r"(?:terug)?bel (?:me|mij|ons)",
    r"(?:call|phone) me",
    r"(?:terug)?gebeld worden",
)
MINE = (
    r"(?:al )?(?:mijn|my|all my) (?:\w+ )?(?:gegevens|data|informatie|information|klacht|complaint|berichten|messages)"
)
DATA = (
    rf"(?:verwijder|wis|vernietig|delete|remove|erase) (?:all of )?{MINE}",
    rf"{MINE} (?:laten )?(?:verwijderen|wissen|vernietigen|inzien|zien|opvragen)",
    r"see (?:all )?my data",
    r"wat (?:weet u|weet je|weten jullie) van mij",
)
_HUMAN = re.compile(f"{BEFORE}(?:{'|'.join(HUMAN)}){AFTER}")
_DATA = re.compile(f"{BEFORE}(?:{'|'.join(DATA)}){AFTER}")


def wish(text: str) -> str:
    """The command that answers *text*: "human", "privacy", or "" when it is neither."""
    said = " ".join(re.findall(r"\w+", text.casefold()))
    if len(said) > 80:
        return ""
    return "human" if _HUMAN.fullmatch(said) else "privacy" if _DATA.fullmatch(said) else ""
