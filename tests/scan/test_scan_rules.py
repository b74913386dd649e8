"""The small rules: names, units, dates, texts of problems."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depositor.scan import kinds, troubles
from depositor.scan.readers import sane
from depositor.scan.readers.ome import well_name
from depositor.scan.tifftags import NotTiff, Tiff


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.TIF", "tif"), ("a.ome.tif", "ome.tif"), ("x/y.OME.TIFF", "ome.tiff"), ("a.b.tif", "tif"),
        ("a.nii.gz", "nii.gz"),
        ("m.companion.ome", "companion.ome"), ("0.0.1", ""), ("noending", ""), (".hidden", ""), ("d.x/.hidden", ""),
        ("d.ome/tif", ""), ("t.mrc.mdoc", "mrc.mdoc"), ("a.averyveryverylong", ""), ("x.c z", ""),
    ],
)  # fmt: skip
def test_endings(name: str, ending: str) -> None:
    assert kinds.ending(name) == ending
    assert kinds.ending(name) == ending  # from the memory of endings too


def test_shapes_of_numbered_names() -> None:
    assert kinds.numbered("img_0012.tif") == "img_#.tif"
    assert kinds.numbered("c1_z005.ome.tif") == "c1_z#.ome.tif"
    assert kinds.numbered_all("c1_z005_t7.tif", "tif") == "c#_z#_t#.tif"
    assert kinds.numbered_all("plain.mp4", "mp4") == ""


@pytest.mark.parametrize(
    ("value", "unit", "um"),
    [
        (0.1, "µm", 0.1), ("1e-7", "m", 0.1), (100, "nm", 0.1), (2, "mm", 2000.0), ("0,5", "um", 0.5),
        (4.5, "Å", 4.5e-4),
        (0, "um", None), (-1, "um", None), (1, "pixel", None), (1, "reference frame", None), (1, None, None),
        (1, "inch", None), (1 / 72, "inch", None), (1 / 96, "inch", None), (float("nan"), "um", None),
        ("x", "um", None),
        (1e-13, "um", None), (2, "m", None), (True, "um", None),
    ],
)  # fmt: skip
def test_lengths_are_converted_or_refused(value: object, unit: str | None, um: float | None) -> None:
    assert sane.length_um(value, unit) == (pytest.approx(um) if um is not None else None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2023-01-06T10:41:51.7217589Z", "2023-01-06T10:41:51Z"), ("20230221 10:41:56", "2023-02-21T10:41:56"),
        ("20040119072730", "2004-01-19T07:27:30"), ("2023:02:21 10:41:56", "2023-02-21T10:41:56"),
        ("2023-01-06", "2023-01-06"), ("20230106104151+01:00", "2023-01-06T10:41:51+01:00"), ("1970-01-01", None),
        ("1601-01-01T00:00:00", None), ("2999-01-01", None), ("2023-13-45", None), ("yesterday", None), (None, None),
    ],
)  # fmt: skip
def test_dates_are_iso_or_nothing(text: str | None, told: str | None) -> None:
    assert sane.when(text) == told


def test_lenses_are_read_from_their_engraving() -> None:
    assert sane.lens("Plan-Apochromat 63x/1.4 Oil DIC M27") == (63.0, 1.4, "Oil")
    assert sane.lens("20X Plan Apo Lambda NA 0.75") == (20.0, 0.75, None)
    assert sane.lens("HC PL APO CS2 63x/1.30 GLYC") == (63.0, 1.3, "Glycerol")
    assert sane.lens("unknown") == (None, None, None)


def test_other_numbers() -> None:
    assert (sane.aperture(1.4), sane.aperture(14), sane.aperture(0)) == (1.4, None, None)
    assert (sane.wavelength_nm(488), sane.wavelength_nm(4), sane.wavelength_nm("0.561", "µm")) == (488, None, 561)
    assert (sane.size("5"), sane.size(0), sane.size(1.5), sane.size(1 << 40)) == (5, None, None, None)
    assert (sane.color(-16776961), sane.color("x"), sane.color(1 << 40)) == ("#FF0000", None, None)
    assert [well_name(0, 0), well_name(7, 11), well_name(26, 0), well_name(-1, 0)] == ["A01", "H12", "AA01", None]


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.binary()), st.one_of(st.none(), st.text()))
def test_rules_take_anything(value: object, unit: str | None) -> None:
    for rule in (
        sane.number,
        sane.size,
        sane.aperture,
        sane.magnification,
        sane.color,
        sane.when,
        sane.text,
        sane.lens,
    ):
        rule(value)
    found = sane.length_um(value, unit)
    assert found is None or 1e-6 <= found <= 1e6
    sane.seconds(value, unit)


@pytest.mark.parametrize("code", sorted(troubles.CODES))
@pytest.mark.parametrize("count", [1, 2])
def test_each_problem_says_what_and_what_to_do(code: str, count: int) -> None:
    problem = troubles.problem(code, "a/b.tif", count)
    assert problem.code == code
    assert problem.message.id == code
    assert problem.advice.id == f"{code}.advice"
    assert "{" not in problem.message.english() + problem.advice.english()
    assert problem.message.english() != troubles.problem(code, "x", 3 - count).message.english()


@given(st.binary(max_size=200))
def test_tag_tables_of_any_bytes_end(raw: bytes) -> None:
    for head in (b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10", b""):
        try:
            tiff = Tiff(io.BytesIO(head + raw))
            for page in tiff.pages(50):
                for tag in page.values():
                    assert len(tiff.raw(tag)) <= len(head + raw)
                    tiff.numbers(tag)
                    tiff.text(tag)
            tiff.count_pages(50)
        except NotTiff:
            continue


def test_a_loop_of_pages_is_seen_once() -> None:
    table = struct.pack("<HHHIII", 1, 256, 4, 1, 7, 8)
    tiff = Tiff(io.BytesIO(b"II*\0\x08\0\0\0" + table))
    assert len(list(tiff.pages(1000))) == 1
    assert tiff.broken
    assert tiff.count_pages(1000) == 1
