"""What some files of a deposit teach about the others: names, numbers, and what stands beside a patient."""

from __future__ import annotations

from collections.abc import Sequence

from depositor.draft.finding import Finding, Level, Subject
from depositor.privacy import judge
from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known, known_from
from depositor.privacy.words import persons

MOST = 5000
_NAMES = frozenset(
    {
        Kind.PATIENT_NAME,
        Kind.STAFF_NAME,
        Kind.PERSON_NAME,
        Kind.USER_NAME,
        Kind.PATIENT_NUMBER,
        Kind.NATIONAL_NUMBER,
        Kind.CASE_NUMBER,
        Kind.PATIENT_CONTACT,
        Kind.MAIL,
        Kind.BIRTH_DATE,
    }
)
_BESIDE = frozenset({Kind.INSTITUTION, Kind.HOST, Kind.SERIAL})


class Lesson:
    """Gathers values file by file; bounded, so that a million files teach no more than memory holds."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[Kind, str], None] = {}

    def add(self, findings: Sequence[Finding]) -> None:
        """Learn from the findings of one file."""
        if len(self._pairs) >= MOST:
            return
        patient = any(
            f.check == "dicom" and f.level is Level.BLOCKER and f.subject is Subject.PATIENT for f in findings
        )
        for finding in findings:
            kind, text = judge.kind_in_key(finding.key), finding.evidence or ""
            if kind in _NAMES and len(text) <= judge.SHORT:
                self._pairs[kind, text] = None
            elif patient and finding.check == "dicom" and kind is Kind.DATE:
                self._pairs[Kind.LINKED_DATE, text[:8]] = None
            elif patient and finding.check == "dicom" and kind in _BESIDE and not persons.is_ordinary(text):
                self._pairs[Kind.LINKED, text] = None

    def known(self) -> Known:
        """What to search for in all files."""
        return known_from(self._pairs)
