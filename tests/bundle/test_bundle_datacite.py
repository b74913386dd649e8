"""DataCite records: what the schema demands is there, both forms say the same, nothing is made up."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from bundle_example import example_document, sealed_study

from depositor.bundle import documents
from depositor.bundle.datacite import datacite

NS = "{http://datacite.org/schema/kernel-4}"
# Order and multiplicity as in the documentation of schema 4.6; the identifier is given later.
ORDER = [
    *("identifier", "creators", "titles", "publisher", "publicationYear", "resourceType", "subjects", "contributors"),
    *("dates", "alternateIdentifiers", "relatedIdentifiers", "sizes", "version", "rightsList", "descriptions"),
    "fundingReferences",
]
MANDATORY = ["creators", "titles", "publisher", "publicationYear", "types", "schemaVersion"]


def test_the_complete_study(tmp_path: Path) -> None:
    as_json, as_xml = documents.write(
        "datacite", sealed_study(tmp_path / "data", accession="S-BIAD1"), tmp_path / "out"
    )
    data = json.loads(as_json.read_text("utf-8"))
    assert all(data.get(key) for key in MANDATORY)
    (creator,) = data["creators"]
    assert creator["name"] == "Carberry, Josiah"
    assert creator["nameIdentifiers"][0]["nameIdentifier"] == "https://orcid.org/0000-0002-1825-0097"
    assert creator["affiliation"][0]["affiliationIdentifier"] == "https://ror.org/02catss52"
    assert data["publicationYear"] == "2027"
    assert data["rightsList"][0]["rightsIdentifier"] == "CC-BY-4.0"
    assert {c["contributorType"] for c in data["contributors"]} == {"ContactPerson", "DataCollector"}
    assert {s.get("valueUri") for s in data["subjects"]} >= {"http://purl.obolibrary.org/obo/FBbi_00000253"}
    funder = {"funderName": "Example Foundation", "funderIdentifier": "https://ror.org/00k4n6c32"}
    assert data["fundingReferences"] == [funder | {"funderIdentifierType": "ROR", "awardNumber": "EX-2041"}]
    assert [r["relatedIdentifier"] for r in data["relatedIdentifiers"]][:2] == ["10.1234/example.1", "34021280"]

    top = ET.fromstring(as_xml.read_text("utf-8"))
    assert top.tag == f"{NS}resource"
    assert [child.tag.removeprefix(NS) for child in top] == ORDER
    said = {element.text for element in top.iter()}
    assert {creator["name"], data["titles"][0]["title"], "S-BIAD1", "EX-2041", "10.1234/example.1"} <= said


@pytest.mark.parametrize(
    "metadata", [None, {"study": {"author": "Ada", "title": ["x"]}}, {"study": [], "biosample": 3}]
)
def test_a_minimal_document_is_still_a_record(tmp_path: Path, metadata: Any) -> None:
    document = {"depositor": 1, "archive": None, "files": [], "metadata": metadata}
    sealed = sealed_study(tmp_path / "data", document)
    data = datacite(sealed)
    assert all(data.get(key) for key in MANDATORY)
    assert data["publicationYear"] == "2026"  # the year of the seal, where no release date was chosen
    documents.write("datacite", sealed, tmp_path / "out")


def test_characters_that_xml_cannot_hold_break_nothing(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["study"]["title"] = 'A <b> & "c" \x00\x0b\ufffe study of cells 🔬'
    paths = documents.write("datacite", sealed_study(tmp_path / "data", document), tmp_path / "out")
    top = ET.fromstring(paths[1].read_text("utf-8"))
    assert top.findtext(f"{NS}titles/{NS}title") == 'A <b> & "c"  study of cells 🔬'
