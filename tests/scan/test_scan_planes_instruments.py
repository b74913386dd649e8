"""Small pictures of what instruments write pixel by pixel, and of files that only tell of others."""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scan_instruments import imc_text, mcd, sdt
from scan_made import DATA, lof, tiff, write

from depositor.scan import headers
from depositor.scan.planes import beside, ions, scanned, video
from depositor.scan.planes import lif as leica
from depositor.scan.thumbnails import render


def _grey(path: Path, source: Any) -> Any:
    planes = source(path, headers.read(path).images[0], 64)
    assert planes is not None
    return np.stack(planes.grey)


def test_the_middle_slice_of_a_rec_lies_where_its_par_says(tmp_path: Path) -> None:
    name = "phantom_EPI_asc_CLEAR_2_1"
    par = shutil.copy(DATA / "medical" / f"{name}.PAR", tmp_path / f"{name}.PAR")
    facts = headers.read(par).images[0]
    assert render(par, 64) is None  # its pixels are not there
    values = np.repeat(np.arange(27, dtype="<u2"), facts.size_x * facts.size_y)
    write(tmp_path / f"{name}.REC", values.tobytes())
    rows = [r for r in Path(par).read_text("latin-1").splitlines() if r[:1] == " " and r.split()]
    middle = sorted({int(r.split()[0]) for r in rows})[facts.size_z // 2]
    wanted = next(int(r.split()[6]) for r in rows if int(r.split()[0]) == middle)
    found = _grey(par, scanned.philips)
    assert found.shape == (1, facts.size_y, facts.size_x)
    assert set(found.ravel().tolist()) == {wanted}


@pytest.mark.parametrize("packed", [False, True])
def test_the_photons_of_a_pixel_are_added_up(packed: bool, tmp_path: Path) -> None:
    path = sdt(tmp_path / "a.sdt")
    raw = bytearray(path.read_bytes())
    values = np.zeros((8, 8, 256), "<u2")
    values[2, 3, :10] = 7
    if packed:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("data_block", values.tobytes())
        struct.pack_into("<H", raw, 5348 + 10, struct.unpack_from("<H", raw, 5348 + 10)[0] | 0x1000)
        raw[5370:] = out.getvalue()
    else:
        raw[5370:] = values.tobytes()
    path.write_bytes(raw)
    found = _grey(path, scanned.lifetimes)
    assert found.shape == (1, 8, 8)
    assert (found[0, 2, 3], found.sum()) == (70, 70)


def test_the_metals_of_a_stopped_run_fill_the_rows_that_there_are(tmp_path: Path) -> None:
    path = mcd(tmp_path / "a.mcd", rows=3)
    raw = bytearray(path.read_bytes())
    values = np.frombuffer(bytes(raw[166 : 166 + 4 * 3 * 15]), "<f4").reshape(3, 5, 3).copy()
    values[1, 2] = (99, 5, 6)  # a position, and two metals
    raw[166 : 166 + 4 * 3 * 15] = values.tobytes()
    path.write_bytes(raw)
    found = _grey(path, scanned.metals)
    assert found.shape == (2, 3, 5)
    assert (found[0, 1, 2], found[1, 1, 2], found.sum()) == (5, 6, 11)
    write(tmp_path / "b.mcd", bytes(raw).replace("<ID>1</ID>".encode("utf-16-le"), "<ID>7</ID>".encode("utf-16-le")))
    assert render(tmp_path / "b.mcd", 64) is None


def test_the_text_of_an_acquisition_is_a_picture(tmp_path: Path) -> None:
    path = imc_text(tmp_path / "a.txt")
    path.write_text(path.read_text().replace("\t1\t2\t11\t0.000\t", "\t1\t2\t11\t3.000\t"))
    found = _grey(path, scanned.metals_as_text)
    assert found.shape == (2, 4, 5)
    assert (found[0, 2, 1], found[0].sum()) == (3, 3)
    assert set(found[1].ravel().tolist()) == {1.5}


def test_the_total_ion_image_stands_in_the_header() -> None:
    found = _grey(DATA / "spectra" / "Example_Continuous.imzML", ions.planes)
    assert found.shape[1:] == (3, 3)
    assert found[0, 0, 0] == pytest.approx(121.85039)
    assert found[0, 0, 1] == pytest.approx(182.318354)


def _avi(path: Path, frame: bytes, codec: bytes, bits: int) -> Path:
    form = struct.pack("<IiiHH4sIiiII", 40, 6, 4, 1, bits, codec, len(frame), 0, 0, 0, 0)
    main = struct.pack("<10I", 40_000, 0, 0, 0, 2, 0, 1, 0, 6, 4) + bytes(16)

    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    stream = chunk(b"LIST", b"strl" + chunk(b"strh", b"vids" + codec + bytes(48)) + chunk(b"strf", form))
    body = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + stream)
    body += chunk(b"LIST", b"movi" + chunk(b"00wb", b"sound") + chunk(b"00dc", frame))
    return write(path, chunk(b"RIFF", b"AVI " + body))


