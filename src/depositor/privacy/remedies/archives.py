"""Archives are packed anew out of cleaned members; one that cannot be cleaned keeps the whole from being sent."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

from depositor.draft.finding import Finding
from depositor.draft.problem import Damaged
from depositor.privacy import troubles
from depositor.privacy.checks import archives, nested
from depositor.privacy.checks.archives import TAR, ZIP, PackedCheck
from depositor.privacy.checks.nested import Budget
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.texts.documents import Wanted

_EARLY = (1980, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class Members:
    """Cleans members one by one and notes which ones changed."""

    shown: str
    wanted: Wanted
    known: Known
    policy: Policy
    budget: Budget
    changed: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def unpacked(self, source: IO[bytes], name: str, room: Path) -> Path:
        """The member as a file, cleaned where something wanted is in it."""
        path = nested.place_for(room, name)
        if not self.budget.copy(source, path):
            raise Damaged(troubles.too_large(self.shown, self.budget.member_bytes >> 20))
        self.mend(path, name)
        return path

    def mend(self, path: Path, name: str) -> None:
        from depositor.privacy import remedies

        with nested.deeper():
            check = nested.check_of(path)
            found = [f for f in check.run(path, self.shown, self.known).findings if self._is_wanted(f)]
            if not found:
                return
            remedy = remedies.remedy_for(check)
            for _ in range(3):  # what stood beside something that went may look different now
                if remedy is None:
                    raise Damaged(troubles.no_remedy(self.shown))
                remedy.mend(path, self.shown, self._is_wanted, self.known, self.policy)
                if not any(map(self._is_wanted, check.run(path, self.shown, self.known).findings)):
                    break
            else:
                raise Damaged(troubles.no_remedy(self.shown))
        self.changed.append(name)

    def _is_wanted(self, finding: Finding) -> bool:
        """DICOM gets its whole profile, wherever it lies; all else what was asked for or belongs to the policy."""
        return self.wanted(finding) or (bool(finding.remedies) and self.policy.wants(finding))

    def renamed(self, member: str) -> str:
        """The name without what it tells of a person, equal for equal names."""
        from depositor.privacy import clean

        return clean.cleaned_name(member, self.policy, self.known)

    def name(self, member: str) -> str:
        """The new name of a member; no two get the same."""
        new = self.renamed(member)
        if new != member:
            self.changed.append(f"{member}:name")
        while new in self.names:
            new += "~"
        self.names.add(new)
        return new


def members_of(shown: str, wanted: Wanted, known: Known, policy: Policy) -> Members:
    """What cleans the members of one archive or document."""
    return Members(shown, wanted, known, policy, Budget(members=50_000, member_bytes=2 << 30, all_bytes=16 << 30))


class ZipRemedy:
    """Comments go, names of members are mended, members are cleaned by the remedies of their kind."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        members = members_of(shown, wanted, archives.learnt(ZIP, copy, shown, known), policy)
        with (
            replacing(copy) as fresh,
            nested.room() as room,
            zipfile.ZipFile(copy) as old,
            zipfile.ZipFile(fresh, "w") as new,
        ):
            for info in {info.filename: info for info in old.infolist()}.values():  # of equal names the last one counts
                _zip_member(old, info, new, members, room)
            if old.comment:
                members.changed.append("zip:comment")
        return tuple(members.changed)


def _zip_member(
    old: zipfile.ZipFile, info: zipfile.ZipInfo, new: zipfile.ZipFile, members: Members, room: Path
) -> None:
    if info.flag_bits & 1 or archives.is_bomb(info) or not members.budget.take():
        raise Damaged(troubles.no_remedy(members.shown))
    fresh = zipfile.ZipInfo(members.name(info.filename), max(info.date_time, _EARLY))
    fresh.external_attr = info.external_attr
    fresh.compress_type = info.compress_type if info.compress_type in (0, 8, 12, 14) else zipfile.ZIP_DEFLATED
    if info.is_dir():
        new.writestr(fresh, b"")
        return
    with old.open(info) as source:
        path = members.unpacked(source, info.filename, room)
    with path.open("rb") as cleaned, new.open(fresh, "w", force_zip64=path.stat().st_size > 1 << 30) as out:
        shutil.copyfileobj(cleaned, out, 1 << 20)
    path.unlink()


