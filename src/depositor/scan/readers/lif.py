"""Leica LIF: one XML document (UTF-16) at the start of the file describes all images."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from depositor.draft.facts import Device, ImageFacts, Objective
from depositor.scan.readers import sane, xml
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts
from depositor.scan.readers.xml import Element, attribute, child, children

_AXES = {"1": "x", "2": "y", "3": "z", "4": "t"}
_MAX_IMAGES = 5000
_TICKS = 10_000_000  # of 100 ns per second, counted from 1601; the file tells no zone


class LifReader:
    """Leica LIF."""

    id = "lif"
    formats: tuple[str, ...] = ("Leica LIF",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[:4] == b"\x70\0\0\0" and first_bytes[8:9] == b"\x2a"

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            head = file.read(13)
            if len(head) < 13:
                raise Truncated("no header")
            length = 2 * struct.unpack("<I", head[9:])[0]
            if not 0 < length <= xml.MAX_BYTES:
                raise Implausible("a header of an impossible size")
            raw = file.read(length)
        if len(raw) < length:
            raise Truncated("the header breaks off")
        root = xml.parse(raw.decode("utf-16-le", "replace"))
        return Reading("Leica LIF", tuple(_image(name, e) for name, e in list(_images(root, ""))[:_MAX_IMAGES]))


def _images(element: Element, above: str) -> Iterator[tuple[str, Element]]:
    """Each image with the names of the folders that it is in."""
    for one in (*children(element, "Element"), *children(element, "Children/Element")):
        name = attribute(one, "Name") or ""
        image = child(one, "Data/Image")
        if image is not None:
            yield name, image
        yield from _images(one, f"{above}{name}/")


def _image(name: str, image: Element) -> ImageFacts:
    facts = with_facts(ImageFacts(), "Element@Name", name=sane.text(name))
    for axis in children(image, "ImageDescription/Dimensions/DimensionDescription"):
        facts = _axis(facts, axis)
    channels = list(children(image, "ImageDescription/Channels/ChannelDescription"))
    facts = with_facts(facts, "ChannelDescription", size_c=len(channels) or None)
    bits = {attribute(c, "Resolution") for c in channels}
    kind = {"8": "uint8", "12": "uint16", "16": "uint16"}.get((bits.pop() or "") if len(bits) == 1 else "")
    facts = with_facts(facts, "ChannelDescription@Resolution", pixel_type=kind)
    facts = with_facts(facts, "TimeStampList", acquired=_first_time(image))
    return _hardware(facts, image)


def _axis(facts: ImageFacts, axis: Element) -> ImageFacts:
    name = _AXES.get(attribute(axis, "DimID") or "")
    count, length = sane.size(attribute(axis, "NumberOfElements")), sane.number(attribute(axis, "Length"))
    if name is None or count is None:
        return facts
    facts = with_facts(facts, "DimensionDescription", **{f"size_{name}": count})
    if length is None or count < 2:
        return facts
    step, unit = abs(length) / (count - 1), attribute(axis, "Unit")
    if name == "t":
        return with_facts(facts, "DimensionDescription@Length", time_increment_s=sane.seconds(step, unit))
    return with_facts(facts, "DimensionDescription@Length", **{f"pixel_size_{name}_um": sane.length_um(step, unit)})


def _first_time(image: Element) -> str | None:
    stamps = child(image, "TimeStampList")
    first = child(stamps, "TimeStamp")
    if first is not None:
        high, low = sane.number(first.get("HighInteger")), sane.number(first.get("LowInteger"))
        ticks = int(high or 0) << 32 | int(low or 0)
    else:
        text = (stamps.text or "").split() if stamps is not None else []
        try:
            ticks = int(text[0], 16) if text else 0
        except ValueError:
            return None
    seconds = ticks // _TICKS
    if not 0 < seconds < 20_000_000_000:
        return None
    return sane.when((datetime(1601, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S"))


def _hardware(facts: ImageFacts, image: Element) -> ImageFacts:
    """Lens and system of the hardware settings."""
    for attachment in children(image, "Attachment"):
        if attribute(attachment, "Name") != "HardwareSetting":
            continue
        system = sane.text(attribute(attachment, "SystemTypeName"))
        facts = with_facts(
            facts, "HardwareSetting@SystemTypeName", instrument=Device("Leica", system) if system else None
        )
        for tag in ("ATLConfocalSettingDefinition", "ATLCameraSettingDefinition"):
            setting = child(attachment, tag)
            lens = Objective(
                sane.text(attribute(setting, "ObjectiveName")),
                sane.magnification(attribute(setting, "Magnification")),
                sane.aperture(attribute(setting, "NumericalAperture")),
                sane.medium(attribute(setting, "Immersion")),
            )
            facts = with_facts(facts, f"{tag}@ObjectiveName", objective=lens if lens != Objective() else None)
    return facts
