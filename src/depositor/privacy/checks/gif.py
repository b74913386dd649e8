"""GIF: comments, plain texts, XMP and other application blocks, what stands behind the end. Source: GIF89a."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import remarks
from depositor.privacy.checks.picture import Picture
from depositor.privacy.texts import runs
from depositor.privacy.texts.extents import Extent, Extents
from depositor.privacy.texts.slots import Slot

MOST_BLOCKS = 200_000
_COMMENT, _PLAIN, _APPLICATION, _CONTROL = 0xFE, 0x01, 0xFF, 0xF9


@dataclass(frozen=True, slots=True)
class Block:
    """One extension (its ``label``) or image (0): ``pieces`` are the data of its sub-blocks, ``head`` the first of
    them for extensions; ``start`` and ``end`` span all of it."""

    label: int
    start: int
    end: int
    head: bytes
    pieces: tuple[Extent, ...]


def blocks(file: BinaryIO) -> Iterator[Block]:
    """All blocks; the last one is the end mark (label 0x3B). Ends early where the file is damaged."""
    file.seek(0)
    head = file.read(13)
    if len(head) < 13 or head[:4] != b"GIF8":
        return
    at = 13 + (3 << ((head[10] & 7) + 1) if head[10] & 0x80 else 0)
    for _ in range(MOST_BLOCKS):
        file.seek(at)
        kind = file.read(11)
        if kind[:1] == b"\x3b":
            yield Block(0x3B, at, at + 1, b"", ())
            return
        if kind[:1] == b"\x21" and len(kind) > 1:
            pieces, end = _sub_blocks(file, at + 2)
            file.seek(pieces[0][0] if pieces else 0)
            yield Block(kind[1], at, end, file.read(pieces[0][1]) if pieces else b"", tuple(pieces))
        elif kind[:1] == b"\x2c" and len(kind) > 9:
            table = 3 << ((kind[9] & 7) + 1) if kind[9] & 0x80 else 0
            _pieces, end = _sub_blocks(file, at + 11 + table)
            yield Block(0, at, end, b"", ())
        else:
            return
        at = end


def _sub_blocks(file: BinaryIO, at: int) -> tuple[list[Extent], int]:
    pieces: list[Extent] = []
    while True:
        file.seek(at)
        length = file.read(1)
        at += 1
        if not length:
            return pieces, at  # the file ends within a block
        if not length[0]:
            return pieces, at
        pieces.append((at, length[0]))
        at += length[0]


def end_of(file: BinaryIO) -> int:
    """Where the end mark stands, 0 where it was not found."""
    last = None
    for block in blocks(file):
        last = block
    return last.end if last is not None and last.label == 0x3B else 0


class _Texts(Extents):
    """The data of all text blocks behind each other, with a list of what lies where."""

    def __init__(self, file: BinaryIO) -> None:
        self.listed: list[tuple[int, bytes, int, int]] = []
        self.ended = False
        pieces: list[Extent] = []
        at = 0
        for block in blocks(file):
            self.ended = block.label == 0x3B
            if block.label not in (_COMMENT, _PLAIN, _APPLICATION):
                continue
            data = block.pieces if block.label == _COMMENT else block.pieces[1:]
            if block.head == b"XMP DataXMP" and data:
                data = ((data[0][0] - 1, block.end - data[0][0] + 1),)  # one text without sub-blocks
            length = sum(size for _at, size in data)
            if data:
                self.listed.append((block.label, block.head, at, length))
            pieces += data
            at += length
        super().__init__(file, pieces)


def _layout(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    if not isinstance(file, _Texts) or not file.ended:
        left.append(remarks.damaged(shown))
    listed = file.listed if isinstance(file, _Texts) else []
    return [_slot(number, *each) for number, each in enumerate(listed)]


def _slot(number: int, label: int, head: bytes, at: int, length: int) -> Slot:
    if label == _COMMENT:
        return Slot(f"comment:{number}", "", at, length, fill=b" ")
    if label == _PLAIN:
        return Slot(f"text:{number}", "", at, length, fill=b" ")
    name = head[:8].decode("latin-1").strip() or "application"
    return Slot(f"{name}:{number}", "", at, length, form=runs.byte_runs, rigid=True)


def _texts(file: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", _Texts(file))


def _knows(path: Path, head: bytes) -> bool:
    return head[:6] in (b"GIF87a", b"GIF89a")


GIF = Picture("gif", _knows, _layout, view=_texts, end=end_of)
