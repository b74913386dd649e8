"""NIfTI-1, NIfTI-2 and Analyze 7.5: one small binary header, also gzipped."""

from __future__ import annotations

import math
import struct
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.draft.problem import Problem
from depositor.scan import kinds
from depositor.scan.readers import faults, packed, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_TYPES = {2: "uint8", 4: "int16", 8: "int32", 16: "float32", 32: "complex64", 64: "float64", 256: "int8", 512: "uint16",
          768: "uint32", 1024: "int64", 1280: "uint64", 128: "uint8", 2304: "uint8", 1792: "complex128"}  # fmt: skip
_COLORS = {128: 3, 2304: 4}
_LENGTHS = {1: "m", 2: "mm", 3: "um"}
_TIMES = {8: "s", 16: "ms", 24: "us"}
_LONGEST_S = 500  # where milliseconds were written and seconds declared, as many programs do


def _version(head: bytes) -> tuple[str, int] | None:
    """(byte order, length of the header) or None."""
    for order in "<>":
        length = struct.unpack(order + "i", head[:4])[0] if len(head) >= 4 else 0
        if length in (348, 540):
            return order, length
    return None


class NiftiReader:
    """NIfTI and Analyze."""

    id = "nifti"
    formats: tuple[str, ...] = ("NIfTI", "Analyze")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        head = packed.unpacked(first_bytes)
        found = _version(head)
        if found is None:
            return False
        magic = head[344:347] if found[1] == 348 else head[4:7]
        return magic in (b"n+1", b"ni1", b"n+2", b"ni2") or kinds.ending(name) == "hdr"

    def read(self, path: Path) -> Reading:
        head = packed.first(path, 540)
        found = _version(head)
        if found is None or len(head) < found[1]:
            raise Truncated("no header")
        order, length = found
        if length == 540:
            kind, dims = struct.unpack(order + "h", head[12:14])[0], struct.unpack(order + "8q", head[16:80])
            steps, units = struct.unpack(order + "8d", head[104:168]), struct.unpack(order + "i", head[500:504])[0]
        else:
            kind, dims = struct.unpack(order + "h", head[70:72])[0], struct.unpack(order + "8h", head[40:56])
            steps, units = struct.unpack(order + "8f", head[76:108]), head[123]
        is_nifti = length == 540 or head[344:347] in (b"n+1", b"ni1")
        facts = _facts(dims, steps, units if is_nifti else 0)
        facts = with_facts(facts, "datatype", size_c=_COLORS.get(kind))
        named = "NIfTI" if is_nifti else "Analyze"
        facts = with_facts(facts, "datatype", pixel_type=_TYPES.get(kind))
        return Reading(named, (facts,), _cut_off(path, head, found, dims) if is_nifti else ())


def _cut_off(path: Path, head: bytes, found: tuple[str, int], dims: tuple[int, ...]) -> tuple[Problem, ...]:
    """A Problem where voxels of a single unpacked file are missing."""
    order, length = found
    if packed.is_packed(path) or head[344:347] == b"ni1" or head[4:7] == b"ni2":
        return ()
    if length == 540:
        bits, start = struct.unpack(order + "h", head[14:16])[0], struct.unpack(order + "q", head[168:176])[0]
    else:
        bits, start = struct.unpack(order + "h", head[72:74])[0], struct.unpack(order + "f", head[108:112])[0]
    voxels = math.prod(max(n, 1) for n in dims[1 : dims[0] + 1])
    offset = sane.number(start)
    return faults.cut_off(path, int(offset) + voxels * max(bits, 0) // 8) if offset and offset > 0 else ()


def _facts(dims: tuple[int, ...], steps: tuple[float, ...], units: int) -> ImageFacts:
    if not 1 <= dims[0] <= 7 or any(n < 0 for n in dims[1 : dims[0] + 1]):
        raise Implausible("impossible dimensions")
    sizes = [sane.size(dims[n]) if n <= dims[0] else 1 for n in range(1, 5)]
    facts = with_facts(ImageFacts(), "dim", size_x=sizes[0], size_y=sizes[1], size_z=sizes[2], size_t=sizes[3])
    unit, time = _LENGTHS.get(units & 7), _TIMES.get(units & 56)
    um = [sane.length_um(abs(n), unit) for n in steps[1:4]]
    facts = with_facts(facts, "pixdim", pixel_size_x_um=um[0], pixel_size_y_um=um[1], pixel_size_z_um=um[2])
    step = sane.seconds(steps[4], time) if (facts.size_t or 1) > 1 else None
    if step is not None and step >= _LONGEST_S:
        step = None
    return with_facts(facts, "pixdim[4]", time_increment_s=step)
