"""The XML that makers write into the first page of a slide: which pages show label or glass, pictures as base64.

Places are characters of the text read as Latin-1, which are bytes of the file. Sources: OME-TIFF specification 6.0,
Leica SCN and Philips DataObject as OpenSlide reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OME_IMAGE = re.compile(r"<((?:[\w.-]+:)?Image)(?=[\s>])[^>]*>")
_TIFF_DATA = re.compile(r"<(?:[\w.-]+:)?TiffData\b([^>]*?)/?>")
_SCN_IMAGE = re.compile(r"<(image)\b[^>]*>")
_SCN_VIEW = re.compile(r"<(collection|view)\b([^>]*)>")
_SCN_DIMENSION = re.compile(r"<dimension\b([^>]*)>")
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*[\"']([^\"']*)[\"']")
_NAMES = {
    "label": re.compile(r"(?:slide ?)?label(?: image)?|barcode image", re.IGNORECASE),
    "macro": re.compile(r"macro(?: image)?|(?:slide ?)?(?:overview|preview)(?: image)?", re.IGNORECASE),
    "thumbnail": re.compile(r"thumbnail(?: image)?", re.IGNORECASE),
}
_ENCODED = re.compile(r"(?<=>)\s*([A-Za-z0-9+/=\r\n\s]{1024,})(?=<)")
_TYPE = re.compile(r"<Attribute\b[^>]*Name=\"PIM_DP_IMAGE_TYPE\"[^>]*>\s*(\w+)\s*</Attribute>")
_OBJECT = re.compile(r"<DataObject\b[^>]*ObjectType=\"DPScannedImage\"[^>]*>")
_PHILIPS = {"LABELIMAGE": "label", "MACROIMAGE": "macro"}


@dataclass(frozen=True, slots=True)
class ImageElement:
    """One image of the XML: its span of characters, the pages that hold it and what it shows."""

    start: int
    end: int
    pages: tuple[int, ...]
    source: str | None


def is_ome(text: str) -> bool:
    return re.search(r"<(?:[\w.-]+:)?OME\b", text[:8192]) is not None


def is_scn(text: str) -> bool:
    return re.search(r"<scn\b", text[:4096]) is not None


def is_philips(text: str) -> bool:
    return re.search(r"<DataObject\b[^>]*ObjectType=\"DPUfsImport\"", text[:4096]) is not None


def listed_pages(text: str) -> dict[int, str]:
    """Page -> what it shows, for the pages whose image the XML calls label, macro or the like."""
    return {page: image.source for image in images(text) if image.source for page in image.pages}


def images(text: str) -> list[ImageElement]:
    """The images that OME-XML or Leica's XML lists; empty for other texts and for sets of several files."""
    if is_ome(text):
        return list(_ome(text))
    return list(_scn(text)) if is_scn(text) else []


def _ome(text: str) -> Iterator[ImageElement]:
    if text.count("UUID FileName") and len(set(re.findall(r"FileName=\"([^\"]*)\"", text))) > 1:
        return  # the pages of other files cannot be told from here
    for start, end in elements(text, _OME_IMAGE):
        element = text[start:end]
        attributes = _attributes(element[: element.index(">")])
        name = attributes.get("Name", "").strip()
        source = next((s for s, pattern in _NAMES.items() if pattern.fullmatch(name)), None)
        yield ImageElement(start, end, tuple(_ome_pages(element)), source)


