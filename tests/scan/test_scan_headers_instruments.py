"""What mass spectrometers, scanners of hospitals and of slides, cameras and films say."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import uuid
from pathlib import Path

import pytest
from scan_instruments import MCD, MRXS, imc_text, jpeg2000, mcd, mp4, mrxs, pictures, sdt
from scan_made import DATA, tiff, write

from depositor.draft.cancel import Cancel
from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, Ions, Lifetime, Medical, Objective
from depositor.scan.headers import read
from depositor.scan.readers import parts
from depositor.scan.readers.base import Truncated
from depositor.scan.readers.imzml import Agreement, ibd_agrees


def _only(path: Path) -> ImageFacts:
    facts = read(path)
    assert [p.code for p in facts.problems] == []
    assert len(facts.images) == 1
    return facts.images[0]


def _codes(facts: FileFacts) -> list[str]:
    return [p.code for p in facts.problems]


def _sizes(image: ImageFacts) -> tuple[int | None, ...]:
    return image.size_x, image.size_y, image.size_z, image.size_c, image.size_t


# --- imzML ---------------------------------------------------------------------------------------------------------

IMZML = DATA / "spectra" / "Example_Continuous.imzML"


def test_imzml_tells_grid_spectrometer_and_no_contact() -> None:
    image = _only(IMZML)
    assert (image.size_x, image.size_y, image.pixel_size_x_um, image.pixel_size_y_um) == (3, 3, 100.0, 100.0)
    assert image.ions == Ions(
        "negative", None, None, "electrospray ionization", "ion trap", "DHB", "profile, continuous"
    )
    assert (image.instrument, image.software) == (Device(model="LTQ FT Ultra"), "Xcalibur 2.2")
    assert image.acquired == "2009-08-11T15:59:44"
    assert image.modality_id is None  # no MALDI source, whatever the matrix
    assert not any(word in str(image) for word in ("Schramm", "Schubert", "giessen"))


def _imzml(path: Path, *changes: tuple[str, str]) -> Path:
    text = IMZML.read_text("latin-1")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "latin-1")
    shutil.copy(IMZML.with_suffix(".ibd"), path.with_suffix(".ibd"))
    return path


def test_a_maldi_source_makes_it_maldi_imaging(tmp_path: Path) -> None:
    change = (
        '"MS:1000073" name="electrospray ionization"',
        '"MS:1000075" name="matrix-assisted laser desorption ionization"',
    )
    image = _only(_imzml(tmp_path / "a.imzML", change))
    assert (image.modality, image.modality_id) == ("MALDI", "OBI:0003099")


def test_one_number_for_the_pixel_counts_only_where_it_fits_the_whole(tmp_path: Path) -> None:
    alone = ("IMS:1000047", "IMS:9999999")
    assert _only(_imzml(tmp_path / "a.imzML", alone)).pixel_size_y_um == 100.0
    area = _only(_imzml(tmp_path / "b.imzML", alone, ('name="pixel size (x)" value="100.0"', 'name="x" value="10000"')))
    assert (area.pixel_size_x_um, area.pixel_size_y_um) == (None, None)


def test_imzml_without_spectra_or_with_a_document_type_is_refused(tmp_path: Path) -> None:
    text = IMZML.read_text("latin-1")
    assert _codes(read(write(tmp_path / "a.imzML", text[:4000].encode("latin-1")))) == ["header.truncated"]
    bad = text.replace("<mzML", '<!DOCTYPE mzML [<!ENTITY a "aaaa">]><mzML', 1)
    assert _codes(read(write(tmp_path / "b.imzML", bad.encode("latin-1")))) == ["header.damaged"]


def test_a_flood_of_headers_before_the_first_spectrum_is_refused(tmp_path: Path) -> None:
    flood = "<cvParam accession='x'/>" * (20 << 16)
    path = _imzml(tmp_path / "a.imzML", ("<fileContent>", f"<fileContent>{flood}"))
    assert _codes(read(path)) == ["header.damaged"]


def _pair(folder: Path, content: bytes, told: str, digest: str) -> tuple[Path, Path]:
    head = _imzml(folder / "a.imzML", ("554a27fa79d247669a2c862e6d78b1f3", told),
                  ("a5be532d25997b71be6d20c76561ddc4d5307ddd", digest))  # fmt: skip
    return head, write(folder / "a.ibd", content)


def test_spectra_that_belong_to_the_header_agree(tmp_path: Path) -> None:
    own = uuid.UUID("554a27fa-79d2-4766-9a2c-862e6d78b1f3")
    content = own.bytes + bytes(3 << 20)
    right = hashlib.sha1(content).hexdigest().upper()
    head, spectra = _pair(tmp_path, content, f"{{{own}}}", right)
    assert ibd_agrees(head, spectra, Cancel()) == Agreement(True, True)
    spectra.write_bytes(content[:-1])
    assert ibd_agrees(head, spectra, Cancel()) == Agreement(True, False)
    spectra.write_bytes(uuid.uuid4().bytes + content[16:])
    assert ibd_agrees(head, spectra, Cancel()).broken
    with pytest.raises(FileNotFoundError):
        ibd_agrees(head, tmp_path / "gone.ibd", Cancel())
    with pytest.raises(Truncated):
        ibd_agrees(write(tmp_path / "b.imzML", "<mzML><run>"), spectra, Cancel())


def test_the_header_tells_of_spectra_that_are_missing_or_of_another_file(tmp_path: Path) -> None:
    head = _imzml(tmp_path / "a.imzML")
    assert _codes(read(head)) == []
    head.with_suffix(".ibd").write_bytes(bytes(16))
    assert _codes(read(head)) == ["header.pair-differs"]
    head.with_suffix(".ibd").unlink()
    assert _codes(read(head)) == ["header.part-missing"]
    assert read(head).images


def test_pixels_beside_a_text_header_are_looked_for_and_measured(tmp_path: Path) -> None:
    name = "phantom_EPI_asc_CLEAR_2_1"
    par = Path(shutil.copy(DATA / "medical" / f"{name}.PAR", tmp_path))
    assert _codes(read(par)) == ["header.part-missing"]
    par.with_suffix(".REC").write_bytes(bytes(100))
    assert _codes(read(par)) == ["header.truncated"]
    told = "ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_USHORT\nElementDataFile = "
    head = write(tmp_path / "a.mhd", told + "a.raw\n")
    assert _codes(read(head)) == ["header.part-missing"]
    for size, codes in ((47, ["header.truncated"]), (48, [])):
        write(tmp_path / "a.raw", bytes(size))
        assert _codes(read(head)) == codes
    assert _codes(read(write(tmp_path / "b.mhd", told + "LIST\na.raw\n"))) == []
    assert _codes(read(write(tmp_path / "c.mha", told + "LOCAL\n"))) == []  # the text itself is as long
    short = "NRRD0004\ntype: ushort\ndimension: 2\nsizes: 400 3\nencoding: raw\nendian: little\n"
    assert _codes(read(write(tmp_path / "a.nrrd", short + "\n" + "x" * 99))) == ["header.truncated"]
    assert _codes(read(write(tmp_path / "b.nrrd", short.replace("raw", "gzip") + "\n" + "x" * 99))) == []
    assert _codes(read(write(tmp_path / "a.nhdr", short + "data file: no.raw\n"))) == ["header.part-missing"]


def test_the_comparison_stops_when_asked(tmp_path: Path) -> None:
    own = uuid.uuid4()
    head, spectra = _pair(tmp_path, own.bytes + bytes(100), own.hex, "00")
    cancel = Cancel()
    cancel.set()
    assert ibd_agrees(head, spectra, cancel) == Agreement(True, None)


# --- mass cytometry, lifetime --------------------------------------------------------------------------------------


def test_an_mcd_tells_each_acquisition_with_its_metals(tmp_path: Path) -> None:
    image = _only(mcd(tmp_path / "a.mcd"))
    assert _sizes(image) == (5, 4, 1, 2, 1)
    assert image.channels == (Channel("Keratin", metal="Pr141"), Channel("H3K27Ac", metal="Yb172"))
    assert (image.pixel_size_x_um, image.pixel_type, image.name) == (1.0, "float32", "ROI_001")
    assert (image.acquired, image.modality_id) == ("2021-03-05T13:36:08+01:00", "OBI:0003096")
    assert "Muster" not in str(image)


def test_a_run_that_was_stopped_has_the_rows_that_were_ablated(tmp_path: Path) -> None:
    assert _only(mcd(tmp_path / "a.mcd", rows=3)).size_y == 3


def test_an_mcd_whose_values_lie_beyond_its_end_is_cut_off(tmp_path: Path) -> None:
    path = mcd(tmp_path / "a.mcd", text=MCD.replace("{end}", "99999999"))
    assert _codes(read(path)) == ["header.truncated"]
    path = mcd(tmp_path / "b.mcd")
    path.write_bytes(path.read_bytes()[:-30])
    assert _codes(read(path)) == ["header.truncated"]


def test_the_text_of_an_acquisition_tells_size_and_metals(tmp_path: Path) -> None:
    image = _only(imc_text(tmp_path / "a.txt", 7, 3))
    assert _sizes(image) == (7, 3, 1, 2, 1)
    assert image.channels == (Channel("Keratin", metal="Pr141"), Channel("DNA1", metal="Ir191"))


def test_sdt_tells_scan_and_decay(tmp_path: Path) -> None:
    image = _only(sdt(tmp_path / "a.sdt"))
    assert _sizes(image) == (8, 8, 1, 1, 1)
    assert image.lifetime == Lifetime(256, 12.5)
    assert (image.modality_id, image.instrument) == ("FBbi:00000368", Device("Becker & Hickl", "SPC-730"))
    assert image.acquired is None  # its two dates disagree
    assert "3B0003" not in str(image)


def test_sdt_sizes_that_do_not_fit_their_block_are_not_told(tmp_path: Path) -> None:
    path = sdt(tmp_path / "a.sdt")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<i", raw, 5145 + 173, 9)
    path.write_bytes(raw)
    assert _only(path).size_x is None
    path.write_bytes(sdt(tmp_path / "b.sdt").read_bytes()[:-5])
    assert _codes(read(path)) == ["header.truncated"]


def test_a_mibi_file_tells_its_targets(tmp_path: Path) -> None:
    import numpy as np
    import tifffile

    path = tmp_path / "a.tiff"
    pages = [{"image.type": "SIMS", "channel.mass": m, "channel.target": t, "mibi.run": "Muster"}
             for m, t in ((89, "dsDNA"), (113, "CD8"))]  # fmt: skip
    with tifffile.TiffWriter(path) as file:
        for page in (*pages, {"image.type": "Label"}):
            file.write(np.zeros((4, 4), np.uint16), description=json.dumps(page), metadata=None,
                       software="IonpathMIBIv1.0", resolution=(25600.0, 25600.0), resolutionunit=3)  # fmt: skip
    image = _only(path)
    assert (image.channels, image.size_c) == ((Channel("dsDNA"), Channel("CD8")), 2)
    assert (image.pixel_size_x_um, image.modality_id) == (pytest.approx(0.390625), "OBI:0003100")
    assert "Muster" not in str(image)


# --- medical -------------------------------------------------------------------------------------------------------


def test_par_tells_volume_and_sequence_and_no_patient() -> None:
    image = _only(DATA / "medical" / "phantom_EPI_asc_CLEAR_2_1.PAR")
    assert _sizes(image) == (64, 64, 9, None, 3)
    assert (image.pixel_size_x_um, image.pixel_size_z_um, image.time_increment_s) == (3750.0, 8000.0, 2.0)
    assert image.medical == Medical(sequence="FEEPI", repetition_ms=2000.0, echo_ms=30.0, flip_angle_deg=90.0,
                                    slice_thickness_um=6000.0)  # fmt: skip
    assert (image.acquired, image.modality_id) == ("2014-02-14T09:00:57", "OBI:0002985")
    assert "Konvertertest" not in str(image)


@pytest.mark.parametrize(
    ("name", "sizes", "um"), [("small.mnc", (29, 28, 18), 7000.0), ("tiny.mnc", (20, 20, 10), 2000.0)]
)
def test_minc_one_and_two(name: str, sizes: tuple[int, ...], um: float) -> None:
    image = _only(DATA / "medical" / name)
    assert (image.size_x, image.size_y, image.size_z, image.pixel_size_x_um) == (*sizes, um)
    assert "angela" not in str(image)


def test_netcdf_with_counts_that_lie_is_over_soon(tmp_path: Path) -> None:
    raw = bytearray((DATA / "medical" / "tiny.mnc").read_bytes())
    raw[12:16] = b"\x7f\xff\xff\xff"
    assert _codes(read(write(tmp_path / "a.mnc", bytes(raw)))) == ["header.damaged"]


def test_mgh_tells_voxels_and_what_stands_behind_them(tmp_path: Path) -> None:
    image = _only(DATA / "medical" / "test.mgz")
    assert (_sizes(image)[:3], image.size_t, image.pixel_size_z_um) == ((3, 4, 5), 2, 1000.0)
    head = struct.pack(">7i h 3f", 1, 2, 2, 2, 1, 0, 0, 1, 1.0, 1.0, 1.2).ljust(284, b"\0")
    behind = struct.pack(">4f", 2300.0, 0.157079637, 2.9, 900.0)
    image = _only(write(tmp_path / "a.mgh", head + bytes(8) + behind))
    assert image.medical == Medical(None, None, 2300.0, pytest.approx(2.9), 900.0, pytest.approx(9.0, rel=1e-5))
    assert _codes(read(write(tmp_path / "b.mgh", head + bytes(3)))) == ["header.truncated"]


def test_ct_and_slides_tell_their_settings() -> None:
    image = _only(DATA / "dicom" / "CT_small.dcm")
    assert image.medical == Medical(tube_kv=120.0, tube_ma=170.0, slice_thickness_um=5000.0, kernel="STANDARD",
                                    contrast_agent="ISOVUE300/100")  # fmt: skip
    assert (image.modality_id, image.significant_bits) == ("FBbi:00001002", 16)
    slide = _only(DATA / "dicom" / "sm_image.dcm")
    assert slide.stain == "Hematoxylin stain; Water soluble eosin stain"
    assert (slide.modality_id, slide.medical) == (parts.BRIGHT_FIELD, None)


def _frames(path: Path, places: list[float]) -> Path:
    """An enhanced MR object of 2 x 2 pixels whose frames lie at ``places`` along their normal."""
    import pydicom
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence

    def item(**values: object) -> Dataset:
        data = Dataset()
        for name, value in values.items():
            setattr(data, name, value)
        return data

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4.1", "1.2.3"
    data = item(file_meta=meta, SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1", SOPInstanceUID="1.2.3", Modality="MR",
                PatientName="Muster^Erika", Rows=2, Columns=2, SamplesPerPixel=1, BitsAllocated=16, BitsStored=12,
                PixelRepresentation=0, NumberOfFrames=len(places))  # fmt: skip
    shared = item(
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.5, 0.25], SliceThickness=3.0)]),
        PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]),
        MRTimingAndRelatedParametersSequence=Sequence([item(RepetitionTime=500.0, FlipAngle=30.0)]),
        MREchoSequence=Sequence([item(EffectiveEchoTime=12.5)]),
    )
    data.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = [item(PlanePositionSequence=Sequence([item(ImagePositionPatient=[1, 2, z])])) for z in places]
    data.PerFrameFunctionalGroupsSequence = Sequence(groups)
    data.PixelData = bytes(8 * len(places))
    data.save_as(path, enforce_file_format=True)
    return path


def test_enhanced_frames_tell_their_distance_and_timing(tmp_path: Path) -> None:
    image = _only(_frames(tmp_path / "a.dcm", [0.0, 2.5, 5.0, 7.5]))
    assert _sizes(image) == (2, 2, 4, 1, 1)
    assert (image.pixel_size_x_um, image.pixel_size_y_um, image.pixel_size_z_um) == (250.0, 500.0, 2500.0)
    assert image.medical == Medical(None, None, 500.0, 12.5, None, 30.0, slice_thickness_um=3000.0)
    assert "Muster" not in str(image)


def test_frames_at_the_same_places_are_not_all_slices(tmp_path: Path) -> None:
    image = _only(_frames(tmp_path / "a.dcm", [0.0, 2.5, 5.0] * 2))
    assert (image.size_z, image.size_t, image.pixel_size_z_um) == (3, None, 2500.0)
    uneven = _only(_frames(tmp_path / "b.dcm", [0.0, 2.5, 9.0]))
    assert (uneven.size_z, uneven.pixel_size_z_um) == (3, None)


def test_seconds_that_were_milliseconds_are_not_believed() -> None:
    assert _only(DATA / "small" / "example_nifti2.nii.gz").time_increment_s is None  # 2000 "s"


# --- slides --------------------------------------------------------------------------------------------------------


def _described(path: Path, text: str, **options: object) -> FileFacts:
    return read(tiff(path, description=text, **options))  # type: ignore[arg-type]


def test_a_leica_slide_is_the_image_that_does_not_cover_the_glass(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">
    <collection sizeX="1000000" sizeY="2000000"><barcode>Muster</barcode>
    <image><view sizeX="1000000" sizeY="2000000"/><pixels sizeX="100" sizeY="200"/></image>
    <image><creationDate>2011-04-05T10:12:13.5Z</creationDate><device model="Leica SCN400;Leica SCN"/>
    <view sizeX="250000" sizeY="500000"/><pixels sizeX="1000" sizeY="2000"><dimension r="0"/><dimension r="1"/></pixels>
    <scanSettings><objectiveSettings><objective>20</objective></objectiveSettings><illuminationSettings>
    <numericalAperture>0.4</numericalAperture><illuminationSource>brightfield</illuminationSource>
    </illuminationSettings></scanSettings></image></collection></scn>"""
    facts = _described(tmp_path / "a.scn", text)
    image = facts.images[0]
    assert (facts.format, image.size_x, image.pixel_size_x_um, image.levels) == ("Leica SCN", 1000, 0.25, 2)
    assert image.objective == Objective(magnification=20.0, na=0.4)
    assert (image.instrument, image.modality_id) == (Device("Leica", "Leica SCN400"), parts.BRIGHT_FIELD)
    assert "Muster" not in str(image)


