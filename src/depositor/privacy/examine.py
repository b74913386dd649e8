"""Looking at files, names and answers for personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from depositor.draft import paths
from depositor.draft.finding import Finding
from depositor.privacy import checks, judge, names
from depositor.privacy.checks import aside, remarks
from depositor.privacy.checks.ports import HEAD, Beside, Check
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind
from depositor.privacy.known import NOTHING_KNOWN, Known, known_from
from depositor.privacy.words import combinations, labels, persons

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
    at = getattr(check, "at", None)  # as Beside has it; asking the protocol takes longer than a small file
    return cast(Beside, check).at(path) if at else check


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
    """What the form's own texts tell of patients; people who get credit (authors, contacts) are no finding.

    Facts that together may fit few people give one advice for each answer, or for the record that holds them.
    """
    told = [(path, value) for path, value in paths.leaves(metadata) if isinstance(value, str)]
    spots = [Spot(path, _label(path), value, None, ("edit",)) for path, value in told if not _gets_credit(path)]
    credited = _words_of_credited(told)
    found = [f for f in judge.findings(_ANSWERS, "", spots, known) if not _is_credit(f, credited)]
    return tuple(replace(f, path=None) for f in (*found, *_together(spots)))


def _label(path: str) -> str:
    """The name of a field where people make up its value; what the form asks for by name is no hint otherwise."""
    last = path.rsplit(".", 1)[-1].split("[")[0]
    return last if labels.is_named(last) else ""


def _gets_credit(path: str) -> bool:
    return path.startswith(_CREDIT) or _is_person_field(path)


def _words_of_credited(told: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The words of the names of authors and contacts: the form may name them elsewhere too."""
    named = (value for path, value in told if _gets_credit(path) and "name" in path.rsplit(".", 1)[-1])
    return frozenset(persons.folded(w) for value in named for w in persons.WORDS.findall(value) if len(w) > 2)


def _is_credit(finding: Finding, credited: frozenset[str]) -> bool:
    """True for a member of staff who is an author anyway."""
    if judge.kind_in_key(finding.key) not in (Kind.STAFF_NAME, Kind.PERSON_NAME, Kind.MAYBE_NAME):
        return False
    words = {persons.folded(w) for w in persons.WORDS.findall(finding.evidence or "") if len(w) > 2}
    return bool(words) and words <= credited


def _together(spots: Sequence[Spot]) -> list[Finding]:
    """One advice for each answer that tells too much together, else for the record whose fields do."""
    out = list(combinations.findings(_ANSWERS, "", spots))
    single = {f.location or "" for f in out}
    records: dict[str, list[Spot]] = {}
    for spot in spots:
        if (record := _record_of(spot.location)) and spot.location not in single:
            records.setdefault(record, []).append(spot)
    for record, held in records.items():
        facts = combinations.of_record((s.location.rsplit(".", 1)[-1].split("[")[0], s.text) for s in held)
        if not any(place.startswith(record) for place in single) and combinations.are_telling(facts):
            longest = max(held, key=lambda s: len(s.text))
            out.append(combinations.finding(_ANSWERS, "", longest.location, longest.text[: judge.SHORT], ("edit",)))
    return out


def _record_of(path: str) -> str:
    """``biosample[0]`` of ``biosample[0].description``."""
    head, bracket, rest = path.partition("]")
    return head + bracket if bracket and rest.startswith(".") else ""


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
