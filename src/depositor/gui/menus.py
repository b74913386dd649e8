"""The menu bar: everything can be found here, each with its keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu

from depositor import __version__
from depositor.gui import dialogs, icons
from depositor.gui.texts import Texts, tr
from depositor.gui.theme import Scheme
from depositor.session import language

if TYPE_CHECKING:
    from depositor.gui.looks import Looks
    from depositor.gui.shell import Shell

TEXT_SIZES = (80, 100, 125, 150, 200)


class Menus(QObject):
    """Builds the menus of a window and keeps them true."""

    def __init__(self, shell: Shell, looks: Looks) -> None:
        super().__init__(shell)
        self._shell, self._looks = shell, looks
        self._texts = Texts()
        self._deposit()
        self._edit()
        self._reuse()
        self._view()
        self._help()
        shell.installEventFilter(self)
        shell.workspace.heard.connect(self._renew)
        shell.workspace.draft_opened.connect(self._renew)
        self._renew()

    def _menu(self, name: Callable[[], str]) -> QMenu:
        menu = self._shell.menuBar().addMenu("")
        self._texts.bind(lambda: menu.setTitle(name()))
        return menu

    def _action(
        self,
        menu: QMenu,
        name: Callable[[], str],
        run: Callable[[], object],
        keys: QKeySequence.StandardKey | str | None = None,
        icon: str | None = None,
    ) -> QAction:
        action = menu.addAction("")
        self._texts.bind(lambda: action.setText(name()))
        action.triggered.connect(lambda _checked=False: run())
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        if icon:
            action.setIcon(icons.icon(icon))
        return action

    def _deposit(self) -> None:
        shell, space, keys = self._shell, self._shell.workspace, QKeySequence.StandardKey
        menu = self._menu(lambda: tr("&Deposit"))
        self._action(menu, lambda: tr("&New deposit"), space.new_draft, keys.New, "plus")
        self._action(menu, lambda: tr("&Open document …"), shell.home.open_document, keys.Open, "files")
        self._save = self._action(menu, lambda: tr("&Save as document …"), self._save_document, keys.SaveAs, "save")
        menu.addSeparator()
        choose, export = (lambda: shell.tables.choose()), (lambda: shell.tables.export())
        self._action(menu, lambda: tr("&Import a description …"), choose, "Ctrl+I", "open")
        self._export = self._action(menu, lambda: tr("E&xport as spreadsheet …"), export, "Ctrl+E", "save")
        menu.addSeparator()
        words = self._show_words
        self._words = self._action(menu, lambda: tr("&Words for your paper …"), words, "Ctrl+Shift+W", "copy")
        self._add = self._action(menu, lambda: tr("Add a &folder …"), self._add_folder, "Ctrl+D", "plus")
        self._action(menu, lambda: tr("Try it with &example data"), shell.home.try_example, None, "practice")
        self._action(menu, lambda: tr("All &transfers"), lambda: shell.show_transfers(), "Ctrl+T", "send")
        self._action(menu, lambda: tr("&Home page"), lambda: shell.show_step(None), "Alt+Home", "home")
        menu.addSeparator()
        self._action(menu, lambda: tr("&Quit"), shell.close, keys.Quit)

    def _edit(self) -> None:
        menu = self._menu(lambda: tr("&Edit"))
        keys = QKeySequence.StandardKey
        self._undo = self._action(menu, lambda: tr("&Undo"), lambda: self._step("undo"), keys.Undo, "undo")
        self._redo = self._action(menu, lambda: tr("&Redo"), lambda: self._step("redo"), keys.Redo, "redo")
        menu.addSeparator()
        self._action(menu, lambda: tr("&Next step"), self._shell.go_next, "Ctrl+PgDown")
        self._action(menu, lambda: tr("&Previous step"), self._shell.go_back, "Ctrl+PgUp")
        self._action(menu, lambda: tr("Go to the &list of steps"), self._shell.steps.setFocus, "F6")
        menu.addSeparator()
        self._action(menu, lambda: tr("N&etwork settings …"), self._network, None, "globe")
        self._action(menu, lambda: tr("&Settings …"), self._settings, "Ctrl+,")

    def _reuse(self) -> None:
        from depositor.gui.reuse import opening

        menu, shell = self._menu(lambda: tr("&Reuse")), self._shell
        self._action(menu, lambda: tr("&Instruments and lab library …"), lambda: opening.library(shell), "Ctrl+L")
        menu.addSeparator()
        begin = partial(opening.choose_template, shell)
        self._action(menu, lambda: tr("&Begin from a template …"), begin, "Ctrl+Shift+N")
        template = self._action(menu, lambda: tr("Use as &template …"), lambda: opening.make_template(shell))
        other = self._action(menu, lambda: tr("Take over from another &deposit …"), lambda: opening.take_over(shell))
        menu.addSeparator()
        past = self._action(menu, lambda: tr("What &happened …"), lambda: opening.history(shell), "Ctrl+H")
        since = self._action(menu, lambda: tr("What changed &since the last deposit …"), lambda: opening.since(shell))
        menu.addSeparator()
        self._action(menu, lambda: tr("What this computer &remembers about me …"), lambda: opening.remembered(shell))
        self._with_draft = (template, other, past, since)

    def _view(self) -> None:
        menu = self._menu(lambda: tr("&View"))
        self._languages = menu.addMenu("")
        self._texts.bind(lambda: self._languages.setTitle(tr("&Language")))
        self._languages.aboutToShow.connect(self._fill_languages)
        colors = menu.addMenu("")
        self._texts.bind(lambda: colors.setTitle(tr("&Colours")))
        self._schemes = QActionGroup(self)
        names = {
            Scheme.SYSTEM: lambda: tr("As on this computer"),
            Scheme.LIGHT: lambda: tr("Light"),
            Scheme.DARK: lambda: tr("Dark"),
            Scheme.CONTRAST: lambda: tr("High contrast"),
        }
        for scheme, name in names.items():
            action = self._action(colors, name, partial(self._looks.set_scheme, scheme))
            action.setCheckable(True)
            action.setData(str(scheme))
            self._schemes.addAction(action)
        colors.aboutToShow.connect(self._mark_looks)
        self._text_sizes(menu)

    def _text_sizes(self, menu: QMenu) -> None:
        sizes = menu.addMenu("")
        self._texts.bind(lambda: sizes.setTitle(tr("&Text size")))
        self._action(sizes, lambda: tr("&Larger"), lambda: self._resize_text(1), QKeySequence.StandardKey.ZoomIn)
        self._action(sizes, lambda: tr("&Smaller"), lambda: self._resize_text(-1), QKeySequence.StandardKey.ZoomOut)
        self._action(sizes, lambda: tr("&Usual size"), lambda: self._looks.set_text_percent(100), "Ctrl+0")

    def _help(self) -> None:
        menu = self._menu(lambda: tr("&Help"))
        keys = QKeySequence.StandardKey
        self._action(menu, lambda: tr("&Keyboard"), self._keyboard, keys.HelpContents, "help")
        self._action(menu, lambda: tr("&Report for the help desk …"), self._report, None, "info")
        self._action(menu, lambda: tr("&About Depositor"), self._about)

    # --- what they do --------------------------------------------------------------------------------------------

    def _save_document(self) -> None:
        work = self._shell.workspace.work
        if work is None:
            return
        name = "".join(c if c.isalnum() or c in " -_" else "_" for c in work.draft.title).strip() or "deposit"
        kinds = tr("Submission documents (*.depositor.json)")
        bridge, trouble = self._shell.workspace.bridge, self._shell.workspace.trouble.emit
        dialogs.save_as(
            self._shell,
            tr("Save as document"),
            f"{name[:60]}.depositor.json",
            kinds,
            lambda path: bridge.ask(lambda _: work.save(path), None, trouble),
        )

    def _show_words(self) -> None:
        from depositor.gui.words import show_words

        show_words(self._shell, self._shell.workspace)

    def _add_folder(self) -> None:
        dialogs.choose_folder(self._shell, tr("Add a folder"), lambda path: self._shell.take([path]))

    def _step(self, which: str) -> None:
        """Undo or redo: of the text field that has the keyboard, else of the draft."""
        work = self._shell.workspace.work
        if work is not None:
            work.undo() if which == "undo" else work.redo()
            self._shell.workspace.refresh()

    def _resize_text(self, direction: int) -> None:
        now = self._shell.workspace.theme.text_percent
        larger = [s for s in TEXT_SIZES if (s > now if direction > 0 else s < now)]
        if larger:
            self._looks.set_text_percent(larger[0] if direction > 0 else larger[-1])

    def _fill_languages(self) -> None:
        self._languages.clear()
        choices = [("system", tr("As on this computer")), *language.available(with_pseudo=_wants_pseudo())]
        for code, name in choices:
            action = self._languages.addAction(name)
            action.setCheckable(True)
            action.setChecked(code == self._looks.language)
            action.triggered.connect(lambda _checked=False, c=code: self._looks.set_language(c))

    def _mark_looks(self) -> None:
        for action in self._schemes.actions():
            action.setChecked(action.data() == str(self._shell.workspace.theme.scheme))

    def _settings(self) -> None:
        from depositor.gui.settings.dialog import SettingsDialog

        SettingsDialog(self._shell, self._shell.workspace).open()

    def _network(self) -> None:
        from depositor.gui.diagnose.network import NetworkDialog

        NetworkDialog(self._shell, self._shell.workspace).open()

    def _keyboard(self) -> None:
        from depositor.gui.help import KeyboardHelp

        KeyboardHelp(self._shell).open()

    def _report(self) -> None:
        from depositor.gui.help import HelpDeskReport

        HelpDeskReport(self._shell).open()

    def _about(self) -> None:
        from depositor.gui.help import About

        About(self._shell, __version__).open()

    # --- kept true -----------------------------------------------------------------------------------------------

    def _renew(self, _: object = None) -> None:
        work = self._shell.workspace.work
        self._undo.setEnabled(work is not None and work.can_undo is not None)
        self._redo.setEnabled(work is not None and work.can_redo is not None)
        self._save.setEnabled(work is not None)
        self._export.setEnabled(work is not None)
        for action in (self._add, *self._with_draft):
            action.setEnabled(work is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LanguageChange:
            self._texts.renew()
        return False


def _wants_pseudo() -> bool:
    """Pseudo-text is for the people who translate and test; Shift while opening the menu shows it."""
    held = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
    return bool(held)
