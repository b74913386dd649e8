"""Plates of screening microscopes: the index tells what the TIFF files do not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from scan_made import DATA, tiff, write

from depositor.draft.facts import Channel, Device, FileFacts, ImageFacts, LightSource, Objective
from depositor.draft.inventory import SetKind
from depositor.scan import plate_names
from depositor.scan.grouping import Grouping
from depositor.scan.headers import read
from depositor.scan.readers import beside, opera, plates, xml, yokogawa
from depositor.scan.readers.base import Implausible, Truncated

OPERA, YOKOGAWA = DATA / "plates" / "opera" / "Index.idx.xml", DATA / "plates" / "yokogawa" / "MeasurementData.mlf"
FILE = "r01c01f01p01-ch4sk1fk1fl1.tiff"


def _codes(facts: FileFacts) -> list[str]:
    return [p.code for p in facts.problems]


def _only(path: Path) -> ImageFacts:
    (image,) = read(path).images
    return image


@pytest.fixture
def opera_folder(tmp_path: Path) -> Path:
    shutil.copy(OPERA, tmp_path)
    return tmp_path


def test_a_phenix_index_gives_each_place_with_its_channels() -> None:
    image = _only(OPERA)
    assert (image.plate, image.well, image.field) == ("BR00122249", "A01", "1")
    assert (image.size_x, image.size_z, image.size_c, image.size_t) == (1080, 1, 6, 1)
    assert image.pixel_size_x_um == pytest.approx(0.597976)  # and not the 6.45 of the camera
    assert image.objective == Objective(magnification=20.0, na=1.0)
    assert image.instrument == Device("PerkinElmer", "Phenix")
    assert [c.contrast for c in image.channels] == ["Phase", "Brightfield", *["Fluorescence"] * 4]
    assert image.channels[3] == Channel(
        *("Alexa 488", None, 488.0, 522.0, 0.2),
        contrast="Fluorescence", mode="SpinningDiskConfocal", illumination="Epifluorescence",
        detector="AndorZylaCam", binning="2x2",
    )  # fmt: skip
    assert image.modality_id is None  # phase contrast, bright field and confocal in one
    assert image.keys["pixel_size_x_um"] == "ImageResolutionX"
    assert "Somebody" not in str(read(OPERA).as_json())


def test_a_tiff_of_a_plate_has_its_own_well_and_channel(opera_folder: Path) -> None:
    image = _only(tiff(opera_folder / FILE, width=1080, height=1080, pixels=bytes(1080 * 1080)))
    assert (image.plate, image.well, image.field) == ("BR00122249", "A01", "1")
    assert [c.name for c in image.channels] == ["Alexa 488"]
    assert image.modality_id == "FBbi:00000253"
    assert image.pixel_size_y_um == pytest.approx(0.597976)
    assert image.pixel_type == "uint8"  # of the file itself
    assert image.acquired == "2023-03-23T14:52:41-04:00"
    assert image.stage_um == pytest.approx((-322.907, -322.907, -3.0))


def test_an_index_of_another_name_tells_too(opera_folder: Path) -> None:
    (opera_folder / "Index.idx.xml").rename(opera_folder / "Index.ref.xml")
    assert _only(tiff(opera_folder / FILE, width=1080, height=1080, pixels=bytes(1080 * 1080))).well == "A01"
    names = ["Index.ref.xml", FILE]
    groups = Grouping(str(opera_folder)).sort([(name, 1, 0, 0) for name in names])
    assert {(g.kind, g.detail) for g in groups.values()} == {(SetKind.PLATE, "Index.ref.xml")}


def test_a_file_that_contradicts_its_index_says_so(opera_folder: Path) -> None:
    facts = read(tiff(opera_folder / FILE, width=100, height=1080, pixels=bytes(100 * 1080)))
    assert _codes(facts) == ["header.contradiction"]
    assert facts.images[0].size_x == 100


def test_a_file_that_the_index_does_not_name_says_only_its_own(opera_folder: Path) -> None:
    assert _only(tiff(opera_folder / "r09c09f09p01-ch1sk1fk1fl1.tiff")).well is None


def test_settings_of_channels_may_stand_in_a_map(tmp_path: Path) -> None:
    """Harmony 6 and later."""
    text = """<?xml version="1.0"?><EvaluationInputData xmlns="43B2A954/HarmonyV7">
    <InstrumentType>Phenix</InstrumentType><Plates><Plate>
    <PlateID>P1</PlateID><Name>P1</Name></Plate></Plates><Maps><Map><Entry ChannelID="1"><ChannelName>DAPI</ChannelName>
    <AcquisitionType>NonConfocal</AcquisitionType><ChannelType>Fluorescence</ChannelType>
    <ImageResolutionX Unit="m">3E-07</ImageResolutionX><ImageResolutionY Unit="m">3E-07</ImageResolutionY>
    <ExposureTime Unit="s">0.02</ExposureTime></Entry></Map></Maps><Images>%s</Images></EvaluationInputData>"""
    one = """<Image><id>1</id><URL>r02c03f01p0{z}-ch1.tiff</URL><Row>2</Row><Col>3</Col><FieldID>1</FieldID>
    <PlaneID>{z}</PlaneID><ChannelID>1</ChannelID><PositionZ Unit="m">{z}E-06</PositionZ></Image>"""
    path = write(tmp_path / "Index.xml", text % "".join(one.format(z=z) for z in (1, 2, 3)))
    image = _only(path)
    assert (image.well, image.size_z, image.pixel_size_z_um) == ("B03", 3, 1.0)
    assert image.channels == (Channel("DAPI", exposure_s=0.02, contrast="Fluorescence", mode="WideField"),)
    assert (image.pixel_size_x_um, image.modality_id) == (pytest.approx(0.3), "FBbi:00000246")
    assert image.instrument == Device(model="Phenix")  # this version names no maker


def test_what_differs_between_places_is_told_for_each(tmp_path: Path) -> None:
    text = OPERA.read_text("utf-8-sig")
    head, image = text[: text.index("<Images>")], text[text.index('<Image Version="1">') :].split("</Image>")[0]
    made = [
        image.replace("r01c01f01", f"r01c01f{n:04}").replace("<FieldID>1<", f"<FieldID>{n}<") for n in range(1, 703)
    ]
    made[-1] = made[-1].replace("5.979760809567617E-07", "1.2E-06")
    body = "".join(f"{one}</Image>" for one in made)
    found = read(write(tmp_path / "Index.idx.xml", f"{head}<Images>{body}</Images></EvaluationInputData>")).images
    assert len(found) == 501  # the first five hundred fields, and the one that was taken in another way
    assert found[-1].pixel_size_x_um == pytest.approx(1.2)
    assert found[-1].field == "702"


def test_an_index_is_read_once_for_all_its_files(opera_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_so_far = []
    whole = opera.index
    monkeypatch.setattr(opera, "index", lambda path: read_so_far.append(path) or whole(path))
    path = tiff(opera_folder / FILE, width=1080, height=1080, pixels=bytes(1080 * 1080))
    assert [read(path).images[0].well for _ in range(5)] == ["A01"] * 5
    assert len(read_so_far) == 1
    index = opera_folder / "Index.idx.xml"
    index.write_text(index.read_text("utf-8-sig").replace("<Row>1<", "<Row>2<"), "utf-8")
    assert read(path).images[0].well == "B01"  # and again when it changed


def test_a_damaged_index_leaves_the_files_their_own_facts(opera_folder: Path) -> None:
    index = opera_folder / "Index.idx.xml"
    index.write_bytes(index.read_bytes()[:3000])
    assert _codes(read(index)) == ["header.truncated"]
    image = _only(tiff(opera_folder / FILE))
    assert (image.size_x, image.well) == (4, None)


@pytest.mark.parametrize("what", [" " * 70_000 + "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<a>" * 200, "<a><b>"])
def test_a_hostile_index_is_refused(tmp_path: Path, what: str) -> None:
    path = write(tmp_path / "Index.xml", f"<?xml version='1.0'?>{what}")
    with pytest.raises((Implausible, Truncated)):
        list(xml.stream(path, frozenset(("Image",))))


def test_a_cellvoyager_joins_its_files() -> None:
    facts = read(YOKOGAWA)
    assert facts.format == "Yokogawa CellVoyager TIFF"
    assert [(i.well, i.field) for i in facts.images[:5]] == [
        ("D08", "1"),
        ("D08", "2"),
        ("D08", "3"),
        ("D08", "4"),
        ("E03", "1"),
    ]
    image = facts.images[0]
    assert (image.size_x, image.size_y, image.size_z, image.size_c, image.size_t) == (2000, 2000, 4, 2, 1)
    assert (image.pixel_type, image.compression) == ("uint16", "Deflate")  # of the first file that is there
    assert (image.pixel_size_x_um, image.pixel_size_z_um, image.significant_bits) == (0.325, 3.0, 16)
    assert image.objective == Objective("20x v2", 20.0)
    assert image.instrument == Device("Yokogawa", "CV8000")
    assert (image.modality_id, image.software) == ("FBbi:00000253", "CV8000 R2.06.03")
    assert image.light_sources == (LightSource("Laser", wavelength_nm=405.0), LightSource("Laser", wavelength_nm=488.0))
    first = image.channels[0]
    assert (first.excitation_nm, first.emission_from_nm, first.emission_to_nm) == (405.0, 422.5, 467.5)
    assert (first.filter, first.exposure_s, first.pinhole_um, first.binning) == ("BP445/45", 0.1, 50.0, "1x1")
    assert "somebody" not in str(facts.as_json())


def test_a_cellvoyager_tiff_has_its_place() -> None:
    image = _only(next(YOKOGAWA.parent.glob("*.tif")))
    assert (image.well, image.field, image.pixel_size_x_um) == ("D08", "1", 0.325)
    assert image.stage_um == (-567.1, 402.9, 0.0)
    assert [c.filter for c in image.channels] == ["BP445/45"]


def test_a_cellvoyager_without_its_settings_says_what_is_left(tmp_path: Path) -> None:
    shutil.copy(YOKOGAWA, tmp_path)
    image = read(tmp_path / YOKOGAWA.name).images[0]
    assert (image.well, image.size_z, image.pixel_size_x_um, image.channels) == ("D08", 4, None, ())


@pytest.mark.parametrize(("path", "reader"), [(OPERA, opera), (YOKOGAWA, yokogawa)])
def test_names_and_index_say_the_same(path: Path, reader: object) -> None:
    index: plates.Plate = reader.index(path)  # type: ignore[attr-defined]
    kind = "opera" if reader is opera else "yokogawa"
    assert index.records
    for name, record in index.records.items():
        assert plate_names.place(kind, name) == (record.well, record.field)


def test_names_of_other_files_are_no_places() -> None:
    assert plate_names.place("imagexpress", "Mix_E07_s1_w14B8A9CF3-EAC1-4C9C-8501-8A8546F24D95.tif") == ("E07", "1")
    assert plate_names.place("imagexpress", "Mix_E07_w2.TIF") == ("E07", None)
    bracketed = "Mix_A01_s1_[4B8A9CF3-EAC1-4C9C-8501-8A8546F24D95].tif"
    assert plate_names.place("imagexpress", bracketed) == ("A01", "1")
    assert plate_names.place("imagexpress", "notes_E07_final.tif") == (None, None)
    assert plate_names.place("opera", "Index.idx.xml") == (None, None)
    assert plate_names.place("tiff", "r01c01f01p01.tiff") == (None, None)


def test_an_index_in_a_later_part_of_a_huge_folder_still_makes_a_plate(opera_folder: Path) -> None:
    names = [f"r01c01f{n:02}p01-ch1sk1fk1fl1.tiff" for n in range(1, 20)]
    groups = Grouping(str(opera_folder)).sort([(name, 1, 0, 0) for name in names])
    assert {(g.kind, g.detail) for g in groups.values()} == {(SetKind.PLATE, "Index.idx.xml")}


def test_no_index_is_looked_for_where_there_is_none(tmp_path: Path) -> None:
    assert beside.index_of(tmp_path) is None
    (tmp_path / "Index.xml").mkdir()
    assert beside.index_of(tmp_path) is None
