"""Micro-Manager: ``metadata.txt`` beside the images (1.4 and 2), and the index of NDTiff (version 2 and 3).

The JSON of one plane (``FrameKey-...``, ``Metadata-...``, tag 51123) is the same everywhere: its properties are named
after the devices that a user configured, so that only the keys of Micro-Manager itself mean the same in every lab.
A pixel size of 1 is the value of a system that nobody calibrated.
"""

from __future__ import annotations

import itertools
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, Device, ImageFacts
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_MOST_BYTES = 64 << 20
_MOST_CHANNELS = 256
_MOST_ENTRIES = 2_000_000
_TYPES = {0: "uint8", 1: "uint16", 2: "uint8", 3: "uint16", 4: "uint16", 5: "uint16", 6: "uint16"}  # of an NDTiff index
_BITS = {3: 10, 4: 12, 5: 14, 6: 11}
_PLANE = re.compile(r"FrameKey-\d+-\d+-\d+|Metadata-.+")
_DEMO = ("", "DCam", "DemoCamera")


class MetadataTextReader:
    """Micro-Manager metadata files."""

    id = "micro-manager"
    formats: tuple[str, ...] = ("Micro-Manager metadata", "NDTiff index")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if name == "NDTiff.index":
            return _entry(first_bytes, 0) is not None
        head = first_bytes.lstrip()
        return head.startswith(b"{") and b'"Summary"' in head[:200] and name.lower().endswith("metadata.txt")

    def read(self, path: Path) -> Reading:
        if path.name == "NDTiff.index":
            return _ndtiff(path)
        if path.stat().st_size > _MOST_BYTES:
            raise Implausible("a text too large")
        text = path.read_bytes().decode("utf-8", "replace")
        said, whole = _json(text)
        if not isinstance(said, dict) or not isinstance(said.get("Summary"), dict):
            raise Implausible("no summary")
        planes = (v for k, v in said.items() if _PLANE.fullmatch(k) and isinstance(v, dict))
        found = _described(path, said, next(planes, {}))
        return found if whole else replace(found, problems=(faults.truncated(path.name), *found.problems))


def _json(text: str) -> tuple[Any, bool]:
    """The document, and whether it was whole: plane after plane is added while images are taken, and the last brace
    only at the end. Truncated where it breaks off within a plane."""
    for closed in (text, text.rstrip().removesuffix(",") + "}"):
        try:
            return json.loads(closed), closed is text
        except RecursionError:
            raise Implausible("too deep") from None
        except ValueError:
            continue
    raise Truncated("the text breaks off")


def _described(path: Path, said: Mapping[str, Any], first: Mapping[str, Any]) -> Reading:
    facts = plane(summary(ImageFacts(), said["Summary"]), first)
    problems: tuple[Problem, ...] = ()
    if facts.size_x is None or facts.size_y is None:  # version 2 leaves the size of an image to the image
        facts, problems = _beside(facts, path, said)
    return Reading("Micro-Manager metadata", (facts,), problems)


def _beside(facts: ImageFacts, path: Path, said: Mapping[str, Any]) -> tuple[ImageFacts, tuple[Problem, ...]]:
    """Size and pixel type of the first image that the text names; a Problem where it is missing."""
    from depositor.scan.readers.tiff import TiffReader

    named = (k.partition("-")[2] for k in said if k.startswith("Coords-"))
    name = next((n.replace("\\", "/").rpartition("/")[2] for n in named), None)
    if name is None:
        return facts, ()
    if not path.with_name(name).is_file():
        return facts, (faults.part_missing(path.name, name),)
    try:
        own = TiffReader().read(path.with_name(name)).images[0]
    except Exception:  # what is wrong with the image is told where the image is read
        return facts, ()
    sizes = {n: getattr(own, n) for n in ("size_x", "size_y", "pixel_type") if getattr(facts, n) is None}
    return with_facts(facts, own.keys.get("size_x", name), **sizes), ()


