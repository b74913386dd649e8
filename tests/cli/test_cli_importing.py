"""import, template, new --from and export --as xlsx on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from cli_running import Run

from depositor import resources
from depositor.session.desk import Desk
from depositor.session.worker import Worker


@pytest.fixture(scope="module")
def warm() -> Iterator[Worker]:
    """One worker process for all tests of this file: what starts it is tested elsewhere."""
    found = Worker()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _shared(warm: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "worker", lambda _: warm)


@pytest.fixture
def document(tmp_path: Path, run: Run) -> Path:
    images = tmp_path / "images"
    images.mkdir()
    (images / "a.tif").write_bytes(resources.path("examples/images/stacks/greenZstack.tif").read_bytes())
    out = tmp_path / "study.depositor.json"
    assert run("new", str(images), "--archive", "practice", "--out", str(out), "--title", "The first title").code == 0
    return out


def test_out_edited_in(document: Path, tmp_path: Path, run: Run) -> None:
    done = run("export", str(document), "--as", "xlsx", "--out", str(tmp_path), "--json")
    (path,) = done.json()["files"]
    book = openpyxl.load_workbook(path)
    book["Study"]["C3"], book["Study"]["C4"] = None, "What was done, and why"
    book.save(path)
    dry = run("import", str(document), path, "--dry-run", "--json").json()
    assert (dry["taken"], len(dry["previews"][0]["changes"])) == (0, 2)
    done = run("import", str(document), path)
    assert "+ Description: What was done, and why  Study!C4" in done.out
    assert "left out unless" in done.out
    study = json.loads(document.read_text("utf-8"))["metadata"]["study"]
    assert (study["title"], study["description"]) == ("The first title", "What was done, and why")
    assert run("import", str(document), path, "--take", "all", "--json").json()["taken"] == 1
    assert "title" not in json.loads(document.read_text("utf-8"))["metadata"]["study"]


def test_what_could_not_be_taken_is_an_exit_code(document: Path, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "t.tsv"
    table.write_text("Title\tAnother title of a study\nRelease date\t03/04/2027\n")
    done = run("import", str(document), str(table), "--take", "added", "--json")
    assert done.code == 1
    assert [f["location"] for f in done.json()["previews"][0]["findings"] if f["check"] == "import.day"] == ["B2"]
    assert done.json()["taken"] == 0


def test_a_new_document_from_a_filled_template(tmp_path: Path, run: Run) -> None:
    sheet = tmp_path / "t.xlsx"
    assert run("template", "--archive", "practice", "--out", str(sheet), "--json").json() == {
        "files": [sheet.as_posix()]
    }
    assert run("template", "--out", str(sheet)).code == 3
    book = openpyxl.load_workbook(sheet)
    book["Study"]["C3"] = "From the sheet"
    book.save(sheet)
    images = tmp_path / "images"
    images.mkdir()
    out = tmp_path / "s.depositor.json"
    done = run("new", str(images), "--archive", "practice", "--out", str(out), "--from", str(sheet), "--json")
    assert [c["path"] for c in done.json()["previews"][0]["changes"]] == ["study.title"]
    assert json.loads(out.read_text("utf-8"))["metadata"]["study"]["title"] == "From the sheet"


def test_a_file_without_a_description(document: Path, tmp_path: Path, run: Run) -> None:
    done = run("import", str(document), str(tmp_path / "images" / "a.tif"), "--json")
    assert done.code == 3
    assert done.json()["problems"][0]["code"] == "import.unknown"


HUBMAP = (
    "channel_id\thgnc_symbol\tantibody_rrid\tuniprot_accession_number\tlot_number\tconjugated_tag\n"
    "Channel:0:1\tCD3E\tAB_2335677\tP07766\t12345\tAF647\n"
)


def test_an_antibody_table_says_what_only_another_way_of_imaging_asks(document: Path, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "antibodies.tsv"
    table.write_text(HUBMAP)
    done = run("import", str(document), table, "--dry-run")
    assert "Channel:0:1 · AF647 · CD3E" in done.out  # the names stand in for what a plain form does not ask
    assert done.out.splitlines()[-1] == "1 change would be taken; nothing was written."
    assert "antibody_rrid" in done.err
    assert "hgnc_symbol" not in done.err
    whole = json.loads(document.read_text("utf-8")) | {"profiles": ["multiplexed-tissue"]}
    document.write_text(json.dumps(whole))
    done = run("import", str(document), table)
    assert "antibody_rrid" not in done.err
    (channel,) = json.loads(document.read_text("utf-8"))["metadata"]["specimen"][0]["channels"]
    assert (channel["antibody_rrid"], channel["hgnc_symbol"]) == ("RRID:AB_2335677", "CD3E")


def test_a_table_without_any_question_is_not_called_equal(document: Path, tmp_path: Path, run: Run) -> None:
    table = tmp_path / "t.csv"
    table.write_text("apples,pears\n1,2\n")
    done = run("import", str(document), table)
    assert "does not ask" in done.out
    assert "differs" not in done.out
