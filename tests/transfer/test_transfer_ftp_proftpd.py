"""FTP and FTPS against proftpd, which demands TLS sessions to be resumed; and drop boxes that forbid this or that."""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import CarrierSuite
from ftp_proftpd import Proftpd
from transfer_world import QUICK, World, noise

from depositor.draft.submission import HeldFile, Proof
from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions
from depositor.transfer.ftp.wire import Wire
from depositor.transfer.net.web import Timeouts
from depositor.transfer.ports import Carrier

SHORT = Timeouts(connect=5, idle=5)
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "explicit": {"tls": "explicit"},
    "implicit": {"tls": "implicit"},
    "digests": {"digests": True},
    "drop box": {"limits": "SIZE MLST DELE RNFR RNTO RETR LIST MLSD NLST"},
    "no overwriting": {"lines": ("AllowOverwrite off", "AllowStoreRestart off")},
}


class OfProftpd:
    def __init__(self, server: Proftpd, *, spoils: bool = True) -> None:
        self._server, self._spoils = server, spoils
        self.names, self.content = server.names, server.content
        server.empty()

    def carrier(self) -> Carrier:
        return FtpCarrier(self._server.place(), FtpOptions(settle_s=0.02), SHORT)

    def spoil(self, name: str, token: str) -> bool:
        """One byte, not the size."""
        path = self._server.folder / token
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        return self._spoils


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[str], Proftpd]]:
    """Each kind is started once, when it is first asked for."""
    running: dict[str, Proftpd] = {}

    def get(kind: str) -> Proftpd:
        if kind not in running:
            running[kind] = Proftpd(**KINDS[kind])
            running[kind].start()
        running[kind].empty()
        return running[kind]

    yield get
    for server in running.values():
        server.__exit__()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def carrier(server: Proftpd, **more: Any) -> FtpCarrier:
    return FtpCarrier(server.place(**more), FtpOptions(settle_s=0.05), SHORT)


class TestProftpd(CarrierSuite):
    @pytest.fixture(params=["plain", "explicit", "implicit", "digests", "no overwriting"])
    def place(self, request: pytest.FixtureRequest, servers: Callable[[str], Proftpd]) -> OfProftpd:  # type: ignore[override]
        return OfProftpd(servers(request.param))


def deposited(world: World, server: Proftpd, size: int, carrier: FtpCarrier) -> HeldFile:
    from carrier_suite import BytesBody

    file = world.add(f"{size}.tif", noise(size))
    held = carrier.finish(
        file, carrier.send(file, carrier.begin(file), BytesBody(noise(size))), world.true_digests()[file.name]
    )
    assert server.content(file.name) == noise(size)
    return held


@pytest.mark.parametrize(
    ("kind", "size", "proof"),
    [
        ("digests", 5000, Proof.DIGEST),
        ("digests", 3_000_000, Proof.DIGEST),
        ("explicit", 5000, Proof.READ_BACK),
        ("explicit", 3_000_000, Proof.SAMPLES),
    ],
)
def test_the_proof_is_the_best_that_the_server_offers(
    world: World, servers: Callable[[str], Proftpd], kind: str, size: int, proof: Proof
) -> None:
    made = carrier(servers(kind))
    held = deposited(world, servers(kind), size, made)
    made.close()
    assert held.proved_by is proof
    whole = proof in (Proof.DIGEST, Proof.READ_BACK)
    assert held.digests == ({"sha256": world.true_digests()[held.name]} if whole else {})


def test_a_digest_of_another_kind_is_compared_too(
    world: World, servers: Callable[[str], Proftpd], monkeypatch: pytest.MonkeyPatch
) -> None:
    from depositor.transfer.ftp import digest as ftp_digest

    monkeypatch.setattr(ftp_digest, "way", lambda features: ftp_digest.DigestWay("XMD5", "md5"))
    server = servers("digests")
    made = carrier(server)
    assert deposited(world, server, 5000, made).proved_by is Proof.DIGEST
    made.close()


def test_a_drop_box_takes_files_of_which_nothing_can_be_asked(world: World, servers: Callable[[str], Proftpd]) -> None:
    server = servers("drop box")
    for number in range(6):
        world.add(f"sub/{number}.dcm", noise(5000, number))
    outcome = world.run(lambda: carrier(server))
    assert (outcome.sent, outcome.failed) == (6, 0)
    assert server.names() == [f"sub/{n}.dcm" for n in range(6)]
    for file in world.files:
        assert server.content(file.name) == Path(file.source).read_bytes()
    made = carrier(server)
    made._renames = False
    assert deposited(world, server, 200_000, made).proved_by is Proof.ANSWER
    made.close()


