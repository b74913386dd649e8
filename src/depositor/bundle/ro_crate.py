"""RO-Crate 1.2 metadata: the study for machines of every archive, with people, licence, sample, method and files.

Terms beyond RO-Crate's own context are those of the GIDE search profile (BioImage Archive, IDR and SSBD, January 2026);
where the two differ, RO-Crate is followed: grants stand under ``funding``, ``funder`` holds organisations.
Written by hand: a crate of this size needs no library, and nothing is fetched from the network.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from depositor.bundle import crate_files, crate_imaging, imaging, manifest
from depositor.bundle.answers import (
    Organisation,
    Person,
    Record,
    Term,
    date,
    doi,
    organisation_key,
    organisations,
    people,
    record,
    records,
    terms,
    text,
    texts,
)
from depositor.bundle.crate_graph import Entity, Graph, Ref
from depositor.bundle.licenses import license_name, license_url
from depositor.bundle.sealed import Sealed
from depositor.bundle.writing import write_json

NAME = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/crate/1.2"
_CONTEXT: list[Any] = [
    f"{_PROFILE}/context",
    {
        "dwc": "http://rs.tdwg.org/dwc/terms/",
        "scientificName": "dwc:scientificName",
        "vernacularName": "dwc:vernacularName",
        "measurementMethod": {"@id": "http://rs.tdwg.org/dwc/iri/measurementMethod", "@type": "@id"},
        "seeAlso": {"@id": "http://www.w3.org/1999/02/22-rdf-syntax-ns#seeAlso", "@type": "@id"},
        "BioSample": "http://schema.org/BioSample",
        "LabProtocol": "http://schema.org/LabProtocol",
        "labEquipment": "http://schema.org/labEquipment",
        "hasCellLine": "http://www.bioassayontology.org/bao#BAO_0002004",
    },
]


def write_ro_crate(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write ``ro-crate-metadata.json``; it belongs beside the data, under the names at the archive."""
    return (write_json(folder / NAME, ro_crate(sealed)),)


def ro_crate(sealed: Sealed) -> Entity:
    """The crate as JSON values. Up to 10,000 files each is an entity; beyond, the folders are, and the manifest."""
    graph = Graph()
    graph.add({"@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": _PROFILE}, "about": {"@id": "./"}})
    root = graph.entity(_root(sealed))
    study = record(sealed.metadata.get("study"))
    root["author"] = [_person(graph, p) for p in people(study.get("author"))]
    root["publisher"] = _publisher(graph, sealed)
    root["license"] = _license(graph, text(sealed.document.get("license")))
    root["about"] = _subjects(graph, sealed, study)
    root["measurementMethod"] = _methods(graph, sealed)
    root["variableMeasured"] = crate_imaging.image_files(graph, sealed)
    grants = records(study.get("grant"))
    root["funder"] = [_organisation(graph, o) for g in grants for o in organisations(g.get("funder"))]
    root["funding"] = [_grant(graph, g) for g in grants if text(g.get("identifier"))]
    root["identifier"] = [_identifier(graph, sealed)]
    root["seeAlso"] = [ref for p in records(study.get("publication")) for ref in _article(graph, p)]
    root["relatedLink"] = [text(link.get("url")) for link in records(study.get("link"))]
    root["size"] = _sizes(graph, sealed)
    root["hasPart"] = _parts(graph, sealed)
    return {"@context": _CONTEXT, "@graph": graph.finished()}


def _root(sealed: Sealed) -> Entity:
    study, submission = record(sealed.metadata.get("study")), sealed.submission
    title = text(study.get("title")) or f"Data set {submission.id}"
    released = date(sealed.document.get("release_date")) or date(submission.sealed_at)
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": text(study.get("description")) or title,
        "datePublished": released.isoformat() if released else submission.sealed_at,
        "dateModified": submission.sealed_at,
        "url": sealed.url,
        "version": text(record(sealed.metadata.get("version")).get("version")),
        "keywords": list(texts(study.get("keywords"))),
        "creditText": text(study.get("acknowledgements")),
    }


def _identifier(graph: Graph, sealed: Sealed) -> Ref:
    """The archive's accession where it is known; before that, our own number of the submission."""
    name = sealed.capabilities.name if sealed.accession else "Depositor"
    value = sealed.accession or f"urn:uuid:{sealed.submission.id}"
    found = {"@id": graph.local("identifier"), "@type": "PropertyValue", "propertyID": name, "name": value}
    return graph.add(found | {"value": value, "url": sealed.url})


def _contact(graph: Graph, person: Person) -> Ref | None:
    if not person.email:
        return None
    found = {"@id": f"mailto:{person.email}", "@type": "ContactPoint", "name": f"E-mail of {person.name}"}
    return graph.add(found | {"email": person.email, "contactType": "author"})


