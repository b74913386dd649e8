"""Pixels of any format written as OME-TIFF with nothing beside them but what describes pixels.

For formats that cannot be cleaned, and for boxes over pixels in them: the new file has sizes, distances and names of
channels, and no text of the old one. The planes come from whoever can read the old file (:class:`PlaneSource`).
Source of the layout: OME-TIFF specification, schema 2016-06.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Damaged, Stopped
from depositor.draft.region import Region
from depositor.privacy import troubles

REMEDY = "convert"
ENDING = ".ome.tif"
_TILE = 512  # pixels; smaller pictures get smaller tiles, in steps of 16 as TIFF wants them
_LEVEL = 1  # twice as fast as the usual 6, and no larger for pictures with noise
_SMALL = 2 << 30  # bytes; more is written as BigTIFF, whose offsets are wide enough for any compression


@dataclass(frozen=True, slots=True)
class Plan:
    """What the new file says of its pixels: sizes, type (as NumPy names it), samples of a pixel (3 for colour),
    distances in micrometres and seconds (None where nobody told), and of each channel its name, its wavelengths in
    nanometres and its colour (``#RRGGBB``); these are empty where nobody told, else one for each channel.

    Names of channels are the caller's choice: they are stains and antibodies, and may have been read in the old file.
    """

    size_x: int
    size_y: int
    size_z: int = 1
    size_c: int = 1
    size_t: int = 1
    pixel_type: str = "uint8"
    samples: int = 1
    pixel_size_x_um: float | None = None
    pixel_size_y_um: float | None = None
    pixel_size_z_um: float | None = None
    time_increment_s: float | None = None
    channel_names: Sequence[str] = ()
    excitation_nm: Sequence[float | None] = ()
    emission_nm: Sequence[float | None] = ()
    colors: Sequence[str | None] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes in the order in which planes are asked for and written."""
        inner = (self.size_y, self.size_x) + ((self.samples,) if self.samples > 1 else ())
        return (self.size_t, self.size_c, self.size_z, *inner)


class PlaneSource(Protocol):
    """Reads one plane at a time; an array of (height, width) or (height, width, samples) of the plan's type."""

    def plane(self, z: int, c: int, t: int) -> Any: ...


def name(path: str) -> str:
    """What the new file is called: ``cells.czi.ome.tif`` for ``cells.czi``, which ``cells.ome.tif`` may lie beside."""
    return path + ENDING


@dataclass(frozen=True, slots=True)
class Part:
    """One image of the new file; ``regions`` are painted plain, where a region's frame counts planes in the order of
    time, channel, depth."""

    source: PlaneSource
    plan: Plan
    regions: Sequence[Region] = ()


def to_ome_tiff(
    source: PlaneSource,
    plan: Plan,
    target: Path,
    shown: str,
    regions: Sequence[Region] = (),
    cancel: Cancel | None = None,
) -> None:
    """Write one image to ``target``: :func:`write`."""
    write((Part(source, plan, regions),), target, shown, cancel)


def write(parts: Sequence[Part], target: Path, shown: str, cancel: Cancel | None = None) -> None:
    """Write images to ``target``, each an Image of its OME-XML: plane by plane, tiled, packed without loss; whole or
    not at all.

    Raises Damaged where a plane is not what the plan says, Stopped when ``cancel`` was set, OSError for the disk.
    """
    import tifffile

    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".part")
    size = sum(size_of(part.plan) for part in parts)
    try:
        with tifffile.TiffWriter(temporary, bigtiff=size > _SMALL, ome=True) as writer:
            for part in parts:
                writer.write(
                    _tiles(part, shown, cancel),
                    shape=part.plan.shape,
                    dtype=part.plan.pixel_type,
                    compression="zlib",
                    compressionargs={"level": _LEVEL},
                    software="Depositor",
                    metadata=_described(part.plan),
                    **_layout(part.plan),
                )
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def size_of(plan: Plan) -> int:
    """The bytes of all pixels, unpacked: more than the new file takes, but for its description."""
    import numpy as np

    total = np.dtype(plan.pixel_type).itemsize
    for size in plan.shape:
        total *= size
    return total


