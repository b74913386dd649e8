"""What a check found, and what a person decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from depositor.draft.message import Message


class Level(StrEnum):
    """How much a finding weighs; a blocker stops the seal until it is decided or mended."""

    INFO = "info"
    ADVICE = "advice"
    WARNING = "warning"
    BLOCKER = "blocker"


class Subject(StrEnum):
    """Whom personal data are about."""

    PATIENT = "patient"
    STAFF = "staff"
    SITE = "site"
    PLACE = "place"
    OTHER = "other"


class Choice(StrEnum):
    """What a person decides about a finding."""

    KEEP = "keep"
    CLEAN = "clean"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a validation or a privacy check.

    ``key`` stays the same over re-scans (``privacy:ome-experimenter:raw/a.tif``), so that decisions stick. ``message``
    says what, ``why`` why it matters, ``advice`` what to do. ``path`` is the file (as in the study, ``/`` separated),
    ``location`` the place inside it (``(0010,0010)``, ``tiff:0:Artist``, ``name``) or, for the form, the path of the
    answer (``biosample[0].organism``) to which a face jumps. ``evidence`` is what was seen, unmasked: show it masked
    unless the user asks. ``seen`` is a digest of it with this computer's secret, ``<key>.<digits>``, where the session
    made one: equal texts have equal ones, and a decision keeps it to know later what it was about.
    """

    key: str
    check: str
    level: Level
    message: Message
    why: Message | None = None
    advice: Message | None = None
    path: str | None = None
    location: str | None = None
    subject: Subject | None = None
    evidence: str | None = None
    remedies: tuple[str, ...] = ()
    seen: str | None = None

    def as_json(self, *, show_evidence: bool = False) -> dict[str, Any]:
        """The shape of the contract; ``evidence`` is masked unless asked for."""
        return {
            "key": self.key,
            "check": self.check,
            "level": str(self.level),
            "subject": str(self.subject) if self.subject else None,
            "path": self.path,
            "location": self.location,
            "evidence": self.evidence if show_evidence else mask(self.evidence),
            "message": self.message.english(),
            "why": self.why.english() if self.why else None,
            "advice": self.advice.english() if self.advice else None,
            "remedies": list(self.remedies),
        }


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A file or a part of one that no check covers: silence would be a lie."""

    path: str
    why: Message

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "why": self.why.english()}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a finding (its key, or that of a group): who, when (ISO 8601, UTC) and why.

    ``seen`` is the finding's digest then; ``size`` the bytes of its file, by which a renamed file is known again.
    """

    finding: str
    choice: Choice
    why: str
    by: str
    at: str
    seen: str = ""
    size: int | None = None

    def as_json(self) -> dict[str, Any]:
        told = {"finding": self.finding, "choice": str(self.choice), "why": self.why, "by": self.by, "at": self.at}
        seen = {"seen": self.seen} if self.seen else {}
        return {**told, **seen, **({} if self.size is None else {"size": self.size})}


@dataclass(frozen=True, slots=True)
class SubjectChoice:
    """What a person chose once for all that is about one subject: ``choice`` is keep, clean, or ask (one by one)."""

    choice: str
    why: str = ""
    by: str = ""
    at: str = ""

    def as_json(self) -> dict[str, str]:
        return {"choice": self.choice, "why": self.why, "by": self.by, "at": self.at}


SUBJECT_CHOICES = ("keep", "clean", "ask")
CHOSEN_ONCE = (Subject.STAFF, Subject.SITE, Subject.PLACE)  # patients are never chosen for as a whole


def mask(evidence: str | None) -> str | None:
    """Enough of ``evidence`` to recognise it, not enough to learn it: the first character and the length."""
    if not evidence:
        return evidence
    return f"{evidence[0]}{'•' * min(max(len(evidence) - 1, 1), 11)}"
