"""Every colour of the window and the one style sheet, for light, dark and high contrast.

Sizes in the style sheet are in ``em`` where they belong to text, so that they follow the text size; no widget has a
fixed height. Colours are named by what they mean, never by how they look.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from depositor import resources


class Scheme(StrEnum):
    """What the user chooses; SYSTEM follows the desktop where it says what it wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class Colors:
    """One colour scheme. ``on_accent`` is text on the accent; the ``*_soft`` are backgrounds of notices."""

    window: str  # behind everything
    side: str  # step list and bars
    surface: str  # cards, lists, fields
    raised: str  # hovered or pressed surfaces, heads of tables
    border: str
    text: str
    muted: str
    accent: str
    accent_strong: str
    on_accent: str
    accent_soft: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    focus: str


LIGHT = Colors(
    window="#f4f6f8",
    side="#e9edf1",
    surface="#ffffff",
    raised="#eef2f5",
    border="#c6ced7",
    text="#17212b",
    muted="#4e5b69",
    accent="#0b6b74",
    accent_strong="#07535a",
    on_accent="#ffffff",
    accent_soft="#dcf0f1",
    ok="#1d6b3a",
    ok_soft="#e0f3e6",
    warn="#7f5300",
    warn_soft="#fdf1d5",
    bad="#a52a24",
    bad_soft="#fce6e4",
    focus="#0b6b74",
)
DARK = Colors(
    window="#161b21",
    side="#11151a",
    surface="#1f262e",
    raised="#2a333d",
    border="#46525f",
    text="#e8edf2",
    muted="#a9b5c1",
    accent="#4fc3cb",
    accent_strong="#7fd8de",
    on_accent="#06282b",
    accent_soft="#163a3f",
    ok="#7bd197",
    ok_soft="#16331f",
    warn="#f0c060",
    warn_soft="#3a2d10",
    bad="#ff9a90",
    bad_soft="#45201d",
    focus="#7fd8de",
)
CONTRAST = Colors(
    window="#000000",
    side="#000000",
    surface="#000000",
    raised="#262626",
    border="#ffffff",
    text="#ffffff",
    muted="#ffffff",
    accent="#ffe04d",
    accent_strong="#fff2a8",
    on_accent="#000000",
    accent_soft="#1f1f1f",
    ok="#7dff9b",
    ok_soft="#000000",
    warn="#ffd24d",
    warn_soft="#000000",
    bad="#ff9d94",
    bad_soft="#000000",
    focus="#6fd7ff",
)
#: Types of data in the bar of a data set, told apart also by people who see few colours (after Okabe and Ito, 2008).
SERIES_LIGHT = ("#0072b2", "#d55e00", "#009e73", "#b8568c", "#8a6d00", "#3f8fc4", "#6b7580")
SERIES_DARK = ("#56b4e9", "#e69f00", "#2fc79a", "#dd94bf", "#f0e442", "#8ab8e0", "#a9b5c1")


_shown = [LIGHT]


def current() -> Colors:
    """The colours that are shown now, for widgets that paint themselves."""
    return _shown[0]


def series() -> tuple[str, ...]:
    """The colours of the parts of a chart, in the scheme that is shown now."""
    return SERIES_LIGHT if current() is LIGHT else SERIES_DARK


class Theme(QObject):
    """The look of the running program; everything that paints asks it for colours.

    ``changed`` fires after palette, style sheet and font were set.
    """

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._base_font = QFont(app.font())
        self.scheme = Scheme.SYSTEM
        self.text_percent = 100
        self.colors = LIGHT

    def apply(self, scheme: Scheme, text_percent: int = 100) -> None:
        """Show ``scheme`` with text of ``text_percent`` (80 to 200) of the system's size."""
        self.scheme, self.text_percent = scheme, max(80, min(200, text_percent))
        self.colors = _shown[0] = _colors_of(scheme)
        font = QFont(self._base_font)
        font.setPointSizeF(max(self._base_font.pointSizeF(), 9.0) * self.text_percent / 100)
        # Widgets already shown keep old colours if a sheet is in place while the palette changes (measured).
        self._app.setStyleSheet("")
        self._app.setFont(font)
        self._app.setPalette(palette(self.colors))
        self._app.setStyleSheet(style_sheet(self.colors))  # sends StyleChange: sizes made from the font are made anew
        self.changed.emit()


