"""Product groups: under which of a few groups an aid is counted, by parts of the words a client used for it.

The words themselves never enter the register. The surprising truth: an aid nobody recognises is "other", which is a
group as good as any; a wrong guess would be worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.texts import Field, T

# Asked in this order: "orthopedische schoen met brace" is a shoe, "steunzool in mijn schoen" an insole.
GROUPS: tuple[tuple[str, Field, str], ...] = (
    # code, its name, and parts of words
    ("insoles", T("product_insoles", "Insoles"),
     r"steunzo|inlegzo|zooltje|zolen\b|zool\b|insole|orthotic"),
    ("shoes", T("product_shoes", "Shoes"),
     r"schoen|laars|laarz|sandaal|sandal|shoe|boot|osa\b|vlos"),
    ("prosthesis", T("product_prosthesis", "Prosthesis"),
     r"prothes|kunstbeen|kunstarm|koker|liner|prosthe"),
    ("stockings", T("product_stockings", "Compression stockings"),
     r"steunkous|kous|compressi|stocking"),
    ("orthosis", T("product_orthosis", "Brace or orthosis"),
     r"brace|orthes|spalk|korset|beugel|bandage|evo\b|efo\b|splint|corset|ortho[st]"),
    ("mobility", T("product_mobility", "Wheelchair or walking aid"),
     r"rolstoel|scootmobiel|rollator|kruk|loophulp|wandelstok|driewiel|trippelstoel|wheelchair|walker|crutch|scooter|"
     r"cane\b"),
    ("seating", T("product_seating", "Chair, bed or cushion"),
     r"sta-?op|stoel|kussen|matras|bed\b|tillift|chair|cushion|mattress|hoist"),
)  # fmt: skip
OTHER, NO_AID = "other", "none"
NAMES: Mapping[str, Field] = {
    **{code: name for code, name, _ in GROUPS},
    OTHER: T("product_other", "Another aid"),
    NO_AID: T("b_no_device", "Not about an aid"),
}


def group(aid: str) -> str:
    """The group of what a client called their aid; "" where they told none."""
    if aid.startswith("#"):
        return NO_AID if aid == "#no_device" else ""
    words = aid.casefold()
    found = next((code for code, _, known in GROUPS if re.search(known, words)), "")
    return found or (OTHER if words.strip() else "")
