"""Header facts of light microscopes: text beside images, OME-XML, CZI, and the rules that all readers share."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from scan_made import DATA, czi, tiff, write

from depositor.draft.cancel import Cancel
from depositor.draft.facts import Channel, Environment, FileFacts, ImageFacts, LightSource, Objective
from depositor.draft.inventory import SetKind
from depositor.scan.headers import read
from depositor.scan.readers import modality, ome, sane
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


# --- MetaMorph, MetaXpress, Micro-Manager --------------------------------------------------------------------------

HTD = """"HTSInfoFile", Version 1.0
"TimePoints", 1
"ZSeries", FALSE
"XWells", 3
"YWells", 2
"WellsSelection1", FALSE, TRUE, FALSE
"WellsSelection2", FALSE, FALSE, TRUE
"Sites", TRUE
"XSites", 2
"YSites", 1
"SiteSelection1", TRUE, TRUE
"Waves", TRUE
"NWavelengths", 2
"WaveName1", "DAPI"
"WaveName2", "FITC"
"EndFile"
"""
META = """<MetaData><prop id="Description"
value="Exposure: 15 ms&#13;&#10;Binning: 4 x 4&#13;&#10;Acquired from AndorSdk3 Camera"/>
<PlaneInfo><prop id="spatial-calibration-state" value="on"/><prop id="spatial-calibration-x" value="1.3668"/>
<prop id="spatial-calibration-y" value="1.3668"/><prop id="spatial-calibration-units" value="um"/>
<prop id="wavelength" value="447"/><custom-prop id="_MagSetting_" value="20X Plan Apo"/></PlaneInfo></MetaData>"""


def test_htd_tells_wells_and_asks_the_first_images(tmp_path: Path) -> None:
    tiff(tmp_path / "P_A02_s1_w1.TIF", description=META)
    path = write(tmp_path / "P.HTD", HTD)
    facts = read(path)
    assert facts.format == "MetaXpress TIFF"
    assert [(i.well, i.field) for i in facts.images] == [("A02", "1"), ("A02", "2"), ("B03", "1"), ("B03", "2")]
    image = facts.images[0]
    assert (image.plate, image.size_c, image.pixel_size_x_um) == ("P", 2, 1.3668)
    assert image.channels == (
        Channel("DAPI", emission_nm=447.0, exposure_s=0.015, detector="AndorSdk3", binning="4x4"),
        Channel("FITC"),
    )
    sets = {(s.kind, s.detail) for b in walk([tmp_path], [()], Cancel()) for s in b.sets}
    assert sets == {(SetKind.PLATE, "P.HTD")}


def test_htd_counts_chosen_sites_and_finds_the_first_time_point(tmp_path: Path) -> None:
    text = HTD.replace('"XSites", 2', '"XSites", 3').replace(
        'Selection1", TRUE, TRUE', 'Selection1", TRUE, FALSE, TRUE'
    )
    text = text.replace('"EndFile"', '"WaveCollect2", 0\n"EndFile"')
    (tmp_path / "TimePoint_1").mkdir()
    tiff(tmp_path / "TimePoint_1" / "P_A02_s1_w1.TIF", description=META)
    facts = read(write(tmp_path / "P.HTD", text))
    assert _codes(facts) == []
    assert [i.field for i in facts.images[:2]] == ["1", "2"]  # the files are _s1 and _s2
    assert [c.name for c in facts.images[0].channels] == ["DAPI"]


def test_htd_without_images_says_what_is_missing(tmp_path: Path) -> None:
    assert _codes(read(write(tmp_path / "P.HTD", HTD))) == ["header.part-missing"]
    assert _codes(read(write(tmp_path / "P.HTD", HTD[:200]))) == ["header.truncated"]


def test_nd_and_stacks_that_contradict_each_other_say_so(tmp_path: Path) -> None:
    stack = DATA / "tiff" / "benchmark_v1_2018_x64y64z5c2s1t11_w1Laser4054BD4BP.stk"
    shutil.copy(stack, tmp_path / "a_w1GFP.stk")
    text = '"NDInfoFile", Version 1.0\n"DoWave", TRUE\n"NWavelengths", 1\n"WaveName1", "GFP"\n"DoZSeries", TRUE\n' \
           '"NZSteps", {}\n"ZStepSize", 10\n"EndFile"\n'  # fmt: skip
    facts = read(write(tmp_path / "a.nd", text.format(5)))
    assert (_codes(facts), facts.images[0].size_z) == ([], 5)
    facts = read(write(tmp_path / "a.nd", text.format(7)))
    assert (_codes(facts), facts.images[0].size_z) == (["header.contradiction"], None)


def test_micro_manager_metadata() -> None:
    image = _only(LIGHT / "mm14_metadata.txt")
    assert _sizes(image) == (64, 64, 2, 2, 2)
    assert (image.pixel_size_x_um, image.pixel_size_z_um) == (None, 5.0)  # 1 µm: nobody calibrated
    assert image.channels == (Channel("Cy5", color="#FF0000"), Channel("DAPI", color="#00FF00"))
    assert image.time_increment_s == 5.0
    assert "somebody" not in str(read(LIGHT / "mm14_metadata.txt").as_json())


def test_micro_manager_text_that_was_not_closed_is_still_read(tmp_path: Path) -> None:
    text = (LIGHT / "mm14_metadata.txt").read_text().rstrip().removesuffix("}").rstrip() + ","
    facts = read(write(tmp_path / "x_metadata.txt", text))
    assert (_codes(facts), facts.images[0].size_z) == (["header.truncated"], 2)
    assert _codes(read(write(tmp_path / "x_metadata.txt", text[: len(text) // 2]))) == ["header.truncated"]


def _ndtiff(folder: Path, planes: list[dict[str, Any]], name: str = "a_NDTiffStack.tif", kind: int = 6) -> Path:
    out = b""
    for axes in planes:
        raw = json.dumps(axes).encode()
        out += struct.pack("<I", len(raw)) + raw + struct.pack("<I", len(name)) + name.encode()
        out += struct.pack("<8I", 500, 64, 48, kind, 0, 9000, 100, 0)
    return write(folder / "NDTiff.index", out)


def test_ndtiff_counts_its_axes(tmp_path: Path) -> None:
    planes = [{"time": t, "channel": c} for t in range(3) for c in ("DAPI", "GFP")]
    facts = read(_ndtiff(tmp_path, planes))
    assert _codes(facts) == ["header.part-missing"]
    assert _sizes(facts.images[0]) == (64, 48, 1, 2, 3)
    assert facts.images[0].significant_bits == 11
    assert [c.name for c in facts.images[0].channels] == ["DAPI", "GFP"]
    cut = (tmp_path / "NDTiff.index").read_bytes()[:-5]
    assert _codes(read(write(tmp_path / "NDTiff.index", cut))) == ["header.truncated"]


# --- OME, CZI, Zarr ------------------------------------------------------------------------------------------------

INSTRUMENT = """<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" Creator="NIS-Elements 5">
<Instrument ID="I">
<Microscope Manufacturer="Nikon" Model="Ti2" Type="Inverted"/><Laser ID="L1" Model="LU-N4" Power="20" PowerUnit="mW"
Wavelength="488"/><LightEmittingDiode ID="L2" Model="D-LEDI"/><Detector ID="D" Manufacturer="Hamamatsu" Model="Flash4"
Type="CMOS"/><Objective ID="O" Correction="PlanApo" Immersion="Oil" LensNA="1.4" Model="Plan Apo 60x"
WorkingDistance="0.13"
WorkingDistanceUnit="mm" NominalMagnification="60"/><Filter ID="F" Model="ET525/50"><TransmittanceRange CutIn="500"
CutOut="550"/></Filter></Instrument><Image ID="i" Name="C:\\Users\\Jane Doe\\a.nd2"><InstrumentRef ID="I"/>
<ObjectiveSettings ID="O" RefractiveIndex="1.515"/><ImagingEnvironment Temperature="37" CO2Percent="0.05"
Humidity="0.9"/>
<Pixels ID="p" DimensionOrder="XYCZT" Type="uint16" SignificantBits="12" SizeX="{x}" SizeY="3" SizeZ="1" SizeC="1"
SizeT="3">
<Channel ID="c" Name="GFP" AcquisitionMode="SpinningDiskConfocal" ContrastMethod="Fluorescence" PinholeSize="0.05"
PinholeSizeUnit="mm"><LightSourceSettings ID="L1"/><DetectorSettings ID="D" Binning="2x2" Gain="3"/><LightPath>
<EmissionFilterRef ID="F"/></LightPath></Channel><Plane TheC="0" TheZ="0" TheT="0" DeltaT="0" PositionX="1"
PositionXUnit="mm"
PositionY="2" PositionYUnit="mm"/><Plane TheC="0" TheZ="0" TheT="1" DeltaT="10.1"/><Plane TheC="0" TheZ="0" TheT="2"
DeltaT="20"/></Pixels></Image></OME>"""


def test_ome_tells_instrument_and_surroundings() -> None:
    (image,) = ome.images(INSTRUMENT.format(x=4))
    assert image.channels == (
        Channel(
            "GFP", contrast="Fluorescence", mode="SpinningDiskConfocal", emission_from_nm=500.0, emission_to_nm=550.0,
            filter="ET525/50", detector="Hamamatsu Flash4", gain=3.0, binning="2x2", pinhole_um=50.0,
        ),
    )  # fmt: skip
    assert image.objective == Objective("Plan Apo 60x", 60.0, 1.4, "Oil", None, "PlanApo", 130.0, 1.515)
    assert image.light_sources == (LightSource("Laser", None, "LU-N4", 488.0, 20.0),)  # the LED was not used
    assert image.environment == Environment(37.0, 5.0, humidity_percent=90.0)
    assert (image.dimension_order, image.significant_bits, image.software) == ("XYCZT", 12, "NIS-Elements 5")
    assert image.stage_um == (1000.0, 2000.0, None)
    assert image.time_increment_s == pytest.approx(10.0)
    assert image.modality_id == "FBbi:00000253"
    assert image.name == "a.nd2"  # a folder may have the name of a person


def test_xml_and_pages_of_a_tiff_that_differ_are_a_problem(tmp_path: Path) -> None:
    assert _codes(read(tiff(tmp_path / "a.ome.tif", description=INSTRUMENT.format(x=4)))) == []
    facts = read(tiff(tmp_path / "a.ome.tif", description=INSTRUMENT.format(x=400)))
    assert _codes(facts) == ["header.contradiction"]
    assert facts.images[0].size_x == 400


def test_czi_tells_light_detector_incubation_and_well(tmp_path: Path) -> None:
    text = """<ImageDocument><Metadata><Information><Image><ComponentBitCount>14</ComponentBitCount><Dimensions>
    <Channels>
    <Channel Id="C" Name="AF488"><EmissionWavelength>517</EmissionWavelength>
    <ContrastMethod>Fluorescence</ContrastMethod>
    <AcquisitionMode>WideField</AcquisitionMode><IlluminationType>Epifluorescence</IlluminationType><DetectorSettings>
    <Binning>2,2</Binning><Detector Id="D"/></DetectorSettings><LightSourcesSettings><LightSourceSettings>
    <Intensity>9.78 %</Intensity><LightSource Id="L"/></LightSourceSettings></LightSourcesSettings>
    <FilterSetRef Id="S"/>
    </Channel></Channels><S><Scenes><Scene Index="0"><CenterPosition>49500,35500</CenterPosition><Shape Name="D6">
    <ColumnIndex>6</ColumnIndex><RowIndex>4</RowIndex></Shape></Scene></Scenes></S></Dimensions></Image><Instrument>
    <LightSources><LightSource Id="L" Name="LED2"><LightSourceType><LightEmittingDiode/></LightSourceType></LightSource>
    </LightSources><Detectors><Detector Id="D"><Manufacturer><Model>Axiocam</Model></Manufacturer></Detector>
    </Detectors>
    <FilterSets><FilterSet Id="S"><EmissionFilters><EmissionFilterRef Id="F"/></EmissionFilters></FilterSet>
    </FilterSets>
    <Filters><Filter Id="F"><TransmittanceRange><CutIn>501</CutIn><CutOut>547</CutOut></TransmittanceRange></Filter>
    </Filters>
    </Instrument><TimelineTracks><TimelineTrack><TimelineElements><TimelineElement><EventInformation>
    <IncubationRecording>
    <Components><MTBIncubationTemperatureChannel1><Value>37</Value><IsEnabled>true</IsEnabled>
    </MTBIncubationTemperatureChannel1><MTBIncubationCO2Channel><Value>20</Value><IsEnabled>false</IsEnabled>
    </MTBIncubationCO2Channel></Components></IncubationRecording></EventInformation></TimelineElement>
    </TimelineElements>
    </TimelineTrack></TimelineTracks></Information></Metadata></ImageDocument>"""
    small = {"X": (0, 10, 5), "Y": (0, 8, 4), "S": (0, 1, 1)}
    image = _only(czi(tmp_path / "a.czi", text, [{"X": (0, 10, 10), "Y": (0, 8, 8), "S": (0, 1, 1)}, small]))
    (channel,) = image.channels
    assert (channel.detector, channel.binning, channel.laser_percent) == ("Axiocam", "2x2", 9.78)
    assert (channel.emission_from_nm, channel.emission_to_nm) == (501.0, 547.0)
    assert image.light_sources == (LightSource("LED", model="LED2"),)
    assert image.environment == Environment(37.0)  # the gas was switched off
    assert (image.well, image.stage_um, image.levels) == ("D06", (49500.0, 35500.0), 2)
    assert (image.significant_bits, image.modality_id) == (14, "FBbi:00000246")


def test_a_zarr_store_says_what_its_ome_xml_and_its_arrays_say(tmp_path: Path) -> None:
    write(tmp_path / "b.zarr/.zattrs", '{"bioformats2raw.layout": 3}')
    write(tmp_path / "b.zarr/OME/METADATA.ome.xml", INSTRUMENT.format(x=4))
    axes = '[{"name": "t"}, {"name": "y", "type": "space", "unit": "micrometer"}, {"name": "x", "unit": "micrometer"}]'
    scale = '[{"type": "scale", "scale": [1, 0.5, 0.5]}]'
    image = (
        f'{{"multiscales": [{{"axes": {axes}, "datasets": [{{"path": "0", "coordinateTransformations": {scale}}}]}}]}}'
    )
    write(tmp_path / "b.zarr/0/.zattrs", image)
    array = '{"shape": [3, 3, %d], "dtype": "<u2", "compressor": {"id": "blosc", "cname": "lz4"}}'
    write(tmp_path / "b.zarr/0/0/.zarray", array % 4)
    facts = read(tmp_path / "b.zarr")
    assert _codes(facts) == []
    (found,) = facts.images
    assert (found.pixel_size_x_um, found.compression, found.levels) == (0.5, "blosc (lz4)", 1)
    assert found.objective is not None
    write(tmp_path / "b.zarr/0/0/.zarray", array % 5)
    assert _codes(read(tmp_path / "b.zarr")) == ["header.contradiction"]


# --- rules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "term"),
    [
        ((Channel(mode=CONFOCAL), Channel(mode=CONFOCAL, contrast="Fluorescence")), "FBbi:00000252"),
        ((Channel(mode=CONFOCAL), Channel(name="T PMT")), "FBbi:00000252"),
        ((Channel(mode=CONFOCAL), Channel(mode=CONFOCAL, contrast="DIC")), None),
        ((Channel(mode="WideField"),), None),
        ((Channel(mode="WideField", contrast="Phase"),), "FBbi:00000247"),
        ((Channel(mode="WideField", illumination="Epifluorescence", emission_nm=520.0),), "FBbi:00000246"),
        ((Channel(mode="SpinningDiskConfocal", contrast="Brightfield"),), "FBbi:00000243"),
        ((Channel(mode="Lucky imaging"),), None),
        ((Channel("DAPI"),), None),
        ((), None),
    ],
)
def test_a_term_only_where_the_header_leaves_no_choice(channels: tuple[Channel, ...], term: str | None) -> None:
    assert modality.of(channels) == term


@pytest.mark.parametrize("dpi", [1, 72, 96, 300])
@pytest.mark.parametrize(
    ("unit", "factor"), [("inch", 1.0), ("cm", 2.54), ("mm", 25.4), ("um", 25400.0), ("m", 0.0254)]
)
def test_the_pixel_of_a_screen_is_refused_in_every_unit(dpi: int, unit: str, factor: float) -> None:
    assert sane.length_um(factor / dpi, unit) is None


@pytest.mark.parametrize("unit", ["pixel", "px", "", None, "reference frame", "s"])
def test_what_is_no_length_is_no_pixel_size(unit: str | None) -> None:
    assert sane.length_um(0.5, unit) is None
