"""What has to stand on the form, in the register and in the yearly review: the lists of domain.md 4.1 to 4.3, held
against what is printed. A field nobody knows is there all the same, with room to write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.documents import pdf
from bot.documents.columns import COLUMNS
from handlers.procedure import products, register
from handlers.procedure.case import Happened, Judged
from handlers.procedure.papers import form, minutes, review
from handlers.procedure.papers.paper import Paper
from handlers.procedure.papers.words import BLANK
from handlers.procedure.summary import Period
from tests.documents import sample

# What the domain calls it, and the label under which it stands in Dutch.
FORM_A = {
    "nummer": "Kenmerk", "ontvangst": "Ontvangen", "kanaal": "Hoe de klacht binnenkwam",
    "opgenomen door": "Opgenomen door",
    "taal": "Taal",
    "naam klager": "Naam", "relatie": "Klaagt voor", "geboortedatum": "Geboortedatum",
    "klantnummer": "Klantnummer", "contact": "Contact", "vestiging": "Vestiging", "product": "Hulpmiddel",
    "zijde": "Zijde", "afleverdatum": "Afgeleverd op", "aanmeter": "Aanmeter of betrokken collega",
    "verwijzer": "Verwijzer",
    "datum voorval": "Wanneer het gebeurde",
    "omschrijving": "Wat er gebeurde, in de eigen woorden van de cliënt",
    "gevolgen": "Gevolgen voor de cliënt|Kan zonder het hulpmiddel",
    "veiligheidsvragen": "Is iemand gevallen of gewond?|Gevaar", "al ondernomen": "Wat al is geprobeerd|Eerder gemeld",
    "gewenste oplossing": "Wat de cliënt wil", "bijlagen": "Bijlagen",
    "toestemming kanaal": "Toestemming voor deze weg",
    "toestemming dossier": "Toestemming dossier", "toestemming verwijzer": "Toestemming verwijzer",
    "toestemming leverancier": "Toestemming leverancier",
}  # fmt: skip
FORM_B = {
    "bevestiging": "Ontvangst bevestigd", "rubriek": "Onderwerp", "voorstel": "Onderwerp dat de cliënt koos",
    "nevenrubriek": "Tweede onderwerp, als dat er is", "ernst": "Veiligheid", "bemiddelaar": "Bemiddelaar",
    "wederhoor": "De andere kant|Verhaal van Bram de Wit", "oorzaak": "Oorzaak",
    "incident": "Incident met hulpmiddel",
    "corrigerend": "Geen maatregel, want|Maatregel|Wat", "structureel": "Incident of structureel",
    "preventief": "Niets wat voorkomt, want|Maatregel die voorkomt|Heeft het geholpen?",
    "uitkomst verstuurd": "Uitkomst verstuurd",
    "uitkomst intern": "Samen opgelost", "akkoord": "Antwoord van de cliënt", "commissie": "Naar de commissie",
    "oordeel": "Beslissing van de commissie", "afgesloten": "Afgesloten", "tevredenheid": "Tevreden over ons",
}  # fmt: skip
REGISTER = {
    "nummer": "number", "ontvangen": "received", "kanaal": "channel", "klagercode": "number", "vestiging": "site",
    "productgroep": "product",
    "rubriek": "rubric", "ernst": "safety", "behandelaar": "mediator",
    "bevestigd": "acknowledged", "op tijd": "acknowledged_in_time", "status": "status", "uiterste datum": "outcome_by",
    "verlengd tot": "extended_to", "oorzaakcode": "cause", "maatregelen": "measures", "corrigerend": "corrective",
    "structureel": "kind", "preventief": "preventive", "opgelost op": "outcome", "doorlooptijd": "days",
    "akkoord": "agreed", "verwezen": "referred", "gegrond": "verdict", "tevredenheid": "satisfaction",
    "afgesloten": "closed", "dagen tot melding": "report_days", "voorstel gevolgd": "topic_kept",
}  # fmt: skip
REVIEW = (
    "Ontvangen", "Jaar ervoor, tot dezelfde dag", "Vergeleken met jaar ervoor", "Nu open",
    "Klachten per 1.000 afleveringen, zelf in te vullen", "Per onderwerp", "Per vestiging", "Per productgroep",
    "Brieven binnen een week bevestigd", "De helft duurde hooguit, in dagen",
    "Negen van de tien duurden hooguit", "De langste, in dagen", "Afgesloten binnen 10 werkdagen",
    "Afgesloten binnen 6 weken", "Met meer tijd", "Opgelost op de dag zelf", "Met een bemiddelaar",
    "Eens geworden met een bemiddelaar", "De cliënt is het ermee eens", "Naar de commissie",
    "Wat de commissie besliste", "Structureel", "Met een maatregel die voorkomt", "Van die maatregelen uitgevoerd",
    "Op tijd uitgevoerd", "Hielp, voor zover gevraagd", "Hetzelfde opnieuw, binnen een half jaar na zo'n maatregel",
    "Per oorzaak", "Per maatregel, ook gepland", "Met mogelijk gevaar", "Beoordeeld: melden of niet", "Gemeld",
    "Dagen tot de melding", "Over persoonsgegevens", "Beantwoord", "Gemiddeld, van 5", "4 of 5",
    "Het onderwerp dat de cliënt koos, klopte", "Wat we doen", "Wat de acties van vorig jaar hebben gedaan",
)  # fmt: skip


def labels(paper: Paper) -> dict[str, str]:
    """Each label and heading in Dutch, with the value beside it."""
    words, found = sample.words(), dict[str, str]()
    for part in paper.parts:
        found[words.plain(part.heading, "nl")] = "-"
        for column in part.table.columns if part.table else ():
            found[words.plain(column, "nl")] = "-"
        for line in part.lines:
            found.setdefault(words.plain(line.label, "nl"), words.plain(line.value, "nl"))
    return found


@pytest.mark.parametrize("upto", ["received", "accepted", "proposed", "rated"])
def test_no_field_of_the_form_is_missing_at_any_moment(upto: str) -> None:
    found = labels(form.paper(sample.facts(), sample.case(upto)))
    for asked, called in (FORM_A | FORM_B).items():
        assert any(found.get(name) for name in called.split("|")), (asked, called, sorted(found))


def test_what_nobody_asked_has_room_and_what_is_known_stands_there() -> None:
    bare = sample.case("received")
    bare = replace(bare, complaint=replace(bare.complaint, clarified=(), danger=""))
    found = labels(form.paper(sample.facts(), bare))
    assert found["Geboortedatum"] == found["Verwijzer"] == found["Gevolgen voor de cliënt"] == BLANK
    assert found["Is iemand gevallen of gewond?"] == "□ ja   □ nee"
    whole = labels(form.paper(sample.facts(), sample.case()))
    assert whole["Aanmeter of betrokken collega"] == "Bram de Wit"
    assert whole["Vestiging"] == "Zwolle"
    assert "Wat al is geprobeerd" not in whole  # it was asked: whether they reported it before


def test_a_day_that_was_named_is_said_once_and_nothing_ends_in_an_empty_tail() -> None:
    for words in ("dinsdag 17 november", "17 november", "Tuesday, November 17th 2026", "17 nov. 2026"):
        assert _when(words) == "dinsdag 17 november 2026", words
    assert _when("vanaf 17 november") == "vanaf 17 november (dinsdag 17 november 2026)"
    assert _when("maandag") == "maandag (dinsdag 17 november 2026)"
    bare = replace(sample.case("accepted"), accounts=(("", "Ik was er niet bij."),), judged=Judged("incidental", ""))
    found = labels(form.paper(sample.facts(), bare))
    assert found["De andere kant"] == "Ik was er niet bij."
    assert not [name for name in found if name.endswith("want") or name == "Verhaal van De andere kant"]
    assert found["Maatregel die voorkomt"] == found["Maatregel"] == "nog niet vastgelegd"
    assert found["Incident of structureel"] == "Incident: eenmalig"


def _when(words: str) -> str:
    case, day = sample.case("received"), date(2026, 11, 17)
    told = replace(case, complaint=replace(case.complaint, when=words, when_from=day, when_to=day))
    return labels(form.paper(sample.facts(), told))["Wanneer het gebeurde"]


def test_without_an_aid_there_is_no_side_of_it() -> None:
    found = labels(form.paper(sample.facts(), sample.case("received", device="#no_device")))
    assert "Zijde" not in found and "Afgeleverd op" not in found


def test_no_column_of_the_register_is_missing() -> None:
    assert set(REGISTER.values()) <= {column.name for column in COLUMNS}


def test_no_number_of_the_yearly_review_is_missing() -> None:
    found = labels(sample.yearly(sample.register()))
    assert not [name for name in REVIEW if name not in found], sorted(found)


# What the register derives -------------------------------------------------------------------------------


def the_row(**more: Any) -> dict[str, Any]:
    ours = sample.settings()
    return register.row(sample.case(**more), ours.firm, ours.zone)


def test_the_row_says_where_what_and_whether_the_topic_was_right() -> None:
    found = the_row()
    assert (found["site"], found["product"], found["topic_kept"]) == ("Zwolle", "shoes", "no")
    assert found["report_days"] is None  # it was not reported
    before = the_row(upto="received")
    assert (before["site"], before["topic_kept"]) == ("", "yes")


def test_what_nobody_decided_about_preventing_is_no_no() -> None:
    ours, bare = sample.settings(), sample.case("received")
    assert register.row(bare, ours.firm, ours.zone)["preventive"] == ""
    for decided in (replace(bare, no_prevention="Het is verholpen."), replace(bare, judged=Judged("incidental", "")),
                    replace(bare, status="closed", closed=bare.received)):  # fmt: skip
        assert register.row(decided, ours.firm, ours.zone)["preventive"] == "no"
    assert the_row()["preventive"] == "yes"


@pytest.mark.parametrize(
    ("aid", "group"),
    [("orthopedische schoenen", "shoes"), ("Steunzolen in mijn schoen", "insoles"), ("een brace", "orthosis"),
     ("mijn EVO", "orthosis"), ("elastische kousen", "stockings"), ("rolstoel", "mobility"),
     ("sta-op-stoel", "seating"),
     ("koker van mijn been", "prosthesis"), ("ding", "other"), ("", ""), ("#unknown", ""), ("#no_device", "none")],
)  # fmt: skip
def test_an_aid_is_counted_in_one_group(aid: str, group: str) -> None:
    assert products.group(aid) == group
    assert not group or group in products.NAMES


def test_the_same_again_is_counted_only_after_a_measure_and_for_half_a_year() -> None:
    done = [["other", "preventive", "2026-01-20", "2026-01-15", ""]]
    first = {"rubric": "fit_pain", "cause": "measuring", "received": "2026-01-02", "actions": done}
    days = ("2026-01-10", "2026-01-15", "2026-01-16", "2026-07-17", "2026-07-18")
    came = [first | {"received": day, "actions": []} for day in days]
    assert review.again(came, [first]) == 2
    assert review.again([one | {"cause": "planning"} for one in came], [first]) == 0
    assert review.again(came, [first | {"actions": []}]) is None


def test_the_sheet_for_the_meeting_says_once_what_it_hides_and_ends_today() -> None:
    closed = [_row("2026-10-01", "2026-10-09", rubric=str(n), cause=str(n), kind=str(n), measures=[]) for n in range(8)]
    paper = minutes.paper(sample.facts(), Period("quarter", date(2026, 10, 1), date(2026, 12, 31)), closed)
    found = labels(paper)
    assert found["Periode"].endswith("tot en met maandag 23 november 2026")
    (hidden,) = (part for part in paper.parts if part.points)
    assert [sample.words().plain(what, "nl") for what in hidden.points] == [
        "Per onderwerp", "Per oorzaak", "Incident of structureel"
    ]  # fmt: skip
    assert not any(part.table for part in paper.parts)
    assert len(pdf.pictures(paper, "nl", sample.settings().firm, sample.words(), 20)) == 1


def test_a_second_round_is_told_apart_from_opening_again() -> None:
    ours, whole = sample.settings(), sample.case()
    again = replace(whole, history=(*whole.history, Happened("retried", whole.received, "client", {})))
    assert register.row(whole, ours.firm, ours.zone)["second_look"] == "no"
    row = register.row(again, ours.firm, ours.zone)
    assert (row["second_look"], row["reopened"]) == ("yes", 0)
    found = labels(sample.yearly([_row("2026-05-01", "2026-05-03", second_look="yes")]))
    assert found["Samen opnieuw bekeken, want de cliënt was het niet eens"] == "100 % (1 van 1)"
    assert found["Heropend na het afsluiten"] == "0 % (0 van 1)"


def test_a_table_says_what_it_counts_and_adds_up_to_it() -> None:
    came = [_row("2026-05-01", cause="") for _ in range(3)] + [_row("2026-05-01", "2026-05-03") for _ in range(2)]
    closed = [_row("2026-02-01", "2026-05-03", cause=""), *came[3:]]
    paper = review.paper(sample.facts(), Period("year", date(2026, 1, 1), date(2026, 12, 31)), came, closed, [], [], {})
    counted = [(sample.words().plain(part.lines[0].value, "nl"), sum(int(str(row[1])) for row in part.table.rows))
               for part in paper.parts if part.table]  # fmt: skip
    assert counted[:4] == [("Geteld: ontvangen klachten, samen 5.", 5)] * 4
    assert counted[4] == ("Geteld: afgesloten klachten, samen 3.", 3)
    assert labels(paper)["Hetzelfde opnieuw, binnen een half jaar na zo'n maatregel"] == (
        "zo'n maatregel is niet uitgevoerd"
    )


def _row(received: str, closed: str = "", **more: Any) -> dict[str, Any]:
    """A complaint with its outcome on the day it was closed."""
    told = sample.register()[0] | {"received": received, "closed": closed, "outcome": closed}
    told |= {"outcome_by": "2026-01-15", "open": "no" if closed else "yes", "closed_as": "agreed" if closed else ""}
    days = (date.fromisoformat(closed) - date.fromisoformat(received)).days if closed else None
    return told | {"days": days, "actions": [], "site": "", "product": ""} | more


def test_a_past_year_tells_what_was_open_at_its_end_and_what_was_late() -> None:
    year = Period("year", date(2025, 1, 1), date(2025, 12, 31))
    before_its_end = {"outcome_by": "2025-12-13"}
    late = _row("2025-11-01", "2026-02-01", **before_its_end)
    in_time, done = _row("2025-12-20", "2026-01-10"), _row("2025-10-20", "2025-12-20", **before_its_end)
    later = [_row("2026-05-01"), _row("2026-05-01", "2026-05-02")]
    paper = review.paper(sample.facts(), year, [late, in_time, done], [done], [], [late, in_time, *later], {})
    found = labels(paper)
    assert (found["Open op woensdag 31 december 2025"], found["Daarvan te laat"]) == ("2", "1")
    assert found["Uitkomst na de laatste dag daarvoor"] == "100 % (1 van 1)"
    owed_nothing = _row("2025-10-20", "2025-12-20", outcome_by="")
    paper = review.paper(sample.facts(), year, [], [done, owed_nothing, in_time], [], [], {})
    assert labels(paper)["Uitkomst na de laatste dag daarvoor"] == "50 % (1 van 2)"


def test_a_year_is_not_compared_with_one_without_the_bot() -> None:
    year = Period("year", date(2026, 1, 1), date(2026, 12, 31))
    came = [_row("2026-05-01") for _ in range(9)]
    parts = sample.yearly(came).parts
    rising = next(part.table for part in parts if part.table and len(part.table.columns) == 5)
    assert sample.words().plain(rising.rows[0][-1], "nl") == "ja, kijk ernaar"
    paper = review.paper(sample.facts(), year, came, [], [], came, {}, begun=date(2026, 3, 2))
    found = labels(paper)
    assert found["Jaar ervoor, tot dezelfde dag"] == "nog geen register"
    assert found["Vergeleken met jaar ervoor"] == "niet vergeleken"
    assert not any(part.table and len(part.table.columns) == 5 for part in paper.parts)
    for long_ago in (date(2025, 1, 20), date(2027, 1, 2)):
        again = review.paper(sample.facts(), year, came, [], [], came, {}, begun=long_ago)
        assert again.parts == sample.yearly(came, {}).parts


def test_last_years_actions_come_back_with_room_for_what_they_did() -> None:
    last_year = {
        "fit_pain": [{**sample.DECIDED["fit_pain"][0], "at": "2025-07-02T10:00:00+00:00", "due": "2025-12-01"}]
    }
    paper = sample.yearly(sample.register(), last_year)
    assert any("Nameten na een uur lopen" in name and told == BLANK for name, told in labels(paper).items())
    assert date(2026, 11, 23) == paper.day
