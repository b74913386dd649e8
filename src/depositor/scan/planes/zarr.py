"""Planes of OME-Zarr images (0.4 and 0.5), also where many chunks lie in one shard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan import peek
from depositor.scan.planes import codecs
from depositor.scan.planes.base import MAX_CHANNELS, MAX_PIXELS, Planes, check, thin

_NOTHING = (1 << 64) - 1  # how a shard's index says that a chunk is not there


@dataclass(frozen=True, slots=True)
class _Array:
    """One level: how it is cut into chunks, and how a chunk is packed. ``shard`` is the shape of the shards that hold
    the chunks, empty where each chunk is a file."""

    folder: Path
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    order: str
    prefix: str
    separator: str
    codecs: tuple[Mapping[str, Any], ...]
    fill: Any
    shard: tuple[int, ...] = ()
    index_first: bool = False


def planes(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """Up to three channels of the middle slice of the first time point of the first image."""
    folder = _first_image(path)
    if folder is None:
        return None
    multiscale = peek.zarr_attributes(folder)["multiscales"][0]
    axes = [str(a["name"] if isinstance(a, Mapping) else a).lower() for a in multiscale.get("axes", "tczyx")]
    levels = [_array(folder / str(d["path"])) for d in multiscale["datasets"][:32]]
    usable = [a for a in levels if a is not None and len(a.shape) == len(axes)]
    enough = [a for a in usable if max(a.shape[-2:]) >= edge] or usable[:1]
    if not enough or axes[-2:] != ["y", "x"]:
        return None
    array = min(enough, key=lambda a: a.shape[-1] * a.shape[-2])
    channels = array.shape[axes.index("c")] if "c" in axes else 1
    grey = tuple(thin(_plane(array, _index(array, axes, c)), edge) for c in range(min(channels, MAX_CHANNELS)))
    colors = [c.color for c in facts.channels] + [None] * len(grey)
    return Planes(grey, tuple(colors[: len(grey)]))


def _first_image(folder: Path) -> Path | None:
    """The folder itself, or the first image of a plate or of a bioformats2raw store."""
    attributes = peek.zarr_attributes(folder)
    if attributes.get("multiscales"):
        return folder
    plate = attributes.get("plate")
    if isinstance(plate, Mapping):
        well = folder / str(plate["wells"][0]["path"])
        image = well / str(peek.zarr_attributes(well)["well"]["images"][0]["path"])
        return image if ".." not in image.parts else None
    return folder / "0" if peek.zarr_attributes(folder / "0").get("multiscales") else None


def _index(array: _Array, axes: list[str], channel: int) -> tuple[int, ...]:
    return tuple({"c": channel, "z": n // 2}.get(a, 0) for a, n in zip(axes[:-2], array.shape[:-2], strict=True))


def _array(folder: Path) -> _Array | None:
    v2, v3 = peek.json_object(folder / ".zarray"), peek.json_object(folder / "zarr.json")
    if v2:
        codecs = tuple(c for c in (v2.get("compressor"), *(v2.get("filters") or ())) if c)
        return _Array(folder, tuple(v2["shape"]), tuple(v2["chunks"]), v2["dtype"], v2.get("order", "C"), "",
                      v2.get("dimension_separator", "."), codecs, v2.get("fill_value") or 0)  # fmt: skip
    if v3.get("node_type") != "array":
        return None
    keys = v3.get("chunk_key_encoding") or {"name": "default"}
    separator = (keys.get("configuration") or {}).get("separator", "/" if keys["name"] == "default" else ".")
    prefix = f"c{separator}" if keys["name"] == "default" else ""
    shape, outer = tuple(v3["shape"]), tuple(v3["chunk_grid"]["configuration"]["chunk_shape"])
    plain = _Array(folder, shape, outer, "", "C", prefix, separator, (), v3.get("fill_value") or 0)
    return _packed(plain, v3["codecs"], v3["data_type"])


def _packed(array: _Array, listed: list[Mapping[str, Any]], data_type: str) -> _Array | None:
    """The array with its codecs; None where they are not known here."""
    if len(listed) == 1 and listed[0]["name"] == "sharding_indexed" and not array.shard:
        shards = listed[0]["configuration"]
        inner = replace(array, shard=array.chunks, chunks=tuple(shards["chunk_shape"]),
                        index_first=shards.get("index_location", "end") == "start")  # fmt: skip
        return _packed(inner, shards["codecs"], data_type)
    used = [c for c in listed if c["name"] != "crc32c"]
    endian = next((c.get("configuration", {}).get("endian", "little") for c in used if c["name"] == "bytes"), None)
    if endian is None or any(c["name"] in ("sharding_indexed", "transpose") for c in used):
        return None
    named = tuple({"id": c["name"], **c.get("configuration", {})} for c in used if c["name"] != "bytes")
    return replace(array, codecs=named, dtype=("<" if endian == "little" else ">") + _V3[data_type])


_V3 = {"uint8": "u1", "uint16": "u2", "uint32": "u4", "uint64": "u8", "int8": "i1", "int16": "i2", "int32": "i4",
       "int64": "i8", "float32": "f4", "float64": "f8", "bool": "b1"}  # fmt: skip


def _plane(array: _Array, index: tuple[int, ...]) -> Any:
    """One plane, put together from its chunks; a chunk that is not there has the fill value. FileNotFoundError where
    not one is there: an empty picture would show what is not so."""
    import numpy as np

    height, width = array.shape[-2:]
    check(height, width)
    check(*array.chunks)
    plane = np.full((height, width), array.fill if isinstance(array.fill, (int, float)) else 0, array.dtype)
    deep, inner = array.chunks[:-2], array.chunks[-2:]
    rows, columns = -(-height // inner[0]), -(-width // inner[1])
    if rows * columns * int(np.prod(array.chunks, dtype="i8")) > 4 * MAX_PIXELS:
        check(MAX_PIXELS, 2)
    found = 0
    for row, column in product(range(rows), range(columns)):
        place = (*(i // n for i, n in zip(index, deep, strict=True)), row, column)
        chunk = _chunk(array, place)
        if chunk is None:
            continue
        found += 1
        at = tuple(i % n for i, n in zip(index, deep, strict=True))
        part = plane[row * inner[0] : (row + 1) * inner[0], column * inner[1] : (column + 1) * inner[1]]
        part[...] = chunk[at][: part.shape[0], : part.shape[1]]
    if not found:
        raise FileNotFoundError
    return plane


def _chunk(array: _Array, place: tuple[int, ...]) -> Any:
    import numpy as np

    found = _sharded(array, place) if array.shard else _stored(array, place)
    if found is None:
        return None
    size = int(np.prod(array.chunks, dtype="i8")) * np.dtype(array.dtype).itemsize
    for codec in reversed(array.codecs):
        found = codecs.unpacked(found, codec, size)
    return np.frombuffer(found, array.dtype).reshape(array.chunks, order="F" if array.order == "F" else "C")


def _stored(array: _Array, place: tuple[int, ...]) -> bytes | None:
    file = array.folder / (array.prefix + array.separator.join(map(str, place)))
    return file.read_bytes() if file.is_file() else None


def _sharded(array: _Array, place: tuple[int, ...]) -> bytes | None:
    """The bytes of a chunk out of the shard that it lies in (Zarr v3, sharding codec 1.0)."""
    import numpy as np

    each = tuple(s // c for s, c in zip(array.shard, array.chunks, strict=True))
    shard = tuple(p // n for p, n in zip(place, each, strict=True))
    file = array.folder / (array.prefix + array.separator.join(map(str, shard)))
    if not file.is_file():
        return None
    count = int(np.prod(each, dtype="i8"))
    check(count)
    length = 16 * count + 4  # offsets and lengths, then a checksum
    with file.open("rb") as opened:
        opened.seek(0 if array.index_first else -length, 0 if array.index_first else 2)
        index = np.frombuffer(opened.read(16 * count), "<u8").reshape(*each, 2)
        start, size = (int(n) for n in index[tuple(p % n for p, n in zip(place, each, strict=True))])
        if start == _NOTHING or size > 8 * MAX_PIXELS:
            return None
        opened.seek(start)
        return opened.read(size)
