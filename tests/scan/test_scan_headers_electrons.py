"""What electron microscopes say: EMD, SER and EMI, mdoc, MRC, DigitalMicrograph, TIFF."""

from __future__ import annotations

import copy
import struct
from pathlib import Path
from typing import Any

import pytest
from scan_instruments import EMI, VELOX, emi, fei, mrc, ncem, ser, serial, velox
from scan_made import DATA, tiff, write

from depositor.draft.facts import Channel, Device, Electrons, FileFacts, ImageFacts
from depositor.scan.headers import read
from depositor.scan.readers import dates, parts


def _only(path: Path) -> ImageFacts:
    facts = read(path)
    assert [p.code for p in facts.problems] == []
    assert len(facts.images) == 1
    return facts.images[0]


def _codes(facts: FileFacts) -> list[str]:
    return [p.code for p in facts.problems]


def _electrons(image: ImageFacts) -> Electrons:
    assert image.electrons is not None
    return image.electrons


# --- EMD -----------------------------------------------------------------------------------------------------------


def test_velox_tells_the_camera_image_and_no_person(tmp_path: Path) -> None:
    image = _only(velox(tmp_path / "a.emd"))
    assert (image.size_x, image.size_y, image.size_t, image.pixel_type) == (5, 3, 2, "int16")
    assert image.pixel_size_x_um == pytest.approx(8.17288e-6, rel=1e-5)
    assert (image.acquired, image.modality_id) == ("2019-12-05T10:03:44Z", parts.TEM)
    assert image.instrument == Device("FEI Company", "Titan Themis")
    assert image.channels == (Channel(exposure_s=0.8, binning="2x2"),)
    told = _electrons(image)
    assert (told.voltage_kv, told.mode, told.spot_size, told.exposure_s) == (300.0, "TEM", 3.0, 0.8)
    assert told.defocus_um == pytest.approx(-0.0302317, rel=1e-5)
    assert told.tilt_deg == pytest.approx(-12.58637)
    assert told.camera_length_mm is None  # of a diffraction pattern, which this is not
    assert image.keys["electrons.voltage_kv"] == "Optics.AccelerationVoltage"
    assert not any(word in str(image) for word in ("Muster", "3492", "TITAN52334920"))


def test_a_scanning_detector_makes_it_a_stem_image(tmp_path: Path) -> None:
    said = copy.deepcopy(VELOX)
    said["BinaryResult"]["Detector"] = "HAADF"
    said["Scan"] = {"ScanSize": {"width": "512", "height": "512"}, "DwellTime": "2e-06"}
    image = _only(velox(tmp_path / "a.emd", said))
    told = _electrons(image)
    assert (image.modality_id, told.dwell_us, told.exposure_s, told.camera_length_mm) == (parts.STEM, 2.0, None, 115.0)


@pytest.mark.parametrize(
    ("place", "value", "fact"),
    [
        (("Optics", "AccelerationVoltage"), "1e12", "voltage_kv"),
        (("Optics", "AccelerationVoltage"), "NaN", "voltage_kv"),
        (("Optics", "Defocus"), "7", "defocus_um"),
        (("Stage", "AlphaTilt"), "9", "tilt_deg"),
        (("Optics", "SpotIndex"), [], "spot_size"),
    ],
)
def test_what_no_microscope_has_is_left_out(tmp_path: Path, place: tuple[str, str], value: Any, fact: str) -> None:
    said = copy.deepcopy(VELOX)
    said[place[0]][place[1]] = value
    image = _only(velox(tmp_path / "a.emd", said))
    assert getattr(_electrons(image), fact) is None
    assert f"electrons.{fact}" not in image.keys


def test_a_diffraction_pattern_has_no_pixel_size(tmp_path: Path) -> None:
    said = copy.deepcopy(VELOX)
    said["BinaryResult"] |= {"PixelUnitX": "1/m", "PixelUnitY": "1/m"}
    assert _only(velox(tmp_path / "a.emd", said)).pixel_size_x_um is None


def test_an_ncem_file_tells_its_axes_by_name() -> None:
    image = _only(DATA / "em" / "example_metadata.emd")
    assert (image.size_x, image.size_y, image.pixel_size_x_um) == (3, 3, None)
    assert image.instrument == Device(model="Titan")
    assert _electrons(image).voltage_kv == 300.0
    assert "John Doe" not in str(image)


