"""What an archive would refuse is found, said with place and advice, and nothing else stops a deposit."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from form_drafts import archive, complete, draft
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor import resources
from depositor.draft import paths
from depositor.draft.capabilities import Limits, ReleaseRule
from depositor.draft.document import from_document
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.finding import Finding, Level
from depositor.draft.inventory import Summary
from depositor.form import profiles
from depositor.form.validation import by_module, completeness, validate

TODAY = dt.date(2026, 11, 21)
FORM = profiles.load(("light-microscopy",), "bioimage-archive")


def found(given: Draft, **more: Any) -> dict[str, Finding]:
    """location -> finding, the gravest of each place."""
    out: dict[str, Finding] = {}
    for finding in validate(FORM, given, more.get("archive", archive()), TODAY, more.get("inventory")):
        out.setdefault(finding.location or "", finding)
    return out


def changed(path: str, value: Any) -> Draft:
    """The complete document with one answer changed."""
    document = complete()
    document["metadata"] = paths.put(document["metadata"], path, value)
    return from_document(document, "d1")


def test_a_complete_document_can_be_sent() -> None:
    findings = validate(FORM, draft(complete()), archive(), TODAY, Summary(3, 100, complete=True))
    assert [f for f in findings if f.level in (Level.BLOCKER, Level.WARNING)] == []
    filled, asked = completeness(FORM, draft(complete())).required
    assert filled == asked > 20


def test_an_empty_draft_hears_what_is_needed_and_where() -> None:
    blockers = {f.location for f in validate(FORM, Draft("d1"), archive(), TODAY, None) if f.level is Level.BLOCKER}
    assert blockers == {
        "study.title",
        "study.description",
        "study.keywords",
        "study.author",
        "study_component",
        "biosample",
        "specimen",
        "image_acquisition",
        "license",
        "release_date",
        "files",
    }


def test_every_finding_says_what_where_why_and_what_to_do() -> None:
    document = complete()
    del document["metadata"]["biosample"][0]["organism"]
    document["metadata"]["study"]["author"].append({"orcid": "0000-0002-1825-0098", "email": "x"})
    document["release_date"] = "2020-01-01"
    for finding in (*validate(FORM, from_document(document, "d1"), archive(), TODAY, Summary()),
                    *validate(FORM, Draft("d1"), archive(), TODAY, None)):  # fmt: skip
        assert finding.message.english().endswith((".", "?")), finding.key
        assert finding.location, finding.key
        assert finding.why, finding.key
        assert finding.advice, finding.key
        assert "{" not in finding.message.english(), finding.key


@pytest.mark.parametrize(
    ("path", "value", "at", "level"),
    [
        ("study.title", "HeLa cells", "study.title", Level.BLOCKER),
        ("study.author[0].orcid", "0000-0002-1825-0098", "study.author[0].orcid", Level.BLOCKER),
        ("study.author[0].email", "nobody", "study.author[0].email", Level.BLOCKER),
        ("study.author[0].email", "", "study.author[0].email", Level.BLOCKER),
        ("study.author[0].affiliation", [], "study.author[0].affiliation", Level.BLOCKER),
        ("study.author[0].affiliation[0].ror", "02catss53", "study.author[0].affiliation[0].ror", Level.BLOCKER),
        ("study.author", ["Josiah Carberry"], "study.author[0].email", Level.BLOCKER),
        ("study.publication[0].doi", "41592", "study.publication[0].doi", Level.WARNING),
        ("study.publication[0].pubmed_id", "PMC8606015", "study.publication[0].pubmed_id", Level.WARNING),
        ("study.publication[0].year", 3026, "study.publication[0].year", Level.WARNING),
        ("study.publication[0]", {"authors": "Carberry J"}, "study.publication[0]", Level.WARNING),
        ("study.link[0].url", "example.org", "study.link[0].url", Level.WARNING),
        ("study.keywords", [], "study.keywords", Level.BLOCKER),
        ("biosample[0].organism", [], "biosample[0].organism", Level.BLOCKER),
        ("biosample[0].organism", ["mouse"], "biosample[0].organism[0]", Level.ADVICE),
        ("biosample[0].organism", [{"id": "mouse!", "label": "mouse"}], "biosample[0].organism[0]", Level.WARNING),
        ("annotations[0].annotation_type", ["masks"], "annotations[0].annotation_type[0]", Level.BLOCKER),
        ("study_component[0].associations", [], "study_component[0].associations", Level.BLOCKER),
        (
            "study_component[0].associations[0].specimen",
            "Fixed cells",
            "study_component[0].associations[0].specimen",
            Level.BLOCKER,
        ),
        (
            "study_component[0].associations[0].biosample",
            None,
            "study_component[0].associations[0].biosample",
            Level.BLOCKER,
        ),
        ("biosample[1]", {"title": "HeLa Kyoto"}, "biosample[1].title", Level.BLOCKER),
        ("biosample[0].colour", "green", "biosample[0].colour", Level.ADVICE),
        ("study.title", 12, "study.title", Level.BLOCKER),
        ("specimen[0].channels", ["EGFP"], "specimen[0].channels[0]", Level.WARNING),
        ("image_data[0].pixel_voxel_size", {"x": 0}, "image_data[0].pixel_voxel_size.x", Level.WARNING),
        ("image_data[0].dimension_extents", {"x": "many"}, "image_data[0].dimension_extents.x", Level.WARNING),
        ("light_microscopy[0].numerical_aperture", 14, "light_microscopy[0].numerical_aperture", Level.WARNING),
        ("version.timestamp", "yesterday", "version.timestamp", Level.WARNING),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_in_its_place(path: str, value: Any, at: str, level: Level) -> None:
    before, after = found(draft(complete())), found(changed(path, value))
    assert before.get(at) is None or before[at].level is not level
    assert after[at].level is level


def test_a_name_in_another_spelling_is_offered() -> None:
    finding = found(changed("study_component[0].associations[0].biosample", "hela  kyoto"))
    advice = finding["study_component[0].associations[0].biosample"].advice
    assert advice
    assert "HeLa Kyoto" in advice.english()


@pytest.mark.parametrize(("words", "term"), [("mouse", "Mus musculus"), ("zebrafsh", "Danio rerio"), ("unicorn", None)])
def test_an_own_word_hears_of_the_term_that_may_be_meant(words: str, term: str | None) -> None:
    advice = found(changed("biosample[0].organism", [words]))["biosample[0].organism[0]"].advice
    assert advice
    assert (term or "near") in advice.english()


def test_a_method_that_the_list_has_without_an_identifier_is_fine() -> None:
    label = "focussed ion beam scanning electron microscopy (FIB-SEM)"
    assert "image_acquisition[0].imaging_method[0]" not in found(
        changed("image_acquisition[0].imaging_method", [label])
    )


@pytest.mark.parametrize(
    ("path", "value", "at"),
    [
        (
            "light_microscopy[0]",
            {"numerical_aperture": 1.4, "immersion": "Air"},
            "light_microscopy[0].numerical_aperture",
        ),
        ("light_microscopy[0]", {"numerical_aperture": 1.4, "immersion": "Oil"}, None),
        ("light_microscopy[0]", {"numerical_aperture": 0.95, "immersion": "Air"}, None),
        (
            "light_microscopy[0].channels",
            [{"excitation": 509, "emission": 488}],
            "light_microscopy[0].channels[0].emission",
        ),
        ("light_microscopy[0].channels", [{"excitation": 900, "emission": 509}], None),
        ("light_microscopy[0].channels", [{"excitation": 488, "emission": 509}], None),
        ("image_data[0].pixel_voxel_size", {"x": 0.1, "y": 0.2}, "image_data[0].pixel_voxel_size"),
        ("image_data[0].pixel_voxel_size", {"x": 0.1, "y": 0.1001}, None),
        (
            "image_data[0]",
            {"pixel_voxel_size": {"x": 1}, "dimension_extents": {"z": 5}},
            "image_data[0].pixel_voxel_size.z",
        ),
    ],
)
def test_values_that_hardly_go_together(path: str, value: Any, at: str | None) -> None:
    checks = ("form.aperture", "form.stokes", "form.pixels", "form.planes")
    seen = [f.location for f in validate(FORM, changed(path, value), archive(), TODAY, None) if f.check in checks]
    assert seen == ([at] if at else [])


def test_the_same_author_twice_is_noticed_by_orcid_or_name() -> None:
    again = {"name": "J. Carberry", "orcid": "https://orcid.org/0000-0002-1825-0097", "email": "j@example.org"}
    assert found(changed("study.author[1]", again))["study.author[1]"].check == "form.author-twice"
    one = {"name": "Ann  Other", "email": "a@example.org", "affiliation": ["X"]}
    twice = found(changed("study.author", [one, {**one, "name": "ann other"}]))
    assert twice["study.author[1]"].check == "form.author-twice"


def test_who_gives_an_address_hears_that_it_becomes_public() -> None:
    finding = found(draft(complete()))["study.author[0].email"]
    assert finding.check == "form.public-email"
    assert finding.level is Level.ADVICE


def test_records_that_no_data_set_uses_are_named() -> None:
    spare = {"title": "Spare", "organism": ["x"], "biological_entity": "x"}
    assert found(changed("biosample[1]", spare))["biosample[1]"].check == "form.unused"


# --- files and data sets ---------------------------------------------------------------------------------------------


def test_a_data_set_without_files_stops_the_deposit() -> None:
    extra = {"name": "Second", "description": "x", "associations": [{"biosample": "HeLa Kyoto"}]}
    assert found(changed("study_component[1]", extra))["study_component[1]"].check == "form.no-files"


def test_files_without_a_data_set_are_only_fine_while_there_is_one() -> None:
    one = replace(draft(complete()), files=(FileGroup("raw"), FileGroup("masks", annotations="Nuclear masks")))
    assert not any(location.startswith("files") for location in found(one))
    two = replace(changed("study_component[1]", {"name": "Second"}), files=one.files)
    assert found(two)["files[0]"].check == "form.homeless"


def test_files_of_a_data_set_that_nobody_described_stop_the_deposit() -> None:
    lost = replace(draft(complete()), files=(FileGroup("raw", "Nowhere"),))
    assert found(lost)["files[0]"].level is Level.BLOCKER


def test_a_package_takes_files_without_a_data_set() -> None:
    form = profiles.load((), "package")
    given = draft(study={"title": "A title"})
    assert [
        f for f in validate(form, given, archive(release=ReleaseRule()), TODAY, None) if f.level is Level.BLOCKER
    ] == []


@pytest.mark.parametrize(
    ("limits", "level"),
    [
        (Limits(file_bytes=999), Level.BLOCKER),
        (Limits(total_bytes=9_999), Level.BLOCKER),
        (Limits(files=9), Level.BLOCKER),
        (Limits(warn_file_bytes=999), Level.WARNING),
        (Limits(warn_files=9), Level.WARNING),
        (Limits(file_bytes=1_000, total_bytes=10_000, files=10, warn_file_bytes=1_000, warn_files=10), None),
    ],
)
def test_limits_of_the_archive(limits: Limits, level: Level | None) -> None:
    inventory = Summary(files=10, bytes=10_000, largest=1_000, complete=True)
    finding = found(draft(complete()), archive=archive(limits=limits), inventory=inventory).get("files")
    assert (finding.level if finding else None) is level


# --- licence and release ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "date", "check"),
    [
        (ReleaseRule(required=True), None, "form.release.none"),
        (ReleaseRule(), None, None),
        (ReleaseRule(), "31.01.2027", "form.release.shape"),
        (ReleaseRule(), "2026-11-20", "form.release.past"),
        (ReleaseRule(), "2026-11-21", None),
        (ReleaseRule(past_allowed=True), "2020-01-01", None),
        (ReleaseRule(max_days=730), "2028-11-20", None),
        (ReleaseRule(max_days=730), "2028-11-21", "form.release.late"),
        (ReleaseRule(embargo=False), "2026-11-22", "form.release.no-embargo"),
        (ReleaseRule(embargo=False), "2026-11-21", None),
    ],
)
def test_release_dates(rule: ReleaseRule, date: str | None, check: str | None) -> None:
    given = replace(draft(complete()), release_date=date)
    finding = found(given, archive=archive(release=rule)).get("release_date")
    assert (finding.check if finding else None) == check


@pytest.mark.parametrize(("license_id", "stops"), [("CC0-1.0", False), (None, True), ("CC-BY-NC-4.0", True)])
def test_licences(license_id: str | None, stops: bool) -> None:
    finding = found(replace(draft(complete()), license=license_id)).get("license")
    assert (finding is not None and finding.level is Level.BLOCKER) is stops


def test_a_licence_among_the_answers_is_not_overlooked() -> None:
    assert found(changed("study.license", "CC0-1.0"))["study.license"].check == "form.elsewhere"
    assert "study.license" not in found(changed("study.license", "CC-BY-4.0"))


def test_without_an_archive_nothing_is_said_about_its_rules() -> None:
    given = replace(draft(complete()), license=None, release_date=None)
    assert not {"license", "release_date"} & found(given, archive=None).keys()


def test_a_profile_that_the_program_lacks_is_told_as_advice() -> None:
    form = profiles.load(("holography",), None)
    finding = next(f for f in validate(form, draft(), None, TODAY, None) if f.location == "profiles")
    assert finding.level is Level.ADVICE


# --- order, sameness, completeness -----------------------------------------------------------------------------------


def test_the_gravest_comes_first_and_keys_are_unique_and_stable() -> None:
    once = validate(FORM, draft(), archive(), TODAY, Summary())
    order = [Level.BLOCKER, Level.WARNING, Level.ADVICE, Level.INFO]
    assert [order.index(f.level) for f in once] == sorted(order.index(f.level) for f in once)
    assert len({f.key for f in once}) == len(once)
    assert validate(FORM, draft(), archive(), TODAY, Summary()) == once


def test_only_the_archive_stops_a_deposit() -> None:
    """Base and modality ask; without an archive's own profile a missing answer is a warning."""
    form = profiles.load(("light-microscopy",), None)
    missing = [f for f in validate(form, draft(), None, TODAY, None) if f.check == "form.missing"]
    assert missing
    assert {f.level for f in missing} == {Level.WARNING, Level.ADVICE}


