"""Gatan DM3 and DM4: every text in the tree of tags. All have a fixed length, so that a remedy moves nothing.

Source: the public descriptions of the format by Chris Boothroyd and in RosettaSciIO: a tag of type 21 is a group, 20
sorted arrays of tags, 15 structures, 18 texts; numbers in the tree are big-endian, values as the header says.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

_WIDTHS = {2: 2, 3: 4, 4: 2, 5: 4, 6: 4, 7: 8, 8: 1, 9: 1, 10: 1, 11: 8, 12: 8}
_STRUCT, _STRING, _ARRAY = 15, 18, 20
_SHORT = (2, 4)  # texts are arrays of these
_BYTES = (9, 10)
_MOST_TAGS, _MAX_DEPTH, _MOST_TEXT = 500_000, 64, 1 << 20
_LABELS = {
    "Operator": "operator name",
    "Specimen": "specimen name",
    "Microscope": "instrument",
    "Custom Info": "comment",
    "Default User Name": "user name",
    "User": "user name",
}
_QUIET = frozenset({"CLUTName", "FamilyName", "Label", "Units"})  # words of the program


class _Tree:
    """Walks the tags of one file in the order of its bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._wide = exactly(file, 0, 4) == b"\0\0\0\4"
        little = places.number(file, 12 if self._wide else 8, ">I")
        self._order = "little" if little else "big"
        self._at = 16 if self._wide else 12
        self._left = _MOST_TAGS

    def group(self, path: str, depth: int = 0) -> Iterator[Slot]:
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        self._skip(2)  # is sorted, is open
        count = self._length()
        for number in range(count):
            self._left -= 1
            if self._left < 0:
                raise ValueError("too many tags")
            kind, size = self._number(1), self._number(2)
            name = exactly(self._file, self._at, size).decode("latin-1")
            self._at += size
            end = self._at + 8 + self._peek(8) if self._wide else None
            if self._wide:
                self._skip(8)
            here = f"{path}.{name}" if name else f"{path}[{number}]"
            if kind == 20:
                yield from self.group(here, depth + 1)
            elif kind == 21:
                yield from self._value(here, name)
            else:
                raise ValueError("no tag")
            if end is not None and kind == 21:
                self._at = end

    def _value(self, here: str, name: str) -> Iterator[Slot]:
        if exactly(self._file, self._at, 4) != b"%%%%":
            raise ValueError("no value")
        self._skip(4)
        count = self._length()
        if not 0 < count <= 1 << 16:
            raise ValueError("a value of an impossible form")
        width = 8 if self._wide else 4
        raw = exactly(self._file, self._at, count * width)
        form = [int.from_bytes(raw[n : n + width], "big") for n in range(0, len(raw), width)]
        self._at += len(raw)
        yield from self._typed(form, here, name)

    def _typed(self, form: list[int], here: str, name: str) -> Iterator[Slot]:
        if form[0] == _STRING and len(form) > 1:
            yield from self._text(here, name, 2 * form[1])
        elif form[0] == _ARRAY and len(form) == 3 and form[1] in _SHORT:
            yield from self._text(here, name, 2 * form[2])
        elif form[0] == _ARRAY and len(form) == 3 and form[1] in _BYTES and 8 <= form[2] <= 1 << 14:
            yield Slot(f"dm:{here}", "", self._at, form[2], "latin-1", form=runs.byte_runs, rigid=True)
            self._skip(form[2])
        else:
            self._skip(_bytes_of(form))

    def _text(self, here: str, name: str, size: int) -> Iterator[Slot]:
        """A text, unless it is longer than any: then it is a picture of 16 bits."""
        if 2 < size <= _MOST_TEXT and name != "Data" and name not in _QUIET:
            encoding, fill = ("utf-16-le", b" \0") if self._order == "little" else ("utf-16-be", b"\0 ")
            yield Slot(f"dm:{here}", _LABELS.get(name, name), self._at, size, encoding, fill=fill)
        self._skip(size)

    def _number(self, width: int) -> int:
        self._at += width
        return int.from_bytes(exactly(self._file, self._at - width, width), "big")

    def _peek(self, width: int) -> int:
        return int.from_bytes(exactly(self._file, self._at, width), "big")

    def _length(self) -> int:
        return self._number(8 if self._wide else 4)

    def _skip(self, size: int) -> None:
        self._at += size


def _bytes_of(form: list[int]) -> int:
    """How many bytes the value of a form takes. Source: RosettaSciIO, "DigitalMicrograph"."""
    if form[0] in _WIDTHS:
        return _WIDTHS[form[0]]
    if form[0] == _STRUCT and len(form) >= 3:
        return sum(_WIDTHS.get(kind, 0) for kind in form[4::2])
    if form[0] == _ARRAY and len(form) >= 3:
        each = _WIDTHS.get(form[1], 0) if form[1] != _STRUCT else sum(_WIDTHS.get(k, 0) for k in form[5:-1:2])
        return each * form[-1]
    raise ValueError("a value of an unknown form")


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    slots: list[Slot] = []
    try:
        for slot in _Tree(file).group("tags"):
            slots.append(slot)
    except (ValueError, struct.error):
        left.append(remarks.damaged(shown))
    return slots


def _is_dm(path: Path, head: bytes) -> bool:
    if head[:4] not in (b"\0\0\0\3", b"\0\0\0\4") or len(head) < 17:
        return False
    at = 8 if head[3] == 3 else 12
    return head[at : at + 3] == b"\0\0\0" and head[at + 3] in (0, 1) and head[at + 4] in (0, 1)


GATAN = Slotted("gatan", _is_dm, places.with_paths(_layout))
