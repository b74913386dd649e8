"""Our engine over FTP and FTPS against lftp, curl and rclone, and against the raw limit: same files, same run.

    python benchmarks/transfer_ftp.py [--big MIB] [--small N] [--rounds N] [--only ROUTE ...] [--folder DIR]

Prints one JSON line as ``transfer_sftp_webdav.py`` does. The servers: Debian's proftpd (plain, with TLS, and with its
module for digests), and pyftpdlib. Ours does more than the peers: SHA-256 of every file, a journal on disk, a rename at
the end, and what arrived is proved (by the server's digest, else read back, small files whole).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transfer_peers import Client, called, limit, main, ours

from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions, FtpPlace

from ftp_proftpd import Proftpd  # isort: skip
from line_proxy import free_port, waits_for_port  # isort: skip


_PYFTPD = """
import logging, sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer
logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_user("dep", "secret", sys.argv[1], perm="elradfmwMT")
ThreadedFTPServer(("127.0.0.1", int(sys.argv[2])), FTPHandler).serve_forever()
"""


class PyFtpd:
    """pyftpdlib in a process of its own."""

    def __init__(self, base: Path) -> None:
        self.folder, self.port = base, free_port()
        base.mkdir()

    def __enter__(self) -> PyFtpd:
        self._process = subprocess.Popen([sys.executable, "-c", _PYFTPD, str(self.folder), str(self.port)])
        waits_for_port(self.port, self._process)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def place(self) -> FtpPlace:
        return FtpPlace("localhost", self.port, "dep", "secret")

    def empty(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()


def clients(paths: Sequence[Path], scratch: Path, server: Any) -> dict[str, Client]:
    place = server.place()
    made = {"ours": ours(paths, scratch, lambda: FtpCarrier(place)), "limit": limit(paths)}
    sized = FtpOptions(proof=False)
    made["ours, sizes alone"] = ours(paths, scratch, lambda: FtpCarrier(place, sized))
    made |= _lftp(paths, server, place) | _curl(paths, scratch, place) | _rclone(paths, place)
    return made


def _lftp(paths: Sequence[Path], server: Any, place: FtpPlace) -> dict[str, Client]:
    if not shutil.which("lftp"):
        return {}
    rules = f"set ftp:ssl-force {'yes' if place.tls != 'no' else 'no'}; set ftp:ssl-allow {place.tls != 'no'};"
    rules += "set ftp:ssl-protect-data yes; set ssl:verify-certificate no; set net:max-retries 2;"
    sends = f"put {paths[0]} -o {paths[0].name}" if len(paths) == 1 else f"mirror -R --parallel=4 {paths[0].parent} /"
    script = f"{rules} open -u dep,secret -p {place.port} ftp://localhost; {sends}; bye"
    return {"lftp": called(("lftp", "--norc", "-c", script))}


def _curl(paths: Sequence[Path], scratch: Path, place: FtpPlace) -> dict[str, Client]:
    if not shutil.which("curl"):
        return {}
    listed, where = scratch / "curl.txt", f"ftp://localhost:{place.port}/"
    listed.write_text("".join(f'upload-file = "{path}"\nurl = "{where}{path.name}"\n' for path in paths))
    secure = ("--ssl-reqd", "-k") if place.tls != "no" else ()
    return {"curl": called(("curl", "-s", "-f", *secure, "-u", "dep:secret", "-K", str(listed)))}


def _rclone(paths: Sequence[Path], place: FtpPlace) -> dict[str, Client]:
    if not shutil.which("rclone"):
        return {}
    secret = subprocess.run(["rclone", "obscure", "secret"], capture_output=True, text=True, check=True).stdout
    secure = ",explicit_tls=true,no_check_certificate=true" if place.tls != "no" else ""
    where = f":ftp,host=localhost,port={place.port},user=dep,pass={secret.strip()}{secure}:"
    return {"rclone": called(("rclone", "copy", str(paths[0].parent), where, "--config", "/dev/null"))}


if __name__ == "__main__":
    main(
        "transfer_ftp",
        __doc__.splitlines()[0],
        {
            "ftp": (lambda base: Proftpd(), clients),
            "ftps": (lambda base: Proftpd(tls="explicit"), clients),
            "ftp digests": (lambda base: Proftpd(digests=True), clients),
            "pyftpdlib": (lambda base: PyFtpd(base), clients),
        },
    )