class TarRemedy:
    """Owners go, names of members are mended, members are cleaned by the remedies of their kind."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        members = members_of(shown, wanted, archives.learnt(TAR, copy, shown, known), policy)
        with (
            replacing(copy) as fresh,
            nested.room() as room,
            tarfile.open(copy, "r:*") as old,
            _tar_like(copy, fresh) as new,
        ):
            for info in old:
                _tar_member(old, info, new, members, room)
        return ("tar:owner", *members.changed)


@contextmanager
def _tar_like(copy: Path, fresh: Path) -> Iterator[tarfile.TarFile]:
    """A new tar file, packed as the old one is, without the name and the time of the old one."""
    with copy.open("rb") as file:
        head = file.read(6)
    with (
        fresh.open("wb") as raw,
        _packer(raw, head) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        yield new


@contextmanager
def _packer(raw: BinaryIO, head: bytes) -> Iterator[BinaryIO]:
    """What packs as the file did that starts with ``head``."""
    if head[:2] == b"\x1f\x8b":
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            yield cast("BinaryIO", packed)
    elif head[:3] == b"BZh":
        with bz2.BZ2File(raw, "wb") as packed2:
            yield cast("BinaryIO", packed2)
    elif head[:5] == b"\xfd7zXZ":
        with lzma.LZMAFile(raw, "wb") as packed3:
            yield cast("BinaryIO", packed3)
    else:
        yield raw


def _tar_member(
    old: tarfile.TarFile, info: tarfile.TarInfo, new: tarfile.TarFile, members: Members, room: Path
) -> None:
    if not members.budget.take():
        raise Damaged(troubles.no_remedy(members.shown))
    fresh = tarfile.TarInfo(members.name(info.name))
    fresh.mode, fresh.mtime, fresh.type = info.mode, info.mtime, info.type
    if info.issym() or info.islnk():
        if info.linkname.startswith("/") or not info.linkname.isascii():
            return  # leads into somebody's own folders: nobody else has them
        fresh.linkname = members.renamed(info.linkname)
    source = old.extractfile(info) if info.isfile() else None
    if source is None:
        new.addfile(fresh)
        return
    path = members.unpacked(source, info.name, room)
    fresh.type, fresh.size = tarfile.REGTYPE, path.stat().st_size
    with path.open("rb") as cleaned:
        new.addfile(fresh, cleaned)
    path.unlink()


@dataclass(frozen=True, slots=True)
class PackedFileRemedy:
    """One packed file: unpacked, cleaned, packed again without the name in its head."""

    check: PackedCheck

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        members = members_of(shown, wanted, known, policy)
        with replacing(copy) as fresh, nested.room() as room:
            with self.check.opened(copy) as source:
                path = members.unpacked(source, self.check.inner_name(copy.name), room)
            with path.open("rb") as plain, fresh.open("wb") as raw, _packer(raw, self.check.magic) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
        return (f"{self.check.id}:name", *members.changed)


@contextmanager
def replacing(copy: Path) -> Iterator[Path]:
    """A path beside ``copy`` that takes its place where all went well."""
    fresh = copy.with_name(copy.name + "~")
    try:
        yield fresh
        os.replace(fresh, copy)  # noqa: PTH105 - atomic on every system
    except archives.BROKEN as error:
        if isinstance(error, OSError) and not isinstance(error, (gzip.BadGzipFile, tarfile.TarError)):
            raise
        raise ValueError("the archive is damaged") from error
    finally:
        fresh.unlink(missing_ok=True)
