"""The RO-Crate: valid for the community's validator, complete, lean for large studies. No network is touched."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from bundle_example import DATA, example_document, sealed_study

from depositor.bundle import crate_files, documents, naming
from depositor.bundle.ro_crate import ro_crate
from depositor.bundle.sealed import Sealed
from depositor.draft.submission import SubmissionFile


@pytest.fixture
def validator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``rocrate_validator``, with RO-Crate's own context served from a file and every other address refused."""
    services = pytest.importorskip("rocrate_validator.services")
    from rocrate_validator.utils.http import HttpRequester

    asked: list[str] = []

    def get(_: Any, url: str, **__: Any) -> requests.Response:
        asked.append(url)
        response = requests.Response()
        known = url == "https://w3id.org/ro/crate/1.2/context"
        response.status_code = 200 if known else 504
        response.headers["Content-Type"] = "application/ld+json"
        response._content = gzip.decompress((DATA / "ro-crate-1.2-context.jsonld.gz").read_bytes()) if known else b""
        return response

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)
    monkeypatch.setattr(HttpRequester, "head", get, raising=False)

    def validate(folder: Path) -> list[str]:
        settings = services.ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier="ro-crate-1.2",
            requirement_severity="RECOMMENDED",
            cache_path=tmp_path / "cache",
            offline=True,
            skip_availability_check=True,
        )
        result = services.validate(settings)
        assert "https://w3id.org/ro/crate/1.2/context" in asked
        return sorted(
            f"{i.severity.name} {i.check.identifier}: {i.message} {i.violatingEntity}" for i in result.get_issues()
        )

    return validate


def crate_with_payload(tmp_path: Path, **more: Any) -> Sealed:
    """The example with its data under the names at the archive, as a package folder has them."""
    sealed = sealed_study(tmp_path / "data", **more)
    for file in sealed.files():
        target = tmp_path / "crate" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(file.source).read_bytes())
    documents.write("manifest", sealed, tmp_path / "crate")
    documents.write("ro-crate", sealed, tmp_path / "crate")
    return sealed


