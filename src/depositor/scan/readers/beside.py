"""TIFF files that say little themselves, while an index beside them tells the rest: plates of screening microscopes.

The index is parsed once for all files of its folder, as long as it does not change.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from depositor.draft.facts import ImageFacts
from depositor.draft.problem import Problem
from depositor.scan.readers import faults, opera, plates, yokogawa
from depositor.scan.readers.base import Reading
from depositor.scan.readers.plates import Plate

INDEXES = (*opera.NAMES, yokogawa.NAME)
_REMEMBERED = 4  # indexes; files come folder by folder
_COMPARED = ("size_x", "size_y", "pixel_size_x_um", "pixel_size_y_um")


def completed(path: Path, found: Reading) -> Reading:
    """What the file at ``path`` says, with what the index in its folder says of it. Where the two contradict each
    other the file's own word stays, and a Problem says so."""
    index = index_of(path.parent)
    if index is None or len(found.images) != 1:
        return found
    plate = _plate(index)
    told = plates.of_file(plate, path.name) if plate else None
    if told is None:
        return found
    own = found.images[0]
    problems: tuple[Problem, ...] = found.problems
    if any(_contradict(getattr(own, name), getattr(told, name)) for name in _COMPARED):
        problems = (*problems, faults.contradiction(path.name))
    return replace(found, images=(_joined(own, told),), problems=problems)


def index_of(folder: Path) -> Path | None:
    """The index of the plate in ``folder``, or None."""
    return next((folder / name for name in INDEXES if (folder / name).is_file()), None)


def parsed(index: Path) -> Plate:
    """The plate that an index tells of; raises whatever reading it raises."""
    state = index.stat()
    return _parsed(index, state.st_mtime_ns, state.st_size)


def _plate(index: Path) -> Plate | None:
    state = index.stat()
    return _parsed_or_none(index, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=_REMEMBERED)
def _parsed(index: Path, mtime_ns: int, size: int) -> Plate:
    return yokogawa.index(index) if index.suffix.lower() == ".mlf" else opera.index(index)


@functools.lru_cache(maxsize=_REMEMBERED)
def _parsed_or_none(index: Path, mtime_ns: int, size: int) -> Plate | None:
    """None for an index that cannot be read: it has its own Problem, and the files still say what they can. That is
    remembered too, so that a damaged index is not tried again for each of its files."""
    try:
        return _parsed(index, mtime_ns, size)
    except Exception:
        return None


def _joined(own: ImageFacts, told: ImageFacts) -> ImageFacts:
    """The file's own word, then that of the index; only how many planes make one image is for the index to say."""
    more = {k: getattr(told, k) for k in told.keys if k not in own.keys or k in ("acquired",)}
    keys = {**own.keys, **{k: told.keys[k] for k in more}}
    return replace(own, **more, keys=keys)


def _contradict(one: object, other: object) -> bool:
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return False
    return abs(one - other) > 1e-3 * max(abs(one), abs(other))
