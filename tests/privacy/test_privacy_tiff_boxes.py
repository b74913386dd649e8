"""Boxes over pictures in TIFF: what is inside is one value, what is outside stays, the compression is the old one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openslide
import pytest
import slide_makers as makers
import tifffile
from tiff_writer import page, write

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy.remedies.tiff_boxes import blank

BOX = Region("pixels", 100, 60, 150, 40)
COLOUR = makers.picture(300, 400, 3)
DEEP = np.random.default_rng(3).integers(0, 4000, (300, 400)).astype("u2")
FLOATS = (DEEP / 7).astype("f4")


def outside(shape: tuple[int, ...], block: int = 1) -> Any:
    mask = np.ones(shape[:2], bool)
    mask[BOX.y // block * block : -(-(BOX.y + BOX.height) // block) * block, BOX.x // block * block : 256] = False
    return mask


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("tile", [None, (128, 128)])
@pytest.mark.parametrize(
    ("compression", "predictor", "picture"),
    [
        (None, None, COLOUR),
        (None, None, DEEP),
        ("lzw", 2, DEEP),
        ("lzw", None, COLOUR),
        ("deflate", 3, FLOATS),
        ("deflate", None, DEEP),
        ("packbits", None, COLOUR),
        ("zstd", 2, COLOUR),
        ("jpeg2000", None, COLOUR),
    ],
)
def test_lossless_pictures_stay_outside_of_the_box(
    compression: str | None, predictor: int | None, picture: Any, tile: Any, order: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    rows = {} if tile else {"rowsperstrip": 50}
    colour = "rgb" if picture.ndim == 3 else "minisblack"
    how = {"compression": compression, "predictor": predictor, "tile": tile, "photometric": colour, **rows}
    tifffile.imwrite(path, picture, byteorder=order, metadata=None, **how)
    with tifffile.TiffFile(path) as file:
        packed = file.pages[0].compression
    assert blank(path, "a.tif", [BOX]) == (str(BOX),)
    with tifffile.TiffFile(path) as file:
        after = file.asarray()
        assert file.pages[0].compression == packed
    assert not after[60:100, 100:250].any()
    assert np.array_equal(after[outside(after.shape)], picture[outside(picture.shape)])


@pytest.mark.parametrize("thinned", [(1, 1), (2, 2)])
def test_jpeg_is_painted_in_whole_blocks(thinned: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    y, x = np.mgrid[0:300, 0:400]
    soft = np.stack([x / 2, y / 2, (x + y) / 4], -1).astype("u1")
    tifffile.imwrite(path, soft, compression="jpeg", tile=(128, 128), subsampling=thinned, photometric="rgb")
    before = tifffile.imread(path)
    blank(path, "a.tif", [BOX])
    after = tifffile.imread(path)
    assert after[60:100, 100:250].max() <= 2
    rest = outside(after.shape, 16)
    assert np.abs(after[rest].astype(int) - before[rest]).mean() < 3


def test_all_levels_of_a_slide_are_painted_and_it_still_opens(tmp_path: Path) -> None:
    path = makers.aperio(tmp_path / "a.svs")
    blank(path, "a.svs", [Region("pixels", 256, 128, 128, 64)])
    with openslide.OpenSlide(str(path)) as slide:
        whole, half = (np.asarray(slide.read_region((0, 0), n, slide.level_dimensions[n]))[..., :3] for n in (0, 1))
        small = np.asarray(slide.associated_images["thumbnail"])[..., :3]
    assert whole[128:192, 256:384].max() <= 8
    assert half[64:96, 128:192].max() <= 8
    assert small[32:48, 64:96].max() <= 8
    assert whole[400:, 400:].any()


def test_a_box_over_a_label_hits_the_label_alone(tmp_path: Path) -> None:
    path = makers.aperio(tmp_path / "a.svs")
    with openslide.OpenSlide(str(path)) as slide:
        before = {n: p.convert("RGB").tobytes() for n, p in slide.associated_images.items()}
    blank(path, "a.svs", [Region("label", 0, 0, 90, 50, 3)])
    with openslide.OpenSlide(str(path)) as slide:
        after = {n: p.convert("RGB").tobytes() for n, p in slide.associated_images.items()}
        label = np.asarray(slide.associated_images["label"])[..., :3]
    assert [n for n in before if before[n] != after[n]] == ["label"]
    assert not label[:50].any()
    assert label[50:].any()


def test_the_overview_of_an_ndpi_file_is_painted(tmp_path: Path) -> None:
    path = makers.ndpi(tmp_path / "a.ndpi")
    blank(path, "a.ndpi", [Region("macro", 0, 0, 64, 60, 1)])
    with openslide.OpenSlide(str(path)) as slide:
        macro = np.asarray(slide.associated_images["macro"])[..., :3]
    assert macro[:, :64].max() <= 2
    assert macro[:, 80:].max() > 100


def test_frames_are_pages_and_no_frame_means_all(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    stack = np.full((4, 64, 64), 200, "u1")
    tifffile.imwrite(path, stack, compression="deflate", photometric="minisblack", metadata=None)
    blank(path, "stack.tif", [Region("pixels", 8, 8, 16, 16, 2)])
    after = tifffile.imread(path)
    assert [int(p[8:24, 8:24].max()) for p in after] == [200, 200, 0, 200]
    blank(path, "stack.tif", [Region("pixels", 8, 8, 16, 16)])
    assert not tifffile.imread(path)[:, 8:24, 8:24].any()


def test_planes_behind_one_page_are_painted_too(tmp_path: Path) -> None:
    path = tmp_path / "ij.tif"
    stack = np.full((3, 32, 32), 77, "u2")
    raw = page(stack[0], text="ImageJ=1.53t\nimages=3\nslices=3\n")
    raw.segments = [stack[0].tobytes()]
    write(path, [raw], tail=b"")
    with tifffile.TiffFile(path) as file:
        offset = file.pages[0].dataoffsets[0]
    head = path.read_bytes()
    path.write_bytes(head + stack.tobytes())
    with path.open("r+b") as file:  # the picture is what lies at the end
        file.seek(head.index(offset.to_bytes(4, "little"), 8))
        file.write(len(head).to_bytes(4, "little"))
    before = path.read_bytes()[: len(head)]
    blank(path, "ij.tif", [Region("pixels", 4, 4, 8, 8)])
    after = np.frombuffer(path.read_bytes()[len(head) :], "u2").reshape(3, 32, 32)
    assert not after[:, 4:12, 4:12].any()
    assert (after == 77).sum() == 3 * (32 * 32 - 64)
    assert path.read_bytes()[: len(head)] == before


def test_old_bytes_of_a_longer_segment_are_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    flat = np.zeros((64, 64), "u1")
    flat[::7] = 255
    noisy = np.random.default_rng(1).integers(0, 255, (64, 64)).astype("u1")
    tifffile.imwrite(path, noisy, compression="jpeg", metadata=None)
    with tifffile.TiffFile(path) as file:
        at, size = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    old = path.read_bytes()[at : at + size]
    blank(path, "a.tif", [Region("pixels", 0, 0, 16, 16)])
    with tifffile.TiffFile(path) as file:
        moved = file.pages[0].dataoffsets[0]
        assert not file.asarray()[:16, :16].any()
    assert old[-64:] not in path.read_bytes()
    assert moved == at or path.read_bytes()[at : at + size] == bytes(size)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((64, 64), "u1"), compression="png", metadata=None)
    with pytest.raises(Damaged) as told:
        blank(path, "a.tif", [Region("pixels", 0, 0, 16, 16)])
    assert told.value.problem.code == "privacy.clean.no-boxes"
