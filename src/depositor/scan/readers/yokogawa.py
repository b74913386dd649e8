"""Yokogawa CellVoyager (CV7000, CV8000, CQ1): the XML files beside the TIFF files of a plate.

``MeasurementData.mlf`` lists the files with their places, ``MeasurementDetail.mrf`` has pixel sizes and the plate, the
``.mes`` (or, on older systems, the settings file that the ``.mrf`` names) has lenses, filters, lasers and exposures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import ParseError

from depositor.draft.facts import Channel, Device, ImageFacts, LightSource, Objective
from depositor.scan.plate_names import well_name
from depositor.scan.readers import modality, plates, sane, xml
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts
from depositor.scan.readers.plates import Plate, Record
from depositor.scan.readers.xml import Element

NAME = "MeasurementData.mlf"
DETAIL = "MeasurementDetail.mrf"
_FORMAT = "Yokogawa CellVoyager TIFF"
_RECORDS = frozenset(("MeasurementRecord",))
_PARTS = (b":MeasurementDetail ", b":MeasurementSetting ", b":WellPlate ", b":WellPlateProduct")
_BAND = re.compile(r"BP\s*(\d{3,4}(?:\.\d+)?)\s*[/-]\s*(\d{1,3}(?:\.\d+)?)", re.IGNORECASE)

Said = dict[str, str]


class YokogawaReader:
    """The files that describe a plate of a Yokogawa CellVoyager."""

    id = "yokogawa"
    formats: tuple[str, ...] = (_FORMAT,)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        head = first_bytes[:1024]
        is_xml = head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<")
        return is_xml and any(
            part in head.replace(b"\n", b" ").replace(b"\r", b"") for part in (b":MeasurementData ", *_PARTS)
        )

    def read(self, path: Path) -> Reading:
        from depositor.scan.readers import beside  # which asks this module

        with path.open("rb") as file:
            head = file.read(1024)
        if b":MeasurementData " not in head:
            xml.parse(path.read_bytes() if path.stat().st_size <= xml.MAX_BYTES else b"")
            return Reading(_FORMAT)  # a part of the description; the .mlf tells the whole
        return Reading(_FORMAT, plates.images(plates.with_first_file(beside.parsed(path), path.parent)))


@xml.unswept()
def index(path: Path) -> Plate:
    """The plate that the ``.mlf`` at ``path`` lists. Raises Implausible for one that names no file."""
    detail = _document(path.with_name(DETAIL))
    setups = {c: _setup(s, t) for c, s, t in _channels(detail, _settings(path, detail))}
    lone = ImageFacts()
    records: dict[str, Record] = {}
    for element in xml.stream(path, _RECORDS):
        said = attributes(element)
        name = re.split(r"[/\\]", (element.text or "").strip())[-1]
        if said.get("Type") == "IMG" and name and len(records) < plates.MAX_RECORDS:
            records[name] = _record(said, setups.get(said.get("Ch", ""), lone))
    if not records:
        raise Implausible("an index without files")
    return Plate(_FORMAT, _whole(detail), "MeasurementRecord", records)


def attributes(element: Element | None) -> Said:
    """The attributes without their namespace."""
    return {xml.local(k): v.strip() for k, v in element.attrib.items()} if element is not None else {}


def _document(path: Path) -> Element | None:
    """A file of the set; None where it is missing or no XML: what the others say is told without it."""
    try:
        return xml.parse(path.read_bytes()) if path.stat().st_size <= xml.MAX_BYTES else None
    except (OSError, ParseError, Implausible, Truncated):
        return None


def _settings(path: Path, detail: Element | None) -> Element | None:
    """The settings file that the details name; else the only one in the folder."""
    named = re.split(r"[/\\]", attributes(detail).get("MeasurementSettingFileName", ""))[-1]
    if named and path.with_name(named).is_file():
        return _document(path.with_name(named))
    found = sorted(path.parent.glob("*.mes"))
    return _document(found[0]) if len(found) == 1 else None


def _channels(detail: Element | None, settings: Element | None) -> list[tuple[str, Said, Said]]:
    """(number, what the details say, what the settings say) of each channel."""
    said = {a.get("Ch", ""): a for e in xml.children(detail, "MeasurementChannel") for a in (attributes(e),)}
    sources = {
        a.get("Name", ""): a for e in xml.children(settings, "LightSourceList/LightSource") for a in (attributes(e),)
    }
    told: dict[str, Said] = {}
    for element in xml.children(settings, "ChannelList/Channel"):
        one = attributes(element)
        names = [(e.text or "").strip() for e in xml.children(element, "LightSourceName")]
        light = sources.get(names[0], {}) if len(names) == 1 else {}
        told[one.get("Ch", "")] = {**one, **{f"light {k}": v for k, v in light.items()}}
    return [(c, said.get(c, {}), told.get(c, {})) for c in {**said, **told}]


def _whole(detail: Element | None) -> ImageFacts:
    said = attributes(detail)
    plate = attributes(xml.child(detail, "MeasurementSamplePlate")).get("Name")
    facts = with_facts(ImageFacts(), "MeasurementSamplePlate@Name", plate=sane.text(plate))
    facts = with_facts(facts, "MeasurementDetail@BeginTime", acquired=sane.when(said.get("BeginTime")))
    system = sane.text(said.get("TargetSystem"))
    facts = with_facts(
        facts, "MeasurementDetail@TargetSystem", instrument=Device("Yokogawa", system) if system else None
    )
    release = sane.text(said.get("ReleaseNumber"))
    software = f"{system} {release}" if system and release else None
    return with_facts(facts, "MeasurementDetail@ReleaseNumber", software=software)


def _setup(said: Said, told: Said) -> ImageFacts:
    """How the files of one channel were taken."""
    facts = ImageFacts()
    for axis, name in (("x", "Horizontal"), ("y", "Vertical")):
        facts = with_facts(
            facts, f"MeasurementChannel@{name}Pixels", **{f"size_{axis}": sane.size(said.get(f"{name}Pixels"))}
        )
        um = sane.length_um(said.get(f"{name}PixelDimension"), "um")
        facts = with_facts(facts, f"MeasurementChannel@{name}PixelDimension", **{f"pixel_size_{axis}_um": um})
    bits = sane.size(said.get("InputBitDepth"))
    facts = with_facts(
        facts, "MeasurementChannel@InputBitDepth", significant_bits=bits if bits and bits <= 64 else None
    )
    model = sane.text(told.get("Objective"))
    lens = Objective(model, sane.magnification(told.get("Magnification")))
    facts = with_facts(facts, "Channel@Objective", objective=lens if lens != Objective() else None)
    channel = _channel(told)
    facts = with_facts(facts, "ChannelList/Channel", channels=(channel,) if channel != Channel() else ())
    facts = with_facts(facts, "Channel@Kind", modality=channel.mode, modality_id=modality.of_channel(channel))
    return with_facts(facts, "LightSourceList/LightSource", light_sources=_light(told))


def _channel(told: Said) -> Channel:
    kind, color = told.get("Kind", ""), told.get("Color", "")
    band = _BAND.fullmatch(told.get("Acquisition", ""))
    middle, width = (float(band[1]), float(band[2])) if band else (0.0, 0.0)
    laser = told.get("light Type") == "Laser"
    binning = sane.size(told.get("Binning"))
    pinhole = sane.positive(told.get("PinholeDiameter"))
    confocal = kind.startswith("Confocal")
    return Channel(
        name=sane.text(told.get("Target")),
        fluorophore=sane.text(told.get("Fluorophore")),
        excitation_nm=sane.wavelength_nm(told.get("light WaveLength")) if laser else None,
        exposure_s=sane.seconds(told.get("ExposureTime"), "ms"),
        color=f"#{color[-6:].upper()}" if re.fullmatch(r"#[0-9a-fA-F]{8}", color) else None,
        contrast="Fluorescence" if "Fluorescence" in kind else None,
        mode="SpinningDiskConfocal" if confocal else None,  # the scanner of these systems is a Nipkow disk
        emission_from_nm=middle - width / 2 if band else None,
        emission_to_nm=middle + width / 2 if band else None,
        filter=sane.text(told.get("Acquisition")),
        binning=f"{binning}x{binning}" if binning else None,
        pinhole_um=pinhole if confocal else None,
    )


def _light(told: Mapping[str, str]) -> tuple[LightSource, ...]:
    kind = sane.text(told.get("light Type"))
    nm = sane.wavelength_nm(told.get("light WaveLength"))
    return (LightSource(kind, wavelength_nm=nm),) if kind else ()


def _record(said: Said, setup: ImageFacts) -> Record:
    row, column = sane.size(said.get("Row")), sane.size(said.get("Column"))
    x, y, z = (sane.number(said.get(axis)) for axis in "XYZ")
    return Record(
        setup,
        well_name(row - 1, column - 1) if row and column else None,
        said.get("FieldIndex"),
        said.get("Ch", ""),
        said.get("ZIndex", ""),
        said.get("TimePoint", ""),
        z_um=z,
        acquired=sane.when(said.get("Time")),
        stage_um=(x, y, z) if None not in (x, y, z) else (),
    )
