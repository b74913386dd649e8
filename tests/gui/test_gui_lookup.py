"""Terms are browsed, identifiers settled and looked up, in a real window, against stand-ins of the services."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gui_driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QWidget

sys.path.insert(0, str(Path(__file__).parents[1] / "session"))
from lookup_standin import DOI, ORCID, ROR, Fault, StandIn

from depositor.draft.answer import OriginKind
from depositor.draft.steps import StepId
from depositor.gui.form.browse import BrowseTerms
from depositor.gui.form.identifier import IdentifierEditor
from depositor.gui.form.lookup import LookupDialog
from depositor.gui.form.shrinking import ShrinkingButton
from depositor.gui.form.suggestions import TermLine
from depositor.gui.form.surroundings import path_of
from depositor.gui.form.term_tools import TermTools
from depositor.gui.form.term_tree import NODE, TermTree, title
from depositor.gui.pages.describe import DescribePage
from depositor.session import terms

PERSON = {"name": "J. Carberry", "orcid": ORCID, "affiliation": [{"name": "Example Institute"}]}
STUDY = {"title": "A study", "author": [PERSON], "publication": [{"title": "Another title", "doi": DOI}]}
DOCUMENT = {
    "depositor": 1,
    "archive": "practice",
    "files": [],
    "metadata": {"study": STUDY, "biosample": [{"title": "Fish"}], "image_acquisition": [{"title": "Confocal"}]},
}


@pytest.fixture
def server() -> Iterator[StandIn]:
    made = StandIn()
    yield made
    made.close()
    assert made.complaints == []


@pytest.fixture
def page(driver: Driver, server: StandIn, tmp_path: Path) -> DescribePage:
    driver.window.workspace.desk.settings.set("endpoints", server.endpoints())
    (tmp_path / "a.depositor.json").write_text(json.dumps(DOCUMENT))
    driver.window.workspace.load(tmp_path / "a.depositor.json")
    driver.until(lambda: driver.window.workspace.situation is not None)
    driver.settled()
    driver.window.show_step(StepId.DESCRIBE)
    driver.settled()
    driver.window.activateWindow()
    found = driver.window.page(StepId.DESCRIBE)
    assert isinstance(found, DescribePage)
    return found


def identifier_at(page: DescribePage, path: str) -> IdentifierEditor:
    page.jump(path)
    return next(e for e in page.view.findChildren(IdentifierEditor) if path_of(e) == path)


def dialog_of(page: QWidget) -> LookupDialog:
    return page.window().findChildren(LookupDialog)[-1]


# --- identifiers -----------------------------------------------------------------------------------------------------


def test_a_scan_or_a_pasted_address_becomes_the_identifier(page: DescribePage, driver: Driver) -> None:
    editor = identifier_at(page, "study.author[0].orcid")
    paths = {path_of(e) for e in page.view.findChildren(IdentifierEditor)}
    assert {"study.author[0].orcid", "study.author[0].affiliation[0].ror", "study.publication[0].doi"} <= paths
    editor.line.selectAll()
    QApplication.clipboard().setText(f"https://orcid.org/{ORCID}")
    editor.line.paste()
    assert editor.line.text() == ORCID
    editor.line.clear()
    QTest.keyClicks(editor.line, "0000000218250097\r")
    assert editor.line.text() == ORCID
    driver.settled()
    assert page.work.draft.get("study.author[0].orcid") == ORCID
    editor.show_value("10.1/x")
    QTest.keyClicks(editor.line, ".")
    assert editor.line.text().count(".") == 2  # a key after a shown value is no paste
    editor.line.clear()  # what is none stays as typed
    QTest.keyClicks(editor.line, "0000-0002-1825-0098\r")
    assert editor.line.text() == "0000-0002-1825-0098"


# --- look-ups --------------------------------------------------------------------------------------------------------


def test_a_person_is_looked_up_and_taken_in_part(page: DescribePage, driver: Driver) -> None:
    identifier_at(page, "study.author[0].orcid").button.click()
    dialog = dialog_of(page)
    driver.until(lambda: dialog.shown is not None)
    assert dialog.shown is not None
    ticks = {box.accessibleName().partition(":")[0]: box for box in dialog.shown.boxes()}
    assert [box.isChecked() for box in dialog.shown.boxes()] == [False, True, True, True]  # the paper is listed already
    assert not ticks["Name"].isChecked()  # it would replace what the person typed
    QTest.keyClick(dialog.use, Qt.Key.Key_Space)
    driver.settled()
    author = page.work.draft.get("study.author[0]")
    assert author["name"] == "J. Carberry"
    assert author["affiliation"][0] == {"name": "Example Institute", "ror": ROR, "country": "GB"}
    origin = page.work.draft.origin("study.author[0].affiliation")
    assert origin is not None
    assert (origin.kind, origin.file, origin.confirmed) == (OriginKind.LOOKUP, "pub.orcid.org", True)
    page.work.undo()
    assert page.work.draft.get("study.author[0]") == PERSON


def test_a_paper_brings_its_authors_and_grants_if_one_wants(page: DescribePage, driver: Driver) -> None:
    identifier_at(page, "study.publication[0].doi").button.click()
    dialog = dialog_of(page)
    driver.until(lambda: dialog.shown is not None)
    assert dialog.shown is not None
    for box in dialog.shown.boxes():
        if "Rita Roe" in box.accessibleName() and "Carberry" not in box.accessibleName():
            box.setChecked(True)
        if "EX-2041" in box.accessibleName():
            box.setChecked(True)
    dialog.use.click()
    driver.settled()
    draft = page.work.draft
    assert draft.get("study.publication[0].title") == "Another title"
    assert draft.get("study.publication[0].year") == 2026
    assert [a["name"] for a in draft.get("study.author")] == ["J. Carberry", "Rita Roe"]
    assert draft.get("study.grant[0].funder[0].name") == "Example Foundation"


def test_an_empty_ror_field_asks_for_the_name_beside_it(page: DescribePage, driver: Driver, server: StandIn) -> None:
    editor = identifier_at(page, "study.author[0].affiliation[0].ror")
    editor.button.click()
    dialog = dialog_of(page)
    assert dialog.line.text() == "Example Institute"
    driver.until(lambda: server.asked)
    dialog.line.setText("example institute")
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    driver.until(lambda: dialog.notice.head.text() == "2 answers")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert "Example Institute" in focused.accessibleName()
    QTest.keyClick(focused, Qt.Key.Key_Space)
    assert dialog.shown is not None
    dialog.use.click()
    driver.settled()
    assert page.work.draft.get("study.author[0].affiliation[0].ror") == ROR


def test_trouble_is_told_and_asked_again(page: DescribePage, driver: Driver, server: StandIn) -> None:
    server.faults["ror"] = Fault(status=500)
    identifier_at(page, "study.author[0].affiliation[0].ror").button.click()
    dialog = dialog_of(page)
    driver.until(lambda: "problem of its own" in dialog.notice.head.text())
    server.faults.clear()
    dialog.line.setText("nothing like it")
    dialog.search.click()
    driver.until(lambda: dialog.notice.head.text() == "Nothing was found.")
    driver.window.workspace.desk.settings.set("offline", True)
    dialog.line.setText("other words")
    dialog.search.click()
    driver.until(lambda: "switched off" in dialog.notice.head.text())
    assert not dialog.use.isVisible()


def test_closing_stops_what_hangs(page: DescribePage, driver: Driver, server: StandIn) -> None:
    server.faults["ror"] = Fault(hang=True)
    identifier_at(page, "study.author[0].affiliation[0].ror").button.click()
    dialog = dialog_of(page)
    driver.until(lambda: server.asked)
    assert dialog.bar.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    driver.until(lambda: not driver.window.bridge.busy)
    assert page.work.draft.get("study.author[0]") == PERSON


# --- terms -----------------------------------------------------------------------------------------------------------


def line_at(page: DescribePage, path: str) -> TermLine:
    page.jump(path)
    return page.view.rows[path].editor.findChildren(TermLine)[0]


def test_a_chosen_term_is_offered_first_the_next_time(page: DescribePage, driver: Driver) -> None:
    line = line_at(page, "biosample[0].organism")
    line.setFocus()
    QTest.keyClicks(line, "macaca mul")
    driver.until(lambda: line.choosing)
    QTest.keyClick(line, Qt.Key.Key_Down)
    popup = line._popup
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    driver.settled()
    chosen = page.work.draft.get("biosample[0].organism")[0]
    assert driver.window.workspace.desk.picks.recent("organisms") == (chosen["id"],)
    line.clear()
    line.browse()
    first = line._model.item(0)
    assert first is not None
    assert first.text() == chosen["label"]


def test_nothing_in_the_list_leads_on_line(page: DescribePage, driver: Driver) -> None:
    line = line_at(page, "biosample[0].organism")
    line.setFocus()
    line.setText("qqqzzz")
    line.textEdited.emit("qqqzzz")
    driver.until(lambda: line._model.rowCount() == 2)
    remark, action = line._model.item(0), line._model.item(1)
    assert remark is not None
    assert action is not None
    assert not remark.isEnabled()
    line.setText("zebrafish")
    line._take(action.index())
    driver.until(lambda: page.work.draft.get("biosample[0].organism") is not None)
    driver.settled()
    driver.until(
        lambda: page.work.draft.get("biosample[0].organism") == [{"id": "NCBITaxon:7955", "label": "Danio rerio"}]
    )
    origin = page.work.draft.origin("biosample[0].organism[0]")
    assert origin is not None
    assert origin.kind is OriginKind.LOOKUP


def test_the_tree_is_searched_and_walked_by_keyboard(page: DescribePage, driver: Driver) -> None:
    line = line_at(page, "image_acquisition[0].imaging_method")
    tools = page.view.rows["image_acquisition[0].imaging_method"].editor.findChildren(TermTools)[0]
    tools.open_tree()
    dialog = page.window().findChildren(BrowseTerms)[-1]
    QTest.keyClicks(dialog.search, "tirf")
    driver.until(lambda: dialog.name_shown.text() == "evanescent wave microscopy")
    assert dialog.crumbs.text().startswith("imaging method › ")
    dialog.locate.click()
    assert title(dialog.tree.currentIndex().data(NODE)) == "evanescent wave microscopy"
    QTest.keyClick(dialog.tree, Qt.Key.Key_Return)
    driver.settled()
    found = page.work.draft.get("image_acquisition[0].imaging_method")
    assert [t["id"] for t in found] == ["FBbi:00000617"]
    assert line.text() == ""


def test_own_words_are_marked_as_such(page: DescribePage, driver: Driver) -> None:
    line = line_at(page, "biosample[0].biological_entity")
    QTest.keyClicks(line, "something new")
    driver.settled()
    editor = page.view.rows["biosample[0].biological_entity"].editor
    assert page.work.draft.get("biosample[0].biological_entity") == "something new"
    assert editor._id.text() == "own words"
    line.clear()
    QTest.keyClicks(line, "liver")
    editor._take(terms.suggest("biological-entities", "liver", 1)[0])
    assert editor._id.text() == "UBERON:0002107"


@pytest.mark.parametrize("vocabulary", ["imaging-methods", "organisms", "life-stages"])
def test_the_tree_is_a_sound_model(qapp: object, vocabulary: str) -> None:
    model = TermTree(vocabulary)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        assert model.rowCount(index) == index.data(NODE).children
        for below in range(model.rowCount(index)):
            assert model.parent(model.index(below, 0, index)) == index
    for word in ("confocal", "mouse", "larva"):
        for term in terms.suggest(vocabulary, word, 3):
            assert model.index_of(term).data(NODE).term.label == term.label
    assert tester.model() is model


def test_words_of_a_button_give_way_and_come_back(qtbot: object) -> None:
    button = ShrinkingButton("search", "Look it up", lambda: None)
    wide = button.sizeHint().width()
    button.resize(button.minimumSizeHint().width(), 30)
    button.show()
    assert button.text() == ""
    assert button.sizeHint().width() == pytest.approx(wide, abs=wide * 0.15)
    button.resize(wide + 20, 30)
    QTest.qWait(1)
    assert button.text() == "Look it up"
    button.close()
