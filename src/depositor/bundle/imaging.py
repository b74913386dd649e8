"""What the form knows of image files and microscopes as values, each with its unit, for documents of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from depositor.bundle.answers import Record, record, records, text
from depositor.bundle.sealed import Sealed

_AXES = ("x", "y", "z")
_EXTENTS = {
    "x": ("Size X", "pixel"),
    "y": ("Size Y", "pixel"),
    "z": ("Size Z", "count"),
    "c": ("Number of channels", "count"),
    "t": ("Number of time points", "count"),
}
_COUNTED = {"z": ("plane", "planes"), "c": ("channel", "channels"), "t": ("time point", "time points")}
_DETAILS = {
    "microscope": ("Microscope stand", ""),
    "objective": ("Objective", ""),
    "magnification": ("Magnification", "×"),
    "numerical_aperture": ("Numerical aperture", ""),
    "immersion": ("Immersion", ""),
    "light_source": ("Light source", ""),
    "filters": ("Filters", ""),
    "detector": ("Detector", ""),
    "time_interval": ("Time interval", "s"),
    "z_step": ("Z step", "µm"),
    "software": ("Acquisition software", ""),
    "mounting_medium": ("Mounting medium", ""),
    "cover_glass": ("Cover glass", ""),
    "temperature": ("Temperature", "°C"),
}
_CHANNEL = {"excitation": ("Excitation", "nm"), "emission": ("Emission", "nm"), "exposure": ("Exposure", "ms")}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value with its name; ``unit`` is a symbol (µm, nm, s, ms, °C, ×), ``pixel``, ``count`` or nothing."""

    name: str
    value: int | float | str
    unit: str = ""

    @property
    def told(self) -> str:
        """``63×``, ``0.3 µm``, ``1.4``."""
        space = "" if self.unit in ("×", "") else " "
        return f"{self.value}{space}{self.unit}" if self.unit not in ("pixel", "count") else str(self.value)


def sizes(given: Record) -> tuple[Fact, ...]:
    """The extents of the images of one kind (``image_data``), then how large a pixel is."""
    return (*_extents(given), *_pixel_sizes(given))


def size_sentence(given: Record) -> str:
    """``512 × 512 pixels, 5 planes, 2 channels; pixel size 0.1 × 0.1 × 0.3 µm``; empty where nothing is known."""
    extents, pixels = record(given.get("dimension_extents")), _pixel_sizes(given)
    plane = [str(n) for axis in "xy" if (n := _number(extents.get(axis))) is not None]
    parts = [f"{' × '.join(plane)} pixels"] if plane else []
    for axis, (one, many) in _COUNTED.items():
        number = _number(extents.get(axis))
        if number is not None:
            parts.append(f"{number} {one if number == 1 else many}")
    said = [", ".join(parts)] if parts else []
    if pixels:
        name = "voxel size" if len(pixels) == len(_AXES) else "pixel size"
        said.append(f"{name} {' × '.join(str(f.value) for f in pixels)} {pixels[0].unit}")
    return "; ".join(said)


def microscopes(sealed: Sealed) -> dict[str, list[Record]]:
    """The records of ``light_microscopy`` by the title of the image acquisition that they belong to; "" for those that
    name none. Where there is one acquisition, all that name none belong to it."""
    titles = [text(r.get("title")) for r in records(sealed.metadata.get("image_acquisition"))]
    only = titles[0] if len(titles) == 1 else ""
    found: dict[str, list[Record]] = {}
    for given in records(sealed.metadata.get("light_microscopy")):
        title = text(given.get("image_acquisition"))
        found.setdefault(title if title in titles else only, []).append(given)
    return found


def details(given: Record) -> tuple[Fact, ...]:
    """What is known of one microscope, without its channels."""
    return tuple(_facts(given, _DETAILS))


def channels(given: Record) -> tuple[tuple[str, tuple[Fact, ...]], ...]:
    """(name, wavelengths and exposure) of each channel of which something is known."""
    each = ((text(c.get("channel_label")), tuple(_facts(c, _CHANNEL))) for c in records(given.get("channels")))
    return tuple((name, facts) for name, facts in each if facts)


def _extents(given: Record) -> Iterator[Fact]:
    extents = record(given.get("dimension_extents"))
    for axis, (name, unit) in _EXTENTS.items():
        number = _number(extents.get(axis))
        if number is not None:
            yield Fact(name, number, unit)


def _pixel_sizes(given: Record) -> tuple[Fact, ...]:
    known = record(given.get("pixel_voxel_size"))
    unit = text(known.get("unit")) or "µm"
    each = ((axis, _number(known.get(axis))) for axis in _AXES)
    return tuple(Fact(f"Pixel size {axis.upper()}", n, unit) for axis, n in each if n is not None)


def _facts(given: Record, names: Mapping[str, tuple[str, str]]) -> Iterator[Fact]:
    for key, (name, unit) in names.items():
        value, own = _with_unit(given.get(key))
        number = _number(value)
        if number is not None:
            yield Fact(name, number, own or unit)
        elif text(value):
            yield Fact(name, " ".join(text(value).split()))  # a sentence says its unit itself


def _with_unit(value: Any) -> tuple[Any, str]:
    """A number that was given with a unit of its own (``{"value": 0.3, "unit": "nm"}``)."""
    if isinstance(value, Mapping) and "value" in value:
        return value["value"], text(value.get("unit"))
    return value, ""


def _number(value: Any) -> int | float | None:
    """A finite number, also out of text; a whole one without its ``.0``."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() else number
