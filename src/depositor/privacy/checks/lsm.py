"""Zeiss LSM: the block CZ_LSMINFO points to texts outside of the tags: the recording with its user, and events.

Source: tifffile's reading of the LSM 5 file format, release 7.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from depositor.privacy.kinds import Kind
from depositor.privacy.texts import forms
from depositor.privacy.texts.slots import Slot
from depositor.privacy.tiff.tags import Entry, Tiff

TAG = 34412
_MAGICS = (0x00300494C, 0x00400494C)
_RECORDINGS = 0x10000000
_ENDED = 0xFFFFFFFF
_TEXT = 2
_MOST = 20_000  # entries and events
_SCAN_AT, _EVENTS_AT = 124, 136  # bytes of CZ_LSMINFO
_NAMES = {
    0x10000001: "Name",
    0x10000002: "Description",
    0x10000003: "Notes",
    0x10000004: "Objective",
    0x10000005: "ProcessingSummary",
    0x10000006: "SpecialScanMode",
    0x10000047: "User",
    0x14000001: "Name",
    0x12000001: "Name",
}
_FREE = frozenset({"Name", "Description", "Notes", "User", "ProcessingSummary"})


def slots(tiff: Tiff, entry: Entry, where: str) -> Iterator[Slot]:
    """The texts of the recording and of its events."""
    raw = tiff.raw(entry, 512)
    if len(raw) >= 152 and struct.unpack_from("<I", raw)[0] in _MAGICS:
        yield from _scan(tiff, struct.unpack_from("<I", raw, _SCAN_AT)[0], f"{where}:LSM")
        yield from _events(tiff, struct.unpack_from("<I", raw, _EVENTS_AT)[0], f"{where}:LSM")


def _scan(tiff: Tiff, offset: int, where: str) -> Iterator[Slot]:
    """Entries of ScanInformation: three numbers (what, type, size), then the value; blocks open and close."""
    at, depth = offset, 0
    for number in range(_MOST):
        head = _read(tiff, at, 12) if at else b""
        if len(head) < 12:
            return
        entry, kind, size = struct.unpack("<III", head)
        if not number and entry != _RECORDINGS:
            return
        if kind == _TEXT and 1 < size < 1 << 24:
            yield _text(tiff, entry, at + 12, size, where, number)
        at += 12 + (size if kind else 0)
        depth += (kind == 0) - 2 * (entry == _ENDED) if kind == 0 else 0
        if depth <= 0:
            return


def _text(tiff: Tiff, entry: int, offset: int, size: int, where: str, number: int) -> Slot:
    name = _NAMES.get(entry, f"{entry:08x}")
    place = f"{where}:{name}" if entry in _NAMES else f"{where}:{name}:{number}"
    form = forms.lines if name not in _FREE or name in ("Description", "Notes") else None
    kind = Kind.USER_NAME if name == "User" else None
    return Slot(place, name if entry in _NAMES else "", tiff.base + offset, size - 1, kind=kind, form=form)


def _events(tiff: Tiff, offset: int, where: str) -> Iterator[Slot]:
    head = _read(tiff, offset, 8) if offset else b""
    count = struct.unpack("<II", head)[1] if len(head) == 8 else 0
    at = offset + 8
    for number in range(min(count, _MOST)):
        raw = _read(tiff, at, 16)
        size = struct.unpack("<I", raw[:4])[0] if len(raw) == 16 else 0
        if size < 16:
            return
        if size > 17:
            yield Slot(f"{where}:event:{number}", "event", tiff.base + at + 16, size - 17)
        at += size


def _read(tiff: Tiff, offset: int, size: int) -> bytes:
    tiff.file.seek(tiff.base + offset)
    return tiff.file.read(size)
