"""Imaris IMS (HDF5): sizes of the data, extents, channels, dates.

Layout: Imaris 5.5 file format (Oxford Instruments). Attributes are texts of single characters. The stored array is
larger than the image where blocks are filled up, so its shape bounds the size that the attributes tell.
"""

from __future__ import annotations

import itertools
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts, Objective
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, hdf5, sane
from depositor.scan.readers.base import Implausible, Reading, with_facts, without_silent

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MOST = 1000  # channels
_MOST_TIMES = 100_000
_MOST_SAID = 2100  # attributes of one group; the times that are compared are 2000
_UNSAID = re.compile(r"\(.*(?:not|un)\s*specified.*\)", re.IGNORECASE)


class ImarisReader:
    """Imaris IMS."""

    id = "imaris"
    formats: tuple[str, ...] = ("Imaris IMS",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.startswith(_HDF5) and (b"DataSetInfo" in first_bytes or name.lower().endswith(".ims"))

    def read(self, path: Path) -> Reading:
        with hdf5.opened(path) as file:
            level = hdf5.group(file, "DataSet/ResolutionLevel 0")
            times = _numbered(level, "TimePoint ")
            channels = _numbered(hdf5.group(level, times[0]) if times else None, "Channel ")
            if not channels:
                raise Implausible("no data")
            data = hdf5.group(level, f"{times[0]}/{channels[0]}")
            stored = hdf5.dataset(data, "Data")
            shape = getattr(stored, "shape", ())
            info = hdf5.group(file, "DataSetInfo")
            facts, problems = _sizes(path, data, shape, _said(info, "Image"))
            facts = with_facts(facts, "TimePoint, Channel", size_c=len(channels), size_t=len(times))
            kind = str(getattr(stored, "dtype", "") or "")
            facts = with_facts(facts, "Data", pixel_type=kind or None)
            levels = len(_numbered(hdf5.group(file, "DataSet"), "ResolutionLevel "))
            facts = with_facts(facts, "ResolutionLevel n", levels=levels or None)
            facts = _optics(facts, info, len(channels))
            facts = _times(facts, _said(info, "TimeInfo"))
            version = sane.text(_said(info, "Imaris").get("Version"))
            facts = with_facts(facts, "DataSetInfo/Imaris@Version", software=f"Imaris {version}" if version else None)
        return Reading("Imaris IMS", (facts,), problems)


def _numbered(group: Any, prefix: str) -> list[str]:
    """``TimePoint 0``, ``TimePoint 1`` ... in the order of their numbers."""
    if group is None:
        return []
    names = itertools.islice(group, _MOST_TIMES)
    found = [n for n in names if n.startswith(prefix) and n[len(prefix) :].isdigit()]
    return sorted(found, key=lambda n: int(n[len(prefix) :]))


def _said(parent: Any, name: str) -> dict[str, str]:
    """The attributes of a group as texts; what is too long for a fact is left out."""
    group = hdf5.group(parent, name)
    found: dict[str, str] = {}
    for key in itertools.islice(group.attrs, _MOST_SAID) if group is not None else ():
        text = _text(hdf5.attribute(group, key))
        if text and not _UNSAID.fullmatch(text):
            found[key] = text
    return found


def _text(value: Any) -> str:
    return value.strip("\0 ") if isinstance(value, str) else ""


def _sizes(
    path: Path, data: Any, shape: tuple[int, ...], image: dict[str, str]
) -> tuple[ImageFacts, tuple[Problem, ...]]:
    """Sizes as the channel tells them, as far as the stored array can hold them; extents give the pixel sizes."""
    told = {f"ImageSize{axis}": _text(hdf5.attribute(data, f"ImageSize{axis}")) for axis in "XYZ"}
    facts, wrong = ImageFacts(), False
    for at, axis in enumerate("XYZ"):
        stored = sane.size(shape[2 - at]) if len(shape) == 3 else None
        said = sane.size(told.get(f"ImageSize{axis}"))
        size = said if said and stored and said <= stored else stored
        whole = sane.number(image.get(axis))
        wrong = wrong or bool(said and said != size) or (whole is not None and whole != size)
        facts = with_facts(facts, f"ImageSize{axis}", **{f"size_{axis.lower()}": size})
        low, high = sane.number(image.get(f"ExtMin{at}")), sane.number(image.get(f"ExtMax{at}"))
        if size and low is not None and high is not None and not (axis == "Z" and size == 1):
            um = sane.length_um((high - low) / size, image.get("Unit"))
            facts = with_facts(facts, f"DataSetInfo/Image@ExtMax{at}", **{f"pixel_size_{axis.lower()}_um": um})
    if facts.size_x is None or facts.size_y is None:
        raise Implausible("no sizes")
    return facts, (faults.contradiction(path.name),) if wrong else ()


def _optics(facts: ImageFacts, info: Any, count: int) -> ImageFacts:
    image = _said(info, "Image")
    facts = with_facts(facts, "DataSetInfo/Image@Name", name=sane.text(image.get("Name")))
    facts = with_facts(facts, "DataSetInfo/Image@Description", description=sane.text(image.get("Description"), 2000))
    facts = with_facts(facts, "DataSetInfo/Image@RecordingDate", acquired=sane.when(image.get("RecordingDate")))
    power, na, medium = sane.lens(image.get("LensPower"))
    lens = Objective(
        magnification=power or sane.magnification(image.get("LensPower")),
        na=sane.aperture(image.get("NumericalAperture")) or na,
        immersion=medium,
    )
    facts = with_facts(facts, "DataSetInfo/Image@LensPower", objective=lens if lens != Objective() else None)
    maker = sane.text(image.get("ManufactorString"))
    known = maker if (maker or "").lower() not in ("", "generic", "unknown", "default") else None
    stand = Device(known, sane.text(image.get("ManufactorType"))) if known else None
    facts = with_facts(facts, "DataSetInfo/Image@ManufactorString", instrument=stand)
    channels = without_silent(tuple(_channel(_said(info, f"Channel {n}")) for n in range(min(count, _MOST))))
    return with_facts(facts, "DataSetInfo/Channel n", channels=channels)


def _channel(said: dict[str, str]) -> Channel:
    shares = [sane.number(n) for n in said.get("Color", "").split()]
    whole = [round(255 * n) for n in shares if n is not None and 0 <= n <= 1]
    return Channel(
        name=sane.text(said.get("Name")),
        excitation_nm=sane.wavelength_nm(said.get("LSMExcitationWavelength")),
        emission_nm=sane.wavelength_nm(said.get("LSMEmissionWavelength")),
        color="#{:02X}{:02X}{:02X}".format(*whole) if len(whole) == len(shares) == 3 else None,
        pinhole_um=sane.length_um(said.get("LSMPinhole"), "um"),
    )


def _times(facts: ImageFacts, said: dict[str, str]) -> ImageFacts:
    """The step of the times, where it is the same between all of them."""
    moments = [_moment(said.get(f"TimePoint{n}")) for n in range(1, min(facts.size_t or 1, 2000) + 1)]
    known = [m for m in moments if m is not None]
    steps = [(b - a).total_seconds() for a, b in pairwise(known)]
    if len(known) != facts.size_t or not steps:
        return facts
    mean = sum(steps) / len(steps)
    even = mean > 0 and all(abs(s - mean) <= 0.05 * mean for s in steps)
    return with_facts(facts, "TimeInfo@TimePoint1", time_increment_s=round(mean, 6) if even else None)


def _moment(text: str | None) -> Any:
    from datetime import datetime

    try:
        return datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
