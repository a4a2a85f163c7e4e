"""The record behaves as TinyDB does, by TinyDB's own tests: 81 of them, fresh and reopened."""

from pathlib import Path

import pytest

from tests.storage import upstream

ROOT = Path(__file__).parents[2]


def test_upstream_suite(tmp_path: Path) -> None:
    try:
        suite = upstream.fetch(tmp_path)
    except upstream.Unreachable as error:
        pytest.skip(f"not run: the package index is unreachable ({error})")
    done = upstream.run(suite, ROOT)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "162 passed" in done.stdout, done.stdout.splitlines()[-1]
