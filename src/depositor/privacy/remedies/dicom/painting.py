"""Boxes over the pictures of a DICOM file, plain or packed. Frames without a box keep their bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy.remedies.dicom import boxes, codecs, layout, refusals, writing
from depositor.privacy.remedies.dicom.boxes import Box
from depositor.privacy.remedies.dicom.codecs import Codec
from depositor.privacy.remedies.dicom.layout import Layout
from depositor.privacy.remedies.dicom.reading import PIXEL_DATA, UNDEFINED, Opened, fragments
from depositor.privacy.remedies.dicom.writing import Stream

_OFFSETS, _LENGTHS, _TOTAL = 0x7FE00001, 0x7FE00002, 0x7FE00003
_FLOATING = (0x7FE00008, 0x7FE00009)  # float and double float pixel data: of 32 and of 64 bit
_TABLES = frozenset({_OFFSETS, _LENGTHS, _TOTAL})
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP")
_BIGGEST_FRAME = 1024**3  # bytes unpacked


@dataclass(frozen=True, slots=True)
class Painted:
    """What is written in place of the original's pixel data, and in which transfer syntax."""

    syntax: str
    streams: dict[int, Stream] = field(default_factory=dict)
    without: frozenset[int] = frozenset()


Frame = tuple[tuple[int, int], ...]  # (offset, length) of its fragments


def paint(opened: Opened, shown: str, regions: Sequence[Region]) -> Painted:
    """Boxes over pixels and overlays. Raises Damaged where pictures cannot be unpacked."""
    if any(r.source == "overlay" for r in regions):
        _drop_overlays(opened.dataset)
    shape = layout.of(opened.dataset)
    wanted = [r for r in regions if r.source == "pixels"]
    broken = next((tag for tag in _FLOATING if tag in opened.longs), None)
    if wanted and broken is not None and shape is not None:
        return Painted(opened.syntax, {broken: _floating(opened, broken, shape, boxes.by_frame(wanted, shape))})
    if not wanted or opened.pixels is None:
        return Painted(opened.syntax)
    if shape is None:
        raise Damaged(refusals.no_codec(shown, _name(opened.syntax)))
    if opened.pixels.length == UNDEFINED and shape.halved:
        shape = replace(shape, photometric="YBR_FULL")  # unpacked, every pixel has a colour of its own
    over = boxes.by_frame(wanted, shape)
    if not over:
        return Painted(opened.syntax)
    if opened.pixels.length != UNDEFINED:
        return Painted(opened.syntax, {PIXEL_DATA: _plain(opened, shape, over)})
    return _packed(opened, shown, shape, over)


def _drop_overlays(dataset: Any) -> None:
    """A plane in which something was read goes as a whole, with its description."""
    for tag in [t for t in list(dataset.keys()) if int(t) >> 24 == 0x60]:
        del dataset[tag]


def _name(syntax: str) -> str:
    from pydicom.uid import UID

    return str(UID(syntax).name)


def _plain(opened: Opened, shape: Layout, over: dict[int, list[Box]]) -> Stream:
    value = boxes.plain_value(opened.dataset, shape)
    pixels = opened.pixels
    assert pixels is not None

    def stream(file: BinaryIO) -> None:
        start = file.tell() + (8 if opened.implicit else 12)
        writing.copied(opened, pixels, opened.mask)(file)
        boxes.patch(file, start, shape, over, value, opened.little)
        file.seek(0, 2)

    return stream


def _floating(opened: Opened, tag: int, shape: Layout, over: dict[int, list[Box]]) -> Stream:
    """Boxes of 0.0, whose bytes are zeros: no least value is asked for, which may be one that stands for "no value"."""

    def stream(file: BinaryIO) -> None:
        start = file.tell() + (8 if opened.implicit else 12)
        writing.copied(opened, opened.longs[tag])(file)
        boxes.patch(file, start, shape, over, (0,) * shape.samples, opened.little)
        file.seek(0, 2)

    return stream


def _packed(opened: Opened, shown: str, shape: Layout, over: dict[int, list[Box]]) -> Painted:
    codec = codecs.of(opened.syntax, shape)
    if codec is None or shape.frame_bits // 8 > _BIGGEST_FRAME:
        raise Damaged(refusals.no_codec(shown, _name(opened.syntax)))
    frames = _frames(opened, shape, shown)
    work = _Work(opened, shown, shape, codec, frames, over, _dark(opened, shape))
    if codec.encode is not None and work.packs_again():
        if codec.method:
            _say_lossy(opened.dataset, codec.method, work.ratio())
        return Painted(opened.syntax, {PIXEL_DATA: work.packed}, _TABLES)
    _say_unpacked(opened.dataset, shape)
    return Painted(codecs.PLAIN, {PIXEL_DATA: work.unpacked}, _TABLES)


def _dark(opened: Opened, shape: Layout) -> tuple[int, ...] | None:
    """Black as the codec hands it out: JPEG 2000 undoes its mixing of colours, all others leave them as stored."""
    mixed = shape.photometric not in ("YBR_RCT", "YBR_ICT")
    return boxes.plain_value(opened.dataset, shape, mixed=mixed)


def _say_lossy(dataset: Any, method: str, ratio: float) -> None:
    dataset.LossyImageCompression = "01"
    for keyword, value in (("LossyImageCompressionRatio", f"{ratio:.4g}"), ("LossyImageCompressionMethod", method)):
        old = dataset.get(keyword, None)
        listed = (
            [] if old in (None, "") else (list(old) if hasattr(old, "__iter__") and not isinstance(old, str) else [old])
        )
        setattr(dataset, keyword, [*listed, value])


