"""Words for a paper: Methods, data availability, thanks and a legend, with gaps that lead to their questions.

The text is English, as papers are; what stands around it is in the user's language. Made when it is first asked for.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QSizePolicy, QTextBrowser, QVBoxLayout, QWidget

from depositor.gui import theme
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, clear, row
from depositor.gui.widgets.flow import flow
from depositor.session import words

if TYPE_CHECKING:
    from depositor.gui.workspace import Workspace
    from depositor.session.words import Paragraph, Piece, Placeholder, Words

_GAP = "gap:"


class WordsDialog(QDialog):
    """The paragraphs of the open draft. It stays open while one answers what is missing, and follows."""

    def __init__(self, parent: QWidget, workspace: Workspace) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workspace = workspace
        self._found: Words | None = None
        room = self.fontMetrics().height()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(room, room, room, room)
        outside.setSpacing(round(room * 0.6))
        self._head, self._lead, self.state = Label(kind="heading"), Label(kind="muted"), Label(kind="strong")
        self.state.setAccessibleName("")
        for label in (self._head, self._lead, self.state):
            outside.addWidget(label)
        outside.addWidget(self._paragraphs(), 1)
        outside.addWidget(self._buttons())
        self._name()
        self.resize(QSize(room * 44, room * 36).boundedTo(self.screen().availableSize() * 0.9))
        workspace.changed.connect(self._renew)
        workspace.draft_opened.connect(self._on_opened)
        self._renew()

    def _paragraphs(self) -> QScrollArea:
        inner = QFrame()
        inner.setProperty("kind", "body")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(round(self.fontMetrics().height() * 0.7))
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inner)
        self.area.viewport().setAutoFillBackground(False)
        return self.area

    def _buttons(self) -> QWidget:
        self.plain = Button("copy", clicked=lambda: self._copy_all(markdown=False))
        self.marked = Button("copy", clicked=lambda: self._copy_all(markdown=True))
        self.next_gap = Button("jump", clicked=self._first_gap)
        self.close_button = Button(kind="main", clicked=self.accept)
        return flow(self.plain, self.marked, self.next_gap, self.close_button)

    def _name(self) -> None:
        self.setWindowTitle(tr("Words for your paper"))
        self._head.setText(tr("Words for your paper"))
        self._lead.setText(
            tr(
                "Made from your answers, in English as most journals want it. What is missing stands in square "
                "brackets: click it, or press Enter on it, to go to its question."
            )
        )
        self.plain.setText(tr("&Copy all"))
        self.marked.setText(tr("Copy as &Markdown"))
        self.next_gap.setText(tr("&First gap"))
        self.close_button.setText(tr("C&lose"))

    # --- what is shown -------------------------------------------------------------------------------------------

    def _renew(self) -> None:
        work = self._workspace.work
        if work is not None:
            self._workspace.bridge.run(lambda _: words.words(work), self._show)

    def _show(self, found: Words) -> None:
        if found == self._found or self._workspace.work is None:
            return
        self._found = found
        kept = self.area.verticalScrollBar().value()
        clear(self._column)
        for paragraph in found.paragraphs:
            self._column.addWidget(self._card(paragraph))
        self._column.addStretch(1)
        self._count(sum(1 for p in found.paragraphs for g in p.gaps if words.place_of(g)))
        QTimer.singleShot(0, self, lambda: self.area.verticalScrollBar().setValue(kept))

    def _count(self, gaps: int) -> None:
        told = trn("{n} gap is left.", "{n} gaps are left.", gaps) if gaps else tr("Nothing is missing.")
        self.state.setText(told)
        self.next_gap.setVisible(gaps > 0)

    def _card(self, paragraph: Paragraph) -> Card:
        card = Card()
        title = heading(paragraph)
        copy = Button("copy", "quiet", partial(self._copy, paragraph.text()))
        copy.setText(tr("Copy"))
        copy.setAccessibleName(tr("Copy: {what}", what=title))
        card.body.addLayout(row((Label(title, "strong"), 1), copy))
        if about := explanation(paragraph):
            card.body.addWidget(Label(about, "muted"))
        told = Told(paragraph.pieces, self._question)
        told.setAccessibleName(title)
        told.wanted.connect(self._jump)
        card.body.addWidget(told)
        return card

    def _question(self, gap: Placeholder) -> str:
        work = self._workspace.work
        label = words.question_of(work, gap) if work is not None else None
        return say(label) if label else gap.label

    # --- what one does -------------------------------------------------------------------------------------------

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.state.setText(tr("Copied."))

    def _copy_all(self, *, markdown: bool) -> None:
        if self._found is not None:
            self._copy(self._found.markdown() if markdown else self._found.plain())

    def _first_gap(self) -> None:
        gaps = (g for p in (self._found.paragraphs if self._found else ()) for g in p.gaps)
        first = next((g for g in gaps if words.place_of(g)), None)
        if first is not None:
            self._jump(first.path)

    def _jump(self, path: str) -> None:
        place = words.place_of(words.Placeholder(path, ""))
        if place is not None:
            self._workspace.go.emit(*place)
            parent = self.parentWidget()
            if parent is not None:
                parent.activateWindow()

    def _on_opened(self) -> None:
        """Another draft, or none: these words are about the one before."""
        self.close()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._name()
            self._found = None
            self._renew()


class Told(QTextBrowser):
    """A paragraph as high as its text; each gap is a link. ``wanted`` carries the path of a gap."""

    wanted = Signal(str)

    def __init__(self, pieces: Iterable[Piece], question: object) -> None:
        super().__init__()
        self._pieces = tuple(pieces)
        self._ask = question
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # English, whatever the window speaks
        self.viewport().setAutoFillBackground(False)
        self.setTabChangesFocus(True)
        self.anchorClicked.connect(self._clicked)
        self._fill()

    def _fill(self) -> None:
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document().setDefaultTextOption(option)
        self.document().setDocumentMargin(0)
        colors = theme.current()
        look = f"color:{colors.accent};background-color:{colors.accent_soft};"
        self.setHtml("".join(self._piece(p, look) for p in self._pieces))
        self._fit()

    def _piece(self, piece: Piece, look: str) -> str:
        if isinstance(piece, str):
            return html.escape(piece)
        if not piece.path:
            return f"<b>{html.escape(piece.told)}</b>"
        asked = self._ask(piece) if callable(self._ask) else piece.label
        tip = html.escape(tr("Not told yet: {question}. Click to answer it.", question=asked), quote=True)
        return f'<a href="{_GAP}{quote(piece.path)}" title="{tip}" style="{look}">{html.escape(piece.told)}</a>'

    def _clicked(self, address: QUrl) -> None:
        self.wanted.emit(unquote(address.toString().removeprefix(_GAP)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        height = round(self.document().size().height()) + 2 * self.frameWidth() + 2
        if height != self.maximumHeight():
            self.setFixedHeight(height)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._fill()


def heading(paragraph: Paragraph) -> str:
    """What a paragraph is, in the user's language."""
    kinds = {
        "availability": tr("Data availability"),
        "thanks": tr("Funding") if paragraph.heading == "Funding" else tr("Acknowledgements"),
        "legend": tr("Facts for a figure legend"),
    }
    if paragraph.kind in kinds:
        return kinds[paragraph.kind]
    return tr("Methods: {part}", part=_PARTS[paragraph.heading]() if paragraph.heading in _PARTS else paragraph.heading)


