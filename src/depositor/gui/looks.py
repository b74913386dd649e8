"""Language, colours and text size of the running program: remembered in the settings, switched without a restart."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QObject, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from depositor.draft.problem import DepositError
from depositor.gui.theme import Scheme, Theme
from depositor.session import language

if TYPE_CHECKING:
    from depositor.session.settings import Settings


class Looks(QObject):
    """How the program looks and speaks. What cannot be saved still holds for this session."""

    def __init__(self, app: QApplication, theme: Theme, settings: Settings) -> None:
        super().__init__(app)
        self._app, self._theme, self._settings = app, theme, settings
        self._qt_words: QTranslator | None = None
        self.language = ""

    def start(self) -> None:
        """Apply what the settings say."""
        self._speak(language.pick(str(self._settings.get("language"))))
        self._theme.apply(Scheme(self._settings.get("theme")), int(self._settings.get("text_scale")))

    def set_language(self, code: str) -> None:
        """Speak ``code`` (``system``: as the computer does) from now on, in every open window."""
        self._remember("language", code)
        self._speak(language.pick(code, {}) if code != "system" else language.pick("system"))

    def set_scheme(self, scheme: Scheme) -> None:
        self._remember("theme", str(scheme))
        self._theme.apply(scheme, self._theme.text_percent)

    def set_text_percent(self, percent: int) -> None:
        percent = max(80, min(200, percent))
        self._remember("text_scale", percent)
        self._theme.apply(self._theme.scheme, percent)

    def _remember(self, key: str, value: str | int) -> None:
        with contextlib.suppress(DepositError):
            self._settings.set(key, value)

    def _speak(self, code: str) -> None:
        speaking = language.use(code)
        self.language = code
        QLocale.setDefault(QLocale(code if not code.startswith("xx") else "en"))
        right_to_left = speaking.direction == "rtl"
        self._app.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
        )
        self._speak_qt(code)
        for window in self._app.topLevelWidgets():
            QApplication.postEvent(window, QEvent(QEvent.Type.LanguageChange))

    def _speak_qt(self, code: str) -> None:
        """Qt's own words, as in its file dialog."""
        if self._qt_words is not None:
            self._app.removeTranslator(self._qt_words)
            self._qt_words = None
        words = QTranslator(self._app)
        if code != "en" and words.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._app.installTranslator(words)
            self._qt_words = words
