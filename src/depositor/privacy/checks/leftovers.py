"""What systems and programs leave in folders: lock files, AppleDouble, .DS_Store, Thumbs.db, desktop.ini, swap files.

None of them belongs into a deposit: the advice is to leave them out, so that there is no remedy.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from depositor.privacy import judge
from depositor.privacy.checks import attributes, remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import forms
from depositor.privacy.texts.compound import MAGIC, CompoundFile
from depositor.privacy.texts.extents import Extents
from depositor.privacy.texts.slots import decoded

LARGEST = 16 << 20  # bytes that are read
BROKEN = (ValueError, struct.error, IndexError, KeyError, zlib.error, OverflowError, *attributes.BROKEN_LIST)
Read = Callable[[bytes, Path], Iterator[Spot]]
_RECORD = re.compile(rb"(?:long|shor|bool|blob|type|ustr|comp|dutc)")
_WIDE = re.compile(rb"(?:[\x20-\x7e\xa0-\xff][\x00-\x04]){4,}")
_OFFICE_LOCK = re.compile(r"^~\$.*\.(?:doc|xls|ppt|pps|pot|dot|rtf|vsd)\w?$", re.IGNORECASE)
_ZONE = re.compile(r"[.:_]Zone\.Identifier$", re.IGNORECASE)


def _text(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return decoded(raw)


def libre_lock(raw: bytes, path: Path) -> Iterator[Spot]:
    """Who has a document open, where, and where that person's settings lie."""
    labels = (("name", Kind.STAFF_NAME), ("user", Kind.USER_NAME), ("host", Kind.HOST), ("date", None), ("path", None))
    text = re.split(r"(?<!\\);", _text(raw).strip())[0]
    for (label, kind), value in zip(labels, re.split(r"(?<!\\),", text), strict=False):
        if value.strip():
            yield Spot(
                f"lock:{label}",
                "" if label == "path" else label,
                value.replace("\\,", ",").removeprefix("file://"),
                kind,
                (),
            )


def office_lock(raw: bytes, path: Path) -> Iterator[Spot]:
    """Who has a document open: a length and a name, once in the system's letters and once in UTF-16."""
    wide = next((raw[at : at + 2 * raw[at - 2]] for at in (57, 56) if len(raw) > at and 0 < raw[at - 2] < 55), b"")
    plain = raw[1 : 1 + min(raw[0], 54)] if raw else b""
    name = wide.decode("utf-16-le", "replace").strip("\0 ") or plain.decode("latin-1").strip("\0 ")
    if name:
        kind = Kind.USER_NAME if re.fullmatch(r"[a-z][\w.-]{2,}", name) else Kind.STAFF_NAME
        yield Spot("lock:name", "", name, kind, ())


def apple_double(raw: bytes, path: Path) -> Iterator[Spot]:
    """Comments, the real name, and attributes of a file of a Mac. Source: AppleSingle/AppleDouble formats, RFC 1740."""
    count = int.from_bytes(raw[24:26], "big")
    for number in range(min(count, 64)):
        kind, offset, length = struct.unpack_from(">III", raw, 26 + 12 * number)
        body = raw[offset : offset + length]
        if kind in (3, 4) and body:
            yield Spot("name" if kind == 3 else "comment", "name" if kind == 3 else "comment", decoded(body), None, ())
        elif kind == 9:
            yield from _mac_attributes(raw, offset, length)
        elif kind == 2 and length > 286:
            parts = (m[0].decode("latin-1") for m in re.finditer(rb"[\x20-\x7e]{8,}", body))
            yield from (Spot("resources", "", text, None, ()) for text in parts)


def _mac_attributes(raw: bytes, offset: int, length: int) -> Iterator[Spot]:
    """Attributes stand behind the word ATTR in the entry for the Finder."""
    start = raw.find(b"ATTR", offset, offset + length)
    if start < 0:
        return
    count = int.from_bytes(raw[start + 34 : start + 36], "big")
    at = start + 36
    for _ in range(min(count, 256)):
        where, size, _flags, letters = struct.unpack_from(">IIHB", raw, at)
        name = raw[at + 11 : at + 11 + letters].strip(b"\0").decode("utf-8", "replace")
        yield from attributes.spots(name, raw[where : where + size], "attribute")
        at += (11 + letters + 3) // 4 * 4


def finder_folder(raw: bytes, path: Path) -> Iterator[Spot]:
    """Names of the files of a folder, also of files that are gone, and comments. Source: Wim Lewis, DS_Store format."""
    seen: set[str] = set()
    for match in _RECORD.finditer(raw):
        end = match.start() - 4
        for count in range(1, 256):
            at = end - 2 * count
            if at >= 4 and raw[at - 4 : at] == count.to_bytes(4, "big"):
                name = raw[at:end].decode("utf-16-be", "replace")
                if name.isprintable() and name not in seen:
                    seen.add(name)
                    yield Spot(f"name:{len(seen)}", "name", name, None, ())
                break
        if match[0] == b"ustr":
            size = 2 * int.from_bytes(raw[match.end() : match.end() + 4], "big")
            comment = raw[match.end() + 4 : match.end() + 4 + size].decode("utf-16-be", "replace")
            yield Spot(f"comment:{match.start()}", "comment", comment, None, ())


