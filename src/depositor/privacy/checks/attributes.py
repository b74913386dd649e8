"""What systems say of a file beside its content: where it was downloaded, comments, tags. One reader for all places.

Source: Apple, Metadata attributes; freedesktop.org, Common Extended Attributes.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from xml.parsers.expat import ExpatError

from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.texts.slots import decoded

BROKEN_LIST = (plistlib.InvalidFileException, ExpatError, ValueError, KeyError, IndexError, TypeError, OverflowError,
               RecursionError, AttributeError)  # fmt: skip
MOST = 1 << 20  # bytes of one attribute that are read
_ADDRESS = re.compile(r"^(?:https?|ftp|file|smb|message|mailto):", re.IGNORECASE)
_RUN = re.compile(rb"[\x20-\x7e]{8,}")  # what can be read in a list that is damaged
_SENDER = re.compile(r"^([^<>]{2,80})<[^<>@\s]+@[^<>\s]+>$")
_LABELS = {
    "kMDItemFinderComment": "comment",
    "kMDItemAuthors": "author",
    "kMDItemCreator": "software",
    "xdg.comment": "comment",
    "dublincore.creator": "creator",
    "kMDItemUserTags": "keywords",
    "_kMDItemUserTags": "keywords",
}


def spots(name: str, value: bytes, place: str) -> Iterator[Spot]:
    """What the attribute ``name`` with ``value`` says."""
    short = name.rsplit(":", 1)[-1].removeprefix("user.")
    label = _LABELS.get(short, "")
    for number, text in enumerate(texts(value[:MOST])):
        kind = Kind.ORIGIN if _ADDRESS.match(text) else None
        if "quarantine" in name:
            text, kind = text.split(";")[-2] if text.count(";") >= 3 else text, None
        where = f"{place}:{short}" + (f":{number}" if number else "")
        sender = _SENDER.match(text)
        if sender:
            yield Spot(f"{where}:name", "", sender[1].strip(' "'), Kind.STAFF_NAME, ())
        if text.strip() and not text.isdigit():
            yield Spot(where, label, text[sender.end(1) :] if sender else text, kind, ())


def texts(value: bytes) -> Iterator[str]:
    """The texts in a property list, or the value itself where it is text."""
    if value.startswith((b"bplist00", b"<?xml")):
        with suppress(*BROKEN_LIST):  # then it is taken as text
            yield from _leaves(plistlib.loads(value))
            return
    text = decoded(value).strip("\0")
    if text.isprintable() or "\n" in text:
        yield text
    else:
        yield from (run[0].decode("ascii") for run in _RUN.finditer(value))


def _leaves(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)) and depth < 12:
        for item in value:
            yield from _leaves(item, depth + 1)
    elif isinstance(value, dict) and depth < 12:
        for key, item in value.items():
            if isinstance(item, str):
                yield f"{key}: {item}" if not _ADDRESS.match(item) else item
            else:
                yield from _leaves(item, depth + 1)
