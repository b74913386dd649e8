"""From the lines of a file's pictures to findings: by the rules for all text, by what its header says, by words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from depositor.draft.finding import Finding, Level
from depositor.draft.region import Region
from depositor.privacy import judge, persons
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind, about_patient, rank
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.pixels import words
from depositor.privacy.pixels.likeness import Seeds, bare
from depositor.privacy.pixels.ports import Line

CHECK = "pixels"
REMEDY = ("blank",)
MARGIN = 0.15  # of a line's height that a box is wider on each side: letters reach beyond what engines mark
_HARD = frozenset({Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.BIRTH_DATE, Kind.PATIENT_NAME})
_SLIDE = frozenset({"label", "macro"})
_MOST = 500  # findings of one file


@dataclass(frozen=True, slots=True)
class Seen:
    """The lines of one picture; its size in pixels bounds the boxes (0: unknown)."""

    source: str
    frame: int | None
    lines: tuple[Line, ...]
    width: int = 0
    height: int = 0


def findings(
    shown: str, seen: Sequence[Seen], *, medical: bool, seeds: Seeds, known: Known = NOTHING_KNOWN
) -> tuple[Finding, ...]:
    """What the text in the pictures of one file tells; ``medical``: the file is about a patient."""
    once = _once(seen)
    spots = [_spot(one, line, medical=medical) for one, line in once]
    judged = judge.marks(CHECK, shown, spots, known)
    medical = medical or any(m.kind in _HARD for _, marks in judged for m in marks)
    found: list[Finding] = []
    for (spot, marks), (_, line) in zip(judged, once, strict=True):
        found += _of_line(shown, spot, [m.finding for m in marks], line, medical=medical, seeds=seeds)
    return tuple(found[:_MOST])


def _of_line(
    shown: str, spot: Spot, by_rules: list[Finding], line: Line, *, medical: bool, seeds: Seeds
) -> list[Finding]:
    """What the rules found, unless the header or the look of the line says something weightier."""
    kind = _own_kind(spot, line, medical=medical, seeds=seeds)
    told = [k for f in by_rules if (k := judge.kind_in_key(f.key))]
    if kind is None or (told and max(map(rank, told)) >= rank(kind)):
        return by_rules
    key = f"privacy:{CHECK}:{shown}:{spot.location}:{kind}"
    finding = judge.finding_of(CHECK, key, kind, shown, spot.location, spot.text, REMEDY)
    if kind is Kind.PICTURE_TEXT and medical:
        finding = replace(finding, level=Level.WARNING)
    return [finding]


def _own_kind(spot: Spot, line: Line, *, medical: bool, seeds: Seeds) -> Kind | None:
    text = spot.text
    known = seeds.kind_in(text)
    if known is not None and (about_patient(known) or not words.is_technical(text)):
        return known
    if words.is_technical(text):
        return None
    if medical and _names_somebody(text):
        return Kind.PATIENT_NAME
    if words.has_date(text) and words.is_technical(words.without_dates(text)):
        return Kind.DATE
    return None if words.is_noise(text) else Kind.PICTURE_TEXT


def _names_somebody(text: str) -> bool:
    """Two words or more that could be a name as pictures write it: OKAFOR, AMARA; Okafor^Amara; Amara OKAFOR."""
    plain = text.replace("^", " ").replace(",", " ").replace(".", " ")
    named = [w for w in plain.split() if persons.could_be_name(w) or persons.is_given_name(w)]
    long = [w for w in named if not words.is_technical(w)]
    return len(plain.split()) >= 2 and len(long) >= 2 and persons.looks_like_name(plain)


def _spot(seen: Seen, line: Line, *, medical: bool) -> Spot:
    return Spot(str(region(seen, line)), "", line.text, None, REMEDY, medical or seen.source in _SLIDE)


def region(seen: Seen, line: Line) -> Region:
    """The box to paint over, with a margin, inside the picture."""
    more = MARGIN * min(line.height, line.width)
    left, top = max(int(line.x - more), 0), max(int(line.y - more), 0)
    right, bottom = int(line.x + line.width + more) + 1, int(line.y + line.height + more) + 1
    right, bottom = min(right, seen.width or right), min(bottom, seen.height or bottom)
    return Region(seen.source, left, top, max(right - left, 1), max(bottom - top, 1), seen.frame)


def _once(seen: Iterable[Seen]) -> list[tuple[Seen, Line]]:
    """Each text at its place once: what stands in several frames is said of all of them."""
    places: dict[tuple[str, str, int, int], list[tuple[Seen, Line]]] = {}
    for one in seen:
        for line in one.lines:
            size = max(line.height, 8) * 2
            at = (one.source, bare(line.text), int(line.x // size), int(line.y // size))
            places.setdefault(at, []).append((one, line))
    out = []
    for each in places.values():
        one, line = max(each, key=lambda e: e[1].score)
        frames = {e[0].frame for e in each}
        everywhere = one.source == "pixels" and len(frames) > 1
        out.append((replace(one, frame=None) if everywhere else one, line))
    return sorted(out, key=lambda e: (e[0].source, e[0].frame if e[0].frame is not None else -1, e[1].y, e[1].x))
