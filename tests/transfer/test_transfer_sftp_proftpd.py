"""SFTP against proftpd's own server: it tells digests, closes a channel that asks for a command, and takes no large
blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from carrier_suite import CarrierSuite
from ftp_proftpd import Proftpd
from sftp_servers import key_pair, pin
from transfer_world import World, noise

from depositor.draft.submission import Proof
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier
from depositor.transfer.sftp import wire as sftp_wire
from depositor.transfer.sftp.carrier import SftpCarrier, SftpPlace

SHORT = Timeouts(connect=5, idle=5)


class Server(Proftpd):
    """``mod_sftp`` in place of FTP."""

    def __init__(self, base: Path) -> None:
        key = key_pair(base / "host")
        lines = ("LoadModule mod_sftp.c", "SFTPEngine on", f"SFTPHostKey {key}", "SFTPAuthMethods password")
        super().__init__(lines=lines)
        self.known = [pin(base / "host.pub")]

    def carrier(self) -> SftpCarrier:
        known = self.known
        place = SftpPlace("127.0.0.1", self.port, "dep", password="secret", agent=False, known=lambda host, port: known)
        return SftpCarrier(place, timeouts=SHORT)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("proftpd")) as server:
        yield server


class OfServer:
    def __init__(self, server: Server) -> None:
        self._server = server
        server.empty()
        self.names, self.content = server.names, server.content

    def carrier(self) -> Carrier:
        return self._server.carrier()

    def spoil(self, name: str, token: str) -> bool:
        path = self._server.folder / token
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return True


class TestProftpdSftp(CarrierSuite):
    @pytest.fixture
    def place(self, server: Server) -> OfServer:  # type: ignore[override]
        return OfServer(server)


@pytest.mark.parametrize("asks", [True, False])
def test_the_digest_of_a_large_file_is_asked_where_it_can_be(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, asks: bool
) -> None:
    """Where it cannot, a command is tried, and its refusal ends nothing."""
    from carrier_suite import BytesBody

    if not asks:
        monkeypatch.setattr(sftp_wire.SftpWire, "_server", lambda self: "SSH-2.0-Unknown")
    server.empty()
    world = World(tmp_path)
    file = world.add("large.tif", noise(5_000_000))
    made = server.carrier()
    sent = made.send(file, made.begin(file), BytesBody(noise(5_000_000)))
    held = made.finish(file, sent, world.true_digests()["large.tif"])
    made.close()
    assert held.proved_by is (Proof.DIGEST if asks else Proof.SAMPLES)
