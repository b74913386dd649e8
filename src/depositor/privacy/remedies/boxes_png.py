"""Boxes over PNG pictures of every depth and colour type, interlaced and animated ones too; other chunks stay.

The rows are handled as bytes: filters of PNG work on bytes, so that a decoder for eight-bit pictures of as many bytes
per pixel reads the rows of any picture. Source: PNG 3 (W3C), 7 to 9 and 11.2.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from depositor.draft.region import Region
from depositor.privacy.checks import png
from depositor.privacy.checks.png import Chunk
from depositor.privacy.remedies.boxes import Box, painted, refuse_large, within

if TYPE_CHECKING:
    import numpy as np

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_WHOLE = ((0, 0, 1, 1),)
_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # bytes per pixel -> a colour type with as many at eight bits
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the rows are made of; ``fill`` is what a blank pixel holds in each channel."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    fill: tuple[int, ...]

    @property
    def bits(self) -> int:
        return self.depth * _CHANNELS[self.colour]

    def stride(self, width: int) -> int:
        return (width * self.bits + 7) // 8


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the file: its place on the canvas and the numbers of its data chunks."""

    number: int | None
    x: int
    y: int
    width: int
    height: int
    chunks: tuple[int, ...]


def blank(copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
    """Paint boxes over the picture in ``copy``. Raises ValueError for a damaged file, Damaged for one too large."""
    try:
        return _blank(copy, shown, regions)
    except (IndexError, struct.error, zlib.error) as error:
        raise ValueError("the picture is damaged") from error


def _blank(copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
    fresh = copy.with_name(copy.name + "~")
    with copy.open("rb") as file, fresh.open("wb") as out:
        listed = list(png.chunks(file))
        header = _header(file, listed)
        new: dict[int, bytes] = {}
        for frame in _frames(file, listed, header):
            numbers = [frame.number] if frame.number is not None else [0]
            boxes = [b for n in numbers for b in within(regions, n, frame.x, frame.y, frame.width, frame.height)]
            if boxes:
                new.update(_repainted(file, listed, header, frame, boxes, shown))
        out.write(png.SIGNATURE)
        for number, chunk in enumerate(listed):
            out.write(new[number] if number in new else _raw(file, chunk))
        file.seek(png.end_of(listed) or 0)
        while block := file.read(1 << 20) if png.end_of(listed) else b"":
            out.write(block)
    os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
    return painted(regions)


def _raw(file: BinaryIO, chunk: Chunk) -> bytes:
    file.seek(chunk.offset)
    return file.read(chunk.length + 12)


def _content(file: BinaryIO, chunk: Chunk) -> bytes:
    file.seek(chunk.offset + 8)
    return file.read(chunk.length)


def _header(file: BinaryIO, listed: list[Chunk]) -> Header:
    if not listed or listed[0].kind != b"IHDR":
        raise ValueError("not a PNG file")
    width, height, depth, colour, _packing, _filter, interlaced = struct.unpack(">IIBBBBB", _content(file, listed[0]))
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or not width or not height:
        raise ValueError("impossible head")
    fill = [0] * _CHANNELS[colour]
    if colour in (4, 6):
        fill[-1] = (1 << depth) - 1
    if colour == 3:
        fill = [_darkest(file, listed)]
    return Header(width, height, depth, colour, bool(interlaced), tuple(fill))


def _darkest(file: BinaryIO, listed: list[Chunk]) -> int:
    """The number of the darkest colour that is not transparent."""
    palette = next((_content(file, c) for c in listed if c.kind == b"PLTE"), b"")
    clear = next((_content(file, c) for c in listed if c.kind == b"tRNS"), b"")
    sums = [sum(palette[at : at + 3]) + (1000 if clear[at // 3 : at // 3 + 1] == b"\0" else 0)
            for at in range(0, len(palette) - 2, 3)]  # fmt: skip
    return sums.index(min(sums)) if sums else 0


def _frames(file: BinaryIO, listed: list[Chunk], header: Header) -> Iterator[Frame]:
    """The picture, and the frames of an animation; the picture is its first frame or stands for all of them."""
    main = tuple(n for n, c in enumerate(listed) if c.kind == b"IDAT")
    controls = [n for n, c in enumerate(listed) if c.kind == b"fcTL"]
    shown_first = bool(controls) and bool(main) and controls[0] < main[0]
    yield Frame(0 if shown_first else None, 0, 0, header.width, header.height, main)
    for number, at in enumerate(controls[1:] if shown_first else controls, 1 if shown_first else 0):
        _sequence, width, height, x, y = struct.unpack_from(">IIIII", _content(file, listed[at]))
        end = next((n for n in controls if n > at), len(listed))
        data = tuple(n for n in range(at + 1, end) if listed[n].kind == b"fdAT")
        yield Frame(number, x, y, width, height, data)


def _repainted(
    file: BinaryIO, listed: list[Chunk], header: Header, frame: Frame, boxes: list[Box], shown: str
) -> dict[int, bytes]:
    """The data chunks of a frame: the first one with all that was packed anew, none in place of the others."""
    refuse_large(shown, header.stride(frame.width) * frame.height)
    animated = listed[frame.chunks[0]].kind == b"fdAT"
    skip = 4 if animated else 0
    packed = b"".join(_content(file, listed[n])[skip:] for n in frame.chunks)
    most = header.stride(frame.width) * frame.height + frame.height * 8 + 4096
    rows = zlib.decompressobj().decompress(packed, most)
    data = zlib.compress(_painted(rows, header, frame, boxes), 6)
    kind = listed[frame.chunks[0]].kind
    first = _content(file, listed[frame.chunks[0]])[:skip]
    new = dict.fromkeys(frame.chunks, b"")
    if animated:  # numbers of the chunks that go would be missing: each keeps a piece
        pieces = _cut(data, len(frame.chunks))
        for number, piece in zip(frame.chunks, pieces, strict=True):
            new[number] = png.written(kind, _content(file, listed[number])[:4] + piece)
        return new
    new[frame.chunks[0]] = b"".join(
        png.written(kind, first + data[at : at + (1 << 20)]) for at in range(0, len(data), 1 << 20)
    )
    return new


def _cut(data: bytes, count: int) -> list[bytes]:
    size = max(len(data) // count, 1)
    return [data[at * size : (at + 1) * size if at < count - 1 else len(data)] for at in range(count)]


def _painted(rows: bytes, header: Header, frame: Frame, boxes: list[Box]) -> bytes:
    """Filtered rows with the boxes painted, pass by pass."""
    out, at = [], 0
    for x0, y0, dx, dy in _PASSES if header.interlaced else _WHOLE:
        width, height = -(-(frame.width - x0) // dx), -(-(frame.height - y0) // dy)
        if width <= 0 or height <= 0:
            continue
        stride = header.stride(width)
        piece = rows[at : at + (stride + 1) * height]
        at += (stride + 1) * height
        if len(piece) < (stride + 1) * height:
            raise ValueError("rows are missing")
        pixels = unfiltered(piece, stride, height, max(header.bits // 8, 1))
        for left, top, right, bottom in boxes:
            box = (-(-(left - x0) // dx), -(-(top - y0) // dy), -(-(right - x0) // dx), -(-(bottom - y0) // dy))
            _paint(pixels, header, [max(n, 0) for n in box], width)
        out.append(filtered(pixels, max(header.bits // 8, 1)))
    return b"".join(out)


def _paint(pixels: np.ndarray[Any, Any], header: Header, box: list[int], width: int) -> None:
    import numpy as np

    left, top, right, bottom = box[0], box[1], min(box[2], width), box[3]
    if header.bits >= 8:
        one = b"".join(v.to_bytes(header.depth // 8, "big") for v in header.fill)
        value = np.frombuffer(one * max(right - left, 0), dtype=np.uint8)
        pixels[top:bottom, left * len(one) : right * len(one)] = value
        return
    for x in range(left, right):  # several pixels share a byte
        shift = 8 - header.bits * (x * header.bits % 8 // header.bits + 1)
        mask = ((1 << header.bits) - 1) << shift
        column = pixels[top:bottom, x * header.bits // 8]
        column[:] = (column & (0xFF ^ mask)) | (header.fill[0] << shift)


def unfiltered(rows: bytes, stride: int, height: int, step: int) -> np.ndarray[Any, Any]:
    """The bytes of ``height`` rows without their filters; ``step`` is the distance at which filters look back."""
    import numpy as np

    table = np.frombuffer(rows, dtype=np.uint8).reshape(height, stride + 1)
    out = np.zeros((height, stride), dtype=np.uint8)
    for first, size in _columns(step):
        index = _index(stride, step, first, size)
        width = len(index) // size
        if width:
            body = np.concatenate([table[:, :1], table[:, 1:][:, index]], axis=1)
            out[:, index] = _decoded(body.tobytes(), width, height, size)
    return out


def filtered(pixels: np.ndarray[Any, Any], step: int) -> bytes:
    """Rows with a filter each, as a decoder expects them."""
    import numpy as np

    height = pixels.shape[0]
    if step in _MODES:
        return _encoded(pixels, step)
    difference = pixels.copy()  # filter 1: what a byte differs from that of the pixel before
    difference[:, step:] = pixels[:, step:] - pixels[:, :-step]
    return np.concatenate([np.ones((height, 1), dtype=np.uint8), difference], axis=1).tobytes()


def _columns(step: int) -> tuple[tuple[int, int], ...]:
    """Bytes that look back at each other only: (first, how many beside it)."""
    return {6: ((0, 3), (3, 3)), 8: ((0, 4), (4, 4))}.get(step, ((0, step),))


def _index(stride: int, step: int, first: int, size: int) -> list[int]:
    starts = range(first, stride - stride % step if step > 1 else stride, step)
    return [start + n for start in starts for n in range(size)]


def _decoded(rows: bytes, width: int, height: int, size: int) -> np.ndarray[Any, Any]:
    import numpy as np
    from PIL import Image

    head = struct.pack(">IIBBBBB", width, height, 8, _TYPES[size], 0, 0, 0)
    data = png.written(b"IHDR", head) + png.written(b"IDAT", zlib.compress(rows, 1)) + png.written(b"IEND", b"")
    with Image.open(io.BytesIO(png.SIGNATURE + data)) as picture:
        return np.asarray(picture).reshape(height, width * size)


def _encoded(pixels: np.ndarray[Any, Any], size: int) -> bytes:
    from PIL import Image

    height, stride = pixels.shape
    out = io.BytesIO()
    Image.frombytes(_MODES[size], (stride // size, height), pixels.tobytes()).save(out, "PNG", compress_level=1)
    packed = b"".join(_content(out, c) for c in png.chunks(out) if c.kind == b"IDAT")
    return zlib.decompress(packed)
