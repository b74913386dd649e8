"""Tables of antibodies go out and come back as they were, and each fact lands in its one home."""

from __future__ import annotations

from typing import Any

import pytest
from form_drafts import draft

from depositor.form import channel_tables as tables
from depositor.form import profiles
from depositor.form.channel_tables import OPTICAL, from_table, parted, recognised, rows_of, table, to_table

CD3: dict[str, Any] = {
    "channel_id": "Channel:0:13",
    "channel_label": "CD3",
    "cycle": 2,
    "sub_cycle": 1,
    "channel_biological_entity": "CD3",
    "antibody_name": "Anti-CD3",
    "antibody_rrid": "RRID:AB_2889189",
    "channel_content": "Alexa Fluor 555",
    "clone": "D7A6E",
    "lot": "4",
    "vendor": "Cell Signaling Technology",
    "catalog_number": "85061",
    "excitation": 555,
    "emission": 580,
    "emission_from": 570,
    "emission_to": 590,
    "barcode": "TTGCA",
    "barcode_lower": "AACGT",
    "dilution": "1:200",
    "concentration": "2.5 µg/ml",
    "passed_qc": False,
    "qc_details": "Weak",
}
IRON = {"channel_label": "170Er", "channel_biological_entity": "CD8a", "metal": "Er170", "antibody_rrid": "RRID:AB_1"}
DAPI = {"channel_label": "DAPI", "channel_content": "DAPI"}


def test_columns_lead_to_questions_of_the_form() -> None:
    form = profiles.everything()
    for one in tables.tables():
        for column in one.columns:
            home = "light_microscopy" if column.key in OPTICAL else "specimen"
            assert column.const or form.field(f"{home}.channels.{column.key}"), (one.id, column.names)
            assert not column.otherwise or form.field(f"specimen.channels.{column.otherwise}")
        assert any(c.sign for c in one.columns)


def test_every_column_of_the_grid_for_antibodies_is_in_the_table_of_miti() -> None:
    form = profiles.load(("multiplexed-tissue",), None)
    grid = form.field("specimen.channels")
    assert grid
    told = {c.key for c in table("miti").columns}
    assert {f.key for f in grid.subfields} - told == {"signal_contrast_mechanism", "hgnc_symbol", "uniprot_accession"}


def test_miti_goes_out_and_comes_back() -> None:
    head, *lines = to_table(table("miti"), [CD3, IRON, DAPI])
    assert head[:2] == ("Channel ID", "Channel Name")
    assert recognised(head) is table("miti")
    taken = from_table(table("miti"), head, lines)
    assert taken.not_taken == ()
    assert taken.rows[0] == CD3
    assert taken.rows[1] == {**IRON, "channel_id": "170Er"}
    assert taken.rows[2] == {**DAPI, "channel_id": "DAPI"}


def test_isotopes_stand_in_two_columns_whatever_their_order() -> None:
    head, line = to_table(table("miti"), [{"channel_label": "a", "metal": "171Yb"}])
    told = dict(zip(head, line, strict=True))
    assert (told["Metal isotope: Element"], told["Metal isotope: Mass"]) == ("Yb", "171")
    for order in (("metal_isotope_mass", "metal_isotope_element"), ("metal_isotope_element", "metal_isotope_mass")):
        cells = [{"metal_isotope_mass": "171", "metal_isotope_element": "Yb"}[o] for o in order]
        assert from_table(table("miti"), order, [cells]).rows[0]["metal"] in ("Yb171", "171Yb")


def test_hubmap_goes_out_and_comes_back() -> None:
    full = {**CD3, "hgnc_symbol": "CD3E", "uniprot_accession": "P07766"}
    head, *lines = to_table(table("hubmap"), [full, DAPI])
    assert len(lines) == 1  # a stain is no antibody
    told = dict(zip(head, lines[0], strict=True))
    assert told["antibody_rrid"] == "AB_2889189"
    assert (told["dilution_factor"], told["antibody_concentration_value"]) == ("200", "2.5")
    assert told["antibody_concentration_unit"] == "ug/ml"
    assert recognised(head) is table("hubmap")
    back = from_table(table("hubmap"), head, lines).rows[0]
    assert back["antibody_rrid"] == "RRID:AB_2889189"
    assert back["dilution"] == "1:200"
    assert back["concentration"] == "2.5 ug/ml"
    assert "metadata_schema_id" not in back


def test_headings_may_be_spelled_in_another_way() -> None:
    head = ("channel_name", "TARGET NAME", "RRID_identifier", "Weather")
    assert recognised(head) is table("miti")
    taken = from_table(table("miti"), head, [["CD3", "CD3", "AB_1", "rain"], ["", "n/a", "", ""]])
    assert taken.rows == ({"channel_label": "CD3", "channel_biological_entity": "CD3", "antibody_rrid": "RRID:AB_1"},)
    assert taken.not_taken == ("Weather",)


@pytest.mark.parametrize("head", [(), ("a", "b"), ("Channel Name",), ("Clone", "Lot", "Vendor")])
def test_other_tables_are_not_taken_for_one(head: tuple[str, ...]) -> None:
    assert recognised(head) is None


def test_what_cannot_be_read_is_kept_as_it_is() -> None:
    row = from_table(table("miti"), ("Channel Name", "Cycle Number", "Passed QC"), [["a", "first", "perhaps"]]).rows[0]
    assert row == {"channel_label": "a", "cycle": "first", "passed_qc": "perhaps"}


def test_each_fact_goes_to_its_one_home_and_back_into_one_row() -> None:
    specimen, optics = parted([CD3, {**CD3, "cycle": 3}, DAPI])
    assert optics == (
        {"channel_label": "CD3", "excitation": 555, "emission": 580, "emission_from": 570, "emission_to": 590},
    )
    assert all(not set(row) & set(OPTICAL) for row in specimen)
    given = draft(specimen=[{"channels": list(specimen)}], light_microscopy=[{"channels": list(optics)}])
    assert rows_of(given, 0)[0] == CD3
    assert rows_of(given, 0)[2] == DAPI


def test_wavelengths_that_differ_between_acquisitions_are_not_told() -> None:
    light = [{"channels": [{"channel_label": "CD3", "excitation": e, "emission": 580}]} for e in (555, 561)]
    given = draft(specimen=[{"channels": [{"channel_label": "CD3"}]}], light_microscopy=light)
    assert rows_of(given, 0) == ({"emission": 580, "channel_label": "CD3"},)


@pytest.mark.parametrize("odd", [None, "text", [1, "a", None], {"channel_label": ["x"]}])
def test_odd_shapes_give_no_rows_and_no_error(odd: Any) -> None:
    given = draft(specimen=[{"channels": odd}], light_microscopy=odd)
    to_table(table("miti"), rows_of(given, 0))
