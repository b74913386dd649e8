"""Files on their way to a batch: looked at, read once for their SHA-256, and copied where the other program cannot read
them.

What a batch proves is worth something only where our own digest of the file is known, and the receipt needs it anyway.
So each file is read here before it is handed over; a first batch is small, so that this holds nobody up for long, and
while one batch is under way the next is read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from depositor import patched
from depositor.draft.problem import Damaged, NeedsUser, Problem
from depositor.draft.submission import SubmissionFile
from depositor.transfer import errors
from depositor.transfer.handover import problems
from depositor.transfer.handover.ports import HandOver, Item
from depositor.transfer.ports import Journal
from depositor.transfer.source import Source, long_path

_FIRST_BYTES = 8 * 10**9
_MOST_BYTES = 512 * 10**9
_BLOCK = 1 << 20

Patiently = Callable[[Callable[[], Item]], Item]


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch that an earlier run handed over."""

    token: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A batch that is ready; files that could not be made ready are told by themselves."""

    items: tuple[Item, ...]
    failed: tuple[tuple[SubmissionFile, Problem], ...] = ()


class Preparing:
    """``staging``: the folder for copies, None where nobody chose one. ``patiently`` waits out what may pass, such as a
    drive that was unplugged; ``check`` raises Stopped."""

    def __init__(
        self,
        journal: Journal,
        submission: str,
        route: HandOver,
        staging: Path | None,
        patiently: Patiently,
        check: Callable[[], None],
    ) -> None:
        self._journal, self._submission, self._route = journal, submission, route
        self._staging = staging / f"depositor-{submission}" if staging else None
        self._patiently, self._check = patiently, check

    def batches(self) -> Iterator[Begun | Fresh]:
        """First what an earlier run began, then what waits, in order. A batch is as large as the route wants, and at
        first not more than some gigabytes."""
        tokens = dict(self._journal.tokens_of(self._submission, self._route.id))
        known: dict[str, list[Item]] = {}
        most, size = _FIRST_BYTES, 0
        items: list[Item] = []
        failed: list[tuple[SubmissionFile, Problem]] = []
        for file in self._journal.pending(self._submission):
            token = tokens.pop(file.seq, None)
            try:
                item = self._patiently(lambda file=file: self.item(file))  # type: ignore[misc]
                (items if token is None else known.setdefault(token, [])).append(item)
                size += file.size if token is None else 0
            except Damaged as error:
                failed.append((file, error.problem))
            if known and not tokens:
                yield from _begun(known)
            if len(items) >= self._route.most_files or size >= most:
                yield Fresh(tuple(items), tuple(failed))
                items, failed, size, most = [], [], 0, min(most * 2, _MOST_BYTES)
        yield from _begun(known)
        if items or failed:
            yield Fresh(tuple(items), tuple(failed))

    def item(self, file: SubmissionFile) -> Item:
        """The file, ready. Damaged where it is not what was sealed, Retryable where its drive is gone, NeedsUser where
        a folder for copies is missing or full."""
        if self._must_copy(file):
            return self._copied(file)
        source = Source(file)
        try:
            source.open()
            digest = file.sha256 or self._read(source)
            source.check()
        finally:
            source.close()
        if file.sha256 is None:
            self._journal.remember(file.source, file.size, file.mtime_ns, file.inode, digest)
        return Item(file, file.source, digest)

    def unchanged(self, item: Item) -> Problem | None:
        """Why the source is not what was sealed any more; None where it is."""
        source = Source(item.file)
        try:
            source.open()
        except Damaged as error:
            return error.problem
        finally:
            source.close()
        return None

    def drop_copy(self, item: Item) -> None:
        """The copy has served."""
        if item.copied:
            with contextlib.suppress(OSError):
                Path(item.path).unlink(missing_ok=True)
                Path(item.path).parent.rmdir()

    def tidy(self) -> None:
        """Remove the folder of copies, where it is empty."""
        if self._staging is not None:
            with contextlib.suppress(OSError):
                self._staging.rmdir()

    # --- within ------------------------------------------------------------------------------------------------------

    def _must_copy(self, file: SubmissionFile) -> bool:
        return patched.is_recipe(file.source, file.origin) or not self._route.reaches(file.source)

    def _read(self, source: Source) -> str:
        source.catch_up(source.file.size, self._check)
        return source.digest.hexdigest()

    def _copied(self, file: SubmissionFile) -> Item:
        if self._staging is None:
            raise NeedsUser(problems.no_copies(file.origin))
        if not self._route.reaches(str(self._staging)):
            raise NeedsUser(problems.no_copies(file.origin))
        target = self._staging / str(file.seq) / file.name.rsplit("/", 1)[-1]
        source = Source(file)
        try:
            source.open()
            digest = self._copy(source, target)
            source.check()
        finally:
            source.close()
        if file.sha256 not in (None, digest):
            raise errors.changed(file.source)
        self._journal.remember(file.source, file.size, file.mtime_ns, file.inode, digest)
        return Item(file, str(target), digest, copied=True)

    def _copy(self, source: Source, target: Path) -> str:
        """Whole under its name, or not at all; one of an earlier run is written anew, since nobody knows what became of
        it."""
        at, part = 0, target.with_name(target.name + ".part")
        try:
            long_path(target.parent).mkdir(parents=True, exist_ok=True, mode=0o700)
            with long_path(part).open("wb") as out:
                while at < source.file.size:
                    self._check()
                    data = source.read(at, min(_BLOCK, source.file.size - at))
                    source.digest.feed(at, data)
                    out.write(data)
                    at += len(data)
            long_path(part).replace(long_path(target))
        except OSError as error:
            root = target.parents[2]
            raise errors.of_target(error, target, root, source.file.size - at) from error
        finally:
            with contextlib.suppress(OSError):
                long_path(part).unlink(missing_ok=True)
        return source.digest.hexdigest()


def _begun(known: dict[str, list[Item]]) -> Iterator[Begun]:
    for token, items in known.items():
        yield Begun(token, tuple(items))
    known.clear()
