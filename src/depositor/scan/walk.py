"""One pass over the chosen folders: files, image sets, what is left out, and what is odd, in batches.

Memory does not depend on the number of files: a folder is read in parts, and only the names of the folders that are
still to come are kept. Links are never followed.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import Batch, FileRow, ImageSet, SetKind
from depositor.draft.problem import Problem
from depositor.scan import peek, troubles
from depositor.scan.grouping import Entry, Group, Grouping
from depositor.scan.sieve import Clashes, Odd, Sieve, stopped

BATCH_FILES = 2000
BATCH_SECONDS = 0.2
_PART = 10_000  # entries of one folder that are held at a time
_DEEPEST = 200
_BY_NAME = attrgetter("name")


def walk(roots: Sequence[Path], exclude: Sequence[tuple[str, ...]], cancel: Cancel) -> Iterator[Batch]:
    """Stream what lies below ``roots`` (folders or files); ``exclude[i]`` are the glob patterns of root ``i``: a plain
    one is matched with names (``*.tmp``), one with ``/`` with the path below the root (``raw/old``).

    An image set of a very large folder may come in several parts with the same path, which add up. Raises Stopped when
    ``cancel`` is set; nothing else: what cannot be read becomes a Problem.
    """
    homes = [os.path.realpath(root) for root in roots]
    for number, root in enumerate(roots):
        if _is_within_another(number, homes):
            yield Batch(problems=(troubles.problem("scan.twice", Path(root).name),))
        patterns = exclude[number] if number < len(exclude) else ()
        sieve = Sieve(number, homes, patterns, cancel)
        yield from _Walk(number, os.path.abspath(root), sieve, cancel).run()  # noqa: PTH100 - links stay as chosen


def _is_within_another(number: int, homes: Sequence[str]) -> bool:
    """True for a root that lies in another one, or that was chosen before."""
    own = homes[number]
    others = (home for n, home in enumerate(homes) if n < number or (n > number and home != own))
    return any(own == home or own.startswith(home.rstrip(os.sep) + os.sep) for home in others)


def locate(root: Path, path: str) -> Path:
    """Where the file or object ``path`` of a row lies: below ``root``, or ``root`` itself where a file was chosen
    (its row has the file's name as path) or the folder is an object as a whole (path ``.``)."""
    if path == "." or (path == root.name and not root.is_dir()):
        return root
    return root / path


@dataclass(slots=True)
class _Object:
    """The object that a folder lies in (Zarr, N5, the folder of an OIF), and what is odd in it."""

    path: str
    kind: SetKind
    detail: str
    odd: Odd
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A folder still to be read (relative to the root, "" or ending in "/"); ``ends`` closes the object instead."""

    prefix: str
    depth: int
    inside: _Object | None
    ends: bool = False


class _Walk:
    """The walk over one root."""

    def __init__(self, number: int, root: str, sieve: Sieve, cancel: Cancel) -> None:
        self._number = number
        self._root = root
        self._sieve = sieve
        self._cancel = cancel
        self._waiting: list[_Waiting] = []
        self._files: list[FileRow] = []
        self._sets: list[ImageSet] = []
        self._problems: list[Problem] = []
        self._folders = 0
        self._sent_at = time.monotonic()

    def run(self) -> Iterator[Batch]:
        """All batches of this root."""
        name = Path(self._root).name
        try:
            found = Path(self._root).stat()
            if stat.S_ISDIR(found.st_mode):
                yield from self._tree()
            elif stat.S_ISREG(found.st_mode):
                self._one_file(name, found)
            else:
                self._problems.append(troubles.problem("scan.special", name))
        except PermissionError:
            self._problems.append(troubles.problem("scan.unreadable", name))
        except OSError:
            self._problems.append(troubles.problem("scan.missing", name))
        self._problems += self._sieve.growing()
        yield self._batch()

    def _one_file(self, name: str, found: os.stat_result) -> None:
        odd = Odd()
        if self._sieve.keeps(name, "", odd):
            entry = self._sieve.look(name, self._root, found, "", inside=False, odd=odd)
            self._emit([entry], Grouping(str(Path(self._root).parent)), "")
        self._problems += odd.problems("")

    def _tree(self) -> Iterator[Batch]:
        self._waiting = [_Waiting("", 0, None)]
        while self._waiting:
            if self._cancel:
                raise stopped()
            now = self._waiting.pop()
            if now.ends:
                self._close(now)
                continue
            self._folders += 1
            for _ in self._folder(now):
                if len(self._files) >= BATCH_FILES or time.monotonic() - self._sent_at >= BATCH_SECONDS:
                    yield self._batch()

    def _folder(self, now: _Waiting) -> Iterator[None]:
        """Read one folder; yields after each part of it, so that batches can leave."""
        prefix, inside = now.prefix, now.inside
        folder = f"{self._root}/{prefix}"[:-1] if prefix else self._root
        odd = inside.odd if inside else Odd()
        clashes = Clashes(prefix, odd)
        grouping = Grouping(folder)
        children: list[str] = []
        for number, part in enumerate(self._parts(folder, prefix, odd)):
            if inside is None and number == 0:
                inside = self._object(folder, prefix, part, odd)
            entries = self._sieve.sift(part, prefix, inside is not None, odd, children)
            clashes.add([e[0] for e in entries])
            if inside is None:
                self._emit(entries, grouping, prefix)
            else:
                self._emit_inside(entries, inside, prefix)
            yield
        clashes.add(children)
        if inside is None:
            self._descend(children, now, None, odd)
            self._problems += odd.problems(prefix.rstrip("/"))
        else:
            if now.inside is None:
                self._waiting.append(_Waiting(prefix, now.depth, inside, ends=True))
            self._descend(children, now, inside, odd)
        yield

    def _parts(self, folder: str, prefix: str, odd: Odd) -> Iterator[list[os.DirEntry[str]]]:
        try:
            with os.scandir(folder) as entries:
                while part := list(islice(entries, _PART)):
                    part.sort(key=_BY_NAME)
                    yield part
        except FileNotFoundError:
            odd.note("scan.vanished", prefix.rstrip("/") or ".")
        except OSError:
            odd.note("scan.unreadable-folder", prefix.rstrip("/") or ".")

    def _object(self, folder: str, prefix: str, part: Sequence[os.DirEntry[str]], odd: Odd) -> _Object | None:
        names = {e.name for e in part}
        if len(part) == _PART:
            names |= {m for m in peek.ZARR_MARKERS if os.path.lexists(f"{folder}/{m}")}
        owner = peek.owner(Path(folder)) if prefix else None
        if owner:
            above = prefix.rstrip("/").rpartition("/")[0]
            return _Object(f"{above}/{owner}" if above else owner, SetKind.COMPANION, "", odd)
        found = peek.object_kind(Path(folder), names)
        return _Object(prefix.rstrip("/") or ".", *found, odd) if found else None

    def _descend(self, children: list[str], now: _Waiting, inside: _Object | None, odd: Odd) -> None:
        if now.depth >= _DEEPEST:
            for name in children:
                odd.note("scan.too-deep", now.prefix + name)
            return
        below = sorted(children, reverse=True)
        self._waiting += [_Waiting(f"{now.prefix}{name}/", now.depth + 1, inside) for name in below]

    # --- what leaves -----------------------------------------------------------------------------------------------

    def _emit(self, entries: list[Entry], grouping: Grouping, prefix: str) -> None:
        """Rows and sets of a part of a plain folder."""
        of = grouping.sort(entries)
        groups: dict[int, tuple[Group, str]] = {}
        totals: dict[int, list[int]] = {}
        others = [0, 0]
        append, number = self._files.append, self._number
        for name, size, mtime_ns, inode in entries:
            group = of.get(name)
            if group is None:
                path, total = None, others
            else:
                key = id(group)
                if key not in groups:
                    groups[key] = group, _set_path(group, prefix)
                    totals[key] = [0, 0]
                path, total = groups[key][1], totals[key]
            total[0] += 1
            total[1] += size
            append(FileRow(number, prefix + name, size, mtime_ns, inode, path))
        self._sets += [
            ImageSet(number, group.kind, path, totals[key][0], totals[key][1], group.detail)
            for key, (group, path) in groups.items()
        ]
        if others[0]:
            self._sets.append(ImageSet(number, SetKind.OTHER, prefix.rstrip("/") or ".", others[0], others[1]))

    def _emit_inside(self, entries: list[Entry], inside: _Object, prefix: str) -> None:
        """Rows of a part of a folder that belongs to an object."""
        path, number, append = inside.path, self._number, self._files.append
        for name, size, mtime_ns, inode in entries:
            append(FileRow(number, prefix + name, size, mtime_ns, inode, path))
            inside.bytes += size
        inside.files += len(entries)

    def _close(self, now: _Waiting) -> None:
        one = now.inside
        if one is not None:
            self._sets.append(ImageSet(self._number, one.kind, one.path, one.files, one.bytes, one.detail))
            self._problems += one.odd.problems(one.path)

    def _batch(self) -> Batch:
        sieve = self._sieve
        batch = Batch(tuple(self._files), tuple(self._sets), tuple(sieve.ignored), tuple(self._problems), self._folders)
        self._files, self._sets, sieve.ignored, self._problems, self._folders = [], [], [], [], 0
        self._sent_at = time.monotonic()
        return batch


def _set_path(group: Group, prefix: str) -> str:
    if group.kind is SetKind.PLATE:
        return prefix.rstrip("/") or "."
    return prefix + group.name
