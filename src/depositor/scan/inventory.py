"""What a scan found, in the store: a million rows, paged, sorted and searched by SQL, never held in memory.

It works on the tables ``inventory``, ``inventory_file``, ``inventory_set`` and ``inventory_note`` of migration 1. The
connection is used by one thread at a time; transactions are short, so that the draft's autosave never waits long.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, overload

from depositor.draft.facts import FileFacts
from depositor.draft.inventory import Batch, FileRow, Ignored, ImageSet, SetKind, Summary
from depositor.draft.problem import Problem, Stopped
from depositor.scan import stored
from depositor.scan.totals import Totals

Counted = Literal["file", "set", "ignored", "problem"]
_CHUNK = 20_000  # rows per transaction
_PROGRESS_SECONDS = 0.1
_PAGE = 1_000  # rows fetched at a time: no cursor stays open while the caller works
_FILE_ORDERS = {
    "path": "root, path",
    "-path": "root DESC, path DESC",
    "size": "size, root, path",
    "-size": "size DESC, root, path",
    "time": "mtime_ns, root, path",
    "-time": "mtime_ns DESC, root, path",
}
_SET_ORDERS = {
    "path": "root, path",
    "-path": "root DESC, path DESC",
    "size": "bytes, root, path",
    "-size": "bytes DESC, root, path",
    "files": "files, root, path",
    "-files": "files DESC, root, path",
    "kind": "kind, root, path",
    "-kind": "kind DESC, root, path",
}
_FILES = "SELECT root, path, size, mtime_ns, inode, set_path FROM inventory_file"
_SETS = "SELECT root, kind, path, files, bytes, detail FROM inventory_set"
_ADD_FILE = "INSERT OR IGNORE INTO inventory_file VALUES (?, ?, ?, ?, ?, ?, ?)"
_ADD_SET = """INSERT INTO inventory_set (draft_id, root, path, kind, files, bytes, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes, detail = excluded.detail"""
_ADD_NOTE = "INSERT INTO inventory_note (draft_id, kind, path, body) VALUES (?, ?, ?, ?)"
# What tells that the files of a set changed: their number, their bytes, and when the file that names it was written.
_OF_DRAFT = "f.draft_id = inventory_set.draft_id AND f.root = inventory_set.root"
_STEM = "rtrim(inventory_set.path, replace(inventory_set.path, '.', ''))"  # up to the last dot
# Of an image with companions all files of its name count: the data may lie in another file than the header.
_STAMP = f"""files || ':' || bytes || ':' || CASE WHEN kind = 'companion' THEN (SELECT total(mtime_ns) FROM
  inventory_file f WHERE {_OF_DRAFT} AND f.path >= {_STEM} AND f.path < {_STEM} || char(1114111)) ELSE
  coalesce((SELECT mtime_ns FROM inventory_file f WHERE {_OF_DRAFT} AND f.path = inventory_set.path), 0) END"""  # noqa: S608 - our own words


class Inventory:
    """The inventory of one draft."""

    def __init__(self, connection: sqlite3.Connection, draft_id: str) -> None:
        self._db = connection
        self._id = draft_id

    # --- filling ---------------------------------------------------------------------------------------------------

    def fill(
        self,
        batches: Iterable[Batch],
        roots: Sequence[Path | str],
        on_progress: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """Replace what was there by ``batches``. Header facts of sets that did not change are kept.

        ``on_progress`` gets the totals so far, at most ten times a second. When the walk raises Stopped, what it found
        is kept, the summary stays incomplete, and Stopped goes on to the caller.
        """
        self._begin(roots)
        totals, waiting, told = Totals(), _Waiting(), time.monotonic()
        try:
            for batch in batches:
                totals.add(batch)
                waiting.add(batch)
                if waiting.rows >= _CHUNK:
                    self._write(waiting, totals)
                    waiting = _Waiting()
                if on_progress and time.monotonic() - told >= _PROGRESS_SECONDS:
                    told = time.monotonic()
                    on_progress(totals.summary(complete=False))
        except Stopped:
            self._write(waiting, totals)
            raise
        self._write(waiting, totals)
        return self._finish(totals)

    def _begin(self, roots: Sequence[Path | str]) -> None:
        old = self._db.execute("SELECT root_list FROM inventory WHERE draft_id = ?", (self._id,)).fetchone()
        new = [str(root) for root in roots]
        same = [n for n, root in enumerate(json.loads(old[0]) if old else []) if n < len(new) and new[n] == root]
        self._keep_facts(same)
        for table in ("inventory_file", "inventory_set"):
            self._empty(table)
        with self._transaction():
            self._db.execute("DELETE FROM inventory_note WHERE draft_id = ?", (self._id,))
            self._db.execute("DELETE FROM inventory WHERE draft_id = ?", (self._id,))
            row = (self._id, json.dumps(new, ensure_ascii=False), _now())
            self._db.execute("INSERT INTO inventory (draft_id, root_list, started) VALUES (?, ?, ?)", row)

    def _keep_facts(self, roots: Sequence[int]) -> None:
        with self._transaction():
            self._db.execute("DROP TABLE IF EXISTS temp.kept_facts")
            self._db.execute("CREATE TEMP TABLE kept_facts (root, path, facts, stamp, PRIMARY KEY (root, path))")
            self._db.executemany(
                "INSERT INTO temp.kept_facts SELECT root, path, facts, stamp FROM inventory_set"
                " WHERE draft_id = ? AND root = ? AND facts IS NOT NULL",
                [(self._id, root) for root in roots],
            )

    def _empty(self, table: str) -> None:
        # In parts: one delete of a million rows would hold the lock for seconds.
        while True:
            with self._transaction():
                gone = self._db.execute(
                    f"DELETE FROM {table} WHERE draft_id = ? AND (root, path) IN"  # noqa: S608 - a name of ours
                    f" (SELECT root, path FROM {table} WHERE draft_id = ? LIMIT {_CHUNK})",
                    (self._id, self._id),
                ).rowcount
            if gone <= 0:
                return

    def _write(self, waiting: _Waiting, totals: Totals) -> None:
        own = self._id
        with self._transaction():
            self._db.executemany(
                _ADD_FILE, [(own, f.root, f.path, f.size, f.mtime_ns, f.inode, f.set_path) for f in waiting.files]
            )
            self._db.executemany(
                _ADD_SET, [(own, s.root, s.path, str(s.kind), s.files, s.bytes, s.detail) for s in waiting.sets]
            )
            notes: list[tuple[str, str, str | None, str]] = [
                (own, "ignored", i.path, stored.dumps(i)) for i in waiting.ignored
            ]
            notes += [(own, "problem", p.path, stored.dumps(p)) for p in waiting.problems]
            self._db.executemany(_ADD_NOTE, notes)
            self._note_totals(totals, finished=None)

    def _note_totals(self, totals: Totals, finished: str | None) -> None:
        row = (totals.files, totals.bytes, totals.largest, totals.as_json(), finished, self._id)
        self._db.execute(
            "UPDATE inventory SET files = ?, bytes = ?, largest = ?, by_type = ?, finished = ? WHERE draft_id = ?", row
        )

    def _finish(self, totals: Totals) -> Summary:
        with self._transaction():
            self._db.execute(
                f"""UPDATE inventory_set SET facts = kept.facts, stamp = kept.stamp FROM temp.kept_facts AS kept
                  WHERE inventory_set.draft_id = ? AND inventory_set.root = kept.root AND inventory_set.path = kept.path
                  AND kept.stamp = {_STAMP}""",  # noqa: S608 - our own expression
                (self._id,),
            )
            self._db.execute("DROP TABLE temp.kept_facts")
            totals.sets = self.count("set")
            totals.images, totals.other_files = self._images()
            self._note_totals(totals, finished=_now())
        return totals.summary(complete=True)

    def _images(self) -> tuple[int, int]:
        """Sets that hold an image, and the files of the others (``ImageSet.is_image``, after parts became one set)."""
        row = self._db.execute(
            "SELECT count(*) FILTER (WHERE kind <> ? AND bytes > 0),"
            " coalesce(sum(files) FILTER (WHERE kind = ? OR bytes = 0), 0) FROM inventory_set WHERE draft_id = ?",
            (str(SetKind.OTHER), str(SetKind.OTHER), self._id),
        ).fetchone()
        return int(row[0]), int(row[1])

    # --- reading ---------------------------------------------------------------------------------------------------

    def summary(self) -> Summary:
        """The totals; an empty, incomplete one where nothing was scanned."""
        found = self._db.execute(
            "SELECT files, bytes, largest, by_type, finished FROM inventory WHERE draft_id = ?", (self._id,)
        ).fetchone()
        if found is None:
            return Summary()
        return Totals.from_json(*found[:4]).summary(complete=found[4] is not None)

    def roots(self) -> tuple[Path, ...]:
        """The folders and files that were scanned; ``root`` of a row is an index into them."""
        found = self._db.execute("SELECT root_list FROM inventory WHERE draft_id = ?", (self._id,)).fetchone()
        return tuple(Path(p) for p in json.loads(found[0])) if found else ()

    def files(
        self, offset: int = 0, limit: int | None = None, order: str = "path", contains: str | None = None
    ) -> Iterator[FileRow]:
        """The files; ``order`` is path, size or time, with ``-`` before it for the other way round."""
        for row in self._rows(_FILES, _FILE_ORDERS[order], offset, limit, contains, keyed=(0, 1)):
            yield FileRow(*row)

    def size_of(self, root: int, path: str) -> int | None:
        """The bytes of one file; None where it is not in the inventory."""
        sql = "SELECT size FROM inventory_file WHERE draft_id = ? AND root = ? AND path = ?"
        row = self._db.execute(sql, (self._id, root, path)).fetchone()
        return int(row[0]) if row else None

    def sets(
        self, offset: int = 0, limit: int | None = None, order: str = "path", contains: str | None = None
    ) -> Iterator[ImageSet]:
        """The image sets; ``order`` is path, size, files or kind, with ``-`` before it for the other way round."""
        for row in self._rows(_SETS, _SET_ORDERS[order], offset, limit, contains, keyed=(0, 2)):
            yield _image_set(row)

    def files_of(self, one: ImageSet, limit: int | None = None) -> Iterator[FileRow]:
        """The files of one set, by path."""
        folder = one.path if one.kind in _FOLDERS else one.path.rpartition("/")[0]
        low, high = (f"{folder}/", f"{folder}0") if folder not in ("", ".") else ("", "\U0010ffff")
        named = "set_path IS NULL" if one.kind is SetKind.OTHER else "set_path = ?"
        values: list[Any] = [self._id, one.root, low, high, *([] if one.kind is SetKind.OTHER else [one.path])]
        flat = " AND instr(substr(path, ?), '/') = 0" if one.kind is SetKind.OTHER else ""
        values += [len(low) + 1] if flat else []
        found = self._db.execute(
            f"{_FILES} WHERE draft_id = ? AND root = ? AND path >= ? AND path < ? AND {named}{flat}"
            " ORDER BY path LIMIT ?",
            (*values, -1 if limit is None else limit),
        )
        while page := found.fetchmany(_PAGE):
            yield from (FileRow(*row) for row in page)

    @overload
    def notes(self, kind: Literal["ignored"], offset: int = 0, limit: int | None = None) -> Iterator[Ignored]: ...

    @overload
    def notes(self, kind: Literal["problem"], offset: int = 0, limit: int | None = None) -> Iterator[Problem]: ...

    def notes(
        self, kind: Literal["ignored", "problem"], offset: int = 0, limit: int | None = None
    ) -> Iterator[Ignored] | Iterator[Problem]:
        """What was left out (``ignored``) or is odd (``problem``), in the order it was found."""
        found = self._db.execute(
            "SELECT body FROM inventory_note WHERE draft_id = ? AND kind = ? ORDER BY id LIMIT ? OFFSET ?",
            (self._id, kind, -1 if limit is None else limit, offset),
        )
        bodies = (row[0] for row in iter(found.fetchone, None))
        return map(stored.ignored, bodies) if kind == "ignored" else map(stored.problem, bodies)

    def count(self, kind: Counted, contains: str | None = None) -> int:
        """How many files, sets, left-out or odd things there are, as filtered."""
        table = {"file": "inventory_file", "set": "inventory_set"}.get(kind, "inventory_note")
        where, values = self._where(contains)
        if table == "inventory_note":
            where, values = f"{where} AND kind = ?", [*values, kind]
        return int(self._db.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()[0])  # noqa: S608

    # --- header facts ----------------------------------------------------------------------------------------------

    def stamp(self, one: ImageSet) -> str:
        """What tells later whether the set changed; give it to :meth:`store_facts`."""
        found = self._db.execute(
            f"SELECT {_STAMP} FROM inventory_set WHERE draft_id = ? AND root = ? AND path = ?",  # noqa: S608
            (self._id, one.root, one.path),
        ).fetchone()
        return str(found[0]) if found else ""

    def store_facts(self, root: int, path: str, stamp: str, facts: FileFacts) -> None:
        """Remember what the header of the set ``path`` says."""
        with self._transaction():
            self._db.execute(
                "UPDATE inventory_set SET facts = ?, stamp = ? WHERE draft_id = ? AND root = ? AND path = ?",
                (stored.dumps(facts), stamp, self._id, root, path),
            )

    def facts(self) -> Iterator[FileFacts]:
        """The header facts read so far, by path of their set."""
        query = "SELECT root, path, facts FROM inventory_set"
        for row in self._rows(query, "root, path", 0, None, None, keyed=(0, 1), also="facts IS NOT NULL"):
            yield stored.facts(row[2])

    def facts_of(self, one: ImageSet) -> FileFacts | None:
        """The header facts of one set, or None where it was not read yet."""
        found = self._db.execute(
            "SELECT facts FROM inventory_set WHERE draft_id = ? AND root = ? AND path = ?",
            (self._id, one.root, one.path),
        ).fetchone()
        return stored.facts(found[0]) if found and found[0] else None

    def facts_at(self, root: int, path: str, most_files: Mapping[SetKind, int]) -> FileFacts | None:
        """The header facts of the set that ``path`` names, where its kind is one of ``most_files`` and it has no more
        files than that says."""
        found = self._db.execute(
            "SELECT kind, files, facts FROM inventory_set WHERE draft_id = ? AND root = ? AND path = ?",
            (self._id, root, path),
        ).fetchone()
        if found is None or not found[2] or found[1] > most_files.get(SetKind(found[0]), 0):
            return None
        return stored.facts(found[2])

    def unread(self) -> Iterator[ImageSet]:
        """The sets of images whose headers were not read yet; facts may be stored while it runs."""
        also = "facts IS NULL AND kind <> 'other'"
        for row in self._rows(_SETS, "root, path", 0, None, None, keyed=(0, 2), also=also):
            yield _image_set(row)

    # --- SQL -------------------------------------------------------------------------------------------------------

    def _where(self, contains: str | None) -> tuple[str, list[Any]]:
        if not contains:
            return "draft_id = ?", [self._id]
        literal = contains.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return "draft_id = ? AND path LIKE ? ESCAPE '\\'", [self._id, f"%{literal}%"]

    def _rows(
        self,
        query: str,
        order: str,
        offset: int,
        limit: int | None,
        contains: str | None,
        *,
        keyed: tuple[int, int],
        also: str = "",
    ) -> Iterator[tuple[Any, ...]]:
        """Rows in pages. In the order of paths each page begins after the last row of the one before, so that rows may
        change between pages; other orders count."""
        where, values = self._where(contains)
        where = f"{where} AND {also}" if also else where
        left = -1 if limit is None else limit
        after: list[Any] = []
        while left != 0:
            size = _PAGE if left < 0 else min(_PAGE, left)
            beyond = " AND (root, path) > (?, ?)" if after else ""
            page = self._db.execute(
                f"{query} WHERE {where}{beyond} ORDER BY {order} LIMIT ? OFFSET ?", (*values, *after, size, offset)
            ).fetchall()
            yield from page
            if len(page) < size:
                return
            left -= len(page) if left > 0 else 0
            if order == "root, path":
                after, offset = [page[-1][keyed[0]], page[-1][keyed[1]]], 0
            else:
                offset += len(page)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        nested = self._db.in_transaction
        if not nested:
            self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if not nested:
                self._db.rollback()
            raise
        if not nested:
            self._db.commit()


class _Waiting:
    """What was found and is not yet in the store."""

    def __init__(self) -> None:
        self.files: list[FileRow] = []
        self.sets: list[ImageSet] = []
        self.ignored: list[Ignored] = []
        self.problems: list[Problem] = []

    @property
    def rows(self) -> int:
        return len(self.files) + len(self.sets) + len(self.ignored) + len(self.problems)

    def add(self, batch: Batch) -> None:
        self.files += batch.files
        self.sets += batch.sets
        self.ignored += batch.ignored
        self.problems += batch.problems


_FOLDERS = (SetKind.ZARR, SetKind.PLATE, SetKind.N5, SetKind.OTHER)


def _image_set(row: tuple[Any, ...]) -> ImageSet:
    root, kind, path, files, size, detail = row
    return ImageSet(root, SetKind(kind), path, files, size, detail)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
