"""Header facts of real files, the traps that give wrong values elsewhere, and files that lie."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from scan_made import DATA, czi, lif, tiff, write

from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, Objective
from depositor.scan import headers
from depositor.scan.headers import find, read


def _only(path: Path) -> ImageFacts:
    facts = read(path)
    assert len(facts.images) == 1
    return facts.images[0]


def _codes(facts: FileFacts) -> list[str]:
    return [p.code for p in facts.problems]


def _sizes(image: ImageFacts) -> tuple[int | None, ...]:
    return image.size_x, image.size_y, image.size_z, image.size_c, image.size_t


def _pixel(image: ImageFacts) -> tuple[float | None, ...]:
    return image.pixel_size_x_um, image.pixel_size_y_um, image.pixel_size_z_um


# --- OME -----------------------------------------------------------------------------------------------------------


def test_ome_tiff_says_what_its_xml_says() -> None:
    image = _only(DATA / "ome-tiff" / "2010-06-18x24y5z1t2c8b-text.ome.tiff")
    assert _sizes(image) == (18, 24, 5, 2, 1)
    assert image.pixel_type == "uint8"
    assert image.acquired == "2010-03-02T15:08:59"
    assert image.keys["size_z"] == "Pixels@SizeZ"


def test_each_image_of_an_ome_tiff_is_told() -> None:
    facts = read(DATA / "ome-tiff" / "multiseries.ome.tiff")
    assert (facts.format, facts.reader, len(facts.images)) == ("OME-TIFF", "tiff", 6)
    assert _pixel(facts.images[0]) == (pytest.approx(0.65), pytest.approx(0.65), 1.0)
    assert facts.images[0].objective is None or facts.images[0].objective.magnification is None  # it says 0


def test_a_file_that_points_to_its_companion_says_what_that_says(tmp_path: Path) -> None:
    image = _only(DATA / "multifile" / "multifile-Z3.ome.tiff")
    assert _sizes(image) == (18, 24, 5, 1, 1)
    lone = write(tmp_path / "multifile-Z3.ome.tiff", (DATA / "multifile" / "multifile-Z3.ome.tiff").read_bytes())
    assert _only(lone).size_z in (None, 1)
    assert _codes(read(lone)) == ["header.part-missing"]


def test_ome_xml_gives_lens_stand_and_units() -> None:
    image = _only(DATA / "ome-xml" / "6x4y1z1t1c8b-swatch-instrument.ome")
    assert image.objective == Objective("60xUV-Air", 60.0, 1.2, "Air", "OME Objectives", "UV", 20.0)
    assert image.instrument == Device("OME Instruments", "Lab Mk3", "Inverted")
    assert image.pixel_size_x_um == 10000.0


def test_plate_positions_come_from_the_wells() -> None:
    text = """<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Plate ID="Plate:0" Name="P7">
    <Well ID="Well:0" Row="1" Column="11"><WellSample ID="s0" Index="0"><ImageRef ID="Image:0"/></WellSample>
    </Well></Plate>
    <Image ID="Image:0"><Pixels ID="p" SizeX="4" SizeY="5" SizeZ="1" SizeC="1" SizeT="1" Type="uint8"
    DimensionOrder="XYCZT" PhysicalSizeX="100" PhysicalSizeXUnit="nm" PhysicalSizeY="0" PhysicalSizeZ="1"
    PhysicalSizeZUnit="pixel"><Channel ID="c" Name="GFP" Color="16711935"
    EmissionWavelength="509" AcquisitionMode="SpinningDiskConfocal"/>
    <Plane TheC="0" TheZ="0" TheT="0" ExposureTime="20" ExposureTimeUnit="ms"/></Pixels></Image></OME>"""
    from depositor.scan.readers import ome

    (image,) = ome.images(text)
    assert (image.plate, image.well, image.field) == ("P7", "B12", "1")
    assert _pixel(image) == (pytest.approx(0.1), None, None)  # 0 and "pixel" are no calibration
    assert image.channels == (
        Channel("GFP", emission_nm=509.0, exposure_s=0.02, color="#00FF00", mode="SpinningDiskConfocal"),
    )
    assert image.modality == "SpinningDiskConfocal"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<!DOCTYPE OME [<!ENTITY a "aaaa">]><OME ><Image/></OME>', "header.damaged"),
        ("<OME >" + "<a>" * 500 + "</a>" * 500 + "</OME>", "header.damaged"),
        ('<OME ><Image ID="x"><Pixels', "header.truncated"),
        ("<OME ><Image></OME>", "header.damaged"),
    ],
)
def test_bad_xml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    facts = read(write(tmp_path / "bad.ome.xml", text))
    assert facts.images == ()
    assert _codes(facts) == [code]


def test_two_hundred_megabytes_of_xml_are_refused_without_reading_them(tmp_path: Path) -> None:
    path = write(tmp_path / "huge.ome.xml", '<?xml version="1.0"?><OME >')
    with path.open("r+b") as file:
        file.truncate(200 << 20)
    assert _codes(read(path)) == ["header.damaged"]


# --- TIFF ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dpi", [1, 72, 96, 300, 10000])
def test_the_resolution_of_a_plain_tiff_is_no_pixel_size(tmp_path: Path, dpi: int) -> None:
    raw = tiff(tmp_path / "a.tif", tags=((282, 5, 1, 8), (283, 5, 1, 8), (296, 3, 1, 2))).read_bytes()
    at = len(raw)
    path = tiff(tmp_path / "a.tif", tags=((282, 5, 1, at), (283, 5, 1, at), (296, 3, 1, 2)))
    path.write_bytes(path.read_bytes() + struct.pack("<II", dpi, 1))
    image = _only(path)
    assert _pixel(image) == (None, None, None)
    assert _sizes(image) == (4, 3, 1, 1, 1)


def test_imagej_counts_pixels_per_its_own_unit(tmp_path: Path) -> None:
    text = "ImageJ=1.53\nimages=1\nunit=micron\nspacing=2\nfinterval=0\n"
    raw = tiff(tmp_path / "a.tif", description=text, tags=((282, 5, 1, 0), (283, 5, 1, 0))).read_bytes()
    path = tiff(tmp_path / "a.tif", description=text, tags=((282, 5, 1, len(raw)), (283, 5, 1, len(raw))))
    path.write_bytes(path.read_bytes() + struct.pack("<II", 8, 2))
    facts = read(path)
    assert facts.format == "ImageJ TIFF"
    assert _pixel(facts.images[0]) == (0.25, 0.25, None)  # one slice has no step
    assert facts.images[0].time_increment_s is None
    stack = _only(DATA / "tiff" / "greenZstack.tif")
    assert _sizes(stack) == (64, 64, 10, 1, 1)
    assert _pixel(stack) == (None, None, None)


def test_metaseries_is_believed_and_not_its_one_per_inch(tmp_path: Path) -> None:
    text = """<MetaData><PlaneInfo><prop id="spatial-calibration-state" value="on"/>
    <prop id="spatial-calibration-x" value="1.3668"/><prop id="spatial-calibration-y" value="1.3668"/>
    <prop id="spatial-calibration-units" value="um"/><prop id="acquisition-time-local" value="20230221 10:41:56.123"/>
    <custom-prop id="_MagSetting_" value="20X Plan Apo Lambda"/><custom-prop id="_MagNA_" value="0.75"/>
    <custom-prop id="_IllumSetting_" value="FITC"/></PlaneInfo></MetaData>"""
    image = _only(tiff(tmp_path / "a.tif", description=text))
    assert _pixel(image)[:2] == (1.3668, 1.3668)
    assert image.objective == Objective("20X Plan Apo Lambda", 20.0, 0.75)
    assert image.acquired == "2023-02-21T10:41:56"
    assert image.channels == (Channel("FITC"),)


def test_aperio_gives_size_power_and_time_but_no_person() -> None:
    facts = read(DATA / "tiff" / "small.svs")
    image = facts.images[0]
    assert facts.format == "Aperio SVS"
    assert _pixel(image)[:2] == (0.499, 0.499)
    assert image.objective == Objective(magnification=20.0)
    assert image.acquired == "2009-12-29T09:59:15"
    assert "b414003d" not in str(facts.as_json())  # the user


def test_stk_counts_its_planes() -> None:
    image = read(next((DATA / "tiff").glob("*.stk"))).images[0]
    assert _sizes(image) == (64, 64, 5, 1, 1)
    assert image.pixel_size_z_um == 10.0
    told = Channel("Laser4054BD4BP", emission_nm=450.0, exposure_s=0.01, gain=305.0, binning="8x8")
    assert image.channels == (told,)
    assert image.objective == Objective("20x", 20.0)
    assert image.stage_um == pytest.approx((428.6, 415.3))


def test_a_resolution_of_nothing_gives_nothing() -> None:
    image = _only(next((DATA / "tiff").glob("img_channel*.tif")))
    assert _pixel(image) == (None, None, None)  # 0 pixels per micrometre
    assert image.time_increment_s is None  # -1.23 s


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "options",
    [
        {"next_page": 8},
        {"tags": ((270, 2, 0xFFFFFFFF, 8),)},
        {"tags": ((273, 4, 0x3FFFFFFF, 8), (279, 4, 0x3FFFFFFF, 8))},
        {"width": 0x7FFFFFFF, "height": 0x7FFFFFFF},
        {"tags": ((330, 4, 0x0FFFFFFF, 8),)},
        {"tags": ((34412, 1, 500, 8),)},
        {"tags": ((33629, 5, 0x00FFFFFF, 8),)},
        {"tags": ((51123, 2, 0x7FFFFFFF, 8), (34682, 2, 0x7FFFFFFF, 8))},
    ],
    ids=["loop", "text", "strips", "size", "subifds", "lsm", "stk", "vendor"],
)
def test_a_tiff_that_lies_is_over_soon(tmp_path: Path, options: dict) -> None:  # type: ignore[type-arg]
    facts = read(tiff(tmp_path / "lie.tif", **options))
    assert facts.reader == "tiff"
    assert facts.images or facts.problems


def test_a_tiff_that_was_cut_off_keeps_its_facts_and_says_so(tmp_path: Path) -> None:
    raw = tiff(tmp_path / "a.tif", width=100, height=100, pixels=bytes(10000)).read_bytes()
    facts = read(write(tmp_path / "cut.tif", raw[:5000]))
    assert _codes(facts) == ["header.truncated"]
    assert _sizes(facts.images[0])[:2] == (100, 100)


# --- CZI -----------------------------------------------------------------------------------------------------------

_XML = """<ImageDocument><Metadata><Information><Application><Name>ZEN</Name><Version>3.5</Version></Application>
<Image><SizeX>999</SizeX><SizeY>999</SizeY><PixelType>Gray8</PixelType>
<AcquisitionDateAndTime>2023-01-06T10:41:51.7217589Z</AcquisitionDateAndTime>
<ObjectiveSettings><ObjectiveRef Id="Objective:2"/></ObjectiveSettings>
<Dimensions><Channels><Channel Id="Channel:0" Name="AF488"><ExcitationWavelength>493</ExcitationWavelength>
<ExposureTime>20000000</ExposureTime><Color>#FF00FF33</Color><Fluor>Alexa Fluor 488</Fluor></Channel></Channels>
</Dimensions></Image><Instrument><Microscopes><Microscope Id="M" Name="Axio Observer"/></Microscopes><Objectives>
<Objective Id="Objective:1"><LensNA>0.5</LensNA></Objective><Objective Id="Objective:2"><LensNA>0.8</LensNA>
<NominalMagnification>20</NominalMagnification><Immersion>Air</Immersion><Manufacturer><Model>Plan</Model></Manufacturer>
</Objective></Objectives></Instrument></Information><Scaling><Items><Distance Id="X"><Value>1.1E-07</Value></Distance>
<Distance Id="Y"><Value>0</Value></Distance></Items></Scaling></Metadata></ImageDocument>"""


def _block(x: int, y: int, **others: int) -> dict[str, tuple[int, int, int]]:
    return {"X": (x, 10, 10), "Y": (y, 8, 8), **{k: (v, 1, 1) for k, v in others.items()}}


def test_czi_reads_metadata_and_directory(tmp_path: Path) -> None:
    blocks = [_block(x, 0, C=0, Z=z, M=m) for z in range(3) for m, x in enumerate((0, 10))]
    image = _only(czi(tmp_path / "a.czi", _XML, [*blocks, {"X": (0, 20, 5), "Y": (0, 8, 2), "C": (0, 1, 1)}]))
    assert _sizes(image) == (20, 8, 3, 1, 1)
    assert _pixel(image) == (pytest.approx(0.11), None, None)  # 0 is not a size
    assert image.acquired == "2023-01-06T10:41:51Z"
    assert image.objective == Objective("Plan", 20.0, 0.8, "Air")
    assert image.instrument == Device("Carl Zeiss", "Axio Observer")
    assert image.channels == (
        Channel("AF488", "Alexa Fluor 488", excitation_nm=493.0, exposure_s=pytest.approx(0.02), color="#00FF33"),
    )


def test_each_czi_scene_has_its_own_box(tmp_path: Path) -> None:
    far = [_block(0, 0, S=0), _block(100_000, 50_000, S=1), _block(100_010, 50_000, S=1)]
    facts = read(czi(tmp_path / "a.czi", _XML, far))
    assert [_sizes(i)[:2] for i in facts.images] == [(10, 8), (20, 8)]
    assert [i.name for i in facts.images] == ["Scene 1", "Scene 2"]


def test_a_czi_that_was_cut_off_is_a_problem(tmp_path: Path) -> None:
    raw = czi(tmp_path / "a.czi", _XML, [_block(0, 0)]).read_bytes()
    for share in (0.3, 0.6, 0.99):
        facts = read(write(tmp_path / "cut.czi", raw[: int(len(raw) * share)]))
        assert _codes(facts) == ["header.truncated"], share


# --- DICOM ---------------------------------------------------------------------------------------------------------


def test_dicom_gives_spacing_and_device_and_no_person() -> None:
    facts = read(DATA / "dicom" / "CT_small.dcm")
    image = facts.images[0]
    assert facts.reader == "dicom"  # its preamble holds a TIFF header
    assert _sizes(image) == (128, 128, 1, 1, 1)
    assert _pixel(image)[:2] == (pytest.approx(661.468), pytest.approx(661.468))
    assert (image.modality, image.pixel_type) == ("CT", "int16")
    assert image.instrument == Device("GE MEDICAL SYSTEMS", "RHAPSODE")
    assert "CompressedSamples" not in str(facts.as_json())  # the patient's name


def test_a_slide_has_the_size_of_its_matrix_and_not_of_a_tile() -> None:
    image = _only(DATA / "dicom" / "sm_image.dcm")
    assert _sizes(image)[:2] == (50, 50)
    assert _pixel(image)[:2] == (0.499, 0.499)


def test_enhanced_frames_take_the_shared_spacing() -> None:
    image = _only(DATA / "dicom" / "seg_image_ct_binary.dcm")
    assert _sizes(image) == (16, 16, 3, 1, 1)
    assert image.pixel_size_x_um is not None
    assert image.keys["pixel_size_x_um"].startswith("(5200,9229)")


def test_dicom_is_not_forced_on_other_files(tmp_path: Path) -> None:
    facts = read(write(tmp_path / "letter.dcm", b"Dear colleague, " * 100))
    assert facts.reader is None
    assert _codes(facts) == ["header.not-an-image"]


def test_dicom_with_missing_pixels_says_so(tmp_path: Path) -> None:
    raw = (DATA / "dicom" / "CT_small.dcm").read_bytes()
    assert _codes(read(write(tmp_path / "cut.dcm", raw[: len(raw) // 2]))) == ["header.truncated"]


# --- OME-Zarr ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "label"), [("simple_0.4", "OME-Zarr 0.4"), ("simple_0.5", "OME-Zarr 0.5")])
def test_ome_zarr_multiplies_its_scales(name: str, label: str) -> None:
    facts = read(DATA / "zarr" / name)
    assert facts.format == label
    image = facts.images[0]
    assert _sizes(image) == (10, 10, 1, 1, 1)
    assert _pixel(image) == (pytest.approx(0.03), pytest.approx(0.004), None)  # nanometres
    assert image.pixel_type == "uint16"


def test_a_plate_gives_its_wells() -> None:
    facts = read(DATA / "zarr" / "plate-01.zarr")
    assert [(i.well, i.field) for i in facts.images] == [("A01", "1"), ("A02", "1"), ("B01", "1"), ("B02", "1")]


def test_bioformats2raw_takes_the_ome_xml(tmp_path: Path) -> None:
    write(tmp_path / "b.zarr/.zattrs", '{"bioformats2raw.layout": 3}')
    document = (DATA / "ome-xml" / "6x4y1z1t1c8b-swatch-instrument.ome").read_text("utf-8")
    write(tmp_path / "b.zarr/OME/METADATA.ome.xml", document)
    image = _only(tmp_path / "b.zarr")
    assert image.objective is not None


def test_zarr_paths_never_lead_out_of_the_store(tmp_path: Path) -> None:
    write(tmp_path / "secret/.zarray", '{"shape": [7, 7], "dtype": "<u2"}')
    attributes = '{"multiscales": [{"axes": ["y", "x"], "datasets": [{"path": "../secret"}]}]}'
    write(tmp_path / "a.zarr/.zattrs", attributes)
    assert read(tmp_path / "a.zarr").images[0].size_x is None


def test_an_axis_without_unit_has_no_pixel_size(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr/0/.zarray", '{"shape": [7, 9], "dtype": "<u2"}')
    write(
        tmp_path / "a.zarr/.zattrs",
        '{"multiscales": [{"axes": [{"name": "y"}, {"name": "x", "unit": "micrometer"}], "datasets": [{"path": "0",'
        '"coordinateTransformations": [{"type": "scale", "scale": [0.5, 0.5]}]}]}]}',
    )
    assert _pixel(read(tmp_path / "a.zarr").images[0]) == (0.5, None, None)


# --- others --------------------------------------------------------------------------------------------------------


def test_small_headers() -> None:
    volume = _only(DATA / "small" / "EMD-3197.map")
    assert _sizes(volume) == (20, 20, 20, 1, 1)
    assert volume.pixel_size_x_um == pytest.approx(0.00114)
    assert _sizes(_only(DATA / "small" / "analyze.hdr"))[:3] == (91, 109, 91)
    assert _sizes(_only(DATA / "small" / "BallBinary30x30x30_gz.nrrd"))[:3] == (30, 30, 30)
    assert _sizes(_only(DATA / "small" / "fuel.mha"))[:3] == (68, 68, 68)
    assert _sizes(_only(DATA / "small" / "test-2.dm3"))[:2] == (2, 2)
    assert _sizes(_only(DATA / "small" / "test-2.dm4"))[:2] == (2, 2)
    photo = _only(DATA / "small" / "Canon_40D.jpg")
    assert _sizes(photo) == (100, 68, 1, 3, 1)
    assert photo.instrument == Device("Canon", "Canon EOS 40D")


def test_nd2_gives_loops_calibration_and_planes() -> None:
    image = _only(DATA / "small" / "cluster_without_pixels.nd2")
    assert _sizes(image) == (38, 31, 10, 2, 3)
    assert _pixel(image) == (pytest.approx(0.1678, abs=1e-4), pytest.approx(0.1678, abs=1e-4), 0.5)
    assert [(c.name, c.emission_nm) for c in image.channels] == [("5-FAM/pH 9.0", 525.0), ("FM 4-64/2% CHAPS", 700.0)]
    assert image.objective == Objective("Plan Apo λ 60x", 60.0, 0.95, refractive_index=1.0)
    assert image.acquired == "2014-06-18T15:55:27"


def test_lif_steps_are_between_centres(tmp_path: Path) -> None:
    text = """<L><Element Name="a"><Data><Image><ImageDescription><Channels><ChannelDescription Resolution="8"/>
    </Channels><Dimensions><DimensionDescription DimID="1" NumberOfElements="11" Length="1e-5" Unit="m"/>
    <DimensionDescription DimID="2" NumberOfElements="21" Length="1e-5" Unit="m"/></Dimensions></ImageDescription>
    <TimeStampList>1d71115cc6e5f00</TimeStampList></Image></Data></Element></L>"""
    image = _only(lif(tmp_path / "a.lif", text))
    assert _sizes(image)[:2] == (11, 21)
    assert _pixel(image)[:2] == (pytest.approx(1.0), pytest.approx(0.5))
    assert image.acquired is not None
    assert image.acquired.startswith("2021-03-0")


def test_formats_without_reader_name_what_would_read_them(tmp_path: Path) -> None:
    facts = read(tiff(tmp_path / "a.vsi"))  # the TIFF in it is an overview and not the image
    assert (facts.reader, facts.format) == (None, "Olympus VSI")
    assert _codes(facts) == ["header.no-reader"]
    assert "Bio-Formats" in facts.problems[0].advice.english()
    assert _codes(read(write(tmp_path / "b.bin", b"\x89HDF\r\n\x1a\n rest"))) == ["header.no-reader"]


def test_no_format_without_reader_has_one() -> None:
    names = {f.lower() for r in headers.readers() for f in r.formats}
    assert not names & {name.lower() for name, _ in headers.FORMATS_WITHOUT_READER.values()}


def test_what_is_not_there_or_empty_is_a_problem(tmp_path: Path) -> None:
    assert _codes(read(tmp_path / "gone.tif")) == ["header.unreadable"]
    assert _codes(read(write(tmp_path / "empty.tif", b""))) == ["header.empty"]


def test_find_gives_each_object_once(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr/.zgroup", "{}")
    write(tmp_path / "a.zarr/0/0.0")
    tiff(tmp_path / "b.tif")
    tiff(tmp_path / "no_ending")
    write(tmp_path / "notes.txt")
    write(tmp_path / "sub/c.czi")
    write(tmp_path / ".DS_Store")
    found = [p.relative_to(tmp_path).as_posix() for p in find([tmp_path])]
    assert sorted(found) == ["a.zarr", "b.tif", "no_ending", "sub/c.czi"]
    assert list(find([tmp_path / "notes.txt"])) == [tmp_path / "notes.txt"]


def test_the_registry_imports_no_library() -> None:
    program = (
        "import sys\nfrom depositor.scan import headers, thumbnails, walk, inventory\nheaders.readers()\n"
        "print(*({'numpy', 'tifffile', 'pydicom', 'PIL'} & sys.modules.keys()))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert out.stdout.split() == []
