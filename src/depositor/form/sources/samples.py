"""Rows of samples as ISA-Tab and IDR write them (``Characteristics [Organism]``) as biosamples, each kind once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from depositor.draft.message import msg
from depositor.form.sources.source import without_blanks
from depositor.form.workbook.reading import NotTaken

_NAMED = re.compile(
    r"(characteristics|factor value|experimental condition|comment|parameter value)\s*\[\s*(.*?)\s*\]", re.IGNORECASE
)
_ORGANISM = ("organism", "species")
_ENTITY = ("cell line", "cell line or strain", "strain", "cell type", "organism part", "tissue")
_MOST = 500


def samples(rows: Sequence[Sequence[str]], place: str) -> tuple[dict[str, Any], list[NotTaken]]:
    """(tree with biosamples, what is not taken over). The first row has the headings."""
    if not rows:
        return {}, []
    headings = list(rows[0])
    varied = _varied(headings, rows)
    found: dict[tuple[str, str, tuple[str, ...]], dict[str, Any]] = {}
    for row in rows[1:]:
        if row and row[0].startswith("#"):
            continue
        record = _sample(headings, row, varied)
        if record:
            key = (
                str(record.get("organism")),
                str(record.get("biological_entity")),
                tuple(record.get("intrinsic_variable", ())),
            )
            held = found.setdefault(key, record)
            _join(held, record)
        if len(found) > _MOST:
            break
    why = msg("source.samples.unused", "It says something of single files or steps, not of the sample.")
    used = {h for h in headings if _NAMED.fullmatch(h) or "Term" in h or h in ("Source Name", "Sample Name")}
    left = [NotTaken(place, h, why) for h in dict.fromkeys(headings) if h and h not in used]
    return ({"biosample": _titled(list(found.values()))} if found else {}), left


def _varied(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """Columns of factors: their number and name."""
    out = {}
    for at, heading in enumerate(headings):
        found = _NAMED.fullmatch(heading)
        if found and found[1].casefold() in ("factor value", "experimental condition") and not found[2].startswith("#"):
            out[at] = found[2]
    return out


def _sample(headings: Sequence[str], row: Sequence[str], varied: dict[int, str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for at, heading in enumerate(headings):
        found = _NAMED.fullmatch(heading)
        value = row[at] if at < len(row) else ""
        if not found or not value or value.startswith("#"):
            continue
        name = found[2].casefold()
        if found[1].casefold() == "characteristics" and name in _ORGANISM:
            record["organism"] = [_term(value, headings, row, at)]
        elif found[1].casefold() == "characteristics" and name in _ENTITY:
            record.setdefault("biological_entity", _term(value, headings, row, at))
        elif found[1].casefold() == "characteristics":
            record.setdefault("intrinsic_variable", []).append(f"{found[2]}: {value}")
        elif at in varied:
            record.setdefault("experimental_variable", []).append(varied[at])
    return without_blanks(record)


def _term(label: str, headings: Sequence[str], row: Sequence[str], at: int) -> Any:
    """The term in the two or three columns after a characteristic, or the word alone."""
    for next_at in range(at + 1, min(at + 4, len(headings), len(row))):
        heading = headings[next_at].casefold()
        if not heading.startswith("term") and heading != "unit":
            break
        if "accession" in heading and (found := re.search(r"([A-Za-z]+)[_:](\w+)$", row[next_at])):
            return {"id": f"{found[1]}:{found[2]}", "label": label}
    return label


def _join(held: dict[str, Any], record: dict[str, Any]) -> None:
    for key in ("experimental_variable", "intrinsic_variable"):
        if record.get(key):
            held[key] = list(dict.fromkeys([*held.get(key, []), *record[key]]))


def _titled(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Titles by what tells the samples apart: the cell line, else the organism."""
    out, taken = [], set[str]()
    for record in records:
        entity = record.get("biological_entity") or next(iter(record.get("organism", [])), "")
        base = str(entity.get("label") if isinstance(entity, dict) else entity) or "Sample"
        name, number = base, 2
        while name in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name)
        out.append({"title": name, **record})
    return out
