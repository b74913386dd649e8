"""Small pictures: their size, their colours, and nothing where nothing can be shown."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from scan_made import DATA, czi, tiff, write

from depositor.scan import thumbnails
from depositor.scan.thumbnails import render


def _picture(raw: bytes | None) -> Image.Image:
    assert raw is not None
    picture = Image.open(io.BytesIO(raw))
    assert picture.format == "PNG"
    return picture


def test_a_grey_tiff_keeps_its_shape_and_uses_the_full_range(tmp_path: Path) -> None:
    pixels = bytes(n // 200 for n in range(200 * 100))
    picture = _picture(render(tiff(tmp_path / "a.tif", width=200, height=100, pixels=pixels), 50))
    assert picture.size == (50, 25)
    assert picture.getextrema()[0] < 20
    assert picture.getextrema()[1] > 235


def test_channels_are_merged_in_the_colours_of_the_file(tmp_path: Path) -> None:
    import numpy as np
    import tifffile

    planes = np.zeros((2, 40, 40), "uint16")
    planes[0, :20], planes[1, 20:] = 900, 7000
    xml_colors = {"Channel": {"Name": ["a", "b"], "Color": [-16776961, 65535]}}  # red, blue as signed RGBA
    tifffile.imwrite(tmp_path / "a.ome.tif", planes, metadata={"axes": "CYX", **xml_colors}, photometric="minisblack")
    picture = _picture(render(tmp_path / "a.ome.tif", 40)).convert("RGB")
    assert picture.getpixel((20, 5)) == (255, 0, 0)
    assert picture.getpixel((20, 35)) == (0, 0, 255)


def test_the_smallest_level_that_is_large_enough_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    import tifffile

    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(np.zeros((512, 512), "uint8"), subifds=2)
        for edge in (128, 32):
            file.write(np.full((edge, edge), edge, "uint8"), subfiletype=1)
    seen: list[int] = []
    original = tifffile.TiffPage.asarray

    def asarray(page: tifffile.TiffPage) -> object:
        seen.append(page.imagewidth)
        return original(page)

    monkeypatch.setattr(tifffile.TiffPage, "asarray", asarray)
    assert _picture(render(path, 100)).size == (100, 100)
    assert seen == [128]


def test_czi_tiles_are_put_together(tmp_path: Path) -> None:
    blocks = [{"X": (x, 10, 10), "Y": (0, 20, 20), "C": (0, 1, 1)} for x in (100, 110)]
    picture = _picture(render(czi(tmp_path / "a.czi", "<ImageDocument><Metadata/></ImageDocument>", blocks), 64))
    assert picture.size == (20, 20)


def test_zarr_chunks_are_put_together(tmp_path: Path) -> None:
    folder = tmp_path / "a.zarr"
    attributes = {"multiscales": [{"axes": [{"name": "y"}, {"name": "x"}], "datasets": [{"path": "0"}]}]}
    write(folder / ".zattrs", json.dumps(attributes))
    array = {
        "shape": [6, 8],
        "chunks": [4, 4],
        "dtype": "<u2",
        "order": "C",
        "fill_value": 0,
        "filters": None,
        "compressor": {"id": "zlib", "level": 1},
    }
    write(folder / "0/.zarray", json.dumps(array))
    write(folder / "0/0.1", zlib.compress(struct.pack("<16H", *[500] * 16)))
    picture = _picture(render(folder, 64))
    assert picture.size == (8, 6)
    assert [picture.getpixel(at) for at in ((0, 0), (7, 0), (7, 5))] == [0, 255, 0]


def test_zarr_of_version_3(tmp_path: Path) -> None:
    folder = tmp_path / "a.zarr"
    ome = {"ome": {"version": "0.5", "multiscales": [{"axes": ["y", "x"], "datasets": [{"path": "s0"}]}]}}
    write(folder / "zarr.json", json.dumps({"zarr_format": 3, "node_type": "group", "attributes": ome}))
    array = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [2, 2],
        "data_type": "uint8",
        "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 2]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    }
    write(folder / "s0/zarr.json", json.dumps(array))
    write(folder / "s0/c/0/0", bytes((0, 10, 20, 30)))
    assert _picture(render(folder, 16)).size == (2, 2)


def test_dicom_and_photographs() -> None:
    assert _picture(render(DATA / "dicom" / "CT_small.dcm", 64)).size == (64, 64)
    assert _picture(render(DATA / "small" / "Canon_40D.jpg", 50)).size == (50, 34)


def test_a_large_page_is_thinned_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    import tifffile

    from depositor.scan.planes import tiff as planes

    values = np.add.outer(np.arange(700), 3 * np.arange(500)).astype("uint16")
    for name, how in (("tiled.tif", {"tile": (64, 48)}), ("strips.tif", {"rowsperstrip": 33})):
        tifffile.imwrite(tmp_path / name, values, compression="zlib", **how)
        with tifffile.TiffFile(tmp_path / name) as file:
            found = planes._by_segments(file.pages[0], 50)
        assert np.array_equal(found, values[::7, ::7])
    monkeypatch.setattr(planes, "_MOST_SEGMENTED", 700 * 500 - 1)
    monkeypatch.setattr(planes, "_LARGE", 1000)
    assert render(tmp_path / "tiled.tif", 50) is None


def test_more_than_64_million_samples_are_not_decoded_at_once() -> None:
    from depositor.scan.planes.base import TooLarge, check

    with pytest.raises(TooLarge):
        check(10_000, 7_000)


@pytest.mark.parametrize("content", [b"", b"text", b"II*\0\x08\0\0\0", b"\x89PNG\r\n\x1a\n", b"ZISRAWFILE"])
def test_what_cannot_be_shown_has_no_picture(tmp_path: Path, content: bytes) -> None:
    assert render(write(tmp_path / "x.tif", content), 64) is None
    assert render(tmp_path / "gone", 64) is None


def test_chunks_that_are_missing_or_packed_otherwise_give_none() -> None:
    assert render(DATA / "zarr" / "plate-01.zarr", 64) is None


def test_flat_pixels_are_black_and_not_a_division_by_zero(tmp_path: Path) -> None:
    picture = _picture(render(tiff(tmp_path / "a.tif", pixels=b"\x09" * 12), 64))
    assert picture.getextrema() == (0, 0)
    assert thumbnails.render(tmp_path, 64) is None
