"""Terms are found by what people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depositor import resources
from depositor.form import vocabulary
from depositor.form.vocabulary import suggest, term


@pytest.mark.parametrize(
    ("name", "typed", "first"),
    [
        ("imaging-methods", "TIRF", "evanescent wave microscopy"),
        ("imaging-methods", "tirfm", "evanescent wave microscopy"),
        ("imaging-methods", "spinning disc", "spinning disk confocal microscopy"),
        ("imaging-methods", "disk spinning", "spinning disk confocal microscopy"),
        ("imaging-methods", "confocal microscopy", "confocal microscopy"),
        ("imaging-methods", "Light-Sheet", "SPIM"),
        ("imaging-methods", "Forster resonance", "FRET"),
        ("imaging-methods", "brigt-field", "bright-field microscopy"),
        ("imaging-methods", "FIB-SEM", "focussed ion beam scanning electron microscopy (FIB-SEM)"),
        ("organisms", "mouse", "Mus musculus"),
        ("organisms", "human", "Homo sapiens"),
        ("organisms", "fruit fly", "Drosophila melanogaster"),
        ("organisms", "zebrafsh", "Danio rerio"),
        ("organisms", "9606", "Homo sapiens"),
        ("organisms", "NCBITaxon_10090", "Mus musculus"),
        ("organisms", "http://purl.obolibrary.org/obo/NCBITaxon_7955", "Danio rerio"),
        ("biological-entities", "hela", "HeLa"),
        ("biological-entities", "HEK 293", "HEK293"),
        ("biological-entities", "u2-os", "U2OS"),
        ("biological-entities", "neuron", "neuron"),
        ("biological-entities", "mitochondria", "mitochondrion"),
        ("biological-entities", "skin", "skin of body"),
        ("biological-entities", "hippocampus", "hippocampal formation"),
        ("biological-entities", "liver", "liver"),
        ("signal-mechanisms", "GFP", "fluorescent proteins"),
        ("fluorophores", "A488", "Alexa Fluor 488"),
        ("credit", "investig", "Investigation"),
        ("countries", "UK", "United Kingdom"),
    ],
)
def test_what_people_type_finds_the_term(name: str, typed: str, first: str) -> None:
    assert suggest(name, typed, 5)[0].label == first


def test_a_suggestion_says_which_synonym_matched() -> None:
    assert suggest("organisms", "mouse", 1)[0].matched == "mouse"
    assert suggest("organisms", "mus musculus", 1)[0].matched is None


def test_nothing_typed_shows_the_commonest() -> None:
    assert [t.label for t in suggest("organisms", "", 3)] == ["Homo sapiens", "Mus musculus", "Drosophila melanogaster"]
    assert suggest("imaging-methods", " ", 2)[0].label == "fluorescence microscopy"


def test_the_limit_holds_and_nothing_comes_twice() -> None:
    found = suggest("biological-entities", "cell", 40)
    assert len(found) == 40
    assert len({(t.id, t.label) for t in found}) == 40


def test_what_is_not_there_is_not_found() -> None:
    assert suggest("organisms", "qqqqqq", 5) == ()
    assert suggest("no-such-vocabulary", "x", 5) == ()
    assert term("organisms", "NCBITaxon:0") is None
    assert term("no-such-vocabulary", "x") is None
    assert term("imaging-methods", "") is None


@pytest.mark.parametrize("name", vocabulary.vocabularies())
def test_every_term_is_found_by_its_identifier_and_its_label(name: str) -> None:
    known = vocabulary._load(name).entries
    assert known
    for entry in known[:: max(1, len(known) // 60)]:
        if entry.term.id:
            assert term(name, entry.term.id) == entry.term
        labels = [t.label for t in suggest(name, entry.term.label, 10)]
        assert entry.term.label in labels


@given(st.text(max_size=12))
def test_any_text_can_be_typed(typed: str) -> None:
    assert len(suggest("organisms", typed, 4)) <= 4


def test_the_tables_are_small_and_whole() -> None:
    folder = resources.path("vocabularies")
    assert sum(p.stat().st_size for p in folder.glob("*.tsv")) < 1_500_000
    for table in folder.glob("*.tsv"):
        lines = table.read_text("utf-8").splitlines()
        assert {line.count("\t") for line in lines} == {3}, table.name
        assert len(set(lines)) == len(lines), table.name
        assert f"| {table.name} |" in (folder / "SOURCES.md").read_text("utf-8")
