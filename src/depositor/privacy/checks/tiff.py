"""TIFF, OME-TIFF, ImageJ, LSM, STK and the slide formats built on TIFF: every text tag of every page."""

from __future__ import annotations

from collections.abc import Iterator
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
_UTF16 = frozenset({40091, 40092, 40093, 40094, 40095})
_BINARY_TEXT = frozenset({33723, 34377, 34412, 37500, 34119, 65024, 50838})
_NUMBERS_ONLY = frozenset({273, 279, 324, 325, 320, 347, 34675, 37724, 50838, 50833, 519})
_GPS = {2: "GPSLatitude", 4: "GPSLongitude", 6: "GPSAltitude", 20: "GPSDestLatitude", 22: "GPSDestLongitude"}


def _knows(path: Path, head: bytes) -> bool:
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+") and head[128:132] != b"DICM"


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    tiff = Tiff(file)
    slots = list(slots_of(tiff, "tiff", shown, left))
    if tiff.damaged or not tiff.valid:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return slots


def slots_of(tiff: Tiff, prefix: str, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    """The slots of all directories; values that pages share are listed once."""
    seen: set[int] = set()
    aperio = False
    for directory in tiff.directories():
        if directory.name.endswith("/gps"):
            yield from _position(tiff, directory, prefix)
            continue
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
    name = NAMES.get(entry.code, f"tag {entry.code}")
    place = (f"{where}:{name}", name, tiff.base + entry.offset, entry.length)
    if entry.code in _BINARY_TEXT:
        return Slot(*place, form=runs.runs, fill=b" ") if entry.length >= 8 else None
    if entry.code in _UTF16:
        return Slot(*place, encoding="utf-16-le", kind=_KINDS.get(entry.code))
    if entry.code == 50839:
        # ImageJ's block begins with "IJIJ" and four-letter types; the numbers between are skipped as no text.
        order = "utf-16-le" if tiff.order == "<" else "utf-16-be"
        return _imagej(tiff, entry, place, order)
    if entry.code == 37510:
        text = tiff.raw(entry, 8)
        encoding = "utf-16-le" if text.startswith(b"UNICODE") and tiff.order == "<" else "utf-8"
        return (
            Slot(place[0], name, place[2] + 8, max(entry.length - 8, 0), encoding=encoding)
            if entry.length > 8
            else None
        )
    if entry.code in _TECHNICAL and entry.type == 2:
        return Slot(*place, form=forms.lines)
    if entry.type == 2:
        return Slot(*place, kind=_KINDS.get(entry.code))
    if entry.code in NAMES and entry.type in (1, 7):
        return Slot(*place, kind=_KINDS.get(entry.code))
    if entry.type in (1, 7) and entry.length >= 32:
        return Slot(*place, form=runs.runs, fill=b" ")
    return None


def _imagej(tiff: Tiff, entry: Entry, place: tuple[str, str, int, int], order: str) -> Slot | None:
    """The texts of ImageJ's block (Info, labels, properties), after its header of types and counts."""
    raw = tiff.raw(entry, 4096)
    if raw[:4] not in (b"IJIJ", b"JIJI"):
        return Slot(*place, encoding=order)
    header = 4
    while raw[header : header + 4] in (
        b"info",
        b"ofni",
        b"labl",
        b"lbal",
        b"prop",
        b"porp",
        b"luts",
        b"stul",
        b"rang",
        b"gnar",
        b"over",
        b"revo",
        b"roi ",
        b" ior",
        b"plot",
        b"tolp",
    ):
        header += 8
    return Slot(
        place[0],
        place[1],
        place[2] + header,
        place[3] - header,
        encoding=order,
        form=forms.lines,
        fill=b" \0" if order.endswith("le") else b"\0 ",
    )


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