def test_completeness_counts_records_and_what_is_still_to_come() -> None:
    form = profiles.load((), "bioimage-archive")
    empty = by_module(form, Draft("d1"))
    assert empty["biosample"].required == (0, 3)
    assert empty["image_correlation"].required == (0, 0)
    two = draft(biosample=[{"title": "A", "organism": [{"label": "x"}]}, {"title": "B"}])
    assert by_module(form, two)["biosample"].required == (3, 6)
    rows = draft(study={"author": [{"name": "A"}, {"first_name": "B"}]})
    assert by_module(form, rows)["study"].required == (2, 10)
    total = completeness(form, two)
    assert total.required == (3, 6 + 4 + 3 + 2 + 4)


def test_answers_of_the_licence_page_and_computed_ones_are_not_counted() -> None:
    form = profiles.load((), "bioimage-archive")
    assert by_module(form, Draft("d1"))["study"].required == (0, 4)


def test_every_answer_that_is_filled_lowers_what_is_missing() -> None:
    full = complete()
    for path, _ in list(paths.leaves(full["metadata"]["biosample"][0], "biosample[0]")):
        key = path.split(".")[1].split("[")[0]
        lacking = copy.deepcopy(full)
        lacking["metadata"]["biosample"][0].pop(key)
        filled = completeness(FORM, from_document(full, "d"))
        less = completeness(FORM, from_document(lacking, "d"))
        assert sum(less.required[:1] + less.recommended[:1]) < sum(filled.required[:1] + filled.recommended[:1])


# --- whatever shape --------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
PATHS = sorted({f.path for f in FORM.fields()} | {m.key for m in FORM.modules})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.booleans(), JSON), max_size=6))
def test_no_shape_of_an_answer_makes_it_fail(answers: list[tuple[str, bool, Any]]) -> None:
    metadata: Any = {}
    for path, listed, value in answers:
        module, dot, rest = path.partition(".")
        metadata = paths.put(metadata, f"{module}[0]{dot}{rest}" if listed else path, value)
    given_draft = draft({"depositor": 1, "files": [{"path": "x"}], "metadata": metadata})
    for finding in validate(FORM, given_draft, archive(), TODAY, Summary()):
        assert finding.message.english()
        assert finding.why
        assert finding.advice
    completeness(FORM, given_draft)


def test_the_bundled_example_can_be_sent_as_it_is() -> None:
    """``depositor --demo`` makes this deposit; a stricter question must not break it unseen."""
    example = from_document(resources.json_data("examples/example.depositor.json"), "demo")
    form = profiles.load(example.profiles, "practice")
    findings = validate(form, example, archive(release=ReleaseRule(max_days=730)), TODAY, None)
    assert [f.message.english() for f in findings if f.level in (Level.BLOCKER, Level.WARNING)] == []
