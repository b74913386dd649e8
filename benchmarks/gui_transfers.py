"""The longest gap of the event loop with the page of transfers open: a million files listed, scrolled, searched, and
updated while a transfer runs.

``python benchmarks/gui_transfers.py [--rows 1000000] [--files 3000]``. ``--rows``: of the list that is scrolled and
searched; ``--files``: small files that are really sent into practice meanwhile. One JSON line with median, 99th
percentile and maximum of the lateness of a 10 ms timer per phase (milliseconds), and memory. Aim: maximum <= 100 ms; on
a busy machine judge by ``own`` and ``cpu`` (see gui_probe).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from gui_probe import Probe, until

SCROLLS = 150
MOST_S = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=3000)
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as place:
        print(
            json.dumps({"benchmark": "gui_transfers", "rows": given.rows, **run(Path(place), given.rows, given.files)})
        )
    return 0


def run(place: Path, rows: int, files: int) -> dict[str, object]:
    """Fill a store, open the page, and do what people do."""
    from depositor.gui import app as program
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    program.application()
    garbage = program.Garbage()
    desk = Desk(Home.at(place / "home").create())
    million(desk, rows)
    submission = small_files(desk, place / "small", files)
    window = program.main_window(desk)
    window.resize(1200, 900)
    window.show()
    wait(3.0)  # what a program does right after its start
    until(lambda: not window.bridge.busy)
    before = memory()
    probe = Probe()
    page = opened(window, probe)
    browse(window, page, probe, "no transfer runs")
    window.transfers.start(submission)
    until(lambda: window.transfers.known(submission) and window.transfers.known(submission).progress.bytes_done)
    browse(window, page, probe, "while small files are sent")
    probe.phase = "page of the list while sending"
    page.show_list()
    wait(2.0)
    probe.phase = "files of the running transfer"
    page.show_transfer(submission)
    wait(4.0)
    done = window.transfers.known(submission).progress.files_done
    probe.phase = "end"
    grown = memory() - before
    window.leaving.quietly = True
    window.close()
    desk.close()
    garbage.stop()
    late = {phase: numbers for phase, numbers in probe.report().items() if phase != "end"}
    worst = {kind: max(numbers[kind] for numbers in late.values()) for kind in ("max", "own", "cpu")}
    return {
        "late_ms": late,
        "worst_ms": worst,
        "sent_meanwhile": done,
        "memory_mb": grown >> 20,
        "aim": "max <= 100 ms",
    }


def opened(window: object, probe: Probe) -> object:
    """Open the page and the million files on it."""
    probe.phase = "page opened"
    window.show_transfers()  # type: ignore[attr-defined]
    page = window.all_transfers  # type: ignore[attr-defined]
    until(lambda: page.listed)
    probe.phase = "million files opened"
    page.show_transfer("million")
    until(lambda: page.details.files.model.rowCount())
    return page


def browse(window: object, page: object, probe: Probe, told: str) -> None:
    """Scroll through all of it, filter it, look for a name, choose everything."""
    pane = page.details.files  # type: ignore[attr-defined]
    bar = pane.table.verticalScrollBar()
    probe.phase = f"scroll: {told}"
    chance = random.Random(5)
    for n in range(SCROLLS):
        bar.setValue(chance.randrange(bar.maximum() or 1) if n % 3 else min(bar.maximum(), bar.value() + 300))
        wait(0.02)
    probe.phase = f"filter: {told}"
    for at in (2, 3, 0):
        pane.filter.setCurrentIndex(at)
        wait(0.3)
    probe.phase = f"search: {told}"
    for text in ("cell_09", "cell_0912", ""):
        pane.search.setText(text)
        wait(0.4)
        until(lambda: not pane.looking)
    probe.phase = f"choose all: {told}"
    pane.table.selectAll()
    wait(0.5)
    pane.table.clearSelection()
    wait(0.2)


def wait(seconds: float) -> None:
    from PySide6.QtTest import QTest

    QTest.qWait(int(seconds * 1000))


def million(desk: object, rows: int) -> None:
    """A submission of many files, two thirds of them sent, some failed; nobody sends it."""
    from depositor.transfer.problems import file_changed

    why = json.dumps(file_changed("x").as_stored())
    with desk.store.transaction() as db:  # type: ignore[attr-defined]
        db.execute(
            "INSERT INTO submission (id, draft_id, archive, endpoint, revision, sealed_at, document, stage, folder, "
            "files, bytes, paused) "
            "VALUES ('million','none','practice','',1,'2026-11-21T10:00:00Z',?,'sending','',?,?,1)",
            (json.dumps({"metadata": {"study": {"title": "A million files"}}}), rows, rows * 20),
        )
        db.executemany(
            "INSERT INTO submission_file (submission_id, seq, source, origin, name, size, mtime_ns, inode, role, "
            "state, problem) VALUES ('million', ?, ?, ?, ?, 20, 1, 1, 'data', ?, ?)",
            (row(n, rows, why) for n in range(1, rows + 1)),
        )


def row(n: int, rows: int, why: str) -> tuple[object, ...]:
    name = f"plate_{n // 1000:04}/cell_{n:07}.tif"
    state = "failed" if n % 1000 == 0 else "verified" if n < rows * 0.66 else "waiting"
    return n, f"/data/{name}", name, name, state, why if state == "failed" else None


def small_files(desk: object, folder: Path, files: int) -> str:
    """Seal a study of many small files for practice; its id."""
    from depositor.draft.cancel import Cancel
    from depositor.draft.draft import FileGroup
    from depositor.gui import examples

    for n in range(files):
        path = folder / f"{n // 500:03}" / f"cell_{n:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(20_000))
    desk.settings.set("privacy_pixels", "none")  # type: ignore[attr-defined]
    opened = desk.load(examples.document())  # type: ignore[attr-defined]
    groups = opened.draft.files
    opened.set_files([*groups, FileGroup(str(folder), groups[0].study_component)])
    opened.scan(Cancel())
    opened.read_headers(Cancel())
    opened.prefill()
    opened.check_privacy(Cancel())
    sealed = opened.seal()
    opened.close()
    return str(sealed.id)


def memory() -> int:
    """Bytes of this process that are in memory."""
    import psutil

    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    sys.exit(main())
