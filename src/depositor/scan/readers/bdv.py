"""BigDataViewer: the XML that describes views (``setup``) in an HDF5, N5 or Zarr container beside it."""

from __future__ import annotations

from pathlib import Path

from depositor.draft.facts import Channel, ImageFacts
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, sane, xml
from depositor.scan.readers.base import Implausible, Reading, with_facts
from depositor.scan.readers.xml import Element, attribute, child, children, value

_MOST_VIEWS = 2000


class BigDataViewerReader:
    """The XML of BigDataViewer and BigStitcher."""

    id = "bigdataviewer"
    formats: tuple[str, ...] = ("BigDataViewer XML",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return b"<SpimData" in first_bytes[:1024] and first_bytes.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<")

    def read(self, path: Path) -> Reading:
        if path.stat().st_size > xml.MAX_BYTES:
            raise Implausible("XML too large")
        root = xml.file(path)
        sequence = child(root, "SequenceDescription")
        times = _times(child(sequence, "Timepoints"))
        channels = {
            value(c, "id"): sane.text(value(c, "name"))
            for group in children(sequence, "ViewSetups/Attributes")
            if attribute(group, "name") == "channel"
            for c in children(group, "Channel")
        }
        views = list(children(sequence, "ViewSetups/ViewSetup"))[:_MOST_VIEWS]
        images = tuple(f for v in views if (f := _view(v, channels, times)) is not None)
        if not images:
            raise Implausible("no views")
        return Reading("BigDataViewer XML", images, _missing(path, child(sequence, "ImageLoader")))


def _view(view: Element, channels: dict[str | None, str | None], times: int | None) -> ImageFacts | None:
    sizes = [sane.size(n) for n in (value(view, "size") or "").split()]
    if len(sizes) != 3 or None in sizes:
        return None
    facts = with_facts(ImageFacts(), "ViewSetup/name", name=sane.text(value(view, "name")))
    facts = with_facts(facts, "ViewSetup/size", size_x=sizes[0], size_y=sizes[1], size_z=sizes[2], size_c=1)
    facts = with_facts(facts, "Timepoints", size_t=times)
    steps, unit = (value(view, "voxelSize/size") or "").split(), value(view, "voxelSize/unit")
    for axis, step in zip("xyz", steps, strict=False):
        um = sane.length_um(step, unit)
        if axis != "z" or (facts.size_z or 1) > 1:
            facts = with_facts(facts, "ViewSetup/voxelSize", **{f"pixel_size_{axis}_um": um})
    name = channels.get(value(view, "attributes/channel"))
    return with_facts(facts, "Attributes/Channel/name", channels=(Channel(name),) if name else ())


def _times(times: Element | None) -> int | None:
    if attribute(times, "type") == "range":
        first, last = sane.number(value(times, "first")), sane.number(value(times, "last"))
        return sane.size(last - first + 1) if first is not None and last is not None else None
    pattern = (value(times, "integerpattern") or "").strip()
    return 1 if pattern.isdigit() else None


def _missing(path: Path, loader: Element | None) -> tuple[Problem, ...]:
    """A Problem where the container beside the XML is not there; a path that leads elsewhere is not looked for."""
    for tag in ("hdf5", "n5", "zarr"):
        named = child(loader, tag)
        name = (named.text or "").strip() if named is not None and named.get("type", "relative") == "relative" else ""
        inside = name and not any(p in ("", ".", "..") or ":" in p for p in name.replace("\\", "/").split("/"))
        if inside and not (path.parent / name.replace("\\", "/")).exists():
            return (faults.part_missing(path.name, name),)
    return ()
