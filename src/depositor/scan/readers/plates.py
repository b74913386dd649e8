"""Plates whose index file tells of every image file: what all of the instruments' indexes have in common.

An index is read once; the facts of each of its files are then a look-up. Files that were taken in the same way share
one ``setup``, so that an index of a million files stays small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from pathlib import Path

from depositor.draft.facts import Channel, ImageFacts
from depositor.scan.readers import modality, sane
from depositor.scan.readers.base import with_facts

MAX_RECORDS = 2_000_000
_MOST_MISSING = 200  # files that are looked for before none is
_TOGETHER = ("channels", "modality", "modality_id", "light_sources")  # what the channels of a place say together
_MAX_IMAGES = 500  # places of one plate that are told one by one; of the others only what differs


@dataclass(frozen=True, slots=True)
class Record:
    """One image file of a plate: how it was taken, and where. ``z_um`` is the height of its plane."""

    setup: ImageFacts
    well: str | None
    field: str | None
    channel: str = ""
    plane: str = ""
    time: str = ""
    z_um: float | None = None
    acquired: str | None = None
    stage_um: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Plate:
    """What an index says: the format's name, facts of the whole plate, and a record for each file name."""

    format: str
    whole: ImageFacts
    key: str  # the native key of the place of a file
    records: Mapping[str, Record] = field(default_factory=dict)


def of_file(plate: Plate, name: str) -> ImageFacts | None:
    """What the index says of one of its files; None for a file that it does not name."""
    found = plate.records.get(name)
    if found is None:
        return None
    facts = with_facts(_joined(plate.whole, found.setup), plate.key, well=found.well, field=found.field)
    facts = with_facts(facts, plate.key, acquired=found.acquired, stage_um=found.stage_um)
    return with_facts(facts, plate.key, size_z=1, size_c=1, size_t=1)


def with_first_file(plate: Plate, folder: Path) -> Plate:
    """The plate with what no index tells, out of the first of its files that is there: how pixels are stored."""
    from depositor.scan.readers.tiff import TiffReader

    first = next((n for n in islice(plate.records, _MOST_MISSING) if (folder / n).is_file()), None)
    if first is None:
        return plate
    try:
        own = TiffReader().read(folder / first).images[0]
    except Exception:  # what is wrong with the file is told where that file is read
        return plate
    whole = with_facts(plate.whole, own.keys.get("pixel_type", ""), pixel_type=own.pixel_type)
    return replace(plate, whole=with_facts(whole, "Compression", compression=own.compression))


def images(plate: Plate) -> tuple[ImageFacts, ...]:
    """One image for each field of each well, all its channels, planes and times together: the first 500, and of the
    later ones those that were taken in another way."""
    places: dict[tuple[str | None, str | None], list[Record]] = defaultdict(list)
    for record in plate.records.values():
        places[record.well, record.field].append(record)
    found: list[ImageFacts] = []
    seen: set[tuple[int, ...]] = set()
    for (well, place), records in places.items():
        way = tuple(sorted({id(r.setup) for r in records}))
        if len(found) < _MAX_IMAGES or way not in seen:
            seen.add(way)
            facts = _together(plate, records)
            found.append(with_facts(facts, plate.key, well=well, field=place))
    return tuple(found)


def _together(plate: Plate, records: list[Record]) -> ImageFacts:
    """The image that the files of one place make up; only what all of them share stands beside its channels."""
    by_channel = {r.channel: r for r in records}
    setups = [by_channel[c].setup for c in sorted(by_channel, key=_counted)]
    channels = tuple(c for s in setups for c in (s.channels or (Channel(),)))
    shared = _shared(setups)
    sizes = {
        "size_c": len(by_channel),
        "size_z": len({r.plane for r in records}),
        "size_t": len({r.time for r in records}),
    }
    facts = with_facts(_joined(plate.whole, shared), plate.key, **sizes)
    first = min((r.acquired for r in records if r.acquired), default=None)
    facts = with_facts(facts, plate.key, acquired=first)
    key = setups[0].keys.get("channels", plate.key)
    facts = with_facts(facts, key, channels=channels if any(c != Channel() for c in channels) else ())
    facts = with_facts(facts, key, modality=modality.shared_mode(channels), modality_id=modality.of(channels))
    light = tuple(dict.fromkeys(one for s in setups for one in s.light_sources))
    source = next((s.keys["light_sources"] for s in setups if s.light_sources), "")
    facts = with_facts(facts, source, light_sources=light)
    return with_facts(facts, plate.key, pixel_size_z_um=_step(records))


def _counted(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (1 << 30, name)


def _shared(setups: list[ImageFacts]) -> ImageFacts:
    """The facts that all setups agree on."""
    first, others = setups[0], setups[1:]
    gone = {
        name
        for name in first.keys
        if name in _TOGETHER or any(getattr(o, name) != getattr(first, name) for o in others)
    }
    empty = ImageFacts()
    keys = {k: v for k, v in first.keys.items() if k not in gone}
    return replace(first, **{name: getattr(empty, name) for name in gone}, keys=keys)


def _joined(whole: ImageFacts, part: ImageFacts) -> ImageFacts:
    told = {name: getattr(part, name) for name in part.keys}
    return replace(whole, **told, keys={**whole.keys, **part.keys})


def _step(records: Iterable[Record]) -> float | None:
    """The distance of the planes, where it is the same between all of them."""
    heights = {r.plane: r.z_um for r in records if r.z_um is not None}
    if len(heights) < 2:
        return None
    ordered = sorted(heights.values())
    steps = [b - a for a, b in pairwise(ordered)]
    mean = (ordered[-1] - ordered[0]) / len(steps)
    even = mean > 0 and all(abs(s - mean) <= 0.02 * mean for s in steps)
    return sane.length_um(round(mean, 6), "um") if even else None
