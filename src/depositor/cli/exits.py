"""The exit codes of the contract."""

from __future__ import annotations

from depositor.draft.problem import DepositError, NeedsUser, Refused, Retryable, Stopped

DONE = 0
FINDINGS = 1  # findings, or items that failed
USAGE = 2
NEEDS_USER = 3
REFUSED = 4
RESUMABLE = 5  # network, or paused
DEFECT = 70


def code(error: DepositError) -> int:
    """The exit code that tells a program what kind of error it was."""
    if isinstance(error, (Retryable, Stopped)):
        return RESUMABLE
    if isinstance(error, NeedsUser):
        return NEEDS_USER
    if isinstance(error, Refused):
        return REFUSED
    return DEFECT if error.problem.code == "worker.failed" or type(error).__name__ == "Defect" else FINDINGS
