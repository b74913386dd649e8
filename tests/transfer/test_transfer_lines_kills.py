"""kill -9 of the sender and of the server in the middle of a file, on every route, against real servers."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ftp_proftpd import Proftpd
from lines_sender import SLOWLY, factory
from nextcloud_server import NextcloudServer
from sftp_servers import OpenSsh
from transfer_world import World, noise, wait_for
from webdav_servers import Apache, WsgiDav

from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.webdav import ranges as webdav_ranges

SENDER = Path(__file__).with_name("lines_sender.py")
SIZE = 3_000_000
ROUTES = ["ftp", "sftp", "sftp in parts", "apache", "apache in pieces", "wsgidav", "nextcloud", "folder"]
WHOLE_AGAIN = ("apache", "wsgidav")  # the protocol knows no way to go on


class Drive:
    """A folder as a server: it is killed by going away."""

    def __init__(self, root: Path) -> None:
        self.folder, self._away = root, root.with_name("away")
        root.mkdir()

    def __enter__(self) -> Drive:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs."""

    def kill(self) -> None:
        self.folder.rename(self._away)

    def start(self) -> None:
        self._away.rename(self.folder)

    def kept(self) -> int:
        with contextlib.suppress(OSError):
            return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        return 0

    def content(self, name: str) -> bytes | None:
        return (self.folder / name).read_bytes()

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@contextlib.contextmanager
def served(route: str, folder: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A server, and how to get there."""
    if route == "ftp":
        with Proftpd(tls="explicit") as ftp:
            yield ftp, {"kind": "ftp", "port": ftp.port, "pem": str(ftp.pem)}
    elif route.startswith("sftp"):
        with OpenSsh(folder / "ssh") as ssh:
            place, apart = ssh.place(), route != "sftp"
            told = {"port": ssh.port, "user": place.user, "key": str(ssh.key), "known": list(place.known("", 0))}
            yield ssh, {"kind": "sftp", "apart": apart, **told}
    elif route == "nextcloud":
        with NextcloudServer() as cloud:
            account = ["dep@example.org", "app-pass-word"]
            yield cloud, {"kind": "nextcloud", "url": cloud.place().url, "account": account}
    elif route == "folder":
        yield Drive(folder / "drive"), {"kind": "folder", "root": str(folder / "drive")}
    else:
        with Apache() if route.startswith("apache") else WsgiDav(folder / "dav") as dav:
            pieces = route.endswith("in pieces")
            yield dav, {"kind": "webdav", "url": dav.url, "account": ["dep", "secret"], "pieces": pieces}


def kept(server: Any) -> int:
    """Bytes of files and torsos."""
    return int(server.received if isinstance(server, NextcloudServer) else server.kept())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("FROM", "FAR_S", "_PART"):  # the sender's ways change them in this process too
        monkeypatch.setattr(sftp_apart, name, getattr(sftp_apart, name))
    for name in ("FROM", "PART", "BACK_UP"):
        monkeypatch.setattr(webdav_ranges, name, getattr(webdav_ranges, name))
    world = World(tmp_path)
    world.add("big.tif", noise(SIZE))
    return world


def assert_there(world: World, server: Any) -> None:
    assert server.names() == ["big.tif"]
    assert server.content("big.tif") == noise(SIZE)
    assert world.digests() == world.true_digests()


@pytest.mark.parametrize("route", ROUTES)
def test_a_killed_sender_goes_on(world: World, tmp_path: Path, route: str) -> None:
    with served(route, tmp_path) as (server, told):
        sender = subprocess.Popen([sys.executable, str(SENDER), str(world.store), json.dumps(told)])
        try:
            wait_for(lambda: kept(server) > 1_300_000)
        finally:
            sender.kill()
            sender.wait()
        outcome = world.run(factory(told))
        assert (outcome.sent, outcome.failed) == (1, 0)
        if route not in (*WHOLE_AGAIN, "sftp", "ftp"):  # these two step back further than what was sent here
            assert outcome.bytes_sent < SIZE
        assert_there(world, server)


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "nextcloud"])
def test_a_server_that_is_killed_is_waited_for(world: World, tmp_path: Path, route: str) -> None:
    with served(route, tmp_path) as (server, told), world.running(factory(told), SLOWLY) as run:
        run.until(lambda: kept(server) > 1_000_000)
        server.kill()
        run.until(lambda: run.engine.progress().waiting is not None)
        server.start()
        outcome = run.join()
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert_there(world, server)
