"""A draft goes into a workbook and comes back: nothing changed where nothing was changed, else exactly that."""

from __future__ import annotations

import string
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from form_workbooks import COMPLETE, ENGLISH, a_draft, a_form, exported, looked, told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depositor.draft.answer import Origin, OriginKind
from depositor.draft.draft import Draft, FileGroup
from depositor.draft.message import Message
from depositor.form import profiles
from depositor.form.fields import Field, Form, Kind
from depositor.form.workbook.changes import ChangeKind, apply
from depositor.form.workbook.tables import is_asked, tables
from depositor.form.workbook.values import Wording
from depositor.form.workbook.xlsx_write import FileRow, FileSheet

ALL = tuple(p.id for p in profiles.every() if p.kind == "modality")
ARCHIVES = tuple(p.id for p in profiles.every() if p.kind == "archive")


# --- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("archive", [None, *ARCHIVES])
def test_what_was_not_touched_does_not_change(archive: str | None, tmp_path: Path) -> None:
    form = a_form(*(ALL if archive is None else ()), archive=archive)
    draft = a_draft(license="CC-BY-4.0", release_date="2027-01-31")
    found = looked(exported(tmp_path, form, draft), form, draft)
    assert told(found) == []
    assert (found.findings, found.not_taken) == ((), ())
    assert found.own
    assert found.same > 30


@pytest.mark.parametrize("profile", ALL)
def test_an_empty_form_comes_back_empty(profile: str, tmp_path: Path) -> None:
    form, draft = a_form(profile), a_draft({})
    found = looked(exported(tmp_path, form, draft), form, draft)
    assert (found.changes, found.findings, found.not_taken, found.same) == ((), (), (), 0)


def test_a_workbook_fills_an_empty_draft(tmp_path: Path) -> None:
    form, draft = a_form(*ALL), a_draft(license="CC-BY-4.0", release_date="2027-01-31")
    path = exported(tmp_path, form, draft)
    found = looked(path, form, Draft(id="new"))
    assert all(c.kind is ChangeKind.ADDED and c.taken for c in found.changes)
    new = apply(form, Draft(id="new"), found.changes, path.name)
    assert told(looked(path, form, new)) == []
    assert (new.license, new.release_date) == ("CC-BY-4.0", "2027-01-31")
    assert new.get("study_component[0].associations") == COMPLETE["study_component"][0]["associations"]
    assert new.get("specimen[0].channels") == COMPLETE["specimen"][0]["channels"]
    assert new.get("specimen[0].preparation_method") == '=HYPERLINK("x")'
    assert new.get("study.author[1].affiliation") == [{"name": "A | B"}, {"name": "Elsewhere"}]


def _text() -> st.SearchStrategy[str]:
    letters = st.characters(codec="utf-8", exclude_characters="\x00")
    odd = (
        *[
            "=1+1",
            "+49",
            "-",
            "@x",
            "1,5",
            "TRUE",
            "#REF!",
            "#1",
            "2027-01-31",
            "⏎",
            "_x000D_",
            "depositor:1:a:b:c",
            "#labels",
        ],
        "\u00a0",
    )
    risky = st.sampled_from((*odd, "\tx", "a | b", "a\\|b", "x\ny", " x ", "a [b:c]"))
    return st.one_of(risky, st.text(letters, max_size=20), st.text(string.ascii_letters + " ", min_size=1, max_size=12))


def _value(field: Field) -> st.SearchStrategy[Any]:
    one: st.SearchStrategy[Any]
    if field.subfields:
        one = _record(field.subfields)
    elif field.kind in (Kind.TERM, Kind.TAXON, Kind.TEXT_OR_TERM):
        one = st.one_of(
            _text(), st.fixed_dictionaries({"id": st.just("X:1"), "label": _text()}), st.just({"label": "y"})
        )
    elif field.kind is Kind.NUMBER:
        one = st.one_of(st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6), _text())
    elif field.kind is Kind.BOOLEAN:
        one = st.one_of(st.booleans(), _text())
    elif field.choices:
        one = st.one_of(st.sampled_from([c.value for c in field.choices]), _text())
    else:
        one = st.one_of(_text(), st.sampled_from(["2027-01-31", "1899-01-01", "2026", "0000-0002-1825-0097"]))
    return st.lists(one, max_size=3) if field.many or field.kind is Kind.ASSOCIATIONS else one


