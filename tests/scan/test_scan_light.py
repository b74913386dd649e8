"""Header facts of light microscopes: real settings, what programs leave out, and parts that are missing."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from scan_made import DATA, compound, lif, lof, oib, tiff, write

from depositor.draft.cancel import Cancel
from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, LightSource, Objective
from depositor.draft.inventory import SetKind
from depositor.scan.headers import read
from depositor.scan.walk import walk

LIGHT = DATA / "light"
CONFOCAL = "LaserScanningConfocalMicroscopy"


def _codes(facts: FileFacts) -> list[str]:
    return [p.code for p in facts.problems]


def _only(path: Path) -> ImageFacts:
    (image,) = read(path).images
    return image


def _sizes(image: ImageFacts) -> tuple[int | None, ...]:
    return image.size_x, image.size_y, image.size_z, image.size_c, image.size_t


# --- Olympus -------------------------------------------------------------------------------------------------------


def _is_fv1000(image: ImageFacts) -> None:
    assert _sizes(image) == (256, 256, 1, 3, 1)
    assert (image.pixel_size_x_um, image.pixel_type, image.significant_bits) == (0.177, "uint16", 12)
    assert image.acquired == "2012-07-26T15:13:35"
    assert image.objective == Objective("UPLFLN   40X  NA:0.75", 40.0, 0.75)
    assert image.instrument == Device("Olympus", "FV1000")
    assert image.light_sources == (LightSource("Laser", wavelength_nm=488.0),)
    first, second, third = image.channels
    assert (first.name, first.excitation_nm, first.emission_from_nm, first.emission_to_nm) == (
        "CH1",
        488.0,
        505.0,
        525.0,
    )
    assert (first.laser_percent, first.pinhole_um, first.gain) == (0.3, 100.0, 1050.0)
    assert (second.fluorophore, second.emission_nm) == ("Alexa Fluor 546", 572.0)
    assert (third.illumination, third.mode, third.fluorophore) == ("Transmitted", None, None)
    assert image.modality_id == "FBbi:00000252"


def test_oif_reads_its_folder_too() -> None:
    facts = read(LIGHT / "fv1000.oif")
    assert (facts.format, _codes(facts)) == ("Olympus OIF", [])
    _is_fv1000(facts.images[0])


def test_oib_holds_the_same_in_one_file(tmp_path: Path) -> None:
    facts = read(oib(tmp_path / "a.oib"))
    assert (facts.format, _codes(facts)) == ("Olympus OIB", [])
    _is_fv1000(facts.images[0])


def test_oif_without_its_folder_says_what_is_missing(tmp_path: Path) -> None:
    shutil.copy(LIGHT / "fv1000.oif", tmp_path)
    facts = read(tmp_path / "fv1000.oif")
    assert _codes(facts) == ["header.part-missing"]
    assert "fv1000.oif.files" in facts.problems[0].message.english()
    assert facts.images[0].objective is None
    assert facts.images[0].size_x == 256


def test_an_infrared_laser_makes_no_confocal(tmp_path: Path) -> None:
    text = (
        (LIGHT / "fv1000.oif")
        .read_bytes()
        .decode("utf-16")
        .replace("ExcitationWavelength=488", "ExcitationWavelength=800")
    )
    text = text.replace("ExcitationWavelength=543", "ExcitationWavelength=800")
    image = _only(write(tmp_path / "a.oif", text.encode("utf-16")))
    assert (image.modality, image.modality_id) == (None, "FBbi:00000246")  # fluorescence is all that is said


@pytest.mark.timeout(20)
@pytest.mark.parametrize("at", [48, 60, 68, 76])
@pytest.mark.parametrize("value", [0, 1, 7, 0xFFFFFFFE, 0x7FFFFFFF])
def test_a_compound_file_that_lies_about_its_chains_is_over_soon(tmp_path: Path, at: int, value: int) -> None:
    path = oib(tmp_path / "a.oib")
    raw = bytearray(path.read_bytes())
    raw[at : at + 4] = struct.pack("<I", value)
    assert isinstance(read(write(path, bytes(raw))), FileFacts)


@pytest.mark.timeout(20)
def test_a_chain_that_bites_its_tail_ends(tmp_path: Path) -> None:
    path = compound(tmp_path / "a.oib", {"OibInfo.txt": b"x" * 5000, "b": b"y" * 9000})
    raw = bytearray(path.read_bytes())
    table = len(raw) - 512
    raw[table : table + 4 * 40] = struct.pack("<40I", *[(n + 1) % 20 for n in range(40)])
    assert _codes(read(write(path, bytes(raw)))) == ["header.truncated"]


def test_an_oif_and_its_folder_are_one_set(tmp_path: Path) -> None:
    shutil.copytree(LIGHT / "fv1000.oif.files", tmp_path / "fv1000.oif.files")
    shutil.copy(LIGHT / "fv1000.oif", tmp_path)
    tiff(tmp_path / "fv1000.oif.files" / "s_C001.tif")
    batches = list(walk([tmp_path], [()], Cancel()))
    rows = [row for b in batches for row in b.files]
    assert {row.set_path for row in rows} == {"fv1000.oif"}
    assert {s.kind for b in batches for s in b.sets} == {SetKind.COMPANION}


def test_a_folder_between_underscores_without_vsi_is_a_folder(tmp_path: Path) -> None:
    tiff(tmp_path / "_notes_" / "a.tif") if (tmp_path / "_notes_").mkdir() is None else None
    rows = [row for b in walk([tmp_path], [()], Cancel()) for row in b.files]
    assert [row.set_path for row in rows] == ["_notes_/a.tif"]


# --- Leica ---------------------------------------------------------------------------------------------------------


def _is_sp8(image: ImageFacts) -> None:
    assert _sizes(image) == (128, 1, 128, 2, 20)
    assert image.time_increment_s == pytest.approx(0.53)
    assert image.objective == Objective("HC PL APO CS2 63x/1.30 GLYC", 63.0, 1.3, "Glycerol", refractive_index=1.46)
    assert image.instrument == Device("Leica", "TCS SP8, DMI6000B-CS", "Inverted")
    assert [c.fluorophore for c in image.channels] == ["FITC", "TRITC"]
    assert [c.detector for c in image.channels] == ["HyD 1", "HyD 3"]
    assert image.channels[0].emission_from_nm == pytest.approx(492.99)
    assert [one.wavelength_nm for one in image.light_sources] == [488.0, 552.0]
    assert (image.modality, image.modality_id) == (CONFOCAL, "FBbi:00000252")
    assert image.software == "LAS X 3.5.7.23225"
    assert image.keys["objective"] == "ATLConfocalSettingDefinition@ObjectiveName"


def test_xlef_tells_what_it_points_to() -> None:
    facts = read(LIGHT / "leica" / "project.xlef")
    assert _codes(facts) == []  # the settings of the program are no image
    _is_sp8(facts.images[0])


def test_lif_and_lof_tell_the_same(tmp_path: Path) -> None:
    text = (LIGHT / "leica" / "metadata" / "xzt.xlif").read_text("utf-8").partition("?>")[2]
    _is_sp8(_only(lif(tmp_path / "a.lif", text)))
    facts = read(lof(tmp_path / "a.lof", text))
    assert facts.format == "Leica LOF"
    _is_sp8(facts.images[0])


def test_lof_with_missing_pixels_says_so(tmp_path: Path) -> None:
    raw = lof(tmp_path / "a.lof", "<a/>", bytes(4000)).read_bytes()
    assert _codes(read(write(tmp_path / "a.lof", raw[:2000]))) == ["header.truncated"]


def test_xlef_names_each_missing_file_and_follows_no_path_out(tmp_path: Path) -> None:
    text = """<LMSDataContainerHeader><Element Name="p"><Children><Reference File=".%5Cmetadata%5Ca.xlif"/>
    <Reference File="..%5C..%5Csecret.xlif"/><Reference File="C:%5Cb.xlif"/><Reference File="p.xlef"/></Children>
    </Element>
    </LMSDataContainerHeader>"""
    facts = read(write(tmp_path / "p.xlef", text))
    assert _codes(facts) == ["header.part-missing"]
    assert "metadata/a.xlif" in facts.problems[0].message.english()


def test_sted_is_no_confocal(tmp_path: Path) -> None:
    text = (LIGHT / "leica" / "metadata" / "xzt.xlif").read_text("utf-8").partition("?>")[2]
    image = _only(lif(tmp_path / "a.lif", text.replace('IsSTEDActive="0"', 'IsSTEDActive="1"')))
    assert (image.modality, image.modality_id) == ("STED", "FBbi:00000334")
    image = _only(lif(tmp_path / "a.lif", text.replace('LaserLine="552"', 'LaserLine="880"')))
    assert (image.modality, image.modality_id) == (None, None)


STEP = """<ATLConfocalSettingDefinition Pinhole="1e-4"><DetectorList><Detector Name="{name}" Channel="1" IsActive="1"/>
</DetectorList><AotfList><Aotf><LaserLineSetting LaserLine="{nm}" IntensityDev="5" IsLineChecked="1"/></Aotf></AotfList>
</ATLConfocalSettingDefinition>"""


def _leica(channels: str, source: str, settings: str) -> str:
    return f"""<L><Element Name="a"><Data><Image><ImageDescription><Channels>{channels}</Channels><Dimensions>
    <DimensionDescription DimID="1" NumberOfElements="11" Length="1e-5" Unit="m"/></Dimensions></ImageDescription>
    <Attachment Name="HardwareSetting" DataSourceTypeName="{source}">{settings}</Attachment></Image></Data></Element>
    </L>"""


def test_a_sequence_of_leica_tells_each_step(tmp_path: Path) -> None:
    steps = STEP.format(name="PMT 1", nm=488) + STEP.format(name="HyD 2", nm=561)
    text = f"""<LDM_Block_Sequential><LDM_Block_Sequential_Master>
    <ATLConfocalSettingDefinition ObjectiveName="HC PL 20x/0.75"/></LDM_Block_Sequential_Master>
    <LDM_Block_Sequential_List>{steps}</LDM_Block_Sequential_List></LDM_Block_Sequential>"""
    image = _only(lif(tmp_path / "a.lif", _leica('<ChannelDescription Resolution="8"/>' * 2, "Confocal", text)))
    assert [(c.detector, c.excitation_nm, c.laser_percent) for c in image.channels] == [
        ("PMT 1", 488.0, 5.0),
        ("HyD 2", 561.0, 5.0),
    ]
    assert image.objective == Objective("HC PL 20x/0.75")
    assert [one.wavelength_nm for one in image.light_sources] == [488.0, 561.0]


def test_a_camera_of_leica_tells_its_channels(tmp_path: Path) -> None:
    text = """<ATLCameraSettingDefinition><WideFieldChannelConfigurator CameraName="DFC9000"><WideFieldChannelInfo
    UserDefName="GFP" FluoCubeName="L5" ContrastingMethodName="FLUO" EmissionWavelength="525" ExposureTime="50 ms"/>
    </WideFieldChannelConfigurator></ATLCameraSettingDefinition>"""
    channels = '<ChannelDescription Resolution="16" LUTName="Green"/>'
    image = _only(lif(tmp_path / "a.lif", _leica(channels, "Camera", text)))
    (channel,) = image.channels
    assert (channel.name, channel.emission_nm, channel.exposure_s) == ("GFP", 525.0, pytest.approx(0.05))
    assert (channel.contrast, channel.filter, channel.detector) == ("Fluorescence", "L5", "DFC9000")
    assert (image.modality, image.modality_id) == (None, "FBbi:00000246")


# --- Imaris, N5, BigDataViewer -------------------------------------------------------------------------------------


def _imaris(path: Path, **image: str) -> Path:
    import h5py
    import numpy as np

    def put(group: Any, **said: str) -> None:
        for key, text in said.items():
            group.attrs[key] = np.frombuffer(text.encode(), "S1")

    with h5py.File(path, "w") as file:
        for time in range(3):
            for number in range(2):
                channel = file.create_group(f"DataSet/ResolutionLevel 0/TimePoint {time}/Channel {number}")
                channel.create_dataset("Data", shape=(8, 64, 128), dtype="u2")
                put(channel, ImageSizeX="100", ImageSizeY="60", ImageSizeZ="5")
        file.create_group("DataSet/ResolutionLevel 1")
        info = file.create_group("DataSetInfo/Image")
        said = {
            "Unit": "um",
            "ExtMin0": "-5",
            "ExtMax0": "15",
            "ExtMin1": "0",
            "ExtMax1": "12",
            "ExtMin2": "0",
            "ExtMax2": "5",
        }
        put(info, **{**said, "RecordingDate": "2019-03-04 10:11:12.000", "LensPower": "63x", "NumericalAperture": "1.4",
                     "ManufactorString": "Andor", "Name": "(name not specified)", "X": "100", **image})  # fmt: skip
        put(
            file.create_group("DataSetInfo/Channel 0"),
            Name="DAPI",
            Color="0.000 0.000 1.000",
            LSMEmissionWavelength="461",
        )
        put(file.create_group("DataSetInfo/Channel 1"), Name="(name not specified)")
        times = {f"TimePoint{n + 1}": f"2019-03-04 10:11:{12 + 30 * n // 1 % 60:02}.000" for n in range(2)}
        put(file.create_group("DataSetInfo/TimeInfo"), **times, TimePoint3="2019-03-04 10:12:12.000")
        put(file.create_group("DataSetInfo/Imaris"), Version="9.5")
    return path


def test_imaris_gives_size_by_extent(tmp_path: Path) -> None:
    facts = read(_imaris(tmp_path / "a.ims"))
    image = facts.images[0]
    assert _codes(facts) == []
    assert _sizes(image) == (100, 60, 5, 2, 3)  # the stored blocks are larger
    assert (image.pixel_size_x_um, image.pixel_size_y_um, image.pixel_size_z_um) == pytest.approx((0.2, 0.2, 1.0))
    assert image.channels == (Channel("DAPI", emission_nm=461.0, color="#0000FF"),)
    assert image.objective == Objective(magnification=63.0, na=1.4)
    assert (image.instrument, image.software) == (Device("Andor"), "Imaris 9.5")
    assert (image.acquired, image.time_increment_s, image.levels) == ("2019-03-04T10:11:12", 30.0, 2)
    assert image.name is None


def test_imaris_attributes_are_not_believed_beyond_the_array(tmp_path: Path) -> None:
    facts = read(_imaris(tmp_path / "a.ims", X="4000000000", ExtMax0="nan", Unit="px"))
    assert _codes(facts) == ["header.contradiction"]
    assert _sizes(facts.images[0])[:2] == (100, 60)
    assert facts.images[0].pixel_size_x_um is None
    assert facts.images[0].pixel_size_y_um is None


def test_imaris_without_unit_has_no_pixel_size() -> None:
    image = _only(LIGHT / "Minimal_IMS_File.ims")
    assert _sizes(image) == (128, 128, 1, 1, 1)
    assert image.pixel_size_x_um is None


def test_n5_axes_are_x_first_and_seconds_are_no_length() -> None:
    image = _only(LIGHT / "n5" / "n5_viewer_multiscale_modern")
    assert _sizes(image) == (10, 20, 1, 1, 1)
    assert (image.pixel_size_x_um, image.pixel_size_y_um) == (0.01, None)
    assert (image.levels, image.compression, image.pixel_type) == (3, "blosc", "uint16")


def test_n5_of_bigdataviewer_gives_each_view(tmp_path: Path) -> None:
    for setup in range(2):
        write(tmp_path / f"a.n5/setup{setup}/attributes.json", '{"dataType": "uint16"}')
        said = {"dimensions": [30, 20, 10], "dataType": "uint16", "compression": {"type": "raw"}}
        write(tmp_path / f"a.n5/setup{setup}/timepoint0/s0/attributes.json", json.dumps(said))
    facts = read(tmp_path / "a.n5")
    assert [i.name for i in facts.images] == ["setup0", "setup1"]
    assert _sizes(facts.images[0])[:2] == (30, 20)
    assert facts.images[0].size_z is None  # nothing says that the third axis is z


BDV = """<SpimData version="0.2"><SequenceDescription><ImageLoader format="bdv.hdf5"><hdf5 type="relative">a.h5</hdf5>
</ImageLoader><ViewSetups><ViewSetup><id>0</id><name>red</name><size>128 96 40</size><voxelSize><unit>um</unit>
<size>0.2 0.2 1.0</size></voxelSize><attributes><channel>7</channel></attributes></ViewSetup><Attributes name="channel">
<Channel><id>7</id><name>mCherry</name></Channel></Attributes></ViewSetups><Timepoints type="range"><first>0</first>
<last>4</last></Timepoints></SequenceDescription></SpimData>"""


def test_bigdataviewer_tells_its_views_and_what_is_missing(tmp_path: Path) -> None:
    facts = read(write(tmp_path / "a.xml", BDV))
    assert _codes(facts) == ["header.part-missing"]
    image = facts.images[0]
    assert _sizes(image) == (128, 96, 40, 1, 5)
    assert image.channels == (Channel("mCherry"),)
    assert (image.pixel_size_x_um, image.pixel_size_z_um) == (0.2, 1.0)
    write(tmp_path / "a.h5")
    assert _codes(read(tmp_path / "a.xml")) == []
