"""The journal file: migrations, refusal of what is not ours, and honest words when the disk is the trouble."""

import contextlib
import sqlite3
import threading

import psutil
import pytest

from depositor import resources
from depositor.draft.problem import Damaged, NeedsUser, Retryable
from depositor.session import store as stores
from depositor.session.store import Store, migrations


def tables(path):
    with sqlite3.connect(path) as db:
        return {r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}


def test_migration_1_makes_every_table_and_notes_its_number(tmp_path):
    store = Store(tmp_path / "depositor.sqlite")
    store.close()
    wanted = {
        "draft",
        "draft_change",
        "inventory",
        "inventory_file",
        "inventory_set",
        "inventory_note",
        "privacy_result",
    }
    wanted |= {"submission", "submission_file", "upload", "step", "digest"}
    assert wanted <= tables(tmp_path / "depositor.sqlite")
    with sqlite3.connect(tmp_path / "depositor.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(migrations()),)


def test_migration_2_makes_room_for_what_stands_in_pictures_and_keeps_the_rest(tmp_path):
    path = tmp_path / "depositor.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(f"{dict(migrations())[1]}\nPRAGMA user_version=1;")
        db.execute("INSERT INTO privacy_result VALUES ('d', 'a.tif', '1:2', '[]', '[]')")
    Store(path).close()
    assert {"picture_text", "picture_result"} <= tables(path)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT path FROM privacy_result").fetchone() == ("a.tif",)


def test_every_migration_is_numbered_without_a_gap():
    numbers = [n for n, _ in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == len(resources.names("migrations", ".sql"))


def test_opening_again_changes_nothing(tmp_path):
    path = tmp_path / "depositor.sqlite"
    first = Store(path)
    with first.transaction() as db:
        db.execute("INSERT INTO draft (id, created, changed, document) VALUES ('a', '', '', '{}')")
    first.close()
    second = Store(path)
    assert second.connection().execute("SELECT id FROM draft").fetchone()["id"] == "a"
    second.close()


def test_it_writes_ahead_and_fully(tmp_path):
    store = Store(tmp_path / "depositor.sqlite")
    assert store.connection().execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert store.connection().execute("PRAGMA synchronous").fetchone()[0] == 2
    store.close()


def test_on_a_network_drive_it_uses_the_rollback_journal(tmp_path):
    store = Store(tmp_path / "depositor.sqlite", shared_folder=True)
    assert store.connection().execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    store.close()


def test_a_store_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "depositor.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    before = path.read_bytes()
    with pytest.raises(Damaged) as caught:
        Store(path)
    assert caught.value.problem.code == "store.too-new"
    assert path.read_bytes() == before


def test_a_file_that_is_no_store_is_named_damaged_and_kept(tmp_path):
    path = tmp_path / "depositor.sqlite"
    path.write_bytes(b"this is not a database, it is a letter to a friend" * 100)
    with pytest.raises(Damaged) as caught:
        Store(path)
    assert caught.value.problem.code == "store.damaged"
    assert path.read_bytes().startswith(b"this is not")


def test_a_full_disk_is_told_as_such(tmp_path):
    store = Store(tmp_path / "depositor.sqlite")
    store.connection().execute("PRAGMA max_page_count=1")
    blob = "x" * 1_000_000
    with pytest.raises(NeedsUser) as caught, store.transaction() as db:
        db.execute("INSERT INTO draft (id, created, changed, document) VALUES ('a', '', '', ?)", (blob,))
    assert caught.value.problem.code == "store.disk-full"
    assert store.connection().execute("SELECT count(*) FROM draft").fetchone()[0] == 0
    store.close()


def test_a_failed_transaction_leaves_nothing(tmp_path):
    store = Store(tmp_path / "depositor.sqlite")

    def write():
        with store.transaction() as db:
            db.execute("INSERT INTO draft (id, created, changed, document) VALUES ('a', '', '', '{}')")
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert store.connection().execute("SELECT count(*) FROM draft").fetchone()[0] == 0
    store.close()


def test_threads_write_without_losing_a_row(tmp_path):
    store = Store(tmp_path / "depositor.sqlite")

    def write(thread):
        for at in range(20):
            with store.transaction() as db:
                db.execute(
                    "INSERT INTO digest (path, size, mtime_ns, inode, sha256) VALUES (?, 1, 1, 1, 'x')",
                    (f"{thread}/{at}",),
                )

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.connection().execute("SELECT count(*) FROM digest").fetchone()[0] == 80
    store.close()


def test_migration_3_makes_room_for_parts_and_proofs_and_keeps_the_rest(tmp_path):
    path = tmp_path / "depositor.sqlite"
    known = dict(migrations())
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f"{known[1]}\n{known[2]}\nPRAGMA user_version=2;")
        db.execute("INSERT INTO digest (path, size, mtime_ns, inode, sha256) VALUES ('a', 1, 2, 3, 'f')")
        db.commit()
    with contextlib.closing(Store(path)) as store:
        db = store.connection()
        assert tuple(db.execute("SELECT * FROM digest").fetchone()) == ("a", 1, 2, 3, "f", "{}")
        assert db.execute("SELECT count(*) FROM upload_part").fetchone()[0] == 0
        assert db.execute("SELECT count(proof) FROM submission_file").fetchone()[0] == 0


def test_threads_that_are_over_hold_nothing(tmp_path):
    """A window that is open for weeks has had thousands; some systems allow 256 open files."""
    kept = Store(tmp_path / "a.sqlite")
    counted = []

    def look():
        kept.connection().execute("SELECT count(*) FROM draft").fetchone()
        counted.append(sum(f.path == str(kept.path) for f in psutil.Process().open_files()))

    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert max(counted) <= 3  # the one of this thread, of that one, and of one that is just over
    kept.close()


def test_rows_outlive_the_thread_that_asked_for_them(tmp_path):
    kept = Store(tmp_path / "a.sqlite")
    rows = []
    thread = threading.Thread(target=lambda: rows.append(kept.connection().execute("VALUES (1), (2), (3)")))
    thread.start()
    thread.join()
    assert [row[0] for row in rows[0]] == [1, 2, 3]
    kept.close()


def test_a_busy_reader_on_a_network_drive_leaves_no_transaction_open(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "_WAIT_S", 0.05)
    kept = Store(tmp_path / "a.sqlite", shared_folder=True)
    with contextlib.closing(sqlite3.connect(kept.path)) as other:
        rows = other.execute("SELECT name FROM sqlite_master")
        next(rows)
        with pytest.raises(Retryable), kept.transaction() as db:
            db.execute("INSERT INTO draft (id, created, changed, document) VALUES ('a', '', '', '{}')")
        rows.close()
    with kept.transaction() as db:
        assert db.execute("SELECT count(*) FROM draft").fetchone()[0] == 0
    kept.close()
