"""OLS4, UniProt, FPbase and the RRID resolver: terms, organisms, fluorescent proteins, reagents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from depositor.form.identifiers import normal
from depositor.session.lookups.asking import Asker
from depositor.session.lookups.found import Found, Source
from depositor.session.lookups.reading import at, items, number, text

_SHOWN = 12
ONTOLOGIES: Mapping[str, tuple[str, str]] = {  # vocabulary -> ontologies of OLS, and the term that all must be below
    "imaging-methods": ("fbbi,obi", ""),
    "assays": ("efo,obi", ""),
    "study-types": ("efo,obi", ""),
    "organisms": ("ncbitaxon", ""),
    "biological-entities": ("go,cl,uberon,clo,po,fbbt,zfa,wbbt", ""),
    "cell-types": ("cl", ""),
    "cell-lines": ("clo", ""),
    "cell-parts": ("go", "http://purl.obolibrary.org/obo/GO_0005575"),
    "anatomy": ("uberon,po,fbbt,zfa,wbbt", ""),
    "life-stages": ("hsapdv,mmusdv,fbdv,wbls,zfs,po", ""),
    "signal-mechanisms": ("fbbi", "http://purl.obolibrary.org/obo/FBbi_00000590"),
    "sample-preparation": ("fbbi", "http://purl.obolibrary.org/obo/FBbi_00000001"),
    "fluorophores": ("chebi", ""),
}


def ontology_terms(asker: Asker, vocabulary: str, words: str) -> tuple[Found, ...]:
    """Terms of the ontologies behind a vocabulary, as OLS ranks them."""
    ontologies, above = ONTOLOGIES[vocabulary]
    query = {
        "q": words,
        "ontology": ontologies,
        "type": "class",
        "local": "true",
        "obsoletes": "false",
        "rows": str(_SHOWN),
    }
    query["fieldList"] = "iri,label,short_form,obo_id,ontology_name,description"
    if above:
        query["allChildrenOf"] = above
    answer = asker.ask("ols", "/api/select", query)
    return tuple(_ontology_terms(answer.tree, answer.source))


def _ontology_terms(tree: Any, source: Source) -> Iterator[Found]:
    for row in items(tree, "response", "docs")[:_SHOWN]:
        term_id = normal("term", text(row, "obo_id") or text(row, "short_form"))
        label = text(row, "label") or text(row, "label", 0)
        about = text(row, "description", 0) or text(row, "description")
        if term_id and label:
            kept = text(row, "obo_id") or term_id
            yield Found("term", kept, label, {"id": kept, "label": label}, source, about, text(row, "iri"))


def organism(asker: Asker, number_of_taxon: str) -> tuple[Found, ...]:
    """The organism of a number of NCBI."""
    answer = asker.ask("uniprot", f"/taxonomy/{quote(number_of_taxon)}.json")
    return tuple(_organisms([answer.tree], answer.source))


def organisms(asker: Asker, name: str) -> tuple[Found, ...]:
    """Organisms by their scientific or common name."""
    answer = asker.ask("uniprot", "/taxonomy/search", {"query": name, "size": str(_SHOWN), "format": "json"})
    return tuple(_organisms(items(answer.tree, "results"), answer.source))


def _organisms(rows: list[Any], source: Source) -> Iterator[Found]:
    for row in rows[:_SHOWN]:
        taxon = normal("taxon", text(row, "taxonId"))
        label = text(row, "scientificName")
        if taxon and label:
            detail = ", ".join(filter(None, (text(row, "commonName"), text(row, "rank"))))
            url = f"https://www.uniprot.org/taxonomy/{taxon.partition(':')[2]}"
            yield Found("taxon", taxon, label, {"id": taxon, "label": label}, source, detail, url)


def fluorescent_proteins(asker: Asker, name: str) -> tuple[Found, ...]:
    """Fluorescent proteins whose name contains ``name``, with the peaks of their spectra in nanometres."""
    answer = asker.ask("fpbase", "/api/proteins/", {"name__icontains": name, "format": "json"})
    rows = items(answer.tree) or items(answer.tree, "results")
    found = [one for row in rows for one in _protein(row, answer.source)]
    wanted = name.casefold()
    found.sort(key=lambda one: (one.title.casefold() != wanted, len(one.title)))
    return tuple(found[:_SHOWN])


def _protein(row: Any, source: Source) -> Iterator[Found]:
    """The state is nested or flat, as the question and the age of the service have it."""
    name, slug = text(row, "name"), text(row, "slug")
    states = [at(row, "default_state"), at(row, "states", 0), row]
    peaks = [
        next(filter(None, (number(state, key) or number(state, f"default_state__{key}") for state in states)), None)
        for key in ("ex_max", "em_max")
    ]
    if name:
        record: dict[str, Any] = {"channel_content": name}
        record |= {k: _whole(v) for k, v in zip(("excitation", "emission"), peaks, strict=True) if v}
        detail = " / ".join(f"{_whole(p)} nm" for p in peaks if p)
        url = f"https://www.fpbase.org/protein/{quote(slug)}/" if slug else ""
        yield Found("fluorophore", slug or name, name, record, source, detail, url)


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def reagent(asker: Asker, rrid: str) -> tuple[Found, ...]:
    """The antibody, cell line, plasmid or tool of an RRID."""
    answer = asker.ask("rrid", f"/resolver/{quote(rrid, safe=':')}.json")
    return tuple(_reagents(rrid, answer.tree, answer.source))


def _reagents(rrid: str, tree: Any, source: Source) -> Iterator[Found]:
    for hit in items(tree, "hits", "hits")[:1]:
        row = at(hit, "_source")
        name = text(row, "item", "name")
        vendor, catalog = text(row, "vendors", 0, "name"), text(row, "vendors", 0, "catalog")
        clone = text(row, "antibodies", "primary", 0, "clone", "identifier") or text(
            row, "antibodies", "primary", 0, "clone"
        )
        if name:
            record = {
                "antibody_name": name,
                "antibody_rrid": rrid,
                "clone": clone,
                "vendor": vendor,
                "catalog_number": catalog,
            }
            record |= {"name": name, "rrid": rrid}
            said = {key: value for key, value in record.items() if value}
            detail = ", ".join(filter(None, (vendor, catalog, text(row, "item", "description", longest=160))))
            yield Found("reagent", rrid, name, said, source, detail, f"https://scicrunch.org/resolver/{rrid}")
