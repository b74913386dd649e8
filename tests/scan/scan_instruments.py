"""Files of electron microscopes, mass spectrometers, slide scanners and cameras, made as their layouts say."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from scan_made import DATA

VELOX: dict[str, Any] = {  # the blocks and spellings of a file written by Velox 2.10
    "Core": {"UserId": "Erika Muster", "MetadataDefinitionVersion": "7.9"},
    "Instrument": {"ControlSoftwareVersion": "2.11.1", "Manufacturer": "FEI Company", "InstrumentId": "3492",
                   "InstrumentClass": "Titan", "InstrumentModel": "Themis", "ComputerName": "TITAN52334920"},
    "Acquisition": {"AcquisitionStartDatetime": {"DateTime": "1575540224"}, "SourceType": "XFEG"},
    "Optics": {"AccelerationVoltage": "300000", "SpotIndex": "3", "Defocus": "-3.0231699205257632e-08",
               "CameraLength": "0.115", "NominalMagnification": "1271519.155"},
    "Stage": {"Position": {"x": "1.2240794e-05", "y": "-1.2958e-05", "z": "-1.8973e-05"}, "AlphaTilt": "-0.2196736"},
    "Scan": {"ScanSize": {"width": "0", "height": "0"}},
    "Detectors": {
        "Detector-0": {"DetectorName": "BM-Ceta", "DetectorType": "ImagingDetector", "ExposureTime": "0.8",
                       "Binning": {"width": "2", "height": "2"}},
        "Detector-1": {"DetectorName": "HAADF", "DetectorType": "ScanningDetector", "ExposureTime": "5"},
    },
    "BinaryResult": {"Detector": "BM-Ceta", "PixelUnitX": "m", "PixelUnitY": "m",
                     "PixelSize": {"width": "8.1728831922978511e-12", "height": "8.1728831922978511e-12"}},
}  # fmt: skip


def velox(path: Path, said: dict[str, Any] | None = None, frames: int = 2) -> Path:
    """A Velox EMD of one image of 5 x 3 pixels."""
    import h5py
    import numpy as np

    text = json.dumps(said if said is not None else VELOX).encode()
    column = np.frombuffer(text.ljust(8000, b"\0"), np.uint8)
    with h5py.File(path, "w") as file:
        image = file.create_group("Data/Image/26f60320a61d4f66a73efd8cde34ffa9")
        image["Data"] = np.zeros((3, 5, frames), np.int16)
        image.create_dataset("Metadata", data=np.stack([column] * frames, 1), chunks=(8000, 1))
        file["Info"] = [json.dumps({"applicationVersion": "2.10.0"})]
        file["Version"] = [json.dumps({"format": "Velox", "version": "8"})]
    return path


def ncem(path: Path) -> Path:
    """An EMD of the NCEM: 4 x 3 pixels at 20 time points, with the units as that format spells them."""
    import h5py
    import numpy as np

    with h5py.File(path, "w") as file:
        group = file.create_group("data/movie")
        group.attrs["emd_group_type"] = 1
        group["data"] = np.zeros((20, 3, 4), np.float32)
        for number, (name, unit, step) in enumerate((("t", "[s]", 0.5), ("y", "[n_m]", 0.2), ("x", "[n_m]", 0.1)), 1):
            group[f"dim{number}"] = np.arange(20 if name == "t" else 4) * step
            group[f"dim{number}"].attrs["name"] = name
            group[f"dim{number}"].attrs["units"] = unit
    return path


EMI = """<ObjectInfo><ExperimentalConditions><MicroscopeConditions><AcceleratingVoltage>200000</AcceleratingVoltage>
<Tilt1>0.5235988</Tilt1></MicroscopeConditions></ExperimentalConditions><ExperimentalDescription><Root>
<Data><Label>Microscope</Label><Value>Microscope TalosF200X 200 kV D6308 XTwin</Value><Unit></Unit></Data>
<Data><Label>User</Label><Value>Erika Muster</Value><Unit></Unit></Data>
<Data><Label>Mode</Label><Value> TEM uP SA Zoom Image</Value><Unit></Unit></Data>
<Data><Label>Defocus</Label><Value>-1.500</Value><Unit>um</Unit></Data>
<Data><Label>Magnification</Label><Value>22500</Value><Unit>x</Unit></Data>
<Data><Label>Spot size</Label><Value>3</Value><Unit></Unit></Data></Root></ExperimentalDescription>
<AcquireDate>Mon Feb 22 18:50:01 2016</AcquireDate><AcquireInfo><DwellTimePath>0.1</DwellTimePath>
<CameraNamePath>BM-Ceta</CameraNamePath><Binning>8</Binning></AcquireInfo><Manufacturer>FEI</Manufacturer></ObjectInfo>"""


def ser(path: Path, frames: int = 3, step: float = 5e-9) -> Path:
    """A SER file of 4 x 2 pixels, with time tags."""
    axis = struct.pack("<iddii", frames, 0.0, 1.0, 0, 6) + b"Number" + struct.pack("<i", 0)
    table = 30 + len(axis)
    elements = [table + 8 * frames + n * (50 + 32 + 8) for n in range(frames)]
    element = struct.pack("<ddiddihii", 0.0, step, 0, 0.0, -step, 0, 6, 4, 2) + bytes(32)
    tag = struct.pack("<HHI", 0x4152, 0, 1456167001)
    head = struct.pack("<3H6i", 0x4949, 0x197, 0x210, 0x4122, 0x4152, frames, frames, table, 1) + axis
    offsets = struct.pack(f"<{2 * frames}i", *elements, *(at + 82 for at in elements))
    path.write_bytes(head + offsets + (element + tag) * frames)
    return path


def emi(path: Path, text: str = EMI, objects: int = 1) -> Path:
    """An EMI file: bytes of a layout that is not public around plain XML."""
    path.write_bytes(b"JK\0\2\0\0\0\0\x04M\1\0" + bytes(4000) + text.encode() * objects + bytes(500))
    return path


MCD = """<MCDSchema xmlns="http://www.fluidigm.com/IMC/MCDSchema_V2_0.xsd"><Slide><ID>0</ID>
<Filename>D:\\Erika_Muster\\a.mcd</Filename><SwVersion>7.0.8493.0</SwVersion></Slide>
<AcquisitionChannel><ID>0</ID><ChannelName>X</ChannelName><OrderNumber>0</OrderNumber><AcquisitionID>1</AcquisitionID>
</AcquisitionChannel><AcquisitionChannel><ID>1</ID><ChannelName>Yb(172)</ChannelName><OrderNumber>4</OrderNumber>
<AcquisitionID>1</AcquisitionID><ChannelLabel>H3K27Ac</ChannelLabel></AcquisitionChannel>
<AcquisitionChannel><ID>2</ID><ChannelName>Pr(141)</ChannelName><OrderNumber>3</OrderNumber>
<AcquisitionID>1</AcquisitionID><ChannelLabel>Keratin</ChannelLabel></AcquisitionChannel>
<Acquisition><ID>1</ID><Description>ROI_001</Description>
<AblationDistanceBetweenShotsX>1</AblationDistanceBetweenShotsX>
<AblationDistanceBetweenShotsY>1</AblationDistanceBetweenShotsY>
<DataStartOffset>166</DataStartOffset><DataEndOffset>{end}</DataEndOffset>
<StartTimeStamp>2021-03-05T13:36:08.3473821+01:00</StartTimeStamp><SegmentDataFormat>Float</SegmentDataFormat>
<ValueBytes>4</ValueBytes><MaxX>5</MaxX><MaxY>4</MaxY></Acquisition></MCDSchema>"""


def mcd(path: Path, rows: int = 4, text: str = MCD) -> Path:
    """An MCD of 5 columns and ``rows`` of the 4 rows that were planned: three values for each pixel."""
    values = bytes(4 * 3 * 5 * rows)
    field = b"<SchemasOffset>k__BackingField\x09\x02\0\0\0" + struct.pack("<q", 166 + len(values))
    head = b"\x00\x01\x00\x00\x00\xff\xff\xff\xff\x01".ljust(90, b"\0") + b"CytofShared.MCDHeader" + field
    xml = text.format(end=166 + len(values)).encode("utf-16-le")
    path.write_bytes(head.ljust(166, b"\0") + values + xml)
    return path


def imc_text(path: Path, wide: int = 5, high: int = 4) -> Path:
    """The text of an acquisition."""
    lines = ["Start_push\tEnd_push\tPushes_duration\tX\tY\tZ\tKeratin(Pr141Di)\tDNA1(Ir191Di)"]
    places = ((x, y) for y in range(high) for x in range(wide))
    lines += [f"{n}\t{n + 1}\t1\t{x}\t{y}\t{n}\t0.000\t1.500" for n, (x, y) in enumerate(places)]
    path.write_text("\r\n".join(lines) + "\r\n")
    return path


def sdt(path: Path, edge: int = 8) -> Path:
    """The header of a real file, with a smaller scan and its pixels empty."""
    raw = bytearray((DATA / "spectra" / "tcspc_without_pixels.sdt").read_bytes())
    length = edge * edge * 256 * 2
    struct.pack_into("<ii", raw, 5145 + 173, edge, edge)
    block = struct.pack("<hiiHhII", 1, 5370, 5370 + length, 16, 0, 1, length)
    raw[5348:5370] = block
    path.write_bytes(bytes(raw) + bytes(length))
    return path


def _box(kind: bytes, *parts: bytes) -> bytes:
    inner = b"".join(parts)
    return struct.pack(">I4s", 8 + len(inner), kind) + inner


def mp4(path: Path, brand: bytes = b"isom", wide: int = 640, high: int = 480, frames: int = 25) -> Path:
    """An MP4 whose first track is sound and whose second has pictures."""
    entry = _box(b"avc1", bytes(24), struct.pack(">HH", wide, high), bytes(50))
    table = _box(b"stbl", _box(b"stsd", bytes(4), struct.pack(">I", 1), entry),
                 _box(b"stsz", bytes(8), struct.pack(">I", frames)))  # fmt: skip
    pictures = _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8), b"vide", bytes(12)), _box(b"minf", table)))
    sound = _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8), b"soun", bytes(12))))
    path.write_bytes(_box(b"ftyp", brand, bytes(4)) + _box(b"mdat", bytes(100)) + _box(b"moov", sound, pictures))
    return path


MRXS = """[GENERAL]
SLIDE_ID = 8BDD8D8C
SLIDE_NAME = Muster, Erika
IMAGENUMBER_X = 6
IMAGENUMBER_Y = 4
OBJECTIVE_NAME = Plan-Apochromat
OBJECTIVE_MAGNIFICATION = 20
CAMERA_TYPE = CIS_VCC_FC60FR19CL
CameraImageDivisionsPerSide = 2
SLIDE_TYPE = SLIDE_TYPE_BRIGHTFIELD
SLIDE_CREATIONDATETIME = 20/05/2014 10:03:22
[HIERARCHICAL]
HIER_COUNT = 2
HIER_0_NAME = Slide zoom level
HIER_0_COUNT = 9
HIER_0_VAL_0_SECTION = LAYER_0_LEVEL_0_SECTION
HIER_1_NAME = Slide filter level
[LAYER_0_LEVEL_0_SECTION]
OVERLAP_X = 40
OVERLAP_Y = 0
MICROMETER_PER_PIXEL_X = 0.2325
MICROMETER_PER_PIXEL_Y = 0.2326
DIGITIZER_WIDTH = 256
DIGITIZER_HEIGHT = 256
"""


def mrxs(path: Path, text: str = MRXS) -> Path:
    """A MIRAX slide with its folder; the file itself is a small picture."""
    path.write_bytes((DATA / "small" / "Canon_40D.jpg").read_bytes())
    folder = path.with_suffix("")
    folder.mkdir()
    (folder / "Slidedat.ini").write_text("\ufeff" + text, "utf-8")
    return path


def mrc(path: Path, extended: bytes, kind: bytes, sections: int = 3, flags: tuple[int, int] = (0, 0)) -> Path:
    """An MRC stack of 4 x 2 pixels with an extended header and a label of SerialEM."""
    head = bytearray(1024)
    struct.pack_into("<10i", head, 0, 4, 2, sections, 1, 0, 0, 0, 4, 2, sections)
    struct.pack_into("<3f", head, 40, 4 * 2.7, 2 * 2.7, sections * 2.7)
    struct.pack_into("<i", head, 92, len(extended))
    head[104:108] = kind
    struct.pack_into("<hh", head, 128, *flags)
    head[208:216] = b"MAP DD\0\0"
    struct.pack_into("<i", head, 220, 2)
    head[224:304] = b"Erika Muster".ljust(80)
    head[304:384] = b"    Tilt axis angle = 85.3, binning = 4  spot = 8  camera = 2".ljust(80)
    path.write_bytes(bytes(head) + extended + bytes(4 * 2 * sections * 2))
    return path


def serial(sections: int = 3) -> tuple[bytes, tuple[int, int]]:
    """SerialEM's words: tilt, stage, magnification, dose; and (bytes for a section, flags)."""
    words = [struct.pack("<hhhhf", round(100 * a), 10, 20, 1050, 2.5) for a in (-3.0, 0.0, 3.0)[:sections]]
    return b"".join(words), (12, 1 | 4 | 8 | 32)


