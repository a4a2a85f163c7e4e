"""What is still unclear about a complaint: the questions of its topic that the client has not answered yet.

They go into the acknowledgement letter (S5: "onduidelijke aspecten verder toelichten") and onto the mediator's card.
The surprising truth: a question counts as answered when words of its kind stand in the story, so it errs on the side
of not asking; asking somebody what they wrote already costs more trust than a gap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.procedure import products
from handlers.procedure.case import Case
from handlers.texts import T, Text

MOST = 3  # questions in one letter, one fact each


@dataclass(frozen=True, slots=True)
class Unclear:
    text: Text
    known: str  # a pattern of how a word begins: such words tell that the story answers it


FOR_ALL = (
    ("device", T("unclear_device", "Which aid is it about?")),
    ("when", T("unclear_when", "When did it happen?")),
    ("wishes", T("unclear_wish", "What would you like us to do?")),
)
# What was added later tells it: a day, or a wish. An aid is known by its product group, in the story too.
LATER = {
    "when": r"\d{1,2} ?[-/] ?\d|\d{1,2} (?:jan|feb|mrt|maa|mar|apr|mei|may|jun|jul|aug|sep|o[kc]t|nov|dec)|gisteren|eergisteren|"
    r"vandaag|vanochtend|(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:vorige|afgelopen) |\w+ geleden|yesterday|today|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|last (?:week|month|year)|\w+ ago\b",
    "wishes": r"graag|ik wil\b|wij willen|wens|hoop|liefst|i would like|i want|i hope|please",
}
# Each pattern begins at the beginning of a word: "terug" tells of no "rug", and "oplossen" not that something is "los".
BY_TOPIC: Mapping[str, tuple[Unclear, ...]] = {
    "product_quality": (
        Unclear(T("unclear_broken", "What exactly is broken, and where?"), r"kapot|gebroken|los(?:ge\w+|zit\w*)?\b|(?:ge)?scheur|(?:af)?(?:ge)?brok|torn\b|loose|crack"),
        Unclear(T("unclear_worn", "Since when is it so, and how often did you use it?"), r"sinds|elke dag|(?:twee|drie)?keer\b|weken|maanden|since|every day|weeks|months"),
    ),
    "fit_pain": (
        Unclear(T("unclear_pain", "Where does it hurt or press?"), r"(?:linker|rechter|achter|voor|grote )?(?:teen|tenen|hiel(?:en)?|enkels?|knie(?:ën)?|stomp|voet(?:en|zool)?|zool|zolen|rug)\b|(?:big|my|a) toe\b|toes\b|(?:my|left|right|the) heel\b|heels\b|ankle|knee|stump|(?:my|lower) back\b"),
        Unclear(T("unclear_hours", "How many hours a day do you wear it?"), r"uur\b|uren\b|(?:de )?hele dag|hours?\b|all day"),
        Unclear(T("unclear_adjusted", "Was it adjusted before, and how often?"), r"aangepast|bijgesteld|versteld|adjust"),
    ),
    "delivery": (
        Unclear(T("unclear_ordered", "What was ordered, and when?"), r"besteld|aangevraagd|aangemeten|ordered"),
        Unclear(T("unclear_promised", "Which date were you given, and by whom?"), r"beloofd|toegezegd|zou.*klaar|gezegd|promised|told"),
        Unclear(T("unclear_loan", "Do you have something to use for now?"), r"(?:ge)?leen|tijdelijk|oude schoenen|loan|meanwhile"),
    ),
    "agreements": (
        Unclear(T("unclear_agreed", "What was agreed, and with whom?"), r"afgesproken|afspraak met|agreed with|appointment with"),
        Unclear(T("unclear_instead", "What happened instead?"), r"kwam niet|niemand|niet gebeld|stond voor|nobody|did not (?:come|call)"),
    ),
    "communication": (
        Unclear(T("unclear_tried", "How and when did you try to reach us?"), r"(?:op)?gebeld|(?:ge)?maild?|langs|(?:ge|whats)?appt?\b|called|emailed|wrote"),
        Unclear(T("unclear_missed", "Which information did you miss?"), r"wist niet|niet verteld|uitleg|not told|explain"),
    ),
    "conduct": (
        Unclear(T("unclear_said", "What was said or done?"), r"zei(?:den)?\b|(?:ge)?riep|(?:ge)?roepen|deed\b|(?:uit)?lachte|said|shouted|laughed"),
        Unclear(T("unclear_present", "Who else was there?"), r"mijn (?:man|vrouw|zoon|dochter|moeder)\b|erbij|my (?:husband|wife|son|daughter)|present"),
    ),
    "invoice": (
        Unclear(T("unclear_invoice", "Which bill is it: the number, the date or the amount?"), r"\d|euro|€"),
        Unclear(T("unclear_told_before", "What were you told about the costs before?"), r"vooraf|eigen (?:risico|bijdrage)|offerte|before|quote"),
    ),
    "warranty": (
        Unclear(T("unclear_delivered", "When did you get it, and when was it repaired?"), r"geleverd|gekregen|gerepareerd|hersteld|delivered|repaired"),
        Unclear(T("unclear_warranty", "What were you told about the warranty?"), r"garantie|warranty|guarantee"),
    ),
    "privacy": (
        Unclear(T("unclear_data", "Which data is it, and who could see it? Do not send a copy."), r"(?:persoons)?gegevens|dossier|foto|data\b|files?\b|photo"),
        Unclear(T("unclear_still", "Is it still so?"), r"nog steeds|staat er nog|still\b"),
    ),
    "location": (
        Unclear(T("unclear_site", "Which of our places is it?"), r"vestiging|winkel|filiaal|branch|shop"),
        Unclear(T("unclear_visit", "Would a visit at your home help?"), r"thuis|huisbezoek|home\b"),
    ),
    "expertise": (
        Unclear(T("unclear_measured", "What went wrong when we measured or advised?"), r"(?:op)?gemeten|maat\b|maten\b|advies|verkeerd|measured|size|advice|wrong"),
        Unclear(T("unclear_opinion", "What did somebody else say about it?"), r"(?:huis)?arts|dokter|fysio|podo|specialist|doctor|physio"),
    ),
    "other": (Unclear(T("unclear_more", "Can you tell what happened, and with whom?"), r"omdat|toen\b|because|then\b"),),
}  # fmt: skip


def unclear(case: Case) -> tuple[Text, ...]:
    """At most `MOST` questions, the most needed first."""
    complaint = case.complaint
    later = "\n".join(f"{words.question} {words.text}" for words in case.added).casefold()
    told = "\n".join(
        (*complaint.story, complaint.topic, *(words for _, words in complaint.clarified), later)
    ).casefold()  # fmt: skip
    given: dict[str, object] = {
        "device": complaint.device, "when": complaint.when, "wishes": complaint.wishes,
    }  # fmt: skip
    known = {name for name, pattern in LATER.items() if _tells(pattern, later)}
    known |= {"device"} if products.group(told) not in {"", products.OTHER} else set()
    ours = {event.facts.get("asks") for event in case.history if event.kind == "clarify"}  # with /ask, one of these
    general = [text for name, text in FOR_ALL if given[name] in ("", "#unknown", ()) and name not in known]
    topical = [one.text for one in BY_TOPIC.get(case.rubric, ()) if not _tells(one.known, told)]
    return tuple(text for text in (*general, *topical) if text.name not in ours)[:MOST]


def _tells(pattern: str, words: str) -> bool:
    return re.search(rf"(?<!\w)(?:{pattern})", words) is not None
