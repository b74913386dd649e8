"""DICOM: every attribute at every depth, after PS3.15 Table E.1-1, with all that stands around the attributes.

The file is read up to its pixel data and behind them, never the pixels themselves (:mod:`dicom_walk`). No flag of the
file is believed: "identity removed" only adds a finding where it is untrue.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import Finding, Level, NotChecked, Subject
from depositor.privacy import judge, names
from depositor.privacy.checks import dicom_documents, dicom_pictures, dicom_spots, nested, remarks, slotted
from depositor.privacy.checks.dicom_documents import EMPTY_PDF as EMPTY_PDF
from depositor.privacy.checks.dicom_spots import PROFILE
from depositor.privacy.dicom import kinds as dicom_kinds
from depositor.privacy.dicom import text as dicom_text
from depositor.privacy.dicom import tree as dicom_tree
from depositor.privacy.dicom.elements import Element
from depositor.privacy.dicom.identity import Identity, identity
from depositor.privacy.dicom.walk import DOCUMENT, PIXELS, Walk
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known

MOST_SPOTS = 100_000
_ENDINGS = frozenset({".dcm", ".dicom", ".ima"})
_META = {
    0x00020016: Kind.HOST,
    0x00020017: Kind.HOST,
    0x00020018: Kind.HOST,
    0x00020026: Kind.HOST,
    0x00020027: Kind.HOST,
    0x00020028: Kind.HOST,
    0x00020102: Kind.PRIVATE,
    0x00020003: Kind.UID,
}
_IDENTIFYING = frozenset({Kind.PATIENT_NAME, Kind.PATIENT_NUMBER, Kind.BIRTH_DATE})
_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WANTED = dicom_pictures.WANTED | {dicom_documents.MIME_TYPE}
_LONGEST_REMEMBERED = 256
_LONG = frozenset({"UT", "UC", "UR", "LT", "ST", "OB", "UN"})
_REGION_SEQUENCES = frozenset({0x00082218, 0x00120064})


@dataclass
class _Look:
    """All that one pass over a file gathered."""

    shown: str
    spots: list[Spot] = field(default_factory=list)
    facts: dict[int, str] = field(default_factory=dict)
    left: list[NotChecked] = field(default_factory=list)
    documents: list[Element] = field(default_factory=list)
    binary: list[Element] = field(default_factory=list)
    private: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[int, bytes]] = field(default_factory=set)

    def take(self, element: Element) -> None:
        """Note what one element tells."""
        tag, raw = element.tag, element.raw
        if tag in _WANTED or element.scope.sequence in _REGION_SEQUENCES:
            self._fact(element)
        if tag >> 24 in (0x50, 0x60) and tag & 0xFFFF == 0x3000:
            self.left.append(remarks.overlay(self.shown))
            return
        if tag == DOCUMENT:
            self.documents.append(element)
            return
        if tag >> 16 & 1:
            named = 0x10 <= tag & 0xFFFF <= 0xFF
            self.private[dicom_text.text_of(element) if named else element.creator] += not named
        if element.length > len(raw) and element.vr in _LONG and tag not in PIXELS:
            self.left.append(remarks.some_texts(self.shown, len(raw) // 1024**2 or 1))
        if raw and element.vr in ("OB", "UN") and not raw.isascii():
            self.binary.append(element)
        if tag not in dicom_spots.ABOUT_EACH_OTHER and len(raw) <= _LONGEST_REMEMBERED:
            if (tag, raw) in self.seen:  # frames of an enhanced object and items of a directory repeat each other
                return
            self.seen.add((tag, raw))
        for spot in dicom_spots.spots_of(element):
            if len(self.spots) < MOST_SPOTS:
                self.spots.append(spot)

    @property
    def mime(self) -> str:
        """The kind of the document inside, as the file names it."""
        return self.facts.get(dicom_documents.MIME_TYPE, "")

    def _fact(self, element: Element) -> None:
        tag = element.tag
        if element.scope.sequence in _REGION_SEQUENCES:
            tag = element.scope.sequence if tag in (0x00080100, dicom_spots.CODE_MEANING) else 0
        if element.vr == "US" and len(element.raw) == 2:
            self.facts.setdefault(tag, str(int.from_bytes(element.raw, "big" if element.big else "little")))
        elif tag and element.raw:
            text = dicom_text.text_of(element)
            self.facts[tag] = f"{self.facts[tag]} {text}" if tag in _REGION_SEQUENCES & self.facts.keys() else text


class DicomCheck:
    """Reads everything but pixels; what is drawn into pixels and overlays is named as not checked."""

    id = "dicom"

    def claims(self, path: Path, head: bytes) -> bool:
        if dicom_tree.looks_like(head):
            return True
        return names.suffix(path.name) in _ENDINGS or path.name.upper() == "DICOMDIR"

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        with path.open("rb") as file:
            walk = Walk(file)
            look = _looked(walk, file, shown)
        if not look.spots and walk.damaged and not walk.pixels:
            look.left.insert(0, remarks.damaged(shown))
        who = identity(
            ((s.kind, s.text) for s in look.spots if s.kind in _IDENTIFYING),
            (s.text[:8] for s in look.spots if s.kind is Kind.DATE),
        )
        spots = [*look.spots, *_seen_again(look, who)]
        together = _with_patient(known, who)
        found = judge.findings(self.id, shown, spots, together)
        parts = [Examination(_claimed(found, look, shown), _once(look.left))]
        parts += [dicom_documents.inside(e, look.mime, shown, together) for e in look.documents]
        return nested.together(parts) if len(parts) > 1 else parts[0]


_last: tuple[Known, Identity, Known] | None = None


def _with_patient(known: Known, who: Identity) -> Known:
    """What is known of other files and of this one's patient; the same object for all files of one patient."""
    global _last
    if _last is not None and _last[0] is known and _last[1] == who:
        return _last[2]
    # what stands beside patients in other files was learnt from files like this one
    together = known.without(Kind.LINKED, Kind.LINKED_DATE) | who.known()
    _last = (known, who, together)
    return together