def fei(angles: tuple[float, ...] = (-2.0, 0.0, 2.0), kind: int = 1) -> bytes:
    """The extended header of Thermo Fisher for each section, with the masks of what is valid."""
    blocks = []
    for angle in angles:
        block = bytearray(768)
        struct.pack_into("<ii", block, 0, 768, kind)
        struct.pack_into("<I", block, 8, 1 << 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 12 | 1 << 14 | 1 << 15
                         | 1 << 24 | 1 << 25 | 1 << 31)  # fmt: skip
        block[20:36] = b"Titan Krios".ljust(16, b"\0")
        block[52:68] = b"Tomography".ljust(16, b"\0")
        struct.pack_into("<dddd", block, 84, 300000.0, 3e20, angle, 1.5)
        struct.pack_into("<d", block, 140, 85.3)  # tilt axis
        struct.pack_into("<dd", block, 156, 2.7e-10, 2.7e-10)
        struct.pack_into("<d", block, 236, -4e-6)  # applied defocus
        struct.pack_into("<i", block, 244, 1)
        struct.pack_into("<d", block, 289, 64000.0)
        struct.pack_into("<I", block, 297, 1 << 1 | 1 << 16 | 1 << 19)
        struct.pack_into("<i", block, 309, 8)  # spot
        struct.pack_into("<d", block, 419, 1.2)  # integration time
        block[435:451] = b"EF-Falcon".ljust(16, b"\0")
        blocks.append(bytes(block))
    return b"".join(blocks)


