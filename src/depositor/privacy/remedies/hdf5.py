"""HDF5: texts are overwritten where they stand; what only the library can reach is changed by it and then wiped."""

from __future__ import annotations

import bisect
from pathlib import Path
from typing import Any, BinaryIO

from depositor.privacy.checks import places
from depositor.privacy.checks.hdf5 import HDF5, fixed_fields, open_library, records, survey
from depositor.privacy.hdf5 import sums as hdf5_sums
from depositor.privacy.hdf5.walk import Link, Member, Table, Walk, table
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts import documents, needles, slots
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.texts.extents import Extent
from depositor.privacy.texts.needles import Needles

_MOST_WIPED = 512 * 1024 * 1024  # bytes that are searched for what the library left behind
_WINDOW = 4 * 1024 * 1024
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
            _unpack(file, {(loc, old): new for loc, old, new in edits if loc.startswith("hdf5:packed:")})
            with open_library(file, "r+") as opened:
                _edit(opened, edits)
            _forget(file, [old for _location, old, _new in edits])
            if _count(file) != members:
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


def _edit(opened: Any, edits: list[tuple[str, str, str]]) -> None:
    """Make the edits through the library: names last, for the places of all others begin with them."""
    named: dict[str, tuple[str, str]] = {}
    for location, old, new in edits:
        how, _, path = location.removeprefix("hdf5:").partition(":")
        if how == "attribute":
            owner, _, name = path.rpartition("@")
            _attribute(opened[owner or "/"].attrs, name, old, new)
        elif how == "link":
            opened[path.rpartition("/")[0] or "/"].id.unlink(path.rpartition("/")[2].encode())
        elif how == "name":
            parent, _, last = path.rpartition("/")
            named[last] = (parent, new)
    for above, last in _holding(opened, named):
        opened.move(f"{above}/{last}", f"{above}/{named[last][1]}")


def _holding(opened: Any, named: dict[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """(path of the group, name) of the links with such names, the deepest first: equal names are told once and renamed
    everywhere."""
    if not named:
        return []
    links = (s for s in Walk(opened).steps() if isinstance(s, Link) and s.name in named)
    found = [(s.path.rpartition("/")[0], s.name) for s in links]
    unseen = named.keys() - {name for _above, name in found}
    return sorted([*found, *((named[n][0], n) for n in unseen)], key=lambda h: (-h[0].count("/"), h))


def _attribute(attributes: Any, name: str, old: str, new: str) -> None:
    import numpy as np

    value = np.asarray(attributes[name])
    found = [
        new.encode() if text == old else raw for raw, text in zip(value.ravel().tolist(), _read(value), strict=True)
    ]
    attributes.modify(name, np.array(found, dtype=value.dtype).reshape(value.shape))


def _read(value: Any) -> list[str]:
    return [t.decode("utf-8", "replace").rstrip("\0 ") for t in value.ravel().tolist()]


def _unpack(file: BinaryIO, edits: dict[tuple[str, str], str]) -> None:
    """Unpack the chunks of tables, change their texts, and pack them into the very same places."""
    if not edits:
        return
    with open_library(file) as opened:
        tables = [t for s in Walk(opened).steps() if isinstance(s, Member) and (t := table(s))]
    for stored in tables:
        filters = stored.filters
        own = {old: new for (place, old), new in edits.items() if place == f"hdf5:packed:{stored.path}"}
        if filters is None or not own:
            continue
        for chunk in stored.chunks:
            raw = filters.unpacked(places.exactly(file, chunk.offset, chunk.size), chunk.mask)
            changed = _without(raw, stored, own)
            if changed != raw:
                file.seek(chunk.offset)
                file.write(filters.packed(changed, chunk.mask, chunk.size))


def _without(raw: bytes, stored: Table, own: dict[str, str]) -> bytes:
    text = raw.decode("latin-1")
    for part in records(fixed_fields(stored), stored.record)(text):
        if part.text in own:
            new = part.write(own[part.text]).ljust(part.end - part.start, "\0")[: part.end - part.start]
            text = text[: part.start] + new + text[part.end :]
    return text.encode("latin-1")


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
                infos = (node.id.get_chunk_info(n) for n in range(node.id.get_num_chunks()))
                found.extend((int(c.byte_offset), int(c.size)) for c in infos)
    return sorted(found)


def _forget(file: BinaryIO, texts: list[str]) -> None:
    """Zeros over what is left of texts that were changed: old names and old values in the library's free room."""
    blocks, living = survey(file, "", []).blocks, _living(file)
    starts = [begin for begin, _length in living]
    whole = {form for t in texts if len(t) >= _SHORTEST for form in _forms(t)}
    rests = {needle[16:] for needle in whole if len(needle) >= 16 + needles.SHORTEST}
    for at, needle in _standing(file, whole | rests):
        before = bisect.bisect_right(starts, at) - 1
        free = needle in whole and (before < 0 or at >= sum(living[before]))
        if free or (needle in rests and _is_rest(file, at, needle)):
            places.wipe(file, at, len(needle))
    hdf5_sums.mend_all(file, blocks)


def _standing(file: BinaryIO, wanted: set[bytes]) -> list[tuple[int, bytes]]:
    """Where the texts stand, and which, as far as the file is searched; the longest first."""
    searched = Needles(wanted)
    found: set[tuple[int, bytes]] = set()
    for window in needles.windows(file, _WINDOW, searched.longest) if searched else ():
        found.update((window.begin + at, needle) for at, needle in searched.starts(window.raw, window.length))
        if window.begin >= _MOST_WIPED:
            break
    return sorted(found, key=lambda f: (-len(f[1]), f[0]))


def _is_rest(file: BinaryIO, at: int, rest: bytes) -> bool:
    """A freed name in an old heap of names begins with sixteen bytes about the free room; the rest of it still stands.

    Source: HDF5 File Format Specification 3.0, III.D (free list block of a local heap).
    """
    if at < 16:
        return False
    room = places.number(file, at - 8, "<Q")
    return room % 8 == 0 and len(rest) + 16 <= room <= 1 << 16


def _forms(text: str) -> set[bytes]:
    forms = {text.encode("utf-8", "surrogatepass"), text.encode("utf-16-le", "surrogatepass")}
    return forms | ({text.encode("latin-1")} if text.isascii() is False and max(map(ord, text)) < 256 else set())


def _count(file: BinaryIO) -> int:
    """How many objects and links the file has. Raises ValueError where it can no longer be read."""
    with open_library(file) as opened:
        return sum(1 for _ in Walk(opened).steps())
