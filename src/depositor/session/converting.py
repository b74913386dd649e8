"""Files that cannot be cleaned in their own format: offered to be written anew as OME-TIFF, and done in the worker.

Whether it is offered is told by the name and the finding alone: nothing is read for it. Over the images of these kinds
nothing here paints boxes in their own format (a test holds that together with ``privacy.remedies``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.facts import ImageFacts
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, DepositError, Problem
from depositor.draft.region import Region, parse
from depositor.privacy.convert import REMEDY
from depositor.privacy.convert import name as name
from depositor.scan.whole.base import ENDINGS

if TYPE_CHECKING:
    from depositor.privacy.clean import Cleaned, Reread
    from depositor.privacy.convert import Part
    from depositor.privacy.known import Known
    from depositor.privacy.policy import Policy
    from depositor.scan.whole.base import Whole

_NAMES = ("name", "folder")
_HELPED = frozenset(  # what went wrong with a copy in the file's own format where a new format helps
    f"privacy.clean.{why}" for why in ("no-remedy", "no-boxes", "too-large", "left", "unreadable")
)
ADVICE = msg(
    "convert.advice",
    "It cannot be cleaned in its own format. Instead, its pictures can be sent as a new OME-TIFF file: pixels, sizes "
    "and channels stay, all else that the microscope's program noted is lost.",
)


def can_convert(shown: str) -> bool:
    """True for kinds of files whose pictures can be read whole."""
    return shown[shown.rfind(".") :].lower() in ENDINGS


def offered(finding: Finding) -> Finding:
    """The finding with the remedy ``convert`` where its file's own format has none for it."""
    if finding.path is None or finding.level is Level.INFO or finding.location in _NAMES:
        return finding
    if not can_convert(finding.path) or (finding.remedies and not _is_in_image(finding)):
        return finding
    return replace(finding, remedies=(REMEDY,), advice=ADVICE)


def _is_in_image(finding: Finding) -> bool:
    """True for text in the image itself; pictures of labels and overviews are taken out of the file."""
    place = parse(finding.location)
    return place is not None and place.source == "pixels"


def is_converted(findings: Iterable[Finding]) -> bool:
    """True where cleaning what ``findings`` tell means to write the file anew."""
    return any(REMEDY in f.remedies for f in findings)


def is_needed(findings: Iterable[Finding]) -> bool:
    """The same for findings as the checks made them."""
    return is_converted(map(offered, findings))


def helps(problems: Sequence[Problem], shown: str) -> bool:
    """True where a file could not be cleaned, and may be converted."""
    return can_convert(shown) and any(p.code in _HELPED for p in problems)


def advised(problem: Problem, shown: str) -> Problem:
    """The problem with the advice to convert, where that helps."""
    if not helps((problem,), shown):
        return problem
    return replace(
        problem,
        advice=msg(
            "convert.advice.option",
            "Say --convert to get its pictures as OME-TIFF: pixels, sizes and channels stay, all else that "
            "the microscope's program noted is lost. Or clean it with the program that wrote it, or leave it out.",
        ),
    )


# --- in the worker process -------------------------------------------------------------------------------------------


def written(
    source: Path,
    target: Path,
    findings: Sequence[Finding],
    policy: Policy,
    known: Known,
    shown: str,
    reread: Reread,
) -> Cleaned:
    """The pictures of ``source`` as OME-TIFF at ``target``, looked at again. Never raises for bad input."""
    from depositor.privacy import converted, troubles
    from depositor.privacy.clean import Cleaned
    from depositor.scan.whole.base import NotWhole
    from depositor.scan.whole.read import opened

    boxes = [place for f in findings if (place := parse(f.location)) and place.source == "pixels"]
    try:
        with opened(source) as images:
            parts = [part(image, facts, boxes, shown) for image, facts in images]
            return converted.write(parts, source, target, findings, policy, known, shown, reread=reread)
    except NotWhole:
        return Cleaned(None, problems=(troubles.not_convertible(shown),), name=name(shown))
    except Exception:  # readers of foreign formats raise anything on damaged files
        return Cleaned(None, problems=(troubles.unreadable(shown),), name=name(shown))


def size(source: Path) -> int:
    """The bytes that the pictures take unpacked, which is more than the new file will have; read from the header. That
    of the file where it cannot be told."""
    from depositor.privacy.convert import size_of
    from depositor.scan.whole.read import opened

    try:
        with opened(source) as images:
            return sum(size_of(part(image, facts).plan) for image, facts in images)
    except Exception:  # the same file will be told when it is converted
        return source.stat().st_size


def part(image: Whole, facts: ImageFacts, boxes: Sequence[Region] = (), shown: str = "") -> Part:
    """One image of the new file. Text is read in the first image that the header describes: ``boxes`` are painted
    there, in all its planes."""
    from depositor.privacy.convert import Part, Plan

    channels = facts.channels if len(facts.channels) == image.size_c else ()
    plan = Plan(
        image.size_x,
        image.size_y,
        image.size_z,
        image.size_c,
        image.size_t,
        image.pixel_type,
        image.samples,
        facts.pixel_size_x_um,
        facts.pixel_size_y_um,
        facts.pixel_size_z_um,
        facts.time_increment_s,
        tuple(c.name or c.fluorophore or "" for c in channels),
        tuple(c.excitation_nm for c in channels),
        tuple(c.emission_nm for c in channels),
        tuple(c.color for c in channels),
    )
    return Part(_Read(image, shown), plan, boxes if image.described == 0 else ())


class _Read:
    """The planes; what the disk or a decoder refuses is told of the old file, not of the new one."""

    def __init__(self, image: Whole, shown: str) -> None:
        self._image, self._shown = image, shown

    def plane(self, z: int, c: int, t: int) -> Any:
        from depositor.privacy import troubles
        from depositor.scan.whole.base import NotWhole

        try:
            return self._image.plane(z, c, t)
        except (DepositError, MemoryError):
            raise
        except NotWhole as error:
            raise Damaged(troubles.not_convertible(self._shown)) from error
        except Exception as error:
            raise Damaged(troubles.unreadable(self._shown)) from error
