"""What looking at one file gave: what was found, and what nobody looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from depositor.draft.finding import Finding, NotChecked


@dataclass(frozen=True, slots=True)
class Examination:
    """``findings`` of one file and the parts of it that no check covers. Both empty never means "anonymous"."""

    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()


def merged(parts: Iterable[Examination]) -> Examination:
    """Several examinations of one file as one; a finding or remark with the same key or words counts once."""
    findings: dict[str, Finding] = {}
    remarks: dict[tuple[str, str], NotChecked] = {}
    for part in parts:
        for finding in part.findings:
            findings.setdefault(finding.key, finding)
        for remark in part.not_checked:
            remarks.setdefault((remark.path, remark.why.id), remark)
    return Examination(tuple(findings.values()), tuple(remarks.values()))
