"""Documents of Office 97 to 2003 and Outlook messages: their properties by name, and all readable pieces.

Texts are overwritten in place. Source: Microsoft, [MS-OLEPS], [MS-OXMSG], [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import runs
from depositor.privacy.texts.compound import MAGIC, CompoundFile, Stream
from depositor.privacy.texts.extents import Extent, Extents
from depositor.privacy.texts.slots import Slot

ENDINGS = (
    *(".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm"),  # these are compound files where a password locks them
    *(".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".msg", ".oft", ".vsd", ".mpp", ".pub"),
)
_MOST_STREAM = 16 << 20
_MOST_FREE = 16 << 20
_SUMMARY = {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comment", 7: "path", 8: "author"}
_MORE = {2: "", 14: "author", 15: "company", 29: ""}
_MESSAGE = {
    "0037": "title",
    "0042": "author",
    "0065": "email",
    "0C1A": "author",
    "0C1F": "email",
    "0E02": "author",
    "0E03": "author",
    "0E04": "author",
    "1000": "",
    "3001": "title",
    "3704": "filename",
    "3707": "filename",
    "39FE": "email",
    "3FF8": "author",
    "3FFA": "author",
    "5D01": "email",
    "5D02": "email",
    "007D": "",
}


class _Contents(Extents):
    """The streams of a document as one file, with a list of the texts in them."""

    def __init__(self, file: BinaryIO) -> None:
        self.listed: list[Slot] = []
        self.cut_off = self.locked = False
        self._gathered: list[Extent] = []
        self._length = 0
        compound = CompoundFile(file)
        for stream in compound.streams():
            self._take(file, stream)
        free = compound.free()[: _MOST_FREE // 512]
        self._pieces_of("free", free, sum(length for _at, length in free))
        super().__init__(file, self._gathered)

    def _take(self, file: BinaryIO, stream: Stream) -> None:
        name = stream.path.rsplit("/", 1)[-1]
        labels = _SUMMARY if name.endswith("\5SummaryInformation") else _MORE
        self.cut_off |= stream.size > _MOST_STREAM
        self.locked |= name in ("EncryptedPackage", "EncryptionInfo")
        if name.startswith("__substg1.0_") and name.endswith(("001F", "001E")):
            self._message_field(name, stream)
            return
        if "SummaryInformation" in name:
            begin = self._add(stream.pieces)
            raw = Extents(file, stream.pieces).read(1 << 20)
            with suppress(struct.error):  # what is damaged is still looked at piece by piece
                self.listed += _properties(raw, begin, name.strip("\5"), labels)
        self._pieces_of(name.strip("\5\1"), list(stream.room), min(sum(n for _a, n in stream.room), _MOST_STREAM))

    def _message_field(self, name: str, stream: Stream) -> None:
        begin = self._add(stream.pieces)
        wide = name.endswith("001F")
        label = _MESSAGE.get(name[12:16].upper(), "")
        encoding, fill = ("utf-16-le", b" \0") if wide else ("utf-8", b" ")
        self.listed.append(Slot(f"message:{name[12:]}:{begin}", label, begin, stream.size, encoding, fill=fill))

    def _pieces_of(self, place: str, pieces: list[Extent], size: int) -> None:
        if size < 8:
            return
        begin = self._add(pieces)
        odd = [(begin, "utf-16-le", runs.wide_runs, "wide"), (begin, "latin-1", runs.byte_runs, "text")]
        for at, encoding, form, name in odd:
            self.listed.append(Slot(f"{place}:{name}", "", at, size, encoding, form=form, rigid=True))
        if size > 9:
            self.listed.append(
                Slot(f"{place}:odd", "", begin + 1, size - 1, "utf-16-le", form=runs.wide_runs, rigid=True)
            )

    def _add(self, pieces: tuple[Extent, ...] | list[Extent]) -> int:
        begin = self._length
        self._gathered += pieces
        self._length += sum(length for _at, length in pieces)
        return begin


def _properties(raw: bytes, begin: int, place: str, labels: dict[int, str]) -> Iterator[Slot]:
    """The texts of a property set. Raises struct.error where it ends too early."""
    if len(raw) < 48:
        return
    count = min(struct.unpack_from("<I", raw, 24)[0], 4)
    for number in range(count):
        start = struct.unpack_from("<I", raw, 28 + 20 * number + 16)[0]
        listed = min(struct.unpack_from("<I", raw, start + 4)[0], 500)
        for at in range(start + 8, start + 8 + 8 * listed, 8):
            key, offset = struct.unpack_from("<II", raw, at)
            yield from _property(raw, start + offset, begin, f"{place}:{key}:{number}", labels.get(key, ""))


def _property(raw: bytes, at: int, begin: int, place: str, label: str) -> Iterator[Slot]:
    if at + 8 > len(raw):
        return
    kind, length = struct.unpack_from("<II", raw, at)
    size = 2 * length if kind == 31 else length
    if kind not in (30, 31) or not 1 < size <= len(raw) - at - 8:
        return
    encoding, fill = ("utf-16-le", b" \0") if kind == 31 else ("utf-8", b" ")
    if raw[at + 8 : at + 8 + size].strip(b"\0 "):
        ended = 2 if kind == 31 else 1
        yield Slot(place, label, begin + at + 8, size - ended, encoding, fill=fill)


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left += [remarks.pieces_of_document(shown), remarks.inner_pictures(shown)]
    contents = cast("_Contents", file)  # as the view below gives it
    if contents.locked:
        left.append(remarks.encrypted(shown))
    if contents.cut_off:
        left.append(remarks.limits(shown))
    return contents.listed


def _contents(file: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", _Contents(file))


def _knows(path: Path, head: bytes) -> bool:
    return head.startswith(MAGIC) and path.name.lower().endswith(ENDINGS)


OLE = Slotted("ole", _knows, _layout, view=_contents)
