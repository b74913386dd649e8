"""Which editor a field gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shiboken6 import isValid

from depositor.gui.form.choices import ChoiceEditor, ManyChoicesEditor, ReferenceEditor, YesNoEditor
from depositor.gui.form.dates import DateEditor
from depositor.gui.form.editors import Editor, LineEditor, NumberEditor, TextEditor
from depositor.gui.form.grid import GridEditor
from depositor.gui.form.identifier import IdentifierEditor, scheme_of
from depositor.gui.form.records import RecordEditor, RecordsEditor
from depositor.gui.form.rows import RowsEditor
from depositor.gui.form.terms import TermEditor, TermsEditor
from depositor.gui.form.wording import Wording, wording
from depositor.gui.texts import say, tr
from depositor.session.forms import Field, Kind

Names = Callable[[str], Sequence[str]]  # module key -> names of its records

_TERMS = (Kind.TERM, Kind.TEXT_OR_TERM, Kind.TAXON)
_IDENTIFIERS = (Kind.EMAIL, Kind.DOI, Kind.URL, Kind.ORCID, Kind.PMID, Kind.ROR, Kind.DATETIME)
_RECORDS = (Kind.PERSON, Kind.ORGANISATION, Kind.RECORD)


class Maker:
    """Makes editors for one page; ``names`` tells what records there are to refer to."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._references: list[tuple[str, ReferenceEditor]] = []

    def make(self, field: Field) -> Editor:
        """An editor for ``field``."""
        if field.kind is Kind.GRID:
            return GridEditor(field, self.make)
        if field.kind is Kind.ASSOCIATIONS:
            return RowsEditor(field, self.make)
        if field.kind in _RECORDS:
            return RecordsEditor(field, self.make) if field.many else RecordEditor(field.subfields, self.make)
        if field.kind in _TERMS or (field.vocabulary and not field.choices):
            kind = TermsEditor if field.many else TermEditor
            return kind(wording(field), hint_of(field))
        if field.kind is Kind.REFERENCE:
            return self._reference(field)
        return _plain(field)

    def refresh(self) -> None:
        """Offer the records that there are now."""
        self._references = [pair for pair in self._references if _alive(pair[1])]
        for module, editor in self._references:
            names = self._names(module)
            editor.offer(names, tr("Not said") if names else tr("None described yet"))

    def _reference(self, field: Field) -> ReferenceEditor:
        editor = ReferenceEditor()
        self._references.append((field.refers_to or "", editor))
        names = self._names(field.refers_to or "")
        editor.offer(names, tr("Not said") if names else tr("None described yet"))
        return editor


def _plain(field: Field) -> Editor:
    if field.kind is Kind.ENUM and field.choices:
        return _of_choices(field)
    if field.many or field.kind is Kind.LONG_TEXT:
        return TextEditor(hint_of(field), lines=field.many)
    if field.kind in (Kind.NUMBER, Kind.YEAR):
        return NumberEditor(hint_of(field), field.unit, whole=field.kind is Kind.YEAR)
    if field.kind is Kind.BOOLEAN:
        return YesNoEditor()
    if field.kind is Kind.DATE:
        return DateEditor()
    known = scheme_of(field.kind, field.key)
    return IdentifierEditor(hint_of(field), *known) if known else _line(field)


def _line(field: Field) -> Editor:
    return LineEditor(hint_of(field), left_to_right=field.kind in _IDENTIFIERS)


def _of_choices(field: Field) -> Editor:
    if not field.many:
        return ChoiceEditor(field.choices, is_open=field.open, hint=tr("Not said"))
    others = TermsEditor(Wording(None, plain=True), tr("Something else, in your own words")) if field.open else None
    return ManyChoicesEditor(field.choices, others)


def hint_of(field: Field) -> str:
    """What stands in an empty editor."""
    if field.kind is Kind.DATETIME:
        return tr("Year-month-day, as in 2027-01-31")
    example = say(field.example) if field.example else ""
    return tr("For example: {example}", example=example) if example else ""


def one_per_line(field: Field) -> bool:
    """True where each line of a text is an answer of its own."""
    texts = (Kind.TEXT, Kind.LONG_TEXT, Kind.DATE, *_IDENTIFIERS)
    return field.many and field.kind in texts and not field.vocabulary and not field.choices


def _alive(editor: ReferenceEditor) -> bool:
    """False once the row of an editor was taken away."""
    return isValid(editor) and editor.parent() is not None
