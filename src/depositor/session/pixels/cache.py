"""What was read in pictures, by what the pictures show: equal pictures are read once, also after a restart."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from depositor.privacy.pixels.ports import Line, Picture

_VERSION = "3"  # of the way a picture is cut, turned and read; another one reads all anew
_IN_MEMORY = 2000  # pictures whose text this process remembers
MOST_ROWS = 200_000
KEPT_DAYS = 60
_memory: OrderedDict[str, tuple[Line, ...]] = OrderedDict()


class Texts:
    """The remembered texts: of this process, and of the journal at ``path`` (none where it is empty).

    A journal that is busy or full costs reading a picture again, nothing else.
    """

    def __init__(self, path: str, engine: str) -> None:
        self._path, self._engine = path, engine
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Texts:
        if self._path:
            with contextlib.suppress(sqlite3.Error):
                self._db = sqlite3.connect(self._path, timeout=2.0, isolation_level=None)
                self._db.execute("PRAGMA synchronous=NORMAL")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._db is not None:
            self._db.close()

    def of(self, picture: Picture, read: Callable[[], Sequence[Line]]) -> tuple[Line, ...]:
        """The lines of the picture: remembered, or read now and remembered."""
        digest = self._digest(picture)
        known = _memory.get(digest)
        if known is None:
            known = self._stored(digest)
        if known is None:
            known = tuple(read())
            self._store(digest, known)
        _memory[digest] = known
        _memory.move_to_end(digest)
        while len(_memory) > _IN_MEMORY:
            _memory.popitem(last=False)
        return known

    def _digest(self, picture: Picture) -> str:
        told = f"{_VERSION}\0{self._engine}\0{picture.pixels.shape}\0{picture.scale}\0{picture.turned}".encode()
        digest = hashlib.blake2b(told, digest_size=20)
        digest.update(memoryview(_contiguous(picture.pixels)).cast("B"))
        return digest.hexdigest()

    def _stored(self, digest: str) -> tuple[Line, ...] | None:
        if self._db is None:
            return None
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError):
            row = self._db.execute("SELECT lines FROM picture_text WHERE digest=?", (digest,)).fetchone()
            return lines_from_json(json.loads(row[0])) if row else None
        return None

    def _store(self, digest: str, lines: tuple[Line, ...]) -> None:
        if self._db is None:
            return
        with contextlib.suppress(sqlite3.Error):
            text = json.dumps(lines_to_json(lines), ensure_ascii=False)
            self._db.execute("INSERT OR REPLACE INTO picture_text VALUES (?,?,?)", (digest, text, _today()))


def trim(db: sqlite3.Connection) -> None:
    """Forget texts that are old, and the oldest where there are too many."""
    db.execute("DELETE FROM picture_text WHERE day < ?", (_today() - KEPT_DAYS,))
    count = db.execute("SELECT count(*) FROM picture_text").fetchone()[0]
    if count > MOST_ROWS:
        oldest = "SELECT digest FROM picture_text ORDER BY day LIMIT ?"
        db.execute(f"DELETE FROM picture_text WHERE digest IN ({oldest})", (count - MOST_ROWS // 2,))  # noqa: S608


def lines_to_json(lines: Sequence[Line]) -> list[list[Any]]:
    return [[n.text, round(n.score, 3), *(round(v, 1) for v in (n.x, n.y, n.width, n.height))] for n in lines]


def lines_from_json(data: Sequence[Sequence[Any]]) -> tuple[Line, ...]:
    from depositor.privacy.pixels.ports import Line

    return tuple(Line(str(d[0]), *(float(v) for v in d[1:6])) for d in data)


def _contiguous(pixels: Any) -> Any:
    import numpy as np

    return np.ascontiguousarray(pixels)


def _today() -> int:
    return int(time.time() // 86_400)
