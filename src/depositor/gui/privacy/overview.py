"""All findings of a draft as the page shows them, made beside the window's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from depositor.draft.decided import Scope, Verdict, Verdicts
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Finding, Level, Subject, mask
from depositor.gui.paged import Row, Source
from depositor.gui.privacy import places
from depositor.gui.texts import tr, trn, when
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
    by_key: Mapping[str, Group] = field(default_factory=dict)
    place_of: Mapping[str, str] = field(default_factory=dict)  # key of a group -> its kind of place, in words
    verdicts: Verdicts = field(default_factory=lambda: Verdicts(Draft("")))

    @property
    def open(self) -> int:
        """How many findings stop the seal."""
        return sum(kind.open for kind in self.kinds)


def overview(draft: Draft, findings: Sequence[Finding], settings: Path | None = None) -> Overview:
    """Group the findings, and ask what is asked once. A kind with one group alone has none under it."""
    found = Groups(draft, findings)
    inside = {kind.key: found.inside(kind, 0, SHOWN) for kind in found.kinds}
    inside = {key: under if len(under) > 1 else () for key, under in inside.items()}
    by_key = {g.key: g for kind in found.kinds for g in (kind, *inside[kind.key])}
    asked = questions(draft, findings, settings)
    place_of = {g.key: places.kind(g.first.location) for under in inside.values() for g in under}
    return Overview(draft, findings, found, found.kinds, inside, asked, by_key, place_of, Verdicts(draft))


def rows(found: Overview, group: Group, *, shown: bool) -> Source:
    """The findings of a group as rows; evidence masked unless ``shown``."""

    def row(one: Finding) -> Row:
        evidence = (one.evidence if shown else mask(one.evidence)) or ""
        where = one.path or tr("the form")
        place = places.words(one.location)
        words = (where, place, evidence.replace("\n", " "), decided(one, found.verdicts.of(one)))
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


def told(finding: Finding, verdict: Verdict) -> str:
    """Who decided what holds for a finding, when and how widely; empty where nobody did."""
    if verdict.scope is Scope.CHANGED:
        return tr("The text here is not the one that was decided about: please look again.")
    if verdict.choice is None:
        return ""
    wide = {
        Scope.FINDING: tr("for this finding"),
        Scope.GROUP: tr("for all that say the same"),
        Scope.SUBJECT: tr("by the answer among the questions"),
    }[verdict.scope]
    words = decided(finding, verdict)
    if verdict.by and verdict.at:
        return tr("{who}, {when}, {wide}: {what}", who=verdict.by, when=when(verdict.at), wide=wide, what=words)
    return tr("Decided {wide}: {what}", wide=wide, what=words)


def state_words(group: Group) -> str:
    """How far a group is decided, in few words."""
    if group.open:
        left = trn("{n} open", "{n} open", group.open)
        again = trn("{n} because its text changed", "{n} because their texts changed", group.changed)
        return f"{left}, {again}" if group.changed else left
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
