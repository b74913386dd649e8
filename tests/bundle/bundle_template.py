"""A checker made from the archive's own form template (BioImages.v5.json): what the form would mark in red."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).resolve().parents[1] / "data" / "bundle" / "BioImages.v5.json"
# How the form stores its tables: rows become sections of another name, columns attributes of another name.
TABLES = {"Author": ("Contact", {"Organisation": "affiliation"}), "Publication": ("Publication", {})}
TABLES |= {"Funding": ("Funding", {})}
ORGANISATION = {"Name", "RORID", "Address"}
REPEATS_ANYWAY = {("Biosample", "Organism")}  # each has its own taxon id


def faults(page: dict[str, Any]) -> list[str]:
    """Everything in which the document differs from the template; empty where the form would take it."""
    template = json.loads(TEMPLATE.read_text("utf-8"))
    return list(_document(page, template))


def _document(page: dict[str, Any], template: dict[str, Any]) -> Iterator[str]:
    head = {a["name"]: a.get("value") for a in page["attributes"]}
    study = page["section"]
    own = {a["name"]: a.get("value") for a in study["attributes"]}
    if head.get("Template") != template["name"] or head.get("AttachTo") != "BioImages":
        yield "template or collection"
    yield from (f"{key} differs" for key in ("Title", "ReleaseDate") if head.get(key) != own.get(key) or key not in own)
    if "DOI" not in head or not head.get("RootPath"):
        yield "DOI or RootPath"
    shape = template["sectionType"]
    yield from _attributes(study, shape["fieldTypes"])
    accnos = [s["accno"] for s in _all(study)]
    yield from (f"accno {a} twice" for a in set(accnos) if accnos.count(a) > 1)
    yield from _sections(study, shape)
    yield from _references(study)


def _sections(study: dict[str, Any], shape: dict[str, Any]) -> Iterator[str]:
    kinds = {s["name"]: s for s in shape["sectionTypes"] if s.get("display") != "hidden"}
    tables = {t["name"]: t for t in shape["tableTypes"]}
    there = [s["type"] for s in study["subsections"]]
    for name, kind in kinds.items():
        if kind["display"] == "required" and name not in there:
            yield f"no section {name}"
    if "Author" not in there:
        yield "no contact"
    for section in study["subsections"]:
        kind = section["type"]
        if kind in TABLES:
            table, renamed = TABLES[kind]
            columns = [{**c, "name": renamed.get(c["name"], c["name"])} for c in tables[table]["columnTypes"]]
            yield from _attributes(section, columns)
        elif kind == "organisation":
            names = {a["name"] for a in section["attributes"]}
            yield from (f"organisation: {n}" for n in names - ORGANISATION)
            yield from (["organisation without Name"] if "Name" not in names else [])
        elif kind in kinds:
            yield from _attributes(section, kinds[kind]["fieldTypes"])
            yield from _rows(section, kinds[kind].get("tableTypes", []))
        else:
            yield f"unknown section {kind}"


def _rows(section: dict[str, Any], tables: list[dict[str, Any]]) -> Iterator[str]:
    rows = section.get("subsections", [])
    for table in tables:
        mine = [r for r in rows if r["type"] == table["name"]]
        if table["display"] == "required" and not mine:
            yield f"{section['accno']}: no {table['name']}"
        for row in mine:
            yield from _attributes(row, table["columnTypes"])
    known = {t["name"] for t in tables}
    yield from (f"{section['accno']}: row {r['type']}" for r in rows if r["type"] not in known)


def _attributes(section: dict[str, Any], fields: list[dict[str, Any]]) -> Iterator[str]:
    where = section["accno"]
    known = {f["name"]: f for f in fields}
    names = [a["name"] for a in section["attributes"]]
    yield from (f"{where}: {n} missing" for n, f in known.items() if f["display"] == "required" and n not in names)
    for attribute in section["attributes"]:
        name, value = attribute["name"], attribute.get("value")
        if name not in known:
            yield f"{where}: {name} is not in the template"
            continue
        control = known[name]["controlType"]
        if not value:
            yield f"{where}: {name} blank"
        if len(value or "") < control.get("minlength", 0):
            yield f"{where}: {name} too short"
        allowed = {v["value"] if isinstance(v, dict) else v: v for v in control.get("values", [])}
        if allowed and not control.get("enableValueAdd") and value not in allowed:
            yield f"{where}: {name} = {value}"
        wanted = allowed.get(value) if isinstance(allowed.get(value), dict) else None
        if wanted and wanted.get("valqual") and attribute.get("valqual") != wanted["valqual"]:
            yield f"{where}: qualifiers of {name}"
        repeats = control.get("multiple") or (section["type"], name) in REPEATS_ANYWAY
        if names.count(name) > 1 and not repeats:
            yield f"{where}: {name} repeats"


def _references(study: dict[str, Any]) -> Iterator[str]:
    organisations = {s["accno"] for s in study["subsections"] if s["type"] == "organisation"}
    titles = {
        (s["type"], a["value"]) for s in study["subsections"] for a in s["attributes"] if a["name"] in ("Title", "Name")
    }
    for section in _all(study):
        for attribute in section["attributes"]:
            name, value = attribute["name"], attribute.get("value")
            if attribute.get("reference") and value not in organisations:
                yield f"{section['accno']}: no organisation {value}"
            if section["type"] == "Associations" and (name, value) not in titles:
                yield f"{section['accno']}: no {name} {value}"


def _all(section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield section
    for inner in section.get("subsections", []):
        yield from _all(inner)
