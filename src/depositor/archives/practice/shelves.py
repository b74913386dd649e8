"""The bytes that the practice archive received: one file per upload, whose length on disk is the truth.

A write is with the operating system when it is answered, so that the death of this process loses none of it. A file is
brought to the disk itself (fsync) once it is whole and larger than 1 MiB; before a study is accepted every file of it
is read again from the disk. The SHA-256 is computed while the bytes come; after a restart it is caught up from disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20
_SYNC_FROM = 1 << 20
_DIGESTS_AT_HAND = 4096


class Shelves:
    """May be used from any thread; writers of one upload take its lock (:meth:`locked`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._locks: dict[str, list[Any]] = {}  # id -> [lock, how many want it]
        self._digests: OrderedDict[str, tuple[int, Any]] = OrderedDict()

    def path(self, key: str) -> Path:
        """Where the bytes of an upload lie. Ids are hex digits made here, never a client's text."""
        return self._folder / key[:2] / f"{key}.bin"

    def make(self, key: str) -> None:
        path = self.path(key)
        try:
            path.open("xb").close()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("xb").close()

    def size(self, key: str) -> int | None:
        """Bytes held; None where there are none any more."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, key: str) -> None:
        with self._guard:
            self._digests.pop(key, None)
        with contextlib.suppress(FileNotFoundError):
            self.path(key).unlink()

    @contextlib.contextmanager
    def locked(self, key: str, wait: float) -> Iterator[bool]:
        """Hold the upload alone; False where another request still has it after ``wait`` seconds."""
        with self._guard:
            entry = self._locks.setdefault(key, [threading.Lock(), 0])
            entry[1] += 1
        got = entry[0].acquire(timeout=wait)
        try:
            yield got
        finally:
            if got:
                entry[0].release()
            with self._guard:
                entry[1] -= 1
                if not entry[1]:
                    del self._locks[key]

    def append(self, key: str, offset: int, read: Callable[[int], bytes], length: int, check: Any = None) -> int:
        """Write up to ``length`` bytes from ``read`` at ``offset``; how many came. What came before a line broke stays.

        ``check`` (a hashlib object) is fed with them; call :meth:`cut` where it does not come out.
        """
        digest = self._digest(key, offset)
        at = offset
        try:
            with self.path(key).open("r+b", buffering=0) as out:
                out.seek(at)
                while at < offset + length:
                    block = read(min(_BLOCK, offset + length - at))
                    if not block:
                        break
                    _write(out, block)
                    at += len(block)
                    digest.update(block)
                    if check is not None:
                        check.update(block)
        finally:
            self._keep(key, at, digest)
        return at - offset

    def join(self, key: str, parts: Sequence[str]) -> None:
        """Write the bytes of ``parts``, in their order, to an upload that has none yet."""
        at = 0
        for part in parts:
            with self.path(part).open("rb", buffering=0) as file:
                at += self.append(key, at, file.read, self.size(part) or 0)

    def cut(self, key: str, offset: int) -> None:
        """Take back what was written after ``offset``."""
        os.truncate(self.path(key), offset)
        with self._guard:
            self._digests.pop(key, None)

    def finish(self, key: str) -> str:
        """The SHA-256 (hex) of a whole upload, which is brought to the disk."""
        size = self.size(key) or 0
        digest = self._digest(key, size)
        with self._guard:
            self._digests.pop(key, None)
        if size >= _SYNC_FROM:
            with self.path(key).open("rb") as file:
                os.fsync(file.fileno())
        return str(digest.hexdigest())

    def read_again(self, key: str, on_block: Callable[[], None] | None = None) -> str | None:
        """The SHA-256 (hex) of what the disk holds now; None where it cannot be read."""
        digest = hashlib.sha256()
        try:
            with self.path(key).open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    if on_block:
                        on_block()
        except OSError:
            return None
        return digest.hexdigest()

    def _digest(self, key: str, offset: int) -> Any:
        """A running SHA-256 of the first ``offset`` bytes: at hand, or caught up from the disk."""
        with self._guard:
            count, digest = self._digests.pop(key, (0, None))
        if digest is not None and count == offset:
            return digest
        digest = hashlib.sha256()
        with self.path(key).open("rb") as file:
            left = offset
            while left and (block := file.read(min(_BLOCK, left))):
                digest.update(block)
                left -= len(block)
        return digest

    def _keep(self, key: str, count: int, digest: Any) -> None:
        with self._guard:
            self._digests[key] = (count, digest)
            while len(self._digests) > _DIGESTS_AT_HAND:
                self._digests.popitem(last=False)


def _write(out: Any, block: bytes) -> None:
    """All of ``block``: an unbuffered write may take only a piece, as on a disk that is nearly full."""
    view = memoryview(block)
    while view:
        view = view[out.write(view) or 0 :]
