"""The pages that describe the study and choose its licence, with the bundled example in a real window."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from gui_driving import Driver, widgets
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QPlainTextEdit

from depositor import resources
from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.form import profiles
from depositor.gui.form.editors import Editor
from depositor.gui.form.grid import GridEditor
from depositor.gui.form.records import RecordsEditor
from depositor.gui.form.rows import RowsEditor
from depositor.gui.pages.describe import DescribePage
from depositor.gui.pages.license import LicensePage

EXAMPLE = resources.path("examples/example.depositor.json")
REPEATING = [m.key for m in profiles.load(("light-microscopy",), "practice").modules if m.repeats]
OWN = re.compile(r"\[!!.*?!!\]", re.DOTALL)


@pytest.fixture
def page(driver: Driver, tmp_path: Path) -> DescribePage:
    """The example's description, with folders that hold no images: no header is read unless a test says so."""
    document = json.loads(EXAMPLE.read_text("utf-8"))
    for group in document["files"]:
        (tmp_path / group["path"]).mkdir(parents=True)
        (tmp_path / group["path"] / "notes.txt").write_text("notes")
    (tmp_path / EXAMPLE.name).write_text(json.dumps(document))
    driver.window.workspace.load(tmp_path / EXAMPLE.name)
    driver.until(lambda: driver.window.workspace.situation is not None)
    driver.settled()
    driver.window.show_step(StepId.DESCRIBE)
    driver.settled()
    driver.window.activateWindow()
    found = driver.window.page(StepId.DESCRIBE)
    assert isinstance(found, DescribePage)
    return found


def editor_at(page: DescribePage, path: str) -> Editor:
    return page.view.rows[path].editor


def line_of(editor: Editor | None) -> QLineEdit:
    assert editor is not None
    found = editor.focusProxy()
    assert isinstance(found, QLineEdit)
    return found


def put(page: DescribePage, path: str, value: Any, origin: Origin, *others: tuple[Any, int, str]) -> None:
    """A value as the headers would have it."""
    page.work.offers = {**page.work.offers, path: Proposal(path, value, origin, 2, others)}
    page.work.change(msg("change.prefill", "Values from file headers"), page.work.draft.answer(path, value, origin))


HEADER = Origin(OriginKind.HEADER, file="images/a.czi", reader="czi", key="Objective")


# --- typing ----------------------------------------------------------------------------------------------------------


def test_fast_typing_while_the_situation_refreshes_loses_nothing(driver: Driver, page: DescribePage) -> None:
    text = "The quick brown fox, 1,000 times. " * 4
    for path in ("study.title", "study.description", "study.keywords"):
        field = editor_at(page, path).focusProxy()
        assert isinstance(field, (QLineEdit, QPlainTextEdit))
        editor_at(page, path).put_keyboard()
        field.selectAll()
        before = page.situation
        refreshed = 0
        for at in range(0, len(text), 8):
            QTest.keyClicks(field, text[at : at + 8])
            page.workspace.changed.emit()  # as a refresh in the middle of a word
            page.renew()
            if page.situation is not before:
                refreshed, before = refreshed + 1, page.situation
            assert QApplication.focusWidget() is field
            held = page.work.draft.get(path)
            assert (held if isinstance(held, str) else held[0]) == text[: at + 8].strip()
        driver.settled()
        shown = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
        assert shown == text
        at = field.cursorPosition() if isinstance(field, QLineEdit) else field.textCursor().position()
        assert at == len(text)


def test_the_cursor_stays_in_the_middle_of_a_word(driver: Driver, page: DescribePage) -> None:
    field = line_of(editor_at(page, "study.title"))
    editor_at(page, "study.title").put_keyboard()
    field.setCursorPosition(7)
    QTest.keyClicks(field, "abc")
    driver.settled()
    page.renew()
    assert (field.text()[7:10], field.cursorPosition()) == ("abc", 10)


