"""Columns of a file list that the user describes: a pattern over the names (``*_{Genotype}_t{Time}.tif``) or a table of
values for each path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from depositor.bundle.answers import record, text
from depositor.bundle.spelling import nfc

SOURCE_IMAGE = "source_image"
_TOKEN = re.compile(r"\{([^{}]+)\}|\*\*/?|\*|\?|[^{}*?]+|[{}]")


@dataclass(frozen=True, slots=True)
class Column:
    """One described column. ``group`` is the study component or annotation that it is for, None for all."""

    name: str
    group: str | None = None
    pattern: re.Pattern[str] | None = None
    whole_path: bool = False
    place: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def value(self, origin: str, told: str) -> str:
        """What the column says of a file; empty where it says nothing.

        The table of values knows it by ``origin``; a pattern reads ``told``, the path that may be told to others.
        """
        if nfc(origin) in self.values:
            return self.values[nfc(origin)]
        path = nfc(told)
        if self.pattern is None:
            return ""
        found = self.pattern.fullmatch(path if self.whole_path else path.rpartition("/")[2])
        return found[self.place] if found else ""


def described(columns: Any) -> tuple[Column, ...]:
    """The columns of a submission document; one that has no name or no source is left out."""
    each = (_column(c) for c in columns if isinstance(c, Mapping)) if isinstance(columns, (list, tuple)) else ()
    return tuple(c for c in each if c is not None)


def header(name: str) -> str:
    """The heading of a column as the archive knows it: one line, ``source_image`` in the spelling of the help page."""
    plain = cell(name)
    folded = plain.casefold().replace(" ", "_")
    if folded == SOURCE_IMAGE:
        return SOURCE_IMAGE
    return f"{plain} (column)" if folded == "files" else plain  # the first column alone is called Files


def cell(value: str) -> str:
    """A value on one line and without tabs: the tables know no quoting."""
    return " ".join(value.split()) if any(c in value for c in "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029") else value


def _column(data: Mapping[str, Any]) -> Column | None:
    name = text(data.get("name"))
    group = text(data.get("study_component")) or text(data.get("annotations")) or None
    source = data.get("from")
    rule = text(source.get("pattern")) if isinstance(source, Mapping) else ""
    values = {nfc(str(path)): text(v) for path, v in record(data.get("values")).items() if text(v)}
    if not name or not (rule or values):
        return None
    pattern, place = compiled(rule, name)
    return Column(header(name), group, pattern, "/" in rule, place, values)


def compiled(rule: str, name: str) -> tuple[re.Pattern[str] | None, str]:
    """A pattern as a regular expression, and the name of the place that is ``{name}`` in it.

    ``*`` and ``?`` match within one name, ``**`` over folders, ``{X}`` one or more characters of one name, as few as
    can be. (None, "") where the rule does not hold ``{name}``.
    """
    wanted, out, places = "", "", dict[str, str]()
    for token in _TOKEN.finditer(nfc(rule)):
        if token[1] is not None and token[1] in places:
            out += f"(?P={places[token[1]]})"  # the same place twice holds the same text
        elif token[1] is not None:
            places[token[1]] = f"p{len(places)}"
            out += f"(?P<{places[token[1]]}>[^/]+?)"
        else:
            out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token[0], re.escape(token[0]))
    wanted = places.get(nfc(name), "")
    return (re.compile(out, re.DOTALL), wanted) if wanted else (None, "")
