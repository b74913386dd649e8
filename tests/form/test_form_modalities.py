"""Each way of imaging: what cannot be together is told, where it stands, and nothing else is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from form_drafts import complete, draft
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depositor.draft.document import from_document
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.finding import Level
from depositor.form import profiles
from depositor.form.validation import by_module, validate

TODAY = dt.date(2026, 11, 21)
ALL = profiles.load(tuple(p.id for p in profiles.available()), None)


def told(given: Draft, check: str) -> list[str | None]:
    return [f.location for f in validate(ALL, given, None, TODAY, None) if f.check == check]


# (check, where, wrong, right)
RULES: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    (
        "form.aperture",
        "light_microscopy[0].numerical_aperture",
        {"light_microscopy": [{"numerical_aperture": 1.45, "immersion": "Silicone"}]},
        {"light_microscopy": [{"numerical_aperture": 1.35, "immersion": "Silicone"}]},
    ),
    (
        "form.lens",
        "light_microscopy[0].magnification",
        {"light_microscopy": [{"numerical_aperture": 1.4, "magnification": 6.3}]},
        {"light_microscopy": [{"numerical_aperture": 0.16, "magnification": 5}]},
    ),
    (
        "form.band",
        "light_microscopy[0].channels[0].emission_from",
        {"light_microscopy": [{"channels": [{"emission_from": 550, "emission_to": 500}]}]},
        {"light_microscopy": [{"channels": [{"emission_from": 500, "emission_to": 550}]}]},
    ),
    (
        "form.sampling",
        "image_data[0].pixel_voxel_size",
        {
            "light_microscopy": [{"numerical_aperture": 1.4, "channels": [{"emission": 509}]}],
            "image_data": [{"pixel_voxel_size": {"x": 0.2, "y": 0.2}}],
        },
        {
            "light_microscopy": [{"numerical_aperture": 1.4, "channels": [{"emission": 509}]}],
            "image_data": [{"pixel_voxel_size": {"x": 0.1, "y": 0.1}}],
        },
    ),
    (
        "form.interval",
        "light_microscopy[0].time_interval",
        {"light_microscopy": [{}], "image_data": [{"dimension_extents": {"t": 80}}]},
        {"light_microscopy": [{"time_interval": 90}], "image_data": [{"dimension_extents": {"t": 80}}]},
    ),
    (
        "form.co2",
        "live_imaging[0].co2",
        {"live_imaging": [{"co2": 0.005}]},
        {"live_imaging": [{"co2": 5}]},
    ),
    (
        "form.well",
        "high_content_screening[0].controls[0].wells",
        {"high_content_screening": [{"plate_format": "96", "controls": [{"wells": "A01-H13"}]}]},
        {"high_content_screening": [{"plate_format": "384", "controls": [{"wells": "A01-P24, column 12"}]}]},
    ),
    (
        "form.controls",
        "high_content_screening[0].controls",
        {"high_content_screening": [{"controls": [{"control_type": "positive control", "wells": "A01"}]}]},
        {"high_content_screening": [{"controls": [{"control_type": "negative control", "wells": "A01"}]}]},
    ),
    (
        "form.slice",
        "image_data[0].pixel_voxel_size.z",
        {"volume_em": [{"slice_thickness": 8}], "image_data": [{"pixel_voxel_size": {"z": 0.08}}]},
        {"volume_em": [{"slice_thickness": 8}], "image_data": [{"pixel_voxel_size": {"z": 0.008}}]},
    ),
    (
        "form.one-slice",
        "image_data[0].dimension_extents.z",
        {"volume_em": [{}], "image_data": [{"dimension_extents": {"z": 1}}]},
        {"volume_em": [{}], "image_data": [{"dimension_extents": {"z": 400}}]},
    ),
    (
        "form.range",
        "cryo_em[0].tilt_min",
        {"cryo_em": [{"technique": "tomography", "tilt_min": 60, "tilt_max": -60}]},
        {"cryo_em": [{"technique": "tomography", "tilt_min": -60, "tilt_max": 60}]},
    ),
    (
        "form.dose",
        "cryo_em[0].total_dose",
        {"cryo_em": [{"technique": "single particle", "total_dose": 50, "frame_dose": 1, "frames": 10}]},
        {"cryo_em": [{"technique": "tomography", "total_dose": 120, "frame_dose": 0.5, "frames": 6}]},
    ),
    (
        "form.range",
        "mass_spec_imaging[0].mz_min",
        {"mass_spec_imaging": [{"mz_min": 1000, "mz_max": 70}]},
        {"mass_spec_imaging": [{"mz_min": 70, "mz_max": 1000}]},
    ),
    (
        "form.cohort",
        "medical_imaging.series",
        {"medical_imaging": {"subjects": 10, "studies": 20, "series": 5}},
        {"medical_imaging": {"subjects": 10, "studies": 20, "series": 80}},
    ),
    (
        "form.identity.dates",
        "medical_imaging.dates",
        {"medical_imaging": {"species": "people", "dates": "kept"}},
        {"medical_imaging": {"species": "people", "dates": "shifted"}},
    ),
    (
        "form.identity.faces",
        "medical_imaging.defaced",
        {"medical_imaging": {"species": "people", "modality": ["MR"], "defaced": "kept"}},
        {"medical_imaging": {"species": "people", "modality": ["MR"], "defaced": "removed"}},
    ),
    (
        "form.labels",
        "histology_wsi[0].label_removed",
        {"histology_wsi": [{"label_removed": False}]},
        {"histology_wsi": [{"label_removed": True}]},
    ),
    (
        "form.pattern",
        "specimen[0].channels[0].antibody_rrid",
        {"specimen": [{"channels": [{"antibody_name": "CD3", "antibody_rrid": "none yet"}]}]},
        {"specimen": [{"channels": [{"antibody_name": "CD3", "antibody_rrid": "RRID:AB_2889189"}]}]},
    ),
    (
        "form.pattern",
        "specimen[0].channels[0].metal",
        {"specimen": [{"channels": [{"metal": "ytterbium"}]}]},
        {"specimen": [{"channels": [{"metal": "Yb171"}, {"metal": "171Yb"}]}]},
    ),
    (
        "form.pattern",
        "cryo_em[0].emdb_id[1]",
        {"cryo_em": [{"emdb_id": ["EMD-1234", "1234"]}]},
        {"cryo_em": [{"emdb_id": ["EMD-1234", "EMD-12345"]}]},
    ),
    (
        "form.channel-twice",
        "specimen[0].channels[1].channel_label",
        {"specimen": [{"channels": [{"channel_label": "DAPI"}, {"channel_label": "DAPI"}]}]},
        {"specimen": [{"channels": [{"channel_label": "DAPI", "cycle": 1}, {"channel_label": "DAPI", "cycle": 2}]}]},
    ),
    (
        "form.told-twice",
        "volume_em[1].image_acquisition",
        {"volume_em": [{"image_acquisition": "A"}, {"image_acquisition": "A"}]},
        {"volume_em": [{"image_acquisition": "A"}, {"image_acquisition": "B"}]},
    ),
    (
        "form.future",
        "version.timestamp",
        {"version": {"timestamp": "2027-01-01T10:00:00Z"}},
        {"version": {"timestamp": "2026-11-21T10:00:00Z"}},
    ),
    (
        "form.coverage",
        "annotations[0].annotation_coverage",
        {"annotations": [{"annotation_coverage": "80 of 79 images"}]},
        {"annotations": [{"annotation_coverage": "60 of 79 images"}]},
    ),
    (
        "form.no-test",
        "ai_ready.splits",
        {"ai_ready": {"splits": [{"name": "train", "images": 10}]}},
        {"ai_ready": {"splits": [{"name": "train", "images": 10}, {"name": "test", "images": 5}]}},
    ),
    (
        "form.empty-split",
        "ai_ready.splits[0].images",
        {"ai_ready": {"splits": [{"name": "test", "images": 0}]}},
        {"ai_ready": {"splits": [{"name": "all", "images": 3}]}},
    ),
)


@pytest.mark.parametrize(("check", "where", "wrong", "right"), RULES, ids=[f"{r[0]}-{r[1]}" for r in RULES])
def test_what_cannot_be_together_is_told_once_and_at_its_place(
    check: str, where: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    assert told(draft(**wrong), check) == [where]
    assert told(draft(**right), check) == []


def test_each_message_says_why_and_what_to_do() -> None:
    for _, _, wrong, _ in RULES:
        for finding in validate(ALL, draft(**wrong), None, TODAY, None):
            assert finding.why, finding.check
            assert finding.advice, finding.check
            assert finding.location, finding.check


def test_the_rules_of_profiles_never_stop_a_deposit() -> None:
    """What an archive refuses is the archive's word alone."""
    for check, _, wrong, _ in RULES:
        levels = {f.level for f in validate(ALL, draft(**wrong), None, TODAY, None) if f.check == check}
        assert Level.BLOCKER not in levels, check


