"""SFTP against real servers: who they are, how we sign in, and everything that breaks on the way."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carrier_suite import BytesBody
from line_proxy import LineProxy
from sftp_servers import AsyncSsh, OpenSsh, key_pair, pin
from transfer_servers import tiny_disk
from transfer_world import QUICK, World, noise, wait_for

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable, Side
from depositor.draft.submission import SubmissionFile
from depositor.transfer import samples, sftp_wire
from depositor.transfer.sftp import SftpCarrier, SftpDoor, SftpOptions, SftpPlace, pin_of
from depositor.transfer.web import Timeouts

SHORT = Timeouts(connect=10, idle=2)
SIZE = 9_000_000
SLOWLY = dataclasses.replace(QUICK, limit=8_000_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsyncSsh]:
    """A server that takes a password, or the key ``mine``, whose passphrase is "open sesame"."""
    base = tmp_path_factory.mktemp("asked")
    key = key_pair(base / "mine", "open sesame")
    with AsyncSsh(base / "ssh", keys=str(key.with_suffix(".pub"))) as server:
        server.key = key
        yield server


def carrier(place: SftpPlace, **options: Any) -> Callable[[], SftpCarrier]:
    return lambda: SftpCarrier(place, SftpOptions(**options), SHORT)


def refusal(place: SftpPlace) -> DepositError:
    with pytest.raises(DepositError) as caught:
        SftpCarrier(place, timeouts=SHORT).find(_FILE, "x")
    return caught.value


_FILE = SubmissionFile(0, "/nowhere", "a", "a", 5, 0)


# --- who the server is -----------------------------------------------------------------------------------------------


def test_a_stranger_is_shown_once_and_then_known(world: World, asked: AsyncSsh) -> None:
    world.add("a.tif", noise(5000))
    asked.empty()
    with contextlib.nullcontext(asked) as server:
        stranger = dataclasses.replace(server.place(), known=lambda host, port: ())
        outcome = world.run(carrier(stranger))
        assert outcome.needs_user
        assert outcome.problem is not None
        assert outcome.problem.code == "archive.host-key"
        pinned = pin_of(outcome.problem)
        assert pinned == server.place().known("", 0)[0]
        assert str(pinned).split()[1] in outcome.problem.message.english()
        assert "accept-host-key" in outcome.problem.actions
        assert server.names() == []
        friend = dataclasses.replace(stranger, known=lambda host, port: [str(pinned)])
        assert world.run(carrier(friend)).sent == 1


def test_a_changed_key_is_refused_before_the_password_is_told(world: World, tmp_path: Path) -> None:
    with AsyncSsh(tmp_path / "ssh") as server:
        place = server.place()  # knows the first key for ever
        server.kill()
        server.new_host_key()
        server.start()
        error = refusal(place)
        assert isinstance(error, Refused)
        assert error.problem.code == "archive.host-key-changed"
        assert pin_of(error.problem) == pin(tmp_path / "ssh" / "host.pub")
        assert "accept-host-key" not in error.problem.actions


def test_the_kind_of_key_that_is_known_is_asked_for(world: World, tmp_path: Path) -> None:
    """A server with several host keys must not look like a stranger because it shows another one."""
    rsa = tmp_path / "rsa"
    made = subprocess.run([sys.executable, "-c", _RSA, str(rsa)], check=True, capture_output=True, text=True)
    assert made.returncode == 0
    world.add("a.tif", noise(5000))
    with OpenSsh(tmp_path / "ssh", lines=(f"HostKey {rsa}",)) as server:
        known = [pin(rsa.with_suffix(".pub"))]
        assert known[0].startswith("ssh-rsa ")
        place = dataclasses.replace(server.place(), known=lambda host, port: known)
        assert world.run(carrier(place)).sent == 1


_RSA = """
import sys
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
import os
os.umask(0o077)
key = generate_private_key(65537, 2048)
open(sys.argv[1], "wb").write(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.OpenSSH, s.NoEncryption()))
open(sys.argv[1] + ".pub", "wb").write(key.public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH))
"""


# --- who we are ------------------------------------------------------------------------------------------------------


def test_a_wrong_password_asks_the_user(world: World, asked: AsyncSsh) -> None:
    world.add("a.tif", noise(5000))
    outcome = world.run(carrier(asked.place(password="wrong")))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.side) == ("archive.sign-in", Side.ARCHIVE)


def test_key_files_with_passphrases(world: World, asked: AsyncSsh) -> None:
    world.add("a.tif", noise(5000))
    for passphrase, code in (("", "sftp.passphrase"), ("wrong", "sftp.passphrase")):
        error = refusal(asked.place(password="", key_file=asked.key, passphrase=passphrase))
        assert isinstance(error, NeedsUser)
        assert (error.problem.code, error.problem.side) == (code, Side.COMPUTER)
    place = asked.place(password="", key_file=asked.key, passphrase="open sesame")
    assert "sesame" not in repr(place)
    assert world.run(carrier(place)).sent == 1


@pytest.mark.parametrize("text", [None, "PuTTY-User-Key-File-3: ssh-ed25519\n", ""])
def test_key_files_that_are_none(tmp_path: Path, asked: AsyncSsh, text: str | None) -> None:
    key = tmp_path / "key"
    if text is not None:
        key.write_text(text)
    error = refusal(asked.place(key_file=key))
    assert isinstance(error, NeedsUser)
    assert error.problem.code == "sftp.key-file"
    assert error.problem.message.id == ("sftp.key-file" if text is None else "sftp.key-form")


def test_the_servers_own_questions(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    questions = [["Password:", False, "secret"], ["Code from your telephone:", True, "123456"]]
    asked: list[Any] = []

    def answer(title: str, instructions: str, some: Any) -> list[str]:
        asked.append((title, instructions, list(some)))
        return ["123456"]

    with AsyncSsh(tmp_path / "ssh", questions=questions) as server:
        place = server.place()
        server._given.pop("password")
        server.kill()
        server.start()
        assert refusal(place).problem.code == "archive.sign-in"  # nobody there to answer the second one
        place = dataclasses.replace(place, answer=answer)
        for number in range(20):
            world.add(f"{number}.tif", noise(5000, number))
        door = SftpDoor(place, SHORT)
        outcome = world.run(lambda: SftpCarrier(place, timeouts=SHORT, door=door))
        assert (outcome.sent, outcome.failed) == (21, 0)
    # three workers, and the person was asked once
    assert asked == [("Second factor", "Please prove who you are.", [("Code from your telephone:", True)])]


def test_keys_of_an_agent(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("ssh-agent") or not shutil.which("ssh-add"):
        pytest.skip("ssh-agent is not installed here")
    world.add("a.tif", noise(5000))
    key, door = key_pair(tmp_path / "mine"), tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(door)], stdout=subprocess.DEVNULL)
    try:
        wait_for(door.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(door))
        subprocess.run(["ssh-add", "-q", str(key)], check=True)
        with AsyncSsh(tmp_path / "ssh", keys=str(key.with_suffix(".pub"))) as server:
            place = server.place(password="")
            assert refusal(place).problem.code == "archive.sign-in"
            assert world.run(carrier(dataclasses.replace(place, agent=True))).sent == 1
    finally:
        agent.kill()
        agent.wait()


def test_a_server_without_sftp_is_told_so(tmp_path: Path) -> None:
    with OpenSsh(tmp_path / "ssh", commands=True, files=False) as server:
        error = refusal(server.place())
    assert isinstance(error, NeedsUser)
    assert error.problem.code == "archive.no-sftp"


# --- what breaks on the way ------------------------------------------------------------------------------------------


def through(server: Any, proxy: LineProxy, **more: Any) -> SftpPlace:
    return dataclasses.replace(server.place(**more), port=proxy.port)


def arrived(world: World, server: Any, name: str = "stack/big.tif") -> bool:
    return bool(
        server.content(name) == noise(SIZE)
        and world.digests() == world.true_digests()
        and not list(server.folder.rglob("*.part"))
    )


def test_cut_lines_are_resumed(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        with world.running(carrier(through(server, proxy)), SLOWLY) as run:
            for at in (4_000_000, 6_000_000):
                run.until(lambda at=at: server.kept() > at)  # type: ignore[misc]
                proxy.cut()
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (1, 0)
        assert arrived(world, server)
        # what was confirmed is never sent again while the program runs
        assert outcome.bytes_sent < SIZE + 2 * (3 << 20)


def test_workers_that_share_a_door_take_up_a_cut_line_together(world: World, tmp_path: Path) -> None:
    for number in range(12):
        world.add(f"{number}.tif", noise(700_000, number))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        place = through(server, proxy)
        door = SftpDoor(place, SHORT)
        with world.running(lambda: SftpCarrier(place, timeouts=SHORT, door=door), SLOWLY) as run:
            run.until(lambda: server.kept() > 3_000_000)
            proxy.cut()
            outcome = run.join()
        assert (outcome.sent, outcome.failed) == (12, 0)
        assert proxy.connections < 6  # three workers with lines of their own would need as many
        assert door._line is None  # the last one who left closed it
    assert world.digests() == world.true_digests()


def test_a_mute_line_is_given_up_and_taken_up_again(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        with world.running(carrier(through(server, proxy)), SLOWLY) as run:
            run.until(lambda: server.kept() > 3_000_000)
            proxy.stall()
            run.until(lambda: run.engine.progress().waiting is not None)
            assert run.engine.progress().waiting.code == "network.silent"  # type: ignore[union-attr]
            proxy.flow()
            assert run.join().sent == 1
        assert arrived(world, server)


def test_a_pause_does_not_wait_for_a_mute_line(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        place = through(server, proxy)
        patient = lambda: SftpCarrier(place, timeouts=Timeouts(10, 600))  # noqa: E731
        with world.running(patient, SLOWLY) as run:
            run.until(lambda: server.kept() > 1_000_000)
            proxy.stall()
            run.engine.cancel()
            assert run.join(15).stopped


@pytest.mark.parametrize("which", ["sessions", "server"])
def test_a_killed_server_is_waited_for(world: World, tmp_path: Path, which: str) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server:
        with world.running(carrier(server.place()), SLOWLY) as run:
            run.until(lambda: server.kept() > 3_000_000)
            if which == "server":
                server.kill()
                run.until(lambda: run.engine.progress().waiting is not None)
                server.start()
            else:
                server.kill_sessions()
            assert run.join().sent == 1
        assert arrived(world, server)


_SENDER = """
import dataclasses, pathlib, sys
sys.path[:0] = [sys.argv[1]]
from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.sftp import SftpCarrier, SftpPlace
from transfer_world import QUICK, SUBMISSION
store, port, user, key, known = sys.argv[2:]
place = SftpPlace("127.0.0.1", int(port), user, key_file=pathlib.Path(key), agent=False, known=lambda h, p: [known])
settings = dataclasses.replace(QUICK, limit=8_000_000)
Engine(SqliteJournal(pathlib.Path(store)), lambda: SftpCarrier(place), SUBMISSION, settings, Cancel()).run()
"""


def test_a_killed_sender_goes_on_in_a_new_process(world: World, tmp_path: Path) -> None:
    size = 14_000_000
    world.add("stack/big.tif", noise(size))
    for number in range(6):
        world.add(f"small/{number}.dcm", noise(4000, number))
    with OpenSsh(tmp_path / "ssh") as server:
        place = server.place()
        known = place.known("", 0)[0]
        here = str(Path(__file__).parent)
        given = [str(world.store), str(server.port), place.user, str(place.key_file), known]
        process = subprocess.Popen([sys.executable, "-c", _SENDER, here, *given])
        wait_for(lambda: server.kept() > 9_000_000, 40)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        outcome = world.run(carrier(place))
        assert outcome.failed == 0
        assert server.content("stack/big.tif") == noise(size)
        assert len(server.names()) == 7
        # five megabytes were there for sure: what a broken line leaves unconfirmed is four
        assert outcome.bytes_sent < size - 4_000_000
    assert world.digests() == world.true_digests()


def test_a_full_disk_asks_the_user_and_goes_on_after(world: World, tmp_path: Path) -> None:
    world.add("stack/big.tif", noise(SIZE))
    with OpenSsh(tmp_path / "ssh") as server, tiny_disk(tmp_path / "tiny", "5m") as tiny:
        place = server.place(root=str(tiny))
        outcome = world.run(carrier(place))
        assert outcome.needs_user
        assert outcome.problem is not None
        assert outcome.problem.code == "archive.quota"
        subprocess.run(["mount", "-o", "remount,size=30m", str(tiny)], check=True)
        assert world.run(carrier(place)).sent == 1
        assert (tiny / "stack/big.tif").read_bytes() == noise(SIZE)


def test_words_about_space_are_understood(world: World, tmp_path: Path) -> None:
    world.add("big.tif", noise(3_000_000))
    with AsyncSsh(tmp_path / "ssh", full=1_000_000) as server:
        outcome = world.run(carrier(server.place()))
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.quota"


def test_a_drop_box_takes_files_without_proof(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    world.add("b.tif", noise(500_000))
    with AsyncSsh(tmp_path / "ssh", deny=["read", "rename"]) as server:
        outcome = world.run(carrier(server.place()))
        assert (outcome.sent, outcome.failed) == (2, 0)
        assert server.names() == ["a.tif", "b.tif"]
        assert not list(server.folder.rglob("*.part"))
    assert set(world.states().values()) == {"sent"}


def test_where_nothing_may_be_written_each_file_is_told(world: World, tmp_path: Path) -> None:
    world.add("a.tif", noise(5000))
    with AsyncSsh(tmp_path / "ssh", deny=["open"]) as server:
        outcome = world.run(carrier(server.place()))
    assert [p.code for p in outcome.problems] == ["archive.name"]


def test_too_many_sessions_are_waited_for(tmp_path: Path) -> None:
    with OpenSsh(tmp_path / "ssh", lines=("MaxSessions 0",)) as server:
        error = refusal(server.place())
    assert isinstance(error, Retryable)
    assert error.problem.code == "archive.busy"
    assert error.after


def test_time_and_an_older_file(world: World, tmp_path: Path) -> None:
    file = world.add("a.tif", noise(5000))
    with OpenSsh(tmp_path / "ssh") as server:
        (server.folder / "a.tif").write_bytes(b"older")
        assert world.run(carrier(server.place())).sent == 1
        assert server.content("a.tif") == noise(5000)
        assert int((server.folder / "a.tif").stat().st_mtime) == file.mtime_ns // 10**9
    assert set(world.states().values()) == {"verified"}


def test_a_large_file_is_proved_by_the_servers_own_sum(world: World, tmp_path: Path) -> None:
    world.add("big one.tif", noise(5_000_000))
    with OpenSsh(tmp_path / "ssh", commands=True) as server:
        assert world.run(carrier(server.place(root=str(server.folder)))).sent == 1
    assert world.states() == {"big one.tif": "verified"}


def test_folders_that_vanish_are_made_again(world: World, tmp_path: Path) -> None:
    first, second = world.add("deep/er/a.tif", noise(500)), world.add("deep/er/b.tif", noise(500, 2))
    with OpenSsh(tmp_path / "ssh") as server:
        made = carrier(server.place())()
        made.begin(first)
        upload = made.begin(second)
        shutil.rmtree(server.folder / "deep")
        made.send(second, upload, BytesBody(noise(500, 2)))
        assert (server.folder / "deep/er/b.tif.part").read_bytes() == noise(500, 2)
        made.close()


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "a\nb"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    file = dataclasses.replace(_FILE, name=name)
    with pytest.raises(Refused):
        SftpCarrier(SftpPlace("127.0.0.1", 1)).begin(file)


# --- the wire and the samples ----------------------------------------------------------------------------------------


class Scripted:
    """A channel whose server answers what the test says."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers, self.sent = b"".join(answers), bytearray()

    def invoke_subsystem(self, name: str) -> None:
        assert name == "sftp"

    def send(self, data: bytes) -> int:
        taken = data[: max(1, len(data) // 2)]  # a channel may take a piece only
        self.sent += taken
        return len(taken)

    def recv(self, most: int) -> bytes:
        data, self._answers = self._answers[:3], self._answers[3:]
        return data

    def recv_ready(self) -> bool:
        return bool(self._answers)

    def get_transport(self) -> None:
        return None


def packet(kind: int, data: bytes) -> bytes:
    return struct.pack(">IB", len(data) + 1, kind) + data


def status(number: int, code: int) -> bytes:
    return packet(101, struct.pack(">II", number, code) + struct.pack(">I", 0) * 2)


VERSION = packet(2, struct.pack(">I", 3))


def test_answers_may_come_in_any_order_and_in_pieces() -> None:
    channel = Scripted([VERSION, status(3, 0), status(1, 0), status(2, 0)])
    wire = sftp_wire.SftpWire(channel, "host")  # type: ignore[arg-type]
    assert list(wire.write_all(b"h", 100, iter([b"a" * 10, b"b" * 20, b"c" * 30])))[-1] == 160


def test_only_what_stands_in_a_row_counts_as_confirmed() -> None:
    channel = Scripted([VERSION, status(2, 0), status(1, 4)])
    wire = sftp_wire.SftpWire(channel, "host")  # type: ignore[arg-type]
    with pytest.raises(sftp_wire.Denial) as caught:
        list(wire.write_all(b"h", 0, iter([b"a" * 10, b"b" * 20])))
    assert caught.value.code == sftp_wire.FAILURE


@pytest.mark.parametrize("answer", [b"\xff\xff\xff\xffx", b"\0\0\0\0", packet(101, b"ab")])
def test_nonsense_is_called_that(answer: bytes) -> None:
    wire = sftp_wire.SftpWire(Scripted([VERSION, answer]), "host")  # type: ignore[arg-type]
    with pytest.raises(Retryable) as caught:
        wire.take(wire.post_mkdir("x"))
    assert caught.value.problem.code == "archive.odd-answer"


@pytest.mark.parametrize("size", [0, 1, samples.WHOLE, samples.WHOLE + 1, 10**12])
def test_samples_lie_inside_and_hold_both_ends(size: int) -> None:
    found = samples.spans(size)
    assert all(offset >= 0 and offset + length <= size for offset, length in found)
    assert sum(length for _, length in found) <= max(samples.WHOLE, 6 * samples.SAMPLE)
    if size:
        assert found[0][0] == 0
        assert sum(found[-1]) == size


def test_abort_frees_a_thread_that_waits_for_the_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        made = SftpCarrier(SftpPlace("127.0.0.1", mute.getsockname()[1]), timeouts=Timeouts(connect=60, idle=60))
        caught: list[DepositError] = []

        def ask() -> None:
            try:
                made.find(_FILE, "x")
            except DepositError as error:
                caught.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        mute.accept()
        wait_for(lambda: bool(made._door._lines._open))
        while thread.is_alive():
            made.abort()
            thread.join(0.1)
        assert isinstance(caught[0], Retryable)


def test_a_line_that_goes_mute_while_signing_in_is_given_up(tmp_path: Path) -> None:
    """The key of the host is the last that comes through."""
    with OpenSsh(tmp_path / "ssh") as server, LineProxy(server.port) as proxy:
        place = through(server, proxy)

        def known(host: str, port: int) -> list[str]:
            if proxy.forwarded > 1000:
                proxy.stall()
            return list(server.place().known(host, port))

        error = refusal(dataclasses.replace(place, known=known))
    assert isinstance(error, Retryable)
    assert error.problem.code in ("network.dropped", "network.silent")
