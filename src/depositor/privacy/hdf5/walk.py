"""A walk over the objects of an HDF5 file with limits, and the texts that its data sets hold, with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from depositor.privacy.hdf5.chunks import Chunk, Filters, filters_of
from depositor.privacy.texts.extents import Extent

MOST_OBJECTS = 200_000
_MOST_DEPTH = 64
_MOST_CHUNKS = 4096
MOST_TABLE = 8 * 1024 * 1024  # bytes of one data set of texts that are looked at
_MORE = 8  # bytes that a pointer to a text takes more in a file than in memory
_DOCUMENT = (b"{", b"<", b"[")


@dataclass(frozen=True, slots=True)
class Member:
    """An object of the file: its path, the name of its last link, its address; ``node`` is what h5py gives."""

    path: str
    address: int
    node: Any


@dataclass(frozen=True, slots=True)
class Link:
    """The name of a link and, for links that lead elsewhere, where they lead to."""

    path: str
    name: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A text inside each record of a data set; texts of ``any_length`` lie in the heap, here is the pointer."""

    label: str
    offset: int
    size: int
    any_length: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A data set of texts: records of ``record`` bytes in some pieces of the file, or in ``chunks`` that ``filters``
    packed. ``cut`` where there are more than are looked at, ``document`` for bytes that are one text."""

    path: str
    fields: tuple[Field, ...]
    record: int
    pieces: tuple[Extent, ...]
    chunks: tuple[Chunk, ...] = ()
    filters: Filters | None = None
    cut: bool = False
    document: bool = False


class Walk:
    """Goes over hard links alone: a soft or external link may lead out of the file."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.cut = False  # set where there was more than is looked at

    def steps(self) -> Iterator[Member | Link]:
        """Every object once and every link."""
        import h5py

        seen: set[int] = set()
        waiting: list[tuple[str, Any, int]] = [("", self._file["/"], 0)]
        while waiting:
            path, node, depth = waiting.pop()
            address = int(h5py.h5o.get_info(node.id).addr)
            if address in seen:
                continue
            seen.add(address)
            yield Member(path or "/", address, node)
            if not isinstance(node, h5py.Group):
                continue
            for name in node:
                if len(seen) + len(waiting) > MOST_OBJECTS or depth > _MOST_DEPTH:
                    self.cut = True
                    break
                link = node.get(name, getlink=True)
                yield Link(f"{path}/{name}", name, _target(link))
                if isinstance(link, h5py.HardLink):
                    waiting.append((f"{path}/{name}", node[name], depth + 1))


def _target(link: Any) -> str:
    """Where a soft or external link leads: often a path on somebody's computer."""
    return " ".join(str(t) for t in (getattr(link, "filename", ""), getattr(link, "path", "")) if t)


def table(member: Member) -> Table | None:
    """The texts of a data set; None where it holds none, or lies in other files."""
    import h5py

    data = member.node
    if not isinstance(data, h5py.Dataset) or data.is_virtual or data.external or not data.size:
        return None
    kind = data.id.get_type()
    fields = tuple(_stored(_fields(kind, member.path.rsplit("/", 1)[-1])))
    document = not fields and _is_document(data, kind)
    if not fields and not document:
        return None
    record = kind.get_size() + _MORE * sum(f.any_length for f in fields)
    if data.id.get_create_plist().get_nfilters():
        chunks, cut = _chunks(data)
        return Table(member.path, fields, record, (), tuple(chunks), filters_of(data), cut)
    kept, cut = _within(_pieces(data, record), record)
    return Table(member.path, fields, record, tuple(kept), cut=cut, document=document)


def _fields(kind: Any, label: str, offset: int = 0) -> Iterator[Field]:
    """The texts in a record as the library lays it out in memory, through records in records."""
    import h5py

    if isinstance(kind, h5py.h5t.TypeStringID):
        yield Field(label, offset, kind.get_size(), bool(kind.is_variable_str()))
    elif isinstance(kind, h5py.h5t.TypeCompoundID):
        for number in range(min(kind.get_nmembers(), 1000)):
            name = kind.get_member_name(number).decode("utf-8", "replace")
            yield from _fields(kind.get_member_type(number), name, offset + kind.get_member_offset(number))


def _stored(fields: Iterable[Field]) -> Iterator[Field]:
    """The same as they lie in the file: there a pointer to a text of any length takes eight bytes more."""
    before = 0
    for field in sorted(fields, key=lambda f: f.offset):
        yield replace(field, offset=field.offset + before, size=16 if field.any_length else field.size)
        before += _MORE if field.any_length else 0


def _is_document(data: Any, kind: Any) -> bool:
    """True for bytes that begin like JSON or XML: Velox writes what it knows of each frame in a column of them."""
    if kind.get_size() != 1 or data.dtype.kind not in "iu" or data.ndim > 2 or data.size > 1 << 31:
        return False
    if (data.chunks and data.chunks[0] > 1 << 24) or data.id.get_create_plist().get_nfilters():
        return False
    return bytes(data[:1].tobytes()[:1]) in _DOCUMENT


def _pieces(data: Any, record: int) -> list[Extent]:
    """Where the records lie in the file."""
    if data.chunks is None:
        at = data.id.get_offset()
        return [(at, data.size * record)] if at else []
    count = min(data.id.get_num_chunks(), _MOST_CHUNKS)
    found = (data.id.get_chunk_info(n) for n in range(count))
    return [(int(c.byte_offset), int(c.size)) for c in found]


def _chunks(data: Any) -> tuple[list[Chunk], bool]:
    """The packed chunks, as many as are looked at, and whether there are more."""
    count = data.id.get_num_chunks()
    found = (data.id.get_chunk_info(n) for n in range(min(count, _MOST_CHUNKS)))
    return [Chunk(int(c.byte_offset), int(c.size), int(c.filter_mask)) for c in found], count > _MOST_CHUNKS


def _within(pieces: list[Extent], record: int) -> tuple[list[Extent], bool]:
    """The first pieces, in whole records, as far as they are looked at."""
    out, left = [], max(MOST_TABLE, 4 * record)
    for offset, length in pieces:
        taken = min(length, left) // max(record, 1) * record
        if taken:
            out.append((offset, taken))
        left -= taken
    return out, sum(p[1] for p in out) < sum(p[1] for p in pieces)
