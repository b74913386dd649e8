"""Libraries: read as they were written, filled in without touching a person's word, recognised, imported, kept."""

import json
from pathlib import Path

import pytest
from form_drafts import draft
from hypothesis import given
from hypothesis import strategies as st

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.facts import Device, FileFacts, ImageFacts, Objective
from depositor.draft.problem import Damaged
from depositor.form.profiles import load
from depositor.form.reuse import library_keep, library_match, library_micrometa, library_use
from depositor.form.reuse.library import Entry, EntryKind, Library, Part, PartKind, from_json

DATA = Path(__file__).parents[1] / "data" / "reuse"
FORM = load(("light-microscopy",), None)
STAND = Part(PartKind.STAND, "Axio 2", "Zeiss", "Axio Observer Z1", "inverted")
DRY = Part(PartKind.OBJECTIVE, "Plan-Apochromat 20x/0.8 M27", "Zeiss", magnification=20, na=0.8, immersion="Air")
OIL = Part(PartKind.OBJECTIVE, "Plan-Apochromat 63x/1.40 Oil", "Zeiss", magnification=63, na=1.4, immersion="Oil")
CAMERA = Part(PartKind.DETECTOR, "Camera", "Zeiss", "Axiocam506")
AXIO = Entry("a", EntryKind.INSTRUMENT, "Axio 2", parts=(STAND, DRY, OIL, CAMERA))
PERSON = Entry(
    "p", EntryKind.PERSON, "Ada", answers={"study.author": {"name": "Ada Lovelace", "orcid": "0000-0002-1825-0097"}}
)


def micrometa():
    return json.loads((DATA / "axio2.micrometa.json").read_text("utf-8"))


# --- the file -------------------------------------------------------------------------------------------------------


def test_a_library_is_read_as_it_was_written():
    written = Library("x", "Core", "core@example.org", "2026-01-02T03:04:05Z", (AXIO, PERSON))
    assert from_json(json.loads(json.dumps(written.as_json()))) == written


def test_what_a_newer_program_added_is_kept_when_the_file_is_written_again():
    data = Library("x", "Core", entries=(AXIO,)).as_json()
    data["entries"].append({"id": "n", "kind": "robot", "name": "R2"})
    data["entries"][0]["colour"] = "blue"
    data["entries"][0]["parts"][0]["serial"] = "1"
    data["entries"][0]["parts"].append({"kind": "robot-arm", "name": "R2"})
    data["logo"] = "x"
    again = from_json(data).with_entry(PERSON).as_json()
    assert {"id": "n", "kind": "robot", "name": "R2"} in again["entries"]
    assert again["entries"][0]["colour"] == "blue"
    assert again["entries"][0]["parts"][0]["serial"] == "1"
    assert again["entries"][0]["parts"][-1] == {"kind": "robot-arm", "name": "R2"}
    assert again["logo"] == "x"


@pytest.mark.parametrize("data", [None, [], {}, {"depositor_library": True, "id": "x"}, {"depositor_library": 1}])
def test_other_files_are_no_libraries(data):
    with pytest.raises(Damaged) as caught:
        from_json(data)
    assert caught.value.problem.code == "library.not-one"


def test_a_library_of_a_newer_format_is_not_read():
    with pytest.raises(Damaged) as caught:
        from_json({"depositor_library": 2, "id": "x"})
    assert caught.value.problem.code == "library.too-new"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
_KEYS = st.sampled_from(["id", "kind", "name", "answers", "parts", "known_as", "note", "magnification", "na", "model"])


@given(st.lists(st.dictionaries(_KEYS, _JSON | st.sampled_from(["instrument", "stand", "person"]), max_size=6)))
def test_entries_of_any_shape_are_read_or_kept_and_never_fail(entries):
    found = from_json({"depositor_library": 1, "id": "x", "entries": entries})
    assert len(found.unread) + len(found.entries) <= len(entries)
    again = from_json(found.as_json())
    assert again.as_json() == found.as_json()


# --- filling in -----------------------------------------------------------------------------------------------------


