"""Shortcuts of Windows (.lnk): the folder path, the computer, the network share. Source: Microsoft, [MS-SHLLINK]."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from depositor.privacy import judge
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known

MAGIC = b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"
LARGEST = 1 << 20
_STRINGS = ((0x4, "name"), (0x8, "path"), (0x10, "folder"), (0x20, "arguments"), (0x40, "icon"))


class Shortcuts:
    """Has no remedy: a shortcut leads nowhere on another computer; leave it out."""

    id = "shortcut"

    def claims(self, path: Path, head: bytes) -> bool:
        return head.startswith(MAGIC)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            raw = file.read(LARGEST)
        spots: list[Spot] = []
        left = []
        try:
            spots += _spots(raw)
        except (struct.error, IndexError, ValueError):
            left.append(remarks.damaged(shown))
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))


def _spots(raw: bytes) -> Iterator[Spot]:
    flags = struct.unpack_from("<I", raw, 20)[0]
    at = 76
    if flags & 1:
        size = struct.unpack_from("<H", raw, at)[0]
        yield from _items(raw[at + 2 : at + 2 + size])
        at += 2 + size
    if flags & 2:
        size = struct.unpack_from("<I", raw, at)[0]
        yield from _info(raw[at : at + size])
        at += size
    for flag, label in _STRINGS:
        if flags & flag:
            count = struct.unpack_from("<H", raw, at)[0]
            length = 2 * count if flags & 0x80 else count
            text = raw[at + 2 : at + 2 + length].decode("utf-16-le" if flags & 0x80 else "latin-1", "replace")
            at += 2 + length
            yield Spot(f"lnk:{label}", "name" if label == "name" else "", text, None, ())
    yield from _more(raw, at)


def _items(raw: bytes) -> Iterator[Spot]:
    """The way to the target, folder by folder: names in UTF-16 inside of each item."""
    names = [m[0].decode("utf-16-le") for m in re.finditer(rb"(?:[\x20-\x7e\xa0-\xff]\0){3,}", raw)]
    if names:
        yield Spot("lnk:items", "", "\\" + "\\".join(names), None, ())


def _info(raw: bytes) -> Iterator[Spot]:
    """Local path, volume and network share."""
    if len(raw) < 28:
        return
    _size, _head, flags, volume, local, network, rest = struct.unpack_from("<7I", raw)
    if flags & 1 and 0 < local < len(raw):
        tail = _zero_ended(raw, rest) if 0 < rest < len(raw) else ""
        yield Spot("lnk:target", "", _zero_ended(raw, local) + tail, None, ())
        if 0 < volume < len(raw) - 16:
            label = struct.unpack_from("<I", raw, volume + 12)[0]
            yield Spot("lnk:volume", "name", _zero_ended(raw, volume + label), None, ())
    if flags & 2 and 0 < network < len(raw) - 20:
        name = struct.unpack_from("<I", raw, network + 8)[0]
        share = _zero_ended(raw, network + name)
        tail = _zero_ended(raw, rest) if 0 < rest < len(raw) else ""
        yield Spot("lnk:share", "", f"{share}\\{tail}" if tail else share, Kind.PATH, ())


def _more(raw: bytes, at: int) -> Iterator[Spot]:
    """Blocks at the end; the tracker keeps the computer's name and the address of its network card."""
    for _ in range(32):
        if at + 8 > len(raw):
            return
        size, kind = struct.unpack_from("<II", raw, at)
        if size < 8:
            return
        if kind == 0xA0000003 and size >= 96:
            yield Spot("lnk:computer", "", _zero_ended(raw[at : at + 32], 16), Kind.HOST, ())
            card = raw[at + 16 + 16 + 16 + 10 : at + 16 + 16 + 32]
            if any(card):
                yield Spot("lnk:card", "", ":".join(f"{b:02x}" for b in card), Kind.SERIAL, ())
        at += size


def _zero_ended(raw: bytes, at: int) -> str:
    return raw[at:].split(b"\0", 1)[0].decode("latin-1")


SHORTCUTS = Shortcuts()
