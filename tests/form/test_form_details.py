"""Profiles are filled from headers in their own units, and what is written from details follows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from form_drafts import confocal

from depositor import resources
from depositor.draft.answer import Origin, OriginKind
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.facts import (
    Channel,
    Device,
    Electrons,
    Environment,
    FileFacts,
    ImageFacts,
    Ions,
    LightSource,
    Medical,
    Objective,
)
from depositor.form import prefill, profiles
from depositor.form.filling import following, wording
from depositor.form.filling.fitting import converted, fitted
from depositor.form.filling.flat_facts import flat, unit_of
from depositor.form.filling.prose import amended

ALL = tuple(p.id for p in profiles.available())
FORM = profiles.load(ALL, "bioimage-archive")
INSTRUMENT = "image_acquisition[0].imaging_instrument"
PARAMETERS = "image_acquisition[0].image_acquisition_parameters"


def filled(draft: Draft, *facts: FileFacts, only: tuple[str, ...] = ALL) -> Draft:
    form = profiles.load(only, "bioimage-archive")
    return prefill.apply(draft, prefill.proposals(form, draft, facts))


def file(path: str = "raw/a.dat", **facts: Any) -> FileFacts:
    return FileFacts(path, "Format", "reader", (ImageFacts(size_x=64, size_y=64, **facts),))


def edited(draft: Draft, path: str, value: Any) -> Draft:
    return following.follow(FORM, draft, draft.answer(path, value))


# --- modules of profiles ---------------------------------------------------------------------------------------------


def test_every_answer_in_the_table_is_an_answer_of_a_profile() -> None:
    for module, answers in resources.toml("prefill.toml")["details"].items():
        for key, fact in answers.items():
            assert FORM.field(f"{module}.{key}"), f"{module}.{key}"
            if isinstance(fact, dict):
                assert all(FORM.field(f"{module}.{key}.{column}") for column in fact), key


def test_every_fact_in_the_table_fits_the_unit_of_its_answer() -> None:
    for module, answers in resources.toml("prefill.toml")["details"].items():
        for key, fact in answers.items():
            field = FORM.field(f"{module}.{key}")
            name = fact.partition(" ")[0] if isinstance(fact, str) else ""
            if field and field.unit and unit_of(name):
                assert converted(1.0, unit_of(name), field.unit) is not None, f"{module}.{key}"


def test_a_tilt_series_fills_cryo_em() -> None:
    beam = Electrons(
        voltage_kv=300.0, dose_e_per_a2=120.0, tilt_min_deg=-60.0, tilt_max_deg=60.0, tilt_step_deg=3.0, defocus_um=-2.5
    )
    got = filled(Draft("d"), file(electrons=beam, modality_id="FBbi:00000258"), only=("cryo-em",))
    assert got.get("cryo_em") == [
        {
            "image_acquisition": "Transmission electron microscopy (TEM)",
            "technique": "tomography",
            "voltage": 300,
            "total_dose": 120,
            "tilt_min": -60,
            "tilt_max": 60,
            "tilt_step": 3,
            "defocus_min": 2.5,
        }
    ]
    assert "accelerating voltage 300 kV; total dose 120 e⁻/Å²; underfocus 2.5 µm" in got.get(PARAMETERS)


def test_the_range_of_all_files_is_told_where_they_differ() -> None:
    files = [file(f"{n}.mrc", electrons=Electrons(voltage_kv=300.0, defocus_um=-n)) for n in (1.0, 2.0, 3.5)]
    got = filled(Draft("d"), *files, only=("cryo-em",))
    assert (got.get("cryo_em[0].defocus_min"), got.get("cryo_em[0].defocus_max")) == (1, 3.5)
    assert "underfocus 1 to 3.5 µm" in got.get(PARAMETERS)


def test_lengths_come_in_the_unit_of_the_answer() -> None:
    got = filled(
        Draft("d"), file(size_z=50, pixel_size_z_um=0.008, electrons=Electrons(voltage_kv=1.5)), only=("volume-em",)
    )
    assert got.get("volume_em[0].slice_thickness") == 8
    assert got.get("volume_em[0].landing_energy") == 1.5
    assert "z step 8 nm" in got.get(PARAMETERS)


def test_a_time_lapse_fills_live_imaging() -> None:
    warm = Environment(temperature_c=37.0, co2_percent=5.0)
    got = filled(
        Draft("d"), confocal("a.czi", size_t=41, time_increment_s=90.0, environment=warm), only=("live-imaging",)
    )
    assert got.get("live_imaging[0].duration") == 60
    assert got.get("live_imaging[0].co2") == 5
    assert got.get("live_imaging[0].temporal_resolution") == "time-lapse"
    assert got.get("light_microscopy[0].temperature") == 37
    assert "at 37 °C; CO₂ 5 %" in got.get(PARAMETERS)


def test_a_mass_spectrometer_a_scanner_and_a_clinic() -> None:
    ions = filled(
        Draft("d"), file(ions=Ions(polarity="positive", mz_min=100.0, mz_max=900.0)), only=("mass-spec-imaging",)
    )
    assert ions.get("mass_spec_imaging[0].polarity") == "positive"
    assert (ions.get("mass_spec_imaging[0].mz_min"), ions.get("mass_spec_imaging[0].mz_max")) == (100, 900)
    slide = filled(Draft("d"), file(objective=Objective(magnification=20.0), stain="H&E"), only=("histology-wsi",))
    assert slide.get("histology_wsi[0].objective_power") == 20
    assert slide.get("histology_wsi[0].stain") == ["H&E"]
    clinic = [
        file("1.dcm", modality="CT", medical=Medical(body_part="CHEST", tube_kv=120.0), instrument=Device("GE", "X")),
        file("2.dcm", modality="MR", medical=Medical(body_part="CHEST", echo_ms=90.0), instrument=Device("Siemens")),
    ]
    got = filled(Draft("d"), *clinic, only=("medical-imaging",))
    assert got.get("medical_imaging.modality") == ["CT", "MR"]
    assert got.get("medical_imaging.body_part") == ["CHEST"]
    assert [r.get("tube_voltage") for r in got.get("medical_scanner")] == [120, None]


def test_metals_are_channels_of_a_multiplexed_tissue() -> None:
    found = file(channels=(Channel("CD3", metal="Yb171"),))
    got = filled(Draft("d"), found, only=("multiplexed-tissue",))
    assert got.get("specimen[0].channels") == [{"channel_label": "CD3", "channel_content": "Yb171", "metal": "Yb171"}]
    assert filled(Draft("d"), found, only=()).get("specimen[0].channels[0].metal") is None


def test_plates_are_counted_where_there_is_one_data_set() -> None:
    draft = replace(Draft("d"), files=(FileGroup("/data/screen"),))
    got = filled(draft, file("1", plate="P1", well="A1"), file("2", plate="P2"), only=("high-content-screening",))
    assert got.get("high_content_screening[0]") == {"plates": 2, "study_component": "screen"}


def test_an_electron_microscope_is_no_light_microscope() -> None:
    got = filled(Draft("d"), file(electrons=Electrons(voltage_kv=5.0), instrument=Device("Zeiss", "Merlin")))
    assert got.get("light_microscopy") is None
    assert got.get("volume_em[0].landing_energy") == 5


def test_a_record_is_not_made_for_a_program_alone() -> None:
    got = filled(Draft("d"), file(software="ZEN 3.4", modality_id="FBbi:00000253"))
    assert got.get("light_microscopy") is None
    assert got.get("image_acquisition[0].title") == "Spinning disk confocal microscopy"


def test_a_lens_alone_is_no_instrument() -> None:
    lens = Objective(magnification=20.0)
    got = filled(Draft("d"), file(objective=lens))
    assert got.get(INSTRUMENT) is None
    assert got.get(PARAMETERS) == "objective 20x"
    named = filled(Draft("d"), file(objective=lens, detector=Device("Andor", "Zyla")))
    assert named.get(INSTRUMENT) == "objective 20x; detector Andor Zyla"


def test_names_of_filter_cubes_are_no_dyes() -> None:
    channels = (Channel("FITC"), Channel("AF488"), Channel("mCherry"))
    rows = filled(Draft("d"), file(channels=channels)).get("specimen[0].channels")
    assert [r.get("channel_content") for r in rows] == [None, "Alexa Fluor 488", None]


@pytest.mark.parametrize(
    ("path", "value", "unit", "expected"),
    [
        ("live_imaging.duration", 5400.0, "s", 90),
        ("light_microscopy.numerical_aperture", 2.0, "", None),
        ("light_microscopy.immersion", "oil", "", "Oil"),
        ("light_microscopy.channels.illumination", "NonLinear", "", "non-linear"),
        ("cryo_em.technique", "guesswork", "", None),
        ("mass_spec_imaging.spectrum", "profile, continuous", "", "profile"),
        ("cryo_em.voltage", 300.0, "nm", None),
        ("cryo_em.voltage", True, "kV", None),
        ("light_microscopy.detector", Device("Andor", "Zyla", "sCMOS"), "", "Andor Zyla, scmos"),
    ],
)
def test_values_are_fitted_or_left_out(path: str, value: Any, unit: str, expected: Any) -> None:
    field = FORM.field(path)
    assert field
    assert fitted(field, value, unit) == expected


def test_facts_follow_only_where_there_is_no_choice() -> None:
    assert "duration_s" not in flat(ImageFacts(size_t=5))
    assert "technique" not in flat(ImageFacts(electrons=Electrons(tilt_min_deg=0.0, tilt_max_deg=0.0)))
    assert flat(ImageFacts(modality="STEM")).get("medical.modality") is None


def test_lasers_of_one_kind_are_named_once() -> None:
    lasers = tuple(LightSource(kind="Laser", wavelength_nm=w) for w in (561.0, 405.0, 488.0))
    assert wording.light_sources(lasers) == "laser, 405, 488 and 561 nm"


# --- written from details --------------------------------------------------------------------------------------------


def test_prose_follows_the_details_that_a_person_changes() -> None:
    draft = filled(Draft("d"), confocal("a.czi"))
    new = edited(draft, "light_microscopy[0].objective", "C-Apochromat 40x/1.2 W")
    assert "objective C-Apochromat 40x/1.2 W" in new.get(INSTRUMENT)
    assert "Plan-Apochromat 63x" not in new.get(INSTRUMENT)
    assert new.get(INSTRUMENT).startswith("Carl Zeiss LSM 880, inverted")
    origin = new.origin(INSTRUMENT)
    assert origin
    assert (origin.kind, origin.key) == (OriginKind.DEFAULT, "details")
    more = edited(new, "light_microscopy[0].mounting_medium", "ProLong Gold")
    assert more.get(PARAMETERS).endswith("; mounted in ProLong Gold")
    gone = edited(more, "light_microscopy[0].mounting_medium", None)
    assert gone.get(PARAMETERS) == new.get(PARAMETERS)


def test_prose_and_details_agree_after_the_headers_are_read_again() -> None:
    draft = edited(filled(Draft("d"), confocal("a.czi")), "light_microscopy[0].z_step", 0.5)
    again = filled(draft, confocal("a.czi"))
    assert again.get(INSTRUMENT) == draft.get(INSTRUMENT)
    assert "z step 500 nm" in again.get(PARAMETERS) or "z step 0.5 µm" in again.get(PARAMETERS)
    assert filled(again, confocal("a.czi")) == again


def test_a_change_of_one_channel_touches_nothing_else() -> None:
    draft = filled(Draft("d"), confocal("a.czi"))
    rows = [{**row, "exposure": 80} for row in draft.get("light_microscopy[0].channels")]
    new = edited(draft, "light_microscopy[0].channels", rows)
    assert new.get(PARAMETERS) == draft.get(PARAMETERS).replace("exposure 50 ms", "exposure 80 ms")


def test_typed_prose_is_the_persons_and_stays() -> None:
    draft = filled(Draft("d"), confocal("a.czi")).answer(INSTRUMENT, "Our confocal")
    assert edited(draft, "light_microscopy[0].objective", "Another").get(INSTRUMENT) == "Our confocal"


def test_prose_is_written_from_details_alone() -> None:
    draft = (
        Draft("d").answer("image_acquisition[0].title", "Mine").answer("light_microscopy[0].image_acquisition", "Mine")
    )
    new = edited(draft, "light_microscopy[0].microscope", "Nikon Ti2")
    assert new.get(INSTRUMENT) == "Nikon Ti2"
    assert edited(new, "light_microscopy[0].microscope", None).get(INSTRUMENT) is None


def test_a_range_gives_way_to_the_value_of_a_person() -> None:
    before, after = {"pixel_size.z_um": ("", "z step 0.3 µm")}, {"pixel_size.z_um": ("", "z step 0.4 µm")}
    assert amended("x; z step 0.3 to 0.5 µm; y", before, after) == "x; z step 0.4 µm; y"
    assert amended("x; y", {}, after) == "x; y; z step 0.4 µm"
    assert amended("x; z step 0.3 µm", before, {}) == "x"


# --- following, renewals ---------------------------------------------------------------------------------------------


def test_names_descriptions_and_keywords_follow_until_a_person_types() -> None:
    draft = filled(replace(Draft("d"), files=(FileGroup("/data/day one"),)), confocal("a.czi"))
    assert draft.get("biosample[0].title") == "Biosample 1"
    new = edited(draft, "biosample[0].biological_entity", "HeLa cells")
    new = edited(new, "biosample[0].organism", [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}])
    assert new.get("biosample[0].title") == "HeLa cells"
    assert new.get("study_component[0].associations[0].biosample") == "HeLa cells"
    assert new.get("study_component[0].description") == (
        "Images of HeLa cells (Homo sapiens), single-spot confocal microscopy."
    )
    assert new.get("study.keywords") == ["Homo sapiens", "HeLa cells", "single-spot confocal microscopy"]
    own = edited(new, "study.keywords", ["mitosis"])
    assert edited(own, "biosample[0].biological_entity", "U2OS cells").get("study.keywords") == ["mitosis"]
    none = edited(new, "study.keywords", None)
    assert edited(none, "biosample[0].biological_entity", "U2OS cells").get("study.keywords") is None


def test_a_new_name_is_carried_into_everything_that_refers_to_it() -> None:
    first = filled(Draft("d"), confocal("a.czi"))
    draft = first.answer("study_component[0].associations", [{"image_acquisition": "LSM 880 63x/1.4"}])
    renewed = filled(draft, confocal("a.czi", instrument=Device("Carl Zeiss", "LSM 980")))
    assert renewed.get("image_acquisition[0].title") == "LSM 980 63x/1.4"
    assert renewed.get("study_component[0].associations[0].image_acquisition") == "LSM 980 63x/1.4"
    assert renewed.get("light_microscopy[0].image_acquisition") == "LSM 980 63x/1.4"


def test_what_changed_with_the_files_is_told() -> None:
    draft = filled(Draft("d"), confocal("a.czi", size=0.1)).confirm("light_microscopy[0].objective")
    other = confocal("a.czi", size=0.2, objective=Objective("Plan 10x/0.3", 10.0, 0.3, "Air"))
    offered = prefill.proposals(FORM, draft, [other])
    told = {r.path: (r.before, r.after) for r in prefill.renewals(draft, offered)}
    assert told["light_microscopy[0].magnification"] == (63, 10)
    assert "light_microscopy[0].objective" not in told
    assert prefill.apply(draft, offered).get("light_microscopy[0].objective") == "Plan-Apochromat 63x/1.4 Oil DIC"


def test_what_no_header_says_any_more_goes_and_so_do_records_without_files() -> None:
    both = filled(Draft("d"), confocal("a.czi"), confocal("b.czi", instrument=Device("Nikon", "Ti2")))
    assert len(both.get("light_microscopy")) == 2
    one = filled(both, confocal("b.czi", instrument=Device("Nikon", "Ti2")))
    assert [r["title"] for r in one.get("image_acquisition")] == ["Ti2 63x/1.4"]
    assert [r["microscope"] for r in one.get("light_microscopy")] == ["Nikon Ti2"]
    kept = filled(
        both.answer("image_acquisition[0].title", "Mine"), confocal("b.czi", instrument=Device("Nikon", "Ti2"))
    )
    assert [r["title"] for r in kept.get("image_acquisition")] == ["Mine", "Ti2 63x/1.4"]


def test_a_dismissed_record_does_not_come_back() -> None:
    files = (confocal("a.czi"), confocal("b.czi", instrument=Device("Nikon", "Ti2")))
    less = filled(Draft("d"), *files).dismiss_record("image_acquisition", 0)
    assert [r["title"] for r in filled(less, *files).get("image_acquisition")] == ["Ti2 63x/1.4"]
    back = filled(less.recall_records("image_acquisition"), *files)
    assert {r["title"] for r in back.get("image_acquisition")} == {"LSM 880 63x/1.4", "Ti2 63x/1.4"}


def test_a_removed_value_is_proposed_and_not_filled_in() -> None:
    draft = filled(Draft("d"), confocal("a.czi")).answer("light_microscopy[0].detector", None)
    path = "light_microscopy[0].objective"
    less = draft.answer(path, None)
    offered = {p.path: p for p in prefill.proposals(FORM, less, [confocal("a.czi")])}
    assert offered[path].value == "Plan-Apochromat 63x/1.4 Oil DIC"
    assert prefill.apply(less, offered.values()).get(path) is None
    assert Origin(OriginKind.PERSON) == less.origins[path]
