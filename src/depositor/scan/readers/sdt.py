"""SDT files of Becker & Hickl: photons counted in bins of time, for each pixel of a scan.

Layout: ``SPC_data_file_structure.h`` and "The bh TCSPC Handbook" of Becker & Hickl.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.facts import Device, ImageFacts
from depositor.scan.readers import dates, faults, parts, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_HEADER = struct.Struct("<h i h i h i h I i h h H I H H")
_VALID = 0x5555
_FLIM = "FBbi:00000368"
_TYPES = {0x000: "uint16", 0x100: "uint32", 0x200: "float64"}
_MOST_TEXT = 1 << 16


class SdtReader:
    """Becker & Hickl SDT."""

    id = "sdt"
    formats: tuple[str, ...] = ("Becker & Hickl SDT",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if len(first_bytes) < 60:
            return False
        head = _HEADER.unpack(first_bytes[: _HEADER.size])
        return head[11] == _VALID and head[1] == _HEADER.size and b"*IDENTIFICATION" in first_bytes[42:100]

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            head = _HEADER.unpack(_exactly(file, 0, _HEADER.size))
            text = _exactly(file, head[1], min(max(head[2], 0), _MOST_TEXT)).decode("latin-1")
            measured = _measured(_exactly(file, head[8], 189) if head[10] >= 189 else bytes(189))
            block = _exactly(file, head[5], 22)
        kind = _TYPES.get(struct.unpack_from("<H", block, 10)[0] & 0xF00)
        facts = with_facts(ImageFacts(), "block_type", pixel_type=kind)
        facts = _scanned(facts, measured, struct.unpack_from("<I", block, 18)[0], max(head[6], 1))
        maker = Device("Becker & Hickl", measured.module)
        facts = with_facts(facts, "mod_type", instrument=maker if maker.model else None)
        facts = with_facts(facts, "Date, Time", acquired=_date(text, measured))
        start, length = struct.unpack_from("<i", block, 2)[0], struct.unpack_from("<I", block, 18)[0]
        return Reading("Becker & Hickl SDT", (facts,), faults.cut_off(path, start + length))


def block_at(file: BinaryIO) -> int:
    """Where the description of the first block of data begins."""
    at: int = _HEADER.unpack(_exactly(file, 0, _HEADER.size))[5]
    if at < 0:
        raise Implausible("an offset before the file")
    return at


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the description of a measurement says."""

    date: str
    module: str | None
    bins: int
    range_s: float
    gain: int
    scan: tuple[int, int]
    routed: tuple[int, int]


def _measured(raw: bytes) -> _Measured:
    words = (raw[9:20], raw[117:133])
    date, module = (w.split(b"\0")[0].decode("latin-1").strip() for w in words)
    x, y, routed_x, routed_y = struct.unpack_from("<4i", raw, 173)
    (span, gain), (bins,) = struct.unpack_from("<fh", raw, 64), struct.unpack_from("<h", raw, 82)
    return _Measured(date, sane.text(module, 40), bins, span, gain, (x, y), (max(routed_x, 1), max(routed_y, 1)))


def _scanned(facts: ImageFacts, said: _Measured, length: int, blocks: int) -> ImageFacts:
    """Sizes, where the first block is as long as they make it; a single decay is no image."""
    bins, span = sane.size(said.bins), sane.positive(said.range_s)
    nanoseconds = float(f"{span / said.gain * 1e9:.7g}") if span and said.gain > 0 else None
    facts = parts.with_lifetime(facts, bins=(bins, "adc_re"), range_ns=(nanoseconds, "tac_r / tac_g"))
    facts = with_facts(facts, "meas_mode", modality="FLIM", modality_id=_FLIM) if said.scan[0] > 1 else facts
    wide, high = (sane.size(n) for n in said.scan)
    width = {"uint16": 2, "uint32": 4, "float64": 8}.get(facts.pixel_type or "", 0)
    channels = said.routed[0] * said.routed[1]
    if not (wide and high and bins) or wide == high == 1 or wide * high * bins * channels * width != length:
        return facts
    facts = with_facts(facts, "scan_rx, no_of_data_blocks", size_c=sane.size(channels * blocks))
    return with_facts(facts, "scan_x, scan_y", size_x=wide, size_y=high, size_z=1, size_t=1)


def _date(text: str, said: _Measured) -> str | None:
    """The day, where the two places that tell it agree and day and month cannot be taken for each other."""
    day, time = (re.search(rf"{w}\s*:\s*([0-9:.-]+)", text) for w in ("Date", "Time"))
    if day is None or day[1] != said.date:
        return None
    return dates.numbered(day[1], time[1] if time else None)


def _exactly(file: BinaryIO, at: int, size: int) -> bytes:
    if at < 0:
        raise Implausible("an offset before the file")
    file.seek(at)
    raw = file.read(size)
    if len(raw) < size:
        raise Truncated("a block breaks off")
    return raw
