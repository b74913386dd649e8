"""Looking at a packed file before anything in it is read: what is small in the packing and huge outside, entities that
multiply, paths that lead out of the folder."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from depositor.draft.message import msg
from depositor.draft.problem import Damaged, NeedsUser, Problem, Side

_CHUNK = 1 << 18
_OVERLAP = 4096
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is read. ``ratio`` counts for parts above ``free`` bytes: small honest parts pack very well."""

    parts: int = 5_000
    part_bytes: int = 1 << 29
    bytes: int = 1 << 30
    ratio: int = 300
    free: int = 32 << 20


def opened(path: Path, bounds: Bounds = Bounds()) -> zipfile.ZipFile:
    """A packed file whose table of contents is within bounds. Damaged or NeedsUser where it is not, or is none."""
    try:
        with path.open("rb") as head:
            if head.read(8) == _OLE:
                raise NeedsUser(_old_or_locked(path))
        packed = zipfile.ZipFile(path)
    except OSError as error:
        raise NeedsUser(not_there(path)) from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Damaged(unreadable(path)) from error
    try:
        _within(packed, bounds, path)
    except BaseException:
        packed.close()
        raise
    return packed


def _within(packed: zipfile.ZipFile, bounds: Bounds, path: Path) -> None:
    parts = packed.infolist()
    if any(p.flag_bits & 1 for p in parts):
        raise NeedsUser(_old_or_locked(path))
    swollen = any(
        p.file_size > bounds.part_bytes
        or (p.file_size > bounds.free and p.file_size > bounds.ratio * max(p.compress_size, 1))
        for p in parts
    )
    if swollen or len(parts) > bounds.parts or sum(p.file_size for p in parts) > bounds.bytes:
        raise Damaged(too_large(path))


def inside(name: str) -> str | None:
    """The path of a part, or None where it leads out of the folder that it would be unpacked into."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name) or "\x00" in name:
        return None
    return str(path)


def chunks(packed: zipfile.ZipFile, part: str, path: Path) -> Iterator[bytes]:
    """The bytes of an XML part, overlapping a little. Damaged for one that declares entities or cannot be unpacked."""
    try:
        with packed.open(part) as source:
            tail, first = b"", True
            while block := source.read(_CHUNK):
                seen = tail + block
                _harmless(seen, path, first=first)
                first = False
                yield seen
                tail = seen[-_OVERLAP:]
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Damaged(unreadable(path)) from error
    except Exception as error:
        if type(error).__name__ == "error":  # zlib.error, which zipfile lets through
            raise Damaged(unreadable(path)) from error
        raise


def _harmless(seen: bytes, path: Path, *, first: bool) -> None:
    """Damaged for an XML part that declares entities, or is written so that we could not see it."""
    blind = first and (seen[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in seen[:8])  # no spreadsheet is UTF-16
    if blind or b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
        raise Damaged(_entities(path))


def unreadable(path: Path) -> Problem:
    return Problem(
        "import.unreadable",
        Side.COMPUTER,
        msg("import.unreadable", "This file cannot be read: it is damaged, or of another kind than its name says."),
        msg("import.unreadable.advice", "Open it in the program that made it, save it anew, and try again."),
        path.name,
    )


def not_there(path: Path) -> Problem:
    return Problem(
        "import.not-there",
        Side.COMPUTER,
        msg("import.not-there", "The file is not there, or you may not read it."),
        msg("import.not-there.advice", "Check its name and folder, and close it in other programs."),
        path.name,
    )


def too_large(path: Path) -> Problem:
    return Problem(
        "import.too-large",
        Side.COMPUTER,
        msg(
            "import.too-large", "This file would need more room than a table of this kind ever does. It was not opened."
        ),
        msg("import.too-large.advice", "If it is yours: save the sheets that you need as a file of their own."),
        path.name,
    )


def _entities(path: Path) -> Problem:
    return Problem(
        "import.entities",
        Side.COMPUTER,
        msg("import.entities", "This file holds instructions that no spreadsheet needs. It was not read, to be safe."),
        msg("import.entities.advice", "Ask where it comes from. Saved anew by a spreadsheet program it can be read."),
        path.name,
    )


def _old_or_locked(path: Path) -> Problem:
    return Problem(
        "import.old-or-locked",
        Side.COMPUTER,
        msg("import.old-or-locked", "This file has a password, or is of the old kind (.xls)."),
        msg("import.old-or-locked.advice", "Save it without a password as an Excel workbook (.xlsx) and import that."),
        path.name,
    )
