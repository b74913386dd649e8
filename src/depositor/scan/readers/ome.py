"""OME-XML: the facts of its images. Tolerant: unknown elements, old schemas (2008-09 on) and bad ids do not stop it.

Schema: https://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from depositor.draft.facts import Device, ImageFacts, Objective
from depositor.scan.plate_names import well_name
from depositor.scan.readers import modality, sane, xml
from depositor.scan.readers import ome_instrument as parts
from depositor.scan.readers.base import Implausible, Reading, with_facts, without_silent
from depositor.scan.readers.xml import Element, attribute, child, children, value

MAX_IMAGES = 5000
_TYPES = {
    "float": "float32",
    "double": "float64",
    "complex": "complex64",
    "double-complex": "complex128",
    "bit": "bool",
}
_ORDERS = frozenset(("XYZCT", "XYZTC", "XYCTZ", "XYCZT", "XYTCZ", "XYTZC"))
_CONVERTERS = ("OME Bio-Formats", "tifffile", "bioformats2raw", "aicsimageio", "bioio", "ome-types", "apeer")


def images(document: bytes | str) -> tuple[ImageFacts, ...]:
    """The images of an OME-XML document, in its order; the first 5000."""
    root = xml.parse(document)
    if root.tag != "OME":
        raise Implausible("no OME element")
    instruments = {i.get("ID", ""): i for i in children(root, "Instrument")}
    wells = _wells(root)
    found = list(children(root, "Image"))[:MAX_IMAGES]
    software = _software(root)
    return tuple(with_facts(_image(i, instruments, wells), "OME@Creator", software=software) for i in found)


def _software(root: Element) -> str | None:
    """The program that wrote the document, unless it only converted: it is not the one at the microscope."""
    creator = sane.text(attribute(root, "Creator"), 80)
    return None if creator is None or creator.startswith(_CONVERTERS) else creator


def metadata_file(document: bytes | str) -> str | None:
    """The companion that holds the metadata, where the document only points to one (BinaryOnly)."""
    found = child(xml.parse(document), "BinaryOnly")
    name = attribute(found, "MetadataFile")
    return Path(name.replace("\\", "/")).name if name else None


def _image(image: Element, instruments: dict[str, Element], wells: dict[str, dict[str, str]]) -> ImageFacts:
    pixels = child(image, "Pixels")
    instrument = _instrument(image, instruments)
    facts: dict[str, object] = {}
    keys: dict[str, str] = {}

    def put(name: str, found: object, key: str) -> None:
        if found is not None and found != ():
            facts[name], keys[name] = found, key

    put("name", named(attribute(image, "Name")), "Image@Name")
    put("description", _human(value(image, "Description")), "Image/Description")
    date = value(image, "AcquisitionDate") or value(image, "AcquiredDate")
    put("acquired", sane.when(date), "Image/AcquisitionDate")
    _pixels(pixels, put)
    exposures = _exposures(pixels)
    listed = [*children(pixels, "Channel"), *children(image, "LogicalChannel")][:1000]
    channels = tuple(parts.channel(c, instrument, exposures.get(str(n))) for n, c in enumerate(listed))
    put("channels", without_silent(channels), "Channel")
    put("objective", _objective(image, instrument, _only_lens(instruments)), "Objective")
    put("instrument", parts.device(child(instrument, "Microscope")), "Microscope")
    put("detector", _detector(listed, instrument), "Detector")
    if instrument is not None:
        put("light_sources", parts.light_sources(instrument, listed), "LightSource")
    put("environment", parts.environment(child(image, "ImagingEnvironment")), "ImagingEnvironment")
    put("modality", modality.shared_mode(channels) if channels else None, "Channel@AcquisitionMode")
    put("modality_id", modality.of(channels), "Channel@AcquisitionMode, Channel@ContrastMethod")
    for name, found in wells.get(attribute(image, "ID") or "", {}).items():
        put(name, found, "Plate/Well/WellSample")
    return ImageFacts(**facts, keys=keys)  # type: ignore[arg-type]


def _pixels(pixels: Element | None, put: Callable[[str, object, str], None]) -> None:
    """Sizes, pixel type, pixel sizes, time step and the place of the first plane."""
    for axis in "xyzct":
        put(f"size_{axis}", sane.size(attribute(pixels, f"Size{axis.upper()}")), f"Pixels@Size{axis.upper()}")
    kind = attribute(pixels, "Type", "PixelType")
    put("pixel_type", _TYPES.get(kind.lower(), kind.lower()) if kind else None, "Pixels@Type")
    order = attribute(pixels, "DimensionOrder")
    put("dimension_order", order if order in _ORDERS else None, "Pixels@DimensionOrder")
    bits = sane.size(attribute(pixels, "SignificantBits"))
    put("significant_bits", bits if bits and bits <= 128 else None, "Pixels@SignificantBits")
    for axis in "XYZ":
        name, unit = f"PhysicalSize{axis}", attribute(pixels, f"PhysicalSize{axis}Unit") or "µm"
        put(f"pixel_size_{axis.lower()}_um", sane.length_um(attribute(pixels, name), unit), f"Pixels@{name}")
    step = sane.seconds(attribute(pixels, "TimeIncrement"), attribute(pixels, "TimeIncrementUnit") or "s")
    if step is not None:
        put("time_increment_s", step, "Pixels@TimeIncrement")
    elif (sane.size(attribute(pixels, "SizeT")) or 1) > 1:
        put("time_increment_s", _even_step(pixels), "Plane@DeltaT")
    put("stage_um", _stage(child(pixels, "Plane")), "Plane@PositionX")


def _even_step(pixels: Element | None) -> float | None:
    """The time between the first planes of all time points, where it is the same within five per cent."""
    times: dict[int, float] = {}
    for plane in children(pixels, "Plane"):
        at, unit = sane.number(attribute(plane, "TheT")), attribute(plane, "DeltaTUnit") or "s"
        seconds = sane.number(attribute(plane, "DeltaT"))
        if attribute(plane, "TheC") == attribute(plane, "TheZ") == "0" and at is not None and seconds is not None:
            times[int(at)] = seconds * (sane.seconds(1, unit) or 0)
    ordered = [times[n] for n in sorted(times)]
    if len(ordered) < 2 or sorted(times) != list(range(len(times))):
        return None
    mean = (ordered[-1] - ordered[0]) / (len(ordered) - 1)
    even = mean > 0 and all(abs(b - a - mean) <= 0.05 * mean for a, b in pairwise(ordered))
    return round(mean, 6) if even else None


def _stage(plane: Element | None) -> tuple[float | None, ...]:
    """Where the stage stood; "reference frame" is no unit."""
    found: list[float | None] = []
    for axis in "XYZ":
        number = sane.number(attribute(plane, f"Position{axis}"))
        factor = sane.to_um(attribute(plane, f"Position{axis}Unit"))
        found.append(round(number * factor, 6) if number is not None and factor is not None else None)
    return tuple(found) if found[0] is not None and found[1] is not None else ()


def named(name: str | None) -> str | None:
    """The name of an image; of a path only its end, for folders have names of people."""
    found = sane.text(name)
    if found and re.match(r"/|[A-Za-z]:[/\\]|.*\\", found):
        found = sane.text(re.split(r"[/\\]", found)[-1])
    return found


def _human(text: str | None) -> str | None:
    """A description that a person wrote; programs put XML and key lists there."""
    found = sane.text(text, 2000)
    return None if found is None or found.startswith(("<", "{", "ImageJ=")) else found


def _exposures(pixels: Element | None) -> dict[str, float | None]:
    """The exposure of each channel whose planes agree."""
    found: dict[str, set[float | None]] = {}
    for plane in children(pixels, "Plane"):
        time = sane.seconds(attribute(plane, "ExposureTime"), attribute(plane, "ExposureTimeUnit") or "s")
        found.setdefault(attribute(plane, "TheC") or "", set()).add(time)
    return {channel: times.pop() for channel, times in found.items() if len(times) == 1}


def _instrument(image: Element, instruments: dict[str, Element]) -> Element | None:
    """The instrument that the image names, or the only one of the document."""
    found = attribute(child(image, "InstrumentRef"), "ID")
    if found is not None:
        return instruments.get(found)
    return next(iter(instruments.values())) if len(instruments) == 1 else None


def _objective(image: Element, instrument: Element | None, alone: Element | None) -> Objective | None:
    """The lens that the image names, or the only one of the whole document (``alone``)."""
    settings = child(image, "ObjectiveSettings")
    settings = child(image, "ObjectiveRef") if settings is None else settings
    named = parts.by_id(instrument, "Objective", attribute(settings, "ID"))
    return parts.objective(alone if named is None and settings is None else named, settings)


def _only_lens(instruments: dict[str, Element]) -> Element | None:
    lenses = [o for i in instruments.values() for o in children(i, "Objective")]
    return lenses[0] if len(lenses) == 1 else None


def _detector(channels: list[Element], instrument: Element | None) -> Device | None:
    """The detector, where all channels that name one name the same."""
    named = {
        attribute(s, "ID") for c in channels for tag in ("DetectorSettings", "DetectorRef") for s in children(c, tag)
    }
    return parts.device(parts.by_id(instrument, "Detector", named.pop())) if len(named) == 1 else None


def _wells(root: Element) -> dict[str, dict[str, str]]:
    """Image id -> plate, well and field that it shows."""
    found: dict[str, dict[str, str]] = {}
    for plate in children(root, "Plate"):
        name = sane.text(attribute(plate, "Name"))
        for well in children(plate, "Well"):
            row, column = sane.number(attribute(well, "Row")), sane.number(attribute(well, "Column"))
            place = well_name(int(row), int(column)) if row is not None and column is not None else None
            for number, sample in enumerate(children(well, "WellSample")):
                image = attribute(child(sample, "ImageRef"), "ID")
                pairs = {"plate": name, "well": place, "field": str(number + 1)}
                if image:
                    found[image] = {k: v for k, v in pairs.items() if v}
    return found


class OmeXmlReader:
    """OME-XML files and the companions of OME-TIFF sets."""

    id = "ome-xml"
    formats: tuple[str, ...] = ("OME-XML",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        head = first_bytes.lstrip(b"\xef\xbb\xbf \r\n\t")
        return head.startswith(b"<") and any(m in first_bytes for m in (b"<OME ", b":OME ", b"<OME\n", b"<OME>"))

    def read(self, path: Path) -> Reading:
        if path.stat().st_size > xml.MAX_BYTES:
            raise Implausible("XML too large")
        return Reading("OME-XML", images(path.read_bytes()))
