"""Formats that only BioIO reads: asked last, only where it is installed, and never for pixel sizes.

BioIO itself is an extra and too heavy for every run; what stands in for it here has the attributes of its 3.x API.
"""

import sys
from pathlib import Path

import pytest
from scan_made import tiff, write

from depositor.scan import headers, thumbnails
from depositor.scan.readers import decoded

BIOIO = """
import numpy

class _Dims:
    T, C, Z, Y, X = 3, 2, 5, 40, 60

class _Lazy:
    shape = (2, 40, 60)
    def __getitem__(self, at):
        return _Lazy.Cut(numpy.arange(4800).reshape(2, 40, 60)[at])
    class Cut:
        def __init__(self, values):
            self.values = values
        def compute(self):
            return self.values

class BioImage:
    def __init__(self, path):
        if b"broken" in open(path, "rb").read():
            raise RuntimeError("no plug-in")
        self.scenes, self.dims, self.dtype = ("a", "b"), _Dims(), numpy.dtype("uint16")
        self.channel_names = ["DAPI", "GFP"]
    def set_scene(self, number):
        assert number in (0, 1)
    @property
    def physical_pixel_sizes(self):
        raise AssertionError("its pixel sizes are not to be trusted")
    def get_image_dask_data(self, order, T, Z):
        assert (order, T, Z) == ("CYX", 0, 2)
        return _Lazy()
"""


@pytest.fixture
def bioio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "library/bioio.py", BIOIO)
    monkeypatch.syspath_prepend(str(tmp_path / "library"))
    yield
    sys.modules.pop("bioio", None)


def test_without_bioio_the_advice_names_what_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "installed", lambda: False)
    facts = headers.read(write(tmp_path / "a.oir", b"OLYMPUSRAWFORMAT"))
    assert [p.code for p in facts.problems] == ["header.no-reader"]


@pytest.mark.usefixtures("bioio")
def test_sizes_and_names_are_taken_over_and_pixel_sizes_are_not(tmp_path: Path) -> None:
    facts = headers.read(write(tmp_path / "a.oir", b"OLYMPUSRAWFORMAT"))
    assert (facts.reader, facts.problems) == ("bioio", ())
    assert [i.name for i in facts.images] == ["a", "b"]
    image = facts.images[0]
    assert (image.size_x, image.size_y, image.size_z, image.size_c, image.size_t) == (60, 40, 5, 2, 3)
    assert image.pixel_type == "uint16"
    assert [c.name for c in image.channels] == ["DAPI", "GFP"]
    assert image.pixel_size_x_um is None
    assert (thumbnails.render(tmp_path / "a.oir", 30) or b"").startswith(b"\x89PNG")


@pytest.mark.usefixtures("bioio")
def test_what_bioio_cannot_read_either_is_told_as_before(tmp_path: Path) -> None:
    facts = headers.read(write(tmp_path / "a.oir", b"broken"))
    assert [p.code for p in facts.problems] == ["header.no-reader"]
    assert thumbnails.render(tmp_path / "a.oir", 30) is None


@pytest.mark.usefixtures("bioio")
def test_what_a_reader_here_knows_never_goes_to_bioio(tmp_path: Path) -> None:
    assert headers.read(tiff(tmp_path / "a.tif")).reader == "tiff"
    assert "bioio" not in sys.modules
