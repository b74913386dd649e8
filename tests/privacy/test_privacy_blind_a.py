"""What files made without a look at the rules brought to light: turned writing, packed fields, tables of numbers."""

import gzip
import io
import json
import struct

import numpy as np
import pydicom
import pytest
from dicom_samples import scan, write
from picture_texts import written
from PIL import Image
from planted_dicom import plain, saved
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from depositor.draft.finding import Level, Subject
from depositor.draft.region import Region
from depositor.privacy import examine, judge
from depositor.privacy.dicom import packed as dicom_packed
from depositor.privacy.dicom import text as dicom_text
from depositor.privacy.dicom.identity import is_study_label
from depositor.privacy.kinds import Kind
from depositor.privacy.known import Known
from depositor.privacy.pixels import engine, judging, look, words
from depositor.privacy.pixels.judging import Seen
from depositor.privacy.pixels.likeness import Seeds
from depositor.privacy.pixels.ports import Line, Picture
from depositor.privacy.policy import Policy
from depositor.privacy.remedies.dicom import DicomRemedy, reading, seeds, wording
from depositor.privacy.remedies.dicom.painting import paint
from depositor.scan.frames import read
from depositor.scan.frames.base import Amount

needs_engine = pytest.mark.skipif(not engine.installed(), reason="the extra ocr is not installed")


def kinds(path):
    found = examine.file(path, path.name).findings
    return {f.evidence: judge.kind_in_key(f.key) for f in found}


def judged(*texts, medical=True):
    lines = tuple(Line(t, 0.99, 10, 10 + 40 * n, 12.0 * len(t), 20) for n, t in enumerate(texts))
    return judging.findings("a.dcm", [Seen("pixels", None, lines)], medical=medical, seeds=Seeds(()))


# --- pictures --------------------------------------------------------------------------------------------------------


@needs_engine
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_writing_on_its_head_and_sideways_is_read_in_any_picture(quarters):
    reader = engine.reader()
    turned = np.rot90(written(("KALVELAGE, FRAUKE", "ID 30884417")), quarters)
    read_here = " ".join(line.text for line in look.read(Picture("pixels", None, turned), reader))
    assert "KALVELAGE" in read_here
    assert "30884417" in read_here


@pytest.mark.parametrize("text", ["ID: 80-077-2215", "80-077-2215", "MRN 12-345", "Acc.No. 33-18/4471"])
def test_numbers_in_parts_are_no_settings(text):
    assert not words.is_technical(text)


@pytest.mark.parametrize("text", ["100-200", "FOV 240", "512 x 512", "TR 500 TE 20", "1-2-3", "W 400 L 40"])
def test_settings_are_no_numbers_of_people(text):
    assert not words.has_number(text)


def test_a_day_in_a_picture_of_a_patient_is_painted_over_and_beside_a_sex_it_is_a_birth():
    found = {f.evidence: f for f in judged("17.08.1956 F", "03.05.2019 11:02:13")}
    assert found["17.08.1956 F"].key.endswith(Kind.BIRTH_DATE)
    assert found["03.05.2019 11:02:13"].level is Level.WARNING
    assert all(f.level is Level.INFO for f in judged("2019-05-03", medical=False))


def test_graphics_in_unused_bits_of_the_pixels_are_a_picture_of_their_own(tmp_path):
    drawn = np.zeros((40, 40), "u2")
    drawn[5:9, 3:20] = 1
    made = scan()
    made.Rows = made.Columns = 40
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.PixelData = (np.full((40, 40), 700, "u2") | drawn << 13).tobytes()
    for tag, vr, value in ((0x60000010, "US", 40), (0x60000011, "US", 40), (0x60000100, "US", 16)):
        made.add_new(tag, vr, value)
    made.add_new(0x60000102, "US", 13)
    pictures = read.frames(write(made, tmp_path / "a.dcm"), Amount.ALL).pictures
    overlay = next(p for p in pictures if p.source == "overlay")
    assert overlay.number == 0
    assert np.array_equal(overlay.load(), drawn.astype(bool))


