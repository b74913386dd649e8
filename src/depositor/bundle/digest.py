"""SHA-256 of files, read once, and of bytes that pass by."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

from depositor import patched
from depositor.draft.cancel import Cancel
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side, Stopped
from depositor.draft.submission import SubmissionFile

BLOCK = 1 << 20  # 1 MiB: larger blocks are no faster, and the cancel is looked at after each


def file_digest(path: Path, cancel: Cancel, on_bytes: Callable[[int], None] | None = None) -> str:
    """The SHA-256 (hex) of a file; ``on_bytes`` is told the size of each block read.

    Raises Stopped when cancelled; Damaged ``file.changed`` where size, time or identity of the file changed while it
    was read, ``file.gone`` or ``file.unreadable``; NeedsUser ``file.no-permission``.
    """
    try:
        return _read(path, cancel, on_bytes)
    except OSError as error:
        raise _unreadable(path, error) from error


def sent_digest(file: SubmissionFile, cancel: Cancel) -> str:
    """The SHA-256 of a file of a submission as it is sent, cleaned on the way or not; errors as :func:`file_digest`."""
    path = Path(file.source)
    if not patched.is_recipe(file.source, file.origin):
        return file_digest(path, cancel)
    try:
        with contextlib.closing(patched.opened(path, recipe=True)) as opened:
            return _read_patched(path, opened, cancel)
    except OSError as error:
        raise _unreadable(path, error) from error


def _read_patched(path: Path, file: io.FileIO | patched.PatchedFile, cancel: Cancel) -> str:
    digest, block = hashlib.sha256(), memoryview(bytearray(BLOCK))
    before = patched.stamp(file)
    while count := file.readinto(block):
        if cancel:
            raise Stopped(_stopped())
        digest.update(block[:count])
    if before is None or patched.stamp(file) != before:
        raise Damaged(_changed(path))
    return digest.hexdigest()


def _read(path: Path, cancel: Cancel, on_bytes: Callable[[int], None] | None) -> str:
    digest = hashlib.sha256()
    block = memoryview(bytearray(BLOCK))
    total = 0
    with path.open("rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        while count := file.readinto(block):
            if cancel:
                raise Stopped(_stopped())
            digest.update(block[:count])
            total += count
            if total > before.st_size:
                raise Damaged(_changed(path))  # still being written: its end may never come
            if on_bytes:
                on_bytes(count)
        after = os.fstat(file.fileno())
    if _stamp(before) != _stamp(after) or _stamp(path.stat()) != _stamp(after) or total != after.st_size:
        raise Damaged(_changed(path))
    return digest.hexdigest()


def _stamp(stat: os.stat_result) -> tuple[int, int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev


class RunningDigest:
    """The SHA-256 of bytes that come in order, where a broken transfer may go back and bring some of them again.

    A whole file that is sent in parts is so digested while it is read for sending: no byte is read twice for it.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.count = 0

    def feed(self, offset: int, data: bytes | memoryview) -> None:
        """Take bytes that stand at ``offset``: those already known are skipped. ValueError where bytes are missing."""
        if offset > self.count:
            raise ValueError(f"bytes {self.count} to {offset} were never fed")
        fresh = memoryview(data)[self.count - offset :]
        self._digest.update(fresh)
        self.count += len(fresh)

    def hexdigest(self) -> str:
        """The digest of all bytes so far."""
        return self._digest.hexdigest()


def _stopped() -> Problem:
    return Problem(
        "file.stopped",
        Side.COMPUTER,
        msg("file.stopped", "Reading was stopped."),
        msg("file.stopped.advice", "Go on whenever you like; nothing is lost."),
    )


def _changed(path: Path) -> Problem:
    return Problem(
        "file.changed",
        Side.COMPUTER,
        msg("file.changed", "The file changed while it was read."),
        msg("file.changed.advice", "Wait until the program that writes it is done, then try again."),
        str(path),
        ("retry", "skip"),
    )


def _unreadable(path: Path, error: OSError) -> Damaged | NeedsUser:
    if isinstance(error, FileNotFoundError):
        gone = msg("file.gone", "The file is not there any more.")
        advice = msg("file.gone.advice", "Bring it back, or look whether the drive is connected, then try again.")
        return Damaged(Problem("file.gone", Side.COMPUTER, gone, advice, str(path), ("retry", "skip")))
    if isinstance(error, PermissionError):
        closed = msg("file.no-permission", "You have no permission to read this file.")
        advice = msg("file.no-permission.advice", "Ask its owner for read permission, or leave the file out.")
        return NeedsUser(Problem("file.no-permission", Side.COMPUTER, closed, advice, str(path), ("retry", "skip")))
    broken = msg("file.unreadable", "The file could not be read to its end.")
    advice = msg("file.unreadable.advice", "Look whether the drive is connected and healthy, then try again.")
    return Damaged(Problem("file.unreadable", Side.COMPUTER, broken, advice, str(path), ("retry", "skip")))
