"""Columns of files as rules: patterns, cleaning, conditions, values of single files."""

from __future__ import annotations

from depositor.draft.draft import Draft, FileGroup
from depositor.draft.file_columns import (
    column_of,
    columns_of,
    evaluate,
    home_rules,
    homes_named,
    object_path,
    told_texts,
)
from depositor.draft.name_patterns import filled, parsed, place_name

GENOTYPE = {"name": "Genotype", "from": {"pattern": "*_{Genotype:letters}_t*"}, "clean": {"rename": {"ctl": "control"}}}


def test_the_first_pattern_that_fits_counts_and_values_are_cleaned() -> None:
    column = column_of(
        {
            "name": "Day",
            "from": {"patterns": ["*_d{Day:digits}.tif", "day{Day:digits}*"]},
            "clean": {"strip_zeros": True, "rename": {"7": "7 (fixed)"}},
        }
    )
    assert column is not None
    assert [column.value(p) for p in ("x/a_d03.tif", "day000_b.tif", "a_d07.tif", "none.tif")] == [
        "3",
        "0",
        "7 (fixed)",
        "",
    ]


def test_a_value_for_the_file_comes_before_rules_and_patterns() -> None:
    data = {**GENOTYPE, "values": {"raw/a_wt_t1.tif": "typed"}, "rules": [{"files": "raw/**", "value": "ruled"}]}
    column = column_of(data)
    assert column is not None
    assert [column.value(p) for p in ("raw/a_wt_t1.tif", "raw/b_wt_t1.tif", "c_ctl_t1.tif")] == [
        "typed",
        "ruled",
        "control",
    ]


def test_rules_ask_other_columns() -> None:
    columns = columns_of(
        [GENOTYPE, {"name": "Biosample", "refers_to": "biosample",
                    "rules": [{"if": {"Genotype": "control"}, "value": "Wild type"}]}]
    )  # fmt: skip
    assert evaluate(columns, "a_ctl_t1.tif") == {"Genotype": "control", "Biosample": "Wild type"}
    assert evaluate(columns, "a_ko_t1.tif") == {"Genotype": "ko"}


def test_rules_decide_in_which_list_a_file_stands() -> None:
    columns = [GENOTYPE, {"name": "Study component", "refers_to": "study_component",
                          "rules": [{"if": {"Genotype": "ko"}, "value": "Knock-outs"}]}]  # fmt: skip
    home = home_rules(columns)
    assert home("a_ko_t1.tif", False) == ("study_component", "Knock-outs")
    assert home("a_wt_t1.tif", False) is None
    assert home("a_ko_t1.tif", True) is None  # an annotation stays one
    assert homes_named(columns) == {("study_component", "Knock-outs")}


def test_pieces_of_a_chunked_image_are_that_image() -> None:
    assert object_path("raw/a_ko_t1.ome.zarr/0/0/1") == "raw/a_ko_t1.ome.zarr"
    assert object_path("raw/a.zarr") == "raw/a.zarr"
    assert evaluate(columns_of([GENOTYPE]), "raw/a_ko_t1.ome.zarr/0/0/1") == {"Genotype": "ko"}


def test_broken_columns_are_left_out_and_never_raise() -> None:
    shapes = [None, {}, {"name": 3}, {"name": "A"}, {"name": "B", "from": "x"}, {"name": "F", "values": [1]}]
    sources = [{"name": "C", "rules": [{"value": "x"}, 4]}, {"name": "D", "from": {"patterns": [None, "{E}"]}}]
    broken = [*shapes, *sources]
    assert columns_of(broken) == ()
    assert columns_of("x") == ()


def test_references_follow_a_new_name() -> None:
    draft = Draft(
        "d",
        files=(FileGroup("/x", "Cells"),),
        columns=(
            {"name": "Well", "study_component": "Cells", "from": {"pattern": "{Well}_*"}},
            {"name": "Study component", "refers_to": "study_component", "rules": [{"files": "a*", "value": "Cells"}]},
        ),
        metadata={"study_component": [{"name": "Cells"}]},
    )
    new = draft.rename_record("study_component", 0, "name", "Living cells")
    assert new.columns[0]["study_component"] == "Living cells"
    assert new.columns[1]["rules"][0]["value"] == "Living cells"


def test_kinds_of_places() -> None:
    def read(rule: str, path: str) -> dict[str, str] | None:
        return parsed(rule).read(path)

    assert read("{A:letters}{B:digits}.tif", "well07.tif") == {"A": "well", "B": "07"}
    assert read("{A:number}x.tif", "2.5x.tif") == {"A": "2.5"}
    assert read("{:part}_{A:part}.tif", "a b_c.tif") is None
    assert read("{A:path}_mask.tif", "deep/er/a_mask.tif") == {"A": "deep/er/a"}
    assert filled("raw/{A}.tif", {"A": "x"}) == "raw/x.tif"
    assert filled("raw/{B}.tif", {"A": "x"}) == ""
    assert place_name(" a{b}\n:c ") == "a b :c"


def test_a_hostile_name_does_not_take_long() -> None:
    """Without the bound this expression would try some 10^12 ways."""
    pattern = parsed("*_*_*_*_*_*_*_*_{X}_*q.tif")
    assert pattern.match("_" * 250 + ".tif") is None
    assert pattern.read("a_b_c_d_e_f_g_h_i_jq.tif") == {"X": "i"}


def test_what_a_person_typed_into_columns_is_known_for_checks() -> None:
    columns = [{**GENOTYPE, "values": {"a.tif": "Jane Doe", "b.tif": "Jane Doe", "c.tif": 4}}, None, {"name": " "}]
    assert told_texts(columns) == ["Genotype", "Jane Doe", "control"]
    assert told_texts(None) == []
