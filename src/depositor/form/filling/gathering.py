"""What many headers say together, in constant memory: groups of files taken in the same way, and how far they agree.

Files are streamed; what is kept is bounded by the number of groups and of distinct values, never by that of files.
The order in which files come makes no difference, up to those bounds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, Objective
from depositor.form.filling.flat_facts import flat, keys_of
from depositor.form.filling.modalities import Method, methods
from depositor.form.filling.tally import Sighting, Source, Tally, rounded

_MOST_GROUPS = 200  # more ways of acquisition than that are no longer told apart


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes two images "taken in the same way".

    Channels are no part of it: many microscopes write a file for each channel. Nor is the pixel size: zoom is a matter
    of the moment on a confocal. Of an electron microscope the voltage counts, of a mass spectrometer the polarity.
    """

    instrument: Device | None
    objective: Objective | None
    methods: tuple[Method, ...]
    voltage_kv: float | None = None
    polarity: str | None = None

    @property
    def empty(self) -> bool:
        return not (self.instrument or self.objective or self.methods or self.voltage_kv or self.polarity)


@dataclass(slots=True)
class Group:
    """Images of one signature: how many files, the first of them by path, and a tally of each fact.

    ``named`` are those of its files that a draft names as the origin of values.
    """

    signature: Signature
    first: str
    files: int = 0
    last: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    @property
    def witnesses(self) -> set[str]:
        """The files by which the record of the group is found again: those that a draft names, or will name."""
        return {self.first, *self.named, *(s.file for t in self.tallies.values() for s in t.sources())}

    def tally(self, name: str) -> Tally:
        found = self.tallies.get(name)
        if found is None:
            found = self.tallies[name] = Tally()
        return found

    def source(self, *names: str) -> Source:
        """Where a value stands that all files of the group say: the first file, the key of the first fact it has."""
        found = (s for name in names for s in self.tally(name).sources())
        known = next((s for s in sorted(found, key=lambda s: (s.key is None, s.file)) if s.file == self.first), None)
        return known or self._reader()

    def _reader(self) -> Source:
        own = (s for s in self.tally("reader").sources() if s.file == self.first)
        return next(own, Source(self.first))

    @property
    def has_settings(self) -> bool:
        """True where a wavelength, an exposure or a time interval is known."""
        channels = (c for value in self.tally("channels").values() for c in value)
        lit = any(c.excitation_nm or c.emission_nm or c.exposure_s for c in channels)
        return lit or bool(self.tally("time_increment_s"))


@dataclass(slots=True)
class Gathered:
    """All that the headers say. ``series`` counts the files with more than one time point."""

    groups: dict[Signature, Group] = field(default_factory=dict)
    formats: dict[str, Group] = field(default_factory=dict)
    channel_sets: Tally = field(default_factory=Tally)
    series: Tally = field(default_factory=Tally)
    plates: Tally = field(default_factory=Tally)

    def ranked(self) -> tuple[Group, ...]:
        """The groups that say something about the acquisition, the one with most files first.

        Where none names an instrument or a method, the one group of all files counts if it has settings to tell.
        """
        told = [g for g in self.groups.values() if not g.signature.empty]
        settings = [g for g in self.groups.values() if g.has_settings]
        return tuple(sorted(told or settings, key=lambda g: (-g.files, g.first, repr(g.signature))))

    def by_format(self) -> tuple[tuple[str, Group], ...]:
        """The groups of files of one format, the commonest first."""
        return tuple(sorted(self.formats.items(), key=lambda row: (-row[1].files, row[0])))


def gather(facts: Iterable[FileFacts], known: Collection[str] = frozenset()) -> Gathered:
    """Go through the facts once. ``known`` are files that the draft names as origins."""
    gathered = Gathered()
    for file in facts:
        for image in file.images:
            _take(gathered, file, image, known)
    return gathered


def _take(gathered: Gathered, file: FileFacts, image: ImageFacts, known: Collection[str]) -> None:
    signature = _signature(image)
    found = [(name, value, _source(file, image, *keys_of(name))) for name, value in flat(image).items()]
    found.append(("reader", file.reader, Source(file.path, file.reader)))
    found.append(("modality", signature.methods, _source(file, image, "modality_id", "modality", "channels")))
    for groups, key in ((gathered.groups, signature), (gathered.formats, file.format or "")):
        group = _group(groups, key, signature, file)
        if group:
            _count(group, file.path, found)
            if file.path in known:
                group.named.add(file.path)
    named = tuple(Channel(c.name, c.fluorophore, contrast=c.contrast, metal=c.metal) for c in image.channels)
    if any(c.name or c.fluorophore or c.metal for c in named):
        gathered.channel_sets.add(named, _source(file, image, "channels"))
    if (image.size_t or 1) > 1:
        gathered.series.add(True, _source(file, image, "size_t"))
    gathered.plates.add(image.plate, _source(file, image, "plate"))


def _signature(image: ImageFacts) -> Signature:
    beam, ions = image.electrons, image.ions
    return Signature(
        image.instrument,
        engraved(image.objective),
        methods(image),
        rounded(beam.voltage_kv) if beam else None,
        ions.polarity if ions else None,
    )


def engraved(lens: Objective | None) -> Objective | None:
    """What tells one objective from another; how it was set that day is left out."""
    if lens is None:
        return None
    found = Objective(lens.model, lens.magnification, lens.na, lens.immersion, lens.manufacturer)
    return None if found == Objective() else found


def _group(groups: dict[Any, Group], key: Any, signature: Signature, file: FileFacts) -> Group | None:
    group = groups.get(key)
    if group is None and len(groups) < _MOST_GROUPS:
        group = groups[key] = Group(signature, file.path)
    return group


def _count(group: Group, path: str, found: Iterable[tuple[str, Any, Source]]) -> None:
    if group.last != path:
        group.files += 1
        group.last = path
    group.first = min(group.first, path)
    for name, value, source in found:
        group.tally(name).add(value, source)


def _source(file: FileFacts, image: ImageFacts, *names: str) -> Source:
    return Source(file.path, file.reader, next((image.keys[n] for n in names if n in image.keys), None))


__all__ = ["Gathered", "Group", "Sighting", "Signature", "Source", "Tally", "engraved", "gather", "rounded"]
