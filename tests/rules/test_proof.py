"""Every requirement of the page and of the life of a case is proven by a transcript, and the pages say so.

`make proof` writes docs/proof.md, docs/letter.md and docs/taps.md anew.
"""

from __future__ import annotations

import pytest

from tests.proof import ASKED, MOST_TAPS, ROOT, counted, documents, proven


@pytest.mark.parametrize("name", ASKED)
def test_a_transcript_proves_it(name: str) -> None:
    assert proven()[name], f"{name} is proven by no transcript: {ASKED[name]}"


def test_a_mark_names_what_is_asked() -> None:
    assert not proven().keys() - ASKED.keys()


async def test_the_pages_are_what_the_transcripts_give() -> None:
    stale = [
        path.relative_to(ROOT).as_posix()
        for path, text in (await documents()).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, "run `make proof`"


def test_a_tired_mediator_needs_few_taps_and_types_nothing() -> None:
    tapped, typed = counted()
    assert len(tapped) <= MOST_TAPS
    assert not typed
