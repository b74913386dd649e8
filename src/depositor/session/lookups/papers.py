"""Europe PMC, Crossref and DataCite: papers and data sets by DOI or PubMed id, with authors and grants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from depositor.draft.problem import DepositError, Stopped
from depositor.form.identifiers import normal
from depositor.session.lookups.asking import Asker
from depositor.session.lookups.found import Found, Source
from depositor.session.lookups.reading import at, items, number, text, year

_AUTHORS = 400
_PRINTED = 2_000


def by_doi(asker: Asker, doi: str) -> tuple[Found, ...]:
    """The work of a DOI: Europe PMC knows the most of a paper, Crossref knows nearly all papers, DataCite data sets."""
    trouble: DepositError | None = None
    for ask in (_europepmc_doi, _crossref, _datacite):
        try:
            found = ask(asker, doi)
        except Stopped:
            raise
        except DepositError as error:
            trouble = trouble or error
            continue
        if found:
            return (found,)
    if trouble is not None:
        raise trouble
    return ()


def by_pmid(asker: Asker, pmid: str) -> tuple[Found, ...]:
    """The paper of a PubMed id."""
    return _first(_europepmc(asker, f"EXT_ID:{pmid} AND SRC:MED"))


def by_pmcid(asker: Asker, pmcid: str) -> tuple[Found, ...]:
    """The paper of an id of PubMed Central."""
    return _first(_europepmc(asker, f"PMCID:{pmcid}"))


def _first(found: Found | None) -> tuple[Found, ...]:
    return (found,) if found else ()


# --- Europe PMC ------------------------------------------------------------------------------------------------------


def _europepmc_doi(asker: Asker, doi: str) -> Found | None:
    found = _europepmc(asker, f'DOI:"{doi}"')
    return found if found and found.record.get("doi") == doi else None


def _europepmc(asker: Asker, query: str) -> Found | None:
    wanted = {"query": query, "format": "json", "resultType": "core", "pageSize": "1"}
    answer = asker.ask("europepmc", "/search", wanted)
    row = at(answer.tree, "resultList", "result", 0)
    title = text(row, "title").rstrip(".")
    if not title:
        return None
    pmid, doi = normal("pmid", text(row, "pmid")), normal("doi", text(row, "doi"))
    authors = text(row, "authorString", longest=_PRINTED).rstrip(".")
    when = year(row, "pubYear")
    record = _said(title=title, authors=authors, doi=doi, year=when, pubmed_id=pmid)
    more = {
        "author": tuple(_pmc_authors(row, answer.source)),
        "grant": tuple(_pmc_grants(row, answer.source)),
    }
    journal = text(row, "journalInfo", "journal", "title")
    return _paper(doi or pmid or title, record, answer.source, journal, when, more)


def _pmc_authors(row: Any, source: Source) -> Iterator[Found]:
    for author in items(row, "authorList", "author")[:_AUTHORS]:
        orcid = text(author, "authorId", "value") if text(author, "authorId", "type") == "ORCID" else ""
        first, last = text(author, "firstName"), text(author, "lastName")
        homes = items(author, "authorAffiliationDetailsList", "authorAffiliation")
        places = [text(home, "affiliation") for home in homes[:2]]
        yield from _author(first, last, text(author, "fullName"), orcid, places, source)


def _pmc_grants(row: Any, source: Source) -> Iterator[Found]:
    for grant in items(row, "grantsList", "grant"):
        award, agency = text(grant, "grantId"), text(grant, "agency")
        yield from _grant(award, agency, "", source)


# --- Crossref --------------------------------------------------------------------------------------------------------


def _crossref(asker: Asker, doi: str) -> Found | None:
    answer = asker.ask("crossref", f"/works/{quote(doi, safe='')}")
    row = at(answer.tree, "message")
    title = text(row, "title", 0).rstrip(".")
    if not title:
        return None
    authors = [found for a in items(row, "author")[:_AUTHORS] for found in _crossref_author(a, answer.source)]
    printed = ", ".join(a.title for a in authors)
    first = number(row, "issued", "date-parts", 0, 0)
    record = _said(title=title, authors=printed[:_PRINTED], doi=doi, year=int(first) if first else None)
    grants = [g for f in items(row, "funder") for award in items(f, "award") or [""]
              for g in _grant(text(award), text(f, "name"), "", answer.source)]  # fmt: skip
    more = {"author": tuple(authors), "grant": tuple(grants)}
    return _paper(doi, record, answer.source, text(row, "container-title", 0), record.get("year"), more)


def _crossref_author(row: Any, source: Source) -> Iterator[Found]:
    places = [text(place, "name") for place in items(row, "affiliation")[:2]]
    return _author(text(row, "given"), text(row, "family"), text(row, "name"), text(row, "ORCID"), places, source)


# --- DataCite --------------------------------------------------------------------------------------------------------


def _datacite(asker: Asker, doi: str) -> Found | None:
    answer = asker.ask("datacite", f"/dois/{quote(doi, safe='')}", {"affiliation": "true", "publisher": "true"})
    row = at(answer.tree, "data", "attributes")
    title = text(row, "titles", 0, "title").rstrip(".")
    if not title:
        return None
    authors = [found for c in items(row, "creators")[:_AUTHORS] for found in _datacite_author(c, answer.source)]
    when = year(row, "publicationYear")
    record = _said(title=title, authors=", ".join(a.title for a in authors)[:_PRINTED], doi=doi, year=when)
    rows = items(row, "fundingReferences")
    grants = [g for r in rows for g in _grant(
        text(r, "awardNumber"), text(r, "funderName"), text(r, "funderIdentifier"), answer.source)]  # fmt: skip
    printed = text(row, "publisher", "name") or text(row, "publisher")
    return _paper(doi, record, answer.source, printed, when, {"author": tuple(authors), "grant": tuple(grants)})


def _datacite_author(row: Any, source: Source) -> Iterator[Found]:
    if text(row, "nameType") == "Organizational":
        return iter(())
    orcids = [text(i, "nameIdentifier") for i in items(row, "nameIdentifiers")]
    orcid = next((o for o in orcids if normal("orcid", o)), "")
    places = [text(place, "name") or text(place) for place in items(row, "affiliation")[:2]]
    return _author(text(row, "givenName"), text(row, "familyName"), text(row, "name"), orcid, places, source)


# --- in common -------------------------------------------------------------------------------------------------------


def _paper(
    key: str, record: dict[str, Any], source: Source, journal: str, when: Any, more: dict[str, tuple[Found, ...]]
) -> Found:
    detail = ", ".join(filter(None, (journal, str(when or ""))))
    doi = record.get("doi")
    url = f"https://doi.org/{doi}" if doi else f"https://pubmed.ncbi.nlm.nih.gov/{key}/"
    return Found("publication", key, record["title"], record, source, detail, url, more)


def _author(first: str, last: str, whole: str, orcid: str, places: list[str], source: Source) -> Iterator[Found]:
    name = f"{first} {last}".strip() or whole
    if name:
        homes = [{"name": place} for place in places if place]
        record = _said(name=name, first_name=first, last_name=last, orcid=normal("orcid", orcid), affiliation=homes)
        yield Found("person", record.get("orcid") or name, name, record, source, places[0] if places else "")


def _grant(award: str, agency: str, ror: str, source: Source) -> Iterator[Found]:
    if award or agency:
        funder = _said(name=agency, ror=normal("ror", ror) if ror else None)
        record = _said(identifier=award, funder=[funder] if funder else None)
        yield Found("grant", award or agency, award or agency, record, source, agency if award else "")


def _said(**record: Any) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value}
