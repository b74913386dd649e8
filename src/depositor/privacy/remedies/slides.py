"""TIFF and slides: texts are overwritten in place; pictures of label and glass are overwritten and taken out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import Finding
from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy import troubles
from depositor.privacy.checks.tiff import TIFF
from depositor.privacy.known import Known
from depositor.privacy.policy import Policy
from depositor.privacy.remedies import tiff_boxes, tiff_pages
from depositor.privacy.texts.documents import Wanted
from depositor.privacy.tiff import slide_pictures, slide_xml
from depositor.privacy.tiff.gaps import UNLINKED, claimed
from depositor.privacy.tiff.tags import Tiff

_SOURCES = (slide_pictures.LABEL, slide_pictures.MACRO, slide_pictures.THUMBNAIL)


class TiffRemedy:
    """Works on any open file: only what goes is touched, so that a large slide costs no more than a small one."""

    def mend(self, copy: Path, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        with copy.open("r+b") as file:
            return self.mend_file(file, shown, wanted, known, policy)

    def blank(self, copy: Path, shown: str, regions: Sequence[Region]) -> tuple[str, ...]:
        return tiff_boxes.blank(copy, shown, regions)

    def mend_file(self, file: BinaryIO, shown: str, wanted: Wanted, known: Known, policy: Policy) -> tuple[str, ...]:
        found = TIFF.look(file, shown, known).findings
        pictures = [f.location or "" for f in found if _is_picture(f) and wanted(f)]
        changed = TIFF.mend_file(file, shown, wanted, known)
        tiff = Tiff(file)
        _unlinked(tiff, {p.split(":")[1] for p in pictures if p.startswith(f"tiff:{UNLINKED}")})
        _encoded(tiff, {p.split(":")[3] for p in pictures if p.count(":") == 3})
        pages = {int(p.split(":")[1]) for p in pictures if p.count(":") == 2 and p.split(":")[1].isdecimal()}
        try:
            tiff_pages.remove(tiff, pages)
        except ValueError as error:
            raise Damaged(troubles.no_remedy(shown)) from error
        return (*changed, *pictures)


def _is_picture(finding: Finding) -> bool:
    """True for pages and pictures that a finding is about as a whole."""
    parts = (finding.location or "").split(":")
    if parts[0] != "tiff" or len(parts) < 3:
        return False
    if parts[1].startswith(UNLINKED):
        return parts[2] == "picture"
    return parts[-1] in _SOURCES and "Photoshop" not in parts


def _unlinked(tiff: Tiff, names: set[str]) -> None:
    """Overwrite pages that were no longer in the chain."""
    if not names:
        return
    found = (tiff.directory(int(name.removeprefix(UNLINKED)), name) for name in names)
    pages = [page for page, _following in filter(None, found)]
    tiff_pages.erase(tiff, pages, claimed(tiff, list(tiff.directories()), near=0).sorted())


def _encoded(tiff: Tiff, sources: set[str]) -> None:
    """Take pictures out of Philips' XML, which keeps its length."""
    first = next(tiff.directories(), None) if sources else None
    entry = first.get(tiff_pages.DESCRIPTION) if first else None
    if first and entry:
        text = slide_xml.without_encoded(slide_pictures.description(tiff, first), sources)
        tiff.file.seek(entry.offset)
        tiff.file.write(text.encode("latin-1"))
