"""One ``ascp`` at work: its command line without a secret, its lists, its output, its gentle end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.problem import NeedsUser, Retryable
from depositor.transfer.handover import problems
from depositor.transfer.handover.aspera_words import Moved
from depositor.transfer.handover.place import AsperaPlace
from depositor.transfer.handover.ports import Item

if TYPE_CHECKING:
    import psutil

PAIRS = "pairs"
_FASTEST = 10_000_000_000  # bits per second: the fair policy goes as fast as the line without pushing others away
_GENTLE_S = 5.0
_KILLED_S = 5.0
_MOST_LINES = 200
_LONGEST = 16_384


def command(program: Path, place: AsperaPlace, folder: Path, limit: int | None) -> list[str]:
    """The line that starts it. The password is in the environment; the paths at the archive, one of which may be as
    good as a password, are in the list of pairs. What is sent is encrypted: ``-T`` would switch that off."""
    bits = _FASTEST if limit is None else max(limit * 8, 1000)
    key = ["-i", place.key_file] if place.key_file else []
    pace = ["-k", "2", "-Q", "-l", f"{bits // 1000}K"]
    ports = ["-P", str(place.port), "-O", str(place.udp)]
    there = ["-d", "--mode=send", f"--user={place.user}", f"--host={place.host}"]
    notes = ["-L", str(folder / "log"), "--file-manifest=text", f"--file-manifest-path={folder / 'manifest'}"]
    return [str(program), *pace, *ports, *key, *notes, *there, f"--file-pair-list={folder / PAIRS}", "."]


def environment(place: AsperaPlace, around: Mapping[str, str]) -> dict[str, str]:
    """That of this program without its own secrets, and with the one that ``ascp`` needs."""
    kept = {name: value for name, value in around.items() if not name.startswith("DEPOSITOR_")}
    kept.pop("ASPERA_SCP_PASS", None)
    return kept | ({"ASPERA_SCP_PASS": place.password} if place.password else {})


def write_pairs(folder: Path, place: AsperaPlace, items: Sequence[Item]) -> None:
    """Source and target in turn, one line each, in a file that only this user may read. OSError where the disk does
    not take it."""
    for name in ("log", "manifest"):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    lines = [line for item in items for line in (item.path, (place.path + item.file.name).lstrip("/"))]
    handle = os.open(folder / PAIRS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write("".join(f"{line}\n" for line in lines).encode())


class Running:
    """A started ``ascp``. ``moved``: bytes, as far as it tells; ``code`` None while it works."""

    def __init__(
        self, program: Path, place: AsperaPlace, folder: Path, items: Sequence[Item], limit: int | None
    ) -> None:
        self.limit = limit
        self.said: deque[str] = deque(maxlen=_MOST_LINES)
        self._moved = Moved({name: item.file.size for item in items for name in _names(item)})
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
        try:
            self._process = subprocess.Popen(
                command(program, place, folder, limit),
                env=environment(place, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=sys.platform != "win32",
                creationflags=flags,
            )
        except OSError:
            raise NeedsUser(problems.ascp_broken()) from None
        self._reader = threading.Thread(target=self._read, name="ascp", daemon=True)
        self._reader.start()

    @property
    def moved(self) -> int:
        return self._moved.bytes

    @property
    def code(self) -> int | None:
        code = self._process.poll()
        if code is not None:
            self._reader.join(_GENTLE_S)
        return code

    def end(self) -> None:
        """As gently as the system allows, so that ``-k 2`` finds where it was; then not so gently."""
        for how, patience in ((self._ask_to_end, _GENTLE_S), (self._process.kill, _KILLED_S)):
            with contextlib.suppress(OSError):
                how()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                self._reader.join(_GENTLE_S)
                return

    def _ask_to_end(self) -> None:
        if sys.platform == "win32":
            self._process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self._process.terminate()

    def _read(self) -> None:
        """Lines end with a line feed, or with a carriage return while they are written over."""
        rest = b""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(self._process.stdout.fileno(), 4096):
                *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
                rest = rest[-_LONGEST:]
                for line in lines:
                    self._take(line)
        self._take(rest)
        self._process.stdout.close()

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()
        if text:
            self._moved.line(text)
            self.said.append(text[:_LONGEST])


def end_orphans(folder: Path) -> None:
    """End what an earlier run of this program left at work on the same list; two would write into the same files."""
    import psutil

    found = list(_orphans(folder))
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(found, _GENTLE_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    if psutil.wait_procs(alive, _KILLED_S)[1]:
        raise Retryable(problems.ascp_ended("?"))


def _orphans(folder: Path) -> Iterator[psutil.Process]:
    import psutil

    mark = f"--file-pair-list={folder / PAIRS}"
    for process in psutil.process_iter(["cmdline"]):
        if mark in (process.info["cmdline"] or ()):
            yield process


def remove(folder: Path) -> None:
    """The lists and logs of a batch, which hold names of files."""
    shutil.rmtree(folder, ignore_errors=True)


def _names(item: Item) -> set[str]:
    return {Path(item.path).name, item.file.name.rpartition("/")[2]}