def thumbnails(raw: bytes, path: Path) -> Iterator[Spot]:
    """Names and small pictures of the files of a folder, also of files that are gone."""
    file = io.BytesIO(raw)
    pictures = 0
    for stream in CompoundFile(file).streams():
        if not stream.path.rsplit("/", 1)[-1].lower().startswith("catalog"):
            pictures += stream.size > 256
            continue
        body = Extents(file, stream.pieces).read()
        for number, match in enumerate(_WIDE.finditer(body)):
            yield Spot(f"name:{number}", "name", match[0].decode("utf-16-le"), None, ())
    if pictures:
        yield Spot("pictures", "", f"{pictures} preview pictures", Kind.PREVIEW_PICTURE, ())


def settings(raw: bytes, path: Path) -> Iterator[Spot]:
    """desktop.ini and its like: the words that a folder shows are made up by a person."""
    for part in forms.lines(_text(raw)):
        made_up = part.label.casefold() in ("infotip", "localizedresourcename", "name", "comment")
        address = part.label.casefold() in ("referrerurl", "hosturl", "url", "baseurl")
        kind = Kind.ORIGIN if address and "://" in part.text else None
        yield Spot(part.location, "name" if made_up else "" if address else part.label, part.text, kind, ())


def swap_file(raw: bytes, path: Path) -> Iterator[Spot]:
    """Who edits which file where, and what stood in it. Source: Vim, memline.c, block 0."""
    fields = (("user", 28, 40, Kind.USER_NAME), ("host", 68, 40, Kind.HOST), ("file", 108, 890, None))
    for label, at, size, kind in fields:
        text = decoded(raw[at : at + size].split(b"\0", 1)[0])
        if text.strip():
            yield Spot(f"swap:{label}", "" if label == "file" else label, text, kind, ())
    for match in re.finditer(rb"[^\x00-\x08\x0e-\x1f]{8,}", raw[4096:]):
        for part in forms.lines(decoded(match[0])):
            yield Spot(f"swap:text:{match.start()}:{part.location}", part.label, part.text, None, ())


def property_list(raw: bytes, path: Path) -> Iterator[Spot]:
    """Binary property lists: saved addresses (.webloc) and settings."""
    for number, text in enumerate(attributes.texts(raw)):
        kind = Kind.ORIGIN if path.suffix == ".webloc" and "://" in text else None
        yield Spot(f"list:{number}", "", text, kind, ())


def version_object(raw: bytes, path: Path) -> Iterator[Spot]:
    """One object of a Git folder: who committed what. Blobs are files; their text is looked at as lines."""
    text = decoded(zlib.decompressobj().decompress(raw, 1 << 20))
    for part in forms.lines(text.partition("\0")[2]):
        who = re.match(r"(?:author|committer|tagger) (.*?) <", part.text)
        if who:
            yield Spot(f"git:{part.location}:name", "", who[1], Kind.STAFF_NAME, ())
        rest = part.text[who.end(1) :] if who else part.text
        yield Spot(f"git:{part.location}", part.label, rest, None, ())


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Reads each sort of leftover in its own way."""

    id: str = "leftover"

    def claims(self, path: Path, head: bytes) -> bool:
        return _reader(path, head) is not None

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        read = _reader(path, raw[:2048])
        left = [remarks.limits(shown)] if len(raw) > LARGEST else []
        spots: list[Spot] = []
        try:
            spots += read(raw[:LARGEST], path) if read else ()
        except BROKEN:
            left.append(remarks.damaged(shown))
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))


def _reader(path: Path, head: bytes) -> Read | None:
    by_head = next((read for magic, at, read in _HEADS if head[at : at + len(magic)] == magic), None)
    return by_head or _by_name(path, head)


def _by_name(path: PurePath, head: bytes) -> Read | None:
    name = path.name
    if name.startswith(".~lock.") and name.endswith("#"):
        return libre_lock
    if _OFFICE_LOCK.match(name) and len(head) in range(100, 200):
        return office_lock
    if name.lower() in ("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db") and head.startswith(MAGIC):
        return thumbnails
    if name.lower() in ("desktop.ini", ".directory", "folder.ini") or _ZONE.search(name):
        return settings
    if path.parent.parent.name == "objects" and ".git" in path.parts and head[:1] == b"\x78":
        return version_object
    return None


_HEADS: tuple[tuple[bytes, int, Read], ...] = (
    (b"\x00\x05\x16\x07\x00\x02", 0, apple_double),
    (b"\x00\x05\x16\x00\x00\x02", 0, apple_double),
    (b"\x00\x00\x00\x01Bud1", 0, finder_folder),
    (b"b0VIM ", 0, swap_file),
    (b"bplist00", 0, property_list),
)

LEFTOVERS = Leftovers()
