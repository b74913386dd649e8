"""A day, typed or chosen in a calendar."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCalendarWidget, QMenu, QWidgetAction

from depositor.gui.form.editors import LineEditor
from depositor.gui.texts import tr
from depositor.gui.widgets.basics import Button

_ISO = Qt.DateFormat.ISODate


class DateEditor(LineEditor):
    """A day as ``2027-01-31``, the same in every language; the calendar is there for the mouse."""

    def __init__(self) -> None:
        super().__init__("", left_to_right=True)
        self.pick = Button("clock", "quiet", self._open)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.pick)
        self.say_texts()

    def say_texts(self) -> None:
        """Say everything in the language in use."""
        self.line.setPlaceholderText(tr("Year-month-day, as in 2027-01-31"))
        self.pick.setText(tr("Calendar"))

    def name(self, label: str, description: str) -> None:
        super().name(label, description)
        self.pick.setAccessibleName(tr("Choose {question} in a calendar", question=label))

    def choose(self, day: QDate) -> None:
        """Take a day of the calendar."""
        self.line.setText(day.toString(_ISO))
        self.changed.emit()

    def _open(self) -> None:
        menu = QMenu(self)
        calendar = QCalendarWidget()
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        shown = QDate.fromString(self.line.text().strip(), _ISO)
        calendar.setSelectedDate(shown if shown.isValid() else QDate.currentDate())
        action = QWidgetAction(menu)
        action.setDefaultWidget(calendar)
        menu.addAction(action)
        calendar.activated.connect(menu.close)
        calendar.activated.connect(self.choose)
        calendar.clicked.connect(menu.close)
        calendar.clicked.connect(self.choose)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.pick.mapToGlobal(self.pick.rect().bottomLeft()))
        calendar.setFocus()
