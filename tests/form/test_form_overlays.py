"""One description, many archives: switching asks only what the new archive wants, and offers what is known already."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
from form_drafts import archive, complete, draft
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor import resources
from depositor.draft import paths
from depositor.draft.answer import Origin, OriginKind
from depositor.draft.capabilities import ReleaseRule
from depositor.draft.document import from_document
from depositor.draft.draft import Draft
from depositor.draft.finding import Finding, Level
from depositor.draft.inventory import Summary
from depositor.form import profiles
from depositor.form.overlays import offers
from depositor.form.rewording import REWORDINGS
from depositor.form.validation import validate

TODAY = dt.date(2026, 11, 21)
ARCHIVES = tuple(p.id for p in profiles.every() if p.kind == "archive")
# What an archive asks for outside its own module although the BioImage Archive does not.
ALSO = {
    "idr": {"study.publication.authors"},
    "tcia": {"medical_imaging"},
}
OPEN = {  # the questions that stay open after everything known was offered
    "empiar": {
        "empiar.imagesets[0].category",
        "empiar.imagesets[0].header_format",
        "empiar.imagesets[0].data_format",
        "empiar.imagesets[0].num_images_or_tilt_series",
        "empiar.imagesets[0].frames_per_image",
        "empiar.imagesets[0].voxel_type",
        "empiar.principal_investigator",
    },
    "idr": {"idr.study_type", "idr.components[0].kind", "idr.components[0].sample_type"},
    "figshare": {"figshare.categories"},
}


def without_images_of_others() -> dict[str, Any]:
    """The complete document, as it was made for the BioImage Archive."""
    document = complete()
    document["metadata"].pop("empiar", None)
    return document


def blockers(given: Draft, profile: str | None, licenses: tuple[str, ...] = ("CC-BY-4.0",)) -> list[Finding]:
    form = profiles.load(given.profiles, profile)
    capabilities = archive(licenses=licenses, release=ReleaseRule(embargo=True))
    found = validate(form, given, capabilities, TODAY, Summary(3, 100, complete=True))
    return [f for f in found if f.level is Level.BLOCKER]


def offered(given: Draft, profile: str) -> Draft:
    for proposal in offers(profiles.load(given.profiles, profile), given):
        given = given.offer(proposal.path, proposal.value, proposal.origin)
    return given


def test_the_document_is_ready_where_it_was_made_for() -> None:
    assert blockers(from_document(without_images_of_others(), "d"), "bioimage-archive") == []


@pytest.mark.parametrize("profile", ARCHIVES)
def test_the_same_document_is_only_asked_what_the_other_archive_asks_on_top(profile: str) -> None:
    given = from_document(without_images_of_others(), "d")
    asked = {f.location or "" for f in blockers(given, profile)}
    own = profile.replace("-", "_")
    strange = {a for a in asked if re.split(r"[.\[]", a)[0] != own and not _allowed(a, profile)}
    assert not strange
    assert {f.check for f in blockers(given, profile)} <= {"form.missing"}


def _allowed(path: str, profile: str) -> bool:
    plain = re.sub(r"\[\d+\]", "", path)
    return any(plain == also or plain.startswith(f"{also}.") for also in ALSO.get(profile, ()))


@pytest.mark.parametrize("profile", ["zenodo", "dataverse", "dandi", "ssbd", "generic", "package"])
def test_where_all_is_known_nothing_stays_open(profile: str) -> None:
    given = offered(from_document(without_images_of_others(), "d"), profile)
    assert blockers(given, profile) == []


@pytest.mark.parametrize("profile", OPEN)
def test_only_what_nobody_can_know_stays_open(profile: str) -> None:
    given = offered(from_document(without_images_of_others(), "d"), profile)
    asked = {f.location for f in blockers(given, profile)}
    extra = {"empiar.release_date", "empiar.experiment_type"} if profile == "empiar" else set()
    assert asked == OPEN[profile] | extra


def test_a_licence_that_the_other_archive_does_not_take_is_told() -> None:
    given = from_document(without_images_of_others(), "d")
    found = blockers(offered(given, "zenodo"), "zenodo", ("CC0-1.0",))
    assert [f.location for f in found] == ["license"]


def test_back_again_nothing_has_changed() -> None:
    """Answers for one archive lie beside those for another; none of them is lost or told as strange."""
    given = offered(offered(from_document(without_images_of_others(), "d"), "empiar"), "zenodo")
    form = profiles.load(given.profiles, "bioimage-archive")
    checks = {f.check for f in validate(form, given, None, TODAY, None)}
    assert "form.strange-key" not in checks
    assert given.get("empiar.corresponding_author.email")


# --- offers ----------------------------------------------------------------------------------------------------------


def offer(given: Draft, profile: str | None, chosen: tuple[str, ...] = ()) -> dict[str, Any]:
    return {p.path: p.value for p in offers(profiles.load(chosen, profile), given)}


def test_the_corresponding_author_is_one_of_the_authors() -> None:
    ada = {"name": "Example, Ada", "email": "ada@example.org", "affiliation": [{"name": "I", "country": "DE"}]}
    bea = {"name": "Bea Sample", "role": ["corresponding author"], "email": "bea@example.org"}
    both = draft(study={"author": [ada, bea]})
    assert offer(both, "empiar")["empiar.corresponding_author"] == {
        "first_name": "Bea",
        "last_name": "Sample",
        "email": "bea@example.org",
    }
    first = draft(study={"author": [ada, {**bea, "role": []}]})
    assert offer(first, "empiar")["empiar.corresponding_author"] == {
        "first_name": "Ada",
        "last_name": "Example",
        "organization": "I",
        "email": "ada@example.org",
        "country": "DE",
    }


def test_a_leader_is_only_offered_where_somebody_is_one() -> None:
    given = draft(study={"author": [{"name": "Bea Sample", "role": ["corresponding author"]}]})
    assert "empiar.principal_investigator" not in offer(given, "empiar")


def test_image_sets_take_what_headers_said() -> None:
    given = draft(
        study_component=[{"name": "Raw", "description": "Raw stack"}],
        image_data=[
            {
                "format_and_compression": "TIFF, LZW",
                "pixel_voxel_size": {"x": 0.005, "y": 0.005},
                "dimension_extents": {"x": 2048, "y": 1024},
            }
        ],
        volume_em=[{"technique": "FIB-SEM"}],
    )
    found = offer(given, "empiar", ("volume-em",))
    assert found["empiar.experiment_type"] == "5"
    assert found["empiar.imagesets"] == [
        {
            "name": "Raw",
            "details": "Raw stack",
            "header_format": "T3",
            "data_format": "T3",
            "pixel_width": 50.0,
            "pixel_height": 50.0,
            "image_width": 2048,
            "image_height": 1024,
        }
    ]


def test_two_kinds_of_image_files_leave_the_sizes_open() -> None:
    two = [{"pixel_voxel_size": {"x": 0.005}}, {"pixel_voxel_size": {"x": 0.01}}]
    given = draft(study_component=[{"name": "A"}], image_data=two)
    assert offer(given, "empiar")["empiar.imagesets"] == [{"name": "A"}]


def test_a_module_is_tied_to_the_only_acquisition_there_is() -> None:
    one = draft(image_acquisition=[{"title": "A"}], volume_em=[{"technique": "FIB-SEM"}])
    assert offer(one, None, ("volume-em",)) == {"volume_em[0].image_acquisition": "A"}
    two = draft(image_acquisition=[{"title": "A"}, {"title": "B"}], volume_em=[{"technique": "FIB-SEM"}])
    assert offer(two, None, ("volume-em",)) == {}


def test_an_offer_follows_its_source_until_a_person_touches_it() -> None:
    given = offered(draft(study={"author": [{"name": "Ada Example", "email": "a@example.org"}]}), "tcia")
    changed = given.answer("study.author[0].email", "b@example.org")
    assert offer(changed, "tcia")["tcia.scientific_contact"]["email"] == "b@example.org"
    typed = changed.answer("tcia.scientific_contact.email", "own@example.org")
    assert "tcia.scientific_contact" not in offer(typed, "tcia")
    assert offer(offered(changed, "tcia"), "tcia") == {}


def test_offers_are_marked_as_proposed() -> None:
    given = draft(study={"author": [{"name": "Ada Example"}]})
    origins = {p.origin for p in offers(profiles.load((), "zenodo"), given)}
    assert origins == {Origin(OriginKind.DEFAULT)}


def test_what_a_header_said_is_not_offered_over() -> None:
    given = draft(image_acquisition=[{"title": "A"}], volume_em=[{"image_acquisition": "A old"}])
    kept = replace(given, origins={"volume_em[0].image_acquisition": Origin(OriginKind.HEADER, "raw/a.tif")})
    assert offer(kept, None, ("volume-em",)) == {}


@pytest.mark.parametrize(
    ("how", "value", "expected"),
    [
        ("given", "Ada Example", "Ada"),
        ("family", "van der Berg, Ada M.", "van der Berg"),
        ("given", "van der Berg, Ada M.", "Ada M."),
        ("family", "Ada van Example", None),
        ("turned", "Ada Example", "Example, Ada"),
        ("people", "Sarkans U, Chiu W and Collinson L", ["Sarkans U", "Chiu W", "Collinson L"]),
        ("people", "Ugis Sarkans, Wah Chiu", None),
        ("angstrom", 0.000133, 1.33),
        ("angstrom", True, None),
        ("em_format", "OME-TIFF, LZW", "T3"),
        ("em_format", "MRCS", "T2"),
        ("em_format", "OME-Zarr", None),
        ("published", "10.1038/s41592-021-01166-8", True),
        ("published", "10.1101/2024.01.01.123456", None),
        ("doi_url", "doi:10.1038/x", "https://doi.org/10.1038/x"),
        ("doi_url", "soon", None),
    ],
)
def test_rewordings_never_guess(how: str, value: Any, expected: Any) -> None:
    assert REWORDINGS[how](value) == expected


def test_sources_of_profiles_lead_somewhere() -> None:
    """A misspelt path would offer nothing and nobody would notice."""
    form = profiles.everything()
    for field in form.fields():
        for path in field.source.paths if field.source else ():
            plain, _, how = path.partition("|")
            assert not how or how in REWORDINGS, field.path
            within = _source_of(form.field(field.path.rpartition(".")[0]))
            for one in plain.split("+"):
                if one != ".":
                    full = one[1:] if one.startswith("/") else f"{within}.{one}" if within else one
                    assert form.field(full) or form.module(full), (field.path, full)


def _source_of(parent: Any) -> str:
    return parent.source.paths[0].partition("|")[0] if parent is not None and parent.source else ""


def test_words_of_tables_can_be_chosen() -> None:
    for field in profiles.everything().fields():
        if field.source and field.choices and not field.open:
            known = {c.value for c in field.choices}
            default = field.source.default
            listed = default if isinstance(default, tuple) else (default,) if default is not None else ()
            assert {word for _, word in field.source.table} | set(listed) <= known, field.path


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "title", "x"]), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries({"study": ANY, "image_data": ANY, "study_component": ANY, "empiar": ANY}), st.data())
@settings(max_examples=60, deadline=None)
def test_no_shape_of_answers_breaks_the_offers(metadata: dict[str, Any], data: st.DataObject) -> None:
    profile = data.draw(st.sampled_from(ARCHIVES))
    form = profiles.load(("cryo-em", "live-imaging"), profile)
    given = replace(Draft("d"), metadata=metadata)
    for proposal in offers(form, given):
        assert form.field(proposal.path)
        assert not paths.is_empty(proposal.value)


def test_every_archive_with_a_module_of_its_own_has_its_name() -> None:
    for name in ARCHIVES:
        for module in resources.toml(f"profiles/{name}.toml").get("module", ()):
            assert module["key"] == name


def found_at(given: Draft, profile: str, check: str) -> list[str | None]:
    return [f.location for f in validate(profiles.load((), profile), given, None, TODAY, None) if f.check == check]


@pytest.mark.parametrize(
    ("author", "clear"),
    [
        ({"name": "Ada Example"}, True),
        ({"name": "van der Berg, Ada"}, True),
        ({"name": "Ada van der Berg"}, False),
        ({"name": "Ada van der Berg", "first_name": "Ada", "last_name": "van der Berg"}, True),
        ({"name": ""}, True),
    ],
)
def test_family_names_are_asked_for_where_they_would_be_guessed(author: dict[str, str], clear: bool) -> None:
    given = draft(study={"author": [author]})
    assert found_at(given, "empiar", "form.name-parts") == ([] if clear else ["study.author[0].last_name"])
    assert found_at(given, "bioimage-archive", "form.name-parts") == []


def test_titles_have_the_length_that_the_archive_takes() -> None:
    long = draft(study={"title": "A long title " * 20})
    assert found_at(long, "empiar", "form.too-long") == ["study.title"]
    assert found_at(long, "figshare", "form.too-long") == []
    short = draft(study={"title": "Cells"})
    assert found_at(short, "empiar", "form.too-short") == ["study.title"]
    assert found_at(short, "zenodo", "form.too-short") == []


def test_a_publication_stands_once() -> None:
    papers = [{"doi": "10.1234/A"}, {"doi": "https://doi.org/10.1234/a"}, {"doi": "10.1234/b"}]
    given = draft(study={"publication": papers})
    assert found_at(given, "bioimage-archive", "form.paper-twice") == ["study.publication[1].doi"]
