"""Labels of OME-Zarr images: listed, with multiscales and image-label, of whole numbers, as large as their image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from depositor.draft.finding import Level
from depositor.draft.message import msg
from depositor.scan import peek
from depositor.scan.annotations.base import Examined, Faults, listed

_MOST = 200  # label images of one image
_INTEGERS = "iub"
_MEND = msg("annotations.zarr.advice", "Write the labels again with a library for OME-Zarr, or mend their metadata.")
_WHY = msg("annotations.zarr.why", "Viewers do not find or do not show such labels.")


def examine(image: Path, faults: Faults) -> Examined | None:
    """The labels of one image (``a.ome.zarr``); None where it has none."""
    folder = image / "labels"
    if not folder.is_dir():
        return None
    found = peek.zarr_attributes(folder).get("labels")
    named = [n for n in listed(found) if isinstance(n, str)][:_MOST]
    if not isinstance(found, list):
        said = msg("annotations.zarr-list", "The group “labels” does not list its label images.")
        faults.add("zarr-list", said, _MEND, why=_WHY, location="labels")
        named = sorted(p.name for p in folder.iterdir() if p.is_dir() and _is_group(p))[:_MOST]
    shape, axes = _level(image)
    count = 0
    for name in named:
        if ".." in Path(name).parts or Path(name).is_absolute() or not (folder / name).is_dir():
            _missing(name, faults)
        else:
            count += 1
            _label(folder / name, name, shape, axes, faults)
    return Examined("zarr-labels", count, findings=faults.findings())


def _missing(name: str, faults: Faults) -> None:
    said = msg("annotations.zarr-missing", "The label image “{name}” is listed, but not there.", name=name)
    faults.add("zarr-missing", said, _MEND, why=_WHY, location=f"labels/{name}", level=Level.BLOCKER)


def _label(folder: Path, name: str, shape: tuple[int, ...], axes: str, faults: Faults) -> None:
    attributes, place = peek.zarr_attributes(folder), f"labels/{name}"
    if not listed(attributes.get("multiscales")):
        said = msg("annotations.zarr-multiscales", "The label image “{name}” has no multiscales.", name=name)
        faults.add("zarr-multiscales", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
        return
    if not isinstance(attributes.get("image-label"), Mapping):
        said = msg(
            "annotations.zarr-image-label", "The label image “{name}” does not say that it holds labels.", name=name
        )
        faults.add("zarr-image-label", said, _MEND, why=_WHY, location=place)
    kind = _kind(folder, attributes)
    if kind and kind not in _INTEGERS:
        said = msg("annotations.zarr-type", "The labels “{name}” are not whole numbers.", name=name)
        faults.add("zarr-type", said, _MEND, why=_WHY, location=place, level=Level.BLOCKER)
    own, own_axes = _level(folder)
    if own and shape and _without_channel(own, own_axes) != _without_channel(shape, axes):
        said = msg("annotations.zarr-size", "The labels “{name}” are not as large as their image.", name=name)
        faults.add("zarr-size", said, _MEND, why=_WHY, location=place)


def _level(folder: Path) -> tuple[tuple[int, ...], str]:
    """Shape and axes (``czyx``) of the largest level; empty where they cannot be read."""
    scales = listed(peek.zarr_attributes(folder).get("multiscales"))
    first = scales[0] if scales and isinstance(scales[0], Mapping) else {}
    sets = listed(first.get("datasets"))
    path = sets[0].get("path") if sets and isinstance(sets[0], Mapping) else None
    if not isinstance(path, str) or ".." in Path(path).parts:
        return (), ""
    array = _array(folder / path)
    shape = tuple(n for n in listed(array.get("shape")) if isinstance(n, int))
    named = (a.get("name") if isinstance(a, Mapping) else a for a in listed(first.get("axes")))
    axes = "".join(str(a)[:1].lower() for a in named) or "tczyx"[-len(shape) :]
    return (shape, axes) if len(shape) == len(axes) else ((), "")


def _array(folder: Path) -> dict[str, Any]:
    return peek.json_object(folder / ".zarray") or peek.json_object(folder / "zarr.json")


def _kind(folder: Path, attributes: Mapping[str, Any]) -> str:
    """``u`` for uint16, ``f`` for float32 ...; empty where it cannot be read."""
    scales = listed(attributes.get("multiscales"))
    sets = listed(scales[0].get("datasets")) if scales and isinstance(scales[0], Mapping) else []
    path = sets[0].get("path") if sets and isinstance(sets[0], Mapping) else None
    if not isinstance(path, str) or ".." in Path(path).parts:
        return ""
    array = _array(folder / path)
    name = str(array.get("dtype") or array.get("data_type") or "").lstrip("<>|=")
    return name[:1]


def _without_channel(shape: tuple[int, ...], axes: str) -> dict[str, int]:
    return {a: n for a, n in zip(axes, shape, strict=True) if a != "c" and (n != 1 or a in "yx")}


def _is_group(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (".zgroup", "zarr.json"))
