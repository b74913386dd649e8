"""TIFF and BigTIFF: OME-TIFF, ImageJ, the dialects of vendors, and plain files.

A plain file tells its sizes and pixel type, never a pixel size: its resolution tag is for printers, and programs put
1, 72 or 96 per inch there, or the pixel of the camera (docs: header readers, traps).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.scan import tifftags
from depositor.scan.readers import beside, faults, ome, sane, tiff_library, tiff_slide
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts
from depositor.scan.readers.tiff_page import Page
from depositor.scan.readers.tiff_vendor import MICRO_MANAGER, VENDORS
from depositor.scan.readers.xml import MAX_BYTES
from depositor.scan.tifftags import NotTiff, Tag, Tiff

_MAX_PAGES = 20_000
_LOOKED_AT = 16  # pages whose sizes are compared
_KINDS = {1: "uint", 2: "int", 3: "float", 5: "int", 6: "complex"}
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLORS, _DESCRIPTION, _OFFSETS, _SAMPLES, _COUNTS = (
    *(256, 257, 258, 259, 262, 270, 273, 277, 279),
)
_TILE_OFFSETS, _TILE_COUNTS, _SAMPLE_FORMAT, _SUBFILE = 324, 325, 339, 254
_RGB = (2, 6, 8)
_SUB_IFDS = 330
_PACKINGS = {
    5: "LZW", 6: "JPEG", 7: "JPEG", 8: "Deflate", 32946: "Deflate", 32773: "PackBits", 33003: "JPEG 2000",
    33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 34925: "LZMA", 34887: "LERC", 34892: "JPEG",
    34934: "JPEG XR", 22610: "JPEG XR", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip


class TiffReader:
    """All that begins with a TIFF header."""

    id = "tiff"
    formats: tuple[str, ...] = (
        *("OME-TIFF", "TIFF", "ImageJ TIFF", "MetaSeries TIFF", "Micro-Manager TIFF", "Aperio SVS", "Hamamatsu NDPI"),
        *("FEI TIFF", "Zeiss SEM TIFF", "Zeiss LSM", "MetaMorph STK", "Olympus SIS TIFF", "TESCAN TIFF", "JEOL TIFF"),
        *("JEOL SEM TIFF", "Hitachi SEM TIFF", "Gatan TIFF", "EER", "TIFF movie", "Leica SCN", "Ventana BIF"),
        *("QPTIFF", "Philips TIFF", "Trestle TIFF", "MIBItiff"),
    )

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes[128:132] == b"DICM":
            return False  # the preamble of a DICOM file may hold a TIFF header
        if name.lower().endswith(".vsi"):
            return False  # its TIFF part is an overview; the image lies in the folder beside it
        return first_bytes[:4] in (b"II*\0", b"MM\0*") or first_bytes[:6] in (b"II+\0\x08\0", b"MM\0+\0\x08")

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            try:
                tiff = Tiff(file)
                tags = next(tiff.pages(1), {})
            except NotTiff as error:
                raise Truncated(str(error)) from None
            facts = _page(tiff, tags)
            if facts.size_x is None or facts.size_y is None:
                raise Implausible("no sizes")
            found = _dialect(path, tiff, tags, facts)
            whole = _is_whole(tiff, tags, path.stat().st_size)
        found = beside.completed(path, found)
        return found if whole else replace(found, problems=(faults.truncated(path.name), *found.problems))


def _dialect(path: Path, tiff: Tiff, tags: dict[int, Tag], facts: ImageFacts) -> Reading:
    text = tiff.text(tags.get(_DESCRIPTION), MAX_BYTES + 1)
    if _is_ome(text):
        return _ome_reading(path, tiff, tags, facts, text)
    count = tiff.count_pages(_MAX_PAGES)
    page = Page(tiff, tags, facts, count, text, path)
    for vendor in VENDORS:
        found = vendor(page)
        if found:
            return Reading(found[0], (_finished(found[1], count),))
    known = tiff_library.read(path, set(tags), facts)
    if known and known[0] != "Olympus SIS TIFF":
        return Reading(known[0], (known[1],))
    first = known[1] if known else _finished(tiff_slide.pyramid(page), count)
    more = _other_images(path, tiff, facts) if count > 1 and first.levels is None else ()
    return Reading(known[0] if known else "TIFF", (first, *more))


def _finished(facts: ImageFacts, count: int) -> ImageFacts:
    """Drop the one channel of the first page where more pages may be more channels; one page is one plane."""
    if count == 1 and facts.size_z is None and facts.size_t is None:
        return with_facts(facts, "one page", size_z=1, size_t=1)
    if count > 1 and facts.size_c == 1 and facts.size_z is None:
        keys = {k: v for k, v in facts.keys.items() if k != "size_c"}
        return replace(facts, size_c=None, keys=keys)
    return facts


def _page(tiff: Tiff, tags: dict[int, Tag]) -> ImageFacts:
    """Sizes and pixel type of one page."""
    width, height = tiff.number(tags.get(_WIDTH)), tiff.number(tags.get(_HEIGHT))
    samples = tiff.number(tags.get(_SAMPLES)) or 1
    facts = with_facts(ImageFacts(), "ImageWidth, ImageLength", size_x=sane.size(width), size_y=sane.size(height))
    facts = with_facts(facts, "SamplesPerPixel", size_c=sane.size(samples) if samples < 10_000 else None)
    packing = _PACKINGS.get(tiff.number(tags.get(_COMPRESSION)) or 1)
    facts = with_facts(facts, "Compression", compression=packing)
    bits = tiff.number(tags.get(_BITS))
    odd = bits if bits and 8 < bits < 64 and bits not in (16, 24, 32) else None
    facts = with_facts(facts, "BitsPerSample", significant_bits=odd)
    return with_facts(facts, "BitsPerSample, SampleFormat", pixel_type=_pixel_type(tiff, tags))


def _pixel_type(tiff: Tiff, tags: dict[int, Tag]) -> str | None:
    bits = set(tiff.numbers(tags.get(_BITS), 16)) or {1}
    kind = _KINDS.get(tiff.number(tags.get(_SAMPLE_FORMAT)) or 1)
    if len(bits) != 1 or kind is None:
        return None
    width = int(bits.pop())
    if width == 1:
        return "bool" if kind == "uint" else None
    if kind in ("uint", "int"):
        width = next((w for w in (8, 16, 32, 64) if width <= w), 0)
    return f"{kind}{width}" if width in (8, 16, 32, 64, 128) else None


def _is_whole(tiff: Tiff, tags: dict[int, Tag], size: int) -> bool:
    """False where the pixels of the first page end beyond the file: it was cut off, or its header lies."""
    offsets, counts = tags.get(_OFFSETS) or tags.get(_TILE_OFFSETS), tags.get(_COUNTS) or tags.get(_TILE_COUNTS)
    if offsets is None:
        return False
    if offsets.at + offsets.bytes > size or (counts is not None and counts.at + counts.bytes > size):
        return False
    starts, lengths = tiff.numbers(offsets, 64), tiff.numbers(counts, 64)
    return all(start + length <= size for start, length in zip(starts, lengths, strict=False)) and any(starts)


def _other_images(path: Path, tiff: Tiff, first: ImageFacts) -> tuple[ImageFacts, ...]:
    """Further images of a plain file: pages whose size or type differs, without reduced copies."""
    seen = {(first.size_x, first.size_y, first.pixel_type, first.size_c)}
    found: list[ImageFacts] = []
    for number, tags in enumerate(tiff.pages(_LOOKED_AT)):
        if number == 0 or (tiff.number(tags.get(_SUBFILE)) or 0) & 5:
            continue
        page = _page(tiff, tags)
        shape = (page.size_x, page.size_y, page.pixel_type, page.size_c)
        if shape not in seen and page.size_x and page.size_y:
            seen.add(shape)
            found.append(tiff_library.sis_page(path, number, page) if tiff_library.SIS in tags else page)
    return tuple(found)


# --- OME-TIFF ------------------------------------------------------------------------------------------------------


def _is_ome(text: str) -> bool:
    head = text[:4096]
    return "<OME" in head or ":OME " in head


def _ome_reading(path: Path, tiff: Tiff, tags: dict[int, Tag], page: ImageFacts, text: str) -> Reading:
    """The images of the XML with what only the tags tell; a Problem where the first page is of none of the images."""
    images = _ome(path, text)
    if not images:
        named = ome.metadata_file(text)
        missing = named is not None and not path.with_name(named).is_file()
        return Reading("OME-TIFF", (page,), (faults.part_missing(path.name, named or ""),) if missing else ())
    levels = tags[_SUB_IFDS].count + 1 if _SUB_IFDS in tags and tags[_SUB_IFDS].count < 64 else None
    placeholder = MICRO_MANAGER in tags  # 1 µm is what Micro-Manager writes where nobody calibrated
    images = tuple(_with_page(i, page, levels, placeholder) for i in images)
    fits = any((i.size_x, i.size_y) == (page.size_x, page.size_y) for i in images)
    return Reading("OME-TIFF", images, () if fits else (faults.contradiction(path.name),))


def _with_page(image: ImageFacts, page: ImageFacts, levels: int | None, placeholder: bool) -> ImageFacts:
    image = with_facts(image, "Compression", compression=page.compression)
    image = with_facts(image, "SubIFDs", levels=levels)
    if placeholder and image.pixel_size_x_um == image.pixel_size_y_um == 1.0:
        keys = {k: v for k, v in image.keys.items() if k not in ("pixel_size_x_um", "pixel_size_y_um")}
        image = replace(image, pixel_size_x_um=None, pixel_size_y_um=None, keys=keys)
    return image


def _ome(path: Path, text: str) -> tuple[ImageFacts, ...]:
    """The images of the XML; where it only names a companion that lies beside the file, those of the companion."""
    found = ome.images(text)
    if found:
        return found
    named = ome.metadata_file(text)
    beside = path.with_name(named) if named and named not in (".", "..") else None
    if beside is None or not beside.is_file() or beside.stat().st_size > tifftags.MAX_VALUE_BYTES:
        return ()
    return ome.images(beside.read_bytes())
