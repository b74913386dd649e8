"""Decisions about privacy findings: what each was about, so that it is asked again when that is no longer the same.

A decision keeps a digest of the text that it was about, made with a secret of this computer: who reads the document
learns nothing from it. Decisions about groups hold for findings that come later, if these say the same.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.decided import KIND, SAME, kind_key, kind_of, same_key
from depositor.draft.draft import Draft
from depositor.draft.finding import Choice, Decision, Finding
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser
from depositor.session import draft_secret
from depositor.session.clock import now

if TYPE_CHECKING:
    from depositor.session.open_draft import OpenDraft

_WHOSE = "decisions"  # the name of the secret
_MOST_APART = 5000  # texts that a "keep" for a whole kind is written down for one by one


def digests(settings: Path) -> Callable[[Finding], str | None]:
    """A function that gives a finding's digest (``Finding.seen``). The secret lies in the user's settings folder, so
    that all drafts, also passing ones, have the same. Where it cannot be written to there are none, and decisions hold
    by the place alone."""
    try:
        secret = draft_secret.of_draft(settings, _WHOSE)
    except NeedsUser:
        return lambda _: None
    key = hashlib.sha256(b"id:" + secret).hexdigest()[:8]
    known: dict[tuple[str, str], str] = {}

    def digest(finding: Finding) -> str | None:
        if not finding.evidence:
            return None
        told = (kind_of(finding), finding.evidence)
        if told not in known:
            text = "\0".join(told).encode("utf-8", "surrogatepass")
            known[told] = f"{key}.{hashlib.blake2b(text, key=secret, digest_size=8).hexdigest()}"
        return known[told]

    return digest


def marked(found: Iterable[Finding], digest: Callable[[Finding], str | None]) -> tuple[Finding, ...]:
    """The findings with their digests; those that have one keep it."""
    return tuple(replace(f, seen=digest(f)) if f.evidence and not f.seen else f for f in found)


def about(opened: OpenDraft, decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions with the digest of what each is about, and the size of its file."""
    wanted = {d.finding for d in decisions if not d.seen}
    found = {f.key: f for f in opened.privacy() or () if f.key in wanted}
    size = functools.cache(functools.partial(_size, opened))
    return [
        replace(d, seen=f.seen or "", size=size(f.path) if f.path else None) if (f := found.get(d.finding)) else d
        for d in decisions
    ]


# --- groups ----------------------------------------------------------------------------------------------------------


def decide_group(opened: OpenDraft, key: str, choice: Choice, why: str, by: str) -> int:
    """Decide about all findings of the group ``key`` (``privacy_groups``), present and later, as one undo step; how
    many decisions were written. "Keep" for a whole kind is written for each text that is there now: another one that
    comes later is asked about. ValueError for a key that is none of a group."""
    if not key.startswith((SAME, KIND)):
        raise ValueError(key)
    keys = [key]
    if key.startswith(KIND) and choice is Choice.KEEP:
        members = (f for f in opened.privacy() or () if kind_key(f) == key)
        keys = list(dict.fromkeys(same_key(f) for f in members))
        keys = keys if len(keys) <= _MOST_APART else [key]
    at = now()
    opened.decide([Decision(one, choice, why, by, at) for one in keys])
    return len(keys)


def withdraw(opened: OpenDraft, keys: Iterable[str]) -> None:
    """Take back what was decided about findings or groups: they are open again. Undoable."""
    gone = frozenset(keys)
    what = msg("change.decisions-withdrawn", "Decisions taken back")
    opened.update(what, lambda d: replace(d, decisions=tuple(x for x in d.decisions if x.finding not in gone)))


# --- files that got another name --------------------------------------------------------------------------------------


def carry(opened: OpenDraft) -> int:
    """Let decisions go along with files that were renamed or moved: the same text at the same place in a file of the
    same size, where the old one is gone. How many went along; one undo step."""
    draft, found = opened.draft, opened.privacy() or ()
    present = {f.key for f in found}
    lost = [d for d in draft.decisions if d.finding not in present and not d.finding.startswith((SAME, KIND))]
    lost = [d for d in lost if d.seen and d.size is not None]
    if not lost:
        return 0
    new = _partners(opened, lost, [f for f in found if f.seen and f.path])
    if new:
        what = msg("change.decisions-moved", "Decisions go along with renamed files")
        opened.update(what, lambda d: _renamed(d, new))
    return len(new)


def _renamed(draft: Draft, new: Mapping[str, str]) -> Draft:
    moved = (replace(d, finding=new[d.finding]) if d.finding in new else d for d in draft.decisions)
    return replace(draft, decisions=tuple(moved))


def _partners(opened: OpenDraft, lost: Sequence[Decision], found: Sequence[Finding]) -> dict[str, str]:
    """Old key -> new key; each finding is the partner of one decision at most."""
    wanted = {d.seen for d in lost}
    taken = {d.finding for d in opened.draft.decisions}
    candidates: dict[str, list[Finding]] = {}
    for finding in found:
        if finding.seen in wanted and finding.key not in taken:
            candidates.setdefault(str(finding.seen), []).append(finding)
    size = functools.cache(functools.partial(_size, opened))
    out: dict[str, str] = {}
    for decision in lost:
        group = (f for f in candidates.get(decision.seen, ()) if f.key not in taken)
        pairs = [(f, old) for f in group if (old := _old_path(decision.finding, f)) and size(old) is None]
        fitting = [(f, old) for f, old in pairs if size(str(f.path)) == decision.size]
        if fitting:
            out[decision.finding] = _alike(fitting).key
            taken.add(out[decision.finding])
    return out


def _alike(pairs: Sequence[tuple[Finding, str]]) -> Finding:
    """Of several files the one that kept its name; pairs of a finding and the old path of its file."""
    same = (f for f, old in pairs if old.rpartition("/")[2] == str(f.path).rpartition("/")[2])
    return next(same, pairs[0][0])


def _old_path(key: str, finding: Finding) -> str | None:
    """The path in ``key``, where all else in it is as in the key of ``finding``; None otherwise."""
    head = f"privacy:{finding.check}:"
    tail = finding.key[len(head) + len(str(finding.path)) :]
    if not finding.key.startswith(head) or not key.startswith(head) or not key.endswith(tail):
        return None
    return key[len(head) : len(key) - len(tail)] or None


def _size(opened: OpenDraft, shown: str) -> int | None:
    """The bytes of a file of the inventory; None for one that is not there, and for folders."""
    head, _, below = shown.partition("/")
    for number, root in enumerate(opened.places.roots):
        if root.name == head:
            return opened.inventory().size_of(number, root.path.name if root.single else below)
    return None