def _colors_of(scheme: Scheme) -> Colors:
    if scheme is Scheme.SYSTEM:
        wants = QGuiApplication.styleHints().colorScheme()
        return DARK if wants is Qt.ColorScheme.Dark else LIGHT
    return {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK, Scheme.CONTRAST: CONTRAST}[scheme]


def palette(c: Colors) -> QPalette:
    """The Qt palette of a colour scheme."""
    role = QPalette.ColorRole
    roles = {
        role.Window: c.window,
        role.WindowText: c.text,
        role.Base: c.surface,
        role.AlternateBase: c.raised,
        role.Text: c.text,
        role.Button: c.surface,
        role.ButtonText: c.text,
        role.BrightText: c.bad,
        role.ToolTipBase: c.raised,
        role.ToolTipText: c.text,
        role.PlaceholderText: c.muted,
        role.Highlight: c.accent,
        role.HighlightedText: c.on_accent,
        role.Link: c.accent,
        role.LinkVisited: c.accent,
        role.Accent: c.accent,
        role.Mid: c.border,
        role.Midlight: c.raised,
        role.Light: c.surface,
        role.Dark: c.border,
    }
    out = QPalette()
    for which, color in roles.items():
        out.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        out.setColor(QPalette.ColorGroup.Disabled, which, QColor(_blend(c.text, c.window, 0.5)))
    return out


def _blend(one: str, other: str, share: float) -> str:
    a, b = QColor(one), QColor(other)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    red, green, blue = (round(x * share + y * (1 - share)) for x, y in pairs)
    return QColor(red, green, blue).name()


def style_sheet(c: Colors) -> str:
    """The style sheet of a colour scheme. Dynamic properties choose a look: ``kind`` of buttons, labels and frames."""
    return (_SHELL + _BUTTONS + _FIELDS + _LISTS + _NOTICES) % _names(c)


def _names(c: Colors) -> dict[str, str]:
    named = {name: str(getattr(c, name)) for name in Colors.__dataclass_fields__}
    faint = {"disabled": _blend(c.text, c.window, 0.5), "disabled_border": _blend(c.border, c.window, 0.6)}
    ground = "light" if QColor(c.window).lightness() > 127 else "dark"
    return named | faint | {"arrows": resources.path("icons").as_posix(), "ground": ground}


