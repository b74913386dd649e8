"""Pictures to read, what was read in them, and what an engine that reads promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

UNREAD = "\ufffd\ufffd\ufffd"  # the text of a line in letters that the engine does not know


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its box in pixels of the picture, and how sure the engine is of the letters (0 to 1)."""

    text: str
    score: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the engine wants it: 8 bit, (height, width) or (height, width, 3).

    ``scale``: pixels of the full picture that one pixel of this one stands for. ``turned``: text may stand sideways or
    upside down in it, as on the label of a slide. ``source`` and ``frame`` as in ``draft.region.Region``.
    """

    source: str
    frame: int | None
    pixels: Any
    scale: float = 1.0
    turned: bool = False


class TextReader(Protocol):
    """An engine that finds lines of text in a picture.

    ``read`` never asks the network, writes no file and logs nothing of what it sees. It may take seconds and is called
    in the worker process. Whatever it raises costs this picture only.
    """

    @property
    def name(self) -> str:
        """Name and version, for reports."""
        ...

    def read(self, pixels: Any) -> tuple[Line, ...]:
        """The lines in a picture of 8 bit, (height, width, 3), of at most a few million pixels."""
        ...