def _record(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    asked = {f.key: _value(f) for f in fields if is_asked(f)}
    return st.fixed_dictionaries({}, optional=asked)


def _metadata(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    each = {m.key: st.lists(_record(m.fields), max_size=3) if m.repeats else _record(m.fields) for m in form.modules}
    return st.fixed_dictionaries({}, optional=each)


@pytest.mark.parametrize("profile", ["light-microscopy", "ai-ready", "multiplexed-tissue"])
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_stands_in_a_draft_comes_back_unchanged(profile: str, data: st.DataObject, tmp_path: Path) -> None:
    form = a_form(profile)
    draft = a_draft(data.draw(_metadata(form)))
    found = looked(exported(tmp_path, form, draft), form, draft)
    assert told(found) == []
    assert found.findings == ()


# --- what was changed, and nothing else ------------------------------------------------------------------------------


def edited(path: Path, change: Callable[[Any], None]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def at(sheet: Any, key: str, row: int) -> Any:
    """The cell of a question in a row of records, by the hidden keys."""
    return sheet.cell(row, next(c.column for c in sheet[1] if c.value == key))


def test_a_cell_comes_back_as_exactly_this_change(tmp_path: Path) -> None:
    form, draft = a_form("light-microscopy"), a_draft()

    def change(book: Any) -> None:
        at(book["Biosample"], "description", 5).value = " Knock-down "
        at(book["Biosample"], "intrinsic_variable", 4).value = "SMC2-mEGFP\nH2B-mCherry"
        book["Study"]["C3"] = "Another title that is long enough"

    found = looked(edited(exported(tmp_path, form, draft), change), form, draft)
    assert told(found) == [
        ("changed", "study.title", COMPLETE["study"]["title"], "Another title that is long enough"),
        ("changed", "biosample[0].intrinsic_variable", ["SMC2-mEGFP"], ["SMC2-mEGFP", "H2B-mCherry"]),
        ("added", "biosample[1].description", None, "Knock-down"),
    ]
    assert [c.place for c in found.changes] == ["Study!C3", "Biosample!F4", "Biosample!E5"]
    assert all(c.taken for c in found.changes)
    assert found.findings == ()


def test_a_sorted_renamed_widened_workbook_is_understood(tmp_path: Path) -> None:
    form, draft = a_form("light-microscopy"), a_draft()

    def change(book: Any) -> None:
        sheet = book["Biosample"]
        rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=4, max_row=6)]
        for number, row in enumerate(reversed(rows), 4):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column).value = value
        sheet.insert_cols(3)
        sheet["C2"] = "My own notes"
        sheet["C5"] = "look again"
        sheet.title = "Proben"
        book.move_sheet("Proben", offset=-4)
        del book["Grants"]

    found = looked(edited(exported(tmp_path, form, draft), change), form, draft)
    assert told(found) == []
    assert [(n.place, n.text) for n in found.not_taken] == [("Proben!C2", "My own notes")]


def test_a_workbook_that_another_program_saved_is_the_same() -> None:
    path = Path(__file__).parents[1] / "data" / "workbooks" / "saved-by-libreoffice.xlsx"
    found = looked(path, a_form(), a_draft())
    assert told(found) == []
    assert found.own
    assert (found.findings, found.not_taken) == ((), ())


