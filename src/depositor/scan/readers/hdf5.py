"""HDF5 through h5py, with limits: data sets are never loaded, groups and attributes only as far as they are small."""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from depositor.scan.readers import hdf5_heap
from depositor.scan.readers.base import Implausible, Truncated

MAGIC = b"\x89HDF\r\n\x1a\n"
_MOST_MEMBERS = 10_000
_MOST_ATTRIBUTE = 1 << 16
_MOST_CHUNK = 8 << 20
_HARMLESS = 1 << 17  # bytes, packed: they unpack to a thousand times as many at most


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file, closed afterwards. Raises Truncated where it is shorter than it says, Implausible where the library
    refuses it, and OSError where the system does."""
    import h5py

    with path.open("rb"):
        pass  # what the system refuses is said by the system, not by the library
    try:
        file = h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise (Truncated if "truncated" in str(error) else Implausible)("no HDF5") from None
    with file:
        yield file


def group(parent: Any, name: str) -> Any:
    """The group of that name in ``parent``, or None."""
    import h5py

    found = _member(parent, name)
    return found if isinstance(found, h5py.Group) else None


def dataset(parent: Any, name: str) -> Any:
    """The data set of that name in ``parent``, or None; it is not read."""
    import h5py

    found = _member(parent, name)
    return found if isinstance(found, h5py.Dataset) else None


def _member(parent: Any, name: str) -> Any:
    import h5py

    for part in name.split("/"):
        if not isinstance(parent, h5py.Group) or not isinstance(parent.get(part, getlink=True), h5py.HardLink):
            return None  # a soft or external link may lead out of the file
        parent = parent[part]
    return parent


def members(parent: Any, most: int = 1000) -> Iterator[str]:
    """The first ``most`` names in a group, as they are ordered."""
    if parent is None:
        return
    if len(parent) > _MOST_MEMBERS:
        raise Implausible("a group of too many members")
    yield from itertools.islice(iter(parent), most)


def attribute(owner: Any, name: str) -> Any:
    """A small attribute as text, number or array; None where it is missing, large or of another kind."""
    if owner is None or name not in owner.attrs:
        return None
    found = owner.attrs.get_id(name)
    if found.get_storage_size() > _MOST_ATTRIBUTE:
        return None
    if found.dtype.hasobject:
        return hdf5_heap.attribute(owner, name)
    return plain(owner.attrs[name])


def plain(value: Any) -> Any:
    """What h5py gives, as text where it is text, and single values out of their arrays."""
    if getattr(value, "shape", ()) == (1,):
        value = value[0]
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").rstrip("\0")
    if getattr(value, "dtype", None) is not None and value.dtype.kind == "S" and value.ndim == 1:
        return b"".join(v or b"\0" for v in value.tolist()).decode("utf-8", "replace").rstrip("\0")
    return value


def lies_inside(data: Any) -> bool:
    """True for a data set whose values lie in the file itself: one may also point to other files."""
    return not data.is_virtual and not data.external


def unpacks_as_told(data: Any, region: tuple[slice, ...]) -> bool:
    """False where a chunk that ``region`` touches unpacks to more than it should: the library would make room for all
    of it. Small chunks cannot, so that only large ones are tried."""
    if data.chunks is None or data.compression != "gzip":
        return True
    told = math.prod(data.chunks) * data.dtype.itemsize
    for part in itertools.islice(data.iter_chunks(region), _MOST_MEMBERS):
        at = tuple(s.start // c * c for s, c in zip(part, data.chunks, strict=True))
        if data.id.get_chunk_info_by_coord(at).size <= _HARMLESS:
            continue
        unpacker = zlib.decompressobj()
        if len(unpacker.decompress(data.id.read_direct_chunk(at)[1], told + 1)) > told:
            return False
    return True


def start(data: Any, selection: Any, most: int) -> Any:
    """``data[selection]`` where that is at most ``most`` values and no large chunk is unpacked for it; else None."""
    if data is None or data.dtype.kind not in "iufS" or 0 in data.shape or not lies_inside(data):
        return None
    chunk = data.chunks
    count = 1
    for size in chunk or ():
        count *= size
    if chunk is not None and count * data.dtype.itemsize > _MOST_CHUNK:
        return None
    first = selection if isinstance(selection, tuple) else (selection,)
    if not unpacks_as_told(data, _whole(first, data.shape)):
        return None
    found = data[selection]
    return found if found.size <= most else None


def _whole(selection: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[slice, ...]:
    """The region that holds all of a selection of numbers and slices."""
    given = () if Ellipsis in selection else selection
    asked = (*given, *(slice(None),) * (len(shape) - len(given)))
    ranges = (range(*s.indices(n)) if isinstance(s, slice) else range(s % n, s % n + 1)
              for s, n in zip(asked, shape, strict=True))  # fmt: skip
    return tuple(slice(min(r[0], r[-1]), max(r[0], r[-1]) + 1) if r else slice(0, 0) for r in ranges)
