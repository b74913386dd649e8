"""Settings: one table, saved whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from depositor.draft.problem import NeedsUser
from depositor.session.settings import Settings, endpoint_variable, table, texts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "settings.json"


def test_every_default_suits_its_own_setting() -> None:
    assert len(table()) >= 14
    for setting in table():
        assert setting.accepts(setting.default), setting.key
        assert setting.label.text
        assert setting.help.text.endswith(".")


def test_what_was_set_is_there_the_next_time(file: Path) -> None:
    Settings(file, {}).set("speed_limit", 500)
    again = Settings(file, {})
    assert again.get("speed_limit") == 500
    assert again.speed_limit() == 500_000
    assert again.is_set("speed_limit")
    again.unset("speed_limit")
    assert Settings(file, {}).speed_limit() is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("speed_limit", -1),
        ("speed_limit", True),
        ("speed_limit", "fast"),
        ("theme", "pink"),
        ("keep_awake", 1),
        ("proxy", "proxy"),
        ("proxy", "http://me:secret@proxy.example.org"),
        ("endpoints", {"practice": "nowhere"}),
        ("no_such", 1),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_saved(file: Path, key: str, value: object) -> None:
    with pytest.raises(NeedsUser) as error:
        Settings(file, {}).set(key, value)
    assert error.value.problem.code in ("settings.unfit", "settings.unknown")
    assert error.value.problem.advice.english()
    assert not file.exists()


def test_keys_of_another_version_are_kept(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('{"from_the_future": [1], "theme": "violet"}')
    settings = Settings(file, {})
    assert settings.get("theme") == "system", "a value of a newer version counts as unset"
    settings.set("text_scale", 150)
    assert json.loads(file.read_text()) == {"from_the_future": [1], "theme": "violet", "text_scale": 150}


@pytest.mark.parametrize("damage", ["{", "[1]", "\x00\x00"])
def test_a_damaged_file_is_set_aside(file: Path, damage: str) -> None:
    file.parent.mkdir()
    file.write_text(damage)
    settings = Settings(file, {})
    assert settings.problem
    assert settings.problem.code == "settings.damaged"
    settings.set("text_scale", 150)
    assert json.loads(file.read_text()) == {"text_scale": 150}
    assert [p.read_text() for p in file.parent.glob("*damaged*")] == [damage]


def test_two_programs_do_not_undo_each_other(file: Path) -> None:
    one, two = Settings(file, {}), Settings(file, {})
    one.set("text_scale", 150)
    two.set("theme", "dark")
    assert Settings(file, {}).get("text_scale") == 150


def test_listeners_hear_of_a_change(file: Path) -> None:
    heard: list[str] = []
    settings = Settings(file, {})
    settings.listeners.append(heard.append)
    settings.set("theme", "dark")
    assert heard == ["theme"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a folder that may not be written to")
def test_a_disk_that_does_not_take_it_is_said_so(file: Path) -> None:
    file.parent.mkdir()
    file.parent.chmod(0o500)
    with pytest.raises(NeedsUser):
        Settings(file, {}).set("theme", "dark")


def test_a_file_that_cannot_be_replaced_is_said_so_and_leaves_nothing_behind(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(NeedsUser) as error:
        Settings(file, {}).set("theme", "dark")
    assert error.value.problem.code == "settings.not-saved"
    assert [p.name for p in file.parent.iterdir()] == ["settings.json"]


def test_the_environment_gives_addresses_first(file: Path) -> None:
    variable = endpoint_variable("bioimage-archive")
    assert variable == "DEPOSITOR_ENDPOINT_BIOIMAGE_ARCHIVE"
    settings = Settings(file, {variable: "https://test.example.org/"})
    settings.set("endpoints", {"bioimage-archive": "https://set.example.org/", "practice": "http://127.0.0.1:9/"})
    assert settings.endpoint("bioimage-archive") == "https://test.example.org/"
    assert settings.endpoint("practice") == "http://127.0.0.1:9/"
    assert settings.endpoint("empiar") is None


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("keep_awake", "off", False),
        ("keep_awake", "YES", True),
        ("keep_awake", "perhaps", None),
        ("speed_limit", "12", 12),
        ("endpoints", '{"a": "https://b/"}', {"a": "https://b/"}),
        ("theme", "dark", "dark"),
    ],
)
def test_values_are_read_from_a_command_line(key: str, text: str, value: object) -> None:
    setting = next(s for s in table() if s.key == key)
    assert setting.parse(text) == value


def test_texts_have_ids_of_their_own() -> None:
    found = list(texts())
    assert len({m.id for m in found}) == len(found)
