"""The parts of the description: each with its name, how many there are, and how complete it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from depositor.draft.steps import Completeness
from depositor.gui.form.choices import CalmCombo
from depositor.gui.texts import count, say, tr, trn
from depositor.gui.widgets.basics import Label
from depositor.gui.widgets.charts import Ring
from depositor.session.forms import Module

_WIDTH = 14  # of the list, in heights of a line


class Standing:
    """How a module stands: what is filled in, how many records it has, how many things stop the deposit."""

    def __init__(self, found: Completeness | None, records: int, stops: int) -> None:
        self.found = found or Completeness()
        self.records, self.stops = records, stops

    @property
    def asked(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.found.required[1] or self.found.recommended[1])

    def words(self, module: Module) -> str:
        """It in a few words."""
        missing = self.found.required[1] - self.found.required[0]
        if self.stops:
            text = trn("{n} thing needed", "{n} things needed", self.stops)
        elif missing > 0:
            text = trn("{n} answer needed", "{n} answers needed", missing)
        elif not self.records:
            text = tr("if you like")
        elif (more := self.found.recommended[1] - self.found.recommended[0]) > 0:
            text = trn("{n} more would help", "{n} more would help", more)
        else:
            text = tr("complete")
        return f"{count(self.records)} · {text}" if module.repeats and self.records > 1 else text


class Parts(QWidget):
    """The modules as a list; as one line to choose from where there is little room. ``chosen`` carries the key."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._modules: list[Module] = []
        self.list = QListWidget()
        self.list.setProperty("kind", "steps")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.combo = CalmCombo()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        layout.addWidget(self.combo)
        self.list.currentRowChanged.connect(self._choose)
        self.combo.activated.connect(self._choose)
        self.show_narrow(narrow=False)

    def name(self, words: str) -> None:
        """Name it for screen readers."""
        self.list.setAccessibleName(words)
        self.combo.setAccessibleName(words)

    def show_narrow(self, *, narrow: bool) -> None:
        """Choose between list and line."""
        self._narrow = narrow
        self.list.setVisible(not narrow)
        self.combo.setVisible(narrow)
        self._fit()

    def show_modules(self, modules: Sequence[Module]) -> None:
        """Show these modules; how they stand comes with :meth:`show_standing`."""
        self._modules = list(modules)
        self.list.blockSignals(True)
        self.list.clear()
        self.combo.clear()
        for module in modules:
            item = QListWidgetItem()
            self.list.addItem(item)
            self.list.setItemWidget(item, _Part(module))
            self.combo.addItem(say(module.label), module.key)
        self.list.blockSignals(False)
        self._fit()

    def show_current(self, key: str) -> None:
        """Mark the module that is shown."""
        at = next((n for n, m in enumerate(self._modules) if m.key == key), 0)
        self.list.blockSignals(True)
        self.list.setCurrentRow(at)
        self.list.blockSignals(False)
        self.combo.setCurrentIndex(at)

    def show_standing(self, found: Mapping[str, Standing]) -> None:
        """Show how each module stands."""
        for at, module in enumerate(self._modules):
            standing = found.get(module.key) or Standing(None, 0, 0)
            words = f"{say(module.label)}: {standing.words(module)}"
            item = self.list.item(at)
            shown = self.list.itemWidget(item)
            if isinstance(shown, _Part):
                shown.show_standing(standing)
            if item.data(Qt.ItemDataRole.AccessibleTextRole) != words:
                item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
                self.combo.setItemText(at, words)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._modules):
            self.chosen.emit(self._modules[at].key)

    def _fit(self) -> None:
        room = self.fontMetrics().height()
        if self._narrow:
            self.setMinimumWidth(0)
            self.setMaximumWidth(16_777_215)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            return
        self.setFixedWidth(room * _WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        for at in range(self.list.count()):
            item = self.list.item(at)
            shown = self.list.itemWidget(item)
            height = shown.heightForWidth(room * _WIDTH - room) if shown.hasHeightForWidth() else -1
            item.setSizeHint(QSize(0, max(height, shown.sizeHint().height() if height < 0 else height)))


class _Part(QWidget):
    """One line of the list; the list item carries its words for screen readers."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self._module = module
        self._ring = Ring()
        policy = self._ring.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._ring.setSizePolicy(policy)
        self._name, self._state = Label(say(module.label)), Label(" ", "muted")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._state)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        room = self.fontMetrics().height() // 2
        layout.setContentsMargins(room, room // 2, room, room // 2)
        layout.addWidget(self._ring, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_standing(self, standing: Standing) -> None:
        """Show how complete it is; no ring where nothing is asked for."""
        self._ring.show_completeness(standing.found.required, standing.found.recommended)
        self._ring.setVisible(standing.asked)
        self._state.setText(standing.words(self._module))
        self._state.become("bad" if standing.stops else "muted")
        layout = self.layout()
        if layout is not None:
            layout.activate()  # else it would tell the height that the words before had
