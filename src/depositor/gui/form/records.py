"""Editors of records: a person, an organisation, a paper; alone or several with add, remove and move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from depositor.draft.paths import Key
from depositor.gui.form.cells import Cells
from depositor.gui.form.editors import Editor, LineEditor, words_of
from depositor.gui.form.told import Place, Told, below
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label
from depositor.session.forms import Field, Kind, Requirement

Make = Callable[[Field], Editor]
_NUMBERS = (Kind.NUMBER, Kind.YEAR)
_SPREAD = (Kind.PERSON, Kind.ORGANISATION, Kind.RECORD, Kind.GRID, Kind.ASSOCIATIONS, Kind.LONG_TEXT)


class RecordEditor(Editor):
    """One record: its questions in two columns where there is room, numbers in more."""

    def __init__(self, fields: Sequence[Field], make: Make) -> None:
        super().__init__()
        self._rest: dict[str, Any] = {}
        self._editors: dict[str, Editor] = {}
        self._told: dict[str, Told] = {}
        asked = [f for f in fields if not f.computed and not f.const]
        numbers = bool(asked) and all(f.kind in _NUMBERS for f in asked)
        cells = Cells(8, 5) if numbers else Cells()
        cells.show_cells([(self._cell(f, make(f)), _is_wide(f)) for f in asked])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(cells)
        if self._editors:
            self.setFocusProxy(next(iter(self._editors.values())))

    def _cell(self, field: Field, editor: Editor) -> QWidget:
        label = Label(say(field.label) + (" *" if field.requirement is Requirement.REQUIRED else ""))
        label.setBuddy(editor.focusProxy() or editor)
        label.setToolTip(say(field.help))
        editor.name(say(field.label), say(field.help))
        editor.setToolTip(say(field.help))
        editor.changed.connect(self._edited)
        told = Told(field.help)
        self._editors[field.key], self._told[field.key] = editor, told
        cell = QWidget()
        inside = QVBoxLayout(cell)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(round(self.fontMetrics().height() * 0.2))
        for part in (label, editor, told):
            inside.addWidget(part)
        inside.addStretch(1)
        return cell

    def value(self) -> Any:
        said = {k: e.value() for k, e in self._editors.items()}
        return {**self._rest, **{k: v for k, v in said.items() if v is not None}} or None

    def show_value(self, value: Any) -> None:
        record = value if isinstance(value, dict) else {"name": value} if value else {}
        self._rest = {k: v for k, v in record.items() if k not in self._editors}
        for key, editor in self._editors.items():
            editor.show_value(record.get(key))

    def editor(self, key: str) -> Editor | None:
        """The editor of one field of the record."""
        return self._editors.get(key)

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)

    def place_of(self, child: QWidget) -> tuple[Key, ...]:
        return next(((key,) for key, e in self._editors.items() if e is child or e.isAncestorOf(child)), ())

    def name_within(self, whose: str) -> None:
        """Tell screen readers whose answers these are: ``Authors 2: ORCID iD``."""
        for editor in self._editors.values():
            target = editor.focusProxy() or editor
            plain = target.property("plain") or target.accessibleName()
            target.setProperty("plain", plain)
            if not isinstance(editor, (RecordEditor, RecordsEditor)):
                target.setAccessibleName(f"{whose}: {plain}")

    def put_keyboard(self, keys: tuple[Key, ...] = ()) -> QWidget:
        found = self._editors.get(str(keys[0])) if keys else None
        return found.put_keyboard(keys[1:]) if found else super().put_keyboard()

    def show_findings(self, found: Sequence[Place]) -> list[Place]:
        for key, editor in self._editors.items():
            left = editor.show_findings(below(found, key))
            self._told[key].show_findings([finding for _, finding in left])
        return [(keys, finding) for keys, finding in found if not keys or keys[0] not in self._editors]


def _is_wide(field: Field) -> bool:
    """Whether a question takes a row of its own."""
    return field.kind in _SPREAD or (field.many and bool(field.choices or field.vocabulary or field.subfields))


class RecordsEditor(Editor):
    """Several records, each in a frame with its name as head."""

    def __init__(self, field: Field, make: Make) -> None:
        super().__init__()
        self._field, self._make = field, make
        self._frames: list[_Frame] = []
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self.add = Button("plus", "", self._append)
        self.add.setText(tr("Add one"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._column)
        across = QHBoxLayout()
        across.addWidget(self.add)
        across.addStretch(1)
        layout.addLayout(across)
        self.setFocusProxy(self.add)

    def value(self) -> Any:
        return [v for v in (frame.editor.value() for frame in self._frames) if v] or None

    def show_value(self, value: Any) -> None:
        records = value if isinstance(value, list) else [value] if value else []
        if [r for r in records if r] == (self.value() or []) and len(records) <= len(self._frames):
            return
        self._have(len(records))
        for frame, record in zip(self._frames, records, strict=True):
            frame.editor.show_value(record)
        self._name_frames()

    def place_of(self, child: QWidget) -> tuple[Key, ...]:
        return next(((at,) for at, frame in enumerate(self._frames) if frame.isAncestorOf(child)), ())

    def row(self, at: int) -> RecordEditor | None:
        """The editor of record ``at``."""
        return self._frames[at].editor if at < len(self._frames) else None

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)
        self.add.setAccessibleName(tr("Add one: {what}", what=label))
        self.add.setAccessibleDescription(description)

    def put_keyboard(self, keys: tuple[Key, ...] = ()) -> QWidget:
        found = self.row(keys[0]) if keys and isinstance(keys[0], int) else None
        return found.put_keyboard(keys[1:]) if found else super().put_keyboard()

    def show_findings(self, found: Sequence[Place]) -> list[Place]:
        left = [(keys, finding) for keys, finding in found if not keys or keys[0] not in range(len(self._frames))]
        for at, frame in enumerate(self._frames):
            frame.told.show_findings([f for _, f in frame.editor.show_findings(below(found, at))])
        return left

    # --- which records -------------------------------------------------------------------------------------------

    def _have(self, number: int) -> None:
        """Have this many frames; those that stay keep keyboard and cursor."""
        while len(self._frames) > number:
            frame = self._frames.pop()
            frame.editor.changed.disconnect(self._typed)
            _let_go(frame)
        while len(self._frames) < number:
            frame = _Frame(RecordEditor(self._field.subfields, self._make), self._move, self._take_away)
            frame.editor.changed.connect(self._typed)
            self._frames.append(frame)
            self._column.addWidget(frame)
            frame.show()

    def _append(self) -> None:
        self._have(len(self._frames) + 1)
        self._name_frames()
        self._frames[-1].editor.put_keyboard()

    def _take_away(self, frame: _Frame) -> None:
        at = self._frames.index(frame)
        values = [f.editor.value() for f in self._frames if f is not frame]
        self._show_all(values)
        (self._frames[min(at, len(values) - 1)].away if values else self.add).setFocus()
        self.changed.emit()

    def _move(self, frame: _Frame, by: int) -> None:
        at = self._frames.index(frame)
        values = [f.editor.value() for f in self._frames]
        values.insert(at + by, values.pop(at))
        self._show_all(values)
        moved = self._frames[at + by]
        (moved.up if moved.up.isEnabled() and (by < 0 or not moved.down.isEnabled()) else moved.down).setFocus()
        self.changed.emit()

    def _show_all(self, values: Sequence[Any]) -> None:
        self._have(len(values))
        for frame, value in zip(self._frames, values, strict=True):
            frame.editor.show_value(value)
        self._name_frames()

    def _typed(self) -> None:
        self._name_frames()
        self.changed.emit()

    def _name_frames(self) -> None:
        for at, frame in enumerate(self._frames):
            frame.show_place(say(self._field.label), at, len(self._frames))


class _Frame(QFrame):
    """One of several records: its number and name, its buttons, its questions."""

    def __init__(
        self, editor: RecordEditor, move: Callable[[_Frame, int], None], take_away: Callable[[_Frame], None]
    ) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.editor, self.told = editor, Told()
        self._head = Label(kind="strong")
        self.up = Button(None, "quiet", partial(move, self, -1))
        self.down = Button(None, "quiet", partial(move, self, 1))
        self.away = Button("close", "quiet", partial(take_away, self))
        self.up.setText(tr("Up"))
        self.down.setText(tr("Down"))
        self.away.setText(tr("Remove"))
        head = QHBoxLayout()
        head.addWidget(self._head, 1)
        for button in (self.up, self.down, self.away):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(editor)
        layout.addWidget(self.told)

    def show_place(self, label: str, at: int, of: int) -> None:
        """Show which of how many it is."""
        name = self._name()
        self._head.setText(f"{at + 1} · {name}" if name else tr("{what} {n}", what=label, n=at + 1))
        whose = f"{label} {at + 1}"
        self.editor.name_within(whose)
        for button in (self.up, self.down):
            button.setVisible(of > 1)
            button.setAccessibleName(f"{button.text()}: {whose}")
        self.away.setAccessibleName(f"{self.away.text()}: {whose}")
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at < of - 1)

    def _name(self) -> str:
        for key in ("name", "title", "identifier", "description", "url"):
            found = self.editor.editor(key)
            if isinstance(found, LineEditor) and found.value():
                return words_of(found.value())
        return ""


def _let_go(widget: QWidget) -> None:
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()
