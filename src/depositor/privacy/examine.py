"""Looking at files, names and answers for personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from depositor.draft import paths
from depositor.draft.finding import Finding
from depositor.privacy import checks, judge, names
from depositor.privacy.checks import aside, remarks
from depositor.privacy.checks.ports import HEAD, Beside, Check
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known, known_from

_ANSWERS = "answers"
# People and places that a deposit shall name: authors get credit, and archives ask for a contact.
_CREDIT = ("study.author", "study.contact", "study.principal_investigator", "study.publication", "study.funding")


def file(path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
    """What is inside one file; ``shown`` is its path in the study, ``/`` separated.

    Never raises for bad input. A file that no check knows gives a ``NotChecked`` that says so. ``known`` holds values
    learnt elsewhere that are searched in all texts.
    """
    try:
        with path.open("rb") as opened:
            head = opened.read(HEAD)
    except OSError:
        return Examination((), (remarks.unreadable(shown),))
    found = _safely(check_for(path, head), path, shown, known)
    beside = aside.findings(path, shown, known)
    return replace(found, findings=(*found.findings, *beside)) if beside else found


def check_for(path: Path, head: bytes) -> Check:
    """The check that looks at a file that starts with ``head``."""
    check = next((check for check in checks.all_checks() if check.claims(path, head)), checks.FALLBACK)
    beside: object = check
    return beside.at(path) if isinstance(beside, Beside) else check


def _safely(check: Check, path: Path, shown: str, known: Known) -> Examination:
    """The last resort: a check that fails on a strange file costs that file's check, not the whole run."""
    try:
        return check.run(path, shown, known)
    except OSError:
        return Examination((), (remarks.unreadable(shown),))
    except Exception:  # a native or third-party reader may fail in any way on damaged files
        return Examination((), (remarks.trouble(shown),))


def name(shown: str, known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """What the names of a file and of the folders above it tell."""
    return names.findings(shown, known)


def answers(metadata: Mapping[str, Any], known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """What the form's own texts tell of patients; people who get credit (authors, contacts) are no finding."""
    spots = [
        Spot(path, "", value, None, ("edit",))
        for path, value in paths.leaves(metadata)
        if isinstance(value, str) and not path.startswith(_CREDIT) and not _is_person_field(path)
    ]
    found = judge.findings(_ANSWERS, "", spots, known)
    return tuple(replace(f, path=None) for f in found)


def _is_person_field(path: str) -> bool:
    last = path.rsplit(".", 1)[-1].split("[")[0]
    return any(part in path for part in ("author", "contact", "investigator", "submitter", "citation")) or last in (
        "orcid",
        "email",
        "ror",
        "doi",
    )


def learnt(findings: tuple[Finding, ...]) -> Known:
    """What findings teach for the search in other files: names, numbers, sign-in names."""
    pairs = ((judge.kind_in_key(f.key), f.evidence or "") for f in findings)
    return known_from((kind, text) for kind, text in pairs if kind is not None)


__all__ = ["Examination", "Kind", "answers", "file", "learnt", "name"]
