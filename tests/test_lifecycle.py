"""Everybody presses, types and waits as they like; after every act, what was promised of a case still holds.

A Hypothesis machine over the whole life of complaints, in memory: clients, mediators, managers, an administrator and a
stranger press any button they see, or one that somebody else sees; type any command with any number; and the clock goes
on a minute or forty days. The promises are I1-I20 of the threat model that can be seen from outside: the chats and the
record. The surprising truth: words are canaries. Every complaint carries one that occurs nowhere else, and so every
leak is a message that holds it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bot import events
from bot.control import check_record
from bot.record import EVENTS, REGISTER, STAFF, lifted
from bot.sandbox.script import NUMBER, Differs, Person
from handlers.menu import MENU
from handlers.procedure import deadlines
from handlers.procedure.case import Case, Happened, after, fold
from handlers.procedure.steps import BEFORE_CLOSING, STEPS, Actor, may_read, missing, relations
from storage.store import Tx
from tests.conftest import example
from tests.in_memory import InMemory

PEOPLE = (
    Person("Els", "nl", "manager", "els"), Person("Bram", "nl", "manager", "bram"),
    Person("Karim", "nl", "mediator", "karim"), Person("Joke", "nl", "mediator", "joke"),
    Person("Ada", "nl", "admin", "admin"), Person("Zed", "nl"), Person("Anna", "nl"), Person("Ben", "en"),
)  # fmt: skip
STAFF_NAMES, CLIENTS, EVERYBODY = ("Els", "Bram", "Karim", "Joke"), ("Anna", "Ben"), tuple(p.name for p in PEOPLE)
COMMANDS = sorted({item.dutch for item in MENU})
SHOWING = (
    "zaak",
    "mijngegevens",
    "status",
    "meer",
    "dossier",
    "brief",
    "klaar",
    "nagekomen",
    "wederhoor",
    "machtiging",
)
TYPED = (
    "ja", "1", "2", "3", "7", "verder", "gisteren", "vrijdag", "30 februari", "3 november", "055 123 45 67", "a@b.nl",
    "Karim luisterde niet", "Joke Postma was onbeleefd", "😀", "<b>&", "Dat ging mis", "mijn BSN is 123456782",
)  # fmt: skip
BSN = "123456782"
MEMORY = Path("/dev") / "shm"  # a disk of memory, where there is one: a commit waits for no real disk
OURS = ("Something went wrong on our side", "Er ging bij ons iets mis", "Traceback")
FIRST = "[*]"  # whatever button is shown last and first
CLOSING = {"closed", "withdrawn", "duplicate", "no_complaint"}
FEW = 3  # complaints at a time: with more, none gets far
EXEMPT = {"withdrawn", "duplicate", "no_complaint"}
CANARY, SECRET = re.compile(r"kanarie\d+"), re.compile(r"geheim\d+")
who_of = st.sampled_from(EVERYBODY)

INTAKE = {  # the shortest way to a sent complaint, after the story
    "nl": ("[Verder]", "[Alle onderwerpen]", "{topic}", "[Geen hulpmiddel]", "[Nee, niets]", "[Weet ik niet]", "[Nee]",
           "[Weet ik niet]", "[Ja]", "[Het oplossen]", "[Verder]", "[Voor mijzelf]", "[Liever niet]",
           "[Hier in Telegram]", "[Klacht versturen]"),
    "en": ("[Continue]", "[All topics]", "{topic}", "[Not about an aid]", "[No, none]", "[I don't know]", "[No]",
           "[I don't know]", "[Yes]", "[Solve it]", "[Continue]", "[For myself]", "[Rather not]", "[Here in Telegram]",
           "[Send complaint]"),
}  # fmt: skip
TOPICS = {
    "nl": ("[Hoe ik ben behandeld]", "[Te laat of niet geleverd]", "[Kapot of slechte kwaliteit]", "[Iets anders]"),
    "en": ("[How I was treated]", "[Late or not delivered]", "[Broken or poor quality]", "[Something else]"),
}
ENTRY = ("[Weet ik niet]", "[Het oplossen]", "[Verder]", "[Liever niet]", "[Nee, de cliënt zelf]", "[Overslaan]",
         "[Nee]", "[Inschrijven]")  # fmt: skip
ROADS = {  # what who handles a case does in one go, so that the late statuses are reached too
    "take": ("/oppakken {n}", "[Nee, ik ben onafhankelijk]"),
    "facts": ("/oorzaak {n}", "[Planning of capaciteit]", "Te druk", "/maatregel {n}", "[Niet nodig, want…]", "Nee",
              "/incidenteel {n}", "[Overslaan]", "/wederhoor {n}", "[Niet gehoord, want…]", "Ziek"),
    "outcome": ("/uitkomst {n}", "Alles", "[Zoals vastgelegd]", "Wij doen ons best", "[Nu niets]", "[Overslaan]",
                "[Ja, opgelost]", "[Versturen]"),
    "ask": ("/vraag {n}", "Hoe was dat?", "[Versturen]"),
    "note": ("/notitie {n}", "{secret}"),
    "prevent": ("/structureel {n}", "[Overslaan]", "/voorkomen {n}", "Een lijst", "[Ik, deze week]"),
    "promise": ("/belofte {n}", "Ik bel", "[Deze week]", "[Versturen]"),
    "agreement": ("/maatregel {n}", "[Afspraak alsnog nakomen]", "[Overslaan]", "[Ik, vandaag]"),
    "account": ("/wederhoor {n}", FIRST, "Wat gebeurde er?"),
    "tells": ("[Mijn verhaal vertellen]", "Het was druk"),
    "no_prevention": ("/voorkomen {n}", "[Niet nodig, want…]", "Komt niet meer voor"),
    "authority": ("/machtiging {n}", FIRST),
    "extend": ("/verlengen {n}", "[1 week langer]", "Ziekte", "[Versturen]"),
    "report": ("/melding {n}", "[Nee, want…]", "Geen letsel"),
    "verdict": ("/oordeel {n}", "[Gegrond]", "[Vandaag]", "[Overslaan]", "[Overslaan]", "[Versturen]"),
    "close": ("/afsluiten {n}",),
    "agrees": ("/meer {n}", "[Cliënt akkoord]"),
    "merge": ("/samenvoegen {n}", FIRST),
    "no_complaint": ("/geen_klacht {n}", "Het is een vraag", "[Versturen]"),
    "hand": ("/overdragen {n}", FIRST),
    "about": ("/betrokken {n}", "[Karim Haddad]"),
    "letter": ("/brief {n}", "[Vandaag verstuurd]"),
    "done": ("/klaar {n}", "[Alsnog nagekomen]", "[Het is gedaan]"),
    "rubric": ("/rubriek {n}", "[Privacy]"),
    "kept": ("/nagekomen {n}", "[Ja, nagekomen]"),
    "message": ("/bericht {n}", "Tot vrijdag", "[Versturen]"),
    "decline": ("/doorgeven {n}", "[Geen tijd]"),
    "effect": ("[Het kwam terug]", "[Het bleef weg]"),
}  # fmt: skip
ROADS["decide"] = (*ROADS["facts"], *ROADS["outcome"])
ANSWERS = {  # what a client does with a case in one go
    "agree": ("[Zo is het goed]", "[This is fine]"),
    "disagree": ("[Ik ben het niet eens]", "[Dat zeg ik liever niet]", "[I disagree]", "[I would rather not say]"),
    "retry": ("[Samen opnieuw bekijken]", "[Look again together]"),
    "gone": ("[Ik ben daarheen gegaan]", "[Vandaag]", "[I have gone there]", "[Today]"),
    "withdraw": ("/intrekken {n}", "[Ja, stop ermee]", "[Overslaan]", "[Ja, dat weet ik zeker]", "[Yes, stop it]",
                 "[Skip]", "[Yes, I am sure]"),
    "reopen": ("/heropenen {n}", "Toch niet goed"),
    "object": ("/iemand_anders {n}", "[Dat zeg ik liever niet]", "[I would rather not say]"),
    "add": ("/aanvullen {n}", "Nog iets", "[Verder]", "[Continue]"),
    "longer": ("[Dat is goed]", "[That is fine]"),
    "data": ("/mijngegevens {n}",),
    "survey": ("/tevreden {n}", "[Ontevreden]", "[Nee]", "[Overslaan]", "[Dissatisfied]", "[No]", "[Skip]"),
    "question": ("[Ik heb een vraag]", "[I have a question]", "Wanneer dan?", "[Verder]", "[Continue]"),
    "answer": ("[Antwoorden]", "[Answer]", "Op maandag", "[Verder]", "[Continue]"),
    "road": ("/weg {n}", "[Eerst praten]", "[Talk first]"),
    "rest": ("/rest {n}", FIRST, FIRST, "[Weet ik niet]", "[Het oplossen]", "[Verder]", FIRST, FIRST, FIRST),
    "worked": ("[Het kwam terug]", "[It came back]"),
    "too_long": ("/te_lang {n}",),
}  # fmt: skip

NEXT = {  # what may come next, by status; the likelier the more often
    "received": ("take",), "assigned": ("take", "take", "withdraw"),
    "analysis": ("decide", "decide", "decide", "agreement", "ask", "extend"),
    "proposed": ("agree", "agree", "disagree", "disagree", "question", "object"), "offline": ("agrees",),
    "agreed": ("close", "close", "report", "done", "no_prevention", "prevent"),
    "disagreed": ("retry", "retry", "gone", "gone", "close"), "referred": ("verdict",), "verdict": ("close", "decide"),
    "closed": ("reopen", "survey", "done", "prevent", "effect", "worked"),
}  # fmt: skip


def rows_of(tx: Tx) -> tuple[dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]], list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    for row in tx.every(EVENTS.name):
        told.setdefault(str(row["case"]), []).append(row)
    for rows in told.values():
        rows.sort(key=lambda row: str(row["id"]))
    return told, {str(row["number"]): row for row in tx.every(REGISTER.name)}, list(tx.every(STAFF.name))


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.runner = asyncio.Runner()
        self.world = InMemory(example(self.folder), self.folder)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.cases: dict[str, Case] = {}
        self.heard: dict[str, dict[int, str]] = {}
        self.written: dict[str, set[str]] = {name: set() for name in EVERYBODY}  # canaries somebody typed
        self.home: dict[str, str] = {}  # canary → the case it lives in
        self.count = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize()
    def everybody_joins(self) -> None:
        for person in PEOPLE:
            self.run(self.world.person(person))
            self.heard[person.name] = {}
        self.check()

    def teardown(self) -> None:
        try:
            for number, rows in self.rows.items():
                assert self.cases[number] == fold(number, map(lifted, rows))
            code, said = check_record(self.world.store, self.world.rules)
            assert code == 0, said  # I17
            assert BSN not in json.dumps(self.world.store.export(), ensure_ascii=False)  # I21
        finally:
            self.world.close()
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # What people do --------------------------------------------------------------------------------------

    def act(self, who: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.world.toasts.clear()
        before = self.world.updates
        self.run(work())
        queries = Counter(answer.query for answer in self.world.toasts if isinstance(answer, events.Answer))
        assert all(n == 1 for n in queries.values()), queries  # I19: no press is answered twice
        if self.pressed:
            assert queries[self.pressed] == 1, f"a press by {who} was not answered"
        assert self.world.updates - before <= 1
        self.check()

    pressed = ""

    def press(self, who: str, data: str, message: int) -> None:
        self.pressed = f"q{self.world.updates}"
        self.act(who, lambda: self.world.take(who, events.Tapped(self.pressed, data, message)))
        self.pressed = ""

    def say(self, who: str, text: str, reply: bool = False) -> None:
        self.written[who] |= set(CANARY.findall(text))
        self.act(who, lambda: self.world.say(who, text, reply))

    def play(self, who: str, *lines: str) -> None:
        """Several acts in a row; a button that is not there is left out."""
        for line in lines:
            if not line.startswith("["):
                self.say(who, line)
                continue
            if line == FIRST:
                self._tap(who, who, 0)
                continue
            try:
                message, button = self.world.button(who, line[1:-1])
            except Differs:
                continue
            self.press(who, button.data, message["id"])

    def canary(self) -> str:
        self.count += 1
        return f"kanarie{self.count}"

    def number(self, place: int) -> str:
        numbers = sorted(self.cases)
        return numbers[place % len(numbers)] if numbers else "2345-6789"

    @precondition(lambda self: len(self.cases) < FEW)
    @rule(
        who=st.sampled_from(CLIENTS),
        topic=st.integers(0, 3),
        names=st.sampled_from(("", "", "Karim", "Els", "Joke")),
        taken=st.booleans(),
        hurt=st.sampled_from((False, False, False, True)),
    )
    def complain(self, who: str, topic: int, names: str, taken: bool, hurt: bool) -> None:
        language = "nl" if who == "Anna" else "en"
        known = set(self.cases)
        story = f"Er ging weer van alles mis met mijn schoenen {self.canary()} {names}{' en ik ben gevallen' * hurt}"
        self.play(
            who,
            "/opnieuw",
            "[Ja, opnieuw beginnen]",
            "[Yes, start again]",
            "[Ja, dat is goed]",
            "[Yes, I agree]",
            story,
        )
        if hurt:
            self.play(who, "[Verder]", "[Continue]", "[Gevallen of gewond]", "[Fell or got hurt]", "[Nu versturen]",
                      "[Send now]")  # fmt: skip
        else:
            self.play(who, *(line.format(topic=TOPICS[language][topic]) for line in INTAKE[language]))
        assert len(set(self.cases) - known) <= 1  # I3
        for number in set(self.cases) - known:
            shown = f"{number[:4]}-{number[4:]}"
            reached = any(shown in text for text in self.heard[who].values())
            assert reached or self.world.chats[who].blocked, "no receipt"
            if taken:
                self.who_has_it_handles(road="take", place=sorted(self.cases).index(number))

    @precondition(lambda self: len(self.cases) < FEW)
    @rule(who=st.sampled_from(STAFF_NAMES), how=st.sampled_from(("Per telefoon", "Per brief", "Persoonlijk")),
          on=st.sampled_from(("[Vandaag]", "[Gisteren]")))  # fmt: skip
    def register(self, who: str, how: str, on: str) -> None:
        story = f"De nota van mijn brace is veel te hoog {self.canary()}"
        self.play(who, "/nieuw", f"[{how}]", on, "[Nederlands]", story, "[Rekening of vergoeding]", "brace", *ENTRY)

    @precondition(lambda self: self.cases)
    @rule(who=st.sampled_from(STAFF_NAMES), road=st.sampled_from(sorted(ROADS)), place=st.integers(0, 5))
    def handle(self, who: str, road: str, place: int) -> None:
        self.count += 1
        self.play(who, *(line.format(n=self.number(place), secret=f"geheim{self.count}") for line in ROADS[road]))

    @precondition(lambda self: self.cases)
    @rule(road=st.sampled_from(sorted(ROADS)), place=st.integers(0, 5))
    def who_has_it_handles(self, road: str, place: int) -> None:
        case = self.cases[self.number(place)]
        who = case.mediator.capitalize() or "Els"
        self.count += 1
        self.play(who, *(line.format(n=case.number, secret=f"geheim{self.count}") for line in ROADS[road]))

    @precondition(lambda self: self.cases)
    @rule(place=st.integers(0, 5), choices=st.lists(st.integers(0, 11), min_size=1, max_size=8))
    def goes_on(self, place: int, choices: list[int]) -> None:
        """The next steps of the life of a case, so that the late statuses are reached too."""
        number = self.number(place)
        for choice in choices:
            case = self.cases[number]
            ways = NEXT["offline" if case.status == "proposed" and not case.online else case.status]
            road = ways[choice % len(ways)]
            if road in ROADS:
                self.who_has_it_handles(road=road, place=place)
            elif case.online:
                self.client_answers(road=road, place=place)

    @precondition(lambda self: self.cases)
    @rule(road=st.sampled_from(sorted(ANSWERS)), place=st.integers(0, 5))
    def client_answers(self, road: str, place: int) -> None:
        case = self.cases[self.number(place)]
        who = next((name for name in CLIENTS if self.world.chats[name].id == case.client), "Anna")
        self.play(who, *(line.format(n=case.number) for line in ANSWERS[road]))

    @rule(who=who_of, place=st.integers(0, 30))
    def tap(self, who: str, place: int) -> None:
        self._tap(who, who, place)

    @rule(who=who_of, other=who_of, place=st.integers(0, 30))
    def tap_what_another_sees(self, who: str, other: str, place: int) -> None:
        self._tap(who, other, place)

    def _tap(self, who: str, other: str, place: int) -> None:
        shown = [
            (message["id"], button.data)
            for message in reversed(self.world.chats[other].messages)
            if message["from"] == "bot"
            for row in message["buttons"]
            for button in row
            if button.data
        ]
        if shown:
            message, data = shown[place % len(shown)]
            self.press(who, data, message if who == other else 1)

    @rule(
        who=who_of, name=st.sampled_from(COMMANDS), place=st.integers(-1, 5), more=st.sampled_from(("", " yes", ":1"))
    )
    def command(self, who: str, name: str, place: int, more: str) -> None:
        number = "" if place < 0 else f" {self.number(place)}{more}"
        self.say(who, f"/{name}{number}")

    @precondition(lambda self: self.cases)
    @rule(who=who_of, place=st.integers(0, 5))
    def pry(self, who: str, place: int) -> None:
        """Whatever could show something of a case, by somebody who may have nothing to do with it."""
        self.play(who, *(f"/{name} {self.number(place)}" for name in SHOWING))

    @rule(who=who_of, text=st.sampled_from(TYPED), reply=st.booleans())
    def type(self, who: str, text: str, reply: bool) -> None:
        self.say(who, text, reply)

    @rule(who=who_of, text=st.sampled_from(TYPED))
    def edit(self, who: str, text: str) -> None:
        if any(message["from"] == "person" for message in self.world.chats[who].messages):
            self.act(who, lambda: self.world.edit(who, text))

    @rule(who=st.sampled_from(("Anna", "Ben", "Karim", "Joke")), blocked=st.booleans())
    def block(self, who: str, blocked: bool) -> None:
        self.world.chats[who].blocked = blocked

    @rule(who=who_of)
    def send_a_photo(self, who: str) -> None:
        self.act(who, lambda: self.world.file(who, "photo", "a.jpg", ""))

    @rule(seconds=st.sampled_from((60, 600, 3600, 36000, 25 * 3600, 3 * 86400, 8 * 86400, 15 * 86400, 40 * 86400)))
    def clock(self, seconds: int) -> None:
        self.act("clock", lambda: self.world.advance(seconds))

    @rule()
    def restart(self) -> None:
        self.act("restart", self.world.restart)

    # What must hold --------------------------------------------------------------------------------------

    def check(self) -> None:
        told, register, staff = self.world.store.read_now(rows_of)
        before = dict(self.cases)
        for number, rows in told.items():
            known = self.rows.get(number, [])
            assert rows[: len(known)] == known, f"the history of {number} changed"  # I5
            if len(rows) == len(known):
                continue
            for row in rows[len(known) :]:
                self._happened(number, lifted(row), staff)
            self.rows[number] = rows
            case = self.cases[number]
            assert register[number]["status"] == case.status, f"the register differs from {number}"
            assert not case.mediator or case.mediator not in case.barred, f"{number}: a barred mediator"  # I8
        for number in self.rows.keys() - told.keys():
            assert register[number]["erased"], f"{number} is gone"
            del self.rows[number], self.cases[number]
        assert any("admin" in row["roles"] for row in staff)  # I16
        self._listen(before, staff)

    def _happened(self, number: str, event: Happened, staff: list[dict[str, Any]]) -> None:
        """One more event of a case: may it follow, from whom, and does it say what it must?"""
        case = self.cases.get(number)
        if case is None:
            assert event.kind == "received", f"{number} begins with {event.kind}"
            assert number not in self.home.values()  # I2
            self.cases[number] = after(None, number, event)
            for canary in CANARY.findall(json.dumps(event.facts, default=str)):
                self.home[canary] = number
            return
        assert event.kind != "received"
        actor = self._actor(event.by, case, staff)
        related = relations(actor, case)
        assert any(case.status in step.source and step.who & related for step in STEPS[event.kind]), (
            f"{number}: {event.kind} by {event.by} from {case.status}"
        )  # I4
        if event.kind == "reminded":
            what = event.facts["what"]
            due = deadlines.due(case, self.world.rules.firm.terms, self.world.rules.zone)
            assert any(one.what == what and one.at <= event.at for one in due), f"{number}: {what} too early"  # I12
            assert what not in case.reminded, f"{number}: {what} twice"
        if event.kind in CLOSING | {"agreed"}:
            assert event.by != "bot", f"{number} was {event.kind} by itself"  # I14, I18
        if event.kind == "agreed":
            assert case.outcome is not None and event.facts["version"] == case.outcome.version
        if event.kind == "referred":
            assert case.status == "disagreed" or "client" in related  # I15
        if event.kind == "closed":
            lacking = [need.name for need in missing(case, BEFORE_CLOSING)]
            assert not lacking, f"{number} was closed without {lacking}"  # I13
            agreed = [e for e in case.history if e.kind == "agreed"]
            assert event.facts["how"] != "agreed" or (
                case.outcome and agreed[-1].facts["version"] == case.outcome.version
            )
        self.cases[number] = after(case, number, event)
        assert self.cases[number].closed_as in {"", "agreed", "not_agreed", "no_answer", "verdict"} | EXEMPT

    def _actor(self, by: str, case: Case, staff: list[dict[str, Any]]) -> Actor:
        if by == "bot":
            return Actor(0, "", "nl")
        if by == "client":
            return Actor(case.client, "", "nl")
        row = next(row for row in staff if row["key"] == by)
        return Actor(int(row["person"]), "", "nl", by, frozenset(row["roles"]))

    def _listen(self, before: dict[str, Case], staff: list[dict[str, Any]]) -> None:
        """Everything anybody has heard since the last act."""
        numbers = {f"{number[:4]}-{number[4:]}" for number in (*before, *self.cases)}
        secrets = {word for case in self.cases.values() for _, text, _ in case.notes for word in SECRET.findall(text)}
        for name, chat in self.world.chats.items():
            roles = [row for row in staff if row["person"] == chat.id]
            for message in chat.messages:
                if message["from"] != "bot" or self.heard[name].get(message["id"]) == message["text"]:
                    continue
                text = self.heard[name][message["id"]] = message["text"]
                assert not any(words in text for words in OURS), f"{name} heard: {text}"  # I20
                assert BSN not in text
                for canary in set(CANARY.findall(text)) - self.written[name]:  # I6
                    number = self.home[canary]
                    actor = Actor(chat.id, "", "nl", roles[0]["key"] if roles else "",
                                  frozenset(role for row in roles for role in row["roles"]))  # fmt: skip
                    states = [cases[number] for cases in (before, self.cases) if number in cases]
                    reads = any(may_read(actor, state) or self._joined(actor, state) for state in states)
                    assert reads, f"{name} read of {number}: {text}"
                if name not in STAFF_NAMES:
                    assert not secrets & set(SECRET.findall(text)), f"{name} read a note: {text}"
                if name in CLIENTS:
                    assert set(re.findall(rf"\b{NUMBER}\b", text)) <= numbers, f"no such complaint: {text}"  # I1

    def _joined(self, actor: Actor, case: Case) -> bool:
        """Who may read the case another was joined to reads that one too."""
        return any(case.number in one.related and may_read(actor, one) for one in self.cases.values())


def test_whatever_people_do_the_promises_hold() -> None:
    """In CI some two minutes: 200 lives of 40 acts, most of which are several."""
    many, long = (200, 40) if os.environ.get("CI") else (15, 30)
    profile = settings(
        max_examples=many, stateful_step_count=long, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Life, settings=profile)