def test_ncem_units_are_spelt_with_underscores(tmp_path: Path) -> None:
    image = _only(ncem(tmp_path / "a.emd"))
    assert (image.size_x, image.size_y, image.size_t, image.time_increment_s) == (4, 3, 20, 0.5)
    assert (image.pixel_size_x_um, image.pixel_size_y_um) == (pytest.approx(1e-4), pytest.approx(2e-4))


def test_other_hdf5_of_that_name_is_said_to_be_not_read(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.emd", "w") as file:
        file["x"] = [1, 2]
    assert _codes(read(tmp_path / "a.emd")) == ["header.unsupported"]


def test_links_out_of_an_emd_are_not_followed(tmp_path: Path) -> None:
    import h5py

    velox(tmp_path / "other.emd")
    with h5py.File(tmp_path / "a.emd", "w") as file:
        file["Data"] = h5py.ExternalLink("other.emd", "/Data")
    assert read(tmp_path / "a.emd").images == ()


def test_a_deep_or_broken_json_is_silent(tmp_path: Path) -> None:
    import h5py
    import numpy as np

    path = velox(tmp_path / "a.emd")
    with h5py.File(path, "r+") as file:
        image = file["Data/Image/26f60320a61d4f66a73efd8cde34ffa9"]
        del image["Metadata"]
        image["Metadata"] = np.frombuffer(b"[" * 60000, np.uint8).reshape(-1, 1)
    image = _only(path)
    assert (image.size_x, image.electrons) == (5, None)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["heap_that_loops.emd", "heap_that_lies.emd"])
def test_texts_that_kill_or_stall_the_library_do_neither_here(name: str) -> None:
    facts = read(DATA / "damaged" / name)
    assert facts.reader == "emd"
    assert facts.images or facts.problems


# --- SER, EMI ------------------------------------------------------------------------------------------------------


def test_a_ser_file_takes_its_settings_from_the_emi_beside_it(tmp_path: Path) -> None:
    emi(tmp_path / "a b.emi")
    image = _only(ser(tmp_path / "a b_1.ser"))
    assert (image.size_x, image.size_y, image.size_t, image.pixel_type) == (4, 2, 3, "int32")
    assert (image.pixel_size_x_um, image.pixel_size_y_um) == (pytest.approx(0.005), pytest.approx(0.005))
    assert image.acquired == "2016-02-22T18:50:01Z"
    assert image.instrument == Device("FEI", "TalosF200X")  # without its number, D6308
    told = _electrons(image)
    assert (told.voltage_kv, told.magnification, told.defocus_um, told.exposure_s) == (200.0, 22500.0, -1.5, 0.1)
    assert told.tilt_deg == pytest.approx(30.0, abs=1e-4)
    assert image.modality_id == parts.TEM
    assert "Muster" not in str(image)


def test_an_emi_leads_its_ser_files_and_alone_tells_the_settings(tmp_path: Path) -> None:
    path = emi(tmp_path / "a.emi", objects=2)
    assert [i.size_x for i in read(path).images] == [None, None]
    assert _electrons(read(path).images[0]).voltage_kv == 200.0
    ser(tmp_path / "a_1.ser")
    ser(tmp_path / "a_2.ser", frames=1)
    assert [i.size_t for i in read(path).images] == [3, 1]


def test_steps_of_diffraction_are_no_lengths(tmp_path: Path) -> None:
    assert _only(ser(tmp_path / "a_1.ser", step=2e7)).pixel_size_x_um is None
    emi(tmp_path / "b.emi", EMI.replace("SA Zoom Image", "SA Zoom Diffraction"))
    assert _only(ser(tmp_path / "b_1.ser")).pixel_size_x_um is None


def test_ser_counts_that_lie_are_damaged(tmp_path: Path) -> None:
    path = ser(tmp_path / "a_1.ser")
    raw = bytearray(path.read_bytes())
    raw[14:22] = struct.pack("<ii", 0x7FFFFFFF, 0x7FFFFFFF)
    path.write_bytes(raw)
    assert _codes(read(path)) in (["header.damaged"], ["header.truncated"])


# --- mdoc ----------------------------------------------------------------------------------------------------------


def test_an_mdoc_tells_range_step_and_axis_of_the_tilts() -> None:
    image = _only(DATA / "em" / "tilt_series.mdoc")
    assert (image.size_x, image.size_y, image.size_z) == (924, 958, 41)
    assert image.pixel_size_x_um == pytest.approx(5.4e-4)
    assert image.acquired == "2015-11-30T15:21:38"
    told = _electrons(image)
    assert (told.tilt_min_deg, told.tilt_max_deg, told.tilt_step_deg, told.tilts) == (-60.0, 60.0, 3.0, 41)
    assert (told.tilt_axis_deg, told.magnification, told.defocus_um, told.frames) == (85.3, 105000.0, -4.0, 8)
    assert told.dose_e_per_a2 is None  # zero: not measured
    assert "Flo" not in str(image)


