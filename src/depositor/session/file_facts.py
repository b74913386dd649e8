"""What a header says of one file, as columns of a file list: numbers, and places on a plate. Nothing else goes there.

Only for files that are an image of their own, for small sets of OME-TIFF, whose files all carry the same header, and
for plates, whose files have their well and field in their names. Of a chunked image, a series or a stack one header was
read for many files: what it says is the set's, not the file's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.inventory import FileRow, SetKind
from depositor.scan import plate_names

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory

MOST_FILES = 200
_MOST = {SetKind.SINGLE: MOST_FILES, SetKind.OME_TIFF: MOST_FILES, SetKind.PLATE: 10_000_000}
_NUMBERS = {
    "Size X": "size_x",
    "Size Y": "size_y",
    "Size Z": "size_z",
    "Channels": "size_c",
    "Time points": "size_t",
    "Pixel size X (µm)": "pixel_size_x_um",
    "Pixel size Y (µm)": "pixel_size_y_um",
    "Pixel size Z (µm)": "pixel_size_z_um",
    "Time interval (s)": "time_increment_s",
}
# People type what they like into these; only what cannot be anything but a place is taken over.
_PLACES = {
    "Plate": ("plate", re.compile(r"(?:plate|pl|p)?[ _-]?[0-9]{1,4}[A-Za-z]?", re.IGNORECASE)),
    "Well": ("well", re.compile(r"[A-Za-z]{1,2}[ _-]?[0-9]{1,2}")),
    "Field": ("field", re.compile(r"(?:field|fov|site|position|pos|f|s|p)?[ _-]?[0-9]{1,5}", re.IGNORECASE)),
}
_DIGITS = 6
_OF_PLATE = frozenset(("Plate", "Size X", "Size Y", "Pixel size X (µm)", "Pixel size Y (µm)"))  # true of each file too
_REMEMBERED = 64  # sets whose files lie between those of others

Told = Callable[[FileRow], Mapping[str, str]]


def per_file(inventory: Inventory, harmless: Callable[[str], bool]) -> Told:
    """What to say of each file; ``harmless`` judges a text before it is told. One look into the store for each set, as
    long as files come in the order of their paths."""
    judged = functools.lru_cache(maxsize=4096)(harmless)

    @functools.lru_cache(maxsize=_REMEMBERED)
    def of_set(root: int, path: str) -> tuple[str | None, Mapping[str, str]]:
        facts = inventory.facts_at(root, path, _MOST)
        if facts is None:
            return None, {}
        if facts.reader in plate_names.READERS:
            return facts.reader, {k: v for k, v in cells(facts, judged).items() if k in _OF_PLATE}
        return None, cells(facts, judged)

    def told(row: FileRow) -> Mapping[str, str]:
        if row.set_path is None:
            return {}
        reader, shared = of_set(row.root, row.set_path)
        return _on_plate(reader, row.path.rpartition("/")[2], shared) if reader else shared

    return told


def _on_plate(reader: str, name: str, shared: Mapping[str, str]) -> Mapping[str, str]:
    """The index itself and notes beside it are no image of a well: nothing is said of them."""
    well, field = plate_names.place(reader, name)
    place = {k: v for k, v in (("Well", well), ("Field", field)) if v}
    return {**shared, **place} if well else {}


def cells(facts: FileFacts, harmless: Callable[[str], bool]) -> dict[str, str]:
    """Heading -> value, for what all images of the file agree on."""
    return dict(_cells(facts.images, harmless)) if facts.images else {}


def _cells(images: tuple[ImageFacts, ...], harmless: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    for heading, name in _NUMBERS.items():
        number = _agreed(images, name)
        if isinstance(number, int | float):
            yield heading, f"{number:.{_DIGITS}g}" if isinstance(number, float) else str(number)
    for heading, (name, pattern) in _PLACES.items():
        place = _agreed(images, name)
        if isinstance(place, str) and pattern.fullmatch(place.strip()) and harmless(place.strip()):
            yield heading, place.strip()


def _agreed(images: tuple[ImageFacts, ...], name: str) -> object:
    values = {getattr(image, name) for image in images}
    return values.pop() if len(values) == 1 else None
