"""The longest gap of the event loop while names of many files become columns, are filtered and scrolled.

``python benchmarks/gui_columns.py [--files 100000]``. A 10 ms timer notes how late it comes. One JSON line with median,
99th percentile and maximum in milliseconds per phase, and how long each took. Aim: maximum
<= 50 ms; on a busy machine judge by ``own`` and ``cpu`` (see gui_probe).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from gui_probe import Probe, until

IDLE_S = 3.0  # how late the timer comes on this machine anyway


def make(folder: Path, files: int) -> None:
    """Files of a screen, in folders of a thousand."""
    for n in range(files):
        plate, rest = divmod(n, 1000)
        if not rest:
            (folder / f"2026-03-{plate % 28 + 1:02}_plate{plate}").mkdir(parents=True)
        well = f"{'ABCDEFGHIJKLMNOP'[rest % 16]}{rest // 16 % 24 + 1:02}"
        name = f"HeLa_{('WT', 'KO', 'ctl')[n % 3]}_{well}_s{rest % 9 + 1}_t{n % 100:03}_w{n % 4 + 1}.tif"
        (folder / f"2026-03-{plate % 28 + 1:02}_plate{plate}" / f"{n}_{name}").write_bytes(b"x")


def run(place: Path, many: Path) -> dict[str, object]:
    """Open the window of columns, take what is recognised, filter, scroll, undo."""
    from PySide6.QtTest import QTest

    from depositor.draft.steps import StepId
    from depositor.gui import app as program
    from depositor.gui.columns.dialog import ColumnsDialog
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    program.application()
    garbage = program.Garbage()
    desk = Desk(Home.at(place / "home").create())
    window = program.main_window(desk)
    window.show()
    probe, seconds = Probe(), dict[str, float]()
    space = window.workspace
    space.new_draft("practice")
    probe.phase = "scan"
    until(lambda: space.situation is not None)
    window.take([many])
    until(lambda: space.situation and space.situation.inventory.complete)
    space.stop_scan()  # the headers of these files tell nothing
    until(lambda: not space.scanning)
    window.show_step(StepId.FILES)
    until(lambda: not window.bridge.busy)
    probe.phase = "nothing runs"
    start = time.monotonic()
    until(lambda: time.monotonic() - start > IDLE_S)
    probe.phase = "window made"
    window.page(StepId.FILES).show_columns()
    dialog = window.findChild(ColumnsDialog)
    QTest.qWait(100)
    probe.phase = "names and preview"
    seconds["names and preview"] = until(lambda: dialog.state.preview is not None)
    probe.phase = "recognised"
    seconds["recognised"] = until(lambda: bool(dialog.state.suggestions))
    found = len(dialog.state.suggestions)
    for at, one in enumerate(list(dialog.state.suggestions)):
        probe.phase = "columns made"
        dialog.columns.take(one)
        seconds[f"column {at + 1}"] = until(lambda one=one: dialog.state.preview.view(one.column) is not None)
        until(lambda: not window.bridge.busy)
    _look(dialog, window, probe)
    result = {"late_ms": probe.report(), "seconds": {k: round(v, 2) for k, v in seconds.items()}, "recognised": found}
    dialog.accept()
    window.close()
    desk.close()
    garbage.stop()
    return result


def _look(dialog: object, window: object, probe: Probe) -> None:
    table = dialog.columns.table  # type: ignore[attr-defined]
    probe.phase = "scroll"
    bar = table.table.verticalScrollBar()
    for step in range(40):
        bar.setValue(bar.maximum() * step // 39)
        until(lambda: not window.bridge.busy)  # type: ignore[attr-defined]
    probe.phase = "search"
    for text in ("H", "HeLa_KO_B", "HeLa_KO_B07", ""):
        table.search.setText(text)
        until(lambda: not window.bridge.busy)  # type: ignore[attr-defined]
    probe.phase = "undo"
    dialog.undo.click()  # type: ignore[attr-defined]
    until(lambda: not window.bridge.busy)  # type: ignore[attr-defined]
    probe.phase = "end"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as place:
        many = Path(place) / "many"
        make(many, given.files)
        found = run(Path(place), many)
        print(json.dumps({"benchmark": "gui_columns", "files": given.files, **found, "aim": "max <= 50 ms"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
