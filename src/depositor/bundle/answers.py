"""Reading the answers of the form. The tree comes from a person's file: every shape is possible and none may fail."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depositor.draft.paths import is_empty

Record = Mapping[str, Any]
_CURIE = re.compile(r"([A-Za-z][\w.]*)[:_]([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """An ontology term, or plain text (``id`` None). ``id`` is a compact one: ``FBbi:00000251``."""

    label: str
    id: str | None = None

    @property
    def ontology(self) -> str | None:
        return self.id.partition(":")[0] if self.id else None

    @property
    def short_form(self) -> str | None:
        """``FBbi_00000251``."""
        return self.id.replace(":", "_", 1) if self.id else None

    @property
    def iri(self) -> str | None:
        """The address of the term: that of the OBO library, or of the resolver for what is not there."""
        if not self.id:
            return None
        if self.ontology in ("NCBITaxon", "FBbi", "CLO", "CL", "UBERON", "GO", "CHEBI", "PO", "OBI", "EFO", "UO"):
            base = "http://www.ebi.ac.uk/efo/" if self.ontology == "EFO" else "http://purl.obolibrary.org/obo/"
            return f"{base}{self.short_form}"
        return f"https://bioregistry.io/{self.id}"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation; ``ror`` is its full address (https://ror.org/...)."""

    name: str
    ror: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """An author; ``orcid`` is the bare number (0000-0002-1825-0097)."""

    name: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    orcid: str | None = None
    roles: tuple[str, ...] = ()
    affiliations: tuple[Organisation, ...] = ()


def record(value: Any) -> Record:
    """``value`` where it is a record; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> tuple[Any, ...]:
    """The values of a list that say something; a single value counts as a list of one."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(v for v in value if not is_empty(v))
    return () if is_empty(value) else (value,)


def records(value: Any) -> tuple[Record, ...]:
    """The records of a list."""
    return tuple(v for v in items(value) if isinstance(v, Mapping))


def text(value: Any) -> str:
    """``value`` as text: a term by its label, an organisation or person by the name, a list with ``; `` between."""
    if isinstance(value, Mapping):
        found = (value.get(key) for key in ("label", "name", "title", "value", "id"))
        shown = next((str(v) for v in found if isinstance(v, (str, int, float)) and str(v).strip()), "")
        unit = value.get("unit")
        return f"{shown} {unit}" if shown and isinstance(unit, str) and unit else shown.strip()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(filter(None, (text(v) for v in value)))
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no"}.get(value, "") if value is not None else ""
    return str(value).strip()


def texts(value: Any) -> tuple[str, ...]:
    """Each value of a list as text."""
    return tuple(filter(None, (text(v) for v in items(value))))


def terms(value: Any) -> tuple[Term, ...]:
    """Each value of a list as a term; what has no id stays plain text."""
    return tuple(t for t in (_term(v) for v in items(value)) if t.label)


def _term(value: Any) -> Term:
    if not isinstance(value, Mapping):
        return Term(text(value))
    found = _CURIE.fullmatch(str(value.get("id") or "").rpartition("/")[2])
    compact = f"{found[1]}:{found[2]}" if found else None
    return Term(text(value.get("label") or value.get("name")) or compact or text(value), compact)


def organisations(value: Any) -> tuple[Organisation, ...]:
    """Each organisation of a list, given as a record or by its name alone."""
    return tuple(o for o in (_organisation(v) for v in items(value)) if o.name)


def _organisation(value: Any) -> Organisation:
    known = record(value)
    ror = text(known.get("ror")).rstrip("/").rpartition("/")[2].lower()
    full = f"https://ror.org/{ror}" if ror else None
    return Organisation(
        text(known.get("name")) or text(value) or (full or ""), full, text(known.get("country")) or None
    )


def people(value: Any) -> tuple[Person, ...]:
    """Each person of a list who has a name."""
    return tuple(p for p in (_person(v) for v in items(value)) if p.name)


def _person(value: Any) -> Person:
    known = record(value)
    first, last = text(known.get("first_name")), text(known.get("last_name"))
    orcid = text(known.get("orcid")).rstrip("/").rpartition("/")[2].upper()
    return Person(
        text(known.get("name")) or f"{first} {last}".strip() or (text(value) if not known else ""),
        first,
        last,
        text(known.get("email")),
        orcid or None,
        texts(known.get("role")),
        organisations(known.get("affiliation")),
    )


def distinct_organisations(persons: Iterable[Person]) -> tuple[Organisation, ...]:
    """Every organisation of the persons once, in the order they are named; one of a ROR id counts once."""
    found: dict[str, Organisation] = {}
    for organisation in (o for p in persons for o in p.affiliations):
        found.setdefault(organisation_key(organisation), organisation)
    return tuple(found.values())


def organisation_key(organisation: Organisation) -> str:
    """What makes two mentions one organisation: the ROR id, else the name."""
    return organisation.ror or " ".join(organisation.name.casefold().split())


def doi(value: Any) -> str:
    """A DOI without the address before it (10.1234/x)."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text(value), flags=re.IGNORECASE)


def date(value: Any) -> dt.date | None:
    """A date at the beginning of an ISO 8601 text, or None."""
    try:
        return dt.date.fromisoformat(text(value)[:10])
    except ValueError:
        return None