def test_the_first_frame_of_a_film(tmp_path: Path) -> None:
    pixels = np.zeros((4, 6, 3), "u1")
    pixels[0, 0] = (255, 0, 10)
    rows = b"".join(row[:, ::-1].tobytes().ljust(20, b"\0") for row in pixels[::-1])
    path = _avi(tmp_path / "a.avi", rows, b"\0\0\0\0", 24)
    found = video.planes(path, headers.read(path).images[0], 64)
    assert found is not None
    assert np.array_equal(found.rgb, pixels)
    out = io.BytesIO()
    Image.new("RGB", (6, 4), (0, 200, 0)).save(out, "JPEG")
    made = render(_avi(tmp_path / "b.avi", out.getvalue(), b"MJPG", 24), 64)
    assert made is not None
    assert Image.open(io.BytesIO(made)).size == (6, 4)
    assert render(_avi(tmp_path / "c.avi", b"\1\2\3" * 30, b"H264", 24), 64) is None


def test_the_pixels_of_a_lof_come_before_its_words(tmp_path: Path) -> None:
    axes = "".join(
        f'<DimensionDescription DimID="{n}" NumberOfElements="{count}" Length="1" Unit="m" BytesInc="{step}"/>'
        for n, count, step in ((1, 4, 1), (2, 3, 4))
    )
    channel = '<ChannelDescription DataType="0" Resolution="8" BytesInc="0"/>'
    image = f"<Channels>{channel}</Channels><Dimensions>{axes}</Dimensions>"
    xml = f"<Data><Image><ImageDescription>{image}</ImageDescription></Image></Data>"
    xml = f'<LMSDataContainerHeader><Element Name="a">{xml}</Element></LMSDataContainerHeader>'
    pixels = np.arange(12, dtype="u1").reshape(3, 4)
    path = lof(tmp_path / "a.lof", xml, pixels.tobytes())
    assert np.array_equal(_grey(path, leica.single)[0], pixels)
    assert render(path, 64) is not None


def test_what_tells_of_other_files_shows_the_first_that_is_there(tmp_path: Path) -> None:
    plate = shutil.copytree(DATA / "plates" / "yokogawa", tmp_path / "plate")
    found = beside.image_of(plate / "MeasurementData.mlf", "yokogawa")
    assert found is not None
    assert found.suffix == ".tif"
    assert render(plate / "MeasurementData.mlf", 64) == render(found, 64) is not None
    assert beside.image_of(found, "tiff") is None
    found.unlink()
    assert render(plate / "MeasurementData.mlf", 64) is None


def test_the_companion_of_ome_tiffs_has_a_picture(tmp_path: Path) -> None:
    folder = shutil.copytree(DATA / "multifile", tmp_path / "multi")
    found = beside.image_of(folder / "multifile.companion.ome", "ome-xml")
    assert found == folder / "multifile-Z1.ome.tiff"
    assert render(folder / "multifile.companion.ome", 64) is not None


def test_tilts_metamorph_and_micromanager_find_their_images(tmp_path: Path) -> None:
    shutil.copy(DATA / "em" / "tilt_series.mdoc", tmp_path / "a.mrc.mdoc")
    write(tmp_path / "a.mrc", bytes(10))
    assert beside.image_of(tmp_path / "a.mrc.mdoc", "mdoc") == tmp_path / "a.mrc"
    write(tmp_path / "b.nd", '"NDInfoFile", Version 1.0\r\n"EndFile"\r\n')
    tiff(tmp_path / "b_w1DAPI_t1.tif")
    assert beside.image_of(tmp_path / "b.nd", "imagexpress") == tmp_path / "b_w1DAPI_t1.tif"
    folder = tmp_path / "mm"
    folder.mkdir()
    shutil.copy(DATA / "light" / "mm14_metadata.txt", folder / "one_metadata.txt")
    tiff(folder / "one.ome.tif")
    tiff(folder / "other.ome.tif")
    assert beside.image_of(folder / "one_metadata.txt", "micro-manager") == folder / "one.ome.tif"


