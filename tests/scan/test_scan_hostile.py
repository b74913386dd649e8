"""Headers made to harm: bombs, loops, endless nesting, pipes. Each is read in a process of its own with the limits of
the promise (5 s, 500 MB); what comes back is a Problem or modest facts, never a death, a hang or an exception."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scan_instruments import MCD, mcd
from scan_made import DATA, compound, czi, lif, lof, tiff, write

from depositor.draft.cancel import Cancel
from depositor.scan import headers
from depositor.scan.walk import walk

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
import readers as fuzz

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
OME = '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "boom">{ENTITIES}]>'


@pytest.fixture(scope="module")
def reads() -> Iterator[Callable[[Path], str]]:
    """What is wrong with how a path was read: nothing, or what the promise forbids."""
    pytest.importorskip("resource")
    child = fuzz.Child()
    yield lambda path: child.read(path)[4]
    child.close()


def _tiff(entries: list[tuple[int, int, int, int]], after: int = 0) -> bytes:
    rows = b"".join(struct.pack("<HHII", *e) for e in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", after)


SIZED = [(256, 3, 1, 4), (257, 3, 1, 4)]
BLOCKS = [{"X": (0, 4, 4), "Y": (0, 4, 4)}]
DEEP = 2_000_000


def _dicom(body: bytes, syntax: bytes = b"1.2.840.10008.1.2.1\0") -> bytes:
    meta = b"\2\0\x10\0UI" + struct.pack("<H", len(syntax)) + syntax
    group = b"\2\0\0\0UL\4\0" + struct.pack("<I", len(meta))
    return bytes(128) + b"DICM" + group + meta + body


def _sequences(depth: int) -> bytes:
    item = b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    return (b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" + item) * depth


def _boxes(depth: int, kind: bytes) -> bytes:
    return b"".join(struct.pack(">I4s", 8 * (depth - n), kind) for n in range(depth))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(extra: bytes) -> bytes:
    size = _chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + extra + _chunk(b"IDAT", zlib.compress(bytes(20))) + _chunk(b"IEND", b"")


def _packed(start: bytes, megabytes: int = 700) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        file.write(start)
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
    return out.getvalue()


def _deflated(megabytes: int = 700) -> bytes:
    pack = zlib.compressobj(1, wbits=-15)
    start = b"\x10\0\x10\0PN\4\0a^b \xe0\x7f\x10\0OB\0\0" + struct.pack("<I", megabytes << 20)
    return pack.compress(start) + b"".join(pack.compress(bytes(1 << 20)) for _ in range(megabytes)) + pack.flush()


def _nifti() -> bytes:
    return struct.pack("<i", 348) + bytes(36) + struct.pack("<8h", 3, 4, 4, 4, 1, 1, 1, 1) + bytes(288) + b"n+1\0"


FILES: dict[str, Callable[[], bytes | str]] = {
    "entities.ome.xml": lambda: BOMB + OME + "&e9;</OME>",
    "deep.ome.xml": lambda: OME + "<a>" * DEEP,
    "wide.ome.xml": lambda: OME + "<a/>" * DEEP * 4,
    "attributes.ome.xml": lambda: "<OME " + " ".join(f'a{n}="1"' for n in range(200_000)) + "/>",
    "Index.idx.xml": lambda: '<EvaluationInputData xmlns="http://www.perkinelmer.com/PEHH/HarmonyV5">' + "<a>" * DEEP,
    "entities.lif.xlef": lambda: BOMB + "<LMSDataContainerHeader>&e9;</LMSDataContainerHeader>",
    "deep.xlef": lambda: "<LMSDataContainerHeader>" + "<Element>" * DEEP,
    "MeasurementData.mlf": lambda: "<bts:MeasurementData xmlns:bts='http://www.yokogawa.co.jp/BTS'>" + "<a>" * DEEP,
    "deep.imzML": lambda: "<mzML>" + "<a>" * DEEP,
    "entities.imzML": lambda: BOMB + "<mzML>&e9;</mzML>",
    "bdv.xml": lambda: "<SpimData>" + "<a>" * DEEP,
    "itself.tif": lambda: _tiff(SIZED, 8),
    "subifds.tif": lambda: _tiff([*SIZED, (330, 4, 1, 8), (34665, 4, 1, 8)], 8),
    "many.tif": lambda: _tiff([*SIZED, (330, 4, 0x7FFFFFFF, 8)], 8),
    "counts.tif": lambda: b"II*\0" + struct.pack("<IH", 8, 0xFFFF) + struct.pack("<HHII", 270, 2, 0xFFFFFFFF, 8) * 99,
    "big.btf": lambda: b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 63),
    "entities.ome.tif": lambda: _described(BOMB + "<OME>&e9;</OME>"),
    "deep.ome.tif": lambda: _described(OME + "<a>" * DEEP),
    "json.tif": lambda: _described('{"a":' * DEEP),
    "sequences.dcm": lambda: _dicom(_sequences(20_000)),
    "deflated.dcm": lambda: _dicom(_deflated(), b"1.2.840.10008.1.2.1.99"),
    "length.dcm": lambda: _dicom(b"\x10\0\x10\0UN\0\0" + struct.pack("<I", 0xFFFFFFF0)),
    "a.nii.gz": lambda: _packed(_nifti()),
    "a.mgz": lambda: _packed(struct.pack(">7i", 1, 1 << 30, 1 << 30, 1 << 30, 1, 0, 0)),
    "a.mrc.gz": lambda: _packed(struct.pack("<4i", *[1 << 19] * 3, 2).ljust(208, b"\0") + b"MAP DA\0\0"),
    "a.mrc": lambda: struct.pack("<4i", *[0xFFFFF] * 3, 2).ljust(92, b"\0") + struct.pack("<i", 0x7FFFFFFF).ljust(
        116, b"\0") + b"MAP DA\0\0" + bytes(1000),
    "a.ser": lambda: struct.pack("<hhhiiii", 0x4949, 0x197, 0x220, 0x4122, 0x4152, 0x7FFFFFFF, 0x7FFFFFFF) + bytes(999),
    "tags.dm3": lambda: struct.pack(">3i", 3, 99, 1) + b"\1\0" + struct.pack(">i", 0x7FFFFFFF) + b"\x14\0\0" * 99_999,
    "deep.dm3": lambda: struct.pack(">3i", 3, 99, 1) + (b"\1\0\0\0\0\1" + b"\x14\0\0") * 50_000,
    "deep.heic": lambda: struct.pack(">I4s4sI", 16, b"ftyp", b"heic", 0) + _boxes(200_000, b"meta"),
    "deep.mp4": lambda: struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + _boxes(200_000, b"moov"),
    "deep.avi": lambda: b"RIFF\0\0\x10\0AVI " + b"LIST\0\0\x10\0hdrl" * 50_000,
    "text.png": lambda: _png(_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(700 << 20), 1))),
    "profile.png": lambda: _png(_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300 << 20), 1))),
    "chunks.png": lambda: _png(_chunk(b"tEXt", b"a\0b") * 300_000),
    "a.nhdr": lambda: "NRRD0004\n" + "key:=value\n" * 1_000_000,
    "line.nhdr": lambda: "NRRD0004\nsizes: " + "9 " * 10_000_000,
    "a.mhd": lambda: "ObjectType = Image\nNDims = 3\nDimSize = " + "9" * 5_000_000,
    "digits.ome.xml": lambda: _digits(),
    "a.mdoc": lambda: "PixelSpacing = 1\n[ZValue = 0]\n" + "[ZValue = 1]\nTiltAngle = 1\n" * 1_000_000,
    "metadata.txt": lambda: '{"Summary":' * DEEP,
    "a.par": lambda: "# === DATA DESCRIPTION FILE ===\n" + "# Dataset name: a\n" * 1_000_000,
}  # fmt: skip


def _digits() -> str:
    text = (DATA / "ome-xml" / "2008-09.ome").read_text("utf-8")
    return text.replace('SizeX="', f'SizeX="{"9" * 5000}')


def _described(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return _tiff([*SIZED, (270, 2, len(raw), 8 + 2 + 3 * 12 + 4)]) + raw


@pytest.mark.parametrize("name", FILES)
def test_a_file_made_to_harm(name: str, tmp_path: Path, reads: Callable[[Path], str]) -> None:
    path = write(tmp_path / name, FILES[name]())
    assert headers.peek_format(path) is not None  # a reader takes it
    assert reads(path) == ""


def _zarr(folder: Path, text: str) -> Path:
    write(folder / ".zgroup", '{"zarr_format": 2}')
    write(folder / ".zattrs", text)
    return folder


def _levels(folder: Path) -> Path:
    each = ",".join('{"path":"0"}' for _ in range(500_000))
    return _zarr(folder, '{"multiscales":[{"axes":[],"datasets":[' + each + "]}]}")


def _shape(folder: Path) -> Path:
    return write(folder / "zarr.json", '{"zarr_format":3,"node_type":"array","shape":[' + "9," * 999_999 + "9]}").parent


def _wells(folder: Path) -> Path:
    each = ",".join(f'{{"path":"A/{n}","rowIndex":0,"columnIndex":{n}}}' for n in range(60_000))
    return _zarr(folder, '{"plate":{"rows":[],"columns":[],"wells":[' + each + "]}}")


def _hdf5(folder: Path, name: str, make: Callable[[Any], None]) -> Path:
    h5py = pytest.importorskip("h5py")
    folder.mkdir()
    with h5py.File(folder / name, "w") as file:
        make(file)
    return folder / name


def _cycle(file: Any) -> None:
    data = file.create_group("data")
    data["again"] = data
    data.attrs["a"] = "b"
    file["DataSet"] = data
    file["DataSetInfo"] = data


def _soft(file: Any) -> None:
    import h5py

    file["data"] = h5py.SoftLink("/data")
    file["DataSet"] = h5py.ExternalLink(str(Path(file.filename).parent / "pipe"), "/DataSet")
    file["DataSetInfo"] = h5py.SoftLink("/DataSetInfo")


def _attributes(file: Any) -> None:
    level = file.create_group("DataSet/ResolutionLevel 0/TimePoint 0/Channel 0")
    level.create_dataset("Data", (4, 4, 4), "u1")
    info = file.create_group("DataSetInfo/Image", track_order=True)
    for n in range(10_000):
        info.attrs[f"a{n}"] = "b" * 100


def _many(file: Any) -> None:
    for n in range(20_000):
        file.create_group(f"DataSet/ResolutionLevel {n}")


OBJECTS: dict[str, Callable[[Path], Path]] = {
    "nested attributes": lambda f: _zarr(f / "a.zarr", '{"a":' * DEEP),
    "nested lists": lambda f: _zarr(f / "a.zarr", "[" * DEEP),
    "many levels": lambda f: _levels(f / "a.zarr"),
    "many wells": lambda f: _wells(f / "a.zarr"),
    "huge shape": lambda f: _shape(f / "a.zarr"),
    "nested n5": lambda f: write(f / "a.n5" / "attributes.json", '{"n5":' * DEEP).parent,
    "hdf5 in a circle": lambda f: _hdf5(f / "h", "a.ims", _cycle),
    "emd in a circle": lambda f: _hdf5(f / "h", "a.emd", _cycle),
    "hdf5 links in a circle": lambda f: _hdf5(f / "h", "a.ims", _soft),
    "hdf5 attributes": lambda f: _hdf5(f / "h", "a.ims", _attributes),
    "hdf5 members": lambda f: _hdf5(f / "h", "a.ims", _many),
    "czi of entities": lambda f: czi(f / "a.czi", BOMB + "<ImageDocument>&e9;</ImageDocument>", BLOCKS),
    "czi of depth": lambda f: czi(f / "a.czi", "<ImageDocument>" + "<a>" * DEEP, BLOCKS),
    "lif of entities": lambda f: lif(f / "a.lif", BOMB + "<LMSDataContainerHeader>&e9;</LMSDataContainerHeader>"),
    "lif of depth": lambda f: lif(f / "a.lif", "<LMSDataContainerHeader>" + "<Element>" * DEEP),
    "lof of depth": lambda f: lof(f / "a.lof", "<Data>" + "<Element>" * DEEP),
    "mcd of depth": lambda f: mcd(f / "a.mcd", text=MCD.replace("<Slide>", "<a>" * DEEP + "<Slide>", 1)),
    "long text of a tiff": lambda f: _sparse(tiff(f / "a.tif"), 6 << 30),
    "long file of text": lambda f: _sparse(write(f / "a.mdoc", "PixelSpacing = 1\n"), 6 << 30),
    "long xml": lambda f: _sparse(write(f / "a.ome.xml", "<OME "), 6 << 30),
    "long index": lambda f: _sparse(write(f / "Index.idx.xml", "<EvaluationInputData>"), 6 << 30),
    "ole in a circle": lambda f: _circle(f / "a.oib"),
}  # fmt: skip


def _sparse(path: Path, size: int) -> Path:
    os.truncate(path, size)
    return path


def _circle(path: Path) -> Path:
    """A compound file whose sectors all follow themselves."""
    compound(path, {"OibInfo.txt": b"a" * 9000, "Storage00001/a": b"b" * 9000})
    raw = bytearray(path.read_bytes())
    count = (len(raw) - 512) // 512
    raw[-512:] = struct.pack("<128I", *(n if n < count else 0xFFFFFFFF for n in range(128)))
    return write(path, bytes(raw))


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_made_to_harm(name: str, tmp_path: Path, reads: Callable[[Path], str]) -> None:
    path = OBJECTS[name](tmp_path)
    if hasattr(os, "mkfifo") and path.parent.name == "h":
        os.mkfifo(path.parent / "pipe")
    assert reads(path) == ""


@posix
def test_a_pipe_with_the_name_of_an_image_is_told_and_not_opened(tmp_path: Path, reads: Callable[[Path], str]) -> None:
    os.mkfifo(tmp_path / "a.tif")
    (tmp_path / "b.tif").symlink_to("/dev/zero")
    (tmp_path / "c.tif").symlink_to("c.tif")
    assert [reads(tmp_path / f"{n}.tif") for n in "abc"] == ["", "", ""]
    codes = [[p.code for p in headers.read(tmp_path / f"{n}.tif").problems] for n in "abc"]
    assert codes == [["header.no-file"], ["header.no-file"], ["header.unreadable"]]
    assert list(headers.find([tmp_path])) == []
    assert headers.peek_format(tmp_path / "a.tif") is None


@posix
@pytest.mark.parametrize(
    "name", ["Index.idx.xml", "MeasurementData.mlf", "plane.mdoc", "plane.xml", "plane_metadata.txt"]
)
def test_pipes_beside_an_image_do_not_stop_it(name: str, tmp_path: Path, reads: Callable[[Path], str]) -> None:
    os.mkfifo(tmp_path / name)
    assert reads(tiff(tmp_path / "plane.tif")) == ""
    assert headers.read(tmp_path / "plane.tif").images


@posix
@pytest.mark.parametrize(
    "name", [".zattrs", "zarr.json", "0/.zarray", "0/zarr.json", "attributes.json", "OME/METADATA.ome.xml"]
)
def test_pipes_in_a_chunked_image_do_not_stop_it(name: str, tmp_path: Path, reads: Callable[[Path], str]) -> None:
    folder = shutil.copytree(DATA / "zarr" / "simple_0.4", tmp_path / "a.zarr")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    assert reads(folder) == ""
    os.mkfifo(tmp_path / "plain.tif")
    found = list(walk([tmp_path], [()], Cancel()))
    assert {f"a.zarr/{name}", "plain.tif"}.isdisjoint(f.path for b in found for f in b.files)
