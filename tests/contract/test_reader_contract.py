"""Every reader of the registry against the suite, with real files and with files made here."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
import reader_suite

from depositor.scan import headers

DATA = Path(__file__).parents[1] / "data" / "scan"
sys.path.insert(0, str(Path(__file__).parents[1] / "scan"))

import scan_instruments  # noqa: E402 - the same
import scan_made  # noqa: E402 - lies beside the tests of its package

SAMPLES = {
    "czi": ("czi/100x100.czi",),
    "dicom": ("dicom/CT_small.dcm", "dicom/sm_image.dcm", "dicom/seg_image_ct_binary.dcm"),
    "tiff": (
        *(
            "ome-tiff/ome.tiff",
            "ome-tiff/multiseries.ome.tiff",
            "multifile/multifile-Z2.ome.tiff",
            "tiff/greenZstack.tif",
        ),
        *("tiff/small.svs", "tiff/benchmark_v1_2018_x64y64z5c2s1t11_w1Laser4054BD4BP.stk"),
    ),
    "ome-zarr": ("zarr/simple_0.4", "zarr/simple_0.5", "zarr/plate-01.zarr"),
    "ome-xml": ("ome-xml/hcs.ome.xml", "ome-xml/2008-09.ome", "multifile/multifile.companion.ome"),
    "opera": ("plates/opera/Index.idx.xml",),
    "yokogawa": ("plates/yokogawa/MeasurementData.mlf",),
    "imaris": ("light/Minimal_IMS_File.ims",),
    "xlef": ("light/leica/metadata/xzt.xlif", "light/leica/project.xlef"),
    "n5": ("light/n5/n5_viewer_multiscale_modern",),
    "micro-manager": ("light/mm14_metadata.txt",),
    "mrc": ("small/EMD-3197.map",),
    "nifti": ("small/analyze.hdr", "small/example_nifti2.nii.gz"),
    "nd2": ("small/cluster_without_pixels.nd2",),
    "nrrd": ("small/BallBinary30x30x30_gz.nrrd",),
    "metaimage": ("small/fuel.mha",),
    "gatan": ("small/test-2.dm3", "small/test-2.dm4", "em/haadf.dm3"),
    "mdoc": ("em/tilt_series.mdoc",),
    "emd": ("em/example_metadata.emd",),
    "imzml": ("spectra/Example_Continuous.imzML",),
    "minc": ("medical/small.mnc", "medical/tiny.mnc"),
    "mgh": ("medical/test.mgz",),
    "par-rec": ("medical/phantom_EPI_asc_CLEAR_2_1.PAR",),
    "avi": ("pictures/RIFF.avi",),
    "heif": ("pictures/IMG_5195_without_pixels.heic",),
    "picture": ("small/Canon_40D.jpg",),
}
LIF = """<LMSDataContainerHeader><Element Name="e"><Data><Image><ImageDescription><Channels><ChannelDescription
Resolution="8"/></Channels><Dimensions><DimensionDescription DimID="1" NumberOfElements="11" Length="1e-5" Unit="m"/>
<DimensionDescription DimID="2" NumberOfElements="21" Length="1e-5" Unit="m"/></Dimensions></ImageDescription></Image>
</Data></Element></LMSDataContainerHeader>"""


def _deltavision(path: Path) -> Path:
    head = bytearray(1024)
    head[0:16] = struct.pack("<4i", 8, 6, 10, 6)
    head[40:52] = struct.pack("<3f", 0.13, 0.13, 0.3)
    head[96:98] = struct.pack("<h", -16224)
    head[180:182] = struct.pack("<h", 1)
    head[196:208] = struct.pack("<6h", 2, 525, 632, 0, 0, 0)
    path.write_bytes(bytes(head) + bytes(8 * 6 * 10 * 2))
    return path


BDV = """<?xml version="1.0"?><SpimData version="0.2"><SequenceDescription><ImageLoader format="bdv.hdf5"/><ViewSetups>
<ViewSetup><id>0</id><size>128 96 40</size><voxelSize><unit>um</unit><size>0.2 0.2 1.0</size></voxelSize></ViewSetup>
</ViewSetups><Timepoints type="range"><first>0</first><last>2</last></Timepoints></SequenceDescription></SpimData>"""
ND = """"NDInfoFile", Version 1.0\n"StartTime1", 20180824 13:01:57.177\n"DoWave", TRUE\n"NWavelengths", 1
"WaveName1", "GFP"\n"DoZSeries", TRUE\n"NZSteps", 5\n"ZStepSize", 10\n"EndFile"\n"""


def _nd(folder: Path) -> Path:
    stack = DATA / "tiff" / "benchmark_v1_2018_x64y64z5c2s1t11_w1Laser4054BD4BP.stk"
    (folder / "a_w1GFP.stk").write_bytes(stack.read_bytes())
    return scan_made.write(folder / "a.nd", ND)


def _samples(reader_id: str, folder: Path) -> list[Path]:
    made = {"lif": lambda: scan_made.lif(folder / "a.lif", LIF), "deltavision": lambda: _deltavision(folder / "a.dv")}
    made |= {
        "lof": lambda: scan_made.lof(folder / "a.lof", LIF),
        "olympus-fluoview": lambda: scan_made.oib(folder / "a.oib"),
        "bigdataviewer": lambda: scan_made.write(folder / "a.xml", BDV),
        "imagexpress": lambda: _nd(folder),
    }
    if reader_id in made:
        return [made[reader_id]()]
    more = scan_instruments.samples(reader_id, folder)
    return [*(DATA / name for name in SAMPLES.get(reader_id, ())), *more]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("reader", headers.readers(), ids=lambda r: r.id)
def test_reader_holds_the_contract(reader: headers.Reader, tmp_path: Path) -> None:
    own, folder = tmp_path / "own", tmp_path / "damaged"
    own.mkdir()
    folder.mkdir()
    foreign = [DATA / name for other, names in SAMPLES.items() if other != reader.id for name in names]
    reader_suite.check_reader(reader, _samples(reader.id, own), foreign, folder)


def test_ids_and_formats_are_unique() -> None:
    ids = [r.id for r in headers.readers()]
    formats = [f for r in headers.readers() for f in r.formats]
    assert len(set(ids)) == len(ids)
    assert len(set(formats)) == len(formats)
