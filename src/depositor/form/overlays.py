"""What can be taken from other answers (``from`` and ``default`` in the profiles) is offered, not asked again.

An archive wants a corresponding author: one of the authors is. Every offer has the origin "proposed", so a person sees
where it comes from, can change it, and is never overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from depositor.draft.answer import Origin, OriginKind, Proposal
from depositor.draft.draft import Draft
from depositor.draft.paths import is_empty
from depositor.form.fields import Field, Form, Kind, Module, Source
from depositor.form.rewording import REWORDINGS
from depositor.form.spots import items

_MOST = 50  # records that are offered at once: nobody reads more
_DEFAULT = Origin(OriginKind.DEFAULT)


def offers(form: Form, draft: Draft) -> tuple[Proposal, ...]:
    """A proposal for each question that other answers settle and that has no answer of a person.

    References are only offered where there is one record to choose. Pure, and the same answers give the same offers.
    Changing an answer changes what is offered for it, as long as no person touched the offer.
    """
    found = (p for module in form.modules for p in _of_module(module, draft))
    return tuple(p for p in found if p.value != draft.get(p.path))


def _of_module(module: Module, draft: Draft) -> Iterator[Proposal]:
    if not any(f.source for f in module.fields):
        return
    records = items(draft.get(module.key)) if module.repeats else (draft.get(module.key) or {},)
    for at, record in enumerate(records):
        base = f"{module.key}[{at}]" if module.repeats else module.key
        for field in module.fields:
            path = f"{base}.{field.key}"
            if field.source and isinstance(record, Mapping) and _open(draft, path):
                value = _value(field, field.source, draft.metadata, draft.metadata)
                if not is_empty(value):
                    yield Proposal(path, value, _DEFAULT)


def _open(draft: Draft, path: str) -> bool:
    """True where nothing stands, or only what was offered before and nobody touched."""
    if is_empty(draft.get(path)):
        return True
    origin = draft.origin(path)
    return origin is not None and origin.kind is OriginKind.DEFAULT and not draft.is_persons(path)


# --- one answer ------------------------------------------------------------------------------------------------------


def _value(field: Field, source: Source, here: Any, tree: Mapping[str, Any]) -> Any:
    """The answer to ``field`` out of ``here``; ``tree`` is the whole description. None where nothing is found."""
    found = next((f for path in source.paths if (f := _found(path, here, tree))), [])
    if field.kind is Kind.REFERENCE and here is tree and len(found) != 1:
        return None
    if field.subfields:
        return _records(field, source, found, tree)
    table = dict(source.table)
    values = [table.get(str(v), None if table else v) for v in found]
    kept = [_fitting(field, v) for v in values if not is_empty(v)]
    kept = [v for v in kept if not is_empty(v)]
    if not kept:
        return list(source.default) if isinstance(source.default, tuple) else source.default
    return list(dict.fromkeys(kept))[:_MOST] if field.many else kept[0]


def _records(field: Field, source: Source, found: Sequence[Any], tree: Mapping[str, Any]) -> Any:
    chosen = _preferred(found, source)[: _MOST if field.many else 1]
    made = [r for one in chosen if (r := _record(field, one, tree))]
    return made if field.many else made[0] if made else None


def _preferred(found: Sequence[Any], source: Source) -> Sequence[Any]:
    """The records that the profile prefers; without such, the first, or all, as it says."""
    if source.prefer is None:
        return found
    key, wanted = source.prefer
    best = [r for r in found if isinstance(r, Mapping) and wanted in items(r.get(key))]
    return best or ([] if source.only_preferred else found[:1])


def _record(field: Field, here: Any, tree: Mapping[str, Any]) -> dict[str, Any]:
    made = {f.key: _value(f, f.source, here, tree) for f in field.subfields if f.source}
    taken = {f.key for f in field.subfields if f.source and f.source.paths and not is_empty(made[f.key])}
    return {k: v for k, v in made.items() if not is_empty(v)} if taken else {}


def _found(path: str, here: Any, tree: Mapping[str, Any]) -> list[Any]:
    """The answers at a path of a profile; several keys joined by ``+`` become one text with a comma."""
    plain, _, rewording = path.partition("|")
    start = tree if plain.startswith("/") else here
    if "+" in plain:
        parts = [next(iter(_below(here, (key,))), "") for key in plain.split("+")]
        return [", ".join(str(p) for p in parts)] if all(parts) else []
    keys = tuple(k for k in plain.lstrip("/").split(".") if k)
    values = list(_below(start, keys))
    if plain.startswith("/") and len(values) != 1:
        return []  # several ways of acquisition: which of them belongs here is not known
    return list(_below(list(map(REWORDINGS[rewording], values)), ())) if rewording else values


def _below(tree: Any, keys: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        for one in tree:
            yield from _below(one, keys)
    elif keys:
        if isinstance(tree, Mapping):
            yield from _below(tree.get(keys[0]), keys[1:])
    elif not is_empty(tree):
        yield tree


def _fitting(field: Field, value: Any) -> Any:
    """The value in the shape of the field: the label of a term for a text, nothing for a record in its place."""
    if isinstance(value, Mapping):
        return value if field.kind in (Kind.TERM, Kind.TEXT_OR_TERM, Kind.TAXON) else value.get("label")
    return value
