"""What a cleaned copy goes without."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from depositor.draft.finding import Finding, Level, Subject
from depositor.privacy.judge import kind_in_key
from depositor.privacy.kinds import Kind


class Option(StrEnum):
    """Options of the DICOM confidentiality profile by their code of CID 7050. Source: PS3.15 Annex E.3."""

    CLEAN_PIXELS = "113101"
    CLEAN_FACES = "113102"
    CLEAN_GRAPHICS = "113103"
    CLEAN_STRUCTURED = "113104"
    CLEAN_DESCRIPTORS = "113105"
    FULL_DATES = "113106"
    MODIFIED_DATES = "113107"
    PATIENT_CHARACTERISTICS = "113108"
    DEVICE = "113109"
    UIDS = "113110"
    SAFE_PRIVATE = "113111"
    INSTITUTION = "113112"


_ALWAYS = frozenset({Kind.PERSON_NAME, Kind.MAYBE_NAME})
_NEVER = frozenset({Kind.PSEUDONYM})


@dataclass(frozen=True, slots=True)
class Policy:
    """Which findings are cleaned: those about ``subjects``, of level "advice" or more.

    ``secret`` belongs to one run: replacements (UIDs, pseudonyms, names of files) are equal for equal originals within
    the run and cannot be computed without it. It never goes into a copy. ``options`` say how DICOM is treated beyond
    the basic profile.
    """

    name: str
    subjects: frozenset[Subject]
    options: frozenset[Option] = frozenset()
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def wants(self, finding: Finding) -> bool:
        """True where this policy takes out what ``finding`` is about."""
        kind = kind_in_key(finding.key)
        if kind in _NEVER or finding.level is Level.INFO:
            return False
        if kind in _ALWAYS:
            return Subject.PATIENT in self.subjects
        return finding.subject in self.subjects

    def keeping(self, subjects: Iterable[Subject]) -> Policy:
        """The same policy that leaves findings about ``subjects`` as they are (``--keep``)."""
        return replace(self, subjects=self.subjects - frozenset(subjects))

    def fresh(self) -> Policy:
        """The same policy with a new secret, for a new run."""
        return replace(self, secret=secrets.token_bytes(32))

    def tag(self, text: str, length: int = 8) -> str:
        """``length`` hexadecimal digits that stand for ``text`` in this run."""
        return hmac.new(self.secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:length]

    def uid(self, uid: str) -> str:
        """A new DICOM UID under 2.25 that stands for ``uid`` in this run."""
        digest = hmac.new(self.secret, b"uid:" + uid.encode("ascii", "replace"), hashlib.sha256).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    def shift_days(self, patient: str) -> int:
        """By how many days all dates of ``patient`` move back in this run: the same for all files, 1 to 3650."""
        digest = hmac.new(self.secret, b"shift:" + patient.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return 1 + int.from_bytes(digest[:8], "big") % 3650


PUBLIC = Policy("public", frozenset({Subject.PATIENT, Subject.STAFF, Subject.PLACE}))
"""For public archives: nothing about patients and staff; names, numbers, mails, user names, paths, positions."""

POLICIES = {"public": PUBLIC, "patients": Policy("patients", frozenset({Subject.PATIENT, Subject.PLACE}))}
