"""HDF5: texts are overwritten where they stand; what only the library can reach is changed by it and then wiped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from depositor.privacy import documents, hdf5_sums, slots
from depositor.privacy.checks import places
from depositor.privacy.checks.hdf5 import HDF5, open_library, survey
from depositor.privacy.documents import Wanted
from depositor.privacy.hdf5_walk import Link, Walk
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
            spared, members = _pixels(file), _count(file)
            with open_library(file, "r+") as opened:
                old = _apply(opened, edits)
            _wipe(file, [e[1] for e in edits], old, spared)
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


def _apply(opened: Any, edits: list[tuple[str, str, str]]) -> list[tuple[int, int]]:
    """Make the edits; the places of chunks that the library gave up are returned. Links last, the deepest first."""
    freed: list[tuple[int, int]] = []
    for location, old, new in edits:
        how, _, path = location.removeprefix("hdf5:").partition(":")
        if how == "attribute":
            owner, _, name = path.rpartition("@")
            _attribute(opened[owner or "/"].attrs, name, old, new)
        elif how == "packed":
            freed += _packed(opened[path], old, new)
        elif how == "link":
            del opened[path]
    names = [(loc.removeprefix("hdf5:name:"), new) for loc, _old, new in edits if loc.startswith("hdf5:name:")]
    for path, new in sorted(names, key=lambda n: -n[0].count("/")):
        parent, _, last = path.rpartition("/")
        for above in _holding(opened, parent, last):
            opened.move(f"{above}/{last}", f"{above}/{new}")
    return freed


def _holding(opened: Any, parent: str, name: str) -> list[str]:
    """The groups with a link of that name: equal names are told once and renamed everywhere."""
    steps = [s for s in Walk(opened).steps() if isinstance(s, Link) and s.name == name]
    return sorted((s.path.rpartition("/")[0] for s in steps), key=lambda p: -p.count("/")) or [parent]


def _attribute(attributes: Any, name: str, old: str, new: str) -> None:
    import numpy as np

    value = np.asarray(attributes[name])
    attributes.modify(name, _replaced(value, old, new))


def _packed(data: Any, old: str, new: str) -> list[tuple[int, int]]:
    """Write the table again without ``old``; chunk by chunk, and tell where the old chunks stood."""
    before = {(c.byte_offset, c.size) for c in _chunks(data)}
    step = data.chunks[0] if data.chunks else max(len(data), 1)
    for start in range(0, len(data) if data.shape else 1, step):
        where = slice(start, start + step) if data.shape else ()
        value = data[where]
        new_value = _replaced_in(value, old, new)
        if new_value is not None:
            data[where] = new_value
    data.file.flush()
    return sorted(before - {(c.byte_offset, c.size) for c in _chunks(data)})


def _chunks(data: Any) -> Iterable[Any]:
    return (data.id.get_chunk_info(n) for n in range(data.id.get_num_chunks())) if data.chunks else ()


def _replaced_in(value: Any, old: str, new: str) -> Any | None:
    """``value`` without ``old``, None where it did not hold it."""
    if value.dtype.names:
        found = False
        for name in value.dtype.names:
            part = _replaced_in(value[name], old, new) if value.dtype[name].kind in "SO" else None
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


def _pixels(file: BinaryIO) -> list[tuple[int, int]]:
    """Where numbers lie that must stay as they are: what is wiped is never there."""
    import h5py

    spared: list[tuple[int, int]] = []
    with open_library(file) as opened:

        def note(_name: str, node: Any) -> None:
            if not isinstance(node, h5py.Dataset) or node.dtype.kind in "SO":
                return
            if node.chunks is None:
                at = node.id.get_offset()
                spared.extend([(at, at + node.nbytes)] if at else [])
            elif len(spared) < 1_000_000:
                spared.extend((c.byte_offset, c.byte_offset + c.size) for c in _chunks(node))

        opened.visititems(note)
    return sorted(spared)


def _wipe(file: BinaryIO, texts: list[str], freed: list[tuple[int, int]], spared: list[tuple[int, int]]) -> None:
    blocks = survey(file, "", []).blocks
    for offset, size in freed:
        places.wipe(file, offset, size)
    needles = {form for t in texts if len(t) >= _SHORTEST for form in _forms(t)}
    size = min(places.size_of(file), _MOST_WIPED)
    for needle in needles:
        at = places.find(file, needle, 0, size)
        while at >= 0:
            if not any(begin <= at < end for begin, end in spared):
                places.wipe(file, at, len(needle))
            at = places.find(file, needle, at + len(needle), size)
    hdf5_sums.mend_all(file, blocks)


def _forms(text: str) -> set[bytes]:
    forms = {text.encode("utf-8", "surrogatepass"), text.encode("utf-16-le", "surrogatepass")}
    return forms | ({text.encode("latin-1")} if text.isascii() is False and max(map(ord, text)) < 256 else set())


def _count(file: BinaryIO) -> int:
    """How many objects and links the file has. Raises ValueError where it can no longer be read."""
    with open_library(file) as opened:
        return sum(1 for _ in Walk(opened).steps())
