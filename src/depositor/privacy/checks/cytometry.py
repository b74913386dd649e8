"""Flow cytometry (FCS: keywords of its TEXT segments) and imaging mass cytometry (MCD: XML at the end).

Sources: ISAC, "Data File Standard for Flow Cytometry" FCS 3.1; schemas ``MCDSchema`` and ``MCDPublic``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.places import exactly
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import runs
from depositor.privacy.texts.forms import Part
from depositor.privacy.texts.slots import Slot

_LABELS = {
    "$OP": "operator name",
    "$EXP": "investigator",
    "$INST": "institution",
    "$SRC": "sample",
    "$SMNO": "sample",
    "$FIL": "file name",
    "$PROJ": "project",
    "$COM": "comment",
    "$SYS": "system",
    "$CYTSN": "serial number",
    "$LAST_MODIFIER": "modified by",
    "$ETIM": "time",
    "$BTIM": "time",
    "EXPORT USER NAME": "user name",
    "EXPERIMENT NAME": "experiment name",
    "TUBE NAME": "sample",
    "CREATOR": "software",
}
_SUPPLEMENTAL = re.compile(rb"\$BEGINSTEXT.(\s*\d+\s*).\$ENDSTEXT.(\s*\d+\s*)", re.DOTALL | re.IGNORECASE)
_MOST_TEXT = 16 << 20


def _pairs(text: str) -> Iterator[Part]:
    """Keywords and values between the delimiter that the segment begins with; a doubled one stands for itself."""
    if not text:
        return
    sign, at, key = text[0], 1, ""
    ends = re.compile(rf"(?:[^{re.escape(sign)}]|{re.escape(sign) * 2})+", re.DOTALL)
    number = 0
    while match := ends.match(text, at):
        if key:
            value = match[0]
            bare = value.strip()
            if bare:
                start = match.start() + value.index(bare)
                label = _LABELS.get(key.upper(), key.lstrip("$"))
                yield Part(key, label, bare, start, start + len(bare), lambda new: new)
            key = ""
        else:
            key = match[0].strip() or f"[{number}]"
        number, at = number + 1, match.end() + 1


_FORM = runs.in_bytes(_pairs)


def _fcs(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    """Values keep their length, so that no offset in the segment has to change."""
    head = exactly(file, 0, 58)
    begin, end = (int(head[a:b].strip() or b"0") for a, b in ((10, 18), (18, 26)))
    length = end - begin + 1
    if not 0 < length <= _MOST_TEXT:
        raise ValueError("no text segment")
    slots = [Slot("fcs", "", begin, length, "latin-1", form=_FORM, rigid=True)]
    more = _SUPPLEMENTAL.search(exactly(file, begin, length))
    if more and int(more[1]) > end and 0 < int(more[2]) - int(more[1]) < _MOST_TEXT:
        size = int(more[2]) - int(more[1]) + 1
        slots.append(Slot("fcs:more", "", int(more[1]), size, "latin-1", form=_FORM, rigid=True))
    analysis, last = (int(head[a:b].strip() or b"0") for a, b in ((42, 50), (50, 58)))
    if analysis and 0 < last - analysis < _MOST_TEXT:
        slots.append(Slot("fcs:analysis", "", analysis, last - analysis + 1, "latin-1", form=_FORM, rigid=True))
    return slots


def _mcd(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left += [remarks.pixels(shown), remarks.label_pixels(shown)]
    size = places.size_of(file)
    slots: list[Slot] = []
    for name in ("MCDSchema", "MCDPublic"):
        starts, ends = (f"<{name}".encode("utf-16-le"), f"</{name}>".encode("utf-16-le"))
        for begin, length in places.between(file, starts, ends, max(size - (64 << 20), 0), size, 64 << 20):
            slots += places.document(file, f"mcd:{name}", begin, length, "utf-16-le")
    if not slots:
        raise ValueError("no XML at the end")
    return slots


def _is_fcs(path: Path, head: bytes) -> bool:
    return re.match(rb"FCS[234]\.\d    ", head) is not None


def _is_mcd(path: Path, head: bytes) -> bool:
    serialized = head[:9] == b"\x00\x01\x00\x00\x00\xff\xff\xff\xff"
    return serialized and (b"MCDHeader" in head or path.name.lower().endswith(".mcd"))


FCS = Slotted("fcs", _is_fcs, places.with_paths(_fcs))
MCD = Slotted("mcd", _is_mcd, places.with_paths(_mcd))
