"""Answers and their places in the words of the user's language, for lists of changes in window and command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from depositor.draft.paths import is_empty
from depositor.form.fields import Field, Kind, Module
from depositor.form.reuse.differences import Change, Difference, Piece, words_between
from depositor.session.forms import term_of
from depositor.session.language import current, say, tr, trn

__all__ = [
    "Change",
    "Difference",
    "Piece",
    "change_words",
    "new_words",
    "old_words",
    "place",
    "question",
    "value_words",
    "words_between",
]
_NAMES = ("label", "name", "title", "identifier", "doi", "url", "channel_label", "id", "path")
_MOST = 40  # rows or records told one by one


def place(difference: Difference) -> str:
    """Where a difference is: ``Biosample · HeLa Kyoto · Organism``."""
    if difference.module is None:
        return _part(difference.path)
    parts = [say(difference.module.label), difference.record, say(difference.field.label) if difference.field else ""]
    if difference.field is None and not difference.record:
        parts.append(difference.path.rpartition(".")[2] if "." in difference.path else "")
    return " · ".join(p for p in parts if p)


def _part(path: str) -> str:
    """What a part of a document that is no module is called."""
    words = {
        "archive": tr("Archive"),
        "profiles": tr("Ways of imaging"),
        "license": tr("Licence"),
        "release_date": tr("Release date"),
        "files": tr("Folders and files"),
        "columns": tr("Columns of the file list"),
        "decisions": tr("Decisions about personal data"),
        "confirmed": tr("Statements"),
    }
    return words.get(path, path)


def change_words(change: Change) -> str:
    """What became of an answer."""
    return {
        Change.ADDED: tr("added"),
        Change.CHANGED: tr("changed"),
        Change.REMOVED: tr("removed"),
        Change.MOVED: tr("put in another order"),
    }[change]


def value_words(value: Any, field: Field | Module | None = None) -> str:
    """An answer of any kind in words: terms by their label, choices as they are shown, numbers with their unit.
    ``field`` is its question; of a whole record the module."""
    if is_empty(value):
        return ""
    if isinstance(value, (list, tuple)):
        told = "; ".join(value_words(v, field) for v in value[:_MOST])
        more = len(value) - _MOST
        return f"{told}; {trn('and {n} more', 'and {n} more', more)}" if more > 0 else told
    if isinstance(value, Mapping):
        return _record(value, field)
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, (int, float)):
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        return f"{text} {field.unit}" if isinstance(field, Field) and field.unit else text
    return _text(str(value), field if isinstance(field, Field) else None)


def _text(text: str, field: Field | None) -> str:
    if field is None:
        return text
    if field.kind in (Kind.DATE, Kind.DATETIME) and len(text) == len("2027-01-31"):
        return current().date(text)
    for option in field.choices:
        if option.value == text:
            return say(option.label)
    if field.kind is Kind.ENUM and field.vocabulary:
        found = term_of(field.vocabulary, text)
        return found.label if found else text
    return text


def old_words(difference: Difference) -> str:
    """What was said before."""
    return value_words(difference.old, difference.field or difference.module)


def new_words(difference: Difference) -> str:
    """What is said now."""
    return value_words(difference.new, difference.field or difference.module)


def question(path: str) -> Field | None:
    """The question of an answer that every form asks (``study.author``)."""
    from depositor.form.profiles import load

    return load((), None).field(path)


def _record(value: Mapping[str, Any], field: Field | Module | None) -> str:
    """A term by its label; a record by its name, then its other answers with their questions."""
    below = field.fields if isinstance(field, Module) else field.subfields if field is not None else ()
    known = {f.key: f for f in below}
    name = next((key for key in _NAMES if isinstance(value.get(key), (str, int)) and value.get(key)), None)
    head = str(value[name]) if name else ""
    rest = []
    for key, said in value.items():
        if key == name or is_empty(said) or (key == "id" and "label" in value):
            continue
        one = known.get(key)
        if one is None or one.const is None:
            rest.append(f"{say(one.label) if one else key}: {value_words(said, one)}")
    told = ", ".join(rest)
    return f"{head} ({told})" if head and told else head or told
