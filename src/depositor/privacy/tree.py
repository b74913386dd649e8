"""Whole folders: examined and cleaned, one file after the other, with what one file teaches about the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding
from depositor.draft.problem import Stopped
from depositor.privacy import clean as cleaning
from depositor.privacy import examine, learning
from depositor.privacy.clean import Cleaned
from depositor.privacy.examination import Examination
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.policy import Policy
from depositor.privacy.record import Record, record_name


def files(paths: Sequence[Path], cancel: Cancel, skip: Path | None = None) -> Iterator[tuple[Path, str]]:
    """Every file with its path as shown: below the one folder given, or with the folder's name where there are several.

    Links are not followed; ``skip`` is a folder that is passed over.
    """
    for root in paths:
        if not root.is_dir():
            yield root, root.name
            continue
        prefix = "" if len(paths) == 1 else f"{root.name}/"
        for folder, folders, names in os.walk(root):
            folders.sort()
            folders[:] = [f for f in folders if skip is None or Path(folder, f).resolve() != skip]
            for name in sorted(names):
                if cancel:
                    return
                path = Path(folder, name)
                if skip is not None and name == record_name(skip):
                    continue
                if path.is_file() and not path.is_symlink():
                    yield path, prefix + path.relative_to(root).as_posix()


def examine_tree(paths: Sequence[Path], cancel: Cancel) -> Iterator[tuple[str, Examination]]:
    """What each file and its names tell, as it is found.

    When all files were seen, those that repeat names or numbers learnt from others come once more, with the new
    findings alone. A folder's name is reported with the first file in it.
    """
    lesson = learning.Lesson()
    told: set[int] = set()
    for path, shown in files(paths, cancel):
        found = _looked_at(path, shown, NOTHING_KNOWN)
        lesson.add(found.findings)
        yield shown, _news(found, told)
    known = lesson.known()
    if not known.terms:
        return
    for path, shown in files(paths, cancel):
        more = _news(_looked_at(path, shown, known), told)
        if more.findings:
            yield shown, replace(more, not_checked=())


def _looked_at(path: Path, shown: str, known: Known) -> Examination:
    inside = examine.file(path, shown, known)
    return replace(inside, findings=(*inside.findings, *examine.name(shown, known)))


def _news(found: Examination, told: set[int]) -> Examination:
    """Without findings that were told before: those of a folder come with each of its files."""
    fresh = [f for f in found.findings if hash(f.key) not in told]
    told.update(hash(f.key) for f in fresh)
    return replace(found, findings=tuple(fresh))


def clean_tree(paths: Sequence[Path], out: Path, policy: Policy, cancel: Cancel) -> Iterator[Cleaned]:
    """Write a cleaned copy of every file below ``out``, in the same folders, renamed where a name told of a person.

    A file without findings is copied unchanged; one that cannot be cleaned is left out and its ``problems`` say so.
    Called again after a stop, copies that are whole and up to date are not written twice.
    """
    skip = out.resolve()
    lesson = learning.Lesson()
    for path, shown in files(paths, cancel, skip):
        lesson.add(_looked_at(path, shown, NOTHING_KNOWN).findings)
    if cancel:
        return  # half a lesson would rename and replace otherwise than a whole one
    known = lesson.known()
    with Record(out, policy, known) as record:
        for path, shown in files(paths, cancel, skip):
            try:
                yield _clean_one(path, shown, out, known, record, cancel)
            except Stopped:
                return


def _clean_one(path: Path, shown: str, out: Path, known: Known, record: Record, cancel: Cancel) -> Cleaned:
    policy = record.policy
    name = cleaning.cleaned_name(shown, policy, known)
    target = out / name
    done = record.done(path, shown, target)
    if done is not None:
        return replace(done, name=name)
    found = _wanted(examine.file(path, shown, known).findings, policy)
    result = cleaning.clean(path, target, found, policy, known, shown, cancel)
    if result.path is not None:
        record.note(path, shown, target, result)
    return replace(result, name=name)


def _wanted(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
    return [f for f in findings if policy.wants(f) or f.check == "dicom"]
