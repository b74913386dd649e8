"""PNG: texts are written anew without what is wanted; other chunks that hold it go; what stands behind the end too."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from depositor.draft.region import Region
from depositor.privacy import judge
from depositor.privacy.checks import behind, exif, png
from depositor.privacy.checks.png import Chunk
from depositor.privacy.judge import Mark, Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.policy import PUBLIC, Policy
from depositor.privacy.remedies import boxes_png
from depositor.privacy.texts import documents, slots
from depositor.privacy.texts.documents import Wanted

Marked = list[tuple[Spot, list[Mark]]]


class PngRemedy:
    """All chunks that hold nothing wanted are copied byte by byte, those of the picture always."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        fresh = copy.with_name(copy.name + "~")
        with copy.open("rb") as file, fresh.open("wb") as out:
            listed = list(png.chunks(file))
            if not listed:
                raise ValueError("not a PNG file")
            tail = behind.examine(file, png.end_of(listed), "png", shown, known).findings
            changed = [f.location or "" for f in tail if wanted(f)]
            new = _mended(listed, shown, wanted, known, changed)
            out.write(png.SIGNATURE)
            for number, chunk in enumerate(listed):
                if number in new:
                    out.write(new[number])
                else:
                    _copy(file, out, chunk)
            if tail and not any(map(wanted, tail)):
                _rest(file, out, png.end_of(listed))
        os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
        return tuple(dict.fromkeys(changed))

    def blank(self, copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
        painted = boxes_png.blank(copy, shown, regions)
        with copy.open("rb") as file:
            listed = list(png.chunks(file))
        if any(c.kind == b"eXIf" for c in listed):  # a preview shows what the box covers
            self.mend(copy, shown, lambda f: judge.kind_in_key(f.key) is Kind.PREVIEW_PICTURE, NOTHING_KNOWN, PUBLIC)
        return painted


def _mended(listed: list[Chunk], shown: str, wanted: Wanted, known: Known, changed: list[str]) -> dict[int, bytes]:
    """What stands in place of the chunks that change; nothing for those that go."""
    owners = [png.spots_of(chunk, number, shown, []) for number, chunk in enumerate(listed)]
    flat = iter(judge.marks("png", shown, [spot for spots in owners for spot in spots], known))
    new: dict[int, bytes] = {}
    for number, spots in enumerate(owners):
        marked = [next(flat) for _ in spots]
        taken = [m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding)]
        if taken:
            new[number] = _without(listed[number], number, marked, shown, wanted, known)
            changed += taken
    return new


def _without(chunk: Chunk, number: int, marked: Marked, shown: str, wanted: Wanted, known: Known) -> bytes:
    if chunk.kind == b"eXIf":
        return png.written(chunk.kind, _without_exif(chunk.content, marked, shown, wanted, known))
    told = png.text_of(chunk, number) if chunk.kind in png.TEXTS else None
    if told is None or len(told.parts) != len(marked):
        return b""
    text = documents.without(told.text, told.parts, marked, wanted)
    return b"" if text.strip() in ("", documents.REMOVED) else png.with_text(chunk, text)


def _without_exif(raw: bytes, marked: Marked, shown: str, wanted: Wanted, known: Known) -> bytes:
    """The block with the same length: technical values and how the picture is turned stay."""
    file = io.BytesIO(raw)
    readings = slots.read(file, list(exif.slots(file, 0, len(raw), "exif", shown, [])))
    flat = iter(marked)
    for reading in readings:
        slots.overwrite(file, reading, [next(flat) for _ in reading.spots], wanted)
    gone = frozenset(m.finding.location or "" for _s, ms in marked for m in ms if wanted(m.finding))
    exif.trim(file, 0, len(raw), "exif", gone)
    return file.getvalue()


def _copy(file: BinaryIO, out: BinaryIO, chunk: Chunk) -> None:
    file.seek(chunk.offset)
    rest = chunk.length + 12
    while rest > 0:
        block = file.read(min(rest, 1 << 20))
        if not block:
            raise ValueError("the file ends within a chunk")
        out.write(block)
        rest -= len(block)


def _rest(file: BinaryIO, out: BinaryIO, at: int) -> None:
    """What stands behind the end stays where nobody asked for it to go."""
    file.seek(at)
    while block := file.read(1 << 20):
        out.write(block)
