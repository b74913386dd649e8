"""A server that answers as the public services document it, and is as strict: unknown paths, parameters and headers
are refused and written down. Faults can be ordered."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ORCID = "0000-0002-1825-0097"
ROR = "https://ror.org/02catss52"
DOI = "10.1234/example.1"

_RECORD = {
    "orcid-identifier": {"path": ORCID},
    "person": {
        "name": {
            "given-names": {"value": "Josiah"},
            "family-name": {"value": "Carberry"},
            "credit-name": {"value": "Josiah <b>Stinkney</b> Carberry\u202e"},
        },
        "emails": {"email": []},
    },
    "activities-summary": {
        "employments": {
            "affiliation-group": [
                {"summaries": [{"employment-summary": {
                    "end-date": None, "role-title": "Professor",
                    "organization": {"name": "Example Institute", "address": {"city": "Hinxton", "country": "GB"},
                                     "disambiguated-organization": {"disambiguated-organization-identifier": ROR,
                                                                    "disambiguation-source": "ROR"}}}}]},
                {"summaries": [{"employment-summary": {
                    "end-date": {"year": {"value": "2011"}}, "organization": {"name": "Former Institute"}}}]},
                {"summaries": [{"employment-summary": {
                    "end-date": None,
                    "organization": {"name": "Second Institute", "address": {"country": "DE"},
                                     "disambiguated-organization": {
                                         "disambiguated-organization-identifier": "grid.225360.0",
                                         "disambiguation-source": "GRID"}}}}]},
            ]
        },
        "works": {"group": [{"work-summary": [{
            "title": {"title": {"value": "An example paper"}}, "journal-title": {"value": "Journal of Examples"},
            "publication-date": {"year": {"value": "2026"}},
            "external-ids": {"external-id": [{"external-id-type": "doi", "external-id-value": DOI}]}}]}]},
    },
}  # fmt: skip
_ORGANISATION = {
    "id": ROR,
    "names": [{"value": "EI", "types": ["acronym"], "lang": None},
              {"value": "Example Institute", "types": ["label", "ror_display"], "lang": "en"}],
    "locations": [{"geonames_id": 1, "geonames_details": {"name": "Hinxton", "country_code": "GB",
                                                          "country_name": "United Kingdom"}}],
    "external_ids": [{"type": "grid", "preferred": "grid.225360.0", "all": ["grid.225360.0"]}],
    "status": "active", "types": ["facility"],
}  # fmt: skip
_GONE = _ORGANISATION | {"id": "https://ror.org/03vek6s52", "status": "withdrawn",
                         "names": [{"value": "Old Institute", "types": ["ror_display"]}]}  # fmt: skip
_PAPER = {
    "id": "34021280", "source": "MED", "pmid": "34021280", "pmcid": "PMC8606015", "doi": DOI,
    "title": "An <i>example</i> paper.", "authorString": "Carberry J, Roe R.", "pubYear": "2026",
    "journalInfo": {"journal": {"title": "Journal of Examples"}},
    "authorList": {"author": [
        {"fullName": "Carberry J", "firstName": "Josiah", "lastName": "Carberry",
         "authorId": {"type": "ORCID", "value": ORCID},
         "authorAffiliationDetailsList": {"authorAffiliation": [{"affiliation": "Example Institute, Hinxton, UK."}]}},
        {"fullName": "Roe R", "firstName": "Rita", "lastName": "Roe"}, {"collectiveName": 3}]},
    "grantsList": {"grant": [{"grantId": "EX-2041", "agency": "Example Foundation"}]},
}  # fmt: skip


def _orcid(path: str, query: dict[str, str]) -> Any:
    if path == f"/v3.0/{ORCID}/record" and not query:
        return _RECORD
    if path == "/v3.0/expanded-search/" and set(query) == {"q", "start", "rows"}:
        row = {"orcid-id": ORCID, "given-names": "Josiah", "family-names": "Carberry", "credit-name": None,
               "institution-name": ["Example Institute"], "email": []}  # fmt: skip
        hit = query["q"] == "family-name:Carberry AND given-names:Josiah"
        return {"expanded-result": [row, {"orcid-id": "0000-0002-1825-0098", "given-names": "No"}] if hit else None,
                "num-found": 1}  # fmt: skip
    return _absent() if re.fullmatch(r"/v3\.0/[\dX-]{19}/record", path) else None


def _ror(path: str, query: dict[str, str]) -> Any:
    if path == "/v2/organizations/02catss52":
        return _ORGANISATION
    if path == "/v2/organizations" and set(query) == {"query"}:
        known = query["query"] in ("example institute", '"grid.225360.0"')
        return {"number_of_results": 2, "time_taken": 3, "items": [_ORGANISATION, _GONE] if known else [], "meta": {}}
    if path == "/v2/organizations" and set(query) == {"affiliation"}:
        rows = [{"score": 0.7, "chosen": False, "organization": _GONE, "matching_type": "FUZZY"},
                {"score": 1.0, "chosen": True, "organization": _ORGANISATION, "matching_type": "EXACT"}]  # fmt: skip
        return {"number_of_results": 2, "items": rows}
    return None


def _europepmc(path: str, query: dict[str, str]) -> Any:
    if path != "/search" or set(query) != {"query", "format", "resultType", "pageSize"} or query["format"] != "json":
        return None
    known = query["query"] in (f'DOI:"{DOI}"', "EXT_ID:34021280 AND SRC:MED", "PMCID:PMC8606015")
    return {"hitCount": int(known), "resultList": {"result": [_PAPER] if known else []}}


def _crossref(path: str, query: dict[str, str]) -> Any:
    if path == "/works/10.5555%2Fcrossref" and not query:
        return {"status": "ok", "message": {
            "title": ["A paper elsewhere"], "DOI": "10.5555/crossref", "issued": {"date-parts": [[2025, 3]]},
            "author": [{"given": "Rita", "family": "Roe", "ORCID": f"http://orcid.org/{ORCID}",
                        "affiliation": [{"name": "Example Institute"}]}],
            "container-title": ["Other Journal"],
            "funder": [{"name": "Example Foundation", "award": ["A-1", "A-2"]}]}}  # fmt: skip
    return _absent() if path.startswith("/works/10.") and "/" not in path[7:] else None


def _datacite(path: str, query: dict[str, str]) -> Any:
    if query != {"affiliation": "true", "publisher": "true"}:
        return None
    if path == "/dois/10.5281%2Fzenodo.1":
        return {"data": {"attributes": {
            "titles": [{"title": "A data set"}], "publicationYear": 2024, "publisher": {"name": "Zenodo"},
            "creators": [{"name": "Roe, Rita", "givenName": "Rita", "familyName": "Roe", "nameType": "Personal",
                          "nameIdentifiers": [{"nameIdentifier": f"https://orcid.org/{ORCID}"}],
                          "affiliation": [{"name": "Example Institute"}]},
                         {"name": "A consortium", "nameType": "Organizational"}],
            "fundingReferences": [{"funderName": "Example Foundation", "awardNumber": "B-7",
                                   "funderIdentifier": "https://ror.org/00k4n6c32"}]}}}  # fmt: skip
    return _absent() if path.startswith("/dois/10.") else None


def _ols(path: str, query: dict[str, str]) -> Any:
    needed = {"q", "ontology", "type", "local", "obsoletes", "rows", "fieldList"}
    if path != "/api/select" or not needed <= set(query) <= needed | {"allChildrenOf"}:
        return None
    rows = [{"iri": "http://purl.obolibrary.org/obo/FBbi_00000251", "label": "confocal microscopy",
             "short_form": "FBbi_00000251", "obo_id": "FBbi:00000251", "ontology_name": "fbbi",
             "description": ["A <b>pinhole</b>."], "type": "class"}, {"label": "no id"}]  # fmt: skip
    return {"responseHeader": {"status": 0}, "response": {"numFound": 1, "start": 0, "docs": rows}, "highlighting": {}}


def _uniprot(path: str, query: dict[str, str]) -> Any:
    row = {
        "taxonId": 7955,
        "scientificName": "Danio rerio",
        "commonName": "Zebrafish",
        "rank": "species",
        "lineage": [],
    }
    if path == "/taxonomy/7955.json" and not query:
        return row
    if path == "/taxonomy/search" and set(query) == {"query", "size", "format"}:
        return {"results": [row] if query["query"] == "zebrafish" else []}
    return _absent() if re.fullmatch(r"/taxonomy/\d+\.json", path) else None


def _fpbase(path: str, query: dict[str, str]) -> Any:
    if path != "/api/proteins/" or set(query) != {"name__icontains", "format"}:
        return None
    rows = [{"name": "mEGFP2", "slug": "megfp2", "states": [{"ex_max": 490, "em_max": 510.5}]},
            {"name": "mEGFP", "slug": "megfp", "states": [{"name": "default", "ex_max": 488.0, "em_max": 507.0}]},
            {"name": "dark", "slug": "dark", "states": [{"ex_max": None, "em_max": "x"}]}]  # fmt: skip
    return rows if query["name__icontains"] == "mEGFP" else []


def _rrid(path: str, query: dict[str, str]) -> Any:
    if path == "/resolver/RRID:AB_2535864.json" and not query:
        return {"hits": {"hits": [{"_source": {
            "item": {"name": "Goat anti-Rabbit IgG", "description": "a secondary antibody", "curie": "AB_2535864"},
            "vendors": [{"name": "Example Antibodies", "catalog": "A-1"}],
            "antibodies": {"primary": [{"clonality": "polyclonal"}]}}}]}}  # fmt: skip
    return {"hits": {"hits": []}} if path.startswith("/resolver/RRID:") else None


def _absent() -> tuple[int, dict[str, str]]:
    return 404, {"error": "not found"}


SERVICES: dict[str, Callable[[str, dict[str, str]], Any]] = {
    "orcid": _orcid, "ror": _ror, "europepmc": _europepmc, "crossref": _crossref, "datacite": _datacite,
    "ols": _ols, "uniprot": _uniprot, "fpbase": _fpbase, "rrid": _rrid,
}  # fmt: skip


@dataclass
class Fault:
    """How to answer instead: ``hang`` until the test ends, or with this status, headers and body."""

    status: int = 200
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    endless: bool = False
    times: int = 1_000


class StandIn:
    """The server. ``asked`` holds (service, path, headers) of each request, ``complaints`` what was wrong."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.complaints: list[str] = []
        self.faults: dict[str, Fault] = {}
        self.etag = ""
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def endpoints(self) -> dict[str, str]:
        port = self._server.server_address[1]
        return {service: f"http://127.0.0.1:{port}/{service}" for service in SERVICES}

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                return

            def do_GET(self) -> None:
                service, _, rest = self.path[1:].partition("/")
                outer.asked.append((service, "/" + rest, dict(self.headers)))
                fault = outer.faults.get(service)
                if fault and fault.times > 0:
                    fault.times -= 1
                    self._fail(fault)
                    return
                self._send(*outer.answer(service, "/" + rest, dict(self.headers)))

            def _fail(self, fault: Fault) -> None:
                if fault.hang:
                    outer.released.wait(30)
                    self.close_connection = True
                elif fault.endless:
                    self.send_response(200)
                    self.send_header("Content-Type", fault.kind)
                    self.end_headers()
                    try:
                        while not outer.released.is_set():
                            self.wfile.write(b"[" * 65_536)
                    except OSError:
                        pass
                    self.close_connection = True
                else:
                    self._send(fault.status, fault.body, {"Content-Type": fault.kind, **fault.headers})

            def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def answer(self, service: str, rest: str, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """What the service says, or 400 with a note of what was wrong with the request."""
        split = urlsplit(rest)
        listed = parse_qs(split.query, keep_blank_values=True, strict_parsing=bool(split.query))
        wrong = _wrong_headers(headers) + [f"twice: {k}" for k, v in listed.items() if len(v) > 1]
        path = split.path if service in ("crossref", "datacite") else unquote(split.path)
        found = SERVICES[service](path, {k: v[0] for k, v in listed.items()}) if service in SERVICES else None
        if found is None:
            wrong.append(f"unknown question: {service} {rest}")
        if wrong:
            self.complaints += wrong
            return 400, b'{"errors": ["bad request"]}', {"Content-Type": "application/json"}
        if self.etag and headers.get("If-None-Match") == self.etag:
            return 304, b"", {"ETag": self.etag}
        status, tree = found if isinstance(found, tuple) else (200, found)
        extra = {"ETag": self.etag} if self.etag else {}
        return status, json.dumps(tree).encode(), {"Content-Type": "application/json;charset=UTF-8", **extra}


def _wrong_headers(headers: dict[str, str]) -> list[str]:
    """Polite, and nothing of the person: no cookie, no sign-in, no referrer."""
    wrong = [f"header {name}" for name in ("Cookie", "Authorization", "Referer") if name in headers]
    if not re.fullmatch(r"Depositor/[\w.+-]+ \([^()]+\)", headers.get("User-Agent", "")):
        wrong.append("User-Agent")
    if headers.get("Accept") != "application/json":
        wrong.append("Accept")
    return wrong
