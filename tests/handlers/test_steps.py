"""Who may do what to a case, and when: every event, in every status, for everybody who could try.

The table under test goes by event; the one here goes by person and status, so that a slip in either shows. The
surprising truth: most of it is empty.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace

import pytest

from handlers.menu import BY_NAME
from handlers.procedure import case as case_module
from handlers.procedure.case import LEADS_TO, Case, after
from handlers.procedure.steps import (
    BEFORE_CLOSING,
    BEFORE_OUTCOME,
    STEPS,
    Actor,
    can,
    may_read,
    may_see,
    missing,
    relations,
)
from tests.handlers.a_case import CLIENT, STAGES, TOLD, case, happened, received

KARIM = Actor(2, "Karim", "nl", "karim", frozenset({"mediator"}))
ELS = Actor(3, "Els", "nl", "els", frozenset({"manager"}))
PEOPLE = {
    "bot": Actor(0, "", "nl"),
    "client": Actor(CLIENT, "Truus", "nl"),
    "karim": KARIM,  # offered the case in `assigned`, has it from `analysis` on, is nobody in `received`
    "els": ELS,
}
BOT = "acknowledged barred reminded unreachable "
ADD = "added completed "
TAKE = "rubric note assigned accepted"
DO = "rubric note heard not_heard cause measure no_measure judged no_prevention "
MAY = {
    # status      the bot           the client                      karim                     els
    "received":  (BOT + "assigned", ADD,                            "",                       TAKE),
    "assigned":  (BOT + "passed",   ADD,                            "accepted declined",      "rubric note"),
    "analysis":  (BOT,              ADD,                            DO + "declined proposed", DO + "proposed"),
    "proposed":  (BOT,              ADD + "asked agreed disagreed", DO + "closed",            DO + "closed"),
    "agreed":    (BOT,              ADD,                            DO + "closed",            DO + "closed"),
    "disagreed": (BOT,              ADD + "retried",                DO + "retried closed",    DO + "retried closed"),
    "closed":    ("acknowledged",   ADD,                            "note",                   "note"),
}  # fmt: skip


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("status", STAGES)
def test_each_person_may_do_exactly_this(status: str, who: str) -> None:
    at = case(STAGES[status])
    assert at.status == status
    allowed = {kind for kind in STEPS if can(PEOPLE[who], kind, at)}
    assert allowed == set(MAY[status][list(PEOPLE).index(who)].split())


NOBODIES = {
    "a stranger": Actor(99, "Kees", "nl"),
    "another client": Actor(CLIENT + 1, "Nel", "en"),
    "an administrator": Actor(4, "Ada", "nl", "admin", frozenset({"admin"})),
    "a mediator without this case": Actor(5, "Joke", "nl", "joke", frozenset({"mediator"})),
    "a mediator the client named": Actor(6, "Bram", "nl", "bram", frozenset({"mediator"})),
    "a manager the client named": Actor(6, "Bram", "nl", "bram", frozenset({"manager", "mediator", "admin"})),
    "somebody with an empty key": Actor(9, "", "nl", "", frozenset({"mediator"})),
}


@pytest.mark.parametrize("who", NOBODIES)
@pytest.mark.parametrize("status", STAGES)
def test_who_has_no_part_in_a_case_may_do_nothing_and_see_nothing(status: str, who: str) -> None:
    at, actor = replace(case(STAGES[status]), barred=frozenset({"bram"})), NOBODIES[who]
    assert not [kind for kind in STEPS if can(actor, kind, at)]
    assert not may_read(actor, at)
    assert not may_see(actor, at)


@pytest.mark.parametrize("left", ["assigned declined", "assigned passed", "assigned accepted declined"])
def test_a_former_mediator_is_nobody_also_when_he_manages(left: str) -> None:
    for roles in ({"mediator"}, {"mediator", "manager"}):
        assert not may_see(replace(KARIM, roles=frozenset(roles)), case(left))


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
    assert set(TOLD) <= set(STEPS)


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_can_be_told_and_leads_where_the_table_says(kind: str) -> None:
    for status in STEPS[kind].source:
        before = case(STAGES[status])
        told = after(before, before.number, happened(kind))
        assert told.status == (LEADS_TO.get(kind) or status)
        assert told.history[:-1] == before.history


# Before the outcome and before closing -------------------------------------------------------------------


def lacks(at: Case) -> list[str]:
    return [need.name for need in missing(at)]


def test_what_is_missing_stands_in_the_order_a_mediator_does_it() -> None:
    assert lacks(case("assigned accepted")) == ["cause", "measure", "judged", "outcome", "answer"]
    about_a_person = case("assigned accepted rubric")
    assert lacks(about_a_person) == ["cause", "measure", "judged", "heard", "outcome", "answer"]
    assert [need.name for need in missing(about_a_person, BEFORE_OUTCOME)] == ["cause", "measure", "judged"]


FULL = "assigned accepted cause measure judged proposed agreed"


@pytest.mark.parametrize(
    ("without", "lacking"),
    [("cause", "cause"), ("measure", "measure"), ("judged", "judged"), ("agreed", "answer")],
)
def test_each_need_alone_stops_the_closing(without: str, lacking: str) -> None:
    assert lacks(case(FULL)) == []
    assert lacks(case(" ".join(kind for kind in FULL.split() if kind != without))) == [lacking]


STRUCTURAL = happened("judged", kind="structural")
PREVENTIVE = happened("measure", kind="preventive")


@pytest.mark.parametrize(
    ("more", "lacking"),
    [
        ((), []),
        ((STRUCTURAL,), ["prevention"]),
        ((STRUCTURAL, happened("measure")), ["prevention"]),  # another corrective one prevents nothing
        ((STRUCTURAL, PREVENTIVE), []),
        ((STRUCTURAL, happened("no_prevention")), []),
        ((STRUCTURAL, happened("judged")), []),  # judged anew: it was an incident after all
    ],
)
def test_structural_needs_a_preventive_measure_or_a_reason(
    more: tuple[case_module.Happened, ...], lacking: list[str]
) -> None:
    assert lacks(case(FULL, *more)) == lacking


@pytest.mark.parametrize("rubric", ["conduct", "expertise", "delivery", "other", ""])
@pytest.mark.parametrize("account", ["", "heard", "not_heard"])
def test_a_complaint_about_a_person_needs_both_sides_or_why_not(rubric: str, account: str) -> None:
    at = case(f"{FULL} {account}", happened("rubric", rubric=rubric))
    assert lacks(at) == (["heard"] if rubric in {"conduct", "expertise"} and not account else [])


def test_a_preventive_measure_is_no_measure_for_this_client() -> None:
    at = case(FULL.replace("measure ", ""), PREVENTIVE)
    assert lacks(at) == ["measure"]
    assert lacks(case(FULL.replace("measure ", "no_measure "))) == []


def test_silence_is_an_answer_only_after_the_clock_said_so() -> None:
    silent = FULL.removesuffix(" agreed")
    assert lacks(case(silent, happened("reminded", what="answer_1"))) == ["answer"]
    assert lacks(case(silent, happened("reminded", what="silent_1"))) == []
    assert lacks(case(FULL.replace("agreed", "disagreed"))) == []


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
    assert {need.command for need in BEFORE_CLOSING} <= set(BY_NAME)
