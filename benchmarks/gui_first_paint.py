"""Time to the first painted frame of the window, as a ratio to an empty PySide6 window on the same machine.

Median of five starts each, a fresh process every time. One JSON line. Aim: ratio <= 2.5.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

RUNS = 5
EMPTY = """
import sys, time
start = float(sys.argv[1])
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time() - start, flush=True)
        app.quit()
window = Window()
window.resize(1000, 700)
window.show()
app.exec()
"""
OURS = """
import sys, time
start = float(sys.argv[1])
from pathlib import Path
from depositor.gui import app as program
from depositor.session.desk import Desk
from depositor.session.home import Home
application = program.application()
desk = Desk(Home.at(Path(sys.argv[2])).create())
window = program.main_window(desk)
real = type(window).paintEvent
class Painted(type(window)):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time() - start, flush=True)
        application.quit()
window.__class__ = Painted
window.resize(1000, 700)
window.show()
application.exec()
window.close()
desk.close()
"""


def measure(code: str, home: str) -> float:
    """Seconds from just before the interpreter starts to the first painted frame."""
    import time

    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    environ["PYTHONPYCACHEPREFIX"] = f"{home}/compiled"  # compiled once, as in an installed copy
    line = [sys.executable, "-c", code, repr(time.time()), home]
    done = subprocess.run(line, env=environ, capture_output=True, text=True, timeout=120, check=True)
    return float(done.stdout.split()[0])


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        measure(EMPTY, home), measure(OURS, home)  # fill the disk's cache
        empty, ours = [], []
        for _ in range(RUNS):
            empty.append(measure(EMPTY, home))
            ours.append(measure(OURS, home))
    one, other = statistics.median(ours), statistics.median(empty)
    found = {"benchmark": "gui_first_paint", "window_s": round(one, 3), "empty_s": round(other, 3)}
    print(json.dumps({**found, "ratio": round(one / other, 2), "runs": RUNS, "aim": "ratio <= 2.5"}))


if __name__ == "__main__":
    main()
