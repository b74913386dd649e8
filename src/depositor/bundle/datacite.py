"""DataCite metadata (schema 4) as JSON and XML: what Zenodo, Figshare, Dataverse and DOI services share.

The DOI is given by the archive later: the XML says ``(:tba)``, DataCite's own word for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from depositor.bundle.answers import (
    Organisation,
    Person,
    date,
    doi,
    organisations,
    people,
    record,
    records,
    text,
    texts,
)
from depositor.bundle.answers import terms as read_terms
from depositor.bundle.datacite_xml import KERNEL, Json, xml
from depositor.bundle.licenses import license_name, license_url
from depositor.bundle.methods import methods
from depositor.bundle.sealed import Sealed
from depositor.bundle.writing import write_json, write_text

_ROLES = {
    "data acquisition": "DataCollector",
    "data steward": "DataCurator",
    "data analyst": "Researcher",
    "experiment performer": "DataCollector",
    "principal investigator": "ProjectLeader",
    "software development": "Other",
    "corresponding author": "ContactPerson",
}


def write_datacite(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write ``datacite.json`` and ``datacite.xml``, the same facts in both."""
    data = datacite(sealed)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    written = write_json(folder / "datacite.json", data)
    return written, write_text(folder / "datacite.xml", head + xml(data) + "\n")


def datacite(sealed: Sealed) -> Json:
    """The record as JSON values; properties that say nothing are left out.

    ``creators`` and ``titles`` are mandatory: where nobody named any, DataCite's word ``(:unav)`` stands there.
    """
    study = record(sealed.metadata.get("study"))
    released = date(sealed.document.get("release_date")) or date(sealed.submission.sealed_at)
    authors = people(study.get("author"))
    found: Json = {
        "schemaVersion": KERNEL,
        "creators": [_creator(p) for p in authors] or [{"name": "(:unav)"}],
        "titles": [{"title": text(study.get("title")) or "(:unav)"}],
        "publisher": {"name": sealed.capabilities.name},
        "publicationYear": str(released.year) if released else sealed.submission.sealed_at[:4],
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Bioimaging data set"},
        "subjects": list(_subjects(sealed, study)),
        "contributors": [c for p in authors for c in _contributors(p)],
        "dates": _dates(sealed, released.isoformat() if released else ""),
        "sizes": [f"{sealed.submission.bytes} bytes", f"{sealed.submission.files} files"],
        "version": text(record(sealed.metadata.get("version")).get("version")),
        "rightsList": _rights(text(sealed.document.get("license"))),
        "descriptions": list(_descriptions(sealed, study)),
        "relatedIdentifiers": list(_related(study, sealed)),
        "fundingReferences": list(_funding(study)),
        "alternateIdentifiers": _alternate(sealed),
    }
    return {key: value for key, value in found.items() if value}


def _creator(person: Person) -> Json:
    """Name as ``Last, First`` where both are known; else as it was given."""
    last_first = f"{person.last_name}, {person.first_name}" if person.last_name and person.first_name else person.name
    found: Json = {"name": last_first, "nameType": "Personal"}
    found |= {k: v for k, v in (("givenName", person.first_name), ("familyName", person.last_name)) if v}
    if person.orcid:
        scheme = {"nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"}
        found["nameIdentifiers"] = [{"nameIdentifier": f"https://orcid.org/{person.orcid}", **scheme}]
    if person.affiliations:
        found["affiliation"] = [_affiliation(o) for o in person.affiliations]
    return found


def _affiliation(organisation: Organisation) -> Json:
    if not organisation.ror:
        return {"name": organisation.name}
    scheme = {"affiliationIdentifierScheme": "ROR", "schemeUri": "https://ror.org"}
    return {"name": organisation.name, "affiliationIdentifier": organisation.ror, **scheme}


def _contributors(person: Person) -> Iterator[Json]:
    for kind in dict.fromkeys(_ROLES[r] for r in person.roles if r in _ROLES):
        yield {"contributorType": kind, **_creator(person)}


def _subjects(sealed: Sealed, study: Any) -> Iterator[Json]:
    yield from ({"subject": keyword} for keyword in texts(study.get("keywords")))
    values = [study.get("study_type")]
    values += [
        r.get(key) for r in records(sealed.metadata.get("biosample")) for key in ("organism", "biological_entity")
    ]
    values += [r.get("imaging_method") for r in records(sealed.metadata.get("image_acquisition"))]
    for term in dict.fromkeys(t for value in values for t in read_terms(value) if t.iri):
        yield {"subject": term.label, "subjectScheme": term.ontology, "valueUri": term.iri}


def _dates(sealed: Sealed, released: str) -> list[Json]:
    found = [
        {"date": released, "dateType": "Available"},
        {"date": sealed.submission.sealed_at, "dateType": "Submitted"},
    ]
    return [d for d in found if d["date"]]


def _rights(license_id: str) -> list[Json]:
    if not license_id:
        return []
    scheme = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}
    name, url = license_name(license_id), license_url(license_id)
    return [{"rights": name, "rightsUri": url, "rightsIdentifier": license_id, **scheme}]


def _descriptions(sealed: Sealed, study: Any) -> Iterator[Json]:
    pairs = ((text(study.get("description")), "Abstract"), (methods(sealed), "Methods"))
    yield from ({"description": said, "descriptionType": kind} for said, kind in pairs if said)


def _related(study: Any, sealed: Sealed) -> Iterator[Json]:
    for paper in records(study.get("publication")):
        for number, kind in ((doi(paper.get("doi")), "DOI"), (text(paper.get("pubmed_id")), "PMID")):
            if number:
                relation = {"relationType": "IsSupplementTo"}
                yield {"relatedIdentifier": number, "relatedIdentifierType": kind, **relation}
    for url in (text(link.get("url")) for link in records(study.get("link"))):
        if url.startswith(("http://", "https://")):
            yield {"relatedIdentifier": url, "relatedIdentifierType": "URL", "relationType": "References"}
    before = text(record(sealed.metadata.get("version")).get("previous_version"))
    if before.startswith(("http://", "https://")):
        yield {"relatedIdentifier": before, "relatedIdentifierType": "URL", "relationType": "IsNewVersionOf"}


def _funding(study: Any) -> Iterator[Json]:
    for grant in records(study.get("grant")):
        number = text(grant.get("identifier"))
        for funder in organisations(grant.get("funder")):
            found: Json = {"funderName": funder.name}
            if funder.ror:
                found |= {"funderIdentifier": funder.ror, "funderIdentifierType": "ROR"}
            yield found | ({"awardNumber": number} if number else {})


def _alternate(sealed: Sealed) -> list[Json]:
    if not sealed.accession:
        return []
    return [
        {"alternateIdentifier": sealed.accession, "alternateIdentifierType": f"{sealed.capabilities.name} accession"}
    ]
