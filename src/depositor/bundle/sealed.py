"""What the documents are made from: a sealed submission and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from depositor.bundle.spelling import Spelling
from depositor.draft.cancel import Cancel
from depositor.draft.capabilities import Capabilities
from depositor.draft.submission import Role, Submission, SubmissionFile


@dataclass(frozen=True, slots=True)
class Sealed:
    """A submission as the documents see it.

    ``files`` streams the rows anew at each call, in the same order. ``accession`` and ``url`` are those of the archive
    where it already gave them; texts then name them instead of a visible gap.
    """

    submission: Submission
    capabilities: Capabilities
    files: Callable[[], Iterator[SubmissionFile]]
    accession: str | None = None
    url: str | None = None
    cancel: Cancel = field(default_factory=Cancel)

    @property
    def document(self) -> Mapping[str, Any]:
        """The submission document as it was sealed."""
        return self.submission.document

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The answers of the form; empty where the document has none."""
        found = self.document.get("metadata")
        return found if isinstance(found, Mapping) else {}

    def data(self) -> Iterator[SubmissionFile]:
        """The files of the user, without the documents that the program made."""
        return (f for f in self.files() if f.role is Role.DATA)

    def told(self) -> Callable[[SubmissionFile], str]:
        """The path by which a document may name a file that others will read: the one in the study, or, where a person
        had its name changed, that at the archive alone. The old one may have told who a patient is."""
        spelling = Spelling(self.capabilities.naming)
        return lambda file: file.origin if spelling.explains(file.origin, file.name) else file.name
