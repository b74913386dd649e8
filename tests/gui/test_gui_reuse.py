"""The dialogs for describing once, by keyboard: library, templates, other deposits, history, what is remembered."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gui_driving import Driver, widgets
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QDialog, QLineEdit, QWidget

from depositor.draft.answer import OriginKind
from depositor.draft.cancel import Cancel
from depositor.draft.steps import StepId
from depositor.gui.reuse import opening
from depositor.gui.reuse.entry_edit import EntryDialog
from depositor.gui.reuse.since import SinceDialog
from depositor.session.desk import Desk
from depositor.session.reuse import defaults, templates
from depositor.session.reuse import library as libraries
from depositor.session.reuse.library import Entry, EntryKind, Part, PartKind, Shelf

SAMPLE = Path(__file__).parents[1] / "data" / "reuse" / "axio2.micrometa.json"
STAND = Part(PartKind.STAND, "Axio 2", "Zeiss", "Axio Observer Z1")
DRY = Part(PartKind.OBJECTIVE, "20x/0.8", magnification=20, na=0.8)
OIL = Part(PartKind.OBJECTIVE, "63x/1.4", magnification=63, na=1.4)
AXIO = Entry("a", EntryKind.INSTRUMENT, "Axio 2", parts=(STAND, DRY, OIL))
ADA = Entry("p", EntryKind.PERSON, "Ada", answers={"study.author": {"name": "Ada Lovelace"}})
INSTRUMENT = "image_acquisition[0].imaging_instrument"


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    made = Shelf(desk.home)
    made.put(made.put(made.own(), AXIO), ADA)
    return made


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The bundled example, to be changed."""
    from depositor import resources

    shutil.copytree(resources.path("examples"), tmp_path / "study")
    return tmp_path / "study" / "example.depositor.json"


def rests(driver: Driver) -> None:
    driver.until(lambda: not driver.window.bridge.busy)


def opened(driver: Driver, open_it: Callable[..., QDialog | None]) -> QDialog:
    """A dialog, when it has what it shows."""
    dialog = open_it(driver.window)
    assert dialog is not None
    rests(driver)
    return dialog


def draft(driver: Driver) -> object:
    work = driver.window.workspace.work
    assert work is not None
    return work.draft


def choose(tree: object, text: str) -> None:
    """Walk down to a line with the arrow keys."""
    tree.setFocus()
    for _ in range(60):
        if text in tree.currentItem().text(0):
            return
        QTest.keyClick(tree, Qt.Key.Key_Down)
    raise AssertionError(text)


def press(button: QAbstractButton) -> None:
    """Press a button by keyboard; it must be able to be pressed."""
    assert button.isVisible()
    assert button.isEnabled(), button.text()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


# --- library --------------------------------------------------------------------------------------------------------


