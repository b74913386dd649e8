"""Conversion to OME-TIFF: pixels as they were, nothing else of the old file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
import vendor_samples

from depositor.draft.cancel import Cancel
from depositor.draft.finding import Finding, Level, Subject
from depositor.draft.message import msg
from depositor.draft.problem import Damaged, Stopped
from depositor.draft.region import Region
from depositor.privacy import examine
from depositor.privacy.clean import clean
from depositor.privacy.convert import Plan, to_ome_tiff
from depositor.privacy.policy import PUBLIC
from depositor.scan import headers

TEXTS = {"user": "tnakamura3", "name": "Zofia Wiśniewska", "path": "C:\\Users\\tnakamura3\\x.czi"}


class Pixels:
    def __init__(self, pixels: Any) -> None:
        self.pixels = pixels
        self.asked: list[tuple[int, int, int]] = []

    def plane(self, z: int, c: int, t: int) -> Any:
        self.asked.append((z, c, t))
        return self.pixels[t, c, z]


PLAN = Plan(700, 530, 3, 2, 2, "uint16", 1, 0.325, 0.325, 1.5, 30.0, ("DAPI", "anti-Wells 488"))


def stack() -> Any:
    return np.random.default_rng(3).integers(0, 4000, PLAN.shape, dtype="uint16")


def test_pixels_and_calibration_are_kept(tmp_path: Path) -> None:
    pixels, target = stack(), tmp_path / "out" / "a.ome.tif"
    source = Pixels(pixels)
    to_ome_tiff(source, PLAN, target, "a.czi")
    assert np.array_equal(tifffile.imread(target), pixels)
    assert len(source.asked) == 12  # each plane once
    image = headers.read(target).images[0]
    assert (image.size_x, image.size_y, image.size_z, image.size_c, image.size_t) == (700, 530, 3, 2, 2)
    assert (image.pixel_size_x_um, image.pixel_size_z_um, image.time_increment_s) == (0.325, 1.5, 30.0)
    assert [c.name for c in image.channels] == ["DAPI", "anti-Wells 488"]
    assert not examine.file(target, "a.ome.tif").findings


def test_colour_is_kept(tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).integers(0, 255, (1, 1, 1, 100, 90, 3), dtype="uint8")
    to_ome_tiff(Pixels(pixels), Plan(90, 100, samples=3), tmp_path / "a.ome.tif", "a.czi")
    assert np.array_equal(tifffile.imread(tmp_path / "a.ome.tif"), pixels[0, 0, 0])


def test_boxes_are_painted_in_the_frames_that_they_name(tmp_path: Path) -> None:
    pixels = stack() + 1
    boxes = [Region("pixels", 600, 10, 200, 20, None), Region("pixels", 0, 500, 5, 5, 4)]
    to_ome_tiff(Pixels(pixels), PLAN, tmp_path / "a.ome.tif", "a.czi", boxes)
    found = tifffile.imread(tmp_path / "a.ome.tif").reshape(12, 530, 700)
    expected = pixels.reshape(12, 530, 700).copy()
    expected[:, 10:30, 600:] = 0
    expected[4, 500:505, :5] = 0
    assert np.array_equal(found, expected)


def test_a_plane_of_another_size_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        to_ome_tiff(Pixels(stack()[..., :-1]), PLAN, tmp_path / "a.ome.tif", "a.czi")
    assert not list(tmp_path.iterdir())


def test_it_can_be_stopped(tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Stopped):
        to_ome_tiff(Pixels(stack()), PLAN, tmp_path / "a.ome.tif", "a.czi", (), cancel)
    assert not list(tmp_path.iterdir())


def test_text_on_the_label_of_a_czi_takes_the_label_out_and_its_image_stays_as_it_is(tmp_path: Path) -> None:
    source = vendor_samples.made("czi", tmp_path, TEXTS)
    assert b"Label" in source.read_bytes()
    done = clean(source, tmp_path / "out.czi", [_text("label:3,4,60,12")], PUBLIC, shown="a.czi")
    assert not done.problems
    assert done.removed == (("label:3,4,60,12", "box"),)
    assert not [f for f in examine.file(tmp_path / "out.czi", "a.czi").findings if "Label" in (f.location or "")]
    assert headers.read(tmp_path / "out.czi").images == headers.read(source).images
    refused = clean(source, tmp_path / "no.czi", [_text("pixels:3,4,60,12")], PUBLIC, shown="a.czi")
    assert [p.code for p in refused.problems] == ["privacy.clean.no-boxes"]


def _text(place: str) -> Finding:
    key = f"privacy:pixels:a.czi:{place}:patient-name"
    told = msg("test", "Text")
    return Finding(key, "pixels", Level.BLOCKER, told, None, told, "a.czi", place, Subject.PATIENT, "KIM", ("blank",))
