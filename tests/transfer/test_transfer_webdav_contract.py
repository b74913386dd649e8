"""The suite of promises, for WebDAV against Apache, wsgidav and a stand-in of Nextcloud's chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from carrier_suite import CarrierSuite
from nextcloud_server import NextcloudServer
from webdav_servers import Apache, WsgiDav

from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier
from depositor.transfer.webdav import ranges as webdav_ranges
from depositor.transfer.webdav.carrier import WebdavCarrier
from depositor.transfer.webdav.chunks import NextcloudCarrier, recognise

SHORT = Timeouts(connect=10, idle=10)


class OfWebdav:
    def __init__(self, server: Any) -> None:
        self._server = server
        self.names, self.content = server.names, server.content
        server.empty()

    def carrier(self) -> Carrier:
        return WebdavCarrier(self._server.place(), timeouts=SHORT)

    def spoil(self, name: str, token: str) -> bool:
        """One byte, not the size."""
        path = self._server.folder / token.removeprefix("ranged\n")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return True


@pytest.fixture(scope="module")
def apache() -> Iterator[Apache]:
    with Apache() as server:
        yield server


@pytest.fixture(scope="module")
def wsgidav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiDav]:
    with WsgiDav(tmp_path_factory.mktemp("dav") / "wsgidav") as server:
        yield server


@pytest.fixture(params=[False, True], ids=["whole", "in pieces"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the files were large; whoever cannot do it is asked, too."""
    if request.param:
        monkeypatch.setattr(webdav_ranges, "FROM", 200_000)
        monkeypatch.setattr(webdav_ranges, "PART", 1_000_000)
        monkeypatch.setattr(webdav_ranges, "BACK_UP", 1000)


@pytest.mark.usefixtures("pieces")
class TestApache(CarrierSuite):
    @pytest.fixture
    def place(self, apache: Apache) -> OfWebdav:  # type: ignore[override]
        return OfWebdav(apache)


@pytest.mark.usefixtures("pieces")
class TestWsgiDav(CarrierSuite):
    @pytest.fixture
    def place(self, wsgidav: WsgiDav) -> OfWebdav:  # type: ignore[override]
        return OfWebdav(wsgidav)


class OfNextcloud:
    def __init__(self, server: NextcloudServer) -> None:
        self._server = server
        self.names, self.content = server.names, server.content

    def carrier(self) -> Carrier:
        cloud = recognise(self._server.place(), SHORT)
        assert cloud is not None
        return NextcloudCarrier(self._server.place(), cloud, timeouts=SHORT, chunk=400_000)

    def spoil_part(self, name: str, token: str) -> None:
        """At the beginning of a chunk, where what is read back looks."""
        chunks = self._server.uploads[token.rpartition(":")[2]]
        chunks[2] = b"!" + chunks[2][1:]

    def spoil(self, name: str, token: str) -> bool:
        data, mtime = self._server.files[f"deposit/{name}"]
        self._server.files[f"deposit/{name}"] = (data[:-1] + b"!", mtime)
        return True


class TestNextcloud(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfNextcloud]:  # type: ignore[override]
        with NextcloudServer() as server:
            yield OfNextcloud(server)
