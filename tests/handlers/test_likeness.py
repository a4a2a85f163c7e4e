"""What a case has in common with others, and what chance would give: by hand, and against dealing out the causes."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.procedure.case import after
from handlers.procedure.likeness import expected_alike, look_alikes, traits
from tests.handlers.a_case import case, happened

OTHER = {"rubric": "fit", "cause": "material", "device": "shoes", "supplier": "", "lot": "", "about": ""}


def others(*differing: dict[str, str]) -> list[dict[str, str]]:
    return [{**OTHER, **one} for one in differing]


def test_only_what_is_known_is_compared_and_only_within_the_topic() -> None:
    mine = {**OTHER, "cause": "material", "device": ""}
    found = look_alikes(mine, others({}, {"rubric": "delivery"}, {"cause": "planning"}))
    assert {trait: (alike.seen, alike.expected) for trait, alike in found.items()} == {"cause": (1, 4 / 3)}


@pytest.mark.parametrize(("trait", "least"), [("lot", 2), ("device", 2), ("supplier", 3), ("about", 3)])
def test_a_trait_that_points_at_somebody_is_named_from_the_third_or_fourth_case_on(trait: str, least: int) -> None:
    mine = {**OTHER, "device": "", "cause": "", trait: "x"}
    for seen in range(least + 1):
        found = look_alikes(mine, others(*[{trait: "x"}] * seen, {}, {}))
        assert (trait in found) == (seen >= least)


def test_a_supplier_is_the_same_however_it_is_written() -> None:
    before = case("assigned accepted")
    written = {"Van Vliet B.V.": "A-12/3", "van vliet bv ": "a12 3"}
    both = []
    for supplier, lot in written.items():
        facts = [["supplier", supplier], ["lot", lot]]
        measure = {"code": "supplier", "what": "", "owner": "karim", "due": "2026-12-01", "kind": "corrective"}
        both.append(traits(after(before, before.number, happened("measure", facts=facts, **measure))))
    assert both[0] == both[1]
    assert (both[0]["supplier"], both[0]["lot"]) == ("vanvlietbv", "a123")


@pytest.mark.parametrize(
    ("counts", "expected", "chance"),
    [
        ((0, 0, 0, 0), 0.0, 1.0),  # the firm's first case
        ((2, 2, 2, 4), 1.0, 1 / 6),
        ((1, 2, 2, 4), 1.0, 5 / 6),
        ((3, 6, 10, 60), 1.0, 0.05237),  # (2352000 + 257250 + 12600 + 210) / 50063860
        ((1, 6, 10, 60), 1.0, 0.68259),  # 1 - 15890700 / 50063860
    ],
)
def test_look_alikes_by_hand(counts: tuple[int, int, int, int], expected: float, chance: float) -> None:
    found = expected_alike(*counts)
    assert (found.seen, found.expected) == (counts[0], expected)
    assert found.chance == pytest.approx(chance, abs=5e-6)


@given(st.data())
def test_look_alikes_as_dealing_out_the_causes_gives(data: st.DataObject) -> None:
    """Every way to deal the cause out over the cases; the first ones have the rubric."""
    others = data.draw(st.integers(1, 9))
    rubric, cause = data.draw(st.integers(0, others)), data.draw(st.integers(0, others))
    seen = data.draw(st.integers(max(0, rubric + cause - others), min(rubric, cause)))
    dealt = [sum(case < rubric for case in cases) for cases in combinations(range(others), cause)]
    found = expected_alike(seen, rubric, cause, others)
    assert found.expected == pytest.approx(sum(dealt) / len(dealt))
    assert found.chance == pytest.approx(sum(n >= seen for n in dealt) / len(dealt))


@pytest.mark.parametrize("counts", [(3, 2, 5, 20), (-1, 2, 5, 20), (0, 5, 5, 9)])
def test_counts_of_other_cases_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="same cases"):
        expected_alike(*counts)
