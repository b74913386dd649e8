"""Small pictures of a draft's images: made in the worker process once, then kept until the file changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.problem import DepositError
from depositor.session.headers import representative
from depositor.session.home import Home

if TYPE_CHECKING:
    from depositor.draft.inventory import ImageSet
    from depositor.session.open_draft import OpenDraft
    from depositor.session.worker import Worker

EDGE = 256  # pixels of a rendered picture
MOST_BYTES = 64 << 20  # of one draft
_RENDER = "depositor.scan.thumbnails:render"
_VERSION = "1"  # of the way pictures are made; another one forgets the old pictures
_SECONDS = 30.0


def picture(work: OpenDraft, worker: Worker, home: Home, one: ImageSet, edge: int = EDGE) -> bytes | None:
    """A PNG of the image set, at most ``edge`` pixels long; None where none can be made.

    Waits for the worker process (not for the window's thread). That nothing can be shown is remembered too; a worker
    that died over it or took too long is asked again another time.
    """
    folder = folder_of(home, work.id)
    inventory = work.inventory()
    kept = folder / _name(one, inventory.stamp(one), edge)
    with contextlib.suppress(OSError):
        return kept.read_bytes() or None
    try:
        found = worker.call(_RENDER, representative(inventory, work.places, one), edge, timeout=_SECONDS)
    except DepositError:  # a picture is a nicety; what is wrong with the file is told by its header
        return None
    png = found if isinstance(found, bytes) else None
    _keep(folder, kept, png or b"")
    return png


def folder_of(home: Home, draft_id: str) -> Path:
    """Where the pictures of a draft lie. Their names tell nothing of the files."""
    return home.cache / "pictures" / draft_id


def forget(home: Home, draft_id: str) -> None:
    """Remove the pictures of a draft: its files were taken away, or the draft was."""
    shutil.rmtree(folder_of(home, draft_id), ignore_errors=True)


def _name(one: ImageSet, stamp: str, edge: int) -> str:
    told = "\0".join((_VERSION, str(one.root), one.path, stamp, str(edge)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest() + ".png"


def _keep(folder: Path, kept: Path, png: bytes) -> None:
    """Write a picture whole or not at all. A full or closed disk costs nothing but making it again."""
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(png)
        part.replace(kept)
        _trim(folder)


def _trim(folder: Path) -> None:
    """Drop the oldest pictures beyond the limit, half of it at a time so that it happens rarely."""
    found = sorted((e.stat().st_mtime_ns, e.stat().st_size, e.path) for e in os.scandir(folder))
    total = sum(size for _, size, _ in found)
    if total <= MOST_BYTES:
        return
    for _, size, path in found:
        os.unlink(path)  # noqa: PTH108
        total -= size
        if total <= MOST_BYTES // 2:
            return
