"""What is wrong with an answer, told at its place: an icon for the weight, the sentence, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from depositor.draft.finding import Finding, Level
from depositor.draft.message import Message
from depositor.draft.paths import Key
from depositor.gui import icons, theme
from depositor.gui.texts import say, trn
from depositor.gui.widgets.basics import Label, clear

Place = tuple[tuple[Key, ...], Finding]  # where below an answer, and what

_SHOWN = 3
_WEIGHT = {Level.BLOCKER: 0, Level.WARNING: 1, Level.ADVICE: 2, Level.INFO: 3}
_LOOK = {Level.BLOCKER: ("error", "bad"), Level.WARNING: ("attention", "warn")}


class Told(QWidget):
    """Findings, the gravest first; takes no room while there are none."""

    def __init__(self, known: Message | None = None) -> None:
        """``known`` is advice that stands beside it already."""
        super().__init__()
        self._known = known
        self._shown: tuple[str, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.hide()

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Tell these."""
        ranked = sorted(findings, key=lambda f: _WEIGHT[f.level])
        words = tuple(f"{f.level} {sentence(f, self._known)}" for f in ranked)
        if words == self._shown:
            return
        self._shown = words
        clear(self._column)
        for finding in ranked[:_SHOWN]:
            self._column.addWidget(_Line(finding, self._known))
        more = len(ranked) - _SHOWN
        if more > 0:
            self._column.addWidget(Label(trn("and {n} more", "and {n} more", more), "muted"))
        self.setVisible(bool(ranked))

    @property
    def words(self) -> str:
        """All of it as one text."""
        return " ".join(w.partition(" ")[2] for w in self._shown)


def sentence(finding: Finding, known: Message | None = None) -> str:
    """What, and what to do unless that is ``known``."""
    same = known is not None and finding.advice is not None and finding.advice.text == known.text
    return " ".join(say(m) for m in (finding.message, None if same else finding.advice) if m)


class _Line(QWidget):
    def __init__(self, finding: Finding, known: Message | None) -> None:
        super().__init__()
        self._icon, kind = _LOOK.get(finding.level, ("info", "muted"))
        self._picture = QLabel()
        self._picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        text = Label(sentence(finding, known), kind, select=True)
        if finding.why:
            text.setToolTip(say(finding.why))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(round(self.fontMetrics().height() * 0.4))
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(text, 1)
        self._kind = kind
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._draw()

    def _draw(self) -> None:
        color = str(getattr(theme.current(), self._kind))
        edge = round(self.fontMetrics().height() * 1.1)
        self._picture.setPixmap(icons.pixmap(self._icon, color, edge, self.devicePixelRatioF()))


def below(found: Sequence[Place], key: Key) -> list[Place]:
    """The findings below ``key``, told from there."""
    return [(keys[1:], finding) for keys, finding in found if keys and keys[0] == key]