def summary(facts: ImageFacts, said: Mapping[str, Any]) -> ImageFacts:
    """What the summary of a data set says; -1 and empty lists say nothing."""
    key = "Summary."
    facts = with_facts(facts, f"{key}Width", size_x=sane.size(said.get("Width")))
    facts = with_facts(facts, f"{key}Height", size_y=sane.size(said.get("Height")))
    meant = said.get("IntendedDimensions")
    counts = meant if isinstance(meant, dict) else {}
    for axis, name, intended in (("z", "Slices", "z"), ("c", "Channels", "channel"), ("t", "Frames", "time")):
        count = sane.size(said.get(name)) or sane.size(counts.get(intended))
        facts = with_facts(facts, f"{key}{name}", **{f"size_{axis}": count})
    facts = with_facts(facts, f"{key}PixelType", pixel_type=_pixel_type(said.get("PixelType")))
    facts = _pixel(facts, said.get("PixelSize_um"), f"{key}PixelSize_um")
    step = sane.length_um(said.get("z-step_um"), "um") if (facts.size_z or 1) > 1 else None
    facts = with_facts(facts, f"{key}z-step_um", pixel_size_z_um=step if (step or 0) < 1e5 else None)
    interval = said.get("Interval_ms", said.get("WaitInterval"))
    step_s = sane.seconds(interval, "ms") if (facts.size_t or 1) > 1 else None
    facts = with_facts(facts, f"{key}Interval_ms", time_increment_s=step_s)
    facts = with_facts(facts, f"{key}StartTime", acquired=sane.when(said.get("StartTime")))
    version = sane.text(said.get("MicroManagerVersion"), 60)
    facts = with_facts(facts, f"{key}MicroManagerVersion", software=f"Micro-Manager {version}" if version else None)
    return with_facts(facts, f"{key}ChNames", channels=_channels(said, facts.size_c))


def _channels(said: Mapping[str, Any], count: int | None) -> tuple[Channel, ...]:
    names, colors = _list(said.get("ChNames")), _list(said.get("ChColors"))
    if not names or (count is not None and len(names) != count):
        return ()
    return tuple(Channel(sane.text(n), color=_color(c)) for n, c in itertools.zip_longest(names, colors[: len(names)]))


def _color(argb: Any) -> str | None:
    """A signed 32-bit ARGB, unlike that of OME."""
    found = sane.number(argb)
    return f"#{int(found) & 0xFFFFFF:06X}" if found is not None and -(1 << 31) <= found < 1 << 32 else None


def plane(facts: ImageFacts, said: Mapping[str, Any]) -> ImageFacts:
    """What the metadata of one plane add: those of its own channel only where the image has one channel."""
    facts = with_facts(facts, "Width", size_x=facts.size_x or sane.size(said.get("Width")))
    facts = with_facts(facts, "Height", size_y=facts.size_y or sane.size(said.get("Height")))
    if facts.pixel_size_x_um is None:
        facts = _pixel(facts, said.get("PixelSizeUm"), "PixelSizeUm")
    bits = sane.size(said.get("BitDepth"))
    facts = with_facts(facts, "BitDepth", significant_bits=bits if bits and bits <= 32 else None)
    camera = next((c for k in ("Camera", "Core-Camera") if (c := sane.text(said.get(k)))), None)
    model = _property(said, camera, "CameraName") or _property(said, camera, "Name") or camera
    facts = with_facts(facts, "Core-Camera", detector=Device(model=model) if model not in (None, *_DEMO) else None)
    if facts.acquired is None:
        facts = with_facts(facts, "Time", acquired=sane.when(said.get("TimeReceivedByCore") or said.get("Time")))
    if facts.size_c == 1 and len(facts.channels) <= 1:
        facts = with_facts(facts, "Exposure-ms, Binning", channels=_one_channel(facts, said, camera))
    return facts


def _one_channel(facts: ImageFacts, said: Mapping[str, Any], camera: str | None) -> tuple[Channel, ...]:
    old = facts.channels[0] if facts.channels else Channel()
    name = old.name or sane.text(said.get("Channel"))
    exposure = sane.seconds(said.get("Exposure-ms", said.get("Exposure")), "ms")
    found = Channel(
        name=None if name == "Default" else name,
        exposure_s=exposure,
        color=old.color,
        binning=binning(_property(said, camera, "Binning") or said.get("Binning")),
    )
    return (found,) if found != Channel() else ()


def binning(value: Any) -> str | None:
    """``2``, ``2x2`` and ``2-2`` as ``2x2``."""
    found = re.fullmatch(r"(\d{1,2})(?:\s*[xX,-]\s*(\d{1,2}))?", str(value if value is not None else "").strip())
    return f"{int(found[1])}x{int(found[2] or found[1])}" if found and int(found[1]) else None


def _property(said: Mapping[str, Any], device: str | None, name: str) -> str | None:
    return sane.text(said.get(f"{device}-{name}")) if device else None


def _pixel(facts: ImageFacts, value: Any, key: str) -> ImageFacts:
    um = sane.length_um(value, "um")
    um = None if um == 1 else um
    return with_facts(facts, key, pixel_size_x_um=um, pixel_size_y_um=um)


