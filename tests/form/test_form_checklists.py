"""Scores against the checklists of communities count what is told, and lead to what is not."""

from __future__ import annotations

import json
from typing import Any

from form_drafts import DATA, complete, draft
from hypothesis import given, settings
from hypothesis import strategies as st

from depositor.draft.document import from_document
from depositor.draft.draft import Draft
from depositor.form import profiles
from depositor.form.checklists import Score, checklists, scores
from depositor.form.spots import items

MODALITIES = tuple(p.id for p in profiles.available())
ALL = profiles.load(MODALITIES, None)
SPECIAL = ("@license", "@files", "@column:", "@some:")


def score(name: str, given: Draft, chosen: tuple[str, ...] = MODALITIES) -> Score:
    return next(s for s in scores(profiles.load(chosen, None), given) if s.id == name)


def test_every_item_is_a_question_of_the_form() -> None:
    """A misspelt path could never be filled."""
    form = profiles.everything()
    for one in checklists():
        for _, group in one.groups:
            for path in (p for item in group for p in item):
                if not path.startswith(SPECIAL) or path.startswith("@some:"):
                    assert form.field(path.removeprefix("@some:")), (one.id, path)


def test_every_condition_of_a_checklist_names_an_answer_that_exists() -> None:
    form = profiles.everything()
    for one in checklists():
        for condition in (*one.when, *(c for when, _ in one.groups for c in when)):
            field = form.field(condition.of)
            assert field, (one.id, condition.of)
            assert {v for v in (*condition.any_of, *condition.none_of) if isinstance(v, str)} <= {
                c.value for c in field.choices
            }


def test_profiles_of_checklists_exist() -> None:
    for one in checklists():
        assert set(one.profiles) <= set(MODALITIES)
        assert one.source


def test_rembi_counts_what_the_paper_lists() -> None:
    """All attributes that REMBI 2021 lists for studies, samples, acquisitions and images are items."""
    keys = json.loads((DATA / "keys.json").read_text("utf-8"))["rembi"]
    rembi = next(c for c in checklists() if c.id == "rembi-2021")
    told = {p for _, group in rembi.groups for item in group for p in item}
    for module in ("image_data", "image_correlation", "analyzed_data"):
        listed = {k for k in keys[module] if k not in ("title", "features_analysed", "qc_info", "contrast_inversion")}
        assert listed <= {p.split(".")[-1] for p in told if p.startswith(module)}, module


def test_an_empty_draft_has_nothing_and_a_complete_one_much() -> None:
    assert score("rembi-2021", Draft("d")).filled == 0
    full = score("rembi-2021", from_document(complete(), "d"))
    assert full.filled > full.asked * 0.6
    assert full.share == full.filled / full.asked


def test_what_is_missing_is_told_with_its_record() -> None:
    given = draft(biosample=[{"title": "A", "organism": ["Mus musculus"]}, {"title": "B"}])
    missing = score("rembi-2021", given).missing
    assert "biosample[1].organism" in missing
    assert "biosample[0].organism" not in missing
    assert "specimen" in missing  # no record at all


def test_one_of_several_answers_is_enough() -> None:
    one = score("quarep-limi-2026", draft(light_microscopy=[{"filters": "BP 525/50"}]))
    other = score("quarep-limi-2026", draft(light_microscopy=[{"channels": [{"emission": 509}]}]))
    none = score("quarep-limi-2026", draft(light_microscopy=[{"microscope": "Zeiss"}]))
    assert "light_microscopy[0].filters" in none.missing
    assert "light_microscopy[0].filters" not in (*one.missing, *other.missing)


def test_items_count_only_where_they_apply() -> None:
    plain = draft(multiplexed_tissue=[{"assay": "t-CyCIF"}])
    metal = draft(multiplexed_tissue=[{"assay": "IMC"}])
    assert score("miti-2023", metal).asked == score("miti-2023", plain).asked + 1


def test_a_stain_needs_no_antibody() -> None:
    stain = {"channel_label": "DAPI", "channel_content": "DAPI"}
    antibody = {"channel_label": "CD3", "antibody_name": "CD3", "clone": "D7A6E", "lot": "4"}
    given = draft(specimen=[{"channels": [stain, antibody]}])
    missing = score("miti-2023", given).missing
    assert "specimen[0].channels[1].antibody_rrid" in missing
    assert not [m for m in missing if m.startswith("specimen[0].channels[0].") and "antibody" in m]
    assert not [m for m in missing if m.endswith((".clone", ".lot"))]


def test_checklists_come_with_their_profiles() -> None:
    base = {s.id for s in scores(profiles.load((), None), draft())}
    assert base == {"rembi-2021", "image-publishing-2024"}
    live = {s.id for s in scores(profiles.load(("live-imaging",), None), draft())}
    assert live == base | {"quarep-limi-2026"}
    moving = draft(live_imaging=[{"cell_migration": True}])
    assert "miacme-0.2" in {s.id for s in scores(profiles.load(("live-imaging",), None), moving)}


def test_columns_and_files_count() -> None:
    document = {**complete(), "columns": []}
    assert "files" in score("mifa-2025", from_document(document, "d")).missing
    document["columns"] = [{"name": "Source Image"}]
    assert "files" not in score("mifa-2025", from_document(document, "d")).missing


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["title", "channels", "name"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["study", "biosample", "specimen", "image_data", "live_imaging"]), ANY))
@settings(max_examples=60, deadline=None)
def test_no_shape_of_answers_breaks_a_score(metadata: dict[str, Any]) -> None:
    given = Draft("d", metadata=metadata)
    for one in scores(ALL, given):
        assert 0 <= one.filled <= one.asked
        assert (one.filled == one.asked) == (not one.missing)
        assert json.dumps(one.as_json())
        assert all(items(one.missing))
