"""The pictures in docs/papers are of today's papers."""

from __future__ import annotations

from pathlib import Path

from tests.documents import pictures


def test_the_pictures_in_the_docs_are_of_todays_papers(tmp_path: Path) -> None:
    pictures.main(tmp_path)
    made, kept = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in (tmp_path, pictures.FOLDER))
    assert sorted(made) == sorted(kept)
    assert not [name for name, data in made.items() if kept[name] != data], "run `make pictures`"
