"""Opening annotation files and reading the sizes of their images, in the worker, as few as are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depositor.draft.cancel import Cancel
from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.finding import Finding
from depositor.draft.inventory import SetKind
from depositor.draft.problem import DepositError
from depositor.session.columns.file_columns import stopped_by
from depositor.session.places import Places

if TYPE_CHECKING:
    from depositor.scan.annotations.base import Examined
    from depositor.scan.inventory import Inventory
    from depositor.session.open_draft import OpenDraft
    from depositor.session.worker import Worker

EXAMINE = "depositor.scan.annotations.read:examine"
READ = "depositor.scan.headers:read"
_RENDER = "depositor.scan.thumbnails:render"
MOST_LOOKED = 400  # annotation files of one set that are opened, spread over all of them
_LIMIT_S = 30.0
_ALL = 1_000_000_000
_EXACT = dict.fromkeys((SetKind.SINGLE, SetKind.OME_TIFF, SetKind.ZARR, SetKind.COMPANION), _ALL)  # one header says all
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Item:
    """One file or chunked image: its path in the study, where its facts lie, and where it is on disk."""

    shown: str
    root: int
    set_path: str
    path: Path
    size: int
    mtime_ns: int


class Looks:
    """What was seen of files, remembered in ``cache`` until they change."""

    def __init__(
        self, inventory: Inventory, places: Places, worker: Worker, cache: dict[Any, Any], cancel: Cancel
    ) -> None:
        self._inventory, self._places, self._worker = inventory, places, worker
        self._cache, self._cancel = cache, cancel

    def at(
        self, items: Sequence[Item], sources: Mapping[str, Item], on_progress: Callable[[int, int], None] | None
    ) -> dict[str, Examined]:
        """What annotation files hold, by path; those without a known format are left out."""
        chosen = _spread(items)
        done: dict[str, Examined] = {}
        todo = []
        for item in chosen:
            if _key(item) in self._cache:
                if self._cache[_key(item)] is not None:
                    done[item.shown] = self._cache[_key(item)]
            else:
                todo.append(item)
        asked = ((i.path, i.shown, self._size(sources.get(i.shown))) for i in todo)
        answers = self._worker.map(EXAMINE, asked, self._cancel, timeout=_LIMIT_S)
        for number, (item, (_, answer)) in enumerate(zip(todo, answers, strict=False), 1):
            found = answer if hasattr(answer, "format") else None  # a Problem: the file took the worker along
            self._remember(_key(item), found)
            if found is not None:
                done[item.shown] = found
            if on_progress:
                on_progress(number, len(todo))
        stopped_by(self._cancel)
        return done

    def facts(self, item: Item) -> ImageFacts | None:
        """What the header of one file says of its first image; read now where the scan knows only the set's."""
        known = self._inventory.facts_at(item.root, item.set_path, _EXACT)
        if known is not None and known.images:
            return known.images[0]
        key = ("facts", *_key(item))
        if key not in self._cache:
            answer = next(iter(self._worker.map(READ, [(item.path, item.shown)], self._cancel, timeout=_LIMIT_S)), None)
            found = answer[1] if answer is not None else None
            stopped_by(self._cancel)
            if not isinstance(found, FileFacts):  # a Problem of the worker's: it is asked again another time
                return None
            self._remember(key, found.images[0] if found.images else None)
        known_image: ImageFacts | None = self._cache[key]
        return known_image

    def zarr_labels(self, images: Iterable[Item]) -> Iterator[Finding]:
        """Findings about labels inside chunked images."""
        chunked = [i for i in images if i.path.suffix.lower() == ".zarr" and (i.path / "labels").is_dir()]
        for found in self.at(chunked, {}, None).values():
            yield from found.findings

    def _size(self, source: Item | None) -> tuple[int, int] | None:
        found = self.facts(source) if source is not None else None
        return (found.size_x, found.size_y) if found and found.size_x and found.size_y else None

    def _remember(self, key: Any, value: Any) -> None:
        if len(self._cache) >= _MOST_REMEMBERED:
            self._cache.clear()
        self._cache[key] = value


def picture(opened: OpenDraft, worker: Worker, shown: str, edge: int) -> bytes | None:
    """A small PNG of one file or chunked image of a draft; None where none can be made. Waits for the worker."""
    try:
        found = worker.call(_RENDER, opened.places.locate(shown), edge, timeout=_LIMIT_S)
    except (DepositError, KeyError):  # a picture is a nicety; what is wrong with the file is told elsewhere
        return None
    return found if isinstance(found, bytes) else None


def _spread(items: Sequence[Item]) -> list[Item]:
    """All of a few, or some from all over many."""
    step = max(1, -(-len(items) // MOST_LOOKED))
    return list(items[::step])


def _key(item: Item) -> tuple[str, int, int]:
    return item.shown, item.size, item.mtime_ns
