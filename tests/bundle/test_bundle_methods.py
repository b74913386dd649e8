"""The Methods text: every known fact once, gaps where something required is missing, nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundle_example import example_document, sealed_study

from depositor.bundle import documents
from depositor.bundle.methods import availability, methods
from depositor.draft.paths import leaves


def test_every_fact_of_the_complete_study_is_told(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path / "data", accession="S-BIAD1", url="https://example.org/S-BIAD1")
    (path,) = documents.write("methods", sealed, tmp_path / "out")
    said = path.read_text("utf-8")
    assert "[" not in said
    modules = ("biosample", "specimen", "image_acquisition", "analyzed_data")
    for module in modules:
        for where, value in leaves(sealed.metadata[module]):
            assert value is None or str(value).rstrip(".") in said, f"{module}{where}"
    assert (
        "The image data are available in the BioImage Archive under accession S-BIAD1 (https://example.org/S-BIAD1) "
        "under the licence Creative Commons Attribution 4.0 International."
    ) in said


def test_what_is_required_and_missing_shows_as_a_gap(tmp_path: Path) -> None:
    document = example_document()
    del document["metadata"]["image_acquisition"][0]["imaging_instrument"]
    document["metadata"]["biosample"][0]["organism"] = []
    said = methods(sealed_study(tmp_path, document))
    assert "Instrument: [imaging instrument]." in said
    assert "The images show HeLa cell (CLO:0003684) of [organism]." in said
    assert "[accession number]" in said


def test_sizes_and_microscopes_are_told_in_a_sentence_each(tmp_path: Path) -> None:
    said = methods(sealed_study(tmp_path))
    assert (
        "Image files\nSize: 1024 × 768 pixels, 25 planes, 2 channels, 80 time points; "
        "voxel size 0.108 × 0.108 × 0.3 µm; file format: OME-TIFF, LZW."
    ) in said
    details = said[said.index("Details: ") :].split("\n")[0]
    assert "objective Plan-Apochromat 63x/1.4 Oil DIC M27; magnification 63×" in details
    assert "temperature 37 °C; channel EGFP (emission 509 nm)." in details
    assert "488" not in details  # the sentence before says it
    assert "immersion" not in details  # the instrument's name says it


def test_a_fact_is_left_out_only_where_it_was_told(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["image_acquisition"][0]["image_acquisition_parameters"] = "5 ms, 1.45, 1488 nm"
    said = methods(sealed_study(tmp_path, document))
    assert "channel EGFP (excitation 488 nm, emission 509 nm, exposure 50 ms)" in said


def test_nothing_known_makes_only_the_availability(tmp_path: Path) -> None:
    said = methods(sealed_study(tmp_path, {"depositor": 1, "archive": None, "files": []}))
    assert said == "Data availability\n" + availability(None, None, "BioImage Archive", None)


def test_availability_names_only_what_is_known() -> None:
    assert availability("10.5281/zenodo.1", None, "Zenodo", "CC0-1.0") == (
        "The image data are available in Zenodo under accession 10.5281/zenodo.1 under the licence CC0 1.0 Universal."
    )


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"biosample": [1, "x", {"organism": 5}]},
        {"specimen": {"channels": "EGFP"}},
        {"image_data": [{"pixel_voxel_size": "x"}]},
    ],
)
def test_odd_shapes_make_no_crash(tmp_path: Path, metadata: Any) -> None:
    assert methods(sealed_study(tmp_path, example_document() | {"metadata": metadata}))


@pytest.mark.parametrize("nothing", ["none", "None.", "n/a", "N.A.", "-", "not applicable"])
def test_answers_that_say_none_are_left_out(tmp_path: Path, nothing: str) -> None:
    document = example_document()
    document["metadata"]["biosample"][0]["intrinsic_variable"] = [nothing]
    document["metadata"]["biosample"][0]["extrinsic_variable"] = [nothing, "nocodazole 100 nM"]
    said = methods(sealed_study(tmp_path, document))
    assert "Intrinsic variable" not in said
    assert "Treatment: nocodazole 100 nM." in said


def test_the_practice_archive_gives_no_sentence_for_a_paper(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path, accession="PRACTICE-1", url="http://127.0.0.1:8000/PRACTICE-1")
    said = methods(replace(sealed, capabilities=replace(sealed.capabilities, kind="practice")))
    assert "127.0.0.1" in methods(sealed)
    assert "127.0.0.1" not in said
    assert "Data availability" not in said
