"""TIFF and slides: text tags are overwritten; pictures of label and overview are blanked and unlinked."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from depositor.privacy.checks.tiff import TIFF
from depositor.privacy.documents import Wanted
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.tiff_tags import Directory, Tiff

_PICTURES = (":label", ":macro")
_OFFSETS = ((273, 279), (324, 325))


class TiffRemedy:
    """Overwriting comes before unlinking: a page that is only unlinked can be brought back."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        found = TIFF.run(copy, shown, known).findings
        pictures = [f.location or "" for f in found if f.location and f.location.endswith(_PICTURES) and wanted(f)]
        changed = TIFF.rewrite(copy, shown, wanted, known)
        if pictures:
            with copy.open("r+b") as file:
                _take_out(file, {location.split(":")[1] for location in pictures})
        return (*changed, *pictures)


def _take_out(file: BinaryIO, pages: set[str]) -> None:
    tiff = Tiff(file)
    listed = [d for d in tiff.directories() if "/" not in d.name]
    kept = {offset for d in listed if d.name not in pages for offset, _length in _strips(tiff, d)}
    last: Directory | None = None
    for directory in listed:
        if directory.name not in pages:
            last = directory
            continue
        for offset, length in _strips(tiff, directory):
            if offset not in kept:
                _blank(file, offset, length)
        following = tiff.next_of(directory)
        tiff.link(last, following)
        for entry in directory.entries:
            if entry.type in (1, 2, 7):
                _blank(file, entry.offset, entry.length)


def _strips(tiff: Tiff, directory: Directory) -> list[tuple[int, int]]:
    for offsets, lengths in _OFFSETS:
        at, size = directory.get(offsets), directory.get(lengths)
        if at and size:
            return list(zip(tiff.numbers(at), tiff.numbers(size), strict=False))
    return []


def _blank(file: BinaryIO, offset: int, length: int) -> None:
    file.seek(offset)
    for start in range(0, length, 1 << 20):
        file.write(b"\0" * min(1 << 20, length - start))
