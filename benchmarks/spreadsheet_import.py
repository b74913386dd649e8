"""How long a 10,000-row workbook takes to be read and compared in the worker process, and bare openpyxl beside it.

Run: ``python benchmarks/spreadsheet_import.py [ROWS]``. Prints one JSON line: seconds for the preview of a workbook of
that many files and a tenth as many biosamples, seconds of openpyxl's read-only iteration alone in the same run, ratio.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.message import Message
from depositor.form.profiles import load
from depositor.form.workbook.values import Wording
from depositor.form.workbook.xlsx_write import FileRow, FileSheet, write_book
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.sources import look


def workbook(path: Path, rows: int) -> None:
    """A workbook as people send it back: biosamples filled in, three columns for each file."""
    samples = [
        {
            "title": f"Sample {n}",
            "organism": ["Homo sapiens"],
            "biological_entity": "HeLa cell",
            "description": f"Dose {n}",
        }
        for n in range(rows // 10)
    ]
    draft = Draft(id="other", metadata={"biosample": samples})
    headings = (("Genotype", False), ("Dose", False), ("Time", False))
    files = (FileRow(f"raw/plate/image_{n:06}.tif", "", ("wt", str(n % 7), f"{n % 60} min")) for n in range(rows))
    write_book(path, load((), None), draft, Wording(Message.english), FileSheet(headings, files))


def bare(path: Path) -> int:
    """openpyxl alone: every value of every sheet."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return sum(len(row) for sheet in book for row in sheet.iter_rows(values_only=True))


def timed(run: Callable[[], Any], times: int = 3) -> float:
    """The median of a few runs, in seconds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def main(rows: int) -> dict[str, Any]:
    """Measure; the result."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.xlsx"
        workbook(path, rows)
        desk = Desk(Home.at(Path(folder) / "home").create())
        try:
            opened = desk.new_draft()
            found = look(desk, opened, path, Cancel())  # the worker is warm then, as in the program
            ours = timed(lambda: look(desk, opened, path, Cancel()))
            peer = timed(lambda: bare(path))
        finally:
            desk.close()
    return {
        "rows": rows,
        "changes": len(found.changes),
        "import_s": round(ours, 3),
        "openpyxl_s": round(peer, 3),
        "ratio": round(ours / peer, 2),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
