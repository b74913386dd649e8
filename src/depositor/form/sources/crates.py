"""RO-Crates: the metadata file alone, a folder, or a packed crate. Sources: RO-Crate 1.1 and 1.2, GIDE profile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from depositor.draft.message import msg
from depositor.form.sources.crate_graph import METADATA, Entity, Graph, graph_of, holds_metadata, kinds
from depositor.form.sources.markup import plain_text
from depositor.form.sources.source import Context, Source, listed, text, tree_reading, without_blanks
from depositor.form.workbook.reading import NotTaken, Reading

_CRATE = msg("source.crate", "RO-Crate")
_VARIABLES = ("intrinsic_variable", "extrinsic_variable", "experimental_variable")


def _claims_crate(path: Path, head: bytes) -> bool:
    if not head:
        return (path / METADATA).is_file()
    if head[:4] == b"PK\x03\x04":
        return holds_metadata(path)
    return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and b'"@graph"' in head + b"" and b"ro/crate" in head


def read_crate(path: Path, context: Context) -> Reading:
    graph = graph_of(path)
    root = graph.root
    left: list[NotTaken] = []
    about = [*graph.all(root.get("about")), *graph.all(root.get("measurementMethod"))]
    tree = {
        "study": _study(graph, root),
        "version": without_blanks({"version": text(root.get("version"))}),
        "biosample": [_sample(graph, e) for e in about if "BioSample" in kinds(e)],
        "specimen": [_specimen(graph, e) for e in about if _protocol(e, "specimen")],
        "image_acquisition": [_acquisition(graph, e) for e in about if _protocol(e, "image-acquisition")],
        "analyzed_data": [_titled(e, "analysis_method") for e in about if _protocol(e, "image-analysis")],
        "image_correlation": [
            _titled(e, "spatial_and_temporal_alignment") for e in about if _protocol(e, "image-correlation")
        ],
        "study_component": [
            _part(e, "name", "description") for e in graph.all(root.get("hasPart")) if _home(e, "component")
        ],
        "annotations": [
            _part(e, "title", "annotation_overview") for e in graph.all(root.get("hasPart")) if _home(e, "annotations")
        ],
    }
    why = msg("source.crate.unused", "It is no part of the description that the form asks for.")
    for kind in ("CreateAction", "SoftwareApplication", "SoftwareSourceCode"):
        left += [NotTaken(path.name, text(e.get("name")), why) for e in graph.by_id.values() if kind in kinds(e)][:20]
    return tree_reading(CRATE, CRATE.name, {k: v for k, v in tree.items() if v}, context, path.name, not_taken=left)


def _study(graph: Graph, root: Entity) -> dict[str, Any]:
    articles = [*graph.all(root.get("seeAlso")), *graph.all(root.get("citation"))]
    terms = [_term(e) for e in graph.all(root.get("about")) if kinds(e) == ["DefinedTerm"]]
    shown = {id(e) for s in graph.all(root.get("about")) if "BioSample" in kinds(s) for e in graph.all(s.get("about"))}
    study_types = [_term(e) for e in graph.all(root.get("about")) if kinds(e) == ["DefinedTerm"] and id(e) not in shown]
    keywords = [k.strip() for one in listed(root.get("keywords")) for k in text(one).split(",")]
    links = [
        {"url": text(u)} if isinstance(u, str) else {"url": text(u.get("@id"))} for u in listed(root.get("relatedLink"))
    ]
    people = [*graph.all(root.get("author")), *graph.all(root.get("creator"))]
    return without_blanks(
        {
            "title": text(root.get("name")),
            "description": plain_text(text(root.get("description"))),
            "keywords": [k for k in keywords if k],
            "study_type": study_types if terms else [],
            "author": [person(graph, p) for p in people if "Organization" not in kinds(p)],
            "publication": [p for p in (_article(e) for e in articles) if p],
            "grant": [g for g in (_grant(graph, e) for e in graph.all(root.get("funding"))) if g],
            "link": [one for one in links if one["url"]],
            "acknowledgements": text(root.get("creditText")),
            "license": license_in(graph, root),
        }
    )


def person(graph: Graph, entity: Entity) -> dict[str, Any]:
    first, last = text(entity.get("givenName")), text(entity.get("familyName"))
    orcid = re.search(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", text(entity.get("@id")) + " " + text(entity.get("identifier")))
    homes = [
        without_blanks({"name": text(o.get("name")), "ror": _ror(o), "country": _country(o)})
        for o in graph.all(entity.get("affiliation"))
    ]
    email = text(entity.get("email")) or next((text(c.get("email")) for c in graph.all(entity.get("contactPoint"))), "")
    found = {
        "name": text(entity.get("name")) or f"{first} {last}".strip(),
        "first_name": first,
        "last_name": last,
        "email": email.removeprefix("mailto:"),
        "orcid": orcid[0] if orcid else "",
        "affiliation": [h for h in homes if h],
    }
    return without_blanks(found)


def _ror(entity: Entity) -> str:
    return text(entity.get("@id")) if "ror.org/" in text(entity.get("@id")) else ""


def _country(entity: Entity) -> str:
    found = text(entity.get("address"))
    return found if re.fullmatch(r"[A-Z]{2}", found) else ""


def _article(entity: Entity) -> dict[str, Any]:
    doi = re.search(r"10\.\d{4,9}/[^\s\"<>]+", text(entity.get("@id")) + " " + text(entity.get("identifier")))
    name = text(entity.get("name"))
    if "ScholarlyArticle" not in kinds(entity) and not doi:
        return {}
    year = text(entity.get("datePublished"))[:4]
    found = {
        "title": name if not doi or name != doi[0] else "",
        "doi": doi[0] if doi else "",
        "authors": text(entity.get("creditText")),
    }
    return without_blanks(found | {"year": int(year) if year.isdigit() else None})


def _grant(graph: Graph, entity: Entity) -> dict[str, Any]:
    funders = [without_blanks({"name": text(o.get("name")), "ror": _ror(o)}) for o in graph.all(entity.get("funder"))]
    number = text(entity.get("identifier"))
    return without_blanks({"identifier": number, "funder": [f for f in funders if f]}) if number or funders else {}


def license_in(graph: Graph, root: Entity) -> str:
    from depositor.form.licenses import all_licenses

    said: set[str] = set()
    for one in graph.all(root.get("license")):
        said |= {text(one.get(k)).casefold().rstrip("/") for k in ("@id", "identifier", "url", "name")}
    for known in all_licenses():
        if {known.id.casefold(), known.url.casefold().rstrip("/")} & said:
            return known.id
    return ""


def _term(entity: Entity) -> Any:
    name = text(entity.get("name")) or text(entity.get("scientificName"))
    code = text(entity.get("termCode")) or _curie(text(entity.get("@id")))
    return {"id": code, "label": name} if code and name else name


def _curie(address: str) -> str:
    """``http://purl.obolibrary.org/obo/FBbi_00000253`` as ``FBbi:00000253``; empty for what is no term's address."""
    found = re.search(r"(?:obo|efo|ncbitaxon|bioregistry\.io)/([A-Za-z]+)[_:](\w+)/?$", address, re.IGNORECASE)
    found = found or re.fullmatch(r"([A-Za-z]+):(\d+)", address)
    return f"{found[1]}:{found[2]}" if found else ""