def _looked(walk: Walk, file: BinaryIO, shown: str) -> _Look:
    """One pass over the file: what stands before, in, and behind its data set."""
    look = _Look(shown)
    look.spots += _preamble(walk.preamble)
    look.spots += _file_meta(walk.meta)
    for element in walk.elements():
        look.take(element)
    for document in look.documents:
        look.spots += dicom_documents.spots(document, look.mime, shown, look.left)
    look.spots += _blocks(look.private)
    look.spots += _rest(walk)
    look.spots += dicom_pictures.spots(look.facts, walk, shown)
    look.spots += dicom_pictures.behind_pixels(look.facts, walk, file)
    if walk.preamble[:4] in _TIFF_MARKS:
        look.spots += _as_tiff(file, look)
    if walk.pixels:
        look.left.insert(0, dicom_pictures.remark(look.facts, shown))
    if walk.damaged and (walk.rest.strip(b"\0") or not walk.rest):  # zeros behind the end are no damage
        look.left.append(remarks.damaged(shown))
    if walk.limited or walk.rest_cut or len(look.spots) >= MOST_SPOTS:
        look.left.append(remarks.limits(shown))
    return look


def _preamble(preamble: bytes) -> Iterator[Spot]:
    text = dicom_text.readable(preamble.strip(b"\0")) if preamble.strip(b"\0") else ""
    if text:
        yield Spot("preamble", "", text, Kind.FREE_TEXT, PROFILE, medical=True)


def _file_meta(meta: list[Element]) -> Iterator[Spot]:
    for element in meta:
        kind = _META.get(element.tag)
        text = dicom_text.text_of(element) if kind or element.private else ""
        if text:
            yield Spot(element.location, "", text, kind or Kind.PRIVATE, PROFILE, medical=True)


def _blocks(private: Counter[str]) -> Iterator[Spot]:
    for creator, count in private.items():
        if not count and (not creator or creator in _makers()):
            continue
        told = creator.replace(" ", "") if creator in _makers() else creator  # SIEMENS MR HEADER is no Mr Header
        yield Spot(f"private:{creator}", "", f"{told}: {count}", Kind.PRIVATE, PROFILE)


@functools.cache
def _makers() -> frozenset[str]:
    """Names under which makers keep their private blocks."""
    from pydicom.datadict import private_dictionaries

    return frozenset(private_dictionaries)


def _rest(walk: Walk) -> Iterator[Spot]:
    """Bytes behind the last element, and of a damaged file those that are no elements any more."""
    rest = walk.rest.strip(b"\0")
    text = dicom_text.readable(rest) if rest else ""
    if text:
        yield Spot("trailing", "", text, Kind.TRAILING, PROFILE, medical=True)


def _seen_again(look: _Look, who: Identity) -> Iterator[Spot]:
    """The patient in other places: a day of birth written in words, a number in a UID, a name in vendors' bytes."""
    if not who.births and not who.numbers and not who.names:
        return
    for spot in look.spots:
        if spot.kind in _IDENTIFYING or spot.kind is Kind.DATE:
            continue
        is_uid = spot.kind is Kind.UID or spot.label.endswith("UID")
        again = who.in_uid(spot.text) if is_uid else who.seen_in(spot.text)
        yield from (Spot(spot.location, spot.label, text, kind, PROFILE, medical=True) for kind, text in again)
    for element in look.binary:
        for kind, text in who.in_bytes(element.raw):
            yield Spot(element.location, "", text, kind, PROFILE, medical=True)


def _claimed(found: tuple[Finding, ...], look: _Look, shown: str) -> tuple[Finding, ...]:
    """The findings, with one more where the file says that the identity was removed and it was not."""
    claims = look.facts.get(dicom_pictures.IDENTITY_REMOVED, "").upper()
    loud = (f for f in found if f.subject is Subject.PATIENT and f.level in (Level.BLOCKER, Level.WARNING))
    untrue = any(judge.kind_in_key(f.key) in dicom_kinds.IDENTITY for f in loud)
    if claims != "YES" or not untrue:
        return found
    key = f"privacy:dicom:{shown}:(0012,0062):{Kind.CLAIM}"
    return (*found, judge.finding_of("dicom", key, Kind.CLAIM, shown, "(0012,0062)", "YES", PROFILE))


def _as_tiff(file: BinaryIO, look: _Look) -> Iterator[Spot]:
    """The tags that programs for pictures read in the same file, where the preamble begins a TIFF file."""
    from depositor.privacy.checks import tiff
    from depositor.privacy.texts import slots
    from depositor.privacy.tiff.tags import Tiff

    try:
        tags = Tiff(file)
        readings = slots.read(file, tiff.slots_of(tags, "preamble!tiff", look.shown, []), medical=True)
    except slotted.BROKEN:
        look.left.append(remarks.damaged(look.shown))
        return
    yield from (replace(spot, remedies=PROFILE) for reading in readings for spot in reading.spots)


def _once(left: list[NotChecked]) -> tuple[NotChecked, ...]:
    return tuple({remark.why.id: remark for remark in left}.values())


DICOM = DicomCheck()
