"""What a reader of annotations hands back, and the bounds that keep it quick whatever the file says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message, msg

MOST_BYTES = 64 << 20  # of a text file that is read whole; a JSON of that size takes about 1 GB in memory
MOST_IMAGES = 50_000  # names of images that are handed on
MOST_CLASSES = 1_000


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image that an annotation file speaks of, with its size in pixels where it tells."""

    name: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Raster:
    """What was seen of a mask: numpy's name of its type, size, and the different values of what was read, background
    (0) included; ``values`` is None where the pixels were not read. ``colors``: samples per pixel."""

    pixel_type: str
    width: int
    height: int
    pages: int = 1
    colors: int = 1
    values: int | None = None
    background: bool = False
    lossy: bool = False

    @property
    def labels(self) -> int | None:
        """How many labels there are in what was read."""
        return None if self.values is None else self.values - (1 if self.background else 0)


@dataclass(frozen=True, slots=True)
class Examined:
    """One annotation file. ``format``: coco, geojson, ctc, yolo, swc, zarr-labels, table, mask. ``classes`` counts the
    objects of each class; ``sources`` are images that it speaks of."""

    format: str
    objects: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[NamedImage, ...] = ()
    raster: Raster | None = None
    findings: tuple[Finding, ...] = ()


class Faults:
    """Collects what is wrong with one file: each kind once, with how often it occurs and where first."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._found: dict[str, Finding] = {}
        self.counts: Counter[str] = Counter()

    def add(
        self,
        check: str,
        message: Message,
        advice: Message,
        *,
        why: Message | None = None,
        location: str | None = None,
        level: Level = Level.WARNING,
    ) -> None:
        """Note a fault; the first of its kind is the one that is shown."""
        self.counts[check] += 1
        if check not in self._found:
            key = f"annotations:{check}:{self._shown}"
            name = f"annotations.{check}"
            self._found[check] = Finding(key, name, level, message, why, advice, self._shown, location)

    def findings(self) -> tuple[Finding, ...]:
        """One for each kind."""
        return tuple(self._found.values())


def read_text(path: Path, faults: Faults) -> str | None:
    """A text file, or None (with a finding) where it is too large or cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError:
        faults.add("unreadable", msg("annotations.unreadable", "This annotation file cannot be read."), _LOOK)
        return None
    if len(raw) > MOST_BYTES:
        said = msg("annotations.too-large", "This annotation file is too large to be checked here.")
        advice = msg("annotations.too-large.advice", "It is sent as it is. Check it with the program that made it.")
        faults.add("too-large", said, advice, level=Level.INFO)
        return None
    return raw.decode("utf-8-sig", "replace")


def read_json(path: Path, faults: Faults) -> Any:
    """The value of a JSON file, or None with a finding."""
    text = read_text(path, faults)
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        broken(faults, f"line {line}" if line else None)
    except RecursionError:
        broken(faults, None)
    return None


def broken(faults: Faults, location: str | None) -> None:
    """Note that the file is no whole JSON."""
    said = msg("annotations.json", "This file is no whole JSON: it breaks off or has a slip in it.")
    faults.add("json", said, _AGAIN, location=location, level=Level.BLOCKER)


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if found == found and abs(found) < 1e300 else None


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_LOOK = msg("annotations.unreadable.advice", "Look whether it is open in another program, or was moved.")
_AGAIN = msg("annotations.json.advice", "Export the annotations again from the program that made them.")
