"""The columns of the complaints register (klachtenoverzicht): what each is called, means and may say, in each language.

The table that is written (sheets.py) and the one that is read (bot/importing.py) are both made from this list, so what
we write we can read. The surprising truth: a firm's own register has other headings; `also` holds the usual ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from handlers.firm import Firm
from handlers.manager.entry import CHANNELS
from handlers.mediator.card import VERDICTS
from handlers.phrases import STATUSES
from handlers.procedure import products
from handlers.procedure.measures import CAUSES, MEASURES
from handlers.texts import Field, Label, T, Text

Kind = Literal["number", "day", "code", "codes", "count", "person"]
YES_NO: Mapping[str, Field] = {"yes": T("b_yes", "Yes"), "no": T("b_no", "No")}
UNKNOWN = T("topic_open", "topic not known yet")
CHOICES: Mapping[str, Mapping[str, Field]] = {
    "channel": {"chat": T("channel_chat", "Telegram"), **{option.name: option.label for option in CHANNELS}},
    "acknowledged_in_time": {**YES_NO, "implicit": T("in_time_implicit", "By the conversation itself")},
    "status": STATUSES,
    "cause": {option.name: option.label for option in CAUSES},
    "measures": {option.name: option.label for option in MEASURES},
    "result": {"solved": T("b_yes", "Yes"), "partly": T("b_partly", "Partly"), "not_solved": T("b_no", "No")},
    "kind": {"incidental": T("kind_incidental", "Incidental"), "structural": T("kind_structural", "Structural")},
    "verdict": VERDICTS,
    "closed_as": {
        "agreed": T("closed_agreed", "The client agreed"),
        "not_agreed": T("closed_not_agreed", "No agreement"),
        "no_answer": T("closed_no_answer", "No answer from the client"),
        "verdict": T("closed_verdict", "After the decision of the committee"),
        "withdrawn": T("closed_withdrawn", "Stopped by the client"),
        "duplicate": T("closed_duplicate", "Joined to another complaint"),
        "no_complaint": T("closed_no_complaint", "Turned out to be no complaint"),
    },
    "product": products.NAMES,
    **dict.fromkeys(
        ("safety", "topic_kept", "open", "corrective", "preventive", "reportable", "agreed", "second_look"), YES_NO
    ),
}
ACTION_KINDS: Mapping[str, Field] = {
    "corrective": T("action_corrective", "Repairs"), "preventive": T("action_preventive", "Prevents"),
}  # fmt: skip
WORKED: Mapping[str, Field] = {**YES_NO, "partly": T("b_partly", "Partly")}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the register's name for it, its heading, what it means, and how else firms call it."""

    name: str
    kind: Kind
    label: Text
    about: Text
    also: tuple[str, ...] = ()

    def choices(self, firm: Firm) -> Mapping[str, Field]:
        """What may stand in it, by code; {} where anything may."""
        if self.name == "rubric":
            return {**{rubric.code: firm.rubric(rubric.code) for rubric in firm.rubrics}, "unknown": UNKNOWN}
        if self.name == "mediator":
            return {person.key: Label({"en": person.name}) for person in firm.people}
        if self.name == "site":
            return {person.works_at: person.works_at for person in firm.people if person.works_at}
        return CHOICES.get(self.name, {})


