"""The entries of one folder, one by one: what is a file to list, what is junk, and what is odd about it."""

from __future__ import annotations

import fnmatch
import os
import re
import stat as modes
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import Ignored
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side, Stopped
from depositor.scan import kinds, troubles
from depositor.scan.grouping import Entry

_CHECK_EVERY = 500  # entries between two looks at the cancel flag
_RECENT_NS = 2_000_000_000
_INODE = (1 << 63) - 1  # what fits into an integer of the store
_MOST_RECENT = 1000  # files that are looked at a second time
_WINDOWS = sys.platform == "win32"
_OWN_HIDDEN = frozenset((".zattrs", ".zgroup", ".zarray", ".zmetadata"))


class Odd:
    """What is odd in one folder or object: per kind the number, and the path where it is only one."""

    __slots__ = ("_count", "_first")

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._count: Counter[str] = Counter()

    def note(self, code: str, path: str) -> None:
        """One more of the kind ``code`` at ``path``."""
        self._first.setdefault(code, path)
        self._count[code] += 1

    def problems(self, folder: str) -> list[Problem]:
        """One Problem per kind: at the file where it is one, at ``folder`` where they are many."""
        return [
            troubles.problem(code, self._first[code] if n == 1 else folder or ".", n) for code, n in self._count.items()
        ]


def stopped() -> Stopped:
    """The user cancelled the scan."""
    return Stopped(
        Problem(
            "scan.stopped",
            Side.COMPUTER,
            msg("scan.stopped", "Looking through the folders was stopped."),
            msg("scan.stopped.advice", "Scan again when you are ready; nothing was changed."),
        )
    )


class Sieve:
    """The rules of one root: patterns to leave out, links, what counts as recent."""

    def __init__(self, number: int, homes: Sequence[str], patterns: Sequence[str], cancel: Cancel) -> None:
        self.ignored: list[Ignored] = []
        self._number = number
        self._homes = homes
        self._cancel = cancel
        self._names = _union([p for p in patterns if "/" not in p.strip("/")])
        self._paths = _union([p for p in patterns if "/" in p.strip("/")])
        self._recent_after = time.time_ns() - _RECENT_NS
        self._recent: list[tuple[str, str, int, int]] = []

    def sift(
        self, part: Sequence[os.DirEntry[str]], prefix: str, inside: bool, odd: Odd, children: list[str]
    ) -> list[Entry]:
        """The files of ``part`` to list; folders go to ``children``, the rest to ``odd`` or :attr:`ignored`."""
        found: list[Entry] = []
        first, ends, recent = kinds.JUNK_FIRST, kinds.JUNK_ENDINGS, self._recent_after
        unfiltered = not (self._names or self._paths or _WINDOWS)
        for at, entry in enumerate(part):
            if at % _CHECK_EVERY == 0 and self._cancel:
                raise stopped()
            name = entry.name
            try:
                if not entry.is_file(follow_symlinks=False):
                    self._other(entry, prefix, odd, children)
                    continue
                # These two questions let nearly every file pass; the calls below ask them in full.
                plain = unfiltered and name[0] not in first and name[-4:] not in ends and name.isascii()
                if not plain and not self.keeps(name, prefix, odd):
                    continue
                stat = entry.stat(follow_symlinks=False)
                size, mtime_ns = stat.st_size, stat.st_mtime_ns
                if plain and size and mtime_ns <= recent and stat.st_mode & 0o444 == 0o444:
                    found.append((name, size, mtime_ns, stat.st_ino & _INODE))
                else:
                    found.append(self.look(name, entry.path, stat, prefix, inside, odd))
            except FileNotFoundError:
                odd.note("scan.vanished", prefix + name)
            except OSError:
                odd.note("scan.unreadable", prefix + name)
        return found

    def keeps(self, name: str, prefix: str, odd: Odd) -> bool:
        """False for junk, for what the user left out, and for a name that cannot be written down."""
        if not name.isascii() and not _is_text(name):
            odd.note("scan.name-not-text", _shown(prefix + name))
            return False
        junk = kinds.junk_file(name)
        if junk:
            self.ignored.append(Ignored(self._number, prefix + name, kinds.why(junk)))
            return False
        return not self.leaves_out(name, prefix)

    def leaves_out(self, name: str, prefix: str) -> bool:
        """True (and noted) for what a pattern of the user leaves out."""
        if not (self._names or self._paths):
            return False
        hit = (self._names and self._names.fullmatch(name)) or (self._paths and self._paths.fullmatch(prefix + name))
        if hit:
            self.ignored.append(Ignored(self._number, prefix + name, kinds.why("excluded", _pattern_of(hit))))
        return bool(hit)

    def look(self, name: str, path: str, found: os.stat_result, prefix: str, inside: bool, odd: Odd) -> Entry:
        """The entry of a file, with what is odd about it noted."""
        size = found.st_size
        if size == 0:
            odd.note("scan.empty", prefix + name)
        if (name[0] == "." and not (inside and name in _OWN_HIDDEN)) or (_WINDOWS and _is_flagged(found)):
            odd.note("scan.hidden", prefix + name)
        if found.st_mode & 0o444 != 0o444 and not os.access(path, os.R_OK):
            odd.note("scan.unreadable", prefix + name)
        if found.st_mtime_ns > self._recent_after and len(self._recent) < _MOST_RECENT:
            self._recent.append((path, prefix + name, size, found.st_mtime_ns))
        return name, size, found.st_mtime_ns, found.st_ino & _INODE

    def _other(self, entry: os.DirEntry[str], prefix: str, odd: Odd, children: list[str]) -> None:
        name = entry.name
        junction = getattr(entry, "is_junction", None)
        if entry.is_symlink() or (junction and junction()):
            odd.note(self._link(entry.path), _shown(prefix + name))
        elif not entry.is_dir(follow_symlinks=False):
            mode = entry.stat(follow_symlinks=False).st_mode
            odd.note("scan.special" if not modes.S_ISREG(mode) else "scan.vanished", _shown(prefix + name))
        elif not _is_text(name):
            odd.note("scan.name-not-text", _shown(prefix + name))
        elif kinds.junk_folder(name):
            self.ignored.append(Ignored(self._number, prefix + name, kinds.why(kinds.junk_folder(name) or "")))
        elif not self.leaves_out(name, prefix):
            children.append(name)

    def _link(self, path: str) -> str:
        target = os.path.realpath(path)
        if not Path(target).exists():
            return "scan.link-broken"
        inside = any(target == home or target.startswith(home.rstrip(os.sep) + os.sep) for home in self._homes)
        return "scan.link" if inside else "scan.link-outside"

    def growing(self) -> list[Problem]:
        """Look again at the files that were new: those that changed since, or only just now, as Problems per folder."""
        folders: dict[str, Odd] = {}
        just_now = time.time_ns() - _RECENT_NS
        for path, shown, size, mtime_ns in self._recent:
            folder = shown.rpartition("/")[0]
            try:
                now = Path(path).stat()
            except OSError:
                folders.setdefault(folder, Odd()).note("scan.vanished", shown)
                continue
            if (now.st_size, now.st_mtime_ns) != (size, mtime_ns) or now.st_mtime_ns > just_now:
                folders.setdefault(folder, Odd()).note("scan.growing", shown)
        return [problem for folder, odd in folders.items() for problem in odd.problems(folder)]


