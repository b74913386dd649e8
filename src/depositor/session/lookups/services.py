"""The services that may be asked: the visible list of hosts, for people and for the firewalls of core facilities."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from depositor.draft.message import Message, msg

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Service:
    """``address`` is where requests go, ``keep`` for how many seconds an answer stays good."""

    id: str
    name: str
    address: str
    purpose: Message
    keep: int

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


SERVICES: tuple[Service, ...] = (
    Service(
        "orcid",
        "ORCID",
        "https://pub.orcid.org",
        msg("lookup.orcid", "Name, affiliation and papers of a person who has an ORCID iD"),
        7 * _DAY,
    ),
    Service(
        "ror",
        "ROR",
        "https://api.ror.org",
        msg("lookup.ror", "Universities, institutes, companies and funders"),
        90 * _DAY,
    ),
    Service(
        "europepmc",
        "Europe PMC",
        "https://www.ebi.ac.uk/europepmc/webservices/rest",
        msg("lookup.europepmc", "Papers of the life sciences with authors and grants"),
        30 * _DAY,
    ),
    Service(
        "crossref",
        "Crossref",
        "https://api.crossref.org",
        msg("lookup.crossref", "Papers by their DOI"),
        30 * _DAY,
    ),
    Service(
        "datacite",
        "DataCite",
        "https://api.datacite.org",
        msg("lookup.datacite", "Data sets and other works by their DOI"),
        30 * _DAY,
    ),
    Service(
        "ols",
        "Ontology Lookup Service",
        "https://www.ebi.ac.uk/ols4",
        msg("lookup.ols", "Terms that are not in the lists on this computer"),
        90 * _DAY,
    ),
    Service(
        "uniprot",
        "UniProt",
        "https://rest.uniprot.org",
        msg("lookup.uniprot", "Organisms that are not in the list on this computer"),
        90 * _DAY,
    ),
    Service(
        "fpbase",
        "FPbase",
        "https://www.fpbase.org",
        msg("lookup.fpbase", "Excitation and emission of fluorescent proteins"),
        90 * _DAY,
    ),
    Service(
        "rrid",
        "RRID resolver (SciCrunch)",
        "https://scicrunch.org",
        msg("lookup.rrid", "Antibodies, cell lines, plasmids and tools by their RRID"),
        30 * _DAY,
    ),
)
NOT_FOUND_KEEP = _DAY  # "nothing found" is asked again the next day


def service(service_id: str) -> Service:
    """A service by its id; KeyError for an unknown one."""
    return next((s for s in SERVICES if s.id == service_id), None) or _unknown(service_id)


def _unknown(service_id: str) -> Service:
    raise KeyError(service_id)
