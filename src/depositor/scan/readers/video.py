"""AVI, MP4 and QuickTime: sizes and number of frames. Their rate is the one of playing, not of recording, and no fact
of the acquisition.

Layouts: "AVI RIFF File Reference" (Microsoft) with the OpenDML extension, and ISO/IEC 14496-12.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from depositor.draft.facts import ImageFacts
from depositor.scan.readers import boxes, dates, sane
from depositor.scan.readers.base import Implausible, Reading, Truncated, with_facts

_MOST_CHUNKS = 5000
_PLAIN = (b"\0\0\0\0", b"DIB ", b"RGB ", b"RAW ")


class AviReader:
    """AVI: one video stream."""

    id = "avi"
    formats: tuple[str, ...] = ("AVI",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"AVI "

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            said = _chunks(file)
        return Reading("AVI", (_avi(said),))


def _chunks(file: BinaryIO) -> dict[str, bytes]:
    """The chunks before the frames: of the main header, and of the first stream of pictures."""
    found: dict[str, bytes] = {}
    size = file.seek(0, 2)
    stream = b""
    for name, at, length in _walk(file, 12, size):
        if name == b"movi":
            break
        if name not in (b"avih", b"strh", b"strf", b"IDIT", b"dmlh", b"ISFT") or length > 1 << 16:
            continue
        file.seek(at)
        raw = file.read(length)
        if name == b"strh":
            stream = raw[:4]
        if name in (b"strh", b"strf") and stream != b"vids":
            continue
        found.setdefault(name.decode("ascii"), raw)
    return found


def first_frame(file: BinaryIO) -> tuple[int, int] | None:
    """(start, length) of the first frame of an AVI that has any bytes, or None."""
    size = file.seek(0, 2)
    movi = next(((at, length) for name, at, length in _walk(file, 12, size) if name == b"movi"), None)
    if movi is None:
        return None
    frames = _walk(file, movi[0], min(movi[0] + movi[1], size))
    return next(((at, n) for name, at, n in frames if name[2:] in (b"dc", b"db") and n), None)


def _walk(file: BinaryIO, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, length) of each chunk; lists are entered. The frames are a list of the name ``movi``."""
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"LIST":
            kind = file.read(4)
            if kind == b"movi":
                yield kind, at + 12, length
            at += 12
            continue
        yield name, at + 8, length
        at += 8 + length + length % 2


def _avi(said: dict[str, bytes]) -> ImageFacts:
    main, form = said.get("avih", b""), said.get("strf", b"")
    if len(main) < 40 or len(form) < 20:
        raise Truncated("no header")
    frames = struct.unpack("<I", main[16:20])[0]
    wide, high, _, bits, codec = struct.unpack("<iiHH4s", form[4:20])
    if sane.size(wide) is None or sane.size(abs(high)) is None:
        raise Implausible("no sizes")
    facts = with_facts(ImageFacts(), "strf biWidth", size_x=wide, size_y=abs(high), size_z=1)
    whole = struct.unpack("<I", said["dmlh"][:4])[0] if len(said.get("dmlh", b"")) >= 4 else frames
    facts = with_facts(facts, "dmlh dwTotalFrames" if "dmlh" in said else "avih dwTotalFrames", size_t=sane.size(whole))
    if codec in _PLAIN and bits in (8, 24):
        facts = with_facts(facts, "strf biBitCount", size_c=bits // 8, pixel_type="uint8")
    name = codec.decode("latin-1").strip("\0 ")
    facts = with_facts(facts, "strf biCompression", compression=sane.text(name) if codec not in _PLAIN else None)
    software = sane.text(said.get("ISFT", b"").split(b"\0")[0].decode("latin-1"), 80)
    facts = with_facts(facts, "ISFT", software=software)
    taken = said.get("IDIT", b"").split(b"\0")[0].decode("latin-1").strip()
    return with_facts(facts, "IDIT", acquired=dates.named(taken) or sane.when(taken))


class Mp4Reader:
    """MP4 and QuickTime: the first track of pictures."""

    id = "mp4"
    formats: tuple[str, ...] = ("MP4", "QuickTime")

    def claims(self, name: str, first_bytes: bytes) -> bool:
        if first_bytes[4:8] == b"ftyp":
            return first_bytes[8:12] not in boxes.PICTURES
        return first_bytes[4:8] in (b"moov", b"wide", b"mdat") and name.lower().endswith(
            (".mov", ".mp4", ".m4v", ".qt")
        )

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            kind = "QuickTime" if file.read(12)[4:12] in (b"ftypqt  ",) or path.suffix.lower() == ".mov" else "MP4"
            size = file.seek(0, 2)
            moov = boxes.first(file, b"moov", 0, size)
            if moov is None:
                raise Truncated("no moov")
            tracks = (t for t in boxes.walk(file, *moov) if t.kind == b"trak")
            found = next((f for t in tracks if (f := _track(file, t)) is not None), None)
        if found is None:
            raise Implausible("no pictures")
        return Reading(kind, (found,))


def _track(file: BinaryIO, track: Any) -> ImageFacts | None:
    media = boxes.first(file, b"mdia", track.start, track.end)
    handler = boxes.first(file, b"hdlr", *media) if media else None
    if media is None or handler is None or boxes.content(file, handler, 12)[8:12] != b"vide":
        return None
    info = boxes.first(file, b"minf", *media)
    table = boxes.first(file, b"stbl", *info) if info else None
    described = boxes.first(file, b"stsd", *table) if table else None
    if table is None or described is None:
        return None
    entry = boxes.content(file, described, 44)
    if len(entry) < 44:
        raise Truncated("no description of the pictures")
    wide, high = struct.unpack(">HH", entry[40:44])
    if not wide or not high:
        raise Implausible("no sizes")
    facts = with_facts(ImageFacts(), "stsd", size_x=wide, size_y=high, size_z=1)
    facts = with_facts(facts, "stsd", compression=sane.text(entry[12:16].decode("latin-1").strip()))
    sizes = boxes.first(file, b"stsz", *table)
    count = boxes.content(file, sizes, 12)[8:12] if sizes else b""
    frames = struct.unpack(">I", count)[0] if len(count) == 4 else None
    return with_facts(facts, "stsz", size_t=sane.size(frames))
