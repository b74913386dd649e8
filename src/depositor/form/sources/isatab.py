"""ISA-Tab: titles, persons, publications and factors of the investigation file, samples of the study file.

Source: ISA-Tab 1.0 specification (isa-specs.readthedocs.io). Assays are not taken over: image files tell of themselves.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.form.sources import delimited
from depositor.form.sources.samples import samples
from depositor.form.sources.source import Context, Source, tree_reading, without_blanks
from depositor.form.workbook.reading import NotTaken, Reading

_INVESTIGATION = msg("source.isa", "ISA-Tab investigation")
_STUDY = msg("source.isa-study", "ISA-Tab study")


def lines(text: str) -> list[list[str]]:
    """The rows of a text with tabs, without quotes and without hints (``#``)."""
    rows = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter="\t")
    out: list[list[str]] = []
    try:
        for row in rows:
            out.append([cell.strip() for cell in row])
            if len(out) > delimited.MOST_ROWS:
                break
    except csv.Error:
        return out
    return out


def _read_investigation(path: Path, context: Context) -> Reading:
    sections = _sections(lines(delimited.decoded(delimited.load(path)).text))
    found = [s for s in sections if s.get("Study Title") or s.get("Study Identifier")]
    top = next((s for s in sections if s.get("Investigation Title")), {})
    study = found[0] if found else {}
    title = _first(study, "Study Title") or _first(top, "Investigation Title")
    factors = study.get("Study Factor Name", [])
    tree: dict[str, Any] = {
        "study": without_blanks(
            {
                "title": title,
                "description": _first(study, "Study Description") or _first(top, "Investigation Description"),
                "author": list(_persons(study, "Study")) or list(_persons(top, "Investigation")),
                "publication": list(_papers(study, "Study")) or list(_papers(top, "Investigation")),
            }
        )
    }
    left: list[NotTaken] = []
    why = msg("source.isa.factor", "Write it at the biosample that it belongs to: what was varied in the experiment.")
    left += [NotTaken(path.name, f"Study Factor Name: {f}", why) for f in factors if f]
    more = msg("source.isa.more-studies", "The file holds several studies; a deposit describes one, the first.")
    left += [NotTaken(path.name, _first(s, "Study Title"), more) for s in found[1:]]
    known = msg("source.isa.assays", "Assays are not taken over: image files tell themselves how they were made.")
    left += [NotTaken(path.name, f, known) for f in study.get("Study Assay File Name", []) if f]
    return tree_reading(INVESTIGATION, INVESTIGATION.name, tree, context, path.name, not_taken=left)


def _sections(rows: list[list[str]]) -> list[dict[str, list[str]]]:
    """Study by study: key -> its values. The investigation is the first."""
    out: list[dict[str, list[str]]] = [{}]
    for row in rows:
        if not row or row[0].startswith("#"):
            continue
        if row[0] == "STUDY":
            out.append({})
        elif any(row[1:]):
            out[-1].setdefault(row[0], list(row[1:]))
    return out


def _first(section: Mapping[str, list[str]], key: str) -> str:
    return next(filter(None, section.get(key, [])), "")


def _column(section: Mapping[str, list[str]], key: str, at: int) -> str:
    values = section.get(key, [])
    return values[at] if at < len(values) else ""


def _persons(section: Mapping[str, list[str]], level: str) -> Iterator[dict[str, Any]]:
    for at in range(max(len(section.get(f"{level} Person {k}", [])) for k in ("Last Name", "First Name"))):
        first, last = (_column(section, f"{level} Person {k}", at) for k in ("First Name", "Last Name"))
        home = _column(section, f"{level} Person Affiliation", at)
        found = {
            "name": f"{first} {last}".strip(),
            "first_name": first,
            "last_name": last,
            "email": _column(section, f"{level} Person Email", at),
            "orcid": _column(section, f"Comment[{level} Person ORCID]", at) or _column(section, "Comment[ORCID]", at),
            "affiliation": [{"name": home}] if home else [],
        }
        if found["name"]:
            yield without_blanks(found)


def _papers(section: Mapping[str, list[str]], level: str) -> Iterator[dict[str, Any]]:
    keys = {
        "title": "Publication Title",
        "authors": "Publication Author List",
        "doi": "Publication DOI",
        "pubmed_id": "PubMed ID",
    }
    for at in range(max((len(section.get(f"{level} {k}", [])) for k in keys.values()), default=0)):
        found = without_blanks({key: _column(section, f"{level} {name}", at) for key, name in keys.items()})
        if found:
            yield found


def _read_study(path: Path, context: Context) -> Reading:
    rows = lines(delimited.decoded(delimited.load(path)).text)
    tree, left = samples(rows, path.name)
    return tree_reading(STUDY, STUDY.name, tree, context, path.name, not_taken=left)


def _claims_investigation(path: Path, head: bytes) -> bool:
    said = delimited.decoded(head).text
    return delimited.looks_like_text(head) and ("ONTOLOGY SOURCE REFERENCE" in said or "Investigation Title\t" in said)


def _claims_study(path: Path, head: bytes) -> bool:
    if not delimited.looks_like_text(head):
        return False
    first = [c.strip('" ') for c in delimited.decoded(head).text.split("\n", 1)[0].split("\t")]
    return "Source Name" in first and ("Sample Name" in first or "Assay Name" not in first)


INVESTIGATION = Source("isa-investigation", _INVESTIGATION, _claims_investigation, _read_investigation)
STUDY = Source("isa-study", _STUDY, _claims_study, _read_study)
