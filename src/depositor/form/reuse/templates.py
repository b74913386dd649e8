"""A template: what of a description serves the next deposit too, without anybody's personal data.

Kept is only what the form knows and what is neither about a person nor about this one study; and of that nothing that
mentions one of its people. A person sees before what stays and may decide otherwise, except for files, identifiers and
dates, which never belong into a template.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.draft import Draft
from depositor.draft.message import Message, msg
from depositor.draft.paths import is_empty, leaves
from depositor.draft.problem import Damaged, Problem, Side
from depositor.form.fields import Asked, Field, Form, Kind, Module
from depositor.form.spots import items, name_of

FORMAT = 1
SUFFIX = ".depositor-template.json"
_NEVER = (Kind.DOI, Kind.PMID, Kind.DATE, Kind.DATETIME, Kind.FILE, Kind.CONST)
_PEOPLE = (Kind.PERSON, Kind.EMAIL, Kind.ORCID)
_OF_ONE_STUDY = frozenset(
    (
        *("study.title", "study.description", "study.publication", "study.link", "study.ai_models_trained"),
        *("study.acknowledgements", "study.author", "study.release_date", "study.license"),
        *("study.grant", "study.funding_statement", "annotations.annotation_id", "annotations.source_image_id"),
        *("image_data.dimension_extents", "study_component.example_image_uri", "study_component.file_list"),
    )
)
_FROM_FILES = (OriginKind.HEADER, OriginKind.FOLDER)
_SHORTEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """One answer that could go into a template. ``kept`` is what the program proposes, ``why`` the reason where it is
    left out; ``never`` ones cannot be ticked. ``record`` is what the record is called."""

    path: str
    module: Module
    field: Field
    value: Any
    record: str
    kept: bool
    why: Message | None = None
    never: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """What a new deposit begins with. ``made`` is ISO 8601 UTC. ``extra`` keeps what this version does not know."""

    name: str
    made: str = ""
    note: str = ""
    archive: str | None = None
    profiles: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        pairs: dict[str, Any] = {
            "made": self.made,
            "note": self.note,
            "archive": self.archive,
            "profiles": list(self.profiles),
            "metadata": dict(self.metadata),
        }
        return {"depositor_template": FORMAT, "name": self.name, **{k: v for k, v in pairs.items() if v}, **self.extra}


# --- making one -----------------------------------------------------------------------------------------------------


def pieces(form: Form, draft: Draft) -> tuple[Piece, ...]:
    """Every answer of the draft that the form knows, with whether it would stay."""
    marks = personal_marks(draft)
    return tuple(piece for module in form.modules for piece in _of_module(module, draft, marks))


def make(form: Form, draft: Draft, name: str, made: str, kept: Collection[str] | None = None) -> Template:
    """The template of a draft. ``kept`` are the paths of the pieces that stay (None: those that the program proposes);
    what may never stay is left out whatever ``kept`` says."""
    chosen = [p for p in pieces(form, draft) if not p.never and (p.kept if kept is None else p.path in kept)]
    return Template(name, made, "", draft.archive, draft.profiles, _tree(draft, form, {p.path: p for p in chosen}))


def personal_marks(draft: Draft) -> tuple[str, ...]:
    """Names, addresses and iDs of the people of a draft, as they could stand in its texts; also the title."""
    found: set[str] = set()
    for path, value in leaves(draft.metadata):
        key = path.rpartition(".")[2]
        inside = re.search(r"author|person|investigator|contact|submitter", path) is not None
        if isinstance(value, str) and inside and key in ("name", "last_name", "email", "orcid"):
            found.add(value.strip())
            found.update([value.rsplit("/", 1)[-1]] if key == "orcid" else [])
        elif isinstance(value, str) and re.search(r"author\[\d+\]$", path):
            found.add(value.strip())  # a bare text is the name of a person
    found.add(draft.title.strip())
    return tuple(sorted((m for m in found if len(m) >= _SHORTEST_NAME), key=str.casefold))


def mentions(value: Any, marks: Sequence[str]) -> str:
    """The first of ``marks`` that stands in a value as a word of its own; empty where none does."""
    texts = [str(v).casefold() for _, v in leaves(value) if isinstance(v, str)]
    for mark in marks:
        pattern = re.compile(rf"(?<!\w){re.escape(mark.casefold())}(?!\w)")
        if any(pattern.search(text) for text in texts):
            return mark
    return ""


def _of_module(module: Module, draft: Draft, marks: Sequence[str]) -> Iterator[Piece]:
    value = draft.metadata.get(module.key)
    rows = list(enumerate(items(value))) if module.repeats else [(0, value)]
    for at, row in rows:
        if not isinstance(row, Mapping):
            continue
        outer = f"{module.key}[{at}]" if module.repeats else module.key
        for one in module.fields:
            said = row.get(one.key)
            if not is_empty(said):
                record = name_of(row, at) if module.repeats else ""
                yield _piece(module, one, f"{outer}.{one.key}", said, record, draft, marks)


def _piece(module: Module, one: Field, path: str, value: Any, record: str, draft: Draft, marks: Sequence[str]) -> Piece:
    if module.key == "version" or one.kind in _NEVER or one.asked in (Asked.COMPUTED, Asked.FILES):
        why = msg("template.never", "Files, dates and identifiers belong to one study.")
        return Piece(path, module, one, value, record, kept=False, why=why, never=True)
    cleaned = _without_never(one, value)
    reason = _reason(one, cleaned, draft, path, marks, named=one.key == module.name_key)
    return Piece(path, module, one, cleaned, record, kept=reason is None, why=reason, never=is_empty(cleaned))


def _reason(one: Field, value: Any, draft: Draft, path: str, marks: Sequence[str], *, named: bool) -> Message | None:
    if any(f.kind in _PEOPLE for f in one.walk()):
        return msg("template.people", "It names people.")
    if one.path in _OF_ONE_STUDY:
        return msg("template.one-study", "It is about this study.")
    if mentions(value, marks):
        return msg("template.mentions", "It mentions a person of this study, or its title.")
    origin = draft.origin(path)
    if origin is not None and origin.kind in _FROM_FILES and not origin.confirmed and not named:
        return msg("template.from-files", "It came from the files; the next ones bring their own.")
    return None


def _without_never(one: Field, value: Any) -> Any:
    """A record without its identifiers and dates."""
    if not one.subfields:
        return value
    gone = {f.key for f in one.subfields if f.kind in _NEVER}
    known = {f.key: f for f in one.subfields}
    if isinstance(value, Mapping):
        return {k: _without_never(known[k], v) for k, v in value.items() if k in known and k not in gone}
    if isinstance(value, list):
        return [_without_never(one, v) for v in value]
    return value


def _tree(draft: Draft, form: Form, chosen: Mapping[str, Piece]) -> dict[str, Any]:
    """The chosen answers as a tree; records of which nothing but the name is left go, and what refers to them."""
    out: dict[str, Any] = {}
    for module in form.modules:
        mine = [p for p in chosen.values() if p.module.key == module.key]
        if not module.repeats:
            said = {p.field.key: p.value for p in mine}
            out |= {module.key: said} if said else {}
            continue
        rows: dict[str, dict[str, Any]] = {}
        for piece in mine:
            rows.setdefault(piece.path.rpartition(".")[0], {})[piece.field.key] = piece.value
        kept = [row for row in rows.values() if set(row) - {module.name_key}]
        out |= {module.key: kept} if kept else {}
    return _without_dangling(form, out)


def _without_dangling(form: Form, tree: dict[str, Any]) -> dict[str, Any]:
    names = {
        m.key: {r.get(m.name_key) for r in tree.get(m.key, ()) if m.name_key}
        for m in form.modules
        if m.repeats and m.name_key
    }
    out = {}
    for module in form.modules:
        value = tree.get(module.key)
        if isinstance(value, list):
            value = [r for r in (_referring(module.fields, r, names) for r in value) if r]
        if not is_empty(value):
            out[module.key] = value
    return out


def _referring(fields: Sequence[Field], row: Mapping[str, Any], names: Mapping[str, set[Any]]) -> dict[str, Any]:
    """A record without references to records that are not there."""
    known = {f.key: f for f in fields}
    out: dict[str, Any] = {}
    for key, value in row.items():
        one = known.get(key)
        if one is not None and one.kind is Kind.REFERENCE:
            if value not in names.get(one.refers_to or "", set()):
                continue
        elif one is not None and one.subfields and isinstance(value, list):
            value = [_referring(one.subfields, v, names) if isinstance(v, Mapping) else v for v in value]
            value = [v for v in value if not is_empty(v)]
        if not is_empty(value):
            out[key] = value
    return out


# --- using one ------------------------------------------------------------------------------------------------------


def answers(template: Template) -> Iterator[tuple[str, Any]]:
    """(path, value) of every answer of a template."""
    for module, value in template.metadata.items():
        rows = [(f"{module}[{at}]", r) for at, r in enumerate(value)] if isinstance(value, list) else [(module, value)]
        for outer, row in rows:
            if isinstance(row, Mapping):
                yield from ((f"{outer}.{key}", v) for key, v in row.items() if not is_empty(v))


def apply(draft: Draft, template: Template) -> Draft:
    """The draft with the template's answers where no person said anything; each waits for a person's agreement."""
    origin = Origin(OriginKind.TEMPLATE, key=template.name)
    for path, value in answers(template):
        draft = draft.offer(path, value, origin)
    return draft


def from_json(data: Any) -> Template:
    """Read a template. Raises Damaged for what is none, and for one of a newer program."""
    version = data.get("depositor_template") if isinstance(data, Mapping) else None
    metadata = data.get("metadata") if isinstance(data, Mapping) else None
    if not isinstance(version, int) or isinstance(version, bool) or not isinstance(metadata, (Mapping, type(None))):
        raise Damaged(_not_one())
    if version > FORMAT:
        raise Damaged(_too_new(version))
    known = ("depositor_template", "name", "made", "note", "archive", "profiles", "metadata")
    profiles = data.get("profiles")
    return Template(
        name=_text(data.get("name")) or "?",
        made=_text(data.get("made")),
        note=_text(data.get("note")),
        archive=_text(data.get("archive")) or None,
        profiles=tuple(p for p in profiles if isinstance(p, str)) if isinstance(profiles, list) else (),
        metadata={str(k): v for k, v in (metadata or {}).items() if isinstance(v, (Mapping, list))},
        extra={k: v for k, v in data.items() if k not in known},
    )


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _not_one() -> Problem:
    return Problem(
        "template.not-one",
        Side.COMPUTER,
        msg("template.not-one", "This file is not a template of Depositor."),
        msg("template.not-one.advice", "Choose a file whose name ends in .depositor-template.json."),
    )


def _too_new(version: int) -> Problem:
    return Problem(
        "template.too-new",
        Side.COMPUTER,
        msg("template.too-new", "This template was made by a newer Depositor (format {version}).", version=version),
        msg("template.too-new.advice", "Update Depositor on this computer and open the template again."),
    )
