"""Leica's containers: LIF (one file), LOF (one image), XLEF and XLIF (XML that points to other files)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote
from xml.etree.ElementTree import ParseError

from depositor.draft.facts import ImageFacts
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, leica, xml
from depositor.scan.readers.base import Implausible, Reading, Truncated
from depositor.scan.readers.xml import Element, attribute

_MAX_IMAGES = 5000
_MAX_FILES = 1000  # that one XLEF points to
_MAX_DEPTH = 6
_MOST_TOLD = 20  # missing files that are told one by one
_BLOCK, _MARK = b"\x70\0\0\0", b"\x2a"
_LOF = "LMS_Object_File".encode("utf-16-le")


class LifReader:
    """Leica LIF."""

    id = "lif"
    formats: tuple[str, ...] = ("Leica LIF",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[:4] == _BLOCK and first_bytes[8:9] == _MARK and _LOF not in first_bytes[:64]

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            root = document(file)
        return Reading("Leica LIF", _facts(root))


class LofReader:
    """Leica LOF: the pixels of one image, and its XML at the end."""

    id = "lof"
    formats: tuple[str, ...] = ("Leica LOF",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes[:4] == _BLOCK and first_bytes[8:9] == _MARK and _LOF in first_bytes[:64]

    def read(self, path: Path) -> Reading:
        with path.open("rb") as file:
            _, root = lof(file)
        return Reading("Leica LOF", _facts(root))


class XlefReader:
    """Leica XLEF, XLCF and XLIF: what the files say that they point to, as far as those are there."""

    id = "xlef"
    formats: tuple[str, ...] = ("Leica XLEF",)

    def claims(self, name: str, first_bytes: bytes) -> bool:
        return first_bytes.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") and b"<LMSDataContainerHeader" in first_bytes

    def read(self, path: Path) -> Reading:
        found: list[ImageFacts] = []
        missing: list[str] = []
        for one in _referred(path, path, missing, 0, set()):
            found += _facts(one)
        problems: tuple[Problem, ...] = tuple(faults.part_missing(path.name, n) for n in missing[:_MOST_TOLD])
        return Reading("Leica XLEF", tuple(found[:_MAX_IMAGES]), problems)


def lof(file: BinaryIO) -> tuple[int, Element]:
    """Where the pixels of a LOF begin, and the XML behind them."""
    versions = 13 + len(_LOF)
    head = file.read(versions + 19)
    if len(head) < versions + 19 or head[versions : versions + 1] != _MARK:
        raise Truncated("no header")
    (size,) = struct.unpack("<Q", head[versions + 11 : versions + 19])
    if size > file.seek(0, 2):
        raise Truncated("the pixels break off")
    file.seek(versions + 19 + size)
    return versions + 19, document(file)


def document(file: BinaryIO) -> Element:
    """The XML block at the place where ``file`` stands."""
    head = file.read(13)
    if len(head) < 13:
        raise Truncated("no header")
    if head[:4] != _BLOCK or head[8:9] != _MARK:
        raise Implausible("no block")
    length = 2 * struct.unpack("<I", head[9:])[0]
    if not 0 < length <= xml.MAX_BYTES:
        raise Implausible("a header of an impossible size")
    raw = file.read(length)
    if len(raw) < length:
        raise Truncated("the header breaks off")
    return xml.parse(raw.decode("utf-16-le", "replace"))


def _facts(root: Element) -> tuple[ImageFacts, ...]:
    listed = [pair for pair, _ in zip(leica.images(root), range(_MAX_IMAGES), strict=False)]
    return tuple(leica.facts(name, image) for name, image in listed)


def _referred(path: Path, top: Path, missing: list[str], depth: int, seen: set[Path]) -> Iterator[Element]:
    """The documents of ``path`` and of all that it points to; each once. Only the first must be readable."""
    seen.add(path)
    try:
        root = xml.file(path) if path == top or path.stat().st_size <= xml.MAX_BYTES else None
    except (OSError, ParseError, Implausible, Truncated):
        if path == top:
            raise
        root = None
    if root is None:
        return
    yield root
    for reference in (e for e in root.iter("Reference") if depth < _MAX_DEPTH):
        name = (unquote(attribute(reference, "File") or "")).replace("\\", "/").removeprefix("./")
        below = _inside(path.parent, name)
        if below is None or len(seen) >= _MAX_FILES or below in seen:
            continue
        if below.is_file() and below.suffix.lower() in (".xlif", ".xlcf", ".xlef"):
            yield from _referred(below, top, missing, depth + 1, seen)
        elif not below.exists() and not below.name.lower().startswith("iomanagerconfig"):  # settings of the program
            missing.append(name)


def referred_names(path: Path) -> Iterator[str]:
    """The files that an XLEF or XLIF, and those that it points to, tell of: as paths below its folder."""
    waiting, seen = [path], {path}
    while waiting:
        now = waiting.pop(0)
        try:
            root = xml.file(now)
        except (OSError, ParseError, Implausible, Truncated):
            continue
        for element in root.iter():
            name = unquote(attribute(element, "File") or "").replace("\\", "/").removeprefix("./")
            below = _inside(now.parent, name)
            if below is None or below in seen or len(seen) >= _MAX_FILES:
                continue
            seen.add(below)
            if below.suffix.lower() in (".xlif", ".xlcf", ".xlef"):
                waiting.append(below)
            else:
                yield below.relative_to(path.parent).as_posix()


def _inside(folder: Path, name: str) -> Path | None:
    """A file below ``folder``; None for a path that leads elsewhere."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or any(p == ".." or ":" in p for p in parts):
        return None
    return folder.joinpath(*parts)
