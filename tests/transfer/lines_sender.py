"""A sender in a process of its own, to be killed: python lines_sender.py STORE ROUTE, with ROUTE as JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transfer_servers import trusting
from transfer_world import QUICK, SUBMISSION

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.folder.carrier import FolderCarrier
from depositor.transfer.ftp.carrier import FtpCarrier, FtpOptions, FtpPlace
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.net.web import Timeouts
from depositor.transfer.sftp import apart as sftp_apart
from depositor.transfer.sftp.carrier import SftpCarrier, SftpPlace
from depositor.transfer.webdav import ranges as webdav_ranges
from depositor.transfer.webdav.carrier import Account, WebdavPlace
from depositor.transfer.webdav.chunks import NextcloudCarrier, recognise, webdav_carrier

SHORT = Timeouts(connect=5, idle=5)
SLOWLY = dataclasses.replace(QUICK, limit=3_000_000)


def factory(route: dict[str, Any]) -> Callable[[], Any]:
    """What makes carriers for ``{"kind": ..., ...}``."""
    kind, port = route["kind"], route.get("port", 0)
    if kind == "ftp":
        context = trusting(Path(route["pem"]))
        place = FtpPlace("localhost", port, "dep", "secret", tls="explicit", context=context)
        return lambda: FtpCarrier(place, FtpOptions(settle_s=0.1), SHORT)
    if kind == "sftp":
        if route["apart"]:
            sftp_apart.FROM, sftp_apart.FAR_S, sftp_apart._PART = 1_000_000, 0.0, 1 << 20
        known, key = route["known"], Path(route["key"])
        server = SftpPlace("127.0.0.1", port, route["user"], key_file=key, agent=False, known=lambda h, p: known)
        return lambda: SftpCarrier(server, timeouts=SHORT)
    if kind == "folder":
        return lambda: FolderCarrier(Path(route["root"]))
    dav = WebdavPlace(route["url"], Account(*route["account"]))
    if kind == "nextcloud":
        cloud = recognise(dav, SHORT)
        assert cloud is not None
        return lambda: NextcloudCarrier(dav, cloud, timeouts=SHORT, chunk=400_000)
    if route["pieces"]:
        webdav_ranges.FROM, webdav_ranges.PART, webdav_ranges.BACK_UP = 1_000_000, 500_000, 100_000
    return lambda: webdav_carrier(dav, timeouts=SHORT)


def main() -> None:
    store, route = sys.argv[1:]
    Engine(SqliteJournal(Path(store)), factory(json.loads(route)), SUBMISSION, SLOWLY, Cancel()).run()


if __name__ == "__main__":
    main()
