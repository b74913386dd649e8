"""FEI EMI (beside SER files): XML that the program wrote, and texts between; SER itself holds numbers alone."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import NotChecked
from depositor.privacy.checks import places, remarks
from depositor.privacy.checks.slotted import Slotted
from depositor.privacy.texts import runs
from depositor.privacy.texts.slots import Slot

_STARTS, _ENDS = b"<ObjectInfo>", b"</ObjectInfo>"
_MOST = 128 << 20  # bytes of an EMI that are searched; it holds one picture at most
_MOST_BETWEEN = 4 << 20
_LABELS = {"user": "user name", "acquiredate": "date"}
_XML = places.relabelled(places.labelled_values, _LABELS)


def _emi(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left += [remarks.pixels(shown), remarks.makers(shown)]
    size = min(places.size_of(file), _MOST)
    slots: list[Slot] = []
    at = 0
    for begin, length in places.between(file, _STARTS, _ENDS, 0, size):
        slots += _between(at, begin)
        slots += places.document(file, f"emi:{begin}", begin, length, form=_XML)
        at = begin + length
    return [*slots, *_between(at, size)]


def _between(begin: int, end: int) -> list[Slot]:
    length = min(end - begin, _MOST_BETWEEN)
    return [Slot(f"emi:{begin}", "", begin, length, "latin-1", form=runs.byte_runs, rigid=True)] if length >= 8 else []


def _ser(file: BinaryIO, shown: str, left: list[NotChecked]) -> list[Slot]:
    left.append(remarks.pixels(shown))
    return []


def _is_emi(path: Path, head: bytes) -> bool:
    return head[:4] == b"JK\0\x02" and path.name.lower().endswith(".emi")


def _is_ser(path: Path, head: bytes) -> bool:
    return head[:4] == b"II\x97\x01" and head[6:10] in (b"\x20\x41\0\0", b"\x22\x41\0\0")


EMI = Slotted("emi", _is_emi, places.with_paths(_emi))
SER = Slotted("ser", _is_ser, _ser)