_SHELL = """
QMainWindow, QDialog { background: %(window)s; }
QToolTip { background: %(raised)s; color: %(text)s; border: 1px solid %(border)s; padding: 0.3em; }
QMenuBar { background: %(side)s; color: %(text)s; padding: 0.1em 0.3em; }
QMenuBar::item { padding: 0.25em 0.6em; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: %(accent)s; color: %(on_accent)s; }
QMenu { background: %(surface)s; color: %(text)s; border: 1px solid %(border)s; padding: 0.3em; }
QMenu::item { padding: 0.35em 2em 0.35em 1.6em; border-radius: 4px; }
QMenu::item:selected { background: %(accent)s; color: %(on_accent)s; }
QMenu::item:disabled { color: %(disabled)s; }
QMenu::separator { height: 1px; background: %(border)s; margin: 0.3em; }
QFrame[kind="side"] { background: %(side)s; border: none; }
QFrame[kind="bar"] { background: %(side)s; border: none; border-top: 1px solid %(border)s; }
QFrame[kind="head"] { background: %(window)s; border: none; border-bottom: 1px solid %(border)s; }
QFrame[kind="card"] { background: %(surface)s; border: 1px solid %(border)s; border-radius: 10px; }
QFrame[kind="line"] { background: %(border)s; border: none; max-height: 1px; }
QScrollArea, QStackedWidget { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[kind="body"] { background: transparent; }
QLabel { background: transparent; }
QLabel[kind="huge"] { color: %(accent)s; }
QLabel[kind="muted"] { color: %(muted)s; }
QLabel[kind="ok"] { color: %(ok)s; }
QLabel[kind="warn"] { color: %(warn)s; }
QLabel[kind="bad"] { color: %(bad)s; }
"""
_BUTTONS = """
QPushButton { background: %(surface)s; color: %(text)s; border: 1px solid %(border)s; border-radius: 6px;
  padding: 0.45em 1.1em; }
QPushButton:hover { background: %(raised)s; border-color: %(accent)s; }
QPushButton:pressed { background: %(border)s; }
QPushButton:focus { border: 2px solid %(focus)s; padding: 0.4em 1.05em; }
QPushButton:disabled { color: %(disabled)s; border-color: %(disabled_border)s; background: transparent; }
QPushButton[kind="main"] { background: %(accent)s; color: %(on_accent)s; border: 1px solid %(accent)s;
  font-weight: 600; }
QPushButton[kind="main"]:hover { background: %(accent_strong)s; border-color: %(accent_strong)s; }
QPushButton[kind="main"]:focus { border: 2px solid %(text)s; }
QPushButton[kind="main"]:disabled { background: %(disabled_border)s; border-color: %(disabled_border)s;
  color: %(disabled)s; }
QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent; color: %(accent)s; }
QPushButton[kind="quiet"]:hover { background: %(raised)s; }
QPushButton[kind="quiet"]:focus { border: 2px solid %(focus)s; }
QPushButton[kind="quiet"]:disabled { color: %(disabled)s; }
QPushButton[slim="true"] { padding: 0.4em 0.5em; }
QPushButton[slim="true"]:focus { padding: 0.35em 0.45em; }
QPushButton[kind="danger"] { color: %(bad)s; }
QPushButton::menu-indicator { subcontrol-position: right center; right: 0.4em; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 0.3em; }
QToolButton:hover { background: %(raised)s; }
QToolButton:focus { border: 2px solid %(focus)s; }
QToolButton:checked { background: %(accent_soft)s; border-color: %(accent)s; }
QRadioButton, QCheckBox { spacing: 0.5em; background: transparent; padding: 2px; border: 2px solid transparent;
  border-radius: 5px; }
QRadioButton:focus, QCheckBox:focus { border-color: %(focus)s; }
QRadioButton:disabled, QCheckBox:disabled { color: %(disabled)s; }
QRadioButton::indicator, QCheckBox::indicator, QTreeView::indicator { width: 1.1em; height: 1.1em; }
QRadioButton::indicator:unchecked { image: url("%(arrows)s/radio-off-on-%(ground)s.svg"); }
QRadioButton::indicator:checked { image: url("%(arrows)s/radio-on-on-%(ground)s.svg"); }
QCheckBox::indicator:unchecked, QTreeView::indicator:unchecked { image: url("%(arrows)s/box-off-on-%(ground)s.svg"); }
QCheckBox::indicator:checked, QTreeView::indicator:checked { image: url("%(arrows)s/box-on-on-%(ground)s.svg"); }
"""
_FIELDS = """
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateEdit, QDateTimeEdit {
  background: %(surface)s; color: %(text)s; border: 1px solid %(border)s; border-radius: 6px; padding: 0.35em 0.5em;
  selection-background-color: %(accent)s; selection-color: %(on_accent)s; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QDateEdit:focus, QDateTimeEdit:focus { border: 2px solid %(focus)s; padding: 0.3em 0.45em; }
QSpinBox, QDoubleSpinBox { padding-left: 0.7em; }
QLineEdit:read-only { background: %(raised)s; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDateEdit:disabled {
  color: %(disabled)s; border-color: %(disabled_border)s; background: transparent; }
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 1.8em; subcontrol-position: center right; }
QComboBox::down-arrow, QDateEdit::down-arrow, QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {
  image: url("%(arrows)s/down-on-%(ground)s.svg"); width: 0.8em; height: 0.8em; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("%(arrows)s/up-on-%(ground)s.svg"); width: 0.8em;
  height: 0.8em; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
  border: none; background: transparent; width: 1.5em; subcontrol-origin: border; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-position: bottom right; }
QDateEdit::drop-down { border: none; width: 1.8em; subcontrol-position: center right; }
QComboBox QAbstractItemView { background: %(surface)s; color: %(text)s; border: 1px solid %(border)s;
  selection-background-color: %(accent)s; selection-color: %(on_accent)s; outline: none; }
QProgressBar { background: %(raised)s; border: 1px solid %(border)s; border-radius: 5px; text-align: center;
  color: %(text)s; max-height: 0.9em; min-height: 0.5em; }
QProgressBar::chunk { background: %(accent)s; border-radius: 4px; }
QGroupBox { border: 1px solid %(border)s; border-radius: 8px; margin-top: 0.9em; padding-top: 0.6em; }
QGroupBox::title { subcontrol-origin: margin; left: 0.8em; padding: 0 0.3em; color: %(muted)s; }
"""
_LISTS = """
QListView, QTreeView, QTableView { background: %(surface)s; alternate-background-color: %(raised)s; color: %(text)s;
  border: 1px solid %(border)s; border-radius: 6px; outline: none; gridline-color: %(border)s;
  selection-background-color: %(accent_soft)s; selection-color: %(text)s; }
QListView:focus, QTreeView:focus, QTableView:focus { border: 2px solid %(focus)s; }
QListView[kind="steps"] { background: transparent; border: 2px solid transparent; }
QListView[kind="steps"]:focus { border: 2px solid transparent; }
QHeaderView { background: %(raised)s; }
QHeaderView::section { background: %(raised)s; color: %(muted)s; border: none; border-bottom: 1px solid %(border)s;
  padding: 0.4em 0.6em; font-weight: 600; }
QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: %(muted)s; padding: 0.45em 1em; border: none;
  border-bottom: 3px solid transparent; }
QTabBar::tab:selected { color: %(text)s; border-bottom-color: %(accent)s; font-weight: 600; }
QTabBar::tab:hover { color: %(text)s; }
QTabBar:focus { border: 1px solid %(focus)s; border-radius: 6px; }
QScrollBar:vertical { background: transparent; width: 0.85em; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 0.85em; margin: 0; }
QScrollBar::handle { background: %(border)s; border-radius: 4px; margin: 2px; min-height: 2em; min-width: 2em; }
QScrollBar::handle:hover { background: %(muted)s; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: %(border)s; }
"""
_NOTICES = """
QFrame[kind="notice"] { border-radius: 8px; border: 1px solid %(border)s; background: %(raised)s; }
QFrame[kind="notice"][tone="info"] { background: %(accent_soft)s; border-color: %(accent)s; }
QFrame[kind="notice"][tone="ok"] { background: %(ok_soft)s; border-color: %(ok)s; }
QFrame[kind="notice"][tone="warn"] { background: %(warn_soft)s; border-color: %(warn)s; }
QFrame[kind="notice"][tone="bad"] { background: %(bad_soft)s; border-color: %(bad)s; }
QFrame[kind="drop"] { border: 2px dashed %(border)s; border-radius: 12px; background: %(surface)s; }
QFrame[kind="drop"][over="true"] { border-color: %(accent)s; background: %(accent_soft)s; }
QAbstractButton[kind="choice"] { background: %(surface)s; border: 1px solid %(border)s; border-radius: 10px; }
QLabel[kind="pill"] { background: %(raised)s; color: %(muted)s; border-radius: 8px; padding: 0.1em 0.6em; }
QLabel[kind="pill"][tone="ok"] { background: %(ok_soft)s; color: %(ok)s; }
QLabel[kind="pill"][tone="warn"] { background: %(warn_soft)s; color: %(warn)s; }
QLabel[kind="pill"][tone="bad"] { background: %(bad_soft)s; color: %(bad)s; }
QLabel[kind="pill"][tone="info"] { background: %(accent_soft)s; color: %(accent)s; }
"""