def test_an_mdoc_of_one_movie_tells_dose_and_slit() -> None:
    told = _electrons(_only(DATA / "em" / "frame_set_single.mdoc"))
    assert (told.voltage_kv, told.tilt_deg, told.tilts) == (300.0, 32.984, None)
    assert (told.dose_e_per_a2, told.frame_dose_e_per_a2, told.frames, told.slit_ev) == (7.6589, 0.63824, 12, 20.0)
    assert "Johannes" not in str(read(DATA / "em" / "frame_set_single.mdoc").as_json())


def test_images_take_what_the_mdoc_beside_them_says(tmp_path: Path) -> None:
    text = (DATA / "em" / "tilt_series.mdoc").read_text()
    write(tmp_path / "TS_01.mrc.mdoc", text)
    image = _only(mrc(tmp_path / "TS_01.mrc", b"", b"\0\0\0\0"))
    assert image.pixel_size_x_um == pytest.approx(2.7e-4)  # its own word stays
    assert _electrons(image).tilts == 41
    write(tmp_path / "m.tif.mdoc", (DATA / "em" / "frame_set_single.mdoc").read_text())
    assert _electrons(_only(tiff(tmp_path / "m.tif"))).dose_e_per_a2 == 7.6589
    assert read(tmp_path / "m.tif").format == "TIFF movie"


def test_two_hundred_megabytes_of_mdoc_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mdoc", (DATA / "em" / "tilt_series.mdoc").read_text())
    with path.open("r+b") as file:
        file.truncate(200 << 20)
    assert _codes(read(path)) == ["header.unsupported"]


# --- MRC -----------------------------------------------------------------------------------------------------------


def test_the_extended_header_of_thermo_fisher_is_read(tmp_path: Path) -> None:
    image = _only(mrc(tmp_path / "a.mrc", fei(), b"FEI1"))
    told = _electrons(image)
    assert image.instrument == Device(model="Titan Krios")
    assert image.detector == Device(model="EF-Falcon")
    assert (told.voltage_kv, told.magnification, told.spot_size, told.exposure_s) == (300.0, 64000.0, 8.0, 1.2)
    assert (told.dose_e_per_a2, told.defocus_um) == (pytest.approx(9.0), -4.0)  # three times 3e20 per square metre
    assert (told.tilt_min_deg, told.tilt_max_deg, told.tilts, told.tilt_axis_deg) == (-2.0, 2.0, 3, 85.3)
    assert "Muster" not in str(image)


def test_only_values_that_are_marked_as_valid_count(tmp_path: Path) -> None:
    block = bytearray(fei((1.0,)))
    struct.pack_into("<I", block, 8, 1 << 7)
    told = _electrons(_only(mrc(tmp_path / "a.mrc", bytes(block), b"FEI1", 1)))
    assert (told.tilt_deg, told.voltage_kv, told.dose_e_per_a2) == (1.0, None, None)


def test_words_of_serialem_are_read_where_flags_and_width_agree(tmp_path: Path) -> None:
    words, flags = serial()
    told = _electrons(_only(mrc(tmp_path / "a.mrc", words, b"SERI", 3, flags)))
    assert (told.tilt_min_deg, told.tilt_step_deg, told.magnification, told.dose_e_per_a2) == (-3.0, 3.0, 105000.0, 7.5)
    wrong = _electrons(_only(mrc(tmp_path / "b.mrc", words, b"SERI", 3, (14, flags[1]))))
    assert (wrong.tilts, wrong.tilt_axis_deg) == (None, 85.3)


def test_voxels_that_are_missing_are_told(tmp_path: Path) -> None:
    path = mrc(tmp_path / "a.mrc", b"", b"\0\0\0\0")
    path.write_bytes(path.read_bytes()[:-10])
    facts = read(path)
    assert _codes(facts) == ["header.truncated"]
    assert facts.images[0].size_x == 4


# --- DigitalMicrograph ---------------------------------------------------------------------------------------------


