"""The file on this computer: checked before each start, read once, digested while it is read to be sent."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from depositor import patched
from depositor.draft.submission import SubmissionFile
from depositor.transfer import errors

if TYPE_CHECKING:
    from depositor.transfer.manners.limiter import Share

_BLOCK = 1 << 20


class RunningDigest:
    """The SHA-256 of bytes that come in order, where a broken transfer may go back and bring some of them again."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.count = 0

    def feed(self, offset: int, data: bytes | bytearray) -> None:
        """Take bytes that stand at ``offset``; those already known are skipped. ValueError where bytes are missing."""
        if offset > self.count:
            raise ValueError(f"bytes {self.count} to {offset} were never fed")
        fresh = memoryview(data)[self.count - offset :]
        self._digest.update(fresh)
        self.count += len(fresh)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def long_path(path: Path) -> Path:
    """Windows refuses paths over 260 characters unless they are marked (user need G1)."""
    if os.name == "nt" and len(str(path)) > 240 and not str(path).startswith("\\\\?\\"):
        return Path("\\\\?\\" + str(path.resolve()))
    return path


class Source:
    """An open source file with its running digest. The digest outlives a broken connection: :meth:`open` again goes on
    with it.

    Raises Damaged ``file.changed``, ``file.gone``, ``file.unreadable``, ``file.no-permission``; Retryable
    ``source.gone`` where the whole drive vanished.
    """

    def __init__(self, file: SubmissionFile) -> None:
        self.file = file
        self.digest = RunningDigest()
        self._handle: io.FileIO | patched.PatchedFile | None = None

    def open(self) -> None:
        """Open the file after making sure that it is still what was sealed."""
        self.close()
        try:
            recipe = patched.is_recipe(self.file.source, self.file.origin)
            handle = patched.opened(long_path(Path(self.file.source)), recipe=recipe)
        except OSError as error:
            raise errors.of_source(error, Path(self.file.source)) from error
        self._handle = handle
        self.check()

    def _opened(self) -> io.FileIO | patched.PatchedFile:
        """Somebody else may have tried to open it anew while its drive was gone, and failed."""
        if self._handle is None:
            self.open()
        assert self._handle is not None
        return self._handle

    def check(self) -> None:
        """Damaged ``file.changed`` where size or time are not those of the seal."""
        handle = self._opened()
        try:
            stamp = patched.stamp(handle)
        except OSError as error:
            raise errors.of_source(error, Path(self.file.source)) from error
        if stamp != (self.file.size, self.file.mtime_ns):
            raise errors.changed(self.file.source)

    def read(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes at ``offset``, at least one; Damaged where the file ends early."""
        handle = self._opened()
        try:
            handle.seek(offset)
            data = handle.read(size)
        except OSError as error:
            raise errors.of_source(error, Path(self.file.source)) from error
        if not data:
            raise errors.changed(self.file.source)
        return data

    def read_whole(self, offset: int, data: bytearray, check: Callable[[], None]) -> bytearray:
        """Fill ``data`` with what stands at ``offset``, from a file that has not changed until it was read.
        ``check`` is called often and may raise. The digest is not fed."""
        handle = self._opened()
        at = 0
        try:
            handle.seek(offset)
            with memoryview(data) as view:
                while at < len(data):
                    check()
                    count = handle.readinto(view[at : at + _BLOCK])
                    if not count:
                        raise errors.changed(self.file.source)
                    at += count
        except OSError as error:
            raise errors.of_source(error, Path(self.file.source)) from error
        self.check()
        return data

    def catch_up(self, offset: int, check: Callable[[], None]) -> None:
        """Bring the digest up to ``offset`` by reading here; nothing is sent."""
        while self.digest.count < offset:
            check()
            at = self.digest.count
            self.digest.feed(at, self.read(at, min(_BLOCK, offset - at)))

    def forget(self) -> None:
        """Start the digest anew: what was read before is not trusted any more."""
        self.digest = RunningDigest()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class Part:
    """The bytes of one part: a :class:`~depositor.transfer.ports.Body`."""

    def __init__(
        self, source: Source, offset: int, length: int, limiter: Share, on_bytes: Callable[[int], None]
    ) -> None:
        self._source, self._offset, self.length = source, offset, length
        self._limiter, self._on_bytes = limiter, on_bytes
        self._at = 0
        self._held: bytes | None = None
        self._digests: dict[str, str] = {}

    def __len__(self) -> int:
        return self.length

    @property
    def sha1(self) -> str:
        """Asking for it reads the part into memory, as :meth:`digest` does."""
        return self.digest("sha1")

    def digest(self, algorithm: str) -> str:
        """Asking for it reads the part into memory, so that the disk is read once and what is sent is what was
        summed."""
        if algorithm not in self._digests:
            if self._held is None:
                self._held = b"".join(self._blocks())
            self._digests[algorithm] = self._sum(algorithm, self._held)
        return self._digests[algorithm]

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_BLOCK), b""))
        count = min(size, self.length - self._at, self._limiter.block())
        if count <= 0:
            return b""
        self._limiter.take(count)
        data = self._fetch(count)
        self._at += len(data)
        self._on_bytes(len(data))
        return data

    def _fetch(self, count: int) -> bytes:
        if self._held is not None:
            return self._held[self._at : self._at + count]
        at = self._offset + self._at
        data = self._source.read(at, count)
        self._source.digest.feed(at, data)
        return data

    def _sum(self, algorithm: str, held: bytes) -> str:
        """Where the part is the whole file, the digest that is kept anyway knows its SHA-256."""
        running = self._source.digest
        if algorithm == "sha256" and self._offset == 0 and running.count == self.length:
            return running.hexdigest()
        return hashlib.new(algorithm, held, usedforsecurity=False).hexdigest()

    def _blocks(self) -> list[bytes]:
        blocks, at, end = [], self._offset, self._offset + self.length
        while at < end:
            self._limiter.check()
            data = self._source.read(at, min(_BLOCK, end - at))
            self._source.digest.feed(at, data)
            blocks.append(data)
            at += len(data)
        return blocks
