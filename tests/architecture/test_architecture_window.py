"""The first window: what it costs, and the version of Qt's binding that it can live with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DENIED = ("numpy", "requests", "keyring", "openpyxl", "tifffile", "pydicom", "pydantic", "ome_types", "bioio")
FIRST_WINDOW = """
import importlib.metadata, json, sys
scans = []
for name in ("entry_points", "distributions"):
    real = getattr(importlib.metadata, name)
    def watched(*args, _real=real, _name=name, **more):
        scans.append(_name)
        return _real(*args, **more)
    setattr(importlib.metadata, name, watched)
from depositor.session.home import Home
from pathlib import Path
from PySide6.QtWidgets import QApplication
from PySide6.QtTest import QTest
app = QApplication(sys.argv[:1])
from depositor.gui.app import main_window
from depositor.session.desk import Desk
desk = Desk(Home.at(Path(sys.argv[1])).create())
window = main_window(desk)
window.show()
QTest.qWaitForWindowExposed(window)
shown = window.isVisible()
loaded = sorted({m.split(".")[0] for m in tuple(sys.modules)})
window.close()
desk.close()
print(json.dumps({"shown": shown, "loaded": loaded, "scans": scans}))
"""


def test_the_first_window_loads_nothing_heavy(tmp_path: Path) -> None:
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DEPOSITOR_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_WINDOW, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environ,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["shown"]
    assert "PySide6" in found["loaded"]
    assert not set(found["loaded"]) & set(DENIED)
    assert not found["scans"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal there")
def test_qt_calls_do_not_eat_references() -> None:
    """PySide6 6.12.0 drops a reference to None at each void call, and one to True at each emit; then the process aborts
    (docs/decisions/0002)."""
    from PySide6.QtCore import QObject, Signal

    class Sender(QObject):
        sent = Signal(bool)

    sender = Sender()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(1000):
        sender.sent.emit(True)
        sender.setObjectName("x")
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert all(abs(b - a) < 100 for a, b in zip(before, after, strict=True)), (before, after)
