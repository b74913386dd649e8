"""Privacy findings as people look at them: grouped by what they say, each with what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Decision, Finding, Level, Subject, mask
from depositor.draft.steps import undecided
from depositor.gui.paged import Row, Source
from depositor.gui.texts import tr

_WEIGHT = {Level.BLOCKER: 0, Level.WARNING: 1, Level.ADVICE: 2, Level.INFO: 3}


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that say the same; ``id`` is the id of their message. ``open`` of them stop the seal."""

    id: str
    level: Level
    subject: Subject | None
    findings: tuple[Finding, ...]
    open: int


def grouped(draft: Draft, found: Iterable[Finding]) -> tuple[Group, ...]:
    """Groups, the weightiest first."""
    kinds: dict[str, list[Finding]] = {}
    for finding in found:
        kinds.setdefault(finding.message.id, []).append(finding)
    groups = [
        Group(key, members[0].level, members[0].subject, tuple(members), len(undecided(draft, members)))
        for key, members in kinds.items()
    ]
    return tuple(sorted(groups, key=lambda g: (_WEIGHT[g.level], -len(g.findings))))


def rows(draft: Draft, found: Sequence[Finding], *, shown: bool) -> Source:
    """The findings of a group as rows; evidence masked unless ``shown``."""

    def row(one: Finding) -> Row:
        evidence = (one.evidence if shown else mask(one.evidence)) or ""
        where = one.path or tr("the form")
        return Row((where, one.location or "", evidence.replace("\n", " "), decided(one, draft.decision(one.key))), one)

    return Source(lambda: len(found), lambda offset, limit: [row(f) for f in found[offset : offset + limit]])


def decided(finding: Finding, decision: Decision | None) -> str:
    """What was decided, in words; without a decision only blockers wait for one."""
    if decision is None:
        return tr("open") if finding.level is Level.BLOCKER else tr("stays as it is")
    words = {
        Choice.KEEP: tr("kept: {why}", why=decision.why),
        Choice.CLEAN: tr("a cleaned copy is sent"),
        Choice.EXCLUDE: tr("the file is left out"),
    }
    return words[decision.choice]


def level_word(level: Level) -> str:
    """How much a finding weighs."""
    return {
        Level.BLOCKER: tr("must be decided"),
        Level.WARNING: tr("please look"),
        Level.ADVICE: tr("advice"),
        Level.INFO: tr("for your information"),
    }[level]


def subject_word(subject: Subject | None) -> str:
    """Whom it is about."""
    return {
        Subject.PATIENT: tr("patient or donor"),
        Subject.STAFF: tr("colleague"),
        Subject.SITE: tr("institution"),
        Subject.PLACE: tr("place"),
        Subject.OTHER: tr("other"),
        None: "",
    }[subject]


def can_clean(found: Sequence[Finding]) -> bool:
    """True where there is a remedy for each of them: a cleaned copy can be written."""
    return bool(found) and all(f.remedies for f in found)


def in_files(found: Sequence[Finding]) -> bool:
    """True where all of them are in files (the form's own text is mended by typing)."""
    return all(f.path for f in found)
