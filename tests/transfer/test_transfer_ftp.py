"""FTP against a real server whose lines are cut, whose quota is full, and which forbids one thing or another."""

from __future__ import annotations

import dataclasses
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transfer_servers import FtpServer, certificate, trusting
from transfer_world import QUICK, World, noise

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable, Side
from depositor.transfer.ftp import replies as ftp_replies
from depositor.transfer.ftp import wire as ftp_wire
from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions, FtpPlace
from depositor.transfer.net.web import Timeouts

SHORT = Timeouts(connect=2, idle=2)
SIZE = 6_000_000


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def carrier(server: FtpServer, password: str = "secret", **options: Any) -> Callable[[], FtpCarrier]:
    place = FtpPlace("127.0.0.1", server.port, "dep", password)
    return lambda: FtpCarrier(place, FtpOptions(settle_s=0.05, **options), SHORT)


def kept(server: FtpServer) -> int:
    return sum(p.stat().st_size for p in server.folder.rglob("*") if p.is_file())


def cut_at(server: FtpServer, size: int, run: Any) -> None:
    run.until(lambda: kept(server) > size)
    server.cut()


@pytest.mark.parametrize("forbid", [frozenset(), frozenset({"REST"}), frozenset({"SIZE"})], ids=["all", "rest", "size"])
def test_cut_lines_are_resumed(world: World, tmp_path: Path, forbid: frozenset[str]) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with FtpServer(tmp_path / "ftp", forbid=forbid) as server:
        with world.running(carrier(server), dataclasses.replace(QUICK, limit=4_000_000)) as run:
            cut_at(server, 2_500_000, run)
            cut_at(server, 4_000_000, run)
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert server.content("stack/big.tif") == noise(SIZE)
        assert server.names() == ["stack/big.tif"]
        assert not list(server.folder.rglob("*.part"))
        # each cut costs the megabyte that is backed up, and what was on its way when the line broke
        assert outcome.bytes_sent < SIZE + 2 * (1 << 20) + 2_000_000
        assert ("APPE" in server.commands) == ("REST" in forbid)
        assert "REST" in server.commands
    assert world.digests() == world.true_digests()


def test_without_any_resume_the_whole_file_is_sent_again(world: World, tmp_path: Path) -> None:
    world.add("big.tif", noise(SIZE))
    forbid = frozenset({"REST", "SIZE", "MLST", "APPE"})
    with FtpServer(tmp_path / "ftp", forbid=forbid) as server:
        with world.running(carrier(server), dataclasses.replace(QUICK, limit=8_000_000)) as run:
            cut_at(server, 2_000_000, run)
            assert run.join().sent == 1
        assert server.content("big.tif") == noise(SIZE)


def test_without_renames_the_name_itself_is_written(world: World, tmp_path: Path) -> None:
    for number in range(5):
        world.add(f"{number}.dcm", noise(5000, number))
    with FtpServer(tmp_path / "ftp", forbid=frozenset({"RNFR"})) as server:
        outcome = world.run(carrier(server))
        assert (outcome.sent, outcome.failed) == (5, 0)
        assert server.names() == [f"{n}.dcm" for n in range(5)]
        assert not list(server.folder.rglob("*.part"))


