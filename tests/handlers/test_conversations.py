"""What must hold for every talk the menu can start, whatever people send.

A restart changes nothing; /back undoes exactly one answer; a refused answer changes nothing; the review shows exactly
what is stored; there is no dead end. The transcripts in tests/scenarios/ show single talks; this draws all the others.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import record
from bot.record import answers_of, answers_row
from bot.settings import read
from handlers import conversation
from handlers.client import intake
from handlers.conversation import ASIDE, Answer, Answers, Attachment, Turn, question_of
from handlers.facts import Facts
from handlers.manager.entry import CHANNELS, Taken
from handlers.mediator.deciding import SAME
from handlers.mediator.talks import Entry
from handlers.menu import TALKS
from handlers.procedure.case import Case, Complaint, Happened, after, filed, fold
from handlers.procedure.likeness import Alike
from handlers.procedure.steps import Actor
from handlers.questions import none_of
from handlers.texts import Lines, Text
from locales import names
from tests.handlers.a_case import happened

FIRM = read({}).firm
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PHOTO = Attachment("f-" + "0" * 32, "photo", "shoe.jpg", 10, "0" * 64, "tg")
VOICE = replace(PHOTO, kind="voice", name="")
SAID = (
    "", " ", "ja", "1", "2", "99", "gisteren", "morgen", "30 februari", "3 november", "055 123 45 67", "12", "a@b.nl",
    "Ik ben gevallen door mijn nieuwe steunzool en nu heb ik een wond.", "#unknown", "<b>&", "😀", "kort",
    "Mijn schoenen zijn al drie weken te laat en niemand belt mij terug.", "\u202eomgekeerd",
)  # fmt: skip


def case() -> Case:
    """A case on which every talk of staff and client can be held: a question is open, and two measures wait."""
    complaint = Complaint(
        story=("Te laat.",), rubric="delivery", sent_early=True, danger="#wound", for_other="mijn moeder", reach="#chat"
    )
    first = {
        "client": 7,
        "language": "nl",
        "channel": "letter",
        "complaint": filed(complaint),
        "named": ["bram"],
        "about": ["bram"],
    }
    measure = {"code": "law", "what": "", "owner": "karim", "due": "2026-12-01", "kind": "corrective"}
    events = [
        Happened("received", NOW, "client", first),
        Happened("assigned", NOW, "bot", {"mediator": "karim"}),
        Happened("accepted", NOW, "karim", {"mediator": "karim"}),
        Happened("clarify", NOW, "karim", {"text": "Welke schoenen?"}),
        Happened("cause", NOW, "karim", {"code": "planning", "text": "Vergeten"}),
        Happened("measure", NOW, "karim", measure | {"code": "supplier", "what": "Nieuwe zool"}),
        Happened("measure", NOW, "karim", measure | {"kind": "preventive"}),
    ]
    return fold("7QXM4RTB", events)


FACTS = Facts(
    FIRM, ZoneInfo(FIRM.zone), NOW, date(2026, 11, 23), names(),
    Actor(7, "Truus", "nl", "karim", frozenset({"mediator", "manager"})), case(),
    (("karim", "Karim Haddad"), ("els", "Els Vermeer"), ("bram", "Bram de Wit")),
    lambda: {"cause": Alike(3, 0.4, 0.01)},
    lambda: (("joke", 0), ("els", 2)), lambda: ("8RYN5SVC", "23456789"),
)  # fmt: skip
ONE_LEFT = happened("done", NOW, measure=0)
LATER = replace(  # the same case further on: it has more time, went to the committee, and one measure is left
    FACTS,
    case=replace(after(after(FACTS.case, "7QXM4RTB", happened("extended", NOW)), "7QXM4RTB", ONE_LEFT), cause=None),
    alike=dict,
    colleagues=(),
)
KEPT = replace(
    FACTS,
    kept=(
        (Answer("Hallo", on="2026-11-22"), Answer(file=PHOTO, on="2026-11-22")),
        (Answer("Ik viel.", on="2026-11-23"),),
    ),
    attached=(Answer("Kijk", file=VOICE, on="2026-11-23"),),
)
SITUATIONS = {"now": FACTS, "later": LATER, "kept": KEPT}


@st.composite
def moves(draw: st.DrawFn) -> tuple[str, Any]:
    """What somebody does: press the n-th button, type, send a file, or go back."""
    kind = draw(st.sampled_from(["press"] * 6 + ["type"] * 4 + ["file", "back"]))
    if kind == "press":
        return kind, draw(st.integers(0, 14))
    if kind == "type":
        return kind, draw(st.sampled_from(SAID) | st.text(max_size=40))
    return kind, draw(st.sampled_from([PHOTO, VOICE]))


def answer(turn: Turn[Any], move: tuple[str, Any], misses: int) -> Answer:
    assert turn.ask is not None
    kind, what = move
    if kind == "press" and turn.ask.options:
        return Answer(option=turn.ask.options[what % len(turn.ask.options)].name, on="2026-11-23", misses=misses)
    if kind == "file":
        return Answer(file=what, on="2026-11-23", misses=misses)
    return Answer(text=str(what), on="2026-11-23", misses=misses)


def stored(answers: Answers) -> Answers:
    """The answers as they come back from the record."""
    return answers_of({"answers": json.loads(json.dumps(answers_row(answers)))})


@pytest.mark.parametrize("name", TALKS)
@settings(max_examples=60, deadline=None)
@given(talk=st.lists(moves(), max_size=40), when=st.sampled_from([*SITUATIONS]))
def test_every_talk(name: str, talk: list[tuple[str, Any]], when: str) -> None:
    flow = lambda: TALKS[name].flow(SITUATIONS[when])  # noqa: E731 - as the desk makes it for every turn
    now: Turn[Any] = conversation.play(flow, {})
    misses = 0
    for move in talk:
        if now.ask is None:
            break
        before = now
        if move[0] == "back":
            now = conversation.back(flow, before.answers)
            gone = before.answers.keys() - now.answers.keys()
            returned = any(key[0] == ASIDE for key in before.answers)
            assert returned or (gone <= set(before.used) and len(gone) == min(1, len(before.used)))
            misses = 0
        else:
            now = conversation.give(flow, before.answers, answer(before, move, misses))
            if now.refused:
                assert now.answers == before.answers and now.ask == before.ask
                misses += 1
            else:
                misses = 0
                undone(flow, before, now)
        again = conversation.play(flow, stored(now.answers))
        assert (again.ask, again.used, again.result) == (now.ask, now.used, now.result), "a restart changes nothing"
        if now.ask is not None:
            assert can_go_on(flow, now), f"no way on from {now.ask.name}"
            if now.ask.name.startswith("review"):
                assert_review(flow, now)
            if now.ask.name.startswith("entry_sure"):
                assert_entry(flow, now)


def undone(flow: Any, before: Turn[Any], now: Turn[Any]) -> None:
    """/back after an accepted answer gives back exactly what was there."""
    steering = {question_of(name) for name in before.answers} - {question_of(name) for name in now.answers}
    earlier = {name: old for name, old in before.answers.items() if name[0] != ASIDE}
    back = conversation.back(flow, now.answers).answers
    if now.ask is not None and not steering:
        assert back == earlier
    elif steering:  # "change": the answers that led there are forgotten, the one asked anew returns with /back
        assert (
            back == {name: old for name, old in earlier.items() if question_of(name) not in steering} or now.ask is None
        )


def can_go_on(flow: Any, now: Turn[Any]) -> bool:
    """Is there an answer that is not refused, sooner or later?"""
    assert now.ask is not None
    tries = [Answer(option=option.name, on="2026-11-23") for option in now.ask.options]
    tries += [Answer(text=text, on="2026-11-23", misses=1) for text in ("Een gewone zin.", "0551234567", "a@b.nl")]
    return any(conversation.give(flow, now.answers, attempt).refused is None for attempt in tries)


def assert_review(flow: Any, now: Turn[Any]) -> None:
    """What the review shows is what sending would file."""
    assert now.ask is not None
    sent = conversation.give(flow, now.answers, Answer(option="send", on="2026-11-23"))
    assert isinstance(sent.result, Complaint)
    assert dict(now.ask.text.fields) == intake.overview(FACTS, sent.result)


def test_what_was_kept_is_added_only_when_it_belongs() -> None:
    def told(*answers: Answer) -> tuple[str, ...]:
        turn = conversation.play(lambda: TALKS["add"].flow(KEPT), {})
        for given_ in (*answers, Answer(option="continue")):
            turn = conversation.give(lambda: TALKS["add"].flow(KEPT), turn.answers, given_)
        assert turn.ask is None and isinstance(turn.result, tuple)
        return tuple(part.text for part in turn.result)

    yes, no, more = Answer(option="yes"), Answer(option="no"), Answer("Nog iets", on="2026-11-23")
    assert told(yes, yes) == ("Hallo", "", "Ik viel.")
    assert told(yes, no) == ("Hallo", "")
    assert told(no, more, yes) == ("Ik viel.", "Nog iets")
    assert told(no, no, more) == ("Nog iets",)


@pytest.mark.parametrize(
    ("before", "after", "danger"),
    [("Ik ben gevallen door die nieuwe zool.", "De zool van mijn schoen laat steeds los.", "#unknown"),
     ("De zool van mijn schoen laat steeds los.", "Ik ben gevallen door die nieuwe zool.", "#unsure")],
)  # fmt: skip
def test_not_knowing_follows_a_story_that_is_changed(before: str, after: str, danger: str) -> None:
    """The answer is of its own when there are danger words, and holds for the other case too: no dead end."""
    plain = replace(FACTS, case=None)
    flow = lambda: TALKS["intake"].flow(plain)  # noqa: E731 - as the desk makes it for every turn
    turn = conversation.play(flow, {})
    for _ in range(40):
        assert turn.ask is not None
        name, options = question_of(turn.ask.name), [option.name for option in turn.ask.options]
        if name == "review":
            break
        if name == "story":
            reply = Answer(option="continue") if options else Answer(before)
        elif name == "topic":
            reply = Answer(option="product_quality" if "product_quality" in options else "all")
        elif name == "safety":
            reply = Answer(option=next(option for option in options if option in {"unknown", "unsure"}))
        else:
            chosen = next((o for o in ("product_quality", "continue", "agree", *options) if o in options), "")
            reply = Answer(option=chosen) if chosen else Answer("Zo.")
        turn = conversation.give(flow, turn.answers, replace(reply, on="2026-11-23"))
    for reply in (Answer(option="change"), Answer(option="story"), Answer(after), Answer(option="continue")):
        turn = conversation.give(flow, turn.answers, replace(reply, on="2026-11-23"))
        assert turn.refused is None
    while turn.ask is not None and not turn.ask.name.startswith("review"):
        options = [option.name for option in turn.ask.options]
        turn = conversation.give(flow, turn.answers, Answer(option=options[-1], on="2026-11-23"))
    sent = conversation.give(flow, turn.answers, Answer(option="send", on="2026-11-23")).result
    assert isinstance(sent, Complaint) and sent.danger == danger and sent.story == (after,)


def test_nobody_is_told_to_choose_from_one_to_one() -> None:
    one, two = (intake.DONE,), (intake.DONE, intake.UNSURE)
    assert [none_of(o, numbered).text.name for o, numbered in ((one, True), (two, False), (two, True))] == [
        "err_tap", "err_tap", "err_choose",
    ]  # fmt: skip


def assert_entry(flow: Any, now: Turn[Any]) -> None:
    """The same for a complaint that staff write down: how and when it came, and all the rest."""
    assert now.ask is not None
    taken = conversation.give(flow, now.answers, Answer(option="save", on="2026-11-23")).result
    assert isinstance(taken, Taken)
    shown = dict(now.ask.text.fields)
    assert shown["on"] == date.fromisoformat(taken.on) <= FACTS.today
    assert shown["how"] == {option.name: option.label for option in CHANNELS}[taken.channel]
    assert {name: shown[name] for name in shown if name not in {"on", "how"}} == intake.overview(FACTS, taken.complaint)


ENOUGH = 60  # answers; the longest talk asks some twenty, and no loop of it has to be gone through


@pytest.mark.parametrize("when", SITUATIONS)
@pytest.mark.parametrize("name", TALKS)
def test_who_chooses_the_first_that_is_possible_comes_to_an_end(name: str, when: str) -> None:
    flow = lambda: TALKS[name].flow(SITUATIONS[when])  # noqa: E731
    turn: Turn[Any] = conversation.play(flow, {})
    for _ in range(ENOUGH):
        if turn.ask is None:
            break
        # A question that comes again (a list to tick, parts to send) is ended by its last button.
        options = [Answer(option=option.name, on="2026-11-23") for option in turn.ask.options]
        typed = [Answer(text=text, on="2026-11-23") for text in ("Een gewone zin.", "morgen", "0551234567", "a@b.nl")]
        tries = [*(options[-1:] if "#" in turn.ask.name else options[:1]), *typed]
        turn = next(given for one in tries if (given := conversation.give(flow, turn.answers, one)).refused is None)
    assert turn.ask is None, f"{name} still asks {turn.ask.name}"


def pressed(name: str, facts: Facts, *given: str) -> Any:
    """What a talk returns after these answers: `#name` presses the option called *name*, anything else is typed."""
    flow = lambda: TALKS[name].flow(facts)  # noqa: E731
    turn: Turn[Any] = conversation.play(flow, {})
    for text in given:
        assert turn.ask is not None
        answer_ = Answer(option=text[1:]) if text.startswith("#") else Answer(text=text)
        turn = conversation.give(flow, turn.answers, replace(answer_, on="2026-11-23"))
        assert turn.refused is None, turn.refused
    assert turn.ask is None, turn.ask
    return turn.result


@pytest.mark.parametrize(
    ("name", "given", "kind", "facts"),
    [
        ("assign", "#p_els", "assigned", {"mediator": "els"}),
        ("merge", "#n_23456789", "duplicate", {"of": "23456789", "reason": ""}),
        ("take", "#free", "accepted", {"mediator": "karim"}),
        ("take", "#involved", "declined", {"mediator": "karim", "reason": "#involved"}),
        (
            "about",
            "#p_joke",
            "barred",
            {"named": ["els", "joke"], "about": ["joke"]},
        ),  # and the manager of who is named
        ("heard", "#ask_bram|Was u erbij?|#send", "account_asked", {"who": "bram", "text": "Was u erbij?"}),
        ("heard", "Ik was ziek.|#p_bram", "heard", {"text": "Ik was ziek.", "who": "bram"}),
        ("heard", "#not_heard|Werkt hier niet meer", "not_heard", {"reason": "Werkt hier niet meer"}),
        ("account", "Ik was ziek.", "heard", {"text": "Ik was ziek.", "who": "karim"}),
        ("road", "#judge", "road", {"choice": "judge"}),
        ("ask", "Welke maat?|#adjust|Welke schoen?|#send", "clarify", {"text": "Welke schoen?"}),
        ("referred", "23 november", "referred", {"on": "2026-11-23"}),
        ("escalate", "#filed|#today", "referred", {"on": "2026-11-23"}),
        ("incident", "#no|Een blaar", "reportable", {"report": "no", "reason": "Een blaar"}),
        (
            "extend",
            "#w2|De fabriek is dicht|#send",
            "extended",
            {"until": "2027-01-18", "reason": "De fabriek is dicht"},
        ),
        ("kind", "#structural|Vaker gezien", "judged", {"kind": "structural", "reason": "Vaker gezien"}),
        ("withdraw", "#stop|#skip|#stop", "withdrawn", {"reason": ""}),
        ("survey", "#s2|#no|Bellen", "rated", {"score": "2", "solved": "no", "text": "Bellen"}),
        (
            "promise",
            "Wij bellen|vrijdag|#send",
            "promised",
            {"what": "Wij bellen", "due": "2026-11-27", "owner": "karim"},
        ),
    ],
)
def test_what_a_talk_finds_out(name: str, given: str, kind: str, facts: dict[str, Any]) -> None:
    assert FACTS.case is not None
    facts_of = FACTS
    if name == "escalate":  # the client has disagreed, so it may be recorded where they went
        disagreed = [happened(kind, NOW) for kind in ("proposed", "disagreed")]
        facts_of = replace(FACTS, case=fold("7QXM4RTB", [*FACTS.case.history, *disagreed]))
    assert pressed(name, facts_of, *given.split("|")) == Entry(kind, facts)


MEASURE = {"code": "other", "what": "Bellen", "kind": "corrective"}


@pytest.mark.parametrize(
    ("given", "owner", "due"),
    [
        ("#me_week", "karim", "2026-11-27"),
        ("#me_today", "karim", "2026-11-23"),
        ("#elsewise|#p_els|#two_weeks", "els", "2026-12-11"),
        ("#elsewise|Leverancier|12 januari", "Leverancier", "2027-01-12"),
    ],
)
def test_a_measure_has_an_owner_and_a_day(given: str, owner: str, due: str) -> None:
    entry_ = pressed("measure", FACTS, "#other", "Bellen", *given.split("|"))
    assert {name: entry_.facts[name] for name in (*MEASURE, "owner", "due")} == {**MEASURE, "owner": owner, "due": due}


def test_who_is_involved_owns_no_measure() -> None:
    flow = lambda: TALKS["measure"].flow(FACTS)  # noqa: E731
    answers = {
        "measure": Answer(option="other"),
        "measure_what": Answer(text="Bellen"),
        "plan": Answer(option="elsewise"),
    }
    ask = conversation.play(flow, answers).ask
    assert ask is not None and [option.name for option in ask.options] == ["p_els", "p_karim", "p_joke"]


ALL_DONE = after(LATER.case, "7QXM4RTB", happened("done", NOW, measure=1))


@pytest.mark.parametrize(
    ("name", "nothing"), [("assign", {"eligible": tuple}), ("merge", {"others": tuple}), ("done", {"case": ALL_DONE})]
)
def test_with_nothing_to_choose_from_a_talk_is_over_at_once(name: str, nothing: dict[str, Any]) -> None:
    turn = conversation.play(lambda: TALKS[name].flow(replace(FACTS, **nothing)), {})
    assert (turn.ask, turn.result) == (None, None)


@pytest.mark.parametrize(
    ("again", "typed", "refused"),
    [
        (False, "2 januari", "err_extend_early"),  # the outcome is due on the 4th
        (False, "4 januari", "err_extend_early"),
        (False, "5 januari", ""),
        (False, "1 februari", ""),
        (False, "2 februari", "err_extend_late"),  # more than four weeks
        (True, "2 februari", ""),  # a further one, if the client agrees
    ],
)
def test_more_time_is_at_most_four_weeks(again: bool, typed: str, refused: str) -> None:
    flow = lambda: TALKS["extend"].flow(LATER if again else FACTS)  # noqa: E731
    turn = conversation.give(flow, {}, Answer(text=typed, on="2026-11-23"))
    assert (turn.refused.name if turn.refused else "") == refused


def test_look_alikes_are_shown_beside_the_choice() -> None:
    ask = conversation.play(lambda: TALKS["kind"].flow(FACTS), {}).ask
    assert ask is not None
    alike = dict(ask.text.fields)["alike"]
    assert isinstance(alike, Text)
    lines = dict(alike.fields)["lines"]
    assert isinstance(lines, Lines)
    (line,) = lines.parts
    assert isinstance(line, Text) and line.name == "kind_alike"
    assert dict(line.fields) == {"what": SAME["cause"], "seen": 3, "expected": "0,4"}
    ask = conversation.play(lambda: TALKS["kind"].flow(LATER), {}).ask
    assert ask is not None
    alike = dict(ask.text.fields)["alike"]
    assert isinstance(alike, Text) and alike.name == "kind_no_cause"


def test_a_refusal_before_any_answer_is_a_bug() -> None:
    def flow() -> conversation.Flow[None]:
        raise conversation.Invalid(intake.RECOGNISED)
        yield

    with pytest.raises(RuntimeError):
        conversation.play(flow, {})


def test_loops_number_their_answers() -> None:
    turn = conversation.play(lambda: TALKS["intake"].flow(FACTS), {"channel": Answer(option="agree")})
    for text in ("Eerst dit.", "Toen dat.", "En dit."):
        turn = conversation.give(lambda: TALKS["intake"].flow(FACTS), turn.answers, Answer(text=text, on="2026-11-23"))
    assert [name for name in turn.answers if question_of(name) == "story"] == ["story", "story#2", "story#3"]


def test_rows_keep_the_order_in_which_answers_were_given() -> None:
    answers = {name: Answer(text=name) for name in ("z", "a", "m")}
    assert list(record.answers_of({"answers": answers_row(answers)})) == ["z", "a", "m"]


@pytest.mark.parametrize(
    ("was", "fitter", "refused"),
    [
        ("Sanne", "Bram de Wit", "err_same_fitter"),
        ("Sanne", "Joke", ""),
        ("Sanne", "Nel van elders", ""),
        ("Joke", "Joke van Dam", "err_same_fitter"),
        ("Nel van elders", "nel van elders", "err_same_fitter"),
    ],
)
def test_the_new_fitter_is_another_one(was: str, fitter: str, refused: str) -> None:
    """Part two of the third measure: the client goes to somebody else, whom the complaint is not about."""
    told = case()
    for n in range(len(told.measures)):
        told = after(told, "7QXM4RTB", happened("done", NOW, measure=n))
    told = after(told, "7QXM4RTB", happened("measure", NOW, code="fitter", what="", owner="karim"))
    flow = lambda: TALKS["done"].flow(replace(FACTS, case=told))  # noqa: E731
    turn: Turn[Any] = conversation.play(flow, {})
    for given_ in (Answer(was), Answer("Hij had haast."), Answer(option="yes"), Answer(fitter)):
        turn = conversation.give(flow, turn.answers, given_)
    assert (turn.refused.name if turn.refused else "") == refused
