"""The bugs that `make planted` plants can still be planted: the line each of them changes stands where it says."""

import pytest

from tests.planted import BUGS, ROOT, Bug


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_known_bug_has_its_place(bug: Bug) -> None:
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.was) == 1
    assert bug.was != bug.becomes
    assert all((ROOT / test.partition("::")[0]).exists() for test in bug.seen_by)
