"""Which attributes an information object must have, so that taking one out leaves the object valid."""

from __future__ import annotations

import functools
from typing import Any

from depositor import resources

TABLE = "privacy/dicom-needs.json"


@functools.cache
def _table() -> tuple[dict[str, str], dict[int, dict[str, frozenset[str]]]]:
    data: dict[str, Any] = resources.json_data(TABLE)
    needs = {int(tag, 16): {kind: frozenset(v) for kind, v in each.items()} for tag, each in data["needs"].items()}
    return data["classes"], needs


def known(sop_class: str) -> bool:
    """True for classes of objects that the table describes."""
    return sop_class in _table()[0]


def of(sop_class: str, tag: int) -> int:
    """1 where objects of the class need a value in ``tag`` at the top level, 2 where it may be empty, 3 if it may lack.

    Conditions of the standard count as met. For classes that nobody knows it is 1.
    """
    classes, needs = _table()
    if sop_class not in classes:
        return 1
    found = needs.get(tag, {})
    return next((int(kind) for kind in ("1", "2") if classes[sop_class] in found.get(kind, ())), 3)
