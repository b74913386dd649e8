"""What one file tells is looked for in all; decisions about files, folders and names reach the seal."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Choice, Decision, Level
from depositor.draft.problem import NeedsUser
from depositor.session import checks, chosen, copies, draft_secret, seal
from depositor.session.seal import planned
from depositor.transfer.source import Source

DICOM = Path(__file__).parents[1] / "data" / "privacy" / "dicom"


@pytest.fixture
def opened(desk, tmp_path):
    """A DICOM file that names a patient, and a note in another folder that names the same one."""
    folder = tmp_path / "data"
    (folder / "scans").mkdir(parents=True)
    (folder / "notes").mkdir()
    shutil.copy(DICOM / "01_headers.dcm", folder / "scans" / "one.dcm")
    (folder / "notes" / "remark.txt").write_text(f"Second look at {name_in(folder / 'scans' / 'one.dcm')}, all well.\n")
    (folder / "notes" / "plain.txt").write_text("Nothing to tell.\n")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    found.scan(Cancel())
    return found


def name_in(path):
    import pydicom

    return str(pydicom.dcmread(path).PatientName).split("^")[0]


def decide(opened, choice, wanted):
    found = [f for f in opened.privacy() if wanted(f)]
    assert found
    opened.decide([Decision(f.key, choice, "because", "me", "2026-01-01T00:00:00Z") for f in found])
    return found


def test_a_name_in_one_header_is_found_in_another_file(opened):
    found = opened.check_privacy(Cancel())
    remarks = [f for f in found if f.path == "data/notes/remark.txt"]
    assert any(f.level is Level.BLOCKER for f in remarks)
    assert not [f for f in found if f.path == "data/notes/plain.txt"]


def test_the_second_look_is_remembered_and_forgotten_with_its_cause(desk, opened, tmp_path):
    opened.check_privacy(Cancel())
    asked = []
    real = desk.worker().map
    desk.worker().map = lambda function, arguments, cancel: real(
        function, (asked.append(a) or a for a in arguments), cancel
    )
    opened.check_privacy(Cancel())
    assert asked == [], "nothing changed, so that nothing is read again"
    (tmp_path / "data" / "scans" / "one.dcm").unlink()
    opened.scan(Cancel())
    assert opened.check_privacy(Cancel()) == ()
    assert asked == [], "nothing is left to be learnt, which needs no reading"
    rows = desk.store.connection().execute("SELECT path FROM privacy_result WHERE draft_id=?", (opened.id,))
    assert {r[0] for r in rows} == {"data/notes/remark.txt", "data/notes/plain.txt", checks.DONE, checks.KNOWN}


def test_a_changed_file_is_read_again_alone(desk, opened, tmp_path):
    opened.check_privacy(Cancel())
    (tmp_path / "data" / "notes" / "plain.txt").write_text("Written by ada@example.org.\n")
    opened.scan(Cancel())
    found = opened.check_privacy(Cancel())
    assert [f for f in found if f.path == "data/notes/plain.txt"]
    assert [f for f in found if f.path == "data/notes/remark.txt"], "what was learnt stays"


def test_a_file_that_came_after_the_check_is_not_taken_for_checked(desk, tmp_path):
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "a.txt").write_text("Patient: Rosalind Achterberg")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    found.scan(Cancel())
    found.check_privacy(Cancel())
    found.scan(Cancel())
    assert {f.path for f in found.privacy()} == {"later/a.txt"}, "nothing changed: the check still counts"
    (folder / "a.txt").rename(folder / "b.txt")
    found.scan(Cancel())
    assert found.privacy() is None, "another name, and nobody looked at it"
    found.check_privacy(Cancel())
    assert {f.path for f in found.privacy()} == {"later/b.txt"}
    (folder / "c.txt").write_text("Patient: Jadwiga Nowak")
    found.scan(Cancel())
    assert found.privacy() is None
    found.check_privacy(Cancel())
    assert {f.path for f in found.privacy()} == {"later/b.txt", "later/c.txt"}


def test_names_from_files_are_found_in_the_form(opened, tmp_path):
    name = name_in(tmp_path / "data" / "scans" / "one.dcm")
    opened.check_privacy(Cancel())
    opened.edit("study.description", f"Images of {name} before and after.")
    assert [f for f in opened.privacy() if f.location == "study.description"]


def test_progress_ends_at_the_total(opened):
    told = []
    opened.check_privacy(Cancel(), lambda done, of: told.append((done, of)))
    assert told[-1] == (3, 3)


def test_a_stopped_check_goes_on(desk, opened):
    cancel = Cancel()
    cancel.set()
    checks.check_files(desk, opened.id, opened.inventory(), opened.places, cancel, None)
    assert opened.privacy() is None
    assert opened.check_privacy(Cancel())


# --- decisions -------------------------------------------------------------------------------------------------------


@pytest.fixture
def named(desk, tmp_path):
    """A folder whose name is that of a patient."""
    folder = tmp_path / "data" / "Patient Amara Okonkwo"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    (folder / "b.txt").write_text("two")
    (tmp_path / "data" / "c.txt").write_text("three")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(tmp_path / "data"))])
    found.scan(Cancel())
    assert [f for f in found.check_privacy(Cancel()) if f.location == "folder"]
    return found


def test_excluding_a_folder_takes_its_files_out(desk, named):
    decide(named, Choice.EXCLUDE, lambda f: f.location == "folder")
    assert [f.name for f in planned(desk, named, named.capabilities)] == ["data/c.txt"]


def test_cleaning_a_folders_name_renames_it_for_all_its_files_without_a_copy(desk, named, tmp_path):
    decide(named, Choice.CLEAN, lambda f: f.location == "folder")
    files = list(planned(desk, named, named.capabilities))
    folders = {f.name.split("/")[1] for f in files if f.name.count("/") == 2}
    assert len(folders) == 1
    assert not any(part in f.name for f in files for part in ("Amara", "Okonkwo"))
    assert {Path(f.source).parent.name for f in files} == {"data", "Patient Amara Okonkwo"}, "the originals are sent"
    assert not chosen.copies_planned(named).findings


def made_copies(desk, opened, folder):
    return copies.make(desk, opened, chosen.copies_planned(opened), folder, Cancel(), None)


@pytest.fixture
def slide(desk, tmp_path):
    """A tilt series that names a person in its labels."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(Path(__file__).parents[1] / "data" / "privacy" / "microscopy" / "tilt.mrc", folder / "tilt.mrc")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    found.scan(Cancel())
    assert found.check_privacy(Cancel())
    return found


