"""ORCID (public API 3.0) and ROR (v2): persons and organisations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from depositor.draft.problem import DepositError, Stopped
from depositor.form.identifiers import normal
from depositor.session.lookups.asking import Asker
from depositor.session.lookups.found import Found, Source
from depositor.session.lookups.reading import at, items, text, year

_SHOWN = 12
_AFFILIATIONS = 3
_WORKS = 40
_LONG = 60  # letters; longer texts are whole addresses, which ROR matches in another way


def person(asker: Asker, orcid: str) -> tuple[Found, ...]:
    """The person of an ORCID iD: name, present affiliations with ROR ids where they are known, papers to pick from."""
    answer = asker.ask("orcid", f"/v3.0/{orcid}/record")
    if answer.tree is None:
        return ()
    about = at(answer.tree, "person", "name")
    first, last = text(about, "given-names", "value"), text(about, "family-name", "value")
    shown = text(about, "credit-name", "value") or f"{first} {last}".strip()
    homes = list(_affiliations(asker, answer.tree))
    record = {"name": shown, "first_name": first, "last_name": last, "orcid": orcid, "affiliation": homes}
    works = tuple(_works(answer.tree, answer.source))
    detail = "; ".join(h["name"] for h in homes)
    url = f"https://orcid.org/{orcid}"
    if not shown:
        return ()
    return (Found("person", orcid, shown, _said(record), answer.source, detail, url, {"publication": works}),)


def persons(asker: Asker, name: str) -> tuple[Found, ...]:
    """People of this name who have an ORCID iD; the first dozen."""
    words = [_escaped(w) for w in name.replace(",", " ").split()]
    family, given = (words[0], words[1:]) if "," in name else (words[-1], words[:-1])
    parts = [f"family-name:{family}", *(f"given-names:{' '.join(given)}" for _ in given[:1])]
    answer = asker.ask("orcid", "/v3.0/expanded-search/", {"q": " AND ".join(parts), "start": "0", "rows": str(_SHOWN)})
    return tuple(_persons(answer.tree, answer.source))


def _persons(tree: Any, source: Source) -> Iterator[Found]:
    for row in items(tree, "expanded-result")[:_SHOWN]:
        orcid = normal("orcid", text(row, "orcid-id"))
        first, last = text(row, "given-names"), text(row, "family-names")
        shown = text(row, "credit-name") or f"{first} {last}".strip()
        if orcid and shown:
            record = {"name": shown, "first_name": first, "last_name": last, "orcid": orcid}
            homes = "; ".join(filter(None, (text(name) for name in items(row, "institution-name")[:_AFFILIATIONS])))
            yield Found("person", orcid, shown, _said(record), source, homes, f"https://orcid.org/{orcid}")


def _affiliations(asker: Asker, tree: Any) -> Iterator[dict[str, str]]:
    """Employments that have no end, the latest first as ORCID gives them."""
    groups = items(tree, "activities-summary", "employments", "affiliation-group")
    jobs = [at(group, "summaries", 0, "employment-summary") for group in groups]
    for job in [j for j in jobs if j and not at(j, "end-date")][:_AFFILIATIONS]:
        place = at(job, "organization")
        known = at(place, "disambiguated-organization")
        name, country = text(place, "name"), text(place, "address", "country")
        scheme, number = text(known, "disambiguation-source"), text(known, "disambiguated-organization-identifier")
        ror = normal("ror", number) if scheme == "ROR" else _ror_of(asker, scheme, number)
        if name:
            yield _said({"name": name, "ror": ror or "", "country": country if len(country) == 2 else ""})


def _ror_of(asker: Asker, scheme: str, number: str) -> str | None:
    """The ROR id of an organisation that ORCID knows by another number; None where that takes too long."""
    if scheme not in ("GRID", "FUNDREF") or not number:
        return None
    key = number.rpartition("/")[2]
    try:
        answer = asker.ask("ror", "/v2/organizations", {"query": f'"{key}"'})
    except Stopped:
        raise
    except DepositError:
        return None
    for row in items(answer.tree, "items"):
        if any(key in items(known, "all") for known in items(row, "external_ids")):
            return normal("ror", text(row, "id"))
    return None


def _works(tree: Any, source: Source) -> Iterator[Found]:
    for group in items(tree, "activities-summary", "works", "group")[:_WORKS]:
        work = at(group, "work-summary", 0)
        title = text(work, "title", "title", "value")
        ids = {
            text(i, "external-id-type"): text(i, "external-id-value")
            for i in items(work, "external-ids", "external-id")
        }
        doi, pmid = normal("doi", ids.get("doi", "")), normal("pmid", ids.get("pmid", ""))
        when = year(work, "publication-date", "year", "value")
        if title:
            record = {"title": title, "doi": doi or "", "pubmed_id": pmid or "", "year": when}
            detail = ", ".join(filter(None, (text(work, "journal-title", "value"), str(when or ""))))
            yield Found("publication", doi or pmid or title, title, _said(record), source, detail)


def organisation(asker: Asker, ror: str) -> tuple[Found, ...]:
    """The organisation of a ROR id."""
    answer = asker.ask("ror", f"/v2/organizations/{quote(ror.rpartition('/')[2])}")
    found = _organisation(answer.tree, answer.source)
    return (found,) if found else ()


def organisations(asker: Asker, name: str) -> tuple[Found, ...]:
    """Organisations that are called so, or that a whole line of an address speaks of; the likeliest first."""
    if len(name) > _LONG or "," in name:
        answer = asker.ask("ror", "/v2/organizations", {"affiliation": name[:400]})
        rows = sorted(items(answer.tree, "items"), key=lambda row: at(row, "chosen") is not True)
        found = [_organisation(at(row, "organization"), answer.source) for row in rows]
    else:
        answer = asker.ask("ror", "/v2/organizations", {"query": name})
        found = [_organisation(row, answer.source) for row in items(answer.tree, "items")]
    return tuple(one for one in found if one)[:_SHOWN]


def _organisation(row: Any, source: Source) -> Found | None:
    ror = normal("ror", text(row, "id"))
    names = [(text(n, "value"), items(n, "types")) for n in items(row, "names")]
    name = next((value for value, types in names if "ror_display" in types), names[0][0] if names else "")
    place = at(row, "locations", 0, "geonames_details")
    country = text(place, "country_code")
    if not ror or not name:
        return None
    short = [value for value, types in names if "acronym" in types][:2]
    detail = ", ".join(filter(None, (*short, text(place, "name"), text(place, "country_name"))))
    record = {"name": name, "ror": ror, "country": country if len(country) == 2 else ""}
    return Found(
        "organisation", ror, name, _said(record), source, detail, ror, outdated=text(row, "status") != "active"
    )


def _said(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value}


def _escaped(word: str) -> str:
    """A word of a name for ORCID's search, without signs that mean something there (Lucene syntax)."""
    return re.sub(r'[+\-&|!(){}\[\]^"~*?:\\/]', " ", word).strip() or "x"
