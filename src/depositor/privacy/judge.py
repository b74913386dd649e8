"""From a place with text to findings. Every check judges by the same rules, and so does every remedy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from depositor.draft.finding import Finding
from depositor.privacy.kinds import NAMES, WEIGHTS, Kind, about_patient, rank
from depositor.privacy.known import NOTHING_KNOWN, known_from
from depositor.privacy.known import Known as Known
from depositor.privacy.words import fields, labels, patterns, persons, titles
from depositor.privacy.words.patterns import Hit

SHORT = 120  # characters: a text of this length or less that leads to a patient goes as a whole
SENTENCE = 400
MOST = 2000  # findings of one check in one file; the rest is counted, not listed


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file that holds ``text``; ``label`` is the name of the field as the format or a person gave it.

    ``kind`` is set where the format itself says what the field holds; ``medical`` where the file is about a patient,
    so that a name in it counts as the patient's.
    """

    location: str
    label: str
    text: str
    kind: Kind | None = None
    remedies: tuple[str, ...] = ("remove",)
    medical: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding and the span of the spot's text that a remedy takes out."""

    finding: Finding
    kind: Kind
    start: int
    end: int


_witness: ContextVar[list[Spot] | None] = ContextVar("witness", default=None)


@contextmanager
def watched() -> Iterator[list[Spot]]:
    """All places that checks look at inside of the block, whatever the format: what a file tells, good or bad."""
    seen: list[Spot] = []
    before = _witness.set(seen)
    try:
        yield seen
    finally:
        _witness.reset(before)


def marks(check: str, shown: str, spots: Iterable[Spot], known: Known = NOTHING_KNOWN) -> list[tuple[Spot, list[Mark]]]:
    """What the spots of one file hold, with stable keys; a name learnt at one spot is looked for at the others."""
    listed = list(spots)
    if (witness := _witness.get()) is not None:
        witness.extend(listed)
    learnt = known_from((h.kind, s.text[h.start : h.end]) for s in listed for h in _sure(s))
    counts: Counter[str] = Counter()
    judge = _remembering(_memory_for(known, learnt))
    return [(s, [_mark(check, shown, s, h, e, counts) for h, e in judge(s)]) for s in listed]


_Fields = tuple[Kind | None, str, str, bool]
_LONGEST_KEPT = 1000  # characters of texts that are remembered from file to file


@dataclass(frozen=True, slots=True)
class _Memory:
    """What was judged with the same values known: the files of a series repeat most of what they say."""

    known: Known
    learnt: Known
    everything: Known
    seen: dict[_Fields, list[tuple[Hit, Hit]]]


_memory = _Memory(NOTHING_KNOWN, NOTHING_KNOWN, NOTHING_KNOWN, {})


def _memory_for(known: Known, learnt: Known) -> _Memory:
    global _memory
    last = _memory
    if (last.known is known or last.known == known) and last.learnt == learnt:
        return last
    _memory = _Memory(known, learnt, known | learnt, {})
    return _memory


def _remembering(memory: _Memory) -> Callable[[Spot], list[tuple[Hit, Hit]]]:
    """:func:`judged` that judges equal texts in equal fields once: pages of a stack and rows of a table repeat them."""
    long: dict[_Fields, list[tuple[Hit, Hit]]] = {}

    def judge(spot: Spot) -> list[tuple[Hit, Hit]]:
        same = (spot.kind, spot.label, spot.text, spot.medical)
        seen = memory.seen if len(spot.text) <= _LONGEST_KEPT else long
        found = seen.get(same)
        if found is None:
            if len(seen) > 20_000:
                seen.clear()
            found = seen[same] = judged(spot, memory.everything)
        return found

    return judge


