"""Boxes over everyday pictures: blank inside, unchanged outside, for every way in which pixels can be stored."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from depositor.draft.problem import Damaged
from depositor.draft.region import Region
from depositor.privacy import examine, remedies
from depositor.privacy.checks import png
from depositor.privacy.remedies import boxes, boxes_gif, boxes_png

REGION = Region("pixels", 5, 7, 20, 9)
GREY = (np.indices((41, 53)).sum(0) * 4 % 256).astype("u1")
COLOUR = np.dstack([GREY, GREY[::-1], 255 - GREY])


def blanked(path: Path, *regions: Region) -> tuple[str, ...]:
    check = examine.check_for(path, path.read_bytes()[:2048])
    remedy = remedies.blanks_for(check)
    assert remedy is not None
    return remedy.blank(path, "study/a", regions or (REGION,))


def outside(shape: tuple[int, ...]) -> np.ndarray:
    mask = np.ones(shape[:2], dtype=bool)
    mask[7:16, 5:25] = False
    return mask


def shows(old: np.ndarray, new: np.ndarray) -> None:
    """Equal outside of the box, one colour inside that was not there alone before."""
    assert old.shape == new.shape
    keep = outside(old.shape)
    assert np.array_equal(old[keep], new[keep])
    inside = new[7:16, 5:25].reshape(180, -1)
    assert len(np.unique(inside, axis=0)) == 1
    assert not np.array_equal(old[~keep], new[~keep])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_of_eight_bits_or_less(mode: str, tmp_path: Path) -> None:
    picture = Image.fromarray(COLOUR)
    if mode in ("RGBA", "LA"):
        picture.putalpha(Image.fromarray(200 - GREY // 2))
    path = tmp_path / "a.png"
    picture.convert(mode).save(path)
    with Image.open(path) as old:
        before = np.asarray(old)
    assert blanked(path) == (str(REGION),)
    with Image.open(path) as new:
        assert new.mode == mode
        shows(before, np.asarray(new))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_png_with_several_pixels_in_a_byte(bits: int, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture = Image.fromarray(GREY % (1 << bits)).convert("P")
    picture.putpalette([200 - 60 * n // (1 << bits) for n in range(3 << bits)])
    picture.save(path, bits=bits)
    with Image.open(path) as old:
        before = np.asarray(old)
    blanked(path)
    with Image.open(path) as new:
        shows(before, np.asarray(new))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_of_sixteen_bits(channels: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    pixels = chance.integers(0, 65535, (41, 53, channels), dtype="u2")
    pixels[:, 30:] = 1234
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(pixels.squeeze()))
    blanked(path)
    shows(pixels.squeeze(), imagecodecs.png_decode(path.read_bytes()))


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_interlaced_png(pixels: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_interlaced(pixels))
    with Image.open(path) as old:
        assert np.array_equal(np.asarray(old), pixels)
    blanked(path)
    with Image.open(path) as new:
        shows(pixels, np.asarray(new))


def _interlaced(pixels: np.ndarray) -> bytes:
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = b""
    for x, y, dx, dy in (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ):
        for row in pixels[y::dy, x::dx]:
            rows += b"\0" + row.tobytes()
    head = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, {1: 0, 3: 2}[channels], 0, 0, 1)
    body = png.written(b"IHDR", head) + png.written(b"IDAT", zlib.compress(rows)) + png.written(b"IEND", b"")
    return png.SIGNATURE + body


@pytest.mark.parametrize("kind", ["png", "gif", "webp"])
def test_frames_of_an_animation(kind: str, tmp_path: Path) -> None:
    """All frames, or the one that the region names."""
    path = tmp_path / f"a.{kind}"
    frames = [Image.fromarray(np.roll(COLOUR, n * 6, 0)) for n in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, lossless=kind == "webp")
    before = _frames(path)
    blanked(path)
    for old, new in zip(before, _frames(path), strict=True):
        shows(old, new)


def _frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        out = []
        for number in range(picture.n_frames):  # type: ignore[attr-defined]
            picture.seek(number)
            out.append(np.asarray(picture.convert("RGB")))
    return out


def test_one_frame_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    frames = [Image.fromarray(np.roll(COLOUR, n * 6, 0)) for n in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    before = _frames(path)
    blanked(path, Region("pixels", 5, 7, 20, 9, 1))
    after = _frames(path)
    assert np.array_equal(before[0], after[0])
    assert np.array_equal(before[2], after[2])
    shows(before[1], after[1])


@pytest.mark.parametrize("least", range(2, 9))
def test_codes_of_gif_are_read_as_they_were_written(least: int) -> None:
    chance = np.random.default_rng(least)
    pixels = chance.integers(0, 1 << least, 120_000).astype("u1").tobytes()
    assert boxes_gif.unpacked(boxes_gif.packed(pixels, least), least, len(pixels)) == pixels


def test_gif_of_noise_fills_the_table_of_codes(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    path = tmp_path / "a.gif"
    Image.fromarray(chance.integers(0, 256, (200, 300), dtype="u1")).save(path)
    before = _frames(path)[0]
    blanked(path)
    shows(before, _frames(path)[0])


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_bmp(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    Image.fromarray(COLOUR).convert(mode).save(path)
    with Image.open(path) as old:
        before = np.asarray(old.convert("RGB"))
    blanked(path)
    with Image.open(path) as new:
        shows(before, np.asarray(new.convert("RGB")))


@pytest.mark.parametrize("options", [{}, {"quality": 95, "subsampling": 0}, {"quality": 60, "progressive": True}])
def test_jpeg_is_nearly_the_same_outside(options: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    smooth = np.add.outer(np.arange(200), np.arange(300)) // 2
    picture = Image.fromarray(np.dstack([smooth, smooth // 2, 255 - smooth]).astype("u1"))
    picture.save(path, comment=b"scale 10 um", **options)  # type: ignore[arg-type]
    with Image.open(path) as opened:
        old, tables = np.asarray(opened).astype(int), opened.quantization  # type: ignore[attr-defined]
    blanked(path)
    with Image.open(path) as opened:
        new = np.asarray(opened).astype(int)
        assert opened.quantization == tables  # type: ignore[attr-defined]
        assert ("progressive" in opened.info) == ("progressive" in options)
        assert opened.info["comment"] == b"scale 10 um"
    assert new[7:16, 5:25].max() <= 2
    away = outside(old.shape)
    away[:32, :48] = False
    assert np.abs(old - new)[away].mean() < 0.5


def test_previews_go_with_the_box(tmp_path: Path) -> None:
    """What a box covers would still be seen in the small picture of the head."""
    path = tmp_path / "a.jpg"
    Image.fromarray(COLOUR).save(path, "JPEG")
    raw = path.read_bytes()
    preview = b"JFXX\0\x10" + raw[:300]
    path.write_bytes(raw[:20] + b"\xff\xe0" + (len(preview) + 2).to_bytes(2, "big") + preview + raw[20:] + raw)
    assert any(f.key.endswith("preview-picture") for f in examine.file(path, "a.jpg").findings)
    blanked(path)
    assert not examine.file(path, "a.jpg").findings
    with Image.open(path) as picture:
        picture.load()


@pytest.mark.parametrize("paint", [boxes_png.blank, boxes_gif.blank], ids=["png", "gif"])
def test_damaged_pictures_are_refused(paint: Callable[..., object], tmp_path: Path) -> None:
    kind = "png" if paint is boxes_png.blank else "gif"
    path = tmp_path / f"a.{kind}"
    Image.fromarray(GREY).save(path)
    raw = path.read_bytes()
    for length in (20, len(raw) // 2):
        path.write_bytes(raw[:length])
        before = path.read_bytes()
        try:
            paint(path, "a", [REGION])
        except (ValueError, zlib.error, struct.error, IndexError, StopIteration):
            assert path.read_bytes() == before


def test_pictures_beyond_memory_are_refused() -> None:
    with pytest.raises(Damaged):
        boxes.refuse_large("a", boxes.LARGEST + 1)