def test_an_instrument_is_picked_by_keyboard_and_undone(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    dialog = opened(driver, opening.library)
    choose(dialog.tree, "Axio")
    (oil,) = [box for box, part in dialog.view._ticks if part == OIL]
    driver.until(oil.isVisible)
    press(oil)
    driver.until(lambda: any("objective 63x/1.4" in text for text in _labels(dialog)))
    press(dialog.use)
    rests(driver)
    assert "63x/1.4" in draft(driver).get(INSTRUMENT)
    assert draft(driver).get("image_acquisition[0].title") == "Axio 2"
    driver.window.workspace.work.undo()
    assert draft(driver).get(INSTRUMENT) is None


def _labels(root: QWidget) -> list[str]:
    from PySide6.QtWidgets import QLabel

    return [w.text() for w in widgets(root) if isinstance(w, QLabel)]


def test_the_search_narrows_the_list_and_says_when_nothing_fits(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    dialog = opened(driver, opening.library)
    dialog.search.setText("ada")
    assert [i.text(0) for i in dialog.tree.lines() if i.parent()] == ["Ada · Person"]
    dialog.search.setText("nobody")
    assert dialog.empty.isVisible()
    assert not dialog.use.isEnabled()


def test_without_a_draft_the_library_can_be_kept_but_not_filled_in(driver: Driver, shelf: Shelf) -> None:
    dialog = opened(driver, opening.library)
    choose(dialog.tree, "Axio")
    assert not dialog.use.isEnabled()
    assert dialog.edit.isEnabled()


def test_an_entry_is_edited_and_a_change_of_somebody_else_is_told(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    dialog = opened(driver, opening.library)
    choose(dialog.tree, "Axio")
    press(dialog.edit)
    edit = dialog.findChild(EntryDialog)
    edit.remark.setText("new lamp")
    press(edit.save)
    rests(driver)
    assert shelf.own().library.entry("a").note == "new lamp"
    choose(dialog.tree, "Axio")
    press(dialog.edit)
    theirs = shelf.own().library.entry("a")
    shelf.put(shelf.own(), replace(theirs, note="theirs"), before=theirs)
    edit = dialog.findChildren(EntryDialog)[-1]
    edit.remark.setText("mine")
    press(edit.save)
    rests(driver)
    assert shelf.own().library.entry("a").note == "theirs"
    assert "Somebody else" in dialog.notice.head.text()


def test_a_microscope_file_is_previewed_before_it_is_kept(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    dialog = opened(driver, opening.library)
    dialog._imported(libraries.micrometa(SAMPLE))
    edit = dialog.findChild(EntryDialog)
    assert "5 parts were not taken over" in _labels(edit)
    assert len(shelf.own().library.entries) == 2
    press(edit.save)
    rests(driver)
    entry = next(e for e in shelf.own().library.entries if e.name.startswith("Axio 2, room"))
    assert len(entry.of(PartKind.OBJECTIVE)) == 2


def test_a_person_is_written_with_the_questions_of_the_form(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    dialog = opened(driver, opening.library)
    dialog._new(EntryKind.PERSON)
    edit = dialog.findChild(EntryDialog)
    assert not edit.save.isEnabled()
    edit.name.setText("Mary")
    edit.record.show_value({"name": "Mary Shelley"})
    press(edit.save)
    rests(driver)
    (mary,) = [e for e in shelf.own().library.entries if e.name == "Mary"]
    assert mary.answers["study.author"]["name"] == "Mary Shelley"


def test_a_share_that_is_away_is_said_and_still_of_use(driver: Driver, shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "share" / "core.depositor-library.json"
    shelf.put(shelf.create(path, "Core"), replace(AXIO, id="b", name="Confocal"))
    path.unlink()
    driver.new_draft()
    dialog = opened(driver, opening.library)
    choose(dialog.tree, "Confocal")
    assert "cannot be reached" in dialog.notice.head.text()
    assert dialog.use.isEnabled()
    assert not dialog.edit.isEnabled()
    choose_first(dialog.tree)
    assert not dialog.notice.isVisible()


def choose_first(tree: object) -> None:
    tree.setCurrentItem(tree.topLevelItem(0))


def test_the_microscope_of_the_form_is_kept_for_next_time(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    work = driver.window.workspace.work
    work.edit("image_acquisition", [{"title": "My scope", "imaging_instrument": "Nikon Ti2"}])
    dialog = opened(driver, opening.library)
    dialog._keep.trigger()
    rests(driver)
    press(dialog.findChild(EntryDialog).save)
    rests(driver)
    kept = [e for e in shelf.own().library.entries if e.answers.get("image_acquisition")]
    assert kept[0].answers["image_acquisition"]["imaging_instrument"] == "Nikon Ti2"


# --- templates ------------------------------------------------------------------------------------------------------


def test_a_template_is_made_and_a_deposit_begun_from_it(driver: Driver, desk: Desk) -> None:
    driver.new_draft()
    work = driver.window.workspace.work
    work.edit("study.title", "Mine alone")
    work.edit("specimen", [{"title": "Fixed", "preparation_method": "PFA"}])
    dialog = opened(driver, opening.make_template)
    assert dialog.kept() == ["specimen[0].title", "specimen[0].preparation_method"]
    dialog.name.setText("Usual")
    press(dialog.keep)
    rests(driver)
    begin = opened(driver, opening.choose_template)
    before = work.id
    press(begin.begin)
    driver.until(lambda: driver.window.workspace.work is not None and driver.window.workspace.work.id != before)
    driver.settled()
    assert draft(driver).get("specimen[0].preparation_method") == "PFA"
    assert draft(driver).title == ""


def test_without_a_template_the_way_to_one_is_told(driver: Driver) -> None:
    dialog = opened(driver, opening.choose_template)
    assert dialog.empty.isVisible()
    assert not dialog.begin.isEnabled()


def test_a_damaged_template_says_so_and_can_go(driver: Driver, desk: Desk) -> None:
    path = templates.put(desk.home, templates.Template("T", metadata={"specimen": [{"title": "A"}]}))
    path.write_text("{", "utf-8")
    dialog = opened(driver, opening.choose_template)
    assert dialog.notice.isVisible()
    assert not dialog.begin.isEnabled()
    press(dialog.away)
    rests(driver)
    assert not path.exists()


# --- another deposit ------------------------------------------------------------------------------------------------


def test_a_part_is_taken_over_and_what_was_typed_only_where_ticked(driver: Driver, desk: Desk) -> None:
    other = desk.new_draft()
    other.edit("study.title", "Old study")
    other.edit("specimen", [{"title": "Fixed", "preparation_method": "PFA", "growth_protocol": "DMEM"}])
    other.close()
    driver.new_draft()
    work = driver.window.workspace.work
    work.edit("specimen", [{"title": "Fixed", "preparation_method": "My own"}])
    dialog = opened(driver, opening.take_over)
    (line,) = [i for i in dialog.parts.lines() if i.text(0) == "Fixed"]
    dialog.parts.setCurrentItem(line)
    QTest.keyClick(dialog.parts, Qt.Key.Key_Space)
    assert dialog.total.text() == "1 answer is filled in. 1 that you typed stays."
    press(dialog.take)
    rests(driver)
    (record,) = draft(driver).get("specimen")
    assert record == {"title": "Fixed", "preparation_method": "My own", "growth_protocol": "DMEM"}


def test_where_there_is_no_other_deposit_that_is_told(driver: Driver) -> None:
    driver.new_draft()
    dialog = opened(driver, opening.take_over)
    assert "no other deposit" in dialog.total.text()
    assert not dialog.take.isEnabled()


# --- history --------------------------------------------------------------------------------------------------------


def test_an_earlier_value_comes_back_from_the_list(driver: Driver) -> None:
    driver.new_draft()
    work = driver.window.workspace.work
    work.edit("study.title", "One")
    work.edit("study.description", "x")
    work.edit("study.title", "Two")
    dialog = opened(driver, opening.history)
    assert "Two" in dialog.tree.currentItem().text(0)
    assert dialog.comparison.toPlainText().startswith("Study · Title (changed)")
    press(dialog.value)
    rests(driver)
    assert draft(driver).title == "One"
    assert work.undo()
    assert draft(driver).title == "Two"


def test_the_list_is_searched_and_filtered(driver: Driver) -> None:
    driver.new_draft()
    work = driver.window.workspace.work
    work.edit("study.title", "Mitosis")
    work.edit("study.description", "Something")
    dialog = opened(driver, opening.history)
    dialog.search.setText("mitos")
    assert [i.text(0) for i in dialog.tree.lines()] == ["Study · Title: Mitosis"]
    dialog.search.clear()
    dialog.by.setCurrentIndex(2)  # from file headers
    assert dialog.empty.isVisible()


# --- since the last deposit -----------------------------------------------------------------------------------------


def test_the_review_page_tells_what_changed_since(driver: Driver, study: Path) -> None:
    window = driver.window
    window.workspace.load(study)
    driver.until(lambda: window.workspace.situation is not None and driver.now.inventory.complete)
    driver.settled()
    work = window.workspace.work
    work.check_privacy(Cancel())
    driver.settled()
    work.seal()
    work.edit("study.title", "Another title of this study")
    driver.settled()
    window.show_step(StepId.REVIEW)
    page = window.page(StepId.REVIEW)
    driver.until(lambda: page.since.isVisible())
    press(page.since.button)
    dialog = window.findChild(SinceDialog)
    assert dialog.tree.topLevelItem(0).text(0) == "Study · Title"
    assert "Another title" in dialog.comparison.toPlainText()


# --- what is remembered ---------------------------------------------------------------------------------------------


def test_the_person_is_asked_once_and_can_see_and_clear_it(driver: Driver, desk: Desk) -> None:
    driver.new_draft()
    window = driver.window
    window.show_step(StepId.DESCRIBE)
    bar = window.page(StepId.DESCRIBE).reuse
    assert not bar.remember.isVisible()
    window.workspace.work.edit("study.author", [{"name": "Ada Lovelace"}])
    driver.settled()
    driver.until(lambda: bar.remember.isVisible())
    press(bar.remember.yes)
    rests(driver)
    assert not bar.remember.isVisible()
    window.workspace.close_draft()
    assert defaults.load(desk.home).values["author"] == {"name": "Ada Lovelace"}
    dialog = opened(driver, opening.remembered)
    assert dialog.switch.isChecked()
    driver.until(lambda: any("Ada Lovelace" in text for text in _labels(dialog)))
    press(dialog.all)
    rests(driver)
    assert defaults.load(desk.home).values == {}
    press(dialog.switch)
    rests(driver)
    assert defaults.load(desk.home).on is False


# --- access ---------------------------------------------------------------------------------------------------------

DIALOGS = {
    "library": opening.library,
    "make_template": opening.make_template,
    "choose_template": opening.choose_template,
    "take_over": opening.take_over,
    "history": opening.history,
    "remembered": opening.remembered,
}


def controls(root: QWidget) -> Iterator[QWidget]:
    kinds = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit)
    for widget in widgets(root):
        if isinstance(widget, kinds) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_has_a_name_and_escape_leads_out(driver: Driver, shelf: Shelf, desk: Desk, name: str) -> None:
    desk.new_draft(title="Other").close()
    templates.put(desk.home, templates.Template("T", metadata={"specimen": [{"title": "A"}]}))
    defaults.switch(desk.home, on=True)
    driver.new_draft()
    driver.window.workspace.work.edit("study.author", [{"name": "Ada"}])
    dialog = opened(driver, DIALOGS[name])
    found = list(controls(dialog))
    assert found
    for control in found:
        text = control.text() if isinstance(control, QAbstractButton) else ""
        assert control.accessibleName() or text, control
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.mark.parametrize("name", DIALOGS)
def test_no_two_letters_of_a_dialog_are_the_same(driver: Driver, shelf: Shelf, name: str) -> None:
    driver.new_draft()
    dialog = opened(driver, DIALOGS[name])
    buttons = (c.text() for c in controls(dialog) if isinstance(c, QAbstractButton))
    letters = [t[t.index("&") + 1].casefold() for t in buttons if "&" in t.replace("&&", "")]
    assert len(letters) == len(set(letters)), letters


def test_a_dialog_that_was_closed_hears_no_late_answer(driver: Driver, shelf: Shelf) -> None:
    driver.new_draft()
    dialog = opening.library(driver.window)
    dialog.close()
    rests(driver)  # a call of what has gone would be told as an exception of the loop


OME = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
 <Instrument ID="Instrument:0">
  <Microscope Manufacturer="Carl Zeiss" Model="Axio Observer.Z1 / 7"/>
  <Objective ID="Objective:0" LensNA="1.4" NominalMagnification="63"/>
 </Instrument>
 <Image ID="Image:0"><InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0"/>
  <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="8" SizeY="8" SizeZ="1" SizeC="1" SizeT="1">
   <Channel ID="Channel:0:0" SamplesPerPixel="1"/><TiffData/></Pixels></Image>
</OME>"""


def test_the_form_offers_the_instrument_that_the_headers_name(driver: Driver, shelf: Shelf, tmp_path: Path) -> None:
    import numpy as np
    import tifffile

    folder = tmp_path / "images"
    folder.mkdir()
    tifffile.imwrite(folder / "a.ome.tif", np.zeros((8, 8), "uint8"), description=OME, metadata=None)
    driver.new_draft()
    driver.add(folder)
    driver.window.show_step(StepId.DESCRIBE)
    bar = driver.window.page(StepId.DESCRIBE).reuse
    driver.until(lambda: bar.looks.isVisible())
    assert "Axio 2" in bar.looks.head.text()
    assert draft(driver).origin(INSTRUMENT).kind is OriginKind.HEADER  # an offer: nothing is filled in yet
    press(bar.looks.button)
    dialog = driver.window.findChild(QDialog)
    driver.until(lambda: dialog.view.parts() == [STAND, OIL])
    press(dialog.use)
    driver.until(lambda: draft(driver).get(INSTRUMENT) == "Zeiss Axio Observer Z1; objective 63x/1.4")
    assert draft(driver).origin(INSTRUMENT).key == "My library"
    driver.settled()
    driver.until(lambda: not bar.looks.isVisible())
