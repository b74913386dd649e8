"""Walks the bundled example through every page and saves a picture of each.

``python docs/make_screenshots.py [FOLDER]`` needs no display. ``--theme dark``, ``--language de`` and
``QT_SCALE_FACTOR=2`` show other looks. The pictures of the documentation are those of the light theme in English,
reduced to 256 colours, which keeps them small.
"""

from __future__ import annotations

import argparse
import itertools
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
    from PySide6.QtWidgets import QDialog, QWidget

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

    def rest(self) -> None:
        """A page hears of the end of long work a moment later."""
        from PySide6.QtTest import QTest

        QTest.qWait(1500)

    def shoot(self, name: str, of: QWidget | None = None) -> None:
        """A picture of the window, or of one dialog alone."""
        from PIL import Image

        file = self.folder / f"{name}.png"
        if not (of or self.window).grab().save(str(file)):
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
            camera.until(lambda: space.situation and space.situation.privacy is not None and not space.checking)
        camera.settled()
        if step is StepId.PRIVACY:
            camera.rest()
        camera.shoot(str(step))
        if step is StepId.FILES:
            pictures(camera)
        if step is StepId.DESCRIBE:
            words(camera)
            imported(camera)
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


def columns(camera: Camera) -> None:
    """Parts of the file names as columns, of files whose names say something."""
    from depositor import resources
    from depositor.gui.columns.dialog import ColumnsDialog

    folder = Path(tempfile.gettempdir()) / "my-study" / "screen"
    folder.mkdir()
    image = resources.path("examples/images/stacks/greenZstack.tif")
    for gene, dose, day in itertools.product(("wt", "ko"), ("0uM", "10uM"), ("2026-03-02", "2026-03-09")):
        shutil.copy(image, folder / f"{day}_{gene}_{dose}_rep1.tif")
    document = folder.parent / "screen.depositor.json"
    document.write_text('{"depositor": 1, "archive": "practice", "files": [{"path": "screen"}]}', "utf-8")
    space = camera.window.workspace
    space.load(document)
    camera.until(lambda: space.situation and space.situation.inventory.complete)
    camera.settled()
    dialog = ColumnsDialog(camera.window, camera.window.workspace)
    shown(camera, dialog, (940, 700))
    camera.until(lambda: dialog.state.preview is not None and dialog.state.suggestions)
    for name in ("Condition", "Dose"):
        dialog.columns.take(next(s for s in dialog.state.suggestions if s.column == name))
        camera.until(lambda name=name: dialog.state.preview.view(name) is not None)
        camera.settled()
    camera.shoot("columns", dialog)
    dialog.close()


def words(camera: Camera) -> None:
    """The words for a paper."""
    from depositor.gui.words import WordsDialog

    dialog = WordsDialog(camera.window, camera.window.workspace)
    shown(camera, dialog, (760, 640))
    camera.settled()
    camera.shoot("words", dialog)
    dialog.close()


def imported(camera: Camera) -> None:
    """What a spreadsheet would change that somebody filled in."""
    import openpyxl

    from depositor.gui.importing.dialog import ImportDialog
    from depositor.session import spreadsheets

    space = camera.window.workspace
    path = Path(tempfile.gettempdir()) / "my-study" / "my-study.xlsx"
    spreadsheets.export(space.desk, space.work, path)
    book = openpyxl.load_workbook(path)
    if "Study" in book and "Biosample" in book:  # sheets are named in the language of the window
        book["Study"]["C3"] = "A better title for these test images of nuclei"
        book["Biosample"]["C5"], book["Biosample"]["B5"] = "mouse", "Mouse liver"
    book.save(path)
    dialog = ImportDialog(camera.window, space, path)
    shown(camera, dialog, (900, 640))
    camera.until(lambda: dialog.view is not None)
    camera.settled()
    camera.shoot("import", dialog)
    dialog.reject()


def shown(camera: Camera, dialog: QDialog, size: tuple[int, int]) -> None:
    dialog.resize(*size)
    dialog.show()
    camera.settled()


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
    columns(camera)


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
