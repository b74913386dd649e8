"""The last step: what the archive gave for the data, to keep, to cite and to check."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.problem import Problem
from depositor.draft.steps import StepId
from depositor.draft.submission import Receipt, State
from depositor.gui import dialogs
from depositor.gui.pages.base import MainAction, Page
from depositor.gui.texts import day, say, size, tr, trn, when
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, clear_form, column
from depositor.gui.widgets.flow import flow
from depositor.gui.widgets.words_button import words_button
from depositor.session import receipts

if TYPE_CHECKING:
    from depositor.session.verifying import Verification

_LONG_WORD = 30  # letters; longer ones would make the page wider than a narrow window


class ReceiptPage(Page):
    """Accession, state, links, sentences to copy, and the files of the receipt."""

    step = StepId.RECEIPT

    def build(self) -> None:
        self._receipt: Receipt | None = None
        self._top = Card()
        self._name, self.number = Label(kind="muted"), Label(kind="huge", wrap=False, select=True)
        self._state = Notice("ok")
        self.copy_number = Button("copy", "quiet", lambda: self._copy(self.number.text()))
        self._top.body.addWidget(self._name)
        self._top.body.addWidget(flow(self.number, self.copy_number))
        self._top.body.addWidget(self._state)
        self._sentences = QVBoxLayout()
        self._facts = Card()
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(self.fontMetrics().height() * 2)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._facts.body.addLayout(self._form)
        self.checked = Notice()
        self.checked.hide()
        self._buttons = self._build_buttons()
        for part in (self._top, self._buttons, self.checked):
            self.body.addWidget(part)
        self.body.addLayout(self._sentences)
        self.body.addWidget(self._facts)
        self.body.addStretch(1)
        self.texts.bind(
            lambda: self.title.setText(tr("Your receipt")),
            lambda: self.lead.setText(tr("Keep it with your paper. It is also in the program's own folder.")),
            lambda: self.copy_number.setText(tr("&Copy number")),
        )

    def _build_buttons(self) -> QWidget:
        pdf = Button("save", clicked=partial(self._save, "receipt.pdf"))
        html = Button("save", clicked=partial(self._save, "receipt.html"))
        printed = Button("print", clicked=self.print_page)
        folder = Button("files", clicked=self._open_folder)
        self.verify_button = Button("privacy", clicked=self.verify)
        self.report = Button("save", clicked=self._save_report)
        self.texts.bind(
            lambda: pdf.setText(tr("Save &PDF …")),
            lambda: html.setText(tr("Save &web page …")),
            lambda: printed.setText(tr("P&rint …")),
            lambda: folder.setText(tr("Open &folder")),
            lambda: self.report.setText(tr("Report on personal &data …")),
            lambda: self.report.setToolTip(
                tr("For an ethics board: what was checked, found and decided, without the values")
            ),
            lambda: self.verify_button.setText(tr("Verif&y now")),
            lambda: self.verify_button.setToolTip(tr("Compare with what the archive holds now")),
        )
        words = words_button(self.workspace, self.texts, "")
        return flow(pdf, html, printed, folder, self.verify_button, self.report, words)

    # --- what is shown -------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._receipt = None
        self.checked.hide()

    def refresh(self) -> None:
        found = self.situation
        receipt = found.receipt if found is not None else None
        for widget in (self._top, self._buttons, self._facts):
            widget.setVisible(receipt is not None)
        clear(self._sentences)
        self._receipt = receipt
        self.report.setVisible(self._report is not None)
        if receipt is not None:
            self._show(receipt)

    def _show(self, receipt: Receipt) -> None:
        self._name.setText(str(receipt.more.get("archive_name") or receipt.archive))
        self.number.setText(receipt.accession or tr("no number yet"))
        self.copy_number.setEnabled(receipt.accession is not None)
        for widget in (self.number, self.copy_number):  # storage gives no numbers, today or later
            widget.setVisible(receipt.accession is not None or not _is_storage(receipt))
        tone, head, text = _state_words(receipt)
        self._state.tone(tone)
        self._state.show_text(head, text)
        more = receipt.more
        for title, words in (
            (tr("Data availability, for your paper"), more.get("availability")),
            (tr("Citation"), more.get("citation")),
            (tr("What happens now"), more.get("next")),
            (tr("To correct something"), more.get("correct")),
        ):
            if words:
                self._sentences.addWidget(self._sentence(title, str(words)))
        self._show_facts(receipt)

    def _sentence(self, title: str, words: str) -> QWidget:
        card = Card(across=True)
        copy = Button("copy", "quiet", partial(self._copy, words))
        copy.setText(tr("Copy"))
        copy.setAccessibleName(tr("Copy: {what}", what=title))
        card.body.addLayout(column(Label(title, "strong"), Label(words, select=True), spacing=2), 1)
        card.body.addWidget(copy)
        return card

    def _show_facts(self, receipt: Receipt) -> None:
        clear_form(self._form)
        release = receipt.more.get("release_date")
        lines = [
            (tr("Study"), receipt.title),
            (tr("Files"), tr("{files}, {size}", files=_files(receipt), size=size(receipt.bytes))),
            (tr("Licence"), receipt.license or ""),
            (tr("Public from"), day(str(release)) if release else ""),
            (tr("Checksums"), _checksums(receipt)),
            (tr("Changed files"), say(changed) if (changed := receipts.replaced(receipt)) else ""),
            (tr("Begun"), when(receipt.started) if receipt.started else ""),
            (tr("Finished"), when(receipt.finished)),
            (tr("Manifest (SHA-256)"), receipt.manifest_sha256),
            (tr("Address"), receipt.url or ""),
        ]
        for name, value in lines:
            if value:
                self._form.addRow(Label(name, "muted", wrap=False), _value(name, value))
        for problem in receipt.problems:
            self._form.addRow(
                Label(tr("Note"), "warn", wrap=False), Label(f"{say(problem.message)} {say(problem.advice)}")
            )

    # --- what one can do -----------------------------------------------------------------------------------------

    def main_action(self) -> MainAction | None:
        receipt = self._receipt
        url = receipt.url if receipt is not None and not _is_storage(receipt) else None
        if url is None:  # what lies in storage is reached with its own keys, not with a browser
            return None
        return MainAction(tr("&Open the landing page"), lambda: dialogs.open_address(self, url), icon="open")

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    @property
    def _folder(self) -> Path | None:
        return Path(self._receipt.receipt).parent if self._receipt is not None else None

    @property
    def _report(self) -> Path | None:
        """The report on personal data that lies with the receipt: best to read first."""
        from depositor.session.ethics_report import NAME

        folder = self._folder
        kinds = (folder / f"{NAME}{kind}" for kind in (".pdf", ".html")) if folder is not None else ()
        return next((path for path in kinds if path.is_file()), None)

    def _save_report(self) -> None:
        if self._report is not None:
            self._save(self._report.name)

    def _open_folder(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _save(self, name: str) -> None:
        folder = self._folder
        if folder is None:
            return
        kinds = tr("PDF (*.pdf)") if name.endswith("pdf") else tr("Web page (*.html)")

        def save(path: Path) -> None:
            self.workspace.bridge.ask(lambda _: self._written(folder, name, path), None, self.workspace.trouble.emit)

        title = tr("Save the receipt") if name.startswith("receipt") else tr("Save the report")
        dialogs.save_as(self, title, name, kinds, save)

    def _written(self, folder: Path, name: str, target: Path) -> Path:
        from depositor.gui.problems import not_written

        try:
            if name.endswith("pdf") and not (folder / name).exists():
                from depositor.session.papers import print_page

                print_page(folder / "receipt.html", folder / name)
            return Path(shutil.copyfile(folder / name, target))
        except OSError as error:
            raise not_written() from error

    def print_page(self) -> None:
        """Print the receipt's page."""
        from PySide6.QtGui import QTextDocument
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        folder = self._folder
        if folder is None or not (folder / "receipt.html").exists():
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QPrintDialog.DialogCode.Accepted:
            document = QTextDocument()
            document.setHtml((folder / "receipt.html").read_text("utf-8"))
            document.print_(printer)

    def verify(self) -> None:
        """Compare the receipt with what the archive holds now."""
        receipt, desk = self._receipt, self.workspace.desk
        if receipt is None:
            return
        self.verify_button.setEnabled(False)
        self.checked.tone("info")
        self.checked.show_text(tr("Asking the archive …"))

        def look(cancel: Cancel) -> Verification:
            from depositor.session.verifying import verify

            return verify(desk, Path(receipt.receipt), cancel)

        self.workspace.bridge.run(look, self._verified, self._not_verified)

    def _verified(self, found: Verification) -> None:
        self.verify_button.setEnabled(True)
        self.checked.tone("ok" if found.same else "bad")
        if found.same:
            self.checked.show_text(_there(found), "\n".join(say(words) for words in receipts.compared(found.proved)))
        else:
            lines = [f"{say(p.message)} {say(p.advice)}" for p in found.problems]
            self.checked.show_text(tr("The archive does not hold what was sent"), "\n".join(lines))

    def _not_verified(self, problem: Problem) -> None:
        self.verify_button.setEnabled(True)
        self.checked.tone("warn")
        self.checked.show_text(say(problem.message), say(problem.advice))


