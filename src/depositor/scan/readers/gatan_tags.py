"""What DigitalMicrograph writes into the tags of an image: microscope, camera, scan, spectrometer, time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.scan.readers import dates, parts, sane
from depositor.scan.readers.base import with_facts

Tags = Mapping[str, Any]
_TERMS = {"STEM": parts.STEM, "TEM": parts.TEM, "SEM": parts.SEM}
_HIGH_LEVEL = ("Acquisition", "Parameters", "High Level")


def described(facts: ImageFacts, tags: Tags) -> ImageFacts:
    """``facts`` with what the tags of the image say. Tags that a script copied from another image are left alone."""
    facts = _stand(facts, tags)
    facts = _camera(facts, tags)
    version = sane.text(_in(tags, "GMS Version", "Created"), 40)
    software = f"Gatan Microscopy Suite {version}" if version else None
    facts = with_facts(facts, "GMS Version.Created", software=software)
    facts = with_facts(facts, "DataBar.Acquisition Time (OS)", acquired=_filetime(tags) or _date(tags))
    return _beam(facts, tags)


def _in(tags: Any, *path: str) -> Any:
    for name in path:
        tags = tags.get(name) if isinstance(tags, Mapping) else None
    return tags


def _stand(facts: ImageFacts, tags: Tags) -> ImageFacts:
    stand = sane.text(_in(tags, "Microscope Info", "Microscope")) or sane.text(_in(tags, "Session Info", "Microscope"))
    facts = with_facts(facts, "Microscope Info.Microscope", instrument=Device(model=stand) if stand else None)
    mode = sane.text(_in(tags, "Microscope Info", "Illumination Mode"))
    term = _TERMS.get(mode.split()[0].upper()) if mode else None
    return with_facts(facts, "Microscope Info.Illumination Mode", modality=mode, modality_id=term)


def _camera(facts: ImageFacts, tags: Tags) -> ImageFacts:
    """The camera; for a scanned image the detector whose signal was recorded."""
    camera = sane.text(_in(tags, "Acquisition", "Device", "Name"), 80)
    signal = sane.text(_in(tags, "DataBar", "Signal Name"), 80)
    facts = with_facts(facts, "DataBar.Signal Name", detector=Device(model=signal) if signal else None)
    facts = with_facts(facts, "Acquisition.Device.Name", detector=Device(model=camera) if camera else None)
    binning = _in(tags, *_HIGH_LEVEL, "Binning")
    pair = [sane.size(n) for n in binning] if isinstance(binning, tuple) and len(binning) == 2 else [None]
    binned = "x".join(str(n) for n in pair) if None not in pair else None
    channel = Channel(exposure_s=_exposure(tags)[0], binning=binned)
    return with_facts(facts, _exposure(tags)[1], channels=(channel,) if channel != Channel() else ())


def _exposure(tags: Tags) -> tuple[float | None, str]:
    for path in ((*_HIGH_LEVEL, "Exposure (s)"), ("EELS", "Acquisition", "Exposure (s)"),
                 ("DataBar", "Exposure Time (s)")):  # fmt: skip
        found = sane.seconds(_in(tags, *path), "s")
        if found is not None:
            return found, ".".join(path)
    return None, "Acquisition.Parameters.High Level.Exposure (s)"


def _beam(facts: ImageFacts, tags: Tags) -> ImageFacts:
    info, filter_ = _in(tags, "Microscope Info"), _in(tags, "EELS Spectrometer")

    def told(name: str, factor: float = 1.0) -> tuple[Any, str]:
        return parts.scaled(_in(info, name), factor), f"Microscope Info.{name}"

    slit = _in(filter_, "Slit width (eV)") if _in(filter_, "Slit inserted") else None
    mode = sane.text(_in(info, "Illumination Mode"), 40)
    signal = sane.text(_in(tags, "Meta Data", "Signal"), 40)
    is_eels = signal == "EELS"
    scanned = _in(info, "Operation Mode") == "SCANNING"
    facts = parts.with_electrons(
        facts,
        voltage_kv=told("Voltage", 1e-3),
        magnification=told("Indicated Magnification"),
        mode=(f"{mode} EELS" if mode and is_eels else mode, "Microscope Info.Illumination Mode"),
        cs_mm=told("Cs(mm)"),
        beam_current_na=told("Probe Current (nA)"),
        camera_length_mm=told("STEM Camera Length") if mode and mode.startswith("STEM") else (None, ""),
        tilt_deg=(_in(info, "Stage Position", "Stage Alpha"), "Microscope Info.Stage Position.Stage Alpha"),
        slit_ev=(slit, "EELS Spectrometer.Slit width (eV)"),
        dwell_us=(_in(tags, "DigiScan", "Sample Time") if scanned else None, "DigiScan.Sample Time"),
        exposure_s=_exposure(tags),
    )
    place = tuple(sane.number(_in(info, "Stage Position", f"Stage {axis}")) for axis in "XYZ")
    return with_facts(facts, "Microscope Info.Stage Position", stage_um=place if None not in place else ())


def _filetime(tags: Tags) -> str | None:
    """Windows counts 100 ns since 1601, in universal time."""
    ticks = sane.positive(_in(tags, "DataBar", "Acquisition Time (OS)"))
    if ticks is None or not 1.1e17 < ticks < 2e17:
        return None
    moment = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(seconds=ticks // 1e7)
    return sane.when(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _date(tags: Tags) -> str | None:
    """Date and hour in the words of the computer."""
    bar, eels = _in(tags, "DataBar"), _in(tags, "EELS", "Acquisition")
    for told, date, time in ((bar, "Acquisition Date", "Acquisition Time"), (eels, "Date", "Start time")):
        found = dates.numbered(str(_in(told, date) or ""), str(_in(told, time) or ""))
        if found:
            return found
    return None