def test_undo_shows_in_the_editors_without_waiting_for_the_situation(driver: Driver, page: DescribePage) -> None:
    field = line_of(editor_at(page, "study.title"))
    before = field.text()
    QTest.keyClicks(field, "more ")
    assert field.text() != before
    page.work.undo()
    driver.until(lambda: field.text() == before)
    page.work.redo()
    driver.until(lambda: field.text() == f"more {before}")


# --- values from headers ---------------------------------------------------------------------------------------------


def test_a_value_of_a_header_tells_its_origin_and_is_agreed_with(driver: Driver, page: DescribePage) -> None:
    page.jump("light_microscopy[0].objective")
    put(page, "light_microscopy[0].objective", "63x/1.4 Oil", HEADER)
    driver.settled()
    row = page.view.rows["light_microscopy[0].objective"]
    assert "From the headers of 2 files, as in images/a.czi" in driver.texts()
    assert row.confirm.isVisible()
    row.confirm.click()
    driver.settled()
    origin = page.work.draft.origin("light_microscopy[0].objective")
    assert origin is not None
    assert (origin.kind, origin.confirmed) == (OriginKind.HEADER, True)
    assert not row.confirm.isVisible()


def test_where_headers_disagree_one_can_use_another_value(driver: Driver, page: DescribePage) -> None:
    path = "light_microscopy[0].objective"
    page.jump(path)
    put(page, path, "63x/1.4 Oil", HEADER, ("20x/0.8", 3, "images/b.czi"), ("10x/0.3", 1, "images/c.czi"))
    driver.settled()
    assert "3 files say: 20x/0.8 (as in images/b.czi)" in driver.texts()
    uses = [b for b in widgets(page.view) if isinstance(b, QAbstractButton) and b.text() == "Use this"]
    uses[0].click()
    assert page.work.draft.get(path) == "20x/0.8"
    assert line_of(editor_at(page, path)).text() == "20x/0.8"
    origin = page.work.draft.origin(path)
    assert origin is not None
    assert origin.kind is OriginKind.PERSON


def test_all_values_of_the_shown_part_are_agreed_with_at_once(driver: Driver, page: DescribePage) -> None:
    page.jump("light_microscopy[0].objective")
    put(page, "light_microscopy[0].objective", "63x/1.4 Oil", HEADER)
    put(page, "light_microscopy[0].magnification", 63, HEADER)
    put(page, "image_data[0].format_and_compression", "CZI", HEADER)
    driver.settled()
    assert page.view.confirm_all.isVisible()
    page.view.confirm_all.click()
    driver.settled()
    origins = page.work.draft.origins
    assert origins["light_microscopy[0].objective"].confirmed
    assert origins["light_microscopy[0].magnification"].confirmed
    assert not origins["image_data[0].format_and_compression"].confirmed, "what was not shown was not agreed with"
    assert not page.view.offer.isVisible()
    page.work.undo()
    driver.until(lambda: page.view.offer.isVisible())


def test_typing_makes_it_a_persons_word(driver: Driver, page: DescribePage) -> None:
    path = "light_microscopy[0].objective"
    page.jump(path)
    put(page, path, "63x", HEADER)
    driver.settled()
    QTest.keyClicks(line_of(editor_at(page, path)), "x")
    origin = page.work.draft.origin(path)
    assert origin is not None
    assert origin.kind is OriginKind.PERSON
    assert not page.view.rows[path].confirm.isVisible()


# --- records ---------------------------------------------------------------------------------------------------------


def test_records_are_added_copied_chosen_and_removed(driver: Driver, page: DescribePage) -> None:
    page.jump("biosample")
    bar = page.view.bar
    assert bar is not None
    bar.copy.click()
    driver.settled()
    assert [r["title"] for r in page.work.draft.get("biosample")][2] == "Fission yeast cells (2)"
    assert page.view.at == 2
    assert page.view.bar is not None
    page.view.bar.remove.click()
    driver.settled()
    assert len(page.work.draft.get("biosample")) == 2
    page.view.bar.add.click()
    driver.settled()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    QTest.keyClicks(focused, "Third")
    assert page.work.draft.get("biosample[2].title") == "Third"
    page.view.bar.which.setCurrentIndex(0)
    page.view.bar.which.activated.emit(0)
    assert line_of(editor_at(page, "biosample[0].title")).text() == "Fission yeast cells"


