"""Whole deposits into storage of one's own: ``depositor`` as a process, real servers, and what lies there then."""

from __future__ import annotations

import hashlib
import json
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from archives_world import wait_for
from generic_houses import BOX, Folder, FtpHouse, S3House, SftpHouse, TusHouse, WebdavHouse
from generic_process import Depositor
from generic_s3 import ACCESS, SECRET, ListingS3
from line_proxy import LineProxy
from sftp_servers import AsyncSsh, pin
from transfer_servers import FtpServer, OfficialTus
from webdav_servers import WsgiDav

from depositor.cli import exits

Here = Callable[..., tuple[int, Any]]


@dataclass
class Site:
    """A server with a person's computer; ``names`` are the files that lie there, by path below the place."""

    house: Folder
    me: Depositor
    contents: Callable[[], dict[str, bytes]]

    @property
    def id(self) -> str:
        return self.house.id


def _below(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _me(tmp_path: Path, archive: str, address: str, **more: str) -> Depositor:
    tail = archive.upper()
    given = {f"DEPOSITOR_ENDPOINT_{tail}": address, f"DEPOSITOR_USER_{tail}": "dep"}
    given |= {f"DEPOSITOR_PASSWORD_{tail}": "secret"}
    return Depositor(tmp_path / "me", given | {f"DEPOSITOR_{key}_{tail}": value for key, value in more.items()})


def _s3(tmp_path: Path) -> Iterator[Site]:
    with ListingS3() as server:
        house = S3House(tmp_path, server)
        me = _me(tmp_path, "s3", house.address, USER=ACCESS, PASSWORD=SECRET)
        there = lambda: {k.removeprefix(f"{BOX}/"): v.data for k, v in server.objects.items()}  # noqa: E731
        yield Site(house, me, there)


def _tus(tmp_path: Path) -> Iterator[Site]:
    with OfficialTus(tmp_path / "tus") as server, LineProxy(server.port) as line:
        house = TusHouse(tmp_path, tmp_path / "tus", line)
        me = _me(tmp_path, "tus", house.address, TOKEN="t")
        yield Site(house, me, lambda: {path: data.read_bytes() for path, data in server.uploads()})


def _webdav(tmp_path: Path) -> Iterator[Site]:
    with WsgiDav(tmp_path / "dav") as server, LineProxy(server.port) as line:
        house = WebdavHouse(tmp_path, server.folder, line)
        yield Site(house, _me(tmp_path, "webdav", house.address), lambda: _below(house.box))


def _sftp(tmp_path: Path) -> Iterator[Site]:
    with AsyncSsh(tmp_path / "ssh") as server, LineProxy(server.port) as line:
        house = SftpHouse(tmp_path, server.folder, line)
        key = pin(tmp_path / "ssh" / "host.pub").partition(" ")[2]
        yield Site(house, _me(tmp_path, "sftp", house.address, HOST_KEY=key), lambda: _below(house.box))


def _ftp(tmp_path: Path) -> Iterator[Site]:
    with FtpServer(tmp_path / "ftp") as server, LineProxy(server.port) as line:
        house = FtpHouse(tmp_path, tmp_path / "ftp", line)
        yield Site(house, _me(tmp_path, "ftp", house.address), lambda: _below(house.box))


_SITES = {"s3": _s3, "tus": _tus, "webdav": _webdav, "sftp": _sftp, "ftp": _ftp}


@pytest.fixture(params=_SITES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    yield from _SITES[request.param](tmp_path)


@pytest.fixture
def drop_box(tmp_path: Path) -> Iterator[Site]:
    yield from _sftp(tmp_path)


@pytest.fixture
def here(site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    """A command of this person in this process: (exit code, the JSON)."""
    from depositor.cli.main import main
    from depositor.session import language

    for name, value in site.me.environment.items():
        monkeypatch.setenv(name, value)

    def command(*words: object) -> tuple[int, Any]:
        capfd.readouterr()
        try:
            code = main([*map(str, words), "--json"])
        finally:
            language.use("en")
        return code, json.loads(capfd.readouterr().out)

    return command


def in_deposit(site: Site) -> dict[str, bytes]:
    """What lies in the one deposit there is, by path below its folder."""
    found = site.contents()
    (folder,) = {path.partition("/")[0] for path in found}
    return {path.removeprefix(f"{folder}/"): data for path, data in found.items()}


def _killed_and_resumed(site: Site) -> tuple[Path, dict[str, Any]]:
    """A deposit whose process was killed in the middle; its files and receipt."""
    document = site.me.document(site.id)
    process = site.me.start("deposit", document, "--limit", 1200)
    wait_for(lambda: process.poll() is not None or any("/data/" in path for path in site.contents()))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    code, receipt, said = site.me.run("resume")
    assert (code, receipt["state"]) == (exits.DONE, "accepted"), said
    return document.parent / "images", receipt


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_deposit_goes_on_and_lies_there_once_with_all_that_explains_it(site: Site, here: Here) -> None:
    images, receipt = _killed_and_resumed(site)
    there = in_deposit(site)
    for path in (p for p in images.rglob("*") if p.is_file()):
        assert there[f"data/images/{path.relative_to(images).as_posix()}"] == path.read_bytes()
    assert not [path for path in there if path.endswith(".part")]
    mark = json.loads(there["receipt.json"])
    assert (mark["submission"], mark["files"]) == (receipt["submission"], 3)
    assert mark["manifest_sha256"] == receipt["manifest_sha256"]
    assert mark["manifest_sha256"] == hashlib.sha256(there["data/manifest-sha256.txt"]).hexdigest()
    for line in there["data/manifest-sha256.txt"].decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(there[f"data/{name}"]).hexdigest() == digest
    for paper in mark["documents"]:
        assert hashlib.sha256(there[paper["name"]]).hexdigest() == paper["sha256"]
    assert b"Only if there is a file receipt.json here" in there["README.txt"]
    assert sum(receipt["proved"].values()) == 3
    _compared(site, here, receipt["receipt"])


def _compared(site: Site, here: Here, receipt: str) -> None:
    """As sent; then a byte changes, which only reading back shows where nobody tells digests; then a file is gone."""
    code, found = here("verify", receipt, "--read-back")
    assert (code, found["same"]) == (exits.DONE, True)
    kinds = {kind for kind, n in found["proved"].items() if n}
    assert kinds <= ({"size"} if site.id == "tus" else {"digest", "parts", "read-back"})
    site.house.spoil("a.bin")
    code, found = here("verify", receipt, *(("--read-back",) if site.id != "s3" else ()))
    if site.id != "tus":  # which gives nothing back
        assert (code, found["different"]) == (exits.FINDINGS, ["images/raw/a.bin"])
    site.house.lose("notes.txt")
    code, found = here("verify", receipt)
    assert (code, found["missing"]) == (exits.FINDINGS, ["images/notes.txt"])


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Site]:
    yield from _webdav(tmp_path)


def test_what_is_lost_there_before_the_commit_is_sent_once_more(cloud: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.draft.cancel import Cancel
    from depositor.draft.submission import Stage, State
    from depositor.session import straight
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    for name, value in cloud.me.environment.items():
        monkeypatch.setenv(name, value)
    desk = Desk(Home.find().create())
    try:
        opened = desk.take_up(cloud.me.document("webdav"))
        straight.prepare(opened, desk.worker(), Cancel(), lambda *_: None)
        run, lost = desk.deposit(opened.seal(Cancel()).id), []

        def meddle(stage: Stage) -> None:
            if stage is Stage.DOCUMENTED and not lost:
                lost.append(1)
                cloud.house.lose("notes.txt")
                next(cloud.house.folder.rglob("a.bin")).write_bytes(b"cut off")

        run.listeners.append(meddle)
        assert run.run().state is State.ACCEPTED
        there = in_deposit(cloud)
        assert there["data/images/notes.txt"] == b"Nuclei.\n"
        assert len(there["data/images/raw/a.bin"]) == 3_000_000
        assert json.loads(there["receipt.json"])["files"] == 3
    finally:
        opened.close()
        desk.close()


def test_without_an_address_nothing_is_begun(tmp_path: Path) -> None:
    me = Depositor(tmp_path / "me", {})
    code, told, _ = me.run("deposit", me.document("sftp"))
    assert code == exits.NEEDS_USER
    assert told["problems"][0]["code"] == "place.no-address"
    assert "sftp://name@sftp.example.org/folder" in told["problems"][0]["advice"]
    assert me.run("status")[1]["submissions"] == []


def test_a_stranger_is_not_trusted_and_one_who_changed_his_key_neither(drop_box: Site, tmp_path: Path) -> None:
    house = drop_box.house
    me = Depositor(
        tmp_path / "other",
        {"DEPOSITOR_ENDPOINT_SFTP": house.address, "DEPOSITOR_PASSWORD_SFTP": "secret"},
    )
    document, key = me.document("sftp"), pin(tmp_path / "ssh" / "host.pub").partition(" ")[2]
    code, told, _ = me.run("deposit", document)
    assert (code, told["problems"][0]["code"]) == (exits.NEEDS_USER, "archive.host-key")
    assert key in told["problems"][0]["message"]
    code, told, _ = me.run("resume", "--accept-host-key", "SHA256:" + "A" * 43)
    assert (code, told["problems"][0]["code"]) == (exits.NEEDS_USER, "archive.host-key-changed")
    assert drop_box.contents() == {}
    code, told, _ = me.run("resume", "--accept-host-key", key)
    assert (code, told["state"]) == (exits.DONE, "accepted")
