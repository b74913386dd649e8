"""What a header says of one file, as columns of a file list: numbers, and places on a plate. Nothing else goes there.

Only for files that are an image of their own and for small sets of OME-TIFF, whose files all carry the same header. Of
a chunked image, a series or a stack one header was read for many files: what it says is the set's, not the file's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.inventory import FileRow, SetKind

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory

MOST_FILES = 200
_KINDS = (SetKind.SINGLE, SetKind.OME_TIFF)
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
_REMEMBERED = 64  # sets whose files lie between those of others

Told = Callable[[FileRow], Mapping[str, str]]


def per_file(inventory: Inventory, harmless: Callable[[str], bool]) -> Told:
    """What to say of each file; ``harmless`` judges a text before it is told. One look into the store for each set, as
    long as files come in the order of their paths."""
    judged = functools.lru_cache(maxsize=4096)(harmless)

    @functools.lru_cache(maxsize=_REMEMBERED)
    def of_set(root: int, path: str) -> Mapping[str, str]:
        facts = inventory.facts_at(root, path, _KINDS, MOST_FILES)
        return cells(facts, judged) if facts else {}

    return lambda row: of_set(row.root, row.set_path) if row.set_path is not None else {}


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