# fmt: off
COLUMNS = (
    Column("number", "number", T("col_number", "Number"),
           T("means_number", "The number of the complaint. It stands on every letter and message."),
           ("klachtnummer", "nr", "volgnummer", "id", "kenmerk", "complaint number", "reference")),
    Column("received", "day", T("col_received", "Received on"),
           T("means_received", "The day it reached us, also when it was written down later."),
           ("ontvangen", "ontvangstdatum", "datum ontvangst", "datum", "datum klacht", "received", "date")),
    Column("channel", "code", T("col_channel", "How it came"),
           T("means_channel", "Telegram, phone, in person, letter or email."),
           ("kanaal", "wijze", "wijze van ontvangst", "channel")),
    Column("rubric", "code", T("col_rubric", "Topic"),
           T("means_rubric", "What it is about, as it was confirmed. Each complaint has one topic."),
           ("rubriek", "categorie", "soort klacht", "category", "rubric")),
    Column("topic_kept", "code", T("col_topic_kept", "Topic chosen by the client"),
           T("means_topic_kept", "Whether the topic is the one the client chose. Empty: the client chose none."),
           ("onderwerp gevolgd",)),
    Column("product", "code", T("col_product", "Product group"),
           T("means_product", "The group of the aid, by the words the client used for it."),
           ("productgroep", "product", "hulpmiddel", "product group")),
    Column("site", "code", T("col_site", "Place"),
           T("means_site", "Where the colleague works whom it is about. Empty: not known."),
           ("vestiging", "locatie", "site", "branch")),
    Column("safety", "code", T("col_safety", "Possible danger"),
           T("means_safety", "Whether somebody was hurt, or could be."),
           ("veiligheid", "ernst", "safety")),
    Column("mediator", "person", T("col_mediator", "Handled by"),
           T("means_mediator", "The colleague who handles it. Empty when its content was erased."),
           ("behandelaar", "bemiddelaar", "behandeld door", "handler", "mediator")),
    Column("acknowledged", "day", T("col_acknowledged", "Acknowledged on"),
           T("means_acknowledged", "The day on which the client heard that we have it."),
           ("bevestigd op", "ontvangstbevestiging", "datum bevestiging", "acknowledged")),
    Column("acknowledged_in_time", "code", T("col_in_time", "Acknowledged in time"),
           T("means_in_time", "Within seven days. Said in person or by phone it needs no letter."),
           ("op tijd bevestigd",)),
    Column("status", "code", T("col_status", "Status"),
           T("means_status", "Where it stands in the procedure."),
           ("stand", "state")),
    Column("open", "code", T("col_open", "Open"),
           T("means_open", "Whether it still has to be closed.")),
    Column("outcome_by", "day", T("col_outcome_by", "Outcome due on"),
           T("means_outcome_by", "The last day for the outcome, with any extension."),
           ("uiterste datum", "uiterlijk", "due", "deadline")),
    Column("extended_to", "day", T("col_extended", "Extended to"),
           T("means_extended", "The new last day, when the client heard that it takes longer."),
           ("verlengd tot",)),
    Column("cause", "code", T("col_cause", "Cause"),
           T("means_cause", "What caused it most likely."),
           ("oorzaak", "oorzaakcode")),
    Column("measures", "codes", T("col_measures", "Measures"),
           T("means_measures", "What is done to put it right, also what is only planned. "
             "When it was done stands on the sheet of measures."),
           ("maatregel", "maatregelen", "maatregel en", "measure")),
    Column("corrective", "code", T("col_corrective", "Measure needed"),
           T("means_corrective", "Whether a measure is needed to put it right; not whether it is done. "
             "Empty: not decided yet."),
           ("corrigerend", "corrigerend j n", "corrigerende maatregel", "hersteld", "corrective", "put right")),
    Column("kind", "code", T("col_kind", "Structural or incidental"),
           T("means_kind", "Structural: it can happen to others. Incidental: it happened once."),
           ("structureel incidenteel", "structureel", "soort")),
    Column("preventive", "code", T("col_preventive", "Measure that prevents"),
           T("means_preventive", "Whether something is done so that it does not happen again. Empty: not decided yet."),
           ("preventief", "preventief j n", "preventieve maatregel", "voorkomen", "preventive", "prevented")),
    Column("prevention_due", "day", T("col_prevention_due", "Prevention due on"),
           T("means_prevention_due", "The last day of what prevents and is not done yet.")),
    Column("reportable", "code", T("col_reportable", "Incident reported"),
           T("means_reportable", "Whether a possible danger was reported as an incident. Empty: not decided."),
           ("melding", "gemeld", "reported")),
    Column("report_days", "count", T("col_report_days", "Days until reported"),
           T("means_report_days", "From the day we knew of the danger to the day it was decided to report it."),
           ("dagen tot melding",)),
    Column("outcome", "day", T("col_outcome", "Outcome sent on"),
           T("means_outcome", "The day on which the client got the outcome."),
           ("opgelost op", "datum uitkomst", "afgehandeld op", "outcome")),
    Column("result", "code", T("col_result", "Solved together"),
           T("means_result", "Whether we found a solution together, as we told the client."),
           ("opgelost", "resultaat", "result")),
    Column("agreed", "code", T("col_agreed", "Client agrees"),
           T("means_agreed", "What the client said about the outcome. Empty: no answer."),
           ("akkoord", "akkoord j n", "agreed")),
    Column("referred", "day", T("col_referred", "To the committee on"),
           T("means_referred", "The day on which the client took it to the outside committee."),
           ("verwezen", "verwezen op", "klachtencommissie", "referred")),
    Column("verdict", "code", T("col_verdict", "Decision of the committee"),
           T("means_verdict", "Founded and unfounded are words of the committee only."),
           ("gegrond ongegrond", "gegrond", "oordeel", "uitspraak", "verdict")),
    Column("closed", "day", T("col_closed", "Closed on"),
           T("means_closed", "The day on which it was closed."),
           ("afgesloten", "datum afgesloten", "afsluitdatum", "gesloten op", "closed", "date closed")),
    Column("closed_as", "code", T("col_closed_as", "Closed because"),
           T("means_closed_as", "How it ended."),
           ("reden afsluiting",)),
    Column("days", "count", T("col_days", "Days until closed"),
           T("means_days", "Calendar days from the day received to the day closed."),
           ("doorlooptijd", "doorlooptijd dagen", "dagen", "days")),
    Column("satisfaction", "count", T("col_satisfaction", "Satisfaction"),
           T("means_satisfaction", "What the client gave, from 1 (very dissatisfied) to 5 (very satisfied)."),
           ("tevredenheid", "rating")),
    Column("second_look", "code", T("col_second_look", "Looked at once more"),
           T("means_second_look", "Whether we looked at it together once more, as the client did not agree."),
           ("samen opnieuw bekeken",)),
    Column("reopened", "count", T("col_reopened", "Times opened again"),
           T("means_reopened", "How often it was opened again after it was closed."),
           ("heropend", "reopened")),
    Column("erased", "day", T("col_erased", "Content erased on"),
           T("means_erased", "The day on which the content was erased. The complaint still counts.")),
    Column("imported", "day", T("col_imported", "Taken over on"),
           T("means_imported", "The day on which it was taken over from an older register.")),
)
# fmt: on
