"""One editor for each kind of setting. ``changed`` of each tells the new value once it was entered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget

from depositor.gui import dialogs
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, row
from depositor.session.settings import Setting


class _Spin(QSpinBox):
    """Turning the wheel over it scrolls the page, unless it has the keyboard: no setting changes by passing over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Combo(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Editor(QWidget):
    """Edits one setting. ``field`` is what has the keyboard."""

    changed = Signal(object)

    def __init__(self, setting: Setting, value: Any) -> None:
        super().__init__()
        self.setting = setting
        self.field: QWidget = self._made()
        beside = self._chooser() if setting.kind in ("file", "folder") else None
        self.setLayout(row((self.field, 1), beside) if beside or self._wide else row(self.field, 1))
        self.field.setAccessibleName(say(setting.label))
        self.field.setAccessibleDescription(say(setting.help))
        self.show_value(value)

    @property
    def _wide(self) -> bool:
        return isinstance(self.field, QLineEdit | QCheckBox)

    def _made(self) -> QWidget:
        kind = self.setting.kind
        if kind == "flag":
            return self._flag()
        if kind == "choice":
            return self._choice()
        if kind == "whole":
            return self._whole()
        text = QLineEdit()
        text.editingFinished.connect(self._told)
        return text

    def _flag(self) -> QWidget:
        box = QCheckBox(say(self.setting.label))
        box.toggled.connect(self._told)
        return box

    def _choice(self) -> QWidget:
        combo = _Combo()
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for value, words in self.setting.choices:
            combo.addItem(say(words), value)
        combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        combo.currentIndexChanged.connect(self._told)
        return combo

    def _whole(self) -> QWidget:
        spin = _Spin()
        spin.setRange(self.setting.minimum or 0, self.setting.maximum if self.setting.maximum is not None else 10**9)
        spin.setGroupSeparatorShown(True)
        if self.setting.unit:
            spin.setSuffix(f" {self.setting.unit}")
        spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        room = round(self.fontMetrics().height() * 0.4)
        spin.lineEdit().setTextMargins(room, 0, room, 0)
        spin.setMinimumWidth(spin.sizeHint().width() + 2 * room)
        spin.setKeyboardTracking(False)
        spin.valueChanged.connect(self._told)
        return spin

    def _chooser(self) -> Button:
        choose = Button("files", clicked=self._choose)
        choose.setText(tr("Choose …"))
        choose.setAccessibleName(tr("Choose: {what}", what=say(self.setting.label)))
        return choose

    def _choose(self) -> None:
        title = say(self.setting.label)
        if self.setting.kind == "folder":
            dialogs.choose_folder(self, title, self._chosen)
        else:
            dialogs.choose_files(self, title, lambda paths: self._chosen(paths[0]))

    def _chosen(self, path: Path) -> None:
        self.show_value(str(path))
        self._told()

    def value(self) -> Any:
        """What stands there now."""
        field = self.field
        if isinstance(field, QCheckBox):
            return field.isChecked()
        if isinstance(field, QComboBox):
            return field.currentData()
        if isinstance(field, QSpinBox):
            return field.value()
        assert isinstance(field, QLineEdit)
        return field.text().strip()

    def show_value(self, value: Any) -> None:
        """Show a value without telling anybody."""
        field = self.field
        with QSignalBlocker(field):
            if isinstance(field, QCheckBox):
                field.setChecked(bool(value))
            elif isinstance(field, QComboBox):
                field.setCurrentIndex(max(field.findData(value), 0))
            elif isinstance(field, QSpinBox):
                field.setValue(int(value))
            elif isinstance(field, QLineEdit):
                field.setText(str(value))

    def _told(self, _: object = None) -> None:
        self.changed.emit(self.value())
