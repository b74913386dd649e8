"""What headers and folders say reaches the form with its origin; a person's word always stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from form_drafts import complete, confocal, draft
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft.answer import OriginKind, Proposal
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, Objective
from depositor.form import prefill, profiles
from depositor.form.filling import wording
from depositor.form.filling.gathering import gather
from depositor.form.filling.modalities import methods

FORM = profiles.load(("light-microscopy",), "practice")


def offered(given_draft: Draft, *facts: FileFacts) -> dict[str, Proposal]:
    return {p.path: p for p in prefill.proposals(FORM, given_draft, facts)}


def filled(given_draft: Draft, *facts: FileFacts) -> Draft:
    return prefill.apply(given_draft, prefill.proposals(FORM, given_draft, facts))


def test_an_acquisition_is_described_from_the_header() -> None:
    got = filled(Draft("d"), confocal("a.czi"))
    assert got.get("image_acquisition[0]") == {
        "title": "LSM 880 63x/1.4",
        "imaging_method": [{"id": "FBbi:00000252", "label": "single-spot confocal microscopy"}],
        "imaging_instrument": "Carl Zeiss LSM 880, inverted; objective Plan-Apochromat 63x/1.4 Oil DIC",
        "image_acquisition_parameters": (
            "EGFP: mEGFP, excitation 488 nm, emission 509 nm, exposure 50 ms; T-PMT: TL Brightfield; pixel size 0.1 µm"
        ),
    }
    origin = got.origin("image_acquisition[0].imaging_instrument")
    assert origin
    assert (origin.kind, origin.file, origin.reader, origin.key) == (OriginKind.HEADER, "a.czi", "czi", "Microscope")


def test_facts_are_told_as_values_too() -> None:
    got = filled(Draft("d"), confocal("a.czi", size_z=5, size_t=3, time_increment_s=90.0))
    assert got.get("light_microscopy[0].image_acquisition") == "LSM 880 63x/1.4"
    assert got.get("light_microscopy[0].numerical_aperture") == 1.4
    assert got.get("light_microscopy[0].time_interval") == 90
    assert got.get("light_microscopy[0].channels") == [
        {"channel_label": "EGFP", "excitation": 488, "emission": 509, "exposure": 50}
    ]
    assert got.get("image_data[0]") == {
        "format_and_compression": "Zeiss CZI",
        "dimension_extents": {"x": 512, "y": 512, "z": 5, "c": 2, "t": 3},
        "pixel_voxel_size": {"x": 0.1, "y": 0.1, "z": 0.3, "unit": "µm"},
        "size_description": "51.2 × 51.2 × 1.5 µm",
    }
    assert got.get("biosample[0].experimental_variable") == ["Time"]


def test_channels_become_rows_and_light_is_no_dye() -> None:
    assert filled(Draft("d"), confocal("a.czi")).get("specimen[0].channels") == [
        {"channel_label": "EGFP", "channel_content": "mEGFP", "signal_contrast_mechanism": "fluorescence"},
        {"channel_label": "T-PMT"},
    ]


def test_a_file_for_each_channel_gives_all_channels_and_one_acquisition() -> None:
    files = [confocal(f"c{n}.czi", channels=(Channel(name, contrast="Fluorescence"),)) for n, name in enumerate("ABC")]
    got = filled(Draft("d"), *files)
    assert [row["channel_label"] for row in got.get("specimen[0].channels")] == ["A", "B", "C"]
    assert len(got.get("image_acquisition")) == 1


def test_where_headers_disagree_the_most_frequent_leads_and_the_others_are_counted() -> None:
    sizes = [0.1, 0.2, 0.1, 0.1, 0.2, 0.4]
    found = offered(Draft("d"), *(confocal(f"{n}.czi", size=size) for n, size in enumerate(sizes)))
    pixel = found["image_data[0].pixel_voxel_size"]
    assert (pixel.value["x"], pixel.files) == (0.1, 3)
    assert [(value["x"], files, file) for value, files, file in pixel.others] == [(0.2, 2, "1.czi"), (0.4, 1, "5.czi")]
    assert "pixel size 0.1 to 0.4 µm" in found["image_acquisition[0].image_acquisition_parameters"].value
    assert "image_data[0].size_description" not in found


def test_exposures_that_differ_are_told_as_a_range_and_not_as_a_value() -> None:
    found = offered(Draft("d"), confocal("a.czi", exposure=0.02), confocal("b.czi", exposure=0.05))
    assert "exposure 20 to 50 ms" in found["image_acquisition[0].image_acquisition_parameters"].value
    assert "exposure" not in found["light_microscopy[0].channels"].value[0]


def test_each_way_of_acquisition_gets_a_record_with_its_own_name() -> None:
    air = Objective("EC Plan-Neofluar 10x/0.3", 10.0, 0.3, "Air")
    same = Objective("Other 63x lens", 63.0, 1.4, "Oil")
    got = filled(
        Draft("d"),
        confocal("a.czi"),
        confocal("b.czi", objective=air),
        confocal("c.czi", objective=same),
        confocal("d.czi"),
    )
    titles = [r["title"] for r in got.get("image_acquisition")]
    assert titles == ["LSM 880 63x/1.4", "LSM 880 10x/0.3", "LSM 880 63x/1.4 (2)"]
    assert [r["image_acquisition"] for r in got.get("light_microscopy")] == titles


def test_many_ways_of_acquisition_are_capped() -> None:
    files = [confocal(f"{n}.czi", instrument=Device("Maker", f"Model {n}")) for n in range(30)]
    assert len(filled(Draft("d"), *files).get("image_acquisition")) == 8


def test_nothing_is_said_that_the_header_does_not_say() -> None:
    bare = FileFacts("a.tif", "TIFF", "tiff", (ImageFacts(size_x=10, size_y=10),))
    assert offered(Draft("d"), bare).keys() == {
        "image_data[0].format_and_compression",
        "image_data[0].dimension_extents",
    }
    assert offered(Draft("d"), FileFacts("b.bin")) == {}


@pytest.mark.parametrize(
    ("lens", "words"),
    [
        (Objective("Plan-Apochromat 63x/1.4 Oil DIC", 63.0, 1.4, "Oil"), "Plan-Apochromat 63x/1.4 Oil DIC"),
        (Objective("HC PL APO CS2    63x/1.30 GLYC", 63.0, 1.3, "Glycerol"), "HC PL APO CS2 63x/1.30 GLYC glycerol"),
        (Objective("Plan Apo λ 60x", 60.0, 0.95), "Plan Apo λ 60x NA 0.95"),
        (Objective("20X Plan Apo Lambda", 20.0, 0.75), "20X Plan Apo Lambda NA 0.75"),
        (Objective("UPLSAPO", 100.0, 1.4, "Oil"), "UPLSAPO 100x/1.4 oil"),
        (Objective(None, 20.0), "20x"),
        (Objective(None, None, None, "Water"), "Water"),
        (Objective("Plan 5x", 5.0, None, "Other"), "Plan 5x"),
        (None, ""),
    ],
)
def test_an_objective_in_words(lens: Objective | None, words: str) -> None:
    assert wording.objective(lens) == words


def test_an_instrument_in_words() -> None:
    assert wording.device(Device("Nikon", "NIKON Ti2", "Upright")) == "NIKON Ti2, upright"
    assert wording.device(Device(None, "Titan")) == "Titan"
    assert wording.device(None) == ""


# --- methods ---------------------------------------------------------------------------------------------------------


def test_methods_come_from_words_of_the_header_only() -> None:
    assert methods(ImageFacts(modality="SpinningDiskConfocal")) == (
        ("FBbi:00000253", "spinning disk confocal microscopy"),
    )
    assert methods(ImageFacts(modality="WideField")) == ()
    widefield = (Channel(mode="WideField", contrast="Fluorescence"), Channel(mode="WideField", contrast="Brightfield"))
    assert [label for _, label in methods(ImageFacts(channels=widefield))] == [
        "fluorescence microscopy",
        "bright-field microscopy",
    ]
    assert methods(ImageFacts(modality="CT")) == (("FBbi:00001002", "X-ray computed tomography"),)
    assert methods(ImageFacts(modality="no such word")) == ()


# --- what a person said ----------------------------------------------------------------------------------------------


def test_a_persons_word_is_never_overwritten() -> None:
    given_draft = draft(complete())
    got = filled(given_draft, confocal("raw/a.tif"))
    kept = ("title", "imaging_method", "image_acquisition_parameters")
    assert len(got.get("image_acquisition")) == 1
    for key in kept:
        assert got.get(f"image_acquisition[0].{key}") == given_draft.get(f"image_acquisition[0].{key}")
    for module in ("study", "study_component", "biosample", "specimen", "annotations", "version"):
        assert got.get(module) == given_draft.get(module)
    assert got.files == given_draft.files


def test_a_persons_own_records_are_not_mixed_up_with_two_groups_of_files() -> None:
    own = draft(image_acquisition=[{"title": "Mine", "imaging_instrument": "My own words"}])
    got = filled(own, confocal("a.czi"), confocal("b.czi", instrument=Device("Nikon", "Ti2")))
    assert got.get("image_acquisition") == own.get("image_acquisition")


def test_blanks_of_a_persons_record_are_filled_where_it_can_be_no_other() -> None:
    got = filled(draft(image_acquisition=[{"title": "Mine"}]), confocal("a.czi"))
    assert got.get("image_acquisition[0].title") == "Mine"
    assert got.get("image_acquisition[0].imaging_instrument", "").startswith("Carl Zeiss")
    assert got.get("light_microscopy[0].image_acquisition") == "Mine"


def test_filling_in_twice_changes_nothing() -> None:
    files = (confocal("a.czi"), confocal("b.czi", instrument=Device("Nikon", "Ti2")), confocal("c.czi", size=0.3))
    once = filled(replace(Draft("d"), files=(FileGroup("/data/plate one"),)), *files)
    assert filled(once, *files) == once


def test_records_are_found_again_after_a_person_changed_them() -> None:
    files = (confocal("a.czi"), confocal("b.czi", instrument=Device("Nikon", "Ti2")))
    once = filled(Draft("d"), *files)
    renamed = once.rename_record("image_acquisition", 0, "title", "The confocal").answer(
        "image_acquisition[0].imaging_instrument", "Our confocal"
    )
    got = filled(renamed, *files)
    assert got.get("image_acquisition[0].title") == "The confocal"
    assert got.get("image_acquisition[0].imaging_instrument") == "Our confocal"
    assert len(got.get("image_acquisition")) == 2
    assert got.get("light_microscopy[0].image_acquisition") == "The confocal"


def test_new_headers_renew_what_headers_said() -> None:
    once = filled(Draft("d"), confocal("a.czi", size=0.1))
    assert filled(once, confocal("a.czi", size=0.2)).get("image_data[0].pixel_voxel_size")["x"] == 0.2


# --- folders ---------------------------------------------------------------------------------------------------------


def test_folders_name_data_sets_without_telling_where_they_lie() -> None:
    groups = (FileGroup("/home/me/study/plate_one"), FileGroup("C:\\data\\Plate two\\"))
    got = filled(replace(Draft("d"), files=groups))
    assert [r["name"] for r in got.get("study_component")] == ["plate one", "Plate two"]
    assert [g.study_component for g in got.files] == ["plate one", "Plate two"]
    assert not any("home" in str(o.as_json()) for o in got.origins.values())


def test_single_files_share_the_data_set_of_their_folder() -> None:
    groups = tuple(FileGroup(f"/data/day 1/{name}") for name in ("a.tif", "b.tif", "c.ome.zarr"))
    got = filled(replace(Draft("d"), files=groups))
    assert [r["name"] for r in got.get("study_component")] == ["day 1"]
    assert {g.study_component for g in got.files} == {"day 1"}


def test_described_data_sets_and_annotations_are_left_alone() -> None:
    groups = (FileGroup("/data/raw"), FileGroup("/data/masks", annotations="Masks"))
    described = replace(draft(study_component=[{"name": "Mine"}]), files=groups)
    assert filled(described).get("study_component[0].name") == "Mine"
    assert filled(described).files == described.files
    new = filled(replace(Draft("d"), files=groups))
    assert [r["name"] for r in new.get("study_component")] == ["raw"]
    assert new.files[1] == groups[1]


def test_where_there_is_no_choice_the_association_is_made() -> None:
    one = {"biosample": [{"title": "B"}], "specimen": [{"title": "S"}], "image_acquisition": [{"title": "A"}]}
    got = filled(draft(study_component=[{"name": "X"}], **one))
    assert got.get("study_component[0].associations") == [{"biosample": "B", "specimen": "S", "image_acquisition": "A"}]
    assert [p.path for p in prefill.obvious(draft(study_component=[{"name": "X"}], **one))] == [
        "study_component[0].associations"
    ]
    own = [{"biosample": "B"}]
    assert (
        filled(draft(study_component=[{"name": "X", "associations": own}], **one)).get(
            "study_component[0].associations"
        )
        == own
    )
    two = filled(draft(study_component=[{"name": "X"}], **{**one, "biosample": [{"title": "B"}, {"title": "C"}]}))
    assert two.get("study_component[0].associations") is None


def test_the_only_data_set_was_made_with_all_acquisitions() -> None:
    several = {
        "biosample": [{"title": "B"}],
        "specimen": [{"title": "S"}],
        "image_acquisition": [{"title": "A"}, {"title": "C"}],
    }
    got = filled(draft(study_component=[{"name": "X"}], **several))
    assert [r["image_acquisition"] for r in got.get("study_component[0].associations")] == ["A", "C"]
    two = filled(draft(study_component=[{"name": "X"}, {"name": "Y"}], **several))
    assert two.get("study_component[0].associations") is None  # which acquisition made which is not known


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_what_is_kept_does_not_grow_with_the_number_of_files() -> None:
    def stream(n: int) -> Iterator[FileFacts]:
        yield from (confocal(f"{at}.czi", size=0.1 + at, exposure=at + 1) for at in range(n))

    gathered = gather(stream(5_000))
    (group,) = gathered.ranked()
    assert group.files == 5_000
    assert all(len(tally.values()) <= 60 for tally in group.tallies.values())
    assert (group.tally("pixel_size.x_um").low, group.tally("pixel_size.x_um").high) == (0.1, 4999)
    assert not group.tally("pixel_size").complete


def test_images_of_one_file_count_as_one_file() -> None:
    facts = confocal("a.lif")
    many = replace(facts, images=facts.images * 7)
    assert offered(Draft("d"), many)["image_data[0].pixel_voxel_size"].files == 1


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["title", "name", "x"]), inner, max_size=2)
    ),
    max_leaves=8,
)
MODULES = st.sampled_from(
    ["study_component", "biosample", "specimen", "image_acquisition", "image_data", "light_microscopy"]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(MODULES, JSON, max_size=4))
def test_no_shape_of_a_draft_makes_it_fail_and_typed_values_stay(metadata: dict[str, Any]) -> None:
    before = draft({"depositor": 1, "files": [{"path": "/a/b"}], "metadata": metadata})
    after = filled(before, confocal("a.czi", size_t=2))
    for module, value in metadata.items():
        if isinstance(value, list):
            for at, record in enumerate(value):
                if isinstance(record, dict) and isinstance(record.get("title"), str) and record["title"].strip():
                    assert after.get(f"{module}[{at}].title") == record["title"]
    assert filled(after, confocal("a.czi", size_t=2)) == after