class Clashes:
    """Names of one folder that differ only in capital letters or in how accents are stored."""

    def __init__(self, prefix: str, odd: Odd) -> None:
        self._prefix = prefix
        self._odd = odd
        self._seen: set[int] = set()

    def add(self, names: Sequence[str]) -> None:
        """Note the clashes among ``names`` and with those of earlier calls."""
        lowered = [n.lower() if n.isascii() else unicodedata.normalize("NFC", n).casefold() for n in names]
        keys = set(map(hash, lowered))
        if len(keys) == len(names) and keys.isdisjoint(self._seen):
            self._seen |= keys
            return
        composed: set[str] = set()
        for name, low in zip(names, lowered, strict=True):
            form = unicodedata.normalize("NFC", name)
            if hash(low) in self._seen:
                kind = "scan.unicode-clash" if form in composed else "scan.case-clash"
                self._odd.note(kind, _shown(self._prefix + name))
            self._seen.add(hash(low))
            composed.add(form)


def _union(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """One expression for all glob patterns; ``raw/`` and ``raw/**`` leave out the folder itself."""
    cleaned = [p.removesuffix("/**").strip("/") for p in patterns]
    parts = [f"(?P<p{n}_{p.encode().hex()}>{fnmatch.translate(p)})" for n, p in enumerate(cleaned) if p]
    return re.compile("|".join(parts)) if parts else None


def _pattern_of(hit: re.Match[str]) -> str:
    return bytes.fromhex((hit.lastgroup or "_").partition("_")[2]).decode()


def _is_flagged(found: os.stat_result) -> bool:
    """True for what Windows keeps hidden."""
    return bool(getattr(found, "st_file_attributes", 0) & 2)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8")
