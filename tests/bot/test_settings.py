"""Every mistake in the settings is told at once, in a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import ROOT, Mistakes, read


def mistakes(**env: str) -> str:
    with pytest.raises(Mistakes) as told:
        read(env)
    return "\n".join(told.value.found)


def test_all_mistakes_at_once() -> None:
    told = mistakes(ENGINE="dos", LOG_LEVEL="loud", HEALTH_PORT="x", API_BASE="ftp://a", ENGINES="ptb")
    for name in ("ENGINE is 'dos'", "LOG_LEVEL", "HEALTH_PORT", "API_BASE", "Did you mean ENGINE?"):
        assert name in told


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"CLOCK": "http://127.0.0.1:1"}, "real deadlines need real time"),
        ({"DATA_DIR": "d", "MASTER_KEY_FILE": "d/key"}, "lies inside DATA_DIR"),
        ({"WEBHOOK_URL": "https://a/b", "WEBHOOK_SECRET": "short"}, "at least 32"),
        ({"WEBHOOK_SECRET": "s" * 40}, "WEBHOOK_URL is not"),
        ({"BOT_TOKEN_FILE": "nowhere"}, "cannot be read"),
        ({"DATADIR": "d"}, "Did you mean DATA_DIR?"),
        ({"LOG_LEVL": "INFO"}, "Did you mean LOG_LEVEL?"),
        ({"ORGANISATION": "nowhere.toml"}, "cannot be read"),
    ],
)
def test_one_mistake(env: dict[str, str], sentence: str) -> None:
    assert sentence in mistakes(**env)


def test_names_that_only_look_a_little_alike_are_left_alone() -> None:
    assert read({"PATH": "/bin", "LANG": "nl", "HOME": "/", "DATABASE_DIR": "x", "BLOCKED": "1"})


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("accept_hours", "accept_hour", "terms.accept_hour is not known"),
        ('zone = "Europe/Amsterdam"', 'zone = "Europe/Almelo"', "Write for example Europe/Amsterdam"),
        ('reports_to = "joke"', 'reports_to = "piet"', "who is not among the people"),
        ('key = "bram"', 'key = "karim"', "karim stands there twice"),
        ('phone = "055 123 45 67"', "", "contact.phone is missing"),
        ("outcome_weeks = 6", 'outcome_weeks = "zes"', "terms.outcome_weeks is 'zes'"),
        ("[terms]", "[terms", "Often a quote or a bracket is missing"),
    ],
)
def test_a_mistake_in_the_firms_file_is_named(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    shipped = (ROOT / "organisation.toml").read_text(encoding="utf-8")
    assert old in shipped
    changed = tmp_path / "organisation.toml"
    changed.write_text(shipped.replace(old, new, 1), encoding="utf-8")
    assert sentence in mistakes(ORGANISATION=str(changed))


def test_the_token_does_not_show() -> None:
    assert "Xq9secret" not in repr(read({"BOT_TOKEN": "1:Xq9secret"}))
