"""What holds for a privacy finding: decided on its own, with its group, or by the choice for its subject."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Decision, Finding, Level, Subject, SubjectChoice
from depositor.draft.region import parse

SAME = "same:"  # a decision about findings that say the same at the same kind of place
KIND = "kind:"  # a decision about all findings of one kind and subject
_NUMBER = re.compile(r"(\([0-9A-Fa-f]{4},[0-9A-Fa-fxX]{4}\))|\d+")
_COUNTED = re.compile(r":\d+$")
_FROM_SUBJECT = {"keep": Choice.KEEP, "clean": Choice.CLEAN}


class Scope(StrEnum):
    """How wide the decision is that holds."""

    NONE = "none"  # nothing was decided
    CHANGED = "changed"  # decided, but for another text than stands there now: asked again
    FINDING = "finding"
    GROUP = "group"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for a finding; ``choice`` is None while nothing does. ``why``, ``by`` and ``at`` are those of the
    person who decided."""

    scope: Scope
    choice: Choice | None = None
    why: str = ""
    by: str = ""
    at: str = ""

    @property
    def settled(self) -> bool:
        """True where a blocker with this verdict no longer stops the seal: "keep" needs a reason."""
        return self.choice is not None and (self.choice is not Choice.KEEP or bool(self.why.strip()))


_NOTHING, _CHANGED = Verdict(Scope.NONE), Verdict(Scope.CHANGED)


class Verdicts:
    """The decisions and choices of one draft, made ready to be asked about many findings."""

    def __init__(self, draft: Draft) -> None:
        self._single: dict[str, tuple[int, Decision]] = {}
        self._seen: dict[tuple[str, str], tuple[int, Decision]] = {}
        self._groups: dict[str, tuple[int, Decision]] = {}
        for at, decision in enumerate(draft.decisions):
            key = decision.finding
            if key.startswith((SAME, KIND)):
                self._groups[key] = at, decision
            else:
                self._single[key] = at, decision
                if decision.seen:
                    self._seen[base(key), decision.seen] = at, decision
        self._whole = any(key.startswith(KIND) for key in self._groups)
        self._subjects: Mapping[Subject, SubjectChoice] = draft.privacy_choices

    def of(self, finding: Finding) -> Verdict:
        """What holds for ``finding``. A decision that was made about another text does not; of a finding's own decision
        and that of its group the later one holds, and both before the choice for its subject."""
        own, single = self._own(finding)
        group = self._group(finding)
        if own and (group is None or own[0] > group[0]):
            return _verdict(Scope.FINDING, own[1])
        if group and _can(group[1].choice, finding):
            return _verdict(Scope.GROUP, group[1])
        chosen = self._subjects.get(finding.subject) if finding.subject else None
        choice = _FROM_SUBJECT.get(chosen.choice) if chosen else None
        if chosen and choice and _can(choice, finding):
            return Verdict(Scope.SUBJECT, choice, chosen.why, chosen.by, chosen.at)
        return _CHANGED if single else _NOTHING

    def _own(self, finding: Finding) -> tuple[tuple[int, Decision] | None, bool]:
        """The decision about this finding that holds, and whether there is one that does not."""
        single = self._single.get(finding.key)
        if single and _about_the_same(single[1], finding):
            return single, False
        same = self._seen.get((base(finding.key), finding.seen)) if finding.seen else None
        return same, single is not None

    def _group(self, finding: Finding) -> tuple[int, Decision] | None:
        if not self._groups:
            return None
        whole = self._groups.get(kind_key(finding)) if self._whole else None
        if whole and whole[1].choice is Choice.KEEP and finding.level is Level.BLOCKER:
            whole = None  # what was never seen cannot have been meant to stay
        found = [d for d in (self._groups.get(same_key(finding)), whole) if d]
        return max(found, key=lambda one: one[0], default=None)


def _can(choice: Choice, finding: Finding) -> bool:
    """Whether a wide decision reaches this finding: nothing is cleaned that has no remedy, or that is only a note."""
    return choice is not Choice.CLEAN or (bool(finding.remedies) and finding.level is not Level.INFO)


def _verdict(scope: Scope, decision: Decision) -> Verdict:
    return Verdict(scope, decision.choice, decision.why, decision.by, decision.at)


def _about_the_same(decision: Decision, finding: Finding) -> bool:
    """True unless both digests are known, of one key, and differ. A digest is ``<key>.<digits>``."""
    if not decision.seen or not finding.seen or decision.seen == finding.seen:
        return True
    return not is_comparable(decision, finding)


def is_comparable(decision: Decision, finding: Finding) -> bool:
    """True where both digests were made with the same secret; one from another computer tells nothing here."""
    return bool(finding.seen) and decision.seen.partition(".")[0] == str(finding.seen).partition(".")[0]


def base(key: str) -> str:
    """A finding's key without the number of its repetition in one place."""
    return _COUNTED.sub("", key) if key[-1:].isdigit() else key


def kind_of(finding: Finding) -> str:
    """The kind that a finding's key ends with (``patient-name``)."""
    return base(finding.key).rpartition(":")[2]


@functools.lru_cache(maxsize=8192)
def place_pattern(location: str | None) -> str:
    """A location without its counting numbers: equal for all pages, rows and frames. DICOM tags stay.

    >>> place_pattern("tiff:12:Artist"), place_pattern("(0040,A730)[3].(0040,A123)")
    ('tiff:*:Artist', '(0040,A730)[*].(0040,A123)')
    """
    region = parse(location)
    if region:
        return f"{region.source}:*"
    return _NUMBER.sub(lambda match: match[1] or "*", location or "")


def same_key(finding: Finding) -> str:
    """The key of the group of findings that say the same: kind, check, place pattern and text."""
    return f"{SAME}{kind_of(finding)}:{finding.check}:{place_pattern(finding.location)}:{finding.seen or ''}"


def kind_key(finding: Finding) -> str:
    """The key of the group of all findings of one kind and subject."""
    return f"{KIND}{kind_of(finding)}:{finding.subject or ''}"
