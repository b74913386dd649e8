"""Columns, groups and pairs of a draft over real files, from the names to the file lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding, Level
from depositor.draft.message import msg
from depositor.draft.problem import NeedsUser, Stopped
from depositor.draft.submission import SubmissionFile
from depositor.session.annotations import pairing
from depositor.session.columns import column_edits as edits
from depositor.session.columns import column_table, name_offers
from depositor.session.columns import file_columns as columns
from depositor.session.desk import Desk
from depositor.session.home import Home
from depositor.session.open_draft import OpenDraft

WHAT = msg("test", "A change")
DOCUMENT = {
    "depositor": 1,
    "archive": "bioimage-archive",
    "files": [{"path": "raw", "study_component": "Cells"}, {"path": "masks", "annotations": "Nuclei"}],
    "metadata": {
        "study_component": [{"name": "Cells"}, {"name": "Controls"}],
        "annotations": [{"title": "Nuclei"}],
        "biosample": [{"title": "Wild type"}, {"title": "Knock-out"}],
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np
    import tifffile

    folder = tmp_path_factory.mktemp("study")
    (folder / "raw").mkdir()
    (folder / "masks").mkdir()
    for n, genotype in enumerate(("wt", "ko", "ctl", "wt")):
        name = f"exp_{n}_{genotype}_t0{n}"
        tifffile.imwrite(folder / "raw" / f"{name}.tif", np.full((20, 30), n, "uint16"))
        mask = np.zeros((20, 30) if n else (8, 8), "uint16")
        mask[:2, :2] = 1
        if n < 3:
            tifffile.imwrite(folder / "masks" / f"{name}_mask.tif", mask.astype("float32") if n == 2 else mask)
    tifffile.imwrite(folder / "masks" / "alone_mask.tif", np.eye(6, dtype="uint8"))
    (folder / "s.depositor.json").write_text(json.dumps(DOCUMENT), "utf-8")
    return folder


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(Home.at(tmp_path_factory.mktemp("home")).create())
    yield made
    made.close()


@pytest.fixture
def opened(study: Path, desk: Desk) -> Iterator[OpenDraft]:
    made = desk.load(study / "s.depositor.json")
    made.scan(Cancel())
    yield made
    made.close()


def preview(opened: OpenDraft, before: columns.Preview | None = None) -> columns.Preview:
    names = before.names if before else columns.names_of(opened, Cancel())
    return columns.preview(opened.draft, opened.places, names, Cancel(), before=before)


def genotype(opened: OpenDraft) -> None:
    names = columns.names_of(opened, Cancel())
    path = names.paths[0]
    start = path.index("_wt_") + 1
    pattern = name_offers.learnt(names, [(path, start, start + 2)], "Genotype")
    assert pattern is not None
    opened.update(WHAT, lambda draft: edits.with_pattern(draft, "Genotype", pattern))


def lists(opened: OpenDraft, folder: Path) -> dict[str, list[list[str]]]:
    written = opened.export("file-lists", folder)
    return {p.name: [line.split("\t") for line in p.read_text("utf-8").splitlines()] for p in written}


def test_a_chosen_part_is_a_column_of_the_file_list(opened: OpenDraft, tmp_path: Path) -> None:
    genotype(opened)
    opened.update(WHAT, lambda draft: edits.with_renamed_value(draft, "Genotype", "ctl", "control"))
    shown = preview(opened)
    (view,) = shown.views
    assert (view.filled, [shown.names.paths[n] for n in view.missing]) == (7, ["masks/alone_mask.tif"])
    assert {v.value: v.files for v in view.values} == {"wt": 3, "ko": 2, "control": 2}
    assert lists(opened, tmp_path)["filelist_cells.tsv"] == [
        ["Files", "Genotype"],
        ["raw/exp_0_wt_t00.tif", "wt"],
        ["raw/exp_1_ko_t01.tif", "ko"],
        ["raw/exp_2_ctl_t02.tif", "control"],
        ["raw/exp_3_wt_t03.tif", "wt"],
    ]


def test_values_assign_files_to_samples_and_lists(opened: OpenDraft, tmp_path: Path) -> None:
    genotype(opened)
    opened.update(WHAT, lambda d: edits.assigned(d, "biosample", "Wild type", when={"Genotype": "wt"}))
    opened.update(WHAT, lambda d: edits.assigned(d, "study_component", "Controls", when={"Genotype": "ctl"}))
    found = lists(opened, tmp_path)
    assert found["filelist_controls.tsv"][1:] == [["raw/exp_2_ctl_t02.tif", "ctl"]]
    assert len(found["filelist_nuclei.tsv"]) == 5  # masks of controls stay annotations
    assert found["filelist_cells.tsv"][1] == ["raw/exp_0_wt_t00.tif", "wt", "Wild type"]
    assert not [f for f in opened.validate() if f.check in ("form.no-files", "form.homeless")]
    opened.undo()
    assert edits.rules(opened.draft, "study_component") == []
    assert edits.rules(opened.draft, "biosample") != []


def test_the_same_condition_said_again_replaces_the_old_one(opened: OpenDraft) -> None:
    genotype(opened)
    draft = edits.assigned(opened.draft, "biosample", "Wild type", files="raw/**")
    draft = edits.assigned(draft, "biosample", "Knock-out", when={"Genotype": "ko"})
    draft = edits.assigned(draft, "biosample", "Knock-out", files="raw/**")
    assert [(r.get("files"), r["value"]) for r in edits.rules(draft, "biosample")] == [
        ("raw/**", "Knock-out"),
        (None, "Knock-out"),
    ]
    draft = edits.without_rule(edits.without_rule(draft, "biosample", 0), "biosample", 0)
    assert edits.find(draft, "Biosample") is None


def test_a_heading_that_changes_takes_its_patterns_and_rules_along(opened: OpenDraft) -> None:
    genotype(opened)
    draft = edits.assigned(opened.draft, "biosample", "Wild type", when={"Genotype": "wt"})
    draft = edits.renamed(draft, "Genotype", "Strain")
    opened.update(WHAT, lambda _: draft)
    row = preview(opened).row("raw/exp_0_wt_t00.tif")
    assert row == {"Strain": "wt", "Biosample": "Wild type"}


def test_files_of_nothing_are_told_where_rules_decide(opened: OpenDraft, desk: Desk) -> None:
    groups = [g.__class__(g.path) for g in opened.draft.files]
    opened.set_files(groups)
    opened.scan(Cancel())
    opened.update(WHAT, lambda d: edits.assigned(d, "study_component", "Cells", files="raw/**"))
    shown = preview(opened)
    assert len(shown.homeless) == 4
    assert pairing.wanted(opened)
    pairing.examine(opened, desk.worker(), Cancel())
    found = next(f for f in opened.validate() if f.check == "files.homeless")
    assert found.level is Level.BLOCKER
    assert found.message.english() == "4 files belong to nothing yet."
    opened.set_files([groups[0].__class__(g["path"]) for g in ({"path": x.path} for x in groups)])


def test_a_new_preview_keeps_what_did_not_change(opened: OpenDraft) -> None:
    genotype(opened)
    first = preview(opened)
    opened.update(WHAT, lambda d: edits.with_pattern(d, "Time", "*_t{Time:digits}*"))
    second = preview(opened, first)
    assert second.view("Genotype") is first.view("Genotype")
    assert second.homes == first.homes == {("study_component", "Cells"): 4, ("annotations", "Nuclei"): 4}
    whole = preview(opened)
    assert [(v.name, v.filled, v.values) for v in second.views] == [(v.name, v.filled, v.values) for v in whole.views]
    opened.update(WHAT, lambda d: edits.for_group(d, "Time", "annotations", "Nuclei"))
    third = preview(opened, second)
    assert third.view("Time").filled == 3
    assert third.row("raw/exp_0_wt_t00.tif") == {"Genotype": "wt"}


def test_slips_look_odd() -> None:
    assert columns.odd_values({"control": 900, "Control": 2, "drug": 800}) == {"Control"}
    assert columns.odd_values({"A01": 50, "A02": 50, "x": 1}) == {"x"}
    assert columns.odd_values({"a": 1, "b": 1}) == frozenset()


def test_looking_through_names_can_be_stopped(opened: OpenDraft) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Stopped):
        columns.names_of(opened, cancel)


# --- tables -----------------------------------------------------------------------------------------------------------


def test_a_pasted_table_finds_its_files() -> None:
    paths = ("raw/a.tif", "raw/b.ome.tif", "x/c.tif", "y/c.tif")
    table = column_table.parsed("File name\tDose\tNote\na.tif\t5\t\nb\t7\tx\nc.tif\t1\t\nzz.tif\t9\t\nx\\c.tif\t3\t\n")
    found = column_table.matched(table, paths)
    assert found.columns == {
        "Dose": {"raw/a.tif": "5", "raw/b.ome.tif": "7", "x/c.tif": "3"},
        "Note": {"raw/b.ome.tif": "x"},
    }
    assert (found.unknown, found.unclear, found.missing) == (("zz.tif",), ("c.tif",), 1)


@pytest.mark.parametrize("text", ["", "one\ntwo\n", "a;b", '"a,b\nc,d\x00'])
def test_what_is_no_table_is_told(text: str) -> None:
    with pytest.raises(NeedsUser) as told:
        column_table.parsed(text)
    assert told.value.problem.code == "columns.no-table"


def test_tables_from_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("\ufefffile;größe\na;3\n".encode())
    (tmp_path / "b.csv").write_bytes("file;größe\na;3\n".encode("cp1252"))
    assert {column_table.read(tmp_path / n).headings for n in ("a.csv", "b.csv")} == {("file", "größe")}
    with pytest.raises(NeedsUser) as told:
        column_table.read(tmp_path / "gone.csv")
    assert told.value.problem.code == "columns.table-unreadable"


def test_too_many_single_values_are_refused(opened: OpenDraft) -> None:
    with pytest.raises(ValueError, match="too many"):
        edits.with_values(opened.draft, "A", {str(n): "x" for n in range(edits.MOST_VALUES + 1)})
    draft = edits.with_values(opened.draft, "A", {"raw/a.tif": "x"})
    assert edits.find(edits.with_values(draft, "A", {"raw/a.tif": ""}), "A") is None


# --- annotations ------------------------------------------------------------------------------------------------------


def told(opened: OpenDraft) -> dict[str, Finding]:
    return {f.check: f for f in opened.validate() if f.check.startswith("annotations.")}


def test_masks_are_held_against_their_images(opened: OpenDraft, desk: Desk) -> None:
    assert told(opened) == {}
    report = pairing.examine(opened, desk.worker(), Cancel())
    (group,) = report.groups
    assert group.pairs["masks/exp_1_ko_t01_mask.tif"] == "raw/exp_1_ko_t01.tif"
    assert group.coverage == "3 of 4 images annotated"
    found = told(opened)
    assert set(found) == {f"annotations.{c}" for c in ("orphans", "unannotated", "mask-size", "mask-type")}
    assert found["annotations.orphans"].path == "masks/alone_mask.tif"
    assert found["annotations.mask-size"].path == "masks/exp_0_wt_t00_mask.tif"
    assert "8 × 8 pixels, its image 30 × 20" in found["annotations.mask-size"].message.english()
    assert all(f.why is not None or f.advice is not None for f in found.values())


def test_pairs_become_source_images_of_the_list(opened: OpenDraft, desk: Desk, tmp_path: Path) -> None:
    group = pairing.examine(opened, desk.worker(), Cancel()).groups[0]
    assert not pairing.said(opened.draft, group)
    opened.update(WHAT, lambda d: pairing.with_coverage(pairing.with_pairs(d, group), group))
    assert pairing.said(opened.draft, group)
    assert opened.draft.get("annotations[0].annotation_coverage") == "3 of 4 images annotated"
    assert not opened.draft.is_persons("annotations[0].annotation_overview")
    assert lists(opened, tmp_path)["filelist_nuclei.tsv"] == [
        ["Files", "source_image"],
        ["masks/alone_mask.tif", ""],
        ["masks/exp_0_wt_t00_mask.tif", "raw/exp_0_wt_t00.tif"],
        ["masks/exp_1_ko_t01_mask.tif", "raw/exp_1_ko_t01.tif"],
        ["masks/exp_2_ctl_t02_mask.tif", "raw/exp_2_ctl_t02.tif"],
    ]


def test_what_a_person_pairs_counts(opened: OpenDraft, desk: Desk) -> None:
    alone, image = "masks/alone_mask.tif", "raw/exp_3_wt_t03.tif"
    opened.update(WHAT, lambda d: pairing.with_pair(d, "Nuclei", alone, image))
    group = pairing.examine(opened, desk.worker(), Cancel()).groups[0]
    assert group.pairs[alone] == image
    assert group.orphans == ()
    opened.update(WHAT, lambda d: pairing.with_pairs(d, group))
    opened.update(WHAT, lambda d: pairing.with_pair(d, "Nuclei", alone, None))
    assert pairing.examine(opened, desk.worker(), Cancel()).groups[0].orphans == (alone,)


def test_a_report_of_another_draft_tells_nothing(opened: OpenDraft, desk: Desk) -> None:
    pairing.examine(opened, desk.worker(), Cancel())
    assert told(opened)
    genotype(opened)
    assert told(opened) == {}
    assert pairing.wanted(opened)


def test_files_that_are_the_same_in_training_and_test(tmp_path: Path, desk: Desk) -> None:
    for split, names in (("train", "ab"), ("test", "cd")):
        (tmp_path / split / "images").mkdir(parents=True)
        for name in names:
            (tmp_path / split / "images" / f"{name}.png").write_bytes(b"same" if name in "ad" else name.encode() * 4)
    (tmp_path / "coco.json").write_text('{"images": [{"id": 1, "file_name": "gone.png"}], "annotations": []}')
    files = [{"path": "train"}, {"path": "test"}, {"path": "coco.json", "annotations": "Boxes"}]
    metadata = {"annotations": [{"title": "Boxes"}]}
    document = {"depositor": 1, "archive": "practice", "files": files, "metadata": metadata}
    (tmp_path / "s.depositor.json").write_text(json.dumps(document))
    opened = desk.load(tmp_path / "s.depositor.json")
    try:
        opened.scan(Cancel())
        pairing.examine(opened, desk.worker(), Cancel())
        found = told(opened)
        assert found["annotations.splits"].path == "test/images/d.png"
        assert "gone.png" in found["annotations.named-missing"].message.english()
        assert "annotations.orphans" not in found
    finally:
        opened.close()


def test_nothing_is_sealed_while_rules_leave_files_out(opened: OpenDraft) -> None:
    from depositor.session import seal

    opened.update(WHAT, lambda d: edits.assigned(d, "study_component", "Cells", files="raw/*_wt_*"))
    rows = [SubmissionFile(n, "x", f"raw/{n}", f"raw/{n}", 1, 1, group="Cells" if n else None) for n in range(3)]
    with pytest.raises(NeedsUser) as told:
        list(seal._homed(opened, iter(rows)))
    assert told.value.problem.message.english() == "1 file belongs to nothing yet."
    assert told.value.problem.path == "raw/0"
    opened.undo()
    assert list(seal._homed(opened, iter(rows))) == rows  # the form tells of folders without a home


def test_names_of_patients_typed_into_a_column_are_found(opened: OpenDraft) -> None:
    from depositor.session import checks

    typed = {"raw/exp_0_wt_t00.tif": "Patient name: Jane Doe, born 1961-04-03"}
    draft = edits.with_values(opened.draft, "Note", typed)
    found = checks.with_answers((), draft, checks.known(opened._desk.store.connection(), opened.id))
    assert [f.location for f in found if (f.location or "").startswith("columns[")]
    assert not checks.with_answers((), opened.draft, checks.known(opened._desk.store.connection(), opened.id))
