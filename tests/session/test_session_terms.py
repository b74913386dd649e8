"""What the faces ask about terms."""

from __future__ import annotations

from depositor.draft.draft import Draft
from depositor.draft.problem import Problem
from depositor.form import profiles
from depositor.session import terms


def test_answers_in_own_words_are_listed_for_later() -> None:
    draft = (
        Draft("d")
        .answer("biosample[0].organism", [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}, "some new fish"])
        .answer("biosample[0].biological_entity", {"label": "an odd organ"})
        .answer("image_acquisition[0].imaging_method", ["own method", 7, {}])
        .answer("study.title", "Words that are no term")
    )
    found = terms.unresolved(profiles.load(("light-microscopy",), "practice"), draft)
    assert found == (
        ("biosample[0].organism[1]", "organisms", "some new fish"),
        ("biosample[0].biological_entity", "biological-entities", "an odd organ"),
        ("image_acquisition[0].imaging_method[0]", "imaging-methods", "own method"),
    )


def test_the_organisms_of_a_draft_are_known_whatever_its_shape() -> None:
    fish = {"id": "NCBITaxon:7955", "label": "Danio rerio"}
    for value in ([{"organism": [fish, "words", 3]}], [{"organism": fish}, None, 4]):
        assert terms.organisms_of(Draft("d").answer("biosample", value)) == {"NCBITaxon:7955"}
    assert terms.organisms_of(Draft("d").answer("biosample", "words")) == frozenset()


def test_the_session_passes_on_what_the_form_knows() -> None:
    term = terms.suggest("organisms", "zebrafish", 1)[0]
    assert [n.term.label for n in terms.lineage("organisms", term) if n.term] == ["Danio rerio"]
    assert terms.has_tree("organisms")
    assert not terms.has_tree("countries")
    assert terms.trouble() is None
    assert isinstance(terms.parse("orcid", "nonsense"), Problem)
    assert terms.made_term("X:1", "x", "").label == "x"
