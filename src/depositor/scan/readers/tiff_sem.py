"""TIFF files of scanning electron microscopes: FEI / Thermo Fisher, Zeiss, TESCAN, and those of Hitachi and JEOL that
have a text beside them. Names of people and serial numbers stay out."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from pathlib import Path

from depositor.draft.facts import Device, Environment, ImageFacts
from depositor.scan import kinds
from depositor.scan.readers import dates, parts, sane
from depositor.scan.readers.base import with_facts
from depositor.scan.readers.tiff_page import Page, Vendor

_FEI, _FEI_TITAN, _ZEISS, _TESCAN = 34682, 34683, 34118, 50431
_MOST_TEXT = 1 << 20
_ION_BEAMS = ("IBeam", "IonBeam")

Ini = Mapping[str, Mapping[str, str]]


def _ini(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in text.splitlines()[:20_000]:
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = found.setdefault(line[1:-1], {})
        elif "=" in line:
            key, _, value = line.partition("=")
            section[key.strip()] = value.strip()
    return found


# --- FEI, Thermo Fisher --------------------------------------------------------------------------------------------


def fei(page: Page) -> tuple[str, ImageFacts] | None:
    """FEI / Thermo Fisher SEM and DualBeam: an ini text in tag 34682; lengths in metres, angles in radians."""
    text = page.tiff.text(page.tags.get(_FEI) or page.tags.get(_FEI_TITAN), _MOST_TEXT)
    if not text.lstrip().startswith("["):
        return None
    said = _ini(text)
    scan, system, detectors = said.get("Scan", {}), said.get("System", {}), said.get("Detectors", {})
    x, y = (sane.length_um(scan.get(f"Pixel{k}"), "m") for k in ("Width", "Height"))
    facts = with_facts(page.facts, "[Scan] PixelWidth", pixel_size_x_um=x, pixel_size_y_um=y)
    stand = Device("FEI / Thermo Fisher Scientific", sane.text(system.get("SystemType")))
    facts = with_facts(facts, "[System] SystemType", instrument=stand if stand.model else None)
    facts = with_facts(facts, "[System] Software", software=sane.text(system.get("Software")))
    mode = sane.text(detectors.get("Mode"))
    sensor = Device(model=sane.text(detectors.get("Name")), kind=None if mode == "None" else mode)
    facts = with_facts(facts, "[Detectors] Name", detector=sensor if sensor.model else None)
    facts = with_facts(facts, "[User] Date", acquired=_fei_date(said))
    beam = said.get("Beam", {}).get("Beam")
    if beam == "EBeam" and x:
        facts = with_facts(facts, "[Beam] Beam", modality="SEM", modality_id=parts.SEM)
    if beam == "EBeam" or beam in _ION_BEAMS:
        facts = _fei_beam(facts, said, beam or "")
    return "FEI TIFF", _fei_room(facts, said)


def _fei_date(said: Ini) -> str | None:
    """The moment with the day first, else the American date, where nothing contradicts it."""
    user = said.get("User", {})
    made = said.get("PrivateFei", {}).get("TimeOfCreation", "").split()
    found = dates.numbered(*made) if len(made) == 2 else None
    return found or dates.american(user.get("Date"), user.get("Time"))


def _fei_beam(facts: ImageFacts, said: Ini, beam: str) -> ImageFacts:
    own, common = said.get(beam, {}), said.get("Beam", {})
    scan, stage = said.get("Scan", {}), said.get("Stage", {})
    facts = parts.with_electrons(
        facts,
        voltage_kv=(parts.scaled(common.get("HV"), 1e-3), "[Beam] HV"),
        mode=("SEM" if beam == "EBeam" else "FIB", "[Beam] Beam"),
        spot_size=(common.get("Spot"), "[Beam] Spot"),
        beam_current_na=(parts.scaled(own.get("BeamCurrent"), 1e9), f"[{beam}] BeamCurrent"),
        working_distance_mm=(parts.scaled(own.get("WD"), 1e3), f"[{beam}] WD"),
        dwell_us=(parts.scaled(scan.get("Dwelltime"), 1e6), "[Scan] Dwelltime"),
        tilt_deg=(parts.scaled(stage.get("StageT"), 180 / math.pi), "[Stage] StageT"),
    )
    place = tuple(parts.scaled(stage.get(f"Stage{axis}"), 1e6) for axis in "XYZ")
    return with_facts(facts, "[Stage] StageX", stage_um=place if None not in place else ())


def _fei_room(facts: ImageFacts, said: Ini) -> ImageFacts:
    """Pressure of the chamber (pascal), and what a heating or cooling stage measured (kelvin)."""
    pressure = sane.positive(said.get("Vacuum", {}).get("ChPressure"))
    kelvin = sane.positive(said.get("Specimen", {}).get("Temperature"))
    humidity = sane.positive(said.get("Vacuum", {}).get("Humidity"))
    room = Environment(
        temperature_c=round(kelvin - 273.15, 2) if kelvin and 4 <= kelvin <= 2000 else None,
        pressure_hpa=parts.rounded(pressure / 100) if pressure and pressure < 5000 else None,
        humidity_percent=humidity if humidity and humidity <= 100 else None,
    )
    return with_facts(facts, "[Vacuum] ChPressure", environment=room if room != Environment() else None)


# --- Zeiss ---------------------------------------------------------------------------------------------------------

_PREFIXES = {"": 1.0, "m": 1e-3, "µ": 1e-6, "μ": 1e-6, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "k": 1e3, "K": 1e3}
_QUANTITY = re.compile(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


def zeiss_sem(page: Page) -> tuple[str, ImageFacts] | None:
    """Zeiss SmartSEM: lines like ``AP_ACTUALKV`` and ``EHT =  8.00 kV`` in tag 34118."""
    text = page.tiff.text(page.tags.get(_ZEISS), _MOST_TEXT)
    if not text:
        return None
    said = _zeiss_lines(text)
    um = _quantity(said.get("AP_IMAGE_PIXEL_SIZE"), "m", 1e6)
    um = sane.length_um(um, "um")
    facts = with_facts(page.facts, "AP_IMAGE_PIXEL_SIZE", pixel_size_x_um=um, pixel_size_y_um=um)
    stand = Device("Carl Zeiss", sane.text(said.get("DP_SEM") or said.get("DP_COLUMN_TYPE"), 80))
    facts = with_facts(facts, "DP_SEM", instrument=stand)
    sensor = sane.text(said.get("DP_DETECTOR_TYPE") or said.get("DP_DETECTOR_CHANNEL"), 80)
    facts = with_facts(facts, "DP_DETECTOR_TYPE", detector=Device(model=sensor) if sensor else None)
    version = sane.text((said.get("SV_VERSION") or "").partition(" :")[0], 40)
    facts = with_facts(facts, "SV_VERSION", software=f"SmartSEM {version}" if version else None)
    taken = dates.named(f"{said.get('AP_DATE', '')} {said.get('AP_TIME', '')}".strip())
    facts = with_facts(facts, "AP_DATE, AP_TIME", acquired=taken)
    if said.get("DP_FIB_IMAGING", "SEM") == "SEM":
        facts = with_facts(facts, "tag 34118", modality="SEM", modality_id=parts.SEM)
    return "Zeiss SEM TIFF", _zeiss_beam(facts, said)


def _zeiss_lines(text: str) -> dict[str, str]:
    """Key -> value; a key stands in a line of its own, the line after it has a label and the value."""
    lines = text.splitlines()[:20_000]
    found: dict[str, str] = {}
    for key, line in itertools.pairwise(lines):
        if re.match(r"(?:AP|DP|SV)_\w+\s*$", key):
            label, mark, value = line.partition("=")
            found.setdefault(key.strip(), (value if mark else label.partition(":")[2]).strip())
    return found


def _quantity(text: str | None, unit: str, factor: float = 1.0) -> float | None:
    """``8.00 kV`` in volts, ``690 pA`` in amperes, ``2.00 K X`` in X; times ``factor``."""
    found = _QUANTITY.match(text or "")
    if not found or not found[2].endswith(unit):
        return None
    prefix = _PREFIXES.get(found[2][: len(found[2]) - len(unit)].strip())
    return parts.scaled(found[1], prefix * factor) if prefix is not None else None


def _zeiss_beam(facts: ImageFacts, said: Mapping[str, str]) -> ImageFacts:
    def told(key: str, unit: str, factor: float = 1.0) -> parts.Told:
        return _quantity(said.get(key), unit, factor), key

    facts = parts.with_electrons(
        facts,
        voltage_kv=told("AP_ACTUALKV", "V", 1e-3),
        magnification=told("AP_MAG", "X"),
        mode=(facts.modality, "DP_FIB_IMAGING"),
        working_distance_mm=told("AP_WD", "m", 1e3),
        beam_current_na=told("AP_IPROBE", "A", 1e9),
        dwell_us=told("DP_DWELL_TIME", "s", 1e6),
        tilt_deg=told("AP_STAGE_AT_T", "°"),
    )
    place = tuple(_quantity(said.get(f"AP_STAGE_AT_{axis}"), "m", 1e6) for axis in "XYZ")
    return with_facts(facts, "AP_STAGE_AT_X", stage_um=place if None not in place else ())


# --- TESCAN --------------------------------------------------------------------------------------------------------


def tescan(page: Page) -> tuple[str, ImageFacts] | None:
    """TESCAN: an ini text behind a thumbnail in tag 50431; metres, volts, amperes, degrees."""
    text = page.tiff.text(page.tags.get(_TESCAN), _MOST_TEXT)
    start = text.find("[MAIN]")
    if start < 0:
        return None
    said = _ini(text[start:].replace("\0", "\n"))
    main, sem = said.get("MAIN", {}), said.get("SEM", {})
    x, y = (sane.length_um(main.get(f"PixelSize{a}"), "m") for a in "XY")
    facts = with_facts(page.facts, "[MAIN] PixelSizeX", pixel_size_x_um=x, pixel_size_y_um=y)
    stand = Device("TESCAN", sane.text(main.get("Device") or main.get("DeviceModel"), 80))
    facts = with_facts(facts, "[MAIN] Device", instrument=stand)
    facts = with_facts(facts, "[MAIN] SoftwareVersion", software=sane.text(main.get("SoftwareVersion"), 80))
    sensor = sane.text(sem.get("Detector") or sem.get("Detector0"), 80)
    facts = with_facts(facts, "[SEM] Detector", detector=Device(model=sensor) if sensor else None)
    taken = sane.when(f"{main.get('Date', '')} {main.get('Time', '')}".strip())
    facts = with_facts(facts, "[MAIN] Date", acquired=taken)
    if sem:
        facts = with_facts(facts, "[SEM]", modality="SEM", modality_id=parts.SEM)
    return "TESCAN TIFF", parts.with_electrons(
        facts,
        voltage_kv=(parts.scaled(sem.get("HV"), 1e-3), "[SEM] HV"),
        magnification=(main.get("Magnification"), "[MAIN] Magnification"),
        working_distance_mm=(parts.scaled(sem.get("WD"), 1e3), "[SEM] WD"),
        beam_current_na=(parts.scaled(sem.get("PredictedBeamCurrent"), 1e9), "[SEM] PredictedBeamCurrent"),
        dwell_us=(parts.scaled(sem.get("DwellTime"), 1e6), "[SEM] DwellTime"),
        tilt_deg=(sem.get("StageTilt"), "[SEM] StageTilt"),
    )


# --- texts beside pictures -----------------------------------------------------------------------------------------


def sidecar(page: Page) -> tuple[str, ImageFacts] | None:
    """A picture of a Hitachi or JEOL SEM: its facts stand in the text of the same name."""
    text = _beside(page.path.with_name(f"{kinds.stem(page.path.name)}.txt")) if page.path else ""
    if "[SemImageFile]" in text[:200]:
        return "Hitachi SEM TIFF", _hitachi(page.facts, _ini(text).get("SemImageFile", {}))
    if text.startswith("$CM_FORMAT"):
        pairs = (line.lstrip("$").partition(" ") for line in text.splitlines()[:1000] if line.startswith("$"))
        return "JEOL SEM TIFF", _jeol_sem(page.facts, {k: v.strip() for k, _, v in pairs})
    return None


def _beside(path: Path) -> str:
    """The text, where its first line is of one of the two kinds; else empty."""
    try:
        with path.open("rb") as file:
            raw = file.read(200)
            if (
                b"\0" not in raw
                and b"[SemImageFile]" not in raw
                and not raw.lstrip(b"\xef\xbb\xbf").startswith(b"$CM_")
            ):
                return ""
            raw += file.read(_MOST_TEXT)
    except OSError:
        return ""
    return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace").lstrip("\ufeff")


def _hitachi(facts: ImageFacts, said: Mapping[str, str]) -> ImageFacts:
    """Lengths in nm, working distance in µm, volts, nanoamperes."""
    um = sane.length_um(said.get("PixelSize"), "nm")
    facts = with_facts(facts, "PixelSize", pixel_size_x_um=um, pixel_size_y_um=um)
    stand = Device("Hitachi", sane.text(said.get("InstructName"), 80))
    facts = with_facts(facts, "InstructName", instrument=stand if stand.model else None)
    sensor = sane.text(said.get("SignalName"), 80)
    facts = with_facts(facts, "SignalName", detector=Device(model=sensor) if sensor else None)
    facts = with_facts(facts, "Date, Time", acquired=dates.numbered(said.get("Date"), said.get("Time")))
    facts = with_facts(facts, "[SemImageFile]", modality="SEM", modality_id=parts.SEM)
    volts = _quantity(said.get("AcceleratingVoltage", "").replace("Volt", "V"), "V", 1e-3)
    distance = _quantity(said.get("WorkingDistance"), "m", 1e3)
    return parts.with_electrons(
        facts,
        voltage_kv=(volts, "AcceleratingVoltage"),
        magnification=(said.get("Magnification"), "Magnification"),
        working_distance_mm=(distance, "WorkingDistance"),
    )


def _jeol_sem(facts: ImageFacts, said: Mapping[str, str]) -> ImageFacts:
    """The bar that the microscope drew, in pixels and in its length, gives the pixel size."""
    bar = sane.positive(said.get("SM_MICRON_BAR"))
    length = _quantity(said.get("SM_MICRON_MARKER"), "m", 1e6)
    um = sane.length_um(length / bar, "um") if bar and length and bar > 20 else None
    facts = with_facts(facts, "$SM_MICRON_MARKER", pixel_size_x_um=um, pixel_size_y_um=um)
    stand = Device("JEOL", sane.text(said.get("CM_INSTRUMENT"), 80))
    facts = with_facts(facts, "$CM_INSTRUMENT", instrument=stand if stand.model else None)
    sensor = sane.text(said.get("CM_SIGNAL"), 80)
    facts = with_facts(facts, "$CM_SIGNAL", detector=Device(model=sensor) if sensor else None)
    taken = sane.when(f"{said.get('CM_DATE', '')} {said.get('CM_TIME', '')}".strip())
    facts = with_facts(facts, "$CM_DATE", acquired=taken)
    facts = with_facts(facts, "$CM_FORMAT", modality="SEM", modality_id=parts.SEM)
    return parts.with_electrons(
        facts,
        voltage_kv=(said.get("CM_ACCEL_VOLT"), "$CM_ACCEL_VOLT"),
        magnification=(said.get("CM_MAG"), "$CM_MAG"),
        working_distance_mm=(said.get("SM_WD"), "$SM_WD"),
    )


VENDORS: tuple[Vendor, ...] = (fei, zeiss_sem, tescan)
"""Dialects that are told by the first page."""
