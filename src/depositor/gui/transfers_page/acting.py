"""What one can do with a transfer and its files, with the questions before what cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from depositor.draft.problem import Problem
from depositor.draft.steps import StepId
from depositor.gui import dialogs
from depositor.gui.texts import say, tr, trn
from depositor.session.sending import failed_files

if TYPE_CHECKING:
    from depositor.draft.cancel import Cancel
    from depositor.gui.workspace import Workspace
    from depositor.session.sending.file_list import FileLine
    from depositor.session.sending.transfers import Standing


_SIGN_IN = frozenset(("sign-in", "bulk-password"))


def toggle_words(found: Standing) -> tuple[str, str]:
    """The icon and the text of the one button of a transfer; no text where there is nothing to do."""
    if "accept-host-key" in found.actions:
        return "locked", tr("Look at its &key …")
    if not _SIGN_IN.isdisjoint(found.actions):
        return "person", tr("S&ign in …")
    if "pause" in found.actions:
        return "pause", tr("&Pause")
    return "play", tr("&Go on") if {"resume", "retry"} & set(found.actions) else ""


class Acting:
    """Acts for the widget that shows the transfers; ``said`` tells what was done."""

    def __init__(self, parent: QWidget, workspace: Workspace, said: Callable[[str], object]) -> None:
        self._parent, self._space, self._said = parent, workspace, said
        self._transfers = workspace.transfers

    # --- the whole ---------------------------------------------------------------------------------------------------

    def toggle(self, found: Standing) -> None:
        """Pause what is under way, go on with what is not; where something must be done first, do that."""
        if "accept-host-key" in found.actions:
            self.accept_key(found)
        elif not _SIGN_IN.isdisjoint(found.actions):
            self.show_draft(found)  # the page of the send asks for the password
        elif "pause" in found.actions:
            self._transfers.pause(found.info.id)
        else:
            self._transfers.start(found.info.id)

    def accept_key(self, found: Standing) -> None:
        """Show what a server proves itself with; accepted, it is kept, and the sending goes on. For a key that changed
        the new fingerprint must be brought along."""
        from depositor.gui.widgets.host_key import HostKeyDialog
        from depositor.session import host_keys

        problem = found.problem
        if problem is not None and host_keys.shown(problem) is not None:
            go_on = partial(self._transfers.start, found.info.id)
            HostKeyDialog(self._parent, self._space, found.info.endpoint, problem, go_on).open()

    def cancel(self, found: Standing) -> None:
        """Give up for good, after a question."""
        agreed = dialogs.ask(
            self._parent,
            tr("Cancel this submission?"),
            tr("What the archive already holds of it is taken back. Your draft and your files stay."),
            tr("&Cancel the submission"),
            tr("&Keep sending"),
        )
        if agreed:
            self._transfers.cancel(found.info.id)

    def prefer(self, found: Standing, steps: int) -> None:
        self._transfers.prefer(found.info.id, steps)
        self._said(tr("It gets more of the line now.") if steps > 0 else tr("It gets less of the line now."))

    def show_draft(self, found: Standing) -> None:
        step = StepId.RECEIPT if found.info.receipt is not None else StepId.SEND
        self._space.open_at(found.info.draft_id, step)

    # --- failed files ------------------------------------------------------------------------------------------------

    def with_files(self, found: Standing, what: str, lines: Sequence[FileLine]) -> None:
        """``what``: retry, skip, replace or report. Without ``lines`` retry and report mean all that failed."""
        failed = [line for line in lines if line.state == "failed"]
        if what == "report":
            self.report(found, [line.seq for line in failed] or None)
        elif what == "retry":
            self._settle(found, lambda: failed_files.retry(self._space.desk, found.info.id, _seqs(failed)))
        elif failed and what == "skip":
            self._skip(found, failed)
        elif failed and what == "replace":
            self._replace(found, failed)

    def _skip(self, found: Standing, failed: Sequence[FileLine]) -> None:
        agreed = dialogs.ask(
            self._parent,
            trn("Leave {n} file out?", "Leave {n} files out?", len(failed)),
            tr("The rest is sent without them. The receipt says what was left out."),
            tr("&Leave out"),
            tr("&Keep"),
        )
        if agreed:
            seqs = [line.seq for line in failed]
            self._settle(found, lambda: failed_files.skip(self._space.desk, found.info.id, seqs))

    def _replace(self, found: Standing, failed: Sequence[FileLine]) -> None:
        agreed = dialogs.ask(
            self._parent,
            trn("Take {n} file as it is now?", "Take {n} files as they are now?", len(failed)),
            tr("Each is first checked for personal data, as the others were. What is found there you decide first."),
            tr("&Check and take"),
            tr("&Not now"),
        )
        if not agreed:
            return
        desk, submission_id = self._space.desk, found.info.id
        wanted = {line.seq for line in failed}

        def replace(cancel: Cancel) -> None:
            from depositor.session.sending import replacing

            for one in failed_files.listed(desk, submission_id, 0, 1_000_000):
                if one.file.seq in wanted:
                    replacing.replace_file(desk, submission_id, one, cancel)

        self._said(tr("Checking …"))
        self._transfers.settle(submission_id, replace, lambda problem: self._trouble(found, problem))

    def report(self, found: Standing, seqs: Sequence[int] | None = None) -> None:
        """Put the problems on the clipboard, for the help desk."""
        desk = self._space.desk
        self._space.bridge.ask(
            lambda _: failed_files.report(desk, found.info.id, seqs), self._copied, self._space.trouble.emit
        )

    def _copied(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._said(tr("The report is on the clipboard. It names no file, no person and no password."))

    def _settle(self, found: Standing, job: Callable[[], Any]) -> None:
        self._transfers.settle(found.info.id, lambda _: job(), lambda problem: self._trouble(found, problem))

    def _trouble(self, found: Standing, problem: Problem) -> None:
        self._said("")
        if "decide" in problem.actions:
            self._ask_to_decide(found, problem)
        else:
            self._space.trouble.emit(problem)

    def _ask_to_decide(self, found: Standing, problem: Problem) -> None:

        told = f"{say(problem.message)}\n\n{say(problem.advice)}"
        if dialogs.ask(self._parent, tr("Something to decide"), told, tr("&Open the privacy page"), tr("&Later")):
            self._space.open_at(found.info.draft_id, StepId.PRIVACY)


def _seqs(lines: Sequence[FileLine]) -> list[int] | None:
    return [line.seq for line in lines] or None
