"""The naming plan: the name of each file at the archive, clashes resolved. Files on disk stay as they are.

Two files clash when the archive would take their names for one: equal after replacing what is forbidden, equal but for
the Unicode form, or (where it does not tell ``A`` from ``a``) equal but for the case. Clashes are looked for among the
entries of one folder, folders included, so that two folders never flow into one. A name that needs no change keeps it
before one that does; all others of a clash get a short mark made from their own path. So the plan does not depend on
the order of the names, and a file added later changes no other file's name unless the two clash.
"""

from __future__ import annotations

import hashlib
import itertools
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile

from depositor.bundle.spelling import Spelling, escaped, mark_of, nfc, steps
from depositor.bundle.writing import text_file
from depositor.draft.capabilities import NamingRule
from depositor.draft.message import Message

RENAMES = "renames.tsv"
_FOLDERS_AT_HAND = 4096


def propose(path: str, rule: NamingRule) -> str:
    """A path that ``rule`` allows, as near to ``path`` (``/`` separated) as can be, and the same in every run.

    A path without violations comes back as it is (in Unicode form NFC). Clashes are the matter of :func:`plan`.
    """
    return Spelling(rule).path(path)


def violations(path: str, rule: NamingRule) -> tuple[Message, ...]:
    """What is wrong with ``path``, a sentence each; empty exactly where :func:`propose` keeps it (but for the form)."""
    return tuple(Spelling(rule).faults(path))


def plan(names: Iterable[str], rule: NamingRule) -> Iterator[tuple[str, str]]:
    """Each name with its name at the archive, in the order they came; no two get the same one.

    The names are gone through twice: a list or the like as it is, an iterator by way of a temporary file. Memory: about
    32 bytes for each file and folder, whatever the length of the names.
    """
    if iter(names) is names:
        names = _Spooled(names)
    census = _Census(Spelling(rule))
    for name in names:
        census.count(name)
    namer = _Namer(census)
    for name in names:
        yield name, namer.name(name)


def write_renames(pairs: Iterable[tuple[str, str]], folder: Path) -> Path | None:
    r"""Write ``renames.tsv`` (original, archive name) for the pairs that differ; None and no file where none does.

    Tabs, line ends and bytes that are no text are written as ``\t``, ``\n``, ``\x..``; ``\`` as ``\\``.
    """
    return folder / RENAMES if write_own_names(pairs, folder / RENAMES) else None


def write_own_names(pairs: Iterable[tuple[str, str]], path: Path) -> int:
    """Write the table of :func:`write_renames` at ``path``; how many pairs differ. No file where none does."""
    renamed = ((old, new) for old, new in pairs if old != new)
    first = next(renamed, None)
    if first is None:
        return 0
    count = 0
    with text_file(path) as out:
        out.write("original\tarchive name\n")
        for old, new in itertools.chain([first], renamed):
            out.write(f"{escaped(old)}\t{new}\n")
            count += 1
    return count