def _layout(plan: Plan) -> dict[str, Any]:
    """How pixels lie in the file, in the words of tifffile."""
    colour = plan.samples in (3, 4)
    return {
        "photometric": "rgb" if colour else "minisblack",
        "planarconfig": "contig" if plan.samples > 1 else None,
        "extrasamples": ("unassalpha",) if plan.samples == 4 else None,
        "tile": _tile(plan),
    }


def _tile(plan: Plan) -> tuple[int, int]:
    """(height, width) of the tiles."""
    height, width = (min(_TILE, -(-size // 16) * 16) for size in (plan.size_y, plan.size_x))
    return height, width


def _tiles(part: Part, shown: str, cancel: Cancel | None) -> Iterator[Any]:
    """The tiles of all planes in the order of the file; one plane is in memory at a time."""
    import numpy as np

    plan, count = part.plan, 0
    for t in range(plan.size_t):
        for c in range(plan.size_c):
            for z in range(plan.size_z):
                if cancel:
                    raise Stopped(troubles.stopped())
                plane = np.ascontiguousarray(part.source.plane(z, c, t))
                if plane.shape != plan.shape[3:] or plane.dtype != np.dtype(plan.pixel_type):
                    raise Damaged(troubles.unreadable(shown))
                yield from _cut(_painted(plane, part.regions, count), *_tile(plan))
                count += 1


def _painted(plane: Any, regions: Sequence[Region], number: int) -> Any:
    wanted = [r for r in regions if r.frame is None or r.frame == number]
    if not wanted:
        return plane
    plane = plane.copy()
    for r in wanted:
        plane[max(r.y, 0) : max(r.y + r.height, 0), max(r.x, 0) : max(r.x + r.width, 0)] = 0
    return plane


def _cut(plane: Any, high: int, wide: int) -> Iterator[Any]:
    """The tiles of one plane; those at the edges are filled up by the writer's rule: with zeros."""
    import numpy as np

    height, width = plane.shape[:2]
    for y in range(0, height, high):
        for x in range(0, width, wide):
            piece = plane[y : y + high, x : x + wide]
            missing = ((0, high - piece.shape[0]), (0, wide - piece.shape[1]))
            yield np.pad(piece, (*missing, *((0, 0),) * (plane.ndim - 2)))


def _described(plan: Plan) -> dict[str, Any]:
    """The harmless metadata, in the words of tifffile."""
    told: dict[str, Any] = {"axes": "TCZYX" + ("S" if plan.samples > 1 else "")}
    for name, value in (
        ("PhysicalSizeX", plan.pixel_size_x_um),
        ("PhysicalSizeY", plan.pixel_size_y_um),
        ("PhysicalSizeZ", plan.pixel_size_z_um),
    ):
        if value is not None:
            told |= {name: value, f"{name}Unit": "µm"}
    if plan.time_increment_s is not None:
        told |= {"TimeIncrement": plan.time_increment_s, "TimeIncrementUnit": "s"}
    channels = [_channel(plan, at) for at in range(plan.size_c)]
    return told | ({"Channel": channels} if any(channels) else {})


def _channel(plan: Plan, at: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, values in (
        ("Name", plan.channel_names),
        ("ExcitationWavelength", plan.excitation_nm),
        ("EmissionWavelength", plan.emission_nm),
    ):
        if at < len(values) and values[at]:
            told |= {name: values[at]} if name == "Name" else {name: values[at], f"{name}Unit": "nm"}
    if at < len(plan.colors) and (color := plan.colors[at]):
        told["Color"] = _signed(int(color[1:7] + "FF", 16))
    return told


def _signed(number: int) -> int:
    """Red, green, blue and opacity as the signed number of 32 bits that OME-XML has."""
    return number - (1 << 32) if number >> 31 else number
