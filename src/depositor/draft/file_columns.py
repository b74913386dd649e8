"""Columns that say something of each file, as rules in the draft: patterns over names, rules on other columns, values
typed for single files. Window, file lists and checks evaluate them by this one module.

The shape in ``Draft.columns`` (all but ``name`` and one source may be missing)::

    {"name": "Genotype", "study_component": "..." | "annotations": "...",
     "from": {"pattern": "..."} | {"patterns": ["...", "..."], "template": "raw/{stem}.tif"},
     "clean": {"strip_zeros": true, "case": "lower|upper", "rename": {"ctl": "control"}},
     "rules": [{"if": {"Genotype": "wt"}, "files": "raw/a/**", "value": "Wild type cells"}],
     "values": {"raw/a.tif": "x"}, "refers_to": "biosample"}

A value for the file itself comes first, then the first rule that holds, then the first pattern that matches, cleaned.
``refers_to`` names the module whose records the values are; of ``study_component`` and ``annotations`` the column
decides in which list a file stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from depositor.draft import name_patterns
from depositor.draft.name_patterns import NamePattern, nfc

HOMES = ("study_component", "annotations")  # modules whose records own files
Row = Mapping[str, str]


def object_path(path: str) -> str:
    """The path of the chunked image (``a.ome.zarr``, ``a.n5``) that a file is a part of, else the path itself."""
    if ".zarr/" not in path and ".n5/" not in path:
        return path
    ends = [at + len(end) for end in (".zarr/", ".n5/") if (at := path.find(end)) >= 0]
    return path[: min(ends) - 1] if ends else path


@dataclass(frozen=True, slots=True)
class Cleaning:
    """How the raw values of a column become those that are told."""

    strip_zeros: bool = False
    case: str = ""
    rename: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, raw: str) -> str:
        out = raw
        if self.strip_zeros and out[:1] == "0" and out.isdigit():
            out = out.lstrip("0") or "0"
        if self.case:
            out = out.lower() if self.case == "lower" else out.upper()
        return self.rename.get(out, self.rename.get(raw, out))


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions must hold: values of other columns, and a pattern that the file matches."""

    value: str
    conditions: Mapping[str, str] = field(default_factory=dict)
    files: NamePattern | None = None

    def holds(self, path: str, row: Row) -> bool:
        if self.files is not None and self.files.match(path) is None:
            return False
        return all(row.get(name, "") == wanted for name, wanted in self.conditions.items())


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column. ``group`` is the title of the data set or annotations it is for, None for all files."""

    name: str
    group: str | None = None
    patterns: tuple[NamePattern, ...] = ()
    template: str = ""
    cleaning: Cleaning = Cleaning()
    rules: tuple[Rule, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    refers_to: str | None = None

    def value(self, origin: str, told: str | None = None, row: Row | None = None) -> str:
        """What the column says of a file; empty where it says nothing.

        Typed values and templates know the file by ``origin``, patterns read ``told``, the path that may be told to
        others (``origin`` where it is None); ``row`` holds the columns before this one.
        """
        path = object_path(nfc(origin))
        if path in self.values:
            return self.values[path]
        read = path if told is None or self.template else object_path(nfc(told))
        for rule in self.rules:
            if rule.holds(path, row or {}):
                return rule.value
        raw = self.raw(read)
        return self.cleaning(raw) if raw else ""

    def raw(self, path: str) -> str:
        """What the patterns alone give, before cleaning."""
        for pattern in self.patterns:
            found = pattern.match(path)
            if found and self.template:
                return name_patterns.filled(self.template, {n: found[g] for n, g in pattern.places.items()})
            place = self.name_in(pattern) if found else ""
            if found and place:
                return found[pattern.places[place]]
        return ""

    def name_in(self, pattern: NamePattern) -> str:
        """The place of ``pattern`` that is this column; empty where it has none."""
        name = nfc(self.name)
        return name if name in pattern.places else ""


def columns_of(columns: Any) -> tuple[FileColumn, ...]:
    """The columns of a document; one that has no name or no source is left out. Never raises."""
    each = (column_of(c) for c in columns if isinstance(c, Mapping)) if isinstance(columns, (list, tuple)) else ()
    return tuple(c for c in each if c is not None)


def column_of(data: Mapping[str, Any]) -> FileColumn | None:
    """One column, or None where it has no name or nothing says its values."""
    name = _text(data.get("name"))
    source = data.get("from")
    found = source if isinstance(source, Mapping) else {}
    rules = tuple(filter(None, (_rule(r) for r in _list(data.get("rules")) if isinstance(r, Mapping))))
    values = {nfc(str(path)): _text(v) for path, v in _pairs(data.get("values")) if _text(v)}
    template = _text(found.get("template"))
    made = [name_patterns.parsed(p) for p in _patterns(found)]
    patterns = tuple(p for p in made if template or nfc(name) in p.places)
    if not name or not (patterns or rules or values):
        return None
    group = _text(data.get("study_component")) or _text(data.get("annotations")) or None
    refers = _text(data.get("refers_to")) or None
    return FileColumn(name, group, patterns, template, _cleaning(data.get("clean")), rules, values, refers)


def evaluate(columns: Iterable[FileColumn], origin: str, told: str | None = None) -> dict[str, str]:
    """Name -> value of every column that says something of a file, in their order; later columns of one name fill what
    earlier ones left open."""
    row: dict[str, str] = {}
    for column in columns:
        if not row.get(column.name):
            value = column.value(origin, told, row)
            if value:
                row[column.name] = value
    return row


def home_rules(columns: Any) -> Callable[[str, bool], tuple[str, str] | None]:
    """Which list the rules put a file into: (module, title of its record), or None where no rule says it.

    Asked with the path of a file and whether its folder was given to annotations: such a file stays an annotation,
    whatever its name has in common with the images of a data set.
    """
    all_columns = columns_of(columns)
    homes = [c for c in all_columns if c.refers_to in HOMES]
    if not homes:
        return lambda _path, _annotated: None
    needed = {name for c in homes for r in c.rules for name in r.conditions}
    before = [c for c in all_columns if c.name in needed and c.refers_to not in HOMES]

    def home(path: str, annotated: bool) -> tuple[str, str] | None:
        row = evaluate(before, path)
        asked = (c for c in homes if not annotated or c.refers_to == "annotations")
        found = ((str(c.refers_to), c.value(path, None, row)) for c in asked)
        return next((pair for pair in found if pair[1]), None)

    return home


def homes_named(columns: Any) -> frozenset[tuple[str, str]]:
    """(module, title) of every record that a rule puts files into."""
    homes = [c for c in columns_of(columns) if c.refers_to in HOMES]
    return frozenset((str(c.refers_to), v) for c in homes for v in (*(r.value for r in c.rules), *c.values.values()))


def told_texts(columns: Any, most: int = 1_000) -> list[str]:
    """The texts in columns that a person typed, each once: headings, values of single files, other ways to write one.
    They are published like answers of the form."""
    found: dict[str, None] = {}
    for data in _list(columns):
        if isinstance(data, Mapping):
            clean = data.get("clean")
            rename = clean.get("rename") if isinstance(clean, Mapping) else None
            texts = (data.get("name"), *(v for _, v in (*_pairs(data.get("values")), *_pairs(rename))))
            found |= dict.fromkeys(t for t in map(_text, texts) if t)
    return list(found)[:most]


def renamed(column: Mapping[str, Any], module: str, old: str, new: str) -> Mapping[str, Any]:
    """A column whose references to the record ``old`` of ``module`` follow its new name."""
    out = dict(column)
    if module in HOMES and out.get(module) == old:
        out[module] = new
    if out.get("refers_to") == module:
        rules = _list(out.get("rules"))
        if rules:
            out["rules"] = [
                {**r, "value": new} if isinstance(r, Mapping) and r.get("value") == old else r for r in rules
            ]
        if _pairs(out.get("values")):
            out["values"] = {p: new if v == old else v for p, v in _pairs(out["values"])}
    return out


def _patterns(source: Mapping[str, Any]) -> list[str]:
    many = [_text(p) for p in _list(source.get("patterns"))]
    return [p for p in (_text(source.get("pattern")), *many) if p]


def _rule(data: Mapping[str, Any]) -> Rule | None:
    value, files = _text(data.get("value")), _text(data.get("files"))
    conditions = {str(k): str(v) for k, v in _pairs(data.get("if"))}
    if not value or not (conditions or files):
        return None
    return Rule(value, conditions, name_patterns.parsed(files) if files else None)


def _cleaning(data: Any) -> Cleaning:
    if not isinstance(data, Mapping):
        return Cleaning()
    case = _text(data.get("case"))
    rename = {str(k): _text(v) for k, v in _pairs(data.get("rename")) if _text(v)}
    return Cleaning(data.get("strip_zeros") is True, case if case in ("lower", "upper") else "", rename)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []
