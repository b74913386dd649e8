"""Real WebDAV servers on loopback: Apache's mod_dav, and wsgidav, which keeps torsos under the full name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from line_proxy import free_port, waits_for_port

from depositor.transfer.webdav.carrier import Account, WebdavPlace

MODULES = Path("/usr/lib/apache2/modules")
_LOADED = (
    *("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest", "dav"),
    "dav_fs",
)


class _Server:
    folder: Path
    port: int

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        self._process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not waits_for_port(self.port, self._process):
            pytest.skip("the WebDAV server does not start here")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/files/"

    def place(self, password: str = "secret", port: int | None = None, below: str = "") -> WebdavPlace:
        url = f"http://127.0.0.1:{port or self.port}/files/{below}"
        return WebdavPlace(url, Account("dep", password))

    def empty(self) -> None:
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def names(self) -> list[str]:
        found = (p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())
        return sorted(n for n in found if not n.endswith(".part") and "/." not in f"/{n}")

    def content(self, name: str) -> bytes | None:
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def kept(self) -> int:
        total = 0
        for path in self.folder.rglob("*"):
            with contextlib.suppress(OSError):  # Apache's own temporary files come and go
                total += path.stat().st_size if path.is_file() else 0
        return total


class Apache(_Server):
    """mod_dav with Basic or Digest; ``forbid``: this method; ``lines``: more configuration for the folder; ``moved``:
    a path that was that of the files before. One process, so that it can be killed."""

    def __init__(
        self,
        *,
        digest: bool = False,
        lines: tuple[str, ...] = (),
        forbid: str = "",
        user: str = "www-data",
        moved: str = "",
    ) -> None:
        super().__init__()
        found = shutil.which("apache2", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if found is None or not all((MODULES / f"mod_{name}.so").exists() for name in _LOADED):
            pytest.skip("Apache with mod_dav is not installed here")
        self._base = base = Path(tempfile.mkdtemp(prefix="depositor-dav-"))  # Apache leaves root behind: not pytest's
        self._apache, self.folder, self.port = found, base / "root" / "files", free_port()
        self.folder.mkdir(parents=True)
        kind = "Digest" if digest else "Basic"
        line = f"dep:deposits:{hashlib.md5(b'dep:deposits:secret').hexdigest()}" if digest else f"dep:{_sha1('secret')}"
        (base / "users").write_text(line + "\n")
        text = (
            *(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED),
            *(f"Listen 127.0.0.1:{self.port}", "ServerName localhost", f"PidFile {base}/pid", f"ErrorLog {base}/log"),
            *(f"DavLockDB {base}/locks", f"DocumentRoot {base}/root", "StartServers 1", "ServerLimit 1"),
            *("ThreadsPerChild 25", "MaxRequestWorkers 25", f"Mutex file:{base}", "KeepAliveTimeout 30"),
            *(f"DefaultRuntimeDir {base}", f"<Directory {base}/root>", "Dav On", f"AuthType {kind}"),
            *("AuthName deposits", f"AuthUserFile {base}/users", *_allowed(forbid), *lines, "</Directory>"),
            *((f"User {user}", f"Group {user}") if os.getuid() == 0 else ()),
            *((f"LoadModule alias_module {MODULES}/mod_alias.so", f"Redirect 301 {moved} /files/") if moved else ()),
        )
        (base / "config").write_text("\n".join(text) + "\n")
        if os.getuid() == 0:
            for path in (base, *base.rglob("*")):
                shutil.chown(path, user, user)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        shutil.rmtree(self._base, ignore_errors=True)

    def command(self) -> list[str]:
        return [self._apache, "-f", str(self._base / "config"), "-D", "FOREGROUND", "-X"]


def _allowed(forbid: str) -> tuple[str, ...]:
    known = "Require valid-user"
    if not forbid:
        return (known,)
    return (f"<LimitExcept {forbid}>", known, "</LimitExcept>", f"<Limit {forbid}>", "Require all denied", "</Limit>")


def _sha1(password: str) -> str:
    import base64

    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()


_WSGIDAV = """
import sys
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp
folder, port, digest = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "digest"
app = WsgiDAVApp({
    "provider_mapping": {"/files": folder}, "verbose": 0, "logging": {"enable_loggers": []},
    "simple_dc": {"user_mapping": {"*": {"dep": {"password": "secret"}}}},
    "http_authenticator": {"accept_basic": not digest, "accept_digest": digest, "default_to_digest": digest},
    "lock_storage": False, "property_manager": None,
})
wsgi.Server(("127.0.0.1", port), app, numthreads=6).start()
"""


class WsgiDav(_Server):
    """wsgidav on cheroot: no ranges in PUT, and what breaks off stays there, cut off, under the full name."""

    def __init__(self, base: Path, *, digest: bool = False) -> None:
        super().__init__()
        pytest.importorskip("wsgidav", reason="wsgidav, the second WebDAV server for tests, is not installed")
        pytest.importorskip("cheroot", reason="cheroot, on which wsgidav runs, is not installed")
        self.folder, self.port, self._digest = base / "files", free_port(), digest
        self.folder.mkdir(parents=True)

    def command(self) -> list[str]:
        kind = "digest" if self._digest else "basic"
        return [sys.executable, "-c", _WSGIDAV, str(self.folder), str(self.port), kind]
