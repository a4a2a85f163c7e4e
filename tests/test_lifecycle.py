"""Everybody presses, types and waits as they like; after every act, what was promised of a case still holds.

A Hypothesis machine over the whole life of complaints, in memory: clients, mediators, managers, an administrator and a
stranger press any button they see, or one that somebody else sees; type any command with any number; the bot is put in
groups and started again; and the clock goes on a minute or two years. The promises (tests/life/promises.py) are I1-I23
of the threat model, as far as they can be seen from outside. Against the real process: test_life_of_a_process.py. The
surprising truth: a walk that finds nothing proves little until it is known where it went. So it counts, and a row of
the procedure that no life comes to fails the test; and `make planted` shows what it finds when there is something.
"""

from __future__ import annotations

import os
from itertools import cycle

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from handlers.procedure.steps import STEPS
from tests.life.machine import Life
from tests.life.roads import CLIENTS, STAGES, WHOLE
from tests.life.rows import WANTED

WANTED_ALL = (*WANTED, *(f"event {kind}" for kind in STEPS), "event received", "erased")


def test_every_row_of_the_procedure_is_walked() -> None:
    """The lives that are written down, in either language by turns; together they come to every row and every event."""
    Life.seen.clear()
    for stage, who in zip((*STAGES, *WHOLE), cycle(CLIENTS), strict=False):
        life = Life()
        try:
            Life.everybody_joins(life, stage=stage, who=who)
        finally:
            life.teardown()
    assert not [row for row in WANTED_ALL if not Life.seen[row]], "no life came there"


def test_whatever_people_do_the_promises_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """In CI some two minutes: 200 lives of 40 acts, most of which are several."""
    many, long = (200, 40) if os.environ.get("CI") else (15, 30)
    Life.seen.clear()
    profile = settings(
        max_examples=many, stateful_step_count=long, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Life, settings=profile)
    with capsys.disabled():
        print("", *(f"{row:24}{Life.seen[row]:6}" for row in WANTED_ALL), sep="\n")
    if os.environ.get("CI"):  # the written lives come everywhere; by itself the walk must come about everywhere
        missed = [row for row in WANTED_ALL if not Life.seen[row]]
        assert len(missed) <= len(WANTED_ALL) // 10, f"no life came to {missed}"
