"""What programs write into the texts of TIFF files: ImageJ, MetaSeries, Aperio, FEI and Zeiss SEM, Micro-Manager."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.readers import micromanager, sane, xml
from depositor.scan.readers.base import Implausible, Truncated, with_facts
from depositor.scan.tifftags import Tag, Tiff

FEI, ZEISS_SEM, MICRO_MANAGER, NDPI = 34682, 34118, 51123, 65420


@dataclass(frozen=True, slots=True)
class Page:
    """The first page: the open file, its tags, what they say in general, and how many pages follow."""

    tiff: Tiff
    tags: dict[int, Tag]
    facts: ImageFacts
    pages: int
    description: str
    path: Path | None = None


Vendor = Callable[[Page], tuple[str, ImageFacts] | None]


# --- ImageJ --------------------------------------------------------------------------------------------------------


def imagej(page: Page) -> tuple[str, ImageFacts] | None:
    """ImageJ and Fiji: sizes, calibration (pixels per its own unit, not per the unit of the tag), frame interval."""
    if not page.description.startswith("ImageJ="):
        return None
    said = dict(line.split("=", 1) for line in page.description.splitlines() if "=" in line)
    facts = with_facts(page.facts, "ImageJ", software=f"ImageJ {said['ImageJ']}"[:60])
    facts = _imagej_sizes(facts, said)
    unit = said.get("unit", "").replace("\\u00B5", "µ")
    x, y = (_per_unit(page, tag, unit) for tag in (282, 283))
    step = sane.length_um(said.get("spacing"), unit) if (facts.size_z or 1) > 1 else None
    facts = with_facts(facts, "XResolution and ImageJ unit", pixel_size_x_um=x, pixel_size_y_um=y)
    facts = with_facts(facts, "ImageJ spacing", pixel_size_z_um=step)
    interval = sane.seconds(said.get("finterval"), said.get("tunit", "sec"))
    return "ImageJ TIFF", with_facts(facts, "ImageJ finterval", time_increment_s=interval)


def _imagej_sizes(facts: ImageFacts, said: dict[str, str]) -> ImageFacts:
    channels, slices, frames = (sane.size(said.get(k)) for k in ("channels", "slices", "frames"))
    planes = sane.size(said.get("images")) or 1
    if not (channels or slices or frames) and planes > 1:
        return facts
    samples = facts.size_c or 1
    if (channels or 1) * (slices or 1) * (frames or 1) != planes:
        return facts
    size_c = channels or samples
    return with_facts(facts, "ImageJ", size_c=size_c, size_z=slices or 1, size_t=frames or 1)


def _per_unit(page: Page, tag: int, unit: str | None) -> float | None:
    found = page.tiff.numbers(page.tags.get(tag), 1)
    if not found or found[0] <= 0 or found[0] == 1 or (unit or "").strip().lower() in ("inch", "in"):
        return None
    return sane.length_um(1 / found[0], unit)


# --- MetaMorph, MetaXpress -----------------------------------------------------------------------------------------


def metaseries(page: Page) -> tuple[str, ImageFacts] | None:
    """MetaSeries XML of MetaMorph and MetaXpress (ImageXpress). The resolution tags of these files say 1 per inch."""
    if not page.description.lstrip().startswith("<MetaData>"):
        return None
    root = xml.parse(page.description)
    said = {e.get("id", ""): e.get("value", "") for e in root.iter() if e.tag in ("prop", "custom-prop")}
    facts = with_facts(page.facts, "MetaSeries image-name", name=sane.text(said.get("image-name")))
    if said.get("spatial-calibration-state", "").lower() == "on" or sane.number(said.get("spatial-calibration-x")):
        unit = said.get("spatial-calibration-units")
        x, y = (sane.length_um(said.get(f"spatial-calibration-{a}"), unit) for a in "xy")
        facts = with_facts(facts, "MetaSeries spatial-calibration-x", pixel_size_x_um=x, pixel_size_y_um=y)
    when = sane.when(said.get("acquisition-time-local"))
    facts = with_facts(facts, "MetaSeries acquisition-time-local", acquired=when)
    software = " ".join(filter(None, (said.get("ApplicationName"), said.get("ApplicationVersion"))))
    facts = with_facts(facts, "MetaSeries ApplicationName", software=sane.text(software))
    return "MetaSeries TIFF", _metaseries_optics(facts, said)


def _metaseries_optics(facts: ImageFacts, said: dict[str, str]) -> ImageFacts:
    model = sane.text(said.get("_MagSetting_"))
    magnification, na, immersion = sane.lens(model)
    lens = Objective(model, magnification, sane.aperture(said.get("_MagNA_")) or na, immersion)
    about = said.get("Description", "")
    exposure = re.search(r"Exposure:\s*([\d.]+)\s*(ms|s)", about)
    camera = re.search(r"Acquired from (.+?)(?: Camera)?\s*$", about, re.MULTILINE)
    binned = re.search(r"Binning:\s*(\d+\s*x\s*\d+)", about)
    channel = Channel(
        name=sane.text(said.get("_IllumSetting_")),
        emission_nm=sane.wavelength_nm(said.get("wavelength")),
        exposure_s=sane.seconds(exposure[1], exposure[2]) if exposure else None,
        detector=sane.text(camera[1], 80) if camera else None,
        binning=micromanager.binning(binned[1]) if binned else None,
    )
    sensor = Device(model=channel.detector) if channel.detector else None
    facts = with_facts(facts, "MetaSeries Description", detector=sensor)
    facts = with_facts(facts, "MetaSeries _MagSetting_", objective=lens if lens != Objective() else None)
    facts = with_facts(facts, "MetaSeries _IllumSetting_", channels=(channel,) if channel != Channel() else ())
    plate = re.search(r"Plate Name:\s*(.+)", about)
    facts = with_facts(facts, "MetaSeries Description", plate=sane.text(plate[1]) if plate else None)
    label = re.match(r"([A-Z]{1,2}\d{2})\b(?:.*?[Ss]ite\s*(\d+))?", said.get("stage-label", ""))
    if label:
        facts = with_facts(facts, "MetaSeries stage-label", well=label[1], field=label[2])
    return facts


# --- slide scanners ------------------------------------------------------------------------------------------------


def aperio(page: Page) -> tuple[str, ImageFacts] | None:
    """Aperio SVS: ``key = value`` texts behind the first ``|``."""
    if not page.description.startswith("Aperio"):
        return None
    parts = (p.split("=", 1) for p in page.description.split("|")[1:] if "=" in p)
    said = {k.strip(): v.strip() for k, v in parts}
    um = sane.length_um(said.get("MPP"), "um")
    facts = with_facts(page.facts, "Aperio MPP", pixel_size_x_um=um, pixel_size_y_um=um)
    power = sane.magnification(said.get("AppMag"))
    facts = with_facts(facts, "Aperio AppMag", objective=Objective(magnification=power) if power else None)
    facts = with_facts(facts, "Aperio Date", acquired=_american(said.get("Date"), said.get("Time")))
    software = sane.text(page.description.splitlines()[0].partition(";")[0], 80)
    return "Aperio SVS", with_facts(facts, "Aperio", instrument=Device(manufacturer="Aperio"), software=software)


def _american(date: str | None, time: str | None) -> str | None:
    for form in ("%m/%d/%y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"):
        try:
            return sane.when(datetime.strptime(f"{date} {time}", form).isoformat())  # noqa: DTZ007 - no zone is told
        except ValueError:
            continue
    return None


def hamamatsu(page: Page) -> tuple[str, ImageFacts] | None:
    """Hamamatsu NDPI: magnification of the source lens, resolution in pixels per centimetre."""
    if NDPI not in page.tags:
        return None
    lens = page.tiff.numbers(page.tags.get(65421), 1)
    power = sane.magnification(lens[0]) if lens else None
    facts = with_facts(page.facts, "NDPI SourceLens", objective=Objective(magnification=power) if power else None)
    if page.tiff.number(page.tags.get(296)) == 3:
        x, y = (_per_unit(page, tag, "cm") for tag in (282, 283))
        facts = with_facts(facts, "XResolution", pixel_size_x_um=x, pixel_size_y_um=y)
    stand = Device(sane.text(page.tiff.text(page.tags.get(271))), sane.text(page.tiff.text(page.tags.get(272))))
    return "Hamamatsu NDPI", with_facts(facts, "Make, Model", instrument=stand if stand != Device() else None)


# --- electron microscopes ------------------------------------------------------------------------------------------


def fei(page: Page) -> tuple[str, ImageFacts] | None:
    """FEI / Thermo Fisher SEM and DualBeam: an ini text in tag 34682; pixel width in metres."""
    text = page.tiff.text(page.tags.get(FEI), 1 << 20)
    if not text:
        return None
    said = _ini(text)
    scan, system, detectors = said.get("Scan", {}), said.get("System", {}), said.get("Detectors", {})
    x, y = (sane.length_um(scan.get(f"Pixel{k}"), "m") for k in ("Width", "Height"))
    facts = with_facts(page.facts, "[Scan] PixelWidth", pixel_size_x_um=x, pixel_size_y_um=y)
    stand = Device("FEI / Thermo Fisher Scientific", sane.text(system.get("SystemType")))
    facts = with_facts(facts, "[System] SystemType", instrument=stand if stand.model else None)
    facts = with_facts(facts, "[System] Software", software=sane.text(system.get("Software")))
    sensor = Device(model=sane.text(detectors.get("Name")), kind=sane.text(detectors.get("Mode")))
    facts = with_facts(facts, "[Detectors] Name", detector=sensor if sensor.model else None)
    user = said.get("User", {})
    when = _american(user.get("Date"), user.get("Time"))
    facts = with_facts(facts, "[User] Date", acquired=when)
    electrons = said.get("Beam", {}).get("Beam") == "EBeam" and bool(x)
    return "FEI TIFF", with_facts(facts, "[Beam] Beam", modality="SEM" if electrons else None)


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


def zeiss_sem(page: Page) -> tuple[str, ImageFacts] | None:
    """Zeiss SEM: ``Image Pixel Size = 2.791 nm`` and the like in tag 34118."""
    text = page.tiff.text(page.tags.get(ZEISS_SEM), 1 << 20)
    if not text:
        return None
    found = re.search(r"^Image Pixel Size\s*=\s*([\d.]+)\s*(\S+)", text, re.MULTILINE)
    um = sane.length_um(found[1], found[2]) if found else None
    facts = with_facts(page.facts, "AP_IMAGE_PIXEL_SIZE", pixel_size_x_um=um, pixel_size_y_um=um)
    return "Zeiss SEM TIFF", with_facts(facts, "tag 34118", modality="SEM", instrument=Device("Carl Zeiss"))


# --- Micro-Manager -------------------------------------------------------------------------------------------------


def micro_manager(page: Page) -> tuple[str, ImageFacts] | None:
    """Micro-Manager and NDTiff: JSON of the first plane in tag 51123, that of the whole behind the header."""
    text = page.tiff.text(page.tags.get(MICRO_MANAGER), 1 << 20)
    if not text.startswith("{"):
        return None
    said = _json(text)
    if said is None:
        return None
    facts = page.facts
    if page.pages == 1:
        facts = with_facts(facts, "one page", size_z=1, size_t=1)
    whole = _json(_mm_summary(page.tiff)) or {}
    counts = [sane.size(whole.get(k)) for k in ("Slices", "Channels", "Frames")]
    fits = all(counts) and math.prod(c or 0 for c in counts) == page.pages
    kept = (
        whole if fits else {k: v for k, v in whole.items() if k in ("PixelSize_um", "MicroManagerVersion", "StartTime")}
    )
    facts = micromanager.summary(_ndtiff_sizes(page, facts), kept)
    return "Micro-Manager TIFF", micromanager.plane(facts, said)


_MM_SUMMARY, _ND_TIFF = 2355492, 483729


def _mm_summary(tiff: Tiff) -> str:
    """The JSON that describes the data set, of a stack of Micro-Manager or of an NDTiff; empty where there is none."""
    head = tiff.bytes_at(0, 48)
    if len(head) < 48:
        return ""
    at = 20 if struct.unpack(f"{tiff.order}I", head[8:12])[0] == _ND_TIFF else 32
    mark, length = struct.unpack(f"{tiff.order}II", head[at : at + 8])
    raw = tiff.bytes_at(at + 8, length) if mark == _MM_SUMMARY and length < 1 << 20 else b""
    return raw.decode("utf-8", "replace").rstrip("\0")


def _ndtiff_sizes(page: Page, facts: ImageFacts) -> ImageFacts:
    """Sizes from the index beside, where the whole data set lies in this one file."""
    index = page.path.with_name("NDTiff.index") if page.path else None
    if index is None or not index.is_file():
        return facts
    try:
        told, files = micromanager.ndtiff_index(index)
    except (OSError, Implausible, Truncated):
        return facts
    if files != (index.with_name(files[0]).name,) or page.path is None or page.path.name != files[0]:
        return facts
    sizes = {name: getattr(told, name) for name in ("size_z", "size_c", "size_t")}
    return with_facts(facts, "NDTiff.index", **sizes)


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


VENDORS: tuple[Vendor, ...] = (imagej, metaseries, aperio, hamamatsu, fei, zeiss_sem, micro_manager)
