"""Image acquisitions from headers: one record for each way of imaging, its details as values, and both descriptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft
from depositor.form.fields import Form, Module
from depositor.form.filling import details, prose
from depositor.form.filling.gathering import Gathered, Group
from depositor.form.filling.matching import Place, places
from depositor.form.spots import items

MOST_RECORDS = 8  # more ways of acquisition in one study are rare, and nobody wants to read fifty proposed records
MODULE = "image_acquisition"
WRITTEN = "details"  # the key of the origin of what is written from microscope details
_LENS = ("objective", "magnification", "numerical_aperture", "immersion")
_TEXTS = {"instrument": "imaging_instrument", "parameters": "image_acquisition_parameters"}


@dataclass(frozen=True, slots=True)
class Filled:
    """What is offered, and the records of each module that files stand behind."""

    proposals: tuple[Proposal, ...]
    places: Mapping[str, tuple[Place, ...]]


def filled(form: Form, draft: Draft, gathered: Gathered) -> Filled:
    """Image acquisitions and the details that belong to them."""
    found = places(draft, MODULE, gathered.ranked()[:MOST_RECORDS], prose.instrument)
    names = _names(draft, found)
    each: dict[str, tuple[Place, ...]] = {MODULE: found}
    offered = [p for place in found for p in _named(draft, place, names[place.path])]
    known: dict[str, list[tuple[Module, str]]] = {}
    for module in details.modules(form):
        if details.acquired(module) is None:
            continue
        homes = _called(draft, found, names)
        each[module.key] = _worth(draft, module, found, homes)
        for place in each[module.key]:
            home = next(f.path for f in found if f.group is place.group)
            offered += _detailed(module, place, homes[home])
            known.setdefault(home, []).append((module, place.path))
    for place in found:
        offered += _described(draft, place, known.get(place.path, []), offered)
    return Filled(tuple(offered), each)


def _names(draft: Draft, found: tuple[Place, ...]) -> dict[str, str]:
    """A name for each record, different from those of all others: what the record is called, else one from facts."""
    own = {p.path for p in found}
    records = enumerate(items(draft.get(MODULE)))
    others = (r.get("title") for at, r in records if isinstance(r, Mapping) and f"{MODULE}[{at}]" not in own)
    kept = (draft.get(f"{path}.title") for path in own if draft.is_persons(f"{path}.title"))
    taken = {title for title in (*others, *kept) if isinstance(title, str)}
    out: dict[str, str] = {}
    for place in found:
        name, number = prose.title(place.group), 2
        while name and name in taken:
            name, number = f"{prose.title(place.group)} ({number})", number + 1
        taken.add(name)
        out[place.path] = name
    return out


def _called(draft: Draft, found: tuple[Place, ...], names: Mapping[str, str]) -> dict[str, str]:
    """What each record is or will be called."""
    own = {p.path: draft.get(f"{p.path}.title") for p in found}
    persons = {path: title for path, title in own.items() if title and draft.is_persons(f"{path}.title")}
    return {p.path: str(persons.get(p.path) or names[p.path] or own[p.path] or _numbered(p)) for p in found}


def _numbered(place: Place) -> str:
    """The name of a record of which no header says enough for a better one."""
    return f"Image acquisition {int(place.path.rpartition('[')[2][:-1]) + 1}"


def _named(draft: Draft, place: Place, name: str) -> Iterator[Proposal]:
    methods = [{"id": i, "label": label} for i, label in place.group.signature.methods]
    if name:
        yield _said(f"{place.path}.title", name, place.group, "instrument", "objective", "modality")
    elif not draft.get(f"{place.path}.title"):
        yield Proposal(f"{place.path}.title", _numbered(place), Origin(OriginKind.DEFAULT), place.group.files)
    if methods:
        yield _said(f"{place.path}.imaging_method", methods, place.group, "modality")


def _worth(draft: Draft, module: Module, found: tuple[Place, ...], names: Mapping[str, str]) -> tuple[Place, ...]:
    """The places of a module's records, only for acquisitions of which the headers tell it anything."""
    telling = tuple(p for p in found if details.worth_a_record(module, p.group))
    return details.detail_places(draft, module, telling, names)


