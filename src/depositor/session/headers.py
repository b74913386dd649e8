"""Reading the headers of a draft's image sets in the worker process."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.inventory import ImageSet, SetKind
from depositor.draft.message import msg
from depositor.draft.problem import Problem, Side
from depositor.scan import kinds
from depositor.session import integrity
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory
    from depositor.session.store import Store
    from depositor.session.worker import Worker

READ = "depositor.scan.headers:read"
SECONDS = 45.0  # by the clock, for one file; of the processor it gets less (worker_process.BUDGETS)
_GATHER = 100  # facts that are written together; a kill costs reading them again, nothing else
_FOLDERS = (SetKind.ZARR, SetKind.N5)
_MOST_LOOKED_AT = 50
_TEXTS = frozenset(
    (
        *("xml", "idx.xml", "mlf", "mrf", "mes", "wpi", "wpp", "htd", "nd", "txt", "oif", "pty", "lut", "roi", "json"),
        *("companion.ome", "ome.xml", "ome", "mdoc", "mrc.mdoc", "index", "xlef", "xlif", "lof"),
    )
)  # files of a set that hold no picture
_ZARR_MARKERS = (".zgroup", ".zattrs", "zarr.json")


def read_new(
    worker: Worker,
    store: Store,
    inventory: Inventory,
    places: Places,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> int:
    """Read what was not read yet; how many sets were read. One header tells of a whole set, but of a stack of numbered
    files three are asked, so that it shows where they differ. A reader that crashes costs one set."""
    todo: list[ImageSet] = list(inventory.unread())
    asked = [(number, path) for number, s in enumerate(todo) for path in asked_of(inventory, places, s)]
    counts = Counter(number for number, _ in asked)
    arguments = ((path, _shown(places, todo[number])) for number, path in asked)
    answers = worker.map(READ, arguments, cancel, SECONDS)
    gathered: list[tuple[ImageSet, FileFacts]] = []
    done = 0
    for number, some in itertools.groupby(zip(asked, answers, strict=False), key=lambda pair: pair[0][0]):
        found = todo[number]
        told = [_told(_shown(places, found), answer) for _, (_, answer) in some]
        if len(told) < counts[number]:
            break  # stopped in the middle of a set: it is read as a whole the next time
        whole = integrity.examined(asked_of(inventory, places, found)[0], together(told), cancel)
        if whole is None:
            break
        gathered.append((found, whole))
        done += 1
        if len(gathered) >= _GATHER:
            _write(store, inventory, gathered)
        if on_progress and (done % 25 == 0 or done == len(todo)):
            on_progress(done, len(todo))
    _write(store, inventory, gathered)
    integrity.forget()
    return done


def asked_of(inventory: Inventory, places: Places, found: ImageSet) -> tuple[Path, ...]:
    """The files whose headers tell of a set: the folder or the index that describes it, the first, middle and last file
    of a stack of numbered files, else the first file."""
    path = places.absolute(found.root, found.path)
    if found.files == 1 or found.kind in (SetKind.SINGLE, SetKind.COMPANION) or is_one_object(places, found):
        return (path,)
    if found.kind is SetKind.PLATE and found.detail and (path / found.detail).is_file():
        return (path / found.detail,)
    wanted = sorted({0, found.files // 2, found.files - 1}) if found.kind is SetKind.STACK else [0]
    rows = inventory.files_of(found, limit=wanted[-1] + 1)
    some = (row for number, row in enumerate(rows) if number in wanted)
    return tuple(places.absolute(row.root, row.path) for row in some) or (path,)


def together(told: Sequence[FileFacts]) -> FileFacts:
    """The facts of a set whose first file says ``told[0]``: the images of the others are added where they differ in
    size or calibration, and a Problem says so; what is wrong with one of them is wrong with the set."""
    first, others = told[0], told[1:]
    seen = {_calibration(i) for i in first.images}
    images = list(first.images)
    for image in (i for o in others for i in o.images):
        if _calibration(image) not in seen:
            seen.add(_calibration(image))
            images.append(image)
    problems = list(first.problems)
    problems += [p for o in others for p in o.problems if p not in first.problems][:1]
    if len(images) > len(first.images):
        problems.append(_differs(first.path))
    return replace(first, images=tuple(images), problems=tuple(problems))


def _calibration(image: ImageFacts) -> tuple[object, ...]:
    sizes = (image.pixel_size_x_um, image.pixel_size_y_um, image.pixel_size_z_um)
    return (image.size_x, image.size_y, image.pixel_type, *sizes, image.objective, image.instrument)


def _differs(path: str) -> Problem:
    return Problem(
        "header.set-differs",
        Side.COMPUTER,
        msg("header.set-differs", "The numbered files of this set differ in size, pixel size or lens."),
        msg(
            "header.set-differs.advice",
            "The form shows all the values. If the files belong to different images, put them into different folders.",
        ),
        path,
    )


def representative(inventory: Inventory, places: Places, found: ImageSet) -> Path:
    """The file or folder whose pixels stand for a set: a chunked image's folder, else the first file that has any."""
    path = places.absolute(found.root, found.path)
    if found.files == 1 or found.kind is SetKind.SINGLE or is_one_object(places, found):
        return path
    if found.kind is SetKind.COMPANION and kinds.ending(found.path) not in _TEXTS:
        return path
    rows = inventory.files_of(found, limit=_MOST_LOOKED_AT)
    first = next((row for row in rows if kinds.ending(row.path) not in _TEXTS), None)
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


def _told(shown: str, answer: FileFacts | Problem) -> FileFacts:
    return answer if isinstance(answer, FileFacts) else FileFacts(shown, problems=(answer,))


def paths_of(inventory: Inventory, places: Places) -> Iterator[tuple[ImageSet, Path]]:
    """Each image set with the file or folder that stands for it: what thumbnails are made from."""
    for found in inventory.sets():
        if found.kind is not SetKind.OTHER:
            yield found, representative(inventory, places, found)
