"""Who may do what to a case, and when: every event, in every status, for everybody who could try.

The table under test goes by event; the one here goes by person and status, so that a slip in either shows. The
surprising truth: most of it is empty.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.menu import BY_NAME
from handlers.procedure import case as case_module
from handlers.procedure.case import LEADS_TO, Case, Happened, after
from handlers.procedure.steps import (
    BEFORE_CLOSING,
    BEFORE_OUTCOME,
    ONLY_IF,
    STEPS,
    Actor,
    can,
    may_read,
    may_see,
    missing,
    relations,
)
from tests.handlers.a_case import CLIENT, FIRST, NOW, STAGES, TOLD, case, entered, happened, received

KARIM = Actor(2, "Karim", "nl", "karim", frozenset({"mediator"}))
ELS = Actor(3, "Els", "nl", "els", frozenset({"manager"}))
ADA = Actor(4, "Ada", "nl", "admin", frozenset({"admin"}))
JOKE = Actor(5, "Joke", "nl", "joke", frozenset({"mediator"}))
BRAM = Actor(6, "Bram", "nl", "bram", frozenset({"mediator"}))
PEOPLE = {
    "bot": Actor(0, "", "nl"),
    "client": Actor(CLIENT, "Truus", "nl"),
    "karim": KARIM,  # offered the case in `assigned`, has it from `analysis` on, is nobody in `received`
    "els": ELS,  # a manager it is not about
    "joke": JOKE,  # does one of its measures and has no other part in it
    "bram": BRAM,  # it is about him, and his account was asked
    "ada": ADA,
}
BOT = "acknowledged reminded unreachable danger about_asked barred "
BOT_OPEN = BOT + "related "
CLIENT_ = "added edited checked forget_asked "
ASKS = CLIENT_ + "withdrawn road referred "  # while we still decide it: it may go to the committee at any time
ALWAYS = "note message redacted done checked promise_kept reportable "
HANDLE = ALWAYS + "acknowledged clarify rubric barred authority promised "
WORK = HANDLE + "account_asked heard not_heard cause measure no_measure judged no_prevention "
MANAGE = "assigned related "
EARLY = MANAGE + "measure duplicate no_complaint "
LEARN = "measure judged no_prevention "  # also after closing: what was learned too late for the client is not lost
MAY = {
    "bot": {
        "received": BOT_OPEN + "assigned", "assigned": BOT_OPEN + "passed", "analysis": BOT_OPEN,
        "proposed": BOT_OPEN, "agreed": BOT_OPEN, "disagreed": BOT_OPEN, "referred": BOT_OPEN, "verdict": BOT_OPEN,
        "closed": BOT,
    },
    "client": {
        "received": ASKS,  # nobody to object to yet
        "assigned": ASKS + "objected",
        "analysis": ASKS + "objected",
        "proposed": ASKS + "objected asked agreed disagreed",
        "agreed": ASKS + "objected disagreed",
        "disagreed": ASKS + "objected retried",
        "referred": CLIENT_ + "withdrawn",
        "verdict": CLIENT_ + "withdrawn",
        "closed": CLIENT_ + "reopened rated",
    },
    "karim": {
        "received": "",
        "assigned": "accepted declined",
        "analysis": WORK + "extended declined proposed",
        "proposed": WORK + "extended closed",
        "agreed": WORK + "extended closed",
        "disagreed": WORK + "extended closed retried referred",
        "referred": WORK + "verdict",
        "verdict": WORK + "closed verdict",
        "closed": ALWAYS + LEARN,
    },
    "els": {
        "received": HANDLE + EARLY + "extended accepted",
        "assigned": HANDLE + EARLY + "extended",  # she may give it away, not take it from who it was offered to
        "analysis": WORK + EARLY + "extended proposed",
        "proposed": WORK + MANAGE + "extended closed",
        "agreed": WORK + MANAGE + "extended closed",
        "disagreed": WORK + MANAGE + "extended closed retried referred",
        "referred": WORK + MANAGE + "verdict",
        "verdict": WORK + MANAGE + "closed verdict",
        "closed": ALWAYS + LEARN + "rubric cause reopened",
    },
    "joke": dict.fromkeys(STAGES, "done checked"),
    "bram": {
        "received": "", "assigned": "", "analysis": "heard", "proposed": "heard", "agreed": "heard",
        "disagreed": "heard", "referred": "heard", "verdict": "heard", "closed": "",
    },
    "ada": {**dict.fromkeys(STAGES, ""), "received": "assigned"},  # when nobody else is free to give it away
}  # fmt: skip


def at_stage(status: str, first: Happened | None = None) -> Case:
    """A case about Bram, whose account was asked, with a measure that Joke carries out."""
    facts = happened("account_asked"), happened("measure", owner="joke"), happened("barred", named=["bram"])
    return case(STAGES[status], *facts, first=first)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("status", STAGES)
def test_each_person_may_do_exactly_this(status: str, who: str) -> None:
    at = at_stage(status)
    assert at.status == status
    assert {kind for kind in STEPS if can(PEOPLE[who], kind, at)} == set(MAY[who][status].split())


@pytest.mark.parametrize("status", STAGES)
def test_who_handles_the_case_of_somebody_without_telegram_speaks_for_them(status: str) -> None:
    at = at_stage(status, entered())
    for who, part in PEOPLE.items():
        own = set(MAY[who][status].split()) if who != "client" else set()  # the id 0 is nobody's, so nobody has it
        speaks = {"els": True, "karim": at.accepted}.get(who, False)
        said = set(MAY["client"][status].split()) if speaks else set()
        assert {kind for kind in STEPS if can(part, kind, at)} == own | said, who
        assert may_read(part, at) == speaks, who


MORE = "extended longer_asked "  # a further extension, which waits for the client's word


@pytest.mark.parametrize(
    ("who", "kind", "stage", "before", "then", "no_more"),
    [
        # what may            be done in   not before: now so: and not after this (None: nothing to see)
        ("client", "answered", "analysis", "", "clarify", "clarify answered"),
        ("client", "retried", "disagreed", None, "", "retried proposed disagreed"),
        ("client", "objected", "analysis", None, "", "objected assigned"),
        ("client", "rated", "closed", None, "", "rated"),
        ("bot", "danger", "closed", None, "", "danger"),
        ("karim", "proposed", "analysis", None, "proposed disagreed retried", "proposed disagreed retried proposed"),
        ("karim", "extended", "analysis", None, "", "extended"),
        ("karim", "longer_asked", "analysis", "", "extended", MORE),
        ("karim", "longer_asked", "analysis", "", MORE + "longer_refused", None),
        ("client", "longer_agreed", "analysis", "extended", MORE, MORE + "longer_agreed"),
        ("client", "longer_refused", "analysis", "extended", MORE, MORE + "longer_refused"),
        ("client", "longer_agreed", "analysis", "extended", MORE, MORE + "proposed"),
    ],
)
def test_some_things_only_once_or_only_after_another(
    who: str, kind: str, stage: str, before: str | None, then: str, no_more: str | None
) -> None:
    for more, allowed in ((before, False), (then, True), (no_more, False)):
        if more is not None:
            assert can(PEOPLE[who], kind, case(f"{STAGES[stage]} {more}")) == allowed, more


def test_only_what_was_sent_early_can_be_completed_and_only_once_it_is_there() -> None:
    early = received(sent_early=True)
    assert not can(PEOPLE["client"], "completed", case())
    assert can(PEOPLE["client"], "completed", case(first=early))
    rest = happened("completed", complaint=early.facts["complaint"])  # what the talk files still says "sent early"
    assert not can(PEOPLE["client"], "completed", case("", rest, first=early))


def test_a_manager_takes_a_case_only_while_nobody_has_it() -> None:
    assert can(ELS, "accepted", case())
    assert not can(ELS, "accepted", case("assigned"))
    assert can(ELS, "accepted", case("assigned declined"))
    assert can(ELS, "accepted", case("assigned withdrawn reopened"))  # what was offered before it was stopped is over


JOKES = happened("assigned", mediator="joke"), happened("accepted", mediator="joke")


@pytest.mark.parametrize("stage", ["analysis", "proposed", "agreed", "disagreed", "referred", "verdict"])
@pytest.mark.parametrize("leaves", ["barred", "assigned", "objected", "related"])
def test_in_other_hands_a_case_goes_on_where_it_was(stage: str, leaves: str) -> None:
    """What the client was told or answered stands, and what is with the committee stays there."""
    given_away = happened(leaves, named=["karim"], mediator="joke")
    between = case(STAGES[stage], given_away)
    assert (between.accepted, between.status) == (False, "assigned" if leaves == "assigned" else "received")
    told = case(STAGES[stage], given_away, *JOKES)
    assert (told.mediator, told.status, told.resume) == ("joke", stage, "")


@pytest.mark.parametrize("then", ["declined", "passed", "barred", "related"])
@pytest.mark.parametrize("about", ["karim", "bram"])
def test_it_still_does_when_more_happens_before_somebody_accepts(then: str, about: str) -> None:
    again = happened("assigned"), happened(then, mediator="karim", named=[about])
    told = case(STAGES["proposed"], happened("assigned", mediator="joke"), *again, *JOKES)
    assert (told.mediator, told.status) == ("joke", "proposed")


def test_who_was_only_offered_it_and_is_named_in_what_is_joined_leaves_nothing_to_resume() -> None:
    told = case("assigned", happened("related", named=["karim"]), *JOKES)
    assert (told.mediator, told.status) == ("joke", "analysis")
    assert told.barred == {"karim"}


def test_there_is_never_a_third_outcome_in_other_hands_either() -> None:
    twice = case(STAGES["disagreed"], *map(happened, "retried proposed disagreed".split()))
    assert (twice.rounds, can(PEOPLE["client"], "retried", twice)) == (2, False)
    for leaves in ("assigned", "objected"):
        told = case(STAGES["disagreed"], *twice.history[4:], happened(leaves, mediator="joke"), *JOKES)
        assert told.status == "disagreed"
        assert not can(JOKE, "proposed", replace(told, status="analysis"))
    opened = case(STAGES["closed"], happened("reopened"))
    assert (opened.rounds, opened.proposals, can(KARIM, "proposed", opened)) == (0, 1, True)


def test_a_closed_case_stays_closed_when_who_had_it_is_barred() -> None:
    told = case(STAGES["closed"], happened("barred", named=["karim"]))
    assert (told.status, told.mediator) == ("closed", "")
    assert case(STAGES["closed"], *told.history[5:], happened("reopened")).status == "received"


NOBODIES = {
    "a stranger": Actor(99, "Kees", "nl"),
    "another client": Actor(CLIENT + 1, "Nel", "en"),
    "a mediator without this case": JOKE,
    "a mediator the client named": BRAM,
    "a manager the client named": replace(BRAM, roles=frozenset({"manager", "mediator", "admin"})),
    "somebody with an empty key": Actor(9, "", "nl", "", frozenset({"mediator"})),
}


@pytest.mark.parametrize("who", NOBODIES)
@pytest.mark.parametrize("status", STAGES)
def test_who_has_no_part_in_a_case_may_do_nothing_and_see_nothing(status: str, who: str) -> None:
    at, actor = replace(case(STAGES[status]), barred=frozenset({"bram"})), NOBODIES[who]
    assert not [kind for kind in STEPS if can(actor, kind, at)]
    assert not may_read(actor, at)
    assert not may_see(actor, at)


@pytest.mark.parametrize("status", STAGES)
def test_an_administrator_gives_away_what_waits_and_reads_nothing(status: str) -> None:
    assert may_see(ADA, case(STAGES[status])) == (status == "received")
    assert not may_read(ADA, case(STAGES[status]))


INVOLVED = happened("declined", reason="#involved")
KARIM_MANAGES = replace(KARIM, roles=frozenset({"mediator", "manager"}))


@pytest.mark.parametrize("left", ["assigned declined", "assigned passed", "assigned accepted declined"])
def test_having_no_time_bars_nobody(left: str) -> None:
    told = case(left)
    assert told.passed_over == {"karim"} and not told.barred
    assert not may_see(KARIM, told)
    assert may_read(KARIM_MANAGES, told)
    assert may_see(KARIM, case(left, happened("assigned")))  # a manager may give it to them all the same


@pytest.mark.parametrize(
    ("left", "more"), [("assigned", [INVOLVED]), ("assigned accepted", [INVOLVED]), ("assigned accepted objected", [])]
)
def test_who_is_involved_is_nobody_also_when_he_manages(left: str, more: list[Happened]) -> None:
    told = case(left, *more)
    assert told.barred == {"karim"} and not told.passed_over
    assert not may_see(KARIM, told) and not may_see(KARIM_MANAGES, told)


@pytest.mark.parametrize("stage", ["assigned", "analysis", "proposed", "agreed", "disagreed", "referred", "verdict"])
def test_who_had_a_case_that_was_given_to_somebody_else_is_nobody_at_once(stage: str) -> None:
    passed = case(STAGES[stage], happened("assigned", mediator="joke"))
    assert (passed.mediator, passed.accepted, passed.status) == ("joke", False, "assigned")
    assert not may_see(KARIM, passed)
    assert may_see(JOKE, passed) and not may_read(JOKE, passed)


@pytest.mark.parametrize("part", ["joke", "bram"])
def test_who_does_a_measure_or_gives_an_account_reads_nothing(part: str) -> None:
    for status in STAGES:
        assert may_see(PEOPLE[part], at_stage(status)) and not may_read(PEOPLE[part], at_stage(status))


@pytest.mark.parametrize("stage", [kinds for status, kinds in STAGES.items() if status != "closed"])
def test_a_mediator_named_later_loses_the_case_at_once(stage: str) -> None:
    named = case(stage, happened("barred", named=["karim", "els"]))
    assert (named.mediator, named.accepted) == ("", False)
    assert named.status == "received"
    assert not may_see(KARIM, named)
    assert not may_see(ELS, named)


def test_being_named_elsewhere_leaves_the_mediator_his_case() -> None:
    named = case(STAGES["proposed"], happened("barred", named=["joke"]))
    assert (named.mediator, named.status) == ("karim", "proposed")


@pytest.mark.parametrize(
    ("actor", "kinds", "found"),
    [
        (KARIM, "assigned", "assigned"),
        (KARIM, "assigned accepted", "mediator"),
        (replace(KARIM, roles=frozenset({"mediator", "manager"})), "assigned accepted", "mediator manager"),
        (replace(KARIM, id=CLIENT), "assigned accepted", "client"),  # colleagues can be clients, of their own case only
        (replace(ELS, id=CLIENT), "assigned", "client"),
        (replace(ELS, id=0), "", "bot"),
    ],
)
def test_relations_follow_from_the_case(actor: Actor, kinds: str, found: str) -> None:
    assert relations(actor, case(kinds)) == set(found.split())


def test_a_colleague_who_complains_and_names_himself_keeps_his_own_case() -> None:
    own = case(first=received(named=("karim",)))
    assert relations(replace(KARIM, id=CLIENT), own) == {"client"}


def test_the_mediator_reads_nothing_before_accepting() -> None:
    assert not may_read(KARIM, case("assigned"))
    assert may_see(KARIM, case("assigned"))
    assert may_read(KARIM, case("assigned accepted"))


def test_an_event_that_is_in_no_table_may_be_done_by_nobody() -> None:
    assert not any(can(actor, "erased", case()) for actor in PEOPLE.values())


def test_every_event_with_a_meaning_has_a_step_and_the_other_way_round() -> None:
    """The kinds are read from `after` itself, so that a new one cannot be forgotten here."""
    tree = ast.parse(inspect.getsource(case_module.after))
    patterns = (node.value for node in ast.walk(tree) if isinstance(node, ast.MatchValue))
    meant = {node.value for node in patterns if isinstance(node, ast.Constant)}
    assert meant == set(STEPS)
    assert set(LEADS_TO) <= set(STEPS)
    assert set(TOLD) | {
        "acknowledged",
        "asked",
        "danger",
        "retried",
        "longer_agreed",
        "longer_refused",
        "unreachable",
    } == set(STEPS)
    assert set(ONLY_IF) <= set(STEPS)


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_can_be_told_and_leads_where_the_table_says(kind: str) -> None:
    for status in {status for step in STEPS[kind] for status in step.source}:
        before = case(f"{STAGES[status]} {FIRST.get(kind, '')}")
        told = after(before, before.number, happened(kind))
        stays = kind == "accepted" and status not in {"received", "assigned"}  # with the committee, or joined: it stays
        stays = stays or (kind == "verdict" and status == "closed")  # put right, it stays closed
        assert told.status == (status if stays else LEADS_TO.get(kind) or status)
        assert told.history[:-1] == before.history


# Before the outcome and before closing -------------------------------------------------------------------


def lacks(at: Case) -> list[str]:
    return [need.name for need in missing(at)]


def test_what_is_missing_stands_in_the_order_a_mediator_does_it() -> None:
    assert lacks(case("assigned accepted")) == ["cause", "measure", "judged", "outcome", "answer"]
    about_a_person = case("assigned accepted rubric")
    assert lacks(about_a_person) == ["cause", "measure", "judged", "heard", "outcome", "answer"]
    assert [need.name for need in missing(about_a_person, BEFORE_OUTCOME)] == ["cause", "measure", "judged"]


FULL = "assigned accepted cause measure done judged proposed agreed"


@pytest.mark.parametrize(
    ("without", "lacking"),
    [("cause", "cause"), ("measure", "measure"), ("judged", "judged"), ("agreed", "answer")],
)
def test_each_need_alone_stops_the_closing(without: str, lacking: str) -> None:
    assert lacks(case(FULL)) == []
    gone = {without, "done"} if without == "measure" else {without}  # what was never planned is never carried out
    assert lacks(case(" ".join(kind for kind in FULL.split() if kind not in gone))) == [lacking]


STRUCTURAL = happened("judged", kind="structural")
PREVENTIVE = happened("measure", kind="preventive")


@pytest.mark.parametrize(
    ("more", "lacking"),
    [
        ((), []),
        ((STRUCTURAL,), ["prevention"]),
        # Another corrective one prevents nothing.
        ((STRUCTURAL, happened("measure"), happened("done", measure=1)), ["prevention"]),
        ((STRUCTURAL, PREVENTIVE), []),
        ((STRUCTURAL, happened("no_prevention")), []),
        ((STRUCTURAL, happened("judged")), []),  # judged anew: it was an incident after all
    ],
)
def test_structural_needs_a_preventive_measure_or_a_reason(more: tuple[Happened, ...], lacking: list[str]) -> None:
    assert lacks(case(FULL, *more)) == lacking


@pytest.mark.parametrize("rubric", ["conduct", "expertise", "delivery", "other", ""])
@pytest.mark.parametrize("account", ["", "heard", "not_heard"])
def test_a_complaint_about_a_person_needs_both_sides_or_why_not(rubric: str, account: str) -> None:
    at = case(f"{FULL} {account}", happened("rubric", rubric=rubric))
    topic = [] if rubric else ["topic"]  # without one nobody knows whether it is about a person
    assert lacks(at) == topic + (["heard"] if rubric in {"conduct", "expertise"} and not account else [])


def test_a_preventive_measure_is_no_measure_for_this_client() -> None:
    at = case(FULL.replace("measure done ", ""), PREVENTIVE)
    assert lacks(at) == ["measure"]
    assert lacks(case(FULL.replace("measure done ", "no_measure "))) == []
    assert lacks(case(FULL.replace("measure done ", "no_measure "), PREVENTIVE)) == [], (
        "that this client needs none stands"
    )


@pytest.mark.parametrize("danger", ["", "#none", "#unknown", "#wound", "Ik viel van de trap"])
def test_a_danger_needs_a_decision_whether_it_is_reported(danger: str) -> None:
    dangerous = danger in {"#wound", "Ik viel van de trap"}
    assert lacks(case(FULL, first=received(danger=danger))) == (["report"] if dangerous else [])
    assert lacks(case(FULL, happened("reportable"), first=received(danger=danger))) == []
    told_later = case(f"danger {FULL}", first=received(danger=danger))
    assert told_later.urgent and lacks(told_later) == ["report"]


def test_who_complains_for_somebody_else_needs_an_authority_before_the_outcome() -> None:
    for_mother = received(for_other="my mother")
    assert lacks(case(FULL, first=for_mother)) == ["authority"]
    assert [need.name for need in missing(case(FULL, first=for_mother), BEFORE_OUTCOME)] == ["authority"]
    assert lacks(case(FULL, happened("authority"), first=for_mother)) == []


def test_what_was_planned_for_this_client_is_done_before_closing() -> None:
    planned, kept = happened("measure", code="dossier"), happened("measure", code="agreement")
    assert lacks(case(FULL, planned)) == ["carried"]
    assert lacks(case(FULL, kept)) == ["kept"]
    assert lacks(case(FULL, planned, happened("done", measure=1))) == []
    assert lacks(case(FULL, planned, happened("measure", measure=1, reason="not ours"))) == []
    assert lacks(case(FULL, PREVENTIVE)) == []  # what prevents outlives the case


@pytest.mark.parametrize("rubric", ["fit_pain", "agreements", "invoice"])
def test_whose_work_it_is_or_nobodys_is_known_before_closing(rubric: str) -> None:
    work = received(rubric=rubric)
    assert lacks(case(FULL, first=work)) == ["about"]
    assert lacks(case(FULL, happened("barred", named=["bram"], about=["bram"]), first=work)) == []
    assert lacks(case(FULL, happened("barred", named=[], nobody=True), first=work)) == []


def test_what_does_not_meet_the_law_is_made_up_for_by_a_measure() -> None:
    checked = (
        happened("measure", code="law"),
        happened("done", measure=1, facts=[["law_ok", "#yes"], ["semh_ok", "#no"]]),
    )
    assert lacks(case(FULL, *checked)) == ["law"]
    assert lacks(case(FULL, *checked, happened("measure", due=None))) == []
    assert lacks(case(FULL, *checked, happened("no_measure"))) == []


def test_a_promise_is_kept_or_missed_before_closing_and_not_forgotten() -> None:
    assert lacks(case(FULL, happened("promised"))) == ["owed"]
    assert lacks(case(FULL, happened("promised"), happened("promise_kept", kept="no"))) == []


def test_what_the_committee_decided_stands_for_an_outcome_and_its_answer() -> None:
    at_once = "assigned accepted cause measure done judged referred"
    assert lacks(case(at_once)) == ["outcome", "answer"]
    assert lacks(case(f"{at_once} verdict")) == []


def test_silence_is_an_answer_only_after_the_clock_said_so() -> None:
    silent = FULL.removesuffix(" agreed")
    assert lacks(case(silent, happened("reminded", what="answer_1"))) == ["answer"]
    assert lacks(case(silent, happened("reminded", what="silent_1"))) == []


def test_a_decision_is_put_right_also_after_closing_but_then_by_a_manager_and_it_stays_closed() -> None:
    done = case(STAGES["verdict"], happened("closed", how="verdict"))
    assert (can(ELS, "verdict", done), can(KARIM, "verdict", done)) == (True, False)
    right = case(STAGES["verdict"], happened("closed", how="verdict"), happened("verdict", result="founded"))
    assert right.verdict and (right.status, right.verdict.result, right.closed) == ("closed", "founded", done.closed)


def test_a_first_no_is_looked_at_again_or_waits_a_week_before_closing() -> None:
    """L19; and who was closed without a yes may still go to the committee (L20): the case is with it, so it is open."""
    no = FULL.replace(" agreed", " disagreed")
    assert lacks(case(no)) == ["again"]
    assert lacks(case(no, happened("reminded", what="waits_disagreed_1"))) == []
    assert lacks(case(no + " retried proposed disagreed")) == []
    for how, allowed in (("not_agreed", True), ("no_answer", True), ("agreed", False), ("signal", False)):
        closed = case(no, happened("closed", how=how))
        assert can(PEOPLE["client"], "referred", closed) == can(KARIM, "referred", closed) == allowed
    gone = case(no, happened("closed", how="not_agreed"), happened("referred"))
    assert (gone.status, gone.closed, gone.closed_as) == ("referred", None, "")


def test_a_case_looked_at_again_needs_a_new_answer() -> None:
    again = case(FULL.replace("agreed", "disagreed retried"))
    assert lacks(again) == ["answer"]
    new = case(FULL.replace("agreed", "disagreed retried proposed"))
    assert new.outcome is not None
    assert (new.outcome.version, lacks(new)) == (2, ["answer"])


def test_silence_on_the_first_outcome_says_nothing_of_the_second() -> None:
    then = (happened("reminded", what="silent_1"), *map(happened, ("disagreed", "retried", "proposed")))
    assert lacks(case(FULL.removesuffix(" agreed"), *then)) == ["answer"]


def test_every_need_names_a_command_that_exists() -> None:
    """Only an answer of the client cannot be brought about by a command of the staff."""
    assert {need.name for need in BEFORE_CLOSING if need.command not in BY_NAME} == {"answer"}


# Danger --------------------------------------------------------------------------------------------------


def test_a_danger_that_was_not_decided_goes_along_into_the_case_it_is_joined_to() -> None:
    earlier = NOW - timedelta(days=3)
    for main in (case(), case(first=received(danger="#wound")), case("danger reportable")):
        joined = after(main, main.number, happened("related", danger_at=earlier.isoformat()))
        assert joined.undecided and joined.danger_at == earlier
    told_first = case(first=received(earlier, danger="#wound"))
    joined = after(told_first, told_first.number, happened("related", danger_at=NOW.isoformat()))
    assert joined.danger_at == earlier  # the law counts from the first message


def test_a_danger_that_is_told_after_the_decision_is_reminded_of_and_decided_anew() -> None:
    decided = case("danger", happened("reminded", what="safety_2"), happened("reportable"))
    assert can(PEOPLE["bot"], "danger", decided) and not can(PEOPLE["bot"], "danger", case("danger"))
    again = after(decided, decided.number, happened("danger", NOW + timedelta(days=9)))
    assert again.undecided and again.danger_at == NOW + timedelta(days=9) and not again.reminded
    assert not can(ELS, "no_complaint", again)
