"""Privacy findings as people decide about them: by kind, and within a kind by what says the same.

Nothing is copied: a group holds the places of its members in the sequence of findings that it was made from, four bytes
each, so that a hundred thousand findings stay one list.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from depositor.draft.decided import Scope, Verdicts, kind_key, kind_of, place_pattern, same_key
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Finding, Level, mask

_WEIGHT = {Level.BLOCKER: 0, Level.WARNING: 1, Level.ADVICE: 2, Level.INFO: 3}


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that one decision is for; ``key`` is what ``decisions.decide_group`` takes.

    ``first`` is the first of them (its level, subject and words are those of all), ``members`` their places in the
    sequence, ``files`` in how many files they are. ``open`` of them stop the seal, for ``changed`` of these the text is
    not the one that was decided about; ``decided`` counts those for which something holds. ``cleanable`` have a remedy.
    """

    key: str
    first: Finding
    members: array[int]
    files: int
    open: int
    changed: int
    cleanable: int
    decided: Mapping[Choice, int]

    @property
    def kind(self) -> str:
        """What the findings are (``patient-name``)."""
        return kind_of(self.first)

    @property
    def place(self) -> str:
        """Where the first is, without what counts pages, rows and frames."""
        return place_pattern(self.first.location)

    @property
    def evidence(self) -> str:
        """What was seen first, masked."""
        return mask(self.first.evidence) or ""

    @property
    def level(self) -> Level:
        return self.first.level

    def __len__(self) -> int:
        return len(self.members)


class Groups:
    """The groups of a sequence of findings; made for a draft as it is now."""

    def __init__(self, draft: Draft, findings: Sequence[Finding]) -> None:
        self._findings, self._verdicts = findings, Verdicts(draft)
        self._inside: dict[str, list[tuple[str, array[int]]]] = {}
        kinds: dict[str, array[int]] = {}
        for at, finding in enumerate(findings):
            kinds.setdefault(kind_key(finding), array("I")).append(at)
        made = (self._group(key, members) for key, members in kinds.items())
        self.kinds = tuple(sorted(made, key=lambda g: (_WEIGHT[g.level], -len(g))))
        """One group for each kind and subject over all files, the weightiest first."""

    def inside(self, kind: Group, offset: int = 0, limit: int | None = None) -> tuple[Group, ...]:
        """The groups that say the same at the same kind of place within ``kind``: the largest first."""
        found = self._same(kind)
        end = len(found) if limit is None else offset + limit
        return tuple(self._group(key, members) for key, members in found[offset:end])

    def count_inside(self, kind: Group) -> int:
        """How many groups :meth:`inside` can give."""
        return len(self._same(kind))

    def members(self, group: Group, offset: int = 0, limit: int | None = None) -> tuple[Finding, ...]:
        """The findings of a group, in their order."""
        end = len(group.members) if limit is None else offset + limit
        return tuple(self._findings[at] for at in group.members[offset:end])

    def _same(self, kind: Group) -> list[tuple[str, array[int]]]:
        if kind.key not in self._inside:
            found: dict[str, array[int]] = {}
            for at in kind.members:
                found.setdefault(same_key(self._findings[at]), array("I")).append(at)
            self._inside[kind.key] = sorted(found.items(), key=lambda pair: -len(pair[1]))
        return self._inside[kind.key]

    def _group(self, key: str, members: array[int]) -> Group:
        files: set[str | None] = set()
        unsettled = changed = cleanable = 0
        decided: dict[Choice, int] = {}
        for at in members:
            finding = self._findings[at]
            verdict = self._verdicts.of(finding)
            files.add(finding.path)
            cleanable += bool(finding.remedies)
            changed += verdict.scope is Scope.CHANGED
            unsettled += finding.level is Level.BLOCKER and not verdict.settled
            if verdict.choice:
                decided[verdict.choice] = decided.get(verdict.choice, 0) + 1
        return Group(key, self._findings[members[0]], members, len(files), unsettled, changed, cleanable, decided)


def groups(draft: Draft, findings: Sequence[Finding]) -> Groups:
    """The findings as groups of two levels. Pure; a hundred thousand findings take well under two seconds."""
    return Groups(draft, findings)
