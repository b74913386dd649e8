"""Boxes over the pixels of DICOM files, plain and packed; outside of them a picture stays what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_samples import item, scan, write
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from depositor.draft.problem import DepositError
from depositor.draft.region import Region
from depositor.privacy.checks.dicom import DICOM
from depositor.privacy.remedies import blanks_for
from depositor.privacy.remedies.dicom import DicomRemedy, codecs, layout

BOX = Region("pixels", 3, 2, 7, 5)
INSIDE = np.s_[2:7, 3:10]


def blanked(path: Path, *regions: Region) -> Dataset:
    told = DicomRemedy().blank(path, path.name, regions)
    assert told == tuple(str(r) for r in regions)
    return pydicom.dcmread(path)


def stored(made: Dataset) -> Any:
    """All frames as the file stores them: (frames, rows, columns[, samples])."""
    frames = int(made.get("NumberOfFrames", 1) or 1)
    syntax = str(made.file_meta.TransferSyntaxUID)
    if ".4." in syntax:
        shape = layout.of(made)
        assert shape is not None
        codec = codecs.of(syntax, shape)
        assert codec is not None
        return np.stack([codec.decode(f, shape) for f in generate_frames(made.PixelData, number_of_frames=frames)])
    found = pixel_array(made, raw=True)
    return found.reshape((frames, *found.shape[frames > 1 :]))


def outside(picture: Any) -> Any:
    mask = np.ones(picture.shape, bool)
    mask[(slice(None), *INSIDE)] = False
    return picture[mask]


def one_value(picture: Any, spread: int = 0) -> bool:
    """True where a box is plain in every sample."""
    inside = picture[(slice(None), *INSIDE)].reshape(len(picture), 35, -1).astype("i8")
    return bool((np.ptp(inside, axis=1) <= spread).all())


# --- packed pictures --------------------------------------------------------------------------------------------------

LOSSLESS = [
    "MR_small_RLE.dcm",
    "SC_rgb_rle_16bit_2frame.dcm",
    "rtdose_rle_1frame.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEGLSNearLossless_16.dcm",
    "MR_small_jp2klossless.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "image_dfl.dcm",
]
LOSSY = ["SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_small_odd_jpeg.dcm", "JPEG-lossy.dcm", "SC_jpeg_no_color_transform.dcm"]


def sample(name: str, folder: Path) -> Path:
    found = get_testdata_file(name)
    if found is None:
        pytest.skip("this pydicom has no such sample file")
    path = folder / name
    path.write_bytes(Path(str(found)).read_bytes())
    return path


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_packed_pictures_are_packed_again_as_they_were(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    old = pydicom.dcmread(path)
    new = blanked(path, BOX)
    before, after = stored(old), stored(new)
    assert new.file_meta.TransferSyntaxUID == old.file_meta.TransferSyntaxUID
    assert before.shape == after.shape
    assert before.dtype == after.dtype
    if name in LOSSLESS:
        assert np.array_equal(outside(before), outside(after))
        assert one_value(after)
    else:
        near = before.shape[1] // 8 * 8, before.shape[2] // 8 * 8  # blocks of 8 x 8 around the box take part in it
        rest = np.s_[:, 8 : near[0], 16 : near[1]]
        assert np.abs(before[rest].astype(int) - after[rest]).max(initial=0) <= 2
        assert one_value(after, spread=3)
        assert new.LossyImageCompression == "01"
        assert len(new.LossyImageCompressionMethod) > 0


def test_frames_without_a_box_keep_their_bytes_and_the_table_finds_all(tmp_path: Path) -> None:
    path = sample("examples_ybr_color.dcm", tmp_path)
    old = pydicom.dcmread(path)
    frames = list(generate_frames(old.PixelData, number_of_frames=30))
    new = blanked(path, Region("pixels", 20, 20, 40, 16, 4))
    again = list(generate_frames(new.PixelData, number_of_frames=30))
    same = [n for n in range(30) if frames[n].rstrip(b"\0") == again[n].rstrip(b"\0")]
    assert same == [n for n in range(30) if n != 4]
    offsets = pydicom.encaps.parse_basic_offsets(new.PixelData)
    assert len(offsets) == 30
    assert stored(new)[4, 24:30, 26:50].std(axis=(0, 1)).max() < 2


def test_frames_in_several_fragments_are_told_apart_by_the_table(tmp_path: Path) -> None:
    source = pydicom.dcmread(sample("SC_rgb_rle_2frame.dcm", tmp_path))
    frames = list(generate_frames(source.PixelData, number_of_frames=2))
    source.PixelData = encapsulate(frames, fragments_per_frame=3, has_bot=True)
    path = tmp_path / "many.dcm"
    source.save_as(path)
    before = stored(pydicom.dcmread(path))
    after = stored(blanked(path, Region("pixels", 3, 2, 7, 5, 1)))
    assert np.array_equal(before[0], after[0])
    assert np.array_equal(outside(before[1:]), outside(after[1:]))
    assert one_value(after[1:])


def test_the_extended_table_is_read_and_not_left_wrong(tmp_path: Path) -> None:
    made = pydicom.dcmread(sample("SC_rgb_rle_2frame.dcm", tmp_path))
    frames = list(generate_frames(made.PixelData, number_of_frames=2))
    made.PixelData, made.ExtendedOffsetTable, made.ExtendedOffsetTableLengths = pydicom.encaps.encapsulate_extended(
        frames
    )
    path = tmp_path / "extended.dcm"
    made.save_as(path)
    new = blanked(path, BOX)
    assert "ExtendedOffsetTable" not in new
    assert one_value(stored(new))


def test_where_nothing_packs_again_the_copy_is_unpacked_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sample("GDCMJ2K_TextGBR.dcm", tmp_path)
    before = stored(pydicom.dcmread(path))
    whole = codecs.of

    def unpacks_only(syntax: str, shape: layout.Layout) -> codecs.Codec | None:
        found = whole(syntax, shape)
        return codecs.Codec(found.decode, None) if found else None

    monkeypatch.setattr(codecs, "of", unpacks_only)
    new = blanked(path, BOX)
    assert new.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert new.PhotometricInterpretation == "RGB"
    assert np.array_equal(outside(before), outside(stored(new)))


def test_films_are_refused_by_name(tmp_path: Path) -> None:
    made = scan()
    made.PixelData = encapsulate([b"\0\0\1\xb3" + bytes(40)])
    made["PixelData"].is_undefined_length = True
    path = write(made, tmp_path / "film.dcm", "1.2.840.10008.1.2.4.102")
    with pytest.raises(DepositError) as refused:
        DicomRemedy().blank(path, "film.dcm", (BOX,))
    assert refused.value.problem.code == "privacy.clean.dicom.codec"
    assert "MPEG-4" in str(refused.value.problem.message.args["name"])


def test_a_damaged_picture_is_told_with_its_number(tmp_path: Path) -> None:
    path = sample("MR_small_jp2klossless.dcm", tmp_path)
    raw = path.read_bytes()
    start = raw.index(b"\xff\x4f\xff\x51")
    path.write_bytes(raw[: start + 40] + bytes(len(raw) - start - 40))
    with pytest.raises(DepositError) as refused:
        DicomRemedy().blank(path, "a.dcm", (BOX,))
    assert refused.value.problem.code == "privacy.clean.dicom.frame"


# --- plain pictures ---------------------------------------------------------------------------------------------------


def plain(form: str, shape: tuple[int, ...], **values: Any) -> Dataset:
    """A file with random pixels; ``shape`` is (frames, rows, columns[, samples]) in the order of the file."""
    rng = np.random.default_rng(7)
    kind = np.dtype(form)
    info = np.iinfo(kind)
    made = scan(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.4", **values)
    made.NumberOfFrames = shape[0]
    made.BitsAllocated = made.BitsStored = kind.itemsize * 8
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(kind.kind == "i")
    numbers = rng.integers(info.min, info.max, shape, kind.newbyteorder("="), endpoint=True)
    made.PixelData = numbers.astype(kind).tobytes()
    return made


@pytest.mark.parametrize("form", ["u1", "i1", "<u2", "<i2", "<u4", "<i4"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_grey_pictures_of_all_widths(form: str, syntax: str, tmp_path: Path) -> None:
    path = write(plain(form, (3, 24, 32)), tmp_path / "a.dcm", syntax)
    before = stored(pydicom.dcmread(path))
    after = stored(blanked(path, BOX))
    assert np.array_equal(outside(before), outside(after))
    assert one_value(after)
    assert (after[:, 2, 3] == before.min(axis=(1, 2))).all()


def test_big_endian_pictures(tmp_path: Path) -> None:
    path = write(plain(">i2", (1, 24, 32)), tmp_path / "a.dcm", ExplicitVRBigEndian)
    before = stored(pydicom.dcmread(path))
    after = stored(blanked(path, BOX))
    assert np.array_equal(outside(before), outside(after))
    assert after[0, 2, 3] == before.min()


@pytest.mark.parametrize(
    ("values", "shape", "black"),
    [
        ({"PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}, (2, 24, 32, 3), [0, 0, 0]),
        ({"PhotometricInterpretation": "RGB", "PlanarConfiguration": 1}, (2, 3, 24, 32), [0, 0, 0]),
        ({"PhotometricInterpretation": "YBR_FULL", "PlanarConfiguration": 0}, (2, 24, 32, 3), [0, 128, 128]),
        ({"PhotometricInterpretation": "YBR_FULL", "PlanarConfiguration": 1}, (2, 3, 24, 32), [0, 128, 128]),
    ],
)
def test_colours_beside_and_behind_each_other(
    values: dict[str, Any], shape: tuple[int, ...], black: list[int], tmp_path: Path
) -> None:
    path = write(plain("u1", shape, SamplesPerPixel=3, **values), tmp_path / "a.dcm")
    before = stored(pydicom.dcmread(path))
    after = stored(blanked(path, BOX))
    assert np.array_equal(outside(before), outside(after))
    assert (after[(slice(None), *INSIDE)] == black).all()


def test_shared_colours_are_painted_in_pairs(tmp_path: Path) -> None:
    made = plain("u1", (1, 24, 32, 2), SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422")
    made.PlanarConfiguration = 0
    path = write(made, tmp_path / "a.dcm")
    old = np.frombuffer(made.PixelData, "u1").reshape(24, 16, 4)
    new = np.frombuffer(blanked(path, BOX).PixelData, "u1").reshape(24, 16, 4)
    assert (new[2:7, 1:5] == [0, 0, 128, 128]).all()
    changed = np.ones((24, 16), bool)
    changed[2:7, 1:5] = False
    assert np.array_equal(old[changed], new[changed])


def test_inverted_greys_get_the_brightest_number_and_palettes_the_darkest_colour(tmp_path: Path) -> None:
    inverted = plain("u1", (1, 24, 32), PhotometricInterpretation="MONOCHROME1")
    path = write(inverted, tmp_path / "a.dcm")
    assert stored(blanked(path, BOX))[0, 2, 3] == np.frombuffer(inverted.PixelData, "u1").max()
    palette = plain("u1", (1, 24, 32), PhotometricInterpretation="PALETTE COLOR")
    colours = np.full(256, 40000, "<u2")
    colours[77] = 9
    for name in ("Red", "Green", "Blue"):
        setattr(palette, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(palette, f"{name}PaletteColorLookupTableData", colours.tobytes())
    path = write(palette, tmp_path / "b.dcm")
    assert stored(blanked(path, BOX))[0, 2, 3] == 77


def test_single_bits_across_frames(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2, (3, 11, 13), "u1")
    made = scan(Rows=11, Columns=13, BitsAllocated=1, BitsStored=1, HighBit=0, NumberOfFrames=3)
    made.PixelData = np.packbits(bits.ravel(), bitorder="little").tobytes()
    made.PixelData += bytes(len(made.PixelData) % 2)
    path = write(made, tmp_path / "a.dcm")
    new = blanked(path, Region("pixels", 3, 2, 7, 5, 1)).PixelData
    after = np.unpackbits(np.frombuffer(new, "u1"), bitorder="little")[: bits.size].reshape(bits.shape)
    expected = bits.copy()
    expected[(1, *INSIDE)] = 0
    assert np.array_equal(after, expected)


# --- places -----------------------------------------------------------------------------------------------------------


def test_boxes_are_cut_to_the_picture_and_to_its_frames(tmp_path: Path) -> None:
    path = write(plain("u1", (2, 24, 32)), tmp_path / "a.dcm")
    before = stored(pydicom.dcmread(path))
    over = (Region("pixels", 28, 20, 900, 900, 1), Region("pixels", 0, 0, 5, 5, 9), Region("pixels", 99, 99, 5, 5))
    after = stored(blanked(path, *over))
    assert np.array_equal(before[0], after[0])
    assert (after[1, 20:, 28:] == before[1].min()).all()
    assert np.array_equal(before[1, :20], after[1, :20])


def test_an_overlay_in_which_something_was_read_goes(tmp_path: Path) -> None:
    made = scan()
    made.add_new(0x60000010, "US", 24)
    made.add_new(0x60003000, "OW", b"\xff" * 96)
    path = write(made, tmp_path / "a.dcm")
    new = blanked(path, Region("overlay", 0, 0, 5, 5, 0))
    assert 0x60003000 not in new
    assert new.PixelData == made.PixelData


def test_only_painting_claims_nothing_about_the_rest(tmp_path: Path) -> None:
    path = write(scan(), tmp_path / "a.dcm")
    assert "BurnedInAnnotation" not in blanked(path, BOX)
    DicomRemedy().blank(path, "a.dcm", (BOX,), looked=True)
    new = pydicom.dcmread(path)
    assert new.BurnedInAnnotation == "NO"
    assert new.DeidentificationMethodCodeSequence[-1].CodeValue == "113101"


def test_the_registry_knows_who_paints() -> None:
    assert isinstance(blanks_for(DICOM), DicomRemedy)


def test_files_without_pictures_are_left_as_they_are(tmp_path: Path) -> None:
    made = item(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", SOPInstanceUID="2.25.5", PatientID="1")
    path = write(made, tmp_path / "a.dcm")
    assert "PixelData" not in blanked(path, BOX)
