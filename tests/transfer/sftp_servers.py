"""Real SFTP servers on loopback: OpenSSH's sshd with a configuration of its own, and asyncssh everywhere else."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from line_proxy import LineProxy, free_port, waits_for_port

from depositor.draft.problem import DepositError
from depositor.draft.submission import SubmissionFile
from depositor.transfer.net.web import Timeouts
from depositor.transfer.sftp.carrier import SftpCarrier, SftpOptions, SftpPlace

HERE = Path(__file__).parent
SHORT = Timeouts(connect=10, idle=2)
ANY_FILE = SubmissionFile(0, "/nowhere", "a", "a", 5, 0)


def carrier(place: SftpPlace, **options: Any) -> Callable[[], SftpCarrier]:
    return lambda: SftpCarrier(place, SftpOptions(**options), SHORT)


def refusal(place: SftpPlace) -> DepositError:
    """Why nothing can be asked there."""
    with pytest.raises(DepositError) as caught:
        SftpCarrier(place, timeouts=SHORT).find(ANY_FILE, "x")
    return caught.value


def through(server: Any, proxy: LineProxy) -> SftpPlace:
    """The same place at the end of a line that can be cut."""
    return dataclasses.replace(server.place(), port=proxy.port)


def key_pair(path: Path, passphrase: str = "") -> Path:
    """An ed25519 key in OpenSSH form at ``path``, its public half beside it."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    lock = s.BestAvailableEncryption(passphrase.encode()) if passphrase else s.NoEncryption()
    path.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.OpenSSH, lock))
    path.chmod(0o600)
    public = key.public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH)
    path.with_suffix(".pub").write_bytes(public + b" test\n")
    return path


def pin(public: Path) -> str:
    """As OpenSSH writes a fingerprint, with the kind before it; computed here on its own."""
    import base64
    import hashlib

    kind, data, *_ = public.read_text().split()
    digest = hashlib.sha256(base64.b64decode(data)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


class _Files:
    folder: Path

    def names(self) -> list[str]:
        found = (p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.endswith(".part"))

    def content(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def empty(self) -> None:
        """For the next test."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def kept(self) -> int:
        return sum(p.stat().st_size for p in self.folder.rglob("*") if p.is_file())


class OpenSsh(_Files):
    """sshd. ``commands``: it runs commands too, not SFTP alone; ``files`` False: no SFTP; ``lines``: more
    configuration."""

    def __init__(self, base: Path, *, commands: bool = False, files: bool = True, lines: tuple[str, ...] = ()) -> None:
        found = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if found is None:
            pytest.skip("OpenSSH's sshd is not installed here")
        base.mkdir(parents=True, exist_ok=True)
        self._sshd, self._base = found, base
        self.folder = base / "home"
        self.folder.mkdir()
        key_pair(base / "host")
        self.key = key_pair(base / "client")
        self.port = free_port()
        self._config(lines if commands else (f"ForceCommand internal-sftp -d {self.folder}", *lines), files)
        self._process: subprocess.Popen[bytes] | None = None

    def _config(self, lines: tuple[str, ...], files: bool) -> None:
        subsystem = f"Subsystem sftp internal-sftp -d {self.folder}" if files else ""
        text = (
            *(f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self._base / 'host'}"),
            *(f"AuthorizedKeysFile {self._base / 'client.pub'}", f"PidFile {self._base / 'pid'}", "StrictModes no"),
            *("UsePAM no", "PasswordAuthentication no", "PermitRootLogin yes", "MaxStartups 100"),
            *(subsystem, *lines),
        )
        (self._base / "config").write_text("\n".join(text) + "\n")

    def start(self) -> None:
        with contextlib.suppress(OSError):
            Path("/run/sshd").mkdir(exist_ok=True)  # root's sshd insists on it
        command = [self._sshd, "-D", "-f", str(self._base / "config"), "-E", str(self._base / "log")]
        self._process = subprocess.Popen(command)
        if not waits_for_port(self.port, self._process):
            pytest.skip("sshd does not start here")

    def kill_sessions(self) -> None:
        """As a server that runs out of memory does: the processes of all sessions die."""
        assert self._process is not None
        for pid in reversed(_descendants(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """kill -9 of the server and its sessions."""
        assert self._process is not None
        self.kill_sessions()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> OpenSsh:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def place(self, **more: Any) -> SftpPlace:
        known = [pin(self._base / "host.pub")]
        given: dict[str, Any] = {"port": self.port, "user": getpass.getuser(), "key_file": self.key, "agent": False}
        return SftpPlace("127.0.0.1", known=lambda host, port: known, **{**given, **more})


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it may end meanwhile
            for child in path.read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


class AsyncSsh(_Files):
    """asyncssh in a process; see ``sftp_asyncssh.py`` for what ``given`` may hold."""

    def __init__(self, base: Path, **given: Any) -> None:
        pytest.importorskip("asyncssh", reason="asyncssh, the SFTP server for tests, is not installed")
        base.mkdir(parents=True, exist_ok=True)
        self._base, self.folder = base, base / "home"
        self.folder.mkdir()
        key_pair(base / "host")
        self._given = {"folder": str(self.folder), "host_key": str(base / "host"), "password": "secret", **given}
        self._process: subprocess.Popen[str] | None = None
        self.port = 0
        self.key: Path | None = None  # a private key that it knows, where a test made one

    def start(self) -> None:
        """Start, or start again on the same port."""
        given = json.dumps({**self._given, "port": self.port})
        command = [sys.executable, str(HERE / "sftp_asyncssh.py"), given]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def new_host_key(self) -> None:
        """For the next start."""
        key_pair(self._base / "host")

    def __enter__(self) -> AsyncSsh:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def place(self, **more: Any) -> SftpPlace:
        known = [pin(self._base / "host.pub")]
        given: dict[str, Any] = {"port": self.port, "user": "dep", "password": "secret", "agent": False}
        return SftpPlace("127.0.0.1", known=lambda host, port: known, **{**given, **more})