def test_rules_are_silent_where_the_profile_is_not_chosen() -> None:
    base = profiles.load((), None)
    given = draft(cryo_em=[{"defocus_min": 3, "defocus_max": 1}], histology_wsi=[{"label_removed": False}])
    found = {f.check for f in validate(base, given, None, TODAY, None)}
    assert not {"form.range", "form.labels"} & found


@pytest.mark.parametrize("columns", [[], [{"name": "Plate", "values": {"a": "1"}}]])
def test_a_screen_needs_plate_well_and_field_as_columns(columns: list[dict[str, Any]]) -> None:
    document = {**complete(), "columns": columns}
    assert told(from_document(document, "d"), "form.plate-columns") == ["high_content_screening"]


def test_columns_of_a_plate_are_found_by_their_names() -> None:
    document = {**complete(), "columns": [{"name": n} for n in ("Plate name", "Well", "Field of view")]}
    assert told(from_document(document, "d"), "form.plate-columns") == []


def _annotated(columns: list[dict[str, Any]], **more: Any) -> Draft:
    document = {**complete(), "columns": columns}
    document["metadata"] = {**document["metadata"], **more}
    return from_document(document, "d")


def test_each_annotation_leads_to_its_image() -> None:
    assert told(_annotated([]), "form.source-image") == ["annotations[0]"]
    other = [{"name": "Source Image", "annotations": "Others", "values": {"masks/a.tif": "raw/a.tif"}}]
    assert told(_annotated(other), "form.source-image") == ["annotations[0]"]
    own = [{"name": "source_image", "annotations": "Nuclear masks", "values": {"masks/a.tif": "raw/a.tif"}}]
    assert told(_annotated(own), "form.source-image") == []
    assert told(_annotated([], ai_ready={"source_elsewhere": ["S-BIAD634"]}), "form.source-image") == []


def test_a_missing_source_image_weighs_more_where_programs_shall_be_trained() -> None:
    plain = profiles.load((), None)
    for form, level in ((plain, Level.ADVICE), (ALL, Level.WARNING)):
        found = [f for f in validate(form, _annotated([]), None, TODAY, None) if f.check == "form.source-image"]
        assert [f.level for f in found] == [level]


KEYS = sorted({f.key for m in ALL.modules for f in m.fields})
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 90)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "96", "none"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([m.key for m in ALL.modules]), ODD, max_size=3), st.lists(ODD, max_size=2))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_breaks_the_rules(metadata: dict[str, Any], columns: list[Any]) -> None:
    given_draft = Draft("d", metadata=metadata, columns=tuple(columns), files=(FileGroup("raw"),))
    for finding in validate(ALL, given_draft, None, TODAY, None):
        assert finding.message.english()
    by_module(ALL, given_draft)
