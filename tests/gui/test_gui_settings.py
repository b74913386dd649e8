"""The dialog of all settings: made from their table, each change holds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QSpinBox

from depositor.gui.settings.dialog import SettingsDialog
from depositor.session.settings import Settings, table

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def dialog(window: Any, qtbot: QtBot) -> SettingsDialog:
    made = SettingsDialog(window, window.workspace)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(made)
    made.open()
    return made


def test_every_setting_that_is_not_elsewhere_has_an_editor_with_a_name(dialog: SettingsDialog) -> None:
    wanted = {s.key for s in table() if s.group != "look" and s.kind != "table"}
    assert set(dialog.editors) == wanted
    for editor in dialog.editors.values():
        assert editor.field.accessibleName()
        assert editor.value() == dialog._settings.get(editor.setting.key)
    assert dialog.tabs.tabText(0) == "Sending"


def test_a_change_holds_at_once(dialog: SettingsDialog) -> None:
    settings = dialog._settings
    flag, number, choice = (dialog.editors[k].field for k in ("low_priority", "speed_limit", "metered"))
    assert isinstance(flag, QCheckBox)
    assert isinstance(number, QSpinBox)
    assert isinstance(choice, QComboBox)
    flag.click()
    number.setValue(500)
    choice.setCurrentIndex(choice.findData("send"))
    assert [settings.get(k) for k in ("low_priority", "speed_limit", "metered")] == [True, 500, "send"]
    conductor = dialog._space.desk.conductor
    assert conductor.road.limiter.rate == 500_000


def test_hours_can_be_set_only_where_they_count(dialog: SettingsDialog) -> None:
    hours = dialog.editors["hours"].field
    assert isinstance(hours, QComboBox)
    assert not dialog.editors["hours_from"].isEnabled()
    hours.setCurrentIndex(hours.findData("timetable"))
    assert dialog.editors["hours_from"].isEnabled()
    assert dialog.editors["hours_weekends"].isEnabled()


def test_what_makes_no_sense_is_told_and_not_kept(dialog: SettingsDialog, qtbot: QtBot) -> None:
    field = dialog.editors["proxy"].field
    assert isinstance(field, QLineEdit)
    field.setText("nonsense")
    field.editingFinished.emit()
    assert not dialog.trouble.isHidden()
    assert "address" in dialog.trouble.text.text()
    assert dialog._settings.get("proxy") == ""
    field.setText("http://proxy.example.org:3128")
    field.editingFinished.emit()
    assert dialog.trouble.isHidden()
    assert dialog._settings.get("proxy") == "http://proxy.example.org:3128"


def test_the_wheel_changes_nothing_that_has_no_keyboard(dialog: SettingsDialog) -> None:
    spin = dialog.editors["parallel_files"].field
    assert isinstance(spin, QSpinBox)
    before = spin.value()
    at = QPointF(spin.rect().center())
    nothing = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(spin, QWheelEvent(at, at, QPoint(), QPoint(0, 120), *nothing, False))
    assert spin.value() == before


def test_that_nobody_knows_the_line_is_said(dialog: SettingsDialog) -> None:
    assert "counts as free" in dialog._note("metered")
    dialog._space.desk.conductor.metered(True)
    assert "costs by the byte" in dialog._note("metered")


def test_the_menu_opens_it(window: Any, qtbot: QtBot) -> None:
    window.menus._settings()
    found = window.findChild(SettingsDialog)
    assert found is not None
    assert found.isVisible()
    found.accept()


def test_what_the_command_line_changed_is_shown(window: Any) -> None:
    Settings(window.workspace.desk.settings.path).set("speed_limit", 700)
    dialog = SettingsDialog(window, window.workspace)
    assert dialog.editors["speed_limit"].value() == 700
    dialog.close()
