"""The BioStudies submission (PageTab JSON) after the form template BioImages.v5 of the BioImage Archive.

Sources: the template itself, the grammar of EBIBioStudies/page-tab-specification, and stored submissions of the archive
(S-BIAD2225, S-BIAD2324). Decisions where these leave a choice:

- An imaging method is an attribute of ``Image acquisition`` with the qualifiers ``Ontology`` and ``TermId``. The older
  nested sections ``Imaging Method`` are not written: the form of v5 knows no such section, switches custom ones off,
  and would lose them when the user goes on in the browser; the qualifiers carry the same id.
- What the form holds once (variables, roles) is written once, values with ``; `` between. ``Keywords``, ``Imaging
  method``, ``Annotation Type`` and ``affiliation`` are the ones that repeat; ``Organism`` repeats where a sample holds
  several, because each has its own taxon id.
- The type of study and the channels have no place in v5; the RO-Crate carries them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from depositor.bundle.answers import Record, doi, record, records, text, texts
from depositor.bundle.file_lists import slug
from depositor.bundle.pagetab_sections import Json, attribute, sections
from depositor.bundle.sealed import Sealed
from depositor.bundle.writing import write_json
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Problem, Side
from depositor.draft.submission import Submission

NAME = "pagetab.json"
TEMPLATE = "BioImages.v5"
COLLECTION = "BioImages"

_LICENSES = {
    "CC0-1.0": ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/legalcode"),
    "CC-BY-4.0": ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/legalcode"),
}
# Prefixes that BioStudies turns into a link when the url is a bare id; all others must be whole addresses.
_ID_LINKS = frozenset(
    {
        *(
            "doi",
            "pmid",
            "pmc",
            "ena",
            "empiar",
            "idr",
            "emdb",
            "pdb",
            "geo",
            "arrayexpress",
            "biostudies",
            "biosample",
        ),
        *("bioproject", "chembl", "ensembl", "uniprot", "go", "intact", "pride", "sra"),
    }
)


def write_pagetab(sealed: Sealed, folder: Path) -> tuple[Path, ...]:
    """Write ``pagetab.json``. Raises NeedsUser for a licence that the template does not offer."""
    return (write_json(folder / NAME, pagetab(sealed)),)


def root_path(submission: Submission) -> str:
    """The folder in the user's space that holds the files and file lists of this submission: short, plain and its own,
    the same for all revisions of a draft."""
    title = text(record(record(submission.document.get("metadata")).get("study")).get("title"))
    own = re.sub(r"[^A-Za-z0-9]", "", submission.draft_id or submission.id)[:8].lower()
    return "-".join(filter(None, (slug(title), own))) or "submission"


def pagetab(sealed: Sealed) -> Json:
    """The document as JSON values; what was not answered is left out."""
    study = record(sealed.metadata.get("study"))
    title, release = text(study.get("title")), text(sealed.document.get("release_date"))
    twice = [*attribute("Title", title), *attribute("ReleaseDate", release)]
    # A first version asks for a DOI; a later one must keep the attribute and give it no value.
    wants_doi: Json = {"name": "DOI"} if sealed.submission.previous else {"name": "DOI", "value": "true"}
    head = [*attribute("Template", TEMPLATE), *attribute("AttachTo", COLLECTION), *twice]
    head += [*attribute("RootPath", root_path(sealed.submission)), wants_doi]
    section = {"type": "Study", "accno": "study-0", "attributes": [*twice, *_study(study, sealed)]}
    links = list(_links(study, sealed))
    if links:
        section["links"] = links
    section["subsections"] = _numbered(sections(sealed, study))
    known = {"accno": sealed.accession} if sealed.accession and sealed.submission.previous else {}
    return {**known, "type": "submission", "attributes": head, "section": section}


def _study(study: Record, sealed: Sealed) -> Iterator[Json]:
    yield from attribute("Description", study.get("description"))
    for keyword in texts(study.get("keywords")):
        yield from attribute("Keywords", keyword)
    yield from attribute("Acknowledgements", study.get("acknowledgements"))
    yield from _license(text(sealed.document.get("license")))
    yield from attribute("Funding statement", study.get("funding_statement"))


def _license(license_id: str) -> Iterator[Json]:
    if not license_id:
        return
    if license_id not in _LICENSES:
        raise NeedsUser(_license_not_offered(license_id))
    name, url = _LICENSES[license_id]
    yield {"name": "License", "value": name, "valqual": [{"name": "URL", "value": url}]}


def _links(study: Record, sealed: Sealed) -> Iterator[Json]:
    for link in records(study.get("link")):
        yield from _link(text(link.get("url")), text(link.get("description")), text(link.get("type")))
    for model in texts(study.get("ai_models_trained")):
        yield from _link(model, "AI model trained on these data", "")
    yield from _link(text(record(sealed.metadata.get("version")).get("previous_version")), "Previous version", "")


def _link(url: str, description: str, kind: str) -> Iterator[Json]:
    if not url:
        return
    found: Json = {"url": url}
    prefix = kind.casefold()
    if prefix in _ID_LINKS:
        found["url"] = doi(url) if prefix == "doi" else url.rstrip("/").rpartition("/")[2]
    attributes = [*attribute("Description", description or ("" if prefix in _ID_LINKS else kind))]
    if prefix in _ID_LINKS:
        attributes += attribute("Type", prefix)
    yield found | ({"attributes": attributes} if attributes else {})


def _numbered(sections: Iterable[Json]) -> list[Json]:
    """The sections with an accession each (``specimen-2``), unique in the document."""
    count: dict[str, int] = {}

    def numbered(section: Json) -> Json:
        kind = section["type"]
        count[kind] = count.get(kind, 0) + 1
        accno = section.get("accno") or f"{kind.lower().replace(' ', '-')}-{count[kind]}"
        inner = {"subsections": [numbered(s) for s in section["subsections"]]} if section.get("subsections") else {}
        return {"type": kind, "accno": accno, "attributes": section["attributes"], **inner}

    return [numbered(s) for s in sections]


def _license_not_offered(license_id: str) -> Problem:
    return Problem(
        "pagetab.license",
        Side.ARCHIVE,
        msg("pagetab.license", "The BioImage Archive does not offer the licence {license}.", license=license_id),
        msg("pagetab.license.advice", "Choose CC0 or CC BY 4.0 in the step Licence and release."),
        actions=("choose-license",),
    )
