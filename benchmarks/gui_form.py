"""How fast the form opens and answers, with all profiles chosen, ten authors and twelve channels.

One JSON line: ``questions`` (editors of single answers in all parts together), ``longest_part_ms`` (the part that takes
longest to open; median of five), ``all_parts_ms``, ``refresh_ms`` (median of showing a changed draft in the largest
part), ``typing_ms`` (p50, p95 and longest of real key events into a title, a description and a cell of the channels,
from the event until it is painted, at the pace of a fast typist, while the checks run), and ``longest_gap_ms`` (the
longest time in which the event loop answered nothing while somebody typed). Aims: no part over 300 ms, a key under
50 ms. ``--cpu`` measures processor time instead of the clock, for machines that do other things too.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("DEPOSITOR_LANG", "en")
RUNS = 5
AUTHORS = 10
CHANNELS = 12
PACE_MS = 60  # between two keys: some 200 words a minute
TEXT = "The quick brown fox jumps over it"
clock: Callable[[], float] = time.thread_time if "--cpu" in sys.argv else time.perf_counter


def crowded() -> dict[str, Any]:
    """The bundled example with all profiles, many authors and channels, and a record of each part that repeats."""
    from depositor import resources
    from depositor.form import profiles

    document: dict[str, Any] = json.loads(resources.path("examples/example.depositor.json").read_text("utf-8"))
    document["files"] = []
    document["profiles"] = [p.id for p in profiles.available()]
    metadata = document["metadata"]
    metadata["study"]["author"] *= AUTHORS
    for module in profiles.load(document["profiles"], "practice").modules:
        if module.repeats:
            metadata.setdefault(module.key, [{}])
    some = metadata["specimen"][0]["channels"]
    channels = [{**some[n % len(some)], "channel_label": f"Channel {n + 1}"} for n in range(CHANNELS)]
    metadata["specimen"][0]["channels"] = channels
    metadata["light_microscopy"][0]["channels"] = [
        {"channel_label": c["channel_label"], "emission": 430 + 25 * n} for n, c in enumerate(channels)
    ]
    return document


def main() -> None:
    from PySide6.QtTest import QTest

    from depositor.draft.steps import StepId
    from depositor.gui.app import main_window
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crowded.depositor.json"
        path.write_text(json.dumps(crowded()))
        desk = Desk(Home.at(Path(folder) / "home").create())
        window = main_window(desk)
        window.show()
        window.workspace.load(path)
        while window.workspace.situation is None:
            QTest.qWait(10)
        window.show_step(StepId.DESCRIBE)
        page: Any = window.page(StepId.DESCRIBE)
        QTest.qWait(500)
        result = {"benchmark": "gui_form", "clock": clock.__name__, **_opening(page), **_refreshing(page)}
        print(json.dumps({**result, **_typing(page)}))
        window.close()
        window.bridge.stop()
        desk.close()


def _opening(page: Any) -> dict[str, Any]:
    from PySide6.QtWidgets import QApplication

    keys = [m.key for m in page.work.form().modules]
    questions, parts = 0, dict.fromkeys(keys, 0.0)
    for key in keys:
        times = []
        for _ in range(RUNS):
            page.show_part(keys[0] if key != keys[0] else keys[1])
            QApplication.processEvents()
            start = clock()
            page.show_part(key)
            QApplication.processEvents()
            times.append((clock() - start) * 1000)
        parts[key] = statistics.median(times)
        questions += _questions(page)
    slowest = max(parts, key=lambda key: parts[key])
    return {
        "questions": questions,
        "longest_part": slowest,
        "longest_part_ms": round(parts[slowest], 1),
        "all_parts_ms": round(sum(parts.values()), 1),
    }


def _questions(page: Any) -> int:
    """The answers that the shown part asks for, each cell of a table and each part of a record for itself."""

    def below(field: Any, value: Any) -> int:
        if not field.subfields:
            return 1
        records = value if isinstance(value, list) else [value]
        held = [r if isinstance(r, dict) else {} for r in records]
        return sum(below(f, r.get(f.key)) for r in held for f in field.subfields)

    return sum(below(row.field, page.work.draft.get(path)) for path, row in page.view.rows.items())


def _refreshing(page: Any) -> dict[str, Any]:
    page.show_part("study")
    shown = []
    for at in range(RUNS * 4):
        page.work.edit("study.title", f"Title {at}")
        start = clock()
        page.refresh()
        shown.append((clock() - start) * 1000)
    return {"refresh_ms": round(statistics.median(shown), 2)}


def _typing(page: Any) -> dict[str, Any]:
    from PySide6.QtCore import QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    gaps, beats = [0.0], [time.perf_counter()]

    def beat() -> None:
        now = time.perf_counter()
        gaps.append((now - beats[0]) * 1000)
        beats[0] = now

    timer = QTimer(interval=1)
    timer.timeout.connect(beat)
    found: dict[str, Any] = {}
    for name, place in (
        ("title", "study.title"),
        ("description", "study.description"),
        ("channel", "specimen[0].channels[3].channel_content"),
    ):
        page.jump(place)
        QTest.qWait(600)
        times = []
        beats[0] = time.perf_counter()
        timer.start()
        for letter in TEXT:
            start = clock()
            QTest.keyClick(QApplication.focusWidget(), letter)
            QApplication.processEvents()  # what was asked to be painted is painted
            times.append((clock() - start) * 1000)
            QTest.qWait(PACE_MS)
        timer.stop()
        found[name] = _told(times)
    return {"typing_ms": found, "longest_gap_ms": round(max(gaps), 1)}


def _told(times: Sequence[float]) -> dict[str, float]:
    ranked = sorted(times)
    p95 = ranked[int(len(ranked) * 0.95)]
    return {"p50": round(statistics.median(ranked), 1), "p95": round(p95, 1), "longest": round(ranked[-1], 1)}


if __name__ == "__main__":
    main()
