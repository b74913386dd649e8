"""What goes and what stays of a file: read from a real trial copy, for the formats that people send most."""

import shutil
from pathlib import Path

import pytest

from depositor import resources
from depositor.draft.cancel import Cancel
from depositor.draft.draft import FileGroup
from depositor.draft.finding import Choice, Decision, Level
from depositor.session import outcome
from depositor.session.desk import Desk
from depositor.session.home import Home

DATA = Path(__file__).parents[1] / "data" / "privacy" / "dicom"
NAME, NUMBER = "Teklehaimanot Winta", "MRN-5520918"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    found = Desk(Home.at(tmp_path_factory.mktemp("home")))
    found.settings.set("privacy_pixels", "none")
    yield found
    found.close()


@pytest.fixture(scope="module")
def opened(desk, tmp_path_factory):
    """A study with a table, a TIFF, a JPEG and a DICOM file, checked."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("study") / "data"
    folder.mkdir()
    (folder / "table.csv").write_text(f"patient name,patient id,stain\n{NAME},{NUMBER},DAPI\n")
    info = Image.Exif()
    info[0x013B] = "Dr Ingrid Halvorsen"  # Artist
    info[0x0131] = "ScopeWorks 4.2"  # Software
    Image.new("RGB", (32, 16)).save(folder / "photo.jpg", exif=info)
    Image.new("L", (32, 16)).save(folder / "plane.tif", exif=info)
    shutil.copy(DATA / "01_headers.dcm", folder / "slice.dcm")
    shutil.copy(resources.path("examples") / "images/time-lapse/TZ_nucleus.ome.tif", folder / "cells.ome.tif")
    found = desk.new_draft("practice", "A study")
    found.set_files([FileGroup(str(folder))])
    found.scan(Cancel())
    found.check_privacy(Cancel())
    return found


def looked(desk, opened, name, *, reveal=False):
    """The outcome as if all findings of the file were cleaned that are more than notes."""
    shown = f"data/{name}"
    also = [f for f in opened.privacy() if f.path == shown and f.level is not Level.INFO]
    return outcome.preview(desk, opened, shown, also, reveal=reveal)


def stays(found, text):
    return any(text in e.value for e in found.stays)


@pytest.mark.parametrize(
    ("name", "goes", "remains"),
    [
        ("table.csv", (NAME, NUMBER), "DAPI"),
        ("plane.tif", ("Dr Ingrid Halvorsen",), "ScopeWorks 4.2"),
        ("photo.jpg", ("Dr Ingrid Halvorsen",), "ScopeWorks 4.2"),
    ],
)
def test_what_identifies_goes_and_the_rest_stays(desk, opened, name, goes, remains):
    found = looked(desk, opened, name, reveal=True)
    assert found.problem is None
    told = " ".join(e.value for e in found.goes)
    assert all(value in told for value in goes)
    assert not any(stays(found, value) for value in goes)
    assert stays(found, remains)


def test_of_dicom_every_attribute_is_told(desk, opened):
    found = looked(desk, opened, "slice.dcm", reveal=True)
    assert found.problem is None
    names = {e.name for e in found.goes}
    assert {"PatientName", "PatientID", "PatientBirthDate"} <= names
    kept = {e.name for e in found.stays}
    assert {"Rows", "Columns", "Modality"} <= kept
    assert not names & kept & {"PatientName", "PatientID"}
    assert any(e.instead for e in found.goes if e.name == "StudyInstanceUID"), "a new one stands in its place"


def test_sizes_of_pictures_stay(desk, opened):
    assert any(e.place == "image:0" and e.value.startswith("32 × 16") for e in looked(desk, opened, "plane.tif").stays)


def test_values_are_masked_until_asked_for(desk, opened):
    found = looked(desk, opened, "table.csv")
    assert all(e.masked for e in found.goes)
    told = " ".join(e.value for e in (*found.goes, *found.stays))
    assert NAME not in told
    assert NUMBER not in told


def test_what_nobody_decided_stays_and_is_masked(desk, opened):
    found = outcome.preview(desk, opened, "data/table.csv")
    assert found.goes == ()
    assert not stays(found, NAME)
    assert any(e.masked for e in found.stays)


def test_of_a_file_that_is_left_out_nothing_stays(desk, opened):
    name = next(f for f in opened.privacy() if f.path == "data/plane.tif")
    opened.decide([Decision(name.key, Choice.EXCLUDE, "", "me", "")])
    found = outcome.preview(desk, opened, "data/plane.tif")
    assert found.left_out
    assert found.stays == ()
    opened.undo()


def test_an_open_file_of_the_field_keeps_its_description(desk, opened):
    found = looked(desk, opened, "cells.ome.tif", reveal=True)
    assert found.problem is None
    assert any("SizeX" in e.place or e.name == "size" for e in found.stays)


def test_the_original_is_not_touched(desk, opened):
    path = opened.places.locate("data/slice.dcm")
    before = path.read_bytes()
    looked(desk, opened, "slice.dcm")
    assert path.read_bytes() == before


def test_a_file_too_large_for_a_trial_tells_what_was_found(desk, opened, monkeypatch):
    from depositor.privacy import clean
    from depositor.session import outcome_reading

    monkeypatch.setattr(outcome_reading, "LARGEST_COPY", 1)
    monkeypatch.setattr(clean, "can_patch", lambda *_: False)
    path = opened.places.locate("data/table.csv")
    findings = [f for f in opened.privacy() if f.path == "data/table.csv"]
    from depositor.privacy.known import NOTHING_KNOWN
    from depositor.privacy.policy import PUBLIC

    read = outcome_reading.read(path, "data/table.csv", findings, PUBLIC, NOTHING_KNOWN)
    assert read.after is None
    assert read.note is not None
