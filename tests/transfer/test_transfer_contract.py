"""The suite of promises, for each carrier against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import CarrierSuite
from transfer_servers import FtpServer, OfficialTus, PutServer, certificate, trusting
from tus_faults import TusServer

from depositor.transfer.folder.carrier import FolderCarrier
from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions, FtpPlace
from depositor.transfer.http.carrier import HttpCarrier, HttpRoute
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier
from depositor.transfer.tus.carrier import TusCarrier, TusOptions

SHORT = Timeouts(connect=5, idle=5)


class OfTus:
    """A tus server that counts every complete upload."""

    def __init__(self, server: Any, **options: Any) -> None:
        self._server, self._options = server, options
        self.names, self.content = server.names, server.content

    def carrier(self) -> Carrier:
        return TusCarrier(self._server.url, options=TusOptions(part_size=500_000, **self._options), timeouts=SHORT)

    def spoil(self, name: str, token: str) -> bool:
        return False


class TestOfficialTus(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[OfTus]:  # type: ignore[override]
        with OfficialTus(tmp_path / "tus", named=True) as server:
            yield OfTus(server)


class TestOfficialTusInOneRequest(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[OfTus]:  # type: ignore[override]
        with OfficialTus(tmp_path / "tus", named=True) as server:
            yield OfTus(server, recognises_files=True)


class TestStrictTus(CarrierSuite):
    """With checksums for each part."""

    @pytest.fixture
    def place(self) -> Iterator[OfTus]:  # type: ignore[override]
        with TusServer(recognises=True) as server:
            yield OfTus(server, recognises_files=True)


class OfFtp:
    def __init__(self, server: FtpServer, pem: Path | None = None, *, rename: bool = True) -> None:
        self._server, self._rename = server, rename
        self._tls = {"tls": "explicit", "context": trusting(pem)} if pem else {}
        self.names, self.content = server.names, server.content

    def carrier(self) -> Carrier:
        place = FtpPlace("localhost", self._server.port, "dep", "secret", **self._tls)  # type: ignore[arg-type]
        return FtpCarrier(place, FtpOptions(rename=self._rename, settle_s=0.05), SHORT)

    def spoil(self, name: str, token: str) -> bool:
        with (self._server.folder / token).open("ab") as file:
            file.write(b"!")
        return True


class TestFtp(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[OfFtp]:  # type: ignore[override]
        with FtpServer(tmp_path / "ftp") as server:
            yield OfFtp(server)


class TestFtps(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[OfFtp]:  # type: ignore[override]
        pem = certificate(tmp_path)
        with FtpServer(tmp_path / "ftp", pem=pem) as server:
            yield OfFtp(server, pem)


class TestFtpDropBox(CarrierSuite):
    """Nothing but writing is allowed: no SIZE, no MLST, no REST, no rename, no delete."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[OfFtp]:  # type: ignore[override]
        forbidden = frozenset({"SIZE", "MLST", "REST", "RNFR", "DELE", "APPE"})
        with FtpServer(tmp_path / "ftp", forbid=forbidden) as server:
            yield _Blind(server, rename=False)


class _Blind(OfFtp):
    def spoil(self, name: str, token: str) -> bool:
        return False


class OfHttp:
    def __init__(self, server: PutServer, *, form: bool) -> None:
        self._server, self._form = server, form
        self.names, self.content = server.names, server.content

    def carrier(self) -> Carrier:
        from urllib.parse import quote

        return HttpCarrier(
            HttpRoute(
                url=(lambda f: self._server.url) if self._form else (lambda f: self._server.url + quote(f.name)),
                fields=(lambda f: {"key": f.name}) if self._form else None,
                listing=lambda: {n: len(d) for n, d in self._server.files.items()},
            ),
            SHORT,
        )

    def spoil(self, name: str, token: str) -> bool:
        self._server.files[name] = self._server.files[name][:-1]
        return not self._form


class TestHttpPut(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfHttp]:  # type: ignore[override]
        with PutServer() as server:
            yield OfHttp(server, form=False)


class TestHttpForm(CarrierSuite):
    @pytest.fixture
    def place(self) -> Iterator[OfHttp]:  # type: ignore[override]
        with PutServer() as server:
            yield OfHttp(server, form=True)


class OfFolder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def carrier(self) -> Carrier:
        return FolderCarrier(self._root)

    def names(self) -> list[str]:
        found = (p.relative_to(self._root).as_posix() for p in self._root.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.endswith(".part"))

    def content(self, name: str) -> bytes | None:
        path = self._root / name
        return path.read_bytes() if path.is_file() else None

    def spoil(self, name: str, token: str) -> bool:
        part = next(self._root.rglob(".*.part"))
        data = bytearray(part.read_bytes())
        data[500] ^= 1
        part.write_bytes(data)
        return True


class TestFolder(CarrierSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> OfFolder:  # type: ignore[override]
        root = tmp_path / "drive"
        root.mkdir()
        return OfFolder(root)
