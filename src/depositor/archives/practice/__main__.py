"""``python -m depositor.archives.practice --folder DIR --port 0``: serve the practice archive until stopped."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from depositor.archives.practice.archive import PracticeArchive
from depositor.archives.practice.faults import Fault
from depositor.archives.practice.pictures import render_all
from depositor.archives.practice.process import LOCK
from depositor.archives.practice.replies import Rejected
from depositor.archives.practice.server import Server, plan, serve
from depositor.archives.practice.tus import MOST_BYTES

USAGE = 2
SERVED_ALREADY = 3
PORT_TAKEN = 4


def main(argv: Sequence[str] | None = None) -> int:
    """Serve; the exit code: 0 stopped, 2 usage, 3 another process serves this folder, 4 the port is taken."""
    given = _arguments().parse_args(argv)
    if given.draw:
        render_all(iter(sys.stdin))
        return 0
    if given.folder is None:
        return USAGE
    folder: Path = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        return SERVED_ALREADY
    with lock:
        try:
            server = Server(PracticeArchive(folder), given.port, _plan(given.faults), given.lifetime, given.most)
        except OSError:
            return PORT_TAKEN
        _stop_on_signals(server)
        serve(server, given.idle)
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m depositor.archives.practice", description=__doc__)
    parser.add_argument("--folder", type=Path, help="what the archive holds")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--faults", type=Path, help="a plan of faults (JSON), for tests and demonstrations")
    parser.add_argument("--lifetime", type=float, default=30 * 86400.0, help="seconds that unfinished uploads are kept")
    parser.add_argument("--most", type=int, default=MOST_BYTES, help="the largest file in bytes")
    parser.add_argument("--idle", type=float, help="stop after so many seconds without a request")
    parser.add_argument("--draw", action="store_true", help="draw previews for the archive, as standard input says")
    return parser


def _plan(path: Path | None) -> tuple[Fault, ...]:
    if path is None:
        return ()
    try:
        return plan(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, Rejected) as error:
        raise SystemExit(2) from error


def _stop_on_signals(server: Server) -> None:
    """Ctrl-C and a polite kill end it; ``shutdown`` must not run in the thread that serves."""

    def stop(*_: Any) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(ValueError):  # not in the main thread
                signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
