"""Editors of records: a person, an organisation, a paper; alone or several with add, remove and move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from depositor.draft.paths import Key
from depositor.gui.form.cells import Cells
from depositor.gui.form.editors import Editor
from depositor.gui.form.record_card import RecordCard
from depositor.gui.form.told import Place, Told, below
from depositor.gui.texts import say, tr
from depositor.gui.widgets.basics import Button, Label, row
from depositor.session.forms import Field, Kind, Requirement

Make = Callable[[Field], Editor]
FEW = 3  # records that all begin open; of more, only the first
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
    """Several records, each in a card with its name as head; of many, all but the first few begin folded."""

    def __init__(self, field: Field, make: Make) -> None:
        super().__init__()
        self._field, self._make = field, make
        self._cards: list[RecordCard] = []
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self.add = Button("plus", "", self._append)
        self.add.setText(tr("Add one"))
        self.unfold_all = Button(None, "quiet", self._unfold_all)
        self.unfold_all.setText(tr("Unfold all"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row(1, self.unfold_all))
        layout.addLayout(self._column)
        layout.addLayout(row(self.add, 1))
        self.unfold_all.hide()
        self.setFocusProxy(self.add)

    def value(self) -> Any:
        return [v for v in (card.value() for card in self._cards) if v] or None

    def show_value(self, value: Any) -> None:
        records = value if isinstance(value, list) else [value] if value else []
        if [r for r in records if r] == (self.value() or []) and len(records) <= len(self._cards):
            return
        self._show_all(records)

    def place_of(self, child: QWidget) -> tuple[Key, ...]:
        return next(((at,) for at, card in enumerate(self._cards) if card.isAncestorOf(child)), ())

    def row(self, at: int) -> RecordEditor | None:
        """The editor of record ``at``; a folded one opens."""
        return self._cards[at].unfold() if at < len(self._cards) else None

    @property
    def cards(self) -> tuple[RecordCard, ...]:
        """All records, open and folded."""
        return tuple(self._cards)

    def name(self, label: str, description: str) -> None:
        self.setAccessibleName(label)
        self.setAccessibleDescription(description)
        self.add.setAccessibleName(tr("Add one: {what}", what=label))
        self.add.setAccessibleDescription(description)
        self.unfold_all.setAccessibleName(tr("Unfold all: {what}", what=label))

    def put_keyboard(self, keys: tuple[Key, ...] = ()) -> QWidget:
        found = self.row(keys[0]) if keys and isinstance(keys[0], int) else None
        if found is None:
            return super().put_keyboard()
        self._offer_unfolding()
        return found.put_keyboard(keys[1:])

    def show_findings(self, found: Sequence[Place]) -> list[Place]:
        left = [(keys, finding) for keys, finding in found if not keys or keys[0] not in range(len(self._cards))]
        for at, card in enumerate(self._cards):
            card.show_findings(below(found, at))
        return left

    # --- which records -------------------------------------------------------------------------------------------

    def _have(self, number: int) -> None:
        """Have this many cards; those that stay keep keyboard and cursor."""
        while len(self._cards) > number:
            self._cards.pop().let_go()
        few = number <= FEW
        while len(self._cards) < number:
            card = RecordCard(self._field, self._questions, self._typed, self._move, self._take_away)
            self._cards.append(card)
            self._column.addWidget(card)
            if few or len(self._cards) == 1:
                card.unfold()
            else:
                card.fold()
            card.show()

    def _questions(self) -> RecordEditor:
        return RecordEditor(self._field.subfields, self._make)

    def _append(self) -> None:
        self._have(len(self._cards) + 1)
        self._cards[-1].unfold().put_keyboard()
        self._name_cards()

    def _unfold_all(self) -> None:
        for card in self._cards:
            card.unfold()
        self._offer_unfolding()
        self._cards[0].unfold().put_keyboard()

    def _take_away(self, card: RecordCard) -> None:
        at = self._cards.index(card)
        values = [c.value() for c in self._cards if c is not card]
        self._show_all(values)
        if values:
            self._cards[min(at, len(values) - 1)].take_keyboard()
        else:
            self.add.setFocus()
        self.changed.emit()

    def _move(self, card: RecordCard, by: int) -> None:
        at = self._cards.index(card)
        values = [c.value() for c in self._cards]
        values.insert(at + by, values.pop(at))
        self._show_all(values)
        self._cards[at + by].unfold()
        moved = self._cards[at + by].buttons
        (moved.up if moved.up.isEnabled() and (by < 0 or not moved.down.isEnabled()) else moved.down).setFocus()
        self.changed.emit()

    def _show_all(self, values: Sequence[Any]) -> None:
        self._have(len(values))
        for card, value in zip(self._cards, values, strict=True):
            card.show_value(value)
        self._name_cards()

    def _typed(self) -> None:
        self._name_cards()
        self.changed.emit()

    def _name_cards(self) -> None:
        for at, card in enumerate(self._cards):
            card.show_place(at, len(self._cards))
        self._offer_unfolding()

    def _offer_unfolding(self) -> None:
        self.unfold_all.setVisible(sum(card.folded for card in self._cards) > 1)
