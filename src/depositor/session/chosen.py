"""What was decided about the files of a draft, as the seal needs it: which are left out, cleaned, renamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from depositor.draft.decided import Verdicts
from depositor.draft.finding import Choice, Finding
from depositor.session import checks, copies

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

_NAMES = ("name", "folder")


def decided(opened: OpenDraft, choice: Choice) -> Iterator[Finding]:
    """The findings in files about which ``choice`` holds, by their own decision, their group's or their subject's."""
    draft = opened.draft
    if draft.decisions or draft.privacy_choices:
        verdicts = Verdicts(draft)
        yield from (f for f in opened.privacy() or () if f.path and verdicts.of(f).choice is choice)


def paths(opened: OpenDraft, choice: Choice) -> frozenset[str]:
    """The files and folders about which ``choice`` holds; one finding is enough for all of it."""
    return frozenset(str(f.path) for f in decided(opened, choice))


def is_left_out(shown: str, excluded: frozenset[str]) -> bool:
    """True for a file that was left out itself or by a folder that holds it."""
    return bool(excluded) and not excluded.isdisjoint(above(shown))


def copies_planned(opened: OpenDraft) -> copies.Plan:
    """The files of which a cleaned copy is sent."""
    excluded = paths(opened, Choice.EXCLUDE)
    return copies.plan(decided(opened, Choice.CLEAN), lambda shown: is_left_out(shown, excluded))


def converted(opened: OpenDraft) -> frozenset[str]:
    """The files that are written anew as OME-TIFF."""
    planned = copies_planned(opened)
    return frozenset(shown for shown in planned.findings if planned.converts(shown))


def renamed(desk: Desk, opened: OpenDraft) -> dict[str, str]:
    """Path of a file or folder -> the last part of its new name: the one that a person gave, else the old one without
    what it told, where that was decided."""
    from depositor.privacy.clean import cleaned_name

    told = sorted({str(f.path) for f in decided(opened, Choice.CLEAN) if f.location in _NAMES})
    given = dict(opened.draft.renames)
    if not told:
        return given
    policy, taught = copies.policy_for(desk, opened), checks.known(desk.store.connection(), opened.id)
    return {path: cleaned_name(path, policy, taught).rpartition("/")[2] for path in told} | given


def wanted_name(shown: str, new_names: Mapping[str, str]) -> str:
    """How a file shall be called at the archive; each part of its path may have got a new name."""
    if not new_names:
        return shown
    return "/".join(new_names.get(path, path.rpartition("/")[2]) for path in above(shown))


def above(shown: str) -> list[str]:
    """The path itself after those of the folders that hold it."""
    parts = shown.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