def _there(found: Verification) -> str:
    """What is there; “unchanged” is said only where more than sizes was compared."""
    if found.size_only:
        return trn("{n} file is there", "{n} files are there", found.equal + found.size_only)
    return trn("{n} file is there, unchanged", "{n} files are there, unchanged", found.equal)


def _value(name: str, value: str) -> QWidget:
    """A value to read and to copy. What has no place to break (a checksum, an address) scrolls in one line."""
    if max(map(len, value.split())) <= _LONG_WORD:
        return Label(value, select=True)
    line = QLineEdit(value)
    line.setReadOnly(True)
    line.setFrame(False)
    line.setCursorPosition(0)
    line.setAccessibleName(name)
    return line


def _files(receipt: Receipt) -> str:
    return trn("{n} file", "{n} files", receipt.files)


def _checksums(receipt: Receipt) -> str:
    return "\n".join(say(message) for message in receipts.proofs(receipt))


def _is_storage(receipt: Receipt) -> bool:
    return receipt.more.get("archive_kind") == "protocol"


def _state_words(receipt: Receipt) -> tuple[str, str, str]:
    """Tone, state and what it means; a folder and the practice archive publish nothing."""
    kind = receipt.more.get("archive_kind")
    if receipt.state in (State.ACCEPTED, State.PUBLIC) and kind == "practice":
        return "ok", tr("In the practice archive"), tr("It is on this computer only; nothing was published.")
    if receipt.state is State.ACCEPTED and kind == "folder":
        return "ok", tr("Complete"), tr("Every file was read again and is as it was.")
    if receipt.state is State.ACCEPTED and kind == "protocol":
        return "ok", tr("Complete"), tr("Every file is in its place there, and so is the note that says so.")
    words = {
        State.DRAFT: ("warn", tr("Still a draft at the archive"), tr("It was not handed over yet.")),
        State.SENT: ("info", tr("Sent"), tr("Every byte is there. The archive has not yet said that it accepts them.")),
        State.ACCEPTED: ("ok", tr("Accepted"), tr("The archive has taken the data. They are not public yet.")),
        State.UNDER_REVIEW: ("info", tr("Under review"), tr("People at the archive look at it now.")),
        State.PUBLIC: ("ok", tr("Public"), tr("Whoever reaches this archive can see and use the data.")),
        State.FAILED: (
            "bad",
            tr("Refused"),
            tr("The archive did not take it. Change the description and send it again."),
        ),
    }
    return words[receipt.state]
