"""Uploads of the practice archive that are parts of one file: joined once, whoever asks, through deaths."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from archives_world import Practicing, noise

BYTES = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}
DATA = noise(300_000)


def part(archive: Practicing, data: bytes, place: str = "/uploads") -> str:
    headers = {**TUS, "Upload-Concat": "partial", "Upload-Length": str(len(data)), "Content-Type": BYTES}
    headers["Upload-Checksum"] = "sha1 " + base64.b64encode(hashlib.sha1(data).digest()).decode()
    status, told, _ = archive.ask("POST", place, data, headers)
    assert (status, told["upload-offset"]) == (201, str(len(data)))
    return told["location"].removeprefix(archive.url)


def parts(archive: Practicing, place: str = "/uploads") -> list[str]:
    return [part(archive, DATA[at : at + 100_000], place) for at in range(0, 300_000, 100_000)]


def join(
    archive: Practicing, paths: list[str], place: str = "/uploads", name: str = "a/big.tif", **more: str
) -> tuple[int, dict[str, str]]:
    coded = base64.b64encode(name.encode()).decode()
    headers = {**TUS, "Upload-Concat": "final;" + " ".join(paths), "Upload-Metadata": f"relativePath {coded}", **more}
    status, told, _ = archive.ask("POST", place, b"", headers)
    return status, told


def head(archive: Practicing, path: str) -> tuple[int, dict[str, str]]:
    status, told, _ = archive.ask("HEAD", path, None, TUS)
    return status, told


def deposition(archive: Practicing) -> str:
    assert archive.ask("POST", "/api/depositions", b'{"submission": "s1"}')[0] == 201
    return f"/api/depositions/{told_id(archive)}/uploads"


def told_id(archive: Practicing) -> str:
    import json

    _, _, body = archive.ask("GET", "/api/depositions?submission=s1")
    return str(json.loads(body)["depositions"][0]["id"])


def files(archive: Practicing) -> bytes:
    return archive.ask("GET", f"/api/depositions/{told_id(archive)}/files")[2]


def test_parts_become_one_file_with_its_digest(practice: Practicing) -> None:
    place = deposition(practice)
    made = parts(practice, place)
    assert head(practice, made[0])[1]["upload-concat"] == "partial"
    assert b"big.tif" not in files(practice)
    status, told = join(practice, made, place)
    assert status == 201
    digest = base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    assert told["repr-digest"] == f"sha-256=:{digest}:"
    final = told["location"].removeprefix(practice.url)
    _, shown = head(practice, final)
    assert shown["upload-offset"] == shown["upload-length"] == "300000"
    assert shown["upload-concat"] == "final;" + " ".join(made)
    assert files(practice).count(b"big.tif") == 1
    assert [p.read_bytes() for p in practice.stored()] == [DATA]


def test_joining_again_gives_the_same_and_parts_are_told_as_before(practice: Practicing) -> None:
    place = deposition(practice)
    made = parts(practice, place)
    status, told = join(practice, made, place)
    assert join(practice, made, place) == (status, told | {"date": join(practice, made, place)[1]["date"]})
    assert [head(practice, p)[1]["upload-offset"] for p in made] == ["100000"] * 3
    assert join(practice, made[::-1], place)[0] == 400
    assert join(practice, made[:2], place)[0] == 400
    assert len(practice.stored()) == 1


def test_through_deaths_of_the_process(practice: Practicing) -> None:
    place = deposition(practice)
    made = parts(practice, place)
    practice.kill()
    practice.start()
    practice.fault({"do": "lose-answer", "method": "POST", "path": "uploads$"})
    with pytest.raises(OSError):
        join(practice, made, place)
    practice.kill()
    practice.start()
    status, told = join(practice, made, place)
    assert status == 201
    assert [p.read_bytes() for p in practice.stored()] == [DATA]
    assert head(practice, told["location"].removeprefix(practice.url))[0] == 200


def test_a_joined_file_replaces_one_of_its_name(practice: Practicing) -> None:
    place = deposition(practice)
    for _ in range(2):
        assert join(practice, parts(practice, place), place)[0] == 201
    assert files(practice).count(b"big.tif") == 1
    assert len(practice.stored()) == 1


@pytest.mark.parametrize("what", ["unfinished", "twice", "strange", "none", "length", "whole upload", "elsewhere"])
def test_what_cannot_be_joined(practice: Practicing, what: str) -> None:
    place = deposition(practice)
    made, more, expected = parts(practice, place), {}, 400
    if what == "unfinished":
        headers = {**TUS, "Upload-Concat": "partial", "Upload-Length": "10"}
        made.append(practice.ask("POST", place, b"", headers)[1]["location"])
    elif what == "twice":
        made.append(made[0])
    elif what == "strange":
        made[1], expected = "/uploads/" + "0" * 32, 404
    elif what == "none":
        made = []
    elif what == "length":
        more = {"Upload-Length": "300000"}
    elif what == "whole upload":
        made[0], expected = practice.ask("POST", place, b"", {**TUS, "Upload-Length": "0"})[1]["location"], 404
    else:
        made[0] = part(practice, DATA[:100_000])
    assert join(practice, made, place, **more)[0] == expected
    assert b"big.tif" not in files(practice)


def test_no_more_bytes_go_into_what_was_joined(practice: Practicing) -> None:
    made = parts(practice)
    _, told = join(practice, made)
    patch = {**TUS, "Content-Type": BYTES}
    for path, offset in ((told["location"].removeprefix(practice.url), "300000"), (made[0], "100000")):
        assert practice.ask("PATCH", path, b"", {**patch, "Upload-Offset": offset})[0] == 403


def test_a_part_whose_checksum_is_wrong_is_not_kept(practice: Practicing) -> None:
    headers = {**TUS, "Upload-Concat": "partial", "Upload-Length": "5", "Content-Type": BYTES}
    headers["Upload-Checksum"] = "sha1 " + base64.b64encode(b"\0" * 20).decode()
    assert practice.ask("POST", "/uploads", b"hello", headers)[0] == 460
    assert practice.ask("POST", "/uploads", b"", {**TUS, "Upload-Concat": "half", "Upload-Length": "5"})[0] == 400


def test_parts_that_nobody_joined_are_swept(tmp_path: Path) -> None:
    from depositor.archives.practice.archive import PracticeArchive
    from depositor.archives.practice.catalogue import Upload

    archive = PracticeArchive(tmp_path)
    archive.catalogue.add_upload(Upload("a" * 32, None, "partial:x", 5, "", 100.0, None), "now")
    archive.catalogue.complete("a" * 32, "0" * 64)
    assert archive.catalogue.expired(101.0) == ["a" * 32]