def _person(graph: Graph, person: Person) -> Ref:
    return graph.add(
        {
            "@id": f"https://orcid.org/{person.orcid}" if person.orcid else graph.local("person"),
            "@type": "Person",
            "name": person.name,
            "givenName": person.first_name,
            "familyName": person.last_name,
            "email": person.email,
            "contactPoint": _contact(graph, person),
            "affiliation": [_organisation(graph, o) for o in person.affiliations],
        },
        same=person.name.casefold(),
    )


def _organisation(graph: Graph, organisation: Organisation) -> Ref:
    return graph.add(
        {
            "@id": organisation.ror or graph.local("organisation"),
            "@type": "Organization",
            "name": organisation.name,
            "url": organisation.ror,
            "address": organisation.country,
        },
        same=organisation_key(organisation),
    )


def _publisher(graph: Graph, sealed: Sealed) -> Ref:
    page = sealed.capabilities.homepage
    name = sealed.capabilities.name
    return graph.add({"@id": page or graph.local("publisher"), "@type": "Organization", "name": name, "url": page})


def _license(graph: Graph, license_id: str) -> Ref | str:
    if not license_id:
        return "No licence was chosen."
    url = license_url(license_id)
    name = license_name(license_id)
    described = f"The terms under which these data may be used: {name}."
    return graph.add(
        {"@id": url, "@type": "CreativeWork", "name": name, "identifier": license_id, "description": described}
    )


def _term(graph: Graph, term: Term) -> Ref:
    """A term as an entity of its own; an organism as a Taxon."""
    found: Entity = {"@id": term.iri or graph.local("term"), "@type": "DefinedTerm", "name": term.label}
    found |= {"termCode": term.id, "inDefinedTermSet": term.ontology}
    return graph.add(found, same=term.label.casefold())


def _taxon(graph: Graph, term: Term) -> Ref:
    scientific, _, common = term.label.partition(" (")
    return graph.add(
        {
            "@id": term.iri or graph.local("taxon"),
            "@type": "Taxon",
            "name": term.label,
            "scientificName": scientific,
            "vernacularName": common.rstrip(")"),
        },
        same=f"taxon {term.label.casefold()}",
    )


def _subjects(graph: Graph, sealed: Sealed, study: Record) -> list[Ref]:
    """What was imaged. All that the samples refer to stands here too, as the GIDE profile asks."""
    found = [_term(graph, t) for t in terms(study.get("study_type"))]
    for sample in records(sealed.metadata.get("biosample")):
        taxa = [_taxon(graph, t) for t in terms(sample.get("organism"))]
        entities = [_term(graph, t) for t in terms(sample.get("biological_entity"))]
        found += [_sample(graph, sample, taxa, entities), *taxa, *entities]
    return found


def _sample(graph: Graph, sample: Record, taxa: list[Ref], entities: list[Ref]) -> Ref:
    keys = ("intrinsic_variable", "extrinsic_variable", "experimental_variable")
    lines = [t.label for t in terms(sample.get("biological_entity"))]
    variables = [_property(graph, key, sample.get(key)) for key in keys if text(sample.get(key))]
    cells = [t.iri for t in terms(sample.get("biological_entity")) if t.ontology in ("CLO", "CVCL")]
    title = text(sample.get("title"))
    return graph.add(
        {
            "@id": graph.local("biosample"),
            "@type": "BioSample",
            "name": title or "; ".join(lines),
            "description": text(sample.get("description")) or text(sample.get("biological_entity")) or title,
            "taxonomicRange": taxa,
            "about": entities,
            "hasCellLine": [{"@id": iri} for iri in cells if iri],
            "additionalProperty": variables,
        }
    )


def _property(graph: Graph, key: str, value: Any) -> Ref:
    name = key.replace("_", " ")
    return graph.add({"@id": graph.local("property"), "@type": "PropertyValue", "name": name, "value": text(value)})