class _Census:
    """What the first round learns: which entries of a folder would have one name."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self.kept = _Hashes()  # names that need no change
        self.changed = _Hashes()
        self.clashing = _Hashes()
        self._folders = _Hashes()
        self._last: list[str] = []

    def count(self, name: str) -> None:
        *folders, leaf = steps(name)
        if folders != self._last:  # names mostly come folder by folder
            self._count_folders(folders)
            self._last = folders
        self._entry("".join(f"/{f}" for f in folders), leaf, top=not folders)

    def _count_folders(self, folders: list[str]) -> None:
        parent = ""
        for at, folder in enumerate(folders):
            path = f"{parent}/{folder}"
            if self._folders.add(_hash(path)):
                self._entry(parent, folder, top=at == 0)
            parent = path

    def _entry(self, parent: str, part: str, top: bool) -> None:
        spelled = self.spelling.segment(part, top=top)
        key = self.key(parent, spelled)
        own = self.kept if spelled == nfc(part) else self.changed
        if not own.add(key):
            self.clashing.add(key)

    def key(self, parent: str, spelled: str) -> int:
        return _hash(f"{parent}/\0{self.spelling.key(spelled)}")

    def clashes(self, key: int, changed: bool) -> bool:
        """Whether an entry must give way: to an equal of its own kind, or, if changed, to one that needs no change."""
        return key in self.clashing or (changed and key in self.kept)


class _Namer:
    """The second round: names the entries one by one, knowing all of them."""

    def __init__(self, census: _Census) -> None:
        self._census = census
        self._spelling = census.spelling
        self._marked = _Hashes()
        self._at_hand: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def name(self, name: str) -> str:
        parts = steps(name)
        folder = self._folder(tuple(parts[:-1]))
        spelled = (*folder, self._entry(parts[:-1], parts[-1], leaf=True))
        return self._spelling.fitted(spelled, parts)

    def _folder(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        path = "/".join(parts)
        known = self._at_hand.get(path)
        if known is None:
            each = (self._entry(parts[:at], parts[at], leaf=False) for at in range(len(parts)))
            known = self._at_hand[path] = tuple(each)
            if len(self._at_hand) > _FOLDERS_AT_HAND:
                self._at_hand.popitem(last=False)
        return known

    def _entry(self, parents: Iterable[str], part: str, *, leaf: bool) -> str:
        parent = "".join(f"/{p}" for p in parents)
        spelled = self._spelling.segment(part, top=not parent)
        key = self._census.key(parent, spelled)
        if not self._census.clashes(key, spelled != nfc(part)):
            return spelled
        return self._apart(parent, part, spelled, leaf)

    def _apart(self, parent: str, part: str, spelled: str, leaf: bool) -> str:
        """``spelled`` with a mark of the entry's own path, a longer one where that is a name too.

        Only a file given twice meets its own mark; a folder is named once for each of its files and keeps its mark.
        """
        own = f"{parent}/{part}" + ("" if leaf else "/")
        for turn in itertools.count():
            marked = self._spelling.marked(spelled, mark_of(own + "\0" * turn, 6 + min(turn, 6)))
            key = self._census.key(parent, marked)
            free = key not in self._census.kept and key not in self._census.changed
            if free and (not leaf or self._marked.add(key)):
                return marked
        raise AssertionError  # the count has no end


class _Hashes:
    """A set of 64-bit numbers in 8 bytes each: open addressing, at most two thirds full.

    Two texts of one hash (for two million texts: 1 in 10 million) give a mark too many, never a name twice.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._used = 0

    def __contains__(self, number: int) -> bool:
        return self._slots[self._find(self._slots, number)] == number

    def add(self, number: int) -> bool:
        """Put ``number`` in; False if it was there."""
        at = self._find(self._slots, number)
        if self._slots[at] == number:
            return False
        self._slots[at] = number
        self._used += 1
        if self._used * 3 > len(self._slots) * 2:
            self._grow()
        return True

    @staticmethod
    def _find(slots: array[int], number: int) -> int:
        size = len(slots)
        at = number % size
        while slots[at] and slots[at] != number:
            at = (at + 1) % size
        return at

    def _grow(self) -> None:
        slots = array("Q", bytes(8 * 2 * len(self._slots)))
        for number in self._slots:
            if number:
                slots[self._find(slots, number)] = number
        self._slots = slots


class _Spooled:
    """Names that come only once, kept in a temporary file so that they can be gone through again."""

    def __init__(self, names: Iterable[str]) -> None:
        self._file = TemporaryFile("w+b")  # noqa: SIM115 - lives as long as the names, and goes with them
        for name in names:
            data = name.encode("utf-8", "surrogatepass")
            self._file.write(len(data).to_bytes(4, "little") + data)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        read: Callable[[int], bytes] = self._file.read
        while head := read(4):
            yield read(int.from_bytes(head, "little")).decode("utf-8", "surrogatepass")


def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1  # 0 marks a free slot
