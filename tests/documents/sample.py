"""One complaint with something in every place a paper has, and a register of some years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from bot.settings import Settings, read
from bot.words import Words
from handlers.conversation import Attachment
from handlers.facts import Facts
from handlers.procedure.case import Case, Complaint, Happened, filed, fold
from handlers.procedure.measures import CAUSES, MEASURES
from handlers.procedure.papers import dossier, form, letters, minutes, note, receipt, review
from handlers.procedure.papers.paper import Paper
from handlers.procedure.steps import Actor
from handlers.procedure.summary import Period
from locales import catalogs

NUMBER = "7QXM4RTB"
START = datetime(2026, 9, 7, 8, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
STORY = (
    "Mijn nieuwe orthopedische schoenen drukken bij de linkerhiel. Na een uur lopen heb ik een blaar.",
    "Ik heb al twee keer gebeld. De tweede keer zou iemand terugbellen, maar dat is niet gebeurd.",
)
WORDS: Mapping[str, Any] = {
    "story": STORY, "topic": "drukt en niemand belt", "device": "orthopedische schoenen", "when": "begin september",
    "name": "Truus van den Berg-Öztürk", "for_other": "mijn moeder",
}  # fmt: skip


@cache
def settings() -> Settings:
    return read({"DATA_DIR": "/nonexistent/data"})


@cache
def words() -> Words:
    return Words(catalogs(), settings().zone)


def facts(**more: Any) -> Facts:
    ours = settings()
    actor = Actor(1, "Karim", "nl", "karim", frozenset({"mediator"}))
    return replace(Facts(ours.firm, ours.zone, datetime(2026, 11, 23, 9, tzinfo=UTC), TODAY, {}, actor), **more)


def files(many: int) -> tuple[Attachment, ...]:
    kinds = ("photo", "document", "voice")
    return tuple(
        Attachment(
            f"f{n}",
            kinds[n % 3],
            f"bijlage {n} van het hulpmiddel.jpg" if n % 3 else "",
            34_567 * (n + 1),
            "0" * 64,
            f"t{n}",
        )
        for n in range(many)
    )


def case(upto: str = "", channel: str = "chat", many: int = 3, **words_: Any) -> Case:
    """The whole life of one complaint; with *upto* only until that event."""
    written = channel in {"letter", "phone"}
    told = {**WORDS, "reach": "Dorpsstraat 1, 7311 AB Apeldoorn" if written else "06 12345678", **words_}
    complaint = Complaint(
        **told, files=files(many), rubric="fit_pain", danger="#wound", contact="#staff" if written else "#phone",
        clarified=(("clar_who", "iemand aan de balie"), ("clar_before", "#once")), wishes=("#solve", "#apologise"),
    )  # fmt: skip
    own = str(told["story"][-1]) if told["story"] else ""
    first: dict[str, Any] = {"client": 0 if written else 7, "language": "nl", "channel": channel,
             "complaint": filed(complaint), "named": []}  # fmt: skip
    extra = [asdict(file) for file in files(2)]
    life: list[tuple[str, str, Mapping[str, Any]]] = [
        ("received", "els" if channel == "letter" else "client", first),
        ("acknowledged", "bot", {}),
        ("assigned", "bot", {"mediator": "karim"}),
        ("accepted", "karim", {"mediator": "karim"}),
        ("clarify", "karim", {"text": "Welke schoen drukt, de linker of de rechter?"}),
        ("answered", "client", {"text": f"De linker. {own}", "files": extra}),
        ("rubric", "karim", {"rubric": "fit_pain"}),
        ("rubric", "karim", {"rubric": "expertise"}),
        ("note", "karim", {"text": "Gebeld met Bram de Wit, die was kort af.", "files": []}),
        ("heard", "karim", {"text": "Bram zegt dat er niet opnieuw gemeten is.", "who": "bram"}),
        ("message", "karim", {"text": "Bram de Wit en ik kijken donderdag naar de leest."}),
        ("cause", "karim", {"code": "measuring", "text": "De leest was een halve maat te smal."}),
        ("measure", "karim", {"code": "fitter", "what": "Opnieuw aanmeten", "owner": "joke", "due": "2026-10-05",
                              "kind": "corrective"}),
        ("measure", "karim", {"code": "supplier", "what": "Nieuwe leest op garantie", "owner": "karim",
                              "due": "2026-10-12", "kind": "corrective"}),
        ("measure", "karim", {"code": "other", "what": "Bij de eerste pas altijd na een uur lopen nameten",
                              "owner": "els", "due": "2026-12-01", "kind": "preventive"}),
        ("done", "joke", {"measure": 0, "result": "Gemeten in Zwolle",
                          "facts": [["inquiry", "Het was druk die dag."], ["moved", "#yes"], ["moved_to", "Joke"]]}),
        ("done", "karim", {"measure": 1, "result": "Geleverd", "facts": [["claim_result", "#accepted"]]}),
        ("promised", "karim", {"what": "Ik bel u op vrijdag.", "due": "2026-10-16", "owner": "karim"}),
        ("promise_kept", "karim", {"promise": 0, "kept": "yes"}),
        ("judged", "karim", {"kind": "structural", "reason": "Dit jaar de derde keer."}),
        ("reportable", "els", {"report": "no", "reason": "Een blaar is geen ernstig letsel."}),
        ("extended", "karim", {"until": "2026-11-02", "reason": "De leestenmaker is dicht."}),
        ("proposed", "karim", {"result": "solved", "looked_at": "De leest, de maten en wat Bram de Wit noteerde.",
                               "for_you": "Nieuwe schoenen op een goede leest, zonder kosten.",
                               "change": "Wij meten voortaan na.", "personal": "Het spijt ons dat u pijn had.",
                               "went_wrong": "De leest was te smal."}),
        ("disagreed", "client", {"version": 1, "text": "Ik wil ook mijn taxikosten terug."}),
        ("referred", "client", {"on": "2026-10-20"}),
        ("verdict", "karim", {"result": "partly", "on": "2026-10-27", "advice": "Vergoed de kosten.",
                              "follow_up": "Wij betalen de taxikosten."}),
        ("closed", "karim", {"how": "verdict"}),
        ("rated", "client", {"score": "4", "solved": "yes", "text": "Sneller terugbellen."}),
    ]  # fmt: skip
    kinds = [kind for kind, _, _ in life]
    last = len(life) if not upto else len(kinds) - kinds[::-1].index(upto)
    at = [START + timedelta(hours=48 * n) for n in range(last)]
    return fold(NUMBER, [Happened(kind, at[n], by, told) for n, (kind, by, told) in enumerate(life[:last])])


PRODUCTS = ("shoes", "shoes", "insoles", "insoles", "orthosis", "stockings", "mobility", "other", "none")


def _actions(chance: Random) -> list[list[str]]:
    """Sometimes something that prevents: carried out or not, in time or not."""
    done, worked = chance.choice(["", "2026-04-20", "2026-05-09"]), chance.choice(["", "yes", "no"])
    return [["other", "preventive", "2026-05-01", done, worked]] if chance.random() < 0.2 else []


def register(years: Sequence[int] = (2025, 2026), many: int = 60, seed: int = 3) -> list[dict[str, Any]]:
    """Rows as a firm of that size would have them."""
    chance, rows = Random(seed), list[dict[str, Any]]()
    codes = [rubric.code for rubric in settings().firm.rubrics]
    weights = [max(1, 9 - n) for n in range(len(codes))]
    for year in years:
        for _ in range(many + (20 if year == 2026 else 0)):
            day = date(year, 1, 1) + timedelta(days=chance.randrange(320 if year == 2026 else 365))
            days = int(chance.expovariate(1 / 18)) + 1
            end = day + timedelta(days=days)
            done = end <= TODAY
            rubric = chance.choices(codes, weights)[0]
            written = chance.random() < 0.2
            rows.append({
                "received": day.isoformat(),
                "channel": "letter" if written else chance.choice(["chat", "phone", "visit"]),
                "rubric": rubric, "product": chance.choice(PRODUCTS),
                "site": chance.choice(["", "Zwolle", "Apeldoorn"]),
                "topic_kept": chance.choice(["yes", "yes", "yes", "no"]), "report_days": None,
                "safety": "yes" if chance.random() < 0.1 else "no",
                "mediator": "karim" if chance.random() < 0.7 else "",
                "acknowledged": (day + timedelta(days=chance.choice([1, 3, 6, 9]))).isoformat(), "status": "closed",
                "open": "no" if done else "yes", "outcome_by": (day + timedelta(weeks=6)).isoformat(),
                "outcome": end.isoformat() if done else "", "result": "solved", "cause": chance.choice(CAUSES).name,
                "measures": [chance.choice(MEASURES).name],
                    "actions": _actions(chance),
                    "kind": chance.choice(["structural", "incidental"]),
                "preventive": chance.choice(["yes", "no"]), "closed": end.isoformat() if done else "",
                "closed_as": chance.choice(["agreed", "agreed", "agreed", "no_answer", "verdict"]) if done else "",
                "days": days if done else None, "extended_to": "", "prevention_due": "", "reportable": "no",
                "referred": "", "verdict": "", "satisfaction": chance.choice(["", "3", "4", "5"]), "reopened": 0,
                "erased": "",
            })  # fmt: skip
    return rows


DECIDED: Mapping[str, Sequence[Mapping[str, object]]] = {
    "fit_pain": [{"at": "2026-07-02T10:00:00+00:00", "by": "els", "needed": "yes",
                  "ground": "Drie keer zoveel als vorig jaar.",
                  "action": "Nameten na een uur lopen", "due": "2026-12-01"}],
    "delivery": [{"at": "2026-07-02T10:05:00+00:00", "by": "els", "needed": "no",
                  "ground": "De leverancier is hersteld.",
                  "action": "", "due": ""}],
}  # fmt: skip


def within(rows: Sequence[Mapping[str, Any]], name: str, first: str, last: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if row[name] and first <= row[name] <= last]


Decided = Mapping[str, Sequence[Mapping[str, object]]]


def yearly(rows: Sequence[Mapping[str, Any]], decided: Decided = DECIDED) -> Paper:
    year = Period("year", date(2026, 1, 1), date(2026, 12, 31))
    return review.paper(
        facts(), year, within(rows, "received", "2026-01-01", "2026-12-31"),
        within(rows, "closed", "2026-01-01", "2026-12-31"), within(rows, "received", "2025-01-01", "2025-11-23"),
        [row for row in rows if row["open"] == "yes"], decided,
    )  # fmt: skip


def meeting(rows: Sequence[Mapping[str, Any]]) -> Paper:
    quarter = Period("quarter", date(2026, 7, 1), date(2026, 9, 30))
    return minutes.paper(facts(), quarter, within(rows, "closed", "2026-07-01", "2026-09-30"))


def every(**words_: Any) -> dict[str, Paper]:
    """All eight papers, by their name."""
    many = words_.pop("many", 3)
    whole, rows = case(many=many, **words_), register()
    written = case("received", "letter", many, **words_)
    return {
        "form": form.paper(facts(), whole),
        "receipt": receipt.paper(facts(), case("received", many=many, **words_)),
        "letter": letters.acknowledgement(facts(), written),
        "outcome_letter": letters.outcome(facts(), case("proposed", "letter", many, **words_)),
        "dossier": dossier.paper(facts(), whole),
        "note": note.paper(facts(), whole),
        "minutes": meeting(rows),
        "review": yearly(rows),
    }


def firm_with(**own: str | Path) -> Any:
    firm = settings().firm
    return replace(firm, papers=replace(firm.papers, **{name: str(path) for name, path in own.items()}))
