"""The questions of the form are complete, only ever raised, and all their texts can be translated."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from form_drafts import DATA

from depositor import resources
from depositor.form import profiles
from depositor.form.fields import Asked, Field, Kind, Requirement

KEYS = json.loads((DATA / "keys.json").read_text("utf-8"))
TODAY = dt.date(2026, 11, 21)
MODALITIES = tuple(p.id for p in profiles.available())
ARCHIVES = tuple(p.id for p in profiles.every() if p.kind == "archive")
# Template BioImages.v5: section and required attribute -> the place in the form.
REQUIRED_V5 = (
    "study.title",
    "study.description",
    "study.keywords",
    "study.license",
    "study.author",
    "study.author.name",
    "study.author.email",
    "study.author.affiliation",
    "study.author.affiliation.name",
    "biosample.title",
    "biosample.organism",
    "biosample.biological_entity",
    "specimen.title",
    "specimen.preparation_method",
    "image_acquisition.title",
    "image_acquisition.imaging_instrument",
    "image_acquisition.image_acquisition_parameters",
    "image_acquisition.imaging_method",
    "image_correlation.title",
    "image_correlation.spatial_and_temporal_alignment",
    "analyzed_data.title",
    "analyzed_data.analysis_method",
    "annotations.title",
    "annotations.annotation_overview",
    "annotations.annotation_type",
    "annotations.annotation_method",
    "study_component.name",
    "study_component.description",
    "study_component.file_list",
    "study_component.associations",
    "study_component.associations.biosample",
    "study_component.associations.specimen",
    "study_component.associations.image_acquisition",
)


def _last_keys(module: str) -> set[str]:
    form = profiles.load((), None)
    found = form.module(module)
    assert found
    return {f.path.removeprefix(f"{module}.") for field in found.fields for f in field.walk()}


@pytest.mark.parametrize("module", KEYS["rembi"])
def test_every_key_of_rembi_is_asked(module: str) -> None:
    have = _last_keys(module)
    grid = {f"channels.{key}" for key in KEYS["rembi"][module]} & have
    assert set(KEYS["rembi"][module]) <= have | {g.removeprefix("channels.") for g in grid}


@pytest.mark.parametrize(("of_mifa", "module"), [("annotation", "annotations"), ("version", "version")])
def test_every_key_of_mifa_is_asked(of_mifa: str, module: str) -> None:
    assert set(KEYS["mifa"][of_mifa]) <= _last_keys(module)


def test_the_kinds_of_annotation_are_those_of_mifa() -> None:
    field = profiles.load((), None).field("annotations.annotation_type")
    assert field
    assert {c.value for c in field.choices} == set(KEYS["annotation_type"])


def test_the_base_has_no_key_that_is_in_neither_standard() -> None:
    """A document of the base is one that other programs of REMBI understand."""
    ours = {"channels", "title", "first_name", "last_name", "credit", "name", "ror", "country", "x", "y", "z", "c", "t"}
    known = {k for keys in KEYS["rembi"].values() for key in keys for k in key.split(".")}
    known |= {k for keys in KEYS["mifa"].values() for k in keys} | {"ai_models_trained", "unit"} | set(KEYS["rembi"])
    extra = {f.key for f in profiles.load((), None).fields()} - known - ours
    assert extra == {"author", "publication", "grant", "link"} - known


@pytest.mark.parametrize("profile", ["bioimage-archive", "practice"])
@pytest.mark.parametrize("path", REQUIRED_V5)
def test_strict_archives_need_what_the_form_v5_requires(profile: str, path: str) -> None:
    field = profiles.load((), profile).field(path)
    assert field
    assert field.needed
    assert field.requirement is Requirement.REQUIRED


@pytest.mark.parametrize("profile", ["bioimage-archive", "practice"])
def test_strict_archives_need_one_of_each_module(profile: str) -> None:
    form = profiles.load((), profile)
    needed = {m.key for m in form.modules if m.needed and m.minimum == 1}
    assert needed == {"study_component", "biosample", "specimen", "image_acquisition"}


def test_a_package_needs_a_title_and_nothing_else() -> None:
    assert [f.path for f in profiles.load((), "package").fields() if f.needed] == ["study.title"]


def _levels(chosen: tuple[str, ...], archive: str | None) -> dict[str, tuple[Requirement, bool, int]]:
    form = profiles.load(chosen, archive)
    fields = {f.path: (f.requirement, f.needed, f.min_length or 0) for f in form.fields()}
    return fields | {m.key: (Requirement.OPTIONAL, m.needed, m.minimum) for m in form.modules}


@pytest.mark.parametrize("archive", [None, *ARCHIVES])
@pytest.mark.parametrize("profile", MODALITIES)
def test_an_overlay_raises_and_never_lowers(profile: str, archive: str | None) -> None:
    base, over = _levels((), None), _levels((profile,), archive)
    assert base.keys() <= over.keys()
    for path, before in base.items():
        assert all(b <= a for b, a in zip(before, over[path], strict=True)), path


def test_the_order_of_profiles_does_not_change_what_is_asked() -> None:
    assert _levels(MODALITIES, "practice") == _levels(MODALITIES[::-1], "practice")


def test_unknown_profiles_are_named_not_fatal() -> None:
    form = profiles.load(("light-microscopy", "x-ray-holography"), "no-such-archive")
    assert form.unknown == ("x-ray-holography",)
    assert form.profiles == ("light-microscopy",)
    assert form.archive is None


def test_an_archive_cannot_be_chosen_as_a_profile() -> None:
    assert not any(f.needed for f in profiles.load(("bioimage-archive",), None).fields())


def test_paths_of_a_profile_exist() -> None:
    """A misspelt path in a profile would change nothing and nobody would notice."""
    everything = profiles.everything()
    for info in profiles.every():
        data = profiles._data(info.id)
        paths = [
            *data.get("required", ()),
            *data.get("recommended", ()),
            *(o["path"] for o in data.get("override", ())),
            *(a["to"] for a in data.get("add", ())),
        ]
        wrong = [p for p in paths if not (everything.field(p) or everything.module(p))]
        assert not wrong, info.id


def _all_fields() -> Iterator[Field]:
    """Every question that is asked anywhere, with the strongest asking."""
    for archive in ARCHIVES:
        yield from profiles.load(MODALITIES, archive).fields()


def test_every_field_says_what_it_is_in_words_of_a_user() -> None:
    for field in _all_fields():
        assert field.label.text, field.path
        assert field.help.text.endswith((".", "?", "!")), field.path
        assert len(field.help.text) <= 130, field.path


def test_every_question_that_is_asked_for_has_its_own_sentence() -> None:
    missing = [
        f.path
        for f in _all_fields()
        if f.requirement is not Requirement.OPTIONAL and f.asked is Asked.FORM and not f.missing
    ]
    assert not missing


def test_references_lead_to_modules_that_have_names() -> None:
    form = profiles.load(MODALITIES, "practice")
    for field in form.fields():
        if field.kind is Kind.REFERENCE:
            target = form.module(field.refers_to or "")
            assert target, field.path
            assert target.name_key, field.path


def test_vocabularies_of_fields_exist() -> None:
    from depositor.form.vocabulary import vocabularies

    named = {f.vocabulary for f in _all_fields() if f.vocabulary}
    assert named <= set(vocabularies())


def test_what_is_asked_for_is_never_hidden_among_the_details() -> None:
    hidden = [f.path for f in _all_fields() if f.tier > 1 and f.requirement is not Requirement.OPTIONAL]
    assert not hidden


def test_patterns_of_fields_exist() -> None:
    from depositor.form.rules import patterns

    assert {f.pattern for f in profiles.everything().fields() if f.pattern} <= patterns.names()


def test_examples_are_good_answers() -> None:
    """What the form shows as an example must not be told as wrong."""
    from depositor.form.rules import formats
    from depositor.form.rules import patterns as shapes
    from depositor.form.spots import Spot

    textual = {
        Kind.TEXT,
        Kind.LONG_TEXT,
        Kind.EMAIL,
        Kind.DOI,
        Kind.URL,
        Kind.ORCID,
        Kind.ROR,
        Kind.DATE,
        Kind.DATETIME,
    }
    for field in _all_fields():
        if not field.example or (field.kind not in textual and field.kind is not Kind.NUMBER):
            continue
        example = float(field.example.text) if field.kind is Kind.NUMBER else field.example.text
        spot = Spot(field, field.path, [example] if field.many else example, "")
        told = [f.message.english() for f in (*formats.findings(spot, TODAY), *shapes.findings(spot))]
        assert not [t for t in told if "too short" not in t], field.path


def test_choices_are_told_apart() -> None:
    for field in _all_fields():
        values = [c.value for c in field.choices]
        labels = [c.label.text for c in field.choices]
        assert len(set(values)) == len(values), field.path
        assert len(set(labels)) == len(labels), field.path


def test_every_module_of_facts_about_an_acquisition_says_which() -> None:
    """One record for each image acquisition: without the tie nobody knows which images it is about."""
    form = profiles.load(MODALITIES, None)
    standards = {*KEYS["rembi"], "annotations", "version"}
    for module in form.modules:
        if module.repeats and module.key not in standards:
            ties = [f for f in module.fields if f.kind is Kind.REFERENCE]
            assert len(ties) == 1, module.key
            assert ties[0].source, module.key


def test_the_eleven_profiles_are_there() -> None:
    assert set(MODALITIES) == {
        "light-microscopy", "live-imaging", "high-content-screening", "volume-em", "cryo-em", "multiplexed-tissue",
        "mass-spec-imaging", "histology-wsi", "medical-imaging", "spatial-omics", "ai-ready",
    }  # fmt: skip


def test_a_profile_brings_those_that_it_extends() -> None:
    form = profiles.load(("live-imaging",), None)
    assert form.profiles == ("live-imaging",)
    assert form.layers == ("rembi", "light-microscopy", "live-imaging")
    assert form.module("light_microscopy")
    both = profiles.load(("live-imaging", "light-microscopy"), None)
    assert len([m for m in both.modules if m.key == "light_microscopy"]) == 1


def test_an_archive_may_bring_a_profile() -> None:
    assert profiles.load((), "tcia").module("medical_imaging")
    assert not profiles.load((), "zenodo").module("medical_imaging")


def test_columns_that_profiles_add_follow_those_of_rembi() -> None:
    grid = profiles.load(("multiplexed-tissue",), None).field("specimen.channels")
    assert grid
    keys = [f.key for f in grid.subfields]
    assert keys[:4] == [
        "channel_label", "channel_content", "channel_biological_entity", "signal_contrast_mechanism"
    ]  # fmt: skip
    assert {"vendor", "antibody_rrid", "clone", "cycle"} <= set(keys)
    plain = profiles.load((), None).field("specimen.channels")
    assert plain
    assert [f.key for f in plain.subfields] == keys[:4]


def test_all_texts_are_there_for_translators_and_each_id_has_one_text() -> None:
    found: dict[str, str] = {}
    for message in profiles.texts():
        assert found.setdefault(message.id, message.text) == message.text
        assert message.id.startswith("profile.")
    shown = [m for f in _all_fields() for m in (f.label, f.help, f.why, f.example, f.missing) if m]
    assert {m.id for m in shown} <= found.keys()


def test_a_field_is_found_by_the_path_of_an_answer() -> None:
    form = profiles.load((), None)
    field = form.field("study.author[3].affiliation[0].ror")
    assert field
    assert field.path == "study.author.affiliation.ror"
    assert form.field("study.author[3].shoe_size") is None
    assert form.field("nowhere.title") is None
    assert form.field("study") is None


def test_every_archive_asks_with_a_profile_and_every_profile_of_an_archive_is_used() -> None:
    named = {name: resources.toml(f"archives/{name}.toml") for name in resources.names("archives", ".toml")}
    asked = {name: table.get("profile") for name, table in named.items()}
    assert set(asked.values()) == set(ARCHIVES)
    own = {name: profile for name, profile in asked.items() if profile != "generic"}
    assert own == {name: name for name in ARCHIVES if name != "generic"}
