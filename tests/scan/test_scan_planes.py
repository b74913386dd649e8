"""Small pictures of volumes, HDF5, N5, shards and packed pixels: the right slice, the right way round."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scan_made import DATA, write

from depositor.draft.facts import ImageFacts
from depositor.scan.planes import codecs, hdf5, n5, ser, volumes, zarr
from depositor.scan.thumbnails import render

VOLUME = np.arange(3 * 4 * 5, dtype="uint16").reshape(3, 4, 5)  # z, y, x


def _grey(planes: Any) -> Any:
    assert planes is not None
    assert len(planes.grey) == 1
    return planes.grey[0]


def _mrc(extended: int = 0) -> bytes:
    head = bytearray(1024)
    head[:16] = struct.pack("<4i", 5, 4, 3, 6)
    head[92:96] = struct.pack("<i", extended)
    head[208:212] = b"MAP "
    return bytes(head) + b"\x07" * extended + VOLUME.tobytes()


@pytest.mark.parametrize("extended", [0, 160])
@pytest.mark.parametrize("packed", [False, True])
def test_the_middle_section_of_mrc_stands_upright(tmp_path: Path, extended: int, packed: bool) -> None:
    content = _mrc(extended)
    path = write(tmp_path / "a.mrc", gzip.compress(content) if packed else content)
    assert np.array_equal(_grey(volumes.mrc(path, ImageFacts(), 64)), VOLUME[1, ::-1])
    picture = Image.open(io.BytesIO(render(path, 64) or b""))
    assert picture.size == (5, 4)
    assert picture.getpixel((0, 0)) > picture.getpixel((0, 3))


def test_a_volume_that_ends_too_early_has_no_picture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mrc", _mrc()[: 1024 + 30])
    with pytest.raises(EOFError):
        volumes.mrc(path, ImageFacts(), 64)
    assert render(path, 64) is None


def _nifti(magic: bytes, start: float) -> bytes:
    head = bytearray(348)
    head[:4] = struct.pack("<i", 348)
    head[40:56] = struct.pack("<8h", 3, 5, 4, 3, 1, 1, 1, 1)
    head[70:74] = struct.pack("<2h", 512, 16)
    head[108:112] = struct.pack("<f", start)
    head[344:348] = magic
    return bytes(head)


def test_nifti_in_one_file_and_as_a_pair(tmp_path: Path) -> None:
    single = write(tmp_path / "a.nii", _nifti(b"n+1\0", 352) + bytes(4) + VOLUME.tobytes())
    assert np.array_equal(_grey(volumes.nifti(single, ImageFacts(), 64)), VOLUME[1, ::-1])
    pair = write(tmp_path / "b.hdr", _nifti(b"ni1\0", 0))
    assert volumes.nifti(pair, ImageFacts(), 64) is None
    write(tmp_path / "b.img", VOLUME.tobytes())
    assert np.array_equal(_grey(volumes.nifti(pair, ImageFacts(), 64)), VOLUME[1, ::-1])


def test_nrrd_attached_packed_and_beside(tmp_path: Path) -> None:
    facts = ImageFacts(pixel_type="uint16")
    head = "NRRD0004\ntype: uint16\ndimension: 3\nsizes: 5 4 3\nendian: little\nencoding: {}\n{}\n"
    raw = write(tmp_path / "a.nrrd", head.format("raw", "").encode() + VOLUME.tobytes())
    packed = write(tmp_path / "b.nrrd", head.format("gzip", "").encode() + gzip.compress(VOLUME.tobytes()))
    beside = write(tmp_path / "c.nhdr", head.format("raw", "data file: c.raw\n").encode())
    write(tmp_path / "c.raw", VOLUME.tobytes())
    for path in (raw, packed, beside):
        assert np.array_equal(_grey(volumes.nrrd(path, facts, 64)), VOLUME[1]), path.name
    away = write(tmp_path / "d.nhdr", head.format("raw", "data file: ../c.raw\n").encode())
    assert volumes.nrrd(away, facts, 64) is None


def test_metaimage_packed_and_big_endian(tmp_path: Path) -> None:
    facts = ImageFacts(pixel_type="uint16")
    head = "ObjectType = Image\nNDims = 3\nDimSize = 5 4 3\nElementType = MET_USHORT\n{}ElementDataFile = LOCAL\n"
    packed = write(
        tmp_path / "a.mha", head.format("CompressedData = True\n").encode() + zlib.compress(VOLUME.tobytes())
    )
    big = head.format("BinaryDataByteOrderMSB = True\n").encode() + VOLUME.astype(">u2").tobytes()
    for path in (packed, write(tmp_path / "b.mha", big)):
        assert np.array_equal(_grey(volumes.metaimage(path, facts, 64)), VOLUME[1]), path.name


def test_imaris_takes_the_level_that_is_large_enough(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.ims", "w") as file:
        for level, edge in enumerate((256, 128, 32)):
            for channel in (0, 1):
                name = f"DataSet/ResolutionLevel {level}/TimePoint 0/Channel {channel}/Data"
                file[name] = np.full((3, edge, edge), edge + channel, "uint16")
    found = hdf5.imaris(tmp_path / "a.ims", ImageFacts(), 100)
    assert found is not None
    assert [int(p.max()) for p in found.grey] == [128, 129]


def test_frames_that_lie_last_are_cut_at_their_plane(tmp_path: Path) -> None:
    import h5py

    facts = ImageFacts(size_x=5, size_y=4)
    with h5py.File(tmp_path / "a.emd", "w") as file:
        file["Data/Image/x/Data"] = np.moveaxis(VOLUME, 0, -1)
        file["Data/Image/x/Metadata"] = np.zeros((60, 1), "uint8")
        file["elsewhere"] = h5py.ExternalLink("b.h5", "/other")
    assert np.array_equal(_grey(hdf5.largest(tmp_path / "a.emd", facts, 64)), VOLUME[1])


def test_the_first_frame_of_a_ser_series(tmp_path: Path) -> None:
    frame = VOLUME[0]
    body = bytes(40) + struct.pack("<hii", 2, 5, 4) + frame.tobytes()
    head = struct.pack("<hhhiiii", 0x4949, 0x0197, 0x0210, 0x4122, 0x4152, 1, 1) + struct.pack("<i", 34) + bytes(8)
    path = write(tmp_path / "a.ser", head + struct.pack("<i", 38) + body)
    assert np.array_equal(_grey(ser.planes(path, ImageFacts(), 64)), frame[::-1])


def _n5(folder: Path, name: str, kind: str, values: Any) -> None:
    size = list(values.shape[::-1])
    told = {"dimensions": size, "blockSize": [3, 2, 2], "dataType": "uint16", "compression": {"type": kind}}
    write(folder / name / "attributes.json", json.dumps(told))
    for z in range(0, size[2], 2):
        for y in range(0, size[1], 2):
            for x in range(0, size[0], 3):
                block = np.ascontiguousarray(values[z : z + 2, y : y + 2, x : x + 3].astype(">u2"))
                packed = block.tobytes() if kind == "raw" else gzip.compress(block.tobytes())
                head = struct.pack(">HH3I", 0, 3, *block.shape[::-1])
                write(folder / name / str(x // 3) / str(y // 2) / str(z // 2), head + packed)


@pytest.mark.parametrize("kind", ["raw", "gzip"])
def test_n5_blocks_are_put_together(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "a.n5/attributes.json", '{"n5": "2.0.0"}')
    _n5(tmp_path / "a.n5", "setup0/s0", kind, VOLUME)
    _n5(tmp_path / "a.n5", "setup0/s1", kind, VOLUME[:, :2, :2])
    found = n5.planes(tmp_path / "a.n5", ImageFacts(size_x=5, size_y=4), 3)
    assert np.array_equal(_grey(found), VOLUME[1])


def _v3(folder: Path, inner: list[dict[str, Any]], where: str) -> None:
    """A sharded array of 4 x 4 values in chunks of 2 x 2, one of which is not there."""
    ome = {"ome": {"version": "0.5", "multiscales": [{"axes": ["y", "x"], "datasets": [{"path": "0"}]}]}}
    write(folder / "zarr.json", json.dumps({"zarr_format": 3, "node_type": "group", "attributes": ome}))
    index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    shards = {"chunk_shape": [2, 2], "codecs": inner, "index_codecs": index, "index_location": where}
    array = {
        "zarr_format": 3, "node_type": "array", "shape": [4, 4], "data_type": "uint16", "fill_value": 9,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4]}},
        "chunk_key_encoding": {"name": "default"},
        "codecs": [{"name": "sharding_indexed", "configuration": shards}],
    }  # fmt: skip
    write(folder / "0/zarr.json", json.dumps(array))


@pytest.mark.parametrize("where", ["start", "end"])
@pytest.mark.parametrize("codec", ["zstd", "blosc", "gzip"])
def test_chunks_in_a_shard(tmp_path: Path, where: str, codec: str) -> None:
    import imagecodecs

    pack = {"zstd": imagecodecs.zstd_encode, "blosc": imagecodecs.blosc_encode, "gzip": gzip.compress}[codec]
    _v3(tmp_path, [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": codec}], where)
    values = np.arange(16, dtype="<u2").reshape(4, 4)
    chunks = [bytes(pack(np.ascontiguousarray(values[y : y + 2, x : x + 2]).tobytes())) for y in (0, 2) for x in (0, 2)]
    at = 68 if where == "start" else 0
    pairs = []
    for chunk in chunks[:3]:
        pairs += [at, len(chunk)]
        at += len(chunk)
    index = struct.pack("<8Q", *pairs, (1 << 64) - 1, (1 << 64) - 1) + bytes(4)
    body = b"".join(chunks[:3])
    write(tmp_path / "0/c/0/0", index + body if where == "start" else body + index)
    found = zarr.planes(tmp_path, ImageFacts(), 4)
    values[2:, 2:] = 9
    assert np.array_equal(_grey(found), values)


@pytest.mark.parametrize("name", ["zlib", "bz2", "lzma", "zstd", "blosc", "lz4"])
def test_what_is_packed_comes_out_and_a_bomb_does_not(name: str) -> None:
    import bz2
    import lzma

    import imagecodecs

    content = bytes(100_000)
    packed = {
        "zlib": zlib.compress,
        "bz2": bz2.compress,
        "lzma": lzma.compress,
        "zstd": imagecodecs.zstd_encode,
        "blosc": imagecodecs.blosc_encode,
        "lz4": lambda raw: imagecodecs.lz4_encode(raw, header=True),
    }[name](content)
    assert codecs.unpacked(bytes(packed), {"id": name}, len(content)) == content
    few = b""
    with contextlib.suppress(Exception):
        few = codecs.unpacked(bytes(packed), {"id": name}, 10)
    assert len(few) <= 10


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("small/test-2.dm3", (2, 2)),
        ("small/test-2.dm4", (2, 2)),
        ("small/EMD-3197.map", (20, 20)),
        ("small/fuel.mha", (68, 68)),
        ("small/example_nifti2.nii.gz", (32, 20)),
        ("light/Minimal_IMS_File.ims", (100, 100)),
        ("medical/small.mnc", (29, 28)),
        ("dicom/sm_image.dcm", (50, 50)),
        ("zarr/simple_0.4", None),
    ],
)
def test_real_files_have_a_picture(name: str, size: tuple[int, int] | None) -> None:
    made = render(DATA / name, 100)
    assert made is not None
    if size:
        assert Image.open(io.BytesIO(made)).size == size


def _lif(pixels: Any) -> bytes:
    """A LIF file of version 2 with a folder without pixels and one image of two channels."""
    height, width = pixels.shape[1:]
    size = height * width
    axes = "".join(
        f'<DimensionDescription DimID="{n}" NumberOfElements="{count}" Length="1" Unit="m" BytesInc="{step}"/>'
        for n, count, step in ((1, width, 1), (2, height, width))
    )
    channels = "".join(f'<ChannelDescription DataType="0" Resolution="8" BytesInc="{n * size}"/>' for n in (0, 1))
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="all"><Memory Size="0" MemoryBlockID="B0"/><Children>'
        f'<Element Name="one"><Data><Image><ImageDescription><Channels>{channels}</Channels><Dimensions>{axes}'
        '</Dimensions></ImageDescription></Image></Data><Memory Size="1" MemoryBlockID="B1"/></Element>'
        "</Children></Element></LMSDataContainerHeader>"
    ).encode("utf-16-le")
    out = b"\x70\0\0\0" + struct.pack("<I", len(xml) + 5) + b"\x2a" + struct.pack("<I", len(xml) // 2) + xml
    for name, content in (("B0", b""), ("B1", pixels.tobytes())):
        told = b"\x2a" + struct.pack("<Q", len(content)) + b"\x2a" + struct.pack("<I", 2) + name.encode("utf-16-le")
        out += b"\x70\0\0\0" + struct.pack("<I", len(told)) + told + content
    return out


def test_the_block_of_a_lif_image_is_found(tmp_path: Path) -> None:
    from depositor.scan.planes import lif

    pixels = np.arange(24, dtype="uint8").reshape(2, 3, 4)
    found = lif.planes(write(tmp_path / "a.lif", _lif(pixels)), ImageFacts(), 64)
    assert found is not None
    assert np.array_equal(np.stack(found.grey), pixels)
    cut = write(tmp_path / "b.lif", _lif(pixels)[:-5])
    with pytest.raises(EOFError):
        lif.planes(cut, ImageFacts(), 64)
    assert render(cut, 64) is None
