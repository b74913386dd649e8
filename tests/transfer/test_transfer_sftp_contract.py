"""The suite of promises, for SFTP against OpenSSH and against asyncssh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from carrier_suite import CarrierSuite
from sftp_servers import AsyncSsh, OpenSsh

from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier
from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.sftp.carrier import SftpCarrier

SHORT = Timeouts(connect=10, idle=10)


class OfSftp:
    def __init__(self, server: Any) -> None:
        self._server = server
        server.empty()
        self.names, self.content = server.names, server.content

    def carrier(self) -> Carrier:
        return SftpCarrier(self._server.place(), timeouts=SHORT)

    def spoil(self, name: str, token: str) -> bool:
        """One byte, not the size."""
        path = self._server.folder / token
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return True


@pytest.fixture(scope="module")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    with OpenSsh(tmp_path_factory.mktemp("ssh") / "openssh") as server:
        yield server


@pytest.fixture(scope="module")
def asyncssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsyncSsh]:
    with AsyncSsh(tmp_path_factory.mktemp("ssh") / "asyncssh") as server:
        yield server


@pytest.fixture(params=[False, True], ids=["one piece", "in parts"])
def apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the file were large, and the server far away."""
    if request.param:
        monkeypatch.setattr(sftp_apart, "FROM", 1_000_000)
        monkeypatch.setattr(sftp_apart, "FAR_S", 0.0)
        monkeypatch.setattr(sftp_apart, "_PART", 1 << 20)


@pytest.mark.usefixtures("apart")
class TestOpenSsh(CarrierSuite):
    @pytest.fixture
    def place(self, openssh: OpenSsh) -> OfSftp:  # type: ignore[override]
        return OfSftp(openssh)


@pytest.mark.usefixtures("apart")
class TestAsyncSsh(CarrierSuite):
    @pytest.fixture
    def place(self, asyncssh: AsyncSsh) -> OfSftp:  # type: ignore[override]
        return OfSftp(asyncssh)
