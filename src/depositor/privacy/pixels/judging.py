"""From the lines of a file's pictures to findings: by the rules for all text, by what its header says, by words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from depositor.draft.finding import Finding, Level
from depositor.draft.region import Region
from depositor.privacy import judge
from depositor.privacy.judge import Spot
from depositor.privacy.kinds import Kind, about_patient, rank
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.pixels import lines as geometry
from depositor.privacy.pixels import words
from depositor.privacy.pixels.likeness import Seeds, bare
from depositor.privacy.pixels.ports import Line
from depositor.privacy.words import persons

CHECK = "pixels"
REMEDY = ("blank",)
MARGIN = 0.15  # of a line's height that a box is wider on each side: letters reach beyond what engines mark
_HARD = frozenset({Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.BIRTH_DATE, Kind.PATIENT_NAME})
_SLIDE = frozenset({"label", "macro"})
_FILL = re.compile(rf"{persons.PARTICLE}|[^\W\d_]|(?:dr|mr|mrs|ms|prof|herr|frau|sr|sra|mme)\.?", re.IGNORECASE)
# What stands beside a day of birth and beside no other day: 04.03.1971 F, 1971-03-04 [M] 52Y.
_SEX_OR_AGE = re.compile(r"(?=.*[^\W_])[\W_]*(?:(?:[MFWDO]|male|female|\d{1,3} ?[YJA])\b[\W_]*){1,2}", re.IGNORECASE)
_SAME_PLACE = 0.5  # of the smaller box that lies in the other
_SAME_TEXT = 0.7
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
    by_rules = [_of_patient(f) for f in by_rules] if medical else by_rules
    told = [k for f in by_rules if (k := judge.kind_in_key(f.key))]
    if kind is None or (told and max(map(rank, told)) >= rank(kind)):
        return by_rules
    key = f"privacy:{CHECK}:{shown}:{spot.location}:{kind}"
    finding = judge.finding_of(CHECK, key, kind, shown, spot.location, spot.text, REMEDY)
    if kind in (Kind.PICTURE_TEXT, Kind.DATE) and medical:
        finding = replace(finding, level=Level.WARNING)
    return [finding]


def _of_patient(finding: Finding) -> Finding:
    """A day that stands in a picture of a patient counts as the dates of its header do, which are taken out."""
    dated = judge.kind_in_key(finding.key) is Kind.DATE
    return replace(finding, level=Level.WARNING) if dated else finding


def _own_kind(spot: Spot, line: Line, *, medical: bool, seeds: Seeds) -> Kind | None:
    text = spot.text
    known = seeds.kind_in(text)
    if known is not None and (about_patient(known) or not words.is_technical(text)):
        return known
    if words.is_technical(text):
        return None
    if medical and words.has_date(text) and _SEX_OR_AGE.fullmatch(words.without_dates(text)):
        return Kind.BIRTH_DATE
    if medical and _names_somebody(text):
        return Kind.PATIENT_NAME
    if words.has_date(text) and words.is_technical(words.without_dates(text)):
        return Kind.DATE
    return None if words.is_noise(text) else Kind.PICTURE_TEXT


def _names_somebody(text: str) -> bool:
    """Two words or more that could be a name as pictures write it: OKAFOR, AMARA; Okafor^Amara; Amara OKAFOR."""
    plain = re.sub(r"\[[MFO]\]|\([MFO]\)", " ", text)
    parts = [p for p in re.split(r"[\s\^,._=]+", plain) if p]
    named = [w for w in parts if _could_be_name(w)]
    given = any(persons.is_given_name(w) for w in named)
    as_names_go = re.search(r"[^\W\d_]{2}\s*[,^]\s*[^\W\d_]", plain) is not None
    rest = [w for w in parts if w not in named and not _FILL.fullmatch(w)]
    if as_names_go and given and len(parts) <= 6 and all(w.isalpha() for w in rest):
        return True  # HUNTER, JOHN: what stands before a given name need not look like a name
    if len(named) < 2 or rest:
        return False
    return as_names_go or given or all(len(w) >= 4 or _is_ideographic(w) for w in named)


def _is_ideographic(word: str) -> bool:
    return all(c >= "\u2e80" for c in word)


def _could_be_name(word: str) -> bool:
    """Capitals alone are how pictures write everything: a word of settings is no name, nor is MB-CIT."""
    letters = re.sub(r"[-'’]", "", word)
    if len(letters) < 2 or not letters.isalpha() or not (word[0].isupper() or not word[0].islower()):
        return False
    if words.is_technical(word) or (word.isupper() and any(len(p) < 3 for p in word.split("-"))):
        return persons.is_given_name(word) and not words.is_technical(word)
    return len(letters) >= 3 or persons.is_given_name(word) or not word.isascii()


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
    groups: dict[str, list[_Group]] = {}
    for one in seen:
        for line in one.lines:
            there = groups.setdefault(one.source, [])
            same = next((g for g in there if g.holds(line)), None)
            if same is None:
                there.append(_Group(one, line, {one.frame}))
            else:
                same.add(one, line)
    out = [g.told() for each in groups.values() for g in each]
    return sorted(out, key=lambda e: (e[0].source, e[0].frame if e[0].frame is not None else -1, e[1].y, e[1].x))


@dataclass(slots=True)
class _Group:
    """One text at one place, as several frames and contrasts show it."""

    seen: Seen
    line: Line
    frames: set[int | None]

    def holds(self, line: Line) -> bool:
        return geometry.shared(self.line, line) >= _SAME_PLACE and _alike(self.line.text, line.text)

    def add(self, seen: Seen, line: Line) -> None:
        self.frames.add(seen.frame)
        if len(line.text) * line.score > len(self.line.text) * self.line.score:
            self.seen, self.line = seen, line

    def told(self) -> tuple[Seen, Line]:
        everywhere = len(self.frames) > 1 and self.seen.source == "pixels"
        return (replace(self.seen, frame=None) if everywhere else self.seen), self.line


def _alike(one: str, two: str) -> bool:
    short, long = sorted((bare(one), bare(two)), key=len)
    return short in long or difflib.SequenceMatcher(None, short, long, autojunk=False).ratio() >= _SAME_TEXT
