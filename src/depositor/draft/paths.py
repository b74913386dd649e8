"""Paths of answers in the metadata tree: ``study.author[0].orcid``, ``biosample[1].organism``.

Trees are plain JSON values that are never changed in place: :func:`put` and :func:`drop` return new trees which share
what did not change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Key = str | int
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()


def parse(path: str) -> tuple[Key, ...]:
    """``a.b[2].c`` as ``("a", "b", 2, "c")``; ValueError for a path that is none."""
    keys: list[Key] = []
    end = 0
    for match in _STEP.finditer(path):
        if path[end : match.start()] not in ("", "."):
            break
        keys.append(match[1] if match[1] is not None else int(match[2]))
        end = match.end()
    if end != len(path) or not keys:
        raise ValueError(f"not a path: {path!r}")
    return tuple(keys)


def join(keys: Sequence[Key]) -> str:
    """The opposite of :func:`parse`."""
    out = ""
    for key in keys:
        out += f"[{key}]" if isinstance(key, int) else (f".{key}" if out else key)
    return out


def get(tree: Any, path: str, default: Any = None) -> Any:
    """The value at ``path``, or ``default`` where the tree has none."""
    for key in parse(path):
        if isinstance(key, int):
            if not isinstance(tree, Sequence) or isinstance(tree, str) or key >= len(tree):
                return default
            tree = tree[key]
        else:
            if not isinstance(tree, Mapping) or key not in tree:
                return default
            tree = tree[key]
    return tree


def put(tree: Any, path: str, value: Any) -> Any:
    """A tree with ``value`` at ``path``; records and lists on the way are made, a list is filled up with ``{}``."""
    return _put(tree, parse(path), value)


def _put(tree: Any, keys: tuple[Key, ...], value: Any) -> Any:
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(key, int):
        items = list(tree) if isinstance(tree, Sequence) and not isinstance(tree, str) else []
        items += [{} for _ in range(key + 1 - len(items))]
        items[key] = _put(items[key], rest, value)
        return items
    record = dict(tree) if isinstance(tree, Mapping) else {}
    record[key] = _put(record.get(key), rest, value)
    return record


def drop(tree: Any, path: str) -> Any:
    """A tree without the value at ``path``; a list closes the gap; nothing happens where there is no such value."""
    if get(tree, path, MISSING) is MISSING:
        return tree
    return _drop(tree, parse(path))


def _drop(tree: Any, keys: tuple[Key, ...]) -> Any:
    key, rest = keys[0], keys[1:]
    if isinstance(key, int):
        items = list(tree)
        if rest:
            items[key] = _drop(items[key], rest)
        else:
            del items[key]
        return items
    record = dict(tree)
    if rest:
        record[key] = _drop(record[key], rest)
    else:
        del record[key]
    return record


def leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every text, number and truth value of a tree with its path; ontology terms and the like come apart."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(tree, Sequence) and not isinstance(tree, str):
        for at, value in enumerate(tree):
            yield from leaves(value, f"{prefix}[{at}]")
    else:
        yield prefix, tree


def is_empty(value: Any) -> bool:
    """True for what says nothing: None, blank text, an empty list or record, or one of only such values."""
    kind = type(value)
    if kind is str:
        return not value or value.isspace()
    if kind in _SCALARS:
        return value is None
    if kind is dict or isinstance(value, Mapping):
        return all(map(is_empty, value.values()))
    if kind is list or (isinstance(value, Sequence) and not isinstance(value, str)):
        return all(map(is_empty, value))
    return isinstance(value, str) and not value.strip()


_SCALARS = frozenset((type(None), bool, int, float))  # asked for thousands of times while somebody types
