"""Pixels made to harm: a few bytes that unpack to gigabytes, sizes that nothing could hold. Each small picture is made
in a process of its own, within 20 s and 1.2 GB; there is none, or a modest one."""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scan_instruments import velox
from scan_made import DATA, write

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
import readers as fuzz


@pytest.fixture(scope="module")
def draws() -> Iterator[Callable[[Path], str]]:
    """What is wrong with how a picture was made: nothing, or what the promise forbids."""
    pytest.importorskip("resource")
    child = fuzz.Child(pictures=True)
    yield lambda path: child.read(path)[4]
    child.close()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Two megabytes that unpack to two gigabytes."""
    pack = zlib.compressobj(9, wbits=-15)
    block = pack.compress(bytes(16 << 20)) + pack.flush(zlib.Z_FULL_FLUSH)
    size = 128 * (16 << 20)
    return b"\x78\xda" + block * 128 + b"\x03\0" + struct.pack(">I", size % 65521 << 16 | 1)


def test_the_bomb_is_one(bomb: bytes) -> None:
    assert zlib.decompressobj().decompress(bomb, 40 << 20) == bytes(40 << 20)
    assert len(bomb) < 3 << 20


def _tiff(path: Path, content: bytes, compression: int, edge: int = 64) -> Path:
    import tifffile

    tifffile.imwrite(path, np.zeros((edge, edge), "u1"), compression="zlib", metadata=None)
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        tags = {n: page.tags[n].valueoffset for n in ("StripOffsets", "StripByteCounts", "Compression")}
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, tags["StripOffsets"], len(raw))
    struct.pack_into("<I", raw, tags["StripByteCounts"], len(content))
    struct.pack_into("<H", raw, tags["Compression"], compression)
    path.write_bytes(bytes(raw) + content)
    return path


def test_a_strip_that_unpacks_to_gigabytes(tmp_path: Path, bomb: bytes, draws: Callable[[Path], str]) -> None:
    assert draws(_tiff(tmp_path / "a.tif", bomb, 8)) == ""
    assert draws(_tiff(tmp_path / "b.tif", b"\x81\0" * (8 << 20), 32773)) == ""


def test_a_packed_array_in_hdf5(tmp_path: Path, bomb: bytes, draws: Callable[[Path], str]) -> None:
    import h5py

    path = tmp_path / "a.ims"
    path.write_bytes((DATA / "light" / "Minimal_IMS_File.ims").read_bytes())
    with h5py.File(path, "r+") as file:
        channel = file["DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"]
        shape = channel["Data"].shape
        del channel["Data"]
        data = channel.create_dataset("Data", shape, "u1", chunks=shape, compression="gzip")
        data.id.write_direct_chunk((0,) * len(shape), bomb)
    assert draws(path) == ""


def test_packed_words_in_hdf5(tmp_path: Path, bomb: bytes) -> None:
    """The words of an EMD are read with its header."""
    import h5py

    path = velox(tmp_path / "a.emd")
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(lambda n: names.append(n) if n.endswith("/Metadata") else None)
        shape = file[names[0]].shape
        assert len(shape) == 2
        for name in names:
            del file[name]
            data = file.create_dataset(name, shape, "u1", chunks=shape, compression="gzip")
            data.id.write_direct_chunk((0, 0), bomb)
    child = fuzz.Child()
    assert child.read(path)[4] == ""
    child.close()


def test_a_packed_chunk_of_zarr(tmp_path: Path, bomb: bytes, draws: Callable[[Path], str]) -> None:
    folder = tmp_path / "a.zarr"
    axes = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    write(folder / ".zgroup", '{"zarr_format": 2}')
    write(
        folder / ".zattrs", json.dumps({"multiscales": [{"version": "0.4", "axes": axes, "datasets": [{"path": "0"}]}]})
    )
    array: dict[str, Any] = {"zarr_format": 2, "shape": [64, 64], "chunks": [64, 64], "dtype": "|u1", "order": "C"}
    write(folder / "0" / ".zarray", json.dumps({**array, "compressor": {"id": "zlib", "level": 1}, "filters": None,
                                                "fill_value": 0}))  # fmt: skip
    write(folder / "0" / "0.0", bomb)
    assert draws(folder) == ""


def test_pixels_of_dicom_and_png(tmp_path: Path, bomb: bytes, draws: Callable[[Path], str]) -> None:
    import pydicom
    from pydicom.encaps import encapsulate

    data = pydicom.dcmread(DATA / "dicom" / "CT_small.dcm")
    data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.5"  # RLE: one byte a hundred times
    segment = b"\x81\0" * (4 << 20)
    data.PixelData = encapsulate([struct.pack("<16I", 2, 64, 64 + len(segment), *[0] * 13) + segment * 2])
    data["PixelData"].VR = "OB"
    data.save_as(tmp_path / "a.dcm")
    assert draws(tmp_path / "a.dcm") == ""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    chunks = b"".join(struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c))
                      for n, c in ((b"IHDR", head), (b"IDAT", bomb), (b"IEND", b"")))  # fmt: skip
    assert draws(write(tmp_path / "a.png", b"\x89PNG\r\n\x1a\n" + chunks)) == ""