def test_a_philips_slide_tells_millimetres_rows_first(tmp_path: Path) -> None:
    text = """<DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_PIXEL_SPACING">"0.0002" "0.00025"</Attribute>
    <Attribute Name="DICOM_MANUFACTURER">PHILIPS</Attribute><Attribute Name="PIM_DP_UFS_BARCODE">Muster</Attribute>
    <Attribute Name="DICOM_ACQUISITION_DATETIME">20160718122300.000000</Attribute></DataObject>"""
    image = _described(tmp_path / "a.tiff", text).images[0]
    assert (image.pixel_size_x_um, image.pixel_size_y_um) == (pytest.approx(0.25), pytest.approx(0.2))
    assert (image.instrument, image.acquired) == (Device("PHILIPS"), "2016-07-18T12:23:00")
    assert "Muster" not in str(image)


def test_an_akoya_slide_tells_its_channels(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?><PerkinElmer-QPI-ImageDescription><OperatorName>Muster</OperatorName>
    <ImageType>FullResolution</ImageType><Name>Opal 520</Name><Color>0,255,0</Color><Biomarker>CD8</Biomarker>
    <ExposureTime>5000</ExposureTime><Objective>20x</Objective><InstrumentType>PhenoImager HT</InstrumentType>
    </PerkinElmer-QPI-ImageDescription>"""
    image = _described(tmp_path / "a.qptiff", text).images[0]
    assert image.channels == (Channel("Opal 520", "CD8", exposure_s=pytest.approx(0.005), color="#00FF00"),)
    assert (image.objective, image.instrument) == (
        Objective(magnification=20.0),
        Device("Akoya Biosciences", "PhenoImager HT"),
    )
    assert "Muster" not in str(image)


def test_aperio_tells_zone_and_light(tmp_path: Path) -> None:
    text = "Aperio Leica Biosystems GT450 v1.0.1\r\n4x3 |AppMag = 40|MPP = 0.2633|Date = 03/04/2020|Time = 10:20:30|"
    text += "Time Zone = GMT-0500|User = Muster|ScanScope ID = SS12345"
    image = _described(tmp_path / "a.svs", text, tags=((277, 3, 1, 3),)).images[0]
    assert image.acquired == "2020-03-04T10:20:30-05:00"
    assert (image.instrument, image.modality_id) == (Device("Aperio", "GT450"), parts.BRIGHT_FIELD)
    assert not any(word in str(image) for word in ("Muster", "SS12345"))
    glowing = _described(tmp_path / "b.svs", f"{text}|Emission Wavelength = 461", tags=((277, 3, 1, 3),)).images[0]
    assert glowing.modality_id is None


def test_levels_of_a_tiled_pyramid_are_counted_and_a_stack_has_none(tmp_path: Path) -> None:
    import numpy as np
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for edge in (128, 64, 32):
            file.write(np.zeros((edge, edge, 3), np.uint8), tile=(16, 16), photometric="rgb", metadata=None)
    image = _only(tmp_path / "a.tif")
    assert (image.size_x, image.levels, image.size_z) == (128, 3, 1)
    with tifffile.TiffWriter(tmp_path / "b.tif") as file:
        for _ in range(3):
            file.write(np.zeros((64, 64), np.uint8), tile=(16, 16), metadata=None)
    stack = _only(tmp_path / "b.tif")
    assert (stack.levels, stack.size_z) == (None, None)


def test_hamamatsu_tells_lens_and_pixels_per_centimetre(tmp_path: Path) -> None:
    lens = struct.unpack("<I", struct.pack("<f", 40.0))[0]
    own = ((65420, 4, 1, 1), (65421, 11, 1, lens), (277, 3, 1, 3), (282, 5, 1, 0), (283, 5, 1, 0), (296, 3, 1, 3))
    at = len(tiff(tmp_path / "a.ndpi", tags=own).read_bytes())
    path = tiff(tmp_path / "a.ndpi", tags=tuple((c, k, n, at if c in (282, 283) else v) for c, k, n, v in own))
    path.write_bytes(path.read_bytes() + struct.pack("<II", 43859649, 1000))
    image = _only(path)
    assert image.pixel_size_x_um == pytest.approx(0.228, rel=1e-3)
    assert (image.objective, image.modality_id) == (Objective(magnification=40.0), parts.BRIGHT_FIELD)


def test_a_ventana_slide_is_its_level_zero_and_not_its_label(tmp_path: Path) -> None:
    import numpy as np
    import tifffile

    scan = b'<?xml version="1.0"?><Metadata><iScan Magnification="40" ScanRes="0.25" ScannerModel="VENTANA DP 200" '
    scan += b'UserName="Muster" UnitNumber="2000515"/></Metadata>'
    with tifffile.TiffWriter(tmp_path / "a.bif", bigtiff=True) as file:
        tags = [(700, 1, len(scan), scan, True)]
        file.write(np.zeros((20, 10, 3), np.uint8), photometric="rgb", metadata=None, description="Label_Image",
                   extratags=tags)  # fmt: skip
        for level, edge in enumerate((96, 48)):
            file.write(np.zeros((edge, edge, 3), np.uint8), tile=(16, 16), photometric="rgb", metadata=None,
                       description=f"level={level} mag={40 >> level} quality=95")  # fmt: skip
    image = _only(tmp_path / "a.bif")
    assert (image.size_x, image.size_y, image.levels, image.pixel_size_x_um) == (96, 96, 2, 0.25)
    assert (image.objective, image.instrument) == (Objective(magnification=40.0), Device("Ventana", "VENTANA DP 200"))
    assert not any(word in str(image) for word in ("Muster", "2000515"))


def test_mirax_tells_what_its_folder_says(tmp_path: Path) -> None:
    image = _only(mrxs(tmp_path / "a.mrxs"))
    assert (image.size_x, image.size_y) == (6 * 256 - 2 * 40, 4 * 256)  # an overlap after each second picture
    assert (image.pixel_size_x_um, image.levels, image.modality_id) == (0.2325, 9, parts.BRIGHT_FIELD)
    assert image.objective == Objective("Plan-Apochromat", 20.0)
    assert image.acquired == "2014-05-20T10:03:22"
    assert "Muster" not in str(image)


def test_mirax_without_its_folder_or_with_a_broken_one_is_a_problem(tmp_path: Path) -> None:
    path = mrxs(tmp_path / "a.mrxs", MRXS.replace("[HIERARCHICAL]", "[x]"))
    assert _codes(read(path)) == ["header.damaged"]
    (tmp_path / "a" / "Slidedat.ini").unlink()
    assert _codes(read(path)) == ["header.unsupported"]


# --- pictures and films --------------------------------------------------------------------------------------------


def test_pictures_tell_their_sizes(tmp_path: Path) -> None:
    for path in pictures(tmp_path):
        image = _only(path)
        assert (image.size_x, image.size_y, image.pixel_type) == (7, 5, "uint8"), path.name
    for path in jpeg2000(tmp_path):
        image = _only(path)
        assert (image.size_x, image.size_y, image.size_c, image.significant_bits) == (70, 50, 3, 8)


def test_frames_of_a_gif_are_counted(tmp_path: Path) -> None:
    from PIL import Image

    frames = [Image.new("L", (6, 4), n * 20) for n in range(9)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert _only(tmp_path / "a.gif").size_t == 9


def test_a_photo_of_a_phone_tells_camera_and_date_and_no_place() -> None:
    image = _only(DATA / "pictures" / "IMG_5195_without_pixels.heic")
    assert (image.size_x, image.size_y, image.size_c, image.pixel_type) == (2566, 3313, 3, "uint8")
    assert (image.instrument, image.acquired) == (Device("Apple", "iPhone 11 Pro Max"), "2021-04-11T15:47:53")
    assert set(image.keys.values()) == {"ispe", "pixi", "EXIF Make, Model", "EXIF DateTimeOriginal"}


def test_films_tell_sizes_and_frames_and_no_interval(tmp_path: Path) -> None:
    film = _only(DATA / "pictures" / "RIFF.avi")
    assert (film.size_x, film.size_y, film.size_t, film.compression) == (320, 240, 233, "MJPG")
    assert (film.acquired, film.time_increment_s) == ("2003-03-10T15:04:43", None)
    image = _only(mp4(tmp_path / "a.mp4"))
    assert (image.size_x, image.size_y, image.size_t, image.compression) == (640, 480, 25, "avc1")
    assert read(mp4(tmp_path / "b.mov", b"qt  ")).format == "QuickTime"


def test_a_film_without_pictures_or_without_end_is_a_problem(tmp_path: Path) -> None:
    raw = mp4(tmp_path / "a.mp4").read_bytes()
    assert _codes(read(write(tmp_path / "b.mp4", raw.replace(b"vide", b"soun")))) == ["header.damaged"]
    assert _codes(read(write(tmp_path / "c.mp4", raw[:100]))) == ["header.truncated"]
    assert _codes(read(mp4(tmp_path / "d.mp4", wide=0))) == ["header.damaged"]


def test_boxes_that_hold_themselves_end(tmp_path: Path) -> None:
    ring = struct.pack(">I4s", 24, b"ftyp") + b"isom" + bytes(12) + struct.pack(">I4sQ", 1, b"moov", 16) * 3
    assert _codes(read(write(tmp_path / "a.mp4", ring))) == ["header.damaged"]
