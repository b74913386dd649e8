"""OME-Zarr 0.4 and 0.5 (Zarr v2 and v3), plates, and the bioformats2raw layout: plain JSON files.

Specification: https://ngff.openmicroscopy.org/0.5/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan import peek
from depositor.scan.readers import faults, ome, sane
from depositor.scan.readers.base import Implausible, Reading, Unsupported, with_facts
from depositor.scan.readers.xml import MAX_BYTES

_MAX_IMAGES = 200
_COMPARED = ("size_x", "size_y", "size_z", "size_c", "size_t", "pixel_size_x_um", "pixel_size_y_um")
_V2_TYPES = {"u": "uint", "i": "int", "f": "float", "c": "complex", "b": "bool"}


class ZarrReader:
    """OME-Zarr folders."""

    id = "ome-zarr"
    formats: tuple[str, ...] = ("OME-Zarr 0.4", "OME-Zarr 0.5", "OME-Zarr", "Zarr")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        names = first_bytes.decode("utf-8", "replace").split("\n")
        return any(marker in names for marker in peek.ZARR_MARKERS)

    def read(self, path: Path) -> Reading:
        attributes = peek.zarr_attributes(path)
        name = _format_name(path, attributes)
        if isinstance(attributes.get("plate"), Mapping):
            return _with_document(path, name, list(_plate(path, attributes["plate"])))
        if _multiscales(attributes):
            return Reading(name, (_image(path, attributes),))
        if "bioformats2raw.layout" in attributes or (path / "OME").is_dir():
            return _with_document(path, name, list(_series(path)))
        if isinstance(attributes.get("well"), Mapping):
            return Reading(name, tuple(facts for _, facts in _well(path, attributes["well"], None, path.name)))
        if not attributes and not _array(path)[0]:
            raise Implausible("no metadata")
        raise Unsupported("Zarr without OME metadata")


def _format_name(path: Path, attributes: Mapping[str, Any]) -> str:
    listed = _multiscales(attributes)
    plate = attributes.get("plate")
    inner = listed[0] if listed else plate if isinstance(plate, Mapping) else {}
    version = str(attributes.get("version") or inner.get("version") or "")[:3]
    version = version or ("0.5" if (path / "zarr.json").is_file() else "")
    return f"OME-Zarr {version}" if version in ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6") else "OME-Zarr"


def _multiscales(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = attributes.get("multiscales")
    return [m for m in found if isinstance(m, Mapping)] if isinstance(found, list) else []


def _image(folder: Path, attributes: Mapping[str, Any]) -> ImageFacts:
    """The facts of one multiscale image: axes with the shape and scale of its largest level."""
    multiscale = _multiscales(attributes)[0]
    axes = _axes(multiscale)
    datasets = [d for d in _list(multiscale.get("datasets")) if isinstance(d, Mapping)]
    first = datasets[0] if datasets else {}
    shape, kind = _array(_below(folder, first.get("path")))
    facts = with_facts(ImageFacts(), "zarr dtype", pixel_type=kind)
    packing = _packing(_below(folder, first.get("path")))
    facts = with_facts(facts, "multiscales.datasets", levels=len(datasets) or None)
    facts = with_facts(facts, "zarr compressor", compression=packing)
    facts = with_facts(facts, "multiscales.name", name=ome.named(multiscale.get("name")))
    if shape and not axes and len(shape) == 5:
        axes = [("t", None), ("c", None), ("z", None), ("y", None), ("x", None)]  # before 0.3 the order was fixed
    if shape and len(shape) == len(axes):
        sizes = {f"size_{name}": sane.size(n) for (name, _), n in zip(axes, shape, strict=True) if name in "xyzct"}
        missing = {f"size_{name}": 1 for name in "zct" if f"size_{name}" not in sizes}
        facts = with_facts(facts, "zarr shape and multiscales.axes", **sizes, **missing)
    facts = _scaled(facts, axes, _scale(first, multiscale, len(axes)))
    return with_facts(facts, "omero.channels", channels=_channels(attributes.get("omero")))


def _axes(multiscale: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """(name, unit) of each axis; in 0.3 an axis is only its name."""
    found: list[tuple[str, str | None]] = []
    for axis in _list(multiscale.get("axes")):
        name = axis.get("name") if isinstance(axis, Mapping) else axis
        unit = axis.get("unit") if isinstance(axis, Mapping) else None
        found.append((str(name).lower(), str(unit) if unit else None))
    return found


def _scale(dataset: Mapping[str, Any], multiscale: Mapping[str, Any], count: int) -> list[float] | None:
    """The scale of the level times that of the whole image; None where a transform is anything but scale and shift."""
    total = [1.0] * count
    told = False
    key = "coordinateTransformations"
    for transform in (*_list(dataset.get(key)), *_list(multiscale.get(key))):
        kind = transform.get("type") if isinstance(transform, Mapping) else None
        if kind in ("translation", "identity"):
            continue
        numbers = [sane.positive(n) for n in _list(transform.get("scale"))] if kind == "scale" else []
        if len(numbers) != count or None in numbers:
            return None
        total = [a * (b or 0) for a, b in zip(total, numbers, strict=True)]
        told = True
    return total if told else None


def _scaled(facts: ImageFacts, axes: list[tuple[str, str | None]], scale: list[float] | None) -> ImageFacts:
    """Pixel sizes and time step, where an axis has both a unit and a scale."""
    for (name, unit), step in zip(axes, scale or (), strict=False):
        key = f"coordinateTransformations.scale[{name}]"
        if name in ("x", "y", "z"):
            facts = with_facts(facts, key, **{f"pixel_size_{name}_um": sane.length_um(step, unit)})
        elif name == "t" and (facts.size_t or 1) > 1:
            facts = with_facts(facts, key, time_increment_s=sane.seconds(step, unit))
    return facts


def _channels(omero: Any) -> tuple[Channel, ...]:
    listed = _list(omero.get("channels")) if isinstance(omero, Mapping) else []
    found = tuple(_channel(c) for c in listed[:1000] if isinstance(c, Mapping))
    return found if any(c.name for c in found) else ()


def _channel(said: Mapping[str, Any]) -> Channel:
    color = str(said.get("color") or "").lstrip("#").upper()
    good = len(color) == 6 and all(c in "0123456789ABCDEF" for c in color)
    label = said.get("label")
    name = sane.text(label) if isinstance(label, (str, int)) else None
    return Channel(name=name, color=f"#{color}" if good else None)


def _array(folder: Path | None) -> tuple[list[int], str | None]:
    """Shape and pixel type of an array, v2 or v3; empty where there is none."""
    if folder is None:
        return [], None
    v2, v3 = peek.json_object(folder / ".zarray"), peek.json_object(folder / "zarr.json")
    shape = [n for n in _list((v2 or v3).get("shape")) if isinstance(n, int) and not isinstance(n, bool)]
    kind = str(v2.get("dtype") or "").lstrip("<>|=") if v2 else str(v3.get("data_type") or "")
    if v2 and kind[:1] in _V2_TYPES and kind[1:].isdigit():
        kind = _V2_TYPES[kind[0]] + (str(int(kind[1:]) * 8) if kind[0] != "b" else "")
    known = kind == "bool" or (kind.rstrip("0123456789") in ("uint", "int", "float", "complex") and kind[-1:].isdigit())
    return shape, kind if known else None


def _packing(folder: Path | None) -> str | None:
    """The codec that packs the chunks, v2 or v3."""
    if folder is None:
        return None
    v2, v3 = peek.json_object(folder / ".zarray"), peek.json_object(folder / "zarr.json")
    packer = v2.get("compressor")
    if isinstance(packer, Mapping):
        inner = packer.get("cname") if packer.get("id") == "blosc" else None
        return sane.text(f"blosc ({inner})" if inner else packer.get("id"), 60)
    codecs = [c for c in _list(v3.get("codecs")) if isinstance(c, Mapping)]
    for codec in codecs:  # shards hold the codecs of their chunks
        configured = codec.get("configuration")
        if codec.get("name") == "sharding_indexed" and isinstance(configured, Mapping):
            codecs = [c for c in _list(configured.get("codecs")) if isinstance(c, Mapping)]
    return next((str(c["name"]) for c in codecs if c.get("name") in ("blosc", "gzip", "zstd")), None)


# --- several images in one object ----------------------------------------------------------------------------------

_Named = tuple[str, ImageFacts]  # path below the store, facts


def _plate(folder: Path, plate: Mapping[str, Any]) -> Iterator[_Named]:
    """The images of a plate, well by well; the first 200."""
    name, count = sane.text(plate.get("name")), 0
    for well in _list(plate.get("wells")):
        path = str(well.get("path") or "") if isinstance(well, Mapping) else ""
        below = _below(folder, path)
        said = peek.zarr_attributes(below).get("well") if below else None
        if below is None or not isinstance(said, Mapping):
            continue
        for image, facts in _well(below, said, name, path):
            yield f"{path}/{image}", facts
            count += 1
            if count >= _MAX_IMAGES:
                return


def _well(folder: Path, well: Mapping[str, Any], plate: str | None, path: str) -> Iterator[_Named]:
    row, _, column = path.rpartition("/")
    place = f"{row}{int(column):02}" if row.isalpha() and column.isdigit() else sane.text(path.replace("/", ""))
    for number, image in enumerate(_list(well.get("images"))):
        inner = image.get("path") if isinstance(image, Mapping) else None
        below = _below(folder, inner)
        attributes = peek.zarr_attributes(below) if below else {}
        if below is not None and _multiscales(attributes):
            facts = _image(below, attributes)
            yield str(inner), with_facts(facts, "plate.wells", plate=plate, well=place, field=str(number + 1))


def _series(folder: Path) -> Iterator[_Named]:
    """The series of a bioformats2raw store; the first 200."""
    named = [str(s) for s in _list(peek.zarr_attributes(folder / "OME").get("series"))]
    for name in (named or [str(n) for n in range(_MAX_IMAGES) if (folder / str(n)).is_dir()])[:_MAX_IMAGES]:
        below = _below(folder, name)
        attributes = peek.zarr_attributes(below) if below else {}
        if below is not None and _multiscales(attributes):
            yield name, _image(below, attributes)


def _with_document(folder: Path, label: str, images: list[_Named]) -> Reading:
    """The images with what the OME-XML in the store says of each: its word first. A Problem where the two differ."""
    document = folder / "OME" / "METADATA.ome.xml"
    told: tuple[ImageFacts, ...] = ()
    if document.is_file() and document.stat().st_size <= MAX_BYTES:
        told = ome.images(document.read_bytes())
    if not told:
        return Reading(label, tuple(facts for _, facts in images))
    if not images:
        return Reading(label, told[:_MAX_IMAGES])
    named = [str(s) for s in _list(peek.zarr_attributes(folder / "OME").get("series"))]
    number = {name: n for n, name in enumerate(named or [name for name, _ in images])}
    joined: list[ImageFacts] = []
    wrong = False
    for name, facts in images:
        at = number.get(name, len(told))
        said = told[at] if at < len(told) else ImageFacts()
        wrong = wrong or any(_differ(getattr(facts, n), getattr(said, n)) for n in _COMPARED)
        more = {k: getattr(facts, k) for k in facts.keys if k not in said.keys}
        joined.append(replace(said, **more, keys={**facts.keys, **said.keys}))
    return Reading(label, tuple(joined), (faults.contradiction(folder.name),) if wrong else ())


def _differ(one: Any, other: Any) -> bool:
    both = isinstance(one, int | float) and isinstance(other, int | float)
    return both and abs(one - other) > 1e-3 * max(abs(one), abs(other))


def _below(folder: Path, path: Any) -> Path | None:
    """A folder inside ``folder``; None for a path that leads out of it."""
    parts = [p for p in str(path).split("/") if p] if isinstance(path, (str, int)) else []
    if not parts or any(p in (".", "..") or "\\" in p or ":" in p for p in parts):
        return None
    return folder.joinpath(*parts)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
