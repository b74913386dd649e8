"""OME-XML: the facts of its images. Tolerant: unknown elements, old schemas (2008-09 on) and bad ids do not stop it.

Schema: https://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd.
"""

from __future__ import annotations

from pathlib import Path

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.plate_names import well_name
from depositor.scan.readers import sane, xml
from depositor.scan.readers.base import Implausible, Reading, without_silent
from depositor.scan.readers.xml import Element, attribute, child, children, value

MAX_IMAGES = 5000
_TYPES = {
    "float": "float32",
    "double": "float64",
    "complex": "complex64",
    "double-complex": "complex128",
    "bit": "bool",
}


def images(document: bytes | str) -> tuple[ImageFacts, ...]:
    """The images of an OME-XML document, in its order; the first 5000."""
    root = xml.parse(document)
    if root.tag != "OME":
        raise Implausible("no OME element")
    instruments = {i.get("ID", ""): i for i in children(root, "Instrument")}
    wells = _wells(root)
    found = list(children(root, "Image"))[:MAX_IMAGES]
    return tuple(_image(image, instruments, wells) for image in found)


def metadata_file(document: bytes | str) -> str | None:
    """The companion that holds the metadata, where the document only points to one (BinaryOnly)."""
    found = child(xml.parse(document), "BinaryOnly")
    name = attribute(found, "MetadataFile")
    return Path(name.replace("\\", "/")).name if name else None


def _image(image: Element, instruments: dict[str, Element], wells: dict[str, dict[str, str]]) -> ImageFacts:
    pixels = child(image, "Pixels")
    instrument = _instrument(image, instruments)
    logical = list(children(image, "LogicalChannel"))
    facts: dict[str, object] = {}
    keys: dict[str, str] = {}

    def put(name: str, found: object, key: str) -> None:
        if found is not None and found != ():
            facts[name], keys[name] = found, key

    put("name", sane.text(attribute(image, "Name")), "Image@Name")
    put("description", _human(value(image, "Description")), "Image/Description")
    date = value(image, "AcquisitionDate") or value(image, "AcquiredDate")
    put("acquired", sane.when(date), "Image/AcquisitionDate")
    for axis in "xyzct":
        put(f"size_{axis}", sane.size(attribute(pixels, f"Size{axis.upper()}")), f"Pixels@Size{axis.upper()}")
    kind = attribute(pixels, "Type", "PixelType")
    put("pixel_type", _TYPES.get(kind.lower(), kind.lower()) if kind else None, "Pixels@Type")
    for axis in "XYZ":
        name, unit = f"PhysicalSize{axis}", attribute(pixels, f"PhysicalSize{axis}Unit") or "µm"
        put(f"pixel_size_{axis.lower()}_um", sane.length_um(attribute(pixels, name), unit), f"Pixels@{name}")
    step = sane.seconds(attribute(pixels, "TimeIncrement"), attribute(pixels, "TimeIncrementUnit") or "s")
    put("time_increment_s", step, "Pixels@TimeIncrement")
    exposures = _exposures(pixels)
    listed = [*children(pixels, "Channel"), *logical][:1000]
    channels = tuple(_channel(c, exposures.get(str(n))) for n, c in enumerate(listed))
    put("channels", without_silent(channels), "Channel")
    put("objective", _objective(image, instrument, _only_lens(instruments)), "Objective")
    put("instrument", _microscope(instrument), "Microscope")
    put("detector", _detector(pixels, instrument), "Detector")
    put("modality", _modality(channels), "Channel@AcquisitionMode")
    for name, found in wells.get(attribute(image, "ID") or "", {}).items():
        put(name, found, "Plate/Well/WellSample")
    return ImageFacts(**facts, keys=keys)  # type: ignore[arg-type]


def _human(text: str | None) -> str | None:
    """A description that a person wrote; programs put XML and key lists there."""
    found = sane.text(text, 2000)
    return None if found is None or found.startswith(("<", "{", "ImageJ=")) else found


def _channel(channel: Element, exposure_s: float | None) -> Channel:
    mode = attribute(channel, "AcquisitionMode", "Mode")
    return Channel(
        name=sane.text(attribute(channel, "Name")),
        fluorophore=sane.text(attribute(channel, "Fluor")),
        excitation_nm=_wave(channel, "ExcitationWavelength", "ExWave"),
        emission_nm=_wave(channel, "EmissionWavelength", "EmWave"),
        exposure_s=exposure_s,
        color=sane.color(attribute(channel, "Color")),
        contrast=_told(attribute(channel, "ContrastMethod")),
        mode=_told(mode),
    )


def _wave(channel: Element, name: str, old: str) -> float | None:
    return sane.wavelength_nm(attribute(channel, name, old), attribute(channel, f"{name}Unit") or "nm")


def _told(word: str | None) -> str | None:
    return None if word in (None, "Other", "Unknown") else word


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


def _by_id(instrument: Element | None, tag: str, wanted: str | None) -> Element | None:
    return next((e for e in children(instrument, tag) if wanted and e.get("ID") == wanted), None)


def _objective(image: Element, instrument: Element | None, alone: Element | None) -> Objective | None:
    """The lens that the image names, or the only one of the whole document (``alone``)."""
    settings = child(image, "ObjectiveSettings")
    settings = child(image, "ObjectiveRef") if settings is None else settings
    named = _by_id(instrument, "Objective", attribute(settings, "ID"))
    lens = alone if named is None and settings is None else named
    power = attribute(lens, "NominalMagnification") or value(lens, "NominalMagnification")
    found = Objective(
        model=sane.text(attribute(lens, "Model")),
        magnification=sane.magnification(power),
        na=sane.aperture(attribute(lens, "LensNA") or value(lens, "LensNA")),
        immersion=_told(attribute(lens, "Immersion") or value(lens, "Immersion")),
    )
    return None if found == Objective() else found


def _only_lens(instruments: dict[str, Element]) -> Element | None:
    lenses = [o for i in instruments.values() for o in children(i, "Objective")]
    return lenses[0] if len(lenses) == 1 else None


def _microscope(instrument: Element | None) -> Device | None:
    stand = child(instrument, "Microscope")
    return _device(stand)


def _detector(pixels: Element | None, instrument: Element | None) -> Device | None:
    """The detector, where all channels name the same one."""
    named = {attribute(s, "ID") for s in children(pixels, "Channel/DetectorSettings")}
    one = _by_id(instrument, "Detector", named.pop()) if len(named) == 1 else None
    return _device(one)


def _device(element: Element | None) -> Device | None:
    maker, model = (sane.text(attribute(element, name)) for name in ("Manufacturer", "Model"))
    found = Device(maker, model, _told(attribute(element, "Type")))
    return None if found == Device() else found


def _modality(channels: tuple[Channel, ...]) -> str | None:
    """The acquisition mode that all channels share."""
    modes = {c.mode for c in channels}
    return modes.pop() if len(modes) == 1 else None


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