def test_a_picture_that_ends_too_early_is_looked_at_as_far_as_it_goes(tmp_path):
    made = scan()
    made.Rows = made.Columns = 16
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 16, 15
    made.PixelData = np.arange(1, 257, dtype="<u2").tobytes()
    path = write(made, tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes().partition(np.arange(129, 257, dtype="<u2").tobytes())[0])
    (picture,) = read.frames(path, Amount.ALL).pictures
    values = picture.load()
    assert np.array_equal(values[:8], np.arange(1, 129).reshape(8, 16))
    assert not values[8:].any()


def test_boxes_are_painted_over_pixels_of_floating_point(tmp_path):
    values = np.linspace(1, 2, 64, dtype="<f4").reshape(8, 8)
    made = plain(Rows=8, Columns=8, BitsAllocated=32, SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2")
    made.FloatPixelData = values.tobytes()
    path = saved(made, tmp_path / "a.dcm")
    opened = reading.opened(path, "a.dcm")
    painted = paint(opened, "a.dcm", [Region("pixels", 2, 1, 3, 2)])
    (tmp_path / "out").write_bytes(b"")
    with (tmp_path / "out").open("r+b") as file:
        painted.streams[0x7FE00008](file)
    after = np.frombuffer((tmp_path / "out").read_bytes()[-256:], "<f4").reshape(8, 8)
    expected = values.copy()
    expected[1:3, 2:5] = 0
    assert np.array_equal(after, expected)


# --- fields inside of values -----------------------------------------------------------------------------------------


def csa(**values):
    out = b"SV10\4\3\2\1" + struct.pack("<II", len(values), 77)
    for name, text in values.items():
        raw = text.encode() + b"\0"
        out += name.encode().ljust(64, b"\0") + struct.pack("<i4siii", 1, b"LO\0\0", 0, 1, 77)
        out += struct.pack("<4i", len(raw), len(raw), 77, len(raw)) + raw + b"\0" * (-len(raw) % 4)
    return out


def test_fields_of_a_csa_header_are_told_by_their_names(tmp_path):
    made = scan()
    made.private_block(0x29, "SIEMENS CSA HEADER", create=True).add_new(
        0x10, "OB", csa(PatientsId="H0047119", EchoLinePosition="32", CoilString="HEA;HEP")
    )
    found = kinds(write(made, tmp_path / "a.dcm"))
    assert found["H0047119"] == Kind.PATIENT_NUMBER
    assert not {"32", "HEA;HEP"} & set(found)


@pytest.mark.parametrize("cut", [10, 90, 105, 120])
def test_a_csa_header_that_ends_early_is_read_as_far_as_it_goes(cut):
    assert list(dicom_packed.fields(csa(PatientsId="H0047119")[:cut], "")) == []


def test_what_is_packed_behind_a_length_is_unpacked(tmp_path):
    xml = b'<set SERIES="4"><PATIENT NAME="Frauke Kalvelage" ID="9"/></set>'
    made = scan()
    made.private_block(0x25, "GEMS_SERS_01", create=True).add_new(
        0x1B, "OB", struct.pack("<I", 63) + gzip.compress(xml)
    )
    assert kinds(write(made, tmp_path / "a.dcm"))["Frauke Kalvelage"] == Kind.PATIENT_NAME


def test_the_header_of_a_clinical_document_says_what_its_fields_hold(tmp_path):
    cda = (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><id extension="778-D"/><patient>'
        '<birthTime value="19321116"/></patient></patientRole></recordTarget><author><assignedAuthor><assignedPerson>'
        "<name>Aoife Quilty</name></assignedPerson></assignedAuthor></author></ClinicalDocument>"
    )
    made = plain(MIMETypeOfEncapsulatedDocument="text/XML", EncapsulatedDocument=cda.encode().ljust(512))
    found = kinds(saved(made, tmp_path / "a.dcm"))
    assert found["778-D"] == Kind.PATIENT_NUMBER
    assert found["19321116"] == Kind.BIRTH_DATE
    assert "Aoife Quilty" in found


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_letters_of_the_east_of_europe_are_read_in_wide_text(encoding):
    assert dicom_text.readable(b"\xff\xfe\0\0" + "Operator Vujičić".encode(encoding)).endswith("Operator Vujičić")


# --- what cleaning must leave ----------------------------------------------------------------------------------------


def test_tables_of_numbers_are_not_taken_for_names_in_other_letters():
    table = np.arange(256, dtype="<u2").tobytes()
    known = Known({"красновидов": Kind.PATIENT_NAME, "小笠原晴香": Kind.PATIENT_NAME, "vujičić": Kind.PATIENT_NAME})
    assert not seeds.inside(table, known)
    assert seeds.inside(table + "Красновидов".lower().encode(), known)
    assert seeds.inside(table + "vujičić".encode("utf-16-le"), known)


@pytest.mark.parametrize("text", ["APPROVED", "DOPPLER", "Butterworth", "WEIGHTBEARING"])
def test_words_of_the_standard_stay(text):
    assert wording.cleaned(text, Known(), strict=False) == text


@pytest.mark.parametrize("label", ["ANON^0012", "TCGA-AA-3502", "LIDC-IDRI-0078", "ACR PHANTOM", "Volunteer 7"])
def test_labels_of_studies_are_no_names_of_patients(label, tmp_path):
    found = kinds(write(scan(PatientName=label, PatientID=label), tmp_path / "a.dcm"))
    assert found[label] == Kind.PSEUDONYM


@pytest.mark.parametrize("name", ["Phantom^Kowalski", "MRN-4471920", "H00482913", "Volk^Anon", "Sub^Wei"])
def test_names_and_numbers_are_no_labels(name):
    assert not is_study_label(name)


def test_an_extension_with_letters_beyond_ascii_is_read_though_another_one_follows(tmp_path):
    text = "Patient Torbjørn Fakatava (KIS3920651)".encode().ljust(40, b"\0")
    other = json.dumps({"a": 1}).encode().ljust(24, b"\0")
    extensions = struct.pack("<ii", 48, 6) + text + struct.pack("<ii", 32, 44) + other
    head = bytearray(348)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, 2, 2, 2, 1, 1, 1, 1)
    struct.pack_into("<hh", head, 70, 4, 16)
    struct.pack_into("<f", head, 108, 352.0 + len(extensions))
    head[14:24] = b"KIS3920651"
    head[344:348] = b"n+1\0"
    path = tmp_path / "a.nii"
    path.write_bytes(bytes(head) + b"\1\0\0\0" + extensions + b"\0" * 16)
    found = kinds(path)
    assert any("Torbjørn Fakatava" in evidence for evidence in found)
    assert found["KIS3920651"] in (Kind.CASE_NUMBER, Kind.PATIENT_NUMBER)


