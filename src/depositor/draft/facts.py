"""What the header of an image file says. A fact that is not there is None: nothing is ever guessed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from depositor.draft.problem import Problem


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel; wavelengths in nm, exposure in s, colour as #RRGGBB."""

    name: str | None = None
    fluorophore: str | None = None
    excitation_nm: float | None = None
    emission_nm: float | None = None
    exposure_s: float | None = None
    color: str | None = None
    contrast: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """The lens: magnification as engraved, numerical aperture, immersion medium."""

    model: str | None = None
    magnification: float | None = None
    na: float | None = None
    immersion: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """An instrument or detector as its header names it. Serial numbers stay out: they lead to a place."""

    manufacturer: str | None = None
    model: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image of a file: sizes in pixels, pixel sizes in micrometres, times in seconds, dates in ISO 8601.

    ``keys`` names the native key each fact came from (``{"pixel_size_x_um": "Pixels@PhysicalSizeX"}``): the origin
    that the form shows.
    """

    name: str | None = None
    size_x: int | None = None
    size_y: int | None = None
    size_z: int | None = None
    size_c: int | None = None
    size_t: int | None = None
    pixel_type: str | None = None
    pixel_size_x_um: float | None = None
    pixel_size_y_um: float | None = None
    pixel_size_z_um: float | None = None
    time_increment_s: float | None = None
    acquired: str | None = None
    modality: str | None = None
    description: str | None = None
    plate: str | None = None
    well: str | None = None
    field: str | None = None
    software: str | None = None
    channels: tuple[Channel, ...] = ()
    objective: Objective | None = None
    instrument: Device | None = None
    detector: Device | None = None
    keys: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file, or one object such as an OME-Zarr folder, says of itself; ``reader`` is None if none knows it."""

    path: str
    format: str | None = None
    reader: str | None = None
    images: tuple[ImageFacts, ...] = ()
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape of the contract; absent facts are left out of ``images`` where None."""
        return {
            "path": self.path,
            "format": self.format,
            "reader": self.reader,
            "images": [plain(i) for i in self.images],
            "problems": [p.as_json() for p in self.problems],
        }


def plain(value: Any) -> Any:
    """A dataclass as JSON values, without the fields that say nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {name: plain(v) for name, v in pairs if v is not None and v != () and v != {}}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value
