"""Where the pixels lie of a file that only tells of others: an index, a companion, notes of the microscope."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from depositor.scan import kinds, peek
from depositor.scan.readers import beside, lif, mmstudio

_MOST_NAMES = 500  # that are looked for
_MOST_LISTED = 5000  # files of a folder


def image_of(path: Path, reader_id: str) -> Path | None:
    """The first file that holds pixels of what ``path`` tells of; None where it holds them itself, or none is there.
    Only files in its own folder, or below it, are taken."""
    names = _NAMES.get(reader_id)
    if names is None or not path.is_file():
        return None
    found = (path.parent / name for name in islice(names(path), _MOST_NAMES))
    return next((p for p in found if p != path and p.is_file()), None)


def _of_plate(path: Path) -> Iterable[str]:
    return (n for n in beside.parsed(path).records if Path(n).name == n)


def _of_companion(path: Path) -> Iterable[str]:
    return sorted(peek.ome_names(str(path)))


def _of_tilts(path: Path) -> Iterable[str]:
    own = path.name[: -len(".mdoc")]
    return (own, *sorted(n for n in peek.mdoc_names(str(path)) if n not in (".", "..")))


def _starting(path: Path, mark: str, *ends: str) -> list[str]:
    """The files beside ``path`` that begin with its name and ``mark``, and have one of the endings."""
    base = kinds.stem(path.name) + mark
    listed = islice(path.parent.iterdir(), _MOST_LISTED)
    return sorted(f.name for f in listed if f.name.startswith(base) and f.name.lower().endswith(ends))


def _of_metamorph(path: Path) -> Iterable[str]:
    return _starting(path, "_", ".tif", ".tiff", ".stk")


def _of_tia(path: Path) -> Iterable[str]:
    return _starting(path, "_", ".ser")


def _of_micromanager(path: Path) -> Iterable[str]:
    if path.name == "NDTiff.index":
        return mmstudio.ndtiff_index(path)[1]
    own = path.name.removesuffix("metadata.txt").rstrip("_")
    listed = islice(path.parent.iterdir(), _MOST_LISTED)
    return sorted(f.name for f in listed if f.name.startswith(own) and f.name.lower().endswith((".tif", ".tiff")))


def _of_leica(path: Path) -> Iterable[str]:
    return (n for n in lif.referred_names(path) if n.lower().endswith((".lof", ".tif", ".tiff", ".png", ".jpg")))


_NAMES: dict[str, Callable[[Path], Iterable[str]]] = {
    "opera": _of_plate,
    "yokogawa": _of_plate,
    "ome-xml": _of_companion,
    "mdoc": _of_tilts,
    "imagexpress": _of_metamorph,
    "emi": _of_tia,
    "micro-manager": _of_micromanager,
    "xlef": _of_leica,
}
READERS = frozenset(_NAMES)
"""Those whose files tell of others."""
