"""The longest gap of the event loop while files are looked through, headers read and data sent into practice.

``python benchmarks/gui_gap.py [--files 100000] [--bytes 2147483648]``. A 10 ms timer notes how late it comes. One JSON
line with median, 99th percentile and maximum in milliseconds per phase. Aim: maximum <= 100 ms; on a
busy machine judge by ``own`` and ``cpu`` (see gui_probe).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from gui_probe import STEP_MS, Probe, until

START_MS = 2000  # nobody begins a draft faster after the window is there


def make(folder: Path, files: int, size: int) -> None:
    """``files`` small files in folders of a thousand, and one large one."""
    for n in range(files):
        if n % 1000 == 0:
            (folder / f"{n // 1000:04}").mkdir(parents=True)
        (folder / f"{n // 1000:04}" / f"cells_{n:06}.txt").write_bytes(b"x" * 20)
    if size:
        folder.mkdir()
        block = os.urandom(1 << 20)
        with (folder / "large.bin").open("wb") as out:
            for _ in range(max(1, size >> 20)):
                out.write(block)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--bytes", type=int, default=2 << 30)
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as place:
        many, large = Path(place) / "many", Path(place) / "large"
        make(many, given.files, 0)
        make(large, 0, given.bytes)
        print(json.dumps({"benchmark": "gui_gap", **run(Path(place), many, large), "aim": "max <= 100 ms"}))
    return 0


def run(place: Path, many: Path, large: Path) -> dict[str, object]:
    """Scan the many, then send the large one."""
    from PySide6.QtTest import QTest

    from depositor.draft.steps import StepId
    from depositor.gui import app as program
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    program.application()
    garbage = program.Garbage()
    desk = Desk(Home.at(place / "home").create())
    window = program.main_window(desk)
    window.show()
    probe, seconds = Probe(), {}
    until(lambda: not window.bridge.busy)
    space = window.workspace
    QTest.qWait(START_MS)
    probe.phase = "pages made ahead"
    space.new_draft("practice")
    until(lambda: space.situation is not None and window.stack.count() > len(StepId))
    until(lambda: not window.bridge.busy)
    probe.phase = "pages shown for the first time"
    for step in StepId:
        window.show_step(step)
        QTest.qWait(STEP_MS * 5)  # a person is not faster; else several pages count as one gap
        until(lambda: not window.bridge.busy)
    probe.phase = "scan"
    window.take([many])
    seconds["scan"] = until(lambda: space.situation and space.situation.inventory.complete and not space.scanning)
    space.close_draft()
    probe.phase = "send"
    seconds["send"] = send(window, large)
    probe.phase = "end"
    for transfer in window.transfers.running:
        transfer.run.pause_for_exit()
    window.close()
    desk.close()
    garbage.stop()
    return {"late_ms": probe.report(), "seconds": {k: round(v, 1) for k, v in seconds.items()}}


def send(window: object, folder: Path) -> float:
    """Give a folder to practice with the example's description; how long it took."""
    from depositor.draft.draft import FileGroup
    from depositor.draft.steps import StepId, ready
    from depositor.gui import examples

    space = window.workspace  # type: ignore[attr-defined]
    space.load(examples.document())
    until(lambda: space.situation is not None and not space.scanning)
    groups = space.work.draft.files
    space.work.set_files([*groups, FileGroup(str(folder), groups[0].study_component)])
    space.start_scan()
    until(lambda: space.situation.inventory.complete and not space.scanning)
    window.show_step(StepId.PRIVACY)  # type: ignore[attr-defined]
    until(lambda: space.situation.privacy is not None)
    until(lambda: ready(space.situation))
    while_sending = time.monotonic()
    window.page(StepId.REVIEW).seal()  # type: ignore[attr-defined]
    until(lambda: space.situation.receipt is not None)
    return time.monotonic() - while_sending


if __name__ == "__main__":
    sys.exit(main())
