"""Documents are written beside their final name and moved there when whole: a kill leaves the old or the new one."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side


@contextmanager
def text_file(path: Path) -> Iterator[IO[str]]:
    """A text file (UTF-8, ``\\n``) that appears under its name when the block ends well, and not at all otherwise.

    Raises NeedsUser where it cannot be written: no space, no permission, no such drive.
    """
    part = path.with_name(f".{path.name}.part")  # what a kill leaves is written over by the next try
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="\n") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as error:
        if error.filename is not None and Path(str(error.filename)) not in (path, part, path.parent):
            raise  # an error of the block itself, about another file
        raise NeedsUser(_not_written(path, error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> Path:
    """Write ``content`` as indented JSON."""
    with text_file(path) as out:
        json.dump(content, out, ensure_ascii=False, indent=1)
        out.write("\n")
    return path


def write_text(path: Path, content: str) -> Path:
    """Write ``content`` as it is."""
    with text_file(path) as out:
        out.write(content)
    return path


def _not_written(path: Path, error: OSError) -> Problem:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = msg("bundle.full.advice", "Free some space on this drive, or choose another folder, and go on.")
        return Problem("bundle.full", Side.COMPUTER, msg("bundle.full", "The drive is full."), advice, str(path))
    return Problem(
        "bundle.not-written",
        Side.COMPUTER,
        msg("bundle.not-written", "The document {name} could not be written.", name=path.name),
        msg("bundle.not-written.advice", "Look whether the folder is still there and you may write to it."),
        str(path),
        ("retry", "choose-folder"),
    )
