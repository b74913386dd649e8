"""What stands behind the end of a picture: other files, films of phones, notes. Decoders never show it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from depositor.privacy import judge
from depositor.privacy.checks import nested, remarks
from depositor.privacy.checks.fallback import UNKNOWN
from depositor.privacy.checks.nested import Outer
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known

PLACE = "behind the end"
MOST = 64 << 20  # bytes behind the end that are looked at
_FILES = (
    (b"\xff\xd8\xff", 0, "another picture", ".jpg"),
    (b"\x89PNG", 0, "another picture", ".png"),
    (b"ftyp", 4, "a film", ".mp4"),
    (b"PK\x03\x04", 0, "an archive", ".zip"),
    (b"%PDF", 0, "a document", ".pdf"),
    (b"Rar!", 0, "an archive", ".rar"),
    (b"7z\xbc\xaf", 0, "an archive", ".7z"),
)


def examine(file: BinaryIO, end: int, check: str, shown: str, known: Known) -> Examination:
    """What lies in ``file`` from ``end`` on; empty where there is nothing but zeros."""
    size = file.seek(0, os.SEEK_END)
    if end <= 0 or end >= size or _only_zeros(file, end, size):
        return Examination()
    file.seek(end)
    raw = file.read(min(size - end, MOST))
    what, ending = _kind(raw)
    spot = Spot(PLACE, "", f"{what}, {size - end} bytes", Kind.TRAILING)
    found = judge.findings(check, shown, [spot], known)
    inside = _inside(raw, ending, check, shown, known)
    cut = (remarks.limits(shown),) if size - end > MOST else ()
    return nested.together([Examination(found, cut), inside])


def _kind(raw: bytes) -> tuple[str, str]:
    for magic, at, what, ending in _FILES:
        if raw[at : at + len(magic)] == magic:
            return what, ending
    return "other data", ".bin"


def _inside(raw: bytes, ending: str, check: str, shown: str, known: Known) -> Examination:
    if nested.too_deep():
        return Examination((), (remarks.archive(shown),))
    with nested.room() as room:
        path = Path(room) / f"rest{ending}"
        path.write_bytes(raw)
        outer = Outer(check, shown)
        found = outer.look(path, PLACE, known)
        if any(r.why.id.endswith(".damaged") for r in found.not_checked):
            more = tuple(outer.own(f, f"{PLACE}!{f.location}") for f in UNKNOWN.run(path, shown, known).findings)
            found = replace(found, findings=(*found.findings, *more))
    return Examination(found.findings, tuple(r for r in found.not_checked if r.why.id.endswith((".inner", ".limits"))))


def _only_zeros(file: BinaryIO, start: int, end: int) -> bool:
    file.seek(start)
    left = end - start
    while left > 0:
        block = file.read(min(1 << 20, left))
        if not block or block.strip(b"\0"):
            return not block
        left -= len(block)
    return True
