"""What works on all of the form: ways of imaging, finding, agreeing at once, checklists, folded records, reasons."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from gui_driving import Driver, widgets
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton

from depositor import resources
from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.draft.steps import StepId
from depositor.form import profiles
from depositor.gui.columns.dialog import ColumnsDialog
from depositor.gui.form import finder
from depositor.gui.form.agree import AgreeDialog
from depositor.gui.form.finder import FindQuestion
from depositor.gui.form.grid import GridEditor
from depositor.gui.form.records import RecordsEditor
from depositor.gui.form.scores import ChecklistsDialog
from depositor.gui.form.ways import WaysDialog
from depositor.gui.pages.describe import DescribePage
from depositor.session import forms, ways

EXAMPLE = resources.path("examples/example.depositor.json")
HEADER = Origin(OriginKind.HEADER, file="images/a.czi", reader="czi", key="Objective")


@pytest.fixture
def page(driver: Driver, tmp_path: Path) -> DescribePage:
    document = json.loads(EXAMPLE.read_text("utf-8"))
    document["files"] = []
    document["metadata"]["study"]["author"] *= 10
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


def dialog(driver: Driver, kind: type[QDialog]) -> Any:
    found: list[Any] = []

    def open_now() -> bool:
        found[:] = [d for d in driver.window.findChildren(kind) if d.isVisible()]
        return bool(found)

    driver.until(open_now)
    return found[0]


def authors(page: DescribePage) -> RecordsEditor:
    editor = page.view.rows["study.author"].editor
    assert isinstance(editor, RecordsEditor)
    return editor


# --- folded records --------------------------------------------------------------------------------------------------


def test_of_many_records_all_but_the_first_begin_folded(driver: Driver, page: DescribePage) -> None:
    cards = authors(page).cards
    assert [card.folded for card in cards] == [False] + [True] * 9
    assert all(card.editor is None for card in cards[1:])
    line = cards[3].line
    assert line is not None
    name, rest, _ = line.words
    assert name.startswith("4 · ")
    assert rest
    assert name in line.accessibleName()
    before = page.work.draft
    assert authors(page).value() == before.get("study.author")


def test_a_folded_record_opens_with_the_keyboard_and_folds_again(driver: Driver, page: DescribePage) -> None:
    card = authors(page).cards[4]
    assert card.line is not None
    card.line.setFocus()
    QTest.keyClick(card.line, Qt.Key.Key_Return)
    assert not card.folded
    focused = QApplication.focusWidget()
    assert focused is not None
    assert card.isAncestorOf(focused)
    QTest.keyClicks(focused, "X")
    assert "X" in page.work.draft.get("study.author[4].name")
    card.buttons.fold.click()
    assert card.folded
    assert card.line.hasFocus()
    assert "X" in card.line.words[0]


def test_findings_in_a_folded_record_are_counted_and_a_jump_opens_it(driver: Driver, page: DescribePage) -> None:
    page.work.edit("study.author[6].orcid", "0000-0002-1825-0098")
    driver.settled()
    card = authors(page).cards[6]
    assert card.line is not None
    driver.until(lambda: "1 thing to look at" in card.line.accessibleName())
    driver.window.show_step(StepId.DESCRIBE, "study.author[6].orcid")
    driver.settled()
    assert not card.folded
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Authors 7: ORCID iD"


def test_unfold_all_and_moving_a_record_past_folded_ones(driver: Driver, page: DescribePage) -> None:
    editor = authors(page)
    page.work.edit("study.author[0].name", "First Of All")
    driver.settled()
    editor.cards[0].buttons.down.click()
    assert page.work.draft.get("study.author[1].name") == "First Of All"
    assert not editor.cards[1].folded
    editor.unfold_all.click()
    assert not any(card.folded for card in editor.cards)
    assert editor.unfold_all.isHidden()
    assert len(page.work.draft.get("study.author")) == 10


# --- ways of imaging -------------------------------------------------------------------------------------------------


def test_ways_are_chosen_and_taken_away_without_loss(driver: Driver, page: DescribePage) -> None:
    page.tools.choose_ways()
    shown = dialog(driver, WaysDialog)
    assert set(shown.boxes) == {p.id for p in profiles.available()}
    shown.boxes["cryo-em"].click()
    shown._use()
    driver.settled()
    assert page.work.form().module("cryo_em") is not None
    page.work.edit("cryo_em[0].technique", "tomography")
    ways.choose(page.work, ("light-microscopy",))
    driver.settled()
    assert page.work.form().module("cryo_em") is None
    assert page.work.draft.get("cryo_em[0].technique") == "tomography"
    page.tools.choose_ways()
    again = dialog(driver, WaysDialog)
    told = [w.text() for w in widgets(again) if isinstance(w, QLabel)]
    assert any("They are kept" in text for text in told)
    again.reject()
    page.work.undo()
    assert "cryo-em" in page.work.draft.profiles


def test_what_the_files_look_like_is_told_and_taken_with_one_click(driver: Driver, page: DescribePage) -> None:
    looks = page.tools.looks
    looks._found((page.work, Counter({"cryo-em": 3})))
    driver.until(lambda: not looks.isHidden())
    assert "Cryo-EM" in looks.head.text()
    looks.use.click()
    driver.settled()
    assert page.work.draft.profiles == ("light-microscopy", "cryo-em")
    looks._show()
    assert looks.isHidden()
    looks._found((page.work, Counter({"volume-em": 1})))
    driver.until(lambda: not looks.isHidden())
    looks.later.click()
    looks._show()
    assert looks.isHidden()


# --- finding, agreeing, checklists -----------------------------------------------------------------------------------


def test_a_question_is_found_by_a_word_and_jumped_to(driver: Driver, page: DescribePage) -> None:
    QTest.keyClick(driver.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    shown = dialog(driver, FindQuestion)
    QTest.keyClicks(shown.line, "organism")
    QTest.keyClick(shown.line, Qt.Key.Key_Return)
    driver.settled()
    driver.until(lambda: page.view.focused() == "biosample[0].organism")


def test_search_folds_case_and_accents_and_looks_at_all_words(driver: Driver, page: DescribePage) -> None:
    known = list(finder.questions(page.work.form(), page.work.draft))
    assert finder.found(known, "PÍXEL size")[0].name.startswith("Pixel")
    assert finder.found(known, "no such words at all") == []
    assert any(q.place == "study.author[0].orcid" for q in finder.found(known, "orcid"))


def test_all_that_was_filled_in_is_seen_and_agreed_with_at_once(driver: Driver, page: DescribePage) -> None:
    for path in ("study.study_type", "biosample[0].description", "specimen[0].title"):
        page.work.change(msg("change.prefill", "x"), page.work.draft.answer(path, "From a header", HEADER))
    driver.settled()
    driver.until(lambda: page.tools.agree.isVisible())
    page.tools.agree.click()
    shown = dialog(driver, AgreeDialog)
    assert {"study.study_type", "biosample[0].description"} <= set(shown.chosen())
    item = next(
        shown.list.topLevelItem(at)
        for at in range(shown.list.topLevelItemCount())
        if "Subject" in shown.list.topLevelItem(at).text(0)
    )
    assert item.text(1) == "From a header"
    assert "images/a.czi" in item.text(2)
    item.setCheckState(0, Qt.CheckState.Unchecked)
    shown.use.click()
    draft = page.work.draft
    assert forms.filled_in(draft, page.work.form()) == ("study.study_type",)
    page.work.undo()
    assert len(forms.filled_in(page.work.draft, page.work.form())) == 3


def test_checklists_lead_to_what_is_missing(driver: Driver, page: DescribePage) -> None:
    page.tools.lists.click()
    shown = dialog(driver, ChecklistsDialog)
    found = [b for b in shown.findChildren(QPushButton) if b.accessibleName().startswith("Go to: ")]
    assert found
    wanted = next(b for b in found if "Files" not in b.text())
    wanted.click()
    driver.settled()
    assert page.view.focused() or QApplication.focusWidget() is not None


# --- why a question is asked -----------------------------------------------------------------------------------------


def test_the_reason_of_a_question_opens_with_the_keyboard(driver: Driver, page: DescribePage) -> None:
    row = page.view.rows["study.title"]
    assert "Title" in row.why.accessibleName()
    row.why.setFocus()
    QTest.keyClick(row.why, Qt.Key.Key_Space)
    assert row.why.about.isVisible()
    assert row.field.why is not None
    assert row.field.why.english() in row.why.about.words
    QTest.keyClick(row.why, Qt.Key.Key_Space)
    assert not row.why.about.isVisible()


def test_who_asks_for_an_answer_is_named() -> None:
    form = profiles.load(("volume-em",), "empiar")
    names = [m.english() for m in forms.askers("image_data[0].contrast_inversion", form)]
    assert names == ["Volume electron microscopy"]
    assert "BioImage Archive" in [m.english() for m in forms.askers("study.title", form)]
    assert forms.askers("image_data[0].nothing_like_it", form) == ()


def test_what_is_needed_now_and_then_is_in_a_menu(driver: Driver, page: DescribePage) -> None:
    page.more._fill()
    lines = [a.text() for a in page.more.menu().actions()]
    assert lines == [b.text() for b in page.more.buttons]
    assert all(lines)


def test_a_finding_of_all_of_a_record_stands_in_its_card(driver: Driver, page: DescribePage) -> None:
    card = authors(page).cards[2]
    wrong = Finding("k", "c", Level.BLOCKER, msg("x", "Twice the same person."), location="study.author[2]")
    authors(page).show_findings([((2,), wrong)])
    assert card.line is not None
    assert "1 thing to look at" in card.line.words[2]
    card.unfold()
    told = [w.text() for w in card.findChildren(QLabel)]
    assert any("Twice the same person." in text for text in told)


# --- channels of communities, values that differ ---------------------------------------------------------------------


def test_channels_are_saved_as_a_table_of_a_community(driver: Driver, page: DescribePage, tmp_path: Path) -> None:
    page.jump("specimen[1]")
    driver.settled()
    grid = page.view.rows["specimen[1].channels"].editor
    assert isinstance(grid, GridEditor)
    assert grid.tables is not None
    page.work.edit("specimen[1].channels", [{"channel_label": "CD3", "antibody_rrid": "RRID:AB_1"}])
    grid.tables.write("miti", tmp_path / "channels")
    driver.until(lambda: (tmp_path / "channels.csv").exists())
    assert "CD3" in (tmp_path / "channels.csv").read_text("utf-8-sig")
    told: list[object] = []
    driver.window.workspace.trouble.disconnect()
    driver.window.workspace.trouble.connect(told.append)
    grid.tables.write("miti", tmp_path / "channels.csv" / "below.csv")
    driver.until(lambda: told)


def test_a_channel_has_the_colour_of_its_light(driver: Driver, page: DescribePage) -> None:
    page.work.edit("light_microscopy", [{"channels": [{"channel_label": "GFP", "emission": 510}]}])
    page.work.edit("specimen[0].channels", [{"channel_label": "GFP"}, {"channel_label": "other"}])
    page.jump("specimen[0]")
    driver.settled()
    grid = page.view.rows["specimen[0].channels"].editor
    assert isinstance(grid, GridEditor)
    colors = [grid.model.data(grid.model.index(at, 0), Qt.ItemDataRole.DecorationRole) for at in (0, 1)]
    assert isinstance(colors[0], QColor)
    assert colors[1] is None


def test_where_headers_differ_the_list_of_files_can_say_it(driver: Driver, page: DescribePage) -> None:
    proposal = Proposal("study.description", "A", HEADER, 2, (("B", 1, "images/b.czi"),))
    page.work.offers = {"study.description": proposal}
    page.work.change(msg("change.prefill", "x"), page.work.draft.answer("study.description", "A", HEADER))
    driver.settled()
    row = page.view.rows["study.description"]
    wanted = [b for b in row.findChildren(QPushButton) if "differs from file to file" in b.accessibleName()]
    assert len(wanted) == 1
    wanted[0].click()
    shown = dialog(driver, ColumnsDialog)
    shown.reject()


def test_what_is_done_to_a_table_is_undone_apart_from_what_was_typed_before(driver: Driver, page: DescribePage) -> None:
    page.jump("specimen[0]")
    driver.settled()
    path = "specimen[0].channels"
    grid = page.view.rows[path].editor
    assert isinstance(grid, GridEditor)
    first = page.work.draft.get(path)
    grid.cell(0, "channel_label")
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClicks(focused, "typed")
    QTest.keyClick(focused, Qt.Key.Key_Return)
    typed = page.work.draft.get(path)
    assert typed[0]["channel_label"] == "typed"
    grid.table.go(0, 0)
    grid.away.click()
    assert len(page.work.draft.get(path) or []) == len(first) - 1
    page.work.undo()
    assert page.work.draft.get(path) == typed
    page.work.undo()
    assert page.work.draft.get(path) == first
    driver.until(lambda: grid.value() == first)


def test_what_other_answers_settle_is_asked_last_and_what_was_answered_is_not_asked_again() -> None:
    from depositor.draft.draft import Draft
    from depositor.draft.finding import Finding, Level
    from depositor.draft.message import msg
    from depositor.form import profiles
    from depositor.gui.form.draft_looks import open_questions

    form = profiles.load((), None)
    said = msg("form.missing", "An answer is still missing here.")
    places = ("study.keywords", "study.title", "study_component[0].description", "biosample[0].organism")

    def found(level: Level) -> list[Finding]:
        return [Finding(f"k{p}", "form.missing", level, said, location=p) for p in places]

    draft = Draft("x").answer("study.title", "A title that is there now")
    for level in (Level.BLOCKER, Level.WARNING):
        left = [f.location for f in open_questions(form, found(level), draft)]
        assert left == ["biosample[0].organism", "study.keywords", "study_component[0].description"]
