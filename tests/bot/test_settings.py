"""Every mistake in the settings is told at once, in a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import ROOT, Mistakes, read
from tests.conftest import TOKEN, example


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
        ("Bel ons dan zelf: {phone}", "Bel ons dan zelf: {telefoon}", "{telefoon} means nothing in a template"),
        ('key = "bram"', 'key = "karim"', "karim stands there twice. Give each of the people a key of its own"),
        ('code = "delivery"', 'code = "fit_pain"', "fit_pain stands there twice"),
        ('key = "bram"', 'key = "bram"\nkey = "karim"', "the same name stands there twice (at line"),
        ('key = "bram"', 'key = ""', "people.4.key is empty"),
        ('key = "bram"', 'key = "bram: de wit"', "cannot be a key or code"),
        ('name = "Bram de Wit"', 'name = " "', "people.4.name is empty"),
        ('name = "Voetspoor Orthopedie"', 'name = ""', "contact.name is empty"),
        ('nl = "Te laat of niet geleverd"', 'nl = ""', "rubrics.3.labels.nl is empty"),
        ("accept_hours = 24 ", "accept_hours = 0 ", "terms.accept_hours is 0. Choose a number from 1 to 720"),
        ("outcome_weeks = 6", "outcome_weeks = -6", "terms.outcome_weeks is -6"),
        ("answer_days = 14", "answer_days = 99999", "terms.answer_days is 99999"),
        ("draft_days = 30", "draft_days = 0", "retention.draft_days is 0"),
        ("closed_years = 2", "closed_years = -1", "retention.closed_years is -1"),
        ("closed_years = 2", "closed_years = 2.5", "must be a whole number"),
        ("verified = false", 'verified = "maybe"', "must be true or false"),
        ('phone = "055 123 45 67"', "phone = 551234567", "must be a text between quotes"),
        ('regime = "semh"', 'regime = "avg"', "Choose 'semh' or 'wkkgz'"),
        ('phone = "055 123 45 67"', "", "contact.phone is missing"),
        ("outcome_weeks = 6", 'outcome_weeks = "zes"', "terms.outcome_weeks is 'zes'. It must be a whole number"),
        ("[terms]", "[terms", "Often a quote or a bracket is missing"),
    ],
)
def test_a_mistake_in_the_firms_file_is_named(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    shipped = (ROOT / "organisation.toml").read_text(encoding="utf-8")
    assert old in shipped
    changed = tmp_path / "organisation.toml"
    changed.write_text(shipped.replace(old, new, 1), encoding="utf-8")
    assert sentence in mistakes(ORGANISATION=str(changed))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "organisation.toml").write_bytes(b'zone = "\xff"')
    assert "not saved as UTF-8" in mistakes(ORGANISATION=str(tmp_path / "organisation.toml"))


@pytest.mark.parametrize(
    ("token", "sentence"), [("", "is missing"), ("abc", "is no token"), ("abc:def", "is no token")]
)
def test_a_token_that_is_none(token: str, sentence: str) -> None:
    with pytest.raises(Mistakes) as told:
        read({"BOT_TOKEN": token}, token_needed=True)
    assert f"BOT_TOKEN {sentence}" in told.value.found[0]


@pytest.mark.parametrize("held", [b"", b"not a key", b"ab" * 31, b"ab" * 33, b"\xff\xfe"])
@pytest.mark.parametrize("command", ["verify", "check", "run"])
def test_a_damaged_key_is_a_sentence_and_no_traceback(
    command: str, held: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "record.db").touch()
    (tmp_path / "data.key").write_bytes(held)
    for name, value in {
        "DATA_DIR": str(tmp_path / "data"),
        "BOT_TOKEN": TOKEN,
        "API_BASE": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    assert main([command]) == 2
    assert "is damaged" in capsys.readouterr().err


def test_a_lost_key_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "record.db").touch()
    with pytest.raises(Mistakes, match="Put back your copy"):
        example(tmp_path).master_key()
    assert not (tmp_path / "data.key").exists()


@pytest.mark.parametrize("command", [["verify"], ["export-all"], ["export-tinydb", "x.json"]])
def test_where_there_is_no_record_nothing_is_made(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "nowhere"))
    assert main(command) == 2
    assert "There is no record in" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_token_does_not_show() -> None:
    assert "Xq9secret" not in repr(read({"BOT_TOKEN": "1:Xq9secret"}))


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """The shipped file with some of it changed."""
    text = (ROOT / "organisation.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "organisation.toml"
    path.write_text(text, encoding="utf-8")
    return path


KARIM, PIET, EMPTY = 'key = "karim"', 'reports_to = "piet"', 'code = ""'


def test_mistakes_of_form_and_of_meaning_are_told_together_each_with_its_line(tmp_path: Path) -> None:
    """Those a program sees in the form, and those only somebody who knows the firm would see: all in one go."""
    path = changed(
        tmp_path,
        ('zone = "Europe/Amsterdam"', 'zone = "Europe/Almelo"'),
        ('phone = "055 123 45 67"\n', ""),
        ("accept_hours = 24 ", "acept_hours = 24 "),
        ("outcome_weeks = 6", "outcome_weeks = 600"),
        ("answer_days = 14", 'answer_days = "14"'),
        ('reports_to = "joke"', 'reports_to = "piet"'),
        ('key = "joke"', 'key = "karim"'),
        ('code = "delivery"', 'code = ""'),
        ("command = []", 'command = ["/nowhere/warn"]'),
    )
    lines = path.read_text(encoding="utf-8").splitlines()

    def line(text: str, nth: int = 1) -> int:
        return [n for n, found in enumerate(lines, 1) if found.startswith(text)][nth - 1]

    with pytest.raises(Mistakes) as told:
        read({"ORGANISATION": str(path), "LOG_LEVEL": "LOUD"})
    assert told.value.found == [
        f"organisation.toml, line {line('zone')}: zone is 'Europe/Almelo'. Write for example Europe/Amsterdam.",
        f"organisation.toml, line {line('[contact]')}: contact.phone is missing. "
        "Add a line phone = ... under [contact].",
        f"organisation.toml, line {line('acept')}: terms.acept_hours is not known. Remove it, or correct its spelling. "
        "Did you mean accept_hours?",
        f"organisation.toml, line {line('outcome_weeks')}: terms.outcome_weeks is 600. Choose a number from 1 to 104.",
        f"organisation.toml, line {line('answer_days')}: terms.answer_days is '14'. It must be a whole number, "
        "without quotes.",
        f"organisation.toml, line {line('command')}: alarm.command: there is no program '/nowhere/warn' "
        "that may be run.",
        f"organisation.toml, line {line(KARIM, 2)}: karim stands there twice. Give each of the people a key "
        "of its own.",
        f"organisation.toml, line {line(PIET)}: bram reports to 'piet', who is not among the people. "
        "There are: els, karim, karim, bram.",
        f"organisation.toml, line {line(EMPTY)}: rubrics.3.code is empty. Fill it in.",
        "LOG_LEVEL is 'LOUD'. Choose one of DEBUG, INFO, WARNING, ERROR.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[committee]", "[comittee]", "committee is missing. Add the table [committee]"),
        ("[committee]", "[comittee]", "comittee is not known. Remove it, or correct its spelling. Did you mean comm"),
        ('[contact]\nname = "Voetspoor Orthopedie"', '[contact]\nname = ["V"]', "must be a text between quotes"),
        ('works_at = "Apeldoorn"\nresp', 'works_at = 7\nresp', "people.1.works_at is 7"),
        ('hours = { nl = "maandag', 'hours = "maandag', "Often a quote or a bracket"),
        ('logo = ""', 'logo = { nl = "a.png" }', "must be a text between quotes"),
        ("command = []", 'command = "warn"', 'It must be a list of texts: ["...", "..."].'),
        ("command = []", 'command = [""]', "there is no program ''"),
        ('term = { nl = "een jaar na de uitkomst", en = "one year after the outcome" }', 'term = "een jaar"',
         'It must be a text in each language: { nl = "...", en = "..." }.'),
    ],
)  # fmt: skip
def test_what_to_do_stands_with_the_mistake(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in mistakes(ORGANISATION=str(changed(tmp_path, (old, new))))


def test_tables_that_are_none_say_how_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "organisation.toml"
    path.write_text('zone = "Europe/Amsterdam"\ncontact = "Voetspoor"\nrubrics = []\n[people]\nkey = "els"\n')
    told = mistakes(ORGANISATION=str(path))
    assert "line 2: contact is 'Voetspoor'. It must be a table: a line [contact], and its names below." in told
    assert "line 4: people must be written as [[people]], with two brackets, once for each of them." in told
    assert "line 3: there are no [[rubrics]]" in told
    for table in ("terms", "committee", "retention"):
        assert f"organisation.toml: {table} is missing. Add the table [{table}]" in told


def test_a_folder_of_zones_is_no_zone(tmp_path: Path) -> None:
    told = mistakes(ORGANISATION=str(changed(tmp_path, ('"Europe/Amsterdam"', '"Europe"'))))
    assert "Write for example Europe/Amsterdam" in told


def test_a_path_in_which_no_socket_fits_is_named() -> None:
    assert "is too long a path" in mistakes(DATA_DIR="/" + "d" * 100)
