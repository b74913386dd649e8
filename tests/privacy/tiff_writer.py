"""TIFF files byte by byte, as makers of slide scanners write them: classic, BigTIFF and NDPI in both byte orders."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import imagecodecs
import numpy as np

ASCII, SHORT, LONG, BYTES, SLONG, FLOAT, LONG8 = 2, 3, 4, 7, 9, 11, 16
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 11: 4, 12: 8, 16: 8}
_LETTERS = {3: "H", 4: "I", 5: "I", 9: "i", 11: "f", 12: "d", 16: "Q"}


@dataclass
class Page:
    """A page: its tags (code -> (type, text, bytes or numbers)) and the strips or tiles of its picture.

    ``below`` are its SubIFDs, ``others`` directories that other tags point to (34665 EXIF, 34853 GPS).
    """

    tags: dict[int, tuple[int, object]] = field(default_factory=dict)
    segments: list[bytes] = field(default_factory=list)
    below: list[Page] = field(default_factory=list)
    others: dict[int, Page] = field(default_factory=dict)


def page(picture: np.ndarray, *, tile: int = 0, compression: int = 1, text: str | None = None, **more: object) -> Page:
    """A page that shows ``picture``, in tiles of that edge or one strip, in a compression of TIFF (1, 5, 7, 8)."""
    height, width = picture.shape[:2]
    samples = picture.shape[2] if picture.ndim == 3 else 1
    out = Page()
    out.tags = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [picture.itemsize * 8] * samples),
        259: (SHORT, [compression]),
        262: (SHORT, [(6 if compression == 7 else 2) if samples == 3 else 1]),
        277: (SHORT, [samples]),
    }
    if text is not None:
        out.tags[270] = (ASCII, text)
    pieces = _tiles(picture, tile) if tile else [picture]
    out.tags |= {322: (LONG, [tile]), 323: (LONG, [tile])} if tile else {278: (LONG, [height])}
    if compression == 7 and samples == 3:
        out.tags[530] = (SHORT, [1, 1])
    out.segments = [_packed(piece, compression) for piece in pieces]
    return out


def _tiles(picture: np.ndarray, edge: int) -> list[np.ndarray]:
    rows, columns = -(-picture.shape[0] // edge), -(-picture.shape[1] // edge)
    whole = np.zeros((rows * edge, columns * edge, *picture.shape[2:]), picture.dtype)
    whole[: picture.shape[0], : picture.shape[1]] = picture
    return [whole[r * edge : (r + 1) * edge, c * edge : (c + 1) * edge] for r in range(rows) for c in range(columns)]


def _packed(piece: np.ndarray, compression: int) -> bytes:
    raw = np.ascontiguousarray(piece)
    if compression == 5:
        return bytes(imagecodecs.lzw_encode(raw.tobytes()))
    if compression == 7:
        return bytes(imagecodecs.jpeg8_encode(raw, level=90, subsampling="444"))
    if compression == 8:
        return bytes(imagecodecs.zlib_encode(raw.tobytes()))
    return raw.tobytes()


def write(path: Path, pages: list[Page], *, kind: str = "classic", order: str = "<", tail: bytes = b"") -> Path:
    """Write ``pages``; ``kind`` is ``classic``, ``big`` or ``ndpi``."""
    writer = _Writer(kind, order)
    writer.chain(pages)
    path.write_bytes(bytes(writer.out) + tail)
    return path


class _Writer:
    def __init__(self, kind: str, order: str) -> None:
        self.big, self.ndpi, self.order = kind == "big", kind == "ndpi", order
        mark = b"II" if order == "<" else b"MM"
        head = struct.pack(order + "HHH", 43, 8, 0) if self.big else struct.pack(order + "H", 42)
        self.out = bytearray(mark + head + bytes(8 if self.big or self.ndpi else 4))
        self.link_at = len(self.out) - (8 if self.big or self.ndpi else 4)

    def chain(self, pages: list[Page]) -> None:
        for one in pages:
            self._put(self.link_at, self.directory(one))

    def directory(self, one: Page) -> int:
        """Write values, then the table; returns where that lies."""
        tags = dict(one.tags)
        if one.below:
            link = self.link_at
            tags[330] = (LONG8 if self.big else LONG, [self.directory(b) for b in one.below])
            self.link_at = link
        for code, other in one.others.items():
            link = self.link_at
            tags[code] = (LONG8 if self.big else LONG, [self.directory(other)])
            self.link_at = link
        tags |= self._stored(one.segments, tiled=322 in tags) if 256 in tags else {}
        rows = [self._row(code, *tags[code]) for code in sorted(tags)]
        at = self._add(struct.pack(self.order + ("Q" if self.big else "H"), len(rows)) + b"".join(rows))
        self.link_at = len(self.out)
        self.out += bytes(8 if self.big or self.ndpi else 4) + (bytes(4 * len(rows)) if self.ndpi else b"")
        return at

    def _stored(self, segments: list[bytes], *, tiled: bool) -> dict[int, tuple[int, object]]:
        offsets = (LONG8 if self.big else LONG, [self._add(s) for s in segments])
        lengths = (LONG, [len(s) for s in segments])
        return {324: offsets, 325: lengths} if tiled else {273: offsets, 279: lengths}

    def _row(self, code: int, kind: int, value: object) -> bytes:
        raw = self._raw(kind, value)
        count = len(raw) // _SIZES[kind]
        room = 8 if self.big else 4
        head = struct.pack(self.order + ("HHQ" if self.big else "HHI"), code, kind, count)
        if len(raw) <= room:
            return head + raw.ljust(room, b"\0")
        return head + struct.pack(self.order + ("Q" if self.big else "I"), self._add(raw))

    def _raw(self, kind: int, value: object) -> bytes:
        if isinstance(value, str):
            return value.encode() + b"\0"
        if isinstance(value, bytes):
            return value
        assert isinstance(value, list)
        return struct.pack(f"{self.order}{len(value)}{_LETTERS[kind]}", *value)

    def _add(self, raw: bytes) -> int:
        self.out += bytes(-len(self.out) % 8)
        at = len(self.out)
        self.out += raw
        return at

    def _put(self, at: int, offset: int) -> None:
        form = self.order + ("Q" if self.big or self.ndpi else "I")
        self.out[at : at + struct.calcsize(form)] = struct.pack(form, offset)
