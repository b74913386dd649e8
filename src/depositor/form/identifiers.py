"""What a person typed, pasted or scanned, as an identifier in the form that documents hold: pure functions, no network.

``parse("orcid", " https://orcid.org/0000000218250097\\n")`` gives ``Identifier("orcid", "0000-0002-1825-0097", ...)``;
what cannot be one gives a Problem that says why. Sources: support.orcid.org (structure, ISO 7064 MOD 11-2),
ror.readme.io (MOD 97-10), DOI handbook 2.2, rrids.org (authorities), ISO 27729, swhid.org 1.2, identifiers.org.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from depositor.draft.problem import Problem
from depositor.form import identifier_words as words
from depositor.form.rules import shapes

_LONGEST = 2_000
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_OPEN_CLOSE = {"<": ">", "(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "“": "”", "‘": "’", "«": "»"}
_PREFIX = r"(?:\s*(?:i\.?d\.?|number|no\.?))?\s*[:=#]?\s*"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier. ``value`` is what the document holds, ``url`` where it leads to (empty where nowhere)."""

    kind: str
    value: str
    url: str = ""


Parsed = Identifier | Problem


def kinds() -> tuple[str, ...]:
    """What :func:`parse` knows."""
    return tuple(_RULES)


def parse(kind: str, text: str) -> Parsed:
    """``text`` as an identifier of a kind: shape and check digits, whatever its spelling. KeyError for other kinds."""
    rule = _RULES[kind]
    clean = tidy(text)
    found = rule(clean) if clean and len(clean) <= _LONGEST else None
    return found or words.SHAPE[kind]()


def normal(kind: str, text: str) -> str | None:
    """The form that the document holds; None for what is no identifier of this kind."""
    found = parse(kind, text)
    return found.value if isinstance(found, Identifier) else None


def recognised(text: str) -> Identifier | None:
    """An identifier that gives itself away by its address, prefix or check digits, of whatever kind it may be."""
    clean = tidy(text)
    for kind in ("orcid", "ror", "doi", "pmcid", "rrid", "swhid", "isni"):
        found = parse(kind, clean)
        if isinstance(found, Identifier):
            return found
    address = _PUBMED.fullmatch(clean)
    return Identifier("pmid", address[1], _pubmed(address[1])) if address and not clean.isdigit() else None


def tidy(text: str) -> str:
    """Without what a scanner, a mail or a PDF leaves behind: line ends, invisible signs, quotes, typographic dashes."""
    plain = unicodedata.normalize("NFKC", text[: _LONGEST * 2])
    plain = "".join(" " if c.isspace() else c for c in plain if c.isspace() or unicodedata.category(c)[0] != "C")
    plain = _DASHES.sub("-", plain).strip()
    while len(plain) > 1 and _OPEN_CLOSE.get(plain[0]) == plain[-1]:
        plain = plain[1:-1].strip()
    return plain


# --- people and organisations ----------------------------------------------------------------------------------------

_ORCID = re.compile(
    rf"(?:orcid{_PREFIX})?(?:https?://)?(?:www\.)?(?:orcid\.org/)?((?:\d[\s-]*){{15}}[\dX])/?(?:\?\S*)?", re.IGNORECASE
)
_ROR = re.compile(
    rf"(?:ror{_PREFIX})?(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[0-9a-z]{{8}})/?(?:\?\S*)?", re.IGNORECASE
)
_ISNI = re.compile(
    rf"(?:isni{_PREFIX})?(?:https?://)?(?:www\.)?(?:isni\.org/(?:isni/)?)?((?:\d[\s-]*){{15}}[\dX])/?", re.IGNORECASE
)


def _orcid(text: str) -> Parsed | None:
    found = _ORCID.fullmatch(text)
    if not found:
        return None
    value = _in_fours(found[1], "-")
    return Identifier("orcid", value, f"https://orcid.org/{value}") if shapes.is_orcid(value) else words.orcid_check()


def _isni(text: str) -> Parsed | None:
    found = _ISNI.fullmatch(text)
    if not found:
        return None
    value = _in_fours(found[1], "")
    good = shapes.is_orcid(_in_fours(value, "-"))  # the same check digit
    return Identifier("isni", value, f"https://isni.org/isni/{value}") if good else words.isni_check()


def _in_fours(digits: str, between: str) -> str:
    plain = re.sub(r"[\s-]", "", digits).upper()
    return between.join(plain[at : at + 4] for at in range(0, 16, 4))


def _ror(text: str) -> Parsed | None:
    found = _ROR.fullmatch(text)
    if not found:
        return None
    value = f"https://ror.org/{found[1].lower()}"
    return Identifier("ror", value, value) if shapes.is_ror(value) else words.ror_check()


