"""What a source of pictures hands back, and how many frames of a long file are taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

MOST_SAMPLES = 256_000_000  # of one picture that is decoded for reading; what is larger is told
SHORT = 16  # frames of a file that are all looked at
SAMPLES = 6  # frames of a longer one, beside the projections over it
LAID_OVER = 400  # frames that a projection is made of, at most


class Amount(StrEnum):
    """How much of the pictures is looked at."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"


class Risk(IntEnum):
    """How likely text of a person stands in such a picture (deidentification sheet, "Risk by object")."""

    LOW = 0  # original slices of scanners, microscope data
    MIDDLE = 1  # ordinary pictures
    HIGH = 2  # ultrasound, secondary capture, screen saves, angiography, labels of slides


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture. ``load`` decodes it: (height, width) or (height, width, 3), any type of number; it may raise.

    ``scale``: pixels of the full picture for one pixel of it; ``number`` and ``source`` as in ``draft.region.Region``.
    """

    source: str
    number: int | None
    load: Callable[[], Any]
    scale: float = 1.0
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Frames:
    """What of one file is to be read. ``total`` frames are in it; ``taken`` of them are looked at one by one,
    ``laid_over`` in a projection. ``reduced``: how much smaller than in the file the picture is looked at (1: not)."""

    pictures: tuple[Frame, ...]
    risk: Risk
    medical: bool = False
    total: int = 1
    taken: int = 1
    laid_over: int = 0
    reduced: int = 1


def chosen(total: int, amount: Amount) -> tuple[int, ...]:
    """The frames that are looked at one by one: all of a short file, else the first, the last and some between."""
    if amount is Amount.ALL or total <= SHORT:
        return tuple(range(total))
    return evenly(total, SAMPLES)


def evenly(total: int, count: int) -> tuple[int, ...]:
    """``count`` of ``total`` numbers, the first and the last among them."""
    if total <= count:
        return tuple(range(total))
    return tuple(sorted({round(n * (total - 1) / (count - 1)) for n in range(count)}))


def projections(load: Callable[[int], Any], numbers: Sequence[int]) -> tuple[Frame, ...]:
    """The brightest, the darkest and the mean value of each pixel over some frames: what is burned in stays."""
    made: list[Any] = []

    def laid(which: int) -> Callable[[], Any]:
        def get() -> Any:
            if not made:
                made.extend(_laid(load, numbers))
            return made[which]

        return get

    return tuple(Frame("pixels", None, laid(n)) for n in range(3))


def _laid(load: Callable[[int], Any], numbers: Sequence[int]) -> tuple[Any, Any, Any]:
    import numpy as np

    high = low = load(numbers[0])
    total = high.astype(np.float64)
    count = 1
    for number in numbers[1:]:
        frame = load(number)
        if frame.shape == high.shape:
            high, low, total, count = np.maximum(high, frame), np.minimum(low, frame), total + frame, count + 1
    mean = total / count
    return high, low, mean.astype(high.dtype) if high.dtype.kind in "iu" else mean