@pytest.mark.parametrize("comment", ["scan of Kalvelage 98-627-8784", "LEAD 0047119332"])
def test_comments_in_a_packed_picture_are_found_and_go(comment, tmp_path):
    picture = io.BytesIO()
    Image.fromarray(np.full((16, 16), 90, "u1")).save(picture, "JPEG", comment=comment)
    made = scan()
    made.Rows = made.Columns = 16
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit = 7
    made.PixelData = encapsulate([picture.getvalue()])
    made["PixelData"].VR = "OB"
    path = write(made, tmp_path / "a.dcm", JPEGBaseline8Bit)
    assert any("(7FE0,0010):comment" in str(f.location) for f in examine.file(path, "a.dcm").findings)
    DicomRemedy().mend(path, "a.dcm", lambda _f: True, Known({}), Policy("t", frozenset({Subject.PATIENT})))
    assert comment.encode() not in path.read_bytes()


def test_a_report_calls_the_name_of_its_patient_just_name(tmp_path):
    text = b"%PDF-1.4\n1 0 obj<<>>stream\nBT (Nombre: Ozolins Golnaz) Tj ET\nendstream endobj\n%%EOF\n"
    made = plain(MIMETypeOfEncapsulatedDocument="application/pdf", EncapsulatedDocument=text.ljust(128))
    assert kinds(saved(made, tmp_path / "a.dcm"))["Ozolins Golnaz"] == Kind.PATIENT_NAME


def test_methods_named_after_people_stay_where_no_table_lists_the_field(tmp_path):
    path = write(scan(FilterType="Butterworth", SoftwareVersions="1"), tmp_path / "a.dcm")
    assert "Butterworth" not in kinds(path)
    DicomRemedy().mend(path, "a.dcm", lambda _f: True, Known({}), Policy("t", frozenset({Subject.PATIENT})))
    assert pydicom.dcmread(path).FilterType == "Butterworth"
