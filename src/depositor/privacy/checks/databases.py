"""SQLite databases: texts of all tables, named by their columns. Opened to be read only, as a file nobody changes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from depositor.draft.finding import NotChecked
from depositor.privacy import judge
from depositor.privacy.checks import remarks
from depositor.privacy.examination import Examination
from depositor.privacy.judge import Spot
from depositor.privacy.known import NOTHING_KNOWN, Known
from depositor.privacy.texts import documents, forms
from depositor.privacy.texts.forms import Part

MOST_ROWS = 20_000  # of one table
MOST_TABLES = 500
MOST_CELLS = 400_000
SECONDS = 30.0
_LONGEST = 20_000  # characters of one cell


class DatabaseCheck:
    """Has no remedy yet: rules inside a database can forbid what a remedy would write."""

    id = "sqlite"

    def claims(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"SQLite format 3\0")

    def run(self, path: Path, shown: str, known: Known = NOTHING_KNOWN) -> Examination:
        left: list[NotChecked] = []
        spots: list[Spot] = []
        address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as base:
                until = time.monotonic() + SECONDS
                base.set_progress_handler(lambda: int(time.monotonic() > until), 100_000)
                base.text_factory = lambda raw: raw.decode("utf-8", "replace")
                for spot in _spots(base, shown, left):
                    spots.append(spot)
                    if len(spots) >= MOST_CELLS:
                        left.append(remarks.limits(shown))
                        break
        except sqlite3.OperationalError as error:
            left.append(remarks.limits(shown) if "interrupted" in str(error) else remarks.damaged(shown))
        except (sqlite3.Error, ValueError, OverflowError, MemoryError):
            left.append(remarks.damaged(shown))
        return Examination(judge.findings(self.id, shown, spots, known), tuple(left))


def _spots(base: sqlite3.Connection, shown: str, left: list[NotChecked]) -> Iterator[Spot]:
    tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables[:MOST_TABLES]:
        quoted = '"' + str(table).replace('"', '""') + '"'
        rows = base.execute(f"SELECT * FROM {quoted} LIMIT {MOST_ROWS + 1}")  # noqa: S608 - the name is quoted
        columns = [c[0] for c in rows.description]
        for number, row in enumerate(rows, 1):
            if number > MOST_ROWS:
                left.append(remarks.limits(shown))
                break
            for column, value in zip(columns, row, strict=True):
                yield from _cell(f"{table}:row:{number}:{column}", column, value)


def _cell(place: str, column: str, value: object) -> Iterator[Spot]:
    text = str(value) if isinstance(value, (str, int, float)) else ""
    if not text.strip():
        return

    def whole(inside: str) -> Iterator[Part]:
        yield Part("", column, inside, 0, len(inside), lambda new: new)

    long = len(text) > 200 or "\n" in text
    for part in documents.parts_of(text[:_LONGEST], forms.form_of(text) if long else whole):
        where = f"{place}:{part.location}" if part.location else place
        yield Spot(where, part.label or column, part.text, None, ())


DATABASE = DatabaseCheck()
