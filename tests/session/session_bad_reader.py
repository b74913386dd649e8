"""Functions for the worker process that misbehave the way readers of foreign formats do."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, Problem, Side


def read(what: str) -> str:
    if what == "abort":
        os.abort()
    if what == "exit":
        os._exit(0)
    if what == "raise":
        raise ValueError("ZQXMARK-secret")
    if what == "damaged":
        text = msg("test.damaged", "Damaged.")
        raise Damaged(Problem("test.damaged", Side.COMPUTER, text, text))
    if what == "hang":
        threading.Event().wait()
    if what == "print":
        os.write(1, b"noise on standard output\n")
    if what == "unpicklable":
        return threading.Lock()  # type: ignore[return-value]
    return f"read {what}"


def eat(mebibytes: int) -> int:
    return len(bytearray(mebibytes << 20))


def mark(folder: str, name: str) -> int:
    """Leave a file behind; the process id."""
    Path(folder, name).write_text(str(os.getpid()))
    return os.getpid()


def until(path: str) -> bool:
    """Wait until a file is there."""
    while not Path(path).exists():
        time.sleep(0.005)
    return True


def big(size: int) -> bytes:
    return bytes(size)


def length(data: bytes) -> bytes:
    return data