def test_an_instrument_fills_the_acquisition_and_the_details_with_what_leaves_no_choice():
    done = library_use.fill(FORM, draft(), AXIO, "Core").draft
    assert done.get("image_acquisition[0].title") == "Axio 2"
    expected = "Zeiss Axio Observer Z1, inverted; detector Zeiss Axiocam506"
    assert done.get("image_acquisition[0].imaging_instrument") == expected
    assert done.get("light_microscopy[0].image_acquisition") == "Axio 2"
    assert done.get("light_microscopy[0].objective") is None  # two lenses: a person must say which
    origin = done.origin("image_acquisition[0].imaging_instrument")
    assert (origin.kind, origin.key, origin.confirmed) == (OriginKind.TEMPLATE, "Core", True)


def test_the_chosen_lens_brings_its_numbers():
    done = library_use.fill(FORM, draft(), AXIO, "Core", parts=(STAND, OIL)).draft
    details = done.get("light_microscopy[0]")
    assert (details["magnification"], details["numerical_aperture"], details["immersion"]) == (63, 1.4, "Oil")
    assert "objective Zeiss Plan-Apochromat 63x/1.40 Oil" in done.get("image_acquisition[0].imaging_instrument")


def test_a_persons_word_stays_and_is_told():
    before = draft().answer("image_acquisition[0].imaging_instrument", "My own words")
    done = library_use.fill(FORM, before, AXIO, "Core", at=0)
    assert done.draft.get("image_acquisition[0].imaging_instrument") == "My own words"
    (kept,) = done.kept
    assert (kept.path, kept.own) == ("image_acquisition[0].imaging_instrument", "My own words")
    assert kept.offered.startswith("Zeiss Axio")


def test_another_pick_replaces_the_first_but_headers_do_not():
    first = library_use.fill(FORM, draft(), AXIO, "Core", at=0, parts=(STAND, DRY)).draft
    header = Origin(OriginKind.HEADER, "a.czi")
    same = first.offer("image_acquisition[0].imaging_instrument", "From a header", header)
    assert same.get("image_acquisition[0].imaging_instrument") == first.get("image_acquisition[0].imaging_instrument")
    second = library_use.fill(FORM, first, AXIO, "Core", at=0, parts=(STAND, OIL)).draft
    assert "63x" in second.get("image_acquisition[0].imaging_instrument")
    assert second.get("light_microscopy[0].magnification") == 63
    assert len(second.get("light_microscopy")) == 1


def test_what_this_form_does_not_ask_is_told_and_not_filled_in():
    plain = load((), None)
    medium = Entry("m", EntryKind.MEDIUM, "ProLong", answers={"light_microscopy": {"mounting_medium": "ProLong"}})
    done = library_use.fill(plain, draft(), medium, "Core")
    assert done.unasked == (("light_microscopy", "mounting_medium"),)
    assert "light_microscopy" not in done.draft.metadata


def test_a_person_is_added_behind_the_authors_and_only_completed_where_she_is_one():
    before = draft().answer("study.author", [{"name": "Mary"}])
    done = library_use.fill(FORM, before, PERSON, "Core").draft
    assert [a["name"] for a in done.get("study.author")] == ["Mary", "Ada Lovelace"]
    assert done.origin("study.author[0]").kind is OriginKind.PERSON
    assert done.origin("study.author[1]").kind is OriginKind.TEMPLATE
    known = draft().answer("study.author", [{"name": "Ada Lovelace", "email": "ada@example.org"}])
    again = library_use.fill(FORM, known, PERSON, "Core").draft
    (ada,) = again.get("study.author")
    assert ada == {"name": "Ada Lovelace", "email": "ada@example.org", "orcid": "0000-0002-1825-0097"}


def test_an_organisation_goes_to_the_author_that_was_chosen_once():
    place = Entry("o", EntryKind.ORGANISATION, "Institute", answers={"study.author.affiliation": {"name": "Institute"}})
    before = draft().answer("study.author", [{"name": "Mary"}, {"name": "Ada"}])
    once = library_use.fill(FORM, before, place, "Core", at=1).draft
    assert once.get("study.author[1].affiliation") == [{"name": "Institute"}]
    assert library_use.fill(FORM, once, place, "Core", at=1).draft == once


