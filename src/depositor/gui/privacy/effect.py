"""What the decisions about personal data do to the files, and the room that it takes: for the page before sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from depositor.draft.finding import Choice
from depositor.draft.problem import DepositError
from depositor.gui.texts import size, tr, trn
from depositor.gui.widgets.basics import Notice, column

if TYPE_CHECKING:
    from depositor.session.copies import Need
    from depositor.session.desk import Desk
    from depositor.session.open_draft import OpenDraft


@dataclass(frozen=True, slots=True)
class Effect:
    """How many files and folders are left out, how many findings are kept with a reason, what the copies need."""

    left_out: int
    kept: int
    need: Need


def effect(desk: Desk, work: OpenDraft) -> Effect:
    """Count it; called beside the window's thread, for it looks at the first bytes of each file that is cleaned."""
    from depositor.session import chosen, copies

    kept = sum(1 for _ in chosen.decided(work, Choice.KEEP))
    left_out = len(chosen.paths(work, Choice.EXCLUDE))
    try:
        need = copies.need(desk, work, chosen.copies_planned(work))
    except (KeyError, OSError, DepositError):  # files went away meanwhile: the next scan and the seal tell of it
        need = copies.Need()
    return Effect(left_out, kept, need)


class EffectCard(QWidget):
    """One notice; another one, that warns, where the disk has no room for the copies."""

    def __init__(self) -> None:
        super().__init__()
        self.what, self.room = Notice("info"), Notice("warn")
        self.setLayout(column(self.what, self.room))
        self.hide()

    def show_effect(self, found: Effect, renamed: int) -> None:
        """Nothing is shown where nothing was decided."""
        lines = _lines(found, renamed)
        self.what.show_text(tr("What your decisions about personal data do") if lines else "", "\n".join(lines))
        self.room.show_text(*_room(found.need))
        self.setVisible(bool(lines) or not found.need.fits)


def _lines(found: Effect, renamed: int) -> list[str]:
    need = found.need
    out = []
    if need.files:
        out.append(
            trn("{n} file is cleaned on its way.", "{n} files are cleaned on their way.", need.files)
            + (" " + _copies(need) if need.copied else "")
        )
    if found.left_out:
        out.append(
            trn("{n} file or folder is left out.", "{n} files or folders are left out.", found.left_out),
        )
    if found.kept:
        out.append(trn("{n} finding stays as it is.", "{n} findings stay as they are.", found.kept))
    if out and renamed:
        out.append(trn("{n} name is another one at the archive.", "{n} names are others at the archive.", renamed))
    return out


def _copies(need: Need) -> str:
    return trn(
        "{n} of them needs a copy: {size} on this disk until it is sent.",
        "{n} of them need copies: {size} on this disk until they are sent.",
        need.copied,
        size=size(need.bytes),
    )


def _room(need: Need) -> tuple[str, str]:
    if need.fits:
        return "", ""
    head = tr("The disk is too small for the cleaned copies")
    return head, tr(
        "They need {needed}, and {free} are free. Free some space, leave files out, or move Depositor's folder to a "
        "larger disk. Nothing is sent before.",
        needed=size(need.bytes),
        free=size(need.free),
    )
