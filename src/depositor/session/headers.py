"""Reading the headers of a draft's image sets in the worker process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.facts import FileFacts
from depositor.draft.inventory import ImageSet, SetKind
from depositor.draft.problem import Problem
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory
    from depositor.session.store import Store
    from depositor.session.worker import Worker

READ = "depositor.scan.headers:read"
_GATHER = 100  # facts that are written together; a kill costs reading them again, nothing else
_FOLDERS = (SetKind.ZARR, SetKind.N5)
_ZARR_MARKERS = (".zgroup", ".zattrs", "zarr.json")


def read_new(
    worker: Worker,
    store: Store,
    inventory: Inventory,
    places: Places,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> int:
    """Read what was not read yet, one header per image set; how many were read. A reader that crashes costs one set."""
    todo: list[ImageSet] = list(inventory.unread())
    answers = worker.map(READ, ((representative(inventory, places, s), _shown(places, s)) for s in todo), cancel)
    gathered: list[tuple[ImageSet, FileFacts]] = []
    done = 0
    for found, (args, answer) in zip(todo, answers, strict=False):
        gathered.append((found, answer if isinstance(answer, FileFacts) else _unread(args[1], answer)))
        done += 1
        if len(gathered) >= _GATHER:
            _write(store, inventory, gathered)
        if on_progress and (done % 25 == 0 or done == len(todo)):
            on_progress(done, len(todo))
    _write(store, inventory, gathered)
    return done


def representative(inventory: Inventory, places: Places, found: ImageSet) -> Path:
    """The file or folder that stands for a set: a chunked image's folder, the index of a plate, else the first file."""
    path = places.absolute(found.root, found.path)
    if found.files == 1 or found.kind in (SetKind.SINGLE, SetKind.COMPANION) or is_one_object(places, found):
        return path
    if found.kind is SetKind.PLATE and found.detail and (path / found.detail).is_file():
        return path / found.detail
    first = next(iter(inventory.files_of(found, limit=1)), None)
    return places.absolute(first.root, first.path) if first else path


def is_one_object(places: Places, found: ImageSet) -> bool:
    """True for a folder that is read as a whole and not file by file: Zarr (plates too) and N5."""
    if found.kind in _FOLDERS:
        return True
    if found.kind is not SetKind.PLATE:
        return False
    folder = places.absolute(found.root, found.path)
    return any((folder / marker).exists() for marker in _ZARR_MARKERS)


def _shown(places: Places, found: ImageSet) -> str:
    return places.shown(found.root, found.path)


def _write(store: Store, inventory: Inventory, gathered: list[tuple[ImageSet, FileFacts]]) -> None:
    if gathered:
        with store.transaction():
            for found, facts in gathered:
                inventory.store_facts(found.root, found.path, inventory.stamp(found), facts)
        gathered.clear()


def _unread(shown: str, problem: Problem) -> FileFacts:
    return FileFacts(shown, problems=(problem,))


def paths_of(inventory: Inventory, places: Places) -> Iterator[tuple[ImageSet, Path]]:
    """Each image set with the file or folder that stands for it: what thumbnails are made from."""
    for found in inventory.sets():
        if found.kind is not SetKind.OTHER:
            yield found, representative(inventory, places, found)
