"""Strict reading of answers: what has another shape than the service documents counts as absent, and texts are short.

Answers come from outside: nothing in them may be a control sign, endless, or of another kind than expected.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_LONGEST = 600
_MOST = 500  # items of a list that are looked at
_TAG = re.compile(r"<[^<>]{0,200}>")


def at(tree: Any, *keys: str | int) -> Any:
    """The value below ``keys``; None where there is none."""
    for key in keys:
        if isinstance(key, int):
            tree = tree[key] if isinstance(tree, list) and -len(tree) <= key < len(tree) else None
        else:
            tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def items(tree: Any, *keys: str | int) -> list[Any]:
    """The list below ``keys``; empty where there is none."""
    found = at(tree, *keys)
    return found[:_MOST] if isinstance(found, list) else []


def text(tree: Any, *keys: str | int, longest: int = _LONGEST) -> str:
    """A text in one line, without mark-up; empty where there is none."""
    found = at(tree, *keys)
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        return ""
    raw = html.unescape(_TAG.sub("", str(found)[: longest * 4]))
    plain = "".join(
        " " if c.isspace() else c for c in raw if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf")
    )
    short = " ".join(plain.split())
    return short if len(short) <= longest else short[: longest - 1] + "…"


def number(tree: Any, *keys: str | int) -> float | None:
    """A finite number above zero; None where there is none."""
    found = at(tree, *keys)
    good = isinstance(found, (int, float)) and not isinstance(found, bool) and 0 < found < 1e9
    return float(found) if good else None


def year(tree: Any, *keys: str | int) -> int | None:
    """A year between 1500 and 2199."""
    found = re.match(r"(1[5-9]\d\d|2[01]\d\d)(?!\d)", text(tree, *keys))
    return int(found[1]) if found else None
