"""One element of a DICOM data set as it stands in the file, and the data set or item around it."""

from __future__ import annotations

import functools


class Scope:
    """One data set: the file's own or an item of a sequence. ``facts`` holds what its elements say about each other."""

    __slots__ = ("creators", "depth", "facts", "parent", "prefix", "sequence")

    def __init__(self, parent: Scope | None = None, sequence: int = 0, prefix: str = "") -> None:
        self.parent = parent
        self.sequence = sequence  # the tag of the sequence that holds this item, 0 for the file's own data set
        self.prefix = prefix
        self.depth: int = parent.depth + 1 if parent else 0
        self.creators: dict[int, str] = {}
        self.facts: dict[int, bytes] = {}

    def fact(self, tag: int) -> bytes:
        """A value of this data set or of the nearest one around it, as character sets are inherited."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.facts.get(tag)
            if found is not None:
                return found
            scope = scope.parent
        return b""


class Element:
    """One element. ``raw`` may be cut; ``length`` is what the file says, -1 where it does not."""

    __slots__ = ("big", "length", "number", "raw", "scope", "tag", "vr")

    def __init__(self, tag: int, vr: str, raw: bytes, length: int, scope: Scope, big: bool) -> None:
        self.tag, self.vr, self.raw, self.length, self.scope, self.big = tag, vr, raw, length, scope, big

    @property
    def location(self) -> str:
        """The place as findings name it: ``(0040,A730)[0].(0040,A123)``."""
        return f"{self.scope.prefix}({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"

    @property
    def private(self) -> bool:
        return bool(self.tag >> 16 & 1)

    @property
    def whole(self) -> bool:
        """False where only the first part of the value was read."""
        return self.length <= len(self.raw)

    @property
    def creator(self) -> str:
        """The maker of the private block, as it names itself; its group where it does not."""
        group, block = self.tag >> 16, (self.tag & 0xFFFF) >> 8
        return self.scope.creators.get(group << 16 | block) or f"({group:04X})"


# What data sets tell about themselves: character set, coding scheme, code of the concept, type of content.
FACTS = frozenset({0x00080005, 0x00080100, 0x00080102, 0x0040A040})


@functools.lru_cache(maxsize=8192)
def vr_of(tag: int) -> str:
    """The representation by the dictionary, for files that do not write it."""
    from pydicom.datadict import dictionary_VR

    if tag & 0xFFFF == 0:
        return "UL"
    if tag >> 16 & 1:
        return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
    try:
        return str(dictionary_VR(tag)).split(" or ", maxsplit=1)[0]
    except KeyError:
        return "UN"
