"""What many headers say together, in constant memory: groups of files taken in the same way, and how far they agree.

Files are streamed; what is kept is bounded by the number of groups and of distinct values, never by that of files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, Objective
from depositor.form.modalities import Method, methods

_MOST_GROUPS = 200  # more ways of acquisition than that are no longer told apart
_MOST_VALUES = 60  # more distinct values of one fact than that are only counted


class Tally:
    """How many files say which value; each value with the first file that says it."""

    def __init__(self) -> None:
        self._seen: dict[Any, list[Any]] = {}  # value -> [files, first file, last file]

    def add(self, value: Any, path: str) -> bool:
        """Count a value once for each file; None counts nothing. True for a value that is new."""
        if value is None or value == ():
            return False
        entry = self._seen.get(value)
        if entry is None and len(self._seen) < _MOST_VALUES:
            self._seen[value] = [1, path, path]
            return True
        if entry is not None and entry[2] != path:
            entry[0] += 1
            entry[2] = path
        return False

    def ranked(self) -> tuple[tuple[Any, int, str], ...]:
        """(value, files, first file), the most frequent first, then in the order of appearance."""
        found = ((value, entry[0], entry[1]) for value, entry in self._seen.items())
        return tuple(sorted(found, key=lambda row: -row[1]))

    def top(self) -> Any:
        """The most frequent value, None where no file says any."""
        ranked = self.ranked()
        return ranked[0][0] if ranked else None

    def values(self) -> tuple[Any, ...]:
        return tuple(self._seen)

    def __bool__(self) -> bool:
        return bool(self._seen)


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes two images "taken in the same way".

    Channels are no part of it: many microscopes write a file for each channel. Nor is the pixel size: zoom is a matter
    of the moment on a confocal.
    """

    instrument: Device | None
    objective: Objective | None
    methods: tuple[Method, ...]

    @property
    def empty(self) -> bool:
        return not (self.instrument or self.objective or self.methods)


@dataclass(slots=True)
class Group:
    """Images of one signature: the first file, its reader and native keys, and a tally of each fact that may vary."""

    signature: Signature
    first: str
    reader: str | None
    keys: dict[str, str]
    files: int = 0
    last: str = ""
    tallies: dict[str, Tally] = field(default_factory=dict)

    def tally(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())

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
    sources: dict[str, tuple[str | None, dict[str, str]]] = field(default_factory=dict)  # file -> reader, native keys

    def ranked(self) -> tuple[Group, ...]:
        """The groups that say something about the acquisition, the one with most files first.

        Where none names an instrument or a method, the one group of all files counts if it has settings to tell.
        """
        told = [g for g in self.groups.values() if not g.signature.empty]
        settings = [g for g in self.groups.values() if g.has_settings]
        return tuple(sorted(told or settings, key=lambda g: -g.files))


def gather(facts: Iterable[FileFacts]) -> Gathered:
    """Go through the facts once."""
    gathered = Gathered()
    for file in facts:
        for image in file.images:
            _take(gathered, file, image)
    return gathered


def _take(gathered: Gathered, file: FileFacts, image: ImageFacts) -> None:
    signature = _signature(image)
    group = _group(gathered.groups, signature, signature, file, image)
    if group:
        _count(group, file, image)
    by_format = _group(gathered.formats, file.format or "", signature, file, image)
    if by_format:
        _count(by_format, file, image)
    named = tuple(Channel(c.name, c.fluorophore, contrast=c.contrast) for c in image.channels)
    new = any(c.name or c.fluorophore for c in named) and gathered.channel_sets.add(named, file.path)
    new = ((image.size_t or 1) > 1 and gathered.series.add(True, file.path)) or new
    if new:
        gathered.sources.setdefault(file.path, (file.reader, image.keys))


def _signature(image: ImageFacts) -> Signature:
    return Signature(image.instrument, image.objective, methods(image))


def _group(
    groups: dict[Any, Group], key: Any, signature: Signature, file: FileFacts, image: ImageFacts
) -> Group | None:
    group = groups.get(key)
    if group is None and len(groups) < _MOST_GROUPS:
        group = groups[key] = Group(signature, file.path, file.reader, dict(image.keys))
    return group


def _count(group: Group, file: FileFacts, image: ImageFacts) -> None:
    if group.last != file.path:
        group.files += 1
        group.last = file.path
    for name, value in _facts(image).items():
        group.tally(name).add(value, file.path)
    for name, native in image.keys.items():
        group.keys.setdefault(name, native)


def _facts(image: ImageFacts) -> dict[str, Any]:
    """The facts that may vary in a group, as values that can be counted; lengths rounded to four digits."""
    extents = tuple((a, n) for a in "xyzct" if (n := getattr(image, f"size_{a}")) and (n > 1 or a in "xy"))
    sizes = [(a, rounded(getattr(image, f"pixel_size_{a}_um"))) for a in "xy"]
    if (image.size_z or 1) > 1:
        sizes.append(("z", rounded(image.pixel_size_z_um)))
    return {
        "extents": extents,
        "pixel_size": tuple((a, n) for a, n in sizes if n),
        "time_increment_s": rounded(image.time_increment_s),
        "detector": image.detector,
        "software": image.software,
        "channels": tuple(_plain_channel(c) for c in image.channels) or None,
    }


def _plain_channel(channel: Channel) -> Channel:
    """A channel without what tells nothing about the acquisition (colours are a matter of display)."""
    return Channel(
        channel.name,
        channel.fluorophore,
        rounded(channel.excitation_nm),
        rounded(channel.emission_nm),
        rounded(channel.exposure_s),
        contrast=channel.contrast,
        mode=channel.mode,
    )


def rounded(value: float | None) -> float | None:
    """Four significant digits: headers repeat noise of binary numbers (0.09999999999999999)."""
    if value is None:
        return None
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short