_PARTS = {
    "Samples": lambda: tr("Samples"),
    "Sample preparation": lambda: tr("Sample preparation"),
    "Image acquisition": lambda: tr("Image acquisition"),
    "Image files": lambda: tr("Image files"),
    "Image correlation": lambda: tr("Image correlation"),
    "Image analysis": lambda: tr("Image analysis"),
    "Annotations": lambda: tr("Annotations"),
    "Screen": lambda: tr("Screen"),
    "Tissue and staining": lambda: tr("Tissue and staining"),
    "Patients and privacy": lambda: tr("Patients and privacy"),
    "Data for machine learning": lambda: tr("Data for machine learning"),
}


def explanation(paragraph: Paragraph) -> str:
    """What is worth knowing about it, in the user's language; nothing where the heading says it."""
    return {
        "availability": tr("Journals ask for this sentence. The accession number comes with the receipt."),
        "thanks": tr("For the end of the paper."),
        "legend": tr("The length of the scale bar is a proposal; the brackets tell how many pixels it has."),
    }.get(paragraph.kind, "")


def show_words(parent: QWidget, workspace: Workspace) -> WordsDialog | None:
    """Open the dialog, or bring the open one to the front; None while no draft is open."""
    if workspace.work is None:
        return None
    window = parent.window()
    open_one = next((d for d in window.findChildren(WordsDialog) if d.isVisible()), None)
    dialog = open_one or WordsDialog(window, workspace)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