def test_rows_that_are_new_renamed_copied_and_gone(tmp_path: Path) -> None:
    form, draft = a_form("light-microscopy"), a_draft()

    def change(book: Any) -> None:
        sheet = book["Biosample"]
        at(sheet, "title", 4).value = "HeLa"
        for cell in sheet[6]:  # a copy with its hidden mark, under another name
            sheet.cell(7, cell.column).value = cell.value
        at(sheet, "title", 7).value = "siRNA 2"
        sheet.delete_rows(5)
        channels = book["Channels - Specimen"]
        channels.append([None, "Fixed cells", "DAPI"])
        channels.append([None, "Nobody", "GFP"])

    found = looked(edited(exported(tmp_path, form, draft), change), form, draft)
    assert [(str(c.kind), c.path) for c in found.changes] == [
        ("changed", "biosample[0].title"),
        ("added", "biosample"),
        ("removed", "biosample[1]"),
        ("added", "specimen[1].channels"),
    ]
    assert [c.taken for c in found.changes] == [True, True, False, True]
    assert [(f.check, f.location) for f in found.findings] == [("import.no-parent", "Channels - Specimen!7")]
    new = apply(form, draft, found.changes, "study.xlsx")
    assert [b["title"] for b in new.get("biosample")] == ["HeLa", "siRNA -", "siRNA 2"]
    assert new.get("study_component[0].associations[0].biosample") == "HeLa"
    assert new.get("specimen[1].channels") == [{"channel_label": "DAPI"}]


def test_what_was_emptied_is_a_removal_that_one_has_to_tick(tmp_path: Path) -> None:
    form, draft = a_form(), a_draft()
    path = edited(exported(tmp_path, form, draft), lambda book: book["Study"].__setitem__("C4", None))
    (change,) = looked(path, form, draft).changes
    assert (change.kind, change.path, change.taken) == (ChangeKind.REMOVED, "study.description", False)
    assert apply(form, draft, [change], "x").get("study.description") is None


def test_a_persons_word_is_not_replaced_by_the_workbook_of_another_draft(tmp_path: Path) -> None:
    form, draft = a_form(), a_draft()
    header = Origin(OriginKind.HEADER, "a.czi")
    mine = Draft(id="mine").answer("study.title", "Mine").answer("version.version", "0.9", header)
    found = {c.path: c for c in looked(exported(tmp_path, form, draft), form, mine).changes}
    assert (found["study.title"].taken, found["study.title"].persons) == (False, True)
    assert (found["version.version"].taken, found["version.version"].persons) == (True, False)


def test_values_from_headers_keep_their_origin(tmp_path: Path) -> None:
    form = a_form()
    draft = a_draft().answer("version.version", "1.0", Origin(OriginKind.HEADER, "a.czi"))
    path = exported(tmp_path, form, draft)
    assert "a.czi" in openpyxl.load_workbook(path)["Version"]["C3"].comment.text
    new = apply(form, draft, looked(path, form, draft).changes, "x")
    assert new.origin("version.version") == Origin(OriginKind.HEADER, "a.czi")


def test_taken_values_count_as_a_persons_and_say_where_they_stood(tmp_path: Path) -> None:
    form, draft = a_form(), a_draft()
    new = apply(
        form, Draft(id="x"), looked(exported(tmp_path, form, draft), form, Draft(id="x")).changes, "s.xlsx", "now"
    )
    assert new.origin("study.title") == Origin(OriginKind.TABLE, "s.xlsx", key="Study!C3", at="now", confirmed=True)
    assert new.is_persons("study.title")


def test_a_draft_that_changed_meanwhile_keeps_its_newer_answer(tmp_path: Path) -> None:
    form, draft = a_form(), a_draft()
    path = edited(exported(tmp_path, form, draft), lambda book: book["Study"].__setitem__("C3", "From the sheet"))
    (change,) = looked(path, form, draft).changes
    assert apply(form, draft.answer("study.title", "Newer"), [change], "x").get("study.title") == "Newer"


# --- languages -------------------------------------------------------------------------------------------------------


def test_a_workbook_in_another_language_is_understood(tmp_path: Path) -> None:
    def german(message: Message) -> str:
        return f"Ü {message.english()[::-1]}"

    form, draft = a_form("ai-ready"), a_draft()
    path = exported(tmp_path, form, draft, Wording(german))
    for speaks in (ENGLISH, Wording(german)):
        assert told(looked(path, form, draft, speaks)) == []
        new = apply(form, Draft(id="x"), looked(path, form, Draft(id="x"), speaks).changes, "x")
        assert new.get("study.author[0].role") == ["corresponding author", "data acquisition"]
        assert new.get("image_data[0].contrast_inversion") is False


