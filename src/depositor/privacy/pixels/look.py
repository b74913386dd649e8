"""Reading one picture: in tiles at full size, and where text may be turned, from all four sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from depositor.privacy.pixels import codes, lines
from depositor.privacy.pixels.ports import Line, Picture, TextReader

TILE = 1024  # pixels: a larger picture takes longer than its parts, a smaller one is enlarged by the engine
_OVERLAP = 160  # pixels that tiles share, so that most lines lie whole in one of them
_BORDER = 16  # pixels around a small picture: text at its very edge is missed otherwise
_SIDE = 736  # a picture of less than the square of it is enlarged: the engine was trained on letters of that size
_MOST_TIMES = 3.0
_UPRIGHT = 0.9


def read(picture: Picture, reader: TextReader) -> tuple[Line, ...]:
    """The lines of ``picture``, with boxes in pixels of the full picture; what stands in one line is joined."""
    pixels = _colour(picture.pixels)
    found = _turned(pixels, reader) if picture.turned else _joined(pixels, reader)
    return tuple(lines.moved(found, 0, 0, picture.scale))


def _joined(pixels: Any, reader: TextReader) -> list[Line]:
    return lines.joined(lines.distinct(_tiled(pixels, reader)))


def _colour(pixels: Any) -> Any:
    import numpy as np

    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return np.ascontiguousarray(pixels[..., :3])


def _turned(pixels: Any, reader: TextReader) -> list[Line]:
    """As it is and turned; upside down counts too. All that was read surely stays."""
    import numpy as np

    height, width = pixels.shape[:2]
    found: list[Line] = []
    for quarters in (0, 1, 2, 3):
        seen = [n for n in _joined(np.rot90(pixels, quarters), reader) if quarters == 0 or _is_text(n)]
        found += lines.unturned(seen, quarters, width, height)
    return lines.distinct([*found, *codes.read(pixels)])


def _is_text(line: Line) -> bool:
    """Letters read from the wrong side come out short and unsure, and stand in boxes higher than wide."""
    return line.score >= _UPRIGHT and len(line.text) >= 3 and line.width > line.height


def _tiled(pixels: Any, reader: TextReader) -> list[Line]:
    import numpy as np

    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    if max(height, width) <= TILE + _OVERLAP:
        return _small(pixels, reader)
    found: list[Line] = []
    for y, bottom in _cuts(height):
        for x, right in _cuts(width):
            part = np.ascontiguousarray(pixels[y:bottom, x:right])
            if part.max() > part.min():
                seen = lines.moved(reader.read(part), x, y, 1)
                found += [n for n in seen if _is_whole(n, (x, y, right, bottom), width, height)]
    step = -(-max(height, width) // TILE)  # text larger than a tile, and lines longer than one
    return found + lines.moved(reader.read(shrunk(pixels, step)), 0, 0, step)


def _is_whole(n: Line, tile: tuple[int, int, int, int], width: int, height: int) -> bool:
    """False for a piece of a line that an inner edge of the tile cuts; the neighbour has all of it."""
    left, top, right, bottom = tile
    if (top > 0 and n.y <= top + 1) or (bottom < height and n.y + n.height >= bottom - 1):
        return False
    if n.width >= _OVERLAP:
        return True
    return not ((left > 0 and n.x <= left + 2) or (right < width and n.x + n.width >= right - 2))


def _cuts(length: int) -> Iterator[tuple[int, int]]:
    """Parts of equal length that overlap, none much longer than a tile."""
    count = max(-(-(length - _OVERLAP) // TILE), 1)
    step = -(-(length - _OVERLAP) // count)
    for number in range(count):
        yield number * step, min(number * step + step + _OVERLAP, length)


def _small(pixels: Any, reader: TextReader) -> list[Line]:
    """With a border around it; small pictures enlarged."""
    import numpy as np

    if pixels.max() == pixels.min():
        return []
    height, width = pixels.shape[:2]
    times = min(max(_SIDE / (width * height) ** 0.5, 1.0), _MOST_TIMES)
    if times > 1:
        pixels = _enlarged(pixels, times)
    framed = np.pad(pixels, ((_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0)), mode="edge")
    return lines.moved(reader.read(framed), -_BORDER / times, -_BORDER / times, 1 / times)


def _enlarged(pixels: Any, times: float) -> Any:
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(pixels)
    size = (round(picture.width * times), round(picture.height * times))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC))


def shrunk(pixels: Any, times: int) -> Any:
    """The picture ``times`` smaller; each pixel is the mean of those it stands for."""
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(pixels)
    return np.asarray(picture.reduce(times))