def _taxon(entity: Entity) -> Any:
    """The label as it was, not put together anew from its parts."""
    name = text(entity.get("name")) or text(entity.get("scientificName"))
    code = _curie(text(entity.get("@id"))) or text(entity.get("termCode"))
    return {"id": code, "label": name} if code and name else name


def _sample(graph: Graph, entity: Entity) -> dict[str, Any]:
    title, said = text(entity.get("name")), text(entity.get("description"))
    entities = [_term(e) for e in graph.all(entity.get("about"))]
    found: dict[str, Any] = {"title": title, "description": "" if said == title else said}
    found["organism"] = [t for t in (_taxon(e) for e in graph.all(entity.get("taxonomicRange"))) if t]
    found["biological_entity"] = entities[0] if entities else ""
    for one in graph.all(entity.get("additionalProperty")):
        key = text(one.get("name")).replace(" ", "_")
        if key in _VARIABLES:
            found.setdefault(key, []).append(text(one.get("value")))
    return without_blanks(found)


def _protocol(entity: Entity, kind: str) -> bool:
    return "LabProtocol" in kinds(entity) and text(entity.get("@id")).startswith(f"#{kind}")


def _titled(entity: Entity, key: str) -> dict[str, Any]:
    title, said = text(entity.get("name")), text(entity.get("description"))
    return without_blanks({"title": title, key: "" if said == title else said})


def _specimen(graph: Graph, entity: Entity) -> dict[str, Any]:
    labels = [text(c.get("name")).removeprefix("channel").strip() for c in graph.all(entity.get("additionalProperty"))]
    return _titled(entity, "preparation_method") | without_blanks(
        {"channels": [{"channel_label": n} for n in labels if n]}
    )


def _acquisition(graph: Graph, entity: Entity) -> dict[str, Any]:
    tools = [text(e.get("name")) for e in graph.all(entity.get("labEquipment"))]
    methods = [t for t in (_term(e) for e in graph.all(entity.get("measurementTechnique"))) if t]
    more = {"imaging_instrument": "; ".join(filter(None, tools)), "imaging_method": methods}
    return _titled(entity, "image_acquisition_parameters") | without_blanks(more)


def _home(entity: Entity, kind: str) -> bool:
    return "Dataset" in kinds(entity) and text(entity.get("@id")).startswith(f"#{kind}")


def _part(entity: Entity, name: str, said: str) -> dict[str, Any]:
    title, described = text(entity.get("name")), text(entity.get("description"))
    return without_blanks({name: title, said: "" if described == title else described})


CRATE = Source("ro-crate", _CRATE, _claims_crate, read_crate)
