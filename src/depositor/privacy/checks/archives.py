"""Archives: names of members, owners, comments, and the members themselves, looked at by the checks of their kind."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from depositor.privacy import judge, learning
from depositor.privacy.checks import nested, remarks
from depositor.privacy.checks.nested import Budget, Outer
from depositor.privacy.checks.ports import Check
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known

MOST_RATIO = 1000  # a member that grows more than this is a bomb, not data
SMALL = 16 << 20
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, EOFError, OSError),
    *(
        NotImplementedError,
        RuntimeError,
        ValueError,
        struct.error,
        KeyError,
        IndexError,
        OverflowError,
        MemoryError,
        TypeError,
    ),
)
Look = Callable[[Path, str, Known], Examination]


class ZipCheck:
    """Zip files: comments, names, and every member that can be unpacked within limits."""

    id = "zip"

    def claims(self, path: Path, head: bytes) -> bool:
        return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        return _twice(_zip, path, shown, known)


def _zip(path: Path, shown: str, known: Known) -> Examination:
    outer, budget = Outer("zip", shown), Budget()
    parts: list[Examination] = []
    try:
        with zipfile.ZipFile(path) as archive, nested.room() as room:
            spots = [Spot("zip:comment", "comment", _text(archive.comment))] if archive.comment else []
            for info in archive.infolist():
                if not budget.take():
                    break
                if info.comment:
                    spots.append(Spot(f"{info.filename}:comment", "comment", _text(info.comment)))
                parts.append(Examination(outer.name(info.filename, known)))
                if not info.is_dir():
                    parts.append(_zip_member(archive, info, outer, budget, room, known))
    except BROKEN:
        parts.append(Examination((), (remarks.damaged(shown),)))
        spots = []
    if budget.spent:
        parts.append(Examination((), (remarks.limits(shown),)))
    parts.insert(0, Examination(judge.findings("zip", shown, spots, known)))
    return nested.together(parts)


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, outer: Outer, budget: Budget, room: Path, known: Known
) -> Examination:
    if info.flag_bits & 1:
        return Examination((), (remarks.encrypted(outer.shown),))
    if nested.too_deep():
        return Examination((), (remarks.archive(outer.shown),))
    if is_bomb(info):
        return Examination((), (remarks.limits(outer.shown),))
    try:
        with archive.open(info) as source:
            return looked_at(source, info.filename, outer, budget, room, known)
    except BROKEN:
        return Examination((), (remarks.damaged(outer.shown),))


def is_bomb(info: zipfile.ZipInfo) -> bool:
    """True for a member that says of itself that it grows beyond all measure."""
    return info.file_size > SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1)


def looked_at(source: IO[bytes], name: str, outer: Outer, budget: Budget, room: Path, known: Known) -> Examination:
    """Unpack one member, look at it, and throw it away."""
    path = nested.place_for(room, name)
    try:
        whole = budget.copy(source, path)
        found = outer.look(path, name, known)
    finally:
        path.unlink(missing_ok=True)
    if whole:
        return found
    return Examination(found.findings, (*found.not_checked, remarks.limits(outer.shown)))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class TarCheck:
    """Tar files, packed ones too: names, owners, links, and the members."""

    id = "tar"

    def claims(self, path: Path, head: bytes) -> bool:
        if head[257:262] == b"ustar":
            return True
        name = path.name.lower()
        packed = head[:2] == b"\x1f\x8b" or head[:3] == b"BZh" or head[:5] == b"\xfd7zXZ"
        return packed and name.endswith((".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz"))

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        return _twice(_tar, path, shown, known)


def _tar(path: Path, shown: str, known: Known) -> Examination:
    outer, budget = Outer("tar", shown), Budget()
    parts: list[Examination] = []
    spots: dict[Spot, None] = {}
    try:
        with tarfile.open(path, "r|*") as archive, nested.room() as room:
            for info in archive:
                if not budget.take():
                    break
                spots.update(dict.fromkeys(_owner(info)))
                parts.append(Examination(outer.name(info.name, known)))
                if info.isfile():
                    parts.append(_tar_member(archive, info, outer, budget, room, known))
    except BROKEN:
        parts.append(Examination((), (remarks.damaged(shown),)))
    if budget.spent:
        parts.append(Examination((), (remarks.limits(shown),)))
    parts.insert(0, Examination(judge.findings("tar", shown, spots, known)))
    return nested.together(parts)


def _owner(info: tarfile.TarInfo) -> list[Spot]:
    """Who owned the member, once for each owner; where a link leads; what further headers say."""
    spots = [Spot("tar:owner", "owner", info.uname, Kind.USER_NAME)] if info.uname else []
    spots += [Spot("tar:group", "", info.gname)] if info.gname else []
    spots += [Spot(f"{info.name}:link", "", info.linkname)] if info.linkname else []
    extra = {k: v for k, v in info.pax_headers.items() if k not in ("path", "uname", "gname", "linkpath", "size")}
    return spots + [Spot(f"{info.name}:{key}", key.rsplit(".", 1)[-1], str(value)) for key, value in extra.items()]


def _tar_member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, outer: Outer, budget: Budget, room: Path, known: Known
) -> Examination:
    if nested.too_deep():
        return Examination((), (remarks.archive(outer.shown),))
    source = archive.extractfile(info)
    return looked_at(source, info.name, outer, budget, room, known) if source else Examination()


@dataclass(frozen=True, slots=True)
class PackedCheck:
    """One packed file (gzip, bzip2, xz): its own head and what is packed."""

    id: str
    magic: bytes
    endings: tuple[str, ...]

    def claims(self, path: Path, head: bytes) -> bool:
        return head.startswith(self.magic)

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        outer, budget = Outer(self.id, shown), Budget(member_bytes=256 << 20)
        spots = _gzip_head(path) if self.id == "gzip" else []
        parts = [Examination(judge.findings(self.id, shown, spots, known))]
        if nested.too_deep():
            return Examination(parts[0].findings, (remarks.archive(shown),))
        try:
            with nested.room() as room, self.opened(path) as source:
                name = self.inner_name(path.name)
                place = nested.place_for(room, name)
                whole = budget.copy(source, place)
                parts.append(outer.look(place, name, known))
                parts += [] if whole else [Examination((), (remarks.limits(shown),))]
        except BROKEN:
            parts.append(Examination((), (remarks.damaged(shown),)))
        return nested.together(parts)

    def inner_name(self, name: str) -> str:
        """The name that the unpacked file would have."""
        end = next((e for e in self.endings if name.lower().endswith(e) and len(name) > len(e)), "")
        return name[: len(name) - len(end)] if end else name

    def opened(self, path: Path) -> BinaryIO:
        """The unpacked bytes as a stream."""
        opener = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[self.id]
        return cast("BinaryIO", opener(path, "rb"))  # type: ignore[operator]


def _gzip_head(path: Path) -> list[Spot]:
    """The name of the original and a comment, as gzip may keep them. Source: RFC 1952."""
    with path.open("rb") as file:
        head = file.read(4096)
    flags, at = (head[3], 10) if len(head) > 10 else (0, 0)
    if flags & 4:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    spots = []
    for flag, place, label in ((8, "gzip:name", "filename"), (16, "gzip:comment", "comment")):
        if flags & flag:
            raw = head[at:].split(b"\0", 1)[0]
            at += len(raw) + 1
            spots.append(Spot(place, label, raw.decode("latin-1")))
    return [s for s in spots if s.text]


class OtherArchives:
    """Archives that are not opened: said, not passed over."""

    id = "packed"

    def claims(self, path: Path, head: bytes) -> bool:
        others = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"MSCF\0\0\0\0")
        return head.startswith(others) or head[7:14] == b"**ACE**" or path.name.lower().endswith((".7z", ".rar"))

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        return Examination((), (remarks.no_unpacker(shown),))


def _twice(look: Look, path: Path, shown: str, known: Known) -> Examination:
    """Look once, and with what one member told of a person once more at all of them."""
    first = look(path, shown, known)
    more = _taught(first, known)
    return first if more is known else look(path, shown, more)


def _taught(found: Examination, known: Known) -> Known:
    lesson = learning.Lesson()
    lesson.add(found.findings)
    terms = lesson.known()
    return known if all(term in known.terms for term in terms.terms) else known | terms


def learnt(check: Check, path: Path, shown: str, known: Known) -> Known:
    """``known`` and what the members of an archive teach about each other."""
    return _taught(check.run(path, shown, known), known)


ZIP, TAR, OTHERS = ZipCheck(), TarCheck(), OtherArchives()
GZIP = PackedCheck("gzip", b"\x1f\x8b", (".gz",))
BZIP2 = PackedCheck("bzip2", b"BZh", (".bz2",))
XZ = PackedCheck("xz", b"\xfd7zXZ\0", (".xz",))
