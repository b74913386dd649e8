"""Debian's proftpd on loopback: it demands that data lines resume the TLS session of the control line."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from line_proxy import free_port, waits_for_port
from transfer_servers import certificate, trusting

from depositor.transfer.ftp.carrier import FtpPlace

_MODULES = Path("/usr/lib/proftpd")
_NOBODY = 65534


class Proftpd:
    """``tls``: "no", "explicit" or "implicit". ``digests``: HASH, XSHA256 and their like; ``limits``: lines of
    ``<Limit>`` commands that everybody is denied; ``lines``: more configuration. Needs root."""

    def __init__(
        self, *, tls: str = "no", digests: bool = False, limits: str = "", lines: tuple[str, ...] = ()
    ) -> None:
        found = shutil.which("proftpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if sys.platform != "linux" or found is None or os.getuid():
            pytest.skip("proftpd is not installed here, or only root can start it")
        self._proftpd, self.tls = found, tls
        self._base = base = Path(tempfile.mkdtemp(prefix="depositor-ftp-"))
        base.chmod(0o755)
        self.folder, self.port = base / "data", free_port()
        self.folder.mkdir()
        os.chown(self.folder, _NOBODY, _NOBODY)
        self.pem: Path | None = certificate(base) if tls != "no" else None
        if self.pem:
            self.pem.chmod(0o600)
        hashed = subprocess.run(["openssl", "passwd", "-5", "secret"], capture_output=True, text=True, check=True)
        (base / "users").write_text(f"dep:{hashed.stdout.strip()}:{_NOBODY}:{_NOBODY}::{self.folder}:/bin/false\n")
        (base / "users").chmod(0o600)
        (base / "config").write_text("\n".join(self._config(digests, limits, lines)) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def _config(self, digests: bool, limits: str, lines: tuple[str, ...]) -> list[str]:
        base = self._base
        modules = [*(["mod_tls"] if self.pem else []), *(["mod_digest"] if digests else [])]
        if not all((_MODULES / f"{name}.so").exists() for name in modules):
            pytest.skip("proftpd lacks the modules for TLS or digests here (proftpd-mod-crypto, proftpd-core)")
        told = [f"LoadModule {name}.c" for name in modules] + [
            *("ServerType standalone", f"Port {self.port}", "DefaultAddress 127.0.0.1", "SocketBindTight on"),
            *("UseIPv6 off", "UseReverseDNS off", "User nobody", "Group nogroup", f"PidFile {base}/pid"),
            *(f"ScoreboardFile {base}/score", f"SystemLog {base}/log", "WtmpLog off", f"AuthUserFile {base}/users"),
            *("AuthOrder mod_auth_file.c", "RequireValidShell off", "DefaultRoot ~", "DelayEngine off"),
            *("AllowOverwrite on", "AllowStoreRestart on", "MaxInstances 60", "TimesGMT on"),
        ]
        if self.pem:
            told += ["TLSEngine on", "TLSRequired on", f"TLSRSACertificateFile {self.pem}"]
            told += [f"TLSRSACertificateKeyFile {self.pem}"]
            told = [line.replace("TLSRSA", "TLSEC") for line in told]  # the key is of that kind
            told += ["TLSOptions UseImplicitSSL"] if self.tls == "implicit" else []
        if limits:
            told += [f"<Limit {limits}>", "DenyAll", "</Limit>"]
        return [*told, *lines]

    def start(self) -> None:
        """Start, or start again on the same port."""
        command = [self._proftpd, "-n", "-q", "-c", str(self._base / "config")]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        if not waits_for_port(self.port, self._process):
            pytest.skip("proftpd does not start here")

    def kill(self) -> None:
        """kill -9 of the server and of the processes of all its sessions."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Proftpd:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._base, ignore_errors=True)

    def place(self, **more: Any) -> FtpPlace:
        given: dict[str, Any] = {"port": self.port, "user": "dep", "password": "secret", "tls": self.tls}
        if self.pem:
            given["context"] = trusting(self.pem)
        return FtpPlace(**{"host": "localhost", **given, **more})

    def empty(self) -> None:
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def names(self) -> list[str]:
        found = (p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.endswith(".part"))

    def content(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def kept(self) -> int:
        total = 0
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
        return total