# --- files -----------------------------------------------------------------------------------------------------------


def test_columns_of_files(tmp_path: Path) -> None:
    form = a_form()
    columns = (
        {"name": "Dose", "values": {"raw/a.tif": "1", "raw/b.tif": "2"}},
        {"name": "Time", "from": {"pattern": "{Time}.tif"}},
    )
    draft = a_draft({}, files=(FileGroup("/raw"),), columns=columns)
    rows = [FileRow(f"raw/{n}.tif", "A", (dose, n)) for n, dose in (("a", "1"), ("b", "2"), ("=c", ""))]
    path = exported(tmp_path, form, draft, files=FileSheet((("Dose", False), ("Time", True)), rows))
    assert told(looked(path, form, draft)) == []

    def change(book: Any) -> None:
        sheet = book["Files"]
        sheet["D4"], sheet["D5"], sheet["D6"] = "10", None, "3"
        sheet["E4"] = "what the name says is not changed here"
        sheet["F2"], sheet["F4"] = "Genotype", "wt"

    found = looked(edited(path, change), form, draft)
    assert told(found) == [
        ("changed", "Dose", {"raw/a.tif": "1"}, {"raw/a.tif": "10", "raw/=c.tif": "3"}),
        ("removed", "Dose", {"raw/b.tif": "2"}, {"raw/b.tif": None}),
        ("added", "Genotype", {}, {"raw/a.tif": "wt"}),
    ]
    new = apply(form, draft, found.changes, "x").columns
    assert new[0] == {"name": "Dose", "values": {"raw/a.tif": "10", "raw/=c.tif": "3"}}
    assert new[1] == columns[1]
    assert new[2] == {"name": "Genotype", "values": {"raw/a.tif": "wt"}}


# --- how it looks and what it holds ----------------------------------------------------------------------------------


def test_a_person_finds_marks_lists_and_protection(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(exported(tmp_path, a_form("light-microscopy"), a_draft()))
    assert book.sheetnames[0] == "Read me"
    assert book["Lists"].sheet_state == "hidden"
    sheet = book["Biosample"]
    assert sheet["B2"].value == "Short name *"
    assert sheet.freeze_panes == "C4"
    assert sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["A"].hidden
    assert (sheet["B2"].protection.locked, sheet["B4"].protection.locked) == (True, False)
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert not sheet.protection.sort
    listed = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert listed["C4:C5000"] in book.defined_names
    organisms = book.defined_names[listed["C4:C5000"]].attr_text
    assert organisms.startswith("'Lists'!$")
    associations = book["What was imaged, and how"].data_validations.dataValidation
    assert "='Biosample'!$B$4:$B$500" in [v.formula1 for v in associations]


def test_no_text_of_a_person_becomes_a_formula(tmp_path: Path) -> None:
    risky = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "=1\n+2"]
    metadata = {"biosample": [{"title": text, "description": text, "intrinsic_variable": [text]} for text in risky]}
    form, draft = a_form(), a_draft(metadata, columns=({"name": "=x", "values": {"=a": "=b"}},))
    path = exported(tmp_path, form, draft, files=FileSheet((("=x", False),), [FileRow("=a", "=g", ("=b",))]))
    book = openpyxl.load_workbook(path)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    started = [c for c in cells if isinstance(c.value, str) and c.value.startswith(("=", "+", "-", "@"))]
    assert len(started) > 20
    assert all(c.quotePrefix for c in started if not c.value.startswith("=answer") and c.parent.title != "Lists")
    assert told(looked(path, form, draft)) == []


@pytest.mark.parametrize("form", [a_form(*ALL), a_form(archive="empiar")], ids=["all profiles", "empiar"])
def test_sheet_names_are_allowed_and_each_once(form: Form, tmp_path: Path) -> None:
    names = openpyxl.load_workbook(exported(tmp_path, form, a_draft({})), read_only=True).sheetnames
    assert len({n.casefold() for n in names}) == len(names) == len(tables(form)) + 3
    assert all(len(n) <= 31 and not set(n) & set("[]:*?/\\") for n in names)
