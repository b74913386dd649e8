"""Whole slides in TIFF: Aperio, Hamamatsu, Leica SCN, Ventana BIF, Akoya QPTIFF, Philips, Trestle; levels of pyramids.

Layouts: the format notes of OpenSlide and of QuPath, and the vendors' own texts in the files. Barcodes, labels, names
of files and of people are not read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.readers import dates, parts, sane, xml
from depositor.scan.readers.base import with_facts
from depositor.scan.readers.tiff_page import Page, Vendor, per_unit
from depositor.scan.tifftags import Tag

_NDPI, _LENS, _FLUORESCENCE, _XMP = 65420, 65421, 65434, 700
_WIDTH, _HEIGHT, _DESCRIPTION, _SAMPLES, _TILE, _UNIT, _SOFTWARE = 256, 257, 270, 277, 322, 296, 305
_MOST_PAGES = 200


def aperio(page: Page) -> tuple[str, ImageFacts] | None:
    """Aperio SVS: ``key = value`` texts behind the first ``|``."""
    if not page.description.startswith("Aperio"):
        return None
    split = (p.split("=", 1) for p in page.description.split("|")[1:] if "=" in p)
    said = {k.strip(): v.strip() for k, v in split}
    um = sane.length_um(said.get("MPP"), "um")
    facts = with_facts(page.facts, "Aperio MPP", pixel_size_x_um=um, pixel_size_y_um=um)
    power = sane.magnification(said.get("AppMag"))
    facts = with_facts(facts, "Aperio AppMag", objective=Objective(magnification=power) if power else None)
    taken = dates.american(said.get("Date"), said.get("Time"))
    zone = re.fullmatch(r"(?:GMT|UTC)([+-]\d\d):?(\d\d)", said.get("Time Zone", ""))
    if taken and zone and "T" in taken:
        taken = f"{taken}{zone[1]}:{zone[2]}"
    facts = with_facts(facts, "Aperio Date", acquired=taken)
    first = page.description.splitlines()[0].partition(";")[0]
    scanner = re.match(r"Aperio Leica Biosystems (\S+) v", first)
    stand = Device("Aperio", sane.text(said.get("ScannerType") or (scanner[1] if scanner else None), 60))
    facts = with_facts(facts, "Aperio", instrument=stand, software=sane.text(first, 80))
    facts = with_facts(facts, "pages", levels=_tiled_levels(page))
    glows = any(k.startswith(("Emission", "Excitation")) for k in said)
    return "Aperio SVS", facts if glows else _bright_field(facts, "Aperio")


def _bright_field(facts: ImageFacts, key: str) -> ImageFacts:
    """Slides in three colours of a slide scanner that says nothing of fluorescence."""
    if facts.size_c != 3:
        return facts
    return with_facts(facts, key, modality="Brightfield", modality_id=parts.BRIGHT_FIELD)


def _tables(page: Page) -> Iterator[dict[int, Tag]]:
    return page.tiff.pages(_MOST_PAGES)


def _tiled_levels(page: Page) -> int | None:
    """Tiled pages of the shape of the first, each smaller than the one before; None for a single one."""
    wide, high = page.facts.size_x or 0, page.facts.size_y or 0
    last, levels = wide + 1, 0
    for tags in _tables(page):
        x, y = page.tiff.number(tags.get(_WIDTH)), page.tiff.number(tags.get(_HEIGHT))
        same = x and y and abs(x * high - y * wide) <= 0.03 * x * high
        if _TILE in tags and same and x and x < last:
            last, levels = x, levels + 1
    return levels if levels > 1 else None


def hamamatsu(page: Page) -> tuple[str, ImageFacts] | None:
    """Hamamatsu NDPI: magnification of the source lens, resolution in pixels per centimetre."""
    if _NDPI not in page.tags:
        return None
    lens = page.tiff.numbers(page.tags.get(_LENS), 1)
    power = sane.magnification(lens[0]) if lens else None
    facts = with_facts(page.facts, "NDPI SourceLens", objective=Objective(magnification=power) if power else None)
    if page.tiff.number(page.tags.get(_UNIT)) == 3:
        x, y = (per_unit(page, tag, "cm") for tag in (282, 283))
        facts = with_facts(facts, "XResolution", pixel_size_x_um=x, pixel_size_y_um=y)
    stand = Device(*(sane.text(page.tiff.text(page.tags.get(tag)), 80) for tag in (271, 272)))
    facts = with_facts(facts, "Make, Model", instrument=stand if stand != Device() else None)
    facts = with_facts(facts, "DateTime", acquired=sane.when(page.tiff.text(page.tags.get(306), 100)))
    powers = {n[0] for t in _tables(page) if (n := page.tiff.numbers(t.get(_LENS), 1)) and n[0] > 0}
    facts = with_facts(facts, "NDPI SourceLens", levels=len(powers) if len(powers) > 1 else None)
    glows = bool(page.tiff.number(page.tags.get(_FLUORESCENCE)))
    return "Hamamatsu NDPI", facts if glows else _bright_field(facts, "NDPI")


# --- Leica SCN -----------------------------------------------------------------------------------------------------


def leica(page: Page) -> tuple[str, ImageFacts] | None:
    """Leica SCN: XML with the sizes of views in nanometres; the image that covers the whole slide is an overview."""
    if "<scn" not in page.description[:500]:
        return None
    collection = xml.child(xml.parse(page.description), "collection")
    whole = (xml.attribute(collection, "sizeX"), xml.attribute(collection, "sizeY"))
    images = list(xml.children(collection, "image"))
    inner = [i for i in images if _view(i) != whole] or images
    if not inner:
        return None
    return "Leica SCN", _scn(page.facts, inner[0])


def _view(image: xml.Element) -> tuple[str | None, str | None]:
    view = xml.child(image, "view")
    return xml.attribute(view, "sizeX"), xml.attribute(view, "sizeY")


def _scn(facts: ImageFacts, image: xml.Element) -> ImageFacts:
    pixels = xml.child(image, "pixels")
    sizes = [sane.size(xml.attribute(pixels, f"size{a}")) for a in "XY"]
    facts = with_facts(facts, "scn pixels", size_x=sizes[0], size_y=sizes[1])
    sides = [sane.positive(v) for v in _view(image)]
    um = [sane.length_um(v / n, "nm") if v and n else None for v, n in zip(sides, sizes, strict=True)]
    facts = with_facts(facts, "scn view", pixel_size_x_um=um[0], pixel_size_y_um=um[1])
    levels = {xml.attribute(d, "r") for d in xml.children(pixels, "dimension")}
    facts = with_facts(facts, "scn dimension", levels=len(levels) if len(levels) > 1 else None)
    settings = xml.child(image, "scanSettings")
    power = sane.magnification(xml.value(settings, "objectiveSettings/objective"))
    na = sane.aperture(xml.value(settings, "illuminationSettings/numericalAperture"))
    lens = Objective(magnification=power, na=na) if power or na else None
    facts = with_facts(facts, "scn objective", objective=lens)
    model = sane.text((xml.attribute(xml.child(image, "device"), "model") or "").partition(";")[0], 80)
    facts = with_facts(facts, "scn device", instrument=Device("Leica", model) if model else None)
    facts = with_facts(facts, "scn creationDate", acquired=sane.when(xml.value(image, "creationDate")))
    light = xml.value(settings, "illuminationSettings/illuminationSource")
    term = parts.BRIGHT_FIELD if light == "brightfield" else None
    return with_facts(facts, "scn illuminationSource", modality=sane.text(light, 60), modality_id=term)


# --- Ventana BIF ---------------------------------------------------------------------------------------------------


def ventana(page: Page) -> tuple[str, ImageFacts] | None:
    """Ventana BIF and its TIFF: ``iScan`` in the XMP of one of the first pages; levels are named in descriptions."""
    if not 2 <= page.pages <= _MOST_PAGES:
        return None
    scan = next((found for tags in page.tiff.pages(4) if (found := _iscan(page, tags)) is not None), None)
    if scan is None:
        return None
    levels: dict[int, dict[int, Tag]] = {}
    for tags in _tables(page):
        told = re.match(r"level=(\d+) mag=[\d.]+", page.tiff.text(tags.get(_DESCRIPTION), 200))
        if told:
            levels.setdefault(int(told[1]), tags)
    facts = _level_zero(page, levels.get(0))
    um = sane.length_um(scan.get("ScanRes"), "um")
    facts = with_facts(facts, "iScan ScanRes", pixel_size_x_um=um, pixel_size_y_um=um)
    power = sane.magnification(scan.get("Magnification"))
    facts = with_facts(facts, "iScan Magnification", objective=Objective(magnification=power) if power else None)
    stand = Device("Ventana", sane.text(scan.get("ScannerModel"), 80))
    facts = with_facts(facts, "iScan ScannerModel", instrument=stand)
    facts = with_facts(facts, "level=", levels=len(levels) if len(levels) > 1 else None)
    return "Ventana BIF", _bright_field(facts, "iScan")


def _iscan(page: Page, tags: dict[int, Tag]) -> xml.Element | None:
    text = page.tiff.text(tags.get(_XMP)) if _XMP in tags else ""
    if "<iScan" not in text:
        return None
    root = xml.parse(text[text.find("<") :])
    return root if root.tag == "iScan" else next(iter(root.iter("iScan")), None)


def _level_zero(page: Page, tags: dict[int, Tag] | None) -> ImageFacts:
    """The first page of these files is a label: sizes are those of the page that is level 0."""
    if tags is None:
        return page.facts
    sizes = {f"size_{a}": sane.size(page.tiff.number(tags.get(n))) for a, n in (("x", _WIDTH), ("y", _HEIGHT))}
    facts = with_facts(page.facts, "level=0", **sizes)
    return with_facts(facts, "SamplesPerPixel", size_c=sane.size(page.tiff.number(tags.get(_SAMPLES)) or 1))


# --- Akoya QPTIFF --------------------------------------------------------------------------------------------------


def akoya(page: Page) -> tuple[str, ImageFacts] | None:
    """QPTIFF of PhenoImager and Vectra: XML for each page; pages of full resolution are the channels."""
    if "<PerkinElmer-QPI-ImageDescription" not in page.description[:500]:
        return None
    full = [r for r in (_qpi(page, tags) for tags in _tables(page)) if r is not None]
    wide = [r for r in full if xml.value(r, "ImageType") == "FullResolution"]
    root = wide[0] if wide else xml.parse(page.description)
    x, y = (
        (per_unit(page, n, "cm") for n in (282, 283)) if page.tiff.number(page.tags.get(_UNIT)) == 3 else (None, None)
    )
    facts = with_facts(page.facts, "XResolution", pixel_size_x_um=x, pixel_size_y_um=y)
    power = sane.lens(xml.value(root, "Objective"))[0]
    facts = with_facts(facts, "Objective", objective=Objective(magnification=power) if power else None)
    stand = Device("Akoya Biosciences", sane.text(xml.value(root, "InstrumentType"), 80))
    facts = with_facts(facts, "InstrumentType", instrument=stand if stand.model else None)
    facts = with_facts(facts, "AcquisitionSoftware", software=sane.text(xml.value(root, "AcquisitionSoftware"), 80))
    if facts.size_c == 3 and len(wide) <= 1:
        return "QPTIFF", _bright_field(facts, "QPTIFF")
    channels = tuple(_qpi_channel(r) for r in wide)
    facts = with_facts(facts, "FullResolution pages", size_c=len(wide) or None)
    return "QPTIFF", with_facts(facts, "Name, Color, ExposureTime", channels=channels)


def _qpi(page: Page, tags: dict[int, Tag]) -> xml.Element | None:
    text = page.tiff.text(tags.get(_DESCRIPTION), 1 << 18)
    return xml.parse(text) if "<PerkinElmer-QPI-ImageDescription" in text[:500] else None


def _qpi_channel(root: xml.Element) -> Channel:
    """Exposure in microseconds; colour as three numbers."""
    numbers = [sane.number(n) for n in (xml.value(root, "Color") or "").split(",")]
    seen = len(numbers) == 3 and all(n is not None and 0 <= n <= 255 for n in numbers)
    return Channel(
        name=sane.text(xml.value(root, "Name"), 80),
        fluorophore=sane.text(xml.value(root, "Biomarker"), 80),
        exposure_s=sane.seconds(xml.value(root, "ExposureTime"), "us"),
        color="#" + "".join(f"{int(n or 0):02X}" for n in numbers) if seen else None,
    )


# --- Philips, Trestle, any pyramid ---------------------------------------------------------------------------------

_QUOTED = re.compile(r'"([^"]*)"')
_ATTRIBUTE = re.compile(r'<Attribute Name="(DICOM_[A-Z_]{1,40})"[^<>]{0,200}>([^<>]{0,500})</Attribute>')


def philips(page: Page) -> tuple[str, ImageFacts] | None:
    """Philips TIFF: attributes with names of DICOM; spacing in millimetres, rows first."""
    if 'ObjectType="DPUfsImport"' not in page.description[:2000]:
        return None
    said: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(page.description):  # not parsed: whole pictures stand in it
        said.setdefault(name, html.unescape(value).strip())
    spacing = _QUOTED.findall(said.get("DICOM_PIXEL_SPACING", ""))
    y, x = (sane.length_um(n, "mm") for n in spacing) if len(spacing) == 2 else (None, None)
    facts = with_facts(page.facts, "DICOM_PIXEL_SPACING", pixel_size_x_um=x, pixel_size_y_um=y)
    stand = Device(*(sane.text(said.get(f"DICOM_MANUFACTURER{n}"), 80) for n in ("", "S_MODEL_NAME")))
    facts = with_facts(facts, "DICOM_MANUFACTURER", instrument=stand if stand != Device() else None)
    versions = "; ".join(_QUOTED.findall(said.get("DICOM_SOFTWARE_VERSIONS", "")))
    facts = with_facts(facts, "DICOM_SOFTWARE_VERSIONS", software=sane.text(versions, 80))
    taken = sane.when(said.get("DICOM_ACQUISITION_DATETIME", "").partition(".")[0])
    facts = with_facts(facts, "DICOM_ACQUISITION_DATETIME", acquired=taken)
    facts = with_facts(facts, "pages", levels=_tiled_levels(page))
    return "Philips TIFF", _bright_field(facts, "DPUfsImport")


def trestle(page: Page) -> tuple[str, ImageFacts] | None:
    """Trestle: ``Objective Magnification=20`` and the like in the description."""
    if not page.tiff.text(page.tags.get(_SOFTWARE), 100).startswith("MedScan"):
        return None
    said = dict(p.split("=", 1) for p in page.description.split(";") if "=" in p)
    power = sane.magnification({k.strip(): v for k, v in said.items()}.get("Objective Magnification"))
    facts = with_facts(
        page.facts, "Objective Magnification", objective=Objective(magnification=power) if power else None
    )
    facts = with_facts(facts, "Software", instrument=Device("Trestle"), software="MedScan")
    return "Trestle TIFF", _bright_field(with_facts(facts, "pages", levels=_tiled_levels(page)), "Trestle")


def pyramid(page: Page) -> ImageFacts:
    """The facts of a plain tiled file with the number of its resolutions; one plane, not a stack of pages."""
    if _TILE not in page.tags or page.pages < 2:
        return page.facts
    levels = _tiled_levels(page)
    if levels is None or levels != page.pages:
        return page.facts
    return with_facts(page.facts, "pages", levels=levels, size_z=1, size_t=1)


VENDORS: tuple[Vendor, ...] = (aperio, hamamatsu, leica, akoya, philips, trestle, ventana)
"""Dialects that are told by the first pages."""