def _pixel_type(word: Any) -> str | None:
    return {"GRAY8": "uint8", "GRAY16": "uint16", "GRAY32": "float32", "RGB32": "uint8", "RGB64": "uint16"}.get(
        str(word)
    )


def _list(value: Any) -> list[Any]:
    return value[:_MOST_CHANNELS] if isinstance(value, list) else []


# --- NDTiff --------------------------------------------------------------------------------------------------------


def _entry(raw: bytes, at: int) -> tuple[dict[str, Any], str, tuple[int, ...], int] | None:
    """Axes, file name, (offset, width, height, type, ...) of the entry at ``at``, and where the next begins."""
    try:
        (length,) = struct.unpack_from("<I", raw, at)
        axes = json.loads(raw[at + 4 : at + 4 + length]) if 2 <= length <= 4096 else None
        at += 4 + length
        (length,) = struct.unpack_from("<I", raw, at)
        name = raw[at + 4 : at + 4 + length].decode("utf-8") if 1 <= length <= 4096 else ""
        numbers = struct.unpack_from("<8I", raw, at + 4 + length)
    except (struct.error, ValueError, RecursionError):
        return None
    return (axes, name, numbers, at + 4 + length + 32) if isinstance(axes, dict) and name else None


def _ndtiff(path: Path) -> Reading:
    """The axes of all planes; what else is known stands in the first TIFF file that the index names."""
    facts, files = ndtiff_index(path)
    beside = [n for n in files if "/" not in n and "\\" not in n]
    missing = [n for n in beside if not path.with_name(n).is_file()]
    problems = tuple(faults.part_missing(path.name, n) for n in missing[:20])
    first = next((n for n in beside if n not in missing), None)
    return Reading("NDTiff index", (_with_first(facts, path.with_name(first)) if first else facts,), problems)


def ndtiff_index(path: Path) -> tuple[ImageFacts, tuple[str, ...]]:
    """Sizes of the data set, and the files that it lies in. Raises Truncated where the index breaks off."""
    if path.stat().st_size > _MOST_BYTES:
        raise Implausible("an index too large")
    raw, at, count = path.read_bytes(), 0, 0
    values: dict[str, set[str]] = {}
    shapes: set[tuple[int, ...]] = set()
    files: dict[str, None] = {}
    while at < len(raw) and count < _MOST_ENTRIES:
        entry = _entry(raw, at)
        if entry is None:
            raise Truncated("the index breaks off")
        axes, name, numbers, at = entry
        count += 1
        for axis, value in axes.items():
            values.setdefault(str(axis), set()).add(str(value))
        shapes.add(numbers[1:4])
        files.setdefault(name)
    return _axes(values, shapes), tuple(files)


def _axes(values: Mapping[str, set[str]], shapes: set[tuple[int, ...]]) -> ImageFacts:
    if len(shapes) != 1:
        raise Implausible("planes of different sizes")
    width, height, kind = shapes.pop()
    facts = with_facts(ImageFacts(), "NDTiff.index", size_x=sane.size(width), size_y=sane.size(height))
    if facts.size_x is None or facts.size_y is None:
        raise Implausible("no sizes")
    facts = with_facts(facts, "NDTiff.index", pixel_type=_TYPES.get(kind), significant_bits=_BITS.get(kind))
    for axis, name in (("z", "z"), ("c", "channel"), ("t", "time")):
        facts = with_facts(facts, f"NDTiff.index {name}", **{f"size_{axis}": len(values.get(name, ())) or 1})
    names = sorted(values.get("channel", ()))
    told = len(names) > 0 and not any(n.isdigit() for n in names)
    return with_facts(facts, "NDTiff.index channel", channels=tuple(Channel(n) for n in names) if told else ())


def _with_first(facts: ImageFacts, path: Path) -> ImageFacts:
    """What the first plane says beyond the index."""
    from depositor.scan.readers.tiff import TiffReader

    try:
        own = TiffReader().read(path).images[0]
    except Exception:  # what is wrong with the file is told where that file is read
        return facts
    for name in ("pixel_size_x_um", "pixel_size_y_um", "detector", "acquired", "software", "significant_bits"):
        if getattr(facts, name) is None and getattr(own, name) is not None:
            facts = with_facts(facts, own.keys.get(name, name), **{name: getattr(own, name)})
    if not facts.channels and facts.size_c == 1 and len(own.channels) == 1:
        facts = with_facts(facts, own.keys.get("channels", "Channel"), channels=own.channels)
    return facts
