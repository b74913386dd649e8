"""Slides whose files must be read together, and Philips' own format, with an invented patient on the label."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import imagecodecs
import numpy as np

PERSON, CASE = "Nakamura-Lindqvist", "SE-24-90417"
SLIDE_ID = "0123456789abcdef0123456789abcdef"
_RECORDS = ("ScanDataLayer_XMLInfoHeader", "ScanDataLayer_SlideBarcode", "ScanDataLayer_SlideThumbnail")


def jpeg(height: int, width: int, seed: int) -> bytes:
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([(x + seed * 40) % 256, (y * 2) % 256, (x + y) // 2 % 256], -1).astype("u1")
    return bytes(imagecodecs.jpeg8_encode(picture, level=90))


def mirax(folder: Path) -> Path:
    """A slide of two by two tiles; returns the ``.mrxs`` file beside the folder of its parts."""
    parts = folder / "case"
    parts.mkdir(parents=True, exist_ok=True)
    (folder / "case.mrxs").write_bytes(jpeg(32, 32, 1))
    header = b"01.02" + SLIDE_ID.encode() + b"000" + bytes(64)
    info = f'<?xml version="1.0"?><Info><User>{PERSON}</User><Barcode>{CASE}</Barcode></Info>'.encode()
    stored = [jpeg(64, 64, n) for n in range(4)] + [info, jpeg(80, 60, 7), jpeg(60, 150, 9)]
    places, data = [], bytearray(header)
    for piece in stored:
        places.append((len(data), len(piece)))
        data += piece
    (parts / "Data0000.dat").write_bytes(bytes(data))
    (parts / "Index.dat").write_bytes(_index(places))
    (parts / "Slidedat.ini").write_text(_settings(), "utf-8-sig")
    return folder / "case.mrxs"


def _index(places: list[tuple[int, int]]) -> bytes:
    """Roots, then for each table its pointers, list heads and pages."""
    out = bytearray(b"01.02" + SLIDE_ID.encode() + bytes(8))
    roots = len(out) - 8

    def add(*numbers: int) -> int:
        at = len(out)
        out.extend(struct.pack(f"<{len(numbers)}i", *numbers))
        return at

    tiles = [v for n, (at, size) in enumerate(places[:4]) for v in (n, at, size, 0)]
    page = add(4, 0, *tiles)
    hier = add(add(0, page))
    heads = [add(0, add(1, 0, 0, 0, at, size, 0)) for at, size in places[4:]]
    struct.pack_into("<2i", out, roots, hier, add(*heads))
    return bytes(out)


def _settings() -> str:
    lines = ["[GENERAL]", "SLIDE_VERSION = 01.02", f"SLIDE_ID = {SLIDE_ID}", f"SLIDE_NAME = {PERSON}_{CASE}"]
    lines += [f"SLIDE_BARCODE = {CASE}", "SLIDE_CREATIONDATETIME = 14/05/2023 10:11:12", "IMAGENUMBER_X = 2"]
    lines += ["IMAGENUMBER_Y = 2", "OBJECTIVE_MAGNIFICATION = 20", "CameraImageDivisionsPerSide = 1", "[HIERARCHICAL]"]
    lines += ["HIER_COUNT = 1", "NONHIER_COUNT = 1", "INDEXFILE = Index.dat", "HIER_0_NAME = Slide zoom level"]
    lines += ["HIER_0_COUNT = 1", "HIER_0_VAL_0 = ZoomLevel_0", "HIER_0_VAL_0_SECTION = LAYER_0_LEVEL_0_SECTION"]
    lines += ["NONHIER_0_NAME = Scan data layer", f"NONHIER_0_COUNT = {len(_RECORDS)}"]
    for number, name in enumerate(_RECORDS):
        lines += [f"NONHIER_0_VAL_{number} = {name}", f"NONHIER_0_VAL_{number}_SECTION = NONHIERLAYER_0_LEVEL_{number}"]
    lines += ["[LAYER_0_LEVEL_0_SECTION]", "OVERLAP_X = 0", "OVERLAP_Y = 0", "MICROMETER_PER_PIXEL_X = 0.5"]
    lines += ["MICROMETER_PER_PIXEL_Y = 0.5", "IMAGE_FORMAT = JPEG", "IMAGE_FILL_COLOR_BGR = 16777215"]
    lines += ["DIGITIZER_WIDTH = 64", "DIGITIZER_HEIGHT = 64", "IMAGE_CONCAT_FACTOR = 0"]
    lines += ["[NONHIERLAYER_0_LEVEL_1]", "BARCODE_IMAGE_TYPE = JPEG", "[NONHIERLAYER_0_LEVEL_2]"]
    lines += ["THUMBNAIL_IMAGE_TYPE = JPEG", "[DATAFILE]", "FILE_COUNT = 1", "FILE_0 = Data0000.dat", ""]
    return "\r\n".join(lines)


def isyntax(folder: Path) -> Path:
    def scanned(kind: str, seed: int) -> str:
        return (
            '<DataObject ObjectType="DPScannedImage"><Attribute Name="PIM_DP_IMAGE_TYPE" Group="0x301D" '
            f'Element="0x1004" PMSVR="IString">{kind}</Attribute><Attribute Name="PIM_DP_IMAGE_DATA" Group="0x301D" '
            f'Element="0x1005" PMSVR="IString">{base64.b64encode(jpeg(60, 80, seed)).decode()}</Attribute></DataObject>'
        )

    xml = (
        '<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport">'
        f'<Attribute Name="PIIM_DP_SCANNER_OPERATOR_ID" Group="0x101D" PMSVR="IString">{PERSON}</Attribute>'
        f'<Attribute Name="PIM_DP_UFS_BARCODE" PMSVR="IString">{base64.b64encode(CASE.encode()).decode()}</Attribute>'
        f'<Attribute Name="PIM_DP_SCANNED_IMAGES"><Array>{scanned("MACROIMAGE", 3)}{scanned("LABELIMAGE", 5)}</Array>'
        "</Attribute></DataObject>"
    )
    path = folder / "slide.isyntax"
    path.write_bytes(xml.encode() + b"\x04" + bytes(range(256)) * 8)
    return path


MADE = {
    "mirax": lambda folder: mirax(folder).parent / "case" / "Slidedat.ini",
    "mirax-data": lambda folder: mirax(folder).parent / "case" / "Data0000.dat",
    "isyntax": isyntax,
}
