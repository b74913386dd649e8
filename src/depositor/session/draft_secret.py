"""The secret of a draft: with it, cleaned copies replace the same name or UID by the same stand-in over a whole study.

Who has it could find out which original a stand-in means; it never leaves the state folder.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side

_BYTES = 32
_OWNER_ONLY = 0o600


def of_draft(state: Path, draft_id: str) -> bytes:
    """The secret of a draft; made, readable for this user alone, when it is first asked for. NeedsUser where the state
    folder cannot be written to."""
    path = _place(state, draft_id)
    try:
        with contextlib.suppress(FileNotFoundError):
            found = path.read_bytes()
            if len(found) == _BYTES:
                return found
        return _made(path)
    except OSError as error:
        raise NeedsUser(_not_kept()) from error


def forget(state: Path, draft_id: str) -> None:
    """Remove it, with the draft."""
    with contextlib.suppress(OSError):
        _place(state, draft_id).unlink()


def _place(state: Path, draft_id: str) -> Path:
    return state / "secrets" / draft_id


def _made(path: Path) -> bytes:
    """Beside the place, on the disk, then there: a crash leaves a whole one or none."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    secret = secrets.token_bytes(_BYTES)
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as out:
            out.write(secret)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return secret


def _not_kept() -> Problem:
    return Problem(
        "seal.no-secret",
        Side.COMPUTER,
        msg("seal.no-secret", "Depositor cannot keep what it needs for the cleaned copies of this study."),
        msg("seal.no-secret.advice", "Is the disk full? Free some space where your drafts lie, then try again."),
        actions=("retry",),
    )
