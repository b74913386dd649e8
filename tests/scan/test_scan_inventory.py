"""The inventory: what it keeps, in which order it tells, and what survives a second scan."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scan_made import write

from depositor import resources
from depositor.draft.cancel import Cancel
from depositor.draft.facts import Channel, FileFacts, ImageFacts, Objective
from depositor.draft.inventory import Batch, FileRow, Ignored, ImageSet, SetKind, Summary
from depositor.draft.message import msg
from depositor.draft.problem import Stopped
from depositor.scan import inventory as inventories
from depositor.scan import kinds, troubles
from depositor.scan.inventory import Inventory
from depositor.scan.walk import walk


@pytest.fixture
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path_factory.mktemp("store") / "store.db", isolation_level=None)
    connection.executescript(resources.text("migrations/0001.sql"))
    yield connection
    connection.close()


def _batches() -> list[Batch]:
    def row(path: str, size: int, set_path: str | None) -> FileRow:
        return FileRow(0, path, size, 1000 + size, size, set_path)

    return [
        Batch(
            (row("b/img_1.tif", 10, "b/img_1.tif"), row("b/img_2.tif", 20, "b/img_1.tif"), row("notes.TXT", 5, None)),
            (ImageSet(0, SetKind.STACK, "b/img_1.tif", 2, 30, "img_#.tif"), ImageSet(0, SetKind.OTHER, ".", 1, 5)),
            (Ignored(0, "Thumbs.db", kinds.why("desktop")),),
            (troubles.problem("scan.empty", "b", 7),),
        ),
        Batch(
            (row("b/img_3.tif", 30, "b/img_1.tif"), row("z.zarr/0/0.0", 100, "z.zarr"), row("a_%.czi", 7, "a_%.czi")),
            (
                ImageSet(0, SetKind.STACK, "b/img_1.tif", 1, 30, "img_#.tif"),
                ImageSet(0, SetKind.ZARR, "z.zarr", 1, 100, "v2"),
                ImageSet(0, SetKind.SINGLE, "a_%.czi", 1, 7),
            ),
        ),
    ]


def test_totals_and_rows_are_those_of_the_batches(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    summary = inventory.fill(_batches(), ["/data"])
    assert summary == inventory.summary()
    types = (("zarr", 1, 100), ("tif", 3, 60), ("czi", 1, 7), ("txt", 1, 5))
    assert summary == Summary(6, 172, 4, 1, 1, 100, types, complete=True, images=3, other_files=1)
    assert [f.path for f in inventory.files()] == sorted(f.path for b in _batches() for f in b.files)
    assert {f for b in _batches() for f in b.files} == set(inventory.files())
    assert inventory.roots() == (Path("/data"),)


def test_parts_of_one_set_add_up(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    stack = next(s for s in inventory.sets() if s.kind is SetKind.STACK)
    assert (stack.files, stack.bytes, stack.detail) == (3, 60, "img_#.tif")
    assert [f.path for f in inventory.files_of(stack)] == ["b/img_1.tif", "b/img_2.tif", "b/img_3.tif"]
    other = next(s for s in inventory.sets() if s.kind is SetKind.OTHER)
    assert [f.path for f in inventory.files_of(other)] == ["notes.TXT"]
    zarr = next(s for s in inventory.sets() if s.kind is SetKind.ZARR)
    assert [f.path for f in inventory.files_of(zarr)] == ["z.zarr/0/0.0"]


def test_notes_come_back_as_they_were(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    assert list(inventory.notes("ignored")) == list(_batches()[0].ignored)
    assert list(inventory.notes("problem")) == list(_batches()[0].problems)
    assert list(inventory.notes("problem", offset=1)) == []
    assert (inventory.count("ignored"), inventory.count("problem"), inventory.count("set")) == (1, 1, 4)


@pytest.mark.parametrize("order", ["path", "-path", "size", "-size", "time", "-time"])
def test_pages_join_to_the_whole_in_every_order(
    db: sqlite3.Connection, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventories, "_PAGE", 2)
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    whole = list(inventory.files(order=order))
    assert len(whole) == 6
    key = {"path": lambda f: f.path, "size": lambda f: (f.size, f.path), "time": lambda f: (f.mtime_ns, f.path)}
    assert whole == sorted(whole, key=key[order.lstrip("-")], reverse=order.startswith("-"))
    paged = [f for at in range(0, 6, 4) for f in inventory.files(offset=at, limit=4, order=order)]
    assert paged == whole
    assert list(inventory.files(offset=3, limit=1, order=order)) == whole[3:4]


def test_the_filter_takes_text_literally_and_any_case(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    assert [f.path for f in inventory.files(contains="IMG_")] == ["b/img_1.tif", "b/img_2.tif", "b/img_3.tif"]
    assert [f.path for f in inventory.files(contains="_%")] == ["a_%.czi"]
    assert inventory.count("file", contains="%") == 1
    assert [s.path for s in inventory.sets(contains="zarr")] == ["z.zarr"]
    assert next(s.path for s in inventory.sets(order="-size")) == "z.zarr"


def test_a_second_fill_replaces_and_drafts_do_not_mix(db: sqlite3.Connection) -> None:
    one, two = Inventory(db, "d1"), Inventory(db, "d2")
    one.fill(_batches(), ["/data"])
    two.fill(_batches(), ["/other"])
    one.fill(_batches()[1:], ["/data"])
    assert one.count("file") == 3
    assert one.count("problem") == 0
    assert two.count("file") == 6


def test_stopped_keeps_what_was_found_and_stays_incomplete(db: sqlite3.Connection) -> None:
    def broken() -> Iterator[Batch]:
        yield _batches()[0]
        from depositor.scan.sieve import stopped

        raise stopped()

    inventory = Inventory(db, "d1")
    with pytest.raises(Stopped):
        inventory.fill(broken(), ["/data"])
    assert not inventory.summary().complete
    assert inventory.summary().files == inventory.count("file") == 3
    assert not db.in_transaction


def test_progress_only_grows(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventories, "_PROGRESS_SECONDS", 0.0)
    told: list[Summary] = []
    Inventory(db, "d1").fill(_batches(), ["/data"], told.append)
    assert [s.files for s in told] == [3, 6]
    assert not any(s.complete for s in told)


_FACTS = FileFacts(
    "b/img_1.tif",
    "TIFF",
    "tiff",
    (
        ImageFacts(
            name="x",
            size_x=3,
            pixel_size_x_um=0.5,
            channels=(Channel("DAPI", emission_nm=461.0),),
            objective=Objective("Plan", 63.0, 1.4, "Oil"),
            keys={"size_x": "ImageWidth"},
        ),
    ),
    (troubles.problem("scan.empty", "b", 7),),
)


def test_facts_come_back_as_they_were_and_are_no_longer_unread(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    unread = []
    for one in inventory.unread():
        unread.append(one.path)
        inventory.store_facts(one.root, one.path, inventory.stamp(one), replace(_FACTS, path=one.path))
    assert unread == ["a_%.czi", "b/img_1.tif", "z.zarr"]
    assert list(inventory.unread()) == []
    assert [f.path for f in inventory.facts()] == unread
    assert list(inventory.facts())[1] == _FACTS


def test_facts_survive_a_scan_only_where_nothing_changed(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    for one in inventory.unread():
        inventory.store_facts(one.root, one.path, inventory.stamp(one), replace(_FACTS, path=one.path))
    changed = _batches()
    first = changed[0].files[0]
    changed[0] = replace(changed[0], files=(replace(first, mtime_ns=first.mtime_ns + 1), *changed[0].files[1:]))
    inventory.fill(changed, ["/data"])
    assert [s.path for s in inventory.unread()] == ["b/img_1.tif"]
    inventory.fill(changed, ["/elsewhere"])
    assert len(list(inventory.unread())) == 3


def test_a_walk_fills_it(db: sqlite3.Connection, tmp_path: Path) -> None:
    for n in range(5):
        write(tmp_path / f"d{n}" / "x.czi", b"1" * n)
    inventory = Inventory(db, "d1")
    summary = inventory.fill(walk([tmp_path], [()], Cancel()), [tmp_path])
    assert (summary.files, summary.bytes, summary.sets, summary.problems) == (5, 10, 5, 1)
    assert next(inventory.notes("problem")).path == "d0/x.czi"


def test_a_store_counts_as_zarr_whatever_its_folder_is_called(db: sqlite3.Connection) -> None:
    rows = (
        FileRow(0, "0/0", 5, 1, 1, "."),
        FileRow(1, "img/0/0", 5, 1, 1, "img"),
        FileRow(2, "IM0002", 7, 1, 1, "IM0001"),
    )
    summary = Inventory(db, "d1").fill([Batch(rows)], ["/a.zarr", "/b", "/c"])
    assert summary.by_type == (("zarr", 2, 10), ("", 1, 7))


def test_an_empty_inventory_is_incomplete(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "none")
    assert inventory.summary() == Summary()
    assert list(inventory.files()) == list(inventory.facts()) == []


def test_messages_stay_translatable(db: sqlite3.Connection) -> None:
    inventory = Inventory(db, "d1")
    inventory.fill(_batches(), ["/data"])
    found = next(inventory.notes("problem"))
    assert found.message.id == "scan.empty"
    assert found.message.plural == "{n} files in this folder are empty."
    assert found.advice == msg("scan.empty.advice", found.advice.text)
