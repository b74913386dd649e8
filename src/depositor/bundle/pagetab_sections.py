"""The sections of the BioStudies submission: people, organisations, papers, grants, and the modules of REMBI, MIFA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from depositor import resources
from depositor.bundle.answers import (
    Organisation,
    Person,
    Record,
    Term,
    distinct_organisations,
    doi,
    organisation_key,
    people,
    records,
    terms,
    text,
    texts,
)
from depositor.bundle.file_lists import FileList, file_lists
from depositor.bundle.sealed import Sealed

Json = dict[str, Any]

_ASSOCIATIONS = {
    "biosample": "Biosample",
    "specimen": "Specimen",
    "image_acquisition": "Image acquisition",
    "image_correlation": "Image correlation",
    "analyzed_data": "Image analysis",
}


def sections(sealed: Sealed, study: Record) -> Iterator[Json]:
    """All sections below the study, in the order of the form, without accessions but for organisations."""
    authors = _authors(study, sealed)
    organisations = distinct_organisations(authors)
    accnos = {organisation_key(o): f"o{n}" for n, o in enumerate(organisations, 1)}
    yield from (_author(a, accnos) for a in authors)
    yield from (_organisation(o, accnos) for o in organisations)
    yield from filter(None, (_publication(p) for p in records(study.get("publication"))))
    yield from chain.from_iterable(_funding(g) for g in records(study.get("grant")))
    of = sealed.metadata.get
    yield from (_biosample(r) for r in records(of("biosample")))
    yield from (_specimen(r) for r in records(of("specimen")))
    yield from (_acquisition(r) for r in records(of("image_acquisition")))
    yield from (_correlation(r) for r in records(of("image_correlation")))
    yield from (_analysis(r) for r in records(of("analyzed_data")))
    lists = file_lists(sealed)
    yield from map(_annotation, records(of("annotations")), (x for x in lists if x.annotation))
    yield from map(_component, records(of("study_component")), (x for x in lists if not x.annotation))


def _authors(study: Record, sealed: Sealed) -> list[Person]:
    """The authors of the study; those of annotations stand among them with a role, as the form has no other place.

    A person who made annotations only and has no affiliation is left out: the archive refuses a DOI for such a list.
    """
    authors = list(people(study.get("author")))
    made = [p for r in records(sealed.metadata.get("annotations")) for p in people(r.get("annotation_authors"))]
    known = {k for a in authors for k in (a.orcid, a.name.casefold()) if k}
    for person in made:
        if not known & {person.orcid, person.name.casefold()} and person.affiliations and person.email:
            authors.append(person)
            known |= {k for k in (person.orcid, person.name.casefold()) if k}
    annotators = {k for p in made for k in (p.orcid, p.name.casefold()) if k}
    return [
        replace(a, roles=(*a.roles, "annotator")) if annotators & {a.orcid, a.name.casefold()} else a for a in authors
    ]


def _author(person: Person, accnos: dict[str, str]) -> Json:
    attributes = [
        *attribute("Name", person.name),
        *attribute("E-mail", person.email),
        *attribute("ORCID", person.orcid),
        *attribute("Role", person.roles),
    ]
    for key in dict.fromkeys(organisation_key(o) for o in person.affiliations):
        attributes.append({"name": "affiliation", "value": accnos[key], "reference": True})
    return _section("Author", attributes)


def _organisation(organisation: Organisation, accnos: dict[str, str]) -> Json:
    attributes = (
        *attribute("Name", organisation.name),
        *attribute("RORID", organisation.ror),
        *attribute("Address", organisation.country),
    )
    return {"accno": accnos[organisation_key(organisation)], **_section("organisation", attributes)}


def _publication(given: Record) -> Json | None:
    attributes = [
        *attribute("Pubmed ID", given.get("pubmed_id")),
        *attribute("Title", given.get("title")),
        *attribute("Authors", given.get("authors")),
        *attribute("DOI", doi(given.get("doi"))),
        *attribute("Year", given.get("year")),
    ]
    return _section("Publication", attributes) if attributes else None


def _funding(grant: Record) -> Iterator[Json]:
    for funder in texts(grant.get("funder")) or ("",):
        attributes = [*attribute("Agency", funder), *attribute("grant_id", grant.get("identifier"))]
        if attributes:
            yield _section("Funding", attributes)


def _biosample(given: Record) -> Json:
    attributes = [*attribute("Title", given.get("title"))]
    for organism in terms(given.get("organism")):
        attributes += _term("Organism", organism, _organism_name(organism))
    for entity in terms(given.get("biological_entity"))[:1]:
        attributes += _term("Biological entity", entity, text(given.get("biological_entity")))
    attributes += attribute("Description", given.get("description"))
    for key in ("experimental_variable", "extrinsic_variable", "intrinsic_variable"):
        attributes += attribute(key.replace("_", " ").capitalize(), given.get(key))
    return _section("Biosample", attributes)


def _organism_name(organism: Term) -> str:
    """``Scientific name (common name)``, as the form lists it; the label alone where it lists no such organism."""
    known = resources.json_data("documents/bioimage-archive-organisms.json")["organisms"]
    name = known.get(organism.short_form or "", "")
    return str(name) if name.casefold().startswith(organism.label.casefold()) else organism.label


def _specimen(given: Record) -> Json:
    attributes = (
        *attribute("Title", given.get("title")),
        *attribute("Sample preparation protocol", given.get("preparation_method")),
        *attribute("Growth protocol", given.get("growth_protocol")),
    )
    return _section("Specimen", attributes)


def _acquisition(given: Record) -> Json:
    attributes = [
        *attribute("Title", given.get("title")),
        *attribute("Imaging instrument", given.get("imaging_instrument")),
        *attribute("Image acquisition parameters", given.get("image_acquisition_parameters")),
    ]
    for method in terms(given.get("imaging_method")):
        attributes += _term("Imaging method", method)
    return _section("Image acquisition", attributes)


def _correlation(given: Record) -> Json:
    attributes = (
        *attribute("Title", given.get("title")),
        *attribute("Fiducials used", given.get("fiducials_used")),
        *attribute("Spatial and temporal alignment", given.get("spatial_and_temporal_alignment")),
        *attribute("Transformation matrix", given.get("transformation_matrix")),
    )
    return _section("Image correlation", attributes)


def _analysis(given: Record) -> Json:
    overview = attribute("Image analysis overview", given.get("analysis_method"))
    return _section("Image analysis", (*attribute("Title", given.get("title")), *overview))


def _annotation(given: Record, files: FileList) -> Json:
    attributes = [
        *attribute("Title", given.get("title")),
        *attribute("Annotation Overview", given.get("annotation_overview")),
    ]
    for kind in texts(given.get("annotation_type")):
        attributes += attribute("Annotation Type", kind)
    for key in ("method", "confidence_level", "criteria", "coverage"):
        name = f"Annotation {key.replace('_', ' ').title()}"
        attributes += attribute(name, given.get(f"annotation_{key}"))
    return _section("Annotation", (*attributes, *attribute("File List", files.name)))


def _component(given: Record, files: FileList) -> Json:
    attributes = (
        *attribute("Name", given.get("name")),
        *attribute("Description", given.get("description")),
        *attribute("File List", files.name),
    )
    rows = (_association(r) for r in records(given.get("associations")))
    return _section("Study Component", attributes) | {"subsections": [r for r in rows if r["attributes"]]}


def _association(given: Record) -> Json:
    """The Title texts of the records that belong together: the archive joins by them, not by accession."""
    each = (attribute(name, given.get(key)) for key, name in _ASSOCIATIONS.items())
    return _section("Associations", list(chain.from_iterable(each)))


def attribute(name: str, value: Any) -> Sequence[Json]:
    """One attribute, or none where there is nothing to say."""
    said = text(value)
    return ({"name": name, "value": said},) if said else ()


def _term(name: str, term: Term, label: str | None = None) -> Sequence[Json]:
    """An attribute with the term's id as qualifiers. The web form writes ontology ids as OLS does, in small letters,
    but NCBITaxon as in its own list."""
    found: Json = {"name": name, "value": label or term.label}
    if term.id and term.ontology:
        ontology = term.ontology if term.ontology == "NCBITaxon" else term.ontology.lower()
        found["valqual"] = [{"name": "Ontology", "value": ontology}, {"name": "TermId", "value": term.short_form}]
    return (found,)


def _section(kind: str, attributes: Iterable[Json]) -> Json:
    return {"type": kind, "attributes": list(attributes)}