def pictures(folder: Path) -> list[Path]:
    """One small picture of each kind that Pillow writes."""
    from PIL import Image

    picture = Image.new("RGB", (7, 5))
    made = [folder / f"a.{end}" for end in ("gif", "bmp", "webp", "png")]
    for path in made:
        picture.save(path)
    return made


def jpeg2000(folder: Path) -> list[Path]:
    """A JP2 and a bare code stream."""
    from PIL import Image

    made = [folder / "a.jp2", folder / "a.j2k"]
    for path in made:
        Image.new("RGB", (70, 50)).save(path)
    return made


def samples(reader_id: str, folder: Path) -> list[Path]:
    """Files made for the contract of a reader; none for a reader that others make them for."""
    words, flags = serial()
    makers: dict[str, Any] = {
        "emd": lambda: [velox(folder / "velox.emd"), ncem(folder / "ncem.emd")],
        "ser": lambda: [ser(folder / "a_1.ser")],
        "emi": lambda: [ser(folder / "b_1.ser"), emi(folder / "b.emi")][1:],
        "mcd": lambda: [mcd(folder / "a.mcd")],
        "imc-text": lambda: [imc_text(folder / "a.txt")],
        "sdt": lambda: [sdt(folder / "a.sdt")],
        "mp4": lambda: [mp4(folder / "a.mp4"), mp4(folder / "a.mov", b"qt  ")],
        "mrxs": lambda: [mrxs(folder / "a.mrxs")],
        "mrc": lambda: [mrc(folder / "a.mrc", fei(), b"FEI1"), mrc(folder / "b.mrc", words, b"SERI", 3, flags)],
        "picture": lambda: pictures(folder),
        "jpeg2000": lambda: jpeg2000(folder),
    }
    return list(makers[reader_id]()) if reader_id in makers else []
