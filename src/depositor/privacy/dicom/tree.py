"""Walking a DICOM file at every depth, without letting one bad element end the walk."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIXELS = frozenset({0x7FE00010, 0x7FE00008, 0x7FE00009, 0x7FE00001, 0x7FE00002})
MOST_DEPTH = 30
LONG = 1024 * 1024  # bytes: longer values that are no text are not looked into
DOCUMENT = 0x00420011
_BIG_FORMS = (b"UL", b"CS", b"UI", b"SH", b"DA", b"TM", b"LO")
_FIRST = frozenset({0x01, 0x05, 0x08, 0x12, 0x14, 0x16, 0x18})  # what a file without the DICOM mark can begin with


@dataclass(frozen=True, slots=True)
class Node:
    """One element: ``location`` like ``(0040,A730)[0].(0040,A123)``, ``dataset`` is the one that holds it."""

    location: str
    tag: int
    vr: str
    keyword: str
    value: Any
    dataset: Any
    depth: int

    @property
    def private(self) -> bool:
        return bool((self.tag >> 16) & 1)


@contextmanager
def quietly() -> Iterator[None]:
    """pydicom warns of every odd value; these files are odd by nature, and what matters is reported otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def looks_like(head: bytes) -> bool:
    """True for a file with the DICOM mark, or one that starts with group 0002 or 0008 as old files without it do."""
    if head[128:132] == b"DICM" or (head[:2] == b"\0\x08" and head[4:6] in _BIG_FORMS):
        return True
    if head[:2] not in (b"\x02\x00", b"\x08\x00") or len(head) < 16 or head[208:211] == b"MAP":
        return False
    element, length = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:8], "little")
    if head[4:6] in (b"UL", b"CS", b"UI", b"SH", b"DA", b"TM", b"LO", b"OB"):
        return True
    return length == 4 if element == 0 else element in _FIRST and 0 < length <= 128 and length % 2 == 0


def read(path: Path, *, whole: bool = False) -> Any:
    """The file as pydicom's dataset; long values are left on disk unless ``whole``. Raises what pydicom raises."""
    import pydicom

    with quietly():
        return pydicom.dcmread(path, force=True, defer_size=None if whole else 64 * 1024)


def walk(dataset: Any, prefix: str = "", depth: int = 0) -> Iterator[Node]:
    """Every element that can be read, sequences before what is in them; pixel data are passed over unread."""
    for tag in sorted(dataset.keys()):
        if int(tag) in PIXELS:
            continue
        node = _node(dataset, tag, prefix, depth)
        if node is None:
            continue
        yield node
        if node.vr == "SQ" and depth < MOST_DEPTH:
            for number, item in enumerate(node.value or ()):
                yield from walk(item, f"{node.location}[{number}].", depth + 1)


def _node(dataset: Any, tag: Any, prefix: str, depth: int) -> Node | None:
    location = f"{prefix}({int(tag) >> 16:04X},{int(tag) & 0xFFFF:04X})"
    try:
        with quietly():
            raw = dataset.get_item(tag)
            if _is_long(raw):
                return Node(location, int(tag), str(raw.VR or "UN"), _keyword(int(tag)), b"", dataset, depth)
            element = dataset[tag]
            return Node(location, int(tag), str(element.VR), element.keyword, element.value, dataset, depth)
    except Exception:  # one value that pydicom cannot decode; its raw bytes are still looked at
        raw = dataset.get_item(tag)
        value = getattr(raw, "value", b"") or b""
        return Node(location, int(tag), "UN", _keyword(int(tag)), value, dataset, depth)


def _is_long(raw: Any) -> bool:
    length = getattr(raw, "length", 0) or 0
    return (
        length > LONG
        and getattr(raw, "VR", None) in ("OB", "OW", "UN", "OF", "OD", "OL", "OV")
        and int(raw.tag) != DOCUMENT
    )


def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return str(keyword_for_tag(tag) or "")
