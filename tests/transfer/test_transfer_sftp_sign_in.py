"""SFTP: how we know the server, and how it knows us."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from line_proxy import LineProxy
from sftp_servers import ANY_FILE, SHORT, AsyncSsh, OpenSsh, carrier, key_pair, pin, refusal, through
from transfer_world import World, noise, wait_for

from depositor.draft.problem import NeedsUser, Refused, Retryable, Side
from depositor.transfer.net.web import Timeouts
from depositor.transfer.sftp.carrier import SftpCarrier, SftpDoor, pin_of


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


# --- who the server is -----------------------------------------------------------------------------------------------


def test_a_stranger_is_shown_once_and_then_known(world: World, asked: AsyncSsh) -> None:
    world.add("a.tif", noise(5000))
    asked.empty()
    stranger = dataclasses.replace(asked.place(), known=lambda host, port: ())
    outcome = world.run(carrier(stranger))
    assert outcome.needs_user
    assert outcome.problem is not None
    assert outcome.problem.code == "archive.host-key"
    pinned = pin_of(outcome.problem)
    assert pinned == asked.place().known("", 0)[0]
    assert str(pinned).split()[1] in outcome.problem.message.english()
    assert "accept-host-key" in outcome.problem.actions
    assert asked.names() == []
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
        assert error.problem.actions == ("accept-host-key",)  # asked for, typed or pasted: never by a click alone


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


def test_an_answer_that_comes_at_once_is_heard(world: World, asked: AsyncSsh, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was missed where it came before paramiko listened; the wait would last ten minutes here."""
    import paramiko

    send = paramiko.Transport._send_message

    def sent(self: Any, message: Any) -> None:
        send(self, message)
        time.sleep(0.05)  # the answer is here before anybody goes on

    monkeypatch.setattr(paramiko.Transport, "_send_message", sent)
    patient = Timeouts(10, 600)
    with pytest.raises(NeedsUser) as caught:
        SftpCarrier(asked.place(password="wrong"), timeouts=patient).find(ANY_FILE, "x")
    assert caught.value.problem.code == "archive.sign-in"
    made = SftpCarrier(asked.place(), timeouts=patient)
    assert made.find(ANY_FILE, "x") is None
    made.close()


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
