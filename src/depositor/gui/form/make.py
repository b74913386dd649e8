"""Which editor a field gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from depositor.gui.form.editors import (
    ChoiceEditor,
    Editor,
    LineEditor,
    ManyChoicesEditor,
    NumberEditor,
    ReferenceEditor,
    TextEditor,
    YesNoEditor,
)
from depositor.gui.form.records import RecordEditor, RecordsEditor, RowsEditor
from depositor.gui.form.terms import TermEditor, TermsEditor
from depositor.gui.texts import say, tr
from depositor.session.forms import Field, Kind

Names = Callable[[str], Sequence[str]]  # module key -> names of its records

_TERMS = (Kind.TERM, Kind.TEXT_OR_TERM, Kind.TAXON)
_IDENTIFIERS = (Kind.EMAIL, Kind.DOI, Kind.URL, Kind.ORCID, Kind.PMID, Kind.ROR, Kind.DATE, Kind.DATETIME)
_RECORDS = (Kind.PERSON, Kind.ORGANISATION, Kind.RECORD)
_ROWS = (Kind.GRID, Kind.ASSOCIATIONS)


class Maker:
    """Makes editors for one page; ``names`` tells what records there are to refer to."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._references: list[tuple[str, ReferenceEditor]] = []

    def make(self, field: Field) -> Editor:
        """An editor for ``field``."""
        if field.kind in _ROWS:
            return RowsEditor(field, self.make)
        if field.kind in _RECORDS:
            return RecordsEditor(field, self.make) if field.many else RecordEditor(field.subfields, self.make)
        if field.kind in _TERMS or (field.kind is Kind.ENUM and field.vocabulary and not field.choices):
            kind = TermsEditor if field.many else TermEditor
            return kind(field.vocabulary, _hint(field), is_open=field.open or field.kind is not Kind.TERM)
        return self._single(field)

    def refresh(self) -> None:
        """Offer the records that there are now."""
        for module, editor in self._references:
            editor.offer(self._names(module), tr("Not said"))

    def _single(self, field: Field) -> Editor:
        if field.kind is Kind.REFERENCE:
            editor = ReferenceEditor()
            self._references.append((field.refers_to or "", editor))
            editor.offer(self._names(field.refers_to or ""), tr("Not said"))
            return editor
        if field.kind is Kind.ENUM:
            many = ManyChoicesEditor(field.choices) if field.many and field.choices else None
            return many or ChoiceEditor(field.choices, is_open=field.open, hint=tr("Not said"))
        if field.kind is Kind.BOOLEAN:
            return YesNoEditor()
        if field.many or field.kind is Kind.LONG_TEXT:
            return TextEditor(_hint(field), lines=field.many)
        if field.kind in (Kind.NUMBER, Kind.YEAR):
            return NumberEditor(_hint(field), field.unit, whole=field.kind is Kind.YEAR)
        return LineEditor(_hint(field), left_to_right=field.kind in _IDENTIFIERS)


def _hint(field: Field) -> str:
    if field.kind in (Kind.DATE, Kind.DATETIME):
        return tr("Year-month-day, as in 2027-01-31")
    example = say(field.example) if field.example else ""
    return tr("For example: {example}").format(example=example) if example else ""
