"""The table of channels and antibodies: used with the keyboard like a spreadsheet, at one row and at a hundred."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QMimeData, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.form import profiles
from depositor.gui.form import grid_cells
from depositor.gui.form.grid import GridEditor
from depositor.gui.form.light_colors import color_of
from depositor.gui.form.make import Maker

KEYS = Qt.Key
TISSUE = profiles.load(("multiplexed-tissue",), "practice")
ROWS: list[dict[str, Any]] = [
    {"channel_label": "CD3", "channel_content": "AF488", "own": 1},
    {"channel_label": "CD8", "channel_content": "AF647", "cycle": 2},
    {"channel_label": "DAPI", "cycle": 1, "passed_qc": True},
]


@pytest.fixture
def grid(qtbot: QtBot) -> GridEditor:
    field = TISSUE.field("specimen.channels")
    assert field is not None
    made = Maker(lambda _: ()).make(field)
    assert isinstance(made, GridEditor)
    holder = QWidget()
    made.name("Channels", "")
    QVBoxLayout(holder).addWidget(made)
    qtbot.addWidget(holder)
    made._kept = holder  # type: ignore[attr-defined]
    holder.resize(900, 500)
    holder.show()
    holder.activateWindow()
    qtbot.waitExposed(holder)
    made.show_value(ROWS)
    made.table.setFocus()
    return made


def column(grid: GridEditor, key: str) -> int:
    return [f.key for f in grid.model.fields].index(key)


def press(grid: GridEditor, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or grid.table, key, modifier)


def typed(words: str) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClicks(focused, words)


def clipboard(text: str) -> None:
    data = QMimeData()
    data.setText(text)
    QApplication.clipboard().setMimeData(data)


def choose(grid: GridEditor, top: int, left: int, bottom: int, right: int) -> None:
    model = grid.model
    grid.table.go(top, left)
    block = QItemSelection(model.index(top, left), model.index(bottom, right))
    grid.table.selectionModel().select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def test_what_is_shown_is_what_the_document_holds(grid: GridEditor) -> None:
    assert grid.value() == ROWS
    assert grid.model.rowCount() == len(ROWS) + 1
    assert grid.model.words(grid.model.index(2, column(grid, "passed_qc"))) == "Yes"


def test_typing_fills_in_a_cell_and_is_in_the_answer_at_once(grid: GridEditor, qtbot: QtBot) -> None:
    grid.table.go(0, column(grid, "channel_label"))
    with qtbot.waitSignal(grid.changed):
        QTest.keyClick(grid.table, KEYS.Key_X)
    typed("yz")
    assert grid.value()[0] == {**ROWS[0], "channel_label": "xyz"}
    press(grid, KEYS.Key_Return)
    current = grid.table.currentIndex()
    assert (current.row(), current.column()) == (1, 0)
    assert grid.table.hasFocus()


def test_escape_puts_back_what_stood_there(grid: GridEditor) -> None:
    grid.table.go(0, 0, edit=True)
    typed("changed")
    assert grid.value()[0]["channel_label"] == "changed"
    press(grid, KEYS.Key_Escape)
    assert grid.value() == ROWS


def test_tab_goes_from_cell_to_cell_while_one_works_and_leaves_otherwise(grid: GridEditor) -> None:
    grid.table.go(0, 0)
    typed("A")
    press(grid, KEYS.Key_Tab)
    press(grid, KEYS.Key_Tab)
    current = grid.table.currentIndex()
    assert (current.row(), current.column()) == (0, 2)
    press(grid, KEYS.Key_Backtab)
    assert grid.table.currentIndex().column() == 1
    press(grid, KEYS.Key_Escape)
    press(grid, KEYS.Key_Tab)
    assert not grid.table.hasFocus()
    grid.table.setFocus(Qt.FocusReason.TabFocusReason)
    press(grid, KEYS.Key_Tab)
    assert not grid.table.hasFocus()


def test_the_line_after_the_last_makes_a_new_row(grid: GridEditor) -> None:
    grid.add.click()
    typed("CD45")
    assert grid.value() == [*ROWS, {"channel_label": "CD45"}]
    assert grid.model.rowCount() == len(ROWS) + 2


def test_numbers_choices_and_yes_or_no_have_their_editors(grid: GridEditor) -> None:
    grid.table.go(0, column(grid, "cycle"), edit=True)
    typed("3")
    press(grid, KEYS.Key_Tab)
    assert grid.value()[0]["cycle"] == 3
    cell = grid.cell(1, "passed_qc")
    assert cell is not None
    typed("N")
    assert grid.value()[1]["passed_qc"] is False


def test_blocks_go_out_and_come_in_as_spreadsheets_write_them(grid: GridEditor) -> None:
    choose(grid, 0, 0, 1, 1)
    press(grid, KEYS.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "CD3\tAF488\nCD8\tAF647\n"
    grid.table.go(3, 0)
    clipboard('CD20\tAF555\r\nCD68\t"with ""quotes"""\r\n')
    press(grid, KEYS.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert grid.value()[3:] == [
        {"channel_label": "CD20", "channel_content": "AF555"},
        {"channel_label": "CD68", "channel_content": 'with "quotes"'},
    ]


def test_a_pasted_line_of_headings_names_the_columns(grid: GridEditor) -> None:
    clipboard("cycle\tchannel_label\tnobody knows\n7\tKi67\tx\n")
    grid.table.go(3, 2)
    press(grid, KEYS.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert grid.value()[3] == {"cycle": 7, "channel_label": "Ki67"}


def test_one_cell_fills_all_that_are_selected_and_keeps_its_identifier(grid: GridEditor) -> None:
    term = {"id": "UniProtKB:P07766", "label": "CD3E"}
    at = column(grid, "channel_biological_entity")
    grid.show_value([{**ROWS[0], "channel_biological_entity": term}, *ROWS[1:]])
    choose(grid, 0, at, 0, at)
    press(grid, KEYS.Key_C, Qt.KeyboardModifier.ControlModifier)
    choose(grid, 1, at, 2, at)
    press(grid, KEYS.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [r["channel_biological_entity"] for r in grid.value()] == [term] * 3


def test_cells_are_emptied_and_a_row_that_says_nothing_goes(grid: GridEditor) -> None:
    choose(grid, 1, 0, 1, len(grid.model.fields) - 1)
    press(grid, KEYS.Key_Delete)
    assert grid.value() == [ROWS[0], ROWS[2]]
    assert grid.model.rowCount() == 4


def test_rows_are_moved_and_removed(grid: GridEditor) -> None:
    grid.table.go(2, 0)
    press(grid, KEYS.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [r["channel_label"] for r in grid.value()] == ["CD3", "DAPI", "CD8"]
    grid.away.click()
    assert [r["channel_label"] for r in grid.value()] == ["CD3", "CD8"]
    assert grid.table.hasFocus()


def test_findings_stand_at_their_cells_also_after_an_empty_row(grid: GridEditor) -> None:
    choose(grid, 1, 0, 1, len(grid.model.fields) - 1)
    press(grid, KEYS.Key_Delete)
    wrong = Finding("k", "c", Level.WARNING, msg("x", "This is no cycle."), location="specimen[0].channels[1].cycle")
    left = grid.show_findings([((1, "cycle"), wrong)])
    assert left == []
    index = grid.model.index(2, column(grid, "cycle"))
    assert grid.model.findings(index) == [wrong]
    assert "This is no cycle." in grid.model.spoken(index)
    assert grid.model.data(index, Qt.ItemDataRole.DecorationRole) is not None


def test_a_refresh_leaves_the_open_cell_alone(grid: GridEditor) -> None:
    grid.table.go(1, 1, edit=True)
    typed("half a wo")
    held = grid.value()
    grid.show_value(held)
    grid.show_value([{**held[0], "cycle": 5}, *held[1:]])
    typed("rd")
    assert grid.value()[1]["channel_content"] == "half a word"
    assert grid.value()[0]["cycle"] == 5


def test_a_hundred_rows_make_no_editors(grid: GridEditor) -> None:
    before = len(grid.findChildren(QWidget))
    grid.show_value([{"channel_label": f"Marker {n}"} for n in range(100)])
    assert len(grid.findChildren(QWidget)) == before
    grid.cell(99, "channel_label")
    typed("last")
    assert grid.value()[99] == {"channel_label": "last"}


def test_pasted_texts_become_answers_and_what_does_not_fit_stays() -> None:
    channels = TISSUE.field("specimen.channels")
    assert channels is not None
    fields = {f.key: f for f in channels.subfields}
    assert grid_cells.answer(fields["cycle"], "2,5") == 2.5
    assert grid_cells.answer(fields["cycle"], "two") == "two"
    assert grid_cells.answer(fields["passed_qc"], "TRUE") is True
    assert grid_cells.answer(fields["passed_qc"], "perhaps") == "perhaps"
    assert grid_cells.answer(fields["channel_label"], "  ") is None


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("a\tb\nc\td", (("a", "b"), ("c", "d"))),
        ("a;b\nc;d\n", (("a", "b"), ("c", "d"))),
        ("Smith, J.", (("Smith, J.",),)),
        ('"two\nlines"\tb', (("two\nlines", "b"),)),
        ('5" tube\tb', (('5" tube', "b"),)),
    ],
)
def test_blocks_are_read_as_they_come(text: str, block: tuple[tuple[str, ...], ...]) -> None:
    assert grid_cells.from_text(text) == block


def test_light_has_its_colour() -> None:
    green, far = color_of(510), color_of(900)
    assert green is not None
    assert green.green() > max(green.red(), green.blue())
    assert far is None
