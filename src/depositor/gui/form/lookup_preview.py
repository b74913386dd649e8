"""What a look-up would fill in: each answer with a box, another answer that stands there already beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from depositor.draft import paths
from depositor.draft.answer import Proposal
from depositor.draft.draft import Draft
from depositor.gui.form.editors import words_of
from depositor.gui.texts import say, tr, trn
from depositor.gui.widgets.basics import Label
from depositor.session.forms import Form

if TYPE_CHECKING:
    from depositor.session.lookups.found import Found

_LISTS = {"author": "study.author", "grant": "study.grant", "publication": "study.publication"}
_LONGEST = 160


class Preview(QWidget):
    """The answers that ``found`` has for the record at ``base``; :meth:`chosen` are those that the person wants.

    An answer that would replace another one is not ticked: the person decides.
    """

    def __init__(self, found: Found, draft: Draft, form: Form, base: str) -> None:
        super().__init__()
        self._draft = draft
        self._boxes: list[tuple[QCheckBox, Callable[[Draft], Sequence[Proposal]]]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._fill(found, form, base)
        if not base.startswith("study.grant"):
            self._further(found, form, base)

    @property
    def anything(self) -> bool:
        """True where there is something to take."""
        return bool(self._boxes)

    def boxes(self) -> list[QCheckBox]:
        """The boxes, in their order."""
        return [box for box, _ in self._boxes]

    def chosen(self, draft: Draft) -> Draft:
        """The draft with all that is ticked; where nothing is, it stays as it is."""
        from depositor.session.lookups.found import take

        for box, make in self._boxes:
            if box.isChecked():
                draft = take(draft, make(draft))
        return draft

    def _fill(self, found: Found, form: Form, base: str) -> None:
        from depositor.session.lookups.found import new_to, overwrites, proposals

        labels = _labels(form, base)
        offered = new_to(self._draft, proposals(found, base, tuple(labels)))
        if not offered:
            self._column.addWidget(Label(tr("All of this is filled in already."), "muted"))
        for one in offered:
            present = self._draft.get(one.path)
            replaces = overwrites(self._draft, one)
            key = str(paths.parse(one.path)[-1])
            self._add(f"{labels[key]}: {_words(one.value)}", lambda _, one=one: (one,), ticked=not replaces)
            if replaces:
                self._column.addWidget(_indented(tr("instead of: {value}", value=_words(present))))

    def _further(self, found: Found, form: Form, base: str) -> None:
        """Whole records for other lists: the authors and grants of a paper, the papers of a person."""
        from depositor.session.lookups.found import additions

        for name, some in found.more.items():
            path = _LISTS[name]
            field = form.field(path)
            new = additions(some, self._draft, path)
            if field is None or not new:
                continue
            self._column.addWidget(Label(tr("Also for “{part}”", part=say(field.label)), "strong"))
            if name == "publication":
                for one in some:
                    text = ", ".join(p for p in (one.title, one.detail) if p)
                    self._add(text, lambda draft, one=one, path=path: additions((one,), draft, path), ticked=False)
            else:
                names = "; ".join(_words(p.value) for p in new)
                text = trn("Add {names}", "Add all {n}: {names}", len(new), names=_short(names))
                self._add(text, lambda draft, some=some, path=path: additions(some, draft, path), ticked=False)

    def _add(self, text: str, make: Callable[..., Sequence[Proposal]], *, ticked: bool) -> None:
        box = QCheckBox()
        box.setChecked(ticked)
        box.setAccessibleName(text)
        line = QWidget()
        layout = _across(line)
        layout.addWidget(box, 0, Qt.AlignmentFlag.AlignTop)
        words = Label(text)
        words.setBuddy(box)
        layout.addWidget(words, 1)
        self._column.addWidget(line)
        self._boxes.append((box, make))


def _labels(form: Form, base: str) -> Mapping[str, str]:
    """The questions that are asked at ``base``, in words."""
    field = form.field(base)
    return {f.key: say(f.label) for f in (field.subfields if field else ())}


def _across(widget: QWidget) -> Any:
    from PySide6.QtWidgets import QHBoxLayout

    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    return layout


def _indented(text: str) -> Label:
    label = Label(text, "muted")
    label.setIndent(label.fontMetrics().height() * 2)
    return label


def _words(value: Any) -> str:
    """An answer in one line."""
    if isinstance(value, list):
        return _short("; ".join(_words(v) for v in value))
    if isinstance(value, dict):
        name = words_of(value) or str(value.get("identifier", ""))
        more = [str(value[k]) for k in ("ror", "country", "orcid") if value.get(k)]
        return _short(f"{name} ({', '.join(more)})" if more else name)
    return _short(words_of(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
