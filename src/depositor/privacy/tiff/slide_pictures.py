"""Which pages of a slide show its label, the whole glass, or a small preview: told from each maker's own signs.

Flags alone are not believed: Aperio's GT450 leaves descriptions empty, masks of cells are called "label" as well.
Sources: OpenSlide's vendor modules, the TIFF headers of the makers (Aperio, Hamamatsu, Leica, Ventana, Philips, Akoya).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from depositor.privacy.tiff import slide_xml
from depositor.privacy.tiff.tags import Directory, Tiff

LABEL, MACRO, THUMBNAIL = "label", "macro", "thumbnail"
MOST = 20_000  # pages that are looked at: slides have few, long stacks are none
_LENS = 65421
_WORDS = {
    "label": LABEL,
    "labelimage": LABEL,
    "slidelabel": LABEL,
    "barcodeimage": LABEL,
    "macro": MACRO,
    "macroimage": MACRO,
    "overview": MACRO,
    "overviewimage": MACRO,
    "slideoverview": MACRO,
    "slidepreview": MACRO,
    "thumbnail": THUMBNAIL,
    "thumbnailimage": THUMBNAIL,
}


@dataclass(frozen=True, slots=True)
class SlidePicture:
    """A picture beside the scan itself. ``source`` is ``label``, ``macro`` or ``thumbnail``.

    ``page`` is the number of the page in the file's chain; None for pictures inside the maker's XML, which then lie as
    base64 in ``length`` bytes at ``offset``. ``telling`` says that it shows more than the scan: always so for label
    and macro, for a thumbnail where its shape is another one.
    """

    source: str
    page: int | None
    width: int
    height: int
    telling: bool = True
    offset: int = 0
    length: int = 0

    @property
    def location(self) -> str:
        """``2:label``, or ``0:ImageDescription:label`` for a picture inside the XML."""
        return f"{'0:ImageDescription' if self.page is None else self.page}:{self.source}"


def of(path: Path) -> tuple[SlidePicture, ...]:
    """The pictures beside the scan in a TIFF file. Raises OSError; a damaged file gives fewer, never an error."""
    with path.open("rb") as file:
        tiff = Tiff(file)
        return tuple(of_tiff(tiff)) if tiff.valid else ()


def of_tiff(tiff: Tiff) -> list[SlidePicture]:
    """The pictures in an open TIFF, in the order of its pages."""
    pages = _pages(tiff)
    if not pages:
        return []
    first = pages[0]
    text = description(tiff, first)
    listed = slide_xml.listed_pages(text) if text.lstrip("\ufeff \r\n").startswith("<") else {}
    tell = _teller(tiff, pages, listed, text)
    out = [_picture(tiff, page, number, source, first) for number, page in enumerate(pages) if (source := tell(number))]
    entry = first.get(270)
    if entry and slide_xml.is_philips(text):
        out += [
            SlidePicture(source, None, 0, 0, True, entry.offset + start, length)
            for source, start, length in slide_xml.encoded_pictures(text)
        ]
    return out


def _pages(tiff: Tiff) -> list[Directory]:
    pages: list[Directory] = []
    for directory in tiff.directories():
        if "/" not in directory.name:
            pages.append(directory)
            if len(pages) > MOST:
                return []
    return pages


def _picture(tiff: Tiff, page: Directory, number: int, source: str, first: Directory) -> SlidePicture:
    width, height = tiff.number(page, 256), tiff.number(page, 257)
    telling = source != THUMBNAIL or _other_shape((width, height), (tiff.number(first, 256), tiff.number(first, 257)))
    return SlidePicture(source, number, width, height, telling)


def _other_shape(one: tuple[int, int], two: tuple[int, int]) -> bool:
    """True where two pictures cannot show the same piece of glass: their sides differ by more than a tenth."""
    if not all((*one, *two)):
        return True
    ratio = one[0] * two[1] / (one[1] * two[0])
    return not 0.9 < ratio < 1.1


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells what a page is; knows the maker by the first page."""

    tiff: Tiff
    pages: list[Directory]
    listed: Mapping[int, str]
    aperio: bool

    def __call__(self, number: int) -> str | None:
        page, tiff = self.pages[number], self.tiff
        if number in self.listed:
            source = self.listed[number]
            return source if _in_colour(tiff, page) or MACRO in self.listed.values() else None
        lens = page.get(_LENS)
        if lens is not None:
            return MACRO if lens.type == 11 and tiff.raw(lens, 4) in (b"\0\0\x80\xbf", b"\xbf\x80\0\0") else None
        if self.aperio:
            return self._aperio(page, number)
        if number > 0 or len(self.pages) > 1:
            return self._described(page)
        return None

    def _aperio(self, page: Directory, number: int) -> str | None:
        if not number or page.get(322) is not None:
            return None
        words = [_plain(line.split(" ")[0]) for line in description(self.tiff, page).splitlines()[:2]]
        named = next((_WORDS[w] for w in reversed(words) if w in _WORDS), None)
        kind = self.tiff.number(page, 254)
        return named or {1: LABEL, 9: MACRO}.get(kind) or (THUMBNAIL if number == 1 else None)

    def _described(self, page: Directory) -> str | None:
        """Ventana, Philips, Akoya and others that name a page in its description."""
        text = description(self.tiff, page)
        kind = re.search(r"<ImageType>\s*(\w+)\s*</ImageType>", text)
        if kind:
            return _WORDS.get(kind[1].lower())
        words = _WORDS.get(_plain(text.split("\n")[0][:32]))
        if words is None and re.match(r"(?:Label|Macro) -", text):
            words = text[:5].lower()
        if words == LABEL and "iScan" in packet(self.tiff, self.pages[0]):
            return MACRO  # Ventana's "Label_Image" shows the glass with its label
        return words if words and _in_colour(self.tiff, page) else None


def _teller(tiff: Tiff, pages: list[Directory], listed: Mapping[int, str], text: str) -> _Teller:
    return _Teller(tiff, pages, listed, text.startswith("Aperio"))


def _in_colour(tiff: Tiff, page: Directory) -> bool:
    """Labels are photographs; masks of cells, called labels too, have one value per pixel."""
    return tiff.number(page, 277, 1) >= 3


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def description(tiff: Tiff, page: Directory, most: int = 1 << 25) -> str:
    """The text of ImageDescription, byte by byte as Latin-1, so that places in it are places in the file."""
    entry = page.get(270)
    return tiff.raw(entry, most).decode("latin-1") if entry else ""


def packet(tiff: Tiff, page: Directory) -> str:
    """The XML packet (XMP, tag 700) of a page."""
    entry = page.get(700)
    return tiff.raw(entry, 1 << 20).decode("latin-1") if entry else ""


def pages(tiff: Tiff) -> Iterator[Directory]:
    """The pages of the chain, without the directories below them."""
    return (d for d in tiff.directories() if "/" not in d.name)
