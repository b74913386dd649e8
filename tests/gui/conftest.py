"""Each test gets its own home, desk and window; offscreen unless DEPOSITOR_TEST_DISPLAY=1."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if os.environ.get("DEPOSITOR_TEST_DISPLAY") != "1":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

from gui_driving import Driver

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from depositor.gui.app import MainWindow
    from depositor.session.desk import Desk


@pytest.fixture(scope="session", autouse=True)
def _garbage(qapp: object) -> Iterator[None]:
    """As in the program itself: Qt objects die in the window's thread."""
    from depositor.gui.garbage import Garbage

    kept = Garbage()
    yield
    kept.stop()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    monkeypatch.setenv("DEPOSITOR_LANG", "en")
    made = Desk(Home.at(tmp_path / "home").create())
    made.settings.set("privacy_pixels", "none")  # text in pictures takes seconds
    yield made
    made.close()


@pytest.fixture
def window(desk: Desk, qtbot: QtBot) -> Iterator[MainWindow]:
    from depositor.gui.app import main_window
    from depositor.session import language

    made = main_window(desk)
    made.show()
    qtbot.waitExposed(made)
    yield made
    for transfer in made.transfers.running:
        transfer.run.pause_for_exit()
    qtbot.waitUntil(lambda: not made.transfers.running, timeout=20_000)
    made.close()
    made.bridge.stop()
    made.deleteLater()
    language.use("en")


@pytest.fixture
def driver(window: MainWindow, qtbot: QtBot) -> Driver:
    return Driver(window, qtbot)