# --- papers, grants, code --------------------------------------------------------------------------------------------

_DOI = re.compile(
    rf"(?:doi{_PREFIX})?(?:https?://)?(?:www\.)?(?:(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{{4,9}}(?:\.\d+)*/\S+)",
    re.IGNORECASE,
)
_PUBMED = re.compile(
    rf"(?:(?:pmid|pubmed){_PREFIX})?(?:(?:https?://)?(?:www\.|europe)?(?:pubmed\.ncbi\.nlm\.nih\.gov/|"
    r"ncbi\.nlm\.nih\.gov/(?:m/)?pubmed/|pmc\.org/(?:article|abstract)/med/))?([1-9]\d{0,7})/?(?:\?\S*)?",
    re.IGNORECASE,
)
_PMC = re.compile(
    rf"(?:pmcid{_PREFIX})?(?:(?:https?://)?(?:www\.|europe)?(?:pmc\.ncbi\.nlm\.nih\.gov/articles/|"
    r"ncbi\.nlm\.nih\.gov/pmc/articles/|pmc\.org/(?:article|articles|abstract)/(?:pmc/)?))?pmc(\d{1,9})(?:\.\d+)?/?",
    re.IGNORECASE,
)
_SWHID = re.compile(r"(swh:1:(?:cnt|dir|rev|rel|snp):[0-9a-f]{40})((?:;[a-z]+=[^;\s]+)*)", re.IGNORECASE)
_HANDLE = re.compile(r"(?:hdl:|(?:https?://)?hdl\.handle\.net/)?((?:\d+(?:\.\w+)+|\d+)/\S+)", re.IGNORECASE)
_UNIPROT = re.compile(
    r"(?:uniprot(?:kb)?:|(?:https?://)?(?:www\.)?uniprot\.org/uniprot(?:kb)?/)?"
    r"([OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z0-9]{2}\d){1,2})(?:/\S*)?",
    re.IGNORECASE,
)


def _doi(text: str) -> Identifier | None:
    """Lower case, because DOIs do not tell cases apart; without what a sentence left at the end."""
    found = _DOI.fullmatch(text)
    if not found:
        return None
    value = re.sub(r"%2f", "/", found[1], count=1, flags=re.IGNORECASE).rstrip(".,;:!?\"'”’").lower()
    for opening, closing in (("(", ")"), ("[", "]"), ("<", ">")):
        while value.endswith(closing) and value.count(closing) > value.count(opening):
            value = value[:-1].rstrip(".,;:")
    return Identifier("doi", value, f"https://doi.org/{value}") if shapes.is_doi(value) else None


def _pmid(text: str) -> Parsed | None:
    if _PMC.fullmatch(text):
        return words.pmc_for_pmid()
    found = _PUBMED.fullmatch(text)
    return Identifier("pmid", found[1], _pubmed(found[1])) if found else None


def _pubmed(number: str) -> str:
    return f"https://pubmed.ncbi.nlm.nih.gov/{number}/"


def _pmcid(text: str) -> Identifier | None:
    found = _PMC.fullmatch(text)
    return (
        Identifier("pmcid", f"PMC{found[1]}", f"https://pmc.ncbi.nlm.nih.gov/articles/PMC{found[1]}/")
        if found
        else None
    )


def _grant(text: str) -> Identifier | None:
    """Award numbers have no common shape; a DOI of a grant is told apart."""
    found = _doi(text)
    if found:
        return Identifier("grant", found.value, found.url)
    return Identifier("grant", text) if len(text) <= 100 and any(c.isalnum() for c in text) else None


def _swhid(text: str) -> Identifier | None:
    found = _SWHID.search(text)
    return (
        Identifier("swhid", found[1].lower() + found[2], f"https://archive.softwareheritage.org/{found[0]}")
        if found
        else None
    )


def _handle(text: str) -> Identifier | None:
    found = _HANDLE.fullmatch(text)
    return Identifier("handle", found[1], f"https://hdl.handle.net/{found[1]}") if found else None


def _uniprot(text: str) -> Identifier | None:
    found = _UNIPROT.fullmatch(text)
    return (
        Identifier("uniprot", found[1].upper(), f"https://www.uniprot.org/uniprotkb/{found[1].upper()}")
        if found
        else None
    )


# --- reagents, organisms, terms --------------------------------------------------------------------------------------