def _say_unpacked(dataset: Any, shape: Layout) -> None:
    if shape.samples > 1:
        dataset.PlanarConfiguration = 0
    if shape.photometric in ("YBR_RCT", "YBR_ICT"):
        dataset.PhotometricInterpretation = "RGB"
    elif shape.samples > 1:
        dataset.PhotometricInterpretation = shape.photometric


@dataclass(frozen=True, slots=True)
class _Work:
    """One packed file and the boxes over its frames."""

    opened: Opened
    shown: str
    shape: Layout
    codec: Codec
    frames: list[Frame]
    over: dict[int, list[Box]]
    dark: tuple[int, ...] | None

    def packs_again(self) -> bool:
        """True where a painted frame comes back as it was painted; with loss, as near as loss allows."""
        import numpy as np

        with self.opened.path.open("rb") as source:
            number = min(self.over)
            raw, picture = self._picture(source, number)
            encode = self.codec.encode
            assert encode is not None
            try:
                again = self.codec.decode(encode(picture, self.shape, raw), self.shape)
            except Exception:  # a form that the encoder does not take is written unpacked
                return False
            if again.shape != picture.shape or again.dtype != picture.dtype:
                return False
            return bool(self.codec.method) or bool(np.array_equal(again, picture))

    def ratio(self) -> float:
        with self.opened.path.open("rb") as source:
            number = min(self.over)
            raw, picture = self._picture(source, number)
            encode = self.codec.encode
            return picture.nbytes / max(len(encode(picture, self.shape, raw)), 1) if encode else 1.0

    def _picture(self, source: BinaryIO, number: int) -> tuple[bytes, Any]:
        raw = b"".join(_read(source, *piece) for piece in self.frames[number])
        try:
            picture = self.codec.decode(raw, self.shape)
        except Exception as error:  # decoders raise many things on pictures that are damaged
            raise Damaged(refusals.frame(self.shown, number + 1)) from error
        if picture.shape[:2] != (self.shape.rows, self.shape.columns):
            raise Damaged(refusals.frame(self.shown, number + 1))
        return raw, boxes.paint(picture, self.over.get(number, ()), self.shape, self.dark)

    def packed(self, file: BinaryIO) -> None:
        """The element with its frames, and a table of where each begins."""
        writing.head(file, self.opened, PIXEL_DATA, "OB", UNDEFINED)
        table = file.tell() + 8
        room = bytes(4 * len(self.frames)) if len(self.frames) > 1 else b""
        starts: list[int] = []
        with self.opened.path.open("rb") as source:
            writing.items(file, itertools.chain([[room]], self._pieces(source, file, starts)))
        if room and all(s < UNDEFINED for s in starts):
            first = table + len(room)
            file.seek(table)
            file.write(b"".join((s - first).to_bytes(4, "little") for s in starts))
        file.seek(0, 2)

    def _pieces(self, source: BinaryIO, file: BinaryIO, starts: list[int]) -> Iterator[Iterable[bytes]]:
        encode = self.codec.encode
        for number, frame in enumerate(self.frames):
            starts.append(file.tell())
            if number in self.over and encode is not None:
                raw, picture = self._picture(source, number)
                yield [encode(picture, self.shape, raw)]
            else:
                yield from ([_read(source, *piece)] for piece in frame)

    def unpacked(self, file: BinaryIO) -> None:
        """All frames as plain pixel data."""
        size = self.shape.allocated // 8
        total = self.shape.rows * self.shape.columns * self.shape.samples * size * len(self.frames)
        writing.head(
            file,
            replace(self.opened, implicit=False, little=True),
            PIXEL_DATA,
            "OW" if size > 1 else "OB",
            total + total % 2,
        )
        with self.opened.path.open("rb") as source:
            for number in range(len(self.frames)):
                _raw, picture = self._picture(source, number)
                file.write(picture.astype(f"<{picture.dtype.kind}{size}").tobytes())
        file.write(bytes(total % 2))


def _read(source: BinaryIO, offset: int, length: int) -> bytes:
    source.seek(offset)
    return source.read(length)


def _frames(opened: Opened, shape: Layout, shown: str) -> list[Frame]:
    """The fragments of each frame. Raises Damaged where they cannot be told apart."""
    pixels = opened.pixels
    assert pixels is not None
    with opened.path.open("rb") as source:
        table, *pieces = list(fragments(source, pixels)) or [(0, 0)]
        if shape.frames == 1:
            return [tuple(pieces)]
        if len(pieces) == shape.frames:
            return [(piece,) for piece in pieces]
        starts = _offsets(source, opened, table)
        first = pieces[0][0] - 8 if pieces else 0
        if len(starts) == shape.frames:
            marks = {first + start for start in starts}
            begins = [at - 8 in marks for at, _length in pieces]
        else:
            begins = [_read(source, at, 8).startswith(_STARTS) for at, _length in pieces]
    if sum(begins) != shape.frames or not begins or not begins[0]:
        raise Damaged(refusals.frame(shown, 1))
    frames: list[list[tuple[int, int]]] = []
    for begin, piece in zip(begins, pieces, strict=True):
        if begin:
            frames.append([])
        frames[-1].append(piece)
    return [tuple(frame) for frame in frames]


def _offsets(source: BinaryIO, opened: Opened, table: tuple[int, int]) -> list[int]:
    """Where each frame begins, of the extended table where there is one, else of the basic one."""
    long = opened.longs.get(_OFFSETS)
    offset, length, width = (long.offset, long.length, 8) if long else (*table, 4)
    raw = _read(source, offset, min(length, 64 * 1024**2))
    return [int.from_bytes(raw[at : at + width], "little") for at in range(0, len(raw) - width + 1, width)]
