"""Zeiss CZI: metadata documents, attachments, texts of subblocks, and what deleted segments still hold.

Source: Carl Zeiss Microscopy, "ZEN (blue edition) CZI file format", DV 1.2.2: segments of 32 + allocated bytes.
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import runs
from depositor.privacy.texts.forms import Part
from depositor.privacy.texts.slots import Slot

PICTURES = {
    "Label": Kind.LABEL_PICTURE,
    "SlidePreview": Kind.LABEL_PICTURE,
    "Prescan": Kind.PREVIEW_PICTURE,
    "Thumbnail": Kind.PREVIEW_PICTURE,
}
HEADER, BEFORE_DATA = 32, 256  # bytes of a segment's header; of what stands before XML, attachment or pixels
_MOST_SEGMENTS = 200_000
_MOST_TEXTS = 64 * 1024 * 1024  # bytes of metadata of subblocks
_MOST_LEFTOVER = 8 * 1024 * 1024
_MOST_ATTACHED = 1024 * 1024
_USER = re.compile(r"(?:^|/)User(?:\[\d+\])?/")
_NUMBERS = ("CZTIMS", "CZLUT", "CZFBMX", "CZFOC")  # attachments of numbers alone


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: ``end`` is that of the room it has, ``used`` the bytes of data that it says it uses."""

    name: str
    offset: int
    used: int
    end: int

    @property
    def data(self) -> int:
        return self.offset + HEADER