def test_a_record_gets_a_name_that_no_other_has():
    cells = Entry("b", EntryKind.BIOSAMPLE, "HeLa", answers={"biosample": {"description": "Cell line"}})
    once = library_use.fill(FORM, draft(), cells, "Lab").draft
    twice = library_use.fill(FORM, once, cells, "Lab").draft
    assert [b["title"] for b in twice.get("biosample")] == ["HeLa", "HeLa (2)"]


# --- recognising ----------------------------------------------------------------------------------------------------


def facts(stand, lens=None, detector=None, path="a.czi"):
    image = ImageFacts(instrument=stand, objective=lens, detector=detector)
    return FileFacts(path, "czi", "test", (image,))


def seen(stand, **more):
    return library_match.seen(draft(), [facts(stand, **more)])


@pytest.mark.parametrize(
    ("maker", "model", "found"),
    [
        ("Carl Zeiss", "Axio Observer.Z1 / 7", True),
        (None, "axio observer z1", True),
        ("Nikon", "Axio Observer Z1", False),
        ("Zeiss", "Axio Imager Z2", False),
        ("Zeiss", "Z1", False),
        ("Zeiss", None, False),
    ],
)
def test_a_stand_is_recognised_by_maker_and_model(maker, model, found):
    assert bool(library_match.matches([AXIO, PERSON], seen(Device(maker, model)))) is found


def test_the_lens_that_the_header_names_is_chosen():
    (match,) = library_match.matches([AXIO], seen(Device("Zeiss", "Axio Observer Z1"), lens=Objective(None, 63, 1.4)))
    assert match.parts == (STAND, OIL, CAMERA)


def test_a_name_under_which_headers_know_it_counts_most():
    other = Entry("z", EntryKind.INSTRUMENT, "Corner", known_as=("Axio Observer.Z1 / 7",))
    first, second = library_match.matches([AXIO, other], seen(Device("Zeiss", "Axio Observer.Z1 / 7")))
    assert (first.entry, second.entry) == (other, AXIO)


# --- Micro-Meta App -------------------------------------------------------------------------------------------------


def test_a_microscope_of_micro_meta_app_becomes_an_entry():
    entry = library_micrometa.read(micrometa(), "new").entry
    assert (entry.name, entry.kind) == ("Axio 2, room 3.14", EntryKind.INSTRUMENT)
    (stand,) = entry.of(PartKind.STAND)
    assert stand.text == "Zeiss Axio Observer Z1, inverted"
    assert [(p.magnification, p.na, p.immersion) for p in entry.of(PartKind.OBJECTIVE)] == [
        (20, 0.8, "Air"),
        (63, 1.4, "Oil"),
    ]
    (cube,) = entry.of(PartKind.FILTER)
    assert cube.name == "Set 38 HE (GFP): BP 470/40, FT 495, BP 525/50"
    (lamp,) = entry.of(PartKind.LIGHT_SOURCE)
    assert lamp.text == "Excelitas X-Cite 120 LED"
    (program,) = entry.of(PartKind.SOFTWARE)
    assert program.text == "Zeiss Zen 2.6 Blue edition"


def test_what_was_not_taken_over_is_listed_with_its_reason():
    left = library_micrometa.read(micrometa(), "new").left
    assert [(one.name, one.why.id) for one in left] == [
        ("Condenser", "micrometa.no-question"),
        ("EMPTY filter cube", "micrometa.nameless"),
        ("Turret", "micrometa.no-question"),
        ("Incubator", "micrometa.no-question"),
        ("EmissionFilter", "micrometa.nameless"),
    ]


def test_what_people_type_to_get_past_a_required_field_is_no_model():
    entry = library_micrometa.read(micrometa(), "new").entry
    assert not [p for p in entry.parts if "999" in p.text]


