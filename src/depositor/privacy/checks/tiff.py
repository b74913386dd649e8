"""TIFF, OME-TIFF, ImageJ, LSM, STK and the slide formats built on TIFF: every text tag of every page."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy import forms, runs
from depositor.privacy.checks import remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.kinds import Kind
from depositor.privacy.slots import Slot
from depositor.privacy.tiff_tags import Directory, Entry, Tiff

NAMES = {
    269: "DocumentName",
    270: "ImageDescription",
    271: "Make",
    272: "Model",
    285: "PageName",
    305: "Software",
    306: "DateTime",
    315: "Artist",
    316: "HostComputer",
    337: "TargetPrinter",
    700: "XMP",
    33432: "Copyright",
    33723: "IPTC",
    34118: "ZeissSEM",
    34377: "Photoshop",
    34680: "FEI",
    34682: "FEIHelios",
    36867: "DateTimeOriginal",
    36868: "DateTimeDigitized",
    37510: "UserComment",
    40091: "XPTitle",
    40092: "XPComment",
    40093: "XPAuthor",
    40094: "XPKeywords",
    40095: "XPSubject",
    42016: "ImageUniqueID",
    42032: "CameraOwnerName",
    42033: "BodySerialNumber",
    42037: "LensSerialNumber",
    50839: "ImageJ",
    51123: "MicroManager",
    65427: "Reference",
    65449: "PropertyMap",
}
_KINDS = {
    306: Kind.DATE,
    36867: Kind.DATE,
    36868: Kind.DATE,
    315: Kind.STAFF_NAME,
    316: Kind.HOST,
    33432: Kind.INSTITUTION,
    42032: Kind.STAFF_NAME,
    42033: Kind.SERIAL,
    42037: Kind.SERIAL,
    65427: Kind.CASE_NUMBER,
    40093: Kind.STAFF_NAME,
}
_TECHNICAL = frozenset({271, 272, 305, 37121, 37520, 37521, 37522, 36880, 36881, 36882, 42034, 42035, 42036, 1, 3})
_BINARY_TEXT = frozenset({33723, 34377, 34412, 37500, 34119, 65024, 50838})
_NUMBERS_ONLY = frozenset({273, 279, 324, 325, 320, 347, 34675, 37724, 50838, 50833, 519})
_GPS = {2: "GPSLatitude", 4: "GPSLongitude", 6: "GPSAltitude", 20: "GPSDestLatitude", 22: "GPSDestLongitude"}


def _knows(path: Path, head: bytes) -> bool:
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+") and head[128:132] != b"DICM"


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    tiff = Tiff(file)
    slots = list(slots_of(tiff, "tiff", shown, left))
    slots += _micromanager(file, tiff)
    if tiff.damaged or not tiff.valid:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return slots


def _micromanager(file: BinaryIO, tiff: Tiff) -> Iterator[Slot]:
    """The blocks of text that Micro-Manager keeps outside the tags. Source: Micro-Manager's file format, MMStack."""
    file.seek(8)
    raw = file.read(32)
    if len(raw) < 32 or not tiff.order:
        return
    words = struct.unpack(tiff.order + "8I", raw)
    blocks = [("summary", 32, _MM_SUMMARY)] if words[6] == _MM_SUMMARY else []
    blocks += [("display", words[3], 347834724)] if words[2] == 483765892 else []
    blocks += [("comments", words[5], 84720485)] if words[4] == 99384722 else []
    for name, offset, magic in blocks:
        file.seek(offset)
        head = file.read(8)
        if len(head) == 8 and struct.unpack(tiff.order + "I", head[:4])[0] == magic:
            length = struct.unpack(tiff.order + "I", head[4:])[0]
            yield Slot(f"tiff:micro-manager:{name}", "", offset + 8, length, fill=b" ")


