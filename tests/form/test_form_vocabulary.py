"""Terms are found by what people type."""

from __future__ import annotations

import importlib.util
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depositor import resources
from depositor.form import vocabulary
from depositor.form.terms import vocabulary_tree
from depositor.form.terms.vocabulary_store import Store, store, using
from depositor.form.vocabulary import Term, suggest, term

_SPEC = importlib.util.spec_from_file_location(
    "vocabularies_build", Path(__file__).parents[2] / "vocabularies" / "build.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
build = importlib.util.module_from_spec(_SPEC)
sys.modules["vocabularies_build"] = build  # dataclasses look their module up
_SPEC.loader.exec_module(build)


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
    span = store().span(name)
    assert span is not None
    rows = store().ask(
        "SELECT id, label FROM term WHERE no BETWEEN ? AND ? AND heading IS NULL ORDER BY no", (span.low, span.high)
    )
    assert rows
    for term_id, label in rows[:: max(1, len(rows) // 40)]:
        if term_id:
            found = term(name, term_id)
            assert found is not None
            assert found.id == term_id
        labels = [t.label.casefold() for t in suggest(name, label, 10)]
        assert label.casefold() in labels


@given(st.text(max_size=12))
def test_any_text_can_be_typed(typed: str) -> None:
    assert len(suggest("organisms", typed, 4)) <= 4


@given(st.text(alphabet="\"*()^%_'!:-+ aeNOT", min_size=1, max_size=10))
def test_signs_of_query_languages_are_only_letters(typed: str) -> None:
    suggest("biological-entities", typed, 4)
    assert vocabulary.problem() is None


@pytest.mark.parametrize(
    ("name", "typed", "first"),
    [
        ("organisms", "zebarf", "Danio rerio"),  # unfinished, with two letters swapped
        ("organisms", "drosphila", "Drosophila melanogaster"),
        ("biological-entities", "mitochodnrion", "mitochondrion"),
        ("biological-entities", "hipocampus", "hippocampal formation"),
        ("biological-entities", "ehpatocyte", "hepatocyte"),
        ("imaging-methods", "confocl", "confocal microscopy"),
        ("imaging-methods", "fluoresence", "fluorescence microscopy"),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(name: str, typed: str, first: str) -> None:
    assert first in [t.label for t in suggest(name, typed, 3)]


def test_words_of_three_letters_are_taken_as_they_are() -> None:
    assert suggest("organisms", "xqz", 5) == ()


def test_what_a_person_chose_before_comes_first() -> None:
    assert suggest("organisms", "m", 1)[0].id != "NCBITaxon:9544"
    assert suggest("organisms", "ma", 3, recent=("NCBITaxon:9544",))[0].id == "NCBITaxon:9544"
    assert suggest("organisms", "", 2, recent=("NCBITaxon:9544",))[0].id == "NCBITaxon:9544"


def test_life_stages_of_the_studied_species_come_first() -> None:
    fish = suggest("life-stages", "larva", 3, species=("NCBITaxon:7955",))
    fly = suggest("life-stages", "larva", 3, species=("NCBITaxon:7227",))
    assert all(t.id.startswith("ZFS:") for t in fish)
    assert fly[0].id.startswith("FBdv:")


def test_a_study_of_plants_is_not_offered_animal_tissues_first() -> None:
    plain = [t.id for t in suggest("biological-entities", "vacuol", 4)]
    plants = [t.id for t in suggest("biological-entities", "cell wall", 4, species=("NCBITaxon:3702",))]
    assert plain[0] == "GO:0005773"
    assert plants[0].startswith("GO:")


def test_the_file_is_as_the_tables_say(tmp_path: Path) -> None:
    """Run ``python vocabularies/build.py`` after a change of a table."""
    kept = dict(store().ask("SELECT key, value FROM about"))
    assert kept["sources"] == build.sources_digest()
    build.build(tmp_path / "new.sqlite")
    fresh = Store(tmp_path / "new.sqlite")
    for table in ("vocabulary", "term", "name", "child"):
        assert fresh.ask(f"SELECT * FROM {table} ORDER BY 1, 2") == store().ask(f"SELECT * FROM {table} ORDER BY 1, 2")
    fresh.close()


def test_the_file_is_small_and_its_sources_are_told() -> None:
    folder = resources.path("vocabularies")
    assert sum(p.stat().st_size for p in folder.iterdir()) < 6_000_000
    told = (folder / "SOURCES.md").read_text("utf-8")
    for table in (*(t for _, tables in build.GROUPS for t in tables), "nbo", "modalities.tsv"):
        assert re.search(rf"^\| [^|]*\b{re.escape(table)}\b[^|]* \|", told, re.MULTILINE), table


@pytest.mark.parametrize("content", [None, b"", b"SQLite format 3\0" + b"\xff" * 5000, b"no database at all" * 500])
def test_a_damaged_file_is_told_and_nothing_falls(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "terms of an odd name?#.sqlite"
    if content is not None:
        path.write_bytes(content)
    with using(Store(path)):
        assert suggest("organisms", "mouse", 5) == ()
        assert term("organisms", "9606") is None
        assert vocabulary.vocabularies() == ()
        told = vocabulary.problem()
        assert told is not None
        assert told.code == "vocabulary.damaged"
    assert vocabulary.problem() is None


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    whole = resources.path("vocabularies/vocabularies.sqlite").read_bytes()
    path = tmp_path / "cut.sqlite"
    path.write_bytes(whole[: len(whole) // 3])
    with using(Store(path)):
        for typed in ("mouse", "zebrafsh", "ell", ""):
            suggest("biological-entities", typed, 5)
        assert vocabulary.problem() is not None


def test_many_threads_ask_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda q: suggest("biological-entities", q, 3)[0].label, ["neuron", "liver"] * 20))
    assert found == ["neuron", "liver"] * 20


# --- trees -----------------------------------------------------------------------------------------------------------


def _words(nodes: tuple[vocabulary_tree.Node, ...]) -> list[str]:
    return [n.term.label if n.term else n.heading.text for n in nodes if n.term or n.heading]


def test_a_term_knows_its_way_from_the_top() -> None:
    found = suggest("imaging-methods", "spinning disk", 1)[0]
    way = _words(vocabulary_tree.lineage("imaging-methods", found))
    assert way[0] == "imaging method"
    assert way[-2:] == ["confocal microscopy", "spinning disk confocal microscopy"]
    assert vocabulary_tree.lineage("imaging-methods", Term("X:1", "none")) == ()


def test_the_tree_leads_to_every_child() -> None:
    top = vocabulary_tree.roots("organisms")
    assert _words(top)[0] == "Mammals"
    assert top[0].term is None
    mammals = vocabulary_tree.children("organisms", top[0].number)
    assert len(mammals) == top[0].children
    assert "Mus musculus" in _words(mammals)
    assert vocabulary_tree.children("no-such-vocabulary", 1) == ()
    assert vocabulary_tree.roots("no-such-vocabulary") == ()


@pytest.mark.parametrize("name", ["imaging-methods", "biological-entities", "organisms", "life-stages"])
def test_every_term_hangs_in_its_tree(name: str) -> None:
    span = store().span(name)
    assert span is not None
    seen: set[int] = set()
    todo = [n.number for n in vocabulary_tree.roots(name)]
    below: dict[int, list[int]] = {}
    for parent, child in store().ask("SELECT parent, no FROM child WHERE no BETWEEN ? AND ?", (span.low, span.high)):
        below.setdefault(parent, []).append(child)
    while todo:
        number = todo.pop()
        if number not in seen:
            seen.add(number)
            todo += below.get(number, [])
    assert seen == set(range(span.low, span.high + 1))


def test_every_heading_has_words() -> None:
    keys = {row[0].removeprefix("heading:") for row in store().ask("SELECT id FROM term WHERE heading IS NOT NULL")}
    assert keys <= set(vocabulary_tree._HEADINGS)
