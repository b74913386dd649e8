"""Records and answers of another deposit for this one: what would come, and what would be replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form.fields import Asked, Field, Form, Kind, Module
from depositor.form.spots import items, name_of


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tick: a record of a module (``biosample[1]``) or an answer of one that does not repeat
    (``study.grant``). ``name`` is the record's own, empty for an answer."""

    path: str
    module: Module
    field: Field | None
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One answer that would be taken over. ``own`` is what stands there now; ``persons`` tells that a person said it,
    so that it is replaced only where she agrees."""

    path: str
    field: Field | None
    value: Any
    own: Any = None
    persons: bool = False


def choices(form: Form, source: Draft) -> tuple[Choice, ...]:
    """All that can be taken over, in the order of the form."""
    return tuple(choice for module in form.modules for choice in _of_module(module, source))


def _of_module(module: Module, source: Draft) -> Iterator[Choice]:
    value = source.metadata.get(module.key)
    if module.repeats:
        for at, row in enumerate(items(value)):
            if isinstance(row, Mapping) and not is_empty(row):
                yield Choice(f"{module.key}[{at}]", module, None, name_of(row, at), row)
        return
    for one in module.fields:
        said = value.get(one.key) if isinstance(value, Mapping) else None
        if one.asked is Asked.FORM and one.kind is not Kind.CONST and not is_empty(said):
            yield Choice(f"{module.key}.{one.key}", module, one, "", said)


def plan(target: Draft, chosen: Sequence[Choice]) -> tuple[Step, ...]:
    """What taking over ``chosen`` would do to ``target``, answer by answer; what is the same already is left out. A
    record goes to the one of the same name, else to an empty or a new one."""
    steps: list[Step] = []
    places: dict[str, int] = {}
    for choice in chosen:
        if choice.field is not None:
            steps += _steps(target, choice.path.rpartition(".")[0], {choice.field.key: choice.value}, choice.module)
            continue
        at = _place(target, choice, places)
        record = {k: v for k, v in choice.value.items() if _takes(choice.module.field(k))}
        steps += _steps(target, f"{choice.module.key}[{at}]", record, choice.module)
    return tuple(steps)


def _takes(one: Field | None) -> bool:
    """Files belong to their own study, and what the program works out it works out anew."""
    return one is None or (one.asked is Asked.FORM and one.kind not in (Kind.FILE, Kind.CONST))


def _place(target: Draft, choice: Choice, places: dict[str, int]) -> int:
    """The record of the target that a chosen one goes to; two of them never to the same."""
    key, rows = choice.module.key, items(target.get(choice.module.key))
    name = choice.module.name_key or "title"
    free = [n for n in range(len(rows)) if f"{key}[{n}]" not in places]
    same = (
        n
        for n in free
        if isinstance(rows[n], Mapping) and choice.value.get(name) and rows[n].get(name) == choice.value.get(name)
    )
    empty = (n for n in free if is_empty(rows[n]))
    new = max([len(rows), *(n + 1 for p, n in places.items() if p.startswith(f"{key}["))])
    at = next(same, next(empty, new))
    places[f"{key}[{at}]"] = at
    return at


def _steps(target: Draft, outer: str, record: Mapping[str, Any], module: Module) -> list[Step]:
    out = []
    for key, value in record.items():
        path = f"{outer}.{key}"
        own = target.get(path)
        if not is_empty(value) and own != value:
            persons = not is_empty(own) and target.is_persons(path)
            out.append(Step(path, module.field(key), value, None if is_empty(own) else own, persons))
    return out


def apply(target: Draft, steps: Sequence[Step], source: str, replaced: Collection[str] = ()) -> Draft:
    """The target with the steps taken; answers of a person only where their paths are among ``replaced``. ``source``
    names the other deposit, as the origin of each answer."""
    origin = Origin(OriginKind.TEMPLATE, key=source)
    for step in steps:
        if not step.persons or step.path in replaced:
            target = target.answer(step.path, step.value, origin)
    return target


def dangling(form: Form, draft: Draft) -> tuple[str, ...]:
    """The paths of references to records that the draft does not have: worth telling after a part was taken over."""
    out = []
    for module in form.modules:
        for at, row in enumerate(items(draft.metadata.get(module.key))):
            if isinstance(row, Mapping) and module.repeats:
                out += _lost(form, draft, module.fields, row, f"{module.key}[{at}]")
    return tuple(out)


def _lost(form: Form, draft: Draft, fields: Sequence[Field], row: Mapping[str, Any], outer: str) -> list[str]:
    out = []
    for one in fields:
        value, path = row.get(one.key), f"{outer}.{one.key}"
        if (
            one.kind is Kind.REFERENCE
            and isinstance(value, str)
            and value not in _names(form, draft, one.refers_to or "")
        ):
            out.append(path)
        elif one.subfields:
            rows = ((f"{path}[{n}]", r) for n, r in enumerate(items(value)) if isinstance(r, Mapping))
            out += [p for inner, r in rows for p in _lost(form, draft, one.subfields, r, inner)]
    return out


def _names(form: Form, draft: Draft, module: str) -> set[Any]:
    found = form.module(module)
    key = (found.name_key if found else None) or "title"
    return {r.get(key) for r in items(draft.get(module)) if isinstance(r, Mapping)} if module else set()