def test_a_file_that_is_mended_in_place_is_sent_without_a_copy(desk, slide, tmp_path):
    decide(slide, Choice.CLEAN, lambda f: f.location not in ("name", "folder"))
    original = tmp_path / "data" / "tilt.mrc"
    before = original.read_bytes()
    need = copies.need(desk, slide, chosen.copies_planned(slide))
    assert (need.files, need.copied, need.bytes, need.fits) == (1, 0, 0, True)
    made = made_copies(desk, slide, tmp_path / "copies")
    [row] = planned(desk, slide, slide.capabilities, made)
    source = Source(row)
    source.open()
    sent = source.read(0, row.size)
    source.close()
    assert original.read_bytes() == before
    assert len(sent) == len(before)
    assert sent[1024:] != before[1024:] or sent[:1024] != before[:1024]
    assert b"Thijs" in before
    assert b"Thijs" not in sent


def test_copies_that_do_not_fit_on_the_disk_are_not_begun(desk, opened, tmp_path, monkeypatch):
    opened.check_privacy(Cancel())
    decide(opened, Choice.CLEAN, lambda f: f.path.endswith(".dcm"))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(copies.shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with pytest.raises(NeedsUser) as caught:
        made_copies(desk, opened, tmp_path / "copies")
    assert caught.value.problem.code == "seal.copies-no-room"
    assert not (tmp_path / "copies").exists()


def test_copies_of_one_draft_agree(desk, opened, tmp_path):
    shutil.copy(tmp_path / "data" / "scans" / "one.dcm", tmp_path / "data" / "scans" / "two.dcm")
    opened.scan(Cancel())
    opened.check_privacy(Cancel())
    decide(opened, Choice.CLEAN, lambda f: f.path.endswith(".dcm"))
    import pydicom

    made = made_copies(desk, opened, tmp_path / "copies")
    again = made_copies(desk, opened, tmp_path / "again")
    paths = [c.source for c in (*made.values(), *again.values())]
    assert len(paths) == 4
    original = pydicom.dcmread(tmp_path / "data" / "scans" / "one.dcm").StudyInstanceUID
    uids = {pydicom.dcmread(p).StudyInstanceUID for p in paths}
    assert len(uids) == 1
    assert original not in uids
    assert [f.name for f in planned(desk, opened, opened.capabilities, made)][-1] == "data/scans/two.dcm"


def test_the_secret_is_kept_for_this_user_alone_and_in_no_document(desk, home, opened):
    secret = draft_secret.of_draft(home.state, opened.id)
    assert draft_secret.of_draft(home.state, opened.id) == secret
    place = home.state / "secrets" / opened.id
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    opened.flush()
    assert secret.hex() not in json.dumps([tuple(r) for r in desk.store.connection().execute("SELECT * FROM draft")])
    place.write_bytes(b"half")
    assert len(draft_secret.of_draft(home.state, opened.id)) == 32


def test_a_failed_seal_leaves_no_folder_behind(desk, opened, home):
    opened.check_privacy(Cancel())
    decide(opened, Choice.EXCLUDE, lambda f: True)
    opened.decide(
        [Decision(f"privacy:names:data:{n}", Choice.EXCLUDE, "x", "me", "2026-01-01T00:00:00Z") for n in range(2)]
    )
    before = set(home.submissions.iterdir())
    broken = desk.capabilities("practice")
    real, seal.planned = seal.planned, lambda *a: (_ for _ in ()).throw(OSError(28, "full"))
    try:
        with pytest.raises(Exception, match=r"seal\.no-room"):
            seal.seal(desk, opened, broken, Cancel(), None)
    finally:
        seal.planned = real
    assert set(home.submissions.iterdir()) == before


# --- a deposit that was stopped before its seal ----------------------------------------------------------------------


def test_what_was_found_out_is_taken_up_again(desk, example):
    first = desk.take_up(example)
    desk.discard(first.id)
    first.scan(Cancel())
    first.check_privacy(Cancel())
    first.close()
    content = json.loads(example.read_text("utf-8"))
    content["metadata"]["study"]["title"] = "Another title, but the same files"
    example.write_text(json.dumps(content), encoding="utf-8")
    again = desk.take_up(example)
    assert again.id == first.id
    assert again.draft.title == "Another title, but the same files"
    assert again.privacy() is not None
    other = desk.take_up(example)
    assert other.id == first.id or other.privacy() is None
    content["files"] = content["files"][:1]
    example.write_text(json.dumps(content), encoding="utf-8")
    again.close()
    assert desk.take_up(example).id != first.id
