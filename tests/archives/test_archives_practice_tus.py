"""The practice archive's tus, to the letter of the protocol, through deaths of the process."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
from pathlib import Path

import pytest
from archives_world import Practicing, noise, wait_for

BYTES = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


def create(archive: Practicing, length: int, **headers: str) -> str:
    """The path of a new upload."""
    status, told, _ = archive.ask("POST", "/uploads", b"", {**TUS, "Upload-Length": str(length), **headers})
    assert status == 201
    return told["location"].removeprefix(archive.url)


def patch(archive: Practicing, path: str, offset: int, data: bytes, **headers: str) -> tuple[int, dict[str, str]]:
    given = {**TUS, "Content-Type": BYTES, "Upload-Offset": str(offset), **headers}
    status, told, _ = archive.ask("PATCH", path, data, given)
    return status, told


def offset_of(archive: Practicing, path: str) -> int:
    status, told, _ = archive.ask("HEAD", path, None, TUS)
    assert status == 200
    assert told["cache-control"] == "no-store"
    return int(told["upload-offset"])


def test_it_tells_what_it_can(practice: Practicing) -> None:
    status, told, _ = practice.ask("OPTIONS", "/uploads")
    assert status == 204
    assert told["tus-version"] == "1.0.0"
    assert set(told["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "termination", "expiration", "checksum", "concatenation",
    }  # fmt: skip
    assert told["tus-checksum-algorithm"] == "sha1,sha256"
    assert int(told["tus-max-size"]) > 10**12


def test_a_file_in_pieces_has_its_digest_at_the_end(practice: Practicing) -> None:
    data = noise(300_000)
    path = create(practice, len(data))
    status, told = patch(practice, path, 0, data[:100_000])
    assert (status, told["upload-offset"]) == (204, "100000")
    assert "repr-digest" not in told
    assert "upload-expires" in told
    status, told = patch(practice, path, 100_000, data[100_000:])
    assert told["upload-offset"] == "300000"
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert told["repr-digest"] == f"sha-256=:{digest}:"
    assert practice.stored()[0].read_bytes() == data


def test_creation_with_upload(practice: Practicing) -> None:
    headers = {**TUS, "Upload-Length": "5", "Content-Type": BYTES}
    status, told, _ = practice.ask("POST", "/uploads", b"hello", headers)
    assert (status, told["upload-offset"]) == (201, "5")
    assert "repr-digest" in told


def test_an_empty_file_is_whole_at_once(practice: Practicing) -> None:
    status, told, _ = practice.ask("POST", "/uploads", b"", {**TUS, "Upload-Length": "0"})
    assert status == 201
    assert "repr-digest" in told


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "1"}, 412),
        ({"Upload-Length": "1"}, 412),
        ({**TUS}, 400),
        ({**TUS, "Upload-Length": "-1"}, 400),
        ({**TUS, "Upload-Length": "1e3"}, 400),
        ({**TUS, "Upload-Defer-Length": "1"}, 400),
        ({**TUS, "Upload-Length": str(10**18)}, 413),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": "name not-base64!"}, 400),
        ({**TUS, "Upload-Length": "1", "Upload-Metadata": "a YQ==,a YQ=="}, 400),
    ],
)
def test_a_bad_creation_is_refused(practice: Practicing, headers: dict[str, str], status: int) -> None:
    got, told, _ = practice.ask("POST", "/uploads", b"", headers)
    assert got == status
    if status == 412:
        assert told["tus-version"] == "1.0.0"
    assert not practice.stored()


def test_a_bad_piece_is_refused_and_changes_nothing(practice: Practicing) -> None:
    path = create(practice, 10)
    assert patch(practice, path, 5, b"xx")[0] == 409
    assert patch(practice, path, 0, b"x" * 11)[0] == 413
    assert patch(practice, path, 0, b"xx", **{"Content-Type": "text/plain"})[0] == 415
    assert patch(practice, path, 0, b"xx", **{"Tus-Resumable": "2.0.0"})[0] == 412
    assert patch(practice, path, 0, b"xx", **{"Upload-Offset": "zero"})[0] == 400
    assert patch(practice, path, 0, b"xx", **{"Upload-Checksum": "md5 abcd"})[0] == 400
    assert offset_of(practice, path) == 0
    assert practice.ask("PUT", path, b"x", TUS)[0] == 405


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_a_piece_with_a_wrong_checksum_is_thrown_away(practice: Practicing, name: str) -> None:
    path = create(practice, 6)
    good = base64.b64encode(hashlib.new(name, b"abc").digest()).decode()
    assert patch(practice, path, 0, b"abc", **{"Upload-Checksum": f"{name} {good}"})[0] == 204
    assert patch(practice, path, 3, b"abd", **{"Upload-Checksum": f"{name} {good}"})[0] == 460
    assert offset_of(practice, path) == 3
    status, told = patch(practice, path, 3, b"abc", **{"Upload-Checksum": f"{name} {good}"})
    assert status == 204
    digest = base64.b64encode(hashlib.sha256(b"abcabc").digest()).decode()
    assert told["repr-digest"] == f"sha-256=:{digest}:"


def test_method_override_for_old_proxies(practice: Practicing) -> None:
    path = create(practice, 2)
    headers = {**TUS, "Content-Type": BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert practice.ask("POST", path, b"ok", headers)[0] == 204


def test_a_terminated_upload_is_gone(practice: Practicing) -> None:
    path = create(practice, 2)
    assert practice.ask("DELETE", path, None, TUS)[0] == 204
    assert practice.ask("HEAD", path, None, TUS)[0] == 404
    assert not practice.stored()


def test_an_upload_that_nobody_came_back_to_expires(tmp_path: Path) -> None:
    archive = Practicing(tmp_path / "p", "--lifetime", "0.2")
    archive.start()
    try:
        path = create(archive, 2)
        wait_for(lambda: archive.ask("HEAD", path, None, TUS)[0] in (404, 410))
        assert not archive.stored()
    finally:
        archive.kill()


def test_the_largest_file_can_be_set(tmp_path: Path) -> None:
    archive = Practicing(tmp_path / "p", "--most", "100")
    archive.start()
    try:
        assert archive.ask("POST", "/uploads", b"", {**TUS, "Upload-Length": "101"})[0] == 413
        create(archive, 100)
    finally:
        archive.kill()


def half_sent(archive: Practicing, path: str, length: int, data: bytes) -> http.client.HTTPConnection:
    """A PATCH of which only a part was sent; the line stays open."""
    connection = http.client.HTTPConnection("127.0.0.1", archive.port, timeout=20)
    connection.putrequest("PATCH", path)
    for key, value in {**TUS, "Content-Type": BYTES, "Upload-Offset": "0", "Content-Length": str(length)}.items():
        connection.putheader(key, value)
    connection.endheaders()
    connection.send(data)
    return connection


def test_another_request_finds_the_upload_locked(practice: Practicing) -> None:
    path = create(practice, 1000)
    holder = half_sent(practice, path, 1000, b"x" * 10)
    wait_for(lambda: practice.stored()[0].stat().st_size == 10)
    status, told = patch(practice, path, 10, b"y")
    assert status == 423
    assert told["retry-after"]
    holder.close()
    assert wait_for(lambda: practice.ask("HEAD", path, None, TUS)[1].get("upload-offset")) == "10"


def test_what_came_before_a_broken_line_stays(practice: Practicing) -> None:
    data = noise(200_000)
    path = create(practice, len(data))
    line = half_sent(practice, path, len(data), data[:50_000])
    wait_for(lambda: practice.stored()[0].stat().st_size == 50_000)
    assert line.sock is not None
    line.sock.shutdown(socket.SHUT_RDWR)
    line.close()
    assert wait_for(lambda: offset_of(practice, path)) == 50_000
    assert patch(practice, path, 50_000, data[50_000:])[0] == 204
    assert practice.stored()[0].read_bytes() == data


def test_a_killed_archive_goes_on_where_it_was(practice: Practicing) -> None:
    data = noise(400_000)
    path = create(practice, len(data))
    patch(practice, path, 0, data[:150_000])
    line = half_sent(practice, path, 100, b"")
    practice.kill()
    line.close()
    practice.start()
    assert offset_of(practice, path) == 150_000
    status, told = patch(practice, path, 150_000, data[150_000:])
    assert status == 204
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert told["repr-digest"] == f"sha-256=:{digest}:"


def test_the_reference_client_of_python_gets_its_file_there(practice: Practicing, tmp_path: Path) -> None:
    client = pytest.importorskip("tusclient.client")
    source = tmp_path / "x.bin"
    source.write_bytes(noise(900_000))
    made = client.TusClient(practice.url + "/uploads")
    first = made.uploader(str(source), chunk_size=200_000, metadata={"filename": "x.bin"}, upload_checksum=True)
    first.upload_chunk()
    practice.kill()
    practice.start()
    second = made.uploader(str(source), chunk_size=200_000, url=first.url, upload_checksum=True)
    assert second.offset == 200_000
    second.upload()
    assert practice.stored()[0].read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ({"do": "status", "status": 503, "headers": {"Retry-After": "7"}}, 503),
        ({"do": "mismatch"}, 460),
        ({"do": "forget"}, 404),
    ],
)
def test_faults_come_on_demand_and_are_used_up(practice: Practicing, rule: dict[str, object], seen: int) -> None:
    path = create(practice, 3)
    practice.fault({"method": "PATCH", **rule})
    good = base64.b64encode(hashlib.sha1(b"abc").digest()).decode()
    status, told = patch(practice, path, 0, b"abc", **{"Upload-Checksum": f"sha1 {good}"})
    assert status == seen
    if seen == 503:
        assert told["retry-after"] == "7"
    if seen != 404:
        assert patch(practice, path, 0, b"abc")[0] == 204


def test_a_lie_about_the_offset(practice: Practicing) -> None:
    path = create(practice, 10)
    practice.fault({"do": "lie", "by": 4, "method": "HEAD"})
    assert offset_of(practice, path) == 4
    assert offset_of(practice, path) == 0


def test_faults_need_the_token(practice: Practicing) -> None:
    assert practice.ask("POST", "/faults", b"[]")[0] == 401
    assert practice.ask("POST", "/faults", b"[]", {"Authorization": "Bearer wrong"})[0] == 401


def test_a_plan_of_faults_can_come_from_a_file(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('[{"do": "status", "status": 418, "path": "^/uploads$"}]')
    archive = Practicing(tmp_path / "p", "--faults", str(plan))
    archive.start()
    try:
        assert archive.ask("POST", "/uploads", b"", {**TUS, "Upload-Length": "1"})[0] == 418
        create(archive, 1)
    finally:
        archive.kill()
