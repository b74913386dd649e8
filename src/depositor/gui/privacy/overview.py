"""All findings of a draft as the page shows them, made beside the window's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from depositor.draft.decided import Scope, Verdict, Verdicts
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Finding, Level, Subject, mask
from depositor.gui.paged import Row, Source
from depositor.gui.texts import tr, trn
from depositor.session.privacy_groups import Group, Groups
from depositor.session.subject_choices import SubjectQuestion, questions

SHOWN = 60  # groups of equal texts that stand under a kind; the table has all of them


@dataclass(frozen=True, slots=True)
class Overview:
    """The groups of ``findings`` for ``draft`` as it was, the weightiest kind first, each with its largest groups."""

    draft: Draft
    findings: Sequence[Finding]
    groups: Groups
    kinds: tuple[Group, ...] = ()
    inside: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    questions: tuple[SubjectQuestion, ...] = ()

    @property
    def open(self) -> int:
        """How many findings stop the seal."""
        return sum(kind.open for kind in self.kinds)

    @property
    def by_key(self) -> dict[str, Group]:
        return {g.key: g for kind in self.kinds for g in (kind, *self.inside[kind.key])}


def overview(draft: Draft, findings: Sequence[Finding], settings: Path | None = None) -> Overview:
    """Group the findings, and ask what is asked once. A kind with one group alone has none under it."""
    found = Groups(draft, findings)
    inside = {kind.key: found.inside(kind, 0, SHOWN) for kind in found.kinds}
    inside = {key: under if len(under) > 1 else () for key, under in inside.items()}
    return Overview(draft, findings, found, found.kinds, inside, questions(draft, findings, settings))


def rows(found: Overview, group: Group, *, shown: bool) -> Source:
    """The findings of a group as rows; evidence masked unless ``shown``."""
    verdicts = Verdicts(found.draft)

    def row(one: Finding) -> Row:
        evidence = (one.evidence if shown else mask(one.evidence)) or ""
        where = one.path or tr("the form")
        words = (where, one.location or "", evidence.replace("\n", " "), decided(one, verdicts.of(one)))
        return Row(words, one)

    def fetch(offset: int, limit: int) -> list[Row]:
        return [row(one) for one in found.groups.members(group, offset, limit)]

    return Source(lambda: len(group), fetch)


def decided(finding: Finding, verdict: Verdict) -> str:
    """What holds for a finding, in words; without a decision only blockers wait for one."""
    if verdict.scope is Scope.CHANGED:
        return tr("open again: the text changed")
    if verdict.choice is None or (finding.level is Level.BLOCKER and not verdict.settled):
        return tr("open") if finding.level is Level.BLOCKER else tr("stays as it is")
    if verdict.choice is Choice.KEEP:
        return tr("kept: {why}", why=verdict.why) if verdict.why else tr("kept")
    return tr("a cleaned copy is sent") if verdict.choice is Choice.CLEAN else tr("the file is left out")


def state_words(group: Group) -> str:
    """How far a group is decided, in few words."""
    if group.open:
        return trn("{n} open", "{n} open", group.open)
    if not group.decided:
        return ""
    words = {
        Choice.CLEAN: tr("cleaned"),
        Choice.KEEP: tr("kept"),
        Choice.EXCLUDE: tr("left out"),
    }
    return ", ".join(words[choice] for choice in group.decided)


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
