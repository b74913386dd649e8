"""What the worker process does to clean one file: boxes, texts, and both looks at what came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.finding import Finding
from depositor.patched import SUFFIX

if TYPE_CHECKING:
    from depositor.privacy.clean import Cleaned
    from depositor.privacy.known import Known
    from depositor.privacy.policy import Policy


def cleaned(
    source: Path,
    target: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known,
    shown: str,
    looked: bool = False,
) -> Cleaned:
    """A whole cleaned copy at ``target``; see :func:`depositor.privacy.clean.clean`."""
    from depositor.privacy import clean

    return clean.clean(source, target, findings, policy, known, shown, reread=_reread, looked=looked)


def cleaned_to_send(
    source: Path,
    target: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known,
    shown: str,
    looked: bool = False,
    converted: bool = False,
) -> Cleaned:
    """A recipe beside ``target`` where the format allows (:mod:`depositor.patched`), else a whole copy there.

    ``converted``: the pictures are written anew as OME-TIFF, at ``target``.
    """
    from depositor.privacy import clean

    if converted:
        return as_ome_tiff(source, target, findings, policy, known, shown)
    made = clean.patch(source, target.with_name(target.name + SUFFIX), findings, policy, known, shown)
    return made or cleaned(source, target, findings, policy, known, shown, looked)


def as_ome_tiff(
    source: Path, target: Path, findings: Sequence[Finding], policy: Policy, known: Known, shown: str
) -> Cleaned:
    """The pictures of a file that cannot be cleaned in its own format; see :mod:`depositor.session.converting`."""
    from depositor.session import converting

    return converting.written(source, target, findings, policy, known, shown, _reread)


def _reread(copy: Path, shown: str, known: Known) -> Sequence[Finding]:
    """What is still to be read in the pictures of a copy over which boxes were painted."""
    from depositor.scan.frames.base import Amount
    from depositor.session.pixels import reading, told

    parts = [reading.pictures(copy, shown, (0, 1), Amount.SAMPLE)]
    while (after := parts[-1].after) is not None:
        parts.append(reading.pictures(copy, shown, (0, 1), Amount.SAMPLE, after))
    return told.findings(shown, reading.together(parts), known)
