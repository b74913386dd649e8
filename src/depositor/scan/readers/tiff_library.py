"""TIFF dialects whose binary tables tifffile knows: Zeiss LSM, MetaMorph STK, Olympus SIS."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, LightSource, Objective
from depositor.scan.readers import mmstudio, modality, sane
from depositor.scan.readers.base import with_facts

_INFRARED_NM = 690  # lasers beyond it excite with two photons, and no pinhole then makes a confocal
LSM, STK, SIS = 34412, 33629, 33560


def read(path: Path, tags: set[int], facts: ImageFacts) -> tuple[str, ImageFacts] | None:
    """What the binary table of a dialect says beyond ``facts``; None where the file has none."""
    if not tags & {LSM, STK, SIS}:
        return None
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it names files in its warnings
    with tifffile.TiffFile(path) as file:
        if LSM in tags:
            return "Zeiss LSM", _lsm(file.lsm_metadata or {}, facts)
        if STK in tags:
            return "MetaMorph STK", _stk(file.stk_metadata or {}, facts)
        return "Olympus SIS TIFF", _sis(file.sis_metadata or {}, facts)


def _lsm(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    x, y, z = (sane.length_um(said.get(f"VoxelSize{a}"), "m") for a in "XYZ")
    depth = sane.size(said.get("DimensionZ"))
    facts = with_facts(facts, "LSM VoxelSizeX", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = with_facts(facts, "LSM VoxelSizeZ", pixel_size_z_um=z if (depth or 1) > 1 else None)
    named = zip("xyzct", ("X", "Y", "Z", "Channels", "Time"), strict=True)
    sizes = {f"size_{axis}": sane.size(said.get(f"Dimension{name}")) for axis, name in named}
    facts = with_facts(facts, "LSM DimensionX", **sizes)
    step = sane.seconds(said.get("TimeIntervall"), "s") if (facts.size_t or 1) > 1 else None
    facts = with_facts(facts, "LSM TimeIntervall", time_increment_s=step)
    return _lsm_scan(facts, said, said.get("ScanInformation") or {})


def _lsm_scan(facts: ImageFacts, said: dict[str, Any], scan: dict[str, Any]) -> ImageFacts:
    """What the recording says: its name, day, lens, lasers and channels. Its user stays there."""
    facts = with_facts(facts, "LSM ScanInformation.Name", name=sane.text(scan.get("Name")))
    facts = with_facts(facts, "LSM ScanInformation.Description", description=sane.text(scan.get("Description"), 2000))
    facts = with_facts(facts, "LSM ScanInformation.Sample0time", acquired=_ole_date(scan.get("Sample0time")))
    model = sane.text(scan.get("Objective"))
    lens = Objective(model, *sane.lens(model))
    facts = with_facts(facts, "LSM ScanInformation.Objective", objective=lens if model else None)
    tracks = [t for t in scan.get("Tracks") or () if t.get("Acquire", 1)]
    lines = {sane.wavelength_nm(i.get("Wavelength")) for t in tracks for i in t.get("IlluminationChannels") or ()}
    light = tuple(LightSource("Laser", wavelength_nm=nm) for nm in sorted(n for n in lines if n))
    facts = with_facts(facts, "LSM Tracks.IlluminationChannels.Wavelength", light_sources=light)
    confocal = bool(light) and all((one.wavelength_nm or 0) < _INFRARED_NM for one in light)
    channels = _lsm_channels(facts, said, tracks, "LaserScanningConfocalMicroscopy" if confocal else None)
    facts = with_facts(facts, "LSM ChannelColors", channels=channels)
    facts = with_facts(facts, "LSM Tracks", modality=modality.shared_mode(channels) if channels else None)
    return with_facts(facts, "LSM Tracks", modality_id=modality.of(channels))


def _ole_date(days: Any) -> str | None:
    """Days since 30 December 1899; no zone is told."""
    found = sane.number(days)
    if found is None or not 25_569 < found < 80_000:
        return None
    return sane.when((datetime(1899, 12, 30) + timedelta(days=found)).strftime("%Y-%m-%dT%H:%M:%S"))  # noqa: DTZ001


def _lsm_channels(
    facts: ImageFacts, said: dict[str, Any], tracks: list[dict[str, Any]], mode: str | None
) -> tuple[Channel, ...]:
    """The channels by their names; with the detector where there are as many detectors, with the band of a spectrum."""
    names = (said.get("ChannelColors") or {}).get("ColorNames") or ()
    if len(names) != facts.size_c:
        return ()
    used = [d for t in tracks for d in t.get("DetectionChannels") or () if d.get("Acquire")]
    fits = len(used) == len(names)
    bands = said.get("ChannelWavelength")
    bands = bands if bands is not None and len(bands) == len(names) else [(0, 0)] * len(names)
    colors = (said.get("ChannelColors") or {}).get("Colors") or [()] * len(names)
    each = zip(names, used if fits else [used[0] if len(used) == 1 else {}] * len(names), bands, colors, strict=False)
    return tuple(_lsm_channel(n, d, b, c, mode) for n, d, b, c in each)


def _lsm_channel(name: Any, detector: dict[str, Any], band: Any, color: Any, mode: str | None) -> Channel:
    low, high = (sane.wavelength_nm(n, "m") for n in band)
    rgb = [int(n) for n in tuple(color)[:3]]
    transmitted = "T-PMT" in str(name) or "ChD" in str(name)
    return Channel(
        name=sane.text(name),
        fluorophore=sane.text(detector.get("DyeName")),
        color="#{:02X}{:02X}{:02X}".format(*rgb) if len(rgb) == 3 and all(0 <= n <= 255 for n in rgb) else None,
        mode=None if transmitted else mode,
        emission_from_nm=round(low, 3) if low else None,
        emission_to_nm=round(high, 3) if high else None,
        filter=sane.text(detector.get("FilterName")),
        detector=sane.text(detector.get("PointDetectorName")),
        gain=sane.positive(detector.get("DetectorGainFirst")),
        pinhole_um=sane.length_um(detector.get("PinholeDiameter"), "um") if not transmitted else None,
    )


def _stk(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    unit = sane.text(said.get("CalibrationUnits"))
    if said.get("SpatialCalibration"):
        x, y = (sane.length_um(said.get(f"{a}Calibration"), unit) for a in "XY")
        facts = with_facts(facts, "UIC1 XCalibration", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = _stk_planes(said, facts)
    model = _stk_property(said, "_MagSetting_")
    power, na, medium = sane.lens(model)
    lens = Objective(model, power, sane.aperture(_stk_property(said, "_MagNA_")) or na, medium)
    facts = with_facts(facts, "UIC1 _MagSetting_", objective=lens if power else None)
    places = said.get("StagePosition")
    place = tuple(sane.number(n) for n in places[0]) if places is not None and len(places) else ()
    facts = with_facts(facts, "UIC4 StagePosition", stage_um=place if None not in place and any(place) else ())
    channel = _stk_channel(said)
    facts = with_facts(facts, "UIC1 _IllumSetting_", channels=(channel,) if channel != Channel() else ())
    return with_facts(facts, "UIC1 CreateTime", acquired=sane.when(said.get("CreateTime")))


def _stk_property(said: dict[str, Any], name: str) -> str | None:
    """A property that all planes agree on."""
    found = {str(p.get("value")) for p in said.get("PlaneProperty") or () if p.get("name") == name}
    return sane.text(found.pop()) if len(found) == 1 else None


def _stk_channel(said: dict[str, Any]) -> Channel:
    about = {str(d).partition("\0")[0] for d in said.get("PlaneDescriptions") or ()}
    text = about.pop() if len(about) == 1 else ""
    exposure = re.search(r"Exposure:\s*([\d.]+)\s*(ms|s)", text)
    binned = re.search(r"Binning:\s*(\d{1,2}(?:\s*x\s*\d{1,2})?)", text)
    gain = re.search(r"EMCCD Gain:\s*([\d.]+)", text)
    return Channel(
        name=_stk_property(said, "_IllumSetting_"),
        emission_nm=sane.wavelength_nm(said.get("wavelength")),
        exposure_s=sane.seconds(exposure[1], exposure[2]) if exposure else None,
        binning=mmstudio.binning(binned[1]) if binned else None,
        gain=sane.positive(gain[1]) if gain else None,
    )


def _stk_planes(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    """Planes are slices where the stage moved, frames where it did not."""
    planes, steps = sane.size(said.get("NumberPlanes")), said.get("ZDistance")
    if planes is None or steps is None:
        return facts
    moves = {round(float(s), 6) for s in list(steps)[1:]} if planes > 1 else set()
    if moves and moves != {0.0}:
        step = sane.length_um(abs(moves.pop()), "um") if len(moves) == 1 else None
        return with_facts(facts, "UIC2 ZDistance", size_z=planes, size_t=1, pixel_size_z_um=step)
    facts = with_facts(facts, "UIC2 NumberPlanes", size_z=1, size_t=planes)
    created = said.get("DatetimeCreated")
    times = [str(t) for t in created] if created is not None else []
    return with_facts(facts, "UIC2 DatetimeCreated", time_increment_s=_even_step(times[:5000]))


def _even_step(times: list[str]) -> float | None:
    """The time between planes, where it is the same within five per cent."""
    try:
        moments = [datetime.fromisoformat(t[:26]) for t in times]
    except ValueError:
        return None
    steps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    mean = sum(steps) / len(steps) if steps else 0.0
    return round(mean, 6) if mean > 0 and all(abs(s - mean) <= 0.05 * mean for s in steps) else None


def sis_page(path: Path, number: int, facts: ImageFacts) -> ImageFacts:
    """``facts`` of the page ``number`` with what the table of Olympus SIS on that page says."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # it names files in its warnings
    with tifffile.TiffFile(path) as file:
        tag = getattr(file.pages[number], "tags", {}).get(SIS)
        return _sis(tag.value, facts) if tag is not None and isinstance(tag.value, dict) else facts


def _sis(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    x, y = (sane.length_um(said.get(f"pixelsize{a}"), "m") for a in "xy")
    facts = with_facts(facts, "SIS pixelsizex", pixel_size_x_um=x, pixel_size_y_um=y)
    camera = sane.text(said.get("cameraname"))
    facts = with_facts(facts, "SIS cameraname", detector=Device(model=camera) if camera else None)
    return with_facts(facts, "SIS datetime", acquired=sane.when(said.get("datetime")))
