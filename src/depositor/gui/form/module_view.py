"""One module of the form: its records to choose from where it repeats, and the questions of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QApplication, QSizePolicy, QVBoxLayout, QWidget

from depositor.draft import paths
from depositor.draft.answer import Proposal
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding
from depositor.gui.form.belongs import WITH_FILES, Belongs
from depositor.gui.form.detail import DetailButton, has_detail, shown_keys, with_columns
from depositor.gui.form.make import Maker
from depositor.gui.form.recordbar import RecordBar
from depositor.gui.form.row import FieldRow
from depositor.gui.form.taborder import chain, stops
from depositor.gui.form.told import Place, Told
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, row
from depositor.session.forms import Asked, Field, Module

_READING_WIDTH = 52  # in heights of a line


class ModuleView(QWidget):
    """Shows one record of one module. Signals carry what the person did; the page changes the draft."""

    edited = Signal(str, object)
    confirmed = Signal(object)  # paths of values that a person agrees with
    chosen = Signal(int)  # another record
    added = Signal()
    removed = Signal(int)
    copied = Signal(int)
    owned = Signal(str, bool)  # a chosen folder, and whether it belongs to the shown record
    further = Signal()  # to the next module

    def __init__(self) -> None:
        super().__init__()
        self._module: Module | None = None
        self.at = 0  # the number of the shown record
        self.rows: dict[str, FieldRow] = {}
        self.bar: RecordBar | None = None
        self.belongs: Belongs | None = None
        self.before: QWidget | None = None  # what the Tab key stops at before this view
        self._stops: list[QWidget] = []
        self._order = QTimer(self, singleShot=True, interval=0)
        self._order.timeout.connect(self.order_tabs)
        self._maker = Maker(lambda _: ())
        self._detailed: set[str] = set()  # the modules of which more detail is wanted
        self._again: Callable[[Draft], None] = lambda _: None
        self._last: tuple[Draft, Sequence[Finding], Mapping[str, Proposal]] | None = None
        self.detail: DetailButton | None = None
        self._told, self.offer = Told(), Notice("info")
        self.confirm_all = Button("check")
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, round(self.fontMetrics().height() * 0.6), 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def base(self) -> str:
        """The path of the shown record, or of the module where it does not repeat."""
        if self._module is None:
            return ""
        return f"{self._module.key}[{self.at}]" if self._module.repeats else self._module.key

    def build(
        self, module: Module, at: int, draft: Draft, names: Callable[[str], Sequence[str]], following: Module | None
    ) -> None:
        """Make the questions of record ``at``; ``following`` is the module that comes after this one. They are seen
        after :meth:`show_draft`."""
        self._again = partial(self._build_again, module, at, names, following)
        self.hide()  # what is added to a hidden widget is there at once when it shows, and can have the keyboard
        clear(self._outer)
        self._module, self.at = module, at
        self.rows, self.bar, self.belongs, self.detail = {}, None, None, None
        self._maker = Maker(names)
        self.setMaximumWidth(self.fontMetrics().height() * _READING_WIDTH)
        self._outer.addWidget(Label(say(module.label), "heading"))
        self._outer.addWidget(Label(say(module.help), "muted"))
        self._told = Told(module.help)
        records = draft.get(module.key) if module.repeats else None
        if module.repeats:
            self.bar = self._make_bar(module, records if isinstance(records, list) else [], at)
            self._outer.addWidget(self.bar)
        self._outer.addWidget(self._told)
        self._outer.addWidget(self._make_offer())
        if records or not module.repeats:
            self._outer.addWidget(self._questions(module, draft))
            self._offer_detail(module)
        if following is not None:
            self._outer.addLayout(row(1, self._next(following)))
        self._outer.addStretch(1)

    def show_draft(self, draft: Draft, findings: Sequence[Finding], offers: Mapping[str, Proposal]) -> None:
        """Show what the draft holds now."""
        if self._module is None:
            return
        self._last = (draft, findings, offers)
        self._maker.refresh()
        self._show_asked(draft)
        for path, shown in self.rows.items():
            shown.show_answer(draft.get(path), draft.origin(path), offers.get(path))
        self._show_findings(findings)
        if self.belongs is not None:
            name = draft.get(f"{self.base}.{self._module.name_key}")
            self.belongs.show_draft(draft, name if isinstance(name, str) else None)
        if self.bar is not None:
            records = draft.get(self._module.key)
            self.bar.show_records(records if isinstance(records, list) else [])
        self._show_offer()
        self.show()

    def put_keyboard(self, path: str) -> QWidget | None:
        """Put the keyboard into the question that ``path`` speaks of; what to scroll to, None if it is not here."""
        keys = _keys(path)
        best = max((p for p in self.rows if _below(keys, p) is not None), key=len, default=None)
        if best is not None:
            rest = _below(keys, best) or ()
            if self.rows[best].isHidden() or not (self._is_detailed() or self.rows[best].editor.shows(rest)):
                self.want_detail(True)
            return self.rows[best].editor.put_keyboard(_below(keys, best) or ())
        if self.bar is not None and not self.rows:
            self.bar.add.setFocus()
            return self.bar.add
        first = next(iter(self.rows.values()), None)
        return first.editor.put_keyboard() if first else None

    def order_tabs(self) -> None:
        """Let the Tab key go through the questions as they stand on the page."""
        found = stops(self)
        if found != self._stops:
            self._stops = found
            chain([*([self.before] if self.before else []), *found])

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # something was added or taken away
            self._order.start()
        return super().event(event)

    def focused(self) -> str:
        """The path of the question that has the keyboard, or nothing."""
        now = QApplication.focusWidget()
        return next((p for p, r in self.rows.items() if now is not None and r.isAncestorOf(now)), "")

    # --- parts ---------------------------------------------------------------------------------------------------

    def _make_bar(self, module: Module, records: Sequence[object], at: int) -> RecordBar:
        bar = RecordBar(module, records, at)
        bar.chosen.connect(self.chosen)
        bar.added.connect(self.added)
        bar.copied.connect(self.copied)
        bar.removed.connect(self.removed)
        return bar

    def _questions(self, module: Module, draft: Draft) -> Card:
        card = Card()
        card.body.setSpacing(round(self.fontMetrics().height() * 1.2))
        if module.key in WITH_FILES:
            self.belongs = Belongs(module.key, draft.files, self.owned.emit)
            card.body.addWidget(self.belongs)
        for field in module.fields:
            if field.asked is Asked.FORM and not field.const:
                card.body.addWidget(self._row(field, draft))
        return card

    def _row(self, field: Field, draft: Draft) -> FieldRow:
        path = f"{self.base}.{field.key}"
        field = with_columns(field, draft.get(path), detailed=self._is_detailed())
        made = FieldRow(field, path, self._maker.make(field), self.edited.emit, self._confirm)
        self.rows[path] = made
        return made

    def _next(self, module: Module) -> Button:
        button = Button("jump", "", self.further.emit)
        button.setText(tr("Next part: {part}", part=say(module.label)))
        return button

    # --- which questions -----------------------------------------------------------------------------------------

    def want_detail(self, wanted: bool) -> None:
        """Show the questions that few studies need, or leave them out again."""
        if self._module is None or self._last is None:
            return
        (self._detailed.add if wanted else self._detailed.discard)(self._module.key)
        self._again(self._last[0])
        self.show_draft(*self._last)
        if self.detail is not None:
            self.detail.setFocus()

    def _build_again(
        self,
        module: Module,
        at: int,
        names: Callable[[str], Sequence[str]],
        following: Module | None,
        draft: Draft,
    ) -> None:
        self.build(module, at, draft, names, following)

    def _is_detailed(self) -> bool:
        return self._module is not None and self._module.key in self._detailed

    def _offer_detail(self, module: Module) -> None:
        if has_detail(module):
            self.detail = DetailButton(self.want_detail, detailed=self._is_detailed())
            self._outer.addLayout(row(self.detail, 1))

    def _show_asked(self, draft: Draft) -> None:
        """Show the questions that apply. One that has the keyboard stays: nothing vanishes under somebody's hands."""
        if self._module is None:
            return
        wanted = shown_keys(self._module, self.base, draft, detailed=self._is_detailed())
        busy = self.focused()
        for path, shown in self.rows.items():
            shown.setVisible(shown.field.key in wanted or path == busy)

    # --- what came from elsewhere --------------------------------------------------------------------------------

    def _make_offer(self) -> Notice:
        self.offer = Notice("info")
        self.confirm_all = Button("check", "", self._confirm_all)
        self.confirm_all.setText(tr("All of these are right"))
        self.offer.offer(self.confirm_all)
        self.offer.hide()
        return self.offer

    def _offered(self) -> list[str]:
        return [path for path, shown in self.rows.items() if shown.offered]

    def _show_offer(self) -> None:
        number = len(self._offered())
        head = trn("{n} answer here was filled in for you.", "{n} answers here were filled in for you.", number)
        self.offer.show_text(head if number else "", tr("Please look at them.") if number else "")

    def _confirm(self, path: str) -> None:
        self.confirmed.emit([path])

    def _confirm_all(self) -> None:
        first = self._offered()[:1]
        self.confirmed.emit(self._offered())
        for path in first:
            self.put_keyboard(path)

    # --- what is wrong -------------------------------------------------------------------------------------------

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        places = [(_keys(f.location or ""), f) for f in findings]
        mine = [(keys, f) for keys, f in places if _below(keys, self.base) is not None or self._is_module(keys)]
        for path, shown in self.rows.items():
            found: list[Place] = [(rest, f) for k, f in mine if (rest := _below(k, path)) is not None]
            shown.show_findings(found)
        self._told.show_findings([f for keys, f in mine if all(_below(keys, p) is None for p in self.rows)])

    def _is_module(self, keys: tuple[paths.Key, ...]) -> bool:
        return self._module is not None and keys == (self._module.key,)


def _keys(path: str) -> tuple[paths.Key, ...]:
    try:
        return paths.parse(path)
    except ValueError:
        return ()


def _below(keys: tuple[paths.Key, ...], outer: str) -> tuple[paths.Key, ...] | None:
    """The rest of a place below ``outer``; None where it lies elsewhere."""
    start = _keys(outer)
    return keys[len(start) :] if start and keys[: len(start)] == start else None
