"""Entries of a library out of a draft: what was described once is kept for the next time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from depositor.draft import paths
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form.fields import Form, Kind, Module
from depositor.form.reuse.library import Entry, EntryKind, Part, PartKind
from depositor.form.reuse.library_use import DETAILS, belongs_by
from depositor.form.spots import items, name_of

_PER_IMAGE = frozenset(
    (
        *("channels", "time_interval", "z_step", "temperature", "mounting_medium", "cover_glass", "sample_holder"),
        *("acquired", "binning", "scan_settings", "additional_magnification"),
    )
)
_LASTING = (Kind.TEXT, Kind.LONG_TEXT, Kind.ENUM, Kind.TERM, Kind.TEXT_OR_TERM)
_PARTS = {
    "microscope": PartKind.STAND,
    "light_source": PartKind.LIGHT_SOURCE,
    "filters": PartKind.FILTER,
    "detector": PartKind.DETECTOR,
    "software": PartKind.SOFTWARE,
}
_KINDS = {
    "study.author": EntryKind.PERSON,
    "study.grant": EntryKind.GRANT,
    "study.author.affiliation": EntryKind.ORGANISATION,
    "biosample": EntryKind.BIOSAMPLE,
    "specimen": EntryKind.SPECIMEN,
    "image_acquisition": EntryKind.INSTRUMENT,
}

_LENS = frozenset(("objective", "magnification", "numerical_aperture", "immersion"))


def kind_of(path: str) -> EntryKind | None:
    """What an entry made of the record at ``path`` would be; None where a record is nothing for a library."""
    return _KINDS.get(_without_numbers(path))


def kept(form: Form, draft: Draft, path: str, entry_id: str, known_as: tuple[str, ...] = ()) -> Entry | None:
    """The record at ``path`` (``image_acquisition[0]``, ``study.author[1]``) as an entry; None where it says nothing.
    ``known_as``: how the file headers call the instrument."""
    kind, record = kind_of(path), draft.get(path)
    if kind is None or not isinstance(record, Mapping) or is_empty(record):
        return None
    name = name_of(record, 0)
    if kind is EntryKind.INSTRUMENT:
        return _instrument(form, draft, record, entry_id, known_as)
    where = _without_numbers(path)
    said = {k: v for k, v in record.items() if not is_empty(v)}
    return Entry(entry_id, kind, name if name != "#1" else where, answers={where: said})


def _without_numbers(path: str) -> str:
    return paths.join([k for k in paths.parse(path) if isinstance(k, str)])


def _instrument(
    form: Form, draft: Draft, record: Mapping[str, Any], entry_id: str, known_as: tuple[str, ...]
) -> Entry | None:
    title = str(record.get("title") or "")
    details = {m.key: _details(m, draft, title) for m in form.modules if belongs_by(m)}
    microscope = details.pop(DETAILS, {})
    parts = _parts(microscope)
    details[DETAILS] = {k: v for k, v in microscope.items() if k not in _PARTS and k not in _LENS}
    answers = {key: said for key, said in details.items() if said}
    own = {k: record[k] for k in ("imaging_instrument", "imaging_method") if not is_empty(record.get(k))}
    if own:
        answers["image_acquisition"] = own
    if not answers and not parts:
        return None
    name = str(microscope.get("microscope") or title or record.get("imaging_instrument") or "")[:80]
    return Entry(entry_id, EntryKind.INSTRUMENT, name, answers=answers, parts=parts, known_as=known_as)


def _details(module: Module, draft: Draft, title: str) -> dict[str, Any]:
    """What the record of an image acquisition says of the instrument, without what differs from image to image."""
    key = belongs_by(module)
    rows = [r for r in items(draft.get(module.key)) if isinstance(r, Mapping)]
    mine = next((r for r in rows if title and r.get(key) == title), rows[0] if len(rows) == 1 else {})
    said = {k: v for k, v in mine.items() if k != key and k not in _PER_IMAGE and not is_empty(v)}
    if module.key == DETAILS:
        return said
    fields = {f.key: f for f in module.fields}  # elsewhere numbers and dates are settings of the day
    return {k: v for k, v in said.items() if k in fields and fields[k].kind in _LASTING}


def _parts(said: Mapping[str, Any]) -> tuple[Part, ...]:
    parts = [Part(kind, name=str(said[key])) for key, kind in _PARTS.items() if said.get(key)]
    if said.get("objective"):
        magnification, na = said.get("magnification"), said.get("numerical_aperture")
        lens = Part(
            PartKind.OBJECTIVE,
            name=str(said["objective"]),
            magnification=float(magnification) if isinstance(magnification, (int, float)) else None,
            na=float(na) if isinstance(na, (int, float)) else None,
            immersion=str(said.get("immersion") or ""),
        )
        parts.insert(1, lens)
    return tuple(parts)
