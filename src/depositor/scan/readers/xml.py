"""XML of headers, read with care: no document type, limits on size, depth and number of elements."""

from __future__ import annotations

import functools
import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from depositor.scan.readers.base import Implausible, Truncated

MAX_BYTES = 64 << 20
MAX_STREAM = 512 << 20  # of an index that is read element by element
MAX_DEPTH = 100
MAX_UNCLOSED = 10_000  # elements of a stream that are open at a time, roughly; comments count too
MAX_OTHERS = 200_000  # elements between two that are wanted
MAX_ELEMENTS = 1_000_000  # 64 MiB of real metadata hold fewer
MAX_NAMES = 1000  # of elements that are remembered
_PIECE = 1 << 16
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)

Element = ET.Element


def parse(data: bytes | str) -> Element:
    """The root of a document with the namespaces taken off its names.

    Raises Implausible for one that is too large or too deep or declares a document type (the way to blow up a
    parser), Truncated where it breaks off, and ParseError for what is no XML.
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise Implausible("XML too large")
    if _DOCTYPE.search(raw) or _DOCTYPE.search(raw.replace(b"\0", b"")):
        raise Implausible("XML with a document type")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", data).encode("utf-8", "replace") if isinstance(data, str) else raw
    try:
        with unswept():
            return _built(text)
    except ET.ParseError as error:
        if "no element found" in str(error) or "unclosed token" in str(error):
            raise Truncated("XML breaks off") from None
        raise


def file(path: Path) -> Element:
    """:func:`parse` of the file at ``path``, which is not read where it is too large. Raises OSError too."""
    if path.stat().st_size > MAX_BYTES:
        raise Implausible("XML too large")
    return parse(path.read_bytes())


@contextmanager
def unswept() -> Iterator[None]:
    """Without the sweeps for unreachable objects, which look at a growing tree again and again: half of the time."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()


def _built(raw: bytes) -> Element:
    # Fed in pieces, so that the limits hold before the whole tree is in memory.
    parser: Any = ET.XMLPullParser(("start", "end"))
    root: Element | None = None
    depth = count = 0
    for at in range(0, len(raw), _PIECE):
        parser.feed(raw[at : at + _PIECE])
        for event, element in parser.read_events():
            if event == "end":
                depth -= 1
                continue
            depth, count = depth + 1, count + 1
            root = element if root is None else root
            element.tag = local(element.tag)
            if depth > MAX_DEPTH or count > MAX_ELEMENTS:
                raise Implausible("XML too deep or too long")
    parser.close()
    if root is None:
        raise Truncated("no XML element")
    return root


def stream(path: Path, wanted: frozenset[str], most_bytes: int = MAX_STREAM) -> Iterator[Element]:
    """The elements with one of the names ``wanted``, one after the other and then forgotten, so that an index of a
    million files needs no memory; names inside them keep their namespace (see :func:`local`). Raises like
    :func:`parse`."""
    if path.stat().st_size > most_bytes:
        raise Implausible("XML too large")
    # Only the ends of elements are asked for, which halves the time; how deep it goes is told by counting brackets.
    parser: Any = ET.XMLPullParser(("end",))
    deep, others, tail = 0, 0, b""
    unwanted: set[str] = set()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if _DOCTYPE.search(tail + piece) or _DOCTYPE.search((tail + piece).replace(b"\0", b"")):
                raise Implausible("XML with a document type")
            tail = piece[-64:]
            deep += piece.count(b"<") - 2 * piece.count(b"</") - piece.count(b"/>")
            if deep > MAX_UNCLOSED:
                raise Implausible("XML too deep")
            parser.feed(piece)
            for _, element in parser.read_events():
                tag = element.tag
                if tag in unwanted:
                    others += 1
                    continue
                if local(tag) not in wanted:
                    others += 1
                    if len(unwanted) < MAX_NAMES:
                        unwanted.add(tag)
                    continue
                yield element
                element.clear()
                others = 0
            if others > MAX_OTHERS:
                raise Implausible("XML too long")
    try:
        parser.close()
    except ET.ParseError:
        raise Truncated("XML breaks off") from None


def until(path: Path, name: str, most_bytes: int) -> Element:
    """The tree of a document up to the end of the first element ``name``; what follows is not read. Raises like
    :func:`parse`, and Truncated where there is no such element."""
    parser: Any = ET.XMLPullParser(("start", "end"))
    root: Element | None = None
    depth = 0
    with path.open("rb") as file:
        end = b""
        while (piece := file.read(_PIECE)) and file.tell() <= most_bytes + _PIECE:
            if _DOCTYPE.search((end + piece).replace(b"\0", b"")):
                raise Implausible("XML with a document type")
            end = piece[-64:]
            parser.feed(piece)
            for event, element in parser.read_events():
                if event == "start":
                    element.tag = local(element.tag)
                    root = element if root is None else root
                elif element.tag == name and root is not None:
                    return root
                depth += 1 if event == "start" else -1
                if depth > MAX_DEPTH:
                    raise Implausible("XML too deep")
    if piece:
        raise Implausible("XML without what it should hold")
    raise Truncated("XML breaks off")


@functools.lru_cache(maxsize=4096)
def local(tag: str) -> str:
    """``{namespace}Image`` -> ``Image``."""
    return tag.rpartition("}")[2]


def child(element: Element | None, path: str) -> Element | None:
    """The first element at ``A/B/C`` below ``element``, or None."""
    return None if element is None else element.find(path)


def children(element: Element | None, path: str) -> Iterator[Element]:
    """All elements at ``A/B/C`` below ``element``."""
    return iter(()) if element is None else element.iterfind(path)


def value(element: Element | None, path: str) -> str | None:
    """The text at ``A/B``, stripped, or None where there is none."""
    found = child(element, path)
    return found.text.strip() or None if found is not None and found.text else None


def attribute(element: Element | None, *names: str) -> str | None:
    """The first of the attributes that is there and says something, or None."""
    if element is None:
        return None
    return next((v.strip() for n in names if (v := element.get(n)) and v.strip()), None)
