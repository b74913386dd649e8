"""Values for the modules of profiles: one record for each image acquisition, or one for the study.

Which fact fills which answer is data: ``resources/prefill.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from depositor import resources
from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft
from depositor.draft.facts import Channel, Objective
from depositor.draft.paths import is_empty
from depositor.form.fields import Field, Form, Kind, Module
from depositor.form.filling import prose, wording
from depositor.form.filling.fitting import converted, fitted, listed
from depositor.form.filling.flat_facts import unit_of
from depositor.form.filling.gathering import Group, engraved
from depositor.form.filling.matching import Place
from depositor.form.filling.tally import Sighting, Source
from depositor.form.spots import items

_MOST_CHANNELS = 40
_TWO = 2
_SAYS_LITTLE = frozenset(("software", "detector", "detector_type"))
_CHANNEL_FACTS = frozenset(f.name for f in fields(Channel))


@dataclass(frozen=True, slots=True)
class Told:
    """A value for one answer of a record; ``others`` as in a Proposal."""

    key: str
    value: Any
    source: Source
    files: int
    others: tuple[tuple[Any, int, str], ...] = ()

    def proposal(self, record: str) -> Proposal:
        return Proposal(f"{record}.{self.key}", self.value, header(self.source), self.files, self.others)


def header(source: Source) -> Origin:
    """The origin of a value that stands in a header."""
    return Origin(OriginKind.HEADER, source.file, source.reader, source.key)


def modules(form: Form) -> tuple[Module, ...]:
    """The modules of the form that headers can fill, as the table says."""
    table: Mapping[str, Any] = resources.toml("prefill.toml")["details"]
    return tuple(m for m in form.modules if m.key in table)


def acquired(module: Module) -> Field | None:
    """The answer by which a module's records refer to an image acquisition."""
    found = (f for f in module.fields if f.kind is Kind.REFERENCE and f.refers_to == "image_acquisition")
    return next(found, None)


def told(module: Module, groups: Sequence[Group]) -> tuple[Told, ...]:
    """What the headers of these groups say to a module."""
    table: Mapping[str, Any] = resources.toml("prefill.toml")["details"][module.key]
    groups = tuple(g for g in groups if _fits(module, g))
    found: list[Told] = []
    for field in module.fields:
        fact = table.get(field.key)
        if isinstance(fact, str):
            found += _answers(field, fact, groups)
        elif field.kind is Kind.GRID and isinstance(fact, Mapping):
            found += _channels(field, fact, groups)
    return tuple(found)


def worth_a_record(module: Module, group: Group) -> bool:
    """True where the headers say more of a group than which program and detector were used."""
    return any(t.key not in _SAYS_LITTLE for t in told(module, (group,)))


def _fits(module: Module, group: Group) -> bool:
    """False where a group has facts that images of this module never have: a light microscope has no electrons."""
    never = tuple(resources.toml("prefill.toml")["never"].get(module.key, ()))
    return not never or not any(name.startswith(never) for name, tally in group.tallies.items() if tally)


def _answers(field: Field, words: str, groups: Sequence[Group]) -> Iterator[Told]:
    fact, _, how = words.partition(" ")
    seen = [s for g in groups for s in _seen(g, fact)]
    if not seen:
        return
    unit, source, files = unit_of(fact), seen[0].source, sum(g.files for g in groups)
    if how[:3] in ("min", "max"):
        tallies = [g.tally(fact) for g in groups]
        ends = [n for t in tallies for n in (t.low, t.high) if n is not None]
        if how.endswith("differing") and len(set(ends)) < _TWO:
            return
        value = fitted(field, (min if how.startswith("min") else max)(ends, default=None), unit)
    elif field.many or how == "each":
        value = listed(field, tuple(s.value for s in seen), unit)
    else:
        yield from _likeliest(field, seen, unit, agreed=how == "agreed")
        return
    if value is not None:
        yield Told(field.key, value, source, files)


def _likeliest(field: Field, seen: Sequence[Sighting], unit: str, *, agreed: bool) -> Iterator[Told]:
    """The value that most files say, and the others."""
    counted: dict[Any, list[Any]] = {}
    for one in seen:
        value = fitted(field, one.value, unit)
        if value is not None:
            row = counted.setdefault(value, [0, one.source])
            row[0] += one.files
    ranked = sorted(counted.items(), key=lambda row: (-row[1][0], row[1][1].file, str(row[0])))
    if ranked and not (agreed and len(ranked) > 1):
        value, (files, source) = ranked[0]
        yield Told(field.key, value, source, files, tuple((v, n, s.file) for v, (n, s) in ranked[1:]))


def _seen(group: Group, fact: str) -> tuple[Sighting, ...]:
    if fact == "instrument" and group.signature.instrument:
        return (Sighting(group.signature.instrument, group.files, group.source("instrument")),)
    if fact == "detector":
        return tuple(Sighting(wording.detector_name(s.value), s.files, s.source) for s in group.tally(fact).ranked())
    if fact == "objective" and group.signature.objective:
        return (Sighting(engraved(group.signature.objective), group.files, group.source("objective")),)
    return group.tally(fact).ranked()


# --- channels --------------------------------------------------------------------------------------------------------


def _channels(field: Field, table: Mapping[str, str], groups: Sequence[Group]) -> Iterator[Told]:
    """A row for each channel of which more than the name is known; only what all files agree on."""
    for group in groups:
        rows = []
        for name, alike in list(prose.channels(group).items())[:_MOST_CHANNELS]:
            row = {f.key: v for f in field.subfields if (v := _cell(f, table, name, alike)) is not None}
            if len(row) > 1:
                rows.append(row)
        if rows:
            yield Told(field.key, rows, group.source("channels"), group.files)


