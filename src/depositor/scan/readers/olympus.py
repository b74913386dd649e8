"""Olympus FluoView: OIF (a settings file with a folder of planes beside it) and OIB (all of that in one file).

The main settings tell sizes, date, channels and lasers; the settings of the planes (``.pty``) tell the lens. Layout as
the files show it: sections and ``key=value`` in UTF-16.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from depositor.draft.facts import Channel, Device, ImageFacts, LightSource, Objective
from depositor.scan.readers import faults, modality, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts
from depositor.scan.readers.compound import MAGIC, CompoundFile

Sections = Mapping[str, Mapping[str, str]]

_MOST_TEXT = 8 << 20
_MOST_CHANNELS = 64
_DATE = "ImageCaputreDate".encode("utf-16-le")  # as Olympus writes it
_BAND = re.compile(r"B[AP]\s*(\d{3,4})\s*-\s*(\d{3,4})")
_INFRARED_NM = 690  # lasers beyond it excite with two photons, and no pinhole then makes a confocal


class OlympusReader:
    """Olympus OIB and OIF."""

    id = "olympus-fluoview"
    formats: tuple[str, ...] = ("Olympus OIB", "Olympus OIF")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes.startswith(MAGIC):
            return name.lower().endswith(".oib") or "OibInfo.txt".encode("utf-16-le") in first_bytes
        head = first_bytes.removeprefix(b"\xff\xfe")
        return head.startswith("[".encode("utf-16-le")) and (_DATE in head or name.lower().endswith(".oif"))

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            if file.read(8) != MAGIC:
                return _oif(path)
            stored = CompoundFile(file)
            information = settings(stored.read("OibInfo.txt", _MOST_TEXT)).get("OibSaveInfo", {})
            main = settings(stored.read(information.get("MainFileName", ""), _MOST_TEXT))
            if not main:
                raise Truncated("no settings")
            planes = {shown.rpartition("/")[2]: key for key, shown in information.items() if shown.endswith(".pty")}
            stream = {path.rpartition("/")[2]: path for path in stored.streams}

            def plane(name: str) -> Sections:
                return settings(stored.read(stream.get(planes[name], ""), _MOST_TEXT))

            return Reading("Olympus OIB", (facts(main, sorted(planes), plane),))


def _oif(path: Path) -> Reading:
    """The settings file, and the settings of the planes in the folder beside it."""
    with path.open("rb") as file:
        main = settings(file.read(_MOST_TEXT))
    folder = path.with_name(f"{path.name}.files")
    names = sorted(p.name for p in folder.glob("*.pty")) if folder.is_dir() else []

    def plane(name: str) -> Sections:
        with (folder / name).open("rb") as file:
            return settings(file.read(_MOST_TEXT))

    problems = () if folder.is_dir() else (faults.part_missing(path.name, folder.name),)
    return Reading("Olympus OIF", (facts(main, names, plane),), problems)


def settings(raw: bytes) -> Sections:
    """Section -> key -> value, without the quotes around it."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in raw.decode("utf-16", "replace").splitlines():
        text = line.strip("\0 \r\n\t")
        if text.startswith("[") and text.endswith("]"):
            section = found.setdefault(text[1:-1], {})
        elif "=" in text:
            key, _, value = text.partition("=")
            section.setdefault(key.strip(), value.strip().strip("'\""))
    return found


def facts(main: Sections, planes: list[str], plane: Callable[[str], Sections]) -> ImageFacts:
    """What the main settings and those of the first plane of each channel say."""
    found = _sizes(main)
    each = [plane(name) for name in _first_of_channel(planes)]
    found = _optics(found, each[0] if each else {})
    common, version = main.get("Acquisition Parameters Common", {}), main.get("Version Info", {})
    found = with_facts(found, "ImageCaputreDate", acquired=sane.when(common.get("ImageCaputreDate")))
    stand = sane.text(common.get("Acquisition Device") or version.get("SystemName"))
    found = with_facts(found, "Acquisition Device", instrument=Device("Olympus", stand) if stand else None)
    software = " ".join(filter(None, (version.get("SystemName"), version.get("SystemVersion"))))
    found = with_facts(found, "[Version Info] SystemVersion", software=sane.text(software))
    about = main.get("File Info", {})
    found = with_facts(found, "[File Info] UserComment", description=sane.text(about.get("UserComment"), 2000))
    lasers = [s for k, s in main.items() if re.fullmatch(r"Laser \d+ Parameters", k) and s.get("Laser Enable") == "1"]
    nm = (sane.wavelength_nm(s.get("LaserWavelength")) for s in lasers)
    light = tuple(LightSource("Laser", wavelength_nm=n) for n in nm if n)
    found = with_facts(found, "[Laser n Parameters] LaserWavelength", light_sources=light)
    channels = _channels(main, each)
    if len(channels) == found.size_c:
        found = with_facts(found, "[Channel n Parameters]", channels=channels)
    found = with_facts(found, "[Channel n Parameters] Confocal", modality=_mode(found.channels))
    return with_facts(found, "[Channel n Parameters] Confocal", modality_id=modality.of(found.channels))


def _mode(channels: tuple[Channel, ...]) -> str | None:
    return next((c.mode for c in channels if c.mode), None)


def _first_of_channel(names: list[str]) -> list[str]:
    """``s_C001Z001.pty`` -> the first of each channel, in their order."""
    first: dict[str, str] = {}
    for name in sorted(names):
        found = re.search(r"_C(\d+)", name)
        if found:
            first.setdefault(found[1], name)
    return list(first.values())[:_MOST_CHANNELS]