def test_a_large_file_finds_out_before_that_nothing_can_be_renamed(
    world: World, servers: Callable[[str], Proftpd], monkeypatch: pytest.MonkeyPatch
) -> None:
    from depositor.transfer.ftp import carrier as ftp

    monkeypatch.setattr(ftp, "_PROBE_FROM", 1_000_000)
    server = servers("drop box")
    world.add("big.tif", noise(2_000_000))
    outcome = world.run(lambda: carrier(server))
    assert (outcome.sent, outcome.bytes_sent) == (1, 2_000_000)
    assert server.content("big.tif") == noise(2_000_000)


def test_times_are_kept(world: World, servers: Callable[[str], Proftpd]) -> None:
    server = servers("plain")
    file = world.add("a.tif", noise(5000))
    assert world.run(lambda: carrier(server)).sent == 1
    assert int((server.folder / "a.tif").stat().st_mtime) == file.mtime_ns // 10**9


def test_what_may_not_be_written_over_or_gone_on_with_is_begun_anew(
    world: World, servers: Callable[[str], Proftpd]
) -> None:
    """A torso of another run, on a server that refuses REST, APPE and a STOR over it."""
    server = servers("no overwriting")
    file = world.add("big.tif", noise(3_000_000))
    (server.folder / "big.tif.part").write_bytes(noise(3_000_000)[:2_000_000])
    (server.folder / "big.tif.part").chmod(0o666)
    with world.journal() as journal:
        from transfer_world import SUBMISSION

        from depositor.transfer.ports import Upload

        journal.intend(SUBMISSION, file.seq, "ftp")
        journal.began(SUBMISSION, file.seq, Upload("big.tif.part"))
        journal.advanced(SUBMISSION, file.seq, Upload("big.tif.part", 2_000_000))
    outcome = world.run(lambda: carrier(server))
    assert (outcome.sent, outcome.failed) == (1, 0)
    assert server.content("big.tif") == noise(3_000_000)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_data_line_that_resumes_no_session_is_refused_there(
    world: World, servers: Callable[[str], Proftpd], monkeypatch: pytest.MonkeyPatch, newest: ssl.TLSVersion
) -> None:
    """That this server demands it at all: else the other tests would show nothing."""
    from depositor.transfer.ftp import lines as ftp_lines

    server = servers("explicit")
    place = server.place()
    assert place.context is not None
    place.context.maximum_version = newest
    world.add("a.tif", noise(5000))
    wire = Wire(place, SHORT)
    wire.store("STOR good", iter([b"x"]))
    wire.close()
    monkeypatch.setattr(
        ftp_lines._Secure, "_wrapped", lambda self, data: self.context.wrap_socket(data, server_hostname=self.host)
    )
    from depositor.draft.problem import Retryable

    wire = Wire(place, SHORT)
    with pytest.raises(Retryable):
        wire.store("STOR bad", iter([b"x" * 100_000] * 50))
    wire.close()


def test_sessions_that_die_are_resumed_under_tls(world: World, servers: Callable[[str], Proftpd]) -> None:
    server = servers("explicit")
    world.add("big.tif", noise(6_000_000))
    settings = dataclasses.replace(QUICK, limit=4_000_000)
    with world.running(lambda: carrier(server), settings) as run:
        run.until(lambda: server.kept() > 3_000_000)
        server.kill()
        server.start()
        outcome = run.join()
    assert (outcome.sent, outcome.failed) == (1, 0)
    assert server.content("big.tif") == noise(6_000_000)
    assert outcome.bytes_sent < 6_000_000 + (1 << 20) + 2_000_000


def test_fewer_lines_do_where_the_server_takes_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from depositor.transfer.ftp import replies as ftp_replies

    monkeypatch.setattr(ftp_replies, "TOO_MANY_S", 0.02)
    for number in range(12):
        world.add(f"{number:02d}.dcm", noise(5000, number))
    with Proftpd(lines=("MaxClientsPerHost 1",)) as server:
        outcome = world.run(lambda: carrier(server))
        assert (outcome.sent, outcome.failed, outcome.needs_user) == (12, 0, False)
        assert len(server.names()) == 12


def test_noops_in_the_middle_do_not_confuse_it(
    world: World, servers: Callable[[str], Proftpd], monkeypatch: pytest.MonkeyPatch
) -> None:
    from depositor.transfer.ftp import wire as ftp_wire

    monkeypatch.setattr(ftp_wire, "_NOOP_S", -1.0)
    for number in range(3):
        world.add(f"{number}.tif", noise(1_300_000, number))
    assert world.run(lambda: carrier(servers("explicit"))).sent == 3
    assert world.digests() == world.true_digests()


@pytest.mark.parametrize("tls", ["no", "explicit"])
def test_a_server_that_hangs_up_because_its_room_is_used_up_says_so(world: World, tls: str) -> None:
    world.add("big.tif", noise(9_000_000))
    with Proftpd(tls=tls, lines=("MaxStoreFileSize 1 Mb",)) as server:
        outcome = world.run(lambda: carrier(server))
    assert outcome.problem is not None
    assert (outcome.needs_user, outcome.problem.code) == (True, "archive.quota")