@pytest.mark.parametrize("module", REPEATING)
def test_every_part_that_repeats_takes_two_records(driver: Driver, page: DescribePage, module: str) -> None:
    page.jump(module)
    for _ in range(2):
        assert page.view.bar is not None
        page.view.bar.add.click()
        driver.settled()
    assert len(page.work.draft.get(module)) >= 2
    assert page.view.rows


def test_a_removed_record_comes_back_with_the_undo_key(driver: Driver, page: DescribePage) -> None:
    page.jump("specimen[1]")
    assert page.view.bar is not None
    page.view.bar.remove.click()
    driver.settled()
    assert len(page.work.draft.get("specimen")) == 1
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driver.until(lambda: len(page.work.draft.get("specimen")) == 2)
    driver.until(lambda: page.view.bar is not None and page.view.bar.which.count() == 2)


def test_a_new_name_is_carried_into_what_refers_to_it(driver: Driver, page: DescribePage) -> None:
    page.jump("biosample[0].title")
    field = line_of(editor_at(page, "biosample[0].title"))
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    driver.settled()
    QTest.keyClicks(field, "Yeast")
    driver.settled()
    assert page.work.draft.get("study_component[0].associations[0].biosample") == "Yeast"
    page.jump("study_component[0].associations[0].biosample")
    rows = editor_at(page, "study_component[0].associations")
    assert isinstance(rows, RowsEditor)
    cell = rows.cell(0, "biosample")
    assert cell is not None
    assert cell.value() == "Yeast"


def test_files_are_given_to_a_data_set_and_taken_from_it(driver: Driver, page: DescribePage) -> None:
    page.jump("study_component[0]")
    stacks = next(g.path for g in page.work.draft.files if g.path.endswith("stacks"))
    assert page.view.belongs is not None
    box = page.view.belongs.box(stacks)
    assert box is not None
    assert "now in Stacks and channels" in driver.texts()
    box.click()
    owner = {g.path: g.study_component for g in page.work.draft.files}
    assert owner[stacks] == "Nucleus over time"
    assert sorted(owner.values(), key=str) == ["Nucleus over time", "Nucleus over time", "Stacks and channels"]
    box.click()
    assert {g.path: g.study_component for g in page.work.draft.files}[stacks] is None


# --- findings and jumps ----------------------------------------------------------------------------------------------


def test_a_finding_stands_at_its_answer_with_what_to_do(driver: Driver, page: DescribePage) -> None:
    authors = editor_at(page, "study.author")
    assert isinstance(authors, RecordsEditor)
    first = authors.row(0)
    assert first is not None
    field = line_of(first.editor("orcid"))
    field.selectAll()
    QTest.keyClicks(field, "0000-0002-1825-0098")
    driver.settled()
    found = [f for f in driver.now.validation if f.location == "study.author[0].orcid"]
    assert found
    cell = field.parentWidget().parentWidget()
    told = [w.text() for w in widgets(cell) if isinstance(w, QLabel)]
    assert any(found[0].message.english() in text for text in told)
    assert found[0].advice is not None
    assert any(found[0].advice.english() in text for text in told)


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("study.title", "Title"),
        ("study.author[0].orcid", "Authors 1: ORCID iD"),
        ("study.author[0].affiliation[0].ror", "Organisation 1: ROR id"),
        ("biosample[1].description", "Description"),
        ("specimen[1].channels[0].channel_content", "Dye, tag or stain, row 1"),
        ("study_component[1].associations[0].specimen", "Specimen, row 1"),
        ("annotations", "Add the first one"),
        ("study.keywords", "Keywords"),
    ],
)
def test_a_jump_puts_the_keyboard_into_the_answer(driver: Driver, page: DescribePage, location: str, name: str) -> None:
    driver.window.show_step(StepId.DESCRIBE, location)
    driver.settled()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == name or (isinstance(focused, QAbstractButton) and focused.text() == name)
    driver.until(lambda: not focused.visibleRegion().isEmpty())


