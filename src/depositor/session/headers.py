"""Reading the headers of a draft's image sets in the worker process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.facts import FileFacts
from depositor.draft.inventory import ImageSet
from depositor.draft.problem import Problem
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.scan.inventory import Inventory
    from depositor.session.worker import Worker

READ = "depositor.scan.headers:read"


def read_new(
    worker: Worker,
    inventory: Inventory,
    places: Places,
    cancel: Cancel,
    on_progress: Callable[[int, int], None] | None,
) -> int:
    """Read what was not read yet, one header per image set; how many were read. A reader that crashes costs one set."""
    todo = list(inventory.unread())
    by_path = {str(_object(places, s)): s for s in todo}
    done = 0
    for args, answer in worker.map(READ, _arguments(places, todo), cancel):
        found = by_path[str(args[0])]
        inventory.store_facts(found.root, found.path, _stamp(args[0]), _facts(args[1], answer))
        done += 1
        if on_progress and (done % 25 == 0 or done == len(todo)):
            on_progress(done, len(todo))
    return done


def _arguments(places: Places, sets: list[ImageSet]) -> Iterator[tuple[Path, str]]:
    for found in sets:
        yield _object(places, found), places.shown(found.root, _below(found))


def _object(places: Places, found: ImageSet) -> Path:
    """The file or folder that stands for a set: its first file where the set is many."""
    return places.absolute(found.root, _below(found))


def _below(found: ImageSet) -> str:
    return found.path


def _facts(shown: str, answer: FileFacts | Problem) -> FileFacts:
    return answer if isinstance(answer, FileFacts) else FileFacts(shown, problems=(answer,))


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"
