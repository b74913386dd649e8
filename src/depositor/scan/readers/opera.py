"""Opera, Operetta and Phenix (PerkinElmer, now Revvity): ``Index.idx.xml`` or ``Index.xml`` beside the TIFF files.

The schemas of Harmony differ in one thing: to version 5 each image repeats all of its settings, from 6 on the settings
of a channel stand once in a map. Both are read: an image takes what its channel says and then what it says itself. The
TIFF files alone mislead: their resolution tag is the pixel of the camera.
"""

from __future__ import annotations

import re
from pathlib import Path

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.plate_names import well_name
from depositor.scan.readers import modality, plates, sane, xml
from depositor.scan.readers.base import Implausible, Reading, with_facts
from depositor.scan.readers.plates import Plate, Record
from depositor.scan.readers.xml import Element

NAMES = ("Index.idx.xml", "Index.xml", "Index.ref.xml", "ImageIndex.ColumbusIDX.xml")
_WANTED = frozenset(("InstrumentType", "Plate", "Well", "Entry", "Image"))
_FORMAT = "Opera Phenix / Operetta TIFF"
_MODES = {"NipkowConfocal": "SpinningDiskConfocal", "NonConfocal": "WideField"}
_CONTRASTS = ("Fluorescence", "Brightfield", "Phase")
_OWN = frozenset(
    (
        *("id", "State", "URL", "Row", "Col", "FieldID", "PlaneID", "TimepointID", "SequenceID", "GroupID"),
        *("PositionX", "PositionY", "PositionZ", "AbsPositionZ", "MeasurementTimeOffset", "AbsTime"),
        "OrientationMatrix",
    )
)  # what is of one file; all else is of its channel

Said = dict[str, tuple[str, str]]  # name -> (text, unit)


class OperaReader:
    """The index of an Opera, Operetta or Phenix measurement."""

    id = "opera"
    formats: tuple[str, ...] = (_FORMAT,)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return b"<EvaluationInputData" in first_bytes[:1024] and first_bytes.lstrip(b"\xef\xbb\xbf \r\n").startswith(
            b"<"
        )

    def read(self, path: Path) -> Reading:
        from depositor.scan.readers import beside  # which asks this module

        return Reading(_FORMAT, plates.images(plates.with_first_file(beside.parsed(path), path.parent)))


@xml.unswept()
def index(path: Path) -> Plate:
    """The whole index. Raises Implausible for one that names no file."""
    instrument = ""
    plate: Said = {}
    channels: dict[str, Said] = {}
    setups: dict[tuple[object, ...], ImageFacts] = {}
    records: dict[str, Record] = {}
    for element in xml.stream(path, _WANTED):
        match xml.local(element.tag):
            case "InstrumentType":
                instrument = (element.text or "").strip()
            case "Plate":
                plate = plate or _said(element)
            case "Entry":
                channels.setdefault(element.get("ChannelID", ""), {}).update(_said(element))
            case "Image" if len(element) and len(records) < plates.MAX_RECORDS:
                _add(records, setups, channels, _said(element))
    if not records:
        raise Implausible("an index without files")
    return Plate(_FORMAT, _whole(instrument, _maker(path), plate), "Images/Image", records)


def _maker(path: Path) -> str | None:
    """The maker, as the namespace of the document names it; that of later versions names none."""
    with path.open("rb") as file:
        return "PerkinElmer" if b"www.perkinelmer.com" in file.read(1024) else None


def _said(element: Element) -> Said:
    return {xml.local(e.tag): ((e.text or "").strip(), e.get("Unit", "")) for e in element if not len(e)}


def _whole(instrument: str, maker: str | None, plate: Said) -> ImageFacts:
    facts = with_facts(
        ImageFacts(), "Plates/Plate/Name", plate=sane.text(_text(plate, "Name") or _text(plate, "PlateID"))
    )
    facts = with_facts(facts, "MeasurementStartTime", acquired=sane.when(_text(plate, "MeasurementStartTime")))
    stand = Device(maker, sane.text(instrument)) if instrument else None
    return with_facts(facts, "InstrumentType", instrument=stand)