def test_an_older_file_of_the_name_is_replaced(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    with FtpServer(tmp_path / "ftp") as server:
        (server.folder / "a.tif").write_bytes(b"older")
        assert world.run(carrier(server)).sent == 1
        assert server.content("a.tif") == noise(5000)


def test_parents_are_made_once_and_one_sign_in_serves_many_files(world: World, tmp_path: Path) -> None:
    for number in range(20):
        world.add(f"a/b/{number}.dcm", noise(500, number))
    with FtpServer(tmp_path / "ftp") as server:
        world.run(carrier(server), dataclasses.replace(QUICK, workers=1))
        assert server.commands.count("USER") == 1
        assert server.commands.count("MKD") == 2


def test_a_wrong_password_asks_the_user(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    with FtpServer(tmp_path / "ftp") as server:
        outcome = world.run(carrier(server, "wrong"))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.side) == ("archive.sign-in", Side.ARCHIVE)


def test_tls_protects_both_lines_and_an_unknown_certificate_is_named(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(50_000))
    pem = certificate(tmp_path)
    with FtpServer(tmp_path / "ftp", pem=pem) as server:
        place = FtpPlace("localhost", server.port, "dep", "secret", tls="explicit")
        outcome = world.run(lambda: FtpCarrier(place, timeouts=SHORT))
        assert outcome.problem is not None
        assert outcome.problem.code == "network.certificate"
        assert outcome.problem.message.id == "network.certificate.unknown"
        trusted = dataclasses.replace(place, context=trusting(pem))
        assert world.run(lambda: FtpCarrier(trusted, timeouts=SHORT)).sent == 1
        assert {"AUTH", "PBSZ", "PROT"} <= set(server.commands)
        assert server.content("a.tif") == noise(50_000)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_data_lines_resume_the_session_of_the_control_line(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, newest: ssl.TLSVersion
) -> None:
    """Many servers refuse a data line that does not, as proof that the same client opened both."""
    for number in range(3):
        world.add(f"{number}.tif", noise(50_000))
    pem, seen, end = certificate(tmp_path), [], ftp_wire._end

    def noted(line: Any) -> None:
        seen.append(line.session_reused)
        end(line)

    monkeypatch.setattr(ftp_wire, "_end", noted)
    context = trusting(pem)
    context.maximum_version = newest
    with FtpServer(tmp_path / "ftp", pem=pem) as server:
        place = FtpPlace("localhost", server.port, "dep", "secret", tls="explicit", context=context)
        assert world.run(lambda: FtpCarrier(place, timeouts=SHORT)).sent == 3
    assert seen == [True] * 3


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(FtpPlace("h", 21, "dep", "secret"))


@pytest.mark.parametrize(
    ("words", "kind", "problem"),
    [
        (
            "530 Sorry, the maximum number of clients (2) are already connected.",
            Retryable,
            "archive.busy",
        ),
        ("530 Login incorrect.", NeedsUser, "archive.sign-in"),
        ("451 a.tif.part: No space left on device", NeedsUser, "archive.quota"),
        ("550 There is not enough space on the disk.", NeedsUser, "archive.quota"),
        ("550 a.tif: Permission denied", Refused, "archive.name"),
    ],
)
def test_words_tell_what_a_number_leaves_open(words: str, kind: type[DepositError], problem: str) -> None:
    error = ftp_replies.of_reply(words[:3], "host", words)
    assert type(error) is kind
    assert error.problem.code == problem


def test_a_private_address_of_the_server_is_not_believed(world: World, tmp_path: Path) -> None:
    """What a server behind address translation says in answer to PASV leads nowhere."""
    world.add("a.tif", noise(200_000))
    with FtpServer(tmp_path / "ftp", forbid=frozenset({"EPSV"}), masquerade="10.255.255.1") as server:
        assert world.run(carrier(server)).sent == 1
        assert server.commands.count("EPSV") == 1
        assert "PASV" in server.commands
        assert server.content("a.tif") == noise(200_000)


def test_a_firewall_that_lets_nothing_through_to_the_port_of_epsv(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ftplib

    from line_proxy import free_port

    closed = free_port()
    monkeypatch.setattr(ftplib, "parse229", lambda answer, peer: (peer[0], closed))
    world.add("a.tif", noise(20_000))
    with FtpServer(tmp_path / "ftp") as server:
        assert world.run(carrier(server)).sent == 1
        assert "PASV" in server.commands


def test_the_control_line_is_kept_awake_during_a_long_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ftp_wire, "_NOOP_S", -1.0)
    for number in range(3):
        world.add(f"{number}.tif", noise(1_300_000, number))
    with FtpServer(tmp_path / "ftp") as server:
        assert world.run(carrier(server)).sent == 3
        assert server.commands.count("NOOP") >= 3
        assert server.commands.count("USER") <= 3  # the answers were told apart: no line had to be given up
    assert world.digests() == world.true_digests()


@pytest.mark.parametrize(
    ("code", "kind", "problem"),
    [
        ("421", Retryable, "archive.busy"),
        ("425", Retryable, "network.dropped"),
        ("426", Retryable, "network.dropped"),
        ("451", Retryable, "archive.broken"),
        ("450", Retryable, "archive.locked"),
        ("452", NeedsUser, "archive.quota"),
        ("552", NeedsUser, "archive.quota"),
        ("530", NeedsUser, "archive.sign-in"),
        ("550", Refused, "archive.name"),
        ("553", Refused, "archive.name"),
        ("504", Refused, "archive.refused"),
        ("abc", Refused, "archive.refused"),
    ],
)
def test_replies_mean_what_they_mean(code: str, kind: type[DepositError], problem: str) -> None:
    error = ftp_replies.of_reply(code, "host")
    assert type(error) is kind
    assert error.problem.code == problem


def test_abort_frees_a_thread_that_waits_for_the_server(tmp_path: Path) -> None:
    """The server takes the connection and says nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as mute:
        made = FtpCarrier(FtpPlace("127.0.0.1", mute.getsockname()[1]), timeouts=Timeouts(connect=0.5, idle=60))
        caught: list[DepositError] = []

        def ask() -> None:
            try:
                made._size("x")
            except DepositError as error:
                caught.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        assert [e.problem.code for e in caught] == ["network.silent"]
