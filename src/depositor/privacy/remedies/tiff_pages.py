"""Pages taken out of a TIFF: their picture, values and table are overwritten, then nothing points to them any more.

Overwriting alone leaves a black page that viewers show; unlinking alone leaves the picture for whoever looks.
"""

from __future__ import annotations

from collections.abc import Iterable

from depositor.privacy.remedies import tiff_write
from depositor.privacy.texts import slots
from depositor.privacy.tiff import slide_pictures, slide_xml
from depositor.privacy.tiff.gaps import Claimed, Range, claim
from depositor.privacy.tiff.tags import Directory, Entry, Tiff

DESCRIPTION, PACKET = 270, 700


def remove(tiff: Tiff, numbers: set[int]) -> None:
    """Take the pages ``numbers`` (counted from 0) out of an open copy, with all directories below them.

    What the first page says about all others (OME-XML, Leica's, Ventana's) is carried over to the page that is first
    then, and counts the pages as they are then. Raises ValueError where no page would be left or nothing can be
    carried over.
    """
    if not numbers:
        return
    directories = list(tiff.directories())
    pages = [d for d in directories if "/" not in d.name]
    left = [d for n, d in enumerate(pages) if n not in numbers]
    if not left:
        raise ValueError("a file without pages")
    gone = [d for d in directories if int(d.name.split("/")[0]) in numbers]
    kept = [d for d in directories if int(d.name.split("/")[0]) not in numbers]
    carried = _carried(tiff, pages[0], left[0]) if 0 in numbers else ()
    first = tiff_write.moved(tiff, left[0], carried) if carried else left[0]
    _count_anew(tiff, pages[0], numbers)
    _relink(tiff, [first, *left[1:]])
    if carried:
        gone.append(Directory("", left[0].offset, (), end=left[0].end))
        kept.remove(left[0])
    erase(tiff, gone, _kept(tiff, kept, first))


def _carried(tiff: Tiff, old: Directory, new: Directory) -> tuple[Entry, ...]:
    """The entries of the first page that a reader needs to know the file by."""
    out = []
    text = slide_pictures.description(tiff, old)
    if (slide_xml.is_ome(text) or slide_xml.is_scn(text)) and (entry := old.get(DESCRIPTION)):
        out.append(entry)
    if "iScan" in slide_pictures.packet(tiff, old) and (entry := old.get(PACKET)):
        if new.get(PACKET):
            raise ValueError("two XML packets for one page")
        out.append(entry)
    return tuple(out)


def _kept(tiff: Tiff, kept: list[Directory], first: Directory) -> list[Range]:
    """All that must not be touched: what is left points to it."""
    claimed = Claimed(near=0)
    claimed.add(0, 8)
    for directory in (first, *kept):
        claim(tiff, directory, claimed)
    return claimed.sorted()


def erase(tiff: Tiff, gone: Iterable[Directory], kept: list[Range]) -> None:
    """Overwrite directories with their values and pictures, but for what lies in ``kept``."""
    for directory in gone:
        claimed = Claimed(near=0)
        claim(tiff, directory, claimed)
        for start, end in claimed.sorted():
            for one, two in tiff_write.outside(start, end, kept):
                tiff_write.overwrite(tiff.file, one, two)


def _count_anew(tiff: Tiff, first: Directory, numbers: set[int]) -> None:
    """The XML of the first page without the images that go; written in place, for it only gets shorter."""
    entry = first.get(DESCRIPTION)
    text = slide_pictures.description(tiff, first)
    if entry is None or not (slide_xml.is_ome(text) or slide_xml.is_scn(text)):
        return
    bare = text.rstrip("\0")
    new = slide_xml.without_pages(bare, numbers)
    tiff.file.seek(entry.offset)
    tiff.file.write(slots.filled(new.encode("latin-1"), len(bare), b" "))


def _relink(tiff: Tiff, pages: list[Directory]) -> None:
    """Let every page that stays point to the next one that stays."""
    at = tiff_write.head_at(tiff)
    for page in pages:
        tiff_write.link(tiff, at, page.offset)
        at = page.next_at
    tiff_write.link(tiff, at, 0)