def test_digital_micrograph_tells_the_microscope() -> None:
    image = _only(DATA / "em" / "haadf.dm3")
    told = _electrons(image)
    assert (told.voltage_kv, told.magnification, told.mode) == (200.0, 1.3e6, "STEM NANOPROBE")
    assert (told.dwell_us, told.camera_length_mm, told.cs_mm) == (1.4, 135.0, None)  # Cs is 0: not known
    assert image.acquired == "2016-08-27T19:54:33Z"  # 20:54:33 by the British clock on the wall
    assert image.modality_id == parts.STEM


@pytest.mark.parametrize(
    ("date", "time", "iso"),
    [
        ("27.08.2016", "20:54:33", "2016-08-27T20:54:33"), ("5/14/2021", "11:41:07 AM", "2021-05-14T11:41:07"),
        ("8/8/2016", "7:35:17 PM", "2016-08-08T19:35:17"), ("3/4/2016", "7:35:17 PM", None), ("", None, None),
        ("14/5/2021", "12:00:00 AM", "2021-05-14T00:00:00"), ("31.02.2016", "", None),
    ],
)  # fmt: skip
def test_dates_are_told_only_where_day_and_month_are_sure(date: str, time: str | None, iso: str | None) -> None:
    assert dates.numbered(date, time) == iso


def test_named_months_are_english() -> None:
    assert dates.named("30-Nov-15  15:21:38") == "2015-11-30T15:21:38"
    assert dates.named("Mon Feb 22 18:50:01 2016") == "2016-02-22T18:50:01"
    assert dates.named("10 Aug 2018 11:41:13") == "2018-08-10T11:41:13"
    assert dates.named("30-Xyz-15 15:21:38") is None


# --- TIFF ----------------------------------------------------------------------------------------------------------

FEI = """[User]
Date=06/05/2016
Time=05:06:40 PM
User=Erika Muster
[System]
SystemType=Helios
Dnumber=9922607
[Beam]
HV=5000
Spot=1
Beam={beam}
[EBeam]
WD=0.00403466
BeamCurrent=6.25e-012
[Scan]
Dwelltime=1e-005
PixelWidth=3.3724e-006
PixelHeight=3.3724e-006
[Stage]
StageX=2.5e-005
StageY=-0.0002
StageZ=0.008
StageT=0.0174532925
[Vacuum]
ChPressure=60
[Detectors]
Name=ETD
Mode=None
[PrivateFei]
TimeOfCreation=05.06.2016 17:06:40"""
ZEISS = """0
1
DP_SEM
Sem = Merlin
DP_DETECTOR_TYPE
Detector = SE2
DP_FIB_IMAGING
FIB Imaging = {fib}
AP_ACTUALKV
EHT =  8.00 kV
AP_MAG
Mag =    2.00 K X
AP_WD
WD =  7.7 mm
AP_IPROBE
I Probe =    690 pA
DP_DWELL_TIME
Dwell Time = 200 ns
AP_IMAGE_PIXEL_SIZE
Image Pixel Size = 55.82 nm
AP_STAGE_AT_T
Stage at T =   0.0 °
AP_TIME
Time :11:41:13
AP_DATE
Date :10 Aug 2018
SV_USER_NAME
User Name = MUSTER
SV_SERIAL_NUMBER
Serial No. = Merlin-61-56"""


def _tagged(path: Path, tag: int, text: str) -> Path:
    """A TIFF with the text in a tag, which lies behind the pixels."""
    raw = text.encode("latin-1") + b"\0"
    at = len(tiff(path, tags=((tag, 2, len(raw), 0),)).read_bytes())
    tiff(path, tags=((tag, 2, len(raw), at),))
    path.write_bytes(path.read_bytes() + raw)
    return path


def test_an_fei_picture_tells_its_beam_and_no_person(tmp_path: Path) -> None:
    image = _only(_tagged(tmp_path / "a.tif", 34682, FEI.format(beam="EBeam")))
    told = _electrons(image)
    assert (told.voltage_kv, told.dwell_us, told.spot_size, told.mode) == (5.0, 10.0, 1.0, "SEM")
    assert (told.beam_current_na, told.working_distance_mm) == (0.00625, 4.03466)
    assert told.tilt_deg == pytest.approx(1.0)
    assert image.acquired == "2016-06-05T17:06:40"  # 5 June by the line that puts the day first
    assert image.environment is not None
    assert image.environment.pressure_hpa == 0.6
    assert image.detector == Device(model="ETD")
    assert (image.modality_id, image.stage_um) == (parts.SEM, (25.0, -200.0, 8000.0))
    assert not any(word in str(image) for word in ("Muster", "9922607"))


