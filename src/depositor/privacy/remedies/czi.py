"""CZI: texts are overwritten where they stand; pictures of label and overview become deleted segments of nothing.

Over the image itself nothing is painted: its tiles are packed, and text in it needs a new file (``privacy.converted``).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy import troubles
from depositor.privacy.checks import places
from depositor.privacy.checks.czi import CZI, HEADER, Segment, segments
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts.documents import Wanted

_ENTRY = 128
_ENTRIES = HEADER + 256  # bytes of the attachment directory before its entries
_NAME = struct.Struct("<16s")
# The attachments of each picture that a region may name.
_PICTURES = {"label": {"Label"}, "macro": {"SlidePreview", "Prescan"}, "thumbnail": {"Thumbnail", "JPEG"}}


class CziRemedy:
    """The format knows deleted segments, which readers pass over: an attachment is unlinked, emptied and made one."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        with copy.open("r+b") as file:
            return self.mend_file(file, shown, wanted, known, policy)

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        found = CZI.look(file, shown, known).findings
        pictures = [f.location or "" for f in found if (f.location or "").count(":") == 2 and wanted(f)]
        names = {p.split(":")[2] for p in pictures if p.startswith("czi:attachment:")}
        changed = CZI.mend_file(file, shown, wanted, known)
        if names:
            _take_out(file, names)
        still = {f.location for f in CZI.look(file, shown, known).findings} if names else set()
        return tuple(dict.fromkeys((*changed, *(p for p in pictures if p not in still))))

    def blank(self, copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
        """Small pictures with text in them go as a whole. Damaged for text in the image itself."""
        if any(region.source not in _PICTURES for region in regions):
            raise Damaged(troubles.no_boxes(shown))
        with copy.open("r+b") as file:
            if not _whole(file):
                raise Damaged(troubles.no_boxes(shown))
            _take_out(file, {name for region in regions for name in _PICTURES[region.source]})
        return tuple(str(region) for region in regions)


def _take_out(file: BinaryIO, names: set[str]) -> None:
    for segment in _whole(file):
        if segment.name == "ZISRAWATTDIR":
            _unlink(file, segment.offset, names)
        elif segment.name == "ZISRAWATTACH" and _name(places.exactly(file, segment.data + 16, _ENTRY)) in names:
            file.seek(segment.offset)
            file.write(_NAME.pack(b"DELETED"))
            places.wipe(file, segment.data, segment.end - segment.data)


def _whole(file: BinaryIO) -> list[Segment]:
    """All segments; none where their chain is broken: then the pictures stay, and the second look says so."""
    try:
        return list(segments(file))
    except ValueError:
        return []


def _unlink(file: BinaryIO, directory: int, names: set[str]) -> None:
    count = min(max(places.number(file, directory + HEADER, "<i"), 0), 100_000)
    listed = places.exactly(file, directory + _ENTRIES, count * _ENTRY)
    entries = [listed[at : at + _ENTRY] for at in range(0, len(listed), _ENTRY)]
    kept = [e for e in entries if _name(e) not in names]
    file.seek(directory + HEADER)
    file.write(struct.pack("<i", len(kept)))
    file.seek(directory + _ENTRIES)
    file.write(b"".join(kept).ljust(len(listed), b"\0"))


def _name(entry: bytes) -> str:
    return entry[48:_ENTRY].split(b"\0")[0].decode("latin-1")
