"""TIFF, OME-TIFF, ImageJ, LSM, STK and the slide formats built on TIFF: all texts, positions, pictures beside the scan.

Read are the text tags of every page and of all directories below, the blocks that some programs keep outside of the
tags, and what lies where no tag points to: texts and pages that other programs only unlinked.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks, tiff_blocks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.checks.tiff_names import BINARY_TEXT, KINDS, NAMES, NUMBERS_ONLY, TECHNICAL
from depositor.privacy.kinds import Kind
from depositor.privacy.texts import forms, runs
from depositor.privacy.texts.slots import Slot
from depositor.privacy.tiff import gaps as tiff_gaps
from depositor.privacy.tiff import slide_pictures, slide_texts
from depositor.privacy.tiff.tags import Directory, Entry, Tiff

_PHOTOGRAPH = 3  # values per pixel


@dataclass(frozen=True, slots=True)
class Remains:
    """What no tag points to: readable bytes, and pages that are no longer in the chain.

    ``pictures`` are the places of those pages whose picture no other page shows.
    """

    texts: tuple[tiff_gaps.Leftover, ...] = ()
    pages: tuple[Directory, ...] = ()
    pictures: frozenset[int] = frozenset()
    whole: bool = True


def _knows(path: Path, head: bytes) -> bool:
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+") and head[128:132] != b"DICM"


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    tiff = Tiff(file)
    found = list(slots_of(tiff, "tiff", shown, left))
    found += tiff_blocks.micromanager(file, tiff)
    found = list(_beside_pictures(tiff, found))
    found += picture_slots(tiff, shown, left)
    taken = [(s.offset, s.offset + s.length) for s in found if s.length]
    rest = remains(tiff, taken)
    found += _remaining(tiff, rest, {s.offset - tiff.base for s in found})
    if not rest.whole:
        left.append(remarks.gaps(shown))
    if tiff.damaged or not tiff.valid:
        left.append(remarks.damaged(shown))
    left.append(remarks.pixels(shown))
    return found


def _beside_pictures(tiff: Tiff, found: list[Slot]) -> Iterator[Slot]:
    """The slots up to where a strip or tile begins: a count that lies must not cost a pixel."""
    pictures = tiff_gaps.Claimed()
    for directory in tiff.directories():
        for start, end in tiff.extents(directory, pictures.near):
            pictures.add(tiff.base + start, tiff.base + end, pictures.near)
    ranges = pictures.sorted()
    for slot in found:
        following = bisect.bisect_right(ranges, (slot.offset, tiff_gaps.FAR))
        if following == len(ranges) or _inside(slot.offset, ranges):
            yield slot  # strips that lie over everything hide no text
        else:
            yield replace(slot, length=min(slot.length, ranges[following][0] - slot.offset))


def slots_of(tiff: Tiff, prefix: str, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    """The slots of all directories; values that pages share are listed once."""
    seen: set[int] = set()
    for directory in tiff.directories():
        if directory.name.endswith("/gps"):
            yield from tiff_blocks.position(tiff, directory, prefix)
        else:
            yield from _tags(tiff, directory, prefix, seen)


def _tags(tiff: Tiff, directory: Directory, prefix: str, seen: set[int]) -> Iterator[Slot]:
    for entry in directory.entries:
        special = entry.code in tiff_blocks.SPECIAL
        if entry.offset in seen or (entry.code in NUMBERS_ONLY and not special):
            continue
        for slot in _slots(tiff, directory, entry, f"{prefix}:{directory.name}"):
            seen.add(entry.offset)
            yield slot


def _slots(tiff: Tiff, directory: Directory, entry: Entry, where: str) -> Iterator[Slot]:
    """The slots of one tag; none for tags that hold numbers."""
    name = NAMES.get(entry.code, f"tag {entry.code}")
    slot = Slot(f"{where}:{name}", name, tiff.base + entry.offset, entry.length, kind=KINDS.get(entry.code))
    special = tiff_blocks.SPECIAL.get(entry.code)
    if special:
        yield from special(tiff, directory, entry, slot)
    elif entry.type == 2:
        yield _text(tiff, entry, slot)
    elif entry.type in (1, 7) and entry.length >= 8:
        if (entry.code in NAMES and entry.code not in BINARY_TEXT) or _wide(tiff, entry):
            yield _text(tiff, entry, slot)
        elif entry.length >= 32 or entry.code in BINARY_TEXT:
            yield replace(slot, form=runs.runs, rigid=True)


def _text(tiff: Tiff, entry: Entry, slot: Slot) -> Slot:
    """A text up to its last zero byte, which stays; what is taken out of it is made up with spaces."""
    last = tiff.raw(replace(entry, offset=entry.offset + entry.length - 1, length=1))
    length = entry.length - (last == b"\0")
    form = forms.lines if entry.code in TECHNICAL else slide_texts.cut
    kinds = slide_texts.kind_of if entry.code not in TECHNICAL else None
    slot = replace(slot, form=None if slot.kind else form, kinds=kinds)
    encoding = _wide(tiff, entry)
    if encoding:
        return replace(slot, length=entry.length, encoding=encoding, fill=" ".encode(encoding))
    return replace(slot, length=length, fill=b" ")


def _wide(tiff: Tiff, entry: Entry) -> str:
    """The encoding of a text of two bytes per character, which some makers put where plain text belongs; else ""."""
    raw = tiff.raw(entry, 256)
    one, two = raw[::2], raw[1::2]
    if len(raw) < 16 or max(one.count(0), two.count(0)) < 0.8 * len(two) or min(one.count(0), two.count(0)) > 2:
        return ""
    return "utf-16-le" if two.count(0) > one.count(0) else "utf-16-be"


def picture_slots(tiff: Tiff, shown: str, left: list[NotChecked]) -> Iterator[Slot]:
    """The pictures of label and glass, and previews that show more than the scan."""
    for picture in slide_pictures.of_tiff(tiff):
        if picture.telling:
            kind = Kind.PREVIEW_PICTURE if picture.source == slide_pictures.THUMBNAIL else Kind.LABEL_PICTURE
            size = f" {picture.width}x{picture.height}" if picture.width else ""
            words = f"{picture.source}{size}"
            yield Slot(f"tiff:{picture.location}", "", 0, 0, kind=kind, blank=True, shown=words)
            if kind is Kind.LABEL_PICTURE and not left:
                left.append(remarks.label_pixels(shown))


def remains(tiff: Tiff, taken: list[tiff_gaps.Range]) -> Remains:
    """What lies between the parts that tags point to; ``taken`` are further places that are known."""
    if not tiff.valid:
        return Remains()
    directories = list(tiff.directories())
    claimed = tiff_gaps.claimed(tiff, directories)
    for start, end in taken:
        claimed.add(start, end)
    parts, whole = tiff_gaps.windows(list(claimed.gaps(tiff.end)))
    pages = tuple(tiff_gaps.orphans(tiff, parts, {d.offset for d in directories}))
    ranges = claimed.sorted()
    own = frozenset(p.offset for p in pages if not _inside(next(tiff.segments(p))[0], ranges))
    for page in pages:
        tiff_gaps.claim(tiff, page, claimed)
    parts, whole = tiff_gaps.windows(list(claimed.gaps(tiff.end))) if pages else (parts, whole)
    return Remains(tuple(tiff_gaps.leftovers(tiff, parts)), pages, own, whole)


def _inside(place: int, ranges: list[tiff_gaps.Range]) -> bool:
    at = bisect.bisect_right(ranges, (place, tiff_gaps.FAR)) - 1
    return at >= 0 and place < ranges[at][1]


def _remaining(tiff: Tiff, rest: Remains, seen: set[int]) -> Iterator[Slot]:
    """The slots of what nothing points to, without the places that are ``seen`` already."""
    for page in rest.pages:
        yield from _tags(tiff, page, "tiff", seen)
        if page.offset in rest.pictures and tiff.number(page, 277, 1) >= _PHOTOGRAPH:
            words = f"{tiff.number(page, 256)}x{tiff.number(page, 257)}"
            place = f"tiff:{page.name}:picture"
            yield Slot(place, "", 0, 0, kind=Kind.PREVIEW_PICTURE, blank=True, shown=f"unlinked page {words}")
    for text in rest.texts:
        slot = Slot(f"tiff:byte:{text.offset}", "", text.offset, text.length, text.encoding, form=slide_texts.cut)
        fill = b" \0" if text.encoding.startswith("utf-16") else b" "
        yield replace(slot, fill=fill, kinds=slide_texts.kind_of)


TIFF = Slotted("tiff", _knows, _layout)