def test_an_ion_beam_is_no_sem(tmp_path: Path) -> None:
    image = _only(_tagged(tmp_path / "a.tif", 34682, FEI.format(beam="IBeam")))
    assert (image.modality_id, _electrons(image).mode) == (None, "FIB")


def test_a_zeiss_picture_tells_quantities_with_units(tmp_path: Path) -> None:
    image = _only(_tagged(tmp_path / "a.tif", 34118, ZEISS.format(fib="SEM")))
    told = _electrons(image)
    assert (told.voltage_kv, told.magnification, told.working_distance_mm) == (8.0, 2000.0, 7.7)
    assert (told.beam_current_na, told.dwell_us, told.tilt_deg) == (0.69, 0.2, 0.0)
    assert (image.acquired, image.instrument) == ("2018-08-10T11:41:13", Device("Carl Zeiss", "Merlin"))
    assert image.pixel_size_x_um == pytest.approx(0.05582)
    assert not any(word in str(image) for word in ("MUSTER", "Merlin-61-56"))
    assert _only(_tagged(tmp_path / "b.tif", 34118, ZEISS.format(fib="FIB"))).modality_id is None


def test_a_tescan_picture_is_read_behind_its_thumbnail(tmp_path: Path) -> None:
    text = (
        "\x01\x02JFIF" + "[MAIN]\r\nDevice=MIRA3 GMU\r\nPixelSizeX=2.5e-08\r\nPixelSizeY=2.5e-08\r\nMagnification=5000"
    )
    text += (
        "\r\nDate=2014-02-17\r\nTime=10:03:22\r\nUserName=Muster\r\n[SEM]\r\nHV=10000\r\nWD=0.0099\r\nDetector=SE\r\n"
    )
    image = _only(_tagged(tmp_path / "a.tif", 50431, text))
    told = _electrons(image)
    assert (image.pixel_size_x_um, told.voltage_kv, told.working_distance_mm) == (pytest.approx(0.025), 10.0, 9.9)
    assert (image.acquired, image.instrument) == ("2014-02-17T10:03:22", Device("TESCAN", "MIRA3 GMU"))
    assert "Muster" not in str(image)


HITACHI = """[SemImageFile]
InstructName=SU8000
PixelSize=9.92
AcceleratingVoltage=5000 Volt
Magnification=10000
WorkingDistance=8100 um
SerialNumber=HI-1
"""
JEOL = """$CM_FORMAT JPG
$CM_ACCEL_VOLT 15.0
$CM_OPERATOR Muster
$CM_INSTRUMENT JSM-7800F
$$SM_WD 10.1
$$SM_MICRON_BAR 100
$$SM_MICRON_MARKER 10um
"""


def test_texts_beside_pictures_of_hitachi_and_jeol_are_read(tmp_path: Path) -> None:
    write(tmp_path / "h.txt", HITACHI.replace("\n", "\r\n").encode("utf-16"))
    image = _only(tiff(tmp_path / "h.tif"))
    told = _electrons(image)
    assert (image.pixel_size_x_um, told.voltage_kv, told.working_distance_mm) == (pytest.approx(0.00992), 5.0, 8.1)
    write(tmp_path / "j.txt", JEOL)
    image = _only(tiff(tmp_path / "j.tif"))
    assert (image.pixel_size_x_um, _electrons(image).voltage_kv) == (pytest.approx(0.1), 15.0)
    assert "Muster" not in str(image)
    write(tmp_path / "n.txt", "PixelSize=9.92 of my cat")
    assert _only(tiff(tmp_path / "n.tif")).pixel_size_x_um is None


def test_an_eer_movie_tells_frames_and_camera(tmp_path: Path) -> None:
    text = '<metadata><item name="commercialName">Falcon 4i</item><item name="exposureTime" unit="s">5.9</item>'
    text += '<item name="numberOfFrames">1428</item><item name="serialNumber">X99</item></metadata>'
    facts = read(_tagged(tmp_path / "a.eer", 65001, text))
    assert facts.format == "EER"
    told = _electrons(facts.images[0])
    assert (told.frames, told.exposure_s, facts.images[0].detector) == (1428, 5.9, Device(model="Falcon 4i"))
    assert "X99" not in str(facts)


def test_a_document_type_in_the_xml_of_a_movie_is_refused(tmp_path: Path) -> None:
    text = '<!DOCTYPE a [<!ENTITY b "cccc">]><metadata><item name="numberOfFrames">&b;</item></metadata>'
    assert _codes(read(_tagged(tmp_path / "a.eer", 65001, text))) == ["header.damaged"]
