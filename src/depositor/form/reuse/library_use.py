"""From an entry of a library to answers of the form.

A person picks an entry and sees before what it fills in; so the answers count as agreed, and later headers do not put
theirs in their place. Another pick may. What a person typed stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft import paths
from depositor.draft.answer import Origin, OriginKind
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form.fields import Form, Kind, Module
from depositor.form.reuse.library import Entry, EntryKind, Part, PartKind
from depositor.form.spots import items

DETAILS = "light_microscopy"
_APPENDED = {"study.author": ("orcid", "email", "name"), "study.grant": ("identifier",)}
_TO_AUTHOR = "study.author.affiliation"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that a person gave and that therefore stays, with what the entry would have said."""

    path: str
    own: Any
    offered: Any


@dataclass(frozen=True, slots=True)
class Filled:
    """The draft with an entry filled in: ``taken`` are (path, value) that came from it, ``kept`` what stayed because a
    person said it, ``unasked`` (module, key) what the form of this draft has no question for."""

    draft: Draft
    taken: tuple[tuple[str, Any], ...] = ()
    kept: tuple[Kept, ...] = ()
    unasked: tuple[tuple[str, str], ...] = ()


def target(entry: Entry) -> str:
    """The module or list whose records an entry fills: ``image_acquisition``, ``study.author`` ..."""
    if entry.kind is EntryKind.INSTRUMENT:
        return "image_acquisition"
    return next(iter(entry.answers), "study.author" if entry.kind is EntryKind.PERSON else "specimen")


def fill(
    form: Form, draft: Draft, entry: Entry, library: str, at: int | None = None, parts: Sequence[Part] | None = None
) -> Filled:
    """Fill ``entry`` in. ``at`` is the record to fill (of an organisation: the author), None for the first that is
    empty, or a new one; ``parts`` are those of the instrument that were used (None: those that leave no choice)."""
    origin = Origin(OriginKind.TEMPLATE, key=library, confirmed=True)
    used = _sole(entry) if parts is None else tuple(parts)
    place = at if at is not None else _free(draft, target(entry))
    offers, unasked = [], []
    for path, value in _offers(form, draft, entry, place, used):
        if _asked(form, path):
            offers.append((path, value))
        else:
            module, _, key = path.rpartition(".")
            unasked.append((paths.join([k for k in paths.parse(module) if isinstance(k, str)]), key))
    return _applied(draft, offers, origin, tuple(unasked))


def _applied(
    draft: Draft, offers: Sequence[tuple[str, Any]], origin: Origin, unasked: tuple[tuple[str, str], ...]
) -> Filled:
    taken, kept = [], []
    for path, value in offers:
        own = draft.get(path)
        if own == value:
            continue
        if not is_empty(own) and not _replaceable(draft, path):
            kept.append(Kept(path, own, value))
            continue
        draft = draft.answer(path, value, origin)
        taken.append((path, value))
    return Filled(draft, tuple(taken), tuple(kept), unasked)


def _replaceable(draft: Draft, path: str) -> bool:
    """True for what no person typed: also for what she picked from a library before."""
    found = draft.origin(path)
    if found is not None and found.kind is OriginKind.TEMPLATE:
        return all(o.kind is not OriginKind.PERSON for p, o in draft.origins.items() if p.startswith(path))
    return not draft.is_persons(path)


def _asked(form: Form, path: str) -> bool:
    keys = [k for k in paths.parse(path) if isinstance(k, str)]
    return form.field(".".join(keys)) is not None


def _free(draft: Draft, where: str) -> int:
    """The first record that says nothing, or the number of a new one."""
    records = items(draft.get(where)) if where.count(".") < 2 else ()
    return next((n for n, r in enumerate(records) if is_empty(r)), len(records))


def _offers(form: Form, draft: Draft, entry: Entry, at: int, parts: Sequence[Part]) -> Iterator[tuple[str, Any]]:
    if entry.kind is EntryKind.INSTRUMENT:
        yield from _instrument(form, draft, entry, at, parts)
        return
    for where, answers in entry.answers.items():
        if where in _APPENDED:
            yield from _appended(draft, where, answers)
        elif where == _TO_AUTHOR:
            yield from _to_author(draft, answers, at)
        else:
            module = form.module(where)
            yield from _named(draft, entry, module, where, at)
            yield from ((f"{where}[{at}].{key}", value) for key, value in answers.items())


def _named(draft: Draft, entry: Entry, module: Module | None, where: str, at: int) -> Iterator[tuple[str, Any]]:
    """A name for a record that has none: that of the entry, unless another record has it."""
    key = module.name_key if module else None
    if key and is_empty(draft.get(f"{where}[{at}].{key}")) and key not in entry.answers.get(where, {}):
        taken = {r.get(key) for r in items(draft.get(where)) if isinstance(r, Mapping)}
        name, number = entry.name, 2
        while name in taken:
            name, number = f"{entry.name} ({number})", number + 1
        yield f"{where}[{at}].{key}", name


