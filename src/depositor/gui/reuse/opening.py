"""Opens the dialogs of this package over a window. They are imported only then: the first window comes sooner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from depositor.gui.workspace import Workspace
    from depositor.session.reuse.library import Match


def library(window: Any, at: str = "", match: Match | None = None) -> QDialog:
    """The library; ``at`` is the record that an entry shall fill, ``match`` the instrument to begin with."""
    from depositor.gui.reuse.library import LibraryDialog

    return _shown(LibraryDialog(window, _space(window), at, match))


def choose_template(window: Any) -> QDialog:
    """The templates, to begin from one."""
    from depositor.gui.reuse.template import ChooseTemplate

    return _shown(ChooseTemplate(window, _space(window)))


def make_template(window: Any) -> QDialog | None:
    """The open draft as a template; nothing where none is open."""
    from depositor.gui.reuse.template import MakeTemplate

    space = _space(window)
    return _shown(MakeTemplate(window, space)) if space.work is not None else None


def take_over(window: Any) -> QDialog | None:
    """Parts of another deposit; nothing where no draft is open."""
    from depositor.gui.reuse.taking import TakeOverDialog

    space = _space(window)
    return _shown(TakeOverDialog(window, space)) if space.work is not None else None


def history(window: Any) -> QDialog | None:
    """What happened to the open draft."""
    from depositor.gui.reuse.history import HistoryDialog

    space = _space(window)
    return _shown(HistoryDialog(window, space)) if space.work is not None else None


def since(window: Any) -> None:
    """What changed since the open draft was sealed; the dialog comes when it is known."""
    from depositor.gui.reuse.since import SinceDialog
    from depositor.session.reuse.since import since as look

    space = _space(window)
    work, desk = space.work, space.desk
    if work is not None:
        space.bridge.ask(
            lambda _: look(desk, work),
            lambda found: SinceDialog(window, space, found).open(),
            space.trouble.emit,
            lane="reuse",
        )


def remembered(window: Any) -> QDialog:
    """What is remembered about the person."""
    from depositor.gui.reuse.remembered import RememberedDialog

    return _shown(RememberedDialog(window, _space(window)))


def _space(window: Any) -> Workspace:
    space: Workspace = window.workspace
    return space


def _shown(dialog: QDialog) -> QDialog:
    dialog.open()
    return dialog
