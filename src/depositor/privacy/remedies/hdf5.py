"""HDF5: texts are overwritten where they stand; what only the library can reach is changed by it and then wiped."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from depositor.privacy import documents, hdf5_sums, slots
from depositor.privacy.checks import places
from depositor.privacy.checks.hdf5 import HDF5, open_library, survey
from depositor.privacy.documents import Wanted
from depositor.privacy.extents import Extent
from depositor.privacy.hdf5_walk import Link, Member, Walk
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy

_MOST_WIPED = 512 * 1024 * 1024  # bytes that are searched for what the library left behind
_SHORTEST = 6


class Hdf5Remedy:
    """Names of links, packed tables and attributes of shared types go through the library, all else in place."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        with copy.open("r+b") as file:
            return self.mend_file(file, shown, wanted, known, policy)

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        edits = _edits(file, shown, wanted, known, policy)
        changed = HDF5.mend_file(file, shown, wanted, known)
        if edits:
            members = _count(file)
            for edit in edits:
                _wipe(file, _edited(file, edit))
            _forget(file, [old for _location, old, _new in edits])
            if _count(file) > members:
                raise ValueError("the file is not what it was")
        return tuple(dict.fromkeys((*changed, *(location for location, _old, _new in edits))))


def _edits(file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> list[tuple[str, str, str]]:
    """(location, old text, new text) of what has no place in the file that can be overwritten."""
    readings = slots.read(file, survey(file, shown, []).slots)
    out: list[tuple[str, str, str]] = []
    for reading, found in zip(readings, slots.marked(HDF5.id, shown, readings, known), strict=True):
        marks = [m for _spot, ms in found for m in ms if wanted(m.finding)]
        if marks and not reading.slot.length:
            new = documents.cut(reading.text, [(m.start, m.end) for m in marks])
            if reading.slot.location.startswith("hdf5:name:"):
                new = f"removed-{policy.tag('name:' + reading.text, 6)}"
            out.append((reading.slot.location, reading.text, new))
    return out


def _edited(file: BinaryIO, edit: tuple[str, str, str]) -> list[Extent]:
    """Make one edit through the library; the places of chunks that it gave up are returned."""
    location, old, new = edit
    how, _, path = location.removeprefix("hdf5:").partition(":")
    with open_library(file, "r+") as opened:
        if how == "attribute":
            owner, _, name = path.rpartition("@")
            _attribute(opened[owner or "/"].attrs, name, old, new)
        elif how == "packed":
            return _packed(opened[path], old, new)
        elif how == "link":
            del opened[path]
        elif how == "name":
            parent, _, last = path.rpartition("/")
            for above in _holding(opened, parent, last):
                opened.move(f"{above}/{last}", f"{above}/{new}")
    return []


def _holding(opened: Any, parent: str, name: str) -> list[str]:
    """The groups with a link of that name: equal names are told once and renamed everywhere."""
    steps = [s for s in Walk(opened).steps() if isinstance(s, Link) and s.name == name]
    return sorted((s.path.rpartition("/")[0] for s in steps), key=lambda p: -p.count("/")) or [parent]


def _attribute(attributes: Any, name: str, old: str, new: str) -> None:
    import numpy as np

    value = np.asarray(attributes[name])
    attributes.modify(name, _replaced(value, old, new))


def _packed(data: Any, old: str, new: str) -> list[Extent]:
    """Write the chunks that hold ``old`` again, without it; tell where they stood before."""
    import h5py

    fields = data.dtype.names or ()
    if any(data.dtype[n].kind == "O" for n in fields) and any(data.dtype[n].kind == "S" for n in fields):
        raise ValueError("what the library gives up would hold texts and pointers")
    before = {(int(c.byte_offset), int(c.size)) for c in _chunks(data)}
    step = data.chunks[0] if data.chunks else max(len(data), 1)
    for start in range(0, len(data) if data.shape else 1, step):
        where: Any = slice(start, start + step) if data.shape else ()
        changed = _without(data[where], old, new)
        if changed is not None:
            data[where] = changed
    data.file.flush()
    pointers = h5py.check_string_dtype(data.dtype) is not None and data.dtype.kind == "O"
    return [] if pointers else sorted(before - {(int(c.byte_offset), int(c.size)) for c in _chunks(data)})


def _chunks(data: Any) -> Iterable[Any]:
    return (data.id.get_chunk_info(n) for n in range(data.id.get_num_chunks())) if data.chunks else ()


def _without(value: Any, old: str, new: str) -> Any | None:
    """``value`` without ``old``, None where it did not hold it."""
    if value.dtype.names:
        found = False
        for name in value.dtype.names:
            part = _without(value[name], old, new) if value.dtype[name].kind in "SO" else None
            if part is not None:
                value[name], found = part, True
        return value if found else None
    changed = _replaced(value, old, new)
    return None if (changed == value).all() else changed


def _replaced(value: Any, old: str, new: str) -> Any:
    import numpy as np

    def one(text: Any) -> Any:
        told = text.decode("utf-8", "replace").rstrip("\0 ") if isinstance(text, bytes) else str(text)
        if told != old:
            return text
        return new.encode() if isinstance(text, bytes) else new

    found = [one(text) for text in value.ravel().tolist()]
    return np.array(found, dtype=value.dtype).reshape(value.shape)


# --- what the library leaves behind ----------------------------------------------------------------------------------


def _living(file: BinaryIO) -> list[Extent]:
    """Where the values of data sets lie: nothing is wiped there."""
    import h5py

    found: list[Extent] = []
    with open_library(file) as opened:
        for step in Walk(opened).steps():
            node = step.node if isinstance(step, Member) else None
            if not isinstance(node, h5py.Dataset) or node.is_virtual or node.external:
                continue
            if node.chunks is None:
                at = node.id.get_offset()
                found.extend([(int(at), int(node.id.get_storage_size()))] if at else [])
            else:
                found.extend((int(c.byte_offset), int(c.size)) for c in _chunks(node))
    return sorted(found)


def _wipe(file: BinaryIO, freed: list[Extent]) -> None:
    """Zeros over chunks that nothing uses any more."""
    living = _living(file) if freed else []
    for offset, size in freed:
        if not any(begin < offset + size and offset < begin + length for begin, length in living):
            places.wipe(file, offset, size)


def _forget(file: BinaryIO, texts: list[str]) -> None:
    """Zeros over what is left of texts that were changed: old names and old values in the library's free room."""
    blocks, living = survey(file, "", []).blocks, _living(file)
    starts = [begin for begin, _length in living]
    size = min(places.size_of(file), _MOST_WIPED)
    for needle in {form for t in texts if len(t) >= _SHORTEST for form in _forms(t)}:
        at = places.find(file, needle, 0, size)
        while at >= 0:
            before = bisect.bisect_right(starts, at) - 1
            if before < 0 or at >= sum(living[before]):
                places.wipe(file, at, len(needle))
            at = places.find(file, needle, at + len(needle), size)
        _forget_rest(file, needle[16:], size)
    hdf5_sums.mend_all(file, blocks)


def _forget_rest(file: BinaryIO, rest: bytes, size: int) -> None:
    """A freed name in an old heap of names begins with sixteen bytes about the free room; the rest of it still stands.

    Source: HDF5 File Format Specification 3.0, III.D (free list block of a local heap).
    """
    at = places.find(file, rest, 16, size) if len(rest) > 3 else -1
    while at >= 0:
        room = places.number(file, at - 8, "<Q")
        if room % 8 == 0 and len(rest) + 16 <= room <= 1 << 16:
            places.wipe(file, at, len(rest))
        at = places.find(file, rest, at + len(rest), size)


def _forms(text: str) -> set[bytes]:
    forms = {text.encode("utf-8", "surrogatepass"), text.encode("utf-16-le", "surrogatepass")}
    return forms | ({text.encode("latin-1")} if text.isascii() is False and max(map(ord, text)) < 256 else set())


def _count(file: BinaryIO) -> int:
    """How many objects and links the file has. Raises ValueError where it can no longer be read."""
    with open_library(file) as opened:
        return sum(1 for _ in Walk(opened).steps())
