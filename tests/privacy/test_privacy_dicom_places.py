"""Every place of a DICOM file in which somebody could be named: planted here, and found there."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from planted_dicom import bare, code, content, element, implicit, item, pictured, plain, saved, sequence
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from depositor.draft.finding import Finding
from depositor.privacy import judge
from depositor.privacy.checks.dicom import DICOM
from depositor.privacy.kinds import Kind

NAME = "WRÓBLEWSKA^Zuzanna"
NUMBER = "PL-8831207"


def look(path: Path) -> tuple[Finding, ...]:
    return DICOM.run(path, path.name).findings


def told(path: Path, place: str) -> list[tuple[Kind | None, str]]:
    """(kind, evidence) of what was found at ``place``."""
    return [(judge.kind_in_key(f.key), f.evidence or "") for f in look(path) if f.location == place]


def remarks_of(path: Path) -> set[str]:
    return {r.why.id.removeprefix("privacy.not-checked.") for r in DICOM.run(path, path.name).not_checked}


def test_a_private_sequence_is_walked_and_so_is_one_of_unknown_form(tmp_path: Path) -> None:
    dataset = plain()
    block = dataset.private_block(0x0051, "WAYTA 2", create=True)
    inner = item(PatientName=NAME)
    inner.private_block(0x0053, "INNER", create=True).add_new(0x02, "LO", "Tel. +48 22 555 01 07")
    block.add_new(0x10, "SQ", Sequence([inner]))
    path = saved(dataset, tmp_path / "a.dcm")
    assert told(path, "(0051,1010)[0].(0010,0010)") == [(Kind.PATIENT_NAME, NAME)]
    assert told(path, "(0051,1010)[0].(0053,1002)")

    unknown = sequence(implicit(0x00100030, b"19620817") + implicit(0x00104000, b"lives in Grudzi\xc4\x85dz "))
    behind = element(0x00530010, b"LO", b"WAYTA 3 ") + element(0x00531001, b"UN", unknown)
    path = saved(plain(), tmp_path / "b.dcm", behind=behind)
    assert told(path, "(0053,1001)[0].(0010,0030)") == [(Kind.BIRTH_DATE, "19620817")]
    assert told(path, "(0053,1001)[0].(0010,4000)") == [(Kind.PATIENT_TEXT, "lives in Grudziądz")]


def test_makers_names_and_elements_where_none_may_be_are_read(tmp_path: Path) -> None:
    behind = element(0x00530010, b"LO", b"Mrs Zuzanna Wolska") + element(0x00550003, b"LO", b"zoe@lab.example ")
    path = saved(plain(), tmp_path / "a.dcm", behind=behind)
    assert Kind.PATIENT_NAME in dict(told(path, "private:Mrs Zuzanna Wolska")) or told(
        path, "private:Mrs Zuzanna Wolska"
    )
    assert Kind.MAIL in dict(told(path, "(0055,0003)"))


def test_an_unknown_sequence_without_length_is_walked(tmp_path: Path) -> None:
    inner = implicit(0x00100020, NUMBER.encode())
    raw = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + inner + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    raw = struct.pack("<HH2sHI", 0x0053, 0x1001, b"UN", 0, 0xFFFFFFFF) + raw + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    behind = element(0x00530010, b"LO", b"WAYTA 3 ") + raw + element(0x00551001, b"LO", b"Frau Zuzanna Wolska ")
    path = saved(plain(), tmp_path / "a.dcm", behind=behind)
    assert told(path, "(0053,1001)[0].(0010,0020)") == [(Kind.PATIENT_NUMBER, NUMBER)]
    assert told(path, "(0055,1001)")
    assert "damaged" not in remarks_of(path)


def test_known_values_are_found_in_binary_private_elements_of_several_encodings(tmp_path: Path) -> None:
    dataset = plain(PatientName=NAME, PatientID=NUMBER, SpecificCharacterSet="ISO_IR 192")
    block = dataset.private_block(0x0051, "WAYTA 2", create=True)
    block.add_new(0x01, "OB", b"\x01\x02\x03" + "Zuzanna WRÓBLEWSKA".encode("cp1250") + b"\xfe\xff")
    block.add_new(0x02, "OB", b"\x00\x07" + f"<id>{NUMBER}</id>".encode("utf-16-le") + b"\x9c\x9c")
    block.add_new(0x03, "OB", zlib.compress(f"case of {NUMBER}, seen in May".encode()))
    path = saved(dataset, tmp_path / "a.dcm")
    assert (Kind.PATIENT_NAME, "WRÓBLEWSKA") in told(path, "(0051,1001)")
    assert Kind.PATIENT_NUMBER in dict(told(path, "(0051,1002)"))
    assert Kind.PATIENT_NUMBER in dict(told(path, "(0051,1003)"))


@pytest.mark.parametrize(
    "form", ["15.03.1958", "1958-03-15", "3/15/58", "15 March 1958", "15 mars 1958", "Mar 15, 1958"]
)
def test_the_day_of_birth_is_found_as_people_write_it(form: str, tmp_path: Path) -> None:
    path = saved(plain(PatientBirthDate="19580315", FilterType=f"ctrl {form}"), tmp_path / "a.dcm")
    assert Kind.BIRTH_DATE in dict(told(path, "(0018,1160)"))


def test_a_day_of_birth_that_is_the_day_of_the_study_is_no_clue(tmp_path: Path) -> None:
    dataset = plain(PatientBirthDate="20230315", StudyDate="20230315", FilterType="calibrated 15.03.2023")
    assert Kind.BIRTH_DATE not in dict(told(saved(dataset, tmp_path / "a.dcm"), "(0018,1160)"))


def test_names_of_ordinary_words_are_found_as_a_pair_and_left_alone_as_words(tmp_path: Path) -> None:
    dataset = plain(PatientName="HUNTER^May", FilterType="May Hunter", StudyDescription="Hunter score in May")
    path = saved(dataset, tmp_path / "a.dcm")
    assert told(path, "(0018,1160)") == [(Kind.PATIENT_NAME, "May Hunter")]
    assert Kind.PATIENT_NAME not in dict(told(path, "(0008,1030)"))


def test_names_in_other_scripts_are_found_in_running_text(tmp_path: Path) -> None:
    name = "Tanaka^Haruko=田中^春子=たなか^はるこ"
    dataset = plain(PatientName=name, SpecificCharacterSet="ISO_IR 192", FilterType="患者田中春子さん")
    path = saved(dataset, tmp_path / "a.dcm")
    assert told(path, "(0010,0010)") == [(Kind.PATIENT_NAME, name)]
    assert Kind.PATIENT_NAME in dict(told(path, "(0018,1160)"))


@pytest.mark.parametrize(
    ("sets", "raw", "wanted"),
    [
        (b"ISO_IR 100", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),
        (b"ISO_IR 100", "Müller^Jürgen".encode(), "Müller^Jürgen"),  # says Latin-1, is UTF-8
        (b"", "Şahin^Gülşen".encode(), "Şahin^Gülşen"),  # says nothing
        (b"ISO_IR 192", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),  # says UTF-8, is Latin-1
        (b"GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "Wang^XiaoDong=王^小东"),
        (b"ISO_IR 144", "Люкceмбypг".encode("iso8859_5"), "Люкceмбypг"),
        (b"ISO_IR 127", "قباني^لنزار".encode("iso8859_6"), "قباني^لنزار"),
        (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
        (b"\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", "Hong^Gildong=洪^吉洞"),
        (b"ISO_IR 999", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),  # nobody knows this one
    ],
)
def test_character_sets_are_read_and_not_believed(sets: bytes, raw: bytes, wanted: str, tmp_path: Path) -> None:
    padded = raw + b" " * (len(raw) % 2)
    body = element(0x00080005, b"CS", sets + b" " * (len(sets) % 2)) + element(0x00100010, b"PN", padded)
    path = tmp_path / "a.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM" + element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0") + body)
    assert told(path, "(0010,0010)") == [(Kind.PATIENT_NAME, wanted)]


def _report(**values: object) -> Dataset:
    dataset = plain(Modality="SR")
    dataset.ContentSequence = Sequence(
        [
            content("PNAME", code("Person Observer Name", "121008"), PersonName="Lindqvist^Åsa"),
            content("PNAME", code("Subject Name", "121029"), PersonName=NAME),
            content("TEXT", code("Subject ID", "121030"), TextValue=NUMBER),
            content("DATE", code("Subject Birth Date", "121031"), Date="19620817"),
            content("TEXT", code("Finding", "121071"), TextValue="Seen with Dr. Lindqvist, 8 mm nodule"),
            content("TEXT", code("Name of the patient's mother", "M1", "99WAYTA"), TextValue="Wróblewska Hanna"),
        ]
    )
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return dataset


def test_a_report_is_walked_with_its_concepts(tmp_path: Path) -> None:
    path = saved(_report(), tmp_path / "a.dcm")
    assert told(path, "(0040,A730)[0].(0040,A123)") == [(Kind.STAFF_NAME, "Lindqvist^Åsa")]
    assert told(path, "(0040,A730)[1].(0040,A123)") == [(Kind.PATIENT_NAME, NAME)]
    assert told(path, "(0040,A730)[2].(0040,A160)") == [(Kind.PATIENT_NUMBER, NUMBER)]
    assert told(path, "(0040,A730)[3].(0040,A121)") == [(Kind.BIRTH_DATE, "19620817")]
    assert Kind.STAFF_NAME in dict(told(path, "(0040,A730)[4].(0040,A160)"))
    assert told(path, "(0040,A730)[5].(0040,A160)")


def test_graphics_waveforms_equipment_and_signatures_are_read(tmp_path: Path) -> None:
    dataset = pictured(PatientName=NAME, SpecificCharacterSet="ISO_IR 192")
    dataset.add_new(0x60000022, "LO", "arrow for Zuzanna Wróblewska")
    dataset.add_new(0x60001500, "LO", f"id {NUMBER}")
    dataset.add_new(0x60003000, "OW", bytes(512))
    dataset.add_new(0x50000022, "LO", "curve of Wróblewska")
    text = item(UnformattedTextValue="Wroblewska, left")
    dataset.GraphicAnnotationSequence = Sequence([item(TextObjectSequence=Sequence([text]))])
    dataset.WaveformAnnotationSequence = Sequence([item(UnformattedTextValue="artefact, Wróblewska moved")])
    maker = item(InstitutionName="Szpital Miejski w Toruniu", OperatorsName="Nowak^Jan", StationName="TOR-CT-2")
    dataset.ContributingEquipmentSequence = Sequence([maker])
    certificate = item(CertificateOfSigner=b"0\x82\x01\x03\x0c\x1bRadiologist Jagoda Zawadzka\x30\x82")
    dataset.DigitalSignaturesSequence = Sequence([certificate])
    path = saved(dataset, tmp_path / "a.dcm")
    found = {f.location: judge.kind_in_key(f.key) for f in look(path)}
    assert found["(6000,0022)"] is Kind.PATIENT_NAME
    assert found["(6000,1500)"] is Kind.FREE_TEXT or found["(6000,1500)"] is Kind.PATIENT_NUMBER
    assert found["(5000,0022)"] is Kind.PATIENT_NAME
    assert found["(0070,0001)[0].(0070,0008)[0].(0070,0006)"] is Kind.PATIENT_NAME  # without its accent
    assert found["(0040,B020)[0].(0070,0006)"] is Kind.PATIENT_NAME
    assert found["(0018,A001)[0].(0008,0080)"] is Kind.INSTITUTION
    assert found["(0018,A001)[0].(0008,1070)"] is Kind.STAFF_NAME
    assert found["(0018,A001)[0].(0008,1010)"] is Kind.HOST
    assert "(FFFA,FFFA)[0].(0400,0115)" in found
    assert {"pixels", "overlay"} <= remarks_of(path)


def test_an_icon_and_the_pictures_of_a_slides_label_are_findings(tmp_path: Path) -> None:
    icon = item(Rows=8, Columns=8, BitsAllocated=8, SamplesPerPixel=1, PixelData=bytes(64))
    icon["PixelData"].VR = "OB"
    path = saved(pictured(IconImageSequence=Sequence([icon])), tmp_path / "a.dcm")
    assert told(path, "(0088,0200)[0]")[0][0] is Kind.PREVIEW_PICTURE
    label = pictured(Modality="SM", ImageType=["ORIGINAL", "PRIMARY", "LABEL", "NONE"])
    assert told(saved(label, tmp_path / "b.dcm"), "(0008,0008)") == [(Kind.LABEL_PICTURE, "LABEL")]
    view = pictured(Modality="SM", ImageType=["ORIGINAL", "PRIMARY", "OVERVIEW", "NONE"])
    assert told(saved(view, tmp_path / "c.dcm"), "(0008,0008)") == [(Kind.PREVIEW_PICTURE, "OVERVIEW")]
    scan = pictured(Modality="SM", ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
    assert told(saved(scan, tmp_path / "d.dcm"), "(0008,0008)") == []


CDA = (
    '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole>'
    '<id extension="PL-8831207"/>'
    "<patient><name><given>Zuzanna</given><family>Wróblewska</family></name></patient></patientRole></recordTarget>"
    "<text>Tel. +48 22 555 01 07, zuzanna@szpital.example</text></ClinicalDocument>"
)


@pytest.mark.parametrize(
    ("mime", "raw", "value"),
    [
        ("text/XML", CDA.encode(), "zuzanna@szpital.example"),
        ("model/stl", b"solid heart of Mrs Zuzanna Wolska\n facet normal 0 0 0\nendsolid\n", "Zuzanna Wolska"),
        ("model/obj", b"# made by C:\\Users\\jzawadzka\\work\\a.obj\nmtllib a.mtl\nv 0 0 0\n", "jzawadzka"),
        ("model/mtl", b"newmtl skin\nmap_Kd /home/jzawadzka/skin.png\n", "jzawadzka"),
    ],
)
def test_documents_inside_are_read_by_the_check_for_their_kind(
    mime: str, raw: bytes, value: str, tmp_path: Path
) -> None:
    dataset = plain(MIMETypeOfEncapsulatedDocument=mime, EncapsulatedDocument=raw + b"\0" * (len(raw) % 2))
    found = look(saved(dataset, tmp_path / "a.dcm"))
    assert any(judge.kind_in_key(f.key) is Kind.DOCUMENT for f in found)
    inner = [f for f in found if (f.location or "").startswith("(0042,0011)!")]
    assert any(value in (f.evidence or "") for f in inner), [f.evidence for f in found]
    assert all(f.remedies == ("dicom-profile",) for f in found)


def test_a_report_as_pdf_is_read_with_its_properties(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.add_metadata({"/Author": "Jagoda Zawadzka", "/Title": "Report of patient Zuzanna Wolska"})
    file = tmp_path / "a.pdf"
    writer.write(file)
    raw = file.read_bytes()
    dataset = plain(MIMETypeOfEncapsulatedDocument="application/pdf", EncapsulatedDocument=raw + b"\0" * (len(raw) % 2))
    evidence = [f.evidence or "" for f in look(saved(dataset, tmp_path / "a.dcm"))]
    assert any("Zuzanna Wolska" in e for e in evidence)
    assert any("Jagoda Zawadzka" in e for e in evidence)


def test_preamble_meta_and_what_stands_behind_are_read(tmp_path: Path) -> None:
    dataset = plain()
    dataset.preamble = b"exported for Mrs Zuzanna Wolska".ljust(128, b"\0")
    dataset.file_meta.SourceApplicationEntityTitle = "TOR_CT_2"
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.3"
    dataset.file_meta.PrivateInformation = b"patient PL-8831207"
    padding = element(0xFFFCFFFC, b"OB", b"zuzanna@szpital.example\0")
    path = saved(dataset, tmp_path / "a.dcm", behind=padding)
    assert Kind.PATIENT_NAME in dict(told(path, "preamble"))
    assert told(path, "(0002,0016)")
    assert Kind.PATIENT_NUMBER in dict(told(path, "(0002,0102)"))
    assert Kind.MAIL in dict(told(path, "(FFFC,FFFC)"))
    path = saved(plain(), tmp_path / "b.dcm", behind=b"sent to zuzanna@szpital.example by post\n")
    assert Kind.MAIL in dict(told(path, "trailing"))
    path = saved(plain(), tmp_path / "c.dcm", behind=bytes(5000))
    assert told(path, "trailing") == []
    assert "damaged" not in remarks_of(path)


def test_a_file_that_is_a_tiff_too_is_read_as_both(tmp_path: Path) -> None:
    artist = b"Jagoda Zawadzka\0"
    start = 128 + 4
    path = saved(plain(), tmp_path / "a.dcm")
    raw = bytearray(path.read_bytes())
    at = len(raw)
    raw += element(0x00090010, b"LO", b"DUAL") + element(0x00091001, b"OB", artist)
    value = len(raw) - len(artist)
    entry = struct.pack("<HHHII", 1, 315, 2, len(artist), value) + struct.pack("<I", 0)
    offset = len(raw)
    raw += entry
    raw[0:8] = b"II*\0" + struct.pack("<I", offset)
    path.write_bytes(raw)
    assert at > start
    assert any("Zawadzka" in e for _k, e in told(path, "preamble!tiff:0:Artist"))


def test_pixel_data_are_passed_over_but_not_what_is_hidden_around_them(tmp_path: Path) -> None:
    path = saved(pictured(PixelData=bytes(8192) + b"for zuzanna@szpital.example "), tmp_path / "a.dcm")
    assert Kind.MAIL in dict(told(path, "(7FE0,0010)"))
    comment = b"scan of zuzanna@szpital.example"
    jpeg = b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + b"\xff\xda\0\x02" + bytes(99)
    dataset = pictured()
    dataset.PixelData = sequence(b"", jpeg + b"\0" * (len(jpeg) % 2)) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    path = saved(
        dataset, tmp_path / "b.dcm", syntax="1.2.840.10008.1.2.4.50", behind=b"written by zoe@lab.example for us"
    )
    assert Kind.MAIL in dict(told(path, "(7FE0,0010):comment"))
    assert Kind.MAIL in dict(told(path, "trailing"))


@pytest.mark.parametrize(("implicit_vr", "little"), [(True, True), (False, True), (False, False)])
def test_files_without_preamble_and_meta_are_known_and_read(implicit_vr: bool, little: bool, tmp_path: Path) -> None:
    dataset = plain(PatientName=NAME, SpecificCharacterSet="ISO_IR 192")
    dataset.RequestAttributesSequence = Sequence([item(RequestedProcedureDescription="for Wróblewska")])
    path = bare(dataset, tmp_path / "IM0001", implicit=implicit_vr, little=little)
    assert DICOM.claims(path, path.read_bytes()[:2048])
    assert told(path, "(0010,0010)") == [(Kind.PATIENT_NAME, NAME)]
    assert Kind.PATIENT_NAME in dict(told(path, "(0040,0275)[0].(0032,1060)"))


def test_a_deflated_file_is_read(tmp_path: Path) -> None:
    path = saved(plain(PatientID=NUMBER), tmp_path / "a.dcm", syntax="1.2.840.10008.1.2.1.99")
    assert told(path, "(0010,0020)") == [(Kind.PATIENT_NUMBER, NUMBER)]


def test_parts_of_uids_that_are_the_patients_own_are_told(tmp_path: Path) -> None:
    uid = "1.2.840.99.19620817.8831207.4"
    dataset = plain(PatientID=NUMBER, PatientBirthDate="19620817", StudyInstanceUID=uid, FrameOfReferenceUID="1.2.9.77")
    path = saved(dataset, tmp_path / "a.dcm")
    assert {Kind.PATIENT_NUMBER, Kind.BIRTH_DATE} <= set(dict(told(path, "(0020,000D)")))
    assert set(dict(told(path, "(0020,0052)"))) == {Kind.UID}


def test_the_claim_that_the_identity_was_removed_is_not_believed(tmp_path: Path) -> None:
    lying = saved(plain(PatientIdentityRemoved="YES", PatientName=NAME), tmp_path / "a.dcm")
    assert told(lying, "(0012,0062)") == [(Kind.CLAIM, "YES")]
    true = saved(plain(PatientIdentityRemoved="YES"), tmp_path / "b.dcm")
    assert told(true, "(0012,0062)") == []


@pytest.mark.parametrize(
    ("values", "often"),
    [
        ({"Modality": "US"}, True),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, True),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, True),
        ({"ConversionType": "DF"}, True),
        ({"BurnedInAnnotation": "NO"}, False),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.6", "Modality": "SM"}, False),
        ({}, False),
    ],
)
def test_pictures_that_often_carry_text_are_told(values: dict[str, object], often: bool, tmp_path: Path) -> None:
    seen = remarks_of(saved(pictured(**values), tmp_path / "a.dcm"))
    assert ("pixels-often" in seen) is often
    assert ("pixels" in seen) is not often


def test_a_directory_of_files_is_read(tmp_path: Path) -> None:
    from pydicom.fileset import FileSet

    files = FileSet()
    files.ID = "TORUN"
    dataset = plain(PatientName=NAME, PatientID=NUMBER, StudyDate="20230101", StudyTime="101010", StudyID="1")
    dataset.SeriesNumber, dataset.InstanceNumber, dataset.SpecificCharacterSet = 1, 1, "ISO_IR 192"
    files.add(dataset)
    files.write(tmp_path / "set")
    path = tmp_path / "set" / "DICOMDIR"
    assert DICOM.claims(path, path.read_bytes()[:2048])
    assert told(path, "(0004,1220)[0].(0010,0010)") == [(Kind.PATIENT_NAME, NAME)]
    assert told(path, "(0004,1220)[0].(0010,0020)") == [(Kind.PATIENT_NUMBER, NUMBER)]


def test_words_of_the_field_are_no_names(tmp_path: Path) -> None:
    dataset = plain(
        FilterType="Wells chamber, Hunter filter", ConvolutionKernel="Br40d", StudyDescription="May protocol, St John",
        AcquisitionDeviceProcessingDescription="Gauss 3, Sobel", RequestedProcedureDescription="CT Abdomen Wells score",
    )  # fmt: skip
    block = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x08, "CS", "IMAGE NUM 4")
    loud = {f.evidence for f in look(saved(dataset, tmp_path / "a.dcm")) if f.level in ("warning", "blocker")}
    assert loud == set()
