"""What is done with a file of a kind that no check knows: readable pieces of its bytes are judged by sure rules.

Chance writes short words into packed data, so that only what cannot be chance counts: mails, paths, numbers and names
beside a word that says what they are, and values that were learnt elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from depositor.draft.finding import Finding
from depositor.privacy import judge
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import forms
from depositor.privacy.texts.forms import Part
from depositor.privacy.words import labels

WINDOW = 4 * 1024 * 1024  # bytes that are searched at once
OVERLAP = 4096
WHOLE = 64 * 1024 * 1024  # files up to this size are searched from end to end, of others as much at both ends together
BESIDE = 120  # characters at both sides of plain letters that may belong to them
MOST_FOREIGN = 100  # words of other scripts that are searched
MOST = 20_000  # pieces that are judged
_SURE = frozenset(
    {
        *(Kind.MAIL, Kind.USER_PATH, Kind.NATIONAL_NUMBER, Kind.PATIENT_NUMBER, Kind.PATIENT_NAME, Kind.BIRTH_DATE),
        *(Kind.PATIENT_CONTACT, Kind.STAFF_NAME, Kind.USER_NAME, Kind.PHONE, Kind.LINKED, Kind.PERSON_NAME, Kind.PATH),
        *(Kind.CASE_NUMBER, Kind.PATIENT_TEXT),
    }
)
_CUE = re.compile(
    r"@[\w-]+\.|[\\/]users[\\/]|/home/|documents and settings|file:///"
    r"|patient|pat(?:ient)?[ _]?id|\bmrn|name\s*[:=]|birth|\bdob\b|born"
    r"|\bgeb|\bssn\b|\bnhs\b|user ?name|operator|author|owner|creator|technician|accession|\btel|phone|\bdr\.? "
    r"|prof\.? |nacimiento|naissance|naam|nombre|nom\s*[:=]|\bpesel\b|\bbsn\b|\bdni\b|personnummer|患者|氏名|姓名|환자",
    re.IGNORECASE,
)
_FOREIGN = ("患者", "氏名", "姓名", "환자", "المريض")
_CORES = (
    ("utf-8", 1, re.compile(rb"[\x20-\x7e]{8,}")),
    ("utf-16-le", 2, re.compile(rb"(?:[\x20-\x7e]\0){4,}")),
    ("utf-16-be", 2, re.compile(rb"(?:\0[\x20-\x7e]){4,}")),
)
_NEAR = "\x20-\x7e\u00a1-\u024f\u0370-\u06ff"
_FAR = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_BEFORE = re.compile(rf"[{_NEAR}]*$")
_AFTER = re.compile(rf"[{_NEAR}]*(?:(?<=[:：= {_FAR}])[{_FAR}・　 :：]{{1,24}}[{_NEAR}]*)?")
_PLAIN = re.compile(r"[\w\s.,;:@/\\'\"=()<>+-]")


class Unknown:
    """Finds what it can and says so: every file it looks at is reported as not checked by a reader of its kind."""

    id = "bytes"

    def claims(self, path: Path, head: bytes) -> bool:
        return True

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        size = path.stat().st_size
        if not size:
            return Examination((), (remarks.empty(shown),))
        with path.open("rb") as file:
            spots = list(_gathered(file, size, known))
        remark = remarks.pieces(shown) if size <= WHOLE else remarks.middle(shown)
        found = judge.findings(self.id, shown, spots, known)
        return Examination(tuple(f for f in found if _is_sure(f)), (remark,))


def _is_sure(finding: Finding) -> bool:
    """A number of a case or a path is only sure where a piece is a text, not where it is chance."""
    return judge.kind_in_key(finding.key) in _SURE


def _gathered(file: BinaryIO, size: int, known: Known) -> Iterator[Spot]:
    """The pieces worth judging, each once, within limits."""
    seen: set[tuple[str, str]] = set()
    for start, block in _blocks(file, size):
        for piece in _pieces(block, known):
            for spot in _spots(piece, start, known):
                if (spot.label, spot.text) not in seen:
                    seen.add((spot.label, spot.text))
                    yield spot
                    if len(seen) >= MOST:
                        return


def _blocks(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes]]:
    """(offset, bytes), overlapping a little so that nothing is cut in two."""
    parts = [(0, size)] if size <= WHOLE else [(0, WHOLE // 2), (size - WHOLE // 2, size)]
    for first, last in parts:
        for at in range(first, last, WINDOW):
            file.seek(at, os.SEEK_SET)
            block = file.read(min(WINDOW + OVERLAP, last - at))
            if not block:
                return
            yield at, block


@dataclass(frozen=True, slots=True)
class _Piece:
    """A readable stretch: where it begins, how many bytes a character takes there."""

    offset: int
    step: int
    text: str


def _pieces(block: bytes, known: Known) -> Iterator[_Piece]:
    """Stretches of plain letters in three encodings, made longer by the letters of other scripts beside them."""
    for encoding, step, core in _CORES:
        end = 0
        for match in core.finditer(block):
            if match.start() >= end:
                piece = _whole(block, match.start(), match.end(), encoding, step)
                end = piece.offset + step * len(piece.text)
                yield piece
    for encoding, step, wanted in _foreign(known):
        at = block.find(wanted)
        while at >= 0:
            yield _whole(block, at, at + len(wanted), encoding, step)
            at = block.find(wanted, at + len(wanted))


def _foreign(known: Known) -> Iterator[tuple[str, int, bytes]]:
    """Words of other scripts that are searched as they are."""
    words = [term.split()[0] for term in known.terms if term and not term.isascii()][:MOST_FOREIGN]
    for word in (*_FOREIGN, *words):
        for encoding, step, _core in _CORES:
            yield encoding, step, word.encode(encoding)


def _whole(block: bytes, start: int, end: int, encoding: str, step: int) -> _Piece:
    """The stretch from ``start`` to ``end`` with what belongs to it at both sides."""
    first = max(start - BESIDE * step, 0)
    left = block[first : start if step == 1 else first + (start - first) // 2 * 2]
    if step == 2 and (start - first) % 2:
        left = block[first + 1 : start]
    before = left.decode(encoding, "replace")
    after = block[start : end + BESIDE * step].decode(encoding, "replace")
    count = (end - start) // step if step == 2 else len(block[start:end].decode(encoding, "replace"))
    more = _BEFORE.search(before)
    rest = _AFTER.match(after, count)
    head = more[0] if more and more[0] else ""
    text = head + after[: rest.end() if rest else count]
    return _Piece(start - len(head.encode(encoding, "replace")), step, text)


def _spots(piece: _Piece, start: int, known: Known) -> Iterator[Spot]:
    if len(piece.text) < 4 or not _is_text(piece.text):
        return
    if not _CUE.search(piece.text) and not any(True for _ in known.hits(piece.text)):
        return
    for part in forms.lines(piece.text):
        yield from _spot(part, start + piece.offset + piece.step * part.start)


def _spot(part: Part, at: int) -> Iterator[Spot]:
    label = part.label if labels.kind_of(part.label) or labels.is_perhaps_staff(part.label) else ""
    if len(part.text) >= 3:
        yield Spot(f"byte:{at}", label, part.text[:2000], None, ())


def _is_text(text: str) -> bool:
    """True for what somebody could have written: chance gives signs of all kinds."""
    plain = len(_PLAIN.findall(text[:400]))
    return plain >= 0.85 * min(len(text), 400)


UNKNOWN = Unknown()
