"""Whatever headers say and whatever a person did before: her word stays, filling in twice is filling in once, and the
order of the files makes no difference."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft import paths
from depositor.draft.answer import OriginKind
from depositor.draft.document import from_document, to_document
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.facts import Channel, Device, Electrons, Environment, FileFacts, ImageFacts, Ions, Objective
from depositor.form import prefill, profiles
from depositor.form.filling import following

PROFILES = ("light-microscopy", "live-imaging", "cryo-em", "mass-spec-imaging", "medical-imaging", "multiplexed-tissue")
FORM = profiles.load(PROFILES, "bioimage-archive")

_numbers = st.sampled_from([None, 0.1, 0.25, 90.0])
_channels = st.builds(
    Channel,
    name=st.sampled_from([None, "EGFP", "DAPI", "A, B; C"]),
    fluorophore=st.sampled_from([None, "mEGFP", "TL Brightfield"]),
    excitation_nm=st.sampled_from([None, 488.0, 405.0]),
    exposure_s=st.sampled_from([None, 0.05, 0.1]),
    contrast=st.sampled_from([None, "Fluorescence", "Brightfield"]),
)
_images = st.builds(
    ImageFacts,
    size_x=st.just(64),
    size_z=st.sampled_from([1, 5]),
    size_t=st.sampled_from([None, 1, 3]),
    pixel_size_x_um=_numbers,
    pixel_size_z_um=_numbers,
    time_increment_s=_numbers,
    modality=st.sampled_from([None, "SpinningDiskConfocal", "CT"]),
    modality_id=st.sampled_from([None, "FBbi:00000258"]),
    plate=st.sampled_from([None, "P1", "P2"]),
    software=st.sampled_from([None, "ZEN 3.4", "05"]),
    channels=st.lists(_channels, max_size=2).map(tuple),
    instrument=st.sampled_from([None, Device("Zeiss", "LSM 880"), Device("FEI", "Titan", "Inverted")]),
    objective=st.sampled_from([None, Objective("Plan 63x/1.4", 63.0, 1.4, "Oil"), Objective(None, 10.0)]),
    detector=st.sampled_from([None, Device("Andor", "Zyla")]),
    electrons=st.sampled_from([None, Electrons(voltage_kv=300.0, tilt_min_deg=-60, tilt_max_deg=60), Electrons()]),
    ions=st.sampled_from([None, Ions(polarity="positive", mz_min=100.0)]),
    environment=st.sampled_from([None, Environment(37.0, 5.0)]),
    keys=st.sampled_from([{}, {"channels": "Channel", "pixel_size_x_um": "Scaling"}, {"instrument": "Microscope"}]),
)
_formats = st.sampled_from([("Zeiss CZI", "czi"), ("OME-TIFF", "tiff"), (None, None)])
_files = st.lists(
    st.builds(
        lambda path, kind, images: FileFacts(path, kind[0], kind[1], images),
        st.sampled_from([f"raw/{c}.czi" for c in "abcdefg"]),
        _formats,
        st.lists(_images, min_size=1, max_size=2).map(tuple),
    ),
    max_size=5,
    unique_by=lambda f: f.path,
)
_PATHS = [
    *("study.title", "study.keywords", "biosample[0].title", "biosample[0].organism", "biosample[0].biological_entity"),
    *("specimen[0].title", "specimen[0].channels", "image_acquisition[0].title", "image_acquisition[1].title"),
    *("image_acquisition[0].imaging_instrument", "image_acquisition[0].image_acquisition_parameters"),
    *("image_acquisition[0].imaging_method", "image_data[0].pixel_voxel_size", "study_component[0].associations"),
    *("study_component[0].description", "light_microscopy[0].objective", "light_microscopy[0].time_interval"),
    *("light_microscopy[0].image_acquisition", "cryo_em[0].voltage", "image_data[1].format_and_compression"),
    *("medical_imaging.modality", "live_imaging[0].duration"),
]
_REFERENCES = (".associations", ".image_acquisition", ".biosample", ".specimen")
_MODULES = ["image_acquisition", "light_microscopy", "image_data", "biosample", "study_component", "cryo_em"]
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.sampled_from(_PATHS), st.sampled_from(["Mine", "Biosample 1", "LSM 880"])),
        st.tuples(st.just("remove"), st.sampled_from(_PATHS), st.none()),
        st.tuples(st.just("confirm"), st.sampled_from([*_PATHS, *_MODULES]), st.none()),
        st.tuples(st.just("dismiss"), st.sampled_from(_MODULES), st.integers(0, 1)),
        st.tuples(st.just("fill"), st.none(), _files),
    ),
    max_size=6,
)  # fmt: skip


def filled(draft: Draft, files: list[FileFacts]) -> Draft:
    return prefill.apply(draft, prefill.proposals(FORM, draft, files))


def lived(steps: list[tuple[str, Any, Any]]) -> Draft:
    """A draft after what a person and the headers did to it."""
    draft = replace(Draft("d", profiles=PROFILES), files=(FileGroup("/data/day one"), FileGroup("/data/two")))
    for what, where, value in steps:
        before = draft
        if what == "answer":
            draft = draft.answer(where, value)
        elif what == "remove":
            draft = draft.answer(where, None)
        elif what == "confirm":
            draft = draft.confirm_all(where)
        elif what == "dismiss" and isinstance(draft.get(where), list) and value < len(draft.get(where)):
            draft = draft.dismiss_record(where, value)
        elif what == "fill":
            draft = filled(draft, value)
        draft = following.follow(FORM, before, draft)
    return draft


@settings(max_examples=30, deadline=None)
@given(_steps, _files)
def test_a_persons_word_stays_and_what_she_removed_stays_away(steps: list[Any], files: list[FileFacts]) -> None:
    before = lived(steps)
    after = filled(before, files)
    for path, origin in before.origins.items():
        if path.endswith(_REFERENCES):  # they go along when a record gets another name
            continue
        if origin.kind is OriginKind.PERSON or origin.confirmed:
            kept = [
                p for p in places(after, path) if after.get(p) == before.get(path) and after.origins.get(p) == origin
            ]
            assert kept, path
    for path, value in paths.leaves(before.metadata):
        if before.origin(path) is None and value and not path.endswith(_REFERENCES):
            assert value in [after.get(p) for p in places(after, path)], path


def places(draft: Draft, path: str) -> list[str]:
    """Where an answer can be now: records that headers alone filled go with their files, and later ones move up."""
    record = re.match(r"(\w+)\[(\d+)\](.*)", path)
    if not record:
        return [path]
    return [f"{record[1]}[{at}]{record[3]}" for at in range(int(record[2]) + 1)]


@settings(max_examples=30, deadline=None)
@given(_steps, _files)
def test_filling_in_again_changes_nothing(steps: list[Any], files: list[FileFacts]) -> None:
    once = filled(lived(steps), files)
    assert filled(once, files) == once


@settings(max_examples=30, deadline=None)
@given(_steps, _files, st.randoms(use_true_random=False))
def test_the_order_of_files_makes_no_difference(
    steps: list[Any], files: list[FileFacts], chance: random.Random
) -> None:
    before = lived(steps)
    shuffled = list(files)
    chance.shuffle(shuffled)
    assert filled(before, shuffled) == filled(before, files)


@settings(max_examples=20, deadline=None)
@given(_steps, _files)
def test_what_was_filled_survives_the_document(steps: list[Any], files: list[FileFacts]) -> None:
    draft = filled(lived(steps), files)
    again = from_document(to_document(draft), "d")
    assert filled(again, files) == filled(draft, files)


@settings(max_examples=20, deadline=None)
@given(_steps, _files)
def test_records_are_neither_doubled_nor_left_behind(steps: list[Any], files: list[FileFacts]) -> None:
    """Without a person's word, what is filled in after other files were chosen is what they alone would have filled."""
    untouched = [s for s in steps if s[0] == "fill"]
    got, fresh = filled(lived(untouched), files), filled(lived([]), files)
    if files:
        for module in ("image_acquisition", "light_microscopy", "image_data", "cryo_em"):
            assert len(got.get(module, ())) == len(fresh.get(module, ())), module
