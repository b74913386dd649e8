"""Identifiers as people paste, scan and mistype them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depositor.draft.problem import Problem
from depositor.form import identifiers
from depositor.form.identifiers import Identifier, normal, parse, recognised

_SWHID = "swh:1:cnt:94a9ed024d3859793618152ea559a168bbcbb5e2"

GOOD = [
    ("orcid", "0000-0002-1825-0097", "0000-0002-1825-0097"),
    ("orcid", "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
    ("orcid", "http://www.orcid.org/0000-0002-1825-0097/", "0000-0002-1825-0097"),
    ("orcid", "orcid.org/0000-0002-1694-233x", "0000-0002-1694-233X"),
    ("orcid", "ORCID iD: 0000 0002 1825 0097\r\n", "0000-0002-1825-0097"),
    ("orcid", "0000000218250097", "0000-0002-1825-0097"),
    ("orcid", "\ufeff<https://orcid.org/0000-0002-1825-0097>\n", "0000-0002-1825-0097"),
    ("orcid", "0000–0002–1825–0097", "0000-0002-1825-0097"),
    ("orcid", "https://orcid.org/0000-0002-1825-0097?lang=de", "0000-0002-1825-0097"),
    ("orcid", "０000-0002-1825-0097", "0000-0002-1825-0097"),
    ("isni", "ISNI 0000 0001 2103 2683", "0000000121032683"),
    ("isni", "https://isni.org/isni/0000000121032683", "0000000121032683"),
    ("ror", "02catss52", "https://ror.org/02catss52"),
    ("ror", "ror.org/02CATSS52/", "https://ror.org/02catss52"),
    ("ror", "ROR: https://ror.org/03vek6s52", "https://ror.org/03vek6s52"),
    ("doi", "10.1038/S41592-021-01166-8", "10.1038/s41592-021-01166-8"),
    ("doi", "https://doi.org/10.1038/s41592-021-01166-8.", "10.1038/s41592-021-01166-8"),
    ("doi", "doi: 10.1000/182", "10.1000/182"),
    ("doi", "DOI:10.1000/182", "10.1000/182"),
    ("doi", "http://dx.doi.org/10.1002/(SICI)1097-0258(19)", "10.1002/(sici)1097-0258(19)"),
    ("doi", "(10.1000/182)", "10.1000/182"),
    ("doi", "10.1000/182).", "10.1000/182"),
    ("pmid", "34021280", "34021280"),
    ("pmid", "PMID: 34021280", "34021280"),
    ("pmid", "https://pubmed.ncbi.nlm.nih.gov/34021280/?from_term=x", "34021280"),
    ("pmid", "https://europepmc.org/article/MED/34021280", "34021280"),
    ("pmcid", "PMC8606015", "PMC8606015"),
    ("pmcid", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8606015/", "PMC8606015"),
    ("pmcid", "pmcid: pmc8606015.1", "PMC8606015"),
    ("rrid", "RRID:AB_2535864", "RRID:AB_2535864"),
    ("rrid", "AB_2535864", "RRID:AB_2535864"),
    ("rrid", "rrid: ab2535864", "RRID:AB_2535864"),
    ("rrid", "RRID:CVCL_0030", "RRID:CVCL_0030"),
    ("rrid", "https://scicrunch.org/resolver/RRID:SCR_002285", "RRID:SCR_002285"),
    ("rrid", "Addgene_11150", "RRID:Addgene_11150"),
    ("rrid", "RRID:IMSR_JAX:000664", "RRID:IMSR_JAX:000664"),
    ("rrid", "RRID:BDSC_1495", "RRID:BDSC_1495"),
    ("rrid", "RRID:WB-STRAIN:N2", "RRID:WB-STRAIN:N2"),
    ("rrid", "RRID:MMRRC_034840-JAX", "RRID:MMRRC_034840-JAX"),
    ("cellosaurus", "cvcl_0030", "CVCL_0030"),
    ("cellosaurus", "https://www.cellosaurus.org/CVCL_0030", "CVCL_0030"),
    ("taxon", "9606", "NCBITaxon:9606"),
    ("taxon", "http://purl.obolibrary.org/obo/NCBITaxon_9606", "NCBITaxon:9606"),
    ("taxon", "taxid:10090", "NCBITaxon:10090"),
    ("taxon", "https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?mode=Info&id=7955", "NCBITaxon:7955"),
    ("term", "FBBI_00000251", "FBbi:00000251"),
    ("term", "http://purl.obolibrary.org/obo/UBERON_0000955", "UBERON:0000955"),
    ("term", "http://www.ebi.ac.uk/efo/EFO_0007550", "EFO:0007550"),
    ("uniprot", "https://www.uniprot.org/uniprotkb/P04637/entry", "P04637"),
    ("uniprot", "a0a022yww9", "A0A022YWW9"),
    ("handle", "https://hdl.handle.net/21.11101/0000-0001", "21.11101/0000-0001"),
    ("swhid", f"https://archive.softwareheritage.org/{_SWHID}", _SWHID),
    ("grant", " EX-2041\n", "EX-2041"),
    ("grant", "https://doi.org/10.35802/203141", "10.35802/203141"),
]  # fmt: skip

BAD = [
    ("orcid", "0000-0002-1825-0098", "identifier.orcid.check"),
    ("orcid", "0000-0002-1825-009", "identifier.orcid"),
    ("orcid", "https://example.org/0000-0002-1825-0097", "identifier.orcid"),
    ("isni", "0000 0001 2103 2684", "identifier.isni.check"),
    ("ror", "https://ror.org/02catss53", "identifier.ror.check"),
    ("ror", "https://ror.org/02catsi52", "identifier.ror.check"),
    ("ror", "grid.5335.0", "identifier.ror"),
    ("doi", "s41592-021-01166-8", "identifier.doi"),
    ("doi", "10.1038/", "identifier.doi"),
    ("pmid", "PMC8606015", "identifier.pmid.pmc"),
    ("pmid", "123456789", "identifier.pmid"),
    ("pmcid", "34021280", "identifier.pmcid"),
    ("rrid", "RRID:XY_12", "identifier.rrid.authority"),
    ("rrid", "RRID:CVCL_00301", "identifier.rrid"),
    ("rrid", "antibody 3", "identifier.rrid"),
    ("taxon", "0", "identifier.taxon"),
    ("term", "confocal", "identifier.term"),
    ("uniprot", "P0463", "identifier.uniprot"),
    ("swhid", "swh:1:cnt:94a9", "identifier.swhid"),
    ("grant", "---", "identifier.grant"),
]


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_what_is_meant_is_understood(kind: str, text: str, value: str) -> None:
    found = parse(kind, text)
    assert isinstance(found, Identifier), found
    assert found.value == value
    assert normal(kind, found.value) == value
    if found.url:
        assert normal(kind, found.url) == value


@pytest.mark.parametrize(("kind", "text", "message"), BAD)
def test_what_is_wrong_is_said(kind: str, text: str, message: str) -> None:
    found = parse(kind, text)
    assert isinstance(found, Problem), found
    assert found.message.id == message
    assert found.advice.text
    assert found.code == f"identifier.{kind}"


@pytest.mark.parametrize("kind", identifiers.kinds())
def test_nothing_and_too_much_are_no_identifier(kind: str) -> None:
    for text in ("", " \n", "x" * 100_000, "\x00", "10." * 5000):
        assert isinstance(parse(kind, text), Problem)


@pytest.mark.parametrize("kind", identifiers.kinds())
@given(text=st.text(max_size=60))
def test_any_text_gives_an_answer(kind: str, text: str) -> None:
    found = parse(kind, text)
    assert isinstance(found, Problem) or normal(kind, found.value) == found.value


@given(st.integers(0, 10**15 - 1), st.integers(1, 9), st.integers(0, 14))
def test_a_wrong_digit_is_noticed(number: int, by: int, at: int) -> None:
    digits = f"{number:015d}"
    whole = next(d for d in (f"{digits}{c}" for c in "0123456789X") if isinstance(parse("orcid", d), Identifier))
    wrong = f"{whole[:at]}{(int(whole[at]) + by) % 10}{whole[at + 1 :]}"
    assert isinstance(parse("orcid", wrong), Problem)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://orcid.org/0000-0002-1825-0097", "orcid"),
        ("https://ror.org/02catss52", "ror"),
        ("https://doi.org/10.1000/182", "doi"),
        ("https://pubmed.ncbi.nlm.nih.gov/34021280/", "pmid"),
        ("PMC8606015", "pmcid"),
        ("RRID:AB_2535864", "rrid"),
        ("34021280", None),
        ("confocal microscopy", None),
        ("HeLa", None),
    ],
)
def test_a_pasted_text_tells_its_kind(text: str, kind: str | None) -> None:
    found = recognised(text)
    assert (found.kind if found else None) == kind