def test_the_next_open_question_is_the_main_action(driver: Driver, page: DescribePage) -> None:
    assert page.main_action() is None
    page.work.edit("biosample[1].organism", None)
    page.work.edit("study.title", "")
    driver.settled()
    action = page.main_action()
    assert action is not None
    seen = set()
    for _ in range(2):
        action.run()
        driver.settled()
        seen.add(page.view.focused())
    assert seen == {"study.title", "biosample[1].organism"}


# --- everybody can use it --------------------------------------------------------------------------------------------


def modules(page: DescribePage, driver: Driver) -> list[str]:
    return [m.key for m in page.work.form().modules]


def test_every_editor_of_every_part_has_a_name(driver: Driver, page: DescribePage) -> None:
    nameless = set()
    for module in modules(page, driver):
        page.jump(module)
        for path, row in page.view.rows.items():
            if isinstance(row.editor, (RecordsEditor, RowsEditor, GridEditor)) and row.editor.value() is None:
                row.editor.add.click()
            for widget in widgets(row):
                if isinstance(widget, (QLineEdit, QPlainTextEdit, QComboBox, QAbstractButton)):
                    found = QAccessible.queryAccessibleInterface(widget)
                    inner = isinstance(widget.parentWidget(), QComboBox)
                    if not inner and (found is None or not found.text(QAccessible.Text.Name).strip()):
                        nameless.add(f"{path}: {type(widget).__name__}")
    assert not nameless, "\n".join(sorted(nameless))


def test_every_part_can_be_walked_with_the_tab_key_alone(driver: Driver, page: DescribePage) -> None:
    page.jump("study.title")
    driver.settled()
    reached: list[str] = []
    for _ in range(80):
        reached.append(page.view.focused())
        if not reached[-1]:
            break
        driver.press(Qt.Key.Key_Tab)
    order = [p for n, p in enumerate(reached) if p and p not in reached[:n]]
    assert order == list(page.view.rows)


@pytest.mark.parametrize("code", ["xx", "xx-rtl"])
def test_no_text_of_these_pages_escapes_the_translators(driver: Driver, page: DescribePage, code: str) -> None:
    said = re.findall(r"[^\W\d_]+", EXAMPLE.read_text("utf-8")) + re.findall(
        r"[^\W\d_]+", " ".join(g.path for g in page.work.draft.files)
    )
    same = {*said, "United", "Kingdom", "OME", "TIFF", "Zarr", "ImageJ", "MetaMorph", "czi", "unknown"}
    same |= {w for o in page.work.draft.metadata.get("image_data", ()) for w in re.findall(r"[^\W\d_]+", str(o))}
    same |= {w for o in page.work.offers.values() for w in re.findall(r"[^\W\d_]+", str(o))}
    driver.window.looks.set_language(code)
    driver.until(lambda: "!!" in page.title.text())
    driver.settled()
    escaped = set()
    for module in modules(page, driver):
        page.jump(module)
        escaped |= {f"{module}: {t}" for t in unmarked(page, same)}
    driver.window.show_step(StepId.LICENSE)
    driver.settled()
    escaped |= {f"license: {t}" for t in unmarked(driver.window.page(StepId.LICENSE), same)}
    assert not escaped, "\n".join(sorted(escaped))


def unmarked(root: Any, same: set[str]) -> set[str]:
    out = set()
    for widget in widgets(root):
        texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            texts.append(widget.text())
        if isinstance(widget, (QLineEdit, QPlainTextEdit)):
            texts.append(widget.placeholderText())
        if isinstance(widget, QComboBox):
            texts += [widget.itemText(n) for n in range(widget.count())]
        for text in texts:
            plain = re.findall(r"[A-Za-z]{3,}", OWN.sub(" ", re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)))
            if [w for w in plain if w not in same and w[::-1] not in same]:
                out.add(f"{type(widget).__name__}: {text!r}")
    return out


