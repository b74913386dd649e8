"""Our engine over SFTP and WebDAV against sftp, rclone and curl, and against the raw limit: same files, same run.

    python benchmarks/transfer_sftp_webdav.py [--big MIB] [--small N] [--rounds N] [--only ROUTE ...] [--folder DIR]

Prints one JSON line: for each route and case the median seconds of every client, in turns, and our ratio (our seconds
by theirs: below 1 is faster) to the best peer and to the raw limit. The servers: OpenSSH's sshd and Apache. Ours does
more than all of them: SHA-256 of every file, a journal on disk, and what arrived is read back (small files whole).
"limit" copies the same bytes over a plain socket in one thread, with SHA-256.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from transfer_peers import Client, called, limit, main, ours

from depositor.transfer.sftp.carrier import SftpCarrier
from depositor.transfer.webdav.carrier import WebdavCarrier

from sftp_servers import OpenSsh  # isort: skip
from webdav_servers import Apache  # isort: skip

_RCLONE_MOST = 500  # it sends 30 small files a second over WebDAV and would take minutes for more


def sftp_clients(paths: Sequence[Path], scratch: Path, server: OpenSsh) -> dict[str, Client]:
    place, folder = server.place(), paths[0].parent
    made = {"ours": ours(paths, scratch, lambda: SftpCarrier(place)), "limit": limit(paths)}
    if shutil.which("sftp"):
        rules = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes")
        login = ("-i", str(server.key), "-P", str(server.port), f"{place.user}@127.0.0.1")
        made["sftp"] = called(("sftp", "-b", "-", *rules, *login), "".join(f"put {path}\n" for path in paths))
    if shutil.which("rclone"):
        where = f":sftp,host=127.0.0.1,port={server.port},user={place.user},key_file='{server.key}':"
        made["rclone"] = called(
            ("rclone", "copy", str(folder), where, "--sftp-disable-hashcheck", "--config", "/dev/null")
        )
    return made


def webdav_clients(paths: Sequence[Path], scratch: Path, server: Apache) -> dict[str, Client]:
    place, folder = server.place(), paths[0].parent
    made = {"ours": ours(paths, scratch, lambda: WebdavCarrier(place)), "limit": limit(paths)}
    if shutil.which("curl"):
        listed = scratch / "curl.txt"
        listed.write_text("".join(f'upload-file = "{path}"\nurl = "{server.url}{path.name}"\n' for path in paths))
        made["curl"] = called(("curl", "-s", "-f", "-u", "dep:secret", "-K", str(listed)))
    if shutil.which("rclone") and len(paths) <= _RCLONE_MOST:
        secret = subprocess.run(["rclone", "obscure", "secret"], capture_output=True, text=True, check=True).stdout
        where = f":webdav,url='{server.url}',vendor=other,user=dep,pass={secret.strip()}:"
        made["rclone"] = called(("rclone", "copy", str(folder), where, "--config", "/dev/null"))
    return made


if __name__ == "__main__":
    main(
        "transfer_sftp_webdav",
        __doc__.splitlines()[0],
        {
            "sftp": (lambda base: OpenSsh(base), sftp_clients),
            "webdav": (lambda base: Apache(lines=("LimitRequestBody 0",)), webdav_clients),
        },
    )