# authority -> what follows it (rrids.org; patterns of the registries themselves)
_AUTHORITIES: Mapping[str, str] = {
    "AB": r"\d{3,}", "CVCL": r"[A-Z0-9]{4}", "SCR": r"\d{5,}", "Addgene": r"\d{2,}", "BDSC": r"\d+", "DGRC": r"\d+",
    "VDRC": r"v?\d+", "FlyBase": r"\w+", "MMRRC": r"\d+(?:-[A-Z]+)?", "RGD": r"\d+", "NXR": r"\S+", "EXRC": r"\S+",
    "ZIRC": r"\w+", "ZFIN": r"[\w-]+", "ZDB": r"[\w-]+", "AGSC": r"\w+", "BCBC": r"\d+", "TSC": r"\S+", "NSRRC": r"\d+",
    "IMSR": r"[A-Z]+:\S+", "MGI": r"\d+", "CGC": r"\S+", "WB-STRAIN": r"\S+", "DSMZ": r"[\w-]+", "ATCC": r"[\w-]+",
    "nlx": r"\w+", "NCBITaxon": r"\d+", "EMMA": r"\w+", "CWRU": r"\S+", "TIGER": r"\S+", "SSCLBR": r"\w+",
}  # fmt: skip
_BY_FOLD = {name.casefold(): name for name in _AUTHORITIES}
_RRID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:scicrunch\.org/resolver/|n2t\.net/|identifiers\.org/(?:rrid/)?|rrid\.site/\S*?))?"
    r"(?:rrid\s*[:=]?\s*)?([A-Za-z]+(?:-STRAIN)?)\s*[_:]?\s*([A-Za-z0-9][\w:.-]*)/?",
    re.IGNORECASE,
)
_TAXON = re.compile(
    r"(?:(?:https?://\S*?(?:NCBITaxon_|taxonomy/|wwwtax\.cgi\?(?:\S*&)?id=))|ncbi\s*taxon\s*[:_]?|taxon\s*:?|taxid\s*:?)?\s*"
    r"([1-9]\d{0,8})/?",
    re.IGNORECASE,
)
_TERM = re.compile(
    r"(?:https?://purl\.obolibrary\.org/obo/|https?://www\.ebi\.ac\.uk/efo/)?([A-Za-z][A-Za-z0-9]*)[_:]([A-Za-z0-9]+)"
)
_SPELLED = {name.casefold(): name for name in ("FBbi", "NCBITaxon", "FBdv", "WBls", "HsapDv", "MmusDv", "FBbt", "WBbt")}


def _rrid(text: str) -> Parsed | None:
    found = _RRID.fullmatch(text)
    if not found:
        return None
    name = _BY_FOLD.get(found[1].casefold())
    if name is None:
        return words.rrid_authority() if "rrid" in text.casefold() else None
    rest = found[2].upper() if name == "CVCL" else found[2]
    if not re.fullmatch(_AUTHORITIES[name], rest, re.IGNORECASE):
        return None
    value = f"RRID:{name}{':' if name in ('IMSR', 'WB-STRAIN', 'MGI') and ':' not in rest else '_'}{rest}"
    return Identifier("rrid", value, f"https://scicrunch.org/resolver/{value}")


def _cellosaurus(text: str) -> Identifier | None:
    found = re.fullmatch(r"(?:RRID:\s*|https?://\S*/)?CVCL[_:]([A-Z0-9]{4})", text, re.IGNORECASE)
    value = f"CVCL_{found[1].upper()}" if found else ""
    return Identifier("cellosaurus", value, f"https://www.cellosaurus.org/{value}") if found else None


def _taxon(text: str) -> Identifier | None:
    found = _TAXON.fullmatch(text)
    return (
        Identifier("taxon", f"NCBITaxon:{found[1]}", f"http://purl.obolibrary.org/obo/NCBITaxon_{found[1]}")
        if found
        else None
    )


def _term(text: str) -> Identifier | None:
    found = _TERM.fullmatch(text)
    if not found:
        return None
    prefix = _SPELLED.get(found[1].casefold(), found[1] if found[1].isupper() else found[1].upper())
    home = "http://www.ebi.ac.uk/efo" if prefix == "EFO" else "http://purl.obolibrary.org/obo"
    return Identifier("term", f"{prefix}:{found[2]}", f"{home}/{prefix}_{found[2]}")


_RULES: Mapping[str, Callable[[str], Parsed | None]] = {
    "orcid": _orcid,
    "isni": _isni,
    "ror": _ror,
    "doi": _doi,
    "pmid": _pmid,
    "pmcid": _pmcid,
    "grant": _grant,
    "rrid": _rrid,
    "cellosaurus": _cellosaurus,
    "taxon": _taxon,
    "term": _term,
    "uniprot": _uniprot,
    "handle": _handle,
    "swhid": _swhid,
}