def _axes(main: Sections) -> dict[str, Mapping[str, str]]:
    """Code (X, Y, C, Z, T, L) -> the axis, of those that the image has."""
    order = main.get("Axis Parameter Common", {}).get("AxisOrder", "")
    listed = (main.get(f"Axis {n} Parameters Common", {}) for n in range(10))
    return {a["AxisCode"]: a for a in listed if a.get("AxisCode") and a["AxisCode"] in order}


def _sizes(main: Sections) -> ImageFacts:
    axes, image = _axes(main), main.get("Reference Image Parameter", {})
    counts = {code: sane.size(axis.get("MaxSize")) or 1 for code, axis in axes.items()}
    if "X" not in counts or "Y" not in counts:
        raise Implausible("no sizes")
    sizes = {f"size_{code.lower()}": counts.get(code, 1) for code in "XYZT"}
    found = with_facts(ImageFacts(), "[Axis n Parameters Common] MaxSize", **sizes)
    found = with_facts(found, "[Axis n Parameters Common] MaxSize", size_c=counts.get("C", 1) * counts.get("L", 1))
    x = sane.length_um(image.get("WidthConvertValue"), image.get("WidthUnit"))
    y = sane.length_um(image.get("HeightConvertValue"), image.get("HeightUnit"))
    found = with_facts(found, "WidthConvertValue", pixel_size_x_um=x)
    found = with_facts(found, "HeightConvertValue", pixel_size_y_um=y)
    kind = {"1": "uint8", "2": "uint16", "4": "uint32"}.get(image.get("ImageDepth", ""))
    bits = sane.size(image.get("ValidBitCounts"))
    found = with_facts(found, "ImageDepth", pixel_type=kind)
    found = with_facts(found, "ValidBitCounts", significant_bits=bits if bits and bits <= 32 else None)
    return _steps(found, axes)


def _steps(found: ImageFacts, axes: Mapping[str, Mapping[str, str]]) -> ImageFacts:
    for code, size in (("Z", found.size_z or 1), ("T", found.size_t or 1)):
        axis = axes.get(code, {})
        start, end = sane.number(axis.get("StartPosition")), sane.number(axis.get("EndPosition"))
        if size < 2 or start is None or end is None:
            continue
        step, unit = round(abs(end - start) / (size - 1), 6), axis.get("UnitName")
        key = f"[Axis {code}] StartPosition, EndPosition"
        if code == "Z":
            found = with_facts(found, key, pixel_size_z_um=sane.length_um(step, unit))
        else:
            found = with_facts(found, key, time_increment_s=sane.seconds(step, unit))
    return found


def _optics(found: ImageFacts, plane: Sections) -> ImageFacts:
    said = plane.get("Acquisition Parameters Common", {})
    model = sane.text(said.get("ObjectiveLens Name"))
    power, na, medium = sane.lens(model)
    lens = Objective(
        model,
        sane.magnification(said.get("Magnification")) or power,
        sane.aperture(said.get("ObjectiveLens NAValue")) or na,
        medium,
    )
    return with_facts(found, "ObjectiveLens Name", objective=lens if lens != Objective() else None)


def _channels(main: Sections, planes: list[Sections]) -> tuple[Channel, ...]:
    numbered = sorted(
        (int(m[1]), s) for k, s in main.items() if (m := re.fullmatch(r"Channel (\d{1,4}) Parameters", k))
    )
    common = main.get("Acquisition Parameters Common", {})
    power = {
        sane.number(common.get(f"LaserWavelength{n:02}")): sane.number(common.get(f"LaserTransmissivity{n:02}"))
        for n in range(1, 11)
    }
    settings = [p.get("Acquisition Parameters Common", {}) for p in planes]
    pairs = zip(numbered, settings + [{}] * len(numbered), strict=False)
    return tuple(_channel(said, plane, power) for (_, said), plane in pairs)


def _channel(said: Mapping[str, str], plane: Mapping[str, str], power: Mapping[float | None, float | None]) -> Channel:
    light, nm = said.get("LightType"), sane.wavelength_nm(said.get("ExcitationWavelength"))
    band = _BAND.fullmatch(said.get("BF Name", ""))
    confocal = said.get("Confocal") == "ON" and light == "Fluorescence" and nm is not None and nm < _INFRARED_NM
    pinhole = sane.length_um(plane.get("PinholeDiameter"), "nm")
    return Channel(
        name=sane.text(said.get("CH Name")),
        fluorophore=_dye(said.get("DyeName")),
        excitation_nm=nm,
        emission_nm=sane.wavelength_nm(said.get("EmissionWavelength")),
        contrast="Fluorescence" if light == "Fluorescence" else None,
        mode="LaserScanningConfocalMicroscopy" if confocal else None,
        illumination="Transmitted" if light == "Transmitted Light" else None,
        emission_from_nm=sane.wavelength_nm(band[1]) if band else None,
        emission_to_nm=sane.wavelength_nm(band[2]) if band else None,
        filter=sane.text(said.get("BF Name")),
        detector=sane.text(plane.get("PMTDetectingMode")) and f"PMT ({plane['PMTDetectingMode']})",
        gain=sane.positive(said.get("AnalogPMTVoltage")),
        laser_percent=power.get(nm),
        pinhole_um=pinhole if confocal else None,
    )


def _dye(name: str | None) -> str | None:
    return None if (name or "").lower() in ("", "none") else sane.text(name)
