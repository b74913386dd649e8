"""Files that hold files, and the chunks of image folders: what can be said of them without unpacking pixels."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from depositor.privacy import documents, forms, judge
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.known import NOTHING_KNOWN, Known

MOST_MEMBERS = 100_000
_OFFICE = re.compile(
    r"^(?:docProps/\w+\.xml|meta\.xml|xl/sharedStrings\.xml|word/\w+\.xml|content\.xml|xl/comments.*\.xml)$"
)
_CHUNK = re.compile(r"^(?:c|\d+|\d+(?:[./]\d+)*)$")
_OTHERS = (b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zX")


class ZipCheck:
    """Names of the members; of office documents the texts and the names of their writers too."""

    id = "zip"

    def claims(self, path: Path, head: bytes) -> bool:
        return head[:4] == b"PK\x03\x04"

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        try:
            with zipfile.ZipFile(path) as archive:
                spots = list(_members(archive))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return Examination((), (remarks.damaged(shown),))
        return Examination(judge.findings(self.id, shown, spots, known), (remarks.archive(shown),))


def _members(archive: zipfile.ZipFile) -> Iterator[Spot]:
    for info in archive.infolist()[:MOST_MEMBERS]:
        yield Spot(f"zip:{info.filename}", "name", PurePosixPath(info.filename).as_posix(), None, ())
        if _OFFICE.match(info.filename) and info.file_size < 32 * 1024 * 1024:
            text = archive.read(info).decode("utf-8", "replace")
            for spot in documents.spots_of(list(forms.xml(text)), f"zip:{info.filename}"):
                yield Spot(spot.location, spot.label, spot.text, None, ())


class OtherArchives:
    """Archives that are not opened: said, not passed over."""

    id = "packed"

    def claims(self, path: Path, head: bytes) -> bool:
        return head[:4] in _OTHERS or head[:2] == b"\x1f\x8b" or head[:3] == b"BZh" or head[257:262] == b"ustar"

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        return Examination((), (remarks.archive(shown),))


class Chunks:
    """Chunks of Zarr and N5 folders: compressed pixels. The whole folder gives one remark, not one per chunk."""

    id = "chunk"

    def claims(self, path: Path, head: bytes) -> bool:
        return image_folder(path) is not None and _CHUNK.match(path.name) is not None

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        parts = shown.split("/")
        ends = [at for at, part in enumerate(parts) if part.lower().endswith((".zarr", ".n5"))]
        root = "/".join(parts[: ends[0] + 1]) if ends else shown
        return Examination((), (remarks.chunk(root),))


def image_folder(path: Path) -> Path | None:
    """The outermost Zarr or N5 folder that ``path`` lies in."""
    found = [p for p in path.parents if p.name.lower().endswith((".zarr", ".n5"))]
    return found[-1] if found else None


ZIP, OTHERS, CHUNKS = ZipCheck(), OtherArchives(), Chunks()