def _add(
    records: dict[str, Record],
    setups: dict[tuple[object, ...], ImageFacts],
    channels: dict[str, Said],
    image: Said,
) -> None:
    name = re.split(r"[/\\]", _text(image, "URL") or "")[-1]
    channel = _text(image, "ChannelID") or ""
    if not name:
        return
    own = tuple((k, v) for k, v in image.items() if k not in _OWN)
    key = (channel, *own)
    if key not in setups:
        setups[key] = _setup({**channels.get(channel, {}), **dict(own)})
    x, y, z = (_um(image, f"Position{axis}") for axis in "XYZ")
    records[name] = Record(
        setups[key],
        _well(image),
        _text(image, "FieldID"),
        channel,
        _text(image, "PlaneID") or "",
        _text(image, "TimepointID") or "",
        z_um=z,
        acquired=sane.when(_text(image, "AbsTime")),
        stage_um=(x, y, z) if None not in (x, y, z) else (),
    )


def _text(said: Said, name: str) -> str | None:
    return said.get(name, ("", ""))[0] or None


def _um(said: Said, name: str) -> float | None:
    """A position, which may be zero or negative."""
    found, unit = sane.number(_text(said, name)), said.get(name, ("", ""))[1]
    factor = sane.to_um(unit)
    return round(found * factor, 6) if found is not None and factor is not None else None


def _well(image: Said) -> str | None:
    row, column = sane.size(_text(image, "Row")), sane.size(_text(image, "Col"))
    return well_name(row - 1, column - 1) if row and column else None


def _setup(said: Said) -> ImageFacts:
    """How the files of one channel were taken."""
    facts = ImageFacts()
    for axis in "XY":
        size, um = said.get(f"ImageSize{axis}", ("", "")), said.get(f"ImageResolution{axis}", ("", ""))
        facts = with_facts(facts, f"ImageSize{axis}", **{f"size_{axis.lower()}": sane.size(size[0])})
        key, found = f"ImageResolution{axis}", sane.length_um(um[0], um[1])
        facts = with_facts(facts, key, **{f"pixel_size_{axis.lower()}_um": found})
    lens = Objective(
        magnification=sane.magnification(_text(said, "ObjectiveMagnification")),
        na=sane.aperture(_text(said, "ObjectiveNA")),
    )
    facts = with_facts(facts, "ObjectiveMagnification, ObjectiveNA", objective=lens if lens != Objective() else None)
    camera = sane.text(_text(said, "CameraType"))
    facts = with_facts(facts, "CameraType", detector=Device(model=camera) if camera else None)
    channel = _channel(said)
    facts = with_facts(facts, "ChannelName", channels=(channel,) if channel != Channel() else ())
    facts = with_facts(facts, "AcquisitionType", modality=channel.mode)
    return with_facts(facts, "AcquisitionType, ChannelType", modality_id=modality.of_channel(channel))


def _channel(said: Said) -> Channel:
    binning = [sane.size(_text(said, f"Binning{axis}")) for axis in "XY"]
    kind = _text(said, "ChannelType")
    acquired = _text(said, "AcquisitionType")
    exposure = said.get("ExposureTime", ("", ""))
    return Channel(
        name=sane.text(_text(said, "ChannelName")),
        excitation_nm=sane.wavelength_nm(_text(said, "MainExcitationWavelength")),
        emission_nm=sane.wavelength_nm(_text(said, "MainEmissionWavelength")),
        exposure_s=sane.seconds(exposure[0], exposure[1]),
        contrast=kind if kind in _CONTRASTS else None,
        mode=_MODES.get(acquired or "", acquired),
        illumination=sane.text(_text(said, "IlluminationType")),
        detector=sane.text(_text(said, "CameraType")),
        binning=f"{binning[0]}x{binning[1]}" if all(binning) else None,
    )
