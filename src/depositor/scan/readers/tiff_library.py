"""TIFF dialects whose binary tables tifffile knows: Zeiss LSM, MetaMorph STK, Olympus SIS."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.readers import sane
from depositor.scan.readers.base import with_facts

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
    scan = said.get("ScanInformation") or {}
    facts = with_facts(facts, "LSM ScanInformation.Name", name=sane.text(scan.get("Name")))
    model = sane.text(scan.get("Objective"))
    lens = Objective(model, *sane.lens(model))
    facts = with_facts(facts, "LSM ScanInformation.Objective", objective=lens if model else None)
    names = (said.get("ChannelColors") or {}).get("ColorNames") or ()
    channels = tuple(Channel(name=sane.text(n)) for n in names)
    fits = len(channels) == facts.size_c
    return with_facts(facts, "LSM ChannelColors", channels=channels if fits else ())


def _stk(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    unit = sane.text(said.get("CalibrationUnits"))
    if said.get("SpatialCalibration"):
        x, y = (sane.length_um(said.get(f"{a}Calibration"), unit) for a in "XY")
        facts = with_facts(facts, "UIC1 XCalibration", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = _stk_planes(said, facts)
    labels = {p.get("value") for p in said.get("PlaneProperty") or () if p.get("name") == "_IllumSetting_"}
    name = sane.text(labels.pop()) if len(labels) == 1 else None
    emission = sane.wavelength_nm(said.get("wavelength"))
    facts = with_facts(facts, "UIC1 _IllumSetting_", channels=(Channel(name, emission_nm=emission),) if name else ())
    return with_facts(facts, "UIC1 CreateTime", acquired=sane.when(said.get("CreateTime")))


def _stk_planes(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    """Planes are slices where the stage moved, frames where it did not."""
    planes, steps = sane.size(said.get("NumberPlanes")), said.get("ZDistance")
    if planes is None or steps is None:
        return facts
    moves = {round(float(s), 6) for s in list(steps)[1:]} if planes > 1 else set()
    if moves and moves != {0.0}:
        step = sane.length_um(abs(moves.pop()), "um") if len(moves) == 1 else None
        return with_facts(facts, "UIC2 ZDistance", size_z=planes, size_t=1, pixel_size_z_um=step)
    return with_facts(facts, "UIC2 NumberPlanes", size_z=1, size_t=planes)


def _sis(said: dict[str, Any], facts: ImageFacts) -> ImageFacts:
    x, y = (sane.length_um(said.get(f"pixelsize{a}"), "m") for a in "xy")
    facts = with_facts(facts, "SIS pixelsizex", pixel_size_x_um=x, pixel_size_y_um=y)
    camera = sane.text(said.get("cameraname"))
    facts = with_facts(facts, "SIS cameraname", detector=Device(model=camera) if camera else None)
    return with_facts(facts, "SIS datetime", acquired=sane.when(said.get("datetime")))