def test_a_wrapped_microscope_and_components_by_number_are_read_too():
    data = micrometa()
    data["components"] = {str(n): one for n, one in enumerate(data["components"])}
    wrapped = library_micrometa.read({"microscope": data, "title": "x"}, "new")
    assert wrapped == library_micrometa.read(micrometa(), "new")


@pytest.mark.parametrize(
    ("data", "code"),
    [({}, "micrometa.not-one"), ([], "micrometa.not-one"), ({"Schema_ID": "Image.json"}, "micrometa.settings")],
)
def test_other_files_are_told_apart(data, code):
    with pytest.raises(Damaged) as caught:
        library_micrometa.read(data, "new")
    assert caught.value.problem.code == code


@given(_JSON, st.lists(st.dictionaries(st.sampled_from(["Name", "Schema_ID", "ID", "Model", "LensNA"]), _JSON)))
def test_a_microscope_file_of_any_shape_is_read_or_refused(stand, components):
    try:
        found = library_micrometa.read({"MicroscopeStand": stand, "components": components}, "new")
    except Damaged:
        return
    assert from_json(Library("x", "x", entries=(found.entry,)).as_json()) is not None


# --- keeping --------------------------------------------------------------------------------------------------------


def test_a_microscope_of_a_draft_is_kept_and_fills_the_next_one_the_same():
    first = library_use.fill(FORM, draft(), AXIO, "Core", parts=(STAND, OIL, CAMERA)).draft
    first = first.answer("light_microscopy[0].z_step", 0.3)
    entry = library_keep.kept(FORM, first, "image_acquisition[0]", "k", ("Axio Observer.Z1 / 7",))
    assert entry.known_as == ("Axio Observer.Z1 / 7",)
    second = library_use.fill(FORM, draft(), entry, "My library").draft
    one, two = first.get("light_microscopy[0]"), second.get("light_microscopy[0]")
    same = ("microscope", "objective", "magnification", "numerical_aperture", "immersion", "detector")
    assert {k: two.get(k) for k in same} == {k: one.get(k) for k in same}
    assert "z_step" not in two
    key = "image_acquisition[0].imaging_instrument"
    assert second.get(key) == first.get(key)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("study.author[0]", EntryKind.PERSON),
        ("study.author[0].affiliation[0]", EntryKind.ORGANISATION),
        ("biosample[0]", EntryKind.BIOSAMPLE),
        ("annotations[0]", None),
    ],
)
def test_what_can_be_kept(path, kind):
    full = draft(
        study={"author": [{"name": "Ada", "affiliation": [{"name": "Institute"}]}]},
        biosample=[{"title": "HeLa", "organism": [{"id": "NCBITaxon:9606", "label": "Homo sapiens"}]}],
        annotations=[{"title": "x"}],
    )
    found = library_keep.kept(FORM, full, path, "k")
    assert (found.kind if found else None) is kind
    if found:
        assert library_use.fill(FORM, draft(study={"author": [{}]}), found, "Lab", at=0).taken


def test_what_lasts_of_an_instrument_is_kept_and_what_changes_from_day_to_day_is_not():
    full = draft(
        image_acquisition=[{"title": "A", "imaging_instrument": "Axio"}],
        light_microscopy=[
            {
                "image_acquisition": "A",
                "stand_type": "inverted",
                "camera_pixel_size": 4.5,
                "binning": "2x2",
                "z_step": 1,
            }
        ],
    )
    entry = library_keep.kept(FORM, full, "image_acquisition[0]", "k")
    again = library_use.fill(FORM, draft(), entry, "Mine").draft.get("light_microscopy[0]")
    assert {k: v for k, v in again.items() if k != "image_acquisition"} == {
        "stand_type": "inverted",
        "camera_pixel_size": 4.5,
    }


def test_the_kinds_of_stand_and_detector_are_values_of_their_own():
    entry = library_micrometa.read(micrometa(), "new").entry
    details = library_use.fill(FORM, draft(), entry, "Core").draft.get("light_microscopy[0]")
    assert (details["stand_type"], details["detector_type"]) == ("inverted", "CCD")
    assert details["detector"] == "Zeiss Axiocam506"
