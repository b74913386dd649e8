"""Which instrument of a library the headers speak of: a proposal for a person to look at, never a fact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from depositor.draft.draft import Draft
from depositor.draft.facts import Device, FileFacts, Objective
from depositor.form.filling import prose
from depositor.form.filling.gathering import gather
from depositor.form.filling.matching import origin_files, places
from depositor.form.reuse.library import Entry, EntryKind, Part, PartKind

_MOST_GROUPS = 8
_TELLING = 6  # a shorter word of a model's name is no sign of an instrument, unless it is all of it


@dataclass(frozen=True, slots=True)
class Seen:
    """What the headers say of the instrument of one image acquisition (``at``), and in how many files."""

    at: int
    stand: Device
    objective: Objective | None = None
    detector: Device | None = None
    files: int = 1


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that the headers seem to mean, with the parts of it that they name."""

    entry: Entry
    seen: Seen
    parts: tuple[Part, ...]


def seen(draft: Draft, facts: Iterable[FileFacts]) -> tuple[Seen, ...]:
    """The instruments that the headers name, each with the record of the draft that it belongs to."""
    groups = gather(facts, origin_files(draft)).ranked()[:_MOST_GROUPS]
    out = []
    for place in places(draft, "image_acquisition", groups, prose.instrument):
        stand = place.group.signature.instrument
        if stand is not None and (stand.model or stand.manufacturer):
            at = int(place.path.rpartition("[")[2].rstrip("]"))
            lens, detector = place.group.signature.objective, place.group.tally("detector").top()
            out.append(Seen(at, stand, lens, detector, place.group.files))
    return tuple(out)


def matches(entries: Iterable[Entry], found: Sequence[Seen]) -> tuple[Match, ...]:
    """The instruments among ``entries`` that fit what was seen, an exact name before a similar one."""
    instruments = [e for e in entries if e.kind is EntryKind.INSTRUMENT]
    rated = [(_alike(e, one.stand), Match(e, one, used(e, one))) for one in found for e in instruments]
    return tuple(m for rate, m in sorted(rated, key=lambda pair: -pair[0]) if rate)


def used(entry: Entry, one: Seen) -> tuple[Part, ...]:
    """The parts that were used: those that leave no choice, and the lens and the detector that the headers name."""
    sole = [p for p in entry.parts if len(entry.of(p.kind)) == 1]
    lenses = [p for p in entry.of(PartKind.OBJECTIVE) if p not in sole and _same_lens(p, one.objective)]
    detectors = [p for p in entry.of(PartKind.DETECTOR) if p not in sole and _same_device(p, one.detector)]
    named = [*(lenses if len(lenses) == 1 else ()), *(detectors if len(detectors) == 1 else ())]
    return tuple(p for p in entry.parts if p in sole or p in named)


def _alike(entry: Entry, stand: Device) -> int:
    """3: a name that the headers are known to call it by, 2: the same model, 1: a model that is part of the name."""
    said = _plain(stand.model) or _plain(stand.manufacturer)
    if said in {_plain(name) for name in entry.known_as}:
        return 3
    return max((_rated(part, stand, said) for part in entry.of(PartKind.STAND)), default=0)


def _rated(part: Part, stand: Device, said: str) -> int:
    if not _same_maker(part.manufacturer, stand.manufacturer):
        return 0
    own = _plain(part.model) or _plain(part.name)
    if own and own == said:
        return 2
    short, long = sorted((own, said), key=len)
    return int(len(short) >= _TELLING and bool(re.search(r"\d", short)) and short in long)


def _same_maker(one: str | None, two: str | None) -> bool:
    """True unless both are told and have nothing in common (``Zeiss`` is part of ``Carl Zeiss Microscopy``)."""
    a, b = _plain(one), _plain(two)
    return not a or not b or a in b or b in a


def _same_lens(part: Part, lens: Objective | None) -> bool:
    if lens is None:
        return False
    if lens.magnification and part.magnification and lens.na and part.na:
        return abs(lens.magnification - part.magnification) < 0.05 and abs(lens.na - part.na) < 0.005
    return bool(_plain(lens.model)) and _plain(lens.model) in (_plain(part.name), _plain(part.model))


def _same_device(part: Part, device: Device | None) -> bool:
    said = _plain(device.model) if device else ""
    return bool(said) and said in (_plain(part.model), _plain(part.name))


def _plain(text: str | None) -> str:
    """A name without what people write in ten ways: case, blanks, points and dashes."""
    return re.sub(r"[^a-z0-9]", "", (text or "").casefold())