def _cell(field: Field, table: Mapping[str, str], name: str, alike: Sequence[Channel]) -> Any:
    fact = table.get(field.key, "")
    if fact == "name":
        return fitted(field, name)
    if fact not in _CHANNEL_FACTS:
        return None
    values = {getattr(c, fact) for c in alike}
    value = next(iter(values)) if len(values) == 1 else None
    return None if value in (None, "") else fitted(field, value, unit_of(fact))


# --- from values back to words ---------------------------------------------------------------------------------------


def atoms(module: Module, record: Mapping[str, Any], part: str) -> prose.Atoms:
    """What a record of a module says to a description of its image acquisition."""
    table: Mapping[str, Any] = resources.toml("prefill.toml")["details"].get(module.key, {})
    found: prose.Atoms = {}
    for field in module.fields:
        fact, value = table.get(field.key, ""), record.get(field.key)
        if is_empty(value):
            continue
        if isinstance(fact, Mapping):
            found |= _of_rows(field, fact, value) if part == "parameters" else {}
        elif fact:
            found |= _of_answer(field, fact.partition(" ")[0], _both(module, table, record, field), part, record)
        elif part == "parameters":
            found |= _own(module, field, value)
    return found


def _both(module: Module, table: Mapping[str, Any], record: Mapping[str, Any], field: Field) -> list[Any]:
    """The answer with the other end of its range, where two answers hold the ends of one fact."""
    fact = table[field.key].partition(" ")[0]
    ends = (f.key for f in module.fields if str(table.get(f.key, "")).partition(" ")[0] == fact)
    return [record[key] for key in ends if not is_empty(record.get(key))]


def _of_answer(field: Field, fact: str, values: list[Any], part: str, record: Mapping[str, Any]) -> prose.Atoms:
    words, value = prose.clause_of(part, fact), values[0]
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if fact == "objective":
        said = _lens(value, record)
    elif len(numbers) == len(values):
        said = wording.span(numbers, field.unit or "")
    else:
        said = wording.quantity(_scalar(value), field.unit or "")
    return {fact: ("", prose.clean(words.format(said)))} if words and said else {}


def _lens(value: Any, record: Mapping[str, Any]) -> str:
    """The objective with the aperture and immersion that stand beside it, where its name does not say them."""
    numbers = {k: v for k in ("magnification", "numerical_aperture") if isinstance(v := record.get(k), (int, float))}
    immersion = record.get("immersion")
    return wording.objective(
        Objective(
            str(value),
            numbers.get("magnification"),
            numbers.get("numerical_aperture"),
            immersion if isinstance(immersion, str) else None,
        )
    )


def _own(module: Module, field: Field, value: Any) -> prose.Atoms:
    table: Mapping[str, str] = resources.toml("prefill.toml")["written"].get(module.key, {})
    words, said = table.get(field.key), wording.quantity(_scalar(value), field.unit or "")
    return {f"{module.key}.{field.key}": ("", prose.clean(words.format(said)))} if words and said else {}


def _of_rows(field: Field, table: Mapping[str, str], value: Any) -> prose.Atoms:
    found: prose.Atoms = {}
    for at, row in enumerate(items(value)):
        if isinstance(row, Mapping):
            channel = _channel(field, table, row)
            found |= prose.of_channel(prose.called(channel, at), [channel])
    return found


def _channel(field: Field, table: Mapping[str, str], row: Mapping[str, Any]) -> Channel:
    known: dict[str, Any] = {}
    for cell in field.subfields:
        fact, value = table.get(cell.key, ""), row.get(cell.key)
        if fact not in _CHANNEL_FACTS or is_empty(value):
            continue
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            known[fact] = converted(value, cell.unit or "", unit_of(fact))
        else:
            known[fact] = str(value)
    return Channel(**known)


def _scalar(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("label") or value.get("value") or value.get("name")
    return value if isinstance(value, (str, int, float)) else None


# --- records ---------------------------------------------------------------------------------------------------------


def detail_places(draft: Draft, module: Module, found: Sequence[Place], names: Mapping[str, str]) -> tuple[Place, ...]:
    """The record of a module for each image acquisition: the one that refers to it, else the one filled from its files
    before, else an empty one that refers to none, else a new one."""
    reference = acquired(module)
    records = [r if isinstance(r, Mapping) else {} for r in items(draft.get(module.key))]
    free, out = set(range(len(records))), []
    refers = [r.get(reference.key) if reference else None for r in records]
    gone = set(draft.dismissed.get(module.key, ()))
    for acquisition in found:
        called = names.get(acquisition.path)
        tries = (
            [at for at in sorted(free) if called and refers[at] == called],
            [at for at in sorted(free) if _files(draft, f"{module.key}[{at}]") & acquisition.group.witnesses],
            [at for at in sorted(free) if is_empty(refers[at]) and (len(found) == 1 or is_empty(records[at]))],
        )
        at = next((choice[0] for choice in tries if choice), None)
        if at is None and not gone & acquisition.group.witnesses:
            at = len(records)
            records.append({})
            refers.append(None)
        if at is not None:
            free.discard(at)
            out.append(Place(f"{module.key}[{at}]", acquisition.group))
    return tuple(out)


def _files(draft: Draft, record: str) -> set[str]:
    pattern = re.compile(re.escape(record) + r"[.\[]")
    own = (o for p, o in draft.origins.items() if pattern.match(p) and o.kind is OriginKind.HEADER)
    return {o.file for o in own if o.file}
