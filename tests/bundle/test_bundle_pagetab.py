"""The BioStudies document: exactly the template's sections, people by reference, nothing invented."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from bundle_example import DATA, example_document, sealed_study
from bundle_template import faults

from depositor.bundle import documents, pagetab
from depositor.draft.problem import NeedsUser


def page(tmp_path: Path, document: dict[str, Any] | None = None) -> dict[str, Any]:
    sealed = sealed_study(tmp_path / "data", document)
    (path,) = documents.write("pagetab", sealed, tmp_path / "out")
    return json.loads(path.read_text("utf-8"))


def sections(of: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [s for s in of["section"]["subsections"] if s["type"] == kind]


def values(section: dict[str, Any], name: str) -> list[str]:
    return [a["value"] for a in section["attributes"] if a["name"] == name]


def test_the_checker_takes_the_archives_example_and_refuses_what_is_wrong() -> None:
    good = json.loads((DATA / "rembi-v5-example.json").read_text("utf-8"))
    assert faults(good) == []
    bad = copy.deepcopy(good)
    bad["section"]["attributes"][0]["value"] = "short"
    bad["section"]["subsections"][0]["attributes"][-1]["value"] = "o9"
    bad["section"]["subsections"][4]["attributes"].pop(1)
    bad["section"]["subsections"][-1]["subsections"][0]["attributes"][0]["value"] = "No such sample"
    found = " | ".join(faults(bad))
    for word in ("Title differs", "too short", "no organisation o9", "Organism missing", "No such sample"):
        assert word in found


def test_the_complete_study_is_what_the_template_asks_for(tmp_path: Path) -> None:
    assert faults(page(tmp_path)) == []


def test_every_section_kind_of_the_template_can_be_said(tmp_path: Path) -> None:
    document = example_document()
    metadata = document["metadata"]
    metadata["image_correlation"] = [
        {"title": "LM to EM", "spatial_and_temporal_alignment": "manual", "fiducials_used": "beads"}
    ]
    metadata["study_component"][0]["associations"][0]["image_correlation"] = "LM to EM"
    made = page(tmp_path, document)
    assert faults(made) == []
    kinds = [s["type"] for s in made["section"]["subsections"]]
    assert list(dict.fromkeys(kinds)) == [
        *("Author", "organisation", "Publication", "Funding", "Biosample", "Specimen", "Image acquisition"),
        *("Image correlation", "Image analysis", "Annotation", "Study Component"),
    ]


def test_terms_carry_their_ids_and_organisms_their_common_name(tmp_path: Path) -> None:
    made = page(tmp_path)
    organism = sections(made, "Biosample")[0]["attributes"][1]
    assert organism == {
        "name": "Organism",
        "value": "Homo sapiens (human)",
        "valqual": [{"name": "Ontology", "value": "NCBITaxon"}, {"name": "TermId", "value": "NCBITaxon_9606"}],
    }
    method = sections(made, "Image acquisition")[0]["attributes"][-1]
    assert method["valqual"] == [{"name": "Ontology", "value": "fbbi"}, {"name": "TermId", "value": "FBbi_00000253"}]


def test_one_organisation_section_for_each_distinct_one(tmp_path: Path) -> None:
    document = example_document()
    institute = {"name": "Example Institute", "ror": "02catss52"}
    other = {"name": "Other Institute"}
    document["metadata"]["study"]["author"] += [
        {"name": "B", "email": "b@example.org", "affiliation": [institute, other]},
        {"name": "C", "email": "c@example.org", "affiliation": ["other  institute"]},
    ]
    made = page(tmp_path, document)
    assert [values(s, "Name") for s in sections(made, "organisation")] == [["Example Institute"], ["Other Institute"]]
    assert [values(s, "affiliation") for s in sections(made, "Author")] == [["o1"], ["o1", "o2"], ["o2"]]
    assert values(sections(made, "organisation")[0], "RORID") == ["https://ror.org/02catss52"]
    assert faults(made) == []


def test_links_by_id_have_a_type_and_others_are_addresses(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["study"]["link"] = [
        {"url": "https://doi.org/10.1234/x", "type": "DOI", "description": "Paper"},
        {"url": "https://example.org/code", "type": "code"},
        {"description": "no address"},
    ]
    document["metadata"]["study"]["ai_models_trained"] = ["https://example.org/model"]
    links = page(tmp_path, document)["section"]["links"]
    doi = [{"name": "Description", "value": "Paper"}, {"name": "Type", "value": "doi"}]
    assert links[0] == {"url": "10.1234/x", "attributes": doi}
    assert links[1] == {"url": "https://example.org/code", "attributes": [{"name": "Description", "value": "code"}]}
    assert [link["url"] for link in links[2:]] == ["https://example.org/model"]


def test_a_licence_that_the_archive_does_not_offer_is_refused(tmp_path: Path) -> None:
    document = example_document() | {"license": "CC-BY-NC-4.0"}
    with pytest.raises(NeedsUser) as refused:
        page(tmp_path, document)
    assert refused.value.problem.code == "pagetab.license"


def test_nothing_is_invented_for_a_minimal_document(tmp_path: Path) -> None:
    made = page(tmp_path, {"depositor": 1, "archive": "bioimage-archive", "files": []})
    assert made["section"]["subsections"] == []
    assert made["section"]["attributes"] == []
    assert {a["name"] for a in made["attributes"]} == {"Template", "AttachTo", "RootPath", "DOI"}


@pytest.mark.parametrize("metadata", [None, [], {"study": []}, {"study": {"author": "Ada"}, "biosample": {"title": 3}}])
def test_odd_shapes_make_no_crash(tmp_path: Path, metadata: Any) -> None:
    made = page(tmp_path, {"depositor": 1, "archive": None, "files": [], "metadata": metadata})
    assert made["type"] == "submission"


def test_a_revision_keeps_the_doi_attribute_without_value(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path, accession="S-BIAD99")
    later = dataclasses.replace(sealed, submission=dataclasses.replace(sealed.submission, previous="x", revision=2))
    made = pagetab.pagetab(later)
    assert made["accno"] == "S-BIAD99"
    assert {"name": "DOI"} in made["attributes"]
    assert "accno" not in pagetab.pagetab(sealed)


def test_file_lists_of_the_sections_are_those_that_are_written(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path / "data")
    named = [v for s in pagetab.pagetab(sealed)["section"]["subsections"] for v in values(s, "File List")]
    written = documents.write("file-lists", sealed, tmp_path / "out")
    assert sorted(named) == sorted(p.name for p in written)
