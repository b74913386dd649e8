"""The tab of annotations and their images: pairs, what does not fit, and both pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QComboBox, QHeaderView, QLabel, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.gui.columns.state import ColumnsState
from depositor.gui.paged import PAYLOAD, Column, PagedModel, PagedTable, Row, Source
from depositor.gui.texts import count, say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, column, row
from depositor.gui.widgets.flow import flow
from depositor.session.annotations import pairing
from depositor.session.annotations.pairing import AnnotationReport

_EDGE = 256
_MOST_IMAGES = 5_000  # images that the list to choose from offers


class PairsTab(QWidget):
    """``describe(module)`` when annotations must be described or given files first."""

    describe = Signal(str)

    def __init__(self, state: ColumnsState) -> None:
        super().__init__()
        self._state = state
        self._shown: str | None = None
        self.which = QComboBox()
        self.which.activated.connect(self._show_group)
        self.again = Button("retry", "quiet", state.pair)
        self.take = Button("check", "main", self._take)
        self._said = Label(kind="heading")
        self._more = Label(kind="muted")
        self._empty = Notice("info")
        self._go = Button("jump", clicked=lambda: self.describe.emit("annotations"))
        self._empty.offer(self._go)
        self._only = QComboBox()
        self._only.activated.connect(self._show_rows)
        self.model = PagedModel(
            state.workspace.bridge,
            (Column(lambda: tr("Annotation")), Column(lambda: tr("Image")), Column(lambda: tr("State"))),
        )
        self.table = PagedTable(self.model)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.side = _Side(state)
        self.side.paired.connect(self._pair)
        self._build()
        state.paired.connect(self.refresh)
        self.name()

    def _build(self) -> None:
        self._card = Card()
        self._card.body.addWidget(flow(self.which, self.again, self.take))
        self._card.body.addWidget(self._said)
        self._card.body.addWidget(self._more)
        left = QWidget()
        left.setLayout(column(self._only, (self.table, 1)))
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(left)
        self._split.addWidget(self.side)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self.setLayout(column(self._empty, self._card, (self._split, 1), 0))

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self.which.setAccessibleName(tr("Which annotations"))
        self.again.setText(tr("&Look again"))
        self.take.setText(tr("&Take pairs and coverage over"))
        self.table.setAccessibleName(tr("Annotations and their images"))
        self._only.setAccessibleName(tr("Which pairs are shown"))
        self._go.setText(tr("Describe annotations"))
        self.model.retitle()
        self.side.name()
        self.refresh()

    def entered(self) -> None:
        """Somebody looks: pair what was not paired yet."""
        if self._state.names is not None and pairing.report_of(self._state.work) is None and not self._state.pairing:
            self._state.pair()
        else:
            self._state.report = pairing.report_of(self._state.work) or self._state.report
            self.refresh()

    # --- showing -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the report as it is now."""
        report = self._state.report
        groups = report.groups if report else ()
        kept = self.which.currentData()
        self.which.clear()
        for group in groups:
            self.which.addItem(group.title, group.title)
        self.which.setCurrentIndex(max(0, self.which.findData(kept)))
        for widget in (self._card, self._split):
            widget.setVisible(bool(groups))
        head = "" if groups or self._state.pairing else tr("No files belong to annotations yet.")
        text = tr("Describe the annotations, and say on that page or under “Groups” which files they are.")
        self._empty.show_text(head, text if head else "")
        self._show_group()

    def _group(self) -> AnnotationReport | None:
        report = self._state.report
        return report.group(str(self.which.currentData())) if report else None

    def _show_group(self) -> None:
        group = self._group()
        if group is None:
            self.model.show(None)
            return
        images = tr("{n} of {all} images annotated", n=count(group.annotated), all=count(group.images))
        self._said.setText(images)
        parts = [trn("{n} annotation file", "{n} annotation files", len(group.files))]
        parts.append(trn("{n} was opened", "{n} were opened", group.looked))
        if group.labels:
            parts.append(trn("{n} label or object", "{n} labels or objects", group.labels))
        most = list(group.classes.items())[:6]
        if most:
            parts.append(", ".join(f"{name}: {count(n)}" for name, n in most))
        self._more.setText(" · ".join(parts))
        self.take.setEnabled(bool(group.pairs) and not self._taken(group))
        self._fill_filter(group)
        self._show_rows()

    def _taken(self, group: AnnotationReport) -> bool:
        draft = self._state.draft
        return pairing.said(draft, group) and pairing.coverage(draft, group) is None

    def _fill_filter(self, group: AnnotationReport) -> None:
        kept = self._only.currentData()
        odd = len(self._odd(group))
        self._only.clear()
        self._only.addItem(tr("All annotation files ({n})", n=count(len(group.files))), "all")
        self._only.addItem(tr("With something to look at ({n})", n=count(odd)), "odd")
        self._only.addItem(tr("Without an image ({n})", n=count(len(group.orphans))), "orphans")
        self._only.addItem(tr("Fit several images ({n})", n=count(len(group.unclear))), "unclear")
        self._only.addItem(tr("Images without annotation ({n})", n=count(len(group.unannotated))), "images")
        self._only.setCurrentIndex(max(0, self._only.findData(kept)))

    def _findings(self, path: str) -> list[Finding]:
        report = self._state.report
        return [f for f in report.findings if f.path == path] if report else []

    def _odd(self, group: AnnotationReport) -> list[str]:
        report = self._state.report
        told = {f.path for f in report.findings if f.level is not Level.INFO} if report else set()
        return [p for p in group.files if p in told or p in group.unclear or p in group.orphans]

    def _show_rows(self) -> None:
        group = self._group()
        if group is None:
            return
        kind = str(self._only.currentData() or "all")
        chosen: Sequence[str] = {
            "all": group.files,
            "odd": tuple(self._odd(group)),
            "orphans": group.orphans,
            "unclear": tuple(group.unclear),
            "images": group.unannotated,
        }[kind]
        odd = set(self._odd(group))
        words = (tr("no image"), tr("several fit"), tr("look at it"), tr("fits"), tr("not annotated"), "")

        def texts(path: str) -> Row:
            if kind == "images":
                return Row(("", path, words[4]), path)
            state = words[0] if path in group.orphans else words[1] if path in group.unclear else ""
            state = state or (words[2] if path in odd else words[3] if path in group.pairs else words[5])
            return Row((path, group.pairs.get(path, ""), state), path)

        self.model.show(Source(lambda: len(chosen), lambda o, n: [texts(p) for p in chosen[o : o + n]]))
        self.side.show_pair(None, group, [])

    def _choose(self, current: object) -> None:
        path = current.data(PAYLOAD)  # type: ignore[attr-defined]
        group = self._group()
        if group is not None and isinstance(path, str):
            self.side.show_pair(path, group, self._findings(path))

    # --- what the person does ------------------------------------------------------------------------------------

    def _take(self) -> None:
        group = self._group()
        if group is None:
            return

        def taken(draft: Draft) -> Draft:
            return pairing.with_coverage(pairing.with_pairs(draft, group), group)

        self._state.change(msg("change.pairs", "Images of the annotations “{title}”", title=group.title), taken)
        self._state.pair()

    def _pair(self, annotation: str, image: str) -> None:
        group = self._group()
        if group is None:
            return
        title = group.title
        what = msg("change.pair", "Image of an annotation")
        self._state.change(what, lambda draft: pairing.with_pair(draft, title, annotation, image or None))
        self._state.pair()


