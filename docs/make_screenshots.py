"""Walks the bundled example through every page and saves a picture of each.

``python docs/make_screenshots.py [FOLDER]`` needs no display. ``--theme dark``, ``--language de`` and
``QT_SCALE_FACTOR=2`` show other looks. The pictures of the documentation are those of the light theme in English,
reduced to 256 colours, which keeps them small.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depositor.gui.app import MainWindow

FOLDER = Path(__file__).parent / "screenshots"
SLOW_S = 120.0
SIZE = (1120, 800)


class Camera:
    """Waits for things to happen in a window and takes pictures of it."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window, self.folder = window, folder

    def until(self, what: Callable[[], object]) -> None:
        from PySide6.QtTest import QTest

        end = time.monotonic() + SLOW_S
        while not what():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")
            QTest.qWait(30)

    def settled(self) -> None:
        from PySide6.QtTest import QTest

        space = self.window.workspace
        self.until(lambda: not space.activities.running and not self.window.bridge.busy)
        self.until(lambda: space.work is None or (space.situation and space.situation.draft == space.work.draft))
        QTest.qWait(400)

    def shoot(self, name: str) -> None:
        from PIL import Image

        file = self.folder / f"{name}.png"
        if not self.window.grab().save(str(file)):
            raise OSError(f"cannot write {name}.png")
        with Image.open(file) as picture:
            small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(file, optimize=True)


def copied_example() -> Path:
    """The example's document in a folder whose name says nothing of the computer that makes the pictures."""
    from depositor import resources

    study = Path(tempfile.gettempdir()) / "my-study"
    shutil.rmtree(study, ignore_errors=True)
    shutil.copytree(resources.path("examples"), study)
    return next(study.glob("*.depositor.json"))


def walk(camera: Camera) -> None:
    """The whole way, with a picture of each page."""
    from depositor.draft.finding import Choice
    from depositor.draft.steps import StepId, undecided

    window, space = camera.window, camera.window.workspace
    camera.settled()
    camera.shoot("home-empty")
    space.load(copied_example())
    camera.until(lambda: space.situation and space.situation.inventory.complete)
    camera.settled()
    for step in (StepId.ARCHIVE, StepId.FILES, StepId.DESCRIBE, StepId.LICENSE, StepId.PRIVACY):
        window.show_step(step)
        if step is StepId.PRIVACY:
            camera.until(lambda: space.situation and space.situation.privacy is not None)
        camera.settled()
        camera.shoot(str(step))
        if step is StepId.FILES:
            pictures(camera)
    left = undecided(space.situation.draft, space.situation.privacy)
    window.page(StepId.PRIVACY).decide(left, Choice.EXCLUDE, "example", "Ada Lovelace")
    send(camera)


def pictures(camera: Camera) -> None:
    """The thumbnails of the files page."""
    from depositor.draft.steps import StepId

    page = camera.window.page(StepId.FILES)
    page.tabs.setCurrentIndex(1)
    camera.until(lambda: page.gallery.pictures >= min(3, page.gallery.count()))
    camera.settled()
    page.area.verticalScrollBar().setValue(page.area.verticalScrollBar().maximum())
    camera.shoot("files-pictures")
    page.tabs.setCurrentIndex(0)


def send(camera: Camera) -> None:
    """Review, a slow send, and the receipt."""
    from depositor.draft.message import msg
    from depositor.draft.steps import StepId
    from depositor.gui.pages.review import CONSENT

    window, space = camera.window, camera.window.workspace
    confirmed = replace(space.work.draft, confirmed=frozenset({CONSENT}))
    space.work.change(msg("change.consent", "Statement about publishing"), confirmed)
    window.show_step(StepId.REVIEW)
    camera.settled()
    camera.shoot("review")
    space.desk.settings.set("speed_limit", 250)
    window.page(StepId.REVIEW).seal()
    page = window.page(StepId.SEND)
    camera.until(lambda: window.current is StepId.SEND and page.transfer is not None)
    camera.until(lambda: page.transfer.progress.bytes_done > 0.3 * page.transfer.progress.bytes > 0)
    camera.shoot("send")
    page.transfer.run.limit(None)
    camera.until(lambda: window.current is StepId.RECEIPT and space.situation.receipt is not None)
    camera.settled()
    camera.shoot("receipt")
    window.show_step(None)
    camera.settled()
    camera.shoot("home")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--theme", default="light", choices=("light", "dark", "contrast"))
    parser.add_argument("--language", default="en")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["DEPOSITOR_LANG"] = given.language
    from depositor.gui.app import main_window
    from depositor.session.desk import Desk
    from depositor.session.home import Home

    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        desk = Desk(Home.at(Path(home)).create())
        desk.settings.set("theme", given.theme)
        window = main_window(desk)
        window.resize(*SIZE)
        window.show()
        try:
            walk(Camera(window, given.folder))
        finally:
            for transfer in window.transfers.running:
                transfer.run.pause_for_exit()
            window.close()
            desk.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