def segments(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[Segment]:
    """The segments one after another. Raises ValueError where a header is none."""
    stop = places.size_of(file) if end is None else end
    for _ in range(_MOST_SEGMENTS):
        if start + HEADER > stop:
            return
        name, room, used = struct.unpack("<16sqq", exactly(file, start, HEADER))
        text = name.rstrip(b"\0").decode("latin-1")
        if not (text.startswith("ZISRAW") or text == "DELETED") or room < 0:
            raise ValueError("no segment")
        here = Segment(text, start, min(max(used, 0), room), min(start + HEADER + room, stop))
        yield here
        start += HEADER + room
    raise ValueError("too many segments")


def _xml(text: str) -> Iterator[Part]:
    """What stands under a user is about that user, whatever the element is called."""
    for part in places.measured_xml(text):
        of_user = _USER.search(part.location) and part.label in ("DisplayName", "Name", "Login", "Id")
        yield replace(part, label="user name") if of_user and not part.text.startswith("User:") else part


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    slots: list[Slot] = []
    try:
        for slot in _Walk(file, shown, left).slots(0, None, "czi"):
            slots.append(slot)
    except (ValueError, struct.error):
        left.append(remarks.damaged(shown))
        slots += [s for s in _told(file) if s.offset not in {known.offset for known in slots}]
    return slots


def _told(file: BinaryIO) -> list[Slot]:
    """What the file's header leads to, for files whose chain of segments is broken."""
    slots: list[Slot] = []
    with contextlib.suppress(ValueError, struct.error):
        at = places.number(file, 92, "<q")
        if at > 0 and exactly(file, at, 14) == b"ZISRAWMETADATA":
            size = places.number(file, at + HEADER, "<i")
            left = places.size_of(file) - at - HEADER - BEFORE_DATA
            slots += places.document(file, "czi", at + HEADER + BEFORE_DATA, max(min(size, left), 0), form=_xml)
    with contextlib.suppress(ValueError, struct.error):
        directory = places.number(file, 104, "<q")
        for number in range(min(places.number(file, directory + HEADER, "<i"), 256) if directory > 0 else 0):
            entry = exactly(file, directory + HEADER + BEFORE_DATA + 128 * number, 128)
            slots += _picture(entry[48:].split(b"\0")[0].decode("latin-1"), "czi")
    return slots


def _picture(name: str, prefix: str) -> list[Slot]:
    kind = PICTURES.get(name)
    place = f"{prefix}:attachment:{name}"
    return [Slot(place, "", 0, 0, kind=kind, blank=True, shown=f"attachment {name}")] if kind else []


class _Walk:
    """Lists the places of one file; subblocks' texts are counted, so that a million of them stay bounded."""

    def __init__(self, file: BinaryIO, shown: str, left: list[NotChecked]) -> None:
        self._file, self._shown, self._left = file, shown, left
        self._room = _MOST_TEXTS
        self._count = 0

    def slots(self, start: int, end: int | None, prefix: str) -> Iterator[Slot]:
        for segment in segments(self._file, start, end):
            if segment.name == "ZISRAWMETADATA":
                yield from self._metadata(segment, prefix)
            elif segment.name == "ZISRAWSUBBLOCK":
                yield from self._subblock(segment, prefix)
            elif segment.name == "ZISRAWATTACH":
                yield from self._attachment(segment, prefix)
            elif segment.name == "DELETED":
                yield from self._leftover(segment.data, segment.end, f"{prefix}:deleted")

    def _metadata(self, segment: Segment, prefix: str) -> Iterator[Slot]:
        size = max(places.number(self._file, segment.data, "<i"), 0)
        begin = segment.data + BEFORE_DATA
        yield from places.document(self._file, prefix, begin, min(size, max(segment.end - begin, 0)), form=_xml)
        yield from self._leftover(begin + size, segment.end, f"{prefix}:behind")

    def _subblock(self, segment: Segment, prefix: str) -> Iterator[Slot]:
        if segment.used < 48:
            return
        head = exactly(self._file, segment.data, 48)
        size, dimensions = struct.unpack_from("<i", head)[0], struct.unpack_from("<i", head, 44)[0]
        if size < 24 or not 0 <= dimensions <= 64:  # "<METADATA />" and less
            return
        self._room -= size
        self._count += 1
        if self._room < 0:
            if self._room + size >= 0:
                self._left.append(remarks.too_long(self._shown, _MOST_TEXTS >> 20))
            return
        begin = segment.data + max(BEFORE_DATA, 16 + 32 + 20 * dimensions)
        if begin + size <= segment.end:
            yield from places.document(self._file, f"{prefix}:subblock:{self._count - 1}", begin, size)

    def _attachment(self, segment: Segment, prefix: str) -> Iterator[Slot]:
        raw = exactly(self._file, segment.data, 144)
        size = max(struct.unpack_from("<i", raw)[0], 0)
        form, name = (raw[16 + a : 16 + b].split(b"\0")[0].decode("latin-1") for a, b in ((40, 48), (48, 128)))
        place, begin = f"{prefix}:attachment:{name}", segment.data + BEFORE_DATA
        picture = _picture(name, prefix)
        if picture:
            self._left.append(remarks.label_pixels(self._shown))
            yield from picture
        if form == "CZI" and prefix == "czi":
            yield from self.slots(begin, min(begin + size, segment.end), place)
        elif form.startswith("Zip"):
            self._left.append(remarks.inner(self._shown))
        elif form not in _NUMBERS and not picture:
            yield from self._leftover(begin, min(begin + size, segment.end, begin + _MOST_ATTACHED), place)

    def _leftover(self, begin: int, end: int, place: str) -> Iterator[Slot]:
        """Bytes that nobody describes: XML where it looks like it, else readable runs."""
        size = min(end - begin, _MOST_LEFTOVER)
        if size < 8:
            return
        start = exactly(self._file, begin, min(size, 4096))
        found = start.find(b"<")
        if found >= 0 and b">" in start[found : found + 400] and not start[:found].strip(b"\0"):
            yield from places.document(self._file, f"{place}:{begin}", begin + found, size - found, form=_xml)
        elif start.strip(b"\0"):
            yield Slot(f"{place}:{begin}", "", begin, size, "latin-1", form=runs.byte_runs, rigid=True)


def _is_czi(path: Path, head: bytes) -> bool:
    return head[:10] == b"ZISRAWFILE"


CZI = Slotted("czi", _is_czi, places.with_paths(_layout))
