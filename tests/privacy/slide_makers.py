"""Slides as the scanners of several makers write them, with invented people on label and in header."""

from __future__ import annotations

import base64
from pathlib import Path

import imagecodecs
import numpy as np
from tiff_writer import ASCII, BYTES, FLOAT, LONG, SLONG, Page, page, write

PERSON, CASE = "Kowalczyk-Nowak", "PL-23-77813"


def picture(height: int, width: int, seed: int) -> np.ndarray:
    """A smooth picture in colour that no other seed gives."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(x * (seed + 1)) % 251, (y * (seed + 2)) % 241, (x + y * seed) % 239], -1).astype("u1")


def _levels(count: int = 2, compression: int = 7) -> list[Page]:
    return [page(picture(512 >> n, 768 >> n, 3), tile=128, compression=compression) for n in range(count)]


def _aperio(text: str) -> str:
    return f"Aperio Image Library v11.2.1\r\n{text}"


def aperio(path: Path, kind: str = "classic", *, gt450: bool = False) -> Path:
    keys = f"|AppMag = 20|User = zkowalczyk|Filename = {PERSON}_{CASE}|Barcode = {CASE}|ScanScope ID = SS1234|MPP = 0.5"
    levels = _levels()
    for level in levels:
        level.tags[270] = (ASCII, _aperio("768x512 [0,0 768x512] (128x128) JPEG/RGB Q=70" + keys))
    small = page(picture(128, 192, 3), compression=7, text=_aperio("768x512 -> 192x128 - " + keys))
    label = page(picture(100, 90, 7), compression=5, text=None if gt450 else _aperio("label 90x100"))
    macro = page(picture(60, 160, 9), compression=7, text=None if gt450 else _aperio("macro 160x60"))
    label.tags[254], macro.tags[254] = (LONG, [1]), (LONG, [9])
    return write(path, [levels[0], small, *levels[1:], label, macro], kind=kind)


def ndpi(path: Path) -> Path:
    pages = [page(picture(512, 768, 3), compression=7), page(picture(60, 160, 9), compression=7)]
    pages.append(page(np.full((16, 24), 100, "u1")))
    for one, lens in zip(pages, (20.0, -1.0, -2.0), strict=True):
        one.tags |= {
            271: (ASCII, "Hamamatsu"),
            306: (ASCII, "2023:05:14 10:11:12"),
            65420: (LONG, [1]),
            65421: (FLOAT, [lens]),
            **dict.fromkeys((65422, 65423, 65424), (SLONG, [0])),
            65427: (ASCII, CASE),
            65449: (ASCII, f"Product=C13220\r\nUser={PERSON}\r\nCreated=2023/05/14\r\n"),
        }
    return write(path, pages, kind="ndpi")


def leica(path: Path) -> Path:
    """The macro picture comes first, and with it the page that describes all others."""
    code = base64.b64encode(CASE.encode()).decode()
    view = '<view sizeX="{0}" sizeY="{1}" offsetX="{2}" offsetY="{3}" spacingZ="0"/>'
    dimension = '<dimension sizeX="{0}" sizeY="{1}" r="{2}" ifd="{3}"/>'
    settings = (
        "<scanSettings><objectiveSettings><objective>{0}</objective></objectiveSettings>"
        "<illuminationSettings><illuminationSource>brightfield</illuminationSource></illuminationSettings></scanSettings>"
    )
    xml = (
        '<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="urn:uuid:1">'
        f'<collection name="{PERSON}" uuid="urn:uuid:2" sizeX="26000000" sizeY="76000000"><barcode>{code}</barcode>'
        f'<image name="{PERSON}"><creationDate>2023-05-14T10:11:12.5Z</creationDate>'
        f'<device model="Leica SCN400" version="1.4"/><pixels sizeX="160" sizeY="468">'
        f"{dimension.format(160, 468, 0, 0)}</pixels>{view.format(26000000, 76000000, 0, 0)}"
        f"{settings.format('0.6')}</image>"
        '<image name="scan"><creationDate>2023-05-14T10:12:12.5Z</creationDate>'
        f'<device model="Leica SCN400" version="1.4"/><pixels sizeX="768" sizeY="512">'
        f"{dimension.format(768, 512, 0, 1)}{dimension.format(384, 256, 1, 2)}</pixels>"
        f"{view.format(384000, 256000, 9000000, 9000000)}{settings.format('20')}</image></collection></scn>"
    )
    macro = page(picture(468, 160, 9), tile=128, compression=7, text=xml)
    return write(path, [macro, *_levels()], kind="big")


def ventana(path: Path) -> Path:
    scan = (
        f'<iScan Magnification="20" ScanRes="0.465" UnitNumber="2000515" UserName="{PERSON}" Barcode1D="{CASE}" '
        f'JP2FileName="{PERSON}_{CASE}.jp2" BuildDate="May 14 2023" Z-layers="1"><AOI0/></iScan>'
    )
    joint = (
        '<TileJointInfo FlagJoined="1" Confidence="98" Direction="{0}" Tile1="{1}" Tile2="{2}" OverlapX="0" '
        'OverlapY="0"/>'
    )
    at = {(r, c): r * 6 + (5 - c if r % 2 else c) + 1 for r in range(4) for c in range(6)}  # to and fro
    joints = "".join(joint.format("RIGHT", at[r, c], at[r, c + 1]) for r in range(4) for c in range(5))
    joints += "".join(joint.format("UP", at[r, c], at[r + 1, c]) for r in range(3) for c in range(6))
    encode = (
        '<EncodeInfo Ver="2"><SlideInfo><AoiInfo XIMAGESIZE="128" YIMAGESIZE="128" NumRows="4" NumCols="6" '
        'Pos-X="0" Pos-Y="0"/></SlideInfo><SlideStitchInfo><ImageInfo AOIScanned="1" AOIIndex="0" NumRows="4" '
        'NumCols="6" Width="128" Height="128" Pos-X="0" Pos-Y="0">' + joints + "</ImageInfo></SlideStitchInfo>"
        '<AoiOrigin><AOI0 OriginX="0" OriginY="0"/></AoiOrigin></EncodeInfo>'
    )
    label = page(picture(60, 160, 9), tile=128, compression=7, text="Label_Image")
    label.tags[700] = (BYTES, scan.encode() + b"\0")
    chance = page(np.full((16, 24), 100, "u1"), text="Probability_Image")
    levels = _levels()
    for number, level in enumerate(levels):
        level.tags[270] = (ASCII, f"level={number} mag={20 >> number} quality=95")
    levels[0].tags[700] = (BYTES, encode.encode() + b"\0")
    return write(path, [label, chance, *levels], kind="big")


def philips(path: Path) -> Path:
    def scanned(kind: str, seed: int) -> str:
        data = base64.b64encode(imagecodecs.jpeg8_encode(picture(90, 120, seed), level=90)).decode()
        return (
            f'<DataObject ObjectType="DPScannedImage"><Attribute Name="PIM_DP_IMAGE_TYPE" Group="0x301D" '
            f'Element="0x1004" PMSVR="IString">{kind}</Attribute><Attribute Name="PIM_DP_IMAGE_DATA" Group="0x301D" '
            f'Element="0x1005" PMSVR="IString">{data}</Attribute></DataObject>'
        )

    code = base64.b64encode(CASE.encode()).decode()
    levels = "".join(
        '<DataObject ObjectType="PixelDataRepresentation"><Attribute Name="DICOM_PIXEL_SPACING" Group="0x0028" '
        f'Element="0x0030" PMSVR="IDoubleArray">"{spacing}" "{spacing}"</Attribute></DataObject>'
        for spacing in (0.000247746, 0.000495492)
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport">'
        f'<Attribute Name="PIM_DP_UFS_BARCODE" Group="0x301D" Element="0x1002" PMSVR="IString">{code}</Attribute>'
        '<Attribute Name="DICOM_DEVICE_SERIAL_NUMBER" Group="0x0018" Element="0x1000" PMSVR="IString">FMT0107'
        "</Attribute>"
        f'<Attribute Name="PIIM_DP_SCANNER_OPERATOR_ID" Group="0x101D" Element="0x1008" PMSVR="IString">{PERSON}'
        "</Attribute>"
        '<Attribute Name="PIM_DP_SCANNED_IMAGES" Group="0x301D" Element="0x1003" PMSVR="IDataObjectArray"><Array>'
        f"{scanned('LABELIMAGE', 7)}{scanned('MACROIMAGE', 9)}"
        '<DataObject ObjectType="DPScannedImage"><Attribute Name="PIM_DP_IMAGE_TYPE" Group="0x301D" Element="0x1004" '
        'PMSVR="IString">WSI</Attribute><Attribute Name="PIIM_PIXEL_DATA_REPRESENTATION_SEQUENCE" Group="0x1001" '
        f'Element="0x8B01" PMSVR="IDataObjectArray"><Array>{levels}</Array></Attribute></DataObject>'
        "</Array></Attribute></DataObject>"
    )
    pages = _levels()
    pages[1].tags[254] = (LONG, [1])
    pages[0].tags[270] = (ASCII, xml)
    pages[0].tags[305] = (ASCII, "Philips DP v1.0")
    return write(path, pages)


def akoya(path: Path) -> Path:
    def xml(kind: str) -> str:
        return (
            '<?xml version="1.0" encoding="utf-16"?><PerkinElmer-QPI-ImageDescription>'
            f"<DescriptionVersion>2</DescriptionVersion><ImageType>{kind}</ImageType><OperatorName>{PERSON}</OperatorName>"
            f"<SlideID>{CASE}</SlideID><Barcode>{CASE}</Barcode><ComputerName>VECTRA-07</ComputerName>"
            "<Name>DAPI</Name><Objective>20x</Objective></PerkinElmer-QPI-ImageDescription>"
        )

    levels = _levels(compression=8)
    pages = [levels[0], page(picture(128, 192, 3), text=xml("Thumbnail")), levels[1]]
    pages[0].tags[270], pages[2].tags[270] = (ASCII, xml("FullResolution")), (ASCII, xml("ReducedResolution"))
    pages += [
        page(picture(60, 160, 9), compression=5, text=xml("Overview")),
        page(picture(90, 120, 7), text=xml("Label")),
    ]
    for one in pages:
        one.tags[305] = (ASCII, "PerkinElmer-QPI")
    return write(path, pages)


def ome(path: Path, *, first: str = "scan") -> Path:
    """A slide as Bio-Formats converts it: levels in SubIFDs, label and macro as images of their own."""
    order = ["scan", "label image", "macro image"] if first == "scan" else ["label image", "scan", "macro image"]
    pictures = {"scan": (512, 768, 3), "label image": (100, 90, 7), "macro image": (60, 160, 9)}
    images = "".join(
        f'<Image ID="Image:{n}" Name="{name}"><AcquisitionDate>2023-05-14T10:11:12</AcquisitionDate>'
        f'<Pixels BigEndian="false" DimensionOrder="XYCZT" ID="Pixels:{n}" Interleaved="true" SizeC="3" SizeT="1" '
        f'SizeX="{pictures[name][1]}" SizeY="{pictures[name][0]}" SizeZ="1" Type="uint8">'
        f'<Channel ID="Channel:{n}:0" SamplesPerPixel="3"><LightPath/></Channel>'
        f'<TiffData FirstC="0" FirstT="0" FirstZ="0" IFD="{n}" PlaneCount="1"/></Pixels></Image>'
        for n, name in enumerate(order)
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        f'Creator="OME Bio-Formats 6.5"><Experimenter ID="Experimenter:0" LastName="{PERSON}"/>'
        f'<Dataset ID="Dataset:0" Name="d"><ImageRef ID="Image:0"/><ImageRef ID="Image:1"/></Dataset>{images}</OME>'
    )
    pages = {"scan": page(picture(512, 768, 3), tile=128, compression=8)}
    pages["scan"].below = [page(picture(256, 384, 3), tile=128, compression=8)]
    pages["label image"] = page(picture(100, 90, 7), tile=64, compression=8)
    pages["macro image"] = page(picture(60, 160, 9), compression=5)
    chain = [pages[name] for name in order]
    chain[0].tags[270] = (ASCII, xml)
    return write(path, chain, kind="big")


MAKERS = {
    "aperio": (aperio, ".svs"),
    "ndpi": (ndpi, ".ndpi"),
    "leica": (leica, ".scn"),
    "ventana": (ventana, ".bif"),
    "philips": (philips, ".tiff"),
    "akoya": (akoya, ".qptiff"),
    "ome": (ome, ".ome.tiff"),
}
