"""The practice archive as a process of its own: started once per folder, found by everybody else."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Retryable, Side

ENDPOINT = "endpoint.json"
LOCK = "serving.lock"
START_S = 30.0
IDLE_S = 3600.0
_ASK_S = 5.0
_PORT = "port"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the archive answers. ``token`` allows faults on demand."""

    url: str
    pid: int
    token: str = field(default="", repr=False)


def running(folder: Path, idle_s: float | None = IDLE_S) -> Endpoint:
    """The practice archive of ``folder``: the one that runs, or one that is started now.

    It keeps its port over restarts where it can, and ends by itself after ``idle_s`` seconds without a request. Raises
    Retryable where it does not come up, NeedsUser where the folder cannot be written to.
    """
    found = find(folder)
    if found:
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "start.lock", timeout=START_S):
            return find(folder) or _start(folder, idle_s)
    except PermissionError as error:
        raise NeedsUser(_no_folder(folder)) from error
    except OSError as error:
        raise Retryable(_not_up()) from error


def find(folder: Path) -> Endpoint | None:
    """The practice archive that serves ``folder``; None where none answers."""
    try:
        content = json.loads((folder / ENDPOINT).read_text("utf-8"))
        endpoint = Endpoint(str(content["url"]), int(content["pid"]), str(content["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return endpoint if answers(endpoint.url) else None


def answers(url: str) -> bool:
    """Whether a practice archive answers at ``url``."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_ASK_S)
    try:
        connection.request("GET", "/api")
        reply = connection.getresponse()
        return reply.status == 200 and json.loads(reply.read(4096)).get("archive") == "practice"
    except (OSError, HTTPException, ValueError, AttributeError):
        return False
    finally:
        connection.close()


def stop(folder: Path, wait_s: float = 10.0) -> bool:
    """End the process that serves ``folder``; True where one ran. What it holds stays."""
    found = find(folder)
    if not found:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(found.pid, signal.SIGTERM)
    with contextlib.suppress(Timeout), FileLock(folder / LOCK, timeout=wait_s):  # held as long as the process lives
        return True
    return True


def _start(folder: Path, idle_s: float | None) -> Endpoint:
    process = _spawn(folder, _port(folder), idle_s)
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        found = find(folder)
        if found:
            _keep_port(folder, found.url)
            return found
        if process.poll() is not None:
            again = find(folder)
            if again:
                return again
            break
        time.sleep(0.02)
    raise Retryable(_not_up())


def _spawn(folder: Path, port: int, idle_s: float | None) -> subprocess.Popen[bytes]:
    """Start it apart from us: it outlives this program and does not hear its Ctrl-C."""
    line = [*program(), "--folder", str(folder), "--port", str(port)]
    line += ["--idle", str(idle_s)] if idle_s else []
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    nothing = subprocess.DEVNULL
    return subprocess.Popen(line, stdin=nothing, stdout=nothing, stderr=nothing, **apart)


def program() -> list[str]:
    """How this program is told to be the practice archive; a bundled one knows no ``-m``."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--practice-archive"]
    return [sys.executable, "-m", "depositor.archives.practice"]


def _port(folder: Path) -> int:
    """The port of the last time, if it is free: pages in a browser and uploads under way keep their address."""
    try:
        port = int((folder / _PORT).read_text("ascii"))
        with socket.socket() as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except (OSError, ValueError, OverflowError):
        return 0
    return port


def _keep_port(folder: Path, url: str) -> None:
    with contextlib.suppress(OSError):
        (folder / _PORT).write_text(str(urlsplit(url).port), "ascii")


def _not_up() -> Problem:
    return Problem(
        "practice.not-up",
        Side.COMPUTER,
        msg("practice.not-up", "The practice archive on this computer did not start."),
        msg("practice.not-up.advice", "Try again. If it stays like this, restart the computer or send us the report."),
        actions=("retry",),
    )


def _no_folder(folder: Path) -> Problem:
    return Problem(
        "practice.no-folder",
        Side.COMPUTER,
        msg("practice.no-folder", "The practice archive may not write into its folder."),
        msg("practice.no-folder.advice", "Look at the permissions of the folder, or choose another with --folder."),
        str(folder),
    )
