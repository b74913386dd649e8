"""Texts in arrays of Zarr: tables beside images (AnnData, SpatialData) keep names of samples and patients in chunks.

Sources: Zarr storage specification 2 and 3; numcodecs ``VLenUTF8``; NumPy's ``<U`` and ``|S`` types.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_CHUNK = 32 * 1024 * 1024  # bytes of one unpacked chunk of texts
_MOST_METADATA = 4 * 1024 * 1024
_DEEPEST = 8  # folders between a chunk and its array


@dataclass(frozen=True, slots=True)
class Array:
    """An array of a store. ``form`` is "U", "S", "vlen" for texts, "?" for texts that cannot be read here, "" else;
    ``width`` the bytes of a text of fixed length; ``codecs`` unpack a chunk, the last first."""

    folder: Path
    form: str = ""
    width: int = 0
    big: bool = False
    codecs: tuple[Mapping[str, Any], ...] = ()


@functools.lru_cache(maxsize=8192)
def array_above(folder: Path, deep: int = _DEEPEST) -> Array | None:
    """The array whose chunks lie in ``folder`` or at most ``deep`` folders below its own."""
    found = _array(folder)
    if found or not deep or folder == folder.parent:
        return found
    return array_above(folder.parent, deep - 1)


def _array(folder: Path) -> Array | None:
    version2, version3 = _json(folder / ".zarray"), _json(folder / "zarr.json")
    if version2:
        return _version2(folder, version2)
    if version3.get("node_type") == "array":
        return _version3(folder, version3)
    attributes = _json(folder / "attributes.json")
    return Array(folder) if "dimensions" in attributes and "blockSize" in attributes else None


def _version2(folder: Path, told: Mapping[str, Any]) -> Array:
    dtype = told.get("dtype")
    filters = [f for f in told.get("filters") or () if isinstance(f, Mapping)]
    packed = [told["compressor"]] if isinstance(told.get("compressor"), Mapping) else []
    if not isinstance(dtype, str) or dtype[1:2] not in ("U", "S", "O"):
        return Array(folder)
    if dtype[1] == "O":
        only = [f.get("id") for f in filters]
        return Array(folder, "vlen" if only == ["vlen-utf8"] else "?", codecs=tuple(packed))
    if filters or not dtype[2:].isdigit():
        return Array(folder, "?")
    width = int(dtype[2:]) * (4 if dtype[1] == "U" else 1)
    return Array(folder, dtype[1], width, dtype[0] == ">", tuple(packed))


def _version3(folder: Path, told: Mapping[str, Any]) -> Array:
    dtype = told.get("data_type")
    name = dtype.get("name") if isinstance(dtype, Mapping) else dtype
    if name not in ("string", "fixed_length_utf32", "null_terminated_bytes", "fixed_length_ascii"):
        return Array(folder)
    listed = [c for c in told.get("codecs") or () if isinstance(c, Mapping)]
    names = [c.get("name") for c in listed]
    rest = tuple({"id": c["name"], **(c.get("configuration") or {})} for c in listed[1:])
    if name == "string":
        return Array(folder, "vlen" if names[:1] == ["vlen-utf8"] else "?", codecs=rest)
    settings = dtype.get("configuration") or {} if isinstance(dtype, Mapping) else {}
    width = settings.get("length_bytes")
    if names[:1] != ["bytes"] or not isinstance(width, int):
        return Array(folder, "?")
    big = (listed[0].get("configuration") or {}).get("endian") == "big"
    return Array(folder, "U" if "utf32" in name else "S", width, big, rest)


def _json(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_METADATA))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


# --- chunks ----------------------------------------------------------------------------------------------------------


def unpacked(content: bytes, array: Array) -> bytes:
    """The bytes of a chunk. Raises ValueError for a codec that is not known here or for more than may come out."""
    for codec in reversed(array.codecs):
        try:
            content = _unpacked(content, codec)
        except (zlib.error, OSError, RuntimeError, EOFError) as error:
            raise ValueError("a damaged chunk") from error
        if len(content) > MOST_CHUNK:
            raise ValueError("too large")
    return content


def _unpacked(content: bytes, codec: Mapping[str, Any]) -> bytes:
    import imagecodecs

    match codec.get("id"):
        case "zlib" | "gzip":
            return zlib.decompressobj(wbits=47).decompress(content, MOST_CHUNK + 1)
        case "bz2":
            return bz2.BZ2Decompressor().decompress(content, MOST_CHUNK + 1)
        case "blosc" if int.from_bytes(content[4:8], "little") <= MOST_CHUNK:
            return bytes(imagecodecs.blosc_decode(content))
        case "zstd":
            return bytes(imagecodecs.zstd_decode(content, out=MOST_CHUNK))
        case "lz4" if int.from_bytes(content[:4], "little") <= MOST_CHUNK:
            return bytes(imagecodecs.lz4_decode(content, header=True))
        case "crc32c":
            return content[:-4]
    raise ValueError("no codec")


def packed(content: bytes, array: Array) -> bytes:
    """The chunk again, packed as it was."""
    for codec in array.codecs:
        content = _packed(content, codec)
    return content


def _packed(content: bytes, codec: Mapping[str, Any]) -> bytes:
    import imagecodecs

    level = codec.get("level", 5)
    ways: dict[Any, Callable[[], Any]] = {
        "zlib": lambda: zlib.compress(content, max(min(level, 9), -1)),
        "gzip": lambda: gzip.compress(content, max(min(level, 9), 0), mtime=0),
        "bz2": lambda: bz2.compress(content),
        "blosc": lambda: imagecodecs.blosc_encode(
            content, compressor=str(codec.get("cname", "lz4")), level=codec.get("clevel", 5)
        ),
        "zstd": lambda: imagecodecs.zstd_encode(content, level=level or None),
        "lz4": lambda: imagecodecs.lz4_encode(content, header=True),
        "crc32c": lambda: content + struct.pack("<I", _crc32c(content)),
    }
    if codec.get("id") not in ways:
        raise ValueError("no codec")
    return bytes(ways[codec["id"]]())


def _crc32c(content: bytes) -> int:
    """The check sum of RFC 3720, appendix B.4."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def texts(content: bytes, array: Array) -> list[str]:
    """The texts of an unpacked chunk, in order. Raises ValueError where it holds less than it says."""
    if array.form == "vlen":
        return _any_length(content)
    if not array.width:
        raise ValueError("no width")
    coding = ("utf-32-be" if array.big else "utf-32-le") if array.form == "U" else "utf-8"
    pieces = (content[at : at + array.width] for at in range(0, len(content) - array.width + 1, array.width))
    return [piece.decode(coding, "replace").rstrip("\0") for piece in pieces]


def _any_length(content: bytes) -> list[str]:
    out, at = [], 4
    try:
        for _ in range(struct.unpack_from("<I", content)[0]):
            length = struct.unpack_from("<I", content, at)[0]
            out.append(content[at + 4 : at + 4 + length].decode("utf-8", "replace"))
            at += 4 + length
    except struct.error as error:
        raise ValueError("a text beyond the end") from error
    return out


def written(changed: list[str], content: bytes, array: Array) -> bytes:
    """A chunk of the texts ``changed`` in place of ``content``; texts of fixed length are no longer than before."""
    if array.form == "vlen":
        raw = [text.encode() for text in changed]
        return struct.pack("<I", len(raw)) + b"".join(struct.pack("<I", len(r)) + r for r in raw)
    coding = ("utf-32-be" if array.big else "utf-32-le") if array.form == "U" else "utf-8"
    cells = (text.encode(coding, "replace")[: array.width].ljust(array.width, b"\0") for text in changed)
    out = b"".join(cells)
    return out + content[len(out) :]