def slots_of(tiff: Tiff, prefix: str, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    """The slots of all directories; values that pages share are listed once."""
    seen: set[int] = set()
    aperio = False
    for directory in tiff.directories():
        if directory.name.endswith("/gps"):
            yield from _position(tiff, directory, prefix)
            continue
        if directory.get(34412) and directory.name == "0":
            left.append(
                remarks.inner(shown)
            )  # Zeiss LSM keeps scan information, with the user's name, in a block of its own
        for entry in directory.entries:
            if entry.offset in seen or entry.code in _NUMBERS_ONLY:
                continue
            slot = _slot(tiff, entry, f"{prefix}:{directory.name}")
            if slot:
                seen.add(entry.offset)
                yield slot
        aperio = aperio or _says(tiff, directory).startswith("Aperio")
        picture = _picture(tiff, directory, aperio)
        if picture:
            left.append(remarks.label_pixels(shown))
            location = f"{prefix}:{directory.name}:{picture}"
            size = "x".join(str((tiff.numbers(e) or (0,))[0]) for c in (256, 257) if (e := directory.get(c)))
            yield Slot(location, "", 0, 0, kind=Kind.LABEL_PICTURE, blank=True, shown=f"{picture} {size}")


def _slot(tiff: Tiff, entry: Entry, where: str) -> Slot | None:
    """The slot of one tag, None for tags that hold numbers."""
    name = NAMES.get(entry.code, f"tag {entry.code}")
    slot = Slot(f"{where}:{name}", name, tiff.base + entry.offset, entry.length, kind=_KINDS.get(entry.code))
    special = _SPECIAL.get(entry.code)
    if special:
        return special(tiff, entry, slot)
    if entry.type == 2:
        return replace(slot, form=forms.lines) if entry.code in _TECHNICAL else slot
    if entry.type not in (1, 7) or entry.length < 8:
        return None
    if entry.code in NAMES and entry.code not in _BINARY_TEXT:
        return slot
    return replace(slot, form=runs.runs, rigid=True) if entry.length >= 32 or entry.code in _BINARY_TEXT else None


def _wide(tiff: Tiff, entry: Entry, slot: Slot) -> Slot:
    """Windows' own tags: UTF-16 whatever the order of the file."""
    return replace(slot, encoding="utf-16-le")


def _comment(tiff: Tiff, entry: Entry, slot: Slot) -> Slot | None:
    """EXIF's user comment begins with eight bytes that name its encoding."""
    order = "utf-16-le" if tiff.order == "<" else "utf-16-be"
    encoding = order if tiff.raw(entry, 8).startswith(b"UNICODE") else "utf-8"
    return (
        replace(slot, offset=slot.offset + 8, length=entry.length - 8, encoding=encoding) if entry.length > 8 else None
    )


def _imagej(tiff: Tiff, entry: Entry, slot: Slot) -> Slot:
    """The texts of ImageJ's block after its head: "IJIJ", then for each part a type of four letters and a count."""
    order = "utf-16-le" if tiff.order == "<" else "utf-16-be"
    raw, head = tiff.raw(entry, 4096), 4
    while raw[head : head + 4] in _IMAGEJ_TYPES:
        head += 8
    return replace(
        slot, offset=slot.offset + head, length=slot.length - head, encoding=order, form=forms.lines, rigid=True
    )


_MM_SUMMARY = 2355492
_IMAGEJ_TYPES = frozenset(
    {t for name in (b"info", b"labl", b"prop", b"luts", b"rang", b"over", b"roi ", b"plot") for t in (name, name[::-1])}
)
_SPECIAL: dict[int, Callable[[Tiff, Entry, Slot], Slot | None]] = {
    37510: _comment,
    50839: _imagej,
    **dict.fromkeys((40091, 40092, 40093, 40094, 40095), _wide),
}


def _position(tiff: Tiff, directory: Directory, prefix: str) -> Iterator[Slot]:
    """Where the picture was taken, in degrees; the date and other entries of the block go with it."""
    for entry in directory.entries:
        name = _GPS.get(entry.code)
        place = f"{prefix}:{directory.name}:{name or f'tag {entry.code}'}"
        if name and entry.type in (5, 10):
            parts = tiff.rationals(entry)
            degrees = sum(p / 60**n for n, p in enumerate(parts))
            shown = f"{degrees:.4f}" if degrees else "0"
            yield Slot(place, name, tiff.base + entry.offset, entry.length, kind=Kind.GPS, blank=True, shown=shown)
        elif entry.type == 2 and entry.length > 4:
            yield Slot(place, "", tiff.base + entry.offset, entry.length, kind=Kind.DATE if entry.code == 29 else None)


def _says(tiff: Tiff, directory: Directory) -> str:
    entry = directory.get(270)
    return tiff.raw(entry, 256).decode("latin-1") if entry else ""


def _picture(tiff: Tiff, directory: Directory, aperio: bool) -> str | None:
    """``label`` or ``macro`` where this page is such a picture of a slide."""
    if "/" in directory.name:
        return None
    text = _says(tiff, directory).lower()
    lens = directory.get(65421)
    if lens is not None and lens.type == 11 and tiff.raw(lens, 4) in (b"\0\0\x80\xbf", b"\xbf\x80\0\0"):
        return "macro"
    if "label" in text.split() or text.startswith(("label_image", "label image")):
        return "label"
    if "macro" in text.split() or text.startswith(("macroimage", "macro image")):
        return "macro"
    kind = directory.get(254)
    number = (tiff.numbers(kind) or (0,))[0] if kind else 0
    if aperio and directory.name != "0" and directory.get(322) is None and number in (1, 9):
        return "label" if number == 1 else "macro"
    return None


TIFF = Slotted("tiff", _knows, _layout)
