"""Places that somebody described for the user: one file in a folder, data alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from depositor.archives import descriptor, given, registry
from depositor.archives.ports import Credentials

FACILITY = """
name = "Imaging facility, drop box"
protocol = "sftp"
address = "sftp://upload.example.org/incoming"
licenses = ["CC-BY-4.0"]
homepage = "https://facility.example.org/upload"
[texts]
next_steps = "We look through it {soon} and write to you."
"""
Drop = Callable[..., None]


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    """Put a file into the folder of a settings folder of its own, and look there from now on."""

    def put(text: str, name: str = "facility.toml") -> None:
        folder = tmp_path / given.FOLDER
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        given._read.cache_clear()

    monkeypatch.setenv("DEPOSITOR_PLACES", "")  # so that it is as before afterwards
    given.announce(tmp_path)
    return put


def test_a_dropped_file_is_an_archive_among_the_others(drop: Drop) -> None:
    before = descriptor.ids()
    drop(FACILITY)
    assert descriptor.ids() == (*before, "place-facility")
    found = registry.get("place-facility").capabilities()
    assert (found.name, found.endpoint) == ("Imaging facility, drop box", "sftp://upload.example.org/incoming")
    assert (found.kind, found.protocols, found.licenses) == ("protocol", ("sftp",), ("CC-BY-4.0",))
    assert found.default_license == "CC-BY-4.0"
    assert found.next_steps.english() == "We look through it {soon} and write to you."
    assert found.suits.english() == descriptor.capabilities("sftp").suits.english()
    assert descriptor.built("place-facility")
    assert given.problems() == ()
    assert "place-facility" not in {text.id.split(".")[1] for text in descriptor.texts()}


def test_a_session_goes_to_the_address_of_the_file(drop: Drop) -> None:
    drop(FACILITY.replace("sftp", "ftp"))
    session = registry.get("place-facility").session("", Credentials())
    assert session._place.url("x") == "ftp://upload.example.org/incoming/x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "cannot be read as TOML"),
        (FACILITY.replace('name = "Imaging facility, drop box"', ""), "does not say “name”"),
        (FACILITY.replace('protocol = "sftp"', 'protocol = "scp"'), "must be one of: s3, tus, webdav, sftp, ftp"),
        (FACILITY.replace("sftp://upload", "sftp://ada:secret@upload"), "A password has no place"),
        (FACILITY.replace('["CC-BY-4.0"]', '["Ours"]'), "names no licence"),
        (FACILITY.replace("https://", "javascript:"), "must begin with https://"),
        (FACILITY + 'script = "x"\n', "Its texts must be"),
        ('run = "rm"\n' + FACILITY, "“run” is not known here"),
        (FACILITY.replace("next_steps = ", "next_steps = 3 # "), "Its texts must be"),
        ("#" * 70_000, "too large"),
    ],
)
def test_a_file_that_cannot_be_used_is_left_out_and_told(drop: Drop, text: str, words: str) -> None:
    drop(text)
    drop(FACILITY, "good.toml")
    assert "place-good" in descriptor.ids()
    assert "place-facility" not in descriptor.ids()
    (problem,) = given.problems()
    assert problem.path is not None
    assert problem.path.endswith("facility.toml")
    assert words in f"{problem.message.english()} {problem.advice.english()}"


def test_names_of_files_are_plain(drop: Drop) -> None:
    drop(FACILITY, "Our Box.toml")
    assert given.tables() == {}
    assert "small letters" in given.problems()[0].advice.english()


def test_without_a_folder_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPOSITOR_PLACES", str(tmp_path / "none"))
    assert given.tables() == {}
    assert given.problems() == ()