def entities(crate: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {e["@id"]: e for e in crate["@graph"]}


def test_the_validator_agrees(tmp_path: Path, validator: Any) -> None:
    crate_with_payload(tmp_path)
    # What is left are recommendations about facts that nobody told us: a ROR id of the archive, contact points of
    # institutes, a sentence on each file, and the size of the manifest, which is written later than the crate.
    left = ("-1.2_62.2", "-1.2_64.1", "-1.2_89.0", "-1.2_90.1")
    issues = [i for i in validator(tmp_path / "crate") if not i.split(":")[0].endswith(left)]
    assert not issues, "\n".join(issues)


def test_the_validator_would_object(tmp_path: Path, validator: Any) -> None:
    crate_with_payload(tmp_path)
    path = tmp_path / "crate" / "ro-crate-metadata.json"
    crate = json.loads(path.read_text())
    del entities(crate)["./"]["license"]
    path.write_text(json.dumps(crate))
    assert any("REQUIRED" in issue for issue in validator(tmp_path / "crate"))


def test_the_common_library_reads_it(tmp_path: Path) -> None:
    from rocrate.rocrate import ROCrate

    sealed = crate_with_payload(tmp_path)
    crate = ROCrate(str(tmp_path / "crate"))
    assert crate.root_dataset["author"]["name"] == "Josiah Carberry"
    names = {e.id for e in crate.get_entities() if e.type == "File"}
    assert names == {crate_files.address(f.name) for f in sealed.files()} | {"manifest-sha256.txt"}


def test_people_places_terms_and_files_are_entities(tmp_path: Path) -> None:
    found = entities(ro_crate(sealed_study(tmp_path)))
    root = found["./"]
    assert root["author"] == {"@id": "https://orcid.org/0000-0002-1825-0097"}
    assert found["https://orcid.org/0000-0002-1825-0097"]["affiliation"] == {"@id": "https://ror.org/02catss52"}
    assert found["https://ror.org/02catss52"]["name"] == "Example Institute"
    assert root["license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert root["datePublished"] == "2027-06-30"
    fbbi, taxon = "http://purl.obolibrary.org/obo/FBbi_00000253", "http://purl.obolibrary.org/obo/NCBITaxon_9606"
    assert {"@id": fbbi} in root["measurementMethod"]
    assert found[fbbi]["termCode"] == "FBbi:00000253"
    assert {"@id": taxon} in root["about"]
    assert found[taxon]["scientificName"] == "Homo sapiens"
    file = found["raw/aEtb_WT_t01.tif"]
    assert file["sha256"] == next(sealed_study(tmp_path).files()).sha256
    assert (file["contentSize"], file["encodingFormat"]) == ("28", "image/tiff")
    assert file["alternateName"] == "raw/a&b_WT_t01.tif"
    assert {"@id": "raw/aEtb_WT_t01.tif"} in found["#component-1"]["hasPart"]


def test_sizes_and_microscopes_are_values_with_units(tmp_path: Path) -> None:
    found = entities(ro_crate(sealed_study(tmp_path)))
    images = found[found["./"]["variableMeasured"]["@id"]]
    assert images["value"] == (
        "1024 × 768 pixels, 25 planes, 2 channels, 80 time points; voxel size 0.108 × 0.108 × 0.3 µm; "
        "110.6 × 82.9 × 7.5 µm"
    )
    values = {found[r["@id"]]["name"]: found[r["@id"]] for r in images["valueReference"]}
    depth, width = values["Pixel size Z"], values["Size X"]
    micrometre, pixel = (f"http://purl.obolibrary.org/obo/UO_{n}" for n in ("0000017", "0000236"))
    assert (depth["value"], depth["unitText"], depth["unitCode"]) == (0.3, "µm", micrometre)
    assert (width["value"], width["unitCode"]) == (1024, pixel)
    (stand,) = (e for e in found.values() if e["@type"] == "IndividualProduct")
    assert stand["name"] == "Spinning disk confocal, 63x/1.4 oil"
    known = {found[r["@id"]]["name"]: found[r["@id"]] for r in stand["additionalProperty"]}
    assert known["Numerical aperture"]["value"] == 1.4
    assert "unitCode" not in known["Numerical aperture"]
    assert known["channel EGFP"]["value"] == "excitation 488 nm, emission 509 nm, exposure 50 ms"
    assert {found[r["@id"]]["unitCode"].rpartition("/")[2] for r in known["channel EGFP"]["valueReference"]} == {
        "UO_0000018",
        "UO_0000028",
    }


def test_a_microscope_of_no_described_acquisition_is_told_too(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["image_acquisition"] = []
    found = entities(ro_crate(sealed_study(tmp_path, document)))
    (stand,) = (e for e in found.values() if e["@type"] == "IndividualProduct")
    assert stand["name"] == "Zeiss Axio Observer 7, inverted"
    assert any(e.get("labEquipment") == {"@id": stand["@id"]} for e in found.values())


def test_every_reference_leads_somewhere(tmp_path: Path) -> None:
    crate = ro_crate(sealed_study(tmp_path))
    known = set(entities(crate))

    def refs(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["@id"]} if set(value) == {"@id"} else set()
            return own | {r for v in value.values() for r in refs(v)}
        return {r for v in value for r in refs(v)} if isinstance(value, list) else set()

    outside = {"https://w3id.org/ro/crate/1.2", "http://purl.obolibrary.org/obo/CLO_0003684"}
    assert refs(crate["@graph"]) - known <= outside


def test_a_minimal_document_makes_a_valid_crate(tmp_path: Path, validator: Any) -> None:
    document = {"depositor": 1, "archive": "package", "files": []}
    sealed = sealed_study(tmp_path / "data", document)
    documents.write("ro-crate", sealed, tmp_path / "crate")
    for file in sealed.files():
        target = tmp_path / "crate" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"x")
    documents.write("manifest", sealed, tmp_path / "crate")
    assert [issue for issue in validator(tmp_path / "crate") if issue.startswith("REQUIRED")] == []


def test_large_studies_name_folders_and_the_manifest(tmp_path: Path) -> None:
    many = crate_files.MOST + 1

    def files() -> Any:
        for n in range(many):
            name = f"plate {n % 3}/{n}.tif" if n else "loose.tif"
            yield SubmissionFile(n, "/x", name, name, 2, 0, sha256="0" * 64, group="Mitosis time lapse")

    small = sealed_study(tmp_path)
    large = dataclasses.replace(
        small, files=files, submission=dataclasses.replace(small.submission, files=many, bytes=2 * many)
    )
    found = entities(ro_crate(large))
    assert {i for i in found if i.endswith("/") and i != "./" and ":" not in i} == {f"plate%20{n}/" for n in range(3)}
    assert "manifest-sha256.txt" in found
    assert len(found) < 100


def test_names_are_encoded_as_addresses() -> None:
    assert crate_files.address("a b/50%#1?.tif") == "a%20b/50%25%231%3F.tif"
    assert crate_files.address("C:x/é") == "C%3Ax/%C3%A9"
    assert crate_files.media_type("x/y.OME.TIFF") == "image/tiff"
    assert crate_files.media_type("x.czi") == "application/octet-stream"


def test_the_documents_of_ours_are_names_that_data_may_not_have(tmp_path: Path) -> None:
    rule = sealed_study(tmp_path / "data").capabilities.naming
    for form in documents.formats():
        for path in documents.write(form, sealed_study(tmp_path / "data"), tmp_path / "out"):
            assert naming.violations(path.name, rule), path.name


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"study": {"author": "Ada", "grant": "x"}, "biosample": ["x", {"title": 3}]},
        {"image_data": ["x", {"pixel_voxel_size": 3, "dimension_extents": {"x": "many", "y": True, "z": "1e999"}}]},
        {"light_microscopy": ["x", {"image_acquisition": [3], "magnification": "nan", "channels": "EGFP"}]},
    ],
)
def test_odd_shapes_make_no_crash(tmp_path: Path, metadata: Any) -> None:
    assert ro_crate(sealed_study(tmp_path, example_document() | {"metadata": metadata}))["@graph"]
