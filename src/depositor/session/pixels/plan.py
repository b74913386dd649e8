"""Which files have pictures to read: like ones are counted, so that of many in a folder some stand for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.inventory import FileRow, ImageSet, SetKind
from depositor.draft.problem import Problem
from depositor.scan.frames.base import Amount, Risk, evenly
from depositor.session.headers import is_one_object
from depositor.session.pixels.crew import Asked, Crew
from depositor.session.pixels.reading import MOST, Reading
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory

LAID_OVER = 400  # slices of a series that are laid over each other
_NO_PICTURES = frozenset(
    (
        *("txt", "csv", "tsv", "json", "xml", "md", "py", "m", "r", "ijm", "log", "html", "htm", "yml", "yaml", "toml"),
        *("ini", "pdf", "xlsx", "xls", "docx", "doc", "pptx", "zip", "7z", "tar", "bval", "bvec", "mdoc", "rtf"),
    )
)
Wanted = Callable[[FileRow], bool]
_Group = tuple[int, str, str]


def readings(
    inventory: Inventory,
    places: Places,
    crew: Crew,
    amount: Amount,
    cancel: Cancel,
    *,
    wanted: Wanted = lambda row: True,
    cache: str = "",
) -> Iterator[tuple[Asked, Reading | Problem]]:
    """What stands in the pictures of the files that are ``wanted``, in the order in which they are done."""
    laid = {} if amount is Amount.ALL else _series(inventory, places, crew, cancel, wanted)
    yield from crew.read(_asked(inventory, places, laid, wanted), str(amount), cancel, cache)


def _asked(inventory: Inventory, places: Places, laid: dict[tuple[int, str], int], wanted: Wanted) -> Iterator[Asked]:
    objects = {(s.root, s.path) for s in inventory.sets() if is_one_object(places, s)}
    totals: Counter[_Group] = Counter(_group(r) for r in inventory.files() if _may_show(r, objects))
    seen: Counter[_Group] = Counter()
    begun: set[tuple[int, str]] = set()
    for row in inventory.files():
        one = (row.root, row.set_path or "")
        if one in objects:
            if one not in begun and wanted(row):
                begun.add(one)
                yield Asked(places.absolute(*one), places.shown(row.root, row.path), row=row)
        elif _may_show(row, objects):
            group = _group(row)
            place = (seen[group], totals[group])
            seen[group] += 1
            if wanted(row):
                yield _one(row, places, place, laid)


def _one(row: FileRow, places: Places, place: tuple[int, int], laid: dict[tuple[int, str], int]) -> Asked:
    """A slice of a series in which text was seen is read in any case."""
    path, shown = places.absolute(row.root, row.path), places.shown(row.root, row.path)
    over = laid.get((row.root, row.set_path or ""))
    if over == 0:
        return Asked(path, shown, row=row)
    return Asked(path, shown, place, over or 0, row)


def _may_show(row: FileRow, objects: set[tuple[int, str]]) -> bool:
    return (
        row.size > 0
        and row.path.rpartition(".")[2].lower() not in _NO_PICTURES
        and (row.root, row.set_path or "") not in objects
    )


def _group(row: FileRow) -> _Group:
    """Files of one series or stack, or of one folder and one ending, are alike."""
    folder, _, name = row.path.rpartition("/")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return row.root, row.set_path or folder, ending


def _series(
    inventory: Inventory, places: Places, crew: Crew, cancel: Cancel, wanted: Wanted
) -> dict[tuple[int, str], int]:
    """Series of slices too long to be read one by one -> how many of them were looked at laid over each other; 0 where
    text stands in one of them."""
    found: dict[tuple[int, str], int] = {}
    for one in inventory.sets():
        if cancel:
            break
        if one.kind is not SetKind.DICOM or one.files <= MOST[Risk.LOW]:
            continue
        if any(wanted(row) for row in inventory.files_of(one)):
            paths = _sampled(inventory, places, one)
            found[one.root, one.path] = 0 if crew.shows_text(paths) else len(paths)
    return found


def _sampled(inventory: Inventory, places: Places, one: ImageSet) -> tuple[Path, ...]:
    chosen = frozenset(evenly(one.files, LAID_OVER))
    rows = enumerate(inventory.files_of(one))
    return tuple(places.absolute(r.root, r.path) for n, r in rows if n in chosen)
