"""What the names of a draft's files offer: columns that they seem to hold, and the pattern of a chosen part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.draft import Draft
from depositor.draft.file_columns import columns_of
from depositor.draft.name_patterns import nfc, parsed
from depositor.session.columns.file_columns import Names, stopped_by

if TYPE_CHECKING:
    from depositor.form.names.name_meanings import Suggestion

_WHILE_TYPING = 400  # names that are looked at between two keys


def suggested(names: Names, draft: Draft, cancel: Cancel) -> list[Suggestion]:
    """Columns that the names seem to hold. Stopped when cancelled."""
    from depositor.form.names import name_meanings

    taken = [c.name for c in columns_of(draft.columns)]
    found = name_meanings.suggestions(sampled(names.paths), taken, lambda: bool(cancel))
    stopped_by(cancel)
    return found


def sampled(paths: Sequence[str], most: int = 1_500) -> list[str]:
    """Names from all over the study."""
    step = max(1, len(paths) // most)
    return list(paths[::step][:most])


def examples(names: Names, most: int = 4) -> list[str]:
    """Names that stand for the naming schemes of a study: one of each of the most frequent shapes."""
    shapes: dict[str, list[str]] = {}
    for path in sampled(names.paths, 3_000):
        shapes.setdefault(_scheme(path), []).append(path)
    ordered = sorted(shapes.values(), key=len, reverse=True)
    return [group[len(group) // 2] for group in ordered[:most]]


def _scheme(path: str) -> str:
    out = ""
    for c in path:
        kind = "0" if c.isdigit() else "a" if c.isalpha() else c
        if not out or out[-1] != kind:
            out += kind
    return out


def folders(names: Names, most: int = 500) -> list[str]:
    """The folders of a study with those above them, in order; bounded."""
    found: dict[str, None] = {}
    for path in names.paths:
        folder = path.rpartition("/")[0]
        if folder and folder not in found:
            found[folder] = None
            if len(found) == most:
                break
    return sorted({"/".join(f.split("/")[:n]) for f in found for n in range(1, 2 + f.count("/"))})


def learnt(names: Names, chosen: Sequence[tuple[str, int, int]], column: str) -> str | None:
    """The pattern of ``column`` from chosen parts (path, start, end); None where no one pattern gives them all."""
    from depositor.form.names.name_parts import Example, learn

    try:
        return learn([Example(*one) for one in chosen], column, sampled(names.paths, _WHILE_TYPING))
    except ValueError:
        return None


def tried(names: Names | None, rule: str, column: str) -> tuple[list[str], int, int]:
    """A few values that a pattern gives, and in how many of how many names: quick enough to ask while one types."""
    told = sampled(names.paths, _WHILE_TYPING) if names else []
    pattern = parsed(rule)
    found = Counter((pattern.read(path) or {}).get(nfc(column), "") for path in told)
    found.pop("", None)
    return [value for value, _ in found.most_common(5)], found.total(), len(told)
