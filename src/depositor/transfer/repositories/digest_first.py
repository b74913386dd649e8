"""Digests that an archive wants before the first byte: the file is read once ahead, and the result is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from depositor.draft.submission import SubmissionFile
from depositor.transfer.source import Source

_BLOCK = 1 << 20
_MOST_KNOWN = 4096


class Sum(Protocol):
    """A digest that grows."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class DigestShelf(Protocol):
    """Where digests of files are kept, for exactly the state of the file that was sealed."""

    def recall(self, file: SubmissionFile) -> Mapping[str, str]:
        """{algorithm: digest}; empty where nothing is known."""
        ...

    def remember(self, file: SubmissionFile, sums: Mapping[str, str]) -> None:
        """Keep them; ``sha256`` is always among them."""
        ...


class DigestCache(Protocol):
    """What of a journal keeps digests (:class:`~depositor.transfer.journal.SqliteJournal`)."""

    def recall_more(self, path: str, size: int, mtime_ns: int, inode: int) -> Mapping[str, str]: ...

    def remember(
        self, path: str, size: int, mtime_ns: int, inode: int, sha256: str, more: Mapping[str, str] | None = None
    ) -> None: ...


class MemoryShelf:
    """A shelf for one run, for the files that were seen last."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], dict[str, str]] = {}

    def recall(self, file: SubmissionFile) -> Mapping[str, str]:
        return self._known.get((file.source, file.size, file.mtime_ns), {})

    def remember(self, file: SubmissionFile, sums: Mapping[str, str]) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.pop(next(iter(self._known)), None)
        self._known.setdefault((file.source, file.size, file.mtime_ns), {}).update(sums)


class JournalShelf:
    """The shelf that outlives the program: the journal's digest cache, which gathers what it writes for a moment."""

    def __init__(self, journal: DigestCache) -> None:
        self._journal, self._fresh = journal, MemoryShelf()

    def recall(self, file: SubmissionFile) -> Mapping[str, str]:
        known = self._journal.recall_more(file.source, file.size, file.mtime_ns, file.inode)
        return {**known, **self._fresh.recall(file)}

    def remember(self, file: SubmissionFile, sums: Mapping[str, str]) -> None:
        self._fresh.remember(file, sums)
        more = dict(self.recall(file))
        sha256 = more.pop("sha256")
        self._journal.remember(file.source, file.size, file.mtime_ns, file.inode, sha256, more)


class PartsMd5:
    """The ETag that S3 gives to an object of several parts: the MD5 of the MD5s of parts of ``length`` bytes, and their
    number; also for one part."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._sums: list[bytes] = []
        self._part, self._left = _md5(), length

    def update(self, data: bytes, /) -> None:
        view = memoryview(data)
        while view:
            self._part.update(view[: self._left])
            taken = min(self._left, len(view))
            self._left -= taken
            view = view[taken:]
            if not self._left:
                self._close()

    def hexdigest(self) -> str:
        sums = list(self._sums)
        if self._left < self._length or not sums:
            sums.append(self._part.digest())
        return f"{hashlib.md5(b''.join(sums), usedforsecurity=False).hexdigest()}-{len(sums)}"

    def _close(self) -> None:
        self._sums.append(self._part.digest())
        self._part, self._left = _md5(), self._length


def digest_first(
    file: SubmissionFile, name: str, make: Callable[[], Sum], shelf: DigestShelf, check: Callable[[], None]
) -> str:
    """The digest ``name`` of a file: recalled, or read now. ``check`` is called often and may raise.

    Raises Damaged where the file is not what was sealed, Retryable ``source.gone`` where its drive is.
    """
    known = shelf.recall(file).get(name)
    if known is not None:
        return known
    sums = {name: make(), "sha256": hashlib.sha256()}
    source = Source(file)
    source.open()
    try:
        at = 0
        while at < file.size:
            check()
            block = source.read(at, min(_BLOCK, file.size - at))
            for each in sums.values():
                each.update(block)
            at += len(block)
        source.check()
    finally:
        source.close()
    found = {key: each.hexdigest() for key, each in sums.items()}
    shelf.remember(file, found)
    return found[name]


def md5_first(file: SubmissionFile, shelf: DigestShelf, check: Callable[[], None]) -> str:
    """The MD5 (hex) of a file."""
    return digest_first(file, "md5", _md5, shelf, check)


def _md5() -> hashlib._Hash:
    return hashlib.md5(usedforsecurity=False)
