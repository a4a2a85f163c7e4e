"""The causes and the measures of the procedure, and what each measure must tell: names and questions only.

The page gives six measures as examples ("bvb"), so the list is open: `other` is always there. The surprising truth:
most facts are asked when a measure is done, not when it is planned, because a mediator has five minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from handlers.conversation import Option
from handlers.texts import Field, T, Text

CAUSES = (
    Option("material", T("cause_material", "Material or manufacture")),
    Option("measuring", T("cause_measuring", "Measuring mistake")),
    Option("indication", T("cause_indication", "Indication or referral")),
    Option("explanation", T("cause_explanation", "Explanation or expectation")),
    Option("planning", T("cause_planning", "Planning or capacity")),
    Option("chain", T("cause_chain", "Supplier or insurer")),
    Option("office", T("cause_office", "Administration or IT")),
    Option("behaviour", T("cause_behaviour", "Behaviour")),
    Option("surroundings", T("cause_surroundings", "Surroundings")),
    Option("use", T("cause_use", "Use, or change of the body")),
    Option("unclear", T("cause_unclear", "Unknown")),
)

MEASURES = (
    Option("supplier", T("measure_supplier", "Supplier and warranty")),  # M1 leverancier, garantieregeling claimen
    Option("referrer", T("measure_referrer", "Consult the referrer")),  # M2 overleg met verwijzer
    Option("fitter", T("measure_fitter", "Ask or change the fitter")),  # M3 navragen, andere aanmeter
    Option("dossier", T("measure_dossier", "Review the dossier")),  # M4 registraties doornemen
    Option("agreement", T("measure_agreement", "Keep the agreement after all")),  # M5 afspraken alsnog nakomen
    Option("law", T("measure_law", "Check law and SEMH")),  # M6 wettelijke eisen en eisen van de SEMH
    Option("other", T("measure_other", "Something else")),
)

YES = Option("yes", T("b_yes", "Yes"))
NO = Option("no", T("b_no", "No"))
CLAIM = (
    Option("accepted", T("b_claim_accepted", "Accepted")),
    Option("refused", T("b_claim_refused", "Refused")),
    Option("no_claim", T("b_claim_none", "No warranty applied")),
)
KEPT = (
    Option("fulfilled", T("b_fulfilled", "Kept after all")),
    Option("waived", T("b_waived", "The client does not need it")),
)


def _always(told: Mapping[str, str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a measure must tell once it is done. `must`: it cannot be skipped. `wanted`: given what was told.
    `planned`: already when it is planned, because others with the same supplier or lot are looked for (likeness.py),
    or because nothing may be done without it. `people`: our colleagues are offered."""

    name: str
    text: Text
    options: tuple[Option, ...] = ()
    must: bool = False
    planned: bool = False
    people: bool = False
    wanted: Callable[[Mapping[str, str]], bool] = _always


FACTS: Mapping[str, tuple[Fact, ...]] = {
    "supplier": (
        Fact("supplier", T("fact_supplier", "Who is the supplier?"), must=True, planned=True),
        Fact("lot", T("fact_lot", "What is the order or lot number?"), planned=True),
        Fact("bought", T("fact_bought", "When was it bought, and how long is the warranty?")),
        Fact("claim_result", T("fact_claim_result", "What did the supplier answer?"), CLAIM, must=True),
    ),
    "referrer": (
        Fact("consent", T("fact_consent", "Does the client agree that we speak to the referrer?"), (YES, NO), must=True,
             planned=True),
        Fact("advice", T("fact_advice", "Who is the referrer, and what was the advice?"), must=True),
    ),
    "fitter": (
        Fact("old_fitter", T("fact_old_fitter", "Who is the fitter now?"), must=True, people=True),
        Fact("inquiry", T("fact_inquiry", "What does the fitter say about it?"), must=True),
        Fact("moved", T("fact_moved", "Does the client get another fitter?"), (YES, NO), must=True),
        Fact("moved_to", T("fact_moved_to", "Who becomes the fitter? The client agrees with this."), must=True,
             people=True, wanted=lambda told: told.get("moved") == "#yes"),
    ),
    "dossier": (
        Fact("findings", T("fact_findings", "What stands in the dossier about it?"), must=True),
        Fact("action", T("fact_action", "What do we do with that, or why nothing?"), must=True),
    ),
    "agreement": (
        Fact("fulfilled", T("fact_fulfilled", "Was the agreement kept after all?"), KEPT, must=True),
    ),
    "law": (
        Fact("law_ok", T("fact_law_ok", "Does it meet the law?"), (YES, NO), must=True),
        Fact("semh_ok", T("fact_semh_ok", "Does it meet the requirements of the SEMH?"), (YES, NO), must=True),
        Fact("law_fix", T("fact_law_fix", "What do we do to meet them?"), must=True,
             wanted=lambda told: falls_short(told.items())),
    ),
}  # fmt: skip
SAID = {option.name: option.label for option in (YES, NO, *CLAIM, *KEPT)}

LAW = ("law_ok", "semh_ok")  # a no to one of these asks for a measure of its own (M6)


def falls_short(told: Iterable[tuple[str, str]]) -> bool:
    """Does what was found not meet the law or the SEMH?"""
    return any(name in LAW and value == "#no" for name, value in told)


def said(value: str) -> Field:
    """A fact as it is shown: a chosen option, else the words."""
    return SAID.get(value.removeprefix("#"), value) if value.startswith("#") else value


def label(code: str, among: tuple[Option, ...]) -> Option:
    return next((option for option in among if option.name == code), among[-1])
