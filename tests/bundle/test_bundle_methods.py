"""The Methods text: every known fact once, gaps where something required is missing, nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundle_example import example_document, sealed_study

from depositor.bundle import documents
from depositor.bundle.legends import bar
from depositor.bundle.methods import availability, methods, words
from depositor.bundle.sentences import sections
from depositor.draft.paths import leaves
from depositor.form import profiles


def test_every_fact_of_the_complete_study_is_told(tmp_path: Path) -> None:
    sealed = sealed_study(tmp_path / "data", accession="S-BIAD1", url="https://example.org/S-BIAD1")
    (path,) = documents.write("methods", sealed, tmp_path / "out")
    said = path.read_text("utf-8")
    assert "[" not in said
    modules = ("biosample", "specimen", "image_acquisition", "analyzed_data")
    for module in modules:
        for where, value in leaves(sealed.metadata[module]):
            named = where.endswith("title")  # a name tells two records apart; there is one of each
            assert named or value is None or str(value).rstrip(".") in said, f"{module}{where}"
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
    details = said[said.index("The microscope was") :].split("\n")[0]
    assert details == (
        "The microscope was a Zeiss Axio Observer 7, inverted. The objective was a Plan-Apochromat 63x/1.4 Oil DIC "
        "M27, magnification 63×. Channel EGFP: emission 509 nm. Images were detected with a Hamamatsu ORCA-Flash4.0. "
        "The temperature at the sample was 37 °C. The microscope was run by ZEN 3.4."
    )  # 488 nm, 50 ms, 90 s and oil stand in the sentences before


def test_a_fact_is_left_out_only_where_it_was_told(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["image_acquisition"][0]["image_acquisition_parameters"] = "5 ms, 1.45, 1488 nm"
    said = methods(sealed_study(tmp_path, document))
    assert "Channel EGFP: excitation 488 nm, emission 509 nm, exposure 50 ms." in said


def test_records_are_named_where_there_are_several(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["biosample"] += [{"title": "Control", "organism": ["Mus musculus"]}]
    said = methods(sealed_study(tmp_path, document))
    assert "HeLa Kyoto: The images show HeLa cell" in said
    assert "Control: The images show [biological entity] of Mus musculus." in said


def test_details_stand_behind_the_acquisition_that_they_belong_to(tmp_path: Path) -> None:
    document = example_document()
    first = document["metadata"]["image_acquisition"][0]
    document["metadata"]["image_acquisition"] = [first, {**first, "title": "Slow"}]
    document["metadata"]["light_microscopy"] += [{"image_acquisition": "Slow", "detector": "Andor iXon"}]
    said = methods(sealed_study(tmp_path, document))
    assert said.index("ORCA-Flash4.0") < said.index("Slow: Images were") < said.index("detected with an Andor iXon")


def test_what_a_profile_would_tell_shows_as_a_gap_in_the_window_alone(tmp_path: Path) -> None:
    document = example_document() | {"profiles": ["cryo-em"]}
    sealed = sealed_study(tmp_path, document)
    gaps = {g.path: g.label for p in words(sealed).paragraphs for g in p.gaps}
    assert gaps["cryo_em[0].voltage"] == "accelerating voltage"
    assert "" in gaps  # the accession number, which nobody types
    assert "voltage" not in methods(sealed)


@pytest.mark.parametrize(
    ("module", "record", "told"),
    [
        ("cryo_em", {"voltage": 300, "spherical_aberration": 2.7}, "at 300 kV, with a spherical aberration of 2.7 mm."),
        ("cryo_em", {"tilt_min": -60, "tilt_max": 60, "tilt_step": 3}, "went from -60° to 60° in steps of 3°."),
        ("volume_em", {"technique": "FIB-SEM", "slice_thickness": 8}, "Slices were 8 nm thick."),
        ("mass_spec_imaging", {"polarity": "positive", "mz_min": 100, "mz_max": 900}, "ion mode from m/z 100 to 900."),
        ("histology_wsi", {"stain": ["H&E", "PAS"]}, "Slides were stained with H&E and PAS."),
        ("live_imaging", {"duration": 90, "co2": 5}, "followed for 90 min. CO₂ was held at 5 %."),
        ("medical_scanner", {"field_strength": 1.5, "sequence": "GR"}, "was 1.5 T. The sequence was GR."),
        ("multiplexed_tissue", {"assay": "t-CyCIF"}, "stained and imaged by t-CyCIF."),
        ("spatial_omics", {"platform": "Xenium", "targets": 313}, "Xenium, 313 targets."),
        ("high_content_screening", {"plate_format": "384", "plates": 2}, "384 wells; 2 plates were imaged."),
        ("medical_imaging", {"modality": ["CT"], "subjects": 20}, "holds CT images of 20 subjects."),
        ("ai_ready", {"task": "segmentation"}, "meant for segmentation."),
    ],
)
def test_each_profile_has_its_sentences(module: str, record: dict[str, Any], told: str) -> None:
    single = module in ("medical_imaging", "ai_ready")
    said = words({"metadata": {module: record if single else [record]}}).plain()
    assert told in said


def test_every_slot_of_a_template_is_an_answer_of_the_form() -> None:
    """A template that asks for what no form has would never be told."""
    computed = {"image_data.size"}
    form = profiles.load(tuple(p.id for p in profiles.available()), None)
    for section in sections():
        module = form.module(section.module)
        assert module, section.module
        for sentence in section.sentences:
            outer = f"{section.module}.{sentence.each}" if sentence.each else section.module
            for slot in (s for c in sentence.clauses for s in c.slots):
                path = f"{outer}.{slot.key}"
                found = form.field(path)
                assert found or path in computed, path
                assert not (found and slot.unit and slot.unit != found.unit), path


def test_a_legend_has_scale_channels_and_objective(tmp_path: Path) -> None:
    legend = words(sealed_study(tmp_path)).paragraphs[-1]
    assert legend.text() == (
        "HeLa cell (Homo sapiens), spinning disk confocal microscopy. Channels: EGFP (mEGFP, condensin). "
        "Objective: Plan-Apochromat 63x/1.4 Oil DIC M27. Scale bar, 20 µm (185 pixels of 0.108 µm)."
    )


@pytest.mark.parametrize(("width", "length"), [(110.6, 20), (51.2, 10), (9.99, 1), (10, 2), (0.05, 0.01), (2.5e6, 5e5)])
def test_a_scale_bar_is_a_round_part_of_the_image(width: float, length: float) -> None:
    assert bar(width) == pytest.approx(length)


def test_markdown_and_plain_text_say_the_same(tmp_path: Path) -> None:
    told = words(sealed_study(tmp_path))
    assert told.markdown().replace("## ", "").replace("**", "").replace("\n\n", "\n") == told.plain().replace(
        "\n\n", "\n"
    )


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