def _detailed(module: Module, place: Place, called: str) -> Iterator[Proposal]:
    reference = details.acquired(module)
    if reference and called:
        yield _said(f"{place.path}.{reference.key}", called, place.group, "instrument", "objective", "modality")
    yield from (t.proposal(place.path) for t in details.told(module, (place.group,)))


# --- the two descriptions --------------------------------------------------------------------------------------------


def _described(
    draft: Draft, place: Place, known: list[tuple[Module, str]], offered: list[Proposal]
) -> Iterator[Proposal]:
    """Instrument and parameters: what headers say, with the details in the place of what a person changed there."""
    for part, key in _TEXTS.items():
        headers = prose.of_group(part, place.group)
        persons: prose.Atoms = {}
        for module, path in known:
            persons |= _persons(draft, module, path, part, headers)
        text = prose.told(prose.order(part, headers | persons))
        if text and persons:
            yield Proposal(f"{place.path}.{key}", text, Origin(OriginKind.DEFAULT, key=WRITTEN), place.group.files)
        elif text:
            yield _said(f"{place.path}.{key}", text, place.group, *headers, "channels")


def _persons(draft: Draft, module: Module, path: str, part: str, headers: prose.Atoms) -> prose.Atoms:
    """The atoms of a details record that the headers do not say, or that a person answered in another way."""
    record = draft.get(path)
    if not isinstance(record, Mapping):
        return {}
    own = details.atoms(module, _only(record, {k for k in record if _by_person(draft, f"{path}.{k}")}), part)
    return {name: atom for name, atom in own.items() if headers.get(name) != atom}


def _beside(record: Mapping[str, Any], answered: Mapping[str, Any]) -> dict[str, Any]:
    """What is told together: an objective with its aperture, when a person changed one of them."""
    return {k: record[k] for k in _LENS if k in record} if any(k in answered for k in _LENS) else {}


def _by_person(draft: Draft, path: str) -> bool:
    origin = draft.origin(path)
    return origin is None or origin.kind is not OriginKind.HEADER


def rewritten(form: Form, before: Draft, after: Draft) -> Draft:
    """``after`` with the descriptions that nobody typed brought up to what a person changed in the details."""
    for module in form.modules:
        reference = details.acquired(module)
        old, new = items(before.metadata.get(module.key)), items(after.metadata.get(module.key))
        if reference is None or old == new:
            continue
        for at, record in enumerate(new):
            earlier = old[at] if at < len(old) else {}
            if isinstance(record, Mapping) and isinstance(earlier, Mapping) and record != earlier:
                same = earlier if earlier.get(reference.key) == record.get(reference.key) else {}
                after = _rewritten(module, f"{module.key}[{at}]", same, after, record.get(reference.key))
    return after


def _rewritten(module: Module, path: str, earlier: Mapping[str, Any], draft: Draft, title: Any) -> Draft:
    record = draft.get(path)
    keys = {*record, *earlier}
    changed = {k for k in keys if earlier.get(k) != record.get(k) and _by_person(draft, f"{path}.{k}")}
    for at, acquisition in enumerate(items(draft.get(MODULE))):
        if not changed or not title or not isinstance(acquisition, Mapping) or acquisition.get("title") != title:
            continue
        for part, key in _TEXTS.items():
            old, new = (details.atoms(module, _only(one, changed), part) for one in (earlier, record))
            place = f"{MODULE}[{at}].{key}"
            if old != new and not draft.is_persons(place):
                text = prose.amended(str(draft.get(place) or ""), old, new)
                draft = draft.offer(place, text, Origin(OriginKind.DEFAULT, key=WRITTEN))
    return draft


def _only(record: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    chosen = {k: record[k] for k in record if k in keys}
    return chosen | _beside(record, dict.fromkeys(keys))


def _said(path: str, value: Any, group: Group, *facts: str) -> Proposal:
    """A value that all files of a group say; its origin is the first of them, and the first key that is known."""
    return Proposal(path, value, details.header(group.source(*facts)), group.files)