def test_the_language_changes_under_the_keyboard(driver: Driver, page: DescribePage) -> None:
    page.jump("study.description")
    driver.window.looks.set_language("xx")
    driver.until(lambda: "!!" in page.title.text())
    driver.settled()
    assert page.view.focused() == "study.description"
    assert all("!!" in (r.editor.focusProxy() or r.editor).accessibleName() for r in page.view.rows.values())


def test_narrow_windows_have_the_parts_in_one_line(driver: Driver, page: DescribePage) -> None:
    driver.window.resize(1300, 900)
    driver.until(lambda: page.parts.list.isVisible())
    driver.window.resize(700, 900)
    driver.until(lambda: page.parts.combo.isVisible() and not page.parts.list.isVisible())
    at = page.parts.combo.findData("biosample")
    page.parts.combo.setCurrentIndex(at)
    page.parts.combo.activated.emit(at)
    assert "biosample[0].title" in page.view.rows
    bar = page.area.horizontalScrollBar()
    assert bar.maximum() == 0, "nothing is cut off at the side"


# --- licence and release ---------------------------------------------------------------------------------------------


def licence(driver: Driver) -> LicensePage:
    driver.window.show_step(StepId.LICENSE)
    driver.settled()
    found = driver.window.page(StepId.LICENSE)
    assert isinstance(found, LicensePage)
    return found


def test_a_licence_is_chosen_and_undone(driver: Driver, page: DescribePage) -> None:
    shown = licence(driver)
    assert shown._radios["CC-BY-4.0"].isChecked()
    shown._radios["CC0-1.0"].click()
    assert page.work.draft.license == "CC0-1.0"
    page.work.undo()
    driver.until(lambda: shown._radios["CC-BY-4.0"].isChecked())


def test_licences_are_walked_with_the_arrow_keys(driver: Driver, page: DescribePage) -> None:
    shown = licence(driver)
    shown.jump("license")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up)
    assert page.work.draft.license == "CC0-1.0"


def test_a_release_date_is_typed_chosen_and_taken_away(driver: Driver, page: DescribePage) -> None:
    shown = licence(driver)
    shown.jump("release_date")
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    for typed in ("2027-01-31", "next year"):
        field.selectAll()
        QTest.keyClicks(field, typed)
        driver.settled()
        assert page.work.draft.release_date == typed
        assert field.text() == typed
    assert any(f.location == "release_date" for f in driver.now.validation)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert page.work.draft.release_date is None
    half = next(b for b in widgets(shown) if isinstance(b, QAbstractButton) and b.text() == "In half a year")
    half.click()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(page.work.draft.release_date))


def test_the_first_words_in_an_empty_study_keep_the_keyboard(driver: Driver) -> None:
    """The first answer of a module must not build its questions anew under the fingers of who types it."""
    driver.window.workspace.new_draft("practice")
    driver.until(lambda: driver.window.workspace.situation is not None)
    driver.window.show_step(StepId.DESCRIBE)
    driver.settled()
    driver.window.activateWindow()
    page = driver.window.page(StepId.DESCRIBE)
    assert isinstance(page, DescribePage)
    line = line_of(editor_at(page, "study.title"))
    line.setFocus()
    for word in ("Cells ", "and more ", "cells"):
        QTest.keyClicks(line, word)
        driver.settled()
        assert QApplication.focusWidget() is line
    assert page.work.draft.title == "Cells and more cells"


def test_choosing_an_archive_chooses_no_licence(driver: Driver) -> None:
    driver.window.workspace.new_draft(None)
    driver.until(lambda: driver.window.workspace.situation is not None)
    driver.window.show_step(StepId.ARCHIVE)
    driver.settled()
    archive = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: "practice" in archive.cards)
    archive.cards["practice"][0].radio.click()
    driver.settled()
    assert driver.window.workspace.work.draft.archive == "practice"
    assert driver.window.workspace.work.draft.license is None
