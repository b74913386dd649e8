"""Whether a question is asked here: the conditions of the profiles (``when``), looked up in the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from depositor.draft.paths import is_empty
from depositor.form.fields import Condition, Field


def holds(field: Field, record: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """True where ``field`` is asked in ``record``; ``metadata`` is the whole description. Never raises."""
    return all_hold(field.when, record, metadata)


def all_hold(when: tuple[Condition, ...], record: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """True where every condition holds; without any, too."""
    return all(_met(one, record, metadata) for one in when)


def _met(condition: Condition, record: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    within = "." not in condition.of
    given = tuple(_below(record if within else metadata, tuple(condition.of.split("."))))
    if condition.filled is not None:
        return bool(given) is condition.filled
    if condition.any_of:
        return any(value in condition.any_of for value in given)
    return not any(value in condition.none_of for value in given)


def _below(tree: Any, keys: tuple[str, ...]) -> Iterator[Any]:
    """Every answer that says something below ``keys``, lists gone through; of a term its identifier and its label."""
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        for one in tree:
            yield from _below(one, keys)
    elif keys:
        if isinstance(tree, Mapping):
            yield from _below(tree.get(keys[0]), keys[1:])
    elif isinstance(tree, Mapping):
        known = [v for v in (tree.get("id"), tree.get("label")) if not is_empty(v)]
        yield from known or ([] if is_empty(tree) else [True])
    elif not is_empty(tree):
        yield tree
