"""The picture in which a finding stands, with boxes around what was read, for people to look before they decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from depositor.draft import region
from depositor.draft.finding import Finding
from depositor.draft.problem import DepositError

if TYPE_CHECKING:
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft

EDGE = 1200  # pixels of the picture, at most
CLOSE = 120  # pixels around a box that are shown where only its place is asked for
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Box:
    """A box in pixels of the shown picture, and the key of the finding that it belongs to."""

    finding: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class EvidencePicture:
    """``png``; ``scale``: its pixels for one pixel of the full picture; ``boxes``: first that of the finding, then
    those of the others in the same picture."""

    png: bytes
    scale: float
    boxes: tuple[Box, ...]


def picture(
    desk: Desk,
    work: OpenDraft,
    finding: Finding,
    others: Iterable[Finding] = (),
    *,
    edge: int = EDGE,
    close: bool = False,
) -> EvidencePicture | None:
    """The picture that ``finding`` is in, at most ``edge`` pixels long; ``close`` shows its box and a little around it.

    ``others`` are findings whose boxes are shown too where they are in the same picture. Waits for the worker process
    (not for the window's thread). None where the finding is in no picture, or the picture cannot be shown.
    """
    from depositor.session.pixels.showing import SHOW, Shown

    place = region.parse(finding.location)
    if place is None or not finding.path:
        return None
    try:
        path = work.places.locate(finding.path)
    except KeyError:  # of files that are no longer part of the draft
        return None
    try:
        shown = desk.worker().call(SHOW, path, place, edge, CLOSE if close else None, timeout=_SECONDS)
    except DepositError:  # a picture is a nicety; what is wrong with the file is told elsewhere
        return None
    if not isinstance(shown, Shown):
        return None
    same = (f for f in others if f.path == finding.path and f.key != finding.key)
    boxes = [b for f in (finding, *same) if (b := _box(f, place, shown)) is not None]
    return EvidencePicture(shown.png, shown.scale, tuple(boxes))


def _box(finding: Finding, place: region.Region, shown: object) -> Box | None:
    from depositor.session.pixels.showing import Shown

    mine = region.parse(finding.location)
    if mine is None or not isinstance(shown, Shown) or mine.source != place.source:
        return None
    if mine.frame != place.frame and None not in (mine.frame, place.frame):
        return None
    x, y = (mine.x - shown.x) * shown.scale, (mine.y - shown.y) * shown.scale
    return Box(finding.key, x, y, mine.width * shown.scale, mine.height * shown.scale)
