"""Qt objects never die in a worker's thread."""

from __future__ import annotations

import gc
import threading

from pytestqt.qtbot import QtBot

from depositor.gui.garbage import Garbage


class Cycle:
    """Garbage that notes in which thread it dies."""

    died_in: list[int] = []  # noqa: RUF012

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        self.died_in.append(threading.get_ident())


def test_garbage_dies_in_the_windows_thread(qtbot: QtBot) -> None:
    Cycle.died_in.clear()
    garbage = Garbage()
    try:
        for _ in range(50):
            Cycle()
        worker = threading.Thread(target=lambda: [[n] for n in range(100_000)])
        worker.start()
        worker.join()
        kept = [[n] for n in range(5_000)]
        qtbot.waitUntil(lambda: len(Cycle.died_in) == 50, timeout=20_000)
    finally:
        garbage.stop()
    assert kept
    assert set(Cycle.died_in) == {threading.get_ident()}
    assert gc.isenabled()