def _methods(graph: Graph, sealed: Sealed) -> list[Ref]:
    """How the images came about: preparation, imaging with its instrument and methods, correlation, analysis."""
    found: list[Ref] = []
    for given in records(sealed.metadata.get("specimen")):
        channels = [_channel(graph, c) for c in records(given.get("channels"))]
        described = (given.get("preparation_method"), given.get("growth_protocol"))
        found.append(_protocol(graph, "specimen", given, described, additionalProperty=channels))
    details = imaging.microscopes(sealed)
    for given in records(sealed.metadata.get("image_acquisition")):
        techniques = [_term(graph, t) for t in terms(given.get("imaging_method"))]
        stand = crate_imaging.instrument(graph, given, details.pop(text(given.get("title")), ()))
        more = {"measurementTechnique": techniques, "labEquipment": stand}
        described = (given.get("image_acquisition_parameters"), None)
        found += [_protocol(graph, "image-acquisition", given, described, **more), *techniques]
    for given in (r for rest in details.values() for r in rest):  # of no acquisition that is described
        stand = crate_imaging.instrument(graph, {}, (given,))
        if stand:
            found.append(_protocol(graph, "image-acquisition", {}, (), labEquipment=stand))
    for given in records(sealed.metadata.get("image_correlation")):
        described = (given.get("spatial_and_temporal_alignment"), given.get("fiducials_used"))
        found.append(_protocol(graph, "image-correlation", given, described))
    for given in records(sealed.metadata.get("analyzed_data")):
        found.append(_protocol(graph, "image-analysis", given, (given.get("analysis_method"),)))
    return found


def _protocol(graph: Graph, kind: str, given: Record, described: Iterable[Any], **more: Any) -> Ref:
    title = text(given.get("title")) or kind.replace("-", " ").capitalize()
    said = "\n".join(filter(None, (text(d) for d in described))) or title
    return graph.add({"@id": graph.local(kind), "@type": "LabProtocol", "name": title, "description": said, **more})


def _channel(graph: Graph, channel: Record) -> Ref:
    keys = ("channel_content", "channel_biological_entity", "signal_contrast_mechanism")
    label = text(channel.get("channel_label"))
    value = "; ".join(filter(None, (text(channel.get(key)) for key in keys)))
    name = f"channel {label}".strip()
    return graph.add({"@id": graph.local("channel"), "@type": "PropertyValue", "name": name, "value": value or label})


def _grant(graph: Graph, grant: Record) -> Ref:
    number = text(grant.get("identifier"))
    name = " ".join(filter(None, (text(grant.get("funder")), number)))
    funders = [_organisation(graph, o) for o in organisations(grant.get("funder"))]
    found = {"@id": graph.local("grant"), "@type": "Grant", "name": name, "identifier": number, "funder": funders}
    return graph.add(found)


def _article(graph: Graph, paper: Record) -> list[Ref]:
    number, title = doi(paper.get("doi")), text(paper.get("title"))
    if not (number or title):
        return []
    address = f"https://doi.org/{quote(number, safe='/()._;-')}" if number else graph.local("article")
    found = {"@id": address, "@type": "ScholarlyArticle", "name": title or number, "identifier": number}
    return [graph.add(found | {"datePublished": text(paper.get("year")), "creditText": text(paper.get("authors"))})]


def _sizes(graph: Graph, sealed: Sealed) -> list[Ref]:
    """File count and bytes, as quantities with units of the unit ontology."""
    obo = "http://purl.obolibrary.org/obo/"
    pairs = ((sealed.submission.files, "UO_0000189", "file count"), (sealed.submission.bytes, "UO_0000233", "bytes"))
    return [
        graph.add(
            {
                "@id": graph.local("size"),
                "@type": "QuantitativeValue",
                "name": unit,
                "value": value,
                "unitCode": f"{obo}{code}",
                "unitText": unit,
            }
        )
        for value, code, unit in pairs
    ]


def _parts(graph: Graph, sealed: Sealed) -> list[Ref]:
    """Study components and annotations, and every file: common readers (rocrate-py) look for files at the root only."""
    homes = {text(r.get("name")): ("component", r) for r in records(sealed.metadata.get("study_component"))}
    homes |= {text(r.get("title")): ("annotations", r) for r in records(sealed.metadata.get("annotations"))}
    parts = crate_files.parts(graph, sealed)
    files = [ref for refs in parts.values() for ref in refs]
    if len(homes) == 1:
        parts = dict.fromkeys(homes, files)
    found = [_home(graph, kind, given, parts.get(title, [])) for title, (kind, given) in homes.items()]
    if "manifest" in sealed.capabilities.documents:
        files.append(crate_files.document(graph, manifest.NAME, "SHA-256 checksums of all files", "text/plain"))
    return [*found, *files]


def _home(graph: Graph, kind: str, given: Record, files: list[Ref]) -> Ref:
    title = text(given.get("name")) or text(given.get("title"))
    described = text(given.get("description")) or text(given.get("annotation_overview")) or title
    return graph.add(
        {
            "@id": graph.local(kind),
            "@type": "Dataset",
            "name": title,
            "description": described,
            "measurementTechnique": text(given.get("annotation_method")),
            "keywords": list(texts(given.get("annotation_type"))),
            "author": [_person(graph, p) for p in people(given.get("annotation_authors"))],
            "hasPart": files,
        }
    )