class _Side(QWidget):
    """Both pictures, what was found, and another image to choose; ``paired(annotation, image)``."""

    paired = Signal(str, str)

    def __init__(self, state: ColumnsState) -> None:
        super().__init__()
        self._state = state
        self._path: str | None = None
        self._turn = 0
        self._pictures = (_Picture(), _Picture())
        self._told = Label(select=True)
        self.image = QComboBox()
        self.image.setEditable(True)
        self.image.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.image.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choose = Button("check", clicked=self._pair)
        self._ask = Label(kind="muted")
        inside = QVBoxLayout(self)
        room = round(self.fontMetrics().height() * 0.5)
        inside.setContentsMargins(room, 0, room, 0)
        inside.addLayout(row(*((p, 1) for p in self._pictures)))
        inside.addWidget(self._told)
        inside.addStretch(1)
        inside.addWidget(self._ask)
        inside.addLayout(row((self.image, 1), self.choose))
        self.name()

    def name(self) -> None:
        """Set the texts in the language of the window."""
        self._ask.setText(tr("Another image for this annotation"))
        self.image.setAccessibleName(tr("Another image for this annotation"))
        self.choose.setText(tr("&Pair"))
        for picture, text in zip(self._pictures, (tr("The image"), tr("The annotation")), strict=True):
            picture.title.setText(text)
        self.show_pair(self._path, None, [])

    def show_pair(self, path: str | None, group: AnnotationReport | None, found: Sequence[Finding]) -> None:
        """Show one pair; nothing where ``path`` is None."""
        self._path = path if group is not None and path in group.files else None
        self._turn += 1
        source = group.pairs.get(path or "") if group else None
        for picture in self._pictures:
            picture.show_png(None)
        self.choose.setEnabled(self._path is not None)
        self.image.setEnabled(self._path is not None)
        if group is None or path is None:
            self._told.setText(tr("Choose a row to see both pictures."))
            return
        lines = [f"{say(f.message)} {say(f.advice) if f.advice else ''}".strip() for f in found]
        self._told.setText("\n\n".join(lines) or (tr("Nothing to mend.") if source else ""))
        self._fill_images(path, source, group)
        self._ask_pictures(source if self._path else path, path if self._path else None)

    def _fill_images(self, path: str, source: str | None, group: AnnotationReport) -> None:
        offered = list(group.unclear.get(path, ())) or list(group.unannotated[:_MOST_IMAGES])
        self.image.clear()
        self.image.addItems(offered if source is None or source in offered else [source, *offered])
        self.image.setCurrentText(source or "")

    def _pair(self) -> None:
        if self._path is not None:
            self.paired.emit(self._path, self.image.currentText().strip())

    def _ask_pictures(self, image: str | None, annotation: str | None) -> None:
        work, turn, desk = self._state.work, self._turn, self._state.workspace.desk

        def render(_: Cancel) -> tuple[int, list[bytes | None]]:
            from depositor.session.annotations.annotation_looks import picture

            return turn, [picture(work, desk.worker(), path, _EDGE) if path else None for path in (image, annotation)]

        self._state.workspace.bridge.ask(render, self._rendered, lane="pictures of pairs")

    def _rendered(self, found: tuple[int, list[bytes | None]]) -> None:
        turn, pictures = found
        if turn == self._turn:
            for widget, png in zip(self._pictures, pictures, strict=True):
                widget.show_png(png)


class _Picture(QWidget):
    """A picture with its title, as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.title = Label(kind="muted")
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._image: QImage | None = None
        self.setLayout(column(self.title, self._picture))
        self._edge = self.fontMetrics().height() * 9
        self._picture.setMinimumSize(QSize(self._edge // 2, self._edge))

    def show_png(self, png: bytes | None) -> None:
        """Show a picture, or that there is none."""
        self._picture.setAccessibleName(self.title.text())
        image = QImage.fromData(png) if png else QImage()
        if image.isNull():
            self._picture.setPixmap(QPixmap())
            self._picture.setText("—")
            return
        mode = Qt.TransformationMode.FastTransformation  # labels have edges
        fitted = image.scaled(self._edge, self._edge, Qt.AspectRatioMode.KeepAspectRatio, mode)
        self._picture.setPixmap(QPixmap.fromImage(fitted))