def _appended(draft: Draft, where: str, answers: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A person or grant: only its gaps are filled where it is listed already."""
    rows = items(draft.get(where))
    for at, row in enumerate(rows):
        same = isinstance(row, Mapping) and any(
            answers.get(k) and row.get(k) == answers.get(k) for k in _APPENDED[where]
        )
        if same:
            gaps = ((k, v) for k, v in answers.items() if is_empty(row.get(k)))
            yield from ((f"{where}[{at}].{k}", v) for k, v in gaps)
            return
    yield f"{where}[{_free(draft, where)}]", dict(answers)


def _to_author(draft: Draft, answers: Mapping[str, Any], at: int) -> Iterator[tuple[str, Any]]:
    rows = items(draft.get(f"study.author[{at}].affiliation"))
    if not any(isinstance(r, Mapping) and r.get("name") == answers.get("name") for r in rows):
        yield f"study.author[{at}].affiliation[{len(rows)}]", dict(answers)


# --- instruments ----------------------------------------------------------------------------------------------------


def _sole(entry: Entry) -> tuple[Part, ...]:
    """The parts that leave no choice: those of a kind of which there is one."""
    return tuple(p for p in entry.parts if len(entry.of(p.kind)) == 1)


def _instrument(form: Form, draft: Draft, entry: Entry, at: int, parts: Sequence[Part]) -> Iterator[tuple[str, Any]]:
    record = f"image_acquisition[{at}]"
    yield from _named(draft, entry, form.module("image_acquisition"), "image_acquisition", at)
    own = entry.answers.get("image_acquisition", {})
    prose = own.get("imaging_instrument") or instrument_prose(parts)
    if prose:
        yield f"{record}.imaging_instrument", prose
    yield from ((f"{record}.{k}", v) for k, v in own.items() if k != "imaging_instrument")
    name = draft.get(f"{record}.title") or entry.name
    others = {k: dict(v) for k, v in entry.answers.items() if k != "image_acquisition"}
    others[DETAILS] = {**detail_values(parts), **others.get(DETAILS, {})}
    for module, answers in others.items():
        found = form.module(module)
        key = belongs_by(found) if found else None
        if answers and key:
            place = _belonging(draft, module, key, str(name))
            yield f"{module}[{place}].{key}", name
            yield from ((f"{module}[{place}].{k}", v) for k, v in answers.items())


def belongs_by(module: Module) -> str | None:
    """The key by which each record of a module of details belongs to an image acquisition; None for other modules."""
    found = (f.key for f in module.fields if f.kind is Kind.REFERENCE and f.refers_to == "image_acquisition")
    return next(found, None) if module.repeats else None


def _belonging(draft: Draft, module: str, key: str, name: str) -> int:
    """The record of a detail module that belongs to the image acquisition ``name``; else an empty or a new one."""
    rows = items(draft.get(module))
    mine = (n for n, r in enumerate(rows) if isinstance(r, Mapping) and r.get(key) == name)
    return next(mine, _free(draft, module))


def instrument_prose(parts: Sequence[Part]) -> str:
    """The parts in one line, as the published description says them: stand, objective, light, filters, detector."""
    words = {
        PartKind.STAND: "",
        PartKind.OBJECTIVE: "objective ",
        PartKind.LIGHT_SOURCE: "light source ",
        PartKind.FILTER: "filters ",
        PartKind.DETECTOR: "detector ",
    }
    said = ((word, [p.text for p in parts if p.kind is kind and p.text]) for kind, word in words.items())
    return "; ".join(f"{word}{' and '.join(texts)}" for word, texts in said if texts)


def detail_values(parts: Sequence[Part]) -> dict[str, Any]:
    """The parts as values of the module of microscope details; numbers only of a single objective."""
    keys = {
        PartKind.STAND: "microscope",
        PartKind.OBJECTIVE: "objective",
        PartKind.LIGHT_SOURCE: "light_source",
        PartKind.FILTER: "filters",
        PartKind.DETECTOR: "detector",
        PartKind.SOFTWARE: "software",
    }
    out: dict[str, Any] = {}
    for kind, key in keys.items():
        texts = [p.text for p in parts if p.kind is kind and p.text]
        if texts:
            out[key] = "; ".join(texts)
    for kind, key in ((PartKind.STAND, "stand_type"), (PartKind.DETECTOR, "detector_type")):
        types = {p.kind_of for p in parts if p.kind is kind}
        out |= {key: types.pop()} if len(types) == 1 and all(types) else {}
    lenses = [p for p in parts if p.kind is PartKind.OBJECTIVE]
    if len(lenses) == 1:
        numbers = (("magnification", lenses[0].magnification), ("numerical_aperture", lenses[0].na))
        out |= {k: v for k, v in (*numbers, ("immersion", lenses[0].immersion)) if v}
    return out
