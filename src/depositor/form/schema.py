"""JSON Schema (draft 2020-12) of the submission document, made from the profiles.

It holds the questions of all profiles and all archives. Unknown keys are allowed at the top and between the modules
(what a newer program asks stands there), not inside a module. Every answer may be null or missing: what must be there
is the business of the validation, not of the shape.
"""

from __future__ import annotations

from typing import Any

from depositor.draft.finding import CHOSEN_ONCE, SUBJECT_CHOICES, Choice
from depositor.draft.human import Access, Consent, Source
from depositor.form import profiles
from depositor.form.fields import Field, Form, Kind, Module

Json = dict[str, Any]

_TEXT: Json = {"type": ["string", "null"]}
_TERM: Json = {
    "type": ["object", "null"],
    "properties": {"id": _TEXT, "label": _TEXT},
    "additionalProperties": False,
}
_PATTERNS = {Kind.DATE: r"^\d{4}-\d{2}-\d{2}$", Kind.YEAR: r"^\d{4}$", Kind.PMID: r"^\d{1,8}$"}


def json_schema() -> Json:
    """The schema: a new value at each call, which the caller may change."""
    form = profiles.everything()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Submission document of Depositor",
        "type": "object",
        "required": ["depositor", "archive", "files"],
        "properties": {
            "depositor": {"type": "integer", "minimum": 1},
            "archive": _TEXT,
            "profiles": _list({"type": "string"}),
            "license": {"type": ["string", "null"], "description": "SPDX id"},
            "release_date": {"type": ["string", "null"], "pattern": _PATTERNS[Kind.DATE]},
            "files": _list(_file_group()),
            "columns": _list(_column()),
            "metadata": _metadata(form),
            "origins": {"type": "object", "additionalProperties": _origin()},
            "decisions": _list(_decision()),
            "confirmed": _list({"type": "string"}),
            "dismissed": {"type": "object", "additionalProperties": _list({"type": "string"})},
            "human": _human(),
            "policy": {"type": ["string", "null"], "description": "privacy policy; without it that of the archive"},
            "privacy_choices": _choices_by_subject(),
            "renames": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }


def _human() -> Json:
    """Whether the data come from people, and on what ground they may be shared."""
    words = {"source": Source, "consent": Consent, "access": Access}
    return {
        "type": "object",
        "properties": {
            **{key: {"enum": [w.value for w in found]} for key, found in words.items()},
            "approval": {"type": "string", "description": "number of the ethics approval"},
            "committee": {"type": "string", "description": "who gave it"},
        },
    }


def _choices_by_subject() -> Json:
    """What was chosen once for all that is about staff, site or place."""
    texts = {key: {"type": "string"} for key in ("why", "by", "at")}
    choice = {"type": "object", "properties": {"choice": {"enum": list(SUBJECT_CHOICES)}, **texts}}
    return {"type": "object", "properties": {str(subject): choice for subject in CHOSEN_ONCE}}


def _file_group() -> Json:
    return {
        "type": "object",
        "required": ["path"],
        "properties": {
            "path": {"type": "string", "minLength": 1},
            "study_component": _TEXT,
            "annotations": _TEXT,
            "exclude": _list({"type": "string"}),
        },
    }


def _column() -> Json:
    """What draft.file_columns reads; a place is ``{Genotype}``, ``*`` anything within one name."""
    pattern: Json = {"type": "string", "description": "over file names: *_{Genotype}_t{Time:digits}.tif"}
    texts: Json = {"type": "object", "additionalProperties": {"type": "string"}}
    source = {"pattern": pattern, "patterns": _list(pattern), "template": {"type": "string"}}
    case = {"enum": ["", "lower", "upper"]}
    rule = {"if": texts, "files": {"type": "string"}, "value": {"type": "string"}}
    named: Json = {
        "name": {"type": "string"},
        "study_component": _TEXT,
        "annotations": _TEXT,
        "from": {"type": "object", "properties": source},
        "clean": {"type": "object", "properties": {"strip_zeros": {"type": "boolean"}, "case": case, "rename": texts}},
        "rules": _list({"type": "object", "required": ["value"], "properties": rule}),
        "values": texts,
        "refers_to": _TEXT,
    }
    return {"type": "object", "required": ["name"], "properties": named}


def _origin() -> Json:
    keys = ("kind", "file", "reader", "key", "at")
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {**dict.fromkeys(keys, _TEXT), "confirmed": {"type": "boolean"}},
    }


def _decision() -> Json:
    choices: Json = {"enum": [str(c) for c in Choice]}
    named: Json = dict.fromkeys(("finding", "why", "by", "at", "seen"), _TEXT)
    more: Json = {"choice": choices, "size": {"type": ["integer", "null"]}}
    return {"type": "object", "required": ["finding", "choice"], "properties": {**named, **more}}


def _metadata(form: Form) -> Json:
    return {"type": "object", "properties": {m.key: _module(m) for m in form.modules}}


def _module(module: Module) -> Json:
    record = _record(module.fields, nullable=not module.repeats)
    shape = _list(record) if module.repeats else record
    return {"title": module.label.text, "description": module.help.text, **shape}


def _record(fields: tuple[Field, ...], *, nullable: bool) -> Json:
    kinds = ["object", "null"] if nullable else "object"
    return {"type": kinds, "properties": {f.key: _field(f) for f in fields}, "additionalProperties": False}


def _field(field: Field) -> Json:
    one = _value(field)
    shape = {"anyOf": [{"type": ["array", "null"], "items": one}, one]} if field.many else one
    return {"title": field.label.text, "description": field.help.text, **shape}


def _value(field: Field) -> Json:
    kind = field.kind
    if field.subfields:
        record = _record(field.subfields, nullable=not field.many)
        by_name = kind is Kind.ORGANISATION or (kind is Kind.RECORD and not field.many)
        return {"anyOf": [record, _TEXT]} if by_name else record
    if kind in (Kind.TERM, Kind.TAXON, Kind.TEXT_OR_TERM):
        return {"anyOf": [_TERM, _TEXT]}
    if kind is Kind.ENUM and field.choices and not field.open:
        return {"enum": [*(value for c in field.choices for value in _spellings(c.value)), None]}
    return _plain(field)


def _spellings(value: str) -> tuple[str | int, ...]:
    """A code that is a number may be written as one."""
    return (value, int(value)) if value.isdecimal() else (value,)


def _plain(field: Field) -> Json:
    kind = field.kind
    if kind is Kind.NUMBER:
        return {"type": ["number", "null"], **_bounds(field)}
    if kind is Kind.BOOLEAN:
        return {"type": ["boolean", "null"]}
    number = kind in (Kind.YEAR, Kind.PMID) or any(len(_spellings(c.value)) > 1 for c in field.choices)
    number = number or len(_spellings(field.const or "")) > 1
    kinds = ["integer", "string", "null"] if number else ["string", "null"]
    return {"type": kinds, **({"pattern": _PATTERNS[kind]} if kind in _PATTERNS else {})}


def _bounds(field: Field) -> Json:
    named = {"exclusiveMinimum": field.above, "minimum": field.minimum, "maximum": field.maximum}
    return {key: bound for key, bound in named.items() if bound is not None}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}
