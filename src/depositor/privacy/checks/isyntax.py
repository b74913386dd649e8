"""Philips iSyntax: XML with texts and with pictures of label and glass as base64, up to a byte 4; then wavelets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.texts.slots import Slot
from depositor.privacy.tiff import slide_texts, slide_xml

_END = b"\x04"
_LONGEST = 32 << 20  # bytes of the header
_BLOCK = 1 << 16


def _header(file: BinaryIO) -> tuple[str, bool]:
    """The XML as Latin-1, so that places in it are bytes of the file; False where its end was not found."""
    file.seek(0)
    raw = bytearray()
    while len(raw) < _LONGEST and (block := file.read(_BLOCK)):
        raw += block
        if _END in block:
            return raw[: raw.index(_END)].decode("latin-1"), True
    return raw.decode("latin-1"), False


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    text, whole = _header(file)
    if not whole:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return list(_slots(text, shown, left))


def _slots(text: str, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    """The XML in pieces between the pictures, so that what is written into one piece moves nothing in the next."""
    at = 0
    for source, start, length in slide_xml.encoded_pictures(text):
        yield _piece(at, start)
        at = start + length
        if text[start:at].strip():
            left.append(remarks.label_pixels(shown))
            place = f"isyntax:{source}"
            yield Slot(
                place, "", start, length, fill=b" ", kind=Kind.LABEL_PICTURE, blank=True, shown=f"{source} picture"
            )
    yield _piece(at, len(text))


def _piece(start: int, end: int) -> Slot:
    return Slot(f"isyntax:{start}", "", start, end - start, fill=b" ", form=slide_texts.xml, kinds=slide_texts.kind_of)


def _knows(path: Path, head: bytes) -> bool:
    return head[:256].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") and b'ObjectType="DPUfsImport"' in head


ISYNTAX = Slotted("isyntax", _knows, _layout)
