"""Everybody can use it: each control has a name, all can be reached with keys, and no text escapes translation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from gui_driving import Driver, widgets
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTabBar,
    QTableView,
    QTextEdit,
    QWidget,
)

from depositor import resources
from depositor.draft.steps import StepId

PICTURES = resources.path("examples/images")
CONTROLS = (
    *(QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView, QPlainTextEdit, QTextEdit),
    QProgressBar,
)
OWN = re.compile(r"\[!!.*?!!\]", re.DOTALL)
# Names and values that are the same in every language; Qt itself puts names of keys into words.
SAME = frozenset(("Depositor", "Alt", "Home"))


def pages(driver: Driver) -> Iterator[tuple[str, QWidget]]:
    """Home and every step's page, shown."""
    driver.until(lambda: not driver.window.bridge.busy)
    yield "home", driver.window
    driver.new_draft()
    driver.add(PICTURES)
    driver.check_privacy()
    for step in StepId:
        driver.window.show_step(step)
        driver.settled()
        yield str(step), driver.window


def name_of(widget: QWidget) -> str:
    found = QAccessible.queryAccessibleInterface(widget)
    return found.text(QAccessible.Text.Name) if found is not None else ""


def inner(widget: QWidget) -> bool:
    """Parts that Qt makes inside its own controls."""
    parent = widget.parentWidget()
    names = ("qt_spinbox_lineedit", "qt_scrollarea_viewport", "qt_toolbar_ext_button", "qt_menubar_ext_button")
    return (
        widget.objectName() in names
        or isinstance(parent, (QComboBox, QAbstractSpinBox, QAbstractItemView, QTabBar, QLineEdit))
        or type(widget).__name__ in ("QHeaderView", "QTableCornerButton")
    )


def test_every_control_has_a_name(driver: Driver) -> None:
    nameless = set()
    for page, root in pages(driver):
        for widget in widgets(root):
            if isinstance(widget, CONTROLS) and not inner(widget) and not name_of(widget).strip():
                nameless.add(f"{page}: {type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    assert not nameless, "\n".join(sorted(nameless))


def test_every_focus_stop_is_known_to_screen_readers(driver: Driver) -> None:
    wrong = set()
    for page, root in pages(driver):
        for widget in widgets(root):
            passes_on = widget.focusProxy() is not None
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not inner(widget) and not passes_on:
                found = QAccessible.queryAccessibleInterface(widget)
                roles = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window)
                if found is None or found.role() in roles:
                    wrong.add(f"{page}: {type(widget).__name__}")
    assert not wrong, "\n".join(sorted(wrong))


def texts_of(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, (QLabel, QAbstractButton)):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(n) for n in range(widget.count()))
    if isinstance(widget, QTableView):
        columns = widget.model().columnCount()
        heads = (widget.model().headerData(n, Qt.Orientation.Horizontal) for n in range(columns))
        yield from (h for h in heads if isinstance(h, str))
    yield widget.toolTip()
    yield widget.accessibleName()
    yield widget.accessibleDescription()


def values(driver: Driver) -> set[str]:
    """What comes from the data and from archives' own names: the same in every language."""
    found: set[str] = set()
    space = driver.window.workspace
    if space.work is not None:
        for path in (g.path for g in space.work.draft.files):
            found |= set(re.findall(r"[^\W\d_]+", path))
        ready, planned = space.archives()
        for one in (*ready, *planned):
            found |= set(re.findall(r"[^\W\d_]+", f"{one.name} {' '.join(one.licenses)} {' '.join(one.documents)}"))
        for ending, _, _ in driver.now.inventory.by_type:
            found |= set(re.findall(r"[^\W\d_]+", ending))
    return found


@pytest.mark.parametrize("skipped", [(StepId.DESCRIBE, StepId.LICENSE)])
def test_no_text_escapes_the_translators(driver: Driver, skipped: tuple[StepId, ...]) -> None:
    driver.window.looks.set_language("xx")
    driver.until(lambda: "!!" in driver.window.bottom.next.text())
    escaped = set()
    for page, root in pages(driver):
        if page in {str(s) for s in skipped}:
            continue
        same = SAME | values(driver)
        for widget in widgets(root):
            for text in texts_of(widget):
                plain = re.findall(r"[A-Za-z]{3,}", OWN.sub(" ", text))
                if [w for w in plain if w not in same]:
                    escaped.add(f"{page}: {type(widget).__name__}: {text!r}")
    assert not escaped, "\n".join(sorted(escaped))


def test_steps_are_walked_with_the_arrow_keys(driver: Driver) -> None:
    driver.new_draft()
    driver.window.activateWindow()
    driver.window.steps.setFocus()
    driver.press(Qt.Key.Key_Down)
    driver.press(Qt.Key.Key_Return)
    assert driver.window.current is StepId.DESCRIBE


def test_what_has_the_keyboard_is_scrolled_into_view(driver: Driver) -> None:
    driver.new_draft()
    driver.window.resize(700, 420)
    driver.window.show_step(StepId.ARCHIVE)
    page = driver.window.page(StepId.ARCHIVE)
    driver.until(lambda: page.cards)
    driver.settled()
    driver.window.activateWindow()
    driver.until(driver.window.isActiveWindow)
    last = page.cards["package"][0].radio
    assert last.visibleRegion().isEmpty()
    last.setFocus(Qt.FocusReason.TabFocusReason)
    driver.until(lambda: not last.visibleRegion().isEmpty())


def test_a_page_begins_at_its_first_control_wherever_the_keyboard_was(driver: Driver) -> None:
    driver.new_draft()
    driver.window.activateWindow()
    driver.until(driver.window.isActiveWindow)
    driver.window.show_step(StepId.DESCRIBE)
    driver.settled()
    driver.window.page(StepId.DESCRIBE).first_control().setFocus(Qt.FocusReason.TabFocusReason)
    driver.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    page = driver.window.page(StepId.LICENSE)
    driver.settled()
    assert driver.window.current is StepId.LICENSE
    assert driver.window.focusWidget() is page.first_control()  # the licences, not the date below them
