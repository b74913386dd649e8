"""How fast the form opens and answers: every part of it, with 150 and more questions asked, built and shown.

One JSON line: ``questions`` (editors of single answers in all parts together), ``longest_part_ms`` (the part that takes
longest to open), ``all_parts_ms``, ``refresh_ms`` (median of showing a changed draft in the largest part; a person
types while this happens). Medians of five. Aims: no part over 300 ms, a refresh under 16 ms.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("DEPOSITOR_LANG", "en")
RUNS = 5
AUTHORS = 10


def crowded() -> dict[str, Any]:
    """The bundled example with many authors and channels, and a record of each part that repeats."""
    from depositor import resources
    from depositor.form import profiles

    document: dict[str, Any] = json.loads(resources.path("examples/example.depositor.json").read_text("utf-8"))
    document["files"] = []
    metadata = document["metadata"]
    metadata["study"]["author"] *= AUTHORS
    for module in profiles.load(("light-microscopy",), "practice").modules:
        if module.repeats:
            metadata.setdefault(module.key, [{}])
    metadata["specimen"][0]["channels"] *= 6
    return document


def main() -> None:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QPlainTextEdit

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
        keys = [m.key for m in page.work.form().modules]
        kinds = (QLineEdit, QPlainTextEdit, QComboBox, QCheckBox)
        questions, parts = 0, dict.fromkeys(keys, 0.0)
        for key in keys:
            times = []
            for _ in range(RUNS):
                page.show_part(keys[0] if key != keys[0] else keys[1])
                QApplication.processEvents()
                start = time.perf_counter()
                page.show_part(key)
                QApplication.processEvents()
                times.append((time.perf_counter() - start) * 1000)
            parts[key] = statistics.median(times)
            questions += sum(1 for w in page.view.findChildren(kinds[0]) if not isinstance(w.parent(), QComboBox))
            questions += sum(len(page.view.findChildren(kind)) for kind in kinds[1:])
        page.show_part("study")
        shown = []
        for at in range(RUNS * 4):
            page.work.edit("study.title", f"Title {at}")
            start = time.perf_counter()
            page.refresh()
            shown.append((time.perf_counter() - start) * 1000)
        slowest = max(parts, key=lambda key: parts[key])
        result = {
            "benchmark": "gui_form",
            "questions": questions,
            "longest_part": slowest,
            "longest_part_ms": round(parts[slowest], 1),
            "all_parts_ms": round(sum(parts.values()), 1),
            "refresh_ms": round(statistics.median(shown), 2),
        }
        print(json.dumps(result))
        window.close()
        window.bridge.stop()
        desk.close()


if __name__ == "__main__":
    main()
