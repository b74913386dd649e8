"""Tables of the Image Data Resource: study, assays or library, processed and annotation files.

Cells that begin with ``#`` are hints of the template. Source: IDR/idr0000-lastname-example, IDR/idr-utils study_parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.form.sources import delimited
from depositor.form.sources.isatab import lines
from depositor.form.sources.samples import samples
from depositor.form.sources.source import Context, Source, tree_reading, without_blanks
from depositor.form.workbook.reading import FileColumn, NotTaken, Reading

_STUDY = msg("source.idr-study", "Study file of the IDR")
_FILES = msg("source.idr-files", "Assay, library or annotation table of the IDR")
_PATHS = ("Comment [Image File Path]", "Comment[Image File Path]", "Image File", "Image Name", "Image")
_NOT_OF_FILES = re.compile(
    r"(Term Source|Protocol REF|Source Name|Assay Name|Processed Data File|Characteristics|Comment ?\[Image File)"
)

Keys = Mapping[str, list[str]]


def _read_study(path: Path, context: Context) -> Reading:
    study, experiments = _blocks(lines(delimited.decoded(delimited.load(path)).text))
    organisms = list(_terms(study, "Study Organism")) or [
        t for e in experiments for t in _terms(e, "Experiment Organism")
    ]
    tree = {
        "study": without_blanks(
            {
                "title": _one(study, "Study Title"),
                "description": _one(study, "Study Description"),
                "keywords": _all(study, "Study Key Words"),
                "study_type": list(_terms(study, "Study Type")),
                "author": list(_people(study)),
                "publication": list(_papers(study)),
                "license": _license(_one(study, "Study License")),
                "release_date": _day(_one(study, "Study Public Release Date")),
            }
        ),
        "study_component": [c for c in map(_component, experiments) if c],
        "image_acquisition": list(_acquisitions(experiments)),
        "biosample": [{"title": _label(organisms[0]), "organism": organisms}] if organisms else [],
    }
    why = msg("source.idr.unused", "The form has no question for it; IDR’s own file keeps it.")
    told = [k for block in (study, *experiments) for k in block if not _USED.match(k)]
    left = [NotTaken(path.name, k, why) for k in dict.fromkeys(told)]
    return tree_reading(STUDY, STUDY.name, {k: v for k, v in tree.items() if v}, context, path.name, not_taken=left)


_USED = re.compile(
    r"Study (Title|Description|Key Words|Type|Person|PubMed|Publication Title|Author List|DOI|License|Public Release|"
    r"Organism|Copyright|Experiments Number|Screens Number)|Term Source|Comment ?\[IDR|"
    r"(Experiment|Screen) (Description|Number|Imaging Method|Organism)|Protocol|# "
)


def _blocks(rows: list[list[str]]) -> tuple[dict[str, list[str]], list[dict[str, list[str]]]]:
    """The rows of the study, and those of each experiment or screen; hints and empty ones left out."""
    study: dict[str, list[str]] = {}
    parts: list[dict[str, list[str]]] = []
    for row in rows:
        values = [c for c in row[1:] if c and not c.startswith("#")]
        if not row or not row[0] or row[0].startswith("#") or not values:
            continue
        if row[0] in ("Experiment Number", "Screen Number"):
            parts.append({})
        (parts[-1] if parts else study).setdefault(row[0], values)
    return study, parts


def _one(block: Keys, key: str) -> str:
    return next(iter(block.get(key, [])), "")


def _all(block: Keys, key: str) -> list[str]:
    return [k.strip() for v in block.get(key, []) for k in v.split(";") if k.strip()]


def _terms(block: Keys, key: str) -> Iterator[Any]:
    codes = block.get(f"{key} Term Accession", [])
    for at, label in enumerate(block.get(key, [])):
        found = re.search(r"([A-Za-z]+)[_:](\w+)$", codes[at]) if at < len(codes) else None
        yield {"id": f"{found[1]}:{found[2]}", "label": label} if found else label


def _label(term: Any) -> str:
    return str(term["label"]) if isinstance(term, Mapping) else str(term)


def _people(block: Keys) -> Iterator[dict[str, Any]]:
    def at(key: str, number: int) -> str:
        values = block.get(f"Study Person {key}", [])
        return values[number] if number < len(values) else ""

    for number in range(len(block.get("Study Person Last Name", []))):
        first, last = at("First Name", number), at("Last Name", number)
        home = at("Address", number)
        found = {
            "name": f"{first} {last}".strip(),
            "first_name": first,
            "last_name": last,
            "email": at("Email", number),
        }
        orcid = at("ORCID", number).rstrip("/").rpartition("/")[2]
        yield without_blanks(found | {"orcid": orcid, "affiliation": [{"name": home}] if home else []})


def _papers(block: Keys) -> Iterator[dict[str, Any]]:
    keys = {
        "title": "Study Publication Title",
        "authors": "Study Author List",
        "doi": "Study DOI",
        "pubmed_id": "Study PubMed ID",
    }
    for at in range(max((len(block.get(k, [])) for k in keys.values()), default=0)):
        found = {n: block[k][at] if at < len(block.get(k, [])) else "" for n, k in keys.items()}
        yield without_blanks(found)


def _license(said: str) -> str:
    from depositor.form.licenses import all_licenses

    wanted = re.sub(r"[^a-z0-9.]", "", said.casefold())
    return next((one.id for one in all_licenses() if re.sub(r"[^a-z0-9.]", "", one.id.casefold()) == wanted), "")


def _day(said: str) -> str:
    from depositor.form.workbook.numbers import day

    try:
        return day(said)
    except ValueError:
        return ""


def _component(block: Keys) -> dict[str, Any]:
    name = _one(block, "Comment[IDR Experiment Name]") or _one(block, "Comment[IDR Screen Name]")
    described = _one(block, "Experiment Description") or _one(block, "Screen Description")
    short = name.rpartition("/")[2] or (f"Experiment {_one(block, 'Experiment Number')}" if described else "")
    return without_blanks({"name": short, "description": described})


def _acquisitions(blocks: list[dict[str, list[str]]]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for block in blocks:
        for kind in ("Experiment", "Screen"):
            for term in _terms(block, f"{kind} Imaging Method"):
                if _label(term) not in seen:
                    seen.add(_label(term))
                    yield {"title": _label(term), "imaging_method": [term]}


# --- tables with a row for each file or well -------------------------------------------------------------------------


def _read_files(path: Path, context: Context) -> Reading:
    found = delimited.table(path)
    rows = [["" if c is None else str(c).strip() for c in r] for r in found.grid.rows]
    tree, _ = samples(rows, path.name)
    columns, left = _columns(rows, path.name)
    return tree_reading(
        FILES, FILES.name, tree, context, path.name, not_taken=left, columns=columns, details=found.details()
    )


def _columns(rows: list[list[str]], place: str) -> tuple[tuple[FileColumn, ...], list[NotTaken]]:
    headings = rows[0]
    at = next((headings.index(p) for p in _PATHS if p in headings), None)
    if at is None:
        why = msg("source.idr.no-files", "The table names wells, not files; values of single files cannot be told.")
        return (), [NotTaken(place, "", why)]
    columns = []
    for number, heading in enumerate(headings):
        if number == at or not heading or _NOT_OF_FILES.match(heading) or heading in _PATHS or heading == "Channels":
            continue
        bare = re.sub(r"^(Experimental Condition|Comment|Factor Value) ?\[\s*(.*?)\s*\]$", r"\2", heading)
        values = {_file(r, at): r[number] for r in rows[1:] if _says(r, at) and _says(r, number)}
        if values and not bare.startswith("#"):
            columns.append(FileColumn(bare, values, place))
    return tuple(columns), []


def _says(row: list[str], at: int) -> bool:
    return at < len(row) and bool(row[at]) and not row[at].startswith("#")


def _file(row: list[str], at: int) -> str:
    return row[at].replace("\\", "/").lstrip("/")


def _claims_study(path: Path, head: bytes) -> bool:
    said = delimited.decoded(head).text
    return delimited.looks_like_text(head) and bool(
        re.search(r"^\"?(Comment\[IDR Study Accession\]|Study Title)\"?\t", said, re.MULTILINE)
    )


def _claims_files(path: Path, head: bytes) -> bool:
    if not delimited.looks_like_text(head):
        return False
    first = delimited.decoded(head).text.split("\n", 1)[0]
    wells = "Plate" in first and "Well" in first and "Characteristics" in first
    return (
        wells
        or ("Characteristics" in first and ("Image File" in first or "Assay Name" in first))
        or ("Dataset Name" in first and "Image Name" in first and "Characteristics" in first)
    )


STUDY = Source("idr-study", _STUDY, _claims_study, _read_study)
FILES = Source("idr-files", _FILES, _claims_files, _read_files)
