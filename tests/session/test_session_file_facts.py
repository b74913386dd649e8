"""What a header says of one file stands in the file list: numbers and places on a plate, and nothing about people."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from depositor import resources
from depositor.draft.facts import FileFacts, ImageFacts
from depositor.draft.inventory import Batch, FileRow, ImageSet, SetKind
from depositor.draft.submission import State
from depositor.scan.inventory import Inventory
from depositor.session import file_facts

IMAGE = ImageFacts(
    name="Jane Doe",
    size_x=64,
    size_y=48,
    size_z=5,
    size_c=2,
    pixel_size_x_um=0.10834567,
    acquired="2020-01-02",
    description="Jane Doe, born 1970",
    plate="Plate 3",
    well="B02",
    field="4",
)


def told(*images, harmless=lambda _: True):
    return file_facts.cells(FileFacts("a.tif", "TIFF", "tiff", images), harmless)


def test_numbers_and_places_are_told_and_nothing_else():
    assert told(IMAGE) == {
        "Size X": "64", "Size Y": "48", "Size Z": "5", "Channels": "2", "Pixel size X (µm)": "0.108346",
        "Plate": "Plate 3", "Well": "B02", "Field": "4",
    }  # fmt: skip
    assert told() == {}


def test_of_several_images_only_what_all_say():
    other = replace(IMAGE, size_z=7, well="B03", size_y=None)
    assert told(IMAGE, other).keys() == told(IMAGE).keys() - {"Size Z", "Well", "Size Y"}


@pytest.mark.parametrize("text", ["Mueller", "Jane Doe 1", "19700102-123", "000001234567", "plate of Ada 3", "B02\t3"])
def test_a_place_that_could_be_anything_is_not_told(text):
    odd = replace(IMAGE, plate=text, well=text, field=text)
    assert not {"Plate", "Well", "Field"} & told(odd).keys()


def test_what_a_check_found_is_not_told():
    assert "Well" not in told(IMAGE, harmless=lambda text: text != "B02")


@pytest.fixture
def inventory(tmp_path):
    db = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    for name in sorted(resources.names("migrations", ".sql")):
        db.executescript(resources.text(f"migrations/{name}.sql"))
    db.execute("INSERT INTO draft (id, created, changed, document) VALUES ('d', '', '', '{}')")
    yield Inventory(db, "d")
    db.close()


def filled(inventory, kind, path, names, files=None):
    rows = tuple(FileRow(0, name, 1, 0, 0, path) for name in names)
    inventory.fill([Batch(files=rows, sets=(ImageSet(0, kind, path, files or len(names), 1),))], ["/study"])
    inventory.store_facts(0, path, "", FileFacts(path, images=(IMAGE,)))
    ask = file_facts.per_file(inventory, lambda _: True)
    return [ask(row) for row in inventory.files()]


def test_single_files_and_small_ome_tiff_sets_have_facts(inventory):
    assert [f["Size Z"] for f in filled(inventory, SetKind.SINGLE, "a.tif", ["a.tif"])] == ["5"]
    pair = filled(inventory, SetKind.OME_TIFF, "a.ome.tif", ["a.ome.tif", "b.ome.tif"])
    assert [f["Size Z"] for f in pair] == ["5", "5"]


@pytest.mark.parametrize(
    ("kind", "files"), [(SetKind.ZARR, 2), (SetKind.STACK, 2), (SetKind.DICOM, 2), (SetKind.OME_TIFF, 500)]
)
def test_files_that_share_a_header_of_another_have_none(inventory, kind, files):
    assert filled(inventory, kind, "a.tif", ["a.tif", "b.tif"], files) == [{}, {}]


def test_each_file_of_a_plate_has_its_own_well(inventory):
    names = ["p/Index.idx.xml", "p/r02c03f04p01-ch1sk1fk1fl1.tiff", "p/r16c24f09p01-ch1sk1fk1fl1.tiff"]
    rows = tuple(FileRow(0, name, 1, 0, 0, "p") for name in names)
    plate = ImageSet(0, SetKind.PLATE, "p", 90_000, 1, "Index.idx.xml")
    inventory.fill([Batch(files=rows, sets=(plate,))], ["/study"])
    two = (replace(IMAGE, size_z=3), replace(IMAGE, well="B03"))
    inventory.store_facts(0, "p", "", FileFacts("p", "Opera", "opera", two))
    index, one, other = map(file_facts.per_file(inventory, lambda _: True), inventory.files())
    assert index == {}
    assert (one["Plate"], one["Well"], one["Field"]) == ("Plate 3", "B03", "4")
    assert (other["Well"], other["Field"], other["Pixel size X (µm)"]) == ("P24", "9", "0.108346")
    assert "Size Z" not in one  # of the plane, not of the stack that the index tells


def test_the_chunks_of_a_set_cost_one_look_into_the_store(inventory):
    looks = []
    inventory._db.set_trace_callback(lambda sql: looks.append(sql) if "FROM inventory_set" in sql else None)
    rows = [FileRow(0, f"a.zarr/{n}", 1, 0, 0, "a.zarr") for n in range(10_000)]
    ask = file_facts.per_file(inventory, lambda _: True)
    assert all(ask(row) == {} for row in rows)
    assert len(looks) == 1


def test_the_practice_archive_takes_lists_with_facts(desk, ready):
    sealed = ready.seal()
    run = desk.deposit(sealed.id)
    receipt = run.run()
    assert receipt.state in (State.ACCEPTED, State.PUBLIC)
    (path,) = (Path(f.source) for f, _ in run.files() if f.name == "filelist_stacks-and-channels.tsv")
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    assert {"Size X", "Size Z"} <= set(rows[0])
    by_name = {row[0].rpartition("/")[2]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    green = by_name["greenZstack.tif"]
    assert (green["Size X"], green["Size Y"]) == tuple(str(n) for n in _size("greenZstack.tif"))
    assert by_name["zarr.json"]["Size X"] == ""  # a chunk of something larger


def _size(name):
    import tifffile

    (path,) = resources.path("examples").rglob(name)
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        return page.imagewidth, page.imagelength


def test_what_a_finding_says_is_not_told_in_a_list(desk, ready):
    from depositor.session import seal

    harmless = seal.harmless(desk, ready)
    evidence = next(f.evidence for f in ready.privacy() if f.evidence)
    assert not harmless(evidence)
    assert not harmless("Jane Doe 1970-01-02")
    assert harmless("B02")
