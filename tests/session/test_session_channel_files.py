"""Tables of channels for communities: what is written can be read again, and computes nothing in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from depositor.draft.draft import Draft
from depositor.draft.problem import DepositError
from depositor.form import channel_tables
from depositor.session import channel_files

CHANNELS = [
    {"channel_label": "CD3", "antibody_name": "anti-CD3", "antibody_rrid": "RRID:AB_1", "cycle": 2, "dilution": "1:50"},
    {"channel_label": "=HYPERLINK(1)", "antibody_name": "anti-CD8", "antibody_rrid": "RRID:AB_2", "cycle": 3},
]
DRAFT = Draft(id="d", metadata={"specimen": [{"title": "A"}, {"title": "B", "channels": CHANNELS}]})


@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
@pytest.mark.parametrize("table", [t.id for t in channel_tables.tables()])
def test_what_is_written_is_read_again(tmp_path: Path, name: str, table: str) -> None:
    path = tmp_path / name
    assert channel_files.write(DRAFT, 1, table, path) == 2
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t" if name.endswith("tsv") else ","))
    of = channel_tables.recognised(lines[0])
    assert of is not None
    assert of.id == table
    taken = channel_tables.from_table(of, lines[0], lines[1:])
    assert [r["antibody_rrid"] for r in taken.rows] == ["RRID:AB_1", "RRID:AB_2"]
    assert not [cell for line in lines for cell in line if cell.startswith("=")]


def test_a_specimen_without_channels_gives_the_headings_alone(tmp_path: Path) -> None:
    assert channel_files.write(DRAFT, 0, channel_files.tables()[0].id, tmp_path / "t.csv") == 0


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DepositError):
        channel_files.write(DRAFT, 1, channel_files.tables()[0].id, tmp_path / "file" / "t.csv")


def test_numbers_stay_numbers() -> None:
    text = channel_files.text_of([("-80", "+1", "@x", "-x")], tabs=False)
    assert text == "-80,+1,'@x,'-x\r\n"


def test_the_light_of_a_channel_is_told_where_all_agree() -> None:
    one = {"channels": [{"channel_label": "GFP", "emission": 510}, {"channel_label": "Cy5"}, "odd"]}
    other = {"channels": [{"channel_label": "GFP", "emission": 520}, {"channel_label": "Cy5", "emission": 670}]}
    light = channel_files.light_of(Draft(id="d", metadata={"light_microscopy": [one, other, None]}))
    assert light == {"GFP": {}, "Cy5": {"emission": 670}}
