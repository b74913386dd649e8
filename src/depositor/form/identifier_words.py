"""What is told of a text that is no identifier of the kind that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from depositor.draft.message import Message, msg
from depositor.draft.problem import Problem, Side

_COPY = msg("identifier.copy", "Please compare it with the original; it is best copied and pasted.")


def _wrong(code: str, text: Message, advice: Message = _COPY) -> Problem:
    return Problem(code, Side.COMPUTER, text, advice)


def orcid() -> Problem:
    text = msg("identifier.orcid", "An ORCID iD has 16 digits in four groups; the last one may be an X.")
    advice = msg("identifier.orcid.advice", "Copy it from the person's page at orcid.org, or leave it empty.")
    return _wrong("identifier.orcid", text, advice)


def isni() -> Problem:
    text = msg("identifier.isni", "An ISNI has 16 digits; the last one may be an X.")
    return _wrong("identifier.isni", text)


def ror() -> Problem:
    text = msg("identifier.ror", "A ROR id is an address like https://ror.org/02catss52.")
    advice = msg("identifier.ror.advice", "Search for the organisation at ror.org and copy the address of its page.")
    return _wrong("identifier.ror", text, advice)


def doi() -> Problem:
    text = msg("identifier.doi", "A DOI begins with 10. and has a slash in it.")
    advice = msg("identifier.doi.advice", "Copy the DOI from the page of the paper; its address works too.")
    return _wrong("identifier.doi", text, advice)


def pmid() -> Problem:
    text = msg("identifier.pmid", "A PubMed id is a number of up to eight digits.")
    advice = msg("identifier.pmid.advice", "The page of the paper at PubMed shows it as PMID below the title.")
    return _wrong("identifier.pmid", text, advice)


def pmcid() -> Problem:
    text = msg("identifier.pmcid", "An id of PubMed Central is PMC and a number.")
    return _wrong("identifier.pmcid", text)


def grant() -> Problem:
    text = msg("identifier.grant", "This is too long for a grant number, or has no letters and digits.")
    return _wrong("identifier.grant", text)


def rrid() -> Problem:
    text = msg("identifier.rrid", "An RRID looks like RRID:AB_2535864: a short name, an underscore, a number.")
    advice = msg("identifier.rrid.advice", "Search at rrid.site for the reagent and copy what begins with RRID.")
    return _wrong("identifier.rrid", text, advice)


def cellosaurus() -> Problem:
    text = msg("identifier.cellosaurus", "An accession of Cellosaurus is CVCL_ and four letters or digits.")
    return _wrong("identifier.cellosaurus", text)


def taxon() -> Problem:
    text = msg("identifier.taxon", "A taxon of NCBI is a number, for instance 9606.")
    return _wrong("identifier.taxon", text)


def term() -> Problem:
    text = msg("identifier.term", "The identifier of a term looks like FBbi:00000251.")
    return _wrong("identifier.term", text)


def uniprot() -> Problem:
    text = msg("identifier.uniprot", "An accession of UniProt has six or ten letters and digits, like P04637.")
    return _wrong("identifier.uniprot", text)


def handle() -> Problem:
    text = msg("identifier.handle", "A handle is two parts with a slash between them, like 21.11101/0000-0001.")
    return _wrong("identifier.handle", text)


def swhid() -> Problem:
    text = msg("identifier.swhid", "An id of Software Heritage begins with swh:1: and ends with 40 signs.")
    return _wrong("identifier.swhid", text)


def orcid_check() -> Problem:
    text = msg("identifier.orcid.check", "This is no ORCID iD: its last digit does not fit the others.")
    advice = msg("identifier.orcid.advice", "Copy it from the person's page at orcid.org, or leave it empty.")
    return _wrong("identifier.orcid", text, advice)


def isni_check() -> Problem:
    text = msg("identifier.isni.check", "This is no ISNI: its last digit does not fit the others.")
    return _wrong("identifier.isni", text)


def ror_check() -> Problem:
    text = msg("identifier.ror.check", "This is no ROR id: its last two digits do not fit the rest.")
    advice = msg("identifier.ror.advice", "Search for the organisation at ror.org and copy the address of its page.")
    return _wrong("identifier.ror", text, advice)


def pmc_for_pmid() -> Problem:
    text = msg("identifier.pmid.pmc", "This is an id of PubMed Central, which is another number than the PubMed id.")
    advice = msg("identifier.pmid.advice", "The page of the paper at PubMed shows it as PMID below the title.")
    return _wrong("identifier.pmid", text, advice)


def rrid_authority() -> Problem:
    text = msg("identifier.rrid.authority", "There is no kind of RRID that begins like this.")
    advice = msg("identifier.rrid.advice", "Search at rrid.site for the reagent and copy what begins with RRID.")
    return _wrong("identifier.rrid", text, advice)


SHAPE: Mapping[str, Callable[[], Problem]] = {
    "orcid": orcid,
    "isni": isni,
    "ror": ror,
    "doi": doi,
    "pmid": pmid,
    "pmcid": pmcid,
    "grant": grant,
    "rrid": rrid,
    "cellosaurus": cellosaurus,
    "taxon": taxon,
    "term": term,
    "uniprot": uniprot,
    "handle": handle,
    "swhid": swhid,
}
