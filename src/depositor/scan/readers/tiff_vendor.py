"""What programs write into the texts of TIFF files: ImageJ, MetaSeries, Micro-Manager; slides and electron
microscopes have modules of their own."""

from __future__ import annotations

import json
import math
import re
import struct
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.scan.readers import mmstudio, sane, tiff_mibi, tiff_sem, tiff_slide, tiff_tem, xml
from depositor.scan.readers.base import Implausible, Truncated, with_facts
from depositor.scan.readers.tiff_page import Page, Vendor, per_unit
from depositor.scan.tifftags import Tiff

MICRO_MANAGER = 51123


# --- ImageJ --------------------------------------------------------------------------------------------------------


def imagej(page: Page) -> tuple[str, ImageFacts] | None:
    """ImageJ and Fiji: sizes, calibration (pixels per its own unit, not per the unit of the tag), frame interval."""
    if not page.description.startswith("ImageJ="):
        return None
    said = dict(line.split("=", 1) for line in page.description.splitlines() if "=" in line)
    facts = with_facts(page.facts, "ImageJ", software=f"ImageJ {said['ImageJ']}"[:60])
    facts = _imagej_sizes(facts, said)
    unit = said.get("unit", "").replace("\\u00B5", "µ")
    x, y = (per_unit(page, tag, unit) for tag in (282, 283))
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
        binning=mmstudio.binning(binned[1]) if binned else None,
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
    facts = mmstudio.summary(_ndtiff_sizes(page, facts), kept)
    return "Micro-Manager TIFF", mmstudio.plane(facts, said)


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
        told, files = mmstudio.ndtiff_index(index)
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


VENDORS: tuple[Vendor, ...] = (
    *(imagej, metaseries, *tiff_slide.VENDORS, *tiff_sem.VENDORS, *tiff_tem.VENDORS, *tiff_mibi.VENDORS),
    micro_manager,
    *(tiff_sem.sidecar, tiff_tem.movie),  # these look beside the file
)
