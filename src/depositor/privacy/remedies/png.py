"""PNG: chunks that hold something wanted go as a whole; all others are copied byte by byte."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from depositor.privacy import judge
from depositor.privacy.checks import png
from depositor.privacy.documents import Wanted
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy


class PngRemedy:
    """Takes out text, EXIF and XMP chunks."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        fresh = copy.with_name(copy.name + "~")
        changed: list[str] = []
        with copy.open("rb") as file, fresh.open("wb") as out:
            chunks = list(png.chunks(file))
            if not chunks:
                raise ValueError("not a PNG file")
            gone = _gone(chunks, shown, wanted, known, changed)
            out.write(png.SIGNATURE)
            for number, chunk in enumerate(chunks):
                if number not in gone:
                    _copy(file, out, chunk)
        os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
        return tuple(changed)


def _gone(chunks: list[png.Chunk], shown: str, wanted: Wanted, known: Known, changed: list[str]) -> set[int]:
    owners = [(n, spot) for n, chunk in enumerate(chunks) for spot in png.spots_of(chunk, n, shown, [])]
    gone: set[int] = set()
    marked = judge.marks("png", shown, [spot for _n, spot in owners], known)
    for (number, spot), (_spot, found) in zip(owners, marked, strict=True):
        if any(wanted(m.finding) for m in found):
            gone.add(number)
            changed.append(spot.location)
    return gone


def _copy(file: BinaryIO, out: BinaryIO, chunk: png.Chunk) -> None:
    file.seek(chunk.offset)
    rest = chunk.length + 12
    while rest > 0:
        block = file.read(min(rest, 1 << 20))
        if not block:
            raise ValueError("the file ends within a chunk")
        out.write(block)
        rest -= len(block)
