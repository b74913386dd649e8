"""Geometry of lines: the same line seen twice is one, and words that stand in one line belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from depositor.privacy.pixels.ports import Line

_SAME = 0.5  # of the smaller box covered by the other: the same place
_GAP = 1.2  # heights between two words of one line
_LEVEL = 0.5  # of the smaller height that two words of one line share


def moved(lines: Iterable[Line], x: float, y: float, scale: float) -> list[Line]:
    """The lines of a part of a picture that begins at (x, y) and is ``scale`` times smaller."""
    return [
        replace(n, x=n.x * scale + x, y=n.y * scale + y, width=n.width * scale, height=n.height * scale) for n in lines
    ]


def unturned(lines: Iterable[Line], quarters: int, width: int, height: int) -> list[Line]:
    """Lines of a picture that was turned anticlockwise by ``quarters``, in pixels of the picture before that.

    ``width`` and ``height`` are those of the picture before it was turned.
    """
    return [_unturned(n, quarters % 4, width, height) for n in lines]


def _unturned(n: Line, quarters: int, width: int, height: int) -> Line:
    if quarters == 1:
        return replace(n, x=width - n.y - n.height, y=n.x, width=n.height, height=n.width)
    if quarters == 2:
        return replace(n, x=width - n.x - n.width, y=height - n.y - n.height)
    if quarters == 3:
        return replace(n, x=n.y, y=height - n.x - n.width, width=n.height, height=n.width)
    return n


def distinct(lines: Iterable[Line]) -> list[Line]:
    """Of lines at one place the one that says most, and says it surely."""
    kept: list[Line] = []
    for line in sorted(lines, key=_worth, reverse=True):
        if all(shared(line, other) < _SAME for other in kept):
            kept.append(line)
    return sorted(kept, key=lambda n: (n.y, n.x))


def joined(lines: Sequence[Line]) -> list[Line]:
    """Words that stand beside each other at one height, put together from left to right."""
    left = sorted(lines, key=lambda n: n.x)
    rows: list[Line] = []
    for line in left:
        at = next((k for k, row in enumerate(rows) if _continues(row, line)), None)
        if at is None:
            rows.append(line)
        else:
            rows[at] = _together(rows[at], line)
    return sorted(rows, key=lambda n: (n.y, n.x))


def _worth(line: Line) -> float:
    return line.score * len(line.text)


def shared(one: Line, two: Line) -> float:
    """How much of the smaller box lies in the other, 0 to 1."""
    across = min(one.x + one.width, two.x + two.width) - max(one.x, two.x)
    down = min(one.y + one.height, two.y + two.height) - max(one.y, two.y)
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / max(min(one.width * one.height, two.width * two.height), 1e-9)


def _continues(row: Line, line: Line) -> bool:
    height = min(row.height, line.height)
    level = min(row.y + row.height, line.y + line.height) - max(row.y, line.y)
    gap = line.x - row.x - row.width
    if _is_upended(row) or _is_upended(line):
        return False
    return level >= _LEVEL * height and max(row.height, line.height) <= 2 * height and -height <= gap <= _GAP * height


def _is_upended(line: Line) -> bool:
    """Writing from top to bottom: what stands beside it is another line."""
    return len(line.text) > 2 and line.height > 1.5 * line.width


def _together(row: Line, line: Line) -> Line:
    right, bottom = max(row.x + row.width, line.x + line.width), max(row.y + row.height, line.y + line.height)
    top = min(row.y, line.y)
    return Line(f"{row.text} {line.text}", min(row.score, line.score), row.x, top, right - row.x, bottom - top)