def elements(text: str, opening: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each element that begins like ``opening`` (group 1 is its name) and is closed."""
    end = 0
    for match in opening.finditer(text):
        if match.start() < end or match[0].endswith("/>"):
            continue
        close = text.find(f"</{match[1]}", match.end())
        end = text.find(">", close) + 1 if close >= 0 else 0
        if not end:
            return
        yield match.start(), end


def _ome_pages(element: str) -> Iterator[int]:
    blocks = _TIFF_DATA.findall(element)
    sizes = _attributes(element[element.find("Pixels") :].split(">")[0]) if "Pixels" in element else {}
    planes = _product(_whole(sizes.get(k, "1")) for k in ("SizeZ", "SizeC", "SizeT"))
    samples = _whole((re.findall(r"SamplesPerPixel=\"(\d+)\"", element) or ["1"])[0]) or 1
    for block in blocks:
        known = _attributes(block)
        first = _whole(known.get("IFD", "0"))
        count = _whole(known["PlaneCount"]) if "PlaneCount" in known else (1 if "IFD" in known else planes // samples)
        yield from range(first, first + min(max(count, 1), 10_000))


def _scn(text: str) -> Iterator[ImageElement]:
    views = [_attributes(v[1]) for v in _SCN_VIEW.findall(text)]
    whole = (views[0].get("sizeX"), views[0].get("sizeY")) if views else ("", "")
    for start, end in elements(text, _SCN_IMAGE):
        element = text[start:end]
        view = next((_attributes(v[1]) for v in _SCN_VIEW.findall(element) if v[0] == "view"), {})
        at = (view.get("offsetX", "0"), view.get("offsetY", "0"))
        macro = at == ("0", "0") and (view.get("sizeX"), view.get("sizeY")) == whole
        pages = (_whole(_attributes(d).get("ifd", "")) for d in _SCN_DIMENSION.findall(element))
        yield ImageElement(start, end, tuple(pages), "macro" if macro else None)


def encoded_pictures(text: str) -> Iterator[tuple[str, int, int]]:
    """(what it shows, start, length) of each picture that Philips keeps as base64 of a JPEG."""
    starts = [m.start() for m in _OBJECT.finditer(text)]
    for match in _ENCODED.finditer(text):
        inside = max((s for s in starts if s < match.start()), default=0)
        following = min((s for s in starts if s > match.start()), default=len(text))
        kind = next((m[1] for m in _TYPE.finditer(text, inside, following)), "")
        if kind in _PHILIPS:
            yield _PHILIPS[kind], match.start(1), match.end(1) - match.start(1)


def _attributes(text: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(text))


def _whole(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 10 else 0


def _product(numbers: Iterator[int]) -> int:
    out = 1
    for number in numbers:
        out *= max(number, 1)
    return out


def without_pages(text: str, gone: set[int]) -> str:
    """OME-XML or Leica's XML without the images whose pages are ``gone``; the pages of all others counted anew."""
    dropped = [i for i in images(text) if i.pages and set(i.pages) <= gone]
    identifiers = {_attributes(text[i.start : i.end].split(">")[0]).get("ID", "") for i in dropped}
    out, at = "", 0
    for image in dropped:
        out += text[at : image.start]
        at = image.end
    out = _PAGE.sub(lambda m: m[1] + str(_counted(int(m[2]), gone)) + m[3], out + text[at:])
    return _IMAGE_REF.sub(lambda m: "" if m[1] in identifiers else m[0], out)


_PAGE = re.compile(r"(<(?:[\w.-]+:)?(?:TiffData|dimension)\b[^>]*?\b(?:IFD|ifd)\s*=\s*[\"'])(\d{1,9})([\"'])")
_IMAGE_REF = re.compile(r"<(?:[\w.-]+:)?ImageRef\s+ID=\"([^\"]*)\"\s*/>")


def _counted(page: int, gone: set[int]) -> int:
    return page - sum(1 for g in gone if g < page)


def without_encoded(text: str, sources: set[str]) -> str:
    """Philips' XML, as long as before, with spaces in place of the objects that hold the pictures in ``sources``."""
    for source, start, length in list(encoded_pictures(text)):
        if source in sources:
            begin = max((m.start() for m in _OBJECT.finditer(text, 0, start)), default=start)
            end = _closed(text, start + length)
            text = text[:begin] + " " * (end - begin) + text[end:]
    return text


def _closed(text: str, at: int) -> int:
    """Where the object ends that is open at ``at``; objects may stand inside each other."""
    depth = 1
    for match in re.compile(r"<(/?)DataObject\b").finditer(text, at):
        depth += -1 if match[1] else 1
        if not depth:
            return text.find(">", match.end()) + 1 or at
    return at
