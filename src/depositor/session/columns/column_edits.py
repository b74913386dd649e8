"""Changes of the columns of files in a draft, as pure functions: each makes one step that can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from depositor.draft.draft import Draft
from depositor.draft.file_columns import HOMES
from depositor.draft.name_patterns import nfc, place_name
from depositor.session.columns.file_columns import name_key, record_names

MOST_VALUES = 20_000  # typed or pasted values of one column that a draft keeps
COLUMN_OF = {
    "study_component": "Study component",
    "annotations": "Annotations",
    "biosample": "Biosample",
    "specimen": "Specimen",
    "image_acquisition": "Image acquisition",
}
"""Headings of the columns that assign files to records; they are data, and stay English like other headings."""
Data = Mapping[str, Any]


def find(draft: Draft, name: str) -> Data | None:
    """The column of this name."""
    return next((c for c in draft.columns if c.get("name") == name), None)


def with_pattern(draft: Draft, name: str, pattern: str) -> Draft:
    """One more pattern for the column ``name``, which is made if needed."""
    return _put(draft, name, lambda c: _with_patterns(c, [*patterns(c), pattern]))


def with_patterns(draft: Draft, name: str, rules: Sequence[str], *, strip_zeros: bool = False) -> Draft:
    """The column ``name`` with these patterns instead of its own."""

    def change(column: dict[str, Any]) -> dict[str, Any]:
        made = _with_patterns(column, rules)
        return {**made, "clean": {**made.get("clean", {}), "strip_zeros": True}} if strip_zeros else made

    return _put(draft, name, change)


def patterns(column: Data) -> list[str]:
    """The patterns of a column, the first that fits counts."""
    source = column.get("from")
    found = source if isinstance(source, Mapping) else {}
    many = found.get("patterns")
    each = (found.get("pattern"), *(many if isinstance(many, (list, tuple)) else ()))
    return [p for p in each if isinstance(p, str) and p]


def _with_patterns(column: dict[str, Any], rules: Sequence[str]) -> dict[str, Any]:
    kept = list(dict.fromkeys(r for r in rules if r.strip()))
    if not kept:
        return {k: v for k, v in column.items() if k != "from"}
    return {**column, "from": {"pattern": kept[0]} if len(kept) == 1 else {"patterns": kept}}


def with_cleaning(draft: Draft, name: str, *, strip_zeros: bool, case: str, rename: Mapping[str, str]) -> Draft:
    """How the values of a column are told."""
    pairs = {"strip_zeros": strip_zeros, "case": case, "rename": {k: v.strip() for k, v in rename.items() if v.strip()}}
    clean = {k: v for k, v in pairs.items() if v}

    def change(column: dict[str, Any]) -> dict[str, Any]:
        rest = {k: v for k, v in column.items() if k != "clean"}
        return {**rest, "clean": clean} if clean else rest

    return _put(draft, name, change)


def with_renamed_value(draft: Draft, name: str, raw: str, told: str) -> Draft:
    """One value of a column told another way; an empty ``told`` takes that back."""
    column = find(draft, name) or {}
    clean = column.get("clean") or {}
    rename = {**(clean.get("rename") or {}), raw: told}
    return with_cleaning(
        draft, name, strip_zeros=bool(clean.get("strip_zeros")), case=str(clean.get("case") or ""), rename=rename
    )


def with_values(draft: Draft, name: str, values: Mapping[str, str]) -> Draft:
    """Values for single files, put over those that are there; an empty one takes the file's own value away.

    ValueError where the draft would hold more than ``MOST_VALUES`` of them: a rule says it shorter.
    """
    own = dict((find(draft, name) or {}).get("values") or {})
    own |= {nfc(path): value.strip() for path, value in values.items()}
    kept = {path: value for path, value in own.items() if value}
    if len(kept) > MOST_VALUES:
        raise ValueError("too many values")

    def change(column: dict[str, Any]) -> dict[str, Any]:
        rest = {k: v for k, v in column.items() if k != "values"}
        return {**rest, "values": kept} if kept else rest

    return _put(draft, name, change)


def for_group(draft: Draft, name: str, module: str, title: str | None) -> Draft:
    """Show the column in the list of one data set or annotations only; in all lists where ``title`` is None."""

    def change(column: dict[str, Any]) -> dict[str, Any]:
        rest = {k: v for k, v in column.items() if k not in HOMES}
        return {**rest, module: title} if title else rest

    return _put(draft, name, change)


def renamed(draft: Draft, name: str, new: str) -> Draft:
    """The column under another heading; its patterns and the rules that ask for it follow."""
    heading = place_name(new)
    if not heading or heading == name or find(draft, heading) is not None:
        return draft
    old_place, out = place_name(name), []
    for column in draft.columns:
        changed = dict(column)
        if column.get("name") == name:
            changed = _with_patterns(changed, [_replaced(p, old_place, heading) for p in patterns(column)])
            changed["name"] = heading
        rules = changed.get("rules")
        if isinstance(rules, (list, tuple)):
            changed["rules"] = [_rule_renamed(r, name, heading) for r in rules]
        out.append(changed)
    return replace(draft, columns=tuple(out))


def _replaced(pattern: str, old: str, new: str) -> str:
    for kind in ("", ":digits", ":letters", ":number", ":part", ":path"):
        pattern = pattern.replace(f"{{{old}{kind}}}", f"{{{new}{kind}}}")
    return pattern


def _rule_renamed(rule: Any, old: str, new: str) -> Any:
    asked = rule.get("if") if isinstance(rule, Mapping) else None
    if not isinstance(asked, Mapping) or old not in asked:
        return rule
    return {**rule, "if": {new if k == old else k: v for k, v in asked.items()}}


def without(draft: Draft, name: str) -> Draft:
    """The draft without the column."""
    return replace(draft, columns=tuple(c for c in draft.columns if c.get("name") != name))


# --- assignments -----------------------------------------------------------------------------------------------------


def assigned(
    draft: Draft, module: str, record: str, *, files: str = "", when: Mapping[str, str] | None = None
) -> Draft:
    """All files that match ``files`` (a pattern) and for which the columns say ``when`` belong to ``record``.

    A new rule goes before older ones: what was said last counts. The same condition said again replaces the old rule.
    """
    rule: dict[str, Any] = {"if": dict(when)} if when else {}
    if files:
        rule["files"] = files
    if not rule or not record:
        return draft
    rule["value"] = record

    def change(column: dict[str, Any]) -> dict[str, Any]:
        others = [r for r in column.get("rules") or () if not _same_condition(r, rule)]
        return {**column, "refers_to": module, "rules": [rule, *others]}

    moved = replace(draft, columns=tuple(c for c in draft.columns if c.get("refers_to") != module))
    own = next((c for c in draft.columns if c.get("refers_to") == module), None)
    kept = replace(moved, columns=(*moved.columns, own)) if own else draft  # after the columns that its rules ask for
    return _put(kept, str(own["name"]) if own else COLUMN_OF.get(module, module), change)


def with_record(draft: Draft, module: str, name: str) -> Draft:
    """The draft with a record of ``module`` called ``name``: one that is there, or a new one that has only its name."""
    if name in record_names(draft, module):
        return draft
    at = len(draft.get(module) or ())
    return draft.add_record(module).answer(f"{module}[{at}].{name_key(module)}", name)


def rules(draft: Draft, module: str) -> list[Data]:
    """The rules that assign files to the records of a module, in their order."""
    own = next((c for c in draft.columns if c.get("refers_to") == module), None)
    return [r for r in (own.get("rules") or ()) if isinstance(r, Mapping)] if own else []


def without_rule(draft: Draft, module: str, at: int) -> Draft:
    """The draft without one of these rules."""
    own = next((c for c in draft.columns if c.get("refers_to") == module), None)
    if own is None:
        return draft
    left = [r for n, r in enumerate(rules(draft, module)) if n != at]
    if not left and not own.get("values"):
        return without(draft, str(own["name"]))
    return _put(draft, str(own["name"]), lambda c: {**c, "rules": left})


def _same_condition(one: Any, other: Mapping[str, Any]) -> bool:
    same = isinstance(one, Mapping)
    return same and (one.get("if") or {}, one.get("files") or "") == (other.get("if") or {}, other.get("files") or "")


def _put(draft: Draft, name: str, change: Any) -> Draft:
    """The draft with one column changed, or made; one that says nothing any more goes."""
    old = find(draft, name)
    new = change(dict(old) if old else {"name": name})
    says = any(new.get(k) for k in ("from", "values", "rules"))
    if old is None:
        return replace(draft, columns=(*draft.columns, new)) if says else draft
    each = (new if c is old else c for c in draft.columns)
    return replace(draft, columns=tuple(c for c in each if c is not new or says))
