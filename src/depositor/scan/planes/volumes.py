"""The middle slice of volumes with a small header and unpacked voxels: MRC, DeltaVision, NIfTI, NRRD, MetaImage.

Layouts: MRC2014 (https://www.ccpem.ac.uk/mrc_format/mrc2014.php), NIfTI-1 and 2 (https://nifti.nimh.nih.gov),
NRRD (https://teem.sourceforge.net/nrrd/format.html), MetaIO (https://itk.org/Wiki/MetaIO/Documentation).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from depositor.draft.facts import ImageFacts
from depositor.scan.planes import raw
from depositor.scan.planes.base import MAX_CHANNELS, Planes
from depositor.scan.readers import packed

_MRC = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_DV = {0: "u1", 1: "i2", 2: "f4", 6: "u2", 7: "i4"}
_NIFTI = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_NUMPY = {"uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "uint32": "u4", "int32": "i4", "uint64": "u8",
          "int64": "i8", "float32": "f4", "float64": "f8"}  # fmt: skip
_SAMPLES = 3
_MGH_HEADER = 284


def mrc(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle section."""
    head = packed.first(path, 1024)
    order = next(o for o in "<>" if struct.unpack(o + "i", head[12:16])[0] in (*_MRC, 3, 4, 101))
    x, y, z, mode = struct.unpack(order + "4i", head[:16])
    if mode not in _MRC:
        return None
    kind = order + _MRC[mode]
    extended = struct.unpack(order + "i", head[92:96])[0]
    at = 1024 + max(extended, 0) + z // 2 * x * y * int(kind[-1])
    return _one(raw.plane(path, at, y, x, kind, edge)[::-1])  # the first row is the lowest


def deltavision(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of the first time point, up to three wavelengths."""
    head = packed.first(path, 1024)
    order = "<" if head[96:98] == b"\xa0\xc0" else ">"
    x, y, count, mode = struct.unpack(order + "4i", head[:16])
    if mode not in _DV:
        return None
    extended = struct.unpack(order + "i", head[92:96])[0]
    times, sequence, waves = (max(struct.unpack(order + "h", head[n : n + 2])[0], n == 182) for n in (180, 182, 196))
    times, waves = max(times, 1), max(waves, 1)
    z = count // (times * waves) // 2
    slices = count // (times * waves)
    kind = order + _DV[mode]
    numbers = {
        0: [w * slices * times + z for w in range(waves)],  # ZTW: slices are innermost
        1: [z * waves + w for w in range(waves)],  # WZT
        2: [w * slices + z for w in range(waves)],  # ZWT
    }.get(sequence)
    if numbers is None:
        return None
    size = x * y * int(kind[-1])
    start = 1024 + max(extended, 0)
    found = tuple(raw.plane(path, start + n * size, y, x, kind, edge) for n in numbers[:MAX_CHANNELS])
    return Planes(found, tuple(_colors(facts, len(found))))


def nifti(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of the first time point; the voxels of a pair lie in the ``.img`` beside the header."""
    head = packed.first(path, 540)
    order = next(o for o in "<>" if struct.unpack(o + "i", head[:4])[0] in (348, 540))
    if struct.unpack(order + "i", head[:4])[0] == 540:
        kind, dims = struct.unpack(order + "h", head[12:14])[0], struct.unpack(order + "8q", head[16:80])
        start, pair = struct.unpack(order + "q", head[168:176])[0], head[4:7] == b"ni2"
    else:
        kind, dims = struct.unpack(order + "h", head[70:72])[0], struct.unpack(order + "8h", head[40:56])
        start, pair = int(struct.unpack(order + "f", head[108:112])[0]), head[344:347] != b"n+1"
    data = _image_of(path) if pair else path
    if kind not in _NIFTI or data is None:
        return None
    x, y, z = (max(dims[n], 1) if n <= dims[0] else 1 for n in (1, 2, 3))
    dtype = order + _NIFTI[kind]
    at = (0 if pair and start < 0 else start) + z // 2 * x * y * int(dtype[-1])
    return _one(raw.plane(data, at, y, x, dtype, edge)[::-1])


def _image_of(header: Path) -> Path | None:
    stem = header.name.removesuffix(".gz").removesuffix(".hdr")
    found = (header.with_name(stem + end) for end in (".img", ".img.gz", ".IMG"))
    return next((p for p in found if p.is_file()), None)


def mgh(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of FreeSurfer's volumes."""
    kind = _NUMPY.get(facts.pixel_type or "")
    if not (kind and facts.size_x and facts.size_y):
        return None
    at = _MGH_HEADER + (facts.size_z or 1) // 2 * facts.size_x * facts.size_y * int(kind[-1])
    return _one(raw.plane(path, at, facts.size_y, facts.size_x, ">" + kind, edge))


def nrrd(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of raw or gzipped NRRD, attached or in one file beside it."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    end = min((n for n in (head.find(b"\n\n") + 2, head.find(b"\r\n\r\n") + 4) if n > 3), default=len(head))
    said = _said(head[:end], ":")
    sizes = [int(n) for n in said["sizes"].split()]
    dtype = _typed(facts, said.get("endian", "little") != "big")
    data = said.get("data file") or said.get("datafile")
    target, start = (_beside(path, data), int(said.get("byte skip", "0"))) if data else (path, end)
    if target is None or dtype is None or start < 0 or len(sizes) < 2:
        return None
    return _slice(target, start, sizes, dtype, edge, said.get("encoding", "raw").lower())


def metaimage(path: Path, facts: ImageFacts, edge: int) -> Planes | None:
    """The middle slice of MHA or MHD with raw or zlib voxels."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    mark = head.find(b"ElementDataFile")
    end = head.find(b"\n", mark) + 1
    said = _said(head[:end], "=")
    big = said.get("binarydatabyteordermsb", said.get("elementbyteordermsb", "false")).lower() == "true"
    dtype, data = _typed(facts, not big), said.get("elementdatafile", "")
    if dtype is None or int(said.get("elementnumberofchannels", "1")) != 1:
        return None
    target, start = (path, end) if data.lower() == "local" else (_beside(path, data), int(said.get("headersize", "0")))
    encoding = "zlib" if said.get("compresseddata", "false").lower() == "true" else "raw"
    if target is None or start < 0:
        return None
    return _slice(target, start, [int(n) for n in said["dimsize"].split()], dtype, edge, encoding)


def _slice(path: Path, start: int, sizes: list[int], dtype: str, edge: int, encoding: str) -> Planes | None:
    """One slice out of a block of voxels; a short first axis holds the samples of a colour."""
    samples = sizes.pop(0) if len(sizes) > 2 and sizes[0] == _SAMPLES else 1
    x, y, z = (*sizes, 1)[:3]
    at = z // 2 * x * y * samples * int(dtype[-1])
    if encoding in ("raw", "binary"):
        found = raw.plane(path, start + at, y, x, dtype, edge, samples)
    elif encoding in ("gzip", "gz", "zlib"):
        with path.open("rb") as file:
            file.seek(start)
            content = raw.inflated(file.read(1 << 29))
        found = raw.packed_plane(content, at, y, x, dtype, samples)
    else:
        return None
    return Planes(rgb=found) if samples == _SAMPLES else _one(found)


def _said(head: bytes, mark: str) -> Mapping[str, str]:
    pairs = (line.partition(mark) for line in head.decode("latin-1").splitlines())
    return {key.strip().lower(): value.strip() for key, found, value in pairs if found}


def _typed(facts: ImageFacts, little: bool) -> str | None:
    known = _NUMPY.get(facts.pixel_type or "")
    return ("<" if little else ">") + known if known else None


def _beside(path: Path, name: str) -> Path | None:
    """The file that a header points to, in its own folder: an address elsewhere is not followed."""
    found = path.with_name(name) if name and Path(name).name == name else None
    return found if found is not None and found.is_file() else None


def _one(plane: Any) -> Planes:
    return Planes((plane,), (None,))


def _colors(facts: ImageFacts, count: int) -> list[str | None]:
    return ([c.color for c in facts.channels] + [None] * count)[:count]