def test_an_index_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    tiff(tmp_path / "secret.tif")
    inner = tmp_path / "in"
    inner.mkdir()
    write(inner / "a.mrc.mdoc", "PixelSpacing = 1\nImageFile = ../secret.tif\n[ZValue = 0]\n")
    assert beside.image_of(inner / "a.mrc.mdoc", "mdoc") is None
    reference = '<Reference File="../secret.tif"/><Reference File="C:\\\\secret.tif"/>'
    write(inner / "a.xlef", f"<LMSDataContainerHeader><Element>{reference}</Element></LMSDataContainerHeader>")
    assert beside.image_of(inner / "a.xlef", "xlef") is None
    write(
        inner / "b.xlef",
        '<LMSDataContainerHeader><Element><Reference File="x/plane.tif"/></Element></LMSDataContainerHeader>',
    )
    (inner / "x").mkdir()
    tiff(inner / "x" / "plane.tif")
    assert beside.image_of(inner / "b.xlef", "xlef") == inner / "x" / "plane.tif"
    assert render(inner / "b.xlef", 64) is not None


def _slide(path: Path, pages: list[tuple[int, int, int, dict[str, Any]]], **options: Any) -> Path:
    """A TIFF of RGB pages: (width, height, grey value, options of the page)."""
    import tifffile

    with tifffile.TiffWriter(path) as file:
        for width, height, value, more in pages:
            pixels = np.full((height, width, 3), value, "u1")
            file.write(pixels, photometric="rgb", metadata=None, **{"tile": (64, 64), **options, **more})
    return path


def _color(path: Path) -> tuple[tuple[int, int], Any]:
    made = render(path, 100)
    assert made is not None
    picture = Image.open(io.BytesIO(made)).convert("RGB")
    return picture.size, picture.getpixel((5, 5))


def _lens(power: float) -> dict[str, Any]:
    return {"extratags": [(65420, "I", 1, 1, True), (65421, "f", 1, power, True)], "tile": None, "rowsperstrip": 64}


SCN = """<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection sizeX="900"
 sizeY="900"><image><view sizeX="900" sizeY="900"/><pixels sizeX="256" sizeY="256"/></image>
<image><view sizeX="512" sizeY="512"/><pixels sizeX="512" sizeY="512"><dimension sizeX="512" r="0"/>
<dimension sizeX="128" r="1"/></pixels></image></collection></scn>"""
PHILIPS = '<?xml version="1.0"?><DataObject ObjectType="DPUfsImport"></DataObject>'
SLIDES: dict[str, list[tuple[int, int, int, dict[str, Any]]]] = {
    "hamamatsu.tif": [
        (512, 512, 10, _lens(20.0)),
        (128, 128, 70, _lens(5.0)),
        (256, 256, 200, _lens(-1.0)),
        (128, 128, 200, _lens(-2.0)),
    ],
    "leica.scn": [(256, 256, 200, {"description": SCN}), (512, 512, 10, {}), (128, 128, 70, {})],
    "philips.tiff": [
        (512, 512, 10, {"description": PHILIPS}),
        (128, 128, 70, {}),
        (128, 128, 200, {"description": "Macro", "tile": None}),
        (256, 256, 200, {"description": "Label"}),
    ],
    "aperio.svs": [
        (512, 512, 10, {"description": "Aperio Image Library v11\r\n512x512|AppMag = 20|MPP = 0.5"}),
        (256, 256, 200, {"tile": None}),
        (128, 128, 70, {"description": "Aperio Image Library"}),
        (256, 256, 200, {"description": "label 256x256"}),
        (256, 256, 200, {"description": "macro 256x256"}),
    ],
    "ventana.bif": [
        (256, 256, 200, {"description": "Label_Image", "extratags": [(700, "B", 0, b"<iScan ScanRes='0.25'/>", True)]}),
        (256, 256, 200, {"description": "Thumbnail"}),
        (512, 512, 10, {"description": "level=0 mag=40 quality=90"}),
        (128, 128, 70, {"description": "level=1 mag=10 quality=90"}),
    ],
}


@pytest.mark.parametrize("name", SLIDES)
def test_a_slide_shows_a_level_and_never_its_label(name: str, tmp_path: Path) -> None:
    path = _slide(tmp_path / name, SLIDES[name])
    facts = headers.read(path)
    assert (facts.images[0].size_x, facts.problems) == (512, ())
    assert _color(path) == ((100, 100), (70, 70, 70))
