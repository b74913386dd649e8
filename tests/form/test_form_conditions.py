"""Questions are asked where they apply, and an answer that does not fit its neighbour is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from form_drafts import draft

from depositor.draft.draft import Draft
from depositor.form import conditions, profiles
from depositor.form.fields import Condition, Form
from depositor.form.spots import asked, module_spots
from depositor.form.validation import by_module, validate

TODAY = dt.date(2026, 11, 21)
LIVE = profiles.load(("live-imaging",), None)
MASSES = profiles.load(("mass-spec-imaging",), None)
CRYO = profiles.load(("cryo-em",), None)


def located(form: Form, given: Draft, check: str) -> set[str | None]:
    return {f.location for f in validate(form, given, None, TODAY, None) if f.check == check}


@pytest.mark.parametrize(
    ("condition", "record", "holds"),
    [
        (Condition("a", any_of=("x",)), {"a": "x"}, True),
        (Condition("a", any_of=("x",)), {"a": ["y", "x"]}, True),
        (Condition("a", any_of=("x",)), {"a": {"id": "x", "label": "X"}}, True),
        (Condition("a", any_of=("x",)), {"a": "y"}, False),
        (Condition("a", any_of=("x",)), {}, False),
        (Condition("a", none_of=("x",)), {}, True),
        (Condition("a", none_of=("x",)), {"a": "x"}, False),
        (Condition("a", filled=True), {"a": False}, True),
        (Condition("a", filled=True), {"a": [{}]}, False),
        (Condition("a", filled=False), {"a": "  "}, True),
        (Condition("other.t", none_of=(1,)), {}, True),
    ],
)
def test_a_condition(condition: Condition, record: dict[str, Any], holds: bool) -> None:
    assert conditions.all_hold((condition,), record, {"other": [{"t": 3}]}) is holds


def test_a_condition_with_a_path_looks_into_every_record() -> None:
    tree = {"image_data": [{"dimension_extents": {"t": 1}}, {"dimension_extents": {"t": 80}}]}
    assert conditions.all_hold((Condition("image_data.dimension_extents.t", any_of=(80,)),), {}, tree)
    assert not conditions.all_hold((Condition("image_data.dimension_extents.t", any_of=(2,)),), {}, tree)


@pytest.mark.parametrize("odd", [None, "text", 3, [1], {"temporal_resolution": {"a": [{}]}}])
def test_no_shape_of_an_answer_breaks_a_condition(odd: Any) -> None:
    validate(LIVE, draft(live_imaging=[odd], light_microscopy=odd), None, TODAY, None)


def test_migration_is_only_asked_about_where_cells_migrate() -> None:
    module = LIVE.module("live_imaging")
    assert module
    keys = {f.key for f in asked(module.fields, {}, draft())}
    assert {"temporal_resolution", "cell_migration"} <= keys
    assert not {"assay_type", "substrate", "interference", "duration"} & keys
    moving = {f.key for f in asked(module.fields, {"cell_migration": True}, draft())}
    assert {"assay_type", "substrate", "tissue", "interference"} <= moving


def test_substrate_or_tissue_but_not_both() -> None:
    one = draft(live_imaging=[{"cell_migration": True, "tissue": "tail fin"}])
    assert "live_imaging[0].substrate" not in located(LIVE, one, "form.missing")
    neither = draft(live_imaging=[{"cell_migration": True}])
    assert "live_imaging[0].substrate" in located(LIVE, neither, "form.missing")
    both = draft(live_imaging=[{"cell_migration": True, "tissue": "tail fin", "substrate": "glass"}])
    assert located(LIVE, both, "form.out-of-place") == {"live_imaging[0].tissue", "live_imaging[0].substrate"}


def test_what_is_not_asked_does_not_count() -> None:
    spray = draft(mass_spec_imaging=[{"ion_source": "DESI"}])
    laser = draft(mass_spec_imaging=[{"ion_source": "MALDI"}])
    assert "mass_spec_imaging[0].matrix" in located(MASSES, laser, "form.missing")
    assert "mass_spec_imaging[0].matrix" not in located(MASSES, spray, "form.missing")
    before = by_module(MASSES, spray)["mass_spec_imaging"].recommended[1]
    assert by_module(MASSES, laser)["mass_spec_imaging"].recommended[1] == before + 2


def test_an_answer_that_is_not_asked_for_is_kept_and_judged() -> None:
    given = draft(cryo_em=[{"technique": "single particle", "tilt_min": 900}])
    assert "cryo_em[0].tilt_min" in located(CRYO, given, "form.out-of-place")
    module = CRYO.module("cryo_em")
    assert module
    spot = next(s for s in module_spots(module, given) if s.field.key == "tilt_min")
    assert (spot.applies, spot.value) == (False, 900)


def test_conditions_of_profiles_name_answers_that_exist_and_values_that_can_be_chosen() -> None:
    """A misspelt condition would hide a question for ever."""
    form = profiles.everything()
    for field in form.fields():
        for condition in field.when:
            beside = f"{field.path.rpartition('.')[0]}.{condition.of}"
            other = form.field(condition.of if "." in condition.of else beside)
            assert other, (field.path, condition.of)
            choices = {c.value for c in other.choices}
            wanted = {v for v in (*condition.any_of, *condition.none_of) if isinstance(v, str)}
            assert wanted <= choices, field.path
