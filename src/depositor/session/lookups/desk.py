"""Where the window asks for look-ups: which service answers which question, and what stays when there is no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from depositor.draft.cancel import Cancel
from depositor.draft.problem import NeedsUser
from depositor.form import identifiers
from depositor.session.lookups import papers, people, terms, troubles
from depositor.session.lookups.asking import Asker
from depositor.session.lookups.cache import Cache
from depositor.session.lookups.found import Found
from depositor.session.lookups.services import SERVICES, Service
from depositor.session.lookups.wire import LIMIT_S, Budget, Route, Wire

if TYPE_CHECKING:
    from depositor.session.settings import Settings

_SHORTEST = 3
_LONGEST = 400

# kind of question -> the services that may be asked for it
ASKED: Mapping[str, tuple[str, ...]] = {
    "person": ("orcid", "ror"),
    "organisation": ("ror",),
    "publication": ("europepmc", "crossref", "datacite"),
    "organism": ("uniprot",),
    "term": ("ols",),
    "fluorophore": ("fpbase",),
    "reagent": ("rrid",),
}


class Lookups:
    """The look-ups of one user. Calls come from any thread but the window's and take at most three seconds.

    ``cache`` is a file among what may be deleted at any time.
    """

    def __init__(self, cache: Path, settings: Settings, limit_s: float = LIMIT_S) -> None:
        self._settings = settings
        self._cache = Cache(cache)
        self._limit = limit_s
        self._wire: tuple[Route, Wire] | None = None

    @property
    def offline(self) -> bool:
        """True where the user wants nothing to be asked on line."""
        return bool(self._settings.get("offline"))

    def hosts(self, kind: str | None = None) -> tuple[Service, ...]:
        """The services that may be asked (for one kind of question); people and firewalls want to know."""
        return tuple(s for s in SERVICES if kind is None or s.id in ASKED[kind])

    def look_up(self, kind: str, text: str, cancel: Cancel, vocabulary: str = "") -> tuple[Found, ...]:
        """What is known of ``text``: an identifier, or words to search for; empty where nothing is.

        Raises NeedsUser (nothing to ask, switched off), Retryable and Refused (the service), Stopped. ``kind`` is one
        of :data:`ASKED`; terms need their ``vocabulary``.
        """
        words = " ".join(identifiers.tidy(text).split())[:_LONGEST]
        identified = _identified(kind, words)
        if identified is None and len(words) < _SHORTEST:
            raise NeedsUser(troubles.nothing_to_ask())
        asker = Asker(
            self._connected(), self._cache, Budget(self._limit), cancel, self._settings.endpoint, self.offline
        )
        if identified is not None:
            return _BY_ID[identified.kind](asker, identified.value)
        if kind == "term":
            return terms.ontology_terms(asker, vocabulary, words)
        return _BY_WORDS[kind](asker, words)

    def can(self, kind: str, vocabulary: str = "") -> bool:
        """True where a question of this kind can be looked up at all."""
        return vocabulary in terms.ONTOLOGIES if kind == "term" else kind in ASKED

    def forget(self) -> None:
        """Forget what services answered."""
        self._cache.forget()

    def _connected(self) -> Wire:
        """One wire as long as the way out stays the same, so that pauses that hosts asked for are kept."""
        get = self._settings.get
        route = Route(str(get("proxy")), str(get("ca_bundle")), str(get("contact")))
        if self._wire is None or self._wire[0] != route:
            self._wire = route, Wire(route)
        return self._wire[1]


def _identified(kind: str, words: str) -> identifiers.Identifier | None:
    """The identifier that was typed, if it is one that says what is asked for."""
    wanted = {
        "person": ("orcid",),
        "organisation": ("ror",),
        "publication": ("doi", "pmcid", "pmid"),
        "organism": ("taxon",),
        "reagent": ("rrid",),
    }
    for scheme in wanted.get(kind, ()):
        found = identifiers.parse(scheme, words)
        if isinstance(found, identifiers.Identifier):
            return found
    return None


_Ask = Callable[[Asker, str], tuple[Found, ...]]


def _nothing(asker: Asker, words: str) -> tuple[Found, ...]:
    """Papers and reagents are asked for by their identifier alone."""
    raise NeedsUser(troubles.needs_identifier())


_BY_ID: Mapping[str, _Ask] = {
    "orcid": people.person,
    "ror": people.organisation,
    "doi": papers.by_doi,
    "pmid": papers.by_pmid,
    "pmcid": papers.by_pmcid,
    "taxon": lambda asker, taxon: terms.organism(asker, taxon.partition(":")[2]),
    "rrid": terms.reagent,
}
_BY_WORDS: Mapping[str, _Ask] = {
    "person": people.persons,
    "organisation": people.organisations,
    "organism": terms.organisms,
    "fluorophore": terms.fluorescent_proteins,
    "publication": _nothing,
    "reagent": _nothing,
}
