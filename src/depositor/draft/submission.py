"""What was sealed, where it stands, and what the archive gave for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from depositor.draft.problem import Problem


class Role(StrEnum):
    """What a file of a submission is."""

    DATA = "data"
    DOCUMENT = "document"  # made by the program: file lists, manifest, RO-Crate ...


class Stage(StrEnum):
    """How far a submission is on this computer. Each stage is journaled; a restart goes on at the stage it finds."""

    SEALED = "sealed"
    OPENED = "opened"  # the archive knows it (draft, container)
    SENDING = "sending"
    SENT = "sent"  # every byte of the data is there
    DOCUMENTED = "documented"  # manifest and documents are there too
    COMMITTED = "committed"  # the archive was asked to take it, and answered
    DONE = "done"  # the receipt is written
    FAILED = "failed"  # refused for good; edit the draft and seal again
    CANCELLED = "cancelled"


class State(StrEnum):
    """What the archive says of a deposit; "sent" and "accepted" are two different things."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    PUBLIC = "public"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SubmissionFile:
    """One file of a submission. ``source`` is the absolute path read from (a cleaned copy where one was decided),
    ``origin`` the path in the study as the user knows it, ``name`` the path at the archive after renaming.
    ``sha256`` (hex) is None until the file was read; ``group`` is the study component or annotation it belongs to.
    """

    seq: int
    source: str
    origin: str
    name: str
    size: int
    mtime_ns: int
    inode: int = 0
    role: Role = Role.DATA
    sha256: str | None = None
    group: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """An immutable Submission: the document as it was sealed (ISO 8601 UTC time), with totals. Its files are rows of
    the store. ``revision`` counts from 1; ``previous`` is the submission that it revises."""

    id: str
    draft_id: str
    archive: str
    revision: int
    sealed_at: str
    document: Mapping[str, Any]
    files: int
    bytes: int
    previous: str | None = None


class Proof(StrEnum):
    """What shows that a file is there as it was sent, the strongest first."""

    DIGEST = "digest"  # the archive told a digest of the whole file, and it is ours
    PARTS = "parts"  # the archive checked, or told, a digest of each part
    READ_BACK = "read-back"  # all of it was read back and compared
    SAMPLES = "samples"  # the size, and places in it that were read back and compared
    SIZE = "size"  # the size alone
    ANSWER = "answer"  # its yes to the last byte alone: nothing could be asked (some drop boxes)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file as the archive holds it; ``digests`` maps an algorithm (``sha256``, ``md5``) to hex, where it tells.
    ``proof`` None: a digest where ``digests`` has any, else the size."""

    name: str
    size: int
    digests: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    proof: Proof | None = None

    @property
    def proved_by(self) -> Proof:
        """How much is known of it."""
        return self.proof or (Proof.DIGEST if self.digests else Proof.SIZE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the user keeps. Times in ISO 8601 UTC; ``proofs`` is the path of the file-by-file proof."""

    submission: str
    receipt: str
    archive: str
    accession: str | None
    url: str | None
    state: State
    files: int
    bytes: int
    bytes_sent: int
    manifest_sha256: str
    started: str
    finished: str
    license: str | None
    proofs: str
    title: str = ""
    problems: tuple[Problem, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The shape of the contract for ``deposit`` and ``resume``; what ``more`` adds comes after the named keys."""
        names = (
            *(
                "submission",
                "receipt",
                "archive",
                "accession",
                "url",
                "files",
                "bytes",
                "bytes_sent",
                "manifest_sha256",
            ),
            *("started", "finished", "license", "proofs", "title"),
        )
        out: dict[str, Any] = {name: getattr(self, name) for name in names}
        return out | {"state": str(self.state), "problems": [p.as_json() for p in self.problems], **self.more}
