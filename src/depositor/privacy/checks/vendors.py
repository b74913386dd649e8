"""Microscope formats whose texts lie in one block: Zeiss CZI, Leica LIF."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import forms
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.slots import Slot

_PICTURES = {"Label": Kind.LABEL_PICTURE, "SlidePreview": Kind.LABEL_PICTURE, "Prescan": Kind.PREVIEW_PICTURE}


def _at(file: BinaryIO, offset: int, form: str) -> int:
    file.seek(offset)
    raw = file.read(struct.calcsize(form))
    return int(struct.unpack(form, raw)[0]) if len(raw) == struct.calcsize(form) else 0


def _czi(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """The XML of the metadata segment and the names of the attachments. Source: ZEN file format, DV 1.2."""
    slots: list[Slot] = []
    metadata = _at(file, 92, "<q")
    file.seek(metadata if metadata > 0 else 0)
    if metadata > 0 and file.read(14) == b"ZISRAWMETADATA":
        slots.append(Slot("czi", "", metadata + 288, max(_at(file, metadata + 32, "<i"), 0), fill=b" ", form=forms.xml))
    else:
        left.append(remarks.damaged(shown))
    slots += _attachments(file, shown, left)
    left.append(remarks.pixels(shown))
    return slots


def _attachments(file: BinaryIO, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    directory = _at(file, 104, "<q")
    count = _at(file, directory + 32, "<i") if directory > 0 else 0
    for number in range(min(max(count, 0), 256)):
        file.seek(directory + 32 + 256 + number * 128)
        entry = file.read(128)
        name = entry[48:128].split(b"\0")[0].decode("latin-1")
        kind = _PICTURES.get(name)
        if kind:
            left.append(remarks.label_pixels(shown))
            yield Slot(f"czi:attachment:{name}", "", 0, 0, kind=kind, blank=True, shown=f"attachment {name}")


def _lif(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """The XML in front of the pictures: UTF-16 after a head of 13 bytes."""
    left.append(remarks.pixels(shown))
    return [Slot("lif", "", 13, _at(file, 9, "<i") * 2, encoding="utf-16-le", fill=b" \0", form=forms.xml)]


def _is_czi(path: Path, head: bytes) -> bool:
    return head[:10] == b"ZISRAWFILE"


def _is_lif(path: Path, head: bytes) -> bool:
    return head[:4] == b"\x70\0\0\0" and head[8:9] == b"\x2a" and head[13:15] == b"<\0"


CZI = Slotted("czi", _is_czi, _czi)
LIF = Slotted("lif", _is_lif, _lif)
