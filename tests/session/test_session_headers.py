"""Which files are asked for the facts of a set, and what is said where they differ."""

import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from depositor import resources
from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.inventory import SetKind
from depositor.scan.inventory import Inventory
from depositor.scan.walk import walk
from depositor.session import file_facts, headers
from depositor.session.places import Places

DATA = Path(__file__).parents[1] / "data" / "scan"
IMAGE = ImageFacts(size_x=4, size_y=3, pixel_size_x_um=0.1, keys={"size_x": "a", "size_y": "a", "pixel_size_x_um": "b"})


@pytest.fixture
def scanned(tmp_path):
    db = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    for name in sorted(resources.names("migrations", ".sql")):
        db.executescript(resources.text(f"migrations/{name}.sql"))
    db.execute("INSERT INTO draft (id, created, changed, document) VALUES ('d', '', '', '{}')")

    def scan(folder):
        places = Places([FileGroup(str(folder))])
        inventory = Inventory(db, "d")
        inventory.fill(walk([folder], [()], Cancel()), [str(folder)])
        return inventory, places

    yield scan
    db.close()


def test_the_index_of_a_plate_tells_and_a_tiff_is_shown(scanned, tmp_path):
    folder = shutil.copytree(DATA / "plates" / "yokogawa", tmp_path / "plate")
    inventory, places = scanned(folder)
    (plate,) = [s for s in inventory.sets() if s.kind is SetKind.PLATE]
    assert headers.asked_of(inventory, places, plate) == (folder / "MeasurementData.mlf",)
    assert headers.representative(inventory, places, plate).suffix == ".tif"


def test_a_stack_is_asked_at_both_ends_and_in_the_middle(scanned, tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    for n in range(11):
        (folder / f"img_{n:03}.tif").write_bytes(b"II*\0" + bytes(50))
    inventory, places = scanned(folder)
    (stack,) = inventory.sets()
    assert [p.name for p in headers.asked_of(inventory, places, stack)] == ["img_000.tif", "img_005.tif", "img_010.tif"]


def test_a_chunked_image_is_asked_as_a_whole(scanned, tmp_path):
    shutil.copytree(DATA / "zarr" / "plate-01.zarr", tmp_path / "study" / "plate-01.zarr")
    inventory, places = scanned(tmp_path / "study")
    (plate,) = inventory.sets()
    assert headers.asked_of(inventory, places, plate) == (tmp_path / "study" / "plate-01.zarr",)


def test_files_of_one_set_that_differ_are_all_told():
    same = FileFacts("s", "TIFF", "tiff", (IMAGE,))
    other = replace(IMAGE, pixel_size_x_um=0.2)
    assert headers.together([same, same, same]) == same
    found = headers.together([same, same, FileFacts("s", "TIFF", "tiff", (other,))])
    assert [i.pixel_size_x_um for i in found.images] == [0.1, 0.2]
    assert [p.code for p in found.problems] == ["header.set-differs"]


def test_both_values_of_a_set_reach_the_form():
    from depositor.form.filling.gathering import gather

    facts = headers.together(
        [
            FileFacts("s", "TIFF", "tiff", (IMAGE,)),
            FileFacts("s", "TIFF", "tiff", (replace(IMAGE, pixel_size_x_um=0.2),)),
        ]
    )
    (group,) = gather([facts]).formats.values()
    assert len(group.tally("pixel_size").values()) == 2


def test_headers_of_a_draft_are_read_set_by_set(desk, tmp_path):
    study = tmp_path / "study"
    shutil.copytree(DATA / "plates" / "yokogawa", study / "plate")
    shutil.copytree(DATA / "light", study / "light")
    opened = desk.new_draft()
    opened.add_paths([study])
    opened.scan(Cancel())
    opened.read_headers(Cancel())
    facts = {f.path: f for f in opened.inventory().facts()}
    plate = next(f for path, f in facts.items() if path.endswith("plate"))
    assert {(i.well, i.field) for i in plate.images} >= {("D08", "1"), ("E03", "3")}
    olympus = next(f for path, f in facts.items() if path.endswith("fv1000.oif"))
    assert olympus.images[0].objective is not None
    told = file_facts.per_file(opened.inventory(), lambda _: True)
    wells = {told(row).get("Well") for row in opened.inventory().files() if row.path.endswith(".tif")}
    assert wells == {"D08"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_files_made_to_harm_cost_only_themselves(desk, tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    os.mkfifo(study / "pipe.tif")
    (study / "device.tif").symlink_to("/dev/zero")
    (study / "loop").symlink_to(study)
    (study / "itself.tif").write_bytes(b"II*\0\x08\0\0\0\0\0\x08\0\0\0")
    (study / "deep.ome.xml").write_text("<OME>" + "<a>" * 500_000)
    shutil.copy(DATA / "ome-tiff" / "multiseries.ome.tiff", study / "good.ome.tiff")
    opened = desk.new_draft()
    opened.add_paths([study])
    opened.scan(Cancel())
    assert opened.read_headers(Cancel()) == 3
    facts = {f.path.rpartition("/")[2]: f for f in opened.inventory().facts()}
    assert facts["good.ome.tiff"].images
    assert [p.code for p in facts["deep.ome.xml"].problems] == ["header.damaged"]
    assert [p.code for p in facts["itself.tif"].problems] == ["header.truncated"]
    assert sorted(facts) == ["deep.ome.xml", "good.ome.tiff", "itself.tif"]
