"""Where in a picture something was seen, as the ``location`` of a finding says it."""

from __future__ import annotations

import re
from dataclasses import dataclass

SOURCES = ("pixels", "label", "macro", "thumbnail", "overlay")
_PLACE = re.compile(rf"({'|'.join(SOURCES)}):(\d+),(\d+),(\d+),(\d+)(?::(\d+))?")


@dataclass(frozen=True, slots=True)
class Region:
    """A box in pixels of the full picture, ``x`` to the right and ``y`` down from its top left corner.

    ``source`` says which picture: the image itself (``pixels``), a picture of a slide's label or of the whole slide
    (``label``, ``macro``), an embedded ``thumbnail``, a DICOM ``overlay`` plane. ``frame`` counts from 0 (frame of a
    DICOM file, page of a TIFF, group of an overlay); None stands for the only one or, where a series was looked at as
    one projection, for all.
    """

    source: str
    x: int
    y: int
    width: int
    height: int
    frame: int | None = None

    def covers(self, other: Region) -> bool:
        """True where the two lie in the same picture and more than half of ``other`` is inside."""
        if self.source != other.source or (None not in (self.frame, other.frame) and self.frame != other.frame):
            return False
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return across > 0 and down > 0 and 2 * across * down > other.width * other.height

    def __str__(self) -> str:
        """The location of a finding: ``pixels:x,y,w,h[:frame]``."""
        tail = "" if self.frame is None else f":{self.frame}"
        return f"{self.source}:{self.x},{self.y},{self.width},{self.height}{tail}"


def parse(location: str | None) -> Region | None:
    """The region that a finding's location names, None where it names none.

    >>> parse("pixels:10,20,30,8:2")
    Region(source='pixels', x=10, y=20, width=30, height=8, frame=2)
    """
    match = _PLACE.fullmatch(location or "")
    if match is None:
        return None
    source, *numbers = match.groups()
    x, y, width, height, frame = (None if n is None else int(n) for n in numbers)
    return Region(source, x or 0, y or 0, width or 0, height or 0, frame)
