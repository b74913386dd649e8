"""Boxes over GIF frames: the colour numbers are painted and packed again; all other bytes stay. Source: GIF89a, F."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from depositor.draft.region import Region
from depositor.privacy.checks import gif
from depositor.privacy.remedies.boxes import painted, refuse_large, within

_ROWS = ((0, 8), (4, 8), (2, 4), (1, 2))


def blank(copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
    """Paint boxes over the frames in ``copy``. Raises ValueError for a damaged file, Damaged for one too large."""
    fresh = copy.with_name(copy.name + "~")
    with copy.open("rb") as file, fresh.open("wb") as out:
        at = frame = 0
        refuse_large(shown, sum(w * h for w, h in _sizes(file)) * 16)
        for block in gif.blocks(file):
            if block.label == 0:
                file.seek(at)
                out.write(file.read(block.start - at))
                out.write(_checked(file, block, regions, frame))
                at, frame = block.end, frame + 1
        file.seek(at)
        while rest := file.read(1 << 20):
            out.write(rest)
    os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
    return painted(regions)


def _checked(file: BinaryIO, block: gif.Block, regions: Sequence[Region], frame: int) -> bytes:
    try:
        return _image(file, block, regions, frame)
    except IndexError as error:
        raise ValueError("the picture is damaged") from error


def _sizes(file: BinaryIO) -> Iterator[tuple[int, int]]:
    for block in gif.blocks(file):
        if block.label == 0:
            file.seek(block.start + 5)
            size = file.read(4)
            yield int.from_bytes(size[:2], "little"), int.from_bytes(size[2:], "little")


def _image(file: BinaryIO, block: gif.Block, regions: Sequence[Region], frame: int) -> bytes:
    """One image block, painted where a box lies in it."""
    file.seek(block.start)
    raw = file.read(block.end - block.start)
    x, y, width, height = (int.from_bytes(raw[n : n + 2], "little") for n in (1, 3, 5, 7))
    boxes = within(regions, frame, x, y, width, height)
    if not boxes:
        return raw
    local = 3 << ((raw[9] & 7) + 1) if raw[9] & 0x80 else 0
    start = 10 + local
    palette = raw[10:start] if local else _palette(file)
    pixels = unpacked(_joined(raw[start + 1 :]), raw[start], width * height)
    dark = _darkest(palette)
    rows = _order(height) if raw[9] & 0x40 else list(range(height))
    for stored, row in enumerate(rows):
        for left, top, right, bottom in boxes:
            if top <= row < bottom:
                pixels[stored * width + left : stored * width + right] = bytes([dark]) * (right - left)
    return raw[: start + 1] + _split(packed(bytes(pixels), raw[start]))


def _palette(file: BinaryIO) -> bytes:
    file.seek(10)
    flags = file.read(3)[0]
    return file.read(3 << ((flags & 7) + 1)) if flags & 0x80 else b""


def _darkest(palette: bytes) -> int:
    sums = [sum(palette[at : at + 3]) for at in range(0, len(palette) - 2, 3)]
    return sums.index(min(sums)) if sums else 0


def _order(height: int) -> list[int]:
    return [row for first, step in _ROWS for row in range(first, height, step)]


def _joined(raw: bytes) -> bytes:
    out, at = [], 0
    while at < len(raw) and raw[at]:
        out.append(raw[at + 1 : at + 1 + raw[at]])
        at += 1 + raw[at]
    return b"".join(out)


def _split(data: bytes) -> bytes:
    pieces = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes([len(p)]) + p for p in pieces) + b"\0"


def unpacked(data: bytes, least: int, count: int) -> bytearray:
    """``count`` colour numbers out of LZW codes. Raises ValueError where codes are missing or impossible."""
    if not 2 <= least <= 11:
        raise ValueError("impossible code size")
    clear, end = 1 << least, (1 << least) + 1
    table: list[bytes] = []
    out = bytearray()
    held = bits = at = 0
    size, last = least + 1, b""
    while len(out) < count:
        while bits < size:
            if at >= len(data):
                raise ValueError("codes are missing")
            held |= data[at] << bits
            bits, at = bits + 8, at + 1
        code = held & ((1 << size) - 1)
        held, bits = held >> size, bits - size
        if code == clear or not table:
            table = [bytes([n & 255]) for n in range(clear)] + [b"", b""]
            size, last = least + 1, b""
            if code == clear:
                continue
        if code == end:
            break
        if code > len(table) or (code == len(table) and not last):
            raise ValueError("impossible code")
        entry = table[code] if code < len(table) else last + last[:1]
        out += entry
        if last and len(table) < 4096:
            table.append(last + entry[:1])
            if len(table) == 1 << size and size < 12:
                size += 1
        last = entry
    if len(out) < count:
        raise ValueError("pixels are missing")
    return out[:count]


def packed(pixels: bytes, least: int) -> bytes:
    """LZW codes of colour numbers."""
    clear, end = 1 << least, (1 << least) + 1
    table = {bytes([n]): n for n in range(min(clear, 256))}
    held, bits, size, following = clear, least + 1, least + 1, end + 1
    out = bytearray()
    word = b""
    for number in range(len(pixels)):
        longer = word + pixels[number : number + 1]
        if longer in table:
            word = longer
            continue
        held |= table[word] << bits
        bits += size
        if following < 4096:
            table[longer] = following
            if following == 1 << size and size < 12:
                size += 1
            following += 1
        else:
            held |= clear << bits
            bits += size
            table = {bytes([n]): n for n in range(min(clear, 256))}
            size, following = least + 1, end + 1
        word = pixels[number : number + 1]
        while bits >= 8:
            out.append(held & 255)
            held, bits = held >> 8, bits - 8
    if word:
        held |= table[word] << bits
        bits += size
        if following == 1 << size and size < 12:
            size += 1  # the reader adds an entry for this code as well
    held |= end << bits
    bits += size
    return bytes(out) + held.to_bytes((bits + 7) // 8, "little")
