"""The causes and the measures of the procedure: names only.

The page gives six measures as examples ("bvb"), so the list is open: `other` is always there.
"""

from __future__ import annotations

from handlers.conversation import Option
from handlers.texts import T

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


def label(code: str, among: tuple[Option, ...]) -> Option:
    return next((option for option in among if option.name == code), among[-1])
