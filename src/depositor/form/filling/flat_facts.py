"""The facts of one image by name, as values that can be counted: ``electrons.voltage_kv``, ``pixel_size.x_um``.

Names end in the unit (:data:`UNITS`); numbers are rounded to four digits. A few follow from others without a choice:
how long a time lapse took, and the technique of a tilt series.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from depositor.draft.facts import Channel, ImageFacts
from depositor.form.filling.tally import rounded

UNITS: Mapping[str, str] = {
    "um": "µm", "nm": "nm", "mm": "mm", "s": "s", "ms": "ms", "us": "µs", "ns": "ns", "kv": "kV", "ev": "eV",
    "deg": "°", "na": "nA", "ma": "mA", "mw": "mW", "mhz": "MHz", "c": "°C", "percent": "%", "hpa": "hPa", "t": "T",
    "mgy": "mGy", "e_per_a2": "e⁻/Å²",
}  # fmt: skip
_PARTS = ("electrons", "ions", "environment", "medical", "lifetime", "objective")
_PLAIN = (
    *("instrument", "detector", "software", "stain", "pixel_type", "dimension_order", "compression", "plate", "well"),
    *("field", "time_increment_s", "significant_bits"),
)


def unit_of(name: str) -> str:
    """The unit that the name of a fact ends in; nothing where it has none."""
    last = name.rpartition(".")[2]
    found = (unit for ending, unit in UNITS.items() if last.endswith(f"_{ending}"))
    return max(found, key=len, default="")


def flat(image: ImageFacts) -> dict[str, Any]:
    """Every fact that says something."""
    return {name: value for name, value in _facts(image) if value is not None and value not in ((), "")}


def keys_of(name: str) -> tuple[str, ...]:
    """The names under which an image's ``keys`` may tell the native key of a fact, the nearest first."""
    return _KEYS.get(name, (name, name.partition(".")[0]))


_DICOM = re.compile("(?!SEM|TEM|STEM|EELS)[A-Z]{2,9}")  # the words of its attribute Modality
_KEYS: Mapping[str, tuple[str, ...]] = {
    "extents": ("size_x",),
    "pixel_size": ("pixel_size_x_um",),
    "pixel_size.x_um": ("pixel_size_x_um",),
    "pixel_size.y_um": ("pixel_size_y_um",),
    "pixel_size.z_um": ("pixel_size_z_um",),
    "binning": ("channels",),
    "duration_s": ("time_increment_s", "size_t"),
    "temporal": ("size_t",),
    "medical.modality": ("modality",),
    "underfocus_um": ("electrons.defocus_um", "electrons"),
    "overfocus_um": ("electrons.defocus_um", "electrons"),
    "technique": ("electrons.tilt_min_deg", "electrons"),
}


def _facts(image: ImageFacts) -> Iterator[tuple[str, Any]]:
    for name in _PLAIN:
        yield name, _short(getattr(image, name))
    for part in _PARTS:
        found = getattr(image, part)
        if is_dataclass(found):
            yield from ((f"{part}.{f.name}", _short(getattr(found, f.name))) for f in fields(found))
    yield "instrument.kind", image.instrument.kind if image.instrument else None
    yield "detector.kind", image.detector.kind if image.detector else None
    yield "objective", image.objective
    yield "light_sources", image.light_sources
    joined = {c.binning for c in image.channels}
    yield "binning", joined.pop() if len(joined) == 1 else None
    yield "channels", tuple(plain_channel(c) for c in image.channels)
    yield from _extents(image)
    yield from _sizes(image)
    yield from _following(image)


def _extents(image: ImageFacts) -> Iterator[tuple[str, Any]]:
    yield "extents", tuple((a, n) for a in "xyzct" if (n := getattr(image, f"size_{a}")) and (n > 1 or a in "xy"))


def _sizes(image: ImageFacts) -> Iterator[tuple[str, Any]]:
    axes = "xyz" if (image.size_z or 1) > 1 else "xy"
    found = [(a, rounded(getattr(image, f"pixel_size_{a}_um"))) for a in axes]
    told = tuple((a, n) for a, n in found if n)
    yield "pixel_size", told
    yield from ((f"pixel_size.{a}_um", n) for a, n in told)


def _following(image: ImageFacts) -> Iterator[tuple[str, Any]]:
    if image.modality and _DICOM.fullmatch(image.modality):
        yield "medical.modality", image.modality
    times, step = image.size_t or 1, image.time_increment_s
    if times > 1:
        yield "temporal", "time-lapse"
        if step:
            yield "duration_s", rounded((times - 1) * step)
    beam = image.electrons
    defocus = (beam.defocus_um if beam else None) or 0
    if defocus:
        yield ("underfocus_um" if defocus < 0 else "overfocus_um"), rounded(abs(defocus))
    tilts = (beam.tilt_min_deg, beam.tilt_max_deg) if beam else (None, None)
    if tilts[0] is not None and tilts[1] is not None and tilts[0] < tilts[1]:
        yield "technique", "tomography"


def plain_channel(channel: Channel) -> Channel:
    """A channel with its numbers rounded."""
    names = (f.name for f in fields(channel) if isinstance(getattr(channel, f.name), float))
    numbers: dict[str, Any] = {name: rounded(getattr(channel, name)) for name in names}
    return replace(channel, **numbers)


def _short(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return " ".join(value.split()) if isinstance(value, str) else value
    return rounded(value)
