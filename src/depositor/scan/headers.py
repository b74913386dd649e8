"""Facts from file headers: the registry of readers, and the one way to ask them.

Which reader takes a file is told by its content, not by its name. Whatever a reader does on a damaged file ends as a
Problem in the facts.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

from depositor.draft.facts import FileFacts
from depositor.scan import kinds, peek
from depositor.scan.readers import decoded, faults
from depositor.scan.readers.base import Implausible, Reader, Reading, Truncated, Unsupported
from depositor.scan.unread import FORMATS_WITHOUT_READER, format_without_reader

__all__ = ["FORMATS_WITHOUT_READER", "Reader", "find", "peek_format", "read", "readers"]

FIRST_BYTES = 4096
_MAYBE = frozenset(("", "xml", "invalid", "idx.xml", "mlf", "mrf", "mes", "wpi", "wpp", "index", "txt", "xlif"))


@functools.cache
def readers() -> tuple[Reader, ...]:
    """All readers, the surest claims first."""
    from depositor.scan.readers import czi, dicom, light, ome, small, tiff, zarr

    return (
        czi.CziReader(),
        dicom.DicomReader(),
        tiff.TiffReader(),
        zarr.ZarrReader(),
        ome.OmeXmlReader(),
        *light.READERS,
        *small.READERS,
    )


class _NoFile(OSError):
    """A pipe, a socket or a device: to open it could wait for ever."""


def reader_of(path: Path) -> Reader | None:
    """The reader that claims the content of ``path``, or None. Raises OSError where it cannot be read."""
    first = _first_bytes(path)
    return next((r for r in readers() if r.claims(path.name, first)), None)


def peek_format(path: Path) -> str | None:
    """The light tier: the first format of the reader that claims ``path``, without reading its header; None where no
    reader does, or where it cannot be read."""
    try:
        found = reader_of(path)
    except OSError:
        return None
    return found.formats[0] if found else None


def _first_bytes(path: Path) -> bytes:
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        with os.scandir(path) as entries:
            names = [e.name for _, e in zip(range(5000), entries, strict=False)]
        return "\n".join(names).encode("utf-8", "replace")
    if not stat.S_ISREG(kind):
        raise _NoFile
    with path.open("rb") as file:
        return file.read(FIRST_BYTES)


def read(path: Path, shown: str | None = None) -> FileFacts:
    """What the header of the file, or of the object folder, ``path`` says. Never raises for bad input: what is wrong
    becomes a Problem in the facts. ``shown`` is the path as people know it."""
    name = shown or path.as_posix()
    try:
        reader = reader_of(path)
        if reader is None:
            return _unread(path, name)
    except _NoFile:
        return FileFacts(name, problems=(faults.no_file(name),))
    except OSError:
        return FileFacts(name, problems=(faults.unreadable(name),))
    try:
        found = reader.read(path)
    except Exception as error:
        return _failed(error, name, reader)
    return _facts(name, reader, found)


def _facts(name: str, reader: Reader, found: Reading) -> FileFacts:
    from dataclasses import replace

    problems = tuple(replace(p, path=name) for p in found.problems)
    return FileFacts(name, found.format, reader.id, found.images, problems)


def _failed(error: Exception, name: str, reader: Reader) -> FileFacts:
    kind = reader.formats[0]
    match error:
        case Unsupported():
            return FileFacts(name, kind, reader.id, problems=(faults.unsupported(name, kind),))
        case Truncated() | EOFError():
            problem = faults.truncated(name)
        case PermissionError() | FileNotFoundError():
            problem = faults.unreadable(name)
        case MemoryError():
            problem = faults.too_large(name)
        case Implausible() | ParseError():
            problem = faults.damaged(name)
        case _:
            problem = faults.damaged(name)
    return FileFacts(name, kind, reader.id, problems=(problem,))


def _unread(path: Path, name: str) -> FileFacts:
    if path.is_file() and path.stat().st_size == 0:
        return FileFacts(name, problems=(faults.empty(name),))
    known = format_without_reader(path)
    read_elsewhere = decoded.read(path, known[0]) if known is not None and decoded.installed() else None
    if read_elsewhere is not None:
        return FileFacts(name, read_elsewhere.format, decoded.ID, read_elsewhere.images)
    if known is not None:
        return FileFacts(name, known[0], problems=(faults.no_reader(name, *known),))
    return FileFacts(name, problems=(faults.no_image(name),))


def find(paths: Iterable[Path]) -> Iterator[Path]:
    """The objects below ``paths`` whose headers can be asked for: image files, and Zarr and N5 folders as one path
    each. A path that is itself a file comes back whatever it is. Sorted within a folder; links are not followed."""
    for path in paths:
        if path.is_dir():
            yield from _below(path, 0)
        else:
            yield path


def _below(folder: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda e: e.name)
            names = {e.name for e in found}
            folders = [e.name for e in found if e.is_dir(follow_symlinks=False)]
            files = [e.name for e in found if e.is_file(follow_symlinks=False)]
    except OSError:
        return
    if peek.object_kind(folder, names) is not None:
        yield folder
        return
    for name in files:
        if _is_asked(folder / name):
            yield folder / name
    for name in folders:
        if depth < 200 and not kinds.junk_folder(name):
            yield from _below(folder / name, depth + 1)


def _is_asked(path: Path) -> bool:
    """An image by its ending, or by its content where the ending says nothing."""
    if kinds.junk_file(path.name):
        return False
    end = kinds.ending(path.name)
    if kinds.is_image(end):
        return True
    return end in _MAYBE and peek_format(path) is not None


def main(arguments: Sequence[str]) -> int:
    """``python -m depositor.scan.headers PATH...``: the JSON of the contract, for measurements."""
    import json
    import sys

    listed = [Path(a) for a in arguments if a != "--json" and a != "headers"]
    files = [read(path).as_json() for path in find(listed)]
    json.dump({"files": files}, sys.stdout, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
