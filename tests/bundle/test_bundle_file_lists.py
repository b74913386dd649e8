"""File lists: every file once, columns that tell files apart, source images by their name at the archive."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundle_example import example_document, sealed_study

from depositor.bundle import documents
from depositor.bundle.columns import compiled
from depositor.draft.problem import NeedsUser


def tables(tmp_path: Path, document=None, files=None) -> dict[str, list[list[str]]]:
    paths = documents.write("file-lists", sealed_study(tmp_path / "data", document, files), tmp_path / "out")
    return {p.name: [line.split("\t") for line in p.read_text("utf-8").splitlines()] for p in paths}


def test_columns_are_those_described_and_those_that_differ(tmp_path: Path) -> None:
    found = tables(tmp_path)
    assert found["filelist_mitosis-time-lapse.tsv"] == [
        ["Files", "Genotype", "Channel", "Size Z"],
        ["raw/aEtb_WT_t01.tif", "WT", "EGFP;SiR-DNA", "5"],
        ["raw/exp_1_KO_t02.tif", "KO", "EGFP;SiR-DNA", "7"],
        ["raw/notes.txt", "", "", ""],
    ]
    assert found["filelist_nuclear-masks.tsv"] == [
        ["Files", "source_image"],
        ["masks/a_mask.tif", "raw/aEtb_WT_t01.tif"],
        ["masks/b_mask.tif", ""],
    ]


def test_a_constant_fact_is_no_column_but_a_late_one_is(tmp_path: Path) -> None:
    files = {"a": ("Mitosis time lapse", {"Same": "x"}), "b": ("Mitosis time lapse", {"Same": "x", "Late": "y"})}
    (rows,) = tables(tmp_path, files=files).values()
    assert rows == [["Files", "Late"], ["a", ""], ["b", "y"]]


def test_cells_hold_no_tab_or_line_end_and_files_stays_the_first_heading(tmp_path: Path) -> None:
    files = {
        "a": ("Mitosis time lapse", {"Files": "1", "Two\tlines": "x\ny"}),
        "b": ("Mitosis time lapse", {"Files": "2", "Two\tlines": "z"}),
    }
    (rows,) = tables(tmp_path, files=files).values()
    assert rows[0] == ["Files", "Files (column)", "Two lines"]
    assert rows[1] == ["a", "1", "x y"]


def test_files_without_a_home_go_to_the_only_component(tmp_path: Path) -> None:
    (rows,) = tables(tmp_path, files={"a": (None, {}), "b": ("Mitosis time lapse", {})}).values()
    assert [r[0] for r in rows] == ["Files", "a", "b"]


def test_files_without_a_home_among_several_are_a_problem_with_their_number(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["study_component"].append({"name": "Second", "description": "x"})
    with pytest.raises(NeedsUser) as asked:
        tables(tmp_path, document, {"a": (None, {}), "b": (None, {}), "c": ("Second", {})})
    assert asked.value.problem.message.english() == "2 files belong to no study component and no annotation."
    assert list((tmp_path / "out").glob("*")) == []


def test_records_of_one_title_shape_get_lists_of_their_own(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["study_component"] = [{"name": "A/B"}, {"name": "A B"}, {"name": "顕微鏡"}]
    files = {"1": ("A/B", {}), "2": ("A B", {}), "3": ("顕微鏡", {})}
    assert sorted(tables(tmp_path, document, files)) == ["filelist_a-b-2.tsv", "filelist_a-b.tsv", "filelist_files.tsv"]


def test_more_lists_than_files_may_be_open(tmp_path: Path) -> None:
    document = example_document()
    document["metadata"]["study_component"] = [{"name": f"Day {n}"} for n in range(230)]
    files = {f"{n}.tif": (f"Day {n}", {}) for n in range(230)}
    found = tables(tmp_path, document, files)
    assert len(found) == 230
    assert found["filelist_day-229.tsv"] == [["Files"], ["229.tif"]]


@pytest.mark.parametrize(
    ("pattern", "name", "path", "value"),
    [
        ("*_{Genotype}_t{Time}.tif", "Genotype", "exp_1_WT_t03.tif", "WT"),
        ("*_{Genotype}_t{Time}.tif", "Time", "exp_1_WT_t03.tif", "03"),
        ("{Plate}/**/{Well}.tif", "Plate", "P1/x/y/B03.tif", "P1"),
        ("{Plate}/**/{Well}.tif", "Well", "P1/B03.tif", "B03"),
        ("{Dose}-{Dose}.tif", "Dose", "5-5.tif", "5"),
        ("{Dose}-{Dose}.tif", "Dose", "5-6.tif", None),
        ("a.{X}", "X", "abc", None),
        ("(a+)[{X}]", "X", "(a+)[7]", "7"),
    ],
)
def test_patterns(pattern: str, name: str, path: str, value: str | None) -> None:
    expression, place = compiled(pattern, name)
    assert expression is not None
    found = expression.fullmatch(path)
    assert (found[place] if found else None) == value


def test_source_images_by_rule_are_told_only_where_they_are(tmp_path: Path) -> None:
    document = example_document()
    source = {"pattern": "masks/{stem}_mask.tif", "template": "raw/{stem}_WT_t01.tif"}
    document["columns"] = [{"name": "Source Image", "annotations": "Nuclear masks", "from": source}]
    files = {
        "masks/a&b_mask.tif": ("Nuclear masks", {}),
        "masks/Smith_J_mask.tif": ("Nuclear masks", {}),
        "raw/a&b_WT_t01.tif": ("Mitosis time lapse", {}),
    }
    assert tables(tmp_path, document, files)["filelist_nuclear-masks.tsv"] == [
        ["Files", "source_image"],
        ["masks/aEtb_mask.tif", "raw/aEtb_WT_t01.tif"],
        ["masks/Smith_J_mask.tif", ""],
    ]


def test_a_chunked_image_is_a_source_as_a_whole(tmp_path: Path) -> None:
    document = example_document()
    source = {"pattern": "masks/{stem}.tif", "template": "raw/{stem}.ome.zarr"}
    document["columns"] = [
        {"name": "source_image", "from": source},
        {"name": "Well", "from": {"pattern": "{Well}.ome.zarr"}},
    ]
    files = {
        "masks/B03.tif": ("Nuclear masks", {}),
        "raw/B03.ome.zarr/.zattrs": ("Mitosis time lapse", {}),
        "raw/B03.ome.zarr/0/0": ("Mitosis time lapse", {}),
    }
    found = tables(tmp_path, document, files)
    assert found["filelist_nuclear-masks.tsv"][1] == ["masks/B03.tif", "raw/B03.ome.zarr"]
    assert [row[1] for row in found["filelist_mitosis-time-lapse.tsv"]] == ["Well", "B03", "B03"]


def test_rules_and_cleaned_values_stand_in_the_lists(tmp_path: Path) -> None:
    document = example_document()
    document["columns"] = [
        {"name": "Genotype", "from": {"pattern": "*_{Genotype:letters}_t*"}, "clean": {"case": "lower"}},
        {"name": "Biosample", "refers_to": "biosample", "rules": [{"if": {"Genotype": "wt"}, "value": "HeLa Kyoto"}]},
        {"name": "Study component", "refers_to": "study_component", "rules": [{"files": "**", "value": "x"}]},
    ]
    files = {n: ("Mitosis time lapse", {}) for n in ("a_WT_t1.tif", "a_KO_t1.tif")}
    (rows,) = tables(tmp_path, document, files).values()
    assert rows == [["Files", "Genotype", "Biosample"], ["a_WT_t1.tif", "wt", "HeLa Kyoto"], ["a_KO_t1.tif", "ko", ""]]
