"""Pictures for reading text: which frames of a file, at what size, in what contrast."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from depositor.scan.frames import base, contrast
from depositor.scan.frames.base import Amount, Risk
from depositor.scan.frames.read import frames


def dicom(path, pixels, **more):
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = more.pop("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.Modality, made.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    colour = pixels.ndim > 2 and pixels.shape[-1] == 3
    shape = pixels.shape[:-1] if colour else pixels.shape
    made.Rows, made.Columns = shape[-2:]
    if len(shape) == 3:
        made.NumberOfFrames = shape[0]
    made.SamplesPerPixel, made.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    if colour:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8 * pixels.dtype.itemsize
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, 0
    for keyword, value in more.items():
        setattr(made, keyword, value)
    made.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    made.save_as(path, enforce_file_format=True)
    return pydicom.dcmread(path)


def counted(shape, dtype="uint8"):
    return (np.arange(int(np.prod(shape))) % 251).astype(dtype).reshape(shape)


def test_all_frames_of_a_short_file_and_a_sample_of_a_long_one(tmp_path):
    dicom(tmp_path / "short.dcm", counted((5, 8, 8)))
    dicom(tmp_path / "long.dcm", counted((60, 8, 8)))
    short = frames(tmp_path / "short.dcm", Amount.SAMPLE)
    assert [p.number for p in short.pictures] == [0, 1, 2, 3, 4]
    assert (short.total, short.taken, short.laid_over) == (5, 5, 0)
    long = frames(tmp_path / "long.dcm", Amount.SAMPLE)
    assert (long.total, long.taken, long.laid_over) == (60, base.SAMPLES, 60)
    numbers = [p.number for p in long.pictures]
    assert numbers[:3] == [None, None, None]
    assert numbers[3] == 0
    assert numbers[-1] == 59
    everything = frames(tmp_path / "long.dcm", Amount.ALL)
    assert [p.number for p in everything.pictures] == list(range(60))


def test_a_projection_shows_what_stands_in_one_frame_alone(tmp_path):
    pixels = np.full((40, 8, 8), 100, "uint8")
    pixels[23, 2, 3], pixels[31, 5, 5] = 255, 0
    dicom(tmp_path / "a.dcm", pixels)
    high, low, mean = (p.load() for p in frames(tmp_path / "a.dcm", Amount.SAMPLE).pictures[:3])
    assert (high[2, 3], low[5, 5], high[0, 0], low[0, 0], mean[0, 0]) == (255, 0, 100, 100, 100)


@pytest.mark.parametrize(
    ("more", "risk"),
    [
        ({}, Risk.LOW),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, Risk.HIGH),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, Risk.HIGH),
        ({"Modality": "US"}, Risk.HIGH),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, Risk.HIGH),
        ({"BurnedInAnnotation": "YES"}, Risk.HIGH),
        ({"BurnedInAnnotation": "NO"}, Risk.LOW),
    ],
)
def test_which_objects_are_often_written_on(tmp_path, more, risk):
    dicom(tmp_path / "a.dcm", counted((8, 8)), **more)
    found = frames(tmp_path / "a.dcm", Amount.SAMPLE)
    assert found.risk is risk
    assert found.medical


def test_overlays_and_the_icon_are_pictures_of_their_own(tmp_path):
    import pydicom

    path = tmp_path / "a.dcm"
    made = dicom(path, counted((16, 16)))
    bits = np.zeros((16, 16), bool)
    bits[3, 4] = True
    for group in (0x6000, 0x6004):
        made.add_new((group, 0x0010), "US", 16)
        made.add_new((group, 0x0011), "US", 16)
        made.add_new((group, 0x3000), "OW", np.packbits(bits, bitorder="little").tobytes())
    icon = pydicom.Dataset()
    icon.Rows, icon.Columns, icon.SamplesPerPixel, icon.BitsAllocated = 4, 4, 1, 8
    icon.PhotometricInterpretation, icon.PixelData = "MONOCHROME2", bytes(range(16))
    made.IconImageSequence = [icon]
    made.save_as(path)
    found = {(p.source, p.number): p.load() for p in frames(path, Amount.SAMPLE).pictures}
    assert set(found) == {("pixels", None), ("overlay", 0), ("overlay", 4), ("thumbnail", None)}
    assert np.argwhere(found["overlay", 0]).tolist() == [[3, 4]]
    assert found["thumbnail", None][1, 1] == 5


def test_a_header_without_pixels_has_no_picture(tmp_path):
    path = tmp_path / "a.dcm"
    made = dicom(path, counted((8, 8)))
    del made.PixelData
    made.save_as(path)
    assert frames(path, Amount.SAMPLE) is None


def test_frames_that_a_file_only_claims_to_have_are_black(tmp_path):
    """What is there can be read by anybody; what is not there holds nothing."""
    path = tmp_path / "a.dcm"
    dicom(path, counted((8, 8)), NumberOfFrames=900)
    found = frames(path, Amount.SAMPLE)
    assert found.total == 900
    assert found.pictures[0].load().any()
    assert not found.pictures[-1].load().any()


def test_compressed_and_coloured_frames(tmp_path):
    path = tmp_path / "a.dcm"
    made = dicom(path, counted((32, 32, 3)))
    made.compress("1.2.840.10008.1.2.5")  # RLE
    made.save_as(path)
    (picture,) = frames(path, Amount.SAMPLE).pictures
    assert picture.load().shape == (32, 32, 3)
    assert (picture.load() == counted((32, 32, 3))).all()


def test_text_at_the_largest_value_and_dim_text_are_both_in_one_of_the_views():
    tissue = np.random.default_rng(1).normal(1000, 60, (200, 200)).clip(0, 4000).astype("uint16")
    tissue[50:54, 50:60] = 4095
    tissue[90:94, 50:60] = 1400
    narrow, wide = contrast.views(tissue)
    assert narrow[91, 55] > narrow[120, 120] + 40
    assert wide[51, 55] > wide[91, 55] + 100
    assert contrast.views(np.zeros((4, 4), "uint16")) == ()
    dim = np.full((40, 40), 20, "uint8")
    dim[10:14, 10:30] = 31
    assert int(contrast.views(dim)[0].max()) == 255


def test_a_float_picture_with_nothing_and_infinity_in_it():
    values = np.full((20, 20), np.nan, "float32")
    values[3, 3], values[4, 4] = 5.0, np.inf
    assert all(v.dtype == np.uint8 for v in contrast.views(values))


def test_a_slide_gives_its_label_its_overview_and_a_level(tmp_path):
    path = tmp_path / "a.svs"
    level = np.full((512, 512, 3), 230, "uint8")
    with tifffile.TiffWriter(path) as out:
        first = "Aperio Image Library v1\n512x512 [0,0 512x512] (256x256)"
        out.write(level, tile=(256, 256), description=first, photometric="rgb")
        out.write(np.full((100, 120, 3), 200, "uint8"), description="Aperio thumb", photometric="rgb", rowsperstrip=100)
        out.write(counted((90, 160, 3)), description="Aperio\nlabel 160x90", subfiletype=1, photometric="rgb")
        out.write(counted((60, 200, 3)), description="Aperio\nmacro 200x60", subfiletype=9, photometric="rgb")
    found = frames(path, Amount.SAMPLE)
    assert [(p.source, p.number, p.turned) for p in found.pictures] == [
        ("pixels", None, False),
        ("thumbnail", 1, True),
        ("label", 2, True),
        ("macro", 3, True),
    ]
    assert (found.pictures[2].load() == counted((90, 160, 3))).all()


def test_pages_of_a_stack_are_sampled_and_laid_over_each_other(tmp_path):
    pages = np.full((30, 16, 16), 10, "uint16")
    pages[17, 3, 3] = 900
    tifffile.imwrite(tmp_path / "a.tif", pages, photometric="minisblack")
    found = frames(tmp_path / "a.tif", Amount.SAMPLE)
    assert (found.risk, found.total, found.taken, found.laid_over) == (Risk.LOW, 30, 3, 30)
    assert found.pictures[0].load()[3, 3] == 900


def test_an_animation_and_the_small_picture_of_a_photo(tmp_path):
    cells = [Image.fromarray(counted((20, 20)) + n) for n in range(3)]
    cells[0].save(tmp_path / "a.gif", save_all=True, append_images=cells[1:])
    assert [p.number for p in frames(tmp_path / "a.gif", Amount.SAMPLE).pictures] == [0, 1, 2]
    assert frames(tmp_path / "a.gif", Amount.SAMPLE).pictures[1].load().shape[:2] == (20, 20)


def test_a_text_file_has_no_picture(tmp_path):
    (tmp_path / "a.txt").write_text("nothing to see")
    (tmp_path / "b.csv").write_text("a,b\n")
    assert frames(tmp_path / "a.txt", Amount.SAMPLE) is None
    assert frames(tmp_path / "b.csv", Amount.SAMPLE) is None
