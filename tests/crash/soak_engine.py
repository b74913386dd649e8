"""A sender that lives through many runs: ``python soak_engine.py < orders > news``, JSON, one a line.

Orders: ``{"do": "send", "store": PATH, "route": {...}}``, ``pause``, ``go``, ``limit``. After each run it tells how it
ended, and how many handles and threads it holds.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "transfer"))

import psutil
from transfer_world import QUICK, SUBMISSION

from depositor.draft.cancel import Cancel
from depositor.transfer.engine import Engine
from depositor.transfer.journal import SqliteJournal
from depositor.transfer.net.web import Timeouts
from depositor.transfer.s3.carrier import S3Carrier
from depositor.transfer.s3.place import S3Keys, S3Options, S3Place
from depositor.transfer.sftp.carrier import SftpCarrier, SftpPlace
from depositor.transfer.tus.carrier import TusCarrier, TusOptions
from depositor.transfer.webdav.carrier import Account, WebdavPlace
from depositor.transfer.webdav.chunks import webdav_carrier

LINES, PART = 2, 256 << 10
SETTINGS = dataclasses.replace(QUICK, workers=LINES, part_bytes=PART, limit=6_000_000)
SHORT = Timeouts(2, 0.6)


def factory(kind: str, port: int, more: str) -> Callable[[], Any]:
    """What makes carriers; ``more``: the path of an address, the bucket, the key of a server."""
    if kind == "tus":
        options = TusOptions(part_size=PART)
        return lambda: TusCarrier(f"http://127.0.0.1:{port}/{more}", options=options, timeouts=SHORT)
    if kind == "s3":
        place, keys = S3Place(f"http://127.0.0.1:{port}", more), S3Keys("access", "secret")
        cut = S3Options(part_size=PART, least_part=PART, one_request=10_000)
        return lambda: S3Carrier(place, lambda: keys, cut, SHORT)
    if kind == "sftp":
        door = SftpPlace("127.0.0.1", port, "dep", password="secret", agent=False, known=lambda host, port: [more])
        return lambda: SftpCarrier(door, timeouts=SHORT)
    dav = WebdavPlace(f"http://127.0.0.1:{port}/{more}", Account("dep", "secret"))
    return lambda: webdav_carrier(dav, timeouts=SHORT)


class Sender:
    """Runs engines one after the other, each in a thread, while orders come in."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._ready = threading.Event()

    def send(self, store: str, route: dict[str, Any]) -> None:
        self._ready.clear()
        threading.Thread(target=self._sent, args=(store, route)).start()
        self._ready.wait()

    def _sent(self, store: str, route: dict[str, Any]) -> None:
        journal = SqliteJournal(Path(store))
        self._engine = engine = Engine(journal, factory(**route), SUBMISSION, SETTINGS, Cancel())
        self._ready.set()
        outcome = engine.run()
        journal.close()
        self._engine = engine = None  # type: ignore[assignment]
        problem = outcome.problem.code if outcome.problem else None
        told = {"sent": outcome.sent, "failed": [p.code for p in outcome.problems], "problem": problem}
        gc.collect()
        own = psutil.Process()
        handles = own.num_handles() if sys.platform == "win32" else own.num_fds()
        threads = [t.name for t in threading.enumerate() if t is not threading.current_thread()]
        print(
            json.dumps({**told, "handles": handles, "threads": threads, "objects": len(gc.get_objects())}), flush=True
        )

    def pause(self) -> None:
        if self._engine:
            self._engine.pause()

    def go(self) -> None:
        if self._engine:
            self._engine.resume()

    def limit(self, bytes_per_s: int) -> None:
        if self._engine:
            self._engine.limit(bytes_per_s)


def main() -> None:
    sender = Sender()
    for line in sys.stdin:
        order = json.loads(line)
        getattr(sender, order.pop("do"))(**order)


if __name__ == "__main__":
    main()
