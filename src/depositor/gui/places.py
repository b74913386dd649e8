"""Where in the window a finding leads to."""

from __future__ import annotations

from depositor.draft.finding import Finding
from depositor.draft.steps import StepId

_LICENSE = frozenset(("license", "release_date", "study.license", "study.release_date"))


def step_of(finding: Finding) -> tuple[StepId, str]:
    """The step that mends a finding, and the place on its page."""
    location = finding.location or ""
    if finding.key.startswith("privacy:"):
        return StepId.PRIVACY, finding.key
    if location in _LICENSE:
        return StepId.LICENSE, location
    if location == "files" or location.startswith(("files[", "files.")) or (finding.path and not location):
        return StepId.FILES, "problems"
    if location.partition(".")[0] in ("human", "policy"):
        return StepId.PRIVACY, location
    if location in ("archive", "account"):
        return StepId.ARCHIVE, location
    return StepId.DESCRIBE, location