def findings(check: str, shown: str, spots: Iterable[Spot], known: Known = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """The findings of :func:`marks`; equal ones (same field, same text) of a long stack are told once."""
    seen: set[tuple[str, Kind, str | None]] = set()
    out: list[Finding] = []
    for spot, found in marks(check, shown, spots, known):
        for mark in found:
            same = (spot.label or spot.location, mark.kind, mark.finding.evidence)
            if same not in seen and len(out) < MOST:
                seen.add(same)
                out.append(mark.finding)
    return tuple(out)


def _sure(spot: Spot) -> Iterator[Hit]:
    """The hits that are certain enough to search their words elsewhere in the file."""
    kind = fields.kind_in_field(spot.kind, spot.label, spot.text)
    if kind in NAMES or kind in (Kind.PATIENT_NUMBER, Kind.MAIL):
        if not persons.is_placeholder(spot.text) and len(spot.text) <= SHORT:
            yield Hit(kind, 0, len(spot.text))
    elif len(spot.text) <= SENTENCE:
        yield from (h for h in patterns.hits(spot.text) if h.kind in _TEACHING)


_TEACHING = frozenset({Kind.MAIL, Kind.PATIENT_NAME, Kind.STAFF_NAME})


def judged(spot: Spot, known: Known) -> list[tuple[Hit, Hit]]:
    """Pairs (what is shown as evidence, what a remedy takes out)."""
    text = spot.text
    if persons.is_placeholder(text):
        return []
    kind = fields.kind_in_field(spot.kind, spot.label, spot.text)
    hits = _in_text(spot, known)
    if kind and (not hits or rank(kind) >= max(rank(h.kind) for h in hits)):
        whole = Hit(kind, 0, len(text))
        return [(whole, whole)]
    if not hits:
        return []
    worst = max(hits, key=lambda h: rank(h.kind))
    if about_patient(worst.kind) and len(text) <= SHORT:
        whole = Hit(worst.kind, 0, len(text))
        return [(whole, whole)]
    return [(h, _surroundings(text, h)) for h in hits]


def _in_text(spot: Spot, known: Known) -> list[Hit]:
    found = [_read_path(h, spot.text, known) for h in (*patterns.hits(spot.text), *_told_by_label(spot))]
    structured = [h for h in found if h.kind not in _LOOSE]
    named: list[Hit] = []
    if labels.is_named(spot.label):
        named = titles.hits(spot.text)
    elif _is_title(spot.text):
        named = [h for h in titles.hits(spot.text) if h.kind is not Kind.MAYBE_NAME]
    sure = [h for h in named if h.kind not in _LOOSE]
    learnt = [widened(h, [n for n in (*named, *found) if n.kind in _NAMED]) for h in known.hits(spot.text)]
    found = [*structured, *sure, *learnt, *named, *found]
    hits = patterns.without_overlaps(found)
    to_patient = spot.medical or any(h.kind in _HARD for h in hits)
    return [Hit(Kind.PATIENT_NAME, h.start, h.end) if to_patient and h.kind in _SOFT else h for h in hits]


def _told_by_label(spot: Spot) -> list[Hit]:
    """What the words of the label tell of the value as in a sentence: "送检医生: 韩雨桐", "Hospital number: 4471920".

    One plain word alone is no sentence: labels.toml knows those that say something.
    """
    label = spot.label
    if (label.isascii() and " " not in label.strip()) or not 2 <= len(label) <= 48 or len(spot.text) > SHORT:
        return []
    before = len(label) + 2
    hits = patterns.hits(f"{label}: {spot.text}")
    return [Hit(h.kind, h.start - before, h.end - before) for h in hits if h.start >= before]


_NAMED = NAMES | {Kind.MAYBE_NAME}


def widened(hit: Hit, names: Iterable[Hit]) -> Hit:
    """A known family name inside of what is seen to be a whole name stands for all of it: the given name goes too."""
    around = next((n for n in names if n.start <= hit.start and hit.end <= n.end), hit)
    return Hit(max(hit.kind, around.kind, key=rank), around.start, around.end)


def _is_title(text: str) -> bool:
    """True for one to three words without a sentence: people wrote them as a name of something."""
    return len(text) <= 60 and text.count(" ") <= 2 and ("_" in text or text[:1].isupper())


def _read_path(hit: Hit, text: str, known: Known) -> Hit:
    """A path that leads to a patient by one of its names counts as that; so do a patient's mail and telephone."""
    if hit.kind in (Kind.MAIL, Kind.PHONE):
        who = text[hit.start : hit.end].partition("@")[0]
        is_patient = any(h.kind in (Kind.PATIENT_NAME, Kind.PATIENT_CONTACT) for h in known.hits(who))
        return Hit(Kind.PATIENT_CONTACT, hit.start, hit.end) if is_patient else hit
    if hit.kind not in (Kind.PATH, Kind.USER_PATH):
        return hit
    inside = text[hit.start : hit.end]
    told = [h.kind for part in re.split(r"[\\/]+", inside) for h in [*titles.hits(part), *known.hits(part)]]
    worst = next((k for k in told if about_patient(k)), None)
    return Hit(worst, hit.start, hit.end) if worst else hit


_LOOSE = frozenset({Kind.PERSON_NAME, Kind.MAYBE_NAME, Kind.INSTITUTION, Kind.HOST, Kind.CASE_NUMBER})
_HARD = frozenset({Kind.PATIENT_NUMBER, Kind.NATIONAL_NUMBER, Kind.BIRTH_DATE})
_SOFT = frozenset({Kind.PERSON_NAME})


def _surroundings(text: str, hit: Hit) -> Hit:
    """The sentence or line around a hit that leads to a patient; the hit itself for all others."""
    if not about_patient(hit.kind):
        return hit
    before = [m.end() for m in re.finditer(r"[\r\n]+|[.!?;]\s+", text[: hit.start])]
    after = re.search(r"[\r\n]|[.!?;](?=\s|$)", text[hit.end :])
    start = before[-1] if before else 0
    end = hit.end + after.start() if after else len(text)
    return Hit(hit.kind, start, end) if end - start <= SENTENCE else hit


def _mark(check: str, shown: str, spot: Spot, seen: Hit, taken: Hit, counts: Counter[str]) -> Mark:
    base = f"privacy:{check}:{shown}:{spot.location}:{seen.kind}"
    counts[base] += 1
    key = base if counts[base] == 1 else f"{base}:{counts[base]}"
    evidence = spot.text[seen.start : seen.end].strip()
    finding = finding_of(check, key, seen.kind, shown, spot.location, evidence, spot.remedies)
    return Mark(finding, seen.kind, taken.start, taken.end)


def finding_of(
    check: str, key: str, kind: Kind, shown: str, location: str, evidence: str, remedies: tuple[str, ...]
) -> Finding:
    """A finding of ``kind`` with the sentences that belong to it."""
    weight = WEIGHTS[kind]
    return Finding(
        key=key,
        check=check,
        level=weight.level,
        message=weight.message,
        why=weight.why,
        advice=weight.advice,
        path=shown,
        location=location,
        subject=weight.subject,
        evidence=evidence[:2000],
        remedies=remedies,
    )


def kind_in_key(key: str) -> Kind | None:
    """The kind that a finding's key ends with, None for keys of other packages."""
    for part in reversed(key.split(":")):
        if not part.isdigit():
            return Kind(part) if part in Kind._value2member_map_ else None
    return None
