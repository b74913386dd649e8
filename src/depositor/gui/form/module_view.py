"""One module of the form: its records to choose from where it repeats, and the questions of one of them.

A large module has more widgets than can be made before somebody notices. So the first questions are made at once, as
many as are seen, and the others in the turns of the event loop that follow, a few in each. Whoever asks for a question
that is not there yet has it made.
"""

from __future__ import annotations

import time
from collections import deque
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
from depositor.gui.form.draft_looks import parsed
from depositor.gui.form.make import Maker
from depositor.gui.form.recordbar import RecordBar
from depositor.gui.form.row import FieldRow, is_offered
from depositor.gui.form.taborder import chain, stops
from depositor.gui.form.told import Place, Told
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Button, Card, Label, Notice, clear, row
from depositor.session.forms import Asked, Field, Module

_READING_WIDTH = 52  # in heights of a line
_FIRST_S, _TURN_S = 0.03, 0.012  # how long questions are made at first, and in each turn that follows


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
        self._rows: dict[str, FieldRow] = {}
        self._missing: deque[Field] = deque()  # questions that are not made yet
        self._at_once = True
        self._wanted: frozenset[str] = frozenset()  # the keys of the questions to show
        self._places: list[Place] = []  # what is wrong in this module
        self._card: Card | None = None
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._go_on)
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
    def rows(self) -> dict[str, FieldRow]:
        """The questions by the paths of their answers; all of them are made when this returns."""
        self._make_until(None)
        return self._rows

    @property
    def complete(self) -> bool:
        """Whether all questions are made."""
        return not self._missing

    def row(self, path: str) -> FieldRow | None:
        """The question with the answer at ``path``, if it is made."""
        return self._rows.get(path)

    def halt(self) -> None:
        """Make no more questions: what was to be shown is gone."""
        self._missing.clear()
        self._turn.stop()

    @property
    def base(self) -> str:
        """The path of the shown record, or of the module where it does not repeat."""
        if self._module is None:
            return ""
        return f"{self._module.key}[{self.at}]" if self._module.repeats else self._module.key

    def build(
        self, module: Module, at: int, draft: Draft, names: Callable[[str], Sequence[str]], following: Module | None
    ) -> None:
        """Begin with the questions of record ``at``; ``following`` is the module that comes after this one. They are
        seen after :meth:`show_draft`."""
        self._again = partial(self._build_again, module, at, names, following)
        before, seen = self.base, self.isVisible()
        self.halt()
        self.hide()  # what is added to a hidden widget is there at once when it shows, and can have the keyboard
        clear(self._outer)
        self._module, self.at = module, at
        self._at_once = seen and self.base == before  # somebody looks at it, and may have scrolled
        self._rows, self.bar, self.belongs, self.detail, self._card = {}, None, None, None, None
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
        self._wanted = shown_keys(self._module, self.base, draft, detailed=self._is_detailed())
        self._places = self._mine(findings)
        busy = self.focused()
        for shown in self._rows.values():
            self._show_row(shown, busy)
        self._make(None if self._at_once else _FIRST_S)
        self._tell_the_rest()
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
        keys = parsed(path)
        best = max((p for p in self._paths() if _below(keys, p) is not None), key=len, default=None)
        self._make_until(best or next(iter(self._paths()), None))
        if best is not None:
            rest = _below(keys, best) or ()
            if self._rows[best].isHidden() or not (self._is_detailed() or self._rows[best].editor.shows(rest)):
                self.want_detail(True)
            return self._rows[best].editor.put_keyboard(_below(keys, best) or ())
        if self.bar is not None and not self._rows:
            self.bar.add.setFocus()
            return self.bar.add
        first = next(iter(self._rows.values()), None)
        return first.editor.put_keyboard() if first else None

    def order_tabs(self) -> None:
        """Let the Tab key go through the questions as they stand on the page."""
        if self._missing:
            return  # in the end, once
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
        return next((p for p, r in self._rows.items() if now is not None and r.isAncestorOf(now)), "")

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
        self._missing.extend(f for f in module.fields if f.asked is Asked.FORM and not f.const)
        self._card = card
        return card

    def _next(self, module: Module) -> Button:
        button = Button("jump", "", self.further.emit)
        button.setText(tr("Next part: {part}", part=say(module.label)))
        return button

    # --- one question after the other ------------------------------------------------------------------------------

    def _path(self, field: Field) -> str:
        return f"{self.base}.{field.key}"

    def _paths(self) -> list[str]:
        """Of all questions, also of those that are not made yet."""
        return [*self._rows, *map(self._path, self._missing)]

    def _go_on(self) -> None:
        self._make(_TURN_S)

    def _make(self, seconds: float | None) -> None:
        """Make the next questions for so long (None: all), and go on later where some are left."""
        end = None if seconds is None else time.perf_counter() + seconds
        while self._missing and self._last is not None:
            self._add_row(self._missing.popleft(), self._last[0])
            if end is not None and time.perf_counter() > end:
                break
        (self._turn if self._missing else self._order).start()

    def _make_until(self, path: str | None) -> None:
        """Make questions until the one at ``path`` is there (None: all)."""
        while self._missing and path not in self._rows and self._last is not None:
            self._add_row(self._missing.popleft(), self._last[0])

    def _add_row(self, field: Field, draft: Draft) -> None:
        path = self._path(field)
        field = with_columns(field, draft.get(path), detailed=self._is_detailed())
        made = FieldRow(field, path, self._maker.make(field), self.edited.emit, self._confirm)
        self._rows[path] = made
        if field.key not in self._wanted:
            made.hide()
        if self._card is not None:
            self._card.body.addWidget(made)
        self._show_row(made, "")

    def _show_row(self, shown: FieldRow, busy: str) -> None:
        """Show what the draft holds, and what is wrong with it. A question that does not apply is hidden, unless it has
        the keyboard: nothing vanishes under somebody's hands."""
        if self._last is None:
            return
        draft, _, offers = self._last
        path = shown.path
        shown.show_answer(draft.get(path), draft.origin(path), offers.get(path))
        shown.show_findings([(rest, f) for keys, f in self._places if (rest := _below(keys, path)) is not None])
        shown.setVisible(shown.field.key in self._wanted or path == busy)

    # --- which questions -----------------------------------------------------------------------------------------

    def want_detail(self, wanted: bool) -> None:
        """Show the questions that few studies need, or leave them out again."""
        if self._module is None or self._last is None:
            return
        (self._detailed.add if wanted else self._detailed.discard)(self._module.key)
        self._again(self._last[0])
        self._at_once = True
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

    # --- what came from elsewhere --------------------------------------------------------------------------------

    def _make_offer(self) -> Notice:
        self.offer = Notice("info")
        self.confirm_all = Button("check", "", self._confirm_all)
        self.confirm_all.setText(tr("All of these are right"))
        self.offer.offer(self.confirm_all)
        self.offer.hide()
        return self.offer

    def _offered(self) -> list[str]:
        if self._last is None:
            return []
        draft = self._last[0]
        return [path for path in self._paths() if is_offered(draft.get(path), draft.origin(path))]

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

    def _mine(self, findings: Sequence[Finding]) -> list[Place]:
        places = [(parsed(f.location or ""), f) for f in findings]
        return [(keys, f) for keys, f in places if _below(keys, self.base) is not None or self._is_module(keys)]

    def _tell_the_rest(self) -> None:
        """What is wrong with no single question."""
        asked = self._paths()
        self._told.show_findings([f for keys, f in self._places if all(_below(keys, p) is None for p in asked)])

    def _is_module(self, keys: tuple[paths.Key, ...]) -> bool:
        return self._module is not None and keys == (self._module.key,)


def _below(keys: tuple[paths.Key, ...], outer: str) -> tuple[paths.Key, ...] | None:
    """The rest of a place below ``outer``; None where it lies elsewhere."""
    start = parsed(outer)
    return keys[len(start) :] if start and keys[: len(start)] == start else None
