"""Small JSON files that several people or programs may write: read with a digest, written whole and one at a time."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side
from depositor.session import documents

LARGEST = 16 * 1024 * 1024  # no honest library or template is larger
_WAIT_S = 5.0


def read(path: Path) -> tuple[Any, bytes]:
    """The content of a JSON file, and its bytes. NeedsUser where it is not there, Damaged where it is no JSON."""
    try:
        if path.stat().st_size > LARGEST:
            raise Damaged(_unreadable(path))
        raw = path.read_bytes()
    except OSError as error:
        raise NeedsUser(not_there(path)) from error
    return parsed(raw, path), raw


def parsed(raw: bytes, path: Path) -> Any:
    """The content of JSON bytes; Damaged where they are none."""
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Damaged(_unreadable(path)) from error


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def as_bytes(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def write(path: Path, raw: bytes) -> None:
    """Write whole or not at all; NeedsUser where the folder does not let us."""
    try:
        documents.write_bytes(path, raw)
    except NeedsUser as error:
        raise NeedsUser(_no_rights(path)) from error


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Be the only one who changes the file at ``path``, among all computers that see its folder. NeedsUser where
    somebody else writes for longer than 5 s, or where the folder does not let us."""
    from filelock import FileLock, SoftFileLock, Timeout

    beside = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock: FileLock | SoftFileLock = FileLock(beside, timeout=_WAIT_S)
        try:
            lock.acquire()
        except NotImplementedError:  # a share without file locks: a file that is there stands for one
            lock = SoftFileLock(beside, timeout=_WAIT_S)
            lock.acquire()
    except Timeout as error:
        raise NeedsUser(_busy(path)) from error
    except OSError as error:
        raise NeedsUser(_no_rights(path)) from error
    try:
        yield
    finally:
        lock.release()


def not_there(path: Path) -> Problem:
    return Problem(
        "shared.not-there",
        Side.COMPUTER,
        msg("shared.not-there", "The file is not there, or you may not read it."),
        msg("shared.not-there.advice", "Is the share connected? If the file was moved, open it at its new place."),
        str(path),
    )


def _unreadable(path: Path) -> Problem:
    return Problem(
        "shared.unreadable",
        Side.COMPUTER,
        msg("shared.unreadable", "This file cannot be read: it is not whole, or something else than its name says."),
        msg("shared.unreadable.advice", "Ask whoever made it for a new copy. The file was not changed."),
        str(path),
    )


def _no_rights(path: Path) -> Problem:
    return Problem(
        "shared.no-rights",
        Side.COMPUTER,
        msg("shared.no-rights", "The file could not be written there. Nothing was changed."),
        msg(
            "shared.no-rights.advice",
            "You may lack the right, or the disk is full. Choose another place, or your own library.",
        ),
        str(path),
    )


def _busy(path: Path) -> Problem:
    return Problem(
        "shared.busy",
        Side.COMPUTER,
        msg("shared.busy", "Somebody else is writing this file right now. Nothing was changed."),
        msg("shared.busy.advice", "Try again in a moment."),
        str(path),
        actions=("retry",),
    )
