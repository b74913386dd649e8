"""What is told of a text that is no identifier of the kind that was asked for."""

from __future__ import annotations

from depositor.draft.message import Message, msg

SHAPE: dict[str, Message] = {
    "orcid": msg("identifier.orcid", "An ORCID iD has 16 digits in four groups; the last one may be an X."),
    "isni": msg("identifier.isni", "An ISNI has 16 digits; the last one may be an X."),
    "ror": msg("identifier.ror", "A ROR id is an address like https://ror.org/02catss52."),
    "doi": msg("identifier.doi", "A DOI begins with 10. and has a slash in it."),
    "pmid": msg("identifier.pmid", "A PubMed id is a number of up to eight digits."),
    "pmcid": msg("identifier.pmcid", "An id of PubMed Central is PMC and a number."),
    "grant": msg("identifier.grant", "This is too long for a grant number, or has no letters and digits."),
    "rrid": msg("identifier.rrid", "An RRID looks like RRID:AB_2535864: a short name, an underscore, a number."),
    "cellosaurus": msg("identifier.cellosaurus", "An accession of Cellosaurus is CVCL_ and four letters or digits."),
    "taxon": msg("identifier.taxon", "A taxon of NCBI is a number, for instance 9606."),
    "term": msg("identifier.term", "The identifier of a term looks like FBbi:00000251."),
    "uniprot": msg("identifier.uniprot", "An accession of UniProt has six or ten letters and digits, like P04637."),
    "handle": msg("identifier.handle", "A handle is two parts with a slash between them, like 21.11101/0000-0001."),
    "swhid": msg("identifier.swhid", "An id of Software Heritage begins with swh:1: and ends with 40 signs."),
}
CHECK: dict[str, Message] = {
    "orcid": msg("identifier.orcid.check", "This is no ORCID iD: its last digit does not fit the others."),
    "isni": msg("identifier.isni.check", "This is no ISNI: its last digit does not fit the others."),
    "ror": msg("identifier.ror.check", "This is no ROR id: its last two digits do not fit the rest."),
}
PMC_FOR_PMID = msg(
    "identifier.pmid.pmc", "This is an id of PubMed Central, which is another number than the PubMed id."
)
RRID_AUTHORITY = msg("identifier.rrid.authority", "There is no kind of RRID that begins like this.")
_COPY = msg("identifier.copy", "Please compare it with the original; it is best copied and pasted.")
ADVICE: dict[str, Message] = {
    **dict.fromkeys(SHAPE, _COPY),
    "orcid": msg("identifier.orcid.advice", "Copy it from the person's page at orcid.org, or leave it empty."),
    "ror": msg("identifier.ror.advice", "Search for the organisation at ror.org and copy the address of its page."),
    "doi": msg("identifier.doi.advice", "Copy the DOI from the page of the paper; its address works too."),
    "pmid": msg("identifier.pmid.advice", "The page of the paper at PubMed shows it as PMID below the title."),
    "rrid": msg("identifier.rrid.advice", "Search at rrid.site for the reagent and copy what begins with RRID."),
}
